"""The IMAP commands that we use, over imapclient: arguments and answers are checked first.

What is mended here, each seen to go wrong with imapclient 4.1.0:

- a line end inside an argument is sent as it is, and what follows it is a new command;
- FETCH answers without a UID are filed under their sequence number, as if that were one;
- `idle_check` fails on lines that come in two pieces, and a dead connection looks to it like silence;
- one folder name in broken modified UTF-7 makes the whole list unreadable;
- it asks imaplib to format every mail into a debug message.
"""

import imaplib
import logging
import re
import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient, SocketTimeout, imap_utf7
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

from mailer.imap.wire import Wire

# At DEBUG it logs header text of mails; our own errors say what an operator needs to know.
logging.getLogger("imapclient").setLevel(logging.WARNING)

FOREIGN = (OSError, imaplib.IMAP4.error, ValueError)
"""All exceptions that a command may raise, those of TLS, time-outs and encodings included."""
_ARRIVAL = re.compile(rb"\* \d+ EXISTS\b", re.IGNORECASE)


class Client(IMAPClient):  # type: ignore[misc, unused-ignore]  # imapclient carries no types
    """imapclient over a `Wire`; folder names are modified UTF-7 in ASCII, as `wire_name` makes them."""

    _imap: Wire

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, patience: float) -> None:
        """`patience` is that of `Wire`; `tls` is None where the connection begins in plain text."""
        self._patience = patience
        with _believing():
            super().__init__(
                host, port, ssl=tls is not None, ssl_context=tls, timeout=SocketTimeout(patience, patience)
            )
        # At the level that imapclient sets, imaplib formats every mail into a message that nobody reads.
        self._imap.debug = 0
        self.folder_encode = False
        self.normalise_times = False

    def _create_IMAP4(self) -> Wire:
        return Wire(self.host, self.port, self.ssl_context, self._patience)

    @property
    def wire(self) -> Wire:
        return self._imap

    def read_capabilities(self) -> frozenset[str]:
        """The capabilities, asked for again: they change with TLS and with the login (RFC 9051 §7.2.2)."""
        self._imap.untagged_responses.pop("CAPABILITY", None)
        with _believing():
            typ, data = self._imap.capability()
            self._checkok("capability", typ, data)
            # What imapclient's own methods ask before they send a command.
            self._cached_capabilities = tuple((data[-1] or b"").upper().split())
        return frozenset(word.decode("ascii", "replace") for word in self._cached_capabilities)

    def select_folder(self, folder: str, readonly: bool = False) -> dict[bytes, Any]:
        """SELECT or EXAMINE; the result is that of imapclient."""
        name = safe(folder)
        with _believing():
            state: dict[bytes, Any] = super().select_folder(name, readonly)
        return state

    def folder_names(self, pattern: str) -> list[str]:
        """The names on the server of the folders that match a LIST pattern and can hold mail."""
        wanted = safe(pattern)
        with _believing():
            listed = self.list_folders("", wanted)
            return [_text(name) for flags, _, name in listed if not {b"\\Noselect", b"\\NonExistent"} & set(flags)]

    def personal_namespace(self) -> tuple[str, str]:
        """The prefix that our own folders must have and the separator of levels (RFC 2342); "" where there is none."""
        with _believing():
            personal = self.namespace().personal
            prefix, separator = personal[0] if personal else ("", "")
            return _text(prefix), _text(separator or "")

    def uids(self, criteria: str) -> list[int]:
        """The UIDs that match our criteria, even if the server spreads them over several lines."""
        self._imap.untagged_responses.pop("SEARCH", None)
        typ, data = self._imap.uid("SEARCH", safe(criteria))
        self._checkok("search", typ, data)
        with _believing():
            return [int(word) for line in data if line for word in line.split(b"(")[0].split()]

    def ask(self, uids: Iterable[int], items: str) -> dict[int, Mapping[bytes, Any]]:
        """FETCH `items` of some mails: only what the server itself files under their UIDs.

        Answers that it pushes unasked lack the UID or the items, and must not be taken for answers to this command.
        """
        wanted = set(uids)
        self._imap.untagged_responses.pop("FETCH", None)
        typ, data = self._imap.uid("FETCH", uid_set(wanted), f"(UID {items})")
        self._checkok("fetch", typ, data)
        answers: dict[int, dict[bytes, Any]] = {}
        with _believing():
            for answer in _single_answers(data):
                for values in parse_fetch_response(answer, normalise_times=False, uid_is_key=False).values():
                    uid = values.pop(b"UID", None)
                    if uid in wanted:
                        answers.setdefault(uid, {}).update(values)
        return dict(answers)

    def copied(self) -> frozenset[int] | None:
        """The UIDs that the last COPY has copied, as COPYUID says (RFC 4315 §3); None when the server did not say.

        Reading it forgets it.
        """
        said = self._imap.response("COPYUID")[1]
        parts = said[-1].split() if said and isinstance(said[-1], bytes) else []
        return members(parts[1].decode("ascii", "replace")) if len(parts) == 3 else None

    def announced(self) -> int:
        """The number of mails that the server last announced; 0 when it has announced none since `forget`."""
        said = self._imap.untagged_responses.get("EXISTS") or [b"0"]
        return int(said[-1]) if isinstance(said[-1], bytes) and said[-1].isdigit() else 0

    def forget(self) -> None:
        """Drop what the server has pushed during other commands, so that it does not pile up over days."""
        for kind in ("EXISTS", "RECENT", "EXPUNGE", "FETCH"):
            self._imap.untagged_responses.pop(kind, None)

    def idle_until(self, seconds: float, bell: socket.socket) -> bool | None:
        """Wait in IDLE (RFC 2177) until a mail is announced, `bell` can be read, or `seconds` have passed.

        True for the first two, None when the server refuses to idle.
        """
        wire = self._imap
        tag = wire._command("IDLE")
        news = False
        while (line := wire._get_response()) is not None:
            if wire.tagged_commands[tag]:
                del wire.tagged_commands[tag]
                return None
            news = news or _ARRIVAL.match(line) is not None
        end = time.monotonic() + seconds
        while not news and not wire.tagged_commands[tag]:
            if not wire.pending():
                ready = _readable(wire.sock, bell, end - time.monotonic())
                if bell.fileno() in ready:
                    news = True
                if wire.sock.fileno() not in ready:
                    break
            wire.arm()
            line = wire._get_response()
            news = news or (line is not None and _ARRIVAL.match(line) is not None)
        if not wire.tagged_commands[tag]:
            wire.send(b"DONE\r\n")
        while not wire.tagged_commands[tag]:
            line = wire._get_response()
            news = news or (line is not None and _ARRIVAL.match(line) is not None)
        del wire.tagged_commands[tag]
        return news


def uid_set(uids: Iterable[int]) -> str:
    """A sequence set of exactly these UIDs: {1, 2, 3, 7} -> "1:3,7" (RFC 9051 §9)."""
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def members(sequence_set: str) -> frozenset[int]:
    """The UIDs of a sequence set as servers write it in COPYUID; empty when it cannot be read or is absurd."""
    found: set[int] = set()
    for part in sequence_set.split(","):
        first, _, last = part.partition(":")
        if not (first.isdecimal() and (last or first).isdecimal()):
            return frozenset()
        low, high = sorted((int(first), int(last or first)))
        if high - low > 100_000:
            return frozenset()
        found.update(range(low, high + 1))
    return frozenset(found)


def _single_answers(data: Sequence[Any]) -> Iterable[list[Any]]:
    """The FETCH answers one by one. imaplib ends each with a plain line after its literals."""
    answer: list[Any] = []
    for piece in data:
        if piece is None:
            continue
        answer.append(piece)
        if not isinstance(piece, tuple):
            yield answer
            answer = []


def _readable(wire: socket.socket, bell: socket.socket, seconds: float) -> set[int]:
    poll = select.poll()
    poll.register(wire, select.POLLIN)
    poll.register(bell, select.POLLIN)
    return {handle for handle, _ in poll.poll(max(0.0, seconds) * 1000)}


def _text(name: bytes | str | int) -> str:
    """A name as imapclient gives it: bytes, or a number if the name is one."""
    return name.decode("ascii", "surrogateescape") if isinstance(name, bytes) else str(name)


def wire_name(folder: str) -> str:
    """A folder's name on the wire, in modified UTF-7 (RFC 3501 §5.1.3).

    已处理   ->   &XfJZBHQG-
    """
    encoded: bytes = imap_utf7.encode(safe(folder))
    return encoded.decode("ascii")


def safe(argument: str) -> str:
    """The argument, checked so that it cannot begin a second command.

    Raises ValueError when it holds a control character.
    """
    if any(ord(c) < 32 or ord(c) == 127 for c in argument):
        raise ValueError("a name with a control character is never sent")
    return argument


def in_words(error: BaseException | None) -> str:
    """The error as one readable line."""
    if isinstance(error, TimeoutError):
        return "the server did not answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); tls_ca names other authorities to trust"
    if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return 'the server does not speak TLS on this port; perhaps tls = "starttls" is meant'
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = error.args[0] if error is not None and error.args else error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if text[:2] in ("b'", 'b"'):
        # imapclient gives the repr of bytes.
        text = text[2:-1]
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300] or type(error).__name__


@contextmanager
def _believing() -> Iterator[None]:
    """Guards the reading of answers: any answer that makes a library fail ends as a broken connection."""
    try:
        yield
    except (ProtocolError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        if isinstance(error, OSError):
            # A failed certificate check is a ValueError, too.
            raise
        raise imaplib.IMAP4.abort(f"the server's answer cannot be read: {error}") from error
