"""`postdesk run --once`, for cron: every step of the desk in turn, until nothing waits."""

import asyncio
from collections.abc import Sequence

from desk.errors import DeskError
from mailer.account import Account
from mailer.source import Source
from models import inbox, outbox
from models.store import Store
from pipeline import archiving, fetching, heartbeat, incoming, outgoing, report_mail, steps, timers
from pipeline.context import Context
from pipeline.mailbox_watcher import Connect

_UNTIL_NEXT_TRY = 0.2
"""Seconds to wait for mail that will be tried again in a moment."""


async def run_once(context: Context, connect: Connect, relay: outgoing.Relaying | None) -> list[str]:
    """Empties what waits and gives what went wrong, one line each."""
    await asyncio.to_thread(steps.start, context)
    alive = asyncio.create_task(_stay_alive(context))
    await asyncio.to_thread(steps.take_requests, context)
    sources, problems = await asyncio.to_thread(_fetch, context, connect)
    while await asyncio.to_thread(incoming.process_message, context) or await _soon(context.store):
        pass
    # Mail first: what it answers in time is not late.
    await asyncio.to_thread(timers.tick, context)
    await asyncio.to_thread(report_mail.mail, context)
    if relay is not None:
        await outgoing.Letters(context).drain(relay)
    problems += await asyncio.to_thread(_archive, context, sources)
    waiting = await asyncio.to_thread(context.store.run, outbox.counts)
    alive.cancel()
    await asyncio.to_thread(heartbeat.resign, context)
    if outbox.QUEUED in waiting:
        problems.append(f"{waiting[outbox.QUEUED][0]} letters still wait to be sent: see `postdesk letters`")
    return problems


async def _stay_alive(context: Context) -> None:
    while True:
        await asyncio.to_thread(heartbeat.heartbeat, context)
        await asyncio.sleep(context.settings.run.lease.total_seconds() / 3)


def _fetch(context: Context, connect: Connect) -> tuple[list[tuple[Account, Source]], list[str]]:
    """Opens every mailbox and keeps its mail; gives the open ones, and why others are not."""
    sources: list[tuple[Account, Source]] = []
    problems: list[str] = []
    for account in context.settings.accounts:
        try:
            source = connect(account)
            sources.append((account, source))
            fetching.fetch(context, source, account)
        except DeskError as error:
            problems.append(str(error))
    return sources, problems


async def _soon(store: Store) -> bool:
    """Whether mail waits only for its next try, a moment away."""
    if not await asyncio.to_thread(store.run, inbox.waiting):
        return False
    await asyncio.sleep(_UNTIL_NEXT_TRY)
    return True


def _archive(context: Context, sources: Sequence[tuple[Account, Source]]) -> list[str]:
    problems: list[str] = []
    for account, source in sources:
        try:
            archiving.archive(context, source, account)
        except DeskError as error:
            problems.append(str(error))
        source.close()
    return problems
