"""Tables for people: tickets, one ticket, letters, the state of all queues."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]
_STYLES = {"P1": "bold red", "P2": "yellow", "P3": "", "P4": "dim"}
_WIDE, _WIDEST = 100, 120
"""From how many columns on there is room for a requester, and for a long one."""
_ADVICE = {
    "held": "held: refused as an agent's mail. Once you have looked: postdesk parked drop ID",
    "parked": "parked: could not be read. Mend what stopped it, then: postdesk replay ID",
}
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""A mail must not speak to the terminal, nor turn the direction of what stands around it."""


def left(due: str | None, now: datetime) -> Text:
    """How long until a deadline, counting down: "1h 04m", "late 12m 05s"; "–" for none."""
    if due is None:
        return Text("–", style="dim")
    span = datetime.fromisoformat(due) - now
    if span < timedelta():
        return Text(f"late {_span(-span)}", style="bold red")
    return Text(_span(span), style="yellow" if span < timedelta(minutes=15) else "green")


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    if seconds < 48 * 3600:
        return f"{seconds // 3600}h {seconds % 3600 // 60:02}m"
    return f"{seconds // 86400}d {seconds % 86400 // 3600}h"


def when(instant: str | None) -> Text:
    """An instant of the views, in UTC, as short as a column needs it: "11-21 01:46"; "–" for none."""
    if instant is None:
        return Text("–", style="dim")
    return Text(f"{datetime.fromisoformat(instant).astimezone(UTC):%m-%d %H:%M}")


def plain(value: object, style: str = "") -> Text:
    """What somebody wrote, as nothing but characters: no markup of Rich, no speech to the terminal."""
    return Text(CONTROLS.sub("\ufffd", str(value)), style=style)


def ticket_table(rows: Sequence[Row], now: datetime, width: int) -> Table:
    """The list of tickets with the first-response deadline counting down, for a place of `width` columns.

    A narrow place shows no requester, and cuts long categories, so that subjects stay readable.
    """
    wide = width >= _WIDE
    table = _table(tight=not wide)
    table.add_column("Ticket", no_wrap=True, min_width=9)
    table.add_column("Pri", no_wrap=True, min_width=3)
    table.add_column("Type", no_wrap=True, overflow="ellipsis", max_width=24 if wide else 13)
    table.add_column("Status", no_wrap=True, min_width=6)
    if wide:
        table.add_column("Requester", no_wrap=True, overflow="ellipsis", max_width=28 if width >= _WIDEST else 18)
    table.add_column("Subject", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("Answer due", no_wrap=True, min_width=10)
    for row in rows:
        due = row["first_reply_due_at"] or row["next_reply_due_at"]
        answered = due is None and row["status"] not in ("new",)
        cells = [
            plain(row["tag"], "bold"),
            plain(row["priority"], _STYLES.get(row["priority"], "")),
            plain(row["category"]),
            plain(row["status"]),
            plain(row["requester"] or "unknown"),
            plain(row["subject"] or "(no subject)"),
            Text("answered", style="dim") if answered else left(due, now),
        ]
        table.add_row(*(cells if wide else cells[:4] + cells[5:]))
    return table


def _table(title: str | None = None, *, expand: bool = True, tight: bool = False) -> Table:
    """With one column between two of a tight one, else two."""
    return Table(
        title=title,
        title_justify="left",
        header_style="dim",
        expand=expand,
        box=None,
        pad_edge=False,
        collapse_padding=tight,
    )


def tickets(rows: Sequence[Row], console: Console, now: datetime) -> None:
    if not rows:
        console.print("no tickets")
        return
    console.print(ticket_table(rows, now, console.width))


def ticket(row: Row, console: Console, now: datetime) -> None:
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
    table = _table("What happened", tight=width < _WIDE)
    table.add_column("When (UTC)", no_wrap=True)
    table.add_column("What", no_wrap=True)
    table.add_column("Who", no_wrap=True, overflow="ellipsis", max_width=28 if width >= _WIDE else 18)
    table.add_column("", overflow="fold", ratio=1)
    for row in rows:
        data = ", ".join(f"{name}={_brief(value)}" for name, value in row["data"].items())
        table.add_row(when(row["at"]), plain(row["kind"]), plain(row["actor"]), plain(data, "dim"))
    return table


def _brief(value: Any) -> str:
    return "; ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def letter_table(rows: Sequence[Row], width: int) -> Table:
    """Letters with their delivery state; a narrow place shows neither their tickets nor how often they were tried."""
    wide = width >= _WIDE
    table = _table("Letters", tight=not wide)
    more = [] if not wide else ["Ticket", "Tries"] if any("ticket" in row for row in rows) else ["Tries"]
    for name in ("Id", "Kind", "State", "When (UTC)", *more):
        table.add_column(name, no_wrap=True)
    table.add_column("To", no_wrap=True, overflow="ellipsis", max_width=28 if wide else 22)
    table.add_column("Last words", overflow="fold", ratio=1)
    colours = {"sent": "green", "failed": "bold red", "bounced": "bold red", "unknown": "yellow", "held": "yellow"}
    for row in rows:
        words = plain(row["reason"], "dim")
        if row["state"] == "sent":
            # Nobody has to act on these: one line, so that the others stand out.
            words.no_wrap, words.overflow = True, "ellipsis"
        table.add_row(
            str(row["id"]),
            plain(row["kind"]),
            plain(row["state"], colours.get(row["state"], "")),
            when(row["sent_at"] or row["created_at"]),
            *(plain(row[name.lower()] or ("" if name == "Ticket" else 0)) for name in more),
            plain(row["recipient"]),
            words,
        )
    return table


def letters(rows: Sequence[Row], console: Console) -> None:
    console.print(letter_table(rows, console.width) if rows else "no letters")


def parked(rows: Sequence[Row], console: Console) -> None:
    """The mails that wait for a person, and what that person can do about those of each state."""
    if not rows:
        console.print("nothing is parked or held")
        return
    table = _table()
    for name in ("Id", "State", "Kept (UTC)", "Tries"):
        table.add_column(name, no_wrap=True)
    table.add_column("Mailbox", no_wrap=True, overflow="ellipsis", max_width=16)
    table.add_column("Why", overflow="fold", ratio=1)
    for row in rows:
        table.add_row(
            str(row["inbox"]),
            plain(row["state"]),
            when(row["received_at"]),
            str(row["tries"]),
            plain(row["mailbox"]),
            plain(row["reason"]),
        )
    console.print(table, "")
    states = {row["state"] for row in rows}
    for state, advice in _ADVICE.items():
        if state in states:
            console.print(advice, highlight=False)


def status(found: Row, console: Console) -> None:
    table = _table(expand=False)
    for name in ("", "State", "Count", "Oldest"):
        table.add_column(name, no_wrap=True)
    for group in ("inbox", "letters", "tickets"):
        for state, row in found[group].items():
            table.add_row(group, state, str(row["count"]), _age(row["oldest_seconds"]))
    unfiled = found["unfiled"]
    table.add_row("inbox", "not filed away", str(unfiled["count"]), _age(unfiled["oldest_seconds"]))
    table.add_row("tickets", "promises missed", str(found["breaches"]), "")
    console.print(table)
    if found["leases"]:
        console.print("", _leases(found["leases"]))


def _leases(rows: Sequence[Row]) -> Table:
    """Who holds what. The lease by which a worker shows that it lives is named after that worker: once is enough."""
    table = _table(expand=False)
    table.add_column("Lease", no_wrap=True)
    table.add_column("Until (UTC)", no_wrap=True)
    table.add_column("Holder", overflow="fold")
    for row in rows:
        name = str(row["name"]).removesuffix(str(row["holder"])).strip()
        table.add_row(plain(name), when(row["until_at"]), plain(row["holder"]))
    return table


def _age(seconds: int | None) -> str:
    return "" if seconds is None else _span(timedelta(seconds=seconds))
