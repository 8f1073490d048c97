"""What an agent's mail does: answers, notes and commands, whole or not at all (promises T10 to T13, T19)."""

from dataclasses import replace

import pytest

from desk.commands.run import CommandResult
from desk.facts import Facts
from desk.letters import LetterKind
from desk.routes import (
    AgentMail,
    HeldAgentMail,
    NewRequest,
)
from desk.ticket import EventKind, Participant, Status
from parser.mail import Address, ParsedMail
from servers.values import (
    ANA,
    BEN,
    CARA,
    FAILED,
    MAL,
    PROVEN,
    UNKNOWN,
    facts,
    file,
    known,
    letter,
    mail,
    minute,
    refs,
    ticket,
)
from tests.desk.judging import (
    ACK,
    BEN_,
    PEOPLE,
    TO_BEN,
    TO_CHRIS,
    UNSORTED,
    changed,
    codes,
    from_ben,
    kinds,
    letters,
    routed,
    token,
)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (token(proof=UNKNOWN), "not_proven"),
        (token(proof=FAILED), "not_proven"),
        (facts(), "no_token"),
        (facts(candidates=(known(how="subject"),)), "no_token"),
        (facts(candidates=(known(how="references"),)), "no_token"),
        (token(ACK), "no_token"),
        (token(TO_CHRIS), "foreign_token"),
        (token(ACK, TO_CHRIS), "foreign_token"),
        (facts(letters=(TO_BEN,)), "unknown_ticket"),
        (facts(letters=(letter(BEN_, LetterKind.BREACH, None),)), "unknown_ticket"),
        (facts(letters=(TO_BEN,), candidates=(known(ticket(1001)),)), "unknown_ticket"),
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
    assert change.ticket in (None, *(one.ticket for one in given.candidates))


def test_reply_to_of_an_agent_gives_no_rights() -> None:
    """T19."""
    one = mail("/solve", address=MAL, reply_to=(Address("", BEN_),))
    given = token(proof=PROVEN)
    assert routed(one, given) == NewRequest(UNSORTED, claims=(1042,))
    assert "reply_to" in codes(changed(one, given))


def test_an_agent_is_known_by_the_address_in_any_case() -> None:
    assert routed(mail("Yes.", address="Ben@example.org"), token()) == AgentMail(
        BEN, known(), CommandResult(ticket()), "Yes."
    )


def test_of_two_own_letters_the_nearest_one_counts() -> None:
    older = letter(BEN_, number=1001)
    given = facts(letters=(TO_BEN, older), candidates=(known(ticket(1001)), known()))
    route = routed(from_ben(), given)
    assert isinstance(route, AgentMail)
    assert route.candidate == known()


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
    assert [one.values["text"] for one in change.drafts] == ["We did it."]
    # Should the letter fail, nothing was solved.
    assert [one.data.get("answer") for one in change.events if one.kind is EventKind.STATUS] == ["inbox:7"]


def test_commands_alone_write_to_nobody() -> None:
    change = changed(from_ben("/solve"), token())
    assert (change.drafts, change.message) == ((), None)
    assert change.ticket is not None
    assert change.ticket.status is Status.SOLVED


def test_a_note_reaches_no_customer_and_stops_no_clock() -> None:
    shot = file("shot.png", b"x" * 9000, inline=True)
    one = from_ben("/note\n\nHe lies.", attachments=(shot,))
    change = changed(one, token(attachments=refs(shot)))
    assert change.drafts == ()
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
    assert change.drafts[0].values["text"] == one.new_text


def test_an_answer_that_nobody_would_get_is_refused() -> None:
    change = changed(from_ben(), token(of=known(ticket(requester=""), participants=())))
    assert letters(change) == [(LetterKind.REFUSAL, BEN_)]
    assert kinds(change) == [EventKind.HELD]


def test_the_quote_of_the_notification_is_not_sent_to_the_customer() -> None:
    one = from_ben(f"We are on it.\n\n{TO_BEN.text}")
    change = changed(one, token())
    assert [item.values["text"] for item in change.drafts] == ["We are on it."]


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
    assert change.drafts == ()


def test_a_file_alone_is_an_answer() -> None:
    form = file("form.pdf")
    change = changed(from_ben("", attachments=(form,)), token(attachments=refs(form)))
    assert [[item.name for item in one.attachments] for one in change.drafts] == [["form.pdf"]]


def test_who_gives_a_ticket_to_another_queue_does_not_keep_it() -> None:
    change = changed(from_ben("/queue security\n\nMy colleagues will look at it."), token())
    assert change.ticket is not None
    assert (change.ticket.queue, change.ticket.assignee) == ("security", None)


def test_who_is_agreed_to_gets_this_very_answer() -> None:
    change = changed(from_ben(f"/cc {CARA}\n\nHello both."), token(of=known(participants=PEOPLE)))
    assert letters(change) == [(LetterKind.ANSWER, ANA), (LetterKind.ANSWER, CARA)]
    assert change.participants == (Participant(CARA, "cc", "active"),)
