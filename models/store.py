"""The database: opening it, its schema, and whole transactions on SQLite and PostgreSQL alike."""

import fcntl
import logging
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from desk.errors import ConfigError, StoreError

log = logging.getLogger("postdesk.store")
Given = ParamSpec("Given")
Result = TypeVar("Result")

# In WAL mode with several connections, older libraries can corrupt the file when a checkpoint and a
# write race (fixed in 3.51.3); commands read beside the daemon, so those get a rollback journal.
_SAFE_WAL = (3, 51, 3)
_RETRIED = ("40001", "40P01")
_READ_ONLY = "25006"
_TRIES = 5
_MIGRATIONS = Path(__file__).parent / "migrations"


class StoreSettings(BaseModel):
    """`[store]`: where everything is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Path("data")
    """The data folder: key, vault, spool, and the SQLite file."""
    database: str = ""
    """A SQLAlchemy URL; "" means postdesk.db in the data folder."""
    database_env: str = ""
    """The environment variable that holds the URL, for one with a password in it."""

    def url(self, environment: dict[str, str] | Any) -> str:
        if self.database_env:
            url: str = environment.get(self.database_env, "")
            if not url:
                raise ConfigError(
                    f"config.toml: store.database_env: the environment variable {self.database_env} is not set"
                )
        else:
            url = self.database or f"sqlite:///{self.data / 'postdesk.db'}"
        # What people copy from elsewhere names no driver, or the one we do not ship.
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url


class Store:
    """One database. All reading and writing goes through `run` and `write`."""

    def __init__(self, url: str, *, writes: bool = True, patience: float = 30.0) -> None:
        """`writes=False` opens it for looking only, as commands do beside a running daemon.

        `patience` is for how many seconds a lock of somebody else is waited for, on SQLite.

        Raises ConfigError for a URL that cannot be used.
        """
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() not in ("sqlite", "postgresql"):
                raise ConfigError("config.toml: store.database: write a sqlite:/// or postgresql:// URL")
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            self._engine = self._sqlite(url, parsed.database, writes, patience) if self.is_sqlite else _postgresql(url)
        except (ArgumentError, NoSuchModuleError, ValueError) as error:
            raise ConfigError(f"config.toml: store.database: {error}") from error
        self.file = Path(parsed.database) if self.is_sqlite and parsed.database else None
        self.url = parsed
        # SQLite has one writer; one connection under one lock is that rule made plain.
        self._lock = threading.RLock() if self.is_sqlite else None

    def _sqlite(self, url: str, file: str | None, writes: bool, patience: float) -> Engine:
        if not file or file == ":memory:":
            raise ConfigError("config.toml: store.database: SQLite needs a file")
        if writes:
            Path(file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _keep_private(Path(file))
        engine = create_engine(
            url,
            hide_parameters=True,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False, "isolation_level": None, "timeout": patience},
        )
        wal = sqlite3.sqlite_version_info >= _SAFE_WAL

        @event.listens_for(engine, "connect")
        def _settings(connection: sqlite3.Connection, _: object) -> None:
            pragmas = [f"busy_timeout = {patience * 1000:.0f}", "foreign_keys = ON"]
            if writes:
                pragmas += (
                    ["journal_mode = WAL", "synchronous = FULL"]
                    if wal
                    else ["journal_mode = DELETE", "synchronous = EXTRA"]
                )
            else:
                pragmas += ["query_only = ON"]
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            # A transaction that reads first and writes later fails at once when somebody wrote between;
            # taking the write lock at the start waits instead.
            if connection.connection.dbapi_connection.in_transaction:
                # A COMMIT that failed leaves its transaction open, and SQLAlchemy takes it for ended.
                connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        with self._held(), Session(self._engine, expire_on_commit=False) as session, _translated():
            yield session
            session.commit()

    @contextmanager
    def _held(self) -> Iterator[None]:
        if self._lock is None:
            yield
        else:
            with self._lock:
                yield

    def run(
        self, work: Callable[Concatenate[Session, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """`work(session, …)` in one transaction; the whole of it again when the database asks for that (40001, 40P01).

        store.run(inbox.claim, now, lease, worker)
        """
        for attempt in range(1, _TRIES + 1):
            try:
                with self._held(), Session(self._engine, expire_on_commit=False) as session:
                    result = work(session, *args, **kwargs)
                    session.commit()
                    return result
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in _RETRIED or attempt == _TRIES:
                    raise _translate(error) from error
                time.sleep(0.02 * 2**attempt * random.random())  # noqa: S311
            except PoolTimeoutError as error:
                raise StoreError("the database cannot be used: it has not answered for 30 s") from error
        raise AssertionError("unreachable")

    def lock(self, session: Session, key: str) -> None:
        """Until this transaction ends, nobody else passes here with the same key."""
        if not self.is_sqlite:
            session.connection().execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})

    def close(self) -> None:
        self._engine.dispose()

    def require_writable(self) -> None:
        """Raises StoreError unless one could write now: where another program holds SQLite's lock, nobody can."""
        with self._held(), self._engine.connect() as connection, _translated():
            if self.is_sqlite:
                # BEGIN IMMEDIATE waits for the lock, and takes none of a file that may only be read from.
                nothing = "DELETE FROM alembic_version WHERE 0"
                for step in ("ROLLBACK", "PRAGMA query_only = OFF", "BEGIN IMMEDIATE", nothing, "ROLLBACK"):
                    connection.exec_driver_sql(step)
            elif connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
                raise StoreError("the database may only be read from: it is a standby")

    # The schema.

    def schema(self) -> tuple[str | None, str]:
        """(what the database has, what this program needs); None for an empty database."""
        try:
            with self._held(), self._engine.connect() as connection:
                if not inspect(connection).has_table("alembic_version"):
                    return None, _revisions()[-1]
                has = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
                return has, _revisions()[-1]
        except DBAPIError as error:
            raise _translate(error) from error

    def require_schema(self) -> None:
        """Raises StoreError, with the remedy, unless the schema is the one this program needs."""
        has, needs = self.schema()
        if has == needs:
            return
        if has is None:
            raise StoreError("the database is empty: run `postdesk db upgrade` (or start the daemon once)")
        if has in _revisions():
            raise StoreError(f"the database has schema {has}, this program needs {needs}: run `postdesk db upgrade`")
        raise StoreError(f"the database has schema {has}, which is newer than this program: install the newer postdesk")

    def upgrade(self) -> tuple[str | None, str]:
        """Brings the schema up to date; gives (before, after)."""
        before, needs = self.schema()
        if before is not None and before != needs and before not in _revisions():
            self.require_schema()
        if before != needs:
            with self._held(), self._engine.begin() as connection, _translated():
                if not self.is_sqlite:
                    # Two daemons that start together must not both migrate.
                    connection.execute(text("SELECT pg_advisory_xact_lock(7238011)"))
                _migrate(connection)
        return before, needs


def _keep_private(file: Path) -> None:
    """Makes a database file that is readable for its owner alone; what SQLite lays beside it gets the same mode."""
    with suppress(OSError):
        # Whatever is wrong with the place, SQLite says it.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm", f"{file.name}-journal"):
        with suppress(OSError):
            path = file.with_name(name)
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)


def _postgresql(url: str) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        connect_args={"connect_timeout": 10},
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _translate(error) from error


def _translate(error: DBAPIError) -> Exception:
    """An outage becomes one line for the operator; a bug stays what it is."""
    # A file that is no database is a DatabaseError and nothing narrower; the narrower ones are bugs, but for a
    # connection that is gone, and a server that may only be read from, as one is during a failover (25006).
    # What SQLite calls an InterfaceError is a bug, too.
    lost = isinstance(error, InterfaceError) and not isinstance(error.orig, sqlite3.Error)
    away = isinstance(error, OperationalError) or error.connection_invalidated or lost
    if away or type(error) is DatabaseError or getattr(error.orig, "sqlstate", None) == _READ_ONLY:
        return StoreError(f"the database cannot be used: {str(error.orig).strip().splitlines()[0]}")
    return error


def _migrate(connection: Connection) -> None:
    # Alembic takes as long to import as all of SQLAlchemy, and every command compares schemas.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revisions() -> list[str]:
    """The schemas that this program knows, oldest first: a migration's file name begins with its revision."""
    return sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


class Holder:
    """A lock on a file, by which one daemon alone holds a SQLite database or a data folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> str | None:
        """None when the lock is ours now, else who holds it. Raises StoreError if the folder cannot be written to."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self._path.parent} cannot be written to: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
            os.close(handle)
            return holder or "another process"
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"postdesk, process {os.getpid()} on {os.uname().nodename}\n".encode(), 0)
        self._handle = handle
        return None

    def held(self) -> bool:
        """Whether any process holds the lock now."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def free(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def require_writable(folder: Path) -> None:
    """Raises StoreError, with the remedy, unless a file can be made, written and removed in this folder now."""
    probe = folder / f".probe.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            probe.write_bytes(bytes(4096))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written to: {error.strerror}; make room, mount it for writing, or give it to this user"
        ) from error
