"""What becomes of a mail: first where it belongs (`route`), then what it does there (`change`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from desk import commands, outcomes, replies, sla, threads
from desk.classify import classify
from desk.facts import Desk, Facts, Known, KnownLetter
from desk.letters import Reply
from desk.policy import Agent
from desk.ticket import (
    Change,
    Event,
    EventKind,
    LetterReport,
    Message,
    NewTicket,
    Participant,
    Status,
)
from parser.mail import ParsedMail
from parser.quotes import trim


@dataclass(frozen=True, slots=True)
class NewRequest:
    """Opens a ticket."""

    claims: tuple[int, ...] = ()
    """Tickets it points at without a right to join them: agents are told."""
    follows: Known | None = None
    """The closed ticket it continues, too late to reopen it."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Another message of a participant."""

    known: Known


@dataclass(frozen=True, slots=True)
class AgentMail:
    """A proven agent's answer to a letter that we sent to this agent; it can be carried out whole."""

    agent: Agent
    known: Known
    effect: commands.Effect
    """What its commands do."""
    text: str
    """What it says, without commands, quote and signature."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A bounce, a delay, a receipt, a complaint. Only a letter of ours that it names changes state."""

    letter: KnownLetter | None
    known: Known | None


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A vacation notice or the like: an event of its ticket, if it has one, and nothing more."""

    known: Known | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same mail once more."""

    of: str


@dataclass(frozen=True, slots=True)
class OwnLetter:
    """A letter of ours that came back."""


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing is done with it until a person looks; the agent it speaks for is told why."""

    reason: str
    """A code of the `refusal` template."""
    detail: str
    agent: Agent


Route = NewRequest | FollowUp | AgentMail | DeliveryReport | AutoReply | Duplicate | OwnLetter | Held


def route(mail: ParsedMail, facts: Facts, desk: Desk) -> Route:
    """Where a mail belongs. Own loops first, then reports, machines, agents; what is left is a customer's."""
    if facts.duplicate_of is not None:
        return Duplicate(facts.duplicate_of)
    if desk.is_own(mail.sender.address) or any(letter.message_id == mail.message_id for letter in facts.letters):
        return OwnLetter()
    if mail.kind in ("bounce", "delayed", "delivered", "receipt", "complaint", "challenge"):
        return _report(facts)
    agent = desk.agent(mail.sender.address)
    if mail.kind == "auto_reply":
        joined = next(iter(_joinable(mail, facts)), None)
        # A web form is a machine that writes for a person; a vacation notice writes for nobody.
        if agent is not None or joined is not None or mail.auto_submitted != "auto-generated":
            return AutoReply(joined)
        return NewRequest(claims=_numbers(facts))
    if agent is not None:
        return _agent_mail(agent, mail, facts, desk)
    return _customer_mail(mail, facts, desk)


def _report(facts: Facts) -> DeliveryReport:
    letter = facts.reported
    known = next((one for one in facts.known if letter and one.ticket.number == letter.number), None)
    return DeliveryReport(letter, known)


def _agent_mail(agent: Agent, mail: ParsedMail, facts: Facts, desk: Desk) -> AgentMail | AutoReply | Held:
    if mail.kind != "person":
        return AutoReply(None)
    if facts.proof.verdict != "proven":
        return Held("not_proven", "; ".join(facts.proof.evidence), agent)
    ours = [letter for letter in facts.letters if not letter.kind.to_customer]
    mine = [letter for letter in ours if letter.recipient == agent.address]
    if not mine:
        return Held("foreign_token" if ours else "no_token", "", agent)
    letter = mine[0]
    known = next((one for one in facts.known if one.ticket.number == letter.number), None)
    if known is None:
        return Held("unknown_ticket", "", agent)
    return _orders(agent, letter, known, mail, facts, desk)


def _orders(
    agent: Agent, letter: KnownLetter, known: Known, mail: ParsedMail, facts: Facts, desk: Desk
) -> AgentMail | Held:
    """What an agent wants done and said, or why nothing of it is: never half a mail (promises T12)."""
    orders = commands.split(_own_words(mail, letter))
    if isinstance(orders, commands.BadCommand):
        return Held(orders.reason, orders.detail, agent)
    setting = commands.Setting(
        agent,
        desk.agents,
        desk.queues,
        desk.categories.ids,
        known.participants,
        desk.policy.max_participants,
        _moment(facts, known),
    )
    effect = commands.obey(orders.commands, known.ticket, setting)
    if isinstance(effect, commands.BadCommand):
        return Held(effect.reason, effect.detail, agent)
    if not orders.commands and not _says(orders.text, mail):
        return Held("empty", "", agent)
    if effect.private or not _says(orders.text, mail):
        return AgentMail(agent, known, effect, orders.text)
    # From here on it is for the customer.
    dangerous = ", ".join(one.safe_name for one in mail.attachments if one.dangerous)
    if dangerous:
        return Held("dangerous_file", dangerous, agent)
    if threads.has_marker(orders.text):
        return Held("leak", "", agent)
    if not any(one.state == "active" for one in (*known.participants, *effect.participants)):
        return Held("no_recipient", "", agent)
    return AgentMail(agent, known, effect, orders.text)


def _own_words(mail: ParsedMail, letter: KnownLetter) -> str:
    """What an agent wrote above the quote of our letter; "" where there is nothing but the quote."""
    text = threads.cut_known_tail(mail.reply, letter.text)
    if text == mail.reply:
        return text
    # With the quote marked as one, what introduces it is seen too. `trim` gives back whole what would be
    # nothing else, so a word stands in front.
    return trim(f"x\n{text}\n> x").reply.removeprefix("x")


def _says(text: str, mail: ParsedMail) -> bool:
    """Whether there is something to say; pictures inside the text alone are the signature of every mail."""
    return bool(text) or any(not one.inline for one in mail.attachments)


def _customer_mail(mail: ParsedMail, facts: Facts, desk: Desk) -> NewRequest | FollowUp:
    joined = _joinable(mail, facts)
    if not joined:
        return NewRequest(claims=_numbers(facts))
    for known in joined:
        solved_at = known.ticket.solved_at
        if solved_at is None or facts.received_at <= solved_at + desk.policy.reopen_within:
            return FollowUp(known)
    return NewRequest(follows=joined[0])


def _joinable(mail: ParsedMail, facts: Facts) -> tuple[Known, ...]:
    """The tickets that this sender may write into: a participant whose mail does not fail authentication."""
    if mail.sender.verdict != "one" or facts.proof.verdict == "failed":
        return ()
    return tuple(one for one in facts.known if one.has(mail.sender.address))


def _numbers(facts: Facts) -> tuple[int, ...]:
    return tuple(dict.fromkeys(one.ticket.number for one in facts.known))


def change(route: Route, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    """What a mail does where it belongs."""
    match route:
        case NewRequest():
            return _open(route, mail, facts, desk, now)
        case FollowUp():
            return _append(route.known, mail, facts, desk, now)
        case AgentMail():
            return _answer(route, mail, facts, desk, now)
        case DeliveryReport():
            return _reported(route, mail, facts, desk, now)
        case AutoReply():
            return _noted(route, mail, facts)
        case Held():
            return _refused(route, mail, facts)
        case Duplicate() | OwnLetter():
            return Change(None)
        case _:
            assert_never(route)


def _open(route: NewRequest, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    verdict = classify(mail.subject, mail.reply, desk.categories)
    requester = mail.sender.address or mail.author.address or ""
    # A doubtful From may name us: we never write to ourselves.
    requester = "" if desk.is_own(requester) else requester
    by_person = mail.kind == "person"
    ticket = NewTicket(
        subject=mail.subject,
        requester=requester,
        requester_name=mail.author.name,
        mailbox=facts.mailbox.name,
        queue=verdict.queue if verdict.category != "unclassified" else facts.mailbox.queue,
        category=verdict.category,
        priority=verdict.priority,
        language=_language(mail, facts),
        status=Status.NEW,
        opened_at=facts.received_at,
        follows=route.follows.ticket.number if route.follows else None,
        clock=by_person,
    )
    suggested = _suggestions(mail, facts, requester, desk)
    events = [
        Event(
            EventKind.CREATED,
            facts.received_at,
            requester or "unknown",
            {
                "category": verdict.category,
                "priority": verdict.priority,
                "queue": ticket.queue,
                "confidence": verdict.confidence,
                "evidence": list(verdict.evidence),
            },
        ),
        _arrival(mail, facts, by_person),
        *(Event(EventKind.CC_SUGGESTED, facts.received_at, requester, {"address": one.address}) for one in suggested),
        *(Event(EventKind.SUSPICION, facts.received_at, requester, {"claims": number}) for number in route.claims),
    ]
    if route.follows is not None:
        events.append(Event(EventKind.LINKED, facts.received_at, "postdesk", {"to": ticket.follows}))
    ticket, breaches = sla.wind(ticket, events, desk.policy.sla[ticket.priority], now)
    requesters = (Participant(requester, "requester", "active"),) if requester else ()
    greeting = replies.acknowledgement(ticket, mail, facts, desk, now)
    hints = replies.hints(mail, facts, suggested, claims=route.claims, follows=ticket.follows, greeting=greeting)
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


def _append(known: Known, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    ticket = known.ticket
    sender = (mail.sender.address or "").lower()
    # Mailing lists and bulk mail may be part of a thread, but nobody waits for an answer to them.
    by_person = mail.kind == "person"
    moved = commands.Effect(ticket)
    if by_person:
        # From here on somebody waits, even if a machine opened it.
        moved = commands.Effect(replace(ticket, clock=True))
        if ticket.status not in (Status.NEW, Status.OPEN):
            moved = commands.move(moved.ticket, Status.OPEN, sender, _moment(facts, known))
    suggested = _suggestions(mail, facts, sender, desk, known.participants)
    events = (
        _arrival(mail, facts, by_person),
        *moved.events,
        *(Event(EventKind.CC_SUGGESTED, facts.received_at, sender, {"address": one.address}) for one in suggested),
    )
    targets = desk.policy.sla[ticket.priority]
    wound, breaches = sla.wind(moved.ticket, (*known.history, *events), targets, now)
    joined_by = f"{_HOW[known.how]}; the sender takes part and is {facts.proof.verdict}"
    hints = replies.hints(mail, facts, suggested, joined=known)
    what: Literal["reopened", "follow_up"] = "reopened" if ticket.status.done else "follow_up"
    return Change(
        wound,
        (*events, *breaches),
        _message(mail, facts, "requester" if sender == ticket.requester else "participant", joined_by),
        suggested,
        replies.notifications(wound, what, mail, facts, desk, hints),
    )


def _moment(facts: Facts, known: Known) -> datetime:
    """When a status changes by this mail: not before the last change, however late the mail was read."""
    changed = (event.at for event in known.history if event.kind is EventKind.STATUS)
    return max((facts.received_at, *changed))


_HOW = {
    "signed": "answers a letter of ours, by its signed Message-ID",
    "references": "refers to a mail of this ticket",
    "subject": "names this ticket in its subject",
}


def _answer(route: AgentMail, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    agent, known, effect = route.agent, route.known, route.effect
    files = tuple(replies.worth_sending(mail.attachments, facts.attachments))
    public = not effect.private and _says(route.text, mail)
    note = effect.private and bool(route.text or files)
    ticket, events = effect.ticket, list(effect.events)
    # Who moves it to another queue gives it away.
    if ticket.assignee is None and not {EventKind.ASSIGNED, EventKind.QUEUE} & {event.kind for event in events}:
        ticket = replace(ticket, assignee=agent.address)
        events.append(Event(EventKind.ASSIGNED, facts.received_at, agent.address, {"to": agent.address}))
    letters: tuple[Reply, ...] = ()
    if public:
        letters = replies.answers(ticket, route.text, files, agent, known, effect.participants, facts, desk)
        answer = {"answer": f"inbox:{facts.inbox}"}
        events.append(Event(EventKind.AGENT_ANSWER, facts.received_at, agent.address, answer))
        if not any(event.kind is EventKind.STATUS for event in events):
            moved = commands.move(ticket, desk.policy.after_answer, agent.address, _moment(facts, known))
            ticket = moved.ticket
            events.extend(moved.events)
        # Should its letter fail, the status that the answer led to goes with it.
        events = [replace(one, data={**one.data, **answer}) if one.kind is EventKind.STATUS else one for one in events]
    elif note:
        events.append(Event(EventKind.NOTE, facts.received_at, agent.address))
    ticket, breaches = sla.wind(ticket, (*known.history, *events), desk.policy.sla[ticket.priority], now)
    written = _message(mail, facts, "agent", "answers the notification that we sent to this agent")
    message = replace(written, public=public, reply=route.text, name=agent.alias or desk.policy.name)
    return Change(ticket, (*events, *breaches), message if public or note else None, effect.participants, letters)


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


def _refused(held: Held, mail: ParsedMail, facts: Facts) -> Change:
    known = facts.known[0] if facts.known else None
    letters = replies.refusal(held.agent, held.reason, held.detail, mail, facts)
    if known is None:
        return Change(None, replies=letters)
    event = Event(
        EventKind.HELD,
        facts.received_at,
        mail.sender.address or "unknown",
        {"reason": held.reason, "inbox": facts.inbox},
    )
    return Change(known.ticket, (event,), replies=letters)


def _arrival(mail: ParsedMail, facts: Facts, by_person: bool) -> Event:
    kind = EventKind.CUSTOMER_MESSAGE if by_person else EventKind.AUTOMATIC_MESSAGE
    return Event(kind, facts.received_at, mail.sender.address or "unknown", {"proof": facts.proof.verdict})


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
        reply=mail.reply,
        message_id=mail.message_id,
        references=(*mail.references, *mail.in_reply_to),
        fingerprint=mail.fingerprint,
        language=mail.language.code,
        proof=facts.proof.verdict,
        joined_by=joined_by,
        received_at=facts.received_at,
        claimed_at=mail.date,
    )


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
