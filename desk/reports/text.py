"""A report for a terminal of 80 columns, and the words that all forms share."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from textwrap import wrap

from desk.calendar import zones
from desk.reports.causes import Cause
from desk.reports.report import Row, SlaReport, Waiting

METRIC_WORDS = {
    "first_reply": "first answer",
    "next_reply": "next answer",
    "resolution": "solution",
    "update": "update",
}
GROUP_WORDS = {
    "overall": "All",
    "queue": "By queue",
    "type": "By type",
    "priority": "By priority",
    "tier": "By tier",
    "agent": "By agent",
}
CAUSE_WORDS = {
    "down": "Postdesk was not running",
    "letter_failed": "the answer never arrived",
    "stricter": "stricter terms took effect",
    "reopened": "reopened",
    "reassigned": "handed over",
    "never_assigned": "not assigned by then, in the queue",
    "in_queue": "assigned late, waited in the queue",
    "assigned": "assigned in time, but not done in time",
    "peak": "unusually busy",
    "out_of_hours": "arrived out of hours",
    "unknown": "recorded under terms no longer in force",
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BLOCKS = " ▏▎▍▌▋▊▉█"
_SHADES = " ·░▒▓█"
_BREACHES_SHOWN = 20


def span(length: timedelta | None) -> str:
    """A span as short as a column needs it: "45s", "7m", "1h 04m", "3d 2h"; "–" for none."""
    if length is None:
        return "–"
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 48 * 3600:
        return f"{seconds // 3600}h {seconds % 3600 // 60:02}m"
    return f"{seconds // 86400}d {seconds % 86400 // 3600}h"


def percent(row: Row) -> str:
    return "–" if row.attainment is None else f"{row.attainment:.1f}%"


def explained(cause: Cause) -> str:
    words = CAUSE_WORDS[cause.code]
    return f"{words} {cause.count} times" if cause.count > 1 else words


def title(report: SlaReport) -> str:
    period = report.period
    return f"Service report {period.first} to {period.last} ({period.zone})"


def wall(report: SlaReport, at: datetime) -> str:
    """What the clock on the desk's wall shows at an instant."""
    return f"{at.astimezone(zones.zone(report.period.zone)):%Y-%m-%d %H:%M}"


def summary(report: SlaReport) -> str:
    decided = sum(row.kept + row.broken for row in report.of("overall"))
    still = "" if report.at == report.period.end else f"; the period is not over: as of {wall(report, report.at)}"
    counts = f"{counted(report.tickets, 'ticket')}, {counted(decided, 'promise')} decided, {report.broken:,} broken"
    return f"{counts}{still}"


def counted(count: int, noun: str) -> str:
    """ "1 ticket", "0 tickets", "1,200 tickets"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def nothing(report: SlaReport) -> str:
    """What is said where there is no row: a ticket that was late before may well be waiting still."""
    words = "No promise was decided in this period, and none was left to decide."
    if not report.open_tickets:
        return words
    them = ("is", "it was") if report.open_tickets == 1 else ("are", "they were")
    return (
        f"{words} {counted(report.open_tickets, 'ticket')} {them[0]} open; what {them[1]} promised was decided before."
    )


def wide(text: str) -> int:
    """How many columns of a terminal a text takes (UAX #11)."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def fit(text: str, width: int) -> str:
    """One line of exactly so many columns; what a sender wrote neither speaks to a terminal nor turns its text."""
    shown = "".join("\ufffd" if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") else one for one in text)
    if wide(shown) > width:
        while wide(shown) > width - 1:
            shown = shown[:-1]
        shown += "…"
    return shown + " " * (width - wide(shown))


def bar(part: float, width: int) -> str:
    """A bar of so many columns for a part of 1."""
    eighths = int(part * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_BLOCKS[rest] if rest else "")).ljust(width)


# Text.


def text(report: SlaReport) -> str:
    """The whole report, no line wider than 80 columns; it needs no colour."""
    lines = [title(report), summary(report), ""]
    for by in dict.fromkeys(row.by for row in report.rows):
        lines += [*_group(by, report.of(by)), ""]
    if not report.rows:
        lines += [*wrap(nothing(report), 80), ""]
    lines += [*_breaches(report), *_waiting(report.worst()), *_load(report)]
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _group(by: str, rows: Sequence[Row]) -> Iterator[str]:
    yield f"{GROUP_WORDS[by]:<18} {'promise':<12} {'kept/decided':>13} {'':<10} {'':>6} {'p50':>7} {'p90':>7}"
    shown = ""
    for row in rows:
        name = fit("" if row.value == shown else row.value, 18)
        shown = row.value
        decided = f"{row.kept}/{row.kept + row.broken}"
        drawn = bar((row.attainment or 0) / 100, 10)
        times = f"{span(row.p50):>7} {span(row.p90):>7}"
        yield f"{name} {METRIC_WORDS[row.metric]:<12} {decided:>13} {drawn} {percent(row):>6} {times}"
        if by == "overall" and (row.open or row.void):
            yield f"{'':<31} {row.open} still open, {row.void} void"


def _breaches(report: SlaReport) -> Iterator[str]:
    if not report.broken:
        return
    yield "Why promises were broken"
    for code, count in report.causes:
        yield f"{count:>6} {bar(count / report.broken, 10)} {CAUSE_WORDS[code]}"
    yield ""
    yield f"{'Broken':<12} {'at':<11} {'promise':<12} cause"
    for one in report.breaches[:_BREACHES_SHOWN]:
        words = "; ".join(explained(cause) for cause in one.causes)
        yield f"{fit(one.tag, 12)} {wall(report, one.at)[5:]} {METRIC_WORDS[one.metric]:<12} {fit(words, 42)}"
    if report.broken > _BREACHES_SHOWN:
        yield f"and {report.broken - _BREACHES_SHOWN:,} more; --format csv --table breaches lists them"
    yield ""


def _waiting(rows: Sequence[Waiting]) -> Iterator[str]:
    if not rows:
        return
    yield f"{'Waited longest':<22} {'tickets':>8} {'open':>6} {'for agents':>12} {'customers':>12} {'others':>12}"
    for row in rows:
        spans = f"{span(row.agent):>12} {span(row.customer):>12} {span(row.third_party):>12}"
        yield f"{fit(row.category, 22)} {row.done + row.open:>8} {row.open:>6} {spans}"
    yield ""


def _load(report: SlaReport) -> Iterator[str]:
    for name, counts in (
        ("Mails of customers", [one.arrivals for one in report.load]),
        ("Answers", [one.answers for one in report.load]),
    ):
        most = max(counts)
        if not most:
            continue
        yield f"{name}, at most {most:,} in an hour"
        yield f"{'':<19} 0     3     6     9     12    15    18    21"
        for weekday, day in enumerate(WEEKDAYS):
            hours = counts[weekday * 24 : weekday * 24 + 24]
            cells = "".join(_SHADES[-(-one * (len(_SHADES) - 1) // most)] * 2 for one in hours)
            yield f"{day:<19} {cells} {sum(hours):>7}"
        yield ""
