"""Two lenient readers beside ours: the stdlib for From, and mail-parser for From, Reply-To, Date and Message-ID.

Where mail-parser reads one of these otherwise than we do, agents are told. Its readers of single fields are called;
its `MailParser` is not, as that reads bodies: there it lets the text of a nested message into the outer one, loses
delivery reports, and gives attachments as text (seen with 4.8.0). docs/decisions/0009-mail-parser.md says more.
"""

import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.policy import compat32

from mailparser.dates import parse_mail_date
from mailparser.exceptions import MailParserError
from mailparser.utils import decode_header_part, get_addresses

from parser.mail import Address, Defect
from parser.mime.charsets import clean
from parser.mime.headers import Fields, unfold, values_of

_MAX_FIELDS = 20
_MAX_FIELD = 4_000
_TOLD = 200
_ADDRESS = r"[A-Za-z0-9_+-]{1,60}(?:\.[A-Za-z0-9_+-]{1,60}){0,8}@(?:[A-Za-z0-9-]{1,60}\.){1,8}[A-Za-z0-9-]{2,30}"
_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,30}(?: [A-Za-z0-9_-]{1,30}){0,5}"
_PLAIN = re.compile(rf'(?:(?:{_NAME}|"{_NAME}") )?<({_ADDRESS})>|({_ADDRESS})')
BROKEN = (
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
)
"""What mail-parser raises on fields that it cannot read."""


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What mail-parser reads in the header section."""

    date: datetime | None
    """The Date field, aware UTC."""
    defects: tuple[Defect, ...]
    authors: tuple[str, ...] | None = None
    """The addresses of the first From field, as it gives them; None where it was not asked."""
    reply_to: tuple[str, ...] | None = None
    """Those of the first Reply-To field."""
    message_ids: tuple[str, ...] = ()
    """The values of all Message-ID fields, as it gives them."""


def cross_check(fields: Fields) -> CrossCheck:
    """What mail-parser reads in From, Reply-To, Date and Message-ID; of at most 20 fields, 4,000 characters each."""
    try:
        return _read(fields)
    except BROKEN:
        return CrossCheck(None, (Defect("header", "mail-parser could not read the address and date fields"),))


def _read(fields: Fields) -> CrossCheck:
    damage: list[tuple[str, str]] = []
    people: dict[str, tuple[str, ...]] = {}
    for name in ("from", "reply-to"):
        for value in _values(fields, name):
            defects: list[dict[str, str]] = []
            people.setdefault(name, _mailboxes(value, defects))
            damage += [(name, one["reason"]) for one in defects]
    dates = [parse_mail_date(value) for value in _values(fields, "date")]
    damage += [("date", reason) for date in dates for reason in date.reasons]
    return CrossCheck(
        date=dates[0].value if dates else None,
        defects=tuple(Defect("header", f"{name}: {reason}"[:_TOLD]) for name, reason in dict.fromkeys(damage)),
        authors=people.get("from"),
        reply_to=people.get("reply-to"),
        message_ids=tuple(decode_header_part(_fetched(value)) for value in _values(fields, "message-id")),
    )


def disagreements(
    opinion: CrossCheck, people: dict[str, tuple[Address, ...]], date: datetime | None, message_id: str | None
) -> tuple[Defect, ...]:
    """A defect for each of From, Reply-To, Date and Message-ID that mail-parser reads otherwise than we do.

    `people`, `date` and `message_id` are our own reading. A date or id that only one of the two can read is not told:
    mail-parser takes no date that is a little wrong, and any text for an id.
    """
    return tuple(
        Defect("second_opinion", f"{name}: mail-parser reads {theirs}"[:_TOLD])
        for name, theirs in _differences(opinion, people, date, message_id)
    )


def _differences(
    opinion: CrossCheck, people: dict[str, tuple[Address, ...]], date: datetime | None, message_id: str | None
) -> Iterator[tuple[str, str]]:
    """(field, what mail-parser reads there) where that is not what we read."""
    for name, theirs in (("From", opinion.authors), ("Reply-To", opinion.reply_to)):
        ours = [one.address for one in people[name.lower()] if one.address]
        found = [_canonical(one) for one in theirs or ()]
        if theirs is not None and ours != found:
            yield name, ", ".join(found) or "no address"
    if date is not None and opinion.date is not None and date != opinion.date:
        yield "Date", opinion.date.isoformat().replace("+00:00", "Z")
    identifiers = [_text(one).strip().removeprefix("<").removesuffix(">") for one in opinion.message_ids]
    if message_id is not None and set(identifiers) - {message_id}:
        yield "Message-ID", ", ".join(identifiers)


def _canonical(address: str) -> str:
    """An address as we spell it: its domain in lower case, UTF-8 (RFC 6532) as text."""
    local, at, domain = _text(address).rpartition("@")
    return f"{local}{at}{domain.lower().removesuffix('.')}"


def _text(value: str) -> str:
    """Without control characters, and without the surrogates by which mail-parser keeps bytes that are no ASCII."""
    text = value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return clean(text).replace("\n", " ")


def lenient_addresses(from_value: str, opinion: CrossCheck | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses the stdlib and mail-parser find in one From value, as they give them; empty where one gave up.

    `opinion` is mail-parser's reading of the same mail, where it was asked already.
    """
    line = unfold(from_value)
    if len(line) > _MAX_FIELD or line.count("(") > 20:
        return (), ()
    if plain := _plain(line):
        return plain, plain
    try:
        stdlib = tuple(address for _, address in email.utils.getaddresses([line]) if address)
    except (RecursionError, ValueError, IndexError, MessageError):
        stdlib = ()
    if opinion is not None:
        return stdlib, opinion.authors or ()
    try:
        return stdlib, _mailboxes(line, [])
    except BROKEN:
        return stdlib, ()


def _values(fields: Fields, name: str) -> list[str]:
    """The fields of a name as one line each; neither many nor long ones."""
    lines = [unfold(value) for value in values_of(fields, name)[:_MAX_FIELDS]]
    return [line for line in lines if len(line) <= _MAX_FIELD]


def _mailboxes(line: str, defects: list[dict[str, str]]) -> tuple[str, ...]:
    """The addresses of a field; `defects` gets what is wrong with it."""
    if plain := _plain(line):
        return plain
    return tuple(address for _, address in get_addresses(_fetched(line), defects=defects, decode_names=True) if address)


def _plain(line: str) -> tuple[str, ...]:
    """The address of `Ana Lund <ana@example.org>`, which all readers read alike; empty for any other form."""
    found = _PLAIN.fullmatch(line)
    return (found[1] or found[2],) if found else ()


def _fetched(line: str) -> str | Header:
    """A value as the stdlib hands it to mail-parser: with bytes that are no ASCII it is a Header."""
    if line.isascii():
        return line
    found: str | Header = compat32.header_fetch_parse(
        "", line.encode("utf-8", "surrogateescape").decode("ascii", "surrogateescape")
    )
    return found
