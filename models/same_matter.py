"""Tickets that may be about the same matter as a mail: what the mail does not say, and the tables do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import collate
from sqlmodel import Session, col, func, select

from desk import same_matter
from desk.facts import CandidateTicket, Desk, Kinship, Mailbox, Related
from desk.letters import AttachmentRef
from desk.ticket import Status
from models import inbox
from models.tables import AttachmentRow, FactRow, InboxRow, MessageRow, TicketRow
from models.tickets import followed
from parser.mail import ParsedMail

_WORKED_ON = [str(status) for status in Status if not status.done]
_LISTED = 50


def repeated(
    session: Session, mail: ParsedMail, files: Sequence[AttachmentRef], received_at: datetime, desk: Desk
) -> CandidateTicket | None:
    """The ticket of this sender that holds the same subject, words and files already, from within ten minutes.

    Both mails must be proven: the caller asks for proven senders only, and no other message is looked at.
    """
    sender = (mail.sender.address or "").lower()
    query = (
        select(MessageRow, TicketRow.number)
        .join(TicketRow, col(TicketRow.id) == col(MessageRow.ticket_id))
        .where(col(TicketRow.requester) == sender, col(MessageRow.proof) == "proven")
        .where(col(MessageRow.received_at) >= received_at - same_matter.REPEATED_WITHIN)
        .where(col(MessageRow.received_at) <= received_at + same_matter.REPEATED_WITHIN)
        .where(col(MessageRow.author) == "requester")
        .order_by(col(MessageRow.id))
        .limit(_LISTED)
    )
    words = _words(mail.subject, mail.new_text)
    for row, number in session.exec(query):
        if (
            row.address.lower() == sender
            and _words(row.subject, row.new_text) == words
            and _has(session, row.id, files)
        ):
            return followed(session, number, "repeat", desk)
    return None


def _words(subject: str, text: str) -> tuple[str, str]:
    return same_matter.squeezed(same_matter.bare_subject(subject)), same_matter.squeezed(text)


def _has(session: Session, message: int, files: Sequence[AttachmentRef]) -> bool:
    query = select(col(AttachmentRow.digest)).where(col(AttachmentRow.message_id) == message)
    return sorted(session.exec(query)) == sorted(one.address for one in files)


def related(session: Session, mail: ParsedMail) -> tuple[Related, ...]:
    """Open tickets of the same person by another sub-address, and those that name the same transaction or order."""
    found = [*_of_person(session, mail.sender.address or ""), *_with_facts(session, same_matter.own_facts(mail))]
    return tuple({one.number: one for one in reversed(found)}.values())[::-1]


def _of_person(session: Session, address: str) -> list[Related]:
    person, mailbox = same_matter.person_of(address), same_matter.mailbox_of(address)
    local, _, domain = address.lower().rpartition("@")
    if not local:
        return []
    plain = local.partition("+")[0]
    requester: Any = col(TicketRow.requester)
    status: Any = col(TicketRow.status)
    if mailbox.endswith("@gmail.com"):
        # Dots may stand anywhere in the other spelling. Only open tickets are looked through.
        bare, name = func.replace(requester, ".", ""), plain.replace(".", "")
        spelled = bare.in_((f"{name}@gmailcom", f"{name}@googlemailcom")) | bare.startswith(f"{name}+", autoescape=True)
    else:
        if session.get_bind().dialect.name == "sqlite":
            # Without its index on the status, SQLite takes that on the requester: one person has few tickets.
            status = status.concat("")
        else:
            # In the order of a language "," may come before "+".
            requester = collate(requester, "C")
        # "ana+…" is a range of the index: "," is the character behind "+".
        spelled = (requester == f"{plain}@{domain}") | ((requester >= f"{plain}+") & (requester < f"{plain},"))
    query = (
        select(TicketRow.number, TicketRow.requester)
        .where(spelled, status.in_(_WORKED_ON), col(TicketRow.merged_into).is_(None))
        .order_by(col(TicketRow.number).desc())
        .limit(_LISTED)
    )
    return [
        Related(number, other, "sub_address")
        for number, other in session.exec(query)
        if same_matter.person_of(other) == person and other != address.lower()
    ][:1]


def _with_facts(session: Session, facts: Sequence[tuple[str, str]]) -> list[Related]:
    """For each transaction or order, the newest open ticket that names it."""
    found: list[Related] = []
    for kind, value in facts:
        query = (
            select(TicketRow.number, TicketRow.requester)
            .join(FactRow, col(FactRow.ticket_id) == col(TicketRow.id))
            .where(col(FactRow.value) == value, col(FactRow.kind) == kind)
            .where(col(TicketRow.status).in_(_WORKED_ON), col(TicketRow.merged_into).is_(None))
            .order_by(col(TicketRow.number).desc())
            .limit(1)
        )
        why: Kinship = "txid" if kind == "txid" else "order_id"
        found += [Related(number, requester, why) for number, requester in session.exec(query)]
    return found


def copied(
    session: Session, twin: int, fingerprint: str, inbox_id: int, mailbox: Mailbox, desk: Desk
) -> CandidateTicket | None:
    """The ticket of a customer's mail of which a copy has come into another mailbox, for the first time there."""
    if len({one.queue for one in desk.mailboxes}) < 2:
        return None
    first = session.get(InboxRow, twin)
    if first is None or first.ticket_id is None or first.route not in ("NewRequest", "FollowUp", "NothingNew"):
        return None
    # When a server renumbers a folder, all mail comes once more.
    before = select(col(InboxRow.id)).where(
        col(InboxRow.fingerprint) == fingerprint,
        col(InboxRow.mailbox) == mailbox.name,
        col(InboxRow.id) != inbox_id,
        col(InboxRow.state) == inbox.DONE,
    )
    if session.exec(before.limit(1)).first() is not None:
        return None
    number = session.exec(select(col(TicketRow.number)).where(col(TicketRow.id) == first.ticket_id)).one()
    return followed(session, number, "references", desk)
