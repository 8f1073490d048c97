"""Senders who write more than agents can be told one by one: who is to be told of how many mails, as rows of `meta`."""

import json
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from desk.replies.floods import Flood
from models import meta
from models.tables import InboxRow, MessageRow, MetaRow, TicketRow

_NAME = "flood:"
_NUMBERS = 500


def sender_hour(session: Session, sender: str, proof: str, ticket: int | None, now: datetime) -> int:
    """How many mails of a sender were taken in within the hour: on the sender's own tickets, and on this one.

    Only those that are proven as this one is: a forger must not keep the real one's mail from agents.
    """
    if not sender:
        return 0
    wrote = (
        select(func.count())
        .select_from(MessageRow)
        .join(InboxRow, col(InboxRow.id) == col(MessageRow.inbox_id))
        .join(TicketRow, col(TicketRow.id) == col(MessageRow.ticket_id))
        .where(col(InboxRow.done_at) > now - timedelta(hours=1), func.lower(col(MessageRow.address)) == sender)
        .where(col(MessageRow.proof) == proof)
    )
    count = session.exec(wrote.where(col(TicketRow.requester) == sender)).one()
    if ticket is not None:
        count += session.exec(wrote.where(col(TicketRow.number) == ticket, col(TicketRow.requester) != sender)).one()
    return count


def add(session: Session, agent: str, sender: str, mailbox: str, number: int | None, now: datetime) -> None:
    """Counts one mail that an agent is not told of. The caller lets nobody else do so for this sender."""
    name = f"{_NAME}{agent} {sender}"
    before = _read(name, meta.get(session, name))
    numbers = before.numbers if before else ()
    if number is not None and number not in numbers:
        numbers = (*numbers, number)[:_NUMBERS]
    value = {
        "since": (before.since if before else now).isoformat(),
        "mailbox": mailbox,
        "count": (before.count if before else 0) + 1,
        "numbers": list(numbers),
    }
    meta.put(session, name, json.dumps(value))


def senders(session: Session, before: datetime) -> tuple[str, ...]:
    """Of whom somebody is to be told: those who have been counted since before that instant."""
    return tuple(dict.fromkeys(one.sender for one in _all(session) if one.since <= before))


def take(session: Session, sender: str, before: datetime) -> list[Flood]:
    """What has been counted of a sender since before that instant; it is not counted any more."""
    due = [one for one in _all(session, sender) if one.sender == sender and one.since <= before]
    for one in due:
        row = session.get(MetaRow, f"{_NAME}{one.agent} {one.sender}")
        if row is not None:
            session.delete(row)
    return due


def _all(session: Session, sender: str = "") -> list[Flood]:
    query = select(MetaRow).where(col(MetaRow.name).startswith(_NAME)).order_by(col(MetaRow.name))
    # What a lock was waited for has changed meanwhile.
    query = query.execution_options(populate_existing=True)
    if sender:
        query = query.where(col(MetaRow.name).endswith(f" {sender}", autoescape=True))
    rows = session.exec(query)
    found = (_read(row.name, row.value) for row in rows)
    return [one for one in found if one is not None]


def _read(name: str, value: str | None) -> Flood | None:
    if value is None:
        return None
    agent, _, sender = name.removeprefix(_NAME).partition(" ")
    data = json.loads(value)
    since = datetime.fromisoformat(data["since"])
    return Flood(agent, sender, data["mailbox"], since, data["count"], tuple(data["numbers"]))
