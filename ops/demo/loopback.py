"""A mail world on this machine only, for a first try: an IMAP server, and an SMTP server that delivers into it.

It keeps everything in memory and hands nothing on. Its SMTP side is the border of that world and does what a border
server does: asks for a login, refuses unknown recipients, and stamps what it accepts (`ops.demo.stamp`).
"""

import asyncio
import hmac
import itertools
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from desk.errors import DeskError
from ops.demo.stamp import stamp

HOST = "127.0.0.1"
SIZE_LIMIT_BYTES = 50_000_000
START_SECONDS = 30.0
AUTHSERV_ID = "mx.loopback.test"


class Loopback:
    """Both servers, for users given as address to password; the login name is the address.

    `aliases` lead to a user each, and so does user+anything. A port of 0 takes a free one; `imap_port` and
    `smtp_port` hold the real ones after `start`. Raises DeskError when it cannot start.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        aliases: Mapping[str, str] | None = None,
        imap_port: int = 0,
        smtp_port: int = 0,
        authserv_id: str = AUTHSERV_ID,
    ) -> None:
        self.host = HOST
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self.authserv_id = authserv_id
        self._users = dict(users)
        self._aliases = {address.lower(): address for address in users}
        self._aliases |= {alias.lower(): user for alias, user in (aliases or {}).items()}
        self._imap: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._mailboxes: _Mailboxes | None = None

    def __enter__(self) -> "Loopback":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start both servers; they answer when this returns."""
        try:
            self._start_imap()
            self._start_smtp()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End both servers; all mail in them is gone. May be called twice."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join()
        self._loop = self._stop = self._thread = None
        if self._mailboxes is not None:
            self._mailboxes.close()
            self._mailboxes = None
        if self._imap is not None:
            _end(self._imap)
            self._imap = None

    def _start_imap(self) -> None:
        # The child must find this package from any working directory.
        search = [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
        self._imap = subprocess.Popen(
            [sys.executable, "-P", "-m", "ops.demo.loopback_imap", "--port", str(self.imap_port)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(search)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.imap_port = _greet(self._imap, self._users)
        self._mailboxes = _Mailboxes(self.imap_port, self._users)

    def _start_smtp(self) -> None:
        started: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), name="loopback-smtp")
        self._thread.start()
        try:
            self.smtp_port = started.result()
        except (OSError, OverflowError) as error:
            raise DeskError(f"no SMTP server on {HOST}:{self.smtp_port}: {error}") from error

    async def _serve(self, started: "Future[int]") -> None:
        loop = asyncio.get_running_loop()
        assert self._mailboxes is not None, "the IMAP side starts first"  # noqa: S101
        border = _Border(self._users, self._aliases, self._mailboxes, self.authserv_id)
        protocols: WeakSet[SMTP] = WeakSet()

        def accept() -> SMTP:
            protocol = SMTP(
                border,
                data_size_limit=SIZE_LIMIT_BYTES,
                enable_SMTPUTF8=True,
                hostname=self.authserv_id,
                ident="Postdesk loopback",
                # No TLS on a connection that does not leave this machine. That a login is needed is the border's to
                # say, as aiosmtpd's own auth_required warns about every such connection.
                auth_require_tls=False,
                authenticator=border.log_in,
                loop=loop,
            )
            protocols.add(protocol)
            return protocol

        try:
            server = await loop.create_server(accept, HOST, self.smtp_port)
        except (OSError, OverflowError) as error:
            started.set_exception(error)
            return
        self._loop, self._stop = loop, asyncio.Event()
        started.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        await server.wait_closed()
        for protocol in list(protocols):
            if protocol.transport is not None:
                protocol.transport.close()


class _Border:
    """The rules of the SMTP side, as aiosmtpd's handler."""

    def __init__(
        self, users: dict[str, str], aliases: dict[str, str], mailboxes: "_Mailboxes", authserv_id: str
    ) -> None:
        self._users = users
        self._aliases = aliases
        self._domains = {address.rpartition("@")[2] for address in aliases}
        self._mailboxes = mailboxes
        self._authserv_id = authserv_id
        self._numbers = itertools.count(1)

    def log_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = self._aliases.get(data.login.decode("utf-8", "replace").lower())
        password = self._users[user].encode() if user is not None else b""
        right = hmac.compare_digest(password, data.password) and user is not None
        return AuthResult(success=right, handled=False, auth_data=data if right else None)

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.lower().rpartition("@")[2] not in self._domains:
            return "550 5.7.1 Nothing leaves this machine"
        if self._user_of(address) is None:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        number = next(self._numbers)
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        data: Any = session.auth_data
        login = data.login.decode("utf-8", "replace")
        content = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            stamped = stamp(
                content,
                authserv_id=self._authserv_id,
                sender=sender,
                recipient=recipient,
                login=login,
                greeting=str(session.host_name),
                number=number,
                now=datetime.now(UTC),
            )
            try:
                await asyncio.to_thread(self._mailboxes.append, self._user_of(recipient) or "", stamped)
            except (OSError, IMAPClientError) as error:
                return f"451 4.3.0 The mailbox does not take it now: {type(error).__name__}"
        return f"250 2.0.0 Delivered as {number}"

    def _user_of(self, address: str) -> str | None:
        local, _, domain = address.lower().rpartition("@")
        return self._aliases.get(f"{local}@{domain}") or self._aliases.get(f"{local.partition('+')[0]}@{domain}")


class _Mailboxes:
    """One IMAP connection a user, for filing what was accepted. For any number of threads."""

    def __init__(self, port: int, users: dict[str, str]) -> None:
        self._port = port
        self._users = users
        self._connections: dict[str, IMAPClient] = {}
        self._locks = {user: threading.Lock() for user in users}

    def append(self, user: str, content: bytes) -> None:
        """Into the user's INBOX; returns when the server has named its UID. Raises OSError or IMAPClientError."""
        with self._locks[user]:
            if user not in self._connections:
                self._connections[user] = self._connect(user)
            try:
                answer = self._connections[user].append("INBOX", content)
            except (OSError, IMAPClientError):
                self._connections.pop(user).shutdown()
                raise
            if b"APPENDUID" not in answer:
                raise IMAPClientError("the server did not say where it put the mail")

    def close(self) -> None:
        for client in self._connections.values():
            try:
                client.logout()
            except (OSError, IMAPClientError):
                client.shutdown()
        self._connections.clear()

    def _connect(self, user: str) -> IMAPClient:
        client = IMAPClient(HOST, self._port, ssl=False, timeout=SocketTimeout(5, 60))
        # Without it each APPEND waits for the other side's delayed acknowledgement, 20 instead of 500 a second.
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(user, self._users[user])
        return client


def _greet(process: "subprocess.Popen[bytes]", users: dict[str, str]) -> int:
    """Give the IMAP server its users and get its port."""
    if process.stdin is None or process.stdout is None:
        raise DeskError("the loopback IMAP server has no pipes")
    try:
        process.stdin.write(json.dumps(users).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        raise DeskError("the loopback IMAP server did not start") from None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if ready else b""
    answer = json.loads(line) if line else {"error": "it did not start"}
    if "error" in answer:
        raise DeskError(f"no IMAP server on {HOST}: {answer['error']}")
    return int(answer["port"])


def _end(process: "subprocess.Popen[bytes]") -> None:
    # The end of its stdin is what it waits for.
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
