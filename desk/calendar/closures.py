"""An iCalendar file as times in which a desk is closed (RFC 5545): all-day events close dates, timed ones their hours.

Every VEVENT counts, also a TRANSPARENT one (feeds of holidays mark theirs so); a CANCELLED one does not.
`icalendar` reads the file and `dateutil` the recurrence rules; both are imported only where a file is read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from desk.calendar import zones

if TYPE_CHECKING:
    from dateutil.rrule import rrule, rruleset

_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_DAY = timedelta(days=1)


class Closure(NamedTuple):
    """Closed from one wall-clock time to another, in the calendar's zone."""

    start: datetime
    end: datetime
    name: str
    whole: bool
    """Whole dates, from midnight to midnight."""


@dataclass(frozen=True, slots=True)
class _Event:
    """One VEVENT, with its starts as wall-clock times of its own zone."""

    name: str
    start: datetime
    length: timedelta
    zone: tzinfo | None
    """None floats: the wall clock of whoever looks (RFC 5545 §3.3.5)."""
    whole: bool
    rule: "rrule | rruleset | None"
    extra: tuple[datetime, ...] = ()
    except_: frozenset[datetime] = field(default_factory=frozenset)

    def starts(self, first: datetime, last: datetime) -> Iterator[datetime]:
        found = {self.start, *self.extra}
        if self.rule is not None:
            found.update(self.rule.between(first, last, inc=True))
        yield from sorted(one for one in found - self.except_ if first <= one <= last)


@dataclass(frozen=True, slots=True)
class Closures:
    """The events of one file."""

    events: tuple[_Event, ...]

    def within(self, year: int, zone: str) -> Iterator[Closure]:
        """What closes any part of a year of the calendar's zone."""
        place = zones.zone(zone)
        begin, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)  # noqa: DTZ001 (wall clocks)
        for event in self.events:
            # No two zones are more than 26 hours apart.
            for start in event.starts(begin - event.length - 2 * _DAY, end + 2 * _DAY):
                stop = start + event.length
                if event.zone is not None:
                    # The length of a timed event is elapsed time, its start a wall clock (RFC 5545 §3.8.5.3).
                    at = start.replace(tzinfo=event.zone).astimezone(place)
                    stop = (at.astimezone(zones.zone("UTC")) + event.length).astimezone(place).replace(tzinfo=None)
                    start = at.replace(tzinfo=None)
                if start < end and stop > begin and start < stop:
                    yield Closure(start, stop, event.name, event.whole)


def read_closures(content: bytes) -> Closures:
    """Raises ValueError with the remedy for what is not an iCalendar file, or holds an event that cannot be read."""
    from icalendar import Calendar

    try:
        found = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError) as error:
        raise ValueError(f"is not an iCalendar file ({error}); export it again") from None
    events = [one for one in found.walk("VEVENT") if str(one.get("STATUS", "")).upper() != "CANCELLED"]
    moved: dict[str, list[Any]] = {}
    for event in found.walk("VEVENT"):
        if "RECURRENCE-ID" in event:
            moved.setdefault(str(event.get("UID", "")), []).append(event["RECURRENCE-ID"])
    return Closures(tuple(_event(one, moved.get(str(one.get("UID", "")), [])) for one in events))


def _event(event: Any, moved: list[Any]) -> _Event:
    """One VEVENT; `moved` are the RECURRENCE-IDs under its UID, each of which replaces one of its occurrences."""
    name = " ".join(str(event.get("SUMMARY", "")).split()) or "closed"
    try:
        if event.errors:
            raise ValueError("; ".join(f"{key}: {why}" for key, why in event.errors))
        first = event["DTSTART"].dt
        whole = not isinstance(first, datetime)
        zone = None if whole else _zone(first.tzinfo)
        start = _wall(first, zone)
        again = "RRULE" in event and "RECURRENCE-ID" not in event
        return _Event(
            name,
            start,
            _length(event, first),
            zone,
            whole,
            _rule(event["RRULE"], start, zone) if again else None,
            tuple(_wall(one, zone) for one in _moments(event.get("RDATE"))),
            frozenset(_wall(one, zone) for one in _moments(event.get("EXDATE")))
            | (frozenset() if "RECURRENCE-ID" in event else frozenset(_wall(one.dt, zone) for one in moved)),
        )
    except KeyError as error:
        raise ValueError(f"the event {name!r} has no {error.args[0]}; correct or remove it") from None
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"the event {name!r} cannot be read ({error}); correct or remove it") from None


def _zone(found: tzinfo | None) -> tzinfo | None:
    """The same zone from the locked data; one that the file itself defines is taken from there."""
    key = getattr(found, "key", None)
    return found if key is None else zones.zone(key)


def _wall(at: date | datetime, zone: tzinfo | None) -> datetime:
    """The wall clock of an event's own zone."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time())
    return (at.astimezone(zone) if at.tzinfo is not None and zone is not None else at).replace(tzinfo=None)


def _length(event: Any, start: date | datetime) -> timedelta:
    if "DTEND" in event:
        length: timedelta = event["DTEND"].dt - start
    elif "DURATION" in event:
        length = event["DURATION"].dt
    else:
        # RFC 5545 §3.6.1: one day, or no time at all.
        length = timedelta() if isinstance(start, datetime) else _DAY
    if length < timedelta():
        raise ValueError("it ends before it starts")
    return length


def _moments(lists: Any) -> Iterator[date | datetime]:
    """The values of RDATE or EXDATE, which may stand in one property or in several; of periods, their starts."""
    several: Iterable[Any] = lists if isinstance(lists, list) else [] if lists is None else [lists]
    for one in several:
        for moment in one.dts:
            yield moment.dt[0] if isinstance(moment.dt, tuple) else moment.dt


def _rule(found: Any, start: datetime, zone: tzinfo | None) -> "rrule | rruleset":
    from dateutil.rrule import rrulestr

    if isinstance(found, list):
        raise ValueError("it has two RRULEs")
    parts = dict(found)
    if str(parts.get("FREQ", [""])[0]) not in _FREQUENCIES:
        raise ValueError(f"its RRULE is not one of {', '.join(_FREQUENCIES)}")
    if any(int(one) < 1 for one in parts.get("INTERVAL", [1])):
        raise ValueError("its RRULE has an INTERVAL below 1")
    text = found.to_ical().decode()
    until = [_wall(one, zone) for one in parts.get("UNTIL", [])]
    if until:
        # An UNTIL in UTC means a wall clock of the event's zone here, as its start does.
        kept = [one for one in text.split(";") if not one.startswith("UNTIL=")]
        text = ";".join([*kept, f"UNTIL={until[0]:%Y%m%dT%H%M%S}"])
    return rrulestr(text, dtstart=start, cache=True)
