"""Leases: rights that one worker has at a time, and who has them now.

No wall clock says when a lease has ended, since clocks are set. A worker that lives renews its leases, which changes
their rows; whoever waits for a lease takes it when the row has stayed the same for the whole span, by the monotonic
clock of the one who waits. `until_at` is for people.
"""

import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models.tables import InboxRow, LeaseRow, LetterRow

_WORKER = "worker "


class Watch:
    """What one worker has seen of the leases of others, and which mails and letters it has in hand itself."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: dict[str, tuple[tuple[str, datetime], float]] = {}
        self.gone: frozenset[str] = frozenset()
        """The workers that have shown no sign of life for the span of a lease."""
        self.mails: set[int] = set()
        self.letters: set[int] = set()
        self.claiming = threading.Lock()
        """Held while rows are claimed or taken back, so that what is claimed is in hand before anybody looks."""

    def ended(self, row: LeaseRow, span: timedelta) -> bool:
        """Whether a lease was given back, or was not renewed for `span` since it was first seen as it is."""
        if not row.holder:
            return True
        state = row.holder, row.until_at
        seen, at = self._seen.get(row.name, (None, 0.0))
        if seen != state:
            self._seen[row.name] = state, self._monotonic()
            return False
        return self._monotonic() - at >= span.total_seconds()


def take(session: Session, name: str, holder: str, now: datetime, span: timedelta, watch: Watch) -> int | None:
    """Takes or renews a lease, and gives its fence; None when another worker holds it.

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
        if not watch.ended(row, span):
            return None
        row.holder, row.fence = holder, row.fence + 1
    # Never the same twice, even by a clock that was set back: the change is the sign of life.
    row.until_at = now + span if row.until_at != now + span else now + span + timedelta(microseconds=1)
    session.add(row)
    return row.fence


def drop(session: Session, name: str, holder: str, now: datetime) -> None:
    """Gives a lease back before its end, so that the next worker need not wait."""
    row = session.get(LeaseRow, name)
    if row is not None and row.holder == holder:
        row.holder, row.until_at = "", now
        session.add(row)


def holders(session: Session) -> list[tuple[str, str, datetime]]:
    """(name, holder, until) of every lease that somebody holds."""
    rows = session.exec(select(LeaseRow).where(col(LeaseRow.holder) != ""))
    return [(row.name, row.holder, row.until_at) for row in rows]


def last_sign(session: Session) -> datetime | None:
    """Until when the lease of the worker that lived last was to last, given back or not."""
    query = select(col(LeaseRow.until_at)).where(col(LeaseRow.name).startswith(_WORKER))
    return max(session.exec(query), default=None)


def worker_lease(worker: str) -> str:
    """The name of the lease by which a worker shows that it lives."""
    return f"{_WORKER}{worker}"


def look_around(session: Session, span: timedelta, watch: Watch) -> None:
    """Notes which workers have shown no sign of life; to be called several times in each span."""
    rows = session.exec(select(LeaseRow).where(col(LeaseRow.name).startswith(_WORKER)))
    watch.gone = frozenset(row.name.removeprefix(_WORKER) for row in rows if watch.ended(row, span))


def abandoned(
    table: type[InboxRow] | type[LetterRow], worker: str, held: Collection[int], gone: Collection[str]
) -> ColumnElement[bool]:
    """The claims that `worker` may take: of workers that are gone or unknown, and of its own that are not in hand.

    A claim ends with its worker and not with time: whoever lives gives back what it cannot finish.
    """
    claimer: Any = col(table.worker)
    known = select(col(LeaseRow.name)).where(col(LeaseRow.name) == _WORKER + claimer).exists()
    theirs = and_(claimer != worker, or_(claimer.in_(gone), ~known))
    return or_(theirs, and_(claimer == worker, col(table.id).not_in(held)))


def forget(session: Session, before: datetime, span: timedelta, watch: Watch) -> list[str]:
    """Removes leases that ended long ago; gives the workers whose they were."""
    old = session.exec(select(LeaseRow).where(col(LeaseRow.until_at) < before)).all()
    ended = [row for row in old if watch.ended(row, span)]
    for row in ended:
        session.delete(row)
    return [row.name.removeprefix(_WORKER) for row in ended if row.name.startswith(_WORKER)]
