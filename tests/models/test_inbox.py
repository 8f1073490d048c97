"""The inbox: every mail is kept once, and read by one worker at a time."""

from datetime import timedelta

import pytest

from models import inbox
from models.inbox import Claimed
from models.store import Store
from models.tables import InboxRow
from servers.values import minute
from tests.models import rows

LEASE = timedelta(minutes=10)


def claim(store: Store, at: float = 0, worker: str = "one") -> Claimed:
    found = store.run(inbox.claim, minute(at), LEASE, worker)
    assert found is not None
    return found


def test_a_mail_that_was_entered_before_and_is_not_done_is_seen(store: Store) -> None:
    rows.add(store, rows.inbox("1"))
    rows.add(store, rows.inbox("2"))
    rows.live(store, "one")
    first, second = claim(store), claim(store, worker="two")
    assert first.id < second.id
    assert store.run(inbox.earlier_waiting, second), "another worker reads it in this moment"
    assert not store.run(inbox.earlier_waiting, first), "a later one is not waited for, nor is it its own"


@pytest.mark.parametrize("state", ["done", "held", "parked", "left", "dropped"])
def test_a_mail_that_is_done_with_is_not_waited_for(store: Store, state: str) -> None:
    rows.add(store, rows.inbox("1", state=state))
    rows.add(store, rows.inbox("2"))
    assert not store.run(inbox.earlier_waiting, claim(store))


def test_a_mail_that_is_given_back_uncounted_keeps_its_tries(store: Store) -> None:
    """One that waits for an earlier mail must never be parked for that."""
    number = rows.add(store, rows.inbox("1"))
    for _ in range(inbox.TRIES + 2):
        store.run(inbox.give_back, claim(store), minute(0), "waits", count=False)
    assert rows.get(store, InboxRow, number).tries == 0
