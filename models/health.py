"""What each worker says of its own health, so that a command in another process can show it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models.tables import MetaRow

_HEALTH = "health "


@dataclass(frozen=True, slots=True)
class Trouble:
    """One part that does not work, and since when."""

    what: str
    since: datetime
    reason: str
    failures: int


@dataclass(frozen=True, slots=True)
class Health:
    """All parts of one worker, with whether each worked the last time, and what is to blame where one did not."""

    parts: Mapping[str, bool]
    troubles: tuple[Trouble, ...]


def say(session: Session, worker: str, health: Health) -> None:
    """Keeps what a worker says of itself; the row changes only if that does."""
    value = json.dumps(asdict(health), default=datetime.isoformat)
    row = session.get(MetaRow, _HEALTH + worker) or MetaRow(name=_HEALTH + worker, value="")
    if row.value != value:
        row.value = value
        session.add(row)


def said(session: Session) -> dict[str, Health]:
    """The health of each worker that has said anything, by its name."""
    rows = session.exec(select(MetaRow).where(col(MetaRow.name).startswith(_HEALTH)))
    return {row.name.removeprefix(_HEALTH): _health(json.loads(row.value)) for row in rows}


def _health(value: Any) -> Health:
    found = (Trouble(**{**one, "since": datetime.fromisoformat(one["since"])}) for one in value["troubles"])
    return Health(value["parts"], tuple(found))


def forget(session: Session, worker: str) -> None:
    """Removes what a worker that is gone said of itself."""
    session.execute(delete(MetaRow).where(col(MetaRow.name) == _HEALTH + worker))
