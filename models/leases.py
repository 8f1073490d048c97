"""Leases: rights that one worker has at a time, and who has them now."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models.tables import LeaseRow


def take(session: Session, name: str, holder: str, now: datetime, span: timedelta) -> int | None:
    """Takes or renews a lease until now + span, and gives its fence; None when another worker holds it.

    The fence rises with each change of the holder: a worker that comes back after a pause has an older one.
    """
    row = session.exec(select(LeaseRow).where(col(LeaseRow.name) == name).with_for_update()).one_or_none()
    if row is None:
        session.add(LeaseRow(name=name, holder=holder, fence=1, until_at=now + span))
        try:
            session.flush()
        except IntegrityError:
            # Another worker made the row at the same moment.
            session.rollback()
            return None
        return 1
    if row.holder != holder:
        if row.until_at > now:
            return None
        row.holder, row.fence = holder, row.fence + 1
    row.until_at = now + span
    session.add(row)
    return row.fence


def drop(session: Session, name: str, holder: str, now: datetime) -> None:
    """Gives a lease back before its end, so that the next worker need not wait."""
    row = session.get(LeaseRow, name)
    if row is not None and row.holder == holder:
        row.until_at = now
        session.add(row)


def holders(session: Session) -> list[tuple[str, str, datetime]]:
    """(name, holder, until) of every lease."""
    return [(row.name, row.holder, row.until_at) for row in session.exec(select(LeaseRow))]


def worker_lease(worker: str) -> str:
    """The name of the lease by which a worker shows that it lives."""
    return f"worker {worker}"


def forget(session: Session, before: datetime) -> None:
    """Removes leases that ended long ago, such as those of workers that are gone."""
    session.execute(delete(LeaseRow).where(col(LeaseRow.until_at) < before))
