"""The service clock, by examples, by laws, and against an oracle that walks minute by minute (promises I08 to I14)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import outcomes
from desk.letters import LetterKind
from desk.sla import clock as sla
from desk.sla.clock import recalculate
from desk.sla.policy import DeskPolicy, Metric, Targets
from desk.sla.targets import SlaTarget
from desk.sla.terms import SlaPolicies
from desk.ticket import PRIORITIES, Deadlines, Event, EventKind, Status
from servers.values import ANA, BEN, T0, desk, event, known, letter, minute, opening, ticket

FIRST, NEXT, RESOLVE = 60, 30, 240
TARGETS = Targets(
    first_reply=timedelta(minutes=FIRST), next_reply=timedelta(minutes=NEXT), resolve=timedelta(minutes=RESOLVE)
)
BEN_ = BEN.address


@cache
def policies(targets: Targets) -> SlaPolicies:
    """The same targets for every priority, and no steps on the way."""
    return SlaPolicies(DeskPolicy(sla=dict.fromkeys(PRIORITIES, targets), step=()))


def promises(history: Sequence[Event], targets: Targets) -> tuple[SlaTarget, ...]:
    return sla.promises(ticket(), history, policies(targets))


def asks(at: float) -> Event:
    return event(EventKind.CUSTOMER_MESSAGE, at)


def answers(at: float, name: str = "inbox:2") -> Event:
    return event(EventKind.AGENT_ANSWER, at, BEN_, answer=name)


def to(status: Status, at: float, answer: str | None = None) -> Event:
    data = {"from": "open", "to": str(status)} | ({"answer": answer} if answer else {})
    return Event(EventKind.STATUS, minute(at), BEN_, data)


def fails(at: float, name: str = "inbox:2") -> Event:
    return event(EventKind.LETTER_FAILED, at, "postdesk", answer=name, to=ANA)


def promise(metric: Metric, *history: Event, cycle: int = 1, targets: Targets = TARGETS) -> SlaTarget:
    return next(one for one in promises(history, targets) if one.metric == metric and one.cycle == cycle)


def breaches(history: Sequence[Event], at: float, targets: Targets = TARGETS) -> set[tuple[str, int, float]]:
    """(metric, cycle, minute) of everything missed by a minute."""
    _, found = recalculate(ticket(), (), history, policies(targets), minute(at))
    return {(one.data["metric"], one.data["cycle"], (one.at - T0).total_seconds() / 60) for one in found}


# First reply.


def test_the_first_reply_is_due_from_the_first_message_on() -> None:
    assert promise("first_reply", *opening(5), asks(20)).due_at == minute(5 + FIRST)


@pytest.mark.parametrize(
    "between",
    [
        to(Status.WAITING, 10),
        to(Status.THIRD_PARTY, 10),
        event(EventKind.NOTE, 10, BEN_),
        event(EventKind.AUTOMATIC_MESSAGE, 10),
        event(EventKind.PRIORITY, 10, BEN_, to="P1"),
        event(EventKind.ASSIGNED, 10, BEN_, to=BEN_),
    ],
    ids=lambda one: str(one.kind),
)
def test_nothing_but_an_answer_or_the_end_of_the_work_stops_the_first_reply(between: Event) -> None:
    one = promise("first_reply", *opening(), between)
    assert (one.due_at, one.met_at) == (minute(FIRST), None)


def test_an_answer_exactly_when_due_is_in_time() -> None:
    assert breaches((*opening(), answers(FIRST)), RESOLVE - 1) == set()
    assert breaches((*opening(), answers(FIRST + 1 / 60)), RESOLVE - 1) == {("first_reply", 1, FIRST)}


def test_a_promise_without_an_answer_is_broken_from_the_due_instant_on() -> None:
    assert breaches(opening(), FIRST - 1 / 60) == set()
    assert breaches(opening(), FIRST) == {("first_reply", 1, FIRST)}


def test_an_answer_before_a_person_wrote_is_no_first_reply() -> None:
    history = (event(EventKind.CREATED, 0), event(EventKind.AUTOMATIC_MESSAGE, 0), answers(5), asks(10))
    assert promise("first_reply", *history).met_at is None
    assert promise("first_reply", *history).due_at == minute(10 + FIRST)


def test_no_promise_is_made_while_only_machines_wrote() -> None:
    assert promises((event(EventKind.CREATED, 0), event(EventKind.AUTOMATIC_MESSAGE, 0)), TARGETS) == ()


def test_work_that_is_ended_without_words_awaits_no_first_reply() -> None:
    history = (*opening(), to(Status.CLOSED, 10))
    assert breaches(history, 1000) == set()
    first = promise("first_reply", *history)
    assert (first.met_at, first.void_at) == (None, minute(10)), "and nobody has kept it"


def test_who_answers_and_ends_the_work_at_once_has_answered_whatever_is_written_first() -> None:
    for last in ([answers(20), to(Status.SOLVED, 20)], [to(Status.SOLVED, 20), answers(20)]):
        first = promise("first_reply", *opening(), *last)
        assert (first.met_at, first.void_at) == (minute(20), None)


def test_what_was_solved_in_time_is_broken_by_stricter_terms_only_when_it_is_reopened() -> None:
    """Nothing is dated into the time in which it was solved (promises I11)."""
    solved = (*opening(), answers(100), to(Status.SOLVED, RESOLVE))
    assert ("resolution", 1, RESOLVE) not in breaches(solved, RESOLVE + 500)
    again = (*solved, asks(RESOLVE + 500), to(Status.OPEN, RESOLVE + 500))
    assert ("resolution", 1, RESOLVE + 500) in breaches(again, RESOLVE + 500)
    assert breaches((*opening(), to(Status.CLOSED, FIRST + 10)), 1000) == {("first_reply", 1, FIRST)}


# Next reply.


def test_the_next_reply_counts_from_the_oldest_message_since_the_last_answer() -> None:
    history = (*opening(), answers(10), asks(20), asks(25), asks(40))
    assert promise("next_reply", *history).due_at == minute(20 + NEXT)


def test_no_next_reply_is_owed_before_the_first() -> None:
    made = promises((*opening(), asks(5), asks(9)), TARGETS)
    assert [one.metric for one in made] == ["first_reply", "resolution"]


def test_each_question_after_an_answer_is_a_promise_of_its_own() -> None:
    history = (*opening(), answers(10), asks(20), answers(60, "inbox:3"), asks(70), answers(80, "inbox:4"))
    assert breaches(history, 1000 - RESOLVE) == {("next_reply", 1, 20 + NEXT), ("resolution", 1, RESOLVE)}
    assert promise("next_reply", *history, cycle=2).met_at == minute(80)


def test_a_message_in_the_second_of_the_answer_but_after_it_is_a_question() -> None:
    assert promise("next_reply", *opening(), answers(10), asks(10)).due_at == minute(10 + NEXT)


def test_waiting_for_the_customer_pauses_the_next_reply() -> None:
    history = (*opening(), answers(10), asks(20), to(Status.WAITING, 30), to(Status.OPEN, 100))
    assert promise("next_reply", *history[:-1]).due_at is None
    assert promise("next_reply", *history).due_at == minute(100 + NEXT - 10)


def test_thanks_after_the_answer_of_a_ticket_then_solved_are_never_overdue() -> None:
    thanked = (*opening(), answers(10), to(Status.WAITING, 10), asks(20), to(Status.OPEN, 20), to(Status.SOLVED, 25))
    assert breaches(thanked, 100_000) == set()
    again = (*thanked, asks(5000), to(Status.OPEN, 5000))
    assert promise("next_reply", *again, cycle=2).due_at == minute(5000 + NEXT)
    assert breaches(again, 5000) == set()


# Resolution.


def test_the_time_of_waiting_is_not_counted() -> None:
    history = (*opening(), to(Status.WAITING, 30), to(Status.OPEN, 100))
    assert promise("resolution", *history[:-1]).due_at is None
    assert promise("resolution", *history).due_at == minute(RESOLVE + 70)


def test_waiting_for_somebody_else_goes_on_counting() -> None:
    assert promise("resolution", *opening(), to(Status.THIRD_PARTY, 30)).due_at == minute(RESOLVE)


def test_a_reopened_ticket_goes_on_with_the_time_spent_and_without_the_time_it_was_solved() -> None:
    history = (*opening(), to(Status.SOLVED, 100), asks(5000), to(Status.OPEN, 5000))
    assert promise("resolution", *history).due_at == minute(5000 + RESOLVE - 100)


def test_closing_what_is_solved_does_not_make_it_solved_later() -> None:
    history = (*opening(), to(Status.SOLVED, 100), to(Status.CLOSED, 9000))
    assert promise("resolution", *history).met_at == minute(100)
    assert breaches(history, 10_000) == {("first_reply", 1, FIRST)}


def test_solved_exactly_when_due_is_in_time() -> None:
    assert breaches((*opening(), answers(1), to(Status.SOLVED, RESOLVE)), 10_000) == set()


def test_a_change_of_priority_keeps_the_start() -> None:
    urgent = Targets(first_reply=timedelta(minutes=15), resolve=timedelta(minutes=20))
    history = (*opening(), event(EventKind.PRIORITY, 10, BEN_, to="P1"))
    assert promise("first_reply", *history, targets=urgent).due_at == minute(15)
    assert promise("resolution", *history, targets=urgent).due_at == minute(20)


def test_a_target_that_is_not_set_makes_no_promise() -> None:
    assert promises((*opening(), answers(1), asks(2)), Targets()) == ()


# Answers that did not arrive.


def test_an_answer_whose_letter_failed_is_no_answer() -> None:
    history = (*opening(), answers(10), to(Status.WAITING, 10, "inbox:2"), fails(20))
    assert promise("first_reply", *history).met_at is None
    assert promise("first_reply", *history).due_at == minute(FIRST)


def test_a_failed_answer_takes_the_pause_and_the_end_that_came_with_it_along() -> None:
    for status in (Status.WAITING, Status.SOLVED, Status.CLOSED):
        history = (*opening(), answers(10), to(status, 10, "inbox:2"), fails(20), to(Status.OPEN, 20))
        one = promise("resolution", *history)
        assert (one.due_at, one.met_at) == (minute(RESOLVE), None)


def test_a_failed_answer_noticed_after_the_due_instant_is_a_breach_at_its_true_time() -> None:
    history = (*opening(), answers(10), to(Status.WAITING, 10, "inbox:2"), fails(500), to(Status.OPEN, 500))
    assert breaches(history, 500) == {("first_reply", 1, FIRST), ("resolution", 1, RESOLVE)}


def test_a_letter_that_failed_but_was_no_answer_changes_no_clock() -> None:
    lost = event(EventKind.LETTER_FAILED, 20, "postdesk", kind="notification", to=BEN_)
    assert promise("first_reply", *opening(), answers(10), lost).met_at == minute(10)


def test_the_ticket_of_a_failed_answer_is_open_again_and_its_agents_are_told() -> None:
    history = (*opening(), answers(10), to(Status.WAITING, 10, "inbox:2"))
    one = known(ticket(status=Status.WAITING, assignee=BEN_), history=history)
    sent = letter(ANA, LetterKind.ANSWER, text="Here you are.", key="answer:inbox:2")
    change = outcomes.letter_failed(one, sent, "550 no such user", desk(), minute(20))
    assert change.ticket is not None
    assert change.ticket.status is Status.OPEN
    assert change.ticket.deadlines.first_reply_due_at == minute(240)
    assert [(draft.kind, draft.recipient) for draft in change.drafts] == [(LetterKind.UNDELIVERED, BEN_)]


def test_a_late_failure_does_not_disturb_what_a_later_answer_settled() -> None:
    history = (
        *opening(),
        answers(10),
        to(Status.WAITING, 10, "inbox:2"),
        answers(30, "inbox:3"),
        to(Status.SOLVED, 30, "inbox:3"),
    )
    one = known(ticket(status=Status.SOLVED, solved_at=minute(30)), history=history)
    sent = letter(ANA, LetterKind.ANSWER, key="answer:inbox:2")
    change = outcomes.letter_failed(one, sent, "gave up", desk(), minute(7000))
    assert change.ticket is not None
    assert change.ticket.status is Status.SOLVED
    assert [one.kind for one in change.events] == [EventKind.LETTER_FAILED]


# What is stored of it.


def test_a_breach_is_recorded_once_with_its_true_time() -> None:
    after, found = recalculate(ticket(), (), opening(), policies(TARGETS), minute(100))
    assert [(one.at, one.data["metric"]) for one in found] == [(minute(FIRST), "first_reply")]
    assert after.wake_at == minute(RESOLVE)
    assert recalculate(after, (), (*opening(), *found), policies(TARGETS), minute(101))[1] == ()


def test_a_recorded_breach_stays_when_the_target_grows() -> None:
    _, found = recalculate(ticket(), (), opening(), policies(TARGETS), minute(100))
    easier = Targets(first_reply=timedelta(hours=5))
    after, again = recalculate(ticket(), (), (*opening(), *found), policies(easier), minute(1000))
    assert again == ()
    assert after.deadlines.first_reply_due_at == minute(300)


def test_a_ticket_without_a_clock_has_no_deadline_and_never_wakes() -> None:
    after, found = recalculate(ticket(clock=False), (), opening(), policies(TARGETS), minute(1000))
    assert (after.wake_at, after.deadlines, found) == (None, Deadlines(), ())


def test_the_order_of_events_is_by_their_instants() -> None:
    history = (*opening(), answers(10), to(Status.WAITING, 10), asks(20), to(Status.OPEN, 20), to(Status.SOLVED, 90))
    assert promises(tuple(reversed(history[:3])) + history[3:], TARGETS) == promises(history, TARGETS)
    late = (*opening(), asks(20), answers(10))
    assert promises(late, TARGETS) == promises((*opening(), answers(10), asks(20)), TARGETS)


# Laws.

STEPS = ("ask", "answer", "answer", "wait", "third", "open", "solve", "close", "note")


@st.composite
def histories(draw: st.DrawFn) -> tuple[Event, ...]:
    """What may happen to a ticket within some hours, as intake records it: at whole minutes, in order."""
    events = list(opening())
    at, status = 0, Status.NEW
    for number, (gap, step) in enumerate(
        draw(st.lists(st.tuples(st.integers(0, 70), st.sampled_from(STEPS)), max_size=14))
    ):
        at += gap
        wanted = status
        match step:
            case "ask":
                events.append(asks(at))
                wanted = status if status in (Status.NEW, Status.OPEN) else Status.OPEN
            case "answer":
                events.append(answers(at, f"inbox:{number}"))
                wanted = Status.WAITING
            case "note":
                events.append(event(EventKind.NOTE, at, BEN_))
            case _:
                wanted = {
                    "wait": Status.WAITING,
                    "third": Status.THIRD_PARTY,
                    "open": Status.OPEN,
                    "solve": Status.SOLVED,
                    "close": Status.CLOSED,
                }[step]
        if wanted is not status:
            events.append(to(wanted, at))
            status = wanted
    return tuple(events)


@dataclass
class Walker:
    """The oracle: knows the words of the promises and walks a minute at a time."""

    status: Status = Status.NEW
    first_open: bool = True
    settled: bool = False
    cycle: int = 0
    asked: bool = False
    first: int = 0
    next: int = 0
    resolve: int = 0

    def take(self, one: Event) -> None:
        if one.kind is EventKind.STATUS:
            self.status = Status(one.data["to"])
        if one.kind is EventKind.AGENT_ANSWER or (one.kind is EventKind.STATUS and self.status.done):
            self.first_open, self.asked, self.settled = False, False, True
        elif one.kind is EventKind.CUSTOMER_MESSAGE and self.settled and not self.asked:
            self.asked, self.next, self.cycle = True, 0, self.cycle + 1

    def missed(self) -> set[tuple[str, int]]:
        found = set()
        if self.first_open and self.first >= FIRST:
            found.add(("first_reply", 1))
        # A pause that begins in the very instant of the due time does not undo it (promises I11).
        if self.asked and self.next >= NEXT:
            found.add(("next_reply", self.cycle))
        if not self.status.done and self.resolve >= RESOLVE:
            found.add(("resolution", 1))
        return found

    def pass_a_minute(self) -> None:
        self.first += 1
        running = self.status is not Status.WAITING
        self.next += running
        self.resolve += running and not self.status.done


def walked(history: Sequence[Event], until: int) -> set[tuple[str, int, float]]:
    walker, found = Walker(), dict[tuple[str, int], float]()
    for now in range(until + 1):
        for one in history:
            if one.at == minute(now):
                walker.take(one)
        for key in walker.missed():
            found.setdefault(key, now)
        walker.pass_a_minute()
    return {(metric, cycle, at) for (metric, cycle), at in found.items()}


@given(histories(), st.integers(0, 400))
def test_breaches_are_those_of_a_walk_minute_by_minute(history: tuple[Event, ...], more: int) -> None:
    until = int((history[-1].at - T0).total_seconds() / 60) + more
    assert breaches(history, until) == walked(history, until)


@given(histories(), st.integers(0, 400))
def test_evaluating_once_after_a_gap_finds_what_evaluating_all_along_finds(
    history: tuple[Event, ...], more: int
) -> None:
    """I10 and I14: nothing is missed, repeated, moved or taken back, however long nobody looked."""
    end = history[-1].at + timedelta(minutes=more)
    recorded: list[Event] = []
    for now in (*(one.at for one in history), end):
        past = [one for one in history if one.at <= now]
        # What wakes the ticket between two events is looked at too.
        while True:
            after, found = recalculate(ticket(), (), (*past, *recorded), policies(TARGETS), now)
            recorded += found
            if not found:
                break
        assert after.wake_at is None or after.wake_at > now
    at_once = recalculate(ticket(), (), history, policies(TARGETS), end)[1]
    assert sorted((one.key or "", one.at) for one in recorded) == sorted((one.key or "", one.at) for one in at_once)


@given(histories(), st.integers(1, 200), st.integers(0, 300))
def test_a_pause_moves_the_resolution_by_its_length(history: tuple[Event, ...], pause: int, at: int) -> None:
    """I08, for a ticket that runs until then."""
    end = int((history[-1].at - T0).total_seconds() / 60)
    before = (*history, to(Status.OPEN, end))
    due = promise("resolution", *before).due_at
    assert due is not None
    paused = (*before, to(Status.WAITING, end + at), to(Status.OPEN, end + at + pause))
    # A pause that begins in the very instant of the due time does not undo it (promises I11).
    runs = due <= minute(end + at)
    assert promise("resolution", *paused).due_at == (due if runs else due + timedelta(minutes=pause))


@given(histories(), st.integers(0, 300))
def test_a_pause_of_no_length_changes_nothing(history: tuple[Event, ...], at: int) -> None:
    """I09."""
    end = int((history[-1].at - T0).total_seconds() / 60)
    before = (*history, to(Status.OPEN, end))
    paused = (*before, to(Status.WAITING, end + at), to(Status.OPEN, end + at))
    assert promise("resolution", *paused) == promise("resolution", *before)


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_matter_between_instants(history: tuple[Event, ...], chance: object) -> None:
    """I09: late reading and two workers come to the same result."""
    instants = sorted({one.at for one in history})
    chance.shuffle(instants)  # type: ignore[attr-defined]
    shuffled = tuple(one for at in instants for one in history if one.at == at)
    assert promises(shuffled, TARGETS) == promises(history, TARGETS)


@given(histories(), st.integers(0, 2000))
def test_a_priority_changed_there_and_back_at_once_is_unchanged(history: tuple[Event, ...], now: int) -> None:
    """I12."""
    end = (history[-1].at - T0).total_seconds() / 60
    there = event(EventKind.PRIORITY, end, BEN_, to="P1"), event(EventKind.PRIORITY, end, BEN_, to="P3")
    assert breaches((*history, *there), end + now) == breaches(history, end + now)


@given(histories())
def test_deadlines_are_rebuilt_from_events_alone(history: tuple[Event, ...]) -> None:
    """I13: what the row says is a cache."""
    end = history[-1].at
    stale = replace(ticket(), deadlines=Deadlines(T0, T0, T0), wake_at=T0)
    assert recalculate(stale, (), history, policies(TARGETS), end) == recalculate(
        ticket(), (), history, policies(TARGETS), end
    )
