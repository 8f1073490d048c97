"""seccomp: this process, for the rest of its life, makes only the few system calls that reading a mail needs.

All others fail with EPERM: sockets, programs, processes and threads, stat, chmod and whatever else goes by a path,
io_uring, keys, memfd, ptrace, mounts. The filter is a program for the kernel's packet filter machine (seccomp(2)).
"""

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterator

from pipeline.sandbox.kernel import system_call

_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_PROT_EXEC = 4
# Above it stand calls that are newer than this table, and those of the x32 ABI: for an unknown call, the C library has
# another way where the answer is ENOSYS.
_NEWEST = 462

# Codes of linux/bpf_common.h: load a word of the call, compare it, return.
_LOAD, _IF_EQUAL, _IF_GREATER, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
Instruction = tuple[int, int, int, int]
"""Code, how many instructions to skip if true and if false, operand (struct sock_filter)."""


# The calls that are allowed, with their numbers on x86-64 and on aarch64 (asm/unistd_64.h, asm-generic/unistd.h); the
# most frequent ones first. Not among them are `open`, `stat` and `fork`, which are for old C libraries, nor newfstatat:
# the C library before 2.39 looks at open files by it, and others could look at any file.
_CALLS = {
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "futex": (202, 98),
    "mprotect": (10, 226),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "close": (3, 57),
    "fstat": (5, 80),
    "openat": (257, 56),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "readv": (19, 65),
    "writev": (20, 66),
    "getrandom": (318, 278),
    "getdents64": (217, 61),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "restart_syscall": (219, 128),
    "sched_yield": (24, 124),
    "membarrier": (324, 283),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrusage": (98, 165),
    "prlimit64": (302, 261),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}
"""The column of `_CALLS`, the name in the kernel's audit.h, and the number of seccomp(2)."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def restrict(*, may_open: bool) -> bool:
    """Puts up the filter for all threads; False where there is none for this machine. `may_open` lets files be opened
    for reading, which is for Landlock to hold.

    `kernel.gain_nothing` must have been called. Raises OSError where the kernel has no seccomp.
    """
    machine = platform.machine()
    # A 32-bit Python on a 64-bit kernel makes other calls.
    if machine not in _MACHINES or sys.platform != "linux" or sys.maxsize < 2**32:
        return False
    column, audit, seccomp = _MACHINES[machine]
    numbers = {name: both[column] for name, both in _CALLS.items()}
    instructions = list(_filter(numbers, audit, may_open))
    code = b"".join(struct.pack("=HBBI", *one) for one in instructions)
    held = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(instructions), ctypes.addressof(held))
    system_call(seccomp, _SET_MODE_FILTER, _ALL_THREADS, ctypes.addressof(program))
    return True


def _filter(numbers: dict[str, int], audit: int, may_open: bool) -> Iterator[Instruction]:
    # Numbers mean something else to another architecture, such as the 32-bit calls that x86-64 has as well.
    yield (_LOAD, 0, 0, _ARCHITECTURE)
    yield (_IF_EQUAL, 1, 0, audit)
    yield (_RETURN, 0, 0, _KILL_PROCESS)
    yield (_LOAD, 0, 0, _NUMBER)
    for name, number in numbers.items():
        verdict = list(_verdict(name, may_open))
        yield (_IF_EQUAL, 0, len(verdict), number)
        yield from verdict
    yield (_IF_GREATER, 0, 1, _NEWEST)
    yield (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)
    yield (_RETURN, 0, 0, _ERRNO | errno.EPERM)


def _verdict(name: str, may_open: bool) -> Iterator[Instruction]:
    """Which calls of this name are allowed. Their arguments are ints, so the lower half is all that counts."""
    match name:
        case "openat" if not may_open:
            yield (_RETURN, 0, 0, _ERRNO | errno.EPERM)
            return
        case "openat":
            # O_PATH opens a file only to look at it, and Landlock lets that pass.
            unwanted = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_PATH
            yield from _unless_bits(2, unwanted | (os.O_TMPFILE & ~os.O_DIRECTORY))
        case "mmap" | "mprotect":
            # No machine code but what is loaded now.
            yield from _unless_bits(2, _PROT_EXEC)
        case "madvise":
            # The two that damage memory on purpose are 100 and 101; all others are below 32.
            yield from _unless_bits(2, 0x7FFFFFE0)
        case "kill" | "tgkill":
            yield from _only(0, os.getpid())
        case "prlimit64":
            yield from _only(0, 0)
            yield from _only(1, resource.RLIMIT_CPU)
    yield (_RETURN, 0, 0, _ALLOW)


def _unless_bits(argument: int, bits: int) -> Iterator[Instruction]:
    yield (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)
    yield (_IF_ANY_BIT, 0, 1, bits)
    yield (_RETURN, 0, 0, _ERRNO | errno.EPERM)


def _only(argument: int, value: int) -> Iterator[Instruction]:
    yield (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)
    yield (_IF_EQUAL, 1, 0, value)
    yield (_RETURN, 0, 0, _ERRNO | errno.EPERM)
