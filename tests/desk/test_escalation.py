"""Who is told of broken promises and of those that soon will be, and when; who gets an apology (field 91, 92, 96)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from desk.calendar.business_hours import Calendar, Window, always_open
from desk.facts import CandidateTicket, Counts, Desk, Words
from desk.letters import LetterKind
from desk.replies import apology, escalation
from desk.sla.policy import Agent
from desk.ticket import Change, Event, EventKind, Status
from servers.values import ANA, BEN, CHRIS, desk, event, known, minute, opening, ticket

DANA = Agent(address="dana@example.org", name="Dana", queues=("support",), language="zh-Hans")
# Weekdays from 9 to 17; T0 is a Friday at 10.
OFFICE = Calendar("office", "UTC", lambda day: (Window(9 * 3600, 17 * 3600),) if day.weekday() < 5 else ())
SLA = {"sla": {"P3": {"first_reply": "1h", "next_reply": "2h"}}}


def office(**policy: Any) -> Desk:
    rules = desk(agents=(BEN, DANA, CHRIS), **{**SLA, "calendar": "office", **policy})
    return replace(rules, calendars={"office": OFFICE, "24/7": always_open()})


def step(at: float, *, tell: Sequence[str] = ("assignee",), name: str = "75%", **more: Any) -> Event:
    data = {"metric": "first_reply", "cycle": 1, "calendar": "office", "step": name, "tell": list(tell), **more}
    return Event(EventKind.STEP, minute(at), "postdesk", data, f"step:{name}:first_reply:1")


def breach(at: float, metric: str = "first_reply", cycle: int = 1) -> Event:
    data = {"metric": metric, "cycle": cycle, "calendar": "office", "due_at": minute(at).isoformat()}
    return Event(EventKind.BREACH, minute(at), "postdesk", data, f"breach:{metric}:{cycle}")


def late(number: int = 1042, at: float = 60, more: Sequence[Event] = (), **changes: Any) -> CandidateTicket:
    """A ticket whose first reply was due an hour after it came."""
    plain = known(ticket(number, **changes), history=(*opening(at - 60), *more))
    return replace(plain, last=Words("Ana", ANA, "proven", "Where is\nmy card?"))


def warned(*of: tuple[CandidateTicket, Sequence[Event]], at: float = 50, rules: Desk | None = None) -> dict[str, Any]:
    """What each agent's letter says."""
    rules = rules or office()
    found = [alert for one, events in of for alert in escalation.alerts(one, events, rules, minute(at))]
    letters = escalation.letters(found, rules, "breach:1")
    assert len({letter.recipient for letter in letters}) == len(letters), "one letter for each agent"
    assert all(letter.kind is LetterKind.BREACH for letter in letters)
    return {letter.recipient: letter for letter in letters}


# When.


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), datetime(2026, 11, 20, 10, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 17, 0, tzinfo=UTC), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
    ],
    ids=["open", "Friday evening", "midnight"],
)
def test_agents_are_told_in_working_hours(now: datetime, opens: datetime) -> None:
    """Zammad #4432: no warning at midnight."""
    assert escalation.notify_at(step(45), office(), now) == opens
    around_the_clock = replace(step(45), data={**step(45).data, "calendar": "24/7"})
    assert escalation.notify_at(around_the_clock, office(), now) == now


def test_a_calendar_that_is_gone_is_the_desks_and_one_that_never_opens_does_not_keep_it_quiet() -> None:
    evening = datetime.combine(minute(0).date(), time(20), UTC)
    gone = replace(step(45), data={**step(45).data, "calendar": "old"})
    assert escalation.notify_at(gone, office(), evening) == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    never = replace(office(), calendars={"office": Calendar("office", "UTC", lambda _: ())})
    assert escalation.notify_at(step(45), never, evening) == evening


# Who, and of what.


def test_a_warning_says_what_was_promised_and_how_long_is_left() -> None:
    letter = warned((late(assignee=CHRIS.address), [step(45)]))[CHRIS.address]
    (item,) = letter.values["items"]
    assert (item["tag"], item["subject"], item["requester"]) == ("PD-1042-F", "A question", ANA)
    assert (item["metric"], item["state"], item["due_at"]) == ("first_reply", "soon", minute(60))
    assert (item["span"], item["text"], item["assignee"]) == (timedelta(minutes=10), "Where is my card?", "Chris Chen")
    assert (letter.values["late"], letter.values["soon"], letter.values["several"]) == (0, 1, False)
    assert letter.about == (1042,)


@pytest.mark.parametrize(
    ("tell", "holder", "recipients"),
    [
        (("assignee",), CHRIS.address, [CHRIS.address]),
        (("assignee",), None, [BEN.address, DANA.address]),
        (("queue",), CHRIS.address, [BEN.address, DANA.address]),
        (("lead",), CHRIS.address, [BEN.address]),
        (("assignee", "lead"), CHRIS.address, [BEN.address, CHRIS.address]),
        ((), CHRIS.address, []),
    ],
    ids=str,
)
def test_a_step_tells_whom_it_names(tell: tuple[str, ...], holder: str | None, recipients: list[str]) -> None:
    assert sorted(warned((late(assignee=holder), [step(45, tell=tell)]))) == recipients


def test_a_breach_and_its_warnings_are_one_item_and_the_open_time_since_counts() -> None:
    letters = warned((late(), [step(45, tell=["lead"]), breach(60)]), at=60 + 3 * 24 * 60)
    (item,) = letters[BEN.address].values["items"]
    # Friday 11:00 to Monday 11:00.
    assert (item["state"], item["due_at"], item["span"]) == ("late", minute(60), timedelta(hours=8))
    assert letters[DANA.address].language == "zh-Hans"


def test_a_warning_whose_promise_broke_before_it_could_be_told_says_so() -> None:
    broken = late(more=[breach(60)])
    (item,) = warned((broken, [step(45)]), at=100)[BEN.address].values["items"]
    assert (item["state"], item["due_at"]) == ("late", minute(60))


def test_who_has_answered_meanwhile_is_not_warned_but_learns_that_it_was_late() -> None:
    answered = (event(EventKind.AGENT_ANSWER, 55, BEN.address, answer="inbox:2"),)
    assert warned((late(more=answered), [step(45)]), at=58) == {}
    too_late = (event(EventKind.AGENT_ANSWER, 65, BEN.address, answer="inbox:2"),)
    (item,) = warned((late(more=too_late), [breach(60)]), at=70)[BEN.address].values["items"]
    assert item["state"] == "settled"
    void = (event(EventKind.VOID, 62, BEN.address),)
    assert warned((late(more=void), [breach(60)]), at=70) == {}


def test_one_letter_for_each_agent_the_most_urgent_first() -> None:
    done = (event(EventKind.AGENT_ANSWER, 130, BEN.address, answer="inbox:2"),)
    letter = warned(
        (late(1001, 200), [step(185)]),
        (late(1002, 61, done), [breach(61)]),
        (late(1003, 120), [breach(120)]),
        (late(1004, 90), [breach(90)]),
        at=190,
    )[BEN.address]
    assert [item["tag"][3:7] for item in letter.values["items"]] == ["1004", "1003", "1001", "1002"]
    assert (letter.values["late"], letter.values["settled"], letter.values["soon"]) == (3, 1, 1)
    assert letter.values["several"]
    assert letter.about == (1004, 1003, 1001, 1002)


def test_a_letter_names_two_hundred_promises_and_counts_the_rest() -> None:
    many = [(late(1000 + number), [breach(60)]) for number in range(230)]
    letter = warned(*many, at=70)[BEN.address]
    assert (len(letter.values["items"]), letter.values["more"], letter.values["late"]) == (200, 30, 230)
    assert len(letter.about) == 200


def test_whom_a_step_gave_the_ticket_gets_what_it_takes_to_answer() -> None:
    given = step(45, assign=CHRIS.address)
    caused = event(EventKind.ASSIGNED, 45, "postdesk", to=CHRIS.address, step=given.key)
    (letter,) = escalation.handed_over(late(more=[caused], assignee=CHRIS.address), [given], office())
    assert (letter.kind, letter.recipient) == (LetterKind.NOTIFICATION, CHRIS.address)
    assert letter.values["text"] == "Where is\nmy card?"
    assert escalation.handed_over(late(more=[caused], assignee=BEN.address), [given], office()) == (), (
        "given away since"
    )
    assert escalation.handed_over(late(assignee=CHRIS.address), [given], office()) == (), "who had it already"
    assert escalation.handed_over(late(more=[caused], assignee=CHRIS.address), [step(45)], office()) == ()
    solved = late(more=[caused], assignee=CHRIS.address, status=Status.SOLVED)
    assert escalation.handed_over(solved, [given], office()) == ()


# The apology.


def sorry(
    one: CandidateTicket | None = None,
    at: float = 60,
    *,
    broken: Event | None = None,
    written_to: bool = True,
    counts: Counts | None = None,
    recent: timedelta | None = None,
    rules: Desk | None = None,
) -> Change | None:
    return apology.apologise(
        one or late(more=[breach(60)]),
        broken or breach(60),
        written_to,
        counts or Counts(),
        rules or office(),
        recent,
        minute(at),
    )


def test_a_customer_whose_answer_is_late_gets_an_apology_with_a_new_time() -> None:
    change = sorry()
    assert change is not None
    (letter,) = change.drafts
    assert (letter.kind, letter.recipient, letter.held) == (LetterKind.APOLOGY, ANA, None)
    # One more hour of open time, from 11:00 on.
    assert (letter.values["promised"], letter.values["due"]) == (minute(60), minute(120))
    assert letter.in_reply_to == "acknowledgement.1042.aa@example.org"
    (noted,) = change.events
    assert (noted.kind, noted.at, noted.key) == (EventKind.APOLOGY, minute(60), "apology:first_reply:1")
    assert noted.data["until"] == minute(120).isoformat()


def test_the_new_time_is_in_working_hours_and_no_better_than_what_is_achieved() -> None:
    evening = 60 * 6.5
    change = sorry(at=evening)
    assert change is not None
    assert change.drafts[0].values["due"] == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    change = sorry(recent=timedelta(hours=5))
    assert change is not None
    assert change.drafts[0].values["due"] == minute(60 + 5 * 60)
    change = sorry(recent=timedelta(minutes=1))
    assert change is not None
    assert change.drafts[0].values["due"] == minute(120)


@pytest.mark.parametrize(
    "changes",
    [{"status": Status.WAITING}, {"status": Status.SOLVED}, {"merged_into": 7}, {"requester": ""}, {"clock": False}],
    ids=str,
)
def test_nobody_is_apologised_to_who_does_not_wait_for_us(changes: dict[str, Any]) -> None:
    assert sorry(late(more=[breach(60)], **changes)) is None


def test_an_answer_that_came_late_needs_no_apology() -> None:
    answer = event(EventKind.AGENT_ANSWER, 65, BEN.address, answer="inbox:2")
    assert sorry(late(more=[breach(60), answer]), 70) is None


def test_only_who_was_written_to_gets_one_and_only_who_is_proven_reads_his_own_words() -> None:
    assert sorry(written_to=False) is None
    shown = event(EventKind.CUSTOMER_MESSAGE, 0, ANA, proof="proven")
    trusted = replace(late(), history=(event(EventKind.CREATED, 0), shown, breach(60)))
    assert sorry(trusted, written_to=False) is None
    forged = event(EventKind.CUSTOMER_MESSAGE, 5, ANA, proof="unknown")
    doubtful = replace(trusted, history=(*trusted.history, forged))
    assert [change.drafts[0].values["verified"] for one in (trusted, doubtful) if (change := sorry(one))] == [
        True,
        False,
    ]


def test_who_wants_no_automatic_letters_gets_none() -> None:
    """RFC 3834 §2: what may not be answered by a machine at once may not be answered by one later."""
    wrote = event(EventKind.CUSTOMER_MESSAGE, 0, ANA, proof="proven", silent="X-Auto-Response-Suppress")
    one = replace(late(), history=(event(EventKind.CREATED, 0), wrote, breach(60)))
    assert sorry(one) is None
    # A message that was answered long ago says nothing of the one that waits now.
    answered = (event(EventKind.AGENT_ANSWER, 20, BEN.address, answer="inbox:2"), event(EventKind.CUSTOMER_MESSAGE, 30))
    broken = breach(150, "next_reply")
    again = replace(one, history=(*one.history[:2], *answered, broken))
    assert sorry(again, 150, broken=broken) is not None


def test_nobody_is_written_to_whom_our_last_letter_did_not_reach() -> None:
    lost = {"to": ANA, "kind": "acknowledgement", "letter": "a1@example.org", "reason": "no such user"}
    bounced = event(EventKind.BOUNCED, 2, "postdesk", **lost)
    assert sorry(late(more=[bounced, breach(60)])) is None
    colleague = event(EventKind.LETTER_FAILED, 2, "postdesk", **{**lost, "to": BEN.address})
    assert sorry(late(more=[colleague, breach(60)])) is not None
    wrote = event(EventKind.CUSTOMER_MESSAGE, 30)
    assert sorry(late(more=[bounced, wrote, breach(60)])) is not None


def test_one_for_each_promise_and_one_a_day() -> None:
    before = Event(EventKind.APOLOGY, minute(60), "postdesk", {}, "apology:first_reply:1")
    assert sorry(late(more=[breach(60), before]), 60 + 5000) is None
    asked = (event(EventKind.AGENT_ANSWER, 70, BEN.address, answer="inbox:2"), event(EventKind.CUSTOMER_MESSAGE, 80))
    next_ = breach(200, "next_reply")
    again = late(more=[breach(60), before, *asked, next_])
    assert sorry(again, 200, broken=next_) is None
    assert sorry(again, 60 + 24 * 60, broken=next_) is not None


def test_a_desk_may_keep_silent_and_caps_hold_the_letter() -> None:
    assert sorry(rules=office(apologise=[])) is None
    assert sorry(rules=office(apologise=["next_reply"])) is None
    change = sorry(counts=Counts(hour=600))
    assert change is not None
    assert change.drafts[0].held == "600 automatic letters within an hour"
    change = sorry(counts=Counts(sender_day=5))
    assert change is not None
    assert change.drafts[0].held


def test_without_a_time_that_could_be_kept_none_is_named() -> None:
    closed = replace(office(), calendars={"office": Calendar("office", "UTC", lambda _: ())})
    assert sorry(rules=closed) is not None
    change = sorry(rules=closed)
    assert change is not None
    assert change.drafts[0].values["due"] is None
    assert "until" not in change.events[0].data
