"""How the daemon speaks: one line an event, as JSON for machines or in columns for people."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LONGEST = 200


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What was handed over as `extra`: data, never part of the sentence."""
    return {
        name: _clean(value)
        for name, value in vars(record).items()
        if name not in _STANDARD and value is not None and value != ""
    }


def _clean(value: Any) -> Any:
    """A value that cannot forge a line, move a terminal's cursor or flood the log (promises T72)."""
    if isinstance(value, bool | int | float):
        return value
    text = str(value)
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


class JsonLines(logging.Formatter):
    """{"at": "2026-11-20T10:00:00.123Z", "level": "info", "event": "mail processed", "ticket": "PD-1042-F"}"""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _instant(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": _clean(record.getMessage()),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class HumanLines(logging.Formatter):
    """10:00:00 INFO  mail processed  ticket=PD-1042-F route=NewRequest"""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{_instant(record):%H:%M:%S} {record.levelname:<7} {_clean(record.getMessage())}"
        if fields:
            line += f"  {fields}"
        return line + ("\n" + self.formatException(record.exc_info) if record.exc_info else "")


def _instant(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def set_up(format_: str, level: str) -> None:
    """Sends all logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if format_ == "json" else HumanLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("postdesk").setLevel(level.upper())
    # These log subjects, addresses and header text when they are talkative.
    for name in ("imapclient", "imaplib", "aiosmtplib", "apscheduler", "alembic", "mail.log", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
