"""What the desk writes back: who is told what, and when it keeps silent."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from desk import leaks
from desk.facts import PRIVATE, CandidateTicket, Counts, Desk, Facts, KnownLetter, Words
from desk.letters import AttachmentRef, Draft, LetterKind
from desk.replies.estimate import response_estimate, zone_of
from desk.sla.policy import Agent
from desk.ticket import NewTicket, Participant, Ticket
from parser.identity.lookalikes import Pose
from parser.mail import Attachment, ParsedMail

# Below this an inline picture is the logo of a signature, above it a pasted screenshot.
_LOGO_BYTES = 8_000
_TEXT_SHOWN = 60_000
_SHOWN = 5
_NAME_SHOWN = 200


def acknowledgement(ticket: NewTicket, mail: ParsedMail, facts: Facts, desk: Desk, now: datetime) -> Draft | str:
    """The automatic answer to a new ticket, held when a cap is reached; or why there is none (promises D01-D09).

    It carries the warning to somebody who mailed a secret that gives access to money (promises F05).
    """
    silent = suppression_reason(ticket.requester, mail, facts, desk)
    if silent is not None:
        return silent
    told = response_estimate(ticket, facts.statistics, desk.service, facts.received_at, now)
    values: dict[str, Any] = {
        "due": told.due,
        "leaked": leaks.leaked(mail.hidden),
    }
    if facts.oversize is not None:
        kind = LetterKind.TOO_LARGE
        values |= {"limit": facts.mailbox.size_limit, "size": facts.oversize}
    else:
        kind = LetterKind.ACKNOWLEDGEMENT
        values |= {
            "category": _label(ticket, desk, ticket.language),
            "opens": told.opens,
            "peak": told.peak,
            "verified": facts.proof.verdict == "proven",
            "attachments": sum(not one.inline for one in mail.attachments),
        }
    return Draft(
        kind=kind,
        key=f"{kind}:inbox:{facts.inbox}",
        recipient=ticket.requester,
        recipient_name=ticket.requester_name,
        language=ticket.language,
        mailbox=ticket.mailbox,
        values=values,
        in_reply_to=mail.message_id,
        references=(*mail.references, *([mail.message_id] if mail.message_id else [])),
        held=over_cap(facts.counts, desk),
        zone=zone_of(mail, facts.received_at),
    )


def suppression_reason(writer: str, mail: ParsedMail, facts: Facts, desk: Desk) -> str | None:
    """Why a mail gets no automatic letter; None where it may.

    RFC 3834 §2: answer only a person, who is who he says as far as we know, and who wrote to us.
    """
    if mail.kind != "person":
        return f"it is {mail.kind}"
    if mail.suppress:
        return mail.suppress[0]
    if mail.sender.verdict != "one" or not writer:
        return "its sender is not one address"
    if facts.proof.verdict == "failed":
        return "its sender fails authentication"
    if mail.return_path == "":
        return "null return-path"
    # D02: the envelope must agree with the author; a forwarder's or a list's does not.
    if mail.return_path is not None and not _aligned(mail.return_path, writer):
        return "its envelope sender is of another domain"
    # Any of our addresses: a mail to two mailboxes may be taken in from either.
    if not any(desk.is_own(one.address) for one in (*mail.to, *mail.cc)):
        return "it is not addressed to us"
    return None


def _aligned(left: str, right: str) -> bool:
    """Whether two addresses are of one domain, or one of a sub-domain of the other's."""
    one, other = left.rpartition("@")[2].lower(), right.rpartition("@")[2].lower()
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def over_cap(counts: Counts, desk: Desk) -> str | None:
    """Why an automatic letter must wait for an operator (promises D08); None while it need not."""
    caps = desk.policy.caps
    if counts.sender_day >= caps.per_sender_day:
        return f"{counts.sender_day} automatic letters to this sender within 24 hours"
    if counts.thread_ten_minutes >= caps.per_thread_ten_minutes:
        return f"{counts.thread_ten_minutes} automatic letters in this thread within 10 minutes"
    if counts.hour >= caps.per_hour:
        return f"{counts.hour} automatic letters within an hour"
    return None


def hints(
    mail: ParsedMail,
    facts: Facts,
    suggested: Sequence[Participant],
    *,
    claims: Sequence[int] = (),
    follows: int | None = None,
    greeting: Draft | str | None = None,
    joined: CandidateTicket | None = None,
    impersonations: Sequence[Pose] = (),
    little_time: bool = False,
) -> list[Mapping[str, str | tuple[str, ...]]]:
    """What agents should know besides the text, as codes for the template to word; lists are worded there, too."""
    found: list[tuple[str, str | tuple[str, ...]]] = [_posing(pose) for pose in impersonations[:1]]
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
    if isinstance(greeting, str):
        found.append(("ack_not_sent", greeting))
    elif greeting is not None and greeting.held:
        found.append(("ack_held", greeting.held))
    if mail.kind != "person":
        found.append(("automatic", mail.kind))
    if facts.oversize is not None:
        found.append(("oversize", str(facts.oversize)))
    if any(defect.code == "truncated" for defect in mail.defects):
        found.append(("truncated", ""))
    if any(one.dangerous for one in mail.attachments):
        found.append(("dangerous_file", tuple(one.safe_name for one in mail.attachments if one.dangerous)))
    return [{"code": code, "detail": detail} for code, detail in found]


def _posing(pose: Pose) -> tuple[str, str]:
    """The worst of what a From field seems to be and is not; what stands in the mail is shortened, not interpreted."""
    detail = f"{pose.shown} / {pose.ours}" if pose.ours else pose.shown
    return f"posing_{pose.kind}", detail[:_NAME_SHOWN]


def notifications(
    ticket: NewTicket,
    event: Literal["new", "follow_up", "reopened", "follow_up_of_closed"],
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    hints: Sequence[Mapping[str, str | tuple[str, ...]]],
) -> tuple[Draft, ...]:
    """One internal letter for each agent: the one it is assigned to, else all of its queue."""
    files, sent = _files(mail, facts, desk)
    words = Words(
        mail.author.name, mail.sender.address or mail.author.address or "", facts.proof.verdict, mail.new_text
    )
    values: dict[str, Any] = {"event": event, "files": files, "hints": list(hints), "note": "", "note_by": ""}
    told = notification_recipients(ticket, desk)
    key = f"notification:inbox:{facts.inbox}"
    return _internal(ticket, key, words, values, told, desk, sent, mail.hidden)


def handed_over(
    ticket: Ticket,
    event: Literal["handed_over", "note"],
    note: str,
    writer: Agent,
    known: CandidateTicket,
    facts: Facts,
    desk: Desk,
) -> tuple[Draft, ...]:
    """What colleagues must get to be able to answer: the ticket that is theirs now, or a note on it."""
    told = tuple(agent for agent in notification_recipients(ticket, desk) if agent.address != writer.address)
    return _passed_on(ticket, f"{event}:inbox:{facts.inbox}", event, note[:_TEXT_SHOWN], writer.name, known, told, desk)


def given(known: CandidateTicket, key: str, desk: Desk) -> tuple[Draft, ...]:
    """What the agent gets to whom nobody but the clock gave a ticket."""
    return _passed_on(
        known.ticket, key, "handed_over", "", "", known, notification_recipients(known.ticket, desk), desk
    )


def _passed_on(
    ticket: Ticket,
    key: str,
    event: str,
    note: str,
    note_by: str,
    known: CandidateTicket,
    told: Sequence[Agent],
    desk: Desk,
) -> tuple[Draft, ...]:
    words = known.last or Words(ticket.requester_name, ticket.requester, "unknown", "")
    values: dict[str, Any] = {"event": event, "files": [], "hints": [], "note": note, "note_by": note_by}
    return _internal(ticket, key, words, values, told, desk)


def woken(known: CandidateTicket, desk: Desk, key: str) -> tuple[Draft, ...]:
    """Tells those who have a ticket that its rest is over, with the customer's last words."""
    values: dict[str, Any] = {"event": "woken", "files": [], "hints": [], "note": "", "note_by": ""}
    words = known.last or Words(known.ticket.requester_name, known.ticket.requester, "unknown", "")
    return _internal(known.ticket, key, words, values, notification_recipients(known.ticket, desk), desk)


def merged(
    ticket: Ticket,
    event: Literal["merged", "unmerged"],
    source: CandidateTicket,
    writer: Agent,
    facts: Facts,
    desk: Desk,
) -> tuple[Draft, ...]:
    """Tells those who have a ticket that another was merged into it, or that it goes on by itself again.

    With the last words that the customer wrote in `source`: who has the one ticket may never have seen the other.
    """
    words = source.last or Words(source.ticket.requester_name, source.ticket.requester, "unknown", "")
    hints = [{"code": "merged", "detail": source.ticket.tag}] if event == "merged" else []
    values: dict[str, Any] = {"event": event, "files": [], "hints": hints, "note": "", "note_by": ""}
    told = tuple(agent for agent in notification_recipients(ticket, desk) if agent.address != writer.address)
    return _internal(ticket, f"{event}:inbox:{facts.inbox}", words, values, told, desk)


def notification_recipients(ticket: NewTicket, desk: Desk) -> tuple[Agent, ...]:
    """The agent a ticket is assigned to, else all of its queue."""
    assigned = desk.agent(ticket.assignee)
    return (assigned,) if assigned is not None else desk.agents_of(ticket.queue)


def _internal(
    ticket: NewTicket,
    key: str,
    words: Words,
    values: Mapping[str, Any],
    told: Sequence[Agent],
    desk: Desk,
    attachments: tuple[AttachmentRef, ...] = (),
    masked: Sequence[str] = (),
) -> tuple[Draft, ...]:
    """A letter to each of these agents with all that they need to answer; `masked` are classes of secrets."""
    assigned = desk.agent(ticket.assignee)
    shared = {
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
                "category": _label(ticket, desk, agent.language),
                "masked": leaks.named(masked, agent.language),
            },
            attachments=attachments,
        )
        for agent in told
    )


def _files(mail: ParsedMail, facts: Facts, desk: Desk) -> tuple[list[dict[str, Any]], tuple[AttachmentRef, ...]]:
    """The list of a mail's attachments for agents, and those that travel along."""
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


def worth_sending(attachments: Sequence[Attachment], refs: Sequence[AttachmentRef]) -> Iterator[AttachmentRef]:
    """What an agent attached for the customer: not the logos of his signature."""
    for one, ref in zip(attachments, refs, strict=True):
        if not (one.inline and one.size < _LOGO_BYTES):
            yield ref


def answers(
    ticket: Ticket,
    text: str,
    files: tuple[AttachmentRef, ...],
    agent: Agent,
    known: CandidateTicket,
    joining: Sequence[Participant],
    facts: Facts,
    desk: Desk,
) -> tuple[Draft, ...]:
    """An agent's words to the requester and all who take part, under the desk's name."""
    scrubbed = without_agents(text, desk.mailbox(ticket.mailbox).addresses[0], desk)
    active = {one.address: one for one in (*known.participants, *joining) if one.state == "active"}
    return tuple(
        Draft(
            kind=LetterKind.ANSWER,
            key=f"answer:inbox:{facts.inbox}",
            recipient=address,
            recipient_name=ticket.requester_name if address == ticket.requester else "",
            language=ticket.language,
            mailbox=ticket.mailbox,
            values={"text": scrubbed, "agent": agent.alias or desk.policy.name},
            attachments=files,
            in_reply_to=known.thread[-1] if known.thread else None,
            references=known.thread,
        )
        for address in active
    )


def without_agents(text: str, instead: str, desk: Desk) -> str:
    """The text with the desk's address in place of every agent's, by which a customer could write past the desk."""
    for agent in desk.agents:
        # Whole addresses only: ben@example.org does not stand in ruben@example.org.
        local, _, domain = agent.address.rpartition("@")
        # Their sub-addresses (RFC 5233) lead to them as well.
        spelled = rf"{re.escape(local)}(?:\+[^@\s<>]{{0,64}})?@{re.escape(domain)}"
        whole = rf"(?<![a-z0-9.+-]){spelled}(?![a-z0-9-]|\.[a-z0-9])"
        text = re.sub(whole, lambda _: instead, text, flags=re.IGNORECASE)
    return text


def refusal(
    agent: Agent, reason: str, detail: str, mail: ParsedMail, facts: Facts, letter: KnownLetter | None = None
) -> tuple[Draft, ...]:
    """Tells an agent why his mail was not acted on, with his words; of unproven mail at most five times a day.

    `letter` is the one that his mail answers: what was meant for colleagues stays so when it is mended and sent again.
    """
    forged = reason == "not_proven"
    if forged and facts.counts.refusals_day >= _REFUSALS_A_DAY:
        return ()
    # What a forger wrote is not shown to the agent in whose name it came.
    text = "" if forged else mail.new_text[:_TEXT_SHOWN]
    private = letter is not None and letter.private
    return (
        Draft(
            kind=LetterKind.REFUSAL,
            key=f"{'unproven' if forged else 'refusal'}:inbox:{facts.inbox}{PRIVATE if private else ''}",
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=facts.mailbox.name,
            values={"reason": reason, "detail": detail[:500], "text": text},
            in_reply_to=mail.message_id,
            references=(mail.message_id,) if mail.message_id else (),
            about=letter.about if letter is not None else (),
        ),
    )


_REFUSALS_A_DAY = 5


def undelivered(ticket: Ticket, letter: KnownLetter, reason: str, desk: Desk) -> tuple[Draft, ...]:
    """Tells the agents that a letter to a customer did not arrive, and the leads of one to an agent."""
    told = notification_recipients(ticket, desk) if letter.kind.to_customer else desk.leads
    told = tuple(agent for agent in told if agent.address != letter.recipient)
    return tuple(
        Draft(
            kind=LetterKind.UNDELIVERED,
            key=f"undelivered:{letter.message_id}",
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=ticket.mailbox,
            values={"to": letter.recipient, "reason": reason[:500], "text": letter.text[:_TEXT_SHOWN]},
        )
        for agent in told
    )


def parked_notices(inbox: int, mailbox: str, reason: str, desk: Desk) -> tuple[Draft, ...]:
    """Tells the leads of a mail that could not be read; neutral, with nothing of its content."""
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


def alarms(what: str, detail: str, state: Literal["down", "up"], key: str, desk: Desk) -> tuple[Draft, ...]:
    """Tells the leads that a mailbox or the relay fails, and once more when it works again."""
    return tuple(
        Draft(
            kind=LetterKind.ALARM,
            key=key,
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=desk.mailboxes[0].name,
            values={"what": what, "detail": detail[:300], "state": state},
        )
        for agent in desk.leads
    )


def _label(ticket: NewTicket, desk: Desk, language: str) -> str:
    return "" if ticket.category == "unclassified" else desk.categories.label(ticket.category, language)
