"""What commands left for the daemon, as it finds them in files of this version and of others."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.requests import DropMail, Request
from models import inbox
from models.spool import spent
from ops import build
from ops.opening import alone, open_ready_store
from ops.opening_vault import open_vault
from parser.mail import RawMessage
from pipeline import fetching, incoming, requests
from pipeline.context import Context
from pipeline.sandbox.pool import Unreadable
from pipeline.settings import load

ROOT = Path(__file__).parents[2]
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONFIG = """
[[agent]]
address = "ben@example.org"
name = "Ben Baker"
[[mailbox]]
name = "support"
kind = "maildir"
path = "maildir"
addresses = ["support@example.org"]
"""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    shutil.copytree(ROOT / "content" / "templates" / "en", tmp_path / "content" / "templates" / "en")
    shutil.copy(ROOT / "content" / "categories.toml", tmp_path / "content")
    (tmp_path / "maildir").mkdir()
    (tmp_path / "config.toml").write_text(CONFIG)
    settings = load(tmp_path / "config.toml")
    with alone(settings.store), open_ready_store(settings.store) as store:
        vault, key = open_vault(settings.store, create=True)
        context = build.still_context(settings, store, vault, key)
        context.now = lambda: T0
        yield context


def leave(context: Context, form: object, name: str = "20260302T090000000000-00.json") -> str:
    """A file as another version may have left it."""
    (context.settings.store.data / "requests" / name).write_text(json.dumps(form))
    return name


def park(context: Context) -> int:
    """A mail that cannot be read and is parked; gives its id."""
    now = T0
    context.read = lambda _content, _context: Unreadable("took longer than 1 s")
    context.now = lambda: now
    fetching.keep(context, [RawMessage("support", "INBOX", 1, "1", b"Subject: x\r\n\r\n", 16, None)])
    for _ in range(inbox.TRIES):
        assert incoming.process_message(context)
        now += timedelta(minutes=1)
    return 1


def test_a_request_of_the_first_version_is_carried_out_once_and_answered(context: Context) -> None:
    parked = park(context)
    name = leave(context, {"do": "drop", "inbox": parked})
    assert requests.run_requests(context) == 1
    assert context.store.run(spent, name) == (True, f"mail {parked} is dropped")
    assert list(context.spool.requests()) == []
    # The daemon was cut off before it removed the file.
    leave(context, {"do": "drop", "inbox": parked})
    assert requests.run_requests(context) == 1
    assert context.store.run(spent, name) == (True, f"mail {parked} is dropped")


@pytest.mark.parametrize("form", [{"do": "shred", "inbox": 1}, {"do": "drop", "inbox": "1"}, ["drop", 1], 7])
def test_an_unknown_request_is_refused_and_stops_nothing(context: Context, form: object) -> None:
    unknown = leave(context, form)
    known = context.spool.leave_request(DropMail(1), T0 + timedelta(minutes=1))
    assert requests.run_requests(context) == 2
    assert context.store.run(spent, unknown) == (False, "unknown request")
    assert context.store.run(spent, known) == (False, "mail 1 is neither parked nor held")
    assert list(context.spool.requests()) == []


def test_a_request_comes_out_of_the_spool_as_it_was_left(context: Context) -> None:
    left: list[Request] = [DropMail(number) for number in range(3)]
    for number, request in enumerate(left):
        context.spool.leave_request(request, T0 + timedelta(seconds=number))
    assert [request for _, request in context.spool.requests()] == left
