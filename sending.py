"""Mail out: from the letter to the relay, with the final dot committed before it goes out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from sqlmodel import Session

from desk import outcomes
from desk.errors import StoreError
from desk.facts import KnownLetter
from desk.letters import Letter, Outcome, Outgoing, Refused, Sent, TryLater
from models import outbox, tickets
from models.tables import LetterRow
from world import World, carry_out

log = logging.getLogger("postdesk")

# Longer than a relay may take to answer every command and the final dot.
_LEASE = timedelta(minutes=20)


class Relaying(Protocol):
    """What sends one letter; `mailer.smtp.Transport` is one."""

    async def send(self, letter: Letter, about_to_dot: Callable[[], Awaitable[bool]]) -> Outcome: ...


async def send(world: World, relay: Relaying, at_once: int) -> int:
    """Tries the letters that are due, several at a time; gives how many were tried."""
    rows = await asyncio.to_thread(
        world.store.run, lambda session: outbox.claim(session, world.now(), _LEASE, world.worker, at_once)
    )
    world.crash("letters claimed")
    # Each reports for itself; one that fails by a bug must not take the others' answers along.
    results = await asyncio.gather(*(_deliver(world, relay, row) for row in rows), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return len(rows)


async def _deliver(world: World, relay: Relaying, row: LetterRow) -> None:
    async def about_to_dot() -> bool:
        ours = await asyncio.to_thread(
            world.store.run, lambda session: outbox.commit_dot(session, row.id or 0, row.fence, world.now())
        )
        world.crash("dot committed")
        return ours

    try:
        sent = outbox.outgoing(row, await asyncio.to_thread(world.vault.get, row.digest))
        outcome = await relay.send(sent.letter, about_to_dot)
    except StoreError as error:
        if not str(error).startswith("the vault object"):
            raise
        sent, outcome = outbox.outgoing(row, b""), Refused(str(error))
    world.crash("answered by relay")
    await asyncio.to_thread(world.store.run, lambda session: _record(world, session, sent, outcome))
    world.crash("outcome recorded")
    extra = {
        "outbox": sent.id,
        "kind": str(sent.letter.kind),
        "to_domain": sent.letter.recipient.rpartition("@")[2],
        "outcome": type(outcome).__name__,
        "reason": outcome.response if isinstance(outcome, Sent) else outcome.reason,
    }
    if isinstance(outcome, TryLater) and outcome.login:
        # No letter can leave until a person has looked at it.
        log.error("relay refuses us", extra=extra)
    else:
        log.log(logging.INFO if isinstance(outcome, Sent) else logging.WARNING, "letter tried", extra=extra)


def _record(world: World, session: Session, sent: Outgoing, outcome: Outcome) -> None:
    ended = outbox.record(session, sent, outcome, world.now(), world.settings.run.patience)
    if ended is not None:
        _tell(world, session, ended)


def _tell(world: World, session: Session, ended: outbox.Ended) -> None:
    """Writes the end of a letter into its ticket, and tells the agents where a customer gets nothing."""
    log.warning("letter ended", extra={"outbox": ended.id, "state": ended.state, "reason": ended.reason})
    desk, now = world.settings.desk, world.now()
    known = tickets.by_row(session, ended.ticket_id, desk) if ended.ticket_id is not None else None
    if known is None:
        return
    letter = KnownLetter(ended.kind, ended.message_id, ended.recipient, known.ticket.number, ended.text, ended.key)
    if ended.state == outbox.FAILED:
        change = outcomes.letter_failed(known, letter, ended.reason, desk, now)
    else:
        change = outcomes.letter_unknown(known, letter, ended.state, ended.reason, now)
    carry_out(world, session, change)


def rescue(world: World, session: Session, *, all_claims: bool = False) -> int:
    patience, now = world.settings.run.patience, world.now()
    ended = outbox.rescue(session, now, patience, all_claims=all_claims)
    ended += outbox.settle_unknown(session, now)
    for one in ended:
        _tell(world, session, one)
    return len(ended)
