"""Seed phrases between whose words the writer has put some: "the first word is ocean, then menu, the third one …"."""

import re
from collections.abc import Iterator

from parser.facts.labels import Page
from parser.secrets.runs import Token


def phrases(page: Page, row: str, said: frozenset[int]) -> Iterator[tuple[int, int]]:
    return iter(())
