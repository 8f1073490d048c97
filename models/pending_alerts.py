"""Breaches and steps that agents do not know of yet: the queue between the clock and the letters about it.

recorded (tell_at is null) ──► seen: tell_at, when their calendar opens ──► told_at
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, literal_column, or_, update
from sqlmodel import Session, col, select

from desk.calendar.business_hours import LONGEST_GAP
from desk.ticket import Event, EventKind
from models.tables import EventRow

# Spelled as in the index, so that both databases search in it.
_UNTOLD: ColumnElement[bool] = literal_column("kind IN ('breach', 'step') AND told_at IS NULL")


@dataclass(frozen=True, slots=True)
class PendingAlert:
    """A breach or a step that no agent knows of yet."""

    id: int
    ticket_id: int
    event: Event


def unseen(session: Session, limit: int) -> list[PendingAlert]:
    """Alerts that have no time yet at which agents are to be notified; earliest first."""
    return _found(session, col(EventRow.notify_at).is_(None), limit)


def due(session: Session, now: datetime) -> list[PendingAlert]:
    """Alerts whose time has come; earliest first."""
    # No desk stays closed longer than this. A later instant was set while the clock was wrong.
    wrong = now + LONGEST_GAP
    return _found(session, or_(col(EventRow.notify_at) <= now, col(EventRow.notify_at) > wrong))


def _found(session: Session, which: ColumnElement[bool], limit: int | None = None) -> list[PendingAlert]:
    query = (
        select(EventRow)
        .where(_UNTOLD, which)
        .order_by(col(EventRow.at), col(EventRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [
        PendingAlert(row.id, row.ticket_id, Event(EventKind(row.kind), row.at, row.actor, row.data, row.key))
        for row in session.exec(query)
    ]


def mark_notified(session: Session, event_ids: Sequence[int], now: datetime) -> None:
    """Marks events that agents have been notified of, or need not be."""
    _mark(session, event_ids, {"notified_at": now})


def schedule(session: Session, event_ids: Sequence[int], at: datetime) -> None:
    """Sets the instant at which agents are to be notified of these events."""
    _mark(session, event_ids, {"notify_at": at})


def _mark(session: Session, event_ids: Sequence[int], values: Mapping[str, datetime]) -> None:
    for start in range(0, len(event_ids), 500):
        statement = update(EventRow).where(col(EventRow.id).in_(event_ids[start : start + 500])).values(**values)
        session.execute(statement.execution_options(synchronize_session=False))
