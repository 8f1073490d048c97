"""The apology that a customer gets once for a broken promise, with a new time that was calculated."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from desk.facts import CandidateTicket, Counts, Desk
from desk.freeze import frozen_until
from desk.letters import Draft, LetterKind
from desk.replies import acknowledgements
from desk.replies.estimate import rounded
from desk.sla import clock as sla
from desk.sla.targets import SlaTarget
from desk.ticket import Change, Event, EventKind, Status

_PAUSE = timedelta(hours=24)
"""The least time between two apologies in one ticket: nobody would believe a second one so soon."""
_AT_WORK = (Status.NEW, Status.OPEN, Status.THIRD_PARTY)


def apologise(
    candidate: CandidateTicket,
    missed: Event,
    written_to: bool,
    counts: Counts,
    desk: Desk,
    recent: timedelta | None,
    now: datetime,
) -> Change | None:
    """The apology for a promise that was just missed; None where none is due, or where it would not be true.

    `missed` is the breach, or the step at the instant that the acknowledgement named. Where it named one, that instant
    counts, and not the deadline of the desk. `written_to` says whether the customer got anything before that; `counts`
    are those of this customer; `recent` is the open time within which most such tickets were answered lately.
    """
    ticket = candidate.ticket
    announced = sla.announced_at(candidate.history) if missed.data["metric"] == "first_reply" else None
    if missed.kind is EventKind.BREACH and announced is not None and announced > missed.at:
        return None
    promise = _open_promise(candidate, missed, desk)
    if promise is None or ticket.status not in _AT_WORK or ticket.merged_into is not None or not ticket.requester:
        return None
    if counts.suppressed or frozen_until(candidate.history, now) is not None:
        return None
    if _apologised_lately(candidate, promise, now) or not written_to or not _may_be_written_to(candidate, promise):
        return None
    until = _new_time(promise, recent, now)
    data: dict[str, Any] = {"metric": promise.metric, "cycle": promise.cycle, "due_at": missed.at.isoformat()}
    if until is not None:
        data["until"] = until.isoformat()
    key = f"apology:{promise.name}"
    event = Event(EventKind.APOLOGY, now, "postdesk", data, key)
    values = {"promised": missed.at, "due": until, "verified": _proven(candidate)}
    letter = _letter(candidate, f"{key}:{ticket.number}", values, counts, desk)
    # In the zone in which the acknowledgement named the time.
    return Change(ticket, (event,), drafts=(replace(letter, zone=announced.tzinfo if announced is not None else None),))


def _open_promise(candidate: CandidateTicket, missed: Event, desk: Desk) -> SlaTarget | None:
    """The promise that was missed, if an apology is wanted for it and it still waits for us."""
    if missed.data["metric"] not in desk.policy.apologise:
        return None
    name = f"{missed.data['metric']}:{missed.data['cycle']}"
    made = sla.promises(candidate.ticket, candidate.history, desk.sla_policies)
    return next((one for one in made if one.name == name and one.open), None)


def _apologised_lately(candidate: CandidateTicket, promise: SlaTarget, now: datetime) -> bool:
    """Whether there was an apology for this promise, or for any other within a day before or after `now`."""
    before = [event for event in candidate.history if event.kind is EventKind.APOLOGY]
    return any(event.key == f"apology:{promise.name}" or abs(now - event.at) < _PAUSE for event in before)


def _may_be_written_to(candidate: CandidateTicket, promise: SlaTarget) -> bool:
    """Whether none of the messages that wait for us forbids automatic letters, and our last letter did not fail."""
    for event in reversed(candidate.history):
        if (
            event.kind in (EventKind.BOUNCED, EventKind.LETTER_FAILED)
            and event.data["to"] == candidate.ticket.requester
        ):
            return False
        if event.kind is EventKind.CUSTOMER_MESSAGE:
            break
    asked = (event for event in candidate.history if event.kind is EventKind.CUSTOMER_MESSAGE)
    return not any("silent" in event.data for event in asked if event.at >= promise.started_at)


def _proven(candidate: CandidateTicket) -> bool:
    """Whether the customer's address is proven: every message from it in this ticket was vouched for."""
    own = [
        event.data.get("proof")
        for event in candidate.history
        if event.kind is EventKind.CUSTOMER_MESSAGE and event.actor.lower() == candidate.ticket.requester
    ]
    return bool(own) and all(proof == "proven" for proof in own)


def _new_time(promise: SlaTarget, recent: timedelta | None, now: datetime) -> datetime | None:
    """The new time: the whole target again, or the time that answers have taken lately, if that is longer."""
    calendar, target = promise.terms.calendar, promise.terms.target(promise.metric)
    spans = [span for span in (target, recent) if span is not None and span != timedelta()]
    dues = [calendar.due_at(now, span) for span in spans]
    due = max((due for due in dues if due is not None), default=None) if None not in dues else None
    return None if due is None else rounded(due)


def _letter(candidate: CandidateTicket, key: str, values: Mapping[str, Any], counts: Counts, desk: Desk) -> Draft:
    ticket = candidate.ticket
    return Draft(
        kind=LetterKind.APOLOGY,
        key=key,
        recipient=ticket.requester,
        recipient_name=ticket.requester_name,
        language=ticket.language,
        mailbox=ticket.mailbox,
        values=values,
        in_reply_to=candidate.thread[-1] if candidate.thread else None,
        references=candidate.thread,
        held=acknowledgements.over_cap(counts, desk),
    )
