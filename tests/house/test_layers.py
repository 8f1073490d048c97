"""The rules of the house, read from the imports: parser ← desk ← {mailer, models} ← pipeline ← scheduler ← ops.

A module may import the standard library, lower parts of its own room, and what stands here; nothing else. The two inner
rooms, and the steps of the pipeline, moreover touch nothing outside: no files, no network, no processes, no clock, no
chance.
No file imports itself by way of others.
"""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Room:
    """What the modules below one path may import besides the standard library and their own room."""

    rooms: frozenset[str]
    foreign: frozenset[str]
    """Names of packages, of modules in them, or of single things as "module:name"."""
    outside: frozenset[str] | None
    """What it may use of `OUTSIDE`; None means all of it."""
    timeless: bool
    """Is told the instant; does not ask the wall clock."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def room(rooms: str = "", foreign: str = "", *, outside: str | None = None, timeless: bool = True) -> Room:
    return Room(words(rooms), words(foreign), None if outside is None else words(outside), timeless)


INNER = "parser desk mailer models"
# Everything outside reaches the steps of the pipeline as an argument, so that they can be driven in virtual time.
STEPS = "asyncio logging"
# Outer rooms stand below inner ones; the longest path that fits a module counts. Where a foreign library is listed
# twice, the comment says why.
HOUSE = {
    # Its word lists are files of the package. Ed25519 is not in dkimpy.
    "parser": room("", "mailparser charset_normalizer dkim cryptography", outside="importlib"),
    # Its time zones are files of a package; the libraries of calendars are imported where a calendar needs them.
    "desk": room("parser", "pydantic holidays icalendar dateutil", outside="importlib"),
    "mailer": room("parser desk", "pydantic imapclient aiosmtplib scramp jinja2 markdown_it dns idna babel"),
    "models": room("parser desk", "pydantic sqlmodel sqlalchemy alembic cryptography psycopg"),
    # A Session is passed through these steps without being asked anything.
    "pipeline": room(INNER, "sqlmodel:Session", outside=STEPS),
    "pipeline/calendar_files": room("desk"),
    "pipeline/settings": room(INNER, "pydantic"),
    "pipeline/store_table": room("desk models"),
    "pipeline/content_folder": room("desk", "pydantic"),
    "pipeline/toml_tables": room("desk", "pydantic"),
    "pipeline/banner_file": room("parser", "pydantic"),
    # What its workers answer is checked before it is believed.
    "pipeline/sandbox": room("parser desk"),
    "pipeline/sandbox/frames": room("parser", "pydantic"),
    # A mail may take it over: it holds nothing of the desk.
    "pipeline/sandbox/worker": room("parser"),
    # The twin of a mail, which another worker saved first, is seen as an IntegrityError.
    "pipeline/incoming": room(INNER, "sqlmodel:Session sqlalchemy.exc:IntegrityError", outside=STEPS),
    # It is given both clocks; ticks, mailboxes and letters ask it from threads of their own.
    "pipeline/clock_guard": room(outside="logging threading"),
    # It asks the C library.
    "pipeline/memory": room(),
    # Told of by all threads; how long a thing has failed, only the monotonic clock knows.
    "pipeline/outages": room("desk", outside="logging threading time"),
    # Letters that the relay lets wait for long are told by the monotonic clock.
    "pipeline/outgoing": room(INNER, "sqlmodel:Session", outside=f"{STEPS} time"),
    "pipeline/alarms": room(INNER, outside=f"{STEPS} time"),
    # A thread and a connection for each mailbox.
    "pipeline/mailbox_watcher": room(INNER),
    "scheduler": room(f"{INNER} pipeline", "apscheduler"),
    # The embedded servers of the demo are made of what otherwise talks to servers.
    "ops": room(f"{INNER} pipeline scheduler", "typer rich", timeless=False),
    "ops/demo": room(
        f"{INNER} pipeline scheduler", "typer rich aiosmtpd pymap pysasl proxyprotocol imapclient", timeless=False
    ),
}
# Files and sub-rooms of one room, lowest first; those of one line do not import each other.
ORDER = {
    "parser": (
        "mail",
        "mime",
        "html facts language identity",
        "containers quotes secrets alternatives banners",
        "body",
        "kinds",
        "read",
        "masks jsonview",
    ),
    "desk": (
        "errors letters requests",
        "ticket",
        "calendar",
        "sla",
        "tiers categories",
        "facts",
        "classify threads leaks inside policy_check reading_hints trace departments freeze requester",
        "same_matter machine_mail",
        "replies",
        "commands",
        "agent_text",
        "outcomes reports routes",
        "agent_routing",
        "routing",
        "intake",
    ),
    "mailer": (
        "account letter_codes resolver markup mime spell",
        "oauth values",
        "secrets templates",
        "source compose",
        "imap maildir smtp",
        "connect",
    ),
    "models": (
        "tables store vault",
        "meta leases health spool pending_alerts marked_spam queue_statistics",
        "sla_terms inbox outbox tickets",
        "floods same_matter suppression",
        "changes outbox_recovery lookup cases views",
    ),
    "pipeline": (
        "calendar_files clock_guard memory outages sandbox threads toml_tables",
        "content_folder store_table",
        "banner_file",
        "settings",
        "context",
        "fetching incoming archiving outgoing spam_list_mail recalculation",
        "report_mail timers maintenance mailbox_watcher heartbeat requests alarms",
        "steps",
        "once",
    ),
}
# Nobody outside these rooms may import the library: its exceptions end there.
ONE_ROOM = {
    "aiosmtplib": {"mailer"},
    "alembic": {"models"},
    "apscheduler": {"scheduler"},
    "babel": {"mailer"},
    "jinja2": {"mailer"},
    "dateutil": {"desk"},
    "dkim": {"parser"},
    "dns": {"mailer"},
    "holidays": {"desk"},
    "icalendar": {"desk"},
    "idna": {"mailer"},
    "mailparser": {"parser"},
    "rich": {"ops"},
    "scramp": {"mailer"},
    "typer": {"ops"},
}

# What reaches out of the process, or gives another answer the next time.
OUTSIDE = words(
    "asyncio builtins ctypes fcntl glob http imaplib importlib io logging multiprocessing os pathlib poplib random "
    "resource secrets select selectors shutil signal smtplib socket socketserver sqlite3 ssl subprocess tempfile "
    "threading time urllib.request urllib.error uuid"
)
BUILT_IN = words("open print input exec eval compile __import__ breakpoint")
CLOCK = words("datetime.now datetime.utcnow datetime.today date.today time.time time.time_ns")
# The file system's own clock is what a Maildir's change times are compared with, and names in it begin with the time.
CLOCK_WATCHERS = frozenset({"mailer/maildir.py"})


def breaches(root: Path) -> list[str]:
    """Everything under `root` that the house forbids, one line each."""
    files = [file for name in tops() for file in sorted((*root.glob(f"{name}.py"), *root.glob(f"{name}/**/*.py")))]
    trees = {file.relative_to(root).as_posix(): ast.parse(file.read_bytes(), str(file)) for file in files}
    found = [f"{file}:{line}: {what}" for file, tree in trees.items() for line, what in sorted(_breaches(file, tree))]
    return found + list(cycles(trees))


def tops() -> list[str]:
    return [name for name in HOUSE if "/" not in name]


def _place(file: str) -> str:
    """The longest path of the house that a file is at or below."""
    path = file.removesuffix(".py")
    return max((name for name in HOUSE if f"{path}/".startswith(f"{name}/")), key=len)


def _breaches(file: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    place = _place(file)
    here = HOUSE[place]
    timeless = here.timeless and file not in CLOCK_WATCHERS
    forbidden = frozenset() if here.outside is None else OUTSIDE - here.outside
    for node in ast.walk(tree):
        for module, thing in _imported(node):
            line = getattr(node, "lineno", 0)
            if not _may_import(place, module, thing):
                yield line, f"{place} must not import {module}" + (f" ({thing})" if thing else "")
            elif forbidden & {module, module.partition(".")[0], f"{module}.{thing}"}:
                yield line, f"{place} touches nothing outside: no {module}"
            elif not _is_lower(file, module, thing):
                yield line, f"{file} is not above {module}" + (f" ({thing})" if thing else "")
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if forbidden and called in BUILT_IN:
                yield node.lineno, f"{place} touches nothing outside: no {called}()"
            if timeless and ".".join(called.split(".")[-2:]) in CLOCK:
                yield node.lineno, f"{place} is told the instant: no {called}()"


def _is_lower(file: str, module: str, thing: str) -> bool:
    """Whether an import inside a room goes down its order; elsewhere there is none to keep."""
    top, inside = file.removesuffix(".py").split("/")[0:2] if "/" in file else (file, "")
    if top not in ORDER or inside in ("__init__", "migrations") or module.partition(".")[0] != top:
        return True
    target = module.split(".")[1] if "." in module else thing
    levels = {name: level for level, line in enumerate(ORDER[top]) for name in line.split()}
    return inside == target or levels.get(target, len(levels)) < levels.get(inside, -1)


def cycles(trees: dict[str, ast.Module]) -> Iterator[str]:
    """A line for each import by which a file imports itself through others, wherever in a file it stands."""
    modules = {file.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): file for file in trees}
    edges: dict[str, dict[str, int]] = {module: {} for module in modules}
    for module, file in modules.items():
        for node in ast.walk(trees[file]):
            for base, thing in _imported(node):
                target = f"{base}.{thing}" if f"{base}.{thing}" in modules else base
                if target in modules and target != module:
                    edges[module].setdefault(target, getattr(node, "lineno", 0))
    reach = {module: _reached(edges, module) for module in modules}
    for module, targets in edges.items():
        for target, line in targets.items():
            if module in reach[target]:
                yield f"{modules[module]}:{line}: imports {target}, which imports it"


def _reached(edges: dict[str, dict[str, int]], start: str) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += edges[module]
    return frozenset(seen)


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, thing) of each import, wherever in the file it stands; the thing is "" where the module is meant."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "") for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        # A relative import keeps its dots, and no room may be named so: we write all of them out.
        yield from (("." * node.level + (node.module or ""), alias.name) for alias in node.names)


def _may_import(place: str, module: str, thing: str) -> bool:
    top = module.partition(".")[0]
    here = HOUSE[place]
    if top == place.partition("/")[0] or top in here.rooms or (top in sys.stdlib_module_names and top not in HOUSE):
        return True
    named = {top, module, f"{module}:{thing}"}
    return bool(named & here.foreign)


def test_every_module_imports_only_what_its_room_may() -> None:
    assert breaches(ROOT) == []


def test_every_room_is_there_and_every_module_of_the_wheel_is_in_one() -> None:
    present = {file.stem for file in ROOT.glob("*.py")}
    present |= {file.parent.name for file in ROOT.glob("*/__init__.py") if file.parent.name != "tests"}
    assert present == set(tops())


def test_the_root_holds_one_module() -> None:
    assert [file.name for file in ROOT.glob("*.py")] == ["scheduler.py"]


def test_every_part_of_an_ordered_room_has_its_place() -> None:
    for top, lines in ORDER.items():
        placed = [name for line in lines for name in line.split()]
        assert sorted(placed) == sorted(_parts(top)), top


def _parts(top: str) -> Iterable[str]:
    for path in (ROOT / top).iterdir():
        if path.suffix == ".py" and path.stem != "__init__":
            yield path.stem
        elif (path / "__init__.py").exists():
            yield path.name


def test_every_room_is_type_checked_and_its_imports_are_sorted_as_ours() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert {name.removesuffix(".py") for name in tools["mypy"]["files"]} == set(tops())
    assert set(tools["ruff"]["lint"]["isort"]["known-first-party"]) == {*tops(), "servers"}


def test_a_foreign_library_has_one_room() -> None:
    for library, rooms in ONE_ROOM.items():
        allowed = {
            name.partition("/")[0]
            for name, here in HOUSE.items()
            if library in {one.partition(":")[0] for one in here.foreign}
        }
        assert allowed == rooms, library


def test_mailer_and_models_do_not_know_each_other() -> None:
    assert "models" not in HOUSE["mailer"].rooms
    assert "mailer" not in HOUSE["models"].rooms


def test_what_reads_and_writes_the_database_asks_for_no_judgement() -> None:
    judges = {"desk.routing", "desk.intake", "desk.outcomes", "desk.classify", "parser.identity.sender.proof"}
    for file in sorted((ROOT / "models").rglob("*.py")):
        imported = {
            name
            for node in ast.walk(ast.parse(file.read_bytes()))
            for module, thing in _imported(node)
            for name in (module, f"{module}.{thing}")
        }
        assert not imported & judges, file.name


def test_the_rooms_make_no_circle() -> None:
    order = tops()
    for name, here in HOUSE.items():
        top = name.partition("/")[0]
        assert all(order.index(other) < order.index(top) for other in here.rooms), name


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("parser/read.py", "from desk.ticket import Ticket"),
        ("parser/read.py", "import pathlib"),
        ("parser/read.py", "from os import path"),
        ("parser/read.py", "import urllib.request"),
        ("parser/read.py", "from urllib import request"),
        ("parser/read.py", "import pydantic"),
        ("parser/mime/inside.py", "import socket"),
        ("desk/sla/clock.py", "def late():\n    import time"),
        ("desk/sla/clock.py", "from random import choice"),
        ("desk/sla/clock.py", "from datetime import datetime\nat = datetime.now()"),
        ("desk/sla/clock.py", "import datetime\nat = datetime.datetime.utcnow()"),
        ("desk/sla/clock.py", "from datetime import date\nday = date.today()"),
        ("desk/sla/clock.py", "open('/etc/hostname')"),
        ("desk/sla/clock.py", "from mailer import compose"),
        ("desk/sla/clock.py", "from pipeline import settings"),
        ("desk/sla/clock.py", "from sqlmodel import Session"),
        ("mailer/smtp/transport.py", "from models import outbox"),
        ("mailer/smtp/transport.py", "from datetime import UTC, datetime\nat = datetime.now(UTC)"),
        ("mailer/smtp/transport.py", "import sqlalchemy.exc"),
        ("models/store.py", "def late():\n    from mailer.smtp import transport"),
        ("models/store.py", "import aiosmtplib"),
        ("models/store.py", "import imapclient.exceptions"),
        ("models/store.py", "import time\nat = time.time()"),
        ("pipeline/sandbox/pool.py", "from pipeline import incoming"),
        ("pipeline/sandbox/pool.py", "from mailer import compose"),
        ("pipeline/sandbox/worker.py", "from desk.errors import DeskError"),
        ("pipeline/settings.py", "import scheduler"),
        ("pipeline/settings.py", "from pipeline.context import Context"),
        ("pipeline/incoming.py", "import scheduler"),
        ("pipeline/incoming.py", "from pipeline.timers import tick"),
        ("pipeline/incoming.py", "import random"),
        ("pipeline/incoming.py", "from os import environ"),
        ("pipeline/incoming.py", "import time"),
        ("pipeline/context.py", "from datetime import UTC, datetime\nat = datetime.now(UTC)"),
        ("pipeline/context.py", "from pipeline import incoming"),
        ("pipeline/outgoing.py", "import socket"),
        ("pipeline/outgoing.py", "from pipeline import incoming"),
        ("pipeline/mailbox_watcher.py", "import scheduler"),
        ("pipeline/incoming.py", "from sqlmodel import select"),
        ("pipeline/incoming.py", "import sqlalchemy"),
        ("pipeline/incoming.py", "from sqlalchemy.exc import OperationalError"),
        ("parser/mime/headers.py", "from parser.quotes.trim import quotes"),
        ("parser/body.py", "from parser import read"),
        ("parser/new_part.py", "from parser.masks import read"),
        ("desk/sla/clock.py", "from desk.facts import Desk"),
        ("desk/facts.py", "def late():\n    from desk.classify import classify"),
        ("desk/replies/apology.py", "from desk.commands.merging import merge"),
        ("mailer/source.py", "from mailer.imap import client"),
        ("models/vault.py", "from models.inbox import claim"),
        ("scheduler.py", "from ops import build"),
        ("scheduler.py", "import rich"),
        ("ops/cli.py", "import requests"),
        ("ops/cli.py", "from apscheduler.schedulers.asyncio import AsyncIOScheduler"),
        ("ops/cli.py", "import aiosmtpd"),
        ("ops/cli.py", "from servers.house import House"),
    ],
)
def test_a_planted_breach_is_found(tmp_path: Path, file: str, line: str) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(f'"""A module."""\n\n{line}\n')
    assert len(breaches(tmp_path)) == 1, breaches(tmp_path)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("parser/read.py", "from urllib.parse import urlsplit\nfrom parser.mail import ParsedMail"),
        ("desk/sla/clock.py", "from datetime import UTC, datetime\nat = datetime(2026, 11, 20, tzinfo=UTC)"),
        ("desk/sla/clock.py", "class Box:\n    def open(self): ...\nBox().open()"),
        ("models/store.py", "import time\npause = time.monotonic()"),
        ("pipeline/incoming.py", "from sqlmodel import Session\nfrom sqlalchemy.exc import IntegrityError"),
        ("pipeline/timers.py", "from pipeline import outgoing"),
        ("parser/mime/headers.py", "from parser.mime.charsets import decode"),
        ("ops/build.py", "from datetime import UTC, datetime\nat = datetime.now(UTC)"),
        ("tests/test_some.py", "import anything"),
    ],
)
def test_what_is_allowed_is_not_called_a_breach(tmp_path: Path, file: str, line: str) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(f"{line}\n")
    assert breaches(tmp_path) == []


def test_a_circle_is_named_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "vault.py").write_text("from models.store import Store\n")
    (tmp_path / "models" / "store.py").write_text("def late():\n    from models import vault\n")
    found = [line for line in breaches(tmp_path) if "which imports it" in line]
    assert found == [
        "models/store.py:2: imports models.vault, which imports it",
        "models/vault.py:1: imports models.store, which imports it",
    ]
