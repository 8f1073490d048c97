"""A database of each kind, fresh for each test: SQLite always, PostgreSQL where it is installed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.store import Store


def _upgraded(url: str) -> str:
    made = Store(url)
    made.upgrade()
    made.close()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of today's schema; a copy of it costs a hundredth of an upgrade."""
    path = tmp_path_factory.mktemp("template") / "desk.sqlite"
    _upgraded(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(request: pytest.FixtureRequest) -> str:
    return _upgraded(request.getfixturevalue("postgres").new_database())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of today's schema without a row in it."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "desk.sqlite")
        yield f"sqlite:///{path}"
    else:
        postgres, template = (request.getfixturevalue(name) for name in ("postgres", "postgresql_template"))
        made = postgres.new_database(template)
        yield made
        postgres.drop_database(made)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store(url)
    yield made
    made.close()
