"""`postdesk status`: how much is in every state, how old the oldest is, and who holds what."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from models import views
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, AsJson, Config, new_command
from ops.output import print_json
from ops.tables import new_table, plain, show_span, when
from pipeline.store_table import load_store

cli = new_command()


@cli.command()
def status(config: Config = CONFIG, json_: AsJson = False) -> None:
    with open_to_look(load_store(config)) as store:
        found = store.run(views.status, utc_now())
    print_json(found) if json_ else show(found, Console())


def show(found: Mapping[str, Any], console: Console) -> None:
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
