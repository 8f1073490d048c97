"""The bytes of an IMAP connection, guarded: every command ends in time, and no answer is believed further than it goes.

imapclient speaks through imaplib, and imaplib through five methods that it documents as overridable: open, read,
readline, send and shutdown. What they mend, each seen to go wrong with imaplib of CPython 3.11:

- a read timeout counts for one read, so a server that trickles bytes holds a command for ever;
- a line over 1,000,000 bytes raises (140,000 UIDs), while a literal of any announced size is allocated;
- plain text sent behind the answer to STARTTLS is read as if it had come by TLS;
- a tagged OK without text is taken for a broken connection;
- the text of BYE and ALERT never reaches an operator.
"""

import imaplib
import logging
import re
import socket
import ssl
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from desk.errors import ConfigError

log = logging.getLogger(__name__)

SLOWEST = 8_000
"""Bytes a second. Each byte that moves buys the command this much time more; below it, the peer is not serving us."""
LINE_LIMIT = 64 << 20
LITERAL_LIMIT = 128 << 20
_READ = 1 << 16
_BARE = re.compile(rb"[A-Z]+\d+ (?:OK|NO|BAD)\r\n")
_SPOKEN = re.compile(rb"\S+ (?:(?:OK|NO|BAD) \[ALERT\]|BYE)(.*)", re.IGNORECASE)


class Wire(imaplib.IMAP4):
    """An IMAP connection whose commands have a deadline; `cut` ends it from another thread."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, patience: float) -> None:
        """`patience` is the seconds that a command may take, besides the time that its bytes need at `SLOWEST`."""
        self._tls = tls
        self._patience = patience
        self._buffer = bytearray()
        self._deadline = 0.0
        self._is_cut = False
        self.bye = ""
        """What the server said when it closed the connection."""
        super().__init__(host, port, patience)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.arm()
        plain = socket.create_connection((host, port), timeout)
        # An APPEND is two small writes: with Nagle's algorithm each waits for the peer's delayed acknowledgement.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.sock = plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=host)
        self.arm()

    def arm(self) -> None:
        """Begin a new command's time."""
        self._deadline = time.monotonic() + self._patience

    def _set_timeout(self) -> None:
        left = self._deadline - time.monotonic()
        if self._is_cut:
            raise self.abort("the connection was cut by Postdesk")
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(min(left, self._patience))

    def _fill(self) -> None:
        self._set_timeout()
        chunk = self.sock.recv(_READ)
        if not chunk:
            raise self.abort(self.bye or "the server closed the connection")
        self._deadline += len(chunk) / SLOWEST
        self._buffer += chunk

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes of a literal."""
        if size > LITERAL_LIMIT:
            raise self.abort(f"the server announced a literal of {size} bytes")
        while len(self._buffer) < size:
            self._fill()
        return self._take(size)

    def readline(self) -> bytes:
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            if seen > LINE_LIMIT:
                raise self.abort("the server sent a line that does not end")
            self._fill()
        line = self._take(end + 1)
        if spoken := _SPOKEN.match(line):
            self._hear(spoken[1].decode("utf-8", "replace").strip(), bye=b"[ALERT]" not in spoken[0].upper())
        # imaplib takes no tagged answer without the text that RFC 9051 §7.1 puts behind it.
        return line[:-2] + b" \r\n" if _BARE.fullmatch(line) else line

    def _hear(self, text: str, *, bye: bool) -> None:
        text = "".join(c if c.isprintable() else " " for c in text)[:200]
        if bye:
            self.bye = f"the server said goodbye: {text}"
        else:
            # RFC 9051 §7.1 wants an alert shown to a person.
            log.warning("mail server alert", extra={"source": self.host, "reason": text})

    def send(self, data: Any) -> None:
        self.arm()
        rest = memoryview(data)
        while rest:
            self._set_timeout()
            sent = self.sock.send(rest[:_READ])
            self._deadline += sent / SLOWEST
            rest = rest[sent:]

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> Any:
        """STARTTLS; refuses plain text that was slipped in behind the server's answer (RFC 9051 §11.1)."""
        typ, data = self._simple_command("STARTTLS")
        if typ != "OK":
            raise self.error("STARTTLS was refused")
        if self._buffer:
            raise self.abort("plain text came between STARTTLS and TLS: somebody may be tampering with the connection")
        self._set_timeout()
        context = ssl_context or ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        # What was said before TLS does not count after it.
        self.untagged_responses.clear()
        self._get_capabilities()
        return typ, data

    def pending(self) -> bool:
        """Whether bytes have arrived that poll() on the socket does not report."""
        return bool(self._buffer) or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)

    def cut(self) -> None:
        """End the connection at once; any thread may call it."""
        self._is_cut = True
        # The method of the plain socket: that of SSLSocket takes the TLS state from under a running read.
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def send_logout(self) -> None:
        """Send LOGOUT as a courtesy: wait two seconds for the answer, and ignore any failure."""
        self._patience = min(self._patience, 2.0)
        with suppress(OSError, self.error):
            self._simple_command("LOGOUT")

    def shutdown(self) -> None:
        self.cut()
        self.sock.close()


def tls_context(authorities: Path | None) -> ssl.SSLContext:
    """TLS that checks certificate and host name, always; `authorities` replaces those of the system."""
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise ConfigError(f"tls_ca: {authorities} cannot be used: {error.strerror or error}") from error
