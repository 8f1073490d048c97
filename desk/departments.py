"""A mail for several of our mailboxes: which of them it belongs to, and which teams hear of it."""

from collections.abc import Sequence

from desk.facts import Desk, Facts, Mailbox
from desk.ticket import Event, EventKind, NewTicket
from parser.mail import ParsedMail


def addressed(mail: ParsedMail, facts: Facts, desk: Desk) -> tuple[Mailbox, ...]:
    """Our mailboxes that a mail names in To and Cc, in its order: the same whichever copy of it comes first."""
    found: dict[str, Mailbox] = {}
    for one in (*mail.to, *mail.cc):
        owners = [mailbox for mailbox in desk.mailboxes if _owns(mailbox, one.address)]
        if owners:
            owner = facts.mailbox if facts.mailbox in owners else owners[0]
            found.setdefault(owner.name, owner)
    return tuple(found.values())


def _owns(mailbox: Mailbox, address: str | None) -> bool:
    whole = (address or "").lower()
    local, _, domain = whole.rpartition("@")
    return whole in mailbox.addresses or f"{local.partition('+')[0]}@{domain}" in mailbox.addresses


def home(mail: ParsedMail, facts: Facts, desk: Desk) -> Mailbox:
    """The mailbox to which a request belongs: the first that it is addressed to, if it was found in one of them.

    Mailboxes that share an account all find the same mail; then only its addresses tell whose it is.
    """
    reached = addressed(mail, facts, desk)
    if facts.mailbox in reached or any(_one_account(one, facts.mailbox) for one in reached):
        return reached[0]
    return facts.mailbox


def _one_account(left: Mailbox, right: Mailbox) -> bool:
    return left.account == right.account != ""


def others(mail: ParsedMail, facts: Facts, desk: Desk, ticket: NewTicket, history: Sequence[Event]) -> tuple[str, ...]:
    """The queues whose teams hear of a mail besides the ticket's own, because it came to their mailboxes, too.

    None of those that have heard of this ticket before. Mailboxes of one queue are one team; so a mail to one team,
    which the classifier gives to another, is not told to both.
    """
    reached = addressed(mail, facts, desk)
    mine = desk.mailbox(ticket.mailbox)
    if facts.mailbox not in reached and not _one_account(facts.mailbox, mine):
        # In a blind copy nobody names it, but here it is. Mailboxes of one account all find the same mail.
        reached = (*reached, facts.mailbox)
    queues = dict.fromkeys(one.queue for one in reached)
    if len(set(queues) | {mine.queue}) < 2:
        return ()
    told = {ticket.queue, *(event.data["queue"] for event in history if event.kind is EventKind.SHARED)}
    return tuple(one for one in queues if one not in told)


def shared(queues: Sequence[str], facts: Facts) -> tuple[Event, ...]:
    """The events that these teams heard of the ticket."""
    return tuple(
        Event(EventKind.SHARED, facts.received_at, "postdesk", {"queue": one}, f"shared:{one}") for one in queues
    )
