"""What shows that two mails are one matter: the same mailbox, the same words, the same people or transaction.

Only the first two join a mail to a ticket unasked, and only where both senders are proven. Everything else is a hint:
an agent joins the tickets by one word, `/join`. What a mail says never lets anybody into another's ticket.
"""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from desk import threads
from desk.facts import CandidateTicket, Facts, Related
from desk.ticket import Event, EventKind, Status, Ticket
from parser.mail import Fact, ParsedMail

REPEATED_WITHIN = timedelta(minutes=10)
FACTS = ("txid", "order_id")
"""What one case has and another has not. Amounts, assets and addresses of wallets stand in many."""
_SHORTEST, _MOST = 5, 5
_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|sv|antw|vs|res|rif|ref|odp|ynt|r|fw|fwd|wg|tr|reaction|reaktion|réaction|reacción|reação|reazione|"
    r"回复|回覆|答复|答覆|返信|답장|回应|回應)\s*(?:\[\d+\])?\s*[:：]\s*)+",
    re.I,
)


def mailbox_of(address: str | None) -> str:
    """An address such that two spellings of one mailbox are equal: "F.Kite@GoogleMail.com." is "fkite@gmail.com".

    Google ignores the dots of a name, and googlemail.com is gmail.com. No other provider's rules are assumed. A
    sub-address (RFC 5233) stays: it may be somebody else's everywhere.
    """
    local, _, domain = (address or "").lower().rpartition("@")
    domain = domain.removesuffix(".")
    if not domain.isascii():
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    if domain in ("gmail.com", "googlemail.com"):
        plain, plus, detail = local.partition("+")
        return f"{plain.replace('.', '')}{plus}{detail}@gmail.com"
    return f"{local}@{domain}"


def person_of(address: str | None) -> str:
    """The mailbox without a sub-address: perhaps the same person."""
    local, _, domain = mailbox_of(address).rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def otherwise_spelled(candidate: CandidateTicket, address: str | None) -> str | None:
    """The active participant whose mailbox this is by another spelling, if that one was proven in this ticket."""
    wanted = mailbox_of(address)
    alike = [one.address for one in candidate.participants if one.state == "active"]
    proven = {
        event.actor.lower()
        for event in candidate.history
        if event.kind is EventKind.CUSTOMER_MESSAGE and event.data.get("proof") == "proven"
    }
    return next(
        (one for one in alike if one != (address or "").lower() and mailbox_of(one) == wanted and one in proven), None
    )


def squeezed(text: str) -> str:
    """The letters and digits of a text: what is left of it whatever a program does to blanks and signs."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum())


def bare_subject(subject: str) -> str:
    """A subject without "Re:" and the like."""
    return subject[found.end() :] if (found := _PREFIX.match(subject)) else subject


def answered_since(candidate: CandidateTicket, facts: Facts) -> bool:
    """Whether anybody did something about the ticket in the minutes of a repeated mail: then it is asked again."""
    begin = facts.received_at - REPEATED_WITHIN
    return any(
        event.kind is EventKind.AGENT_ANSWER or (event.kind is EventKind.STATUS and event.data["to"] != Status.OPEN)
        for event in candidate.history
        if event.at >= begin
    )


def subject_is_news(mail: ParsedMail, ticket: Ticket, prefix: str) -> bool:
    """Whether the subject of a thanks says more than that it belongs to this ticket: "Re: still no money"."""
    subject, known = squeezed(bare_subject(mail.subject)), squeezed(bare_subject(ticket.subject))
    if _questions(mail.subject) > _questions(ticket.subject):
        return True
    return bool(subject) and ticket.number not in threads.numbers_in(mail.subject, prefix) and known not in subject


def _questions(text: str) -> int:
    return sum(text.count(mark) for mark in "?？؟")


def own_facts(mail: ParsedMail) -> tuple[tuple[str, str], ...]:
    """(type, value) of the transactions and orders that a mail's own words name, the first few."""
    found = [(one.type, one.value) for one in mail.facts if one.valid and one.type in FACTS and _is_own(one, mail)]
    return tuple(dict.fromkeys(one for one in found if len(one[1]) >= _SHORTEST))[:_MOST]


def _is_own(fact: Fact, mail: ParsedMail) -> bool:
    return any(start <= fact.span[0] < end for start, end in mail.spans.reply)


def related(mail: ParsedMail, facts: Facts) -> Related | None:
    """The ticket that a new request may be about, best reason first; None where nothing speaks for one."""
    address = (mail.sender.address or "").lower()
    if mail.sender.verdict != "one" or facts.proof.verdict == "failed":
        return None
    for candidate in facts.candidates:
        ticket = candidate.ticket
        suggested = {mailbox_of(one.address) for one in candidate.participants if one.state == "suggested"}
        if mailbox_of(address) in suggested:
            return Related(ticket.number, ticket.requester, "cc")
        if any(
            person_of(one.address) == person_of(address) != ""
            for one in candidate.participants
            if one.address != address
        ):
            return Related(ticket.number, ticket.requester, "sub_address")
    return next(iter(facts.related), None)


def suggestion(history: Sequence[Event]) -> Event | None:
    """The latest event that says in which ticket this one may go on."""
    return next((event for event in reversed(history) if event.kind is EventKind.SAME_MATTER), None)
