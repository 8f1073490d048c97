"""What commands print for programs, and what they print of requests."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import typer

from ops.options import EX_FAILED


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def show_instant(instant: datetime | None) -> str | None:
    """An instant as docs/json.md writes it: whole seconds, UTC, "Z"."""
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def print_answers(answers: Sequence[tuple[bool, str]]) -> None:
    """What became of requests, one line each. Raises typer.Exit with 1 where one was not carried out."""
    for _, answer in answers:
        print(answer)
    if not all(done for done, _ in answers):
        raise typer.Exit(EX_FAILED)
