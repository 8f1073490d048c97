"""The daemon's end: worker processes that read hostile mail, and may crash, hang or eat memory without harm to us.

`worker` is the other end of the pipe, `frames` what goes over it, `limits` what a worker may use and reach.
"""

import io
import logging
import os
import queue
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from desk.errors import DeskError
from parser.mail import ParsedMail, ReadingContext
from pipeline.sandbox import frames
from pipeline.sandbox.limits import MIB, too_much_memory

log = logging.getLogger("postdesk")

START_SECONDS = 60.0
# Where the interpreter and its libraries are found; nothing else of the daemon's environment goes to a worker.
PASSED_ON = ("PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# By these coverage.py starts in child processes. A confined one could not write down what it has run.
_MEASURING = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The mail could not be read within the caps; the reason holds nothing of the mail."""

    reason: str


@dataclass(frozen=True, slots=True)
class Caps:
    """What reading one mail may cost."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds."""
    memory: int
    """Bytes of address space."""


_PLAIN = ReadingContext()


class Sandbox:
    """`workers` processes, each reading one mail at a time. For any number of threads.

    `reader` is "module:function" of a function from bytes and ReadingContext to ParsedMail; `path` is one more folder
    to look for it in.
    """

    def __init__(
        self,
        workers: int = 2,
        wall: float = 20.0,
        cpu: float = 10.0,
        memory: int = 768 * MIB,
        reader: str = "parser.masks:read",
        path: Path | None = None,
        *,
        poll_memory: bool = sys.platform == "darwin",
    ) -> None:
        self._caps = Caps(wall, cpu, memory)
        # A worker dies with the thread that started it (PR_SET_PDEATHSIG means the thread): this one lives as long
        # as the sandbox, the threads that call us need not.
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox")
        command = [
            sys.executable,
            "-P",
            "-m",
            "pipeline.sandbox.worker",
            reader,
            str(os.getpid()),
            str(cpu),
            str(memory),
            "measured" if any(name in os.environ for name in _MEASURING) else "confined",
        ]
        search = [str(path)] if path else []
        search += [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
        environment = {name: os.environ[name] for name in (*PASSED_ON, *_MEASURING) if name in os.environ}
        environment |= {"PYTHONPATH": os.pathsep.join(search), "PYTHONUTF8": "1"}

        def spawn() -> "_Worker":
            return self._spawner.submit(_Worker, command, environment, self._caps, poll_memory).result()

        self._spawn: Callable[[], _Worker] = spawn
        # Last in, first out: on a quiet day one worker stays warm and the others are not even started.
        self._seats: queue.LifoQueue[_Seat] = queue.LifoQueue()
        self._all = [_Seat(self._spawn) for _ in range(workers)]
        for seat in self._all:
            self._seats.put(seat)

    def start(self) -> frames.Confinement:
        """Start all workers, wait until they can read, and give what confines them. Raises DeskError if one cannot."""
        for seat in self._all:
            seat.launch()
        confinement = min((seat.await_ready().confinement for seat in self._all), key=attrgetter("landlock", "seccomp"))
        if advice := confinement.advice():
            log.warning("readers are not fully confined", extra={"reason": advice})
        return confinement

    def read(self, content: bytes, context: ReadingContext = _PLAIN) -> ParsedMail | Unreadable:
        """The mail, read by a worker; waits for a free one. Whatever happens in the worker is Unreadable.

        Raises DeskError only when no worker can be started at all, which is no fault of this mail.
        """
        seat = self._seats.get()
        try:
            return seat.read(content, context)
        finally:
            self._seats.put(seat)

    def close(self) -> None:
        """End all workers, after the mail each of them is at."""
        for _ in self._all:
            self._seats.get().close()
        self._spawner.shutdown()
        for seat in self._all:
            self._seats.put(seat)


class _Seat:
    """A place for one worker, filled anew when its worker has died or retired. One thread at a time."""

    def __init__(self, spawn: "Callable[[], _Worker]") -> None:
        self._spawn = spawn
        self._worker: _Worker | None = None

    def launch(self) -> "_Worker":
        if self._worker is None or self._worker.ended:
            self.close()
            try:
                self._worker = self._spawn()
            except OSError as error:
                raise DeskError(f"no process for reading mail could be started: {error}") from error
        return self._worker

    def await_ready(self) -> "_Worker":
        worker = self.launch()
        try:
            worker.await_ready()
        except _Failed as failure:
            self.close()
            raise DeskError(f"the process for reading mail did not start: {failure}") from failure
        return worker

    def read(self, content: bytes, context: ReadingContext) -> ParsedMail | Unreadable:
        worker = self.await_ready()
        try:
            answer, last = worker.ask(content, context)
        except _Failed as failure:
            self.close()
            return Unreadable(str(failure))
        if last:
            self.close()
        return answer

    def close(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None


class _Failed(Exception):
    """The worker is of no more use; the message says what it did."""


class _Worker:
    """The daemon's end of one worker process."""

    def __init__(self, command: list[str], environment: dict[str, str], caps: Caps, poll_memory: bool) -> None:
        self._caps = caps
        self._poll_memory = poll_memory
        self._ready = False
        self.confinement = frames.Confinement(landlock=0, seccomp=False)
        """What holds the worker, once it is ready."""
        # In our own process group, so that killing the group kills it too.
        theirs_in, self._requests = os.pipe()
        self._answers, theirs_out = os.pipe()
        try:
            self._process = subprocess.Popen(command, env=environment, stdin=theirs_in, stdout=theirs_out)
        except BaseException:
            self._close_pipes()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        os.set_blocking(self._requests, False)
        os.set_blocking(self._answers, False)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def await_ready(self) -> None:
        """Wait for the first answer, which a worker gives unasked when it has loaded all it needs."""
        if not self._ready:
            head = self._receive_head(time.monotonic() + START_SECONDS)
            if head.reason:
                raise _Failed(head.reason)
            self.confinement = head.confinement or self.confinement
            self._ready = True

    def ask(self, content: bytes, context: ReadingContext) -> tuple[ParsedMail | Unreadable, bool]:
        """What the mail says, and whether the worker ends itself now. Raises _Failed."""
        deadline = time.monotonic() + self._caps.wall
        for piece in frames.request(content, context):
            self._send(piece, deadline)
        head = self._receive_head(deadline)
        if head.reason:
            # Ours, unless the mail has taken the worker over.
            return Unreadable("".join(filter(str.isprintable, head.reason[:200]))), head.last
        # Attachments are shorter than their encodings; the texts are cut by the reader.
        room = 2 * len(content) + 64 * MIB
        frame = self._receive(deadline, room)
        contents = []
        for _ in range(head.attachments):
            room -= len(frame)
            contents.append(self._receive(deadline, room))
        try:
            return frames.parse_mail(frame, contents), head.last
        except ValueError:
            raise _Failed("worker gave an answer that is not a mail") from None

    def end(self) -> None:
        """End it, gently if it waits for work and by force if not."""
        self._close_pipes()
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _close_pipes(self) -> None:
        os.close(self._requests)
        os.close(self._answers)

    def _send(self, request: bytes, deadline: float) -> None:
        view = memoryview(request)
        while view:
            self._wait(self._requests, select.POLLOUT, deadline)
            try:
                view = view[os.write(self._requests, view) :]
            except BrokenPipeError:
                raise _Failed(self._epitaph()) from None

    def _receive_head(self, deadline: float) -> frames.Head:
        try:
            return frames.parse_head(self._receive(deadline, MIB))
        except ValueError:
            raise _Failed("worker gave an answer that is not a mail") from None

    def _receive(self, deadline: float, room: int) -> bytes:
        (length,) = frames.LENGTH.unpack(self._receive_exactly(frames.LENGTH.size, deadline))
        if length > room:
            raise _Failed("worker gave an answer much larger than the mail")
        return self._receive_exactly(length, deadline)

    def _receive_exactly(self, count: int, deadline: float) -> bytes:
        received = io.BytesIO()
        while count:
            self._wait(self._answers, select.POLLIN, deadline)
            piece = os.read(self._answers, min(count, MIB))
            if not piece:
                raise _Failed(self._epitaph())
            received.write(piece)
            count -= len(piece)
        # Without a copy, unlike pieces that are joined.
        return received.getvalue()

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                self._process.kill()
                raise _Failed(f"took longer than {self._caps.wall:g} s")
            if poll.poll(1000 * (min(left, 0.1) if self._poll_memory else left)):
                return
            # macOS takes RLIMIT_AS and does not hold it.
            if self._poll_memory and _resident_of(self._process.pid) > self._caps.memory:
                self._process.kill()
                raise _Failed(too_much_memory(self._caps.memory))

    def _epitaph(self) -> str:
        """How it ended, for one that has closed its pipes."""
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return "worker closed its pipes"
        if code == -signal.SIGXCPU:
            return f"used more than {self._caps.cpu:g} s of processor time"
        return f"worker ended by signal {-code}" if code < 0 else f"worker ended with status {code}"


def _resident_of(pid: int) -> int:
    """The resident bytes of another process; 0 when it is gone."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False).stdout.strip()
    return int(shown) * 1024 if shown.isdigit() else 0
