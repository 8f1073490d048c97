"""The time that the acknowledgement names: never sooner than the desk really answers, or none.

It is not the deadline by which the desk is judged (`desk.sla`): it is never earlier than that, and it is later where
the queue has been slower lately, or has more work than it can do.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from desk.calendar.business_hours import Calendar
from desk.facts import LATELY, QueueStatistics
from desk.sla.terms import PolicyCriteria, SlaPolicies
from desk.ticket import NewTicket
from parser.mail import ParsedMail
from parser.mime.headers import offset

_STEP = timedelta(minutes=5)
_QUARTER = timedelta(minutes=15)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
# A clock that is further off than this was never set, so that its zone says nothing either.
_ABSURD = timedelta(days=15)
# Fewer answers than this say nothing about how many come in an hour; and while fewer people wait, how many came was
# how many asked, not how many could have been answered.
_TELLING = 10
# Beyond this, an instant is no promise any more.
_LONGEST = timedelta(days=30)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ResponseEstimate:
    """What the acknowledgement says about time."""

    due: datetime | None
    """The latest time of the answer, in whole five minutes; None where nothing is promised."""
    opens: datetime | None
    """When the desk opens again; None where it was open when the mail came, or is open now."""
    peak: bool
    """Whether more people wait than the desk answers within its target."""


def response_estimate(
    ticket: NewTicket, statistics: QueueStatistics, policies: SlaPolicies, received_at: datetime, now: datetime
) -> ResponseEstimate:
    """What to say about time to somebody whose mail came at `received_at` and made this ticket."""
    terms = policies.terms(PolicyCriteria(ticket.tier, ticket.category, ticket.queue, ticket.priority, ticket.language))
    deadline = ticket.deadlines.first_reply_due_at or ticket.deadlines.next_reply_due_at
    achieved = _later(terms.calendar, received_at, statistics.needed)
    worked_off = _later(terms.calendar, received_at, _work(terms.calendar, statistics, received_at))
    limit = policies.desk.peak_backlog
    peak = deadline is not None and worked_off > deadline if limit is None else statistics.waiting >= limit
    due = None if deadline is None else _due(deadline, max(achieved, worked_off), received_at, now)
    return ResponseEstimate(due, _opens(terms.calendar, received_at, now), peak)


def _work(calendar: Calendar, statistics: QueueStatistics, received_at: datetime) -> timedelta | None:
    """The open time until all that waits is answered, at the speed of lately; None where too little is known."""
    if statistics.waiting < _TELLING or statistics.answered < _TELLING:
        return None
    begin = max(received_at - LATELY, statistics.since or received_at - LATELY)
    return calendar.spent(begin, received_at) * statistics.waiting / statistics.answered


def _later(calendar: Calendar, start: datetime, needed: timedelta | None) -> datetime:
    """When so much open time has been spent: `start` for none, and the end of all time where it never will be."""
    return (calendar.due_at(start, needed) or _NEVER) if needed else start


def _due(deadline: datetime, experience: datetime, received_at: datetime, now: datetime) -> datetime | None:
    """The later of the deadline and of what experience says; None where that has passed, or is too far away."""
    due = max(deadline, experience)
    too_late = due > max(deadline, received_at + _LONGEST)
    return None if too_late or due <= now else rounded(due)


def _opens(calendar: Calendar, received_at: datetime, now: datetime) -> datetime | None:
    opens = calendar.next_open(received_at)
    return opens if opens is not None and opens > max(received_at, now) else None


def rounded(at: datetime) -> datetime:
    """The next whole five minutes, never earlier: a time to the minute would look more exact than it is."""
    past = (at - datetime(2000, 1, 1, tzinfo=UTC)) % _STEP
    return at + (_STEP - past) % _STEP


def zone_of(mail: ParsedMail, received_at: datetime) -> timezone | None:
    """Where the clock of the mail's Date field stands; None where it cannot be a person's that is set.

    Many servers write "+0000" whoever writes, so that it says nothing of anybody. An offset is right for the instant
    that is shown with it, even if the clocks of its place change before.
    """
    if mail.date is None or abs(mail.date - received_at) > _ABSURD:
        return None
    stated = offset(next((value for name, value in mail.headers if name.lower() == "date"), ""))
    if not stated or stated % _QUARTER or not _WEST <= stated <= _EAST:
        return None
    return timezone(stated)
