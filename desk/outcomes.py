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
    """What time did to a ticket by now: the end of a rest, steps, breaches; each once, at its true time."""
    ticket, woken, letters = snooze.woken(candidate, desk, now)
    ticket, happened = sla.recalculate(ticket, candidate.history, woken, desk.sla_policies, now)
    return Change(ticket, (*woken, *happened), drafts=letters)


def letter_failed(candidate: CandidateTicket, letter: KnownLetter, reason: str, desk: Desk, now: datetime) -> Change:
    """A letter to or about a ticket that will never arrive, as the relay said or after the last try."""
    return _lost(EventKind.LETTER_FAILED, candidate, letter, reason, desk, now, now)


def letter_bounced(
    candidate: CandidateTicket, letter: KnownLetter, reason: str, desk: Desk, received_at: datetime, now: datetime
) -> Change:
    """A letter that the relay took and that came back all the same."""
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
    """An answer that did not arrive is no answer, and awaits none; the agents are told."""
    data = {"to": letter.recipient, "kind": str(letter.kind), "letter": letter.message_id, "reason": reason}
    if letter.kind is LetterKind.ANSWER and letter.recipient == candidate.ticket.requester:
        # The clock that this answer stopped runs on from its start.
        data["answer"] = letter.key.removeprefix("answer:")
    # Once for each time it was sent.
    sendings = sum(
        event.kind is EventKind.LETTER_RETRIED and event.data.get("letter") == letter.message_id
        for event in candidate.history
    )
    event = Event(kind, at, "postdesk", data, f"{kind}:{letter.message_id}:{sendings}")
    moved = _work_again(candidate, data.get("answer"), now)
    ticket, breaches = sla.recalculate(moved.ticket, candidate.history, (event, *moved.events), desk.sla_policies, now)
    # A notification that reaches no agent is work that nobody knows of; any other letter to an agent is news only.
    matters = letter.kind.to_customer or letter.kind is LetterKind.NOTIFICATION
    drafts = notifications.undelivered(ticket, letter, reason, desk) if matters else ()
    return Change(ticket, (event, *moved.events, *breaches), drafts=drafts)


def _work_again(candidate: CandidateTicket, answer: str | None, now: datetime) -> commands.CommandResult:
    """Nobody waits for a customer who was told nothing: the ticket is open again when its last answer was lost."""
    given = [event.data.get("answer") for event in candidate.history if event.kind is EventKind.AGENT_ANSWER]
    stopped = candidate.ticket.status is Status.WAITING or candidate.ticket.status.done
    if answer is None or given[-1:] != [answer] or not stopped or candidate.ticket.merged_into is not None:
        return commands.CommandResult(candidate.ticket)
    return commands.move(candidate.ticket, Status.OPEN, "postdesk", now)


def letter_retried(candidate: CandidateTicket, letter: KnownLetter, desk: Desk, now: datetime) -> Change:
    """A letter that an operator sends again: until it is lost once more, an answer counts from when it was given."""
    data = {"to": letter.recipient, "kind": str(letter.kind), "letter": letter.message_id}
    if letter.kind is LetterKind.ANSWER and letter.recipient == candidate.ticket.requester:
        data["answer"] = letter.key.removeprefix("answer:")
    event = Event(EventKind.LETTER_RETRIED, now, "postdesk", data)
    ticket, breaches = sla.recalculate(candidate.ticket, candidate.history, (event,), desk.sla_policies, now)
    return Change(ticket, (event, *breaches))


def unmasked(candidate: CandidateTicket, who: str, what: str, now: datetime) -> Change:
    """What was masked was shown to an operator, or files were taken out: who looks is written down first."""
    return Change(candidate.ticket, (Event(EventKind.UNMASKED, now, who, {"what": what}),))


def letter_unknown(candidate: CandidateTicket, letter: KnownLetter, state: str, reason: str, now: datetime) -> Change:
    """A letter of which nobody can know whether it arrived; it counts as sent and shows on the ticket."""
    data = {"to": letter.recipient, "kind": str(letter.kind), "letter": letter.message_id, "reason": reason}
    event = Event(EventKind.LETTER_UNKNOWN, now, "postdesk", data, f"letter_{state}:{letter.message_id}")
    return Change(candidate.ticket, (event,))


def recalculated(ticket: Ticket, history: Sequence[Event], desk: Desk, now: datetime) -> Change:
    """A ticket under terms that an operator changed: other deadlines, and what the earlier ones broke until now.

    What the new ones break or step on at once, the next tick records.
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
