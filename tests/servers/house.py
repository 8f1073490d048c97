"""A whole Postdesk on real servers: a configuration, the daemon as a process of its own, mails in and letters out."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from desk.errors import StoreError
from models import views
from models.store import Store
from servers.mailbox import Owner
from servers.pace import patience
from servers.sink import Sink

ROOT = Path(__file__).parents[2]
AUTHSERV = "mx.example.org"
SUPPORT = "support@example.org"
ANA, BEN, CHRIS = "ana@example.net", "ben@example.org", "chris@example.org"


def mail(
    subject: str,
    text: str = "Please help me.",
    *,
    sender: str = ANA,
    name: str = "Ana",
    to: str = SUPPORT,
    proof: str | None = "pass",
    message_id: str | None = None,
    headers: dict[str, str] | None = None,
    files: list[tuple[str, str, bytes]] | None = None,
    date: str = "Fri, 20 Nov 2026 10:00:00 +0000",
) -> bytes:
    """A mail as our border hands it over: with its Authentication-Results on top where `proof` says so."""
    message = EmailMessage()
    message["From"] = f"{name} <{sender}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = date
    message["Message-ID"] = f"<{message_id or f'{time.time_ns()}@client.example.net'}>"
    for field_name, value in (headers or {}).items():
        message[field_name] = value
    message.set_content(text)
    for file_name, kind, content in files or []:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=file_name)
    body = message.as_bytes(policy=message.policy.clone(linesep="\r\n", max_line_length=998))
    if proof is None:
        return body
    domain = sender.rpartition("@")[2]
    trace = f"Authentication-Results: {AUTHSERV}; dmarc={proof} header.from={domain}\r\n"
    return trace.encode() + body


def answer_to(
    letter: EmailMessage, text: str, *, sender: str, name: str = "", proof: str | None = "pass", **more: Any
) -> bytes:
    """A reply as a mail client writes it, with the quoted letter below."""
    ours = letter.get_body(("plain",))
    assert ours is not None
    quote = "\n".join(f"> {line}" for line in ours.get_content().splitlines())
    headers = {
        "In-Reply-To": str(letter["Message-ID"]),
        "References": f"{letter.get('References', '')} {letter['Message-ID']}".strip(),
    }
    whole = f"{text}\n\nOn Fri, 20 Nov 2026 at 10:05, Support <{SUPPORT}> wrote:\n\n{quote}\n"
    headers |= more.pop("headers", {})
    return mail(f"Re: {letter['Subject']}", whole, sender=sender, name=name, proof=proof, headers=headers, **more)


@dataclass
class House:
    """One desk in a folder. The mailbox is on a real IMAP server, letters go to a real SMTP server."""

    folder: Path
    imap_port: int
    user: str
    sink: Sink
    database: str = ""
    extra: str = ""
    """More TOML, at the end of the file."""
    run: dict[str, Any] = field(default_factory=dict)
    desk: str = ""
    mailbox: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    """Of the daemon alone."""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._choose_content()
        run = {"look": "1s", "lease": "60s", "unknown_wait": "2s", "retry": "1s", **self.run}
        lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in run.items())
        self.config = self.folder / "config.toml"
        self.config.write_text(f"""
[desk]
name = "Example Support"
{self.desk}
[desk.caps]
per_sender_day = 1000
per_hour = 100000
[[agent]]
address = "{BEN}"
name = "Ben Baker"
alias = "Ben"
queues = ["support", "funds", "security", "trading", "kyc", "developers", "supervisor"]
lead = true
[[mailbox]]
name = "support"
addresses = ["{SUPPORT}"]
host = "127.0.0.1"
port = {self.imap_port}
tls = "none"
user = "{self.user}"
password_env = "IMAP_PASSWORD"
authserv_id = "{AUTHSERV}"
since = 2020-01-01T00:00:00Z
poll = "2s"
timeout = "{patience(10):.0f}s"
{self.mailbox}
[smtp]
host = "127.0.0.1"
port = {self.sink.port}
tls = "none"
dot_timeout = "{patience(10):.0f}s"
[store]
data = "data"
database = "{self.database}"
[run]
{lines}
[log]
format = "json"
[content]
path = "{self.folder / "content"}"
{self.extra}
""")

    def _choose_content(self) -> None:
        """The shipped content in three languages: compiling all of them is half of what a command takes to start."""
        templates = self.folder / "content" / "templates"
        templates.mkdir(parents=True, exist_ok=True)
        for link, target in (
            (self.folder / "content" / "categories.toml", ROOT / "content" / "categories.toml"),
            *((templates / name, ROOT / "content" / "templates" / name) for name in ("en", "zh-Hans", "es")),
        ):
            if not link.exists():
                link.symlink_to(target)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        path = f"{ROOT}{os.pathsep}{ROOT / 'tests'}"
        # Warnings are errors in the daemon as in its tests.
        return {**os.environ, "IMAP_PASSWORD": "secret", "PYTHONPATH": path, "PYTHONWARNINGS": "error"}

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """The daemon in a process group of its own; its log goes to daemon.log."""
        program = command or (sys.executable, "-m", "ops.cli", "run", "--config", str(self.config))
        with open(self.folder / "daemon.log", "ab") as log:
            process = subprocess.Popen(
                program,
                stdout=log,
                stderr=log,
                env=self.environment | self.variables,
                cwd=self.folder,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """`kill -9` of the whole process group."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        for process in self.processes:
            self.kill(process)

    def __enter__(self) -> "House":
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    def postdesk(
        self, *arguments: str, stdin: bytes = b"", check: int | None = 0
    ) -> subprocess.CompletedProcess[bytes]:
        """Any other command, beside the daemon."""
        command, *rest = arguments
        config = [] if command in ("init", "read", "demo") else ["--config", str(self.config)]
        if command == "letters" and rest and not rest[0].startswith("-"):
            words = [command, rest[0], *config, *rest[1:]]
        elif command == "db":
            words = [command, *rest, *config]
        else:
            words = [command, *config, *rest]
        done = subprocess.run(
            [sys.executable, "-m", "ops.cli", *words],
            input=stdin,
            capture_output=True,
            env=self.environment,
            cwd=self.folder,
            timeout=patience(60),
        )
        if check is not None:
            assert done.returncode == check, (done.returncode, done.stdout.decode(), done.stderr.decode(), self.log())
        return done

    def json(self, *arguments: str, check: int | None = 0) -> Any:
        return json.loads(self.postdesk(*arguments, "--json", check=check).stdout)

    def look(self, view: Callable[..., Any], *arguments: Any) -> Any:
        """What a view of `models.views` shows, without the second that a command takes to start.

        None while there is no database to look at.
        """
        url = self.database.replace("postgresql://", "postgresql+psycopg://") or f"sqlite:///{self.data}/postdesk.db"
        store = Store(url, writes=False)
        try:
            return store.run(view, *arguments)
        except StoreError:
            return None
        finally:
            store.close()

    def status(self) -> Any:
        return self.look(views.status, datetime.now(UTC))

    def parked(self) -> Any:
        return self.look(views.parked)

    def once(self, check: int | None = 0) -> subprocess.CompletedProcess[bytes]:
        return self.postdesk("run", "--once", check=check)

    def deliver(self, *contents: bytes, folder: str = "INBOX") -> None:
        with Owner(self.imap_port, self.user) as owner:
            for content in contents:
                owner.put(content, folder)

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What the daemon has said under this name, from the beginning."""
        text = (self.folder / "daemon.log").read_text(errors="replace")
        found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [line for line in found if line["event"] == event]

    def problems(self) -> dict[str, str]:
        """What `postdesk status` says is not well: the reason by the part."""
        done = self.postdesk("status", "--json", "--strict", check=None)
        found = json.loads(done.stdout)
        assert done.returncode == (1 if found["problems"] else 0), done.stderr
        return {one["what"]: one["reason"] for one in found["problems"]}

    def log(self) -> str:
        path = self.folder / "daemon.log"
        return path.read_text(errors="replace")[-6000:] if path.exists() else ""

    def wait_for(self, what: Callable[[], Any], seconds: float = 20.0, why: str = "") -> Any:
        """The first true value of `what`; AssertionError with the daemon's log when it stays false."""
        end = time.monotonic() + patience(seconds)
        while True:
            value = what()
            if value:
                return value
            assert time.monotonic() < end, f"{why or what} never came true\n{self.log()}"
            time.sleep(0.05)
