"""What `postdesk sla explain` prints for people: a verdict, the policy and why, a picture, and what was spent when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.calendar.duration import Target, WorkingDays, show_target
from desk.calendar.zones import zone
from desk.sla.clock import DEADLINES
from desk.sla.explain import Account, Explanation
from desk.sla.ledger import lost
from desk.ticket import EventKind
from ops import timeline
from ops.tables import plain

_STATES = {
    "broken": "bold red",
    "kept late": "red",
    "running": "green",
    "paused": "yellow",
    "void": "dim",
    "broken, then void": "red",
}
_WIDE, _MIDDLE, _WIDEST = 78, 54, 160
"""From how many columns on the table of promises is whole, or has the spans; no picture gains from more columns."""


def show(found: Explanation, zone_name: str, console: Console) -> None:
    """All of it, from the verdict to each instant."""
    here = zone(zone_name)
    console.print(Text(f"{found.ticket.tag}  ", style="bold") + plain(found.ticket.subject))
    for line in verdict(found, here):
        console.print(line)
    console.print()
    for words, style in policy_lines(found, here):
        console.print(plain(words, style), soft_wrap=console.width < timeline.NARROWEST)
    console.print()
    console.print(_terms(found))
    if not found.accounts:
        return
    console.print()
    console.print(_promises(found, here, console.width))
    console.print()
    console.print(plain(f"Its life, by the clock of {zone_name}", "bold"))
    for row in timeline.picture(found, min(console.width, _WIDEST), here):
        console.print(row, no_wrap=True, crop=True)
    for one in found.accounts:
        # Of what was kept the table says enough.
        if one.promise.open or one.broken_at is not None:
            console.print()
            console.print(_heading(one))
            console.print(_course(one, found, here))


# The verdict.


def verdict(found: Explanation, here: tzinfo) -> Iterator[Text]:
    """What is broken, what stands still, and what is due next."""
    if not found.accounts:
        why = "nobody has written yet" if found.ticket.clock else "a machine opened it, and nobody has written since"
        yield Text(f"No promise is made: {why}, or no target holds.")
    for one in found.accounts:
        if one.state == "broken" and one.broken_at is not None:
            over = _more(one.spent, one.target)
            said = f"{one.name} is broken since {_day(one.broken_at, here)}{over and f', {over} over'}"
            yield Text(said, style=_STATES["broken"])
    for one in found.accounts:
        if one.state == "paused":
            left = _more(one.target, one.spent)
            said = f"{one.name} {_pause(one.runs[-1].paused)}{left and f', {left} left'}"
            yield Text(said, style=_STATES["paused"])
    due = [(one.promise.due_at, one.name) for one in found.accounts if one.state == "running" and one.promise.due_at]
    if due:
        at, name = min(due)
        yield Text(f"{name} is due {_day(at, here)}", style=_STATES["running"])
    if found.accounts and not any(one.promise.open for one in found.accounts):
        yield Text("No promise is open.")
    current = {one.promise.metric for one in found.accounts}
    for event in found.happened:
        if event.kind is EventKind.BREACH and event.data["metric"] not in current:
            yield Text(f"{event.data['metric']} was broken {_day(event.at, here)}, by terms that no longer hold")


def _more(one: Target | None, other: Target | None) -> str:
    """By how much a span is longer than another of its unit, in words; "" where it is not."""
    if isinstance(one, WorkingDays) and isinstance(other, WorkingDays) and one > other:
        return show_target(WorkingDays(one.count - other.count))
    if isinstance(one, timedelta) and isinstance(other, timedelta) and one > other:
        return show_target(one - other)
    return ""


# Which policy, and why.


def policy_lines(found: Explanation, here: tzinfo) -> Iterator[tuple[str, str]]:
    """(words, style): what a ticket is, which policy holds for that, and why none of the others does."""
    what = found.criteria
    holds = next((one for one in found.choices if one.holds), None)
    if holds is None:
        yield f"No policy fits: [desk.sla.{what.priority}] and [desk] hold.", "bold"
    else:
        yield f"Policy {holds.policy} holds: {holds.why}.", "bold"
    yield (
        (
            f"tier {what.tier or 'none'} · type {what.category} · queue {what.queue} · {what.priority} "
            f"· language {what.language}"
        ),
        "",
    )
    for one in found.choices:
        if not one.holds:
            yield f"not {one.policy}: {one.why}", "" if one.fits else "dim"
    if found.since is not None:
        yield f"These terms hold since {_day(found.since, here)}.", "dim"


def _terms(found: Explanation) -> Table:
    table = _table("Term", "Value", "From")
    for one in found.sources:
        table.add_row(plain(one.name), plain(one.value), plain(one.table, "dim"))
    return table


# The promises.


def _promises(found: Explanation, here: tzinfo, width: int) -> Table:
    spans = ("Allows", "Spent") if width >= _MIDDLE else ()
    table = _table("Promise", "State", *spans, *(("Started", "Due", "Ended") if width >= _WIDE else ("Due",)))
    for one in found.accounts:
        promise = one.promise
        allows = "nothing" if one.target is None else show_target(one.target)
        cells = [plain(one.name), Text(one.state, style=_STATES.get(one.state, ""))]
        cells += [plain(allows), plain(show_target(one.spent))] if spans else []
        started, ended = _minute(promise.started_at, here), _minute(promise.met_at or promise.void_at, here)
        due = _minute(promise.due_at or one.broken_at, here)
        cells += [started, due, ended] if width >= _WIDE else [due]
        table.add_row(*cells)
    return table


def _heading(one: Account) -> Text:
    terms = one.promise.terms
    allows = (
        "promised no longer" if one.target is None else f"{show_target(one.target)} of calendar {terms.calendar.name}"
    )
    state = (one.state, _STATES.get(one.state, ""))
    return Text.assemble((one.name, "bold"), "  ", state, f"  {allows}, policy {terms.policy}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the account of a promise."""

    at: datetime
    what: str
    style: str = ""


def _course(one: Account, found: Explanation, here: tzinfo) -> Table:
    """What happened to a promise, and how much of its time was spent by then."""
    table = _table("When", "Spent", "What")
    table.columns[1].justify = "right"
    for entry in sorted(entries(one, found, here), key=lambda entry: entry.at):
        ahead = entry.at > found.now
        spent = "" if ahead else show_target(one.spent_by(entry.at))
        table.add_row(_second(entry.at, here), spent, plain(entry.what, "dim" if ahead else entry.style))
    return table


def entries(one: Account, found: Explanation, here: tzinfo) -> Iterator[Entry]:
    """All that happened to a promise, and what will if nothing else does; of one instant in this order."""
    promise = one.promise
    before = None
    for run in one.runs:
        if before is None:
            yield Entry(run.begin, f"started, {_pause(run.paused)}" if run.paused else "started")
        elif run.paused != before.paused:
            yield Entry(run.begin, _pause(run.paused) if run.paused else "runs again", "yellow" if run.paused else "")
        if before is not None and run.terms != before.terms:
            target = run.terms.target(promise.metric)
            allows = "nothing" if target is None else show_target(target)
            what = f"policy {run.terms.policy} from here: {allows} of calendar {run.terms.calendar.name}"
            yield Entry(run.begin, what, "magenta")
        before = run
    yield from _changes(one, found, here)
    yield from _losses(one, found)
    if promise.due_at is not None and promise.due_at == one.broken_at:
        yield Entry(promise.due_at, "due, and broken", "bold red")
    else:
        if promise.due_at is not None:
            yield Entry(promise.due_at, "due", "bold")
        if one.broken_at is not None:
            yield Entry(one.broken_at, "broken", "bold red")
    for moment in one.moments:
        yield Entry(moment.at, f"{moment.step}: {moment.does}", "yellow")
    if promise.open:
        yield Entry(found.now, "now", "bold")
    elif promise.void_at is not None:
        yield Entry(promise.void_at, "void: neither kept nor broken" if one.broken_at is None else "void from here on")
    elif promise.met_at is not None:
        yield Entry(promise.met_at, "solved" if promise.metric == "resolution" else "answered")


def _pause(why: str) -> str:
    return f"stands still: {why}"


def _changes(one: Account, found: Explanation, here: tzinfo) -> Iterator[Entry]:
    """Changes of the terms while it was open, as its ticket recorded them."""
    name, promise = DEADLINES[one.promise.metric], one.promise
    ended = promise.met_at or promise.void_at or found.now
    for event in found.happened:
        moved = event.kind is EventKind.SLA_RECALCULATED and name in event.data["from"]
        if moved and promise.started_at <= event.at <= ended:
            old, new = event.data["from"][name], event.data["to"][name]
            was, is_ = _written(old, here, "%m-%d %H:%M"), _written(new, here, "%a %m-%d %H:%M")
            yield Entry(event.at, f"terms changed: due {is_}, was {was}", "magenta")


def _losses(one: Account, found: Explanation) -> Iterator[Entry]:
    """Answers that did not arrive: why it ran on although somebody answered."""
    promise, gone = one.promise, lost(found.happened)
    ended = promise.met_at or promise.void_at or found.now
    for event in found.happened:
        if event.data.get("answer") in gone and promise.started_at <= event.at <= ended:
            sent = event.kind is EventKind.AGENT_ANSWER
            yield Entry(
                event.at, "answered, in a letter that did not arrive" if sent else "the letter came back", "red"
            )


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in headings:
        table.add_column(name, overflow="fold", no_wrap=name in ("When", "Spent", "Term"))
    return table


# Instants.


def _written(at: str | None, here: tzinfo, form: str) -> str:
    return "never" if at is None else datetime.fromisoformat(at).astimezone(here).strftime(form)


def _day(at: datetime, here: tzinfo) -> str:
    return f"{at.astimezone(here):%a %Y-%m-%d %H:%M}"


def _minute(at: datetime | None, here: tzinfo) -> Text:
    return Text("–", style="dim") if at is None else Text(f"{at.astimezone(here):%m-%d %H:%M}")


def _second(at: datetime, here: tzinfo) -> Text:
    return Text(f"{at.astimezone(here):%a %m-%d %H:%M:%S}")
