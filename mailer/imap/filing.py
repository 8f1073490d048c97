"""Puts mail into IMAP folders: processed mail into the archive, copies of letters into the sent folder."""

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from desk.errors import MailboxError
from mailer.account import Account
from mailer.imap.client import Client, in_words, uid_set, wire_name
from mailer.imap.fetch import chunks, present

log = logging.getLogger(__name__)

KEYWORD = "$Postdesk"
"""The flag of processed mail that cannot be moved."""
_TRIAL = b"From: postdesk\r\nSubject: Postdesk tries its archive folder\r\nMessage-ID: <%s>\r\n\r\nDelete me.\r\n"
CHUNK = 100
"""How many mails one command moves: more could take the server longer than a command may."""


class Filing:
    """Everything that changes a mailbox. A mail is removed only when a copy of it is in another folder."""

    def __init__(self, account: Account, client: Client, capabilities: frozenset[str]) -> None:
        self._account = account
        self._client = client
        self._capabilities = capabilities
        self._names: dict[str, str] = {}
        """Folders known to exist, with their names on the server."""
        self._told_flagging = False
        self.keywords = True
        """Whether the open folder accepts our keyword."""

    def archive(self, uids: Iterable[int]) -> set[int]:
        """Archive mails of the open folder; gives those that remain there."""
        here = present(self._client, uids)
        movable = bool(self._account.archive) and not {"MOVE", "UIDPLUS"}.isdisjoint(self._capabilities)
        if here and self._account.archive and not movable and not self._told_flagging:
            self._told_flagging = True
            log.warning(
                "processed mail stays in its folder and is flagged",
                extra={"source": self._account.name, "reason": "the server offers neither MOVE nor UIDPLUS"},
            )
        for chunk in chunks(sorted(here), CHUNK):
            if movable:
                self._move(chunk)
            else:
                self._flag(chunk)
        remaining = present(self._client, here) if movable and here else set()
        if remaining:
            log.warning("mail not archived", extra={"source": self._account.name, "key": uid_set(remaining)})
        return remaining

    def try_archive(self) -> str:
        """Takes a mail of our own into the archive folder and back, and gives a line about it.

        The mail lives in a folder of its own, so that no daemon on the inbox takes it for a customer's; both are
        removed. The server's refusal passes, as it would when a customer's mail is archived.
        """
        folder = self._account.archive
        if not folder:
            return "processed mail stays where it is, flagged"
        if {"MOVE", "UIDPLUS"}.isdisjoint(self._capabilities):
            return "the server offers neither MOVE nor UIDPLUS: processed mail stays where it is, flagged"
        archive, scratch = self._name(folder), self._name(f"{folder}-check")
        try:
            key = f"{uuid.uuid4().hex}@check.invalid"
            self._client.append(scratch, _TRIAL % key.encode(), [b"\\Seen"])
            self._client.select_folder(scratch)
            self._move(self._client.uids("ALL"))
            self._client.select_folder(archive)
            there = self._client.uids(f'HEADER Message-ID "<{key}>"')
            if not there:
                raise MailboxError(f"mailbox {self._account.name}: a mail moved to {folder} does not arrive there")
            self._into(f"{folder}-check", lambda name: self._carry(there, name))
        finally:
            with suppress(IMAPClientError):
                self._client.delete_folder(scratch)
                self._client.unsubscribe_folder(scratch)
        return f"{folder}: mail can be moved there and back"

    def file_sent(self, content: bytes, at: datetime) -> None:
        """Put a copy of a letter into the sent folder, as read."""
        self._into(self._account.sent_folder, lambda name: self._client.append(name, content, [b"\\Seen"], at))

    def _move(self, uids: Sequence[int]) -> None:
        self._into(self._account.archive, lambda name: self._carry(uids, name))

    def _carry(self, uids: Sequence[int], name: str) -> None:
        """Moves mails of the open folder; `name` is the target's on the server."""
        if "MOVE" in self._capabilities:
            self._client.move(uids, name)
            return
        self._client.copied()
        self._client.copy(uids, name)
        copied = self._client.copied()
        # Only mail that the server says it has copied may be removed. A server that names none has copied all of it.
        doomed = [uid for uid in uids if copied is None or uid in copied]
        if doomed:
            self._client.add_flags(doomed, [b"\\Deleted"], silent=True)
            # Never a plain EXPUNGE or CLOSE: they destroy mail that somebody else has marked as deleted.
            self._client.uid_expunge(doomed)

    def _flag(self, uids: Sequence[int]) -> None:
        if not self.keywords:
            return
        try:
            self._client.add_flags(uids, [KEYWORD], silent=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            # The flag is for people; Postdesk itself does not need it.
            self.keywords = False

    def _into(self, folder: str, act: Callable[[str], Any]) -> None:
        """Run an action whose target is a folder, and create the folder if it is missing."""
        try:
            act(self._name(folder))
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            # Somebody has removed the folder in the meantime.
            if "[TRYCREATE]" not in str(error).upper() or folder not in self._names:
                raise
            del self._names[folder]
            act(self._name(folder))

    def _name(self, folder: str) -> str:
        """The name on the server of a folder, which is created if it is missing."""
        if folder not in self._names:
            self._names[folder] = self._find_or_create(folder)
        return self._names[folder]

    def _find_or_create(self, folder: str) -> str:
        candidates = [wire_name(folder)]
        prefix, separator = self._client.personal_namespace() if "NAMESPACE" in self._capabilities else ("", "")
        if prefix and not candidates[0].startswith(prefix):
            # Courier, Cyrus and many hosters keep every folder below "INBOX.".
            candidates.append(prefix + candidates[0])
        for name in candidates:
            if name in self._client.folder_names(name):
                return name
        refusal: IMAPClientError | None = None
        for name in candidates:
            try:
                self._client.create_folder(name)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                if "[ALREADYEXISTS]" not in str(error).upper():
                    refusal = error
                    continue
            log.info("folder created", extra={"source": self._account.name, "key": folder})
            self._subscribe(name)
            return name
        raise MailboxError(
            f"mailbox {self._account.name}: folder {folder} cannot be created: {in_words(refusal)}"
            + (f'; this server separates levels by "{separator}"' if separator else "")
        ) from refusal

    def _subscribe(self, name: str) -> None:
        try:
            self._client.subscribe_folder(name)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            # Mail programs that show only subscribed folders will not show it, but mail is archived all the same.
            pass
