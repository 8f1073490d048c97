"""What commands left for the daemon: each request is carried out once, and answered."""

import logging
from datetime import datetime
from typing import assert_never

from sqlmodel import Session

from desk import outcomes
from desk.errors import DeskError
from desk.facts import KnownLetter
from desk.requests import (
    ChangeLetter,
    DropMail,
    LiftSuppression,
    RebuildTickets,
    RecordUnmasking,
    ReplayMail,
    Request,
)
from models import inbox, outbox, spool, suppression, tickets
from pipeline import recalculation
from pipeline.context import Context, apply_change

log = logging.getLogger("postdesk")


def run_requests(context: Context) -> int:
    """Carries out the requests that commands left, each once; gives how many."""
    done = 0
    for name, request in context.spool.requests():
        try:
            context.store.run(_run_request, context, name, request)
        except DeskError:
            raise
        except Exception as error:
            # One that fails by a bug is answered, too: else it would keep all others waiting for ever.
            log.exception("request failed", extra={"reason": name})
            answer = f"failed: {type(error).__name__}; see the log"
            context.store.run(spool.spend, name, context.now(), done=False, answer=answer)
        context.spool.request_done(name)
        done += 1
    return done


def _run_request(session: Session, context: Context, name: str, request: Request | None) -> None:
    if spool.spent(session, name) is not None:
        return
    done, answer = (False, "unknown request") if request is None else _carried_out(session, context, request)
    spool.spend(session, name, context.now(), done=done, answer=answer)
    log.info("request carried out", extra={"reason": answer})


def _carried_out(session: Session, context: Context, request: Request) -> tuple[bool, str]:
    """(whether it could be, in words) of one request."""
    now = context.now()
    match request:
        case ReplayMail(inbox_id):
            if inbox.again(session, inbox_id, now):
                return True, f"mail {inbox_id} is processed again"
            return False, f"mail {inbox_id} is neither parked nor held"
        case DropMail(inbox_id):
            if inbox.drop(session, inbox_id):
                return True, f"mail {inbox_id} is dropped"
            return False, f"mail {inbox_id} is neither parked nor held"
        case ChangeLetter(letter_id, action):
            refused = outbox.order(session, letter_id, action, now)
            if refused is None and action == "retry":
                _record_retry(session, context, letter_id, now)
            return refused is None, refused or f"letter {letter_id}: {action} done"
        case RecordUnmasking(number, who, what):
            known = tickets.load(session, number, "references", context.settings.desk)
            if known is None:
                return False, f"there is no ticket {number}"
            apply_change(session, context, outcomes.unmasked(known, who, what, now))
            return True, f"ticket {number}: {what} unmasked for {who}"
        case RebuildTickets(numbers):
            changed = recalculation.rebuild(session, numbers, context.settings.desk, now)
            return True, f"{changed} of {len(numbers)} tickets have their deadlines anew"
        case LiftSuppression(address):
            if suppression.lift(session, address, now, context.settings.desk.policy.suppress_bounced):
                return True, f"automatic letters go to {address} again"
            return False, f"automatic letters to {address} are not suppressed"
        case _:
            assert_never(request)


def _record_retry(session: Session, context: Context, letter_id: int, now: datetime) -> None:
    """Writes into the ticket that a letter is sent again."""
    desk, letter = context.settings.desk, outbox.about(session, letter_id)
    known = tickets.by_row(session, letter.ticket_id, desk) if letter and letter.ticket_id is not None else None
    if letter is not None and known is not None:
        named = KnownLetter(
            letter.kind, letter.message_id, letter.recipient, known.ticket.number, letter.text, letter.key
        )
        apply_change(session, context, outcomes.letter_retried(known, named, desk, now))
