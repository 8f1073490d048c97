"""What commands leave for the daemon: mails in the spool, and requests. They are durable files, read in order of name.

data/spool/<time>-<random>.mail        one encrypted mail; the mailbox's name stands before the first NUL
data/requests/<time>-<random>.json     a request, in the form of desk.requests
"""

import json
import logging
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from desk.errors import StoreError
from desk.requests import Request, decode, encode
from models.tables import CompletedRequestRow
from models.vault import Vault, write_durably

log = logging.getLogger("postdesk")


def _name(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(6)}"


def _set_aside(path: Path, reason: str) -> None:
    """Renames a damaged file, so that it does not stop those behind it; a person can look at it."""
    path.rename(path.with_suffix(path.suffix + ".bad"))
    log.error("spool file set aside", extra={"key": path.name, "reason": reason})


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
        """Leaves a mail for the daemon, and gives its name. It is on disk when this returns."""
        name = f"{_name(now)}.mail"
        write_durably(self._mails / name, self._vault.seal(mailbox.encode() + b"\0" + content, name))
        return name

    def mails(self) -> Iterator[tuple[str, str, bytes]]:
        """(name, mailbox, content) of each mail that waits, oldest first."""
        for path in sorted(self._mails.glob("*.mail")):
            try:
                mailbox, _, content = self._vault.unseal_file(path, path.name).partition(b"\0")
            except StoreError as error:
                _set_aside(path, str(error))
                continue
            yield path.name, mailbox.decode(), content

    def mail_entered(self, name: str) -> None:
        (self._mails / name).unlink(missing_ok=True)

    def leave_request(self, request: Request, now: datetime) -> str:
        """Leaves a request for the daemon, and gives its name. It is on disk when this returns."""
        name = f"{_name(now)}.json"
        write_durably(self._requests / name, json.dumps(encode(request)).encode())
        return name

    def requests(self) -> Iterator[tuple[str, Request | None]]:
        """(name, request) of what waits, oldest first; None where a file asks for nothing that we know."""
        for path in sorted(self._requests.glob("*.json")):
            try:
                request = decode(json.loads(path.read_bytes()))
            except ValueError as error:
                _set_aside(path, str(error))
                continue
            yield path.name, request

    def request_done(self, name: str) -> None:
        (self._requests / name).unlink(missing_ok=True)


def spent(session: Session, name: str) -> tuple[bool, str] | None:
    """The answer to a request: (carried out, in words); None while nobody has looked at it."""
    row = session.get(CompletedRequestRow, name)
    return None if row is None else (row.done, row.answer)


def spend(session: Session, name: str, now: datetime, *, done: bool, answer: str) -> None:
    session.add(CompletedRequestRow(name=name, at=now, done=done, answer=answer))
