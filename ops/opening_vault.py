"""Opens the vault of the data folder. Apart from `ops.opening`, because most commands need no cryptography."""

import os

from models.store import StoreSettings
from models.vault import Vault, derive, load_key


def open_vault(settings: StoreSettings, *, create: bool) -> tuple[Vault, bytes]:
    """The vault and the key that signs Message-IDs; the master key is made when there is no vault yet."""
    data = settings.data
    # A vault is begun with its key; one that has no check yet holds nothing.
    fresh = not (data / "vault" / "KEY-CHECK").exists()
    master = load_key(data / "key", os.environ, create=create and fresh)
    return Vault(data / "vault", master), derive(master, "message id")
