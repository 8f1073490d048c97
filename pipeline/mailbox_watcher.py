"""The watch over the mailboxes: for each a thread and a connection of its own, for as long as the daemon runs."""

import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol

from desk.errors import ConfigError, DeskError, MailboxError, StoreError
from desk.replies import notifications as replies
from mailer.account import Account
from mailer.source import Source
from models import inbox, leases
from pipeline import archiving, fetching
from pipeline.context import Context, post

log = logging.getLogger("postdesk")

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
# A refused login is not tried again soon: providers lock accounts (promises D62).
_REFUSED_PAUSE = 60.0
_IDLE_CYCLE = 240.0

Signal = Literal["process", "send"]
"""There is mail to process, or a letter to send."""


class Connect(Protocol):
    """Opens a mailbox."""

    def __call__(self, account: Account, /) -> Source: ...


class MailboxThread(threading.Thread):
    """Watches one mailbox: archive, fetch, wait for more. A failure makes it back off alone, and troubles no other."""

    def __init__(self, context: Context, account: Account, connect: Connect, signal: Callable[[Signal], None]) -> None:
        super().__init__(name=f"mailbox {account.name}", daemon=True)
        self._context, self._account, self._connect, self._signal = context, account, connect, signal
        self._source: Source | None = None
        self._ended = threading.Event()
        self._wake = threading.Event()
        self._failures = 0
        self._down = False
        # The watch itself and `renew` take the lease, from two threads.
        self._taking = threading.Lock()
        self._watching = False
        self.looked = threading.Event()
        """Set once the mailbox has been fetched from, or could not be."""

    @property
    def account_name(self) -> str:
        return self._account.name

    def wake(self) -> None:
        """There is something to do: mail to archive, or it is time to look."""
        self._wake.set()
        source = self._source
        if source is not None:
            source.wake()

    def end(self) -> None:
        self._ended.set()
        self.wake()

    def abort(self) -> None:
        """Ends a call that hangs."""
        source = self._source
        if source is not None:
            source.abort()

    def renew(self) -> None:
        """Keeps the lease while the mailbox is watched: one fetch may last longer than a lease. For any thread.

        A mailbox that cannot be reached from here is not renewed, so that another daemon may try.
        """
        with self._taking:
            ours = not self._watching or self._take()
        if not ours:
            log.warning("mailbox watched by another worker", extra={"source": self._account.name})

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                if self._lease():
                    self._watch()
                else:
                    self.looked.set()
                    self._rest(self._context.settings.run.lease.total_seconds() / 4)
            except (DeskError, OSError) as error:
                self._failed(error)
            except Exception as error:
                # A bug in one mailbox must not end the watch over it, nor over the others.
                log.exception("mailbox failed", extra={"source": self._account.name})
                self._failed(error)
        with suppress(DeskError):
            self._drop_lease()

    def _watch(self) -> None:
        """One connection, for as long as it lasts."""
        source = self._connect(self._account)
        self._source = source
        self._watching = True
        try:
            while not self._ended.is_set() and self._lease():
                self._wake.clear()
                self._archive(source)
                if fetching.fetch(self._context, source, self._account):
                    self._signal("process")
                self.looked.set()
                self._works_again()
                self._idle(source)
        finally:
            with self._taking:
                self._watching = False
            self._source = None
            source.close()

    def _archive(self, source: Source) -> None:
        try:
            archiving.archive(self._context, source, self._account)
        except MailboxError as error:
            # An archive folder that is full or forbidden must not keep new mail from being fetched.
            log.warning("mail not archived", extra={"source": self._account.name, "reason": str(error)})

    def _idle(self, source: Source) -> None:
        """Rests on the folder that `fetch` listed last, the first one, until mail comes or somebody wakes it."""
        if self._wake.is_set() or self._ended.is_set():
            return
        lease = self._context.settings.run.lease.total_seconds()
        source.wait(min(_IDLE_CYCLE, self._account.poll.total_seconds(), lease / 3))

    def _lease(self) -> bool:
        with self._taking:
            return self._take()

    def _take(self) -> bool:
        """Whether the mailbox is ours to fetch from; always so where one daemon holds the database alone."""
        if self._context.store.is_sqlite:
            return True
        span = self._context.settings.run.lease
        return (
            self._context.store.run(leases.take, self._lease_name, self._context.worker, self._context.now(), span)
            is not None
        )

    def _drop_lease(self) -> None:
        if not self._context.store.is_sqlite:
            self._context.store.run(leases.drop, self._lease_name, self._context.worker, self._context.now())

    @property
    def _lease_name(self) -> str:
        return f"mailbox {self._account.name}"

    def _failed(self, error: Exception) -> None:
        """Backs off with jitter; says so once, however long it lasts."""
        self._failures += 1
        self.looked.set()
        pause = min(_FIRST_PAUSE * 2 ** min(self._failures - 1, 10), _LONGEST_PAUSE)
        permanent = isinstance(error, ConfigError) or (isinstance(error, MailboxError) and error.permanent)
        ours = not isinstance(error, StoreError)
        if permanent:
            pause = max(pause, _REFUSED_PAUSE)
        extra = {"source": self._account.name, "reason": str(error), "failures": self._failures}
        # One lost connection is no news; what lasts, or needs a person, is. And a database that is away
        # is not the mailbox's fault.
        if ours and (permanent or self._failures >= 3) and not self._down:
            self._down = True
            log.error("mailbox down", extra=extra)
            self._alarm("down", str(error))
        else:
            log.warning("mailbox not usable", extra=extra)
        self._rest(pause * random.uniform(0.7, 1.0))  # noqa: S311

    def _works_again(self) -> None:
        self._failures = 0
        if self._down:
            self._down = False
            log.info("mailbox up again", extra={"source": self._account.name})
            self._alarm("up", "")

    def _alarm(self, state: str, detail: str) -> None:
        """Writes to the leads through the outbox; the relay may well work while the mailbox does not."""
        what, context = f"mailbox {self._account.name}", self._context
        key = f"alarm:{what}:{state}:{context.now():%Y%m%dT%H%M}"
        letters = replies.alarms(what, detail, "down" if state == "down" else "up", key, context.settings.desk)
        with suppress(DeskError):
            context.store.run(post, context, letters, None, None, None)
            self._signal("send")

    def _rest(self, seconds: float) -> None:
        self._wake.clear()
        if not self._ended.is_set():
            self._wake.wait(seconds)


class MailboxThreads:
    """The threads over all mailboxes of the settings. Every method may be called from any thread."""

    def __init__(self, context: Context, connect: Connect, signal: Callable[[Signal], None]) -> None:
        self._context, self._connect, self._signal = context, connect, signal
        # Replaced whole by `start`, so that whoever goes through them is not disturbed.
        self._threads: tuple[MailboxThread, ...] = ()

    def __len__(self) -> int:
        return len(self._threads)

    def start(self) -> None:
        """Begins to watch the mailboxes of the settings as they are now."""
        accounts = self._context.settings.accounts
        self._threads = tuple(MailboxThread(self._context, one, self._connect, self._signal) for one in accounts)
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is mail to archive, or it is time to look."""
        for thread in self._threads:
            thread.wake()

    def wake_where_unfiled(self) -> None:
        """Mail that another daemon processed is archived by the one that watches its mailbox."""
        for thread in self._threads:
            with suppress(DeskError):
                if self._context.store.run(inbox.to_file, thread.account_name):
                    thread.wake()

    def renew(self) -> None:
        """Keeps the leases of the mailboxes that are watched from here."""
        for thread in self._threads:
            try:
                thread.renew()
            except DeskError as error:
                log.warning("lease not renewed", extra={"source": thread.account_name, "reason": str(error)})

    def have_looked(self) -> bool:
        """Whether each mailbox has been fetched from, or could not be."""
        return all(thread.looked.is_set() for thread in self._threads)

    def stop(self, seconds: float) -> None:
        """Ends the watch; a call that hangs is ended by force after half the time."""
        for thread in self._threads:
            thread.end()
        self._join(seconds / 2)
        for thread in self._threads:
            if thread.is_alive():
                thread.abort()
        self._join(seconds / 2)

    def _join(self, seconds: float) -> None:
        for thread in self._threads:
            thread.join(max(seconds / max(len(self._threads), 1), 0.05))
