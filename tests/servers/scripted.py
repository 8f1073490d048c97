"""A small IMAP server that says what a test tells it to, for answers that no honest server gives."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

Handler = Callable[["Conversation", bytes, bytes], bool]
"""Given (conversation, tag, command line after the tag); True when it has answered."""


class Conversation:
    """One connection, seen from the server."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")
        self.stopped = threading.Event()

    def say(self, *lines: bytes) -> None:
        self.raw(b"".join(line + b"\r\n" for line in lines))

    def raw(self, content: bytes) -> None:
        self._connection.sendall(content)

    def hear(self) -> bytes:
        """The next line, without its end; b"" when the client has gone."""
        return self._reader.readline().rstrip(b"\r\n")

    def hang_up(self) -> None:
        # shutdown, because the reader and perhaps another thread still hold the socket.
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._reader.close()
        self._connection.close()


class Scripted:
    """Answers LOGIN, SELECT (one mail, UID 1), SEARCH and the like; a handler may answer first."""

    def __init__(
        self,
        handler: Handler = lambda talk, tag, line: False,
        greeting: bytes = b"* OK ready",
        capability: bytes = b"IMAP4rev1",
        uids: bytes = b"1",
    ) -> None:
        self._handler = handler
        self._greeting = greeting
        self._capability = capability
        self._uids = uids
        self.heard: list[bytes] = []
        """Every command of every connection, without its tag."""
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._talks: list[Conversation] = []
        self._threads: list[threading.Thread] = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> "Scripted":
        self._threads[0].start()
        return self

    def __exit__(self, *args: object) -> None:
        # Only shutdown wakes a thread that is in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for talk in list(self._talks):
            talk.stopped.set()
            talk.hang_up()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            talk = Conversation(connection)
            self._talks.append(talk)
            thread = threading.Thread(target=self._serve, args=(talk,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, talk: Conversation) -> None:
        try:
            talk.say(self._greeting)
            while line := talk.hear():
                tag, _, rest = line.partition(b" ")
                self.heard.append(rest)
                if not self._handler(talk, tag, rest):
                    self._answer(talk, tag, rest.upper())
        except (OSError, ValueError):
            # The client has gone, or the test is over.
            pass
        finally:
            talk.hang_up()

    def _answer(self, talk: Conversation, tag: bytes, line: bytes) -> None:
        if line.startswith(b"CAPABILITY"):
            talk.say(b"* CAPABILITY " + self._capability)
        elif line.startswith((b"SELECT", b"EXAMINE")):
            talk.say(
                b"* %d EXISTS" % len(self._uids.split()),
                b"* OK [UIDVALIDITY 7] ok",
                b"* OK [UIDNEXT 1000] ok",
                rb"* OK [PERMANENTFLAGS (\Deleted \*)] ok",
            )
        elif line.startswith(b"UID SEARCH"):
            talk.say(b"* SEARCH " + self._uids)
        elif line.startswith(b"LOGOUT"):
            talk.say(b"* BYE")
        talk.say(tag + b" OK done")
