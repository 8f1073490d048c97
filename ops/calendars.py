"""The calendars of a desk, as several commands need them: found, named, and doubted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from desk.calendar.business_hours import Calendar
from desk.calendar.schedule import DeskCalendar
from desk.errors import ConfigError
from ops.options import CONFIG
from pipeline.calendar_files import NAME, load_calendars
from pipeline.content_folder import content_of, shipped_content

# `check` looks so far ahead for holidays that are not known yet.
_AHEAD = timedelta(days=90)
OneCalendar = TypeVar("OneCalendar", bound=Calendar)


def desk_calendars(config: Path, name: str | None = None) -> Mapping[str, DeskCalendar]:
    """Those of the desk; those that Postdesk ships where nobody named a config.toml and none is here.

    Countries are looked up for the named one only, or for all.
    """
    content = shipped_content() if config == CONFIG and not config.exists() else content_of(config)
    return load_calendars(content / NAME, None if name is None else {name})


def calendar_named(calendars: Mapping[str, OneCalendar], name: str) -> OneCalendar:
    """Raises ConfigError for a name that no calendar has."""
    found = calendars.get(name)
    if found is None:
        raise ConfigError(f"there is no calendar {name!r}; there are {', '.join(calendars)}")
    return found


def doubts(calendars: Mapping[str, DeskCalendar], used: Collection[str], now: datetime) -> Iterator[str]:
    """What somebody should look at, one line each; `used` are the calendars that the policy names."""
    # The one that is always there need not be used.
    unused = [name for name in calendars if name not in used and name != "24/7"]
    if unused:
        yield f"{', '.join(unused)}: no policy names this; name it in config.toml, or remove it"
    for name, one in calendars.items():
        if name not in used:
            continue
        for year in sorted({now.year, (now + _AHEAD).year}):
            if not one.schedule.known(year, now.year):
                countries = sorted(
                    {edition.country.name for edition, _ in one.schedule.in_force(year) if edition.country}
                )
                yield f"{name}: {unknown(countries, year)}"
        for where in one.schedule.overlaps():
            yield f"{name}: {where}: windows overlap; their time counts once"
        if one.next_open(now) is None:
            yield f"{name}: is not open at any time in the next 400 days, so no deadline can be named; give it hours"


def unknown(countries: Sequence[str], year: int) -> str:
    what = f"{', '.join(countries)}: what was announced for {year} is not known here, only what the law lets expect"
    return f"{what}; take a newer Postdesk, or write its workdays and holidays and known_until = {year}-12-31"
