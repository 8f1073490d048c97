"""The parts of a mail that hold content, with their labels read, and the files made of them."""

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from parser.mail import Attachment, Defect
from parser.mime.charsets import clean
from parser.mime.files import attachment, type_of
from parser.mime.headers import decode_value, first_value, parameters
from parser.mime.structure import Part
from parser.mime.transfer import content_of

_MESSAGES = ("message/rfc822", "message/global", "message/news")
_PERCENT_ENCODED = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]")


@dataclass(frozen=True, slots=True)
class MimePart:
    """A part that holds content, with its labels read."""

    content_type: str
    charset: str | None
    disposition: str
    """"attachment", "inline" or ""."""
    name: str | None
    content_id: str | None
    content: bytes
    level: int
    method: str = ""
    """The `method` parameter of a text/calendar."""
    flowed: str = ""
    """"flowed" or "delsp" for text that was wrapped so (RFC 3676)."""
    shown_name: str | None = None
    """The name with the backslashes of a Windows path, which a strict reading takes for escapes."""


def labels(part: Part, hint: str | None = None) -> tuple[str, dict[str, str]]:
    """The media type as the stdlib has it, and our reading of the parameters; `hint` is for raw bytes in them."""
    return part.declared_type(), parameters(first_value(part, "content-type"), hint)[1]


def leaf_of(part: Part, level: int, hint: str | None = None) -> MimePart:
    """One content part with its labels and its bytes; `hint` is the charset of the text above it."""
    content_type, options = labels(part, hint)
    placed = first_value(part, "content-disposition")
    raw = options.get("charset") or hint
    disposition, placing = parameters(placed, raw)
    identifier = decode_value(first_value(part, "content-id")).strip("<> ")[:500]
    content = content_of(part, content_type)
    name = _one_line(_unquoted(placing.get("filename") or options.get("name") or ""))
    written = placed + first_value(part, "content-type")
    flowed = content_type == "text/plain" and options.get("format", "").lower() == "flowed"
    leaf = MimePart(
        content_type,
        options.get("charset"),
        disposition,
        name,
        identifier or None,
        content,
        level,
        options.get("method", ""),
        "" if not flowed else "delsp" if options.get("delsp", "").lower() == "yes" else "flowed",
    )
    if name and "\\" in written:
        strict = (parameters(value, raw, strict=True)[1] for value in (placed, written.removeprefix(placed)))
        escaped = next(
            (found[key] for found, key in zip(strict, ("filename", "name"), strict=True) if found.get(key)), ""
        )
        leaf = replace(leaf, name=_one_line(escaped) or name, shown_name=name)
    return replace(leaf, name=_name_of_message(content)) if content_type in _MESSAGES and not name else leaf


def _unquoted(name: str) -> str:
    """A name that a webmail wrote as in a URL: only where that gives UTF-8 outside of ASCII, as "100%25" is a name."""
    if not _PERCENT_ENCODED.search(name) or not name.isascii():
        return name
    try:
        found = unquote_to_bytes(name).decode("utf-8")
    except UnicodeDecodeError:
        return name
    return clean(found)


def _one_line(text: str) -> str | None:
    """A name on one line, at most 1,000 characters; None for an empty one."""
    return " ".join(text.split())[:1_000] or None


def _name_of_message(content: bytes) -> str:
    """A nested message is named after its subject."""
    for line in (
        content[:64_000]
        .replace(b"\r\n", b"\n")
        .split(b"\n\n", 1)[0]
        .replace(b"\n ", b" ")
        .replace(b"\n\t", b" ")
        .split(b"\n")
    ):
        if line[:8].lower() == b"subject:":
            subject = decode_value(line[8:].decode("ascii", "surrogateescape"))
            return f"{subject[:150]}.eml" if subject else "message.eml"
    return "message.eml"


def file_of(leaf: MimePart, name: str, content: bytes, content_type: str = "") -> MimePart:
    """A file that was found inside a part."""
    known = content_type if content_type not in ("", "application/octet-stream") else type_of(name)
    return MimePart(known, None, "attachment", name[:1_000] or None, None, content, leaf.level)


def files_of(leaves: list[MimePart]) -> tuple[Attachment, ...]:
    """The files in order, their safe names made different from each other."""
    out: list[Attachment] = []
    taken: dict[str, int] = {}
    for number, leaf in enumerate(leaves, start=1):
        inline = leaf.disposition == "inline" or (leaf.content_id is not None and leaf.disposition != "attachment")
        shown = leaf.shown_name or leaf.name
        one = attachment(leaf.content, leaf.content_type, shown, number, inline, leaf.content_id)
        one = replace(one, name=leaf.name) if leaf.shown_name else one
        seen = taken.get(one.safe_name.casefold(), 0)
        taken[one.safe_name.casefold()] = seen + 1
        if seen:
            stem, dot, extension = one.safe_name.rpartition(".")
            new = f"{stem} ({seen + 1}).{extension}" if dot else f"{one.safe_name} ({seen + 1})"
            taken.setdefault(new.casefold(), 1)
            one = replace(one, safe_name=new)
        out.append(one)
    return tuple(out)


def defects_of(part: Part) -> list[Defect]:
    """The stdlib's defects: InvalidBase64PaddingDefect becomes "invalid_base64_padding"."""
    out = []
    for found in part.defects:
        name = type(found).__name__.removesuffix("Defect")
        code = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
        out.append(Defect(code, (type(found).__doc__ or "").strip().split("\n")[0][:200]))
    return out
