"""What one line of an agent's mail is: commands, something that may be meant as one, or text.

A command is a slash and a name that there is, alone or with a blank and an argument behind it. All else that is near
to one is not guessed at: its mail is held, and the agent asked (docs/decisions/0011).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from desk.commands.dress import undress
from desk.commands.names import name_of, nearest

Doubt = Literal["unknown", "misspelled", "quoted", "bare"]


@dataclass(frozen=True, slots=True)
class Commands:
    """A line that is nothing but commands: each a name and its argument."""

    found: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """A line that may be meant as a command."""

    why: Doubt
    """"unknown": a slash and a word that is no name, or a name with something glued to it; "misspelled": one slip away
    from a name; "quoted": behind a quote mark; "bare": without a slash at its start."""
    name: str = ""
    """The command that may be meant; "" where nobody can tell."""


# Up to the next blank or sign. "/opt-in" is one word, "/note:" is not.
_WORD = r"[^\W\d_][^\s/\\:：,，.。=()（）!！?？;；<>\[\]\"“”'—–]*"
_SLASHED = re.compile(rf"(/{{1,3}}|、) ?({_WORD}!?)(.*)\Z", re.DOTALL)
_NEXT = re.compile(r" (?=/ ?[^\W\d_])")
_MAY_BE_SLASHED = re.compile(r"[/／∕⁄╱⧸⟋〳㇓ノﾉ丿⼃、､]|&#|&sol")
_PATH = re.compile(r"/[\w.~%-]")


def slashed(line: str, names: Collection[str]) -> Commands | Unclear | None:
    """What a line with a slash says; None for text, such as "/usr/bin", "1/2" and "/r/foo"."""
    if not _MAY_BE_SLASHED.search(line[:400]):
        return None
    bare = undress(line)
    found = _read(bare.text, names)
    if found is None or not bare.quoted:
        return found
    name = found.found[0][0] if isinstance(found, Commands) else found.name
    return Unclear("quoted", name) if name else None


def _read(text: str, names: Collection[str]) -> Commands | Unclear | None:
    match = _SLASHED.match(text)
    if match is None:
        return None
    slashes, word, rest = match.groups()
    name = name_of(word, names) or name_of(word.rstrip("!"), names)
    if slashes == "、" and (name is None or (rest and not rest.startswith(" "))):
        return None
    if slashes in ("/", "、") and name_of(word, names) and (not rest or rest.startswith(" ")):
        return _several(name or "", rest.strip(), names)
    if name is None and (slashes not in ("/", "、") or _PATH.match(rest) or rest == "/"):
        return None
    inner = _SLASHED.match(rest)
    if name not in (None, "note") and _PATH.match(rest) and not (inner and name_of(inner[2], names)):
        # "/open/orders" is a path; "/solve/close" are two commands run together.
        return None
    if name is not None:
        return Unclear("unknown", name)
    near = nearest(word.rstrip("!"), names)
    if near is None and text[len(slashes) :].startswith(" "):
        # "/ is the root."
        return None
    return Unclear("misspelled", near) if near else Unclear("unknown")


def _several(name: str, rest: str, names: Collection[str]) -> Commands:
    """A command and its argument, or several on one line: "/assign me /solve"."""
    argument, *more = _NEXT.split(f" {rest}")
    found = [(name, argument.strip())]
    for piece in more:
        match = _SLASHED.match(piece)
        known = name_of(match[2], names) if match and match[1] == "/" else None
        if match is None or known is None or (match[3] and not match[3].startswith(" ")):
            # The command says itself that it does not understand its argument.
            return Commands(((name, rest),))
        found.append((known, match[3].strip()))
    return Commands(tuple(found))


# As dictation writes a slash, and words that say of a note what it is.
_SPOKEN = re.compile(
    r"(?:(?:forward|back)[ -]?)?slash[ ,-]{0,2}|schrägstrich |barra(?: oblicua| inclinada| obliqua)? "
    r"|barre(?: oblique)? |сл[эе]ш |косая черта |スラッシュ ?|슬래시 ?|[正反]?斜[杠槓线線][ ,，]?"
    r"|(?:internal|private|staff|team) (?=note\b)",
    re.IGNORECASE,
)
_FIRST_WORD = re.compile(rf"({_WORD}!?)(.*)\Z", re.DOTALL)
# What is behind the name of a command that lacks its slash, so that "Open the app" and "Wait for it" stay text.
_ARGUMENTS = {
    "note": r"\s*[:：—–-].*|\s*\(.*",
    "priority": r" p?[1-4]",
    "assign": r" [^\s.,]+(?: [^\s.,]+)?",
    "queue": r" [^\s.,]+",
    "category": r" [^\s.,]+",
    "type": r" [^\s.,]+",
    "wait": r" (?:other|customer|third\S*)",
    "cc": r" (?:all|\S+@\S+.*)",
    "snooze": r" (?:until .{1,25}|tomorrow.{0,10}|.{0,20}[0-9].{0,20}|\S{3,6}day.{0,10})",
    "merge": r" \S*[0-9]\S*",
    "merge!": r" \S*[0-9]\S*",
    "unmerge": r" \S*[0-9]\S*",
    "duplicate": r" \S*[0-9]\S*",
}
_PLURAL = re.compile(r"\Anotes\Z", re.IGNORECASE)
_SAYS_LITTLE = 4
# At the start with one letter too many in front, too.
_MENTION = re.compile(rf"(?:^\w?|[\s\W])/ ?({_WORD}!?)(?=[\s\W]|\Z)(?!/\w)")


def unslashed(line: str, names: Collection[str]) -> Unclear | None:
    """Whether a line is a command without the slash in front: "note", "@note", "slash note", "Ben: /note"."""
    if len(line) > _LONGEST_UNSLASHED:
        return None
    bare = undress(line)
    mentioned = [name_of(word, names) for word in _MENTION.findall(bare.text)]
    if any(mentioned) and len(bare.text.split()) <= _SAYS_LITTLE:
        return Unclear("bare", next(filter(None, mentioned)))
    spoken = _SPOKEN.match(bare.text)
    match = _FIRST_WORD.match(bare.text[spoken.end() :] if spoken else bare.text)
    name = name_of(_PLURAL.sub("note", match[1]), names) if match else None
    if match is None or name is None or bare.quoted:
        return None
    rest = match[2].rstrip("/ ")
    fits = not rest or (name in _ARGUMENTS and re.fullmatch(_ARGUMENTS[name], rest, re.IGNORECASE | re.DOTALL))
    return Unclear("bare", name) if fits or spoken else None


_LONGEST_UNSLASHED = 400


def arguments(line: str, names: Collection[str]) -> tuple[str, ...]:
    """What stands behind each of these commands on a line, whatever else is on it."""
    if not _MAY_BE_SLASHED.search(line[:400]):
        return ()
    pieces = map(_SLASHED.match, _NEXT.split(undress(line).text))
    return tuple(match[3].strip() for match in pieces if match and name_of(match[2], names))


def is_ornament(line: str) -> bool:
    """Whether a line has neither letter nor digit: "```", "---"."""
    return not undress(line).text
