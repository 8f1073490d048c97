"""Dates as people write them: one date, or a rule that names one in every year.

2026-04-03           that date
12-25                every year on this date; 02-29 only where there is one
last mon of may      first, second, third, fourth, fifth or last weekday of a month
wed before 11-23     the nearest such weekday before (or after) a date, that date not included
easter               Easter Sunday of the Gregorian calendar; orthodox-easter that of the Julian one
easter+1, 12-25 +1   any of them, so many days later or earlier (at most 200)
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Any

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from desk.calendar.tables import WEEKDAYS, read_date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "last")
_MONTH_DAY = r"(?P<month>[01][0-9])-(?P<day>[0-3][0-9])"
_RULE = re.compile(
    rf"(?:{_MONTH_DAY}"
    rf"|(?P<ordinal>{'|'.join(_ORDINALS)}) (?P<nth>{'|'.join(WEEKDAYS)}) of (?P<of>{'|'.join(_MONTHS)})"
    rf"|(?P<near>{'|'.join(WEEKDAYS)}) (?P<side>before|after) (?P<near_month>[01][0-9])-(?P<near_day>[0-3][0-9])"
    r"|(?P<feast>easter|orthodox-easter))"
    r"(?: ?(?P<sign>[+-])(?P<shift>[0-9]{1,3}))?\Z"
)
_MAX_SHIFT = 200
_REMEDY = 'write 2026-04-03, "12-25", "last mon of may", "wed before 11-23" or "easter+1"'


@dataclass(frozen=True, slots=True)
class Once:
    """One date."""

    day: date

    def dates(self, year: int) -> Iterator[date]:
        if self.day.year == year:
            yield self.day

    def __str__(self) -> str:
        return self.day.isoformat()


@dataclass(frozen=True, slots=True)
class Yearly:
    """A rule of the grammar above, already checked."""

    text: str

    def dates(self, year: int) -> Iterator[date]:
        """The dates that fall into a year; a shifted rule may have two there, or none."""
        for base in (year - 1, year, year + 1):
            if MINYEAR < base < MAXYEAR:
                found = _date_of(self.text, base)
                if found is not None and found.year == year:
                    yield found

    def __str__(self) -> str:
        return self.text


When = Once | Yearly


def read_when(where: str, value: Any) -> When:
    """Raises ValueError naming the key and the remedy."""
    found = _RULE.match(value.lower()) if isinstance(value, str) and len(value) < 60 else None
    if found is None:
        try:
            return Once(read_date(where, value))
        except ValueError:
            raise ValueError(f"{where}: {value!r} is not a date or a yearly rule; {_REMEDY}") from None
    if int(found["shift"] or 0) > _MAX_SHIFT:
        raise ValueError(f"{where}: {value!r} is more than {_MAX_SHIFT} days away; {_REMEDY}")
    text = found[0]
    # Every month and day that a leap year has is a date; 02-30 and 13-01 are none.
    if _date_of(text, 2024) is None and found["ordinal"] != "fifth":
        raise ValueError(f"{where}: {value!r} names no date; {_REMEDY}")
    return Yearly(text)


def _date_of(text: str, year: int) -> date | None:
    """The date that a rule gives for a year, shift included; None if there is none in it."""
    rule = _RULE.match(text)
    if rule is None:
        raise ValueError(f"{text!r} was not checked")
    base: date | None
    if rule["feast"] is not None:
        base = easter(year, EASTER_WESTERN if rule["feast"] == "easter" else EASTER_ORTHODOX)
    elif rule["ordinal"] is not None:
        base = _weekday_of(year, _MONTHS.index(rule["of"]) + 1, WEEKDAYS.index(rule["nth"]), rule["ordinal"])
    elif rule["near"] is not None:
        base = _month_day(year, int(rule["near_month"]), int(rule["near_day"]))
        if base is not None:
            step = 1 if rule["side"] == "after" else -1
            distance = (WEEKDAYS.index(rule["near"]) - base.weekday()) * step % 7
            base += timedelta(days=step * (distance or 7))
    else:
        base = _month_day(year, int(rule["month"]), int(rule["day"]))
    if base is None or rule["shift"] is None:
        return base
    return base + timedelta(days=int(rule["sign"] + rule["shift"]))


def _month_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday_of(year: int, month: int, weekday: int, ordinal: str) -> date | None:
    first, length = monthrange(year, month)
    days = range(1 + (weekday - first) % 7, length + 1, 7)
    if ordinal == "last":
        return date(year, month, days[-1])
    index = _ORDINALS.index(ordinal)
    return date(year, month, days[index]) if index < len(days) else None
