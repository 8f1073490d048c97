"""What the leads get once a day: the mails that our own mail server took for spam, so that nobody's request is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from desk.facts import Desk
from desk.letters import Draft, LetterKind

LISTED = 50
"""So many stand in the letter; the others are counted."""


@dataclass(frozen=True, slots=True)
class MarkedMail:
    """One mail that was marked, and the ticket it is in."""

    number: int
    tag: str
    subject: str
    requester: str
    queue: str
    verdict: str


def spam_list(marked: Sequence[MarkedMail], count: int, today: date, desk: Desk) -> tuple[Draft, ...]:
    """One letter for each lead. `marked` are the first of `count` mails."""
    rows = tuple(
        {"tag": one.tag, "subject": one.subject, "requester": one.requester, "queue": one.queue, "verdict": one.verdict}
        for one in marked[:LISTED]
    )
    return tuple(
        Draft(
            kind=LetterKind.SPAM_LIST,
            key=f"spam list:{today}",
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=desk.mailboxes[0].name,
            values={"count": count, "rows": rows, "more": count - len(rows)},
            about=tuple(dict.fromkeys(one.number for one in marked[:LISTED])),
        )
        for agent in desk.leads
    )
