"""Passwords and tokens, from the environment or from a file that nobody else can read; never from config.toml."""

import os
import stat
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from desk.errors import ConfigError
from mailer.account import Account, Login
from mailer.oauth import Tokens


def where(login: Login) -> str:
    """The table of config.toml that a login is in, for messages: `[[mailbox]] "support"` or `[smtp]`."""
    return f'[[mailbox]] "{login.name}"' if isinstance(login, Account) else "[smtp]"


def secret(
    place: str, key: str, env: str | None, file: Path | None, environ: Mapping[str, str] = os.environ
) -> str | None:
    """The secret named by `<key>_env` or `<key>_file`, without a trailing line end; None when neither is configured.

    Raises ConfigError for an unset variable, and for a file that is missing, empty or readable by everybody.
    """
    if env is not None:
        value = environ.get(env, "")
        if not value:
            raise ConfigError(
                f"{place}: {key}_env names {env}, but that variable is not set; export it and start again"
            )
        return value
    if file is None:
        return None
    try:
        mode = file.stat().st_mode
        if mode & stat.S_IROTH:
            raise ConfigError(f"{place}: {key}_file {file} can be read by every user of this machine; chmod 600 it")
        value = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{place}: {key}_file {file} cannot be read: {reason}") from error
    if not value:
        raise ConfigError(f"{place}: {key}_file {file} is empty; write the secret into it")
    return value


def password(login: Login, environ: Mapping[str, str] = os.environ) -> str:
    """The password of a login.

    Raises ConfigError, naming the mailbox and the remedy, when none is configured or it cannot be read.
    """
    place = where(login)
    value = secret(place, "password", login.password_env, login.password_file, environ)
    if value is None:
        raise ConfigError(f"{place}: no password for {login.user}; set password_env, password_file or oauth")
    return value


class Secrets:
    """All passwords and tokens of this process: made once, shared by every thread."""

    def __init__(self, data: Path, now: Callable[[], datetime], environ: Mapping[str, str] = os.environ) -> None:
        """`data` is the folder for token files that have no `token_file` of their own."""
        self._data = data
        self._now = now
        self._environ = environ
        self._tokens: dict[str, Tokens] = {}
        self._lock = threading.Lock()

    def password(self, login: Login) -> str:
        """The password of a login; see `password`."""
        return password(login, self._environ)

    def tokens(self, login: Login) -> Tokens:
        """The access token of a login with `oauth`; logins with the same OAuth client and user share one.

        Raises ConfigError when a secret that the grant needs is not configured.
        """
        oauth = login.oauth
        if oauth is None:
            raise ConfigError(f"{where(login)}: oauth is not configured")
        place = where(login)
        client_secret = secret(place, "client_secret", oauth.client_secret_env, oauth.client_secret_file, self._environ)
        first = secret(place, "refresh_token", oauth.refresh_token_env, oauth.refresh_token_file, self._environ)
        identity = "\n".join((oauth.token_url, oauth.client_id, oauth.grant, oauth.scope, login.user))
        with self._lock:
            if identity not in self._tokens:
                self._tokens[identity] = Tokens(
                    place, oauth, login.user, self._data, self._now, client_secret=client_secret, refresh_token=first
                )
            return self._tokens[identity]
