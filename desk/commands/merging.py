"""Two tickets that are one: the commands that merge them and undo it, and what follows for the second ticket.

The ticket that an agent writes about is changed by his command (`merge`, `unmerge`), the other one by `target` or
`split_off`. Both are saved in one transaction.
"""

from dataclasses import replace
from datetime import datetime

from desk.commands.effects import BadCommand, CommandContext, CommandResult, ended, moment, move
from desk.facts import CandidateTicket, Desk, Facts
from desk.replies import notifications as replies
from desk.sla import clock as sla
from desk.sla import spans
from desk.sla.policy import Agent
from desk.ticket import Change, Event, EventKind, Participant, Status, Ticket


def merge(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/merge PD-1042-F – continue in that ticket of the same customer."""
    return _merged("merge", ticket, argument, setting)


def merge_anyway(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/merge! PD-1042-F – the same, even if that ticket is another customer's; both then get every answer."""
    return _merged("merge!", ticket, argument, setting)


def _merged(name: str, ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    named = setting.other(argument)
    if named is None:
        return BadCommand("bad_argument", f"/{name} {argument}: there is no such ticket")
    other = setting.end_of(named)
    tag = other.ticket.tag
    if other.ticket.number == ticket.number:
        return BadCommand("bad_argument", f"/{name} {argument}: that is this ticket, or was merged into it")
    if name == "merge" and (not ticket.requester or ticket.requester != other.ticket.requester):
        why = f"{tag} is another customer's, and both would get every answer; write /merge! if you mean that"
        return BadCommand("bad_argument", f"/merge {argument}: {why}")
    active = {one.address for one in (*setting.participants, *other.participants) if one.state == "active"}
    if len(active) > setting.max_participants:
        return BadCommand("bad_argument", f"/{name}: a ticket has at most {setting.max_participants} participants")
    into = other.ticket.number
    moved = ended(ticket, setting, merged=into)
    event = Event(EventKind.MERGED, setting.now, setting.agent.address, {"into": into, "merged": into})
    return CommandResult(replace(moved.ticket, merged_into=into), (event, *moved.events), alone=name, into=other)


def unmerge(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/unmerge PD-1041-L – undo the merge of that ticket into this one; it is a ticket of its own again."""
    other = setting.other(argument)
    if other is None or other.ticket.merged_into != ticket.number:
        return BadCommand("bad_argument", f"/unmerge {argument}: no such ticket was merged into {ticket.tag}")
    number = other.ticket.number
    event = Event(EventKind.UNMERGED, setting.now, setting.agent.address, {"out": number, "merged": number})
    # Who came with it goes with it.
    came = [one for one in setting.history if one.kind is EventKind.LINKED and one.data.get("merged") == number]
    leaving = tuple(Participant(address, "cc", "suggested") for address in came[-1].data["joined"])
    return CommandResult(ticket, (event,), leaving, alone="unmerge", out=other)


def target(
    source: CandidateTicket, other: CandidateTicket, agent: Agent, facts: Facts, desk: Desk, now: datetime
) -> Change:
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
    effect = CommandResult(other.ticket)
    asked = spans.unanswered(source.history)
    if asked is not None:
        # Not before the last answer: what that answered here was not asked there.
        settled = spans.settled_at(other.history)
        asked = max(asked, settled) if settled is not None else asked
        written = [one for one in source.history if one.kind is EventKind.CUSTOMER_MESSAGE and one.at >= asked]
        proof = {"proof": written[-1].data["proof"]} if written and "proof" in written[-1].data else {}
        events.append(Event(EventKind.CUSTOMER_MESSAGE, asked, source.ticket.requester, {"merged": number, **proof}))
        effect = CommandResult(replace(other.ticket, clock=True))
        if other.ticket.status not in (Status.NEW, Status.OPEN):
            # As if it had come here: from then on nobody waited for the customer.
            effect = move(effect.ticket, Status.OPEN, agent.address, moment(asked, other.history))
    events += effect.events
    ticket, happened = sla.recalculate(effect.ticket, other.history, events, desk.service, now)
    letters = replies.merged(ticket, "merged", source, agent, facts, desk)
    return Change(ticket, (*events, *happened), participants=joining, replies=letters)


def split_off(ticket: Ticket, source: CandidateTicket, agent: Agent, facts: Facts, desk: Desk, now: datetime) -> Change:
    """What the ticket gets that had gone on in `ticket` and goes on by itself again: its status and its clocks."""
    at = moment(facts.received_at, source.history)
    event = Event(EventKind.UNMERGED, at, agent.address, {"from": ticket.number, "merged": ticket.number})
    last = max(index for index, one in enumerate(source.history) if one.kind is EventKind.MERGED)
    closing = [one for one in source.history[last:] if one.kind is EventKind.STATUS and "merged" in one.data]
    effect = CommandResult(replace(source.ticket, merged_into=None))
    # What had been closed before stays so.
    if closing:
        effect = move(effect.ticket, Status(closing[0].data["from"]), agent.address, at)
    events = (event, *effect.events)
    alone, happened = sla.recalculate(effect.ticket, source.history, events, desk.service, now)
    letters = replies.merged(alone, "unmerged", source, agent, facts, desk)
    return Change(alone, (*events, *happened), replies=letters)
