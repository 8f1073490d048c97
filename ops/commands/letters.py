"""`postdesk letters`: the letters on their way out; send them again, release them, drop them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from desk.requests import ChangeLetter, LetterAction
from models import views
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, AsJson, Config, new_command
from ops.output import print_answers, print_json
from ops.tables import letter_table
from pipeline.settings import load

cli = new_command()


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


@cli.callback(invoke_without_command=True)
def letters(
    context: typer.Context,
    state: Annotated[list[LetterState] | None, typer.Option(help="Only of this state; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 500,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    settings = load(config)
    states = [str(one) for one in state or []]
    with open_to_look(settings.store) as store:
        rows = store.run(views.letters, settings.desk.policy.prefix, states, limit)
    print_json(rows) if json_ else show(rows, Console())


def show(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    console.print(letter_table(rows, console.width) if rows else "no letters")


Ids = Annotated[list[int], typer.Argument(metavar="ID…", help="Ids from `postdesk letters`.")]


@cli.command()
def retry(ids: Ids, config: Config = CONFIG) -> None:
    """Send failed or unknown letters again, with the same bytes."""
    _request("retry", ids, config)


@cli.command()
def release(ids: Ids, config: Config = CONFIG) -> None:
    """Let held letters go."""
    _request("release", ids, config)


@cli.command()
def drop(ids: Ids, config: Config = CONFIG) -> None:
    """Never send these letters."""
    _request("drop", ids, config)


def _request(action: LetterAction, ids: list[int], config: Path) -> None:
    # Only these need the parts of the daemon.
    from ops import requests

    answers = requests.leave(config, [ChangeLetter(one, action) for one in ids], utc_now())
    print_answers(answers)
