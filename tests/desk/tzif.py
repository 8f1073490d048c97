"""The changes of a zone's clock, read from the TZif files of the locked package by the rules of RFC 8536 alone."""

import importlib.resources
import re
import struct
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

DAY = 86_400
EPOCH = date(1970, 1, 1).toordinal()

_DATE = r"(?:M(\d+)\.(\d+)\.(\d+)|J(\d+)|(\d+))(?:/([-+]?[\d:]+))?"
_FOOTER = re.compile(rf"(?:<[^>]+>|[A-Za-z]+)([-+]?[\d:]+)(?:(<[^>]+>|[A-Za-z]+)([-+]?[\d:]+)?(?:,{_DATE},{_DATE})?)?")


def seconds(text: str) -> int:
    """Seconds of "[-+]h[:mm[:ss]]"."""
    parts = [int(part) for part in text.lstrip("+-").split(":")] + [0, 0]
    return (-1 if text.startswith("-") else 1) * (parts[0] * 3600 + parts[1] * 60 + parts[2])


def rule(month: str, week: str, weekday: str, julian: str, zero: str, time: str | None) -> Callable[[int], int]:
    """The wall clock, in seconds from 1970, at which a rule of the footer takes effect in a year."""

    def day(year: int) -> int:
        if month:
            first = date(year, int(month), 1).toordinal()
            found = first + (int(weekday) - first) % 7 + 7 * (int(week) - 1)  # ordinals count from a Monday: 7 = Sunday
            return found - 7 * (found >= first + monthrange(year, int(month))[1])
        if julian:  # 29 February is never counted
            past_february = int(julian) > 59 and monthrange(year, 2)[1] == 29
            return date(year, 1, 1).toordinal() + int(julian) - 1 + past_february
        return date(year, 1, 1).toordinal() + int(zero)

    return lambda year: (day(year) - EPOCH) * DAY + seconds(time or "2")


@dataclass(frozen=True)
class Clock:
    """Offsets in seconds east of UTC: `offsets[i]` up to `changes[i]`, the last one after all of them."""

    changes: tuple[int, ...]
    offsets: tuple[int, ...]

    def offset(self, at: int) -> int:
        return self.offsets[bisect_right(self.changes, at)]


@cache
def read(name: str, last_year: int = 2060) -> Clock:
    """The whole clock of a zone, its footer (a POSIX TZ string) written out until the end of `last_year`."""
    data = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()

    def header(at: int) -> tuple[int, ...]:
        assert data[at : at + 4] == b"TZif"
        return struct.unpack_from(">6l", data, at + 20)

    utc, standard, leaps, times, types, letters = header(0)
    second = 44 + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    utc, standard, leaps, times, types, letters = header(second)
    at = second + 44
    changes = list(struct.unpack_from(f">{times}q", data, at))
    kinds = data[at + times * 8 : at + times * 9]
    at += times * 9
    gains = [struct.unpack_from(">l", data, at + kind * 6)[0] for kind in range(types)]
    offsets = [gains[0], *(gains[kind] for kind in kinds)]
    at += types * 6 + letters + leaps * 12 + standard + utc
    footer = data[at:].decode().strip()

    found = _FOOTER.fullmatch(footer)
    assert found, footer
    west, summer, summer_west, *rules = found.groups()
    if summer:
        normal = -seconds(west)
        saving = -seconds(summer_west) if summer_west else normal + 3600
        begin, end = rule(*rules[:6]), rule(*rules[6:])
        last = changes[-1] if changes else -(2**62)
        written = sorted(
            change
            for year in range(1970, last_year + 1)
            for change in ((begin(year) - normal, saving), (end(year) - saving, normal))
        )
        for instant, offset in written:
            if instant > last:
                changes.append(instant)
                offsets.append(offset)
    return Clock(tuple(changes), tuple(offsets))


def changes(name: str, first_year: int, last_year: int) -> list[int]:
    """The instants from `first_year` to `last_year` (both included) at which the offset differs from the one before."""
    clock = read(name)
    low, high = ((date(year, 1, 1).toordinal() - EPOCH) * DAY for year in (first_year, last_year + 1))
    return [
        at
        for at, before, after in zip(clock.changes, clock.offsets, clock.offsets[1:], strict=False)
        if low <= at < high and before != after
    ]


@cache
def names() -> tuple[str, ...]:
    """All zones of the package."""
    return tuple(importlib.resources.files("tzdata").joinpath("zones").read_text().split())
