"""Lines that only colleagues have seen, found again in what an agent wants to send: compared with what was sent.

A client may wrap a quotation anew, change its marks or lose them, and an agent may delete our marker. The words stay.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

# Scripts without blanks between words give a word for each character: two of them make about one word of English,
# four in the scripts of South-East Asia.
_HALF = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_QUARTER = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORDS = re.compile(rf"[{_HALF}{_QUARTER}]|[^\W_{_HALF}{_QUARTER}]+")
_IS_HALF, _IS_QUARTER = re.compile(f"[{_HALF}]"), re.compile(f"[{_QUARTER}]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")

_LEAST = 4.0
"""Words of a line that is looked for; everybody writes shorter ones."""
_MOST_OF_IT = 0.6
"""The part of a line that must be there."""
_NEARLY_ALL = 0.8
_TELLING = 6.0
"""Words in a row that are no accident, however long their line is."""
_GRAM = 4
_PLACES = 20
"""At how many places of a text the same four words are followed up."""


def inside_lines(text: str, inside: Iterable[str], outside: Iterable[str]) -> tuple[str, ...]:
    """The lines of the texts sent `inside` that stand in `text`, in whole or for the most part.

    Lines and sentences of at least four words count, and runs of words that came from outside or went there do not.
    """
    said = _words(text)
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for at in range(len(said) - _GRAM + 1):
        places[tuple(said[at : at + _GRAM])].append(at)
    found: list[str] = []
    known: str | None = None
    for line in dict.fromkeys(_units(inside)) if places else ():
        words = _words(line)[:_LONGEST]
        if not any(tuple(words[at : at + _GRAM]) in places for at in range(len(words) - _GRAM + 1)):
            continue
        if known is None:
            known = f" {' '.join(word for text in outside for word in _words(text))} "
        # Most lines of a notification are the customer's own, and need no comparison.
        if not _is_known(words, known) and any(
            _tells(run, words, line) and not _is_known(run, known) for run in _runs(words, said, places)
        ):
            found.append(line)
    return tuple(one for one in found if not any(one != other and one in other for other in found))


def _units(texts: Iterable[str]) -> Iterator[str]:
    """The lines of texts, and the sentences of each."""
    for text in texts:
        for line in text.splitlines():
            plain = line.strip(" >|\t-*")
            yield plain
            sentences = _SENTENCES.split(plain)
            yield from sentences if len(sentences) > 1 else ()


_SENTENCES = re.compile(r"(?<=[.!?]) |(?<=[。！？])")
_LONGEST = 1_000
"""Words of a line that are compared; the sentences of a longer one are looked at by themselves."""


def _is_known(words: Sequence[str], known: str) -> bool:
    return f" {' '.join(words)} " in known


def _words(text: str) -> list[str]:
    plain = text if text.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _WORDS.findall(plain.casefold())


def _weight(words: Sequence[str]) -> float:
    """How many words of English these are worth."""
    return sum(0.5 if _IS_HALF.match(one) else 0.25 if _IS_QUARTER.match(one) else 1.0 for one in words)


def _tells(run: Sequence[str], words: Sequence[str], line: str) -> bool:
    """Whether so much of a line is no accident. The explanations of commands are common words, and the same always."""
    weight = _weight(run)
    part = weight / _weight(words)
    if line.startswith("/"):
        return part >= _NEARLY_ALL
    return weight >= _TELLING or (weight >= _LEAST and part >= _MOST_OF_IT)


def _runs(
    line: Sequence[str], said: Sequence[str], places: defaultdict[tuple[str, ...], list[int]]
) -> Iterable[Sequence[str]]:
    """The longest runs of words that a line and a text have in common."""
    for start in range(len(line) - _GRAM + 1):
        for at in places.get(tuple(line[start : start + _GRAM]), ())[:_PLACES]:
            if start and at and line[start - 1] == said[at - 1]:
                continue
            length = _GRAM
            while start + length < len(line) and at + length < len(said) and line[start + length] == said[at + length]:
                length += 1
            yield line[start : start + length]
