"""The SLA clock: which promises a ticket's history makes, and which of them were broken.

Everything here is a pure function of the events of a ticket and of the operator's policies (promises.md e).
What a ticket row stores of it is a cache.

    events ──► ledger: intervals in which status and terms stay the same            ledger.py
           ──► spans: from when to when each promise ran                            spans.py
    both   ──► promises: due, met, broken, and the steps on the way                 targets.py
           ──► recalculate: what the ticket's row keeps, and what time has done     here
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from desk.calendar.duration import share
from desk.sla import escalation_rules
from desk.sla.ledger import ledger, rest, that_count
from desk.sla.policy import Metric
from desk.sla.spans import settles, spans
from desk.sla.targets import SlaTarget, judge
from desk.sla.terms import SlaPolicies, SlaTerms
from desk.ticket import Deadlines, Event, EventKind, NewTicket

_NOTHING = timedelta()
_SECOND = timedelta(seconds=1)
_END = (EventKind.MERGED, EventKind.VOID)

AnyTicket = TypeVar("AnyTicket", bound=NewTicket)


def promises(ticket: NewTicket, history: Sequence[Event], policies: SlaPolicies) -> tuple[SlaTarget, ...]:
    """All promises that a ticket's events made, by metric and in the order they were made.

    None before a person wrote, and none on a ticket without a clock. `ticket` gives what its events leave open.
    """
    events = that_count(history)
    if not events or not ticket.clock:
        return ()
    intervals = ledger(ticket, events, policies)
    voids = [event.at for event in events if event.kind in _END]
    made = (judge(span, intervals, voids, policies.since) for span in spans(events, policies.desk.reopen_within))
    return tuple(promise for promise in made if promise is not None)


def first_answer(
    ticket: NewTicket, history: Sequence[Event], policies: SlaPolicies
) -> tuple[datetime, timedelta] | None:
    """When an agent first answered, and the open time since the first message, in whole seconds, rounded up.

    None while nobody has, where the work ended without an answer, and on a ticket without a clock.
    """
    if not ticket.clock or not any(event.kind is EventKind.AGENT_ANSWER for event in history):
        return None
    events = that_count(history)
    first = next((event for event in events if settles(event)), None)
    if first is None or first.kind is not EventKind.AGENT_ANSWER:
        return None
    spent = _NOTHING
    for interval in ledger(ticket, events, policies):
        if interval.begin < first.at:
            spent += interval.terms.calendar.spent(interval.begin, min(interval.end or first.at, first.at))
    return first.at, -(-spent // _SECOND) * _SECOND


def recalculate(
    ticket: AnyTicket, history: Sequence[Event], new: Sequence[Event], policies: SlaPolicies, now: datetime
) -> tuple[AnyTicket, tuple[Event, ...]]:
    """The ticket with the deadlines that its history and the `new` events give, and what time has done since.

    That is breaches and steps that are not recorded yet. Each has its true time, however late it is noticed, and a key
    by which it is recorded once. Promises that were settled before are not judged again: the terms of their time did.

    A step may change the terms. All that comes after its moment is judged by the new ones, so that a late look gives
    the same result as one at every moment (promises I14).
    """
    passed: tuple[Event, ...] = ()
    while True:
        # Each turn takes a step that was not taken before, and a promise has no more than its terms have.
        ticket, happened = _recalculated(ticket, history, (*new, *passed), policies, now)
        for index, event in enumerate(happened):
            others = (*history, *new, *passed, *happened[:index])
            changed, done = (
                escalation_rules.act(ticket, event, others) if event.kind is EventKind.STEP else (ticket, ())
            )
            if done:
                ticket, passed = changed, (*passed, *happened[: index + 1], *done)
                break
        else:
            return ticket, (*passed, *happened)


def _recalculated(
    ticket: AnyTicket, history: Sequence[Event], new: Sequence[Event], policies: SlaPolicies, now: datetime
) -> tuple[AnyTicket, tuple[Event, ...]]:
    """As `recalculate`, without what steps do to the terms."""
    made = promises(ticket, (*history, *new), policies)
    settled = {(promise.name, promise.met_at) for promise in promises(ticket, history, policies) if not promise.open}
    judged = [promise for promise in made if promise.open or (promise.name, promise.met_at) not in settled]
    recorded = {event.key for event in (*history, *new)}
    happened = tuple(event for event in _happened(judged, (*history, *new), now) if event.key not in recorded)
    due = {promise.metric: promise.due_at for promise in made if promise.open}
    deadlines = Deadlines(due.get("first_reply"), due.get("next_reply"), due.get("resolution"), due.get("update"))
    ahead = [event.at for event in _ahead(judged, (*history, *new)) if event.at > now and event.key not in recorded]
    until = rest((*history, *new))
    if until is not None:
        ahead.append(until)
    answered, spent = first_answer(ticket, (*history, *new), policies) or (None, None)
    recalculated = replace(
        ticket,
        deadlines=deadlines,
        first_reply_at=answered,
        first_reply_spent=spent,
        snoozed_until=until,
        wake_at=min(ahead, default=None),
    )
    return recalculated, happened


def nearly_spent(ticket: NewTicket, history: Sequence[Event], policies: SlaPolicies, now: datetime) -> bool:
    """Whether less than a tenth of the target for the solution is left, or nothing."""
    for promise in promises(ticket, history, policies):
        target = promise.terms.target("resolution")
        if promise.metric == "resolution" and promise.open and promise.due_at is not None and target is not None:
            left = promise.terms.calendar.due_at(max(now, promise.started_at), share(target, Fraction(1, 10)))
            return left is None or promise.due_at < left
    return False


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def replay_history(ticket: AnyTicket, history: Sequence[Event], policies: SlaPolicies) -> AnyTicket:
    """The ticket as its history gives it: the deadlines and `wake_at` that its row must hold (promises I13).

    Breaches and steps that nobody has recorded yet are still to come, even where their instant has passed.
    """
    return recalculate(ticket, history, (), policies, _LONG_AGO)[0]


DEADLINES: Mapping[Metric, str] = {
    "first_reply": "first_reply_due_at",
    "next_reply": "next_reply_due_at",
    "resolution": "resolve_due_at",
    "update": "update_due_at",
}
"""The fields of `Deadlines`."""


def overdue(ticket: NewTicket, history: Sequence[Event], policies: SlaPolicies, now: datetime) -> Iterator[Event]:
    """The breaches that the deadlines of the row show and that nobody has recorded.

    Earlier terms set these deadlines and held until now, so that what they broke stays broken, at the time they say;
    but they broke nothing before they came into force.
    """
    recorded = {event.key for event in history}
    came = {
        name: event.at for event in history if event.kind is EventKind.SLA_RECALCULATED for name in event.data["to"]
    }
    events = that_count(history)
    for span in spans(events, policies.desk.reopen_within) if events else ():
        name, key = DEADLINES[span.metric], f"breach:{span.metric}:{span.cycle}"
        due: datetime | None = getattr(ticket.deadlines, name)
        if span.stop is None and due is not None and due <= now and key not in recorded:
            # The row does not keep what its policy was called then, so the breach has the name of today.
            terms = ledger(ticket, events, policies)[-1].terms
            yield _breach(span.metric, span.cycle, terms, max(due, came.get(name, due)), due, key)


def _breach(metric: Metric, cycle: int, terms: SlaTerms, at: datetime, due_at: datetime, key: str) -> Event:
    data = {
        "metric": metric,
        "cycle": cycle,
        "policy": terms.policy,
        "calendar": terms.calendar.name,
        "due_at": due_at.isoformat(),
    }
    return Event(EventKind.BREACH, at, "postdesk", data, key)


ANNOUNCED = "told"
"""The step at the instant that the acknowledgement named. Its stored name is older than this one."""


def announced_at(history: Sequence[Event]) -> datetime | None:
    """When somebody answers, as the acknowledgement said, in the customer's zone; None where it named no time."""
    for event in history:
        if event.kind is EventKind.CREATED and "told" in event.data:
            return datetime.fromisoformat(event.data["told"])
    return None


def _happened(judged: Sequence[SlaTarget], history: Sequence[Event], now: datetime) -> Sequence[Event]:
    events = [event for event in _ahead(judged, history) if event.at <= now]
    return sorted(events, key=lambda event: event.at)


def _ahead(judged: Sequence[SlaTarget], history: Sequence[Event]) -> Iterator[Event]:
    """What time does or will do to these promises if nothing else happens."""
    acknowledged_at = [event.at for event in history if event.kind is EventKind.ACKNOWLEDGED]
    announced = announced_at(history)
    for promise in judged:
        about = {
            "metric": promise.metric,
            "cycle": promise.cycle,
            "policy": promise.terms.policy,
            "calendar": promise.terms.calendar.name,
        }
        if promise.broken_at is not None:
            due, key = promise.due_at or promise.broken_at, f"breach:{promise.name}"
            yield _breach(promise.metric, promise.cycle, promise.terms, promise.broken_at, due, key)
        ended = promise.met_at or promise.void_at
        waits = promise.metric == "first_reply" and announced is not None and (ended is None or announced < ended)
        # Where both are the same instant, the breach is enough.
        if announced is not None and waits and announced != promise.broken_at:
            data: dict[str, Any] = {**about, "step": ANNOUNCED, "tell": []}
            yield Event(EventKind.STEP, announced.astimezone(UTC), "postdesk", data, f"step:{ANNOUNCED}:{promise.name}")
        for milestone in promise.milestones:
            acknowledged = any(promise.started_at <= at < milestone.at for at in acknowledged_at)
            if not acknowledged and (ended is None or milestone.at < ended):
                data = {**about, "step": milestone.step.at, **escalation_rules.actions(milestone.step)}
                if promise.due_at is not None:
                    data["due_at"] = promise.due_at.isoformat()
                key = f"step:{milestone.step.at}:{promise.name}"
                yield Event(EventKind.STEP, milestone.at, "postdesk", data, key)
