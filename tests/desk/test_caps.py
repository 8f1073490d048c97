"""The caps on automatic letters: at which count a letter is held, and what the operator reads (promises D08)."""

import pytest

from desk.facts import Counts
from desk.replies.acknowledgements import over_cap
from servers.values import desk

DESK = desk(caps={"per_sender_day": 5, "per_thread_ten_minutes": 2, "per_hour": 9})


@pytest.mark.parametrize(
    ("counts", "held"),
    [
        (Counts(), None),
        (Counts(sender_day=4, thread_ten_minutes=1, hour=8), None),
        (Counts(sender_day=5), "5 automatic letters to this sender within 24 hours"),
        (Counts(sender_day=6), "6 automatic letters to this sender within 24 hours"),
        (Counts(thread_ten_minutes=2), "2 automatic letters in this thread within 10 minutes"),
        (Counts(thread_ten_minutes=3), "3 automatic letters in this thread within 10 minutes"),
        (Counts(hour=9), "9 automatic letters within an hour"),
        (Counts(hour=10), "10 automatic letters within an hour"),
        (Counts(refusals_day=1000), None),
    ],
    ids=str,
)
def test_a_letter_is_held_from_the_count_of_its_cap_on_and_says_which(counts: Counts, held: str | None) -> None:
    assert over_cap(counts, DESK) == held
