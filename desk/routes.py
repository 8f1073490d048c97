"""The nine routes: where a mail may belong, each with what decides about it there."""

from dataclasses import dataclass

from desk.categories import Verdict
from desk.commands.effects import CommandResult
from desk.facts import CandidateTicket, KnownLetter
from desk.sla.policy import Agent


@dataclass(frozen=True, slots=True)
class NewRequest:
    """Opens a ticket."""

    verdict: Verdict
    """What it is about, how urgent it is, and the queue it goes to."""
    claims: tuple[int, ...] = ()
    """Tickets it points at without a right to join them: agents are told."""
    follows: CandidateTicket | None = None
    """The closed ticket it continues, too late to reopen it."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Another message of a participant."""

    candidate: CandidateTicket


@dataclass(frozen=True, slots=True)
class AgentMail:
    """A proven agent's answer to a letter that we sent to this agent; it can be carried out whole."""

    agent: Agent
    candidate: CandidateTicket
    result: CommandResult
    """What its commands do."""
    text: str
    """What it says, without commands, quote and signature."""
    acknowledged: tuple[CandidateTicket, ...] = ()
    """The tickets of the warning that it answers: the agent has taken notice of them."""


@dataclass(frozen=True, slots=True)
class WarningAcknowledged:
    """A proven agent's answer to a warning of several tickets, with nothing to be done to one of them."""

    agent: Agent
    candidates: tuple[CandidateTicket, ...]
    text: str
    """What it says to colleagues."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A bounce, a delay, a receipt, a complaint. Only a letter of ours that it names changes state."""

    letter: KnownLetter | None
    candidate: CandidateTicket | None


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A vacation notice or the like: an event of its ticket, if it has one, and nothing more."""

    candidate: CandidateTicket | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same mail once more."""

    of: str


@dataclass(frozen=True, slots=True)
class OwnLetter:
    """A letter of ours that came back."""


@dataclass(frozen=True, slots=True)
class HeldAgentMail:
    """Nothing is done with it until a person looks; the agent it speaks for is told why."""

    reason: str
    """A code of the `refusal` template."""
    detail: str
    agent: Agent


Route = (
    NewRequest
    | FollowUp
    | AgentMail
    | WarningAcknowledged
    | DeliveryReport
    | AutoReply
    | Duplicate
    | OwnLetter
    | HeldAgentMail
)

# Names of routes are stored and compared (`inbox.route`): a class that was renamed keeps its old one there.
_STORED_NAMES: dict[type[Route], str] = {WarningAcknowledged: "Noticed", HeldAgentMail: "Held"}


def stored_name(route: Route) -> str:
    """The name by which a route is kept with its mail and logged."""
    return _STORED_NAMES.get(type(route), type(route).__name__)
