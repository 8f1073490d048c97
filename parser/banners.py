"""What a mail server puts into mail that comes from outside: "[EXTERNAL]" in the subject, "CAUTION: …" above the text.

The texts are configured (`content/banners.toml`). A banner is a row of known sentences at the start of a line, one of
them such as only a mail server writes; how they are wrapped, boxed or emphasised does not matter.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from parser.html.quote_marks import Mark
from parser.mail import Banners

_HEAD = 4_000
"""Characters of a text that are searched for a banner on top."""
_SINGLE = "\u3040-\u30ff\u3400-\u9fff"
# A slash in front of a word is a word, which no banner has: an agent's command.
_PIECE = re.compile(rf"(?<!\S)[/／]|[{_SINGLE}]|[^\W_{_SINGLE}]+|[.!?。！？](?=[\s\"'”)\]}}*_|]|\Z)|[。！？]|\n")


def cut_banner(text: str, marks: tuple[Mark, ...], banners: Banners) -> tuple[str, tuple[Mark, ...], str]:
    """The text without the banner on top of it, its marks moved along, and the banner in one line; "" for none."""
    end = _banner_end(text[:_HEAD], banners)
    if not end:
        return text, marks, ""
    moved = (replace(mark, start=max(0, mark.start - end), end=max(0, mark.end - end)) for mark in marks)
    return text[end:], tuple(mark for mark in moved if mark.end > mark.start), " ".join(text[:end].split())


def without_banners(text: str, banners: Banners) -> str:
    """A text without the banners that begin any of its lines, quoted or not."""
    at, lines = 0, 0
    while at < len(text) and lines < _LINES:
        begins = _MARGIN.match(text, at)
        start = begins.end() if begins else at
        end = _banner_end(text[start : start + _LONGEST], banners)
        if end:
            # With the quote mark in front of it where the whole line goes.
            whole = start + end == len(text) or text[start + end - 1] == "\n"
            text = text[: at if whole else start] + text[start + end :]
        else:
            at, lines = text.find("\n", at) + 1 or len(text), lines + 1
    return text


_LINES = 500
_LONGEST = 1_500
_MARGIN = re.compile(r"[ \t>|]*")


def untagged(subject: str, banners: Banners) -> tuple[str, tuple[str, ...]]:
    """A subject without the tags at its start, behind "Re:" as well, and at its end; and these tags."""
    compiled, found = _compiled(banners), list[str]()
    while match := compiled.tag_first.match(subject):
        found.append(match[2])
        subject = match[1] + subject[match.end() :]
    while match := compiled.tag_last.search(subject):
        found.append(match[1])
        subject = subject[: match.start()]
    return (subject.strip() if found else subject), tuple(found)


@dataclass(frozen=True, slots=True)
class _Compiled:
    begins: re.Pattern[str]
    goes_on: re.Pattern[str]
    leads: re.Pattern[str]
    mentions: re.Pattern[str]
    tag_first: re.Pattern[str]
    tag_last: re.Pattern[str]


def _banner_end(head: str, banners: Banners) -> int:
    """Where a banner at the start of a text ends, with the blanks and rules below it; 0 where there is none."""
    compiled = _compiled(banners)
    blank = len(head) - len(head.lstrip())
    tag = compiled.tag_first.match(head[blank : blank + _FIRST])
    start = blank + tag.end() if tag and not tag[1] else 0
    # Hardly any text has one, and its first words say so.
    first = _flat(head[: start + _FIRST], start)[0]
    if not start and not compiled.begins.match(first) and not compiled.leads.match(first):
        return 0
    words, places = _flat(head, start)
    end = _sentences_end(words, compiled, tagged=start > 0)
    if not end:
        rules = _RULES.match(head, start)
        return rules.end() if start and rules else start
    # The last word of the banner, and what closes it.
    last = places[bisect_left([place for place, _ in places], end) - 1][1]
    closing = _CLOSING.match(head, last)
    return closing.end() if closing else last


def _sentences_end(words: str, compiled: _Compiled, *, tagged: bool) -> int:
    """Where the sentences of a banner end in flattened words; 0 where there are none. A tag above them begins one."""
    at, end, telling = 0, 0, tagged
    while True:
        ends = _ENDS.match(words, at)
        at, same_line = (ends.end(), "|" not in ends[0]) if ends else (at, True)
        begun = compiled.begins.match(words, at)
        follows = _follows(words, at, compiled, same_line=same_line) if telling and not begun else None
        lead = None if begun or follows else compiled.leads.match(words, at)
        match = begun or follows or lead
        if match is None:
            return end
        at, telling = match.end(), telling or begun is not None
        # A word alone on a line of its own may be the writer's.
        if telling and (same_line or lead is None) and (at == len(words) or _ENDS.match(words, at)):
            end = at


def _follows(words: str, at: int, compiled: _Compiled, *, same_line: bool) -> re.Match[str] | None:
    """The sentence that goes on a banner: one of those that do, or on its line one that mentions such things."""
    known = compiled.goes_on.match(words, at)
    if known or not same_line or compiled.leads.match(words, at):
        return known
    rest = _SENTENCE.match(words, at)
    return rest if rest and compiled.mentions.search(rest[0]) else None


_FIRST = 300
# The end of a sentence, and the end of a line.
_ENDS = re.compile(r"(?: [.|](?= |\Z))+")
_SENTENCE = re.compile(r"(?: [^ .|]+){1,60}(?= [.|]|\Z)")
# Blank lines and rules below a banner, and what closes the line of its last word.
_RULES = re.compile(r"(?:[ \t]*[-=_*~|+]*[ \t\r]*\n)*")
_CLOSING = re.compile(rf"[ \t.!?。！？)\]}}*_|\"'”»>]*(?:\Z|\r?\n{_RULES.pattern}|)")


def _flat(head: str, start: int) -> tuple[str, list[tuple[int, int]]]:
    """The words of a text, each with a blank before it; " ." for the end of a sentence, " |" for the end of a line.

    A small letter goes on with the line above it, nothing else does: rather a part of a banner stays than words of the
    writer go. With them (place in the result, end in the text) of each word.
    """
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    length = 0
    for match in _PIECE.finditer(head, start):
        piece = match[0]
        if piece == "\n":
            word = "" if head[match.end() : match.end() + 1].islower() else " |"
        else:
            word = " ." if piece in ".!?。！？" else f" {_folded(piece)}"
        if word:
            places.append((length, match.end()))
            parts.append(word)
            length += len(word)
    return "".join(parts), places


def _folded(words: str) -> str:
    """In small letters, the four Turkish ones of I as one."""
    return words.casefold().replace("\u0307", "").replace("ı", "i")


@lru_cache(maxsize=8)
def _compiled(banners: Banners) -> _Compiled:
    tags = "|".join(_tag(one) for one in sorted(banners.tags, key=len, reverse=True)) or r"(?!)"
    return _Compiled(
        begins=_any_of(banners.begins),
        goes_on=_any_of(banners.goes_on),
        leads=_any_of(banners.leads),
        mentions=_any_of(banners.mentions),
        tag_first=re.compile(rf"({_REPLY}*)({tags})\s*"),
        tag_last=re.compile(rf"(?<=\S)\s+({tags})\s*\Z"),
    )


# "Re:" in several languages, and the tag of a ticket.
_REPLY = (
    r"(?:\[[A-Z][A-Z0-9]{0,11}-\d{1,12}-[A-Z]\]\s*|(?i:re|aw|sv|fwd?|wg|tr|rv|回复|答复|转发|回覆|轉寄)\s?[:：]\s*)"
)


def _tag(tag: str) -> str:
    """In brackets or stars a word is a tag in any case; a bare word only as it is written."""
    spelled = r"\s+".join(map(re.escape, tag.split()))
    return spelled if tag[:1].isalnum() else f"(?i:{spelled})"


def _any_of(sentences: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(pattern, sentences), key=len, reverse=True)) or r"(?!)")


def pattern(sentence: str) -> str:
    """A configured sentence as an expression for flattened text.

    `{this|the}` is a choice, and may have an empty alternative; ` * ` stands for up to 60 words, `*4` for up to four;
    `extern*` for any ending. Raises ValueError for braces that do not fit.
    """
    parts = re.split(r"(\{[^{}]*\})", sentence)
    if any(brace in part for part in parts[::2] for brace in "{}"):
        raise ValueError(f"{sentence!r}: a brace is not closed, or stands within others")
    spelled = "".join(_choice(part[1:-1]) if part.startswith("{") else _plain(part) for part in parts)
    if not re.sub(r"\W", "", sentence):
        raise ValueError(f"{sentence!r} has no words")
    return rf"{spelled}(?= |\Z)"


def _choice(inside: str) -> str:
    return f"(?:{'|'.join(map(_plain, inside.split('|')))})"


def _plain(words: str) -> str:
    pieces = re.findall(rf"\*\d*|[{_SINGLE}]\*?|[^\W_{_SINGLE}]+(?:\*(?!\d))?", _folded(words))
    return "".join(_any_words(one[1:]) if one.startswith("*") else " " + _word(one) for one in pieces)


def _any_words(most: str) -> str:
    return rf"(?: [^ .|]+){{0,{int(most or 60)}}}"


def _word(piece: str) -> str:
    return re.escape(piece.removesuffix("*")) + (r"[^ .|]*" if piece.endswith("*") else "")
