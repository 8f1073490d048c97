"""The watch over the mailboxes: for each a thread and a connection of its own, for as long as the daemon runs."""

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol

from desk.errors import ConfigError, DeskError, MailboxError, StoreError
from mailer.account import Account
from mailer.source import Source
from models import inbox, leases
from pipeline import archiving, fetching
from pipeline.context import Context

log = logging.getLogger("postdesk")

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
# A refused login is not tried again soon: providers lock accounts (promises D62).
_REFUSED_PAUSE = 60.0
# A full disk or a locked database is the same for all mailboxes, and soon over; nobody else is bothered by our asking.
_STORAGE_PAUSE = 10.0
_IDLE_CYCLE = 240.0

Signal = Literal["process"]
"""There is mail to process."""


class Connect(Protocol):
    """Opens a mailbox."""

    def __call__(self, account: Account, /) -> Source: ...


class MailboxThread(threading.Thread):
    """Watches one mailbox: archive, fetch, wait for more. A failure makes it back off alone, and troubles no other."""

    def __init__(
        self,
        context: Context,
        account: Account,
        connect: Connect,
        signal: Callable[[Signal], None],
        rest: "Rest | None" = None,
    ) -> None:
        super().__init__(name=f"mailbox {account.name}", daemon=True)
        self._context, self._account, self._connect, self._signal = context, account, connect, signal
        self.rest = rest or Rest()
        self._archive_rest = Rest()
        self._source: Source | None = None
        self._ended = threading.Event()
        self._wake = threading.Event()
        # The watch itself and `renew` take the lease, from two threads.
        self._taking = threading.Lock()
        self._watching = False
        self.looked = threading.Event()
        """Set once the mailbox has been fetched from, or could not be."""

    @property
    def account(self) -> Account:
        return self._account

    @property
    def account_name(self) -> str:
        return self._account.name

    @property
    def ended(self) -> bool:
        """Whether it was told to end."""
        return self._ended.is_set()

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
            # Whatever wakes us, and whoever began to watch: a mailbox that failed rests its time.
            self._ended.wait(self.rest.left())
            if self._ended.is_set():
                break
            try:
                if self._lease():
                    self._watch()
                else:
                    self.looked.set()
                    self._ended.wait(self._context.settings.run.lease.total_seconds() / 8)
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
        who = f"archive {self._account.name}"
        if self._archive_rest.left():
            return
        try:
            archiving.archive(self._context, source, self._account)
        except MailboxError as error:
            # An archive folder that is full or forbidden must not keep new mail from being fetched.
            self._archive_rest.begin(_LONGEST_PAUSE)
            self._context.outages.failed(who, error, self._context.now())
        else:
            self._archive_rest.end()
            self._context.outages.works(who)

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
        context, span = self._context, self._context.settings.run.lease
        fence = context.store.run(leases.take, self._lease_name, context.worker, context.now(), span, context.watch)
        return fence is not None

    def _drop_lease(self) -> None:
        if not self._context.store.is_sqlite:
            self._context.store.run(leases.drop, self._lease_name, self._context.worker, self._context.now())

    @property
    def _lease_name(self) -> str:
        return f"mailbox {self._account.name}"

    def _failed(self, error: Exception) -> None:
        """Backs off with jitter."""
        self.looked.set()
        permanent = isinstance(error, ConfigError) or (isinstance(error, MailboxError) and error.permanent)
        storage = isinstance(error, StoreError)
        self.rest.begin(_STORAGE_PAUSE if storage else _LONGEST_PAUSE, _REFUSED_PAUSE if permanent else 0.0)
        self._context.outages.failed(self.name, error, self._context.now(), lasting=permanent)

    def _works_again(self) -> None:
        self.rest.end()
        self._context.outages.works(self.name)


class Rest:
    """The pauses after failures, each twice as long as the one before; they outlast the thread that began them."""

    def __init__(self) -> None:
        self._failures, self._until = 0, 0.0

    def begin(self, longest: float, shortest: float = 0.0) -> None:
        pause = min(_FIRST_PAUSE * 2 ** min(self._failures, 10), longest)
        self._failures += 1
        # With jitter, since many clients of one server are cut off together.
        self._until = time.monotonic() + max(pause, shortest) * random.uniform(0.7, 1.0)  # noqa: S311

    def end(self) -> None:
        self._failures, self._until = 0, 0.0

    def left(self) -> float:
        """Seconds."""
        return max(self._until - time.monotonic(), 0.0)


class MailboxThreads:
    """The threads over all mailboxes of the settings. Every method may be called from any thread."""

    def __init__(self, context: Context, connect: Connect, signal: Callable[[Signal], None]) -> None:
        self._context, self._connect, self._signal = context, connect, signal
        # Replaced whole by `start`, so that whoever goes through them is not disturbed.
        self._threads: tuple[MailboxThread, ...] = ()

    def __len__(self) -> int:
        return len(self._threads)

    def start(self) -> None:
        """Begins to watch the mailboxes of the settings as they are now.

        One whose login was refused goes on resting, however often the configuration is read again, unless its own table
        has changed.
        """
        before = {thread.account_name: thread for thread in self._threads}
        accounts = self._context.settings.accounts
        for name in before.keys() - {account.name for account in accounts}:
            self._forget(name)
        self._threads = tuple(self._thread(account, before.get(account.name)) for account in accounts)
        for thread in self._threads:
            thread.start()

    def _thread(self, account: Account, before: MailboxThread | None) -> MailboxThread:
        rest = before.rest if before is not None and before.account == account else None
        return MailboxThread(self._context, account, self._connect, self._signal, rest)

    def _forget(self, name: str) -> None:
        for who in (f"mailbox {name}", f"archive {name}"):
            self._context.outages.forget(who)

    def revive(self) -> None:
        """Begins the watch over a mailbox again whose thread has ended, for whatever reason, without being told to."""
        for thread in self._threads:
            if thread.is_alive() or thread.ended:
                continue
            log.error("mailbox thread ended", extra={"source": thread.account_name, "reason": "it is begun again"})
            thread.rest.begin(_LONGEST_PAUSE)
            self._context.outages.failed(thread.name, "its thread ended by a bug", self._context.now())
            new = self._thread(thread.account, thread)
            self._threads = tuple(new if one is thread else one for one in self._threads)
            new.start()

    def wake(self) -> None:
        """There is mail to archive, or it is time to look."""
        for thread in self._threads:
            thread.wake()

    def wake_where_unfiled(self) -> None:
        """Mail that another daemon processed is archived by the one that watches its mailbox."""
        for thread in self._threads:
            if self._context.store.run(inbox.to_file, thread.account_name):
                thread.wake()

    def renew(self) -> None:
        """Keeps the leases of the mailboxes that are watched from here."""
        for thread in self._threads:
            thread.renew()

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
