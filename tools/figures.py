"""Sizes of the house, and the bars that hold them: `make check` prints the figures and fails past a bar.

Word lists and migrations do not count: their length says nothing about how hard they are to read.
"""

import ast
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("parser", "desk", "mailer", "models", "pipeline", "ops")
MODULE_LINES, FUNCTION_LINES, MEDIAN, P90 = 350, 60, 8, 21


@dataclass(frozen=True)
class Figures:
    modules: dict[str, int]
    """Lines by file."""
    functions: dict[str, int]
    """Lines by "file:line name", from `def` to the last line."""

    @property
    def median(self) -> float:
        return statistics.median(self.functions.values())

    @property
    def p90(self) -> int:
        lengths = sorted(self.functions.values())
        return lengths[int(len(lengths) * 0.9)]

    def breaches(self) -> list[str]:
        """A line for each bar that is passed, with the place."""
        found = [
            f"{name}: {lines} lines, over {bar}"
            for sizes, bar in ((self.modules, MODULE_LINES), (self.functions, FUNCTION_LINES))
            for name, lines in sizes.items()
            if lines > bar
        ]
        if self.median > MEDIAN:
            found.append(f"functions: a median of {self.median} lines, over {MEDIAN}")
        if self.p90 > P90:
            found.append(f"functions: nine of ten have up to {self.p90} lines, over {P90}")
        return found


def measure(root: Path) -> Figures:
    modules: dict[str, int] = {}
    functions: dict[str, int] = {}
    files = [file for room in ROOMS for file in sorted((root / room).rglob("*.py")) if "migrations" not in file.parts]
    for file in (*root.glob("*.py"), *files):
        text, name = file.read_text(encoding="utf-8"), file.relative_to(root).as_posix()
        modules[name] = len(text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions[f"{name}:{node.lineno} {node.name}"] = (node.end_lineno or node.lineno) - node.lineno + 1
    return Figures(modules, functions)


def main() -> int:
    found = measure(ROOT)
    longest = max(found.functions, key=lambda name: found.functions[name])
    print(
        f"{len(found.modules)} modules, the longest {max(found.modules.values())} lines; "
        f"{len(found.functions)} functions: median {found.median:g}, nine of ten up to {found.p90} lines, "
        f"the longest {found.functions[longest]} ({longest})"
    )
    breaches = found.breaches()
    print(*breaches, sep="\n", end="\n" if breaches else "")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
