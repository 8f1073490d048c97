"""Opens what `[store]` names: the database, and the lock by which one process alone writes."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from desk.errors import DeskError
from models.store import Holder, Store, StoreSettings, require_writable

log = logging.getLogger("postdesk")


class AlreadyRunning(Exception):
    """Another daemon holds the data folder; the text names it."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_store(settings: StoreSettings, *, writes: bool = True, patience: float = 30.0) -> Store:
    return Store(settings.url(os.environ), writes=writes, patience=patience)


@contextmanager
def open_to_look(settings: StoreSettings, *, patience: float = 30.0) -> Iterator[Store]:
    """The database for looking only, beside a running daemon. Raises DeskError with the remedy where there is none."""
    store = open_store(settings, writes=False, patience=patience)
    try:
        if store.file is not None and not store.file.exists():
            raise DeskError(f"there is no database {store.file} yet: start the daemon, or run `postdesk db upgrade`")
        store.require_schema()
        yield store
    finally:
        store.close()


@contextmanager
def open_ready_store(settings: StoreSettings) -> Iterator[Store]:
    """The database with the schema of this program; an empty one is set up, another is refused."""
    require_writable(settings.data)
    store = open_store(settings)
    try:
        if store.schema()[0] is None:
            store.upgrade()
        store.require_schema()
        if store.is_sqlite and sqlite3.sqlite_version_info < (3, 51, 3):
            extra = {"reason": f"SQLite {sqlite3.sqlite_version} is older than 3.51.3"}
            log.info("rollback journal instead of WAL", extra=extra)
        yield store
    finally:
        store.close()


@contextmanager
def alone(settings: StoreSettings) -> Iterator[None]:
    """On SQLite: the lock by which one process alone writes. On PostgreSQL there is nothing to lock.

    Raises AlreadyRunning where another process holds it.
    """
    if not settings.url(os.environ).startswith("sqlite"):
        yield
        return
    # The folder holds key, vault and spool; the database may lie elsewhere, and has one writer all the same.
    database = open_store(settings, writes=False).file
    places = {"the data folder": settings.data / "postdesk.lock"}
    if database is not None and database.parent.resolve() != settings.data.resolve():
        places["the database"] = database.with_name(f"{database.name}.lock")
    held: list[Holder] = []
    try:
        for what, path in places.items():
            holder = Holder(path)
            held_by = holder.take()
            if held_by is not None:
                raise AlreadyRunning(
                    f"{what} {path.parent if what == 'the data folder' else database} is held by {held_by}"
                )
            held.append(holder)
        yield
    finally:
        for holder in held:
            holder.free()
