"""Addresses to which no automatic letter goes, because one to them bounced: for a time, and until an operator lifts it.

Which they are follows from the letters that bounced; only that one was lifted is kept, in `meta`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from desk.letters import LetterKind
from models import meta
from models.tables import LetterRow

_LIFTED = "unsuppressed:"
_TO_CUSTOMERS = [str(kind) for kind in LetterKind if kind.to_customer]
# RFC 3463: X.1.Z is about the address, X.2.1 about a mailbox that is closed. 4.Y.Z may pass by itself.
_ADDRESS_IS_WRONG = re.compile(r"\b5\.(?:1\.\d{1,3}|2\.1)\b")


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An address to which nothing goes automatically."""

    address: str
    reason: str
    """What the mail server said."""
    letter: int
    """The id of the letter that bounced."""
    since: datetime
    """When that letter was written."""
    until: datetime


def reason(session: Session, address: str, now: datetime, span: timedelta) -> str:
    """Why no automatic letter goes to an address, for people; "" where one may."""
    found = next(iter(_suppressed(session, now, span, address)), None) if address else None
    if found is None:
        return ""
    return f"a letter to this address bounced ({found.reason[:120]}); nothing automatic until {found.until:%Y-%m-%d}"


def listed(session: Session, now: datetime, span: timedelta) -> list[Suppressed]:
    """All such addresses, each with its latest bounce, newest first."""
    found: dict[str, Suppressed] = {}
    for one in _suppressed(session, now, span, None):
        found.setdefault(one.address, one)
    return list(found.values())


def _suppressed(session: Session, now: datetime, span: timedelta, address: str | None) -> Iterable[Suppressed]:
    query = (
        select(LetterRow)
        .where(col(LetterRow.kind).in_(_TO_CUSTOMERS), col(LetterRow.created_at) > now - span)
        .where(or_(col(LetterRow.state) == "bounced", col(LetterRow.state) == "failed"))
        .order_by(col(LetterRow.created_at).desc())
    )
    if address is not None:
        query = query.where(col(LetterRow.recipient) == address)
    for row in session.exec(query):
        permanent = not row.reason.startswith("4.") if row.state == "bounced" else _ADDRESS_IS_WRONG.search(row.reason)
        if not permanent:
            continue
        lifted = meta.get(session, _LIFTED + row.recipient)
        if lifted is None or row.created_at > datetime.fromisoformat(lifted):
            yield Suppressed(row.recipient, row.reason, row.id, row.created_at, row.created_at + span)


def lift(session: Session, address: str, now: datetime, span: timedelta) -> bool:
    """Lets automatic letters go to an address again, until one bounces that is written later; False where they may."""
    address = address.strip().lower()
    if not reason(session, address, now, span):
        return False
    meta.put(session, _LIFTED + address, now.isoformat())
    return True
