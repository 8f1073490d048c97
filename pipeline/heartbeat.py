"""A worker's signs of life: its lease, and the claims of workers that are gone."""

from models import inbox, leases
from pipeline import outgoing
from pipeline.context import Context


def heartbeat(context: Context) -> None:
    """Shows the other workers that this one lives; what a worker held that did not is theirs to take."""
    name, span = leases.worker_lease(context.worker), context.settings.run.lease
    context.store.run(leases.take, name, context.worker, context.now(), span)


def resign(context: Context) -> None:
    """Gives up this worker's lease, so that nobody need wait for its end."""
    name = leases.worker_lease(context.worker)
    context.store.run(leases.drop, name, context.worker, context.now())


def recover_claims(context: Context) -> None:
    """At the start of the one daemon of a SQLite database: every claim is a dead process's."""
    context.store.run(inbox.release_all)
    context.store.run(outgoing.rescue, context, all_claims=True)
