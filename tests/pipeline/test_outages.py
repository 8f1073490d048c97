"""One outage is one error, one all-clear and a count, however many fail by it."""

import logging
from datetime import timedelta

import pytest

from desk.errors import DamagedObject, MailboxError, StoreError
from pipeline.outages import LASTING, STORAGE, Notice, Outages
from servers.values import T0

FULL = StoreError("the disk is full")
AWAY = MailboxError("mailbox support: connection refused")


class Scene:
    """Outages with a clock of their own, and what people were told."""

    def __init__(self) -> None:
        self.at = 0.0
        self.told: list[tuple[str, str]] = []
        self.shown = 0
        self.outages = Outages(lambda: self.at)
        self.outages.notify = self._hear
        self.outages.changed = self._show

    def _hear(self, notice: Notice) -> None:
        self.told.append((notice.what, notice.state))

    def _show(self) -> None:
        self.shown += 1

    def fail(self, who: str, error: Exception, at: float, **how: bool) -> None:
        self.at = at
        self.outages.failed(who, error, T0 + timedelta(seconds=at), **how)


@pytest.fixture
def scene(caplog: pytest.LogCaptureFixture) -> Scene:
    caplog.set_level(logging.INFO, "postdesk")
    return Scene()


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_one_lost_connection_alarms_nobody(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.fail("mailbox support", AWAY, 0)
    scene.outages.works("mailbox support")
    assert scene.told == []
    assert said(caplog) == [("WARNING", "mailbox not usable"), ("INFO", "mailbox usable again")]


def test_what_lasts_is_one_error_one_alarm_and_one_all_clear_with_its_count(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    for second in range(100):
        scene.fail("mailbox support", AWAY, second)
    (outage,) = scene.outages.now()
    assert (outage.what, outage.since, outage.reason, outage.failures) == ("mailbox support", T0, str(AWAY), 100)
    scene.outages.works("mailbox support")
    scene.outages.works("mailbox support")
    assert scene.told == [("mailbox support", "down"), ("mailbox support", "up")]
    assert said(caplog) == [
        ("WARNING", "mailbox not usable"),
        ("ERROR", "mailbox down"),
        ("INFO", "mailbox up again"),
    ]
    assert vars(caplog.records[-1])["count"] == 100
    assert vars(caplog.records[-1])["seconds"] == 99
    assert scene.outages.now() == ()


@pytest.mark.parametrize(("second", "announced"), [(LASTING - 0.1, False), (LASTING, True)])
def test_it_is_announced_when_it_has_lasted(scene: Scene, second: float, announced: bool) -> None:
    scene.fail("relay", AWAY, 0)
    scene.fail("relay", AWAY, second)
    assert bool(scene.told) is announced


def test_what_will_not_pass_by_itself_is_announced_at_once(scene: Scene) -> None:
    scene.fail("mailbox support", AWAY, 0, lasting=True)
    assert scene.told == [("mailbox support", "down")]


def test_a_full_disk_is_one_outage_however_many_it_hits_and_over_when_all_have_worked_again(scene: Scene) -> None:
    everybody = ("mailbox support", "step process", "step tick", "mailbox other")
    for number, who in enumerate(everybody):
        scene.fail(who, FULL, number * LASTING)
    assert [outage.what for outage in scene.outages.now()] == [STORAGE]
    for who in everybody[:-1]:
        scene.outages.works(who)
        scene.outages.works(who)
        assert scene.told == [(STORAGE, "down")]
    assert scene.outages.parts() == {who: who != "mailbox other" for who in everybody}
    scene.outages.works("mailbox other")
    assert scene.told == [(STORAGE, "down"), (STORAGE, "up")]


def test_one_damaged_object_is_no_outage_of_the_storage(scene: Scene) -> None:
    scene.fail("archive support", DamagedObject("the vault object is damaged"), 0)
    assert [outage.what for outage in scene.outages.now()] == ["archive support"]


def test_what_is_no_longer_configured_fails_no_more(scene: Scene) -> None:
    scene.fail("mailbox gone", AWAY, 0)
    scene.outages.forget("mailbox gone")
    assert scene.outages.now() == ()
    assert scene.outages.parts() == {}


def test_there_is_something_new_to_show_when_a_part_begins_fails_and_works_again(scene: Scene) -> None:
    scene.outages.works("relay")
    scene.outages.works("relay")
    assert scene.shown == 1
    scene.fail("relay", AWAY, 0)
    scene.fail("relay", AWAY, 1)
    assert scene.shown == 2
    scene.outages.works("relay")
    assert scene.shown == 3
    assert not scene.outages.failing("relay")
