"""What the steps of a policy do to a ticket: at their moment, once, and the same however late it is noticed (I14)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.sla import clock as sla
from desk.sla.policy import DeskPolicy
from desk.sla.terms import SlaPolicies
from desk.ticket import Event, EventKind, Status, Ticket
from servers.values import BEN, CHRIS, event, minute, opening, ticket

# First reply after an hour for P3, half an hour for P2, ten minutes for P1.
SPANS = {"P1": "10m", "P2": "30m", "P3": "1h", "P4": "2h"}


def policies(*steps: dict[str, Any]) -> SlaPolicies:
    targets = {priority: {"first_reply": span} for priority, span in SPANS.items()}
    return SlaPolicies(DeskPolicy.model_validate({"sla": targets, "step": list(steps)}))


def passed(until: float, *steps: dict[str, Any], history: Sequence[Event] = ()) -> tuple[Ticket, list[Event]]:
    found = sla.recalculate(ticket(), (), (*opening(), *history), policies(*steps), minute(until))
    return found[0], list(found[1])


def shown(events: Sequence[Event]) -> list[tuple[str, float, Any]]:
    return [(str(one.kind), (one.at - minute(0)) / timedelta(minutes=1), one.data.get("to")) for one in events]


def test_a_step_raises_the_priority_at_its_moment_and_the_new_terms_hold_from_then_on() -> None:
    work, events = passed(500, {"at": "50%", "priority": "raise"})
    # Half of the hour is all of the half hour that a P2 has.
    assert shown(events) == [("step", 30, None), ("priority", 30, "P2"), ("breach", 30, None)]
    assert work.priority == "P2"
    assert [one.actor for one in events] == ["postdesk"] * 3
    assert events[1].data == {"from": "P3", "to": "P2", "step": "step:50%:first_reply:1"}
    assert work.deadlines.first_reply_due_at == minute(30)


def test_a_raised_priority_does_not_raise_itself_again() -> None:
    """The same step of the stricter terms is the same step: once for each promise."""
    work, events = passed(500, {"at": "50%", "priority": "raise"}, {"at": "due", "priority": "raise"})
    assert [one for one in shown(events) if one[0] == "priority"] == [("priority", 30, "P2"), ("priority", 30, "P1")]
    assert work.priority == "P1"


@pytest.mark.parametrize(
    ("wanted", "has", "gets"), [("raise", "P1", "P1"), ("P1", "P3", "P1"), ("P3", "P3", "P3"), ("raise", "P4", "P3")]
)
def test_a_priority_that_is_there_already_is_no_news(wanted: str, has: str, gets: str) -> None:
    work, events = sla.recalculate(
        ticket(priority=has), (), opening(), policies({"at": "1m before", "priority": wanted}), minute(500)
    )
    assert work.priority == gets
    assert (has == gets) is not any(one.kind is EventKind.PRIORITY for one in events)


def test_a_step_gives_the_ticket_to_an_agent_once() -> None:
    work, events = passed(500, {"at": "75%", "assign": CHRIS.address})
    assert shown(events)[:2] == [("step", 45, None), ("assigned", 45, CHRIS.address)]
    assert work.assignee == CHRIS.address
    assert (
        sla.recalculate(work, (*opening(), *events), (), policies({"at": "75%", "assign": CHRIS.address}), minute(900))[
            1
        ]
        == ()
    )


def test_what_an_agent_ordered_after_the_moment_stays_though_the_step_is_noticed_late() -> None:
    later = Event(EventKind.PRIORITY, minute(40), BEN.address, {"from": "P3", "to": "P4"})
    given_ = Event(EventKind.ASSIGNED, minute(50), BEN.address, {"to": BEN.address})
    steps = {"at": "20m before", "priority": "P1", "assign": CHRIS.address}
    work, events = sla.recalculate(
        ticket(priority="P4", assignee=BEN.address), opening(), (later, given_), policies(steps), minute(500)
    )
    done = {one.kind: one for one in events}
    assert done[EventKind.STEP].at == minute(100), "by the terms that held last"
    work, events = sla.recalculate(
        ticket(priority="P3", assignee=BEN.address), opening(), (given_,), policies(steps), minute(500)
    )
    done = {one.kind: one for one in events}
    assert done[EventKind.PRIORITY].at == minute(40)
    assert done[EventKind.ASSIGNED].at == minute(40)
    assert (work.priority, work.assignee) == ("P1", BEN.address)


def test_a_step_keeps_what_it_was_told_to_do() -> None:
    _, events = passed(50, {"at": "75%", "tell": ["lead", "queue"], "priority": "P1"})
    assert events[0].data["tell"] == ["lead", "queue"]
    assert events[0].data["priority"] == "P1"


def test_an_acknowledged_promise_takes_no_later_steps_and_is_broken_all_the_same() -> None:
    seen = event(EventKind.ACKNOWLEDGED, 35, BEN.address)
    _, events = passed(
        500, {"at": "50%"}, {"at": "75%", "priority": "raise"}, {"at": "1h after", "tell": ["lead"]}, history=(seen,)
    )
    assert shown(events) == [("step", 30, None), ("breach", 60, None)]


MOMENTS = ["20%", "50%", "90%", "10m before", "due", "30m after"]
STEPS = st.lists(
    st.fixed_dictionaries(
        {"at": st.sampled_from(MOMENTS)},
        optional={
            "priority": st.sampled_from(["raise", "P1", "P2", "P4"]),
            "assign": st.sampled_from([BEN.address, CHRIS.address]),
        },
    ),
    max_size=4,
    unique_by=lambda step: step["at"],
)
HAPPENINGS = st.lists(
    st.tuples(st.integers(1, 200), st.sampled_from(["ack", "answer", "message", "wait", "open"])), max_size=5
).map(lambda found: sorted(found))


def happening(at: int, what: str) -> Event:
    match what:
        case "ack":
            return event(EventKind.ACKNOWLEDGED, at, BEN.address)
        case "answer":
            return event(EventKind.AGENT_ANSWER, at, BEN.address, answer=f"inbox:{at}")
        case "message":
            return event(EventKind.CUSTOMER_MESSAGE, at)
        case _:
            status = Status.WAITING if what == "wait" else Status.OPEN
            return event(EventKind.STATUS, at, BEN.address, to=str(status))


@given(STEPS, HAPPENINGS, st.integers(0, 120))
@settings(deadline=None)
def test_watching_all_the_time_and_looking_once_find_the_same(
    steps: list[dict[str, Any]], what: list[tuple[int, str]], more: int
) -> None:
    """Between two mails nobody looked, or somebody looked all the time: priority, steps and breaches are the same."""
    targets = {priority: {"first_reply": span, "next_reply": span} for priority, span in SPANS.items()}
    rules = SlaPolicies(DeskPolicy.model_validate({"sla": targets, "step": steps}))
    mails = [happening(*one) for one in what]
    end = max([0, *(at for at, _ in what)]) + more

    def run(looks: Sequence[int]) -> tuple[Ticket, list[Event]]:
        work, history = sla.recalculate(ticket(), (), opening(), rules, minute(0))[0], list(opening())
        for now in looks:
            for mail in (one for one in mails if one.at == minute(now)):
                work, done = sla.recalculate(work, history, (mail,), rules, minute(now))
                history += [mail, *done]
            work, done = sla.recalculate(work, history, (), rules, minute(now))
            history += done
        return work, history

    watched, one_by_one = run(sorted({*range(0, end, 5), *(at for at, _ in what), end}))
    late, at_once = run(sorted({*(at for at, _ in what), end}))
    assert sorted(map(str, shown(one_by_one))) == sorted(map(str, shown(at_once)))
    assert (watched.priority, watched.assignee, watched.deadlines) == (late.priority, late.assignee, late.deadlines)
    keys = [one.key for one in at_once if one.key]
    assert len(keys) == len(set(keys))
