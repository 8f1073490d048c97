"""Seed phrases: 12, 15, 18, 21 or 24 words of a list whose last bits are a checksum (BIP-39).

Ordinary text has many words of the lists, but hardly ever twelve in a row. So a run of list words counts, a right
checksum makes it certain, and one misspelt word is allowed. A Chinese word is a single character, and most characters
of ordinary Chinese are on the list: so the characters must be separated, or a label must come before them.
"""

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parser.facts.labels import Labels, Page, each, gap
from parser.secrets.bip39 import CHINESE_LISTS, LENGTHS, beginnings, checksum_right, has_one_slip, is_glued, words

_MAX_GAP = 24
_MIN_LABELLED = 9

# A word of letters, but for the scripts that need no blank before the next word, or hold marks that are no letters.
# A sign or digit in place of a letter ("b@con", "cl0ud") is a slip like any other.
_WORD = re.compile(r"[^\W\d_\u0900-\u109f\u2e80-\uffef]+(?:['’01358@$|][a-z]+)?")
# What may stand between two words of a phrase: no letters, but the words of a numbering ("单词1：", "คำที่ 1:").
_BETWEEN = re.compile(
    r"[^\w]*(?:(?:\d{1,2}|[\u0900-\u109f\u3041-\u30fe\u4e00-\u9fff\uac00-\ud7a3]{1,10}(?=[ #._]{0,2}\d)|"
    r"第|[一二三四五六七八九十]{1,3}|个|個|词|詞|号|號|位|\b(?:no|words?|st|nd|rd|"
    r"th|to|is|and|und|et|y|e|и)(?=\d|\b)|[a-z](?=[:.)])|_)[^\w]*){0,6}"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
# What joins the words of a phrase that is written as a sentence.
_JOINING = frozenset(["and", "und", "et", "y", "e", "и"])
_NUMBERING = frozenset(["no", "st", "nd", "rd", "th", "to", "word", "words"])
_ALSO_WORDS = frozenset(["no", "to", "word", "words"])
# Common words next to list words in ordinary text, which are never misspelt list words.
_COMMON = frozenset(
    each(
        "a an the and or of to in on at by is it be as if so we i you he she they my your our his her its us me for "
        "from with was are were has had not but do did does no yes am pm"
    )
)
_NAMES = Labels({
    "phrase": (
        "seed phrase", "seed", "mnemonic", "recovery phrase", "secret phrase", "secret recovery phrase",
        "backup phrase", "phrase",
        "recovery words", "12 words", "24 words", "wallet words", "助记词", "助記詞", "助记单词", "恢复短语",
        "恢復短語", "备份短语",
        "frase semilla", "frase de recuperación", "frase semente", "phrase secrète", "сид фраза", "сид-фраза",
        "мнемоник",
        "wiederherstellungswörter", "wiederherstellungsphrase", "phrase de récupération", "mots de récupération",
        "frase de recuperação", "frase di recupero", "herstelzin", "fraza odzyskiwania", "фраза восстановления",
        "фраза відновлення", "kurtarma kelimelerim", "kurtarma ifadesi", "cụm từ khôi phục", "frasa pemulihan",
        "عبارة الاسترداد", "シードフレーズ", "リカバリーフレーズ", "복구 구문", "시드 구문", "니모닉",
    )
})  # fmt: skip
# The Chinese lists go from the most to the least frequent character: a sentence has a mean of 300, chance one of 1,024.
_MEAN_OF_A_PHRASE = 512


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int


def phrases(page: Page) -> Iterator[tuple[int, int]]:
    """The spans of what is, or most likely is, a seed phrase; linear in the length of the text."""
    low = page.low
    said = frozenset(end for _, _, end in _NAMES.found(page))
    yield from _english(page, said)
    if not low.isascii() and _HAN.search(low):
        yield from _chinese(page, said)


def _english(page: Page, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    known = words("english")
    if not _may_hold_one(page, bool(said)):
        return
    counting = _counting_words(page.low)
    run: list[_Token] = []
    end = -_MAX_GAP - 1
    for match in _WORD.finditer(page.low):
        word, start = match[0], match.start()
        joined = start - end <= _MAX_GAP and (start == end + 1 or _BETWEEN.fullmatch(page.low, end, start) is not None)
        if word in _NUMBERING and (word not in _ALSO_WORDS or _is_followed_by_a_number(page.low, match.end())):
            # "1st abandon", "No. 2 ability", "7 to 12:": part of the gap, which its end does not move.
            continue
        if joined and (word in _JOINING or (word == "is" and page.low[start - 2 : start - 1].isdigit())):
            continue
        if joined and start + 1 == match.end() and _LETTERED.match(page.low, start):
            continue
        if not joined:
            yield from _in_run(page, run, known, said)
            run = []
        if word in counting or (word not in known and _NUMBER_BEHIND.match(page.low, match.end())):
            # "Wort 3: ability", "seed3 ability": a numbering in the words of any language.
            end = match.end()
            continue
        if len(word) > 32 and word.isascii() and is_glued(word):
            yield match.span()
        run.append(_Token(word, start, match.end()))
        end = match.end()
    yield from _in_run(page, run, known, said)


# Eleven list words of twelve, each after the rest of a word with a slip and an apostrophe, or after another word.
_ONE_IN_TWO = re.compile("(?:00?1){11}")
_NUMBER_BEHIND = re.compile(r"[ \t#._]{0,3}\d{1,2}[ \t]{0,2}[.:)=\-–]")
_ONE_TO_THREE = re.compile(r"(?<!\d)[123](?!\d)")
_WORD_BEFORE = re.compile(r"[^\W\d_]{1,16}(?=[ \t#._]{0,3}$)")
# "B: cage doctor suffer camp": lines that letters count.
_LETTERED_LINES = ("0111" * 4, "01111" * 3, "0111111" * 2)
_LETTERED = re.compile(r"[a-z](?<=[\s>][a-z])[:.)]")
_TWELVE = re.compile("|".join(f"1{{{first}}}0{{0,2}}1{{{11 - first}}}" for first in range(12)))


@functools.cache
def _marks() -> dict[str, str]:
    """ "1" for a word of the list, nothing for one of a numbering or between two words."""
    return {**dict.fromkeys(words("english"), "1"), **dict.fromkeys([*_NUMBERING, *_JOINING], "")}


def _counting_words(low: str) -> frozenset[str]:
    """The words before 1, 2 and 3: they number the words of a phrase, and may be list words themselves."""
    numbered = set[tuple[str, str]]()
    for match in _ONE_TO_THREE.finditer(low):
        word = _WORD_BEFORE.search(low, max(0, match.start() - 19), match.start())
        if word:
            numbered.add((word[0], match[0]))
    return frozenset(word for word, number in numbered if number == "1" and {(word, "2"), (word, "3")} <= numbered)


def _is_followed_by_a_number(low: str, at: int) -> bool:
    return low[at : at + 4].strip(" .:#")[:1].isdigit()


def _may_hold_one(page: Page, is_said: bool) -> bool:
    """A quick check: twelve words of which eleven are on the list, fewer behind a label, or a very long word."""
    marks = _marks()
    row = "".join(map(marks.get, page.runs, itertools.repeat("0")))
    if max(map(len, page.words), default=0) > 32:
        return True
    fewest = 4 if is_said else 9
    # Each behind a word that numbers it, one with a letter that is not ASCII ("słowo") among them.
    numbered = ("01" * fewest in row or "001" * fewest in row) and (is_said or _ONE_IN_TWO.search(row))
    if is_said and ("1111" in row or "1111" in "".join("1" if run[:4] in beginnings() else "0" for run in page.runs)):
        return True
    # "word" is a list word as well as a numbering, so with it in the text the row may be too short.
    if numbered or ("0111" in row and any(lines in row for lines in _LETTERED_LINES)):
        return True
    return "111111" in row and ("word" in page.words or _TWELVE.search(row) is not None)


def _in_run(
    page: Page, run: Sequence[_Token], known: dict[str, int], said: frozenset[int]
) -> Iterator[tuple[int, int]]:
    """The phrases in a run of words that nothing but separators divides."""
    if len(run) < _MIN_LABELLED:
        return
    flags = [token.word in known or (bool(said) and token.word in beginnings()) for token in run]
    at = 0
    while at < len(run):
        slipped_first = not flags[at] and all(flags[at + 1 : at + 12]) and len(run) - at >= 12
        if (not flags[at] and not (slipped_first and has_one_slip(run[at].word))) or run[at].end in said:
            at += 1
            continue
        labelled = bool(said) and _is_said(page, said, run[at])
        stop = _stretch(run, flags, at, labelled=labelled)
        count = stop - at
        if count >= _MIN_LABELLED and (labelled or _is_right(run[at:stop], known)):
            yield run[at].start, run[stop - 1].end
        elif count >= 12:
            yield from _uniform(page, run[at:stop])
        at = max(stop, at + 1)


_NUMBERS_AND_BLANKS = re.compile(r"[\s>]+[a-z][:.)]|[\d\s>]+")


def _is_right(found: Sequence[_Token], known: dict[str, int]) -> bool:
    """All words are on the list, and their checksum is right."""
    numbers = [known[token.word] for token in found if token.word in known]
    return len(numbers) == len(found) and len(found) in LENGTHS and checksum_right(numbers)


def _uniform(page: Page, found: Sequence[_Token]) -> Iterator[tuple[int, int]]:
    """The parts of at least twelve words with the same separator; enumerations in a sentence mix several."""
    first = 0
    before = None
    for at, (one, following) in enumerate(itertools.pairwise(found)):
        # A table has one border between two cells of a row, and two between rows.
        way = _NUMBERS_AND_BLANKS.sub("", page.low[one.end : following.start]).replace("||", "|").replace("||", "|")
        way = "," if way == ";" else way
        # "a, b, c and d"
        last = at == len(found) - 2 and way.lstrip(",") in _JOINING
        if way != before and before is not None and not last:
            if at + 1 - first >= 12:
                yield found[first].start, one.end
            first = at
        before = way
    if len(found) - first >= 12:
        yield found[first].start, found[-1].end


def _stretch(run: Sequence[_Token], flags: Sequence[bool], at: int, *, labelled: bool) -> int:
    """Where the list words from here end; a misspelt word is included when list words follow.

    Behind a label any other word is taken for one with slips.
    """
    slips, here = 0, at
    while here < len(run):
        if flags[here]:
            here += 1
            continue
        allowed = max(1, (here - at + 12) // 12)
        token = run[here].word
        following = here + 1 < len(run) and flags[here + 1]
        behind = here - at
        if (
            slips >= allowed + (labelled and has_one_slip(token))
            or token in _COMMON
            or not (following or behind in (11, 14, 17, 20, 23) or (labelled and behind > 11 and here + 1 == len(run)))
            or not (labelled or has_one_slip(token))
        ):
            break
        slips += 1
        here += 1
    return here


def _is_said(page: Page, said: frozenset[int], first: _Token) -> bool:
    """Whether a label comes within 80 characters before the word, with no end of a sentence between.

    The label's own words may be the first of the run.
    """
    last = max((end for end in range(first.start - 80, first.end + 30) if end in said), default=None)
    return last is not None and _SENTENCE_END.search(page.low, last, max(last, first.start)) is None


_SENTENCE_END = re.compile(r"[^\W\d][.!?]\s|[。！？]")


# Single characters that stand apart: a Chinese word of the list is one character.
_APART = re.compile(r"[\u4e00-\u9fff](?![\u4e00-\u9fff])")
# In one piece, or in a few.
_SOLID = re.compile(r"(?:[\u4e00-\u9fff]{2,32}[ \t,，、]{0,2}(?:\r?\n)?){1,8}")
# "12个": the number of words is not one of the words.
_COUNTED = re.compile(r"(?<=12|15|18|21|24)[个個位词詞字]")
_COUNT = re.compile(r"(?:([\u4e00-\u9fff])[ #]?)?(?<!\d)(\d{1,2})(?!\d)([\u4e00-\u9fff]?)")
_LETTERS = re.compile(r"[a-z]+")


def _chinese(page: Page, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    counting = _counting_characters(page.low)
    run: list[_Token] = []
    end = -_MAX_GAP - 1
    gaps = {label: gap(page, label) for label in said}
    # The first one may follow its label closely: "助记词是惜，赤，…".
    firsts = {one.end for one in gaps.values() if one.linked}
    for match in _APART.finditer(page.low):
        start = match.start()
        if start not in firsts and _HAN.match(page.low[start - 1 : start]):
            continue
        if match[0] in counting or (not run and _COUNTED.match(page.low, start)):
            continue
        if start - end > 12 or (start > end + 1 and _LETTERS.search(page.low, end, start)):
            yield from _in_chinese_run(page, run, said)
            run = []
        run.append(_Token(match[0], start, match.end()))
        end = match.end()
    yield from _in_chinese_run(page, run, said)
    for label in sorted(said):
        between = gaps[label]
        # "是" leads to a phrase, and may be its first word.
        for start in (between.end, between.end - 1) if between.linked else ():
            solid = _SOLID.match(page.low, start)
            places = [match.start() for match in _HAN.finditer(page.low, *solid.span())] if solid else []
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


def _in_chinese_run(page: Page, run: Sequence[_Token], said: frozenset[int]) -> Iterator[tuple[int, int]]:
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
        labelled = stop - at >= 11 and _is_said(page, said, run[at])
        # Behind a label it is better to hide one character too many than to show the last one.
        while not labelled and stop > at and not flags[stop - 1] and stop - at not in LENGTHS:
            stop -= 1
        if labelled:
            yield run[at].start, run[stop - 1].end
        elif stop - at >= 12:
            yield from _uniform(page, run[at:stop])
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
            is_all = not _HAN.match(low, places[length - 1] + 1)
            if is_all and length - len(numbers) <= 1 and sum(numbers) >= _MEAN_OF_A_PHRASE * len(numbers):
                return length
    return 0
