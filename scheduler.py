"""The daemon: time, order and signals around the steps of the pipeline.

Every mailbox has a thread of its own that fetches, archives and rests in IDLE. All other work is done by loops that
sleep until they are woken; APScheduler wakes each of them at its interval, so that nothing depends on a signal that was
lost, and no deadline lives in a scheduler job. No thread and no loop ends before the daemon does: one that fails rests
and begins again, and what fails is known to `pipeline.outages`.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, Protocol, get_args

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from desk.errors import DeskError
from models import inbox
from pipeline import heartbeat, incoming, maintenance, memory, outgoing, recalculation, report_mail, steps, timers
from pipeline.alarms import Alarms
from pipeline.context import Context
from pipeline.mailbox_watcher import Connect, MailboxThreads
from pipeline.outages import Notice
from pipeline.settings import Settings
from pipeline.threads import Threads

log = logging.getLogger("postdesk")

_ARCHIVED_TOGETHER = 50
_GIVE_BACK = 20.0  # seconds between two looks at memory that is free
_MAIL_FIRST = 45.0
"""Seconds after the start at which the clock is looked at, even if mail that came meanwhile still waits (P17)."""
_LONGEST_PAUSE = 10.0
"""Seconds that a loop rests after failures, at the most: when what it needs is back, it soon is."""
_PULSE = 1.0
_MISSED = 3.0
Signal = Literal[
    "process", "send", "tick", "requests", "reread", "archive", "heartbeat", "housekeeping", "reports", "alarms"
]
"""What a loop sleeps for."""


class _Every(BaseTrigger):  # type: ignore[misc]
    """Every so many seconds after the last time. However far the wall clock has jumped on, that is once."""

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self.interval


class Transport(outgoing.Relaying, Protocol):
    """What the daemon needs of the wire out."""

    async def close(self) -> None: ...


class Daemon:
    """All the loops of one process, from start to drain."""

    def __init__(
        self,
        context: Context,
        connect: Connect,
        transport: Callable[[Settings], Transport | None],
        reload: Callable[[], Settings],
    ) -> None:
        self._context, self._transport, self._reload = context, transport, reload
        self._signals: dict[Signal, asyncio.Event] = {name: asyncio.Event() for name in get_args(Signal)}
        self._ending = asyncio.Event()
        self._relay: Transport | None = None
        self._mailboxes = MailboxThreads(context, connect, self._wake)
        self._mail_first = True
        self._letters = outgoing.Letters(context, lambda: self._wake("send"))
        self._alarms = Alarms(context)
        context.outages.notify = self._alarm
        context.outages.changed = lambda: self._wake("heartbeat")
        self._loop = asyncio.get_running_loop()
        self._begun_at = self._pulse = self._loop.time()
        self._threads = Threads(context.settings.run.readers)
        self._loop.set_default_executor(self._threads)

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Runs until SIGTERM or SIGINT, then drains: what is under way is ended, nothing new is begun."""
        context = self._context
        await asyncio.to_thread(steps.start, context)
        self._relay = self._transport(context.settings)
        self._mailboxes.start()
        self._listen()
        scheduler = self._schedule()
        tasks = [
            *(self._spawn("process", self._process) for _ in range(context.settings.run.readers)),
            self._spawn("send", self._send),
            self._spawn("reread", self._reread),
            self._spawn("tick", self._tick),
            self._spawn("requests", self._requests),
            self._spawn("archive", partial(asyncio.to_thread, self._mailboxes.wake_where_unfiled)),
            self._spawn("heartbeat", self._heartbeat),
            self._spawn("housekeeping", partial(asyncio.to_thread, self._housekeep)),
            self._spawn("reports", self._report),
            self._spawn("alarms", self._send_alarms),
            asyncio.create_task(self._keep_time(scheduler), name="keep time"),
        ]
        log.info("started", extra={"worker": context.worker, "count": len(self._mailboxes)})
        ready()
        await self._ending.wait()
        log.info("draining", extra={"worker": context.worker})
        scheduler.shutdown(wait=False)
        await self._drain(tasks)
        with suppress(DeskError, TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(heartbeat.resign, context), 1)
        # What is nearly done, such as a commit, may still be.
        done = self._threads.all_done(0.5)
        log.info("stopped", extra={"worker": context.worker})
        if not done:
            # A mail that is being read, or a call that hangs, would be waited for. What it holds is a claim or an
            # open transaction: both end with the process, and the mail is processed after the next start.
            logging.shutdown()
            os._exit(0)

    def stop(self) -> None:
        """Begins the drain; called again, ends the process at once."""
        if self._ending.is_set():
            log.warning("stopped at once", extra={"worker": self._context.worker})
            os._exit(1)
        self._ending.set()

    def _listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.stop)
        self._loop.add_signal_handler(signal.SIGHUP, lambda: self._wake("reread"))

    def _schedule(self) -> AsyncIOScheduler:
        """APScheduler says only "look now"; a look that comes late is one look (promises P16, P17).

        Its jobs take no time, so that none is ever skipped because it still runs.
        """
        settings = self._context.settings
        scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None})
        look = settings.run.look.total_seconds()
        poll = min(account.poll.total_seconds() for account in settings.accounts)
        intervals: dict[Signal, float] = {
            "process": look,
            "send": look,
            "tick": look,
            "requests": look,
            "alarms": look,
            "archive": max(10 * look, 10),
            "heartbeat": settings.run.lease.total_seconds() / 3,
            "housekeeping": settings.run.housekeeping.total_seconds(),
            "reports": report_mail.LOOK.total_seconds(),
        }
        jobs: list[tuple[str, Callable[[], None], float]] = [
            *((name, partial(self._wake, name), seconds) for name, seconds in intervals.items()),
            ("fetch", self._mailboxes.wake, poll),
            ("memory", memory.give_back, _GIVE_BACK),
            ("pulse", self._beat, _PULSE),
        ]
        for name, work, seconds in jobs:
            scheduler.add_job(_as_coroutine(work), _Every(seconds), id=name, name=name)
        scheduler.start()
        return scheduler

    def _beat(self) -> None:
        self._pulse = self._loop.time()
        self._mailboxes.revive()

    async def _keep_time(self, scheduler: AsyncIOScheduler) -> None:
        """Goes by the monotonic clock, as APScheduler does not: a wall clock set back would put off all its jobs."""
        while not self._ending.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _PULSE)
            if self._ending.is_set() or self._loop.time() - self._pulse < _MISSED:
                continue
            now = self._context.now()
            for job in scheduler.get_jobs():
                latest = now + job.trigger.interval
                if job.next_run_time > latest:
                    job.modify(next_run_time=latest)
            scheduler.wakeup()

    # The loops: each sleeps until it is woken.

    def _wake(self, signal: Signal) -> None:
        """Wakes a loop; from any thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._signals[signal].set)

    def _spawn(self, signal: Signal, work: Callable[[], Awaitable[bool | None]]) -> asyncio.Task[None]:
        return asyncio.create_task(self._serve(signal, work), name=signal)

    async def _serve(self, signal: Signal, work: Callable[[], Awaitable[bool | None]]) -> None:
        """Does the work whenever it is woken, and again a while after a failure. Ends with the daemon, never before."""
        event, failures = self._signals[signal], 0
        while not self._ending.is_set():
            await _first(event.wait(), self._ending.wait())
            event.clear()
            failures = 0 if await self._succeeds(signal, work) else failures + 1
            if failures:
                pause = min(2.0 ** (failures - 1), _LONGEST_PAUSE)
                if signal == "heartbeat":
                    pause = min(pause, self._context.settings.run.lease.total_seconds() / 6)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), pause)
                # What failed is tried again, whether or not anything wakes it.
                event.set()

    async def _succeeds(self, signal: Signal, work: Callable[[], Awaitable[bool | None]]) -> bool:
        """Whether the work could be done. Work that gives False had nothing to do by which that could be told."""
        who, outages, now = f"step {signal}", self._context.outages, self._context.now
        try:
            if await work() is not False:
                outages.works(who)
            return True
        except (DeskError, OSError) as error:
            outages.failed(who, error, now())
        except Exception as error:
            log.exception("step failed", extra={"step": signal})
            outages.failed(who, error, now())
        return False

    async def _process(self) -> bool:
        processed = 0
        while not self._ending.is_set() and await asyncio.to_thread(incoming.process_message, self._context):
            self._wake("send")
            processed += 1
            # Under a backlog the mailbox is tidied now and then: waking it for each mail costs more than the mail.
            if processed % _ARCHIVED_TOGETHER == 0:
                self._mailboxes.wake()
        if processed:
            self._mailboxes.wake()
        # After a failure, a mail that was given back for a moment is no sign that anything works again.
        failing = self._context.outages.failing("step process")
        return bool(processed) or not failing or not await asyncio.to_thread(self._context.store.run, inbox.waiting)

    async def _send(self) -> None:
        while self._relay is not None and not self._ending.is_set() and await self._letters.fill(self._relay):
            pass

    async def _tick(self) -> None:
        if not await self._caught_up():
            return
        if await asyncio.to_thread(timers.tick, self._context):
            self._wake("send")

    async def _caught_up(self) -> bool:
        """Mail first: what was answered or put to wait while we were down is not late, whatever the time is now."""
        if self._mail_first and self._loop.time() < self._begun_at + _MAIL_FIRST:
            if not self._mailboxes.have_looked():
                return False
            if await asyncio.to_thread(self._context.store.run, inbox.waiting):
                return False
        self._mail_first = False
        return True

    async def _requests(self) -> None:
        if await asyncio.to_thread(steps.take_requests, self._context):
            self._wake("process")
            self._wake("send")

    async def _heartbeat(self) -> None:
        await asyncio.to_thread(heartbeat.heartbeat, self._context)
        await asyncio.to_thread(self._mailboxes.renew)

    async def _report(self) -> None:
        if await self._caught_up():
            await asyncio.to_thread(report_mail.mail, self._context)
            self._wake("send")

    def _housekeep(self) -> None:
        maintenance.housekeep(self._context)

    def _alarm(self, notice: Notice) -> None:
        self._alarms.hear(notice)
        self._wake("alarms")

    async def _send_alarms(self) -> None:
        if await self._alarms.send(self._relay):
            self._wake("send")

    # Drain and reread.

    async def _drain(self, tasks: list[asyncio.Task[None]]) -> None:
        seconds = self._context.settings.run.drain.total_seconds()
        mailboxes = asyncio.create_task(asyncio.to_thread(self._mailboxes.stop, seconds / 2))
        letters = asyncio.create_task(self._finish_letters(tasks))
        _, pending = await asyncio.wait([*tasks, mailboxes, letters], timeout=seconds)
        for task in pending:
            task.cancel()
        # A letter whose dot went unanswered is recorded as unknown by its cancelled task, or at the next start.
        await self._letters.cut_off(2)
        if self._relay is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._relay.close(), 1)

    async def _finish_letters(self, tasks: list[asyncio.Task[None]]) -> None:
        """Waits for the letters under way, once no loop can begin another."""
        await asyncio.wait([task for task in tasks if task.get_name() == "send"])
        await self._letters.finish()

    async def _reread(self) -> None:
        """SIGHUP: new configuration and content, or the old ones if the new are wrong."""
        try:
            settings = await asyncio.to_thread(self._reload)
            relay = self._transport(settings)
        except (DeskError, OSError) as error:
            log.error("configuration not reread", extra={"reason": f"{error}; the old one stays in force"})
            return
        await asyncio.to_thread(self._mailboxes.stop, 10)
        if self._ending.is_set():
            return
        old, self._relay = self._relay, relay
        try:
            await asyncio.to_thread(recalculation.apply_settings, self._context, settings)
        except DeskError:
            # The tickets that it did not reach follow when the database is back.
            self._wake("reread")
            raise
        finally:
            self._mailboxes.start()
            self._wake("send")
            self._wake("tick")
            if old is not None:
                await old.close()
        log.info("configuration reread", extra={"worker": self._context.worker})


def _as_coroutine(work: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    """APScheduler runs a coroutine in our loop, where signals are; a plain function it would run in a thread."""

    async def job() -> None:
        work()

    return job


async def _first(*waits: Awaitable[object]) -> None:
    """Returns when one of them does."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
