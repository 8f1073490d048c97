"""A mailbox as its owner sees it: accounts to connect with, and plain imaplib to put mail in and look what is there."""

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailer.account import Account
from mailer.imap.source import ImapSource, connect
from mailer.secrets import Secrets
from servers.dovecot import PASSWORD
from servers.pace import patience

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def account(port: int, user: str, **changes: Any) -> Account:
    """An account of this machine in plain text, unless told otherwise."""
    settings: dict[str, Any] = {
        "name": "support",
        "addresses": ("help@example.org",),
        "host": "127.0.0.1",
        "port": port,
        "user": user,
        "tls": "none",
        "password_env": "PASSWORD",
        "timeout": f"{patience(5):.0f}s",
    }
    return Account.model_validate(settings | changes)


def secrets(password: str = PASSWORD, **more: str) -> Secrets:
    """Secrets that know one password."""
    return Secrets(Path("/nonexistent"), lambda: AT, {"PASSWORD": password, **more})


@contextmanager
def opened(port: int, user: str, folder: str = "INBOX", **changes: Any) -> Iterator[ImapSource]:
    """A source with a folder open, closed in the end."""
    source = connect(account(port, user, **changes), secrets())
    try:
        source.open(folder)
        yield source
    finally:
        source.close()


class Owner:
    """The same mailbox through other eyes."""

    def __init__(self, port: int, user: str) -> None:
        self._imap = imaplib.IMAP4("127.0.0.1", port, timeout=patience(10))
        self._imap.login(user, PASSWORD)

    def __enter__(self) -> "Owner":
        return self

    def __exit__(self, *args: object) -> None:
        self._imap.logout()

    def put(self, content: bytes, folder: str = "INBOX", flags: str = "", at: datetime = AT) -> None:
        """Append a mail, received at this instant."""
        typ, data = self._imap.append(folder, flags, f'"{at:%d-%b-%Y %H:%M:%S} +0000"', content)
        assert typ == "OK", data

    def mails(self, folder: str = "INBOX") -> list[tuple[bytes, tuple[bytes, ...]]]:
        """(content, flags) of every mail in a folder, in order; [] where it does not exist."""
        typ, _ = self._imap.select(f'"{folder}"', readonly=True)
        if typ != "OK":
            return []
        _, data = self._imap.fetch("1:*", "(FLAGS BODY.PEEK[])") if self._count() else ("OK", [])
        return [(item[1], imaplib.ParseFlags(item[0])) for item in data if isinstance(item, tuple)]

    def _count(self) -> int:
        return len(self._imap.search(None, "ALL")[1][0].split())

    def folders(self) -> set[str]:
        """The names of all folders, as they are on the wire."""
        return {line.decode().rpartition(" ")[2].strip('"') for line in self._imap.list()[1] if isinstance(line, bytes)}

    def do(self, command: str, *arguments: str) -> None:
        """Any other command."""
        typ, data = getattr(self._imap, command)(*arguments)
        assert typ == "OK", data


def mail(subject: str, body: str = "Hello.\r\n", header: str = "") -> bytes:
    """A small mail from Ana."""
    return f"From: Ana <ana@example.net>\r\nSubject: {subject}\r\n{header}\r\n{body}".encode()
