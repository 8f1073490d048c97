"""When mails came and were answered, and where tickets waited, in elapsed time."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from desk.calendar import zones
from desk.reports.causes import peaks
from desk.reports.report import Hour, Period, Waiting, nearest_rank
from desk.sla.ledger import Interval
from desk.ticket import Event, EventKind, Status

HourOf = tuple[int, int]
"""(ordinal of the local date, or weekday from Monday; hour)"""


@dataclass(slots=True)
class _Wait:
    opened: int = 0
    done: int = 0
    open: int = 0
    oldest_at: datetime | None = None
    spent: dict[Status, timedelta] = field(default_factory=lambda: defaultdict(timedelta))


class Load:
    """Takes the tickets of a period, one after the other, up to an instant: its end, or now."""

    def __init__(self, period: Period, end: datetime) -> None:
        self._begin, self._end = period.begin, end
        self._zone = zones.zone(period.zone)
        self._arrivals: Counter[HourOf] = Counter()
        self._answers: Counter[HourOf] = Counter()
        self._waits: dict[HourOf, array[int]] = defaultdict(lambda: array("q"))
        self._waiting: dict[str, _Wait] = defaultdict(_Wait)

    def hour(self, at: datetime) -> HourOf:
        """Of which date and hour an instant is."""
        local = at.astimezone(self._zone)
        return local.toordinal(), local.hour

    def count_mails(self, history: Sequence[Event]) -> None:
        for event in history:
            if event.at >= self._begin:
                if event.kind is EventKind.CUSTOMER_MESSAGE:
                    self._arrivals[self.hour(event.at)] += 1
                elif event.kind is EventKind.AGENT_ANSWER:
                    self._answers[self.hour(event.at)] += 1

    def count_wait(self, written_at: datetime, answered_at: datetime) -> None:
        day, hour = self.hour(written_at)
        waited = int((answered_at - written_at).total_seconds())
        self._waits[date.fromordinal(day).weekday(), hour].append(waited)

    def count_states(self, category: str, intervals: Sequence[Interval]) -> bool:
        """Counts where a ticket spent the period; false where it was done before."""
        opened, done_at = intervals[0].begin, _done_at(intervals)
        if done_at is not None and done_at < self._begin:
            return False
        row = self._waiting[category]
        row.opened += opened >= self._begin
        row.done += done_at is not None
        if done_at is None:
            row.open += 1
            row.oldest_at = min(row.oldest_at or opened, opened)
        for interval in intervals:
            # The interval of a snoozed ticket ends in the future.
            start, end = max(interval.begin, self._begin), min(interval.end or self._end, self._end)
            if start < end and not interval.status.done:
                row.spent[interval.status] += end - start
        return True

    def peaks(self, days: Sequence[int]) -> frozenset[HourOf]:
        return peaks(self._arrivals, days)

    def hours(self) -> Iterator[Hour]:
        """The 168 hours of the week from Monday 0:00."""
        arrivals, answers = _by_weekday(self._arrivals), _by_weekday(self._answers)
        for weekday in range(7):
            for hour in range(24):
                at = weekday, hour
                wait = nearest_rank(sorted(self._waits.get(at, ())), 50)
                yield Hour(weekday, hour, arrivals[at], answers[at], wait)

    def waiting(self) -> Sequence[Waiting]:
        """The categories that waited longest for agents first."""
        rows = [
            Waiting(
                category,
                row.opened,
                row.done,
                row.open,
                row.oldest_at,
                row.spent[Status.NEW] + row.spent[Status.OPEN],
                row.spent[Status.WAITING],
                row.spent[Status.THIRD_PARTY],
            )
            for category, row in self._waiting.items()
        ]
        return sorted(rows, key=lambda row: (-row.agent, row.category))


def _done_at(intervals: Sequence[Interval]) -> datetime | None:
    """When the work ended that nothing has reopened since."""
    done_at = None
    for interval in reversed(intervals):
        if not interval.status.done:
            break
        done_at = interval.begin
    return done_at


def _by_weekday(counts: Counter[HourOf]) -> Counter[HourOf]:
    found: Counter[HourOf] = Counter()
    for (day, hour), count in counts.items():
        found[date.fromordinal(day).weekday(), hour] += count
    return found
