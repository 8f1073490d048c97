"""Letters without an answer: their worker died, or the relay never said what became of them."""

from datetime import datetime

from sqlalchemy import and_, or_, update
from sqlmodel import Session, col, select

from desk.letters import LetterKind
from models.leases import worker_lease
from models.outbox import CLAIMED, CLOSED_UNKNOWN, QUEUED, UNKNOWN, Ended, Patience, ended
from models.tables import LeaseRow, LetterRow

_MAX_REPEATS = 1
_AUTOMATIC = tuple(str(kind) for kind in LetterKind if kind.automatic)


def rescue(session: Session, now: datetime, patience: Patience, *, all_claims: bool = False) -> list[Ended]:
    """Takes letters from dead workers: without the dot they are queued again, after it their outcome is unknown.

    `all_claims` is for the one daemon of a SQLite database, at its start: every claim is from a dead worker.
    """
    gone = col(LetterRow.state) == CLAIMED
    if not all_claims:
        # A claim ends with its lease, which gives the relay time to answer, or with the life of its worker.
        alive = select(col(LeaseRow.name)).where(
            col(LeaseRow.name) == worker_lease("") + LetterRow.worker, col(LeaseRow.until_at) > now
        )
        gone = and_(gone, or_(col(LetterRow.leased_until_at) <= now, ~alive.exists()))
    fenced = LetterRow.fence + 1
    queue = (
        update(LetterRow)
        .where(gone, col(LetterRow.dot_at).is_(None))
        .values(state=QUEUED, due_at=now, leased_until_at=None, fence=fenced)
        .execution_options(synchronize_session=False)
    )
    session.execute(queue)
    unknown = (
        update(LetterRow)
        .where(gone, col(LetterRow.dot_at).is_not(None))
        .values(
            state=UNKNOWN,
            due_at=now + patience.unknown_wait,
            leased_until_at=None,
            fence=fenced,
            reason="the worker ended between the final dot and its answer",
        )
        .returning(LetterRow)
        .execution_options(synchronize_session=False)
    )
    return [ended(row) for row in session.execute(unknown).scalars()]


def settle_unknown(session: Session, now: datetime) -> list[Ended]:
    """Ends the wait for letters whose outcome is unknown: automatic ones are closed, others are sent once more."""
    due = and_(col(LetterRow.state) == UNKNOWN, col(LetterRow.due_at) <= now)
    final = or_(col(LetterRow.kind).in_(_AUTOMATIC), col(LetterRow.repeats) >= _MAX_REPEATS)
    close = (
        update(LetterRow)
        .where(due, final)
        .values(state=CLOSED_UNKNOWN)
        .returning(LetterRow)
        .execution_options(synchronize_session=False)
    )
    closed = [ended(row) for row in session.execute(close).scalars()]
    repeat = (
        update(LetterRow)
        .where(due)
        .values(state=QUEUED, due_at=now, repeats=LetterRow.repeats + 1, dot_at=None, reason="may arrive twice")
        .execution_options(synchronize_session=False)
    )
    session.execute(repeat)
    return closed
