"""What every source of mail can do: one open connection to one mailbox, used by one thread."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from parser.mail import RawMessage


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a mail before its content is fetched."""

    size: int
    """Bytes, as the source gives them."""
    internal_at: datetime | None
    """When the mailbox received it, aware UTC; None where the source has no usable date."""


class Source(Protocol):
    """One mailbox. Every method may raise MailboxError, after which the source is closed and a new one connected.

    Only `wake` and `abort` may be called from another thread.
    """

    def folders(self) -> tuple[str, ...]:
        """The configured folders, in order."""

    def open(self, folder: str) -> int:
        """Open the folder that the other calls are about; gives its UIDVALIDITY.

        It is that of IMAP (RFC 9051 §2.3.1.1), and 0 for a Maildir. Keys of another UIDVALIDITY mean other
        mails: compare it before you give a stored key to `fetch` or `archive`.
        """

    def list(self) -> frozenset[str]:
        """The keys of all mails now in the open folder."""

    def describe(self, keys: Sequence[str]) -> Mapping[str, Described]:
        """Size and date of each mail, without those that have vanished."""

    def fetch(self, keys: Sequence[str], size_limit: int) -> Iterator[RawMessage]:
        """The mails, without marking them as seen, in the order of their keys.

        A mail over `size_limit` bytes comes as its header section with `oversize` set; one that has vanished is
        left out. Raises MailboxError after all others were given when a mail is listed but cannot be had.
        """

    def archive(self, keys: Sequence[str]) -> frozenset[str]:
        """Archive processed mails; gives the keys that are done, those of vanished mails included.

        It may be repeated at any time, and never destroys the only copy of a mail.
        """

    def wait(self, seconds: float) -> bool:
        """Wait until mail may have come, `wake` is called or `seconds` pass; False when only time has passed."""

    def wake(self) -> None:
        """End the running `wait`, or else the next one. Any thread may call it."""

    def abort(self) -> None:
        """Make the running call and every later one fail at once. Any thread may call it."""

    def close(self) -> None:
        """Close the connection; never raises."""

    def file_sent(self, content: bytes, at: datetime) -> None:
        """Put a copy of a letter into `sent_folder`, unless that is ""."""

    def try_archive(self) -> str:
        """Takes a mail of our own into the archive folder and back; gives a line for an operator."""

    def authserv_ids(self, limit: int) -> Counter[str]:
        """The authserv-ids of the topmost Authentication-Results of the newest `limit` mails, in lower case."""


HEADER_LIMIT = 1 << 20
"""Bytes of a header section that are read of a mail over its size limit."""
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")


def header_section(content: bytes) -> bytes:
    """The header section of a mail with its empty line, at most `HEADER_LIMIT` bytes."""
    end = _END_OF_HEADER.search(content, 0, HEADER_LIMIT)
    return content[: end.end() if end else HEADER_LIMIT]


_TOPMOST = re.compile(rb"^Authentication-Results[ \t]*:((?:.*(?:\r?\n[ \t].*)*))", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"\([^()]*\)")
_ID = re.compile(r"\s*\"?([^\s;\"]{1,255})")


def authserv_id(header: bytes) -> str:
    """The authserv-id of the topmost Authentication-Results of a header section, in lower case (RFC 8601 §2.2).

        Authentication-Results: mx.example.org; dmarc=pass header.from=example.net   ->   "mx.example.org"

    "" when there is none or it cannot be read.
    """
    found = _TOPMOST.search(header)
    if found is None:
        return ""
    value = _COMMENT.sub(" ", found[1].decode("ascii", "replace"))
    first = _ID.match(value)
    return first[1].lower() if first else ""
