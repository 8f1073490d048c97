"""How fast this machine is now: limits of waits are written for a quiet machine, and grow with what is slow here.

A wait polls for its event, so a generous limit costs nothing where the event comes.
"""

import hashlib
import os
import time

# What `_chunk` takes in CPU seconds on the machine that the limits were written on.
_REFERENCE = 0.0045
_FRESH = 5.0
_measured: tuple[float, float] = (0.0, -_FRESH)


def patience(seconds: float) -> float:
    """A limit of so many seconds on a quiet machine, as it must be here and now."""
    global _measured
    slowness, at = _measured
    if time.monotonic() - at > _FRESH:
        slowness = max(1.0, _chunk() / _REFERENCE) * max(1.0, _load() / (os.cpu_count() or 1))
        _measured = slowness, time.monotonic()
    return seconds * slowness


def _chunk() -> float:
    """CPU seconds of a fixed piece of work: how fast one core is, whatever else it does."""
    took = []
    for _ in range(3):
        began = time.process_time()
        word = b""
        for number in range(10_000):
            word = hashlib.sha256(word + str(number).encode()).digest()
        took.append(time.process_time() - began)
    return min(took)


def _load() -> float:
    """How many processes want a core: on average lately, and now where the kernel tells."""
    average = os.getloadavg()[0]
    try:
        with open("/proc/loadavg", encoding="ascii") as file:
            return max(average, float(file.read().split()[3].partition("/")[0]))
    except OSError:
        return average
