"""Finding what is due: by an index, at the same price however many tickets are open."""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, insert, text
from sqlmodel import Session

from desk import outcomes
from desk.ticket import EventKind, Status
from models import pending_alerts, tickets
from models.store import Store
from models.tables import EventRow, TicketRow
from servers.values import T0, desk

DUE = 100


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'desk.sqlite'}")
    made.upgrade()
    yield made
    made.close()


def fill(store: Store, first: int, count: int, *, late: bool) -> None:
    """Open tickets whose first promise is broken at T0 + 4 h, or an hour later."""
    opened = T0 if late else T0 + timedelta(hours=1)
    numbers = range(first, first + count)
    with store.write() as session:
        row = {
            "subject": "Withdrawal", "requester": "ana@example.net", "requester_name": "", "mailbox": "support",
            "queue": "support", "category": "withdrawal", "priority": "P3", "language": "en", "clock": True, "tier": "",
            "status": str(Status.OPEN), "opened_at": opened, "changed_at": opened,
            "wake_at": opened + timedelta(hours=4),
        }  # fmt: skip
        said = {"at": opened, "recorded_at": opened, "actor": "ana@example.net", "data": {}, "key": None}
        session.execute(insert(TicketRow), [{**row, "id": number, "number": number} for number in numbers])
        asked = str(EventKind.CUSTOMER_MESSAGE)
        session.execute(insert(EventRow), [{**said, "ticket_id": number, "kind": asked} for number in numbers])


def judged(store: Store) -> int:
    """Finds and judges all that is due an instant after T0 + 4 h; how many promises were broken."""
    now, rules = T0 + timedelta(hours=4), desk(step=())

    def work(session: Session) -> int:
        due = tickets.load_due(session, now, 10 * DUE, rules)
        return sum(len(outcomes.passed(known, rules, now).events) for known in due)

    return store.run(work)


def test_what_is_due_is_found_by_the_index(store: Store) -> None:
    asked: list[str] = []
    fill(store, 1001, DUE, late=True)

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    engine = store.run(lambda session: session.get_bind().engine)
    event.listen(engine, "before_cursor_execute", note)
    assert judged(store) == DUE
    event.remove(engine, "before_cursor_execute", note)
    found = next(one for one in asked if "wake_at <=" in one)
    # One handful of questions for all of them, not some for each.
    assert len([one for one in asked if one.startswith("SELECT")]) <= 8
    plan = " ".join(str(row) for row in store.run(explain, found))
    assert "ix_ticket_wake_at" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    "look",
    [lambda session: pending_alerts.unseen(session, 20), lambda session: pending_alerts.due(session, T0)],
    ids=["unseen", "due"],
)
def test_what_nobody_was_told_of_is_found_by_its_index(store: Store, look: Callable[[Session], object]) -> None:
    """Every second, among all that ever happened."""
    asked: list[str] = []
    engine = store.run(lambda session: session.get_bind().engine)
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    store.run(look)
    (found,) = (one for one in asked if one.startswith("SELECT"))
    plan = " ".join(str(row) for row in store.run(explain, found))
    assert "ix_event_untold" in plan


def explain(session: Session, statement: str) -> list[object]:
    marks = statement.count("?")
    statement = statement.replace("?", "0" if marks else "")
    return list(session.execute(text(f"EXPLAIN QUERY PLAN {statement}")))


@pytest.mark.parametrize("count", [100_000])
def test_a_hundred_due_among_very_many_are_judged_within_a_tenth_of_a_second(store: Store, count: int) -> None:
    fill(store, 1001, DUE, late=True)
    few = statistics.median(timed(store) for _ in range(5))
    for first in range(10_000, 10_000 + count, 20_000):
        fill(store, first, 20_000, late=False)
    many = statistics.median(timed(store) for _ in range(5))
    assert many < 0.1
    # Flat: the index is deeper by a level or two, and that is all.
    assert many < 3 * few + 0.01


def timed(store: Store) -> float:
    """CPU seconds, as the machine is shared."""
    begin = time.process_time()
    assert judged(store) == DUE
    return time.process_time() - begin
