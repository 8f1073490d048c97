"""How the daemon speaks: one line an event, as JSON for machines or in columns for people."""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable
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


class Repeats(logging.Filter):
    """Lets a warning or error through once, and its equals after it as one line a while later, with their count.

    What differs in nothing but how often it has failed is equal. `seconds` is how long equals are collected for; `emit`
    gets the lines with the counts.
    """

    def __init__(
        self,
        emit: Callable[[logging.LogRecord], object],
        seconds: float = 300.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._emit, self._seconds, self._monotonic = emit, seconds, monotonic
        self._lock = threading.Lock()
        self._seen: dict[tuple[Any, ...], tuple[float, int, logging.LogRecord]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._monotonic()
        with self._lock:
            over = [key for key, (at, _, _) in self._seen.items() if now - at >= self._seconds]
            ended = [self._seen.pop(key) for key in over]
            passes = record.levelno < logging.WARNING or self._is_first(record, now)
        for _, count, last in ended:
            if count:
                last.repeated = count
                self._emit(last)
        return passes

    def _is_first(self, record: logging.LogRecord, now: float) -> bool:
        trace = str(record.exc_info[1]) if record.exc_info else ""
        fields = sorted((name, str(value)) for name, value in _fields(record).items() if name != "failures")
        key = (record.name, record.levelno, record.getMessage(), trace, *fields)
        at, count, _ = self._seen.get(key, (now, -1, record))
        # The traceback has been printed with the first.
        again = record if count < 0 else logging.makeLogRecord({**vars(record), "exc_info": None, "exc_text": None})
        self._seen[key] = at, count + 1, again
        return count < 0


def set_up(format_: str, level: str) -> None:
    """Sends all logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Repeats(handler.emit))
    handler.setFormatter(JsonLines() if format_ == "json" else HumanLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("postdesk").setLevel(level.upper())
    # These log subjects, addresses and header text when they are talkative.
    for name in ("imapclient", "imaplib", "aiosmtplib", "apscheduler", "alembic", "mail.log", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
