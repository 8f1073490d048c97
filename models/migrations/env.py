"""Runs migrations on the connection that `models.store` hands over."""

import sqlmodel  # noqa: F401  (names its column types in migrations)
from alembic import context

from models import tables

connection = context.config.attributes["connection"]
# Batch mode: SQLite changes a table by rebuilding it.
context.configure(connection=connection, target_metadata=tables.SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
