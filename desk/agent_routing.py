"""Where an agent's mail belongs: an answer, a note, commands, or held until the agent is asked (promises T10-T13)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from desk import threads
from desk.agent_text import holds_internal_text, internal_part, own_words, says, secrets_in, stray_command, unsigned
from desk.commands import run as commands
from desk.commands.parse import AS_IT_IS, is_release, parse
from desk.facts import CandidateTicket, Desk, Facts, KnownLetter
from desk.letters import LetterKind
from desk.routes import (
    AgentMail,
    HeldAgentMail,
    WarningAcknowledged,
)
from desk.sla.policy import Agent
from desk.ticket import Event, EventKind, active
from parser.kinds.kind import is_no_reply
from parser.mail import ParsedMail


def agent_mail(
    agent: Agent, mail: ParsedMail, facts: Facts, desk: Desk
) -> AgentMail | WarningAcknowledged | HeldAgentMail:
    # Authentication vouches for one sender; a doubtful From gives no rights, whatever was proven.
    if facts.proof.verdict != "proven" or mail.sender.verdict != "one":
        return HeldAgentMail("not_proven", "; ".join((*facts.proof.evidence, *mail.sender.evidence)), agent)
    if facts.reread:
        return HeldAgentMail("forgotten", "", agent)
    letter = answered(agent, facts)
    if letter is None or letter.recipient != agent.address:
        return HeldAgentMail("foreign_token" if letter else _without_letter(mail, desk), "", agent)
    if letter.kind in _OF_NO_TICKET:
        return HeldAgentMail("no_ticket", "", agent)
    # A ticket that was merged goes on in another one.
    numbers = {letter.number, *letter.about}
    about = tuple(one for one in facts.candidates if numbers & {one.ticket.number, *one.led})
    if not about:
        return HeldAgentMail("unknown_ticket", "", agent)
    if mail.kind != "person" or mail.gesture == "reaction":
        # A mailing list or a program may have changed it on its way; the agent learns that nothing was done.
        return HeldAgentMail("automatic", "; ".join(mail.kind_evidence) or mail.gesture, agent)
    unseen = next((defect.detail for defect in mail.defects if defect.code == "unseen_text"), None)
    if unseen is not None:
        return HeldAgentMail("unseen_text", unseen, agent)
    words = own_words(mail, letter, desk.banners)
    if letter.private:
        return _answer_to_warning(agent, words, about, mail, facts, desk)
    if letter.asks_about is not None and is_release(unsigned(words, agent)):
        return _release(agent, letter.asks_about, about[0], facts)
    stray = stray_command(mail, letter, about[0].ticket.subject, commands.COMMANDS)
    if stray and not releases(about[0], facts.inbox):
        return HeldAgentMail("perhaps_command", stray, agent)
    if letter.of_note:
        return _answer_to_note(agent, words, about[0], mail, facts, desk)
    return _answer_to_ticket(agent, words, about[0], mail, facts, desk)


def releases(candidate: CandidateTicket, inbox: int) -> tuple[Event, ...]:
    """The events by which an agent has released a held mail, the first first."""
    return tuple(
        event for event in candidate.history if event.kind is EventKind.RELEASED and event.data.get("inbox") == inbox
    )


def _release(agent: Agent, inbox: int, candidate: CandidateTicket, facts: Facts) -> AgentMail | HeldAgentMail:
    """An agent's word that a held mail is for the customer as it stands: it is processed again."""
    held = [one for one in candidate.history if one.kind is EventKind.HELD and one.data.get("inbox") == inbox]
    released = releases(candidate, inbox)
    if len(held) <= len(released):
        return HeldAgentMail("bad_argument", "/send: that mail waits no longer", agent)
    event = Event(EventKind.RELEASED, facts.received_at, agent.address, {"inbox": inbox, **_reason(held[-1])})
    return AgentMail(
        agent, candidate, commands.CommandResult(candidate.ticket, (event,), private=True, release=inbox), ""
    )


def _reason(held: Event) -> dict[str, object]:
    return {"reason": held.data["reason"]} if "reason" in held.data else {}


def _answer_to_note(
    agent: Agent, words: str, candidate: CandidateTicket, mail: ParsedMail, facts: Facts, desk: Desk
) -> AgentMail | HeldAgentMail:
    """An answer to a colleague's note is a note, unless the agent says that it is for the customer."""
    parsed = parse(words, commands.COMMANDS, private=True)
    if not isinstance(parsed, commands.BadCommand) and parsed.certain:
        return _answer_to_ticket(agent, words, candidate, mail, facts, desk)
    if not isinstance(parsed, commands.BadCommand) and not parsed.commands and not says(parsed.text, mail):
        return HeldAgentMail("empty", "", agent)
    route = _answer_to_ticket(agent, words, candidate, mail, facts, desk, private=True)
    if isinstance(route, HeldAgentMail) or isinstance(parsed, commands.BadCommand):
        return route
    return replace(route, assumed=not any(name == "note" for name, _ in parsed.commands))


def _without_letter(mail: ParsedMail, desk: Desk) -> str:
    """Why an agent's mail answers no letter that we know: it is a new one, or our database is older than the letter.

    After a backup was restored the agents' answers of its last hours are read once more. Most have left long ago.
    """
    domains = {one.addresses[0].rpartition("@")[2] for one in desk.mailboxes}
    forgotten = any(threads.names_letter(one, domains) for one in (*mail.in_reply_to, *mail.references))
    return "forgotten" if forgotten else "no_token"


_OF_NO_TICKET = (LetterKind.REPORT, LetterKind.PARKED, LetterKind.ALARM)


def answered(agent: Agent, facts: Facts) -> KnownLetter | None:
    """The letter to agents that a mail answers: the nearest one to this agent, else the nearest to anybody."""
    ours = [letter for letter in facts.letters if not letter.kind.to_customer]
    return next((letter for letter in ours if letter.recipient == agent.address), ours[0] if ours else None)


def _answer_to_warning(
    agent: Agent, words: str, about: tuple[CandidateTicket, ...], mail: ParsedMail, facts: Facts, desk: Desk
) -> AgentMail | WarningAcknowledged | HeldAgentMail:
    """An answer to a warning acknowledges its tickets, or those that it names; commands work on one ticket only.

    Nothing of it is for the customer. Where the warning was about several tickets, the number of the one that is meant
    stands in the subject, or on a line of its own above the commands.
    """
    prefix = desk.policy.prefix
    names, below = _names_above(words, prefix)
    strange = [name for name in names if not _named(about, threads.number_in(name, prefix))]
    parsed = parse(below, commands.COMMANDS, private=True)
    commanded = isinstance(parsed, commands.BadCommand) or bool(parsed.commands)
    if strange and not commanded and all(name.lstrip("#").isdecimal() for name in names):
        # A number on a line of its own that is no ticket of the warning: "1500" may be an amount.
        names, below, strange = (), words, []
        parsed = parse(below, commands.COMMANDS, private=True)
    tags = ", ".join(one.ticket.tag for one in about[:_TAGS_SHOWN])
    if strange:
        return HeldAgentMail("which_ticket", f"{', '.join(strange)}: not in that letter, which is about {tags}", agent)
    numbers = [threads.number_in(name, prefix) for name in names] if names else threads.numbers_in(mail.subject, prefix)
    named = {one.ticket.number: one for number in numbers for one in _named(about, number)}
    meant = about if len(about) == 1 else tuple(named.values())
    if len(meant) == 1:
        route = _answer_to_ticket(agent, below, meant[0], mail, facts, desk, private=True)
        return replace(route, acknowledged=meant) if isinstance(route, AgentMail) else route
    if isinstance(parsed, commands.BadCommand):
        return HeldAgentMail(parsed.reason, parsed.detail, agent)
    if parsed.commands:
        return HeldAgentMail("which_ticket", f"{', '.join(names)}: write one of them" if names else tags, agent)
    return WarningAcknowledged(agent, meant or about, parsed.text)


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


def _answer_to_ticket(
    agent: Agent,
    words: str,
    candidate: CandidateTicket,
    mail: ParsedMail,
    facts: Facts,
    desk: Desk,
    *,
    private: bool = False,
) -> AgentMail | HeldAgentMail:
    """What an agent's mail does and says, or why nothing of it is done: never half a mail (promises T12).

    A `private` mail is for colleagues, whatever its commands say, and need not say anything.
    """
    released = {str(event.data.get("reason")) for event in releases(candidate, facts.inbox)}
    parsed = parse(words, commands.COMMANDS, certain="perhaps_command" in released, private=private)
    if isinstance(parsed, commands.BadCommand):
        return HeldAgentMail(parsed.reason, parsed.detail, agent)
    result = commands.run_all(parsed.commands, candidate.ticket, _context(agent, candidate, facts, desk))
    if isinstance(result, commands.BadCommand):
        return HeldAgentMail(result.reason, result.detail, agent)
    if private:
        return AgentMail(agent, candidate, replace(result, private=True), parsed.text)
    speaks = says(parsed.text, mail)
    nothing = not parsed.text and not mail.attachments
    if parsed.commands and nothing and {name for name, _ in parsed.commands} <= {"note", AS_IT_IS}:
        return HeldAgentMail("bad_argument", f"/{parsed.commands[0][0]}: there is no text below it", agent)
    if not parsed.commands and not speaks:
        return HeldAgentMail("empty", "", agent)
    if result.alone and not result.private and speaks:
        why = f"/{result.alone} sends nothing to the customer: take the text out, or put /note above it for colleagues"
        return HeldAgentMail("bad_argument", why, agent)
    if not result.private and speaks:
        repeated = "" if parsed.certain or "internal_lines" in released else internal_part(parsed.text, mail, candidate)
        if repeated:
            return HeldAgentMail("internal_lines", repeated, agent)
        held = _why_not_for_customers(agent, parsed.text, candidate, result, mail)
        if held is not None:
            return held
    return AgentMail(agent, candidate, result, parsed.text)


def _context(agent: Agent, candidate: CandidateTicket, facts: Facts, desk: Desk) -> commands.CommandContext:
    return commands.CommandContext(
        agent=agent,
        agents=desk.agents,
        queues=desk.queues,
        categories=desk.categories.ids,
        participants=candidate.participants,
        max_participants=desk.policy.max_participants,
        now=moment(facts, candidate),
        policies=desk.sla_policies,
        history=candidate.history,
        named=facts.named,
        is_own=desk.is_own,
    )


def _why_not_for_customers(
    agent: Agent, text: str, candidate: CandidateTicket, result: commands.CommandResult, mail: ParsedMail
) -> HeldAgentMail | None:
    """Why an answer must not go to the customer; None where it may."""
    enclosed = ", ".join(one.safe_name for one in mail.attachments if holds_internal_text(one))
    if enclosed:
        return HeldAgentMail("leak", enclosed, agent)
    dangerous = ", ".join(one.safe_name for one in mail.attachments if one.dangerous)
    if dangerous:
        return HeldAgentMail("dangerous_file", dangerous, agent)
    if threads.has_marker(text):
        return HeldAgentMail("leak", "", agent)
    if secret := secrets_in(agent, mail):
        return HeldAgentMail("secret", secret, agent)
    recipients = active((*candidate.participants, *result.participants))
    if not recipients:
        return HeldAgentMail("no_recipient", "", agent)
    if unread := _unread(recipients, (*candidate.history, *result.events)):
        return HeldAgentMail("no_reply", ", ".join(unread), agent)
    return None


def _unread(recipients: Sequence[str], history: Sequence[Event]) -> list[str]:
    """The recipients at whose address nobody reads mail, and whom no agent has named."""
    named = [event.data.get("to") or event.data.get("address") for event in history if event.kind in _NAME_PEOPLE]
    return [address for address in recipients if is_no_reply(address) and address not in named]


_NAME_PEOPLE = (EventKind.REQUESTER, EventKind.CC_ADDED)
"""By these an agent has named an address, and so meant it."""


def moment(facts: Facts, candidate: CandidateTicket) -> datetime:
    """When a status changes by this mail: not before the last change, however late the mail was read or released."""
    released = (event.at for event in releases(candidate, facts.inbox))
    return commands.moment(max((facts.received_at, *released)), candidate.history)
