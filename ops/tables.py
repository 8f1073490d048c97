"""What tables for people are made of, and the two that several commands show: tickets and letters."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]
_STYLES = {"P1": "bold red", "P2": "yellow", "P3": "", "P4": "dim"}
WIDE, _WIDEST = 100, 120
"""From how many columns on there is room for a requester, and for a long one."""
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""A mail must not speak to the terminal, nor turn the direction of what stands around it."""


def left(due: str | None, now: datetime) -> Text:
    """How long until a deadline, counting down: "1h 04m", "late 12m 05s"; "–" for none."""
    if due is None:
        return Text("–", style="dim")
    span = datetime.fromisoformat(due) - now
    if span < timedelta():
        return Text(f"late {show_span(-span)}", style="bold red")
    return Text(show_span(span), style="yellow" if span < timedelta(minutes=15) else "green")


def show_span(span: timedelta) -> str:
    """Two units, as a clock that counts down needs them: "12m 05s", "1h 04m", "3d 4h"."""
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
    wide = width >= WIDE
    table = new_table(tight=not wide)
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


def new_table(title: str | None = None, *, expand: bool = True, tight: bool = False) -> Table:
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


def print_tickets(rows: Sequence[Row], console: Console, now: datetime) -> None:
    if not rows:
        console.print("no tickets")
        return
    console.print(ticket_table(rows, now, console.width))


def letter_table(rows: Sequence[Row], width: int) -> Table:
    """Letters with their delivery state; a narrow place shows neither their tickets nor how often they were tried."""
    wide = width >= WIDE
    table = new_table("Letters", tight=not wide)
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
