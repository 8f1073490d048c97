"""The bars of `make check` are held, and a planted breach is found."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import figures  # noqa: E402


def test_no_module_and_no_function_is_too_long() -> None:
    assert figures.measure(ROOT).breaches() == []


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("desk/long.py", "# a line\n" * 351, ["desk/long.py: 351 lines, over 350"]),
        ("scheduler.py", "x = 1\n" * 351, ["scheduler.py: 351 lines, over 350"]),
        ("desk/deep.py", "async def f():\n" + "    x = 1\n" * 60, ["desk/deep.py:1 f: 61 lines, over 60"]),
        ("desk/fat.py", "def g():\n" + "    x = 1\n" * 8, ["functions: a median of 9 lines, over 8"]),
        ("models/migrations/versions/0001.py", "# a line\n" * 400, []),
    ],
)  # fmt: skip
def test_a_breach_is_named(tmp_path: Path, file: str, text: str, found: list[str]) -> None:
    plain = tmp_path / "parser" / "plain.py"
    plain.parent.mkdir()
    plain.write_text("def f():\n    pass\n" if "fat" not in file else "")
    if "deep" in file:
        plain.write_text("def f():\n    pass\n" * 20)
    planted = tmp_path / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(text)
    assert figures.measure(tmp_path).breaches() == found
