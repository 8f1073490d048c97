"""Secrets in the files that a mail encloses: texts, pages, calendars, office documents, PDF, mails and archives.

What cannot be read (encrypted, damaged, a picture, beyond the limits) has no secrets that we know of (promises F11).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from parser import body
from parser.containers import office, pdf
from parser.facts.find import facts
from parser.html.render import render
from parser.mail import Attachment
from parser.mime.archives import entries, is_archive, unpacked
from parser.mime.charsets import clean, decode
from parser.mime.files import attachment, type_of
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
MAX_PACKED = 20_000_000
"""Larger archives, office documents and PDF are not opened."""
MAX_UNPACKED = 4_000_000
"""So many bytes of one mail's files are unpacked, whatever they are in."""
MAX_FILES = 200
"""So many files of an archive are read."""
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PACKED = ("image/", "audio/", "video/", "application/pdf", "application/zip")
_MEDIA = ("image/", "audio/", "video/")
# RFC 5545 §3.1: a line that begins with a space continues the one before.
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\([\\;,nN])")


@dataclass(slots=True)
class _Budget:
    """What is left of the limits of one mail."""

    text: int = _MAX_TOGETHER
    unpacked: int = MAX_UNPACKED


def scanned(files: tuple[Attachment, ...], depth: int = 0, budget: _Budget | None = None) -> tuple[Attachment, ...]:
    """The files, each with the classes of its secrets; `depth` is how many mails enclose the one that they are in.

    Files of up to 1 MB each, 2 MB together, in their order; of packed ones up to 4 MB together. Linear in their bytes.
    """
    left = budget or _Budget()
    out = []
    for one in files:
        found = _classes(one, depth, left)
        out.append(replace(one, secrets=found) if found else one)
    return tuple(out)


def _classes(file: Attachment, depth: int, left: _Budget) -> tuple[str, ...]:
    is_mail = file.content_type == "message/rfc822" or file.safe_name.lower().endswith(".eml")
    found: set[str] = set()
    if file.content_type.startswith(_MEDIA):
        return ()
    if is_archive(file.content):
        found = _in_archive(file.content, depth, left)
    elif pdf.is_pdf(file.content):
        if file.size <= MAX_PACKED:
            found = _in_texts([pdf.text(file.content, left.unpacked)], left)
    elif file.size > min(MAX_BYTES, left.text):
        return ()
    elif is_mail and depth < MAX_DEPTH:
        left.text -= file.size if _is_text(file) else 0
        found = _in_mail(file.content, depth + 1, left)
    elif _is_text(file):
        left.text -= file.size
        found = {class_ for text in _readings(file) for class_ in _in_text(text)}
    return tuple(name for name in CLASSES if name in found)


def _in_archive(content: bytes, depth: int, left: _Budget) -> set[str]:
    """The secrets in an archive or an office document, in the names of its files and in the files."""
    inside = entries(content) if len(content) <= MAX_PACKED else ()
    if office.is_office(inside):
        return _in_texts(office.texts(content, inside, left.unpacked), left)
    found = _in_texts([("\n".join(one.name for one in inside), 0)], left)
    for one in inside[:MAX_FILES] if depth < MAX_DEPTH else ():
        # A file may be larger than it says, but no more than the limit is ever unpacked.
        raw = unpacked(content, one, min(left.unpacked, MAX_BYTES if one.size <= MAX_BYTES else MAX_PACKED))
        if not raw:
            continue
        left.unpacked -= len(raw)
        file = attachment(raw, type_of(one.name), one.name, 1)
        found |= {class_ for each in scanned((file,), depth + 1, left) for class_ in each.secrets}
    return found


def _in_texts(texts: Iterable[tuple[str, int]], left: _Budget) -> set[str]:
    """The secrets in what was unpacked, within the limit of text."""
    found: set[str] = set()
    for text, cost in texts:
        part = clean(text[: max(0, min(left.text, MAX_BYTES))])
        left.text -= len(part)
        left.unpacked -= cost
        found.update(_in_text(part))
    return found


def _in_mail(content: bytes, depth: int, left: _Budget) -> set[str]:
    """The secrets in an enclosed mail. Nothing else of it counts, because its writer has no rights here."""
    try:
        message = parse(content).message
        said = body.read(message)
        subject = decode_value(next(iter(values_of(raw_fields(message), "subject")), ""), said.charset)
        texts: tuple[str, ...] = (said.text, said.html_text or "", subject[:MAX_SUBJECT])
        found = {class_ for one in scanned(said.attachments, depth, left) for class_ in one.secrets}
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
