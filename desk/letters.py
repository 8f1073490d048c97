"""Mail going out: a draft is what the desk wants to say, a letter is the finished message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any


class LetterKind(StrEnum):
    """What a letter is for. It decides the template, the envelope sender, and what follows an unknown outcome."""

    ACKNOWLEDGEMENT = "acknowledgement"
    TOO_LARGE = "too_large"
    APOLOGY = "apology"
    NOTIFICATION = "notification"
    ANSWER = "answer"
    BREACH = "breach"
    """To an agent: promises that are broken, or soon will be. An answer to it never goes to a customer."""
    REFUSAL = "refusal"
    UNDELIVERED = "undelivered"
    PARKED = "parked"
    ALARM = "alarm"
    REPORT = "report"
    SUMMARY = "summary"
    """To an agent: how many mails of one sender came beyond those of which the agent was told one by one."""
    SPAM_LIST = "spam_list"
    """To the leads: what our own mail server took for spam since the last list."""

    @property
    def automatic(self) -> bool:
        """Whether no person wrote it and it goes to a customer: it is never repeated when its outcome is unknown."""
        return self in (LetterKind.ACKNOWLEDGEMENT, LetterKind.TOO_LARGE, LetterKind.APOLOGY)

    @property
    def to_customer(self) -> bool:
        return self.automatic or self is LetterKind.ANSWER


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """A file to send along; its bytes lie in the vault."""

    name: str
    content_type: str
    size: int
    address: str
    """Where the vault keeps the bytes."""
    utf8: bool = False
    """Whether it is text in UTF-8, as our own files are."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the desk wants to say to one recipient."""

    kind: LetterKind
    key: str
    """Unique for ever: a draft that is made twice becomes one letter."""
    recipient: str
    recipient_name: str
    language: str
    """The wanted language, BCP 47; the composer falls back to the desk's default."""
    mailbox: str
    """The configured mailbox under whose address it is sent."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the template may name, besides the ticket's own fields."""
    attachments: tuple[AttachmentRef, ...] = ()
    in_reply_to: str | None = None
    """Without angle brackets."""
    references: tuple[str, ...] = ()
    held: str | None = None
    """Why it must wait for an operator's release; None when it may go."""
    about: tuple[int, ...] = ()
    """The numbers of the tickets that an answer to it concerns, where that is not the one ticket it belongs to."""
    zone: tzinfo | None = None
    """The zone in which its reader sees times; None for the desk's."""
    flood_of: str = ""
    """The sender of whose mails this agent has been told often enough for now: it is counted, and not sent."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished message to one envelope recipient: its bytes and Message-ID never change again."""

    kind: LetterKind
    key: str
    recipient: str
    envelope_sender: str
    """"" is the null reverse-path `<>` (RFC 5321 §4.5.5)."""
    mailbox: str
    message_id: str
    """Without angle brackets."""
    content: bytes
    """RFC 5322 bytes with CRLF line ends."""
    text: str
    """The text part, for people and for recognising quotes of it."""
    held: str | None = None


# The outcome of one attempt at the SMTP edge (promises.md b2).


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took responsibility: 2xx to the final dot."""

    response: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """Provably not accepted, for now: 4xx, or the connection ended before the final dot."""

    reason: str
    login: bool = False
    """The relay refused or did not offer our login: every letter waits, no try is counted."""
    outage: bool = False
    """The relay takes no letter at all, whichever: no try is counted, and all leave when it is back."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Provably not accepted, for good: 5xx, or an address or message that must not be sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The final dot went out and no answer came back: accepted or not, nobody can know."""

    reason: str


Outcome = Sent | TryLater | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter taken from the outbox by one worker, with the fence that proves it still holds it."""

    id: int
    fence: int
    letter: Letter
    tries: int
    first_at: datetime
    """When it was queued; after five days of trying it is given up."""
