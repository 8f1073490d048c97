"""Spans of time as people write them: 90m, 1h30m, 8h, 2d, and 5wd for working days."""

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"([0-9]+)([dhms])")
_WHOLE = re.compile(r"([0-9]+[dhms])+\Z")
_WORKING_DAYS = re.compile(r"([0-9]+)wd\Z")
# More than a century is a slip of the pen, and would only make us calculate.
_LONGEST = timedelta(days=36_525)
_US = timedelta(microseconds=1)


def parse_duration(value: Any) -> timedelta:
    """A span from "1h30m" (d, h, m, s; a day is 24 h), at most 100 years; a timedelta passes through.

    Raises ValueError for anything else, with the remedy in the message.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and len(value) < 40 and _WHOLE.match(value):
        seconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(value))
        if seconds <= _LONGEST.total_seconds():
            return timedelta(seconds=seconds)
    raise ValueError(f"{value!r} is not a duration; write it as 90m, 1h30m, 8h or 2d")


def show_duration(span: timedelta) -> str:
    """The shortest spelling that `parse_duration` reads back, to the second; "0s" for nothing."""
    left, parts = int(span.total_seconds()), []
    for unit, seconds in _UNITS.items():
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


@dataclass(frozen=True, slots=True, order=True)
class WorkingDays:
    """As much open time as each working day has, one after the other; a part of a day is that part of its open time."""

    count: Fraction


Target = timedelta | WorkingDays
"""How much open time a promise allows."""


def parse_target(value: Any) -> Target:
    """A positive target from "8h", "2d" (24 h of open time each) or "5wd"; a target passes through.

    Raises ValueError for anything else, with the remedy in the message.
    """
    if isinstance(value, WorkingDays):
        return value
    days = _WORKING_DAYS.match(value) if isinstance(value, str) and len(value) < 12 else None
    if days is not None:
        if not 0 < int(days[1]) <= _LONGEST.days:
            raise ValueError(f"{value!r} is not a target; it must be longer than nothing and shorter than a century")
        return WorkingDays(Fraction(int(days[1])))
    try:
        span = parse_duration(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a target; write it as 90m, 1h30m, 8h, 2d or 5wd") from None
    if span <= timedelta():
        raise ValueError(f"{value!r} is not a target; it must be longer than nothing")
    return span


def show_target(target: Target) -> str:
    """The spelling that `parse_target` reads back; parts of working days to two digits."""
    if isinstance(target, timedelta):
        return show_duration(target)
    return f"{target.count}wd" if target.count.denominator == 1 else f"{float(target.count):.2f}wd"


def share(target: Target, part: Fraction) -> Target:
    """This part of a target; parts of microseconds are rounded up, so that "spent" is never said too early."""
    if isinstance(target, WorkingDays):
        return WorkingDays(target.count * part)
    return -(-(target // _US) * part.numerator // part.denominator) * _US
