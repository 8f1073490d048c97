"""A mail that takes over its reader reaches nothing: no file, no socket, no process."""

import ast
import importlib
import json
import logging
import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parser.mail import ParsedMail, ReadingContext
from parser.masks import read
from pipeline.sandbox import landlock, late, seccomp
from pipeline.sandbox.frames import Confinement
from pipeline.sandbox.pool import Sandbox, Unreadable
from servers.house import House
from servers.sink import Sink

ROOT = Path(late.__file__).parents[2]
PLANTED = Path(__file__).parent / "planted"
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
LINUX = pytest.mark.skipif(
    sys.platform != "linux" or landlock.version() == 0, reason="Landlock and seccomp are parts of Linux"
)
CONFINED = pytest.mark.skipif(
    any(name.startswith("COVERAGE_PROCESS") for name in os.environ), reason="coverage of readers needs files"
)


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Places outside that a reader must not reach, and servers that wait for it."""
    (tmp_path / "secret").write_bytes(b"the key of the vault" * 10)
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "spare").touch()
    (tmp_path / "more").touch()
    (tmp_path / "empty").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "socket"))
        local.listen()
        with socket.socket(socket.AF_UNIX) as abstract:
            abstract.bind(f"\0postdesk{os.getpid()}")
            abstract.listen()
            yield {
                "secret": str(tmp_path / "secret"),
                "folder": str(tmp_path),
                "empty": str(tmp_path / "empty"),
                "code": str(ROOT / "parser" / "mail.py"),
                "port": tcp.getsockname()[1],
                "socket": str(tmp_path / "socket"),
                "abstract": f"postdesk{os.getpid()}",
                "parent": os.getpid(),
            }


@pytest.fixture(scope="module")
def planted() -> Iterator[Sandbox]:
    box = Sandbox(workers=1, reader="planted_reader:read", path=PLANTED)
    box.start()
    yield box
    box.close()


def said(box: Sandbox, content: bytes) -> Any:
    mail = box.read(content)
    assert isinstance(mail, ParsedMail), mail
    return json.loads(mail.text)


def folder(orders: dict[str, Any]) -> dict[str, tuple[int, bytes]]:
    place = Path(orders["folder"])
    return {
        one.name: (one.stat().st_mode, one.read_bytes() if one.is_file() else b"") for one in sorted(place.iterdir())
    }


@LINUX
@CONFINED
def test_a_planted_reader_achieves_nothing_of_all_it_tries(planted: Sandbox, orders: dict[str, Any]) -> None:
    before = folder(orders)
    outcomes = said(planted, json.dumps(orders).encode())
    assert len(outcomes) > 60
    assert {name for name, error in outcomes.items() if not error} == set()
    # Refused, and not only badly asked: nothing of it depends on the arguments being right.
    refused = {"Operation not permitted", "Permission denied", "Function not implemented", "can't start new thread"}
    assert {name: error for name, error in outcomes.items() if not any(one in error for one in refused)} == {}
    assert folder(orders) == before


@LINUX
def test_without_the_sandbox_each_attempt_succeeds(orders: dict[str, Any]) -> None:
    """Else the test above would hold for attempts that fail anyway."""
    shown = subprocess.run(
        [sys.executable, str(PLANTED / "planted_reader.py")],
        input=json.dumps(orders).encode(),
        env={"PYTHONPATH": str(ROOT), "HOME": "/"},
        stdout=subprocess.PIPE,
        check=True,
    )
    outcomes = json.loads(shown.stdout)
    sys.path.insert(0, str(PLANTED))
    try:
        for_some = importlib.import_module("planted_reader").FOR_SOME
    finally:
        sys.path.remove(str(PLANTED))
    outcomes.pop("int 80", None)
    failed = {name: error for name, error in outcomes.items() if error and name not in for_some}
    assert failed == {}


@LINUX
@CONFINED
def test_a_call_by_the_32_bit_table_ends_the_process(planted: Sandbox) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("only x86-64 has a second table")
    assert planted.read(b"int 80") == Unreadable("worker ended by signal 31")
    assert isinstance(planted.read(b"Subject: hi\r\n\r\nThe next mail is read.\r\n"), ParsedMail)


@LINUX
@CONFINED
def test_a_reader_may_read_code_and_import_late(planted: Sandbox) -> None:
    assert said(planted, b"allowed") == {"module": "colorsys", "environment": "{}"}


def test_all_that_the_parser_imports_late_is_imported_before() -> None:
    wanted: set[str] = set()
    for path in sorted((ROOT / "parser").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import):
                        wanted.update(alias.name for alias in node.names)
                    elif isinstance(node, ast.ImportFrom) and node.module:
                        wanted.add(node.module)
    assert wanted, "the parser puts off nothing any more: late.MODULES can go"
    listed = "import sys; from pipeline.sandbox import late; import parser.masks; late.load(); print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", listed], env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True, text=True
    )
    assert wanted <= set(shown.stdout.split())


@LINUX
@CONFINED
def test_a_confined_reader_reads_every_mail_as_an_unconfined_one() -> None:
    box = Sandbox(workers=2)
    box.start()
    paths = sorted((ROOT / "tests" / "mails").glob("*.eml"))
    assert len(paths) > 50
    for path in paths:
        content = path.read_bytes()
        assert box.read(content) == read(content, ReadingContext()), path.name
    box.close()


@LINUX
@CONFINED
@pytest.mark.parametrize("charset", ["cp775", "big5hkscs", "euc_kr", "iso2022_jp_2", "hz", "mac_cyrillic", "no-such"])
def test_a_confined_reader_knows_all_charsets(charset: str) -> None:
    box = Sandbox(workers=1)
    head = f"Subject: hello\r\nContent-Type: text/plain; charset={charset}\r\n\r\nGood morning"
    mail = box.read(head.encode() + b"\r\n")
    box.close()
    assert isinstance(mail, ParsedMail)
    assert "Good morning" in mail.text


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_numbers_of_system_calls_are_those_of_the_kernel(machine: str) -> None:
    path = HEADERS[machine]
    if not path.exists():
        pytest.skip(f"{path} is not installed")
    found = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text()))
    column = seccomp._MACHINES[machine][0]
    calls = {name: both[column] for name, both in seccomp._CALLS.items()} | {"seccomp": seccomp._MACHINES[machine][2]}
    assert calls == {name: int(found[name]) for name in calls}


def test_what_is_missing_is_said_with_the_remedy() -> None:
    assert Confinement(landlock=7, seccomp=True).advice() == ""
    assert Confinement(landlock=7, seccomp=True).in_words() == "Landlock (ABI 7) and seccomp"
    assert "no Landlock" in Confinement(landlock=0, seccomp=True).advice()
    assert Confinement(landlock=0, seccomp=False).advice().startswith("nothing keeps a mail")


def test_a_daemon_whose_kernel_confines_nobody_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Coverage runs readers unconfined: by the daemon's end of the pipe, that is a kernel without Landlock and seccomp.
    monkeypatch.setenv("COVERAGE_PROCESS_START", "")
    box = Sandbox(workers=2)
    with caplog.at_level(logging.WARNING):
        assert box.start() == Confinement(landlock=0, seccomp=False)
        box.read(b"Subject: hi\r\n\r\nGood morning.\r\n")
    box.close()
    assert [record.message for record in caplog.records] == ["readers are not fully confined"]


@LINUX
def test_the_memory_of_the_daemon_is_hidden_from_processes_of_its_user(tmp_path: Path) -> None:
    program = """
import ctypes, sys
from pathlib import Path
from ops.build import open_context
from pipeline.settings import load
prctl, pr_get_dumpable = ctypes.CDLL(None).prctl, 3
before = prctl(pr_get_dumpable, 0, 0, 0, 0)
with open_context(load(Path(sys.argv[1]))):
    print(before, prctl(pr_get_dumpable, 0, 0, 0, 0))
"""
    house = House(tmp_path, 1, "nobody", Sink())
    command = [sys.executable, "-c", program, str(house.config)]
    shown = subprocess.run(command, env=house.environment, cwd=tmp_path, capture_output=True, check=True, text=True)
    assert shown.stdout.split() == ["1", "0"]
