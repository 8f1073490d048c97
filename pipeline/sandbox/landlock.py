"""Landlock: this process, for the rest of its life, opens no files but some, and no TCP ports (landlock(7)).

Landlock does not know stat(2), chmod(2) and their like, other sockets, and new processes: those are `seccomp`'s.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Iterable

from pipeline.sandbox.kernel import system_call

# The same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# How many of the rights over files, in the order of linux/landlock.h, a kernel of each ABI version knows.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_BIND_AND_CONNECT_TCP, _SINCE_TCP = 0b11, 4
# Abstract Unix sockets and signals of processes outside.
_SCOPES, _SINCE_SCOPES = 0b11, 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The version of its ABI; 0 where the kernel has no Landlock, or it is switched off."""
    if sys.platform != "linux":
        return 0
    try:
        return system_call(_CREATE_RULESET, 0, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[str]) -> int:
    """Leaves this thread nothing but reading below some paths; gives the version that holds it to that, or 0.

    Files that are open stay so. `kernel.gain_nothing` must have been called. Raises OSError.
    """
    abi = version()
    if not abi:
        return 0
    handled = _all_rights(abi)
    # An older kernel takes a longer structure than its own as long as the rest is zero.
    ruleset = system_call(_CREATE_RULESET, ctypes.addressof(handled), ctypes.sizeof(handled), 0)
    try:
        for path in readable:
            _allow_reading(ruleset, path)
        system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return abi


def _all_rights(abi: int) -> _Ruleset:
    """Everything that this version can forbid, and so forbids where no rule allows it."""
    return _Ruleset(
        files=(1 << _FILE_RIGHTS[min(abi, max(_FILE_RIGHTS))]) - 1,
        network=_BIND_AND_CONNECT_TCP if abi >= _SINCE_TCP else 0,
        scopes=_SCOPES if abi >= _SINCE_SCOPES else 0,
    )


def _allow_reading(ruleset: int, path: str) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # A module in a zip file, for example, is no path.
        return
    try:
        rights = _READ_FILE | _READ_DIR if stat.S_ISDIR(os.fstat(parent).st_mode) else _READ_FILE
        rule = _PathBeneath(allowed=rights, parent=parent)
        system_call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.addressof(rule), 0)
    finally:
        os.close(parent)
