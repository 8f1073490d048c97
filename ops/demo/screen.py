"""What a person sees of the demo: a live table on a terminal, plain lines everywhere else."""

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from desk.errors import StoreError
from models import views
from ops import tables
from ops.demo.stage import Stage

PREFIX = "PD"
_TURN = 0.2
_LINES = 9
_FRAME = 4
"""Columns that the panel around the picture takes."""
_STYLES = {"in": "cyan", "out": "green", "agent": "magenta", "ok": "green", "FAIL": "bold red", "": "dim"}


class Screen:
    """The picture of the desk, and the story told below it. Everything on it comes from the database, by reading."""

    def __init__(self, stage: Stage, console: Console, *, live: bool) -> None:
        self._stage, self._console = stage, console
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop") if live else None
        self._begun = time.monotonic()
        self._lines: deque[Text] = deque(maxlen=_LINES)
        self._seen: set[str] = set()
        self.tickets: list[dict[str, Any]] = []
        self.letters: list[dict[str, Any]] = []
        self.status: dict[str, Any] = {"inbox": {}, "letters": {}}
        # What an earlier run has left is no news.
        self._look()
        self._seen.update(key for key, _, _ in self._news())

    def __enter__(self) -> "Screen":
        if self._live is not None:
            self._live.start()
            self.turn()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self.turn()
            self._live.stop()

    @property
    def seconds(self) -> float:
        """Since the curtain rose."""
        return time.monotonic() - self._begun

    def say(self, kind: str, text: str) -> None:
        """One line of the story; `kind` is in, out, agent, or "" for what the desk does by itself."""
        line = Text.assemble((f"{self.seconds:5.1f}s  ", "dim"), (text, _STYLES[kind]), overflow="ellipsis")
        line.no_wrap = self._live is not None
        self._lines.append(line)
        if self._live is None:
            self._console.print(line, soft_wrap=True)
        else:
            self._live.update(self.picture(), refresh=True)

    def turn(self) -> None:
        """Looks at the desk and shows it."""
        self._look()
        for key, kind, text in self._news():
            if key not in self._seen:
                self._seen.add(key)
                self.say(kind, text)
        if self._live is not None:
            self._live.update(self.picture(), refresh=True)

    def pause(self, seconds: float) -> None:
        """Time for people to watch."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()
            self._stage.check_alive()
            time.sleep(_TURN)

    def until(self, what: Callable[[], Any], seconds: float) -> Any:
        """The first true value of `what`; its last false one when these seconds have passed."""
        end = time.monotonic() + seconds
        while True:
            self.turn()
            self._stage.check_alive()
            value = what()
            if value or time.monotonic() > end:
                return value
            time.sleep(_TURN)

    def count(self, group: str, *states: str) -> int:
        """How many mails (inbox) or letters are in these states."""
        return sum(self.status[group].get(state, {"count": 0})["count"] for state in states)

    def _look(self) -> None:
        def look(session: Any) -> tuple[Any, Any, Any]:
            now = datetime.now(UTC)
            return views.tickets(session, PREFIX), views.letters(session, PREFIX, []), views.status(session, now)

        try:
            self.tickets, self.letters, self.status = self._stage.store.run(look)
        except StoreError:
            # The daemon is writing; the next look is a moment away.
            return

    def _news(self) -> list[tuple[str, str, str]]:
        """(key, kind, line) of all that the database can tell, oldest first."""
        news = [
            (
                f"ticket {row['number']}",
                "",
                f"ticket {row['tag']} opened for {row['requester']}: {row['category']}, {row['priority']}, "
                f"queue {row['queue']}",
            )
            for row in reversed(self.tickets)
        ]
        news += [
            (f"{row['number']} to {row['assignee']}", "", f"ticket {row['tag']} assigned to {row['assignee']}")
            for row in reversed(self.tickets)
            if row["assignee"]
        ]
        for row in reversed(self.letters):
            if row["state"] in ("sent", "failed", "held"):
                about = f" ({row['ticket']})" if row["ticket"] else ""
                kind = "out" if row["state"] == "sent" else "FAIL"
                news.append((f"letter {row['id']}", kind, f"{row['kind']} {row['state']} to {row['recipient']}{about}"))
        return news

    def picture(self) -> RenderableType:
        """The desk now: tickets with their clocks, mails and letters in numbers, and the story so far."""
        room = max(self._console.height - _LINES - 9, 4) if self._live is not None else len(self.tickets)
        servers = self._stage.servers
        parts: list[RenderableType] = []
        if self.tickets:
            parts.append(tables.ticket_table(self.tickets[:room], datetime.now(UTC), self._console.width - _FRAME))
        else:
            parts.append(Text("No tickets yet.", style="dim"))
        parts += [Text(), self._numbers(), Rule(style="dim"), *self._lines]
        title = f"Postdesk · IMAP {servers.host}:{servers.imap_port} · SMTP {servers.host}:{servers.smtp_port}"
        return Panel(Group(*parts), title=title, title_align="left", border_style="blue", padding=(0, 1))

    def _numbers(self) -> RenderableType:
        sent, waiting = self.count("letters", "sent"), self.count("letters", "queued", "claimed")
        stuck = sum(row["count"] for row in self.status["letters"].values()) - sent - waiting
        taken, held = self.count("inbox", "done", "held"), self.count("inbox", "held")
        grid = Table.grid(padding=(0, 3))
        words = [
            Text.assemble("Mails taken in ", (str(taken), "bold cyan")),
            Text.assemble("Letters queued ", (str(waiting), "bold yellow" if waiting else "bold")),
            Text.assemble("sent ", (str(sent), "bold green")),
        ]
        if stuck:
            words.append(Text(f"not sent {stuck}", style="bold red"))
        grid.add_row(*words)
        if not held:
            return grid
        return Group(
            grid, Text(f"Held back {held}: refused as an agent's mail; `postdesk parked` says why", style="yellow")
        )
