"""`postdesk parked`: the mails that wait for a person, and `parked drop`, which lets them rest."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from desk.requests import LARGEST_ID, DropMail
from models import views
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, AsJson, Config, new_command
from ops.output import print_answers, print_json
from ops.tables import new_table, plain, when
from pipeline.store_table import load_store

_ADVICE = {
    "held": "held: refused as an agent's mail, or empty. Once you have looked: postdesk parked drop ID",
    "parked": "parked: could not be read. Mend what stopped it, then: postdesk replay ID",
}
cli = new_command()


@cli.callback(invoke_without_command=True)
def parked(context: typer.Context, config: Config = CONFIG, json_: AsJson = False) -> None:
    if context.invoked_subcommand is not None:
        return
    with open_to_look(load_store(config)) as store:
        rows = store.run(views.parked)
    print_json(rows) if json_ else show(rows, Console())


@cli.command()
def drop(
    ids: Annotated[list[int], typer.Argument(metavar="ID…", min=1, max=LARGEST_ID, help="Ids from `postdesk parked`.")],
    config: Config = CONFIG,
) -> None:
    """Give up these mails. They stay in the vault, and where they lie on the mail server."""
    # Only this half needs the parts of the daemon.
    from ops import requests

    print_answers(requests.leave(config, [DropMail(one) for one in ids], utc_now()))


def show(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Each mail, and what a person can do about those of each state."""
    if not rows:
        console.print("nothing is parked or held")
        return
    table = new_table()
    for name in ("Id", "State", "Kept (UTC)", "Tries"):
        table.add_column(name, no_wrap=True)
    table.add_column("Mailbox", no_wrap=True, overflow="ellipsis", max_width=16)
    table.add_column("Why", overflow="fold", ratio=1)
    for row in rows:
        table.add_row(
            str(row["inbox"]),
            plain(row["state"]),
            when(row["received_at"]),
            str(row["tries"]),
            plain(row["mailbox"]),
            plain(row["reason"]),
        )
    console.print(table, "")
    states = {row["state"] for row in rows}
    for state, advice in _ADVICE.items():
        if state in states:
            console.print(advice, highlight=False)
