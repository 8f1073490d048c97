"""Whom answers of a ticket go to, when an agent says so: `/to quinn@example.net`."""

import re
from dataclasses import replace

from desk.commands.effects import BadCommand, CommandContext, CommandResult
from desk.ticket import Event, EventKind, Participant, Ticket, active
from parser.mime.addresses import valid

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'|*]{1,64}@[^\s<>()\[\],;:\"'|*]{1,190}")


def to(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/to quinn@example.net – answers go to this address from now on, and no longer to the one before."""
    # Mail programs write an address twice where they make a link of it: "quinn@example.net <mailto:quinn@example.net>".
    found = dict.fromkeys(one.strip(".").lower() for one in _ADDRESS.findall(argument))
    if len(found) != 1 or valid(address := next(iter(found))) is None:
        return BadCommand("bad_argument", f"/to {argument}: write one address, such as /to quinn@example.net")
    if context.is_own(address):
        return BadCommand("bad_argument", f"/to {argument}: that is our own address; an answer would come back to us")
    if any(agent.address == address for agent in context.agents):
        return BadCommand(
            "bad_argument", f"/to {argument}: that is a colleague; to give away the ticket, write /assign"
        )
    before = ticket.requester
    leaving = tuple(Participant(one, "cc", "former") for one in (before,) if one and one != address)
    people = (*context.participants, *leaving, Participant(address, "requester", "active"))
    if len(active(people)) > context.max_participants:
        return BadCommand("bad_argument", f"/to: a ticket has at most {context.max_participants} participants")
    event = Event(EventKind.REQUESTER, context.now, context.agent.address, {"from": before, "to": address})
    name = ticket.requester_name if before == address else ""
    changed = replace(ticket, requester=address, requester_name=name)
    return CommandResult(changed, (event,), (*leaving, Participant(address, "requester", "active")))
