"""The deadlines of open tickets follow the settings: what changed policies or calendars move, and mending of rows."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from desk import outcomes
from desk.facts import Desk
from desk.sla import clock as sla
from desk.ticket import Change, EventKind
from models import changes, sla_terms, tickets
from pipeline.context import Context
from pipeline.settings import Settings

log = logging.getLogger("postdesk")
_TOGETHER = 200
"""Tickets of one commit."""
_YEARS = 5
"""How far ahead the hours of calendars are compared."""


def apply_settings(context: Context, settings: Settings) -> int:
    """Goes by these settings from now on; gives how many open tickets have other deadlines by them.

    Where policies or calendars have changed since the deadlines were calculated, every open ticket gets its deadlines
    anew, and those that moved an event that says so. What earlier terms broke stays as it is, and the new ones break
    nothing before this instant (promises I15, I18). Cut off, it is done again at the next start.
    """
    now = context.now()
    context.settings, held = context.store.run(known_terms, settings, now)
    desk = context.settings.desk
    changed, after, moved = not held.digest, 0, 0
    while changed:
        numbers, written = context.store.run(_recalculate, desk, context.now(), after, changed=True)
        context.fail_point("promises reckoned")
        if not numbers:
            break
        after, moved = numbers[-1], moved + sum(_moved(change) for change in written)
    if changed or held.last - now.year < 2:
        years = now.year - 1, now.year + _YEARS
        digest = desk.sla_policies.digest(*years)
        context.store.run(sla_terms.hold, sla_terms.HeldTerms(digest, *years, held.since))
    if changed:
        log.info("deadlines recalculated", extra={"count": moved})
    return moved


def rebuild(session: Session, numbers: Sequence[int], desk: Desk, now: datetime) -> int:
    """Sets the deadlines of these tickets, of 200 at the most, by their events; gives how many rows that changed."""
    held = sla_terms.held(session)
    changed = held is None or _differ(desk, held)
    _, written = _recalculate(session, desk, now, changed=changed, numbers=numbers[:_TOGETHER])
    return len(written)


def known_terms(session: Session, settings: Settings, now: datetime) -> tuple[Settings, sla_terms.HeldTerms]:
    """These settings with the instant from which on their promises have held.

    That is now, and the digest "", if the deadlines were calculated by others.
    """
    held = sla_terms.held(session)
    if held is None or _differ(settings.desk, held):
        held = sla_terms.HeldTerms("", now.year, now.year, now)
    return replace(settings, desk=replace(settings.desk, since=held.since)), held


def _differ(desk: Desk, held: sla_terms.HeldTerms) -> bool:
    """Whether these policies and calendars are not those by which the deadlines were calculated."""
    return desk.sla_policies.digest(held.first, held.last) != held.digest


def _moved(change: Change) -> bool:
    return any(event.kind is EventKind.SLA_RECALCULATED for event in change.events)


def _recalculate(
    session: Session,
    desk: Desk,
    now: datetime,
    after: int = 0,
    *,
    changed: bool,
    numbers: Collection[int] | None = None,
) -> tuple[Sequence[int], Sequence[Change]]:
    """(the tickets looked at, what was written) of the next open tickets, or of these: deadlines from their events."""
    done, prefix = list[Change](), desk.policy.prefix
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
