"""A house whose daemon runs, for tests that write to it one after the other: each with people of its own."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from servers.dovecot import Dovecot
from servers.house import AUTHSERV, BEN, CHRIS, House, answer_to, mail
from servers.sink import Accepted, Sink

_PEOPLE = itertools.count(1)
PER_SENDER = 2
CHRIS_TOO = f"""
[[agent]]
address = "{CHRIS}"
name = "Chris Chen"
queues = ["support", "funds", "security", "trading", "kyc", "developers", "supervisor"]
"""


def somebody() -> str:
    """A customer that nobody has heard of yet."""
    return f"ana{next(_PEOPLE)}@example.net"


def about(found: list[Accepted], tag: str) -> list[Accepted]:
    """The letters with this tag in their subject."""
    return [one for one in found if f"[{tag}]" in str(one.mail["Subject"])]


def text_of(letter: Accepted) -> str:
    body = letter.mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def signed(trace: str, content: bytes) -> bytes:
    """A mail with these trace fields on top."""
    return trace.replace("\n", "\r\n").encode() + content


class Living:
    """Mails go in and are waited for; what became of them is read from the database and the SMTP server."""

    def __init__(self, house: House) -> None:
        self.house, self.sink = house, house.sink
        self._delivered = 0

    def take(self, *contents: bytes, folder: str = "INBOX") -> None:
        """Delivers mails, and returns when all that follows from them has been done."""
        self.house.deliver(*contents, folder=folder)
        self._delivered += len(contents)
        self.house.wait_for(self._quiet, 60, "quiet")

    def _quiet(self) -> bool:
        ((entered, waiting),) = self.rows("SELECT count(*), coalesce(sum(state = 'stored'), 0) FROM inbox")
        ((moving,),) = self.rows("SELECT count(*) FROM letter WHERE state IN ('queued', 'claimed')")
        return entered >= self._delivered and not waiting and not moving

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.house.data}/postdesk.db?mode=ro", uri=True, timeout=20)) as base:
            return base.execute(sql, values).fetchall()

    def tickets(self, requester: str) -> list[dict[str, Any]]:
        """The tickets of a customer, oldest first."""
        found = self.rows("SELECT id, number, status, category, language, assignee, follows, clock FROM ticket"
                          " WHERE requester = ? ORDER BY number", requester)  # fmt: skip
        names = ("id", "number", "status", "category", "language", "assignee", "follows", "clock")
        return [dict(zip(names, row, strict=True)) for row in found]

    def messages(self, ticket: dict[str, Any]) -> list[tuple[str, int, str]]:
        """(author, public, reply) of a ticket's conversation, in order."""
        return self.rows("SELECT author, public, reply FROM message WHERE ticket_id = ? ORDER BY id", ticket["id"])

    def events(self, ticket: dict[str, Any]) -> list[str]:
        return [kind for (kind,) in self.rows("SELECT kind FROM event WHERE ticket_id = ? ORDER BY id", ticket["id"])]

    def route(self) -> tuple[str, str]:
        """(state, route) of the last mail."""
        ((state, route),) = self.rows("SELECT state, route FROM inbox ORDER BY id DESC LIMIT 1")
        return state, route

    def newest(self) -> dict[str, Any]:
        """The ticket that was opened last, whoever asks in it."""
        ((requester,),) = self.rows("SELECT requester FROM ticket ORDER BY number DESC LIMIT 1")
        return {**self.tickets(requester)[-1], "requester": requester}

    def request(self, sender: str, text: str = "My card was not delivered.", **more: Any) -> tuple[str, EmailMessage]:
        """A customer opens a ticket; gives its tag and Ben's notification."""
        self.take(mail("My card", text, sender=sender, **more))
        (letter,) = self.sink.to(sender)
        tag = str(letter.mail["Subject"]).partition("[")[2].partition("]")[0]
        (told,) = about(self.sink.to(BEN), tag)
        return tag, told.mail

    def answer(
        self, letter: EmailMessage, text: str, *, agent: str = BEN, name: str = "Ben Baker", **more: Any
    ) -> None:
        """An agent answers a letter."""
        self.take(answer_to(letter, text, sender=agent, name=name, **more))


@contextmanager
def living(folder: Path, dovecot: Dovecot, *, more: str = "", **settings: Any) -> Iterator[Living]:
    """A daemon on an empty mailbox, with two agents in every queue and few acknowledgements for each customer.

    `more` is TOML for the end of its configuration.
    """
    extra = CHRIS_TOO + more
    with Sink() as sink, House(folder, dovecot.port, dovecot.fresh_user(), sink, extra=extra, **settings) as house:
        written = house.config.read_text()
        house.config.write_text(written.replace("per_sender_day = 1000", f"per_sender_day = {PER_SENDER}"))
        house.start()
        house.wait_for(lambda: '"started"' in house.log(), 60, "started")
        yield Living(house)


__all__ = ["AUTHSERV", "BEN", "CHRIS", "PER_SENDER", "Living", "about", "living", "signed", "somebody", "text_of"]
