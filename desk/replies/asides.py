"""Further letters to agents: mail that asks for nothing or is another team's too, a ticket that rests."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from desk.facts import CandidateTicket, Desk, Facts, Words
from desk.letters import Draft
from desk.replies.floods import within_cap
from desk.replies.hints import Detail
from desk.replies.notifications import internal, notification_recipients, of_mail
from desk.ticket import Ticket
from parser.mail import ParsedMail


def one_line(
    ticket: Ticket, what: Literal["reaction", "thanks", "repeat"], mail: ParsedMail, facts: Facts, desk: Desk
) -> tuple[Draft, ...]:
    """Tells those who have a ticket, in a line, that a mail came which asks for nothing."""
    values = {**_NO_VALUES, "event": what, "said": said(mail)}
    name = mail.author.name or mail.sender.address or ""
    # A template of an older release knows no such event, and shows the text as always.
    words = Words(name, mail.sender.address or "", facts.proof.verdict, in_a_line(mail.new_text))
    recipients = notification_recipients(ticket, desk)
    drafts = internal(ticket, f"notification:inbox:{facts.inbox}", words, values, recipients, desk, ())
    return within_cap(drafts, mail, facts, desk)


def frozen(ticket: Ticket, until: datetime, facts: Facts, desk: Desk) -> tuple[Draft, ...]:
    """Tells those who have a ticket that nothing is sent in it automatically, because it is opened again and again."""
    values = {**_NO_VALUES, "event": "frozen", "until": until}
    words = Words(ticket.requester_name, ticket.requester, "unknown", "")
    recipients = notification_recipients(ticket, desk)
    return internal(ticket, f"frozen:inbox:{facts.inbox}", words, values, recipients, desk, ())


def shared(
    candidate: CandidateTicket,
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    hints: Sequence[Mapping[str, Detail]],
    queues: Sequence[str],
) -> tuple[Draft, ...]:
    """The notification of a mail to the team of a second mailbox that it came into."""
    recipients = [one for queue in queues for one in desk.agents_of(queue)]
    first = notification_recipients(candidate.ticket, desk)
    others = tuple(one for one in dict.fromkeys(recipients) if one not in first)
    return of_mail(candidate.ticket, "shared", mail, facts, desk, hints, others, candidate.participants)


_NO_VALUES: Mapping[str, Any] = {"files": [], "hints": [], "note": "", "note_by": ""}
_LINE = 100


def said(mail: ParsedMail) -> str:
    """What a mail that asks for nothing says, in a line: of a reaction its emoji, which stands on its first line."""
    if mail.gesture != "reaction":
        return in_a_line(mail.new_text)
    first = next((line for line in mail.new_text.splitlines() if line.strip()), "")
    pictures = "".join(one for one in first if unicodedata.category(one) in ("So", "Sk", "Mn", "Cf"))
    return in_a_line(pictures or first)


def in_a_line(text: str) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LINE else line[:_LINE].rstrip() + "…"
