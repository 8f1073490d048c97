"""The lines with which an agent steers a ticket from a mail: `/solve`, `/note`, `/assign ben`.

Commands stand above the agent's own text, one a line. The first line of each function's docstring
is the help text that agents get by mail.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from desk.commands.addressing import to
from desk.commands.effects import BadCommand, CommandContext, CommandResult, ended, moment, move
from desk.commands.merging import join, merge, merge_anyway, unmerge
from desk.commands.snooze import put_aside
from desk.ticket import PRIORITIES, Event, EventKind, Participant, Status, Ticket

__all__ = ["COMMANDS", "BadCommand", "CommandContext", "CommandResult", "help_lines", "moment", "move", "run_all"]


def run_all(commands: Sequence[tuple[str, str]], ticket: Ticket, context: CommandContext) -> CommandResult | BadCommand:
    """What all commands do, in order; or the first that cannot be carried out."""
    result = CommandResult(ticket)
    steering = [name for name, _ in commands if name != "note"]
    for name, argument in commands:
        command = COMMANDS.get(name)
        if command is None:
            return BadCommand("unknown_command", f"/{name}")
        done = command(result.ticket, argument, context)
        if isinstance(done, BadCommand):
            return done
        if done.alone and len(steering) > 1:
            return BadCommand("bad_argument", f"/{name} must stand alone, or with /note")
        result = replace(
            done,
            events=result.events + done.events,
            participants=result.participants + done.participants,
            private=result.private or done.private,
            alone=result.alone or done.alone,
            into=result.into or done.into,
            out=result.out or done.out,
        )
    if result.ticket.status.done and any(event.kind is EventKind.SNOOZED for event in result.events):
        return BadCommand("bad_argument", "/snooze: this mail also ends the ticket; leave one of the two out")
    return result


def _status(status: Status, ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    if argument:
        return BadCommand("bad_argument", f"/{status} takes nothing after it")
    return move(ticket, status, context.agent.address, context.now)


def solve(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/solve – the work is done; a reply from the customer opens it again."""
    return _status(Status.SOLVED, ticket, argument, context)


def close(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/close – closed for good."""
    return _status(Status.CLOSED, ticket, argument, context)


def open_(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/open – we are working on it; the clock runs."""
    return _status(Status.OPEN, ticket, argument, context)


def wait(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/wait – waiting for the customer (`/wait other`: for somebody else)."""
    if argument.lower() in ("", "customer"):
        return move(ticket, Status.WAITING, context.agent.address, context.now)
    if argument.lower() in ("other", "third", "third_party"):
        return move(ticket, Status.THIRD_PARTY, context.agent.address, context.now)
    return BadCommand("bad_argument", f"/wait {argument}: write /wait or /wait other")


def note(ticket: Ticket, argument: str, _: CommandContext) -> CommandResult | BadCommand:
    """/note – the text below is for colleagues only; nothing goes to the customer."""
    if argument:
        return BadCommand("bad_argument", "/note stands alone on its line; write the note below it")
    return CommandResult(ticket, private=True)


def assign(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/assign ben – give it to a colleague, by name or address (`me`, `nobody`)."""
    wanted = argument.lower()
    if wanted == "nobody":
        return _assigned(ticket, None, context)
    if wanted in ("", "me"):
        return _assigned(ticket, context.agent.address, context)
    found = [
        agent
        for agent in context.agents
        if wanted in (agent.address, agent.name.lower(), *agent.name.lower().split()[:1])
    ]
    if len(found) != 1:
        names = ", ".join(agent.address for agent in context.agents)
        return BadCommand("bad_argument", f"/assign {argument}: write one of {names}")
    return _assigned(ticket, found[0].address, context)


def _assigned(ticket: Ticket, address: str | None, context: CommandContext) -> CommandResult:
    event = Event(EventKind.ASSIGNED, context.now, context.agent.address, {"to": address})
    return CommandResult(replace(ticket, assignee=address), (event,))


def priority(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/priority P1 – P1 urgent, P2 high, P3 normal, P4 low."""
    wanted = argument.upper()
    if wanted not in PRIORITIES:
        return BadCommand("bad_argument", f"/priority {argument}: write one of {', '.join(PRIORITIES)}")
    event = Event(EventKind.PRIORITY, context.now, context.agent.address, {"from": ticket.priority, "to": wanted})
    return CommandResult(replace(ticket, priority=wanted), (event,))


def queue(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/queue security – move it to another team."""
    if argument not in context.queues:
        return BadCommand("bad_argument", f"/queue {argument}: write one of {', '.join(context.queues)}")
    event = Event(EventKind.QUEUE, context.now, context.agent.address, {"from": ticket.queue, "to": argument})
    moved = replace(ticket, queue=argument)
    holder = next((agent for agent in context.agents if agent.address == ticket.assignee), None)
    if ticket.assignee is None or (holder is not None and argument in holder.queues):
        return CommandResult(moved, (event,))
    # Otherwise only the agent who gave it away would get what the customer writes next.
    freed = _assigned(moved, None, context)
    return CommandResult(freed.ticket, (event, *freed.events))


def category(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/category kyc – correct the problem type."""
    if argument not in context.categories:
        return BadCommand("bad_argument", f"/category {argument}: write one of {', '.join(context.categories)}")
    event = Event(EventKind.CATEGORY, context.now, context.agent.address, {"from": ticket.category, "to": argument})
    return CommandResult(replace(ticket, category=argument), (event,))


def cc(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/cc ana@example.org – let somebody who was addressed take part (`/cc all`: everybody)."""
    suggested = {one.address: one for one in context.participants if one.state == "suggested"}
    named = argument.lower().replace(",", " ").replace(";", " ").split()
    wanted = list(suggested) if named == ["all"] else list(dict.fromkeys(named))
    strangers = [address for address in wanted if address not in suggested]
    if strangers or not wanted:
        names = f"write one of {', '.join(suggested)}" if suggested else "there is nobody left to add"
        return BadCommand("bad_argument", f"/cc {argument}: {names}")
    active = sum(one.state == "active" for one in context.participants)
    if active + len(wanted) > context.max_participants:
        return BadCommand("bad_argument", f"/cc: a ticket has at most {context.max_participants} participants")
    return CommandResult(
        ticket,
        tuple(Event(EventKind.CC_ADDED, context.now, context.agent.address, {"address": one}) for one in wanted),
        tuple(Participant(one, "cc", "active") for one in wanted),
    )


def spam(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/spam – not a request at all; it is closed, and the customer is not told."""
    if argument:
        return BadCommand("bad_argument", "/spam takes nothing after it")
    void = Event(EventKind.VOID, context.now, context.agent.address, {"why": "spam"})
    moved = ended(ticket, context)
    return CommandResult(moved.ticket, (void, *moved.events), alone="spam")


def duplicate(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/duplicate PD-1042-F – the same request as that one; this one is closed, and the customer is not told."""
    other = context.other(argument)
    if other is None or other.ticket.number == ticket.number:
        return BadCommand("bad_argument", f"/duplicate {argument}: write the number of the other ticket")
    data = {"why": "duplicate", "of": other.ticket.number}
    void = Event(EventKind.VOID, context.now, context.agent.address, data)
    linked = Event(EventKind.LINKED, context.now, context.agent.address, {"to": other.ticket.number})
    moved = ended(ticket, context)
    return CommandResult(moved.ticket, (void, linked, *moved.events), alone="duplicate")


def send(ticket: Ticket, argument: str, _: CommandContext) -> CommandResult | BadCommand:
    """/send – the text below goes to the customer as it stands, whatever it looks like or quotes."""
    if argument:
        return BadCommand("bad_argument", "/send stands alone on its line; write the text below it")
    return CommandResult(ticket)


Command = Callable[[Ticket, str, CommandContext], CommandResult | BadCommand]

COMMANDS: Mapping[str, Command] = {
    "solve": solve,
    "close": close,
    "open": open_,
    "wait": wait,
    "note": note,
    "assign": assign,
    "priority": priority,
    "queue": queue,
    "category": category,
    "type": category,
    "cc": cc,
    "to": to,
    "snooze": put_aside,
    "merge": merge,
    "merge!": merge_anyway,
    "join": join,
    "unmerge": unmerge,
    "spam": spam,
    "duplicate": duplicate,
    "send": send,
}


def help_lines() -> tuple[str, ...]:
    """One line for each command, as agents read them."""
    seen: dict[Command, str] = {}
    for command in COMMANDS.values():
        seen.setdefault(command, (command.__doc__ or "").splitlines()[0])
    return tuple(seen.values())
