"""Two lenient readers of address fields beside ours: the stdlib and mail-parser; and mail-parser's dates and defects.

mail-parser is asked about a handful of bounded header fields, never about the body: there it lets the text of a nested
message into the outer one, loses delivery reports, and gives attachments as text (seen with 4.8.0).
"""

import email.utils
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import Message

import mailparser
from mailparser.exceptions import MailParserError

from parser.mail import Defect
from parser.mime.headers import Fields, unfold

_MAX_FIELD = 4_000


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What mail-parser reads in the header section."""

    date: datetime | None
    """The Date field, aware UTC."""
    defects: tuple[Defect, ...]
    authors: tuple[str, ...] = ()
    """The addresses of the From field, as it gives them."""


def second_opinion(fields: Fields) -> CrossCheck:
    """mail-parser's reading of the Date field and of the damage in From, Reply-To and Date."""
    asked = [(name, unfold(value)) for name, value in fields if name.lower() in ("from", "reply-to", "date")]
    short = [(name, value) for name, value in asked[:20] if len(value) <= _MAX_FIELD]
    parsed = _parsed(short)
    if parsed is None:
        return CrossCheck(None, (Defect("header", "mail-parser could not read the address and date fields"),))
    damage = [*parsed.address_header_defects, *parsed.date_header_defects]
    told = dict.fromkeys(f"{found['header']}: {found['reason']}" for found in damage)
    date = parsed.date
    aware = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC) if isinstance(date, datetime) else None
    authors = tuple(address for _, address in parsed.from_ if address)
    return CrossCheck(aware, tuple(Defect("header", text[:200]) for text in told), authors)


def lenient_addresses(from_value: str, opinion: CrossCheck | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses the stdlib and mail-parser find in one From value, as they give them; empty where one gave up.

    `opinion` is mail-parser's reading of the same mail, where it was asked already.
    """
    line = unfold(from_value)
    if len(line) > _MAX_FIELD or line.count("(") > 20:
        return (), ()
    try:
        stdlib = tuple(address for _, address in email.utils.getaddresses([line]) if address)
    except (RecursionError, ValueError, IndexError, MessageError):
        stdlib = ()
    if opinion is not None:
        return stdlib, opinion.authors
    parsed = _parsed([("From", line)])
    return stdlib, tuple(address for _, address in parsed.from_ if address) if parsed else ()


class _Asked(mailparser.MailParser):  # type: ignore[misc]
    """mail-parser without its collection of all it found: that is made twice, and nobody here looks into it."""

    def _make_mail(self, complete: bool = True) -> dict[str, object]:  # noqa: ARG002
        return {}


def _parsed(fields: list[tuple[str, str]]) -> mailparser.MailParser | None:
    """mail-parser's object of a header section made of these fields; None where it refuses."""
    # What the stdlib would read from the bytes of such a section; it need not be spelt and read once more.
    message = Message()
    for name, value in fields:
        message[name] = value.encode("utf-8", "surrogateescape").decode("ascii", "surrogateescape")
    message.set_payload("")
    try:
        return _Asked(message)
    except (
        MailParserError,
        # Base64 in an encoded word that the stdlib refuses to decode.
        MessageError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        OverflowError,
    ):
        return None
