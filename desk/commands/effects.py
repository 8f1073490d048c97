"""What an agent's command may look at, and what it does: the ticket after it, and the events that say so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from desk import threads
from desk.facts import CandidateTicket
from desk.sla.policy import Agent
from desk.sla.terms import SlaPolicies
from desk.ticket import Event, EventKind, Participant, Status, Ticket


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a command may look at besides the ticket."""

    agent: Agent
    agents: Sequence[Agent]
    queues: Sequence[str]
    categories: Sequence[str]
    participants: Sequence[Participant]
    max_participants: int
    now: datetime
    policies: SlaPolicies
    history: Sequence[Event] = ()
    named: Sequence[CandidateTicket] = ()
    """The tickets that the commands name, read beforehand."""
    is_own: Callable[[str], bool] = lambda _: False
    """Whether mail to an address comes to us."""

    def other(self, argument: str) -> CandidateTicket | None:
        """The ticket that an argument names: "PD-1042-F", or its number alone."""
        wanted = threads.number_in(argument, self.policies.desk.prefix)
        return next((one for one in self.named if one.ticket.number == wanted), None)

    def end_of(self, other: CandidateTicket) -> CandidateTicket:
        """The ticket into which it was merged in the end; itself where it was not merged."""
        ends = {one.ticket.number: one for one in self.named}
        for _ in ends:
            other = ends.get(other.ticket.merged_into or 0, other)
        return other


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command does."""

    ticket: Ticket
    events: tuple[Event, ...] = ()
    participants: tuple[Participant, ...] = ()
    private: bool = False
    """The text below is a note: nothing of it goes to the customer."""
    alone: str = ""
    """The command that allows no other command, and no text for the customer, beside it; "" for none."""
    into: CandidateTicket | None = None
    """The ticket into which this one was merged."""
    out: CandidateTicket | None = None
    """The ticket whose merge into this one was undone."""
    release: int | None = None
    """The inbox id of the held mail that the agent releases."""


@dataclass(frozen=True, slots=True)
class BadCommand:
    """A command that cannot be carried out; then nothing of its mail is."""

    reason: str
    """"unknown_command" or "bad_argument"."""
    detail: str


def moment(received_at: datetime, history: Sequence[Event]) -> datetime:
    """When a mail changes a status: never before the last change, however late the mail was read."""
    return max((received_at, *(event.at for event in history if event.kind is EventKind.STATUS)))


def move(ticket: Ticket, status: Status, actor: str, now: datetime) -> CommandResult:
    """The ticket in another status, with the event that says so; no event where it has that status already."""
    if ticket.status is status:
        return CommandResult(ticket)
    event = Event(EventKind.STATUS, now, actor, {"from": str(ticket.status), "to": str(status)})
    return CommandResult(replace(ticket, status=status, solved_at=now if status.done else None), (event,))


def ended(ticket: Ticket, context: CommandContext, **why: object) -> CommandResult:
    """The closed ticket; `why` goes into the event that says so."""
    moved = move(ticket, Status.CLOSED, context.agent.address, context.now)
    return replace(moved, events=tuple(replace(one, data={**one.data, **why}) for one in moved.events))
