"""Checks across the tables of config.toml: whether policies name things that exist, and whether each can ever hold."""

from collections.abc import Collection, Iterator, Sequence

from desk.facts import Desk
from desk.sla.policy import EscalationRule, Metric, Moment
from desk.sla.terms import CRITERIA
from desk.ticket import PRIORITIES

UNCLASSIFIED = "unclassified"


def problems(desk: Desk, languages: Collection[str]) -> Iterator[str]:
    """What is wrong with the promises, each "key: what and the remedy"; `languages` are those a customer may write."""
    yield from _steps("desk.step", desk.policy.step, desk)
    known = {
        "category": (*desk.categories.ids, UNCLASSIFIED),
        "queue": desk.queues,
        "priority": PRIORITIES,
        "language": languages,
    }
    earlier: dict[tuple[frozenset[str], ...], str] = {}
    for number, policy in enumerate(desk.policies, 1):
        where = called("policy", number, policy.name)
        for name, there in known.items():
            for value in getattr(policy, name):
                if value not in there:
                    what = "problem type" if name == "category" else name
                    yield f"{where}.{name}: {_unknown(value, what, there)}"
        if policy.name.upper() in PRIORITIES:
            taken = policy.name.upper()
            yield f"{where}.name: {taken} stands for [desk.sla.{taken}] wherever policies are shown; write another name"
        if "" in policy.tier:
            yield f"{where}.tier: '' is no tier; leave `tier` out for customers of all tiers and of none"
        yield from _steps(f"{where}.step", policy.step or (), desk)
        criteria = tuple(frozenset(getattr(policy, name)) for name in CRITERIA)
        if criteria in earlier:
            yield f"{where}: fits the same tickets as {earlier[criteria]}, so it would never hold; join the two"
        earlier.setdefault(criteria, policy.name)


def called(table: str, number: int, name: object) -> str:
    """The name of one of several tables in errors, counted from 1: "policy 2 (vip)"."""
    return f"{table} {number} ({name})" if isinstance(name, str) and name.strip() else f"{table} {number}"


def doubts(desk: Desk) -> Iterator[str]:
    """Settings that work, and that somebody should look at."""
    for policy in desk.policies:
        for tier in policy.tier:
            if tier not in desk.tiers.names:
                have = ", ".join(sorted(desk.tiers.names)) or "none at all"
                yield f"policy {policy.name}: no customer has the tier {tier!r}; there are {have}"
    named = {tier for policy in desk.policies for tier in policy.tier}
    for tier in sorted(desk.tiers.names - named):
        yield f"no policy names the tier {tier!r}: its customers are promised what all are"


def _steps(where: str, steps: Sequence[EscalationRule], desk: Desk) -> Iterator[str]:
    addresses = [agent.address for agent in desk.agents]
    # By metric and moment, as it was written first.
    taken: dict[tuple[Metric, Moment], str] = {}
    for number, step in enumerate(steps, 1):
        if step.assign is not None and step.assign not in addresses:
            yield f"{where} {number}.assign: {_unknown(step.assign, 'address of an [[agent]]', addresses)}"
        moments = {(metric, step.moment): step.at for metric in step.metrics}
        double = next((taken[moment] for moment in moments if moment in taken), None)
        if double is not None:
            yield f"{where} {number}.at: there is a step at {double} already; write one that does all of it"
        taken |= moments


def _unknown(value: str, what: str, there: Collection[str]) -> str:
    have = ", ".join(there if isinstance(there, Sequence) else sorted(there))
    article = "an" if what[0] in "aeiou" else "a"
    return f"{value!r} is not {article} {what}; there are {have}" if have else f"{value!r}: there is no {what} at all"
