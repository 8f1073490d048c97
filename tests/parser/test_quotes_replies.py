"""Mails as the clients write them, each with the reply marked ⟦so⟧; without a mark the whole text is the reply.

The files in `replies/` hold one mail after another, each below a line `%%% NAME`; names that begin with "html" are
HTML. `first.txt`, `held_out.txt`, `later.txt`, `unseen.txt` and `last.txt` were written before the reader was run on
them (docs/reading.md gives what it scored then), `gateways.txt`, with quotations that lost marks, hours and blanks on
the way, in part; `strangers.txt` is what a review found; `own_words.txt` is text that must stay whole.
"""

import re
from html import unescape
from pathlib import Path

import pytest

from parser.read import read

HEAD = (
    "From: Ana <ana@example.org>\nTo: help@example.net\nSubject: x\nMIME-Version: 1.0\n"
    "Content-Type: text/{}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
)
CASES = [
    pytest.param(name, body, id=f"{path.stem}: {name}")
    for path in sorted((Path(__file__).parent / "replies").glob("*.txt"))
    for name, body in (
        block.split("\n", 1) for block in f"\n{path.read_text(encoding='utf-8')}".split("\n%%% ") if block
    )
]


def expected(body: str) -> str:
    """The marked parts, or all of it."""
    return "\n".join(re.findall("⟦(.*?)⟧", body, re.DOTALL)) or body


@pytest.mark.parametrize(("name", "body"), CASES)
def test_the_reply_is_what_the_person_wrote(name: str, body: str) -> None:
    is_html = name.startswith("html")
    sent = HEAD.format("html" if is_html else "plain") + body.replace("⟦", "").replace("⟧", "")
    reply = read(sent.encode()).new_text
    if is_html:
        shown = unescape(re.sub("<[^>]*>", " ", expected(body)))
        assert re.findall(r"\w+", reply) == re.findall(r"\w+", shown)
    else:
        assert reply.split() == expected(body).split()


def test_the_cases_are_all_there() -> None:
    assert len(CASES) > 400
