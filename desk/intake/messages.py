"""The text of a mail as a message of its ticket."""

from typing import Literal

from desk import same_matter
from desk.facts import Facts
from desk.ticket import Message
from parser.mail import ParsedMail

JOINED_BY = {
    "signed": "answers a letter of ours, by its signed Message-ID",
    "references": "refers to a mail of this ticket",
    "subject": "names this ticket in its subject",
    "repeat": "repeats a mail of this ticket within ten minutes",
}
"""Why a mail belongs to a ticket, in words, by `CandidateTicket.how`."""


def message(
    mail: ParsedMail,
    facts: Facts,
    author: Literal["requester", "participant", "agent", "automatic"],
    joined_by: str,
) -> Message:
    """The mail as a public message of its ticket; `joined_by` says to people why it belongs there."""
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
        facts=same_matter.own_facts(mail) if author in ("requester", "participant") else (),
    )
