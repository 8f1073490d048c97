"""The text of a PDF, as far as a search for secrets needs it (ISO 32000-1, sections 7.3 to 7.5, 9.4 and 9.10).

Streams are inflated within limits, the strings that a page shows are put together, and where a font has a table to
Unicode its codes are translated. Pictures of text, encrypted files and fonts without a table stay unread.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from parser.mime.archives import inflated

MAX_STREAMS = 400
_MAX_ASCII85 = 500_000
_OBJECT = re.compile(rb"(?<!\d)(\d{1,8})[ \r\n]{1,4}\d{1,5}[ \r\n]{1,4}obj\b")
_STREAM = re.compile(rb"stream\r?\n")
_IMAGE = re.compile(rb"/Subtype\s{0,4}/Image|/FontFile|/DCTDecode|/JPXDecode|/CCITTFaxDecode")
_TO_UNICODE = re.compile(rb"/ToUnicode\s{1,4}(\d{1,8})\s{1,4}\d{1,5}\s{1,4}R")
_FONTS = re.compile(rb"/([A-Za-z0-9+_.\-]{1,60})\s{1,4}(\d{1,8})\s{1,4}\d{1,5}\s{1,4}R")
_FIRST = re.compile(rb"/First\s{1,4}(\d{1,8})")
_BF_CHAR = re.compile(rb"beginbfchar(.*?)endbfchar", re.S)
_BF_RANGE = re.compile(rb"beginbfrange(.*?)endbfrange", re.S)
_PAIR = re.compile(rb"<([0-9A-Fa-f\s]{1,16})>\s*<([0-9A-Fa-f\s]{1,64})>")
_TRIPLE = re.compile(rb"<([0-9A-Fa-f]{1,8})>\s*<([0-9A-Fa-f]{1,8})>\s*(?:<([0-9A-Fa-f]{1,32})>|\[([^\]]{0,20000})\])")
_HEX = re.compile(rb"<([0-9A-Fa-f\s]{1,64})>")
# A string, an array's number (a wide gap), the choice of a font, or an operator that moves to another place.
_SHOWN = re.compile(
    rb"\((?P<text>(?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+)\)|<(?P<hex>[0-9A-Fa-f\s]*+)>|(?P<kern>-\d{3,5}(?:\.\d+)?)|"
    rb"/(?P<font>[A-Za-z0-9+_.\-]{1,60})\s+[\d.]+\s+Tf|\b(?P<move>Td|TD|T\*|Tm|BT|ET)\b|(?<=\))\s*(?P<next>['\"])",
    re.S,
)
_ESCAPE = re.compile(rb"\\(\d{1,3}|\r?\n|.)", re.S)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"", b"f": b""}
_MAX_CODES = 20_000


@dataclass(slots=True)
class _File:
    """The objects of a file, and what is left of the limits."""

    content: bytes
    room: int
    objects: dict[int, bytes] = field(default_factory=dict)
    streams: dict[int, bytes] = field(default_factory=dict)


def is_pdf(content: bytes) -> bool:
    """Whether it begins as a PDF does; a few kilobytes of something else may come first."""
    return b"%PDF-" in content[:1_024]


def text(content: bytes, limit: int) -> tuple[str, int]:
    """(what its pages show, bytes unpacked for it), at most `limit`; "" where it cannot be read."""
    file = _File(content, limit)
    if b"/Encrypt" in content:
        return "", 0
    _collect(file)
    tables = _tables(file)
    pages = [stream for stream in file.streams.values() if b"Tj" in stream or b"TJ" in stream or b"'" in stream]
    shown = "\n".join("".join(_shown(page, tables)) for page in pages if b"BT" in page)
    return shown, limit - file.room


def _collect(file: _File) -> None:
    """Finds the objects by their marks, so that a damaged table of contents does not matter."""
    marks = list(_OBJECT.finditer(file.content))
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(file.content)
        begin = _STREAM.search(file.content, mark.end(), min(end, mark.end() + 4_000))
        head = file.content[mark.end() : begin.start() if begin else min(end, mark.end() + 60_000)]
        file.objects[int(mark[1])] = head
        if begin is None or _IMAGE.search(head) or len(file.streams) >= MAX_STREAMS or file.room <= 0:
            continue
        stop = file.content.rfind(b"endstream", begin.end(), end)
        raw = file.content[begin.end() : stop if stop >= 0 else end]
        if b"/ASCII85Decode" in head or b"/A85" in head:
            raw = _ascii85(raw)
        found = inflated(raw, file.room) if b"/Fl" in head else raw[: file.room]
        if found is None:
            continue
        file.room -= len(found)
        if b"/ObjStm" in head:
            _unpack(file, head, found)
        else:
            file.streams[int(mark[1])] = found


def _ascii85(raw: bytes) -> bytes:
    try:
        return base64.a85decode(raw.strip()[:_MAX_ASCII85].removeprefix(b"<~").partition(b"~>")[0])
    except ValueError:
        return b""


def _unpack(file: _File, head: bytes, found: bytes) -> None:
    """The objects in an object stream: pairs of number and place, then the objects."""
    first = _FIRST.search(head)
    if first is None:
        return
    start = int(first[1])
    numbers = [int(one) for one in found[:start].split()[:20_000] if one.isdigit()]
    places = list(zip(numbers[::2], numbers[1::2], strict=False))
    for at, (number, place) in enumerate(places):
        end = start + places[at + 1][1] if at + 1 < len(places) else len(found)
        file.objects[number] = found[start + place : end]


def _tables(file: _File) -> dict[bytes, dict[int, str]]:
    """By the name that pages give a font: its codes and what they mean. Names of several pages are put together."""
    of_font = {
        number: _table(file.streams.get(int(match[1]), b""))
        for number, head in file.objects.items()
        if (match := _TO_UNICODE.search(head))
    }
    tables: dict[bytes, dict[int, str]] = {}
    for head in file.objects.values() if of_font else ():
        for name, number in _FONTS.findall(head):
            if int(number) in of_font:
                tables.setdefault(name, {}).update(of_font[int(number)])
    return tables


def _table(source: bytes) -> dict[int, str]:
    """A ToUnicode table (9.10.3); codes of one and of two bytes are told apart by their length, as 65,536 + code."""
    found: dict[int, str] = {}
    for block in _BF_CHAR.findall(source):
        for code, value in _PAIR.findall(block):
            found[_code(code)] = _unicode(value)
    for block in _BF_RANGE.findall(source):
        for low, high, value, values in _TRIPLE.findall(block):
            first, count = _code(low), min(int(high, 16) - int(low, 16) + 1, _MAX_CODES - len(found))
            if values:
                found |= {first + at: _unicode(one) for at, one in enumerate(_HEX.findall(values)[: max(count, 0)])}
            elif value:
                start = _unicode(value)
                found |= {
                    first + at: start[:-1] + chr(min(ord(start[-1:] or " ") + at, 0x10FFFF)) for at in range(count)
                }
    return found


def _code(digits: bytes) -> int:
    compact = b"".join(digits.split())
    return int(compact, 16) + (65_536 if len(compact) > 2 else 0)


def _unicode(digits: bytes) -> str:
    compact = b"".join(digits.split())
    return bytes.fromhex((compact + b"0" * (len(compact) % 2)).decode()).decode("utf-16-be", "replace")


def _shown(page: bytes, tables: Mapping[bytes, Mapping[int, str]]) -> Iterator[str]:
    """The strings of a page in their order, with blanks for wide gaps and line ends where the place changes."""
    table: Mapping[int, str] = {}
    for match in _SHOWN.finditer(page):
        if match["font"] is not None:
            table = tables.get(match["font"], {})
        elif match["move"] is not None or match["next"] is not None:
            yield "\n"
        elif match["kern"] is not None:
            yield " "
        elif match["hex"] is not None:
            compact = b"".join(match["hex"].split())
            yield _read(bytes.fromhex((compact + b"0" * (len(compact) % 2)).decode()), table)
        else:
            yield _read(_ESCAPE.sub(_unescaped, match["text"]), table)


def _unescaped(match: re.Match[bytes]) -> bytes:
    sign = match[1]
    if sign.isdigit() and sign[0] < 0x38:
        return bytes([int(sign, 8) & 255]) if all(one < 0x38 for one in sign) else sign
    return b"" if sign.endswith(b"\n") else _ESCAPED.get(sign, sign)


def _read(shown: bytes, table: Mapping[int, str]) -> str:
    if shown.startswith(b"\xfe\xff"):
        return shown[2:].decode("utf-16-be", "replace")
    wide = any(code >= 65_536 for code in table)
    if wide:
        codes = [65_536 + int.from_bytes(shown[at : at + 2], "big") for at in range(0, len(shown) - 1, 2)]
        return "".join(table.get(code, "") for code in codes)
    if table:
        return "".join(table.get(code, chr(code)) for code in shown)
    return shown.decode("cp1252", "replace")
