"""Reports from a real database, and by mail on a schedule, with a clock of our own."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlmodel import col

from desk.errors import ConfigError
from desk.reports.report import Period
from models import cases
from models.tables import EventRow, LetterRow, TicketRow
from ops import build
from parser.mail import RawMessage
from pipeline import fetching, incoming, report_mail, timers
from pipeline.context import Context
from pipeline.settings import load
from servers.house import BEN, House, answer_to, mail
from servers.sink import Sink

# A Wednesday, 17:00 in Shanghai.
START = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
WEEKLY = '[[report]]\nname = "Weekly"\nat = "mon 08:00"\n'


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    return House(tmp_path, 1, "nobody", Sink(), run={"readers": 1}, desk='zone = "Asia/Shanghai"', extra=WEEKLY)


@pytest.fixture
def worlds(house: House, clock: Clock) -> Iterator[Callable[[], Context]]:
    """Opens the world anew, as a restart does."""
    with ExitStack() as stack:

        def enter() -> Context:
            stack.close()
            context = stack.enter_context(build.open_context(load(house.config)))
            context.now = clock
            return context

        yield enter


def receive(context: Context, *contents: bytes) -> None:
    now = context.now()
    for content in contents:
        key = f"{now.timestamp()}-{hash(content)}"
        fetching.keep(context, [RawMessage("support", "INBOX", 1, key, content, len(content), now)])
    while incoming.process_message(context):
        pass


def letters(context: Context, kind: str) -> list[EmailMessage]:
    query = select(LetterRow).where(col(LetterRow.kind) == kind).order_by(col(LetterRow.id))
    rows = context.store.run(lambda session: list(session.execute(query).scalars()))
    return [message_from_bytes(context.vault.get(row.digest), policy=policy.default) for row in rows]


def some_work(context: Context, clock: Clock) -> None:
    """Two requests: one answered in time, the other never."""
    receive(context, mail("One", sender="one@example.net"), mail("Two <script>", sender="two@example.net"))
    clock.at += timedelta(minutes=30)
    note = letters(context, "notification")[0]
    receive(context, answer_to(note, "/solve\nHere you are.", sender=BEN, name="Ben"))
    clock.at += timedelta(days=2)
    timers.tick(context)


def test_a_report_is_mailed_once_with_its_page_and_tables(worlds: Callable[[], Context], clock: Clock) -> None:
    context = worlds()
    assert report_mail.mail(context) == 0, "what was due before the plan was known is not made up for"
    some_work(context, clock)
    clock.at = MONDAY - timedelta(seconds=1)
    assert report_mail.mail(context) == 0
    clock.at = MONDAY
    assert [report_mail.mail(context) for _ in range(3)] == [1, 0, 0]
    context = worlds()
    assert report_mail.mail(context) == 0, "nor after a restart"
    (letter,) = letters(context, "report")
    assert letter["To"].addresses[0].addr_spec == BEN
    assert letter["Subject"] == "Weekly: 2026-11-09 to 2026-11-15"
    assert letter["Auto-Submitted"] == "auto-generated"
    words = letter.get_body(("plain",))
    assert words is not None
    assert "First answer: 50% on time, 1 kept, 1 broken, 0 open, 0 void" in words.get_content()
    assert "- 2: Postdesk was not running" in words.get_content(), "for two days, when promises were broken"
    assert "earlier reports" not in words.get_content()
    page, rows, breaches = letter.iter_attachments()
    assert [one.get_content_charset() for one in (page, rows, breaches)] == ["utf-8"] * 3
    assert [one.get_filename() for one in (page, rows, breaches)] == [
        "sla-2026-11-09-to-2026-11-15.html",
        "sla-2026-11-09-to-2026-11-15.csv",
        "sla-2026-11-09-to-2026-11-15-breaches.csv",
    ]
    assert "Two &lt;script&gt;" in page.get_content()
    assert "<script" not in page.get_content()
    assert rows.get_content().startswith("\ufeff"), "so that spreadsheets read it as UTF-8"
    first, *_ = csv.DictReader(io.StringIO(rows.get_content()[1:]))
    assert (first["by"], first["metric"], first["kept"], first["broken"]) == ("overall", "first_reply", "1", "1")


def test_after_a_month_down_only_the_latest_report_is_mailed_and_says_so(
    worlds: Callable[[], Context], clock: Clock
) -> None:
    context = worlds()
    report_mail.mail(context)
    clock.at = MONDAY
    assert report_mail.mail(context) == 1
    clock.at += timedelta(days=30)
    context = worlds()
    assert [report_mail.mail(context), report_mail.mail(context)] == [1, 0]
    assert [letter["Subject"] for letter in letters(context, "report")] == [
        "Weekly: 2026-11-09 to 2026-11-15",
        "Weekly: 2026-12-07 to 2026-12-13",
    ]
    words = letters(context, "report")[-1].get_body(("plain",))
    assert words is not None
    assert "when 3 earlier reports were due" in words.get_content()


def test_a_clock_that_was_wrong_for_a_while_ends_no_report_for_ever(
    worlds: Callable[[], Context], clock: Clock
) -> None:
    context = worlds()
    report_mail.mail(context)
    clock.at = datetime(2099, 1, 1, tzinfo=UTC)
    context.trusted = lambda: False
    assert report_mail.mail(context) == 0, "while it is in doubt"
    context.trusted = lambda: True
    assert report_mail.mail(context) == 1
    clock.at = MONDAY
    assert [report_mail.mail(context), report_mail.mail(context)] == [1, 0]
    clock.at += timedelta(days=7)
    assert [report_mail.mail(context), report_mail.mail(context)] == [1, 0]
    clock.at -= timedelta(hours=1)
    assert report_mail.mail(context) == 0, "what was mailed is not mailed again"


def test_a_crash_before_the_commit_mails_the_report_once(
    worlds: Callable[[], Context], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = worlds()
    report_mail.mail(context)
    clock.at = MONDAY
    with monkeypatch.context() as patched:
        # The last thing that is done in the transaction.
        patched.setattr(report_mail.log, "info", _die)
        with pytest.raises(KeyboardInterrupt):
            report_mail.mail(context)
    context = worlds()
    assert letters(context, "report") == []
    assert [report_mail.mail(context), report_mail.mail(context)] == [1, 0]
    assert len(letters(context, "report")) == 1


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_report_that_becomes_monthly_is_another_one(
    house: House, worlds: Callable[[], Context], clock: Clock
) -> None:
    context = worlds()
    report_mail.mail(context)
    clock.at = datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert report_mail.mail(context) == 1
    house.config.write_text(house.config.read_text().replace('at = "mon 08:00"', 'every = "month"'))
    context = worlds()
    assert report_mail.mail(context) == 0, "October's was due before it was wanted"
    clock.at = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    assert report_mail.mail(context) == 1
    last = letters(context, "report")[-1]
    assert last["Subject"] == "Weekly: 2026-11-01 to 2026-11-30"
    words = last.get_body(("plain",))
    assert words is not None
    assert "earlier reports" not in words.get_content()


def test_of_two_workers_that_made_the_same_report_one_mails_it(worlds: Callable[[], Context], clock: Clock) -> None:
    context = worlds()
    report_mail.mail(context)
    clock.at = MONDAY
    other = replace(context, worker="other")
    mailed: list[int] = []

    def slow(store: object, *rest: object) -> object:
        # The other one looks, makes and mails while this one is still at it.
        if not mailed:
            mailed.append(-1)
            mailed.append(report_mail.mail(other))
        return made(store, *rest)  # type: ignore[arg-type]

    made = report_mail.make
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(report_mail, "make", slow)
        assert report_mail.mail(context) == 0
    assert mailed == [-1, 1]
    assert len(letters(context, "report")) == 1


def test_a_breach_that_was_recorded_much_later_shows_that_the_daemon_was_down(
    worlds: Callable[[], Context], clock: Clock
) -> None:
    context = worlds()
    receive(context, mail("One"))
    clock.at += timedelta(days=1)
    period = Period(START.date(), clock.at.date(), "Asia/Shanghai")
    assert report_mail.make(context.store, context.settings.desk, period, clock.at).breaches[0].noticed_at is None
    timers.tick(context)
    (breach,) = report_mail.make(context.store, context.settings.desk, period, clock.at).breaches
    assert breach.noticed_at == clock.at
    assert [one.code for one in breach.causes] == ["down", "never_assigned"]


def test_only_tickets_of_the_period_are_read_and_by_an_index(
    worlds: Callable[[], Context], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = worlds()
    monkeypatch.setattr(cases, "TOGETHER", 2)
    for _ in range(5):
        receive(context, mail("Again"))
        clock.at += timedelta(days=1)
    done = update(TicketRow).where(col(TicketRow.number) <= 1002).values(status="solved")
    context.store.run(lambda session: session.execute(done))

    def numbers(begin: datetime, end: datetime) -> list[int]:
        return [case.ticket.number for case in cases.cases(context.store, begin, end, "PD")]

    day = timedelta(days=1)
    assert numbers(START + day, START + 3 * day) == [1002, 1003]
    assert numbers(START + 2 * day, START + 9 * day) == [1003, 1004, 1005]
    assert numbers(START - day, START + 9 * day) == [1001, 1002, 1003, 1004, 1005]
    query = cases.wanted(START, START + day).compile(context.store._engine, compile_kwargs={"literal_binds": True})

    def plan(session: object) -> str:
        found = session.execute(text(f"EXPLAIN QUERY PLAN {query}"))  # type: ignore[attr-defined]
        return " ".join(str(row) for row in found)

    assert "ix_ticket_changed_at" in context.store.run(plan)
    assert "SCAN" not in context.store.run(plan)


def test_every_case_has_all_its_events(worlds: Callable[[], Context], clock: Clock) -> None:
    context = worlds()
    some_work(context, clock)
    found = list(cases.cases(context.store, START, clock.at, "PD"))
    rows = context.store.run(lambda session: len(session.execute(select(EventRow)).all()))
    assert sum(len(case.history) for case in found) == rows
    assert [case.ticket.tag for case in found] == ["PD-1001-N", "PD-1002-V"] or len(
        {case.ticket.tag for case in found}
    ) == 2


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ('name = "W"\nto = ["boss@example.com"]', "outside = true"),
        ('name = "W"\nat = "08:00"', "write it as"),
        ('name = "W"\nto = ["nobody"]', "is not a mail address"),
        ('name = "W"\nevery = "year"', "'day', 'week' or 'month'"),
        ('every = "day"', "name: is missing"),
        ('name = "Weekly"', "stands twice"),
    ],
)
def test_a_report_that_could_not_be_mailed_is_refused(house: House, table: str, error: str) -> None:
    house.config.write_text(house.config.read_text() + f"[[report]]\n{table}\n")
    with pytest.raises(ConfigError, match=error):
        load(house.config)


def test_others_than_agents_get_reports_only_where_that_is_said(
    house: House, worlds: Callable[[], Context], clock: Clock
) -> None:
    outside = (
        '[[report]]\nname = "Month"\nevery = "month"\nto = ["Boss@example.com", "ben@example.org"]\noutside = true\n'
    )
    house.config.write_text(house.config.read_text() + outside)
    context = worlds()
    report_mail.mail(context)
    clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    assert report_mail.mail(context) == 2
    sent = {(letter["To"].addresses[0].addr_spec, str(letter["Subject"])) for letter in letters(context, "report")}
    assert sent == {
        (BEN, "Weekly: 2026-11-23 to 2026-11-29"),
        (BEN, "Month: 2026-11-01 to 2026-11-30"),
        ("boss@example.com", "Month: 2026-11-01 to 2026-11-30"),
    }
