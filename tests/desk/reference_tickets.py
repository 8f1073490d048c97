"""The promises of a ticket a second time, slowly: a tape on which every minute says what held in it.

Written from the definitions of promises (e) and sharing no code with `desk.sla`. All events are at whole minutes. Of a
promise it is told when it began, when it ended and how, when it was broken, and when it is due if nothing else happens.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from tests.desk.reference import Line

WEEK = 7 * 24 * 60
WHOLE, WARNING = Fraction(1), Fraction(3, 4)


@dataclass(frozen=True)
class Rule:
    """What holds for a priority: targets are open minutes, or working days; no entry is no promise."""

    line: Line
    targets: Mapping[str, int | Fraction]
    pauses: tuple[str, ...]


@dataclass(frozen=True)
class Happening:
    """ask, answer, status, priority, fails or void, with its minute."""

    what: str
    at: int
    value: str = ""
    """The new status or priority; the name of the answer that is given or fails."""
    answer: str = ""
    """Of a status: the answer that brought it."""


@dataclass(frozen=True)
class Made:
    """A promise; instants are minutes."""

    metric: str
    cycle: int
    start: int
    met: int | None
    void: int | None
    broken: int | Fraction | None
    due: int | Fraction | None
    warned: int | Fraction | None
    """When three quarters are spent, by the rule that holds last, and not before it held. Only where it is due."""


def made(happenings: Sequence[Happening], rules: Mapping[str, Rule], priority: str) -> list[Made]:
    """All promises, in no order. `priority` holds before the first change; the lines of the rules span one time."""
    failed = {one.value for one in happenings if one.what == "fails"}
    happenings = [
        one
        for one in sorted(happenings, key=lambda one: one.at)
        if not ((one.what == "answer" and one.value in failed) or (one.what == "status" and one.answer in failed))
    ]
    first, end = happenings[0].at, next(iter(rules.values())).line.end
    tape = Tape(happenings, rules, priority, first, end)
    void = next((one.at for one in happenings if one.what == "void"), None)
    return [
        one
        for metric, cycle, start, stop, answered in runs(happenings)
        if (one := tape.judged(metric, cycle, start, stop, ends(start, stop, void, answered))) is not None
    ]


def ends(start: int, stop: int | None, void: int | None, answered: bool) -> int | None:
    """When a promise becomes void: by its ticket, or because the work ended without the answer."""
    if answered or (void is not None and stop is not None and start <= void <= stop):
        return void
    return stop


def runs(happenings: Sequence[Happening]) -> list[tuple[str, int, int, int | None, bool]]:
    """(metric, cycle, start, stop, answered) of every promise, told event by event as the words of the promises go.

    An answer that was promised, and that the end of the work cut off, is not `answered`.
    """
    found: list[tuple[str, int, int, int | None, bool]] = []
    answers = {one.at for one in happenings if one.what == "answer"}
    status, answered = "new", False
    running: dict[str, int] = {}
    solved: int | None = None
    cycles = {"first_reply": 0, "next_reply": 0, "resolution": 0, "update": 0}

    def begin(metric: str, at: int) -> None:
        if metric not in running:
            running[metric] = at
            cycles[metric] += 1

    def stop(metric: str, at: int | None) -> None:
        if metric in running:
            reply = metric in ("first_reply", "next_reply")
            found.append((metric, cycles[metric], running.pop(metric), at, not reply or at is None or at in answers))

    for one in happenings:
        done = status in ("solved", "closed")
        if one.what == "ask":
            if not cycles["first_reply"]:
                begin("first_reply", one.at)
                begin("resolution", one.at)
            elif "first_reply" not in running:
                begin("next_reply", one.at)
        elif one.what == "answer":
            stop("first_reply", one.at)
            stop("next_reply", one.at)
            stop("update", one.at)
            begin("update", one.at)
            answered = True
        elif one.what == "status":
            status = one.value
            if status in ("solved", "closed"):
                for metric in ("first_reply", "next_reply", "update"):
                    stop(metric, one.at)
                solved = one.at if not done or solved is None else solved
            elif solved is not None:
                if one.at - solved > WEEK:
                    stop("resolution", solved)
                    begin("resolution", one.at)
                solved = None
            if status not in ("solved", "closed") and answered:
                begin("update", one.at)
    for metric in tuple(running):
        stop(metric, solved if metric == "resolution" else None)
    return found


def spent_before(minutes: Iterable[int]) -> list[int]:
    return list(accumulate(minutes, initial=0))


class Tape:
    """For each minute: which rule held, and how much was spent before it, with and without the pauses."""

    def __init__(
        self, happenings: Sequence[Happening], rules: Mapping[str, Rule], priority: str, first: int, end: int
    ) -> None:
        self.rules, self.first, self.end = rules, first, end
        by_days = any(isinstance(target, Fraction) for rule in rules.values() for target in rule.targets.values())
        self.whole = math.lcm(*(length for rule in rules.values() for length in rule.line.lengths.values()))
        self.held: list[tuple[int, int, str]] = []
        """[from, to) and the priority, over the whole tape."""
        self.done: set[int] = set()
        """Where those begin in which the ticket is solved: nothing is broken then, unless it was before."""
        time, paused_time = bytearray(), bytearray()
        days: list[int] = []
        paused_days: list[int] = []
        status = "new"
        for at, over, happening in self.between(happenings):
            if happening is not None and happening.what == "priority":
                priority = happening.value
            elif happening is not None and happening.what == "status":
                status = happening.value
            rule = rules[priority]
            self.held.append((at, over, priority))
            if status in ("solved", "closed"):
                self.done.add(at)
            else:
                self.done.discard(at)
            openers = rule.line.openers[at - rule.line.first : over - rule.line.first]
            still = status in ("solved", "closed") or status in rule.pauses
            time += openers
            paused_time += bytes(len(openers)) if still else openers
            if by_days:
                shares = {day: self.whole // length for day, length in rule.line.lengths.items()} | {0: 0}
                spent = [shares[day] for day in openers]
                days += spent
                paused_days += [0] * len(spent) if still else spent
        self.spent = {(False, int): spent_before(map(bool, time)), (True, int): spent_before(map(bool, paused_time))}
        if by_days:
            self.spent |= {(False, Fraction): spent_before(days), (True, Fraction): spent_before(paused_days)}

    def between(self, happenings: Sequence[Happening]) -> Iterator[tuple[int, int, Happening | None]]:
        """[from, to) after each event until the next one, and that event; the first stretch has none."""
        marks = [self.first, *(one.at for one in happenings), self.end]
        yield from zip(marks, marks[1:], (None, *happenings), strict=False)

    def first_with(
        self, metric: str, start: int, begin: int, over: int, target: int | Fraction, part: Fraction = WHOLE
    ) -> int | Fraction | None:
        """The first instant of [begin, over) at which so much is spent since `start`; it may lie within a minute."""
        spent = self.spent[metric != "first_reply", Fraction if isinstance(target, Fraction) else int]
        wanted = spent[start - self.first] + part * (target * self.whole if isinstance(target, Fraction) else target)
        index = bisect_left(spent, wanted, begin - self.first, over - self.first)
        at = index + self.first
        if at > begin and spent[index] > wanted:
            return at - Fraction(spent[index] - wanted) / (spent[index] - spent[index - 1])
        return at if at < over else None

    def judged(self, metric: str, cycle: int, start: int, stop: int | None, void: int | None) -> Made | None:
        """From the start to the end of the tape, with nothing happening after the last event."""
        if void is not None and start <= void and (stop is None or void <= stop):
            stop = None
        else:
            void = None
        over = stop if stop is not None else self.end if void is None else void
        own = [
            (max(begin, start), min(end, over), self.rules[priority].targets.get(metric), begin in self.done)
            for begin, end, priority in self.held
            if end > begin and end > start and (begin < over or begin == start)
        ]
        if not any(target for _, _, target, _ in own):
            return None
        reached = (
            self.first_with(metric, start, begin, end, target)
            for begin, end, target, done in own
            if target is not None and not done
        )
        broken = next((at for at in reached if at is not None), None)
        last, due, warned = own[-1][2], None, None
        if last is not None and void is None and stop is None:
            due = self.first_with(metric, start, start, self.end, last)
            spent = self.first_with(metric, start, start, self.end, last, WARNING)
            if due is not None and spent is not None:
                warned = max(spent, start, self.since())
        return Made(metric, cycle, start, stop, void, broken, due, warned)

    def since(self) -> int:
        """From when on the rule that holds last has held."""
        lasting = [(begin, priority) for begin, end, priority in self.held if end > begin]
        begin, last = lasting[-1]
        for earlier, priority in reversed(lasting):
            if priority != last:
                break
            begin = earlier
        return begin
