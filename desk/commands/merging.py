"""Merging two tickets and undoing it: the commands, and what they do to the second ticket.

A command (`merge`, `unmerge`) changes the ticket that the agent writes about; `target` or `split_off` changes the other
one. Both are saved in one transaction.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from desk.commands.effects import BadCommand, CommandContext, CommandResult, ended, moment, move
from desk.facts import CandidateTicket, Desk, Facts
from desk.replies import notifications
from desk.same_matter import suggestion
from desk.sla import clock as sla
from desk.sla import spans
from desk.sla.policy import Agent
from desk.ticket import Change, Event, EventKind, Participant, Status, Ticket


def merge(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/merge PD-1042-F – continue in that ticket of the same customer."""
    return _merged("merge", ticket, argument, context)


def merge_anyway(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/merge! PD-1042-F – the same, even if that ticket is another customer's; both then get every answer."""
    return _merged("merge!", ticket, argument, context)


def join(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/join – continue in the ticket that the notification suggests."""
    event = suggestion(context.history)
    if argument:
        return _merged("join", ticket, argument, context)
    if event is None:
        return BadCommand("bad_argument", "/join: no ticket was suggested for this one; write /merge and its number")
    return _merged("join", ticket, str(event.data["to"]), context)


def _merged(name: str, ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    named = context.other(argument)
    if named is None:
        return BadCommand("bad_argument", f"/{name} {argument}: there is no such ticket")
    other = context.end_of(named)
    tag = other.ticket.tag
    if other.ticket.number == ticket.number:
        return BadCommand("bad_argument", f"/{name} {argument}: that is this ticket, or was merged into it")
    if name == "merge" and (not ticket.requester or ticket.requester != other.ticket.requester):
        why = f"{tag} is another customer's, and both would get every answer; write /merge! if you mean that"
        return BadCommand("bad_argument", f"/merge {argument}: {why}")
    active = {one.address for one in (*context.participants, *other.participants) if one.state == "active"}
    if len(active) > context.max_participants:
        return BadCommand("bad_argument", f"/{name}: a ticket has at most {context.max_participants} participants")
    into = other.ticket.number
    moved = ended(ticket, context, merged=into)
    event = Event(EventKind.MERGED, context.now, context.agent.address, {"into": into, "merged": into})
    return CommandResult(replace(moved.ticket, merged_into=into), (event, *moved.events), alone=name, into=other)


def unmerge(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/unmerge PD-1041-L – undo the merge of that ticket into this one; it is a ticket of its own again."""
    other = context.other(argument)
    if other is None or other.ticket.merged_into != ticket.number:
        return BadCommand("bad_argument", f"/unmerge {argument}: no such ticket was merged into {ticket.tag}")
    number = other.ticket.number
    event = Event(EventKind.UNMERGED, context.now, context.agent.address, {"out": number, "merged": number})
    # The people who came with it leave with it.
    came = [one for one in context.history if one.kind is EventKind.LINKED and one.data.get("merged") == number]
    leaving = tuple(Participant(address, "cc", "suggested") for address in came[-1].data["joined"])
    return CommandResult(ticket, (event,), leaving, alone="unmerge", out=other)


def target(
    source: CandidateTicket,
    other: CandidateTicket,
    agent: Agent,
    facts: Facts,
    desk: Desk,
    now: datetime,
    by: str,
) -> Change:
    """What the target of a merge gets: the people of the other ticket, and its unanswered message with its age.

    `by` is the command. Who wrote only as one that was copied comes by `/join` as one that may be added (promises T15).
    """
    number, at = source.ticket.number, facts.received_at
    event = suggestion(source.history)
    copy = by == "join" and event is not None and event.data["why"] == "cc"
    present = {one.address: one.state for one in other.participants}
    coming: dict[str, Literal["active", "suggested"]] = {
        one.address: "suggested" if copy else one.state for one in source.participants if one.state != "former"
    }
    joining = tuple(
        Participant(address, "cc", state)
        for address, state in coming.items()
        if present.get(address) not in (state, "active")
    )
    data = {"from": number, "merged": number, "joined": [one.address for one in joining if one.state == "active"]}
    events = [Event(EventKind.LINKED, at, agent.address, data)]
    result = CommandResult(other.ticket)
    asked = spans.unanswered(source.history)
    if asked is not None:
        # Not before the last answer here, or the message would count as answered.
        settled = spans.settled_at(other.history)
        asked = max(asked, settled) if settled is not None else asked
        written = [one for one in source.history if one.kind is EventKind.CUSTOMER_MESSAGE and one.at >= asked]
        proof = {"proof": written[-1].data["proof"]} if written and "proof" in written[-1].data else {}
        events.append(Event(EventKind.CUSTOMER_MESSAGE, asked, source.ticket.requester, {"merged": number, **proof}))
        result = CommandResult(replace(other.ticket, clock=True))
        if other.ticket.status not in (Status.NEW, Status.OPEN):
            # As if the message had come here: from then on the customer waited for us.
            result = move(result.ticket, Status.OPEN, agent.address, moment(asked, other.history))
    events += result.events
    ticket, happened = sla.recalculate(result.ticket, other.history, events, desk.sla_policies, now)
    what: Literal["merged", "joined_copy"] = "joined_copy" if copy else "merged"
    letters = notifications.merged(ticket, what, source, agent, facts, desk, (*other.participants, *joining))
    return Change(ticket, (*events, *happened), participants=joining, drafts=letters)


def split_off(ticket: Ticket, source: CandidateTicket, agent: Agent, facts: Facts, desk: Desk, now: datetime) -> Change:
    """What a ticket gets back when its merge into `ticket` is undone: its status and its clocks."""
    at = moment(facts.received_at, source.history)
    event = Event(EventKind.UNMERGED, at, agent.address, {"from": ticket.number, "merged": ticket.number})
    last = max(index for index, one in enumerate(source.history) if one.kind is EventKind.MERGED)
    closing = [one for one in source.history[last:] if one.kind is EventKind.STATUS and "merged" in one.data]
    result = CommandResult(replace(source.ticket, merged_into=None))
    # A ticket that was closed before the merge stays closed.
    if closing:
        result = move(result.ticket, Status(closing[0].data["from"]), agent.address, at)
    events = (event, *result.events)
    alone, happened = sla.recalculate(result.ticket, source.history, events, desk.sla_policies, now)
    letters = notifications.merged(alone, "unmerged", source, agent, facts, desk, source.participants)
    return Change(alone, (*events, *happened), drafts=letters)
