"""Tables for people: tickets, one ticket, letters, the state of all queues."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]
_STYLES = {"P1": "bold red", "P2": "yellow", "P3": "", "P4": "dim"}


def left(due: str | None, now: datetime) -> Text:
    """How long until a deadline, counting down: "1h 04m", "overdue 12m"; "–" for none."""
    if due is None:
        return Text("–", style="dim")
    span = datetime.fromisoformat(due) - now
    if span < timedelta():
        return Text(f"overdue {_span(-span)}", style="bold red")
    return Text(_span(span), style="yellow" if span < timedelta(minutes=15) else "green")


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    if seconds < 48 * 3600:
        return f"{seconds // 3600}h {seconds % 3600 // 60:02}m"
    return f"{seconds // 86400}d {seconds % 86400 // 3600}h"


def ticket_table(rows: Sequence[Row], now: datetime, title: str | None = None) -> Table:
    """The list of tickets with the first-response deadline counting down."""
    table = Table(title=title, title_justify="left", header_style="dim", expand=True, box=None, pad_edge=False)
    for name in ("Ticket", "Pri", "Type", "Status"):
        table.add_column(name, no_wrap=True)
    table.add_column("Requester", no_wrap=True, overflow="ellipsis", max_width=28)
    table.add_column("Subject", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("First answer due", no_wrap=True)
    for row in rows:
        answered = row["first_reply_due_at"] is None and row["status"] not in ("new",)
        table.add_row(
            Text(row["tag"], style="bold"),
            Text(row["priority"], style=_STYLES.get(row["priority"], "")),
            row["category"],
            row["status"],
            Text(row["requester"] or "unknown"),
            Text(row["subject"] or "(no subject)"),
            Text("answered", style="dim") if answered else left(row["first_reply_due_at"], now),
        )
    return table


def tickets(rows: Sequence[Row], console: Console, now: datetime) -> None:
    if not rows:
        console.print("no tickets")
        return
    console.print(ticket_table(rows, now))


def ticket(row: Row, console: Console, now: datetime) -> None:
    """One ticket whole, in the order in which things happened."""
    head = Table.grid(padding=(0, 2))
    for name, value in (
        ("Requester", f"{row['requester_name']} <{row['requester'] or 'unknown'}>"),
        ("Type", f"{row['category']} · {row['priority']} · queue {row['queue']}"),
        ("Status", f"{row['status']}{' · ' + row['assignee'] if row['assignee'] else ''}"),
        ("Opened", row["opened_at"]),
    ):
        head.add_row(Text(name, style="dim"), Text(value))
    for name, key in (("First answer", "first_reply"), ("Next answer", "next_reply"), ("Solved by", "resolve")):
        head.add_row(Text(name, style="dim"), left(row[f"{key}_due_at"], now))
    for one in row["participants"]:
        if one["role"] != "requester":
            head.add_row(Text("Cc", style="dim"), Text(f"{one['address']} ({one['state']})"))
    console.print(Panel(head, title=f"{row['tag']}  {row['subject']}", title_align="left"))
    for one in row["messages"]:
        console.print(_message(one))
    console.print(_events(row["events"]), "")
    console.print(letter_table(row["letters"]))


def _message(row: Row) -> RenderableType:
    kind = row["author"] if row["public"] else f"{row['author']} (internal)"
    title = f"{kind} · {row['name']} <{row['address']}> · {row['proof']} · {row['received_at']}"
    parts: list[RenderableType] = [Text(row["reply"] or "(no text)")]
    parts += [
        Text(f"📎 {one['safe_name']} · {one['content_type']} · {one['size']} bytes", style="dim")
        for one in row["attachments"]
    ]
    return Panel(Group(*parts), title=title, title_align="left", subtitle=row["joined_by"], subtitle_align="left")


def _events(rows: Sequence[Row]) -> Table:
    table = Table(title="What happened", title_justify="left", header_style="dim", box=None, pad_edge=False)
    for name in ("When", "What", "Who", ""):
        table.add_column(name)
    for row in rows:
        data = ", ".join(f"{name}={_brief(value)}" for name, value in row["data"].items())
        table.add_row(row["at"], row["kind"], Text(row["actor"]), Text(data, style="dim"))
    return table


def _brief(value: Any) -> str:
    return "; ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def letter_table(rows: Sequence[Row]) -> Table:
    """Letters with their delivery state."""
    table = Table(title="Letters", title_justify="left", header_style="dim", box=None, pad_edge=False)
    for name in ("Id", "Kind", "To", "State", "When", "Tries", "Last words"):
        table.add_column(name, overflow="fold")
    colours = {"sent": "green", "failed": "bold red", "bounced": "bold red", "unknown": "yellow", "held": "yellow"}
    for row in rows:
        table.add_row(
            str(row["id"]),
            row["kind"],
            Text(row["recipient"]),
            Text(row["state"], style=colours.get(row["state"], "")),
            row["sent_at"] or row["created_at"],
            str(row["tries"]),
            Text(row["reason"], style="dim"),
        )
    return table


def letters(rows: Sequence[Row], console: Console) -> None:
    console.print(letter_table(rows) if rows else "no letters")


def parked(rows: Sequence[Row], console: Console) -> None:
    if not rows:
        console.print("nothing is parked or held")
        return
    table = Table(header_style="dim", box=None, pad_edge=False)
    for name in ("Id", "State", "Mailbox", "Kept", "Tries", "Why"):
        table.add_column(name, overflow="fold")
    for row in rows:
        why = Text(row["reason"])
        table.add_row(str(row["inbox"]), row["state"], row["mailbox"], row["received_at"], str(row["tries"]), why)
    console.print(table, "After mending what stopped them: postdesk replay ID")


def status(found: Row, console: Console) -> None:
    table = Table(header_style="dim", box=None, pad_edge=False)
    for name in ("", "State", "Count", "Oldest"):
        table.add_column(name)
    for group in ("inbox", "letters", "tickets"):
        for state, row in found[group].items():
            table.add_row(group, state, str(row["count"]), _age(row["oldest_seconds"]))
    unfiled = found["unfiled"]
    table.add_row("inbox", "not filed away", str(unfiled["count"]), _age(unfiled["oldest_seconds"]))
    table.add_row("tickets", "promises missed", str(found["breaches"]), "")
    for lease in found["leases"]:
        table.add_row("lease", lease["name"], lease["holder"], f"until {lease['until_at']}")
    console.print(table)


def _age(seconds: int | None) -> str:
    return "" if seconds is None else _span(timedelta(seconds=seconds))
