"""The corners of routing: what a mail must have and what it must not, one condition at a time."""

from dataclasses import replace
from typing import Any

import pytest

from desk.facts import Facts
from desk.letters import LetterKind
from desk.routes import HeldAgentMail, stored_name
from desk.routing import route
from servers.values import BEN, desk, facts, file, known, letter, mail


def routed(**changes: Any) -> str:
    return stored_name(route(mail(**changes), facts(), desk()))


def test_the_names_of_routes_are_stored_and_stay() -> None:
    assert routed() == "NewRequest"
    assert stored_name(HeldAgentMail("empty", "", BEN)) == "Held"
