"""An agent's answer as the customer gets it: under the desk's name, without the agents' own addresses."""

import re
from collections.abc import Iterator, Sequence

from desk.facts import CandidateTicket, Desk, Facts
from desk.letters import AttachmentRef, Draft, LetterKind
from desk.sla.policy import Agent
from desk.ticket import Participant, Ticket, active
from parser.mail import Attachment

# Below this an inline picture is the logo of a signature, above it a pasted screenshot.
_LOGO_BYTES = 8_000


def worth_sending(attachments: Sequence[Attachment], refs: Sequence[AttachmentRef]) -> Iterator[AttachmentRef]:
    """The files that an agent attached for the customer, without the logos of the signature."""
    for one, ref in zip(attachments, refs, strict=True):
        if not (one.inline and one.size < _LOGO_BYTES):
            yield ref


def answers(
    ticket: Ticket,
    text: str,
    files: tuple[AttachmentRef, ...],
    agent: Agent,
    candidate: CandidateTicket,
    joining: Sequence[Participant],
    facts: Facts,
    desk: Desk,
) -> tuple[Draft, ...]:
    """An agent's text to the requester and all who take part, under the desk's name."""
    scrubbed = without_agents(text, desk.mailbox(ticket.mailbox).addresses[0], desk)
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
            in_reply_to=candidate.thread[-1] if candidate.thread else None,
            references=candidate.thread,
        )
        for address in active((*candidate.participants, *joining))
    )


def without_agents(text: str, instead: str, desk: Desk) -> str:
    """The text with the desk's address in place of every agent's, so that nobody writes past the desk."""
    for agent in desk.agents:
        # Whole addresses only: ben@example.org does not stand in ruben@example.org.
        local, _, domain = agent.address.rpartition("@")
        # Their sub-addresses (RFC 5233) lead to them as well.
        spelled = rf"{re.escape(local)}(?:\+[^@\s<>]{{0,64}})?@{re.escape(domain)}"
        whole = rf"(?<![a-z0-9.+-]){spelled}(?![a-z0-9-]|\.[a-z0-9])"
        text = re.sub(whole, lambda _: instead, text, flags=re.IGNORECASE)
    return text
