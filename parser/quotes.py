"""What a person wrote now, apart from what they quote and from their signature.

Works line by line on tables of patterns, so it is linear and a language is added by a row. A quotation must be shown
by two signs (an intro with a verb *and* a date or an address; several header names in a row; `>` marks; what the HTML
says), because losing a customer's words is worse than showing a quote too many. The rules where people differ:

- a header block with nothing of the writer's above it is a forward, and stays;
- with text above a quotation and below it the quotation stays, unless only a closing or a signature follows;
- of a quotation with its intro on top and the answer below, only the answer is the reply; without an intro it stays;
- where only a greeting or a closing is left, that is the reply; where nothing is left, the whole text is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parser.mail import Span, Spans
from parser.quotes_lines import (
    apart,
    by_program,
    glued,
    headed,
    header_block,
    header_name,
    intros,
    is_forward,
    is_quoted,
    is_rule,
    is_separator,
    run_on,
)
from parser.quotes_marks import Mark
from parser.quotes_signatures import foxmail_name, own_end
from parser.quotes_words import WROTE

_NOTHING = Spans((), (), ())
_SEEN = 200
_MAX_INTRO_IN_MARK = 8
_RULES = ("-", "_", "=", "*", "—", "–")
_MAX_OLD_MAILS = 10_000
_MAX_OWN_LETTERS = 10
_MAX_RUN_ON = 200
# Of the stretches of text between quotations, this many from each end may have a signature.
_MAX_SIGNED = 200
# Lines without any of these signs are the writer's; the cheap question comes first.
_TELLING = re.compile(r"^\s{0,9}[-_=—–*>＞|]|[:：\t|]")
# Our own letters: the last line of an answer, and the mark near the top of a letter to agents.
_OWN_TAG_LINE = re.compile(r"(?:^|\s)[*_]{0,2}[A-Z][A-Z0-9]{0,11}-\d{1,12}-[A-Z0-9][*_]{0,2} ·")
_INTERNAL = re.compile(r"⟦[^⟧\n]{1,60}internal⟧")
_SAID = re.compile(
    r"\b(?:wrote|said|says|writes|mentioned|schrieb|écrit|escribió|ha scritto|escreveu|skrev) ?[*:：]{1,2}\s*$"
    r"|写道[:：]$"
)
_COLONS = (":", "：", "*")
_QUOTING = re.compile(rf"{WROTE.pattern}|\b(?:quoting|zitat|citando|citaat|citation|citat)\b", re.I)
_HEADER_LIKE = re.compile(r"^[*_\s]{0,3}[^\s:：][^:：]{0,30}[:：]")
_DAY_OR_PERSON = re.compile(r"@|\d{1,2}[:.]\d\d|\d{1,4}[年/.-]\s?\d{1,2}|\b20\d\d\b")


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text in three, and where the three stand in it.

    `reply`, `quoted` and `signature` are the texts of their spans, joined by one line feed. Every line of the text that
    is not blank is in exactly one of them; `reply` is the whole text where nothing else would be left.
    """

    reply: str
    quoted: str
    signature: str
    spans: Spans


def trim(text: str, marks: Sequence[Mark] = ()) -> Trimmed:
    """The reply, the quotation and the signature of a text; `marks` are what its HTML said. Linear, total."""
    page = _Page(text, marks)
    _find_quotes(page)
    _find_own_letters(page)
    labels = _settle(page, closings=True)
    if "t" not in labels:
        labels = _settle(page, closings=False)
    if "t" not in labels and "s" in page.labels:
        # Some people write inside the element that their program keeps for the signature.
        page.labels = ["t" if label == "s" else label for label in page.labels]
        labels = _settle(page, closings=False)
    if "t" not in labels:
        labels = ["t" if line.strip() else "e" for line in page.lines]
    return _trimmed(text, page, labels)


class _Page:
    """The lines, where they begin, and what each is: t(ext), f(orwarded), q(uoted), i(ntro), o(lder), s(ignature)."""

    def __init__(self, text: str, marks: Sequence[Mark]) -> None:
        self.lines: list[str] = []
        self.starts: list[int] = []
        at = asked = 0
        source = text.split("\n")
        for number, line in enumerate(source):
            if line.endswith((":", ":\r", "：")) and number + 1 < len(source):
                cut = glued(line, source[number + 1])
            elif asked < _MAX_RUN_ON and ":   " in line and "@" in line:
                asked += 1
                cut = run_on(line)
            else:
                cut = 0
            if cut:
                self.lines += [line[:cut], line[cut:]]
                self.starts += [at, at + cut]
            else:
                self.lines.append(line)
                self.starts.append(at)
            at += len(line) + 1
        self.labels = ["t" if line.strip() else "e" for line in self.lines]
        self.hints: dict[int, str] = {}
        self.older: set[int] = set()
        for mark in marks:
            self._take(mark)

    def _take(self, mark: Mark) -> None:
        """Notes what the HTML said about the lines that begin inside a mark."""
        first = _first_at(self.starts, mark.start)
        # An element that begins inside a line, such as a span of a signature, says nothing about that line.
        while first < len(self.lines) and self.labels[first] == "e" and self.starts[first] < mark.end:
            first += 1
        if mark.kind == "older":
            self.older.add(first)
            return
        last = _first_at(self.starts, mark.end)
        inside = [number for number in range(first, last) if self.labels[number] != "e"]
        if mark.kind == "quote":
            marked = [number for number in inside if is_quoted(self.lines[number])]
            if marked:
                # Answers stand inside the container, between its marked lines: only what is above those is its intro.
                above = [number for number in inside if number < marked[0]]
                for number in above if len(above) <= _MAX_INTRO_IN_MARK else []:
                    self.hints.setdefault(number, "i")
                return
        label = {"quote": "q", "intro": "i", "signature": "s"}[mark.kind]
        for number in inside:
            self.hints.setdefault(number, label)

    def written(self, end: int) -> bool:
        """Whether something of the writer's own stands above a line, a program's signature aside."""
        first = 0
        while first < end and self.labels[first] in "eqi":
            first += 1
        return any(
            self.labels[number] in "tf" for number in range(first, own_end(self.lines, first, end, closings=False))
        )

    def relabel(self, first: int, end: int, label: str) -> None:
        """Gives the lines that are not blank a label."""
        for number in range(first, min(end, len(self.lines))):
            if self.labels[number] != "e":
                self.labels[number] = label


def _first_at(starts: list[int], offset: int) -> int:
    """The first line that begins at an offset or behind it."""
    low, high = 0, len(starts)
    while low < high:
        middle = (low + high) // 2
        if starts[middle] < offset:
            low = middle + 1
        else:
            high = middle
    return low


def _find_quotes(page: _Page) -> None:
    """Labels intros, quoted lines, older mails and forwards from the top to the bottom."""
    lines = page.lines
    found = intros(lines)
    forwarded = False
    left = _MAX_OLD_MAILS
    at = 0
    while at < len(lines):
        if page.labels[at] == "e":
            at += 1
            continue
        line = lines[at]
        if at not in found and at not in page.hints and at not in page.older and not _TELLING.search(line[:_SEEN]):
            at += 1
            continue
        quoted = is_quoted(line)
        if not quoted and is_forward(line):
            # What is forwarded is what they want us to read: it stays, with all below it.
            page.relabel(at, len(lines), "f")
            return
        hint = page.hints.get(at)
        if hint:
            page.labels[at] = hint
            at += 1
            continue
        ruled = left > 0 and not quoted and line.lstrip()[:1] in _RULES
        left -= ruled
        separates = ruled and is_separator(line)
        if separates:
            following = _next_text(lines, at + 1, 4)
            if following is not None and is_quoted(lines[following]):
                page.labels[at] = "i"
                at += 1
                continue
        begins = separates or at in page.older or is_rule(line) or header_name(line) in ("from", "date")
        if begins and not forwarded and not quoted and left > 0:
            left -= 1
            length = _old_mail(page, at, separates)
            if length:
                if page.written(at) and not _announced(lines, at):
                    page.relabel(foxmail_name(lines, at), at, "s")
                    page.relabel(at, len(lines), "o")
                    return
                forwarded = True
                page.relabel(own_end(lines, 0, at, closings=False), at, "s")
                at += length
                continue
        length = found.get(at, 0)
        if length and not quoted:
            following = _next_text(lines, at + length)
            if following is not None and (is_quoted(lines[following]) or page.hints.get(following) == "q"):
                page.relabel(at, at + length, "i")
                at += length
                continue
            if not forwarded and by_program(lines[at : at + length]) and apart(lines, at, length) and page.written(at):
                page.relabel(headed(lines, at), len(lines), "o")
                return
        if quoted:
            page.labels[at] = "q"
        elif line.rstrip()[-1:] in _COLONS and _SAID.search(line[-20:]) and _is_short_intro(lines, at):
            page.labels[at] = "i"
        at += 1


def _is_short_intro(lines: list[str], at: int) -> bool:
    """ "Ben wrote:" without a date, a paragraph of its own: the marked line that must follow is the second sign."""
    if len(lines[at]) > 120 or (at and lines[at - 1].strip() and not is_quoted(lines[at - 1])):
        return False
    following = _next_text(lines, at + 1, 3)
    return following is not None and is_quoted(lines[following])


def _old_mail(page: _Page, at: int, separates: bool) -> int:
    """How many lines from here say that all below is an older mail: a separator, a rule, a header block."""
    lines = page.lines
    line = lines[at]
    if separates:
        following = _next_text(lines, at + 1, 3)
        return 1 + (header_block(lines, following) + following - at - 1 if following is not None else 0)
    if is_rule(line):
        following = _next_text(lines, at + 1, 3)
        length = header_block(lines, following) if following is not None else 0
        return length + following - at if length and following is not None else 0
    if at in page.older:
        near = [one for one in lines[at : at + 8] if one.strip() and not is_rule(one)][:4]
        if sum(_HEADER_LIKE.match(one[:80]) is not None for one in near) >= 2:
            return max(1, header_block(lines, at))
    return header_block(lines, at)


def _announced(lines: list[str], at: int) -> bool:
    """ "I got this mail:" directly above a header block: the writer shows it to us."""
    above = next((lines[number].strip() for number in range(at - 1, max(-1, at - 4), -1) if lines[number].strip()), "")
    return above.endswith((":", "：")) and not is_separator(lines[at]) and not is_rule(lines[at]) and len(above) > 1


def _find_own_letters(page: _Page) -> None:
    """Labels a letter of ours that a client quoted without any mark, known by the line that all our letters carry."""
    left = _MAX_OWN_LETTERS
    for at, line in enumerate(page.lines):
        if ("·" not in line and "⟧" not in line) or page.labels[at] != "t" or len(line) > 400:
            continue
        left -= 1
        if left < 0:
            return
        if _INTERNAL.search(line) and page.written(at):
            page.relabel(_weak_intro(page, at, most=8) or at, len(page.lines), "o")
            return
        if _OWN_TAG_LINE.search(line):
            first = _weak_intro(page, at, most=400)
            if first is None or not page.written(first):
                delimiter = [number for number in range(max(0, at - 5), at) if page.lines[number].strip() == "--"]
                first = delimiter[-1] if delimiter else at
            if page.written(first):
                page.relabel(first, at + 1, "q")


def _weak_intro(page: _Page, end: int, most: int) -> int | None:
    """The topmost line above a mark of ours that may begin a quotation; the mark is the second sign."""
    for at in range(max(0, end - most), end):
        line = page.lines[at].strip()
        if page.labels[at] != "t" or not 4 <= len(line) <= 300:
            continue
        telling = line.endswith((":", "：", ">")) and _DAY_OR_PERSON.search(line)
        if telling or is_rule(line) or (_HEADER_LIKE.match(line) and "@" in line):
            return at
    return None


def _next_text(lines: list[str], at: int, most: int = 400) -> int | None:
    """The next line that is not blank, at most `most` lines on."""
    return next((number for number in range(at, min(len(lines), at + most)) if lines[number].strip()), None)


def _settle(page: _Page, closings: bool) -> list[str]:
    """The final label of each line, t, q, s or e: signatures are cut, and each quotation stays or goes."""
    labels = list(page.labels)
    runs = _runs(labels)
    texts: list[bool] = []
    for number, (kind, first, end) in enumerate(runs):
        own = end
        if kind == "t" and (number < _MAX_SIGNED or number >= len(runs) - _MAX_SIGNED):
            own = own_end(page.lines, first, end, closings)
            for line in range(own, end):
                if labels[line] != "e":
                    labels[line] = "s"
        texts.append(kind in "tf" and any(labels[line] in "tf" for line in range(first, own)))
    above = False
    last_text = max((number for number, text in enumerate(texts) if text), default=-1)
    for number, (kind, first, end) in enumerate(runs):
        if kind == "q":
            stays = _stays(page, first, end, above, number < last_text)
            for line in range(first, end):
                if labels[line] != "e":
                    labels[line] = "t" if stays else "q"
        above = above or texts[number]
    final = {"f": "t", "o": "q", "i": "q"}
    return [final.get(label, label) for label in labels]


def _stays(page: _Page, first: int, end: int, above: bool, below: bool) -> bool:
    """Whether a quotation is part of the reply, by the rules at the top of this module."""
    introduced = page.labels[first] == "i" or bool(page.hints.get(first))
    if below:
        return above or not introduced
    if introduced or not above:
        return False
    # One line that begins with ">" directly below the text, or goes on with others, is a path rather than a quotation.
    many = sum(label != "e" for label in page.labels[first:end]) >= 2
    if _asks(page, first):
        return True
    if not many and " > " in page.lines[first]:
        return not intros([page.lines[first].lstrip(" >")])
    return (
        not many
        and bool(page.lines[first - 1].strip())
        and first - 1 not in page.hints
        and not intros([page.lines[first].lstrip(" >")])
    )


def _asks(page: _Page, first: int) -> bool:
    """Whether "My questions:" stands above a quotation without an intro: what follows was put there to be read.

    An intro says that somebody wrote, or, in a language that we do not know, has a day or an address in it.
    """
    for at in range(first - 1, max(-1, first - 3), -1):
        above = page.lines[at].strip()
        if above:
            return (
                page.labels[at] == "t"
                and len(above) <= 80
                and above.endswith((":", "："))
                and not any(sign.isdigit() or sign == "@" for sign in above)
                and not _QUOTING.search(above)
            )
    return False


def _runs(labels: list[str]) -> list[tuple[str, int, int]]:
    """Adjacent lines of one kind as (kind, first, end): blank lines go with the run above, intros with the quote."""
    runs: list[tuple[str, int, int]] = []
    for number, label in enumerate(labels):
        kind = "q" if label == "i" else label
        if runs and (kind == "e" or runs[-1][0] == kind):
            runs[-1] = (runs[-1][0], runs[-1][1], number + 1)
        elif kind != "e":
            runs.append((kind, number, number + 1))
    return runs


def _trimmed(text: str, page: _Page, labels: list[str]) -> Trimmed:
    """The spans of the final labels and their texts."""
    found: dict[str, list[Span]] = {"t": [], "q": [], "s": []}
    runs = _runs(labels)
    for kind, first, end in runs:
        last = end - 1
        while last > first and labels[last] == "e":
            last -= 1
        # One blank line below a run is kept, so that paragraphs stay apart where runs of a kind are joined.
        blank = last + 1 < end and any(other[0] == kind and other[1] > first for other in runs[-1:])
        stop = page.starts[last] + len(page.lines[last].rstrip())
        if blank:
            stop = page.starts[last + 1] if page.starts[last + 1] > stop else stop
        found[kind].append((page.starts[first], stop))
    for ranges in found.values():
        if ranges:
            start, stop = ranges[-1]
            ranges[-1] = (start, start + len(text[start:stop].rstrip()))
    joined = {kind: "\n".join(text[start:stop] for start, stop in ranges) for kind, ranges in found.items()}
    spans = Spans(tuple(found["t"]), tuple(found["q"]), tuple(found["s"]))
    return Trimmed(joined["t"], joined["q"], joined["s"], spans)
