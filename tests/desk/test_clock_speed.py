"""How long one due time takes; bench/clock.py prints more of it."""

import statistics
import time
from datetime import UTC, datetime, timedelta

import pytest

from desk.calendar.duration import parse_target
from desk.calendar.tables import read_calendar
from tests.desk.reference import WEEK

FIRST, SPAN = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=3 * 365)


@pytest.mark.parametrize("target", ["15m", "8h", "2d", "30d", "5wd"])
def test_a_due_time_takes_less_than_50_microseconds(target: str) -> None:
    """The median of calls over three years with 40 holidays; the best of five rounds, for other work on the machine."""
    hours = {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in WEEK[:5]}
    holidays = [(FIRST + SPAN * number / 40).date() for number in range(40)]
    calendar = read_calendar("speed", {"zone": "Europe/Berlin", "hours": hours, "holidays": holidays})
    calendar.spent(FIRST, FIRST + SPAN)
    wanted = parse_target(target)
    medians = []
    for _ in range(5):
        taken = []
        for number in range(400):
            start = FIRST + SPAN * number / 400
            began = time.perf_counter_ns()
            calendar.due_at(start, wanted)
            taken.append(time.perf_counter_ns() - began)
        medians.append(statistics.median(taken))
    assert min(medians) < 50_000
