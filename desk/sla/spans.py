"""From when to when each promise of a ticket runs, by metric (promises.md e)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.sla.ledger import that_count
from desk.sla.policy import Metric
from desk.ticket import Event, EventKind, Status


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a promise ran."""

    metric: Metric
    cycle: int
    start: datetime
    stop: datetime | None
    answered: bool = True
    """False where the work ended without an answer, which neither keeps nor breaks the promise."""


def spans(events: Sequence[Event], reopen_within: timedelta) -> Sequence[Span]:
    """All spans that the events began, by metric and in order of time."""
    return (*_first_reply(events), *_next_reply(events), *_resolution(events, reopen_within), *_updates(events))


def _ends(event: Event) -> bool:
    return event.kind is EventKind.STATUS and Status(event.data["to"]).done


def _reopens(event: Event) -> bool:
    return event.kind is EventKind.STATUS and not Status(event.data["to"]).done


def settles(event: Event) -> bool:
    """Whether it is an answer, or the end of the work, after which nobody waits until the customer writes again."""
    return event.kind is EventKind.AGENT_ANSWER or _ends(event)


def _first_reply(events: Sequence[Event]) -> Iterator[Span]:
    """From the first message on."""
    stop = next((event.at for event in events if settles(event)), None)
    yield Span("first_reply", 1, events[0].at, stop, _answered(events, stop))


def _answered(events: Sequence[Event], at: datetime | None) -> bool:
    """Whether there was an answer at this instant; an agent who answers and solves does both at once."""
    return at is None or any(event.at == at and event.kind is EventKind.AGENT_ANSWER for event in events)


def _next_reply(events: Sequence[Event]) -> Iterator[Span]:
    """From the oldest message since the last answer; further ones do not restart it."""
    settled, asked, cycle = False, None, 1
    for event in events:
        if settles(event):
            if asked is not None:
                yield Span("next_reply", cycle, asked, event.at, _answered(events, event.at))
                cycle += 1
            settled, asked = True, None
        elif event.kind is EventKind.CUSTOMER_MESSAGE and settled and asked is None:
            asked = event.at
    if asked is not None:
        yield Span("next_reply", cycle, asked, None)


def _resolution(events: Sequence[Event], reopen_within: timedelta) -> Iterator[Span]:
    """From the first message to the end of the work; reopened soon enough, it goes on with the time spent so far."""
    start, done, cycle = events[0].at, None, 1
    for event in events:
        if _ends(event):
            done = done or event.at
        elif _reopens(event) and done is not None:
            if event.at - done > reopen_within:
                yield Span("resolution", cycle, start, done)
                start, cycle = event.at, cycle + 1
            done = None
    yield Span("resolution", cycle, start, done)


def _updates(events: Sequence[Event]) -> Iterator[Span]:
    """From each public answer to the next one, while the work goes on."""
    owed_since, cycle = None, 1
    answered = False
    for event in events:
        stops = event.kind is EventKind.AGENT_ANSWER or _ends(event)
        if stops and owed_since is not None:
            yield Span("update", cycle, owed_since, event.at)
            cycle += 1
        if event.kind is EventKind.AGENT_ANSWER:
            owed_since, answered = event.at, True
        elif _ends(event):
            owed_since = None
        elif _reopens(event) and answered and owed_since is None:
            owed_since = event.at
    if owed_since is not None:
        yield Span("update", cycle, owed_since, None)


def unanswered(history: Sequence[Event]) -> datetime | None:
    """When the oldest message came in that nobody has answered yet; None where nobody waits."""
    asked = None
    for event in that_count(history):
        if settles(event):
            asked = None
        elif event.kind is EventKind.CUSTOMER_MESSAGE:
            asked = asked or event.at
    return asked


def settled_at(history: Sequence[Event]) -> datetime | None:
    """When the last answer, or the last end of the work, was; None before the first."""
    return max((event.at for event in that_count(history) if settles(event)), default=None)
