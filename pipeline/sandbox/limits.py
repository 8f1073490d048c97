"""What a process that reads hostile mail may use, as the kernel holds it (setrlimit(2), prctl(2))."""

import contextlib
import ctypes
import math
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

MIB = 1024 * 1024


def confine(memory: int) -> None:
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


def allow_cpu(seconds: float) -> None:
    """So many seconds from now; at the end of them comes SIGXCPU, which kills (setrlimit(2))."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    wanted = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def die_with(parent: int) -> None:
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


def resident() -> int:
    """Our own resident bytes; where there is no /proc, the highest ever."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return int(pages) * resource.getpagesize()


def too_much_memory(memory: int) -> str:
    return f"needed more than {memory // MIB} MiB of memory"
