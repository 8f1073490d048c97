"""What a customer is told about when somebody answers: honest, never sooner than the desk achieves, or nothing.

The promise to the customer and the promise that the desk is judged by (`desk.sla`) are two: the first is never
earlier than the second, and later where the queue has really been slower lately, or has more work than it can do.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from desk.calendars import Calendar
from desk.facts import LATELY, Load
from desk.service import Circumstances, Service
from desk.ticket import NewTicket
from parser.headers import offset
from parser.mail import ParsedMail

_STEP = timedelta(minutes=5)
_QUARTER = timedelta(minutes=15)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
# Fewer answers than this say nothing about how many come in an hour.
_TELLING = 10
# Beyond this, an instant is no promise any more.
_LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Promised:
    """What the acknowledgement says about time."""

    due: datetime | None
    """When somebody answers at the latest, in whole five minutes; None where nothing is promised."""
    opens: datetime | None
    """When the desk opens again; None where it was open when the mail came, or is by now."""
    peak: bool
    """Whether more waits than the desk answers in its usual time."""


def promised(ticket: NewTicket, load: Load, service: Service, received_at: datetime, now: datetime) -> Promised:
    """What to say about time to somebody whose mail came at `received_at` and made this ticket."""
    terms = service.terms(Circumstances(ticket.tier, ticket.category, ticket.queue, ticket.priority, ticket.language))
    deadline = ticket.deadlines.first_reply_due_at or ticket.deadlines.next_reply_due_at
    worked_off = _worked_off(terms.calendar, load, received_at)
    limit = service.desk.peak_backlog
    if limit is not None:
        peak = load.waiting >= limit
    else:
        peak = deadline is not None and worked_off is not None and worked_off > deadline
    return Promised(
        _due(terms.calendar, deadline, worked_off, load, received_at, now),
        _opens(terms.calendar, received_at, now),
        peak,
    )


def _worked_off(calendar: Calendar, load: Load, received_at: datetime) -> datetime | None:
    """When all that waits now will be answered, as fast as answers have come lately; None where nobody can tell."""
    if not load.waiting or load.answered < _TELLING:
        return None
    open_time = calendar.spent(received_at - LATELY, received_at)
    return calendar.due_at(received_at, open_time * load.waiting / load.answered) if open_time else None


def _due(
    calendar: Calendar,
    deadline: datetime | None,
    worked_off: datetime | None,
    load: Load,
    received_at: datetime,
    now: datetime,
) -> datetime | None:
    """The latest of the deadline, what was achieved lately and what waits; None where that is no promise any more."""
    if deadline is None:
        return None
    achieved = calendar.due_at(received_at, load.needed) if load.needed else None
    due = max(at for at in (deadline, achieved, worked_off) if at is not None)
    too_late = due > max(deadline, received_at + _LONGEST)
    return None if too_late or due <= now else rounded(due)


def _opens(calendar: Calendar, received_at: datetime, now: datetime) -> datetime | None:
    opens = calendar.next_open(received_at)
    return opens if opens is not None and opens > max(received_at, now) else None


def rounded(at: datetime) -> datetime:
    """The next whole five minutes, never earlier: what is promised to the minute reads as if it were known so well."""
    past = (at - datetime(2000, 1, 1, tzinfo=UTC)) % _STEP
    return at + (_STEP - past) % _STEP


def zone_of(mail: ParsedMail) -> timezone | None:
    """Where the clock of the mail's Date field stands; None where it cannot be a person's.

    Many servers write "+0000" whoever writes, so that it says nothing of anybody. An offset is right for the instant
    that is shown with it, even if the clocks of its place change before.
    """
    stated = offset(next((value for name, value in mail.headers if name.lower() == "date"), ""))
    if not stated or stated % _QUARTER or not _WEST <= stated <= _EAST:
        return None
    return timezone(stated)
