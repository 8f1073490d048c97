"""A desk's own calendar: hours with holidays, half days, make-up workdays, a country, and their changes over time.

For one date, the first of these that names it decides:

1. `workdays`: opens with the windows given there, whatever else the date is
2. `holidays`, and the all-day events of `ical`: closed
3. the country's make-up workdays: open with `makeup_hours`
4. the country's holidays: closed
5. `half_days`: where the weekday has hours, these windows instead
6. `hours` of the weekday

Timed events of `ical` take their hours away from whatever is open, except from `workdays`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

from desk.calendar.business_hours import DAY, Calendar, Window, Windows
from desk.calendar.closures import Closure, Closures
from desk.calendar.countries import Country
from desk.calendar.tables import WEEKDAYS
from desk.calendar.yearly import Once, When

# The years over which a country's days take part in a digest.
_DIGEST_YEARS = range(2000, 2050)


class DayKind(StrEnum):
    open = "open"
    closed = "closed"
    """A weekday without hours."""
    holiday = "holiday"
    half = "half"
    """Other hours than the weekday's: a half day, or a timed event."""
    workday = "workday"
    """A make-up workday (调休), or a date with hours of its own."""


@dataclass(frozen=True, slots=True)
class Day:
    """What one local date is."""

    kind: DayKind
    windows: Windows
    name: str = ""
    """Of the holiday or event, where it has one."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The rules of a calendar from one local date on, until the next edition."""

    since: date
    week: tuple[Windows, ...] = ((),) * 7
    """Monday first."""
    holidays: tuple[tuple[When, str], ...] = ()
    half_days: tuple[tuple[When, Windows], ...] = ()
    workdays: tuple[tuple[When, Windows], ...] = ()
    country: Country | None = None
    makeup_hours: Windows = ()
    closures: tuple[Closures, ...] = ()
    known_until: date | None = None
    """The operator vouches for the country's days until here."""

    def plain(self, day: date) -> Day:
        windows = self.week[day.weekday()]
        return Day(DayKind.open if windows else DayKind.closed, windows)

    def known(self, year: int, now: int) -> bool:
        """Whether the country's days of a year are known in the year `now`, here or in the `holidays` package."""
        if self.country is None or self.country.known(year, now):
            return True
        vouched = self.known_until is not None and self.known_until >= date(year, 12, 31)
        return vouched or any(isinstance(when, Once) and when.day.year == year for when, _ in self.workdays)


@dataclass(slots=True)
class Schedule:
    """All editions of one calendar; called with a date, it gives its windows (`desk.calendars.Rules`)."""

    zone: str
    editions: tuple[Edition, ...]
    """In order; the first one since the first of all dates."""
    source: str
    """A canonical spelling of all that was written for it."""
    _years: dict[int, dict[date, Day]] = field(default_factory=dict)

    def __call__(self, day: date) -> Windows:
        return self.day(day).windows

    def day(self, day: date) -> Day:
        special = self._years.get(day.year)
        if special is None:
            # Two threads may both work it out; either result is right.
            special = self._years[day.year] = self._special(day.year)
        return special.get(day) or self.edition(day).plain(day)

    def edition(self, day: date) -> Edition:
        for one in reversed(self.editions):
            if one.since <= day:
                return one
        return self.editions[0]

    def in_force(self, year: int) -> Iterator[tuple[Edition, date]]:
        """The editions that rule any date of a year, each with the date on which it ends."""
        ends = [*(one.since for one in self.editions[1:]), date.max]
        for edition, until in zip(self.editions, ends, strict=True):
            if edition.since.year <= year and until > date(year, 1, 1):
                yield edition, until

    def known(self, year: int, now: int) -> bool:
        """Whether the days of the countries kept in a year are known in the year `now`; else some are expected only."""
        return all(edition.known(year, now) for edition, _ in self.in_force(year))

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of what this calendar means: what was written for it, and the days of its countries.

        The order in which things were written, their names and comments do not matter; a release of the `holidays`
        package matters if it moves a day.
        """
        spelt = [self.zone, self.source]
        for country in sorted({one.country for one in self.editions if one.country}, key=lambda one: one.name):
            for year in _DIGEST_YEARS:
                found = country.year(year)
                days = [*sorted(map(str, found.holidays)), "work:", *sorted(map(str, found.workdays))]
                spelt.append(f"{country.name} {year}: {' '.join(days)}")
        return sha256("\n".join(spelt).encode()).hexdigest()

    def overlaps(self) -> Iterator[str]:
        """The windows that overlap, in words; time is counted once, but somebody may have meant something else."""
        for edition in self.editions:
            since = "" if edition.since == date.min else f" from {edition.since}"
            for name, windows, before in zip(
                WEEKDAYS, edition.week, (edition.week[-1], *edition.week[:-1]), strict=True
            ):
                if _overlap([*windows, *(_tail(before))]):
                    yield f"hours.{name}{since}"
            for key, rows in (("half_days", edition.half_days), ("workdays", edition.workdays)):
                yield from (f"{key}.{when}{since}" for when, windows in rows if _overlap(windows))
            # Those that nobody wrote are a weekday's.
            if edition.country and edition.makeup_hours not in edition.week and _overlap(edition.makeup_hours):
                yield f"makeup_hours{since}"

    def _special(self, year: int) -> dict[date, Day]:
        """The dates of a year that are not as their weekday is."""
        found: dict[date, Day] = {}
        for edition, until in self.in_force(year):
            days = _special(edition, year, self.zone)
            found.update((day, what) for day, what in days.items() if edition.since <= day < until)
        return found


class DeskCalendar(Calendar):
    """A calendar of content/calendars.toml, which can also tell why a date is closed."""

    def __init__(self, name: str, schedule: Schedule) -> None:
        super().__init__(name, schedule.zone, schedule)
        self.schedule = schedule

    @property
    def digest(self) -> str:
        return self.schedule.digest


def _special(edition: Edition, year: int, zone: str) -> dict[date, Day]:
    """Weakest first: what comes later replaces what came before."""
    found: dict[date, Day] = {}
    for half, windows in edition.half_days:
        for day in half.dates(year):
            if edition.week[day.weekday()]:
                found[day] = Day(DayKind.half, windows)
    if edition.country is not None:
        known = edition.country.year(year)
        found.update((day, Day(DayKind.holiday, (), name)) for day, name in known.holidays.items())
        found.update((day, Day(DayKind.workday, edition.makeup_hours)) for day in known.workdays)
    # Events that close whole dates first, so that a timed one takes nothing away twice.
    closed = [one for file in edition.closures for one in file.within(year, zone)]
    for closure in (one for one in closed if one.whole):
        found.update((day, Day(DayKind.holiday, (), closure.name)) for day in _dates(closure, year))
    for when, name in edition.holidays:
        found.update((day, Day(DayKind.holiday, (), name)) for day in when.dates(year))
    _take_away([one for one in closed if not one.whole], edition, found, year)
    for when, windows in edition.workdays:
        found.update((day, Day(DayKind.workday, windows)) for day in when.dates(year))
    return found


def _dates(closure: Closure, year: int) -> Iterator[date]:
    day = max(closure.start.date(), date(year, 1, 1))
    while day <= date(year, 12, 31) and datetime.combine(day, datetime.min.time()) < closure.end:
        yield day
        day += timedelta(days=1)


def _take_away(closures: Sequence[Closure], edition: Edition, found: dict[date, Day], year: int) -> None:
    """Takes timed events out of the windows of the dates that they touch, and of the nights before."""
    for closure in closures:
        day = closure.start.date() - timedelta(days=1) if closure.start.date() > date.min else closure.start.date()
        while day <= closure.end.date():
            if day.year == year:
                before = found.get(day) or edition.plain(day)
                midnight = datetime.combine(day, datetime.min.time())
                start, end = ((at - midnight) // timedelta(seconds=1) for at in (closure.start, closure.end))
                left = _without(before.windows, start, end)
                if left != before.windows:
                    found[day] = Day(DayKind.half if left else DayKind.holiday, left, closure.name)
            day += timedelta(days=1)


def _without(windows: Windows, start: int, end: int) -> Windows:
    """The windows of a date without [start, end), in seconds from its midnight.

    What is left of the part after midnight keeps counting from the midnight before: (90000, 93600) is 01:00 to 02:00 of
    the next date, which still belongs to this one.
    """
    left = []
    for one in windows:
        first, last = one.start, one.end if one.end > one.start else one.end + DAY
        if last <= start or end <= first:
            left.append(one)
            continue
        left += [Window(*piece) for piece in ((first, start), (end, last)) if piece[0] < piece[1]]
    return tuple(left)


def _tail(windows: Windows) -> Windows:
    """What runs over midnight, as windows of the next date."""
    return tuple(Window(0, one.end) for one in windows if one.end <= one.start and one.end)


def _overlap(windows: Sequence[Window]) -> bool:
    spans = sorted((one.start, one.end if one.end > one.start else one.end + DAY) for one in windows)
    return any(second[0] < first[1] for first, second in pairwise(spans))


def around_the_clock() -> DeskCalendar:
    """The calendar that every desk has."""
    week = ((Window(0, DAY),),) * 7
    return DeskCalendar("24/7", Schedule("UTC", (Edition(date.min, week),), "24/7"))
