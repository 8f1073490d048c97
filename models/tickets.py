"""Tickets as they are kept, read whole: with their people, their history and their thread."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from desk import threads
from desk.facts import CandidateTicket, Desk, Words
from desk.letters import LetterKind
from desk.ticket import Deadlines, Event, EventKind, Participant, Status, Ticket
from models.tables import (
    AttachmentRow,
    EventRow,
    InboxRow,
    LetterRow,
    MessageRow,
    ParticipantRow,
    TicketRow,
)

How = Literal["signed", "references", "subject", "repeat"]


def load(session: Session, number: int, how: How, desk: Desk) -> CandidateTicket | None:
    """A ticket with its people, its history and its thread; locked against other workers until the commit."""
    rows = session.exec(select(TicketRow).where(col(TicketRow.number) == number).with_for_update()).all()
    return next(iter(_candidates(session, rows, how, desk)), None)


def followed(session: Session, number: int, how: How, desk: Desk) -> CandidateTicket | None:
    """A ticket, or the one into which it was merged; `led` names those on the way."""
    led: list[int] = []
    candidate = load(session, number, how, desk)
    while candidate is not None and candidate.ticket.merged_into is not None and candidate.ticket.number not in led:
        led.append(candidate.ticket.number)
        candidate = load(session, candidate.ticket.merged_into, how, desk)
    return None if candidate is None else replace(candidate, led=tuple(led))


def load_due(session: Session, now: datetime, limit: int, desk: Desk) -> list[CandidateTicket]:
    """The tickets whose next moment has passed, earliest first, as `load`; skips what others have locked."""
    query = (
        select(TicketRow)
        .where(col(TicketRow.wake_at).is_not(None), col(TicketRow.wake_at) <= now)
        .order_by(col(TicketRow.wake_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _candidates(session, session.exec(query).all(), "references", desk)


def load_several(session: Session, ids: Sequence[int], desk: Desk) -> dict[int, CandidateTicket]:
    """Tickets by their row ids, as `load`."""
    query = select(TicketRow).where(col(TicketRow.id).in_(ids)).order_by(col(TicketRow.id)).with_for_update()
    rows = session.exec(query).all()
    return {
        row.id: candidate for row, candidate in zip(rows, _candidates(session, rows, "references", desk), strict=True)
    }


def _candidates(session: Session, rows: Sequence[TicketRow], how: How, desk: Desk) -> list[CandidateTicket]:
    """These tickets with all that belongs to them, read by a few queries for all of them together."""
    if not rows:
        # Most ticks of the clock find nothing.
        return []
    ids = [row.id for row in rows]
    participants, histories, last = _participants(session, ids), _histories(session, ids), _last(session, ids)
    threads_ = _threads(session, {row.id: row.requester for row in rows})
    return [
        CandidateTicket(
            ticket=as_value(row, desk.policy.prefix),
            participants=tuple(participants[row.id]),
            history=tuple(histories[row.id]),
            how=how,
            thread=tuple(threads_[row.id]),
            last=last.get(row.id),
        )
        for row in rows
    ]


def as_value(row: TicketRow, prefix: str) -> Ticket:
    return Ticket(
        number=row.number,
        tag=threads.tag(prefix, row.number),
        subject=row.subject,
        requester=row.requester,
        requester_name=row.requester_name,
        mailbox=row.mailbox,
        queue=row.queue,
        category=row.category,
        priority=row.priority,
        language=row.language,
        status=Status(row.status),
        opened_at=row.opened_at,
        deadlines=Deadlines(row.first_reply_due_at, row.next_reply_due_at, row.resolve_due_at, row.update_due_at),
        assignee=row.assignee,
        solved_at=row.solved_at,
        follows=row.follows,
        clock=row.clock,
        wake_at=row.wake_at,
        first_reply_at=row.first_reply_at,
        first_reply_spent=None if row.first_reply_spent is None else timedelta(seconds=row.first_reply_spent),
        tier=row.tier,
        snoozed_until=row.snoozed_until,
        merged_into=row.merged_into,
    )


# `sqlalchemy.select` with `session.execute`, whose rows have no types, stands where SQLModel's types do not fit: they
# end at four columns, take a column of a few words for any text, and do not see that a condition rules null out.
def _participants(session: Session, ids: Sequence[int]) -> Mapping[int, list[Participant]]:
    query = (
        sqlalchemy.select(
            col(ParticipantRow.ticket_id),
            col(ParticipantRow.address),
            col(ParticipantRow.role),
            col(ParticipantRow.state),
        )
        .where(col(ParticipantRow.ticket_id).in_(ids))
        .order_by(col(ParticipantRow.id))
    )
    found: dict[int, list[Participant]] = defaultdict(list)
    for ticket_id, address, role, state in session.execute(query):
        found[ticket_id].append(Participant(address, role, state))
    return found


def history(session: Session, ticket_id: int) -> tuple[Event, ...]:
    """All events of a ticket in the order they were recorded."""
    return tuple(_histories(session, [ticket_id])[ticket_id])


def _histories(session: Session, ids: Sequence[int]) -> Mapping[int, list[Event]]:
    query = (
        sqlalchemy.select(
            col(EventRow.ticket_id),
            col(EventRow.kind),
            col(EventRow.at),
            col(EventRow.actor),
            col(EventRow.data),
            col(EventRow.key),
        )
        .where(col(EventRow.ticket_id).in_(ids))
        .order_by(col(EventRow.id))
    )
    found: dict[int, list[Event]] = defaultdict(list)
    for ticket_id, kind, at, actor, data, key in session.execute(query):
        found[ticket_id].append(Event(EventKind(kind), at, actor, data, key))
    return found


def _last(session: Session, ids: Sequence[int]) -> Mapping[int, Words]:
    """The latest text from outside the desk on each ticket."""
    newest = (
        select(func.max(col(MessageRow.id)))
        .where(col(MessageRow.ticket_id).in_(ids), col(MessageRow.author) != "agent", col(MessageRow.public))
        .group_by(col(MessageRow.ticket_id))
    )
    query = sqlalchemy.select(MessageRow).where(col(MessageRow.id).in_(newest))
    rows = session.execute(query).scalars()
    return {row.ticket_id: Words(row.name, row.address, row.proof, row.new_text) for row in rows}


def _threads(session: Session, requesters: Mapping[int, str]) -> Mapping[int, list[str]]:
    """The Message-IDs that each requester has: those of their own mails, and of our letters to them."""
    ids = list(requesters)
    wrote = sqlalchemy.select(
        col(MessageRow.ticket_id), col(MessageRow.received_at), col(MessageRow.message_id), col(MessageRow.address)
    ).where(
        col(MessageRow.ticket_id).in_(ids),
        col(MessageRow.author) == "requester",
        col(MessageRow.message_id).is_not(None),
    )
    got = sqlalchemy.select(
        col(LetterRow.ticket_id), col(LetterRow.created_at), col(LetterRow.message_id), col(LetterRow.recipient)
    ).where(
        col(LetterRow.ticket_id).in_(ids),
        col(LetterRow.kind).in_([str(kind) for kind in LetterKind if kind.to_customer]),
        col(LetterRow.state).not_in(("held", "dropped", "failed")),
    )
    # Not those of whoever was the requester before.
    rows = [
        (ticket_id, at, message_id)
        for query in (wrote, got)
        for ticket_id, at, message_id, address in session.execute(query)
        if address.lower() == requesters[ticket_id]
    ]
    found: dict[int, list[str]] = defaultdict(list)
    for ticket_id, _, message_id in sorted(rows, key=lambda row: row[1]):
        found[ticket_id].append(message_id)
    return found


def by_row(session: Session, ticket_id: int, desk: Desk) -> CandidateTicket | None:
    """A ticket by its row id, as `load`."""
    number = session.exec(select(col(TicketRow.number)).where(col(TicketRow.id) == ticket_id)).one_or_none()
    return None if number is None else load(session, number, "references", desk)


Recorded = tuple[Ticket, tuple[Event, ...]]


def recorded(
    session: Session,
    prefix: str,
    *,
    after: int,
    limit: int,
    every: bool = False,
    numbers: Collection[int] | None = None,
    lock: bool = False,
) -> list[Recorded]:
    """The next tickets above the number `after` (and of these numbers) with their histories, by number.

    Without `every`, only tickets to which something may still happen by itself. With `lock`, they are locked against
    other workers until the commit.
    """
    query = select(TicketRow).where(col(TicketRow.number) > after).order_by(col(TicketRow.number)).limit(limit)
    if not every:
        done = [str(status) for status in Status if status.done]
        query = query.where(col(TicketRow.status).not_in(done) | col(TicketRow.wake_at).is_not(None))
    if numbers is not None:
        query = query.where(col(TicketRow.number).in_(numbers))
    rows = session.exec(query.with_for_update() if lock else query).all()
    histories = _histories(session, [row.id for row in rows])
    return [(as_value(row, prefix), tuple(histories[row.id])) for row in rows]


def in_use(session: Session, addresses: Collection[str]) -> set[str]:
    """Which of these vault addresses a row refers to."""
    chunk, found = list(addresses), set[str]()
    for start in range(0, len(chunk), 500):
        part = chunk[start : start + 500]
        for column in (InboxRow.digest, AttachmentRow.digest, LetterRow.digest):
            found.update(session.exec(select(col(column)).where(col(column).in_(part))))
    return found
