"""What a mail does that asks for nothing, and one that came into a second mailbox: a word to agents at most."""

from dataclasses import replace
from typing import Literal

from desk import departments
from desk.facts import Desk, Facts
from desk.intake.messages import JOINED_BY, message
from desk.replies import asides
from desk.replies.hints import hints as hints_of
from desk.routes import Duplicate, NothingNew
from desk.ticket import Change, Event, EventKind
from parser.kinds.gestures import is_complaint
from parser.mail import ParsedMail

_WHY = {
    "reaction": "it is only a reaction",
    "thanks": "it only thanks",
    "repeat": "the same words from the same sender, proven both times",
}


def noted(route: NothingNew, mail: ParsedMail, facts: Facts, desk: Desk) -> Change:
    """Keeps the mail with its ticket: no status, no clock and no snooze changes.

    A done ticket rests, and nobody is told of thanks for it, unless the reaction is a complaint. Of others the agents
    get one line: a thumb may be the answer that they wait for.
    """
    candidate, sender = route.candidate, (mail.sender.address or "").lower()
    data = {"what": route.what, "said": asides.said(mail)}
    event = Event(EventKind.REACTION, facts.received_at, sender or "unknown", data)
    author: Literal["requester", "participant"] = "requester" if sender == candidate.ticket.requester else "participant"
    why = f"{JOINED_BY[candidate.how]}; {_WHY[route.what]}"
    note = replace(message(mail, facts, author, why), public=False)
    silent = candidate.ticket.status.done and not is_complaint(mail.new_text)
    drafts = () if silent else asides.one_line(candidate.ticket, route.what, mail, facts, desk)
    return Change(candidate.ticket, (event,), note, drafts=drafts)


def came_twice(route: Duplicate, mail: ParsedMail, facts: Facts, desk: Desk) -> Change:
    """Tells the team of a second mailbox, if it has not heard of this mail's ticket."""
    candidate = route.candidate
    queues = () if candidate is None else departments.others(mail, facts, desk, candidate.ticket, candidate.history)
    if candidate is None or not queues:
        return Change(None)
    hints = hints_of(mail, facts, (), shared=(candidate.ticket.queue, *queues))
    drafts = asides.shared(candidate, mail, facts, desk, hints, queues)
    return Change(candidate.ticket, departments.shared(queues, facts), drafts=drafts)
