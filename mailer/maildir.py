"""A Maildir on this machine as a source of mail (maildir(5); subfolders as in Maildir++).

path/new/1700000000.M1P2.host            not yet looked at by anybody
path/cur/1700000000.M1P2.host:2,S        the same mail later: the part after ":2," is flags, the rest its unique name
path/.Postdesk/{new,cur,tmp}             the folder "Postdesk"

Symbolic links are not followed below `path`: whoever may write there could else have any file of ours read, or our
mail put anywhere.
"""

import errno
import itertools
import logging
import os
import re
import socket
import stat
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from imapclient import imap_utf7

from desk.errors import MailboxError
from mailer.account import Account
from mailer.source import HEADER_LIMIT, Described, authserv_id, header_section
from parser.mail import RawMessage

log = logging.getLogger(__name__)

EPOCH = 0
"""Unique names are never used twice, so there is only one UIDVALIDITY."""
LOOK = 0.5
"""How often `wait` looks at the directories, in seconds."""
EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)
TICK = 50_000_000
"""A file system may give two changes within this many nanoseconds the same time."""
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""A file system without hard links, or a file of somebody else."""
_counter = itertools.count()


def connect(account: Account) -> "MaildirSource":
    """Raises MailboxError when there is no Maildir at the configured path."""
    source = MaildirSource(account)
    source.open("INBOX")
    return source


class MaildirSource:
    """`mailer.source.Source` documents the methods."""

    def __init__(self, account: Account) -> None:
        self._account = account
        # Account refuses a Maildir mailbox without a path.
        self._root = account.path or Path()
        self._folder = "INBOX"
        self._at = self._root
        self._places: dict[str, Path] = {}
        """Where each mail of the open folder was at the last scan."""
        self._looked: tuple[int, int] = (0, 0)
        self._unsure = False
        self._bell = threading.Event()
        self._usable = True
        self._strange: set[str] = set()
        """Links and other things that are no files, which were told."""

    def folders(self) -> tuple[str, ...]:
        return self._account.folders

    def open(self, folder: str) -> int:
        at = self._path(folder)
        with self._touching(f"opening folder {folder}"):
            for part in ("new", "cur"):
                os.close(self._open(at / part, os.O_DIRECTORY))
        self._folder, self._at, self._places, self._looked = folder, at, {}, (0, 0)
        return EPOCH

    def list(self) -> frozenset[str]:
        with self._touching("listing"):
            self._look()
        return frozenset(self._places)

    def _look(self) -> None:
        """Find the mails. A rename can hide a file from a scan, so the scan is repeated until nothing has moved."""
        for _ in range(10):
            before = self._changed()
            places: dict[str, Path] = {}
            # new/ first: mails move from there to cur/, and one that moves meanwhile is seen twice rather than never.
            for part in ("new", "cur"):
                for name in self._files(self._at / part):
                    places[name.split(":", 1)[0]] = self._at / part / name
            self._places, self._looked = places, before
            if self._changed() == before:
                break
        # A change in the same tick as the last one that we saw does not change the time of the directory.
        self._unsure = time.time_ns() - max(before) < TICK

    def _files(self, folder: Path) -> Iterator[str]:
        handle = self._open(folder, os.O_DIRECTORY)
        try:
            with os.scandir(handle) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_file(follow_symlinks=False):
                        yield entry.name
                    elif entry.name not in self._strange:
                        self._strange.add(entry.name)
                        extra = {"source": self._account.name, "key": entry.name}
                        log.warning("a link or folder among the mails is left alone", extra=extra)
        finally:
            os.close(handle)

    def _open(self, place: Path, flags: int = 0) -> int:
        """Opens something below the Maildir for reading; OSError where a link stands anywhere on the way."""
        handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        parts = place.relative_to(self._root).parts
        for depth, part in enumerate(parts, start=1):
            outer = handle
            try:
                # A pipe that somebody has put there must not hold us up.
                kind = flags | os.O_NONBLOCK if depth == len(parts) else os.O_DIRECTORY
                handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | kind, dir_fd=outer)
            except OSError as error:
                is_link = error.errno in (errno.ELOOP, errno.ENOTDIR)
                reason = "a link, or no folder" if is_link else error.strerror
                raise OSError(error.errno, reason, str(self._root.joinpath(*parts[:depth]))) from None
            finally:
                os.close(outer)
        return handle

    def _changed(self) -> tuple[int, int]:
        return (self._at / "new").stat().st_mtime_ns, (self._at / "cur").stat().st_mtime_ns

    def _place(self, key: str) -> Path | None:
        """Where a mail is now; None when it has vanished."""
        place = self._places.get(key)
        if place is None or not os.path.lexists(place):
            self._look()
            place = self._places.get(key)
        return place

    def describe(self, keys: Sequence[str]) -> dict[str, Described]:
        described: dict[str, Described] = {}
        with self._touching("asking for sizes"):
            for key in keys:
                with suppress(FileNotFoundError):
                    if (place := self._place(key)) is not None:
                        about = place.lstat()
                        described[key] = Described(about.st_size, datetime.fromtimestamp(about.st_mtime, UTC))
        return described

    def fetch(self, keys: Sequence[str], size_limit: int) -> Iterator[RawMessage]:
        for key in sorted(keys):
            with self._touching("reading"):
                mail = self._read(key, size_limit)
            if mail is not None:
                yield mail

    def _read(self, key: str, size_limit: int) -> RawMessage | None:
        for _ in range(3):
            place = self._place(key)
            if place is None:
                return None
            try:
                with os.fdopen(self._open(place), "rb") as file:
                    about = os.fstat(file.fileno())
                    if not stat.S_ISREG(about.st_mode):
                        return None
                    oversize = about.st_size > size_limit
                    content = header_section(file.read(HEADER_LIMIT)) if oversize else file.read()
            except FileNotFoundError:
                # Renamed between looking and opening: look again.
                continue
            at = datetime.fromtimestamp(about.st_mtime, UTC)
            return RawMessage(
                self._account.name, self._folder, EPOCH, key, content, about.st_size, at, oversize=oversize
            )
        raise MailboxError(f"mailbox {self._account.name}: {key} is renamed while it is read, again and again")

    def archive(self, keys: Sequence[str]) -> frozenset[str]:
        settled: set[str] = set()
        with self._touching("filing away"):
            target = self._at
            if self._account.archive:
                target = self._path(self._account.archive)
                self._make(target)
            for key in keys:
                if self._put_away(key, target):
                    settled.add(key)
        return frozenset(settled)

    def try_archive(self) -> str:
        """Creates the archive folder, and takes a file of our own into it and out again."""
        if not self._account.archive:
            return "processed mail is moved to cur/"
        with self._touching("trying the archive folder"):
            target = self._path(self._account.archive)
            self._make(target)
            trial = self._root / "tmp" / f"postdesk-check.{os.getpid()}"
            trial.touch(mode=0o600)
            # The name begins in a dot: no program takes it for a mail.
            there = target / "cur" / f".{trial.name}"
            try:
                there = _move(trial, there)
            finally:
                trial.unlink(missing_ok=True)
                there.unlink(missing_ok=True)
        return f"{self._account.archive}: mail can be moved there"

    def _put_away(self, key: str, target: Path) -> bool:
        for _ in range(3):
            place = self._place(key)
            # Without an archive a mail counts as processed when it is in cur/, as if a mail program had shown it.
            if place is None or place.parent == target / "cur":
                return True
            name = place.name if ":2," in place.name else f"{key}:2,"
            # Vanished between looking and moving: perhaps only renamed, so look again.
            with suppress(FileNotFoundError):
                _move(place, target / "cur" / name)
        return False

    def file_sent(self, content: bytes, at: datetime) -> None:
        if not self._account.sent_folder:
            return
        with self._touching(f"filing a copy in {self._account.sent_folder}"):
            folder = self._path(self._account.sent_folder)
            self._make(folder)
            host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())
            name = f"{time.time_ns() // 10**9}.M{time.time_ns() % 10**9}P{os.getpid()}Q{next(_counter)}.{host}"
            temporary = folder / "tmp" / name
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.utime(temporary, (at.timestamp(), at.timestamp()))
            _move(temporary, folder / "cur" / f"{name}:2,S")

    def wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        with self._touching("waiting"):
            while self._changed() == self._looked:
                left = end - time.monotonic()
                if self._bell.wait(max(0.0, min(LOOK, left))):
                    self._bell.clear()
                    return True
                if self._unsure:
                    self._unsure = False
                    return True
                if left <= LOOK:
                    return self._changed() != self._looked
        return True

    def wake(self) -> None:
        self._bell.set()

    def abort(self) -> None:
        self._usable = False
        self._bell.set()

    def close(self) -> None:
        self._usable = False

    def authserv_ids(self, limit: int) -> Counter[str]:
        ids: Counter[str] = Counter()
        newest = sorted(self.describe(sorted(self.list())).items(), key=lambda mail: mail[1].internal_at or EPOCH_START)
        for mail in self.fetch([key for key, _ in newest[-limit:]] if limit > 0 else [], size_limit=0):
            if name := authserv_id(mail.content):
                ids[name] += 1
        return ids

    def _path(self, folder: str) -> Path:
        """Where a folder lies: INBOX is the Maildir itself, all others are Maildir++ subfolders of it."""
        if folder.upper() == "INBOX":
            return self._root
        parts = re.split(r"[./]", folder)
        if not all(part and part.isprintable() for part in parts):
            raise MailboxError(f"mailbox {self._account.name}: {folder!r} is not a valid folder name", permanent=True)
        name: bytes = imap_utf7.encode("." + ".".join(parts))
        return self._root / name.decode("ascii")

    def _make(self, folder: Path) -> None:
        """Create a Maildir++ subfolder with the rights of its Maildir, if it is not there."""
        mode = stat.S_IMODE(self._root.stat().st_mode)
        for place in (folder, folder / "tmp", folder / "new", folder / "cur"):
            with suppress(FileExistsError):
                place.mkdir(mode=mode)
            os.close(self._open(place, os.O_DIRECTORY))
        with suppress(FileExistsError):
            os.close(os.open(folder / "maildirfolder", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    @contextmanager
    def _touching(self, doing: str) -> Iterator[None]:
        if not self._usable:
            raise MailboxError(f"mailbox {self._account.name}: {doing}: the Maildir is closed")
        try:
            yield
        except OSError as error:
            what = f" ({error.filename})" if error.filename else ""
            raise MailboxError(f"mailbox {self._account.name}: {doing}: {error.strerror or error}{what}") from error


def _move(source: Path, target: Path) -> Path:
    """Rename without ever replacing a file; gives the file's new name.

    It links and unlinks, because rename would overwrite a different mail of the same name. After a crash between the
    two the file has two names, and the next try removes the first.
    """
    for attempt in itertools.count():
        wanted = target
        if attempt:
            unique, _, flags = target.name.partition(":")
            wanted = target.with_name(f"{unique}_{attempt}:{flags}")
        try:
            os.link(source, wanted)
        except FileExistsError:
            if not wanted.samefile(source):
                continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if wanted.exists():
                continue
            source.rename(wanted)
            return wanted
        _sync(wanted.parent)
        source.unlink()
        return wanted
    raise AssertionError("unreachable")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
