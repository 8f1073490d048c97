"""What is looked up before a mail is judged: the counts of the caps (promises D08)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from desk.facts import Counts
from models import lookup
from models.store import Store
from servers.values import ANA, CARA, T0
from tests.models import rows

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TINY = timedelta(seconds=1)
AUTOMATIC = ("acknowledgement", "too_large", "apology")
OTHERS = ("notification", "answer", "breach", "refusal", "undelivered", "parked", "alarm", "report")


def sent(store: Store, *ages: timedelta, kind: str = "acknowledgement", to: str = ANA, **changes: Any) -> None:
    """Letters that were written so long before T0."""
    for age in ages:
        name = f"{kind}-{age.total_seconds():.0f}-{to}".partition("@")[0]
        rows.add(store, rows.letter(name, kind, recipient=to, created_at=T0 - age, **changes))


def automatic(store: Store, to: str = ANA, now: datetime = T0) -> Counts:
    return store.run(lookup.automatic_counts, to, now)


def test_the_cap_of_a_sender_looks_back_a_whole_day_and_no_longer(store: Store) -> None:
    sent(store, HOUR * 2, HOUR * 12, DAY - TINY, DAY, DAY + TINY)
    assert automatic(store).sender_day == 3


def test_the_cap_of_the_desk_looks_back_an_hour_and_no_longer(store: Store) -> None:
    sent(store, TINY, HOUR - TINY, HOUR, HOUR + TINY)
    assert automatic(store).hour == 2


def test_the_cap_of_a_sender_is_of_this_sender_and_that_of_the_desk_of_all(store: Store) -> None:
    sent(store, TINY, to=ANA)
    sent(store, TINY, TINY * 2, to=CARA)
    assert automatic(store) == Counts(sender_day=1, hour=3)
    assert automatic(store, "nobody@example.net") == Counts(sender_day=0, hour=3)


@pytest.mark.parametrize("kind", [*AUTOMATIC, *OTHERS])
def test_only_what_no_person_wrote_counts(store: Store, kind: str) -> None:
    sent(store, TINY, kind=kind)
    expected = int(kind in AUTOMATIC)
    assert automatic(store) == Counts(sender_day=expected, hour=expected)


def test_letters_that_were_held_or_dropped_count_as_well(store: Store) -> None:
    """Or a flood would let a new one through whenever an old one is held."""
    states = ("held", "dropped", "failed", "sent")
    for number, state in enumerate(states):
        sent(store, TINY * number, state=state)
    assert automatic(store) == Counts(sender_day=len(states), hour=len(states))
