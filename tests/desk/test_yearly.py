"""Dates and yearly rules as operators write them."""

from datetime import date, timedelta

import pytest

from desk.calendar.yearly import read_when


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


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        # The earliest and the latest of their centuries, one that both churches share, and two in a row.
        ("easter", ["1818-03-22", "1943-04-25", "2025-04-20", "2026-04-05", "2027-03-28"]),
        ("orthodox-easter", ["1983-05-08", "2024-05-05", "2025-04-20", "2026-04-12", "2027-05-02"]),
    ],
)
def test_easter_is_the_one_that_was_or_will_be_kept(rule: str, dates: list[str]) -> None:
    for day in map(date.fromisoformat, dates):
        assert list(read_when("holidays", rule).dates(day.year)) == [day]


def test_a_weekday_before_or_after_a_date_is_never_that_date_and_never_more_than_a_week_away() -> None:
    for year in range(2020, 2040):
        (before,) = read_when("x", "wed before 11-23").dates(year)
        (after,) = read_when("x", "wed after 11-23").dates(year)
        anchor = date(year, 11, 23)
        assert before.weekday() == after.weekday() == 2
        assert timedelta(1) <= anchor - before <= timedelta(7)
        assert timedelta(1) <= after - anchor <= timedelta(7)
