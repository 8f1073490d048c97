"""Which terms apply to a ticket: those of the policy that fits it best, with its calendar."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from desk.calendar.business_hours import Calendar, always_open
from desk.calendar.duration import Target
from desk.sla.policy import NOT_PROMISED, DeskPolicy, EscalationRule, Metric, Policy, Targets

ALWAYS = "24/7"
# What makes a policy the more specific one where two name as many criteria.
CRITERIA = ("tier", "category", "queue", "priority", "language")


@dataclass(frozen=True, slots=True)
class PolicyCriteria:
    """What a ticket is compared by when its policy is chosen."""

    tier: str
    category: str
    queue: str
    priority: str
    language: str


@dataclass(frozen=True, slots=True)
class SlaTerms:
    """The terms that apply to a ticket at a time."""

    policy: str
    """The name of the policy, or "P2" where only `[desk.sla]` fits."""
    targets: Targets
    calendar: Calendar
    pauses: tuple[str, ...]
    steps: tuple[EscalationRule, ...]

    def target(self, metric: Metric) -> Target | None:
        found: Target | None = getattr(self.targets, "resolve" if metric == "resolution" else metric)
        return found


@dataclass(frozen=True, slots=True)
class SlaPolicies:
    """All policies of a desk, with their calendars."""

    desk: DeskPolicy
    policies: tuple[Policy, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=lambda: {ALWAYS: always_open()})
    since: datetime | None = None
    """Since when these policies hold: they break nothing before it. None where they have never changed."""

    def terms(self, criteria: PolicyCriteria) -> SlaTerms:
        """The terms for a ticket of these criteria."""
        base = self.desk.sla[criteria.priority]
        best = self.fitting(criteria)[:1]
        if not best:
            return SlaTerms(
                criteria.priority, base, self.calendars[self.desk.calendar], self.desk.pauses, self.desk.step
            )
        policy = best[0]
        chosen: dict[str, Any] = {}
        for name in Targets.model_fields:
            own = getattr(policy, name)
            chosen[name] = None if own == NOT_PROMISED else getattr(base, name) if own is None else own
        return SlaTerms(
            policy.name,
            Targets.model_validate(chosen),
            self.calendars[policy.calendar or self.desk.calendar],
            self.desk.pauses if policy.pauses is None else policy.pauses,
            self.desk.step if policy.step is None else policy.step,
        )

    def fitting(self, criteria: PolicyCriteria) -> Sequence[Policy]:
        """The policies that fit, the most specific first: more criteria, then the weightier ones, then as written."""
        fitting = [policy for policy in self.policies if fits(policy, criteria)]
        return sorted(fitting, key=specific, reverse=True)

    def digest(self, first: int, last: int) -> str:
        """Changes when a promise may change: with a policy, or with a calendar within these years.

        Of a calendar the open hours count and not the words: a country's holidays move with a release of `holidays`.
        """
        desk, found = self.desk, hashlib.sha256()
        for part in (desk.calendar, desk.pauses, desk.step, sorted(desk.sla.items()), desk.reopen_within):
            found.update(_spelled(part))
        for policy in self.policies:
            found.update(_spelled(policy))
        # Those that nobody names are not even looked up.
        for name in sorted({desk.calendar, *(policy.calendar for policy in self.policies if policy.calendar)}):
            found.update(repr((name, self.calendars[name].pieces(date(first, 1, 1), date(last, 12, 31)))).encode())
        return found.hexdigest()


def _spelled(part: object) -> bytes:
    """A part of the policies as digests have always had it: they are kept, and another one moves every open ticket."""
    # EscalationRule was called Step when the first of them were written.
    return repr(part).replace("EscalationRule(", "Step(").encode()


def fits(policy: Policy, criteria: PolicyCriteria) -> bool:
    """Whether a ticket is of every kind that the policy names."""
    return all(not getattr(policy, name) or getattr(criteria, name) in getattr(policy, name) for name in CRITERIA)


def specific(policy: Policy) -> tuple[int, tuple[bool, ...]]:
    """Greater for the more specific of two policies, alike where only their order decides."""
    named = tuple(bool(getattr(policy, name)) for name in CRITERIA)
    return sum(named), named
