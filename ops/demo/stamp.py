"""What a border server puts on top of a mail that it accepts, and what it takes out.

Return-Path: <ana@example.net>
Received: from … by mx.loopback.test with ESMTPA id 7 for <desk@example.org>; Sun, 01 Nov 2026 12:00:00 +0000
Authentication-Results: mx.loopback.test; auth=pass smtp.auth=ana@example.net …; dmarc=pass header.from=example.net
"""

import re
from datetime import datetime
from email.utils import format_datetime

# One mailbox and nothing else: a bare addr-spec, or a display name and one in angle brackets.
_ADDR_SPEC = r"[^\s<>@,;:()\"\[\]\\]+@[^\s<>@,;:()\"\[\]\\]+"
_ONE_MAILBOX = re.compile(rf'(?:(?:"(?:[^"\\]|\\.)*"|[^"<>@,;:()\\]*)\s*<({_ADDR_SPEC})>|({_ADDR_SPEC}))')
_PLAIN_VALUE = re.compile(r"[\w.!#$%&'*+/=?^`{|}~@-]+")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_COMMENT = re.compile(r"\([^()\"\\]*\)")


def stamp(
    content: bytes,
    *,
    authserv_id: str,
    sender: str,
    recipient: str,
    login: str,
    greeting: str,
    number: int,
    now: datetime,
) -> bytes:
    """The mail with our trace on top and without any Authentication-Results that claims to be ours (RFC 8601 §5).

    `dmarc` is pass when the From is exactly one address and that of the login: the only identity proven here.
    """
    # IMAP libraries turn bare CR and LF into line ends later; a forged field must not come into being after us.
    content = content if _only_crlf(content) else _LINE_END.sub(b"\r\n", content)
    # Lines that continue nothing would continue our own last field.
    while content[:1] in (b" ", b"\t"):
        content = content.partition(b"\r\n")[2]
    fields, rest = _split(content)
    fields = [field for field in fields if not _claims_our_id(field, authserv_id)]
    author = _only_author(fields)
    results = f"{authserv_id}; auth=pass smtp.auth={login}"
    if _PLAIN_VALUE.fullmatch(sender):
        results += f" smtp.mailfrom={sender}"
    results += f";\r\n\tdmarc={'pass' if author is not None and author == login.lower() else 'fail'}"
    if author is not None:
        results += f" header.from={author.rpartition('@')[2]}"
    greeting = re.sub(r"[^A-Za-z0-9.:\[\]-]", "", greeting)
    trace = (
        f"Return-Path: <{sender}>\r\n"
        f"Received: from {greeting} by {authserv_id} with ESMTPA id {number}\r\n"
        f"\tfor <{recipient}>; {format_datetime(now)}\r\n"
        f"Authentication-Results: {results}\r\n"
    )
    return trace.encode("utf-8", "replace") + b"".join(field + b"\r\n" for field in fields) + rest


def _only_crlf(content: bytes) -> bool:
    return content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")


def _split(content: bytes) -> tuple[list[bytes], bytes]:
    """The header fields, with their folding and without their last line end, and the rest from the blank line on."""
    if content.startswith(b"\r\n"):
        return [], content
    end = content.find(b"\r\n\r\n")
    head, rest = (content[:end], content[end + 2 :]) if end >= 0 else (content.removesuffix(b"\r\n"), b"")
    return re.split(rb"\r\n(?![ \t])", head), rest


def _claims_our_id(field: bytes, authserv_id: str) -> bool:
    name, _, value = field.decode("utf-8", "replace").lower().partition(":")
    if name.strip() != "authentication-results" or authserv_id.lower() not in value:
        return False
    # It names us somewhere. Only where it plainly does so elsewhere than in the id does it stay (RFC 8601 §2.2).
    plain = _COMMENT.sub(" ", value)
    return any(char in plain for char in '()"\\') or authserv_id.lower() in plain.partition(";")[0]


def _only_author(fields: list[bytes]) -> str | None:
    """The address of From in lower case, if there is one From with one mailbox; None otherwise."""
    values = [field.partition(b":")[2] for field in fields if field.partition(b":")[0].strip().lower() == b"from"]
    if len(values) != 1:
        return None
    mailbox = _ONE_MAILBOX.fullmatch(values[0].decode("utf-8", "replace").replace("\r\n", "").strip())
    return (mailbox[1] or mailbox[2]).lower() if mailbox else None
