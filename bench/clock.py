"""The service clock's figures: `python bench/clock.py [TICKETS …]`.

due_at      the median of one call, on a compiled calendar over three years with 40 holidays; and of working days
due tickets finding and judging the 100 that are due among so many open ones, on SQLite
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from desk import outcomes  # noqa: E402
from desk.calendar.duration import Target, WorkingDays  # noqa: E402
from desk.calendar.tables import read_calendar  # noqa: E402
from desk.facts import Desk  # noqa: E402
from desk.sla.policy import DeskPolicy  # noqa: E402
from desk.ticket import EventKind, Status  # noqa: E402
from models import tickets  # noqa: E402
from models.store import Store  # noqa: E402
from models.tables import EventRow, TicketRow  # noqa: E402

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DUE = 100


def minutes(count: int) -> Target:
    return timedelta(minutes=30 + count % 9000)


def working_days(count: int) -> Target:
    return WorkingDays(Fraction(1 + count % 60))


def due_at(target: Callable[[int], Target]) -> float:
    """Seconds of one call, the median of 20,000 with these targets."""
    hours = {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    first = datetime(2025, 1, 1, tzinfo=UTC)
    holidays = [(first + timedelta(days=27 * count)).date() for count in range(40)]
    calendar = read_calendar("bench", {"zone": "Europe/Berlin", "hours": hours, "holidays": holidays})
    starts = [first + timedelta(hours=count * 25 // 20) for count in range(20_000)]
    calendar.due_at(first, timedelta(hours=5000))
    took = []
    for count, start in enumerate(starts):
        begin = time.perf_counter()
        calendar.due_at(start, target(count))
        took.append(time.perf_counter() - begin)
    return statistics.median(took)


def fill(store: Store, count: int) -> None:
    """Open tickets with a short history each; the first promise of 100 of them is broken now."""
    with store.write() as session:
        for start in range(0, count, 10_000):
            rows, events = [], []
            for number in range(start, min(start + 10_000, count)):
                late = number % (count // DUE) == 0
                opened = (
                    NOW - timedelta(hours=4) + (timedelta(seconds=-1) if late else timedelta(seconds=number % 7000))
                )
                rows.append(
                    {
                        "id": number + 1, "number": 1001 + number, "requester": "ana@example.net", "subject": "",
                        "requester_name": "", "mailbox": "support", "queue": "support", "category": "withdrawal",
                        "priority": "P3", "language": "en", "status": str(Status.OPEN), "opened_at": opened,
                        "changed_at": opened, "first_reply_due_at": opened + timedelta(hours=4),
                        "wake_at": NOW if late else NOW + timedelta(seconds=1 + number % 7000), "clock": True,
                        "tier": "",
                    }
                )  # fmt: skip
                for kind in (EventKind.CREATED, EventKind.CUSTOMER_MESSAGE, EventKind.NOTE):
                    events.append(
                        {
                            "ticket_id": number + 1, "kind": str(kind), "at": opened, "recorded_at": opened,
                            "actor": "ana@example.net", "data": {}, "key": None,
                        }
                    )  # fmt: skip
            session.execute(TicketRow.__table__.insert(), rows)
            session.execute(EventRow.__table__.insert(), events)


def judge(store: Store, desk: Desk) -> tuple[float, int]:
    """Seconds of finding and judging all that is due, and how many; nothing is saved."""

    def work(session: object) -> int:
        changes = [outcomes.passed(known, desk, NOW) for known in tickets.load_due(session, NOW, 10 * DUE, desk)]
        return sum(bool(change.events) for change in changes)

    begin = time.perf_counter()
    found = store.run(work)
    return time.perf_counter() - begin, found


def main() -> None:
    print(f"due_at: {due_at(minutes) * 1e6:.1f} us; of working days: {due_at(working_days) * 1e6:.1f} us")
    desk = Desk(DeskPolicy(step=()), (), (), None)
    for count in [int(one) for one in sys.argv[1:] if one.isdigit()] or [1_000, 100_000, 1_000_000]:
        with tempfile.TemporaryDirectory() as folder:
            store = Store(f"sqlite:///{Path(folder) / 'desk.sqlite'}")
            store.upgrade()
            fill(store, count)
            took = [judge(store, desk) for _ in range(7)]
            assert {found for _, found in took} == {DUE}, took
            median = statistics.median(seconds for seconds, _ in took)
            print(f"{count:>9,} open tickets, {DUE} due: {median * 1000:.0f} ms")
            store.close()


if __name__ == "__main__":
    main()
