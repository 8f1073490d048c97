"""What the desk knows when it judges a mail, and the rules by which it judges: values, gathered once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from desk.calendar.business_hours import Calendar, always_open
from desk.categories import UNCLASSIFIED, Categories
from desk.letters import AttachmentRef, LetterKind
from desk.sla.policy import Agent, DeskPolicy, Form, Policy
from desk.sla.terms import ALWAYS, SlaPolicies
from desk.ticket import Event, Participant, Ticket
from desk.tiers import Tiers
from parser.identity.brands import Brand
from parser.identity.freemail import FREEMAIL
from parser.identity.lookalikes import Impersonation, answered_elsewhere, impersonation
from parser.identity.sender import SenderAuthentication
from parser.mail import Banners, ParsedMail

_ANYBODYS = {
    "support", "help", "desk", "helpdesk", "service", "services", "customer", "care", "team", "the", "center", "centre"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One of the desk's mailboxes, as the rules see it."""

    name: str
    addresses: tuple[str, ...]
    """In lower case; we write from the first one."""
    queue: str
    language: str
    authserv_id: str | None
    size_limit: int
    verify_dkim: bool = False
    fixed: bool = False
    """Its queue wins over the classifier."""
    account: str = ""
    """The account on a mail server that it reads; several mailboxes may share one."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The rules that an operator has set: policy, agents, mailboxes, categories, calendars, tiers."""

    policy: DeskPolicy
    agents: tuple[Agent, ...]
    mailboxes: tuple[Mailbox, ...]
    categories: Categories
    policies: tuple[Policy, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=lambda: {ALWAYS: always_open()})
    tiers: Tiers = field(default_factory=Tiers)
    banners: Banners = field(default_factory=Banners)
    """What our mail servers put into mail from outside."""
    brands: tuple[Brand, ...] = ()
    """Companies whose names are borrowed to deceive."""
    since: datetime | None = None
    """Since when these policies hold (`SlaPolicies.since`); the database knows."""
    forms: tuple[Form, ...] = ()

    @property
    def sla_policies(self) -> SlaPolicies:
        return SlaPolicies(self.policy, self.policies, self.calendars, self.since)

    def agent(self, address: str | None) -> Agent | None:
        return next((agent for agent in self.agents if agent.address == (address or "").lower()), None)

    def mailbox(self, name: str) -> Mailbox:
        """The mailbox of this name; the first one where it is no longer configured, so that old tickets can go on."""
        return next((mailbox for mailbox in self.mailboxes if mailbox.name == name), self.mailboxes[0])

    def is_own(self, address: str | None) -> bool:
        """Whether mail to this address comes to us, by a list or not; a sub-address (RFC 5233) is its mailbox's."""
        whole = (address or "").lower()
        local, _, domain = whole.rpartition("@")
        wanted = {whole, f"{local.partition('+')[0]}@{domain}"}
        return not wanted.isdisjoint(self.policy.lists) or any(
            not wanted.isdisjoint(mailbox.addresses) for mailbox in self.mailboxes
        )

    def is_list(self, name: str) -> bool:
        """Whether a list calls itself so that passes on what people write to us: by an address, or by a List-Id.

        A group with the address support@example.org has the id support.example.org.
        """
        addresses = [*self.policy.lists, *(one for mailbox in self.mailboxes for one in mailbox.addresses)]
        return name in addresses or name in [one.replace("@", ".") for one in addresses]

    def form(self, sender: str | None) -> Form | None:
        """The form that writes from this address."""
        address = (sender or "").lower()
        names = (address, f"@{address.rpartition('@')[2]}")
        return next((form for form in self.forms if any(name in form.senders for name in names)), None)

    @property
    def domains(self) -> tuple[str, ...]:
        """Our own domains: those configured, and those of the mailboxes unless anybody can have an address there."""
        derived = (one.rpartition("@")[2] for mailbox in self.mailboxes for one in mailbox.addresses)
        return tuple(dict.fromkeys((*self.policy.domains, *(one for one in derived if one not in FREEMAIL))))

    @property
    def names(self) -> tuple[str, ...]:
        """Display names that only we have; "Support" is a name that anybody may have."""
        words = re.findall(r"\w+", self.policy.name.casefold())
        return () if _ANYBODYS.issuperset(words) else (self.policy.name,)

    def impersonations(self, mail: ParsedMail) -> tuple[Impersonation, ...]:
        """Whom a mail could be taken for, the worst first. Agents are warned; nothing else depends on it."""
        mailboxes = [one for mailbox in self.mailboxes for one in mailbox.addresses]
        addresses = (*mailboxes, *(agent.address for agent in self.agents))
        found = impersonation(mail.author, self.domains, self.names, addresses, self.brands)
        named = dict.fromkeys(
            f"{field}: {address}"
            for field, address in answered_elsewhere(mail)
            if address != mail.author.address and (self.is_own(address) or self.agent(address) is not None)
        )
        return (*found, *(Impersonation("names_us", one) for one in named))

    def agents_of(self, queue: str) -> tuple[Agent, ...]:
        """The agents of a queue; without any, the leads; without leads, all agents."""
        return tuple(agent for agent in self.agents if queue in agent.queues) or self.leads

    def has_agents(self, queue: str) -> bool:
        """Whether somebody is there for this queue in particular."""
        return any(queue in agent.queues for agent in self.agents)

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
        named += [self.policy.spam_queue] if self.policy.spam_queue else []
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
    how: Literal["signed", "references", "subject", "repeat"]
    """It names the Message-ID of a letter of ours, or of a mail that we have, or the tag in the subject; or it repeats
    a mail of this ticket word by word."""
    thread: tuple[str, ...]
    """The Message-IDs that the customer has, oldest first."""
    last: "Words | None" = None
    """The latest text from outside the desk; None where there is none."""

    led: tuple[int, ...] = ()
    """The numbers of the merged tickets that the mail points at, and that go on in this one."""
    inside: tuple[str, ...] = ()
    """For an agent's mail: the texts that went to agents about this ticket, and their notes."""
    outside: tuple[str, ...] = ()
    """For an agent's mail: the texts of this ticket that came from outside the desk or went there."""

    def has(self, address: str | None) -> bool:
        """Whether this is an active participant's address."""
        return any(one.address == (address or "").lower() and one.state == "active" for one in self.participants)


Kinship = Literal["cc", "sub_address", "txid", "order_id"]
"""Why two tickets may be one matter: their people, or what both name."""


@dataclass(frozen=True, slots=True)
class Related:
    """An open ticket that may be about the same matter as a mail, which is no proof."""

    number: int
    requester: str
    why: Kinship


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
        """Whether an answer to it is for colleagues: a warning, a summary, a list, or a refusal of an answer to one."""
        lists = (LetterKind.BREACH, LetterKind.SUMMARY, LetterKind.SPAM_LIST)
        return self.kind in lists or self.key.endswith(PRIVATE)

    @property
    def of_note(self) -> bool:
        """Whether it brought a colleague's note, or returned an answer to one: the answer to it is a note as well."""
        return self.key.startswith("note:") or self.key.endswith(NOTE)

    @property
    def asks_about(self) -> int | None:
        """The inbox id of the mail that it asks an agent about; None where it asks nothing."""
        match = _ASKS.match(self.key)
        return int(match[1]) if match else None


PRIVATE = ":private"
"""Ends the key of a refusal that returns an answer to a warning."""
NOTE = ":note"
"""Ends the key of a refusal that returns an answer to a note."""
ASKS = "asks"
"""Begins the key of a refusal that an agent may answer with one word, and its mail is sent as it is."""
_ASKS = re.compile(rf"{ASKS}-[a-z_]+:inbox:([0-9]{{1,18}})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many letters have gone out lately, for the caps (promises D08)."""

    sender_day: int = 0
    thread_ten_minutes: int = 0
    hour: int = 0
    refusals_day: int = 0
    """Refusals of unproven mail to this agent within 24 hours: forgers must not flood the agent."""
    sender_hour: int = 0
    """Mails of this sender that were taken in within an hour."""
    suppressed: str = ""
    """Why no automatic letter goes to this address: one bounced lately. "" where one may."""


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """How much waits in a queue, and how soon it has answered lately."""

    needed: timedelta | None = None
    """The open time within which four of five recent first answers came; None where there were too few."""
    waiting: int = 0
    """How many tickets of the queue wait for their first answer."""
    answered: int = 0
    """How many first answers the queue has given within `LATELY`."""
    since: datetime | None = None
    """When the desk's first ticket was opened: before it, nobody could answer."""


LATELY = timedelta(days=7)
NO_STATISTICS = QueueStatistics()
"""Of a queue whose past nobody knows, or where it does not matter."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the database knows for judging one mail."""

    mailbox: Mailbox
    received_at: datetime
    proof: SenderAuthentication
    inbox: int
    """The id of the inbox row; it makes the keys of letters unique."""
    duplicate_of: str | None = None
    """The earlier mail that this one repeats, for people: "inbox 3"."""
    letters: tuple[KnownLetter, ...] = ()
    """Letters of ours that it answers, nearest first."""
    candidates: tuple[CandidateTicket, ...] = ()
    """Tickets that it points at, best evidence first."""
    rooted: bool = False
    """Whether it refers to the root of a thread of notifications, whose id nobody without our key can make."""
    reported: KnownLetter | None = None
    """The letter that a delivery report is about."""
    counts: Counts = Counts()
    attachments: tuple[AttachmentRef, ...] = ()
    """Where the vault keeps each of the mail's attachments, in their order."""
    oversize: int | None = None
    """The size in bytes of a mail that was too large to read."""
    kept_whole: bool = False
    """A mail that was too large is with us as a whole, and not on the mail server."""
    reread: bool = False
    """Whether it came before the database was restored: what it has caused since the backup nobody can know."""
    spam: str | None = None
    """The field in which our own mail server says that the mail is spam; None where it does not."""
    named: tuple[CandidateTicket, ...] = ()
    """The tickets that an agent's commands name, themselves and not what they were merged into."""
    copied: CandidateTicket | None = None
    """The ticket of the mail that this one repeats, where it came into another of our mailboxes for the first time."""
    repeats: CandidateTicket | None = None
    """The ticket of this proven sender that holds the same words already, from within ten minutes."""
    related: tuple[Related, ...] = ()
    """Open tickets that may be about the same matter; the mail does not point at them."""
