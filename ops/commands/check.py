"""`postdesk check`: everything that a run needs, each in one line: ok, or what to do."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from desk import policy_check
from desk.errors import ConfigError, DeskError, MailboxError
from mailer.account import Account
from mailer.connect import connect
from mailer.resolver import Resolver
from mailer.secrets import Secrets
from mailer.source import Source
from models.store import require_writable
from ops import build, calendars
from ops.opening import open_store, utc_now
from ops.opening_vault import open_vault
from ops.options import CONFIG, EX_FAILED, EX_USAGE, AsJson, Config, new_command
from ops.output import print_json
from pipeline.calendar_files import NAME, load_calendars
from pipeline.sandbox.pool import Sandbox
from pipeline.settings import Settings, load

_SEEN = 50
cli = new_command()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    """What was found; where it is not ok, what to do."""
    warning: bool = False
    """It is ok to run with, but somebody should look at it."""


@cli.command()
def check(config: Config = CONFIG, json_: AsJson = False) -> None:
    results = findings(config)
    if json_:
        print_json([_as_json(result) for result in results])
    else:
        show(results, Console())
    if any(not result.ok for result in results):
        raise typer.Exit(EX_USAGE if results[0].name == "configuration" and not results[0].ok else EX_FAILED)


def findings(config: Path) -> list[Finding]:
    """All findings, in the order in which a run would need them; never raises."""
    try:
        settings = load(config)
    except ConfigError as error:
        return [Finding("configuration", False, str(error))]
    return list(_findings(settings))


def _findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("configuration", True, str(settings.file))
    yield Finding("templates", True, f"{settings.content / 'templates'}: {', '.join(settings.templates.languages)}")
    yield Finding("categories", True, ", ".join(settings.desk.categories.ids))
    yield from _calendars(settings)
    yield from _policies(settings)
    yield _agents(settings)
    yield _try("data folder", lambda: _data(settings))
    yield _try("key and vault", lambda: _key(settings))
    yield _try("database", lambda: _database(settings))
    yield _readers(settings)
    secrets = build.make_secrets(settings)
    for account in settings.accounts:
        yield from _mailbox(account, secrets)
    if any(account.verify_dkim for account in settings.accounts):
        yield _names(settings)
    yield _try("smtp", lambda: _smtp(settings, secrets))


def _try(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except (DeskError, OSError) as error:
        return Finding(name, False, str(error))


def _calendars(settings: Settings) -> Iterator[Finding]:
    try:
        found = load_calendars(settings.content / NAME)
    except ConfigError as error:
        yield Finding("calendars", False, str(error))
        return
    yield Finding("calendars", True, ", ".join(found))
    used = {settings.desk.policy.calendar, *(one.calendar for one in settings.desk.policies if one.calendar)}
    for doubt in calendars.doubts(found, used, utc_now()):
        yield Finding("calendars", True, doubt, warning=True)


def _policies(settings: Settings) -> Iterator[Finding]:
    if settings.desk.policies:
        yield Finding("policies", True, ", ".join(one.name for one in settings.desk.policies))
    for doubt in policy_check.doubts(settings.desk):
        yield Finding("policies", True, doubt, warning=True)


def _agents(settings: Settings) -> Finding:
    agents = settings.desk.agents
    if not agents:
        return Finding("agents", False, "there is no [[agent]]: nobody is told of tickets and nobody can answer")
    served = {queue for agent in agents for queue in agent.queues}
    orphans = [queue for queue in settings.desk.queues if queue not in served]
    leads = ", ".join(agent.address for agent in settings.desk.leads)
    note = f"; no agent serves {', '.join(orphans)}: their tickets go to {leads}" if orphans else ""
    return Finding("agents", True, ", ".join(agent.address for agent in agents) + note)


def _data(settings: Settings) -> str:
    """Whether it can be written to, and how much room there is; one that is not there yet is not made."""
    data = settings.store.data
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    require_writable(there)
    room = f"{shutil.disk_usage(there).free / 1e9:.1f} GB free"
    return f"{data}, {room}" if there == data else f"{data} is made at the first run; {room}"


def _key(settings: Settings) -> str:
    data = settings.store.data
    if not (data / "vault").exists():
        return f"{data / 'key'} is made at the first run; back it up: without it nothing in the vault can be read"
    open_vault(settings.store, create=False)
    where = "the environment" if os.environ.get("POSTDESK_KEY") else str(data / "key")
    return f"{where} opens {data / 'vault'}; back up both"


def _database(settings: Settings) -> str:
    store = open_store(settings.store, writes=False, patience=5)
    try:
        shown = store.url.render_as_string(hide_password=True)
        if store.file is not None and not store.file.exists():
            return f"{shown} is made at the first run"
        if store.schema()[0] is None:
            return f"{shown} is empty and set up at the first run"
        store.require_schema()
        store.require_writable()
        return f"{shown} has schema {store.schema()[0]}"
    finally:
        store.close()


def _readers(settings: Settings) -> Finding:
    """Whether a reader can be started as the daemon starts them, and what keeps it from all that it need not reach."""
    name = "reading"
    box = Sandbox(workers=1, memory=settings.run.read_memory)
    try:
        confinement = box.start()
    except DeskError as error:
        return Finding(name, False, str(error))
    finally:
        box.close()
    held, advice = f"readers are held by {confinement.in_words()}", confinement.advice()
    return Finding(name, True, advice or held, warning=bool(advice))


def _mailbox(account: Account, secrets: Secrets) -> Iterator[Finding]:
    name = f"mailbox {account.name}"
    try:
        if account.kind == "imap" and account.oauth is None:
            # Asked for first: a server that is away must not hide a secret that is missing.
            secrets.password(account)
        box = connect(account, secrets)
    except (DeskError, OSError) as error:
        yield Finding(name, False, str(error))
        return
    try:
        where = f"{account.host}:{account.port}" if account.kind == "imap" else str(account.path)
        yield Finding(name, True, f"logged in to {where}")
        for folder in box.folders():
            yield _try(f"{name} folder", lambda folder=folder: _folder(box, folder))  # type: ignore[misc]
        yield _try(f"{name} archive", box.try_archive)
        box.open(account.folders[0])
        yield _authserv(account, box)
    except MailboxError as error:
        yield Finding(name, False, str(error))
    finally:
        box.close()


def _folder(box: Source, folder: str) -> str:
    box.open(folder)
    return f"{folder}: {len(box.list())} mails"


def _authserv(account: Account, box: Source) -> Finding:
    """Whether the configured id is the one that the mailbox's border writes (RFC 8601 §5)."""
    name = f"mailbox {account.name} Authentication-Results"
    seen = box.authserv_ids(_SEEN)
    seen.pop("", None)
    shown = ", ".join(f"{one} ({count})" for one, count in seen.most_common(3)) or "none"
    if account.authserv_id is None and account.verify_dkim:
        return Finding(name, True, f"not believed; DKIM is checked by ourselves instead; seen: {shown}")
    if account.authserv_id is None:
        advice = (
            f'set authserv_id = "{seen.most_common(1)[0][0]}" if that is your own server'
            if seen
            else "ask your mail admin"
        )
        return Finding(name, False, f"authserv_id is not set, so agents cannot answer; seen: {shown}; {advice}")
    if seen and account.authserv_id.lower() not in seen:
        return Finding(name, False, f"{account.authserv_id} is in none of the last {_SEEN} mails; seen: {shown}")
    if not seen:
        return Finding(name, True, f"{account.authserv_id}; no mail to compare it with yet")
    return Finding(name, True, f"{account.authserv_id}; seen: {shown}")


def _names(settings: Settings) -> Finding:
    """Whether the resolver answers at all, by a name that need not exist."""
    name = f"_domainkey.{settings.accounts[0].addresses[0].rpartition('@')[2]}"
    where = settings.run.nameserver or "the system's resolver"
    if Resolver(settings.run.nameserver).answers([name]):
        return Finding("dns", True, f"{where} answers")
    return Finding("dns", False, f"{where} gives no answer, so no DKIM signature counts; see run.nameserver")


def _smtp(settings: Settings, secrets: Secrets) -> str:
    async def look() -> str:
        relay = build.transport(settings, secrets)
        if relay is None:
            raise ConfigError("there is no [smtp] table: letters are queued but never sent")
        try:
            return await relay.check()
        finally:
            await relay.close()

    return asyncio.run(look())


def _as_json(finding: Finding) -> dict[str, Any]:
    return {"name": finding.name, "ok": finding.ok, "detail": finding.detail, "warning": finding.warning}


def show(results: list[Finding], console: Console) -> None:
    for one in results:
        mark = Text("ok  ", style="green") if one.ok else Text("FAIL", style="bold red")
        if one.ok and one.warning:
            mark = Text("warn", style="yellow")
        console.print(Text.assemble(mark, "  ", (f"{one.name}: ", "bold"), one.detail), soft_wrap=True)
