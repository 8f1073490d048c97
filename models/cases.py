"""The tickets of a report with their whole histories, one batch at a time."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy
from sqlalchemy import or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from desk.reports.report import Case
from desk.ticket import Event, EventKind, Status
from models.store import Store
from models.tables import EventRow, TicketRow
from models.tickets import as_value

TOGETHER = 200
_WORKING = [str(status) for status in Status if not status.done]


def cases(store: Store, begin: datetime, end: datetime, prefix: str) -> Iterator[Case]:
    """Every ticket that may count in [begin, end), in short transactions, so that no writer waits long."""
    ids = store.run(lambda session: array("q", sorted(session.exec(wanted(begin, end)))))
    for start in range(0, len(ids), TOGETHER):
        together = ids[start : start + TOGETHER]
        yield from store.run(_batch, together, prefix)


def wanted(begin: datetime, end: datetime) -> SelectOfScalar[int]:
    """The ids of tickets opened before the end that were changed since the begin, or that are still worked on.

    A ticket changes with each of its events, so none that has one in the period is missing. In no order: where the
    database is to sort, SQLite walks through all tickets instead of two indexes.
    """
    return select(col(TicketRow.id)).where(
        col(TicketRow.opened_at) < end,
        or_(col(TicketRow.changed_at) >= begin, col(TicketRow.status).in_(_WORKING)),
    )


def _batch(session: Session, ids: Sequence[int], prefix: str) -> list[Case]:
    rows = session.exec(select(TicketRow).where(col(TicketRow.id).in_(ids)))
    found = {row.id: as_value(row, prefix) for row in rows}
    histories: dict[int, list[Event]] = defaultdict(list)
    noticed: dict[int, dict[str, datetime]] = defaultdict(dict)
    # Columns, not rows: most of what a report reads is this. There are more than SQLModel's `select` has types for.
    columns = (EventRow.ticket_id, EventRow.kind, EventRow.at, EventRow.actor, EventRow.data, EventRow.key)
    query = sqlalchemy.select(*(col(one) for one in columns), col(EventRow.recorded_at))
    query = query.where(col(EventRow.ticket_id).in_(ids))
    for ticket_id, kind, at, actor, data, key, recorded_at in session.execute(query.order_by(col(EventRow.id))):
        histories[ticket_id].append(Event(EventKind(kind), at, actor, data, key))
        if kind == EventKind.BREACH and key is not None:
            noticed[ticket_id][key] = recorded_at
    return [Case(found[one], histories[one], noticed[one]) for one in ids if one in found]
