"""Dates and yearly rules as operators write them."""

from datetime import date, timedelta

import pytest
from dateutil import easter as other

from desk.calendar.yearly import easter, orthodox_easter, read_when


@pytest.mark.parametrize(
    ("rule", "year", "dates"),
    [
        ("2026-04-03", 2026, ["2026-04-03"]),
        ("2026-04-03", 2027, []),
        ("12-25", 2026, ["2026-12-25"]),
        ("02-29", 2026, []),
        ("02-29", 2028, ["2028-02-29"]),
        ("last mon of may", 2026, ["2026-05-25"]),
        ("first mon of sep", 2026, ["2026-09-07"]),
        ("fourth thu of nov", 2026, ["2026-11-26"]),
        ("fourth thu of nov +1", 2026, ["2026-11-27"]),
        ("fifth sun of nov", 2026, ["2026-11-29"]),
        ("fifth mon of may", 2026, []),
        # Buß- und Bettag, Victoria Day, Midsummer's Eve in Sweden.
        ("wed before 11-23", 2026, ["2026-11-18"]),
        ("mon before 05-25", 2026, ["2026-05-18"]),
        ("fri after 06-18", 2026, ["2026-06-19"]),
        ("fri after 06-18", 2027, ["2027-06-25"]),
        ("easter", 2026, ["2026-04-05"]),
        ("easter-2", 2026, ["2026-04-03"]),
        ("Easter +1", 2026, ["2026-04-06"]),
        ("orthodox-easter", 2026, ["2026-04-12"]),
        ("01-01 -1", 2026, ["2026-12-31"]),
        ("12-31+1", 2026, ["2026-01-01"]),
    ],
)
def test_a_rule_names_its_dates(rule: str, year: int, dates: list[str]) -> None:
    assert [str(day) for day in read_when("holidays", rule).dates(year)] == dates


@pytest.mark.parametrize(
    "rule",
    ["", "13-01", "02-30", "2026-02-30", "last day of may", "mon of may", "easter+", "easter+201", "sixth mon of may",
     "12-25 or so", "12-2", 5, None, True, ["12-25"], "last mon of may\n", "\u0661\u0662-25", "x" * 10_000],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_the_key_and_the_remedy(rule: object) -> None:
    with pytest.raises(ValueError, match=r"^holidays: .*(; write|not a date)"):
        read_when("holidays", rule)


def test_easter_is_what_another_library_computes() -> None:
    for year in range(1900, 2100):
        assert easter(year) == other.easter(year)
    for year in range(1900, 4099):
        assert orthodox_easter(year) == other.easter(year, other.EASTER_ORTHODOX)


def test_a_weekday_before_or_after_a_date_is_never_that_date_and_never_more_than_a_week_away() -> None:
    for year in range(2020, 2040):
        (before,) = read_when("x", "wed before 11-23").dates(year)
        (after,) = read_when("x", "wed after 11-23").dates(year)
        anchor = date(year, 11, 23)
        assert before.weekday() == after.weekday() == 2
        assert timedelta(1) <= anchor - before <= timedelta(7)
        assert timedelta(1) <= after - anchor <= timedelta(7)
