"""Calendars as people write them, in TOML or JSON: checked, and turned into rules.

zone = "Europe/Berlin"
hours = { mon = [["09:00", "12:00"], ["13:00", "24:00"]], sat = [["22:00", "02:00"]] }
holidays = ["2026-04-03"]
workdays = { "2026-04-04" = [["09:00", "18:00"]] }
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from desk.calendar.business_hours import DAY, Calendar, Window, Windows

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("zone", "hours", "holidays", "workdays")
# A window every half hour; more only makes us calculate.
_MOST_WINDOWS = 48
_TIME = re.compile(r"([0-2][0-9]):([0-5][0-9])(?::([0-5][0-9]))?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True, slots=True)
class DayRules:
    """What opens on which date: a make-up workday before a holiday before the weekday."""

    week: tuple[Windows, ...] = ((),) * 7
    """Monday first."""
    holidays: frozenset[date] = frozenset()
    workdays: Mapping[date, Windows] = field(default_factory=dict)

    def __call__(self, day: date) -> Windows:
        made_up = self.workdays.get(day)
        if made_up is not None:
            return made_up
        return () if day in self.holidays else self.week[day.weekday()]


def read_calendar(name: str, table: Any) -> Calendar:
    """The calendar of one table.

    Raises ValueError naming the key and the remedy.
    """
    rows = _mapping("the calendar", table)
    unknown = sorted(set(rows) - set(KEYS))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; there are {', '.join(KEYS)}")
    if not isinstance(rows.get("zone"), str):
        raise ValueError("zone: is missing; write an IANA time zone such as Asia/Shanghai")
    return Calendar(name, rows["zone"], read_rules(rows))


def read_rules(rows: Mapping[str, Any]) -> DayRules:
    hours = _mapping("hours", rows.get("hours", {}))
    unknown = sorted(set(hours) - set(WEEKDAYS))
    if unknown:
        raise ValueError(f"hours: {unknown[0]!r} is not a weekday; write {', '.join(WEEKDAYS)}")
    week = tuple(read_windows(f"hours.{day}", hours.get(day, [])) for day in WEEKDAYS)
    holidays = rows.get("holidays", [])
    if not isinstance(holidays, list | tuple):
        raise ValueError('holidays: write a list of dates such as ["2026-04-03"]')
    workdays = _mapping("workdays", rows.get("workdays", {}))
    return DayRules(
        week,
        frozenset(read_date("holidays", day) for day in holidays),
        {read_date("workdays", day): read_windows(f"workdays.{day}", windows) for day, windows in workdays.items()},
    )


def read_windows(where: str, value: Any) -> Windows:
    """[["09:00", "12:00"], ["22:00", "02:00"]]: openings of one date; the second one runs over midnight."""
    if not isinstance(value, list | tuple):
        raise ValueError(f'{where}: write a list of windows such as [["09:00", "18:00"]]')
    if len(value) > _MOST_WINDOWS:
        raise ValueError(f"{where}: there are {len(value)} windows; write at most {_MOST_WINDOWS} on one date")
    windows = []
    for window in value:
        if not isinstance(window, list | tuple) or len(window) != 2:
            raise ValueError(f'{where}: {window!r} is not a window; write ["09:00", "18:00"]')
        start, end = (_time(where, one) for one in window)
        if start == DAY:
            raise ValueError(f"{where}: a window cannot start at 24:00; write 00:00 on the next day")
        windows.append(Window(start, end))
    return tuple(windows)


def read_date(where: str, value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.match(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{where}: {value!r} is not a date; write it as 2026-04-03")


def _time(where: str, value: Any) -> int:
    """Seconds of the day from "09:00" or "09:00:30"; "24:00" is its end."""
    found = _TIME.match(value) if isinstance(value, str) else None
    if found is not None:
        seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
        if seconds <= DAY:
            return seconds
    raise ValueError(f"{where}: {value!r} is not a time of day; write 00:00 to 24:00")


def _mapping(where: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: is not a table")
    return value
