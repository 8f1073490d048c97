"""The last look at what a mail does to a ticket that is opened again and again (`desk.freeze`)."""

from dataclasses import replace

from desk import freeze
from desk.facts import CandidateTicket, Desk, Facts
from desk.replies import asides
from desk.ticket import Change, Event, EventKind, Ticket


def calmed(change: Change, candidate: CandidateTicket, facts: Facts, desk: Desk) -> Change:
    """The change without automatic letters while its ticket is frozen; freezes it, if it is time."""
    at, ticket = facts.received_at, change.ticket
    if not isinstance(ticket, Ticket):
        return change
    if freeze.freezes(candidate.history, change.events, at):
        until = at + freeze.REST
        event = Event(EventKind.FROZEN, at, "postdesk", {"until": until.isoformat()}, f"frozen:{at.isoformat()}")
        told = asides.frozen(ticket, until, facts, desk)
        change = replace(change, events=(*change.events, event), drafts=(*change.drafts, *told))
    if freeze.frozen_until((*candidate.history, *change.events), at) is None:
        return change
    return replace(change, drafts=tuple(draft for draft in change.drafts if not draft.kind.automatic))
