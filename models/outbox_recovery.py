"""Letters without an answer: their worker died, or the relay never said what became of them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, update
from sqlmodel import Session, col

from desk.letters import LetterKind
from models.leases import abandoned
from models.outbox import (
    CLAIMED,
    CLOSED_UNKNOWN,
    LONGEST_WAIT,
    QUEUED,
    UNKNOWN,
    Ended,
    Patience,
    ended,
)
from models.tables import LetterRow

_MAX_REPEATS = 1
_AUTOMATIC = tuple(str(kind) for kind in LetterKind if kind.automatic)


def rescue(
    session: Session,
    now: datetime,
    patience: Patience,
    worker: str,
    held: Collection[int] = (),
    gone: Collection[str] = (),
    *,
    all_claims: bool = False,
) -> list[Ended]:
    """Takes letters from dead workers: without the dot they are queued again, after it their outcome is unknown.

    `held` are the letters that this worker has in hand, `gone` the workers that are dead. `all_claims` is for the one
    daemon of a SQLite database, at its start: every claim is from a dead worker.
    """
    claimed = col(LetterRow.state) == CLAIMED
    left = claimed if all_claims else and_(claimed, abandoned(LetterRow, worker, held, gone))
    fenced = LetterRow.fence + 1
    queue = (
        update(LetterRow)
        .where(left, col(LetterRow.dot_at).is_(None))
        .values(state=QUEUED, due_at=now, leased_until_at=None, fence=fenced)
        .execution_options(synchronize_session=False)
    )
    session.execute(queue)
    unknown = (
        update(LetterRow)
        .where(left, col(LetterRow.dot_at).is_not(None))
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


def hasten(session: Session, now: datetime, patience: Patience) -> None:
    """Brings back letters whose next moment a clock that was set back has put out of reach."""
    queued = col(LetterRow.state) == QUEUED
    for those, longest in (
        (and_(queued, col(LetterRow.tries) == 0), timedelta(minutes=1)),
        (queued, LONGEST_WAIT),
        (col(LetterRow.state) == UNKNOWN, patience.unknown_wait),
    ):
        statement = (
            update(LetterRow)
            .where(those, col(LetterRow.due_at) > now + longest)
            .values(due_at=now)
            .execution_options(synchronize_session=False)
        )
        session.execute(statement)


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
