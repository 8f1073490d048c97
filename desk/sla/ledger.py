"""A ticket's events as its clocks see them: those that count, and the intervals between them.

Within an interval the status, the terms and the snooze stay the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from desk.sla.terms import PolicyCriteria, SlaPolicies, SlaTerms
from desk.ticket import Event, EventKind, NewTicket, Status

_LOSSES = (EventKind.LETTER_FAILED, EventKind.BOUNCED)
_NEWS = (*_LOSSES, EventKind.LETTER_RETRIED)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time [begin, end) in which a ticket's status, terms and snooze stay the same."""

    begin: datetime
    end: datetime | None
    """None for the last one."""
    status: Status
    snoozed: bool
    terms: SlaTerms

    @property
    def paused(self) -> bool:
        return self.status.done or self.status in self.terms.pauses or (self.snoozed and "snoozed" in self.terms.pauses)


def that_count(history: Sequence[Event]) -> Sequence[Event]:
    """The events in the order of their instants, from the first that a person wrote on.

    An answer whose letter failed or bounced is no answer: neither it nor the status it led to stops a clock.
    """
    missing = lost(history)
    events = [
        event
        for event in sorted(_still_merged(history), key=lambda event: event.at)
        if event.kind in _NEWS or event.data.get("answer") not in missing
    ]
    asked = next((index for index, event in enumerate(events) if event.kind is EventKind.CUSTOMER_MESSAGE), None)
    return () if asked is None else events[asked:]


def _still_merged(history: Sequence[Event]) -> Sequence[Event]:
    """The history without what an undone merge did; its events name the other ticket in "merged"."""
    kept: list[Event] = []
    for event in history:
        if event.kind is EventKind.UNMERGED:
            kept = [one for one in kept if one.data.get("merged") != event.data["merged"]]
        kept.append(event)
    return kept


def lost(history: Sequence[Event]) -> set[str]:
    """The answers that did not arrive and that no operator has sent again."""
    found: set[str] = set()
    for event in history:
        answer = event.data.get("answer")
        if answer is not None and event.kind in _LOSSES:
            found.add(answer)
        elif answer is not None and event.kind is EventKind.LETTER_RETRIED:
            found.discard(answer)
    return found


_CHANGES = {EventKind.PRIORITY: "priority", EventKind.QUEUE: "queue", EventKind.CATEGORY: "category"}
# What wakes a snoozed ticket: somebody does something about it.
_WAKES = (
    EventKind.CUSTOMER_MESSAGE,
    EventKind.AGENT_ANSWER,
    EventKind.STATUS,
    EventKind.NOTE,
    EventKind.MERGED,
    EventKind.WOKEN,
)
_STEERING = (
    EventKind.PRIORITY,
    EventKind.QUEUE,
    EventKind.CATEGORY,
    EventKind.ASSIGNED,
    EventKind.CC_ADDED,
    EventKind.REQUESTER,
    EventKind.LINKED,
    EventKind.UNMERGED,
)


def _wakes(event: Event) -> bool:
    # What the policy does by itself is no sign that anybody works on the ticket.
    return event.kind in _WAKES or (event.kind in _STEERING and event.actor != "postdesk")


def rest(history: Sequence[Event]) -> datetime | None:
    """Until when a ticket is snoozed; None where it is not, or where something has woken it since."""
    until = None
    for event in sorted(history, key=lambda event: event.at):
        if event.kind is EventKind.SNOOZED:
            until = datetime.fromisoformat(event.data["until"])
        elif _wakes(event):
            until = None
    return until


def ledger(ticket: NewTicket, events: Sequence[Event], policies: SlaPolicies) -> tuple[Interval, ...]:
    """The intervals from the first event on. The last one has no end; no other one is empty."""
    found: list[Interval] = []
    now = _beginning(ticket, events)
    status, snoozed = Status.NEW, False
    begin = events[0].at
    for event in _with_wakings(events):
        if event.at > begin:
            found.append(Interval(begin, event.at, status, snoozed, policies.terms(now)))
            begin = event.at
        if event.kind is EventKind.STATUS:
            status = Status(event.data["to"])
        elif event.kind in _CHANGES:
            now = replace(now, **{_CHANGES[event.kind]: event.data["to"]})
        snoozed = event.kind is EventKind.SNOOZED or (snoozed and not _wakes(event))
    return (*found, Interval(begin, None, status, snoozed, policies.terms(now)))


def _beginning(ticket: NewTicket, events: Sequence[Event]) -> PolicyCriteria:
    """The criteria before the first change: what that change says it came from, else what holds now."""
    first: dict[str, str] = {}
    for event in events:
        name = _CHANGES.get(event.kind)
        if name is not None and "from" in event.data:
            first.setdefault(name, event.data["from"])
    return PolicyCriteria(
        ticket.tier,
        first.get("category", ticket.category),
        first.get("queue", ticket.queue),
        first.get("priority", ticket.priority),
        ticket.language,
    )


def _with_wakings(events: Sequence[Event]) -> Sequence[Event]:
    """The events, with one more for each snooze that ended by itself."""
    wakings = []
    for index, event in enumerate(events):
        if event.kind is EventKind.SNOOZED:
            until = datetime.fromisoformat(event.data["until"])
            after = events[index + 1 :]
            ended = next((one.at for one in after if one.kind is EventKind.SNOOZED or _wakes(one)), None)
            # Snoozed anew at the very instant of its end, the ticket does not wake between.
            if ended is None or until < ended:
                wakings.append(Event(EventKind.NOTE, until, "postdesk"))
    return sorted((*events, *wakings), key=lambda event: event.at) if wakings else events


def course(ticket: NewTicket, history: Sequence[Event], policies: SlaPolicies) -> tuple[Interval, ...]:
    """The intervals of a ticket's whole history; none before a person wrote."""
    events = that_count(history)
    return ledger(ticket, events, policies) if events else ()
