"""Mails that our own mail server took for spam, and that no lead has been told of yet: events, like alerts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from desk import threads
from desk.replies.spam_list import MarkedMail
from desk.ticket import EventKind
from models.tables import EventRow, TicketRow

_UNTOLD = (col(EventRow.kind) == EventKind.MARKED_SPAM, col(EventRow.notified_at).is_(None))


def untold(session: Session, prefix: str, limit: int) -> tuple[Sequence[MarkedMail], int]:
    """The oldest of these mails, and how many there are in all."""
    query = (
        select(EventRow, TicketRow)
        .join(TicketRow, col(EventRow.ticket_id) == col(TicketRow.id))
        .where(*_UNTOLD)
        .order_by(col(EventRow.id))
        .limit(limit)
    )
    found = [
        MarkedMail(
            number=row.number,
            tag=threads.tag(prefix, row.number),
            subject=row.subject,
            requester=row.requester,
            queue=row.queue,
            verdict=str(event.data["verdict"]),
        )
        for event, row in session.exec(query)
    ]
    count = session.exec(select(func.count()).select_from(EventRow).where(*_UNTOLD)).one()
    return found, count


def mark_told(session: Session, now: datetime) -> None:
    """Notes that the leads have been told of all of them."""
    session.execute(update(EventRow).where(*_UNTOLD).values(notified_at=now))
