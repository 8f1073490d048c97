"""The lines with which an agent steers a ticket from a mail: `/solve`, `/note`, `/assign ben`.

Commands stand above the agent's own text, one a line. The first line of each function's docstring
is the help text that agents get by mail.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from desk import snooze as rests
from desk import threads
from desk.facts import Known
from desk.policy import Agent
from desk.service import Circumstances, Service
from desk.ticket import PRIORITIES, Event, EventKind, Participant, Status, Ticket
from desk.zones import zone


@dataclass(frozen=True, slots=True)
class Setting:
    """What a command may look at besides the ticket."""

    agent: Agent
    agents: Sequence[Agent]
    queues: Sequence[str]
    categories: Sequence[str]
    participants: Sequence[Participant]
    max_participants: int
    now: datetime
    service: Service
    history: Sequence[Event] = ()
    named: Sequence[Known] = ()
    """The tickets that its commands name, looked up before."""

    def other(self, argument: str) -> Known | None:
        """The ticket that an argument names: "PD-1042-K", or its number alone."""
        wanted = number_in(argument, self.service.desk.prefix)
        return next((one for one in self.named if one.ticket.number == wanted), None)

    def end_of(self, other: Known) -> Known:
        """The ticket that it goes on in, however often it was merged; itself where it was not."""
        ends = {one.ticket.number: one for one in self.named}
        for _ in ends:
            other = ends.get(other.ticket.merged_into or 0, other)
        return other


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command does."""

    ticket: Ticket
    events: tuple[Event, ...] = ()
    participants: tuple[Participant, ...] = ()
    private: bool = False
    """The text below is a note: nothing of it goes to the customer."""
    alone: str = ""
    """The command that ends the work here: no other command, and no text for the customer, stands with it."""
    into: Known | None = None
    """The ticket that this one goes on in from now on."""
    out: Known | None = None
    """The ticket that no longer goes on in this one."""


@dataclass(frozen=True, slots=True)
class BadCommand:
    """A command that cannot be obeyed: nothing of its mail is carried out."""

    reason: str
    """"unknown_command" or "bad_argument"."""
    detail: str


@dataclass(frozen=True, slots=True)
class Orders:
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


def split(text: str) -> Orders | BadCommand:
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
            return BadCommand("unknown_command", f"{line} stands below text; commands stand on top")
    return Orders(tuple(commands), "\n".join(lines[top:]).strip())


def obey(commands: Sequence[tuple[str, str]], ticket: Ticket, setting: Setting) -> Effect | BadCommand:
    """All commands in order, or the first that cannot be obeyed."""
    effect = Effect(ticket)
    steering = [name for name, _ in commands if name != "note"]
    for name, argument in commands:
        command = COMMANDS.get(name)
        if command is None:
            return BadCommand("unknown_command", f"/{name}")
        done = command(effect.ticket, argument, setting)
        if isinstance(done, BadCommand):
            return done
        if done.alone and len(steering) > 1:
            return BadCommand("bad_argument", f"/{name} stands alone, or with /note")
        effect = replace(
            done,
            events=effect.events + done.events,
            participants=effect.participants + done.participants,
            private=effect.private or done.private,
            alone=effect.alone or done.alone,
            into=effect.into or done.into,
            out=effect.out or done.out,
        )
    return effect


def numbers_named(text: str, prefix: str) -> tuple[int, ...]:
    """The numbers of the tickets that command lines of a text name, wherever they stand; to look them up."""
    found: list[int] = []
    for line in map(_written, text.splitlines()):
        match = _COMMAND.match(line)
        number = number_in(match[2] or "", prefix) if match and match[1].lower() in _NAMING else None
        if number is not None and number not in found:
            found.append(number)
    return tuple(found[:_NAMED])


_NAMING = ("merge", "merge!", "unmerge", "duplicate")
_NAMED = 3


def number_in(argument: str, prefix: str) -> int | None:
    """The number of "PD-1042-K", "[PD-1042-K]", "#1042" or "1042"; None for anything else, and a wrong letter."""
    bare = argument.strip().strip("[]").removeprefix("#")
    if bare.isascii() and bare.isdecimal() and len(bare) < 10:
        return int(bare)
    return next(iter(threads.numbers_in(bare, prefix)), None)


def moment(received_at: datetime, history: Sequence[Event]) -> datetime:
    """When a status changes by a mail: not before the last change, however late the mail was read."""
    return max((received_at, *(event.at for event in history if event.kind is EventKind.STATUS)))


def move(ticket: Ticket, status: Status, actor: str, now: datetime) -> Effect:
    """The ticket in another status, with the event that says so; nothing when it is there already."""
    if ticket.status is status:
        return Effect(ticket)
    event = Event(EventKind.STATUS, now, actor, {"from": str(ticket.status), "to": str(status)})
    return Effect(replace(ticket, status=status, solved_at=now if status.done else None), (event,))


def _status(status: Status, ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    if argument:
        return BadCommand("bad_argument", f"/{status} takes nothing after it")
    return move(ticket, status, setting.agent.address, setting.now)


def solve(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/solve – the work is done; an answer from the customer opens it again."""
    return _status(Status.SOLVED, ticket, argument, setting)


def close(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/close – done for good."""
    return _status(Status.CLOSED, ticket, argument, setting)


def open_(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/open – we are working on it; the clock runs."""
    return _status(Status.OPEN, ticket, argument, setting)


def wait(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/wait – waiting for the customer (`/wait other`: for somebody else)."""
    if argument.lower() in ("", "customer"):
        return move(ticket, Status.WAITING, setting.agent.address, setting.now)
    if argument.lower() in ("other", "third", "third_party"):
        return move(ticket, Status.THIRD_PARTY, setting.agent.address, setting.now)
    return BadCommand("bad_argument", f"/wait {argument}: write /wait or /wait other")


def note(ticket: Ticket, argument: str, _: Setting) -> Effect | BadCommand:
    """/note – the text below is for colleagues only; nothing goes to the customer."""
    if argument:
        return BadCommand("bad_argument", "/note stands alone on its line; the note is the text below")
    return Effect(ticket, private=True)


def assign(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
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


def _assigned(ticket: Ticket, address: str | None, setting: Setting) -> Effect:
    event = Event(EventKind.ASSIGNED, setting.now, setting.agent.address, {"to": address})
    return Effect(replace(ticket, assignee=address), (event,))


def priority(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/priority P1 – P1 urgent, P2 high, P3 normal, P4 low."""
    wanted = argument.upper()
    if wanted not in PRIORITIES:
        return BadCommand("bad_argument", f"/priority {argument}: write one of {', '.join(PRIORITIES)}")
    event = Event(EventKind.PRIORITY, setting.now, setting.agent.address, {"from": ticket.priority, "to": wanted})
    return Effect(replace(ticket, priority=wanted), (event,))


def queue(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/queue security – move it to another team."""
    if argument not in setting.queues:
        return BadCommand("bad_argument", f"/queue {argument}: write one of {', '.join(setting.queues)}")
    event = Event(EventKind.QUEUE, setting.now, setting.agent.address, {"from": ticket.queue, "to": argument})
    moved = replace(ticket, queue=argument)
    holder = next((agent for agent in setting.agents if agent.address == ticket.assignee), None)
    if ticket.assignee is None or (holder is not None and argument in holder.queues):
        return Effect(moved, (event,))
    # Else only he who gave it away would be told of what the customer writes next.
    freed = _assigned(moved, None, setting)
    return Effect(freed.ticket, (event, *freed.events))


def category(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/category kyc – correct the problem type."""
    if argument not in setting.categories:
        return BadCommand("bad_argument", f"/category {argument}: write one of {', '.join(setting.categories)}")
    event = Event(EventKind.CATEGORY, setting.now, setting.agent.address, {"from": ticket.category, "to": argument})
    return Effect(replace(ticket, category=argument), (event,))


def cc(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/cc ana@example.org – let a suggested person take part (`/cc all` for every suggested one)."""
    suggested = {one.address: one for one in setting.participants if one.state == "suggested"}
    named = argument.lower().replace(",", " ").replace(";", " ").split()
    wanted = list(suggested) if named == ["all"] else list(dict.fromkeys(named))
    strangers = [address for address in wanted if address not in suggested]
    if strangers or not wanted:
        names = ", ".join(suggested) or "nobody is suggested"
        return BadCommand("bad_argument", f"/cc {argument}: {names}")
    active = sum(one.state == "active" for one in setting.participants)
    if active + len(wanted) > setting.max_participants:
        return BadCommand("bad_argument", f"/cc: a ticket has at most {setting.max_participants} participants")
    return Effect(
        ticket,
        tuple(Event(EventKind.CC_ADDED, setting.now, setting.agent.address, {"address": one}) for one in wanted),
        tuple(Participant(one, "cc", "active") for one in wanted),
    )


def snooze(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/snooze 3d – put it aside, or until something happens (`4h`, `until 2026-12-01`, `until monday 09:00`)."""
    if ticket.status.done:
        return BadCommand("bad_argument", f"/snooze: the ticket is {ticket.status}")
    at = rests.instant(argument, setting.now, zone(setting.service.desk.zone))
    if at is None:
        how = "write 3d, 4h, until 2026-12-01 or until monday 09:00, within a year"
        return BadCommand("bad_argument", f"/snooze {argument}: {how}")
    terms = setting.service.terms(
        Circumstances(ticket.tier, ticket.category, ticket.queue, ticket.priority, ticket.language)
    )
    # Nobody is there to be told before the desk opens.
    until = terms.calendar.next_open(at) or at
    event = Event(EventKind.SNOOZED, setting.now, setting.agent.address, {"until": until.isoformat()})
    return Effect(replace(ticket, snoozed_until=until), (event,))


def merge(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/merge PD-1042-K – this ticket goes on in that one of the same customer."""
    return _merged("merge", ticket, argument, setting)


def merge_anyway(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/merge! PD-1042-K – the same, even if that one is of another customer, who then takes part in it all."""
    return _merged("merge!", ticket, argument, setting)


def _merged(name: str, ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    named = setting.other(argument)
    if named is None:
        return BadCommand("bad_argument", f"/{name} {argument}: there is no such ticket")
    other = setting.end_of(named)
    tag = other.ticket.tag
    if other.ticket.number == ticket.number:
        return BadCommand("bad_argument", f"/{name} {argument}: that is this ticket, or goes on in it")
    if name == "merge" and (not ticket.requester or ticket.requester != other.ticket.requester):
        why = f"{tag} is of another customer, who would read on there; write /merge! if that is meant"
        return BadCommand("bad_argument", f"/merge {argument}: {why}")
    active = {one.address for one in (*setting.participants, *other.participants) if one.state == "active"}
    if len(active) > setting.max_participants:
        return BadCommand("bad_argument", f"/{name}: a ticket has at most {setting.max_participants} participants")
    into = other.ticket.number
    moved = _ended(ticket, setting, {"merged": into})
    event = Event(EventKind.MERGED, setting.now, setting.agent.address, {"into": into, "merged": into})
    return Effect(replace(moved.ticket, merged_into=into), (event, *moved.events), alone=name, into=other)


def _ended(ticket: Ticket, setting: Setting, data: Mapping[str, object]) -> Effect:
    """The ticket closed, with why in the event that says so."""
    moved = move(ticket, Status.CLOSED, setting.agent.address, setting.now)
    return replace(moved, events=tuple(replace(one, data={**one.data, **data}) for one in moved.events))


def unmerge(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/unmerge PD-1041-L – that ticket was merged into this one by mistake: it goes on by itself again."""
    other = setting.other(argument)
    if other is None or other.ticket.merged_into != ticket.number:
        return BadCommand("bad_argument", f"/unmerge {argument}: no such ticket was merged into {ticket.tag}")
    number = other.ticket.number
    event = Event(EventKind.UNMERGED, setting.now, setting.agent.address, {"out": number, "merged": number})
    # Who came with it goes with it.
    joined = [
        one.data["joined"]
        for one in setting.history
        if one.kind is EventKind.LINKED and one.data.get("merged") == number
    ]
    leaving = tuple(Participant(address, "cc", "suggested") for address in dict.fromkeys(chain(*joined)))
    return Effect(ticket, (event,), leaving, alone="unmerge", out=other)


def spam(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/spam – no request at all: closed, and nothing was promised."""
    if argument:
        return BadCommand("bad_argument", "/spam takes nothing after it")
    void = Event(EventKind.VOID, setting.now, setting.agent.address, {"why": "spam"})
    moved = _ended(ticket, setting, {})
    return Effect(moved.ticket, (void, *moved.events), alone="spam")


def duplicate(ticket: Ticket, argument: str, setting: Setting) -> Effect | BadCommand:
    """/duplicate PD-1042-K – the same request came twice, see there: closed, and the customer is told nothing."""
    other = setting.other(argument)
    if other is None or other.ticket.number == ticket.number:
        return BadCommand("bad_argument", f"/duplicate {argument}: write the number of the other ticket")
    data = {"why": "duplicate", "of": other.ticket.number}
    void = Event(EventKind.VOID, setting.now, setting.agent.address, data)
    linked = Event(EventKind.LINKED, setting.now, setting.agent.address, {"to": other.ticket.number})
    moved = _ended(ticket, setting, {})
    return Effect(moved.ticket, (void, linked, *moved.events), alone="duplicate")


Command = Callable[[Ticket, str, Setting], Effect | BadCommand]

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
    "snooze": snooze,
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
