"""What the declarations of commands share: exit codes and common options. It imports nothing that is slow."""

from pathlib import Path
from typing import Annotated

import typer

EX_OK, EX_FAILED, EX_USAGE, EX_HELD, EX_DATAERR, EX_NOINPUT, EX_TEMPFAIL = 0, 1, 2, 3, 65, 66, 75

CONFIG = Path("config.toml")
Config = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="POSTDESK_CONFIG", metavar="FILE")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; docs/json.md describes its keys.")]
TicketNumber = Annotated[str, typer.Argument(metavar="NUMBER", help="1042 or PD-1042-F.")]


def new_command() -> typer.Typer:
    """What a command's module declares itself with; `ops.cli` names it and gives it its help."""
    return typer.Typer(add_completion=False, rich_markup_mode=None)
