"""Two files that a customer might attach, made without a library: a PNG, pixel by pixel, and a PDF, line by line."""

import struct
import zlib

_GROUND, _BAR, _GREEN = (18, 22, 32), (30, 38, 56), (26, 110, 72)
_WHITE, _GREY = (255, 255, 255), (150, 160, 180)
_WIDTH, _HEIGHT = 420, 250

# Five rows of three pixels for each character; a row is a digit, read as bits.
_CHARACTERS = "0123456789.:ACDEHILMOPRSTUW "
_SHAPES = (
    "755572622771747713175571174717747577112275757757170000202020"
    "25755744476555674647557557222744447577557555775744656557471772222555575577500000"
)


def screenshot() -> bytes:
    """A PNG of an app that shows a withdrawal as completed (RFC 2083)."""
    rows = [bytearray(bytes(_GROUND) * _WIDTH) for _ in range(_HEIGHT)]
    _box(rows, 0, 0, _WIDTH, 44, _BAR)
    _words(rows, 20, 12, "WITHDRAWAL", 4, _WHITE)
    _words(rows, 20, 68, "1250.00 USDT", 7, _WHITE)
    _words(rows, 20, 124, "TRC20", 4, _GREY)
    _words(rows, 20, 154, "UID: 48211907", 4, _GREY)
    _box(rows, 20, 194, 190, 38, _GREEN)
    _words(rows, 34, 203, "COMPLETED", 4, _WHITE)
    # Each row begins with the number of its filter: none.
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _box(rows: list[bytearray], left: int, top: int, width: int, height: int, colour: tuple[int, int, int]) -> None:
    for row in rows[top : top + height]:
        row[left * 3 : (left + width) * 3] = bytes(colour) * width


def _words(rows: list[bytearray], left: int, top: int, text: str, size: int, colour: tuple[int, int, int]) -> None:
    for place, character in enumerate(text):
        for y, bits in enumerate(_SHAPES[5 * _CHARACTERS.index(character) :][:5]):
            for x in range(3):
                if int(bits) & (4 >> x):
                    _box(rows, left + (place * 4 + x) * size, top + y * size, size, size, colour)


def pdf(lines: list[str]) -> bytes:
    """A PDF of one page with these lines of ASCII (ISO 32000-1 §7.5)."""
    text = "".join(f"({line.translate(_ESCAPES)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 16 Tf 26 TL 60 760 Td\n{text}ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    file, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(file)
    return file + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(places) + 1, table, len(places) + 1, start)
    )


_ESCAPES = {ord(character): f"\\{character}" for character in "()\\"}
