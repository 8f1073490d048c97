"""The daemon: time, order and signals around the steps of `walk`.

Every mailbox has a thread of its own that fetches, files away and rests in IDLE. Taking in, sending and
ticking are loops that sleep until somebody knocks; APScheduler knocks on every door at its interval, so
that nothing depends on a knock that was lost, and no deadline lives in a scheduler job.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import timedelta
from typing import ParamSpec, Protocol, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from desk.errors import DeskError
from mailer.account import Account
from mailer.source import Source
from models import inbox, outbox
from pipeline import incoming, maintenance, outgoing, report_mail, timers
from pipeline.context import Context
from pipeline.mailbox_watcher import Connect, MailboxThread
from pipeline.settings import Settings

log = logging.getLogger("postdesk")

Given = ParamSpec("Given")
Result = TypeVar("Result")

_FILED_TOGETHER = 50
_MAIL_FIRST = 45.0
"""Seconds after the start at which the clock is looked at, even if mail that came meanwhile still waits (P17)."""
_SIGNALS = ("take_in", "send", "tick", "requests", "reread")


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
        self._context, self._connect, self._transport, self._reload = context, connect, transport, reload
        self._signals = {name: asyncio.Event() for name in _SIGNALS}
        self._ending = asyncio.Event()
        self._relay: Transport | None = None
        self._mailboxes: list[MailboxThread] = []
        self._mail_first = True
        self._letters = outgoing.Letters(context, lambda: self._wake("send"))
        self._loop = asyncio.get_running_loop()
        self._begun_at = self._loop.time()
        self._threads = _Threads(context.settings.run.readers)
        self._loop.set_default_executor(self._threads)

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Runs until SIGTERM or SIGINT, then drains: what is under way is ended, nothing new is begun."""
        context = self._context
        await asyncio.to_thread(maintenance.heartbeat, context)
        if context.store.is_sqlite:
            await asyncio.to_thread(maintenance.recover_claims, context)
        await asyncio.to_thread(maintenance.apply_settings, context, context.settings)
        self._relay = self._transport(context.settings)
        self._start_mailboxes()
        self._listen()
        scheduler = self._schedule()
        tasks = [
            *(self._spawn("take_in", self._process) for _ in range(context.settings.run.readers)),
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
            await asyncio.wait_for(asyncio.to_thread(maintenance.resign, context), 1)
        # What is nearly done, such as a commit, may still be.
        done = self._threads.all_done(0.5)
        log.info("stopped", extra={"worker": context.worker})
        if not done:
            # A mail that is being read, or a call that hangs, would be waited for. What it holds is a claim or an
            # open transaction: both end with the process, and the mail is taken in at the next start.
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
            ("fetch", self._wake_mailboxes, poll),
            ("take in", lambda: self._wake("take_in"), look),
            ("file away", self._wake_if_unfiled, max(10 * look, 10)),
            ("send", lambda: self._wake("send"), look),
            ("tick", lambda: self._wake("tick"), look),
            ("requests", lambda: self._wake("requests"), look),
            ("live", self._heartbeat, settings.run.lease.total_seconds() / 3),
            ("housekeeping", self._housekeep, settings.run.housekeeping.total_seconds()),
            ("reports", self._report, report_mail.LOOK.total_seconds()),
        ]
        for name, work, seconds in jobs:
            scheduler.add_job(_as_coroutine(work), IntervalTrigger(seconds=seconds, timezone="UTC"), id=name, name=name)
        scheduler.start()
        return scheduler

    # The doors.

    def _wake(self, signal: str) -> None:
        """Wakes a loop; from any thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._signals[signal].set)

    def _spawn(self, signal: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.create_task(self._serve(signal, work), name=signal)

    async def _serve(self, signal: str, work: Callable[[], Awaitable[None]]) -> None:
        """Does the work at every knock; an outage is logged and met again at the next knock."""
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
                log.exception("step stumbled", extra={"step": signal})
            if failures:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), min(2.0**failures, 30.0))

    async def _process(self) -> None:
        taken = 0
        while not self._ending.is_set() and await asyncio.to_thread(incoming.process_message, self._context):
            self._wake("send")
            taken += 1
            # Under a backlog the mailbox is tidied now and then: waking it for each mail costs more than the mail.
            if taken % _FILED_TOGETHER == 0:
                self._wake_mailboxes()
        if taken:
            self._wake_mailboxes()

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
            if not all(thread.looked.is_set() for thread in self._mailboxes):
                return False
            if await asyncio.to_thread(self._context.store.run, inbox.waiting):
                return False
        self._mail_first = False
        return True

    async def _requests(self) -> None:
        done = await asyncio.to_thread(maintenance.run_requests, self._context)
        if await asyncio.to_thread(incoming.enter_spool, self._context) or done:
            self._wake("take_in")
            self._wake("send")

    async def _heartbeat(self) -> None:
        try:
            await asyncio.to_thread(maintenance.heartbeat, self._context)
        except DeskError as error:
            log.warning("lease not renewed", extra={"reason": str(error)})
        for thread in self._mailboxes:
            try:
                await asyncio.to_thread(thread.renew)
            except DeskError as error:
                log.warning("lease not renewed", extra={"source": thread.account_name, "reason": str(error)})

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

    # The mailboxes.

    def _start_mailboxes(self) -> None:
        self._mailboxes = [
            MailboxThread(self._context, account, self._connect, self._wake)
            for account in self._context.settings.accounts
        ]
        for thread in self._mailboxes:
            thread.start()

    def _wake_mailboxes(self) -> None:
        for thread in self._mailboxes:
            thread.wake()

    async def _wake_if_unfiled(self) -> None:
        """Mail that another daemon took in is filed by the one that watches its mailbox."""
        for thread in self._mailboxes:
            with suppress(DeskError):
                name = thread.account_name
                if await asyncio.to_thread(self._context.store.run, inbox.to_file, name):
                    thread.wake()

    async def _stop_mailboxes(self, seconds: float) -> None:
        threads = self._mailboxes
        for thread in threads:
            thread.end()
        await asyncio.to_thread(_join, threads, seconds / 2)
        for thread in threads:
            if thread.is_alive():
                thread.abort()
        await asyncio.to_thread(_join, threads, seconds / 2)

    async def _drain(self, tasks: list[asyncio.Task[None]]) -> None:
        seconds = self._context.settings.run.drain.total_seconds()
        mailboxes = asyncio.create_task(self._stop_mailboxes(seconds / 2))
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
        await self._stop_mailboxes(10)
        if self._ending.is_set():
            return
        old, self._relay = self._relay, relay
        try:
            await asyncio.to_thread(maintenance.apply_settings, self._context, settings)
        except DeskError:
            # The tickets that it did not reach follow when the database is back.
            self._wake("reread")
            raise
        finally:
            self._start_mailboxes()
            self._wake("send")
            self._wake("tick")
            if old is not None:
                await old.close()
        log.info("configuration reread", extra={"worker": self._context.worker})


def _join(threads: list[MailboxThread], seconds: float) -> None:
    for thread in threads:
        thread.join(max(seconds / max(len(threads), 1), 0.05))


def _as_coroutine(work: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    """APScheduler runs a coroutine in our loop, where doors are; a plain function it would run in a thread."""

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


async def run_once(context: Context, connect: Connect, relay: Transport | None) -> list[str]:
    """Empties what waits, mailbox by mailbox, and gives what went wrong: `postdesk run --once`, for cron."""
    problems: list[str] = []
    await asyncio.to_thread(maintenance.heartbeat, context)
    alive = asyncio.create_task(_keep_alive(context))
    if context.store.is_sqlite:
        await asyncio.to_thread(maintenance.recover_claims, context)
    await asyncio.to_thread(maintenance.apply_settings, context, context.settings)
    await asyncio.to_thread(maintenance.run_requests, context)
    await asyncio.to_thread(incoming.enter_spool, context)
    sources: list[tuple[Account, Source]] = []
    for account in context.settings.accounts:
        try:
            source = await asyncio.to_thread(connect, account)
            sources.append((account, source))
            await asyncio.to_thread(incoming.fetch, context, source, account)
        except DeskError as error:
            problems.append(str(error))
    while await asyncio.to_thread(incoming.process_message, context) or await _soon(context):
        pass
    await asyncio.to_thread(timers.tick, context)
    await asyncio.to_thread(report_mail.mail, context)
    while relay is not None and await outgoing.send(context, relay, outgoing.at_once(context)):
        pass
    for account, source in sources:
        try:
            await asyncio.to_thread(incoming.archive, context, source, account)
        except DeskError as error:
            problems.append(str(error))
        source.close()
    waiting = await asyncio.to_thread(context.store.run, outbox.counts)
    alive.cancel()
    await asyncio.to_thread(maintenance.resign, context)
    if outbox.QUEUED in waiting:
        problems.append(f"{waiting[outbox.QUEUED][0]} letters still wait to be sent: see `postdesk letters`")
    return problems


async def _keep_alive(context: Context) -> None:
    while True:
        await asyncio.to_thread(maintenance.heartbeat, context)
        await asyncio.sleep(context.settings.run.lease.total_seconds() / 3)


async def _soon(context: Context) -> bool:
    """Whether mail waits only for its next try, a moment away."""
    if not await asyncio.to_thread(context.store.run, inbox.waiting):
        return False
    await asyncio.sleep(timedelta(milliseconds=200).total_seconds())
    return True
