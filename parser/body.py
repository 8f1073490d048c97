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

from parser.alternatives import difference
from parser.containers import other_text, packed, pgp
from parser.html.quote_marks import Mark
from parser.html.render import render
from parser.mail import Attachment, Defect
from parser.mime.charsets import decode
from parser.mime.flowed import unflow
from parser.mime.leaves import MimePart, defects_of, files_of, labels, leaf_of
from parser.mime.limits import MAX_PARTS
from parser.mime.rewritten_links import restored
from parser.mime.structure import Part

MAX_TEXT = 2_000_000
# HTML is several times as long as its text, and slower to read.
_MAX_HTML = 2_000_000
_MAX_STUB = 300
_PAGE_START = re.compile(r"\s*<(?:!doctype html|html)[\s>]", re.I)
# "ATT00001.txt", as Exchange names the parts that have no name.
_CONTINUATION = re.compile(r"ATT\d{3,8}\.(?:txt|html?)", re.I)
_MAX_CONTINUATIONS = 10
# A slash before a word, as an agent's commands have it; those of addresses and dates stand behind something.
_COMMAND_LIKE = re.compile(r"(?<![\w/:.])[/／∕⁄╱]\s?\w")
_MEDIA = ("image/", "audio/", "video/")


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
    text: list[MimePart] | None
    html: list[MimePart] | None
    in_alternative: bool
    index: int = -1
    rooted: bool = False
    """Whether it has had a part that is no picture. The first such part is the root of a related (RFC 2387)."""
    text_before: int = 0
    html_before: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """The content of a mail's parts."""

    text: str
    html_text: str | None
    marks: tuple[Mark, ...]
    """Where mail programs have marked quotations and signatures in `text`; empty for plain text."""
    attachments: tuple[Attachment, ...]
    leaves: tuple[MimePart, ...]
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

    text: list[MimePart] = field(default_factory=list)
    html: list[MimePart] = field(default_factory=list)
    files: list[MimePart] = field(default_factory=list)


def read(message: Part) -> Body:
    """The text, the HTML's text and the files of a parsed message."""
    defects: list[Defect] = []
    leaves: list[MimePart] = []
    lists = _sort(message, leaves, defects)
    _unpack(lists, leaves, defects)
    said: dict[int, _Said] = {}
    _continue(lists, said, defects)
    charset: str | None = None
    for leaf in [*lists.text, *lists.html]:
        if id(leaf) not in said:
            said[id(leaf)] = _said(leaf, defects)
            charset = charset or said[id(leaf)].charset
    text, marks = _joined([said[id(leaf)] for leaf in lists.text], defects)
    html_text = None
    if any(leaf.content_type == "text/html" for leaf in lists.html):
        html_text, html_marks = _joined([said[id(leaf)] for leaf in lists.html], defects)
        if html_text and (not text.strip() or _is_stub(text, html_text)):
            # Some programs send an empty plain part, or an excuse, beside the HTML that holds the words.
            text, marks = html_text, html_marks
        elif html_text and lists.text != lists.html and (differs := difference(text, html_text)):
            defects.append(Defect("alternatives", differs))
    if not text.strip():
        text, marks = other_text.words_of(leaves)[:MAX_TEXT], ()
    if any(packed.is_encrypted(leaf) for leaf in leaves) or pgp.is_encrypted(text):
        defects.append(Defect("encrypted", "a part is encrypted; it can be read only with its key"))
    top, options = labels(message)
    return Body(
        text=text,
        html_text=html_text,
        marks=marks,
        attachments=files_of(lists.files),
        leaves=tuple(leaves),
        multipart=top.partition("/")[2] if top.startswith("multipart/") else "",
        report_type=options.get("report-type", "").lower(),
        charset=charset,
        defects=tuple(dict.fromkeys(defects)),
    )


def _is_stub(text: str, html_text: str) -> bool:
    """Whether a plain part only refers to the HTML: "Your program cannot show HTML"."""
    return (
        len(text) < _MAX_STUB
        and "html" in text.lower()
        and text.strip() not in html_text
        and len(html_text) > len(text)
    )


def _unpack(lists: _Sorted, leaves: list[MimePart], defects: list[Defect]) -> None:
    """Unpacks uuencoded files in text, and what Outlook has packed into a winmail.dat."""
    without: dict[int, MimePart] = {}
    for leaf in {id(leaf): leaf for leaf in [*lists.text, *lists.html]}.values():
        without[id(leaf)], found = packed.without_uuencoded(leaf)
        lists.files.extend(found)
    for bodies in (lists.text, lists.html):
        bodies[:] = [without[id(leaf)] for leaf in bodies]
    lists.files[:], bodies = packed.unpacked(lists.files, defects)
    # Beside a text, the body of a package repeats it. A text below the package is a footer added on the way.
    if bodies and (packed.is_winmail(leaves[0]) or not (lists.text or lists.html)):
        lists.text.insert(0, bodies[0])
        lists.html.insert(0, bodies[-1])


def _continue(lists: _Sorted, said: dict[int, _Said], defects: list[Defect]) -> None:
    """Adds the text that Exchange made a file of, as it does with all that stands below a picture or a file.

    It stays a file, too, and is not added where its words are in the text already.
    """
    above = ""
    for leaf in [one for one in lists.files if _is_continuation(one)][:_MAX_CONTINUATIONS]:
        is_html = leaf.content_type == "text/html"
        shown = replace(leaf, content_type="text/html" if is_html else "text/plain")
        found = _said(shown, defects)
        above = above or " ".join(" ".join(_said(one, []).text for one in (*lists.text, *lists.html)).split())
        words = " ".join(found.text.split())
        if words and words not in above:
            said[id(shown)] = found
            lists.text.append(shown)
            lists.html.append(shown)


def _is_continuation(leaf: MimePart) -> bool:
    return (
        leaf.name is not None
        and leaf.content_type in ("text/plain", "text/html", "application/octet-stream")
        and _CONTINUATION.fullmatch(leaf.name) is not None
    )


def _sort(message: Part, leaves: list[MimePart], defects: list[Defect]) -> _Sorted:
    """Goes through the parts in order and adds each to its list or lists."""
    out = _Sorted()
    layers = 0
    # Raw file names are mostly in the charset of the text above them.
    hint: str | None = None
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
        defects.extend(defects_of(part))
        if part.is_multipart():
            frame.rooted = True
            subtype = part.declared_type().partition("/")[2]
            alternative = frame.in_alternative or subtype == "alternative"
            inner = _Frame(iter(part.get_payload()), subtype, frame.text, frame.html, alternative)  # type: ignore[arg-type]
            inner.text_before, inner.html_before = len(out.text), len(out.html)
            stack.append(inner)
            continue
        leaf = leaf_of(part, len(stack) - 1, hint)
        if leaf.content_type.startswith("text/"):
            hint = hint or leaf.charset
        defects.extend(defects_of(part))
        inside = packed.signed_part(leaf, defects) if layers < packed.MAX_SMIME_LAYERS else None
        if inside is not None:
            layers += 1
            stack.append(_Frame(iter([inside]), "mixed", frame.text, frame.html, frame.in_alternative))
            continue
        if leaf.content_type.startswith("multipart/"):
            # A multipart without parts: its text is still somebody's text, but an empty one is not a file.
            content = leaf.content if leaf.content.strip() else part.outside()
            if not content.strip():
                continue
            leaf = replace(leaf, content_type="text/plain", content=content)
        leaves.append(leaf)
        _place(leaf, frame, out)
    return out


def _place(leaf: MimePart, frame: _Frame, out: _Sorted) -> None:
    """Adds one part to the lists that RFC 8621 names. Pictures are always files, too, because they are kept."""
    media = leaf.content_type.startswith(_MEDIA)
    shown = leaf.content_type in ("text/plain", "text/html")
    first = frame.index == 0 or (frame.subtype == "related" and not frame.rooted)
    frame.rooted = frame.rooted or not media
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
    """At the end of an alternative that has only one of text and HTML, takes it for both."""
    if frame.subtype != "alternative":
        return
    new_text, new_html = out.text[frame.text_before :], out.html[frame.html_before :]
    if not new_text:
        out.text.extend(new_html)
    elif not new_html:
        out.html.extend(new_text)


def _said(leaf: MimePart, defects: list[Defect]) -> _Said:
    """The leaf as plain text, and the charset it was read in."""
    is_html = leaf.content_type == "text/html"
    content = leaf.content[: _MAX_HTML if is_html else other_text.MAX_SOURCE]
    if len(content) < len(leaf.content):
        defects.append(Defect("truncated", f"a text part of {len(leaf.content)} bytes was cut"))
    label = leaf.charset or (_charset_in_page(content) if is_html else None)
    found = decode(content, label)
    if found.guessed:
        defects.append(Defect("charset", f"labelled {leaf.charset or 'nothing'}, read as {found.guessed}"[:200]))
    elif found.doubtful:
        defects.append(Defect("charset", f"labelled {leaf.charset}, but it decodes to hardly any text"[:200]))
    charset = found.guessed or label
    if is_html or _is_page(found.text):
        page = render(restored(found.text, html=True))
        defects.extend(Defect("link_mismatch", mismatch) for mismatch in page.mismatches)
        if _COMMAND_LIKE.search(page.unseen):
            defects.append(Defect("unseen_text", page.unseen[:200]))
        return _Said(page.text, charset, page.marks)
    written = unflow(found.text, leaf.flowed == "delsp") if leaf.flowed else found.text
    words, marks = pgp.opened(restored(written))
    return _Said(words, charset, marks)


def _is_page(text: str) -> bool:
    """Whether a text goes from a first tag to a last one, whatever its label: scripts forget to say HTML."""
    return bool(_PAGE_START.match(text)) and text[-200:].rstrip().lower().endswith("</html>")


def _charset_in_page(content: bytes) -> str | None:
    """The charset that a page declares, used only if the part declares none."""
    head = content[:2_000].lower()
    at = head.find(b"charset=")
    word = head[at + 8 : at + 60].lstrip(b"\"' ") if at >= 0 else b""
    for end, letter in enumerate(word):
        if letter in b"\"' ;/>":
            word = word[:end]
            break
    return word.decode("ascii", "ignore") or None


def _joined(parts: list[_Said], defects: list[Defect]) -> tuple[str, tuple[Mark, ...]]:
    """The texts one below the other, at most 2,000,000 characters, and the new positions of their marks."""
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
