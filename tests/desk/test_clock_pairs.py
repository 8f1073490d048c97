"""Many calendars, and work on each, against the reference that walks minute by minute: they must never differ.

POSTDESK_PAIRS says how many pairs the long run compares (a million), POSTDESK_SEED which ones.
"""

import os
from itertools import islice

import pytest

from tests.desk.worlds import differences


def agree(seed: str, pairs: int) -> None:
    wrong = list(islice(differences(seed, pairs), 3))
    assert not wrong, f"seed {seed}:\n" + "\n\n".join(wrong)


def test_five_thousand_pairs_agree() -> None:
    agree("five thousand", 5_000)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_million_pairs_agree() -> None:
    agree(os.environ.get("POSTDESK_SEED", "a million"), int(os.environ.get("POSTDESK_PAIRS", "1000000")))
