"""Why a ticket has its deadlines, for people: which policy applies and why, and what each promise has spent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from desk.calendar.duration import Target, WorkingDays, show_target
from desk.sla import clock as sla
from desk.sla.ledger import Interval, course
from desk.sla.policy import EscalationRule, Policy, Targets
from desk.sla.targets import Milestone, SlaTarget
from desk.sla.terms import CRITERIA, PolicyCriteria, SlaPolicies, SlaTerms, fits, specific
from desk.ticket import Event, EventKind, Status, Ticket


@dataclass(frozen=True, slots=True)
class Choice:
    """One policy of the configuration, and why it applies or not."""

    policy: str
    fits: bool
    holds: bool
    why: str


@dataclass(frozen=True, slots=True)
class Source:
    """One of the terms, and the table of config.toml that it stands in."""

    name: str
    value: str
    table: str


@dataclass(frozen=True, slots=True)
class Run:
    """A time in which a promise ran, or was paused and why."""

    begin: datetime
    end: datetime
    paused: str
    """"" where it ran, as long as the calendar was open."""
    terms: SlaTerms


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of the policy for one promise."""

    at: datetime
    """When it was taken, or will be."""
    step: str
    does: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Account:
    """One promise until now."""

    promise: SlaTarget
    name: str
    """"resolution", or "update 2" of those that come again and again."""
    state: str
    """running | paused | broken | kept | kept late | void | broken, then void"""
    target: Target | None
    """By the terms that held last; None where they no longer promise anything."""
    broken_at: datetime | None
    """As recorded, or as the next tick will record it."""
    runs: tuple[Run, ...]
    """From its start until its end, or until now."""
    moments: tuple[Moment, ...]
    """The steps that were taken, and those to come."""

    @property
    def spent(self) -> Target:
        """What it has spent until its end, or until now."""
        return self.spent_by(self.runs[-1].end if self.runs else self.promise.started_at)

    def spent_by(self, at: datetime) -> Target:
        """What it had spent by an instant, in the unit of its target."""
        ran = [(run.terms.calendar, run.begin, min(run.end, at)) for run in self.runs if not run.paused]
        if isinstance(self.target, WorkingDays):
            days = (calendar.working_days(begin, end) for calendar, begin, end in ran if begin < end)
            return WorkingDays(sum(days, Fraction()))
        return sum((calendar.spent(begin, end) for calendar, begin, end in ran if begin < end), timedelta())


@dataclass(frozen=True, slots=True)
class Explanation:
    """All about the promises of one ticket."""

    ticket: Ticket
    now: datetime
    criteria: PolicyCriteria
    choices: tuple[Choice, ...]
    """The policies of the configuration, the one that holds first; none of them holds where no policy fits."""
    terms: SlaTerms
    sources: tuple[Source, ...]
    since: datetime | None
    accounts: tuple[Account, ...]
    happened: tuple[Event, ...]
    """What customer and agents wrote, changes of terms, and all breaches, even of promises that are no longer made."""


_HAPPENED = (
    EventKind.CUSTOMER_MESSAGE,
    EventKind.AGENT_ANSWER,
    EventKind.LETTER_FAILED,
    EventKind.BOUNCED,
    EventKind.LETTER_RETRIED,
    EventKind.SLA_RECALCULATED,
    EventKind.BREACH,
)


def explain(ticket: Ticket, history: Sequence[Event], policies: SlaPolicies, now: datetime) -> Explanation:
    """Which terms apply to a ticket now, and how its promises stand."""
    criteria = PolicyCriteria(ticket.tier, ticket.category, ticket.queue, ticket.priority, ticket.language)
    intervals = course(ticket, history, policies)
    made = sla.promises(ticket, history, policies)
    return Explanation(
        ticket=ticket,
        now=now,
        criteria=criteria,
        choices=choices(policies, criteria),
        terms=policies.terms(criteria),
        sources=tuple(_sources(policies, criteria)),
        since=policies.since,
        accounts=tuple(_account(promise, intervals, history, now) for promise in made),
        happened=tuple(sorted((event for event in history if event.kind in _HAPPENED), key=lambda event: event.at)),
    )


# Which policy, and why.


def choices(policies: SlaPolicies, criteria: PolicyCriteria) -> tuple[Choice, ...]:
    """Every policy, with why it applies or not: those that fit, the most specific first, then the others in order."""
    fitting = policies.fitting(criteria)
    found = []
    for policy in fitting:
        first = policy is fitting[0]
        why = _named(policy, criteria) if first else _less(policy, fitting[0])
        found.append(Choice(policy.name, True, first, why))
    others = (policy for policy in policies.policies if not fits(policy, criteria))
    return (*found, *(Choice(policy.name, False, False, _unfit(policy, criteria)) for policy in others))


def _criteria(policy: Policy) -> list[str]:
    return [name for name in CRITERIA if getattr(policy, name)]


def _named(policy: Policy, criteria: PolicyCriteria) -> str:
    named = [f"{name} is {getattr(criteria, name)}" for name in _criteria(policy)]
    return ", ".join(named) or "it fits every ticket"


def _less(policy: Policy, winner: Policy) -> str:
    mine, theirs = _criteria(policy), _criteria(winner)
    if len(mine) != len(theirs):
        return f"fits too, but names fewer criteria: {len(mine)}, not {len(theirs)}"
    if specific(policy) != specific(winner):
        more = next(name for name in CRITERIA if name in theirs and name not in mine)
        return f"fits too, but {winner.name} names the {more}, which weighs more than {' and '.join(mine)}"
    return f"fits too, but stands below {winner.name} in config.toml"


def _unfit(policy: Policy, criteria: PolicyCriteria) -> str:
    wrong = (name for name in CRITERIA if getattr(policy, name))
    name = next(name for name in wrong if getattr(criteria, name) not in getattr(policy, name))
    return f"{name} is {getattr(criteria, name) or 'none'}, not {' or '.join(getattr(policy, name))}"


def _sources(policies: SlaPolicies, criteria: PolicyCriteria) -> Iterator[Source]:
    """Each of the terms with the table that it was taken from."""
    fitting = policies.fitting(criteria)
    policy, terms = fitting[0] if fitting else None, policies.terms(criteria)
    own = f'[[policy]] "{policy.name}"' if policy else ""

    def table(name: str, otherwise: str) -> str:
        return own if policy is not None and getattr(policy, name) is not None else otherwise

    for name in Targets.model_fields:
        target: Target | None = getattr(terms.targets, name)
        value = "not promised" if target is None else show_target(target)
        yield Source(name, value, table(name, f"[desk.sla.{criteria.priority}]"))
    yield Source("calendar", terms.calendar.name, table("calendar", "[desk]"))
    yield Source("pauses", ", ".join(terms.pauses) or "never", table("pauses", "[desk]"))
    steps = "; ".join(f"{step.at}: {does(step)}" for step in terms.steps)
    yield Source("steps", steps or "none", table("step", "[desk]"))


def does(step: EscalationRule) -> str:
    """What a step does, in words."""
    parts = [f"tell the {' and the '.join(step.tell)}"] if step.tell else []
    if step.priority is not None:
        parts.append("raise the priority" if step.priority == "raise" else f"set priority {step.priority}")
    if step.assign is not None:
        parts.append(f"give it to {step.assign}")
    return ", ".join(parts) or "record it"


# What each promise spent.


def _account(promise: SlaTarget, intervals: Sequence[Interval], history: Sequence[Event], now: datetime) -> Account:
    ended = promise.met_at or promise.void_at
    until = now if ended is None else min(ended, now)
    runs = tuple(_runs(promise, intervals, until))
    recorded = {event.key: event.at for event in history if event.key is not None}
    broken_at = recorded.get(f"breach:{promise.name}")
    if broken_at is None and promise.open and promise.broken(now):
        broken_at = promise.broken_at
    paused = bool(runs) and bool(runs[-1].paused) and promise.open
    moments = (_moment(one, promise, recorded) for one in promise.milestones)
    again = promise.cycle > 1 or promise.metric in ("next_reply", "update")
    return Account(
        promise=promise,
        name=f"{promise.metric} {promise.cycle}" if again else promise.metric,
        state=_state(promise, broken_at, paused),
        target=promise.terms.target(promise.metric),
        broken_at=broken_at,
        runs=runs,
        moments=tuple(one for one in moments if one.taken or promise.open),
    )


def _moment(one: Milestone, promise: SlaTarget, recorded: Mapping[str, datetime]) -> Moment:
    taken_at = recorded.get(f"step:{one.step.at}:{promise.name}")
    return Moment(taken_at or one.at, one.step.at, does(one.step), taken_at is not None)


def _state(promise: SlaTarget, broken_at: datetime | None, paused: bool) -> str:
    if promise.void_at is not None:
        return "void" if broken_at is None else "broken, then void"
    if promise.met_at is not None:
        return "kept" if broken_at is None else "kept late"
    if broken_at is not None:
        return "broken"
    return "paused" if paused else "running"


def _runs(promise: SlaTarget, intervals: Sequence[Interval], until: datetime) -> Iterator[Run]:
    """Until an instant; neighbours that differ in nothing are one."""
    last: Run | None = None
    for interval in intervals:
        begin = max(interval.begin, promise.started_at)
        end = until if interval.end is None else min(interval.end, until)
        if begin >= end:
            continue
        # No pause stops the first reply.
        paused = _pause(interval) if promise.metric != "first_reply" else ""
        if last is not None and (last.paused, last.terms) == (paused, interval.terms):
            last = replace(last, end=end)
            continue
        if last is not None:
            yield last
        last = Run(begin, end, paused, interval.terms)
    if last is not None:
        yield last


_PAUSES = {Status.WAITING: "waiting for the customer", Status.THIRD_PARTY: "waiting for somebody else"}


def _pause(interval: Interval) -> str:
    if not interval.paused:
        return ""
    if interval.status.done:
        return str(interval.status)
    return _PAUSES[interval.status] if interval.status in interval.terms.pauses else "put aside"
