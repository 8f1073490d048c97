"""Every file and every function that the tour, the glossary and CONTRIBUTING.md name is there."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("docs/walk.md", "docs/glossary.md", "CONTRIBUTING.md")
ROOMS = "parser|desk|mailer|models|pipeline|scheduler|ops"
NAME = re.compile(rf"`((?:{ROOMS})(?:\.(?!py`)\w+)+)`")
PLACE = re.compile(rf"`((?:{ROOMS}|content|tests|docs|tools)(?:/[\w-]+)*(?:/|\.py|\.toml|\.md))`")


def absent(text: str) -> Iterator[str]:
    """The names and places of a page that are not there."""
    for place in PLACE.findall(text):
        # Capitals stand for a name of the reader's own.
        if not re.search("[A-Z]{3}", place) and not (ROOT / place).exists():
            yield place
    for name in NAME.findall(text):
        if not resolves(name):
            yield name


def resolves(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_is_there(page: str) -> None:
    assert list(absent((ROOT / page).read_text(encoding="utf-8"))) == []


def test_the_tour_names_enough_to_be_one() -> None:
    text = (ROOT / "docs/walk.md").read_text(encoding="utf-8")
    assert len(set(NAME.findall(text))) > 30


@pytest.mark.parametrize(
    "text", ["`desk.routing.rout`", "`pipeline/walk.py`", "`parser.quotes.nothing.x`", "`models/old/`"]
)
def test_what_is_not_there_is_found(text: str) -> None:
    assert len(list(absent(text))) == 1
