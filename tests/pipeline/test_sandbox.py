"""Whatever a mail does to the process that reads it, the daemon gets an answer in time and reads on."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.errors import DeskError
from parser.mail import ParsedMail
from pipeline.sandbox import pool as sandbox
from pipeline.sandbox.limits import MIB
from pipeline.sandbox.pool import Sandbox, Unreadable
from servers.pace import patience

ROOT = Path(sandbox.__file__).parents[2]

# A reader made for this test: ordinary mails become a ParsedMail by hand, magic ones do harm.
READER = textwrap.dedent("""
    import ctypes, hashlib, os, resource, signal, sys, time
    from datetime import UTC, datetime
    from parser.mail import (
        Address, Attachment, Defect, Fact, Language, ParsedMail, Report, ReportRecipient, Secret, Sender, Spans
    )

    def read(content: bytes, context=None) -> ParsedMail:
        word = content.partition(b":")[0].decode("latin-1")
        if word in HARM:
            HARM[word](content)
        return mail(content)

    def mail(content):
        data = content.partition(b"\\r\\n\\r\\n")[2]
        attachment = Attachment("a.bin", "a.bin", "application/octet-stream", len(data),
                                hashlib.sha256(data).hexdigest(), False, None, False, data)
        return ParsedMail(
            subject="\u4f60\u597d", author=Address("Ana", "ana@example.net"), sender=Sender("ana@example.net", "one"),
            to=(Address("", None),), cc=(), reply_to=(), date=datetime(2026, 3, 1, 12, tzinfo=UTC), message_id="x@y",
            in_reply_to=("a@b",), references=("c@d", "e@f"), return_path="", auto_submitted="no", kind="person",
            kind_evidence=(), suppress=(), auth_results=(), text="pid %d" % os.getpid(), html_text=None,
            new_text="text",
            quoted="", signature="", spans=Spans(((0, 3),), (), ()), facts=(Fact("amount", "1 BTC", (0, 3), True, ""),),
            secrets=(Secret("password", (1, 2)),), redacted="", language=Language("zh-Hans", 0.5),
            attachments=(attachment, attachment),
            report=Report(None, (ReportRecipient(None, "failed", "5.1.1", "no"),)), defects=(Defect("odd", ""),),
            headers=(("Subject", "hi"),), fingerprint="f")

    def busy(content):
        while True:
            pass

    def hoard(content):
        return bytearray(600 << 20)

    def touch(content):
        kept = [b"x" * (16 << 20)]
        while True:
            kept.append(bytearray(kept[0]))
            time.sleep(0.005)

    def fail(content):
        raise ValueError("secret words of the mail")

    def deep(content):
        deep(content)

    def chatter(content):
        print("printed to stdout", flush=True)
        os.write(1, b"written to stdout")

    def babble(content):
        os.write(3, b"\\xff" * 100)
        os.write(4, b"\\xff" * 100)
        for descriptor in range(3, 20):
            try:
                os.write(descriptor, b"\\xff" * 100)
            except OSError:
                pass
        os._exit(0)

    def keep(content):
        sys.modules[__name__].kept = b"x" * (200 << 20)

    def peek(content):
        raise KeyError if "PLANTED_SECRET" in os.environ else IndexError

    def write_file(content):
        with open(content.split(b" ")[1], "wb") as file:
            file.write(b"x")

    def wrong(content):
        sys.modules[__name__].mail = lambda content: 7

    HARM = {
        "fail": fail, "deep": deep, "busy": busy, "hoard": hoard, "touch": touch, "chatter": chatter,
        "babble": babble, "keep": keep, "peek": peek, "write": write_file, "wrong": wrong,
        "sleep": lambda content: time.sleep(3600),
        "exit": lambda content: os._exit(3),
        "leave": lambda content: sys.exit(4),
        "segv": lambda content: os.kill(os.getpid(), signal.SIGSEGV),
        "kill": lambda content: os.kill(os.getpid(), signal.SIGKILL),
        "close": lambda content: (os.closerange(0, 64), time.sleep(3600)),
    }

    def broken(content, context):
        raise ValueError("this reader cannot even read the first mail")

    def without_limit(content, context):
        if content.startswith(b"Subject"):
            resource.setrlimit = lambda which, limits: None
        return read(content)
""")
ORDINARY = b"Subject: hi\r\n\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("reader")
    (place / "poison_reader.py").write_text(READER, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def box(folder: Path) -> Iterator[Sandbox]:
    box = Sandbox(workers=1, memory=512 * MIB, reader="poison_reader:read", path=folder)
    box.start()
    yield box
    box.close()


def ordinary(box: Sandbox, content: bytes = ORDINARY) -> ParsedMail:
    mail = box.read(content)
    assert isinstance(mail, ParsedMail), mail
    return mail


def test_every_field_of_a_mail_comes_through(box: Sandbox) -> None:
    data = bytes(range(256)) * 40
    mail = ordinary(box, b"Subject: hi\r\n\r\n" + data)
    assert mail.subject == "你好"
    assert mail.sender.verdict == "one"
    assert mail.to[0].address is None
    assert mail.date == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert mail.date is not None
    assert mail.date.tzinfo is UTC
    assert mail.references == ("c@d", "e@f")
    assert mail.headers == (("Subject", "hi"),)
    assert mail.report is not None
    assert mail.report.recipients[0].action == "failed"
    assert mail.language.confidence == 0.5
    assert [attachment.content for attachment in mail.attachments] == [data, data]
    assert mail.header("subject") == "hi"


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        ("hoard", "needed more than 512 MiB of memory"),
        ("exit", "worker ended with status 3"),
        ("leave", "worker ended with status 4"),
        ("segv", "worker ended by signal 11"),
        ("kill", "worker ended by signal 9"),
        ("close", "worker closed its pipes"),
        ("deep", "reader failed: RecursionError at poison_reader.py"),
        ("fail", "reader failed: ValueError at poison_reader.py"),
        ("babble", "worker gave an answer"),
        ("wrong", "reader failed: AttributeError"),
    ],
)
def test_poison_is_unreadable_and_the_next_mail_reads_fine(box: Sandbox, poison: str, reason: str) -> None:
    ordinary(box)
    started = time.monotonic()
    answer = box.read(f"{poison}: x\r\n\r\n".encode())
    assert isinstance(answer, Unreadable)
    assert answer.reason.startswith(reason)
    assert "secret" not in answer.reason
    assert ordinary(box).subject == "你好"
    assert time.monotonic() - started < patience(10)


def test_a_mail_that_takes_too_long_is_ended_by_the_watchdog(folder: Path) -> None:
    box = Sandbox(workers=1, wall=1.0, reader="poison_reader:read", path=folder)
    started = time.monotonic()
    assert box.read(b"sleep: x\r\n\r\n") == Unreadable("took longer than 1 s")
    assert ordinary(box).subject == "你好"
    assert 1 < time.monotonic() - started < patience(10)
    box.close()


def test_a_mail_that_keeps_the_processor_busy_is_ended_by_the_kernel(folder: Path) -> None:
    box = Sandbox(workers=1, wall=60, cpu=0.1, reader="poison_reader:read", path=folder)
    assert box.read(b"busy: x\r\n\r\n") == Unreadable("used more than 0.1 s of processor time")
    assert ordinary(box).subject == "你好"
    box.close()


def test_what_a_library_prints_does_not_spoil_the_answer(box: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    assert ordinary(box, b"chatter: x\r\n\r\nbody").attachments[0].content == b"body"
    assert capfd.readouterr() == ("", "")


def test_a_worker_can_write_no_file_and_sees_no_secret(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_SECRET", "secret")
    box = Sandbox(workers=1, reader="poison_reader:read", path=folder)
    target = folder / "written"
    answer = box.read(f"write: {target} x\r\n\r\n".encode())
    assert isinstance(answer, Unreadable)
    assert "Error at poison_reader.py" in answer.reason
    assert not target.exists() or target.stat().st_size == 0
    answer = box.read(b"peek: x\r\n\r\n")
    assert isinstance(answer, Unreadable)
    assert "IndexError" in answer.reason
    box.close()


def test_one_process_reads_many_mails_and_is_replaced_when_it_holds_too_much(box: Sandbox, folder: Path) -> None:
    pids = {ordinary(box).text for _ in range(5)}
    assert len(pids) == 1
    assert ordinary(box, b"keep: x\r\n\r\n").text in pids
    assert ordinary(box).text in pids, "200 of 512 MiB are not yet too much"
    greedy = Sandbox(workers=1, memory=400 * MIB, reader="poison_reader:read", path=folder)
    first = ordinary(greedy).text
    assert ordinary(greedy, b"keep: x\r\n\r\n").text == first
    assert ordinary(greedy).text != first
    greedy.close()


def test_a_process_retires_after_500_mails(folder: Path) -> None:
    box = Sandbox(workers=1, reader="poison_reader:read", path=folder)
    pids = [ordinary(box).text for _ in range(501)]
    box.close()
    assert len(set(pids[:500])) == 1
    assert pids[500] != pids[0]


def test_a_process_killed_between_mails_costs_nothing(box: Sandbox) -> None:
    pid = int(ordinary(box).text.removeprefix("pid "))
    os.kill(pid, signal.SIGKILL)
    assert ended(pid)
    assert ordinary(box).text != f"pid {pid}"


def test_signals_to_the_whole_group_leave_the_mail_in_hand_alone(box: Sandbox) -> None:
    pid = int(ordinary(box).text.removeprefix("pid "))
    assert os.getpgid(pid) == os.getpgid(0)
    for unwanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, unwanted)
    assert ordinary(box).text == f"pid {pid}"


def test_where_the_address_space_limit_does_not_hold_the_watchdog_does(folder: Path) -> None:
    box = Sandbox(
        workers=1, memory=256 * MIB, reader="poison_reader:without_limit", path=folder, poll_memory=True, wall=10
    )
    assert box.read(b"touch: x\r\n\r\n") == Unreadable("needed more than 256 MiB of memory")
    assert ordinary(box).subject == "你好"
    box.close()


def test_many_threads_share_the_workers_and_each_gets_its_own_answer(folder: Path) -> None:
    box = Sandbox(workers=2, reader="poison_reader:read", path=folder)
    box.start()
    bodies = [b"body %d" % n for n in range(80)]
    with ThreadPoolExecutor(8) as pool:
        mails = list(pool.map(lambda body: ordinary(box, b"Subject: hi\r\n\r\n" + body), bodies))
    box.close()
    assert [mail.attachments[0].content for mail in mails] == bodies
    assert 1 <= len({mail.text for mail in mails}) <= 2


def test_a_worker_outlives_the_thread_that_first_used_it(folder: Path) -> None:
    box = Sandbox(workers=1, reader="poison_reader:read", path=folder)
    seen: list[str] = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: seen.append(ordinary(box).text))
        thread.start()
        thread.join()
        time.sleep(0.05)
    box.close()
    assert seen[0] == seen[1]


def test_a_large_mail_goes_there_and_back(folder: Path) -> None:
    box = Sandbox(workers=1, reader="poison_reader:read", path=folder)
    data = os.urandom(MIB) * 30
    assert ordinary(box, b"Subject: hi\r\n\r\n" + data).attachments[1].content == data
    box.close()


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ("no_such_module:read", "No module named 'no_such_module'"),
        ("poison_reader:no_such_function", "no_such_function"),
        ("poison_reader:broken", "cannot even read the first mail"),
    ],
)
def test_a_reader_that_cannot_start_is_told_at_start_with_the_reason(folder: Path, reader: str, words: str) -> None:
    box = Sandbox(workers=1, reader=reader, path=folder)
    with pytest.raises(DeskError, match=words):
        box.start()
    with pytest.raises(DeskError, match=words):
        box.read(ORDINARY)
    box.close()


def test_a_worker_imports_nothing_of_the_daemon(tmp_path: Path) -> None:
    listed = "import sys, pipeline.sandbox.worker, parser.masks; print(*sys.modules)"
    command, environment = [sys.executable, "-P", "-c", listed], {**os.environ, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True, text=True)
    loaded = set(shown.stdout.split())
    assert "pipeline.sandbox.worker" in loaded
    assert {name for name in loaded if name.startswith("pipeline")} == {
        *("pipeline", "pipeline.sandbox"),
        *(
            f"pipeline.sandbox.{name}"
            for name in ("worker", "frames", "limits", "kernel", "landlock", "late", "seccomp")
        ),
    }
    assert not loaded & {"desk", "mailer", "models", "ops", "scheduler", "sqlalchemy", "imapclient", "aiosmtplib"}


@pytest.mark.parametrize("word", ["Subject", "sleep"])
def test_workers_die_with_a_daemon_that_is_killed(folder: Path, word: str, tmp_path: Path) -> None:
    daemon = textwrap.dedent(f"""
        import sys, threading
        from pathlib import Path
        from pipeline.sandbox.pool import Sandbox
        box = Sandbox(workers=1, reader="poison_reader:read", path=Path(sys.argv[1]))
        print(box.read(b"Subject: hi\\r\\n\\r\\n").text, flush=True)
        box.read(b"{word}: x\\r\\n\\r\\n")
        sys.stdin.read()
    """)
    # From another working directory, as a daemon is.
    process = subprocess.Popen(
        [sys.executable, "-c", daemon, str(folder)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        pid = int(process.stdout.readline().split()[1])
        time.sleep(0.2)
        assert alive(pid)
        process.kill()
    assert ended(pid)


def ended(pid: int) -> bool:
    """Wait for its end; False when that takes too long."""
    deadline = time.monotonic() + patience(10)
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def alive(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False).stdout.strip()
    return shown not in (b"", b"Z", b"Z+")


def test_the_programs_own_reader_works_inside() -> None:
    box = Sandbox(workers=1)
    mail = ordinary(box, b"From: Ana <ana@example.net>\r\nSubject: =?utf-8?b?5L2g5aW9?=\r\n\r\nGood morning.\r\n")
    box.close()
    assert mail.subject == "你好"
    assert mail.author.address == "ana@example.net"
