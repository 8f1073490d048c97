"""Access tokens for XOAUTH2: fetched, kept until shortly before they expire, renewed (RFC 6749 §4.4, §6)."""

import json
import os
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from typing import Any

from desk.errors import ConfigError, MailboxError
from mailer.account import OAuth, is_loopback

EARLY = timedelta(minutes=5)
"""How long before its expiry a token is renewed."""
TIMEOUT = 30.0
"""Seconds for one exchange with the token server."""
ANSWER_LIMIT = 1_000_000
_TEMPORARY = {"temporarily_unavailable", "server_error", "slow_down", "rate_limit_exceeded"}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects, which would carry our secrets to an address that nobody configured."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class Tokens:
    """The access token of one login, for any number of threads. No secret is ever part of an error text."""

    def __init__(
        self,
        place: str,
        oauth: OAuth,
        user: str,
        data: Path,
        now: Callable[[], datetime],
        *,
        client_secret: str | None = None,
        refresh_token: str | None = None,
    ) -> None:
        """`place` names the login in messages; `data` is where the token file lies unless `oauth.token_file` says.

        Raises ConfigError when the grant lacks a secret or the token server would be asked in plain text.
        """
        url = urllib.parse.urlsplit(oauth.token_url)
        if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
            raise ConfigError(f"{place}: oauth.token_url must begin with https://")
        if oauth.grant == "refresh_token" and refresh_token is None:
            raise ConfigError(f"{place}: oauth needs refresh_token_env or refresh_token_file")
        if oauth.grant == "client_credentials" and client_secret is None:
            raise ConfigError(f"{place}: oauth needs client_secret_env or client_secret_file")
        self._place = place
        self._oauth = oauth
        self._now = now
        self._client_secret = client_secret
        self._configured = refresh_token or ""
        readable = re.sub(r"[^A-Za-z0-9.@_-]", "_", user) or "client"
        digest = sha256(f"{oauth.token_url}\n{oauth.client_id}\n{user}".encode()).hexdigest()[:8]
        self._file = oauth.token_file or data / f"oauth-{readable}-{digest}.json"
        self._access_token = ""
        self._renew_at: datetime | None = None
        self._lock = threading.Lock()
        self._opener = urllib.request.build_opener(_NoRedirect)

    def access_token(self) -> str:
        """A token that is valid for some minutes more.

        Raises MailboxError: permanent when the token server refuses us, else when it cannot be reached now.
        """
        with self._lock:
            if not self._access_token or self._renew_at is None or self._now() >= self._renew_at:
                self._renew()
            return self._access_token

    def invalidate(self) -> None:
        """Forget the token, because a server refused it."""
        with self._lock:
            self._access_token = ""

    def _renew(self) -> None:
        asked_at = self._now()
        answer = self._ask(self._form())
        token = answer.get("access_token")
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise MailboxError(f"{self._place}: the token server's answer holds no access token")
        # Keep the new refresh token before the access token is used: the server may forget the old one on first use.
        rotated = answer.get("refresh_token")
        if self._oauth.grant == "refresh_token" and isinstance(rotated, str) and rotated:
            self._keep(rotated)
        self._access_token = token
        lasting = _lasting(answer.get("expires_in"))
        self._renew_at = asked_at + max(lasting - EARLY, lasting / 2)

    def _form(self) -> dict[str, str]:
        form = {"grant_type": self._oauth.grant, "client_id": self._oauth.client_id}
        if self._client_secret is not None:
            form["client_secret"] = self._client_secret
        if self._oauth.grant == "refresh_token":
            form["refresh_token"] = self._kept() or self._configured
        if self._oauth.scope:
            form["scope"] = self._oauth.scope
        return form

    def _ask(self, form: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked when we were made
            self._oauth.token_url,
            data=urllib.parse.urlencode(form).encode("ascii"),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return _json_object(_read(response))
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error.code, _body(error)) from None
        except (OSError, HTTPException, ValueError) as error:
            # Only the kind of failure: the texts of these errors may hold what was sent.
            reason = getattr(error, "reason", None)
            kind = type(reason if isinstance(reason, Exception) else error).__name__
            raise MailboxError(f"{self._place}: the token server cannot be reached now ({kind})") from None

    def _refusal(self, status: int, body: bytes) -> MailboxError:
        """The error for an error answer (RFC 6749 §5.2), without anything that the server may have echoed."""
        try:
            code = _json_object(body).get("error")
        except ValueError:
            code = None
        if not isinstance(code, str) or not re.fullmatch(r"[a-z_]{1,40}", code):
            code = f"HTTP {status}"
        detail = re.search(rb"AADSTS\d{4,8}", body)
        if detail is not None:
            code += f", {detail[0].decode('ascii')}"
        permanent = 400 <= status < 500 and status not in (408, 425, 429) and code.split(",")[0] not in _TEMPORARY
        remedy = "; authorise Postdesk again and configure the new refresh token" if "invalid_grant" in code else ""
        return MailboxError(f"{self._place}: the token server refused ({code}){remedy}", permanent=permanent)

    def _kept(self) -> str:
        """The rotated refresh token; "" when there is none, or when another one has been configured since."""
        try:
            kept = _json_object(self._file.read_bytes())
        except (OSError, ValueError):
            return ""
        token = kept.get("refresh_token")
        return token if kept.get("follows") == self._seed() and isinstance(token, str) else ""

    def _keep(self, token: str) -> None:
        """Save a rotated refresh token in one step, so that a crash cannot lose it or leave half a file."""
        temporary = self._file.with_name(f"{self._file.name}.{os.getpid()}.tmp")
        content = json.dumps({"follows": self._seed(), "refresh_token": token}).encode("ascii")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(self._file)
            folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise MailboxError(
                f"{self._place}: the new refresh token cannot be saved in {self._file}: {reason}"
            ) from None

    def _seed(self) -> str:
        """A digest of the configured token that a rotated one follows: a newly configured token takes precedence."""
        return sha256(self._configured.encode()).hexdigest()


def _read(response: Any) -> bytes:
    """The body of an answer, within limits on its time and size."""
    end = time.monotonic() + TIMEOUT
    body = bytearray()
    while chunk := response.read1(65536):
        body += chunk
        if len(body) > ANSWER_LIMIT or time.monotonic() > end:
            raise ValueError("the answer does not end")
    return bytes(body)


def _body(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(65536)
    except (OSError, HTTPException):
        return b""


def _json_object(content: bytes) -> dict[str, Any]:
    value = json.loads(content)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _lasting(expires_in: Any) -> timedelta:
    """How long a token is valid; one hour when the server does not say, which RFC 6749 §5.1 allows."""
    try:
        return timedelta(seconds=min(max(float(expires_in), 0.0), 86400.0))
    except (TypeError, ValueError):
        return timedelta(hours=1)
