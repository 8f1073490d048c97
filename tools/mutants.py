"""Breaks the modules whose rules matter most, one small change at a time, and runs their narrow tests on each.

    make mutants                                   all of it: an hour or two
    make mutants ARGS="--module outbox --sample 40"
    make mutants ARGS="--module outbox --list"     what would be broken

A change is made in memory, in a process that was forked after everything was imported that it cannot touch: the tree
stays as it is. A mutant is killed when a test fails, or when the tests do not end. One that lives on SQLite is tried
once more on PostgreSQL where the rule is kept by the database. `mutants_equivalent.toml` names those that change
nothing, with the reason; they do not count.
Exits with 1 where fewer than 90 % of a module's mutants are killed, and with 2 where it could not find out.
"""

import argparse
import ast
import contextlib
import importlib
import importlib.machinery
import importlib.util
import os
import pkgutil
import random
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from mutants_operators import Change, changes

ROOT = Path(__file__).parents[1]
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.toml")
WANTED = 0.9
ROOMS = ("parser", "desk", "models")
"""Lower ones first: none imports one behind it."""
FOREIGN = (
    "hypothesis.strategies", "pytest", "pytest_asyncio", "sqlmodel", "psycopg", "alembic.command", "pydantic", "jinja2",
    "cryptography.hazmat.primitives.ciphers.aead", "sqlalchemy.dialects.postgresql", "email.headerregistry",
    "sqlalchemy.dialects.sqlite", "dateutil", "xdist", "trustme",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A rule of the house: where it is written, and the tests that are narrow for it."""

    files: dict[str, tuple[str, ...]]
    """Paths of modules, each with the functions that belong to it; () means the whole module."""
    tests: tuple[str, ...]
    postgresql: bool = False
    """Whether a mutant that lives on SQLite is tried on PostgreSQL as well."""


TARGETS = {
    "outbox": Target(
        {"models/outbox.py": (), "models/outbox_recovery.py": ()}, ("tests/models/test_outbox.py",), postgresql=True
    ),
    "vault": Target({"models/vault.py": ()}, ("tests/models/test_vault.py",)),
    "caps": Target(
        {
            "models/lookup.py": ("_counts", "written_to", "automatic_counts", "_letter_count", "_unproven"),
            "desk/replies/acknowledgements.py": ("over_cap",),
        },
        ("tests/models/test_lookup.py", "tests/desk/test_caps.py"),
        postgresql=True,
    ),
    "ledger": Target(
        {"desk/sla/ledger.py": (), "desk/sla/spans.py": ()},
        ("tests/desk/test_ledger.py", "tests/desk/test_sla.py", "tests/desk/test_snooze.py"),
    ),
    "routing": Target(
        {"desk/routing.py": (), "desk/agent_routing.py": (), "desk/routes.py": ()},
        (
            "tests/desk/test_routing.py",
            "tests/desk/test_customer_mail.py",
            "tests/desk/test_machine_mail.py",
            "tests/desk/test_agent_mail.py",
            "tests/desk/test_warning_answers.py",
        ),
    ),
    "masks": Target({"parser/masks.py": ()}, ("tests/parser/test_masked_mail.py", "tests/parser/test_masks.py")),
}


@dataclass(frozen=True, eq=False)
class Mutant:
    path: str
    index: int
    """Of the change among all of its file."""
    change: Change

    def __str__(self) -> str:
        change = self.change
        where = f"{self.path}:{change.line} {change.function}".strip()
        number = f" ({change.number})" if change.number else ""
        return f"{where}: `{change.before}` -> `{change.after}`{number}"

    def is_meant_by(self, entry: Mapping[str, Any]) -> bool:
        """Whether an entry of the list of equivalent ones names this one: number 0, another, or "every" alike."""
        change, number = self.change, entry.get("number", 0)
        here = self.path, change.function, change.before, change.after
        there = tuple(entry[name] for name in ("path", "function", "before", "after"))
        return here == there and number in (change.number, "every")

    def code(self) -> CodeType:
        tree = ast.parse((ROOT / self.path).read_text("utf-8"))
        for index, change in enumerate(changes(tree)):
            if index == self.index:
                change.apply()
                return compile(ast.fix_missing_locations(tree), str(ROOT / self.path), "exec")
        raise AssertionError("unreachable")


def mutants_of(target: Target) -> list[Mutant]:
    found = []
    for path, functions in target.files.items():
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        for index, change in enumerate(changes(tree)):
            if not functions or change.function in functions:
                found.append(Mutant(path, index, change))
    return found


# Trying one.


class _Mutated(importlib.machinery.SourceFileLoader):
    """Loads a module from a changed tree."""

    def __init__(self, name: str, path: str, changed: CodeType) -> None:
        super().__init__(name, path)
        self._changed = changed

    def get_code(self, _: str) -> CodeType:
        return self._changed


class _Finder:
    """Gives the changed module instead of that on disk."""

    def __init__(self, mutant: Mutant) -> None:
        self._path = str(ROOT / mutant.path)
        self._name = mutant.path.removesuffix(".py").replace("/", ".")
        self._code = mutant.code()

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        loader = _Mutated(name, self._path, self._code)
        return importlib.util.spec_from_file_location(name, self._path, loader=loader)


def import_ahead(target: Target) -> None:
    """What no mutant of this target can change: foreign libraries, and the rooms below it."""
    for name in FOREIGN:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    rooms = {path.partition("/")[0] for path in target.files}
    for room in ROOMS[: min(ROOMS.index(room) for room in rooms)]:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)


def run_tests(mutant: Mutant | None, tests: Sequence[str], folder: Path, *, postgresql: bool) -> int:
    """The exit code of pytest, in a process forked for it; never returns to its caller's code."""
    import pytest

    folder.mkdir()
    quiet = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    if mutant is not None:
        sys.meta_path.insert(0, _Finder(mutant))
    chosen = [] if postgresql else ["-k", "not postgresql"]
    options = ["-x", "-q", "--tb=line", "--assert=plain", "--hypothesis-seed=0", f"--basetemp={folder / 'tmp'}"]
    return int(pytest.main([*options, *chosen, *tests]))


_OWN_FAULT = 70
"""Exit code of a process in which pytest could not even be started."""


@dataclass
class Running:
    mutant: Mutant | None
    folder: Path
    begin: float


class Runner:
    """Tries mutants of one target, a few at a time."""

    def __init__(self, target: Target, folder: Path, jobs: int) -> None:
        self._target, self._folder, self._jobs = target, folder, jobs
        self._made = 0
        self._limit = 600.0

    def baseline(self) -> float:
        """How long the tests take on the module as it is. Exits where they fail."""
        begin = time.monotonic()
        for postgresql in (False, True)[: 1 + self._target.postgresql]:
            ((_, lived),) = self.tried([None], postgresql=postgresql)
            if not lived:
                print((self._folder / f"{self._made}" / "output").read_text(errors="replace")[-3000:])
                sys.exit("the tests fail on the module as it is")
            if not postgresql:
                took = time.monotonic() - begin
        self._limit = 60 + 5 * (time.monotonic() - begin)
        return took

    def tried(self, mutants: Sequence[Mutant | None], *, postgresql: bool) -> list[tuple[Mutant | None, bool]]:
        """Each with whether it lived, in their order."""
        waiting, running, lived = list(mutants)[::-1], dict[int, Running](), dict[int, bool]()
        while waiting or running:
            while waiting and len(running) < self._jobs:
                one = self._start(waiting.pop(), postgresql=postgresql)
                running[one[0]] = one[1]
            process, status = os.waitpid(-1, os.WNOHANG)
            if process:
                done = running.pop(process)
                if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _OWN_FAULT:
                    sys.exit(f"the tests could not be run: {(done.folder / 'output').read_text(errors='replace')}")
                lived[id(done.mutant)] = os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
                if done.mutant is not None:
                    if lived[id(done.mutant)]:
                        print(f"  lives: {done.mutant}", file=sys.stderr, flush=True)
                    shutil.rmtree(done.folder, ignore_errors=True)
                continue
            for process, one_running in running.items():
                if time.monotonic() - one_running.begin > self._limit:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process, signal.SIGKILL)
            time.sleep(0.02)
        return [(mutant, lived[id(mutant)]) for mutant in mutants]

    def _start(self, mutant: Mutant | None, *, postgresql: bool) -> tuple[int, Running]:
        self._made += 1
        folder = self._folder / f"{self._made}"
        process = os.fork()
        if process:
            return process, Running(mutant, folder, time.monotonic())
        code = _OWN_FAULT
        try:
            os.setsid()
            code = run_tests(mutant, self._target.tests, folder, postgresql=postgresql)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)


# The whole.


def equivalents(every: Sequence[Mutant]) -> set[Mutant]:
    """Those of these mutants that change nothing. Exits where the list names one that is not there."""
    found = set[Mutant]()
    paths = {one.path for one in every}
    for entry in tomllib.loads(EQUIVALENT.read_text("utf-8")).get("mutant", []):
        meant = {one for one in every if one.is_meant_by(entry)}
        if entry["path"] in paths and not meant:
            sys.exit(f"{EQUIVALENT.name} names what is not there: {entry}")
        found |= meant
    return found


def judge(name: str, sample: int, seed: int, jobs: int) -> bool:
    """Tries the mutants of one target and says how it went; whether enough were killed."""
    target = TARGETS[name]
    chosen = every = mutants_of(target)
    equal = equivalents(every)
    if 0 < sample < len(every):
        chosen = sorted(random.Random(seed).sample(every, sample), key=every.index)
    import_ahead(target)
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    try:
        runner = Runner(target, folder, jobs)
        took = runner.baseline()
        tried = [one for one in chosen if one not in equal]
        left = [one for one, lived in runner.tried(tried, postgresql=False) if lived]
        if target.postgresql:
            left = [one for one, lived in runner.tried(left, postgresql=True) if lived]
        # Tests that somebody broke meanwhile would have killed everything.
        runner.baseline()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    killed, alike = len(tried) - len(left), len(chosen) - len(tried)
    share = killed / len(tried) if tried else 1.0
    print(f"| {name} | {len(every)} | {len(chosen)} | {alike} | {killed} | {len(left)} | {share:.0%} | {took:.0f} s |")
    sys.stdout.flush()
    return share >= WANTED


def main() -> None:
    parser = argparse.ArgumentParser(description="Break the rules one by one and see whether their tests notice.")
    parser.add_argument("--module", action="append", choices=sorted(TARGETS), help="only this one; may be repeated")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants of each, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="only say what would be broken")
    given = parser.parse_args()
    names = given.module or list(TARGETS)
    if given.list:
        for name in names:
            for one in mutants_of(TARGETS[name]):
                print(one)
        return
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    print("| rule | mutants | tried | equivalent | killed | live | killed of the rest | its tests take |")
    print("|---|---|---|---|---|---|---|---|")
    sys.stdout.flush()
    good = True
    for name in names:
        # A process of its own, in which nothing is imported yet.
        process = os.fork()
        if not process:
            code = 2
            try:
                code = 0 if judge(name, given.sample, given.seed, given.jobs) else 1
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if code not in (0, 1):
            sys.exit(2)
        good = good and code == 0
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
