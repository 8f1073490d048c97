"""What was promised in a period and what became of it: attainment, percentiles, causes, load and waiting.

    cases (ticket, history) ──add──► Collector ──report──► SlaReport

A promise belongs to the period in which it was decided: the instant at which it was broken, met or void, whichever came
first. A promise is open if it was made before the end of the period and is not decided by then. Every report shows what
was known at the end of its period; what happens later changes nothing in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import islice

from desk.calendar import zones
from desk.reports.causes import Cause
from desk.sla.policy import METRICS, Metric
from desk.ticket import Event, Ticket

GROUPS = ("overall", "queue", "type", "priority", "tier", "agent")
"""What rows are grouped by, in the order in which they are shown."""
NOBODY = "nobody"
NO_TIER = "none"
BREACHES_LISTED = 1000
"""More than these are counted and not listed."""


@dataclass(frozen=True)
class Period:
    """Local dates, both included, in a zone."""

    first: date
    last: date
    zone: str

    @cached_property
    def begin(self) -> datetime:
        return midnight(self.first, self.zone)

    @cached_property
    def end(self) -> datetime:
        """The first instant after it."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a local date, in UTC."""
    return datetime.combine(day, time(), zones.zone(zone)).astimezone(UTC)


def local_date(at: datetime, zone: str) -> date:
    return at.astimezone(zones.zone(zone)).date()


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket with all that happened to it."""

    ticket: Ticket
    history: Sequence[Event]
    noticed: Mapping[str, datetime]
    """When each breach was recorded, by the key of its event."""


@dataclass(frozen=True, slots=True)
class Row:
    """The promises of one metric in one group."""

    by: str
    value: str
    metric: Metric
    kept: int
    broken: int
    open: int
    void: int
    p50: timedelta | None
    """Of the open time needed by what was met in the period, kept or late, in this group; by nearest rank."""
    p90: timedelta | None

    @property
    def all(self) -> int:
        return self.kept + self.broken + self.open + self.void

    @property
    def attainment(self) -> float | None:
        """Percent kept of all kept and broken, rounded down to a tenth: 100 means all."""
        decided = self.kept + self.broken
        return self.kept * 1000 // decided / 10 if decided else None


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise."""

    tag: str
    subject: str
    metric: Metric
    cycle: int
    started_at: datetime | None
    """None where only the record is left, since the promise is not made under the terms of today."""
    at: datetime
    noticed_at: datetime | None
    met_at: datetime | None
    queue: str
    category: str
    priority: str
    tier: str
    agent: str
    causes: tuple[Cause, ...]
    """The first explains most."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the week in the desk's zone."""

    weekday: int
    """From Monday, 0."""
    hour: int
    arrivals: int
    answers: int
    wait: timedelta | None
    """Half of the customers who wrote in this hour were answered within it; elapsed, closed time included."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where the tickets of one category spent the period, in elapsed time."""

    category: str
    opened: int
    done: int
    """Brought to an end within the period, and not reopened in it."""
    open: int
    """At its end."""
    oldest_at: datetime | None
    """When the oldest of these was opened."""
    agent: timedelta
    customer: timedelta
    third_party: timedelta


@dataclass(frozen=True, slots=True)
class Point:
    """A day, or a week from Monday, of the trend."""

    start: date
    kept: int
    broken: int


@dataclass(frozen=True, slots=True)
class SlaReport:
    period: Period
    at: datetime
    """As of when the report is: the end of the period, or now if that is earlier."""
    tickets: int
    rows: tuple[Row, ...]
    breaches: tuple[Breach, ...]
    """The earliest `BREACHES_LISTED`, by their instants."""
    causes: tuple[tuple[str, int], ...]
    """How many breaches each cause explains best, most first; of all breaches."""
    load: tuple[Hour, ...]
    """168 hours from Monday 0:00."""
    waiting: tuple[Waiting, ...]
    """Those that waited longest for agents first."""
    trend: tuple[Point, ...]
    weekly: bool
    """Whether a point of the trend is a week."""

    def of(self, by: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.by == by)

    @property
    def broken(self) -> int:
        return sum(row.broken for row in self.of("overall"))

    @property
    def open_tickets(self) -> int:
        """Those that are not done at its end, whatever became of their promises."""
        return sum(one.open for one in self.waiting)

    def worst(self, count: int = 5) -> tuple[Waiting, ...]:
        return tuple(islice(self.waiting, count))


def nearest_rank(values: Sequence[int], percent: int) -> timedelta | None:
    """The smallest of the sorted seconds that at least so many percent do not exceed; None of nothing."""
    return timedelta(seconds=values[-(-percent * len(values) // 100) - 1]) if values else None


def order(row: Row) -> tuple[int, str, int]:
    return GROUPS.index(row.by), row.value, METRICS.index(row.metric)
