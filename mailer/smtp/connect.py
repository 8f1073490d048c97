"""A new connection to the relay: greeting, EHLO, TLS as configured, login.

220 · EHLO · STARTTLS · EHLO · AUTH
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import aiosmtplib
from aiosmtplib import SMTPResponse

from desk.errors import DeskError
from desk.letters import TryLater
from mailer.account import Relay
from mailer.smtp.session import Session, Wire, fault_line, reply_line, seconds

_T = TypeVar("_T")


class Unready(Exception):
    """No connection to the relay could be made; `outcome` gives the reason to every waiting letter."""

    def __init__(self, outcome: TryLater) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class LoginRefused(Unready):
    """The relay refused the login, which a fresh token may change."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the secret comes from. Every connection asks again, and each of the functions may block."""

    user: str
    password: Callable[[], str] | None
    token: Callable[[], str] | None
    """Gives an XOAUTH2 access token, which is preferred to the password."""
    refresh: Callable[[], None] | None
    """Makes `token` fetch a new one."""


async def connect(relay: Relay, hostname: str, credentials: Credentials) -> Session:
    """A new connection: greeting, EHLO, TLS as configured, login. Raises Unready.

    A stale XOAUTH2 token is refreshed once, and then tried on a connection of its own, since many relays hang up
    after a refused login.
    """
    try:
        return await _connect(relay, hostname, credentials)
    except LoginRefused:
        if credentials.token is None or credentials.refresh is None:
            raise
        await _ask(credentials.refresh)
        return await _connect(relay, hostname, credentials)


async def _connect(relay: Relay, hostname: str, credentials: Credentials) -> Session:
    context = None if relay.tls == "none" else await asyncio.to_thread(_tls_context, relay)
    smtp = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        local_hostname=hostname,
        use_tls=relay.tls == "tls",
        # We upgrade by ourselves below; None here would go on in plain text when STARTTLS is not offered.
        start_tls=False,
        tls_context=context,
        timeout=seconds(relay.command_timeout),
    )
    try:
        await smtp.connect(timeout=seconds(relay.connect_timeout))
        await smtp.ehlo()
        if relay.tls == "starttls":
            await _upgrade(smtp, relay)
        mechanism = await _login(smtp, credentials)
        wire = Wire(smtp)
    except (aiosmtplib.SMTPException, OSError) as error:
        smtp.close()
        raise Unready(_unreachable(relay, error)) from error
    except BaseException:
        smtp.close()
        raise
    return Session(smtp, wire, relay, mechanism)


def _tls_context(relay: Relay) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(relay.tls_ca) if relay.tls_ca else None)
    except OSError as error:
        raise Unready(TryLater(f"smtp.tls_ca {relay.tls_ca} cannot be used: {error}", login=True)) from error


def _unreachable(relay: Relay, error: Exception) -> TryLater:
    where = f"{relay.host}:{relay.port}"
    # From STARTTLS the certificate's error comes as it is, from a TLS port wrapped (aiosmtplib 5.1.3).
    certificate = error if isinstance(error, ssl.SSLCertVerificationError) else error.__cause__
    if isinstance(certificate, ssl.SSLCertVerificationError):
        # Wrong for every letter, and handing our password over would be worse than waiting: treated like a refused
        # login, which stops the queue and alarms.
        return TryLater(f"{where}: its certificate is not to be trusted: {certificate.verify_message}", login=True)
    return TryLater(f"{where}: {fault_line(error)}")


async def _upgrade(smtp: aiosmtplib.SMTP, relay: Relay) -> None:
    """STARTTLS and a second EHLO, because nothing said before TLS counts (RFC 3207 §4.2)."""
    if not smtp.supports_extension("starttls"):
        reason = f"{relay.host}:{relay.port} does not offer STARTTLS: an outage there, or somebody between us and it"
        raise Unready(TryLater(reason, login=True))
    await smtp.starttls(timeout=seconds(relay.connect_timeout))
    await smtp.ehlo()


async def _login(smtp: aiosmtplib.SMTP, credentials: Credentials) -> str:
    """AUTH by one mechanism only: trying several with a wrong password can lock the account."""
    if not credentials.user:
        return ""
    offered = smtp.server_auth_methods
    try:
        if credentials.token is not None:
            _offered(offered, "xoauth2")
            token = await _ask(credentials.token)
            await smtp.auth_xoauth2(credentials.user, token)
            return "XOAUTH2"
        password = await _ask(credentials.password) if credentials.password is not None else ""
        if "plain" in offered:
            await smtp.auth_plain(credentials.user, password)
            return "PLAIN"
        _offered(offered, "login")
        await smtp.auth_login(credentials.user, password)
        return "LOGIN"
    except aiosmtplib.SMTPAuthenticationError as error:
        response = SMTPResponse(error.code, error.message)
        if error.code == 421:
            raise Unready(TryLater(f"login: {reply_line(response)}")) from error
        raise LoginRefused(TryLater(f"login: {reply_line(response)}", login=True)) from error


def _offered(offered: list[str], mechanism: str) -> None:
    if mechanism not in offered:
        known = " ".join(offered).upper() or "no AUTH at all"
        raise Unready(TryLater(f"login: the relay offers {known}, not {mechanism.upper()}", login=True))


async def _ask(callable_: Callable[[], _T]) -> _T:
    """The secret, fetched in a thread. If it cannot be had, the login counts as failed."""
    try:
        return await asyncio.to_thread(callable_)
    except (DeskError, OSError) as error:
        raise Unready(TryLater(f"login: {error}", login=True)) from error
