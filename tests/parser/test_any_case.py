"""Patterns of `AnyCase` are compared with text in small letters, so they hold none but small ones."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import parser
from parser.kinds import bounces, statuses, vacations
from parser.quotes.words import AnyCase

# What the engine takes for an ASCII letter where case does not count, though lowering that letter does not give it.
FOREIGN = re.compile("[\u0130\u017f\u212a]")


def patterns() -> Iterator[tuple[str, AnyCase]]:
    for module in pkgutil.walk_packages(parser.__path__, "parser."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, AnyCase):
                yield f"{module.name.removeprefix('parser.')}.{name}", value


PATTERNS = dict(patterns())
SIGNED = [name for name, pattern in PATTERNS.items() if pattern.signs]
ASCII = st.characters(max_codepoint=127)


# Compiled as they are, for text that its caller has lowered.
LOWERED = {
    "away": vacations._AWAY,
    "back": vacations._BACK,
    "machine": vacations._MACHINE,
    "later": vacations._ANSWERS_LATER,
    "failed subject": bounces._FAILED_SUBJECT,
    "delay subject": bounces._DELAY_SUBJECT,
    "temporary": statuses._TEMPORARY,
    "permanent": statuses._PERMANENT,
    "expired": statuses._EXPIRED,
    "given up": statuses._GIVEN_UP,
    "still trying": statuses._STILL_TRYING,
}


def literals(pattern: str) -> str:
    """The pattern without escapes such as `\\W` and without the names of its groups."""
    return re.sub(r"\\.|\(\?P<\w+>", "", pattern, flags=re.S)


def test_all_are_found() -> None:
    assert {"quotes.words.WROTE", "quotes.words.MOBILE", "kinds.vacations._ANSWER_SUBJECT"} <= PATTERNS.keys()


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_holds_only_small_letters(name: str) -> None:
    text = literals(PATTERNS[name].pattern)
    assert [letter for letter in text if letter != letter.lower()] == []
    assert FOREIGN.findall(text) == []


@pytest.mark.parametrize("name", LOWERED)
def test_a_pattern_for_lowered_text_holds_only_small_letters(name: str) -> None:
    text = literals(LOWERED[name].pattern)
    assert len(text) > 100
    assert [letter for letter in text if letter != letter.lower()] == []


@pytest.mark.parametrize("name", PATTERNS)
def test_a_dotless_i_stands_beside_the_one_that_ascii_has(name: str) -> None:
    # Where case does not count, the engine takes both for the same letter; in lowered ASCII there is only one of them.
    assert "ı" not in literals(PATTERNS[name].pattern).replace("[ıi]", "")


@pytest.mark.parametrize("line", ["YAZDI", "Yazdi", "yazdı", "YAZDİ", "On Monday ANA WROTE:"])
def test_letters_of_any_case_are_found(line: str) -> None:
    assert PATTERNS["quotes.words.WROTE"].search(line)


@pytest.mark.parametrize("name", SIGNED)
def test_any_text_that_matches_holds_a_sign(name: str) -> None:
    pattern = PATTERNS[name]
    possible = [one for one in alternatives(pattern.pattern) if can_be_ascii(one)]
    assert len(possible) >= len(pattern.signs) // 2

    @settings(max_examples=20, deadline=None)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        for one in possible:
            text = data.draw(st.from_regex(one, alphabet=ASCII)).lower()
            assert pattern.search(text), (one, text)

    holds()


def alternatives(pattern: str) -> list[str]:
    """The pattern at its outermost bars."""
    out, depth, at = [""], 0, 0
    while at < len(pattern):
        piece = pattern[at : at + 2] if pattern[at] == "\\" else pattern[at]
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and depth == 0:
            out.append("")
        else:
            out[-1] += piece
        at += len(piece)
    return out


def can_be_ascii(pattern: str) -> bool:
    """Whether the engine finds a string of ASCII that matches."""
    try:
        st.from_regex(pattern, alphabet=ASCII).validate()
    except Exception:
        return False
    return True
