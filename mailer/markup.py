"""Keeps values apart from markup: cleans them, replaces them by tokens, and puts them in last, escaped.

A skeleton is the rendered template with a token in the place of each value. The text part is the
skeleton with the values put in; the HTML part is the skeleton made HTML with the values put in. So
nothing that a sender wrote is ever read as Markdown, HTML or a template (promises T20, T22).
"""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from markdown_it import MarkdownIt

# "Open, the value's index in private digits, close". The last private-use plane has no fonts and no
# conventions, and Markdown takes its characters for letters.
_OPEN, _CLOSE, _ZERO = "\U0010fffa", "\U0010fffb", 0x10FFF0
_TO_PRIVATE = {ord(str(digit)): _ZERO + digit for digit in range(10)}
_FROM_PRIVATE = {_ZERO + digit: str(digit) for digit in range(10)}
_TOKEN = re.compile(f"{_OPEN}([\U0010fff0-\U0010fff9]+){_CLOSE}")
RESERVED = re.compile("[\U0010fff0-\U0010ffff]")
"""The characters of tokens, which nothing else may use."""
_TAG_WITH_TOKEN = re.compile(f"<[^<>]*{_OPEN}[^<>]*>")

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_NOT_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Controls, direction overrides, lone surrogates, and the characters of our tokens.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U0010fff0-\U0010ffff]")

# The quote marks and the list mark that a line begins with.
_MARGIN = re.compile(r"(?:> ?)*(?:- )?")
_RUN_OF_SPACES = re.compile(r"(?m)^ +| {2,}")

# Letters in these languages run from right to left.
_RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}

# Breaks: a line of the text is a line of the HTML.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True})

# Mail clients read style attributes only. Nothing sets a colour of text or ground, so dark modes hold.
_LIST = "margin:0 0 14px;padding-inline-start:22px"
_STYLES = {
    "paragraph_open": "margin:0 0 14px",
    "bullet_list_open": _LIST,
    "ordered_list_open": _LIST,
    "blockquote_open": "margin:0 0 14px;padding:2px 0 2px 14px;border-left:3px solid #8a8f98",
    "hr": "margin:22px 0 14px;border:0;border-top:1px solid #8a8f98",
}
_PAGE = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
</head>
<body style="margin:0;padding:16px">
<div style="max-width:640px;margin:0 auto;font:15px/1.55 -apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,\
'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;overflow-wrap:anywhere">
{body}</div>
</body>
</html>
"""


def one_line(value: str) -> str:
    """A value that fits into a header field or a line: no control characters, single spaces (promises T20)."""
    return " ".join(_UNWANTED.sub("", _NOT_IN_LINE.sub(" ", value)).split())


def many_lines(value: str) -> str:
    """A value that keeps its lines: line feeds only, and of the control characters only the tab."""
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", value)).strip("\n")


def clean(value: Any, lines: bool = False) -> Any:
    """A harmless copy of a value: cleaned strings, copied containers, numbers and instants unchanged."""
    if value is None or isinstance(value, (bool, int, float, datetime, timedelta)):
        return value
    if isinstance(value, Mapping):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(clean(item) for item in value)
    return many_lines(str(value)) if lines else one_line(str(value))


def token(index: int) -> str:
    """The token that represents the value of this index in a skeleton."""
    return _OPEN + str(index).translate(_TO_PRIVATE) + _CLOSE


def plain(skeleton: str, values: Sequence[str]) -> str:
    """The values in their places, as they are."""
    return _TOKEN.sub(lambda found: _value(found, values), skeleton)


def text(skeleton: str, values: Sequence[str]) -> str:
    """The text part. Each line of a value gets the quote marks of its first line, so that a quote stays a quote."""
    lines = []
    for line in skeleton.split("\n"):
        found = _MARGIN.match(line)
        margin = "\n" + (found[0] if found else "").replace("-", " ")
        lines.append(plain(line, [value.replace("\n", margin) for value in values]) if _OPEN in line else line)
    return "\n".join(lines)


def page(language: str, title: str, skeleton: str, values: Sequence[str]) -> str:
    """The HTML part: a whole document that reads well in light and dark mail clients."""
    return _PAGE.format(
        language=html.escape(language),
        direction="rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr",
        title=html.escape(title),
        body=_TOKEN.sub(lambda found: _escaped(_value(found, values)), _html(skeleton)),
    )


def misplaced(skeleton: str, count: int) -> bool:
    """Whether one of `count` values would be lost, or end up inside a tag, such as in the address of a link."""
    rendered = _html(skeleton)
    return bool(_TAG_WITH_TOKEN.search(rendered)) or {_index(found) for found in _TOKEN.finditer(rendered)} != set(
        range(count)
    )


def _html(skeleton: str) -> str:
    parsed = _MARKDOWN.parse(skeleton)
    for place, block in enumerate(parsed):
        if block.type in _STYLES:
            block.attrSet("style", _STYLES[block.type])
        if block.type == "paragraph_open":
            block.attrSet("dir", "auto")
        if block.type == "blockquote_close" and parsed[place - 3].type == "paragraph_open":
            # The bar of a quote ends at its last line, without the margin of a paragraph below.
            parsed[place - 3].attrSet("style", "margin:0")
    rendered: str = _MARKDOWN.renderer.render(parsed, _MARKDOWN.options, {})
    return rendered


def _index(found: re.Match[str]) -> int:
    return int(found[1].translate(_FROM_PRIVATE))


def _value(found: re.Match[str], values: Sequence[str]) -> str:
    return values[_index(found)]


def _escaped(value: str) -> str:
    """Text as HTML that keeps line ends, and the indentation of code and tables."""
    kept = _RUN_OF_SPACES.sub(lambda spaces: "\N{NO-BREAK SPACE}" * len(spaces[0]), value.expandtabs(4))
    return html.escape(kept).replace("\n", "<br>\n")
