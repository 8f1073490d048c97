"""winmail.dat (application/ms-tnef, MS-OXTNEF): the text and the files that Outlook packed into one.

4 bytes 78 9F 3E 22, 2 bytes key, then attributes: level (1), name (2), type (2), length (4), data, checksum (2).
All numbers are little-endian. An attachment begins with its attAttachRenddata.
"""

import struct
from dataclasses import dataclass, field

from parser.containers import rtf
from parser.mime.charsets import decode

_SIGNATURE = b"\x78\x9f\x3e\x22"
_BODY, _PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007
_RENDERING, _TITLE, _DATA, _ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005
_MAX_ATTRIBUTES = 20_000
_MAX_FILES = 500
_MAX_PROPERTIES = 2_000

_PLAIN, _RTF, _HTML, _CPID, _OBJECT = 0x1000, 0x1009, 0x1013, 0x3FDE, 0x3701
_LONG_NAME, _NAME, _DISPLAY, _TYPE, _ID = 0x3707, 0x3704, 0x3001, 0x370E, 0x3712
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _STRING, _OBJECTS, _BINARY = 0x1E, 0x1F, 0x0D, 0x102


@dataclass(slots=True)
class Packed:
    """A file in the package."""

    name: str | None = None
    content_type: str = "application/octet-stream"
    content_id: str | None = None
    content: bytes | None = None


@dataclass(slots=True)
class Package:
    """The content of the package."""

    text: str = ""
    html: str = ""
    rtf: bytes = b""
    """Compressed, as Outlook stores it (MS-OXRTFCP)."""
    files: list[Packed] = field(default_factory=list)
    complete: bool = True
    """Whether every attribute could be read."""


def unpack(content: bytes) -> Package | None:
    """The package; None where the bytes are none. Total: damage ends the reading, and `complete` is then false."""
    if not content.startswith(_SIGNATURE):
        return None
    package = Package()
    codepage = "cp1252"
    at = 6
    for _ in range(_MAX_ATTRIBUTES):
        if at + 9 > len(content):
            break
        _, name, _, length = struct.unpack_from("<BHHI", content, at)
        data = content[at + 9 : at + 9 + length]
        if len(data) < length:
            package.complete = False
            break
        at += 11 + length
        if name == _CODEPAGE and length >= 4:
            codepage = f"cp{struct.unpack_from('<I', data)[0]}"
        elif name == _BODY:
            package.text = package.text or decode(data.rstrip(b"\0"), codepage).text
        elif name == _PROPERTIES:
            _body(package, data, codepage)
        elif name == _RENDERING and len(package.files) < _MAX_FILES:
            package.files.append(Packed())
        elif package.files:
            _file(package.files[-1], name, data, codepage)
    package.complete = package.complete and at >= len(content) - 2
    package.files = [one for one in package.files if one.content is not None]
    return package


def rich(package: Package) -> rtf.Rich | None:
    """The text of a package whose body is RTF; None if it has none, or none that can be read."""
    source = rtf.decompress(package.rtf) if package.rtf else None
    return rtf.read(source) if source else None


def _file(one: Packed, name: int, data: bytes, codepage: str) -> None:
    """One attribute of an attachment."""
    if name == _TITLE:
        one.name = one.name or decode(data.rstrip(b"\0"), codepage).text or None
    elif name == _DATA:
        one.content = data
    elif name == _ATTACHMENT:
        found = _properties(data)
        one.name = _text(found, (_LONG_NAME, _DISPLAY, _NAME), codepage) or one.name
        one.content_type = (_text(found, (_TYPE,), codepage) or one.content_type).lower()[:100]
        one.content_id = _text(found, (_ID,), codepage).strip("<>") or None
        if one.content is None and _OBJECT in found:
            # An object is a GUID and the bytes. An embedded message is packed again.
            one.content = found[_OBJECT][1][16:]


def _body(package: Package, data: bytes, codepage: str) -> None:
    """The text among the properties of the message."""
    found = _properties(data)
    if _CPID in found and found[_CPID][0] == 0x03:
        codepage = f"cp{struct.unpack('<I', found[_CPID][1])[0]}"
    package.text = _text(found, (_PLAIN,), codepage) or package.text
    package.html = _text(found, (_HTML,), codepage) or package.html
    package.rtf = found.get(_RTF, (0, b""))[1] or package.rtf


def _text(found: dict[int, tuple[int, bytes]], names: tuple[int, ...], codepage: str) -> str:
    """The first of these properties that exists, as text."""
    for name in names:
        kind, data = found.get(name, (0, b""))
        if data:
            text = data.decode("utf-16-le", "replace") if kind == _STRING else decode(data.rstrip(b"\0"), codepage).text
            return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return ""


def _properties(data: bytes) -> dict[int, tuple[int, bytes]]:
    """MAPI properties by their id: (type, bytes of the first value); up to the first that is not understood."""
    found: dict[int, tuple[int, bytes]] = {}
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, _MAX_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", data, at)
            at += 4
            if name >= 0x8000:
                at = _after_its_name(data, at)
            several = bool(kind & 0x1000)
            kind &= 0xEFFF
            values = 1
            if several or kind in (_STRING8, _STRING, _OBJECTS, _BINARY):
                (values,) = struct.unpack_from("<I", data, at)
                at += 4
            for number in range(min(values, _MAX_PROPERTIES)):
                size = _SIZES.get(kind)
                if size is None:
                    if kind not in (_STRING8, _STRING, _OBJECTS, _BINARY):
                        return found
                    (size,) = struct.unpack_from("<I", data, at)
                    at += 4
                if at + size > len(data):
                    return found
                if number == 0:
                    found.setdefault(name, (kind, data[at : at + size]))
                at += size + -size % 4
    except struct.error:
        return found
    return found


def _after_its_name(data: bytes, at: int) -> int:
    """The end of a property's name: a GUID, a kind, and a number or a name."""
    (kind,) = struct.unpack_from("<I", data, at + 16)
    if kind == 0:
        return at + 24
    (length,) = struct.unpack_from("<I", data, at + 20)
    return int(at + 24 + length + -length % 4)
