"""What customers are told, and what agents do with whole tickets, through the real walk with a clock of our own."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from desk import threads
from desk.calendar.business_hours import Calendar, Window
from desk.sla import clock as sla
from models import tickets
from models.queue_statistics import queue_statistics
from models.tables import EventRow, LetterRow, ParticipantRow, TicketRow
from ops import build
from parser.mail import RawMessage
from pipeline import fetching, incoming, timers
from pipeline.context import Context
from pipeline.settings import load
from servers.house import ANA, BEN, House, answer_to, mail
from servers.sink import Sink

# A Monday.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICE = Calendar("office", "UTC", lambda day: (Window(9 * 3600, 17 * 3600),) if day.weekday() < 5 else ())
CARA = "cara@example.net"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


class Shop:
    """A desk without a daemon: mails are taken in when they are received."""

    def __init__(self, context: Context, clock: Clock) -> None:
        self.context, self.clock = context, clock

    def receive(self, *contents: bytes) -> None:
        now = self.clock.at
        for content in contents:
            raw = RawMessage("support", "INBOX", 1, f"{now.timestamp()}-{hash(content)}", content, len(content), now)
            fetching.keep(self.context, [raw])
        while incoming.process_message(self.context):
            pass

    def ask(self, subject: str, sender: str = ANA, **more: Any) -> TicketRow:
        """A customer opens a ticket."""
        self.receive(mail(subject, sender=sender, **more))
        return self.all(TicketRow)[-1]

    def all(self, table: Any) -> list[Any]:
        query = select(table).order_by(col(table.id))
        return self.context.store.run(lambda session: list(session.execute(query).scalars()))

    def ticket(self, number: int) -> TicketRow:
        return next(row for row in self.all(TicketRow) if row.number == number)

    def letters(self, kind: str, ticket: TicketRow | None = None) -> list[LetterRow]:
        return [row for row in self.all(LetterRow) if row.kind == kind and (not ticket or row.ticket_id == ticket.id)]

    def events(self, ticket: TicketRow) -> list[str]:
        return [row.kind for row in self.all(EventRow) if row.ticket_id == ticket.id]

    def write(self, ticket: TicketRow, text: str) -> None:
        """Ben answers the first notification of a ticket."""
        content = self.context.vault.get(self.letters("notification", ticket)[0].digest)
        told: EmailMessage = message_from_bytes(content, policy=policy.default)  # type: ignore[assignment]
        self.receive(answer_to(told, text, sender=BEN))

    def again(self, ticket: TicketRow, sender: str = ANA, text: str = "And now?") -> None:
        """The customer answers the acknowledgement of a ticket."""
        ack = self.letters("acknowledgement", ticket)[0].message_id
        headers = {"In-Reply-To": f"<{ack}>", "References": f"<{ack}>"}
        self.receive(mail(f"Re: {ticket.subject}", text, sender=sender, headers=headers))

    def refusal(self) -> str:
        return self.letters("refusal")[-1].text

    def recalculated(self) -> None:
        """What is stored of each ticket is what its events say (promises I13)."""
        desk = self.context.settings.desk
        timers.tick(self.context)
        for row in self.all(TicketRow):
            known = self.context.store.run(lambda session, n=row.number: tickets.load(session, n, "signed", desk))
            assert known is not None
            again = sla.recalculate(known.ticket, known.history, (), desk.sla_policies, self.clock.at)
            assert again == (known.ticket, ())


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    clock = Clock()
    with ExitStack() as stack:
        house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
        context = stack.enter_context(build.open_context(load(house.config)))
        context.now = clock
        shop = Shop(context, clock)
        yield shop
        shop.recalculated()


def set_desk(shop: Shop, **changes: Any) -> None:
    """The desk works by office hours, and by these other rules."""
    desk = shop.context.settings.desk
    rules = desk.policy.model_copy(update={"calendar": "office", **changes})
    desk = replace(desk, policy=rules, calendars={**desk.calendars, "office": OFFICE})
    shop.context.settings = replace(shop.context.settings, desk=desk)


# What customers are told.


def test_the_promise_stands_in_the_clock_of_the_customer_and_tells_of_closed_doors(shop: Shop) -> None:
    set_desk(shop)
    shop.clock.at = datetime(2026, 3, 7, 12, 3, tzinfo=UTC)
    content = mail("How do I open an account?")
    shop.receive(re.sub(rb"(?m)^Date: .*?\r?$", b"Date: Sat, 07 Mar 2026 20:01:00 +0800\r", content))
    text = shop.letters("acknowledgement")[0].text
    # Monday at nine in UTC, and four open hours after it for P3.
    assert "open again on Monday, 9 March 2026, 17:00 (UTC+8)" in text
    assert "(UTC+8) at the latest" in text
    assert "More people than usual" not in text
    shop.clock.at = datetime(2026, 3, 9, 10, 2, 30, tzinfo=UTC)
    row = shop.ask("How do I close it?", sender=CARA)
    text = shop.letters("acknowledgement", row)[0].text
    assert "open again" not in text
    assert row.first_reply_due_at is not None
    due = row.first_reply_due_at
    rounded = f"{due.hour:02}:{due.minute // 5 * 5 + 5:02}"
    assert f"{rounded} (UTC) at the latest" in text


def test_a_queue_that_was_slower_lately_promises_what_it_really_achieves(shop: Shop) -> None:
    asked = [shop.ask("A question", sender=f"ana{number}@example.net") for number in range(11)]
    due = asked[0].first_reply_due_at
    assert due is not None
    for hours, row in enumerate(asked[:9], 11):
        shop.clock.at = START + hours * HOUR
        shop.write(row, "Done.")
    found = [row.first_reply_spent for row in shop.all(TicketRow)]
    assert found == [hours * 3600 for hours in range(11, 20)] + [None, None]

    def load() -> Any:
        return shop.context.store.run(queue_statistics, asked[0].queue, asked[0].category, shop.clock.at)

    assert (load().needed, load().waiting, load().answered) == (None, 2, 9), "nine say nothing yet"
    shop.clock.at = START + 20 * HOUR
    shop.write(asked[9], "Done.")
    assert (load().needed, load().waiting, load().answered) == (18 * HOUR, 1, 10)
    shop.clock.at = START + 24 * HOUR
    row = shop.ask("A question", sender="late@example.net")
    assert row.first_reply_due_at == shop.clock.at + (due - START), "the desk is judged by its target all the same"
    assert f"Wednesday, {(shop.clock.at + 18 * HOUR):%-d %B %Y, %H:%M}" in shop.letters("acknowledgement", row)[0].text
    shop.clock.at += timedelta(days=31)
    assert (load().needed, load().answered) == (None, 0)


def test_who_answers_and_solves_has_answered(shop: Shop) -> None:
    row = shop.ask("A question")
    shop.clock.at += 2 * HOUR
    shop.write(row, "/solve\n\nDone.")
    solved = shop.ticket(row.number)
    assert (solved.status, solved.first_reply_spent) == ("solved", 2 * 3600)
    assert solved.update_due_at is None
    events = shop.events(row)
    assert events.index("agent_answer") < events.index("status")


def test_the_apology_waits_for_the_time_that_the_customer_was_told(shop: Shop) -> None:
    """The one promise that he knows is that of the acknowledgement, by his own clock."""
    asked = [shop.ask("A question", sender=f"ana{number}@example.net") for number in range(10)]
    due = asked[0].first_reply_due_at
    assert due is not None
    shop.clock.at = START + 11 * HOUR
    for one in asked:
        shop.write(one, "Done.")
    shop.clock.at = begin = START + 24 * HOUR
    here = begin.astimezone(timezone(timedelta(hours=8)))
    row = shop.ask("A question", sender=CARA, date=format_datetime(here))
    assert row.first_reply_due_at == begin + (due - START)
    told = f"{(begin + 19 * HOUR):%-d %B %Y, %H:%M} (UTC+8)"
    assert told in shop.letters("acknowledgement", row)[0].text
    shop.clock.at = begin + (due - START)
    timers.tick(shop.context)
    assert "breach" in shop.events(row)
    assert shop.letters("apology") == [], "he was told a later time"
    shop.clock.at = begin + 11 * HOUR - timedelta(seconds=1)
    timers.tick(shop.context)
    assert shop.letters("apology") == []
    shop.clock.at = begin + 11 * HOUR
    timers.tick(shop.context)
    (letter,) = shop.letters("apology")
    assert letter.recipient == CARA
    assert told in letter.text
    timers.tick(shop.context)
    assert len(shop.letters("apology")) == 1


def test_an_answer_in_the_time_that_was_told_needs_no_apology(shop: Shop) -> None:
    row = shop.ask("A question", sender=CARA)
    due = row.first_reply_due_at
    assert due is not None
    shop.clock.at = due
    shop.write(row, "Done.")
    shop.clock.at = due + 2 * HOUR
    timers.tick(shop.context)
    assert shop.letters("apology") == []


def test_the_recent_first_answers_are_one_look_into_an_index(shop: Shop) -> None:
    shop.ask("A question")

    def plans(session: Any) -> list[str]:
        seen: list[str] = []
        connection = session.connection().connection.dbapi_connection
        connection.set_trace_callback(seen.append)
        queue_statistics(session, "support", "kyc", shop.clock.at)
        connection.set_trace_callback(None)
        return [
            row[3]
            for one in seen
            if one.startswith("SELECT")
            for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")
        ]

    found = [plan.partition(" (")[0] for plan in shop.context.store.run(plans)]
    assert [plan for plan in found if plan.startswith(("SEARCH", "SCAN ticket"))] == [
        "SEARCH ticket USING COVERING INDEX ix_ticket_category_answered",
        "SEARCH ticket USING COVERING INDEX ix_ticket_queue_answered",
        "SEARCH ticket USING INDEX ix_ticket_unanswered",
        "SEARCH ticket USING COVERING INDEX ix_ticket_queue_answered",
        "SEARCH ticket USING INTEGER PRIMARY KEY",
        "SEARCH ticket",
    ]


def test_a_peak_is_told_and_only_then(shop: Shop) -> None:
    set_desk(shop, peak_backlog=2)
    texts = []
    for number in range(3):
        row = shop.ask("A question", sender=f"ana{number}@example.net")
        texts.append("More people than usual" in shop.letters("acknowledgement", row)[0].text)
    assert texts == [False, False, True]


def test_where_nothing_is_promised_no_time_is_told(shop: Shop) -> None:
    policy = shop.context.settings.desk.policy
    set_desk(shop, calendar="24/7", sla={name: type(row)() for name, row in policy.sla.items()})
    shop.ask("A question")
    text = shop.letters("acknowledgement")[0].text
    assert "as soon as possible" in text
    assert "at the latest" not in text


def test_who_reopens_when_little_time_is_left_is_pointed_out(shop: Shop) -> None:
    row = shop.ask("A question")
    shop.write(row, "/solve\n\nDone.")
    shop.clock.at += HOUR
    shop.again(row)
    assert "Less than a tenth" not in shop.letters("notification", row)[-1].text
    shop.clock.at = START + 46 * HOUR
    shop.write(row, "/solve\n\nDone again.")
    assert shop.ticket(row.number).resolve_due_at is None
    shop.clock.at = START + timedelta(days=6)
    shop.again(row, text="It came back.")
    assert "Less than a tenth" in shop.letters("notification", row)[-1].text


# Putting aside.


def test_a_ticket_put_aside_comes_back_at_its_time_with_a_letter(shop: Shop) -> None:
    set_desk(shop)
    row = shop.ask("A question")
    shop.write(row, "/snooze until tuesday 07:00\n\nI ask my colleagues.")
    resting = shop.ticket(row.number)
    assert resting.snoozed_until == START + timedelta(days=1), "the desk opens at nine"
    assert resting.status == "waiting"
    assert "I ask my colleagues." in shop.letters("answer", row)[0].text
    shop.clock.at = START + timedelta(days=1) - timedelta(seconds=1)
    timers.tick(shop.context)
    assert "woken" not in shop.events(row)
    told = len(shop.letters("notification", row))
    for _ in range(3):
        shop.clock.at += timedelta(seconds=1)
        timers.tick(shop.context)
    assert shop.events(row).count("woken") == 1
    assert shop.ticket(row.number).snoozed_until is None
    (woken,) = shop.letters("notification", row)[told:]
    assert "was snoozed until now" in woken.text
    assert woken.recipient == BEN


def test_the_customer_wakes_a_ticket_early_and_nothing_comes_at_the_time(shop: Shop) -> None:
    row = shop.ask("A question")
    shop.write(row, "/snooze 3d\n/note\n\nLet us see.")
    assert shop.ticket(row.number).snoozed_until is not None
    shop.clock.at += HOUR
    shop.again(row)
    assert shop.ticket(row.number).snoozed_until is None
    shop.clock.at += timedelta(days=4)
    timers.tick(shop.context)
    assert "woken" not in shop.events(row)


# Merging.


def test_a_merged_ticket_goes_on_in_the_other_with_its_people_and_its_age(shop: Shop) -> None:
    target = shop.ask("My card")
    shop.write(target, "Which card?")
    shop.clock.at += HOUR
    source = shop.ask("My card again")
    asked = shop.clock.at
    shop.clock.at += HOUR
    shop.write(source, f"/merge {target.number}")
    left, on = shop.ticket(source.number), shop.ticket(target.number)
    assert (left.status, left.merged_into, left.wake_at) == ("closed", target.number, None)
    assert (left.first_reply_due_at, left.resolve_due_at) == (None, None)
    assert on.status == "open"
    desk = shop.context.settings.desk
    next_reply = desk.policy.sla[on.priority].next_reply
    assert on.next_reply_due_at == asked + next_reply, "the message is as old as it is"  # type: ignore[operator]
    assert len(shop.letters("acknowledgement")) == 2, "nobody outside is told"
    assert len(shop.letters("answer")) == 1
    shop.clock.at += HOUR
    shop.again(source, text="Hello? Anybody?")
    assert shop.events(target).count("customer_message") == 3
    assert shop.events(source).count("customer_message") == 1
    shop.write(source, "We send a new one.")
    assert len(shop.letters("answer", target)) == 2, "who answers the old notification answers in the other ticket"
    shop.clock.at += timedelta(days=9)
    timers.tick(shop.context)
    assert "breach" not in shop.events(source), "what was merged promises nothing any more"


def test_the_words_of_one_customer_do_not_come_to_another(shop: Shop) -> None:
    target, source = shop.ask("My card"), shop.ask("A secret of mine", sender=CARA)
    shop.write(source, f"/merge {target.number}")
    assert shop.ticket(source.number).merged_into is None
    assert "another customer" in shop.refusal()
    shop.write(source, f"/merge! {target.number}")
    assert shop.ticket(source.number).merged_into == target.number
    people = [(row.address, row.state) for row in shop.all(ParticipantRow) if row.ticket_id == target.id]
    assert people == [(ANA, "active"), (CARA, "active")]


def test_what_cannot_be_merged_is_given_back_and_nothing_is_done(shop: Shop) -> None:
    one, two, three = shop.ask("One"), shop.ask("Two"), shop.ask("Three")
    for text in ("/merge 4711", "/merge", "/merge nonsense", f"/merge {one.number}", f"/merge {two.number}\n/open"):
        shop.write(one, text)
        assert shop.ticket(one.number).merged_into is None, text
    shop.write(one, f"/merge {two.number}\n\nDear Ana, see the other ticket.")
    assert "sends nothing to the customer" in shop.refusal()
    assert shop.letters("answer") == []
    shop.write(one, f"/merge {two.number}")
    shop.write(two, f"/merge {three.number}")
    assert shop.ticket(two.number).merged_into == three.number
    # What was merged twice is answered at the end of the chain, and does not bite its tail.
    shop.write(one, "We are on it.")
    assert len(shop.letters("answer", three)) == 1
    shop.write(three, f"/merge {one.number}")
    assert "was merged into it" in shop.refusal()
    assert shop.ticket(three.number).merged_into is None


def test_a_merger_by_mistake_is_undone_with_its_clocks_and_its_people(shop: Shop) -> None:
    target, source = shop.ask("My card"), shop.ask("My account", sender=CARA)
    before = shop.ticket(source.number)
    shop.clock.at += HOUR
    shop.write(source, f"/merge! {target.number}")
    shop.clock.at += HOUR
    shop.write(target, f"/unmerge {source.number}")
    after = shop.ticket(source.number)
    assert (after.status, after.merged_into) == (before.status, None)
    assert (after.first_reply_due_at, after.resolve_due_at) == (before.first_reply_due_at, before.resolve_due_at)
    people = [(row.address, row.state) for row in shop.all(ParticipantRow) if row.ticket_id == target.id]
    assert people == [(ANA, "active"), (CARA, "suggested")]
    shop.clock.at += HOUR
    shop.again(source, sender=CARA)
    assert shop.events(source).count("customer_message") == 2
    assert shop.events(target).count("customer_message") == 2, "its own, and the one that was merged"
    shop.write(target, "Here is your card.")
    assert [row.recipient for row in shop.letters("answer", target)] == [ANA]


def test_what_was_closed_before_it_was_merged_stays_closed_after(shop: Shop) -> None:
    target, source = shop.ask("My card"), shop.ask("My card again")
    shop.write(source, f"/merge {target.number}")
    shop.write(target, f"/unmerge {source.number}")
    assert shop.ticket(source.number).status == "new"
    shop.write(source, "/close")
    shop.write(source, f"/merge {target.number}")
    shop.write(target, f"/unmerge {source.number}")
    after = shop.ticket(source.number)
    assert (after.status, after.merged_into) == ("closed", None)


def test_both_numbers_lead_to_the_ticket_that_goes_on_and_only_for_those_who_take_part(shop: Shop) -> None:
    target, source = shop.ask("My card"), shop.ask("My card again")
    tags = [threads.tag("PD", row.number) for row in (target, source)]
    shop.write(source, f"/merge {tags[0]}")
    for subject in (*tags, " and ".join(tags)):
        shop.receive(mail(f"Re: [{subject}] and now?", f"About {subject}"))
    assert shop.events(target).count("customer_message") == 5, "its own, the one that was merged, and three"
    assert shop.events(source).count("customer_message") == 1
    shop.receive(mail(f"Re: [{tags[1]}] let me see", sender=CARA))
    assert shop.all(TicketRow)[-1].requester == CARA
    assert shop.events(target).count("customer_message") == 5


def test_a_resting_ticket_wakes_when_another_is_merged_into_it(shop: Shop) -> None:
    target = shop.ask("My card")
    shop.clock.at += HOUR
    source = shop.ask("My card again")
    shop.clock.at += HOUR
    shop.write(target, "/snooze 3d")
    assert shop.ticket(target.number).snoozed_until is not None
    shop.clock.at += HOUR
    shop.write(source, f"/merge {target.number}")
    assert shop.ticket(target.number).snoozed_until is None


@pytest.mark.parametrize("text", ["/snooze", "/snooze until 2020-01-01", "/snooze 3000d", "/snooze 3d 4h"])
def test_who_snoozes_until_no_time_gets_one_line_that_says_why(shop: Shop, text: str) -> None:
    row = shop.ask("My card")
    shop.write(row, f"{text}\n\nWe look into it.")
    assert re.search(rf"^\W*{re.escape(text)}: .*$", shop.refusal(), re.MULTILINE), shop.refusal()
    assert shop.ticket(row.number).snoozed_until is None
    assert shop.letters("answer") == []


# Spam and duplicates.


@pytest.mark.parametrize("text", ["/spam", "/duplicate {number}", "/spam\n/note\n\nThe third today."])
def test_what_was_no_request_is_closed_in_silence_and_breaks_no_promise(shop: Shop, text: str) -> None:
    other = shop.ask("My card", sender=CARA)
    row = shop.ask("Cheap watches")
    letters = len([one for one in shop.all(LetterRow) if one.recipient in (ANA, CARA)])
    shop.write(row, text.format(number=other.number))
    closed = shop.ticket(row.number)
    assert (closed.status, closed.wake_at, closed.first_reply_due_at) == ("closed", None, None)
    assert "void" in shop.events(row)
    assert len([one for one in shop.all(LetterRow) if one.recipient in (ANA, CARA)]) == letters
    shop.clock.at += timedelta(days=9)
    timers.tick(shop.context)
    assert "breach" not in shop.events(row)
    assert closed.first_reply_at is None, "it is no first answer to learn from"


@pytest.mark.parametrize("text", ["/spam now", "/spam\n/solve", "/spam\n\nGo away.", "/duplicate", "/duplicate 99"])
def test_spam_and_duplicates_are_obeyed_whole_or_not_at_all(shop: Shop, text: str) -> None:
    row = shop.ask("My card")
    shop.write(row, text)
    assert shop.ticket(row.number).status == "new"
    assert len(shop.letters("refusal")) == 1
    assert shop.letters("answer") == []
