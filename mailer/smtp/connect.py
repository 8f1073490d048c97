"""A new connection to the relay: greeting, EHLO, TLS as configured, login.

220 · EHLO · STARTTLS · EHLO · AUTH
"""

import asyncio
import ssl

import aiosmtplib

from desk.letters import TryLater
from mailer.account import Relay
from mailer.smtp.login import Credentials, LoginRefused, Unready, ask, log_in
from mailer.smtp.session import Session, Wire, fault_line, seconds


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
        await ask(credentials.refresh)
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
        mechanism = await log_in(smtp, credentials, relay.auth)
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
