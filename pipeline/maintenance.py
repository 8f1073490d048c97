"""Now and then: what nothing refers to any more is removed."""

import logging

from models import leases, tickets
from models.vault import ORPHAN_AGE
from pipeline.context import Context

log = logging.getLogger("postdesk")


def housekeep(context: Context) -> int:
    """Removes vault objects that nothing refers to; gives how many."""
    before = context.now() - ORPHAN_AGE
    context.store.run(leases.forget, before)
    removed = context.vault.sweep(lambda names: context.store.run(tickets.in_use, names), before)
    if removed:
        log.info("vault swept", extra={"count": removed})
    return removed
