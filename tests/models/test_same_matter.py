"""Tickets that may be about the matter of a mail, as the tables tell."""

import pytest
from sqlalchemy import text
from sqlmodel import Session

from desk.facts import Related
from models import same_matter
from models.store import Store
from servers.values import mail
from tests.models import rows


@pytest.fixture(params=["as made", "in the order of a language"])
def sorted_store(request: pytest.FixtureRequest, store: Store) -> Store:
    """A database that sorts texts by bytes, or PostgreSQL as most are made: there "," comes before "+"."""
    if request.param != "as made":
        if store.is_sqlite:
            pytest.skip("SQLite sorts by bytes")
        with store.write() as session:
            session.connection().execute(text('ALTER TABLE ticket ALTER requester TYPE varchar COLLATE "en-x-icu"'))
            assert session.connection().execute(text("SELECT ',' COLLATE \"en-x-icu\" < '+'")).scalar_one()
    return store


def test_a_person_is_found_by_a_sub_address_in_any_order_of_the_database(sorted_store: Store) -> None:
    for number, requester in enumerate(
        ("ana+x@example.net", "ana,x@example.net", "anab@example.net", "ana+y@example.org"), 1001
    ):
        rows.add(sorted_store, rows.ticket(number, requester=requester))
    expected = (Related(1001, "ana+x@example.net", "sub_address"),)
    assert sorted_store.run(same_matter.related, mail(address="ana@example.net")) == expected


def test_only_tickets_that_are_worked_on_are_found(store: Store) -> None:
    for number, status in enumerate(("closed", "solved", "open"), 1001):
        rows.add(store, rows.ticket(number, requester=f"ana+{number}@example.net", status=status))
    expected = (Related(1003, "ana+1003@example.net", "sub_address"),)
    assert store.run(same_matter.related, mail(address="ana@example.net")) == expected


def test_a_persons_tickets_are_looked_up_by_the_person(store: Store) -> None:
    """Not by the status: that would read every ticket that is worked on, for each mail."""
    if not store.is_sqlite:
        pytest.skip("PostgreSQL plans by what the tables hold")
    asked: list[str] = []

    def plans(session: Session) -> None:
        connection = session.connection().connection.dbapi_connection
        assert connection is not None
        connection.set_trace_callback(asked.append)
        same_matter.related(session, mail(address="ana@example.net"))
        connection.set_trace_callback(None)
        (query,) = (one for one in asked if "requester" in one)
        asked[:] = [str(row[-1]) for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]

    store.run(plans)
    assert any("ix_ticket_requester" in one for one in asked), asked
    assert not any("ix_ticket_status" in one for one in asked), asked
