"""Hostile mail is read in worker processes that may crash, hang or eat memory without harm to the daemon.

    request   frame: the Context as JSON, frame: the mail
    answer    frame: {"reason": "", "attachments": 2, "last": false}, then, where there is no reason,
              frame: the ParsedMail as JSON, its attachments without content, and a frame for each content
    frame     8 bytes of length, big-endian, and as many bytes

Nothing is unpickled of what a worker says: it may speak for the sender of the mail by then.
This file is both ends: imported by the daemon, and run by its path as the worker.
"""

import contextlib
import ctypes
import importlib
import math
import os
import queue
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from desk.errors import DeskError
from parser.mail import ParsedMail, ReadingContext

MIB = 1024 * 1024
START_SECONDS = 60.0
MAILS_PER_WORKER = 500
# What a worker may hold between mails before a fresh one is cheaper.
IDLE_MEMORY_SHARE = 0.5
LENGTH = struct.Struct(">Q")
# Where the interpreter and its libraries are found; no secret of the daemon's environment goes to a worker.
PASSED_ON = ("PATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")


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


@dataclass(frozen=True, slots=True)
class _Head:
    """The first frame of an answer."""

    reason: str
    """Why the mail could not be read; "" when it could."""
    attachments: int
    last: bool
    """The worker ends itself after this answer."""


_HEAD = TypeAdapter(_Head)
_MAIL = TypeAdapter(ParsedMail)
_CONTEXT = TypeAdapter(ReadingContext)
_PLAIN = ReadingContext()
Reader = Callable[[bytes, ReadingContext], ParsedMail]


class Sandbox:
    """`workers` processes, each reading one mail at a time. For any number of threads.

    `reader` is "module:function" of a function from bytes and Context to ParsedMail; `path` is one more folder to look
    for it in.
    """

    def __init__(
        self,
        workers: int = 2,
        wall: float = 20.0,
        cpu: float = 10.0,
        memory: int = 768 * MIB,
        reader: str = "parser.read:read",
        path: Path | None = None,
        *,
        poll_memory: bool = sys.platform == "darwin",
    ) -> None:
        self._caps = Caps(wall, cpu, memory)
        # A worker dies with the thread that started it (PR_SET_PDEATHSIG means the thread): this one lives as long
        # as the sandbox, the threads that call us need not.
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox")
        command = [sys.executable, "-P", "-m", "pipeline.sandbox.pool", reader, str(os.getpid()), str(cpu), str(memory)]
        search = [str(path)] if path else []
        search += [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {"PYTHONPATH": os.pathsep.join(search), "PYTHONUTF8": "1"}

        def spawn() -> "_Worker":
            return self._spawner.submit(_Worker, command, environment, self._caps, poll_memory).result()

        self._spawn: Callable[[], _Worker] = spawn
        # Last in, first out: on a quiet day one worker stays warm and the others are not even started.
        self._seats: queue.LifoQueue[_Seat] = queue.LifoQueue()
        self._all = [_Seat(self._spawn) for _ in range(workers)]
        for seat in self._all:
            self._seats.put(seat)

    def start(self) -> None:
        """Start all workers and wait until they can read. Raises DeskError when one cannot."""
        for seat in self._all:
            seat.launch()
        for seat in self._all:
            seat.await_ready()

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
            self._ready = True

    def ask(self, content: bytes, context: ReadingContext) -> tuple[ParsedMail | Unreadable, bool]:
        """What the mail says, and whether the worker ends itself now. Raises _Failed."""
        deadline = time.monotonic() + self._caps.wall
        told = _CONTEXT.dump_json(context)
        self._send(LENGTH.pack(len(told)) + told + LENGTH.pack(len(content)) + content, deadline)
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
            mail = _MAIL.validate_json(frame, strict=True)
            pairs = zip(mail.attachments, contents, strict=True)
            attachments = tuple(replace(attachment, content=content) for attachment, content in pairs)
        except ValueError:
            raise _Failed("worker gave an answer that is not a mail") from None
        date = mail.date.astimezone(UTC) if mail.date else None
        return replace(mail, date=date, attachments=attachments), head.last

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

    def _receive_head(self, deadline: float) -> _Head:
        try:
            return _HEAD.validate_json(self._receive(deadline, MIB), strict=True)
        except ValidationError:
            raise _Failed("worker gave an answer that is not a mail") from None

    def _receive(self, deadline: float, room: int) -> bytes:
        (length,) = LENGTH.unpack(self._receive_exactly(LENGTH.size, deadline))
        if length > room:
            raise _Failed("worker gave an answer much larger than the mail")
        return self._receive_exactly(length, deadline)

    def _receive_exactly(self, count: int, deadline: float) -> bytes:
        pieces = []
        while count:
            self._wait(self._answers, select.POLLIN, deadline)
            piece = os.read(self._answers, min(count, MIB))
            if not piece:
                raise _Failed(self._epitaph())
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

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
                raise _Failed(_too_much_memory(self._caps.memory))

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


def _too_much_memory(memory: int) -> str:
    return f"needed more than {memory // MIB} MiB of memory"


# The worker's end.


def work(reader_name: str, parent: int, cpu: float, memory: int) -> None:
    """Read mails from stdin until it ends. Runs in the worker process."""
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Ctrl-C and a service manager's SIGTERM go to the whole group, while the daemon finishes the mail it is at.
    for unwanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(unwanted, signal.SIG_IGN)
    _die_with(parent)
    try:
        read = _load(reader_name)
    except Exception as error:  # the one who waits for "ready" must learn why there will be none
        _answer(answers, _Head(reason=f"{reader_name}: {error}", attachments=0, last=True))
        return
    _confine(memory)
    _answer(answers, _Head(reason="", attachments=0, last=False))
    for count in range(1, MAILS_PER_WORKER + 1):
        told, content = _next_frame(sys.stdin.buffer), _next_frame(sys.stdin.buffer)
        if told is None or content is None:
            return
        _allow_cpu(cpu)
        result = _try(read, content, _CONTEXT.validate_json(told, strict=True), memory)
        del content
        spent = isinstance(result, str) or _resident() > memory * IDLE_MEMORY_SHARE
        last = spent or count == MAILS_PER_WORKER
        if isinstance(result, str):
            _answer(answers, _Head(reason=result, attachments=0, last=last))
        else:
            body, contents = result
            _answer(answers, _Head(reason="", attachments=len(contents), last=last), body, *contents)
        if last:
            return


def _try(read: Reader, content: bytes, context: ReadingContext, memory: int) -> tuple[bytes, list[bytes]] | str:
    """The mail as JSON and the contents of its attachments, or why there is none, without a word of the mail."""
    try:
        mail = read(content, context)
        bare = replace(mail, attachments=tuple(replace(each, content=b"") for each in mail.attachments))
        return _MAIL.dump_json(bare), [each.content for each in mail.attachments]
    except MemoryError:
        return _too_much_memory(memory)
    except Exception as error:  # a mail must never stop the line: it is parked with this reason
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        return f"reader failed: {type(error).__name__} at {where}"


def _load(name: str) -> Reader:
    """The reader, warm: one small mail makes it import and open whatever it puts off, before the limits stand."""
    module, _, function = name.partition(":")
    read: Reader = getattr(importlib.import_module(module), function)
    _MAIL.dump_json(read(b"Subject: hello\r\n\r\nGood morning, this is a first mail.\r\n", _PLAIN))
    return read


def _confine(memory: int) -> None:
    """No words on the daemon's terminal, no core file, no writing of files, few open, no more memory than allowed."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    sys.dont_write_bytecode = True
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 32)
    with contextlib.suppress(ValueError, OSError):
        _limit(resource.RLIMIT_AS, memory)


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (wanted, wanted))


def _allow_cpu(seconds: float) -> None:
    """So many seconds from now; at the end of them comes SIGXCPU, which kills (setrlimit(2))."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    wanted = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _die_with(parent: int) -> None:
    """End when the daemon does, also in the middle of a mail; between mails the end of stdin tells us too."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        # It may have died before that call.
        if os.getppid() != parent:
            os._exit(0)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _resident() -> int:
    """Our own resident bytes; where there is no /proc, the highest ever."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return int(pages) * resource.getpagesize()


def _next_frame(requests: BinaryIO) -> bytes | None:
    head = requests.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = requests.read(length)
    return content if len(content) == length else None


def _answer(answers: BinaryIO, head: _Head, *frames: bytes) -> None:
    for frame in (_HEAD.dump_json(head), *frames):
        answers.write(LENGTH.pack(len(frame)))
        answers.write(frame)
    answers.flush()


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
