"""The vault: what is put in comes out unchanged or not at all, and the sweeper takes only what nobody needs."""

import base64
import fcntl
import os
import re
import stat
import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk.errors import DamagedObject, StoreError
from models import tickets
from models.store import Store
from models.tables import AttachmentRow
from models.vault import ORPHAN_AGE, Vault, derive, load_key, write_durably, write_once
from servers.disks import can_mount, fill, remount, small_disk
from servers.pace import patience
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


def never(_: Collection[str]) -> set[str]:
    raise AssertionError("a question to the database for nothing")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files(folder: Path) -> list[str]:
    """What lies there, hidden or not."""
    return sorted(os.listdir(folder))


# The key.

KEY = base64.b64encode(MASTER).decode()


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "data" / "key"
    key = load_key(path, {}, create=True)
    assert len(key) == 32
    assert base64.b64decode(path.read_text()) == key
    assert path.read_text().endswith("=\n")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert load_key(path, {}, create=True) == load_key(path, {}, create=False) == key
    assert load_key(tmp_path / "another", {}, create=True) != key


def test_a_key_in_a_folder_that_is_there_is_made_as_well(tmp_path: Path) -> None:
    assert len(load_key(tmp_path / "key", {}, create=True)) == 32


def test_a_key_that_is_missing_is_not_made_where_mails_may_need_the_old_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is missing: restore it from your backup or set POSTDESK_KEY"):
        load_key(tmp_path / "key", {}, create=False)
    assert files(tmp_path) == []


@pytest.mark.parametrize("given", [KEY, f" {KEY}\n"])
def test_a_key_in_the_environment_counts_before_the_file(tmp_path: Path, given: str) -> None:
    load_key(tmp_path / "key", {}, create=True)
    assert load_key(tmp_path / "key", {"POSTDESK_KEY": given}, create=False) == MASTER


@pytest.mark.parametrize(
    "given",
    ["no base64!", base64.b64encode(MASTER[1:]).decode(), base64.b64encode(MASTER + b"x").decode(), f"{KEY}!"],
)
def test_a_key_that_is_none_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(StoreError, match="the key in POSTDESK_KEY is not 32 bytes in base64"):
        load_key(tmp_path / "key", {"POSTDESK_KEY": given}, create=True)
    (tmp_path / "key").write_text(given)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(StoreError, match=f"the key in {tmp_path / 'key'} is not 32 bytes"):
        load_key(tmp_path / "key", {}, create=True)


@pytest.mark.parametrize("bit", [0o040, 0o020, 0o010, 0o004, 0o002, 0o001], ids=oct)
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, bit: int) -> None:
    path = tmp_path / "key"
    load_key(path, {}, create=True)
    path.chmod(0o600 | bit)
    with pytest.raises(StoreError, match="can be read by others: chmod 600"):
        load_key(path, {}, create=True)
    path.chmod(0o400)
    assert len(load_key(path, {}, create=True)) == 32


# Files that are whole, on disk, or not there.


class Disk:
    """What was asked of the disk, in order: each fsync with what it made durable."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[str] = []
        self._real = os.fsync
        monkeypatch.setattr(os, "fsync", self.fsync)

    def fsync(self, handle: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        shown = ", ".join(sorted(os.listdir(path))) if path.is_dir() else f"{path.stat().st_size} bytes"
        self.said.append(re.sub(r"\b[0-9a-f]{12,}\b", "*", f"{path.name}: {shown}"))
        self._real(handle)


def test_a_file_is_on_disk_before_it_has_its_name_and_its_name_before_we_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, folder = Disk(monkeypatch), tmp_path / "folder"
    folder.mkdir()
    write_durably(folder / "name", b"content")
    assert disk.said == [".name.*.tmp: 7 bytes", "folder: name"]
    assert (folder / "name").read_bytes() == b"content"
    assert mode(folder / "name") == 0o600
    write_durably(folder / "name", b"another")
    assert (folder / "name").read_bytes() == b"another"


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "name").mkdir()
    with pytest.raises(StoreError, match=f"^{tmp_path} cannot be written to: Is a directory$"):
        write_durably(tmp_path / "name", b"content")
    assert files(tmp_path) == ["name"]
    with pytest.raises(StoreError, match="cannot be written to: No such file or directory"):
        write_durably(tmp_path / "missing" / "name", b"content")


def test_what_is_written_once_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, folder = Disk(monkeypatch), tmp_path / "folder"
    folder.mkdir()
    write_once(folder / "name", b"first")
    assert disk.said[-1] == "folder: name", "the name is durable, and nothing else is left"
    write_once(folder / "name", b"second")
    assert (folder / "name").read_bytes() == b"first"
    assert files(folder) == ["name"]
    (tmp_path / "full").mkdir()
    with pytest.raises(StoreError):
        write_once(tmp_path / "missing" / "name", b"content")


# Objects.

GOLDEN = bytes.fromhex(
    "50445631b0f2ddf421e3f83544bdcd1aa62167eeb26cad391d4526d9c9f162f7bb0c09e557e23937a45ee8deb4a7588d662c0ca332fc1f50"
    "bfbcb11da4156b9fc839f9d0971888a84c71c4396700fa696d5ed1326e55fed70fb8c1ad2a2705d29d2f"
)
"""The object of b"golden", sealed by version 0.1.0."""
ADDRESS = "6b4d4c9aeeeabaf0eecf33c255f0bee4d168302418c3b40d4407c0ce628b37a2"


def test_what_was_written_before_is_read_for_ever(vault: Vault, tmp_path: Path) -> None:
    """Addresses stand in the database, objects in the vault: neither may change with the program."""
    assert derive(MASTER, "vault address").hex() == "a225a23f2ebcbc8fd25fc87d2061618c89ec31bc2b5e324cae55b5607145d212"
    assert vault.address(b"golden") == ADDRESS
    assert vault.unseal(GOLDEN, ADDRESS) == b"golden"
    check = (tmp_path / "vault" / "KEY-CHECK").read_bytes()
    assert check == b"6b467497fce654112d0502197fd08e1e16dc327816719d1a1993d9edc22db9ef\n"
    assert len(vault.seal(b"golden", ADDRESS)) == len(GOLDEN)


def test_a_sealed_object_is_another_each_time_and_opens_alike(vault: Vault) -> None:
    one, two = vault.seal(b"content", "name"), vault.seal(b"content", "name")
    assert vault.unseal(one, "name") == vault.unseal(two, "name") == b"content"
    assert one[4:] != two[4:]
    assert b"content" not in one


def test_an_object_with_any_byte_changed_or_cut_off_is_damaged(vault: Vault) -> None:
    for at in range(len(GOLDEN)):
        changed = bytearray(GOLDEN)
        changed[at] ^= 1
        for damaged in (bytes(changed), GOLDEN[:at]):
            with pytest.raises(StoreError, match=f"the vault object {ADDRESS} is damaged"):
                vault.unseal(damaged, ADDRESS)


def test_an_object_opens_under_its_own_name_and_key_alone(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is damaged or of another key"):
        vault.unseal(GOLDEN, ADDRESS[::-1])
    with pytest.raises(StoreError, match="is damaged or of another key"):
        Vault(tmp_path / "another", bytes(32)).unseal(GOLDEN, ADDRESS)


def test_an_empty_object_is_one(vault: Vault) -> None:
    assert vault.get(vault.put(b"")) == b""


def test_a_vault_is_made_for_its_owner_alone_and_opens_with_its_key_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "vault"
    address = Vault(folder, MASTER).put(b"content")
    assert (mode(folder), mode(folder / address[:2]), mode(folder / address[:2] / address)) == (0o700, 0o700, 0o600)
    assert Vault(folder, MASTER).get(address) == b"content"
    with pytest.raises(StoreError, match=f"the key does not belong to the vault {folder}: restore the right key"):
        Vault(folder, bytes(32))


def test_what_is_put_is_on_disk_folder_and_all(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    address = vault.put(b"content")
    shard = address[:2]
    assert disk.said == [f"vault: {shard}, KEY-CHECK", f".*.*.tmp: {4 + 12 + 48 + 12 + 7 + 16} bytes", f"{shard}: *"]
    disk.said.clear()
    assert vault.put(b"content") == address
    assert disk.said == [f"{shard}: *"], "whoever put it first may not have come to that yet"


def test_no_file_stays_open(vault: Vault) -> None:
    vault.put(b"the first may open what stays open for good")
    before = files(Path("/proc/self/fd"))
    for number in range(3):
        vault.get(vault.put(b"%d" % number))
        vault.put(b"%d" % number)
    assert files(Path("/proc/self/fd")) == before


def test_the_same_content_is_kept_once(vault: Vault) -> None:
    assert vault.put(b"one") == vault.put(b"one") != vault.put(b"two")
    assert len(list(vault)) == 2


def test_a_second_object_of_a_folder_is_put_like_the_first(vault: Vault) -> None:
    contents = [f"{number}".encode() for number in range(60)]
    addresses = [vault.put(content) for content in contents]
    assert len({address[:2] for address in addresses}) < len(set(addresses)) == 60
    assert [vault.get(address) for address in addresses] == contents
    assert sorted(vault) == sorted(addresses)


def test_an_object_that_is_not_there_is_missing(vault: Vault) -> None:
    with pytest.raises(StoreError, match=f"the vault object {ADDRESS} is missing: restore the vault from your backup"):
        vault.get(ADDRESS)


@pytest.mark.parametrize(
    "name", ["", ADDRESS[1:], f"{ADDRESS}0", ADDRESS.upper(), "../" + "a" * 61, "g" * 64, "!" * 64]
)
def test_what_is_no_address_is_not_looked_for(vault: Vault, name: str) -> None:
    with pytest.raises(StoreError, match="is not a vault address"):
        vault.get(name)


def test_the_error_of_a_long_text_that_is_no_address_is_short(vault: Vault) -> None:
    with pytest.raises(StoreError, match=f"^'{'x' * 80}' is not a vault address$"):
        vault.get("x" * 1000)


def test_what_a_write_left_half_done_is_no_object(vault: Vault, tmp_path: Path) -> None:
    address = vault.put(b"content")
    (tmp_path / "vault" / address[:2] / f".{ADDRESS}.0.tmp").write_bytes(b"half")
    assert list(vault) == [address]


# The sweeper.


def test_an_object_without_a_row_is_left_alone_for_a_day() -> None:
    assert timedelta(hours=24) == ORPHAN_AGE


def test_an_object_that_is_exactly_as_old_as_asked_for_stays(vault: Vault) -> None:
    address = put_at(vault, b"content", BEFORE)
    assert vault.sweep(never, BEFORE) == 0
    assert list(vault) == [address]


def test_what_was_put_again_at_the_very_limit_stays(vault: Vault) -> None:
    address = put_at(vault, b"content", OLD)

    def arriving(_: Collection[str]) -> set[str]:
        age(path_of(vault, address), BEFORE)
        return set()

    assert vault.sweep(arriving, BEFORE) == 0
    assert files(path_of(vault, address).parent) == [address]


def test_nothing_is_asked_where_nothing_is_old(vault: Vault) -> None:
    put_at(vault, b"content", YOUNG)
    assert vault.sweep(never, BEFORE) == 0


def test_what_interrupted_writes_left_goes_when_it_is_old_and_no_row_is_looked_for(vault: Vault) -> None:
    address = put_at(vault, b"used", OLD)
    folder = path_of(vault, address).parent
    for name, at in ((f".{ADDRESS}.00.tmp", OLD), (f".{ADDRESS}.11.tmp", YOUNG)):
        (folder / name).write_bytes(b"half")
        age(folder / name, at)
    asked: list[str] = []

    def in_use(addresses: Collection[str]) -> set[str]:
        asked.extend(addresses)
        return set(addresses)

    assert vault.sweep(in_use, BEFORE) == 1
    assert asked == [address]
    assert files(folder) == [f".{ADDRESS}.11.tmp", address]


def test_what_another_sweeper_took_first_is_not_counted(vault: Vault) -> None:
    address, other = put_at(vault, b"content", OLD), put_at(vault, b"another", OLD)

    def taken(addresses: Collection[str]) -> set[str]:
        if address in addresses:
            path_of(vault, address).unlink()
        return set()

    assert vault.sweep(taken, BEFORE) == 1
    assert files(path_of(vault, address).parent) == files(path_of(vault, other).parent) == []


def test_what_a_mail_puts_after_another_sweeper_has_removed_it_stays(vault: Vault) -> None:
    """Two sweepers have opened one old object: the second must not remove what has its name by then."""
    address = put_at(vault, b"content", OLD)
    path = path_of(vault, address)
    with path.open("rb") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = threading.Thread(target=vault.sweep, args=(nothing, BEFORE))
        second.start()
        _wait_for_lock(path)
        path.unlink()
        path.write_bytes(b"put by a mail")
    second.join()
    assert path.read_bytes() == b"put by a mail"


def _wait_for_lock(path: Path) -> None:
    """Returns when somebody waits for the lock on a file."""
    waits = re.compile(rf"-> FLOCK .*:{path.stat().st_ino} ")
    ended = time.monotonic() + patience(10)
    while not waits.search(Path("/proc/locks").read_text()):
        assert time.monotonic() < ended, "nobody waits"
        time.sleep(0.01)


def test_what_is_swept_leaves_nothing_and_may_be_put_again(vault: Vault) -> None:
    address = put_at(vault, b"content", OLD)
    assert vault.sweep(nothing, BEFORE) == 1
    assert files(path_of(vault, address).parent) == []
    assert vault.put(b"content") == address
    assert vault.get(address) == b"content"


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


# Damage, and disks that refuse.


def test_a_damaged_object_is_written_anew_when_the_same_bytes_arrive_again(vault: Vault) -> None:
    address = vault.put(b"content")
    whole = path_of(vault, address).read_bytes()
    for damage in (b"", whole[:-1], whole[:40] + bytes([whole[40] ^ 1]) + whole[41:]):
        path_of(vault, address).write_bytes(damage)
        with pytest.raises(DamagedObject):
            vault.get(address)
        assert vault.put(b"content") == address
        assert vault.get(address) == b"content"


def test_a_sweep_that_dies_at_any_moment_has_removed_nothing_that_was_just_put(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It removes by one call, under a lock that `put` takes as well: there is no moment at which a name is gone."""
    address = put_at(vault, b"content", OLD)
    path = path_of(vault, address)
    done: list[str] = []
    taken = fcntl.flock

    def put_first(file: object, how: int) -> None:
        # The last moment before the sweeper holds the object.
        if how == fcntl.LOCK_EX and not done:
            done.append(vault.put(b"content"))
        taken(file, how)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", put_first)
    assert vault.sweep(nothing, BEFORE) == 0
    assert done == [address]
    assert vault.get(address) == b"content"
    assert files(path.parent) == [address], "nothing was set aside"


def test_what_is_put_while_a_sweep_removes_it_is_written_anew(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    address = put_at(vault, b"content", OLD)
    taken = fcntl.flock

    def removed_first(file: object, how: int) -> None:
        if how == fcntl.LOCK_SH:
            monkeypatch.setattr(fcntl, "flock", taken)
            assert vault.sweep(nothing, BEFORE) == 1
        taken(file, how)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", removed_first)
    assert vault.put(b"content") == address
    assert vault.get(address) == b"content"


@pytest.mark.skipif(not can_mount(), reason="needs to mount a small disk")
def test_a_full_disk_and_a_read_only_one_are_one_line_each_wherever_a_write_meets_them(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        vault = Vault(disk / "vault", MASTER)
        kept = vault.put(b"kept")
        fill(disk)
        for number in range(300):
            # Some need a folder of their own, some only a file.
            with pytest.raises(StoreError, match="No space left on device"):
                vault.put(b"%d" % number * 5000)
        remount(disk, "ro")
        for work in (lambda: vault.put(b"kept"), lambda: vault.put(b"new"), lambda: Vault(disk / "other", MASTER)):
            with pytest.raises(StoreError, match="Read-only file system"):
                work()
        assert vault.get(kept) == b"kept"
