"""Leases: who lives is told by what changes before our eyes, and by no wall clock (promises P15, P16)."""

from datetime import datetime, timedelta

import pytest

from models import inbox, leases
from models.store import Store
from servers.values import T0, minute
from tests.models import rows

SPAN = timedelta(seconds=60)


class Worker:
    """One worker with a monotonic clock of its own."""

    def __init__(self, store: Store, name: str) -> None:
        self.store, self.name, self.at = store, name, 0.0
        self.watch = leases.Watch(lambda: self.at)

    def take(self, now: datetime = T0, lease: str = "mailbox support") -> bool:
        return self.store.run(leases.take, lease, self.name, now, SPAN, self.watch) is not None

    def beat(self, now: datetime = T0) -> None:
        assert self.take(now, leases.worker_lease(self.name))
        self.store.run(leases.look_around, SPAN, self.watch)

    def claim(self, now: datetime) -> inbox.Claimed | None:
        claimed = self.store.run(inbox.claim, now, SPAN, self.name, self.watch.mails, self.watch.gone)
        if claimed is not None:
            self.watch.mails.add(claimed.id)
        return claimed


@pytest.fixture
def one(store: Store) -> Worker:
    return Worker(store, "one")


@pytest.fixture
def two(store: Store) -> Worker:
    return Worker(store, "two")


def test_a_lease_that_is_renewed_is_never_taken_however_the_wall_clock_jumps(one: Worker, two: Worker) -> None:
    for number, now in enumerate([T0, T0 + timedelta(days=30), T0 - timedelta(hours=1), T0, T0]):
        assert one.take(now)
        two.at = 50.0 * number
        assert not two.take(now + timedelta(days=30))


def test_a_lease_that_nobody_renews_is_taken_when_it_has_stood_still_for_its_span(one: Worker, two: Worker) -> None:
    assert one.take()
    assert not two.take()
    two.at = 59.9
    assert not two.take(T0 + timedelta(days=30))
    two.at = 60.0
    assert two.take()
    assert not one.take(), "it comes back after a pause, and has lost it"


def test_a_lease_that_is_given_back_is_taken_at_once(one: Worker, two: Worker) -> None:
    assert one.take()
    one.store.run(leases.drop, "mailbox support", "two", T0)
    assert not two.take(), "only its holder gives it back"
    one.store.run(leases.drop, "mailbox support", "one", T0)
    assert one.store.run(leases.holders) == []
    assert two.take()


def test_a_fence_rises_with_each_holder_and_not_with_each_renewal(one: Worker, two: Worker) -> None:
    first = one.store.run(leases.take, "x", "one", T0, SPAN, one.watch)
    assert one.store.run(leases.take, "x", "one", T0, SPAN, one.watch) == first
    one.store.run(leases.drop, "x", "one", T0)
    second = two.store.run(leases.take, "x", "two", T0, SPAN, two.watch)
    assert first is not None
    assert second == first + 1


def test_a_worker_keeps_its_own_mail_for_as_long_as_it_reads_it_whatever_the_clock_says(one: Worker) -> None:
    number = rows.add(one.store, rows.inbox("1"))
    one.beat()
    assert one.claim(minute(0)) is not None
    assert one.claim(minute(0) + timedelta(days=30)) is None
    one.watch.mails.discard(number)
    again = one.claim(minute(1))
    assert again is not None, "its thread has ended by a bug: the mail is in nobody's hands"


def test_a_worker_takes_the_mails_of_one_that_is_dead_and_of_no_other(one: Worker, two: Worker) -> None:
    rows.add(one.store, rows.inbox("1"))
    one.beat()
    assert one.claim(T0) is not None
    two.beat()
    two.at = 40.0
    one.beat(T0 + timedelta(seconds=20))
    two.beat()
    two.at = 99.0
    two.beat()
    assert two.claim(T0 + timedelta(days=30)) is None
    two.at = 100.0
    two.beat()
    assert two.watch.gone == {"one"}
    assert two.claim(T0) is not None


def test_the_lease_of_a_dead_worker_is_forgotten_a_day_later_and_that_of_a_living_one_never(
    one: Worker, two: Worker
) -> None:
    one.beat()
    two.beat()
    late = T0 + timedelta(days=30)
    assert one.store.run(leases.forget, late, SPAN, two.watch) == []
    two.at = 60.0
    one.beat(late)
    two.beat(late)
    assert one.store.run(leases.forget, late, SPAN, two.watch) == []
    two.at = 120.0
    two.beat(late + SPAN)
    assert one.store.run(leases.forget, T0, SPAN, two.watch) == []
    assert one.store.run(leases.forget, late + 3 * SPAN, SPAN, two.watch) == ["one"]


def test_when_somebody_lived_last_is_known_even_when_all_have_gone(one: Worker, two: Worker) -> None:
    assert one.store.run(leases.last_sign) is None
    one.beat()
    two.beat(minute(5))
    one.store.run(leases.drop, leases.worker_lease("one"), "one", minute(7))
    assert one.store.run(leases.last_sign) == minute(7)
