"""What a bounce, a delay or a receipt does to the ticket of the letter that it names."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from desk import outcomes
from desk.facts import Desk, Facts
from desk.routes import DeliveryReport
from desk.ticket import Change, Event, EventKind, LetterReport
from parser.mail import ParsedMail


def reported(route: DeliveryReport, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    """Records what the report says of our letter, and in its ticket what the agents must know."""
    letter = route.letter
    if letter is None or mail.report is None:
        return Change(None)
    worst = _worst(mail)
    if worst is None:
        return Change(None)
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


def _worst(mail: ParsedMail) -> tuple[Literal["failed", "delayed", "delivered"], str] | None:
    """The worst that a report says; a receipt or a relayed copy says only that the letter arrived somewhere."""
    if mail.report is None:
        return None
    actions: tuple[Literal["failed", "delayed", "delivered"], ...] = ("failed", "delayed", "delivered")
    for action in actions:
        for one in mail.report.recipients:
            if one.action == action:
                return action, f"{one.status} {one.diagnostic}".strip()[:300]
    return None
