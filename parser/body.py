"""The text and the files of a mail, sorted as RFC 8621 §4.1.4 does, without recursion.

multipart/mixed
  multipart/alternative      text/plain -> text, text/html -> html
  text/plain                 joins both
  application/pdf            file
  message/rfc822             file: its text never joins the outer one
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.errors import InvalidBase64LengthDefect

from parser import calendars, tnef, uuencode
from parser.charsets import decode
from parser.files import attachment, type_of
from parser.flowed import unflow
from parser.headers import decode_value, first_value, lenient_base64, parameters
from parser.html import render
from parser.mail import Attachment, Defect
from parser.quotes_marks import Mark
from parser.structure import MAX_PARTS, Part

MAX_TEXT = 2_000_000
_MAX_SOURCE = 3_000_000
# HTML is several times as long as its text, and slower to read.
_MAX_HTML = 2_000_000
_MEDIA = ("image/", "audio/", "video/")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_ENRICHED = ("text/enriched", "text/richtext")
_ENRICHED_TAG = re.compile(r"<param>[^<]{0,200}</param>|(?<!<)<(?!<)/?[A-Za-z-]{1,40}>", re.I)
_SEALED = ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


@dataclass(frozen=True, slots=True)
class Leaf:
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


@dataclass(frozen=True, slots=True)
class _Said:
    """A part as text."""

    text: str
    charset: str | None
    marks: tuple[Mark, ...] = ()


@dataclass(slots=True)
class _Frame:
    """A multipart being walked."""

    parts: Iterator[Part]
    subtype: str
    text: list[Leaf] | None
    html: list[Leaf] | None
    in_alternative: bool
    index: int = -1
    text_before: int = 0
    html_before: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """What the parts of a mail say."""

    text: str
    html_text: str | None
    marks: tuple[Mark, ...]
    """Where mail programs marked quotations and signatures in `text`; empty where it is plain text as sent."""
    attachments: tuple[Attachment, ...]
    leaves: tuple[Leaf, ...]
    """All content parts in order, for reports and calendars."""
    multipart: str
    """The subtype of the outermost multipart, such as "report"; "" where the mail is one part."""
    report_type: str
    charset: str | None
    """The charset of the first text part, as declared or as guessed: a hint for raw header values."""
    defects: tuple[Defect, ...]


@dataclass(slots=True)
class _Sorted:
    """The three lists of the RFC, being filled."""

    text: list[Leaf] = field(default_factory=list)
    html: list[Leaf] = field(default_factory=list)
    files: list[Leaf] = field(default_factory=list)


def read(message: Part) -> Body:
    """The text, the HTML's text and the files of a parsed message."""
    defects: list[Defect] = []
    leaves: list[Leaf] = []
    lists = _sort(message, leaves, defects)
    _unpack(lists, defects)
    said: dict[int, _Said] = {}
    charset: str | None = None
    for leaf in [*lists.text, *lists.html]:
        if id(leaf) not in said:
            said[id(leaf)] = _said(leaf, defects)
            charset = charset or said[id(leaf)].charset
    text, marks = _joined([said[id(leaf)] for leaf in lists.text], defects)
    html_text = None
    if any(leaf.content_type == "text/html" for leaf in lists.html):
        html_text, html_marks = _joined([said[id(leaf)] for leaf in lists.html], defects)
        if not text.strip() and html_text:
            # Some programs send an empty plain part beside the HTML that holds the words.
            text, marks = html_text, html_marks
    if not text.strip():
        text, marks = _other_words(leaves, defects), ()
    top, options = _labels(message)
    return Body(
        text=text,
        html_text=html_text,
        marks=marks,
        attachments=_files(lists.files),
        leaves=tuple(leaves),
        multipart=top.partition("/")[2] if top.startswith("multipart/") else "",
        report_type=options.get("report-type", "").lower(),
        charset=charset,
        defects=tuple(dict.fromkeys(defects)),
    )


def _unpack(lists: _Sorted, defects: list[Defect]) -> None:
    """Files that stand in other things: uuencoded blocks in text, and what Outlook packed into a winmail.dat."""
    without: dict[int, Leaf] = {}
    for leaf in {id(leaf): leaf for leaf in [*lists.text, *lists.html]}.values():
        rest, found = uuencode.extract(leaf.content) if leaf.content_type == "text/plain" else (b"", [])
        if found:
            without[id(leaf)] = replace(leaf, content=rest)
            lists.files.extend(_file_of(leaf, decode_value(name), content) for name, content in found)
    for bodies in (lists.text, lists.html):
        bodies[:] = [without.get(id(leaf), leaf) for leaf in bodies]
    files: list[Leaf] = []
    for leaf in lists.files:
        package = tnef.unpack(leaf.content) if leaf.content_type in _TNEF or leaf.name == "winmail.dat" else None
        if package is None:
            files.append(leaf)
            continue
        if not package.complete:
            # What could not be read is still in there.
            files.append(leaf)
            defects.append(Defect("tnef", "a winmail.dat could not be read to its end"))
        for one in package.files:
            packed = _file_of(leaf, one.name or "", one.content or b"", one.content_type)
            files.append(replace(packed, content_id=one.content_id))
        for words, kind in ((package.text, "text/plain"), (package.html, "text/html")):
            if words.strip() and not lists.text and not lists.html:
                body = Leaf(kind, "utf-8", "", None, None, words.encode("utf-8", "replace"), leaf.level)
                lists.text.append(body)
                lists.html.append(body)
    lists.files[:] = files


def _file_of(leaf: Leaf, name: str, content: bytes, content_type: str = "") -> Leaf:
    """A file that was found inside a part."""
    known = content_type if content_type not in ("", "application/octet-stream") else type_of(name)
    return Leaf(known, None, "attachment", name[:1_000] or None, None, content, leaf.level)


def _other_words(leaves: list[Leaf], defects: list[Defect]) -> str:
    """The words of a mail without a text part: an invitation, or text of a kind that is a file beside other text."""
    for leaf in leaves:
        if leaf.content_type == "text/calendar":
            source = decode(leaf.content[:_MAX_SOURCE], leaf.charset or "utf-8").text
            if found := calendars.as_text(source):
                return found[:MAX_TEXT]
        elif leaf.content_type in _ENRICHED and leaf.disposition != "attachment":
            found = _ENRICHED_TAG.sub("", decode(leaf.content[:_MAX_SOURCE], leaf.charset).text).replace("<<", "<")
            return found[:MAX_TEXT]
    if any(leaf.content_type in _SEALED for leaf in leaves):
        defects.append(Defect("encrypted", "the words of this mail are encrypted or wrapped in a signature"))
    return ""


def _sort(message: Part, leaves: list[Leaf], defects: list[Defect]) -> _Sorted:
    """Walks the parts in order and puts each into its list or lists."""
    out = _Sorted()
    stack = [_Frame(iter([message]), "mixed", out.text, out.html, in_alternative=False)]
    while stack:
        frame = stack[-1]
        part = next(frame.parts, None)
        if part is None or len(leaves) >= MAX_PARTS:
            if part is not None:
                defects.append(Defect("truncated", f"only the first {MAX_PARTS} parts were read"))
            _leave(stack.pop(), out)
            continue
        frame.index += 1
        defects.extend(_defects_of(part))
        if part.is_multipart():
            subtype = part.declared_type().partition("/")[2]
            alternative = frame.in_alternative or subtype == "alternative"
            inner = _Frame(iter(part.get_payload()), subtype, frame.text, frame.html, alternative)  # type: ignore[arg-type]
            inner.text_before, inner.html_before = len(out.text), len(out.html)
            stack.append(inner)
            continue
        leaf = _leaf(part, len(stack) - 1)
        defects.extend(_defects_of(part))
        if leaf.content_type.startswith("multipart/"):
            # A multipart without parts: what stands in it is still somebody's text, and nothing is no file.
            if not leaf.content.strip():
                continue
            leaf = replace(leaf, content_type="text/plain")
        leaves.append(leaf)
        _place(leaf, frame, out)
    return out


def _place(leaf: Leaf, frame: _Frame, out: _Sorted) -> None:
    """Puts one leaf where RFC 8621 wants it; pictures are always files too, since we keep them."""
    media = leaf.content_type.startswith(_MEDIA)
    shown = leaf.content_type in ("text/plain", "text/html")
    first = frame.index == 0
    inline = leaf.disposition != "attachment" and shown and (first or (frame.subtype != "related" and not leaf.name))
    if not inline or media:
        out.files.append(leaf)
        return
    if frame.subtype == "alternative":
        (out.text if leaf.content_type == "text/plain" else out.html).append(leaf)
        return
    if frame.in_alternative:
        # Inside one branch of an alternative, plain text belongs to the plain branch only, and HTML to the other.
        if leaf.content_type == "text/plain":
            frame.html = None
        else:
            frame.text = None
    for body in (frame.text, frame.html):
        if body is not None:
            body.append(leaf)


def _leave(frame: _Frame, out: _Sorted) -> None:
    """At the end of an alternative, a kind that it did not offer is taken from the other kind."""
    if frame.subtype != "alternative":
        return
    new_text, new_html = out.text[frame.text_before :], out.html[frame.html_before :]
    if not new_text:
        out.text.extend(new_html)
    elif not new_html:
        out.html.extend(new_text)


def _labels(part: Part) -> tuple[str, dict[str, str]]:
    """The media type as the stdlib has it, and our reading of the parameters."""
    return part.declared_type(), parameters(first_value(part, "content-type"))[1]


def _leaf(part: Part, level: int) -> Leaf:
    """One content part with its labels and its bytes."""
    content_type, options = _labels(part)
    placed = first_value(part, "content-disposition")
    disposition, placing = parameters(placed, options.get("charset"))
    identifier = decode_value(first_value(part, "content-id")).strip("<> ")[:500]
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if any(isinstance(found, InvalidBase64LengthDefect) for found in part.defects):
        # The stdlib gives up on base64 that lacks its end; all but the last letters can be read.
        content = lenient_base64(content)
    name = _one_line(placing.get("filename") or options.get("name") or "")
    labels = placed + first_value(part, "content-type")
    flowed = content_type == "text/plain" and options.get("format", "").lower() == "flowed"
    leaf = Leaf(
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
    if name and "\\" in labels:
        strict = (parameters(value, strict=True)[1] for value in (placed, labels.removeprefix(placed)))
        escaped = next(
            (found[key] for found, key in zip(strict, ("filename", "name"), strict=True) if found.get(key)), ""
        )
        leaf = replace(leaf, name=_one_line(escaped) or name, shown_name=name)
    return replace(leaf, name=_name_of_message(content)) if content_type == "message/rfc822" and not name else leaf


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


def _said(leaf: Leaf, defects: list[Defect]) -> _Said:
    """The leaf as plain text, and the charset it was read in."""
    is_html = leaf.content_type == "text/html"
    content = leaf.content[: _MAX_HTML if is_html else _MAX_SOURCE]
    if len(content) < len(leaf.content):
        defects.append(Defect("truncated", f"a text part of {len(leaf.content)} bytes was cut"))
    label = leaf.charset or (_charset_in_page(content) if is_html else None)
    found = decode(content, label)
    if found.guessed:
        defects.append(Defect("charset", f"labelled {leaf.charset or 'nothing'}, read as {found.guessed}"[:200]))
    charset = found.guessed or label
    if is_html:
        page = render(found.text)
        defects.extend(Defect("link_mismatch", told) for told in page.mismatches)
        return _Said(page.text, charset, page.marks)
    if leaf.flowed:
        return _Said(unflow(found.text, leaf.flowed == "delsp"), charset)
    return _Said(found.text, charset)


def _charset_in_page(content: bytes) -> str | None:
    """The charset a page declares for itself, asked only where the part declares none."""
    head = content[:2_000].lower()
    at = head.find(b"charset=")
    word = head[at + 8 : at + 60].lstrip(b"\"' ") if at >= 0 else b""
    for end, letter in enumerate(word):
        if letter in b"\"' ;/>":
            word = word[:end]
            break
    return word.decode("ascii", "ignore") or None


def _joined(parts: list[_Said], defects: list[Defect]) -> tuple[str, tuple[Mark, ...]]:
    """The texts below each other, at most 2,000,000 characters, and where their marks are now."""
    texts: list[str] = []
    marks: list[Mark] = []
    length = 0
    for part in parts:
        if not part.text.strip():
            continue
        cut = len(part.text) - len(part.text.lstrip("\n"))
        text = part.text.strip("\n")
        start = length + 2 if texts else 0
        for mark in part.marks:
            begins, ends = (start + min(max(0, place - cut), len(text)) for place in (mark.start, mark.end))
            marks.append(Mark(mark.kind, min(begins, MAX_TEXT), min(ends, MAX_TEXT)))
        texts.append(text)
        length = start + len(text)
    whole = "\n\n".join(texts)
    if len(whole) > MAX_TEXT:
        defects.append(Defect("truncated", f"the text of {len(whole)} characters was cut"))
    return whole[:MAX_TEXT], tuple(marks)


def _files(leaves: list[Leaf]) -> tuple[Attachment, ...]:
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


def _defects_of(part: Part) -> list[Defect]:
    """The stdlib's defects: InvalidBase64PaddingDefect becomes "invalid_base64_padding"."""
    out = []
    for found in part.defects:
        name = type(found).__name__.removesuffix("Defect")
        code = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
        out.append(Defect(code, (type(found).__doc__ or "").strip().split("\n")[0][:200]))
    return out
