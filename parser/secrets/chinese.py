"""Chinese seed phrases: a word is a single character, and most characters of ordinary Chinese are on the lists.

So what tells a phrase from a sentence is not the characters but how they follow each other: in text three of four pairs
of neighbours are pairs that any newspaper has, in a phrase three of a hundred. `_Odds` weighs that, and how common the
characters are. With a right checksum (one of sixteen is right by chance) a phrase is found anywhere in a sentence;
without one where it stands alone, and behind a label.
"""

import functools
import itertools
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from importlib.resources import files

from parser.facts.labels import Page, gap
from parser.secrets.bip39 import CHINESE_LISTS, LENGTHS, checksum_right, words
from parser.secrets.bip39 import chinese as numbers_of
from parser.secrets.runs import Token, is_said, uniform

_MAX_GAP = 12
HAN = re.compile(r"[\u4e00-\u9fff]")
# The Chinese lists go from the most to the least frequent character: a sentence has a mean of 300, chance one of 1,024.
_MEAN_OF_A_PHRASE = 512
# Logarithms of odds: what a phrase needs with a right checksum, and what it needs without one where it stands alone.
_LIKELY = 1.0
_LIKELY_UNEVEN = 7.0
_SURE = 11.0
_MAX_TRIES = 30_000
# No longer phrase is likely unless some twelve of its characters reach this.
_PROMISING = -8.0
# Single characters that stand apart: a Chinese word of the list is one character.
_APART = re.compile(r"[\u4e00-\u9fff](?![\u4e00-\u9fff])")
# In one piece, or in a few.
_SOLID = re.compile(r"(?:[\u4e00-\u9fff]{2,32}[ \t,，、]{0,2}(?:\r?\n)?){1,8}")
# "12个": the number of words is not one of the words.
_COUNTED = re.compile(r"(?<=12|15|18|21|24)[个個位词詞字]")
_COUNT = re.compile(r"(?:([\u4e00-\u9fff])[ #]?)?(?<!\d)(\d{1,2})(?!\d)([\u4e00-\u9fff]?)")
_LETTERS = re.compile(r"[a-z]+")


@functools.cache
def _pairs() -> bytes:
    """The bits of `chinese_pairs.bin`: which character follows which in ordinary text (tools/make_chinese_pairs.py)."""
    return zlib.decompress((files("parser") / "wordlists" / "chinese_pairs.bin").read_bytes())


@functools.cache
def _weights() -> tuple[float, ...]:
    """By a character's number, the logarithm of how much likelier it is in a phrase than in text.

    In text the frequency falls with the rank, as Zipf's law has it; in a phrase all are equally likely.
    """
    total = sum(1 / (rank + 25) for rank in range(2_048))
    return tuple(math.log((rank + 25) * total / 2_048) for rank in range(2_048))


# The same for two neighbours: one in 32 of all pairs is known, and in text 785 of 1,000 are.
_KNOWN_PAIR = math.log(0.0308 / 0.785)
_STRANGE_PAIR = math.log((1 - 0.0308) / (1 - 0.785))
# A character that comes again: three phrases in a hundred have one, and half of the sentences.
_AGAIN = -2.5


class _Odds:
    """How likely each part of a row of characters is a phrase, as the logarithm of its odds against a sentence."""

    def __init__(self, numbers: Sequence[int]) -> None:
        pairs, weights = _pairs(), _weights()
        self._numbers = numbers
        self._characters = (0.0, *itertools.accumulate(weights[number] for number in numbers))
        places = [first << 11 | second for first, second in itertools.pairwise(numbers)]
        known = [pairs[place >> 3] >> (place & 7) & 1 for place in places]
        self._neighbours = (0.0, *itertools.accumulate(_KNOWN_PAIR if one else _STRANGE_PAIR for one in known))

    def likely(self, length: int, least: float) -> Iterator[int]:
        """Where the parts of this length begin that reach `least`, but for the characters that come again."""
        if length > len(self._numbers):
            return iter(())
        rows = zip(
            self._characters, self._characters[length:], self._neighbours, self._neighbours[length - 1 :], strict=False
        )
        return (at for at, (c, d, n, m) in enumerate(rows) if d - c + m - n >= least)

    def of(self, at: int, length: int) -> float:
        """The odds of the part of this length that begins at `at`."""
        part = self._numbers[at : at + length]
        fresh = self._characters[at + length] - self._characters[at]
        near = self._neighbours[at + length - 1] - self._neighbours[at]
        return fresh + near + _AGAIN * (length - len(set(part)))


def phrases(page: Page, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The spans of the Chinese phrases; `said` are the ends of the labels of phrases. Linear in the text."""
    yield from _in_text(page.low)
    yield from _numbered(page.low)
    yield from _apart(page, said)
    yield from _labelled(page, said)


@functools.cache
def _row() -> re.Pattern[str]:
    """At least eleven characters of the lists, with no letter and no other character between them."""
    return re.compile(f"(?:[{''.join(numbers_of())}][\\W\\d_]{{0,12}}+){{11,}}+")


def _in_text(low: str) -> Iterator[tuple[int, int]]:
    """Phrases anywhere, in one piece or in many, by checksum and odds; where they stand alone without the checksum."""
    known = numbers_of()
    tries = itertools.count()
    for row in _row().finditer(low):
        places = [match.start() for match in HAN.finditer(low, *row.span())]
        numbers = [known[low[place]] for place in places]
        odds = _Odds(numbers)
        if next(odds.likely(min(12, len(numbers)), _PROMISING), None) is None:
            continue
        likely = ((at, length) for length in LENGTHS for at in odds.likely(length, _LIKELY))
        for at, length in likely:
            # No text has so many likely places; whoever made one that has them gets all of it masked.
            if next(tries) >= _MAX_TRIES:
                yield places[0], places[-1] + 1
                break
            if _is_phrase(odds, numbers[at : at + length], places[at : at + length], at):
                yield places[at], places[at + length - 1] + 1
        yield from _alone(low, places, odds)


def _is_phrase(odds: _Odds, numbers: Sequence[int], places: Sequence[int], at: int) -> bool:
    likely = odds.of(at, len(numbers))
    return likely >= _LIKELY and checksum_right(numbers) and (likely >= _LIKELY_UNEVEN or _even(places))


def _even(places: Sequence[int]) -> bool:
    """Whether the characters are in one piece, all apart or in pieces of one size; a sentence is cut unevenly."""
    cuts = [at for at, (one, other) in enumerate(itertools.pairwise(places), 1) if other - one > 1]
    sizes = {other - one for one, other in itertools.pairwise((0, *cuts, len(places)))}
    return len(sizes) == 1


def _alone(low: str, places: Sequence[int], odds: _Odds) -> Iterator[tuple[int, int]]:
    """The lines that hold as many characters as a phrase has and nothing else: somebody copied one wrongly."""
    first = 0
    for at, place in enumerate(places):
        last = at + 1 == len(places)
        if not last and "\n" not in low[place : places[at + 1]]:
            continue
        length = at + 1 - first
        if length in LENGTHS and odds.of(first, length) >= _SURE and _fills_its_line(low, places[first], place + 1):
            yield places[first], place + 1
        first = at + 1


def _fills_its_line(low: str, start: int, end: int) -> bool:
    before = low[low.rfind("\n", 0, start) + 1 : start]
    behind = low[end : low.find("\n", end) if "\n" in low[end:] else len(low)]
    return not re.search(r"\w", before + behind)


_NUMERALS = {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)}
# "第一个字是惜", "十二、浓", "二十四：…"
_NUMBERED = re.compile(
    r"第?(?P<number>二?十[一二三四五六七八九]?|[一二三四五六七八九])(?:[个個号號位]|是)?(?:字|词|詞|单词|單詞)?(?:应该|應該|好像)?"
    r"(?:[是为為叫]|[^\w\n]{1,3})(?P<sign>[\u4e00-\u9fff])(?P<more>(?!第|然后|然後|接着|接著|再|最)[\u4e00-\u9fff])?"
)
_FEWEST_NUMBERED = 10


def _numbered(low: str) -> Iterator[tuple[int, int]]:
    """Characters that Chinese numerals count, whatever else the writer says between them.

    A sentence may follow the last of them directly, but no other.
    """
    found: list[re.Match[str]] = []
    for match in _NUMBERED.finditer(low):
        number = _value(match["number"])
        follows = found and number == _value(found[-1]["number"]) + 1 and match.start() - found[-1].end() <= 40
        if follows or number == 1:
            found = [*found, match] if follows else [match]
            if len(found) >= _FEWEST_NUMBERED and (match["more"] or number >= max(LENGTHS)):
                yield found[0].start("sign"), match.end("sign")
            if match["more"]:
                found = []
            continue
        if len(found) >= _FEWEST_NUMBERED:
            yield found[0].start("sign"), found[-1].end("sign")
        found = []
    if len(found) >= _FEWEST_NUMBERED:
        yield found[0].start("sign"), found[-1].end("sign")


def _value(numeral: str) -> int:
    """二十四 is 24."""
    tens, ten, ones = numeral.rpartition("十")
    return (10 * _NUMERALS.get(tens, 1) if ten else 0) + _NUMERALS.get(ones, 0)


def _apart(page: Page, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Characters that stand apart from each other, with or without numbers."""
    counting = _counting_characters(page.low)
    run: list[Token] = []
    end = -_MAX_GAP - 1
    gaps = {label: gap(page, label) for label in said}
    # The first one may follow its label closely: "助记词是惜，赤，…".
    firsts = {one.end for one in gaps.values() if one.linked}
    for match in _APART.finditer(page.low):
        start = match.start()
        if start not in firsts and HAN.match(page.low[start - 1 : start]):
            continue
        if match[0] in counting or (not run and _COUNTED.match(page.low, start)):
            continue
        if start - end > _MAX_GAP or (start > end + 1 and _LETTERS.search(page.low, end, start)):
            yield from _in_run(page, run, said)
            run = []
        run.append(Token(match[0], start, match.end()))
        end = match.end()
    yield from _in_run(page, run, said)


def _labelled(page: Page, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Characters in one piece behind a label."""
    for label in sorted(said):
        between = gap(page, label)
        # "是" leads to a phrase, and may be its first word.
        for start in (between.end, between.end - 1) if between.linked else ():
            solid = _SOLID.match(page.low, start)
            places = [match.start() for match in HAN.finditer(page.low, *solid.span())] if solid else []
            length = _solid_phrase(page.low, places)
            if length:
                yield places[0], places[length - 1] + 1
                break


def _counting_characters(low: str) -> frozenset[str]:
    """The characters before or behind 1, 2 and 3: "第1个", "字2："."""
    numbered = set[tuple[str, str]]()
    for before, number, behind in _COUNT.findall(low):
        numbered |= {(before, number), (behind, number)}
    return frozenset(one for one, number in numbered if number == "1" and {(one, "2"), (one, "3")} <= numbered)


def _in_run(page: Page, run: Sequence[Token], said: frozenset[int]) -> Iterator[tuple[int, int]]:
    if len(run) < 11:
        return
    known = max((words(name) for name in CHINESE_LISTS), key=lambda one: sum(token.word in one for token in run))
    flags = [token.word in known for token in run]
    at = 0
    while at < len(run):
        slipped_first = not flags[at] and all(flags[at + 1 : at + 12]) and len(run) - at >= 12
        if not flags[at] and not slipped_first:
            at += 1
            continue
        stop, slips = at, 0
        while stop < len(run) and (flags[stop] or slips < max(1, (stop - at + 12) // 12)):
            slips += not flags[stop]
            stop += 1
        labelled = stop - at >= 11 and is_said(page, said, run[at])
        # Behind a label it is better to hide one character too many than to show the last one.
        while not labelled and stop > at and not flags[stop - 1] and stop - at not in LENGTHS:
            stop -= 1
        if labelled:
            yield run[at].start, run[stop - 1].end
        elif stop - at >= 12:
            yield from uniform(page, run[at:stop])
        at = max(stop, at + 1)


def _solid_phrase(low: str, places: Sequence[int]) -> int:
    """How many of the characters at these places, behind a label, are a phrase; 0 where they are a sentence.

    A phrase has a right checksum, or ends where a piece does, is no sentence, and has at most one slip.
    """
    for length in LENGTHS:
        for known in map(words, CHINESE_LISTS) if length <= len(places) else ():
            numbers = [known[low[place]] for place in places[:length] if low[place] in known]
            if len(numbers) == length and checksum_right(numbers):
                return length
            is_all = not HAN.match(low, places[length - 1] + 1)
            if is_all and length - len(numbers) <= 1 and sum(numbers) >= _MEAN_OF_A_PHRASE * len(numbers):
                return length
    return 0
