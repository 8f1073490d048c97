"""What a customer's mail does: it opens a ticket or joins one (promises T14, T15, T18)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.facts import NO_STATISTICS, Counts, QueueStatistics
from desk.intake import decide
from desk.letters import LetterKind
from desk.routes import (
    FollowUp,
    NewRequest,
)
from desk.ticket import Event, EventKind, Participant, Status
from parser.identity.sender import SenderAuthentication
from parser.mail import Address, Language, ParsedMail, Sender
from servers.values import (
    ANA,
    BILLING,
    CARA,
    FAILED,
    MAL,
    PROVEN,
    SUPPORT,
    T0,
    UNKNOWN,
    facts,
    known,
    mail,
    minute,
    opening,
    ticket,
)
from tests.desk.judging import (
    ACK,
    BEN_,
    DESK,
    PEOPLE,
    UNSORTED,
    WEEK,
    changed,
    codes,
    kinds,
    letters,
    routed,
)


def test_a_mail_that_points_nowhere_opens_a_ticket() -> None:
    assert routed() == NewRequest(UNSORTED)


def test_words_choose_the_queue_of_a_request_and_without_them_its_mailbox_does() -> None:
    sorted_ = routed(mail("My account was hacked and my coins are stolen."), facts(mailbox=BILLING))
    assert isinstance(sorted_, NewRequest)
    assert (sorted_.verdict.category, sorted_.verdict.queue) == ("security", "security")
    assert routed(mail(), facts(mailbox=BILLING)) == NewRequest(replace(UNSORTED, queue="funds"))


def test_the_acknowledgement_names_a_time_by_what_the_queue_has_achieved() -> None:
    one, given = mail(), facts()
    slow = QueueStatistics(needed=timedelta(hours=9))
    quick_due, slow_due = (
        decide.change(routed(), one, given, DESK, minute(1), statistics).drafts[0].values["due"]
        for statistics in (NO_STATISTICS, slow)
    )
    assert slow_due == T0 + timedelta(hours=9) > quick_due


@pytest.mark.parametrize("proof", [PROVEN, UNKNOWN], ids=lambda one: one.verdict)
@pytest.mark.parametrize("how", ["signed", "references", "subject"])
def test_a_participant_joins_by_any_evidence(proof: SenderAuthentication, how: Any) -> None:
    one = known(how=how)
    assert routed(mail(address="Ana@example.net"), facts(proof=proof, candidates=(one,))) == FollowUp(one)


@pytest.mark.parametrize(
    ("one", "proof"),
    [
        (mail(address=MAL), PROVEN),
        (mail(address=CARA), PROVEN),
        (mail(), FAILED),
        (mail(sender=Sender(ANA, "doubtful")), PROVEN),
        (mail(address=None), PROVEN),
        (mail(address="ana.private@example.net"), PROVEN),
    ],
    ids=["stranger", "suggested only", "fails authentication", "doubtful", "no sender", "the same person elsewhere"],
)
@pytest.mark.parametrize("how", ["signed", "references", "subject"])
def test_nobody_else_joins_whatever_he_knows_and_agents_are_told(
    one: ParsedMail, proof: SenderAuthentication, how: Any
) -> None:
    """T14, T15, T18."""
    given = facts(proof=proof, candidates=(known(how=how, participants=PEOPLE),), letters=(ACK,))
    assert routed(one, given) == NewRequest(UNSORTED, claims=(1042,))
    change = changed(one, given)
    assert [one.data for one in change.events if one.kind is EventKind.SUSPICION] == [{"claims": 1042}]
    assert "claims_ticket" in codes(change)
    assert change.ticket is not None
    assert change.ticket.status is Status.NEW


def test_of_two_tickets_it_points_at_the_one_he_takes_part_in_is_joined() -> None:
    foreign = known(ticket(1041), participants=(Participant(MAL, "requester", "active"),))
    own = known(how="subject")
    assert routed(mail(), facts(candidates=(foreign, own))) == FollowUp(own)


@pytest.mark.parametrize(
    ("after", "reopens"), [(timedelta(), True), (WEEK, True), (WEEK + timedelta(seconds=1), False)], ids=str
)
@pytest.mark.parametrize("status", [Status.SOLVED, Status.CLOSED])
def test_a_reply_reopens_within_the_window_and_after_it_opens_a_linked_ticket(
    after: timedelta, reopens: bool, status: Status
) -> None:
    one = known(ticket(status=status, solved_at=T0))
    route = routed(mail(), facts(candidates=(one,), received_at=T0 + after))
    assert route == (FollowUp(one) if reopens else NewRequest(UNSORTED, follows=one))


def test_a_ticket_that_is_still_open_is_joined_before_one_that_is_long_closed() -> None:
    old = known(ticket(1001, status=Status.CLOSED, solved_at=T0 - 2 * WEEK))
    assert routed(mail(), facts(candidates=(old, known(how="references")))) == FollowUp(known(how="references"))


def test_a_linked_ticket_names_the_closed_one_and_leaves_it_alone() -> None:
    one = known(ticket(status=Status.CLOSED, solved_at=T0))
    change = changed(mail(), facts(candidates=(one,), received_at=T0 + 2 * WEEK), now=3 * WEEK / timedelta(minutes=1))
    assert change.ticket is not None
    assert change.ticket.follows == 1042
    assert not hasattr(change.ticket, "number")
    assert EventKind.LINKED in kinds(change)
    assert "linked" in codes(change)


# What a customer's mail does.


def test_a_new_ticket_is_acknowledged_once_and_its_queue_is_told() -> None:
    change = changed(mail(), facts())
    assert letters(change) == [(LetterKind.ACKNOWLEDGEMENT, ANA), (LetterKind.NOTIFICATION, BEN_)]
    assert kinds(change) == [EventKind.CREATED, EventKind.CUSTOMER_MESSAGE]
    assert change.ticket is not None
    assert (change.ticket.requester, change.ticket.status, change.ticket.opened_at) == (ANA, Status.NEW, T0)


def test_the_clock_starts_when_the_server_received_the_mail_whatever_its_date_says() -> None:
    change = changed(mail(date=T0 - timedelta(days=900)), facts(received_at=minute(3)), now=20)
    assert change.ticket is not None
    assert change.ticket.deadlines.first_reply_due_at == minute(3 + 240)


def test_the_language_is_the_customers_else_the_mailboxes() -> None:
    def language(code: str) -> str:
        ticket_ = changed(mail(language=Language(code, 1.0)), facts()).ticket
        assert ticket_ is not None
        return ticket_.language

    assert (language("zh-Hans"), language("unknown")) == ("zh-Hans", "en")


def test_others_in_to_and_cc_are_suggested_and_get_nothing() -> None:
    """T15."""
    one = mail(
        to=(Address("", SUPPORT), Address("", CARA.upper()), Address("", ANA)),
        cc=(Address("", CARA), Address("", BEN_), Address("", "billing+x@example.org"), Address("", None)),
    )
    change = changed(one, facts())
    assert change.participants == (Participant(ANA, "requester", "active"), Participant(CARA, "cc", "suggested"))
    assert CARA not in [one.recipient for one in change.drafts]
    assert "cc_suggested" in codes(change)


def test_a_mail_that_fails_authentication_suggests_nobody() -> None:
    change = changed(mail(cc=(Address("", CARA),)), facts(proof=FAILED))
    assert [one.address for one in change.participants] == [ANA]


def test_no_more_are_suggested_than_may_take_part_however_many_mails_name_them() -> None:
    crowd = tuple(Address("", f"c{number}@example.net") for number in range(500))
    change = changed(mail(cc=crowd), facts())
    assert len(change.participants) == 20
    more = changed(mail(cc=crowd[100:]), facts(candidates=(known(participants=change.participants),)))
    assert more.participants == ()


@pytest.mark.parametrize("status", list(Status))
def test_a_person_who_writes_again_puts_the_ticket_back_to_work(status: Status) -> None:
    one = known(ticket(status=status, solved_at=T0 if status.done else None))
    change = changed(mail(), facts(candidates=(one,), received_at=minute(5)), now=6)
    assert change.ticket is not None
    assert change.ticket.status is (Status.NEW if status is Status.NEW else Status.OPEN)
    assert change.ticket.solved_at is None
    assert letters(change) == [(LetterKind.NOTIFICATION, BEN_)]
    assert change.drafts[0].values["event"] == ("reopened" if status.done else "follow_up")


def test_list_mail_into_a_thread_does_not_reopen_it() -> None:
    one = known(ticket(status=Status.SOLVED, solved_at=T0))
    change = changed(mail(kind="list"), facts(candidates=(one,)))
    assert change.ticket is not None
    assert change.ticket.status is Status.SOLVED


def test_a_mail_read_late_reopens_after_what_happened_meanwhile() -> None:
    """I09: the last status by the events is the one that the ticket has."""
    solved = Event(EventKind.STATUS, minute(10), BEN_, {"from": "open", "to": "solved"})
    one = known(ticket(status=Status.SOLVED, solved_at=minute(10)), history=(*opening(), solved))
    change = changed(mail(), facts(candidates=(one,), received_at=minute(9)), now=11)
    assert change.ticket is not None
    assert change.ticket.status is Status.OPEN
    assert [item.at for item in change.events if item.kind is EventKind.STATUS] == [minute(10)]
    assert change.ticket.deadlines.resolve_due_at is not None


def test_a_requester_is_one_in_any_case_of_the_address() -> None:
    change = changed(mail(address="Ana@example.net"), facts(candidates=(known(),)))
    assert change.message is not None
    assert change.message.author == "requester"


def test_an_unproven_join_is_shown_to_the_agents() -> None:
    assert "unproven_join" in codes(changed(mail(), facts(proof=UNKNOWN, candidates=(known(how="subject"),))))
    assert "unproven_join" not in codes(changed(mail(), facts(candidates=(known(how="subject"),))))


def test_we_never_write_to_ourselves_for_a_doubtful_sender() -> None:
    one = mail(sender=Sender(None, "doubtful"), author=Address("", SUPPORT))
    change = changed(one, facts())
    assert change.ticket is not None
    assert change.ticket.requester == ""
    assert change.participants == ()
    assert letters(change) == [(LetterKind.NOTIFICATION, BEN_)]


def test_a_held_acknowledgement_is_decided_all_the_same() -> None:
    change = changed(mail(), facts(counts=Counts(sender_day=5)))
    assert change.drafts[0].held
    assert "ack_held" in codes(change)
