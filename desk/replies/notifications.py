"""What the desk writes to its agents: tickets, notes, refusals, and letters that did not arrive."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from desk import leaks, trace
from desk.facts import ASKS, NOTE, PRIVATE, CandidateTicket, Desk, Facts, KnownLetter, Words
from desk.letters import AttachmentRef, Draft, LetterKind
from desk.replies.attached import files_of
from desk.replies.floods import within_cap
from desk.replies.hints import Detail
from desk.sla.policy import Agent
from desk.ticket import NewTicket, Participant, Ticket, active
from parser.mail import ParsedMail

_TEXT_SHOWN = 60_000


def notifications(
    ticket: NewTicket,
    event: Literal["new", "follow_up", "reopened", "follow_up_of_closed"],
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    hints: Sequence[Mapping[str, Detail]],
    participants: Sequence[Participant] = (),
    queues: Sequence[str] = (),
) -> tuple[Draft, ...]:
    """One internal letter for each agent: the one it is assigned to, else all of its queue; and all of `queues`."""
    recipients = list(notification_recipients(ticket, desk))
    recipients += [one for queue in queues for one in desk.agents_of(queue) if one not in recipients]
    return of_mail(ticket, event, mail, facts, desk, hints, tuple(dict.fromkeys(recipients)), participants)


def of_mail(
    ticket: NewTicket,
    event: str,
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    hints: Sequence[Mapping[str, Detail]],
    recipients: Sequence[Agent],
    participants: Sequence[Participant] = (),
) -> tuple[Draft, ...]:
    files, sent = files_of(mail, facts, desk)
    words = Words(
        mail.author.name, mail.sender.address or mail.author.address or "", facts.proof.verdict, mail.new_text
    )
    values: dict[str, Any] = {"event": event, "files": files, "hints": list(hints), "note": "", "note_by": ""}
    values["sending_host"] = trace.sending_host(mail, facts)
    if facts.spam is not None and ticket.queue == desk.policy.spam_queue and not desk.has_agents(ticket.queue):
        # The leads get a list of it once a day.
        recipients = ()
    key = f"notification:inbox:{facts.inbox}"
    drafts = internal(ticket, key, words, values, recipients, desk, participants, sent, mail.hidden)
    return within_cap(drafts, mail, facts, desk)


def handed_over(
    ticket: Ticket,
    event: Literal["handed_over", "note"],
    note: str,
    writer: Agent,
    candidate: CandidateTicket,
    facts: Facts,
    desk: Desk,
    asked: Agent | None = None,
) -> tuple[Draft, ...]:
    """What colleagues need to answer: the ticket that is theirs now, or a note on it, which goes to `asked`, too."""
    everybody = dict.fromkeys((*notification_recipients(ticket, desk), *([asked] if asked else [])))
    recipients = tuple(agent for agent in everybody if agent.address != writer.address)
    return _passed_on(
        ticket, f"{event}:inbox:{facts.inbox}", event, note[:_TEXT_SHOWN], writer.name, candidate, recipients, desk
    )


def given(candidate: CandidateTicket, key: str, desk: Desk) -> tuple[Draft, ...]:
    """The notification to the agent to whom an escalation step gave a ticket."""
    return _passed_on(
        candidate.ticket, key, "handed_over", "", "", candidate, notification_recipients(candidate.ticket, desk), desk
    )


def _passed_on(
    ticket: Ticket,
    key: str,
    event: str,
    note: str,
    note_by: str,
    candidate: CandidateTicket,
    recipients: Sequence[Agent],
    desk: Desk,
) -> tuple[Draft, ...]:
    words = candidate.last or Words(ticket.requester_name, ticket.requester, "unknown", "")
    values: dict[str, Any] = {"event": event, "files": [], "hints": [], "note": note, "note_by": note_by}
    return internal(ticket, key, words, values, recipients, desk, candidate.participants)


def woken(candidate: CandidateTicket, desk: Desk, key: str) -> tuple[Draft, ...]:
    """Tells those who have a ticket that its snooze is over, with the customer's last text."""
    values: dict[str, Any] = {"event": "woken", "files": [], "hints": [], "note": "", "note_by": ""}
    words = candidate.last or Words(candidate.ticket.requester_name, candidate.ticket.requester, "unknown", "")
    recipients = notification_recipients(candidate.ticket, desk)
    return internal(candidate.ticket, key, words, values, recipients, desk, candidate.participants)


def merged(
    ticket: Ticket,
    event: Literal["merged", "joined_copy", "unmerged"],
    source: CandidateTicket,
    writer: Agent,
    facts: Facts,
    desk: Desk,
    participants: Sequence[Participant],
) -> tuple[Draft, ...]:
    """Tells those who have a ticket that another was merged into it, or that it goes on by itself again.

    The letter has the customer's last text in `source`: who has one ticket may never have seen the other.
    """
    words = source.last or Words(source.ticket.requester_name, source.ticket.requester, "unknown", "")
    hints = [] if event == "unmerged" else [{"code": event, "detail": source.ticket.tag}]
    shown = "unmerged" if event == "unmerged" else "merged"
    values: dict[str, Any] = {"event": shown, "files": [], "hints": hints, "note": "", "note_by": ""}
    recipients = tuple(agent for agent in notification_recipients(ticket, desk) if agent.address != writer.address)
    return internal(ticket, f"{event}:inbox:{facts.inbox}", words, values, recipients, desk, participants)


def notification_recipients(ticket: NewTicket, desk: Desk) -> tuple[Agent, ...]:
    """The agent a ticket is assigned to, else all of its queue."""
    assigned = desk.agent(ticket.assignee)
    return (assigned,) if assigned is not None else desk.agents_of(ticket.queue)


def internal(
    ticket: NewTicket,
    key: str,
    words: Words,
    values: Mapping[str, Any],
    recipients: Sequence[Agent],
    desk: Desk,
    participants: Sequence[Participant],
    attachments: tuple[AttachmentRef, ...] = (),
    masked: Sequence[str] = (),
) -> tuple[Draft, ...]:
    """A letter to each of these agents with all that they need to answer; `masked` are classes of secrets.

    `participants` are those whom an answer to it would go to.
    """
    assigned = desk.agent(ticket.assignee)
    shared = {
        "sending_host": "",
        "said": "",
        "until": None,
        **values,
        "requester_name": words.name,
        "requester_address": words.address,
        "proof": words.proof,
        "priority": ticket.priority,
        "queue": ticket.queue,
        "first_reply_due": ticket.deadlines.first_reply_due_at,
        "next_reply_due": ticket.deadlines.next_reply_due_at,
        "resolve_due": ticket.deadlines.resolve_due_at,
        "text": words.text[:_TEXT_SHOWN],
        "assignee": assigned.name if assigned else "",
        "answer_to": ", ".join(active(participants)) or ticket.requester,
    }
    return tuple(
        Draft(
            kind=LetterKind.NOTIFICATION,
            key=key,
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=ticket.mailbox,
            values={
                **shared,
                "category": desk.label(ticket.category, agent.language),
                "masked": leaks.named(masked, agent.language),
            },
            attachments=attachments,
        )
        for agent in recipients
    )


def refusal(
    agent: Agent, reason: str, detail: str, mail: ParsedMail, facts: Facts, letter: KnownLetter | None = None
) -> tuple[Draft, ...]:
    """Tells an agent why nothing was done, and returns the text; for unproven mail at most five times a day.

    `letter` is the one that the mail answers: a text for colleagues is still for colleagues when it is sent again.
    """
    forged = reason == "not_proven"
    if forged and facts.counts.refusals_day >= _REFUSALS_A_DAY:
        return ()
    # What a forger wrote is not shown to the agent in whose name it came.
    text = "" if forged else mail.new_text[:_TEXT_SHOWN]
    return (
        Draft(
            kind=LetterKind.REFUSAL,
            key=_refusal_key(reason, facts.inbox, letter),
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=facts.mailbox.name,
            values={"reason": reason, "detail": detail[:_DETAIL_SHOWN], "text": text},
            in_reply_to=mail.message_id,
            references=(mail.message_id,) if mail.message_id else (),
            about=letter.about if letter is not None else (),
        ),
    )


_REFUSALS_A_DAY = 5
_DETAIL_SHOWN = 2_000
RELEASABLE = frozenset({"perhaps_command", "internal_lines"})
"""The reasons for which an agent is only asked: one word, and the mail goes to the customer as it stands."""


def _refusal_key(reason: str, inbox: int, letter: KnownLetter | None) -> str:
    """What makes a refusal unique; whoever answers it is known by it to answer a text for colleagues, or a question."""
    begins = "unproven" if reason == "not_proven" else f"{ASKS}-{reason}" if reason in RELEASABLE else "refusal"
    ends = "" if letter is None else PRIVATE if letter.private else NOTE if letter.of_note else ""
    return f"{begins}:inbox:{inbox}{ends}"


def undelivered(
    ticket: Ticket, letter: KnownLetter, reason: str, desk: Desk, *, certain: bool = True, other: str = ""
) -> tuple[Draft, ...]:
    """Tells the agents that a letter to a customer did not arrive; the leads, where it was a letter to an agent.

    With `certain` false, that nobody can know whether it did. `other` is the address that failed where that is not the
    one we wrote to.
    """
    recipients = notification_recipients(ticket, desk) if letter.kind.to_customer else desk.leads
    recipients = tuple(agent for agent in recipients if agent.address != letter.recipient)
    return tuple(
        Draft(
            kind=LetterKind.UNDELIVERED,
            key=f"{'undelivered' if certain else 'unknown'}:{letter.message_id}{f':{other.lower()}' if other else ''}"[
                :500
            ],
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=ticket.mailbox,
            values={
                "to": letter.recipient,
                "other": other,
                "reason": reason[:500],
                "text": letter.text[:_TEXT_SHOWN],
                "certain": certain,
            },
        )
        for agent in recipients
    )


def parked_notices(inbox: int, mailbox: str, reason: str, desk: Desk) -> tuple[Draft, ...]:
    """Tells the leads about a mail that could not be read, without any of its content."""
    return tuple(
        Draft(
            kind=LetterKind.PARKED,
            key=f"parked:inbox:{inbox}",
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=mailbox,
            values={"mailbox": mailbox, "reason": reason[:300], "inbox": inbox},
        )
        for agent in desk.leads
    )


def alarms(
    what: str, detail: str, state: Literal["down", "up"], since: datetime, key: str, desk: Desk
) -> tuple[Draft, ...]:
    """Tells the leads that a part fails ("mailbox support", "storage"; see `pipeline.outages`), and when it works."""
    part, _, name = what.partition(" ")
    return tuple(
        Draft(
            kind=LetterKind.ALARM,
            key=key,
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=desk.mailboxes[0].name,
            values={
                "what": what,
                "part": part,
                "name": name,
                "detail": detail[:300],
                "state": state,
                "since": since,
            },
        )
        for agent in desk.leads
    )
