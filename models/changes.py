"""The only writer of tickets: saves a `Change` whole, in the transaction of its caller."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select

from desk.letters import AttachmentRef
from desk.ticket import Change, Event, Message, NewTicket, Participant, Ticket
from models import inbox
from models.tables import AttachmentRow, EventRow, FactRow, LetterRow, MessageRow, ParticipantRow, TicketRow
from models.tickets import as_value
from parser.mail import Attachment

FIRST_NUMBER = 1001


def save(
    session: Session,
    change: Change,
    now: datetime,
    *,
    prefix: str,
    inbox_id: int | None = None,
    fingerprint: str = "",
    attachments: Sequence[tuple[Attachment, AttachmentRef]] = (),
) -> tuple[Ticket | None, int | None]:
    """Writes a change; gives the ticket as it is now, and its row id. The only writer of tickets.

    `attachments` are the files of the change's message, each with its place in the vault. The caller saves what the
    change does to further tickets, one by one, because each of them has its own letters.
    """
    _report(session, change, now)
    if change.release is not None:
        inbox.again(session, change.release, now)
    if change.ticket is None:
        return None, None
    row = _write_ticket(session, change.ticket, now)
    _write_events(session, row.id, change.events, now)
    _write_participants(session, row.id, change.participants, now)
    if change.message is not None and inbox_id is not None:
        _write_message(session, row.id, change.message, inbox_id, fingerprint, attachments)
    session.flush()
    return as_value(row, prefix), row.id


def _write_message(
    session: Session,
    ticket_id: int,
    message: Message,
    inbox_id: int,
    fingerprint: str,
    attachments: Sequence[tuple[Attachment, AttachmentRef]],
) -> None:
    row = MessageRow(
        ticket_id=ticket_id,
        inbox_id=inbox_id,
        author=message.author,
        public=message.public,
        address=message.address,
        name=message.name,
        subject=message.subject,
        text=message.text,
        new_text=message.new_text,
        message_id=message.message_id,
        refs=list(message.references),
        fingerprint=fingerprint,
        language=message.language,
        proof=message.proof,
        joined_by=message.joined_by,
        received_at=message.received_at,
        claimed_at=message.claimed_at,
    )
    session.add(row)
    session.flush()
    for position, (file, ref) in enumerate(attachments):
        kept = AttachmentRow(
            message_id=row.id,
            position=position,
            name=file.name,
            safe_name=file.safe_name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            digest=ref.address,
            inline=file.inline,
            dangerous=file.dangerous,
        )
        session.add(kept)
    _write_facts(session, ticket_id, message)


def _write_facts(session: Session, ticket_id: int, message: Message) -> None:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    for kind, value in message.facts:
        row = insert(FactRow).values(ticket_id=ticket_id, kind=kind, value=value)
        session.execute(row.on_conflict_do_nothing())


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
        row = session.exec(query).one()
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
    highest: int | None = session.exec(select(func.max(TicketRow.number))).one()
    return FIRST_NUMBER if highest is None else highest + 1


def _write_events(session: Session, ticket_id: int, events: Iterable[Event], now: datetime) -> None:
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
        # An event with a key is recorded once, however often it is noticed.
        session.execute(insert(EventRow).values(**values).on_conflict_do_nothing(index_elements=["ticket_id", "key"]))


def _write_participants(session: Session, ticket_id: int, participants: Iterable[Participant], now: datetime) -> None:
    for one in participants:
        address = one.address.lower()
        query = select(ParticipantRow).where(
            col(ParticipantRow.ticket_id) == ticket_id, col(ParticipantRow.address) == address
        )
        row = session.exec(query).one_or_none()
        if row is None:
            row = ParticipantRow(ticket_id=ticket_id, address=address, role=one.role, state=one.state, since_at=now)
        elif row.role != "requester" or one.role == "requester" or one.state == "former":
            # Only an agent's word takes a requester's place away.
            row.role, row.state, row.since_at = one.role, one.state, now
        session.add(row)


def _report(session: Session, change: Change, now: datetime) -> None:
    for report in change.reports:
        values: dict[str, Any]
        if report.action == "failed":
            values = {"state": "bounced", "reason": report.reason}
        elif report.action == "delayed":
            values = {"reason": f"delayed: {report.reason}"}
        else:
            # A receipt proves that a letter arrived whose outcome was unknown.
            values = {"state": "sent", "sent_at": now}
        query = update(LetterRow).where(col(LetterRow.message_id) == report.message_id)
        if report.action == "delivered":
            query = query.where(col(LetterRow.state).in_(("unknown", "closed_unknown")))
        else:
            query = query.where(col(LetterRow.state).in_(("sent", "unknown", "closed_unknown")))
        session.execute(query.values(**values).execution_options(synchronize_session=False))
