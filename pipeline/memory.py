"""Memory that is free goes back to the system, as far as glibc lets one ask for it (mallopt(3), malloc_trim(3)).

glibc raises the size from which a piece of memory is mapped by itself, and unmapped when it is freed, up to 32 MB as it
sees large pieces: after one large mail the next ones lie in the heap, among small things that stay. Elsewhere than on
glibc nothing happens here.
"""

import ctypes
import sys

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_LARGE = 256 * 1024
# Each thread may get an arena of its own, each with its own leftovers.
_ARENAS = 2


def _glibc() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    # Other C libraries of Linux, such as musl, have neither function.
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


_GLIBC = _glibc()


def keep_little() -> None:
    """From now on large pieces are always mapped by themselves, and threads share arenas. Call it before any begins."""
    if _GLIBC is not None:
        _GLIBC.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        _GLIBC.mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Gives free pages of the heap back; a few milliseconds."""
    if _GLIBC is not None:
        _GLIBC.malloc_trim(0)
