"""What a customer's mail does: it opens a ticket, or goes on in one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from desk import departments, leaks, same_matter, trace
from desk.agent_routing import moment
from desk.commands import run as commands
from desk.facts import CandidateTicket, Desk, Facts, QueueStatistics
from desk.intake.messages import JOINED_BY, message
from desk.letters import Draft
from desk.replies import acknowledgements, notifications
from desk.replies.hints import hints as hints_of
from desk.requester import Requester, attributed, requester
from desk.routes import NewRequest
from desk.sla import clock as sla
from desk.ticket import PRIORITIES, Change, Event, EventKind, NewTicket, Participant, Status, Ticket
from parser.mail import ParsedMail


def open_ticket(
    route: NewRequest, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime, statistics: QueueStatistics
) -> Change:
    """A new ticket with its acknowledgement, and the letters by which agents learn of it."""
    who = requester(mail, desk)
    # Agents see it as the mail of the person behind it. What may be sent automatically depends on how it came.
    seen, known = attributed(who, mail, facts)
    ticket, doubts = _new_ticket(route, who, seen, known, desk)
    suggested = _suggestions(seen, known, ticket.requester, desk)
    elsewhere = departments.others(mail, facts, desk, ticket, ())
    silent = acknowledgements.suppression_reason(who.address, mail, facts, desk)
    events = _opening_events(route, ticket, doubts, suggested, seen, known, silent)
    events = (*events, *departments.shared(elsewhere, facts))
    ticket, breaches = sla.recalculate(ticket, (), events, desk.sla_policies, now)
    acknowledgement = acknowledgements.acknowledgement(ticket, mail, facts, desk, now, statistics)
    if isinstance(acknowledgement, Draft) and (due := acknowledgement.values["due"]) is not None:
        # The time that the customer reads is one of the ticket's moments.
        announced = due.astimezone(acknowledgement.zone or UTC).isoformat()
        events = (replace(events[0], data={**events[0].data, "told": announced}), *events[1:])
        ticket, breaches = sla.recalculate(ticket, (), events, desk.sla_policies, now)
    hints = hints_of(
        mail,
        known,
        suggested,
        who=who,
        claims=route.claims,
        follows=ticket.follows,
        acknowledgement=acknowledgement,
        impersonations=desk.impersonations(mail),
        related=None if route.follows else same_matter.related(mail, facts),
        shared=(ticket.queue, *elsewhere) if elsewhere else (),
        prefix=desk.policy.prefix,
    )
    what: Literal["new", "follow_up_of_closed"] = "follow_up_of_closed" if route.follows else "new"
    requesters = (Participant(ticket.requester, "requester", "active"),) if ticket.requester else ()
    return Change(
        ticket,
        (*events, *breaches),
        message(seen, known, "requester" if ticket.clock else "automatic", "opened this ticket"),
        (*requesters, *suggested),
        (
            *([acknowledgement] if isinstance(acknowledgement, Draft) else []),
            *notifications.notifications(ticket, what, seen, known, desk, hints, requesters, elsewhere),
        ),
    )


def _new_ticket(
    route: NewRequest, who: Requester, mail: ParsedMail, facts: Facts, desk: Desk
) -> tuple[NewTicket, Sequence[str]]:
    """The ticket that a request opens, and why it has no tier."""
    tier, doubts = _tier(who.address, facts, desk)
    ticket = NewTicket(
        subject=mail.subject,
        requester=who.address,
        requester_name=who.name,
        mailbox=departments.home(mail, facts, desk).name,
        queue=(desk.policy.spam_queue if facts.spam is not None else "") or route.verdict.queue,
        category=route.verdict.category,
        # F05: money may be moving already.
        priority=PRIORITIES[0] if leaks.leaked(mail.hidden) else route.verdict.priority,
        language=_language(mail, facts),
        status=Status.NEW,
        opened_at=facts.received_at,
        follows=route.follows.ticket.number if route.follows else None,
        # Nobody is promised an answer to spam; when an agent or the sender writes again, the clocks begin.
        clock=mail.kind == "person" and facts.spam is None,
        tier=tier,
    )
    return ticket, doubts


def _tier(requester: str, facts: Facts, desk: Desk) -> tuple[str, Sequence[str]]:
    """The tier of the requester, or why it is not given.

    Not even an unknown sender gets a tier. Anybody can write a From; promises that are recorded, reported and escalated
    would be a lever for forgers.
    """
    tier = desk.tiers.of(requester)
    if tier and facts.proof.verdict != "proven":
        return "", (f"no tier {tier}: the sender is {facts.proof.verdict}",)
    return tier, ()


def _language(mail: ParsedMail, facts: Facts) -> str:
    return mail.language.code if mail.language.code != "unknown" else facts.mailbox.language


def _opening_events(
    route: NewRequest,
    ticket: NewTicket,
    doubts: Sequence[str],
    suggested: Sequence[Participant],
    mail: ParsedMail,
    facts: Facts,
    silent: str | None,
) -> tuple[Event, ...]:
    """What a request brings into the history of its ticket; the first event says how it was sorted."""
    at, verdict = facts.received_at, route.verdict
    raised = [f"{ticket.priority}: leaked secret"] if leaks.leaked(mail.hidden) else []
    created = {
        "category": ticket.category,
        "priority": ticket.priority,
        "queue": ticket.queue,
        "tier": ticket.tier,
        "confidence": verdict.confidence,
        "evidence": [*verdict.evidence, *raised, *doubts],
    }
    linked = (Event(EventKind.LINKED, at, "postdesk", {"to": ticket.follows}),) if route.follows is not None else ()
    return (
        Event(EventKind.CREATED, at, ticket.requester or "unknown", created),
        _arrival(mail, facts, silent),
        *_secrets(mail, facts),
        *_marked(facts),
        *(Event(EventKind.CC_SUGGESTED, at, ticket.requester, {"address": one.address}) for one in suggested),
        *(Event(EventKind.SUSPICION, at, ticket.requester, {"claims": number}) for number in route.claims),
        *linked,
        *_same_matter(route, mail, facts),
    )


def _same_matter(route: NewRequest, mail: ParsedMail, facts: Facts) -> tuple[Event, ...]:
    """In which ticket this one may go on; nothing happens by it, until an agent says `/join`."""
    found = None if route.follows else same_matter.related(mail, facts)
    if found is None:
        return ()
    return (Event(EventKind.SAME_MATTER, facts.received_at, "postdesk", {"to": found.number, "why": found.why}),)


def follow_up(candidate: CandidateTicket, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    """Another message of a participant: somebody waits again, and the agents get the new text."""
    who = requester(mail, desk)
    history, sender = candidate.history, who.address
    seen, known = attributed(who, mail, facts)
    moved = _reopened(candidate, seen, known)
    suggested = _suggestions(seen, known, sender, desk, candidate.participants)
    elsewhere = departments.others(mail, facts, desk, candidate.ticket, history)
    events = (
        _arrival(seen, known, acknowledgements.suppression_reason(sender, mail, facts, desk)),
        *_secrets(seen, known),
        *_marked(known),
        *moved.events,
        *(Event(EventKind.CC_SUGGESTED, facts.received_at, sender, {"address": one.address}) for one in suggested),
        *departments.shared(elsewhere, facts),
    )
    ticket, breaches = sla.recalculate(moved.ticket, history, events, desk.sla_policies, now)
    reopened = mail.kind == "person" and candidate.ticket.status.done
    hints = hints_of(
        mail,
        known,
        suggested,
        who=who,
        joined=candidate,
        impersonations=desk.impersonations(mail),
        shared=(ticket.queue, *elsewhere) if elsewhere else (),
        little_time=reopened and sla.nearly_spent(ticket, (*history, *events), desk.sla_policies, now),
    )
    what: Literal["reopened", "follow_up"] = "reopened" if reopened else "follow_up"
    alike = same_matter.otherwise_spelled(candidate, sender)
    takes_part = "takes part" if candidate.has(sender) else f"has the mailbox of {alike}, spelled otherwise,"
    joined_by = f"{JOINED_BY[candidate.how]}; the sender {takes_part} and is {known.proof.verdict}"
    author: Literal["requester", "participant"] = (
        "requester" if candidate.ticket.requester in (sender, alike) else "participant"
    )
    return Change(
        ticket,
        (*events, *breaches),
        message(seen, known, author, joined_by),
        suggested,
        (
            *_leak_warning(ticket, history, mail, facts, desk, now),
            *notifications.notifications(ticket, what, seen, known, desk, hints, candidate.participants, elsewhere),
        ),
    )


def _reopened(candidate: CandidateTicket, mail: ParsedMail, facts: Facts) -> commands.CommandResult:
    """The ticket after a follow-up: open where a person wrote, and urgent where a secret leaked."""
    ticket = candidate.ticket
    moved = commands.CommandResult(ticket)
    # Mailing lists and bulk mail may be part of a thread, but nobody waits for an answer to them.
    if mail.kind == "person":
        # From here on somebody waits, even if a machine opened the ticket.
        moved = commands.CommandResult(replace(ticket, clock=True))
        if ticket.status not in (Status.NEW, Status.OPEN):
            sender = (mail.sender.address or "").lower()
            moved = commands.move(moved.ticket, Status.OPEN, sender, moment(facts, candidate))
    if leaks.leaked(mail.hidden) and ticket.priority != PRIORITIES[0]:
        raised = {"from": ticket.priority, "to": PRIORITIES[0]}
        event = Event(EventKind.PRIORITY, facts.received_at, "postdesk", raised)
        moved = commands.CommandResult(replace(moved.ticket, priority=PRIORITIES[0]), (*moved.events, event))
    return moved


def _leak_warning(
    ticket: Ticket, history: Sequence[Event], mail: ParsedMail, facts: Facts, desk: Desk, now: datetime
) -> tuple[Draft, ...]:
    """The warning to somebody who mailed a secret: once a ticket, to the one who wrote it."""
    if not leaks.leaked(mail.hidden) or leaks.leaked_before(history):
        return ()
    writer = replace(ticket, requester=(mail.sender.address or "").lower(), requester_name=mail.author.name)
    warning = acknowledgements.acknowledgement(writer, mail, facts, desk, now)
    return (warning,) if isinstance(warning, Draft) else ()


def _arrival(mail: ParsedMail, facts: Facts, silent: str | None) -> Event:
    """The event that a mail came, with what decides about automatic letters to its sender later."""
    sender, by_person = mail.sender.address or "", mail.kind == "person"
    kind = EventKind.CUSTOMER_MESSAGE if by_person else EventKind.AUTOMATIC_MESSAGE
    data: dict[str, str | int] = {"proof": facts.proof.verdict, **trace.event_data(mail, facts)}
    if by_person and silent is not None:
        data["silent"] = silent
    return Event(kind, facts.received_at, sender or "unknown", data)


def _secrets(mail: ParsedMail, facts: Facts) -> tuple[Event, ...]:
    """Which kinds of secrets a mail held, so that people know what its masks stand for."""
    if not mail.hidden:
        return ()
    sender = mail.sender.address or "unknown"
    return (Event(EventKind.SECRETS, facts.received_at, sender, {"classes": list(mail.hidden)}),)


def _marked(facts: Facts) -> tuple[Event, ...]:
    """That our own mail server took a mail for spam."""
    if facts.spam is None:
        return ()
    return (Event(EventKind.MARKED_SPAM, facts.received_at, "postdesk", {"verdict": facts.spam}),)


def _suggestions(
    mail: ParsedMail, facts: Facts, sender: str, desk: Desk, present: Sequence[Participant] = ()
) -> tuple[Participant, ...]:
    """The others whom a mail was addressed to, as many as have room; they get nothing until an agent agrees."""
    if facts.proof.verdict == "failed":
        return ()
    taken = {sender.lower(), *(one.address for one in present)}
    others: list[str] = []
    for one in (*mail.to, *mail.cc):
        address = (one.address or "").lower()
        ours = desk.is_own(address) or desk.agent(address) is not None
        if address and address not in taken and not ours and address not in others:
            others.append(address)
    room = max(desk.policy.max_participants - max(len(present), 1), 0)
    return tuple(Participant(address, "cc", "suggested") for address in others[:room])
