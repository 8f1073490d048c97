"""What a queue has really achieved lately: the ground on which customers are told when somebody answers."""

from datetime import datetime, timedelta

from sqlalchemy import func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from desk.facts import LATELY, Load
from models.tables import TicketRow

_WITHIN = timedelta(days=30)
_AT_MOST, _AT_LEAST = 50, 10
# Spelled as in the index, so that both databases count in it.
_UNANSWERED: ColumnElement[bool] = literal_column(
    "first_reply_at IS NULL AND clock AND status NOT IN ('solved', 'closed')"
)


def achieved(session: Session, queue: str, category: str, now: datetime) -> Load:
    """How soon this category, or else this queue, has been answered lately, and how much waits in the queue."""
    needed = _needed(session, col(TicketRow.category) == category, now)
    if needed is None:
        needed = _needed(session, col(TicketRow.queue) == queue, now)
    return Load(needed, _waiting(session, queue), _answered(session, queue, now))


def _needed(session: Session, which: ColumnElement[bool], now: datetime) -> timedelta | None:
    """The open time within which four of five of the latest first answers came; None for fewer than 10."""
    query = (
        select(col(TicketRow.first_reply_spent))
        .where(
            which,
            col(TicketRow.first_reply_at) > now - _WITHIN,
            col(TicketRow.first_reply_at) <= now,
            col(TicketRow.first_reply_spent).is_not(None),
        )
        .order_by(col(TicketRow.first_reply_at).desc())
        .limit(_AT_MOST)
    )
    spent = sorted(seconds for seconds in session.execute(query).scalars() if seconds is not None)
    if len(spent) < _AT_LEAST:
        return None
    # The nearest rank: a time that was really achieved, not one between two.
    return timedelta(seconds=spent[-(-len(spent) * 4 // 5) - 1])


def _waiting(session: Session, queue: str) -> int:
    query = select(func.count()).select_from(TicketRow).where(col(TicketRow.queue) == queue, _UNANSWERED)
    return int(session.execute(query).scalar_one())


def _answered(session: Session, queue: str, now: datetime) -> int:
    query = (
        select(func.count())
        .select_from(TicketRow)
        .where(
            col(TicketRow.queue) == queue,
            col(TicketRow.first_reply_at) > now - LATELY,
            col(TicketRow.first_reply_at) <= now,
        )
    )
    return int(session.execute(query).scalar_one())
