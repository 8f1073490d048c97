"""Decides which quotations are part of the reply, and where its signatures begin."""

import re

from parser.quotes.closings import GREETING
from parser.quotes.lines import intros
from parser.quotes.page import Label, Page, runs_of
from parser.quotes.signatures import own_end
from parser.quotes.words import WROTE

# Of the stretches of text between quotations, this many from each end may have a signature.
_MAX_SIGNED = 200
_QUOTING = re.compile(rf"{WROTE.pattern}|\b(?:quoting|zitat|citando|citaat|citation|citat)\b", re.I)


def settle(page: Page, closings: bool) -> list[Label]:
    """The final label of each line, text, quote, signature or blank; without `closings` "Regards, Ana" stays."""
    labels = list(page.labels)
    runs = runs_of(labels)
    written: list[bool] = []
    for number, (kind, first, end) in enumerate(runs):
        own = end
        if kind == "text" and (number < _MAX_SIGNED or number >= len(runs) - _MAX_SIGNED):
            own = own_end(page.lines, first, end, closings)
            for line in range(own, end):
                if labels[line] != "blank":
                    labels[line] = "signature"
        written.append(
            kind in ("text", "forward") and any(labels[line] in ("text", "forward") for line in range(first, own))
        )
    above = False
    lone = sum(kind == "quote" for kind, _, _ in runs) == 1
    last_text = max((number for number, text in enumerate(written) if text), default=-1)
    for number, (kind, first, end) in enumerate(runs):
        if kind == "quote":
            stays = _stays(page, first, end, above, number < last_text)
            if not stays and not above and number == 1 and page.labels[first - 1] == "text" and number < last_text:
                # The greeting went with the intro directly below it.
                first = runs[0][1]
            for line in range(first, end):
                if labels[line] != "blank":
                    labels[line] = "text" if stays else "quote"
        # A greeting above the only quotation is no text that the answer below would need the quotation for.
        above = above or (written[number] and not (number == 0 and lone and _only_greets(page, first, end)))
    final: dict[Label, Label] = {"forward": "text", "older": "quote", "intro": "quote"}
    return [final.get(label, label) for label in labels]


def _only_greets(page: Page, first: int, end: int) -> bool:
    """Whether a stretch of text is one line of greeting."""
    lines = [page.lines[number].strip() for number in range(first, end) if page.lines[number].strip()]
    return len(lines) == 1 and GREETING.match(lines[0][:60]) is not None


def _stays(page: Page, first: int, end: int, above: bool, below: bool) -> bool:
    """Whether a quotation with text `above` or `below` it is part of the reply, by the rules at the top of `quotes`."""
    introduced = page.labels[first] == "intro" or bool(page.hints.get(first))
    if below:
        return above or not introduced
    if introduced or not above:
        return False
    # One line that begins with ">" directly below the text, or goes on with others, is a path rather than a quotation.
    many = sum(label != "blank" for label in page.labels[first:end]) >= 2
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


def _asks(page: Page, first: int) -> bool:
    """Whether "My questions:" stands above a quotation without an intro: what follows was put there to be read.

    An intro says that somebody wrote, or, in a language that we do not know, has a day or an address in it.
    """
    for at in range(first - 1, max(-1, first - 3), -1):
        above = page.lines[at].strip()
        if above:
            return (
                page.labels[at] == "text"
                and len(above) <= 80
                and above.endswith((":", "："))
                and not any(sign.isdigit() or sign == "@" for sign in above)
                and not _QUOTING.search(above)
            )
    return False
