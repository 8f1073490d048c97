"""Histories of tickets drawn at random: twice, as the product records them and as the reference is told them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from random import Random

from desk.calendar.duration import WorkingDays
from desk.sla import clock as sla
from desk.sla.policy import DeskPolicy, EscalationRule, Policy
from desk.sla.terms import SlaPolicies
from desk.ticket import Event, EventKind, Ticket
from servers.values import ticket
from tests.desk.reference import Walls
from tests.desk.reference_tickets import Happening, Rule, made
from tests.desk.worlds import DAY, Desk, desk, instant, some_minute, some_table, some_walls

METRICS = ("first_reply", "next_reply", "resolution", "update")
PRIORITIES = ("P1", "P2", "P3")


@dataclass(frozen=True)
class Context:
    """Calendars and targets by priority, for both sides."""

    desks: dict[str, Desk]
    rules: dict[str, Rule]
    policies: SlaPolicies

    @property
    def first(self) -> int:
        return next(iter(self.desks.values())).first

    @property
    def last(self) -> int:
        return next(iter(self.desks.values())).last


def some_world(rng: Random, walls: Sequence[Walls]) -> Context:
    """One calendar for each priority, or one for all, over walls that span one time."""
    tables = [some_table(rng, one) for one in walls]
    made_desks = [desk(table, one) for table, one in zip(tables, walls, strict=True)]
    desks = {priority: rng.choice(made_desks) for priority in PRIORITIES}
    rules, policies, calendars = {}, [], {}
    for priority in PRIORITIES:
        targets = {metric: some_target(rng) for metric in METRICS if rng.random() < 0.85}
        pauses = tuple(pause for pause in ("waiting", "third_party") if rng.random() < 0.6)
        rules[priority] = Rule(desks[priority].line, targets, pauses)
        calendars[priority] = desks[priority].calendar
        policies.append(
            Policy.model_validate(
                {
                    "name": priority,
                    "priority": priority,
                    "calendar": priority,
                    "pauses": pauses,
                    **{
                        name: asked(targets[metric]) if metric in targets else "none"
                        for metric, name in zip(
                            METRICS, ("first_reply", "next_reply", "resolve", "update"), strict=True
                        )
                    },
                }
            )
        )
    policy = DeskPolicy(calendar="P3", step=(EscalationRule(at="75%"),))
    return Context(desks, rules, SlaPolicies(policy, tuple(policies), calendars))


def some_target(rng: Random) -> int | Fraction:
    if rng.random() < 0.2:
        return Fraction(rng.randrange(1, 5))
    return rng.choice((1, 15, 60, 240, 480, 1440, rng.randrange(1, 3000)))


def asked(target: int | Fraction) -> timedelta | WorkingDays:
    return WorkingDays(target) if isinstance(target, Fraction) else timedelta(minutes=target)


@dataclass(frozen=True)
class History:
    priority: str
    """At first."""
    events: tuple[Event, ...]
    happenings: tuple[Happening, ...]

    @property
    def ticket(self) -> Ticket:
        last = [one.value for one in self.happenings if one.what == "priority"]
        return ticket(priority=last[-1] if last else self.priority)


def some_history(rng: Random, world: Context) -> History:
    """What may happen to a ticket in some days, as intake records it: at whole minutes, in order."""
    at = some_minute(rng, world.desks["P1"])
    first = priority = rng.choice(PRIORITIES)
    events = [Event(EventKind.CREATED, instant(at), "ana"), Event(EventKind.CUSTOMER_MESSAGE, instant(at), "ana")]
    happenings = [Happening("ask", at)]
    status = "new"
    given: list[str] = []

    def to(new: str, answer: str = "") -> None:
        nonlocal status
        data = {"from": status, "to": new, **({"answer": answer} if answer else {})}
        events.append(Event(EventKind.STATUS, instant(at), "ben", data))
        happenings.append(Happening("status", at, new, answer))
        status = new

    for number in range(rng.randrange(12)):
        at = some_next(rng, world, at, rng.choice(happenings).at, priority)
        if at >= world.last:
            break
        match rng.choice(("ask", "ask", "answer", "answer", "solve", "status", "priority", "note", "fails", "end")):
            case "ask":
                events.append(Event(EventKind.CUSTOMER_MESSAGE, instant(at), "ana"))
                happenings.append(Happening("ask", at))
                if status not in ("new", "open") and rng.random() < 0.9:
                    to("open")
            case "answer" | "solve" as step:
                name = f"inbox:{number}"
                events.append(Event(EventKind.AGENT_ANSWER, instant(at), "ben", {"answer": name}))
                happenings.append(Happening("answer", at, name))
                given.append(name)
                new = "solved" if step == "solve" else "waiting"
                if status != new and rng.random() < 0.9:
                    to(new, name)
            case "status":
                to(rng.choice([one for one in ("open", "waiting", "third_party", "solved", "closed") if one != status]))
            case "priority":
                new = rng.choice(PRIORITIES)
                events.append(Event(EventKind.PRIORITY, instant(at), "ben", {"from": priority, "to": new}))
                happenings.append(Happening("priority", at, new))
                priority = new
            case "note":
                kind = rng.choice((EventKind.NOTE, EventKind.AUTOMATIC_MESSAGE, EventKind.LETTER_UNKNOWN))
                events.append(Event(kind, instant(at), "ben", {"answer": given[-1]} if given and "_" in kind else {}))
            case "fails" if given:
                name = rng.choice(given)
                events.append(Event(EventKind.LETTER_FAILED, instant(at), "postdesk", {"answer": name}))
                happenings.append(Happening("fails", at, name))
                if name == given[-1] and status in ("waiting", "solved", "closed"):
                    to("open")
            case "end" if rng.random() < 0.3:
                events.append(Event(rng.choice((EventKind.VOID, EventKind.MERGED)), instant(at), "ben"))
                happenings.append(Happening("void", at))
                to("closed")
                break
    return History(first, tuple(events), tuple(happenings))


def some_next(rng: Random, world: Context, at: int, start: int, priority: str) -> int:
    """The minute of the next event: at once, soon, days later, or just when a target is spent since `start`."""
    rule = world.rules[priority]
    if rng.random() < 0.25 and rule.targets:
        target = rng.choice(list(rule.targets.values()))
        due = rule.line.due_days(start, target) if isinstance(target, Fraction) else rule.line.due(start, target)
        if due is not None and due > at:
            return max(at, int(due) + rng.choice((-1, 0, 0, 1)))
    return at + rng.choice((0, 1, rng.randrange(120), rng.randrange(DAY), rng.randrange(9 * DAY)))


def mistaken(world: Context, history: History) -> str | None:
    """What the product and the reference say differently of this ticket."""
    right = {(one.metric, one.cycle): one for one in made(history.happenings, world.rules, history.priority)}
    found = {(one.metric, one.cycle): one for one in sla.promises(history.ticket, history.events, world.policies)}
    if right.keys() != found.keys():
        return f"promises {sorted(found)}, not {sorted(right)}"
    for key, true in right.items():
        one = found[key]
        names = [(one.started_at, true.start), (one.met_at, true.met), (one.void_at, true.void)]
        if any(mine != (yours if yours is None else instant(yours)) for mine, yours in names):
            return f"{one} is not {true}"
        if not same(one.broken_at, true.broken, world):
            return f"{key} broken at {one.broken_at}, not {true} {true.broken and instant(true.broken)}"
        if one.open and not same(one.due_at, true.due, world):
            return f"{key} due at {one.due_at}, not {true} {true.due and instant(true.due)}"
        warned = [milestone.at for milestone in one.milestones]
        if one.open and true.due is not None and true.due <= world.last and warned != [instant(true.warned or 0)]:
            return f"{key} warned at {warned}, not {true} {true.warned and instant(true.warned)}"
    return None


def same(found: object, right: int | Fraction | None, world: Context) -> bool:
    """One instant, or both none before the end of what the reference knows."""
    if right is None or right > world.last:
        return found is None or found > instant(world.last)  # type: ignore[operator]
    return found == instant(right)


def mistakes(seed: str, pairs: int, *, worlds: int = 10, histories: int = 20) -> Iterator[str]:
    """Compare this many histories of tickets; what is wrong, with all that it takes to see it again."""
    rng, done = Random(seed), 0
    while done < pairs:
        walls = some_walls(rng)
        for _ in range(worlds):
            world = some_world(rng, (walls, walls))
            for _ in range(histories):
                history = some_history(rng, world)
                if wrong := mistaken(world, history):
                    tables = {priority: here.table for priority, here in world.desks.items()}
                    rules = {name: (rule.targets, rule.pauses) for name, rule in world.rules.items()}
                    happenings = "\n".join(f"{instant(one.at)} {one}" for one in history.happenings)
                    yield f"{wrong}\n{tables}\n{rules}\n{history.priority}\n{happenings}"
            done += histories
