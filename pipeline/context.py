"""What the steps of the pipeline are given, and how they end: a change is saved, its letters composed and queued."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from desk import outcomes, threads
from desk.facts import KnownLetter
from desk.letters import Draft, Letter
from desk.ticket import Change, Ticket
from mailer import compose
from models import changes, floods, inbox, leases, outbox, spool, tickets
from models.store import Store
from models.vault import Vault
from parser.mail import Address, ParsedMail, ReadingContext
from pipeline.outages import Outages
from pipeline.sandbox.pool import Unreadable
from pipeline.settings import Settings

log = logging.getLogger("postdesk")


def _nothing(_: str) -> None:
    """What happens at a fail point outside of tests."""


def _always() -> bool:
    """A clock that nobody watches is trusted."""
    return True


@dataclass(slots=True)
class Context:
    """Everything outside that the steps touch, and the settings they follow."""

    now: Callable[[], datetime]
    store: Store
    vault: Vault
    spool: spool.Spool
    read: Callable[[bytes, ReadingContext], ParsedMail | Unreadable]
    answers: Callable[[Sequence[str]], dict[str, str]]
    """TXT records by name, in bounded time; a name that nobody answers for is left out."""
    settings: Settings
    """Replaced whole when configuration is read again."""
    key: bytes
    """Signs our Message-IDs."""
    worker: str
    """Who we are, for leases and for people."""
    pending_releases: list[inbox.Claimed] = field(default_factory=list)
    """Mails that this worker still holds only because the database was away when it let go of them."""
    watch: leases.Watch = field(default_factory=leases.Watch)
    """What this worker has in hand, and which others live."""
    outages: Outages = field(default_factory=Outages)
    trusted: Callable[[], bool] = _always
    """Whether the clock may be believed; while it may not, no step is taken."""
    fail_point: Callable[[str], None] = _nothing
    """Called after each durable step with its name; tests end the process there."""


def apply_change(session: Session, context: Context, change: Change, inbox_id: int | None = None) -> None:
    """Saves a change, composes its letters and queues them. `inbox_id` is of the mail that caused it, if one did."""
    prefix = context.settings.desk.policy.prefix
    ticket, ticket_id = changes.save(session, change, context.now(), prefix=prefix)
    post(session, context, change.drafts, ticket, ticket_id, inbox_id)
    for further in change.also:
        apply_change(session, context, further, inbox_id)


def post(
    session: Session,
    context: Context,
    wanted: Iterable[Draft],
    ticket: Ticket | None,
    ticket_id: int | None,
    inbox_id: int | None,
) -> None:
    """Composes drafts into letters, keeps their bytes and queues them with the change that caused them."""
    for draft in wanted:
        if draft.flood_of:
            context.store.lock(session, f"flood {draft.flood_of}")
            number = ticket.number if ticket else None
            floods.add(session, draft.recipient, draft.flood_of, draft.mailbox, number, context.now())
            continue
        try:
            letter = compose_letter(context, draft, ticket)
        except ValueError as error:
            _not_sent(session, context, draft, ticket, str(error))
            continue
        # Kept as the rest of the program knows the address, not as it is spelled on the wire.
        letter = replace(letter, recipient=draft.recipient.lower())
        digest = context.vault.put(letter.content)
        outbox.post(session, letter, digest, context.now(), ticket_id=ticket_id, inbox_id=inbox_id, about=draft.about)


def _not_sent(session: Session, context: Context, draft: Draft, ticket: Ticket | None, reason: str) -> None:
    """A letter that must not be sent as it is; where a customer should have had it, agents are notified."""
    log.error("letter not composed", extra={"reason": reason, "ticket": ticket.tag if ticket else None})
    desk = context.settings.desk
    known = tickets.load(session, ticket.number, "references", desk) if ticket and draft.kind.to_customer else None
    if known is not None:
        name = f"not composed:{draft.key}:{draft.recipient}"
        letter = KnownLetter(draft.kind, name, draft.recipient.lower(), known.ticket.number, "", draft.key)
        apply_change(session, context, outcomes.letter_failed(known, letter, reason, desk, context.now()))


def compose_letter(context: Context, draft: Draft, ticket: Ticket | None) -> Letter:
    """The finished letter: its bytes and its Message-ID never change after this."""
    settings = context.settings
    policy = settings.desk.policy
    address = settings.desk.mailbox(draft.mailbox).addresses[0]
    domain = address.rpartition("@")[2]
    number = ticket.number if ticket else None
    tag = ticket.tag if ticket else None
    if ticket is not None and not draft.kind.to_customer:
        # In an agent's mail client, all that we write about a ticket is one thread.
        draft = replace(draft, references=(threads.root_id(context.key, ticket.number, domain), *draft.references))
    return compose.letter(
        draft,
        tag=tag,
        sender=Address(policy.name, address),
        message_id=threads.message_id(context.key, draft.kind, number, draft.key, draft.recipient, domain),
        now=context.now(),
        templates=settings.templates,
        load=context.vault.get,
        desk=policy.name,
        subject=ticket.subject if ticket else "",
        null_sender=settings.relay.null_sender if settings.relay else True,
    )
