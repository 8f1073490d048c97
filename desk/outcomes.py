"""What the desk does when time passes or a letter comes to an end."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from desk.commands import run as commands
from desk.commands import snooze
from desk.facts import CandidateTicket, Desk, KnownLetter
from desk.letters import LetterKind
from desk.replies import notifications
from desk.sla import clock as sla
from desk.ticket import Change, Deadlines, Event, EventKind, Status, Ticket


def passed(candidate: CandidateTicket, desk: Desk, now: datetime) -> Change:
    """What time has done to a ticket: a snooze that ended, steps, breaches; each once, at its true time."""
    ticket, woken, letters = snooze.woken(candidate, desk, now)
    ticket, happened = sla.recalculate(ticket, candidate.history, woken, desk.sla_policies, now)
    return Change(ticket, (*woken, *happened), drafts=letters)


def letter_failed(candidate: CandidateTicket, letter: KnownLetter, reason: str, desk: Desk, now: datetime) -> Change:
    """A letter of a ticket that will never arrive, as the relay said or after the last try."""
    return _lost(EventKind.LETTER_FAILED, candidate, letter, reason, desk, now, now)


def letter_bounced(
    candidate: CandidateTicket, letter: KnownLetter, reason: str, desk: Desk, received_at: datetime, now: datetime
) -> Change:
    """A letter that the relay took, and that came back."""
    return _lost(EventKind.BOUNCED, candidate, letter, reason, desk, received_at, now)


def _lost(
    kind: EventKind,
    candidate: CandidateTicket,
    letter: KnownLetter,
    reason: str,
    desk: Desk,
    at: datetime,
    now: datetime,
) -> Change:
    """An answer that did not arrive is no answer: the ticket waits for one again, and the agents learn of it."""
    data = {"to": letter.recipient, "kind": str(letter.kind), "letter": letter.message_id, "reason": reason}
    if letter.kind is LetterKind.ANSWER and letter.recipient == candidate.ticket.requester:
        # The clock that this answer stopped runs on, as if it had never stopped.
        data["answer"] = letter.key.removeprefix("answer:")
    # Once for each time it was sent.
    sendings = sum(
        event.kind is EventKind.LETTER_RETRIED and event.data.get("letter") == letter.message_id
        for event in candidate.history
    )
    event = Event(kind, at, "postdesk", data, f"{kind}:{letter.message_id}:{sendings}")
    moved = _work_again(candidate, data.get("answer"), now)
    ticket, breaches = sla.recalculate(moved.ticket, candidate.history, (event, *moved.events), desk.sla_policies, now)
    # Nobody knows of the work where a notification does not arrive. Other letters to agents bring no work.
    matters = letter.kind.to_customer or letter.kind is LetterKind.NOTIFICATION
    drafts = notifications.undelivered(ticket, letter, reason, desk) if matters else ()
    return Change(ticket, (event, *moved.events, *breaches), drafts=drafts)


def _work_again(candidate: CandidateTicket, answer: str | None, now: datetime) -> commands.CommandResult:
    """Opens a ticket again whose last answer was lost: the customer got nothing that we could wait for."""
    given = [event.data.get("answer") for event in candidate.history if event.kind is EventKind.AGENT_ANSWER]
    stopped = candidate.ticket.status is Status.WAITING or candidate.ticket.status.done
    if answer is None or given[-1:] != [answer] or not stopped or candidate.ticket.merged_into is not None:
        return commands.CommandResult(candidate.ticket)
    return commands.move(candidate.ticket, Status.OPEN, "postdesk", now)


def letter_retried(candidate: CandidateTicket, letter: KnownLetter, desk: Desk, now: datetime) -> Change:
    """A letter that an operator sends again. An answer counts from its first time, unless it is lost once more."""
    data = {"to": letter.recipient, "kind": str(letter.kind), "letter": letter.message_id}
    if letter.kind is LetterKind.ANSWER and letter.recipient == candidate.ticket.requester:
        data["answer"] = letter.key.removeprefix("answer:")
    event = Event(EventKind.LETTER_RETRIED, now, "postdesk", data)
    ticket, breaches = sla.recalculate(candidate.ticket, candidate.history, (event,), desk.sla_policies, now)
    return Change(ticket, (event, *breaches))


def unmasked(candidate: CandidateTicket, who: str, what: str, now: datetime) -> Change:
    """Records who looks at masked text, or takes files out, before they are shown."""
    return Change(candidate.ticket, (Event(EventKind.UNMASKED, now, who, {"what": what}),))


def letter_unknown(
    candidate: CandidateTicket, letter: KnownLetter, reason: str, desk: Desk, now: datetime, *, closed: bool
) -> Change:
    """A letter that may or may not have arrived: it counts as sent, and the ticket says so.

    Once it is `closed`, no more is tried; of an answer the agents are told, for only they can ask the customer.
    """
    state = "closed_unknown" if closed else "unknown"
    data = {"to": letter.recipient, "kind": str(letter.kind), "letter": letter.message_id, "reason": reason}
    event = Event(EventKind.LETTER_UNKNOWN, now, "postdesk", data, f"letter_{state}:{letter.message_id}")
    tells = closed and letter.kind is LetterKind.ANSWER
    drafts = notifications.undelivered(candidate.ticket, letter, reason, desk, certain=False) if tells else ()
    return Change(candidate.ticket, (event,), drafts=drafts)


def recalculated(ticket: Ticket, history: Sequence[Event], desk: Desk, now: datetime) -> Change:
    """A ticket after an operator changed the terms: its new deadlines, and what the earlier ones broke until now.

    The next tick records the breaches and steps that are due at once under the new terms.
    """
    broken = tuple(sla.overdue(ticket, history, desk.sla_policies, now))
    replayed = sla.replay_history(ticket, (*history, *broken), desk.sla_policies)
    before, after = _shown(ticket.deadlines), _shown(replayed.deadlines)
    moved = [name for name in after if before[name] != after[name]]
    if not moved:
        return Change(replayed, broken)
    data = {"from": {name: before[name] for name in moved}, "to": {name: after[name] for name in moved}}
    return Change(replayed, (*broken, Event(EventKind.SLA_RECALCULATED, now, "postdesk", data)))


def _shown(deadlines: Deadlines) -> dict[str, str | None]:
    return {
        one.name: None if (at := getattr(deadlines, one.name)) is None else at.isoformat() for one in fields(deadlines)
    }
