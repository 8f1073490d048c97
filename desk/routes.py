"""The ten routes: where a mail may belong, each with what decides about it there."""

from dataclasses import dataclass
from typing import Literal

from desk.categories import Verdict
from desk.commands.effects import CommandResult
from desk.facts import CandidateTicket, KnownLetter
from desk.sla.policy import Agent


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A mail that opens a ticket."""

    verdict: Verdict
    """What it is about, how urgent it is, and the queue it goes to."""
    claims: tuple[int, ...] = ()
    """The tickets that it points at and may not join; the notification says so."""
    follows: CandidateTicket | None = None
    """The closed ticket it continues, too late to reopen it."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Another message of a participant in a ticket."""

    candidate: CandidateTicket


@dataclass(frozen=True, slots=True)
class NothingNew:
    """A mail of a participant that asks for nothing: a reaction, a mere thanks, or the same mail sent once more."""

    candidate: CandidateTicket
    what: Literal["reaction", "thanks", "repeat"]


@dataclass(frozen=True, slots=True)
class AgentMail:
    """A proven agent's answer to a letter that we sent to this agent; everything it asks for can be done."""

    agent: Agent
    candidate: CandidateTicket
    result: CommandResult
    """What its commands do."""
    text: str
    """What it says, without commands, quote and signature."""
    assumed: bool = False
    """It is a note although it does not say so, because it answers a note: the agent is told."""
    acknowledged: tuple[CandidateTicket, ...] = ()
    """The tickets of the warning that it answers, and so acknowledges."""


@dataclass(frozen=True, slots=True)
class WarningAcknowledged:
    """A proven agent's answer to a warning about several tickets, without a command for one of them."""

    agent: Agent
    candidates: tuple[CandidateTicket, ...]
    text: str
    """What it says to colleagues."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A bounce, a delay, a receipt or a complaint.

    It changes the state of nothing but the letter that it names, and of this only by what it says of the letter's own
    recipient.
    """

    letter: KnownLetter | None
    candidate: CandidateTicket | None


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A vacation notice or the like: an event in its ticket, if it has one, and nothing more."""

    candidate: CandidateTicket | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same mail once more."""

    of: str
    candidate: CandidateTicket | None = None
    """Its ticket, where this copy came into another of our mailboxes."""


@dataclass(frozen=True, slots=True)
class OwnLetter:
    """A letter of ours that came back."""


@dataclass(frozen=True, slots=True)
class HeldBlank:
    """A mail that says nothing and names nobody, such as one of no bytes: it waits for a person, without a ticket."""


@dataclass(frozen=True, slots=True)
class HeldAgentMail:
    """Mail in an agent's name that nobody acts on until a person looks; the agent learns why."""

    reason: str
    """A code of the `refusal` template."""
    detail: str
    agent: Agent


Route = (
    NewRequest
    | FollowUp
    | NothingNew
    | AgentMail
    | WarningAcknowledged
    | DeliveryReport
    | AutoReply
    | Duplicate
    | OwnLetter
    | HeldBlank
    | HeldAgentMail
)

# Names of routes are stored and compared (`inbox.route`): a class that was renamed keeps its old one there.
_STORED_NAMES: dict[type[Route], str] = {WarningAcknowledged: "Noticed", HeldAgentMail: "Held", HeldBlank: "Held"}


def stored_name(route: Route) -> str:
    """The name of a route in the database and in the log."""
    return _STORED_NAMES.get(type(route), type(route).__name__)
