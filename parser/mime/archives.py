"""What a ZIP archive holds, read by its directory and within limits (APPNOTE.TXT of PKWARE, sections 4.3.7 to 4.3.16),
and the names in a tar archive (POSIX.1-2017, pax, "ustar Interchange Format").

Written here because `zipfile` unpacks without a limit, reads formats that take gigabytes, and trusts what it is told.
"""

import bz2
import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAX_ENTRIES = 2_000
"""So many names are read."""
MAX_RATIO = 200
"""Deflate makes real documents up to a hundred times smaller; a bomb a thousand times."""
_BOMB = 50_000_000
_END = b"PK\x05\x06"
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _UTF8 = 0x1, 0x800


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in an archive, as the directory describes it."""

    name: str
    encrypted: bool
    method: int
    """0: as it is; 8: deflate; others are not read."""
    packed: int
    size: int
    _offset: int

    def is_bomb(self) -> bool:
        """Whether it unpacks to so much that nobody packed it for a reader."""
        return self.size > _BOMB and self.size > MAX_RATIO * max(1, self.packed)


def is_archive(content: bytes) -> bool:
    """Whether it begins as ZIP archives and office documents do."""
    return content.startswith((b"PK\x03\x04", _END))


def entries(content: bytes) -> tuple[Entry, ...]:
    """The files of an archive, without its folders; () where its directory cannot be read. Linear in its size."""
    end = content.rfind(_END, max(0, len(content) - 66_000))
    if end < 0 or len(content) < end + 22:
        return ()
    size, offset = struct.unpack_from("<2L", content, end + 12)
    # What stands before the archive (a program that unpacks itself) moves all of it.
    moved = max(0, end - size - offset)
    at, found = offset + moved, list[Entry]()
    while len(found) < MAX_ENTRIES and content[at : at + 4] == b"PK\x01\x02" and at + _ENTRY.size <= len(content):
        fields = _ENTRY.unpack_from(content, at)
        flags, method, packed, whole = fields[3], fields[4], fields[8], fields[9]
        name_length, extra, comment, place = fields[10], fields[11], fields[12], fields[16]
        raw = content[at + _ENTRY.size : at + _ENTRY.size + name_length]
        name = _name(raw, flags)
        if not name.endswith("/"):
            found.append(Entry(name, bool(flags & _ENCRYPTED), method, packed, whole, place + moved))
        at += _ENTRY.size + name_length + extra + comment
    return tuple(found)


def _name(raw: bytes, flags: int) -> str:
    """Programs of East Asia write names in their own charset without saying so, most of them in UTF-8 today."""
    for charset in ("utf-8",) if flags & _UTF8 else ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437", "replace")


def unpacked(content: bytes, entry: Entry, limit: int) -> bytes | None:
    """The first `limit` bytes of a file; None where it is encrypted, packed in another way or damaged."""
    if entry.encrypted or entry.method not in (0, 8) or limit <= 0:
        return None
    at = entry._offset
    if content[at : at + 4] != b"PK\x03\x04" or at + _LOCAL.size > len(content):
        return None
    fields = _LOCAL.unpack_from(content, at)
    start = at + _LOCAL.size + fields[9] + fields[10]
    packed = content[start : start + entry.packed]
    return packed[:limit] if entry.method == 0 else inflated(packed, limit, -zlib.MAX_WBITS)


def inflated(packed: bytes, limit: int, window: int = zlib.MAX_WBITS) -> bytes | None:
    """What deflated bytes hold, at most `limit` bytes of it; what can be read of damaged ones, or None."""
    machine = zlib.decompressobj(window)
    out = bytearray()
    try:
        for at in range(0, len(packed), 65_536):
            out += machine.decompress(packed[at : at + 65_536], limit - len(out))
            if machine.eof or len(out) >= limit:
                break
    except zlib.error:
        return bytes(out) or None
    return bytes(out)


def names_within(content: bytes, depth: int, room: int = 8_000_000) -> Iterator[str]:
    """The names of the files in an archive, and of those in the archives within it, down to `depth` levels."""
    for entry in entries(content):
        yield entry.name
        if depth > 1 and room > 0 and entry.name.lower().endswith(".zip"):
            inner = unpacked(content, entry, room)
            if inner and is_archive(inner):
                room -= len(inner)
                yield from names_within(inner, depth - 1, room)


_BLOCK = 512
_GZIP = 16 + zlib.MAX_WBITS


def tar_names(content: bytes, room: int = 8_000_000) -> Iterator[str]:
    """The names of the files in a tar archive, packed or not, and those that its links lead to.

    At most `room` bytes are unpacked, so names behind large files are not seen.
    """
    tar, at = _plain_tar(content, room), 0
    long = ""
    while at + _BLOCK <= len(tar) and tar[at + 257 : at + 262] == b"ustar":
        head = tar[at : at + _BLOCK]
        size, kind = _octal(head[124:136]), head[156:157]
        body = tar[at + _BLOCK : at + _BLOCK + min(size, 5_000)]
        if kind == b"L":
            long = _until_nul(body)
        elif kind == b"x":
            long = _pax_path(body) or long
        else:
            folder = _until_nul(head[345:500]) if head[257:263] == b"ustar\0" else ""
            yield long or "/".join(filter(None, (folder, _until_nul(head[:100]))))
            if kind in (b"1", b"2"):
                yield _until_nul(head[157:257])
            long = ""
        at += _BLOCK + -(-size // _BLOCK) * _BLOCK


def _plain_tar(content: bytes, room: int) -> bytes:
    try:
        if content.startswith(b"\x1f\x8b"):
            return inflated(content, room, _GZIP) or b""
        if content.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(content, room)
        if content.startswith(b"\xfd7zXZ\x00"):
            return lzma.LZMADecompressor(memlimit=64_000_000).decompress(content, room)
    except (OSError, lzma.LZMAError, EOFError):
        return b""
    return content if content[257:262] == b"ustar" else b""


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    return int(digits, 8) if digits.isdigit() and not set(digits) & set(b"89") else 0


def _until_nul(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _pax_path(body: bytes) -> str:
    return next((line.partition(b" path=")[2].decode("utf-8", "replace") for line in body.split(b"\n")
                 if b" path=" in line), "")  # fmt: skip
