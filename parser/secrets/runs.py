"""Words in a row that may be a seed phrase: what separates them, and what is said before them."""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parser.facts.labels import Labels, Page

NAMES = Labels({
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
        "عبارة الاسترداد", "シードフレーズ", "リカバリーフレーズ", "復元フレーズ", "ニーモニック",
        "복구 구문", "시드 구문", "니모닉", "복구 단어", "복구 문구", "시드 문구", "단어", "recovery word",
        "seed words", "12-word",
        "24-word", "25 words", "twelve words", "mnemonics", "wallet backup", "palabras", "palabras semilla",
        "palavras", "mots",
        "seed wörter", "wörter", "сид-фразу", "сид фразу", "сид", "слова", "слов", "slova", "kelimeler",
        "kelimelerim",
        "từ khóa", "単語", "恢复词", "恢復詞",
        "备份词", "備份詞", "个单词", "個單詞", "个词", "個詞", "个字", "個字", "这些字",
        "這些字", "几个字",
        "词组", "詞組", "钱包备份", "錢包備份", "单词", "單詞",
    )
})  # fmt: skip
JOINING = frozenset(["and", "und", "et", "y", "e", "и"])
"""What joins the words of a phrase that is written as a sentence."""
_SENTENCE_END = re.compile(r"[^\W\d][.!?]\s|[。！？]")
_NUMBERS_AND_BLANKS = re.compile(r"[\s>]+[a-z][:.)]|[\d\s>]+")


class Token(NamedTuple):
    """A word of a text."""

    word: str
    start: int
    end: int


def uniform(page: Page, found: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """The parts of at least twelve words with the same separator; enumerations in a sentence mix several."""
    first = 0
    before = None
    for at, (one, following) in enumerate(itertools.pairwise(found)):
        # A table has one border between two cells of a row, and two between rows.
        way = _NUMBERS_AND_BLANKS.sub("", page.low[one.end : following.start]).replace("||", "|").replace("||", "|")
        way = "," if way == ";" else way
        # "a, b, c and d"
        last = at == len(found) - 2 and way.lstrip(",") in JOINING
        if way != before and before is not None and not last:
            if at + 1 - first >= 12:
                yield found[first].start, one.end
            first = at
        before = way
    if len(found) - first >= 12:
        yield found[first].start, found[-1].end


def is_said(page: Page, said: frozenset[int], first: Token) -> bool:
    """Whether a label comes within 80 characters before the word, with no end of a sentence between.

    The label's own words may be the first of the run.
    """
    last = max((end for end in said if first.start - 80 <= end < first.end + 30), default=None)
    return last is not None and _SENTENCE_END.search(page.low, last, max(last, first.start)) is None
