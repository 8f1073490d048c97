"""Measures what it costs to start: CPU of a process (user and system, medians of interleaved runs), as ratios.

python bench/start.py [ROUNDS]

--help      beside a bare Typer program of as many commands                   at most 1.4
status      beside `python -c 'import typer, sqlmodel'`                       at most 1.3
daemon      the main process until it is ready, its readers apart             at most 1.5 s on a quiet machine
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "ops.cli"]
DESK = """
[[agent]]
address = "ben@example.org"
name = "Ben"
lead = true
[[mailbox]]
name = "drop"
kind = "maildir"
path = "maildir"
addresses = ["support@example.org"]
since = 2020-01-01T00:00:00Z
"""
BARE = """
import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)
for number in range({commands}):

    def command(number: int = 0, word: str = "x", flag: bool = False) -> None:
        "Do something."

    app.command(f"command-{{number}}")(command)
app()
"""


def cpu(command: list[str]) -> float:
    """Seconds of CPU of a process that must end well, and of the children it has waited for."""
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"start: {' '.join(command)} ended with {child.returncode}")
    return used.ru_utime + used.ru_stime


def daemon(config: Path) -> float:
    """Seconds of CPU of the daemon's main process when it says that it has started."""
    child = subprocess.Popen([*PROGRAM, "run", "--config", str(config)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    try:
        for line in child.stderr:
            if "started" in line:
                # proc(5): fields 14 and 15, counted behind the name in parentheses.
                fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
                return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        sys.exit("start: the daemon did not start")
    finally:
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=60)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    sys.path.insert(0, str(ROOT))
    from ops.cli import COMMANDS, GROUPS

    count = len(COMMANDS) + sum(len(below) for _, below in GROUPS.values())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("new", "cur", "tmp"):
            (folder / "maildir" / part).mkdir(parents=True)
        config, bare = folder / "config.toml", folder / "bare.py"
        config.write_text(DESK)
        bare.write_text(BARE.format(commands=count))
        # It makes the database, too.
        daemon(config)
        commands = {
            "bare": [sys.executable, str(bare), "--help"],
            "help": [*PROGRAM, "--help"],
            "libraries": [sys.executable, "-c", "import typer, sqlmodel"],
            "status": [*PROGRAM, "status", "--config", str(config)],
        }
        used: dict[str, list[float]] = {one: [] for one in (*commands, "daemon")}
        for _ in range(rounds):
            for one, command in commands.items():
                used[one].append(cpu(command))
            used["daemon"].append(daemon(config))
            time.sleep(0.1)
    took = {one: statistics.median(seconds) for one, seconds in used.items()}
    print(f"--help: {took['help']:.2f} s, {took['help'] / took['bare']:.2f} x a bare Typer program (at most 1.4)")
    print(f"status: {took['status']:.2f} s, {took['status'] / took['libraries']:.2f} x its libraries (at most 1.3)")
    ratio = took["daemon"] / took["libraries"]
    print(f"daemon ready: {took['daemon']:.2f} s of CPU (at most 1.5), {ratio:.1f} x the same libraries")


if __name__ == "__main__":
    main()
