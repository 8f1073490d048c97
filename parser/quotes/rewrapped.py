"""Lines of a quotation that lost their mark: a program on the way wrapped long lines anew, or left a mark bare.

> The lamp comes in green, in red and in a sort of blue that nobody has
seen.
> Regards

People answer between the lines of a quotation, too. So the person must have written above the quotation and not have
said that more is below; the line above must be one that a program would have wrapped there, and the line must go on
with its sentence.
"""

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

from parser.quotes.closings import GREETING
from parser.quotes.lines import is_quoted
from parser.quotes.page import Page

_MAX_TAILS = 2_000
_MARKS = re.compile(r"^[\s>＞|]*")
# Where a line that a program wrapped was full, counted to the end of the word that did not fit.
_FULL = 64
_SURELY_FULL = 70
_LONGEST = 1_000
_ENDED = re.compile(r"[.!?。！？:：;；…](?:[\"'”’»)\]*_]{0,3})\s*$")
# How answers begin; a sentence of somebody else hardly goes on so.
_ANSWERS = (
    "i i'm i've i'd i'll my mine me we our yes yeah yep no nope not ok okay sure done thanks thank ja nein ich "
    "mein meine "
    "wir danke oui non je j'ai mon ma nous merci sí si mi yo gracias sim não nao meu minha eu io mio grazie nee mijn "
    "dank jeg min nej nei jag да нет я мой мы спасибо tak nie mój evet hayır benim vâng không tôi ya tidak saya "
    "是 是的 不 不是 对 好 好的 我 没有 有 はい いいえ 私 네 아니요 저"
)
_ANSWERING = frozenset(_ANSWERS.split())
_WORD = re.compile(r"\S+")
# "My answers are below": the person answers between the lines.
_REFERS = re.compile(
    r"[:：]\s*$|\b(?:below|inline|in-line|in between|in (?:red|blue|green|bold)|underneath|unten|darunter|ci-dessous|"
    r"plus bas|abajo|más abajo|abaixo|sotto|di seguito|hieronder|nedan|nedenfor|poniżej|níže|aşağıda|bên dưới|"
    r"di bawah)\b|ниже|"
    r"见下|見下|如下|下面|下方|以下|아래|下に|下記|ด้านล่าง|أدناه|למטה",
    re.I,
)


def join_rewrapped(page: Page) -> None:
    """Labels what goes on with a quotation as quoted. Linear."""
    if "quote" not in page.labels:
        return
    _mark_bare(page)
    first = page.labels.index("quote")
    above = [line for line, label in zip(page.lines[:first], page.labels, strict=False) if label == "text"]
    if not above or all(map(_greets, above)) or _REFERS.search(" ".join(above)[-_LONGEST:]):
        return
    for at in [at for at in _between(page) if _goes_on(page, at)]:
        page.labels[at] = "quote"


def _mark_bare(page: Page) -> None:
    """A line of only "|" beside lines that "|" marks."""
    for at, line in enumerate(page.lines):
        if line.strip() == "|" and page.labels[at] == "text":
            beside = [page.lines[number] for number in (at - 1, at + 1) if 0 <= number < len(page.lines)]
            if any(one.lstrip()[:1] == "|" and is_quoted(one) for one in beside) or (
                at and page.labels[at - 1] == "quote"
            ):
                page.labels[at] = "quote"


def _between(page: Page) -> Iterator[int]:
    """Lines without a mark directly below a marked one, and alone: a marked line, a blank one or nothing follows."""
    left = _MAX_TAILS
    labels, lines = page.labels, page.lines
    for at in range(1, len(lines)):
        if labels[at] != "text" or labels[at - 1] != "quote" or not is_quoted(lines[at - 1]):
            continue
        left -= 1
        if left < 0:
            return
        if at + 1 == len(lines) or labels[at + 1] in ("quote", "blank"):
            yield at


def _goes_on(page: Page, at: int) -> bool:
    """Whether a line is the rest of the marked one above it."""
    above, line = page.lines[at - 1].rstrip()[:_LONGEST], page.lines[at].strip()[:_LONGEST]
    said = _MARKS.sub("", above)
    if _cuts_link(said, line):
        return True
    if _ENDED.search(said) or not said or line[:1] in "-*•#":
        return False
    word = _WORD.match(line)
    first = word[0] if word else line
    if first.lower().strip(",.!") in _ANSWERING or _width(line) >= _width(above):
        return False
    full = _width(above) + 1 + _width(first[:40])
    sandwiched = _quoted_below(page, at)
    if first[:1].islower():
        return full >= (_FULL if sandwiched else _SURELY_FULL)
    return sandwiched and full >= _SURELY_FULL


def _cuts_link(said: str, line: str) -> bool:
    """Whether a link in brackets begins in the one and ends in the other."""
    if "://" not in said.rpartition(" ")[2]:
        return False
    return any(
        said.count(opening) > said.count(closing) and closing in line.split(" ", 1)[0]
        for opening, closing in ("()", "<>", "[]")
    )


def _quoted_below(page: Page, at: int) -> bool:
    return at + 1 < len(page.lines) and page.labels[at + 1] == "quote" and is_quoted(page.lines[at + 1])


def _greets(line: str) -> bool:
    return len(line) <= 60 and GREETING.match(line.strip()) is not None


def _width(text: str) -> int:
    """The columns of a text: Chinese characters take two."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
