"""The second door of the walk: what time does, from the moment to the letters it causes.

    tick    recorded: steps and breaches of each ticket whose moment has come, with what the steps did
            told:     customers, of a broken promise; agents, each in one letter, when they are at work
            rescued:  letters that nobody holds, or that nobody answered for

Every timer is a row: the ticket's `wake_at`, the event's `tell_at`, the letter's `due_at`. A tick that comes late, by
a minute or by a month, finds what earlier ones would have found.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

import sending
from desk import apology, escalation, outcomes
from desk.escalation import Alert
from desk.ticket import EventKind, Ticket
from models import lookup, tickets
from models.tickets import Untold
from world import World, carry_out, post

log = logging.getLogger("postdesk")

_DUE_AT_ONCE = 200


def tick(world: World) -> int:
    """Records what time did and tells whom it concerns; gives how much happened."""
    if not world.trusted():
        return 0
    happened = 0
    while done := world.store.run(lambda session: _record(world, session)):
        happened += done
        world.crash("breaches recorded")
    # Only when all are recorded: one letter for each agent, however long we were away.
    happened += world.store.run(lambda session: _tell(world, session))
    happened += world.store.run(lambda session: sending.rescue(world, session))
    return happened


def _record(world: World, session: Session) -> int:
    desk, now = world.settings.desk, world.now()
    numbers = tickets.due(session, now, _DUE_AT_ONCE)
    for number in numbers:
        known = tickets.load(session, number, "references", desk)
        if known is not None:
            change = outcomes.passed(known, desk, now)
            tickets.save(session, change, now, prefix=desk.policy.prefix)
            missed = sum(event.kind is EventKind.BREACH for event in change.events)
            if missed:
                log.warning("promise missed", extra={"ticket": known.ticket.tag, "count": missed})
    return len(numbers)


def _tell(world: World, session: Session) -> int:
    """Apologies at once, warnings to agents when their calendar is open; each event is looked at until it is told."""
    # Two workers at once would write two letters to one agent.
    world.store.lock(session, "tell")
    desk, now = world.settings.desk, world.now()
    found = tickets.untold(session, now)
    due: dict[int, list[Untold]] = {}
    later: dict[datetime, list[int]] = {}
    for one in found:
        if one.new and one.event.kind is EventKind.BREACH:
            _apologise(world, session, one)
        at = escalation.tell_at(one.event, desk, now)
        if at <= now:
            due.setdefault(one.number, []).append(one)
        else:
            later.setdefault(at, []).append(one.id)
    for at, ids in later.items():
        tickets.tell_later(session, ids, at)
    _warn(world, session, due)
    return len(found)


def _apologise(world: World, session: Session, breach: Untold) -> None:
    """Tells the customer of a broken promise, if he still waits for us."""
    desk, now = world.settings.desk, world.now()
    known = tickets.load(session, breach.number, "references", desk)
    if known is None:
        return
    requester = known.ticket.requester
    written_to = lookup.written_to(session, breach.number, requester)
    counts = lookup.automatic_counts(session, requester, now)
    change = apology.apologise(known, breach.event, written_to, counts, desk, None, now)
    if change is not None:
        carry_out(world, session, change)


def _warn(world: World, session: Session, due: Mapping[int, Sequence[Untold]]) -> None:
    """One letter for each agent, of all that is due to be told by ticket; and the ticket, to whom a step gave it."""
    desk, now = world.settings.desk, world.now()
    alerts: list[Alert] = []
    rows: dict[int, tuple[Ticket, int | None]] = {}
    for number, mine in due.items():
        known = tickets.load(session, number, "references", desk)
        if known is not None:
            rows[number] = known.ticket, tickets.row_id(session, number)
            events = [one.event for one in mine]
            alerts += escalation.alerts(known, events, desk, now)
            post(world, session, escalation.handed_over(known, events, desk), *rows[number], None)
    ids = [one.id for mine in due.values() for one in mine]
    for letter in escalation.letters(alerts, desk, f"breach:{max(ids, default=0)}"):
        # About one ticket, it is a letter of that ticket.
        ticket, ticket_id = rows[letter.about[0]] if len(letter.about) == 1 else (None, None)
        post(world, session, (letter,), ticket, ticket_id, None)
    tickets.told(session, ids, now)
