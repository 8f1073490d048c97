"""Measures the service clock: microseconds for one due time, by a compiled calendar of three years with 40 holidays.

python bench/clock.py [CALLS]
"""

import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from desk.calendar_tables import read_calendar  # noqa: E402
from desk.calendars import Calendar  # noqa: E402
from desk.duration import Target, parse_target  # noqa: E402

FIRST, SPAN = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=3 * 365)
TARGETS = ("15m", "8h", "2d", "5wd", "30d", "60wd")


def three_years() -> Calendar:
    """Nine to twelve and one to six from Monday to Friday, with 40 holidays."""
    hours = {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    holidays = [(FIRST + SPAN * number / 40).date() for number in range(40)]
    calendar = read_calendar("bench", {"zone": "Europe/Berlin", "hours": hours, "holidays": holidays})
    calendar.spent(FIRST, FIRST + SPAN)
    return calendar


def microseconds(calendar: Calendar, target: Target, calls: int) -> list[float]:
    """Of each call, from starts spread over the three years."""
    taken = []
    for number in range(calls):
        start = FIRST + SPAN * number / calls
        began = time.perf_counter_ns()
        calendar.due_at(start, target)
        taken.append((time.perf_counter_ns() - began) / 1000)
    return taken


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    began = time.perf_counter()
    calendar = three_years()
    print(f"compiled in {(time.perf_counter() - began) * 1000:.1f} ms")
    for text in TARGETS:
        taken = microseconds(calendar, parse_target(text), calls)
        median, late = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
        print(f"due_at {text:>4}: median {median:6.1f} µs, p99 {late:6.1f} µs")


if __name__ == "__main__":
    main()
