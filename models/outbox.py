"""Letters on their way out: queued with the change that caused them, sent by one worker at a time.

queued ─claim─► claimed ─commit_dot─► (dot_at set) ─► sent | failed | queued again
                   │                      └─ no answer ─► unknown ─► queued once more | closed_unknown
                   └─ worker died before the dot ─► queued
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select

from desk.letters import Letter, LetterKind, Outcome, Outgoing, Refused, Sent, TryLater, Unknown
from models.tables import LetterRow, LetterTicketRow, TicketRow

QUEUED, CLAIMED, SENT, FAILED, UNKNOWN = "queued", "claimed", "sent", "failed", "unknown"
CLOSED_UNKNOWN, BOUNCED, HELD, DROPPED = "closed_unknown", "bounced", "held", "dropped"
STATES = (QUEUED, CLAIMED, SENT, FAILED, UNKNOWN, CLOSED_UNKNOWN, BOUNCED, HELD, DROPPED)

LONGEST_WAIT = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on with a letter."""

    unknown_wait: timedelta = timedelta(minutes=15)
    """How long a letter without an answer waits for evidence; then a letter that a person wrote is sent once more."""
    first_retry: timedelta = timedelta(minutes=1)
    give_up: timedelta = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Ended:
    """A letter that failed, or whose outcome is unknown: people must learn of it."""

    id: int
    ticket_id: int | None
    kind: LetterKind
    key: str
    recipient: str
    message_id: str
    text: str
    state: str
    """"failed", "unknown" or "closed_unknown"."""
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """A letter taken by one worker, with the fence that proves it still holds it; its bytes are in the vault."""

    id: int
    fence: int
    tries: int
    kind: LetterKind
    key: str
    recipient: str
    envelope_sender: str
    mailbox: str
    message_id: str
    digest: str
    text: str
    created_at: datetime
    size: int = 0
    """Bytes."""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter that the relay has taken, and of which the Sent folder has no copy yet."""

    id: int
    digest: str
    sent_at: datetime | None


def post(
    session: Session,
    letter: Letter,
    digest: str,
    now: datetime,
    *,
    ticket_id: int | None,
    inbox_id: int | None,
    about: Sequence[int] = (),
) -> bool:
    """Queues a finished letter whose bytes are in the vault; False when it was queued before.

    `about` are the numbers of the tickets that an answer to it concerns.
    """
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = (
        insert(LetterRow)
        .values(
            ticket_id=ticket_id,
            inbox_id=inbox_id,
            kind=str(letter.kind),
            key=letter.key,
            recipient=letter.recipient,
            envelope_sender=letter.envelope_sender,
            mailbox=letter.mailbox,
            message_id=letter.message_id,
            digest=digest,
            size=len(letter.content),
            text=letter.text,
            state=HELD if letter.held else QUEUED,
            reason=letter.held or "",
            created_at=now,
            due_at=now,
            tries=0,
            repeats=0,
            fence=0,
            worker="",
        )
        .on_conflict_do_nothing(index_elements=["key", "recipient"])
        .returning(LetterRow.__table__.c.id)  # type: ignore[attr-defined]
    )
    queued = session.execute(statement).first()
    if queued is not None and about:
        query = select(col(TicketRow.id)).where(col(TicketRow.number).in_(about))
        rows = [{"letter_id": queued[0], "ticket_id": ticket} for ticket in session.exec(query)]
        session.execute(insert(LetterTicketRow), rows)
    return queued is not None


def claim(session: Session, now: datetime, lease: timedelta, worker: str, limit: int) -> list[ClaimedLetter]:
    """Claims up to `limit` due letters for the time of the lease, in one statement, oldest first."""
    candidates = (
        select(col(LetterRow.id))
        .where(col(LetterRow.state) == QUEUED, col(LetterRow.due_at) <= now)
        .order_by(col(LetterRow.due_at), col(LetterRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(LetterRow)
        .where(col(LetterRow.id).in_(candidates.scalar_subquery() if limit == 1 else candidates))
        .values(state=CLAIMED, fence=LetterRow.fence + 1, leased_until_at=now + lease, worker=worker, dot_at=None)
        .returning(LetterRow)
        .execution_options(synchronize_session=False)
    )
    rows = sorted(session.execute(statement).scalars(), key=lambda row: (row.due_at, row.id))
    return [
        ClaimedLetter(
            id=row.id,
            fence=row.fence,
            tries=row.tries,
            kind=LetterKind(row.kind),
            key=row.key,
            recipient=row.recipient,
            envelope_sender=row.envelope_sender,
            mailbox=row.mailbox,
            message_id=row.message_id,
            digest=row.digest,
            size=row.size,
            text=row.text,
            created_at=row.created_at,
        )
        for row in rows
    ]


def outgoing(claimed: ClaimedLetter, content: bytes) -> Outgoing:
    """A claimed letter with its bytes from the vault."""
    letter = Letter(
        claimed.kind,
        claimed.key,
        claimed.recipient,
        claimed.envelope_sender,
        claimed.mailbox,
        claimed.message_id,
        content,
        claimed.text,
    )
    return Outgoing(claimed.id, claimed.fence, letter, claimed.tries, claimed.created_at)


def commit_dot(session: Session, letter_id: int, fence: int, now: datetime) -> bool:
    """Notes that the final dot goes out next; False when another worker has the letter now."""
    return _fenced(session, letter_id, fence, {"dot_at": now})


def record(session: Session, sent: Outgoing, outcome: Outcome, now: datetime, patience: Patience) -> Ended | None:
    """Records one attempt; gives the letter where people must learn how it ended.

    Late evidence counts: where a worker that was taken for dead reports, its report decides.
    """
    match outcome:
        case Sent(response):
            values = {
                "state": SENT,
                "reason": response[:500],
                "sent_at": now,
                "leased_until_at": None,
                "tries": sent.tries + 1,
            }
            if not _fenced(session, sent.id, sent.fence, values):
                _late(session, sent.id, values)
            return None
        case TryLater(reason, login, outage):
            if login or outage:
                # Not the letter's fault, and no try of it: whoever sends sees that we do not ask too often.
                wait, tries = timedelta(0), sent.tries
            else:
                wait, tries = min(patience.first_retry * 2 ** min(sent.tries, 12), LONGEST_WAIT), sent.tries + 1
            if now - sent.first_at >= patience.give_up:
                return _end(session, sent, FAILED, f"given up after {sent.tries} tries: {reason}")
            values = {"state": QUEUED, "due_at": now + wait, "tries": tries}
            _fenced(
                session, sent.id, sent.fence, values | {"reason": reason[:500], "leased_until_at": None, "dot_at": None}
            )
            return None
        case Refused(reason):
            return _end(session, sent, FAILED, reason)
        case Unknown(reason):
            values = {"state": UNKNOWN, "reason": reason[:500], "due_at": now + patience.unknown_wait}
            if _fenced(session, sent.id, sent.fence, values | {"leased_until_at": None, "tries": sent.tries + 1}):
                return _ended(session, sent.id)
            return None


def _late(session: Session, letter_id: int, values: dict[str, object]) -> None:
    """Evidence only ever moves an unknown letter to sent (promises b2)."""
    statement = (
        update(LetterRow)
        .where(col(LetterRow.id) == letter_id, col(LetterRow.state).in_((UNKNOWN, CLOSED_UNKNOWN)))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    session.execute(statement)


def _end(session: Session, sent: Outgoing, state: str, reason: str) -> Ended | None:
    if _fenced(session, sent.id, sent.fence, {"state": state, "reason": reason[:500], "leased_until_at": None}):
        return _ended(session, sent.id)
    return None


def _fenced(session: Session, letter_id: int, fence: int, values: dict[str, object]) -> bool:
    statement = (
        update(LetterRow)
        .where(col(LetterRow.id) == letter_id, col(LetterRow.fence) == fence, col(LetterRow.state) == CLAIMED)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(session.connection().execute(statement).rowcount == 1)


def _ended(session: Session, letter_id: int) -> Ended:
    query = select(LetterRow).where(col(LetterRow.id) == letter_id).execution_options(populate_existing=True)
    return ended(session.exec(query).one())


def ended(row: LetterRow) -> Ended:
    return Ended(
        row.id,
        row.ticket_id,
        LetterKind(row.kind),
        row.key,
        row.recipient,
        row.message_id,
        row.text,
        row.state,
        row.reason,
    )


def to_copy(session: Session, mailbox: str, limit: int = 20) -> list[SentLetter]:
    """Sent letters of a mailbox that have no copy in its Sent folder yet: customers' letters only."""
    kinds = [str(kind) for kind in LetterKind if kind.to_customer]
    query = (
        select(col(LetterRow.id), col(LetterRow.digest), col(LetterRow.sent_at))
        .where(
            col(LetterRow.mailbox) == mailbox,
            col(LetterRow.state) == SENT,
            col(LetterRow.copied_at).is_(None),
            col(LetterRow.kind).in_(kinds),
        )
        .order_by(col(LetterRow.id))
        .limit(limit)
    )
    return [SentLetter(letter_id, digest, sent_at) for letter_id, digest, sent_at in session.exec(query)]


def copied(session: Session, letter_id: int, now: datetime) -> None:
    statement = update(LetterRow).where(col(LetterRow.id) == letter_id).values(copied_at=now)
    session.execute(statement.execution_options(synchronize_session=False))


def order(session: Session, letter_id: int, what: str, now: datetime) -> str | None:
    """Does what an operator asks: `retry`, `release` or `drop`. Gives the reason why not, or None when it is done."""
    allowed = {
        "retry": (FAILED, UNKNOWN, CLOSED_UNKNOWN, BOUNCED, QUEUED),
        "release": (HELD,),
        "drop": (QUEUED, HELD, FAILED, UNKNOWN),
    }[what]
    row = session.get(LetterRow, letter_id, with_for_update=True)
    if row is None:
        return f"there is no letter {letter_id}"
    if row.state not in allowed:
        return f"letter {letter_id} is {row.state}: {what} works on {', '.join(allowed)}"
    if what == "retry" and row.state in (UNKNOWN, CLOSED_UNKNOWN):
        row.repeats += 1
    row.state = DROPPED if what == "drop" else QUEUED
    if what == "retry":
        # The time until it is given up starts again.
        row.created_at, row.tries = now, 0
    row.due_at = now
    row.dot_at = None
    row.fence += 1
    row.reason = f"{what} by an operator"
    session.add(row)
    return None


def about(session: Session, letter_id: int) -> Ended | None:
    """A letter as its ticket has to know it."""
    row = session.get(LetterRow, letter_id)
    return None if row is None else ended(row)


def counts(session: Session) -> dict[str, tuple[int, datetime | None]]:
    """For every state: how many letters, and when the oldest was queued."""
    query = select(col(LetterRow.state), func.count(), func.min(LetterRow.created_at)).group_by(col(LetterRow.state))
    return {state: (number, oldest) for state, number, oldest in session.exec(query)}
