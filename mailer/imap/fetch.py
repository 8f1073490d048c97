"""Getting mails out of an IMAP folder: in bounded memory, each one checked, none silently skipped."""

import io
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mailer.imap.client import Client, in_words, uid_set
from mailer.source import Described

log = logging.getLogger(__name__)

BATCH_BYTES = 8 << 20
BATCH_MAILS = 50
WHOLE_BYTES = 8 << 20
"""A larger mail is fetched in pieces: a whole answer is held several times over while it is read."""
PIECE_BYTES = 4 << 20
CHUNK = 500
"""How many UIDs one command names at most."""

Answers = dict[int, Mapping[bytes, Any]]


def describe(client: Client, uids: Sequence[int]) -> tuple[dict[int, Described], set[int]]:
    """Size and date of each mail, and the listed UIDs for which the server gives none."""
    described: dict[int, Described] = {}
    unsized: set[int] = set()
    for chunk in chunks(uids, CHUNK):
        answers, missing = _insist(client, chunk, "RFC822.SIZE INTERNALDATE", _has_size)
        unsized |= missing
        for uid, answer in answers.items():
            described[uid] = Described(answer[b"RFC822.SIZE"], _utc(answer.get(b"INTERNALDATE")))
    return described, unsized


def contents(
    client: Client, batch: Sequence[int], sizes: Mapping[int, int], *, header_only: bool
) -> tuple[dict[int, bytes], set[int]]:
    """The content of each mail of a batch, and the UIDs that are listed but were not handed over.

    A vanished mail is in neither. The content may differ from its announced size, if it does so twice.
    """
    if header_only:
        answers, missing = _insist(client, batch, "BODY.PEEK[HEADER]", _has_body)
        return {uid: body(answer) for uid, answer in answers.items()}, missing
    if len(batch) == 1 and sizes[batch[0]] > WHOLE_BYTES:
        return _in_pieces(client, batch[0], sizes[batch[0]])
    answers, missing = _insist(client, batch, "BODY.PEEK[]", _has_body)
    found = {uid: body(answer) for uid, answer in answers.items()}
    for uid, content in found.items():
        # Some servers miscount RFC822.SIZE for ever (Exchange, hMailServer): what comes twice is the mail.
        if len(content) != sizes[uid]:
            again, _ = _insist(client, [uid], "BODY.PEEK[]", _has_body)
            found[uid] = body(again[uid]) if uid in again else content
    return found, missing


def _in_pieces(client: Client, uid: int, size: int) -> tuple[dict[int, bytes], set[int]]:
    content = b""
    for _ in range(2):
        pieces = io.BytesIO()
        offset = 0
        # Twice the announced size is more than any miscount: the loop ends, even if the server never does.
        while offset <= 2 * size:
            # Beyond the end some servers say NIL where RFC 9051 §6.4.5 wants an empty string.
            complete = _has_body if offset == 0 else _names_body
            answers, missing = _insist(client, [uid], f"BODY.PEEK[]<{offset}.{PIECE_BYTES}>", complete)
            if uid not in answers:
                return {}, missing
            piece = body(answers.pop(uid))
            pieces.write(piece)
            offset += len(piece)
            if len(piece) != PIECE_BYTES:
                break
        content = pieces.getvalue()
        if len(content) == size:
            break
    return {uid: content}, set()


def present(client: Client, uids: Iterable[int]) -> set[int]:
    """Those of the UIDs that are in the folder now."""
    wanted = sorted(set(uids))
    found: set[int] = set()
    for chunk in chunks(wanted, CHUNK):
        found.update(client.uids(f"UID {uid_set(chunk)}"))
    return found.intersection(wanted)


def _insist(
    client: Client, uids: Sequence[int], items: str, complete: Callable[[Mapping[bytes, Any]], bool]
) -> tuple[Answers, set[int]]:
    """FETCH all, then what is missing one by one. The set holds what is still missing, although it is listed."""
    answers: Answers = {}
    try:
        answers = _complete(client, uids, items, complete)
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        # A server that cannot read one mail may refuse them all: the others can be fetched one by one.
        log.warning("fetch refused", extra={"key": uid_set(uids), "reason": in_words(error)})
    for uid in [uid for uid in uids if uid not in answers]:
        try:
            answers |= _complete(client, [uid], items, complete)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            log.warning("fetch refused", extra={"key": str(uid), "reason": in_words(error)})
    lacking = [uid for uid in uids if uid not in answers]
    return answers, present(client, lacking) if lacking else set()


def _complete(
    client: Client, uids: Sequence[int], items: str, complete: Callable[[Mapping[bytes, Any]], bool]
) -> Answers:
    return {uid: answer for uid, answer in client.ask(uids, items).items() if complete(answer)}


def _has_size(answer: Mapping[bytes, Any]) -> bool:
    size = answer.get(b"RFC822.SIZE")
    return isinstance(size, int) and size >= 0


def _has_body(answer: Mapping[bytes, Any]) -> bool:
    return any(name.startswith(b"BODY[") and isinstance(value, bytes) for name, value in answer.items())


def _names_body(answer: Mapping[bytes, Any]) -> bool:
    return any(name.startswith(b"BODY[") for name in answer)


def body(answer: Mapping[bytes, Any]) -> bytes:
    """The one BODY[…] of a FETCH answer, whatever the server calls its section; b"" where it is NIL."""
    for name, value in answer.items():
        if name.startswith(b"BODY["):
            # imapclient reads an unquoted or quoted number as one.
            return (
                value if isinstance(value, bytes) else b"" if value is None else str(value).encode("ascii", "replace")
            )
    return b""


def batches(described: Mapping[int, Described], size_limit: int) -> Iterator[list[int]]:
    """The UIDs in order, cut into what one FETCH may ask for: a mail over a limit stands alone."""
    batch: list[int] = []
    total = 0
    for uid in sorted(described):
        size = described[uid].size
        alone = size > size_limit or size > WHOLE_BYTES
        if batch and (alone or total + size > BATCH_BYTES or len(batch) == BATCH_MAILS):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
        if alone:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


def chunks(uids: Sequence[int], length: int) -> Iterator[Sequence[int]]:
    """The UIDs in runs of at most `length`."""
    for start in range(0, len(uids), length):
        yield uids[start : start + length]


def _utc(at: Any) -> datetime | None:
    if not isinstance(at, datetime) or at.tzinfo is None:
        return None
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None
