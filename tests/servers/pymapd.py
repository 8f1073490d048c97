"""A pymap with its mail in memory, as a child process: one user, the server of `postdesk demo`."""

import signal
import sys
from pathlib import Path

from servers.process import Server, answers, free_port


class Pymap:
    """User "support", password "secret"; the folder is for its log."""

    user = "support"
    password = "secret"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._server: Server | None = None

    def __enter__(self) -> "Pymap":
        program = Path(sys.executable).parent / "pymap"
        command = [str(program), "--host", "127.0.0.1", "--port", str(self.port), "--no-tls", "dict"]
        self._server = Server(
            [*command, "--demo-user", self.user, "--demo-password", self.password],
            self._folder / "pymap.log",
            lambda: answers(self.port, b"* OK"),
        )
        return self

    def __exit__(self, *args: object) -> None:
        if self._server is not None:
            self._server.stop(signal.SIGTERM)
