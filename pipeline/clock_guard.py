"""Whether the wall clock may be believed (promises P16, I15).

A wall clock that is set, and a machine that was suspended, look the same from here: the wall has gone further than the
monotonic clock. A clock set by error is set back soon; a machine that woke up stays awake. So after a jump nothing is
judged for a minute of monotonic time, and then all that is due happens with its true times.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

log = logging.getLogger("postdesk")

JUMP = timedelta(minutes=5)
"""What the wall clock may be put right by at once, as by NTP, without any doubt."""
CONFIRMED_AFTER = 60.0
"""Seconds of monotonic time for which a clock must go on as it jumped."""


class Guard:
    """Compares the progress of the wall clock with that of the monotonic clock, whenever it is asked. For any thread.

    At the start the clock is believed: there is nothing to compare it with.
    """

    def __init__(self, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._asking = threading.Lock()
        # When the monotonic clock read nothing, by the wall clock; while in doubt, also by the clock that jumped.
        self._origin = self._measured()[0]
        self._doubted: datetime | None = None
        self._since = 0.0

    def trusted(self) -> bool:
        """Whether steps may be taken by the wall clock now."""
        with self._asking:
            origin, now = self._measured()
            if self._doubted is None:
                return self._believe(origin) if _near(origin, self._origin) else self._doubt(origin, now)
            if _near(origin, self._origin):
                log.warning("clock set right again", extra={"reason": "it had jumped by error"})
                return self._believe(origin)
            if not _near(origin, self._doubted):
                return self._doubt(origin, now)
            if now - self._since < CONFIRMED_AFTER:
                return False
            log.warning("clock confirmed", extra={"reason": f"it has gone on for {CONFIRMED_AFTER:.0f} s"})
            return self._believe(origin)

    def _measured(self) -> tuple[datetime, float]:
        now = self._monotonic()
        return self._wall() - timedelta(seconds=now), now

    def _believe(self, origin: datetime) -> bool:
        self._origin, self._doubted = origin, None
        return True

    def _doubt(self, origin: datetime, now: float) -> bool:
        by = (origin - self._origin).total_seconds()
        log.warning("clock jumped", extra={"reason": f"by {by:+.0f} s; nothing is judged until it is confirmed"})
        self._doubted, self._since = origin, now
        return False


def _near(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= JUMP
