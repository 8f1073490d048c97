"""What every real server of the tests needs: a port, a user that is not root, a start that is seen, a sure end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

from servers.pace import patience as scaled


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_user() -> pwd.struct_passwd:
    """The user that servers run as: ourselves, or nobody where we are root, which most servers refuse to be."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def find_program(name: str, *folders: str) -> str | None:
    """The path of a program on PATH or in one of the folders where distributions keep servers."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *folders)))


def temporary_folder(prefix: str, user: pwd.struct_passwd | None = None) -> Path:
    """A folder of `user` with a short path, because a Unix socket's path ends at 108 bytes."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    # pytest's own temporary folders are closed to others, and the server may be another user.
    folder.chmod(0o755)
    if user is not None:
        hand_over(folder, user)
    return folder


def hand_over(folder: Path, user: pwd.struct_passwd) -> None:
    """Make the folder and all in it the user's, which only root can and needs to."""
    if os.getuid() == 0:
        for place in (folder, *folder.rglob("*")):
            os.chown(place, user.pw_uid, user.pw_gid)


class Server:
    """A child process that listens; `stop` ends it and only it."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        ready: Callable[[], bool],
        user: pwd.struct_passwd | None = None,
        environment: Mapping[str, str] | None = None,
        patience: float = 20.0,
    ) -> None:
        """Start it and wait until `ready` says so. Raises RuntimeError, with the end of the log, when it never does."""
        drop = os.getuid() == 0 and user is not None and user.pw_uid != 0
        with open(log, "ab") as out:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
                user=user.pw_uid if drop and user else None,
                group=user.pw_gid if drop and user else None,
                extra_groups=[] if drop else None,
            )
        end = time.monotonic() + scaled(patience)
        while not ready():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop(0)
                said = log.read_text(errors="replace")[-3000:] if log.exists() else ""
                raise RuntimeError(f"{command[0]} did not start: {said}")
            time.sleep(0.01)

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, signal: int, patience: float = 10.0) -> None:
        """End it with a signal; when that takes too long, or the signal is 0, kill it with all its children."""
        if self._process.poll() is None and signal:
            self._process.send_signal(signal)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(scaled(patience))
        if self._process.poll() is None:
            # The group is ours alone: the child began a session of its own, and is not reaped yet.
            os.killpg(self._process.pid, SIGKILL)
            self._process.wait()


def answers(port: int, greeting: bytes = b"") -> bool:
    """Whether a server on this port accepts a connection and, if one is named, says its greeting."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as probe:
            return not greeting or probe.recv(200).startswith(greeting)
    except OSError:
        return False
