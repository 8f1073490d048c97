"""What keeps a worker in order: its sign of life, its start, its housekeeping, and the requests of commands."""

import logging
from datetime import datetime

from sqlmodel import Session

import sending
from desk import outcomes
from desk.facts import KnownLetter
from models import inbox, leases, outbox, spool, tickets
from models.vault import ORPHAN_AGE
from world import World, carry_out

log = logging.getLogger("postdesk")


def live(world: World) -> None:
    """Shows the other workers that this one lives; what a worker held that did not is theirs to take."""
    name, span = leases.worker_lease(world.worker), world.settings.run.lease
    world.store.run(lambda session: leases.take(session, name, world.worker, world.now(), span))


def die(world: World) -> None:
    """Gives up this worker's lease, so that nobody need wait for its end."""
    name = leases.worker_lease(world.worker)
    world.store.run(lambda session: leases.drop(session, name, world.worker, world.now()))


def begin_alone(world: World) -> None:
    """At the start of the one daemon of a SQLite database: every claim is a dead process's."""
    world.store.run(inbox.release_all)
    world.store.run(lambda session: sending.rescue(world, session, all_claims=True))


def housekeep(world: World) -> int:
    """Removes vault objects that nothing refers to; gives how many."""
    before = world.now() - ORPHAN_AGE
    world.store.run(lambda session: leases.forget(session, before))
    removed = world.vault.sweep(lambda names: world.store.run(lambda session: tickets.in_use(session, names)), before)
    if removed:
        log.info("vault swept", extra={"count": removed})
    return removed


def obey(world: World) -> int:
    """Carries out the requests that commands left, each once; gives how many."""
    done = 0
    for name, request in world.spool.requests():
        world.store.run(lambda session: _obey(world, session, name, request))  # noqa: B023
        world.spool.request_done(name)
        done += 1
    return done


def _obey(world: World, session: Session, name: str, request: spool.Request) -> None:
    if spool.spent(session, name) is not None:
        return
    done, answer = _ordered(world, session, request, world.now())
    spool.spend(session, name, world.now(), done=done, answer=answer)
    log.info("request carried out", extra={"reason": answer})


def _ordered(world: World, session: Session, request: spool.Request, now: datetime) -> tuple[bool, str]:
    match request:
        case {"do": "replay", "inbox": int(inbox_id)}:
            if inbox.again(session, inbox_id, now):
                return True, f"mail {inbox_id} walks again"
            return False, f"mail {inbox_id} is neither parked nor held"
        case {"do": "drop", "inbox": int(inbox_id)}:
            if inbox.drop(session, inbox_id):
                return True, f"mail {inbox_id} is dropped"
            return False, f"mail {inbox_id} is neither parked nor held"
        case {"do": "letter", "letter": int(letter_id), "what": "retry" | "release" | "drop" as what}:
            refused = outbox.order(session, letter_id, what, now)
            if refused is None and what == "retry":
                _retried(world, session, letter_id, now)
            return refused is None, refused or f"letter {letter_id}: {what} done"
        case {"do": "unmask", "ticket": int(number), "by": str(who), "what": str(what)}:
            known = tickets.load(session, number, "references", world.settings.desk)
            if known is None:
                return False, f"there is no ticket {number}"
            carry_out(world, session, outcomes.unmasked(known, who, what, now))
            return True, f"ticket {number}: {what} unmasked for {who}"
        case _:
            return False, "unknown request"


def _retried(world: World, session: Session, letter_id: int, now: datetime) -> None:
    """Writes into the ticket that a letter is sent again."""
    desk, letter = world.settings.desk, outbox.about(session, letter_id)
    known = tickets.by_row(session, letter.ticket_id, desk) if letter and letter.ticket_id is not None else None
    if letter is not None and known is not None:
        named = KnownLetter(
            letter.kind, letter.message_id, letter.recipient, known.ticket.number, letter.text, letter.key
        )
        carry_out(world, session, outcomes.letter_retried(known, named, desk, now))
