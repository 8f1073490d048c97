"""Mail on its way in: stored before anything can fail, claimed by one worker at a time, archived last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select

from models.leases import abandoned
from models.tables import InboxRow
from parser.mail import RawMessage

TRIES = 3
"""How often a mail may fail to be read before it is parked."""

WAITING, DONE, HELD, PARKED, SKIPPED, DROPPED = "stored", "done", "held", "parked", "left", "dropped"
LONGEST_PAUSE = timedelta(seconds=30)
RETRY = (timedelta(seconds=1), timedelta(seconds=5))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail taken by one worker, with the fence that proves it still holds it."""

    id: int
    fence: int
    tries: int
    """Counted before the mail is read, so that a mail that kills its reader counts, too."""
    mailbox: str
    digest: str
    size: int
    oversize: bool
    internal_at: datetime | None
    kept_at: datetime
    folder: str = ""


PIPE = "ingest"
"""The folder of mail that came by `postdesk ingest`: no server has another copy."""


class NoLongerOurs(Exception):
    """Another worker has claimed the row meanwhile: this transaction must be rolled back."""


def keep(session: Session, raw: RawMessage, digest: str, now: datetime) -> bool:
    """Enters a mail whose bytes are in the vault; False when it was entered before."""
    return _insert(session, raw, digest, WAITING, now)


def skip(session: Session, raw: RawMessage, now: datetime) -> bool:
    """Notes a mail from before the cut-off: it stays on the server, and nobody gets an answer."""
    return _insert(session, raw, "", SKIPPED, now)


def _insert(session: Session, raw: RawMessage, digest: str, state: str, now: datetime) -> bool:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = (
        insert(InboxRow)
        .values(
            mailbox=raw.mailbox,
            folder=raw.folder,
            uidvalidity=raw.uidvalidity,
            key=raw.key,
            state=state,
            digest=digest,
            size=raw.size,
            oversize=raw.oversize,
            internal_at=raw.internal_at,
            received_at=now,
            due_at=now,
            tries=0,
            fence=0,
            worker="",
            route="",
        )
        .on_conflict_do_nothing(index_elements=["mailbox", "folder", "epoch", "key"])
        .returning(InboxRow.__table__.c.id)  # type: ignore[attr-defined]
    )
    return session.execute(statement).first() is not None


def known(session: Session, mailbox: str, folder: str, uidvalidity: int, keys: Collection[str]) -> frozenset[str]:
    """Which of these keys were entered before. The cost grows with what the folder holds now, not with its past."""
    listed, found = list(keys), set[str]()
    for start in range(0, len(listed), 500):
        query = select(col(InboxRow.key)).where(
            col(InboxRow.mailbox) == mailbox,
            col(InboxRow.folder) == folder,
            col(InboxRow.uidvalidity) == uidvalidity,
            col(InboxRow.key).in_(listed[start : start + 500]),
        )
        found.update(session.exec(query))
    return frozenset(found)


def claim(
    session: Session,
    now: datetime,
    lease: timedelta,
    worker: str,
    held: Collection[int] = (),
    gone: Collection[str] = (),
) -> Claimed | None:
    """Claims the next waiting mail, in one statement; None when no mail waits.

    `held` are the mails that this worker has in hand, `gone` the workers whose claims are anybody's. The claim lasts
    until it is given back or the worker is gone; `lease` only says until when it should, for people.
    """
    free = or_(col(InboxRow.leased_until_at).is_(None), abandoned(InboxRow, worker, held, gone))
    candidate = (
        select(col(InboxRow.id))
        .where(col(InboxRow.state) == WAITING, col(InboxRow.due_at) <= now, free)
        .order_by(col(InboxRow.due_at), col(InboxRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    statement = (
        update(InboxRow)
        .where(col(InboxRow.id) == candidate)
        .values(
            tries=InboxRow.tries + 1,
            fence=InboxRow.fence + 1,
            leased_until_at=now + lease,
            worker=worker,
        )
        .returning(InboxRow)
        .execution_options(synchronize_session=False)
    )
    row = session.execute(statement).scalar_one_or_none()
    if row is None:
        return None
    return Claimed(
        row.id,
        row.fence,
        row.tries,
        row.mailbox,
        row.digest,
        row.size,
        row.oversize,
        row.internal_at,
        row.received_at,
        row.folder,
    )


def mark(
    session: Session,
    claimed: Claimed,
    state: str,
    now: datetime,
    *,
    route: str,
    reason: str = "",
    ticket_id: int | None = None,
    fingerprint: str | None = None,
) -> None:
    """Records what became of a claimed mail. Raises NoLongerOurs when the claim was lost."""
    values: dict[str, object] = {
        "state": state,
        "route": route,
        "reason": reason,
        "ticket_id": ticket_id,
        "fingerprint": fingerprint,
        "leased_until_at": None,
        "done_at": now,
    }
    if claimed.oversize:
        # The whole mail stays on the server, where people can fetch it.
        values["filed_at"] = now
    _fenced(session, claimed, values)


def give_back(session: Session, claimed: Claimed, due: datetime, reason: str, *, count: bool = True) -> None:
    """Gives a claimed mail back until `due`; `count=False` does not count the try, where the mail is not at fault."""
    values: dict[str, object] = {"leased_until_at": None, "due_at": due, "reason": reason}
    if not count:
        values["tries"] = max(claimed.tries - 1, 0)
    _fenced(session, claimed, values)


def hasten(session: Session, now: datetime) -> None:
    """Brings back mails whose next moment a clock that was set back has put out of reach: no pause is that long."""
    statement = (
        update(InboxRow)
        .where(col(InboxRow.state) == WAITING, col(InboxRow.due_at) > now + LONGEST_PAUSE)
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(statement)


def _fenced(session: Session, claimed: Claimed, values: dict[str, object]) -> None:
    statement = (
        update(InboxRow)
        .where(col(InboxRow.id) == claimed.id, col(InboxRow.fence) == claimed.fence, col(InboxRow.state) == WAITING)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise NoLongerOurs(f"inbox {claimed.id}")


def earlier_waiting(session: Session, claimed: Claimed) -> bool:
    """Whether an older mail is not done yet."""
    query = select(col(InboxRow.id)).where(col(InboxRow.state) == WAITING, col(InboxRow.id) < claimed.id).limit(1)
    return session.exec(query).first() is not None


def release_all(session: Session) -> int:
    """Ends every lease. Only the one daemon of a SQLite database may do this, at its start."""
    statement = (
        update(InboxRow)
        .where(col(InboxRow.leased_until_at).is_not(None))
        .values(leased_until_at=None)
        .execution_options(synchronize_session=False)
    )
    return int(session.connection().execute(statement).rowcount)


def same(session: Session, fingerprint: str, inbox_id: int) -> int | None:
    """The id of the mail that has this fingerprint and was handled before, if any.

    A held mail does not count: its twin may have come by a way that proves the sender.
    """
    query = (
        select(col(InboxRow.id))
        .where(
            col(InboxRow.fingerprint) == fingerprint,
            col(InboxRow.id) != inbox_id,
            col(InboxRow.state) == DONE,
            col(InboxRow.route) != "Duplicate",
        )
        .order_by(col(InboxRow.id))
        .limit(1)
    )
    return session.exec(query).one_or_none()


def to_file(session: Session, mailbox: str) -> dict[tuple[str, int], tuple[str, ...]]:
    """The keys of processed mails that are still in their folders, by (folder, UIDVALIDITY)."""
    query = (
        select(col(InboxRow.folder), col(InboxRow.uidvalidity), col(InboxRow.key))
        .where(
            col(InboxRow.mailbox) == mailbox,
            col(InboxRow.filed_at).is_(None),
            col(InboxRow.state).in_((DONE, HELD)),
        )
        .order_by(col(InboxRow.id))
    )
    found: dict[tuple[str, int], list[str]] = {}
    for folder, uidvalidity, key in session.exec(query):
        found.setdefault((folder, uidvalidity), []).append(key)
    return {place: tuple(keys) for place, keys in found.items()}


def filed(session: Session, mailbox: str, folder: str, uidvalidity: int, keys: Collection[str], now: datetime) -> None:
    """Notes that these mails are in the archive folder now."""
    chunk = list(keys)
    for start in range(0, len(chunk), 500):
        statement = (
            update(InboxRow)
            .where(
                col(InboxRow.mailbox) == mailbox,
                col(InboxRow.folder) == folder,
                col(InboxRow.uidvalidity) == uidvalidity,
                col(InboxRow.key).in_(chunk[start : start + 500]),
            )
            .values(filed_at=now)
            .execution_options(synchronize_session=False)
        )
        session.execute(statement)


def again(session: Session, inbox_id: int, now: datetime) -> bool:
    """Has a parked or held mail processed again, with all its tries; False when it is neither."""
    statement = (
        update(InboxRow)
        .where(col(InboxRow.id) == inbox_id, col(InboxRow.state).in_((PARKED, HELD)))
        .values(state=WAITING, tries=0, due_at=now, leased_until_at=None, fingerprint=None, route="", reason="")
        .execution_options(synchronize_session=False)
    )
    return bool(session.connection().execute(statement).rowcount == 1)


def parked(session: Session) -> list[InboxRow]:
    """Mails that wait for a person, oldest first."""
    query = select(InboxRow).where(col(InboxRow.state).in_((PARKED, HELD))).order_by(col(InboxRow.id))
    return list(session.exec(query))


def counts(session: Session) -> dict[str, tuple[int, datetime | None]]:
    """For every state: how many mails, and when the oldest was stored."""
    query = select(col(InboxRow.state), func.count(), func.min(InboxRow.received_at)).group_by(col(InboxRow.state))
    return {state: (number, oldest) for state, number, oldest in session.exec(query)}


def waiting(session: Session) -> int:
    """How many mails are not processed yet."""
    query = select(func.count()).select_from(InboxRow).where(col(InboxRow.state) == WAITING)
    return session.exec(query).one()


def drop(session: Session, inbox_id: int) -> bool:
    """Gives up a parked or held mail; False when it is neither. Its row and its bytes stay."""
    statement = (
        update(InboxRow)
        .where(col(InboxRow.id) == inbox_id, col(InboxRow.state).in_((PARKED, HELD)))
        .values(state=DROPPED)
        .execution_options(synchronize_session=False)
    )
    return bool(session.connection().execute(statement).rowcount == 1)
