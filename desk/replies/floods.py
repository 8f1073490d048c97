"""Senders who write more mail than an agent can be told of one by one: the rest is counted, and told in a line."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from desk import threads
from desk.facts import Desk, Facts
from desk.letters import Draft, LetterKind
from parser.mail import ParsedMail


@dataclass(frozen=True, slots=True)
class Flood:
    """Mails of one sender of which one agent was not told."""

    agent: str
    sender: str
    mailbox: str
    since: datetime
    """When the first of them was taken in."""
    count: int
    numbers: tuple[int, ...]
    """The numbers of their tickets, the first 500."""


def within_cap(drafts: tuple[Draft, ...], mail: ParsedMail, facts: Facts, desk: Desk) -> tuple[Draft, ...]:
    """The notifications of a mail; beyond the cap of its sender they are counted instead of being sent."""
    sender = (mail.sender.address or mail.author.address or "").lower()
    if not sender or facts.counts.sender_hour < desk.policy.caps.notifications_per_sender_hour:
        return drafts
    return tuple(replace(draft, flood_of=sender) for draft in drafts)


_TAGS_SHOWN = 20


def summary(flood: Flood, desk: Desk) -> tuple[Draft, ...]:
    """The line with the count; nothing where its agent is none any more. An answer to it concerns those tickets."""
    agent = desk.agent(flood.agent)
    if agent is None:
        return ()
    tags = [threads.tag(desk.policy.prefix, one) for one in flood.numbers]
    values = {
        "marker": threads.marker(tags[0] if tags else desk.policy.prefix),
        "sender": flood.sender,
        "count": flood.count,
        "since": flood.since,
        "tickets": ", ".join(tags[:_TAGS_SHOWN]),
        "more": max(len(tags) - _TAGS_SHOWN, 0),
    }
    named = hashlib.sha256(flood.sender.encode()).hexdigest()[:16]
    return (
        Draft(
            kind=LetterKind.SUMMARY,
            key=f"summary:{flood.since.isoformat()}:{named}",
            recipient=agent.address,
            recipient_name=agent.name,
            language=agent.language,
            mailbox=flood.mailbox,
            values=values,
            about=flood.numbers,
        ),
    )
