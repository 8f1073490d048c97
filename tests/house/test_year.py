"""A year of a desk, through the real walk with a clock of our own; all invariants are looked at daily (P18).

Customers write at all hours, agents answer in theirs, some late, some never; there are weekends, holidays, a leap day,
two changes of the clock, and the turn of a year.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from desk.calendar.tables import read_calendar
from desk.facts import CandidateTicket, Desk
from desk.sla import clock as sla
from desk.ticket import EventKind
from models import tickets
from models.tables import EventRow, InboxRow, LetterRow, MessageRow, TicketRow
from ops import build
from parser.mail import RawMessage
from pipeline import fetching, incoming, timers
from pipeline.context import Context
from pipeline.settings import load
from servers.house import BEN, House, answer_to, mail
from servers.sink import Sink

START = datetime(2027, 12, 20, 8, 0, tzinfo=UTC)
MAILS_A_DAY = 50
OFFICE = {
    "zone": "Europe/Berlin",
    "hours": {day: [["09:00", "12:30"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": ["2027-12-24", "2027-12-31", "2028-01-01", "2028-04-14", "2028-04-17", "2028-05-01", "2028-10-03"],
    "workdays": {"2028-12-23": [["09:00", "12:00"]]},
}


@dataclass
class Year:
    """One desk and its world, moved by hand."""

    context: Context
    chance: random.Random
    now: datetime = START
    sent: int = 0
    open_notes: list[int] = field(default_factory=list)
    """Letters to the agent that he has not answered."""

    def receive(self, content: bytes) -> None:
        self.sent += 1
        raw = RawMessage("support", "INBOX", 1, f"mail-{self.sent}", content, len(content), self.now)
        fetching.keep(self.context, [raw])
        while incoming.process_message(self.context):
            pass

    def customer_writes(self) -> None:
        who = self.chance.randrange(3000)
        what = self.chance.choice(
            ["Withdrawal missing", "Login", "KYC rejected", "Order stuck", "API 429", "提现没到账"]
        )
        self.receive(mail(f"{what} {self.sent}", f"Please help, case {self.sent}.", sender=f"c{who}@example.net"))
        self._note_new()

    def customer_writes_again(self) -> None:
        query = select(LetterRow).where(col(LetterRow.kind).in_(("acknowledgement", "answer")))
        query = query.order_by(col(LetterRow.id).desc()).limit(60)
        letters = self.context.store.run(lambda session: list(session.execute(query).scalars()))
        if letters:
            letter = self.chance.choice(letters)
            content = message_from_bytes(self.context.vault.get(letter.digest), policy=policy.default)
            self.receive(answer_to(content, f"Any news? {self.sent}", sender=letter.recipient))  # type: ignore[arg-type]
            self._note_new()

    def agent_answers(self) -> None:
        if self.open_notes:
            # The oldest first, now and then one is forgotten for long.
            at = 0 if self.chance.random() < 0.9 else self.chance.randrange(len(self.open_notes))
            letter_id = self.open_notes.pop(at)
            row = self.context.store.run(lambda session: session.get(LetterRow, letter_id))
            content = message_from_bytes(self.context.vault.get(row.digest), policy=policy.default)
            order = self.chance.choice(["", "/solve\n", "/solve\n", "/wait other\n", "/priority P2\n", "/note\n"])
            self.receive(answer_to(content, f"{order}Here is what we found, {self.sent}.", sender=BEN))  # type: ignore[arg-type]

    def _note_new(self) -> None:
        query = select(col(LetterRow.id)).where(col(LetterRow.kind) == "notification", col(LetterRow.recipient) == BEN)
        last = self.open_notes[-1] if self.open_notes else 0
        query = query.where(col(LetterRow.id) > last).order_by(col(LetterRow.id))
        self.open_notes += self.context.store.run(lambda session: list(session.execute(query).scalars()))

    def pass_a_day(self) -> None:
        """A day in steps of half an hour: what is due is done, and the day's mails arrive."""
        begin = self.now
        times = sorted(begin + timedelta(seconds=self.chance.randrange(86_400)) for _ in range(MAILS_A_DAY))
        for step in range(48):
            end = begin + timedelta(minutes=30 * (step + 1))
            while times and times[0] < end:
                self.now = times.pop(0)
                working = 7 <= self.now.hour < 18
                act = self.chance.random()
                if working and act < 0.45:
                    self.agent_answers()
                elif act < 0.75:
                    self.customer_writes()
                else:
                    self.customer_writes_again()
            self.now = end
            timers.tick(self.context)


@pytest.fixture
def year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Year]:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    with ExitStack() as stack:
        house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
        context = stack.enter_context(build.open_context(load(house.config)))
        desk = context.settings.desk
        office = read_calendar("office", OFFICE)
        rules = desk.policy.model_copy(update={"calendar": "office"})
        desk = replace(desk, policy=rules, calendars={**desk.calendars, "office": office})
        context.settings = replace(context.settings, desk=desk)
        made = Year(context, random.Random(42))
        context.now = lambda: made.now
        yield made


def loaded(session: Session, ids: list[int], desk: Desk) -> Iterator[CandidateTicket]:
    for start in range(0, len(ids), 200):
        yield from tickets.load_several(session, ids[start : start + 200], desk).values()


def look(year: Year, *, every_ticket: bool) -> None:
    """All invariants, of every ticket or of those that changed within a day."""

    def checked(session: Session) -> Counter[str]:
        since = year.now - timedelta(days=3650 if every_ticket else 1)
        seen: Counter[str] = Counter()
        rows = list(session.execute(select(TicketRow).where(col(TicketRow.changed_at) >= since)).scalars())
        for known in loaded(session, [row.id or 0 for row in rows], year.context.settings.desk):
            policies = year.context.settings.desk.sla_policies
            again, new = sla.recalculate(known.ticket, known.history, (), policies, year.now)
            assert new == (), "everything that time did is recorded (I10, I14)"
            assert again == known.ticket, "the row is a cache of its history (I13)"
            keys = [event.key for event in known.history if event.key]
            assert len(keys) == len(set(keys)), "each breach and each step is there once"
            for event in known.history:
                seen[str(event.kind)] += 1
            for promise in sla.promises(known.ticket, known.history, year.context.settings.desk.sla_policies):
                recorded = [one.at for one in known.history if one.key == f"breach:{promise.name}"]
                if promise.broken(year.now):
                    seen["broken"] += 1
                assert len(recorded) <= 1
                if promise.broken(year.now) and not any(one.kind is EventKind.PRIORITY for one in known.history):
                    assert recorded == [promise.broken_at], "a breach is recorded at its true time"
        return seen

    seen = year.context.store.run(checked)
    counts = year.context.store.run(_counts)
    assert counts["mails"] == year.sent, "no mail is lost (P01)"
    assert counts["unfinished"] == 0
    assert counts["messages of one mail"] <= 1, "one mail is one message (P02)"
    assert counts["tickets without a message"] == 0, "no ticket without its first message (P05)"
    assert counts["acknowledgements of one mail"] <= 1, "no acknowledgement twice (P04)"
    if every_ticket:
        assert seen["broken"] > 0
        assert seen["customer_message"] > 0


def _counts(session: Session) -> dict[str, int]:
    def one(query: object) -> int:
        return session.execute(query).scalar_one() or 0  # type: ignore[call-overload]

    per_mail = select(func.count()).select_from(MessageRow).group_by(col(MessageRow.inbox_id)).subquery()
    acks = select(func.count()).where(col(LetterRow.kind) == "acknowledgement").group_by(col(LetterRow.key)).subquery()
    first = select(col(MessageRow.ticket_id))
    return {
        "mails": one(select(func.count()).select_from(InboxRow)),
        "unfinished": one(select(func.count()).where(col(InboxRow.state).not_in(("done", "held")))),
        "messages of one mail": one(select(func.max(per_mail.c[0]))),
        "acknowledgements of one mail": one(select(func.max(acks.c[0]))),
        "tickets without a message": one(select(func.count()).where(col(TicketRow.id).not_in(first))),
    }


def test_three_days_keep_every_invariant(year: Year) -> None:
    for _ in range(3):
        year.pass_a_day()
        look(year, every_ticket=True)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_year_keeps_every_invariant(year: Year) -> None:
    for day in range(366):
        year.pass_a_day()
        look(year, every_ticket=day % 60 == 0)
    look(year, every_ticket=True)
    assert (
        year.context.store.run(lambda session: session.execute(select(func.count(col(EventRow.id)))).scalar_one()) > 0
    )
