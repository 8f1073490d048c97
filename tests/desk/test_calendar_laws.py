"""The laws of open time (promises I01 to I08, I19, I20), on calendars drawn at random."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.calendar.business_hours import Calendar
from desk.calendar.duration import WorkingDays
from desk.calendar.tables import read_calendar
from tests.desk import tzif
from tests.desk.reference import WEEK, Walls, line
from tests.desk.worlds import (
    EPOCH,
    NINE,
    ODD,
    RIM,
    SPAN,
    Desk,
    Work,
    desk,
    difference,
    instant,
    some_minute,
    some_table,
    some_walls,
    some_windows,
    some_work,
    stamp,
)

US = timedelta(microseconds=1)
laws = settings(max_examples=200, deadline=None)
# Seeded, and not drawn from by every call: a history takes thousands, and nobody reads what they shrink to.
chance = st.integers(0, 2**64 - 1).map(Random)


@cache
def walls(number: int) -> Walls:
    """Looking at a wall clock takes long: examples share some spans, and differ in calendars and work."""
    return some_walls(Random(number))


@cache
def walls_of(zone: str, number: int) -> Walls:
    return some_walls(Random(number), zone)


def drawn(rng: Random) -> Desk:
    here = walls(rng.randrange(24))
    return desk(some_table(rng, here), here)


desks = st.builds(drawn, chance)


def moment(rng: Random, desk: Desk) -> datetime:
    """An instant of the span to the microsecond."""
    return instant(some_minute(rng, desk)) + rng.choice((0, 0, rng.randrange(60_000_000))) * US


def span(rng: Random) -> timedelta:
    return timedelta(minutes=rng.choice((0, 1, 60, rng.randrange(SPAN))), microseconds=rng.choice((0, 1, 999_999)))


@given(desks, chance)
@laws
def test_i01_due_is_not_before_the_start_and_at_the_end_of_an_open_moment(desk: Desk, rng: Random) -> None:
    start = moment(rng, desk)
    due = desk.calendar.due_at(start, span(rng) + US)
    if due is not None:
        assert due > start
        assert due.tzinfo is UTC
        assert desk.calendar.is_open(due - US)


@given(desks, chance)
@laws
def test_i02_from_start_to_due_exactly_the_target_is_spent(desk: Desk, rng: Random) -> None:
    start, target = moment(rng, desk), span(rng) + US
    due = desk.calendar.due_at(start, target)
    if due is not None:
        assert desk.calendar.spent(start, due) == target
        assert desk.calendar.spent(start, due - US) == target - US
    else:
        end = start + timedelta(days=1500)
        assert desk.calendar.spent(start, end) < target


@given(desks, chance)
@laws
def test_i02_working_days_likewise(desk: Desk, rng: Random) -> None:
    start, target = moment(rng, desk), WorkingDays(Fraction(rng.randrange(1, 60), rng.randrange(1, 12)))
    due = desk.calendar.due_at(start, target)
    if due is not None:
        assert desk.calendar.working_days(start, due - US) < target.count <= desk.calendar.working_days(start, due)


@given(desks, chance)
@laws
def test_i03_open_time_adds_up_and_never_shrinks(desk: Desk, rng: Random) -> None:
    a, b, c = sorted(moment(rng, desk) for _ in range(3))
    for measure in (desk.calendar.spent, desk.calendar.working_days):
        zero: Any = measure(a, a)
        assert not zero
        assert not measure(b, a) or a == b
        assert zero <= measure(a, b) <= measure(a, c)
        assert measure(a, b) + measure(b, c) == measure(a, c)  # type: ignore[operator]
    assert desk.calendar.spent(a, c) <= c - a


@pytest.mark.parametrize("zone", NINE + ODD)
@given(chance)
@settings(max_examples=15, deadline=None)
def test_i04_around_the_clock_due_is_the_target_later(zone: str, rng: Random) -> None:
    hours = {day: [["00:00", "24:00"]] for day in WEEK}
    always = read_calendar("24/7", {"zone": zone, "hours": hours})
    jumps = tzif.changes(zone, 2000, 2040) or [stamp(2026) * 60]
    start = EPOCH + timedelta(seconds=rng.choice(jumps)) - span(rng)
    target = span(rng) + US
    assert always.due_at(start, target) == start + target
    assert always.around_the_clock


@given(desks, chance)
@laws
def test_i05_later_within_one_opening_is_as_much_later_due(desk: Desk, rng: Random) -> None:
    start, target = moment(rng, desk), span(rng) + US
    due = desk.calendar.due_at(start, target)
    later = timedelta(seconds=rng.choice((1, 60, 3600, rng.randrange(1, 86_400))))
    if due is None or not (unbroken(desk, start, later) and unbroken(desk, due - US, later + US)):
        return
    assert desk.calendar.due_at(start + later, target) == due + later


def unbroken(desk: Desk, at: datetime, length: timedelta) -> bool:
    return desk.calendar.spent(at, at + length) == length


@given(desks, chance)
@laws
def test_i06_all_starts_in_one_closed_gap_have_one_due(desk: Desk, rng: Random) -> None:
    start, target = moment(rng, desk), span(rng) + US
    opening = desk.calendar.next_open(start)
    if opening is None:
        assert desk.calendar.due_at(start, target) is None
        return
    within = start + (opening - start) * rng.random()
    due = {desk.calendar.due_at(at, target) for at in (start, within, opening)}
    assert len(due) == 1
    assert not desk.calendar.spent(start, opening)
    assert desk.calendar.next_open(within) == opening


@given(chance)
@laws
def test_i07_a_holiday_never_makes_due_earlier_and_open_time_never_later(rng: Random) -> None:
    here = walls(rng.randrange(24))
    table = some_table(rng, here)
    plain = read_calendar("plain", table)
    start, target = instant(here.first + RIM + rng.randrange(SPAN)), span(rng) + US
    due = plain.due_at(start, target)
    free = date.fromordinal(here.day + rng.randrange(here.days)).isoformat()
    with_holiday = read_calendar("holiday", {**table, "holidays": [*table.get("holidays", ()), free]})
    never = datetime.max.replace(tzinfo=UTC)
    assert (with_holiday.due_at(start, target) or never) >= (due or never)
    day = rng.choice(WEEK)
    longer = {**table["hours"], day: table["hours"].get(day, []) + some_windows(rng)}
    assert (read_calendar("longer", {**table, "hours": longer}).due_at(start, target) or never) <= (due or never)


@given(desks, chance)
@laws
def test_i08_a_pause_adds_the_open_time_in_it(desk: Desk, rng: Random) -> None:
    calendar = desk.calendar
    start, target = moment(rng, desk), span(rng) + US
    begin = moment(rng, desk)
    end = begin + span(rng)
    due = calendar.due_at(start, target)
    if due is None:
        return
    rested = calendar.spent(max(begin, start), end) if begin < due else timedelta()
    assert calendar.due_with_pauses(start, target, [(begin, end)]) == calendar.due_at(start, target + rested)
    assert calendar.due_with_pauses(start, target, [(begin, begin)]) == due
    assert calendar.due_with_pauses(start, target, [(due, due + span(rng))]) == due
    assert calendar.due_with_pauses(start, target, [(end, begin)] if begin < end else []) == due


@given(desks, chance)
@laws
def test_i08_pauses_are_one_union_in_any_order(desk: Desk, rng: Random) -> None:
    calendar = desk.calendar
    start, target = moment(rng, desk), WorkingDays(Fraction(7, 3)) if rng.random() < 0.3 else span(rng) + US
    a, b, c, d = sorted(moment(rng, desk) for _ in range(4))
    one = calendar.due_with_pauses(start, target, [(a, d)])
    for pauses in ([(a, c), (b, d)], [(a, b), (b, c), (c, d)], [(a, d), (b, c)], [(a, d), (a, d), (b, b)]):
        rng.shuffle(pauses)
        assert calendar.due_with_pauses(start, target, pauses) == one


@pytest.mark.parametrize("zone", NINE)
@given(chance)
@settings(max_examples=60, deadline=None)
def test_i19_every_zone_agrees_with_the_reference(zone: str, rng: Random) -> None:
    here = walls_of(zone, rng.randrange(6))
    there = desk(some_table(rng, here), here)
    agree(there, some_work(rng, there))


NAMED_DAYS = {
    "last Sunday of March": (2026, 3, 29),
    "last Sunday of October": (2026, 10, 25),
    "29 February": (2028, 2, 29),
    "no 29 February": (2027, 3, 1),
    "turn of the year": (2027, 1, 1),
    "Chinese make-up day": (2026, 2, 14),
    "Apia without a Friday": (2011, 12, 30),
}


@cache
def walls_on(day: str, zone: str) -> Walls:
    return Walls(zone, stamp(*NAMED_DAYS[day]) - SPAN // 2 - RIM, SPAN + 2 * RIM)


@pytest.mark.parametrize("day", NAMED_DAYS)
@given(st.sampled_from(("Asia/Shanghai", "Europe/Berlin", "Pacific/Apia")), chance)
@settings(max_examples=60, deadline=None)
def test_i20_the_days_on_which_calendars_go_wrong(day: str, zone: str, rng: Random) -> None:
    year, month, number = NAMED_DAYS[day]
    here = walls_on(day, zone)
    table = some_table(rng, here)
    windows = [["18:00", "24:00"]], [["22:00", "02:00"]], [["00:00", "24:00"]], [["09:00", "12:00"]]
    for offset in (-1, 0, 1):
        on = date(year, month, number) + timedelta(days=offset)
        if rng.random() < 0.3:
            table.setdefault("workdays", {})[on.isoformat()] = rng.choice(windows)
        elif rng.random() < 0.5:
            table.setdefault("holidays", []).append(on.isoformat())
        else:
            table["hours"][WEEK[on.weekday()]] = rng.choice(windows)
    there = desk(table, here)
    agree(there, some_work(rng, there))


def agree(desk: Desk, work: Work) -> None:
    assert difference(desk, work) is None, (desk.table, work)


@cache
def walls_by_second(zone: str, at: int) -> Walls:
    return Walls(zone, at - 86_400, 2 * 86_400, tick=1)


@given(st.sampled_from((*NINE, "America/St_Johns", "Antarctica/Troll")), chance)
@laws
def test_seconds_count(zone: str, rng: Random) -> None:
    """Windows, starts, targets and pauses at any second, against the reference second by second."""
    jumps = tzif.changes(zone, 2000, 2040) or [stamp(2026) * 60]
    here = walls_by_second(zone, jumps[len(jumps) // 2])

    def ragged(time: str) -> str:
        return time if time == "24:00" or rng.random() < 0.5 else f"{time}:{rng.randrange(60):02}"

    hours = {day: [[ragged(a), ragged(b)] for a, b in some_windows(rng)] for day in WEEK}
    table = {"zone": zone, "hours": hours}
    calendar, slow = read_calendar("seconds", table), line(table, here)
    start, a, b = (rng.randrange(slow.first, slow.end) for _ in range(3))
    target = rng.randrange(1, 86_400)
    pauses = [(at, at + rng.randrange(7200)) for at in (a, b, a + 1)][: rng.randrange(4)]
    found = calendar.due_with_pauses(
        second(start), timedelta(seconds=target), [(second(p), second(q)) for p, q in pauses]
    )
    right = slow.due(start, target, pauses)
    assert (found == second(right)) if right else (found is None or found > second(slow.end))
    assert calendar.spent(second(a), second(b)) == timedelta(seconds=slow.spent(a, b) if a < b else 0)
    opening = slow.next_open(a)
    assert opening is None or calendar.next_open(second(a)) == second(opening)


def second(at: int) -> datetime:
    return EPOCH + timedelta(seconds=at)


@given(desks, chance)
@laws
def test_the_zone_in_which_an_instant_is_told_changes_nothing(desk: Desk, rng: Random) -> None:
    start, end, target = moment(rng, desk), moment(rng, desk), span(rng) + US
    there = ZoneInfo(rng.choice(NINE))
    calendar = desk.calendar
    assert calendar.due_at(start.astimezone(there), target) == calendar.due_at(start, target)
    assert calendar.spent(start.astimezone(there), end.astimezone(there)) == calendar.spent(start, end)
    assert calendar.working_days(start.astimezone(there), end) == calendar.working_days(start, end)
    assert calendar.next_open(start.astimezone(there)) == calendar.next_open(start)


@given(desks, chance)
@settings(max_examples=50, deadline=None)
def test_the_order_of_questions_changes_nothing(desk: Desk, rng: Random) -> None:
    """A calendar compiles the years it is asked about: one that has answered much must answer like a new one."""
    start, target = moment(rng, desk), span(rng) + US
    used: Calendar = desk.calendar
    for _ in range(3):
        used.spent(start - timedelta(days=rng.randrange(2000)), start + timedelta(days=rng.randrange(2000)))
    new = read_calendar("new", desk.table)
    assert used.due_at(start, target) == new.due_at(start, target)
    assert used.next_open(start) == new.next_open(start)
