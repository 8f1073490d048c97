"""Connects to an IMAP server and logs in, never with less protection than configured."""

import re
import ssl
from collections.abc import Callable

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from desk.errors import MailboxError
from mailer.account import Account
from mailer.imap.client import FOREIGN, Client, in_words, safe
from mailer.imap.wire import tls_context
from mailer.secrets import Secrets

_TEMPORARY = re.compile(
    # Response codes of RFC 5530, then what Gmail, Microsoft 365, QQ and Dovecot write without one.
    r"\[(UNAVAILABLE|INUSE|SERVERBUG|LIMIT|OVERQUOTA)\]"
    r"|too many|temporar|try again|not connected|timed out|frequen|internal error",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\[(AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|PRIVACYREQUIRED|CONTACTADMIN)\]", re.IGNORECASE
)


def log_in(account: Account, secrets: Secrets) -> tuple[Client, frozenset[str]]:
    """A logged-in connection and what the server offers on it.

    Raises MailboxError, permanent when a person must look: refused login, untrusted certificate, no STARTTLS.
    """
    if account.oauth is None:
        return _prove(
            account, lambda client, offered: _by_password(account, client, offered, secrets.password(account))
        )
    tokens = secrets.tokens(account)
    try:
        return _prove(account, lambda client, offered: _by_token(account, client, offered, tokens.access_token()))
    except MailboxError as error:
        if not isinstance(error.__cause__, IMAPClientError) or not error.permanent:
            raise
        # The token may have been revoked early: try once more, with a fresh token on a new connection.
        tokens.invalidate()
        return _prove(account, lambda client, offered: _by_token(account, client, offered, tokens.access_token()))


def _prove(account: Account, prove: Callable[[Client, frozenset[str]], None]) -> tuple[Client, frozenset[str]]:
    client = dial(account)
    try:
        try:
            if client.wire.state != "AUTH":
                prove(client, client.read_capabilities())
        except FOREIGN as error:
            raise _refusal(account, error) from error
        try:
            offered = client.read_capabilities()
            if "ID" in offered:
                _introduce(client)
        except FOREIGN as error:
            raise MailboxError(f"mailbox {account.name}: after the login: {in_words(error)}") from error
    except BaseException:
        client.wire.shutdown()
        raise
    return client, offered


def dial(account: Account) -> Client:
    """A connection that is encrypted as configured, and not yet logged in."""
    context = None if account.tls == "none" else tls_context(account.tls_ca)
    patience = account.timeout.total_seconds()
    client: Client | None = None
    try:
        client = Client(account.host, account.port, context if account.tls == "tls" else None, patience)
        if account.tls == "starttls":
            # A greeting that claims we are logged in already (PREAUTH) can keep a client from using TLS.
            if client.wire.state != "NONAUTH" or "STARTTLS" not in client.wire.capabilities:
                raise MailboxError(
                    f"mailbox {account.name}: {account.host}:{account.port} does not offer STARTTLS; "
                    'use tls = "tls" with the port for it, or find out who removes the offer on the way',
                    permanent=True,
                )
            client.starttls(context)
    except (*FOREIGN, MailboxError) as error:
        if client is not None:
            client.wire.shutdown()
        if isinstance(error, MailboxError):
            raise
        raise MailboxError(
            f"mailbox {account.name}: cannot connect to {account.host}:{account.port}: {in_words(error)}",
            permanent=isinstance(error, ssl.SSLCertVerificationError),
        ) from error
    return client


def _by_password(account: Account, client: Client, offered: frozenset[str], password: str) -> None:
    simple = account.user.isascii() and password.isascii() and "LOGINDISABLED" not in offered
    try:
        if simple:
            # imaplib quotes the password and not the user.
            quoted = safe(account.user).replace("\\", "\\\\").replace('"', '\\"')
            client.login(f'"{quoted}"', safe(password))
        elif "AUTH=PLAIN" in offered:
            identity = f"\0{safe(account.user)}\0{safe(password)}".encode()
            client.sasl_login("PLAIN", _answers(identity))
        else:
            raise MailboxError(
                f"mailbox {account.name}: {account.host} offers no way to log in with this user and password "
                "(it disables LOGIN, or they are not ASCII, and it has no AUTH=PLAIN)",
                permanent=True,
            )
    except IMAPClientError as error:
        if password in in_words(error):
            # Some servers repeat the command that they refuse, with the password.
            raise MailboxError(f"mailbox {account.name}: the login was refused", permanent=True) from None
        raise


def _by_token(account: Account, client: Client, offered: frozenset[str], token: str) -> None:
    if "AUTH=XOAUTH2" in offered or "AUTH=OAUTHBEARER" not in offered:
        first = f"user={safe(account.user)}\x01auth=Bearer {safe(token)}\x01\x01"
        # A refusal comes as a challenge with the reason, and needs an empty answer.
        client.sasl_login("XOAUTH2", _answers(first.encode(), b""))
    else:
        user = safe(account.user).replace("=", "=3D").replace(",", "=2C")
        first = f"n,a={user},\x01host={account.host}\x01port={account.port}\x01auth=Bearer {safe(token)}\x01\x01"
        client.sasl_login("OAUTHBEARER", _answers(first.encode(), b"\x01"))


def _answers(*answers: bytes) -> Callable[[bytes], bytes | None]:
    """Answers the challenges of a SASL exchange one after the other; at one too many the exchange is aborted."""
    left = list(answers)
    calls = 0

    def answer(_challenge: bytes) -> bytes | None:
        nonlocal calls
        calls += 1
        if calls > len(answers) + 2:
            raise IMAPClientAbortError("the server does not stop asking")
        return left.pop(0) if left else None

    return answer


def _refusal(account: Account, error: Exception) -> MailboxError:
    """The error for a failed login: it is permanent if the server refused us, and not if it is busy (RFC 5530)."""
    text = in_words(error)
    broken = not isinstance(error, IMAPClientError) or isinstance(error.__context__, (OSError, IMAPClientAbortError))
    broken = broken or isinstance(error, IMAPClientAbortError)
    temporary = broken or (_TEMPORARY.search(text) is not None and _REFUSED.search(text) is None)
    remedy = "" if temporary else "; mend user, password or token, or the account's right to use IMAP"
    return MailboxError(
        f"mailbox {account.name}: {account.host} refused the login of {account.user}: {text}{remedy}"
        if not broken
        else f"mailbox {account.name}: logging in at {account.host}: {text}",
        permanent=not temporary,
    )


def _introduce(client: Client) -> None:
    """Send our name (RFC 2971): NetEase refuses SELECT as "Unsafe Login" to clients that do not."""
    try:
        client.id_({"name": "Postdesk"})
    except IMAPClientAbortError:
        raise
    except (IMAPClientError, ValueError):
        # Only a courtesy: some servers offer ID, refuse it, and work nevertheless.
        pass
