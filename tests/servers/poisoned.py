"""The real daemon with a reader that stumbles over certain mails in the way their text says.

python -m servers.poisoned CONFIG
"""

import os
import signal
import sys
import time
from pathlib import Path

from parser.mail import ParsedMail, ReadingContext
from parser.read import read as really_read


def read(content: bytes, context: ReadingContext) -> ParsedMail:
    """`parser.read.read`, but for poison."""
    if b"POISON raise" in content:
        raise ValueError("a bug in the parser")
    if b"POISON hang" in content:
        while True:
            time.sleep(0.1)
    if b"POISON memory" in content:
        hoard = []
        while True:
            hoard.append(bytearray(8 << 20))
    if b"POISON die" in content:
        os.kill(os.getpid(), signal.SIGSEGV)
    return really_read(content, context)


def main() -> None:
    from ops import build, logs
    from pipeline.sandbox.pool import Sandbox
    from pipeline.settings import load

    settings = load(Path(sys.argv[1]))
    logs.set_up("json", "info")
    run = settings.run
    reader = Sandbox(
        workers=run.readers,
        wall=run.read_time.total_seconds(),
        memory=run.read_memory,
        reader="servers.poisoned:read",
        path=Path(__file__).parents[1],
    )
    build.run(settings, ready=lambda: None, reader=reader)


if __name__ == "__main__":
    main()
