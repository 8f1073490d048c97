"""What a queue has achieved lately: the estimate in the acknowledgement rests on it."""

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, literal_column
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from desk.facts import LATELY, QueueStatistics
from models.tables import TicketRow

_WITHIN = timedelta(days=30)
_AT_MOST, _AT_LEAST = 50, 10
# Spelled as in the index, so that both databases count in it.
_UNANSWERED: ColumnElement[bool] = literal_column(
    "first_reply_at IS NULL AND clock AND status NOT IN ('solved', 'closed')"
)


def queue_statistics(session: Session, queue: str, category: str, now: datetime) -> QueueStatistics:
    """How soon mails of this category, or else of this queue, were answered lately, and how much waits."""
    needed = _needed(session, _OF_CATEGORY, category, now)
    if needed is None:
        needed = _needed(session, _OF_QUEUE, queue, now)
    waiting, answered = session.exec(_COUNTS, params={"queue": queue, "since": now - LATELY, "now": now}).one()
    return QueueStatistics(needed, waiting, answered, session.exec(_OLDEST).one_or_none())


def _needed(session: Session, query: SelectOfScalar[int | None], which: str, now: datetime) -> timedelta | None:
    """The open time within which four of five of the latest first answers came; None for fewer than 10."""
    found = session.exec(query, params={"which": which, "since": now - _WITHIN, "now": now})
    spent = sorted(seconds for seconds in found if seconds is not None)
    if len(spent) < _AT_LEAST:
        return None
    # The nearest rank is a time that was really achieved; an interpolated one would not be.
    return timedelta(seconds=spent[-(-len(spent) * 4 // 5) - 1])


def _latest(which: ColumnElement[bool]) -> SelectOfScalar[int | None]:
    return (
        select(col(TicketRow.first_reply_spent))
        .where(which, _answered(), col(TicketRow.first_reply_spent).is_not(None))
        .order_by(col(TicketRow.first_reply_at).desc())
        .limit(_AT_MOST)
    )


def _answered() -> ColumnElement[bool]:
    at = col(TicketRow.first_reply_at)
    return and_(at > bindparam("since"), at <= bindparam("now"))


# Built once: every new request runs them.
_OF_CATEGORY = _latest(col(TicketRow.category) == bindparam("which"))
_OF_QUEUE = _latest(col(TicketRow.queue) == bindparam("which"))
_FIRST = select(func.min(col(TicketRow.id))).scalar_subquery()
_OLDEST = select(col(TicketRow.opened_at)).where(col(TicketRow.id) == _FIRST)
_IN_QUEUE = select(func.count()).select_from(TicketRow).where(col(TicketRow.queue) == bindparam("queue"))
_COUNTS = select(
    _IN_QUEUE.where(_UNANSWERED).scalar_subquery(),
    _IN_QUEUE.where(_answered()).scalar_subquery(),
)
