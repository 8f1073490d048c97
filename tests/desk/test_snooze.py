"""Putting a ticket aside: until when, what ends it, and what happens when the instant comes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import outcomes
from desk.calendar.zones import zone
from desk.commands import run as commands
from desk.commands import snooze
from desk.commands.parse import ParsedCommands, parse
from desk.commands.run import BadCommand, CommandResult
from desk.sla import clock as sla
from desk.sla.ledger import rest
from desk.ticket import Event, EventKind, Status, Ticket
from servers.values import BEN, T0, desk, event, known, minute, opening, ticket

SETTING = commands.CommandContext(BEN, (BEN,), (), (), (), 20, T0, desk().sla_policies)


def run(text: str, one: Ticket | None = None) -> CommandResult | BadCommand:
    parsed = parse(text, commands.COMMANDS)
    assert isinstance(parsed, ParsedCommands)
    return commands.run_all(parsed.commands, one or ticket(), SETTING)


# T0 is a Friday, 10:00 UTC: in Shanghai it is 18:00.
SHANGHAI = zone("Asia/Shanghai")


@pytest.mark.parametrize(
    ("argument", "until"),
    [
        ("3d", T0 + timedelta(days=3)),
        ("4h", T0 + timedelta(hours=4)),
        ("1h30m", T0 + timedelta(minutes=90)),
        ("until 2026-12-01", datetime(2026, 11, 30, 16, 0, tzinfo=UTC)),
        ("2026-12-01 9:30", datetime(2026, 12, 1, 1, 30, tzinfo=UTC)),
        ("until monday 09:00", datetime(2026, 11, 23, 1, 0, tzinfo=UTC)),
        ("Until  MONDAY", datetime(2026, 11, 22, 16, 0, tzinfo=UTC)),
        ("until friday 19:00", datetime(2026, 11, 20, 11, 0, tzinfo=UTC)),
        ("until friday 18:00", datetime(2026, 11, 27, 10, 0, tzinfo=UTC)),
        ("friday", datetime(2026, 11, 26, 16, 0, tzinfo=UTC)),
        ("tomorrow 08:00", datetime(2026, 11, 21, 0, 0, tzinfo=UTC)),
        ("until tomorrow", datetime(2026, 11, 20, 16, 0, tzinfo=UTC)),
        ("0m", T0),
        ("400d", T0 + timedelta(days=400)),
        ("until 2026-11-20 18:00", T0),
        ("until 2026-11-20", datetime(2026, 11, 19, 16, 0, tzinfo=UTC)),
        ("until 0001-01-01", None),
        ("", None),
        ("until", None),
        ("9" * 30 + "d", None),
        ("until 2026-02-30", None),
        ("until monday 25:00", None),
        ("until someday", None),
        ("until monday noon", None),
    ],
)
def test_an_instant_is_read_as_people_write_it(argument: str, until: datetime | None) -> None:
    assert snooze.instant(argument, T0, SHANGHAI) == until


@given(st.text("until mondayfridaytomorrow0123456789-: dhm", max_size=30))
def test_whatever_is_written_no_ticket_is_put_aside_until_the_past_or_for_years(argument: str) -> None:
    result = snooze.put_aside(ticket(), argument, SETTING)
    if isinstance(result, CommandResult):
        assert result.ticket.snoozed_until is not None
        assert T0 < result.ticket.snoozed_until <= T0 + timedelta(days=366)
    else:
        assert len(result.detail.splitlines()) == 1


def test_the_command_puts_the_ticket_aside_and_says_until_when() -> None:
    result = run("/snooze 4h")
    assert isinstance(result, CommandResult)
    assert result.ticket.snoozed_until == T0 + timedelta(hours=4)
    assert [(one.kind, one.data) for one in result.events] == [
        (EventKind.SNOOZED, {"until": (T0 + timedelta(hours=4)).isoformat()})
    ]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/snooze", "/snooze: write 3d, 4h, until 2026-12-01 or until monday 09:00"),
        ("/snooze a while", "/snooze a while: write 3d, 4h, until 2026-12-01 or until monday 09:00"),
        ("/snooze until 2026-01-01", "/snooze until 2026-01-01: that has passed; it is 2026-11-20 10:00 (UTC)"),
        ("/snooze 0m", "/snooze 0m: that has passed; it is 2026-11-20 10:00 (UTC)"),
        ("/snooze 2099-01-01", "/snooze 2099-01-01: that is more than a year away"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_that_says_why(text: str, answer: str) -> None:
    assert run(text) == BadCommand("bad_argument", answer)


def test_what_is_done_is_not_put_aside() -> None:
    assert isinstance(run("/snooze 3d", ticket(status=Status.SOLVED)), BadCommand)


RESTING = (*opening(), event(EventKind.SNOOZED, 10, BEN.address, until=minute(100).isoformat()))


@pytest.mark.parametrize(
    ("happened", "rests"),
    [
        (None, True),
        (event(EventKind.CUSTOMER_MESSAGE, 20), False),
        (event(EventKind.AGENT_ANSWER, 20, BEN.address), False),
        (event(EventKind.STATUS, 20, BEN.address, to="waiting"), False),
        (event(EventKind.NOTE, 20, BEN.address), False),
        (event(EventKind.ASSIGNED, 20, BEN.address, to=None), False),
        (event(EventKind.PRIORITY, 20, BEN.address, to="P1"), False),
        (event(EventKind.LINKED, 20, BEN.address, merged=7), False),
        (event(EventKind.PRIORITY, 20, "postdesk", to="P1"), True),
        (event(EventKind.AUTOMATIC_MESSAGE, 20), True),
        (event(EventKind.CUSTOMER_MESSAGE, 5), True),
        (event(EventKind.WOKEN, 100, "postdesk"), False),
    ],
    ids=str,
)
def test_what_somebody_does_ends_the_rest_and_what_machines_do_does_not(happened: Event | None, rests: bool) -> None:
    new = () if happened is None else (happened,)
    after, _ = sla.recalculate(ticket(), RESTING, new, desk().sla_policies, minute(20))
    assert (after.snoozed_until is not None) is rests
    if rests and happened is None:
        assert after.wake_at == minute(100)


@pytest.mark.parametrize("text", ["/snooze 2h\n/solve", "/solve\n/snooze 2h"])
def test_a_mail_that_ends_the_ticket_does_not_put_it_aside(text: str) -> None:
    given = [(line.split()[0][1:], " ".join(line.split()[1:])) for line in text.splitlines()]
    assert isinstance(commands.run_all(given, ticket(), SETTING), BadCommand)


def test_a_second_snooze_counts_instead_of_the_first() -> None:
    later = event(EventKind.SNOOZED, 50, BEN.address, until=minute(300).isoformat())
    assert rest((*RESTING, later)) == minute(300)


def missed(at: float, **changes: Any) -> Any:
    return outcomes.passed(known(ticket(snoozed_until=minute(100), **changes), history=RESTING), desk(), minute(at))


def test_when_the_instant_comes_it_is_written_down_once_and_told() -> None:
    change = missed(130)
    assert [(one.kind, one.at, one.key) for one in change.events if one.kind is EventKind.WOKEN] == [
        (EventKind.WOKEN, minute(100), f"woken:{minute(100).isoformat()}")
    ]
    assert [(one.recipient, one.values["event"]) for one in change.drafts] == [(BEN.address, "woken")]
    assert change.ticket.snoozed_until is None
    again = outcomes.passed(known(change.ticket, history=(*RESTING, *change.events)), desk(), minute(140))
    assert (again.events, again.drafts) == ((), ())


def test_before_the_instant_nothing_is_told() -> None:
    change = missed(99)
    assert change.drafts == ()
    assert change.ticket.snoozed_until == minute(100)
