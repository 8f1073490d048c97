"""The `[desk]`, `[[agent]]` tables of config.toml: how this desk works."""

import re
from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from desk.calendar import zones
from desk.calendar.duration import WorkingDays, parse_duration, parse_target
from desk.ticket import PRIORITIES, Status

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
_ADDRESS = re.compile(r"[^@\s<>(),;:\\\"\x00-\x20\x7f]{1,64}@[^@\s<>(),;:\\\"\x00-\x20\x7f]{1,190}")

_DOMAIN = re.compile(r"[^@\s<>(),;:\\\"\x00-\x20\x7f.]{1,63}(?:\.[^@\s<>(),;:\\\"\x00-\x20\x7f.]{1,63})+")


def _plain_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"{value!r} is not a mail address; write it as name@example.org")
    return value


def _plain_domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value):
        raise ValueError(f"{value!r} is not a domain; write it as example.org")
    return value


MailAddress = Annotated[str, AfterValidator(_plain_address)]
Lower = Annotated[str, BeforeValidator(lambda value: value.strip().lower() if isinstance(value, str) else value)]


Domain = Annotated[Lower, AfterValidator(_plain_domain)]


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


SEVERAL = BeforeValidator(_several)
"""One value in quotes may stand for a list of one."""
Names = Annotated[tuple[str, ...], SEVERAL]


class Table(BaseModel):
    """A table of config.toml: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Agent(Table):
    """`[[agent]]`: somebody who answers."""

    address: Annotated[Lower, AfterValidator(_plain_address)]
    name: str = Field(pattern=r"\S")
    alias: str = ""
    """The name customers see; "" shows the desk's."""
    logins: Annotated[tuple[Lower, ...], SEVERAL] = ()
    """Accounts besides the address itself that may send mail as this agent (auth=pass of our own mail server)."""
    queues: Names = ("support",)
    language: str = "en"
    lead: bool = False
    """Whether the agent gets letters about parked mail, held letters and broken mailboxes."""


NOT_PROMISED = "none"


def _allowed_time(value: object) -> object:
    return None if value in (None, NOT_PROMISED) else parse_target(value)


AllowedTime = Annotated[timedelta | WorkingDays | None, BeforeValidator(_allowed_time)]


class Targets(Table):
    """The promised open times. None makes no promise; config.toml leaves it out, or says "none"."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    first_reply: AllowedTime = None
    """From the first message to an agent's first public answer."""
    next_reply: AllowedTime = None
    """From the oldest unanswered message to the next public answer."""
    resolve: AllowedTime = None
    """From the first message to the end of the work."""
    update: AllowedTime = None
    """From one public answer to the next, while the work goes on."""


Metric = Literal["first_reply", "next_reply", "resolution", "update"]
METRICS: tuple[Metric, ...] = ("first_reply", "next_reply", "resolution", "update")
Pause = Literal["waiting", "third_party", "snoozed"]
_SHARE = re.compile(r"([1-9][0-9]?)%\Z")
_DISTANCE = re.compile(r"([0-9dhms]+) (before|after)\Z")


Moment = tuple[Fraction | None, timedelta]
"""The share of the target, else the distance from the due instant."""


class EscalationRule(Table):
    """`[[desk.step]]`: what is done at a moment before or after the due instant of a promise, in open time."""

    at: str = "75%"
    """"75%" of the target, "30m before" it is due, "due" or "2h after"."""
    metrics: Annotated[tuple[Metric, ...], SEVERAL] = ("first_reply", "next_reply", "resolution", "update")
    tell: Annotated[tuple[Literal["assignee", "queue", "lead"], ...], SEVERAL] = ("assignee",)
    """Who gets a letter; "assignee" is the queue where nobody has the ticket."""
    priority: Literal["raise", "P1", "P2", "P3", "P4"] | None = None
    """The priority from then on; "raise" is one higher."""
    assign: Lower | None = None
    """The address of the agent who has it from then on."""

    @field_validator("at")
    @classmethod
    def _known_moment(cls, at: str) -> str:
        found = _DISTANCE.match(at)
        if at != "due" and not _SHARE.match(at) and not (found and parse_duration(found[1])):
            raise ValueError(f"{at!r} is not a moment; write 75%, 30m before, due or 2h after")
        return at

    @property
    def moment(self) -> Moment:
        """The same for two spellings of one moment, as "60m before" and "1h before"."""
        return self.share, self.distance

    @property
    def share(self) -> Fraction | None:
        """The part of the target that is spent at this moment; None for a moment beside the due instant."""
        found = _SHARE.match(self.at)
        return Fraction(int(found[1]), 100) if found else None

    @property
    def distance(self) -> timedelta:
        """The open time from the due instant on; negative before it."""
        found = _DISTANCE.match(self.at)
        if found is None:
            return timedelta()
        return -parse_duration(found[1]) if found[2] == "before" else parse_duration(found[1])


def _allowance(value: object) -> object:
    return value if value in (None, NOT_PROMISED) else parse_target(value)


Allowance = Annotated[timedelta | WorkingDays | Literal["none"] | None, BeforeValidator(_allowance)]


def _list_name(value: str) -> str:
    if not _ADDRESS.fullmatch(value) and not _DOMAIN.fullmatch(value):
        raise ValueError(f"{value!r} names no list; write its address, or what its List-Id field holds")
    return value


ListName = Annotated[Lower, AfterValidator(_list_name)]


def _form_sender(value: str) -> str:
    if not _ADDRESS.fullmatch(value) and not (value.startswith("@") and _DOMAIN.fullmatch(value[1:])):
        raise ValueError(f"{value!r} is no sender; write name@forms.example, or @forms.example for a whole domain")
    return value


FormSender = Annotated[Lower, AfterValidator(_form_sender)]


class Form(Table):
    """`[[form]]`: a web form or service that mails what other people have written."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    senders: Annotated[tuple[FormSender, ...], SEVERAL] = Field(alias="from", min_length=1)
    """The addresses it writes from; "@forms.example" is every address of that domain."""
    requester: Literal["reply-to"] = "reply-to"
    """The field that names the person who filled it in."""
    acknowledge: bool = False
    """Whether this person gets a fixed letter that repeats nothing. Anybody may have typed the address."""


class Policy(Table):
    """`[[policy]]`: what holds for tickets that fit all of the criteria it names; the most specific one wins.

    What it leaves out is taken from `[desk.sla]` of the priority and from `[desk]`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str = Field(pattern=r"\S")
    tier: Names = ()
    category: Names = ()
    queue: Names = ()
    priority: Names = ()
    language: Names = ()
    calendar: str | None = None
    pauses: Annotated[tuple[Pause, ...] | None, SEVERAL] = None
    step: tuple[EscalationRule, ...] | None = None
    first_reply: Allowance = None
    next_reply: Allowance = None
    resolve: Allowance = None
    update: Allowance = None


_HOUR = timedelta(hours=1)


def _default_targets() -> dict[str, Targets]:
    spans = {"P1": (0.25, 1, 4), "P2": (1, 4, 24), "P3": (4, 8, 48), "P4": (8, 24, 72)}
    return {
        priority: Targets(first_reply=first * _HOUR, next_reply=next_ * _HOUR, resolve=resolve * _HOUR)
        for priority, (first, next_, resolve) in spans.items()
    }


class Caps(Table):
    """`[desk.caps]`: how many automatic letters may leave (RFC 3834 §2; promises D08), and how many notifications."""

    per_sender_day: int = Field(default=5, ge=0)
    per_thread_ten_minutes: int = Field(default=3, ge=0)
    per_hour: int = Field(default=600, ge=0)
    notifications_per_sender_hour: int = Field(default=30, ge=1)
    """Of how many mails of one sender agents are told one by one within an hour; the others are counted."""
    summary_after: Duration = timedelta(minutes=10)
    """How long those mails are counted before agents get one line about them."""


class DeskPolicy(Table):
    """`[desk]`: the rules for all tickets."""

    name: str = "Support"
    domains: Annotated[tuple[Domain, ...], SEVERAL] = ()
    """The company's domains besides those of the mailboxes: others that look like them are pointed out."""
    lists: Annotated[tuple[ListName, ...], SEVERAL] = ()
    """Groups and lists that only pass on what people write to us, besides those with the address of a mailbox."""
    prefix: str = Field(default="PD", pattern=r"^[A-Z][A-Z0-9]{0,7}$")
    language: str = "en"
    """The language where the customer's is unknown or has no templates."""
    zone: str = "UTC"
    """The IANA zone in which times are shown."""
    suppress_bounced: Duration = timedelta(days=30)
    """After a permanent bounce, no automatic letter goes to that address for so long."""
    reopen_within: Duration = timedelta(days=7)
    """A reply to a closed ticket reopens it within this span, and opens a linked ticket after it."""
    after_answer: Status = Status.WAITING
    """The status an agent's answer leads to when no command says another."""
    attachments_limit: int = Field(default=15_000_000, ge=0)
    """Bytes of attachments sent along in one letter; what does not fit is listed by name."""
    spam_queue: str = ""
    """The queue of mail that our own mail server marks as spam; "" sorts it like any other. Where no agent has this
    queue, nobody is notified of each: the leads get a list once a day."""
    max_participants: int = Field(default=20, ge=1)
    calendar: str = "24/7"
    """The calendar by which time counts where no policy names another."""
    pauses: Annotated[tuple[Pause, ...], SEVERAL] = ("waiting",)
    """The statuses, and "snoozed", in which the clocks of next reply, resolution and update stand still."""
    step: tuple[EscalationRule, ...] = (EscalationRule(at="75%"),)
    """What is done before and after a promise is broken."""
    apologise: Annotated[tuple[Literal["first_reply", "next_reply"], ...], SEVERAL] = ("first_reply", "next_reply")
    """The promises for which the customer gets an apology with a new time when they are broken."""
    peak_backlog: int | None = Field(default=None, ge=1)
    """How many tickets of a queue must wait for their first answer for customers to be told of a peak; None goes by how
    many the queue has really answered lately."""
    sla: dict[str, Targets] = Field(default_factory=_default_targets)
    caps: Caps = Caps()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        zones.zone(zone)
        return zone

    @field_validator("sla")
    @classmethod
    def _known_priorities(cls, sla: dict[str, Targets]) -> dict[str, Targets]:
        for priority in sla:
            if priority not in PRIORITIES:
                raise ValueError(f"{priority!r} is not a priority; use {', '.join(PRIORITIES)}")
        return {**_default_targets(), **sla}
