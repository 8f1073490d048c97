"""What the demo runs on: a folder, the loopback mail servers, a real config.toml, and the real daemon as a child."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from desk.errors import ConfigError, DeskError
from models.store import Store
from ops.demo.loopback import AUTHSERV_ID, HOST, Loopback
from ops.demo.mails import AGENTS, CUSTOMERS, DESK_NAME, DOMAIN, OUTSIDER, ROBOT, SUPPORT, Person

IMAP_PORT, SMTP_PORT = 1143, 1025
START_SECONDS = 20.0
# The daemon's own drain takes 15 seconds at most; ours are idle.
STOP_SECONDS = 12.0
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a polite kill, a closed terminal."""
_WRITTEN_BY = "# Written by `postdesk demo`, anew at each start."
PASSWORD = "demo"  # noqa: S105
"""Of everybody: the servers listen on this machine only and hold nothing but the demo's mails."""

_CONFIG = """{written_by}
# Only this generated file names folders of this machine; yours comes from `postdesk init`.

[desk]
name = "{name}"

[[agent]]
address = "ben@{domain}"
name = "Ben Baker"
alias = "Ben"
queues = ["support", "funds", "security", "supervisor"]
lead = true

[[agent]]
address = "chris@{domain}"
name = "Chris Chen"
alias = "Chris"
queues = ["security", "kyc", "trading", "developers"]

[[mailbox]]
name = "support"
addresses = ["{support}"]
host = "{host}"
port = {imap_port}
tls = "none"
user = "{support}"
password_file = {password_file}
authserv_id = "{authserv_id}"
sent_folder = "Sent"
poll = "2s"

[smtp]
host = "{host}"
port = {smtp_port}
tls = "none"
user = "{support}"
password_file = {password_file}

[store]
data = {data}
"""


class Stage:
    """The servers and the daemon, from `with` to its end; all children are ended by their own process ids."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.config = self.folder / "config.toml"
        self.data = self.folder / "data"
        self.log = self.folder / "daemon.log"
        self._daemon: subprocess.Popen[bytes] | None = None
        self._store: Store | None = None
        self._ready = _Ready()
        self.servers = Loopback({})

    def __enter__(self) -> "Stage":
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.servers = _start_servers()
            self._write_config()
            self._start_daemon()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the daemon, then the servers. A Ctrl-C meanwhile does not leave one of them behind."""
        before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDINGS}
        try:
            if self._store is not None:
                self._store.close()
            if self._daemon is not None:
                _end(self._daemon)
            self.servers.stop()
            self._ready.close()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @property
    def store(self) -> Store:
        """The daemon's database, for looking only."""
        if self._store is None:
            self._store = Store(f"sqlite:///{self.data / 'postdesk.db'}", writes=False)
        return self._store

    def check_alive(self) -> None:
        """Raises DeskError, with the last lines of its log, when the daemon has ended by itself."""
        if self._daemon is None or self._daemon.poll() is None:
            return
        last = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
        raise DeskError(f"the daemon ended with exit code {self._daemon.returncode}; {self.log} says:\n{last}")

    def _write_config(self) -> None:
        password_file = self.folder / "support.password"
        password_file.touch(mode=0o600)
        password_file.write_text(PASSWORD + "\n")
        self.config.write_text(
            _CONFIG.format(
                written_by=_WRITTEN_BY,
                name=DESK_NAME,
                domain=DOMAIN,
                support=SUPPORT,
                host=HOST,
                imap_port=self.servers.imap_port,
                smtp_port=self.servers.smtp_port,
                authserv_id=AUTHSERV_ID,
                password_file=_toml(password_file),
                data=_toml(self.data),
            ),
            encoding="utf-8",
        )

    def _start_daemon(self) -> None:
        with self.log.open("ab") as log:
            self._daemon = subprocess.Popen(
                # -P: a folder that somebody starts the demo in must not lend the daemon its modules.
                [sys.executable, "-P", "-m", "ops.cli", "run", "--config", str(self.config)],
                env={**_environment(), "NOTIFY_SOCKET": self._ready.address},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C reaches us alone; we end the daemon when the screen is tidy.
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while not self._ready.said(0.1):
            self.check_alive()
            if time.monotonic() > end:
                raise DeskError(f"the daemon was not ready within {START_SECONDS:.0f} seconds: see {self.log}")


class _Ready:
    """The socket on which a daemon says READY=1, as it does to systemd (sd_notify)."""

    def __init__(self) -> None:
        # A socket's name must be short, 104 bytes on macOS, whose own folder for such things has a long one.
        self._folder = tempfile.TemporaryDirectory(prefix="postdesk-", dir="/tmp")
        self.address = f"{self._folder.name}/ready"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)

    def said(self, seconds: float) -> bool:
        """Waits so long for it."""
        self._socket.settimeout(seconds)
        try:
            return b"READY=1" in self._socket.recv(1000)
        except TimeoutError:
            return False

    def close(self) -> None:
        self._socket.close()
        self._folder.cleanup()


def prepare(folder: Path, *, keep: bool) -> None:
    """Raises ConfigError rather than write into a folder that is not the demo's, or, without `keep`, not empty."""
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not keep:
        raise ConfigError(
            f"{folder} is not empty: name a new folder, so that the demo starts clean, or leave out --data"
        )
    try:
        ours = (folder / "config.toml").read_text(encoding="utf-8").startswith(_WRITTEN_BY)
    except (OSError, UnicodeDecodeError):
        ours = False
    if not ours:
        raise ConfigError(f"{folder} is not empty and not of `postdesk demo --keep`: name another folder")


def _toml(path: Path) -> str:
    """A path as a TOML string: a folder's name may hold anything."""
    escaped = "".join(f"\\U{ord(one):08x}" if one in '"\\' or not one.isprintable() else one for one in str(path))
    return f'"{escaped}"'


def _environment() -> Mapping[str, str]:
    """Ours, with the way to this package, and without what would lead the daemon elsewhere."""
    package = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join([package, *(path for path in sys.path if path)])
    kept = {name: value for name, value in os.environ.items() if name not in ("POSTDESK_KEY", "POSTDESK_CONFIG")}
    return {**kept, "PYTHONPATH": search}


def _start_servers() -> Loopback:
    people = (*AGENTS, *CUSTOMERS, ROBOT, OUTSIDER)
    users = {SUPPORT: PASSWORD, **{person.address: PASSWORD for person in people}}
    if _is_free(IMAP_PORT) and _is_free(SMTP_PORT):
        servers = Loopback(users, imap_port=IMAP_PORT, smtp_port=SMTP_PORT)
        try:
            servers.start()
        except DeskError:
            # Somebody was faster: other ports do as well.
            pass
        else:
            return servers
    servers = Loopback(users)
    servers.start()
    return servers


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# The people's mail client.


def send(servers: Loopback, login: Person, content: EmailMessage | bytes, *, null_sender: bool = False) -> None:
    """Hands a mail over by SMTP, logged in as this person, to whom its To names; machines use `MAIL FROM:<>`.

    Raises DeskError when the server does not take it.
    """
    message = message_from_bytes(content, policy=policy.SMTP) if isinstance(content, bytes) else content
    data = content if isinstance(content, bytes) else bytes(content)
    recipients = [one.addr_spec for one in message["To"].addresses]
    try:
        with smtplib.SMTP(servers.host, servers.smtp_port, timeout=10) as smtp:
            smtp.login(login.address, PASSWORD)
            smtp.sendmail("" if null_sender else login.address, recipients, data, mail_options=["BODY=8BITMIME"])
    except OSError as error:
        raise DeskError(f"the SMTP server did not take {login.first}'s mail: {error}") from error


def mails(servers: Loopback, address: str, folder: str = "INBOX") -> list[EmailMessage]:
    """All mails of a mailbox, oldest first, read over IMAP. Raises DeskError when it cannot be read."""
    try:
        with IMAPClient(servers.host, servers.imap_port, ssl=False, timeout=10) as client:
            client.login(address, PASSWORD)
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
    except (OSError, IMAPClientError) as error:
        raise DeskError(f"the mailbox of {address} cannot be read: {error}") from error
    contents = [found[uid][b"BODY[]"] for uid in sorted(found)]
    return [message_from_bytes(content, policy=policy.SMTP) for content in contents]
