"""Limits on what a sender can make large, on bytes, before the stdlib reads them.

It is quadratic in the parameters of a field and in the boundaries of a level, and keeps each part as an object.
"""

import re

from parser.mail import Defect

MAX_PARTS = 500
MAX_HEADER_BYTES = 256_000
MAX_HEADER_LINES = 1_000
MAX_FIELD_BYTES = 64_000

# Fields that say what a mail is. They are kept, however many others come before them.
_WANTED = frozenset(
    b"from to cc reply-to sender subject date message-id in-reply-to references return-path mime-version content-type "
    b"content-transfer-encoding content-disposition auto-submitted precedence list-id x-failed-recipients".split()
)
FIELD = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|$)(?:[ \t][^\r\n]*(?:\r\n|\n|\r|$))*")
BOUNDARY = re.compile(rb"""boundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))""", re.I)
_CONTENT_TYPE = re.compile(rb"content-type:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.I)


def bounded_header(header: bytes, defects: list[Defect]) -> tuple[bytes, bool]:
    """The header section within the limits on bytes and lines, and whether something was dropped."""
    if len(header) <= MAX_FIELD_BYTES and header.count(b"\n") + header.count(b"\r") <= MAX_HEADER_LINES:
        return header, False
    kept: list[bytes] = []
    lines = octets = wanted_octets = 0
    cut = False
    for match in FIELD.finditer(header):
        text = match[0]
        if len(text) > MAX_FIELD_BYTES:
            text, cut = text[:MAX_FIELD_BYTES].rstrip(b"\r\n") + b"\n", True
        lines += text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
        octets += len(text)
        wanted = text.partition(b":")[0].strip().lower() in _WANTED
        wanted_octets += len(text) * wanted
        fits = lines <= MAX_HEADER_LINES and octets <= MAX_HEADER_BYTES
        if fits or (wanted and wanted_octets <= MAX_HEADER_BYTES) or not text.strip():
            kept.append(text)
        else:
            cut = True
    if cut:
        defects.append(Defect("truncated", "the header section is over its limits; fields were cut or left out"))
    return b"".join(kept), cut


def bounded_content_types(body: bytes, defects: list[Defect]) -> bytes:
    """The body with monstrous Content-Type fields cut: the stdlib's reader of parameters is quadratic."""
    if len(body) <= MAX_FIELD_BYTES:
        return body
    monsters: list[tuple[int, int]] = []
    done = 0
    # Lowered piece by piece, because a copy of a large mail costs too much memory.
    for start in range(0, len(body), 1_000_000):
        piece = body[start : start + 1_000_020].lower()
        at = -1
        while (at := piece.find(b"content-type:", at + 1)) >= 0:
            field_ = _CONTENT_TYPE.match(body, start + at) if start + at >= done else None
            done = field_.end() if field_ else done
            if field_ and field_.end() - field_.start() > 8_000:
                monsters.append(field_.span())
    if not monsters:
        return body
    defects.append(Defect("truncated", "a Content-Type field is over 8,000 bytes and was cut"))
    kept, at = [], 0
    for start, end in monsters:
        kept.append(body[at : start + 8_000])
        at = end
    return b"".join([*kept, body[at:]])


def bounded_parts(content: bytes, defects: list[Defect]) -> bytes:
    """The mail, cut where its parts become too many."""
    if content.count(b"\n--") + content.count(b"\r--") <= MAX_PARTS:
        return content
    declared = {m[1] or m[2] for m in BOUNDARY.finditer(content.lower())}
    siblings = 0
    met: set[bytes] = set()
    for match in re.compile(rb"(?<=[\r\n])--[^\r\n]{1,202}").finditer(content):
        name = match[0][2:].rstrip().lower()
        # The first delimiter of a boundary opens a level, and levels have their own limit; each further one is a part.
        siblings += name in met
        if name in declared:
            met.add(name)
        if siblings > MAX_PARTS:
            defects.append(Defect("truncated", f"only the first {MAX_PARTS} parts were read"))
            return content[: match.start()]
    return content
