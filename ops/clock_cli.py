"""The commands about time: `postdesk calendar` and `postdesk sla`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from desk.calendar.schedule import DeskCalendar
from desk.errors import ConfigError
from desk.sla.terms import ALWAYS
from ops import build
from ops.shell import CONFIG, EX_FAILED, EX_OK, AsJson, Config, print_json

calendar_cli = typer.Typer(help="When the desk is open.", no_args_is_help=True, add_completion=False)
sla_cli = typer.Typer(help="The clock of promises.", no_args_is_help=True, add_completion=False)


@calendar_cli.command("list")
def calendar_list(config: Config = CONFIG, json_: AsJson = False) -> None:
    """List the calendars, and what is open now."""
    from ops import calendars

    rows = calendars.listed(_calendars(config), build.utc_now())
    print_json(rows) if json_ else calendars.show_list(rows, Console())


@calendar_cli.command("show")
def calendar_show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A calendar of content/calendars.toml, or 24/7.")],
    year: Annotated[int | None, typer.Option(min=1970, max=2199, help="This year by default.")] = None,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    """Draw one year of a calendar. Open days, half days, holidays, make-up workdays, hours, changes of the clock."""
    from ops import calendars, sla_lines

    now = build.utc_now()
    known = _calendars(config, name)
    sla_lines.named(known, name)
    found = calendars.year_of(known[name], year or now.year, now)
    print_json(found) if json_ else calendars.show_year(found, Console())


@sla_cli.command("due")
def sla_due(
    start: Annotated[str | None, typer.Option(metavar="ISO", help="From when, such as 2026-03-27T15:10:00Z.")] = None,
    target: Annotated[str | None, typer.Option(help="How much open time: 90m, 8h, 2d, 5wd.")] = None,
    calendar: Annotated[
        str | None, typer.Option(metavar="NAME", help="A calendar of content/calendars.toml; 24/7 without it.")
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Answer every line of standard input; see docs/json.md.")
    ] = False,
    config: Config = CONFIG,
) -> None:
    """Say when a span of open time is spent. In UTC; null if 400 days pass without any."""
    from ops import sla_lines

    if jsonl:
        given = {"--start": start, "--target": target, "--calendar": calendar}
        for option, value in given.items():
            if value is not None:
                raise ConfigError(
                    f"sla due: --jsonl takes start, target and calendar from each line; leave out {option}"
                )
        for answer in sla_lines.answer_all(sys.stdin.buffer, lambda: _calendars(config)):
            print(answer, flush=True)
        raise typer.Exit(EX_OK)
    if start is None or target is None:
        raise ConfigError("sla due: needs --start and --target, or --jsonl")
    try:
        begin, span = sla_lines.read_instant("--start", start), sla_lines.read_target(target)
    except sla_lines.LineError as error:
        raise ConfigError(f"sla due: {error}") from None
    calendar = calendar or ALWAYS
    found = sla_lines.named(_calendars(config, calendar), calendar)
    print(sla_lines.show_instant(found.due_at(begin, span)) or "null")


@sla_cli.command("explain")
def sla_explain(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="1042 or PD-1042-F.")],
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    """Say why a ticket is due when it is. Its policy and why, what each promise spent, and a picture of its life."""
    from ops import explained, explained_text
    from pipeline.settings import load

    settings = load(config)
    zone = settings.desk.policy.zone
    store = build.open_to_look(settings)
    try:
        found = explained.look(store, settings, number, build.utc_now())
    finally:
        store.close()
    if found is None:
        print(f"postdesk: there is no ticket {number}", file=sys.stderr)
        raise typer.Exit(EX_FAILED)
    print_json(explained.as_json(found, zone)) if json_ else explained_text.show(found, zone, Console())


@sla_cli.command("rebuild")
def sla_rebuild(
    apply: Annotated[bool, typer.Option("--apply", help="Write what differs.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Tickets that are done, too.")] = False,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    """Prove the deadlines of open tickets from their events. Exits 1 where any differ, unless they are written."""
    from ops import rebuild
    from pipeline.settings import load

    settings = load(config)
    store = build.open_to_look(settings)
    try:
        found = rebuild.compare(store, settings, build.utc_now(), every=all_)
    finally:
        store.close()
    answers = rebuild.mend(config, found, build.utc_now()) if apply else []
    said = [answer for _, answer in answers]
    if json_:
        print_json(found.as_json(said))
    else:
        print("\n".join(rebuild.lines(found, said)))
    if (found.differences and not apply) or not all(done for done, _ in answers):
        raise typer.Exit(EX_FAILED)


def _calendars(config: Path, name: str | None = None) -> Mapping[str, DeskCalendar]:
    """Those of the desk; those that Postdesk ships where nobody named a config.toml and none is here.

    Countries are looked up for the named one only, or for all.
    """
    from pipeline.calendar_files import NAME, load_calendars
    from pipeline.settings import content_of, shipped_content

    content = shipped_content() if config == CONFIG and not config.exists() else content_of(config)
    return load_calendars(content / NAME, None if name is None else {name})
