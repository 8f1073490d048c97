"""Address fields as people write them, read leniently for display (RFC 5322 §3.4, §4.4; RFC 6854 groups).

    "Ana, of Sales" <ana@example.org>, ben@example.org (Ben), Team: chris@example.org;

Nothing here gives rights: `parser.identity` decides who may do what, and reads strictly.
"""

import re
from dataclasses import dataclass

from parser.mail import Address
from parser.mime.charsets import clean
from parser.mime.headers import decode_value, raw_text

MAX_ADDRESSES = 500

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\ud7ff\ue000-\U0010ffff-]+"
_DOMAIN_LABEL = re.compile(r"[A-Za-z0-9_\x80-\ud7ff\ue000-\U0010ffff][A-Za-z0-9_\x80-\ud7ff\ue000-\U0010ffff-]{0,62}")
_LOCAL = re.compile(rf"""{_ATOM}(?:\.{_ATOM})*|"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])+\"""")
_LITERAL = re.compile(r"\[[0-9A-Fa-fIPv:.]{1,60}\]")
_DELIMITER = re.compile(r'["(<>,;:\\]')


@dataclass(frozen=True, slots=True)
class Item:
    """One member of an address list, cut at its delimiters, comments taken out."""

    phrase: str
    """The text before the angle bracket, or the whole member if there is none."""
    angle: str | None
    """The text inside the angle brackets."""
    comment: str
    """The comment behind it."""
    group: bool


def valid(text: str) -> str | None:
    """The addr-spec, its domain in lower case; None where it is not exactly one (RFC 5321 §4.1.2, RFC 6531).

    A dot behind the domain, which in DNS stands for the root, is not part of it.
    """
    local, at, domain = text.strip().rpartition("@")
    domain = domain.lower().removesuffix(".")
    if not at or len(text.strip()) > 254 or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    labels = domain.split(".")
    if _LITERAL.fullmatch(domain) or all(_DOMAIN_LABEL.fullmatch(label) for label in labels):
        return f"{local}@{domain}"
    return None


def items(text: str, limit: int = MAX_ADDRESSES) -> tuple[list[Item], bool]:
    """The members of an address list, and whether there were more than `limit`; linear, total."""
    found: list[Item] = []
    outside: list[str] = []
    comment: list[str] = []
    angle: str | None = None
    group = False
    # Whether something stands in `outside`, and whether an "@" does: it is not looked through again for each mark.
    written = addressed = False
    at = 0

    def finish() -> None:
        nonlocal angle, outside, comment, written, addressed
        phrase = "".join(outside).strip()
        if phrase or angle is not None:
            found.append(Item(phrase, angle, " ".join(comment).strip(), group))
        angle, outside, comment, written, addressed = None, [], [], False, False

    while match := _DELIMITER.search(text, at):
        piece = text[at : match.start()]
        at = match.end()
        mark = match[0]
        if mark == '"':
            quoted, at = _quoted(text, at)
            piece += quoted
        outside.append(piece)
        written = written or bool(piece.strip())
        addressed = addressed or "@" in piece
        if mark == "(":
            inside, at = _comment(text, at)
            if written:
                comment.append(inside)
            outside.append(" ")
        elif mark == "<":
            close = text.find(">", at)
            inside = text[at : close if close >= 0 else len(text)]
            at = close + 1 if close >= 0 else len(text)
            # Of two angle addresses in one member the last counts, as mail programs show it.
            angle = inside.strip() if angle is None or "@" in inside else angle
        elif mark == ":" and angle is None and not addressed:
            outside, group, written = [], True, False
        elif mark == ",":
            finish()
        elif mark == ";":
            finish()
            group = False
        elif mark in ":\\":
            outside.append(mark)
        if len(found) >= limit:
            return found, bool(text[at:].strip())
    outside.append(text[at:])
    finish()
    return found, False


def read(values: list[str], hint: str | None = None) -> tuple[tuple[Address, ...], bool]:
    """The mailboxes of the raw values of one field, decoded, and whether some were left out.

    An invalid address keeps its text as the name, so that a person can still see it.
    """
    out: list[Address] = []
    more = False
    for value in values[:20]:
        found, cut = items(raw_text(value, hint), MAX_ADDRESSES - len(out))
        more = more or cut
        # "Last, First <ana@example.org>": a member that is only words belongs to the name of the next.
        pending = ""
        for item in found:
            if item.angle is None and "@" not in item.phrase and not item.group:
                pending += item.phrase + ", "
                continue
            out.append(_address(item, pending, hint))
            pending = ""
        if pending:
            out.append(Address(_name(pending.removesuffix(", "), hint), None))
    return tuple(out[:MAX_ADDRESSES]), more or len(values) > 20


def _address(item: Item, before: str, hint: str | None) -> Address:
    """One member as a mailbox."""
    if item.angle is None:
        # Blanks around the dots and the "@" are obsolete but allowed (RFC 5322 §4.4).
        found = valid(item.phrase) or (valid(item.phrase.replace(" ", "")) if item.phrase.count(" ") < 4 else None)
        if found:
            # "ana@example.org (Ana)", as programs wrote before RFC 2822; all other comments are no names.
            name = "" if "@" in item.comment else item.comment
            return Address(_name((before + name).removesuffix(", "), hint), found)
        words = item.phrase.split()
        # "Ana ana@example.org" without brackets: the one word that is an address.
        candidates = [spec for word in words if (spec := valid(word.strip("[]'")))]
        if len(candidates) == 1:
            rest = " ".join(word for word in words if not valid(word.strip("[]'")))
            return Address(_name(before + rest, hint), candidates[0])
        return Address(_name(before + item.phrase, hint), None)
    inside = item.angle.rpartition(":")[2] if item.angle.startswith("@") else item.angle
    spec = valid(inside.removeprefix("mailto:")) or valid(decode_value(inside, hint)) or valid(inside.replace(" ", ""))
    name = _name(before + item.phrase, hint)
    if spec is None and (found := valid(item.phrase)):
        # "ana@example.org <>" and the like: the address stands in the place of the name.
        return Address("", found)
    return Address(name, spec)


def _name(text: str, hint: str | None) -> str:
    """A display name as text on one line, at most 1,000 characters."""
    plain = decode_value(text[:8_000], hint).strip()
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'":
        plain = plain[1:-1].strip()
    return clean(" ".join(plain.split()))[:1_000]


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The contents of a quoted string from `at`, and the place after it; an open one ends the text.

    A local part keeps its quotes, since they belong to the address.
    """
    out: list[str] = []
    mark = re.compile(r'["\\]')
    start = at
    while match := mark.search(text, at):
        out.append(text[at : match.start()])
        at = match.end()
        if match[0] == '"':
            return (text[start - 1 : at], at) if text[at : at + 1] == "@" else ("".join(out), at)
        out.append(text[at : at + 1])
        at += 1
    return "".join(out) + text[at:], len(text)


def _comment(text: str, at: int) -> tuple[str, int]:
    """The contents of a comment from `at`, nested ones without their brackets, and the place after it."""
    out: list[str] = []
    depth = 1
    for match in re.compile(r"[()\\]").finditer(text, at):
        if match.start() < at:
            continue
        out.append(text[at : match.start()])
        at = match.end()
        if match[0] == "\\":
            out.append(text[at : at + 1])
            at += 1
        else:
            depth += 1 if match[0] == "(" else -1
        if depth == 0:
            return "".join(out), at
    return "".join(out) + text[at:], len(text)
