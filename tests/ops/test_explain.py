"""`postdesk sla explain`: the picture of a ticket's life, and the words around it."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from desk import outcomes
from desk.calendar.business_hours import Calendar, Window, always_open
from desk.sla import clock as sla
from desk.sla.explain import explain
from desk.sla.policy import DeskPolicy, Policy
from desk.sla.terms import SlaPolicies
from desk.ticket import Event, EventKind
from ops import explanation, timeline
from servers.values import ANA, BEN, T0, desk, event, minute, opening, ticket

OFFICE = Calendar("office", "Europe/Berlin", lambda day: (Window(9 * 3600, 17 * 3600),) if day.weekday() < 5 else ())


def office(*policies: Policy) -> SlaPolicies:
    return SlaPolicies(DeskPolicy(calendar="office"), policies, {"24/7": always_open(), "office": OFFICE})


def drawn(history: Sequence[Event], service: SlaPolicies, now: datetime, width: int = 80) -> dict[str, str]:
    """The rows of the picture by their names, the label cut off."""
    found = explain(ticket(), history, service, now)
    lines = [line.plain for line in timeline.picture(found, width, UTC)]
    assert all(len(line) <= width for line in lines)
    return {line[:12].strip(): f"{line[12:]:<{width - 12}}" for line in lines}


# The picture.

ANSWER = (
    event(EventKind.AGENT_ANSWER, 300, BEN.address, answer="inbox:2"),
    event(EventKind.STATUS, 300, BEN.address, **{"from": "new", "to": "waiting", "answer": "inbox:2"}),
)
AGAIN = (
    event(EventKind.CUSTOMER_MESSAGE, 600),
    event(EventKind.STATUS, 600, ANA, **{"from": "waiting", "to": "open"}),
)


def recorded(history: Sequence[Event], service: SlaPolicies, now: datetime) -> tuple[Event, ...]:
    """The events, with what time did to them."""
    return (*history, *sla.recalculate(ticket(), (), history, service, now)[1])


def test_the_picture_tells_running_paused_and_answered_apart_by_characters() -> None:
    service, now = SlaPolicies(DeskPolicy(step=())), minute(900)
    rows = drawn(recorded((*opening(), *ANSWER, *AGAIN), service, now), service, now)
    first, resolution, following = rows["first reply"], rows["resolution"], rows["next reply"]
    column = resolution.index
    assert rows["events"].strip().startswith("?")
    assert rows["events"].count(timeline.ANSWERED) == 1
    answered = rows["events"].index(timeline.ANSWERED)
    assert first.rstrip().endswith("✓")
    assert first.index("✓") == answered
    assert first.index("X") == pytest.approx(answered * 240 / 300, abs=1)
    assert set(first[first.index("X") + 1 : answered]) == {timeline.LATE}
    assert set(first[: first.index("X")]) == {timeline.RUNS}
    # It ran until the answer, stood still until the customer wrote again, and has run since.
    assert resolution[: answered - 1] == timeline.RUNS * (answered - 1)
    assert column(timeline.PAUSED) == pytest.approx(answered, abs=1)
    assert resolution.count(timeline.PAUSED) == pytest.approx(answered, abs=1)
    assert following.lstrip().startswith(timeline.RUNS)
    assert following.index(timeline.RUNS) == pytest.approx(2 * answered, abs=1)
    assert following.rstrip().endswith("D")
    assert set(following.strip()) == {timeline.RUNS, timeline.AHEAD, "D"}
    assert following.index(timeline.AHEAD) == pytest.approx(rows["events"].index(timeline.NOW), abs=1)
    assert resolution.rstrip().endswith(timeline.BEYOND), "due so late that the past would be too small to read"


def test_the_picture_shades_the_hours_in_which_the_desk_is_closed() -> None:
    # T0 is Friday 11:00 in Berlin: six hours of work, and then a week-end.
    rows = drawn(opening(), office(), minute(3 * 1440))
    assert rows["open hours"].strip()[0] == timeline.OPEN
    hours, running = rows["open hours"], rows["resolution"]
    for shown, course in zip(hours, running, strict=True):
        assert (shown == " ") == (course == timeline.SHUT) or course in "─DX!→ "
    assert hours.count(" ") > hours.count(timeline.OPEN)
    assert timeline.SHUT in running
    assert "open hours" not in drawn(opening(), SlaPolicies(DeskPolicy()), minute(100)), "always open needs no row"


@pytest.mark.parametrize("width", [60, 80, 140])
def test_round_times_stand_at_the_column_they_are_of(width: int) -> None:
    midnight = event(EventKind.CUSTOMER_MESSAGE, 840)
    found = explain(ticket(), (*opening(), midnight), SlaPolicies(DeskPolicy()), minute(2000))
    times, events, *_ = (line.plain for line in timeline.picture(found, width, UTC))
    assert times.index("╷Sat 11-21") == events.rindex("?")


@pytest.mark.parametrize(
    ("minutes", "label"), [(20, "10:00"), (600, "12:00"), (8000, "Sun 11-22"), (90_000, "Mon 11-23"), (9_000_000, "20")]
)
def test_times_are_as_round_as_there_is_room_for(minutes: int, label: str) -> None:
    for width in (timeline.NARROWEST, 80, 140):
        found = explain(ticket(), opening(), SlaPolicies(DeskPolicy()), minute(minutes))
        times = timeline.picture(found, width, UTC)[0].plain
        assert times.strip(), "there is always one"
    assert f"╷{label}" in times


@pytest.mark.parametrize("width", [1, timeline.NARROWEST, 80, 200])
@pytest.mark.parametrize("history", [(), (event(EventKind.CREATED, 0),), opening(), (*opening(), *ANSWER)])
def test_any_life_is_drawn_at_any_width(history: tuple[Event, ...], width: int) -> None:
    for now in (T0, minute(1), minute(5_000_000)):
        lines = timeline.picture(explain(ticket(), history, office(), now), width, UTC)
        assert all(len(line.plain) <= max(width, timeline.NARROWEST) for line in lines)


def test_the_legend_names_what_was_drawn_and_nothing_else() -> None:
    signs = [value for name, value in vars(timeline).items() if name.isupper() and isinstance(value, str)]
    assert sorted(signs) == sorted(timeline.MEANINGS), "no two are alike, and each means something"
    history, now = (*opening(), *ANSWER, *AGAIN), minute(900)
    lines = [line.plain for line in timeline.picture(explain(ticket(), history, office(), now), 80, UTC)]
    rows = [line for line in lines if line[:12].strip() in ("events", "open hours", *timeline._NAMES.values())]
    drawn = {sign for line in rows for sign in line[12:]} - {" "}
    legend = "   ".join(lines[1 + len(rows) :])
    for sign, (meaning, _) in timeline.MEANINGS.items():
        assert (f"{sign} {meaning}" in legend) == (sign in drawn)


# The words.


def said(
    history: Sequence[Event], service: SlaPolicies, now: datetime, zone: str = "UTC", width: int = 80, **of: Any
) -> str:
    out = io.StringIO()
    found = explain(ticket(**of), history, service, now)
    explanation.show(found, zone, Console(file=out, width=width, no_color=True))
    return out.getvalue()


def test_each_instant_of_a_promise_is_told_with_what_was_spent_by_then() -> None:
    lines = said((*opening(), *ANSWER, *AGAIN), SlaPolicies(DeskPolicy()), minute(900), "Asia/Shanghai").splitlines()
    assert "No policy fits: [desk.sla.P3] and [desk] hold." in lines
    assert lines[1] == "next_reply 1 is due Sat 2026-11-21 12:00"
    own = lines[lines.index("resolution  running  2d of calendar 24/7, policy P3") :]
    # 48 hours and the five of the pause, by the clock of the desk.
    assert [line.rstrip() for line in own[1:8]] == [
        "When                Spent  What",
        "Fri 11-20 18:00:00     0s  started",
        "Fri 11-20 23:00:00     5h  stands still: waiting for the customer",
        "Sat 11-21 04:00:00     5h  runs again",
        "Sat 11-21 09:00:00    10h  now",
        "Sun 11-22 11:00:00         75%: tell the assignee",
        "Sun 11-22 23:00:00         due",
    ]


def test_the_table_has_every_promise_and_fewer_columns_where_there_is_no_room() -> None:
    service, now = SlaPolicies(DeskPolicy()), minute(900)
    history = recorded((*opening(), *ANSWER, *AGAIN), service, now)
    wide, middle, narrow = (said(history, service, now, width=width) for width in (80, 60, 40))
    assert "first_reply   kept late  4h      5h     11-20 10:00  11-20 14:00  11-20 15:00" in wide
    assert "first_reply   kept late  4h      5h     11-20 14:00\n" in middle
    assert "first_reply   kept late  11-20 14:00\n" in narrow
    assert all(len(line) <= 40 for line in narrow.splitlines())


def test_what_is_broken_or_stands_still_is_told_first() -> None:
    broken = said(opening(), SlaPolicies(DeskPolicy()), minute(300)).splitlines()
    assert broken[1:3] == [
        "first_reply is broken since Fri 2026-11-20 14:00, 1h over",
        "resolution is due Sun 2026-11-22 10:00",
    ]
    paused = said((*opening(), *ANSWER), SlaPolicies(DeskPolicy()), minute(400)).splitlines()
    assert paused[1] == "resolution stands still: waiting for the customer, 1d19h left"
    days = office(Policy.model_validate({"name": "days", "first_reply": "2wd", "resolve": "none"}))
    late = said(opening(), days, minute(6 * 1440)).splitlines()
    assert late[1] == "first_reply is broken since Tue 2026-11-24 10:00, 2wd over"


def test_a_change_of_terms_is_told_where_it_moved_a_promise() -> None:
    old, now = SlaPolicies(DeskPolicy()), minute(100)
    strict = Policy.model_validate({"name": "strict", "resolve": "1d", "first_reply": "4h"})
    wound, _ = sla.recalculate(ticket(), (), opening(), old, T0)
    rules = replace(desk(), policies=(strict,), since=now)
    moved = outcomes.recalculated(wound, opening(), rules, now).events
    text = said((*opening(), *moved), rules.sla_policies, minute(200))
    assert "These terms hold since Fri 2026-11-20 11:40." in text
    told = "terms changed: due Sat 11-21 10:00, was 11-22 10:00"
    assert text.count(told) == 1, "and not where it moved nothing"


def test_steps_are_told_with_what_they_do() -> None:
    service = SlaPolicies(DeskPolicy())
    text = said(recorded(opening(), service, minute(200)), service, minute(200))
    assert "Fri 11-20 13:00:00     3h  75%: tell the assignee" in text
    assert "Sat 11-21 22:00:00         75%: tell the assignee\n" in text


def test_a_breach_of_a_promise_that_is_no_longer_made_is_still_told() -> None:
    old = SlaPolicies(DeskPolicy())
    history = recorded(opening(), old, minute(250))
    none = Policy.model_validate({"name": "none", "first_reply": "none"})
    text = said(history, SlaPolicies(DeskPolicy(), (none,), old.calendars, minute(260)), minute(300))
    assert "first_reply was broken Fri 2026-11-20 14:00, by terms that no longer hold" in text


def test_an_answer_that_did_not_arrive_and_a_promise_that_broke_before_it_was_void_are_told() -> None:
    gone = event(EventKind.BOUNCED, 120, "postdesk", answer="inbox:2", to=ANA)
    answer = event(EventKind.AGENT_ANSWER, 90, BEN.address, answer="inbox:2")
    service = SlaPolicies(DeskPolicy())
    history = recorded((*opening(), answer, gone), service, minute(300))
    text = said(history, service, minute(300))
    assert "answered, in a letter that did not arrive" in text
    assert "the letter came back" in text
    spam = (*history, event(EventKind.VOID, 310, BEN.address))
    assert "first_reply  broken, then void" in said(spam, service, minute(320))


def test_without_colours_nothing_is_lost() -> None:
    history, service, now = (*opening(), *ANSWER, *AGAIN), office(), minute(900)
    out = io.StringIO()
    found = explain(ticket(), history, service, now)
    console = Console(file=out, width=80, force_terminal=True, color_system="standard", _environ={})
    explanation.show(found, "UTC", console)
    assert "\x1b[33m" in out.getvalue()
    assert re.sub("\x1b\\[[0-9;]*m", "", out.getvalue()) == said(history, service, now)


def test_a_ticket_of_a_machine_has_no_promise() -> None:
    text = said(
        (event(EventKind.CREATED, 0),), SlaPolicies(DeskPolicy()), minute(9), clock=False, subject="[red]\x1b[2J"
    )
    assert "No promise is made: a machine opened it" in text
    assert "\x1b" not in text
    assert "[red]" in text
