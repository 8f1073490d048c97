"""A day-old backup is restored and the archive read once more: nothing is claimed that nobody can know."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.tables import LetterRow
from ops import build
from parser.mail import RawMessage
from pipeline import fetching, incoming
from pipeline.context import Context
from pipeline.settings import load
from servers.house import ANA, BEN, House, answer_to, mail
from servers.sink import Sink

ARRIVED = datetime.now(UTC) - timedelta(minutes=10)


@contextmanager
def opened(house: House) -> Iterator[Context]:
    with build.open_context(load(house.config)) as context:
        yield context


def receive(context: Context, *contents: bytes) -> None:
    """Mails that came to the mailbox at `ARRIVED`, which a move between folders keeps (RFC 6851 §3.3)."""
    for content in contents:
        key = f"{hash(content)}"
        fetching.keep(context, [RawMessage("support", "INBOX", 1, key, content, len(content), ARRIVED)])
    while incoming.process_message(context):
        pass


def letters(context: Context, kind: str) -> list[EmailMessage]:
    query = select(LetterRow).where(col(LetterRow.kind) == kind).order_by(col(LetterRow.id))
    rows = context.store.run(lambda session: list(session.execute(query).scalars()))
    return [message_from_bytes(context.vault.get(row.digest), policy=policy.default) for row in rows]


def plain(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_an_answer_that_is_read_again_after_a_restore_is_not_said_to_be_unsent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
    house.config.write_text(house.config.read_text().replace("[[agent]]", f'[[agent]]\nlanguage = "{language}"', 1))
    base, backup = house.data / "postdesk.db", tmp_path / "backup.db"
    with opened(house) as context:
        receive(context, mail("An older request", sender="cara@example.net"))
    shutil.copy(base, backup)
    request = mail("My card", message_id="request@client.example.net")
    with opened(house) as context:
        receive(context, request)
        told = letters(context, "notification")[-1]
        answer = answer_to(told, "It is on its way.", sender=BEN, name="Ben")
        receive(context, answer)
        (sent,) = letters(context, "answer")
        assert ANA in str(sent["To"])
    shutil.copy(backup, base)
    said = house.postdesk("db", "restored")
    assert "without sending anything twice" in said.stdout.decode()
    with opened(house) as context:
        receive(context, request, answer)
        assert letters(context, "answer") == []
        assert [str(one["To"]) for one in letters(context, "acknowledgement")] == ["Ana <cara@example.net>"]
        told = plain(letters(context, "notification")[-1])
        assert any(words in told for words in ("read again after a restore", "恢复"))
        (refusal,) = letters(context, "refusal")
        said = plain(refusal)
        assert "Nothing was sent" not in said
        assert "没有向客户发送" not in said
        assert ("restored from a backup" in said) if language == "en" else ("从较早的备份恢复" in said)
        assert "It is on its way." in said, "the agent has the words back"


def test_without_a_word_from_the_operator_a_strange_notification_is_still_not_said_to_be_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
    with opened(house) as context:
        thread = {"In-Reply-To": f"<notification.1042.{'0' * 24}@example.org>"}
        receive(context, mail("Re: My card", "It is on its way.", sender=BEN, name="Ben", headers=thread))
        (refusal,) = letters(context, "refusal")
        assert "nobody can know from here whether the customer has your answer" in plain(refusal)
        assert "Nothing was sent" not in plain(refusal)


def test_a_new_mail_of_an_agent_is_still_no_reply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
    with opened(house) as context:
        thread = {"In-Reply-To": "<somebody.1.x@example.org>", "References": "<a@example.net>"}
        receive(context, mail("Lunch", sender=BEN, name="Ben", headers=thread))
        (refusal,) = letters(context, "refusal")
        assert "It is not a reply to a notification." in plain(refusal)
