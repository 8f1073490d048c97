"""Whether the wall clock may be believed: set by error, set right, or left behind by a sleep (promises P16, I15)."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clock_guard import CONFIRMED_AFTER, JUMP, Guard

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Clocks:
    """A wall clock and a monotonic one, which go on together and of which one can be set."""

    def __init__(self) -> None:
        self.wall, self.monotonic = START, 5000.0
        self.guard = Guard(lambda: self.wall, lambda: self.monotonic)

    def go_on(self, seconds: float) -> bool:
        self.wall += timedelta(seconds=seconds)
        self.monotonic += seconds
        return self.guard.trusted()

    def jump(self, by: timedelta) -> bool:
        self.wall += by
        return self.guard.trusted()


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_a_clock_that_goes_on_is_believed(clocks: Clocks) -> None:
    assert all(clocks.go_on(seconds) for seconds in (0, 0.001, 1, 3600, 30 * 86_400))


def test_a_clock_that_is_slewed_is_believed_however_far_it_has_gone(clocks: Clocks) -> None:
    """NTP puts a clock right by half a millisecond a second."""
    for _ in range(1000):
        assert clocks.go_on(600)
        assert clocks.jump(timedelta(seconds=0.3))


@pytest.mark.parametrize(
    "by",
    [timedelta(hours=1), timedelta(hours=-1), DAY, datetime(1970, 1, 1, tzinfo=UTC) - START, 26_700 * DAY],
    ids=str,
)
def test_after_a_jump_nothing_is_judged_for_a_minute_of_monotonic_time(clocks: Clocks, by: timedelta) -> None:
    assert not clocks.jump(by)
    assert not clocks.go_on(1)
    assert not clocks.go_on(CONFIRMED_AFTER - 1.001)
    assert clocks.go_on(0.001)
    assert clocks.go_on(1)


def test_a_clock_that_is_set_right_again_is_believed_at_once(clocks: Clocks, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "postdesk"):
        assert not clocks.jump(DAY)
        assert not clocks.go_on(59)
        assert clocks.jump(-DAY)
        assert clocks.go_on(1)
    assert [record.message for record in caplog.records] == ["clock jumped", "clock set right again"]


def test_each_jump_is_doubted_anew(clocks: Clocks) -> None:
    assert not clocks.jump(DAY)
    assert not clocks.go_on(59)
    assert not clocks.jump(DAY)
    assert not clocks.go_on(59)
    assert clocks.go_on(1)
    assert not clocks.jump(-DAY), "and so is the way back, once the jump was believed"


def test_a_machine_that_was_suspended_is_believed_after_a_minute(clocks: Clocks) -> None:
    """Its monotonic clock stood still meanwhile (CLOCK_MONOTONIC of Linux)."""
    assert clocks.go_on(3600)
    assert not clocks.jump(14 * DAY)
    assert clocks.go_on(CONFIRMED_AFTER)


def test_a_jump_that_ntp_may_make_is_believed(clocks: Clocks) -> None:
    assert clocks.jump(JUMP)
    assert clocks.jump(-JUMP)
    assert not clocks.jump(JUMP + timedelta(milliseconds=1))


@given(
    st.lists(st.tuples(st.sampled_from([-DAY, -2 * JUMP, timedelta(), 2 * JUMP, DAY]), st.floats(0, 100)), max_size=12)
)
def test_no_instant_is_believed_that_is_neither_near_to_where_the_last_one_leads_nor_confirmed(
    moves: list[tuple[timedelta, float]],
) -> None:
    clocks = Clocks()
    # Where the monotonic clock read nothing, by the last wall clock that was believed; how long the one of now stands.
    believed, stands = clocks.wall - timedelta(seconds=clocks.monotonic), 0.0
    for by, seconds in moves:
        clocks.jump(by)
        stands = 0.0 if by else stands
        trusted = clocks.go_on(seconds)
        stands += seconds
        origin = clocks.wall - timedelta(seconds=clocks.monotonic)
        if trusted:
            assert abs(origin - believed) <= JUMP + timedelta(microseconds=1) or stands >= CONFIRMED_AFTER - 1e-6
            believed = origin
        elif abs(origin - believed) > JUMP:
            assert stands < CONFIRMED_AFTER + 1e-6


def test_any_thread_may_ask(clocks: Clocks) -> None:
    clocks.wall += DAY
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(clocks.guard.trusted())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [False] * 20
