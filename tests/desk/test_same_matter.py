"""The rules by which mails are one matter, and by which a ticket rests; without servers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desk import departments, freeze, same_matter
from desk.facts import CandidateTicket, Desk, Related
from desk.routes import Duplicate, FollowUp, HeldAgentMail, NewRequest, NothingNew
from desk.ticket import Event, EventKind, Participant, Status
from parser.mail import Address, Fact, ParsedMail, Sender
from servers.values import (
    ANA,
    BILLING,
    BOX,
    FAILED,
    PROVEN,
    SUPPORT,
    UNKNOWN,
    event,
    facts,
    known,
    mail,
    minute,
    ticket,
)
from tests.desk.judging import BEN_, DESK, TO_BEN, changed, codes, from_ben, kinds, letters, routed, token

SOLVED = ticket(status=Status.SOLVED, solved_at=minute(3))
PROVEN_HISTORY = (event(EventKind.CREATED, 0), event(EventKind.CUSTOMER_MESSAGE, 0, proof="proven"))


def person(address: str) -> tuple[Participant, ...]:
    return (Participant(address, "requester", "active"),)


def of(address: str, *, proof: str = "proven") -> CandidateTicket:
    """The ticket of somebody whose first mail was so."""
    history = (event(EventKind.CREATED, 0, address), event(EventKind.CUSTOMER_MESSAGE, 0, address, proof=proof))
    return known(ticket(requester=address), history=history, participants=person(address))


# Spellings.


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("finn.kite@gmail.com", "finnkite@gmail.com"),
        ("finn.kite@gmail.com", "F.INN.kite@GoogleMail.com"),
        ("finn@kite.example", "Finn@Kite.Example."),
        ("finn+a@gmail.com", "f.inn+a@googlemail.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
    ],
)
def test_two_spellings_of_one_mailbox_are_one(left: str, right: str) -> None:
    assert same_matter.mailbox_of(left) == same_matter.mailbox_of(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("finn.kite@kite.example", "finnkite@kite.example"),
        ("finn@gmail.com", "finn+desk@gmail.com"),
        ("finn@gmail.com", "finn@gmail.com.example"),
        ("finn@gmail.com", "finn@gmall.com"),
        ("finn@outlook.com", "finn@hotmail.com"),
        ("a@b.example", None),
    ],
)
def test_all_else_are_two(left: str, right: str | None) -> None:
    assert same_matter.mailbox_of(left) != same_matter.mailbox_of(right)


def test_a_proven_spelling_joins_a_proven_participant_and_says_why() -> None:
    one, given = mail(address="finnkite@gmail.com"), facts(candidates=(of("finn.kite@gmail.com"),))
    assert isinstance(routed(one, given), FollowUp)
    change = changed(one, given)
    assert change.message is not None
    assert "mailbox of finn.kite@gmail.com, spelled otherwise, and is proven" in change.message.joined_by
    assert change.message.author == "requester"
    assert "same_mailbox" in codes(change)


@pytest.mark.parametrize(
    ("proof", "before", "verdict"),
    [(UNKNOWN, "proven", "one"), (FAILED, "proven", "one"), (PROVEN, "unknown", "one"), (PROVEN, "proven", "doubtful")],
)
def test_without_proof_on_both_sides_no_spelling_joins(proof: object, before: str, verdict: str) -> None:
    one = mail(address="finnkite@gmail.com")
    one = replace(one, sender=Sender(one.sender.address, verdict))  # type: ignore[arg-type]
    given = facts(proof=proof, candidates=(of("finn.kite@gmail.com", proof=before),))  # type: ignore[arg-type]
    assert isinstance(routed(one, given), NewRequest)


# What is only suggested.


def suggested(change: object) -> list[dict[str, object]]:
    return [dict(one.data) for one in change.events if one.kind is EventKind.SAME_MATTER]  # type: ignore[attr-defined]


def test_a_sub_address_is_suggested() -> None:
    change = changed(mail(address="finn+x@kite.example"), facts(candidates=(of("finn@kite.example"),)))
    assert suggested(change) == [{"to": 1042, "why": "sub_address"}]
    assert {"join_sub_address", "claims_ticket"} <= codes(change)


def test_who_was_copied_is_suggested() -> None:
    boss = "boss@kite.example"
    one = known(participants=(*person(ANA), Participant(boss, "cc", "suggested")), how="references")
    change = changed(mail(address=boss), facts(candidates=(one,)))
    assert suggested(change) == [{"to": 1042, "why": "cc"}]


def test_a_forger_and_a_stranger_suggest_nothing() -> None:
    one = known(participants=person("finn@kite.example"))
    assert not suggested(changed(mail(address="finn+x@kite.example"), facts(proof=FAILED, candidates=(one,))))
    assert not suggested(changed(mail(address="mal@kite.example"), facts(candidates=(one,))))
    assert not suggested(changed(mail(address="finn@kite.example"), facts(proof=FAILED, candidates=(one,))))


@pytest.mark.parametrize("why", ["txid", "order_id"])
def test_what_the_tables_know_is_suggested(why: str) -> None:
    change = changed(mail(), facts(related=(Related(1041, "cara@example.net", why),)))  # type: ignore[arg-type]
    assert suggested(change) == [{"to": 1041, "why": why}]
    assert f"join_{why}" in codes(change)


def test_only_the_own_words_of_a_mail_name_its_transactions() -> None:
    def fact(kind: str, value: str, at: int, *, valid: bool = True) -> Fact:
        return Fact(kind, value, (at, at + 5), valid, "")  # type: ignore[arg-type]

    own = mail(
        "a" * 40,
        facts=(fact("txid", "f" * 64, 3), fact("order_id", "88412", 9), fact("amount", "300 USDT", 12),
               fact("order_id", "12", 20), fact("txid", "e" * 64, 60), fact("txid", "d" * 64, 30, valid=False)),
    )  # fmt: skip
    assert same_matter.own_facts(own) == (("txid", "f" * 64), ("order_id", "88412"))


# The same words again.


def test_a_repeated_mail_is_noted_in_its_ticket() -> None:
    given = facts(repeats=known(how="repeat"))  # type: ignore[arg-type]
    assert routed(mail(), given) == NothingNew(given.repeats, "repeat")  # type: ignore[arg-type]
    change = changed(mail(), given)
    assert kinds(change) == [EventKind.REACTION]
    assert change.message is not None
    assert not change.message.public


@pytest.mark.parametrize(
    "since", [event(EventKind.AGENT_ANSWER, 0, BEN_), event(EventKind.STATUS, 0, BEN_, to="solved")]
)
def test_after_an_answer_it_asks_again(since: Event) -> None:
    repeats = known(how="repeat", history=(*PROVEN_HISTORY, since))  # type: ignore[arg-type]
    assert routed(mail(), facts(repeats=repeats)) == FollowUp(repeats)


# Thanks and reactions.


def thanked(one: ParsedMail, where: CandidateTicket | None = None, **more: object) -> object:
    return routed(one, facts(candidates=(where or known(SOLVED),), **more))


@pytest.mark.parametrize("gesture", ["reaction", "thanks"])
@pytest.mark.parametrize("status", list(Status))
def test_a_thanks_changes_nothing_and_is_told_in_a_line_where_somebody_waits(gesture: str, status: Status) -> None:
    where = known(ticket(status=status, solved_at=minute(3) if status.done else None))
    one = mail("Thank you!", gesture=gesture, subject="Re: A question")
    change = changed(one, facts(candidates=(where,)))
    assert change.ticket == where.ticket
    assert kinds(change) == [EventKind.REACTION]
    assert len(letters(change)) == (0 if status.done else 1)


def test_a_complaint_is_told_of_a_done_ticket_too() -> None:
    one = mail("👎", gesture="reaction", subject="Re: A question")
    assert len(letters(changed(one, facts(candidates=(known(SOLVED),))))) == 1


@pytest.mark.parametrize(
    "subject",
    ["Re: A question", "Aw: [PD-1042-F] A question", "Reaction: A question", "[PD-1042-F] 我们已收到您的来信", ""],
)
def test_the_subject_of_a_thanks_may_be_the_tickets(subject: str) -> None:
    assert isinstance(thanked(mail("Thanks", gesture="thanks", subject=subject)), NothingNew)


@pytest.mark.parametrize("subject", ["Where is my money", "Re: A question: why is it closed?", "Please reopen"])
def test_a_subject_that_says_more_is_news(subject: str) -> None:
    assert isinstance(thanked(mail("Thanks", gesture="thanks", subject=subject)), FollowUp)


def test_a_thanks_that_holds_a_secret_and_one_of_a_stranger_are_no_thanks() -> None:
    assert isinstance(thanked(mail("Thanks", gesture="thanks", hidden=("password",))), FollowUp)
    assert isinstance(thanked(mail("Thanks", gesture="thanks", address="mal@example.net")), NewRequest)


def test_an_agents_reaction_is_held_and_an_agents_thanks_is_an_answer() -> None:
    held = routed(from_ben("👍", gesture="reaction"), token())
    assert isinstance(held, HeldAgentMail)
    assert held.reason == "automatic"
    assert not isinstance(routed(from_ben("Thank you!", gesture="thanks"), token(TO_BEN)), HeldAgentMail)


# Tickets that rest.


def reopening(at: float, actor: str = ANA) -> Event:
    return Event(EventKind.STATUS, minute(at), actor, {"from": "solved", "to": "open"})


@pytest.mark.parametrize(
    ("before", "freezes"),
    [((0, 5, 10), True), ((5, 10), False), ((-6, 5, 10), False), ((-10, -5, 0, 5), False), ((0, 0, 0), True)],
)
def test_the_fourth_reopening_within_twenty_minutes_freezes(before: tuple[float, ...], freezes: bool) -> None:
    history = tuple(reopening(at, "ben@example.org") for at in before)
    assert freeze.freezes(history, (reopening(15),), minute(15)) is freezes


def test_a_freeze_lasts_an_hour_and_is_told_once() -> None:
    done = known(SOLVED, history=tuple(reopening(at) for at in (0, 1, 2)))
    one = mail("Automatic message")
    change = changed(one, facts(candidates=(done,), received_at=minute(5)))
    frozen = next(event for event in change.events if event.kind is EventKind.FROZEN)
    assert frozen.data == {"until": minute(65).isoformat()}
    assert [draft.values["event"] for draft in change.drafts] == ["reopened", "frozen"]
    resting = replace(done, history=(*done.history, *change.events))
    again = changed(one, facts(candidates=(resting,), received_at=minute(6)))
    assert EventKind.FROZEN not in kinds(again)
    assert freeze.frozen_until(resting.history, minute(64)) == minute(65)
    assert freeze.frozen_until(resting.history, minute(65)) is None
    reason = freeze.frozen_thread((resting,), minute(6))
    assert reason is not None
    assert "reopened 4 times" in reason


# Teams.

TWO = Desk(DESK.policy, DESK.agents, (replace(BOX, account="a"), replace(BILLING, account="b")), DESK.categories)
BILL = BILLING.addresses[0]


def to(*addresses: str, cc: tuple[str, ...] = ()) -> ParsedMail:
    return mail(to=tuple(Address("", one) for one in addresses), cc=tuple(Address("", one) for one in cc))


@pytest.mark.parametrize("found", [0, 1])
def test_a_mail_to_two_teams_belongs_to_the_first_whichever_copy_comes_first(found: int) -> None:
    given = facts(mailbox=TWO.mailboxes[found])
    assert departments.home(to(BILL, SUPPORT), given, TWO).name == "billing"
    assert departments.home(to(SUPPORT, cc=(BILL,)), given, TWO).name == "support"


def test_each_team_hears_once() -> None:
    given, one = facts(mailbox=TWO.mailboxes[0]), to(BILL, SUPPORT)
    first = ticket(mailbox="billing", queue="funds")
    assert departments.others(one, given, TWO, first, ()) == ("support",)
    told = departments.shared(("support",), given)
    assert departments.others(one, facts(mailbox=TWO.mailboxes[1]), TWO, first, told) == ()
    # In a blind copy.
    assert departments.others(to(BILL), given, TWO, first, ()) == ("support",)
    # To one team alone.
    assert departments.others(to(SUPPORT), given, TWO, ticket(), ()) == ()
    assert departments.others(to(SUPPORT), given, TWO, ticket(queue="security"), ()) == ()


def test_a_second_copy_tells_the_team_that_has_not_heard_of_it() -> None:
    one = known()
    assert routed(mail(), facts(duplicate_of="inbox 1", copied=one)) == Duplicate("inbox 1", one)


def test_two_mailboxes_of_one_account_are_told_apart_by_addresses() -> None:
    shared = Desk(DESK.policy, DESK.agents, tuple(replace(one, account="a") for one in (BOX, BILLING)), DESK.categories)
    given = facts(mailbox=shared.mailboxes[0])
    assert departments.home(to(BILL), given, shared).name == "billing"
    assert departments.others(to(SUPPORT), replace(given, mailbox=shared.mailboxes[1]), shared, ticket(), ()) == ()


def test_a_suppressed_address_and_a_frozen_thread_get_no_acknowledgement() -> None:
    given = facts(counts=replace(facts().counts, suppressed="a letter to this address bounced (5.1.1)"))
    assert [kind for kind, _ in letters(changed(mail(), given)) if kind.automatic] == []
    resting = Event(EventKind.FROZEN, minute(0), "postdesk", {"until": (minute(0) + timedelta(hours=1)).isoformat()})
    stranger = known(participants=person("cara@example.net"), history=(*PROVEN_HISTORY, resting))
    assert [kind for kind, _ in letters(changed(mail(), facts(candidates=(stranger,)))) if kind.automatic] == []


@pytest.mark.parametrize(("wrote", "held_back"), [(29, False), (30, True), (500, True)])
def test_beyond_its_cap_a_sender_is_counted(wrote: int, held_back: bool) -> None:
    change = changed(mail(), facts(counts=replace(facts().counts, sender_hour=wrote)))
    told = [draft for draft in change.drafts if not draft.kind.to_customer]
    assert told
    assert all((draft.flood_of == ANA) is held_back for draft in told)
    assert change.ticket is not None
