"""The vault: raw mails, attachments and letters as encrypted files, named by a keyed digest of their content.

    vault/3f/3fa9…            "PDV1" · wrapped data key (12 + 48) · nonce (12) · AES-256-GCM ciphertext

The name is a keyed digest of the content (HMAC-SHA-256), so equal contents are kept once and nobody
without the key can test whether we hold a known file. Each object has a data key of its own, wrapped
by the master key: changing the master key rewrites 60 bytes an object, erasing a data key erases it.
"""

import base64
import fcntl
import hashlib
import hmac
import io
import os
import secrets
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desk.errors import DamagedObject, StoreError

_MAGIC = b"PDV1"
_NONCE = 12
_WRAPPED = 48
_HEAD = len(_MAGIC) + _NONCE + _WRAPPED + _NONCE
_TAG = 16
# Contents are enciphered in pieces, so that a large one is in memory once and not three times.
_PIECE = 1 << 20
KEY_BYTES = 32
KEY_VARIABLE = "POSTDESK_KEY"


def derive(master: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"postdesk {purpose}".encode()).derive(master)


def load_key(path: Path, environment: Mapping[str, str], *, create: bool) -> bytes:
    """The master key, 32 bytes: from POSTDESK_KEY (base64), else from the file, made 0600 on first use.

    Raises StoreError when it is malformed, readable by others, or absent and not to be made.
    """
    if given := environment.get(KEY_VARIABLE):
        return _decoded(given, KEY_VARIABLE)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if not create:
            raise StoreError(
                f"the key {path} is missing: restore it from your backup or set {KEY_VARIABLE}; "
                "without it nothing in the vault can be read"
            ) from None
        return _new_key(path)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise StoreError(f"the key {path} can be read by others: chmod 600 {path}")
    return _decoded(path.read_text(), str(path))


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreError(f"the key in {where} is not {KEY_BYTES} bytes in base64")
    return key


def _new_key(path: Path) -> bytes:
    """A new key, or the one that another process made at the same moment: the first one stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
    return _decoded(path.read_text(), str(path))


def write_once(path: Path, content: bytes) -> None:
    """Like `write_durably`, but keeps a file that is there: a link, unlike a rename, replaces nothing."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.new")
    write_durably(aside, content)
    try:
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    sync_directory(path.parent)


def write_durably(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Writes a file of mode 0600, whole or not at all. It is on disk when this returns; pieces are written in turn."""
    # A crash leaves the old file or the new one, and perhaps a stray .tmp.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.writelines((content,) if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StoreError(f"{path.parent} cannot be written to: {error.strerror or error}") from error
    sync_directory(path.parent)


@contextmanager
def _disk_trouble(directory: Path) -> Iterator[None]:
    """A full, read-only or broken disk is one line for the operator; a file that is not there is no such trouble."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"{directory} cannot be used: {error.strerror or error}") from error


def sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Vault:
    """Content-addressed, write-once, safe for any number of threads and processes."""

    def __init__(self, directory: Path, master: bytes) -> None:
        self._directory = directory
        self._naming = derive(master, "vault address")
        self._wrapping = AESGCM(derive(master, "vault wrapping"))
        with _disk_trouble(directory):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._check_key(directory / "KEY-CHECK", derive(master, "vault check"))

    def _check_key(self, path: Path, mine: bytes) -> None:
        """Raises StoreError for a key other than the one with which this vault was created."""
        check = hashlib.sha256(mine).hexdigest()
        if not path.exists():
            write_once(path, check.encode() + b"\n")
        written = path.read_text().strip()
        if not hmac.compare_digest(written, check):
            raise StoreError(f"the key does not belong to the vault {self._directory}: restore the right key")

    def address(self, content: bytes) -> str:
        """The name of this content, 64 hex digits."""
        return hmac.new(self._naming, content, hashlib.sha256).hexdigest()

    def seal(self, content: bytes, name: str) -> bytes:
        """Encrypted bytes that open only under the same name."""
        return b"".join(self._sealed(content, name))

    def _sealed(self, content: bytes, name: str) -> Iterator[bytes]:
        data_key = AESGCM.generate_key(bit_length=256)
        outer, inner = os.urandom(_NONCE), os.urandom(_NONCE)
        yield b"".join((_MAGIC, outer, self._wrapping.encrypt(outer, data_key, name.encode()), inner))
        cipher = Cipher(AES256(data_key), GCM(inner)).encryptor()
        cipher.authenticate_additional_data(name.encode())
        view = memoryview(content)
        for start in range(0, len(content), _PIECE):
            yield cipher.update(view[start : start + _PIECE])
        yield cipher.finalize() + cipher.tag

    def unseal(self, sealed: bytes, name: str) -> bytes:
        """The content; DamagedObject when a byte was changed or the key is another."""
        return self._unsealed(io.BytesIO(sealed), len(sealed), name)

    def unseal_file(self, path: Path, name: str) -> bytes:
        """The content of a sealed file, as `unseal` gives it. Raises OSError, too."""
        with path.open("rb", buffering=0) as sealed:
            return self._unsealed(sealed, os.fstat(sealed.fileno()).st_size, name)

    def _unsealed(self, sealed: BinaryIO, size: int, name: str) -> bytes:
        head = sealed.read(_HEAD)
        length = size - _HEAD - _TAG
        if head[: len(_MAGIC)] != _MAGIC or length < 0:
            raise DamagedObject(f"the vault object {name} is damaged: restore it from your backup")
        start = len(_MAGIC)
        outer, wrapped = head[start : start + _NONCE], head[start + _NONCE : start + _NONCE + _WRAPPED]
        content = io.BytesIO()
        try:
            data_key = self._wrapping.decrypt(outer, wrapped, name.encode())
            cipher = Cipher(AES256(data_key), GCM(head[-_NONCE:])).decryptor()
            cipher.authenticate_additional_data(name.encode())
            while length and (piece := sealed.read(min(length, _PIECE))):
                content.write(cipher.update(piece))
                length -= len(piece)
            cipher.finalize_with_tag(sealed.read(_TAG))
        except (InvalidTag, ValueError):
            # ValueError: a file that became shorter while it was read.
            raise DamagedObject(f"the vault object {name} is damaged or of another key") from None
        # Without a copy: the buffer is handed over.
        return content.getvalue()

    def put(self, content: bytes) -> str:
        """Keeps the content and gives its address; it is on disk when this returns."""
        address = self.address(content)
        path = self._path(address)
        with _disk_trouble(path.parent):
            if self._still_there(path, address):
                return address
            if not path.parent.exists():
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                sync_directory(self._directory)
            write_durably(path, self._sealed(content, address))
        return address

    def _still_there(self, path: Path, address: str) -> bool:
        """Whether the object is there whole. No row refers to it yet: its new time protects it from the sweep."""
        try:
            file = path.open("rb", buffering=0)
        except FileNotFoundError:
            return False
        with file:
            # A sweep that has begun to remove it ends first, and leaves a file without a name.
            fcntl.flock(file, fcntl.LOCK_SH)
            os.utime(file.fileno())
            try:
                self._unsealed(file, os.fstat(file.fileno()).st_size, address)
            except (DamagedObject, OSError):
                return False
            if os.fstat(file.fileno()).st_nlink == 0:
                return False
        sync_directory(path.parent)
        return True

    def get(self, address: str) -> bytes:
        """The content of this address. Raises DamagedObject when it is missing or not what was put."""
        path = self._path(address)
        try:
            with _disk_trouble(path.parent):
                return self.unseal_file(path, address)
        except FileNotFoundError:
            raise DamagedObject(f"the vault object {address} is missing: restore the vault from your backup") from None

    def sweep(self, in_use: Callable[[Collection[str]], set[str]], before: datetime) -> int:
        """Removes objects that nothing refers to and that are older than `before`; gives how many.

        `in_use` tells which of some addresses are referred to. Strays of interrupted writes go too.
        """
        removed = 0
        for shard in sorted(self._directory.iterdir()):
            if not shard.is_dir():
                continue
            old = {path.name: path for path in shard.iterdir() if path.stat().st_mtime < before.timestamp()}
            kept = in_use([name for name in old if not name.startswith(".")]) if old else set()
            removed += sum(self._remove(path, before) for name, path in old.items() if name not in kept)
        return removed

    @staticmethod
    def _remove(path: Path, before: datetime) -> bool:
        """Removes an orphan, unless somebody has just put the same content, which gives it a new time."""
        try:
            with path.open("r+b") as file:
                # `put` gives it a new time under the same lock: before us it is kept, after us it is written anew.
                fcntl.flock(file, fcntl.LOCK_EX)
                now = os.fstat(file.fileno())
                # Without a name it is another sweep's, and what has its name by now may be of a mail.
                if now.st_mtime >= before.timestamp() or now.st_nlink == 0:
                    return False
                path.unlink()
        except FileNotFoundError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        for shard in self._directory.iterdir():
            if shard.is_dir():
                yield from (path.name for path in shard.iterdir() if not path.name.startswith("."))

    def _path(self, address: str) -> Path:
        if len(address) != 64 or not all(character in "0123456789abcdef" for character in address):
            raise StoreError(f"{address[:80]!r} is not a vault address")
        return self._directory / address[:2] / address


ORPHAN_AGE = timedelta(hours=24)
"""How old an object must be before the sweeper may take it for an orphan."""
