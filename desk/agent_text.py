"""What an agent's mail says above the quotation of our letter, and what of it must not reach a customer."""

import codecs
import re
from collections.abc import Collection, Iterator

from desk import leaks, threads
from desk.commands.parse import strays
from desk.facts import CandidateTicket, KnownLetter
from desk.inside import inside_lines
from desk.sla.policy import Agent
from parser.banners import without_banners
from parser.mail import Attachment, Banners, ParsedMail
from parser.mime import archives
from parser.quotes.trim import trim


def own_words(mail: ParsedMail, letter: KnownLetter, banners: Banners) -> str:
    """What an agent wrote above the quote of our letter; "" where there is nothing but the quote.

    A banner of the agent's own mail server goes first: between our letter and the line that introduces it, it would
    keep one from being known by the other.
    """
    whole = without_banners(mail.new_text, banners)
    text = threads.cut_known_tail(whole, letter.text)
    if text == whole:
        return text
    # Once the quote is marked, `trim` finds the line that introduces it, too. It gives back whole a text of which
    # nothing would be left, so a word stands in front.
    return trim(f"x\n{text}\n\n> x\n> x").new_text.removeprefix("x")


def unsigned(words: str, agent: Agent) -> str:
    """Words without the agent's name below them and what follows it, where no mark tells a signature."""
    lines = words.strip().splitlines()
    names = {name.casefold() for name in (agent.name, agent.alias, *agent.name.split()[:1]) if name}
    end = next((at for at, line in enumerate(lines) if at and line.strip(" ,.-–—*_").casefold() in names), len(lines))
    if end == len(lines):
        return words
    while end > 1 and len(lines[end - 1].split()) <= _CLOSING:
        end -= 1
    return "\n".join(lines[:end])


_CLOSING = 4
"""Words of the longest line that closes a letter."""


def says(text: str, mail: ParsedMail) -> bool:
    """Whether a mail says something: a text or a file. A picture inside the text is only somebody's signature."""
    return bool(text) or any(not one.inline for one in mail.attachments)


def stray_command(mail: ParsedMail, letter: KnownLetter, subject: str, names: Collection[str]) -> str:
    """A command where none is obeyed, and what stands with it may be a note: in the subject, in the signature, above
    the agent's own text, or among lines of our letter. "" where there is none; `subject` is the ticket's.
    """
    ours = {_bare(line) for line in (*letter.text.splitlines(), subject)}
    for line in _unread_lines(mail, letter):
        if _bare(line) not in ours and strays((line,), names):
            return line.strip()
    words = mail.subject.replace(subject, " ").split() if subject else mail.subject.split()
    return strays((word for word in words if word not in subject.split()), names)


def _unread_lines(mail: ParsedMail, letter: KnownLetter) -> Iterator[str]:
    yield from mail.signature.splitlines()
    if mail.spans.reply:
        yield from mail.text[: mail.spans.reply[0][0]].splitlines()
    kept = threads.cut_known_tail(mail.new_text, letter.text)
    yield from mail.new_text[len(kept) :].splitlines()


def _bare(line: str) -> str:
    return re.sub(r"[\s>|]+", "", line)


def internal_part(text: str, mail: ParsedMail, candidate: CandidateTicket) -> str:
    """The lines of an answer that only colleagues were sent, one below the other; "" where there are none."""
    texts = [text, *(_decoded(one) for one in mail.attachments if _is_text(one))]
    found = (line for one in texts for line in inside_lines(one, candidate.inside, candidate.outside))
    return "\n".join(dict.fromkeys(found))


def holds_internal_text(file: Attachment) -> bool:
    """Whether a file may carry internal text: a mail, such as the notification attached whole, or a text of ours."""
    if file.content_type.startswith("message/") or file.safe_name.lower().endswith((".eml", ".msg")):
        return True
    if archives.is_archive(file.content):
        return _archive_holds_internal_text(file.content)
    return _is_text(file) and threads.has_marker(_decoded(file))


def _archive_holds_internal_text(content: bytes) -> bool:
    room = _TEXT_SEARCHED
    for entry in archives.entries(content):
        if entry.name.lower().endswith((".eml", ".msg")):
            return True
        inside = archives.unpacked(content, entry, room) or b""
        room -= len(inside)
        if threads.has_marker(_text_of(inside)):
            return True
    return False


def _is_text(file: Attachment) -> bool:
    named = file.safe_name.lower().endswith((".txt", ".md", ".csv", ".log", ".html", ".htm", ".json", ".xml"))
    return (named or file.content_type.startswith("text/")) and file.size <= _TEXT_SEARCHED


def _decoded(file: Attachment) -> str:
    return _text_of(file.content)


def _text_of(content: bytes) -> str:
    charset = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    return content.decode(charset, "replace")


_TEXT_SEARCHED = 2_000_000


def secrets_in(agent: Agent, mail: ParsedMail) -> str:
    """What an agent's mail holds that must not leave, in words (promises F04): nothing is sent with masks in it."""
    files = [f"{one.safe_name} {leaks.named(one.secrets, agent.language)}" for one in mail.attachments if one.secrets]
    return ", ".join([*filter(None, [leaks.named(leaks.typed(mail), agent.language)]), *files])
