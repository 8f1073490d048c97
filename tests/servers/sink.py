"""A real SMTP server that remembers what it accepted: the oracle of every test about letters."""

import asyncio
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from servers.pace import patience
from servers.process import free_port


@dataclass
class Accepted:
    """One mail that was accepted with 250."""

    sender: str
    recipients: list[str]
    content: bytes
    at: float

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"]).strip("<> ")


@dataclass
class Sink:
    """aiosmtpd on a free port of this machine."""

    accepted: list[Accepted] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    """Answers to RCPT by recipient, such as "550 5.1.1 no such user"."""
    delay: float = 0.0
    """Seconds between the final dot and its answer."""
    port: int = field(default_factory=free_port)
    _lock: Any = field(default_factory=threading.Lock)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self._lock:
            sender = (envelope.mail_from or "").strip("<>")
            self.accepted.append(Accepted(sender, list(envelope.rcpt_tos), envelope.content, time.monotonic()))
        # Accepted is accepted, whether or not the other side lives to hear it.
        if self.delay:
            await asyncio.sleep(self.delay)
        return "250 2.0.0 queued"

    def __enter__(self) -> "Sink":
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, decode_data=False)
        self._controller.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._controller.stop()

    def to(self, recipient: str) -> list[Accepted]:
        return [one for one in self.accepted if recipient in one.recipients]

    def copies(self) -> Counter[str]:
        """How often each Message-ID was accepted."""
        return Counter(one.message_id for one in list(self.accepted))

    def wait(self, count: int, recipient: str | None = None, seconds: float = 20.0) -> list[Accepted]:
        """The mails (to a recipient) once there are so many; AssertionError when they do not come."""
        end = time.monotonic() + patience(seconds)
        while True:
            found = self.to(recipient) if recipient else list(self.accepted)
            if len(found) >= count:
                return found
            assert time.monotonic() < end, f"{len(found)} of {count} mails to {recipient or 'anybody'}"
            time.sleep(0.01)
