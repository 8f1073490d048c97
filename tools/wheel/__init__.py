"""Postdesk, installed. Its rooms lie in `app/` below this file, so that names such as `parser` clash with nobody's."""

import sys
from pathlib import Path

# First of all: what we import as `parser` or `models` must be ours, whatever else is installed.
sys.path.insert(0, str(Path(__file__).parent / "app"))


def main() -> None:
    from ops.cli import main as postdesk

    postdesk()
