"""What time causes, from the moment that a timer is due to the letters about it.

    tick    recorded: steps and breaches of each ticket whose moment has come, with what the steps did
            seen:     a customer gets an apology for a missed target; agents get their hour to be notified
            notified: each agent in one letter, of all that is due
            rescued:  letters that nobody holds, or that nobody answered for

Every timer is a row: the ticket's `wake_at`, the event's `notify_at`, the letter's `due_at`. A tick that comes late, by
a minute or by a month, finds what earlier ones would have found.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from desk import outcomes
from desk.facts import Desk
from desk.replies import apology, escalation
from desk.replies.escalation import Alert
from desk.replies.floods import summary
from desk.sla import clock as sla
from desk.ticket import Event, EventKind, Ticket
from models import floods, lookup, pending_alerts, suppression, tickets
from models.pending_alerts import PendingAlert
from models.queue_statistics import queue_statistics
from pipeline import outgoing
from pipeline.context import Context, apply_change, post

log = logging.getLogger("postdesk")

_AT_ONCE = 200
# Apologies are written to the disk one by one: nobody else should wait for many of them.
_SEEN_AT_ONCE = 20


def tick(context: Context) -> int:
    """Records what time did and notifies whom it concerns; gives how much happened."""
    if not context.trusted():
        return 0
    happened = 0
    while done := context.store.run(_record, context):
        happened += done
        context.fail_point("breaches recorded")
    while done := context.store.run(_see, context):
        happened += done
        context.fail_point("breaches seen")
    happened += context.store.run(_summarise, context)
    # Only when all are recorded: one letter for each agent, however long we were away.
    happened += context.store.run(_notify, context)
    with context.watch.claiming:
        happened += context.store.run(outgoing.rescue, context)
    return happened


def _record(session: Session, context: Context) -> int:
    desk, now = context.settings.desk, context.now()
    due = tickets.load_due(session, now, _AT_ONCE, desk)
    for known in due:
        change = outcomes.passed(known, desk, now)
        apply_change(session, context, change)
        missed = sum(event.kind is EventKind.BREACH for event in change.events)
        if missed:
            log.warning("promise missed", extra={"ticket": known.ticket.tag, "count": missed})
    return len(due)


def _summarise(session: Session, context: Context) -> int:
    """Writes agents a line about the mails of which they were not told one by one."""
    desk, now = context.settings.desk, context.now()
    before = now - desk.policy.caps.summary_after
    done = 0
    for sender in floods.senders(session, before):
        # Nobody may count another of these mails meanwhile.
        context.store.lock(session, f"flood {sender}")
        for flood in floods.take(session, sender, before):
            post(session, context, summary(flood, desk), None, None, None)
            done += 1
    return done


def _see(session: Session, context: Context) -> int:
    """Looks once at each breach and step: an apology goes out at once, agents are notified in their hours."""
    desk, now = context.settings.desk, context.now()
    found = pending_alerts.unseen(session, _SEEN_AT_ONCE)
    for one in found:
        if one.event.kind is EventKind.BREACH or one.event.data["step"] == sla.ANNOUNCED:
            _apologise(session, context, one)
    _postpone(session, found, desk, now)
    return len(found)


def _apologise(session: Session, context: Context, missed: PendingAlert) -> None:
    """Writes to the customer whose target was missed, if they still wait for us."""
    desk, now = context.settings.desk, context.now()
    known = tickets.by_row(session, missed.ticket_id, desk)
    if known is None:
        return
    requester = known.ticket.requester
    written_to = lookup.written_to(session, missed.ticket_id, requester, missed.event.at)
    counts = replace(
        lookup.automatic_counts(session, requester, now),
        suppressed=suppression.reason(session, requester, now, desk.policy.suppress_bounced),
    )
    recent = queue_statistics(session, known.ticket.queue, known.ticket.category, now).needed
    change = apology.apologise(known, missed.event, written_to, counts, desk, recent, now)
    if change is not None:
        apply_change(session, context, change)


def _postpone(session: Session, events: Sequence[PendingAlert], desk: Desk, now: datetime) -> None:
    moments: dict[datetime, list[int]] = defaultdict(list)
    for one in events:
        moments[escalation.notify_at(one.event, desk, now)].append(one.id)
    for at, ids in moments.items():
        pending_alerts.schedule(session, ids, at)


def _notify(session: Session, context: Context) -> int:
    """Writes one letter to each agent, of all that is due, and hands over tickets that a step assigned."""
    # Two workers at once would write two letters to one agent.
    context.store.lock(session, "tell")
    desk, now = context.settings.desk, context.now()
    # Those of an hour in which we were away may have to wait for another one.
    _postpone(session, pending_alerts.due(session, now), desk, now)
    due = pending_alerts.due(session, now)
    causes: dict[int, list[Event]] = defaultdict(list)
    for one in due:
        causes[one.ticket_id].append(one.event)
    alerts: list[Alert] = []
    rows: dict[int, tuple[Ticket, int]] = {}
    for start in range(0, len(causes), _AT_ONCE):
        ids = list(causes)[start : start + _AT_ONCE]
        for ticket_id, known in tickets.load_several(session, ids, desk).items():
            events = causes[ticket_id]
            rows[known.ticket.number] = known.ticket, ticket_id
            alerts += escalation.alerts(known, events, desk, now)
            post(session, context, escalation.handed_over(known, events, desk), known.ticket, ticket_id, None)
    ids = [one.id for one in due]
    for letter in escalation.letters(alerts, desk, f"breach:{max(ids, default=0)}"):
        # About one ticket, it is a letter of that ticket.
        ticket, row_id = rows[letter.about[0]] if len(letter.about) == 1 else (None, None)
        post(session, context, (letter,), ticket, row_id, None)
    pending_alerts.mark_notified(session, ids, now)
    return len(due)
