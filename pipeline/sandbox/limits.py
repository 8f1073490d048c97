"""What a process that reads hostile mail may use and reach, as the kernel holds it."""

import contextlib
import math
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

from pipeline.sandbox import kernel, landlock, late, seccomp
from pipeline.sandbox.frames import Confinement

MIB = 1024 * 1024
_statm = -1
"""Our own /proc/self/statm, opened while we could; -1 where there is none."""


def limit(memory: int) -> None:
    """No words on the daemon's terminal, no core file, and no more memory than allowed."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    _limit(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(ValueError, OSError):
        _limit(resource.RLIMIT_AS, memory)


def confine() -> Confinement:
    """For the rest of its life this process reads code, and nothing else; gives what holds it to that.

    It writes nothing, has no environment, opens no socket, sees and starts no other process. Whatever it imports late
    must be there by now.
    """
    global _statm
    with contextlib.suppress(OSError):
        _statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    sys.dont_write_bytecode = True
    os.environ.clear()
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 32)
    return _confine_by_kernel() if sys.platform == "linux" else Confinement(landlock=0, seccomp=False)


def _confine_by_kernel() -> Confinement:
    kernel.hide_memory()
    kernel.gain_nothing()
    late.find_by_opening()
    abi, filtered = 0, False
    with contextlib.suppress(OSError):
        abi = landlock.restrict(late.code())
    with contextlib.suppress(OSError):
        # Without Landlock nothing says which files may be opened, so none may.
        filtered = seccomp.restrict(may_open=abi > 0)
    return Confinement(landlock=abi, seccomp=filtered)


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (wanted, wanted))


def allow_cpu(seconds: float) -> None:
    """So many seconds from now; at the end of them comes SIGXCPU, which kills (setrlimit(2))."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    wanted = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def die_with(parent: int) -> None:
    """End when the daemon does, also in the middle of a mail; between mails the end of stdin tells us too."""
    if sys.platform == "linux":
        kernel.end_with_parent(signal.SIGKILL)
        # It may have died before that call.
        if os.getppid() != parent:
            os._exit(0)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def resident() -> int:
    """Our own resident bytes; where there is no /proc, the highest ever."""
    try:
        pages = os.pread(_statm, 200, 0).split()[1]
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return int(pages) * resource.getpagesize()


def too_much_memory(memory: int) -> str:
    return f"needed more than {memory // MIB} MiB of memory"
