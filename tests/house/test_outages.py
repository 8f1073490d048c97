"""What breaks under a running daemon, broken for real and then mended: nothing ends or is lost, and little is said."""

import asyncio
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from desk.errors import MailboxError
from mailer.account import Account
from mailer.source import Source
from ops import build
from pipeline.mailbox_watcher import MailboxThreads
from pipeline.settings import load
from servers.disks import can_mount, fill, remount, small_disk
from servers.dovecot import Dovecot
from servers.house import BEN, House, mail
from servers.pace import patience
from servers.scripted import Conversation, Scripted
from servers.sink import Sink
from servers.wall_clock import WallClock, can_build

SECOND_MAILBOX = """
[[mailbox]]
name = "other"
addresses = ["other@example.org"]
host = "127.0.0.1"
port = {port}
tls = "none"
user = "other"
password_env = "IMAP_PASSWORD"
poll = "1s"
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def started(house: House) -> None:
    house.start()
    house.wait_for(lambda: house.lines("started"), 60, "started")


def alarms(sink: Sink) -> list[str]:
    """The subjects of the mails to the lead about outages, in order."""
    return [str(one.mail["Subject"]) for one in sink.to(BEN) if one.message_id.startswith("alarm")]


def loud(house: House) -> list[str]:
    """All warnings and errors that the daemon has written."""
    lines = (house.folder / "daemon.log").read_text().splitlines()
    return [line for line in lines if '"level": "error"' in line or '"level": "warning"' in line or line[:1] != "{"]


@pytest.mark.skipif(not can_mount(), reason="needs to mount a small disk")
def test_after_a_full_disk_all_mail_is_taken_in_without_a_restart(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    with (
        small_disk(tmp_path / "data", "6m") as disk,
        House(tmp_path, dovecot.port, dovecot.fresh_user(), sink) as house,
    ):
        started(house)
        house.deliver(mail("Before", sender="before@example.net"))
        sink.wait(1, "before@example.net")
        assert house.problems() == {}
        ballast = fill(disk)
        people = [f"ana{number}@example.net" for number in range(12)]
        house.deliver(*(mail("Full", "word " * 4000, sender=sender) for sender in people))
        house.wait_for(lambda: alarms(sink), 60, "the leads are told by mail while nothing can be written")
        assert "full" in house.problems()["disk"]
        # Long enough for every loop to have failed several times.
        time.sleep(8)
        ballast.unlink()
        for sender in people:
            sink.wait(1, sender, 30)
        house.wait_for(lambda: len(alarms(sink)) == 2, 30, "the all-clear")
        house.wait_for(lambda: house.problems() == {}, 30, "all is well")
        assert alarms(sink) == ["Failing: the database or the disk", "Working again: the database or the disk"]
        assert len(house.lines("storage down")) == len(house.lines("storage up again")) == 1
        assert {row["count"] for row in house.status()["inbox"].values()} == {13}
        assert "Traceback" not in "\n".join(loud(house))
        assert len(loud(house)) <= 6, loud(house)
        with closing(sqlite3.connect(f"file:{disk}/postdesk.db?mode=ro", uri=True)) as base:
            assert base.execute("SELECT DISTINCT tries FROM inbox").fetchall() == [(1,)]
            assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.skipif(not can_mount(), reason="needs to mount a small disk")
def test_a_read_only_data_folder_is_one_line_at_the_start_and_in_check(
    tmp_path: Path, dovecot: Dovecot, sink: Sink
) -> None:
    with (
        small_disk(tmp_path / "data", "6m") as disk,
        House(tmp_path, dovecot.port, dovecot.fresh_user(), sink) as house,
    ):
        for fresh in (True, False):
            remount(disk, "ro")
            done = house.postdesk("run", "--once", check=1)
            assert done.stderr.decode().count("\n") == 1
            assert "cannot be written to: Read-only file system" in done.stderr.decode()
            found = {one["name"]: one for one in house.json("check", check=1)}
            assert not found["data folder"]["ok"]
            assert "mount it for writing" in found["data folder"]["detail"]
            assert found["database"]["ok"] is fresh
            remount(disk, "rw")
            house.once()
        assert {one["name"]: one["ok"] for one in house.json("check")}["data folder"]


def test_a_relay_that_was_away_gets_all_letters_within_ten_seconds_and_little_is_said_of_it(
    tmp_path: Path, dovecot: Dovecot
) -> None:
    sink = Sink()
    with House(tmp_path, dovecot.port, dovecot.fresh_user(), sink) as house:
        started(house)
        people = [f"ana{number}@example.net" for number in range(8)]
        house.deliver(*(mail("Away", sender=sender) for sender in people))
        house.wait_for(lambda: house.lines("relay down"), 60, "reported")
        house.wait_for(lambda: "relay" in house.problems(), 30, "shown")
        time.sleep(15)
        assert {row["tries"] for row in house.json("letters")} == {0}
        with sink:
            began = time.monotonic()
            sink.wait(16, seconds=10)
            assert time.monotonic() - began < patience(10)
            house.wait_for(lambda: alarms(sink), 20, "the all-clear")
            assert alarms(sink) == ["Working again: the mail server for outgoing mail"]
            house.wait_for(lambda: house.problems() == {}, 30, "all is well")
            assert set(sink.copies().values()) == {1}
            assert len(house.lines("relay down")) == len(house.lines("relay up again")) == 1
            assert len(loud(house)) <= 3, loud(house)


class Stalling(Sink):
    """Answers nothing to the recipients whose address begins with "stall", for as long as a minute."""

    async def handle_RCPT(
        self, server: object, session: object, envelope: object, address: str, options: object
    ) -> str:
        if address.startswith("stall"):
            await asyncio.sleep(60)
        return await super().handle_RCPT(server, session, envelope, address, options)


def test_letters_that_stall_at_the_relay_hold_up_no_others(tmp_path: Path, dovecot: Dovecot) -> None:
    with Stalling() as sink, House(tmp_path, dovecot.port, dovecot.fresh_user(), sink) as house:
        started(house)
        # Nine of them: more than half of the places that there are for letters under way.
        house.deliver(*(mail("Stall", sender=f"stall{number}@example.net") for number in range(9)))
        sink.wait(9, BEN, 40)
        time.sleep(patience(2))
        began = time.monotonic()
        house.deliver(*(mail("Quick", sender=f"ana{number}@example.net") for number in range(4)))
        for number in range(4):
            sink.wait(1, f"ana{number}@example.net", 25)
        assert time.monotonic() - began < 40, "well before the first stalled one has ended"


def refusing(talk: Conversation, tag: bytes, line: bytes) -> bool:
    if line.upper().startswith(b"LOGIN"):
        talk.say(tag + b" NO [AUTHENTICATIONFAILED] wrong password")
        return True
    return False


def test_a_refused_login_rests_its_time_however_busy_another_mailbox_is(
    tmp_path: Path, dovecot: Dovecot, sink: Sink
) -> None:
    with (
        Scripted(refusing) as locked,
        House(
            tmp_path, dovecot.port, dovecot.fresh_user(), sink, extra=SECOND_MAILBOX.format(port=locked.port)
        ) as house,
    ):
        started(house)
        house.wait_for(lambda: house.lines("mailbox down"), 20, "refused")
        for number in range(12):
            house.deliver(mail("Busy", sender=f"ana{number}@example.net"))
            sink.wait(1, f"ana{number}@example.net")
            # Reading the configuration again is no reason either, as long as this mailbox's table is the same.
            if number == 6:
                house.processes[0].send_signal(signal.SIGHUP)
        house.wait_for(lambda: house.lines("configuration reread"), 20, "reread")
        time.sleep(3)
        assert sum(line.upper().startswith(b"LOGIN") for line in locked.heard) == 1
        assert "refused the login" in house.problems()["mailbox other"]
        assert len(house.lines("mailbox down")) == 1


@pytest.mark.skipif(not can_build(), reason="needs gcc for a wall clock of its own")
def test_a_wall_clock_that_jumps_an_hour_and_back_stops_nothing(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    clock = WallClock(tmp_path)
    with House(
        tmp_path, dovecot.port, dovecot.fresh_user(), sink, run={"lease": "6s"}, variables=clock.environment
    ) as house:
        started(house)
        house.deliver(mail("Before", sender="before@example.net"))
        sink.wait(1, "before@example.net")
        for jump in (3600, 0, 30 * 86400, 0, -3600, 0):
            clock.set(jump)
            time.sleep(2.5)
        # The last jump was back by what a scheduler's next run would lie in a future that went away.
        clock.set(3600)
        time.sleep(2.5)
        clock.set(0)
        house.wait_for(lambda: house.problems() == {}, 20, "the lease is renewed")
        (lease,) = house.status()["leases"]
        house.wait_for(lambda: house.status()["leases"][0]["until_at"] != lease["until_at"], 9, "and again")
        house.deliver(mail("After", sender="after@example.net"))
        sink.wait(1, "after@example.net", 10)
        assert house.processes[0].poll() is None
        assert "Traceback" not in "\n".join(loud(house))


@pytest.mark.skipif(not can_build(), reason="needs gcc for a wall clock of its own")
def test_a_month_ahead_the_daemon_takes_none_of_its_own_mails_for_a_dead_workers(
    tmp_path: Path, dovecot: Dovecot, sink: Sink
) -> None:
    clock = WallClock(tmp_path)
    run = {"lease": "3s", "read_time": "25s"}
    with House(tmp_path, dovecot.port, dovecot.fresh_user(), sink, run=run, variables=clock.environment) as house:
        house.start(sys.executable, "-m", "servers.poisoned", str(house.config))
        house.wait_for(lambda: house.lines("started"), 60, "started")
        house.deliver(mail("Large", "POISON hang"))
        house.wait_for(lambda: (house.status() or {"inbox": {}})["inbox"].get("stored"), 20, "entered")
        time.sleep(2)
        clock.set(30 * 86400)
        # It is read for longer than its lease lasts, and the other reader is free all that time.
        time.sleep(8)
        with closing(sqlite3.connect(f"file:{house.data}/postdesk.db?mode=ro", uri=True)) as base:
            assert base.execute("SELECT state, tries FROM inbox").fetchall() == [("stored", 1)]
        assert house.lines("mail taken by another worker") == []


def test_a_locked_database_is_one_line_and_all_goes_on_when_it_is_free(
    tmp_path: Path, dovecot: Dovecot, sink: Sink
) -> None:
    with House(tmp_path, dovecot.port, dovecot.fresh_user(), sink) as house:
        started(house)
        house.deliver(mail("Before", sender="before@example.net"))
        sink.wait(1, "before@example.net")
        with closing(sqlite3.connect(house.data / "postdesk.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            house.deliver(mail("Meanwhile", sender="meanwhile@example.net"))
            assert "locked" in house.problems()["database"]
            time.sleep(40)
            other.execute("ROLLBACK")
        sink.wait(1, "meanwhile@example.net", 40)
        house.wait_for(lambda: house.problems() == {}, 40, "all is well")
        assert len(loud(house)) <= 4, loud(house)
        assert "running instances" not in (house.folder / "daemon.log").read_text()
        with closing(sqlite3.connect(f"file:{house.data}/postdesk.db?mode=ro", uri=True)) as base:
            assert base.execute("SELECT DISTINCT tries FROM inbox").fetchall() == [(1,)]


def test_an_archive_that_refuses_is_told_once_and_keeps_no_mail_waiting(
    tmp_path: Path, dovecot: Dovecot, sink: Sink
) -> None:
    user = dovecot.fresh_user()
    with House(tmp_path, dovecot.port, user, sink, mailbox='archive = "Postdesk"') as house:
        started(house)
        # A folder that is there and takes no mail.
        folder = dovecot.maildir(user) / ".Postdesk"
        house.wait_for(lambda: folder.parent.is_dir(), 10)
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True, mode=0o555)
        folder.chmod(0o555)
        for number in range(10):
            house.deliver(mail("Busy", sender=f"ana{number}@example.net"))
            sink.wait(1, f"ana{number}@example.net")
        house.wait_for(lambda: house.lines("archive down"), 30, "reported")
        assert len(loud(house)) <= 3, loud(house)
        assert "archive support" in house.problems()
        assert [one for one in alarms(sink) if "archive folder" in one] != []


class Doomed:
    """A mailbox whose thread ends by what no handler catches, the first two times that it is opened."""

    def __init__(self) -> None:
        self.opened = 0

    def __call__(self, account: Account) -> Source:
        self.opened += 1
        if self.opened <= 2:
            raise SystemExit("the thread ends here")
        raise MailboxError("mailbox support: it is there, and refuses", permanent=True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mailbox_thread_that_ends_by_whatever_is_begun_again_later_and_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
    with build.open_context(load(house.config)) as context:
        doomed = Doomed()
        threads = MailboxThreads(context, doomed, lambda _: None)
        threads.start()
        began = time.monotonic()
        while doomed.opened < 3:
            assert time.monotonic() - began < patience(20)
            time.sleep(0.05)
            threads.revive()
        assert time.monotonic() - began >= 0.7 + 1.4, "each rests before it begins"
        house.wait_for(lambda: context.outages.now(), 5)
        (outage,) = context.outages.now()
        assert (outage.what, "refuses" in outage.reason) == ("mailbox support", True)
        threads.stop(5)
        threads.revive()
        assert doomed.opened == 3, "what was told to end stays ended"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('password_env = "IMAP_PASSWORD"', 'password_env = "NOT_SET"', "names NOT_SET, but that variable is not set"),
        ('password_env = "IMAP_PASSWORD"', "", "no password for"),
        ("[smtp]\n", '[smtp]\nuser = "desk"\npassword_env = "NOT_SET"\n', "[smtp]: password_env names NOT_SET"),
        ("[smtp]", "[log]", "there is no [smtp] table"),
    ],
)
def test_sighup_refuses_a_configuration_without_its_secrets_or_without_a_relay(
    tmp_path: Path, dovecot: Dovecot, sink: Sink, old: str, new: str, why: str
) -> None:
    with House(tmp_path, dovecot.port, dovecot.fresh_user(), sink) as house:
        started(house)
        good = house.config.read_text()
        wrong = good.replace(old, new, 1)
        if new == "[log]":
            begin, end = good.index("[smtp]"), good.index("[store]")
            wrong = good[:begin] + good[end:]
        house.config.write_text(wrong.replace("Example Support", "New Name"))
        house.processes[0].send_signal(signal.SIGHUP)
        (line,) = house.wait_for(lambda: house.lines("configuration not reread"), 20, "refused")
        assert why in line["reason"]
        assert "the old one stays in force" in line["reason"]
        house.deliver(mail("After"))
        assert "Example Support" in sink.wait(1, "ana@example.net")[0].mail["From"]
