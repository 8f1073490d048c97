"""Files inside plain text, as programs sent them before MIME: `begin 644 shot.png`, lines of letters, `end`."""

import base64
import binascii
import re

_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?$", re.M)
_MAX_FILES = 100


def extract(content: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The text without its files, and (name, bytes) of each; text that only talks about `begin` stays whole.

    A block counts when every line of it is what its length letter says, and it closes or fills the rest of the text.
    """
    if b"begin" not in content:
        return content, []
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content
    rest: list[bytes] = []
    files: list[tuple[str, bytes]] = []
    at = 0
    position = 0
    while len(files) < _MAX_FILES and (begin := _BEGIN.search(content, position)):
        found = (_base64 if begin[1] else _lines)(content, begin.end() + 1)
        if found is None:
            position = begin.end()
            continue
        rest.append(content[at : begin.start()])
        files.append((begin[2].decode("utf-8", "surrogateescape").strip(), found[0]))
        at = position = found[1]
    return b"".join([*rest, content[at:]]), files


def _lines(content: bytes, at: int) -> tuple[bytes, int] | None:
    """The bytes of a block that starts at `at`, and the place after it; None where it is no such block."""
    out: list[bytes] = []
    while at < len(content):
        end = content.find(b"\n", at)
        end = len(content) if end < 0 else end
        line = content[at:end]
        if line.strip() == b"end":
            return b"".join(out), min(end + 1, len(content))
        # Blanks at the ends of lines get lost on the way.
        wanted = 1 + ((line[0] - 32 & 63) + 2) // 3 * 4 if line.strip() else 1
        if len(line) > wanted + 2 or len(line) < wanted - 8:
            return None
        try:
            out.append(binascii.a2b_uu(line[:wanted].ljust(wanted)) if wanted > 1 else b"")
        except binascii.Error:
            return None
        at = end + 1
    return (b"".join(out), len(content)) if len(out) > 2 else None


def _base64(content: bytes, at: int) -> tuple[bytes, int] | None:
    """The same for `begin-base64`, which ends with `====`."""
    end = content.find(b"\n====", at)
    letters = content[at : end if end >= 0 else at]
    if end < 0 or re.search(rb"[^A-Za-z0-9+/=\n ]", letters):
        return None
    try:
        decoded = base64.b64decode(letters)
    except binascii.Error:
        return None
    after = content.find(b"\n", end + 1)
    return decoded, len(content) if after < 0 else after + 1
