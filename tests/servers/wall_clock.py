"""A wall clock that a test can set, for a real process: a small library in front of libc's, built where gcc is."""

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")


def can_build() -> bool:
    """Whether there is a compiler for it."""
    return shutil.which("gcc") is not None


class WallClock:
    """`environment` for a process, whose wall clock `set` then moves while it runs."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wall-clock-offset"
        library = folder / "wall_clock.so"
        self.set(0)
        command = ["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)
        self.environment = {"LD_PRELOAD": str(library), "WALL_CLOCK_OFFSET": str(self._file)}

    def set(self, seconds: int) -> None:
        """By how much it is ahead of the true time; in place, as the process has the file mapped."""
        mode = "r+b" if self._file.exists() else "wb"
        with self._file.open(mode) as file:
            file.write(struct.pack("l", seconds))
