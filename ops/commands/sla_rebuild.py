"""`postdesk sla rebuild`: whether the rows hold what events, policies and calendars give, and mending what does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from desk.requests import RebuildTickets
from desk.sla import clock as sla
from desk.ticket import Ticket
from models import tickets
from models.store import Store
from ops import requests
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, EX_FAILED, AsJson, Config, new_command
from ops.output import print_json, show_instant
from pipeline.recalculation import known_terms
from pipeline.settings import Settings, load

_TOGETHER = 200
"""Tickets of one look, and of one request."""
_SHOWN = 50
"""Differences that people are shown; a program gets all of them."""
cli = new_command()


@cli.command()
def rebuild(
    apply: Annotated[bool, typer.Option("--apply", help="Write what differs.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Tickets that are done, too.")] = False,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    settings = load(config)
    with open_to_look(settings.store) as store:
        found = compare(store, settings, utc_now(), every=all_)
    answers = mend(config, found, utc_now()) if apply else []
    said = [answer for _, answer in answers]
    if json_:
        print_json(found.as_json(said))
    else:
        print("\n".join(lines(found, said)))
    if (found.differences and not apply) or not all(done for done, _ in answers):
        raise typer.Exit(EX_FAILED)


@dataclass(frozen=True, slots=True)
class Difference:
    """A ticket whose row says something else than its events."""

    number: int
    tag: str
    stored: dict[str, Any]
    """Of what differs only: deadlines, `wake_at`, and what else follows from the events."""
    reckoned: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "tag": self.tag,
            "stored": {name: _plain(value) for name, value in self.stored.items()},
            "reckoned": {name: _plain(value) for name, value in self.reckoned.items()},
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of looking at every ticket."""

    looked: int
    differences: Sequence[Difference]
    changed: bool
    """Whether the configuration has changed since the deadlines were calculated."""

    def as_json(self, answers: Sequence[str]) -> dict[str, Any]:
        """The keys of docs/json.md."""
        return {
            "tickets": self.looked,
            "equal": self.looked - len(self.differences),
            "configuration_changed": self.changed,
            "differences": [one.as_json() for one in self.differences],
            "answers": list(answers),
        }


def compare(store: Store, settings: Settings, now: datetime, *, every: bool) -> Comparison:
    """All open tickets, or `every` one, a few hundred at a time: nobody is kept waiting for long."""
    known, held = store.run(known_terms, settings, now)
    policies, prefix = known.desk.sla_policies, known.desk.policy.prefix
    found, looked, after = list[Difference](), 0, 0
    while True:
        batch = store.run(tickets.recorded, prefix, after=after, limit=_TOGETHER, every=every)
        if not batch:
            return Comparison(looked, found, not held.digest)
        looked, after = looked + len(batch), batch[-1][0].number
        for ticket, history in batch:
            stored, reckoned = _kept(ticket), _kept(sla.replay_history(ticket, history, policies))
            names = [name for name in stored if stored[name] != reckoned[name]]
            if names:
                was, is_ = ({name: side[name] for name in names} for side in (stored, reckoned))
                found.append(Difference(ticket.number, ticket.tag, was, is_))


def _kept(ticket: Ticket) -> dict[str, Any]:
    """All that a row keeps, by name; the deadlines on their own."""
    kept = {one.name: getattr(ticket, one.name) for one in fields(ticket)}
    deadlines = kept.pop("deadlines")
    return {**{one.name: getattr(deadlines, one.name) for one in fields(deadlines)}, **kept}


def mend(config: Path, found: Comparison, now: datetime) -> list[tuple[bool, str]]:
    """Has the rows that differ written anew, by the daemon where one runs; gives (done, answer) of each request."""
    numbers = [one.number for one in found.differences]
    parts = [numbers[start : start + _TOGETHER] for start in range(0, len(numbers), _TOGETHER)]
    return requests.leave(config, [RebuildTickets(tuple(part)) for part in parts], now) if parts else []


def lines(found: Comparison, answers: Sequence[str]) -> Iterator[str]:
    """For people."""
    for one in found.differences[:_SHOWN]:
        for name, stored in one.stored.items():
            yield f"{one.tag}  {name}: {_shown(stored)}, by its events {_shown(one.reckoned[name])}"
    if len(found.differences) > _SHOWN:
        yield f"… and {len(found.differences) - _SHOWN} more: --json lists all"
    yield f"{found.looked - len(found.differences)} of {found.looked} tickets equal"
    if found.changed:
        yield (
            "config.toml or a calendar has changed since the deadlines were calculated: "
            "start the daemon, or send it SIGHUP."
        )
    yield from answers


def _plain(value: Any) -> Any:
    return show_instant(value) if isinstance(value, datetime) else None if value is None else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return "none" if value is None else str(value)
