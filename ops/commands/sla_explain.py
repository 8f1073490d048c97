"""`postdesk sla explain`: why a ticket is due when it is."""

import sys
from datetime import datetime
from typing import Any

import typer
from rich.console import Console

from desk.calendar.duration import show_target
from desk.sla import explain as sla
from desk.sla.explain import Account, Explanation
from desk.ticket import EventKind
from models import tickets
from models.store import Store
from ops import explanation
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, EX_FAILED, AsJson, Config, TicketNumber, new_command
from ops.output import print_json, show_instant
from ops.ticket_number import ticket_number
from pipeline.recalculation import known_terms
from pipeline.settings import Settings, load

cli = new_command()


@cli.command()
def explain(number: TicketNumber, config: Config = CONFIG, json_: AsJson = False) -> None:
    settings = load(config)
    zone = settings.desk.policy.zone
    with open_to_look(settings.store) as store:
        found = look(store, settings, number, utc_now())
    if found is None:
        print(f"postdesk: there is no ticket {number}", file=sys.stderr)
        raise typer.Exit(EX_FAILED)
    print_json(as_json(found, zone)) if json_ else explanation.show(found, zone, Console())


def look(store: Store, settings: Settings, words: str, now: datetime) -> Explanation | None:
    """The explanation of a ticket by its number or tag; None where there is no such ticket."""
    prefix = settings.desk.policy.prefix
    number = ticket_number(words, prefix)
    if number is None:
        return None
    rules, _ = store.run(known_terms, settings, now)
    found = store.run(tickets.recorded, prefix, after=0, limit=1, every=True, numbers=[number])
    return sla.explain(*found[0], rules.desk.sla_policies, now) if found else None


def as_json(found: Explanation, zone_name: str) -> dict[str, Any]:
    """The keys of docs/json.md; the picture is for people."""
    holds = next((one for one in found.choices if one.holds), None)
    return {
        "number": found.ticket.number,
        "tag": found.ticket.tag,
        "zone": zone_name,
        "now_at": show_instant(found.now),
        "since_at": show_instant(found.since),
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
            {"metric": one.data["metric"], "cycle": one.data["cycle"], "broken_at": show_instant(one.at)}
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
        "started_at": show_instant(promise.started_at),
        "due_at": show_instant(promise.due_at),
        "met_at": show_instant(promise.met_at),
        "broken_at": show_instant(one.broken_at),
        "void_at": show_instant(promise.void_at),
        "pauses": [
            {"from_at": show_instant(run.begin), "to_at": show_instant(run.end), "why": run.paused}
            for run in one.runs
            if run.paused
        ],
        "steps": [
            {"step": step.step, "at": show_instant(step.at), "does": step.does, "taken": step.taken}
            for step in one.moments
        ],
    }
