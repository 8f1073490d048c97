"""Tickets that are opened again and again: something answers itself, and we must not take part in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from desk.facts import CandidateTicket
from desk.ticket import Event, EventKind, Status

REOPENINGS, WITHIN = 4, timedelta(minutes=20)
REST = timedelta(hours=1)


def frozen_until(history: Sequence[Event], at: datetime) -> datetime | None:
    """Until when nothing is sent automatically in a ticket; None where it may be at this instant."""
    for event in reversed(history):
        if event.kind is EventKind.FROZEN:
            until = datetime.fromisoformat(event.data["until"])
            return until if until > at else None
    return None


def freezes(history: Sequence[Event], events: Sequence[Event], at: datetime) -> bool:
    """Whether `events` reopen a ticket for the fourth time in twenty minutes, by whomever."""
    if not any(map(_reopens, events)) or frozen_until(history, at) is not None:
        return False
    lately = [event for event in (*history, *events) if _reopens(event) and at - WITHIN < event.at <= at]
    return len(lately) >= REOPENINGS


def _reopens(event: Event) -> bool:
    if event.kind is not EventKind.STATUS:
        return False
    return Status(event.data["from"]).done and not Status(event.data["to"]).done


def frozen_thread(candidates: Sequence[CandidateTicket], at: datetime) -> str | None:
    """Why nothing is sent automatically in the thread of these tickets; None where it may be."""
    untils = [until for one in candidates if (until := frozen_until(one.history, at)) is not None]
    if not untils:
        return None
    rest = f"automatic letters rest until {max(untils):%H:%M} UTC"
    return f"its thread was reopened {REOPENINGS} times within 20 minutes; {rest}"
