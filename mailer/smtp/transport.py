"""Sends letters to one relay over a small pool of connections."""

import asyncio
from asyncio import TimerHandle
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from desk.errors import MailboxError
from desk.letters import Letter, Outcome, Refused, TryLater
from mailer.account import Relay
from mailer.smtp.connect import connect
from mailer.smtp.envelope import BadAddress, ascii_domain, seal
from mailer.smtp.login import Credentials, Unready
from mailer.smtp.session import Session

IDLE_SECONDS = 30.0
# Relays lock an account after a few wrong passwords in a row, and all of the company's mail stops.
LOGIN_PAUSE_SECONDS = 30.0
# RFC 5321 §4.5.3.2 lets a relay take ten minutes for an answer; other letters need not wait for that.
STALLED_SECONDS = 10.0
_STALLED_FOR_EACH = 3


@dataclass(frozen=True, slots=True)
class _Idle:
    session: Session
    expiry: TimerHandle


class Transport:
    """A pool of connections to one relay, for use in one event loop.

    It has at most `relay.connections` of them, and three times as many beside them that have not answered for long.

    `password`, `token` (an XOAUTH2 access token, preferred) and `refresh` (after which `token` gives a new one) may
    block and are run in threads. `hostname` is what EHLO says where the relay's table does not.
    """

    def __init__(
        self,
        relay: Relay,
        *,
        password: Callable[[], str] | None = None,
        token: Callable[[], str] | None = None,
        refresh: Callable[[], None] | None = None,
        hostname: str = "",
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._relay = relay
        self._credentials = Credentials(relay.user, password, token, refresh)
        self._hostname = _greeting_name(relay.local_hostname or hostname or relay.user.rpartition("@")[2])
        self._idle_seconds = idle_seconds
        self._slots = asyncio.Semaphore(relay.connections)
        self._stalled = 0
        self._door = asyncio.Lock()
        self._failures = 0
        self._last_failure = TryLater("")
        self._no_login_before = 0.0
        self._idle: list[_Idle] = []
        self._farewells: set[asyncio.Task[None]] = set()
        self._closed = False

    async def send(self, letter: Letter, about_to_dot: Callable[[], Awaitable[bool]]) -> Outcome:
        """One attempt at one letter.

        `about_to_dot` is awaited when all but the final dot is with the relay: it commits that the dot is about to go
        out and gives False when somebody else holds the letter, which then is not sent. What it raises is passed up,
        and no dot was sent then. Cancelling before the dot cancels; afterwards it gives Unknown.
        """
        envelope = seal(letter)
        if isinstance(envelope, Refused):
            return envelope
        async with self._slot():
            try:
                session = await self._take()
            except Unready as stop:
                # No connection: no letter can leave, whichever it is.
                return replace(stop.outcome, outage=not stop.outcome.login)
            try:
                return await session.deliver(envelope, about_to_dot)
            finally:
                self._give_back(session)

    async def check(self) -> str:
        """Connect and log in, now and on a connection of its own; one line about the relay.

        Raises MailboxError, `permanent` when the relay or our own configuration refuses the login.
        """
        try:
            session = await connect(self._relay, self._hostname, self._credentials)
        except Unready as stop:
            raise MailboxError(stop.outcome.reason, permanent=stop.outcome.login) from stop
        try:
            return session.describe()
        finally:
            await session.quit()

    async def close(self) -> None:
        """Close idle connections; those in use close after their letter."""
        self._closed = True
        while self._idle:
            self._expire(self._idle[-1].session)
        if self._farewells:
            await asyncio.wait(self._farewells)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """A place for one connection. One that is held for long has stalled, and another may be opened beside it."""
        await self._slots.acquire()
        lent = False

        def lend() -> None:
            nonlocal lent
            if self._stalled < _STALLED_FOR_EACH * self._relay.connections:
                lent, self._stalled = True, self._stalled + 1
                self._slots.release()

        timer = asyncio.get_running_loop().call_later(STALLED_SECONDS, lend)
        try:
            yield
        finally:
            timer.cancel()
            if lent:
                self._stalled -= 1
            else:
                self._slots.release()

    async def _take(self) -> Session:
        while self._idle:
            # The one used last is the most likely to be open still, and the others may expire.
            idle = self._idle.pop()
            idle.expiry.cancel()
            if idle.session.clean and await self._revive(idle.session):
                return idle.session
            idle.session.drop()
        return await self._open()

    async def _revive(self, session: Session) -> bool:
        try:
            return await session.reset()
        except asyncio.CancelledError:
            session.drop()
            raise

    async def _open(self) -> Session:
        """Connect one at a time. A failure counts for all who wait, so that four wrong logins never happen at once."""
        failures = self._failures
        async with self._door:
            now = asyncio.get_running_loop().time()
            if self._failures != failures or now < self._no_login_before:
                raise Unready(self._last_failure)
            try:
                return await connect(self._relay, self._hostname, self._credentials)
            except Unready as stop:
                self._failures += 1
                self._last_failure = stop.outcome
                if stop.outcome.login:
                    self._no_login_before = asyncio.get_running_loop().time() + LOGIN_PAUSE_SECONDS
                raise

    def _give_back(self, session: Session) -> None:
        if self._closed or not session.clean:
            session.drop()
            return
        expiry = asyncio.get_running_loop().call_later(self._idle_seconds, self._expire, session)
        self._idle.append(_Idle(session, expiry))

    def _expire(self, session: Session) -> None:
        for idle in [idle for idle in self._idle if idle.session is session]:
            idle.expiry.cancel()
            self._idle.remove(idle)
        farewell = asyncio.get_running_loop().create_task(session.quit())
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)


def _greeting_name(name: str) -> str:
    """A name for EHLO: a host name, or the address literal that RFC 5321 §4.1.4 allows to those who have none."""
    try:
        return ascii_domain(name)
    except BadAddress:
        return "[127.0.0.1]"
