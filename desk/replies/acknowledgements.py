"""The automatic answer to a customer's first mail, and when there is none."""

from datetime import datetime
from typing import Any

from desk import leaks, trace
from desk.facts import NO_STATISTICS, Counts, Desk, Facts, QueueStatistics
from desk.freeze import frozen_thread
from desk.letters import Draft, LetterKind
from desk.replies.estimate import response_estimate, zone_of
from desk.requester import requester
from desk.ticket import NewTicket
from parser.kinds.kind import NO_REPLY, is_no_reply
from parser.mail import ParsedMail


def acknowledgement(
    ticket: NewTicket,
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    now: datetime,
    statistics: QueueStatistics = NO_STATISTICS,
) -> Draft | str:
    """The automatic answer to a new ticket, held when a cap is reached; or why there is none (promises D01-D09).

    It carries the warning to somebody who mailed a secret that gives access to money (promises F05).
    """
    who = requester(mail, desk)
    by_form = who.form is not None and who.form.acknowledge and who.known_by == "Reply-To"
    reason = _form_silence(mail, facts, desk) if by_form else suppression_reason(ticket.requester, mail, facts, desk)
    if reason is not None:
        return reason
    estimate = response_estimate(ticket, statistics, desk.sla_policies, facts.received_at, now)
    values: dict[str, Any] = {
        "due": estimate.due,
        "leaked": leaks.leaked(mail.hidden),
    }
    if facts.oversize is not None:
        kind = LetterKind.TOO_LARGE
        values |= {"limit": facts.mailbox.size_limit, "size": facts.oversize}
    else:
        kind = LetterKind.ACKNOWLEDGEMENT
        values |= {
            # Whoever typed an address into a form chooses no word of what is sent there.
            "category": "" if by_form else desk.label(ticket.category, ticket.language),
            "opens": estimate.opens,
            "peak": estimate.peak,
            "verified": facts.proof.verdict == "proven" and not who.stated,
            "attachments": 0 if by_form else sum(not one.inline for one in mail.attachments),
        }
    return Draft(
        kind=kind,
        key=f"{kind}:inbox:{facts.inbox}",
        recipient=ticket.requester,
        recipient_name=ticket.requester_name,
        language=ticket.language,
        mailbox=ticket.mailbox,
        values=values,
        in_reply_to=None if by_form else mail.message_id,
        references=() if by_form else (*mail.references, *([mail.message_id] if mail.message_id else [])),
        held=over_cap(facts.counts, desk),
        zone=zone_of(mail, facts.received_at),
    )


def suppression_reason(writer: str, mail: ParsedMail, facts: Facts, desk: Desk) -> str | None:
    """Why a mail gets no automatic letter; None where it may.

    RFC 3834 §2: we answer only people, whose address is not forged as far as we know, and who wrote to us.
    """
    if mail.kind != "person":
        return f"it is {mail.kind}"
    who = requester(mail, desk)
    if who.own_from:
        return "our own address is its sender"
    if who.stated:
        return "its sender is a form" if who.form else f"its writer is known by {who.known_by} only"
    if reason := _whatever_the_sender(facts):
        return reason
    proven = facts.proof.verdict == "proven"
    # Mail services call their envelopes "bounces+…": it is the author who must not be a no-reply address.
    by_envelope = proven and is_no_reply(mail.return_path or "") and not is_no_reply(writer)
    reasons = [one for one in mail.suppress if not (by_envelope and one == NO_REPLY)]
    if reasons:
        return reasons[0]
    if mail.sender.verdict != "one" or not writer:
        return "its sender is not one address"
    if facts.proof.verdict == "failed":
        return "its sender fails authentication"
    if facts.counts.suppressed:
        return facts.counts.suppressed
    if mail.return_path == "":
        return "null return-path"
    # D02: the envelope must agree with the author. A forwarder's (SRS), a mail service's or a list's does not, and need
    # not where the author is proven: the letter goes to the author and never to the envelope.
    if not proven and mail.return_path is not None and not _aligned(mail.return_path, writer):
        return "its envelope sender is of another domain"
    return _not_to_us(mail, desk) or trace.loop(mail) or frozen_thread(facts.candidates, facts.received_at)


def _whatever_the_sender(facts: Facts) -> str | None:
    if facts.reread:
        return "it was read again after a restore, and may have been acknowledged before"
    return f"our mail server marks it as spam ({facts.spam})" if facts.spam is not None else None


def _not_to_us(mail: ParsedMail, desk: Desk) -> str | None:
    # Any of our addresses will do: a mail to two of our mailboxes may be fetched from either.
    return None if any(desk.is_own(one.address) for one in (*mail.to, *mail.cc)) else "it is not addressed to us"


def _form_silence(mail: ParsedMail, facts: Facts, desk: Desk) -> str | None:
    """Why the person who filled in a form gets no letter although the operator allows one.

    Only the form itself is proven, so it must be: otherwise anybody could have us write to anybody.
    """
    if mail.kind != "person":
        return f"it is {mail.kind}"
    if facts.proof.verdict != "proven":
        return "the form is not proven to have sent it"
    if facts.oversize is not None:
        return "it is too large to be read"
    if facts.counts.suppressed:
        return facts.counts.suppressed
    return _whatever_the_sender(facts) or _not_to_us(mail, desk) or trace.loop(mail)


def _aligned(left: str, right: str) -> bool:
    """Whether two addresses are of one domain, or one of a sub-domain of the other's."""
    one, other = left.rpartition("@")[2].lower(), right.rpartition("@")[2].lower()
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def over_cap(counts: Counts, desk: Desk) -> str | None:
    """Why an automatic letter must wait for an operator (promises D08); None while it need not."""
    caps = desk.policy.caps
    if counts.sender_day >= caps.per_sender_day:
        return f"{counts.sender_day} automatic letters to this sender within 24 hours"
    if counts.thread_ten_minutes >= caps.per_thread_ten_minutes:
        return f"{counts.thread_ten_minutes} automatic letters in this thread within 10 minutes"
    if counts.hour >= caps.per_hour:
        return f"{counts.hour} automatic letters within an hour"
    return None
