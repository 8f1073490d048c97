"""Letters on their way out, and a daemon that is told to reread or to stop while something else lasts."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from mailer.account import Account
from mailer.source import Source
from models import leases, views
from models.tables import LetterRow
from ops import build
from parser.mail import RawMessage
from pipeline import fetching, incoming, outgoing
from pipeline.context import Context
from pipeline.mailbox_watcher import MailboxThread
from pipeline.settings import load
from servers.dovecot import Dovecot
from servers.house import House, mail
from servers.pace import patience
from servers.postgres import Postgres
from servers.sink import Sink

SLOW = "slow@example.net"


@dataclass
class SlowForOne(Sink):
    """Takes its time with the final dot of one recipient only."""

    seconds: float = 6.0
    waiting: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if SLOW in envelope.rcpt_tos:
            self.waiting.set()
            await asyncio.sleep(self.seconds)
        return answer


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def context(tmp_path: Path, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    house = House(tmp_path, 1, "nobody", sink, run={"readers": 1, "retry": "60s"})
    with build.open_context(load(house.config)) as built:
        yield built


def started(house: House) -> None:
    house.wait_for(lambda: '"started"' in house.log(), why="started")


def receive(context: Context, content: bytes) -> None:
    fetching.keep(
        context, [RawMessage("support", "INBOX", 1, str(time.time_ns()), content, len(content), context.now())]
    )
    while incoming.process_message(context):
        pass


def send(context: Context) -> int:
    """Tries all that is due, one after the other, so that it is known whose commit fails."""

    async def main() -> int:
        relay = build.transport(context.settings, build.make_secrets(context.settings))
        assert relay is not None
        try:
            return await outgoing.Letters(context, places=1).drain(relay)
        finally:
            await relay.close()

    return asyncio.run(main())


def letters(context: Context) -> list[LetterRow]:
    query = select(LetterRow).order_by(col(LetterRow.id))
    return context.store.run(lambda session: list(session.execute(query).scalars()))


def fail_commits(context: Context, count: int) -> Callable[[], int]:
    """The next commits fail as with a full disk; gives how many are still to fail."""
    left = [count]

    def fail(connection: Connection) -> None:
        if left[0]:
            left[0] -= 1
            # As SQLite does by itself after such an error.
            connection.connection.rollback()
            raise OperationalError("COMMIT", None, Exception("disk I/O error"))

    engine = context.store.run(lambda session: session.connection().engine)
    event.listen(engine, "commit", fail)
    return lambda: left[0]


def test_an_answer_is_recorded_when_the_database_is_back_and_the_letter_is_not_sent_again(
    context: Context, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    receive(context, mail("Hello"))
    to_fail: list[Callable[[], int]] = []

    def fail_point(point: str) -> None:
        if point == "answered by relay" and not to_fail:
            to_fail.append(fail_commits(context, 1))

    context.fail_point = fail_point
    count = send(context)
    assert to_fail[0]() == 0, "a commit did fail"
    assert "storage not usable" in caplog.text
    assert {row.state for row in letters(context)} == {"sent"}
    assert send(context) == 0
    assert len(sink.accepted) == count == len(letters(context))
    assert set(sink.copies().values()) == {1}


def test_a_letter_whose_dot_could_not_be_committed_is_not_sent_and_is_tried_again_soon(
    context: Context, sink: Sink
) -> None:
    receive(context, mail("Hello"))
    count = len(letters(context))

    to_fail: list[Callable[[], int]] = []

    def fail_point(point: str) -> None:
        if point == "letters claimed" and not to_fail:
            to_fail.append(fail_commits(context, 1))

    context.fail_point = fail_point
    assert send(context) == 1, "the next one would fare no better"
    assert len(sink.accepted) == 0
    waiting = letters(context)
    assert {(row.state, row.dot_at, row.tries) for row in waiting} == {("queued", None, 0)}, "no letter is to blame"
    assert all(row.due_at <= context.now() for row in waiting)
    assert send(context) == count
    assert {row.state for row in letters(context)} == {"sent"}


def lose(context: Context, digest: str) -> None:
    """Takes an object out of the vault, as a damaged disk does."""
    (context.settings.store.data / "vault" / digest[:2] / digest).unlink()


def test_a_letter_that_the_vault_has_lost_has_failed_and_stops_no_other(context: Context, sink: Sink) -> None:
    receive(context, mail("Hello"))
    lost, *others = letters(context)
    assert others
    lose(context, lost.digest)
    send(context)
    (failed,) = [row for row in letters(context) if row.id == lost.id]
    assert failed.state == "failed"
    assert "is missing: restore the vault" in failed.reason
    assert {row.state for row in letters(context) if row.id != lost.id} == {"sent"}


def test_a_mail_that_the_vault_has_lost_is_parked_after_three_tries(context: Context) -> None:
    content, now = mail("Hello"), context.now()
    context.now = lambda: now
    fetching.keep(context, [RawMessage("support", "INBOX", 1, "1", content, len(content), None)])
    lose(context, context.vault.address(content))
    for _ in range(3):
        assert incoming.process_message(context)
        now += timedelta(minutes=1)
    assert not incoming.process_message(context)
    (parked,) = context.store.run(views.parked)
    assert (parked["state"], parked["tries"]) == ("parked", 3)
    assert "is missing: restore the vault" in parked["reason"]


def test_a_slow_final_dot_keeps_no_other_letter_waiting(tmp_path: Path, dovecot: Dovecot, imap_user: str) -> None:
    slow = SlowForOne()
    with slow as sink, House(tmp_path, dovecot.port, imap_user, sink) as house:
        house.start()
        started(house)
        house.deliver(mail("Warm up", sender="first@example.net"))
        sink.wait(2)
        house.deliver(mail("Slow", sender=SLOW))
        assert slow.waiting.wait(patience(10))
        began = time.monotonic()
        for number in range(6):
            sender = f"ana{number}@example.net"
            house.deliver(mail(f"Quick {number}", sender=sender))
            at = sink.wait(1, sender, 5)[0].at
            if number == 0:
                assert at - began < 2
        assert time.monotonic() - began < slow.seconds - 0.5, "all that while the dot was unanswered"
        house.wait_for(lambda: set(house.status()["letters"]) == {"sent"}, 15, "all sent")
        assert set(sink.copies().values()) == {1}


def test_a_relay_that_refuses_us_is_reported_once_and_its_return_once(
    tmp_path: Path, dovecot: Dovecot, imap_user: str, sink: Sink
) -> None:
    sink.refuse = dict.fromkeys(["ana@example.net", "ben@example.org", "li@example.net"], "530 5.7.0 log in first")
    with House(tmp_path, dovecot.port, imap_user, sink) as house:
        house.start()
        started(house)
        house.deliver(mail("One"), mail("Two", sender="li@example.net"))
        house.wait_for(lambda: house.log().count('"mail processed"') == 2, why="processed")
        house.wait_for(lambda: '"relay down"' in house.log(), why="reported")
        time.sleep(3)
        assert house.log().count('"relay down"') == 1
        assert {row["tries"] for row in house.json("letters")} == {0}
        assert house.log().count('"level": "error"') + house.log().count('"level":"error"') == 1
        sink.refuse.clear()
        sink.wait(1, "li@example.net", 10)
        house.deliver(mail("Three", sender="bo@example.net"))
        sink.wait(1, "bo@example.net")
        house.wait_for(lambda: '"relay up again"' in house.log(), why="up")
        house.deliver(mail("Four", sender="cy@example.net"))
        sink.wait(1, "cy@example.net")
        assert house.log().count('"relay down"') == house.log().count('"relay up again"') == 1


def connections(pid: int, port: int) -> int:
    """How many open connections a process has to a port of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {row[9] for row in rows if row[3] == "01" and int(row[2].partition(":")[2], 16) == port}
    held = []
    for name in Path(f"/proc/{pid}/fd").iterdir():
        # One that was closed since it was listed.
        with suppress(FileNotFoundError):
            held.append(os.readlink(name))
    return sum(f"socket:[{inode}]" in held for inode in inodes)


@pytest.mark.skipif(sys.platform != "linux", reason="counts connections in /proc")
def test_many_sighups_in_a_row_leave_one_watch_over_each_mailbox(
    tmp_path: Path, dovecot: Dovecot, imap_user: str, sink: Sink
) -> None:
    with House(tmp_path, dovecot.port, imap_user, sink) as house:
        process = house.start()
        started(house)
        house.wait_for(lambda: connections(process.pid, dovecot.port) == 1, why="watched")
        for _ in range(8):
            process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        house.wait_for(lambda: '"configuration reread"' in house.log(), why="reread")
        # The last knock may have come during a reading, and is answered by another.
        time.sleep(1.5)
        house.wait_for(lambda: connections(process.pid, dovecot.port) == 1, why="one connection")
        assert "Traceback" not in house.log()
        house.deliver(mail("Still served"))
        sink.wait(1, "ana@example.net", 5)
        assert connections(process.pid, dovecot.port) == 1
        process.terminate()
        assert process.wait(patience(20)) == 0


def test_sigterm_ends_the_daemon_while_a_mail_is_being_read_and_the_mail_is_kept(
    tmp_path: Path, dovecot: Dovecot, imap_user: str, sink: Sink
) -> None:
    with House(tmp_path, dovecot.port, imap_user, sink, run={"read_time": "40s", "drain": "2s"}) as house:
        process = house.start(sys.executable, "-m", "servers.poisoned", str(house.config))
        started(house)
        house.deliver(mail("Bad", "POISON hang"))
        house.wait_for(lambda: "stored" in (house.status() or {"inbox": {}})["inbox"], why="entered")
        time.sleep(0.5)
        began = time.monotonic()
        process.terminate()
        assert process.wait(patience(20)) == 0
        assert time.monotonic() - began < 2 + patience(5), "the drain, and little more"
        assert '"stopped"' in house.log()
        assert house.status()["inbox"]["stored"]["count"] == 1
        # An ordinary reader reads it.
        house.start()
        sink.wait(1, "ana@example.net")


class SlowMailbox:
    """A mailbox whose listing takes long, and which is then lost."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.listing = threading.Event()

    def folders(self) -> tuple[str, ...]:
        return ("INBOX",)

    def open(self, folder: str) -> int:
        return 1

    def list(self) -> frozenset[str]:
        self.listing.set()
        time.sleep(self._seconds)
        raise OSError("the connection is gone")

    def settle(self, keys: Sequence[str]) -> frozenset[str]:
        return frozenset(keys)

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_a_mailbox_stays_ours_during_a_fetch_longer_than_its_lease_and_not_when_it_is_lost(
    tmp_path: Path, sink: Sink, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    run = {"readers": 1, "lease": "1s"}
    house = House(tmp_path, 1, "nobody", sink, database=postgres.new_database(), run=run)
    source = SlowMailbox(2.5)

    def connect(_: Account) -> Source:
        return source  # type: ignore[return-value]

    span, watch = timedelta(seconds=1), leases.Watch()
    with build.open_context(load(house.config)) as context:

        def theirs(session: Session) -> bool:
            return leases.take(session, "mailbox support", "another", context.now(), span, watch) is not None

        thread = MailboxThread(context, context.settings.accounts[0], connect, lambda _: None)
        thread.start()
        assert source.listing.wait(patience(5))
        began = time.monotonic()
        while time.monotonic() < began + 2:
            time.sleep(0.3)
            thread.renew()
            assert not context.store.run(theirs)
        # The connection is lost and the thread rests: another daemon may try, however often we would renew.
        thread.end()
        thread.join(patience(5))
        thread.renew()
        assert context.store.run(theirs)
