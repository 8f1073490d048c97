"""The lines with which an agent steers a ticket from a mail: `/solve`, `/note`, `/assign ben`.

Commands stand above the agent's own text, one a line. The first line of each function's docstring
is the help text that agents get by mail.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from desk import threads
from desk.commands.effects import BadCommand, CommandContext, CommandResult, ended, moment, move
from desk.commands.merging import merge, merge_anyway, unmerge
from desk.commands.snooze import put_aside
from desk.ticket import PRIORITIES, Event, EventKind, Participant, Status, Ticket

__all__ = [
    "COMMANDS",
    "BadCommand",
    "CommandContext",
    "CommandResult",
    "ParsedCommands",
    "moment",
    "move",
    "numbers_named",
    "obey",
    "split",
]


@dataclass(frozen=True, slots=True)
class ParsedCommands:
    """An agent's text, split into what to do and what to say."""

    commands: tuple[tuple[str, str], ...] = field(default=())
    text: str = ""


_COMMAND = re.compile(r"/[ \t]?(merge!|[a-z_]{2,20})(?:[ \t]+(\S.*))?\Z", re.IGNORECASE)
# "/note:" and "/solve." are meant as commands; "/etc/passwd" and "/v3/orders" are not.
_MEANT = re.compile(r"/[ \t]?([a-z_]{2,20})(?![a-z0-9_/])", re.IGNORECASE)


def _written(line: str) -> str:
    """A line as it was meant: the full-width slash of Chinese keyboards, and what mail programs hide in front."""
    kinds = ((letter, unicodedata.category(letter)) for letter in line)
    visible = "".join(" " if kind == "Zs" else letter for letter, kind in kinds if kind != "Cf").strip()
    return "/" + visible[1:] if visible.startswith("／") else visible


def split(text: str) -> ParsedCommands | BadCommand:
    """The command lines on top, and the text below them.

    A line on top that is nearly a command, and a known command further down, are refused rather than
    sent to the customer as text: the lines below may be a note.
    """
    lines = text.strip().splitlines()
    commands: list[tuple[str, str]] = []
    top = 0
    for line in map(_written, lines):
        match = _COMMAND.match(line)
        if match is None and _MEANT.match(line):
            return BadCommand("unknown_command", line)
        if line and match is None:
            break
        if match is not None:
            commands.append((match[1].lower(), (match[2] or "").strip()))
        top += 1
    for line in map(_written, lines[top:]):
        meant = _MEANT.match(line)
        if meant is not None and meant[1].lower() in COMMANDS:
            return BadCommand("unknown_command", f"{line} stands below text; put commands above it")
    return ParsedCommands(tuple(commands), "\n".join(lines[top:]).strip())


def obey(commands: Sequence[tuple[str, str]], ticket: Ticket, setting: CommandContext) -> CommandResult | BadCommand:
    """All commands in order, or the first that cannot be obeyed."""
    effect = CommandResult(ticket)
    steering = [name for name, _ in commands if name != "note"]
    for name, argument in commands:
        command = COMMANDS.get(name)
        if command is None:
            return BadCommand("unknown_command", f"/{name}")
        done = command(effect.ticket, argument, setting)
        if isinstance(done, BadCommand):
            return done
        if done.alone and len(steering) > 1:
            return BadCommand("bad_argument", f"/{name} must stand alone, or with /note")
        effect = replace(
            done,
            events=effect.events + done.events,
            participants=effect.participants + done.participants,
            private=effect.private or done.private,
            alone=effect.alone or done.alone,
            into=effect.into or done.into,
            out=effect.out or done.out,
        )
    if effect.ticket.status.done and any(event.kind is EventKind.SNOOZED for event in effect.events):
        return BadCommand("bad_argument", "/snooze: this mail also ends the ticket; leave one of the two out")
    return effect


def numbers_named(text: str, prefix: str) -> tuple[int, ...]:
    """The numbers of the tickets that command lines of a text name, wherever they stand; to look them up."""
    found: list[int] = []
    for line in map(_written, text.splitlines()):
        match = _COMMAND.match(line)
        number = threads.number_in(match[2] or "", prefix) if match and match[1].lower() in _NAMING else None
        if number is not None and number not in found:
            found.append(number)
    return tuple(found[:_NAMED])


_NAMING = ("merge", "merge!", "unmerge", "duplicate")
_NAMED = 3


def _status(status: Status, ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    if argument:
        return BadCommand("bad_argument", f"/{status} takes nothing after it")
    return move(ticket, status, setting.agent.address, setting.now)


def solve(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/solve – the work is done; a reply from the customer opens it again."""
    return _status(Status.SOLVED, ticket, argument, setting)


def close(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/close – closed for good."""
    return _status(Status.CLOSED, ticket, argument, setting)


def open_(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/open – we are working on it; the clock runs."""
    return _status(Status.OPEN, ticket, argument, setting)


def wait(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/wait – waiting for the customer (`/wait other`: for somebody else)."""
    if argument.lower() in ("", "customer"):
        return move(ticket, Status.WAITING, setting.agent.address, setting.now)
    if argument.lower() in ("other", "third", "third_party"):
        return move(ticket, Status.THIRD_PARTY, setting.agent.address, setting.now)
    return BadCommand("bad_argument", f"/wait {argument}: write /wait or /wait other")


def note(ticket: Ticket, argument: str, _: CommandContext) -> CommandResult | BadCommand:
    """/note – the text below is for colleagues only; nothing goes to the customer."""
    if argument:
        return BadCommand("bad_argument", "/note stands alone on its line; write the note below it")
    return CommandResult(ticket, private=True)


def assign(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/assign ben – give it to a colleague, by name or address (`me`, `nobody`)."""
    wanted = argument.lower()
    if wanted == "nobody":
        return _assigned(ticket, None, setting)
    if wanted in ("", "me"):
        return _assigned(ticket, setting.agent.address, setting)
    found = [
        agent
        for agent in setting.agents
        if wanted in (agent.address, agent.name.lower(), *agent.name.lower().split()[:1])
    ]
    if len(found) != 1:
        names = ", ".join(agent.address for agent in setting.agents)
        return BadCommand("bad_argument", f"/assign {argument}: write one of {names}")
    return _assigned(ticket, found[0].address, setting)


def _assigned(ticket: Ticket, address: str | None, setting: CommandContext) -> CommandResult:
    event = Event(EventKind.ASSIGNED, setting.now, setting.agent.address, {"to": address})
    return CommandResult(replace(ticket, assignee=address), (event,))


def priority(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/priority P1 – P1 urgent, P2 high, P3 normal, P4 low."""
    wanted = argument.upper()
    if wanted not in PRIORITIES:
        return BadCommand("bad_argument", f"/priority {argument}: write one of {', '.join(PRIORITIES)}")
    event = Event(EventKind.PRIORITY, setting.now, setting.agent.address, {"from": ticket.priority, "to": wanted})
    return CommandResult(replace(ticket, priority=wanted), (event,))


def queue(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/queue security – move it to another team."""
    if argument not in setting.queues:
        return BadCommand("bad_argument", f"/queue {argument}: write one of {', '.join(setting.queues)}")
    event = Event(EventKind.QUEUE, setting.now, setting.agent.address, {"from": ticket.queue, "to": argument})
    moved = replace(ticket, queue=argument)
    holder = next((agent for agent in setting.agents if agent.address == ticket.assignee), None)
    if ticket.assignee is None or (holder is not None and argument in holder.queues):
        return CommandResult(moved, (event,))
    # Else only he who gave it away would be told of what the customer writes next.
    freed = _assigned(moved, None, setting)
    return CommandResult(freed.ticket, (event, *freed.events))


def category(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/category kyc – correct the problem type."""
    if argument not in setting.categories:
        return BadCommand("bad_argument", f"/category {argument}: write one of {', '.join(setting.categories)}")
    event = Event(EventKind.CATEGORY, setting.now, setting.agent.address, {"from": ticket.category, "to": argument})
    return CommandResult(replace(ticket, category=argument), (event,))


def cc(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/cc ana@example.org – let somebody who was addressed take part (`/cc all`: everybody)."""
    suggested = {one.address: one for one in setting.participants if one.state == "suggested"}
    named = argument.lower().replace(",", " ").replace(";", " ").split()
    wanted = list(suggested) if named == ["all"] else list(dict.fromkeys(named))
    strangers = [address for address in wanted if address not in suggested]
    if strangers or not wanted:
        names = f"write one of {', '.join(suggested)}" if suggested else "there is nobody left to add"
        return BadCommand("bad_argument", f"/cc {argument}: {names}")
    active = sum(one.state == "active" for one in setting.participants)
    if active + len(wanted) > setting.max_participants:
        return BadCommand("bad_argument", f"/cc: a ticket has at most {setting.max_participants} participants")
    return CommandResult(
        ticket,
        tuple(Event(EventKind.CC_ADDED, setting.now, setting.agent.address, {"address": one}) for one in wanted),
        tuple(Participant(one, "cc", "active") for one in wanted),
    )


def spam(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/spam – not a request at all; it is closed, and the customer is not told."""
    if argument:
        return BadCommand("bad_argument", "/spam takes nothing after it")
    void = Event(EventKind.VOID, setting.now, setting.agent.address, {"why": "spam"})
    moved = ended(ticket, setting)
    return CommandResult(moved.ticket, (void, *moved.events), alone="spam")


def duplicate(ticket: Ticket, argument: str, setting: CommandContext) -> CommandResult | BadCommand:
    """/duplicate PD-1042-F – the same request as that one; this one is closed, and the customer is not told."""
    other = setting.other(argument)
    if other is None or other.ticket.number == ticket.number:
        return BadCommand("bad_argument", f"/duplicate {argument}: write the number of the other ticket")
    data = {"why": "duplicate", "of": other.ticket.number}
    void = Event(EventKind.VOID, setting.now, setting.agent.address, data)
    linked = Event(EventKind.LINKED, setting.now, setting.agent.address, {"to": other.ticket.number})
    moved = ended(ticket, setting)
    return CommandResult(moved.ticket, (void, linked, *moved.events), alone="duplicate")


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
    "snooze": put_aside,
    "merge": merge,
    "merge!": merge_anyway,
    "unmerge": unmerge,
    "spam": spam,
    "duplicate": duplicate,
}


def help_lines() -> tuple[str, ...]:
    """One line for each command, as agents read them."""
    seen: dict[Command, str] = {}
    for command in COMMANDS.values():
        seen.setdefault(command, (command.__doc__ or "").splitlines()[0])
    return tuple(seen.values())
