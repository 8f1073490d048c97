"""What masks hide, for an operator: a ticket's possible keys and its files. Who looks is written down first."""

import getpass
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from desk.errors import DeskError
from desk.requests import RecordUnmasking
from mailer.source import header_section
from models import views
from models.store import Store
from ops import requests
from ops.opening_vault import open_vault
from parser.masks import masked
from parser.read import read
from pipeline.settings import Settings

SHOWN = ("possible_key",)
"""What may be a transaction after all. Nobody needs the others to help: they stay masked here, too (promises f)."""

Row = Mapping[str, Any]


def record(config: Path, number: int, what: str, now: datetime) -> None:
    """Writes into the ticket who looks. Raises DeskError when that cannot be done; then nothing may be shown."""
    who = f"{_user()} on {platform.node()}"
    requests.have_done(config, RecordUnmasking(number, who, what), now)


def _user() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return f"user {os.getuid()}"


def unmasked(found: Row, settings: Settings, store: Store) -> dict[str, Any]:
    """A ticket as `models.views.ticket` gives it, with the possible keys of its mails in their places."""
    vault, _ = open_vault(settings.store, create=False)
    raw = store.run(views.raw_mails, [one["inbox"] for one in found["messages"]])
    limit = max(account.size_limit for account in settings.accounts)
    messages = []
    for one in found["messages"]:
        # An agent's text is what was left of the mail: nothing with a secret was sent on.
        if one["author"] != "agent":
            content = vault.get(raw[one["inbox"]])
            mail = masked(read(header_section(content) if len(content) > limit else content), SHOWN)
            one = {**one, "reply": mail.new_text, "subject": mail.subject, "name": mail.author.name}
        messages.append(one)
    subject = messages[0]["subject"] if messages else found["subject"]
    return {**found, "messages": messages, "subject": subject}


def take_out(number: int, settings: Settings, store: Store, folder: Path) -> list[Path]:
    """Writes every file of a ticket into a folder, readable for its owner alone; never over a file that is there."""
    vault, _ = open_vault(settings.store, create=False)
    out = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for inbox, position, name, digest in store.run(views.files, number):
            path = folder / f"{inbox}-{position}-{name}"
            path.touch(mode=0o600, exist_ok=False)
            path.write_bytes(vault.get(digest))
            out.append(path)
    except OSError as error:
        raise DeskError(f"{error.filename or folder} cannot be written: {error.strerror}") from error
    return out
