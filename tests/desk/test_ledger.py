"""The ledger: what a ticket's events leave for its clocks, and in which of the times between them they stand still."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.sla import clock as sla
from desk.sla.ledger import Interval, course, lost, rest, that_count
from desk.sla.policy import Policy
from desk.sla.spans import settled_at, spans, unanswered
from desk.ticket import Event, EventKind, Status
from servers.values import BEN, T0, desk, event, minute, opening, ticket

# Put aside from the 10th to the 100th minute.
SNOOZED = event(EventKind.SNOOZED, 10, BEN.address, until=minute(100).isoformat())
RESTING = (*opening(), SNOOZED)


def intervals(*history: Event, **policy: Any) -> tuple[Interval, ...]:
    return course(ticket(), history, desk(**policy).sla_policies)


def standing(*history: Event, **policy: Any) -> list[tuple[float, float | None]]:
    """When the clocks stand still, in minutes after T0."""
    found: list[tuple[float, float | None]] = []
    for one in intervals(*history, **policy):
        begin = since(one.begin) or 0.0
        if one.paused and found and found[-1][1] == begin:
            found[-1] = found[-1][0], since(one.end)
        elif one.paused:
            found.append((begin, since(one.end)))
    return found


def since(at: Any) -> float | None:
    return None if at is None else (at - T0) / timedelta(minutes=1)


def test_where_the_desk_says_so_the_clocks_stand_still_while_a_ticket_is_put_aside() -> None:
    assert standing(*RESTING, pauses=["snoozed"]) == [(10, 100)]


@pytest.mark.parametrize("pauses", [[], ["waiting"], ["waiting", "third_party"]], ids=str)
def test_where_it_does_not_say_so_they_go_on(pauses: list[str]) -> None:
    assert standing(*RESTING, pauses=pauses) == []


def test_only_while_it_is_put_aside() -> None:
    assert standing(*opening(), pauses=["snoozed"]) == []
    waits = event(EventKind.STATUS, 10, BEN.address, to=str(Status.WAITING))
    assert standing(*opening(), waits, pauses=["snoozed"]) == []
    assert standing(*opening(), waits, pauses=["waiting"]) == [(10, None)]


def test_what_is_due_is_due_later_by_as_long_as_the_ticket_was_put_aside() -> None:
    """Two days for the end of the work at P3, and an hour and a half put aside. A first answer waits for nothing."""

    def due(*pauses: str) -> Any:
        now, _ = sla.recalculate(ticket(), RESTING, (), desk(pauses=pauses).sla_policies, minute(120))
        return now.deadlines.first_reply_due_at, now.deadlines.resolve_due_at

    first = T0 + timedelta(hours=4)
    assert due() == (first, T0 + timedelta(hours=48))
    assert due("snoozed") == (first, T0 + timedelta(hours=49, minutes=30))


# What counts.


def kinds(history: tuple[Event, ...]) -> list[str]:
    return [str(one.kind) for one in that_count(history)]


def answers(at: float, name: str = "a1") -> Event:
    return event(EventKind.AGENT_ANSWER, at, BEN.address, answer=name)


def status(to: Status, at: float, **data: Any) -> Event:
    return event(EventKind.STATUS, at, BEN.address, to=str(to), **data)


def news(kind: EventKind, at: float, name: str = "a1") -> Event:
    return event(kind, at, "postdesk", answer=name)


@pytest.mark.parametrize("loss", [EventKind.LETTER_FAILED, EventKind.BOUNCED])
def test_an_answer_that_did_not_arrive_does_not_count_nor_what_came_with_it(loss: EventKind) -> None:
    history = (*opening(), answers(10), status(Status.WAITING, 10, answer="a1"), answers(20, "a2"), news(loss, 30))
    assert kinds(history) == ["customer_message", "agent_answer", str(loss)]
    assert lost(history) == {"a1"}


def test_an_answer_that_an_operator_sent_again_counts_until_it_fails_once_more() -> None:
    history = (*opening(), answers(10), news(EventKind.BOUNCED, 20), news(EventKind.LETTER_RETRIED, 30))
    assert lost(history) == set()
    assert kinds(history) == ["customer_message", "agent_answer", "bounced", "letter_retried"]
    assert lost((*history, news(EventKind.LETTER_FAILED, 40))) == {"a1"}
    assert lost((*history, news(EventKind.LETTER_RETRIED, 40, "a2"))) == set(), "never lost, and found again"


def test_news_of_no_answer_loses_none() -> None:
    assert lost((event(EventKind.BOUNCED, 10, "postdesk"), event(EventKind.LETTER_RETRIED, 20, "postdesk"))) == set()


def test_nothing_counts_before_a_person_wrote_and_all_counts_by_its_instant() -> None:
    assert kinds((event(EventKind.CREATED, 0), event(EventKind.NOTE, 5, BEN.address))) == []
    assert intervals(event(EventKind.CREATED, 0)) == ()
    late = event(EventKind.NOTE, 3, BEN.address)
    assert kinds((event(EventKind.CREATED, 0), event(EventKind.CUSTOMER_MESSAGE, 1), answers(5), late)) == [
        "customer_message",
        "note",
        "agent_answer",
    ]


def test_what_a_merger_did_is_gone_when_it_is_undone() -> None:
    def merged(kind: EventKind, at: float, number: int) -> Event:
        return event(kind, at, BEN.address, merged=number)

    history = (*opening(), merged(EventKind.MERGED, 10, 7), merged(EventKind.CUSTOMER_MESSAGE, 10, 7))
    other = merged(EventKind.MERGED, 20, 8)
    undone = (*history, other, merged(EventKind.UNMERGED, 30, 7))
    assert kinds(history) == ["customer_message", "merged", "customer_message"]
    assert kinds(undone) == ["customer_message", "merged", "unmerged"]
    again = (*undone, merged(EventKind.MERGED, 40, 7))
    assert kinds(again) == ["customer_message", "merged", "unmerged", "merged"], "it may be merged once more"


# Put aside.

WAKE = (
    EventKind.CUSTOMER_MESSAGE, EventKind.AGENT_ANSWER, EventKind.NOTE, EventKind.MERGED, EventKind.WOKEN,
)  # fmt: skip
STEER = (
    EventKind.PRIORITY, EventKind.QUEUE, EventKind.CATEGORY, EventKind.ASSIGNED, EventKind.CC_ADDED, EventKind.LINKED,
    EventKind.REQUESTER,
    EventKind.UNMERGED,
)  # fmt: skip


def happens(kind: EventKind, at: float, actor: str) -> Event:
    data = {"to": "open" if kind is EventKind.STATUS else "P1", "merged": 9}
    return event(kind, at, actor, **data)


@pytest.mark.parametrize("kind", list(EventKind))
@pytest.mark.parametrize("actor", [BEN.address, "postdesk"])
def test_what_ends_a_rest(kind: EventKind, actor: str) -> None:
    """Whatever somebody does about the ticket; of what the desk does by its own policy, nothing that only steers."""
    if kind is EventKind.SNOOZED:
        return
    history = (*RESTING, happens(kind, 20, actor))
    wakes = kind in (*WAKE, EventKind.STATUS) or (kind in STEER and actor != "postdesk")
    assert rest(history) == (None if wakes else minute(100))
    assert standing(*history, pauses=["snoozed"]) == [(10, 20 if wakes else 100)]


def test_the_later_of_two_rests_counts_and_a_shorter_one_cuts_the_first_short() -> None:
    def until(at: float, end: float) -> Event:
        return event(EventKind.SNOOZED, at, BEN.address, until=minute(end).isoformat())

    assert rest(()) is None
    assert rest((*RESTING, until(20, 50))) == minute(50)
    assert standing(*RESTING, until(20, 50), pauses=["snoozed"]) == [(10, 50)]
    assert standing(*RESTING, until(20, 300), pauses=["snoozed"]) == [(10, 300)]
    assert standing(*RESTING, until(150, 200), pauses=["snoozed"]) == [(10, 100), (150, 200)]
    assert standing(*RESTING, until(100, 200), pauses=["snoozed"]) == [(10, 200)]


def test_what_was_recorded_late_ends_a_rest_from_its_own_instant_on() -> None:
    early = event(EventKind.CUSTOMER_MESSAGE, 5)
    assert rest((*RESTING, early)) == minute(100)
    assert rest((SNOOZED, *opening())) == minute(100)


# Intervals.


def test_the_intervals_follow_each_other_without_a_gap_and_the_last_is_open() -> None:
    found = intervals(*opening(), status(Status.WAITING, 10), answers(20), status(Status.OPEN, 20), pauses=["waiting"])
    assert [(since(one.begin), since(one.end), one.status) for one in found] == [
        (0, 10, Status.NEW),
        (10, 20, Status.WAITING),
        (20, None, Status.OPEN),
    ]
    assert standing(*opening(), status(Status.WAITING, 10), status(Status.OPEN, 20)) == [(10, 20)]


@pytest.mark.parametrize("done", [Status.SOLVED, Status.CLOSED])
def test_what_is_done_stands_still_whatever_pauses(done: Status) -> None:
    assert standing(*opening(), status(done, 10), pauses=[]) == [(10, None)]


POLICIES = tuple(
    Policy.model_validate({"name": f"of {key}", key: value})
    for key, value in (("category", "withdrawal"), ("queue", "funds"), ("priority", "P1"))
)


def terms(*history: Event, **now: Any) -> list[tuple[float | None, str]]:
    """From when on, in minutes, which policy held."""
    service = replace(desk(), policies=POLICIES).sla_policies
    return [(since(one.begin), one.terms.policy) for one in course(ticket(**now), history, service)]


@pytest.mark.parametrize(
    ("kind", "key", "before", "after"),
    [
        (EventKind.CATEGORY, "category", "unclassified", "withdrawal"),
        (EventKind.QUEUE, "queue", "support", "funds"),
        (EventKind.PRIORITY, "priority", "P3", "P1"),
    ],
)
def test_a_change_of_what_a_policy_goes_by_changes_the_terms_from_its_instant_on(
    kind: EventKind, key: str, before: str, after: str
) -> None:
    changed = event(kind, 10, BEN.address, **{"from": before, "to": after})
    back = event(kind, 20, BEN.address, **{"from": after, "to": before})
    assert terms(*opening(), changed, **{key: after}) == [(0, terms(*opening())[0][1]), (10, f"of {key}")]
    assert [name for _, name in terms(*opening(), changed, back)] == [
        terms(*opening())[0][1],
        f"of {key}",
        terms(*opening())[0][1],
    ]
    silent = event(kind, 10, BEN.address, to=after)
    assert terms(*opening(), silent, **{key: after})[0] == (0, f"of {key}"), "it does not say what held before"


# Spans.

REOPEN = timedelta(minutes=100)


def runs(metric: str, *history: Event) -> list[tuple[int, float | None, float | None, bool]]:
    """(cycle, start, stop, answered) of the spans of one metric."""
    found = [one for one in spans(that_count((*opening(), *history)), REOPEN) if one.metric == metric]
    return [(one.cycle, since(one.start), since(one.stop), one.answered) for one in found]


def asks(at: float) -> Event:
    return event(EventKind.CUSTOMER_MESSAGE, at)


def test_the_first_reply_runs_to_the_first_answer_or_the_end_of_the_work() -> None:
    assert runs("first_reply") == [(1, 0, None, True)]
    assert runs("first_reply", answers(10), answers(20, "a2")) == [(1, 0, 10, True)]
    assert runs("first_reply", status(Status.SOLVED, 10), answers(20)) == [(1, 0, 10, False)]
    assert runs("first_reply", status(Status.SOLVED, 10), answers(10)) == [(1, 0, 10, True)]
    assert runs("first_reply", status(Status.WAITING, 10)) == [(1, 0, None, True)]


def test_the_next_reply_runs_from_the_first_question_after_an_answer() -> None:
    assert runs("next_reply", asks(5)) == []
    assert runs("next_reply", answers(10)) == []
    assert runs("next_reply", answers(10), asks(20), asks(30)) == [(1, 20, None, True)]
    assert runs("next_reply", answers(10), asks(20), answers(30, "a2"), asks(40), status(Status.SOLVED, 50)) == [
        (1, 20, 30, True),
        (2, 40, 50, False),
    ]


def test_the_resolution_goes_on_when_it_is_reopened_soon_and_begins_anew_when_late() -> None:
    solved, late = status(Status.SOLVED, 10), status(Status.OPEN, 110.1)
    assert runs("resolution") == [(1, 0, None, True)]
    assert runs("resolution", solved, status(Status.CLOSED, 20)) == [(1, 0, 10, True)]
    assert runs("resolution", solved, status(Status.OPEN, 110)) == [(1, 0, None, True)]
    assert runs("resolution", solved, late) == [(1, 0, 10, True), (2, 110.1, None, True)]
    assert runs("resolution", solved, late, status(Status.SOLVED, 120)) == [(1, 0, 10, True), (2, 110.1, 120, True)]
    assert runs("resolution", solved, status(Status.OPEN, 50), status(Status.SOLVED, 60)) == [(1, 0, 60, True)]
    assert runs("resolution", status(Status.OPEN, 5), solved) == [(1, 0, 10, True)]


def test_updates_run_from_answer_to_answer_while_the_work_goes_on() -> None:
    assert runs("update") == []
    assert runs("update", status(Status.OPEN, 10)) == []
    assert runs("update", answers(10)) == [(1, 10, None, True)]
    assert runs("update", answers(10), answers(20, "a2")) == [(1, 10, 20, True), (2, 20, None, True)]
    ended = (answers(10), status(Status.SOLVED, 20))
    assert runs("update", *ended) == [(1, 10, 20, True)]
    assert runs("update", *ended, status(Status.OPEN, 30)) == [(1, 10, 20, True), (2, 30, None, True)]
    assert runs("update", answers(10), status(Status.OPEN, 30)) == [(1, 10, None, True)]
    assert runs("update", status(Status.SOLVED, 20), status(Status.OPEN, 30)) == []


def test_who_waits_for_an_answer_waits_since_the_oldest_message() -> None:
    def waits(*history: Event) -> float | None:
        return since(unanswered((*opening(), *history)))

    assert waits() == 0
    assert waits(asks(5)) == 0
    assert waits(answers(10)) is None
    assert waits(status(Status.SOLVED, 10)) is None
    assert waits(answers(10), asks(20), asks(30)) == 20
    assert waits(answers(10), event(EventKind.NOTE, 20, BEN.address)) is None


def test_the_last_answer_or_end_of_the_work_is_known() -> None:
    assert settled_at(opening()) is None
    assert settled_at((*opening(), answers(10), asks(20))) == minute(10)
    assert settled_at((*opening(), answers(10), status(Status.SOLVED, 20))) == minute(20)
