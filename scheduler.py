"""The daemon: time, order and signals around the steps of the pipeline.

Every mailbox has a thread of its own that fetches, archives and rests in IDLE. Processing, sending and ticking are
loops that sleep until they are woken; APScheduler wakes each of them at its interval, so that nothing depends on a
signal that was lost, and no deadline lives in a scheduler job.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Literal, ParamSpec, Protocol, TypeVar, get_args

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from desk.errors import DeskError
from models import inbox
from pipeline import heartbeat, incoming, maintenance, memory, outgoing, recalculation, report_mail, steps, timers
from pipeline.context import Context
from pipeline.mailbox_watcher import Connect, MailboxThreads
from pipeline.settings import Settings

log = logging.getLogger("postdesk")

Given = ParamSpec("Given")
Result = TypeVar("Result")

_ARCHIVED_TOGETHER = 50
_GIVE_BACK = 20.0
"""Seconds between two looks at memory that is free."""
_MAIL_FIRST = 45.0
"""Seconds after the start at which the clock is looked at, even if mail that came meanwhile still waits (P17)."""
Signal = Literal["process", "send", "tick", "requests", "reread"]
"""What a loop sleeps for."""


class Transport(outgoing.Relaying, Protocol):
    """What the daemon needs of the wire out."""

    async def close(self) -> None: ...


class _Threads(ThreadPoolExecutor):
    """The threads of one daemon; unlike asyncio's own, they can tell whether one is still at work."""

    def __init__(self, readers: int) -> None:
        # However slowly mails are read, letters and ticks have threads of their own.
        super().__init__(max_workers=readers + 16, thread_name_prefix="postdesk")
        self._unfinished: set[Future[object]] = set()

    def submit(self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        future = super().submit(fn, *args, **kwargs)
        self._unfinished.add(future)  # type: ignore[arg-type]
        future.add_done_callback(self._unfinished.discard)
        return future

    def all_done(self, seconds: float) -> bool:
        """Whether none is at work any more after so many seconds at the most. Blocks."""
        return not wait(tuple(self._unfinished), timeout=seconds).not_done


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
        self._loop = asyncio.get_running_loop()
        self._begun_at = self._loop.time()
        self._threads = _Threads(context.settings.run.readers)
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
        """APScheduler says only "look now"; a look that comes late is one look (promises P16, P17)."""
        settings = self._context.settings
        scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        look = settings.run.look.total_seconds()
        poll = min(account.poll.total_seconds() for account in settings.accounts)
        jobs: list[tuple[str, Callable[[], object], float]] = [
            ("fetch", self._mailboxes.wake, poll),
            ("process", lambda: self._wake("process"), look),
            ("archive", self._wake_where_unfiled, max(10 * look, 10)),
            ("send", lambda: self._wake("send"), look),
            ("tick", lambda: self._wake("tick"), look),
            ("requests", lambda: self._wake("requests"), look),
            ("heartbeat", self._heartbeat, settings.run.lease.total_seconds() / 3),
            ("housekeeping", self._housekeep, settings.run.housekeeping.total_seconds()),
            ("reports", self._report, report_mail.LOOK.total_seconds()),
            ("memory", memory.give_back, _GIVE_BACK),
        ]
        for name, work, seconds in jobs:
            scheduler.add_job(_as_coroutine(work), IntervalTrigger(seconds=seconds, timezone="UTC"), id=name, name=name)
        scheduler.start()
        return scheduler

    # The loops: each sleeps until it is woken.

    def _wake(self, signal: Signal) -> None:
        """Wakes a loop; from any thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._signals[signal].set)

    def _spawn(self, signal: Signal, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.create_task(self._serve(signal, work), name=signal)

    async def _serve(self, signal: Signal, work: Callable[[], Awaitable[None]]) -> None:
        """Does the work whenever it is woken; after an outage, which is logged, again a while later."""
        event, failures = self._signals[signal], 0
        while not self._ending.is_set():
            await _first(event.wait(), self._ending.wait())
            event.clear()
            try:
                await work()
                failures = 0
            except (DeskError, OSError) as error:
                failures += 1
                log.warning("step not possible now", extra={"step": signal, "reason": str(error), "failures": failures})
            except Exception:
                failures += 1
                log.exception("step failed", extra={"step": signal})
            if failures:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), min(2.0**failures, 30.0))

    async def _process(self) -> None:
        processed = 0
        while not self._ending.is_set() and await asyncio.to_thread(incoming.process_message, self._context):
            self._wake("send")
            processed += 1
            # Under a backlog the mailbox is tidied now and then: waking it for each mail costs more than the mail.
            if processed % _ARCHIVED_TOGETHER == 0:
                self._mailboxes.wake()
        if processed:
            self._mailboxes.wake()

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
        try:
            await asyncio.to_thread(heartbeat.heartbeat, self._context)
        except DeskError as error:
            log.warning("lease not renewed", extra={"reason": str(error)})
        await asyncio.to_thread(self._mailboxes.renew)

    async def _wake_where_unfiled(self) -> None:
        await asyncio.to_thread(self._mailboxes.wake_where_unfiled)

    async def _housekeep(self) -> None:
        with suppress(DeskError, OSError):
            await asyncio.to_thread(maintenance.housekeep, self._context)

    async def _report(self) -> None:
        try:
            if await self._caught_up():
                await asyncio.to_thread(report_mail.mail, self._context)
                self._wake("send")
        except (DeskError, OSError) as error:
            log.warning("report not mailed", extra={"reason": str(error)})

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
        except DeskError as error:
            log.error("configuration not reread", extra={"reason": str(error)})
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


def _as_coroutine(work: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    """APScheduler runs a coroutine in our loop, where signals are; a plain function it would run in a thread."""

    async def job() -> None:
        result = work()
        if asyncio.iscoroutine(result):
            # Cut off by the end of the daemon: no failure of the job.
            with suppress(asyncio.CancelledError):
                await result

    return job


async def _first(*waits: Awaitable[object]) -> None:
    """Returns when one of them does."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
