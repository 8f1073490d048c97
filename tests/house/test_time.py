"""Promises in time, through the real walk with a clock of our own (promises P17)."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

import walk
from models.tables import EventRow, LetterRow, TicketRow
from ops import build
from parser.mail import RawMessage
from servers.house import ANA, BEN, House, answer_to, mail
from servers.sink import Sink
from settings import load
from world import World

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    with ExitStack() as stack:
        house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
        world = stack.enter_context(build.open_world(load(house.config)))
        world.now = clock
        yield world


def receive(world: World, *contents: bytes) -> None:
    """What `fetch` and `take_in` do with mails that lie in the mailbox."""
    now = world.now()
    for content in contents:
        key = f"{now.timestamp()}-{hash(content)}"
        walk.keep(world, [RawMessage("support", "INBOX", 1, key, content, len(content), now)])
    while walk.take_in(world):
        pass


def breaches(world: World) -> list[tuple[str, datetime]]:
    def look(session: object) -> list[tuple[str, datetime]]:
        rows = session.execute(select(EventRow).where(col(EventRow.kind) == "breach").order_by(col(EventRow.at)))  # type: ignore[attr-defined]
        return [(row.data["metric"], row.at) for row in rows.scalars()]

    return world.store.run(look)


def letters(world: World, kind: str) -> list[LetterRow]:
    query = select(LetterRow).where(col(LetterRow.kind) == kind).order_by(col(LetterRow.id))
    return world.store.run(lambda session: list(session.execute(query).scalars()))


@pytest.mark.parametrize("away", [timedelta(minutes=1), timedelta(hours=5), timedelta(days=30)])
def test_what_was_missed_while_down_is_recorded_once_at_its_true_time_and_told_in_one_letter(
    world: World, clock: Clock, away: timedelta
) -> None:
    for number in range(20):
        receive(world, mail(f"How do I open it? {number}", sender=f"ana{number}@example.net"))
        clock.at += timedelta(seconds=7)
    tickets = world.store.run(lambda session: list(session.execute(select(TicketRow)).scalars()))
    due = sorted(
        at for row in tickets for at in (row.first_reply_due_at, row.resolve_due_at) if at and at <= clock.at + away
    )
    clock.at += away
    for _ in range(3):
        walk.tick(world)
    assert [at for _, at in breaches(world)] == due
    assert len(letters(world, "breach")) == (1 if due else 0), "one letter for each agent, however long we were away"
    assert walk.tick(world) == 0


def test_a_broken_promise_is_recorded_when_it_breaks_and_never_again(world: World, clock: Clock) -> None:
    receive(world, mail("How do I open it?"))
    (ticket,) = world.store.run(lambda session: list(session.execute(select(TicketRow)).scalars()))
    assert ticket.first_reply_due_at is not None
    clock.at = ticket.first_reply_due_at - timedelta(seconds=1)
    assert walk.tick(world) == 0
    clock.at = ticket.first_reply_due_at
    assert walk.tick(world) > 0
    assert breaches(world) == [("first_reply", ticket.first_reply_due_at)]
    clock.at += timedelta(hours=1)
    walk.tick(world)
    assert breaches(world) == [("first_reply", ticket.first_reply_due_at)]
    (notice,) = letters(world, "breach")
    assert notice.recipient == BEN
    assert "PD-1001-N" in notice.text


def test_an_answer_in_time_keeps_the_promise_and_a_late_one_shows_that_it_was_broken(
    world: World, clock: Clock
) -> None:
    from email import message_from_bytes, policy

    receive(world, mail("One", sender="one@example.net"), mail("Two", sender="two@example.net"))
    notes = {row.ticket_id: row for row in letters(world, "notification")}
    tickets = world.store.run(lambda session: list(session.execute(select(TicketRow)).scalars()))
    due = tickets[0].first_reply_due_at
    assert due is not None

    def answer(ticket: TicketRow) -> None:
        content = world.vault.get(notes[ticket.id].digest)
        receive(world, answer_to(message_from_bytes(content, policy=policy.default), "Done.", sender=BEN))  # type: ignore[arg-type]

    clock.at = due
    answer(tickets[0])
    clock.at = due + timedelta(seconds=1)
    answer(tickets[1])
    walk.tick(world)
    assert breaches(world) == [("first_reply", due)], "exactly at due is kept, a second later is not"


def test_a_clock_that_is_set_back_takes_nothing_back_and_repeats_nothing(world: World, clock: Clock) -> None:
    receive(world, mail("One"))
    clock.at += timedelta(days=1)
    walk.tick(world)
    before = breaches(world)
    assert before
    clock.at -= timedelta(hours=23)
    walk.tick(world)
    clock.at += timedelta(days=2)
    walk.tick(world)
    assert breaches(world)[: len(before)] == before
    assert len(breaches(world)) == len(set(breaches(world)))


def test_the_history_of_a_ticket_gives_its_deadlines_again(world: World, clock: Clock) -> None:
    """What the row stores is a cache of what its events say (promises I13)."""
    from desk import sla
    from models import tickets

    receive(world, mail("One", sender=ANA))
    clock.at += timedelta(minutes=3)
    ack = letters(world, "acknowledgement")[0]
    headers = {"In-Reply-To": f"<{ack.message_id}>", "References": f"<{ack.message_id}>"}
    receive(world, mail("Re: One", "And another thing", sender=ANA, headers=headers))
    desk = world.settings.desk
    known = world.store.run(lambda session: tickets.load(session, 1001, "signed", desk))
    assert known is not None
    assert len([event for event in known.history if event.kind == "customer_message"]) == 2
    again, new = sla.wind(known.ticket, known.history, (), desk.service, clock.at)
    assert new == ()
    assert again == known.ticket
