"""`postdesk report sla` as an operator types it."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from desk.reports.report import Period
from ops import build, cli
from ops.commands.report_sla import period
from pipeline.settings import load

ROOT = Path(__file__).parents[2]
DESK = """
[desk]
zone = "Asia/Shanghai"
[[mailbox]]
name = "drop"
kind = "maildir"
path = "maildir"
addresses = ["support@example.org"]
"""
MAIL = b"From: Ana <ana@example.net>\nTo: support@example.org\nSubject: =?utf-8?B?5YWF5YC8?=\n\nNo deposit.\n"
# What grows from one call to the next.
GROWS = re.compile(rb"as of [0-9 :-]{16}| *[0-9]+[smh]\b")
# A Saturday morning in Shanghai.
NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with one ticket."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "content" / "templates" / "en", folder / "content" / "templates" / "en")
    shutil.copy(ROOT / "content" / "categories.toml", folder / "content")
    for part in ("new", "cur", "tmp"):
        (folder / "maildir" / part).mkdir(parents=True)
    (folder / "maildir" / "new" / "1").write_bytes(MAIL)
    file = folder / "config.toml"
    file.write_text(DESK)
    build.run_once(load(file))
    return file


class Said(NamedTuple):
    """What a command printed."""

    out: bytes
    err: str


Report = Callable[..., Said]


@pytest.fixture
def report(config: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Report:
    """`postdesk report sla`, run in this process."""

    def call(*words: str, code: int = 0) -> Said:
        monkeypatch.setattr(sys, "argv", ["postdesk", "report", "sla", *words, "--config", str(config)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capfdbinary.readouterr()
        assert ended.value.code == code, said
        return Said(said.out, said.err.decode())

    return call


def test_csv_is_plain_for_programs_and_marked_as_utf_8_for_spreadsheets(report: Report, tmp_path: Path) -> None:
    printed = report("--from", "2026-01-01", "--format", "csv").out
    assert printed.startswith(b"by,value,metric,")
    assert printed.count(b"\n") == printed.count(b"\r\n") > 1
    file = tmp_path / "report.csv"
    report("--from", "2026-01-01", "--format", "csv", "--out", str(file))
    assert file.read_bytes() == b"\xef\xbb\xbf" + printed
    with file.open(encoding="utf-8-sig", newline="") as lines:
        assert next(csv.DictReader(lines))["by"] == "overall"


@pytest.mark.parametrize("form", ["text", "html"])
def test_a_machine_elsewhere_with_a_poor_locale_prints_the_same(report: Report, config: Path, form: str) -> None:
    words = ("--from", "2026-01-01", "--to", "2026-12-31", "--format", form)
    command = [sys.executable, "-m", "ops.cli", "report", "sla", *words, "--config", str(config)]
    elsewhere = {**os.environ, "TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    printed = subprocess.run(command, capture_output=True, cwd=ROOT, env=elsewhere, check=True).stdout
    assert GROWS.sub(b"", printed) == GROWS.sub(b"", report(*words).out)


def test_only_the_groups_asked_for_are_told(report: Report) -> None:
    found = json.loads(report("--from", "2026-01-01", "--by", "queue", "--json").out)
    assert {row["by"] for row in found["rows"]} == {"overall", "queue"}
    assert found["zone"] == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--from", "yesterday"), "--from 'yesterday' is no date; write it as 2026-11-01"),
        (("--from", "2026-02-30"), "--from '2026-02-30' is no date; write it as 2026-11-01"),
        (
            ("--from", "2026-11-08", "--to", "2026-11-01"),
            "--to 2026-11-01 lies before --from 2026-11-08: exchange them",
        ),
        (("--to", "2026-11-01"), "--to needs a --from: the first date of the report"),
        (("--from", "9998-01-01"), "--from 9998-01-01: there are no tickets of that year"),
        (("--from", "2001-01-01", "--to", "2026-01-01"), "are more than ten years: ask for less at a time"),
        (("--from", "2198-01-01"), "--from 2198-01-01 lies in the future: today is "),
    ],
)
def test_dates_that_are_none_are_one_line_with_the_remedy(report: Report, words: tuple[str, ...], error: str) -> None:
    said = report(*words, code=2)
    assert said.out == b""
    (line,) = said.err.splitlines()
    assert line.startswith("postdesk: ")
    assert error in line


def test_a_file_that_cannot_be_written_is_one_line(report: Report, tmp_path: Path) -> None:
    (line,) = report("--out", str(tmp_path / "none" / "report.html"), "--format", "html", code=1).err.splitlines()
    assert line.endswith("cannot be written: No such file or directory")


def test_dates_are_those_of_the_desk() -> None:
    assert period(None, None, "Asia/Shanghai", NOW) == Period(date(2026, 11, 9), date(2026, 11, 15), "Asia/Shanghai")
    today = period("2026-11-21", None, "Asia/Shanghai", NOW)
    assert today.first == today.last, "in Shanghai it is Saturday already"
    assert today.begin == datetime(2026, 11, 20, 16, tzinfo=UTC)
