"""Mail out: from the letter to the relay, with the final dot committed before it goes out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from sqlmodel import Session

from desk import outcomes
from desk.errors import DamagedObject, StoreError
from desk.facts import KnownLetter
from desk.letters import Letter, Outcome, Outgoing, Refused, Sent, TryLater
from models import outbox, outbox_recovery, tickets
from pipeline.context import Context, apply_change
from pipeline.settings import Settings

log = logging.getLogger("postdesk")

# Longer than a relay may take to answer every command and the final dot.
_LEASE = timedelta(minutes=20)
# Letters claimed for each connection: while one waits for its relay, others commit their dots.
_CLAIMED_PER_CONNECTION = 4
_LONGEST_PAUSE = 30.0


class Relaying(Protocol):
    """What sends one letter; `mailer.smtp.Transport` is one."""

    async def send(self, letter: Letter, about_to_dot: Callable[[], Awaitable[bool]]) -> Outcome: ...


class Alarm:
    """Whether the relay takes letters from us at all. Says so when that changes, not letter by letter."""

    def __init__(self) -> None:
        self._down = False

    def hear(self, outcome: Outcome) -> None:
        match outcome:
            case TryLater(reason, login=True) if not self._down:
                # No letter can leave until a person has looked at it, so no letter can report it.
                self._down = True
                log.error("relay down", extra={"reason": reason})
            case Sent() if self._down:
                self._down = False
                log.info("relay up again")


class Letters:
    """The letters under way: each holds one place until its outcome is recorded, a slow one only its own.

    For one event loop. `place_free` is called whenever a letter has ended; `places` is as many as may be under way,
    those that wait for a connection included (None: by the relay's settings).
    """

    def __init__(
        self, context: Context, place_free: Callable[[], None] = lambda: None, places: int | None = None
    ) -> None:
        self._context, self._place_free, self._places = context, place_free, places
        self._under_way: set[asyncio.Task[None]] = set()
        self._alarm = Alarm()

    async def fill(self, relay: Relaying) -> int:
        """Claims due letters for the free places and begins to send them; gives how many. Waits for none of them."""
        places = self._places or _places(self._context.settings)
        free = places - len(self._under_way)
        # Several in one commit, under a backlog: as long as half the places are taken, every connection has work.
        if 2 * free < places:
            return 0
        rows = await _claim(self._context, free)
        for row in rows:
            task = asyncio.create_task(_deliver(self._context, relay, row, self._alarm), name=f"letter {row.id}")
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return len(rows)

    async def drain(self, relay: Relaying) -> int:
        """Sends until nothing is due any more, and waits for all of it; gives how many letters were tried."""
        tried = 0
        while begun := await self.fill(relay):
            tried += begun
            await self.finish()
        return tried

    async def finish(self) -> None:
        """Returns when all letters under way have ended."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def cut_off(self, seconds: float) -> None:
        """Ends what is under way; a letter whose dot went unanswered still records that, within `seconds`."""
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # One that fails by a bug must not take the others along; its claim is taken back when the lease is over.
            log.error("letter failed by a bug", exc_info=error)
        self._place_free()


def _places(settings: Settings) -> int:
    relay = settings.relay
    return relay.connections * _CLAIMED_PER_CONNECTION if relay else 1


async def _claim(context: Context, count: int) -> list[outbox.ClaimedLetter]:
    if not context.trusted():
        # A clock in doubt must not make letters look too old to be tried again.
        return []
    rows = await asyncio.to_thread(context.store.run, outbox.claim, context.now(), _LEASE, context.worker, count)
    context.fail_point("letters claimed")
    return rows


async def _deliver(context: Context, relay: Relaying, row: outbox.ClaimedLetter, alarm: Alarm) -> None:
    async def about_to_dot() -> bool:
        ours = await asyncio.to_thread(context.store.run, outbox.commit_dot, row.id, row.fence, context.now())
        context.fail_point("dot committed")
        return ours

    sent = outbox.outgoing(row, b"")
    try:
        sent = outbox.outgoing(row, await asyncio.to_thread(context.vault.get, row.digest))
        outcome = await relay.send(sent.letter, about_to_dot)
    except DamagedObject as error:
        outcome = Refused(str(error))
    except StoreError as error:
        # The dot could not be committed, and so it did not go out.
        outcome = TryLater(str(error))
    context.fail_point("answered by relay")
    await _keep_recording(context, sent, outcome)
    context.fail_point("outcome recorded")
    alarm.hear(outcome)
    _log_try(sent, outcome)


async def _keep_recording(context: Context, sent: Outgoing, outcome: Outcome) -> None:
    """Records the outcome, however long the database is away: an answer forgotten is a letter sent twice."""
    pause = 1.0
    while True:
        try:
            await asyncio.to_thread(context.store.run, _record, context, sent, outcome)
            return
        except StoreError as error:
            log.warning("outcome not recorded yet", extra={"outbox": sent.id, "reason": str(error)})
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _log_try(sent: Outgoing, outcome: Outcome) -> None:
    extra = {
        "outbox": sent.id,
        "kind": str(sent.letter.kind),
        "to_domain": sent.letter.recipient.rpartition("@")[2],
        "outcome": type(outcome).__name__,
        "reason": outcome.response if isinstance(outcome, Sent) else outcome.reason,
    }
    # A relay that refuses us, and not the letter, has been reported as such.
    as_expected = isinstance(outcome, Sent) or (isinstance(outcome, TryLater) and outcome.login)
    log.log(logging.INFO if as_expected else logging.WARNING, "letter tried", extra=extra)


def _record(session: Session, context: Context, sent: Outgoing, outcome: Outcome) -> None:
    ended = outbox.record(session, sent, outcome, context.now(), context.settings.run.patience)
    if ended is not None:
        _record_end(session, context, ended)


def _record_end(session: Session, context: Context, ended: outbox.Ended) -> None:
    """Writes the end of a letter into its ticket, and notifies the agents where a customer gets nothing."""
    log.warning("letter ended", extra={"outbox": ended.id, "state": ended.state, "reason": ended.reason})
    desk, now = context.settings.desk, context.now()
    known = tickets.by_row(session, ended.ticket_id, desk) if ended.ticket_id is not None else None
    if known is None:
        return
    letter = KnownLetter(ended.kind, ended.message_id, ended.recipient, known.ticket.number, ended.text, ended.key)
    if ended.state == outbox.FAILED:
        change = outcomes.letter_failed(known, letter, ended.reason, desk, now)
    else:
        closed = ended.state == outbox.CLOSED_UNKNOWN
        change = outcomes.letter_unknown(known, letter, ended.reason, desk, now, closed=closed)
    apply_change(session, context, change)


def rescue(session: Session, context: Context, *, all_claims: bool = False) -> int:
    """Takes back the letters of workers that are gone, and settles those that nobody answered for; gives how many."""
    patience, now = context.settings.run.patience, context.now()
    ended = outbox_recovery.rescue(session, now, patience, all_claims=all_claims)
    ended += outbox_recovery.settle_unknown(session, now)
    for one in ended:
        _record_end(session, context, one)
    return len(ended)
