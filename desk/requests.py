"""What commands ask of the daemon, and the JSON in which a request waits for it.

    {"do": "replay", "inbox": 7}
    {"do": "drop", "inbox": 7}
    {"do": "letter", "letter": 3, "what": "retry"}
    {"do": "unmask", "ticket": 9, "by": "ben on host", "what": "the ticket"}
    {"do": "rebuild", "tickets": [9, 10]}
    {"do": "lift", "address": "ana@example.org"}

A file may have been left by another version of the program: what `decode` does not know, it does not guess.
"""

from dataclasses import dataclass
from typing import Any, Literal, assert_never

LARGEST_ID = 2**31 - 1
"""What a row's id or a ticket's number can be at most: PostgreSQL keeps four bytes."""
LetterAction = Literal["retry", "release", "drop"]


@dataclass(frozen=True, slots=True)
class ReplayMail:
    """Let a parked or held mail be processed again."""

    inbox_id: int


@dataclass(frozen=True, slots=True)
class DropMail:
    """Give up a parked or held mail."""

    inbox_id: int


@dataclass(frozen=True, slots=True)
class ChangeLetter:
    """Send a letter again, release a held one, or let it rest."""

    letter_id: int
    action: LetterAction


@dataclass(frozen=True, slots=True)
class RecordUnmasking:
    """Write into a ticket who looked at what its masks hide."""

    number: int
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class RebuildTickets:
    """Recalculate the deadlines of these tickets from their events."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LiftSuppression:
    """Let automatic letters go to an address again, although one bounced."""

    address: str


Request = ReplayMail | DropMail | ChangeLetter | RecordUnmasking | RebuildTickets | LiftSuppression


def encode(request: Request) -> dict[str, Any]:
    match request:
        case ReplayMail(inbox_id):
            return {"do": "replay", "inbox": inbox_id}
        case DropMail(inbox_id):
            return {"do": "drop", "inbox": inbox_id}
        case ChangeLetter(letter_id, action):
            return {"do": "letter", "letter": letter_id, "what": action}
        case RecordUnmasking(number, who, what):
            return {"do": "unmask", "ticket": number, "by": who, "what": what}
        case RebuildTickets(numbers):
            return {"do": "rebuild", "tickets": list(numbers)}
        case LiftSuppression(address):
            return {"do": "lift", "address": address}
        case _:
            assert_never(request)


def decode(data: object) -> Request | None:
    """The request that this JSON value stands for; None where it stands for none that we know."""
    match data:
        case {"do": "replay", "inbox": int(inbox_id)} if _is_id(inbox_id):
            return ReplayMail(inbox_id)
        case {"do": "drop", "inbox": int(inbox_id)} if _is_id(inbox_id):
            return DropMail(inbox_id)
        case {"do": "letter", "letter": int(one), "what": "retry" | "release" | "drop" as action} if _is_id(one):
            return ChangeLetter(one, action)
        case {"do": "unmask", "ticket": int(number), "by": str(who), "what": str(what)} if _is_id(number):
            return RecordUnmasking(number, who, what)
        case {"do": "rebuild", "tickets": [*numbers]} if all(isinstance(one, int) and _is_id(one) for one in numbers):
            return RebuildTickets(tuple(numbers))
        case {"do": "lift", "address": str(address)}:
            return LiftSuppression(address)
        case _:
            return None


def _is_id(number: int) -> bool:
    return 0 < number <= LARGEST_ID
