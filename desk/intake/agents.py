"""What an agent's answer to a notification does: the commands on top, then a letter to the customer or a note."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from desk.agent_routing import answered, moment, releases
from desk.agent_text import says
from desk.commands import merging
from desk.commands import run as commands
from desk.facts import CandidateTicket, Desk, Facts, KnownLetter
from desk.intake.messages import message
from desk.intake.warnings import acknowledged, only_agrees
from desk.letters import Draft
from desk.replies import answers, notifications
from desk.routes import AgentMail
from desk.sla import clock as sla
from desk.sla.policy import Agent
from desk.ticket import Change, Event, EventKind, Ticket
from parser.mail import ParsedMail

_ADDRESSED = "answers the notification that we sent to this agent"


def answer(route: AgentMail, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Change:
    """All that an agent's mail does: to the ticket it answers, and to a second one that its commands name."""
    agent, candidate, result = route.agent, route.candidate, route.result
    # Mail servers write whole seconds, by clocks of their own: nobody has answered before the question came.
    # And a mail that was held has answered when it was released.
    released = (event.at for event in releases(candidate, facts.inbox))
    facts = replace(facts, received_at=max((facts.received_at, candidate.ticket.opened_at, *released)))
    files = tuple(answers.worth_sending(mail.attachments, facts.attachments))
    public = not result.private and says(route.text, mail)
    note = result.private and bool(route.text or files) and not (route.acknowledged and only_agrees(route.text, files))
    ticket, events = result.ticket, list(result.events)
    if route.acknowledged:
        events.append(acknowledged(agent.address, facts))
    drafts: tuple[Draft, ...] = ()
    if public:
        ticket, events = _answering(route, ticket, events, facts, desk)
        drafts = answers.answers(ticket, route.text, files, agent, candidate, result.participants, facts, desk)
    elif note:
        events.append(Event(EventKind.NOTE, facts.received_at, agent.address, {"note": f"inbox:{facts.inbox}"}))
    # The answer comes before what it leads to: an agent who answers and solves has answered. And `/snooze` comes last,
    # so that nothing else in this mail wakes the ticket.
    events.sort(key=lambda event: (event.kind is EventKind.SNOOZED) - (event.kind is EventKind.AGENT_ANSWER))
    ticket, breaches = sla.recalculate(ticket, candidate.history, events, desk.sla_policies, now)
    drafts += _to_colleagues(route, ticket, events, note, facts, desk)
    if note and route.assumed:
        drafts += notifications.refusal(agent, "kept_note", "", mail, facts, answered(agent, facts))
    written = message(mail, facts, "agent", _ADDRESSED)
    kept = replace(written, public=public, new_text=route.text, name=agent.alias or desk.policy.name)
    said = kept if public or note else None
    also = _other_ticket(route, facts, desk, now)
    return Change(ticket, (*events, *breaches), said, result.participants, drafts, release=result.release, also=also)


def _answering(
    route: AgentMail, ticket: Ticket, events: Sequence[Event], facts: Facts, desk: Desk
) -> tuple[Ticket, list[Event]]:
    """The ticket and the events of a mail that answers the customer: who has the ticket now, and its status."""
    agent, found = route.agent, list(events)
    # Who answers takes the ticket, unless the same mail gives it to somebody else or to another queue.
    given_away = any(event.kind in (EventKind.ASSIGNED, EventKind.QUEUE) for event in events)
    if ticket.assignee is None and not given_away:
        ticket = replace(ticket, assignee=agent.address)
        found.append(Event(EventKind.ASSIGNED, facts.received_at, agent.address, {"to": agent.address}))
    named = {"answer": f"inbox:{facts.inbox}"}
    found.append(Event(EventKind.AGENT_ANSWER, facts.received_at, agent.address, named))
    if not any(event.kind is EventKind.STATUS for event in found):
        moved = commands.move(ticket, desk.policy.after_answer, agent.address, moment(facts, route.candidate))
        ticket = moved.ticket
        found.extend(moved.events)
    # Should its letter fail, the status that the answer led to goes with it.
    return ticket, [replace(one, data={**one.data, **named}) if one.kind is EventKind.STATUS else one for one in found]


def _to_colleagues(
    route: AgentMail, ticket: Ticket, events: Sequence[Event], note: bool, facts: Facts, desk: Desk
) -> tuple[Draft, ...]:
    """Letters to those who have the ticket now, or who should know of a note; never to the writer."""
    agent, candidate = route.agent, route.candidate
    candidate = replace(candidate, participants=(*candidate.participants, *route.result.participants))
    given = ticket.assignee not in (candidate.ticket.assignee, agent.address) or ticket.queue != candidate.ticket.queue
    if given and any(event.kind in (EventKind.ASSIGNED, EventKind.QUEUE) for event in events):
        text = route.text if note else ""
        return notifications.handed_over(ticket, "handed_over", text, agent, candidate, facts, desk)
    if route.acknowledged and ticket.assignee == agent.address and ticket.assignee != candidate.ticket.assignee:
        # Who takes a ticket from a list of several may have no notification of it to answer.
        return notifications.given(replace(candidate, ticket=ticket), f"taken:inbox:{facts.inbox}", desk)
    if note:
        asked = _author(answered(agent, facts), candidate, desk)
        return notifications.handed_over(ticket, "note", route.text, agent, candidate, facts, desk, asked)
    return ()


def _author(letter: KnownLetter | None, candidate: CandidateTicket, desk: Desk) -> Agent | None:
    """The colleague whose note a letter brought; None where it brought none, or nobody knows."""
    if letter is None or not letter.of_note:
        return None
    wrote = (event for event in candidate.history if event.kind is EventKind.NOTE and "note" in event.data)
    return next((desk.agent(event.actor) for event in wrote if letter.key == f"note:{event.data['note']}"), None)


def _other_ticket(route: AgentMail, facts: Facts, desk: Desk, now: datetime) -> tuple[Change, ...]:
    """What an agent's commands do to a second ticket."""
    agent, candidate, result = route.agent, route.candidate, route.result
    if result.into is not None:
        return (merging.target(candidate, result.into, agent, facts, desk, now, result.alone),)
    if result.out is not None:
        return (merging.split_off(candidate.ticket, result.out, agent, facts, desk, now),)
    return ()
