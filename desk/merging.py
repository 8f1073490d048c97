"""Two tickets that are one: what merging, and undoing it, does to the other ticket.

The ticket that an agent writes about is changed by his command (`desk.commands`); this is what follows for the
second one. Both are saved in one transaction.
"""

from dataclasses import replace
from datetime import datetime

from desk import commands, replies, sla
from desk.facts import Desk, Facts, Known
from desk.policy import Agent
from desk.ticket import Change, Event, EventKind, Participant, Status, Ticket


def target(source: Known, other: Known, agent: Agent, facts: Facts, desk: Desk, now: datetime) -> Change:
    """What the ticket gets that another one goes on in: its people, and its unanswered message with its age."""
    number, at = source.ticket.number, facts.received_at
    present = {one.address: one.state for one in other.participants}
    joining = tuple(
        Participant(one.address, "cc", one.state)
        for one in source.participants
        if present.get(one.address) not in (one.state, "active")
    )
    data = {"from": number, "merged": number, "joined": [one.address for one in joining if one.state == "active"]}
    events = [Event(EventKind.LINKED, at, agent.address, data)]
    effect = commands.Effect(other.ticket)
    asked = sla.unanswered(source.history)
    if asked is not None:
        # Not before the last answer: what that answered here was not asked there.
        settled = sla.settled_at(other.history)
        asked = max(asked, settled) if settled is not None else asked
        events.append(Event(EventKind.CUSTOMER_MESSAGE, asked, source.ticket.requester, {"merged": number}))
        effect = commands.Effect(replace(other.ticket, clock=True))
        if other.ticket.status not in (Status.NEW, Status.OPEN):
            effect = commands.move(effect.ticket, Status.OPEN, agent.address, commands.moment(at, other.history))
    events += effect.events
    ticket, happened = sla.wind(effect.ticket, other.history, events, desk.service, now)
    letters = replies.merged(ticket, "merged", source, agent, facts, desk)
    return Change(ticket, (*events, *happened), participants=joining, replies=letters)


def split_off(ticket: Ticket, source: Known, agent: Agent, facts: Facts, desk: Desk, now: datetime) -> Change:
    """What the ticket gets that had gone on in `ticket` and goes on by itself again: its status and its clocks."""
    at = commands.moment(facts.received_at, source.history)
    event = Event(EventKind.UNMERGED, at, agent.address, {"from": ticket.number, "merged": ticket.number})
    closing = [one for one in source.history if one.kind is EventKind.STATUS and "merged" in one.data]
    effect = commands.Effect(replace(source.ticket, merged_into=None))
    if closing:
        effect = commands.move(effect.ticket, Status(closing[-1].data["from"]), agent.address, at)
    events = (event, *effect.events)
    alone, happened = sla.wind(effect.ticket, source.history, events, desk.service, now)
    letters = replies.merged(alone, "unmerged", source, agent, facts, desk)
    return Change(alone, (*events, *happened), replies=letters)
