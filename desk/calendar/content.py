"""One table of content/calendars.toml, checked and made a calendar. docs/clock.md shows every key with an example.

[berlin]
zone = "Europe/Berlin"
country = "DE"
subdivision = "BE"
hours = { mon-thu = [["09:00", "12:00"], ["13:00", "18:00"]], fri = [["09:00", "16:00"]] }
half_days = { "12-24" = [["09:00", "12:00"]] }

[[berlin.change]]
from = 2027-01-01
hours = { mon-fri = [["08:00", "17:00"]] }
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from desk.calendar import zones
from desk.calendar.business_hours import Windows
from desk.calendar.closures import Closures, read_closures
from desk.calendar.countries import Country
from desk.calendar.schedule import DeskCalendar, Edition, Schedule
from desk.calendar.tables import WEEKDAYS, read_date, read_windows
from desk.calendar.yearly import When, read_when

CHANGEABLE = (
    "hours", "holidays", "half_days", "workdays", "country", "subdivision", "makeup_hours", "ical", "known_until"
)  # fmt: skip
KEYS = ("zone", *CHANGEABLE, "change")

Files = Callable[[str], bytes]
"""Gives the content of a file named in a table; raises ValueError with the remedy."""


def read_desk_calendar(name: str, table: Any, files: Files) -> DeskCalendar:
    """The calendar of one table. Countries are not looked up yet: see `Country.verify`.

    Raises ValueError naming the key and the remedy.
    """
    rows = _table("the calendar", table)
    _only(rows, KEYS, "")
    zone = rows.get("zone")
    if not isinstance(zone, str):
        raise ValueError("zone: is missing; write an IANA time zone such as Asia/Shanghai")
    try:
        zones.zone(zone)
    except ValueError as error:
        raise ValueError(f"zone: {error}") from None
    written = {key: rows[key] for key in CHANGEABLE if key in rows}
    editions = [_edition("", date.min, written, files)]
    sources = [_source(editions[0], written, files)]
    changes = rows.get("change", [])
    if not isinstance(changes, list):
        raise ValueError(f"change: write [[{name}.change]] with two brackets: there may be several")
    for number, change in enumerate(changes, 1):
        where = f"change {number}: "
        after = _table(f"change {number}", change)
        if "zone" in after:
            raise ValueError(
                f"{where}zone: a calendar keeps its zone; write a second calendar and let the policy name it"
            )
        _only(after, ("from", *CHANGEABLE), where)
        if "from" not in after:
            raise ValueError(f"{where}from: is missing; write the first local date it holds for, such as 2027-01-01")
        since = read_date(f"{where}from", after["from"])
        if since <= editions[-1].since:
            raise ValueError(f"{where}from: {since} is not after the change before it; write them in order")
        # What a change does not name goes on as before.
        written = {**written, **{key: value for key, value in after.items() if key != "from"}}
        editions.append(_edition(where, since, written, files))
        sources.append(_source(editions[-1], written, files))
    return DeskCalendar(name, Schedule(zone, tuple(editions), "\n".join(sources)))


def _edition(where: str, since: date, written: Mapping[str, Any], files: Files) -> Edition:
    week = _week(f"{where}hours", written.get("hours", {}))
    country = _country(where, written)
    makeup = written.get("makeup_hours")
    if makeup is not None and country is None:
        raise ValueError(f"{where}makeup_hours: there is no country whose make-up workdays they are for")
    first_open = next((windows for windows in week if windows), ())
    known_until = written.get("known_until")
    return Edition(
        since,
        week,
        tuple(_named(f"{where}holidays", written.get("holidays", []))),
        tuple(_windows_by_day(f"{where}half_days", written.get("half_days", {}))),
        tuple(_windows_by_day(f"{where}workdays", written.get("workdays", {}))),
        country,
        first_open if makeup is None else read_windows(f"{where}makeup_hours", makeup),
        tuple(_closures(where, name, files) for name in _names(where, written)),
        None if known_until is None else read_date(f"{where}known_until", known_until),
    )


def _week(where: str, value: Any) -> tuple[Windows, ...]:
    """`mon`, or several weekdays at once: `mon-fri`, `fri-mon`; each weekday once."""
    week: dict[int, Windows] = {}
    for key, windows in _table(where, value).items():
        first, dash, last = str(key).partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS or (dash and not last):
            raise ValueError(f"{where}: {key!r} is not a weekday; write {', '.join(WEEKDAYS)}, or mon-fri")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        read = read_windows(f"{where}.{key}", windows)
        for day in range(start, start + (end - start) % 7 + 1):
            if day % 7 in week:
                raise ValueError(f"{where}: {WEEKDAYS[day % 7]} stands twice; name every weekday once")
            week[day % 7] = read
    return tuple(week.get(day, ()) for day in range(7))


def _named(where: str, value: Any) -> list[tuple[When, str]]:
    """A list of dates and rules, or a table of them with names."""
    if isinstance(value, Mapping):
        for key, name in value.items():
            if not isinstance(name, str):
                raise ValueError(f'{where}.{key}: {name!r} is not a name; write "12-25" = "Christmas Day"')
        return [(read_when(where, key), name) for key, name in value.items()]
    if not isinstance(value, list):
        raise ValueError(f'{where}: write a list such as [2026-04-03, "12-25", "easter+1"]')
    return [(read_when(where, one), "") for one in value]


def _windows_by_day(where: str, value: Any) -> list[tuple[When, Windows]]:
    return [
        (read_when(where, key), read_windows(f"{where}.{key}", windows))
        for key, windows in _table(where, value).items()
    ]


def _country(where: str, written: Mapping[str, Any]) -> Country | None:
    code, subdivision = written.get("country", ""), written.get("subdivision", "")
    for key, value in (("country", code), ("subdivision", subdivision)):
        if not isinstance(value, str):
            raise ValueError(f"{where}{key}: {value!r} is not a code; write it in quotes")
    if not code:
        if subdivision:
            raise ValueError(f"{where}subdivision: there is no country that it is a part of")
        return None
    try:
        return Country(code, subdivision or None)
    except ValueError as error:
        raise ValueError(f"{where}{error}") from None


def _names(where: str, written: Mapping[str, Any]) -> list[str]:
    value = written.get("ical", [])
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(one, str) and one for one in names):
        raise ValueError(
            f'{where}ical: write the name of a file beside this one, such as "closed.ics", or a list of them'
        )
    return names


def _closures(where: str, name: str, files: Files) -> Closures:
    try:
        return read_closures(files(name))
    except ValueError as error:
        raise ValueError(f"{where}ical: {name}: {error}") from None


def _source(edition: Edition, written: Mapping[str, Any], files: Files) -> str:
    """The same text for the same meaning, however it was written."""
    return json.dumps(
        {
            "since": str(edition.since),
            "week": [sorted(windows) for windows in edition.week],
            "holidays": sorted({str(when) for when, _ in edition.holidays}),
            "half_days": sorted((str(when), sorted(windows)) for when, windows in edition.half_days),
            "workdays": sorted((str(when), sorted(windows)) for when, windows in edition.workdays),
            "country": edition.country.name if edition.country else None,
            "makeup_hours": sorted(edition.makeup_hours) if edition.country else [],
            "ical": sorted(sha256(files(name)).hexdigest() for name in _names("", written)),
        }
    )


def _table(where: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: is not a table")
    return value


def _only(rows: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    unknown = sorted(set(rows) - set(keys))
    if unknown:
        raise ValueError(f"{where}unknown key {unknown[0]!r}; there are {', '.join(keys)}")
