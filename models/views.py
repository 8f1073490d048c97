"""What commands show: tickets, one ticket whole, letters, parked mails and counts, as plain JSON values.

Every key is documented in docs/json.md, and a test holds the two together.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from desk import threads
from models import health, inbox, leases, outbox
from models.tables import (
    AttachmentRow,
    EventRow,
    InboxRow,
    LetterRow,
    MessageRow,
    ParticipantRow,
    TicketRow,
)

Json = dict[str, Any]


def _at(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds").replace("+00:00", "Z")


def _ticket(row: TicketRow, prefix: str) -> Json:
    return {
        "number": row.number,
        "tag": threads.tag(prefix, row.number),
        "subject": row.subject,
        "status": row.status,
        "category": row.category,
        "priority": row.priority,
        "queue": row.queue,
        "requester": row.requester,
        "requester_name": row.requester_name,
        "assignee": row.assignee,
        "language": row.language,
        "mailbox": row.mailbox,
        "opened_at": _at(row.opened_at),
        "changed_at": _at(row.changed_at),
        "solved_at": _at(row.solved_at),
        "first_reply_due_at": _at(row.first_reply_due_at),
        "next_reply_due_at": _at(row.next_reply_due_at),
        "resolve_due_at": _at(row.resolve_due_at),
        "snoozed_until_at": _at(row.snoozed_until),
        "follows": row.follows,
        "merged_into": row.merged_into,
    }


def tickets(
    session: Session, prefix: str, *, status: str | None = None, queue: str | None = None, limit: int = 200
) -> list[Json]:
    """The tickets, newest first."""
    query = select(TicketRow).order_by(col(TicketRow.number).desc()).limit(limit)
    if status is not None:
        query = query.where(col(TicketRow.status) == status)
    if queue is not None:
        query = query.where(col(TicketRow.queue) == queue)
    return [_ticket(row, prefix) for row in session.exec(query)]


def ticket(session: Session, prefix: str, number: int) -> Json | None:
    """One ticket with every message, event, participant and letter; None when there is none of this number."""
    row = session.exec(select(TicketRow).where(col(TicketRow.number) == number)).one_or_none()
    if row is None:
        return None

    def of(table: Any) -> Sequence[Any]:
        return session.exec(select(table).where(table.ticket_id == row.id).order_by(table.id)).all()

    messages = of(MessageRow)
    files: dict[int, list[Json]] = {}
    if messages:
        query = select(AttachmentRow).where(col(AttachmentRow.message_id).in_([one.id for one in messages]))
        for one in session.exec(query.order_by(col(AttachmentRow.id))):
            files.setdefault(one.message_id, []).append(_attachment(one))
    return {
        **_ticket(row, prefix),
        "participants": [{"address": one.address, "role": one.role, "state": one.state} for one in of(ParticipantRow)],
        "messages": [_message(one, files.get(one.id, [])) for one in messages],
        "events": [_event(one) for one in of(EventRow)],
        "letters": [_letter(one, None) for one in of(LetterRow)],
    }


def raw_mails(session: Session, inbox_ids: Sequence[int]) -> dict[int, str]:
    """Where the vault keeps these mails as they came, by their ids."""
    query = select(col(InboxRow.id), col(InboxRow.digest)).where(col(InboxRow.id).in_(inbox_ids))
    return dict(session.exec(query).all())


def files(session: Session, number: int) -> list[tuple[int, int, str, str]]:
    """(inbox id, position, name to save under, place in the vault) of every file of a ticket."""
    query = (
        select(
            col(MessageRow.inbox_id),
            col(AttachmentRow.position),
            col(AttachmentRow.safe_name),
            col(AttachmentRow.digest),
        )
        .join(MessageRow, col(AttachmentRow.message_id) == col(MessageRow.id))
        .join(TicketRow, col(MessageRow.ticket_id) == col(TicketRow.id))
        .where(col(TicketRow.number) == number)
        .order_by(col(MessageRow.inbox_id), col(AttachmentRow.position))
    )
    found = [(inbox_id, place, name, digest) for inbox_id, place, name, digest in session.exec(query)]
    return _unread_mails(session, number) + found


def _unread_mails(session: Session, number: int) -> list[tuple[int, int, str, str]]:
    """A mail from a pipe that was too large to be read is a file, too: nobody has another copy."""
    query = (
        select(col(InboxRow.id), col(InboxRow.digest))
        .join(TicketRow, col(InboxRow.ticket_id) == col(TicketRow.id))
        .where(col(TicketRow.number) == number, col(InboxRow.oversize), col(InboxRow.folder) == inbox.PIPE)
        .order_by(col(InboxRow.id))
    )
    return [(inbox_id, 0, "mail.eml", digest) for inbox_id, digest in session.exec(query)]


def _message(row: MessageRow, files: list[Json]) -> Json:
    return {
        "inbox": row.inbox_id,
        "author": row.author,
        "public": row.public,
        "address": row.address,
        "name": row.name,
        "subject": row.subject,
        "reply": row.new_text,
        "message_id": row.message_id,
        "language": row.language,
        "proof": row.proof,
        "joined_by": row.joined_by,
        "received_at": _at(row.received_at),
        "claimed_at": _at(row.claimed_at),
        "attachments": files,
    }


def _attachment(row: AttachmentRow) -> Json:
    return {
        "name": row.name,
        "safe_name": row.safe_name,
        "content_type": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
        "inline": row.inline,
        "dangerous": row.dangerous,
    }


def _event(row: EventRow) -> Json:
    return {
        "kind": row.kind,
        "at": _at(row.at),
        "recorded_at": _at(row.recorded_at),
        "actor": row.actor,
        "data": row.data,
    }


def _letter(row: LetterRow, tag: str | None) -> Json:
    shown = {
        "id": row.id,
        "kind": row.kind,
        "recipient": row.recipient,
        "state": row.state,
        "reason": row.reason,
        "message_id": row.message_id,
        "size": row.size,
        "tries": row.tries,
        "repeats": row.repeats,
        "created_at": _at(row.created_at),
        "due_at": _at(row.due_at),
        "dot_at": _at(row.dot_at),
        "sent_at": _at(row.sent_at),
    }
    return shown if tag is None else {**shown, "ticket": tag or None}


def letters(session: Session, prefix: str, states: Sequence[str], limit: int = 500) -> list[Json]:
    """Letters of these states (all, if none is named), newest first."""
    newest = select(LetterRow).order_by(col(LetterRow.id).desc()).limit(limit)
    rows = session.exec(newest.where(col(LetterRow.state).in_(states)) if states else newest).all()
    ids = {row.ticket_id for row in rows if row.ticket_id is not None}
    query = select(col(TicketRow.id), col(TicketRow.number)).where(col(TicketRow.id).in_(ids))
    tags = {row_id: threads.tag(prefix, number) for row_id, number in session.exec(query)}
    return [_letter(row, "" if row.ticket_id is None else tags[row.ticket_id]) for row in rows]


def parked(session: Session) -> list[Json]:
    """Mails that wait for a person, oldest first."""
    return [_inbox(row) for row in inbox.parked(session)]


def _inbox(row: InboxRow) -> Json:
    return {
        "inbox": row.id,
        "mailbox": row.mailbox,
        "folder": row.folder,
        "key": row.key,
        "state": row.state,
        "reason": row.reason,
        "size": row.size,
        "tries": row.tries,
        "received_at": _at(row.received_at),
    }


def status(session: Session, now: datetime) -> Json:
    """Counts and the age of the oldest, in every state there is."""
    return {
        "inbox": _ages(inbox.counts(session), now),
        "unfiled": _unfiled(session, now),
        "letters": _ages(outbox.counts(session), now),
        "tickets": _ages(_tickets(session), now),
        "breaches": _breaches(session),
        "leases": [
            {"name": name, "holder": holder, "until_at": _at(until)} for name, holder, until in leases.holders(session)
        ],
        "last_sign_at": _at(leases.last_sign(session)),
        "workers": [_worker(name, one) for name, one in sorted(health.said(session).items())],
    }


def _worker(name: str, found: health.Health) -> Json:
    """What a worker says of itself: every part of it, and what does not work."""
    return {
        "worker": name,
        "parts": [{"part": part, "works": works} for part, works in found.parts.items()],
        "outages": [
            {"part": one.what, "since_at": _at(one.since), "reason": one.reason, "failures": one.failures}
            for one in found.troubles
        ],
    }


def _ages(counts: Mapping[str, tuple[int, datetime | None]], now: datetime) -> Json:
    return {
        state: {"count": count, "oldest_at": _at(oldest), "oldest_seconds": _seconds(oldest, now)}
        for state, (count, oldest) in sorted(counts.items())
    }


def _seconds(oldest: datetime | None, now: datetime) -> int | None:
    return None if oldest is None else max(int((now - oldest).total_seconds()), 0)


def _unfiled(session: Session, now: datetime) -> Json:
    """Processed mail that is still in its folder on the server."""
    query = select(func.count(), func.min(InboxRow.done_at)).where(
        col(InboxRow.filed_at).is_(None), col(InboxRow.state).in_((inbox.DONE, inbox.HELD))
    )
    count, oldest = session.exec(query).one()
    return {"count": count, "oldest_at": _at(oldest), "oldest_seconds": _seconds(oldest, now)}


def _tickets(session: Session) -> dict[str, tuple[int, datetime | None]]:
    query = select(col(TicketRow.status), func.count(), func.min(TicketRow.opened_at)).group_by(col(TicketRow.status))
    return {state: (count, oldest) for state, count, oldest in session.exec(query)}


def _breaches(session: Session) -> int:
    query = select(func.count()).select_from(EventRow).where(col(EventRow.kind) == "breach")
    return session.exec(query).one()
