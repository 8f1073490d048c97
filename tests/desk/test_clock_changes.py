"""Every change of a clock from 2000 to 2040: that we see it, and that opening hours are exact across it."""

import importlib.resources
from datetime import timedelta
from functools import cache
from itertools import pairwise

import pytest

from desk.calendar import zones
from desk.calendar.tables import read_calendar
from tests.desk import tzif
from tests.desk.reference import WEEK, Walls, line
from tests.desk.worlds import DAY, NINE, instant, stamp


def seen(zone: str, first: int, last: int) -> list[tuple[int, int]]:
    """(instant, offset after it) of the changes from `first` to `last` as the product has them."""
    rows = [row for year in range(first - 1, last + 1) for row in zones.offsets(zone, year)]
    changed = [(at, after) for (_, before), (at, after) in pairwise(rows) if before != after]
    return [(at, after) for at, after in changed if at >= zones.start_of(first)]


@cache
def twins() -> dict[bytes, list[str]]:
    """All zones of the package, those with one clock together."""
    found: dict[bytes, list[str]] = {}
    for name in tzif.names():
        file = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
        found.setdefault(file.read_bytes(), []).append(name)
    return found


def compare(first: int, last: int) -> None:
    for names in twins().values():
        clock = tzif.read(names[0])
        right = [(at, clock.offset(at)) for at in tzif.changes(names[0], first, last)]
        assert seen(names[0], first, last) == right, names


def test_every_change_of_every_zone_is_seen() -> None:
    assert len(tzif.names()) > 500
    compare(2000, 2040)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_every_change_since_1970_is_seen() -> None:
    compare(1970, 2059)


def test_all_names_of_the_package_are_zones() -> None:
    for name in tzif.names():
        assert zones.zone(name).key == name


HOURS = {
    "around the clock": [["00:00", "24:00"]],
    "office": [["09:00", "12:00"], ["13:00", "18:00"]],
    "night": [["22:00", "03:00"]],
    "only the small hours": [["00:30", "01:30"], ["02:15", "02:45"]],
    "only the last hour": [["23:00", "24:00"]],
    "from midnight": [["00:00", "01:00"]],
}


@pytest.mark.parametrize("zone", [*NINE, "Africa/Cairo", "America/St_Johns", "Antarctica/Troll", "Asia/Gaza"])
def test_hours_are_exact_across_every_change(zone: str) -> None:
    """Of some calendars, minute by minute for five hours on both sides: open or not, since when, and due when."""
    calendars = {name: {"zone": zone, "hours": dict.fromkeys(WEEK, windows)} for name, windows in HOURS.items()}
    compiled = {name: read_calendar(name, table) for name, table in calendars.items()}
    for calendar in compiled.values():
        calendar.spent(instant(stamp(2000)), instant(stamp(2041)))
    for change in tzif.changes(zone, 2000, 2040):
        assert change % 60 == 0
        at = change // 60
        walls = Walls(zone, at - 2 * DAY, 5 * DAY)
        for name, table in calendars.items():
            calendar, slow = compiled[name], line(table, walls)
            assert calendar.spent(instant(walls.first), instant(slow.end)) == timedelta(
                minutes=slow.spent(walls.first, slow.end)
            )
            for minute in range(at - 300, at + 300, 11):
                here = instant(minute)
                assert calendar.next_open(here) == instant(slow.next_open(minute) or 0), (name, here)
                assert calendar.spent(instant(at - 300), here) == timedelta(minutes=slow.spent(at - 300, minute))
            for start in (at - 90, at - 1, at, at + 1):
                for target in (1, 60, 150):
                    right = slow.due(start, target)
                    if right is not None:
                        due = calendar.due_at(instant(start), timedelta(minutes=target))
                        assert due == instant(right), (name, start, target)
