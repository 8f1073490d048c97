"""What went wrong with the promises of other help desks' tickets, each as a test by the number of its report."""

from datetime import UTC, datetime, timedelta

import pytest

from desk import routing
from desk.calendar.tables import read_calendar
from desk.intake import decide
from desk.sla import clock as sla
from desk.sla.clock import recalculate
from desk.sla.policy import DeskPolicy, EscalationRule, Targets
from desk.sla.targets import SlaTarget
from desk.sla.terms import SlaPolicies
from desk.ticket import PRIORITIES, Event, EventKind, Status
from servers.values import BEN, T0, desk, event, facts, mail, minute, opening, ticket

HOUR = timedelta(hours=1)
OFFICE = read_calendar(
    "office",
    {"zone": "Europe/Berlin", "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}},
)
# T0 is Friday 20 November 2026, 10:00 UTC: 11:00 in Berlin.
MONDAY_NINE = datetime(2026, 11, 23, 8, tzinfo=UTC)


def policies(**targets: timedelta) -> SlaPolicies:
    chosen = Targets(**targets)
    policy = DeskPolicy(
        calendar="office",
        sla=dict.fromkeys(PRIORITIES, chosen),
        step=(EscalationRule(at="75%"), EscalationRule(at="due")),
    )
    return SlaPolicies(policy, (), {"office": OFFICE})


def promise(metric: str, *history: Event, by: SlaPolicies, cycle: int = 1) -> SlaTarget:
    return next(one for one in sla.promises(ticket(), history, by) if (one.metric, one.cycle) == (metric, cycle))


def answers(at: float) -> Event:
    return event(EventKind.AGENT_ANSWER, at, BEN.address, answer="inbox:2")


def asks(at: float) -> Event:
    return event(EventKind.CUSTOMER_MESSAGE, at)


def to(status: Status, at: float) -> Event:
    return event(EventKind.STATUS, at, BEN.address, to=str(status))


def test_zammad_2082_the_first_answer_already_moves_the_deadlines() -> None:
    """They moved with the second answer only."""
    by = policies(first_reply=HOUR, next_reply=2 * HOUR)
    before, _ = recalculate(ticket(), (), opening(), by, T0)
    assert before.deadlines.first_reply_due_at == minute(60)
    after, _ = recalculate(before, opening(), (answers(10),), by, minute(10))
    assert (after.deadlines.first_reply_due_at, after.deadlines.next_reply_due_at) == (None, None)
    asked, _ = recalculate(after, (*opening(), answers(10)), (asks(20),), by, minute(20))
    assert asked.deadlines.next_reply_due_at == minute(140)


@pytest.mark.parametrize("words", [(), (event(EventKind.NOTE, 80, BEN.address),), (answers(80),)])
def test_zammad_2579_closing_says_when_and_how_long_it_took(words: tuple[Event, ...]) -> None:
    """It was never recorded, whether there was a note, a mail, or nothing."""
    one = promise("resolution", *opening(), *words, to(Status.CLOSED, 90), by=policies(resolve=8 * HOUR))
    assert one.met_at == minute(90)
    assert one.broken_at is None
    assert one.terms.calendar.spent(one.started_at, one.met_at) == timedelta(minutes=90)


def test_zammad_3140_an_answered_ticket_owes_no_next_reply() -> None:
    """Tickets escalated although the agent had written last."""
    by = policies(next_reply=HOUR)
    history = (*opening(), answers(10), asks(20), answers(30))
    assert [one.met_at for one in sla.promises(ticket(), history, by)] == [minute(30)]
    assert recalculate(ticket(), (), history, by, minute(100_000))[1] == ()


def test_zammad_5177_a_short_next_reply_does_not_overrule_the_first() -> None:
    by = policies(first_reply=4 * HOUR, next_reply=HOUR, update=HOUR)
    after, _ = recalculate(ticket(), (), (*opening(), asks(5)), by, minute(5))
    assert after.deadlines.first_reply_due_at == minute(240)
    assert after.deadlines.next_reply_due_at is None
    assert after.deadlines.update_due_at is None


def test_zammad_4432_and_2157_nothing_falls_due_at_night_or_at_the_weekend() -> None:
    """Reminders came at midnight and on Saturdays with hours from Monday to Friday, nine to five."""
    by = policies(first_reply=6 * HOUR, resolve=16 * HOUR)
    _, happened = recalculate(ticket(), (), opening(), by, minute(100_000))
    assert happened
    for one in happened:
        # What is due when the day ends is due while the desk is open for the last time that day.
        assert OFFICE.is_open(one.at) or OFFICE.is_open(one.at - timedelta(microseconds=1)), one
    after, _ = recalculate(ticket(), (), opening(), by, minute(5 * 60))
    assert after.deadlines.first_reply_due_at == minute(6 * 60)
    evening, _ = recalculate(ticket(), (), opening(6 * 60), by, minute(6 * 60))
    assert evening.deadlines.first_reply_due_at == MONDAY_NINE + 6 * HOUR
    assert evening.wake_at == MONDAY_NINE + 4.5 * HOUR


def test_i16_what_a_mail_says_of_its_date_moves_no_deadline() -> None:
    """What counts is when it was received."""
    due = set()
    for claimed in (None, T0, T0 - timedelta(days=4000), T0 + timedelta(days=4000)):
        one = mail(date=claimed)
        change = decide.change(routing.route(one, facts(), desk()), one, facts(received_at=T0), desk(), minute(1))
        assert change.ticket is not None
        due.add(change.ticket.deadlines)
    assert len(due) == 1
