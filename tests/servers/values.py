"""Values of the desk, for tests of its pure rules: a desk with two agents, a ticket, a mail; each with changes."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from desk import threads
from desk.categories import Categories
from desk.facts import CandidateTicket, Desk, Facts, KnownLetter, Mailbox
from desk.letters import AttachmentRef, LetterKind
from desk.sla.policy import Agent, DeskPolicy
from desk.ticket import Event, EventKind, Participant, Status, Ticket
from parser.identity.sender import SenderAuthentication
from parser.mail import Address, Attachment, Language, ParsedMail, Report, ReportRecipient, Sender, Spans

T0 = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SUPPORT, ANA, CARA, MAL = "support@example.org", "ana@example.net", "cara@example.net", "mal@example.net"
BEN = Agent(address="ben@example.org", name="Ben Baker", alias="Ben", queues=("support", "funds"), lead=True)
CHRIS = Agent(address="chris@example.org", name="Chris Chen", queues=("security",))
CATEGORIES = Categories.of(
    tomllib.loads((Path(__file__).parents[2] / "content" / "categories.toml").read_text("utf-8"))
)
PROVEN, UNKNOWN, FAILED = (
    SenderAuthentication("proven", ("dmarc=pass",)),
    SenderAuthentication("unknown", ()),
    SenderAuthentication("failed", ("dmarc=fail",)),
)
BOX = Mailbox("support", (SUPPORT, "help@example.org"), "support", "en", "mx.example.org", 35_000_000)
BILLING = Mailbox("billing", ("billing@example.org",), "funds", "zh-Hans", "mx.example.org", 35_000_000)


def minute(number: float) -> datetime:
    return T0 + timedelta(minutes=number)


def desk(*, agents: tuple[Agent, ...] = (BEN, CHRIS), **policy: Any) -> Desk:
    settings = {"name": "Example Support", **policy}
    return Desk(DeskPolicy.model_validate(settings), agents, (BOX, BILLING), CATEGORIES)


def mail(text: str = "My card was not delivered.", *, address: str | None = ANA, **changes: Any) -> ParsedMail:
    """A mail of Ana's to the desk, as a person writes it."""
    plain = ParsedMail(
        subject="A question",
        author=Address("Ana", address),
        sender=Sender(address, "one" if address else "doubtful"),
        to=(Address("", SUPPORT),),
        cc=(),
        reply_to=(),
        date=T0,
        message_id="m1@client.example.net",
        in_reply_to=(),
        references=(),
        return_path=None,
        auto_submitted="no",
        kind="person",
        kind_evidence=(),
        suppress=(),
        auth_results=(),
        text=text,
        html_text=None,
        new_text=text,
        quoted="",
        signature="",
        spans=Spans(((0, len(text)),), (), ()),
        facts=(),
        secrets=(),
        redacted=text,
        language=Language("en", 1.0),
        attachments=(),
        report=None,
        defects=(),
        headers=(),
        fingerprint="f1",
    )
    return replace(plain, **changes)


def file(name: str, content: bytes = b"content", *, inline: bool = False, dangerous: bool = False) -> Attachment:
    return Attachment(name, name, "image/png", len(content), "0" * 64, inline, None, dangerous, content)


def refs(*files: Attachment) -> tuple[AttachmentRef, ...]:
    """Where the vault keeps them."""
    return tuple(AttachmentRef(one.safe_name, one.content_type, one.size, f"v{at}") for at, one in enumerate(files))


def facts(*, proof: SenderAuthentication = PROVEN, received_at: datetime = T0, **changes: Any) -> Facts:
    return replace(Facts(mailbox=BOX, received_at=received_at, proof=proof, inbox=7), **changes)


def ticket(number: int = 1042, **changes: Any) -> Ticket:
    plain = Ticket(
        number=number,
        tag=threads.tag("PD", number),
        subject="A question",
        requester=ANA,
        requester_name="Ana",
        mailbox="support",
        queue="support",
        category="unclassified",
        priority="P3",
        language="en",
        status=Status.OPEN,
        opened_at=T0,
    )
    return replace(plain, **changes)


def event(kind: EventKind, at: float, actor: str = ANA, /, **data: Any) -> Event:
    """Something that happened so many minutes after T0."""
    return Event(kind, minute(at), actor, data)


def opening(at: float = 0) -> tuple[Event, ...]:
    return event(EventKind.CREATED, at), event(EventKind.CUSTOMER_MESSAGE, at)


def known(
    one: Ticket | None = None,
    *,
    how: Literal["signed", "references", "subject"] = "signed",
    history: tuple[Event, ...] | None = None,
    participants: tuple[Participant, ...] = (Participant(ANA, "requester", "active"),),
    thread: tuple[str, ...] = ("m1@client.example.net", "acknowledgement.1042.aa@example.org"),
) -> CandidateTicket:
    return CandidateTicket(one or ticket(), participants, opening() if history is None else history, how, thread)


def letter(
    recipient: str = BEN.address,
    kind: LetterKind = LetterKind.NOTIFICATION,
    number: int | None = 1042,
    *,
    text: str = "⟦PD-1042-F internal⟧\n\nNew ticket PD-1042-F\n\nMy card was not delivered.",
    key: str = "notification:inbox:1",
) -> KnownLetter:
    return KnownLetter(
        kind, f"{kind}.{number or 0}.{recipient.partition('@')[0]}@example.org", recipient, number, text, key
    )


def report(*actions: Literal["failed", "delayed", "delivered", "relayed", "expanded"]) -> Report:
    return Report(
        "answer.1042.ana@example.org", tuple(ReportRecipient(ANA, one, "5.1.1", "no such user") for one in actions)
    )
