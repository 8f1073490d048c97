"""`postdesk status`: how much is in every state, how old the oldest is, who holds what, and what is not well."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.errors import ConfigError, DeskError
from models import views
from ops import problems
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, EX_FAILED, AsJson, Config, new_command
from ops.output import print_json
from ops.tables import new_table, plain, show_span, when
from pipeline.store_table import load_store

cli = new_command()
# A database that is locked for so many seconds is not well, and says so.
_PATIENCE = 5.0


@cli.command()
def status(
    config: Config = CONFIG,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if anything is not well.")] = False,
    json_: AsJson = False,
) -> None:
    settings = load_store(config)
    found: Mapping[str, Any] = {}
    wrong = list(problems.of_the_disk(settings))
    try:
        with open_to_look(settings, patience=_PATIENCE) as store:
            found = store.run(views.status, utc_now())
            wrong += problems.of_the_daemon(settings, found, utc_now())
            wrong += problems.of_the_queues(found)
            store.require_writable()
    except DeskError as error:
        if isinstance(error, ConfigError) or not (found or json_):
            raise
        wrong.append(problems.problem("database", str(error)))
    if json_:
        print_json({**found, "problems": wrong})
    else:
        show({**found, "problems": wrong}, Console())
    if not found or (strict and wrong):
        raise typer.Exit(EX_FAILED)


def show(found: Mapping[str, Any], console: Console) -> None:
    if "inbox" in found:
        _show_counts(found, console)
        _show_parts(found["workers"], console)
    if found["problems"]:
        console.print("", _problems(found["problems"]))


def _show_parts(workers: Sequence[Mapping[str, Any]], console: Console) -> None:
    for worker in workers:
        working = [plain(one["part"]) for one in worker["parts"] if one["works"]]
        if working:
            console.print("", Text.assemble(plain(worker["worker"]), " – working: ", ", ".join(map(str, working))))


def _show_counts(found: Mapping[str, Any], console: Console) -> None:
    table = new_table(expand=False)
    for name in ("", "State", "Count", "Oldest"):
        table.add_column(name, no_wrap=True)
    for group in ("inbox", "letters", "tickets"):
        for state, row in found[group].items():
            table.add_row(group, state, str(row["count"]), _age(row["oldest_seconds"]))
    unfiled = found["unfiled"]
    table.add_row("inbox", "not archived", str(unfiled["count"]), _age(unfiled["oldest_seconds"]))
    table.add_row("tickets", "promises missed", str(found["breaches"]), "")
    console.print(table)
    if found["leases"]:
        console.print("", _leases(found["leases"]))


def _problems(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = new_table(expand=False)
    table.add_column("Not well", no_wrap=True)
    table.add_column("Since (UTC)", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for row in rows:
        table.add_row(plain(row["what"]), when(row["since_at"]) if row["since_at"] else "", plain(row["reason"]))
    return table


def _leases(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Who holds what. The lease by which a worker shows that it lives is named after that worker: once is enough."""
    table = new_table(expand=False)
    table.add_column("Lease", no_wrap=True)
    table.add_column("Until (UTC)", no_wrap=True)
    table.add_column("Holder", overflow="fold")
    for row in rows:
        name = str(row["name"]).removesuffix(str(row["holder"])).strip()
        table.add_row(plain(name), when(row["until_at"]), plain(row["holder"]))
    return table


def _age(seconds: int | None) -> str:
    return "" if seconds is None else show_span(timedelta(seconds=seconds))
