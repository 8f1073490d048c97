"""`postdesk demo`: the whole thing at work on this machine, on mail servers of its own.

postdesk demo           customers write, agents answer, checks, a summary: within a minute
postdesk demo --keep    the same servers and daemon, without the script, until Ctrl-C
"""

import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.errors import DeskError
from ops import show
from ops.demo_mails import AGENTS, CUSTOMERS, OUTSIDER, SUPPORT
from ops.demo_screen import Screen
from ops.demo_stage import PASSWORD, Stage, mails, prepare
from ops.demo_story import Story

FOLDER = Path("demo-data")
_PLAIN_WIDTH = 120
_INTERRUPTED = 130


def main(folder: Path | None, *, keep: bool) -> int:
    """Runs the demo; gives the exit code: 0 when every check is good, 1 when one is not, 130 after Ctrl-C.

    Without `folder`, everything goes to a new folder in `demo-data`, and with `keep` to `demo-data/run`, where tickets
    stay from one time to the next. Raises ConfigError for a folder that must not be written to.
    """
    chosen = folder or FOLDER / ("run" if keep else f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}")
    prepare(chosen, keep=keep)
    console, live = _console()
    with _ended_by_signals():
        try:
            console.print("Starting an IMAP server, an SMTP server and the daemon …", style="dim")
            with Stage(chosen) as stage:
                return _keep(stage, console, live=live) if keep else _play(stage, console, live=live)
        except KeyboardInterrupt:
            console.print("\nStopped." if keep else "\nInterrupted: nothing was left running.")
            return 0 if keep else _INTERRUPTED


def _play(stage: Stage, console: Console, *, live: bool) -> int:
    problem = ""
    with Screen(stage, console, live=live) as screen:
        story = Story(stage, screen)
        try:
            story.tell()
        except DeskError as error:
            problem = str(error)
    bad = 0
    console.print("\nWhat must be true now, looked up in the mailboxes over IMAP:", style="bold")
    for check in story.checks():
        bad += not check.kept
        word = Text("ok  ", style="green") if check.kept else Text("FAIL", style="bold red")
        console.print(Text.assemble("  ", word, "  ", check.promise), soft_wrap=True)
    if problem:
        console.print(Text.assemble("  ", ("FAIL", "bold red"), "  ", problem), soft_wrap=True)
    kept = _keep_mails(stage)
    if not live:
        console.print()
        show.tickets(screen.tickets, console, datetime.now().astimezone())
    _tell_where(stage, console, kept)
    console.print("\nThe servers stop now. To write mails yourself: ", end="")
    console.print("postdesk demo --keep", style="bold", end="")
    console.print(" (make run), and set up a mail client like this:")
    _tell_how(stage, console)
    if bad or problem:
        console.print(
            f"\nThe demo failed after {screen.seconds:.0f} s: see {stage.log}", style="bold red", soft_wrap=True
        )
        return 1
    console.print(f"\nAll good, in {screen.seconds:.0f} s.", style="green")
    return 0


def _keep(stage: Stage, console: Console, *, live: bool) -> int:
    console.print(Text.assemble("\nSend a mail to ", (SUPPORT, "bold"), ": it becomes a ticket. Ctrl-C ends it.\n"))
    _tell_how(stage, console)
    _tell_where(stage, console, None)
    console.print()
    with Screen(stage, console, live=live) as screen:
        while True:
            screen.pause(60)


def _tell_how(stage: Stage, console: Console) -> None:
    """The settings of a mail client, and who there is."""
    servers = stage.servers
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("  IMAP", f"{servers.host}, port {servers.imap_port}, no encryption, password login"),
        ("  SMTP", f"{servers.host}, port {servers.smtp_port}, no encryption, password login"),
        ("  Customers", ", ".join(person.address for person in CUSTOMERS)),
        ("  Agents", ", ".join(person.address for person in AGENTS)),
        ("  A stranger", OUTSIDER.address),
        ("  The desk", SUPPORT),
        ("  Password", f"{PASSWORD} (of everybody; the user name is the address)"),
    ):
        table.add_row(Text(name, style="dim"), Text(value))
    console.print(table)


def _tell_where(stage: Stage, console: Console, kept: int | None) -> None:
    """Where everything lies, and how to look into it. Paths are never broken: people copy them."""
    shown = [
        ("Tickets", stage.data / "postdesk.db"),
        ("Raw mails", f"{stage.data / 'vault'} (encrypted; the key is {stage.data / 'key'})"),
        ("Configuration", stage.config),
        ("The daemon's log", stage.log),
    ]
    if kept is not None:
        shown.insert(
            0,
            (
                "Mails",
                f"{stage.folder / 'mails'} ({kept} files, one folder a mailbox; open them with any mail program)",
            ),
        )
    console.print("\nWhere everything is:", style="bold")
    for name, value in shown:
        console.print(Text.assemble((f"  {name:<18}", "dim"), str(value)), soft_wrap=True)
    console.print("To look further:", style="bold")
    for command in ("tickets", "show 1", "letters", "status", "check"):
        console.print(Text(f"  postdesk {command} --config {_quoted(stage.config)}"), soft_wrap=True)


def _quoted(path: Path) -> str:
    text = str(path)
    return text if re.fullmatch(r"[\w./-]+", text) else "'" + text.replace("'", "'\\''") + "'"


def _keep_mails(stage: Stage) -> int:
    """Everybody's mailbox as files, since the servers forget all when they stop; gives how many."""
    number = 0
    boxes = [(person.address, "INBOX") for person in (*CUSTOMERS, *AGENTS)] + [(SUPPORT, "Postdesk"), (SUPPORT, "Sent")]
    for address, name in boxes:
        place = stage.folder / "mails" / (address if name == "INBOX" else f"{address} {name}")
        for place_in_box, mail in enumerate(mails(stage.servers, address, name), 1):
            place.mkdir(parents=True, exist_ok=True)
            subject = re.sub(r"[^\w.,()-]+", " ", str(mail["Subject"])).strip()[:60]
            (place / f"{place_in_box:02} {subject}.eml").write_bytes(bytes(mail))
            number += 1
    return number


def _console() -> tuple[Console, bool]:
    """The console, and whether it is a terminal on which a picture can move."""
    # A character that the locale cannot write must not end the demo.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    console = Console()
    if sys.stdout.isatty() and not console.is_dumb_terminal:
        return Console(highlight=False), True
    return Console(force_terminal=False, color_system=None, highlight=False, width=_PLAIN_WIDTH), False


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A closed terminal or a polite kill ends the demo as Ctrl-C does, so that no child outlives it."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    # A shell that starts us in the background has Ctrl-C ignored.
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
