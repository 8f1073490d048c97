"""From the inbox row to the letters that a mail causes, in one transaction.

    fetching   mailbox → vault → inbox row
    incoming   inbox row → ParsedMail → Facts → Route → Change → ticket, events, letters
    archiving  handled mail → archive folder

`outgoing` takes the letters from there; `timers` does what time causes instead of a mail. Each step may be cut off
anywhere and run again: what it must not repeat is held by a unique key or a fence.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from desk import routes, routing
from desk.errors import DamagedObject, DeskError, StoreError
from desk.facts import NO_STATISTICS, Facts
from desk.intake import decide
from desk.letters import AttachmentRef
from desk.replies import notifications
from desk.requester import Requester, as_written, requester
from desk.same_matter import mailbox_of
from mailer.source import header_section
from models import changes, inbox, lookup
from models.queue_statistics import queue_statistics
from models.store import Store
from models.vault import Vault
from parser.identity.dkim import dkim_names
from parser.identity.sender import proof
from parser.mail import Keys, ParsedMail, ReadingContext
from pipeline.context import Context, apply_change, post
from pipeline.sandbox.pool import Unreadable

log = logging.getLogger("postdesk")

Given = ParamSpec("Given")

_PATIENCE_FOR_EARLIER = timedelta(seconds=30)
# A server's INTERNALDATE is believed in this window around our own clock (promises I16).
_PAST, _FUTURE = timedelta(days=15), timedelta(minutes=5)
_RELEASED_FOR = timedelta(seconds=5)
# Files up to this size are searched for internal text when their mail is judged (desk.routing).
_AT_HAND = 2_000_000


def process_message(context: Context) -> bool:
    """Reads and judges one waiting mail; False when none waits. A mail that fails three times is parked."""
    if not context.trusted():
        return False
    _release_pending(context)
    claimed = _claim(context)
    if claimed is None:
        return False
    try:
        _process(context, claimed)
    finally:
        if claimed not in context.pending_releases:
            context.watch.mails.discard(claimed.id)
    return True


def _claim(context: Context) -> inbox.Claimed | None:
    lease, watch = context.settings.run.lease, context.watch
    with watch.claiming:
        claimed = context.store.run(inbox.claim, context.now(), lease, context.worker, watch.mails, watch.gone)
        if claimed is not None:
            watch.mails.add(claimed.id)
    return claimed


def _process(context: Context, claimed: inbox.Claimed) -> None:
    context.fail_point("claimed")
    if claimed.tries > inbox.TRIES:
        # Its earlier readers ended without a word.
        _park(context, claimed, "every worker that read it died")
        return
    try:
        mail = _read(context, claimed)
        if isinstance(mail, Unreadable):
            _try_again(context, claimed, mail.reason)
            return
        mail, refs = _keep_attachments(context.vault, mail)
        context.fail_point("attachments kept")
        try:
            context.store.run(_judge, context, claimed, mail, refs)
        except IntegrityError:
            # Another worker saved the twin of this mail first; seen again, it is a duplicate.
            context.store.run(_judge, context, claimed, mail, refs)
        context.fail_point("judged")
    except inbox.NoLongerOurs:
        log.warning("mail taken by another worker", extra={"inbox": claimed.id})
    except DamagedObject as error:
        _try_again(context, claimed, str(error))
    except (DeskError, OSError) as error:
        # A full disk, a database that is away, a reader that cannot start: no fault of this mail. It keeps its tries.
        _release(context, claimed, str(error))
        raise
    except Exception as error:
        log.exception("mail failed", extra={"inbox": claimed.id})
        _try_again(context, claimed, f"{type(error).__name__}: {error}")


def _read(context: Context, claimed: inbox.Claimed) -> ParsedMail | Unreadable:
    """The mail as it reads. The reader is given what it cannot look up: our names, and the keys of the signatures.

    The names of the keys are found here and not in the worker. It is one bounded look at the bytes, and a worker that
    a mail has taken over must not choose what we ask: questions to DNS would carry out what it has read of others.
    """
    desk, content = context.settings.desk, context.vault.get(claimed.digest)
    if claimed.oversize:
        # Mail from a pipe is here whole; of others nothing else was fetched.
        content = header_section(content)
    keys = None
    # A signature is over the body too.
    if desk.mailbox(claimed.mailbox).verify_dkim and not claimed.oversize:
        keys = Keys(context.answers(dkim_names(content)), _received_at(claimed))
    return context.read(content, ReadingContext(desk.domains, desk.names, keys, desk.banners))


def _keep_attachments(vault: Vault, mail: ParsedMail) -> tuple[ParsedMail, tuple[AttachmentRef, ...]]:
    """The mail without the contents of its large files, and where in the vault each of its files is."""
    refs = tuple(
        AttachmentRef(one.safe_name, one.content_type, one.size, vault.put(one.content)) for one in mail.attachments
    )
    lighter = tuple(one if one.size <= _AT_HAND else replace(one, content=b"") for one in mail.attachments)
    return replace(mail, attachments=lighter), refs


def _judge(
    session: Session, context: Context, claimed: inbox.Claimed, mail: ParsedMail, refs: tuple[AttachmentRef, ...]
) -> None:
    """Look up, route, change, save, compose, queue, mark: one transaction."""
    started, desk = context.now(), context.settings.desk
    # Without an id and a date, equal words may be two mails; then only the very same bytes are one.
    fingerprint = mail.fingerprint if mail.message_id or mail.date else f"raw:{claimed.digest}"
    context.store.lock(session, f"mail {fingerprint}")
    # Two mails of one sender at once may be one matter, or the last that is told one by one.
    context.store.lock(session, f"sender {mailbox_of(mail.sender.address)}")
    received_at = _received_at(claimed)
    mailbox = desk.mailbox(claimed.mailbox)
    agent = desk.agent(mail.sender.address)
    proven = proof(mail, mailbox.authserv_id, mailbox.verify_dkim, agent.logins if agent else ())
    mail = as_written(mail, proven, desk)
    facts = lookup.gather(
        session, mail, fingerprint, claimed, received_at, refs, proven, desk, started, key=context.key
    )
    route = routing.route(mail, facts, desk)
    if _must_wait(session, claimed, mail, route, started):
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
    state = inbox.HELD if isinstance(route, (routes.HeldAgentMail, routes.HeldBlank)) else inbox.DONE
    name, reason = routes.stored_name(route), _reason(route, facts, mail, requester(mail, desk))
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
    log.info("mail processed", extra=extra)


def _received_at(claimed: inbox.Claimed) -> datetime:
    """From when promises count: the server's receive time where it can be true, never the Date field."""
    at = claimed.internal_at
    if at is not None and claimed.kept_at - _PAST <= at <= claimed.kept_at + _FUTURE:
        return min(at, claimed.kept_at)
    return claimed.kept_at


def _must_wait(session: Session, claimed: inbox.Claimed, mail: ParsedMail, route: routes.Route, now: datetime) -> bool:
    """Whether what a mail answers may still be on its way to us: another worker may have taken the earlier mail."""
    answers = bool(mail.in_reply_to or mail.references)
    lost = isinstance(route, routes.NewRequest) and not route.claims and route.follows is None
    young = now - claimed.kept_at < _PATIENCE_FOR_EARLIER
    return answers and lost and young and inbox.earlier_waiting(session, claimed)


def _reason(route: routes.Route, facts: Facts, mail: ParsedMail, who: Requester) -> str:
    match route:
        case routes.HeldAgentMail(reason, detail, _):
            return f"{reason} {detail}".strip()[:500]
        case routes.Duplicate(of, _):
            return f"the same mail as {of}"
        case routes.FollowUp(known):
            return f"{known.how}; {facts.proof.verdict}"
        case routes.NothingNew(known, what):
            return f"{what}; {known.how}; {facts.proof.verdict}"
        case routes.NewRequest() if who.own_from:
            return f"{who.own_from} in From, but no letter of ours; the requester is by {who.known_by or 'nothing'}"
        case routes.HeldBlank():
            return "empty: no sender, no subject, no text"
        case routes.AutoReply() | routes.DeliveryReport():
            return "; ".join(mail.kind_evidence)[:500] or mail.gesture or mail.kind
        case _:
            return ""


def _try_again(context: Context, claimed: inbox.Claimed, reason: str) -> None:
    if claimed.tries >= inbox.TRIES:
        _park(context, claimed, reason)
        return
    log.warning("mail will be read again", extra={"inbox": claimed.id, "reason": reason})
    due = context.now() + inbox.RETRY[claimed.tries - 1]
    _unless_lost(context.store, inbox.give_back, claimed, due, reason)


def _release(context: Context, claimed: inbox.Claimed, reason: str) -> None:
    """Gives a mail back without counting the try; at the next chance, if the database is away now."""
    due = context.now() + _RELEASED_FOR
    try:
        _unless_lost(context.store, inbox.give_back, claimed, due, reason, count=False)
    except StoreError:
        context.pending_releases.append(claimed)


def _release_pending(context: Context) -> None:
    """What could not be given back while the database was away."""
    while context.pending_releases:
        claimed = context.pending_releases[0]
        due = context.now()
        _unless_lost(context.store, inbox.give_back, claimed, due, "the database was away", count=False)
        with suppress(ValueError):
            context.pending_releases.remove(claimed)
        context.watch.mails.discard(claimed.id)


def _park(context: Context, claimed: inbox.Claimed, reason: str) -> None:
    """Sets a mail aside for a person, and says so to the leads without a word of its content."""
    log.error("mail parked", extra={"inbox": claimed.id, "source": claimed.mailbox, "reason": reason})

    def park(session: Session) -> None:
        inbox.mark(session, claimed, inbox.PARKED, context.now(), route="Parked", reason=reason[:1000])
        notices = notifications.parked_notices(claimed.id, claimed.mailbox, reason, context.settings.desk)
        post(session, context, notices, None, None, claimed.id)

    _unless_lost(context.store, park)


def _unless_lost(
    store: Store, work: Callable[Concatenate[Session, Given], None], *args: Given.args, **kwargs: Given.kwargs
) -> None:
    """`work` in one transaction; nothing but a warning where another worker has taken the mail meanwhile."""
    try:
        store.run(work, *args, **kwargs)
    except inbox.NoLongerOurs as lost:
        log.warning("mail taken by another worker", extra={"reason": str(lost)})
