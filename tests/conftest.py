"""Servers that several rooms test against: one of each kind per worker, fresh names and databases per test."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from servers.dovecot import Dovecot, have_dovecot
from servers.pace import patience
from servers.postgres import Postgres, have_postgres

# How long one example takes says more of what else the machine does; pytest's own timeout ends what hangs.
settings.register_profile("here", settings(), deadline=None)
settings.load_profile("here")


def need(present: bool, what: str) -> None:
    """Skip a test whose server is absent; where CI=true everything must be there, and its absence is a failure."""
    if present:
        return
    reason = f"{what} is not installed"
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot with all its extensions and TLS, shared by the tests of this worker."""
    need(have_dovecot(), "Dovecot")
    with Dovecot(tls=True) as server:
        yield server


@pytest.fixture
def imap_user(dovecot: Dovecot) -> str:
    """The name of a user of `dovecot` whose mailbox is empty; the password is "secret"."""
    return dovecot.fresh_user()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL, shared by the tests of this worker."""
    need(have_postgres(), "PostgreSQL")
    with Postgres() as server:
        yield server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """No test hangs for ever; how long it may take depends on how slow the machine is."""
    limit = patience(float(config.getini("timeout")))
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(limit))
