"""A report as one HTML page that needs nothing else: no script, no font, no picture from anywhere; SVG drawn here."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from desk.reports.report import GROUPS, Hour, Point, Row, SlaReport
from desk.reports.text import (
    CAUSE_WORDS,
    GROUP_WORDS,
    METRIC_WORDS,
    WEEKDAYS,
    explained,
    nothing,
    percent,
    span,
    summary,
    title,
    wall,
)
from desk.sla.policy import METRICS, Metric

_BREACHES_SHOWN = 200
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2330;--dim:#5b6675;--paper:#fff;--line:#d9dee6;--soft:#eef1f5;
--good:#2b7a5b;--bad:#c0392b;--cold:#2f6fb2}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--dim:#9aa5b4;--paper:#14181f;--line:#333b47;--soft:#222934;
--good:#4fb58c;--bad:#ef6f61;--cold:#6aa9ec}}
body{font:15px/1.45 system-ui,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC",sans-serif;color:var(--ink);
background:var(--paper);margin:0 auto;max-width:66rem;padding:1.5rem}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .6rem}p{margin:.2rem 0;color:var(--dim)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--dim);font-size:.85rem}td.n,th.n{text-align:right}td.w{overflow-wrap:anywhere}
td.s{white-space:nowrap}.by{table-layout:fixed}
svg{max-width:100%;height:auto;display:block}td svg{display:inline-block;vertical-align:middle}
svg text{fill:var(--dim);font:11px system-ui,sans-serif}.ink text{fill:var(--ink)}
.soft{fill:var(--soft)}.good{fill:var(--good)}.bad{fill:var(--bad)}.cold{fill:var(--cold)}.cool{fill:var(--good)}
.rule{stroke:var(--line);stroke-width:1}.whisker{stroke:var(--cold);stroke-width:2}
@media print{:root{color-scheme:light;--ink:#000;--dim:#444;--paper:#fff;--line:#bbb;--soft:#eee;--good:#2b7a5b;
--bad:#c0392b;--cold:#2f6fb2}body{max-width:none;padding:0;font-size:11px;-webkit-print-color-adjust:exact;
print-color-adjust:exact}tr,svg,h2{break-inside:avoid}h2{break-after:avoid}}
""".strip()
# No page needs less: nothing may be fetched or run, only our own style is applied.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: SlaReport, desk: str) -> str:
    """The whole page. `desk` is the desk's name; whatever anybody wrote is escaped."""
    overall = report.of("overall")
    broken, listed = _broken(report)
    parts = [
        f"<h1>{escape(desk)}: {escape(title(report))}</h1>",
        f"<p>{escape(summary(report))}.</p>",
        "" if report.rows else f"<p>{escape(nothing(report))}</p>",
        _group(report, "overall"),
        _section("Kept (below) and broken (on top), by " + ("week" if report.weekly else "day"), _trend(report.trend)),
        _section("Open time needed: half within the mark, nine of ten within the line", _times(overall)),
        broken,
        *(_group(report, by) for by in GROUPS if by != "overall"),
        _waiting(report),
        _section("Mails of customers, by hour of the week", _heat(report.load, [one.arrivals for one in report.load])),
        _section("Answers, by hour of the week", _heat(report.load, [one.answers for one in report.load], "cool")),
        _section("Minutes until half were answered, by hour of writing", _heat(report.load, _minutes(report.load))),
        listed,
        "<p>A promise belongs to the period in which it was broken, met or void, whichever came first. Percentiles are "
        "nearest ranks of the open time that what was met in the period needed. More: docs/reports.md.</p>",
    ]
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title(report))}</title><style>{_STYLE}</style>"
    )
    body = "\n".join(part for part in parts if part)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _section(heading: str, inside: str) -> str:
    return f'<section><h2>{escape(heading)}</h2><div class="wide">{inside}</div></section>' if inside else ""


def _table(names: Sequence[str], rows: Sequence[str], numbers: Sequence[int] = (), style: str = "") -> str:
    head = "".join(
        f'<th{" class=n" if at in numbers else ""} scope="col">{escape(name)}</th>' for at, name in enumerate(names)
    )
    return f"<table{style}><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


# Attainment.


def _group(report: SlaReport, by: str) -> str:
    rows = report.of(by)
    if not rows:
        return ""
    metrics = [metric for metric in METRICS if any(row.metric == metric for row in rows)]
    names = [
        GROUP_WORDS[by].removeprefix("By ").capitalize(),
        *(METRIC_WORDS[metric].capitalize() for metric in metrics),
    ]
    lines = []
    for value in dict.fromkeys(row.value for row in rows):
        cells = [_attained(rows, value, metric) for metric in metrics]
        lines.append(f'<tr><td class="w">{escape(value)}</td>{"".join(cells)}</tr>')
    heading = "Promises kept" if by == "overall" else f"Promises kept, {GROUP_WORDS[by].lower()}"
    return _section(heading, _table(names, lines, style=" class=by"))


def _attained(rows: Sequence[Row], value: str, metric: Metric) -> str:
    row = next((row for row in rows if row.value == value and row.metric == metric), None)
    if row is None:
        return "<td>–</td>"
    more = f", {row.open} open" if row.open else ""
    more += f", {row.void} void" if row.void else ""
    words = f"{row.kept} of {row.kept + row.broken}{more}"
    return f"<td>{_bar(row)} <b>{percent(row)}</b><br><small>{words}<br>{_halves(row)}</small></td>"


def _halves(row: Row) -> str:
    return f"p50 {span(row.p50)}, p90 {span(row.p90)}" if row.p50 is not None else "none met"


def _bar(row: Row) -> str:
    """Kept in green on broken in red; empty where nothing was decided."""
    under = "soft" if row.attainment is None else "bad"
    length = (row.attainment or 0) * 0.9
    return (
        f'<svg width="90" height="10" role="img" aria-label="{percent(row)} kept">'
        f'<rect class="{under}" width="90" height="10" rx="2"/>'
        f'<rect class="good" width="{length:.1f}" height="10" rx="2"/></svg>'
    )


# Charts.


def _trend(points: Sequence[Point]) -> str:
    most = max((point.kept + point.broken for point in points), default=0)
    if not most:
        return ""
    step = max(min(900 // len(points), 60), 10)
    width, height = 40 + step * len(points), 170
    marks = [
        f'<line class="rule" x1="36" x2="{width}" y1="140.5" y2="140.5"/>',
        f'<text x="32" y="16" text-anchor="end">{most}</text><text x="32" y="144" text-anchor="end">0</text>',
    ]
    every = max(-(-70 // step), 1)
    for at, point in enumerate(points):
        x = 40 + at * step
        kept, broken = (count * 130 / most for count in (point.kept, point.broken))
        title = f"<title>{point.start}: {point.kept} kept, {point.broken} broken</title>"
        marks.append(
            f'<g>{title}<rect class="good" x="{x}" y="{140 - kept:.1f}" width="{step * 0.7:.1f}" height="{kept:.1f}"/>'
            f'<rect class="bad" x="{x}" y="{140 - kept - broken:.1f}" width="{step * 0.7:.1f}" '
            f'height="{broken:.1f}"/></g>'
        )
        if at % every == 0:
            marks.append(f'<text x="{x}" y="158">{point.start}</text>')
    return _svg(width + 30, height, "kept and broken promises over time", marks)


def _svg(width: int, height: int, label: str, marks: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label)}">{"".join(marks)}</svg>'
    )


def _times(rows: Sequence[Row]) -> str:
    """For each metric a line from nothing to p90 with a mark at p50; each has a scale of its own."""
    timed = [(row.metric, row.p50, row.p90) for row in rows if row.p50 is not None and row.p90 is not None]
    marks = []
    for at, (metric, half, most) in enumerate(timed):
        y = 20 + at * 30
        place = 120 + 500 * (half / most if most else 0)
        marks.append(
            f'<text x="110" y="{y + 4}" text-anchor="end">{METRIC_WORDS[metric]}</text>'
            f'<line class="whisker" x1="120" x2="620" y1="{y}" y2="{y}"/>'
            f'<line class="whisker" x1="620" x2="620" y1="{y - 6}" y2="{y + 6}"/>'
            f'<circle class="cold" cx="{place:.1f}" cy="{y}" r="6"/>'
            f'<text x="632" y="{y + 4}">p50 {span(half)}, p90 {span(most)}</text>'
        )
    return _svg(860, 10 + 30 * len(timed), "open time needed", marks) if timed else ""


def _minutes(load: Sequence[Hour]) -> list[int | None]:
    return [None if one.wait is None else one.wait // timedelta(minutes=1) for one in load]


def _heat(load: Sequence[Hour], counts: Sequence[int | None], colour: str = "cold") -> str:
    """24 hours by 7 days: the fuller, the more; every cell says its number to who points at it."""
    most = max((count or 0 for count in counts), default=0)
    if not most:
        return ""
    marks = [f'<text x="{44 + hour * 34}" y="12">{hour:02}</text>' for hour in range(24)]
    marks += [f'<text x="0" y="{36 + at * 24}">{day}</text>' for at, day in enumerate(WEEKDAYS)]
    for one, count in zip(load, counts, strict=True):
        x, y = 36 + one.hour * 34, 20 + one.weekday * 24
        strength = 0.12 + 0.88 * (count or 0) / most if count else 0
        title = f"<title>{WEEKDAYS[one.weekday]} {one.hour:02}:00: {'–' if count is None else count}</title>"
        marks.append(
            f'<g>{title}<rect class="soft" x="{x}" y="{y}" width="32" height="22" rx="2"/>'
            f'<rect class="{colour}" x="{x}" y="{y}" width="32" height="22" rx="2" opacity="{strength:.2f}"/></g>'
        )
    marks.append(f'<text x="36" y="204">fullest: {most}</text>')
    return _svg(856, 210, "by hour and weekday", marks)


# Breaches and waiting.


def _broken(report: SlaReport) -> tuple[str, str]:
    """The chart of causes, and the list."""
    if not report.broken:
        return "", ""
    marks = []
    for at, (code, count) in enumerate(report.causes):
        y, length = 4 + at * 22, 400 * count / report.broken
        marks.append(
            f'<rect class="bad" x="290" y="{y}" width="{max(length, 1):.1f}" height="14" rx="2"/>'
            f'<text x="280" y="{y + 11}" text-anchor="end">{escape(CAUSE_WORDS[code])}</text>'
            f'<text x="{298 + length:.1f}" y="{y + 11}">{count}</text>'
        )
    chart = _section("Why promises were broken", _svg(760, 8 + 22 * len(marks), "causes", marks))
    lines = [
        f'<tr><td class="s">{escape(one.tag)}</td><td class="w">{escape(one.subject[:80])}</td>'
        f'<td class="s">{METRIC_WORDS[one.metric]}</td><td class="s">{wall(report, one.at)}</td>'
        f'<td class="w">{escape(one.category)}, {escape(one.priority)}, {escape(one.queue)}</td>'
        f'<td class="w">{escape(one.agent)}</td>'
        f'<td class="w">{escape("; ".join(explained(cause) for cause in one.causes))}</td></tr>'
        for one in report.breaches[:_BREACHES_SHOWN]
    ]
    names = ("Ticket", "Subject", "Promise", "Broken at", "Of", "Agent", "Cause")
    shown = _table(names, lines)
    if report.broken > _BREACHES_SHOWN:
        shown += f"<p>The first {_BREACHES_SHOWN} of {report.broken:,}; the CSV and JSON list more.</p>"
    return chart, _section("Broken promises", shown)


def _waiting(report: SlaReport) -> str:
    """The five types that waited longest for agents."""
    lines = [
        f'<tr><td class="w">{escape(row.category)}</td><td class="n">{row.opened}</td><td class="n">{row.done}</td>'
        f'<td class="n">{row.open}</td><td class="s">{wall(report, row.oldest_at)[:10] if row.oldest_at else "–"}</td>'
        f'<td class="n">{span(row.agent)}</td><td class="n">{span(row.customer)}</td>'
        f'<td class="n">{span(row.third_party)}</td></tr>'
        for row in report.worst()
    ]
    names = ("Type", "Opened", "Done", "Open", "Oldest", "For agents", "For customers", "For others")
    return _section(
        "Where tickets waited longest (elapsed time)", _table(names, lines, (1, 2, 3, 5, 6, 7)) if lines else ""
    )
