"""Snoozing a ticket until an instant, and what happens when that instant comes.

Whether a ticket is snoozed follows from its events (`desk.sla.ledger.rest`): anything that somebody does wakes it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from desk.calendar.duration import parse_duration
from desk.calendar.zones import zone
from desk.commands.effects import BadCommand, CommandContext, CommandResult
from desk.facts import CandidateTicket, Desk
from desk.letters import Draft
from desk.replies import notifications
from desk.sla.terms import PolicyCriteria
from desk.ticket import Event, EventKind, Ticket

_LONGEST = timedelta(days=366)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNTIL = re.compile(r"(?:until )?(?P<day>[a-z]+|\d{4}-\d\d-\d\d)(?: (?P<time>\d{1,2}:\d\d))?\Z")


def instant(argument: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant that "3d", "4h", "until 2026-12-01", "tomorrow" or "until monday 09:00" means, from `now` on.

    Days and times of day are in `zone`; a day without a time means its beginning. The instant may have passed, or be
    years away. None where the argument is not understood.
    """
    wanted = " ".join(argument.lower().split())
    try:
        return now + parse_duration(wanted)
    except ValueError:
        pass
    found = _UNTIL.match(wanted)
    if found is None:
        return None
    today = now.astimezone(zone).date()
    try:
        clock = time.fromisoformat(found["time"].zfill(5)) if found["time"] else time()
        if found["day"] in _DAYS:
            day = today + timedelta(days=(_DAYS.index(found["day"]) - today.weekday()) % 7)
            # On a Monday, "monday" is the next one, unless its time is still to come.
            at = datetime.combine(day, clock, zone)
            return (at if at > now else datetime.combine(day + timedelta(days=7), clock, zone)).astimezone(now.tzinfo)
        day = today + timedelta(days=1) if found["day"] == "tomorrow" else today.fromisoformat(found["day"])
        return datetime.combine(day, clock, zone).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return None


def put_aside(ticket: Ticket, argument: str, context: CommandContext) -> CommandResult | BadCommand:
    """/snooze 3d – set it aside, or until something happens (`4h`, `until 2026-12-01`, `until monday 09:00`)."""
    if ticket.status.done:
        return BadCommand("bad_argument", f"/snooze: the ticket is {ticket.status}")
    here = zone(context.policies.desk.zone)
    at, wanted = instant(argument, context.now, here), f"/snooze {argument}".strip()
    if at is None:
        return BadCommand("bad_argument", f"{wanted}: write 3d, 4h, until 2026-12-01 or until monday 09:00")
    if at <= context.now:
        clock = f"{context.now.astimezone(here):%Y-%m-%d %H:%M}"
        return BadCommand("bad_argument", f"{wanted}: that has passed; it is {clock} ({here.key})")
    if at > context.now + _LONGEST:
        return BadCommand("bad_argument", f"{wanted}: that is more than a year away")
    terms = context.policies.terms(
        PolicyCriteria(ticket.tier, ticket.category, ticket.queue, ticket.priority, ticket.language)
    )
    # Before the desk opens nobody is there to read the letter.
    until = terms.calendar.next_open(at) or at
    event = Event(EventKind.SNOOZED, context.now, context.agent.address, {"until": until.isoformat()})
    return CommandResult(replace(ticket, snoozed_until=until), (event,))


def woken(candidate: CandidateTicket, desk: Desk, now: datetime) -> tuple[Ticket, Sequence[Event], tuple[Draft, ...]]:
    """When a snooze is over: the event at its true time, and a letter to those who have the ticket; else nothing."""
    until = candidate.ticket.snoozed_until
    if until is None or until > now:
        return candidate.ticket, (), ()
    key = f"woken:{until.isoformat()}"
    event = Event(EventKind.WOKEN, until, "postdesk", {}, key)
    return candidate.ticket, (event,), notifications.woken(candidate, desk, f"{key}:{candidate.ticket.number}")
