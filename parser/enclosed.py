"""Secrets in the files that a mail encloses: texts, tables, calendars, pages, and mails within it (promises F11)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from parser.charsets import decode
from parser.facts import facts
from parser.html import render
from parser.mail import Attachment, ParsedMail
from parser.secrets import CLASSES, secrets

MAX_BYTES = 1_000_000
"""Larger files are not looked into."""
MAX_DEPTH = 3
"""Mails in mails are read as mails down to here, and as text below."""
_MAX_TOGETHER = 2_000_000
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PACKED = ("image/", "audio/", "video/", "application/pdf", "application/zip")
# RFC 5545 §3.1: a line goes on where the next one begins with a blank.
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\([\\;,nN])")

ReadMail = Callable[[bytes], ParsedMail]


def scanned(files: tuple[Attachment, ...], read: ReadMail | None) -> tuple[Attachment, ...]:
    """The files, each with the classes of secrets that are in it; `read` reads mails, None reads them as text.

    Files of up to 1 MB each, 2 MB together, in their order. Linear in their bytes.
    """
    room = _MAX_TOGETHER
    out = []
    for one in files:
        found: tuple[str, ...] = ()
        if one.size <= min(MAX_BYTES, room):
            found = _classes(one, read)
            room -= one.size if _is_text(one) else 0
        out.append(replace(one, secrets=found) if found else one)
    return tuple(out)


def _classes(file: Attachment, read: ReadMail | None) -> tuple[str, ...]:
    if read is not None and (file.content_type == "message/rfc822" or file.safe_name.lower().endswith(".eml")):
        mail = read(file.content)
        found = {one.class_ for one in mail.secrets}
        found |= {class_ for one in mail.attachments for class_ in one.secrets}
        found |= {class_ for text in (mail.subject, mail.html_text or "") for class_ in _in_text(text)}
    elif _is_text(file):
        found = {class_ for text in _readings(file) for class_ in _in_text(text)}
    else:
        found = set()
    return tuple(name for name in CLASSES if name in found)


def _is_text(file: Attachment) -> bool:
    """By its bytes: people attach texts under any label."""
    if file.content_type.startswith(_PACKED):
        return False
    wide = file.content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return wide or _NO_TEXT.search(file.content) is None


def _readings(file: Attachment) -> Iterator[str]:
    """What a person sees who opens it, and what stands in it."""
    text = decode(file.content, None).text
    yield text
    name = file.safe_name.lower()
    if file.content_type == "text/html" or name.endswith((".html", ".htm", ".xhtml")):
        yield render(text).text
    elif file.content_type == "text/calendar" or name.endswith((".ics", ".vcf")):
        yield _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], _FOLD.sub("", text))


def _in_text(text: str) -> Iterator[str]:
    return (one.class_ for one in secrets(text, facts(text)))
