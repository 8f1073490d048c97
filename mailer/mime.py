"""Finished message bytes: header fields, encoded words, parts, and a strict check of the result.

The `email` package does not write these bytes, because its folding turns long message ids into encoded words, loses
spaces between them, and lets a line end in a value start a new field (CVE-2024-6923), and because its output differs
between Python versions, while the bytes of a letter must never change.
"""

import base64
import binascii
import io
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

import idna

from desk.letters import AttachmentRef

Field = tuple[str, str]
"""A header field: its name, and its value as encoded by this module: not folded, ASCII but for addresses (RFC 6532)."""

LINE_LIMIT = 998
"""Octets in a line without its end (RFC 5322 §2.1.1)."""
_FOLD_AT = 76
_FOREIGN = re.compile(rb"[^\t\r\n -~]")
_LONG_LINE = re.compile(rb"[^\r\n]{%d}" % (LINE_LIMIT + 1))
_LATER_LONG_LINE = re.compile(rb"\n[^\r\n]{%d}" % (LINE_LIMIT + 1))
# base64 makes lines of 76 characters from 57 octets each (RFC 2045 §6.8).
_LINES_OCTETS = 57 * 4096

_LOCAL_PART = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+)*"
)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_MESSAGE_ID = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*@(?:{_ATEXT}+(?:\.{_ATEXT}+)*|\[[!-Z^-~]*\])")
_MESSAGE_ID_LIMIT = 250
_DOMAIN_LIMIT = 253

# Text that a header field may hold unencoded; "=?" would be taken for an encoded word.
_PLAIN_TEXT = re.compile(r"[!-~]+(?: [!-~]+)*")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# 45 octets make 60 characters of base64 and a word of 72 (the limit is 75, RFC 2047 §2).
_WORD_OCTETS = 45

_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}", re.IGNORECASE)
# A quoted string is never folded: some clients keep the fold as part of a file name.
_FOLDABLE = re.compile(r'(?:"[^"]*"|[^ ])+')
_FIELD = re.compile(rb"([!-9;-~]+): ?(.*)", re.DOTALL)
_NAME_OCTETS = 180


def address(written: str) -> str:
    """A mailbox address for a header field and an envelope: plain local part, domain in A-labels, lower case.

    A local part outside ASCII stays as it is; only relays that offer SMTPUTF8 take such a letter (RFC 6531 §3.2).
    Raises ValueError for anything but dot-atom@domain of at most 254 octets (RFC 5321 §4.1.2, §4.5.3.1): no
    quoted local parts, no address literals, no control characters, separators or direction marks of any script.
    """
    local, at, domain = written.rpartition("@")
    refusal = f"{written[:80]!r} is not an address we send to"
    if not at or len(written) > 254 or len(local.encode("utf-8", "replace")) > 64 or not _LOCAL_PART.fullmatch(local):
        raise ValueError(refusal)
    if not local.isascii() and any(unicodedata.category(one)[0] in "CZ" for one in local):
        raise ValueError(refusal)
    try:
        # Wide and capital letters are mapped, as a mail client would do (UTS 46).
        whole = f"{local}@{ascii_domain(idna.uts46_remap(domain, std3_rules=False))}"
    except ValueError as error:
        raise ValueError(refusal) from error
    if len(whole.encode()) > 254:
        raise ValueError(refusal)
    return whole


def ascii_domain(domain: str) -> str:
    """A domain in lower case, with an A-label for each label outside ASCII (IDNA 2008, RFC 5891 §4.4).

        Bücher.example   ->   xn--bcher-kva.example

    Raises ValueError for what is not a host name, and for letters that IDNA would have to map first.
    """
    if len(domain) > _DOMAIN_LIMIT:
        raise ValueError("the domain is too long")
    # Labels of ASCII are not shown to `idna`: it refuses names such as "ab--cd", which hosts have.
    labels = [label if label.isascii() else idna.alabel(label).decode() for label in domain.lower().split(".")]
    written = ".".join(labels)
    if not _DOMAIN.fullmatch(written):
        raise ValueError(f"{written!a} is not a host name")
    return written


def mailbox(name: str, written: str) -> str:
    """A display name and an address as a field value (RFC 5322 §3.4). Raises ValueError as `address` does."""
    spec = address(written)
    if not name:
        return spec
    phrase = name if _PLAIN_PHRASE.fullmatch(name) and "=?" not in name and len(name) <= 60 else encoded_words(name)
    return f"{phrase} <{spec}>"


def unstructured(text: str) -> str:
    """Text as a field value; its leading ASCII words, such as a ticket tag, stay readable and searchable.

    `text` is one line without control characters.
    """
    words = text.split(" ")
    count = next((index for index, word in enumerate(words) if not _stays(word)), len(words))
    head, tail = " ".join(words[:count]), " ".join(words[count:])
    return " ".join(part for part in (head, encoded_words(tail) if tail else "") if part)


def _stays(word: str) -> bool:
    return bool(_PLAIN_TEXT.fullmatch(word)) and "=?" not in word and len(word) <= 60


def encoded_words(text: str) -> str:
    """Text as encoded words of whole characters, at most 75 octets each (RFC 2047 §2, §5)."""
    chunks, chunk = [], b""
    for character in text:
        octets = character.encode("utf-8")
        if len(chunk) + len(octets) > _WORD_OCTETS:
            chunks.append(chunk)
            chunk = b""
        chunk += octets
    chunks.append(chunk)
    # White space between encoded words belongs to neither (RFC 2047 §6.2).
    return " ".join(f"=?utf-8?B?{base64.b64encode(one).decode('ascii')}?=" for one in chunks if one)


def is_message_id(text: str) -> bool:
    """Whether it is a message id without its angle brackets (RFC 5322 §3.6.4), of a length that fits a line."""
    return len(text) <= _MESSAGE_ID_LIMIT and _MESSAGE_ID.fullmatch(text) is not None


def header(fields: Sequence[Field]) -> bytes:
    """A header section with its empty line; each field is folded at spaces, no line is empty or blank."""
    return b"".join(_folded(name, value) for name, value in fields) + b"\r\n"


def _folded(name: str, value: str) -> bytes:
    lines = [f"{name}:"]
    for word in _FOLDABLE.findall(value):
        # The first word stays on the line of the name, because some relays damage a line that holds only the name.
        if len(lines[-1]) + 1 + len(word) > _FOLD_AT and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return ("\r\n".join(lines) + "\r\n").encode()


def part(fields: Sequence[Field], body: bytes) -> bytes:
    return header(fields) + body


_PLAIN = bytes(range(127))


def text_fields(subtype: str, text: str) -> tuple[tuple[Field, ...], bytes]:
    """The fields and the encoded body of a text part: readable if it is mostly ASCII, else short."""
    octets = text.encode("utf-8")
    foreign = len(octets.translate(None, _PLAIN))
    if foreign * 6 > len(octets):
        encoding, body = "base64", _base64(text.replace("\n", "\r\n").encode("utf-8"))
    else:
        encoding, body = "quoted-printable", _crlf(binascii.b2a_qp(octets, istext=True))
    return (("Content-Type", f"text/{subtype}; charset=utf-8"), ("Content-Transfer-Encoding", encoding)), body


def file_part(ref: AttachmentRef, content: bytes) -> bytes:
    """A file as an attachment; a mail as plain octets, since message/rfc822 must not be base64 (RFC 2046 §5.2.1)."""
    kind = ref.content_type.lower()
    if not _CONTENT_TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    return part(
        (
            ("Content-Type", f"{kind}; charset=utf-8" if ref.utf8 else kind),
            ("Content-Transfer-Encoding", "base64"),
            ("Content-Disposition", f"attachment; {_filename(ref.name)}"),
        ),
        _base64(content),
    )


def _filename(name: str) -> str:
    """The name as parameters: an ASCII one for old clients, and the true one where it differs (RFC 2231 §4)."""
    shown = "".join(one for one in name if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    shown = re.sub(r'[/\\:*?"<>|]', "_", shown).strip(" .") or "file"
    stem, dot, extension = shown.rpartition(".")
    if not stem or len(extension) > 16:
        stem, dot, extension = shown, "", ""
    while len(f"{stem}{dot}{extension}".encode()) > _NAME_OCTETS:
        stem = stem[:-1]
    plain_stem, plain_extension = _ascii(stem) or "file", _ascii(extension)
    plain = plain_stem + (f".{plain_extension}" if plain_extension else "")
    full = f"{stem}{dot}{extension}"
    # The true name first: readers that do not prefer it, such as Python's, take the first.
    return (f"filename*=UTF-8''{quote(full, safe='')}; " if plain != full else "") + f'filename="{plain}"'


def _ascii(text: str) -> str:
    kept = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^A-Za-z0-9._ ()+-]+", "_", kept).strip(" ._")


def multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> tuple[tuple[Field, ...], bytes]:
    """The fields and the body of a multipart.

    A boundary beginning in "=_" occurs in no quoted-printable and no base64 body (RFC 2045 §6.7).
    """
    mark = f"--{boundary}".encode("ascii")
    # The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1), so each part gets one more.
    body = b"".join(mark + b"\r\n" + one + b"\r\n" for one in parts)
    return (("Content-Type", f'multipart/{subtype}; boundary="{boundary}"'),), body + mark + b"--\r\n"


def _base64(content: bytes) -> bytes:
    # In pieces of whole lines: a large file in memory a few times over is what a daemon cannot give back.
    lines = io.BytesIO()
    for start in range(0, len(content), _LINES_OCTETS):
        lines.write(base64.encodebytes(content[start : start + _LINES_OCTETS]).replace(b"\n", b"\r\n"))
    return lines.getvalue()


def _crlf(lines: bytes) -> bytes:
    return lines.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def has_long_line(content: bytes) -> bool:
    """Whether a line is longer than `LINE_LIMIT`, in a message whose line ends are CRLF."""
    # Looking for a line end first is a hundred times as fast as trying every place, and cuts nothing up.
    return bool(_LONG_LINE.match(content) or _LATER_LONG_LINE.search(content))


def verify(content: bytes, intended: Sequence[Field]) -> None:
    """Raises ValueError unless the bytes are a message with exactly the intended fields (promises P23, D10, D11).

    It reads the bytes as a strict receiver would, without knowing how they were made.
    """
    end = content.find(b"\r\n\r\n")
    section = content[:end] if end >= 0 else content
    found: list[list[bytes]] = []
    for line in section.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and found and line.strip():
            found[-1].append(line)
        else:
            found.append([line])
    read = [_FIELD.fullmatch(b"".join(lines)) for lines in found]
    wanted = [(name.encode(), value.encode()) for name, value in intended]
    if end < 0 or [(field[1], field[2].strip()) if field else None for field in read] != wanted:
        raise ValueError("the header section is not the intended one")
    # In the header section only addresses may have letters outside ASCII, and any other field would not be as intended.
    if _FOREIGN.search(content, end) or re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", section):
        raise ValueError("the message has characters outside ASCII")
    if re.search(rb"\r(?!\n)|(?<!\r)\n", content):
        raise ValueError("the message has line ends other than CRLF")
    if has_long_line(content):
        raise ValueError(f"the message has a line of more than {LINE_LIMIT} octets")
