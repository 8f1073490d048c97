"""Rows for tests of `models`: one of each kind with everything filled in, and what it says now."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlmodel import SQLModel, col

from models import leases
from models.store import Store
from models.tables import InboxRow, LetterRow, MessageRow, TicketRow
from servers.values import ANA, T0

Row = TypeVar("Row", bound=SQLModel)


def add(store: Store, row: SQLModel) -> int:
    """Saves a row; gives its id."""
    with store.write() as session:
        session.add(row)
        session.flush()
        number: int = row.id  # type: ignore[attr-defined]
    return number


def ticket(number: int = 1001, **changes: Any) -> TicketRow:
    values = {
        "subject": "Withdrawal", "requester": ANA, "requester_name": "Ana", "mailbox": "support", "queue": "support",
        "category": "withdrawal", "priority": "P3", "language": "en", "status": "open", "opened_at": T0,
        "changed_at": T0,
    }  # fmt: skip
    return TicketRow(number=number, **(values | changes))


def inbox(key: str = "1", **changes: Any) -> InboxRow:
    values = {
        "mailbox": "support", "folder": "INBOX", "uidvalidity": 1, "state": "stored", "digest": "", "size": 10,
        "received_at": T0, "due_at": T0,
    }  # fmt: skip
    return InboxRow(key=key, **(values | changes))


def letter(name: str = "one", kind: str = "acknowledgement", **changes: Any) -> LetterRow:
    """A letter to Ana that is queued at T0; its key and its Message-ID are made of `name`."""
    values = {
        "kind": kind, "key": f"{kind}:{name}", "recipient": ANA, "envelope_sender": "", "mailbox": "support",
        "message_id": f"{name}@example.org", "digest": "", "size": 7, "text": f"Text of {name}", "state": "queued",
        "created_at": T0, "due_at": T0,
    }  # fmt: skip
    return LetterRow(**(values | changes))


def message(ticket_id: int, inbox_id: int, message_id: str, received_at: datetime = T0, **changes: Any) -> MessageRow:
    values = {
        "author": "requester", "public": True, "address": ANA, "name": "Ana", "refs": [], "language": "en",
        "proof": "proven", "joined_by": "opened this ticket", "fingerprint": message_id,
    }  # fmt: skip
    return MessageRow(
        ticket_id=ticket_id, inbox_id=inbox_id, message_id=message_id, received_at=received_at, **(values | changes)
    )


def get(store: Store, kind: type[Row], row_id: int) -> Row:
    """A row as it stands in the database now."""
    found = store.run(lambda session: session.get(kind, row_id))
    assert found is not None
    return found


def every(store: Store, kind: type[Row]) -> list[Row]:
    query = select(kind).order_by(col(kind.id))  # type: ignore[attr-defined]
    return store.run(lambda session: list(session.execute(query).scalars()))


def live(store: Store, worker: str, now: datetime = T0, span: timedelta = timedelta(hours=1)) -> None:
    """Lets a worker show that it lives; what one that does not has claimed is anybody's."""
    watch = leases.Watch()
    assert store.run(leases.take, leases.worker_lease(worker), worker, now, span, watch) is not None
