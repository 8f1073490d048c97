"""Secrets in the files that a mail encloses: texts, tables, calendars, pages, and mails within it (promises F11)."""

import re
from collections.abc import Iterator
from dataclasses import replace

from parser import body
from parser.facts.find import facts
from parser.html.render import render
from parser.mail import Attachment
from parser.mime.charsets import clean, decode
from parser.mime.headers import decode_value, raw_fields, values_of
from parser.mime.structure import parse
from parser.secrets.find import CLASSES, secrets

MAX_BYTES = 1_000_000
"""Larger files are not read."""
MAX_SUBJECT = 2_000
"""How many characters of a subject are read."""
MAX_DEPTH = 3
"""Down to this depth, mails in mails are read as mails; below, as text."""
_MAX_TOGETHER = 2_000_000
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PACKED = ("image/", "audio/", "video/", "application/pdf", "application/zip")
# RFC 5545 §3.1: a line that begins with a space continues the one before.
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\([\\;,nN])")


def scanned(files: tuple[Attachment, ...], depth: int = 0) -> tuple[Attachment, ...]:
    """The files, each with the classes of its secrets; `depth` is how many mails enclose the one that they are in.

    Files of up to 1 MB each, 2 MB together, in their order. Linear in their bytes.
    """
    room = _MAX_TOGETHER
    out = []
    for one in files:
        found: tuple[str, ...] = ()
        if one.size <= min(MAX_BYTES, room):
            found = _classes(one, depth)
            room -= one.size if _is_text(one) else 0
        out.append(replace(one, secrets=found) if found else one)
    return tuple(out)


def _classes(file: Attachment, depth: int) -> tuple[str, ...]:
    is_mail = file.content_type == "message/rfc822" or file.safe_name.lower().endswith(".eml")
    if is_mail and depth < MAX_DEPTH:
        found = _in_mail(file.content, depth + 1)
    elif _is_text(file):
        found = {class_ for text in _readings(file) for class_ in _in_text(text)}
    else:
        found = set()
    return tuple(name for name in CLASSES if name in found)


def _in_mail(content: bytes, depth: int) -> set[str]:
    """The secrets in an enclosed mail. Nothing else of it counts, because its writer has no rights here."""
    try:
        message = parse(content).message
        said = body.read(message)
        subject = decode_value(next(iter(values_of(raw_fields(message), "subject")), ""), said.charset)
        texts: tuple[str, ...] = (said.text, said.html_text or "", subject[:MAX_SUBJECT])
        found = {class_ for one in scanned(said.attachments, depth) for class_ in one.secrets}
    except Exception:
        # A mail that our code fails on is read as one text.
        texts, found = (clean(content.decode("utf-8", "replace")),), set()
    return found.union(*(_in_text(text) for text in dict.fromkeys(texts)))


def _is_text(file: Attachment) -> bool:
    """Whether a file is text, judged by its bytes: people attach texts under any label."""
    if file.content_type.startswith(_PACKED):
        return False
    wide = file.content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return wide or _NO_TEXT.search(file.content) is None


def _readings(file: Attachment) -> Iterator[str]:
    """The text that a person would see in it, and its source."""
    text = decode(file.content, None).text
    yield text
    name = file.safe_name.lower()
    if file.content_type == "text/html" or name.endswith((".html", ".htm", ".xhtml")):
        yield render(text).text
    elif file.content_type == "text/calendar" or name.endswith((".ics", ".vcf")):
        yield _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], _FOLD.sub("", text))


def _in_text(text: str) -> Iterator[str]:
    return (one.class_ for one in secrets(text, facts(text)))
