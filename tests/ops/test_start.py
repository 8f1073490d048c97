"""What a command imports: what it needs, and no more. Sets of modules are compared, because times differ every day."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("parser", "desk", "mailer", "models", "pipeline", "ops", "scheduler")
CONFIG = '[store]\ndata = "data"\n'
REPORT = """
import json, sys
sys.argv = ["postdesk", *sys.argv[1:]]
from ops.cli import main
try:
    main()
except SystemExit as error:
    print(json.dumps([error.code or 0, sorted(sys.modules)]), file=sys.stderr)
"""


def imported(*words: str | Path, code: int = 0) -> set[str]:
    """The names of all modules that a command has imported when it ends, which must be with `code`."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    ended, modules = json.loads(done.stderr.splitlines()[-1])
    assert ended == code, done.stderr
    return set(modules)


def libraries(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] in ROOMS}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A database of this schema, and no more of a configuration than `status` needs."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    program = "import sys; from pathlib import Path; from models.store import Store; Store(sys.argv[1]).upgrade()"
    url = f"sqlite:///{tmp_path / 'data' / 'postdesk.db'}"
    subprocess.run([sys.executable, "-c", program, url], cwd=ROOT, check=True)
    return file


@pytest.mark.parametrize("words", [(), ("sla",), ("calendar",), ("db",), ("report",)], ids=" ".join)
def test_help_imports_the_list_of_commands_and_nothing_else_of_ours(words: tuple[str, ...]) -> None:
    modules = imported(*words, "--help")
    assert ours(modules) == {"desk", "desk.errors", "ops", "ops.cli", "ops.options"}
    assert not libraries(modules) & {"rich", "sqlmodel", "sqlalchemy", "jinja2"}


def test_a_command_imports_no_other_command(config: Path) -> None:
    commands = {name for name in imported("status", "--config", config) if name.startswith("ops.commands.")}
    assert commands == {"ops.commands.status"}


def test_status_reads_no_mail_no_template_no_calendar_and_no_key(config: Path) -> None:
    modules = imported("status", "--config", config)
    assert not libraries(modules) & {
        "alembic",
        "apscheduler",
        "charset_normalizer",
        "cryptography",
        "holidays",
        "icalendar",
        "imapclient",
        "jinja2",
        "mailer",
        "mailparser",
        "markdown_it",
        "pygments",
        "scheduler",
    }
    assert {name for name in ours(modules) if name.startswith("parser.")} <= {"parser.mail"}
    assert {name for name in ours(modules) if name.startswith("pipeline.")} == {
        "pipeline.store_table",
        "pipeline.toml_tables",
    }


def test_a_mail_servers_pipe_waits_for_no_daemon(config: Path) -> None:
    modules = imported("ingest", config, "--config", config, code=75)
    assert not libraries(modules) & {"alembic", "apscheduler", "imapclient", "aiosmtplib", "rich", "scheduler"}


def test_the_daemon_imports_alembic_only_to_migrate() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, ops.commands.run; print(sorted({'alembic', 'rich'} & set(sys.modules)))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
