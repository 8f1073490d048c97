"""`postdesk sla rebuild`, and what a daemon does when the operator changed policies or calendars."""

import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from desk.sla import clock as sla
from desk.ticket import Change, Event, EventKind, NewTicket, Status, Ticket
from models import changes, sla_terms, tickets
from models.tables import EventRow, TicketRow
from ops import build, cli
from ops.commands import sla_explain, sla_rebuild
from ops.opening import alone, open_ready_store
from ops.opening_vault import open_vault
from pipeline import recalculation, timers
from pipeline.context import Context
from pipeline.settings import load
from servers.values import ANA, BEN, T0, event, minute, opening

ROOT = Path(__file__).parents[2]
CONFIG = """
[[agent]]
address = "ben@example.org"
name = "Ben Baker"
[[mailbox]]
name = "drop"
kind = "maildir"
path = "maildir"
addresses = ["support@example.org"]
"""
SLOW = """
[[policy]]
name = "funds"
queue = ["funds", "support"]
first_reply = "8h"
resolve = "4d"
update = "1d"
"""
FAST = SLOW.replace('"8h"', '"30m"').replace('"4d"', '"2h"')


@dataclass
class Desk:
    """A desk that needs no server, whose policies can be changed."""

    file: Path
    now: datetime = T0

    def write(self, policies: str) -> None:
        self.file.write_text(CONFIG + policies)

    @contextmanager
    def context(self) -> Iterator[Context]:
        settings = load(self.file)
        with alone(settings.store), open_ready_store(settings.store) as store:
            vault, key = open_vault(settings.store, create=True)
            context = build.still_context(settings, store, vault, key)
            context.now = lambda: self.now
            yield context


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    shutil.copytree(ROOT / "content" / "templates" / "en", tmp_path / "content" / "templates" / "en")
    shutil.copy(ROOT / "content" / "categories.toml", tmp_path / "content")
    (tmp_path / "maildir").mkdir()
    found = Desk(tmp_path / "config.toml")
    found.write(SLOW)
    return found


@pytest.fixture
def postdesk(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    for module in (build, sla_explain, sla_rebuild):
        monkeypatch.setattr(module, "utc_now", lambda: desk.now)

    def call(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["postdesk", *words, "--config", str(desk.file)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert ended.value.code == code, printed
        return printed.out

    return call


def life(chance: random.Random) -> list[list[Event]]:
    """What happens to a ticket, each instant of it in one list."""
    found, at, status, answers = [list(opening())], 0, "new", 0
    for _ in range(chance.randint(0, 7)):
        at += chance.randint(1, 900)
        what = chance.choice(("ask", "answer", "wait", "open", "solve", "third", "P1", "fail", "snooze"))
        goes = {"ask": "open", "answer": "waiting", "wait": "waiting", "solve": "solved", "third": "third_party"}
        to = goes.get(what, "open" if what in ("open", "fail") else status)
        data, new = {}, list[Event]()
        if what == "answer":
            answers += 1
            data = {"answer": f"inbox:{answers}"}
            new.append(event(EventKind.AGENT_ANSWER, at, BEN.address, **data))
        elif what == "ask":
            new.append(event(EventKind.CUSTOMER_MESSAGE, at))
        elif what == "P1":
            new.append(event(EventKind.PRIORITY, at, BEN.address, **{"from": "P3", "to": "P1"}))
        elif what == "snooze":
            new.append(event(EventKind.SNOOZED, at, BEN.address, until=minute(at + 60).isoformat()))
        elif what == "fail" and answers:
            new.append(event(EventKind.LETTER_FAILED, at, "postdesk", to=ANA, answer=f"inbox:{answers}"))
        if to != status:
            new.append(event(EventKind.STATUS, at, BEN.address, **{"from": status, "to": to, **data}))
            status = to
        found.append(new)
    return found


def keep(context: Context, happening: list[list[Event]]) -> None:
    """A ticket as the walk writes it: at each instant its change."""
    rules = context.settings.desk
    new = NewTicket(
        subject="A question", requester=ANA, requester_name="Ana", mailbox="drop", queue="support",
        category="unclassified", priority="P3", language="en", status=Status.NEW, opened_at=T0,
    )  # fmt: skip

    def write(session: Any) -> None:
        at: NewTicket = new
        number = 0
        for events in happening:
            if number:
                known = tickets.load(session, number, "references", rules)
                assert known is not None
                at = known.ticket
            for one in events:
                if one.kind is EventKind.STATUS:
                    at = replace(at, status=Status(one.data["to"]))
                elif one.kind is EventKind.PRIORITY:
                    at = replace(at, priority=one.data["to"])
            history = known.history if number else ()
            moment = max([one.at for one in (*events, *history)])
            wound, happened = sla.recalculate(at, history, events, rules.sla_policies, moment)
            saved, _ = changes.save(session, Change(wound, (*events, *happened)), moment, prefix="PD")
            assert saved is not None
            number = saved.number

    context.store.run(write)


def filled(desk: Desk, count: int) -> None:
    chance = random.Random(5)
    with desk.context() as context:
        recalculation.apply_settings(context, context.settings)
        lives = [life(chance) for _ in range(count)]
        desk.now = max(one.at for happening in lives for events in happening for one in events)
        for happening in lives:
            keep(context, happening)
        timers.tick(context)


def rows(desk: Desk, context: Context) -> dict[int, tuple[Ticket, tuple[Event, ...]]]:
    found = context.store.run(tickets.recorded, "PD", after=0, limit=10_000, every=True)
    return {one.number: (one, history) for one, history in found}


def broken(context: Context) -> list[tuple[int, str, datetime, dict[str, Any], datetime]]:
    query = select(EventRow).where(col(EventRow.kind) == "breach").order_by(col(EventRow.id))
    return context.store.run(
        lambda session: [
            (row.ticket_id, row.key, row.at, row.data, row.recorded_at) for row in session.execute(query).scalars()
        ]
    )


def test_what_is_kept_of_a_few_hundred_histories_is_what_they_give(desk: Desk, postdesk: Callable[..., str]) -> None:
    """I13, through the database."""
    filled(desk, 150)
    assert postdesk("sla", "rebuild", "--all") == "150 of 150 tickets equal\n"
    found = json.loads(postdesk("sla", "rebuild", "--json"))
    with desk.context() as context:
        waking = [one for one, _ in rows(desk, context).values() if not one.status.done or one.wake_at]
    assert found["tickets"] == found["equal"] == len(waking) < 150
    assert found["configuration_changed"] is False


def test_what_differs_is_shown_and_mended_only_when_asked_for(desk: Desk, postdesk: Callable[..., str]) -> None:
    filled(desk, 30)
    with desk.context() as context:
        before = rows(desk, context)
        wrong = [one for one, _ in before.values() if one.deadlines.resolve_due_at is not None][:3]
        spoil = (
            update(TicketRow)
            .where(col(TicketRow.number).in_([one.number for one in wrong]))
            .values(resolve_due_at=T0, wake_at=None)
        )
        context.store.run(lambda session: session.execute(spoil))
    text = postdesk("sla", "rebuild", code=1)
    assert text.count("resolve_due_at: 2026-11-20 10:00:00 UTC, by its events 2026-11-") == 3
    assert all(one.tag in text for one in wrong)
    assert postdesk("sla", "rebuild", code=1) == text, "nothing was written"
    assert "3 of 3 tickets have their deadlines anew" in postdesk("sla", "rebuild", "--apply")
    with desk.context() as context:
        assert rows(desk, context) == before, "and nothing was recorded: no configuration changed"
    assert "equal" in postdesk("sla", "rebuild")


def test_other_policies_move_the_open_tickets_once_and_rewrite_nothing(
    desk: Desk, postdesk: Callable[..., str]
) -> None:
    filled(desk, 120)
    with desk.context() as context:
        before, breaches = rows(desk, context), broken(context)
        assert recalculation.apply_settings(context, context.settings) == 0, "the same terms move nothing"
    desk.write(FAST)
    desk.now += timedelta(hours=1)
    assert "config.toml or a calendar has changed since the deadlines were calculated" in postdesk(
        "sla", "rebuild", code=1
    )
    with desk.context() as context:
        moved = recalculation.apply_settings(context, context.settings)
        after = rows(desk, context)
        assert context.settings.desk.since == desk.now
        recalculated = {
            number for number, (_, history) in after.items() if history[-1].kind is EventKind.SLA_RECALCULATED
        }
        assert len(recalculated) == moved > 10
        assert all(not after[number][0].status.done for number in recalculated)
        for number, (one, history) in after.items():
            old = before[number]
            assert history[: len(old[1])] == old[1]
            moves = one.deadlines != old[0].deadlines
            assert moves == (number in recalculated)
        assert broken(context)[: len(breaches)] == breaches
        assert all(at <= desk.now for *_, at in broken(context))
        assert recalculation.apply_settings(context, context.settings) == 0
    # What the new terms break is broken from now on, by the tick.
    assert "120 of 120 tickets equal" in postdesk("sla", "rebuild", "--all")
    with desk.context() as context:
        recalculation.apply_settings(context, context.settings)
        timers.tick(context)
        late = broken(context)
        assert late[: len(breaches)] == breaches
        assert len(late) > len(breaches)
        assert all(at >= desk.now for _, _, at, _, _ in late[len(breaches) :])
    assert "120 of 120 tickets equal" in postdesk("sla", "rebuild", "--all")


def test_a_change_that_was_cut_off_is_ended_at_the_next_start(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalculation, "_TOGETHER", 20)
    filled(desk, 60)
    desk.write(FAST)
    with desk.context() as context:
        breaches = broken(context)
    desk.now += timedelta(minutes=1)
    came = desk.now

    def cut(name: str) -> None:
        raise KeyboardInterrupt(name)

    with desk.context() as context:
        context.fail_point = cut
        with pytest.raises(KeyboardInterrupt):
            recalculation.apply_settings(context, context.settings)
        first = sum(history[-1].kind is EventKind.SLA_RECALCULATED for _, history in rows(desk, context).values())
    desk.now += timedelta(minutes=1)
    with desk.context() as context:
        second = recalculation.apply_settings(context, context.settings)
        assert first > 0
        assert second > 0
        found = rows(desk, context).values()
        assert (
            sum(event.kind is EventKind.SLA_RECALCULATED for _, history in found for event in history) == first + second
        )
        assert context.store.run(sla_terms.held).since == desk.now
        # Those that the new terms had broken when they were cut off.
        assert {at for _, _, at, _, _ in broken(context)[len(breaches) :]} == {came}


def test_the_hours_of_calendars_are_compared_anew_as_years_go_by(desk: Desk) -> None:
    with desk.context() as context:
        recalculation.apply_settings(context, context.settings)
        held = context.store.run(sla_terms.held)
        assert (held.first, held.last, held.since) == (2025, 2031, T0)
        desk.now = datetime(2030, 1, 1, tzinfo=UTC)
        recalculation.apply_settings(context, context.settings)
        later = context.store.run(sla_terms.held)
        assert (later.first, later.last, later.since) == (2029, 2035, T0), "no change of terms"
        assert context.settings.desk.since == T0


def test_explain_finds_a_ticket_by_number_and_by_tag(desk: Desk, postdesk: Callable[..., str]) -> None:
    with desk.context() as context:
        recalculation.apply_settings(context, context.settings)
        keep(context, [list(opening())])
    desk.now = minute(30)
    text = postdesk("sla", "explain", "1001")
    assert "Policy funds holds: queue is support." in text
    assert "first_reply is due Fri 2026-11-20 18:00" in text
    assert "Its life, by the clock of UTC" in text
    found = json.loads(postdesk("sla", "explain", "PD-1001-N", "--json"))
    assert found["policy"] == "funds"
    assert [(one["metric"], one["state"], one["target"], one["spent"]) for one in found["promises"]] == [
        ("first_reply", "running", "8h", "30m"),
        ("resolution", "running", "4d", "30m"),
    ]
    postdesk("sla", "explain", "1002", code=1)
    postdesk("sla", "explain", "99999999999", code=1)
    postdesk("sla", "explain", "what", code=1)
