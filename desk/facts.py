"""What is looked up before a mail is judged, and the rules it is judged by: values, gathered once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from desk.calendar.business_hours import Calendar, always_open
from desk.categories import UNCLASSIFIED, Categories
from desk.letters import AttachmentRef, LetterKind
from desk.sla.policy import Agent, DeskPolicy, Policy
from desk.sla.terms import ALWAYS, SlaPolicies
from desk.ticket import Event, Participant, Ticket
from desk.tiers import Tiers
from parser.identity.freemail import FREEMAIL
from parser.identity.sender import SenderAuthentication

_ANYBODYS = {
    "support", "help", "desk", "helpdesk", "service", "services", "customer", "care", "team", "the", "center", "centre"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One of the desk's mailboxes, as far as the rules care."""

    name: str
    addresses: tuple[str, ...]
    """Lower case; the first is the one we write from."""
    queue: str
    language: str
    authserv_id: str | None
    size_limit: int
    verify_dkim: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """All that an operator wrote about how to work."""

    policy: DeskPolicy
    agents: tuple[Agent, ...]
    mailboxes: tuple[Mailbox, ...]
    categories: Categories
    policies: tuple[Policy, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=lambda: {ALWAYS: always_open()})
    tiers: Tiers = field(default_factory=Tiers)
    since: datetime | None = None
    """From when on these promises have held (`Service.since`); the database knows."""

    @property
    def sla_policies(self) -> SlaPolicies:
        return SlaPolicies(self.policy, self.policies, self.calendars, self.since)

    def agent(self, address: str | None) -> Agent | None:
        return next((agent for agent in self.agents if agent.address == (address or "").lower()), None)

    def mailbox(self, name: str) -> Mailbox:
        """By name; the first where the name is no longer configured, so that old work can go on."""
        return next((mailbox for mailbox in self.mailboxes if mailbox.name == name), self.mailboxes[0])

    def is_own(self, address: str | None) -> bool:
        """Whether mail to this address comes to us; a sub-address (RFC 5233) is its mailbox's."""
        whole = (address or "").lower()
        local, _, domain = whole.rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return any(whole in mailbox.addresses or plain in mailbox.addresses for mailbox in self.mailboxes)

    @property
    def domains(self) -> tuple[str, ...]:
        """Our own domains: those of the mailboxes, unless everybody may have an address there, and the configured."""
        derived = (one.rpartition("@")[2] for mailbox in self.mailboxes for one in mailbox.addresses)
        return tuple(dict.fromkeys((*self.policy.domains, *(one for one in derived if one not in FREEMAIL))))

    @property
    def names(self) -> tuple[str, ...]:
        """Display names that are ours alone: "Support" is everybody's."""
        words = re.findall(r"\w+", self.policy.name.casefold())
        return () if _ANYBODYS.issuperset(words) else (self.policy.name,)

    def agents_of(self, queue: str) -> tuple[Agent, ...]:
        """Who is told of work in a queue: its agents, else the leads, else everybody."""
        return tuple(agent for agent in self.agents if queue in agent.queues) or self.leads

    @property
    def leads(self) -> tuple[Agent, ...]:
        return tuple(agent for agent in self.agents if agent.lead) or self.agents

    def label(self, category: str, language: str) -> str:
        """What a category is called in a language; "" for none."""
        return "" if category == UNCLASSIFIED else self.categories.label(category, language)

    @property
    def queues(self) -> tuple[str, ...]:
        named = [mailbox.queue for mailbox in self.mailboxes]
        named += [queue for agent in self.agents for queue in agent.queues]
        named += self.categories.queues
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody outside the desk wrote."""

    name: str
    address: str
    proof: Literal["proven", "unknown", "failed"]
    text: str


@dataclass(frozen=True, slots=True)
class CandidateTicket:
    """A ticket that a mail points at, and how."""

    ticket: Ticket
    participants: tuple[Participant, ...]
    history: tuple[Event, ...]
    how: Literal["signed", "references", "subject"]
    """By the Message-ID of a letter of ours, of a mail we hold, or by the tag in the subject."""
    thread: tuple[str, ...]
    """The Message-IDs that the customer has, oldest first."""
    last: "Words | None" = None
    """What was last written to us; None where nothing public is kept."""

    led: tuple[int, ...] = ()
    """The numbers of merged tickets that the mail really points at, and that go on in this one."""

    def has(self, address: str | None) -> bool:
        """Whether this is an active participant's address."""
        return any(one.address == (address or "").lower() and one.state == "active" for one in self.participants)


@dataclass(frozen=True, slots=True)
class KnownLetter:
    """A letter of ours that a mail names by its signed Message-ID."""

    kind: LetterKind
    message_id: str
    recipient: str
    number: int | None
    """The ticket's number; None where the letter is about no single ticket."""
    text: str
    key: str
    about: tuple[int, ...] = ()
    """The numbers of the tickets that it is about, where it belongs to none."""

    @property
    def private(self) -> bool:
        """Whether what answers it is for colleagues: a warning, or what was given back of an answer to one."""
        return self.kind is LetterKind.BREACH or self.key.endswith(PRIVATE)


PRIVATE = ":private"
"""Ends the key of a letter that gives back what an agent wrote for colleagues."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What has gone out lately, for the caps (promises D08)."""

    sender_day: int = 0
    thread_ten_minutes: int = 0
    hour: int = 0
    refusals_day: int = 0
    """Refusals of unproven mail in this agent's name within 24 hours: forgers must not flood the agent."""


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """How much work a queue has, and how soon it has really answered lately."""

    needed: timedelta | None = None
    """The open time within which four of five recent first answers came; None where too few are known."""
    waiting: int = 0
    """The tickets of the queue that wait for their first answer."""
    answered: int = 0
    """The first answers that the queue gave within `LATELY`."""
    since: datetime | None = None
    """When the desk's first ticket was opened: before it, nobody could answer."""


LATELY = timedelta(days=7)
NO_STATISTICS = QueueStatistics()
"""Of a queue whose past nobody knows, or where it does not matter."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is looked up for one mail."""

    mailbox: Mailbox
    received_at: datetime
    proof: SenderAuthentication
    inbox: int
    """The id of the inbox row: makes keys of letters unique."""
    duplicate_of: str | None = None
    """How we know it is here already, for people."""
    letters: tuple[KnownLetter, ...] = ()
    """Letters of ours that it answers, nearest first."""
    candidates: tuple[CandidateTicket, ...] = ()
    """Tickets it points at, best evidence first."""
    reported: KnownLetter | None = None
    """The letter that a delivery report is about."""
    counts: Counts = Counts()
    attachments: tuple[AttachmentRef, ...] = ()
    """Where the vault keeps each of the mail's attachments, in their order."""
    oversize: int | None = None
    """The size in bytes of a mail that was too large to fetch."""
    named: tuple[CandidateTicket, ...] = ()
    """The tickets that an agent's commands name, themselves and not what they were merged into."""
