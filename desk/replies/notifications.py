"""What the desk writes to its agents: tickets, notes, refusals, and letters that did not arrive."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from desk import leaks, trace
from desk.facts import ASKS, NOTE, PRIVATE, CandidateTicket, Desk, Facts, KnownLetter, Words
from desk.letters import AttachmentRef, Draft, LetterKind
from desk.sla.policy import Agent
from desk.ticket import NewTicket, Participant, Ticket
from parser.identity.lookalikes import Impersonation
from parser.mail import ParsedMail

_TEXT_SHOWN = 60_000
_SHOWN = 5
_NAME_SHOWN = 200

Detail = str | tuple[str, ...] | timedelta


def hints(
    mail: ParsedMail,
    facts: Facts,
    suggested: Sequence[Participant],
    *,
    claims: Sequence[int] = (),
    follows: int | None = None,
    acknowledgement: Draft | str | None = None,
    joined: CandidateTicket | None = None,
    impersonations: Sequence[Impersonation] = (),
    little_time: bool = False,
) -> list[Mapping[str, Detail]]:
    """What agents should know besides the text, as codes for the template to word; lists are worded there, too."""
    posing = [pose for pose in impersonations if pose.kind != "names_us"][:1]
    posing += [pose for pose in impersonations if pose.kind == "names_us"][:1]
    found: list[tuple[str, Detail]] = [_posing(pose) for pose in posing]
    found += [("claims_ticket", str(number)) for number in claims]
    if follows is not None:
        found.append(("linked", str(follows)))
    if little_time:
        found.append(("little_time", ""))
    if joined is not None and facts.proof.verdict != "proven":
        found.append(("unproven_join", joined.how))
    elsewhere = [one.address for one in mail.reply_to if one.address and one.address != mail.author.address]
    if elsewhere:
        found.append(("reply_to", tuple(elsewhere[:_SHOWN])))
    if suggested:
        found.append(("cc_suggested", tuple(one.address for one in suggested)))
    if isinstance(acknowledgement, str) and facts.spam is None:
        found.append(("ack_not_sent", acknowledgement))
    elif isinstance(acknowledgement, Draft) and acknowledgement.held:
        found.append(("ack_held", acknowledgement.held))
    if mail.kind != "person":
        found.append(("automatic", mail.kind))
    found += [("border", one.detail[:_NAME_SHOWN]) for one in mail.defects if one.code.startswith("border_")][:_SHOWN]
    if facts.spam is not None:
        found.append(("spam", facts.spam))
    if facts.oversize is not None:
        found.append(("oversize", str(facts.oversize)))
    if any(defect.code == "truncated" for defect in mail.defects):
        found.append(("truncated", ""))
    found += trace.hints(mail)
    if any(one.dangerous for one in mail.attachments):
        found.append(("dangerous_file", tuple(one.safe_name for one in mail.attachments if one.dangerous)))
    return [{"code": code, "detail": detail} for code, detail in found]


def _posing(pose: Impersonation) -> tuple[str, str]:
    """The worst that a From field pretends to be. Text from the mail is shortened, not interpreted."""
    detail = f"{pose.shown} / {pose.ours}" if pose.ours else pose.shown
    return f"posing_{pose.kind}", detail[:_NAME_SHOWN]


def notifications(
    ticket: NewTicket,
    event: Literal["new", "follow_up", "reopened", "follow_up_of_closed"],
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    hints: Sequence[Mapping[str, Detail]],
) -> tuple[Draft, ...]:
    """One internal letter for each agent: the one it is assigned to, else all of its queue."""
    files, sent = _files(mail, facts, desk)
    words = Words(
        mail.author.name, mail.sender.address or mail.author.address or "", facts.proof.verdict, mail.new_text
    )
    values: dict[str, Any] = {"event": event, "files": files, "hints": list(hints), "note": "", "note_by": ""}
    values["sending_host"] = trace.sending_host(mail, facts)
    recipients = notification_recipients(ticket, desk)
    if facts.spam is not None and ticket.queue == desk.policy.spam_queue and not desk.has_agents(ticket.queue):
        # The leads get a list of it once a day.
        recipients = ()
    key = f"notification:inbox:{facts.inbox}"
    return _internal(ticket, key, words, values, recipients, desk, sent, mail.hidden)


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
    return _internal(ticket, key, words, values, recipients, desk)


def woken(candidate: CandidateTicket, desk: Desk, key: str) -> tuple[Draft, ...]:
    """Tells those who have a ticket that its snooze is over, with the customer's last text."""
    values: dict[str, Any] = {"event": "woken", "files": [], "hints": [], "note": "", "note_by": ""}
    words = candidate.last or Words(candidate.ticket.requester_name, candidate.ticket.requester, "unknown", "")
    return _internal(candidate.ticket, key, words, values, notification_recipients(candidate.ticket, desk), desk)


def merged(
    ticket: Ticket,
    event: Literal["merged", "unmerged"],
    source: CandidateTicket,
    writer: Agent,
    facts: Facts,
    desk: Desk,
) -> tuple[Draft, ...]:
    """Tells those who have a ticket that another was merged into it, or that it goes on by itself again.

    The letter has the customer's last text in `source`: who has one ticket may never have seen the other.
    """
    words = source.last or Words(source.ticket.requester_name, source.ticket.requester, "unknown", "")
    hints = [{"code": "merged", "detail": source.ticket.tag}] if event == "merged" else []
    values: dict[str, Any] = {"event": event, "files": [], "hints": hints, "note": "", "note_by": ""}
    recipients = tuple(agent for agent in notification_recipients(ticket, desk) if agent.address != writer.address)
    return _internal(ticket, f"{event}:inbox:{facts.inbox}", words, values, recipients, desk)


def notification_recipients(ticket: NewTicket, desk: Desk) -> tuple[Agent, ...]:
    """The agent a ticket is assigned to, else all of its queue."""
    assigned = desk.agent(ticket.assignee)
    return (assigned,) if assigned is not None else desk.agents_of(ticket.queue)


def _internal(
    ticket: NewTicket,
    key: str,
    words: Words,
    values: Mapping[str, Any],
    recipients: Sequence[Agent],
    desk: Desk,
    attachments: tuple[AttachmentRef, ...] = (),
    masked: Sequence[str] = (),
) -> tuple[Draft, ...]:
    """A letter to each of these agents with all that they need to answer; `masked` are classes of secrets."""
    assigned = desk.agent(ticket.assignee)
    shared = {
        "sending_host": "",
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


def _files(mail: ParsedMail, facts: Facts, desk: Desk) -> tuple[list[dict[str, Any]], tuple[AttachmentRef, ...]]:
    """The list of a mail's attachments for agents, and the files that are sent along."""
    listed: list[dict[str, Any]] = []
    sent: list[AttachmentRef] = []
    room = desk.policy.attachments_limit
    for one, ref in zip(mail.attachments, facts.attachments, strict=True):
        why = "secret" if one.secrets else "dangerous" if one.dangerous else "too_large" if ref.size > room else ""
        if not why:
            room -= ref.size
            sent.append(ref)
        row = {"name": one.safe_name, "size": one.size, "content_type": one.content_type, "sent": not why, "why": why}
        listed.append(row)
    return listed, tuple(sent)


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
    ticket: Ticket, letter: KnownLetter, reason: str, desk: Desk, *, certain: bool = True
) -> tuple[Draft, ...]:
    """Tells the agents that a letter to a customer did not arrive; the leads, where it was a letter to an agent.

    With `certain` false, that nobody can know whether it did.
    """
    recipients = notification_recipients(ticket, desk) if letter.kind.to_customer else desk.leads
    recipients = tuple(agent for agent in recipients if agent.address != letter.recipient)
    return tuple(
        Draft(
            kind=LetterKind.UNDELIVERED,
            key=f"{'undelivered' if certain else 'unknown'}:{letter.message_id}",
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=ticket.mailbox,
            values={
                "to": letter.recipient,
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
