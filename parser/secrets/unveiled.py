"""A text as a person reads it, where its writer or a program has put something between or in place of the letters.

Zero-width characters and soft hyphens inside words, letters with strokes or marks apart, letters of Greek and Cyrillic
that look like Latin ones (UTS #39), mathematical and circled letters: the detectors would not know the words again.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0"
)
_STYLED = (
    "\u2100-\u214f\u24b6-\u24e9\ufb00-\ufb06\U0001d400-\U0001d7ff\U0001f130-\U0001f149\U0001f150-\U0001f189"
    "\U000e0020-\U000e007f"
)
_MARKS = "\u0300-\u036f\u0483-\u0487\u3099\u309a"
_ANY = re.compile(f"[{_UNSEEN}{_STYLED}{_MARKS}\u1100-\u1112]")
_CHANGED = re.compile(
    f"(?P<unseen>[{_UNSEEN}\U000e0020-\U000e007f]{{1,200}})|(?P<styled>[{_STYLED}])|"
    f"(?P<marked>\\w[{_MARKS}]{{1,20}})|(?P<jamo>[\u1100-\u11ff]{{1,60}})"
)
_STROKES = re.compile("[\u0334-\u0338\u0305\u0332\u0333]")
# Squared and negative letters have no plain form in Unicode's tables.
_SQUARED = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26))
# Lower and upper case letters that no reader tells from Latin ones (confusables.txt of UTS #39).
_LOOK_ALIKE = str.maketrans(
    "авеёікмнорстухьѕјһԁԛԝѵӏгпАВЕІКМНОРСТУХЅЈҺԌԚԜѴӀЁαβγεικνορτυχηωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "abeeikmhopctyxbsjhdqwvlrnABEIKMHOPCTYXSJHGQWVIEabyeikvoptuxnwABEZHIKMNOPTYX",
)
_MIXED = re.compile("[a-zA-Z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][a-zA-Z]")
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_WORD = re.compile("[a-zA-Z\u0370-\u03ff\u0400-\u052f]{2,60}")
_LATIN = re.compile("[a-zA-Z]")


@dataclass(frozen=True, slots=True)
class Unveiled:
    """The text as it is read, and where each piece of it comes from."""

    text: str
    _pieces: tuple[tuple[int, int, int], ...]
    """(start in this text, start in the original, end in the original), in order."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that reads as this one, with what is unseen behind it."""
        return self._at(start), self._at(end) if end < len(self.text) else self._pieces[-1][2]

    def _at(self, place: int) -> int:
        start, first, last = self._pieces[bisect_right(self._pieces, place, key=lambda piece: piece[0]) - 1]
        return first + min(place - start, max(0, last - first - 1))


def unveiled(text: str) -> Unveiled | None:
    """The text as a person reads it; None where that is what it is, as nearly always. Linear in its length."""
    if text.isascii():
        return None
    veiled = _ANY.search(text) is not None
    if not veiled and not (_FOREIGN.search(text) and _looks_latin(text)):
        return None
    out: list[str] = []
    pieces: list[tuple[int, int, int]] = []
    at = length = 0
    for match in _CHANGED.finditer(text) if veiled else ():
        pieces.append((length, at, match.start()))
        plain = _plain(match)
        out += [text[at : match.start()], plain]
        length += match.start() - at
        if plain:
            pieces.append((length, match.start(), match.end()))
        length += len(plain)
        at = match.end()
    pieces.append((length, at, len(text)))
    plain = "".join([*out, text[at:]])
    latin = _in_latin(plain) if _FOREIGN.search(plain) else plain
    return None if latin == text else Unveiled(latin, tuple(pieces))


def _plain(match: re.Match[str]) -> str:
    if match["unseen"]:
        return ""
    if match["styled"]:
        code = ord(match["styled"])
        for first, count in _SQUARED:
            if first <= code < first + count:
                return chr(ord("A") + code - first)
        return unicodedata.normalize("NFKC", match["styled"])
    return unicodedata.normalize("NFC", _STROKES.sub("", match[0]))


def _looks_latin(text: str) -> bool:
    """Whether some word mixes the alphabets, or most of the letters are Latin so that a foreign word is suspicious."""
    if _MIXED.search(text):
        return True
    foreign = len(_FOREIGN.findall(text))
    return foreign < 200 and 4 * foreign < len(_LATIN.findall(text))


def _in_latin(text: str) -> str:
    """With Latin letters in the words that mix alphabets, and in all words that look Latin where most letters are."""
    mostly = 4 * len(_FOREIGN.findall(text)) < len(_LATIN.findall(text))

    def read(match: re.Match[str]) -> str:
        word = match[0]
        if word.isascii() or not (mostly or _LATIN.search(word)):
            return word
        latin = word.translate(_LOOK_ALIKE)
        return latin if latin.isascii() else word

    return _WORD.sub(read, text)
