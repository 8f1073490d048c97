"""`postdesk read`: what the parser makes of a mail, for people and for programs."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from parser.jsonview import as_json
from parser.read import read as parse


def read(files: Sequence[str], *, as_json: bool, as_lines: bool) -> bool:
    """Prints every mail; False when one could not be had."""
    good = True
    shown: list[dict[str, Any]] = []
    console = Console()
    for name in files:
        row = _row(name)
        good = good and "error" not in row
        if as_lines:
            print(json.dumps(row, ensure_ascii=False), flush=True)
        elif as_json:
            shown.append(row)
        else:
            console.print(*_readable(row), soft_wrap="error" in row)
    if as_json and not as_lines:
        print(json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False, indent=2))
    return good


def _row(name: str) -> dict[str, Any]:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        return {"file": name, "error": error.strerror or str(error)}
    return as_json(parse(content), name)


def _readable(row: dict[str, Any]) -> Iterator[Any]:
    if "error" in row:
        yield Text(f"{row['file']}: {row['error']}", style="red")
        return
    head = Table.grid(padding=(0, 2))
    sender = row["from"]
    people = ", ".join(one["address"] or one["name"] for one in row["to"])
    for name, value in (
        ("From", f"{sender['name']} <{sender['address'] or 'no valid address'}>"),
        ("To", people),
        ("Subject", row["subject"]),
        ("Date", row["date"] or "none"),
        ("Kind", row["kind"]),
    ):
        head.add_row(Text(name, style="dim"), Text(value))
    for one in row["attachments"]:
        head.add_row(
            Text("File", style="dim"), Text(f"{one['safe_name']} · {one['content_type']} · {one['size']} bytes")
        )
    for one in row["defects"]:
        head.add_row(Text("Defect", style="yellow"), Text(f"{one['code']} {one['detail']}"))
    yield head
    yield Panel(Text(row["reply"] or "(no text)"), title=row["file"], title_align="left")
