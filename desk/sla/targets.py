"""One promise: when it is due, what it has spent, and when its escalation steps come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from desk.calendar.duration import Target, WorkingDays, share
from desk.sla.ledger import Interval
from desk.sla.policy import EscalationRule, Metric
from desk.sla.spans import Span
from desk.sla.terms import SlaTerms

_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Milestone:
    """An escalation step, and when it comes for one promise."""

    step: EscalationRule
    at: datetime


@dataclass(frozen=True, slots=True)
class SlaTarget:
    """One promise: something happens by `due_at`."""

    metric: Metric
    cycle: int
    """Counts the promises of this metric on this ticket, from 1."""
    started_at: datetime
    due_at: datetime | None
    """By the terms that held last; None while the clock stands still, and where there is no target."""
    met_at: datetime | None
    """When it was met, in time or late; None while it is open."""
    broken_at: datetime | None
    """When it was or will be broken if nothing happens. What is met exactly when due is kept."""
    void_at: datetime | None
    """When it became void: neither kept nor broken."""
    terms: SlaTerms
    """The terms that held last."""
    milestones: tuple[Milestone, ...] = ()

    @property
    def open(self) -> bool:
        return self.met_at is None and self.void_at is None

    @property
    def name(self) -> str:
        return f"{self.metric}:{self.cycle}"

    def broken(self, now: datetime) -> bool:
        return self.broken_at is not None and self.broken_at <= now


@dataclass(slots=True)
class _Spent:
    """What a promise has spent: open time, and parts of working days."""

    time: timedelta = _NOTHING
    days: Fraction = Fraction()

    def add(self, interval: Interval, end: datetime, by_days: bool) -> None:
        self.time += interval.terms.calendar.spent(interval.begin, end)
        if by_days:
            self.days += interval.terms.calendar.working_days(interval.begin, end)

    def left(self, target: Target) -> Target | None:
        """What is left of a target; None for nothing."""
        if isinstance(target, WorkingDays):
            return WorkingDays(target.count - self.days) if target.count > self.days else None
        return target - self.time if target > self.time else None


def judge(
    span: Span, intervals: Sequence[Interval], voids: Sequence[datetime], since: datetime | None
) -> SlaTarget | None:
    """The promise of a span; None where no target ever held for it."""
    # /spam, /duplicate and /merge close the ticket at the same instant, which does not keep a promise.
    void_at = next((at for at in voids if span.start <= at and (span.stop is None or at <= span.stop)), None)
    if void_at is None and not span.answered:
        void_at = span.stop
    if void_at is not None:
        span = replace(span, stop=None)
    own = _clipped(intervals, span.start, void_at or span.stop, pausable=span.metric != "first_reply")
    targets = [interval.terms.target(span.metric) for interval, _ in own]
    if not any(targets):
        return None
    by_days = any(isinstance(target, WorkingDays) for target in targets)
    target, terms = targets[-1], own[-1][0].terms
    due = None if target is None or void_at is not None else _reached(own, target, by_days)
    return SlaTarget(
        metric=span.metric,
        cycle=span.cycle,
        started_at=span.start,
        due_at=due,
        met_at=span.stop,
        broken_at=_not_before(since, _broken(own, targets, by_days), void_at or span.stop),
        void_at=void_at,
        terms=terms,
        milestones=()
        if target is None or due is None
        else tuple(_milestones(span.metric, own, target, due, by_days, since)),
    )


def _not_before(since: datetime | None, broken_at: datetime | None, end: datetime | None) -> datetime | None:
    """New terms break nothing before the instant at which they were set, and nothing that had ended by then (I18)."""
    if since is None or broken_at is None or broken_at >= since:
        return broken_at
    return since if end is None or since < end else None


_Own = Sequence[tuple[Interval, bool]]
"""The intervals of a promise, each with whether its clock runs."""


def _clipped(intervals: Sequence[Interval], start: datetime, stop: datetime | None, *, pausable: bool) -> _Own:
    """The intervals in which a promise ran; the last one ends at `stop`."""
    own = [one for one in intervals if (one.end is None or one.end > start) and (stop is None or one.begin < stop)]
    # Met in the very instant it began.
    own = own or [next(one for one in intervals if one.end is None or one.end > start)]
    own[0] = replace(own[0], begin=start)
    own[-1] = replace(own[-1], end=stop)
    return [(one, not (pausable and one.paused)) for one in own]


def _broken(own: _Own, targets: Sequence[Target | None], by_days: bool) -> datetime | None:
    """The first instant at which as much was spent as the terms of that instant allow; None if there is none."""
    spent = _Spent()
    for (interval, runs), target in zip(own, targets, strict=True):
        if interval.end is not None and interval.end <= interval.begin:
            continue
        left = None if target is None else spent.left(target)
        if target is not None and left is None and interval.status.done:
            # Solved when it was due, or before the terms became stricter: kept, unless it is reopened.
            continue
        if target is not None and left is None:
            # The terms became stricter, or the clock was stopped just when it was due.
            return interval.begin
        if runs and left is not None:
            due = interval.terms.calendar.due_at(interval.begin, left)
            if due is not None and (interval.end is None or due < interval.end):
                return due
        if runs and interval.end is not None:
            spent.add(interval, interval.end, by_days)
    return None


def _reached(own: _Own, target: Target, by_days: bool) -> datetime | None:
    """When a target was spent, or will be if nothing else happens; None if never."""
    spent = _Spent()
    for index, (interval, runs) in enumerate(own):
        left = spent.left(target)
        if left is None:
            return interval.begin
        if not runs:
            continue
        last = index + 1 == len(own)
        due = interval.terms.calendar.due_at(interval.begin, left)
        if due is not None and (last or interval.end is None or due <= interval.end):
            return due
        if interval.end is not None:
            spent.add(interval, interval.end, by_days)
    return None


def _milestones(
    metric: Metric, own: _Own, target: Target, due: datetime, by_days: bool, since: datetime | None
) -> Iterator[Milestone]:
    """When each step of the terms that hold last comes; none comes before these terms held."""
    interval, held = own[-1][0], max(since or own[0][0].begin, _since(own))
    for step in interval.terms.steps:
        if metric not in step.metrics:
            continue
        part = step.share
        amount = share(target, part) if part is not None else _until(own, due) + step.distance
        if isinstance(amount, timedelta) and amount <= _NOTHING:
            continue
        at = due if step.at == "due" else _reached(own, amount, by_days)
        if at is not None:
            yield Milestone(step, max(at, held))


def _until(own: _Own, due: datetime) -> timedelta:
    """The open time that a promise spends until it is due."""
    total = _NOTHING
    for interval, runs in own:
        if runs and interval.begin < due:
            end = due if interval.end is None else min(interval.end, due)
            total += interval.terms.calendar.spent(interval.begin, end)
    last = own[-1][0]
    if last.end is not None and last.end < due:
        total += last.terms.calendar.spent(last.end, due)
    return total


def _since(own: _Own) -> datetime:
    """From when on the terms that hold last have held."""
    since = own[-1][0].begin
    for (earlier, _), (later, _) in reversed(tuple(pairwise(own))):
        if earlier.terms != later.terms:
            return later.begin
        since = earlier.begin
    return since


def time_needed(promise: SlaTarget, intervals: Sequence[Interval], until: datetime) -> timedelta:
    """The open time that a promise spent from its start until an instant, without its pauses."""
    total = _NOTHING
    for interval in intervals:
        begin = max(interval.begin, promise.started_at)
        end = until if interval.end is None else min(interval.end, until)
        if begin < end and not (promise.metric != "first_reply" and interval.paused):
            total += interval.terms.calendar.spent(begin, end)
    return total
