"""What is installed is what was locked: by hash, from wherever; and no file tells of the machine it was written on."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
# A requirement begins a line; its hashes follow, indented.
PINNED = re.compile(r"([a-z0-9][a-z0-9-]*)(\[[a-z0-9,-]+\])?==([^\s;]+)( ; [^\\]+)?( \\)?")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
# Written in pieces, because this file is looked through as well.
REGISTRIES = re.compile(
    "|".join(("py" + r"pi\.org", "python" + "hosted", "py" + "pi/simple", r"index" + "-url", "find" + "-links"))
)
MACHINE = re.compile(r"(?<![\w.~*-])/(?:wo" + "rk|ho" + "me|ro" + "ot|Us" + "ers|opt/(?:wheels|py))/?[^\\s\"'`]*")
TEMPORARY = re.compile(r"(?<![\w.])/t" + r"mp/\w")


def entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """(name, hashes) of every requirement. AssertionError for a line that is neither."""
    name, hashes = "", []
    for line in text.splitlines():
        if pinned := PINNED.fullmatch(line):
            if name:
                yield name, hashes
            name, hashes = pinned[1], []
        else:
            assert HASH.fullmatch(line), line
            hashes.append(line)
    yield name, hashes


def normal(requirement: str) -> str:
    """The name that a requirement is locked by (the name rules of the packaging specifications)."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def files() -> tuple[str, ...]:
    """What is tracked, and what is about to be."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this is no checkout of git, so nothing is tracked")
    return tuple(name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file())


def text_of(name: str) -> str:
    return (ROOT / name).read_bytes().decode("utf-8", "replace")


def offences(name: str, text: str) -> list[str]:
    """The lines that tell of a package registry or of a place on somebody's machine."""
    patterns = [REGISTRIES, MACHINE]
    if not name.startswith("tests/"):
        patterns.append(TEMPORARY)
    return [
        f"{name}:{number}: {found[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in patterns
        if (found := pattern.search(line))
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_versions_and_hashes_and_nothing_else(lock: str) -> None:
    locked = list(entries((ROOT / lock).read_text()))
    assert len(locked) > 20
    assert all(hashes for _, hashes in locked), [name for name, hashes in locked if not hashes]
    assert "://" not in (ROOT / lock).read_text()


def test_every_dependency_is_locked() -> None:
    told = project()
    runtime = {name for name, _ in entries((ROOT / "requirements.lock").read_text())}
    development = {name for name, _ in entries((ROOT / "requirements-dev.lock").read_text())}
    assert {normal(one) for one in told["project"]["dependencies"]} <= runtime  # type: ignore[index]
    assert {normal(one) for one in told["dependency-groups"]["dev"]} <= development  # type: ignore[index]
    # The wheel is built without the network, so what builds it is locked too.
    assert {normal(one) for one in told["build-system"]["requires"]} <= development  # type: ignore[index]


def test_the_development_lock_holds_the_other_one_line_by_line() -> None:
    runtime, development = (dict(entries((ROOT / lock).read_text())) for lock in LOCKS)
    assert {name: development.get(name) for name in runtime} == runtime


def test_no_file_names_a_package_registry_or_a_place_on_a_machine() -> None:
    assert [line for name in files() for line in offences(name, text_of(name))] == []


def test_the_lock_of_uv_is_not_tracked() -> None:
    """It names the index that it was made with, and folders of the machine."""
    assert [name for name in files() if name.endswith("uv.lock")] == []


@pytest.mark.parametrize(
    "line",
    [
        "https://py" + "pi.org/project/postdesk",
        "--extra-index" + "-url = somewhere",
        'config = "/wo' + 'rk/main/config.toml"',
        "ExecStart=/ho" + "me/ana/postdesk",
        "see /ro" + "ot/notes.txt",
        "log = /t" + "mp/postdesk.log",
    ],
)
def test_a_planted_offence_is_found(line: str) -> None:
    assert len(offences("docs/operate.md", f"first\n{line}\n")) == 1


@pytest.mark.parametrize(
    "line", ["https://example.org/home/page", "/opt/postdesk/bin", "/var/lib/postdesk", "~/desk/home/x", "docs/tmp/x"]
)
def test_an_ordinary_path_is_no_offence(line: str) -> None:
    assert offences("docs/operate.md", line) == []
