"""Many calendars, with work and with tickets on each, against references that walk minute by minute: no difference.

POSTDESK_PAIRS says how many pairs the long run compares (a million), POSTDESK_SEED which ones.
"""

import os
from itertools import chain, islice

import pytest

from tests.desk.histories import mistakes
from tests.desk.worlds import differences


def agree(seed: str, pairs: int) -> None:
    """One pair in ten is a whole ticket, the others a span of work with its pauses."""
    tickets = pairs // 10
    found = chain(differences(seed, pairs - tickets), mistakes(seed, tickets))
    wrong = list(islice(found, 3))
    assert not wrong, f"seed {seed}:\n" + "\n\n".join(wrong)


def test_five_thousand_pairs_agree() -> None:
    agree("five thousand", 5_000)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_million_pairs_agree() -> None:
    agree(os.environ.get("POSTDESK_SEED", "a million"), int(os.environ.get("POSTDESK_PAIRS", "1000000")))
