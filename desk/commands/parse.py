"""Command lines in an agent's text: which lines are commands, and which text stands below them."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field

from desk import threads
from desk.commands.effects import BadCommand


@dataclass(frozen=True, slots=True)
class ParsedCommands:
    """An agent's text, split into what to do and what to say."""

    commands: tuple[tuple[str, str], ...] = field(default=())
    text: str = ""


_COMMAND = re.compile(r"/[ \t]?(merge!|[a-z_]{2,20})(?:[ \t]+(\S.*))?\Z", re.IGNORECASE)
# "/note:" and "/solve." are meant as commands; "/etc/passwd" and "/v3/orders" are not.
_MEANT = re.compile(r"/[ \t]?([a-z_]{2,20})(?![a-z0-9_/])", re.IGNORECASE)


def _plain(line: str) -> str:
    """A line without invisible characters, and with a slash for the full-width one of Chinese keyboards."""
    kinds = ((letter, unicodedata.category(letter)) for letter in line)
    visible = "".join(" " if kind == "Zs" else letter for letter, kind in kinds if kind != "Cf").strip()
    return "/" + visible[1:] if visible.startswith("／") else visible


def parse(text: str, names: Collection[str]) -> ParsedCommands | BadCommand:
    """The command lines on top, and the text below them; `names` are those of the commands that there are.

    A line on top that is nearly a command, and a command further down, are refused rather than sent to the customer as
    text: the lines below may be a note.
    """
    lines = text.strip().splitlines()
    commands: list[tuple[str, str]] = []
    top = 0
    for line in map(_plain, lines):
        match = _COMMAND.match(line)
        if match is None and _MEANT.match(line):
            return BadCommand("unknown_command", line)
        if line and match is None:
            break
        if match is not None:
            commands.append((match[1].lower(), (match[2] or "").strip()))
        top += 1
    for line in map(_plain, lines[top:]):
        meant = _MEANT.match(line)
        if meant is not None and meant[1].lower() in names:
            return BadCommand("unknown_command", f"{line} stands below text; put commands above it")
    return ParsedCommands(tuple(commands), "\n".join(lines[top:]).strip())


def numbers_named(text: str, prefix: str) -> tuple[int, ...]:
    """The numbers of the tickets that the command lines of a text name, wherever they stand."""
    found: list[int] = []
    for line in map(_plain, text.splitlines()):
        match = _COMMAND.match(line)
        number = threads.number_in(match[2] or "", prefix) if match and match[1].lower() in _NAMING else None
        if number is not None and number not in found:
            found.append(number)
    return tuple(found[:_NAMED])


_NAMING = ("merge", "merge!", "join", "unmerge", "duplicate")
_NAMED = 3
