"""One logged-in connection to the relay, driven phase by phase so that a failure is on one side of the final dot.

MAIL · RCPT · DATA · 354 · body · (commit) · dot · 250        RSET between letters
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import timedelta
from typing import cast

import aiosmtplib
from aiosmtplib import SMTPResponse
from aiosmtplib.protocol import SMTPProtocol

from desk.letters import Outcome, Refused, Sent, TryLater, Unknown
from mailer.account import Relay
from mailer.smtp.envelope import Envelope

REASON_CHARACTERS = 300
# RFC 4954 §6: the relay wants a login, or another one, whatever it was asked.
LOGIN_CODES = frozenset({530, 534, 535, 538})


class Stopped(Exception):
    """The transaction ended before the final dot; `outcome` is a TryLater or a Refused."""

    def __init__(self, outcome: TryLater | Refused) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Wire:
    """Everything that we take from inside aiosmtplib (5.1.3), because its DATA sends body and dot in one write.

    Of SMTPProtocol: `write`, `read_response` and `transport`, and with an underscore `_drain_helper` (which asyncio's
    own StreamWriter.drain calls), `_buffer`, `_response_pending` and `_response_waiter`.
    """

    def __init__(self, smtp: aiosmtplib.SMTP) -> None:
        if smtp.protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        self._protocol: SMTPProtocol = smtp.protocol
        # With a high-water mark of one byte "drained" means handed to the kernel, to the last byte. Not 0: asyncio's
        # TLS transport would then count an empty buffer as full.
        cast(asyncio.WriteTransport, self._protocol.transport).set_write_buffer_limits(high=1)

    @property
    def leftover(self) -> bool:
        """Whether the relay has sent more than was asked: its next answer would be taken for another command's."""
        return bool(self._protocol._buffer)

    async def send(self, blocks: Iterable[bytes], limit: float) -> None:
        """Write the body, each block within so many seconds (RFC 5321 §4.5.3.2.5), and stop if the relay refuses it."""
        # An answer that comes before the dot is a refusal, or the end; by default aiosmtplib throws it away.
        self._protocol._response_pending = True
        for block in blocks:
            self._protocol.write(block)
            try:
                async with asyncio.timeout(limit):
                    await self._protocol._drain_helper()
            except TimeoutError:
                raise aiosmtplib.SMTPTimeoutError("the relay stopped reading the message") from None
            self._heed_objection()

    def dot(self) -> None:
        """Send the final dot. From here on only the relay knows whether the letter was accepted."""
        self._heed_objection()
        self._protocol.write(b".\r\n")

    async def answer(self, limit: float) -> SMTPResponse:
        return await self._protocol.read_response(limit)

    def _heed_objection(self) -> None:
        waiter = self._protocol._response_waiter
        if waiter is not None and waiter.done():
            raise Stopped(_refusal("while the message was being sent", waiter.result()))
        if self.leftover:
            raise aiosmtplib.SMTPException("the relay sent an answer before it was asked")

    def abort(self) -> None:
        if self._protocol.transport is not None:
            cast(asyncio.WriteTransport, self._protocol.transport).abort()


class Session:
    """A connection that has logged in. It takes one letter at a time, and may be used again only while `clean`."""

    def __init__(self, smtp: aiosmtplib.SMTP, wire: Wire, relay: Relay, mechanism: str) -> None:
        self._smtp = smtp
        self._wire = wire
        self._relay = relay
        self.mechanism = mechanism
        self._clean = True

    @property
    def clean(self) -> bool:
        """Whether nothing has failed on it, no answer is outstanding, and it is still open."""
        return self._clean and self._smtp.is_connected and not self._wire.leftover

    def describe(self) -> str:
        """One line for an operator: the relay, how it is connected, and what it offers."""
        tls = self._smtp.get_transport_info("ssl_object")
        size = self._size_limit()
        parts = [
            f"{self._relay.host}:{self._relay.port}",
            tls.version() if tls is not None else "no TLS",
            f"login {self._relay.user} ({self.mechanism})" if self.mechanism else "no login",
            f"up to {size / 1_000_000:.0f} MB" if size else "no size limit announced",
        ]
        parts += [name.upper() for name in ("8bitmime", "smtputf8", "dsn") if self._smtp.supports_extension(name)]
        return ", ".join(parts)

    async def reset(self) -> bool:
        """Reset the transaction; False when the relay has closed the connection."""
        try:
            response = await self._smtp.execute_command(b"RSET", timeout=seconds(self._relay.connect_timeout))
        except (aiosmtplib.SMTPException, OSError):
            return False
        return response.code == 250

    async def quit(self) -> None:
        """Send QUIT if the connection is open, and close it whatever the answer."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await self._smtp.execute_command(b"QUIT", timeout=2)
        self.drop()

    def drop(self) -> None:
        """Close the connection at once, without sending what is still buffered."""
        self._clean = False
        self._wire.abort()
        self._smtp.close()

    async def deliver(self, envelope: Envelope, about_to_dot: Callable[[], Awaitable[bool]]) -> Outcome:
        """One transaction. Before the dot every failure is provably no delivery; after it silence is Unknown."""
        self._clean = False
        try:
            with _before_the_dot():
                await self._envelope_and_body(envelope)
            # Outside of the guard: a failure in here is one of the caller's database, and the caller must hear of it.
            if not await about_to_dot():
                return TryLater("no longer ours")
            with _before_the_dot():
                self._wire.dot()
        except Stopped as stop:
            return stop.outcome
        return await self._answer_to_dot()

    async def _envelope_and_body(self, envelope: Envelope) -> None:
        mail, rcpt = self._commands(envelope)
        await self._command("MAIL", mail)
        await self._command("RCPT", rcpt)
        response = await self._smtp.execute_command(b"DATA", timeout=seconds(self._relay.data_timeout))
        if response.code != 354:
            self._stop("DATA", response)
        await self._wire.send(envelope.stuffed(), seconds(self._relay.data_timeout))

    def _commands(self, envelope: Envelope) -> tuple[bytes, bytes]:
        """MAIL and RCPT with the parameters that the relay offers and the letter needs."""
        offers = self._smtp.supports_extension
        limit = self._size_limit()
        if limit and len(envelope.content) > limit:
            self._refuse(f"the message has {len(envelope.content)} bytes, the relay takes {limit}")
        if envelope.utf8 and not offers("smtputf8"):
            self._refuse("the address or a header needs SMTPUTF8, which the relay does not offer")
        if envelope.eight_bit and not offers("8bitmime"):
            self._refuse("the message has 8-bit text, and the relay does not offer 8BITMIME")
        mail, rcpt = f"MAIL FROM:<{envelope.sender}>", f"RCPT TO:<{envelope.recipient}>"
        if offers("size"):
            mail += f" SIZE={len(envelope.content)}"
        if envelope.eight_bit:
            mail += " BODY=8BITMIME"
        if envelope.utf8:
            mail += " SMTPUTF8"
        # Nobody would get a report on the null reverse-path, so none is asked for (RFC 3461 §4.1).
        if offers("dsn") and envelope.sender:
            mail += " RET=HDRS" + (f" ENVID={envelope.envid}" if envelope.envid else "")
            rcpt += " NOTIFY=FAILURE,DELAY"
        return mail.encode(), rcpt.encode()

    def _size_limit(self) -> int:
        announced = self._smtp.esmtp_extensions.get("size", "").strip()
        return int(announced) if announced.isdecimal() and len(announced) < 20 else 0

    async def _command(self, phase: str, line: bytes) -> None:
        response = await self._smtp.execute_command(line, timeout=seconds(self._relay.command_timeout))
        if not 200 <= response.code < 300:
            self._stop(phase, response)

    def _stop(self, phase: str, response: SMTPResponse) -> None:
        outcome = _refusal(phase, response)
        self._clean = isinstance(outcome, Refused) or (400 <= response.code < 500 and response.code != 421)
        raise Stopped(outcome)

    def _refuse(self, reason: str) -> None:
        self._clean = True
        raise Stopped(Refused(reason))

    async def _answer_to_dot(self) -> Outcome:
        timeout = self._relay.dot_timeout
        try:
            response = await self._wire.answer(seconds(timeout))
        except asyncio.CancelledError:
            # A cancelling caller must still learn that the dot was sent: an exception would say "failed".
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            return Unknown("stopped while waiting for the answer to the final dot")
        except TimeoutError:
            return Unknown(f"no answer to the final dot within {timeout.total_seconds():.0f} s")
        except (aiosmtplib.SMTPException, OSError) as error:
            return Unknown(f"after the final dot: {fault_line(error)}")
        # The code alone decides, whatever the text says and in whatever alphabet (RFC 5321 §4.3.2, §4.2).
        if 200 <= response.code < 300:
            self._clean = True
            return Sent(reply_line(response))
        if 400 <= response.code < 600:
            outcome = _refusal("the final dot", response)
            self._clean = response.code != 421
            return outcome
        return Unknown(f"after the final dot: {reply_line(response)!r} is not an SMTP reply to it")


@contextlib.contextmanager
def _before_the_dot() -> Iterator[None]:
    """Silence and broken connections before the dot prove that nothing was delivered."""
    try:
        yield
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Stopped(TryLater(f"before the final dot: {fault_line(error)}")) from error


def _refusal(phase: str, response: SMTPResponse) -> TryLater | Refused:
    reason = f"{phase}: {reply_line(response)}"
    if response.code in LOGIN_CODES:
        return TryLater(reason, login=True)
    if 500 <= response.code < 600:
        return Refused(reason)
    # Before it has heard of any recipient or content, the relay refuses all letters alike; except for their size (452).
    return TryLater(reason, outage=phase == "MAIL" and response.code != 452)


def reply_line(response: SMTPResponse) -> str:
    """The reply as one printable line, cut; its enhanced status code (RFC 3463) stays in it."""
    return _one_line(f"{response.code} {response.message}")


def fault_line(error: Exception) -> str:
    """An exception of aiosmtplib or the socket as one printable line, cut."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _one_line(f"{error.code} {error.message}" if error.code > 0 else error.message)
    return _one_line(str(error) or type(error).__name__)


def _one_line(text: str) -> str:
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in text[:REASON_CHARACTERS]).strip()


def seconds(span: timedelta) -> float:
    return span.total_seconds()
