"""`postdesk demo`: everything at work on this machine; `ops.demo` is how."""

from pathlib import Path
from typing import Annotated

import typer

from ops.demo.run import main
from ops.options import new_command

cli = new_command()


@cli.command()
def demo(
    folder: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Where to keep mails, tickets and database.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the servers running, without the script.")] = False,
    pace: Annotated[float, typer.Option(min=0.0, max=10.0, help="Seconds between two mails of the script.")] = 1.0,
) -> None:
    raise typer.Exit(main(folder, keep=keep, pace=pace))
