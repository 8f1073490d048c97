"""Large mail takes little memory in the main process, and gives it back: the real daemon, Dovecot and a relay."""

import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.sandbox.limits import MIB
from servers.dovecot import Dovecot
from servers.house import House, mail
from servers.pace import patience
from servers.sink import Sink

ROOM = 250 * MIB
"""Above the idle desk."""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the resident memory is read from /proc")


def resident(pid: int) -> int:
    """Bytes; 0 when the process is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """The highest resident memory of a process while the block runs, looked at twenty times a second."""
    highest, ended = [resident(pid)], threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            highest[0] = max(highest[0], resident(pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield highest
    finally:
        ended.set()
        thread.join()


# The number of mails of 10 MB. Before mail was held once, eight took 530 MB and fifty 800 MB, and all of it stayed.
@pytest.mark.parametrize("count", [8, pytest.param(50, marks=pytest.mark.soak)])
@pytest.mark.timeout(1800)
def test_large_mails_take_little_memory_and_give_it_back(tmp_path: Path, dovecot: Dovecot, count: int) -> None:
    chance = random.Random(count)
    sizes = [25_000_000, *[7_400_000] * count]
    with Sink() as sink, House(tmp_path, dovecot.port, dovecot.fresh_user(), sink) as house:
        daemon = house.start()
        house.wait_for(lambda: '"started"' in house.log(), 60)
        house.deliver(mail("First", sender="first@example.net"))
        # An acknowledgement and a notification: by now it has loaded all that a mail needs.
        sink.wait(2, seconds=60)
        idle = resident(daemon.pid)
        with watched(daemon.pid) as highest:
            for number, size in enumerate(sizes):
                file = ("a.bin", "application/octet-stream", chance.randbytes(size))
                house.deliver(mail(f"Large {number}", sender=f"ana{number}@example.net", files=[file]))
            # Those of 10 MB go to the agent with their files, the largest is only named.
            letters = sink.wait(2 * len(sizes) + 2, seconds=600)
        assert sum(len(letter.content) > 9_000_000 for letter in letters) == count
        assert highest[0] - idle < ROOM
        end = time.monotonic() + patience(60)
        while resident(daemon.pid) - idle > 40 * MIB and time.monotonic() < end:
            time.sleep(0.5)
        assert resident(daemon.pid) - idle <= 40 * MIB
