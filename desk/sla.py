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
    """All promises that a ticket's events made, in the order they were made; none before a person wrote.

    An answer whose letter failed or bounced is no answer: neither it nor the status it led to stops a clock.
    """
    lost = _lost(history)
    events = [
        event
        for event in sorted(history, key=lambda event: event.at)
        if event.kind in _NEWS or event.data.get("answer") not in lost
    ]
    asked = next((index for index, event in enumerate(events) if event.kind is EventKind.CUSTOMER_MESSAGE), None)
    if asked is None:
        return ()
    events = events[asked:]
    return (
        *_first_reply(events, targets, hours),
        *_next_reply(events, targets, hours),
        *_resolution(events, targets, hours),
    )


_LOSSES = (EventKind.LETTER_FAILED, EventKind.BOUNCED)
_NEWS = (*_LOSSES, EventKind.LETTER_RETRIED)


def _lost(history: Sequence[Event]) -> set[str]:
    """The answers that did not arrive, and that no operator has sent again since."""
    lost: set[str] = set()
    for event in history:
        answer = event.data.get("answer")
        if answer is not None and event.kind in _LOSSES:
            lost.add(answer)
        elif answer is not None and event.kind is EventKind.LETTER_RETRIED:
            lost.discard(answer)
    return lost


def _settles(event: Event) -> bool:
    """An answer, or the end of the work: what is done needs no answer until the customer writes again."""
    return event.kind is EventKind.AGENT_ANSWER or (event.kind is EventKind.STATUS and Status(event.data["to"]).done)


def _first_reply(events: Sequence[Event], targets: Targets, hours: Hours) -> tuple[Promise, ...]:
    """From the first message, which `events` begins with; nothing pauses it."""
    if targets.first_reply is None:
        return ()
    met = next((event.at for event in events if _settles(event)), None)
    return (Promise("first_reply", 1, hours.due_at(events[0].at, targets.first_reply), met),)


def _next_reply(events: Sequence[Event], targets: Targets, hours: Hours) -> tuple[Promise, ...]:
    """From the oldest message since the last answer; further ones do not restart it."""
    target = targets.next_reply
    if target is None:
        return ()
    made: list[Promise] = []
    settled = False
    asked: int | None = None
    for index, event in enumerate(events):
        if _settles(event):
            if asked is not None:
                due = _due_at(events[asked : index + 1], target, _PAUSES_REPLY, hours)
                made.append(Promise("next_reply", len(made) + 1, due, event.at))
            settled, asked = True, None
        elif event.kind is EventKind.CUSTOMER_MESSAGE and settled and asked is None:
            asked = index
    if asked is not None:
        due = _due_at(events[asked:], target, _PAUSES_REPLY, hours)
        made.append(Promise("next_reply", len(made) + 1, due, None))
    return tuple(made)


def _resolution(events: Sequence[Event], targets: Targets, hours: Hours) -> tuple[Promise, ...]:
    """From the first message to the end of the work; reopened, it goes on with the time spent so far."""
    if targets.resolve is None:
        return ()
    done: datetime | None = None
    for event in events:
        if event.kind is EventKind.STATUS:
            done = (done or event.at) if Status(event.data["to"]).done else None
    return (Promise("resolution", 1, _due_at(events, targets.resolve, _PAUSES_RESOLUTION, hours), done),)


_PAUSES_REPLY = (Status.WAITING,)
_PAUSES_RESOLUTION = (Status.WAITING, Status.SOLVED, Status.CLOSED)


def _due_at(events: Sequence[Event], target: timedelta, pauses: Sequence[Status], hours: Hours) -> datetime | None:
    """When `target` has been spent since the first event, outside of the pauses; None if the clock stopped before."""
    left = target
    running: datetime | None = events[0].at
    for event in events:
        if event.kind is not EventKind.STATUS:
            continue
        paused = Status(event.data["to"]) in pauses
        if running is not None and paused:
            due = hours.due_at(running, left)
            # Stopped exactly when due is in time.
            if due is not None and due < event.at:
                return due
            left -= hours.spent(running, event.at)
            running = None
        elif running is None and not paused:
            running = event.at
    return None if running is None else hours.due_at(running, left)


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
