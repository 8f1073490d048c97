"""`postdesk report sla`: which dates, which form, and where it goes."""

import json
import sys
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from desk.errors import ConfigError, DeskError
from desk.facts import Desk
from desk.reports import html as report_html
from desk.reports import text as report_text
from desk.reports import values as report_values
from desk.reports.plan import last_week
from desk.reports.report import Period, SlaReport, local_date
from models.store import Store
from ops.opening import open_to_look, utc_now
from ops.options import CONFIG, AsJson, Config, new_command
from pipeline import report_mail
from pipeline.settings import load

_LONGEST_DAYS = 3660


class By(StrEnum):
    queue = "queue"
    type = "type"
    priority = "priority"
    tier = "tier"
    agent = "agent"


class Format(StrEnum):
    text = "text"
    csv = "csv"
    json = "json"
    html = "html"


class CsvTable(StrEnum):
    rows = "rows"
    breaches = "breaches"
    load = "load"
    waiting = "waiting"


cli = new_command()


@cli.command()
def report_sla(
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First local date, as 2026-11-01; last week's Monday.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last local date, included.")] = None,
    by: Annotated[By | None, typer.Option(help="Only these groups; all of them by default.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    table: Annotated[CsvTable, typer.Option(help="Which table, with --format csv.")] = CsvTable.rows,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write there instead.")] = None,
    config: Config = CONFIG,
    json_: AsJson = False,
) -> None:
    settings = load(config)
    desk, now = settings.desk, utc_now()
    with open_to_look(settings.store) as store:
        found = made(store, desk, period(first, last, desk.policy.zone, now), now, by)
    form = Format.json if json_ else format_
    put(written(found, desk.policy.name, form, table), form, out)


def period(first: str | None, last: str | None, zone: str, now: datetime) -> Period:
    """The dates that were asked for; the last whole week where none was. Raises ConfigError with the remedy."""
    if first is None and last is None:
        return last_week(zone, now)
    if first is None:
        raise ConfigError("--to needs a --from: the first date of the report")
    today = local_date(now, zone)
    begin = _date("--from", first)
    end = _date("--to", last) if last is not None else max(today, begin)
    if end < begin:
        raise ConfigError(f"--to {end} lies before --from {begin}: exchange them")
    if begin > today:
        raise ConfigError(f"--from {begin} lies in the future: today is {today} in {zone}")
    if (end - begin).days >= _LONGEST_DAYS:
        raise ConfigError(f"--from {begin} --to {end} are more than ten years: ask for less at a time")
    return Period(begin, end, zone)


def _date(option: str, value: str) -> date:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise ConfigError(f"{option} {value!r} is no date; write it as 2026-11-01") from None
    if not 1970 <= found.year < 9000:
        raise ConfigError(f"{option} {value}: there are no tickets of that year")
    return found


def made(store: Store, desk: Desk, period: Period, now: datetime, by: str | None) -> SlaReport:
    """The report; with `by`, only the rows of all and of these groups."""
    found = report_mail.make(store, desk, period, now)
    if by is None:
        return found
    return replace(found, rows=tuple(row for row in found.rows if row.by in ("overall", str(by))))


def written(report: SlaReport, desk: str, form: str, table: str) -> str:
    """The report in one of the forms text, csv, json and html."""
    match form:
        case "csv":
            return report_values.table(report, table)
        case "json":
            return json.dumps(report_values.values(report), ensure_ascii=False, indent=2) + "\n"
        case "html":
            return report_html.page(report, desk)
        case _:
            return report_text.text(report)


def put(content: str, form: str, out: Path | None) -> None:
    """Bytes as they are, so that the line ends of CSV stay what they must be. Raises DeskError.

    Standard output is for programs; a CSV file is for a spreadsheet, too, and begins with a mark.
    """
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content.encode())
        sys.stdout.buffer.flush()
        return
    try:
        out.write_bytes((report_values.BOM + content if form == "csv" else content).encode())
    except OSError as error:
        raise DeskError(f"{out} cannot be written: {error.strerror}") from None
