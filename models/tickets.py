"""Tickets as they are kept: read whole (`load`), and written by one function (`save`)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col

from desk import threads
from desk.facts import CandidateTicket, Desk, Words
from desk.letters import AttachmentRef, LetterKind
from desk.ticket import Change, Deadlines, Event, EventKind, NewTicket, Participant, Status, Ticket
from models.tables import (
    AttachmentRow,
    EventRow,
    InboxRow,
    LetterRow,
    MessageRow,
    ParticipantRow,
    TicketRow,
)
from parser.mail import ParsedMail

FIRST_NUMBER = 1001
How = Literal["signed", "references", "subject"]


def load(session: Session, number: int, how: How, desk: Desk) -> CandidateTicket | None:
    """A ticket with its people, its history and its thread; locked against other workers until the commit."""
    rows = list(session.execute(select(TicketRow).where(col(TicketRow.number) == number).with_for_update()).scalars())
    return next(iter(_known(session, rows, how, desk)), None)


def load_due(session: Session, now: datetime, limit: int, desk: Desk) -> list[CandidateTicket]:
    """The tickets to which something happens by now, earliest first, as `load`; those of other workers are left out."""
    query = (
        select(TicketRow)
        .where(col(TicketRow.wake_at).is_not(None), col(TicketRow.wake_at) <= now)
        .order_by(col(TicketRow.wake_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _known(session, list(session.execute(query).scalars()), "references", desk)


def load_several(session: Session, ids: Sequence[int], desk: Desk) -> dict[int, CandidateTicket]:
    """Tickets by their row ids, as `load`."""
    query = select(TicketRow).where(col(TicketRow.id).in_(ids)).order_by(col(TicketRow.id)).with_for_update()
    rows = list(session.execute(query).scalars())
    return {row.id or 0: known for row, known in zip(rows, _known(session, rows, "references", desk), strict=True)}


def _known(session: Session, rows: Sequence[TicketRow], how: How, desk: Desk) -> list[CandidateTicket]:
    """What belongs to these tickets: a handful of queries for all of them together."""
    if not rows:
        # Most ticks of the clock find nothing.
        return []
    ids = [row.id or 0 for row in rows]
    participants, histories, last = _participants(session, ids), _histories(session, ids), _last(session, ids)
    threads_ = _threads(session, {row.id or 0: row.requester for row in rows})
    return [
        CandidateTicket(
            ticket=as_value(row, desk.policy.prefix),
            participants=tuple(participants[row.id or 0]),
            history=tuple(histories[row.id or 0]),
            how=how,
            thread=tuple(threads_[row.id or 0]),
            last=last.get(row.id or 0),
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


def _participants(session: Session, ids: Sequence[int]) -> Mapping[int, list[Participant]]:
    query = (
        select(
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


def history(session: Session, ticket_id: int | None) -> tuple[Event, ...]:
    """All events of a ticket in the order they were recorded."""
    return tuple(_histories(session, [ticket_id or 0])[ticket_id or 0])


def _histories(session: Session, ids: Sequence[int]) -> Mapping[int, list[Event]]:
    query = (
        select(
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
    """The last that each customer, or a machine for him, wrote."""
    newest = (
        select(func.max(col(MessageRow.id)))
        .where(col(MessageRow.ticket_id).in_(ids), col(MessageRow.author) != "agent", col(MessageRow.public))
        .group_by(col(MessageRow.ticket_id))
    )
    query = select(MessageRow).where(col(MessageRow.id).in_(newest))
    rows = session.execute(query).scalars()
    return {row.ticket_id: Words(row.name, row.address, row.proof, row.new_text) for row in rows}


def _threads(session: Session, requesters: Mapping[int, str]) -> Mapping[int, list[str]]:
    """The Message-IDs that each requester has: what others wrote publicly, and our letters to him."""
    ids = list(requesters)
    wrote = select(col(MessageRow.ticket_id), col(MessageRow.received_at), col(MessageRow.message_id)).where(
        col(MessageRow.ticket_id).in_(ids),
        col(MessageRow.author) == "requester",
        col(MessageRow.message_id).is_not(None),
    )
    got = select(
        col(LetterRow.ticket_id), col(LetterRow.created_at), col(LetterRow.message_id), col(LetterRow.recipient)
    ).where(
        col(LetterRow.ticket_id).in_(ids),
        col(LetterRow.kind).in_([str(kind) for kind in LetterKind if kind.to_customer]),
        col(LetterRow.state).not_in(("held", "dropped", "failed")),
    )
    rows = [(ticket_id, at, message_id) for ticket_id, at, message_id in session.execute(wrote)]
    rows += [
        (ticket_id, at, message_id)
        for ticket_id, at, message_id, recipient in session.execute(got)
        if recipient == requesters[ticket_id]
    ]
    found: dict[int, list[str]] = defaultdict(list)
    for ticket_id, _, message_id in sorted(rows, key=lambda row: row[1]):
        found[ticket_id].append(message_id)
    return found


def save(
    session: Session,
    change: Change,
    now: datetime,
    *,
    prefix: str,
    inbox_id: int | None = None,
    fingerprint: str = "",
    attachments: Sequence[AttachmentRow] = (),
) -> tuple[Ticket | None, int | None]:
    """Writes a change; gives the ticket as it is now, and its row id. The one writer of tickets.

    What the change does to further tickets is saved by the caller, one by one, as each has its own letters.
    """
    _report(session, change, now)
    if change.ticket is None:
        return None, None
    row = _write_ticket(session, change.ticket, now)
    _write_events(session, row.id, change.events, now)
    _write_participants(session, row.id, change.participants, now)
    if change.message is not None and inbox_id is not None:
        message = MessageRow(
            ticket_id=row.id or 0,
            inbox_id=inbox_id,
            author=change.message.author,
            public=change.message.public,
            address=change.message.address,
            name=change.message.name,
            subject=change.message.subject,
            text=change.message.text,
            new_text=change.message.new_text,
            message_id=change.message.message_id,
            refs=list(change.message.references),
            fingerprint=fingerprint,
            language=change.message.language,
            proof=change.message.proof,
            joined_by=change.message.joined_by,
            received_at=change.message.received_at,
            claimed_at=change.message.claimed_at,
        )
        session.add(message)
        session.flush()
        for one in attachments:
            one.message_id = message.id or 0
            session.add(one)
    session.flush()
    return as_value(row, prefix), row.id


def attachment_rows(mail: ParsedMail, refs: Sequence[AttachmentRef]) -> list[AttachmentRow]:
    """The rows of a mail's attachments, still without their message."""
    return [
        AttachmentRow(
            message_id=0,
            position=position,
            name=one.name,
            safe_name=one.safe_name,
            content_type=one.content_type,
            size=one.size,
            sha256=one.sha256,
            digest=ref.address,
            inline=one.inline,
            dangerous=one.dangerous,
        )
        for position, (one, ref) in enumerate(zip(mail.attachments, refs, strict=True))
    ]


def _write_ticket(session: Session, ticket: NewTicket | Ticket, now: datetime) -> TicketRow:
    values: dict[str, Any] = {
        "subject": ticket.subject,
        "requester": ticket.requester.lower(),
        "requester_name": ticket.requester_name,
        "mailbox": ticket.mailbox,
        "queue": ticket.queue,
        "category": ticket.category,
        "priority": ticket.priority,
        "language": ticket.language,
        "status": str(ticket.status),
        "opened_at": ticket.opened_at,
        "changed_at": now,
        "first_reply_due_at": ticket.deadlines.first_reply_due_at,
        "next_reply_due_at": ticket.deadlines.next_reply_due_at,
        "resolve_due_at": ticket.deadlines.resolve_due_at,
        "update_due_at": ticket.deadlines.update_due_at,
        "wake_at": ticket.wake_at,
        "assignee": ticket.assignee,
        "solved_at": ticket.solved_at,
        "follows": ticket.follows,
        "clock": ticket.clock,
        "first_reply_at": ticket.first_reply_at,
        "first_reply_spent": None
        if ticket.first_reply_spent is None
        else int(ticket.first_reply_spent.total_seconds()),
        "tier": ticket.tier,
        "snoozed_until": ticket.snoozed_until,
        "merged_into": ticket.merged_into,
    }
    if isinstance(ticket, Ticket):
        query = select(TicketRow).where(col(TicketRow.number) == ticket.number)
        row: TicketRow = session.execute(query).scalar_one()
        for name, value in values.items():
            setattr(row, name, value)
    else:
        row = TicketRow(number=_next_number(session), **values)
    session.add(row)
    session.flush()
    return row


def _next_number(session: Session) -> int:
    """The next ticket number. Numbers have no gaps and none is given twice: customers see them."""
    if session.get_bind().dialect.name != "sqlite":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(7238012)"))
    highest = session.execute(select(func.max(TicketRow.number))).scalar_one()
    return FIRST_NUMBER if highest is None else highest + 1


def _write_events(session: Session, ticket_id: int | None, events: Iterable[Event], now: datetime) -> None:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    for event in events:
        values = {
            "ticket_id": ticket_id,
            "kind": str(event.kind),
            "at": event.at,
            "recorded_at": now,
            "actor": event.actor,
            "data": dict(event.data),
            "key": event.key,
        }
        # What carries a key happens once, however often it is noticed.
        session.execute(insert(EventRow).values(**values).on_conflict_do_nothing(index_elements=["ticket_id", "key"]))


def _write_participants(
    session: Session, ticket_id: int | None, participants: Iterable[Participant], now: datetime
) -> None:
    for one in participants:
        address = one.address.lower()
        row = session.execute(
            select(ParticipantRow).where(
                col(ParticipantRow.ticket_id) == ticket_id, col(ParticipantRow.address) == address
            )
        ).scalar_one_or_none()
        if row is None:
            row = ParticipantRow(
                ticket_id=ticket_id or 0, address=address, role=one.role, state=one.state, since_at=now
            )
        elif row.role != "requester":
            row.state, row.since_at = one.state, now
        session.add(row)


def _report(session: Session, change: Change, now: datetime) -> None:
    for report in change.reports:
        values: dict[str, Any]
        if report.action == "failed":
            values = {"state": "bounced", "reason": report.reason}
        elif report.action == "delayed":
            values = {"reason": f"delayed: {report.reason}"}
        else:
            # Proof that it arrived settles a letter whose outcome was unknown.
            values = {"state": "sent", "sent_at": now}
        query = update(LetterRow).where(col(LetterRow.message_id) == report.message_id)
        if report.action == "delivered":
            query = query.where(col(LetterRow.state).in_(("unknown", "closed_unknown")))
        else:
            query = query.where(col(LetterRow.state).in_(("sent", "unknown", "closed_unknown")))
        session.execute(query.values(**values).execution_options(synchronize_session=False))


def by_row(session: Session, ticket_id: int, desk: Desk) -> CandidateTicket | None:
    """A ticket by its row id, as `load`."""
    number = session.execute(select(col(TicketRow.number)).where(col(TicketRow.id) == ticket_id)).scalar_one_or_none()
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

    Only those to which something may still happen by itself, unless `every` one is wanted; with `lock`, held against
    other workers until the commit.
    """
    query = select(TicketRow).where(col(TicketRow.number) > after).order_by(col(TicketRow.number)).limit(limit)
    if not every:
        done = [str(status) for status in Status if status.done]
        query = query.where(col(TicketRow.status).not_in(done) | col(TicketRow.wake_at).is_not(None))
    if numbers is not None:
        query = query.where(col(TicketRow.number).in_(numbers))
    rows = session.execute(query.with_for_update() if lock else query).scalars().all()
    histories = _histories(session, [row.id or 0 for row in rows])
    return [(as_value(row, prefix), tuple(histories[row.id or 0])) for row in rows]


def in_use(session: Session, addresses: Collection[str]) -> set[str]:
    """Which of these vault addresses a row refers to."""
    chunk, found = list(addresses), set[str]()
    for start in range(0, len(chunk), 500):
        part = chunk[start : start + 500]
        for column in (InboxRow.digest, AttachmentRow.digest, LetterRow.digest):
            found.update(session.execute(select(col(column)).where(col(column).in_(part))).scalars())
    return found
