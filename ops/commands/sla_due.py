"""`postdesk sla due`: when open time is spent, for one question or for one on each line, so that anyone can check us.

A line is strict: what is misspelt, missing or ambiguous is an error on that line, never a guess.
"""

import json
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import IO, Annotated, Any

import typer

from desk.calendar.business_hours import Calendar
from desk.calendar.duration import Target, parse_target
from desk.calendar.tables import read_calendar
from desk.errors import ConfigError
from desk.sla.terms import ALWAYS
from ops.calendars import calendar_named, desk_calendars
from ops.options import CONFIG, EX_OK, Config, new_command

KEYS = ("start", "target", "calendar", "pauses")
# A year of the busiest calendar with all its pauses is a tenth of this.
MAX_LINE = 1_000_000
_MAX_ERROR = 400
_MAX_CALENDARS = 64
# RFC 3339 §5.6, with seconds optional. A "T" and an offset are not.
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)
_YEARS = range(1970, 2200)
_SECOND = timedelta(seconds=1)
_US = timedelta(microseconds=1)

Named = Callable[[], Mapping[str, Calendar]]
"""Gives the desk's own calendars; called when a line first names one. Raises ConfigError."""


cli = new_command()


class LineError(Exception):
    """What is wrong with a line; the message names the key and the remedy."""


@cli.command()
def due(
    start: Annotated[str | None, typer.Option(metavar="ISO", help="From when, such as 2026-03-27T15:10:00Z.")] = None,
    target: Annotated[str | None, typer.Option(help="How much open time: 90m, 8h, 2d, 5wd.")] = None,
    calendar: Annotated[
        str | None, typer.Option(metavar="NAME", help="A calendar of content/calendars.toml; 24/7 without it.")
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Answer every line of standard input; see docs/json.md.")
    ] = False,
    config: Config = CONFIG,
) -> None:
    if jsonl:
        given = {"--start": start, "--target": target, "--calendar": calendar}
        for option, value in given.items():
            if value is not None:
                raise ConfigError(
                    f"sla due: --jsonl takes start, target and calendar from each line; leave out {option}"
                )
        for answer in answer_all(sys.stdin.buffer, lambda: desk_calendars(config)):
            print(answer, flush=True)
        raise typer.Exit(EX_OK)
    if start is None or target is None:
        raise ConfigError("sla due: needs --start and --target, or --jsonl")
    try:
        begin, span = read_instant("--start", start), read_target(target)
    except LineError as error:
        raise ConfigError(f"sla due: {error}") from None
    calendar = calendar or ALWAYS
    found = calendar_named(desk_calendars(config, calendar), calendar)
    print(show_instant(found.due_at(begin, span)) or "null")


class Answers:
    """Answers lines; keeps the calendars that it met last."""

    def __init__(self, named: Named) -> None:
        # Read once, however many lines name one; what cannot be read is tried again.
        self._named = cache(named)
        self._met: OrderedDict[tuple[str, int], Calendar] = OrderedDict()

    def answer(self, line: bytes) -> str:
        """{"due": …} or {"error": …}, without a newline; never raises."""
        try:
            return _json({"due": show_instant(self._due(_object(line)))})
        except LineError as error:
            text = str(error)
            return _json({"error": text if len(text) <= _MAX_ERROR else f"{text[: _MAX_ERROR - 1]}…"})

    def _due(self, row: Mapping[str, Any]) -> datetime | None:
        unknown = sorted(set(row) - set(KEYS))
        if unknown:
            raise LineError(f"unknown key {unknown[0]!r}; there are {', '.join(KEYS)}")
        for key in KEYS[:3]:
            if key not in row:
                raise LineError(f"{key}: is missing; a line has start, target and calendar")
        start = read_instant("start", row["start"])
        target = read_target(row["target"])
        pauses = _pauses(row.get("pauses", []))
        return self._calendar(row["calendar"], start.year).due_with_pauses(start, target, pauses)

    def _calendar(self, value: Any, year: int) -> Calendar:
        if isinstance(value, str):
            return self._by_name(value)
        if not isinstance(value, dict):
            raise LineError(f"calendar: {value!r} is not a table or a name; write an object with zone and hours")
        # A calendar compiles all years between those it is asked about, so each decade has its own.
        key = (json.dumps(value, sort_keys=True), year // 10)
        found = self._met.get(key)
        if found is None:
            try:
                found = read_calendar("line", value)
            except ValueError as error:
                raise LineError(f"calendar: {error}") from None
            self._met[key] = found
            if len(self._met) > _MAX_CALENDARS:
                self._met.popitem(last=False)
        else:
            self._met.move_to_end(key)
        return found

    def _by_name(self, name: str) -> Calendar:
        try:
            return calendar_named(self._named(), name)
        except ConfigError as error:
            raise LineError(f"calendar: {error}") from None


def answer_all(source: IO[bytes], named: Named) -> Iterator[str]:
    """One answer for each line, in order, as soon as the line is there."""
    answers = Answers(named)
    for line in _lines(source):
        if line is None:
            yield _json({"error": f"the line is longer than {MAX_LINE} bytes; split it into several"})
        else:
            yield answers.answer(line)


def read_instant(where: str, value: Any) -> datetime:
    """UTC from an RFC 3339 timestamp of 1970 to 2199; finer than a microsecond is rounded up to one.

    Raises LineError.
    """
    found = _INSTANT.match(value) if isinstance(value, str) else None
    if found is None:
        raise LineError(f"{where}: {value!r} is not an instant; write it with its offset, such as 2026-03-27T15:10:00Z")
    day, minute, second, fraction, offset = found.groups()
    digits = (fraction or "").ljust(9, "0")
    try:
        at = datetime.fromisoformat(f"{day}T{minute}:{second or '00'}.{digits[:6]}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise LineError(f"{where}: {value!r} is not a date and time that exists; write 00:00:00 to 23:59:59") from None
    if at.year not in _YEARS:
        raise LineError(f"{where}: {value!r} is too far away; write an instant from {_YEARS[0]} to {_YEARS[-1]}")
    return at + (_US if digits[6:] != "000" else timedelta())


def read_target(value: Any) -> Target:
    """Raises LineError."""
    if not isinstance(value, str):
        raise LineError(f"target: {value!r} is not a target; write it in quotes as 90m, 1h30m, 8h, 2d or 5wd")
    try:
        return parse_target(value)
    except ValueError as error:
        raise LineError(f"target: {error}") from None


def show_instant(at: datetime | None) -> str | None:
    """UTC, rounded up to the whole second, so that nothing is said to be due before it is."""
    if at is None:
        return None
    whole = at.replace(microsecond=0)
    return f"{(whole if whole == at else whole + _SECOND).replace(tzinfo=None).isoformat()}Z"


def _pauses(value: Any) -> list[tuple[datetime, datetime]]:
    if not isinstance(value, list):
        raise LineError(f"pauses: {value!r} is not a list; write [[from, to]]")
    pauses = []
    for number, pause in enumerate(value):
        where = f"pauses[{number}]"
        if not isinstance(pause, list) or len(pause) != 2:
            raise LineError(f"{where}: {pause!r} is not a pause; write [from, to]")
        begin, end = (read_instant(where, one) for one in pause)
        if end < begin:
            raise LineError(f"{where}: ends before it begins; write the earlier instant first")
        pauses.append((begin, end))
    return pauses


def _object(line: bytes) -> dict[str, Any]:
    if not line.strip():
        raise LineError("the line is empty; write one JSON object on each line")
    try:
        found = json.loads(line.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise LineError(f"the line is not UTF-8 (byte {error.start}); write it in UTF-8") from None
    except RecursionError:
        raise LineError("the line is nested too deeply; a calendar has four levels") from None
    except ValueError as error:
        raise LineError(f"the line is not JSON ({error}); write one JSON object on each line") from None
    if not isinstance(found, dict):
        raise LineError("the line is not a JSON object; write {…} with start, target and calendar")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise LineError(f"{twice}: stands twice; write every key once")
    return found


def _lines(source: IO[bytes]) -> Iterator[bytes | None]:
    """The lines without their ends; None for one that is too long, which is passed over to its end."""
    while line := source.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(MAX_LINE)
        yield None


def _json(answer: Mapping[str, str | None]) -> str:
    return json.dumps(answer, separators=(",", ":"))
