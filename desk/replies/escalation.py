"""Warnings to agents about promises that are broken or soon will be.

Agents are notified in the working hours of the promise's calendar, each of everything in one letter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from desk import threads
from desk.calendar.business_hours import Calendar
from desk.facts import CandidateTicket, Desk
from desk.letters import Draft, LetterKind
from desk.replies import notifications
from desk.sla import clock as sla
from desk.sla.policy import Agent
from desk.sla.targets import SlaTarget
from desk.ticket import Event, EventKind, Ticket

LONGEST_LIST = 200
"""Promises that one letter names; beyond them it says how many more there are."""
_WORDS_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Alert:
    """A promise that agents are warned about."""

    ticket: Ticket
    metric: str
    state: Literal["late", "soon", "settled"]
    """Broken and open; still to be kept; broken, but done since."""
    due_at: datetime
    """When it was broken, or is due."""
    span: timedelta
    """The open time since then, or until then."""
    agents: tuple[Agent, ...]
    words: str
    """What the customer wrote last."""


def notify_at(event: Event, desk: Desk, now: datetime) -> datetime:
    """When agents may be notified of an event: from now on, in the working hours of its promise."""
    return _calendar(event, desk).next_open(now) or now


def _calendar(event: Event, desk: Desk) -> Calendar:
    """The calendar of the promise; the desk's where that one is no longer configured."""
    return desk.calendars.get(event.data.get("calendar", "")) or desk.calendars[desk.policy.calendar]


def alerts(candidate: CandidateTicket, events: Sequence[Event], desk: Desk, now: datetime) -> Iterator[Alert]:
    """The alerts about a ticket that these breaches and steps of it cause: one for each promise.

    There is none about a promise that has been kept since.
    """
    promises = sla.promises(candidate.ticket, candidate.history, desk.sla_policies)
    made: dict[tuple[str, int], SlaTarget] = {(one.metric, one.cycle): one for one in promises}
    by_promise: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        by_promise.setdefault((event.data["metric"], event.data["cycle"]), []).append(event)
    for name, causes in by_promise.items():
        promise = made.get(name)
        broken = next((event for event in causes if event.kind is EventKind.BREACH), None)
        if promise is None or promise.void_at is not None:
            continue
        if broken is None and promise.broken(now):
            broken = next((event for event in candidate.history if event.key == f"breach:{promise.name}"), None)
        # Not when it broke: terms that became stricter break at once what was due long before.
        due_at = datetime.fromisoformat(broken.data["due_at"]) if broken is not None else promise.due_at
        if due_at is None or (broken is None and not promise.open):
            continue
        calendar = promise.terms.calendar
        yield Alert(
            ticket=candidate.ticket,
            metric=promise.metric,
            state="soon" if broken is None else "late" if promise.open else "settled",
            due_at=due_at,
            span=calendar.spent(due_at, now) if broken is not None else calendar.spent(now, due_at),
            agents=tuple(_recipients(candidate.ticket, causes, desk)),
            words=" ".join((candidate.last.text if candidate.last else "").split())[:_WORDS_SHOWN],
        )


def _recipients(ticket: Ticket, causes: Sequence[Event], desk: Desk) -> Iterator[Agent]:
    """The agents that a breach concerns, or whom its steps name; each once, as configured."""
    named: set[str] = set()
    holders = notifications.notification_recipients(ticket, desk)
    for event in causes:
        if event.kind is EventKind.BREACH:
            named |= {agent.address for agent in holders}
            continue
        # Events from before steps named anybody have no "tell": they went to whoever has the ticket.
        for who in event.data.get("tell", ("assignee",)):
            agents = {"assignee": holders, "queue": desk.agents_of(ticket.queue)}
            named |= {agent.address for agent in agents.get(who, desk.leads)}
    return (agent for agent in desk.agents if agent.address in named)


def letters(found: Sequence[Alert], desk: Desk, key: str) -> tuple[Draft, ...]:
    """One letter for each agent, however many promises it is about, the most urgent first (promises P17)."""
    urgent = sorted(found, key=lambda alert: (alert.state == "settled", alert.due_at, alert.ticket.number))
    mine = {agent.address: [alert for alert in urgent if agent in alert.agents] for agent in desk.agents}
    return tuple(_letter(agent, mine[agent.address], desk, key) for agent in desk.agents if mine[agent.address])


def _letter(agent: Agent, mine: Sequence[Alert], desk: Desk, key: str) -> Draft:
    shown = mine[:LONGEST_LIST]
    numbers = tuple(dict.fromkeys(alert.ticket.number for alert in shown))
    soon, settled = (sum(alert.state == state for alert in mine) for state in ("soon", "settled"))
    return Draft(
        kind=LetterKind.BREACH,
        key=key,
        recipient=agent.address,
        recipient_name=agent.name,
        language=agent.language,
        mailbox=shown[0].ticket.mailbox,
        values={
            "marker": threads.marker(shown[0].ticket.tag),
            "items": [_item(alert, desk) for alert in shown],
            "late": len(mine) - soon,
            "settled": settled,
            "soon": soon,
            "more": len(mine) - len(shown),
            "several": len(numbers) > 1,
        },
        about=numbers,
    )


def _item(alert: Alert, desk: Desk) -> Mapping[str, Any]:
    holder = desk.agent(alert.ticket.assignee)
    return {
        "tag": alert.ticket.tag,
        "subject": alert.ticket.subject,
        "requester": alert.ticket.requester,
        "priority": alert.ticket.priority,
        "assignee": holder.name if holder else "",
        "metric": alert.metric,
        "state": alert.state,
        "due_at": alert.due_at,
        "span": alert.span,
        "text": alert.words,
    }


def handed_over(candidate: CandidateTicket, events: Sequence[Event], desk: Desk) -> tuple[Draft, ...]:
    """The notification to the agent to whom a step gave the ticket: nobody can answer the customer from a warning."""
    moved = {event.data.get("step") for event in candidate.history if event.kind is EventKind.ASSIGNED}
    given = [event for event in events if event.data.get("assign") == candidate.ticket.assignee and event.key in moved]
    if not given or candidate.ticket.status.done:
        return ()
    return notifications.given(candidate, f"given:{candidate.ticket.number}:{given[-1].key}", desk)
