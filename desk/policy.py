"""The `[desk]`, `[[agent]]` tables of config.toml: how this desk works."""

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from desk.duration import parse_duration
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


class Table(BaseModel):
    """A table of config.toml: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Agent(Table):
    """`[[agent]]`: somebody who answers."""

    address: Annotated[Lower, AfterValidator(_plain_address)]
    name: str = Field(pattern=r"\S")
    alias: str = ""
    """The name customers see; "" shows the desk's."""
    queues: tuple[str, ...] = ("support",)
    language: str = "en"
    lead: bool = False
    """Is told of what nobody else can act on: parked mail, held letters, broken mailboxes."""


class Targets(Table):
    """How soon, for one priority. None makes no promise."""

    first_reply: Duration | None = None
    next_reply: Duration | None = None
    resolve: Duration | None = None


_HOUR = timedelta(hours=1)


def _default_targets() -> dict[str, Targets]:
    spans = {"P1": (0.25, 1, 4), "P2": (1, 4, 24), "P3": (4, 8, 48), "P4": (8, 24, 72)}
    return {
        priority: Targets(first_reply=first * _HOUR, next_reply=next_ * _HOUR, resolve=resolve * _HOUR)
        for priority, (first, next_, resolve) in spans.items()
    }


class Caps(Table):
    """`[desk.caps]`: how many acknowledgements may leave (RFC 3834 §2; promises D08)."""

    per_sender_day: int = Field(default=5, ge=0)
    per_thread_ten_minutes: int = Field(default=3, ge=0)
    per_hour: int = Field(default=600, ge=0)


class DeskPolicy(Table):
    """`[desk]`: the rules that every judgement is made by."""

    name: str = "Support"
    domains: tuple[Domain, ...] = ()
    """The company's domains besides those of the mailboxes: others that look like them are pointed out."""
    prefix: str = Field(default="PD", pattern=r"^[A-Z][A-Z0-9]{0,7}$")
    language: str = "en"
    """The language where the customer's cannot be told or has no templates."""
    zone: str = "UTC"
    """The IANA zone in which times are shown."""
    reopen_within: Duration = timedelta(days=7)
    """A reply to a closed ticket reopens it within this span, and opens a linked ticket after it."""
    after_answer: Status = Status.WAITING
    """The status an agent's answer leads to when no command says another."""
    attachments_limit: int = Field(default=15_000_000, ge=0)
    """Bytes of attachments sent along in one letter; what does not fit is listed by name."""
    max_participants: int = Field(default=20, ge=1)
    sla: dict[str, Targets] = Field(default_factory=_default_targets)
    caps: Caps = Caps()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone!r} is not an IANA time zone; write one such as Asia/Shanghai") from None
        return zone

    @field_validator("sla")
    @classmethod
    def _known_priorities(cls, sla: dict[str, Targets]) -> dict[str, Targets]:
        for priority in sla:
            if priority not in PRIORITIES:
                raise ValueError(f"{priority!r} is not a priority; use {', '.join(PRIORITIES)}")
        return {**_default_targets(), **sla}
