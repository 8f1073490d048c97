"""The wheel is all that is needed: installed alone, it works from any folder, with its content and its migrations."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from servers.pace import patience

ROOT = Path(__file__).parents[2]
ROOMS = ("parser", "desk", "mailer", "models", "pipeline", "ops")
MAIL = (
    b"From: Ana <ana@example.net>\r\nTo: support@example.org\r\nSubject: Where is my deposit?\r\n"
    b"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@client.example.net>\r\n\r\nIt did not arrive.\r\n"
)

Postdesk = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**more: str) -> dict[str, str]:
    """Ours, without anything that could lead to the checkout or to a package index."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "POSTDESK_"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INPUT": "1", **more}


def run(*command: str | Path, cwd: Path, **more: str) -> None:
    done = subprocess.run(command, cwd=cwd, env=environment(**more), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def build(source: Path, target: str, into: Path) -> Path:
    """What hatchling makes of a source folder; it is locked, so nothing is fetched."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", into, cwd=source)
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and with the locked libraries of ours."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    paths = sysconfig.get_paths(vars={"base": str(place), "platbase": str(place)})
    # A .pth file puts our libraries behind those of the new environment; none of them is Postdesk.
    (Path(paths["purelib"]) / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    run(*pip, wheel, cwd=place)
    return place


@pytest.fixture
def postdesk(installed: Path, tmp_path: Path) -> Postdesk:
    """Runs the installed command in a folder that has nothing to do with it; Python's warnings end it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def call(*words: str | Path, stdin: bytes = b"", code: int = 0, **more: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [installed / "bin" / "postdesk", *words],
            cwd=elsewhere,
            env=environment(PYTHONWARNINGS="error", **more),
            input=stdin.decode(),
            capture_output=True,
            text=True,
            timeout=patience(60),
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    return call


def desk(folder: Path) -> Path:
    """A desk that needs no server: mail comes from a Maildir, letters stay queued."""
    for part in ("new", "cur", "tmp"):
        (folder / "maildir" / part).mkdir(parents=True)
    config = folder / "config.toml"
    config.write_text("""
        [[agent]]
        address = "ben@example.org"
        name = "Ben Baker"
        [[mailbox]]
        name = "drop"
        kind = "maildir"
        path = "maildir"
        addresses = ["support@example.org"]
        since = 2020-01-01T00:00:00Z
        """)
    return config


def test_the_wheel_holds_the_program_its_content_and_its_migrations_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    # One name in site-packages: rooms such as `parser` must clash with nobody's.
    assert {name.partition("/")[0] for name in names} == {"postdesk", "postdesk-0.1.0.dist-info"}
    program = {name.removeprefix("postdesk/app/") for name in names if name.startswith("postdesk/app/")}
    assert {name.partition("/")[0] for name in program} == {*ROOMS, "content", "scheduler.py", "config.toml"}
    assert {name for name in names if name.startswith("postdesk/")} == {
        "postdesk/__init__.py",
        *(f"postdesk/app/{name}" for name in program),
    }
    for part in (*ROOMS, "content"):
        for file in (ROOT / part).rglob("*"):
            inside = file.relative_to(ROOT).as_posix()
            if file.is_file() and "__pycache__" not in inside:
                assert inside in program, f"{inside} is missing"
    assert not [name for name in names if name.endswith((".pyc", ".db", ".lock"))]


def test_the_container_is_built_from_all_that_the_wheel_holds() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = set(told["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"])
    lines = (ROOT / "deploy" / "Containerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:]}
    assert {name.removesuffix("/__init__.py") for name in included} <= copied
    assert {"pyproject.toml", "README.md", "LICENSE"} <= copied


def test_the_wheel_tells_its_licence_and_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read("postdesk-0.1.0.dist-info/METADATA").decode()
        licence = archive.read("postdesk-0.1.0.dist-info/licenses/LICENSE").decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert "Requires-Dist: imapclient" in metadata
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = build(ROOT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as packed:
        # The filter came with Python 3.11.4; Debian 12 has 3.11.2.
        packed.extraction_filter = getattr(tarfile, "data_filter", None)
        packed.extractall(tmp_path / "source")
    (source,) = (tmp_path / "source").iterdir()
    again = build(source, "wheel", tmp_path / "again")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        contents = [
            {one.filename: one.CRC for one in built.infolist() if not one.filename.endswith("RECORD")}
            for built in (first, second)
        ]
    assert contents[0] == contents[1]


def test_the_installed_command_is_the_one_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    script = (
        "import postdesk, importlib, sys;"
        "print(*(importlib.import_module(name).__file__ for name in sys.argv[1:]), sep='\\n')"
    )
    names = [*ROOMS, "scheduler"]
    done = subprocess.run(
        [installed / "bin" / "python", "-W", "error", "-c", script, *names],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    places = done.stdout.splitlines()
    assert len(places) == len(names)
    assert all(Path(place).is_relative_to(installed) for place in places), places


def test_the_command_of_a_checkout_works_from_any_folder(tmp_path: Path) -> None:
    place, lock = tmp_path / "venv", tmp_path / "requirements.lock"
    lock.write_text("")
    venv.create(place, with_pip=True, symlinks=True)
    paths = sysconfig.get_paths(vars={"base": str(place), "platbase": str(place)})
    (Path(paths["purelib"]) / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run(ROOT / "tools" / "venv.sh", place, lock, cwd=tmp_path)
    # Called by a link, from a folder with a module of the same name as a room.
    (tmp_path / "parser.py").write_text("raise RuntimeError('the module of some other program')\n")
    (tmp_path / "postdesk").symlink_to(place / "bin" / "postdesk")
    done = subprocess.run(
        [tmp_path / "postdesk", "read", "-", "--json"],
        cwd=tmp_path,
        env=environment(),
        input=MAIL.decode(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["subject"] == "Where is my deposit?"
    assert {one.name for one in Path(paths["purelib"]).iterdir()} & {"parser", "postdesk"} == set()


def test_help_is_there(postdesk: Postdesk) -> None:
    assert "postdesk init DIR" in postdesk("--help").stdout.replace("\n", " ")


def test_init_writes_the_shipped_content_and_check_finds_it_good(postdesk: Postdesk, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    postdesk("init", folder)
    assert (folder / "config.toml").read_text().startswith("# Postdesk")
    shipped = {file.relative_to(ROOT / "content") for file in (ROOT / "content").rglob("*") if file.is_file()}
    written = {file.relative_to(folder / "content") for file in (folder / "content").rglob("*") if file.is_file()}
    assert written == shipped
    config = folder / "config.toml"
    # Ports on which nobody listens stand for the servers of the example.
    text = config.read_text().replace("imap.example.org", "127.0.0.1").replace("smtp.example.org", "127.0.0.1")
    config.write_text(text.replace("# port = 993", "port = 1").replace("# port = 465", "port = 1"))
    secrets = {"POSTDESK_IMAP_PASSWORD": "secret", "POSTDESK_SMTP_PASSWORD": "secret"}
    findings = json.loads(postdesk("check", "--config", config, "--json", code=1, **secrets).stdout)
    assert {one["name"] for one in findings if not one["ok"]} == {"mailbox support", "smtp"}
    assert {one["name"] for one in findings if one["ok"]} >= {"configuration", "templates", "categories", "database"}


def test_read_shows_a_mail(postdesk: Postdesk) -> None:
    shown = json.loads(postdesk("read", "-", "--json", stdin=MAIL).stdout)
    assert shown["subject"] == "Where is my deposit?"
    assert shown["reply"] == "It did not arrive."


def test_the_migrations_are_found(postdesk: Postdesk, tmp_path: Path) -> None:
    config = desk(tmp_path)
    assert "none →" in postdesk("db", "upgrade", "--config", config).stdout
    assert "is at schema" in postdesk("db", "upgrade", "--config", config).stdout
    assert json.loads(postdesk("tickets", "--config", config, "--json").stdout) == []


def test_a_mail_becomes_a_ticket_with_a_letter_from_the_shipped_templates(postdesk: Postdesk, tmp_path: Path) -> None:
    config = desk(tmp_path)
    (tmp_path / "maildir" / "new" / "1.mail").write_bytes(MAIL)
    done = postdesk("run", "--once", "--config", config, code=1)
    assert "letters still wait to be sent" in done.stderr
    (ticket,) = json.loads(postdesk("tickets", "--config", config, "--json").stdout)
    assert ticket["subject"] == "Where is my deposit?"
    assert ticket["category"] != ""
    letters = json.loads(postdesk("letters", "--config", config, "--json").stdout)
    assert {(one["recipient"], one["state"]) for one in letters} >= {("ana@example.net", "queued")}
