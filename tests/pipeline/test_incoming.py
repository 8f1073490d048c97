"""A mail on its way in: when it counts as received, and which mail waits for another (promises I16)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.errors import MailboxError
from models import inbox
from models.store import Store
from models.tables import InboxRow, TicketRow
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
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Clock:
    at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A desk that reads in this process, by a clock of ours."""
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    settings = load(House(tmp_path, 1, "nobody", Sink()).config)
    vault, key = open_vault(settings.store, create=True)
    store = Store(f"sqlite:///{tmp_path / 'desk.sqlite'}")
    store.upgrade()
    yield replace(still_context(settings, store, vault, key), now=clock, read=masks.read)
    store.close()


def keep(context: Context, key: str, content: bytes, internal_at: datetime | None) -> None:
    assert fetching.keep(context, [RawMessage("support", "INBOX", 1, key, content, len(content), internal_at)]) == 1


def process_all(context: Context) -> None:
    while incoming.process_message(context):
        pass


# What is kept.


def test_what_a_source_gave_before_it_failed_is_kept_all_the_same(context: Context) -> None:
    def source() -> Iterator[RawMessage]:
        for number in range(23):
            content = mail(f"Number {number}")
            yield RawMessage("support", "INBOX", 1, str(number), content, len(content), None)
        raise MailboxError("the server does not hand over UID 99")

    with pytest.raises(MailboxError, match="UID 99"):
        fetching.keep(context, source())
    assert context.store.run(inbox.waiting) == 23
    assert context.store.run(inbox.known, "support", "INBOX", 1, frozenset({"0", "22", "99"})) == {"0", "22"}


def test_one_mail_at_a_time_is_in_memory(context: Context) -> None:
    alive: list[int] = []

    class Content(bytes):
        """Bytes that say when they are gone."""

        def __del__(self) -> None:
            alive.pop()

    def source() -> Iterator[RawMessage]:
        for number in range(45):
            assert alive == []
            content = Content(mail(f"Number {number}"))
            alive.append(number)
            raw = RawMessage("support", "INBOX", 1, str(number), content, len(content), None)
            del content
            yield raw
            del raw

    assert fetching.keep(context, source()) == 45


# When it was received.


@pytest.mark.parametrize(
    ("server", "believed"),
    [
        pytest.param(None, NOW, id="says nothing"),
        pytest.param(NOW, NOW, id="agrees"),
        pytest.param(NOW - SECOND, NOW - SECOND, id="a second ago"),
        pytest.param(NOW - timedelta(days=15), NOW - timedelta(days=15), id="just within the window"),
        pytest.param(NOW - timedelta(days=15) - SECOND, NOW, id="too long ago to be true"),
        pytest.param(NOW + SECOND, NOW, id="a second ahead of us"),
        pytest.param(NOW + 5 * MINUTE, NOW, id="minutes ahead of us"),
        pytest.param(NOW + timedelta(days=400), NOW, id="far ahead of us"),
    ],
)
def test_a_promise_counts_from_the_servers_receive_time_but_never_from_the_future(
    context: Context, server: datetime | None, believed: datetime
) -> None:
    keep(context, "1", mail("How do I open it?"), server)
    process_all(context)
    (ticket,) = rows.every(context.store, TicketRow)
    assert ticket.opened_at == believed
    # At P3 a first answer is due within four hours, here of a desk that never closes.
    assert ticket.first_reply_due_at == believed + timedelta(hours=4)


def test_a_server_that_is_ahead_is_not_believed_when_we_read_the_mail_later(context: Context, clock: Clock) -> None:
    """What counts is our clock when the mail came, not when its turn came."""
    keep(context, "1", mail("How do I open it?"), NOW + 3 * MINUTE)
    clock.at += 10 * MINUTE
    process_all(context)
    (ticket,) = rows.every(context.store, TicketRow)
    assert ticket.opened_at == NOW


# Which mail waits for another.

FIRST, ANSWER = (
    mail("How do I open it?", message_id="first@client.example.net"),
    mail(
        "Re: How do I open it?",
        "And where?",
        message_id="second@client.example.net",
        headers={"In-Reply-To": "<first@client.example.net>"},
    ),
)
LEASE = timedelta(minutes=10)


def taken_elsewhere(context: Context) -> inbox.Claimed:
    """The earlier mail in the hands of another worker, and what answers it waiting for us."""
    keep(context, "1", FIRST, NOW)
    first = context.store.run(inbox.claim, NOW, LEASE, "another")
    assert first is not None
    rows.live(context.store, "another", NOW)
    keep(context, "2", ANSWER, NOW)
    return first


def test_an_answer_waits_for_the_mail_that_it_answers(context: Context, clock: Clock) -> None:
    first = taken_elsewhere(context)
    assert incoming.process_message(context)
    assert rows.every(context.store, TicketRow) == [], "it would have opened a ticket of its own"
    answer = rows.every(context.store, InboxRow)[1]
    assert (answer.state, answer.tries, answer.due_at) == (inbox.WAITING, 0, NOW + SECOND)
    # The other worker gives up; both mails are ours now.
    context.store.run(inbox.give_back, first, NOW, "given back")
    clock.at += SECOND
    process_all(context)
    assert [row.number for row in rows.every(context.store, TicketRow)] == [1001]
    assert [row.route for row in rows.every(context.store, InboxRow)] == ["NewRequest", "FollowUp"]


@pytest.mark.parametrize(("waited", "opens"), [(30 * SECOND - SECOND, False), (30 * SECOND, True)], ids=str)
def test_an_answer_waits_no_longer_than_half_a_minute(
    context: Context, clock: Clock, waited: timedelta, opens: bool
) -> None:
    taken_elsewhere(context)
    clock.at += waited
    assert incoming.process_message(context)
    assert len(rows.every(context.store, TicketRow)) == opens


def test_a_mail_that_answers_nothing_does_not_wait(context: Context) -> None:
    taken_elsewhere(context)
    keep(context, "3", mail("Another question", sender="cara@example.net"), NOW)
    incoming.process_message(context)
    incoming.process_message(context)
    (ticket,) = rows.every(context.store, TicketRow)
    assert ticket.requester == "cara@example.net"


def test_an_answer_does_not_wait_where_every_earlier_mail_is_done(context: Context) -> None:
    keep(context, "1", ANSWER, NOW)
    process_all(context)
    assert len(rows.every(context.store, TicketRow)) == 1
