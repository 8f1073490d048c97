"""Opening hours a second time, slowly: every minute of UTC is put on the zone's wall clock and looked up.

Written from the definition alone and sharing no code with `desk`; the two must never differ. Instants are whole ticks
from 1970-01-01T00:00:00Z, a tick being a minute, or a second in a `Line` made by `in_seconds`.
"""

import importlib.resources
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from itertools import compress, islice
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

DAY = 24 * 60
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Pauses = Iterable[tuple[int, int]]


@cache
def zone(name: str) -> ZoneInfo:
    """The zone as Python reads it from the locked package, whatever the machine has."""
    with importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, name)


class Walls:
    """What the wall clock of a zone shows in each minute of [first, first + length): a local minute from the date `day`."""

    def __init__(self, name: str, first: int, length: int) -> None:
        shown = [datetime.fromtimestamp(minute * 60, zone(name)) for minute in range(first, first + length)]
        days = [wall.toordinal() for wall in shown]
        self.first = first
        self.day = min(days) - 1
        """The date before the first one shown: its windows may run over midnight. An ordinal."""
        self.days = max(days) - self.day + 1
        local = ((day - self.day) * DAY + wall.hour * 60 + wall.minute for day, wall in zip(days, shown, strict=True))
        self.look_up = itemgetter(*local)


def minutes(text: str) -> int:
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)


def windows(table: Mapping[str, Any], day: int) -> list[tuple[int, int]]:
    """The windows a calendar gives one date: a make-up workday wins over a holiday, which wins over the weekday."""
    on = date.fromordinal(day)
    rows: Sequence[Sequence[str]] = table.get("hours", {}).get(WEEK[on.weekday()], ())
    if on.isoformat() in table.get("holidays", ()):
        rows = ()
    rows = table.get("workdays", {}).get(on.isoformat(), rows)
    return [(minutes(start), minutes(end)) for start, end in rows]


def opener(table: Mapping[str, Any], walls: Walls) -> bytearray:
    """For each local minute from `walls.day` on: which date opened it, counted from 1; nought where it is closed.

    Where two dates open the same minute it belongs to the earlier one, which found it closed.
    """
    opened = bytearray(DAY * (walls.days + 1))
    for number in range(walls.days):
        for start, end in windows(table, walls.day + number):
            for minute in range(start, end if end > start else DAY + end):
                at = number * DAY + minute
                opened[at] = opened[at] or number + 1
    return opened


@dataclass(frozen=True, slots=True)
class Line:
    """A calendar over a stretch of time: for each tick from `first` on the date that opened it, or nought."""

    first: int
    openers: bytes

    @property
    def end(self) -> int:
        return self.first + len(self.openers)

    def spent(self, a: int, b: int) -> int:
        """How many ticks of [a, b) are open."""
        part = self.openers[a - self.first : max(a, b) - self.first]
        return len(part) - part.count(0)

    def running(self, pauses: Pauses) -> bytes:
        """The openers, with nought in every paused tick as well."""
        running = bytearray(self.openers)
        for a, b in pauses:
            a, b = max(a, self.first), min(b, self.end)
            if a < b:
                running[a - self.first : b - self.first] = bytes(b - a)
        return bytes(running)

    def due(self, start: int, target: int, pauses: Pauses = ()) -> int | None:
        """The end of the tick that spends the last of `target` open ticks; None if it lies beyond this line."""
        running = self.running(pauses)[start - self.first :]
        last = next(islice(compress(range(start, self.end), running), target - 1, None), None)
        return None if last is None else last + 1

    def next_open(self, at: int) -> int | None:
        return next(compress(range(at, self.end), self.openers[at - self.first :]), None)

    def lengths(self) -> list[int]:
        """How many open ticks each date opened. That of a date at the rim of the line may be cut short."""
        return [0, *(self.openers.count(number) for number in range(1, 256))]

    def working_days(self, a: int, b: int) -> Fraction:
        """The open ticks of [a, b), each as its part of the date that opened it."""
        part, lengths = self.openers[a - self.first : b - self.first], self.lengths()
        return sum((Fraction(part.count(number), lengths[number]) for number in set(part) - {0}), Fraction())

    def due_days(self, start: int, target: Fraction, pauses: Pauses = ()) -> Fraction | None:
        """The instant at which `target` working days are spent, which may lie within a tick."""
        running, lengths = self.running(pauses)[start - self.first :], self.lengths()
        whole = math.lcm(target.denominator, *(length for length in lengths if length))
        left = int(target * whole)
        for tick, number in zip(compress(range(start, self.end), running), compress(running, running), strict=True):
            share = whole // lengths[number]
            if share >= left:
                return tick + Fraction(left, share)
            left -= share
        return None


def line(table: Mapping[str, Any], walls: Walls) -> Line:
    """A calendar, given as the table people write, in every minute of a stretch of time."""
    return Line(walls.first, bytes(walls.look_up(opener(table, walls))))


def in_seconds(minutely: Line) -> Line:
    """The same line by seconds: windows and clock changes come at whole minutes."""
    return Line(minutely.first * 60, b"".join(bytes([number]) * 60 for number in minutely.openers))
