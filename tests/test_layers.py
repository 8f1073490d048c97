"""The rule of the house, read from the imports: parser ← desk ← {mailer, models} ← the root modules ← ops.

A module may import the standard library, its own room, and what stands here; nothing else. The two inner rooms,
and the steps of the walk, moreover touch nothing of the world: no files, no network, no processes, no clock, no chance.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Room:
    """What one room, or one module at the root, may import besides the standard library and itself."""

    rooms: frozenset[str]
    foreign: frozenset[str]
    """Names of packages, of modules in them, or of single things as "module:name"."""
    world: frozenset[str] | None
    """What it may use of `WORLD`; None means all of it."""
    timeless: bool
    """Is told the instant; does not ask the wall clock."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def room(rooms: str = "", foreign: str = "", *, world: str | None = None, timeless: bool = True) -> Room:
    return Room(words(rooms), words(foreign), None if world is None else words(world), timeless)


INNER = "parser desk mailer models"
# Everything outside reaches the steps of the walk as an argument, so that they can be driven in virtual time.
STEPS = "asyncio logging"
# Outer rooms stand below inner ones. Where a foreign library is listed twice, the comment says why.
HOUSE = {
    # Its word lists are files of the package. Ed25519 is not in dkimpy.
    "parser": room("", "mailparser charset_normalizer dkim cryptography", world="importlib"),
    # Its time zones are files of a package; the libraries of calendars are imported where a calendar needs them.
    "desk": room("parser", "pydantic holidays icalendar dateutil", world="importlib"),
    "mailer": room("parser desk", "pydantic imapclient aiosmtplib jinja2 markdown_it dns"),
    "models": room("parser desk", "pydantic sqlmodel sqlalchemy alembic cryptography psycopg"),
    "calendar_files": room("desk"),
    "settings": room(f"{INNER} calendar_files", "pydantic"),
    # What its workers answer is checked before it is believed.
    "sandbox": room("parser desk", "pydantic"),
    # A Session is passed through these without being asked anything.
    "world": room(f"{INNER} settings sandbox", "sqlmodel:Session", world=STEPS),
    "sending": room(f"{INNER} settings world", "sqlmodel:Session", world=STEPS),
    # The twin of a mail, which another worker saved first, is seen as an IntegrityError.
    "walk": room(f"{INNER} settings sandbox world", "sqlmodel:Session sqlalchemy.exc:IntegrityError", world=STEPS),
    "clockwork": room(f"{INNER} settings world sending", "sqlmodel:Session", world=STEPS),
    # It is given both clocks; ticks, mailboxes and letters ask it from threads of their own.
    "clocks": room(world="logging threading"),
    "upkeep": room(f"{INNER} settings world sending", "sqlmodel:Session", world=STEPS),
    "reporting": room(f"{INNER} settings world", "sqlmodel:Session", world=STEPS),
    "watch": room(f"{INNER} settings world walk"),
    "scheduler": room(f"{INNER} settings world walk sending clockwork upkeep reporting watch", "apscheduler"),
    # The embedded servers of the demo are made of what otherwise talks to servers.
    "ops": room(
        f"{INNER} calendar_files settings sandbox world walk sending clockwork clocks upkeep reporting watch scheduler",
        "typer rich aiosmtpd pymap pysasl proxyprotocol imapclient",
        timeless=False,
    ),
}
# Nobody outside these rooms and modules may import the library: its exceptions end there.
ONE_ROOM = {
    "aiosmtplib": {"mailer"},
    "alembic": {"models"},
    "apscheduler": {"scheduler"},
    "jinja2": {"mailer"},
    "dateutil": {"desk"},
    "dkim": {"parser"},
    "dns": {"mailer"},
    "holidays": {"desk"},
    "icalendar": {"desk"},
    "mailparser": {"parser"},
    "rich": {"ops"},
    "typer": {"ops"},
}

# What reaches out of the process, or gives another answer the next time.
WORLD = words(
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
    found = []
    for name in HOUSE:
        for file in sorted((*root.glob(f"{name}.py"), *root.glob(f"{name}/**/*.py"))):
            tree = ast.parse(file.read_bytes(), str(file))
            inside = file.relative_to(root).as_posix()
            found += [f"{inside}:{line}: {what}" for line, what in sorted(_breaches(name, inside, tree))]
    return found


def _breaches(name: str, file: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    here = HOUSE[name]
    timeless = here.timeless and file not in CLOCK_WATCHERS
    forbidden = frozenset() if here.world is None else WORLD - here.world
    for node in ast.walk(tree):
        for module, thing in _imported(node):
            line = getattr(node, "lineno", 0)
            if not _may_import(name, module, thing):
                yield line, f"{name} must not import {module}" + (f" ({thing})" if thing else "")
            elif forbidden & {module, module.partition(".")[0], f"{module}.{thing}"}:
                yield line, f"{name} takes no part in the world: no {module}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if forbidden and called in BUILT_IN:
                yield node.lineno, f"{name} takes no part in the world: no {called}()"
            if timeless and ".".join(called.split(".")[-2:]) in CLOCK:
                yield node.lineno, f"{name} is told the instant: no {called}()"


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, thing) of each import, wherever in the file it stands; the thing is "" where the module is meant."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "") for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        # A relative import keeps its dots, and no room may be named so: we write all of them out.
        yield from (("." * node.level + (node.module or ""), alias.name) for alias in node.names)


def _may_import(name: str, module: str, thing: str) -> bool:
    top = module.partition(".")[0]
    here = HOUSE[name]
    if top == name or top in here.rooms or (top in sys.stdlib_module_names and top not in HOUSE):
        return True
    named = {top, module, f"{module}:{thing}"}
    return bool(named & here.foreign)


def test_every_module_imports_only_what_its_room_may() -> None:
    assert breaches(ROOT) == []


def test_every_room_is_there_and_every_module_of_the_wheel_is_in_one() -> None:
    present = {file.stem for file in ROOT.glob("*.py")}
    present |= {file.parent.name for file in ROOT.glob("*/__init__.py") if file.parent.name != "tests"}
    assert present == set(HOUSE)


def test_every_room_is_type_checked_and_its_imports_are_sorted_as_ours() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert {name.removesuffix(".py") for name in tools["mypy"]["files"]} == set(HOUSE)
    assert set(tools["ruff"]["lint"]["isort"]["known-first-party"]) == set(HOUSE) | {"servers"}


def test_a_foreign_library_has_one_room() -> None:
    for library, rooms in ONE_ROOM.items():
        allowed = {name for name, here in HOUSE.items() if library in {one.partition(":")[0] for one in here.foreign}}
        assert allowed == rooms, library


def test_mailer_and_models_do_not_know_each_other() -> None:
    assert "models" not in HOUSE["mailer"].rooms
    assert "mailer" not in HOUSE["models"].rooms


def test_the_rooms_make_no_circle() -> None:
    order = list(HOUSE)
    for name, here in HOUSE.items():
        assert all(order.index(other) < order.index(name) for other in here.rooms), name


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("parser/read.py", "from desk.ticket import Ticket"),
        ("parser/read.py", "import pathlib"),
        ("parser/read.py", "from os import path"),
        ("parser/read.py", "import urllib.request"),
        ("parser/read.py", "from urllib import request"),
        ("parser/read.py", "import pydantic"),
        ("parser/deep/inside.py", "import socket"),
        ("desk/sla.py", "def late():\n    import time"),
        ("desk/sla.py", "from random import choice"),
        ("desk/sla.py", "from datetime import datetime\nat = datetime.now()"),
        ("desk/sla.py", "import datetime\nat = datetime.datetime.utcnow()"),
        ("desk/sla.py", "from datetime import date\nday = date.today()"),
        ("desk/sla.py", "open('/etc/hostname')"),
        ("desk/sla.py", "from mailer import compose"),
        ("desk/sla.py", "import settings"),
        ("desk/sla.py", "from sqlmodel import Session"),
        ("mailer/smtp.py", "from models import outbox"),
        ("mailer/smtp.py", "from datetime import UTC, datetime\nat = datetime.now(UTC)"),
        ("mailer/smtp.py", "import sqlalchemy.exc"),
        ("models/store.py", "def late():\n    from mailer import smtp"),
        ("models/store.py", "import aiosmtplib"),
        ("models/store.py", "import imapclient.exceptions"),
        ("models/store.py", "import time\nat = time.time()"),
        ("sandbox.py", "import walk"),
        ("settings.py", "import scheduler"),
        ("walk.py", "import scheduler"),
        ("walk.py", "import random"),
        ("walk.py", "from os import environ"),
        ("walk.py", "import time"),
        ("world.py", "from datetime import UTC, datetime\nat = datetime.now(UTC)"),
        ("world.py", "import walk"),
        ("sending.py", "import socket"),
        ("sending.py", "import walk"),
        ("watch.py", "import scheduler"),
        ("walk.py", "from sqlmodel import select"),
        ("walk.py", "import sqlalchemy"),
        ("walk.py", "from sqlalchemy.exc import OperationalError"),
        ("scheduler.py", "from ops import build"),
        ("scheduler.py", "import rich"),
        ("ops/cli.py", "import requests"),
        ("ops/cli.py", "from apscheduler.schedulers.asyncio import AsyncIOScheduler"),
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
        ("desk/sla.py", "from datetime import UTC, datetime\nat = datetime(2026, 11, 20, tzinfo=UTC)"),
        ("desk/sla.py", "class Box:\n    def open(self): ...\nBox().open()"),
        ("models/store.py", "import time\npause = time.monotonic()"),
        ("walk.py", "from sqlmodel import Session\nfrom sqlalchemy.exc import IntegrityError"),
        ("ops/build.py", "from datetime import UTC, datetime\nat = datetime.now(UTC)"),
        ("tests/test_some.py", "import anything"),
    ],
)
def test_what_is_allowed_is_not_called_a_breach(tmp_path: Path, file: str, line: str) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(f"{line}\n")
    assert breaches(tmp_path) == []
