"""Mails and facts of one desk, routed and judged: what the tests of its intake share."""

from typing import Any

from desk import routing
from desk.categories import Verdict
from desk.facts import Facts
from desk.intake import decide
from desk.letters import LetterKind
from desk.routes import (
    Route,
)
from desk.ticket import Change, EventKind, Participant
from parser.mail import ParsedMail
from servers.values import (
    ANA,
    BEN,
    CARA,
    CHRIS,
    desk,
    facts,
    known,
    letter,
    mail,
    minute,
)

DESK = desk()
WEEK = DESK.policy.reopen_within
BEN_, CHRIS_ = BEN.address, CHRIS.address
PEOPLE = (Participant(ANA, "requester", "active"), Participant(CARA, "cc", "suggested"))
ACK = letter(ANA, LetterKind.ACKNOWLEDGEMENT)
TO_BEN, TO_CHRIS = letter(BEN_), letter(CHRIS_)
UNSORTED = Verdict("unclassified", "P3", "support", 0.0, ())
"""No word of these mails says what they are about."""


def routed(one: ParsedMail | None = None, given: Facts | None = None) -> Route:
    return routing.route(one or mail(), given or facts(), DESK)


def changed(one: ParsedMail, given: Facts, now: float = 1) -> Change:
    return decide.change(routing.route(one, given, DESK), one, given, DESK, minute(now))


def kinds(change: Change) -> list[EventKind]:
    return [one.kind for one in change.events]


def letters(change: Change) -> list[tuple[LetterKind, str]]:
    return [(one.kind, one.recipient) for one in change.drafts]


def codes(change: Change) -> set[str]:
    """What the agents' notifications hint at."""
    return {hint["code"] for one in change.drafts for hint in one.values.get("hints", ())}


def from_ben(text: str = "We are on it.", **changes: Any) -> ParsedMail:
    return mail(text, address=BEN_, **changes)


def token(*ours: Any, **changes: Any) -> Facts:
    """What is known of a mail that answers these letters about ticket 1042."""
    return facts(letters=ours or (TO_BEN,), candidates=(changes.pop("of", known()),), **changes)
