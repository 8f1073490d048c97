"""What `postdesk status --strict` calls not well, from what the database says."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.store import Holder, StoreSettings
from ops import problems
from servers.values import T0

POSTGRESQL = "postgresql://desk@localhost/desk"


def instant(seconds: float) -> str:
    return (T0 + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def found(**changes: Any) -> dict[str, Any]:
    """A desk at T0 whose one worker has just renewed its lease."""
    lease = {"name": "worker one", "holder": "one", "until_at": instant(60)}
    return {
        "inbox": {},
        "letters": {},
        "unfiled": {"count": 0, "oldest_at": None, "oldest_seconds": None},
        "leases": [lease],
        "last_sign_at": instant(60),
        "workers": [],
    } | changes


def of_the_daemon(status: dict[str, Any], settings: StoreSettings | None = None) -> list[tuple[str, str | None]]:
    settings = settings or StoreSettings(database=POSTGRESQL)
    return [(one["what"], one["since_at"]) for one in problems.of_the_daemon(settings, status, T0)]


def test_a_desk_that_works_has_no_problems(tmp_path: Path) -> None:
    assert of_the_daemon(found()) == []
    assert list(problems.of_the_queues(found())) == []
    assert list(problems.of_the_disk(StoreSettings(data=tmp_path))) == []


def test_what_living_workers_say_of_themselves_is_told_and_what_dead_ones_said_is_not() -> None:
    outage = {"part": "relay", "since_at": instant(-90), "reason": "refused", "failures": 9}
    workers = [{"worker": name, "parts": [], "outages": [outage]} for name in ("one", "dead")]
    assert of_the_daemon(found(workers=workers)) == [("relay", instant(-90))]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # It died: its lease was not given back.
        ({"leases": [{"name": "worker one", "holder": "one", "until_at": instant(-1)}]}, [("daemon", instant(60))]),
        # `run --once` ended a minute ago, and cron will start it again.
        ({"leases": [], "last_sign_at": instant(-60)}, []),
        ({"leases": [], "last_sign_at": instant(-3600)}, [("daemon", instant(-3600))]),
        ({"leases": [], "last_sign_at": None}, [("daemon", None)]),
    ],
)
def test_a_daemon_that_is_missing_is_told(changes: dict[str, Any], expected: list[tuple[str, str | None]]) -> None:
    assert of_the_daemon(found(**changes)) == expected


def test_on_sqlite_the_lock_says_who_lives_whatever_the_clock_says(tmp_path: Path) -> None:
    settings = StoreSettings(data=tmp_path)
    assert of_the_daemon(found(), settings) == [("daemon", instant(60))]
    holder = Holder(tmp_path / "postdesk.lock")
    assert holder.take() is None
    assert of_the_daemon(found(), settings) == []
    late = found(leases=[{"name": "worker one", "holder": "one", "until_at": instant(-1)}])
    assert of_the_daemon(late, settings) == [("lease", instant(-1))]
    holder.free()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"inbox": {"stored": {"count": 2, "oldest_at": instant(-61), "oldest_seconds": 61}}}, "inbox"),
        ({"inbox": {"stored": {"count": 2, "oldest_at": instant(-60), "oldest_seconds": 60}}}, None),
        ({"inbox": {"parked": {"count": 1, "oldest_at": instant(-5), "oldest_seconds": 5}}}, "inbox"),
        ({"letters": {"queued": {"count": 1, "oldest_at": instant(-901), "oldest_seconds": 901}}}, "letters"),
        ({"letters": {"queued": {"count": 1, "oldest_at": instant(-900), "oldest_seconds": 900}}}, None),
        ({"unfiled": {"count": 3, "oldest_at": instant(-601), "oldest_seconds": 601}}, "archive"),
    ],
)
def test_what_waits_too_long_or_for_a_person_is_told(changes: dict[str, Any], what: str | None) -> None:
    assert [one["what"] for one in problems.of_the_queues(found(**changes))] == ([what] if what else [])


def test_a_data_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    (one,) = problems.of_the_disk(StoreSettings(data=tmp_path / "missing"))
    assert "No such file" in one["reason"]
