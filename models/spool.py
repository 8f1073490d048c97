"""What commands leave for the daemon: mails in the spool, and requests. Durable files, taken in by name.

data/spool/<time>-<random>.mail        one encrypted mail; the mailbox's name stands before the first NUL
data/requests/<time>-<random>.json     {"do": "replay", "inbox": 7}
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from desk.errors import StoreError
from models.tables import SpentRow
from models.vault import Vault, write_durably

Request = Mapping[str, Any]


def _name(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(6)}"


class Spool:
    """The two folders beside the vault."""

    def __init__(self, data: Path, vault: Vault) -> None:
        self._mails, self._requests, self._vault = data / "spool", data / "requests", vault
        for folder in (self._mails, self._requests):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise StoreError(f"{folder} cannot be made: {error.strerror}") from error

    def leave_mail(self, mailbox: str, content: bytes, now: datetime) -> str:
        """A mail for the daemon to enter; on disk when this returns. Gives its name."""
        name = f"{_name(now)}.mail"
        write_durably(self._mails / name, self._vault.seal(mailbox.encode() + b"\0" + content, name))
        return name

    def mails(self) -> Iterator[tuple[str, str, bytes]]:
        """(name, mailbox, content) of what waits, oldest first."""
        for path in sorted(self._mails.glob("*.mail")):
            mailbox, _, content = self._vault.unseal(path.read_bytes(), path.name).partition(b"\0")
            yield path.name, mailbox.decode(), content

    def mail_entered(self, name: str) -> None:
        (self._mails / name).unlink(missing_ok=True)

    def leave_request(self, request: Request, now: datetime) -> str:
        """A request for the daemon to carry out; on disk when this returns. Gives its name."""
        name = f"{_name(now)}.json"
        write_durably(self._requests / name, json.dumps(request).encode())
        return name

    def requests(self) -> Iterator[tuple[str, Request]]:
        """(name, request) of what waits, oldest first."""
        for path in sorted(self._requests.glob("*.json")):
            yield path.name, json.loads(path.read_bytes())

    def request_done(self, name: str) -> None:
        (self._requests / name).unlink(missing_ok=True)


def spent(session: Session, name: str) -> tuple[bool, str] | None:
    """The answer to a request: (carried out, in words); None while nobody has looked at it."""
    row = session.get(SpentRow, name)
    return None if row is None else (row.done, row.answer)


def spend(session: Session, name: str, now: datetime, *, done: bool, answer: str) -> None:
    session.add(SpentRow(name=name, at=now, done=done, answer=answer))
