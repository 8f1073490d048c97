"""What a mail does where it belongs: a ticket, events, letters; `desk.routing` says where that is."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal, assert_never

from desk import leaks, outcomes, trace
from desk.categories import UNCLASSIFIED, Verdict
from desk.classify import classify
from desk.commands import merging
from desk.commands import run as commands
from desk.facts import CandidateTicket, Desk, Facts, Mailbox
from desk.letters import Draft
from desk.replies import notifications as replies
from desk.routing import (
    AgentMail,
    AutoReply,
    DeliveryReport,
    Duplicate,
    FollowUp,
    HeldAgentMail,
    NewRequest,
    OwnLetter,
    Route,
    WarningAcknowledged,
    answered,
    moment,
    says,
)
from desk.sla import clock as sla
from desk.ticket import (
    PRIORITIES,
    Change,
    Event,
    EventKind,
    LetterReport,
    Message,
    NewTicket,
    Participant,
    Status,
    Ticket,
)
from parser.identity.lookalikes import impersonation
from parser.mail import ParsedMail


def change(route: Route, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    """What a mail does where it belongs."""
    match route:
        case NewRequest():
            return _open(route, mail, facts, desk, now)
        case FollowUp():
            return _append(route.known, mail, facts, desk, now)
        case AgentMail():
            return _answer(route, mail, facts, desk, now)
        case WarningAcknowledged():
            return _noticed(route, facts, desk, now)
        case DeliveryReport():
            return _reported(route, mail, facts, desk, now)
        case AutoReply():
            return _noted(route, mail, facts)
        case HeldAgentMail():
            return _refused(route, mail, facts)
        case Duplicate() | OwnLetter():
            return Change(None)
        case _:
            assert_never(route)


def judged(mail: ParsedMail, mailbox: Mailbox, desk: Desk) -> Verdict:
    """What a new request is about, and the queue it goes to: the mailbox's own where nobody can tell."""
    verdict = classify(mail.subject, mail.new_text, desk.categories)
    return verdict if verdict.category != UNCLASSIFIED else replace(verdict, queue=mailbox.queue)


def _open(route: NewRequest, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    verdict = facts.verdict or judged(mail, facts.mailbox, desk)
    requester = mail.sender.address or mail.author.address or ""
    # A doubtful From may name us: we never write to ourselves.
    requester = "" if desk.is_own(requester) else requester
    by_person = mail.kind == "person"
    # F05: money may be moving already.
    leaked = leaks.leaked(mail.hidden)
    priority = PRIORITIES[0] if leaked else verdict.priority
    tier, doubt = _tier(requester, facts, desk)
    ticket = NewTicket(
        subject=mail.subject,
        requester=requester,
        requester_name=mail.author.name,
        mailbox=facts.mailbox.name,
        queue=verdict.queue,
        category=verdict.category,
        priority=priority,
        language=_language(mail, facts),
        status=Status.NEW,
        opened_at=facts.received_at,
        follows=route.follows.ticket.number if route.follows else None,
        clock=by_person,
        tier=tier,
    )
    suggested = _suggestions(mail, facts, requester, desk)
    events = [
        Event(
            EventKind.CREATED,
            facts.received_at,
            requester or "unknown",
            {
                "category": verdict.category,
                "priority": priority,
                "queue": ticket.queue,
                "tier": tier,
                "confidence": verdict.confidence,
                "evidence": [*verdict.evidence, *([f"{priority}: leaked secret"] if leaked else []), *doubt],
            },
        ),
        _arrival(mail, facts, desk, by_person),
        *_secrets(mail, facts),
        *(Event(EventKind.CC_SUGGESTED, facts.received_at, requester, {"address": one.address}) for one in suggested),
        *(Event(EventKind.SUSPICION, facts.received_at, requester, {"claims": number}) for number in route.claims),
    ]
    if route.follows is not None:
        events.append(Event(EventKind.LINKED, facts.received_at, "postdesk", {"to": ticket.follows}))
    ticket, breaches = sla.recalculate(ticket, (), events, desk.service, now)
    requesters = (Participant(requester, "requester", "active"),) if requester else ()
    greeting = replies.acknowledgement(ticket, mail, facts, desk, now)
    if isinstance(greeting, Draft) and greeting.values["due"] is not None:
        told = greeting.values["due"].astimezone(greeting.zone or UTC).isoformat()
        events[0] = replace(events[0], data={**events[0].data, "told": told})
        ticket, breaches = sla.recalculate(ticket, (), events, desk.service, now)
    impersonations = impersonation(mail.author, desk.domains, desk.names)
    hints = replies.hints(
        mail,
        facts,
        suggested,
        claims=route.claims,
        follows=ticket.follows,
        greeting=greeting,
        impersonations=impersonations,
    )
    what: Literal["new", "follow_up_of_closed"] = "follow_up_of_closed" if route.follows else "new"
    return Change(
        ticket,
        (*events, *breaches),
        _message(mail, facts, "requester" if by_person else "automatic", "opened this ticket"),
        (*requesters, *suggested),
        (
            *([greeting] if not isinstance(greeting, str) else []),
            *replies.notifications(ticket, what, mail, facts, desk, hints),
        ),
    )


def _append(known: CandidateTicket, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    ticket = known.ticket
    sender = (mail.sender.address or "").lower()
    # Mailing lists and bulk mail may be part of a thread, but nobody waits for an answer to them.
    by_person = mail.kind == "person"
    moved = commands.CommandResult(ticket)
    if by_person:
        # From here on somebody waits, even if a machine opened it.
        moved = commands.CommandResult(replace(ticket, clock=True))
        if ticket.status not in (Status.NEW, Status.OPEN):
            moved = commands.move(moved.ticket, Status.OPEN, sender, moment(facts, known))
    leaked = leaks.leaked(mail.hidden)
    if leaked and ticket.priority != PRIORITIES[0]:
        raised = Event(
            EventKind.PRIORITY, facts.received_at, "postdesk", {"from": ticket.priority, "to": PRIORITIES[0]}
        )
        moved = commands.CommandResult(replace(moved.ticket, priority=PRIORITIES[0]), (*moved.events, raised))
    suggested = _suggestions(mail, facts, sender, desk, known.participants)
    events = (
        _arrival(mail, facts, desk, by_person),
        *_secrets(mail, facts),
        *moved.events,
        *(Event(EventKind.CC_SUGGESTED, facts.received_at, sender, {"address": one.address}) for one in suggested),
    )
    wound, breaches = sla.recalculate(moved.ticket, known.history, events, desk.service, now)
    warning: Draft | str = ""
    if leaked and not leaks.leaked_before(known.history):
        # Once a ticket, to him who wrote it.
        writer = replace(wound, requester=sender, requester_name=mail.author.name)
        warning = replies.acknowledgement(writer, mail, facts, desk, now)
    joined_by = f"{_HOW[known.how]}; the sender takes part and is {facts.proof.verdict}"
    reopened = by_person and ticket.status.done
    little_time = reopened and sla.nearly_spent(wound, (*known.history, *events), desk.service, now)
    impersonations = impersonation(mail.author, desk.domains, desk.names)
    hints = replies.hints(mail, facts, suggested, joined=known, impersonations=impersonations, little_time=little_time)
    what: Literal["reopened", "follow_up"] = "reopened" if reopened else "follow_up"
    return Change(
        wound,
        (*events, *breaches),
        _message(mail, facts, "requester" if sender == ticket.requester else "participant", joined_by),
        suggested,
        (
            *([warning] if isinstance(warning, Draft) else []),
            *replies.notifications(wound, what, mail, facts, desk, hints),
        ),
    )


_HOW = {
    "signed": "answers a letter of ours, by its signed Message-ID",
    "references": "refers to a mail of this ticket",
    "subject": "names this ticket in its subject",
}


def _answer(route: AgentMail, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    agent, known, effect = route.agent, route.known, route.effect
    # Mail servers tell whole seconds, by clocks of their own: nobody has answered before he was asked.
    facts = replace(facts, received_at=max(facts.received_at, known.ticket.opened_at))
    files = tuple(replies.worth_sending(mail.attachments, facts.attachments))
    public = not effect.private and says(route.text, mail)
    note = effect.private and bool(route.text or files) and not (route.acknowledged and _only_agrees(route.text, files))
    ticket, events = effect.ticket, list(effect.events)
    if route.acknowledged:
        events.append(_acknowledged(agent.address, facts))
    # Who answers takes it; who only notes leaves it, and who moves it to another queue gives it away.
    if (
        public
        and ticket.assignee is None
        and not {EventKind.ASSIGNED, EventKind.QUEUE} & {event.kind for event in events}
    ):
        ticket = replace(ticket, assignee=agent.address)
        events.append(Event(EventKind.ASSIGNED, facts.received_at, agent.address, {"to": agent.address}))
    letters: tuple[Draft, ...] = ()
    if public:
        letters = replies.answers(ticket, route.text, files, agent, known, effect.participants, facts, desk)
        answer = {"answer": f"inbox:{facts.inbox}"}
        events.append(Event(EventKind.AGENT_ANSWER, facts.received_at, agent.address, answer))
        if not any(event.kind is EventKind.STATUS for event in events):
            moved = commands.move(ticket, desk.policy.after_answer, agent.address, moment(facts, known))
            ticket = moved.ticket
            events.extend(moved.events)
        # Should its letter fail, the status that the answer led to goes with it.
        events = [replace(one, data={**one.data, **answer}) if one.kind is EventKind.STATUS else one for one in events]
    elif note:
        events.append(Event(EventKind.NOTE, facts.received_at, agent.address))
    # The answer comes before what it leads to: who answers and solves has answered. And whatever else this mail does,
    # it does not wake what it puts aside.
    events.sort(key=lambda event: (event.kind is EventKind.SNOOZED) - (event.kind is EventKind.AGENT_ANSWER))
    ticket, breaches = sla.recalculate(ticket, known.history, events, desk.service, now)
    letters += _told_colleagues(route, ticket, events, note, facts, desk)
    written = _message(mail, facts, "agent", "answers the notification that we sent to this agent")
    message = replace(written, public=public, new_text=route.text, name=agent.alias or desk.policy.name)
    said = message if public or note else None
    also = _elsewhere(route, facts, desk, now)
    return Change(ticket, (*events, *breaches), said, effect.participants, letters, also=also)


def _elsewhere(route: AgentMail, facts: Facts, desk: Desk, now: datetime) -> tuple[Change, ...]:
    """What an agent's commands do to a second ticket."""
    agent, known, effect = route.agent, route.known, route.effect
    if effect.into is not None:
        return (merging.target(known, effect.into, agent, facts, desk, now),)
    if effect.out is not None:
        return (merging.split_off(known.ticket, effect.out, agent, facts, desk, now),)
    return ()


def _noticed(route: WarningAcknowledged, facts: Facts, desk: Desk, now: datetime) -> Change:
    """Notice is taken of every ticket of a warning; what was said to colleagues stands in each one's history."""
    text = "" if _only_agrees(route.text, ()) else route.text[:_NOTE_KEPT]
    first, *others = _all_noticed(route.known, route.agent.address, text, facts, desk, now)
    return replace(first, also=tuple(others))


_NOTE_KEPT = 2000


def _all_noticed(
    known: Sequence[CandidateTicket], who: str, text: str, facts: Facts, desk: Desk, now: datetime
) -> tuple[Change, ...]:
    changes = []
    for one in known:
        event = _acknowledged(who, facts, text)
        ticket, breaches = sla.recalculate(one.ticket, one.history, (event,), desk.service, now)
        changes.append(Change(ticket, (event, *breaches)))
    return tuple(changes)


def _acknowledged(who: str, facts: Facts, text: str = "") -> Event:
    """Later steps of the promises that run now are not taken."""
    data = {"text": text} if text else {}
    return Event(EventKind.ACKNOWLEDGED, facts.received_at, who, data)


_AGREES = re.compile(
    r"\W*(?:ok|okay|k|yes|ack|acknowledged|noted|seen|thanks|on it|好|好的|收到|知道了|明白)?\W*", re.IGNORECASE
)


def _only_agrees(text: str, files: Sequence[object]) -> bool:
    """Whether an answer says no more than that it was read: nothing that colleagues must be told."""
    return not files and len(text) < _AGREEMENT and _AGREES.fullmatch(text) is not None


_AGREEMENT = 40


def _told_colleagues(
    route: AgentMail, ticket: Ticket, events: Sequence[Event], note: bool, facts: Facts, desk: Desk
) -> tuple[Draft, ...]:
    """Letters to those who have the ticket now, or who should know of a note; never to the writer."""
    agent, known = route.agent, route.known
    given = ticket.assignee not in (known.ticket.assignee, agent.address) or ticket.queue != known.ticket.queue
    if given and any(event.kind in (EventKind.ASSIGNED, EventKind.QUEUE) for event in events):
        return replies.handed_over(ticket, "handed_over", route.text if note else "", agent, known, facts, desk)
    if note:
        return replies.handed_over(ticket, "note", route.text, agent, known, facts, desk)
    return ()


def _reported(route: DeliveryReport, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    letter = route.letter
    if letter is None or mail.report is None:
        return Change(None)
    worst = _worst(mail)
    if worst is None:
        return Change(None)
    action, reason = worst
    reports = (LetterReport(letter.message_id, action, reason),)
    if route.known is None or action == "delivered":
        return Change(None, reports=reports)
    if action == "failed":
        change = outcomes.letter_bounced(route.known, letter, reason, desk, facts.received_at, now)
        return replace(change, reports=reports)
    data = {"to": letter.recipient, "letter": letter.message_id, "reason": reason}
    event = Event(EventKind.DELAYED, facts.received_at, "postdesk", data, f"delayed:{letter.message_id}")
    return Change(route.known.ticket, (event,), reports=reports)


def _worst(mail: ParsedMail) -> tuple[Literal["failed", "delayed", "delivered"], str] | None:
    """The worst that a report says; a receipt or a relayed copy says only that it arrived somewhere."""
    if mail.report is None:
        return None
    wanted: tuple[Literal["failed", "delayed", "delivered"], ...] = ("failed", "delayed", "delivered")
    for action in wanted:
        for one in mail.report.recipients:
            if one.action == action:
                return action, f"{one.status} {one.diagnostic}".strip()[:300]
    return None


def _noted(route: AutoReply, mail: ParsedMail, facts: Facts) -> Change:
    """An automatic message is kept with its ticket; it changes no status and no clock."""
    if route.known is None:
        return Change(None)
    event = Event(EventKind.AUTOMATIC_MESSAGE, facts.received_at, mail.sender.address or "unknown")
    message = _message(mail, facts, "automatic", _HOW[route.known.how])
    return Change(route.known.ticket, (event,), replace(message, public=False))


def _refused(held: HeldAgentMail, mail: ParsedMail, facts: Facts) -> Change:
    letter = answered(held.agent, facts)
    known = facts.known[0] if facts.known else None
    letters = replies.refusal(held.agent, held.reason, held.detail, mail, facts, letter)
    # About several tickets, it must not be taken for a matter of one of them.
    if known is None or (letter is not None and letter.about):
        return Change(None, replies=letters)
    event = Event(
        EventKind.HELD,
        facts.received_at,
        mail.sender.address or "unknown",
        {"reason": held.reason, "inbox": facts.inbox},
    )
    return Change(known.ticket, (event,), replies=letters)


def _arrival(mail: ParsedMail, facts: Facts, desk: Desk, by_person: bool) -> Event:
    kind = EventKind.CUSTOMER_MESSAGE if by_person else EventKind.AUTOMATIC_MESSAGE
    data: dict[str, str | int] = {"proof": facts.proof.verdict, **trace.event_data(mail, facts)}
    silent = replies.suppression_reason(mail.sender.address or "", mail, facts, desk) if by_person else None
    if silent is not None:
        # Nor may an automatic letter go to him later.
        data["silent"] = silent
    return Event(kind, facts.received_at, mail.sender.address or "unknown", data)


def _secrets(mail: ParsedMail, facts: Facts) -> tuple[Event, ...]:
    """Which kinds of secrets a mail held, so that people know what its masks stand for."""
    if not mail.hidden:
        return ()
    actor = mail.sender.address or "unknown"
    return (Event(EventKind.SECRETS, facts.received_at, actor, {"classes": list(mail.hidden)}),)


def _message(
    mail: ParsedMail,
    facts: Facts,
    author: Literal["requester", "participant", "agent", "automatic"],
    joined_by: str,
) -> Message:
    return Message(
        author=author,
        public=True,
        address=mail.sender.address or mail.author.address or "",
        name=mail.author.name,
        subject=mail.subject,
        text=mail.text,
        new_text=mail.new_text,
        message_id=mail.message_id,
        references=(*mail.references, *mail.in_reply_to),
        fingerprint=mail.fingerprint,
        language=mail.language.code,
        proof=facts.proof.verdict,
        joined_by=joined_by,
        received_at=facts.received_at,
        claimed_at=mail.date,
    )


def _tier(requester: str, facts: Facts, desk: Desk) -> tuple[str, Sequence[str]]:
    """The tier of who asks, and why it is not given: a From that anybody can write must not buy what others paid for.

    Not even an unknown sender gets it: promises that are recorded, reported and escalated would be a lever for forgers.
    """
    tier = desk.tiers.of(requester)
    if tier and facts.proof.verdict != "proven":
        return "", (f"no tier {tier}: the sender is {facts.proof.verdict}",)
    return tier, ()


def _language(mail: ParsedMail, facts: Facts) -> str:
    return mail.language.code if mail.language.code != "unknown" else facts.mailbox.language


def _suggestions(
    mail: ParsedMail, facts: Facts, sender: str, desk: Desk, present: Sequence[Participant] = ()
) -> tuple[Participant, ...]:
    """The others a mail was addressed to, as many as have room; they get nothing until an agent agrees."""
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
