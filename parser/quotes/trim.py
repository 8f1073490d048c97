"""What a person wrote now, apart from what they quote and from their signature.

Works line by line on tables of patterns, so it is linear and a language is added by a row. A quotation must be shown
by two signs (an intro with a verb *and* a date or an address; several header names in a row; `>` marks; what the HTML
says), because losing a customer's words is worse than showing a quote too many. The rules where people differ:

- a header block with nothing of the writer's above it is a forward, and stays;
- with text above a quotation and below it the quotation stays, unless only a closing or a signature follows;
- of a quotation with its intro on top and the answer below, only the answer is the reply; without an intro it stays;
- where only a greeting or a closing is left, that is the reply; where nothing is left, the whole text is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from parser.html.quote_marks import Mark
from parser.mail import Span, Spans
from parser.quotes.ours import find_own_letters
from parser.quotes.page import Label, Page, runs_of
from parser.quotes.rewrapped import join_rewrapped
from parser.quotes.search import find_quotes
from parser.quotes.settle import settle

# Most mails have nothing else.
_OWN = frozenset(["text", "blank", "signature"])


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text in three, and where the three stand in it.

    `reply`, `quoted` and `signature` are the texts of their spans, joined by one line feed. Every line of the text that
    is not blank is in exactly one of them; `reply` is the whole text where nothing else would be left.
    """

    new_text: str
    quoted: str
    signature: str
    spans: Spans
    own: str
    """The reply without quotations, intros and what is forwarded: what the person wrote; perhaps empty."""


def trim(text: str, marks: Sequence[Mark] = ()) -> Trimmed:
    """The reply, the quotation and the signature of a text; `marks` are what its HTML said. Linear, total."""
    page = Page(text, marks)
    find_quotes(page)
    find_own_letters(page)
    join_rewrapped(page)
    labels = settle(page, closings=True)
    if "text" not in labels:
        labels = settle(page, closings=False)
    if "text" not in labels and "signature" in page.labels:
        # Some people write inside the element that their program keeps for the signature.
        page.labels = ["text" if label == "signature" else label for label in page.labels]
        labels = settle(page, closings=False)
    if "text" not in labels:
        labels = ["text" if line.strip() else "blank" for line in page.lines]
    return _trimmed(text, page, labels)


def _own(page: Page, labels: Sequence[Label], reply: str) -> str:
    """The part of the reply that the person wrote."""
    if not page.shown and _OWN.issuperset(page.labels):
        return reply
    lines = zip(page.lines, page.labels, labels, strict=True)
    shown = page.shown
    return "\n".join(
        line for number, (line, found, final) in enumerate(lines) if found == final == "text" and number not in shown
    )


def _trimmed(text: str, page: Page, labels: Sequence[Label]) -> Trimmed:
    """The spans of the final labels and their texts."""
    found: dict[Label, list[Span]] = {"text": [], "quote": [], "signature": []}
    runs = runs_of(labels)
    for kind, first, end in runs:
        last = end - 1
        while last > first and labels[last] == "blank":
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
    spans = Spans(tuple(found["text"]), tuple(found["quote"]), tuple(found["signature"]))
    return Trimmed(joined["text"], joined["quote"], joined["signature"], spans, _own(page, labels, joined["text"]))
