"""Spans of time as people write them: 90m, 1h30m, 8h, 2d."""

import re
from datetime import timedelta
from typing import Any

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+)([dhms])")
_WHOLE = re.compile(r"(\d+[dhms])+\Z")


def parse_duration(value: Any) -> timedelta:
    """A span from "1h30m" (d, h, m, s; a day is 24 h); a timedelta passes through.

    Raises ValueError for anything else, with the remedy in the message.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and len(value) < 40 and _WHOLE.match(value):
        return timedelta(seconds=sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(value)))
    raise ValueError(f"{value!r} is not a duration; write it as 90m, 1h30m, 8h or 2d")


def show_duration(span: timedelta) -> str:
    """The shortest spelling that `parse_duration` reads back, to the second; "0s" for nothing."""
    left, parts = int(span.total_seconds()), []
    for unit, seconds in _UNITS.items():
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
