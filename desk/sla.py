"""The service clock: which promises in time a ticket's history makes, and which of them were broken.

Everything here is a pure function of the events of a ticket and of what the operator promises (promises.md e).
What a ticket row stores of it is a cache.

    events ──► ledger: stretches in which status and terms stay the same
           ──► spans: from when to when each promise ran
    both   ──► promises: due, met, broken, and the steps on the way
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from desk import steps
from desk.duration import Target, WorkingDays, share
from desk.policy import Metric, Step
from desk.service import Circumstances, Service, Terms
from desk.ticket import Deadlines, Event, EventKind, NewTicket, Status

_NOTHING = timedelta()
_SECOND = timedelta(seconds=1)
_END = (EventKind.MERGED, EventKind.VOID)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of the policy, and when it is due for one promise."""

    step: Step
    at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise in time: something happens by `due_at`."""

    metric: Metric
    cycle: int
    """Counts the promises of this metric on this ticket, from 1."""
    started_at: datetime
    due_at: datetime | None
    """By the terms that held last; None while the clock stands still, and where no target holds."""
    met_at: datetime | None
    """When it was kept, or came too late; None while it is open."""
    broken_at: datetime | None
    """When it was or will be broken if nothing happens. What is met exactly when due is kept."""
    void_at: datetime | None
    """When it ceased to matter, neither kept nor broken."""
    terms: Terms
    """What held last."""
    milestones: tuple[Milestone, ...] = ()

    @property
    def open(self) -> bool:
        return self.met_at is None and self.void_at is None

    @property
    def name(self) -> str:
        return f"{self.metric}:{self.cycle}"

    def broken(self, now: datetime) -> bool:
        return self.broken_at is not None and self.broken_at <= now


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which nothing changed that a clock looks at: [begin, end)."""

    begin: datetime
    end: datetime | None
    """None for the last one."""
    status: Status
    snoozed: bool
    terms: Terms

    @property
    def paused(self) -> bool:
        return self.status.done or self.status in self.terms.pauses or (self.snoozed and "snoozed" in self.terms.pauses)


@dataclass(frozen=True, slots=True)
class _Span:
    """From when to when a promise ran."""

    metric: Metric
    cycle: int
    start: datetime
    stop: datetime | None


def promises(ticket: NewTicket, history: Sequence[Event], service: Service) -> tuple[Promise, ...]:
    """All promises that a ticket's events made, by metric and in the order they were made.

    None before a person wrote, and none on a ticket without a clock. `ticket` gives what its events leave open.
    """
    events = _that_count(history)
    if not events or not ticket.clock:
        return ()
    stretches = ledger(ticket, events, service)
    spans = _spans(events, service.desk.reopen_within)
    voids = [event.at for event in events if event.kind in _END]
    made = (_judged(span, stretches, voids, service.since) for span in spans)
    return tuple(promise for promise in made if promise is not None)


def _that_count(history: Sequence[Event]) -> Sequence[Event]:
    """The events in the order of their instants, from the first that a person wrote on.

    An answer whose letter failed or bounced is no answer: neither it nor the status it led to stops a clock.
    """
    lost = _lost(history)
    events = [
        event
        for event in sorted(_still_merged(history), key=lambda event: event.at)
        if event.kind in _NEWS or event.data.get("answer") not in lost
    ]
    asked = next((index for index, event in enumerate(events) if event.kind is EventKind.CUSTOMER_MESSAGE), None)
    return () if asked is None else events[asked:]


def _still_merged(history: Sequence[Event]) -> Sequence[Event]:
    """The history without what a merger did that was undone: it names the other ticket in "merged"."""
    kept: list[Event] = []
    for event in history:
        if event.kind is EventKind.UNMERGED:
            kept = [one for one in kept if one.data.get("merged") != event.data["merged"]]
        kept.append(event)
    return kept


def unanswered(history: Sequence[Event]) -> datetime | None:
    """When the oldest message came in that nobody has answered yet; None where nobody waits."""
    asked = None
    for event in _that_count(history):
        if _settles(event):
            asked = None
        elif event.kind is EventKind.CUSTOMER_MESSAGE:
            asked = asked or event.at
    return asked


def settled_at(history: Sequence[Event]) -> datetime | None:
    """When the last answer, or the last end of the work, was; None before the first."""
    return max((event.at for event in _that_count(history) if _settles(event)), default=None)


_LOSSES = (EventKind.LETTER_FAILED, EventKind.BOUNCED)
_NEWS = (*_LOSSES, EventKind.LETTER_RETRIED)


def _lost(history: Sequence[Event]) -> set[str]:
    """The answers that did not arrive, and that no operator has sent again since."""
    lost: set[str] = set()
    for event in history:
        answer = event.data.get("answer")
        if answer is not None and event.kind in _LOSSES:
            lost.add(answer)
        elif answer is not None and event.kind is EventKind.LETTER_RETRIED:
            lost.discard(answer)
    return lost


# The ledger.


_CHANGES = {EventKind.PRIORITY: "priority", EventKind.QUEUE: "queue", EventKind.CATEGORY: "category"}
# What wakes a ticket that was put aside: somebody does something about it.
_WAKES = (
    EventKind.CUSTOMER_MESSAGE,
    EventKind.AGENT_ANSWER,
    EventKind.STATUS,
    EventKind.NOTE,
    EventKind.MERGED,
    EventKind.WOKEN,
)
_STEERING = (
    EventKind.PRIORITY,
    EventKind.QUEUE,
    EventKind.CATEGORY,
    EventKind.ASSIGNED,
    EventKind.CC_ADDED,
    EventKind.LINKED,
    EventKind.UNMERGED,
)


def _wakes(event: Event) -> bool:
    # What the desk does by its own policy is no sign that somebody looks at it.
    return event.kind in _WAKES or (event.kind in _STEERING and event.actor != "postdesk")


def rest(history: Sequence[Event]) -> datetime | None:
    """Until when a ticket is put aside; None where it is not, and where something has happened to it since."""
    until = None
    for event in sorted(history, key=lambda event: event.at):
        if event.kind is EventKind.SNOOZED:
            until = datetime.fromisoformat(event.data["until"])
        elif _wakes(event):
            until = None
    return until


def ledger(ticket: NewTicket, events: Sequence[Event], service: Service) -> tuple[Stretch, ...]:
    """The stretches from the first event on; the last one is open, and none is empty but perhaps that."""
    found: list[Stretch] = []
    now = _beginning(ticket, events)
    status, snoozed = Status.NEW, False
    begin = events[0].at
    for event in _with_wakings(events):
        if event.at > begin:
            found.append(Stretch(begin, event.at, status, snoozed, service.terms(now)))
            begin = event.at
        if event.kind is EventKind.STATUS:
            status = Status(event.data["to"])
        elif event.kind in _CHANGES:
            now = replace(now, **{_CHANGES[event.kind]: event.data["to"]})
        snoozed = event.kind is EventKind.SNOOZED or (snoozed and not _wakes(event))
    return (*found, Stretch(begin, None, status, snoozed, service.terms(now)))


def _beginning(ticket: NewTicket, events: Sequence[Event]) -> Circumstances:
    """What held before the first change: what that change says it came from, else what holds now."""
    first: dict[str, str] = {}
    for event in events:
        name = _CHANGES.get(event.kind)
        if name is not None and "from" in event.data:
            first.setdefault(name, event.data["from"])
    return Circumstances(
        ticket.tier,
        first.get("category", ticket.category),
        first.get("queue", ticket.queue),
        first.get("priority", ticket.priority),
        ticket.language,
    )


def _with_wakings(events: Sequence[Event]) -> Sequence[Event]:
    """The events, with one more for the end of each rest that nothing ended before."""
    wakings = []
    for index, event in enumerate(events):
        if event.kind is EventKind.SNOOZED:
            until = datetime.fromisoformat(event.data["until"])
            after = events[index + 1 :]
            ended = next((one.at for one in after if one.kind is EventKind.SNOOZED or _wakes(one)), until)
            if until <= ended:
                wakings.append(Event(EventKind.NOTE, until, "postdesk"))
    return sorted((*events, *wakings), key=lambda event: event.at) if wakings else events


# The spans.


def _spans(events: Sequence[Event], reopen_within: timedelta) -> Sequence[_Span]:
    return (*_first_reply(events), *_next_reply(events), *_resolution(events, reopen_within), *_updates(events))


def _ends(event: Event) -> bool:
    return event.kind is EventKind.STATUS and Status(event.data["to"]).done


def _reopens(event: Event) -> bool:
    return event.kind is EventKind.STATUS and not Status(event.data["to"]).done


def _settles(event: Event) -> bool:
    """An answer, or the end of the work: what is done needs no answer until the customer writes again."""
    return event.kind is EventKind.AGENT_ANSWER or _ends(event)


def _first_reply(events: Sequence[Event]) -> Iterator[_Span]:
    """From the first message on."""
    yield _Span("first_reply", 1, events[0].at, next((event.at for event in events if _settles(event)), None))


def first_answer(ticket: NewTicket, history: Sequence[Event], service: Service) -> tuple[datetime, timedelta] | None:
    """When an agent first answered, and the open time since the first message, in whole seconds, rounded up.

    None while nobody has, where the work ended without an answer, and on a ticket without a clock.
    """
    if not ticket.clock or not any(event.kind is EventKind.AGENT_ANSWER for event in history):
        return None
    events = _that_count(history)
    first = next((event for event in events if _settles(event)), None)
    if first is None or first.kind is not EventKind.AGENT_ANSWER:
        return None
    spent = _NOTHING
    for stretch in ledger(ticket, events, service):
        if stretch.begin < first.at:
            spent += stretch.terms.calendar.spent(stretch.begin, min(stretch.end or first.at, first.at))
    return first.at, -(-spent // _SECOND) * _SECOND


def _next_reply(events: Sequence[Event]) -> Iterator[_Span]:
    """From the oldest message since the last answer; further ones do not restart it."""
    settled, asked, cycle = False, None, 1
    for event in events:
        if _settles(event):
            if asked is not None:
                yield _Span("next_reply", cycle, asked, event.at)
                cycle += 1
            settled, asked = True, None
        elif event.kind is EventKind.CUSTOMER_MESSAGE and settled and asked is None:
            asked = event.at
    if asked is not None:
        yield _Span("next_reply", cycle, asked, None)


def _resolution(events: Sequence[Event], reopen_within: timedelta) -> Iterator[_Span]:
    """From the first message to the end of the work; reopened soon enough, it goes on with the time spent so far."""
    start, done, cycle = events[0].at, None, 1
    for event in events:
        if _ends(event):
            done = done or event.at
        elif _reopens(event) and done is not None:
            if event.at - done > reopen_within:
                yield _Span("resolution", cycle, start, done)
                start, cycle = event.at, cycle + 1
            done = None
    yield _Span("resolution", cycle, start, done)


def _updates(events: Sequence[Event]) -> Iterator[_Span]:
    """From each public answer to the next one, while the work goes on."""
    told, cycle = None, 1
    answered = False
    for event in events:
        stops = event.kind is EventKind.AGENT_ANSWER or _ends(event)
        if stops and told is not None:
            yield _Span("update", cycle, told, event.at)
            cycle += 1
        if event.kind is EventKind.AGENT_ANSWER:
            told, answered = event.at, True
        elif _ends(event):
            told = None
        elif _reopens(event) and answered and told is None:
            told = event.at
    if told is not None:
        yield _Span("update", cycle, told, None)


# The judgement.


@dataclass(slots=True)
class _Spent:
    """What a promise has used up: open time, and parts of working days."""

    time: timedelta = _NOTHING
    days: Fraction = Fraction()

    def add(self, stretch: Stretch, end: datetime, by_days: bool) -> None:
        self.time += stretch.terms.calendar.spent(stretch.begin, end)
        if by_days:
            self.days += stretch.terms.calendar.working_days(stretch.begin, end)

    def left(self, target: Target) -> Target | None:
        """What is left of a target; None for nothing."""
        if isinstance(target, WorkingDays):
            return WorkingDays(target.count - self.days) if target.count > self.days else None
        return target - self.time if target > self.time else None


def _judged(
    span: _Span, stretches: Sequence[Stretch], voids: Sequence[datetime], since: datetime | None
) -> Promise | None:
    """None where no target ever held for it."""
    # What ends a ticket as void closes it in the same instant: that is no keeping of a promise.
    void_at = next((at for at in voids if span.start <= at and (span.stop is None or at <= span.stop)), None)
    if void_at is not None:
        span = replace(span, stop=None)
    own = _clipped(stretches, span.start, void_at or span.stop, pausable=span.metric != "first_reply")
    targets = [stretch.terms.target(span.metric) for stretch, _ in own]
    if not any(targets):
        return None
    by_days = any(isinstance(target, WorkingDays) for target in targets)
    target, terms = targets[-1], own[-1][0].terms
    due = None if target is None or void_at is not None else _reached(own, target, by_days)
    return Promise(
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
    """Terms that an operator set at an instant break nothing before it, and nothing that had ended by then (I18)."""
    if since is None or broken_at is None or broken_at >= since:
        return broken_at
    return since if end is None or since < end else None


_Own = Sequence[tuple[Stretch, bool]]
"""The stretches of a promise, each with whether its clock runs; the last one has no end, even if the promise has."""


def _clipped(stretches: Sequence[Stretch], start: datetime, stop: datetime | None, *, pausable: bool) -> _Own:
    """The stretches in which a promise ran. The last one ends at `stop`, and begins before it if any does."""
    own = [one for one in stretches if (one.end is None or one.end > start) and (stop is None or one.begin < stop)]
    # Met in the very instant it began.
    own = own or [next(one for one in stretches if one.end is None or one.end > start)]
    own[0] = replace(own[0], begin=start)
    own[-1] = replace(own[-1], end=stop)
    return [(one, not (pausable and one.paused)) for one in own]


def _broken(own: _Own, targets: Sequence[Target | None], by_days: bool) -> datetime | None:
    """The first instant, before the end, at which as much was spent as the terms of that instant allow."""
    spent = _Spent()
    for (stretch, runs), target in zip(own, targets, strict=True):
        if stretch.end is not None and stretch.end <= stretch.begin:
            continue
        left = None if target is None else spent.left(target)
        if target is not None and left is None:
            # The terms became stricter, or the clock was stopped just when it was due.
            return stretch.begin
        if runs and left is not None:
            due = stretch.terms.calendar.due_at(stretch.begin, left)
            if due is not None and (stretch.end is None or due < stretch.end):
                return due
        if runs and stretch.end is not None:
            spent.add(stretch, stretch.end, by_days)
    return None


def _reached(own: _Own, target: Target, by_days: bool) -> datetime | None:
    """When a target was spent or will be, if nothing else happens; None if never."""
    spent = _Spent()
    for index, (stretch, runs) in enumerate(own):
        left = spent.left(target)
        if left is None:
            return stretch.begin
        if not runs:
            continue
        last = index + 1 == len(own)
        due = stretch.terms.calendar.due_at(stretch.begin, left)
        if due is not None and (last or stretch.end is None or due <= stretch.end):
            return due
        if stretch.end is not None:
            spent.add(stretch, stretch.end, by_days)
    return None


def _milestones(
    metric: Metric, own: _Own, target: Target, due: datetime, by_days: bool, since: datetime | None
) -> Iterator[Milestone]:
    """When each step of the terms that hold last is taken, never before they held."""
    stretch, held = own[-1][0], max(since or own[0][0].begin, _since(own))
    for step in stretch.terms.steps:
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
    for stretch, runs in own:
        if runs and stretch.begin < due:
            end = due if stretch.end is None else min(stretch.end, due)
            total += stretch.terms.calendar.spent(stretch.begin, end)
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


# What is stored of it.

AnyTicket = TypeVar("AnyTicket", bound=NewTicket)


def wind(
    ticket: AnyTicket, history: Sequence[Event], new: Sequence[Event], service: Service, now: datetime
) -> tuple[AnyTicket, tuple[Event, ...]]:
    """The ticket with its deadlines set by its history and what is new, and what time did that is not recorded yet.

    That is breaches and steps, each with its true time, however late it is noticed, and a key by which it is recorded
    once. What was settled before is not judged again: it was judged by the terms of its time.

    A step may change the terms, and from its moment on all else is judged by the new ones: so however late it is
    noticed, the outcome is that of a clock which was watched all the time (promises I14).
    """
    passed: tuple[Event, ...] = ()
    while True:
        # Each turn takes a step that was not taken before, and a promise has no more than its terms have.
        ticket, happened = _wound(ticket, history, (*new, *passed), service, now)
        for index, event in enumerate(happened):
            known = (*history, *new, *passed, *happened[:index])
            changed, done = steps.act(ticket, event, known) if event.kind is EventKind.STEP else (ticket, ())
            if done:
                ticket, passed = changed, (*passed, *happened[: index + 1], *done)
                break
        else:
            return ticket, (*passed, *happened)


def _wound(
    ticket: AnyTicket, history: Sequence[Event], new: Sequence[Event], service: Service, now: datetime
) -> tuple[AnyTicket, tuple[Event, ...]]:
    """`wind`, while nothing that happens changes what holds."""
    made = promises(ticket, (*history, *new), service)
    settled = {(promise.name, promise.met_at) for promise in promises(ticket, history, service) if not promise.open}
    judged = [promise for promise in made if promise.open or (promise.name, promise.met_at) not in settled]
    recorded = {event.key for event in (*history, *new)}
    happened = tuple(event for event in _happened(judged, (*history, *new), now) if event.key not in recorded)
    due = {promise.metric: promise.due_at for promise in made if promise.open}
    deadlines = Deadlines(due.get("first_reply"), due.get("next_reply"), due.get("resolution"), due.get("update"))
    ahead = [event.at for event in _ahead(judged, (*history, *new)) if event.at > now and event.key not in recorded]
    until = rest((*history, *new))
    if until is not None:
        ahead.append(until)
    answered, spent = first_answer(ticket, (*history, *new), service) or (None, None)
    wound = replace(
        ticket,
        deadlines=deadlines,
        first_reply_at=answered,
        first_reply_spent=spent,
        snoozed_until=until,
        wake_at=min(ahead, default=None),
    )
    return wound, happened


def nearly_spent(ticket: NewTicket, history: Sequence[Event], service: Service, now: datetime) -> bool:
    """Whether less than a tenth of the target for the solution is left, or nothing."""
    for promise in promises(ticket, history, service):
        target = promise.terms.target("resolution")
        if promise.metric == "resolution" and promise.open and promise.due_at is not None and target is not None:
            left = promise.terms.calendar.due_at(max(now, promise.started_at), share(target, Fraction(1, 10)))
            return left is None or promise.due_at < left
    return False


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def rewound(ticket: AnyTicket, history: Sequence[Event], service: Service) -> AnyTicket:
    """The ticket with the deadlines and the waking that its history gives: what its row must hold (promises I13).

    What time did and nobody has recorded yet is still ahead of it, even where its instant has passed.
    """
    return wind(ticket, history, (), service, _LONG_AGO)[0]


DEADLINES: Mapping[Metric, str] = {
    "first_reply": "first_reply_due_at",
    "next_reply": "next_reply_due_at",
    "resolution": "resolve_due_at",
    "update": "update_due_at",
}
"""The fields of `Deadlines`."""


def overdue(ticket: NewTicket, history: Sequence[Event], service: Service, now: datetime) -> Iterator[Event]:
    """The breaches that the deadlines of the row tell and that nobody has recorded.

    They were set by earlier terms, which held until now: what those broke stays broken, and when they said. They too
    broke nothing before they came.
    """
    recorded = {event.key for event in history}
    came = {name: event.at for event in history if event.kind is EventKind.RETERMED for name in event.data["to"]}
    events = _that_count(history)
    for span in _spans(events, service.desk.reopen_within) if events else ():
        name, key = DEADLINES[span.metric], f"breach:{span.metric}:{span.cycle}"
        due: datetime | None = getattr(ticket.deadlines, name)
        if span.stop is None and due is not None and due <= now and key not in recorded:
            # The names are those of today: what its policy was called then is not kept.
            terms = ledger(ticket, events, service)[-1].terms
            yield _breach(span.metric, span.cycle, terms, max(due, came.get(name, due)), due, key)


def _breach(metric: Metric, cycle: int, terms: Terms, at: datetime, due_at: datetime, key: str) -> Event:
    data = {
        "metric": metric,
        "cycle": cycle,
        "policy": terms.policy,
        "calendar": terms.calendar.name,
        "due_at": due_at.isoformat(),
    }
    return Event(EventKind.BREACH, at, "postdesk", data, key)


def _happened(judged: Sequence[Promise], history: Sequence[Event], now: datetime) -> Sequence[Event]:
    events = [event for event in _ahead(judged, history) if event.at <= now]
    return sorted(events, key=lambda event: event.at)


def _ahead(judged: Sequence[Promise], history: Sequence[Event]) -> Iterator[Event]:
    """All that time does or will do to these promises if nothing else happens."""
    noticed = [event.at for event in history if event.kind is EventKind.ACKNOWLEDGED]
    for promise in judged:
        about = {
            "metric": promise.metric,
            "cycle": promise.cycle,
            "policy": promise.terms.policy,
            "calendar": promise.terms.calendar.name,
        }
        if promise.broken_at is not None:
            due, key = promise.due_at or promise.broken_at, f"breach:{promise.name}"
            yield _breach(promise.metric, promise.cycle, promise.terms, promise.broken_at, due, key)
        ended = promise.met_at or promise.void_at
        for milestone in promise.milestones:
            acknowledged = any(promise.started_at <= at < milestone.at for at in noticed)
            if not acknowledged and (ended is None or milestone.at < ended):
                data = {**about, "step": milestone.step.at, **steps.orders(milestone.step)}
                if promise.due_at is not None:
                    data["due_at"] = promise.due_at.isoformat()
                key = f"step:{milestone.step.at}:{promise.name}"
                yield Event(EventKind.STEP, milestone.at, "postdesk", data, key)


# What reports say of it.


def course(ticket: NewTicket, history: Sequence[Event], service: Service) -> tuple[Stretch, ...]:
    """The stretches of a ticket's whole history; none before a person wrote."""
    events = _that_count(history)
    return ledger(ticket, events, service) if events else ()


def needed(promise: Promise, stretches: Sequence[Stretch], until: datetime) -> timedelta:
    """The open time that a promise spent from its start until an instant, without what its terms let pass."""
    total = _NOTHING
    for stretch in stretches:
        begin = max(stretch.begin, promise.started_at)
        end = until if stretch.end is None else min(stretch.end, until)
        if begin < end and not (promise.metric != "first_reply" and stretch.paused):
            total += stretch.terms.calendar.spent(begin, end)
    return total
