"""The vault: what is put in comes out unchanged or not at all, and the sweeper takes only what nobody needs."""

import os
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models import tickets
from models.store import Store
from models.tables import AttachmentRow
from models.vault import ORPHAN_AGE, Vault
from servers.values import T0
from tests.models import rows

MASTER = bytes(range(32))
BEFORE = T0 - ORPHAN_AGE
OLD, YOUNG = BEFORE - timedelta(seconds=1), BEFORE + timedelta(seconds=1)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", MASTER)


def path_of(vault: Vault, address: str) -> Path:
    return vault._path(address)


def age(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def put_at(vault: Vault, content: bytes, at: datetime) -> str:
    """Puts an object that looks as if it had been put at that instant."""
    address = vault.put(content)
    age(path_of(vault, address), at)
    return address


def nothing(_: Collection[str]) -> set[str]:
    return set()


# The sweeper.


def test_the_sweeper_takes_what_is_old_and_that_nobody_refers_to(vault: Vault) -> None:
    old, young, used = put_at(vault, b"old", OLD), put_at(vault, b"young", YOUNG), put_at(vault, b"used", OLD)
    asked: list[str] = []

    def in_use(addresses: Collection[str]) -> set[str]:
        asked.extend(addresses)
        return {used}

    assert vault.sweep(in_use, BEFORE) == 1
    assert sorted(asked) == sorted([old, used]), "what is young is nobody's business"
    assert sorted(vault) == sorted([young, used])


def test_an_object_that_a_mail_puts_again_is_young_again(vault: Vault) -> None:
    """A mail has arrived whose bytes lie here already, unused: its row is not written yet."""
    address = put_at(vault, b"the same attachment", OLD)
    assert vault.put(b"the same attachment") == address
    assert vault.sweep(nothing, BEFORE) == 0
    assert vault.get(address) == b"the same attachment"


def test_an_object_that_a_mail_puts_while_the_sweeper_asks_stays(vault: Vault) -> None:
    """The mail arrives after the sweeper saw that the object is old, and before it removes it."""
    address = put_at(vault, b"the same attachment", OLD)
    other = put_at(vault, b"another", OLD)

    def arriving(addresses: Collection[str]) -> set[str]:
        if address in addresses:
            assert vault.put(b"the same attachment") == address
        return set()

    assert vault.sweep(arriving, BEFORE) == 1
    assert vault.get(address) == b"the same attachment"
    assert list(vault) == [address]
    assert other not in vault


def add_mail(store: Store, digest: str) -> None:
    rows.add(store, rows.inbox(digest=digest))


def add_letter(store: Store, digest: str) -> None:
    rows.add(store, rows.letter(digest=digest))


def add_attachment(store: Store, digest: str) -> None:
    mail = rows.add(store, rows.inbox(digest="f" * 64))
    message = rows.add(store, rows.message(rows.add(store, rows.ticket()), mail, "m1@client.example.net"))
    row = AttachmentRow(message_id=message, position=0, safe_name="a", content_type="a/b", size=1, sha256="", digest="")
    row.digest = digest
    rows.add(store, row)


@pytest.mark.parametrize("refer", [add_mail, add_letter, add_attachment])
def test_an_object_that_a_row_refers_to_stays_however_old(
    vault: Vault, store: Store, refer: Callable[[Store, str], None]
) -> None:
    address, orphan = put_at(vault, b"used", OLD), put_at(vault, b"orphan", OLD)
    refer(store, address)
    assert vault.sweep(lambda names: store.run(tickets.in_use, names), BEFORE) == 1
    assert vault.get(address) == b"used"
    assert orphan not in vault


def test_a_row_is_found_among_very_many_objects(store: Store) -> None:
    """They are asked for in chunks."""
    names = [f"{number:064x}" for number in range(1001)]
    for name in (names[0], names[499], names[500], names[1000]):
        rows.add(store, rows.inbox(key=name, digest=name))
    assert store.run(tickets.in_use, names) == {names[0], names[499], names[500], names[1000]}
    assert store.run(tickets.in_use, []) == set()
