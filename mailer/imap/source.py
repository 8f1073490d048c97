"""A mailbox on an IMAP server (RFC 3501, 9051) as a source of mail."""

import logging
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from desk.errors import MailboxError
from mailer.account import Account
from mailer.imap.client import FOREIGN, Client, in_words, uid_set, wire_name
from mailer.imap.fetch import CHUNK, batches, body, chunks, contents, describe
from mailer.imap.filing import KEYWORD, Filing
from mailer.imap.login import log_in
from mailer.secrets import Secrets
from mailer.source import Described, authserv_id
from parser.mail import RawMessage

log = logging.getLogger(__name__)

IDLE_SECONDS = 300.0
"""RFC 2177 allows 29 minutes; some providers and NAT boxes forget a silent connection after five."""


def connect(account: Account, secrets: Secrets) -> "ImapSource":
    """Connect, log in and introduce ourselves.

    Raises MailboxError, permanent when a person must look (refused login, untrusted certificate, no STARTTLS);
    ConfigError when a secret is missing.
    """
    client, capabilities = log_in(account, secrets)
    return ImapSource(account, client, capabilities)


class ImapSource:
    """One logged-in connection. `mailer.source.Source` documents the methods."""

    def __init__(self, account: Account, client: Client, capabilities: frozenset[str]) -> None:
        self._account = account
        self._client = client
        self._filing = Filing(account, client, capabilities)
        self._can_idle = account.idle and "IDLE" in capabilities
        self._folder = ""
        self._uidvalidity = 0
        self._read_only = False
        self._warned_read_only = False
        self._listed = 0
        """How many mails the last list had, or how many the server has announced since, if `wait` has reported them."""
        self._usable = True
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)

    def folders(self) -> tuple[str, ...]:
        return self._account.folders

    def open(self, folder: str) -> int:
        with self._talking(f"opening folder {folder!r}"):
            name = wire_name(folder)
            self._folder = ""
            try:
                state = self._client.select_folder(name)
                self._read_only = False
            except IMAPClientReadOnlyError:
                # Somebody else's folder, or a right that was taken away: its mail can still be read.
                state = self._client.select_folder(name, readonly=True)
                self._read_only = True
                self._warn_read_only(folder)
            uidvalidity = state.get(b"UIDVALIDITY", 0)
            if not isinstance(uidvalidity, int) or uidvalidity <= 0:
                raise MailboxError(
                    f"mailbox {self._account.name}: the server gives no UIDVALIDITY for {folder}, so its mails "
                    "cannot be told apart from one connection to the next",
                    permanent=True,
                )
            # No PERMANENTFLAGS means that every flag may be changed (RFC 9051 §7.1).
            flags = state.get(b"PERMANENTFLAGS")
            self._filing.keywords = flags is None or not {b"\\*", KEYWORD.encode()}.isdisjoint(flags)
            self._folder, self._uidvalidity, self._listed = folder, uidvalidity, 0
            return uidvalidity

    def list(self) -> frozenset[str]:
        with self._talking("listing"):
            # Dovecot looks into the folder after a SEARCH, not before it: NOOP makes it look now.
            self._client.wire.noop()
            # Mail that is announced from here on may be missing in the answer; `wait` notices it.
            self._client.forget()
            keys = frozenset(str(uid) for uid in self._client.uids("ALL"))
            self._listed = len(keys)
            return keys

    def describe(self, keys: Sequence[str]) -> dict[str, Described]:
        with self._talking("asking for sizes"):
            described, unsized = describe(self._client, _uids(keys))
        if unsized:
            raise MailboxError(f"mailbox {self._account.name}: the server gives no size for UID {uid_set(unsized)}")
        return {str(uid): about for uid, about in described.items()}

    def fetch(self, keys: Sequence[str], size_limit: int) -> Iterator[RawMessage]:
        withheld: set[int] = set()
        for chunk in chunks(_uids(keys), CHUNK):
            with self._talking("asking for sizes"):
                described, unsized = describe(self._client, chunk)
            withheld |= unsized
            sizes = {uid: about.size for uid, about in described.items()}
            for batch in batches(described, size_limit):
                oversize = sizes[batch[0]] > size_limit
                with self._talking("fetching"):
                    found, missing = contents(self._client, batch, sizes, header_only=oversize)
                withheld |= missing
                for uid in sorted(found):
                    yield RawMessage(
                        mailbox=self._account.name,
                        folder=self._folder,
                        uidvalidity=self._uidvalidity,
                        key=str(uid),
                        # Not held here while it is kept there.
                        content=found.pop(uid),
                        size=sizes[uid],
                        internal_at=described[uid].internal_at,
                        oversize=oversize,
                    )
        if withheld:
            # Raised last, so that one mail which the server cannot give does not delay all others.
            raise MailboxError(
                f"mailbox {self._account.name}: {self._folder} lists UID {uid_set(withheld)}, "
                "but the server does not hand over the content"
            )

    def archive(self, keys: Sequence[str]) -> frozenset[str]:
        if self._read_only:
            return frozenset(keys) - self.list()
        with self._talking("filing away"):
            left = self._filing.archive(_uids(keys))
        return frozenset(keys) - {str(uid) for uid in left}

    def try_archive(self) -> str:
        with self._talking("trying the archive folder"):
            return self._filing.try_archive()

    def file_sent(self, content: bytes, at: datetime) -> None:
        if self._account.sent_folder:
            with self._talking(f"filing a copy in {self._account.sent_folder!r}"):
                self._filing.file_sent(content, at)

    def wait(self, seconds: float) -> bool:
        """See `Source.wait`. Where the server idles, it returns after five minutes at the latest."""
        with self._talking("waiting"):
            if self._rung():
                return True
            idle = self._can_idle and bool(self._folder)
            if idle:
                # During IDLE pymap announces only what arrives during IDLE: NOOP makes it announce the rest now.
                self._client.wire.noop()
            announced = self._client.announced()
            if announced > self._listed:
                # Announced while another command ran: IDLE would not announce it again.
                self._listed = announced
                return True
            if idle:
                news = self._client.idle_until(min(seconds, IDLE_SECONDS), self._bell)
                if news is not None:
                    return self._rung() or news
                self._can_idle = False
                log.warning("mail server refuses to idle", extra={"source": self._account.name})
            self._bell.settimeout(max(seconds, 0.001))
            try:
                return bool(self._bell.recv(4096))
            except TimeoutError:
                return False
            finally:
                self._bell.setblocking(False)

    def _rung(self) -> bool:
        try:
            return bool(self._bell.recv(4096))
        except BlockingIOError:
            return False

    def wake(self) -> None:
        # Full: the waiting thread wakes in any case. Closed: nothing waits any more.
        with suppress(OSError):
            self._rope.send(b"x")

    def abort(self) -> None:
        self._usable = False
        self._client.wire.cut()
        self.wake()

    def close(self) -> None:
        if self._usable:
            self._usable = False
            self._client.wire.send_logout()
        self._client.wire.shutdown()
        self._bell.close()
        self._rope.close()

    def authserv_ids(self, limit: int) -> Counter[str]:
        newest = sorted((int(key) for key in self.list()), reverse=True)[:limit]
        ids: Counter[str] = Counter()
        for chunk in chunks(newest, CHUNK):
            with self._talking("reading Authentication-Results"):
                answers = self._client.ask(chunk, "BODY.PEEK[HEADER.FIELDS (AUTHENTICATION-RESULTS)]")
            ids.update(name for answer in answers.values() if (name := authserv_id(body(answer))))
        return ids

    def _warn_read_only(self, folder: str) -> None:
        if not self._warned_read_only:
            self._warned_read_only = True
            log.warning(
                "folder is read-only, no mail will be archived", extra={"source": self._account.name, "key": folder}
            )

    @contextmanager
    def _talking(self, doing: str) -> Iterator[None]:
        """Turn the errors of the libraries into one line. Only a refused command leaves the connection usable."""
        if not self._usable:
            raise MailboxError(f"mailbox {self._account.name}: {doing}: the connection is closed")
        try:
            yield
        except FOREIGN as error:
            refused = isinstance(error, IMAPClientError) and not isinstance(error, IMAPClientAbortError)
            self._usable = self._usable and refused
            raise MailboxError(f"mailbox {self._account.name}: {doing}: {in_words(error)}") from error


def _uids(keys: Sequence[str]) -> list[int]:
    """The keys as UIDs, in order. Raises ValueError for anything else."""
    strange = [key for key in keys if not (key.isascii() and key.isdecimal())]
    if strange:
        raise ValueError(f"{strange[0]!r} is not a UID")
    return sorted({int(key) for key in keys})
