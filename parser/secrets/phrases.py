"""Seed phrases: 12 to 24 words of a list whose last bits are a checksum (BIP-39), and those of other wallets.

Ordinary text has many words of the lists, but hardly ever twelve in a row. So a run of list words counts, a right
checksum makes it certain, and one misspelt word is allowed. Chinese phrases, whose words are single characters, are
found by `parser.secrets.chinese`; those between whose words the writer has put others by `parser.secrets.scattered`.
"""

import functools
import itertools
import operator
import re
from collections.abc import Iterator, Sequence

from parser.facts.labels import Page, each
from parser.secrets import chinese, scattered
from parser.secrets.bip39 import LENGTHS, LISTS, beginnings, checksum_right, has_one_slip, is_glued, words
from parser.secrets.runs import JOINING, NAMES, Token, is_said, uniform

_MAX_GAP = 24
_MIN_LABELLED = 9

# A word of letters, but for the scripts that need no blank before the next word, or hold marks that are no letters.
# A sign or digit in place of a letter ("b@con", "cl0ud") is a slip like any other.
_WORD = re.compile(r"[^\W\d_\u0900-\u109f\u2e80-\uffef]+(?:['’01358@$|][a-z]+)?")
_WORDS_OF = {
    "japanese": re.compile(r"[\u3041-\u3096\u30fc]+"),
    "monero_japanese": re.compile(r"[\u3041-\u3096\u30fc]+"),
    "korean": re.compile(r"[\uac00-\ud7a3]+"),
}
# Letters of those lists that are not plain ASCII.
_BEYOND = re.compile(r"[\u00df-\u024f\u0370-\u052f\u3041-\u3096\uac00-\ud7a3]")
_LETTERS = re.compile(r"[a-z\u00df-\u024f\u0370-\u052f]+|[\u3041-\u3096\u30fc]+|[\uac00-\ud7a3]+")
# What may stand between two words of a phrase: no letters, but the words of a numbering ("单词1：", "คำที่ 1:").
_BETWEEN = re.compile(
    r"[^\w]*(?:(?:\d{1,2}|[\u0900-\u109f\u3041-\u30fe\u4e00-\u9fff\uac00-\ud7a3]{1,10}(?=[ #._]{0,2}\d)|"
    r"第|[一二三四五六七八九十]{1,3}|个|個|词|詞|号|號|位|\b(?:no|words?|st|nd|rd|"
    r"th|to|is|and|und|et|y|e|и)(?=\d|\b)|[a-z](?=[:.)])|_)[^\w]*){0,6}"
)
_NUMBERING = frozenset(["no", "st", "nd", "rd", "th", "to", "word", "words"])
_ALSO_WORDS = frozenset(["no", "to", "word", "words"])
# Common words next to list words in ordinary text, which are never misspelt list words.
_COMMON = frozenset(
    each(
        "a an the and or of to in on at by is it be as if so we i you he she they my your our his her its us me for "
        "from with was are were has had not but do did does no yes am pm"
    )
)


def phrases(page: Page) -> Iterator[tuple[int, int]]:
    """The spans of what is, or most likely is, a seed phrase; linear in the length of the text."""
    said = frozenset(end for _, _, end in NAMES.found(page))
    marks = "".join(map(_marks().get, page.runs, itertools.repeat("0")))
    row = marks.encode().translate(_OF_ENGLISH, b"nm").decode()
    if _may_hold_one(page, row, bool(said)):
        yield from _spaced(page, said, "english")
    yield from scattered.phrases(page, row, said)
    for name in _likely_lists(page, marks, bool(said)):
        yield from _spaced(page, said, name)
    if not page.low.isascii() and chinese.HAN.search(page.low):
        yield from chinese.phrases(page, said)


@functools.cache
def _lists_of() -> dict[str, int]:
    """In which lists but the English one a word is, one bit for each list."""
    found: dict[str, int] = {}
    for bit, name in enumerate(LISTS[1:]):
        for word in words(name):
            found[word] = found.get(word, 0) | 1 << bit
    return found


def _likely_lists(page: Page, marks: str, is_said: bool) -> Iterator[str]:
    """The lists of which the text has enough words close together for a phrase; nearly always none.

    A text of the letters a to z is judged by its marks; another one is divided into its own letters.
    """
    of = _lists_of()
    plain = page.low.isascii() or _BEYOND.search(page.low) is None
    if plain:
        row = marks.translate(_OF_OTHERS_BEHIND_A_LABEL if is_said else _OF_OTHERS)
        found: Sequence[str] = page.runs
    else:
        found = _LETTERS.findall(page.low)
        plain = max(map(len, found), default=0) <= 32
        # Of a phrase every third word is on the list as well, or every other third where each is counted.
        if plain and not is_said and not _SAMPLE.search("".join(["1" if word in of else "0" for word in found[::3]])):
            return
        row = "".join(["1" if word in of else "0" for word in found])
    if not _may_be_of_a_list(row, is_said):
        if plain:
            return
        row = ""
    bits = [of.get(word, 0) for word in found] if row else []
    close = _lists_met_close_together(bits)
    for bit, name in enumerate(LISTS[1:]):
        one = "".join(["1" if lists >> bit & 1 else "0" for lists in bits]) if close >> bit & 1 else ""
        if _may_be_of_a_list(one, is_said) or (name in _WORDS_OF and any(len(word) > 32 for word in found)):
            yield name


def _lists_met_close_together(bits: Sequence[int]) -> int:
    """The bits of the lists of which words stand in a row: one after the other, or at every second or third place."""
    close = 0
    for step, count in ((1, 4), (2, 4), (3, 3)):
        for some in zip(*(bits[step * at :] for at in range(count)), strict=False):
            if some[0]:
                close |= functools.reduce(operator.and_, some)
    return close


def _may_be_of_a_list(row: str, is_said: bool) -> bool:
    """Whether a row with a "1" for each word of a list may hold a phrase, fewer words behind a label."""
    if is_said and ("1111" in row or "01" * 9 in row or "001" * 9 in row):
        return True
    return ("111111" in row and _has_twelve(row)) or ("01010101" in row and "01" * 11 in row)


def _spaced(page: Page, said: frozenset[int], name: str) -> Iterator[tuple[int, int]]:
    """The phrases of the words of one list, in any number of pieces that nothing but separators divides."""
    known = words(name)
    counting = _counting_words(page.low)
    run: list[Token] = []
    end = -_MAX_GAP - 1
    glued = 0
    special = _NUMBERING | JOINING | counting | {"is"}
    for match in _WORDS_OF.get(name, _WORD).finditer(page.low):
        word = match[0]
        start, stop = match.span()
        if start == end + 1 and 1 < stop - start <= 32 and word in known and word not in special:
            run.append(Token(word, start, stop))
            end = stop
            continue
        joined = start - end <= _MAX_GAP and (start == end + 1 or _BETWEEN.fullmatch(page.low, end, start) is not None)
        if word in _NUMBERING and _is_numbering(page.low, word, match):
            # "1st abandon", "No. 2 ability", "7 to 12:": part of the gap, which its end does not move.
            continue
        if joined and (word in JOINING or (word == "is" and page.low[start - 2 : start - 1].isdigit())):
            continue
        if joined and start + 1 == match.end() and _LETTERED.match(page.low, start):
            continue
        if not joined:
            yield from _in_run(page, run, name, said)
            run = []
        if word in counting or (word not in known and _NUMBER_BEHIND.match(page.low, match.end())):
            # "Wort 3: ability", "seed3 ability": a numbering in the words of any language.
            end = match.end()
            continue
        if len(word) > 32 and glued < _MAX_GLUED and (word.isascii() or name != "english"):
            glued += name != "english"
            if is_glued(word, name):
                yield match.span()
        run.append(Token(word, start, match.end()))
        end = match.end()
    yield from _in_run(page, run, name, said)


# Eleven list words of twelve, each after the rest of a word with a slip and an apostrophe, or after another word.
_ONE_IN_TWO = re.compile("(?:00?1){11}")
_NUMBER_BEHIND = re.compile(r"[ \t#._]{0,3}\d{1,2}[ \t]{0,2}[.:)=\-–]")
_ONE_TO_THREE = re.compile(r"(?<!\d)[123](?!\d)")
_WORD_BEFORE = re.compile(r"[^\W\d_]{1,16}(?=[ \t#._]{0,3}$)")
# "B: cage doctor suffer camp": lines that letters count.
_LETTERED_LINES = ("0111" * 4, "01111" * 3, "0111111" * 2)
_LETTERED = re.compile(r"[a-z](?<=[\s>][a-z])[:.)]")
_MAX_GLUED = 100
"""How many very long words of a text are tried to divide into words of a list."""
# Eleven words of a list and at most two others between them. Six or more stand together before those or behind them:
# from a fixed beginning the search is several times as fast, so the row is also read backwards.
_SIX_AND_FIVE = re.compile("111111(?:" + "|".join(f"1{{{more}}}0{{0,2}}1{{{5 - more}}}" for more in range(6)) + ")")


# What the marks say of the English list: a word of every sentence is none of it, one that counts or joins is between
# two of its words and left out. And what they say of the others.
_OF_ENGLISH = bytes.maketrans(b"_+23", b"0001")
_OF_OTHERS = str.maketrans("123_+nm", "0110001")
_OF_OTHERS_BEHIND_A_LABEL = str.maketrans("123_+nm", "0110101")
_SAMPLE = re.compile("111|1101|1011|10101")
_EVERYWHERE = each(
    "the a an of to in on at by is it be as if so we i you he she they my your our was were are has had not but do for "
    "from with this that de la el los las un una que en por con se le les des du est une dans pour der die das ein "
    "eine ist nicht mit auf zu den dem il lo di che un per non het een van met na w z nie com org net http https www "
    "id mx smtp esmtp mail host pm am gmt utc"
)


@functools.cache
def _marks() -> dict[str, str]:
    """ "1" for a word of the English list, "2" of the others, "3" of both; else "0".

    "n" is one of a numbering or between two words, "_" one of any text; "m" and "+" are those on another list.
    """
    marks = dict.fromkeys(_lists_of(), "2")
    marks |= {word: "+" if word in marks else "_" for word in _EVERYWHERE}
    marks |= {word: "3" if word in _lists_of() else "1" for word in words("english")}
    return marks | {word: "m" if word in _lists_of() else "n" for word in (*_NUMBERING, *JOINING)}


def _has_twelve(row: str) -> bool:
    return _SIX_AND_FIVE.search(row) is not None or _SIX_AND_FIVE.search(row[::-1]) is not None


def _counting_words(low: str) -> frozenset[str]:
    """The words before 1, 2 and 3: they number the words of a phrase, and may be list words themselves."""
    numbered = set[tuple[str, str]]()
    for match in _ONE_TO_THREE.finditer(low):
        word = _WORD_BEFORE.search(low, max(0, match.start() - 19), match.start())
        if word:
            numbered.add((word[0], match[0]))
    return frozenset(word for word, number in numbered if number == "1" and {(word, "2"), (word, "3")} <= numbered)


_NUMBER_BEFORE = re.compile(r"\d[ \t]?[.):、-][ \t]{0,3}$")


def _is_numbering(low: str, word: str, match: re.Match[str]) -> bool:
    """Whether "no", "word" or the like counts the next word, and is none itself, as in "10. word 11. fragile"."""
    if word not in _ALSO_WORDS:
        return True
    before = low[max(0, match.start() - 7) : match.start()]
    return _is_followed_by_a_number(low, match.end()) and not (
        word in words("english") and _NUMBER_BEFORE.search(before)
    )


def _is_followed_by_a_number(low: str, at: int) -> bool:
    return low[at : at + 4].strip(" .:#")[:1].isdigit()


def _may_hold_one(page: Page, row: str, is_said: bool) -> bool:
    """A quick check: twelve words of which eleven are on the list, fewer behind a label, or a very long word."""
    if page.has_long_run and max(map(len, page.words), default=0) > 32:
        return True
    fewest = 4 if is_said else 9
    # Each behind a word that numbers it, one with a letter that is not ASCII ("słowo") among them.
    numbered = ("01" * fewest in row or "001" * fewest in row) and (is_said or _ONE_IN_TWO.search(row))
    if is_said and ("1111" in row or "1111" in "".join("1" if run[:4] in beginnings() else "0" for run in page.runs)):
        return True
    # "word" is a list word as well as a numbering, so with it in the text the row may be too short.
    if numbered or ("0111" in row and any(lines in row for lines in _LETTERED_LINES)):
        return True
    return "111111" in row and ("word" in page.words or _has_twelve(row))


def _in_run(page: Page, run: Sequence[Token], name: str, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The phrases in a run of words that nothing but separators divides."""
    if len(run) < _MIN_LABELLED:
        return
    known = words(name)
    short = beginnings() if said and name == "english" else frozenset[str]()
    flags = [token.word in known or token.word in short for token in run]
    at = 0
    while at < len(run):
        slipped_first = not flags[at] and all(flags[at + 1 : at + 12]) and len(run) - at >= 12
        if (not flags[at] and not (slipped_first and has_one_slip(run[at].word, name))) or (
            run[at].end in said and not any(_is_right(run[at : at + length], known) for length in LENGTHS)
        ):
            at += 1
            continue
        labelled = bool(said) and is_said(page, said, run[at])
        stop = _stretch(run, flags, at, name, labelled=labelled)
        count = stop - at
        if count >= _MIN_LABELLED and (labelled or _is_right(run[at:stop], known)):
            yield run[at].start, run[stop - 1].end
        elif count >= 12:
            yield from uniform(page, run[at:stop])
        at = max(stop, at + 1)


def _is_right(found: Sequence[Token], known: dict[str, int]) -> bool:
    """All words are on the list, and their checksum is right."""
    numbers = [known[token.word] for token in found if token.word in known]
    return len(numbers) == len(found) and len(found) in LENGTHS and checksum_right(numbers)


def _stretch(run: Sequence[Token], flags: Sequence[bool], at: int, name: str, *, labelled: bool) -> int:
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
            slips >= allowed + (labelled and has_one_slip(token, name))
            or token in _COMMON
            or not (following or behind in (11, 14, 17, 20, 23) or (labelled and behind > 11 and here + 1 == len(run)))
            or not (labelled or has_one_slip(token, name))
        ):
            break
        slips += 1
        here += 1
    return here
