"""What commands ask of the daemon: the JSON of a request is what earlier versions left, and nothing is guessed."""

import json
from dataclasses import is_dataclass
from typing import Any, get_args

import pytest

from desk.requests import (
    ChangeLetter,
    DropMail,
    LiftSuppression,
    RebuildTickets,
    RecordUnmasking,
    ReplayMail,
    Request,
    decode,
    encode,
)

# As commands of the first version wrote them.
FORMS: list[tuple[dict[str, Any], Request]] = [
    ({"do": "replay", "inbox": 7}, ReplayMail(7)),
    ({"do": "drop", "inbox": 7}, DropMail(7)),
    ({"do": "letter", "letter": 3, "what": "retry"}, ChangeLetter(3, "retry")),
    ({"do": "letter", "letter": 3, "what": "release"}, ChangeLetter(3, "release")),
    ({"do": "letter", "letter": 3, "what": "drop"}, ChangeLetter(3, "drop")),
    (
        {"do": "unmask", "ticket": 9, "by": "ben on host", "what": "the ticket"},
        RecordUnmasking(9, "ben on host", "the ticket"),
    ),
    ({"do": "rebuild", "tickets": [9, 10]}, RebuildTickets((9, 10))),
    ({"do": "rebuild", "tickets": []}, RebuildTickets(())),
    ({"do": "lift", "address": "ana@example.net"}, LiftSuppression("ana@example.net")),
]


@pytest.mark.parametrize(("form", "request_"), FORMS)
def test_a_request_is_written_and_read_in_the_form_of_the_first_version(
    form: dict[str, Any], request_: Request
) -> None:
    assert encode(request_) == form
    assert decode(json.loads(json.dumps(form))) == request_


def test_every_kind_of_request_is_among_those_forms() -> None:
    kinds = set(get_args(Request))
    assert all(is_dataclass(kind) for kind in kinds)
    assert {type(request) for _, request in FORMS} == kinds


@pytest.mark.parametrize(
    "data",
    [
        {"do": "shred", "inbox": 7},
        {"do": "replay", "inbox": "7"},
        {"do": "replay"},
        {"do": "letter", "letter": 3, "what": "burn"},
        {"do": "rebuild", "tickets": "all"},
        {"do": "rebuild", "tickets": [1, "2"]},
        {"do": "replay", "inbox": 0},
        {"do": "drop", "inbox": 2**31},
        {"do": "letter", "letter": 10**20, "what": "drop"},
        {"do": "unmask", "ticket": 10**20, "by": "ben", "what": "the ticket"},
        {"do": "rebuild", "tickets": [1, 10**20]},
        {"inbox": 7},
        [{"do": "replay", "inbox": 7}],
        "replay 7",
        None,
    ],
)
def test_what_is_no_known_request_is_not_guessed_at(data: object) -> None:
    assert decode(data) is None
