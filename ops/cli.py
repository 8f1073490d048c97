"""The `postdesk` command.

Exit codes: 0 good, 1 failed, 2 usage or configuration, 3 another daemon holds the data folder (`run`),
and those of sysexits for `ingest`: 0 once the mail is durable, 75 when it cannot be made so.
"""

import atexit
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from desk.errors import ConfigError, DeskError
from desk.requests import ChangeLetter, DropMail, LetterAction, ReplayMail
from desk.ticket import Status
from ops import build
from ops.clock_cli import calendar_cli, sla_cli
from ops.shell import (
    CONFIG,
    EX_FAILED,
    EX_NOINPUT,
    EX_OK,
    EX_TEMPFAIL,
    EX_USAGE,
    AsJson,
    Config,
    print_json,
    ticket_number,
)

cli = typer.Typer(
    name="postdesk",
    help="A help desk that lives in the mailbox. Start with `postdesk demo`, then `postdesk init DIR`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
letters_cli = typer.Typer(help="Letters on their way out: list them, send again, release, drop.", add_completion=False)
parked_cli = typer.Typer(help="Mails that wait for a person: list them, drop them.", add_completion=False)
db_cli = typer.Typer(help="The database.", no_args_is_help=True, add_completion=False)
cli.add_typer(letters_cli, name="letters")
cli.add_typer(parked_cli, name="parked")
cli.add_typer(calendar_cli, name="calendar")
cli.add_typer(sla_cli, name="sla")
cli.add_typer(db_cli, name="db")
report_cli = typer.Typer(help="Reports on how promises in time were kept.", no_args_is_help=True, add_completion=False)
cli.add_typer(report_cli, name="report")


class LetterState(StrEnum):
    queued = "queued"
    claimed = "claimed"
    sent = "sent"
    unknown = "unknown"
    closed_unknown = "closed_unknown"
    failed = "failed"
    bounced = "bounced"
    held = "held"
    dropped = "dropped"


@cli.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make or fill.")],
) -> None:
    """Write a config.toml and a content folder to start from."""
    from ops import start

    print(start.init(folder, build.utc_now()))


@cli.command()
def check(config: Config = CONFIG, json_: AsJson = False) -> None:
    """Check everything a run needs. Configuration, IMAP, SMTP, folders, templates, database, key."""
    from ops import check as checks

    results = checks.check(config)
    if json_:
        print_json([vars_of(result) for result in results])
    else:
        checks.show(results, Console())
    if any(not result.ok for result in results):
        raise typer.Exit(EX_USAGE if results[0].name == "configuration" and not results[0].ok else EX_FAILED)


@cli.command()
def run(
    config: Config = CONFIG,
    once: Annotated[bool, typer.Option("--once", help="Empty what is waiting and exit (for cron).")] = False,
) -> None:
    """Run the daemon until SIGTERM. SIGHUP rereads configuration and content."""
    from ops import logs
    from pipeline.settings import load

    settings = load(config)
    logs.set_up(settings.log.format, settings.log.level)
    try:
        if once:
            problems = build.run_once(settings)
            for problem in problems:
                print(problem, file=sys.stderr)
            raise typer.Exit(EX_FAILED if problems else EX_OK)
        build.run(settings, ready=lambda: build.notify("READY=1"))
    except build.AlreadyRunning as error:
        print(f"postdesk: {error}; stop it first, or give this one a data folder of its own", file=sys.stderr)
        raise typer.Exit(build.HELD_BY_ANOTHER) from None


@cli.command()
def demo(
    folder: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Where to keep mails, tickets and database.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the servers running, without the script.")] = False,
    pace: Annotated[float, typer.Option(min=0.0, max=10.0, help="Seconds between two mails of the script.")] = 1.0,
) -> None:
    """Watch the whole thing work, on a mail server of its own."""
    from ops.demo import run as show

    raise typer.Exit(show.main(folder, keep=keep, pace=pace))


@cli.command()
def ingest(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A mail, or - for standard input.")],
    mailbox: Annotated[str | None, typer.Option(help="The mailbox it counts for; the first by default.")] = None,
    config: Config = CONFIG,
) -> None:
    """Hand one mail over, as a mail server's pipe does. Exits 0 once it is durable, 75 when it cannot be made so."""
    from ops import requests

    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        print(f"postdesk: {file} cannot be read: {error.strerror}", file=sys.stderr)
        raise typer.Exit(EX_NOINPUT) from None
    try:
        print(requests.ingest(config, mailbox, content, build.utc_now()))
    except (DeskError, OSError) as error:
        # Whatever is wrong, the mail server must keep the mail and try again.
        print(f"postdesk: {error}", file=sys.stderr)
        raise typer.Exit(EX_TEMPFAIL) from None


@cli.command()
def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE…|-", help="Mails; - for standard input.")],
    json_: AsJson = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a line.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="Whose desk it is; ./config.toml where there is one.",
            envvar="POSTDESK_CONFIG",
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Show what Postdesk makes of a mail."""
    from ops import reading

    context = reading.context_of(config or CONFIG, wanted=config is not None)
    raise typer.Exit(EX_OK if reading.read(files, context, as_json=json_, as_lines=jsonl) else EX_FAILED)


@cli.command()
def tickets(
    status: Annotated[Status | None, typer.Option(help="Only of this status.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only of this queue.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 200,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    """List tickets, newest first."""
    from models import views
    from ops import show

    settings, store = _look(config)
    prefix = settings.desk.policy.prefix
    rows = store.run(views.tickets, prefix, status=status, queue=queue, limit=limit)
    print_json(rows) if json_ else show.tickets(rows, Console(), build.utc_now())


@cli.command()
def show(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="1042 or PD-1042-F.")],
    config: Config = CONFIG,
    json_: AsJson = False,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show possible keys; the ticket records who did.")] = False,
    files: Annotated[
        Path | None, typer.Option("--files", metavar="DIR", help="Save its files there; the ticket records who did.")
    ] = None,
) -> None:
    """Show one ticket whole. Every message, event, deadline and letter, and why each mail joined."""
    from models import views
    from ops import show as showing
    from ops import unmask as unmasking

    settings, store = _look(config)
    prefix = settings.desk.policy.prefix
    known = ticket_number(number, prefix)
    found = None if known is None else store.run(views.ticket, prefix, known)
    if known is None or found is None:
        print(f"postdesk: there is no ticket {number}", file=sys.stderr)
        raise typer.Exit(EX_FAILED)
    if files is not None:
        unmasking.record(config, known, "files", build.utc_now())
        for path in unmasking.take_out(known, settings, store, files):
            print(path)
        return
    if unmask:
        unmasking.record(config, known, "possible keys", build.utc_now())
        found = unmasking.unmasked(store.run(views.ticket, prefix, known), settings, store)
    print_json(found) if json_ else showing.ticket(found, Console(), build.utc_now())


@cli.command()
def status(config: Config = CONFIG, json_: AsJson = False) -> None:
    """Count what is in every state, and tell the age of the oldest."""
    from models import views
    from ops import show

    _, store = _look(config)
    found = store.run(views.status, build.utc_now())
    print_json(found) if json_ else show.status(found, Console())


@parked_cli.callback(invoke_without_command=True)
def parked(context: typer.Context, config: Config = CONFIG, json_: AsJson = False) -> None:
    """Mails that wait for a person: list them, drop them. Some could not be read; others were held."""
    from models import views
    from ops import show

    if context.invoked_subcommand is not None:
        return
    _, store = _look(config)
    rows = store.run(views.parked)
    print_json(rows) if json_ else show.parked(rows, Console())


@parked_cli.command("drop")
def parked_drop(
    ids: Annotated[list[int], typer.Argument(metavar="ID…", help="Ids from `postdesk parked`.")],
    config: Config = CONFIG,
) -> None:
    """Let these mails rest for good. They stay in the vault, and where they lie on the mail server."""
    from ops import requests

    _say(requests.leave(config, [DropMail(one) for one in ids], build.utc_now()))


@cli.command()
def replay(
    inbox: Annotated[list[int] | None, typer.Argument(metavar="[ID]…", help="Ids from `postdesk parked`.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    config: Config = CONFIG,
) -> None:
    """Let parked or held mails walk again. Mend what stopped them first."""
    from models import views
    from ops import requests

    _, store = _look(config)
    ids = [row["inbox"] for row in store.run(views.parked)] if all_ else inbox or []
    store.close()
    if not ids:
        print("nothing to replay: name ids from `postdesk parked`, or --all")
        raise typer.Exit(EX_OK if all_ else EX_USAGE)
    answers = requests.leave(config, [ReplayMail(one) for one in ids], build.utc_now())
    _say(answers)


@letters_cli.callback(invoke_without_command=True)
def letters(
    context: typer.Context,
    state: Annotated[list[LetterState] | None, typer.Option(help="Only of this state; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 500,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    """Letters on their way out: list them, send again, release, drop."""
    from models import views
    from ops import show

    if context.invoked_subcommand is not None:
        return
    settings, store = _look(config)
    states = [str(one) for one in state or []]
    rows = store.run(views.letters, settings.desk.policy.prefix, states, limit)
    print_json(rows) if json_ else show.letters(rows, Console())


def _order(action: LetterAction, ids: list[int], config: Path) -> None:
    from ops import requests

    answers = requests.leave(config, [ChangeLetter(one, action) for one in ids], build.utc_now())
    _say(answers)


Ids = Annotated[list[int], typer.Argument(metavar="ID…", help="Ids from `postdesk letters`.")]


@letters_cli.command("retry")
def letters_retry(ids: Ids, config: Config = CONFIG) -> None:
    """Send failed or unknown letters again, with the same bytes."""
    _order("retry", ids, config)


@letters_cli.command("release")
def letters_release(ids: Ids, config: Config = CONFIG) -> None:
    """Let held letters go."""
    _order("release", ids, config)


@letters_cli.command("drop")
def letters_drop(ids: Ids, config: Config = CONFIG) -> None:
    """Never send these letters."""
    _order("drop", ids, config)


class By(StrEnum):
    queue = "queue"
    type = "type"
    priority = "priority"
    tier = "tier"
    agent = "agent"


class Format(StrEnum):
    text = "text"
    csv = "csv"
    json = "json"
    html = "html"


class CsvTable(StrEnum):
    rows = "rows"
    breaches = "breaches"
    load = "load"
    waiting = "waiting"


@report_cli.command("sla")
def report_sla(
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First local date, as 2026-11-01; last week's Monday.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last local date, included.")] = None,
    by: Annotated[By | None, typer.Option(help="Only these groups; all of them by default.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    table: Annotated[CsvTable, typer.Option(help="Which table, with --format csv.")] = CsvTable.rows,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write there instead.")] = None,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    """Show how promises in time were kept. Attainment, percentiles, breaches with causes, load and waiting."""
    from ops import reports

    settings, store = _look(config)
    period = reports.period(first, last, settings.desk.policy.zone, build.utc_now())
    found = reports.made(store, settings.desk, period, build.utc_now(), by)
    form = Format.json if json_ else format_
    reports.put(reports.written(found, settings.desk.policy.name, form, table), form, out)


@db_cli.command()
def upgrade(config: Config = CONFIG) -> None:
    """Bring the database to the schema of this program. Stop the daemon first, and back up."""
    from pipeline.settings import load

    settings = load(config)
    try:
        with build.alone(settings):
            settings.store.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            before, after = build.open_store(settings).upgrade()
    except build.AlreadyRunning as error:
        print(f"postdesk: {error}; stop it first", file=sys.stderr)
        raise typer.Exit(build.HELD_BY_ANOTHER) from None
    print(f"the database is at schema {after}" if before == after else f"schema {before or 'none'} → {after}")


def _look(config: Path) -> tuple[Any, Any]:
    """Settings and a database opened for looking only."""
    from pipeline.settings import load

    settings = load(config)
    store = build.open_to_look(settings)
    atexit.register(store.close)
    return settings, store


def _say(answers: list[tuple[bool, str]]) -> None:
    for _, answer in answers:
        print(answer)
    if not all(good for good, _ in answers):
        raise typer.Exit(EX_FAILED)


def vars_of(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def main() -> None:
    """The entry point: what an operator should read is one line, not a traceback."""
    try:
        cli()
    except ConfigError as error:
        print(f"postdesk: {error}", file=sys.stderr)
        sys.exit(EX_USAGE)
    except DeskError as error:
        print(f"postdesk: {error}", file=sys.stderr)
        sys.exit(EX_FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EX_FAILED)


if __name__ == "__main__":
    main()
