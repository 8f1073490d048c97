"""`postdesk calendar show`: a year of a calendar, as JSON and as a drawing."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from desk.calendar import zones
from desk.calendar.business_hours import Windows
from desk.calendar.schedule import Day, DayKind, DeskCalendar
from desk.calendar.tables import WEEKDAYS
from ops.calendars import calendar_named, desk_calendars, unknown
from ops.opening import utc_now
from ops.options import CONFIG, AsJson, Config, new_command
from ops.output import print_json, show_instant

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
# How a date is marked without colour, and in which colour besides.
_MARKS = {
    DayKind.open: (" ", ""),
    DayKind.closed: ("·", "dim"),
    DayKind.holiday: ("*", "red"),
    DayKind.half: ("-", "yellow"),
    DayKind.workday: ("+", "bold cyan"),
}
_LEGEND = "12 open  12· closed  12* holiday  12- other hours  12+ make-up  12~ clock jumps"
_ACROSS = 3
_WIDTH = 7 * 3
cli = new_command()


@cli.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A calendar of content/calendars.toml, or 24/7.")],
    year: Annotated[int | None, typer.Option(min=1970, max=2199, help="This year by default.")] = None,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    now = utc_now()
    calendar = calendar_named(desk_calendars(config, name), name)
    found = year_of(calendar, year or now.year, now)
    print_json(found) if json_ else show_year(found, Console())


def year_of(calendar: DeskCalendar, year: int, now: datetime) -> dict[str, Any]:
    """One year of a calendar; the keys stand in docs/json.md."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    open_seconds = dict.fromkeys(range(first.toordinal(), last.toordinal() + 1), 0)
    for piece in calendar.pieces(first, last):
        open_seconds[piece.day] += (piece.end - piece.start) // 1_000_000
    schedule = calendar.schedule
    days = [(date.fromordinal(ordinal), schedule.day(date.fromordinal(ordinal))) for ordinal in open_seconds]
    return {
        "name": calendar.name,
        "zone": calendar.zone,
        "digest": calendar.digest,
        "year": year,
        "known": schedule.known(year, now.year),
        "countries": sorted({edition.country.name for edition, _ in schedule.in_force(year) if edition.country}),
        "open_seconds": sum(open_seconds.values()),
        "months": [
            sum(seconds for day, seconds in open_seconds.items() if date.fromordinal(day).month == month)
            for month in range(1, 13)
        ],
        "editions": [
            {
                "from": None if edition.since == date.min else edition.since.isoformat(),
                "hours": {name: _spelt(windows) for name, windows in zip(WEEKDAYS, edition.week, strict=True)},
            }
            for edition, _ in schedule.in_force(year)
        ],
        "days": [_row(day, what, open_seconds[day.toordinal()]) for day, what in days],
        "clock_changes": list(_clock_changes(calendar.zone, year)),
    }


def _row(day: date, what: Day, seconds: int) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "kind": str(what.kind),
        "name": what.name,
        "windows": _spelt(what.windows),
        "open_seconds": seconds,
    }


def _spelt(windows: Windows) -> list[list[str]]:
    return [[_clock(one.start), _clock(one.end)] for one in sorted(windows)]


def _clock(seconds: int) -> str:
    """09:00; 24:00 is the end of the day, and 25:00 an hour later, on the next date."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")


def _clock_changes(zone: str, year: int) -> Iterator[dict[str, Any]]:
    """When the zone's wall clock jumps on a local date of the year."""
    place = zones.zone(zone)
    changes = [one for around in (year - 1, year, year + 1) for one in zones.offsets(zone, around)]
    for (_, before), (instant, after) in pairwise(changes):
        at = datetime.fromtimestamp(instant, UTC)
        # The date of the last moment before the jump.
        day = (at + timedelta(seconds=before - 1)).date()
        if before != after and day.year == year:
            yield {
                "date": day.isoformat(),
                "at": show_instant(at),
                "clock_before": f"{(at + timedelta(seconds=before)).replace(tzinfo=None):%H:%M:%S}",
                "clock_after": f"{at.astimezone(place):%H:%M:%S}",
            }


def show_year(found: Mapping[str, Any], console: Console) -> None:
    """Twelve months, three across: 69 columns, and nothing that only a colour tells."""
    worked = sum(1 for day in found["days"] if day["open_seconds"])
    title = f"{found['name']} · {found['zone']} · {found['year']}"
    total = f"open on {worked} days, {_hours(found['open_seconds'])}"
    _print(console, Text(title, style="bold"), Text(total))
    jumps = {change["date"] for change in found["clock_changes"]}
    months = [_month(found, month, jumps) for month in range(1, 13)]
    for start in range(0, 12, _ACROSS):
        _print(console, Text())
        block = months[start : start + _ACROSS]
        for parts in zip(*block, strict=True):
            row = Text("   ").join(parts)
            row.rstrip()
            _print(console, row)
    _print(console, Text(), Text(_LEGEND, style="dim"), *_hours_of_week(found), *_special_days(found))
    for change in found["clock_changes"]:
        line = f"{change['date']} {_weekday(change['date'])}  clock goes from {change['clock_before']}"
        _print(console, Text(f"{line} to {change['clock_after']}"))
    if not found["known"]:
        _print(console, Text(unknown(found["countries"], found["year"]), style="yellow"))


def _month(found: Mapping[str, Any], month: int, jumps: Collection[str]) -> list[Text]:
    """Eight lines of 21 columns: the name with its open time, the weekdays, six weeks."""
    name, hours = _MONTHS[month - 1], _hours(found["months"][month - 1])
    lines = [Text(f"{name}{hours:>{_WIDTH - len(name)}}", style="bold"), Text("Mo Tu We Th Fr Sa Su ", style="dim")]
    first = date(found["year"], month, 1)
    cells = [Text("   ")] * first.weekday()
    for row in found["days"]:
        if row["date"][5:7] == first.strftime("%m"):
            mark, style = _MARKS[DayKind(row["kind"])]
            if row["date"] in jumps and row["kind"] in (DayKind.open, DayKind.closed):
                mark = "~"
            cells.append(Text(f"{int(row['date'][8:]):2}{mark}", style=style))
    cells += [Text("   ")] * (42 - len(cells))
    return lines + [Text.assemble(*cells[week : week + 7]) for week in range(0, 42, 7)]


def _hours_of_week(found: Mapping[str, Any]) -> Iterator[Text]:
    for edition in found["editions"]:
        yield Text()
        yield Text("Hours" if edition["from"] is None else f"Hours from {edition['from']}", style="bold")
        # Weekdays of the same hours stand on one line.
        days = list(edition["hours"].items())
        start = 0
        for index in range(1, 8):
            if index == 7 or days[index][1] != days[start][1]:
                names = days[start][0] if index == start + 1 else f"{days[start][0]}–{days[index - 1][0]}"
                yield Text(f"{names:9}{_windows(days[start][1])}")
                start = index


def _special_days(found: Mapping[str, Any]) -> Iterator[Text]:
    special = [day for day in found["days"] if day["kind"] not in (DayKind.open, DayKind.closed)]
    if special or found["clock_changes"]:
        yield Text()
    for day in special:
        mark, style = _MARKS[DayKind(day["kind"])]
        words = {DayKind.holiday: "holiday", DayKind.half: "other hours", DayKind.workday: "make-up workday"}
        what = day["name"] or words[day["kind"]]
        hours = f"  {_windows(day['windows'])}" if day["windows"] else ""
        yield Text.assemble((f"{day['date']} {_weekday(day['date'])} {mark}", style), f" {what}{hours}")


def _windows(windows: Sequence[Sequence[str]]) -> str:
    return " ".join(f"{start}–{end}" for start, end in windows) or "closed"


def _weekday(day: str) -> str:
    return WEEKDAYS[date.fromisoformat(day).weekday()].capitalize()


def _hours(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes // 60} h {minutes % 60} m"


def _print(console: Console, *lines: Text) -> None:
    for line in lines:
        console.print(line, soft_wrap=True)
