"""`postdesk calendar list`: the calendars of the desk, and what is open now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.calendar.schedule import DeskCalendar
from ops.calendars import desk_calendars
from ops.opening import utc_now
from ops.options import CONFIG, AsJson, Config, new_command
from ops.output import print_json, show_instant

cli = new_command()


@cli.command()
def list_(config: Config = CONFIG, json_: AsJson = False) -> None:
    rows = listed(desk_calendars(config), utc_now())
    print_json(rows) if json_ else show(rows, Console())


def listed(calendars: Mapping[str, DeskCalendar], now: datetime) -> list[dict[str, Any]]:
    """Every calendar with what is open now; the keys stand in docs/json.md."""
    return [
        {
            "name": name,
            "zone": one.zone,
            "countries": sorted({edition.country.name for edition in one.schedule.editions if edition.country}),
            "digest": one.digest,
            "open": one.is_open(now),
            "next_open_at": show_instant(one.next_open(now)),
        }
        for name, one in calendars.items()
    ]


def show(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("calendar", "zone", "holidays", "now"):
        table.add_column(heading)
    for row in rows:
        opens = f"opens {row['next_open_at']}" if row["next_open_at"] else "never opens"
        table.add_row(
            Text(row["name"]), row["zone"], ", ".join(row["countries"]) or "own", "open" if row["open"] else opens
        )
    console.print(table)
