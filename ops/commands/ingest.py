"""`postdesk ingest`: one mail from a mail server's pipe, made durable for the daemon to take in."""

import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from desk.errors import ConfigError, DeskError, StoreError
from models.spool import Spool
from ops.opening import utc_now
from ops.opening_vault import open_vault
from ops.options import CONFIG, EX_DATAERR, EX_NOINPUT, EX_TEMPFAIL, Config, new_command
from pipeline.settings import load

cli = new_command()
LARGEST = 128 * 2**20
"""Bytes. A mail over the mailbox's `size_limit` is kept, but not read; a larger one goes back to its sender."""


@cli.command()
def ingest(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A mail, or - for standard input.")],
    mailbox: Annotated[str | None, typer.Option(help="The mailbox it counts for; the first by default.")] = None,
    config: Config = CONFIG,
) -> None:
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as mail:
            content = mail.read(LARGEST + 1)
    except OSError as error:
        print(f"postdesk: {file} cannot be read: {error.strerror}", file=sys.stderr)
        raise typer.Exit(EX_NOINPUT) from None
    if len(content) > LARGEST:
        print(f"postdesk: the mail is larger than {LARGEST // 2**20} MiB, which is never kept", file=sys.stderr)
        raise typer.Exit(EX_DATAERR)
    try:
        print(keep(config, mailbox, content, utc_now()))
    except (DeskError, OSError) as error:
        # Whatever is wrong, the mail server must keep the mail and try again.
        print(f"postdesk: {error}", file=sys.stderr)
        raise typer.Exit(EX_TEMPFAIL) from None


def keep(config: Path, mailbox: str | None, content: bytes, now: datetime) -> str:
    """Puts a mail into the spool, from where the daemon enters it; durable when this returns.

    Raises DeskError when it cannot be made durable.
    """
    settings = load(config)
    names = [account.name for account in settings.accounts]
    name = mailbox or names[0]
    if name not in names:
        raise ConfigError(f"there is no mailbox {name!r}; there are {', '.join(names)}")
    if not content.strip():
        raise StoreError("the mail is empty")
    vault, _ = open_vault(settings.store, create=True)
    return f"kept as {Spool(settings.store.data, vault).leave_mail(name, content, now)}"
