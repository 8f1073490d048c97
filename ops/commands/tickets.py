"""`postdesk tickets`: the list of tickets."""

from typing import Annotated

import typer
from rich.console import Console

from desk.ticket import Status
from models import views
from ops import tables
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, AsJson, Config, new_command
from ops.output import print_json
from pipeline.settings import load

cli = new_command()


@cli.command()
def tickets(
    status: Annotated[Status | None, typer.Option(help="Only of this status.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only of this queue.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 200,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    settings = load(config)
    with open_to_look(settings.store) as store:
        rows = store.run(views.tickets, settings.desk.policy.prefix, status=status, queue=queue, limit=limit)
    print_json(rows) if json_ else tables.print_tickets(rows, Console(), utc_now())
