"""The text of office documents: Word, Excel and PowerPoint since 2007 (ECMA-376), and OpenDocument (ISO 26300).

They are archives of XML. Only the words are wanted, so that tags become line ends, tabs or nothing; no entity is
resolved but the five of XML and numbers, and nothing is fetched.
"""

import html
import re
from collections.abc import Iterator, Sequence

from parser.mime.archives import Entry, unpacked

_TEXTS = re.compile(
    r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml|ppt/(?:slides/slide|"
    r"notesSlides/notesSlide)\d+\.xml|"
    r"xl/comments\d*\.xml|xl/drawings/drawing\d+\.xml|docProps/(?:core|custom|app)\.xml|content\.xml|meta\.xml"
)
_SHEET = re.compile(r"xl/worksheets/[^/]{1,60}\.xml")
_STRINGS = "xl/sharedStrings.xml"
_LINE_END = re.compile(
    r"<(?:/(?:w:p|a:p|text:p|text:h|table:table-row|row|si|dc:\w+|cp:\w+)|w:br|w:cr|text:line-break|"
    r"a:br)\b[^>]{0,200}>"
)
_TAB = re.compile(r"<(?:w:tab|text:tab|text:s|/w:tc|/table:table-cell|/c)\b[^>]{0,200}>")
_TAG = re.compile(r"<[^>]{0,4000}>")
_STRING = re.compile(r"<si\b[^>]{0,200}>(.*?)</si>|<si/>", re.S)
_CELL = re.compile(r"<c\b([^>]{0,200})>(.*?)</c>|(</row>)", re.S)
_VALUE = re.compile(r"<(?:v|t)\b[^>]{0,100}>([^<]{0,40000})</(?:v|t)>")


def is_office(found: Sequence[Entry]) -> bool:
    """Whether the files of an archive are those of an office document."""
    return any(one.name == "[Content_Types].xml" or _TEXTS.fullmatch(one.name) for one in found)


def texts(content: bytes, found: Sequence[Entry], limit: int) -> Iterator[tuple[str, int]]:
    """(text, bytes unpacked for it) of each part that a reader sees, from at most `limit` bytes of XML together."""
    strings: list[str] = []
    for entry in sorted(found, key=lambda one: one.name != _STRINGS):
        is_sheet = _SHEET.fullmatch(entry.name)
        if not (is_sheet or entry.name == _STRINGS or _TEXTS.fullmatch(entry.name)):
            continue
        source = unpacked(content, entry, limit)
        if not source:
            continue
        limit -= len(source)
        page = source.decode("utf-16" if source[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
        if entry.name == _STRINGS:
            strings = [_words(match[1] or "").strip("\n") for match in _STRING.finditer(page)]
            yield "", len(source)
        elif is_sheet:
            yield _sheet(page, strings), len(source)
        else:
            yield _words(page), len(source)


def _words(page: str) -> str:
    return html.unescape(_TAG.sub("", _TAB.sub("\t", _LINE_END.sub("\n", page))))


def _sheet(page: str, strings: Sequence[str]) -> str:
    """The cells of a sheet, a row on each line; a cell of type "s" holds the number of a shared string."""
    out: list[str] = []
    for match in _CELL.finditer(page):
        if match[3]:
            out.append("\n")
            continue
        value = "".join(html.unescape(one) for one in _VALUE.findall(match[2]))
        if 't="s"' in match[1] and value.isdigit():
            value = strings[int(value)] if int(value) < len(strings) else ""
        out += [value, "\t"]
    return "".join(out)
