"""Now and then: what nothing refers to any more is removed."""

import logging
from datetime import datetime

from sqlmodel import Session

from models import health, leases, tickets
from models.vault import ORPHAN_AGE
from pipeline.context import Context

log = logging.getLogger("postdesk")


def housekeep(context: Context) -> int:
    """Removes vault objects that nothing refers to; gives how many."""
    if not context.trusted():
        # By a clock that has jumped, what was put a moment ago is old.
        return 0
    before = context.now() - ORPHAN_AGE
    context.store.run(_forget_workers, context, before)
    removed = context.vault.sweep(lambda names: context.store.run(tickets.in_use, names), before)
    if removed:
        log.info("vault swept", extra={"count": removed})
    return removed


def _forget_workers(session: Session, context: Context, before: datetime) -> None:
    for worker in leases.forget(session, before, context.settings.run.lease, context.watch):
        health.forget(session, worker)
