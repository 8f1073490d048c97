"""The walk of a mail, from the mailbox to the letters it causes: every step once, in order.

    fetch      mailbox → vault → inbox row
    take_in    inbox row → ParsedMail → Facts → Route → Change → ticket, events, letters: one transaction
    file_away  handled mail → archive folder

`sending` takes the letters from there; `clockwork` is the second door, by which time comes in. Each step may be cut
off anywhere and run again: what it must not repeat is held by a unique key or a fence.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from desk import routes, routing
from desk.errors import StoreError
from desk.facts import NO_STATISTICS, Facts
from desk.intake import decide
from desk.letters import AttachmentRef
from desk.replies import notifications as replies
from mailer.account import Account
from mailer.source import Source
from models import changes, inbox, lookup, meta, outbox
from models.queue_statistics import queue_statistics
from parser.identity.dkim import dkim_names
from parser.mail import Keys, ParsedMail, RawMessage, ReadingContext
from pipeline.context import Context, apply_change, post
from pipeline.sandbox.pool import Unreadable

log = logging.getLogger("postdesk")

Given = ParamSpec("Given")
Item = TypeVar("Item")

# Mails of one commit: their bytes are durable one by one, their rows together.
_TOGETHER = 20
_OLD = timedelta(days=1)
_PATIENCE_FOR_EARLIER = timedelta(seconds=30)
# A server's INTERNALDATE is believed in this window around our own clock (promises I16).
_PAST, _FUTURE = timedelta(days=15), timedelta(minutes=5)
_SPARED = timedelta(seconds=5)


# In: from the mailbox to the inbox row.


def fetch(context: Context, source: Source, account: Account) -> int:
    """Keeps all mails of a mailbox that we do not hold yet; gives how many. Touches nothing on the server."""
    if not context.trusted():
        # When they came must not be told by a clock that may be wrong.
        return 0
    kept = 0
    # The first folder comes last, because it is the one that stays open to rest on.
    for folder in reversed(source.folders()):
        uidvalidity = source.open(folder)
        listed = source.list()
        new = listed - context.store.run(inbox.known, account.name, folder, uidvalidity, listed)
        # Even an empty folder is begun now: what comes later is never old.
        new -= _skipped(context, source, account, folder, uidvalidity, new)
        if not new:
            continue
        for together in _chunks(source.fetch(sorted(new, key=_by_age), account.size_limit), _TOGETHER):
            kept += keep(context, together)
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


def keep(context: Context, raws: Sequence[RawMessage]) -> int:
    """Bytes durable in the vault first, then the rows; gives how many are new."""
    digests = [context.vault.put(raw.content) for raw in raws]
    context.fail_point("kept in vault")
    now = context.now()

    def enter(session: Session) -> int:
        return sum(inbox.keep(session, raw, digest, now) for raw, digest in zip(raws, digests, strict=True))

    entered = context.store.run(enter)
    context.fail_point("entered in inbox")
    return entered


def enter_spool(context: Context) -> int:
    """Enters mails that `postdesk ingest` left; gives how many."""
    entered = 0
    if not context.trusted():
        return entered
    for name, mailbox, content in context.spool.mails():
        raw = RawMessage(mailbox, "ingest", 0, name, content, len(content), None)
        entered += keep(context, [raw])
        context.spool.mail_entered(name)
    return entered


# Judgement: one mail, one transaction.


def process_message(context: Context) -> bool:
    """Reads and judges one waiting mail; False when none waits. A mail that stumbles is parked at the third time."""
    if not context.trusted():
        return False
    _release_pending(context)
    lease = context.settings.run.claim
    claimed = context.store.run(inbox.claim, context.now(), lease, context.worker)
    if claimed is None:
        return False
    context.fail_point("claimed")
    if claimed.tries > inbox.TRIES:
        # Its earlier readers ended without a word.
        _park(context, claimed, "every worker that read it died")
        return True
    try:
        mail = _read(context, claimed)
        if isinstance(mail, Unreadable):
            _stumble(context, claimed, mail.reason)
            return True
        refs = _keep_attachments(context, mail)
        context.fail_point("attachments kept")
        try:
            context.store.run(_judge, context, claimed, mail, refs)
        except IntegrityError:
            # Another worker saved the twin of this mail first; seen again, it is a duplicate.
            context.store.run(_judge, context, claimed, mail, refs)
        context.fail_point("judged")
    except inbox.NoLongerOurs:
        log.warning("mail taken by another worker", extra={"inbox": claimed.id})
    except StoreError as error:
        if not str(error).startswith("the vault object"):
            # A full disk or a database that is away is no fault of this mail: it keeps its tries.
            _release(context, claimed, str(error))
            raise
        _stumble(context, claimed, str(error))
    except Exception as error:
        log.exception("mail stumbled", extra={"inbox": claimed.id})
        _stumble(context, claimed, f"{type(error).__name__}: {error}")
    return True


def _read(context: Context, claimed: inbox.Claimed) -> ParsedMail | Unreadable:
    """Step 4 of the walk, with what the reader cannot look up: who we are, and the keys of the mail's signatures.

    The names of the keys are found here and not in the worker. It is one bounded look at the bytes, and a worker that
    a mail has taken over must not choose what we ask: questions to DNS would carry out what it has read of others.
    """
    desk, content = context.settings.desk, context.vault.get(claimed.digest)
    keys = None
    # Of a mail that is too large only the header section is here, and a signature is over the body too.
    if desk.mailbox(claimed.mailbox).verify_dkim and not claimed.oversize:
        keys = Keys(context.answers(dkim_names(content)), _received_at(claimed))
    return context.read(content, ReadingContext(desk.domains, desk.names, keys))


def _keep_attachments(context: Context, mail: ParsedMail) -> tuple[AttachmentRef, ...]:
    return tuple(
        AttachmentRef(one.safe_name, one.content_type, one.size, context.vault.put(one.content))
        for one in mail.attachments
    )


def _judge(
    session: Session, context: Context, claimed: inbox.Claimed, mail: ParsedMail, refs: tuple[AttachmentRef, ...]
) -> None:
    """Steps 5 to 10 of the walk: look up, route, change, save, compose, queue, mark."""
    started, desk = context.now(), context.settings.desk
    # Without an id and a date, equal words may be two mails; then only the very same bytes are one.
    fingerprint = mail.fingerprint if mail.message_id or mail.date else f"raw:{claimed.digest}"
    context.store.lock(session, f"mail {fingerprint}")
    received_at = _received_at(claimed)
    facts = lookup.gather(session, mail, fingerprint, claimed, received_at, refs, desk, started)
    route = routing.route(mail, facts, desk)
    if _must_wait(session, context, claimed, mail, route):
        inbox.give_back(session, claimed, started + timedelta(seconds=1), "waits for an earlier mail", count=False)
        return
    statistics = NO_STATISTICS
    if isinstance(route, routes.NewRequest):
        # The acknowledgement names a time, which depends on how much waits in the queue that the request goes to.
        statistics = queue_statistics(session, route.verdict.queue, route.verdict.category, started)
    change = decide.change(route, mail, facts, desk, started, statistics)
    files = tuple(zip(mail.attachments, refs, strict=True))
    prefix = desk.policy.prefix
    ticket, ticket_id = changes.save(
        session, change, started, prefix=prefix, inbox_id=claimed.id, fingerprint=fingerprint, attachments=files
    )
    post(session, context, change.drafts, ticket, ticket_id, claimed.id)
    for further in change.also:
        apply_change(session, context, further, claimed.id)
    state = inbox.HELD if isinstance(route, routes.HeldAgentMail) else inbox.DONE
    name, reason = routes.stored_name(route), _reason(route, facts, mail)
    inbox.mark(
        session, claimed, state, started, route=name, reason=reason, ticket_id=ticket_id, fingerprint=fingerprint
    )
    extra = {
        "inbox": claimed.id,
        "source": claimed.mailbox,
        "message_id": mail.message_id,
        "route": name,
        "ticket": ticket.tag if ticket else None,
        "reason": reason,
    }
    log.info("mail taken in", extra=extra)


def _received_at(claimed: inbox.Claimed) -> datetime:
    """From when promises count: the server's receive time where it can be true, never the Date field."""
    at = claimed.internal_at
    if at is not None and claimed.kept_at - _PAST <= at <= claimed.kept_at + _FUTURE:
        return min(at, claimed.kept_at)
    return claimed.kept_at


def _must_wait(
    session: Session, context: Context, claimed: inbox.Claimed, mail: ParsedMail, route: routes.Route
) -> bool:
    """Whether what a mail answers may still be on its way to us: another worker may have taken the earlier mail."""
    answers = bool(mail.in_reply_to or mail.references)
    lost = isinstance(route, routes.NewRequest) and not route.claims and route.follows is None
    young = context.now() - claimed.kept_at < _PATIENCE_FOR_EARLIER
    return answers and lost and young and inbox.earlier_waiting(session, claimed)


def _reason(route: routes.Route, facts: Facts, mail: ParsedMail) -> str:
    match route:
        case routes.HeldAgentMail(reason, detail, _):
            return f"{reason} {detail}".strip()[:500]
        case routes.Duplicate(of):
            return f"the same mail as {of}"
        case routes.FollowUp(known):
            return f"{known.how}; {facts.proof.verdict}"
        case routes.AutoReply() | routes.DeliveryReport():
            return "; ".join(mail.kind_evidence)[:500] or mail.kind
        case _:
            return ""


def _stumble(context: Context, claimed: inbox.Claimed, reason: str) -> None:
    if claimed.tries >= inbox.TRIES:
        _park(context, claimed, reason)
        return
    log.warning("mail will be read again", extra={"inbox": claimed.id, "reason": reason})
    due = context.now() + inbox.RETRY[claimed.tries - 1]
    _unless_lost(context, inbox.give_back, claimed, due, reason)


def _release(context: Context, claimed: inbox.Claimed, reason: str) -> None:
    """Gives a mail back without counting the try; at the next chance, if the database is away now."""
    due = context.now() + _SPARED
    try:
        _unless_lost(context, inbox.give_back, claimed, due, reason, count=False)
    except StoreError:
        context.pending_releases.append(claimed)


def _release_pending(context: Context) -> None:
    """What could not be given back while the database was away."""
    while context.pending_releases:
        claimed = context.pending_releases[0]
        due = context.now()
        _unless_lost(context, inbox.give_back, claimed, due, "the database was away", count=False)
        with suppress(ValueError):
            context.pending_releases.remove(claimed)


def _park(context: Context, claimed: inbox.Claimed, reason: str) -> None:
    """Sets a mail aside for a person, and says so to the leads without a word of its content."""
    log.error("mail parked", extra={"inbox": claimed.id, "source": claimed.mailbox, "reason": reason})

    def park(session: Session) -> None:
        inbox.mark(session, claimed, inbox.PARKED, context.now(), route="Parked", reason=reason[:1000])
        notices = replies.parked_notices(claimed.id, claimed.mailbox, reason, context.settings.desk)
        post(session, context, notices, None, None, claimed.id)

    _unless_lost(context, park)


def _unless_lost(
    context: Context, work: Callable[Concatenate[Session, Given], None], *args: Given.args, **kwargs: Given.kwargs
) -> None:
    """`work` in one transaction; nothing but a warning where another worker has taken the mail meanwhile."""
    try:
        context.store.run(work, *args, **kwargs)
    except inbox.NoLongerOurs as lost:
        log.warning("mail taken by another worker", extra={"reason": str(lost)})


# After the commit: the mailbox is tidied.


def archive(context: Context, source: Source, account: Account) -> int:
    """Moves handled mails to the archive folder and files copies of letters; gives how many mails."""
    done = 0
    for (folder, uidvalidity), keys in context.store.run(inbox.to_file, account.name).items():
        if folder not in source.folders() or source.open(folder) != uidvalidity:
            # The keys mean other mails now, or nothing: there is nothing left that we could move.
            settled = frozenset(keys)
        else:
            settled = source.archive(keys)
        context.fail_point("filed on server")
        now = context.now()
        context.store.run(inbox.filed, account.name, folder, uidvalidity, settled, now)
        done += len(settled)
    if account.sent_folder:
        for row in context.store.run(outbox.to_copy, account.name):
            source.file_sent(context.vault.get(row.digest), row.sent_at or context.now())
            context.store.run(outbox.copied, row.id, context.now())
    return done


def _chunks(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while chunk := list(islice(items, size)):
        yield chunk
