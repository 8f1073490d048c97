"""An agent's answer to a warning: it acknowledges every ticket of the warning, and its text is kept as a note."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from desk.facts import Desk, Facts
from desk.routes import WarningAcknowledged
from desk.sla import clock as sla
from desk.ticket import Change, Event, EventKind

_NOTE_KEPT = 2000
_AGREEMENT = 40
_AGREES = re.compile(
    r"\W*(?:ok|okay|k|yes|ack|acknowledged|noted|seen|thanks|on it|好|好的|收到|知道了|明白)?\W*", re.IGNORECASE
)


def acknowledge_all(route: WarningAcknowledged, facts: Facts, desk: Desk, now: datetime) -> Change:
    """Acknowledges every ticket of a warning; what was said to colleagues stands in the history of each."""
    text = "" if only_agrees(route.text, ()) else route.text[:_NOTE_KEPT]
    changes = []
    for one in route.candidates:
        event = acknowledged(route.agent.address, facts, text)
        ticket, breaches = sla.recalculate(one.ticket, one.history, (event,), desk.sla_policies, now)
        changes.append(Change(ticket, (event, *breaches)))
    first, *others = changes
    return replace(first, also=tuple(others))


def acknowledged(who: str, facts: Facts, text: str = "") -> Event:
    """The event after which later steps of the promises that run now are not taken."""
    data = {"text": text} if text else {}
    return Event(EventKind.ACKNOWLEDGED, facts.received_at, who, data)


def only_agrees(text: str, files: Sequence[object]) -> bool:
    """Whether an answer says no more than that it was read: nothing that colleagues need to know."""
    return not files and len(text) < _AGREEMENT and _AGREES.fullmatch(text) is not None
