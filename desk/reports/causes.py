"""Why a promise was broken, as far as the history of its ticket says: never a guess at what people thought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from desk.sla.ledger import Interval
from desk.sla.targets import SlaTarget
from desk.ticket import Event, EventKind, Status, Ticket

CODES = (
    "down",
    "letter_failed",
    "stricter",
    "reopened",
    "reassigned",
    "never_assigned",
    "in_queue",
    "assigned",
    "peak",
    "out_of_hours",
    "unknown",
)
"""All causes, those first that explain most where several apply."""
# A daemon that runs records a breach within seconds.
MUCH_LATER = timedelta(minutes=10)
_BUSY = 4
_DAYS_TO_COMPARE = 3


@dataclass(frozen=True, slots=True)
class Cause:
    code: str
    count: int = 0
    """How many times, where that can be counted."""


def causes(
    promise: SlaTarget,
    at: datetime,
    noticed_at: datetime | None,
    ticket: Ticket,
    history: Sequence[Event],
    intervals: Sequence[Interval],
) -> tuple[Cause, ...]:
    """What in the history explains why `promise` was broken at this instant, the weightiest cause first.

    `noticed_at` is when the breach was recorded; None means that it is not recorded yet. `peak` says whether mail
    peaked then, which the history of one ticket does not show.
    """
    while_it_ran = [event for event in history if promise.started_at <= event.at <= at]
    found = [
        Cause("down") if noticed_at is None or noticed_at - at >= MUCH_LATER else None,
        Cause("letter_failed", lost) if (lost := _lost(while_it_ran, history)) else None,
        Cause("stricter") if _stricter(promise, at, intervals) else None,
        Cause("reopened", times) if (times := _reopened(promise.started_at, at, history)) else None,
        Cause("reassigned", times) if (times := _handed_over(while_it_ran, promise, ticket, history)) else None,
        Cause(_had_by(promise, at, ticket, history)),
        None if promise.terms.calendar.is_open(promise.started_at) else Cause("out_of_hours"),
    ]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: CODES.index(one.code)))


def assignee(ticket: Ticket, history: Sequence[Event], at: datetime) -> str | None:
    """Whose ticket it was at an instant."""
    assigned = [event for event in history if event.kind is EventKind.ASSIGNED]
    if not assigned:
        return ticket.assignee
    return next((event.data["to"] for event in reversed(assigned) if event.at <= at), None)


def _lost(while_it_ran: Sequence[Event], history: Sequence[Event]) -> int:
    """How many answers were given in time and never arrived."""
    lost = {event.data.get("answer") for event in history if event.kind in (EventKind.LETTER_FAILED, EventKind.BOUNCED)}
    given = [event.data.get("answer") for event in while_it_ran if event.kind is EventKind.AGENT_ANSWER]
    return sum(answer is not None and answer in lost for answer in given)


def _stricter(promise: SlaTarget, at: datetime, intervals: Sequence[Interval]) -> bool:
    """Whether another priority, queue or type allowed less time than what held when it was made."""
    own = [one for one in intervals if (one.end is None or one.end > promise.started_at) and one.begin <= at]
    first, last = own[0].terms.target(promise.metric), own[-1].terms.target(promise.metric)
    if isinstance(first, timedelta) and isinstance(last, timedelta):
        return last < first
    return last is not None and (first is None or (type(first) is type(last) and last < first))  # type: ignore[operator]


def _reopened(start: datetime, end: datetime, history: Sequence[Event]) -> int:
    done, times = False, 0
    for event in history:
        if event.kind is EventKind.STATUS:
            was, done = done, Status(event.data["to"]).done
            times += was and not done and start < event.at <= end
    return times


def _handed_over(while_it_ran: Sequence[Event], promise: SlaTarget, ticket: Ticket, history: Sequence[Event]) -> int:
    """How often it went from one agent to another, or to another queue."""
    times = sum(event.kind is EventKind.QUEUE for event in while_it_ran)
    holder = assignee(ticket, history, promise.started_at)
    for event in while_it_ran:
        if event.kind is EventKind.ASSIGNED:
            times += holder is not None and event.data["to"] not in (holder, None)
            holder = event.data["to"] or holder
    return times


def _had_by(promise: SlaTarget, at: datetime, ticket: Ticket, history: Sequence[Event]) -> str:
    """Whether nobody had it, somebody had it late, or somebody had it in good time."""
    if assignee(ticket, history, promise.started_at) is not None:
        return "assigned"
    taken = next(
        (
            event.at
            for event in history
            if event.kind is EventKind.ASSIGNED and event.data["to"] and promise.started_at <= event.at <= at
        ),
        None,
    )
    if taken is None:
        return "never_assigned"
    spent = promise.terms.calendar.spent
    return "in_queue" if 2 * spent(promise.started_at, taken) >= spent(promise.started_at, at) else "assigned"


def peaks(arrivals: Mapping[tuple[int, int], int], days: Sequence[int]) -> frozenset[tuple[int, int]]:
    """The hours (ordinal of the local date, hour) in which at least twice as many mails came as usual.

    Usual is the median of the same hour over all days of the period. Fewer than 4 mails are no peak, and fewer than
    three days show nothing usual.
    """
    if len(days) < _DAYS_TO_COMPARE:
        return frozenset()
    usual = {hour: median(arrivals.get((day, hour), 0) for day in days) for hour in range(24)}
    return frozenset(
        (day, hour) for (day, hour), count in arrivals.items() if count >= _BUSY and count >= 2 * max(usual[hour], 1)
    )


def with_peak(found: tuple[Cause, ...], *, peak: bool) -> tuple[Cause, ...]:
    if not peak:
        return found
    return tuple(sorted((*found, Cause("peak")), key=lambda one: CODES.index(one.code)))
