"""ISO-2022-JP as it is really sent (the "cp50221" of Windows): with vendor letters such as ① and half-width katakana.

ESC $ B        two bytes a letter, JIS X 0208 with the NEC and IBM rows     ESC ( I   half-width katakana
ESC $ ( D      two bytes a letter, JIS X 0212                               ESC ( B   ASCII, ESC ( J nearly so
"""

import re

_ESCAPE = re.compile(rb"\x1b(\$\(D|\$@|\$B|\$\(@|\$\(B|\(I|\(B|\(J|\(H)|[\x0e\x0f]")
_TWO_BYTES = (b"$@", b"$B", b"$(@", b"$(B")


def decode_jis(content: bytes) -> tuple[str, int]:
    """The text, and how many of its characters could not be read; linear, total."""
    out: list[str] = []
    mode = b"(B"
    before_shift = mode
    at = 0
    for escape in _ESCAPE.finditer(content):
        out.append(_run(content[at : escape.start()], mode))
        at = escape.end()
        if escape[0] == b"\x0e":
            before_shift, mode = mode, b"(I"
        elif escape[0] == b"\x0f":
            mode = before_shift
        else:
            mode = escape[1]
    out.append(_run(content[at:], mode))
    text = "".join(out)
    return text, text.count("\ufffd")


def _run(content: bytes, mode: bytes) -> str:
    """Letters of one set. A line end ends a set that was left open (RFC 1468), so what follows is read as ASCII."""
    if not content:
        return ""
    if mode in _TWO_BYTES or mode == b"$(D":
        end = re.search(rb"[\r\n]", content)
        letters, rest = (content[: end.start()], content[end.start() :]) if end else (content, b"")
        return _pairs(letters, mode) + rest.decode("ascii", "replace")
    if mode == b"(I":
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in content).decode("cp932", "replace")
    return content.decode("cp932" if not content.isascii() else "ascii", "replace")


def _pairs(letters: bytes, mode: bytes) -> str:
    """Rows and cells to letters, by way of Shift_JIS in Microsoft's version, or EUC-JP for JIS X 0212."""
    # A lost last bit would shift all that follows: blanks inside a run stand for themselves.
    out = bytearray()
    at = 0
    extra = mode == b"$(D"
    while at < len(letters):
        high = letters[at] & 0x7F
        if high <= 0x20 or at + 1 >= len(letters):
            out.append(high)
            at += 1
            continue
        low = letters[at + 1] & 0x7F
        at += 2
        if extra:
            out += bytes((0x8F, high | 0x80, low | 0x80))
            continue
        lead = (high + 1 >> 1) + (0x70 if high < 0x5F else 0xB0)
        trail = low + (0x1F + (low >= 0x60) if high & 1 else 0x7E)
        out += bytes((lead & 0xFF, trail & 0xFF))
    return bytes(out).decode("euc_jp" if extra else "cp932", "replace")
