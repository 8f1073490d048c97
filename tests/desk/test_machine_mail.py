"""What machines write does little: vacation notices, delivery reports, letters of our own (promises T01 to T07)."""

from typing import Any

import pytest

from desk.facts import Facts
from desk.letters import LetterKind
from desk.routes import (
    AutoReply,
    DeliveryReport,
    Duplicate,
    HeldAgentMail,
    NewRequest,
    OwnLetter,
    Route,
)
from desk.ticket import Change, Event, EventKind, Status
from parser.mail import ParsedMail
from servers.values import (
    ANA,
    BEN,
    FAILED,
    MAL,
    SUPPORT,
    T0,
    UNKNOWN,
    event,
    facts,
    known,
    letter,
    mail,
    minute,
    opening,
    report,
    ticket,
)
from tests.desk.judging import ACK, BEN_, UNSORTED, changed, codes, from_ben, kinds, letters, routed, token


@pytest.mark.parametrize(
    ("one", "given", "route"),
    [
        (mail(), facts(duplicate_of="inbox 3"), Duplicate("inbox 3")),
        (mail(address=SUPPORT), facts(), NewRequest(UNSORTED)),
        (mail(address="Support@example.org"), facts(), NewRequest(UNSORTED)),
        (mail(address="support+1042@example.org"), facts(), NewRequest(UNSORTED)),
        (mail(address="billing@example.org"), facts(proof=FAILED), NewRequest(UNSORTED)),
        (mail(message_id=ACK.message_id), facts(letters=(ACK,)), OwnLetter()),
        (mail(kind="auto_reply"), facts(), AutoReply(None)),
        (mail(kind="auto_reply", auto_submitted="auto-replied"), facts(candidates=(known(),)), AutoReply(known())),
        (mail(kind="auto_reply", auto_submitted="auto-generated"), facts(candidates=(known(),)), AutoReply(known())),
        (mail(kind="auto_reply", auto_submitted="auto-generated"), facts(), NewRequest(UNSORTED)),
        (mail(kind="auto_reply", address=MAL), facts(candidates=(known(),)), AutoReply(None)),
        (mail(kind="auto_reply"), facts(candidates=(known(),), proof=FAILED), AutoReply(None)),
        (from_ben(kind="auto_reply", auto_submitted="auto-generated"), token(), AutoReply(None)),
        (from_ben(kind="auto_reply", auto_submitted="auto-replied"), token(), AutoReply(None)),
        (from_ben(kind="list"), token(), HeldAgentMail("automatic", "", BEN)),
        (mail(kind="list"), facts(), NewRequest(UNSORTED)),
        (mail(kind="bulk"), facts(), NewRequest(UNSORTED)),
        (mail(kind="calendar"), facts(), NewRequest(UNSORTED)),
        (mail(kind="bounce", report=report("failed")), facts(), DeliveryReport(None, None)),
        (mail(kind="bounce", address=BEN_), token(), DeliveryReport(None, None)),
        (mail(kind="complaint"), facts(), DeliveryReport(None, None)),
        (mail(kind="receipt"), facts(candidates=(known(),)), DeliveryReport(None, None)),
        (mail(kind="challenge"), facts(), DeliveryReport(None, None)),
    ],
)
def test_machines_are_known_before_people(one: ParsedMail, given: Facts, route: Route) -> None:
    """T01 to T05 and T07."""
    assert routed(one, given) == route


@pytest.mark.parametrize(
    "one",
    [mail(kind="auto_reply"), mail(kind="bounce"), mail(kind="receipt"), mail(kind="challenge")],
)
def test_what_no_person_wrote_and_nothing_of_ours_caused_does_nothing(one: ParsedMail) -> None:
    assert changed(one, facts()) == Change(None)
    assert changed(one, facts(duplicate_of="inbox 3")) == Change(None)


def test_a_vacation_notice_is_kept_with_its_ticket_and_changes_nothing() -> None:
    waiting = known(ticket(status=Status.SOLVED, solved_at=T0))
    change = changed(mail(kind="auto_reply"), facts(candidates=(waiting,)))
    assert change.ticket == waiting.ticket
    assert kinds(change) == [EventKind.AUTOMATIC_MESSAGE]
    assert change.message is not None
    assert (change.message.public, change.message.author) == (False, "automatic")
    assert change.drafts == ()


@pytest.mark.parametrize("kind", ["list", "bulk", "calendar", "auto_reply"])
def test_mail_of_machines_opens_a_ticket_without_acknowledgement_or_clock(kind: Any) -> None:
    change = changed(mail(kind=kind, auto_submitted="auto-generated" if kind == "auto_reply" else "no"), facts())
    assert change.ticket is not None
    assert (change.ticket.clock, change.ticket.wake_at) == (False, None)
    assert letters(change) == [(LetterKind.NOTIFICATION, BEN_)]
    assert {"automatic", "ack_not_sent"} <= codes(change)


def test_the_clock_starts_when_a_person_writes_into_a_machines_ticket() -> None:
    history = (event(EventKind.CREATED, 0), event(EventKind.AUTOMATIC_MESSAGE, 0))
    one = known(ticket(clock=False), history=history)
    change = changed(mail(), facts(candidates=(one,), received_at=minute(600)), now=601)
    assert change.ticket is not None
    assert change.ticket.deadlines.first_reply_due_at == minute(600 + 240)
    assert EventKind.BREACH not in kinds(change)
    again = changed(mail(kind="list"), facts(candidates=(one,)))
    assert again.ticket is not None
    assert not again.ticket.clock


# Delivery reports.


def bounced(*actions: Any, kind: Any = "bounce") -> Change:
    """What a report on Ben's answer of 20 minutes ago does."""
    answer = letter(ANA, LetterKind.ANSWER, text="Here you are.", key="answer:inbox:2")
    waiting = {"from": "open", "to": "waiting", "answer": "inbox:2"}
    history = (
        *opening(-30),
        event(EventKind.AGENT_ANSWER, -20, BEN_, answer="inbox:2"),
        Event(EventKind.STATUS, minute(-20), BEN_, waiting),
    )
    one = known(ticket(status=Status.WAITING), history=history)
    given = facts(reported=answer, candidates=(one,), proof=UNKNOWN)
    return changed(mail(address="mailer-daemon@example.com", kind=kind, report=report(*actions)), given)


def test_an_answer_that_bounced_is_no_answer_and_the_agents_are_told() -> None:
    change = bounced("failed")
    assert [(one.message_id, one.action) for one in change.reports] == [("answer.1042.ana@example.org", "failed")]
    assert kinds(change) == [EventKind.BOUNCED, EventKind.STATUS]
    assert letters(change) == [(LetterKind.UNDELIVERED, BEN_)]
    assert change.ticket is not None
    assert (change.ticket.status, change.message) == (Status.OPEN, None)
    assert change.ticket.deadlines.first_reply_due_at == minute(-30 + 240)


def test_a_delay_is_no_failure() -> None:
    change = bounced("delayed", kind="delayed")
    assert kinds(change) == [EventKind.DELAYED]
    assert [one.action for one in change.reports] == ["delayed"]
    assert change.drafts == ()
    assert change.ticket is not None
    assert change.ticket.status is Status.WAITING


@pytest.mark.parametrize("action", ["relayed", "expanded"])
def test_a_relayed_copy_says_nothing(action: Any) -> None:
    assert bounced(action, kind="delivered") == Change(None)


def test_a_delivery_is_noted_on_the_letter_alone() -> None:
    change = bounced("delivered", kind="delivered")
    assert (change.ticket, [one.action for one in change.reports]) == (None, ["delivered"])


def test_the_worst_of_a_report_counts() -> None:
    assert [one.action for one in bounced("delivered", "delayed", "failed").reports] == ["failed"]


def test_a_report_about_no_letter_of_ours_changes_nothing() -> None:
    given = facts(candidates=(known(),))
    assert changed(mail(kind="bounce", report=report("failed")), given) == Change(None)
