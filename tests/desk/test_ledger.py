"""The ledger: what a ticket's events leave for its clocks, and in which of the times between them they stand still."""

from datetime import timedelta
from typing import Any

import pytest

from desk.sla import clock as sla
from desk.sla.ledger import Interval, course
from desk.ticket import Event, EventKind, Status
from servers.values import BEN, T0, desk, event, minute, opening, ticket

# Put aside from the 10th to the 100th minute.
SNOOZED = event(EventKind.SNOOZED, 10, BEN.address, until=minute(100).isoformat())
RESTING = (*opening(), SNOOZED)


def intervals(*history: Event, **policy: Any) -> tuple[Interval, ...]:
    return course(ticket(), history, desk(**policy).service)


def standing(*history: Event, **policy: Any) -> list[tuple[float, float | None]]:
    """When the clocks stand still, in minutes after T0."""
    return [(since(one.begin), since(one.end)) for one in intervals(*history, **policy) if one.paused]  # type: ignore[misc]


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
        now, _ = sla.recalculate(ticket(), RESTING, (), desk(pauses=pauses).service, minute(120))
        return now.deadlines.first_reply_due_at, now.deadlines.resolve_due_at

    first = T0 + timedelta(hours=4)
    assert due() == (first, T0 + timedelta(hours=48))
    assert due("snoozed") == (first, T0 + timedelta(hours=49, minutes=30))
