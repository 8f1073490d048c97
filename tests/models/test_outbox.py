"""The outbox: a letter is queued once, sent by one worker at a time, and never guessed about (promises b2)."""

from datetime import timedelta

import pytest

from desk.letters import Outcome, Outgoing, Refused, Sent, TryLater, Unknown
from models import outbox
from models.store import Store
from models.tables import LetterRow
from servers.values import minute
from tests.models import rows

PATIENCE = outbox.Patience()
LEASE = timedelta(minutes=10)


def state(store: Store, letter_id: int) -> LetterRow:
    return rows.get(store, LetterRow, letter_id)


def claimed(store: Store, at: float = 0, *, worker: str = "one", limit: int = 10) -> list[Outgoing]:
    found = store.run(outbox.claim, minute(at), LEASE, worker, limit)
    return [outbox.outgoing(row, b"content") for row in found]


def claim_one(store: Store, at: float = 0, *, worker: str = "one") -> Outgoing:
    (one,) = claimed(store, at, worker=worker)
    return one


def record(store: Store, sent: Outgoing, outcome: Outcome, at: float = 1) -> outbox.Ended | None:
    return store.run(outbox.record, sent, outcome, minute(at), PATIENCE)


# The fence.


def superseded(store: Store) -> Outgoing:
    """What a worker holds whose lease ended, and whose letter another worker has claimed since."""
    rows.add(store, rows.letter())
    old = claim_one(store, worker="old")
    assert store.run(outbox.rescue, minute(11), PATIENCE) == []
    assert claim_one(store, 11, worker="new").fence > old.fence
    return old


def test_a_worker_that_lost_its_letter_may_not_send_it(store: Store) -> None:
    old = superseded(store)
    assert not store.run(outbox.commit_dot, old.id, old.fence, minute(12))
    assert state(store, old.id).dot_at is None, "the new worker has not come to the dot"
    assert store.run(outbox.commit_dot, old.id, state(store, old.id).fence, minute(12))
    assert state(store, old.id).dot_at == minute(12)


@pytest.mark.parametrize("outcome", [Sent("250 ok"), TryLater("451"), Refused("550"), Unknown("no answer")], ids=str)
def test_what_a_worker_that_lost_its_letter_reports_changes_nothing(store: Store, outcome: Outcome) -> None:
    old = superseded(store)
    before = state(store, old.id)
    assert record(store, old, outcome, 12) is None
    assert state(store, old.id) == before


def test_a_letter_that_is_given_up_too_late_is_still_the_new_workers(store: Store) -> None:
    old = superseded(store)
    before = state(store, old.id)
    assert record(store, old, TryLater("451"), 6 * 24 * 60) is None
    assert state(store, old.id) == before


def test_a_letter_that_is_not_claimed_has_no_dot(store: Store) -> None:
    rows.add(store, rows.letter())
    one = claim_one(store)
    assert record(store, one, TryLater("451")) is None
    assert not store.run(outbox.commit_dot, one.id, one.fence, minute(2))
    assert state(store, one.id).dot_at is None
