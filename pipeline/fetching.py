"""From the mailbox to the inbox row: mail is kept before anything can fail, and nothing changes on the server."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from mailer.account import Account
from mailer.source import Source
from models import inbox, meta
from parser.mail import RawMessage
from pipeline.context import Context

log = logging.getLogger("postdesk")

# Mails of one commit: their bytes are durable one by one, their rows together.
_TOGETHER = 20
_OLD = timedelta(days=1)


def fetch(context: Context, source: Source, account: Account) -> int:
    """Keeps all mails of a mailbox that we do not hold yet; gives how many. Touches nothing on the server."""
    if not context.trusted():
        # A clock that may be wrong must not say when they came.
        return 0
    kept = 0
    # The first folder comes last, because it is the one that stays open, to wait on.
    for folder in reversed(source.folders()):
        uidvalidity = source.open(folder)
        listed = source.list()
        new = listed - context.store.run(inbox.known, account.name, folder, uidvalidity, listed)
        # Even an empty folder is begun now: what comes later is never old.
        new -= _skipped(context, source, account, folder, uidvalidity, new)
        if not new:
            continue
        kept += keep(context, source.fetch(sorted(new, key=_by_age), account.size_limit))
    return kept


def _by_age(key: str) -> tuple[int, str]:
    """UIDs rise with age; names in a Maildir begin with the time."""
    return (int(key) if key.isdecimal() else 0, key)


def _skipped(
    context: Context, source: Source, account: Account, folder: str, uidvalidity: int, new: frozenset[str]
) -> frozenset[str]:
    """On the first sight of a folder: what is older than the cut-off. It is noted, left there and never answered."""
    name = f"begun {account.name}/{folder}/{uidvalidity}"
    if context.store.run(meta.get, name) is not None:
        return frozenset()
    now = context.now()
    cutoff = account.since or (context.store.run(meta.first, f"first {account.name}", now) - _OLD)
    described = source.describe(sorted(new, key=_by_age)) if new else {}
    old = {key: it for key, it in described.items() if it.internal_at is not None and it.internal_at < cutoff}

    def note(session: Session) -> None:
        for key, it in old.items():
            inbox.skip(session, RawMessage(account.name, folder, uidvalidity, key, b"", it.size, it.internal_at), now)
        meta.put(session, name, now.isoformat())

    context.store.run(note)
    if old:
        extra = {"source": account.name, "count": len(old), "reason": f"older than {cutoff.isoformat()}"}
        log.warning("older mail left alone", extra=extra)
    return frozenset(old)


def keep(context: Context, raws: Iterable[RawMessage]) -> int:
    """Bytes durable in the vault first, then the rows; gives how many are new.

    One mail at a time is in memory. Where the source fails, those that it gave before are entered all the same.
    """
    entered = 0
    durable: list[tuple[RawMessage, str]] = []
    try:
        for raw in raws:
            durable.append((replace(raw, content=b""), context.vault.put(raw.content)))
            # Not held while the next one is fetched.
            del raw
            if len(durable) == _TOGETHER:
                batch, durable = durable, []
                entered += _enter(context, batch)
    finally:
        if durable:
            entered += _enter(context, durable)
    return entered


def _enter(context: Context, durable: list[tuple[RawMessage, str]]) -> int:
    context.fail_point("kept in vault")
    now = context.now()

    def enter(session: Session) -> int:
        return sum(inbox.keep(session, raw, digest, now) for raw, digest in durable)

    entered = context.store.run(enter)
    context.fail_point("entered in inbox")
    return entered


def enter_spool(context: Context) -> int:
    """Enters mails that `postdesk ingest` left; gives how many."""
    entered = 0
    if not context.trusted():
        return entered
    for name, mailbox, content in context.spool.mails():
        # No other copy is left: one that is too large to be read is kept whole.
        oversize = len(content) > context.settings.desk.mailbox(mailbox).size_limit
        raw = RawMessage(mailbox, inbox.PIPE, 0, name, content, len(content), None, oversize=oversize)
        entered += keep(context, [raw])
        context.spool.mail_entered(name)
    return entered
