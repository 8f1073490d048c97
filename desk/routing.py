"""Where a mail belongs: one of nine routes, decided from the mail and the facts alone."""

from dataclasses import replace
from datetime import datetime

from desk import leaks, threads
from desk.categories import UNCLASSIFIED
from desk.classify import classify
from desk.commands import run as commands
from desk.commands.parse import parse
from desk.facts import CandidateTicket, Desk, Facts, KnownLetter
from desk.letters import LetterKind
from desk.routes import (
    AgentMail,
    AutoReply,
    DeliveryReport,
    Duplicate,
    FollowUp,
    HeldAgentMail,
    NewRequest,
    OwnLetter,
    Route,
    WarningAcknowledged,
)
from desk.sla.policy import Agent
from parser.mail import Attachment, ParsedMail
from parser.quotes.trim import trim


def route(mail: ParsedMail, facts: Facts, desk: Desk) -> Route:
    """Where a mail belongs. Own loops first, then reports, machines, agents; what is left is a customer's."""
    if facts.duplicate_of is not None:
        return Duplicate(facts.duplicate_of)
    if desk.is_own(mail.sender.address) or any(letter.message_id == mail.message_id for letter in facts.letters):
        return OwnLetter()
    if mail.kind in ("bounce", "delayed", "delivered", "receipt", "complaint", "challenge"):
        return _report(facts)
    agent = desk.agent(mail.sender.address)
    if mail.kind == "auto_reply":
        joined = next(iter(_joinable(mail, facts)), None)
        # A web form is a machine that writes for a person; a vacation notice writes for nobody.
        if agent is not None or joined is not None or mail.auto_submitted != "auto-generated":
            return AutoReply(joined)
        return _new_request(mail, facts, desk, claims=_numbers(facts))
    if agent is not None:
        return _agent_mail(agent, mail, facts, desk)
    return _customer_mail(mail, facts, desk)


def _report(facts: Facts) -> DeliveryReport:
    letter = facts.reported
    candidate = next((one for one in facts.candidates if letter and one.ticket.number == letter.number), None)
    return DeliveryReport(letter, candidate)


def _agent_mail(
    agent: Agent, mail: ParsedMail, facts: Facts, desk: Desk
) -> AgentMail | WarningAcknowledged | HeldAgentMail:
    # A proof is of one sender: a doubtful one gives no rights, whatever was proven.
    if facts.proof.verdict != "proven" or mail.sender.verdict != "one":
        return HeldAgentMail("not_proven", "; ".join((*facts.proof.evidence, *mail.sender.evidence)), agent)
    letter = answered(agent, facts)
    if letter is None or letter.recipient != agent.address:
        return HeldAgentMail("foreign_token" if letter else "no_token", "", agent)
    if letter.kind in _OF_NO_TICKET:
        return HeldAgentMail("no_ticket", "", agent)
    # A ticket that was merged goes on in another one.
    numbers = {letter.number, *letter.about}
    about = tuple(one for one in facts.candidates if numbers & {one.ticket.number, *one.led})
    if not about:
        return HeldAgentMail("unknown_ticket", "", agent)
    if mail.kind != "person":
        # A mailing list or a program may have handled it on its way: the agent should know that nothing was done.
        return HeldAgentMail("automatic", "; ".join(mail.kind_evidence), agent)
    words = _own_words(mail, letter)
    if not letter.private:
        return _commanded(agent, words, about[0], mail, facts, desk)
    return _notice(agent, words, about, mail, facts, desk)


_OF_NO_TICKET = (LetterKind.REPORT, LetterKind.PARKED, LetterKind.ALARM)


def answered(agent: Agent, facts: Facts) -> KnownLetter | None:
    """The letter to agents that a mail answers: the nearest one to this agent, else the nearest to anybody."""
    ours = [letter for letter in facts.letters if not letter.kind.to_customer]
    return next((letter for letter in ours if letter.recipient == agent.address), ours[0] if ours else None)


def _notice(
    agent: Agent, words: str, about: tuple[CandidateTicket, ...], mail: ParsedMail, facts: Facts, desk: Desk
) -> AgentMail | WarningAcknowledged | HeldAgentMail:
    """What answers a warning: notice of its tickets or of those it names, a note, and orders for the one that is meant.

    Nothing of it is for the customer. Where the warning was of several, the ticket's number stands in the subject or on
    a line of its own above the commands.
    """
    names, below = _names_above(words, desk.policy.prefix)
    numbers = {name: threads.number_in(name, desk.policy.prefix) for name in names}
    strange = [name for name in names if not _named(about, numbers[name])]
    split = parse(below, commands.COMMANDS)
    parsed = isinstance(split, commands.BadCommand) or bool(split.commands)
    if strange and not parsed and all(name.lstrip("#").isdecimal() for name in names):
        # A number that says something else.
        names, below, strange = (), words, []
        split = parse(below, commands.COMMANDS)
    tags = ", ".join(one.ticket.tag for one in about[:_TAGS_SHOWN])
    if strange:
        return HeldAgentMail("which_ticket", f"{', '.join(strange)}: not in that letter, which is about {tags}", agent)
    subject = threads.numbers_in(mail.subject, desk.policy.prefix)
    named = tuple(one for number in (numbers.values() if names else subject) for one in _named(about, number))
    meant = about if len(about) == 1 else tuple({one.ticket.number: one for one in named}.values())
    if len(meant) == 1:
        done = _commanded(agent, below, meant[0], mail, facts, desk, private=True)
        return replace(done, acknowledged=meant) if isinstance(done, AgentMail) else done
    if isinstance(split, commands.BadCommand):
        return HeldAgentMail(split.reason, split.detail, agent)
    if split.commands:
        return HeldAgentMail("which_ticket", f"{', '.join(names)}: write one of them" if names else tags, agent)
    return WarningAcknowledged(agent, meant or about, split.text)


def _names_above(words: str, prefix: str) -> tuple[tuple[str, ...], str]:
    """What the lines on top name as tickets, and the text below them."""
    lines = words.strip().splitlines()
    names: list[str] = []
    for index, line in enumerate(lines):
        found = threads.names_alone(line, prefix)
        if line.strip() and not found:
            return tuple(names), "\n".join(lines[index:])
        names += found
    return tuple(names), ""


def _named(about: tuple[CandidateTicket, ...], number: int | None) -> tuple[CandidateTicket, ...]:
    """The ticket of a warning that a number names, or that the ticket of this number was merged into."""
    return tuple(one for one in about if number in (one.ticket.number, *one.led))


_TAGS_SHOWN = 20


def _commanded(
    agent: Agent,
    words: str,
    candidate: CandidateTicket,
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    *,
    private: bool = False,
) -> AgentMail | HeldAgentMail:
    """What an agent wants done and said, or why nothing of it is: never half a mail (promises T12).

    What is `private` is for colleagues, whatever its commands say, and need not say anything.
    """
    parsed = parse(words, commands.COMMANDS)
    if isinstance(parsed, commands.BadCommand):
        return HeldAgentMail(parsed.reason, parsed.detail, agent)
    context = commands.CommandContext(
        agent,
        desk.agents,
        desk.queues,
        desk.categories.ids,
        candidate.participants,
        desk.policy.max_participants,
        moment(facts, candidate),
        desk.sla_policies,
        candidate.history,
        facts.named,
    )
    result = commands.run_all(parsed.commands, candidate.ticket, context)
    if isinstance(result, commands.BadCommand):
        return HeldAgentMail(result.reason, result.detail, agent)
    if private:
        return AgentMail(agent, candidate, replace(result, private=True), parsed.text)
    if not parsed.commands and not says(parsed.text, mail):
        return HeldAgentMail("empty", "", agent)
    if result.alone and not result.private and says(parsed.text, mail):
        why = f"/{result.alone} sends nothing to the customer: take the text out, or put /note above it for colleagues"
        return HeldAgentMail("bad_argument", why, agent)
    if result.private or not says(parsed.text, mail):
        return AgentMail(agent, candidate, result, parsed.text)
    # From here on it is for the customer.
    enclosed = ", ".join(one.safe_name for one in mail.attachments if _tells_tales(one))
    if enclosed:
        return HeldAgentMail("leak", enclosed, agent)
    dangerous = ", ".join(one.safe_name for one in mail.attachments if one.dangerous)
    if dangerous:
        return HeldAgentMail("dangerous_file", dangerous, agent)
    if threads.has_marker(parsed.text):
        return HeldAgentMail("leak", "", agent)
    if secret := _secrets(agent, mail):
        return HeldAgentMail("secret", secret, agent)
    if not any(one.state == "active" for one in (*candidate.participants, *result.participants)):
        return HeldAgentMail("no_recipient", "", agent)
    return AgentMail(agent, candidate, result, parsed.text)


def _tells_tales(file: Attachment) -> bool:
    """Whether a file may carry internal text: a mail, such as the notification attached whole, or a text of ours."""
    if file.content_type.startswith("message/") or file.safe_name.lower().endswith((".eml", ".msg")):
        return True
    is_text = file.content_type.startswith("text/") and file.size <= _TEXT_SEARCHED
    return is_text and threads.has_marker(file.content.decode("utf-8", "replace"))


_TEXT_SEARCHED = 2_000_000


def _secrets(agent: Agent, mail: ParsedMail) -> str:
    """What an agent's mail holds that must not leave, in words (promises F04): nothing is sent with masks in it."""
    files = [f"{one.safe_name} {leaks.named(one.secrets, agent.language)}" for one in mail.attachments if one.secrets]
    return ", ".join([*filter(None, [leaks.named(leaks.typed(mail), agent.language)]), *files])


def _own_words(mail: ParsedMail, letter: KnownLetter) -> str:
    """What an agent wrote above the quote of our letter; "" where there is nothing but the quote."""
    text = threads.cut_known_tail(mail.new_text, letter.text)
    if text == mail.new_text:
        return text
    # With the quote marked as one, what introduces it is seen too. `trim` gives back whole what would be
    # nothing else, so a word stands in front.
    return trim(f"x\n{text}\n\n> x\n> x").new_text.removeprefix("x")


def says(text: str, mail: ParsedMail) -> bool:
    """Whether there is something to say; pictures inside the text alone are the signature of every mail."""
    return bool(text) or any(not one.inline for one in mail.attachments)


def _customer_mail(mail: ParsedMail, facts: Facts, desk: Desk) -> NewRequest | FollowUp:
    joined = _joinable(mail, facts)
    if not joined:
        return _new_request(mail, facts, desk, claims=_numbers(facts))
    for candidate in joined:
        solved_at = candidate.ticket.solved_at
        if solved_at is None or facts.received_at <= solved_at + desk.policy.reopen_within:
            return FollowUp(candidate)
    return _new_request(mail, facts, desk, follows=joined[0])


def _new_request(
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    *,
    claims: tuple[int, ...] = (),
    follows: CandidateTicket | None = None,
) -> NewRequest:
    verdict = classify(mail.subject, mail.new_text, desk.categories)
    if verdict.category == UNCLASSIFIED:
        # Whoever reads this mailbox can tell.
        verdict = replace(verdict, queue=facts.mailbox.queue)
    return NewRequest(verdict, claims, follows)


def _joinable(mail: ParsedMail, facts: Facts) -> tuple[CandidateTicket, ...]:
    """The tickets that this sender may write into: a participant whose mail does not fail authentication."""
    if mail.sender.verdict != "one" or facts.proof.verdict == "failed":
        return ()
    return tuple(one for one in facts.candidates if one.has(mail.sender.address))


def _numbers(facts: Facts) -> tuple[int, ...]:
    return tuple(dict.fromkeys(one.ticket.number for one in facts.candidates))


def moment(facts: Facts, candidate: CandidateTicket) -> datetime:
    """When a status changes by this mail: not before the last change, however late the mail was read."""
    return commands.moment(facts.received_at, candidate.history)
