"""What keeps a worker in order: its sign of life, its start, its terms, its housekeeping, and what commands ask for."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from desk import outcomes
from desk.facts import Desk, KnownLetter
from desk.sla import clock as sla
from desk.ticket import Change, EventKind
from models import changes, inbox, leases, outbox, sla_terms, spool, tickets
from models.vault import ORPHAN_AGE
from pipeline import outgoing
from pipeline.context import Context, apply_change
from pipeline.settings import Settings

log = logging.getLogger("postdesk")
_TOGETHER = 200
"""Tickets of one commit."""
_YEARS = 5
"""How far ahead the hours of calendars are compared."""


def heartbeat(context: Context) -> None:
    """Shows the other workers that this one lives; what a worker held that did not is theirs to take."""
    name, span = leases.worker_lease(context.worker), context.settings.run.lease
    context.store.run(leases.take, name, context.worker, context.now(), span)


def resign(context: Context) -> None:
    """Gives up this worker's lease, so that nobody need wait for its end."""
    name = leases.worker_lease(context.worker)
    context.store.run(leases.drop, name, context.worker, context.now())


def recover_claims(context: Context) -> None:
    """At the start of the one daemon of a SQLite database: every claim is a dead process's."""
    context.store.run(inbox.release_all)
    context.store.run(outgoing.rescue, context, all_claims=True)


def apply_settings(context: Context, settings: Settings) -> int:
    """Goes by these settings from now on; gives how many open tickets have other deadlines by them.

    Where policies or calendars are not those that the ticket rows were set by, every open ticket gets its deadlines
    anew, and those that moved an event that says so. What earlier terms broke stays as it is, and the new ones break
    nothing before this instant (promises I15, I18). Cut off, it is done again at the next start.
    """
    now = context.now()
    context.settings, held = context.store.run(known_terms, settings, now)
    desk = context.settings.desk
    changed, after, moved = not held.digest, 0, 0
    while changed:
        numbers, changes = context.store.run(_reckon, context, after, changed=True)
        context.fail_point("promises reckoned")
        if not numbers:
            break
        after, moved = numbers[-1], moved + sum(_moved(change) for change in changes)
    if changed or held.last - now.year < 2:
        years = now.year - 1, now.year + _YEARS
        digest = desk.sla_policies.digest(*years)
        context.store.run(sla_terms.hold, sla_terms.HeldTerms(digest, *years, held.since))
    if changed:
        log.info("promises reckoned anew", extra={"count": moved})
    return moved


def known_terms(session: Session, settings: Settings, now: datetime) -> tuple[Settings, sla_terms.HeldTerms]:
    """These settings with the instant from which on their promises have held.

    That is now, and the digest "", if the rows were set by others.
    """
    held = sla_terms.held(session)
    if held is None or _differ(settings.desk, held):
        held = sla_terms.HeldTerms("", now.year, now.year, now)
    return replace(settings, desk=replace(settings.desk, since=held.since)), held


def _differ(desk: Desk, held: sla_terms.HeldTerms) -> bool:
    return desk.sla_policies.digest(held.first, held.last) != held.digest


def _moved(change: Change) -> bool:
    return any(event.kind is EventKind.SLA_RECALCULATED for event in change.events)


def _reckon(
    session: Session, context: Context, after: int = 0, *, changed: bool, numbers: Collection[int] | None = None
) -> tuple[Sequence[int], Sequence[Change]]:
    """(the tickets looked at, what was written) of the next open tickets, or of these: deadlines from their events."""
    desk, now, done = context.settings.desk, context.now(), []
    prefix = desk.policy.prefix
    found = tickets.recorded(
        session, prefix, after=after, limit=_TOGETHER, every=numbers is not None, numbers=numbers, lock=True
    )
    for ticket, history in found:
        change = Change(sla.replay_history(ticket, history, desk.sla_policies))
        if changed and not ticket.status.done:
            change = outcomes.recalculated(ticket, history, desk, now)
        if change.events or change.ticket != ticket:
            changes.save(session, change, now, prefix=prefix)
            done.append(change)
    return [ticket.number for ticket, _ in found], done


def housekeep(context: Context) -> int:
    """Removes vault objects that nothing refers to; gives how many."""
    before = context.now() - ORPHAN_AGE
    context.store.run(leases.forget, before)
    removed = context.vault.sweep(lambda names: context.store.run(tickets.in_use, names), before)
    if removed:
        log.info("vault swept", extra={"count": removed})
    return removed


def run_requests(context: Context) -> int:
    """Carries out the requests that commands left, each once; gives how many."""
    done = 0
    for name, request in context.spool.requests():
        context.store.run(_run_request, context, name, request)
        context.spool.request_done(name)
        done += 1
    return done


def _run_request(session: Session, context: Context, name: str, request: spool.Request) -> None:
    if spool.spent(session, name) is not None:
        return
    done, answer = _carried_out(session, context, request, context.now())
    spool.spend(session, name, context.now(), done=done, answer=answer)
    log.info("request carried out", extra={"reason": answer})


def _carried_out(session: Session, context: Context, request: spool.Request, now: datetime) -> tuple[bool, str]:
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
                _retried(session, context, letter_id, now)
            return refused is None, refused or f"letter {letter_id}: {what} done"
        case {"do": "unmask", "ticket": int(number), "by": str(who), "what": str(what)}:
            known = tickets.load(session, number, "references", context.settings.desk)
            if known is None:
                return False, f"there is no ticket {number}"
            apply_change(session, context, outcomes.unmasked(known, who, what, now))
            return True, f"ticket {number}: {what} unmasked for {who}"
        case {"do": "rebuild", "tickets": [*numbers]} if all(isinstance(one, int) for one in numbers):
            held = sla_terms.held(session)
            changed = held is None or _differ(context.settings.desk, held)
            _, changes = _reckon(session, context, changed=changed, numbers=numbers[:_TOGETHER])
            return True, f"{len(changes)} of {len(numbers)} tickets have their deadlines anew"
        case _:
            return False, "unknown request"


def _retried(session: Session, context: Context, letter_id: int, now: datetime) -> None:
    """Writes into the ticket that a letter is sent again."""
    desk, letter = context.settings.desk, outbox.about(session, letter_id)
    known = tickets.by_row(session, letter.ticket_id, desk) if letter and letter.ticket_id is not None else None
    if letter is not None and known is not None:
        named = KnownLetter(
            letter.kind, letter.message_id, letter.recipient, known.ticket.number, letter.text, letter.key
        )
        apply_change(session, context, outcomes.letter_retried(known, named, desk, now))
