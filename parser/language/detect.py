"""The language of a text, "unknown" rather than a guess.

Scripts of one language are recognised by their characters, as are the two Chinese scripts; Russian, Ukrainian, Arabic
and Persian mostly by letters of their own; languages in Latin letters by naive Bayes over byte sequences. The weights
are those of py3langid in a form of our own (`tools/make_language_model.py`), because its package needs numpy, 700 ms
and 100 MB to load, and lingua misses one in ten of the texts under 30 characters (its full models take 330 MB).
"""

import itertools
import math
import re
import struct
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from parser.language.words import (
    ENGLISH_WORDS,
    PERSIAN_WORDS,
    RUSSIAN_WORDS,
    UKRAINIAN_WORDS,
    is_chinese_reply,
    is_doubtful,
    is_japanese,
    language_by_words,
)
from parser.mail import Language

_UNKNOWN = Language("unknown", 0.0)
_SAMPLE = 2_000
_WEIGHED = 120
"""Characters that are weighed: more do not change the answer."""
_SURE = 0.38
_FEWEST_LETTERS = 3
# Below this many letters only a certain answer is given: "ok" belongs to every language.
_SHORT = 12
_SURE_SHORT = 0.5
# The confidence of an answer by a few words, and the most where the same characters may be another language's.
_BY_WORDS = 0.8
_DOUBTFUL = 0.8
# Languages that nobody is expected to write, but that would otherwise be taken for an expected one.
_NEIGHBOURS = frozenset(["no", "fi", "cs", "hu", "ro", "hr", "bg", "sr"])
_NEIGHBOUR_SHARE = 0.5

# Words of one region whose characters both scripts have.
_ONLY_HANT = re.compile("[妳嘅咗啲喺佢冇嗰]|唔該|尋晚|聽日")

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")
# What says nothing about the language: links, addresses, long codes, words with digits in them.
_NOISE = re.compile(
    r"https?://\S{1,2000}|\S{1,200}@\S{1,200}|\b[0-9A-Za-z]{25,200}\b|\b(?=[A-Za-z]{0,40}\d)[0-9A-Za-z]{2,60}\b"
)
_NOISY = re.compile(r"[\d@]|://")
# Scripts of one language, or of one that customers write in practice.
_SCRIPTS = (
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("hi", re.compile("[\u0904-\u0970]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ar", re.compile("[\u0620-\u06ff]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0531-\u0589]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
)
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]|'(?=[яюєї])")
_RUSSIAN = re.compile("[ыэёъЫЭЁЪ]")


_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
# With the joiner that keeps letters of a word apart, which Arabic does not write.
_PERSIAN = re.compile("[پچژگکی]|(?<=[\u0620-\u06ff])\u200c(?=[\u0620-\u06ff])")
_URDU = re.compile("[ٹڈڑےھں]")


def detect(text: str) -> Language:
    """The language of the first 2,000 characters; "unknown" when they are too few or two languages are as likely."""
    sample = text[:_SAMPLE]
    if sample.isascii():
        return _latin(_quiet(sample, _WEIGHED))
    sample = _quiet(sample)
    letters = len(_LETTER.findall(sample))
    han, kana, hangul = (len(found.findall(sample)) for found in (_HAN, _KANA, _HANGUL))
    # A Chinese customer writes English names and coins between the characters, so one sixth of all letters decides.
    if (han + kana + hangul) * 6 >= letters and han + kana + hangul >= 2:
        return _east_asian(sample, han, kana, hangul)
    if han >= 2 and _is_chinese_with_names(sample, han):
        return _east_asian(sample, han, kana, hangul)
    if letters == 1 and (kana or hangul or (han and is_chinese_reply(sample))):
        return _east_asian(sample, han, kana, hangul)
    for code, script in _SCRIPTS:
        found = len(script.findall(sample))
        if found * 3 >= letters and found >= min(2, letters or 2):
            return Language(_of_arabic(sample) if code == "ar" else code, round(min(1.0, found / letters), 3))
    if letters < _FEWEST_LETTERS:
        return _UNKNOWN
    if len(_CYRILLIC.findall(sample)) * 2 >= letters:
        return _cyrillic(sample)
    return _latin(sample)


def codes() -> frozenset[str]:
    """Every language that `detect` may name."""
    scripts = [code for code, _ in _SCRIPTS]
    return frozenset((*_model().languages, *scripts, "fa", "ur", "zh-Hans", "zh-Hant", "ja", "ko"))


_CHINESE_SENTENCE = re.compile(
    "[不没未请請怎为為吗嗎了的是我到][\u3400-\u9fff]|[\u3400-\u9fff][了吗嗎的到不]|[，。？！]"
)
_LATIN_WORD = re.compile("[a-z]+", re.I)


def _is_chinese_with_names(sample: str, han: int) -> bool:
    """ "Spot wallet 转不到 Futures wallet": a Chinese sentence whose other words are names and make no sentence."""
    named = [word.lower() for word in _LATIN_WORD.findall(sample)]
    return han * 2 >= len(named) and not ENGLISH_WORDS.intersection(named) and bool(_CHINESE_SENTENCE.search(sample))


def _quiet(sample: str, enough: int = _SAMPLE) -> str:
    """The words without noise: at least `enough` characters, and enough letters for a certain answer."""
    words: list[str] = []
    length = letters = 0
    for word in sample.split():
        # Noise holds no blank, and most words have no sign of it.
        if len(word) >= 25 or _NOISY.search(word):
            word = " ".join(_NOISE.sub(" ", word).split())
            if not word:
                continue
        words.append(word)
        length += len(word) + 1
        letters += word.isalpha() and len(word)
        if length > enough and letters >= _SHORT:
            break
    return " ".join(words)


def _latin(sample: str) -> Language:
    """The language of a text in Latin letters by weight."""
    # More than a few need not be counted.
    letters = sum(1 for _ in itertools.islice(_LETTER.finditer(sample), _SHORT))
    if letters < _FEWEST_LETTERS:
        return _UNKNOWN
    best, share = _likeliest(sample, latin=True)
    wanted = _SURE_SHORT if letters < _SHORT else _SURE
    if share >= wanted and letters >= 5:
        return Language(best, round(share, 3))
    by_words = language_by_words(sample)
    return Language(by_words, _BY_WORDS) if by_words else _UNKNOWN


def _east_asian(sample: str, han: int, kana: int, hangul: int) -> Language:
    """Korean, Japanese, or Chinese in its script."""
    total = han + kana + hangul
    if hangul * 2 >= total:
        return Language("ko", round(hangul / total, 3))
    # Chinese texts hold a stray kana (the genitive の is fashionable); Japanese ones are an eighth kana at least.
    if kana * 8 >= total:
        return Language("ja", round(min(1.0, 0.5 + kana / total), 3))
    only_simplified, only_traditional = _chinese_scripts()
    simplified = sum(character in only_simplified for character in sample)
    traditional = sum(character in only_traditional for character in sample) + len(_ONLY_HANT.findall(sample))
    if not kana and not simplified and is_japanese(sample, han):
        return Language("ja", _BY_WORDS)
    if simplified == traditional:
        # Some short sentences are written alike in both; most people write the simplified script.
        return Language("zh-Hans", 0.6) if simplified == 0 else _UNKNOWN
    script, count = ("zh-Hans", simplified) if simplified > traditional else ("zh-Hant", traditional)
    share = count / (simplified + traditional)
    return Language(script, round(min(share, _DOUBTFUL) if is_doubtful(sample, han) else share, 3))


@lru_cache(maxsize=1)
def _chinese_scripts() -> tuple[frozenset[str], frozenset[str]]:
    """The characters that only simplified and only traditional texts hold."""
    lines = (resources.files("parser") / "wordlists" / "chinese_scripts.txt").read_text("utf-8").split("\n")
    return frozenset(lines[0]), frozenset(lines[1])


def _of_arabic(sample: str) -> str:
    """Arabic, Persian or Urdu by the letters that the others lack; one of them may stand in a foreign name."""
    if len(_URDU.findall(sample)) >= 2:
        return "ur"
    persian = len(_PERSIAN.findall(sample)) >= 2 or not PERSIAN_WORDS.isdisjoint(sample.split())
    return "fa" if persian else "ar"


def _cyrillic(sample: str) -> Language:
    """Russian and Ukrainian by their own letters, all else by weight."""
    ukrainian, russian = len(_UKRAINIAN.findall(sample)), len(_RUSSIAN.findall(sample))
    words = set(_WORD.findall(sample.lower()))
    both = UKRAINIAN_WORDS & RUSSIAN_WORDS
    ukrainian += len(words & UKRAINIAN_WORDS - both)
    russian += len(words & RUSSIAN_WORDS - both)
    best, share = _likeliest(sample, latin=False)
    if best in ("bg", "sr") and share > 0.9 and not (ukrainian and russian):
        return Language(best, round(share, 3))
    if ukrainian != russian:
        return Language("uk" if ukrainian > russian else "ru", 0.95)
    return Language(best, round(share, 3)) if share >= _SURE_SHORT else _UNKNOWN


@dataclass(frozen=True, slots=True)
class _Model:
    """Byte sequences and their weight for each language.

    A sequence is written as the number of its bytes, the lowest first: sequences of four or less at the end of a text
    are what is left of its last four bytes when the first ones are shifted out.
    """

    languages: tuple[str, ...]
    bias: tuple[float, ...]
    scale: float
    weights: tuple[bytes, ...]
    """Each row of weights once: sequences of the same weights count as one."""
    fives: dict[int, int]
    """The place in `weights` of each sequence of five bytes."""
    fours: dict[int, int]
    """The same for four bytes, also of those that only end one of five: theirs is that of the longest they end in."""
    short: dict[int, int]
    """The same for one to three bytes."""


@lru_cache(maxsize=1)
def _model() -> _Model:
    """Read on first use: a process that meets only Chinese mail never does. Layout: tools/make_language_model.py."""
    content = zlib.decompress((resources.files("parser") / "wordlists" / "languages.bin").read_bytes())
    names, bias, scale, body = content.split(b"\n", 3)
    languages = tuple(names.decode().split())
    width = len(languages)
    places: dict[bytes, int] = {}
    known: tuple[dict[int, int], ...] = ({}, {}, {}, {}, {}, {})
    at = 0
    while at < len(body):
        length = body[at]
        end = at + 1 + length
        place = places.setdefault(body[end : end + width], len(places))
        known[length][int.from_bytes(body[at + 1 : end], "little")] = place
        at = end + width
    _, ones, twos, threes, fours, fives = known
    short = ones | twos | threes
    nothing = places.setdefault(bytes(width), len(places))
    for ending in {five >> 8 for five in fives}.difference(fours):
        ends = (short[ending >> bits] for bits in (8, 16, 24) if ending >> bits in short)
        fours[ending] = next(ends, nothing)
    biases = tuple(float(one) for one in bias.split())
    return _Model(languages, biases, float(scale), tuple(places), fives, fours, short)


def _met(content: bytes, model: _Model) -> Iterator[int]:
    """The place in `weights` of the longest sequence that ends at each byte, in no certain order."""
    five, four, short = model.fives.get, model.fours.get, model.short.get
    # No sequence holds a NUL, so the first ones have something before them that matches nothing.
    padded = bytes(4) + content.replace(b"\0", b"\xff")
    for first in range(1, 5):
        # Every fourth run of four bytes as a number, and the byte before it.
        lasts = struct.unpack_from(f"<{(len(content) + 4 - first) // 4}I", padded, first)
        for before, last, place in zip(padded[first - 1 :: 4], lasts, map(four, lasts), strict=False):
            if place is not None:
                yield five(last << 8 | before, place)
                continue
            place = short(last >> 8)
            if place is None:
                place = short(last >> 16)
                if place is None:
                    place = short(last >> 24)
            if place is not None:
                yield place


def _likeliest(sample: str, latin: bool) -> tuple[str, float]:
    """The likeliest language and its share, which is tempered by the length as py3langid does."""
    model = _model()
    text = unicodedata.normalize("NFC", " ".join(sample.split())[:_WEIGHED])
    content = (text.lower() if text.isupper() else text).encode("utf-8", "replace")
    totals = _weighed(Counter(_met(content, model)), len(model.languages), model.scale)
    temper = math.sqrt(len(content) or 1)
    scores = [(totals[at] + bias) / temper + handicap for at, bias, handicap in _candidates(latin)]
    best = max(scores)
    at = _candidates(latin)[scores.index(best)][0]
    return model.languages[at], 1.0 / sum(math.exp(score - best) for score in scores)


@cache
def _candidates(latin: bool) -> tuple[tuple[int, float, float], ...]:
    """The place, the bias and the handicap of each language that is written in Latin letters, or in Cyrillic."""
    model = _model()
    return tuple(
        (at, bias, math.log(_NEIGHBOUR_SHARE) if code in _NEIGHBOURS else 0.0)
        for at, (code, bias) in enumerate(zip(model.languages, model.bias, strict=True))
        if (code not in ("ru", "uk", "bg", "sr")) == latin
    )


_LANE = 5
_FINE = 4_096
# A weight is a signed byte; 128 more makes it one without a sign.
_UNSIGNED = bytes((number + 128) % 256 for number in range(256))


@cache
def _lanes(place: int) -> int:
    """Weights as lanes of one integer, kept: most texts meet the same ones, and all together take some 15 MB."""
    weights = _model().weights[place]
    spaced = bytearray(len(weights) * _LANE)
    spaced[::_LANE] = weights.translate(_UNSIGNED)
    return int.from_bytes(spaced, "little")


def _weighed(found: Counter[int], width: int, scale: float) -> list[float]:
    """The sum of all weights for each language, each weight times the logarithm of how often it was met.

    All languages are added at once, as lanes of five bytes in one long integer: 15 times as fast as one by one. A lane
    holds 1,200 items of 255 times 4,096 times log(1,201), with room to spare.
    """
    lanes = factors = 0
    met: dict[int, list[int]] = {}
    for place, times in found.items():
        met.setdefault(times, []).append(place)
    for times, places in met.items():
        factor = round(math.log1p(times) * _FINE)
        lanes += factor * sum(map(_lanes, places))
        factors += factor * len(places)
    content = lanes.to_bytes((width + 1) * _LANE, "little")
    sums = (int.from_bytes(content[at : at + _LANE], "little") for at in range(0, width * _LANE, _LANE))
    return [(total - 128 * factors) * scale / _FINE for total in sums]
