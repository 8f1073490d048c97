"""The tables. Rows stay inside `models/`; other rooms see values."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, MetaData, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

# Names for constraints, so that a migration can name what it changes on every database.
SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Json = JSON().with_variant(JSONB(), "postgresql")


def _json(default: str) -> Any:
    return Field(sa_column=Column(_Json, nullable=False, server_default=text(f"'{default}'")))


def _id() -> Any:
    """The row's number, which the database gives: every row that was read or flushed has one."""
    return Field(default=None, primary_key=True)


def _text(default: str = "", name: str | None = None) -> Any:
    """A text that is never null; `name` is that of its column where the field has got another one since."""
    column = Column(name, Text, nullable=False, server_default=text(f"'{default}'"))
    return Field(default=default, sa_column=column)


class MetaRow(SQLModel, table=True):
    """Small facts that survive a restart, such as the cut-off of a mailbox."""

    __tablename__ = "meta"
    name: str = Field(primary_key=True)
    value: str


class LeaseRow(SQLModel, table=True):
    """A right that one worker has at a time, such as fetching from a mailbox."""

    __tablename__ = "lease"
    name: str = Field(primary_key=True)
    holder: str
    fence: int
    until_at: datetime


class InboxRow(SQLModel, table=True):
    """One mail on its way in (promises b1). The raw bytes lie in the vault under `digest`."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("mailbox", "folder", "epoch", "key"),
        Index(
            "ix_inbox_waiting",
            "due_at",
            sqlite_where=text("state = 'stored'"),
            postgresql_where=text("state = 'stored'"),
        ),
        Index(
            "ix_inbox_unfiled",
            "mailbox",
            "folder",
            sqlite_where=text("filed_at IS NULL AND state IN ('done', 'held')"),
            postgresql_where=text("filed_at IS NULL AND state IN ('done', 'held')"),
        ),
        {"sqlite_autoincrement": True},
    )
    id: int = _id()
    mailbox: str
    folder: str
    uidvalidity: int = Field(sa_type=BigInteger, sa_column_kwargs={"name": "epoch"})
    """UIDVALIDITY is an unsigned 32-bit number: more than PostgreSQL's integer holds."""
    key: str
    state: str
    """stored | done | held | parked | left (older than the cut-off) | dropped"""
    digest: str = Field(index=True)
    size: int
    oversize: bool = False
    internal_at: datetime | None = None
    received_at: datetime
    """When we stored it."""
    due_at: datetime
    tries: int = 0
    fence: int = 0
    leased_until_at: datetime | None = None
    worker: str = ""
    fingerprint: str | None = Field(default=None, index=True)
    route: str = ""
    reason: str = _text()
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    done_at: datetime | None = None
    filed_at: datetime | None = None


class TicketRow(SQLModel, table=True):
    __tablename__ = "ticket"
    __table_args__ = (
        Index(
            "ix_ticket_category_answered",
            "category",
            "first_reply_at",
            "first_reply_spent",
            sqlite_where=text("first_reply_at IS NOT NULL"),
            postgresql_where=text("first_reply_at IS NOT NULL"),
        ),
        Index(
            "ix_ticket_queue_answered",
            "queue",
            "first_reply_at",
            "first_reply_spent",
            sqlite_where=text("first_reply_at IS NOT NULL"),
            postgresql_where=text("first_reply_at IS NOT NULL"),
        ),
        Index(
            "ix_ticket_unanswered",
            "queue",
            sqlite_where=text("first_reply_at IS NULL AND clock AND status NOT IN ('solved', 'closed')"),
            postgresql_where=text("first_reply_at IS NULL AND clock AND status NOT IN ('solved', 'closed')"),
        ),
        # What a report of a period looks at.
        Index(None, "changed_at", "opened_at"),
        {"sqlite_autoincrement": True},
    )
    id: int = _id()
    number: int = Field(unique=True)
    subject: str = _text()
    requester: str = Field(index=True)
    requester_name: str
    mailbox: str
    queue: str
    category: str
    priority: str
    language: str
    status: str = Field(index=True)
    opened_at: datetime
    changed_at: datetime
    first_reply_due_at: datetime | None = None
    next_reply_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    update_due_at: datetime | None = None
    wake_at: datetime | None = Field(default=None, index=True)
    assignee: str | None = None
    solved_at: datetime | None = None
    follows: int | None = None
    clock: bool = True
    first_reply_at: datetime | None = None
    first_reply_spent: int | None = None
    """The open time until the first answer, in seconds."""
    tier: str = Field(default="", sa_column_kwargs={"server_default": ""})
    snoozed_until: datetime | None = None
    merged_into: int | None = None


class MessageRow(SQLModel, table=True):
    __tablename__ = "message"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: int = _id()
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    inbox_id: int = Field(foreign_key="inbox.id", unique=True)
    author: str
    public: bool
    address: str
    name: str
    subject: str = _text()
    text: str = _text()
    new_text: str = _text(name="reply")
    message_id: str | None = Field(default=None, index=True)
    refs: list[str] = _json("[]")
    fingerprint: str = Field(unique=True)
    language: str
    proof: str
    joined_by: str
    received_at: datetime
    claimed_at: datetime | None = None


class AttachmentRow(SQLModel, table=True):
    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("message_id", "position"), {"sqlite_autoincrement": True})
    id: int = _id()
    message_id: int = Field(foreign_key="message.id")
    position: int
    name: str | None = None
    safe_name: str
    content_type: str
    size: int
    sha256: str
    digest: str = Field(index=True)
    inline: bool = False
    dangerous: bool = False


class ParticipantRow(SQLModel, table=True):
    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("ticket_id", "address"), {"sqlite_autoincrement": True})
    id: int = _id()
    ticket_id: int = Field(foreign_key="ticket.id")
    address: str = Field(index=True)
    role: str
    state: str
    since_at: datetime


class EventRow(SQLModel, table=True):
    """The history of tickets. Rows are only ever added."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("ticket_id", "key"),
        Index(
            "ix_event_untold",
            "tell_at",
            sqlite_where=text("kind IN ('breach', 'step') AND told_at IS NULL"),
            postgresql_where=text("kind IN ('breach', 'step') AND told_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )
    id: int = _id()
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    kind: str
    at: datetime
    recorded_at: datetime
    actor: str
    data: dict[str, Any] = _json("{}")
    key: str | None = None
    notified_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "told_at"})
    """When agents were notified of a breach or a step."""
    notify_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "tell_at"})
    """When they are to be notified: at once, or when their calendar opens. None until the next tick sets it."""


class LetterRow(SQLModel, table=True):
    """One letter to one envelope recipient (promises b2). Its bytes lie in the vault under `digest`."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("key", "recipient"),
        Index(
            "ix_letter_waiting",
            "due_at",
            sqlite_where=text("state IN ('queued', 'claimed', 'unknown')"),
            postgresql_where=text("state IN ('queued', 'claimed', 'unknown')"),
        ),
        Index("ix_letter_recipient", "recipient", "created_at"),
        Index("ix_letter_kind", "kind", "created_at"),
        {"sqlite_autoincrement": True},
    )
    id: int = _id()
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    inbox_id: int | None = Field(default=None, foreign_key="inbox.id")
    """The mail that caused it."""
    kind: str
    key: str
    recipient: str
    envelope_sender: str
    mailbox: str
    message_id: str = Field(unique=True)
    digest: str = Field(index=True)
    size: int
    text: str = _text()
    state: str = Field(index=True)
    """queued | claimed | sent | unknown | closed_unknown | failed | bounced | held | dropped"""
    reason: str = _text()
    """The server's last words, or why it is held."""
    created_at: datetime
    due_at: datetime
    tries: int = 0
    repeats: int = 0
    """How often it was sent again although it may have arrived the first time."""
    fence: int = 0
    leased_until_at: datetime | None = None
    worker: str = ""
    dot_at: datetime | None = None
    """Committed just before the final dot goes out. A row that has it and has no answer is unknown."""
    sent_at: datetime | None = None
    copied_at: datetime | None = None
    """When a copy was filed in the Sent folder."""


class FactRow(SQLModel, table=True):
    """A transaction or an order that a customer's own words on a ticket name, so that other mail about it is found."""

    __tablename__ = "ticket_fact"
    ticket_id: int = Field(foreign_key="ticket.id", primary_key=True)
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True, index=True)


class LetterTicketRow(SQLModel, table=True):
    """The tickets that a letter to an agent is about, where its reply concerns each of them."""

    __tablename__ = "letter_ticket"
    letter_id: int = Field(foreign_key="letter.id", primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", primary_key=True)


class CompletedRequestRow(SQLModel, table=True):
    """Requests that the daemon has done, so that it does none of them twice."""

    __tablename__ = "spent"
    name: str = Field(primary_key=True)
    at: datetime
    done: bool
    answer: str = _text()


__all__ = [
    "AttachmentRow",
    "CompletedRequestRow",
    "EventRow",
    "FactRow",
    "InboxRow",
    "LeaseRow",
    "LetterRow",
    "LetterTicketRow",
    "MessageRow",
    "MetaRow",
    "ParticipantRow",
    "SQLModel",
    "TicketRow",
]
