"""Laws of every mail: one route, one change, and who may ever write to a customer."""

from dataclasses import replace
from typing import assert_never

from hypothesis import given
from hypothesis import strategies as st

from desk import threads
from desk.facts import Facts
from desk.intake import decide
from desk.letters import LetterKind
from desk.routes import (
    AgentMail,
    AutoReply,
    DeliveryReport,
    Duplicate,
    FollowUp,
    HeldAgentMail,
    NewRequest,
    OwnLetter,
)
from desk.sla.policy import Agent
from desk.ticket import Change, Status
from parser.mail import Address, ParsedMail, Sender
from servers.values import (
    ANA,
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
    ticket,
)
from tests.desk.judging import (
    ACK,
    BEN_,
    CHRIS_,
    DESK,
    PEOPLE,
    TO_BEN,
    TO_CHRIS,
    changed,
    routed,
)

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
    lambda proof, ours, tickets, twin: facts(
        proof=proof, letters=tuple(ours), candidates=tuple(tickets), duplicate_of=twin
    ),
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
    change = decide.change(route, one, given_, DESK, minute(1))
    match route:
        case NewRequest():
            assert change.ticket is not None
            assert not hasattr(change.ticket, "number")
        case FollowUp():
            assert change.ticket is not None
            assert given_.proof.verdict != "failed"
        case AgentMail():
            assert written_by(one) is not None
            assert not threads.has_marker(route.text) or route.result.private
        case HeldAgentMail():
            assert written_by(one) is not None
            assert {reply.kind for reply in change.drafts} <= {LetterKind.REFUSAL}
        case AutoReply() | DeliveryReport():
            assert change.drafts == ()
        case Duplicate() | OwnLetter():
            assert change == Change(None)
        case _:
            assert_never(route)


@given(MAILS, FACTS)
def test_only_a_proven_agent_with_an_own_letter_ever_writes_to_a_customer(one: ParsedMail, given_: Facts) -> None:
    """P21, P22, T12, T13."""
    change = changed(one, given_)
    answers = [reply for reply in change.drafts if reply.kind is LetterKind.ANSWER]
    if answers:
        agent = written_by(one)
        assert agent is not None
        assert (one.sender.verdict, given_.proof.verdict) == ("one", "proven")
        assert any(ours.recipient == agent.address and not ours.kind.to_customer for ours in given_.letters)
    for reply in change.drafts:
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
