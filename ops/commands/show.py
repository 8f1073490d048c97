"""`postdesk show`: one ticket whole."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from models import views
from ops import unmask as unmasking
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, EX_FAILED, AsJson, Config, TicketNumber, new_command
from ops.output import print_json
from ops.tables import WIDE, left, letter_table, new_table, plain, when
from ops.ticket_number import ticket_number
from pipeline.settings import load

Row = Mapping[str, Any]
cli = new_command()


@cli.command()
def show(
    number: TicketNumber,
    config: Config = CONFIG,
    json_: AsJson = False,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show possible keys; the ticket records who did.")] = False,
    files: Annotated[
        Path | None, typer.Option("--files", metavar="DIR", help="Save its files there; the ticket records who did.")
    ] = None,
) -> None:
    settings = load(config)
    prefix = settings.desk.policy.prefix
    with open_to_look(settings.store) as store:
        known = ticket_number(number, prefix)
        found = None if known is None else store.run(views.ticket, prefix, known)
        if known is None or found is None:
            print(f"postdesk: there is no ticket {number}", file=sys.stderr)
            raise typer.Exit(EX_FAILED)
        if files is not None:
            unmasking.record(config, known, "files", utc_now())
            for path in unmasking.take_out(known, settings, store, files):
                print(path)
            return
        if unmask:
            unmasking.record(config, known, "possible keys", utc_now())
            again = store.run(views.ticket, prefix, known) or found
            found = unmasking.unmasked(again, settings, store)
    print_json(found) if json_ else print_ticket(found, Console(), utc_now())


def print_ticket(row: Row, console: Console, now: datetime) -> None:
    """One ticket whole, in the order in which things happened."""
    head = Table.grid(padding=(0, 2))
    for name, value in (
        ("Requester", f"{row['requester_name']} <{row['requester'] or 'unknown'}>"),
        ("Type", f"{row['category']} · {row['priority']} · queue {row['queue']}"),
        ("Status", f"{row['status']}{' · ' + row['assignee'] if row['assignee'] else ''}"),
        ("Opened", f"{datetime.fromisoformat(row['opened_at']).astimezone(UTC):%Y-%m-%d %H:%M} UTC"),
    ):
        head.add_row(Text(name, style="dim"), plain(value))
    for name, key in (("First answer", "first_reply"), ("Next answer", "next_reply"), ("Solved by", "resolve")):
        head.add_row(Text(name, style="dim"), left(row[f"{key}_due_at"], now))
    if row["snoozed_until_at"] is not None:
        head.add_row(Text("Put aside", style="dim"), Text("until ") + when(row["snoozed_until_at"]))
    if row["merged_into"] is not None:
        head.add_row(Text("Goes on in", style="dim"), plain(row["merged_into"]))
    for one in row["participants"]:
        if one["role"] != "requester":
            head.add_row(Text("Cc", style="dim"), plain(f"{one['address']} ({one['state']})"))
    console.print(Panel(head, title=plain(f"{row['tag']}  {row['subject']}"), title_align="left"))
    for one in row["messages"]:
        console.print(_message(one))
    console.print(_events(row["events"], console.width), "")
    console.print(letter_table(row["letters"], console.width))


def _message(row: Row) -> RenderableType:
    """The name is a claim and may be long, so what the reader needs stands before it."""
    kind = row["author"] if row["public"] else f"{row['author']} (internal)"
    title = f"{when(row['received_at'])} · {kind} · {row['proof']} · {row['address']} · {row['name']}"
    parts: list[RenderableType] = [plain(row["reply"] or "(no text)")]
    parts += [
        plain(f"📎 {one['safe_name']} · {one['content_type']} · {one['size']} bytes", "dim")
        for one in row["attachments"]
    ]
    return Panel(
        Group(*parts),
        title=plain(title),
        title_align="left",
        subtitle=plain(row["joined_by"]),
        subtitle_align="left",
    )


def _events(rows: Sequence[Row], width: int) -> Table:
    table = new_table("What happened", tight=width < WIDE)
    table.add_column("When (UTC)", no_wrap=True)
    table.add_column("What", no_wrap=True)
    table.add_column("Who", no_wrap=True, overflow="ellipsis", max_width=28 if width >= WIDE else 18)
    table.add_column("", overflow="fold", ratio=1)
    for row in rows:
        data = ", ".join(f"{name}={_brief(value)}" for name, value in row["data"].items())
        table.add_row(when(row["at"]), plain(row["kind"]), plain(row["actor"]), plain(data, "dim"))
    return table


def _brief(value: Any) -> str:
    return "; ".join(str(one) for one in value) if isinstance(value, list) else str(value)
