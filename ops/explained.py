"""What `postdesk sla explain` finds, and its JSON."""

from datetime import UTC, datetime
from typing import Any

from desk.calendar.duration import show_target
from desk.sla.explain import Account, Explanation, explain
from desk.ticket import EventKind
from models import tickets
from models.store import Store
from ops.shell import ticket_number
from pipeline.recalculation import known_terms
from pipeline.settings import Settings


def look(store: Store, settings: Settings, words: str, now: datetime) -> Explanation | None:
    """The explanation of a ticket by its number or tag; None where there is no such ticket."""
    prefix = settings.desk.policy.prefix
    number = ticket_number(words, prefix)
    if number is None:
        return None
    rules, _ = store.run(known_terms, settings, now)
    found = store.run(tickets.recorded, prefix, after=0, limit=1, every=True, numbers=[number])
    return explain(*found[0], rules.desk.sla_policies, now) if found else None


def at(instant: datetime | None) -> str | None:
    """As docs/json.md writes instants."""
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def as_json(found: Explanation, zone_name: str) -> dict[str, Any]:
    """The keys of docs/json.md; the picture is for people."""
    holds = next((one for one in found.choices if one.holds), None)
    return {
        "number": found.ticket.number,
        "tag": found.ticket.tag,
        "zone": zone_name,
        "now_at": at(found.now),
        "since_at": at(found.since),
        "policy": holds.policy if holds else None,
        "tier": found.criteria.tier,
        "category": found.criteria.category,
        "queue": found.criteria.queue,
        "priority": found.criteria.priority,
        "language": found.criteria.language,
        "clock": found.ticket.clock,
        "choices": [
            {"policy": one.policy, "fits": one.fits, "holds": one.holds, "why": one.why} for one in found.choices
        ],
        "terms": [{"name": one.name, "value": one.value, "table": one.table} for one in found.sources],
        "promises": [_promise(one) for one in found.accounts],
        "breaches": [
            {"metric": one.data["metric"], "cycle": one.data["cycle"], "broken_at": at(one.at)}
            for one in found.happened
            if one.kind is EventKind.BREACH
        ],
    }


def _promise(one: Account) -> dict[str, Any]:
    promise = one.promise
    return {
        "metric": promise.metric,
        "cycle": promise.cycle,
        "state": one.state,
        "policy": promise.terms.policy,
        "calendar": promise.terms.calendar.name,
        "target": None if one.target is None else show_target(one.target),
        "spent": show_target(one.spent),
        "started_at": at(promise.started_at),
        "due_at": at(promise.due_at),
        "met_at": at(promise.met_at),
        "broken_at": at(one.broken_at),
        "void_at": at(promise.void_at),
        "pauses": [
            {"from_at": at(run.begin), "to_at": at(run.end), "why": run.paused} for run in one.runs if run.paused
        ],
        "steps": [
            {"step": step.step, "at": at(step.at), "does": step.does, "taken": step.taken} for step in one.moments
        ],
    }
