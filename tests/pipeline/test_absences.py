"""Absence notes of 34 languages on their whole way in: they open nothing, wake nobody and get no letter (T01)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.store import Store
from models.tables import InboxRow, LetterRow, TicketRow
from ops.build import open_vault, still_context
from parser import masks
from parser.mail import RawMessage
from pipeline import fetching, incoming
from pipeline.context import Context
from pipeline.settings import load
from servers.house import House, mail
from servers.sink import Sink
from tests.models import rows

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOTES = Path(__file__).parent.parent / "parser" / "absences"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A desk that reads in this process."""
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    settings = load(House(tmp_path, 1, "nobody", Sink()).config)
    vault, key = open_vault(settings.store, create=True)
    store = Store(f"sqlite:///{tmp_path / 'desk.sqlite'}")
    store.upgrade()
    yield replace(still_context(settings, store, vault, key), now=lambda: NOW, read=masks.read)
    store.close()


def receive(context: Context, key: str, content: bytes) -> None:
    assert fetching.keep(context, [RawMessage("support", "INBOX", 1, key, content, len(content), NOW)]) == 1
    while incoming.process_message(context):
        pass


def first_of_each_language(wanted: str) -> list[tuple[str, str]]:
    """The subject and the text of a note ("auto_reply") or of a person's mail ("person")."""
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(NOTES.glob("*.txt")):
        for block in re.split(r"(?m)^####[ ]", file.read_text(encoding="utf-8"))[1:]:
            head, subject, text = block.split("\n", 2)
            language, kind = head.split()
            if kind == wanted:
                found.setdefault(language, (subject, text))
    assert len(found) >= 34
    return list(found.values())


def test_a_note_of_absence_does_nothing_in_any_language(context: Context) -> None:
    receive(context, "0", mail("My card", message_id="first@client.example.net"))
    (acknowledgement,) = [row for row in rows.every(context.store, LetterRow) if row.kind == "acknowledgement"]
    letters = len(rows.every(context.store, LetterRow))
    answer = {"In-Reply-To": f"<{acknowledgement.message_id}>"}
    machines = first_of_each_language("auto_reply")
    for number, (subject, text) in enumerate(machines, 1):
        message_id = f"note{number}@client.example.net"
        receive(context, str(number), mail(subject, text, message_id=message_id, headers=answer))
    routes = [row.route for row in rows.every(context.store, InboxRow)]
    assert routes == ["NewRequest", *["AutoReply"] * len(machines)]
    assert len(rows.every(context.store, TicketRow)) == 1
    assert len(rows.every(context.store, LetterRow)) == letters


def test_a_person_who_mentions_a_holiday_is_heard(context: Context) -> None:
    receive(context, "0", mail("My card", message_id="first@client.example.net"))
    (acknowledgement,) = [row for row in rows.every(context.store, LetterRow) if row.kind == "acknowledgement"]
    answer = {"In-Reply-To": f"<{acknowledgement.message_id}>"}
    people = first_of_each_language("person")
    for number, (subject, text) in enumerate(people, 1):
        message_id = f"answer{number}@client.example.net"
        receive(context, str(number), mail(subject, text, message_id=message_id, headers=answer))
    routes = [row.route for row in rows.every(context.store, InboxRow)]
    assert routes == ["NewRequest", *["FollowUp"] * len(people)]
