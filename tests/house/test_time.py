"""Promises in time, through the real walk with a clock of our own (promises P17)."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from desk.calendar.tables import read_calendar
from models.tables import EventRow, LetterRow, TicketRow
from ops import build
from parser.mail import RawMessage
from pipeline import fetching, incoming, timers
from pipeline.clock_guard import Guard
from pipeline.context import Context
from pipeline.settings import load
from servers.house import ANA, BEN, House, answer_to, mail
from servers.sink import Sink

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is moved; moved by `at` alone, it is a clock that somebody set."""

    def __init__(self) -> None:
        self.at, self.monotonic = START, 5000.0

    def __call__(self) -> datetime:
        return self.at

    def go_on(self, by: timedelta) -> None:
        self.at += by
        self.monotonic += by.total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    with ExitStack() as stack:
        house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
        context = stack.enter_context(build.open_context(load(house.config)))
        context.now = clock
        yield context


@pytest.fixture
def watched(context: Context, clock: Clock) -> Context:
    """The same, and its clock is compared with a monotonic one, as the daemon's is."""
    context.trusted = Guard(clock, lambda: clock.monotonic).trusted
    return context


def receive(context: Context, *contents: bytes) -> None:
    """What `fetch` and `process_message` do with mails that lie in the mailbox."""
    now = context.now()
    for content in contents:
        key = f"{now.timestamp()}-{hash(content)}"
        fetching.keep(context, [RawMessage("support", "INBOX", 1, key, content, len(content), now)])
    while incoming.process_message(context):
        pass


def breaches(context: Context) -> list[tuple[str, datetime]]:
    def look(session: object) -> list[tuple[str, datetime]]:
        rows = session.execute(select(EventRow).where(col(EventRow.kind) == "breach").order_by(col(EventRow.at)))  # type: ignore[attr-defined]
        return [(row.data["metric"], row.at) for row in rows.scalars()]

    return context.store.run(look)


def events(context: Context, *kinds: str) -> list[tuple[str, datetime]]:
    """(kind, true time) of all events of these kinds, as they were recorded."""
    query = select(EventRow).where(col(EventRow.kind).in_(kinds)).order_by(col(EventRow.id))
    return context.store.run(lambda session: [(row.kind, row.at) for row in session.execute(query).scalars()])


def letters(context: Context, kind: str) -> list[LetterRow]:
    query = select(LetterRow).where(col(LetterRow.kind) == kind).order_by(col(LetterRow.id))
    return context.store.run(lambda session: list(session.execute(query).scalars()))


@pytest.mark.parametrize("away", [timedelta(minutes=1), timedelta(hours=5), timedelta(days=30)])
def test_what_was_missed_while_down_is_recorded_once_at_its_true_time_and_told_in_one_letter(
    context: Context, clock: Clock, away: timedelta
) -> None:
    for number in range(20):
        receive(context, mail(f"How do I open it? {number}", sender=f"ana{number}@example.net"))
        clock.at += timedelta(seconds=7)
    tickets = context.store.run(lambda session: list(session.execute(select(TicketRow)).scalars()))
    due = sorted(
        at for row in tickets for at in (row.first_reply_due_at, row.resolve_due_at) if at and at <= clock.at + away
    )
    clock.at += away
    for _ in range(3):
        timers.tick(context)
    assert [at for _, at in breaches(context)] == due
    assert len(letters(context, "breach")) == (1 if due else 0), "one letter for each agent, however long we were away"
    assert timers.tick(context) == 0


def test_a_broken_promise_is_recorded_when_it_breaks_and_never_again(context: Context, clock: Clock) -> None:
    receive(context, mail("How do I open it?"))
    (ticket,) = context.store.run(lambda session: list(session.execute(select(TicketRow)).scalars()))
    assert ticket.first_reply_due_at is not None
    clock.at = ticket.first_reply_due_at - timedelta(seconds=1)
    # The step at three quarters of the time; it is told, and that is all.
    assert timers.tick(context) > 0
    assert [kind for kind, _ in events(context, "step", "breach")] == ["step"]
    assert timers.tick(context) == 0
    clock.at = ticket.first_reply_due_at
    assert timers.tick(context) > 0
    assert breaches(context) == [("first_reply", ticket.first_reply_due_at)]
    clock.at += timedelta(hours=1)
    timers.tick(context)
    assert breaches(context) == [("first_reply", ticket.first_reply_due_at)]
    warning, notice = letters(context, "breach")
    assert warning.recipient == notice.recipient == BEN
    for one in (warning, notice):
        assert "PD-1001-N" in one.text
    assert "left" in warning.text
    assert "was due" in notice.text


def test_an_answer_in_time_keeps_the_promise_and_a_late_one_shows_that_it_was_broken(
    context: Context, clock: Clock
) -> None:
    receive(context, mail("One", sender="one@example.net"), mail("Two", sender="two@example.net"))
    notes = {row.ticket_id: row for row in letters(context, "notification")}
    tickets = context.store.run(lambda session: list(session.execute(select(TicketRow)).scalars()))
    due = tickets[0].first_reply_due_at
    assert due is not None

    def answer(ticket: TicketRow) -> None:
        content = context.vault.get(notes[ticket.id].digest)
        receive(context, answer_to(message_from_bytes(content, policy=policy.default), "Done.", sender=BEN))  # type: ignore[arg-type]

    clock.at = due
    answer(tickets[0])
    clock.at = due + timedelta(seconds=1)
    answer(tickets[1])
    timers.tick(context)
    assert breaches(context) == [("first_reply", due)], "exactly at due is kept, a second later is not"


def test_a_clock_that_is_set_back_takes_nothing_back_and_repeats_nothing(context: Context, clock: Clock) -> None:
    receive(context, mail("One"))
    clock.at += timedelta(days=1)
    timers.tick(context)
    before = breaches(context)
    assert before
    clock.at -= timedelta(hours=23)
    timers.tick(context)
    clock.at += timedelta(days=2)
    timers.tick(context)
    assert breaches(context)[: len(before)] == before
    assert len(breaches(context)) == len(set(breaches(context)))


def test_the_history_of_a_ticket_gives_its_deadlines_again(context: Context, clock: Clock) -> None:
    """What the row stores is a cache of what its events say (promises I13)."""
    from desk.sla import clock as sla
    from models import tickets

    receive(context, mail("One", sender=ANA))
    clock.at += timedelta(minutes=3)
    ack = letters(context, "acknowledgement")[0]
    headers = {"In-Reply-To": f"<{ack.message_id}>", "References": f"<{ack.message_id}>"}
    receive(context, mail("Re: One", "And another thing", sender=ANA, headers=headers))
    desk = context.settings.desk
    known = context.store.run(tickets.load, 1001, "signed", desk)
    assert known is not None
    assert len([event for event in known.history if event.kind == "customer_message"]) == 2
    again, new = sla.recalculate(known.ticket, known.history, (), desk.sla_policies, clock.at)
    assert new == ()
    assert again == known.ticket


# A clock that jumps (promises P16, I15).

FIRST_DUE = START + timedelta(hours=4)
"""Of a request of priority P3 that came at START."""


def told(context: Context, kind: str = "breach") -> str:
    return "\n".join(letter.text for letter in letters(context, kind))


def test_a_clock_that_is_set_forward_by_error_and_back_breaks_nothing_and_tells_nobody(
    watched: Context, clock: Clock
) -> None:
    receive(watched, mail("One"))
    before = watched.store.run(lambda session: session.get(TicketRow, 1).model_dump())  # type: ignore[union-attr]
    clock.at += timedelta(days=30)
    for _ in range(59):
        assert timers.tick(watched) == 0
        clock.go_on(timedelta(seconds=1))
    clock.at -= timedelta(days=30)
    assert timers.tick(watched) == 0
    assert events(watched, "step", "breach", "apology") == []
    assert watched.store.run(lambda session: session.get(TicketRow, 1).model_dump()) == before  # type: ignore[union-attr]
    clock.go_on(timedelta(hours=4))
    timers.tick(watched)
    assert breaches(watched) == [("first_reply", FIRST_DUE)]
    assert len(letters(watched, "breach")) == 1


def test_no_mail_is_judged_by_a_clock_in_doubt(watched: Context, clock: Clock) -> None:
    """When it came would be wrong for ever."""
    content = mail("One")
    fetching.keep(watched, [RawMessage("support", "INBOX", 1, "1", content, len(content), clock.at)])
    clock.at += timedelta(days=1)
    assert not incoming.process_message(watched)
    assert letters(watched, "acknowledgement") == []
    clock.at -= timedelta(days=1)
    while incoming.process_message(watched):
        pass
    assert len(letters(watched, "acknowledgement")) == 1


@pytest.mark.parametrize("away", [timedelta(hours=3, minutes=30), timedelta(days=1), timedelta(days=30)], ids=str)
def test_after_a_machine_was_suspended_all_is_recorded_at_its_true_time_and_told_in_one_letter(
    watched: Context, clock: Clock, away: timedelta
) -> None:
    """Its wall clock went on and its monotonic one did not; a minute later both go on alike."""
    for number in range(5):
        receive(watched, mail(f"Where is it? {number}", sender=f"ana{number}@example.net"))
    clock.at += away
    assert timers.tick(watched) == 0
    clock.go_on(timedelta(seconds=59))
    assert timers.tick(watched) == 0
    clock.go_on(timedelta(seconds=1))
    for _ in range(3):
        timers.tick(watched)
    expected = [("step", START + timedelta(hours=3))] * 5
    if away >= timedelta(days=1):
        expected += [("breach", FIRST_DUE)] * 5
    if away >= timedelta(days=2):
        expected += [("step", START + timedelta(hours=36))] * 5 + [("breach", START + timedelta(hours=48))] * 5
    assert sorted(events(watched, "step", "breach")) == sorted(expected)
    assert len(letters(watched, "breach")) == 1
    assert len(letters(watched, "apology")) == (5 if away >= timedelta(days=1) else 0)


@pytest.mark.parametrize("to", [datetime(1970, 1, 2, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)], ids=str)
def test_whatever_a_wrong_clock_that_was_believed_did_stays_and_is_not_repeated(
    watched: Context, clock: Clock, to: datetime
) -> None:
    receive(watched, mail("One"))
    clock.go_on(timedelta(hours=3, minutes=1))
    timers.tick(watched)
    right, clock.at = clock.at, to
    assert timers.tick(watched) == 0
    clock.go_on(timedelta(seconds=61))
    timers.tick(watched)
    before, written = events(watched, "step", "breach"), len(letters(watched, "breach"))
    clock.at = right + timedelta(seconds=61)
    assert timers.tick(watched) == 0
    clock.go_on(timedelta(seconds=61))
    timers.tick(watched)
    assert (events(watched, "step", "breach"), len(letters(watched, "breach"))) == (before, written)
    # And time goes on: the next request is kept like any other.
    receive(watched, mail("Two", sender="two@example.net"))
    begin = clock.at
    clock.go_on(timedelta(hours=5))
    timers.tick(watched)
    assert ("first_reply", begin + timedelta(hours=4)) in breaches(watched)
    recorded = [(row.ticket_id, row.key) for row in _rows(watched)]
    assert len(recorded) == len(set(recorded))


def _rows(context: Context) -> list[EventRow]:
    query = select(EventRow).where(col(EventRow.kind).in_(("step", "breach")))
    return context.store.run(lambda session: list(session.execute(query).scalars()))


# A tick that is cut off.


class Crash(Exception):
    pass


@pytest.mark.parametrize("point", ["breaches recorded", "breaches seen"])
def test_a_tick_that_is_cut_off_between_what_happened_and_its_letters_tells_once(
    context: Context, clock: Clock, point: str
) -> None:
    for number in range(3):
        receive(context, mail(f"Where is it? {number}", sender=f"ana{number}@example.net"))
    clock.at += timedelta(hours=4)

    def fail_point(passed: str) -> None:
        if passed == point:
            raise Crash

    context.fail_point, uncut = fail_point, context.fail_point
    with pytest.raises(Crash):
        timers.tick(context)
    assert letters(context, "breach") == []
    context.fail_point = uncut
    for _ in range(3):
        timers.tick(context)
    assert [told(context).count(f"- PD-100{number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert len(letters(context, "breach")) == 1
    assert sorted(letter.recipient for letter in letters(context, "apology")) == [
        f"ana{number}@example.net" for number in range(3)
    ]


# Working hours, apologies, and answers to warnings.

OFFICE = {"zone": "UTC", "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}


@pytest.fixture
def office(context: Context) -> Context:
    """A desk that works on weekdays from nine to five."""
    desk = context.settings.desk
    calendars = {**desk.calendars, "office": read_calendar("office", OFFICE)}
    policy = desk.policy.model_copy(update={"calendar": "office"})
    context.settings = replace(context.settings, desk=replace(desk, policy=policy, calendars=calendars))
    return context


def test_who_was_away_when_the_desk_was_open_is_told_when_it_opens_again(office: Context, clock: Clock) -> None:
    receive(office, mail("One"))
    # Four open hours from Monday at nine: broken at one, and found on Monday evening.
    clock.at = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    timers.tick(office)
    assert breaches(office) == [("first_reply", datetime(2026, 3, 2, 13, 0, tzinfo=UTC))]
    assert letters(office, "breach") == []
    (apology,) = letters(office, "apology")
    assert "Tuesday, 3 March 2026, 13:00" in apology.text, "a customer is told at once, of a time when somebody works"
    # The morning is slept through as well.
    clock.at = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
    timers.tick(office)
    assert letters(office, "breach") == []
    clock.at = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    timers.tick(office)
    (notice,) = letters(office, "breach")
    assert "12 hrs of working time ago" in notice.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-generated"},
        {"List-Id": "<news.example.net>", "Precedence": "list"},
        {"X-Auto-Response-Suppress": "All"},
        {"Return-Path": "<>"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_what_got_no_acknowledgement_gets_no_apology(context: Context, clock: Clock, headers: dict[str, str]) -> None:
    receive(context, mail("Report", headers=headers))
    assert letters(context, "acknowledgement") == []
    clock.at += timedelta(days=1)
    timers.tick(context)
    assert letters(context, "apology") == []


def test_a_desk_that_does_not_apologise_does_not(context: Context, clock: Clock) -> None:
    desk = context.settings.desk
    silent = replace(desk, policy=desk.policy.model_copy(update={"apologise": ()}))
    context.settings = replace(context.settings, desk=silent)
    receive(context, mail("One"))
    clock.at += timedelta(days=1)
    timers.tick(context)
    assert breaches(context)
    assert letters(context, "apology") == []


def test_an_answer_to_a_warning_takes_notice_and_never_reaches_the_customer(context: Context, clock: Clock) -> None:
    receive(context, mail("One"))
    clock.at += timedelta(hours=3)
    timers.tick(context)
    (warning,) = letters(context, "breach")
    content = message_from_bytes(context.vault.get(warning.digest), policy=policy.default)
    receive(context, answer_to(content, "/assign me\n\nI am on it, he is a difficult one.", sender=BEN))  # type: ignore[arg-type]
    assert [kind for kind, _ in events(context, "acknowledged", "assigned", "note", "agent_answer")] == [
        "assigned",
        "acknowledged",
        "note",
    ]
    clock.at = FIRST_DUE
    timers.tick(context)
    assert breaches(context) == [("first_reply", FIRST_DUE)], "notice is no answer"
    to_ana = [letter for letter in _letters(context) if letter.recipient == ANA]
    assert [letter.kind for letter in to_ana] == ["acknowledgement", "apology"]
    assert not any("difficult" in letter.text for letter in to_ana)


def _letters(context: Context) -> list[LetterRow]:
    return context.store.run(lambda session: list(session.execute(select(LetterRow)).scalars()))
