"""What a mail does where it belongs; `desk.routing` says where that is."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from desk.agent_routing import answered
from desk.facts import NO_STATISTICS, Desk, Facts, QueueStatistics
from desk.intake import nothing_new
from desk.intake.agents import answer
from desk.intake.calming import calmed
from desk.intake.customers import follow_up, open_ticket
from desk.intake.delivery_reports import reported
from desk.intake.messages import JOINED_BY, message
from desk.intake.warnings import acknowledge_all
from desk.replies import notifications
from desk.routes import (
    AgentMail,
    AutoReply,
    DeliveryReport,
    Duplicate,
    FollowUp,
    HeldAgentMail,
    HeldBlank,
    NewRequest,
    NothingNew,
    OwnLetter,
    Route,
    WarningAcknowledged,
)
from desk.ticket import Change, Event, EventKind
from parser.mail import ParsedMail


def change(
    route: Route,
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    now: datetime,
    statistics: QueueStatistics = NO_STATISTICS,
) -> Change:
    """What a mail does where it belongs. `statistics` are those of the queue that a new request goes to."""
    match route:
        case NewRequest():
            return open_ticket(route, mail, facts, desk, now, statistics)
        case FollowUp():
            return calmed(follow_up(route.candidate, mail, facts, desk, now), route.candidate, facts, desk)
        case NothingNew():
            return nothing_new.noted(route, mail, facts, desk)
        case AgentMail():
            return calmed(answer(route, mail, facts, desk, now), route.candidate, facts, desk)
        case WarningAcknowledged():
            return acknowledge_all(route, facts, desk, now)
        case DeliveryReport():
            return reported(route, mail, facts, desk, now)
        case AutoReply():
            return _noted(route, mail, facts)
        case HeldAgentMail():
            return _held(route, mail, facts)
        case HeldBlank():
            return _blank(facts, desk)
        case Duplicate():
            return nothing_new.came_twice(route, mail, facts, desk)
        case OwnLetter():
            return Change(None)
        case _:
            assert_never(route)


def _noted(route: AutoReply, mail: ParsedMail, facts: Facts) -> Change:
    """An automatic message is kept with its ticket; it changes no status and no clock."""
    if route.candidate is None:
        return Change(None)
    event = Event(EventKind.AUTOMATIC_MESSAGE, facts.received_at, mail.sender.address or "unknown")
    note = replace(message(mail, facts, "automatic", JOINED_BY[route.candidate.how]), public=False)
    return Change(route.candidate.ticket, (event,), note)


def _blank(facts: Facts, desk: Desk) -> Change:
    """Tells the leads that mail came which says nothing, once a day for each mailbox; `postdesk parked` lists it."""
    reason = "it is empty: no sender, no subject, no text"
    notices = notifications.parked_notices(facts.inbox, facts.mailbox.name, reason, desk)
    key = f"blank:{facts.mailbox.name}:{facts.received_at:%Y-%m-%d}"
    return Change(None, drafts=tuple(replace(one, key=key) for one in notices))


def _held(route: HeldAgentMail, mail: ParsedMail, facts: Facts) -> Change:
    """Tells the agent why nothing was done, and keeps in the ticket that a mail is held."""
    letter = answered(route.agent, facts)
    candidate = facts.candidates[0] if facts.candidates else None
    drafts = notifications.refusal(route.agent, route.reason, route.detail, mail, facts, letter)
    # A letter about several tickets is no matter of the first of them.
    if candidate is None or (letter is not None and letter.about):
        return Change(None, drafts=drafts)
    event = Event(
        EventKind.HELD,
        facts.received_at,
        mail.sender.address or "unknown",
        {"reason": route.reason, "inbox": facts.inbox},
    )
    return Change(candidate.ticket, (event,), drafts=drafts)
