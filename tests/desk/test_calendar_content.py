"""Calendars as operators write them: which rule decides a date, how changes hold, what is refused."""

import copy
import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from desk.calendar.content import read_desk_calendar
from desk.calendar.countries import Country
from desk.calendar.schedule import DayKind, DeskCalendar, around_the_clock

# The notice of the General Office of the State Council of 4 November 2025.
OFF_2026 = {
    "01-01": 3, "02-15": 9, "04-04": 3, "05-01": 5, "06-19": 3, "09-25": 3, "10-01": 7,
}  # fmt: skip
WORKED_2026 = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")


def no_files(name: str) -> bytes:
    raise ValueError(f"{name} cannot be read")


def calendar(text: str) -> DeskCalendar:
    return read_desk_calendar("x", tomllib.loads(text), no_files)


def hours(found: DeskCalendar, day: str) -> list[tuple[float, float]]:
    return [(one.start / 3600, one.end / 3600) for one in found.schedule(date.fromisoformat(day))]


CHINA = """
zone = "Asia/Shanghai"
country = "CN"
makeup_hours = [["10:00", "16:00"]]
hours = { mon-fri = [["09:00", "18:00"]] }
"""


def test_china_2026_is_as_the_state_council_announced_it() -> None:
    found = calendar(CHINA)
    off = {date.fromisoformat(f"2026-{day}") + timedelta(n) for day, length in OFF_2026.items() for n in range(length)}
    worked = {date.fromisoformat(f"2026-{day}") for day in WORKED_2026}
    for number in range(365):
        day = date(2026, 1, 1) + timedelta(number)
        is_open = day in worked or (day.weekday() < 5 and day not in off)
        assert bool(found.schedule(day)) == is_open, day
        assert (found.schedule.day(day).kind == DayKind.workday) == (day in worked), day
    assert hours(found, "2026-02-14") == [(10, 16)]


def test_what_china_has_not_announced_is_not_called_known() -> None:
    found = calendar(CHINA).schedule
    assert found.known(2026, 2026)
    assert not found.known(2030, 2026)
    assert calendar(CHINA + "known_until = 2030-12-31").schedule.known(2030, 2026)
    assert calendar(CHINA + 'workdays = { "2030-10-12" = [["09:00", "18:00"]] }').schedule.known(2030, 2026)
    # A rule for every year says nothing about this one.
    assert not calendar(CHINA + 'workdays = { "10-12" = [["09:00", "18:00"]] }').schedule.known(2030, 2026)
    assert calendar('zone = "UTC"\ncountry = "DE"').schedule.known(2030, 2026)
    assert not calendar('zone = "UTC"\ncountry = "DE"').schedule.known(2300, 2026)
    assert around_the_clock().schedule.known(2300, 2026)


def test_make_up_workdays_take_the_hours_of_the_first_open_weekday() -> None:
    found = calendar('zone = "Asia/Shanghai"\ncountry = "CN"\nhours = { tue-fri = [["08:00", "12:00"]] }')
    assert hours(found, "2026-02-14") == [(8, 12)]


def test_a_subdivision_has_holidays_of_its_own() -> None:
    of = 'zone = "Europe/Berlin"\ncountry = "DE"\nhours = { mon-fri = [["09:00", "18:00"]] }\n'
    assert hours(calendar(of), "2026-01-06") == [(9, 18)]
    assert hours(calendar(of + 'subdivision = "BY"'), "2026-01-06") == []


PRECEDENCE = """
zone = "Asia/Shanghai"
country = "CN"
holidays = ["2026-02-14", "2026-03-02"]
hours = { mon-fri = [["09:00", "18:00"]] }
[half_days]
"2026-03-02" = [["09:00", "12:00"]]
"2026-03-03" = [["09:00", "12:00"]]
"2026-03-07" = [["09:00", "12:00"]]
"2026-10-01" = [["09:00", "12:00"]]
[workdays]
"2026-10-02" = [["20:00", "24:00"]]
"2026-03-04" = []
"""


@pytest.mark.parametrize(
    ("day", "kind", "open_"),
    [
        ("2026-02-14", DayKind.holiday, []),  # own holiday before the country's make-up workday
        ("2026-03-02", DayKind.holiday, []),  # holiday before half day
        ("2026-03-03", DayKind.half, [(9, 12)]),
        ("2026-03-07", DayKind.closed, []),  # a half day never opens a Saturday
        ("2026-10-01", DayKind.holiday, []),  # the country's holiday before a half day
        ("2026-10-02", DayKind.workday, [(20, 24)]),  # own workday before everything
        ("2026-03-04", DayKind.workday, []),
        ("2026-03-05", DayKind.open, [(9, 18)]),
        ("2026-03-08", DayKind.closed, []),
    ],
)
def test_the_first_rule_that_names_a_date_decides(day: str, kind: DayKind, open_: list[tuple[float, float]]) -> None:
    found = calendar(PRECEDENCE)
    assert found.schedule.day(date.fromisoformat(day)).kind == kind
    assert hours(found, day) == open_


CHANGED = """
zone = "Europe/Berlin"
holidays = { "12-25" = "Christmas Day" }
hours = { mon-fri = [["09:00", "18:00"]] }
[[change]]
from = 2026-07-01
hours = { mon-fri = [["08:00", "16:00"]] }
[[change]]
from = 2027-01-01
holidays = []
"""


def test_a_change_holds_from_its_local_date_on_and_keeps_what_it_does_not_name() -> None:
    found = calendar(CHANGED)
    assert hours(found, "2026-06-30") == [(9, 18)]
    assert hours(found, "2026-07-01") == [(8, 16)]
    assert found.schedule.day(date(2026, 12, 25)).name == "Christmas Day"
    assert hours(found, "2026-12-25") == []
    assert hours(found, "2028-12-25") == [(8, 16)]
    # 17:00 to 18:00 on the last old day (CEST), then from 08:00 on.
    assert found.due_at(datetime(2026, 6, 30, 15, tzinfo=UTC), timedelta(hours=2)) == datetime(
        2026, 7, 1, 7, tzinfo=UTC
    )


def test_24_7_is_exact_over_every_change_of_the_clock() -> None:
    start, target = datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC), timedelta(days=300, seconds=1)
    assert around_the_clock().due_at(start, target) == start + target
    berlin = calendar('zone = "Europe/Berlin"\nhours = { mon-sun = [["00:00", "24:00"]] }')
    assert berlin.due_at(start, target) == start + target


def test_weekdays_may_be_written_as_spans_also_over_the_weekend() -> None:
    found = calendar('zone = "UTC"\nhours = { fri-mon = [["09:00", "10:00"]] }')
    assert [bool(found.schedule(date(2026, 3, day))) for day in range(2, 9)] == [
        True,
        False,
        False,
        False,
        True,
        True,
        True,
    ]


def test_the_digest_is_that_of_the_meaning() -> None:
    digest = calendar(CHINA).digest
    assert len(digest) == 64
    lines = CHINA.strip().splitlines()
    assert calendar("\n".join(reversed(lines))).digest == digest
    assert calendar(CHINA.replace("mon-fri", "fri-sat").replace("fri-sat", "mon-fri")).digest == digest
    spelt = ", ".join(f'{day} = [["09:00", "18:00"]]' for day in ("fri", "mon", "tue", "wed", "thu"))
    assert calendar(CHINA.replace('mon-fri = [["09:00", "18:00"]]', spelt)).digest == digest
    named = calendar('zone = "UTC"\nholidays = { "12-25" = "Christmas" }').digest
    assert named == calendar('zone = "UTC"\nholidays = ["12-25"]').digest
    others = [
        CHINA + "holidays = [2026-05-05]",
        CHINA.replace("16:00", "16:01"),
        CHINA.replace('"CN"', '"TW"'),
        CHINA.replace("Shanghai", "Tokyo"),
        CHINA + "change = [{ from = 2027-01-01, holidays = [2027-05-05] }]",
    ]
    assert len({digest, *(calendar(one).digest for one in others)}) == len(others) + 1


def test_overlapping_windows_are_told() -> None:
    text = """
    zone = "UTC"
    [hours]
    mon = [["09:00", "12:00"], ["11:00", "13:00"]]
    tue = [["22:00", "03:00"]]
    wed = [["02:00", "04:00"]]
    thu = [["09:00", "12:00"], ["12:00", "13:00"]]
    [half_days]
    12-24 = [["09:00", "12:00"], ["10:00", "11:00"]]
    """
    assert list(calendar(text).schedule.overlaps()) == ["hours.mon", "hours.wed", "half_days.12-24"]


GOOD: dict[str, Any] = {"zone": "UTC", "hours": {"mon": [["09:00", "18:00"]]}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"zone": None}, "zone: is missing; write"),
        ({"zone": "Mars/Olympus"}, "zone: 'Mars/Olympus' is not an IANA time zone; write"),
        ({"hour": {}}, "unknown key 'hour'; there are zone, hours"),
        ({"hours": {"mon-": []}}, "hours: 'mon-' is not a weekday; write"),
        ({"hours": {"monday": []}}, "hours: 'monday' is not a weekday; write"),
        ({"hours": {"mon": [], "sun-tue": []}}, "hours: mon stands twice; name"),
        ({"hours": {"mon": [["9", "18:00"]]}}, "hours.mon: '9' is not a time of day; write"),
        ({"holidays": "12-25"}, "holidays: write a list"),
        ({"holidays": ["13-25"]}, "holidays: '13-25' names no date; write"),
        ({"holidays": {"12-25": 1}}, "holidays.12-25: 1 is not a name; write"),
        ({"half_days": ["12-24"]}, "half_days: is not a table"),
        ({"workdays": {"12-24": "09:00"}}, "workdays.12-24: write a list of windows"),
        ({"country": "Germany"}, "country: 'Germany' is not a country; write"),
        ({"country": 49}, "country: 49 is not a code; write"),
        ({"subdivision": "BY"}, "subdivision: there is no country"),
        ({"makeup_hours": []}, "makeup_hours: there is no country"),
        ({"ical": 5}, "ical: write the name of a file"),
        ({"ical": "none.ics"}, "ical: none.ics: none.ics cannot be read"),
        ({"known_until": "soon"}, "known_until: 'soon' is not a date; write"),
        ({"change": {"from": "2027-01-01"}}, r"change: write \[\[x.change\]\]"),
        ({"change": [{"hours": {}}]}, "change 1: from: is missing; write"),
        ({"change": [{"from": "2027-01-01", "zone": "UTC"}]}, "change 1: zone: a calendar keeps its zone; write"),
        ({"change": [{"from": "2027-01-01", "hours": {"x": []}}]}, "change 1: hours: 'x' is not a weekday; write"),
        ({"change": [{"from": "2027-01-01"}, {"from": "2027-01-01"}]}, "change 2: from: 2027-01-01 is not after"),
    ],
)
def test_what_is_wrong_is_named_with_its_key_and_the_remedy(change: dict[str, Any], message: str) -> None:
    table = {key: value for key, value in {**copy.deepcopy(GOOD), **change}.items() if value is not None}
    with pytest.raises(ValueError, match=f"^{message}"):
        read_desk_calendar("x", table, no_files)


def test_a_country_is_looked_up_when_asked_to() -> None:
    Country("CN").verify()
    Country("DE", "BY").verify()
    with pytest.raises(ValueError, match="the holidays package has no 'XX'; write"):
        Country("XX").verify()
    with pytest.raises(ValueError, match="subdivision: DE has no 'ZZ'; there are BB"):
        Country("DE", "ZZ").verify()
    with pytest.raises(ValueError, match="subdivision: CN has no 'BJ'; there are none"):
        Country("CN", "BJ").verify()
