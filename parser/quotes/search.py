"""Finds intros, marked lines, older mails and forwards in a page, from the top to the bottom."""

import re

from parser.quotes.closings import GREETING
from parser.quotes.header_blocks import headed, header_block, header_name, under_fields
from parser.quotes.lines import (
    HEADER_LIKE,
    apart,
    by_program,
    has_person,
    intros,
    is_dated,
    is_forward,
    is_groupwise,
    is_named,
    is_quoted,
    is_rule,
    is_separator,
    next_text,
    topped,
)
from parser.quotes.page import Page
from parser.quotes.signatures import foxmail_name, own_end

_SEEN = 200
_RULES = ("-", "_", "=", "*", "—", "–", "#")
_COLONS = (":", "：", "*")
_MAX_HEAD = 12
_MAX_OLD_MAILS = 10_000
# Lines that begin with none of these, and hold none of the others, are the writer's.
_MARKS = frozenset("-_=—–*>＞|#")
_SAID = re.compile(
    r"(?:\b(?:wrote|said|says|writes|mentioned|schrieb|écrit|a écrit|escribi[óo]|ha scritto|scrive|escreveu|skrev|"
    r"schreef|пишет|писал(?:\(?а\)?)?|написал(?:\(?а\)?)?|napisał(?:\(?a\)?)?|pisze|yazdı|đã viết|menulis|kirjoitti|"
    r"napsal(?:\(?a\)?)?|írta|a scris|έγραψε|va escriure|написав)|写道|寫道|来信|來信|のメール|書きました|"
    r"님이 작성|작성|เขียนว่า|เขียน|كتب|כתב)\s?[*:：]{1,2}\s*$"
)


def find_quotes(page: Page) -> None:
    """Labels what is not the writer's text. Linear."""
    search = _Search(page)
    lines, labels, found = page.lines, page.labels, search.intros
    at = 0
    while at < len(lines):
        if labels[at] == "blank" or not (
            at in found or at in page.hints or at in page.older or _may_tell(lines[at][:_SEEN])
        ):
            at += 1
        else:
            at += search.step(at)


def _may_tell(line: str) -> bool:
    """A quick check, several times as fast as an expression."""
    begins = line.lstrip()[:1]
    return begins in _MARKS or ":" in line or "\t" in line or "|" in line or "：" in line


class _Search:
    """Goes through a page. Each rule labels what begins at a line and gives the number of lines it has used, or 0."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.intros = intros(page.lines)
        self.forwarded = False
        self.left = _MAX_OLD_MAILS

    def step(self, at: int) -> int:
        """Labels a line with a sign; gives at least 1, or all remaining lines if none of them is the writer's."""
        page = self.page
        line = page.lines[at]
        hint = page.hints.get(at)
        if line.startswith(">>> ") and is_groupwise(line) and page.written(at):
            return self._older(at, at)
        if is_quoted(line):
            page.labels[at] = hint or "quote"
            return 1
        if is_forward(line):
            # A forwarded mail is what the writer wants us to read: it stays, with all below it.
            page.relabel(at, len(page.lines), "forward")
            return len(page.lines) - at
        if hint:
            page.labels[at] = hint
            return 1
        return self._separator(at) or self._intro(at) or self._short_intro(at) or 1

    def _separator(self, at: int) -> int:
        """A separator, a rule or a header block, with marked lines or an older mail below."""
        page = self.page
        line = page.lines[at]
        ruled = self.left > 0 and line.lstrip()[:1] in _RULES
        self.left -= ruled
        separates = ruled and is_separator(line)
        if separates and self._is_marked(next_text(page.lines, at + 1, 4)):
            page.labels[at] = "intro"
            return 1
        begins = separates or at in page.older or is_rule(line) or header_name(line) in ("from", "date")
        if not begins or self.forwarded or self.left <= 0:
            return 0
        self.left -= 1
        length = self._old_mail(at, separates)
        if not length:
            return 0
        top = topped(page.lines, under_fields(page.lines, at))
        if page.written(top) and not _announced(page.lines, top):
            page.relabel(foxmail_name(page.lines, top), top, "signature")
            return self._older(top, at)
        self.forwarded = True
        page.shown = range(top, self._shown_until(at + length))
        page.relabel(own_end(page.lines, 0, top, closings=False), top, "signature")
        return length

    def _shown_until(self, at: int) -> int:
        """Where an older mail ends that stays: where it is marked, what is not is the answer.

        A form that somebody filled in ends without a blank line.
        """
        lines = self.page.lines
        if at < len(lines) and lines[at].strip() and not header_name(lines[at]):
            return at
        near = range(at, min(len(lines), at + _MAX_HEAD))
        return next((number for number in near if self._is_quote(number)), len(lines))

    def _old_mail(self, at: int, separates: bool) -> int:
        """How many lines from here say that all below is an older mail: a separator, a rule, a header block."""
        lines = self.page.lines
        if separates or is_rule(lines[at]):
            following = next_text(lines, at + 1, 3)
            length = header_block(lines, following, separates) if following is not None else 0
            if length and following is not None:
                return length + following - at
            return int(separates and self._is_led_in(at))
        if at in self.page.older:
            near = [one for one in lines[at : at + 8] if one.strip() and not is_rule(one)][:4]
            if sum(HEADER_LIKE.match(one[:80]) is not None for one in near) >= 2:
                return max(1, header_block(lines, at))
        return header_block(lines, at)

    def _is_led_in(self, at: int) -> bool:
        """Whether an older mail begins below a separator: people write "-----Original Message-----", too.

        Then more than a greeting stands above, and what is below does not go on with a sentence.
        """
        lines = self.page.lines
        following = next_text(lines, at + 1)
        if following is None or has_person(lines[at]):
            return True
        if following in self.intros or following in self.page.older or following in self.page.hints:
            return True
        line = lines[following]
        if HEADER_LIKE.match(line[:80]) or ("<" in line and "@" in line):
            return True
        above = [one.strip() for one in lines[max(0, at - 10) : at] if one.strip()]
        return not line.lstrip()[:1].islower() and not (len(above) == 1 and GREETING.match(above[0][:60]))

    def _intro(self, at: int) -> int:
        """ "On 3 March 2026 at 17:12, Ben <ben@example.net> wrote:", above marked lines or above an older mail."""
        length = self.intros.get(at, 0)
        if not length:
            return 0
        page = self.page
        following = next_text(page.lines, at + length)
        if self._is_quote(following):
            page.relabel(topped(page.lines, at), at + length, "intro")
            return length
        program = by_program(page.lines[at : at + length]) and apart(page.lines, at, length)
        if program and length == 1 and is_named(page.lines[at].strip()) and _announced(page.lines, at):
            return 0
        # Without hour and address it is a program's below a whole sentence: people retell what "Ben wrote:", too.
        program = program or (is_dated(page.lines, at, length) and self._told_above(at, following))
        if not self.forwarded and program and page.written(at):
            return self._older(min(headed(page.lines, at), topped(page.lines, at)), at)
        return 0

    def _told_above(self, at: int, following: int | None) -> bool:
        """Whether the person wrote a whole sentence above, and what is below does not go on with one."""
        lines = self.page.lines
        above = [lines[number].strip() for number in range(max(0, at - 40), at) if self.page.labels[number] == "text"]
        ended = any(len(one) > 20 and one[-1] in ".!?。！？…" for one in above)
        return ended and following is not None and not lines[following].lstrip()[:1].islower()

    def _short_intro(self, at: int) -> int:
        """ "Ben wrote:" without a date, a paragraph of its own: the marked line that must follow is the second sign."""
        lines = self.page.lines
        line = lines[at].rstrip()
        if line[-1:] not in _COLONS or len(line) > 120 or not _SAID.search(line[-20:]):
            return 0
        if (at and lines[at - 1].strip() and not is_quoted(lines[at - 1])) or not self._is_marked(
            next_text(lines, at + 1, 3)
        ):
            return 0
        self.page.labels[at] = "intro"
        return 1

    def _older(self, first: int, at: int) -> int:
        """All from a line on is an older mail; how many lines that is from the line of the walk."""
        self.page.relabel(first, len(self.page.lines), "older")
        return len(self.page.lines) - at

    def _is_quote(self, at: int | None) -> bool:
        """Whether a line is quoted, by its mark or by the HTML."""
        return at is not None and (is_quoted(self.page.lines[at]) or self.page.hints.get(at) == "quote")

    def _is_marked(self, at: int | None) -> bool:
        return at is not None and is_quoted(self.page.lines[at])


def _announced(lines: list[str], at: int) -> bool:
    """ "I got this mail:" directly above a header block: the writer shows it to us."""
    above = next((lines[number].strip() for number in range(at - 1, max(-1, at - 4), -1) if lines[number].strip()), "")
    return above.endswith((":", "：")) and not is_separator(lines[at]) and not is_rule(lines[at]) and len(above) > 1
