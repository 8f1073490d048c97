"""The corners of routing: what a mail must have and what it must not, one condition at a time (promises T01 to T19)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.agent_routing import answered
from desk.agent_text import says
from desk.facts import CandidateTicket, Facts, KnownLetter
from desk.letters import LetterKind
from desk.routes import (
    AgentMail,
    AutoReply,
    DeliveryReport,
    FollowUp,
    HeldAgentMail,
    NewRequest,
    Route,
    WarningAcknowledged,
    stored_name,
)
from desk.routing import route
from desk.ticket import Participant, Status
from parser.mail import Attachment, ParsedMail, Secret, Sender, Spans
from servers.values import (
    ANA,
    BEN,
    CARA,
    CHRIS,
    FAILED,
    PROVEN,
    T0,
    desk,
    facts,
    file,
    known,
    letter,
    mail,
    ticket,
)

DESK = desk()
WEEK = DESK.policy.reopen_within
TO_BEN, TO_CHRIS = letter(BEN.address), letter(CHRIS.address)
MARKED = "⟦PD-1042-F internal⟧"
GONE = (Participant(ANA, "requester", "removed"),)


def routed(one: ParsedMail | None = None, given: Facts | None = None) -> Route:
    return route(one or mail(), given or facts(), DESK)


def from_ben(text: str = "We are on it.", **changes: Any) -> ParsedMail:
    return mail(text, address=BEN.address, **changes)


def token(*ours: KnownLetter, of: tuple[CandidateTicket, ...] = (known(),), **changes: Any) -> Facts:
    """What is known of a mail that answers these letters of ours."""
    return facts(letters=ours or (TO_BEN,), candidates=of, **changes)


def held(one: ParsedMail, given: Facts | None = None) -> tuple[str, str]:
    """Why nothing is done with an agent's mail, and more about it."""
    found = routed(one, given or token())
    assert isinstance(found, HeldAgentMail)
    assert found.agent == BEN
    return found.reason, found.detail


# Names.


def test_the_names_of_routes_are_stored_and_stay() -> None:
    """Mails of years lie under them."""
    one, agent = known(), BEN
    done = routed(from_ben(), token())
    assert isinstance(done, AgentMail)
    names = [
        stored_name(found)
        for found in (
            NewRequest(routed().verdict),  # type: ignore[union-attr]
            FollowUp(one), done, WarningAcknowledged(agent, (one,), ""), DeliveryReport(None, None), AutoReply(None),
            routed(given=facts(duplicate_of="inbox 3")),
            routed(mail(message_id=TO_BEN.message_id), facts(letters=(TO_BEN,))),
            HeldAgentMail("empty", "", agent),
        )
    ]  # fmt: skip
    assert names == [
        "NewRequest", "FollowUp", "AgentMail", "Noticed", "DeliveryReport", "AutoReply", "Duplicate", "OwnLetter",
        "Held",
    ]  # fmt: skip


# Machines.


@pytest.mark.parametrize("kind", ["bounce", "delayed", "delivered", "receipt", "complaint", "challenge"])
def test_what_reports_on_mail_opens_nothing(kind: Any) -> None:
    assert routed(mail(kind=kind)) == DeliveryReport(None, None)


def test_a_report_is_about_the_ticket_of_its_letter_and_no_other_that_it_points_at() -> None:
    first, second = known(ticket(1041)), known()
    bounce = mail(kind="bounce")
    assert routed(bounce, facts(reported=TO_BEN, candidates=(first, second))) == DeliveryReport(TO_BEN, second)
    assert routed(bounce, facts(reported=TO_BEN, candidates=(first,))) == DeliveryReport(TO_BEN, None)
    assert routed(bounce, facts(candidates=(first, second))) == DeliveryReport(None, None)


def test_a_letter_of_ours_that_came_back_is_known_by_its_id() -> None:
    back = mail(message_id=TO_BEN.message_id)
    assert stored_name(routed(back, facts(letters=(TO_CHRIS, TO_BEN)))) == "OwnLetter"
    assert stored_name(routed(back, facts(letters=(TO_CHRIS,)))) == "NewRequest"


AUTO: dict[str, Any] = {"kind": "auto_reply"}


def test_a_machine_that_writes_for_a_person_opens_a_ticket_and_a_vacation_notice_does_not() -> None:
    form = mail(**AUTO, auto_submitted="auto-generated")
    assert stored_name(routed(form)) == "NewRequest"
    assert routed(mail(**AUTO, auto_submitted="auto-replied")) == AutoReply(None)
    assert routed(form, token()) == AutoReply(known()), "it is about a ticket that its sender takes part in"
    assert routed(replace(form, sender=Sender(BEN.address, "one"))) == AutoReply(None), "agents fill in no forms"
    stranger = routed(replace(form, sender=Sender(CARA, "one")), token(of=(known(ticket(7)), known(), known())))
    assert isinstance(stranger, NewRequest)
    assert stranger.claims == (7, 1042)


# Customers.


@pytest.mark.parametrize(
    ("one", "given", "joins"),
    [
        (mail(), facts(candidates=(known(),)), True),
        (mail(), facts(candidates=(known(),), proof=FAILED), False),
        (replace(mail(), sender=Sender(ANA, "doubtful")), facts(candidates=(known(),)), False),
        (mail(address=CARA), facts(candidates=(known(),)), False),
        (mail(), facts(candidates=(known(participants=GONE),)), False),
    ],
)
def test_who_takes_part_joins(one: ParsedMail, given: Facts, joins: bool) -> None:
    found = routed(one, given)
    assert isinstance(found, FollowUp) is joins
    if not joins:
        assert isinstance(found, NewRequest)
        assert (found.claims, found.follows) == ((1042,), None)


@pytest.mark.parametrize(("late", "reopens"), [(timedelta(0), True), (timedelta(seconds=1), False)], ids=str)
def test_a_ticket_is_reopened_until_the_very_end_of_its_time(late: timedelta, reopens: bool) -> None:
    solved = known(ticket(status=Status.SOLVED, solved_at=T0))
    found = routed(given=facts(candidates=(solved,), received_at=T0 + WEEK + late))
    assert isinstance(found, FollowUp) is reopens
    if isinstance(found, NewRequest):
        assert (found.claims, found.follows) == ((), solved)


# Agents: who may, and on what letter.


def test_an_agent_must_be_proven_and_the_reason_says_what_was_seen() -> None:
    sender = Sender(BEN.address, "one", ("two addresses",))
    assert held(replace(from_ben(), sender=sender), token(proof=FAILED)) == ("not_proven", "dmarc=fail; two addresses")
    doubtful = replace(sender, verdict="doubtful")
    assert held(replace(from_ben(), sender=doubtful), token(proof=PROVEN))[0] == "not_proven"


def test_an_agent_answers_a_letter_to_this_agent() -> None:
    assert held(from_ben(), facts(candidates=(known(),)))[0] == "no_token"
    assert held(from_ben(), token(TO_CHRIS))[0] == "foreign_token"
    assert held(from_ben(), token(letter(BEN.address, LetterKind.ANSWER)))[0] == "no_token", "one to a customer is none"
    assert stored_name(routed(from_ben(), token(TO_CHRIS, TO_BEN))) == "AgentMail"


def test_of_the_letters_to_agents_the_nearest_to_this_one_counts() -> None:
    second = replace(TO_BEN, number=1043)
    ack = letter(BEN.address, LetterKind.ACKNOWLEDGEMENT)
    assert answered(BEN, facts(letters=(ack, TO_CHRIS, TO_BEN, second))) is TO_BEN
    assert answered(BEN, facts(letters=(ack, TO_CHRIS))) is TO_CHRIS
    assert answered(BEN, facts(letters=(ack,))) is None
    assert answered(BEN, facts()) is None


@pytest.mark.parametrize("kind", [LetterKind.REPORT, LetterKind.PARKED, LetterKind.ALARM])
def test_a_letter_of_no_ticket_takes_no_orders(kind: LetterKind) -> None:
    assert held(from_ben(), token(letter(BEN.address, kind))) == ("no_ticket", "")


def test_the_letters_ticket_must_be_known_by_its_number_or_the_one_it_had() -> None:
    assert held(from_ben(), token(of=())) == ("unknown_ticket", "")
    assert held(from_ben(), token(of=(known(ticket(7)),))) == ("unknown_ticket", "")
    merged = replace(known(ticket(7)), led=(1042,))
    found = routed(from_ben(), token(of=(known(ticket(6)), merged)))
    assert isinstance(found, AgentMail)
    assert found.candidate is merged


def test_what_a_list_or_a_program_handled_is_not_carried_out() -> None:
    assert held(from_ben(kind="list", kind_evidence=("List-Id", "Precedence"))) == ("automatic", "List-Id; Precedence")


# Agents: what the customer must not get.


def test_a_command_that_is_none_or_cannot_be_is_given_back() -> None:
    assert held(from_ben("/nonsense"))[0] == "unknown_command"
    assert held(from_ben("/priority P9"))[0] == "bad_argument"


@pytest.mark.parametrize(
    ("enclosed", "why"),
    [
        (replace(file("a.txt"), content_type="message/rfc822"), ("leak", "a.txt")),
        (file("Fwd.EML"), ("leak", "Fwd.EML")),
        (file("old.msg"), ("leak", "old.msg")),
        (replace(file("a.txt", MARKED.encode()), content_type="text/plain"), ("leak", "a.txt")),
        (replace(file("a.txt", b"\xff" + MARKED.encode()), content_type="text/html"), ("leak", "a.txt")),
        (replace(file("a.txt", MARKED.encode()), content_type="text/plain", size=2_000_000), ("leak", "a.txt")),
        (replace(file("a.txt", MARKED.encode()), content_type="text/plain", size=2_000_001), None),
        (replace(file("a.txt", b"harmless"), content_type="text/plain"), None),
        (file("picture.png", MARKED.encode()), None),
        (file("eml.png"), None),
        (file("run.exe", dangerous=True), ("dangerous_file", "run.exe")),
        (replace(file("a.txt"), secrets=("password",)), ("secret", "a.txt [redacted: password]")),
    ],
    ids=lambda value: value.safe_name + value.content_type if isinstance(value, Attachment) else "",
)
def test_a_file_that_must_not_leave_holds_the_answer(enclosed: Attachment, why: tuple[str, str] | None) -> None:
    other = file("plain.png")
    one = from_ben(attachments=(other, enclosed))
    if why is None:
        assert stored_name(routed(one, token())) == "AgentMail"
        return
    assert held(one) == why
    twice = replace(one, attachments=(enclosed, replace(enclosed, safe_name=f"2{enclosed.safe_name}")))
    assert held(twice)[1].count(", ") == 1
    # For colleagues it may stay.
    assert stored_name(routed(replace(one, new_text="/note\nLook at this"), token())) == "AgentMail"


def test_what_an_agent_typed_that_must_not_leave_is_named() -> None:
    text = "It is [redacted: password] now"
    typed = from_ben(text, secrets=(Secret("password", (6, 26)),), spans=Spans(((0, len(text)),), (), ()))
    assert held(typed) == ("secret", "[redacted: password]")
    enclosed = replace(file("a.txt"), secrets=("seed_phrase",))
    both = replace(typed, attachments=(enclosed,))
    assert held(both) == ("secret", "[redacted: password], a.txt [redacted: seed phrase]")


def test_a_mark_of_ours_in_the_text_does_not_leave() -> None:
    assert held(from_ben(f"See {MARKED} here")) == ("leak", "")


def test_an_answer_needs_somebody_who_gets_it() -> None:
    assert held(from_ben(), token(of=(known(participants=GONE),))) == ("no_recipient", "")
    both = (*GONE, Participant(CARA, "cc", "active"))
    assert stored_name(routed(from_ben(), token(of=(known(participants=both),)))) == "AgentMail"
    agreed = known(participants=(*GONE, Participant(CARA, "cc", "suggested")))
    assert held(from_ben(), token(of=(agreed,))) == ("no_recipient", "")
    assert stored_name(routed(from_ben(f"/cc {CARA}\nHello"), token(of=(agreed,)))) == "AgentMail"


def test_nothing_at_all_is_empty_and_commands_alone_are_not() -> None:
    assert held(from_ben("")) == ("empty", "")
    assert held(from_ben("", attachments=(file("logo.png", inline=True),))) == ("empty", "")
    done = routed(from_ben("/priority P1"), token())
    assert isinstance(done, AgentMail)
    assert (done.text, done.acknowledged) == ("", ())


@pytest.mark.parametrize(
    ("text", "files", "speaks"),
    [
        ("words", (), True),
        ("", (), False),
        ("", (file("a", inline=True),), False),
        ("", (file("a", inline=True), file("b")), True),
    ],
)
def test_a_mail_says_something_by_a_text_or_a_file(text: str, files: tuple[Attachment, ...], speaks: bool) -> None:
    assert says(text, mail(attachments=files)) is speaks


def test_a_command_that_stands_alone_takes_no_words_for_the_customer() -> None:
    why = "/spam sends nothing to the customer: take the text out, or put /note above it for colleagues"
    assert held(from_ben("/spam\nLater.")) == ("bad_argument", why)
    assert stored_name(routed(from_ben("/spam"), token())) == "AgentMail"
    noted = routed(from_ben("/spam\n/note\nLater."), token())
    assert isinstance(noted, AgentMail)
    assert noted.result.private


# Answers to warnings.

WARNING = letter(BEN.address, LetterKind.BREACH, None)
FIRST, SECOND = known(ticket(1041)), known(ticket(1042))
SEVERAL = token(replace(WARNING, about=(1041, 1042)), of=(FIRST, SECOND))
NAMED = FIRST.ticket.tag, SECOND.ticket.tag


def warned(text: str, subject: str = "Re: warning", given: Facts = SEVERAL) -> Route:
    return routed(from_ben(text, subject=subject), given)


def test_an_answer_to_a_warning_of_several_is_about_all_of_them_or_those_it_names() -> None:
    assert warned("I see.") == WarningAcknowledged(BEN, (FIRST, SECOND), "I see.")
    one = warned(f"{NAMED[1]}\nI see.")
    assert isinstance(one, AgentMail)
    assert (one.candidate, one.acknowledged, one.text, one.result.private) == (SECOND, (SECOND,), "I see.", True)
    both = warned(f"{NAMED[1]}\n\n{NAMED[0]}\nI see.")
    assert both == WarningAcknowledged(BEN, (SECOND, FIRST), "I see.")


def test_names_stand_above_the_words_and_blank_lines_between_them_do_not_count() -> None:
    assert warned(f"\n{NAMED[1]}") == warned(f"{NAMED[1]}\n")
    below = warned(f"I see.\n{NAMED[1]}")
    assert isinstance(below, WarningAcknowledged)
    assert below.candidates == (FIRST, SECOND)


def test_the_subject_names_the_ticket_where_no_line_does() -> None:
    one = warned("/priority P1", f"Re: {NAMED[1]} warning")
    assert isinstance(one, AgentMail)
    assert one.candidate is SECOND
    other = warned(f"{NAMED[0]}\n/priority P1", f"Re: {NAMED[1]} warning")
    assert isinstance(other, AgentMail)
    assert other.candidate is FIRST


def test_commands_for_no_one_ticket_are_given_back_with_the_tickets_they_may_mean() -> None:
    assert warned("/priority P1") == HeldAgentMail("which_ticket", ", ".join(NAMED), BEN)
    said = warned(f"{NAMED[0]}\n{NAMED[1]}\n/priority P1")
    assert said == HeldAgentMail("which_ticket", f"{', '.join(NAMED)}: write one of them", BEN)
    assert isinstance(warned("/nonsense"), HeldAgentMail)
    strange = warned("1500\n/priority P1")
    assert strange == HeldAgentMail("which_ticket", f"1500: not in that letter, which is about {', '.join(NAMED)}", BEN)


def test_a_number_that_is_no_ticket_of_the_warning_is_a_word_where_nothing_is_ordered() -> None:
    assert warned("1500\nis the amount") == WarningAcknowledged(BEN, (FIRST, SECOND), "1500\nis the amount")
    assert warned("#1500\nis it") == WarningAcknowledged(BEN, (FIRST, SECOND), "#1500\nis it")


def test_no_more_than_twenty_tickets_are_named() -> None:
    many = tuple(known(ticket(number)) for number in range(1001, 1023))
    given = token(replace(WARNING, about=tuple(range(1001, 1023))), of=many)
    found = warned("/priority P1", given=given)
    assert isinstance(found, HeldAgentMail)
    assert found.detail == ", ".join(one.ticket.tag for one in many[:20])
