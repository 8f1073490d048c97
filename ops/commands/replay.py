"""`postdesk replay`: processes parked or held mails again."""

from typing import Annotated

import typer

from desk.requests import ReplayMail
from models import views
from ops import requests
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, EX_OK, EX_USAGE, Config, new_command
from ops.output import print_answers
from pipeline.settings import load

cli = new_command()


@cli.command()
def replay(
    inbox: Annotated[list[int] | None, typer.Argument(metavar="[ID]…", help="Ids from `postdesk parked`.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    config: Config = CONFIG,
) -> None:
    with open_to_look(load(config).store) as store:
        ids = [row["inbox"] for row in store.run(views.parked)] if all_ else inbox or []
    if not ids:
        print("nothing to replay: name ids from `postdesk parked`, or --all")
        raise typer.Exit(EX_OK if all_ else EX_USAGE)
    print_answers(requests.leave(config, [ReplayMail(one) for one in ids], utc_now()))
