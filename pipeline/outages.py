"""What does not work now, and since when: one line when it begins, one when it ends, and a count of all between."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from desk.errors import DamagedObject, StoreError

log = logging.getLogger("postdesk")

STORAGE = "storage"
"""The database and the disk under the vault: whoever needs them, the outage is one."""
LASTING = 5.0
"""Seconds for which something must fail, more than once, before people are alarmed: one lost connection is no news."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One part that does not work: "mailbox support", "archive support", "relay", "storage", "step tick"."""

    what: str
    since: datetime
    reason: str
    failures: int
    announced: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are to be told: that a part fails, or that it works again."""

    what: str
    state: Literal["down", "up"]
    since: datetime
    reason: str


@dataclass(slots=True)
class _Found:
    since: datetime
    began: float
    reason: str = ""
    failures: int = 0
    announced: bool = False
    hit: set[str] = field(default_factory=set)
    """Who has failed by it, and has not worked since."""


class Outages:
    """The outages of one process. For any thread.

    `who` is what tried, and is also what fails, unless the storage is to blame: then every step that fails by it
    belongs to one outage, which is over when each of them has worked again.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._found: dict[str, _Found] = {}
        self.notify: Callable[[Notice], None] = _nobody
        """Is called when an outage is announced and when it is over."""
        self.changed: Callable[[], None] = lambda: None
        """Is called when there is something new to show."""

    def failed(self, who: str, error: Exception | str, now: datetime, *, lasting: bool = False) -> None:
        """Notes a failure. `lasting` is for what will not pass by itself: it is announced at once."""
        what = STORAGE if isinstance(error, StoreError) and not isinstance(error, DamagedObject) else who
        with self._lock:
            self._known.add(who)
            found = self._found.setdefault(what, _Found(now, self._monotonic()))
            found.hit.add(who)
            found.failures, found.reason = found.failures + 1, str(error) or type(error).__name__
            lasts = lasting or (found.failures > 1 and self._monotonic() - found.began >= LASTING)
            begins, found.announced = lasts and not found.announced, lasts or found.announced
            first = found.failures == 1
        part, name = _named(what)
        extra = {"source": name, "reason": found.reason, "failures": found.failures}
        if begins:
            log.error("%s down", part, extra=extra)
            self.notify(Notice(what, "down", found.since, found.reason))
        elif first:
            log.warning("%s not usable", part, extra=extra)
        if begins or first:
            self.changed()

    def works(self, who: str) -> None:
        """Notes a success; ends the outages that nobody else is hit by."""
        if who in self._known and not self._found:
            return
        with self._lock:
            new = who not in self._known
            self._known.add(who)
            for found in self._found.values():
                found.hit.discard(who)
            ended = [(what, self._found.pop(what)) for what in [*self._found] if not self._found[what].hit]
        for what, found in ended:
            part, name = _named(what)
            extra = {"source": name, "count": found.failures, "seconds": round(self._monotonic() - found.began)}
            log.info("%s up again" if found.announced else "%s usable again", part, extra=extra)
            if found.announced:
                self.notify(Notice(what, "up", found.since, found.reason))
        if ended or new:
            self.changed()

    def forget(self, who: str) -> None:
        """What is no longer configured neither works nor fails."""
        self.works(who)
        self._known.discard(who)

    def now(self) -> tuple[Outage, ...]:
        """What does not work, what began first first."""
        with self._lock:
            found = [
                Outage(what, one.since, one.reason, one.failures, one.announced) for what, one in self._found.items()
            ]
        return tuple(sorted(found, key=lambda one: one.since))

    def failing(self, who: str) -> bool:
        """Whether this one has failed and has not worked since."""
        return any(who in found.hit for found in [*self._found.values()])

    def parts(self) -> dict[str, bool]:
        """Everything that has tried anything, and whether it worked the last time."""
        with self._lock:
            hit = {who for found in self._found.values() for who in found.hit}
            return {who: who not in hit for who in sorted(self._known)}


def _named(what: str) -> tuple[str, str]:
    """("mailbox", "support") of "mailbox support"."""
    kind, _, name = what.partition(" ")
    return kind, name


def _nobody(_: Notice) -> None:
    """Nobody is told by a command, nor by a test that listens to nothing."""
