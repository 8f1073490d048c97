"""The word lists of seed phrases, and what makes a phrase of their words.

A list of BIP-39 has 2,048 words, so each word stands for 11 bits. A phrase has 12, 15, 18, 21 or 24 words, and its last
bits are a checksum. No two English words share their first four letters; a Chinese word is a single character. Monero
(25 words, or 13) and Electrum before version 2 (12 words) have lists of 1,626 words of their own.
"""

import functools
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files

LENGTHS = (24, 21, 18, 15, 12)
"""How many words a phrase of BIP-39 may have."""
CHINESE_LISTS = ("chinese_simplified", "chinese_traditional")
"""The names of the lists whose words are single characters."""
LISTS = (
    "english",
    *("french", "italian", "portuguese", "spanish", "czech", "turkish", "russian", "japanese", "korean"),
    "electrum_english",
    *("monero_english", "monero_german", "monero_french", "monero_italian", "monero_spanish", "monero_portuguese"),
    *("monero_dutch", "monero_russian", "monero_japanese"),
)
"""The names of the lists whose words have several letters each, the commonest first."""
_GLUED_LENGTHS = (12, 13, 15, 18, 21, 24, 25)


@functools.cache
def words(name: str) -> dict[str, int]:
    """A list as {word: its number}; read from the package at first use."""
    text = (files("parser") / "wordlists" / f"{name}.txt").read_text("utf-8")
    return {word: number for number, word in enumerate(text.split())}


@functools.cache
def chinese() -> dict[str, int]:
    """The characters of both Chinese lists; one that is in both has the same number in each."""
    return words("chinese_traditional") | words("chinese_simplified")


def checksum_right(numbers: Sequence[int]) -> bool:
    """Whether the last bits of 12 to 24 word numbers are the SHA-256 of those before (BIP-39)."""
    total = len(numbers) * 11
    check = total // 33
    value = functools.reduce(lambda sum_, number: sum_ << 11 | number, numbers, 0)
    entropy = (value >> check).to_bytes((total - check) // 8, "big")
    return hashlib.sha256(entropy).digest()[0] >> (8 - check) == value & ((1 << check) - 1)


@functools.cache
def beginnings() -> frozenset[str]:
    """The first four letters of each English word. They identify it, and metal backups hold no more."""
    return frozenset(word[:4] for word in words("english"))


@functools.cache
def _neighbours(name: str) -> frozenset[str]:
    """Every word of a list without one of its letters: two words that differ by one slip share such a rest."""
    return frozenset(rest for word in words(name) for rest in _rests(word))


def _rests(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def has_one_slip(word: str, name: str = "english") -> bool:
    """Whether one letter is wrong, missing, extra or swapped with the next one, compared with some word of the list.

    It is generous, because eleven correct words stand around the one in question.
    """
    if not 2 <= len(word) <= 14 or (name == "english" and not (word.isascii() and len(word) <= 10)):
        return False
    near = _neighbours(name)
    return word in near or any(rest in near or rest in words(name) for rest in _rests(word))


def is_glued(token: str, name: str = "english") -> bool:
    """Whether a token is a phrase written without spaces: it divides into as many words of the list as a phrase has."""
    if len(token) > 25 * 12:
        return False
    known = words(name)
    longest = 8 if name == "english" else 13
    # The bits of each count say how many words may end there.
    counts = [0] * (len(token) + 1)
    counts[0] = 1
    for end in range(2, len(token) + 1):
        for length in range(2, min(longest, end) + 1):
            if counts[end - length] and token[end - length : end] in known:
                counts[end] |= counts[end - length] << 1
    return any(counts[-1] >> length & 1 for length in _GLUED_LENGTHS)
