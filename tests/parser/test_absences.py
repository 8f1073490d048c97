"""Notes of absence without any field that says so, in 34 languages, and people who write about holidays."""

import re
from collections import Counter
from pathlib import Path

import pytest
from patterns import texts_of

from parser.kinds import vacations
from parser.read import read

FOLDER = Path(__file__).parent / "absences"


def _cases() -> list[tuple[str, str, str, str]]:
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for number, block in enumerate(re.split(r"(?m)^####[ ]", file.read_text(encoding="utf-8"))[1:], 1):
            head, subject, text = block.split("\n", 2)
            language, kind = head.split()
            found.append((f"{file.stem}-{number}-{language}", kind, subject, text))
    return found


CASES = _cases()


def test_every_language_has_notes_and_a_person() -> None:
    counts = Counter((name.rpartition("-")[2], kind) for name, kind, _, _ in CASES)
    languages = {language for language, _ in counts}
    assert len(languages) >= 34
    assert [one for one in languages if counts[one, "auto_reply"] < 2 or counts[one, "person"] < 1] == []


@pytest.mark.parametrize(("kind", "subject", "text"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_note_is_told_from_a_person(kind: str, subject: str, text: str) -> None:
    head = f"From: Hana <hana@kite.example>\nTo: support@example.org\nSubject: {subject}\n"
    mail = f"{head}In-Reply-To: <x1@example.org>\nContent-Type: text/plain; charset=utf-8\n\n{text}"
    assert read(mail.encode()).kind == kind


def test_whoever_says_that_he_is_away_says_one_of_the_signs() -> None:
    texts = texts_of(vacations._AWAY.pattern)
    assert len(texts) > 200
    ascii_, others = vacations._ASCII_SIGNS, vacations._AWAY_SIGNS
    assert [one for one in texts if not any(sign in one for sign in (ascii_ if one.isascii() else others))] == []
