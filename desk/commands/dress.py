"""What may stand around a command on its line, and is no part of it: emphasis, bullets, brackets, quotation marks."""

import html
import re
import unicodedata
from dataclasses import dataclass

_LONGEST = 300
"""Characters of a line that are looked at: no command is longer, and a long line may still begin with one."""
# Signs that are taken for a slash. Chinese keyboards give 、 for the key, which counts in front of a command only.
_SLASHES = str.maketrans(dict.fromkeys("∕⁄╱⧸⟋〳㇓", "/"))
# Letters of Chinese and Japanese that look like one, in front of Latin letters only.
_STROKES = re.compile("[ノ丿](?= ?[A-Za-z])")
_INVISIBLE = re.compile("[\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f\u034f\U0001d165-\U0001d172]")
_FILLERS = str.maketrans(dict.fromkeys("\u2800\u3164\u1160\u115f\uffa0", " "))
_TAGS = re.compile(r"</?[a-z][a-z0-9:]{0,20}(?:\s[^<>]*)?/?>", re.IGNORECASE)
# How clients write the target of a link behind its text, and how Markdown does.
_TARGETS = re.compile(r"\s?<(?:mailto:|https?://)[^<>]*>", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_EMPHASIS = re.compile(r"[*`]|~~|__")
_COUNTER = re.compile(r"\(?(?:[0-9]{1,2}|[a-z])[.):、]\s*|\[x\]\s*", re.IGNORECASE)
_QUOTE_MARKS = frozenset(">|¦│┃▌▎▏┊»›❯")


@dataclass(frozen=True, slots=True)
class Bare:
    """A line without its dress."""

    text: str
    """Narrow letters, single blanks; a slash for every sign that is taken for one."""
    quoted: bool
    """It stood behind a mark by which mail programs show what somebody else has written."""


def undress(line: str) -> Bare:
    """A line without all that may stand around a command, on either side of it."""
    plain = _visible(line[:_LONGEST])
    start, quoted = 0, False
    while start < len(plain):
        counter = _COUNTER.match(plain, start)
        if counter:
            start = counter.end()
        elif plain[start] not in "/、" and _is_ornament(plain[start]):
            quoted |= plain[start] in _QUOTE_MARKS
            start += 1
        else:
            break
    end = len(plain)
    while end > start and plain[end - 1] != "/" and _is_ornament(plain[end - 1]):
        end -= 1
    return Bare(_SIGNS_BEHIND.sub("/ ", plain[start:end]), quoted)


def _visible(line: str) -> str:
    """A line as it looks, in narrow letters: without markup, the targets of links, and what nobody sees."""
    # Composed first: an accent that makes a letter of its own stays, a line drawn below a letter goes.
    plain = unicodedata.normalize("NFKC", html.unescape(line)).translate(_FILLERS)
    plain = _INVISIBLE.sub("", plain)
    plain = "".join(letter for letter in plain if unicodedata.category(letter) not in ("Cf", "Cc") or letter == "\t")
    # A line that is nothing but a tag may be a command in the brackets of one.
    plain = _LINK.sub(r"\1", _TARGETS.sub("", _TAGS.sub("", plain).strip() or plain))
    return _STROKES.sub("/", " ".join(_EMPHASIS.sub("", plain).translate(_SLASHES).split()))


_SIGNS_BEHIND = re.compile(r"\A/[^\w/]+|\A/_+")


def _is_ornament(letter: str) -> bool:
    """Whether it is neither letter nor digit nor a sign above or below one: punctuation, a symbol, a blank."""
    return unicodedata.category(letter)[0] in "PSZ"
