"""What the desk must know before it judges a mail: one look into the database, which gives `Facts`."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from desk import threads
from desk.commands.parse import numbers_named
from desk.facts import CandidateTicket, Counts, Desk, Facts, KnownLetter
from desk.letters import AttachmentRef, LetterKind
from desk.requester import requester, verdict_of
from desk.same_matter import suggestion
from models import floods, inbox, meta, same_matter, suppression
from models.tables import LetterRow, LetterTicketRow, MessageRow, TicketRow
from models.tickets import How, followed, load
from parser.identity.sender import SenderAuthentication
from parser.identity.verdicts import spam_verdict
from parser.mail import ParsedMail

_IDS_LOOKED_UP = 30
AUTOMATIC = tuple(str(kind) for kind in LetterKind if kind.automatic)


def gather(
    session: Session,
    mail: ParsedMail,
    fingerprint: str,
    claimed: inbox.Claimed,
    received_at: datetime,
    attachments: tuple[AttachmentRef, ...],
    proof: SenderAuthentication,
    desk: Desk,
    now: datetime,
    *,
    key: bytes = b"",
) -> Facts:
    """All that judging this mail needs. It decides nothing, and nothing else reads before the mail is routed.

    `key` is the one that signs our Message-IDs.
    """
    who = requester(mail, desk)
    twin = inbox.same(session, fingerprint, claimed.id)
    # Nearest first: a mail answers the last of its references.
    ids = tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))[:_IDS_LOOKED_UP]
    own = threads.repeated_id(mail) if who.own_from else None
    letters = _letters(session, (*ids, *filter(None, (mail.message_id, own))))
    reported = _letters(session, (mail.report.message_id,)) if mail.report and mail.report.message_id else ()
    agent = desk.agent(mail.sender.address)
    candidates = _candidates(session, mail, ids, (*letters, *reported), desk)
    mailbox, sender = desk.mailbox(claimed.mailbox), who.address
    # Only a person's own mail can be a second one about the same matter, and not what a form or a group passes on.
    of_customer = twin is None and agent is None and mail.kind == "person" and bool(sender) and not who.stated
    # Nothing is suggested for a forged mail, and for one that has its ticket.
    settled = proof.verdict == "failed" or any(one.has(sender) for one in candidates)
    # Masks hide whether two secrets are the same, so a mail with one repeats nothing.
    plain = of_customer and proof.verdict == "proven" and mail.sender.verdict == "one" and not mail.hidden
    return Facts(
        mailbox=mailbox,
        received_at=received_at,
        proof=proof,
        inbox=claimed.id,
        duplicate_of=None if twin is None else f"inbox {twin}",
        letters=letters,
        candidates=tuple(_with_texts(session, one) if agent and letters else one for one in candidates),
        rooted=bool(who.own_from) and any(threads.is_root(key, one) for one in ids),
        reported=reported[0] if reported else None,
        counts=_counts(
            session, sender, agent.address if agent else "", ids, candidates, verdict_of(who, proof.verdict), desk, now
        ),
        attachments=attachments,
        oversize=claimed.size if claimed.oversize else None,
        kept_whole=claimed.folder == inbox.PIPE,
        reread=received_at < _restored_at(session),
        spam=spam_verdict(mail, desk.mailbox(claimed.mailbox).authserv_id),
        named=_named(session, mail, candidates, desk) if agent else (),
        copied=None if twin is None else same_matter.copied(session, twin, fingerprint, claimed.id, mailbox, desk),
        repeats=same_matter.repeated(session, mail, attachments, received_at, desk) if plain else None,
        related=same_matter.related(session, mail) if of_customer and not settled else (),
    )


def _restored_at(session: Session) -> datetime:
    """When the database was restored last."""
    value = meta.get(session, meta.RESTORED)
    return datetime.min.replace(tzinfo=UTC) if value is None else datetime.fromisoformat(value)


def _named(
    session: Session, mail: ParsedMail, candidates: Sequence[CandidateTicket], desk: Desk
) -> tuple[CandidateTicket, ...]:
    """The tickets that an agent's commands name, each with the tickets into which it was merged.

    `/join` alone names the one that was suggested for the ticket.
    """
    found: dict[int, CandidateTicket] = {}
    suggested = [event.data["to"] for one in candidates if (event := suggestion(one.history)) is not None]
    joins = "join" in mail.new_text.lower()
    for named in (*numbers_named(mail.new_text, desk.policy.prefix), *(suggested if joins else ())):
        number: int | None = named
        while number is not None and number not in found:
            candidate = load(session, number, "subject", desk)
            if candidate is None:
                break
            found[number] = candidate
            number = candidate.ticket.merged_into
    return tuple(found.values())


def _letters(session: Session, ids: Sequence[str]) -> tuple[KnownLetter, ...]:
    """Our letters among these Message-IDs, in their order. Nobody can guess one, so an exact match is proof."""
    if not ids:
        return ()
    query = (
        select(LetterRow, col(TicketRow.number))
        .join(TicketRow, col(LetterRow.ticket_id) == col(TicketRow.id), isouter=True)
        .where(col(LetterRow.message_id).in_(ids))
    )
    # A letter of no ticket has no number: the join is an outer one, which its type does not say.
    found: dict[str, tuple[LetterRow, int | None]]
    found = {row.message_id: (row, number) for row, number in session.exec(query)}
    about = _about(session, [row.id for row, number in found.values() if number is None])
    return tuple(
        KnownLetter(
            LetterKind(row.kind), row.message_id, row.recipient, number, row.text, row.key, about.get(row.id, ())
        )
        for row, number in (found[one] for one in dict.fromkeys(ids) if one in found)
    )


def _about(session: Session, letters: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The numbers of the tickets that each of these letters is about."""
    query = (
        select(col(LetterTicketRow.letter_id), col(TicketRow.number))
        .join(TicketRow, col(LetterTicketRow.ticket_id) == col(TicketRow.id))
        .where(col(LetterTicketRow.letter_id).in_(letters))
        .order_by(col(TicketRow.number))
    )
    found: dict[int, tuple[int, ...]] = {}
    for letter_id, number in session.exec(query) if letters else ():
        found[letter_id] = (*found.get(letter_id, ()), number)
    return found


def _candidates(
    session: Session, mail: ParsedMail, ids: Sequence[str], letters: Sequence[KnownLetter], desk: Desk
) -> tuple[CandidateTicket, ...]:
    """The tickets that a mail points at, best evidence first, each once."""
    how: dict[int, How] = {}
    for letter in letters:
        for number in (letter.number,) if letter.number is not None else letter.about:
            how.setdefault(number, "signed")
    if ids:
        query = (
            select(col(MessageRow.message_id), col(TicketRow.number))
            .join(TicketRow, col(MessageRow.ticket_id) == col(TicketRow.id))
            .where(col(MessageRow.message_id).in_(ids))
        )
        numbers = dict(session.exec(query).all())
        for one in ids:
            if one in numbers:
                how.setdefault(numbers[one], "references")
    for number in threads.numbers_in(mail.subject, desk.policy.prefix):
        how.setdefault(number, "subject")
    found: dict[int, CandidateTicket] = {}
    for number, reason in how.items():
        # A delivery report belongs to the ticket for which the letter was sent, even if that was merged since.
        candidate = load(session, number, reason, desk) if mail.report else followed(session, number, reason, desk)
        if candidate is not None:
            before = found.setdefault(candidate.ticket.number, candidate)
            found[candidate.ticket.number] = replace(before, led=tuple(dict.fromkeys((*before.led, *candidate.led))))
    return tuple(found.values())


def _with_texts(session: Session, candidate: CandidateTicket) -> CandidateTicket:
    """The ticket with what was said about it inside the desk, and what was said outside; of merged tickets as well."""
    query = select(col(TicketRow.id)).where(
        or_(col(TicketRow.number) == candidate.ticket.number, col(TicketRow.merged_into) == candidate.ticket.number)
    )
    ids = session.exec(query).all()
    several = select(col(LetterTicketRow.letter_id)).where(col(LetterTicketRow.ticket_id).in_(ids))
    letters = select(col(LetterRow.text)).distinct()
    inside = letters.where(
        or_(col(LetterRow.ticket_id).in_(ids), col(LetterRow.id).in_(several)), col(LetterRow.kind).in_(_INSIDE)
    )
    outside = letters.where(col(LetterRow.ticket_id).in_(ids), col(LetterRow.kind).in_(_OUTSIDE))
    said = select(
        col(MessageRow.author), col(MessageRow.subject), col(MessageRow.text), col(MessageRow.new_text)
    ).where(col(MessageRow.ticket_id).in_(ids), or_(col(MessageRow.author) != "agent", ~col(MessageRow.public)))
    messages = session.exec(said).all()
    notes = (new_text for author, _, _, new_text in messages if author == "agent")
    acknowledged = (str(event.data["text"]) for event in candidate.history if "text" in event.data)
    theirs = (f"{subject}\n{text}" for author, subject, text, _ in messages if author != "agent")
    people = (f"{candidate.ticket.requester_name} {one.address}" for one in candidate.participants)
    return replace(
        candidate,
        inside=(*session.exec(inside), *notes, *acknowledged),
        outside=(*session.exec(outside), *theirs, *people),
    )


# A refusal returns the agent's own text, which is meant to be sent again.
_INSIDE = tuple(str(kind) for kind in LetterKind if not kind.to_customer and kind is not LetterKind.REFUSAL)
_OUTSIDE = tuple(str(kind) for kind in LetterKind if kind.to_customer)


def _counts(
    session: Session,
    sender: str,
    agent: str,
    ids: Sequence[str],
    candidates: Sequence[CandidateTicket],
    proof: str,
    desk: Desk,
    now: datetime,
) -> Counts:
    acks = AUTOMATIC
    # Held letters count, too: otherwise a flood would let one letter through for each one that is held.
    sender_day = _letter_count(session, acks, now - timedelta(days=1), recipient=sender) if sender else 0
    thread = 0
    if ids:
        query = (
            select(func.count())
            .select_from(LetterRow)
            .join(MessageRow, col(MessageRow.inbox_id) == col(LetterRow.inbox_id))
            .where(
                col(LetterRow.kind).in_(acks),
                col(LetterRow.created_at) > now - timedelta(minutes=10),
                col(MessageRow.message_id).in_(ids),
            )
        )
        thread = session.exec(query).one()
    return Counts(
        sender_day=sender_day,
        thread_ten_minutes=thread,
        hour=_letter_count(session, acks, now - timedelta(hours=1)),
        refusals_day=_unproven(session, agent, now - timedelta(days=1)) if agent else 0,
        sender_hour=0
        if agent
        else floods.sender_hour(session, sender, proof, candidates[0].ticket.number if candidates else None, now),
        suppressed=suppression.reason(session, sender, now, desk.policy.suppress_bounced),
    )


def written_to(session: Session, ticket_id: int, address: str, before: datetime) -> bool:
    """Whether a letter of ours in this ticket went to this customer before an instant."""
    query = (
        select(col(LetterRow.id))
        .where(col(LetterRow.ticket_id) == ticket_id, col(LetterRow.recipient) == address)
        .where(col(LetterRow.created_at) < before)
        .where(col(LetterRow.kind).in_((*AUTOMATIC, str(LetterKind.ANSWER))))
        .where(col(LetterRow.state).not_in(("held", "dropped", "failed", "bounced")))
        .limit(1)
    )
    return session.exec(query).first() is not None


def automatic_counts(session: Session, recipient: str, now: datetime) -> Counts:
    """How many automatic letters have gone out lately, to one recipient and in all."""
    return Counts(
        sender_day=_letter_count(session, AUTOMATIC, now - timedelta(days=1), recipient=recipient),
        hour=_letter_count(session, AUTOMATIC, now - timedelta(hours=1)),
    )


def _letter_count(session: Session, kinds: Collection[str], since: datetime, recipient: str | None = None) -> int:
    query = (
        select(func.count())
        .select_from(LetterRow)
        .where(col(LetterRow.kind).in_(kinds), col(LetterRow.created_at) > since)
    )
    if recipient is not None:
        query = query.where(col(LetterRow.recipient) == recipient)
    return session.exec(query).one()


def _unproven(session: Session, agent: str, since: datetime) -> int:
    """How many refusals of unproven mail in an agent's name this agent has got since then."""
    query = (
        select(func.count())
        .select_from(LetterRow)
        .where(
            col(LetterRow.recipient) == agent,
            col(LetterRow.created_at) > since,
            col(LetterRow.key).startswith("unproven:"),
        )
    )
    return session.exec(query).one()
