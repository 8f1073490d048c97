"""The first minute: the demo tells its story, checks itself, and leaves nothing running."""

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from desk.errors import ConfigError
from ops.demo import mails as demo_mails
from ops.demo.files import pdf, screenshot
from ops.demo.stage import prepare
from parser.read import read
from servers.pace import patience

ROOT = Path(__file__).parents[2]
PORTS = re.compile(r"(?:IMAP|SMTP) .*?port (\d+)")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x9b]")


@dataclass
class Run:
    """`postdesk demo` as somebody runs it in a folder of their own, with its output in a file."""

    folder: Path

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-P", "-m", "ops.cli", "demo", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
            )
        return self.process

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8")

    def wait_for(self, text: str, seconds: float = 30.0) -> None:
        end = time.monotonic() + patience(seconds)
        while text not in self.output:
            assert time.monotonic() < end, f"{text!r} never came:\n{self.output}"
            assert self.process.poll() is None, self.output
            time.sleep(0.1)

    def family(self) -> dict[str, str]:
        """Our process and all its descendants now, in sessions of their own too: process id to command."""
        listed = subprocess.run(["ps", "axww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
        rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
        found = {str(self.process.pid): "demo"}
        # Each round finds one more generation; the deepest is a reader of the daemon.
        for _ in range(5):
            found |= {pid: command for pid, parent, command in rows if parent in found}
        return found

    @staticmethod
    def left_over(family: dict[str, str]) -> dict[str, str]:
        """Those of a family that still live."""
        listed = subprocess.run(["ps", "axww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
        alive = dict(line.split(maxsplit=1) for line in listed.stdout.splitlines())
        return {pid: command for pid, command in family.items() if alive.get(pid) == command}

    def ports(self) -> list[int]:
        return [int(port) for port in PORTS.findall(self.output)]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Its folder holds a module that shadows one of ours, as a folder that people start things in may."""
    (tmp_path / "settings.py").write_text("raise RuntimeError('the module of some other program')\n")
    run = Run(tmp_path)
    yield run
    if run.process.poll() is None:
        # It cannot be asked any more: the children of its session, too.
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_demo_tells_its_story_keeps_its_promises_and_leaves_nothing_running(run: Run) -> None:
    begun = time.monotonic()
    process = run.start("--pace", "0.1")
    run.wait_for("opened for")
    # The demo, the IMAP server, the daemon and its readers: what must be gone later can be seen now.
    family = run.family()
    assert len(family) >= 5, family
    assert process.wait(patience(60)) == 0, run.output
    assert time.monotonic() - begun < patience(60)
    checks = re.findall(r"^  (ok  |FAIL)  (.+)$", run.output, re.MULTILINE)
    assert len(checks) == 13
    assert {word for word, _ in checks} == {"ok  "}
    assert not CONTROL.search(run.output)
    assert run.left_over(family) == {}
    assert len(run.ports()) == 2
    assert not any(is_open(port) for port in run.ports())
    folder = next((run.folder / "demo-data").iterdir())
    assert f"Everything is in {folder}" in run.output
    assert (folder / "data" / "postdesk.db").exists()
    assert (folder / "support.password").stat().st_mode & 0o777 == 0o600
    assert "ERROR" not in (folder / "daemon.log").read_text()
    answers = list((folder / "mails" / "wei@mail.example").glob("*.eml"))
    assert len(answers) == 2
    # The commands that the summary names work, now that the servers are gone.
    where = re.search(r"^To look further(?:, in (.+))?:$", run.output, re.MULTILINE)
    commands = re.findall(r"^  (\S+(?:/postdesk| -m ops\.cli) .+ --config .+)$", run.output, re.MULTILINE)
    assert where is not None
    assert len(commands) == 6
    # A line as somebody copies it, in the folder that is named, with nothing else set.
    (line,) = [one for one in commands if " show " in one]
    shown = subprocess.run(line, shell=True, capture_output=True, text=True, cwd=where[1] or run.folder)
    assert shown.returncode == 0, shown.stderr
    assert "wei@mail.example" in shown.stdout
    assert "Held back: 1, the one forged in Ben's name; see `postdesk parked`." in run.output


def test_the_kept_servers_take_mail_keep_tickets_and_end_cleanly_on_ctrl_c(run: Run) -> None:
    # Ctrl-C the first time, a polite kill the second.
    for number, ending in ((1001, signal.SIGINT), (1002, signal.SIGTERM)):
        process = run.start("--keep", "--data", "kept")
        run.wait_for(" check --config ")
        imap, smtp = run.ports()
        with smtplib.SMTP("127.0.0.1", smtp, timeout=10) as client:
            client.login("sam@mail.example", "demo")
            wish = demo_mails.wish()
            # The same words once more within ten minutes would be one ticket.
            wish.replace_header("Subject", f"A wish, number {number}")
            client.sendmail("sam@mail.example", ["support@exchange.example"], bytes(wish))
        run.wait_for(f"ticket PD-{number}-")
        family = run.family()
        begun = time.monotonic()
        process.send_signal(ending)
        assert process.wait(patience(20)) == 0, run.output
        assert time.monotonic() - begun < patience(20)
        assert run.output.endswith("Stopped.\n")
        assert "Traceback" not in run.output
        assert not CONTROL.search(run.output)
        assert run.left_over(family) == {}
        assert not is_open(imap)
        assert not is_open(smtp)


def test_ctrl_c_in_the_middle_of_the_story_leaves_nothing_running(run: Run) -> None:
    process = run.start()
    run.wait_for("opened for")
    family = run.family()
    process.send_signal(signal.SIGINT)
    assert process.wait(patience(20)) == 130, run.output
    assert "nothing was left running" in run.output
    assert "Traceback" not in run.output
    assert run.left_over(family) == {}


def test_a_folder_that_is_not_the_demos_is_never_written_to(tmp_path: Path) -> None:
    theirs = tmp_path / "config.toml"
    theirs.write_text("[desk]\n")
    for keep in (False, True):
        with pytest.raises(ConfigError, match="is not empty"):
            prepare(tmp_path, keep=keep)
        with pytest.raises(ConfigError, match="is not a folder"):
            prepare(theirs, keep=keep)
    assert theirs.read_text() == "[desk]\n"
    prepare(tmp_path / "new", keep=False)


@pytest.mark.parametrize(
    ("make", "kind", "language", "files"),
    [
        (demo_mails.withdrawal, "person", "zh-Hans", ["image/png"]),
        (demo_mails.two_factor, "person", "en", ["application/pdf"]),
        (demo_mails.deposit, "person", "es", []),
        (demo_mails.phishing, "person", "en", ["message/rfc822"]),
        (demo_mails.identity, "person", "zh-Hant", []),
        (demo_mails.wish, "person", "en", []),
    ],
)
def test_the_mails_are_read_as_what_the_story_says_they_are(make, kind, language, files) -> None:  # type: ignore[no-untyped-def]
    mail = read(bytes(make()))
    assert (mail.kind, mail.language.code) == (kind, language)
    assert [one.content_type for one in mail.attachments] == files
    assert not mail.defects


def test_the_machines_mails_are_read_as_machines_mails() -> None:
    letter = demo_mails.write(demo_mails.BEN, "Received", "We have received your mail.\n")
    assert read(demo_mails.bounce()).kind == "bounce"
    assert read(bytes(demo_mails.vacation(letter))).kind == "auto_reply"


def test_the_files_are_what_their_names_say() -> None:
    assert screenshot().startswith(b"\x89PNG\r\n\x1a\n")
    made = pdf(["one (1)"])
    start = int(made.split(b"startxref\n")[1].split(b"\n")[0])
    assert made[start:].startswith(b"xref\n")
    for number, place in enumerate(re.findall(rb"^(\d{10}) 00000 n", made[start:], re.MULTILINE), 1):
        assert made[int(place) :].startswith(b"%d 0 obj" % number)
