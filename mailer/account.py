"""The `[[mailbox]]` and `[smtp]` tables of config.toml: where mail comes from and by whom it goes out."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from desk.calendar.duration import parse_duration
from desk.sla.policy import SEVERAL, MailAddress, Names

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


class Frozen(BaseModel):
    """A table of config.toml. It refuses unknown keys, and its values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def is_loopback(host: str) -> bool:
    """Whether plain text to this host stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class OAuth(Frozen):
    """`oauth = {…}`: XOAUTH2 by refresh token or client credentials (RFC 6749 §6, §4.4)."""

    token_url: str
    client_id: str
    grant: Literal["refresh_token", "client_credentials"] = "refresh_token"
    scope: str = ""
    client_secret_env: str | None = None
    client_secret_file: Path | None = None
    refresh_token_env: str | None = None
    """The first refresh token. When the server rotates it, the new one goes into `token_file` and is used instead."""
    refresh_token_file: Path | None = None
    token_file: Path | None = None
    """Where the current tokens are kept, mode 0600; by default in the data folder."""


class Login(Frozen):
    """How Postdesk logs in; IMAP and SMTP share these keys."""

    user: str = ""
    password_env: str | None = None
    password_file: Path | None = None
    oauth: OAuth | None = None


class Account(Login):
    """`[[mailbox]]`: one mailbox that Postdesk watches."""

    name: str = Field(min_length=1)
    kind: Literal["imap", "maildir"] = "imap"
    addresses: Annotated[tuple[MailAddress, ...], SEVERAL] = Field(min_length=1)
    """Addresses and aliases that lead here. Letters are sent from the first one."""
    queue: str = "support"
    fixed: bool = False
    """Whether this queue wins over the one that the words of a mail speak for."""
    language: str | None = None
    """The language of letters when that of the mail is unknown; None takes the desk's."""
    authserv_id: str | None = None
    """The id in the Authentication-Results of our own mail server (RFC 8601 §2.5); None trusts no such field."""
    verify_dkim: bool = False
    """Check DKIM signatures with keys from DNS. An aligned signature proves the sender, as our mail server would."""
    since: datetime | None = None
    """Older mail is skipped; None means one day before the first connection."""
    folders: Names = Field(default=("INBOX",), min_length=1)
    size_limit: int = Field(default=35_000_000, ge=1000)
    """Bytes; a larger mail becomes a ticket from its headers and stays on the server."""

    # IMAP
    host: str = ""
    port: int = Field(default=993, ge=1, le=65535)
    tls: Literal["tls", "starttls", "none"] = "tls"
    tls_ca: Path | None = None
    """A PEM file of authorities to trust instead of the system's."""
    archive: str = "Postdesk"
    """The folder that processed mail is moved to; "" flags it and keeps it where it is."""
    sent_folder: str = ""
    """A folder to file a copy of each letter in; "" files none."""
    poll: Duration = Field(default=timedelta(seconds=60), ge=timedelta(seconds=1))
    timeout: Duration = Field(default=timedelta(seconds=30), ge=timedelta(seconds=1))
    idle: bool = True

    # Maildir
    path: Path | None = None

    @field_validator("archive", "sent_folder")
    @classmethod
    def _folder_name(cls, name: str) -> str:
        """Refuses what no server takes: wildcards of LIST, control characters, an empty level (RFC 9051 §5.1)."""
        wrong = next((one for one in name if one in "%*" or not one.isprintable()), None)
        if wrong is not None:
            raise ValueError(f"{name!r} is no name of a folder: it holds {wrong!r}")
        if name != name.strip() or name.startswith("/") or name.endswith("/") or "//" in name:
            raise ValueError(f"{name!r} is no name of a folder: a level of it is empty, or begins or ends in a space")
        return name

    @model_validator(mode="after")
    def _complete(self) -> "Account":
        if self.kind == "imap" and not (self.host and self.user):
            raise ValueError("an IMAP mailbox needs host and user")
        if self.kind == "imap" and self.tls == "none" and not is_loopback(self.host):
            only = 'tls = "none" is only for servers on this machine'
            raise ValueError(f'{only}, not {self.host}; use "tls" or "starttls"')
        if self.kind == "maildir" and self.path is None:
            raise ValueError("a Maildir mailbox needs path")
        if self.since is not None and self.since.tzinfo is None:
            raise ValueError("since needs an offset, as in 2026-11-20T00:00:00Z")
        return self


class Relay(Login):
    """`[smtp]`: the submission server our letters go out by (RFC 6409)."""

    host: str
    port: int = Field(default=465, ge=1, le=65535)
    tls: Literal["tls", "starttls", "none"] = "tls"
    tls_ca: Path | None = None
    auth: Literal["auto", "plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "xoauth2"] = "auto"
    """The mechanism of the login; "auto" takes the safest that is offered, and another where it is not accepted."""
    local_hostname: str = ""
    """What EHLO says; "" takes the domain of the first mailbox address."""
    null_sender: bool = True
    """Acknowledgements are sent with `MAIL FROM:<>` (RFC 3834 §3.3); false for relays that refuse it."""
    connections: int = Field(default=4, ge=1, le=50)
    """At the same time; those that have not answered for ten seconds are not counted, up to three times as many."""
    connect_timeout: Duration = timedelta(seconds=30)
    command_timeout: Duration = timedelta(seconds=300)
    data_timeout: Duration = timedelta(seconds=180)
    dot_timeout: Duration = timedelta(seconds=600)
    """How long to wait for the answer to the final dot (RFC 5321 §4.5.3.2.6)."""

    @model_validator(mode="after")
    def _safe(self) -> "Relay":
        if self.tls == "none" and not is_loopback(self.host):
            only = 'tls = "none" is only for servers on this machine'
            raise ValueError(f'{only}, not {self.host}; use "tls" or "starttls"')
        return self
