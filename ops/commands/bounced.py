"""`postdesk bounced`: addresses to which nothing goes automatically; `bounced lift` ends that."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from desk.requests import LiftSuppression
from models import suppression
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, AsJson, Config, new_command
from ops.output import print_answers, print_json
from ops.tables import new_table, plain, when
from pipeline.settings import load

cli = new_command()


@cli.callback(invoke_without_command=True)
def bounced(context: typer.Context, config: Config = CONFIG, json_: AsJson = False) -> None:
    if context.invoked_subcommand is not None:
        return
    settings = load(config)
    with open_to_look(settings.store) as store:
        found = store.run(suppression.listed, utc_now(), settings.desk.policy.suppress_bounced)
    rows = [
        {
            "address": one.address,
            "reason": one.reason,
            "letter": one.letter,
            "since": one.since.isoformat(),
            "until": one.until.isoformat(),
        }
        for one in found
    ]
    print_json(rows) if json_ else show(rows, Console())


def show(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    if not rows:
        console.print("no address is suppressed")
        return
    table = new_table()
    for name in ("address", "letter", "until", "what the mail server said"):
        table.add_column(name)
    for row in rows:
        table.add_row(plain(row["address"]), str(row["letter"]), when(row["until"]), plain(row["reason"]))
    console.print(table)
    console.print("To let automatic letters go to one again: postdesk bounced lift ADDRESS")


@cli.command()
def lift(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS…", help="From `postdesk bounced`.")],
    config: Config = CONFIG,
) -> None:
    """Let automatic letters go to these addresses again."""
    # Only this half needs the parts of the daemon.
    from ops import requests

    print_answers(requests.leave(config, [LiftSuppression(one) for one in addresses], utc_now()))
