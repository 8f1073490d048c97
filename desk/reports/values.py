"""A report for spreadsheets and for programs: the figures of the text and of the page."""

import csv
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from desk.reports.report import Breach, Row, SlaReport, Waiting

# What spreadsheets take for a formula: at the start of a cell, or after what divides cells where the comma does not.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\s\"']*[=+\-@＝＋－＠])")
BOM = "\ufeff"
"""Before CSV that is a file: spreadsheets then read it as UTF-8."""


# CSV.


class _Lines(list[str]):
    """What `csv.writer` writes into."""

    def write(self, line: str) -> None:
        self.append(line)


ROWS = ("by", "value", "metric", "all", "kept", "broken", "open", "void", "attainment", "p50_seconds", "p90_seconds")
BREACHES = (
    "tag", "subject", "metric", "cycle", "started_at", "at", "noticed_at", "met_at",
    "queue", "type", "priority", "tier", "agent", "causes",
)  # fmt: skip
LOAD = ("weekday", "hour", "arrivals", "answers", "wait_p50_seconds")
WAITING = (
    "type", "opened", "done", "open", "oldest_at", "agent_seconds", "customer_seconds", "third_party_seconds"
)  # fmt: skip
TABLES = {"rows": ROWS, "breaches": BREACHES, "load": LOAD, "waiting": WAITING}


def table(report: SlaReport, name: str) -> str:
    """One table of `TABLES` as CSV (RFC 4180), with no cell that a spreadsheet would take for a formula.

    Text gets an apostrophe before whatever could begin one.
    """
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    names = TABLES[name]
    writer.writerow(names)
    for row in values(report)[name]:
        writer.writerow([_cell(row[key]) for key in names])
    return "".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        value = "; ".join(f"{one['code']} {one['count']}" if one["count"] > 1 else one["code"] for one in value)
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else str(value)


# JSON.


def values(report: SlaReport) -> dict[str, Any]:
    """The report as plain JSON values; every key stands in docs/json.md."""
    return {
        "from": str(report.period.first),
        "to": str(report.period.last),
        "zone": report.period.zone,
        "at": _instant(report.at),
        "tickets": report.tickets,
        "rows": [_row(row) for row in report.rows],
        "breaches": [_breach(one) for one in report.breaches],
        "causes": [{"code": code, "count": count} for code, count in report.causes],
        "load": [
            {
                "weekday": one.weekday + 1,
                "hour": one.hour,
                "arrivals": one.arrivals,
                "answers": one.answers,
                "wait_p50_seconds": seconds(one.wait),
            }
            for one in report.load
        ],
        "waiting": [_wait(row) for row in report.waiting],
        "trend": [{"start": str(one.start), "kept": one.kept, "broken": one.broken} for one in report.trend],
        "trend_by": "week" if report.weekly else "day",
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "by": row.by,
        "value": row.value,
        "metric": row.metric,
        "all": row.all,
        "kept": row.kept,
        "broken": row.broken,
        "open": row.open,
        "void": row.void,
        "attainment": row.attainment,
        "p50_seconds": seconds(row.p50),
        "p90_seconds": seconds(row.p90),
    }


def _breach(one: Breach) -> dict[str, Any]:
    return {
        "tag": one.tag,
        "subject": one.subject,
        "metric": one.metric,
        "cycle": one.cycle,
        "started_at": _instant(one.started_at),
        "at": _instant(one.at),
        "noticed_at": _instant(one.noticed_at),
        "met_at": _instant(one.met_at),
        "queue": one.queue,
        "type": one.category,
        "priority": one.priority,
        "tier": one.tier,
        "agent": one.agent,
        "causes": [{"code": cause.code, "count": cause.count} for cause in one.causes],
    }


def _wait(row: Waiting) -> dict[str, Any]:
    return {
        "type": row.category,
        "opened": row.opened,
        "done": row.done,
        "open": row.open,
        "oldest_at": _instant(row.oldest_at),
        "agent_seconds": seconds(row.agent),
        "customer_seconds": seconds(row.customer),
        "third_party_seconds": seconds(row.third_party),
    }


def seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
