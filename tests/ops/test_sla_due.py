"""`sla due --jsonl`: exact answers, strict lines, and no line that spoils the next."""

import io
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ops.commands import sla_due
from ops.commands.sla_due import MAX_LINE, Answers, answer_all
from pipeline.calendar_files import load_calendars
from servers.pace import patience

ROOT = Path(__file__).parents[2]
EXAMPLE = (
    '{"start":"2026-03-27T15:10:00Z","target":"8h","calendar":{"zone":"Europe/Berlin","hours":{"mon":[["09:00","12:00"],'
    '["13:00","24:00"]],"tue":[]},"holidays":["2026-04-03"],"workdays":{"2026-04-04":[["09:00","18:00"]]}},'
    '"pauses":[["2026-03-30T08:00:00Z","2026-03-30T10:00:00Z"]]}'
)
DUE = '{"due":"2026-03-30T18:00:00Z"}'
ALWAYS = {
    "zone": "UTC",
    "hours": {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
}


def answers(content: bytes) -> list[Any]:
    return [json.loads(line) for line in answer_all(io.BytesIO(content), lambda: load_calendars(Path("none.toml")))]


def asked(**changes: Any) -> Any:
    row = {"start": "2026-03-27T15:10:00Z", "target": "8h", "calendar": ALWAYS, **changes}
    (answer,) = answers(json.dumps({key: value for key, value in row.items() if value is not None}).encode())
    return answer


def test_the_example_is_answered_to_the_letter() -> None:
    assert Answers(dict).answer(EXAMPLE.encode()) == DUE


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-27T15:10:00Z", "2026-03-27T23:10:00Z"),
        ("2026-03-27T15:10Z", "2026-03-27T23:10:00Z"),
        ("2026-03-27T23:10:00+08:00", "2026-03-27T23:10:00Z"),
        ("2026-03-27T05:40:00-09:30", "2026-03-27T23:10:00Z"),
        ("2026-03-27T15:10:00.000001Z", "2026-03-27T23:10:01Z"),
        ("2026-03-27T15:10:00.000000001Z", "2026-03-27T23:10:01Z"),
        ("2026-03-27T15:10:59.999999999Z", "2026-03-27T23:11:00Z"),
        ("2026-12-31T20:00:00.000Z", "2027-01-01T04:00:00Z"),
    ],
)
def test_an_instant_has_any_offset_and_is_rounded_up_to_the_second(start: str, due: str) -> None:
    assert asked(start=start) == {"due": due}


def test_a_calendar_without_open_time_is_never_due() -> None:
    assert asked(calendar={"zone": "UTC"}) == {"due": None}


def test_a_name_is_that_of_a_calendar_of_the_desk() -> None:
    assert asked(calendar="24/7") == {"due": "2026-03-27T23:10:00Z"}
    assert asked(calendar="moon") == {"error": "calendar: there is no calendar 'moon'; there are 24/7"}


def test_the_calendars_of_the_desk_are_read_once() -> None:
    read: list[int] = []

    def named() -> dict[str, Any]:
        read.append(1)
        return dict(load_calendars(Path("none.toml")))

    line = b'{"start":"2026-03-27T15:10:00Z","target":"8h","calendar":"24/7"}\n'
    assert list(answer_all(io.BytesIO(line * 3), named)) == ['{"due":"2026-03-27T23:10:00Z"}'] * 3
    assert read == [1]


def test_pauses_overlap_come_in_any_order_and_may_be_empty() -> None:
    noon = "2026-03-27T12:00:00Z"
    pauses = [
        ["2026-03-27T20:00:00Z", "2026-03-27T22:00:00Z"],
        [noon, noon],
        ["2026-03-27T15:30:00Z", "2026-03-27T21:00:00Z"],
    ]
    assert asked(pauses=pauses) == {"due": "2026-03-28T05:40:00Z"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"start": None}, "start: is missing; a line has"),
        ({"target": None}, "target: is missing; a line has"),
        ({"calendar": None}, "calendar: is missing; a line has"),
        ({"begin": 1}, "unknown key 'begin'; there are start,"),
        ({"start": "2026-03-27T15:10:00"}, "start: '2026-03-27T15:10:00' is not an instant; write it with its offset"),
        ({"start": "2026-03-27 15:10:00Z"}, "start: "),
        ({"start": "2026-02-30T15:10:00Z"}, "start: '2026-02-30T15:10:00Z' is not a date and time that exists; write"),
        ({"start": "2026-03-27T24:00:00Z"}, "start: "),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start: "),
        ({"start": "9999-12-31T23:59:59-14:00"}, "start: "),
        ({"start": "1969-12-31T23:59:59Z"}, "start: '1969-12-31T23:59:59Z' is too far away; write"),
        ({"start": 1774624200}, "start: 1774624200 is not an instant"),
        ({"target": "0h"}, "target: '0h' is not a target; it must be longer"),
        ({"target": "8"}, "target: '8' is not a target; write"),
        ({"target": 8}, "target: 8 is not a target; write"),
        ({"target": "-8h"}, "target: '-8h' is not a target; write"),
        ({"target": "9" * 30 + "d"}, "target: "),
        ({"calendar": []}, "calendar: [] is not a table or a name; write"),
        ({"calendar": {}}, "calendar: zone: is missing; write"),
        ({"calendar": {"zone": "../etc"}}, "calendar: '../etc' is not an IANA time zone; write"),
        ({"calendar": {"zone": "leapseconds"}}, "calendar: 'leapseconds' is not an IANA time zone; write"),
        ({"calendar": {"zone": "Europe/\0"}}, "calendar: 'Europe/\\x00' is not an IANA time zone; write"),
        ({"calendar": {"zone": "UTC", "hour": {}}}, "calendar: unknown key 'hour'; there are"),
        ({"calendar": {"zone": "UTC", "hours": {"Mon": []}}}, "calendar: hours: 'Mon' is not a weekday; write"),
        ({"calendar": {"zone": "UTC", "hours": {"mon": [["09:00"]]}}}, "calendar: hours.mon: "),
        (
            {"calendar": {"zone": "UTC", "hours": {"mon": [["09:00", "10:00"]] * 49}}},
            "calendar: hours.mon: there are 49",
        ),
        ({"calendar": {"zone": "UTC", "holidays": ["2026-02-30"]}}, "calendar: holidays: '2026-02-30' is not a date"),
        ({"pauses": {}}, "pauses: {} is not a list; write"),
        ({"pauses": [["2026-03-27T15:10:00Z"]]}, "pauses[0]: "),
        ({"pauses": [["2026-03-27T15:10:00Z", "2026-03-27T15:09:59Z"]]}, "pauses[0]: ends before it begins; write"),
        ({"pauses": [["2026-03-27T15:10:00Z", "now"]]}, "pauses[0]: 'now' is not an instant; write"),
    ],
)
def test_a_bad_line_names_the_key_and_the_remedy(changes: dict[str, Any], error: str) -> None:
    answer = asked(**changes)
    assert list(answer) == ["error"]
    assert answer["error"].startswith(error)
    assert ";" in answer["error"]


@pytest.mark.parametrize(
    "line",
    [
        b"", b" ", b"5", b"null", b"[]", b"{", b'{"start":}', b"\xff\xfe", b'{"start":"\xff"}', b"[" * 200_000,
        b'{"a":' * 100_000, b"9" * 10_000, b'{"start":1,"start":1}', b"\xef\xbb\xbf{}", b"\0", b'"\\ud800"',
        b'{"\\ud800":1}', b"{}" * 2, b'{"target":NaN}', b"x" * (MAX_LINE + 1), b"x" * (3 * MAX_LINE),
    ],
)  # fmt: skip
def test_no_line_spoils_the_others(line: bytes) -> None:
    content = b"\n".join([EXAMPLE.encode(), line, EXAMPLE.encode()])
    first, bad, last = answer_all(io.BytesIO(content), dict)
    assert (first, last) == (DUE, DUE)
    assert list(json.loads(bad)) == ["error"]
    assert len(bad) < 3_000


def test_every_line_has_its_answer_also_the_last_without_an_end() -> None:
    assert len(answers(b"\n\n{}")) == 3
    assert len(answers(b"{}\r\n{}\r\n")) == 2
    assert answers(b"") == []


def test_calendars_are_kept_and_not_without_end() -> None:
    kept = Answers(dict)
    for year in range(1970, 2180, 7):
        row = {"start": f"{year}-03-27T15:10:00Z", "target": "1h", "calendar": ALWAYS}
        assert json.loads(kept.answer(json.dumps(row).encode())) == {"due": f"{year}-03-27T16:10:00Z"}
    for zone in range(100):
        table = {**ALWAYS, "holidays": [f"2030-01-{zone % 28 + 1:02}"], "workdays": {f"2031-01-{zone % 27 + 1:02}": []}}
        kept.answer(json.dumps({"start": "2026-01-01T00:00Z", "target": "1h", "calendar": table}).encode())
    assert len(kept._met) == sla_due._MAX_CALENDARS


def test_lines_of_one_calendar_are_answered_by_the_thousand() -> None:
    kept, line = Answers(dict), EXAMPLE.encode()
    kept.answer(line)
    began = time.process_time()
    for _ in range(2_000):
        kept.answer(line)
    assert 2_000 / (time.process_time() - began) > 5_000


def test_an_answer_comes_before_the_next_question() -> None:
    command = [sys.executable, "-m", "ops.cli", "sla", "due", "--jsonl"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write(EXAMPLE.encode() + b"\n")
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 30)[0]
            assert process.stdout.readline() == DUE.encode() + b"\n"
        process.stdin.close()
        assert process.wait(patience(30)) == 0
