"""Reports on promises: small histories reckoned by hand, and laws that hold for all of them."""

import csv
import io
import re
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.calendar.business_hours import Calendar, Window
from desk.reports import html as report_html
from desk.reports import text as report_text
from desk.reports import values as report_values
from desk.reports.collect import Collector
from desk.reports.plan import ReportPlan, latest, periods_between
from desk.reports.report import Case, Period, Row, SlaReport, nearest_rank
from desk.sla import clock as sla
from desk.sla.policy import DeskPolicy, Targets
from desk.sla.terms import SlaPolicies
from desk.ticket import PRIORITIES, Event, EventKind, Status
from servers.values import BEN, CHRIS, T0, event, minute, opening, ticket

TARGETS = Targets(first_reply=timedelta(minutes=60), next_reply=timedelta(minutes=30), resolve=timedelta(minutes=240))
POLICIES = SlaPolicies(DeskPolicy(sla=dict.fromkeys(PRIORITIES, TARGETS), step=()))
WEEK = Period(date(2026, 11, 16), date(2026, 11, 22), "UTC")
LATER = datetime(2026, 12, 1, tzinfo=UTC)
BEN_, CHRIS_ = BEN.address, CHRIS.address


def answers(at: float, who: str = BEN_, name: str = "inbox:2") -> Event:
    return event(EventKind.AGENT_ANSWER, at, who, answer=name)


def to(status: Status, at: float, who: str = BEN_, before: Status = Status.OPEN) -> Event:
    return Event(EventKind.STATUS, minute(at), who, {"from": str(before), "to": str(status)})


def assigned(at: float, who: str | None = BEN_) -> Event:
    return event(EventKind.ASSIGNED, at, BEN_, to=who)


def case(
    *history: Event,
    now: datetime = LATER,
    noticed: timedelta = timedelta(seconds=1),
    policies: SlaPolicies = POLICIES,
    **changes: object,
) -> Case:
    """A ticket whose daemon recorded what time did so soon after it happened."""
    one = ticket(**changes)
    after, breaches = sla.recalculate(one, (), history, policies, now)
    return Case(after, (*history, *breaches), {one.key: one.at + noticed for one in breaches if one.key})


def reported(*cases: Case, period: Period = WEEK, now: datetime = LATER, policies: SlaPolicies = POLICIES) -> SlaReport:
    collector = Collector(period, policies, now)
    for one in cases:
        collector.add(one)
    return collector.report()


def row(report: SlaReport, metric: str, by: str = "overall", value: str = "all") -> Row:
    return next(one for one in report.rows if (one.by, one.value, one.metric) == (by, value, metric))


def counts(one: Row) -> tuple[int, int, int, int]:
    return one.kept, one.broken, one.open, one.void


# What belongs to a period, and how it is counted.


def test_a_week_reckoned_by_hand() -> None:
    """The example of docs/reports.md."""
    sunday = 61.5 * 60
    report = reported(
        case(*opening(), answers(20), to(Status.SOLVED, 50)),
        case(*opening(), answers(60), to(Status.SOLVED, 240)),
        case(*opening(), answers(90, CHRIS_), to(Status.SOLVED, 300, CHRIS_)),
        case(*opening(), event(EventKind.VOID, 10, BEN_), to(Status.CLOSED, 10)),
        case(*opening(sunday)),
    )
    assert minute(sunday) == WEEK.end - timedelta(minutes=30)
    first, done = row(report, "first_reply"), row(report, "resolution")
    assert counts(first) == (2, 1, 1, 1), "answered exactly when due is kept"
    assert first.attainment == 66.6, "rounded down, so that 100 means all"
    assert (first.p50, first.p90) == (timedelta(minutes=60), timedelta(minutes=90))
    assert counts(done) == (2, 1, 1, 1)
    assert counts(row(report, "first_reply", "agent", BEN_)) == (2, 0, 0, 0)
    assert counts(row(report, "first_reply", "agent", "nobody")) == (0, 1, 1, 1), "nobody had it when it broke"
    assert row(report, "first_reply", "agent", CHRIS_).p50 == timedelta(minutes=90), "and Chris answered late"
    assert report.tickets == 5


def test_a_promise_belongs_where_it_was_decided_and_its_time_where_it_was_met() -> None:
    late = case(*opening(), answers(5 * 24 * 60))
    before = reported(late)
    after = reported(late, period=Period(date(2026, 11, 23), date(2026, 11, 29), "UTC"))
    assert counts(row(before, "first_reply")) == (0, 1, 0, 0)
    assert row(before, "first_reply").p50 is None
    assert counts(row(after, "first_reply")) == (0, 0, 0, 0), "broken the week before"
    assert row(after, "first_reply").p50 == timedelta(days=5)


def test_an_answer_that_ends_the_work_owes_no_news() -> None:
    news = Targets(first_reply=timedelta(minutes=60), update=timedelta(minutes=60))
    policies = SlaPolicies(DeskPolicy(sla=dict.fromkeys(PRIORITIES, news), step=()))
    solved = case(*opening(), answers(20), to(Status.SOLVED, 20), policies=policies)
    working = case(*opening(), answers(20), answers(50), to(Status.SOLVED, 50), policies=policies)
    assert not [one for one in reported(solved, policies=policies).rows if one.metric == "update"]
    assert counts(row(reported(solved, working, policies=policies), "update")) == (1, 0, 0, 0)


def test_a_breach_is_of_who_had_the_ticket_and_the_time_of_who_met_it() -> None:
    moved = event(EventKind.QUEUE, 80, BEN_, **{"from": "support", "to": "funds"})
    report = reported(case(*opening(), assigned(5), moved, answers(90, CHRIS_), queue="funds"))
    assert counts(row(report, "first_reply", "agent", BEN_)) == (0, 1, 0, 0)
    assert row(report, "first_reply", "agent", BEN_).p50 is None
    assert counts(row(report, "first_reply", "agent", CHRIS_)) == (0, 0, 0, 0)
    assert row(report, "first_reply", "agent", CHRIS_).p50 == timedelta(minutes=90)
    assert counts(row(report, "first_reply", "queue", "support")) == (0, 1, 0, 0)
    assert row(report, "first_reply", "queue", "funds").p50 == timedelta(minutes=90)


def test_what_the_program_ends_is_kept_by_who_has_the_ticket() -> None:
    ended = to(Status.CLOSED, 20, "postdesk")
    assert counts(row(reported(case(*opening(), assigned(1), ended)), "resolution", "agent", BEN_)) == (1, 0, 0, 0)


def test_what_happens_later_changes_no_report_of_a_past_period() -> None:
    history = (*opening(), event(EventKind.PRIORITY, 30, BEN_, **{"from": "P3", "to": "P2"}), answers(40))
    at_its_end = reported(case(*history, priority="P2", now=WEEK.end), now=WEEK.end)
    week = 7 * 24 * 60
    later = (
        assigned(week, CHRIS_),
        event(EventKind.PRIORITY, week, BEN_, **{"from": "P2", "to": "P1"}),
        event(EventKind.QUEUE, week, BEN_, **{"from": "support", "to": "security"}),
        event(EventKind.CUSTOMER_MESSAGE, week),
        to(Status.SOLVED, week + 1),
    )
    again = reported(case(*history, *later, priority="P1", queue="security", assignee=CHRIS_))
    assert again == at_its_end
    assert {one.value for one in again.of("priority")} == {"P2"}


def test_open_is_what_is_not_decided_at_the_end_and_a_pause_is_not_needed_time() -> None:
    resolved = (*opening(), answers(10), to(Status.WAITING, 10), event(EventKind.CUSTOMER_MESSAGE, 110))
    done = case(*resolved, to(Status.OPEN, 110), answers(120, name="inbox:3"), to(Status.SOLVED, 120))
    waiting = case(*opening(), answers(10), to(Status.WAITING, 10), assignee=BEN_)
    report = reported(done, waiting)
    solution = row(report, "resolution")
    assert counts(solution) == (1, 0, 1, 0)
    assert solution.p50 == timedelta(minutes=20), "100 minutes of waiting for the customer do not count"
    assert row(report, "first_reply").p90 == timedelta(minutes=10)
    assert counts(row(report, "resolution", "agent", BEN_)) == (1, 0, 1, 0)


def test_a_recorded_breach_stays_when_the_terms_of_today_would_forgive_or_forget_it() -> None:
    broken = case(*opening(), answers(90))
    generous = SlaPolicies(DeskPolicy(sla=dict.fromkeys(PRIORITIES, Targets(first_reply=timedelta(days=9))), step=()))
    silent = SlaPolicies(DeskPolicy(sla=dict.fromkeys(PRIORITIES, Targets(next_reply=timedelta(days=9))), step=()))
    assert counts(row(reported(broken, policies=generous), "first_reply")) == (0, 1, 0, 0)
    forgotten = reported(broken, policies=silent)
    assert counts(row(forgotten, "first_reply")) == (0, 1, 0, 0)
    assert [one.code for one in forgotten.breaches[0].causes] == ["unknown"]


def test_what_the_daemon_has_not_recorded_yet_is_broken_all_the_same() -> None:
    now = minute(500)
    ticket_, _ = sla.recalculate(ticket(), (), opening(), POLICIES, T0)
    report = reported(Case(ticket_, opening(), {}), now=now)
    assert counts(row(report, "first_reply")) == (0, 1, 0, 0)
    assert report.breaches[0].causes[0].code == "down"
    assert report.breaches[0].noticed_at is None


def test_percentiles_are_nearest_ranks() -> None:
    ten = [60 * one for one in range(1, 11)]
    assert nearest_rank(ten, 50) == timedelta(minutes=5)
    assert nearest_rank(ten, 90) == timedelta(minutes=9)
    assert nearest_rank([7], 90) == timedelta(seconds=7)
    assert nearest_rank([], 50) is None


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns"])
def test_the_zone_of_the_machine_changes_nothing(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shanghai = Period(WEEK.first, WEEK.last, "Asia/Shanghai")

    def forms() -> tuple[str, ...]:
        report = reported(case(*opening(), answers(90)), case(*opening(900)), period=shanghai)
        tables = (report_values.table(report, name) for name in report_values.TABLES)
        return (report_text.text(report), report_html.page(report, "Desk"), *tables, repr(report))

    here = forms()
    try:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert forms() == here
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "11-20 19:00 first answer" in here[0], "11:00 in UTC"
    assert '<td class="s">2026-11-20 19:00</td>' in here[1]
    assert "2026-11-20T11:00:00Z" in here[3]


def test_dates_are_those_of_the_zone() -> None:
    period = Period(date(2026, 3, 29), date(2026, 3, 29), "Europe/Berlin")
    assert period.end - period.begin == timedelta(hours=23)
    assert Period(date(2026, 11, 16), date(2026, 11, 16), "Asia/Shanghai").begin == datetime(
        2026, 11, 15, 16, tzinfo=UTC
    )


# Causes.

OFFICE = Calendar("office", "UTC", lambda day: (Window(12 * 3600, 20 * 3600),) if day.weekday() < 5 else ())
OFFICE_POLICIES = SlaPolicies(
    DeskPolicy(sla=dict.fromkeys(PRIORITIES, TARGETS), step=(), calendar="office"), (), {"office": OFFICE}
)


@pytest.mark.parametrize(
    ("history", "codes"),
    [
        ((), ["never_assigned"]),
        ((assigned(5),), ["assigned"]),
        ((assigned(40),), ["in_queue"]),
        ((assigned(5), assigned(10, CHRIS_), assigned(20)), ["reassigned", "assigned"]),
        ((assigned(5), assigned(10)), ["assigned"]),
        ((event(EventKind.QUEUE, 5, BEN_, **{"from": "support", "to": "funds"}),), ["reassigned", "never_assigned"]),
        (
            (assigned(5), answers(30), event(EventKind.LETTER_FAILED, 31, "postdesk", answer="inbox:2")),
            ["letter_failed", "assigned"],
        ),
    ],
)
def test_the_cause_is_read_from_the_history(history: Sequence[Event], codes: list[str]) -> None:
    (breach,) = (one for one in reported(case(*opening(), *history)).breaches if one.metric == "first_reply")
    assert [one.code for one in breach.causes] == codes


def test_handing_over_is_counted() -> None:
    history = (assigned(5), assigned(10, CHRIS_), assigned(20), answers(90))
    (breach,) = (one for one in reported(case(*opening(), *history)).breaches if one.metric == "first_reply")
    assert report_text.explained(breach.causes[0]) == "handed over 2 times"


def test_a_daemon_that_was_down_recorded_the_breach_late() -> None:
    first = reported(case(*opening(), assigned(1), noticed=timedelta(minutes=10))).breaches[0]
    assert [one.code for one in first.causes] == ["down", "assigned"]
    assert [
        one.code for one in reported(case(*opening(), assigned(1), noticed=timedelta(minutes=9))).breaches[0].causes
    ] == ["assigned"]


def test_stricter_terms_reopening_and_closed_hours_are_told() -> None:
    strict = SlaPolicies(
        DeskPolicy(sla={**dict.fromkeys(PRIORITIES, TARGETS), "P1": Targets(first_reply=timedelta(minutes=5))})
    )
    raised = event(EventKind.PRIORITY, 20, BEN_, **{"from": "P3", "to": "P1"})
    report = reported(case(*opening(), assigned(1), raised, priority="P1", policies=strict), policies=strict)
    assert report.breaches[0].at == minute(20)
    assert [one.code for one in report.breaches[0].causes] == ["stricter", "assigned"]

    again = case(*opening(), assigned(1), answers(10), to(Status.SOLVED, 100), to(Status.OPEN, 200))
    (solution,) = reported(again).breaches
    assert [one.code for one in solution.causes] == ["reopened", "assigned"]

    early = reported(case(*opening(), assigned(1), policies=OFFICE_POLICIES), policies=OFFICE_POLICIES)
    assert early.breaches[0].at == minute(180), "opened at 12:00, an hour of open time later"
    assert [one.code for one in early.breaches[0].causes] == ["assigned", "out_of_hours"]


def test_a_peak_is_twice_the_usual_of_that_hour() -> None:
    day = 24 * 60
    usual = [
        case(*opening(at * day), answers(at * day + 1), to(Status.SOLVED, at * day + 1))
        for at in (-3, -2, -1)
        for _ in range(2)
    ]
    busy = [case(*opening(), assigned(1), answers(1 + one * 30)) for one in range(4)]
    report = reported(*usual, *busy)
    assert [one.code for one in report.breaches[0].causes] == ["assigned", "peak"]
    calm = reported(*usual, *busy[1:])
    assert [one.code for one in calm.breaches[0].causes] == ["assigned"]


# Load and waiting.


def test_load_counts_each_hour_of_the_week_in_the_zone_of_the_desk() -> None:
    shanghai = Period(WEEK.first, WEEK.last, "Asia/Shanghai")
    report = reported(case(*opening(), answers(90)), period=shanghai)
    friday = {one.hour: one for one in report.load if one.weekday == 4}
    assert len(report.load) == 168
    assert (friday[18].arrivals, friday[18].answers, friday[18].wait) == (1, 0, timedelta(minutes=90))
    assert (friday[19].arrivals, friday[19].answers) == (0, 1)
    assert sum(one.arrivals + one.answers for one in report.load) == 2


def test_waiting_adds_up_each_state_and_shows_the_longest_first() -> None:
    one = case(
        *opening(), answers(30), to(Status.WAITING, 30), event(EventKind.CUSTOMER_MESSAGE, 100), to(Status.OPEN, 100),
        to(Status.THIRD_PARTY, 110), to(Status.SOLVED, 170), event(EventKind.NOTE, 200, BEN_), category="kyc",
    )  # fmt: skip
    other = case(*opening(), category="complaint")
    first, second = reported(one, other).waiting
    assert (first.category, first.open, first.done, first.oldest_at) == ("complaint", 1, 0, T0)
    assert first.agent == WEEK.end - T0
    assert (second.agent, second.customer, second.third_party) == tuple(timedelta(minutes=one) for one in (40, 70, 60))
    assert (second.opened, second.done, second.open) == (1, 1, 0)


def test_what_was_done_before_the_period_is_not_in_it() -> None:
    report = reported(case(*opening(-20_000), answers(-19_990), to(Status.SOLVED, -19_000)))
    assert (report.tickets, report.rows, report.waiting) == (0, (), ())


# Laws.

HAPPENINGS = st.one_of(
    st.builds(lambda at: event(EventKind.CUSTOMER_MESSAGE, at), st.integers(0, 20_000)),
    st.builds(answers, st.integers(0, 20_000), st.sampled_from([BEN_, CHRIS_])),
    st.builds(assigned, st.integers(0, 20_000), st.sampled_from([BEN_, CHRIS_, None])),
    st.builds(to, st.sampled_from(list(Status)), st.integers(0, 20_000)),
    st.builds(lambda at, one: event(EventKind.QUEUE, at, BEN_, to=one), st.integers(0, 20_000), st.sampled_from("ab")),
)
HISTORIES = st.lists(st.lists(HAPPENINGS, max_size=8), min_size=1, max_size=4)


@given(HISTORIES, st.integers(0, 12), st.integers(0, 10))
def test_every_promise_is_kept_broken_open_or_void_and_all_forms_say_the_same(
    histories: list[list[Event]], start: int, days: int
) -> None:
    first = date(2026, 11, 18) + timedelta(days=start)
    period = Period(first, first + timedelta(days=days), "UTC")
    report = reported(*(case(*opening(), *sorted(one, key=lambda event: event.at)) for one in histories), period=period)
    for by in ("queue", "type", "priority", "tier", "agent"):
        for metric in {one.metric for one in report.rows}:
            parts = [counts(one) for one in report.of(by) if one.metric == metric]
            assert tuple(map(sum, zip(*parts, strict=True))) == counts(row(report, metric))
    for one in report.rows:
        assert one.all == sum(counts(one))
        assert one.attainment is None or (one.attainment == 100) == (one.broken == 0)
    assert sum(one.kept + one.broken for one in report.of("overall")) == sum(
        point.kept + point.broken for point in report.trend
    )
    assert sum(count for _, count in report.causes) == report.broken == len(report.breaches)
    values = report_values.values(report)["rows"]
    lines = list(csv.DictReader(io.StringIO(report_values.table(report, "rows"))))
    assert [("" if one["attainment"] is None else str(one["attainment"])) for one in values] == [
        line["attainment"] for line in lines
    ]
    page = report_html.page(report, "Desk")
    shown = re.findall(r"<b>([\d.]+|–)%?</b>", page)
    assert sorted(shown) == sorted("–" if one["attainment"] is None else str(one["attainment"]) for one in values)


@given(HISTORIES)
def test_days_add_up_to_their_week(histories: list[list[Event]]) -> None:
    cases = [case(*opening(), *sorted(one, key=lambda event: event.at)) for one in histories]
    days = [Period(WEEK.first + timedelta(days=one), WEEK.first + timedelta(days=one), "UTC") for one in range(7)]
    week = reported(*cases).of("overall")
    single = [row for day in days for row in reported(*cases, period=day).of("overall")]
    lasting = [one.kept for one in week if one.metric != "resolution"]
    assert sum(lasting) == sum(one.kept for one in single if one.metric != "resolution")
    # What was solved one day and reopened on another was kept by that day's report, and goes on by the week's.
    assert sum(one.kept for one in week) <= sum(one.kept for one in single)
    assert sum(one.broken for one in week) == sum(one.broken for one in single)
    assert sum(one.void for one in week) == sum(one.void for one in single)


# The forms.

EVIL = '<script>alert("1")</script> & "https://evil.example"'


class Tags(HTMLParser):
    """Everything that a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_fetches_and_runs_nothing_and_escapes_what_anybody_wrote() -> None:
    wicked = reported(case(*opening(), assigned(1, EVIL), subject=EVIL, category=EVIL, queue=EVIL, requester_name=EVIL))
    page = report_html.page(wicked, EVIL)
    assert page.count("&lt;script&gt;") > 3
    found = Tags(page)
    assert not found.tags & {"script", "link", "img", "iframe", "object", "embed", "image", "use", "a", "base", "form"}
    assert not found.attributes & {"src", "href", "xlink:href", "srcset", "data", "onload", "background"}
    styled = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(styled) == 1
    assert not re.search(r"url\(|@import|://", styled[0])
    assert not re.search(r"https?://", page.replace("https://evil.example", ""))
    assert "default-src 'none'" in page


def test_an_empty_report_is_a_report_in_every_form() -> None:
    empty = reported()
    said = "No promise was decided in this period, and none was left to decide."
    assert said in report_text.text(empty).splitlines()
    assert f"<p>{said}</p>" in report_html.page(empty, "Desk")
    assert report_values.table(empty, "rows").splitlines() == [",".join(report_values.ROWS)]
    assert "Promises kept" not in report_html.page(empty, "Desk")
    assert report_values.values(empty)["rows"] == []


def test_a_ticket_that_was_late_before_is_not_called_done() -> None:
    """Its promises were decided the week before; somebody still waits."""
    after = Period(date(2026, 11, 23), date(2026, 11, 29), "UTC")
    one, other = (case(*opening()) for _ in range(2))
    report = reported(one, period=after)
    assert (report.rows, report.open_tickets) == ((), 1)
    text = " ".join(report_text.text(report).split())
    assert "none was left to decide. 1 ticket is open; what it was promised was decided before." in text
    assert "1 ticket, 0 promises decided, 0 broken" in text
    both = reported(one, other, period=after)
    assert "2 tickets are open; what they were promised was decided before." in report_html.page(both, "Desk")
    assert max(map(len, report_text.text(both).splitlines())) <= 80


def test_counts_agree_with_their_nouns() -> None:
    assert [report_text.counted(count, "ticket") for count in (0, 1, 2, 1200)] == [
        "0 tickets", "1 ticket", "2 tickets", "1,200 tickets",
    ]  # fmt: skip
    news = Targets(first_reply=timedelta(minutes=60))
    policies = SlaPolicies(DeskPolicy(sla=dict.fromkeys(PRIORITIES, news), step=()))
    assert report_text.summary(
        reported(case(*opening(), answers(20), policies=policies), policies=policies)
    ).startswith("1 ticket, 1 promise decided, 0 broken")


def test_text_is_80_columns_wide_and_speaks_to_no_terminal() -> None:
    long = reported(
        *(
            case(
                *opening(),
                assigned(1, "\x1b[2J" + "客服" * 30),
                category="充值" * 20,
                queue="q" * 90,
                number=10**8 + one,
            )
            for one in range(30)
        )
    )
    text = report_text.text(long)
    assert max(map(report_text.wide, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert "and 40 more" in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "\t=", "\r=", " =", '"='])
def test_no_cell_of_the_csv_is_a_formula(start: str) -> None:
    wicked = f'{start}cmd|"/c calc"!A1\n,x'
    content = report_values.table(reported(case(*opening(), subject=wicked, category=wicked)), "breaches")
    assert content.endswith("\r\n")
    for line in csv.DictReader(io.StringIO(content, newline="")):
        assert line["subject"] == line["type"]
        assert line["subject"].startswith("'")
        assert line["subject"].replace("'", "") == wicked


@pytest.mark.parametrize("divider", [";", "\t", "\n"])
def test_nor_where_a_spreadsheet_divides_cells_otherwise(divider: str) -> None:
    content = report_values.table(reported(case(*opening(), subject=f"Hello{divider} =cmd()")), "breaches")
    assert f"Hello{divider}' =cmd()" in content


def test_plain_text_and_numbers_stay_as_they_are_in_csv() -> None:
    content = report_values.table(reported(case(*opening(), subject="1-2 = a@b; c", category="-1")), "breaches")
    assert ",1-2 = a@b; c," in content
    assert ",'-1," in content
    assert not re.search(r"'[^-]", content)


def test_every_table_has_its_columns() -> None:
    report = reported(case(*opening(), answers(90)))
    for name, names in report_values.TABLES.items():
        head, *rows = csv.reader(io.StringIO(report_values.table(report, name)))
        assert tuple(head) == names
        assert rows


# When a report is due.


@pytest.mark.parametrize(
    ("every", "at", "now", "due", "first", "last"),
    [
        ("week", "", "2026-11-16T00:00", "2026-11-16T00:00", "2026-11-09", "2026-11-15"),
        ("week", "", "2026-11-15T23:59", "2026-11-09T00:00", "2026-11-02", "2026-11-08"),
        ("week", "fri 18:30", "2026-11-20T10:30", "2026-11-20T10:30", "2026-11-09", "2026-11-15"),
        ("week", "sun 00:00", "2026-11-20T10:30", "2026-11-14T16:00", "2026-11-02", "2026-11-08"),
        ("day", "08:00", "2026-11-19T23:59", "2026-11-19T00:00", "2026-11-18", "2026-11-18"),
        ("day", "", "2026-11-20T00:00", "2026-11-20T00:00", "2026-11-19", "2026-11-19"),
        ("month", "", "2026-12-01T00:00", "2026-12-01T00:00", "2026-11-01", "2026-11-30"),
        ("month", "28 23:59", "2026-03-01T00:00", "2026-02-28T15:59", "2026-01-01", "2026-01-31"),
        ("month", "1 00:00", "2027-01-01T00:00", "2026-12-31T16:00", "2026-12-01", "2026-12-31"),
    ],
)
def test_the_latest_report_tells_of_the_whole_period_before_it(
    every: str, at: str, now: str, due: str, first: str, last: str
) -> None:
    plan = ReportPlan(name="r", every=every, at=at)
    found = latest(plan, "Asia/Shanghai", datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found.at == datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert (str(found.period.first), str(found.period.last)) == (first, last)


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_each_period_is_due_once_and_none_is_left_out(every: str) -> None:
    plan = ReportPlan(name="r", every=every)
    hours = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=one) for one in range(24 * 400))
    periods = list(dict.fromkeys(latest(plan, "Europe/Berlin", now).period for now in hours))
    assert all(later.first == earlier.last + timedelta(days=1) for earlier, later in pairwise(periods))
    assert all(periods_between(every, one.first, later.first) == 0 for one, later in pairwise(periods))
    assert periods_between(every, periods[0].first, periods[4].first) == 3


@pytest.mark.parametrize(
    ("every", "at"),
    [("week", "08:00"), ("day", "mon 08:00"), ("month", "29 08:00"), ("week", "mon 24:00"), ("day", "8:00")],
)
def test_a_moment_that_is_none_is_refused_with_an_example(every: str, at: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        ReportPlan(name="r", every=every, at=at)
