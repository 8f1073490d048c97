"""What an escalation step does to its ticket; `desk.replies.escalation` says who gets a letter about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from desk.sla.policy import EscalationRule
from desk.ticket import PRIORITIES, Event, EventKind, NewTicket

AnyTicket = TypeVar("AnyTicket", bound=NewTicket)


def actions(step: EscalationRule) -> dict[str, Any]:
    """What a step does, as its event keeps it: a later change of the policy does not change what was done."""
    wanted: dict[str, Any] = {"tell": list(step.tell)}
    if step.priority is not None:
        wanted["priority"] = step.priority
    if step.assign is not None:
        wanted["assign"] = step.assign
    return wanted


def act(ticket: AnyTicket, step: Event, events: Sequence[Event]) -> tuple[AnyTicket, tuple[Event, ...]]:
    """The ticket after a step, and the events of what the step changed.

    The step acts at its own moment, however late it is noticed: what somebody set after that moment stays.
    `events` are all other events of the ticket, in any order.
    """
    done: list[Event] = []
    if (wanted := step.data.get("priority")) is not None:
        held = _at(step.at, EventKind.PRIORITY, events, ticket.priority)
        to = _one_higher(held) if wanted == "raise" else wanted
        if to != held:
            done.append(_caused(step, EventKind.PRIORITY, {"from": held, "to": to}))
            if not _later(step.at, EventKind.PRIORITY, events):
                ticket = replace(ticket, priority=to)
    if (agent := step.data.get("assign")) is not None:
        held = _at(step.at, EventKind.ASSIGNED, events, ticket.assignee)
        if agent != held:
            done.append(_caused(step, EventKind.ASSIGNED, {"to": agent}))
            if not _later(step.at, EventKind.ASSIGNED, events):
                ticket = replace(ticket, assignee=agent)
    return ticket, tuple(done)


def _caused(step: Event, kind: EventKind, data: dict[str, Any]) -> Event:
    return Event(kind, step.at, "postdesk", {**data, "step": step.key}, f"{kind}:{step.key}")


def _one_higher(priority: str) -> str:
    return PRIORITIES[max(PRIORITIES.index(priority) - 1, 0)]


def _at(at: datetime, kind: EventKind, events: Sequence[Event], now: Any) -> Any:
    """What held at an instant: what was last set before it, else what the next change replaced, else what holds now."""
    changes = sorted((event for event in events if event.kind is kind), key=lambda event: event.at)
    before = [event.data["to"] for event in changes if event.at <= at]
    after = [event.data["from"] for event in changes if event.at > at and "from" in event.data]
    return (before[-1:] or after[:1] or [now])[0]


def _later(at: datetime, kind: EventKind, events: Sequence[Event]) -> bool:
    return any(event.kind is kind and event.at > at for event in events)
