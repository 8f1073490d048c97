"""The form of what goes over the pipe between daemon and worker, for both ends.

    request   frame: the ReadingContext as JSON, frame: the mail
    answer    frame: {"reason": "", "attachments": 2, "last": false}, then, where there is no reason,
              frame: the ParsedMail as JSON, its attachments without content, and a frame for each content
    frame     8 bytes of length, big-endian, and as many bytes

Nothing is unpickled of what a worker says: it may speak for the sender of the mail by then.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import BinaryIO

from pydantic import TypeAdapter

from parser.mail import ParsedMail, ReadingContext

LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Confinement:
    """What keeps a worker from files, sockets and processes."""

    landlock: int
    """The version of Landlock's ABI; 0 where the kernel has none."""
    seccomp: bool

    def in_words(self) -> str:
        """Such as "Landlock (ABI 7) and seccomp"; "nothing" where neither holds."""
        held = [f"Landlock (ABI {self.landlock})"] if self.landlock else []
        held += ["seccomp"] if self.seccomp else []
        return " and ".join(held) or "nothing"

    def advice(self) -> str:
        """What is missing and what to do, in one line for operators; "" where nothing is."""
        if self.landlock and self.seccomp:
            return ""
        if self.seccomp:
            # A reader that may open no files at all lacks nothing but modules that it imports late.
            return "the kernel has no Landlock (Linux 5.13, with landlock in its lsm= list); seccomp alone holds them"
        return (
            f"{self.in_words()} keeps a mail that takes over its reader from files, sockets and processes: "
            "run on Linux 5.13 or newer (x86-64 or aarch64) with Landlock and seccomp"
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The first frame of an answer. A worker gives one unasked when it can read."""

    reason: str = ""
    """Why the mail could not be read; "" when it could."""
    attachments: int = 0
    last: bool = False
    """The worker ends itself after this answer."""
    confinement: Confinement | None = None
    """In the first answer of a worker: before it has seen a mail, it can be believed."""


_HEAD = TypeAdapter(Head)
_MAIL = TypeAdapter(ParsedMail)
_CONTEXT = TypeAdapter(ReadingContext)


def request(content: bytes, context: ReadingContext) -> tuple[bytes, bytes]:
    """What a worker is asked, as it goes over the pipe; the mail apart, because it may be large."""
    context_json = _CONTEXT.dump_json(context)
    return LENGTH.pack(len(context_json)) + context_json + LENGTH.pack(len(content)), content


def parse_context(frame: bytes) -> ReadingContext:
    return _CONTEXT.validate_json(frame, strict=True)


def parse_head(frame: bytes) -> Head:
    """Raises ValueError when it is none."""
    return _HEAD.validate_json(frame, strict=True)


def mail_frames(mail: ParsedMail) -> tuple[bytes, list[bytes]]:
    """The mail as JSON, and the contents of its attachments."""
    bare = replace(mail, attachments=tuple(replace(each, content=b"") for each in mail.attachments))
    return _MAIL.dump_json(bare), [each.content for each in mail.attachments]


def parse_mail(frame: bytes, contents: Sequence[bytes]) -> ParsedMail:
    """The mail of these frames. Raises ValueError when they are none."""
    mail = _MAIL.validate_json(frame, strict=True)
    pairs = zip(mail.attachments, contents, strict=True)
    attachments = tuple(replace(attachment, content=content) for attachment, content in pairs)
    date = mail.date.astimezone(UTC) if mail.date else None
    return replace(mail, date=date, attachments=attachments)


def read_frame(requests: BinaryIO) -> bytes | None:
    """The next frame; None where the stream ends first."""
    head = requests.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = requests.read(length)
    return content if len(content) == length else None


def write_answer(answers: BinaryIO, head: Head, *frames: bytes) -> None:
    """Writes frame by frame: a worker has no memory to spare for all of them in one piece."""
    for frame in (_HEAD.dump_json(head), *frames):
        answers.write(LENGTH.pack(len(frame)))
        answers.write(frame)
    answers.flush()
