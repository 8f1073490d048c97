"""Mail to the leads about what does not work: by the outbox, or straight to the relay while the storage is away."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

from desk.errors import DeskError
from desk.letters import Draft, Sent
from desk.replies.notifications import alarms
from pipeline.context import Context, compose_letter, post
from pipeline.outages import STORAGE, Notice
from pipeline.outgoing import RELAY, Relaying

log = logging.getLogger("postdesk")

_PAUSE = 5.0


class Alarms:
    """The notices that the leads have not got yet. `hear` is for any thread, `send` for one event loop."""

    def __init__(self, context: Context, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._context, self._monotonic = context, monotonic
        self._waiting: deque[Notice] = deque()
        self._not_before = 0.0

    def hear(self, notice: Notice) -> None:
        # That the relay is away nobody can be told by mail; that it was, they are told when it is back.
        if notice.what != RELAY or notice.state == "up":
            self._waiting.append(notice)

    async def send(self, relay: Relaying | None) -> bool:
        """Sends what waits; whether letters were queued. What cannot be sent now waits for another call."""
        queued = False
        while self._waiting and self._monotonic() >= self._not_before:
            notice = self._waiting[0]
            if not self._is_stale(notice):
                by_outbox = notice.what != STORAGE or notice.state == "up"
                if not await (self._queue(notice) if by_outbox else self._send_straight(notice, relay)):
                    self._not_before = self._monotonic() + _PAUSE
                    break
                queued |= by_outbox
            self._waiting.popleft()
        return queued

    def _is_stale(self, notice: Notice) -> bool:
        """Whether what failed works again meanwhile: the later notice says both."""
        return notice.state == "down" and Notice(notice.what, "up", notice.since, notice.reason) in self._waiting

    async def _queue(self, notice: Notice) -> bool:
        letters = self._drafts(notice)
        try:
            await asyncio.to_thread(self._context.store.run, post, self._context, letters, None, None, None)
        except (DeskError, OSError):
            return False
        return True

    async def _send_straight(self, notice: Notice, relay: Relaying | None) -> bool:
        """Past the outbox, which cannot be written: at worst it arrives twice, or not at all."""
        if relay is None:
            return True
        outcomes = [
            await relay.send(compose_letter(self._context, draft, None), _go_on) for draft in self._drafts(notice)
        ]
        return not outcomes or any(isinstance(outcome, Sent) for outcome in outcomes)

    def _drafts(self, notice: Notice) -> tuple[Draft, ...]:
        key = f"alarm:{notice.what}:{notice.state}:{notice.since:%Y%m%dT%H%M}"
        detail = notice.reason if notice.state == "down" else ""
        return alarms(notice.what, detail, notice.state, notice.since, key, self._context.settings.desk)


async def _go_on() -> bool:
    return True
