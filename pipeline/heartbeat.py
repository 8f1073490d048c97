"""A worker's signs of life: its lease, what it says of its health, and the claims of workers that are gone."""

from sqlmodel import Session

from models import health, inbox, leases, outbox_recovery
from pipeline import outgoing
from pipeline.context import Context


def heartbeat(context: Context) -> None:
    """Shows the other workers that this one lives, and how well; sees which of them do."""
    context.store.run(_beat, context)


def _beat(session: Session, context: Context) -> None:
    now, run = context.now(), context.settings.run
    leases.take(session, leases.worker_lease(context.worker), context.worker, now, run.lease, context.watch)
    leases.look_around(session, run.lease, context.watch)
    found = [health.Trouble(one.what, one.since, one.reason, one.failures) for one in context.outages.now()]
    health.say(session, context.worker, health.Health(context.outages.parts(), tuple(found)))
    if context.trusted():
        inbox.hasten(session, now)
        outbox_recovery.hasten(session, now, run.patience)


def resign(context: Context) -> None:
    """Gives up this worker's lease, so that nobody need wait for its end."""
    context.store.run(_resign, context)


def _resign(session: Session, context: Context) -> None:
    leases.drop(session, leases.worker_lease(context.worker), context.worker, context.now())
    health.forget(session, context.worker)


def recover_claims(context: Context) -> None:
    """At the start of the one daemon of a SQLite database: every claim is a dead process's."""
    context.store.run(inbox.release_all)
    context.store.run(outgoing.rescue, context, all_claims=True)
