"""Letters of ours that a client quoted without any mark, known by the line that all our letters carry."""

import re

from parser.quotes.lines import HEADER_LIKE, is_rule
from parser.quotes.page import Page

_MAX_LETTERS = 10
# The last line of an answer, and the mark near the top of a letter to agents.
_TAG_LINE = re.compile(r"(?:^|\s)[*_]{0,2}[A-Z][A-Z0-9]{0,11}-\d{1,12}-[A-Z0-9][*_]{0,2} ·")
_INTERNAL = re.compile(r"⟦[^⟧\n]{1,60}internal⟧")
_DAY_OR_PERSON = re.compile(r"@|\d{1,2}[:.]\d\d|\d{1,4}[年/.-]\s?\d{1,2}|\b20\d\d\b")


def find_own_letters(page: Page) -> None:
    """Labels our letters among the text as quoted or older."""
    left = _MAX_LETTERS
    for at, line in enumerate(page.lines):
        if ("·" not in line and "⟧" not in line) or page.labels[at] != "text" or len(line) > 400:
            continue
        left -= 1
        if left < 0:
            return
        if _INTERNAL.search(line) and page.written(at):
            page.relabel(_weak_intro(page, at, most=8) or at, len(page.lines), "older")
            return
        if _TAG_LINE.search(line):
            first = _weak_intro(page, at, most=400)
            if first is None or not page.written(first):
                delimiter = [number for number in range(max(0, at - 5), at) if page.lines[number].strip() == "--"]
                first = delimiter[-1] if delimiter else at
            if page.written(first):
                page.relabel(first, at + 1, "quote")


def _weak_intro(page: Page, end: int, most: int) -> int | None:
    """The topmost line above a mark of ours that may begin a quotation; the mark is the second sign."""
    for at in range(max(0, end - most), end):
        line = page.lines[at].strip()
        if page.labels[at] != "text" or not 4 <= len(line) <= 300:
            continue
        telling = line.endswith((":", "：", ">")) and _DAY_OR_PERSON.search(line)
        if telling or is_rule(line) or (HEADER_LIKE.match(line) and "@" in line):
            return at
    return None
