"""What a bounce, a delay or a receipt does to the ticket of the letter that it names.

A letter has one recipient. A report about another one comes from further on, such as the address to which the recipient
forwards mail; then our letter has arrived where we sent it, and whoever sent the report need not be who we wrote to.
"""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Literal

from desk import outcomes
from desk.facts import CandidateTicket, Desk, Facts, KnownLetter
from desk.replies import notifications
from desk.routes import DeliveryReport
from desk.ticket import Change, Event, EventKind, LetterReport
from parser.mail import ParsedMail, ReportRecipient


def reported(route: DeliveryReport, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    """Records what the report says of our letter, and in its ticket what the agents must know."""
    letter = route.letter
    if letter is None or mail.report is None:
        return Change(None)
    worst = _worst(mail.report.recipients, letter)
    if worst is None:
        return _failed_elsewhere(route.candidate, letter, mail.report.recipients, desk, facts.received_at)
    action, reason = worst
    reports = (LetterReport(letter.message_id, action, reason),)
    if route.candidate is None or action == "delivered":
        return Change(None, reports=reports)
    if action == "failed":
        change = outcomes.letter_bounced(route.candidate, letter, reason, desk, facts.received_at, now)
        return replace(change, reports=reports)
    data = {"to": letter.recipient, "letter": letter.message_id, "reason": reason}
    event = Event(EventKind.DELAYED, facts.received_at, "postdesk", data, f"delayed:{letter.message_id}")
    return Change(route.candidate.ticket, (event,), reports=reports)


def _worst(
    recipients: Sequence[ReportRecipient], letter: KnownLetter
) -> tuple[Literal["failed", "delayed", "delivered"], str] | None:
    """The worst that a report says of the letter's own recipient; None where it says nothing of it.

    A relayed copy says only that the letter has arrived somewhere. A report that names nobody is about the one
    recipient that there is.
    """
    ours = [one for one in recipients if one.address and same_mailbox(one.address, letter.recipient)]
    if not any(one.address for one in recipients):
        ours = list(recipients)
    actions: tuple[Literal["failed", "delayed", "delivered"], ...] = ("failed", "delayed", "delivered")
    for action in actions:
        for one in ours:
            if one.action == action:
                return action, _reason(one)
    return None


def _reason(one: ReportRecipient) -> str:
    return f"{one.status} {one.diagnostic}".strip()[:300]


def same_mailbox(left: str, right: str) -> bool:
    """Whether two spellings are one address: case, a final dot, quotes, and the form of an international domain."""
    return _folded(left) == _folded(right)


_QUOTES = "\"'"


def _folded(address: str) -> str:
    local, _, domain = unicodedata.normalize("NFC", address).strip(" <>").lower().rpartition("@")
    domain = domain.rstrip(".")
    if not domain.isascii():
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local.strip(_QUOTES)}@{domain}"


def _failed_elsewhere(
    candidate: CandidateTicket | None,
    letter: KnownLetter,
    recipients: Sequence[ReportRecipient],
    desk: Desk,
    at: datetime,
) -> Change:
    """Warns the agents that a letter which we sent did not get to where somebody passed it on; nothing else changes."""
    failed = next((one for one in recipients if one.action == "failed" and one.address), None)
    if failed is None or candidate is None:
        return Change(None)
    other = str(failed.address)[:320]
    data = {"report": "failed", "of": other, "to": letter.recipient, "letter": letter.message_id}
    key = f"elsewhere:{letter.message_id}:{other.lower()}"[:500]
    event = Event(EventKind.AUTOMATIC_MESSAGE, at, "postdesk", {**data, "reason": _reason(failed)}, key)
    drafts = notifications.undelivered(candidate.ticket, letter, _reason(failed), desk, other=other)
    return Change(candidate.ticket, (event,), drafts=drafts)
