"""HTML to readable text, in one pass from left to right.

No tree is built: trees of hostile HTML are quadratic in every library (lexbor needs 13 s for 100,000 nested elements
and 4 s for one element with 50,000 attributes), and some of them drop text below a depth. What a reader would see
stays in order; scripts, styles and hidden elements go; a link is `text <url>`; a quotation gets `> ` before its lines.
"""

import re

from parser.html.styles import hidden_names, sheet_styles
from parser.html.text import PageText, Rendered

_TAG_NAME = re.compile(r"</?([a-zA-Z][^\s/>]{0,40})")
# Most tags, in one step: their values hold neither "<" nor ">", so a match cannot run into the next tag.
_PLAIN_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/<>"'=@]{0,40})((?:\s|/(?=>))[^<>"']*(?:"[^"<>]*"[^<>"']*)*)?>""")
# What may be a command in its text: a slash at the start of a line or element, before a word or another tag.
_SLASH_WORD = re.compile(
    r"(?:\A|[>\n])(?:&(?:nbsp|#\w{1,6});|[^\w<>&\n]){0,8}(?:[/／∕⁄╱]|&(?:#0*47|#x0*2f|sol);)\s?[\w<]", re.I
)
_STOP = re.compile(r"[>\"']")
_SCHEMES = ("http:", "https:", "ftp:")
_DROPPED = frozenset(["script", "style", "title", "template", "xml"])
_MAX_ATTRIBUTES = 20_000
_MAX_STYLES = 100_000


def render(html: str) -> Rendered:
    """The text of an HTML document, with LF line ends; linear in time, total."""
    page = PageText()
    page.watches_looks = bool(_SLASH_WORD.search(html))
    at = 0
    closing_quotes = {'"': True, "'": True}
    while (start := html.find("<", at)) >= 0:
        if start > at:
            page.text(html[at:start])
        at = _markup(html, start, page, closing_quotes)
    page.text(html[at:])
    return page.done()


def _markup(html: str, start: int, page: PageText, closing_quotes: dict[str, bool]) -> int:
    """Reads what begins with `<` at `start`; gives the position after it."""
    simple = _PLAIN_TAG.match(html, start)
    if simple:
        tag = simple[2].lower()
        if simple[1]:
            page.close(tag)
            return simple.end()
        if tag not in _DROPPED and simple.end() - start < _MAX_ATTRIBUTES:
            page.open(tag, simple[3] or "")
            return simple.end()
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4) if page.comments_close else -1
        page.comments_close = end >= 0
        return end + 3 if end >= 0 else start + 4
    if html.startswith(("<!", "<?"), start):
        end = html.find(">", start)
        return end + 1 if end >= 0 else len(html)
    name = _TAG_NAME.match(html, start)
    if name is None or "@" in name[1] or name[1].lower() in _SCHEMES:
        # "Ana <ana@example.org>" is no tag.
        page.text("<")
        return start + 1
    end = _tag_end(html, name.end(), closing_quotes)
    tag = name[1].lower()
    if html[start + 1] == "/":
        page.close(tag)
        return end
    if tag in _DROPPED and tag not in page.never_closed:
        closing = re.compile(f"</{tag}", re.I).search(html, end)
        if closing:
            if tag == "style":
                sheet = html[end : min(closing.start(), end + _MAX_STYLES)]
                page.hidden_names |= hidden_names(sheet)
                if page.watches_looks:
                    page.styles |= sheet_styles(sheet)
            return _tag_end(html, closing.end(), closing_quotes)
        page.never_closed.add(tag)
        return end
    page.open(tag, html[name.end() : min(end - 1, name.end() + _MAX_ATTRIBUTES)])
    return end


def _tag_end(html: str, at: int, closing_quotes: dict[str, bool]) -> int:
    """Where the tag ends: after the first `>` that is not in a quoted attribute value."""
    while stop := _STOP.search(html, at):
        at = stop.end()
        if stop[0] == ">":
            return at
        # Only a quote after "=" opens a value. When one is never closed, no later one is: look no more.
        if closing_quotes[stop[0]] and html[max(0, at - 3) : at - 1].rstrip().endswith("="):
            close = html.find(stop[0], at)
            closing_quotes[stop[0]] = close >= 0
            at = close + 1 if close >= 0 else at
    return len(html)
