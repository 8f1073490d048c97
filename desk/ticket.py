"""The values of a ticket: what it is, what happened to it, who takes part, and what is to change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from desk.letters import Draft


class Status(StrEnum):
    """Where the work stands. `waiting` waits for the customer, `third_party` for somebody else."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    THIRD_PARTY = "third_party"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def done(self) -> bool:
        return self in (Status.SOLVED, Status.CLOSED)


PRIORITIES = ("P1", "P2", "P3", "P4")
"""Urgent to low (field taxonomy)."""


class EventKind(StrEnum):
    """What happened. The list of a ticket's events is its history and is only ever added to."""

    CREATED = "created"
    CUSTOMER_MESSAGE = "customer_message"
    AGENT_ANSWER = "agent_answer"
    NOTE = "note"
    AUTOMATIC_MESSAGE = "automatic_message"
    STATUS = "status"
    PRIORITY = "priority"
    CATEGORY = "category"
    QUEUE = "queue"
    ASSIGNED = "assigned"
    CC_SUGGESTED = "cc_suggested"
    CC_ADDED = "cc_added"
    REQUESTER = "requester"
    """An agent said whom answers go to: `to`, and before that `from`."""
    BREACH = "breach"
    STEP = "step"
    """The moment of an escalation step came; `data` names it, with the metric and the cycle of the promise."""
    ACKNOWLEDGED = "acknowledged"
    """An agent acknowledged a warning: later steps of the promises that are open now are not taken."""
    APOLOGY = "apology"
    """The customer got an apology for a broken promise, with a new time."""
    SNOOZED = "snoozed"
    """Put aside `until` an instant, or until somebody does something about it."""
    WOKEN = "woken"
    """The snooze ended by itself."""
    MERGED = "merged"
    """It goes on in another ticket; its promises are void."""
    UNMERGED = "unmerged"
    """A merge was undone, on either of the two tickets: what it did to the clocks counts no more."""
    VOID = "void"
    """It was no request of its own: its promises are void."""
    SLA_RECALCULATED = "retermed"
    """Its deadlines moved because the operator changed a policy or a calendar."""
    LETTER_FAILED = "letter_failed"
    LETTER_UNKNOWN = "letter_unknown"
    LETTER_RETRIED = "letter_retried"
    BOUNCED = "bounced"
    DELAYED = "delayed"
    SUSPICION = "suspicion"
    MARKED_SPAM = "marked_spam"
    """Our own mail server took a mail for spam; `data` has the field that says so."""
    LINKED = "linked"
    HELD = "held"
    REACTION = "reaction"
    """A mail of a participant that asks for nothing new came: `what` is "reaction", "thanks" or "repeat"."""
    SAME_MATTER = "same_matter"
    """It may belong to the ticket `to`; `why` is one of `desk.facts.Kinship`. `/join` continues there."""
    SHARED = "shared"
    """The mail was for several of our teams: that of `queue` heard of it, too."""
    FROZEN = "frozen"
    """Reopened so often that nothing is sent automatically `until` an instant."""
    RELEASED = "released"
    """An agent has said that a held mail is for the customer as it stands."""
    SECRETS = "secrets"
    UNMASKED = "unmasked"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a ticket."""

    kind: EventKind
    at: datetime
    """From when it counts: what a mail did counts from its receive time, even if it was read later."""
    actor: str
    """An address, "postdesk", or who ran a command: "name on host"."""
    data: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    """Unique within the ticket where the same thing must be recorded once; None where it may repeat."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When the running promises are due; None for one that is met, paused or not made."""

    first_reply_due_at: datetime | None = None
    next_reply_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    update_due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A piece of work that has no number yet."""

    subject: str
    requester: str
    requester_name: str
    mailbox: str
    queue: str
    category: str
    priority: str
    language: str
    status: Status
    opened_at: datetime
    deadlines: Deadlines = Deadlines()
    assignee: str | None = None
    solved_at: datetime | None = None
    follows: int | None = None
    """The number of the closed ticket that it continues."""
    clock: bool = True
    """Whether promises are made: not for mail that no person wrote."""
    first_reply_at: datetime | None = None
    """When an agent first answered; None while nobody has, and without a clock."""
    first_reply_spent: timedelta | None = None
    """The open time until this first answer, in whole seconds, rounded up."""
    tier: str = ""
    """The customer's tier when it was opened; "" where none is known."""
    snoozed_until: datetime | None = None
    merged_into: int | None = None
    """The number of the ticket that it goes on in."""
    wake_at: datetime | None = None
    """The next instant at which something happens to it by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(NewTicket):
    """A piece of work with its number."""

    number: int
    tag: str
    """As in subjects, without the brackets: "PD-1042-F"."""


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody outside the desk who takes part in a ticket."""

    address: str
    role: Literal["requester", "cc"]
    state: Literal["active", "suggested", "former"]
    """A suggested participant gets nothing until an agent agrees, a former one nothing any more."""


def active(participants: Sequence[Participant]) -> tuple[str, ...]:
    """The addresses that an answer goes to; of two states of one address the later counts."""
    states = {one.address: one.state for one in participants}
    return tuple(address for address, state in states.items() if state == "active")


@dataclass(frozen=True, slots=True)
class Message:
    """One text in a ticket's conversation."""

    author: Literal["requester", "participant", "agent", "automatic"]
    public: bool
    """Whether the customer wrote it or got it; notes are not public."""
    address: str
    name: str
    subject: str
    text: str
    new_text: str
    message_id: str | None
    references: tuple[str, ...]
    fingerprint: str
    language: str
    proof: Literal["proven", "unknown", "failed"]
    joined_by: str
    """Why it belongs to this ticket, for people."""
    received_at: datetime
    claimed_at: datetime | None
    """What its Date field said."""
    facts: tuple[tuple[str, str], ...] = ()
    """(type, value) of what its own words name and what may stand in another ticket, too: transactions and orders."""


@dataclass(frozen=True, slots=True)
class LetterReport:
    """What a delivery report says of one of our letters."""

    message_id: str
    action: Literal["failed", "delayed", "delivered"]
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that one mail or one moment does. It is saved whole, in one transaction, or not at all."""

    ticket: NewTicket | Ticket | None
    """None where no ticket is touched."""
    events: tuple[Event, ...] = ()
    message: Message | None = None
    participants: tuple[Participant, ...] = ()
    """To add, or to bring to this state."""
    drafts: tuple[Draft, ...] = ()
    reports: tuple[LetterReport, ...] = ()
    release: int | None = None
    """The inbox id of a held mail that is processed again now."""
    also: tuple["Change", ...] = ()
    """What it does to further tickets, in the same transaction; these hold no message and no more changes."""
