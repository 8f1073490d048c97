"""The login at the relay (RFC 4954): one mechanism after the other, but a wrong password once only.

535               the password is wrong: no other mechanism makes it right, and each try counts against the account
432, 454, 4xx     the relay cannot log anybody in now: an outage
any other 5xx     not by this mechanism: the next one that the relay offers
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import aiosmtplib
from aiosmtplib import SMTPResponse

from desk.errors import DeskError
from desk.letters import TryLater
from mailer.smtp.session import reply_line

_T = TypeVar("_T")
WRONG_PASSWORD = 535
_CONTINUE, _DONE = 334, 235
# RFC 7677 §4 asks for 4,096 and more; a relay that asks for thousands of times that wants our processor, not a proof.
_MOST_ITERATIONS = 1_000_000
AUTO = "auto"


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


async def log_in(smtp: aiosmtplib.SMTP, credentials: Credentials, wanted: str = AUTO) -> str:
    """Logs in and gives the mechanism that worked, "" where there is no user. Raises Unready.

    `wanted` is one mechanism in lower case, or "auto": the safest that is offered, and others where it is not accepted.
    """
    if not credentials.user:
        return ""
    mechanisms = _mechanisms(smtp.server_auth_methods, credentials, wanted)
    secret = await ask(credentials.token if mechanisms == ["xoauth2"] else credentials.password)
    refusals: list[str] = []
    for mechanism in mechanisms:
        try:
            await _BY_NAME[mechanism](smtp, credentials.user, secret)
            return mechanism.upper()
        except aiosmtplib.SMTPAuthenticationError as error:
            line = reply_line(SMTPResponse(error.code, error.message))
            if 400 <= error.code < 500:
                raise Unready(TryLater(f"login: {line}")) from error
            refusals.append(f"{mechanism.upper()}: {line}")
            if error.code == WRONG_PASSWORD:
                break
        except aiosmtplib.SMTPServerDisconnected:
            if not refusals:
                raise
            # It hung up because of the refusal: the next try would be a new connection, and one more wrong login.
            break
    reason = "; ".join(refusals) if len(refusals) > 1 else refusals[0].partition(": ")[2]
    raise LoginRefused(TryLater(f"login: {reason}", login=True))


def _mechanisms(offered: list[str], credentials: Credentials, wanted: str) -> list[str]:
    """What to try, in order, of what the relay offers. Raises Unready where nothing is left."""
    if wanted != AUTO:
        known = [wanted]
    elif credentials.token is not None:
        known = ["xoauth2"]
    else:
        known = [name for name in _BY_NAME if name != "xoauth2"]
    found = [name for name in known if name in offered]
    if not found:
        has = " ".join(offered).upper() or "no AUTH at all"
        names = ", ".join(name.upper() for name in known)
        raise Unready(TryLater(f"login: the relay offers {has}, and of {names} none", login=True))
    return found


async def ask(source: Callable[[], _T] | None) -> _T:
    """The secret, fetched in a thread. If it cannot be had, the login counts as failed."""
    if source is None:
        raise Unready(TryLater("login: there is no secret for it in the configuration", login=True))
    try:
        return await asyncio.to_thread(source)
    except (DeskError, OSError) as error:
        raise Unready(TryLater(f"login: {error}", login=True)) from error


async def _plain(smtp: aiosmtplib.SMTP, user: str, password: str) -> None:
    await smtp.auth_plain(user, password)


async def _login(smtp: aiosmtplib.SMTP, user: str, password: str) -> None:
    """Without an initial response, which some relays take for a wrong command (no RFC has ever described LOGIN)."""
    await _said(smtp, _CONTINUE, b"AUTH", b"LOGIN")
    await _said(smtp, _CONTINUE, _coded(user))
    await _said(smtp, _DONE, _coded(password))


async def _xoauth2(smtp: aiosmtplib.SMTP, user: str, token: str) -> None:
    await smtp.auth_xoauth2(user, token)


async def _cram_md5(smtp: aiosmtplib.SMTP, user: str, password: str) -> None:
    await smtp.auth_crammd5(user, password)


def _scram(mechanism: str) -> Callable[[aiosmtplib.SMTP, str, str], Awaitable[None]]:
    """SCRAM (RFC 5802, 7677): the password does not travel, and the relay proves that it knows it."""

    async def act(smtp: aiosmtplib.SMTP, user: str, password: str) -> None:
        # Only here: its import costs more than that of all of this package.
        from scramp import ScramClient, ScramException

        client = ScramClient([mechanism], user, password)
        try:
            greeting = _coded(client.get_client_first())
            first = _decoded(await _said(smtp, _CONTINUE, b"AUTH", mechanism.encode(), greeting))
            _check_iterations(first)
            client.set_server_first(first)
            final = await asyncio.to_thread(client.get_client_final)
            # RFC 4954 §4: what the server says last comes as one more challenge.
            client.set_server_final(_decoded(await _said(smtp, _CONTINUE, _coded(final))))
        except (ScramException, ValueError) as error:
            # It does not know the password: somebody else sits there, or is between us.
            raise Unready(TryLater(f"login: {mechanism}: the relay cannot be believed: {error}", login=True)) from error
        await _said(smtp, _DONE, b"")

    return act


def _check_iterations(message: str) -> None:
    count = next((part[2:] for part in message.split(",") if part.startswith("i=")), "")
    if not count.isdecimal() or int(count[:12]) > _MOST_ITERATIONS:
        raise ValueError(f"it asks for {count[:20]!r} iterations")


async def _said(smtp: aiosmtplib.SMTP, wanted: int, *words: bytes) -> str:
    """The text of the answer. Raises SMTPAuthenticationError where it has another code than `wanted`."""
    response = await smtp.execute_command(*words)
    if response.code != wanted:
        raise aiosmtplib.SMTPAuthenticationError(response.code, response.message)
    return response.message


def _decoded(challenge: str) -> str:
    return base64.b64decode(challenge).decode()


def _coded(text: str) -> bytes:
    return base64.b64encode(text.encode())


_BY_NAME: Mapping[str, Callable[[aiosmtplib.SMTP, str, str], Awaitable[None]]] = {
    "xoauth2": _xoauth2,
    "scram-sha-256": _scram("SCRAM-SHA-256"),
    "scram-sha-1": _scram("SCRAM-SHA-1"),
    "plain": _plain,
    "login": _login,
    "cram-md5": _cram_md5,
}
"""In the order in which they are tried."""
