"""Decodes the Content-Transfer-Encoding of a part (RFC 2045 §6), however its label is written."""

import binascii
import codecs
import re
from email.errors import InvalidBase64CharactersDefect, InvalidBase64LengthDefect, InvalidBase64PaddingDefect

from parser.mime.charsets import is_utf8
from parser.mime.headers import first_value, lenient_base64
from parser.mime.structure import Part

_PLAIN = frozenset(["", "7bit", "8bit", "binary", "base64", "quoted-printable"])
_COMMENT = re.compile(r"\([^()]*\)")
_NAME = re.compile(r"base-?64|quoted-printable|x-uuencode|x-uue|uuencode|[78]-?bit|binary", re.I)
_BLANKS_AFTER_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_LETTERS = re.compile(rb"[A-Za-z0-9+/]*={0,2}[ \t\r]*")
_BEHIND_PADDING = re.compile(rb"(?<=[A-Za-z0-9+/]{6})(={1,2})[ \t]+([^\r\n=][^\r\n]*)")
# Letters that are no word, and words.
_SHARED_LINE = re.compile(rb"((?=[a-z+/]*[A-Z0-9+/][A-Za-z+/]*[A-Z0-9+/])[A-Za-z0-9+/]{8,})[ \t]+(\S.*)", re.S)
_ASCII = bytes(range(128))
_PADDING = re.compile(rb"=+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_LEAST_UNCHECKED = 24
_BASE64_DEFECTS = (InvalidBase64CharactersDefect, InvalidBase64LengthDefect, InvalidBase64PaddingDefect)


def content_of(part: Part, content_type: str) -> bytes:
    """The decoded bytes; damage is repaired as far as possible, and the part keeps the stdlib's defects."""
    label = first_value(part, "content-transfer-encoding").strip().lower()
    if label not in _PLAIN:
        found = _NAME.search(_COMMENT.sub("", label[:1_000]))
        label = found[0].replace("-64", "64") if found else label
        if label == "base64":
            return _base64(part.raw_payload(), content_type)
    if label == "quoted-printable":
        content = part.raw_payload()
        return binascii.a2b_qp(_BLANKS_AFTER_SOFT_BREAK.sub(b"=", content) if b"= " in content else content)
    payload = _decoded_by_the_stdlib(part, in_one_line=label == "base64")
    content = payload if isinstance(payload, bytes) else b""
    if label == "base64" and any(isinstance(found, _BASE64_DEFECTS) for found in part.defects):
        return _base64(part.raw_payload(), content_type)
    return content


def _decoded_by_the_stdlib(part: Part, *, in_one_line: bool) -> object:
    """What the stdlib makes of the payload; it makes an object of each line of base64, and there may be millions."""
    text = part._payload  # type: ignore[attr-defined]
    if not in_one_line or not isinstance(text, str):
        return part.get_payload(decode=True)
    part._payload = text.replace("\r", "").replace("\n", "")  # type: ignore[attr-defined]
    try:
        return part.get_payload(decode=True)
    finally:
        part._payload = text  # type: ignore[attr-defined]


def _base64(content: bytes, content_type: str) -> bytes:
    """Base64 with foreign characters, without its end, in several runs, or with plain words behind or below it."""
    sent, content = content, _BEHIND_PADDING.sub(_kept_behind, content)
    if not content_type.startswith("text/"):
        return _runs(content)
    if len(content.translate(None, _ASCII)) * 4 >= len(content) > 0:
        # With this many 8-bit bytes it is not damaged: it was never encoded.
        return sent
    wordy = False
    for head, tail in (_at_empty_line(content), _at_foreign_line(content)):
        if not tail.startswith(b" ") and not _in_words(tail):
            continue
        wordy = True
        if b" " not in head.strip() and _is_text(decoded := _runs(head)):
            # A mailing list wrote its footer below.
            return decoded.rstrip(b"\r\n") + b"\n\n" + tail.lstrip()
    decoded = _runs(content)
    # It has words in it, and makes no sense when decoded: it was never encoded.
    return sent if wordy and not is_utf8(decoded) else decoded


def _at_empty_line(content: bytes) -> tuple[bytes, bytes]:
    """The text above and below the first empty line."""
    head, _, tail = content.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    return head, tail


def _at_foreign_line(content: bytes) -> tuple[bytes, bytes]:
    """The first lines of nothing but base64, and the rest, behind a blank if it begins in one of their lines."""
    lines = content.split(b"\n")
    end = next((number for number, line in enumerate(lines) if not _LETTERS.fullmatch(line)), len(lines))
    if end < len(lines) and (shared := _SHARED_LINE.match(lines[end])) and not len(shared[1]) % 4:
        return b"\n".join([*lines[:end], shared[1]]), b"\n".join([b" " + shared[2], *lines[end + 1 :]])
    return b"\n".join(lines[:end]), b"\n".join(lines[end:])


def _kept_behind(found: re.Match[bytes]) -> bytes:
    """The padding, and what stands behind it on its line if that is one more run; words there are nobody's text."""
    rest = found[2].strip()
    return found[0] if len(rest) % 4 == 0 and _LETTERS.fullmatch(rest) else found[1]


def _is_text(decoded: bytes) -> bool:
    """UTF-8, maybe cut in its last character, or more without controls than words would give when read as base64."""
    if not decoded or _CONTROLS.search(decoded):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(decoded)
    except UnicodeDecodeError:
        return len(decoded) >= _LEAST_UNCHECKED
    return True


def _in_words(content: bytes) -> bool:
    """Whether it has spaces as between words."""
    return content.strip().count(b" ") * 20 >= len(content.strip()) > 0


def _runs(content: bytes) -> bytes:
    """Base64 of one run, or of several that were encoded each for itself and end in padding."""
    return b"".join(lenient_base64(run) for run in _PADDING.split(content))
