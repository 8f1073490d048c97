"""What the commands share: exit codes, common options, JSON."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

EX_OK, EX_FAILED, EX_USAGE, EX_NOINPUT, EX_TEMPFAIL = 0, 1, 2, 66, 75

CONFIG = Path("config.toml")
Config = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="POSTDESK_CONFIG", metavar="FILE")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; its keys stand in docs/json.md.")]


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
