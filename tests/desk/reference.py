"""Opening hours a second time, slowly: every minute of UTC is put on the zone's wall clock and looked up.

Written from the definition alone and sharing no code with `desk`; the two must never differ. Instants are whole ticks
from 1970-01-01T00:00:00Z. A tick is a minute, at which most calendars and all clocks change, or a second.
"""

import importlib.resources
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache, cached_property
from itertools import compress, islice
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Pauses = Iterable[tuple[int, int]]


@cache
def zone(name: str) -> ZoneInfo:
    """The zone as Python reads it from the locked package, whatever the machine has."""
    with importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, name)


_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_QUARTER = 900


def _local_seconds(name: str, first: int, length: int, tick: int) -> Iterator[int]:
    """What the wall clock shows in each tick, in seconds since its own 1970-01-01T00:00.

    Python is asked at both ends of each quarter of an hour, and in every tick only where they differ: no zone has ever
    been changed twice within one.
    """
    here = zone(name)

    def offset(at: int) -> int:
        shown = datetime.fromtimestamp(at * tick, here).utcoffset()
        assert shown is not None
        return round(shown.total_seconds())

    for start in range(first, first + length, _QUARTER // tick):
        ticks = range(start, min(start + _QUARTER // tick, first + length))
        early, late = offset(ticks[0]), offset(ticks[-1])
        if early == late:
            yield from range(ticks[0] * tick + early, (ticks[-1] + 1) * tick + early, tick)
        else:
            yield from (at * tick + offset(at) for at in ticks)


class Walls:
    """What the wall clock of a zone shows in each tick of [first, first + length)."""

    def __init__(self, name: str, first: int, length: int, *, tick: int = 60) -> None:
        """`tick` is in seconds."""
        shown = list(_local_seconds(name, first, length, tick))
        days = [second // _DAY for second in shown]
        self.zone, self.first, self.tick = name, first, tick
        self.day = min(days) + _EPOCH - 1
        """The date before the first one shown: its windows may run over midnight. An ordinal."""
        self.days = max(days) + _EPOCH - self.day + 1
        begin = (self.day - _EPOCH) * _DAY
        local = ((second - begin) // tick for second in shown)
        self.look_up = itemgetter(*local)
        """From a sequence by ticks of the wall clock, counted from the start of `day`, to one by ticks of UTC."""


def windows(table: Mapping[str, Any], day: int) -> list[tuple[int, int]]:
    """The windows a calendar gives one date, in seconds: a make-up workday's, none on a holiday, else the weekday's."""
    on = date.fromordinal(day)
    rows: Sequence[Sequence[str]] = table.get("hours", {}).get(WEEK[on.weekday()], ())
    if on.isoformat() in table.get("holidays", ()):
        rows = ()
    rows = table.get("workdays", {}).get(on.isoformat(), rows)
    return [(seconds(start), seconds(end)) for start, end in rows]


def seconds(text: str) -> int:
    """Of "hh:mm" or "hh:mm:ss"."""
    hours, minutes, rest = [int(part) for part in f"{text}:00".split(":")][:3]
    return hours * 3600 + minutes * 60 + rest


def opener(table: Mapping[str, Any], walls: Walls) -> bytearray:
    """For each tick of the wall clock from `walls.day` on: which date opened it, counted from 1; nought where closed.

    Where two dates open the same tick it belongs to the earlier one, which found it closed.
    """
    day = 86_400 // walls.tick
    opened = bytearray(day * (walls.days + 1))
    for number in range(walls.days):
        for start, end in windows(table, walls.day + number):
            begin = number * day + start // walls.tick
            over = number * day + end // walls.tick + (day if end <= start else 0)
            opened[begin:over] = opened[begin:over].replace(b"\0", bytes([number + 1]))
    return opened


@dataclass(frozen=True)
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

    @cached_property
    def lengths(self) -> Counter[int]:
        """How many open ticks each date opened. That of a date at the rim of the line may be cut short."""
        return Counter(filter(None, self.openers))

    def working_days(self, a: int, b: int) -> Fraction:
        """The open ticks of [a, b), each as its part of the date that opened it."""
        part = Counter(filter(None, self.openers[a - self.first : b - self.first]))
        return sum((Fraction(ticks, self.lengths[number]) for number, ticks in part.items()), Fraction())

    def due_days(self, start: int, target: Fraction, pauses: Pauses = ()) -> Fraction | None:
        """The instant at which `target` working days are spent, which may lie within a tick."""
        running = self.running(pauses)[start - self.first :]
        whole = math.lcm(target.denominator, *self.lengths.values())
        left = int(target * whole)
        for tick, number in zip(compress(range(start, self.end), running), compress(running, running), strict=True):
            share = whole // self.lengths[number]
            if share >= left:
                return tick + Fraction(left, share)
            left -= share
        return None


def line(table: Mapping[str, Any], walls: Walls) -> Line:
    """A calendar, given as the table people write, in every minute of a stretch of time."""
    return Line(walls.first, bytes(walls.look_up(opener(table, walls))))
