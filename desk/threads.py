"""Ticket tags and our own Message-IDs, by which a mail is known to belong to a ticket.

[PD-1042-F]                                              in the subject, F is the check letter
<answer.1042.0f3c55b1a4e29d7c6b8e1a20@desk.example.org>   kind, number, 96 bits of HMAC
"""

import hashlib
import hmac
import re
from collections.abc import Collection

from desk.letters import LetterKind
from parser.mail import ParsedMail

# The letters of the Spanish DNI: 23 is prime and above 10, so every wrong digit and every swap of
# neighbours changes the letter. I, O, U and Ñ are left out of it by design.
_CHECK = "TRWAGMYFPDXBNJZSQVHLCKE"
_TAG_LIMIT = 5


def check_letter(number: int) -> str:
    return _CHECK[number % 23]


def tag(prefix: str, number: int) -> str:
    """The ticket's name as people write it, without brackets: "PD-1042-F"."""
    return f"{prefix}-{number}-{check_letter(number)}"


def numbers_in(subject: str, prefix: str) -> tuple[int, ...]:
    """The ticket numbers that a subject names, first first; a wrong check letter names none.

    Brackets, case and the width of the characters do not matter: people copy tags by hand.
    """
    folded = subject.translate(_NARROW).upper()
    found = []
    # Nine digits at most: a number beyond what the database counts to names no ticket.
    wanted = rf"(?<![A-Z0-9]){re.escape(prefix)}{_DASH}?([0-9]{{1,9}}){_DASH}?([A-Z])(?![A-Z0-9])"
    for match in re.finditer(wanted, folded):
        number = int(match[1])
        if check_letter(number) == match[2] and number not in found:
            found.append(number)
    return tuple(found[:_TAG_LIMIT])


def number_in(argument: str, prefix: str) -> int | None:
    """The number of "PD-1042-F", "[PD-1042-F]", "#1042" or "1042"; None for anything else, and a wrong letter."""
    bare = argument.strip().strip("[]").removeprefix("#")
    if bare.isascii() and bare.isdecimal() and len(bare) < 10:
        return int(bare)
    return next(iter(numbers_in(bare, prefix)), None)


def names_alone(line: str, prefix: str) -> tuple[str, ...]:
    """What a line names as tickets where it says next to nothing else: "PD-1042-F", "[pd-1042-f]", "1042, #1043".

    () for a line of text. Whether there are such tickets, and whether a check letter fits, is not looked at.
    """
    folded = line.translate(_NARROW).upper().strip()
    if len(folded) > _NAMES_LONGEST:
        return ()
    tagged = rf"(?<![A-Z0-9]){re.escape(prefix)}{_DASH}?[0-9]{{1,9}}{_DASH}?[A-Z](?![A-Z0-9])"
    names = tuple(re.findall(rf"{tagged}|{_BARE}", folded))
    rest = re.sub(rf"{tagged}|{_BARE}", "", folded)
    if _BETWEEN.fullmatch(rest):
        return names
    # "Re PD-1042-F:" is no text either.
    return names if len(folded) <= _TAG_ALONE and re.fullmatch(rf"\D*{tagged}\D*", folded) else ()


_NAMES_LONGEST = 200
_TAG_ALONE = 24
"""Characters of a line that names a ticket and says nothing else."""
_BARE = r"(?<![\w-])(?<![0-9][.:])#?[0-9]{1,9}(?![\w-]|[.:][0-9])"
_BETWEEN = re.compile("[\\s\\[\\]().,:;、。&+/\u200b-\u200f\u2060\ufeff]*")
# The hyphens and dashes that mail programs put in place of ours, and the blank of people.
_DASH = "[-\u2010-\u2015\u2212 ]"
# Full-width forms, as Chinese input methods type them, to ASCII.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def message_id(key: bytes, kind: LetterKind, number: int | None, reply_key: str, recipient: str, domain: str) -> str:
    """The Message-ID of a letter, without angle brackets (RFC 5322 §3.6.4).

    It depends on nothing but the reply and the desk's key, so a letter composed twice has the same
    one, and nobody without the key can name a letter that we sent.
    """
    text = "\0".join((kind, str(number or 0), reply_key, recipient.lower()))
    mac = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:24]
    return f"{kind}.{number or 0}.{mac}@{domain}"


_LETTER_ID = re.compile(rf"(?:{'|'.join(LetterKind)})\.[0-9]{{1,9}}\.[0-9a-f]{{24}}@(.+)")


def names_letter(message_id: str, domains: Collection[str]) -> bool:
    """Whether a Message-ID has the form of those of our letters. Without the key it proves nothing."""
    found = _LETTER_ID.fullmatch(message_id)
    return found is not None and found[1].lower() in domains


def root_id(key: bytes, number: int, domain: str) -> str:
    """A Message-ID that no mail has. All notifications of a ticket refer to it, so that they form one thread."""
    mac = hmac.new(key, f"root\0{number}".encode(), hashlib.sha256).hexdigest()[:24]
    return f"ticket.{number}.{mac}@{domain}"


def is_root(key: bytes, message_id: str) -> bool:
    """Whether this is a `root_id` that was made with our key."""
    found = _ROOT.fullmatch(message_id[:250])
    return found is not None and hmac.compare_digest(root_id(key, int(found[1]), found[2]), message_id)


_ROOT = re.compile(r"ticket\.([0-9]{1,9})\.[0-9a-f]{24}@([!-~]{1,190})")


REPEATED = "X-Ticket-Ref"
"""The field of our letters that repeats their Message-ID: some relays give every mail an id of their own."""


def repeated_id(mail: ParsedMail) -> str | None:
    """The Message-ID in `REPEATED`, without angle brackets."""
    value = mail.header(REPEATED)
    return value.strip(" \t<>") if value else None


def marker(tag: str) -> str:
    """The marker in every internal letter. Text that holds it must never go to a customer."""
    return f"⟦{tag} internal⟧"


def has_marker(text: str) -> bool:
    return "internal⟧" in text or re.search(r"⟦\s*[A-Z0-9]+-\d+-[A-Z]\s", text) is not None


_TELLING = 8


def cut_known_tail(reply: str, sent: str) -> str:
    """`reply` without a tail that repeats the letter it answers, whatever the client made of the quote.

    A line is ours when its characters, white space and quote marks aside, stand in the letter that we
    sent, above those of the lines below it: so a re-wrapped quote is known too, and words of the letter
    that stand above a whole quote of it are the writer's own. Walking up from the end, the first line of
    at least 8 characters that is not ours ends the tail; a single line of ours is no quote.
    """
    ours = _squeeze(sent)
    lines = reply.splitlines()
    cut, known, end = len(lines), 0, len(ours)
    for index in range(len(lines) - 1, -1, -1):
        line = _squeeze(lines[index])
        if len(line) < _TELLING:
            continue
        found = ours.rfind(line, 0, end)
        if found < 0:
            break
        cut, known, end = index, known + 1, found
    if known < 2:
        return reply
    while cut > 0 and (lines[cut - 1].lstrip().startswith(">") or not lines[cut - 1].strip()):
        cut -= 1
    return "\n".join(lines[:cut])


def _squeeze(text: str) -> str:
    return re.sub(r"[\s>|]+", "", text)
