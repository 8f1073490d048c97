"""The laws of promises in time (I09 to I15, I17, I18), on histories of tickets drawn at random."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.sla.clock import promises, recalculate
from desk.ticket import Deadlines, Event, EventKind, Status, Ticket
from tests.desk.histories import PRIORITIES, Context, History, some_history, some_world
from tests.desk.reference import Walls
from tests.desk.worlds import SPAN, some_walls

US = timedelta(microseconds=1)
laws = settings(max_examples=200, deadline=None)
# Seeded, and not drawn from by every call: a history takes thousands, and nobody reads what they shrink to.
chance = st.integers(0, 2**64 - 1).map(Random)


@cache
def walls(number: int) -> Walls:
    return some_walls(Random(number))


def drawn(rng: Random) -> tuple[Context, History]:
    here = walls(rng.randrange(12))
    world = some_world(rng, (here, here))
    return world, some_history(rng, world)


scenes = st.builds(drawn, chance)
Scene = tuple[Context, History]


def some_instant(rng: Random, history: History) -> datetime:
    return history.events[0].at + timedelta(minutes=rng.randrange(SPAN // 2), seconds=rng.randrange(60))


def with_these(history: History, *more: Event) -> tuple[Event, ...]:
    """The events in order, each of these after those of its instant."""
    return tuple(sorted((*history.events, *more), key=lambda event: event.at))


def status_at(history: History, at: datetime) -> str:
    # A status that an answer brought goes when the answer does not arrive.
    lost = {event.data["answer"] for event in history.events if event.kind is EventKind.LETTER_FAILED}
    kept = [event for event in history.events if event.data.get("answer") not in lost]
    changes = [event for event in kept if event.kind is EventKind.STATUS and event.at <= at]
    return str(changes[-1].data["to"]) if changes else "new"


def priority_at(history: History, at: datetime) -> str:
    changes = [event for event in history.events if event.kind is EventKind.PRIORITY and event.at <= at]
    return str(changes[-1].data["to"]) if changes else history.priority


def turn(at: datetime, before: str, after: str, kind: EventKind = EventKind.STATUS) -> Event:
    return Event(kind, at, "ben", {"from": before, "to": after})


@given(scenes, chance)
@laws
def test_i09_a_pause_that_ends_at_once_changes_nothing(scene: Scene, rng: Random) -> None:
    world, history = scene
    at = some_instant(rng, history)
    status = status_at(history, at)
    if Status(status).done:
        return
    rest = rng.choice(("waiting", "third_party"))
    paused = with_these(history, turn(at, status, rest), turn(at, rest, status))
    assert promises(history.ticket, paused, world.policies) == promises(history.ticket, history.events, world.policies)


@given(scenes, chance)
@laws
def test_i09_the_order_of_processing_changes_nothing(scene: Scene, rng: Random) -> None:
    """Events count by their instants; those of one instant in the order in which they were recorded."""
    world, history = scene
    groups: dict[datetime, list[Event]] = {}
    for event in history.events:
        groups.setdefault(event.at, []).append(event)
    shuffled = list(groups.values())
    rng.shuffle(shuffled)
    late = [event for group in shuffled for event in group]
    assert promises(history.ticket, late, world.policies) == promises(history.ticket, history.events, world.policies)


@given(scenes, chance)
@laws
def test_i12_a_priority_up_and_down_at_once_changes_nothing(scene: Scene, rng: Random) -> None:
    world, history = scene
    at = some_instant(rng, history)
    priority = priority_at(history, at)
    other = rng.choice(PRIORITIES)
    changed = with_these(
        history, turn(at, priority, other, EventKind.PRIORITY), turn(at, other, priority, EventKind.PRIORITY)
    )
    assert promises(history.ticket, changed, world.policies) == promises(history.ticket, history.events, world.policies)


@given(scenes, chance)
@laws
def test_i11_answered_exactly_when_due_is_kept_and_a_moment_later_is_not(scene: Scene, rng: Random) -> None:
    world, history = scene
    opening = history.events[:2]
    one = replace(history.ticket, priority=history.priority)
    first = [each for each in promises(one, opening, world.policies) if each.metric == "first_reply"]
    if not first or first[0].due_at is None:
        return
    due = first[0].due_at
    for at, broken in ((due - US, None), (due, None), (due + US, due)):
        answer = Event(EventKind.AGENT_ANSWER, at, "ben", {"answer": "inbox:1"})
        kept = promises(one, (*opening, answer), world.policies)[0]
        assert (kept.met_at, kept.broken_at) == (at, broken)
        _, recorded = recalculate(one, opening, (answer,), world.policies, due + timedelta(days=1))
        assert any(event.key == "breach:first_reply:1" for event in recorded) is (broken is not None)


def live(
    world: Context, history: History, ticks: Sequence[datetime]
) -> tuple[list[Event], list[tuple[datetime, Deadlines]]]:
    """What the product records as events come in and time is looked at, and the deadlines after each step."""
    recorded: list[Event] = []
    seen: list[tuple[datetime, Deadlines]] = []
    taken: list[Event] = []
    one: Ticket = replace(history.ticket, priority=history.priority)
    moments = sorted({event.at for event in history.events} | set(ticks))
    for now in moments:
        new = [event for event in history.events if event.at == now]
        for event in new:
            if event.kind is EventKind.PRIORITY:
                one = replace(one, priority=event.data["to"])
        one, happened = recalculate(one, (*taken, *recorded), new, world.policies, now)
        taken += new
        recorded += happened
        seen.append((now, one.deadlines))
        assert all(event.at <= now for event in happened)
        assert one.wake_at is None or one.wake_at > now
    return recorded, seen


def ticks(rng: Random, history: History, count: int) -> list[datetime]:
    return [some_instant(rng, history) for _ in range(count)]


END = timedelta(days=400)


@given(scenes, chance)
@laws
def test_i10_what_is_recorded_is_recorded_once(scene: Scene, rng: Random) -> None:
    world, history = scene
    end = history.events[-1].at + END
    recorded, _ = live(world, history, [*ticks(rng, history, 8), end, end + END])
    keys = [event.key for event in recorded]
    assert len(keys) == len(set(keys))
    assert recalculate(history.ticket, (*history.events, *recorded), (), world.policies, end + 2 * END)[1] == ()


@given(scenes, chance)
@laws
def test_i13_built_from_the_events_anew_is_the_same(scene: Scene, rng: Random) -> None:
    world, history = scene
    recorded, seen = live(world, history, ticks(rng, history, 5))
    for now, deadlines in seen:
        events = tuple(event for event in history.events if event.at <= now)
        one = replace(history.ticket, priority=priority_at(history, now))
        assert recalculate(one, (), (*events, *recorded), world.policies, now)[0].deadlines == deadlines


@given(scenes, chance)
@laws
def test_i14_after_any_gap_the_same_breaches_at_the_same_instants(scene: Scene, rng: Random) -> None:
    world, history = scene
    if any(event.kind is EventKind.LETTER_FAILED for event in history.events):
        return  # What a lost answer makes of the past is known only from then on.
    end = history.events[-1].at + END
    often, _ = live(world, history, [*ticks(rng, history, 30), end])
    once, _ = live(world, history, [end])
    assert breaches(often) == breaches(once)


def breaches(events: Sequence[Event]) -> set[tuple[str | None, datetime]]:
    return {(event.key, event.at) for event in events if event.kind is EventKind.BREACH}


@given(scenes, chance)
@laws
def test_i15_a_clock_set_back_takes_nothing_back_and_adds_nothing(scene: Scene, rng: Random) -> None:
    world, history = scene
    now = history.events[-1].at + timedelta(days=rng.randrange(20))
    one, recorded = recalculate(history.ticket, (), history.events, world.policies, now)
    earlier = now - timedelta(days=rng.randrange(1, 30))
    again, more = recalculate(one, (*history.events, *recorded), (), world.policies, earlier)
    assert more == ()
    assert again.deadlines == one.deadlines


@given(scenes, chance)
@laws
def test_i17_a_letter_of_unknown_fate_counts_as_an_answer(scene: Scene, rng: Random) -> None:
    world, history = scene
    unknown = [
        Event(EventKind.LETTER_UNKNOWN, event.at + timedelta(minutes=rng.randrange(99)), "postdesk", event.data)
        for event in history.events
        if event.kind is EventKind.AGENT_ANSWER
    ]
    events = with_these(history, *unknown)
    assert promises(history.ticket, events, world.policies) == promises(history.ticket, history.events, world.policies)


@given(scenes, chance)
@laws
def test_i17_a_letter_sent_again_counts_from_when_it_was_given(scene: Scene, rng: Random) -> None:
    world, history = scene
    answers = [event for event in history.events if event.kind is EventKind.AGENT_ANSWER]
    if not answers or any(event.kind is EventKind.LETTER_FAILED for event in history.events):
        return
    answer, last = rng.choice(answers).data, history.events[-1].at
    lost = [Event(kind, last, "postdesk", answer) for kind in (EventKind.LETTER_FAILED, EventKind.LETTER_RETRIED)]
    events = (*history.events, *lost)
    assert promises(history.ticket, events, world.policies) == promises(history.ticket, history.events, world.policies)


@given(scenes, chance)
@laws
def test_i18_another_calendar_changes_no_past_breach(scene: Scene, rng: Random) -> None:
    world, history = scene
    here = walls(rng.randrange(12))
    other = some_world(rng, (here,)).policies
    now = history.events[-1].at + timedelta(days=rng.randrange(20))
    one, recorded = recalculate(history.ticket, (), history.events, world.policies, now)
    _, more = recalculate(one, (*history.events, *recorded), (), other, now + timedelta(days=1))
    assert not {event.key for event in recorded} & {event.key for event in more}
    still_open = {each.name for each in promises(history.ticket, history.events, other) if each.open}
    assert all(f"{event.data['metric']}:{event.data['cycle']}" in still_open for event in more)
