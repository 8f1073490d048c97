"""The service clock: which promises in time a ticket's history makes, and which of them were broken.

Everything here is a pure function of the events of a ticket, the targets and the opening hours.
What a ticket row stores of it is a cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeVar

from desk.policy import Targets
from desk.ticket import Deadlines, Event, EventKind, NewTicket, Status

Metric = Literal["first_reply", "next_reply", "resolution"]


class Hours(Protocol):
    """When time counts. Instants are aware UTC."""

    def due_at(self, start: datetime, target: timedelta) -> datetime | None:
        """The first instant at which `target` of open time has been spent since `start`; None if never."""
        ...

    def spent(self, start: datetime, end: datetime) -> timedelta:
        """The open time in [start, end)."""
        ...


class AroundTheClock:
    """Every instant is open."""

    def due_at(self, start: datetime, target: timedelta) -> datetime | None:
        return start + target

    def spent(self, start: datetime, end: datetime) -> timedelta:
        return max(end - start, timedelta())


ALWAYS_OPEN = AroundTheClock()


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise in time: something happens by `due_at`."""

    metric: Metric
    cycle: int
    """Counts the promises of this metric on this ticket, from 1."""
    due_at: datetime | None
    """None while the clock stands still."""
    met_at: datetime | None
    """When it was kept, or came too late; None while it is open."""

    def broken(self, now: datetime) -> bool:
        """Whether the due instant passed before it was met. Met exactly when due is met."""
        return self.due_at is not None and (self.met_at > self.due_at if self.met_at else now >= self.due_at)

    @property
    def key(self) -> str:
        return f"breach:{self.metric}:{self.cycle}"


def promises(history: Sequence[Event], targets: Targets, hours: Hours = ALWAYS_OPEN) -> tuple[Promise, ...]:
    """All promises that a ticket's events made, in the order they were made.

    An answer whose letter failed for good is no answer: the clock it stopped runs on from its start.
    """
    events = sorted(history, key=lambda event: event.at)
    failed = {event.data.get("answer") for event in events if event.kind is EventKind.LETTER_FAILED}
    answers = [
        event for event in events if event.kind is EventKind.AGENT_ANSWER and event.data.get("answer") not in failed
    ]
    return (
        *_first_reply(events, answers, targets, hours),
        *_next_reply(events, answers, targets, hours),
        *_resolution(events, targets, hours),
    )


def _first_reply(
    events: Sequence[Event], answers: Sequence[Event], targets: Targets, hours: Hours
) -> tuple[Promise, ...]:
    asked = next((event.at for event in events if event.kind is EventKind.CUSTOMER_MESSAGE), None)
    if asked is None or targets.first_reply is None:
        return ()
    met = next((event.at for event in answers), None)
    return (Promise("first_reply", 1, hours.due_at(asked, targets.first_reply), met),)


def _next_reply(
    events: Sequence[Event], answers: Sequence[Event], targets: Targets, hours: Hours
) -> tuple[Promise, ...]:
    if targets.next_reply is None or not answers:
        return ()
    made: list[Promise] = []
    answered = answers[0].at
    # The oldest message since the last answer starts the clock; further ones do not restart it.
    asked: datetime | None = None
    turns = [event for event in events if event.kind is EventKind.CUSTOMER_MESSAGE or event in answers]
    for event in turns:
        if event.kind is EventKind.CUSTOMER_MESSAGE:
            if event.at > answered and asked is None:
                asked = event.at
        elif asked is not None:
            made.append(Promise("next_reply", len(made) + 1, hours.due_at(asked, targets.next_reply), event.at))
            asked, answered = None, event.at
    if asked is not None:
        # Work that is done needs no further answer until the customer writes again.
        done_at = _done_since(events)
        due = hours.due_at(asked, targets.next_reply)
        made.append(Promise("next_reply", len(made) + 1, due, done_at if done_at and done_at >= asked else None))
    return tuple(made)


def _done_since(events: Sequence[Event]) -> datetime | None:
    last = next((event for event in reversed(events) if event.kind is EventKind.STATUS), None)
    return last.at if last is not None and Status(last.data["to"]).done else None


_STOPPED = (Status.WAITING, Status.SOLVED, Status.CLOSED)


def _resolution(events: Sequence[Event], targets: Targets, hours: Hours) -> tuple[Promise, ...]:
    start = next((event.at for event in events if event.kind is EventKind.CREATED), None)
    if start is None or targets.resolve is None:
        return ()
    spent = timedelta()
    running: datetime | None = start
    due: datetime | None = None
    done: datetime | None = None
    for event in events:
        if event.kind is not EventKind.STATUS:
            continue
        status = Status(event.data["to"])
        if running is not None and status in _STOPPED:
            due = due or _due_within(running, event.at, targets.resolve - spent, hours)
            spent += hours.spent(running, event.at)
            running = None
        elif running is None and status not in _STOPPED:
            running = event.at
        done = event.at if status.done else None
    if running is not None and due is None:
        due = hours.due_at(running, targets.resolve - spent)
    return (Promise("resolution", 1, due, done),)


def _due_within(start: datetime, end: datetime, left: timedelta, hours: Hours) -> datetime | None:
    """The due instant if it lies before `end`, at which the clock was stopped."""
    due = hours.due_at(start, left)
    return due if due is not None and due < end else None


AnyTicket = TypeVar("AnyTicket", bound=NewTicket)


def wind(
    ticket: AnyTicket, history: Sequence[Event], targets: Targets, now: datetime, hours: Hours = ALWAYS_OPEN
) -> tuple[AnyTicket, tuple[Event, ...]]:
    """The ticket with its deadlines set by its history, and the breaches not recorded yet.

    A breach carries its true time, however late it is noticed, and a key by which it is recorded once.
    """
    if not ticket.clock:
        return replace(ticket, deadlines=Deadlines(), wake_at=None), ()
    made = promises(history, targets, hours)
    recorded = {event.key for event in history if event.kind is EventKind.BREACH}
    breaches = tuple(
        Event(
            EventKind.BREACH,
            promise.due_at,
            "postdesk",
            {"metric": promise.metric, "cycle": promise.cycle, "due_at": promise.due_at.isoformat()},
            promise.key,
        )
        for promise in made
        if promise.due_at is not None and promise.key not in recorded and promise.broken(now)
    )
    open_due = {promise.metric: promise.due_at for promise in made if promise.met_at is None}
    deadlines = Deadlines(open_due.get("first_reply"), open_due.get("next_reply"), open_due.get("resolution"))
    ahead = [
        promise.due_at
        for promise in made
        if promise.due_at is not None
        and promise.met_at is None
        and promise.key not in recorded
        and not promise.broken(now)
    ]
    return replace(ticket, deadlines=deadlines, wake_at=min(ahead, default=None)), breaches
