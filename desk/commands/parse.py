"""Command lines in an agent's text: which lines are commands, and which text stands below them."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from desk import threads
from desk.commands.effects import BadCommand
from desk.commands.lines import Commands, Unclear, arguments, is_ornament, slashed, unslashed


@dataclass(frozen=True, slots=True)
class ParsedCommands:
    """An agent's text, split into what to do and what to say."""

    commands: tuple[tuple[str, str], ...] = field(default=())
    text: str = ""

    @property
    def certain(self) -> bool:
        """The agent has said that the text is for the customer as it stands."""
        return any(name == AS_IT_IS for name, _ in self.commands)


AS_IT_IS = "send"
"""The command below which every line is text."""


def parse(
    text: str, names: Collection[str], *, certain: bool = False, private: bool = False
) -> ParsedCommands | BadCommand:
    """The command lines on top, and the text below them; `names` are those of the commands that there are.

    A line on top that is nearly a command, and a command further down, are refused rather than sent to the customer as
    text: the lines below may be a note. Not so where the agent is `certain` that they are text. Of a `private` mail
    nothing goes to a customer, so only what has a slash can be meant as a command.
    """
    lines = text.strip().splitlines()
    commands: list[tuple[str, str]] = []
    top, ornaments = 0, 0
    for index, line in enumerate(lines):
        found = slashed(line, names)
        if isinstance(found, Commands):
            commands += found.found
            top = index + 1
            certain |= any(name == AS_IT_IS for name, _ in found.found)
        elif isinstance(found, Unclear) and not certain and not (private and found.why == "quoted"):
            return _unclear(found, line)
        elif not is_ornament(line):
            break
        else:
            ornaments += bool(line.strip())
    below = lines[top:]
    # The other half of a fence that stood around the commands.
    while commands and ornaments and below and is_ornament(below[0]):
        below = below[1:]
    doubt = None if certain else _below(below, names, private=private)
    return doubt or ParsedCommands(tuple(commands), "\n".join(below).strip())


def _unclear(found: Unclear, line: str) -> BadCommand:
    """What to ask the agent about a line; a quoted or spoken command may be text, one with a slash is none."""
    shown = " ".join(line.split())[:_SHOWN]
    meant = f" → /{found.name}?" if found.name else ""
    if found.why in ("unknown", "misspelled"):
        return BadCommand("unknown_command", f"{shown}{meant}")
    return BadCommand("perhaps_command", f"{shown}{meant}")


_SHOWN = 200


def _below(lines: Sequence[str], names: Collection[str], *, private: bool) -> BadCommand | None:
    """The first line of a text that may be meant as a command: on top without its slash, anywhere with it."""
    said = [line for line in lines if line.strip()]
    for line in said:
        found = slashed(line, names)
        if isinstance(found, Commands) or (isinstance(found, Unclear) and found.why == "unknown" and found.name):
            return BadCommand(
                "unknown_command", f"{' '.join(line.split())[:_SHOWN]} stands below text; put commands above it"
            )
        if isinstance(found, Unclear) and found.why == "misspelled" and len(line.split()) == 1 and not private:
            return replace(_unclear(found, line), reason="perhaps_command")
    for line in [] if private else _openings(said):
        doubt = unslashed(line, names)
        if doubt is not None:
            asked = _unclear(doubt, line)
            # Of a mail that is nothing but this line there is nothing to send.
            return asked if len(said) > 1 else replace(asked, reason="unknown_command")
    return None


def _openings(said: Sequence[str]) -> Iterable[str]:
    """The lines that may be the top of a text: the first, and the second where the first only greets or names."""
    yield from said[:1]
    if said and (len(said[0].split()) <= _GREETING or _ENDS_A_GREETING.search(said[0][:_SHOWN])):
        yield from said[1:2]


_GREETING = 2
_ENDS_A_GREETING = re.compile(r"^.{1,40}[,!，！:：]\s*$")


def is_release(text: str) -> bool:
    """Whether a text is the one word by which an agent releases a held mail, with its slash or without it."""
    lines = [line for line in text.splitlines() if line.strip()]
    found = slashed(lines[0], (AS_IT_IS,)) or unslashed(lines[0], (AS_IT_IS,)) if len(lines) == 1 else None
    return (isinstance(found, Unclear) and found.why == "bare") or found == Commands(((AS_IT_IS, ""),))


def strays(lines: Iterable[str], names: Collection[str]) -> str:
    """The first of these lines that is a command, quoted or not; "" where none is.

    For parts of a mail in which none is obeyed.
    """
    return next((line for line in lines if _is_stray(slashed(line, names))), "")


def _is_stray(found: Commands | Unclear | None) -> bool:
    return isinstance(found, Commands) or (isinstance(found, Unclear) and found.why == "quoted" and found.name != "")


def numbers_named(text: str, prefix: str) -> tuple[int, ...]:
    """The numbers of the tickets that the command lines of a text name, wherever they stand."""
    found: list[int] = []
    for line in text.splitlines():
        for argument in arguments(line, _NAMING):
            number = threads.number_in(argument, prefix)
            if number is not None and number not in found:
                found.append(number)
    return tuple(found[:_NAMED])


_NAMING = ("merge", "merge!", "unmerge", "duplicate")
_NAMED = 3
