"""Tags that people copy by hand, ids that nobody can guess, and quotes that must not go to the customer."""

import textwrap

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desk import threads
from desk.letters import LetterKind

KEY = b"k" * 32
NUMBERS = st.integers(1, 999_999_999)
LETTER = """⟦PD-1042-F internal⟧

New ticket PD-1042-F

- From: Ana, ana@example.net (identity checked)
- Priority P3, queue support

> My card was not delivered, although the courier says that it
> was left with a neighbour. Thank you
> What can I do?

Reply to this mail to answer the customer: what you write above the quote is sent in the desk's name.

- /note – the text below is for colleagues only; nothing goes to the customer
- /solve – the work is done; an answer from the customer opens it again
"""


@given(NUMBERS, st.data())
def test_the_check_letter_catches_every_wrong_digit(number: int, data: st.DataObject) -> None:
    digits = str(number)
    at = data.draw(st.integers(0, len(digits) - 1))
    digit = data.draw(st.sampled_from([one for one in "0123456789" if one != digits[at]]))
    assert threads.check_letter(int(digits[:at] + digit + digits[at + 1 :])) != threads.check_letter(number)


@given(NUMBERS, st.data())
def test_the_check_letter_catches_every_swap_of_neighbours(number: int, data: st.DataObject) -> None:
    digits = str(number)
    assume(len(digits) > 1)
    at = data.draw(st.integers(0, len(digits) - 2))
    assume(digits[at] != digits[at + 1])
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    assert threads.check_letter(int(swapped)) != threads.check_letter(number)


@given(NUMBERS, st.text(max_size=20))
def test_a_tag_is_found_in_any_subject(number: int, words: str) -> None:
    tag = threads.tag("PD", number)
    assert number in threads.numbers_in(f"[{tag}] {words}", "PD")
    assert number in threads.numbers_in(f"Re: {words}: [{tag}]", "PD")


TAG = threads.tag("PD", 1042)
LETTER_OF_1042 = TAG[-1]


@pytest.mark.parametrize(
    "subject",
    [
        f"Re: [{TAG}] My card",
        f"回复：[{TAG}] 我的卡",
        f"答复: Re: 【{TAG}】我的卡",
        f"RE: {TAG.lower()} my card",
        f"ticket {TAG}",
        f"工单{TAG}的问题",
        f"[PD 1042 {LETTER_OF_1042}]",
        f"PD1042{LETTER_OF_1042}",
        f"[PD\u20111042\u2011{LETTER_OF_1042}]",
        f"[PD–1042–{LETTER_OF_1042}]",
        "［ＰＤ－１０４２－" + chr(ord(LETTER_OF_1042) + 0xFEE0) + "］",
    ],
)
def test_a_tag_copied_by_hand_is_understood(subject: str) -> None:
    assert threads.numbers_in(subject, "PD") == (1042,)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "PD-1042",
        f"[PD-1043-{LETTER_OF_1042}]",
        f"[PD-1024-{LETTER_OF_1042}]",
        f"XPD-1042-{LETTER_OF_1042}",
        f"PD-1042-{LETTER_OF_1042}Q",
        f"TT-1042-{LETTER_OF_1042}",
        "PD-" + "9" * 4000 + "-T",
        f"PD-{10**11}-{threads.check_letter(10**11)}",
    ],
)
def test_what_is_no_tag_names_no_ticket(subject: str) -> None:
    assert threads.numbers_in(subject, "PD") == ()


def test_a_subject_names_at_most_five_tickets_each_once() -> None:
    tags = [threads.tag("PD", number) for number in range(1001, 1011)]
    assert threads.numbers_in(" ".join([tags[0], *tags]), "PD") == (1001, 1002, 1003, 1004, 1005)


def test_a_message_id_is_the_same_whenever_it_is_made() -> None:
    made = {
        threads.message_id(KEY, LetterKind.ANSWER, 1042, "answer:inbox:7", recipient, "example.org")
        for recipient in ("ana@example.net", "Ana@Example.net")
    }
    assert len(made) == 1
    assert made.pop().startswith("answer.1042.")


@pytest.mark.parametrize(
    "other",
    [
        (b"K" * 32, LetterKind.ANSWER, 1042, "answer:inbox:7", "ana@example.net"),
        (KEY, LetterKind.NOTIFICATION, 1042, "answer:inbox:7", "ana@example.net"),
        (KEY, LetterKind.ANSWER, 1043, "answer:inbox:7", "ana@example.net"),
        (KEY, LetterKind.ANSWER, 1042, "answer:inbox:8", "ana@example.net"),
        (KEY, LetterKind.ANSWER, 1042, "answer:inbox:7", "cara@example.net"),
    ],
)
def test_a_message_id_is_bound_to_key_kind_ticket_cause_and_recipient(
    other: tuple[bytes, LetterKind, int, str, str],
) -> None:
    ours = threads.message_id(KEY, LetterKind.ANSWER, 1042, "answer:inbox:7", "ana@example.net", "example.org")
    mac = threads.message_id(*other, "example.org").split(".")[2]
    assert mac != ours.split(".")[2]
    assert len(mac.partition("@")[0]) == 24


def test_every_internal_letter_is_known_by_its_marker() -> None:
    assert threads.has_marker(f"hello\n{threads.marker(TAG)}\nmore")
    assert threads.has_marker(f"> ⟦{TAG}\n> internal⟧")
    assert not threads.has_marker("an internal matter of ⟦mathematics⟧")


def quote(letter: str, mark: str, width: int) -> str:
    """The letter as a mail client quotes it: re-wrapped, with or without a mark before each line."""
    lines = [part for line in letter.splitlines() for part in (textwrap.wrap(line, width) or [""])]
    return "\n".join(f"{mark}{line}" for line in lines)


@pytest.mark.parametrize("mark", ["", "> ", ">", "| ", "    "])
@pytest.mark.parametrize("width", [40, 72, 200])
def test_a_quote_of_our_letter_is_cut_however_it_was_wrapped(mark: str, width: int) -> None:
    assert threads.cut_known_tail(f"We are on it.\n\n{quote(LETTER, mark, width)}", LETTER) == "We are on it."


def test_the_lower_half_of_our_letter_is_cut_too() -> None:
    half = LETTER[LETTER.index("> My card") :]
    assert threads.cut_known_tail(f"We are on it.\n{half}", LETTER) == "We are on it."


def test_words_of_the_letter_above_the_quote_are_the_writers_own() -> None:
    words = "My card was not delivered, although the courier says that it\nThank you"
    assert threads.cut_known_tail(f"{words}\n\n{quote(LETTER, '', 72)}", LETTER) == words


def test_a_single_line_of_the_letter_is_no_quote() -> None:
    said = "You wrote:\nwas left with a neighbour. Thank you"
    assert threads.cut_known_tail(said, LETTER) == said


WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=">"), max_size=40)
LINES = st.lists(WORDS | st.sampled_from(LETTER.replace(">", "").splitlines()), max_size=6)


@given(LINES, st.sampled_from(["", "> ", "| "]), st.integers(30, 200))
def test_nothing_that_was_written_above_a_quote_is_removed(lines: list[str], mark: str, width: int) -> None:
    said = "\n".join(lines).rstrip()
    kept = threads.cut_known_tail(f"{said}\n\n{quote(LETTER, mark, width)}", LETTER)
    assert kept.startswith(said)
    assert not threads.has_marker(kept.removeprefix(said))


@given(LINES, st.text(max_size=200))
def test_a_tail_is_cut_and_nothing_else_changed(lines: list[str], sent: str) -> None:
    said = "\n".join(lines)
    assert said.startswith(threads.cut_known_tail(said, sent))


@pytest.mark.parametrize(
    ("argument", "number"),
    [
        ("PD-1042-F", 1042),
        ("[pd-1042-f]", 1042),
        (" PD\u20111042\u2011F ", 1042),
        ("#1042", 1042),
        ("1042", 1042),
        ("PD-1042-A", None),
        ("PD-1042", None),
        ("10 42", None),
        ("1" * 10, None),
        ("²", None),
        ("", None),
    ],
)
def test_a_ticket_is_named_by_its_tag_or_by_its_bare_number(argument: str, number: int | None) -> None:
    assert threads.number_in(argument, "PD") == number
