"""The life of a ticket as a picture for a terminal: a row a promise, told apart by characters, then by colours."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby

from rich.text import Text

from desk.sla.explain import Account, Explanation, Run
from desk.ticket import EventKind

RUNS, SHUT, PAUSED, LATE, AHEAD = "━", "╌", "·", "▓", "─"
DUE, STEP, BROKEN, MET, VOID, BEYOND = "D", "!", "X", "✓", "∅", "→"
OPEN, ASKED, ANSWERED, SLA_RECALCULATED, SEVERAL, NOW = "▄", "?", "A", "~", "+", "│"
MEANINGS: Mapping[str, tuple[str, str]] = {
    ASKED: ("customer wrote", "bold"),
    ANSWERED: ("agent answered", "bold"),
    SLA_RECALCULATED: ("terms changed", "magenta"),
    SEVERAL: ("several", "bold"),
    NOW: ("now", "bold"),
    OPEN: ("open hours", "cyan"),
    RUNS: ("runs", "green"),
    SHUT: ("runs, closed", "dim"),
    PAUSED: ("stands still", "yellow"),
    LATE: ("late", "red"),
    AHEAD: ("ahead", "dim"),
    STEP: ("step", "yellow"),
    DUE: ("due", "bold"),
    BROKEN: ("broken", "bold red"),
    MET: ("answered or solved", "bold green"),
    VOID: ("void", "dim"),
    BEYOND: ("due later", "bold"),
}
"""What each character means, and its style where there are colours."""
_NAMES = {"first_reply": "first reply", "next_reply": "next reply", "resolution": "resolution", "update": "update"}
_LABEL = 12
NARROWEST = 40
_SPACING = len("╷Mon 11-23 ")
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_TICKS = (
    *(timedelta(minutes=count) for count in (1, 5, 15, 30)),
    *(timedelta(hours=count) for count in (1, 3, 6, 12)),
    _DAY,
    2 * _DAY,
)


def picture(found: Explanation, width: int, zone: tzinfo) -> list[Text]:
    """The lines of the picture with its legend, at most `width` columns each (never fewer than `NARROWEST`).

    Times are those of the zone.
    """
    width = max(width, NARROWEST)
    scale = _Scale(*_reach(found), width - _LABEL)
    rows = [("events", _events(found, scale))]
    hours = next((one.runs[-1].terms.calendar for one in reversed(found.accounts) if one.runs), found.terms.calendar)
    if not hours.around_the_clock:
        open_ = [OPEN if hours.spent(begin, end) * 2 >= end - begin else " " for begin, end in scale.cells()]
        rows.append(("open hours", open_))
    for metric, name in _NAMES.items():
        accounts = [one for one in found.accounts if one.promise.metric == metric]
        if accounts:
            rows.append((name, _course(accounts, found.now, scale)))
    drawn = {sign for _, cells in rows for sign in cells}
    return [scale.times(zone), *(_row(name, cells) for name, cells in rows), *_legend(drawn, width)]


class _Scale:
    """Which column stands for which time."""

    def __init__(self, begin: datetime, end: datetime, columns: int) -> None:
        self.begin, self.columns = begin, columns
        self.step = max(end - begin, timedelta(seconds=columns)) / columns

    def column(self, at: datetime) -> int:
        """It may lie outside of the picture."""
        return (at - self.begin) // self.step

    def cells(self) -> Iterator[tuple[datetime, datetime]]:
        for column in range(self.columns):
            yield self.begin + column * self.step, self.begin + (column + 1) * self.step

    def put(self, row: list[str], at: datetime | None, mark: str) -> None:
        column = -1 if at is None else self.column(at)
        if 0 <= column < self.columns:
            row[column] = mark

    def times(self, zone: tzinfo) -> Text:
        """Round times of the zone's clock, each at the column it stands for."""
        words = ""
        for at in self._round(zone):
            column = self.column(at)
            if column >= len(words):
                label = f"╷{self._label(at.astimezone(zone))}"
                words = f"{words:<{column}}{label} " if column + len(label) <= self.columns else words
        return Text(f"{'':{_LABEL}}{words}".rstrip(), style="dim")

    def _round(self, zone: tzinfo) -> Iterator[datetime]:
        """Midnights, Mondays or what else is round enough to have room, from the first in the picture on."""
        room = _SPACING * self.step
        every = next((tick for tick in _TICKS if tick >= room), _WEEK)
        while every < room:
            every *= 2
        local = self.begin.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        if every >= _WEEK:
            local -= timedelta(days=local.weekday())
        end = self.begin + self.columns * self.step
        while (at := local.replace(tzinfo=zone).astimezone(UTC)) < end:
            if at >= self.begin:
                yield at
            local += every

    def _label(self, local: datetime) -> str:
        if self.columns * self.step > 300 * _DAY:
            return f"{local:%Y-%m-%d}"
        return f"{local:%a %m-%d}" if local.hour == local.minute == 0 else f"{local:%H:%M}"


def _row(name: str, cells: Sequence[str]) -> Text:
    row = Text(f"{name:<{_LABEL}}")
    for sign, same in groupby(cells):
        row.append("".join(same), MEANINGS[sign][1] if sign in MEANINGS else "")
    row.rstrip()
    return row


def _legend(drawn: set[str], width: int) -> Iterator[Text]:
    """What the characters that were drawn mean."""
    line = Text()
    for sign, (meaning, style) in MEANINGS.items():
        if sign not in drawn:
            continue
        if line and len(line) + len(f"   {sign} {meaning}") > width:
            yield line
            line = Text()
        line.append("   " if line else "").append(sign, style).append(f" {meaning}", "dim")
    yield line


def _reach(found: Explanation) -> tuple[datetime, datetime]:
    """From when to when the picture goes: the whole life, and what is due, but no longer ahead than twice the past."""
    instants = [found.ticket.opened_at, *(event.at for event in found.happened)]
    for one in found.accounts:
        ended = one.promise.met_at or one.promise.void_at
        instants += [ended] if ended is not None else [found.now]
    begin, latest = min(instants), max(instants)
    due = [one.promise.due_at for one in found.accounts if one.promise.open and one.promise.due_at is not None]
    furthest = latest + 2 * max(latest - begin, timedelta(hours=1))
    end = max([latest, *(min(at, furthest) for at in due)])
    # What happens at the end has a column of its own.
    return begin, end + (end - begin) / 30


def _events(found: Explanation, scale: _Scale) -> list[str]:
    signs = {
        EventKind.CUSTOMER_MESSAGE: ASKED,
        EventKind.AGENT_ANSWER: ANSWERED,
        EventKind.SLA_RECALCULATED: SLA_RECALCULATED,
    }
    row = [" "] * scale.columns
    scale.put(row, found.now, NOW)
    for event in found.happened:
        column, sign = scale.column(event.at), signs.get(event.kind)
        if sign is not None and 0 <= column < scale.columns:
            row[column] = sign if row[column] in (" ", NOW, sign) else SEVERAL
    return row


def _course(accounts: Sequence[Account], now: datetime, scale: _Scale) -> list[str]:
    """The row of all promises of one metric, which never run at the same time."""
    row = [" "] * scale.columns
    for column, (begin, end) in enumerate(scale.cells()):
        middle = begin + (end - begin) / 2
        for one in accounts:
            run = next((run for run in one.runs if run.begin <= middle < run.end), None)
            if run is not None:
                row[column] = _going(one, run, begin, end)
            elif one.promise.open and one.promise.due_at is not None and now <= middle < one.promise.due_at:
                row[column] = AHEAD
    for one in accounts:
        promise = one.promise
        for moment in one.moments:
            scale.put(row, moment.at, STEP)
        # Nobody cares any more when that would have been due which was kept.
        if promise.open:
            scale.put(row, promise.due_at, DUE)
        if promise.open and promise.due_at is not None and scale.column(promise.due_at) >= scale.columns:
            row[-1] = BEYOND
        scale.put(row, promise.void_at, VOID)
        scale.put(row, promise.met_at, MET)
        scale.put(row, one.broken_at, BROKEN)
    return row


def _going(one: Account, run: Run, begin: datetime, end: datetime) -> str:
    if run.paused:
        return PAUSED
    if run.terms.calendar.spent(begin, end) * 2 < end - begin:
        return SHUT
    return LATE if one.broken_at is not None and one.broken_at <= begin else RUNS
