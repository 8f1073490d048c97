"""The worker's end of the pipe: reads mails from stdin until it ends, and answers on stdout (see `frames`).

    python -P -m pipeline.sandbox.worker parser.masks:read PARENT_PID CPU_SECONDS MEMORY_BYTES confined|measured

It imports what reading needs and no more: of a worker that a mail has taken over, this is all there is to misuse.
A "measured" worker is not confined, so that coverage can write down what it has run.
"""

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from parser.mail import ParsedMail, ReadingContext
from pipeline.sandbox import late, limits
from pipeline.sandbox.frames import Head, mail_frames, parse_context, read_frame, write_answer

MAILS_PER_WORKER = 500
# What a worker may hold between mails before a fresh one is cheaper.
IDLE_MEMORY_SHARE = 0.5
Reader = Callable[[bytes, ReadingContext], ParsedMail]


def work(reader_name: str, parent: int, cpu: float, memory: int, *, confined: bool) -> None:
    """Read mails from stdin until it ends. `reader_name` is "module:function"."""
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Ctrl-C and a service manager's SIGTERM go to the whole group, while the daemon finishes the mail it is at.
    for unwanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(unwanted, signal.SIG_IGN)
    limits.die_with(parent)
    try:
        read = _load(reader_name)
    except Exception as error:  # the one who waits for "ready" must learn why there will be none
        write_answer(answers, Head(reason=f"{reader_name}: {error}", last=True))
        return
    limits.limit(memory)
    write_answer(answers, Head(confinement=limits.confine() if confined else None))
    for count in range(1, MAILS_PER_WORKER + 1):
        context, content = read_frame(sys.stdin.buffer), read_frame(sys.stdin.buffer)
        if context is None or content is None:
            return
        limits.allow_cpu(cpu)
        result = _try(read, content, parse_context(context), memory)
        del content
        spent = isinstance(result, str) or limits.resident() > memory * IDLE_MEMORY_SHARE
        last = spent or count == MAILS_PER_WORKER
        if isinstance(result, str):
            write_answer(answers, Head(reason=result, last=last))
        else:
            body, contents = result
            write_answer(answers, Head(attachments=len(contents), last=last), body, *contents)
        if last:
            return


def _try(read: Reader, content: bytes, context: ReadingContext, memory: int) -> tuple[bytes, list[bytes]] | str:
    """The mail as JSON and the contents of its attachments, or why there is none, without a word of the mail."""
    try:
        return mail_frames(read(content, context))
    except MemoryError:
        return limits.too_much_memory(memory)
    except Exception as error:  # a mail must never stop the line: it is parked with this reason
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        return f"reader failed: {type(error).__name__} at {where}"


def _load(name: str) -> Reader:
    """The reader, warm: it imports and opens now what it would otherwise put off until the limits stand."""
    late.load()
    module, _, function = name.partition(":")
    read: Reader = getattr(importlib.import_module(module), function)
    mail_frames(read(b"Subject: hello\r\n\r\nGood morning, this is a first mail.\r\n", ReadingContext()))
    return read


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), confined=sys.argv[5] == "confined")
