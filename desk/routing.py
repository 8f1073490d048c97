"""Where a mail belongs: one of the ten routes, decided from the mail and the facts alone."""

from dataclasses import replace

from desk import departments, machine_mail, same_matter
from desk.agent_routing import agent_mail
from desk.categories import UNCLASSIFIED
from desk.classify import classify
from desk.facts import CandidateTicket, Desk, Facts
from desk.requester import Requester, requester
from desk.routes import (
    AutoReply,
    DeliveryReport,
    Duplicate,
    FollowUp,
    HeldBlank,
    NewRequest,
    NothingNew,
    OwnLetter,
    Route,
)
from parser.mail import ParsedMail


def route(mail: ParsedMail, facts: Facts, desk: Desk) -> Route:
    """Where a mail belongs: our own letters first, then reports, machines and agents; the rest is from customers."""
    if facts.duplicate_of is not None:
        return Duplicate(facts.duplicate_of, facts.copied)
    who = requester(mail, desk)
    if machine_mail.is_own_letter(mail, who, facts):
        return OwnLetter()
    if machine_mail.is_report(mail, who, facts):
        return _report(facts)
    if machine_mail.is_blank(mail):
        return HeldBlank()
    agent = None if who.own_from else desk.agent(mail.sender.address)
    if mail.kind == "auto_reply":
        joined = next(iter(_joinable(who, mail, facts)), None)
        if agent is not None or joined is not None or machine_mail.writes_for_nobody(mail, who):
            return AutoReply(joined)
        return _new_request(mail, facts, desk, claims=_numbers(facts))
    if agent is not None:
        return agent_mail(agent, mail, facts, desk)
    return _customer_mail(who, mail, facts, desk)


def _report(facts: Facts) -> DeliveryReport:
    letter = facts.reported
    candidate = next((one for one in facts.candidates if letter and one.ticket.number == letter.number), None)
    return DeliveryReport(letter, candidate)


def _customer_mail(
    who: Requester, mail: ParsedMail, facts: Facts, desk: Desk
) -> NewRequest | FollowUp | NothingNew | AutoReply:
    joined = _joinable(who, mail, facts) or ((facts.repeats,) if facts.repeats is not None else ())
    if aside := _nothing_new(mail, facts, joined, desk.policy.prefix):
        return aside
    if not joined and mail.gesture == "reaction" and (mail.in_reply_to or mail.references):
        # A thumb of somebody who takes no part is a word for nobody.
        return AutoReply(None)
    if not joined:
        return _new_request(mail, facts, desk, claims=_numbers(facts))
    for candidate in joined:
        solved_at = candidate.ticket.solved_at
        if solved_at is None or facts.received_at <= solved_at + desk.policy.reopen_within:
            return FollowUp(candidate)
    return _new_request(mail, facts, desk, follows=joined[0])


def _nothing_new(mail: ParsedMail, facts: Facts, joined: tuple[CandidateTicket, ...], prefix: str) -> NothingNew | None:
    """Where a mail asks for nothing. A thanks whose subject asks is none, and neither is one that holds a secret."""
    if not joined:
        return None
    first = joined[0]
    if mail.gesture and not mail.hidden and not same_matter.subject_is_news(mail, first.ticket, prefix):
        return NothingNew(first, mail.gesture)
    if facts.repeats is None or same_matter.answered_since(facts.repeats, facts):
        return None
    return NothingNew(facts.repeats, "repeat")


def _new_request(
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    *,
    claims: tuple[int, ...] = (),
    follows: CandidateTicket | None = None,
) -> NewRequest:
    verdict = classify(mail.subject, mail.new_text, desk.categories)
    mailbox = departments.home(mail, facts, desk)
    if verdict.category == UNCLASSIFIED or mailbox.fixed:
        # Whoever reads this mailbox can tell.
        verdict = replace(verdict, queue=mailbox.queue)
    return NewRequest(verdict, claims, follows)


def _joinable(who: Requester, mail: ParsedMail, facts: Facts) -> tuple[CandidateTicket, ...]:
    """The tickets that this sender may write into: a participant whose mail does not fail authentication.

    Anybody can name a participant in Reply-To and the like. Who is known by such a field only must moreover answer a
    letter that went to nobody else (promises T14).
    """
    if mail.sender.verdict != "one" or facts.proof.verdict == "failed":
        return ()
    proven = facts.proof.verdict == "proven" and not who.stated
    joined = [
        one
        for one in facts.candidates
        if one.has(who.address) or (proven and same_matter.otherwise_spelled(one, who.address) is not None)
    ]
    if who.stated:
        shown = {letter.number for letter in facts.letters if letter.recipient == who.address}
        joined = [one for one in joined if shown & {one.ticket.number, *one.led}]
    return tuple(joined)


def _numbers(facts: Facts) -> tuple[int, ...]:
    return tuple(dict.fromkeys(one.ticket.number for one in facts.candidates))
