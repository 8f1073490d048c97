"""By which terms the deadlines in the ticket rows were set, and from when on those have held."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from models import meta

_NAME = "terms"


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """The terms that the ticket rows go by."""

    digest: str
    """`Service.digest` over these years."""
    first: int
    last: int
    since: datetime


def held(session: Session) -> HeldTerms | None:
    """None where nobody has set any: in a new database, and in one from before there were policies."""
    value = meta.get(session, _NAME)
    if value is None:
        return None
    digest, first, last, since = value.split()
    return HeldTerms(digest, int(first), int(last), datetime.fromisoformat(since))


def hold(session: Session, now_held: HeldTerms) -> None:
    value = f"{now_held.digest} {now_held.first} {now_held.last} {now_held.since.isoformat()}"
    meta.put(session, _NAME, value)
