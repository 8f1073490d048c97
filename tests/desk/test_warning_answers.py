"""An answer to a warning acknowledges its tickets, and nothing of it is for a customer."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.facts import KnownLetter
from desk.letters import LetterKind
from desk.ticket import Change, EventKind, Status
from parser.identity.sender import SenderAuthentication
from servers.values import (
    FAILED,
    PROVEN,
    T0,
    UNKNOWN,
    facts,
    known,
    letter,
    mail,
    ticket,
)
from tests.desk.judging import (
    BEN_,
    CHRIS_,
    PEOPLE,
    changed,
    kinds,
)

WARNING = letter(BEN_, LetterKind.BREACH, text="⟦PD-1042-F internal⟧\n\nDue soon", key="breach:7")
OF_TWO = replace(WARNING, number=None, about=(1042, 1043))
TWO = (known(ticket(), participants=PEOPLE), known(ticket(1043), participants=PEOPLE))


def to_warning(text: str, warning: KnownLetter = WARNING, **changes: Any) -> Change:
    about = TWO if warning.about else TWO[:1]
    return changed(mail(text, address=BEN_, **changes), facts(letters=(warning,), candidates=about))


def to_customers(change: Change) -> list[str]:
    return [one.recipient for one in change.drafts if one.kind.to_customer]


@pytest.mark.parametrize("text", ["", "ok", "OK!", "收到", "noted"])
def test_an_answer_to_a_warning_takes_notice_of_its_ticket(text: str) -> None:
    change = to_warning(text)
    assert kinds(change) == [EventKind.ACKNOWLEDGED]
    assert (change.events[0].actor, change.events[0].at) == (BEN_, T0)
    assert (change.message, change.drafts, change.also) == (None, (), ())


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
        assert (one.message, one.drafts) == (None, ())
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
    (refusal,) = change.drafts
    assert (refusal.kind, refusal.values["reason"]) == (LetterKind.REFUSAL, "which_ticket")
    assert refusal.values["detail"] == detail
    assert refusal.about == (1042, 1043)


def test_a_number_above_an_answer_to_a_warning_of_one_ticket_is_its_own() -> None:
    change = to_warning("1042\n/assign me")
    assert change.ticket is not None
    assert (change.ticket.assignee, change.message) == (BEN_, None)
    (refusal,) = to_warning("1043\n/assign me").drafts
    assert (refusal.values["reason"], refusal.values["detail"]) == (
        "which_ticket",
        "1043: not in that letter, which is about PD-1042-F",
    )


def test_a_merged_ticket_of_a_warning_may_be_named_by_the_number_it_had() -> None:
    led = (TWO[0], replace(TWO[1], led=(1040,)))
    change = changed(mail("1040\n/solve", address=BEN_), facts(letters=(OF_TWO,), candidates=led))
    assert change.ticket is not None
    assert (getattr(change.ticket, "number", 0), change.ticket.status) == (1043, Status.SOLVED)


@pytest.mark.parametrize("text", ["15:00", "500", "2026-11-21", "+49 30 1234567", "1044 1045"])
def test_numbers_that_are_no_tickets_of_the_warning_are_words(text: str) -> None:
    for warning in (WARNING, OF_TWO):
        change = to_warning(text, warning)
        said = change.message.new_text if change.message else change.events[0].data["text"]
        assert (said, change.drafts) == (text, ())


def test_what_is_said_of_two_tickets_is_said_of_no_third() -> None:
    three = (*TWO, known(ticket(1044), participants=PEOPLE))
    of_three = replace(OF_TWO, about=(1042, 1043, 1044))
    change = changed(mail("PD-1042-F, 1044\nI call both.", address=BEN_), facts(letters=(of_three,), candidates=three))
    assert [getattr(one.ticket, "number", 0) for one in (change, *change.also)] == [1042, 1044]
    assert [one.events[0].data for one in (change, *change.also)] == [{"text": "I call both."}] * 2


@pytest.mark.parametrize("kind", [LetterKind.REPORT, LetterKind.PARKED, LetterKind.ALARM])
@pytest.mark.parametrize("text", ["Thanks, looks good", "/solve"])
def test_a_letter_of_no_ticket_asks_nothing(kind: LetterKind, text: str) -> None:
    change = changed(mail(text, address=BEN_), facts(letters=(letter(BEN_, kind, None),)))
    (refusal,) = change.drafts
    assert (change.ticket, refusal.values["reason"]) == (None, "no_ticket")


@pytest.mark.parametrize("warning", [WARNING, OF_TWO], ids=["one", "several"])
@pytest.mark.parametrize("proof", [PROVEN, UNKNOWN, FAILED], ids=["proven", "unknown", "failed"])
def test_what_is_given_back_of_an_answer_to_a_warning_is_not_for_the_customer_either(
    warning: KnownLetter, proof: SenderAuthentication
) -> None:
    """The agent mends what he wrote to colleagues and answers the refusal."""
    about = TWO if warning.about else TWO[:1]
    wrong = mail("/sovle\nHe is lying.", address=BEN_)
    (refusal,) = changed(wrong, facts(letters=(warning,), candidates=about, proof=proof)).drafts
    number = None if warning.about else 1042
    given_back = replace(letter(BEN_, LetterKind.REFUSAL, number, key=refusal.key), about=refusal.about)
    again = mail("PD-1042-F\n/solve\nHe is lying.", address=BEN_)
    change = changed(again, facts(letters=(given_back,), candidates=about))
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
    change = changed(mail("ok", address=BEN_), facts(letters=(WARNING,), candidates=TWO[:1], proof=proof))
    assert EventKind.ACKNOWLEDGED not in kinds(change)
    foreign = replace(WARNING, recipient=CHRIS_)
    assert EventKind.ACKNOWLEDGED not in kinds(to_warning("ok", foreign))
