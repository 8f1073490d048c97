"""Calendars and stretches of work drawn at random, with a liking for the days and minutes on which clocks go wrong.

All draw from a `random.Random`: hypothesis seeds one for each example, the long runs one with a printed seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from desk.calendar.business_hours import Calendar
from desk.calendar.duration import WorkingDays
from desk.calendar.tables import read_calendar
from tests.desk import tzif
from tests.desk.reference import WEEK, Line, Walls, line

NINE = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Tokyo",
)
"""The zones of I19."""
ODD = (
    "UTC",
    "Africa/Cairo",
    "America/Asuncion",
    "America/Caracas",
    "America/Nuuk",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Europe/Dublin",
    "Pacific/Chatham",
    "Pacific/Fakaofo",
    "Pacific/Kiritimati",
)
"""Changes at midnight, at one past it, by two hours, by half an hour, for Ramadan, and over the date line."""

DAY = 24 * 60
SPAN = 30 * DAY
RIM = 3 * DAY
"""On both sides of a span, so that the dates in it are seen whole."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Table = dict[str, Any]


def instant(minute: int | Fraction) -> datetime:
    """The instant of a minute of the reference; parts of a microsecond are rounded up."""
    return EPOCH + timedelta(microseconds=-int(-minute * 60_000_000 // 1))


def stamp(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0) -> int:
    """The minute of the reference at a wall clock of UTC."""
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) // 60


def some_walls(rng: Random, zone: str | None = None) -> Walls:
    """A span and its rims somewhere in 2000 to 2040, most often over a change of the zone's clock."""
    zone = zone or rng.choice(NINE + ODD if rng.random() < 0.6 else NINE)
    jumps = tzif.changes(zone, 2000, 2040)
    if jumps and rng.random() < 0.8:
        first = rng.choice(jumps) // 60 - rng.randrange(SPAN)
    elif rng.random() < 0.5:  # 29 February, the turn of a year
        first = stamp(rng.randrange(2000, 2041), rng.choice((1, 3))) - rng.randrange(SPAN)
    else:
        first = rng.randrange(stamp(2000), stamp(2041))
    return Walls(zone, first - RIM, SPAN + 2 * RIM)


EDGES = (0, 1, 30, 60, 90, 120, 150, 180, 540, 720, 780, 1020, 1080, 1320, 1380, 1410, 1439)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def some_windows(rng: Random) -> list[list[str]]:
    """Up to three windows of one date, in any order; they may overlap, run over midnight, or last 24 hours."""

    def time() -> int:
        return rng.choice(EDGES) if rng.random() < 0.7 else rng.randrange(DAY)

    shape = rng.random()
    if shape < 0.3:
        return [["09:00", "18:00"]]
    if shape < 0.4:
        return [["00:00", "24:00"]]
    windows = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        start = time()
        end = rng.choice((DAY, start, time(), time(), time()))
        windows.append([clock(start), clock(end)])
    return windows


def some_table(rng: Random, walls: Walls) -> Table:
    """A calendar with holidays, make-up workdays and half days among the dates of these walls."""
    dates = [date.fromordinal(walls.day + number).isoformat() for number in range(walls.days)]
    kind = rng.random()
    if kind < 0.1:  # no week at all: only what is written as a workday
        hours: dict[str, Any] = {}
    elif kind < 0.5:
        windows = some_windows(rng)
        hours = dict.fromkeys(WEEK[: rng.choice((5, 5, 6, 7))], windows)
    else:
        hours = {day: some_windows(rng) for day in WEEK if rng.random() < 0.7}
    table: Table = {"zone": walls.zone, "hours": hours}
    if rng.random() < 0.6:
        table["holidays"] = rng.sample(dates, rng.randrange(8))
    if rng.random() < 0.6 or not hours:
        made_up = rng.sample(dates, rng.randrange(6)) + table.get("holidays", [])[: rng.randrange(3)]
        table["workdays"] = {day: [] if rng.random() < 0.1 else some_windows(rng) for day in made_up}
    return table


@dataclass(frozen=True, slots=True)
class Desk:
    """A calendar twice: as the product reads it, and minute by minute."""

    table: Table
    calendar: Calendar
    line: Line

    @property
    def first(self) -> int:
        return self.line.first + RIM

    @property
    def last(self) -> int:
        """The end of the span, behind which the reference no longer knows all."""
        return self.line.end - RIM


def desk(table: Table, walls: Walls) -> Desk:
    return Desk(table, read_calendar("test", table), line(table, walls))


def some_desk(rng: Random) -> Desk:
    walls = some_walls(rng)
    return desk(some_table(rng, walls), walls)


@dataclass(frozen=True, slots=True)
class Work:
    """Work on one calendar: when it starts, what it may take, when it rests."""

    start: int
    target: int | Fraction
    """Open minutes, or working days."""
    pauses: tuple[tuple[int, int], ...]

    def asked(self) -> timedelta | WorkingDays:
        return WorkingDays(self.target) if isinstance(self.target, Fraction) else timedelta(minutes=self.target)

    def rests(self) -> list[tuple[datetime, datetime]]:
        return [(instant(begin), instant(end)) for begin, end in self.pauses]


def some_minute(rng: Random, desk: Desk) -> int:
    """A minute of the span; one in three times a minute at which the desk opens or closes, or the one beside it."""
    at = rng.randrange(desk.first, desk.last)
    if rng.random() < 0.33:
        openers = desk.line.openers
        here = at - desk.line.first
        edge = openers.find(0, here) if openers[here] else (desk.line.next_open(at) or at) - desk.line.first
        at = min(max(desk.line.first + edge + rng.choice((-1, 0, 0, 0, 1)), desk.first), desk.last - 1)
    return at


def some_work(rng: Random, desk: Desk, *, days: bool | None = None) -> Work:
    """Work with up to four pauses: overlapping, touching, empty, over the start, and exactly at the due instant."""
    start = some_minute(rng, desk)
    target: int | Fraction
    if rng.random() < 0.15 if days is None else days:
        target = Fraction(rng.randrange(1, 11), rng.choice((1, 1, 1, 2, 3, 4)))
        due = desk.line.due_days(start, target)
    else:
        target = rng.choice((1, 30, 60, 90, 240, 480, rng.randrange(1, 3000), rng.randrange(1, SPAN)))
        due = desk.line.due(start, target)
    pauses: list[tuple[int, int]] = []
    while rng.random() < 0.5 and len(pauses) < 4:
        near = [start, start - rng.randrange(DAY), some_minute(rng, desk)]
        near += [int(due), int(due) - rng.randrange(60)] if due else []
        near += [rng.choice(pauses[-1])] if pauses else []
        begin = rng.choice(near)
        end = begin + rng.choice((0, 1, 60, rng.randrange(DAY), rng.randrange(10 * DAY)))
        pauses.append((begin, end))
    return Work(start, target, tuple(pauses))


def difference(desk: Desk, work: Work) -> str | None:
    """What the product and the reference say differently about this work."""
    line, calendar = desk.line, desk.calendar
    start, rests = instant(work.start), work.rests()

    def agrees(found: datetime | None, right: int | Fraction | None) -> bool:
        """Whether both name the same instant, or both none in the span."""
        if right is None or right > desk.last:
            return found is None or found > instant(desk.last)
        return found == instant(right)

    walk = line.due_days if isinstance(work.target, Fraction) else line.due
    right = walk(work.start, work.target, work.pauses)  # type: ignore[arg-type]
    if not agrees(found := calendar.due_with_pauses(start, work.asked(), rests), right):
        return f"due {found}, not {right and instant(right)}"
    if not work.pauses and (plain := calendar.due_at(start, work.asked())) != found:
        return f"due_at {plain}, due_with_pauses {found}"
    end = min(int(right) if right else desk.last, desk.last)
    if (spent := calendar.spent(start, instant(end))) != timedelta(minutes=line.spent(work.start, end)):
        return f"spent {spent} until {instant(end)}, not {line.spent(work.start, end)} minutes"
    if isinstance(work.target, Fraction):
        days, true = calendar.working_days(start, instant(end)), line.working_days(work.start, end)
        if days != true:
            return f"{days} working days until {instant(end)}, not {true}"
    if not agrees(opening := calendar.next_open(start), line.next_open(work.start)):
        return f"open again at {opening}"
    return None


def differences(seed: str, pairs: int, *, calendars: int = 10, works: int = 40) -> Iterator[str]:
    """Compare this many pairs of a calendar and work on it; what is wrong, with all that it takes to see it again."""
    rng, done = Random(seed), 0
    while done < pairs:
        walls = some_walls(rng)
        for _ in range(calendars):
            here = desk(some_table(rng, walls), walls)
            for _ in range(works):
                work = some_work(rng, here)
                if wrong := difference(here, work):
                    yield f"{wrong}\n{here.table}\n{work}, starting {instant(work.start)}"
            done += works
