"""Where a mail belongs and what it does there: a table over every route (promises T01 to T19)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import intake, routing, threads
from desk.commands.run import CommandResult
from desk.facts import Counts, Facts, KnownLetter
from desk.letters import LetterKind
from desk.routing import (
    AgentMail,
    AutoReply,
    DeliveryReport,
    Duplicate,
    FollowUp,
    HeldAgentMail,
    NewRequest,
    OwnLetter,
    Route,
)
from desk.sla.policy import Agent
from desk.ticket import Change, Event, EventKind, Participant, Status
from parser.identity.sender import SenderAuthentication
from parser.mail import Address, Host, Language, ParsedMail, Sender, Trace
from servers.values import (
    ANA,
    BEN,
    CARA,
    CHRIS,
    FAILED,
    MAL,
    PROVEN,
    SUPPORT,
    T0,
    UNKNOWN,
    desk,
    event,
    facts,
    file,
    known,
    letter,
    mail,
    minute,
    opening,
    refs,
    report,
    ticket,
)

DESK = desk()
WEEK = DESK.policy.reopen_within
BEN_, CHRIS_ = BEN.address, CHRIS.address
PEOPLE = (Participant(ANA, "requester", "active"), Participant(CARA, "cc", "suggested"))
ACK = letter(ANA, LetterKind.ACKNOWLEDGEMENT)
TO_BEN, TO_CHRIS = letter(BEN_), letter(CHRIS_)


def routed(one: ParsedMail | None = None, given: Facts | None = None) -> Route:
    return routing.route(one or mail(), given or facts(), DESK)


def changed(one: ParsedMail, given: Facts, now: float = 1) -> Change:
    return intake.change(routing.route(one, given, DESK), one, given, DESK, minute(now))


def kinds(change: Change) -> list[EventKind]:
    return [one.kind for one in change.events]


def letters(change: Change) -> list[tuple[LetterKind, str]]:
    return [(one.kind, one.recipient) for one in change.replies]


def codes(change: Change) -> set[str]:
    """What the agents' notifications hint at."""
    return {hint["code"] for one in change.replies for hint in one.values.get("hints", ())}


def from_ben(text: str = "We are on it.", **changes: Any) -> ParsedMail:
    return mail(text, address=BEN_, **changes)


def token(*ours: Any, **changes: Any) -> Facts:
    """What is known of a mail that answers these letters about ticket 1042."""
    return facts(letters=ours or (TO_BEN,), known=(changes.pop("of", known()),), **changes)


# A customer's mail.


def test_a_mail_that_points_nowhere_opens_a_ticket() -> None:
    assert routed() == NewRequest()


@pytest.mark.parametrize("proof", [PROVEN, UNKNOWN], ids=lambda one: one.verdict)
@pytest.mark.parametrize("how", ["signed", "references", "subject"])
def test_a_participant_joins_by_any_evidence(proof: SenderAuthentication, how: Any) -> None:
    one = known(how=how)
    assert routed(mail(address="Ana@example.net"), facts(proof=proof, known=(one,))) == FollowUp(one)


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
    given = facts(proof=proof, known=(known(how=how, participants=PEOPLE),), letters=(ACK,))
    assert routed(one, given) == NewRequest(claims=(1042,))
    change = changed(one, given)
    assert [one.data for one in change.events if one.kind is EventKind.SUSPICION] == [{"claims": 1042}]
    assert "claims_ticket" in codes(change)
    assert change.ticket is not None
    assert change.ticket.status is Status.NEW


def test_of_two_tickets_it_points_at_the_one_he_takes_part_in_is_joined() -> None:
    foreign = known(ticket(1041), participants=(Participant(MAL, "requester", "active"),))
    own = known(how="subject")
    assert routed(mail(), facts(known=(foreign, own))) == FollowUp(own)


@pytest.mark.parametrize(
    ("after", "reopens"), [(timedelta(), True), (WEEK, True), (WEEK + timedelta(seconds=1), False)], ids=str
)
@pytest.mark.parametrize("status", [Status.SOLVED, Status.CLOSED])
def test_a_reply_reopens_within_the_window_and_after_it_opens_a_linked_ticket(
    after: timedelta, reopens: bool, status: Status
) -> None:
    one = known(ticket(status=status, solved_at=T0))
    route = routed(mail(), facts(known=(one,), received_at=T0 + after))
    assert route == (FollowUp(one) if reopens else NewRequest(follows=one))


def test_a_ticket_that_is_still_open_is_joined_before_one_that_is_long_closed() -> None:
    old = known(ticket(1001, status=Status.CLOSED, solved_at=T0 - 2 * WEEK))
    assert routed(mail(), facts(known=(old, known(how="references")))) == FollowUp(known(how="references"))


def test_a_linked_ticket_names_the_closed_one_and_leaves_it_alone() -> None:
    one = known(ticket(status=Status.CLOSED, solved_at=T0))
    change = changed(mail(), facts(known=(one,), received_at=T0 + 2 * WEEK), now=3 * WEEK / timedelta(minutes=1))
    assert change.ticket is not None
    assert change.ticket.follows == 1042
    assert not hasattr(change.ticket, "number")
    assert EventKind.LINKED in kinds(change)
    assert "linked" in codes(change)


# Machines, reports, our own.


@pytest.mark.parametrize(
    ("one", "given", "route"),
    [
        (mail(), facts(duplicate_of="inbox 3"), Duplicate("inbox 3")),
        (mail(address=SUPPORT), facts(), OwnLetter()),
        (mail(address="Support@example.org"), facts(), OwnLetter()),
        (mail(address="support+1042@example.org"), facts(), OwnLetter()),
        (mail(address="billing@example.org"), facts(proof=FAILED), OwnLetter()),
        (mail(message_id=ACK.message_id), facts(letters=(ACK,)), OwnLetter()),
        (mail(kind="auto_reply"), facts(), AutoReply(None)),
        (mail(kind="auto_reply", auto_submitted="auto-replied"), facts(known=(known(),)), AutoReply(known())),
        (mail(kind="auto_reply", auto_submitted="auto-generated"), facts(known=(known(),)), AutoReply(known())),
        (mail(kind="auto_reply", auto_submitted="auto-generated"), facts(), NewRequest()),
        (mail(kind="auto_reply", address=MAL), facts(known=(known(),)), AutoReply(None)),
        (mail(kind="auto_reply"), facts(known=(known(),), proof=FAILED), AutoReply(None)),
        (from_ben(kind="auto_reply", auto_submitted="auto-generated"), token(), AutoReply(None)),
        (from_ben(kind="auto_reply", auto_submitted="auto-replied"), token(), AutoReply(None)),
        (from_ben(kind="list"), token(), HeldAgentMail("automatic", "", BEN)),
        (mail(kind="list"), facts(), NewRequest()),
        (mail(kind="bulk"), facts(), NewRequest()),
        (mail(kind="calendar"), facts(), NewRequest()),
        (mail(kind="bounce", report=report("failed")), facts(), DeliveryReport(None, None)),
        (mail(kind="bounce", address=BEN_), token(), DeliveryReport(None, None)),
        (mail(kind="complaint"), facts(), DeliveryReport(None, None)),
        (mail(kind="receipt"), facts(known=(known(),)), DeliveryReport(None, None)),
        (mail(kind="challenge"), facts(), DeliveryReport(None, None)),
    ],
)
def test_machines_are_known_before_people(one: ParsedMail, given: Facts, route: Route) -> None:
    """T01 to T05 and T07."""
    assert routed(one, given) == route


@pytest.mark.parametrize(
    "one",
    [mail(address=SUPPORT), mail(kind="auto_reply"), mail(kind="bounce"), mail(kind="receipt"), mail(kind="challenge")],
)
def test_what_no_person_wrote_and_nothing_of_ours_caused_does_nothing(one: ParsedMail) -> None:
    assert changed(one, facts()) == Change(None)
    assert changed(one, facts(duplicate_of="inbox 3")) == Change(None)


def test_a_vacation_notice_is_kept_with_its_ticket_and_changes_nothing() -> None:
    waiting = known(ticket(status=Status.SOLVED, solved_at=T0))
    change = changed(mail(kind="auto_reply"), facts(known=(waiting,)))
    assert change.ticket == waiting.ticket
    assert kinds(change) == [EventKind.AUTOMATIC_MESSAGE]
    assert change.message is not None
    assert (change.message.public, change.message.author) == (False, "automatic")
    assert change.replies == ()


@pytest.mark.parametrize("kind", ["list", "bulk", "calendar", "auto_reply"])
def test_mail_of_machines_opens_a_ticket_without_acknowledgement_or_clock(kind: Any) -> None:
    change = changed(mail(kind=kind, auto_submitted="auto-generated" if kind == "auto_reply" else "no"), facts())
    assert change.ticket is not None
    assert (change.ticket.clock, change.ticket.wake_at) == (False, None)
    assert letters(change) == [(LetterKind.NOTIFICATION, BEN_)]
    assert {"automatic", "ack_not_sent"} <= codes(change)


def test_the_way_of_a_mail_is_kept_where_it_stands_out() -> None:
    way = Trace(count=31, delay=timedelta(hours=2), sending_host=Host("m.example.net", "198.51.100.7"))
    change = changed(mail(trace=way), facts(proof=UNKNOWN))
    (arrival,) = [event for event in change.events if event.kind is EventKind.CUSTOMER_MESSAGE]
    assert arrival.data == {
        "proof": "unknown",
        "silent": "it went through 31 servers, as in a loop",
        "sending_host": "m.example.net [198.51.100.7]",
        "delay": 7200,
        "hops": 31,
    }
    assert {"loop", "delayed", "ack_not_sent"} <= codes(change)
    assert [kind for kind, _ in letters(change)] == [LetterKind.NOTIFICATION]
    plain = changed(mail(trace=replace(way, count=3, delay=timedelta(minutes=2))), facts())
    (arrival,) = [event for event in plain.events if event.kind is EventKind.CUSTOMER_MESSAGE]
    assert arrival.data == {"proof": "proven"}


def test_the_clock_starts_when_a_person_writes_into_a_machines_ticket() -> None:
    history = (event(EventKind.CREATED, 0), event(EventKind.AUTOMATIC_MESSAGE, 0))
    one = known(ticket(clock=False), history=history)
    change = changed(mail(), facts(known=(one,), received_at=minute(600)), now=601)
    assert change.ticket is not None
    assert change.ticket.deadlines.first_reply_due_at == minute(600 + 240)
    assert EventKind.BREACH not in kinds(change)
    again = changed(mail(kind="list"), facts(known=(one,)))
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
    given = facts(reported=answer, known=(one,), proof=UNKNOWN)
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
    assert change.replies == ()
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
    given = facts(known=(known(),))
    assert changed(mail(kind="bounce", report=report("failed")), given) == Change(None)


# Agents.


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (token(proof=UNKNOWN), "not_proven"),
        (token(proof=FAILED), "not_proven"),
        (facts(), "no_token"),
        (facts(known=(known(how="subject"),)), "no_token"),
        (facts(known=(known(how="references"),)), "no_token"),
        (token(ACK), "no_token"),
        (token(TO_CHRIS), "foreign_token"),
        (token(ACK, TO_CHRIS), "foreign_token"),
        (facts(letters=(TO_BEN,)), "unknown_ticket"),
        (facts(letters=(letter(BEN_, LetterKind.BREACH, None),)), "unknown_ticket"),
        (facts(letters=(TO_BEN,), known=(known(ticket(1001)),)), "unknown_ticket"),
    ],
)
def test_who_only_seems_to_be_an_agent_does_nothing(given: Facts, reason: str) -> None:
    """T10, T11, T13: proof of the address and a letter that we sent to this address, both or nothing."""
    one = from_ben("/solve\nclick here", cc=(Address("", MAL),))
    route = routed(one, given)
    assert isinstance(route, HeldAgentMail)
    assert (route.reason, route.agent) == (reason, BEN)
    change = changed(one, given)
    assert letters(change) == [(LetterKind.REFUSAL, BEN_)]
    assert (change.message, change.participants) == (None, ())
    assert set(kinds(change)) <= {EventKind.HELD}
    assert change.ticket in (None, *(one.ticket for one in given.known))


def test_reply_to_of_an_agent_gives_no_rights() -> None:
    """T19."""
    one = mail("/solve", address=MAL, reply_to=(Address("", BEN_),))
    given = token(proof=PROVEN)
    assert routed(one, given) == NewRequest(claims=(1042,))
    assert "reply_to" in codes(changed(one, given))


def test_an_agent_is_known_by_the_address_in_any_case() -> None:
    assert routed(mail("Yes.", address="Ben@example.org"), token()) == AgentMail(
        BEN, known(), CommandResult(ticket()), "Yes."
    )


def test_of_two_own_letters_the_nearest_one_counts() -> None:
    older = letter(BEN_, number=1001)
    given = facts(letters=(TO_BEN, older), known=(known(ticket(1001)), known()))
    route = routed(from_ben(), given)
    assert isinstance(route, AgentMail)
    assert route.known == known()


def test_an_answer_goes_to_the_customer_and_then_waits() -> None:
    change = changed(from_ben("We are on it.\n\nBen"), token())
    assert letters(change) == [(LetterKind.ANSWER, ANA)]
    assert kinds(change) == [EventKind.AGENT_ANSWER, EventKind.ASSIGNED, EventKind.STATUS]
    assert change.ticket is not None
    assert (change.ticket.status, change.ticket.assignee) == (Status.WAITING, BEN_)
    assert change.ticket.deadlines.first_reply_due_at is None
    assert change.message is not None
    assert (change.message.public, change.message.name, change.message.author) == (True, "Ben", "agent")


def test_nobody_has_answered_before_he_was_asked() -> None:
    """Mail servers tell whole seconds, by clocks of their own."""
    change = changed(from_ben("We are on it."), replace(token(), received_at=minute(-1)))
    assert {one.at for one in change.events} == {minute(0)}
    assert change.ticket is not None
    assert change.ticket.first_reply_at == minute(0)


def test_a_command_says_the_status_instead() -> None:
    change = changed(from_ben("/solve\n\nWe did it."), token())
    assert change.ticket is not None
    assert change.ticket.status is Status.SOLVED
    assert [one.values["text"] for one in change.replies] == ["We did it."]
    # Should the letter fail, nothing was solved.
    assert [one.data.get("answer") for one in change.events if one.kind is EventKind.STATUS] == ["inbox:7"]


def test_commands_alone_write_to_nobody() -> None:
    change = changed(from_ben("/solve"), token())
    assert (change.replies, change.message) == ((), None)
    assert change.ticket is not None
    assert change.ticket.status is Status.SOLVED


def test_a_note_reaches_no_customer_and_stops_no_clock() -> None:
    shot = file("shot.png", b"x" * 9000, inline=True)
    one = from_ben("/note\n\nHe lies.", attachments=(shot,))
    change = changed(one, token(attachments=refs(shot)))
    assert change.replies == ()
    assert change.message is not None
    assert (change.message.public, change.message.new_text) == (False, "He lies.")
    assert EventKind.NOTE in kinds(change)
    assert change.ticket is not None
    assert change.ticket.deadlines.first_reply_due_at == minute(240)
    assert change.ticket.status is Status.OPEN


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (from_ben("/sovle\n\nDear Ana"), "unknown_command"),
        (from_ben("/note: he lies\n\nDo not pay."), "unknown_command"),
        (from_ben("Dear Ana\n/solve"), "unknown_command"),
        (from_ben("/solve\n/assign zoe\n\nDear Ana"), "bad_argument"),
        (from_ben("Look:\n⟦PD-1042-F internal⟧"), "leak"),
        (from_ben(""), "empty"),
        (from_ben("\n \n"), "empty"),
        (from_ben("Dear Ana", attachments=(file("d.exe", dangerous=True),)), "dangerous_file"),
        (from_ben("", attachments=(file("shot.png", b"x" * 9000, inline=True),)), "empty"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_mail_that_cannot_be_carried_out_whole_is_not_carried_out_at_all(one: ParsedMail, reason: str) -> None:
    """T12, T25, T32."""
    given = token(attachments=refs(*one.attachments))
    route = routed(one, given)
    assert isinstance(route, HeldAgentMail)
    assert route.reason == reason
    change = changed(one, given)
    assert change.ticket == known().ticket
    assert [(item.kind, item.data["reason"]) for item in change.events] == [(EventKind.HELD, reason)]
    assert letters(change) == [(LetterKind.REFUSAL, BEN_)]
    assert change.replies[0].values["text"] == one.new_text


def test_an_answer_that_nobody_would_get_is_refused() -> None:
    change = changed(from_ben(), token(of=known(ticket(requester=""), participants=())))
    assert letters(change) == [(LetterKind.REFUSAL, BEN_)]
    assert kinds(change) == [EventKind.HELD]


def test_the_quote_of_the_notification_is_not_sent_to_the_customer() -> None:
    one = from_ben(f"We are on it.\n\n{TO_BEN.text}")
    change = changed(one, token())
    assert [item.values["text"] for item in change.replies] == ["We are on it."]


@pytest.mark.parametrize(
    "above",
    [
        "On Fri, 20 Nov 2026 at 10:05, Support <support@example.org> wrote:",
        "在 2026年11月20日，10:05，Support <support@example.org> 写道：",
        "-----Original Message-----",
        "From: Support <support@example.org>\nSent: Friday, 20 November 2026 10:05\nTo: Ben\nSubject: Re: A question",
    ],
)
@pytest.mark.parametrize("mark", ["", "> "])
def test_a_reply_of_nothing_but_the_quote_is_empty(above: str, mark: str) -> None:
    """The reader gives the whole text where nothing else is left: no letter to the customer may come of it."""
    quote = "\n".join(f"{mark}{line}" for line in TO_BEN.text.splitlines())
    route = routed(from_ben(f"{above}\n\n{quote}"), token())
    assert isinstance(route, HeldAgentMail)
    assert route.reason == "empty"
    words = routed(from_ben(f"Yes.\n\n{above}\n\n{quote}"), token())
    assert isinstance(words, AgentMail)
    assert words.text == "Yes."


def test_pictures_of_a_signature_do_not_make_a_command_an_answer() -> None:
    banner = file("banner.png", b"x" * 90_000, inline=True)
    change = changed(from_ben("/solve", attachments=(banner,)), token(attachments=refs(banner)))
    assert change.replies == ()


def test_a_file_alone_is_an_answer() -> None:
    form = file("form.pdf")
    change = changed(from_ben("", attachments=(form,)), token(attachments=refs(form)))
    assert [[item.name for item in one.attachments] for one in change.replies] == [["form.pdf"]]


def test_who_gives_a_ticket_to_another_queue_does_not_keep_it() -> None:
    change = changed(from_ben("/queue security\n\nMy colleagues will look at it."), token())
    assert change.ticket is not None
    assert (change.ticket.queue, change.ticket.assignee) == ("security", None)


def test_who_is_agreed_to_gets_this_very_answer() -> None:
    change = changed(from_ben(f"/cc {CARA}\n\nHello both."), token(of=known(participants=PEOPLE)))
    assert letters(change) == [(LetterKind.ANSWER, ANA), (LetterKind.ANSWER, CARA)]
    assert change.participants == (Participant(CARA, "cc", "active"),)


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
    assert CARA not in [one.recipient for one in change.replies]
    assert "cc_suggested" in codes(change)


def test_a_mail_that_fails_authentication_suggests_nobody() -> None:
    change = changed(mail(cc=(Address("", CARA),)), facts(proof=FAILED))
    assert [one.address for one in change.participants] == [ANA]


def test_no_more_are_suggested_than_may_take_part_however_many_mails_name_them() -> None:
    crowd = tuple(Address("", f"c{number}@example.net") for number in range(500))
    change = changed(mail(cc=crowd), facts())
    assert len(change.participants) == 20
    more = changed(mail(cc=crowd[100:]), facts(known=(known(participants=change.participants),)))
    assert more.participants == ()


@pytest.mark.parametrize("status", list(Status))
def test_a_person_who_writes_again_puts_the_ticket_back_to_work(status: Status) -> None:
    one = known(ticket(status=status, solved_at=T0 if status.done else None))
    change = changed(mail(), facts(known=(one,), received_at=minute(5)), now=6)
    assert change.ticket is not None
    assert change.ticket.status is (Status.NEW if status is Status.NEW else Status.OPEN)
    assert change.ticket.solved_at is None
    assert letters(change) == [(LetterKind.NOTIFICATION, BEN_)]
    assert change.replies[0].values["event"] == ("reopened" if status.done else "follow_up")


def test_list_mail_into_a_thread_does_not_reopen_it() -> None:
    one = known(ticket(status=Status.SOLVED, solved_at=T0))
    change = changed(mail(kind="list"), facts(known=(one,)))
    assert change.ticket is not None
    assert change.ticket.status is Status.SOLVED


def test_a_mail_read_late_reopens_after_what_happened_meanwhile() -> None:
    """I09: the last status by the events is the one that the ticket has."""
    solved = Event(EventKind.STATUS, minute(10), BEN_, {"from": "open", "to": "solved"})
    one = known(ticket(status=Status.SOLVED, solved_at=minute(10)), history=(*opening(), solved))
    change = changed(mail(), facts(known=(one,), received_at=minute(9)), now=11)
    assert change.ticket is not None
    assert change.ticket.status is Status.OPEN
    assert [item.at for item in change.events if item.kind is EventKind.STATUS] == [minute(10)]
    assert change.ticket.deadlines.resolve_due_at is not None


def test_a_requester_is_one_in_any_case_of_the_address() -> None:
    change = changed(mail(address="Ana@example.net"), facts(known=(known(),)))
    assert change.message is not None
    assert change.message.author == "requester"


def test_an_unproven_join_is_shown_to_the_agents() -> None:
    assert "unproven_join" in codes(changed(mail(), facts(proof=UNKNOWN, known=(known(how="subject"),))))
    assert "unproven_join" not in codes(changed(mail(), facts(known=(known(how="subject"),))))


def test_we_never_write_to_ourselves_for_a_doubtful_sender() -> None:
    one = mail(sender=Sender(None, "doubtful"), author=Address("", SUPPORT))
    change = changed(one, facts())
    assert change.ticket is not None
    assert change.ticket.requester == ""
    assert change.participants == ()
    assert letters(change) == [(LetterKind.NOTIFICATION, BEN_)]


def test_a_held_acknowledgement_is_decided_all_the_same() -> None:
    change = changed(mail(), facts(counts=Counts(sender_day=5)))
    assert change.replies[0].held
    assert "ack_held" in codes(change)


# Laws.

ADDRESSES = st.sampled_from([ANA, CARA, MAL, BEN_, CHRIS_, SUPPORT, None])
TEXTS = st.sampled_from(
    ["", "Hello", "/solve", "/note\nhe lies", "/note: he lies", "/cc all\nHello", "/sovle", TO_BEN.text]
)
KNOWN = st.builds(
    lambda status, how: known(
        ticket(status=status, solved_at=T0 if status.done else None), how=how, participants=PEOPLE
    ),
    st.sampled_from(list(Status)),
    st.sampled_from(["signed", "references", "subject"]),
)
MAILS = st.builds(
    lambda address, text, kind, verdict: mail(
        text, address=address, kind=kind, sender=Sender(address, verdict if address else "none"), cc=(Address("", MAL),)
    ),
    ADDRESSES,
    TEXTS,
    st.sampled_from(["person", "auto_reply", "bounce", "receipt", "list", "bulk", "calendar", "challenge"]),
    st.sampled_from(["one", "doubtful"]),
)
FACTS = st.builds(
    lambda proof, ours, tickets, twin: facts(proof=proof, letters=tuple(ours), known=tuple(tickets), duplicate_of=twin),
    st.sampled_from([PROVEN, UNKNOWN, FAILED]),
    st.lists(st.sampled_from([ACK, TO_BEN, TO_CHRIS]), max_size=3),
    st.lists(KNOWN, max_size=1),
    st.sampled_from([None, None, None, "inbox 3"]),
)


def written_by(one: ParsedMail) -> Agent | None:
    return DESK.agent(one.sender.address)


@given(MAILS, FACTS)
def test_every_mail_has_one_route_and_one_change(one: ParsedMail, given_: Facts) -> None:
    route = routed(one, given_)
    change = intake.change(route, one, given_, DESK, minute(1))
    match route:
        case NewRequest():
            assert change.ticket is not None
            assert not hasattr(change.ticket, "number")
        case FollowUp():
            assert change.ticket is not None
            assert given_.proof.verdict != "failed"
        case AgentMail():
            assert written_by(one) is not None
            assert not threads.has_marker(route.text) or route.effect.private
        case HeldAgentMail():
            assert written_by(one) is not None
            assert {reply.kind for reply in change.replies} <= {LetterKind.REFUSAL}
        case AutoReply() | DeliveryReport():
            assert change.replies == ()
        case Duplicate() | OwnLetter():
            assert change == Change(None)
        case _:
            assert_never(route)


@given(MAILS, FACTS)
def test_only_a_proven_agent_with_an_own_letter_ever_writes_to_a_customer(one: ParsedMail, given_: Facts) -> None:
    """P21, P22, T12, T13."""
    change = changed(one, given_)
    answers = [reply for reply in change.replies if reply.kind is LetterKind.ANSWER]
    if answers:
        agent = written_by(one)
        assert agent is not None
        assert (one.sender.verdict, given_.proof.verdict) == ("one", "proven")
        assert any(ours.recipient == agent.address and not ours.kind.to_customer for ours in given_.letters)
    for reply in change.replies:
        if reply.kind.to_customer:
            said = repr((reply.values, reply.recipient_name))
            assert "internal⟧" not in said
            assert "he lies" not in said
            assert BEN_ not in said
            assert "/solve" not in said
            assert "/note" not in said
            assert reply.recipient not in (MAL,) or reply.kind is LetterKind.ACKNOWLEDGEMENT
        else:
            assert DESK.agent(reply.recipient) is not None


@given(MAILS, FACTS)
def test_the_same_facts_give_the_same_change(one: ParsedMail, given_: Facts) -> None:
    assert changed(one, given_) == changed(replace(one), replace(given_))


# Answers to warnings: nothing of them is for a customer.

WARNING = letter(BEN_, LetterKind.BREACH, text="⟦PD-1042-F internal⟧\n\nDue soon", key="breach:7")
OF_TWO = replace(WARNING, number=None, about=(1042, 1043))
TWO = (known(ticket(), participants=PEOPLE), known(ticket(1043), participants=PEOPLE))


def to_warning(text: str, warning: KnownLetter = WARNING, **changes: Any) -> Change:
    about = TWO if warning.about else TWO[:1]
    return changed(mail(text, address=BEN_, **changes), facts(letters=(warning,), known=about))


def to_customers(change: Change) -> list[str]:
    return [one.recipient for one in change.replies if one.kind.to_customer]


@pytest.mark.parametrize("text", ["", "ok", "OK!", "收到", "noted"])
def test_an_answer_to_a_warning_takes_notice_of_its_ticket(text: str) -> None:
    change = to_warning(text)
    assert kinds(change) == [EventKind.ACKNOWLEDGED]
    assert (change.events[0].actor, change.events[0].at) == (BEN_, T0)
    assert (change.message, change.replies, change.also) == (None, (), ())


def test_what_is_said_in_answer_to_a_warning_is_a_note_and_its_commands_are_obeyed() -> None:
    change = to_warning("/assign me\n/priority P1\n\nI call him now.")
    assert to_customers(change) == []
    assert change.message is not None
    assert (change.message.public, change.message.new_text) == (False, "I call him now.")
    assert change.ticket is not None
    assert (change.ticket.assignee, change.ticket.priority) == (BEN_, "P1")
    assert change.ticket.status is Status.OPEN, "nobody was answered"
    assert EventKind.ACKNOWLEDGED in kinds(change)
    assert EventKind.AGENT_ANSWER not in kinds(change)


def test_an_answer_to_a_warning_of_several_takes_notice_of_each() -> None:
    change = to_warning("Ben and Chris share these.", OF_TWO)
    assert change.ticket is not None
    (other,) = change.also
    assert (change.ticket.number, getattr(other.ticket, "number", 0)) == (1042, 1043)
    for one in (change, other):
        assert kinds(one) == [EventKind.ACKNOWLEDGED]
        assert one.events[0].data == {"text": "Ben and Chris share these."}
        assert (one.message, one.replies) == (None, ())
    assert to_warning("ok", OF_TWO).events[0].data == {}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("PD-1043-P\n/solve\nHe hung up.", {}),
        ("[pd-1043-p]\n\n/solve\nHe hung up.", {}),
        ("/solve\nHe hung up.", {"subject": "Re: Late: 2 [PD-1043-P]"}),
        ("1043\n/solve\nHe hung up.", {}),
        ("#１０４３:\n\n/solve\nHe hung up.", {}),
        ("\u200b1043\n/solve\nHe hung up.", {}),
        ("Re PD-1043-P\n/solve\nHe hung up.", {}),
        ("PD-1043-P\n1043\n/solve\nHe hung up.", {"subject": "Re: Late: 2 [PD-1042-F]"}),
    ],
    ids=["line", "spelled otherwise", "subject", "bare", "full width", "hidden character", "with a word", "twice"],
)
def test_commands_for_one_ticket_of_several_need_its_number(text: str, changes: dict[str, Any]) -> None:
    change = to_warning(text, OF_TWO, **changes)
    assert change.ticket is not None
    assert (getattr(change.ticket, "number", 0), change.ticket.status) == (1043, Status.SOLVED)
    assert change.message is not None
    assert (change.message.public, change.message.new_text) == (False, "He hung up.")
    assert EventKind.ACKNOWLEDGED in kinds(change)
    assert change.also == (), "nobody took notice of the other one"
    assert to_customers(change) == []


ANY = "PD-1042-F, PD-1043-P"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("/solve", ANY),
        ("/solve\nPD-1043-P", ANY),
        ("PD-1044-D\n/solve", f"PD-1044-D: not in that letter, which is about {ANY}"),
        ("pd-1043-f\n/solve", f"PD-1043-F: not in that letter, which is about {ANY}"),
        ("1044\n/solve", f"1044: not in that letter, which is about {ANY}"),
        ("PD-1044-D\nHe hung up.", f"PD-1044-D: not in that letter, which is about {ANY}"),
        ("PD-1042-F\nPD-1043-P\n/solve", f"{ANY}: write one of them"),
        ("1042, 1043\n/solve", "1042, 1043: write one of them"),
        ("PD-1042-F\n1044\n/solve", f"1044: not in that letter, which is about {ANY}"),
    ],
)
def test_commands_that_may_mean_any_of_several_tickets_are_given_back(text: str, detail: str) -> None:
    change = to_warning(text, OF_TWO)
    assert change.ticket is None
    (refusal,) = change.replies
    assert (refusal.kind, refusal.values["reason"]) == (LetterKind.REFUSAL, "which_ticket")
    assert refusal.values["detail"] == detail
    assert refusal.about == (1042, 1043)


def test_a_number_above_an_answer_to_a_warning_of_one_ticket_is_its_own() -> None:
    change = to_warning("1042\n/assign me")
    assert change.ticket is not None
    assert (change.ticket.assignee, change.message) == (BEN_, None)
    (refusal,) = to_warning("1043\n/assign me").replies
    assert (refusal.values["reason"], refusal.values["detail"]) == (
        "which_ticket",
        "1043: not in that letter, which is about PD-1042-F",
    )


def test_a_merged_ticket_of_a_warning_may_be_named_by_the_number_it_had() -> None:
    led = (TWO[0], replace(TWO[1], led=(1040,)))
    change = changed(mail("1040\n/solve", address=BEN_), facts(letters=(OF_TWO,), known=led))
    assert change.ticket is not None
    assert (getattr(change.ticket, "number", 0), change.ticket.status) == (1043, Status.SOLVED)


@pytest.mark.parametrize("text", ["15:00", "500", "2026-11-21", "+49 30 1234567", "1044 1045"])
def test_numbers_that_are_no_tickets_of_the_warning_are_words(text: str) -> None:
    for warning in (WARNING, OF_TWO):
        change = to_warning(text, warning)
        said = change.message.new_text if change.message else change.events[0].data["text"]
        assert (said, change.replies) == (text, ())


def test_what_is_said_of_two_tickets_is_said_of_no_third() -> None:
    three = (*TWO, known(ticket(1044), participants=PEOPLE))
    of_three = replace(OF_TWO, about=(1042, 1043, 1044))
    change = changed(mail("PD-1042-F, 1044\nI call both.", address=BEN_), facts(letters=(of_three,), known=three))
    assert [getattr(one.ticket, "number", 0) for one in (change, *change.also)] == [1042, 1044]
    assert [one.events[0].data for one in (change, *change.also)] == [{"text": "I call both."}] * 2


@pytest.mark.parametrize("kind", [LetterKind.REPORT, LetterKind.PARKED, LetterKind.ALARM])
@pytest.mark.parametrize("text", ["Thanks, looks good", "/solve"])
def test_a_letter_of_no_ticket_asks_nothing(kind: LetterKind, text: str) -> None:
    change = changed(mail(text, address=BEN_), facts(letters=(letter(BEN_, kind, None),)))
    (refusal,) = change.replies
    assert (change.ticket, refusal.values["reason"]) == (None, "no_ticket")


@pytest.mark.parametrize("warning", [WARNING, OF_TWO], ids=["one", "several"])
@pytest.mark.parametrize("proof", [PROVEN, UNKNOWN, FAILED], ids=["proven", "unknown", "failed"])
def test_what_is_given_back_of_an_answer_to_a_warning_is_not_for_the_customer_either(
    warning: KnownLetter, proof: SenderAuthentication
) -> None:
    """The agent mends what he wrote to colleagues and answers the refusal."""
    about = TWO if warning.about else TWO[:1]
    wrong = mail("/sovle\nHe is lying.", address=BEN_)
    (refusal,) = changed(wrong, facts(letters=(warning,), known=about, proof=proof)).replies
    number = None if warning.about else 1042
    given_back = replace(letter(BEN_, LetterKind.REFUSAL, number, key=refusal.key), about=refusal.about)
    again = mail("PD-1042-F\n/solve\nHe is lying.", address=BEN_)
    change = changed(again, facts(letters=(given_back,), known=about))
    assert change.ticket is not None
    assert change.ticket.status is Status.SOLVED
    assert to_customers(change) == []
    assert change.message is not None
    assert not change.message.public


@given(st.text(max_size=60), st.booleans())
def test_no_text_in_answer_to_a_warning_reaches_a_customer(text: str, several: bool) -> None:
    change = to_warning(text, OF_TWO if several else WARNING)
    assert to_customers(change) == []
    assert EventKind.AGENT_ANSWER not in kinds(change)


@pytest.mark.parametrize("proof", [UNKNOWN, FAILED], ids=["unknown", "failed"])
def test_only_a_proven_agent_takes_notice(proof: SenderAuthentication) -> None:
    change = changed(mail("ok", address=BEN_), facts(letters=(WARNING,), known=TWO[:1], proof=proof))
    assert EventKind.ACKNOWLEDGED not in kinds(change)
    foreign = replace(WARNING, recipient=CHRIS_)
    assert EventKind.ACKNOWLEDGED not in kinds(to_warning("ok", foreign))
