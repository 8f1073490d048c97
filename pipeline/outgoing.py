"""Mail out: from the letter to the relay, with the final dot committed before it goes out."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace
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
_LONGEST_PAUSE = 10.0
# Between two looks at a relay that is away, in seconds: when it is back, the letters leave within ten.
_LONGEST_REST = 5.0
_SLOW = 10.0
"""Seconds after which a letter no longer counts among those that may be under way."""
RELAY, LETTERS = "relay", "step letters"
# Letters above this size are in memory only a few at once, one fewer than a relay has connections by default.
_LARGE_BYTES = 1_000_000
_LARGE_AT_ONCE = 3


class Relaying(Protocol):
    """What sends one letter; `mailer.smtp.Transport` is one."""

    async def send(self, letter: Letter, about_to_dot: Callable[[], Awaitable[bool]]) -> Outcome: ...


class RelayWatch:
    """Whether the relay takes letters from us at all. While it does not, one letter at a time tries it now and then.

    For one event loop; `monotonic` counts seconds.
    """

    def __init__(self, context: Context, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._context, self._monotonic = context, monotonic
        self._failures, self._not_before = 0, 0.0

    def allowed(self, usual: int) -> int:
        """How many letters may be claimed now, of so many as there are places for."""
        if self._failures == 0:
            return usual
        return 0 if self._monotonic() < self._not_before else min(usual, 1)

    def hear(self, outcome: Outcome) -> None:
        """What became of a letter at the relay. What concerns one letter alone says nothing about the relay."""
        now = self._context.now()
        match outcome:
            case TryLater(reason, login, outage) if login or outage:
                self._rest()
                self._context.outages.failed(RELAY, reason, now, lasting=login)
            case Sent() | Refused():
                self._failures = 0
                self._context.outages.works(RELAY)

    def storage_failed(self, error: StoreError) -> None:
        """A letter could not be read or committed: the next one could not either."""
        self._rest()
        self._context.outages.failed(LETTERS, error, self._context.now())

    def _rest(self) -> None:
        now = self._monotonic()
        # Letters that were under way when it began fail together, and count once.
        if now >= self._not_before:
            self._failures += 1
            self._not_before = now + min(2.0 ** (self._failures - 1), _LONGEST_REST)


class Letters:
    """The letters under way: each holds one place until its outcome is recorded, a slow one only its own.

    For one event loop. `place_free` is called whenever a letter has ended; `places` is as many as may be under way,
    those that wait for a connection included (None: by the relay's settings).
    """

    def __init__(
        self, context: Context, place_free: Callable[[], None] = lambda: None, places: int | None = None
    ) -> None:
        self._context, self._place_free, self._places = context, place_free, places
        self._under_way: dict[asyncio.Task[None], tuple[int, float]] = {}
        """Each with its letter's id, and when it began."""
        self._relay = RelayWatch(context)
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    async def fill(self, relay: Relaying) -> int:
        """Claims due letters for the free places and begins to send them; gives how many. Waits for none of them."""
        places = self._places or _places(self._context.settings)
        free = self._free(places)
        # Several in one commit, under a backlog: as long as half the places are taken, every connection has work.
        if 2 * free < places:
            return 0
        wanted = self._relay.allowed(free)
        rows = await asyncio.to_thread(_claim, self._context, wanted) if wanted else []
        for row in rows:
            work = _deliver(self._context, relay, row, self._relay, self._large)
            task = asyncio.create_task(work, name=f"letter {row.id}")
            self._under_way[task] = row.id, time.monotonic()
            task.add_done_callback(self._ended)
        return len(rows)

    def _free(self, places: int) -> int:
        """The places that are free. A letter that the relay lets wait for long keeps none, within bounds."""
        began = time.monotonic() - _SLOW
        slow = sum(at < began for _, at in self._under_way.values())
        return places - len(self._under_way) + min(slow, places)

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
        letter_id, _ = self._under_way.pop(task)
        self._context.watch.letters.discard(letter_id)
        if not task.cancelled() and (error := task.exception()) is not None:
            # One that fails by a bug must not take the others along; the next tick takes its claim back.
            log.error("letter failed by a bug", exc_info=error)
        self._place_free()


def _places(settings: Settings) -> int:
    relay = settings.relay
    return relay.connections * _CLAIMED_PER_CONNECTION if relay else 1


def _claim(context: Context, count: int) -> list[outbox.ClaimedLetter]:
    if not context.trusted():
        # A clock in doubt must not make letters look too old to be tried again.
        return []
    with context.watch.claiming:
        rows = context.store.run(outbox.claim, context.now(), _LEASE, context.worker, count)
        context.watch.letters.update(row.id for row in rows)
    context.fail_point("letters claimed")
    return rows


async def _deliver(
    context: Context, relay: Relaying, row: outbox.ClaimedLetter, watch: RelayWatch, large: asyncio.Semaphore
) -> None:
    async def about_to_dot() -> bool:
        ours = await asyncio.to_thread(context.store.run, outbox.commit_dot, row.id, row.fence, context.now())
        context.fail_point("dot committed")
        return ours

    # Its bytes are gone before its outcome is recorded, which may take as long as the database is away.
    sent = outbox.outgoing(row, b"")
    try:
        async with large if row.size > _LARGE_BYTES else nullcontext():
            content = await asyncio.to_thread(context.vault.get, row.digest)
            outcome = await relay.send(replace(sent.letter, content=content), about_to_dot)
            del content
        watch.hear(outcome)
    except DamagedObject as error:
        outcome = Refused(str(error))
    except StoreError as error:
        # The dot could not be committed, and so it did not go out.
        outcome = TryLater(str(error), outage=True)
        watch.storage_failed(error)
    context.fail_point("answered by relay")
    await _keep_recording(context, sent, outcome)
    context.fail_point("outcome recorded")
    _log_try(sent, outcome)


async def _keep_recording(context: Context, sent: Outgoing, outcome: Outcome) -> None:
    """Records the outcome, however long the database is away: an answer forgotten is a letter sent twice."""
    pause = 1.0
    while True:
        try:
            await asyncio.to_thread(context.store.run, _record, context, sent, outcome)
        except StoreError as error:
            context.outages.failed(LETTERS, error, context.now())
        else:
            if not (isinstance(outcome, TryLater) and outcome.outage):
                context.outages.works(LETTERS)
            return
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
    if isinstance(outcome, TryLater) and (outcome.login or outcome.outage):
        # What refuses us, and not the letter, has been reported as such, once for all letters.
        log.debug("letter waits", extra=extra)
        return
    log.log(logging.INFO if isinstance(outcome, Sent) else logging.WARNING, "letter tried", extra=extra)


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
    patience, now, watch = context.settings.run.patience, context.now(), context.watch
    ended = outbox_recovery.rescue(
        session, now, patience, context.worker, watch.letters, watch.gone, all_claims=all_claims
    )
    ended += outbox_recovery.settle_unknown(session, now)
    for one in ended:
        _record_end(session, context, one)
    return len(ended)
