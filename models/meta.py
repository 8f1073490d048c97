"""Small facts that must survive a restart, by name."""

from datetime import datetime

from sqlmodel import Session

from models.tables import MetaRow

RESTORED = "restored"
"""The instant at which an operator said that the database was restored from a backup."""


def get(session: Session, name: str) -> str | None:
    row = session.get(MetaRow, name)
    return None if row is None else row.value


def put(session: Session, name: str, value: str) -> None:
    session.merge(MetaRow(name=name, value=value))


def first(session: Session, name: str, now: datetime) -> datetime:
    """The instant of the first call with this name, which is `now` at the first call."""
    value = get(session, name)
    if value is None:
        put(session, name, now.isoformat())
        return now
    return datetime.fromisoformat(value)
