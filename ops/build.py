"""Puts the parts together: the context of the settings, a daemon's lock, and the exit codes of a run."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import scheduler
from desk.errors import ConfigError, StoreError
from mailer.account import Account
from mailer.connect import connect
from mailer.resolver import Resolver
from mailer.secrets import Secrets
from mailer.smtp.transport import Transport
from mailer.source import Source
from models.spool import Spool
from models.store import Store
from models.vault import Vault
from ops.opening import alone, open_ready_store, utc_now
from ops.opening_vault import open_vault
from pipeline import memory, once
from pipeline.clock_guard import Guard
from pipeline.context import Context
from pipeline.sandbox.kernel import hide_memory
from pipeline.sandbox.pool import Sandbox, Unreadable
from pipeline.settings import Settings, load


@contextmanager
def open_context(
    settings: Settings, *, fail_point: Callable[[str], None] | None = None, reader: Sandbox | None = None
) -> Iterator[Context]:
    """Everything that the steps of the pipeline need, with the lock and the schema.

    Raises AlreadyRunning where another daemon holds a SQLite database, StoreError with the remedy otherwise.
    """
    run = settings.run
    # The vault's key is in our memory, and may be in our environment.
    hide_memory()
    memory.keep_little()
    with alone(settings.store), open_ready_store(settings.store) as store:
        vault, key = open_vault(settings.store, create=True)
        sandbox = reader or Sandbox(workers=run.readers, wall=run.read_time.total_seconds(), memory=run.read_memory)
        sandbox.start()
        try:
            context = still_context(settings, store, vault, key)
            context.read = sandbox.read
            context.trusted = Guard(context.now, time.monotonic).trusted
            if fail_point is not None:
                context.fail_point = fail_point
            yield context
        finally:
            sandbox.close()


def still_context(settings: Settings, store: Store, vault: Vault, key: bytes) -> Context:
    """A context for commands: nothing in it reads mail."""
    return Context(
        now=utc_now,
        store=store,
        vault=vault,
        spool=Spool(settings.store.data, vault),
        read=lambda _content, _context: Unreadable("commands read no mail"),
        answers=Resolver(settings.run.nameserver).answers,
        settings=settings,
        key=key,
        worker=f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(3)}",
    )


def make_secrets(settings: Settings) -> Secrets:
    return Secrets(settings.store.data, utc_now)


def require_secrets(settings: Settings, secrets_: Secrets) -> None:
    """Raises ConfigError, naming the table and the remedy, where a password or token of a mailbox is missing."""
    for account in settings.accounts:
        if account.kind == "imap":
            secrets_.tokens(account) if account.oauth is not None else secrets_.password(account)


def connector(secrets_: Secrets) -> Callable[[Account], Source]:
    return lambda account: connect(account, secrets_)


def transport(settings: Settings, secrets_: Secrets) -> Transport | None:
    """The wire out; None where no relay is configured. Raises ConfigError when its secret is missing."""
    relay = settings.relay
    if relay is None:
        return None
    hostname = settings.accounts[0].addresses[0].rpartition("@")[2]
    if relay.oauth is not None:
        tokens = secrets_.tokens(relay)
        return Transport(relay, token=tokens.access_token, refresh=tokens.invalidate, hostname=hostname)
    if relay.user:
        secrets_.password(relay)
        return Transport(relay, password=lambda: secrets_.password(relay), hostname=hostname)
    return Transport(relay, hostname=hostname)


def run(
    settings: Settings,
    *,
    ready: Callable[[], None],
    fail_point: Callable[[str], None] | None = None,
    reader: Sandbox | None = None,
) -> None:
    """The daemon, until it is told to stop. Tests hand in a fail point, and a reader that fails."""
    secrets_ = make_secrets(settings)

    def reload() -> Settings:
        new = load(settings.file)
        if new.store != settings.store:
            raise StoreError("[store] cannot change while running: restart instead")
        require_secrets(new, secrets_)
        if new.relay is None and settings.relay is not None:
            raise ConfigError(
                f"{settings.file}: there is no [smtp] table: letters would wait for ever; restart instead"
            )
        return new

    async def main(context: Context) -> None:
        daemon = scheduler.Daemon(context, connector(secrets_), lambda new: transport(new, secrets_), reload)
        await daemon.run(ready)

    with open_context(settings, fail_point=fail_point, reader=reader) as context:
        asyncio.run(main(context))


def run_once(settings: Settings) -> list[str]:
    """Empties what is waiting; gives what went wrong, one line each."""
    secrets_ = make_secrets(settings)

    async def main(context: Context) -> list[str]:
        relay = transport(settings, secrets_)
        try:
            return await once.run_once(context, connector(secrets_), relay)
        finally:
            if relay is not None:
                await relay.close()

    with open_context(settings) as context:
        return asyncio.run(main(context))


def notify(state: str) -> None:
    """Tells systemd how we are (sd_notify), where it asked to be told."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    # A leading @ stands for the abstract namespace.
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(state.encode(), target)
