"""Seed phrases between whose words the writer has put some: "the first word is ocean, then menu, the third one …"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parser.facts.labels import Page, each
from parser.secrets.bip39 import LENGTHS, checksum_right, words
from parser.secrets.runs import Token

_WORD = re.compile(r"[a-z0-9\u00df-\u052f]+(?:['’][a-z]+)?")
# What counts the words, in the languages that people write around English words.
_MARKERS = frozenset(
    each(
        "first second third fourth fifth sixth seventh eighth eight ninth nineth tenth eleventh twelfth twelveth "
        "thirteenth "
        "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth last next then after finally "
        "one two three four five six seven nine ten eleven twelve "
        "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte dann danach letzte "
        "nächste "
        "primera primero segunda segundo tercera tercero cuarta quinta sexta séptima octava novena décima luego "
        "después "
        "primo seconda terza quarto quinto sesta settima ottava nona decima poi "
        "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième douzième "
        "puis ensuite primeira terceira quarta sétima oitava nona depois "
        "первое второе третье четвертое четвёртое пятое шестое седьмое восьмое девятое десятое потом затем дальше"
    )
)
_FILLERS = _MARKERS | frozenset(
    each(
        "the a is was it that this these word words number no and or i think guess believe maybe probably sure am "
        "of my in "
        "comes came follows followed by also be to at with we have has as on here there so now which should could "
        "das wort ist die der und kommt la palabra es y el le mot est et parola è e o слово это и a é"
    )
)
# From the start of a run only: a row of nothing but list words is gone through once.
_CHUNKS = re.compile("(?<!1)1111*+(?:0{1,10}+1{3,}+)++")
# Of these, a text with a counted phrase has several; the others are in any text.
_COUNTING = _MARKERS - frozenset(
    each(
        "first second last next then after finally one two three four five six eight dann danach nächste letzte poi "
        "puis luego"
    )
)
_CLAUSE_END = re.compile(r"[\s\"'”’*_)\]]{0,3}(?:[.,;:!?\n/\-–]|$|and\b|then\b|und\b|y\b|et\b|e\b)")
_COUNTS = re.compile(r"\b(?:" + "|".join(sorted(_COUNTING)) + r")\b")
_FEWEST_COUNTING = 5
_CLOSE = 800
_FEWEST = 10
_MAX_DISTANCE = 80


def phrases(page: Page, row: str, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The phrases of English words with others between; `row` has a "1" for each word of the list, else "0".

    Linear in the text; hardly any text is looked at closely.
    """
    counted = _counted_part(page) if len(page.words & _COUNTING) >= _FEWEST_COUNTING else None
    in_chunks = row.count("111") >= 3 and any(chunks.count("1") >= 11 for chunks in _CHUNKS.findall(row))
    if counted:
        yield from _counted(page, [Token(match[0], *match.span()) for match in _WORD.finditer(page.low, *counted)])
    if in_chunks:
        yield from _in_chunks(page, said)


def _counted_part(page: Page) -> tuple[int, int] | None:
    """The part of a text in which words that count stand close together; None where they are far apart."""
    places = [match.start() for match in _COUNTS.finditer(page.low)]
    close = [at for at, later in zip(places, places[_FEWEST_COUNTING - 1 :], strict=False) if later - at <= _CLOSE]
    return (max(0, close[0] - _CLOSE), close[-1] + 3 * _CLOSE) if close else None


@dataclass(slots=True)
class _Told:
    """List words that are told one after the other."""

    words: list[Token]
    markers: int = 0
    endings: int = 0
    """How many of them end a clause, as "ocean" does in "the first is ocean, then comes menu"."""

    def is_phrase(self) -> bool:
        count = len(self.words)
        return count >= _FEWEST and self.markers >= 5 and self.endings >= 0.7 * count


def _counted(page: Page, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Words that ordinals and the like lead to."""
    known = words("english")
    told, between = _Told([]), list[str]()
    for token in tokens:
        word = token.word
        if word in _FILLERS or word.isdigit() or word not in known:
            between.append(word)
            continue
        strange = sum(one not in _FILLERS and not one.isdigit() for one in between)
        far = bool(told.words) and token.start - told.words[-1].end > _MAX_DISTANCE
        if far or strange > 1 or len(between) > 9:
            if told.is_phrase():
                yield told.words[0].start, told.words[-1].end
            told = _Told([])
        told.words.append(token)
        told.markers += any(one in _MARKERS or one.isdigit() for one in between)
        told.endings += _CLAUSE_END.match(page.low, token.end) is not None
        between = []
    if told.is_phrase():
        yield told.words[0].start, told.words[-1].end


def _in_chunks(page: Page, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Three or more list words in a row, some of the writer's, and so on, until they are as many as a phrase has."""
    known = words("english")
    chunks: list[list[Token]] = []
    way = ""
    for chunk in _chunks(page, known):
        its_way = _way(page, chunk[0], chunk[1])
        if chunks and (its_way != way or chunk[0].start - chunks[-1][-1].end > _MAX_DISTANCE):
            yield from _together(chunks, known, said)
            chunks = []
        way = its_way
        chunks.append(chunk)
    yield from _together(chunks, known, said)


def _chunks(page: Page, known: dict[str, int]) -> Iterator[list[Token]]:
    """The list words that one sort of separator divides; enumerations in a sentence mix several."""
    chunk: list[Token] = []
    for match in _WORD.finditer(page.low):
        word = match[0]
        if word not in known:
            # A number between two words of a chunk counts them.
            if chunk and not word.isdigit():
                if len(chunk) >= 3:
                    yield chunk
                chunk = []
            continue
        token = Token(word, *match.span())
        near = bool(chunk) and token.start - chunk[-1].end <= 8
        if not chunk or (near and (len(chunk) == 1 or _way(page, chunk[-1], token) == _way(page, chunk[0], chunk[1]))):
            chunk.append(token)
            continue
        if len(chunk) >= 3:
            yield chunk
        # "six: elder globe leg": what is in the list by chance before a phrase does not take its first word along.
        chunk = [chunk[-1], token] if len(chunk) == 2 and near else [token]
    if len(chunk) >= 3:
        yield chunk


def _way(page: Page, one: Token, other: Token) -> str:
    """What is between two words, but for numbers and blanks; a new line is a sign of its own."""
    between = page.low[one.end : other.start]
    return "\n" if "\n" in between else re.sub(r"[\d\s>]+", "", between)


def _together(chunks: list[list[Token]], known: dict[str, int], said: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The chunks that are a phrase together: by checksum, or by number if they are long or a label says so."""
    for first in range(min(len(chunks), 200)):
        together: list[Token] = []
        for last in range(first, min(first + 8, len(chunks))):
            together += chunks[last]
            if last == first or len(together) > max(LENGTHS):
                continue
            long = all(len(chunk) >= 5 for chunk in chunks[first : last + 1])
            start = together[0].start
            named = len(together) >= 11 and any(start - 150 <= end <= start for end in said)
            exact = len(together) in LENGTHS and (long or checksum_right([known[one.word] for one in together]))
            if named or exact:
                yield from ((chunk[0].start, chunk[-1].end) for chunk in chunks[first : last + 1])
                return
