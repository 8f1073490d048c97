"""Texts that a pattern matches, to see that a quick check in front of it lets all of them through."""

import re
from collections.abc import Iterator
from typing import Any

# The parser of patterns has no public name.
_PARSER: Any = re._parser  # type: ignore[attr-defined]


def texts_of(pattern: str) -> list[str]:
    """A text for each way through the pattern: each branch once, repeats at their least, sets by their first sign."""
    return list(_texts(_PARSER.parse(pattern)))


def _texts(parsed: Any) -> Iterator[str]:
    """Texts that a parsed pattern matches: each branch once, repeats at their least, sets by their first sign."""
    texts = [""]
    for kind, value in parsed:
        name = str(kind)
        if name == "LITERAL":
            ways = [chr(value)]
        elif name == "IN":
            ways = [chr(one) if str(sort) == "LITERAL" else "x" for sort, one in value[:1]]
        elif name == "BRANCH":
            ways = [text for branch in value[1] for text in _texts(branch)]
        elif name == "SUBPATTERN":
            ways = list(_texts(value[3]))
        elif name == "MAX_REPEAT":
            ways = [text * value[0] for text in _texts(value[2])] if value[0] else [""]
        else:
            ways = ["x"] if name in ("ANY", "NOT_LITERAL") else [""]
        texts = [text + way for text in texts for way in ways]
    yield from texts
