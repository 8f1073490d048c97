"""Checks a letter before the first SMTP command is sent for it.

Letter  ->  Envelope: <ana@xn--bcher-kva.example.org>, SMTPUTF8 no, 8BITMIME no, body without its final dot
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from desk.letters import Letter, Refused
from mailer import mime

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
BLOCK_BYTES = 64 * 1024

# RFC 5322 §3.2.3 atext, with RFC 6531 §3.3 everything above ASCII that is not a control or a separator.
_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\x80-\U0010ffff]+\Z")
_LINE_START_DOT = re.compile(rb"^\.", re.MULTILINE)


class BadAddress(ValueError):
    """The text is not one plain addr-spec; the message says why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A letter that has passed all checks that need no server."""

    sender: str
    """In wire form, without angle brackets; "" for the null reverse-path."""
    recipient: str
    envid: str
    """The DSN envelope id in xtext (RFC 3461 §4.4); "" where ours would be too long."""
    content: bytes
    """With CRLF at its end; its length is the SIZE of RFC 1870."""
    utf8: bool
    """It needs SMTPUTF8: a local part or the header section is not ASCII (RFC 6531 §3.4)."""
    eight_bit: bool
    """It needs BODY=8BITMIME (RFC 6152)."""

    def stuffed(self) -> Iterator[bytes]:
        """What goes out between 354 and the final dot, dots doubled at line starts (RFC 5321 §4.5.2).

        In blocks of whole lines, so that a large letter is not in memory twice.
        """
        start = 0
        while start < len(self.content):
            # A line is never as long as a block.
            end = self.content.rfind(b"\n", start, start + BLOCK_BYTES) + 1 or len(self.content)
            yield _LINE_START_DOT.sub(b"..", self.content[start:end])
            start = end


def seal(letter: Letter) -> Envelope | Refused:
    """The envelope of a letter, or the reason why the letter must never be sent as it is."""
    try:
        sender = wire_address(letter.envelope_sender) if letter.envelope_sender else ""
    except BadAddress as error:
        return Refused(f"envelope sender: {error}")
    try:
        recipient = wire_address(letter.recipient)
    except BadAddress as error:
        return Refused(f"recipient: {error}")
    damage = content_damage(letter.content)
    if damage is not None:
        return Refused(damage)
    content = letter.content if letter.content.endswith(b"\r\n") else letter.content + b"\r\n"
    head = content[: content.find(b"\r\n\r\n") + 2]
    envid = _xtext(letter.message_id)
    return Envelope(
        sender=sender,
        recipient=recipient,
        envid=envid if len(envid) <= 100 else "",
        content=content,
        utf8=not (sender + recipient).isascii() or not head.isascii(),
        eight_bit=not content.isascii(),
    )


def content_damage(content: bytes) -> str | None:
    """Why these bytes must not follow DATA (RFC 5321 §2.3.8, RFC 5322 §2.1.1); None when they may.

    Nothing is repaired: a bare CR or LF that one server takes for a line end and the next does not smuggles mail in.
    """
    if b"\r\n\r\n" not in content:
        return "the message has no header section"
    if not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"):
        return "the message has a bare CR or LF"
    if b"\x00" in content:
        return "the message has a NUL byte"
    if mime.has_long_line(content):
        return f"the message has a line longer than {mime.LINE_LIMIT} bytes"
    return None


def wire_address(address: str) -> str:
    """One addr-spec as MAIL and RCPT take it: dot-atom local part as is, domain in A-labels (RFC 5890 §2.3.2.1).

        ana@Bücher.example.org   ->   ana@xn--bcher-kva.example.org

    Raises BadAddress for anything else: quoted local parts, address literals, lists, comments, control characters.
    """
    local, at, domain = address.rpartition("@")
    if not at:
        raise BadAddress(f"{address!a} has no @")
    for atom in local.split("."):
        if not _ATEXT.match(atom) or not all(_may_stand(char) for char in atom if char > "\x7f"):
            raise BadAddress(f"{address!a} is not a plain address")
    wire = f"{local}@{ascii_domain(domain)}"
    if len(local.encode()) > LONGEST_LOCAL_PART or len(wire.encode()) > LONGEST_ADDRESS:
        raise BadAddress(f"{address[:80]!a} is too long")
    return wire


def ascii_domain(domain: str) -> str:
    """A domain in lower case with A-labels (RFC 5891 §4.4); raises BadAddress when it is not a host name."""
    try:
        written = mime.ascii_domain(domain)
    except ValueError as error:
        raise BadAddress(f"{domain[:80]!a} is not a domain") from error
    if written.rpartition(".")[2].isdigit():
        raise BadAddress(f"{domain!a} ends like an IP address")
    return written


def _may_stand(char: str) -> bool:
    # Not controls, format and direction marks, surrogates, unassigned code points, or separators of any script.
    return unicodedata.category(char)[0] not in "CZ"


def _xtext(text: str) -> str:
    """RFC 3461 §4: printable ASCII as is, "+" and "=" and all else as +HH."""
    return "".join(chr(b) if 33 <= b <= 126 and b not in b"+=" else f"+{b:02X}" for b in text.encode())
