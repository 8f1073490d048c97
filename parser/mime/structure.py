"""Bytes to the stdlib's message, with limits on everything that a sender can make large.

The stdlib (compat32) is the truth for structure. It recurses per nesting level, tests each line against every open
boundary, and parses what is inside message/rfc822; each of these is bounded here before it can hurt.
"""

import re
from dataclasses import dataclass, field
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import compat32
from itertools import islice
from typing import cast

from parser.mail import Defect
from parser.mime.folding import Folded
from parser.mime.headers import decode_value
from parser.mime.limits import (
    BOUNDARY,
    FIELD,
    MAX_FIELD_BYTES,
    MAX_HEADER_BYTES,
    bounded_content_types,
    bounded_header,
    bounded_parts,
)

MAX_DEPTH = 100

_ABOUT_CONTENT = ("content-type", "content-transfer-encoding", "content-disposition")

# One line costs one test per open boundary: beyond this product the depth is reduced, so that time stays linear.
_LINE_TESTS = 20_000_000

_FIELD_NAME = re.compile(rb"[\x21-\x39\x3b-\x7e]{1,200}[ \t]*:")
_ALL_FIELDS = re.compile(rb"[\r\n]*+(?:(?:[\x21-\x39\x3b-\x7e]{1,200}+[ \t]*+:|[ \t]|From )[^\r\n]*+[\r\n]*+)*+\Z")
# A line that is none of those, where all lines end in LF.
_NO_FIELD = re.compile(rb"\n(?![\x21-\x39\x3b-\x7e]{1,200}+[ \t]*+:|[ \t\r\n]|From |\Z)")
_BLANK_BEFORE_COLON = re.compile(rb"(?m)^([\x21-\x39\x3b-\x7e]{1,100})[ \t]{1,20}:")
_PIECE = 65_536
_MULTIPART = re.compile(rb"(?im)^content-type[ \t]{0,9}:\s{0,9}multipart/[^\r\n]*(?:\r?\n[ \t][^\r\n]*){0,20}")
# A line of a header section, by names that no sentence begins with.
_SURE_NAME = (
    rb"from|to|cc|subject|date|message-id|mime-version|content-[a-z-]{2,30}|received|return-path|reply-to|delivered-to|"
    rb"x-[a-z0-9-]{2,50}"
)
_SURE_FIELD = re.compile(rb"(?:%s):" % _SURE_NAME, re.I)
# Such a field, and below it another field or the end of the section.
_HEADER_START = re.compile(
    rb"(?:%s):[^\r\n]*(?:\r\n|[\r\n]|\Z)(?:[ \t]|[\x21-\x39\x3b-\x7e]{1,200}[ \t]*:|[\r\n]|\Z)" % _SURE_NAME, re.I
)
_LINE_ENDS = re.compile(rb"[\r\n]+")
_EMPTY_LINE = re.compile(rb"\n\r?\n|\r\n\r|\r\r")
_MAX_JUNK_LINES = 10
_DELIMITER = re.compile(
    rb"(?:^|[\r\n])--([^\s\"][^\r\n\"]{0,199}?)[ \t]*\r?[\r\n](?=content-[a-z-]{2,30}[ \t]*:)", re.I
)


@dataclass(slots=True)
class _Limits:
    """The state that the parts of one mail share while the stdlib builds them."""

    depth: int = MAX_DEPTH
    reached: bool = False
    boundary: str | None = None
    """The real boundary of the outermost multipart, if its label is wrong."""


class Part(Message):
    """A stdlib part that keeps the parser from descending where we do not want it to.

    The feed parser asks `get_content_type` and `get_content_maintype` whether to descend. A message/* is answered as
    a plain file, so that its bytes stay whole and its text cannot leak; a multipart too deep is answered as text.
    `declared_type` is the truth.
    """

    limits: _Limits
    level: int

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self.limits = _Limits()
        self.level = 0
        self._declared: tuple[int, str] | None = None

    def attach(self, payload: Message) -> None:  # type: ignore[override]
        """Adds a part, and sets its depth."""
        if isinstance(payload, Part):
            payload.limits, payload.level = self.limits, self.level + 1
        super().attach(payload)

    def declared_type(self) -> str:
        """The media type in lower case, as sent; a semicolon may be missing behind it."""
        # Asked a dozen times for each part, while it is built and after.
        if self._declared and self._declared[0] == len(self._headers):  # type: ignore[attr-defined]
            return self._declared[1]
        self._spell_out()
        declared = super().get_content_type()
        declared = declared.split()[0] if " " in declared or "\t" in declared else declared
        self._declared = (len(self._headers), declared)  # type: ignore[attr-defined]
        return declared

    def _spell_out(self) -> None:
        """Reads the fields about the content where a program has written all of a field in encoded words."""
        for at, (name, value) in enumerate(self._headers):  # type: ignore[attr-defined]
            if "=?" in value[:4] and name.lower() in _ABOUT_CONTENT:
                self._headers[at] = (name, decode_value(value))  # type: ignore[attr-defined]

    def get_content_type(self) -> str:
        """The media type as the feed parser may know it."""
        declared = self.declared_type()
        if declared.startswith("message/"):
            return "application/octet-stream"
        if declared.startswith("multipart/") and self.level >= self.limits.depth:
            self.limits.reached = True
            return "text/plain"
        return declared

    def get_boundary(self, failobj: object = None) -> object:  # type: ignore[override]
        """The boundary as declared, else as it can be made out of a damaged field, else as the body shows it."""
        if self.level == 0 and self.limits.boundary:
            return self.limits.boundary
        declared = super().get_boundary()
        if declared and "(" not in declared:
            return declared
        # A comment may stand behind a value without quotes.
        found = BOUNDARY.search(str(self.get("content-type", "")).encode("ascii", "replace")[:MAX_FIELD_BYTES])
        return (found[1] or found[2]).decode("ascii") if found else declared or failobj

    def outside(self) -> bytes:
        """The text before the first and after the last part of a multipart."""
        words = [text for text in (self.preamble, self.epilogue) if text]
        return "\n".join(words).encode("ascii", "surrogateescape")

    def raw_payload(self) -> bytes:
        """The bytes of the body as they were sent, not decoded; empty for a multipart."""
        return self._payload.encode("ascii", "surrogateescape") if isinstance(self._payload, str) else b""  # type: ignore[attr-defined]

    def get_content_maintype(self) -> str:
        """The first half of `get_content_type`."""
        return self.get_content_type().partition("/")[0]


@dataclass(frozen=True, slots=True)
class Structure:
    """A parsed mail, and what had to be repaired or dropped."""

    message: Part
    defects: tuple[Defect, ...] = ()
    header_cut: bool = field(default=False)
    """Whether header fields were dropped, so that the absence of one proves nothing."""


def parse(content: bytes) -> Structure:
    """The stdlib's message of any bytes; never raises.

    Where it cannot be parsed even within the limits, the message is the header fields and the raw text below them.
    """
    defects: list[Defect] = []
    content = _from_the_first_field(content, defects)
    header, body = _split(content)
    header, body = _mended(header, body, defects)
    header, header_cut = bounded_header(header, defects)
    body = bounded_content_types(body, defects)
    content = bounded_parts(header + body, defects)
    boundary = _shown_boundary(header, body)
    if boundary:
        defects.append(Defect("boundary", "the boundary of the parts is not the one declared"))
    folded = Folded(content, len(header))
    lines = folded.content.count(b"\n") + folded.content.count(b"\r")
    limits = _Limits(boundary=boundary, depth=max(5, min(MAX_DEPTH, _LINE_TESTS // (lines + 1))))

    def root_or_part(**named: object) -> Part:
        part = Part(**named)
        part.limits = limits
        return part

    # A large mail is not kept in more copies than needed; the fallback can be split anew.
    del header, body
    try:
        # In pieces: the stdlib's own way by `message_from_bytes` holds the mail in a buffer of four bytes a letter.
        feed = BytesFeedParser(root_or_part, policy=compat32)
        for at in range(0, len(folded.content), _PIECE):
            feed.feed(folded.content[at : at + _PIECE])
        message = cast(Part, feed.close())
        folded.unfold(message)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError, IndexError) as error:
        defects.append(Defect("structure", f"the parts could not be told apart ({type(error).__name__})"))
        message = _headers_and_raw_text(*_split(content))
    if message.declared_type().startswith("multipart/") and not (message.is_multipart() or message.raw_payload()):
        # The stdlib drops the text below a closing delimiter that nothing has opened.
        message.set_payload(_below_closing(content, message.get_boundary()))
    if limits.reached:
        defects.append(Defect("truncated", f"parts nested deeper than {limits.depth} levels are shown as raw text"))
    return Structure(message, tuple(defects), header_cut)


def _below_closing(content: bytes, boundary: object) -> str:
    """The text of a multipart without parts, without its delimiters."""
    delimiter = f"--{boundary}"
    lines = _split(content)[1].decode("ascii", "surrogateescape").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(delimiter))


def _headers_and_raw_text(header: bytes, body: bytes) -> Part:
    """The fallback: our own reading of the header section, and the raw body."""
    message = Part()
    for match in FIELD.finditer(header):
        name, colon, value = match[0].partition(b":")
        if colon and not name.lower().startswith(b"content-"):
            text = value.decode("ascii", "surrogateescape").strip("\r\n \t")
            message._headers.append((name.decode("ascii", "replace").strip(), text))  # type: ignore[attr-defined]
    message.set_payload(body.decode("ascii", "surrogateescape"))
    return message


def _from_the_first_field(content: bytes, defects: list[Defect]) -> bytes:
    """The content from its first header field on: without byte order mark, blank lines or a few lines of junk."""
    if b"\r\r\n" in content[:_PIECE] and content.count(b"\r\r\n") == content.count(b"\n"):
        # Written as text on Windows twice, so that each line end has two CRs.
        content = content.replace(b"\r\r\n", b"\r\n")
        defects.append(Defect("line_ends", "each line ends in CR CR LF"))
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if start.startswith(b">From "):
        start = start[1:]
    if not start or start.startswith(b"From ") or _FIELD_NAME.match(start):
        return start
    # Lines that are no fields, followed by one that is: junk before the header, as broken gateways add it.
    empty = False
    for number, line_end in enumerate(islice(_LINE_ENDS.finditer(start), _MAX_JUNK_LINES), start=1):
        empty = empty or _EMPTY_LINE.match(line_end[0]) is not None
        at = line_end.end()
        if number > 1 and empty:
            break
        # Below more than one line it must look like a header section, not like words of a text with a colon.
        if _FIELD_NAME.match(start, at) and (number == 1 or _HEADER_START.match(start, at)):
            defects.append(Defect("leading_junk", "what stood above the header section was skipped"))
            return start[at:]
    return content


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The header section with its empty line, and the rest."""
    if content[:2] in (b"\r\n", b"\n\n") or content[:1] in (b"\n", b"\r"):
        return b"", content
    # The first of them, each looked for no further than to the one before.
    end = len(content)
    for blank_line in (b"\n\r\n", b"\n\n", b"\r\r"):
        found = content.find(blank_line, 0, end)
        end = found + len(blank_line) if found >= 0 else end
    return content[:end], content[end:]


def _mended(header: bytes, body: bytes, defects: list[Defect]) -> tuple[bytes, bytes]:
    """The header section in a form that the stdlib reads to its end, and the body.

    `Name : value` is obsolete but allowed (RFC 5322 §4.5). A line that is no field goes on from the field before it
    when surely a field follows, since some program broke the folding; otherwise the body begins with it.
    """
    if (b" :" in header or b"\t:" in header) and _BLANK_BEFORE_COLON.search(header):
        header = _BLANK_BEFORE_COLON.sub(rb"\1:", header)
    if len(header) > MAX_HEADER_BYTES or _is_whole(header):
        return header, body
    lines = header.splitlines(keepends=True)
    strays = [
        number
        for number, line in enumerate(lines)
        if number and line.strip() and line[:1] not in b" \t" and not _FIELD_NAME.match(line) and line[:5] != b"From "
    ]
    if not strays:
        return header, body
    last = max((number for number, line in enumerate(lines) if _SURE_FIELD.match(line)), default=0)
    for number in strays:
        if number > last:
            defects.append(Defect("header_end", "no empty line stands between the header section and the text"))
            return b"".join([*lines[:number], b"\n"]), b"".join(lines[number:]) + body
        lines[number] = b" " + lines[number]
    defects.append(Defect("folding", "a line of the header section is no field; it was joined to the one before"))
    return b"".join(lines), body


def _is_whole(header: bytes) -> bool:
    """Whether each line begins or continues a field, as in nearly all header sections."""
    if header.count(b"\r") != header.count(b"\r\n"):
        return _ALL_FIELDS.match(header) is not None
    # Only the ends of lines are looked at, so this takes a tenth of the time.
    return _NO_FIELD.search(b"\n" + header.lstrip(b"\r\n")) is None


def _shown_boundary(header: bytes, body: bytes) -> str | None:
    """The boundary that the body shows where the declared one never occurs; None where all is well."""
    # A quick check: most mails have one part.
    found = _MULTIPART.search(header) if b"multipart/" in header.lower() else None
    if found is None:
        return None
    declared = BOUNDARY.search(found[0])
    if declared and b"--" + (declared[1] or declared[2]) in body:
        return None
    shown = _DELIMITER.search(body[:MAX_HEADER_BYTES])
    return shown[1].decode("ascii", "replace") if shown and shown[1].isascii() else None
