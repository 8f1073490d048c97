"""Opening hours: which instants of the world are open at a desk, exactly.

An instant is open if and only if the zone's wall clock at that instant lies inside a half-open window of that local
date. In a repeated hour both passes count, a skipped hour does not exist. A window whose end is not after its start
runs over midnight: [start, 24:00) of its date and [00:00, end) of the next; that piece belongs to the date that opened
it. Lengths are measured in UTC.

Inside, instants are whole microseconds from 1970-01-01T00:00:00Z, so that no arithmetic meets a wall clock (PEP 495).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from desk.calendar import zones
from desk.calendar.duration import Target, WorkingDays

DAY = 86_400
_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_DATE_1970 = date(1970, 1, 1).toordinal()
# A target is never due where the desk stays closed for longer than this.
LONGEST_GAP = timedelta(days=400)
_LONGEST_GAP = 400 * DAY * _SECOND
# The years that arithmetic with dates can reach, with room at both ends.
_FIRST_YEAR, _LAST_YEAR = 2, 9997


class Window(NamedTuple):
    """An opening on one local date, in seconds of its wall clock; `end` at or before `start` is on the next date."""

    start: int
    end: int


Windows = tuple[Window, ...]
Rules = Callable[[date], Windows]
"""The windows that open on a local date, in any order; they may overlap."""

ALL_DAY: Windows = (Window(0, DAY),)


class Piece(NamedTuple):
    """Open time without a break: [start, end), and the local date that opened it (as an ordinal)."""

    start: int
    end: int
    day: int


@dataclass(frozen=True)
class _Table:
    """The open time of some years, compiled for bisection. All of it is sorted, and pieces are disjoint."""

    first: int
    last: int
    """The years whose dates are all in it."""
    pieces: tuple[Piece, ...]
    starts: list[int]
    ends: list[int]
    spent: list[int]
    """Open time before the end of each piece."""
    gaps: list[int]
    """The pieces that come after more than 400 closed days."""
    days: dict[int, int]
    """The open time of each date."""

    @cached_property
    def days_spent(self) -> list[Fraction]:
        """Working days before the end of each piece; few calendars are ever asked in working days."""
        spent: list[Fraction] = []
        whole, parts = 0, dict[int, int]()
        for start, end, day in self.pieces:
            parts[day] = parts.get(day, 0) + end - start
            if parts[day] == self.days[day]:
                # Nearly always the only date at work: then nothing but whole numbers is added.
                del parts[day]
                whole += 1
            begun = (Fraction(part, self.days[date]) for date, part in parts.items())
            spent.append(sum(begun, Fraction(whole)))
        return spent


class Calendar:
    """When a desk is open. Compiles the years it is asked about, and may be shared by threads."""

    def __init__(self, name: str, zone: str, rules: Rules) -> None:
        """Raises ValueError for a zone that is none."""
        zones.zone(zone)
        self.name, self.zone, self._rules = name, zone, rules
        self._table: _Table | None = None

    def due_at(self, start: datetime, target: Target) -> datetime | None:
        """The first instant at which `target`, a positive span of open time, has been spent since `start`.

        None if 400 days without an open instant come first. `start` is aware; the answer is UTC.
        """
        begin = _number(start)
        year = start.year
        while year <= _LAST_YEAR:
            table = self._compiled(start.year, year)
            due = _due_by_days(table, begin, target) if isinstance(target, WorkingDays) else _due(table, begin, target)
            if due is _NEVER:
                return None
            # Near the end of the table, days that it does not hold may still add open time.
            if due is not None and due < zones.start_of(table.last + 1) * _SECOND - 3 * DAY * _SECOND:
                return _EPOCH + due * _US
            year = max(table.last + 1, start.year + 2 * (table.last - start.year))
        return None

    def due_with_pauses(
        self, start: datetime, target: Target, pauses: Iterable[tuple[datetime, datetime]]
    ) -> datetime | None:
        """`due_at`, with no open time spent within the pauses [from, to), which may overlap and come in any order.

        400 days without an open instant end it whether it is paused in them or not.
        """
        due = self._due_with_pauses(start, target, pauses)
        return None if due is None or self._shuts_for_long(start, due) else due

    def _due_with_pauses(
        self, start: datetime, target: Target, pauses: Iterable[tuple[datetime, datetime]]
    ) -> datetime | None:
        left, running = target, _instant(start)
        for begin, end in sorted((_instant(begin), _instant(end)) for begin, end in pauses):
            if end <= running or end <= begin:
                continue
            if begin > running:
                due = self.due_at(running, left)
                if due is None or due <= begin:
                    return due
                left = self.less(left, running, begin)
            running = end
        return self.due_at(running, left)

    def _shuts_for_long(self, start: datetime, end: datetime) -> bool:
        """Whether more than 400 closed days begin in [start, end)."""
        table, begin = self._compiled(start.year, end.year), _number(start)
        first = bisect_right(table.ends, begin)
        if first < len(table.pieces) and table.starts[first] - begin > _LONGEST_GAP:
            return True
        gap = bisect_right(table.gaps, first)
        return gap < len(table.gaps) and table.starts[table.gaps[gap]] < _number(end)

    def less(self, target: Target, start: datetime, end: datetime) -> Target:
        """What is left of a target after [start, end); it may be nothing, or negative."""
        if isinstance(target, WorkingDays):
            return WorkingDays(target.count - self.working_days(start, end))
        return target - self.spent(start, end)

    def spent(self, start: datetime, end: datetime) -> timedelta:
        """The open time in [start, end); nothing where `end` is before `start`."""
        low, high = _number(start), _number(end)
        if high <= low:
            return timedelta()
        table = self._compiled(start.year, end.year)
        return (_spent(table, high) - _spent(table, low)) * _US

    def working_days(self, start: datetime, end: datetime) -> Fraction:
        """The open time in [start, end) as parts of the working days it belongs to."""
        low, high = _number(start), _number(end)
        if high <= low:
            return Fraction()
        table = self._compiled(start.year, end.year)
        return _days_spent(table, high) - _days_spent(table, low)

    def next_open(self, at: datetime) -> datetime | None:
        """`at` if it is open, else the next opening; None if there is none within 400 days."""
        table = self._compiled(at.year, at.year + 2)
        number = _number(at)
        index = bisect_right(table.ends, number)
        if index == len(table.pieces) or table.starts[index] - number > _LONGEST_GAP:
            return None
        return _EPOCH + max(table.starts[index], number) * _US

    def is_open(self, at: datetime) -> bool:
        return self.next_open(at) == _instant(at)

    @property
    def around_the_clock(self) -> bool:
        """Whether no instant of a common week is closed: then nobody waits for working hours."""
        sample = datetime(2026, 1, 5, tzinfo=UTC)
        return self.spent(sample, sample + timedelta(days=7)) == timedelta(days=7)

    def pieces(self, first: date, last: date) -> tuple[Piece, ...]:
        """The open time that the local dates from `first` to `last` (both included) opened, in order."""
        table = self._compiled(first.year, last.year)
        return tuple(piece for piece in table.pieces if first.toordinal() <= piece.day <= last.toordinal())

    def windows(self, day: date) -> Windows:
        """What opens on a local date by the rules, whatever the zone's clock does on it."""
        return self._rules(day)

    def _compiled(self, first: int, last: int) -> _Table:
        """A table that holds the dates of these years and of both their neighbours."""
        table = self._table
        first, last = max(first - 1, _FIRST_YEAR), min(last + 1, _LAST_YEAR)
        if table is None or first < table.first or last > table.last:
            if table is not None:
                first, last = min(first, table.first), max(last, table.last)
            # Two threads may both compile; either result is right.
            table = self._table = _compile(self.zone, self._rules, first, last)
        return table


def always_open(name: str = "24/7") -> Calendar:
    return Calendar(name, "UTC", lambda _: ALL_DAY)


_NEVER = -(1 << 200)


def _number(at: datetime) -> int:
    """Raises TypeError for a time without a zone."""
    return (at - _EPOCH) // _US


def _instant(at: datetime) -> datetime:
    """The same instant in UTC: times of one other zone compare and subtract by their wall clocks (PEP 495)."""
    return _EPOCH + _number(at) * _US


def _spent(table: _Table, at: int) -> int:
    """The open time of the table before an instant."""
    index = bisect_right(table.ends, at)
    before = table.spent[index - 1] if index else 0
    return before + max(at - table.starts[index], 0) if index < len(table.starts) else before


def _due(table: _Table, begin: int, target: timedelta) -> int | None:
    """When `target` has been spent; None where the table ends before, `_NEVER` where a gap does."""
    wanted = _spent(table, begin) + target // _US
    return _unless_gap(
        table, begin, bisect_left(table.spent, wanted), lambda at: table.ends[at] - table.spent[at] + wanted
    )


def _days_spent(table: _Table, at: int) -> Fraction:
    """The working days of the table before an instant."""
    index = bisect_right(table.ends, at)
    before = table.days_spent[index - 1] if index else Fraction()
    if index == len(table.pieces) or at <= table.starts[index]:
        return before
    start, _, day = table.pieces[index]
    return before + Fraction(at - start, table.days[day])


def _due_by_days(table: _Table, begin: int, target: WorkingDays) -> int | None:
    wanted = _days_spent(table, begin) + target.count

    def due(index: int) -> int:
        """Parts of microseconds are rounded up."""
        missing = (table.days_spent[index] - wanted) * table.days[table.pieces[index].day]
        return table.ends[index] - missing.numerator // missing.denominator

    return _unless_gap(table, begin, bisect_left(table.days_spent, wanted), due)


def _unless_gap(table: _Table, begin: int, index: int, due: Callable[[int], int | None]) -> int | None:
    """`due` of the piece at `index`, if no 400 closed days lie between `begin` and it."""
    first = bisect_right(table.ends, begin)
    if first < len(table.pieces):
        if table.starts[first] - begin > _LONGEST_GAP:
            return _NEVER
        gap = bisect_right(table.gaps, first)
        if gap < len(table.gaps) and table.gaps[gap] <= index:
            return _NEVER
    if index < len(table.pieces):
        return due(index)
    reached = table.ends[-1] if table.ends else begin
    end = zones.start_of(table.last + 1) * _SECOND - 3 * DAY * _SECOND
    return _NEVER if end - max(reached, begin) > _LONGEST_GAP else None


def _compile(zone: str, rules: Rules, first: int, last: int) -> _Table:
    # Where windows overlap, the time belongs to the date that opened it first; after a jump over the start of both that
    # is no longer the one that starts first.
    pieces: list[Piece] = []
    covered = -(1 << 62)
    for start, day, end in sorted(_opened(zone, rules, first, last)):
        if end > covered:
            pieces.append(Piece(start if start > covered else covered, end, day))
            covered = end
    spent: list[int] = []
    gaps: list[int] = []
    days: dict[int, int] = {}
    total = 0
    for index, (start, end, day) in enumerate(pieces):
        total += end - start
        spent.append(total)
        days[day] = days.get(day, 0) + end - start
        if index and start - pieces[index - 1].end > _LONGEST_GAP:
            gaps.append(index)
    starts, ends = [one.start for one in pieces], [one.end for one in pieces]
    return _Table(first, last, tuple(pieces), starts, ends, spent, gaps, days)


def _opened(zone: str, rules: Rules, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """(start, date, end) of all that the local dates of these years open, in microseconds of UTC; they may overlap."""
    intervals = _intervals(zone, first - 1, last + 1)
    at = 0
    for ordinal in range(date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal() + 1):
        midnight = (ordinal - _DATE_1970) * DAY
        # A day and its night lie within 26 hours of their clock's distance from UTC.
        while intervals[at][1] <= midnight - 26 * 3600:
            at += 1
        for opens, closes in rules(date.fromordinal(ordinal)):
            low, high = midnight + opens, midnight + closes + (DAY if closes <= opens else 0)
            for begin, end, offset in islice(intervals, at, None):
                if begin > high + 26 * 3600:
                    break
                start, stop = max(low - offset, begin), min(high - offset, end)
                if start < stop:
                    yield start * _SECOND, ordinal, stop * _SECOND


def _intervals(zone: str, first: int, last: int) -> Sequence[tuple[int, int, int]]:
    """(from, to, offset) in seconds of UTC: the times in which a zone's clock ran without a jump."""
    changes = [change for year in range(first, last + 1) for change in zones.offsets(zone, year)]
    kept = [one for index, one in enumerate(changes) if not index or one[1] != changes[index - 1][1]]
    ends = [begin for begin, _ in kept[1:]] + [zones.start_of(last + 1)]
    return [(begin, end, offset) for (begin, offset), end in zip(kept, ends, strict=True)]
