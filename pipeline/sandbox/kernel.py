"""System calls that the standard library has no function for, by the C library's syscall(2) and prctl(2)."""

import ctypes
import functools
import os
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    # Both take as many arguments as the call has; a Python int would be passed as a C int and lose its upper half.
    libc.syscall.restype = ctypes.c_long
    return libc


def system_call(number: int, *arguments: int) -> int:
    """The result of a system call, whose arguments are numbers and addresses. Raises OSError."""
    result = _libc().syscall(ctypes.c_long(number), *map(ctypes.c_ulong, arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(result)


def _process_option(option: int, value: int) -> None:
    if _libc().prctl(ctypes.c_int(option), *map(ctypes.c_ulong, (value, 0, 0, 0))) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def hide_memory() -> None:
    """Other processes of our user may neither read our memory and environment nor attach to us (PR_SET_DUMPABLE).

    The kernel forgets it when a program is executed, so children begin without it. Nothing where there is no Linux.
    """
    if sys.platform == "linux":
        _process_option(_PR_SET_DUMPABLE, 0)


def gain_nothing() -> None:
    """No program that we execute may have more rights than we (PR_SET_NO_NEW_PRIVS), as Landlock and seccomp demand."""
    _process_option(_PR_SET_NO_NEW_PRIVS, 1)


def end_with_parent(signal: int) -> None:
    """This signal comes when the thread that started us ends (PR_SET_PDEATHSIG)."""
    _process_option(_PR_SET_PDEATHSIG, signal)
