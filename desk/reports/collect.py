"""Collects the cases of a period, one after the other, into a report. What it keeps grows with the period and with the
number of promises (a few bytes each), never with the length of histories."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from desk.calendar import zones
from desk.reports.causes import Cause, assignee, causes, with_peak
from desk.reports.load import HourOf, Load
from desk.reports.report import (
    BREACHES_LISTED,
    NO_TIER,
    NOBODY,
    Breach,
    Case,
    Period,
    Point,
    Row,
    SlaReport,
    nearest_rank,
    order,
)
from desk.sla import clock as sla
from desk.sla.ledger import Interval, course
from desk.sla.policy import METRICS, Metric
from desk.sla.targets import SlaTarget, time_needed
from desk.sla.terms import SlaPolicies
from desk.ticket import Event, EventKind, Ticket

_CHANGES = {EventKind.PRIORITY: "priority", EventKind.QUEUE: "queue", EventKind.CATEGORY: "category"}
# From how many days on a trend by weeks says more than one by days.
_MANY_DAYS = 62
Verdict = Literal["kept", "broken", "open", "void"]


@dataclass(slots=True)
class _Tally:
    counts: Counter[Verdict] = field(default_factory=Counter)
    needed: "array[int]" = field(default_factory=lambda: array("q"))
    """Whole seconds."""


@dataclass(frozen=True, slots=True)
class _Record:
    """A breach as it was recorded, which is the truth of what was broken under the terms of its time."""

    at: datetime
    noticed_at: datetime | None


class Collector:
    """Takes every case that may count in a period, in any order."""

    def __init__(self, period: Period, policies: SlaPolicies, now: datetime) -> None:
        self._period, self._policies = period, _without_steps(policies)
        self._zone = zones.zone(period.zone)
        self._now = now
        # What happened just now is known.
        self._end = period.end if period.end <= now else now + timedelta.resolution
        self._tickets = 0
        self._tallies: dict[tuple[str, str, Metric], _Tally] = defaultdict(_Tally)
        self._breaches: list[Breach] = []
        self._explained: Counter[tuple[HourOf, tuple[Cause, ...]]] = Counter()
        self._load = Load(period, self._end)
        self._trend: dict[date, Counter[Verdict]] = defaultdict(Counter)

    def add(self, case: Case) -> None:
        """Counts one ticket, as it was known at the end of the period."""
        history = sorted((event for event in case.history if event.at < self._end), key=lambda event: event.at)
        self._load.count_mails(history)
        before = self._end - timedelta.resolution
        ticket = _held_at(case.ticket, case.history, before)
        ticket = replace(ticket, assignee=assignee(case.ticket, case.history, before))
        intervals = course(ticket, history, self._policies)
        if not intervals or not ticket.clock:
            return
        records = _records(case, history)
        counted = [
            self._count(ticket, promise, verdict, at, records.pop(promise.name, record), history, intervals)
            for promise, verdict, at, record in list(self._decided(ticket, history, records))
        ]
        counted += [self._count_record(ticket, name, record, history) for name, record in records.items()]
        self._tickets += self._load.count_states(ticket.category, intervals) or any(counted)

    # What is decided in the period.

    def _decided(
        self, ticket: Ticket, history: Sequence[Event], records: Mapping[str, _Record]
    ) -> Iterator[tuple[SlaTarget, Verdict, datetime, _Record | None]]:
        """Every promise with what became of it, and when."""
        for promise in sla.promises(ticket, history, self._policies):
            record = records.get(promise.name)
            if record is None and promise.open and promise.broken_at is not None and self._unrecorded(ticket, promise):
                record = _Record(promise.broken_at, None)
            if record is not None:
                yield promise, "broken", record.at, record
            elif promise.void_at is not None:
                yield promise, "void", promise.void_at, None
            elif promise.metric == "update" and promise.met_at == promise.started_at:
                # The answer from which on news was owed has also ended the work.
                continue
            elif promise.met_at is not None:
                yield promise, "kept", promise.met_at, None
            else:
                yield promise, "open", self._end, None

    def _unrecorded(self, ticket: Ticket, promise: SlaTarget) -> bool:
        """Whether it was broken and that is not recorded yet: the daemon is down, or about to look."""
        return promise.broken(self._end) and ticket.wake_at is not None and ticket.wake_at <= self._now

    def _count(
        self,
        ticket: Ticket,
        promise: SlaTarget,
        verdict: Verdict,
        at: datetime,
        record: _Record | None,
        history: Sequence[Event],
        intervals: Sequence[Interval],
    ) -> bool:
        """False for what neither was decided nor met in the period."""
        belongs = verdict == "open" or self._period.begin <= at
        met_at = promise.met_at if promise.void_at is None else None
        met_at = met_at if met_at is not None and met_at >= self._period.begin else None
        if met_at is not None:
            self._count_time(ticket, promise, met_at, history, intervals)
        if not belongs:
            return met_at is not None
        then = _held_at(ticket, history, at)
        settler = _settler(promise, history) if verdict == "kept" else None
        agent = settler or assignee(ticket, history, at) or NOBODY
        for by, value in _groups(then, agent).items():
            self._tallies[by, value, promise.metric].counts[verdict] += 1
        if verdict in ("kept", "broken"):
            self._trend[self._point(at)][verdict] += 1
        if record is not None:
            found = causes(promise, record.at, record.noticed_at, ticket, history, intervals)
            self._explained[self._load.hour(promise.started_at), tuple(Cause(one.code) for one in found)] += 1
            self._list(then, promise.name, promise.started_at, promise.met_at, record, agent, found)
        return True

    def _count_time(
        self,
        ticket: Ticket,
        promise: SlaTarget,
        met_at: datetime,
        history: Sequence[Event],
        intervals: Sequence[Interval],
    ) -> None:
        """The time that a promise took counts for the agent who met it, also where it was broken under another."""
        agent = _settler(promise, history) or assignee(ticket, history, met_at) or NOBODY
        seconds = int(time_needed(promise, intervals, met_at).total_seconds())
        for by, value in _groups(_held_at(ticket, history, met_at), agent).items():
            self._tallies[by, value, promise.metric].needed.append(seconds)
        if promise.metric in ("first_reply", "next_reply"):
            self._load.count_wait(promise.started_at, met_at)

    def _count_record(self, ticket: Ticket, name: str, record: _Record, history: Sequence[Event]) -> bool:
        """A breach of a promise that the terms of today no longer make; it counts all the same."""
        if record.at < self._period.begin:
            return False
        then = _held_at(ticket, history, record.at)
        agent = assignee(ticket, history, record.at) or NOBODY
        for by, value in _groups(then, agent).items():
            self._tallies[by, value, _metric(name)].counts["broken"] += 1
        self._trend[self._point(record.at)]["broken"] += 1
        found = (Cause("unknown"),)
        self._explained[self._load.hour(record.at), found] += 1
        self._list(then, name, None, None, record, agent, found)
        return True

    def _list(
        self,
        then: Ticket,
        name: str,
        started_at: datetime | None,
        met_at: datetime | None,
        record: _Record,
        agent: str,
        found: tuple[Cause, ...],
    ) -> None:
        self._breaches.append(
            Breach(
                tag=then.tag,
                subject=then.subject,
                metric=_metric(name),
                cycle=int(name.rpartition(":")[2]),
                started_at=started_at,
                at=record.at,
                noticed_at=record.noticed_at,
                met_at=met_at,
                queue=then.queue,
                category=then.category,
                priority=then.priority,
                tier=then.tier or NO_TIER,
                agent=agent,
                causes=found,
            )
        )
        if len(self._breaches) > 2 * BREACHES_LISTED:
            self._breaches = self._earliest()

    def _earliest(self) -> list[Breach]:
        return sorted(self._breaches, key=lambda one: (one.at, one.tag, one.metric, one.cycle))[:BREACHES_LISTED]

    # The trend.

    def _point(self, at: datetime) -> date:
        day = at.astimezone(self._zone).date()
        return day - timedelta(days=day.weekday()) if self._weekly else day

    @property
    def _weekly(self) -> bool:
        return self._period.days > _MANY_DAYS

    # The report.

    def report(self) -> SlaReport:
        period = self._period
        last = min(period.last, self._end.astimezone(self._zone).date())
        days = range(period.first.toordinal(), last.toordinal() + 1)
        high = self._load.peaks(days)
        explained: Counter[str] = Counter()
        for (hour, found), count in self._explained.items():
            explained[with_peak(found, peak=hour in high)[0].code] += count
        breaches = (
            replace(one, causes=with_peak(one.causes, peak=self._load.hour(one.started_at) in high))
            if one.started_at is not None
            else one
            for one in self._earliest()
        )
        return SlaReport(
            period=period,
            at=self._end,
            tickets=self._tickets,
            rows=tuple(sorted((_row(*key, tally) for key, tally in self._tallies.items()), key=order)),
            breaches=tuple(breaches),
            causes=tuple(sorted(explained.items(), key=lambda one: (-one[1], one[0]))),
            load=tuple(self._load.hours()),
            waiting=tuple(self._load.waiting()),
            trend=tuple(self._points(days)),
            weekly=self._weekly,
        )

    def _points(self, days: range) -> Iterator[Point]:
        """Every day, or every week, of the period; also those on which nothing was decided."""
        starts = dict.fromkeys(
            day - timedelta(days=day.weekday()) if self._weekly else day for day in map(date.fromordinal, days)
        )
        for start in starts:
            counts = self._trend.get(start, Counter[Verdict]())
            yield Point(start, counts["kept"], counts["broken"])


def _without_steps(policies: SlaPolicies) -> SlaPolicies:
    """The same policies without their steps, which change no promise and cost time."""
    return replace(
        policies,
        desk=policies.desk.model_copy(update={"step": ()}),
        policies=tuple(policy.model_copy(update={"step": ()}) for policy in policies.policies),
    )


def _records(case: Case, history: Sequence[Event]) -> dict[str, _Record]:
    """The recorded breaches by the names of their promises."""
    return {
        f"{event.data['metric']}:{event.data['cycle']}": _Record(event.at, case.noticed.get(event.key or ""))
        for event in history
        if event.kind is EventKind.BREACH
    }


def _metric(name: str) -> Metric:
    return next(metric for metric in METRICS if metric == name.rpartition(":")[0])


def _groups(then: Ticket, agent: str) -> dict[str, str]:
    return {
        "overall": "all",
        "queue": then.queue,
        "type": then.category,
        "priority": then.priority,
        "tier": then.tier or NO_TIER,
        "agent": agent,
    }


def _row(by: str, value: str, metric: Metric, tally: _Tally) -> Row:
    needed, counts = sorted(tally.needed), tally.counts
    return Row(
        by,
        value,
        metric,
        counts["kept"],
        counts["broken"],
        counts["open"],
        counts["void"],
        nearest_rank(needed, 50),
        nearest_rank(needed, 90),
    )


def _held_at(ticket: Ticket, history: Sequence[Event], at: datetime) -> Ticket:
    """The ticket with the priority, queue and type that it had at an instant, that of a change included."""
    held: dict[str, str] = {}
    for event in history:
        name = _CHANGES.get(event.kind)
        if name is None:
            continue
        if event.at <= at:
            held[name] = event.data["to"]
        elif "from" in event.data:
            held.setdefault(name, event.data["from"])
    return replace(ticket, **held)  # type: ignore[arg-type]


def _settler(promise: SlaTarget, history: Sequence[Event]) -> str | None:
    """Who met a promise: whose answer it was, or who ended the work. None where the program did."""
    did = [event for event in history if event.at == promise.met_at and event.actor != "postdesk"]
    answered = (event.actor for event in did if event.kind is EventKind.AGENT_ANSWER)
    ended = (event.actor for event in did if event.kind is EventKind.STATUS)
    return next(answered, None) or next(ended, None)
