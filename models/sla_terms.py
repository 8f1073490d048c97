"""The terms by which the deadlines in the ticket rows were set, and since when they hold."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from models import meta

_NAME = "terms"


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """The terms by which the ticket rows were set."""

    digest: str
    """`SlaPolicies.digest` over these years."""
    first: int
    last: int
    since: datetime


def held(session: Session) -> HeldTerms | None:
    """The terms of this database; None in a new one, and in one that is older than policies."""
    value = meta.get(session, _NAME)
    if value is None:
        return None
    digest, first, last, since = value.split()
    return HeldTerms(digest, int(first), int(last), datetime.fromisoformat(since))


def hold(session: Session, now_held: HeldTerms) -> None:
    value = f"{now_held.digest} {now_held.first} {now_held.last} {now_held.since.isoformat()}"
    meta.put(session, _NAME, value)
