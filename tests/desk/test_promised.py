"""What customers are told about time is never sooner than the desk achieves, and never invented."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.calendar.business_hours import Calendar, Window
from desk.facts import QueueStatistics
from desk.replies.estimate import ResponseEstimate, response_estimate, rounded, zone_of
from desk.sla.policy import DeskPolicy
from desk.sla.terms import SlaPolicies
from desk.ticket import Deadlines, NewTicket
from parser.mime.headers import instant
from servers.values import mail, ticket

# A Friday; the desk is open on weekdays from 9 to 17.
FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICE = Calendar("office", "UTC", lambda day: (Window(9 * 3600, 17 * 3600),) if day.weekday() < 5 else ())
OPEN_HOURS = 5 * 8


NOTHING = QueueStatistics()


def estimate(
    load: QueueStatistics = NOTHING, at: datetime = FRIDAY, now: datetime | None = None, **policy: Any
) -> ResponseEstimate:
    desk = DeskPolicy.model_validate({"calendar": "office", **policy})
    policies = SlaPolicies(desk, (), {"office": OFFICE})
    target = desk.sla["P3"].first_reply
    due = OFFICE.due_at(at, target) if target else None
    work: NewTicket = ticket(opened_at=at, deadlines=Deadlines(first_reply_due_at=due))
    return response_estimate(work, load, policies, at, now or at)


def test_with_nothing_known_the_deadline_is_promised() -> None:
    assert estimate() == ResponseEstimate(FRIDAY + 4 * HOUR, None, False)


@pytest.mark.parametrize(
    ("needed", "due"),
    [
        (2 * HOUR, FRIDAY + 4 * HOUR),
        (4 * HOUR, FRIDAY + 4 * HOUR),
        (6 * HOUR, FRIDAY + 6 * HOUR),
        (8 * HOUR, MONDAY + HOUR),
        (6 * HOUR + timedelta(seconds=1), FRIDAY + 6 * HOUR + timedelta(minutes=5)),
        (400 * HOUR, None),
    ],
    ids=str,
)
def test_what_was_achieved_lately_counts_where_it_was_slower(needed: timedelta, due: datetime | None) -> None:
    assert estimate(QueueStatistics(needed)).due == due


def test_a_new_desk_is_not_measured_by_days_before_its_first_ticket() -> None:
    """Forty answers in an hour: twenty that wait are half an hour."""
    busy = QueueStatistics(None, 20, 40, FRIDAY - HOUR)
    assert estimate(busy) == ResponseEstimate(FRIDAY + 4 * HOUR, None, False)
    assert estimate(QueueStatistics(None, 20, 40, FRIDAY - timedelta(days=90))).peak


def test_where_no_target_holds_nothing_is_promised_however_well_things_go() -> None:
    assert estimate(QueueStatistics(HOUR), sla={"P3": {}}) == ResponseEstimate(None, None, False)


def test_no_instant_that_has_passed_is_promised() -> None:
    assert estimate(now=FRIDAY + 5 * HOUR).due is None
    assert estimate(QueueStatistics(6 * HOUR), now=FRIDAY + 5 * HOUR).due == FRIDAY + 6 * HOUR


@pytest.mark.parametrize(
    ("waiting", "answered", "peak"),
    [
        (0, 40, False),
        (40, 10 * OPEN_HOURS, False),
        (41, 10 * OPEN_HOURS, True),
        (10, 10, True),
        (500, 9, False),
        # Few asked, and all of them were answered: that is no measure of how many could have been.
        (9, 10, False),
    ],
)
def test_a_peak_is_more_work_than_is_done_within_the_target(waiting: int, answered: int, peak: bool) -> None:
    found = estimate(QueueStatistics(None, waiting, answered))
    assert found.peak is peak
    if peak:
        worked_off = OFFICE.due_at(FRIDAY, waiting * OPEN_HOURS * HOUR / answered)
        assert worked_off is not None
        assert found.due == rounded(worked_off)


def test_an_operator_may_say_what_a_peak_is() -> None:
    assert estimate(QueueStatistics(None, 3, 10), peak_backlog=4).peak is False
    assert estimate(QueueStatistics(None, 4, 0), peak_backlog=4) == ResponseEstimate(FRIDAY + 4 * HOUR, None, True)


def test_work_for_months_is_a_peak_and_no_promise() -> None:
    assert estimate(QueueStatistics(None, 1000, 10)) == ResponseEstimate(None, None, True)


def test_what_would_take_more_open_time_than_there_will_ever_be_is_no_promise() -> None:
    closing = Calendar("closing", "UTC", lambda day: (Window(0, 86_400),) if day <= FRIDAY.date() else ())
    desk = DeskPolicy(calendar="closing")
    due = closing.due_at(FRIDAY, 4 * HOUR)
    work: NewTicket = ticket(opened_at=FRIDAY, deadlines=Deadlines(first_reply_due_at=due))
    policies = SlaPolicies(desk, (), {"closing": closing})
    assert response_estimate(work, QueueStatistics(30 * HOUR), policies, FRIDAY, FRIDAY) == ResponseEstimate(
        None, None, False
    )
    assert response_estimate(work, NOTHING, policies, FRIDAY, FRIDAY) == ResponseEstimate(due, None, False)


@pytest.mark.parametrize(
    ("at", "now", "opens"),
    [
        (FRIDAY, FRIDAY, None),
        (FRIDAY + 7 * HOUR, FRIDAY + 7 * HOUR, MONDAY),
        (MONDAY - HOUR, MONDAY - HOUR, MONDAY),
        (MONDAY - HOUR, MONDAY, None),
        (FRIDAY, FRIDAY + 8 * HOUR, None),
    ],
    ids=str,
)
def test_who_writes_out_of_hours_is_told_when_the_desk_opens(
    at: datetime, now: datetime, opens: datetime | None
) -> None:
    assert estimate(at=at, now=now).opens == opens


@given(
    st.integers(0, 7 * 24 * 60).map(lambda minutes: FRIDAY + minutes * timedelta(minutes=1)),
    st.none() | st.timedeltas(timedelta(seconds=1), 200 * HOUR),
    st.integers(0, 300),
    st.integers(0, 300),
)
def test_no_promise_is_ever_sooner_than_the_deadline_or_than_what_was_achieved(
    at: datetime, needed: timedelta | None, waiting: int, answered: int
) -> None:
    found = estimate(QueueStatistics(needed, waiting, answered), at)
    if found.due is not None:
        deadline = OFFICE.due_at(at, 4 * HOUR)
        assert deadline is not None
        achieved = OFFICE.due_at(at, needed) if needed else None
        assert found.due >= max(deadline, achieved or deadline)
        assert found.due.minute % 5 == found.due.second == found.due.microsecond == 0


@given(st.timedeltas(timedelta(), timedelta(days=3650)).map(lambda passed: FRIDAY + passed))
def test_an_instant_is_rounded_up_and_by_less_than_five_minutes(at: datetime) -> None:
    assert timedelta() <= rounded(at) - at < timedelta(minutes=5)
    assert rounded(rounded(at)) == rounded(at)


@pytest.mark.parametrize(
    ("date", "hours"),
    [
        ("Mon, 23 Nov 2026 10:00:00 +0800", 8.0),
        ("Mon, 23 Nov 2026 10:00:00 -0330", -3.5),
        ("Mon, 23 Nov 2026 10:00:00 +0545", 5.75),
        ("Mon, 23 Nov 2026 10:00:00 +1400", 14.0),
        ("Mon, 23 Nov 2026 10:00:00 -1200", -12.0),
        ("Mon Nov 23 2026 10:00:00 GMT+0800 (CST)", 8.0),
        ("2026-11-23T10:00:00+01:00", 1.0),
        ("Mon, 23 Nov 2026 10:00:00 EST", -5.0),
        ("Mon, 23 Nov 2026 10:00:00 +0000", None),
        ("Mon, 23 Nov 2026 10:00:00 -0000", None),
        ("Mon, 23 Nov 2026 10:00:00 GMT", None),
        ("Mon, 23 Nov 2026 10:00:00", None),
        ("Mon, 23 Nov 2026 10:00:00 +1500", None),
        ("Mon, 23 Nov 2026 10:00:00 -1300", None),
        ("Mon, 23 Nov 2026 10:00:00 +0807", None),
        ("Mon, 23 Nov 2026 10:00:00 +9999", None),
        ("2026-11-23T10:00:00", None),
        ("2026-11-23T99:00:00+01:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_clock_of_the_mail_is_believed_where_it_can_be_a_persons(date: str, hours: float | None) -> None:
    expected = None if hours is None else timezone(timedelta(hours=hours))
    content = mail(headers=(("Subject", "x"), ("dAtE", date)), date=instant(date))
    assert zone_of(content, MONDAY) == expected


def test_a_mail_without_a_date_tells_no_zone() -> None:
    assert zone_of(mail(headers=()), MONDAY) is None


@pytest.mark.parametrize("days", [-400, -16, 16, 30_000])
def test_a_clock_that_was_never_set_tells_no_zone(days: int) -> None:
    date = MONDAY + timedelta(days=days)
    content = mail(headers=(("Date", f"{date:%a, %d %b %Y %H:%M:%S} +0800"),), date=date)
    assert zone_of(content, MONDAY) is None
    assert zone_of(content, date + timedelta(days=10)) is not None
