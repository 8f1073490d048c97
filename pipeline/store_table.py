"""`[store]` of config.toml: where everything is kept. Commands that only look at the database need nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from desk.errors import ConfigError
from models.store import StoreSettings
from pipeline.toml_tables import read_table, read_toml


def load_store(file: Path) -> StoreSettings:
    """`[store]`, with nothing else of the file checked. Raises ConfigError."""
    return read_store(file, read_toml(file))


def read_store(file: Path, data: Mapping[str, Any]) -> StoreSettings:
    """`[store]`, with its paths relative to the folder of the file. Raises ConfigError.

    A database of a kind that Postdesk does not speak is refused before anything is opened.
    """
    store = read_table(file, "store", StoreSettings, data.get("store", {}))
    if store.database and not store.database.startswith(("sqlite:", "postgresql", "postgres:")):
        raise ConfigError(f"{file}: store.database: write a sqlite:/// or postgresql:// URL")
    return store.model_copy(update={"data": file.resolve().parent / store.data})
