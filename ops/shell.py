"""What the commands share: exit codes, common options, JSON."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from desk import threads

EX_OK, EX_FAILED, EX_USAGE, EX_NOINPUT, EX_TEMPFAIL = 0, 1, 2, 66, 75

CONFIG = Path("config.toml")
Config = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="POSTDESK_CONFIG", metavar="FILE")
]
# Above what a database holds as a number.
_NO_TICKET = 2**31
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; its keys stand in docs/json.md.")]


def ticket_number(words: str, prefix: str) -> int | None:
    """The number of a ticket from "1042" or "PD-1042-F"; None where no ticket can be meant."""
    numbers = (int(words),) if words.isdecimal() else threads.numbers_in(words, prefix)
    return next((number for number in numbers if number < _NO_TICKET), None)


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
