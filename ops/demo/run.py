"""`postdesk demo`: the whole thing at work on this machine, on mail servers of its own.

postdesk demo           customers write, agents answer, checks, a summary: within a minute
postdesk demo --keep    the same servers and daemon, without the script, until Ctrl-C
"""

import logging
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.errors import DeskError
from ops import tables
from ops.demo.mails import AGENTS, CUSTOMERS, OUTSIDER, SUPPORT
from ops.demo.screen import Screen
from ops.demo.stage import ENDINGS, PASSWORD, Stage, mails, prepare
from ops.demo.story import Story

FOLDER = Path("demo-data")
_PLAIN_WIDTH = 120
_INTERRUPTED = 130


def main(folder: Path | None, *, keep: bool, pace: float = 1.0) -> int:
    """Runs the demo; gives the exit code: 0 when every check is good, 1 when one is not, 130 after Ctrl-C.

    Without `folder`, everything goes to a new folder in `demo-data`, and with `keep` to `demo-data/run`, where tickets
    stay from one time to the next. `pace` is the seconds between two mails of the script.
    Raises ConfigError for a folder that must not be written to.
    """
    chosen = folder or FOLDER / ("run" if keep else f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}")
    prepare(chosen, keep=keep)
    console, live = _console()
    # aiosmtpd warns, at each login, of an attribute that it sets itself.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with _ended_by_signals():
        try:
            console.print("Starting an IMAP server, an SMTP server and the daemon …", style="dim")
            with Stage(chosen) as stage:
                return _keep(stage, console, live=live) if keep else _play(stage, console, pace, live=live)
        except KeyboardInterrupt:
            console.print("\nStopped." if keep else "\nInterrupted: nothing was left running.")
            return 0 if keep else _INTERRUPTED


def _play(stage: Stage, console: Console, pace: float, *, live: bool) -> int:
    problem = ""
    with Screen(stage, console, live=live) as screen:
        story = Story(stage, screen, pace)
        try:
            story.tell()
        except DeskError as error:
            problem = str(error)
    console.print("\nWhat must be true now, looked up in the mailboxes over IMAP:", style="bold")
    good = not problem
    for check in story.checks():
        good &= check.kept
        _tell_check(console, check.kept, check.promise)
    if problem:
        _tell_check(console, False, problem)
    kept = _keep_mails(stage)
    if not live:
        console.print()
        tables.print_tickets(screen.tickets, console, datetime.now().astimezone())
    held = screen.count("inbox", "held")
    if held:
        what = "the one forged in Ben's name" if held == 1 else "refused as an agent's mail"
        console.print(f"\nHeld back: {held}, {what}; see `postdesk parked`.", soft_wrap=True)
    _tell_where(stage, console, str(screen.tickets[-1]["number"]) if screen.tickets else "NUMBER", kept)
    again = Text.assemble(
        "\nThe servers stop now. ", (f"{_program().words} demo --keep", "bold"), " keeps them running, so "
    )
    console.print(again + Text("that you can write mails yourself.\nSet up a mail client like this:"), soft_wrap=True)
    _tell_how(stage, console)
    last = f"All good, in {screen.seconds:.0f} s." if good else f"The demo failed: see {stage.log}"
    console.print(Text(f"\n{last}", style="green" if good else "bold red"), soft_wrap=True)
    return 0 if good else 1


def _tell_check(console: Console, good: bool, text: str) -> None:
    word = ("ok  ", "green") if good else ("FAIL", "bold red")
    console.print(Text.assemble("  ", word, "  ", text), soft_wrap=True)


def _keep(stage: Stage, console: Console, *, live: bool) -> int:
    console.print(Text.assemble("\nSend a mail to ", (SUPPORT, "bold"), ": it becomes a ticket. Ctrl-C ends it.\n"))
    _tell_how(stage, console)
    _tell_where(stage, console, "NUMBER", None)
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


def _tell_where(stage: Stage, console: Console, ticket: str, kept: int | None) -> None:
    """Where everything lies, and how to look into it. Long lines are never broken: people copy them."""
    shown = [
        ("data/postdesk.db", "the tickets"),
        ("data/vault", "every mail and letter as it came and went, encrypted with data/key"),
        ("config.toml", "the configuration"),
        ("daemon.log", "what the daemon said"),
    ]
    if kept is not None:
        shown.insert(0, ("mails", f"all mailboxes: {kept} mails that any mail program opens"))
    console.print(Text(f"\nEverything is in {stage.folder}", style="bold"), soft_wrap=True)
    for name, what in shown:
        console.print(Text.assemble(f"  {name:<18}", (what, "dim")), soft_wrap=True)
    program = _program()
    console.print(Text(f"\nTo look further{program.where}:", style="bold"), soft_wrap=True)
    for command in ("tickets", f"show {ticket}", "letters", "parked", "status", "check"):
        config = _quoted(_near(stage.config, program.folder))
        console.print(Text(f"  {program.words} {command} --config {config}"), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Program:
    """How a person calls this program, and the folder to stand in."""

    words: str
    folder: Path
    where: str = ""


def _program() -> _Program:
    """The command where there is one; else the module, which is found only from the folder of the checkout."""
    here, beside = Path.cwd(), Path(sys.executable).with_name("postdesk")
    if shutil.which("postdesk"):
        return _Program("postdesk", here)
    if beside.exists():
        return _Program(_quoted(_near(beside, here)), here)
    checkout = Path(__file__).resolve().parents[2]
    return _Program(f"{_quoted(_near(Path(sys.executable), checkout))} -m ops.cli", checkout, f", in {checkout}")


def _near(path: Path, folder: Path) -> Path:
    """The path from the folder in which the person stands, where that is shorter."""
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


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
    before = {number: signal.signal(number, interrupt) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
