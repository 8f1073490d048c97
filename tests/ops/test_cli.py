"""What an operator meets at the shell: exit codes, one line instead of a traceback, and help for everything."""

import io
import json
import logging
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from models.store import Holder
from ops import build, cli
from pipeline.settings import load
from servers.pace import patience

ROOT = Path(__file__).parents[2]
BAD = sorted((ROOT / "tests" / "configs" / "bad").glob("*.toml"))
MAIL = b"From: Ana <ana@example.net>\r\nTo: support@example.org\r\nSubject: Hello\r\n\r\nPlease help me.\r\n"

DESK = """
[[agent]]
address = "ben@example.org"
name = "Ben Baker"
lead = true
[[mailbox]]
name = "drop"
kind = "maildir"
path = "maildir"
addresses = ["support@example.org"]
since = 2020-01-01T00:00:00Z
"""
# Servers on a port where nobody listens.
SERVERS = """
[[mailbox]]
name = "support"
addresses = ["support@example.org"]
host = "127.0.0.1"
port = 1
tls = "none"
user = "support"
password_env = "TEST_IMAP_PASSWORD"
[smtp]
host = "127.0.0.1"
port = 1
tls = "none"
user = "support"
password_env = "TEST_SMTP_PASSWORD"
"""


class Said(NamedTuple):
    """What a command printed."""

    out: str
    err: str


Postdesk = Callable[..., Said]


@pytest.fixture
def postdesk(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Postdesk]:
    """The command with its own entry point, in this process; it must end with `code`."""
    loggers = (logging.getLogger(), logging.getLogger("postdesk"))
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]

    def call(*words: str | Path, stdin: bytes = b"", code: int = 0) -> Said:
        monkeypatch.setattr(sys, "argv", ["postdesk", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            cli.main()
            ended: Any = 0
        except SystemExit as error:
            ended = error.code or 0
        said = Said(*capsys.readouterr())
        assert ended == code, (ended, said)
        return said

    yield call
    # `run` sends all logs to its own standard error.
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def process(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    """The command as a process of its own, for what concerns a whole process; warnings end it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = (sys.executable, "-m", "ops.cli", *words)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=patience(60), check=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A desk that needs no server, with the templates of one language only: all of them are read at every start."""
    shutil.copytree(ROOT / "content" / "templates" / "en", tmp_path / "content" / "templates" / "en")
    shutil.copy(ROOT / "content" / "categories.toml", tmp_path / "content")
    for part in ("new", "cur", "tmp"):
        (tmp_path / "maildir" / part).mkdir(parents=True)
    file = tmp_path / "config.toml"
    file.write_text(DESK)
    return file


@pytest.fixture
def ready(config: Path, postdesk: Postdesk) -> Path:
    """The same with a database, a key and a vault."""
    postdesk("db", "upgrade", "--config", config)
    postdesk("ingest", "-", "--config", config, stdin=MAIL)
    return config


def one_line(said: str) -> str:
    """The only line of standard error, as an operator should read it."""
    (line,) = said.splitlines()
    assert line.startswith("postdesk: ")
    return line.removeprefix("postdesk: ")


# Configuration.


def test_a_missing_configuration_says_how_to_get_one(postdesk: Postdesk, tmp_path: Path) -> None:
    said = postdesk("tickets", "--config", tmp_path / "config.toml", code=2)
    assert one_line(said.err) == f"{tmp_path / 'config.toml'} does not exist: run `postdesk init DIR` to get one"
    assert said.out == ""


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_wrong_configuration_is_named_in_one_line(postdesk: Postdesk, tmp_path: Path, file: Path) -> None:
    """The first line of each file is what must be said of it."""
    text = file.read_text()
    expected = text.splitlines()[0].removeprefix("# ")
    copy = tmp_path / file.name
    copy.write_text(text)
    line = one_line(postdesk("tickets", "--config", copy, code=2).err)
    assert expected in line
    assert "secret" not in line
    assert [one.name for one in tmp_path.iterdir()] == [file.name], "nothing is made by looking"


def test_there_are_examples_of_wrong_configurations() -> None:
    assert len(BAD) > 20
    assert all(file.read_text().startswith("# ") for file in BAD)


@pytest.mark.parametrize(
    "words", [("check",), ("run",), ("run", "--once"), ("db", "upgrade"), ("db", "restored"), ("status",), ("replay",)]
)
def test_every_command_refuses_a_wrong_configuration_with_2(
    postdesk: Postdesk, tmp_path: Path, words: tuple[str, ...]
) -> None:
    said = postdesk(*words, "--config", tmp_path / "config.toml", code=2)
    assert "does not exist" in said.out + said.err
    assert len((said.out + said.err).splitlines()) == 1


def test_the_process_itself_ends_with_the_code() -> None:
    done = process("tickets", "--config", "none.toml")
    assert done.returncode == 2
    assert "does not exist" in one_line(done.stderr)


def test_the_wrong_template_is_named_with_its_line(postdesk: Postdesk, config: Path, tmp_path: Path) -> None:
    postdesk("init", tmp_path / "desk")
    template = tmp_path / "desk" / "content" / "templates" / "en" / "acknowledgement.md"
    template.write_text(template.read_text() + "\n{{ nonsense }}\n")
    config.write_text(f'[content]\npath = "{tmp_path / "desk" / "content"}"\n{DESK}')
    line = one_line(postdesk("tickets", "--config", config, code=2).err)
    assert str(template) in line
    assert "'nonsense' is not a value of this letter" in line


def test_a_secret_that_is_not_set_is_named_by_check_and_by_run(
    config: Path, postdesk: Postdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(SERVERS)
    monkeypatch.delenv("TEST_IMAP_PASSWORD", raising=False)
    monkeypatch.delenv("TEST_SMTP_PASSWORD", raising=False)
    findings = {one["name"]: one for one in json.loads(postdesk("check", "--json", "-c", config, code=1).out)}
    assert "TEST_SMTP_PASSWORD" in findings["smtp"]["detail"]
    said = postdesk("run", "--once", "--config", config, code=2)
    assert said.err.splitlines()[-1] == (
        "postdesk: [smtp]: password_env names TEST_SMTP_PASSWORD, "
        "but that variable is not set; export it and start again"
    )
    assert "Traceback" not in said.err


# check.


def test_check_ends_with_1_where_a_server_is_away_and_says_what_is_good(
    config: Path, postdesk: Postdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(DESK.replace("support@", "drop@") + SERVERS)
    monkeypatch.setenv("TEST_IMAP_PASSWORD", "secret word")
    monkeypatch.setenv("TEST_SMTP_PASSWORD", "secret word")
    said = postdesk("check", "--config", config, code=1)
    marks = [line.split(":")[0].split(maxsplit=1) for line in said.out.splitlines()]
    assert ["ok", "configuration"] in marks
    assert ["ok", "mailbox drop"] in marks
    assert ["ok", "reading"] in marks or ["warn", "reading"] in marks
    assert ["FAIL", "mailbox support"] in marks
    assert ["FAIL", "smtp"] in marks
    assert "secret word" not in said.out


# The key and the database.


def test_a_key_that_others_can_read_is_refused(ready: Path, postdesk: Postdesk) -> None:
    key = ready.parent / "data" / "key"
    assert key.stat().st_mode & 0o077 == 0
    key.chmod(0o644)
    assert one_line(postdesk("replay", "1", "--config", ready, code=1).err) == (
        f"the key {key} can be read by others: chmod 600 {key}"
    )
    assert "chmod 600" in one_line(postdesk("ingest", "-", "--config", ready, stdin=MAIL, code=75).err)
    findings = json.loads(postdesk("check", "--json", "--config", ready, code=1).out)
    assert [one["ok"] for one in findings if one["name"] == "key and vault"] == [False]


def test_a_lost_key_is_never_made_anew(ready: Path, postdesk: Postdesk) -> None:
    key = ready.parent / "data" / "key"
    key.unlink()
    for words, code in ((("replay", "1"), 1), (("ingest", "-"), 75)):
        line = one_line(postdesk(*words, "--config", ready, stdin=MAIL, code=code).err)
        assert line.startswith(f"the key {key} is missing: restore it from your backup")
    said = postdesk("run", "--once", "--config", ready, code=1)
    assert "is missing: restore it from your backup" in one_line(said.err.splitlines()[-1])
    assert not key.exists()


def test_a_key_of_another_vault_is_refused(ready: Path, postdesk: Postdesk, tmp_path: Path) -> None:
    key = ready.parent / "data" / "key"
    key.write_text("A" * 43 + "=\n")
    line = one_line(postdesk("replay", "1", "--config", ready, code=1).err)
    assert "does not belong to the vault" in line


def test_commands_say_when_there_is_no_database_yet_and_make_none(config: Path, postdesk: Postdesk) -> None:
    for command in ("tickets", "status", "parked", "letters"):
        line = one_line(postdesk(command, "--config", config, code=1).err)
        assert line.endswith("yet: start the daemon, or run `postdesk db upgrade`")
    assert not (config.parent / "data" / "postdesk.db").exists()


def set_schema(config: Path, version: str | None) -> None:
    connection = sqlite3.connect(config.parent / "data" / "postdesk.db")
    connection.execute("DELETE FROM alembic_version")
    if version is not None:
        connection.execute("INSERT INTO alembic_version VALUES (?)", (version,))
    connection.commit()
    connection.close()


def test_a_newer_database_is_refused_with_the_remedy(ready: Path, postdesk: Postdesk) -> None:
    set_schema(ready, "9999")
    for words in (("tickets",), ("db", "upgrade"), ("db", "restored"), ("letters", "drop", "1")):
        line = one_line(postdesk(*words, "--config", ready, code=1).err)
        assert line == "the database has schema 9999, which is newer than this program: install the newer postdesk"
    said = postdesk("run", "--once", "--config", ready, code=1)
    assert "newer than this program" in one_line(said.err.splitlines()[-1])


def older_schemas() -> Iterator[str | None]:
    """None, which is an empty database, and every revision before the newest."""
    yield None
    files = sorted((ROOT / "models" / "migrations" / "versions").glob("[0-9]*.py"))
    yield from (file.name.partition("_")[0] for file in files[:-1])


@pytest.mark.parametrize("version", list(older_schemas()))
def test_an_older_database_is_refused_with_the_remedy(ready: Path, postdesk: Postdesk, version: str | None) -> None:
    set_schema(ready, version)
    line = one_line(postdesk("tickets", "--config", ready, code=1).err)
    assert "run `postdesk db upgrade`" in line


def test_a_file_that_is_no_database_is_named_in_one_line(config: Path, postdesk: Postdesk) -> None:
    (config.parent / "data").mkdir()
    (config.parent / "data" / "postdesk.db").write_bytes(b"this is not a database, " * 100)
    line = one_line(postdesk("tickets", "--config", config, code=1).err)
    assert "database cannot be used" in line


# Held by another.


def test_a_data_folder_that_is_held_ends_with_3_and_names_the_holder(ready: Path, postdesk: Postdesk) -> None:
    holder = Holder(ready.parent / "data" / "postdesk.lock")
    assert holder.take() is None
    try:
        line = one_line(postdesk("db", "upgrade", "--config", ready, code=3).err)
        assert f"is held by postdesk, process {os.getpid()} on " in line
        once = postdesk("run", "--once", "--config", ready, code=3)
        assert f"process {os.getpid()}" in one_line(once.err)
        done = process("run", "--config", ready)
        assert done.returncode == 3
        assert f"process {os.getpid()}" in one_line(done.stderr)
        assert json.loads(postdesk("tickets", "--json", "--config", ready).out) == [], "looking is always possible"
    finally:
        holder.free()
    postdesk("db", "upgrade", "--config", ready)


# ingest: a mail server's pipe understands the numbers of sysexits.


def test_ingest_ends_with_0_once_the_mail_is_durable(config: Path, postdesk: Postdesk, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(MAIL)
    assert postdesk("ingest", tmp_path / "one.eml", "--config", config).out.startswith("kept as ")
    assert postdesk("ingest", "-", "--config", config, stdin=MAIL).out.startswith("kept as ")
    spool = list((config.parent / "data" / "spool").iterdir())
    assert len(spool) == 2
    assert all(MAIL not in file.read_bytes() and file.stat().st_mode & 0o077 == 0 for file in spool)


def test_ingest_ends_with_65_where_a_mail_is_larger_than_any_mailbox_takes(
    config: Path, postdesk: Postdesk, tmp_path: Path
) -> None:
    with (tmp_path / "huge.eml").open("wb") as file:
        file.truncate(129 * 2**20)
    line = one_line(postdesk("ingest", tmp_path / "huge.eml", "--config", config, code=65).err)
    assert line == "the mail is larger than 128 MiB, which is never kept"
    assert not (config.parent / "data").exists()


def test_ingest_ends_with_66_where_there_is_no_such_file(config: Path, postdesk: Postdesk, tmp_path: Path) -> None:
    line = one_line(postdesk("ingest", tmp_path / "none.eml", "--config", config, code=66).err)
    assert line == f"{tmp_path / 'none.eml'} cannot be read: No such file or directory"


def test_ingest_ends_with_75_where_the_mail_cannot_be_kept(config: Path, postdesk: Postdesk, tmp_path: Path) -> None:
    for words, stdin in (
        (("--config", tmp_path / "none.toml"), MAIL),
        (("--config", config, "--mailbox", "nobody"), MAIL),
        (("--config", config), b""),
    ):
        one_line(postdesk("ingest", "-", *words, stdin=stdin, code=75).err)
    (config.parent / "data").rmdir() if (config.parent / "data").is_dir() else None
    (config.parent / "data").write_text("a file where the folder should be")
    one_line(postdesk("ingest", "-", "--config", config, stdin=MAIL, code=75).err)


# read.


def test_reading_several_files_goes_on_after_one_that_cannot_be_read(postdesk: Postdesk, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(MAIL)
    (tmp_path / "damaged.eml").write_bytes(bytes(range(256)))
    for part in ("cur", "new", "tmp"):
        (tmp_path / "folder" / part).mkdir(parents=True)
    (tmp_path / "folder" / "two.eml").write_bytes(MAIL)
    (tmp_path / "folder" / ".hidden").write_bytes(MAIL)
    (tmp_path / "folder" / "tmp" / "half").write_bytes(MAIL[:10])
    names = [str(tmp_path / name) for name in ("one.eml", "none.eml", "folder", "damaged.eml")]
    said = postdesk("read", "--jsonl", *names, code=1)
    rows = [json.loads(line) for line in said.out.splitlines()]
    inside = str(tmp_path / "folder" / "two.eml")
    assert [row["file"] for row in rows] == [names[0], names[1], inside, names[3]]
    assert rows[1] == {"file": names[1], "error": "No such file or directory"}
    assert rows[2]["subject"] == "Hello", "a folder stands for the mails in it"
    assert rows[0]["reply"] == "Please help me."
    assert "error" not in rows[3], "damage is not an error"
    assert said.err == ""


def test_reading_all_that_is_named_ends_with_0(postdesk: Postdesk, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(MAIL)
    assert json.loads(postdesk("read", "--json", tmp_path / "one.eml").out)["subject"] == "Hello"
    both = json.loads(postdesk("read", "--json", tmp_path / "one.eml", "-", stdin=MAIL).out)
    assert [row["file"] for row in both] == [str(tmp_path / "one.eml"), "-"]
    assert "Please help me." in postdesk("read", "-", stdin=MAIL).out


def test_a_file_that_cannot_be_read_is_said_to_people_too(postdesk: Postdesk, tmp_path: Path) -> None:
    said = postdesk("read", tmp_path / "none.eml", "-", stdin=MAIL, code=1)
    assert "No such file or directory" in " ".join(said.out.split())
    assert "Please help me." in said.out


# Tickets, letters, mails that are not there.


def test_a_ticket_that_is_not_there_ends_with_1(ready: Path, postdesk: Postdesk) -> None:
    for number in ("1042", "PD-1042-F", "nonsense"):
        assert one_line(postdesk("show", number, "--config", ready, code=1).err) == f"there is no ticket {number}"


def test_orders_that_name_nothing_end_with_1_and_say_so(ready: Path, postdesk: Postdesk) -> None:
    for words in (
        ("replay", "77"),
        ("parked", "drop", "77"),
        ("letters", "retry", "77"),
        ("letters", "release", "77"),
        ("letters", "drop", "77"),
    ):
        said = postdesk(*words, "--config", ready, code=1)
        assert "77" in said.out
        assert said.err == ""


def test_lists_of_nothing_are_good(ready: Path, postdesk: Postdesk) -> None:
    for command in ("tickets", "parked", "letters"):
        postdesk(command, "--config", ready)
        assert json.loads(postdesk(command, "--json", "--config", ready).out) == []
    postdesk("status", "--config", ready)
    postdesk("replay", "--all", "--config", ready)


def test_an_unfiltered_state_and_an_unknown_one(ready: Path, postdesk: Postdesk) -> None:
    postdesk("letters", "--state", "held", "--state", "failed", "--config", ready)
    assert "lost" in postdesk("letters", "--state", "lost", "--config", ready, code=2).err
    postdesk("letters", "--limit", "1", "--config", ready)
    postdesk("tickets", "--status", "third_party", "--config", ready)
    assert "bogus" in postdesk("tickets", "--status", "bogus", "--config", ready, code=2).err


def test_a_mail_that_waits_for_a_person_can_be_dropped_once(ready: Path, postdesk: Postdesk) -> None:
    build.run_once(load(ready))
    with closing(sqlite3.connect(ready.parent / "data" / "postdesk.db")) as connection:
        connection.execute("UPDATE inbox SET state = 'parked'")
        connection.commit()
    (row,) = json.loads(postdesk("parked", "--json", "--config", ready).out)
    number = str(row["inbox"])
    assert postdesk("parked", "drop", number, "--config", ready).out == f"mail {number} is dropped\n"
    assert json.loads(postdesk("parked", "--json", "--config", ready).out) == []
    assert json.loads(postdesk("status", "--json", "--config", ready).out)["inbox"]["dropped"]["count"] == 1
    for words in (("parked", "drop", number), ("replay", number)):
        assert "neither parked nor held" in postdesk(*words, "--config", ready, code=1).out


# init.


def test_init_overwrites_nothing(postdesk: Postdesk, tmp_path: Path) -> None:
    postdesk("init", tmp_path / "desk")
    before = (tmp_path / "desk" / "config.toml").read_bytes()
    line = one_line(postdesk("init", tmp_path / "desk", code=2).err)
    assert line.startswith(f"{tmp_path / 'desk' / 'config.toml'} exists already")
    assert (tmp_path / "desk" / "config.toml").read_bytes() == before


def test_what_stands_as_a_comment_in_config_toml_may_be_uncommented_where_it_stands(
    postdesk: Postdesk, tmp_path: Path
) -> None:
    postdesk("init", tmp_path / "desk")
    file = tmp_path / "desk" / "config.toml"
    text, count = re.subn(r"^# (?=\[+[\w.]+\]+|\w+ = )", "", file.read_text(), flags=re.MULTILINE)
    assert count > 70
    file.write_text(text)
    settings = load(file)
    policy = settings.desk.policy
    assert (policy.peak_backlog, [step.at for step in policy.step]) == (50, ["75%", "due"])
    assert [(one.name, len(one.step or ())) for one in settings.desk.policies] == [("vip", 1)]
    assert [account.name for account in settings.accounts] == ["support", "drop"]


# Usage.


@pytest.mark.parametrize(
    "words", [("nonsense",), ("tickets", "--nonsense"), ("show",), ("read",), ("letters", "retry")]
)
def test_wrong_usage_ends_with_2(postdesk: Postdesk, words: tuple[str, ...]) -> None:
    assert "Usage:" in postdesk(*words, code=2).err


def commands() -> dict[tuple[str, ...], Any]:
    """Every command and group, by the words that lead to it."""
    found: dict[tuple[str, ...], Any] = {}

    def walk(words: tuple[str, ...], command: Any) -> None:
        command = command.load() if hasattr(command, "load") else command
        found[words] = command
        for name, below in getattr(command, "commands", {}).items():
            walk((*words, name), below)

    walk((), cli.cli)
    return found


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(words) or "postdesk")
def test_help_says_what_a_command_does_and_explains_every_option(postdesk: Postdesk, words: tuple[str, ...]) -> None:
    command = commands()[words]
    said = postdesk(*words, "--help").out
    assert "Usage:" in said
    assert command.help
    assert command.help.split()[0] in said
    for option in command.params:
        assert option.help, f"{option.name} of {' '.join(words)} is not explained"
        assert max(option.opts, key=len) in said or option.metavar in said


def test_the_commands_are_those_that_were_promised() -> None:
    top = {words[0] for words in commands() if words}
    assert top == set(
        "init check run demo ingest read tickets show status parked replay letters calendar sla report db".split()  # noqa: SIM905
    ) | {"bounced"}
    below = {(words[0], words[1]) for words in commands() if len(words) == 2}
    assert below == {
        ("letters", "retry"),
        ("letters", "release"),
        ("letters", "drop"),
        ("parked", "drop"),
        ("bounced", "lift"),
        ("calendar", "list"),
        ("calendar", "show"),
        ("sla", "due"),
        ("report", "sla"),
        ("sla", "explain"),
        ("sla", "rebuild"),
        ("db", "upgrade"),
        ("db", "restored"),
    }


@pytest.mark.parametrize(
    "words", [(), ("letters",), ("parked",), ("calendar",), ("sla",), ("report",), ("db",)], ids=" ".join
)
def test_the_list_of_commands_says_whole_sentences_at_80_columns(
    postdesk: Postdesk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = postdesk(*words, "--help").out.partition("Commands:\n")[2].splitlines()
    assert listed
    for line in listed:
        assert line.endswith(".")
        assert not line.endswith("..."), line
