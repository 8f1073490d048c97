"""`postdesk calendar`, `sla due` for one question, and what `check` says of calendars."""

import io
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from desk.calendar.countries import Country
from ops import calendars, cli
from ops.commands import calendar_show
from pipeline.calendar_files import load_calendars

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHIPPED = load_calendars(ROOT / "content" / "calendars.toml")


@pytest.fixture
def postdesk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in an empty folder: (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POSTDESK_CONFIG", raising=False)

    def call(*words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["postdesk", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def drawn(name: str, year: int, *, color: bool = False) -> str:
    page = io.StringIO()
    console = Console(file=page, width=80, force_terminal=color, color_system="standard" if color else None)
    calendar_show.show_year(calendar_show.year_of(SHIPPED[name], year, NOW), console)
    return page.getvalue()


def test_a_year_is_readable_at_80_columns_and_without_colour() -> None:
    page = drawn("shanghai", 2026)
    assert "\x1b" not in page
    assert max(map(len, page.splitlines())) <= 80
    assert page == re.sub(r"\x1b\[[0-9;]*m", "", drawn("shanghai", 2026, color=True))
    # 248 working days of 7.5 hours: the State Council's notice for 2026.
    assert page.splitlines()[:2] == ["shanghai · Asia/Shanghai · 2026", "open on 248 days, 1860 h"]
    assert " 9 10 11 12 13 14+15·" in page
    assert "16*17*18*19*20*21·22·" in page
    assert "2026-02-14 Sat + make-up workday  09:00–12:00 13:30–18:00" in page
    assert "2026-02-20 Fri * Day off (substituted from 2026-02-14)" in page
    assert "mon–fri  09:00–12:00 13:30–18:00\nsat–sun  closed" in page
    assert "known" not in page


def test_half_days_and_changes_of_the_clock_are_drawn() -> None:
    page = drawn("berlin", 2026)
    assert "21 22 23 24-25*26*27·" in page
    assert "23 24 25 26 27 28·29~" in page
    assert "2026-12-24 Thu - other hours  09:00–12:00" in page
    assert "2026-03-29 Sun  clock goes from 02:00:00 to 03:00:00" in page
    assert "2026-10-25 Sun  clock goes from 03:00:00 to 02:00:00" in page


def test_a_year_that_china_has_not_announced_is_said_to_be_so() -> None:
    assert "CN: what was announced for 2035 is not known here" in drawn("shanghai", 2035)


def test_every_date_of_the_year_stands_in_the_json_and_adds_up() -> None:
    for name, calendar in SHIPPED.items():
        for year in (2024, 2026):
            found = calendar_show.year_of(calendar, year, NOW)
            first = date(year, 1, 1).toordinal()
            assert [day["date"] for day in found["days"]] == [
                str(date.fromordinal(one)) for one in range(first, date(year + 1, 1, 1).toordinal())
            ]
            assert sum(day["open_seconds"] for day in found["days"]) == sum(found["months"]) == found["open_seconds"]
            spent = calendar.spent(datetime(year - 1, 12, 31, 12, tzinfo=UTC), datetime(year + 1, 1, 1, 1, tzinfo=UTC))
            if name != "24/7":
                assert found["open_seconds"] == pytest.approx(spent.total_seconds(), abs=10 * 3600)
    always = calendar_show.year_of(SHIPPED["24/7"], 2024, NOW)
    assert always["open_seconds"] == 366 * 86_400


@pytest.mark.parametrize(
    ("zone", "year", "changes"),
    [
        ("Asia/Shanghai", 2026, []),
        ("Australia/Lord_Howe", 2026, [("2026-04-05", "02:00:00", "01:30:00"), ("2026-10-04", "02:00:00", "02:30:00")]),
        ("Pacific/Apia", 2011, [("2011-04-02", "04:00:00", "03:00:00"), ("2011-09-24", "03:00:00", "04:00:00"),
                                ("2011-12-29", "00:00:00", "00:00:00")]),
    ],
)  # fmt: skip
def test_changes_of_the_clock(zone: str, year: int, changes: list[tuple[str, str, str]]) -> None:
    found = calendar_show._clock_changes(zone, year)
    assert [(one["date"], one["clock_before"], one["clock_after"]) for one in found] == changes


def test_the_shipped_calendars_are_there_without_a_config(postdesk: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = postdesk("calendar", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["calendar", *SHIPPED]
    assert postdesk("calendar", "show", "berlin", "--year", "2026")[1].startswith("berlin · Europe/Berlin · 2026")
    due = ("sla", "due", "--start", "2026-02-13T09:00:00Z", "--target", "8h", "--calendar", "shanghai")
    assert postdesk(*due) == (0, "2026-02-14T09:30:00Z\n", "")
    row = b'{"start":"2026-02-13T09:00:00Z","target":"8h","calendar":"shanghai"}\n{}\n'
    code, out, _ = postdesk("sla", "due", "--jsonl", stdin=row)
    assert code == 0
    assert out.splitlines()[0] == '{"due":"2026-02-14T09:30:00Z"}'
    assert list(json.loads(out.splitlines()[1])) == ["error"]


def test_a_desk_has_its_own_calendars(postdesk: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "calendars.toml").write_text('[never]\nzone = "UTC"')
    (tmp_path / "other.toml").write_text('[content]\npath = "mine"')
    where = ("--config", str(tmp_path / "other.toml"))
    names = [row["name"] for row in json.loads(postdesk("calendar", "list", "--json", *where)[1])]
    assert names == ["24/7", "never"]
    due = ("sla", "due", "--start", "2026-02-13T09:00:00Z", "--target", "8h", "--calendar", "never", *where)
    assert postdesk(*due) == (0, "null\n", "")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("calendar", "show", "moon"), "there is no calendar 'moon'; there are 24/7, shanghai, berlin"),
        (("sla", "due"), "needs --start and --target, or --jsonl"),
        (("sla", "due", "--start", "today", "--target", "8h"), "--start: 'today' is not an instant; write"),
        (("sla", "due", "--start", "2026-02-13T09:00:00Z", "--target", "0h"), "target: '0h' is not a target; it must"),
        (
            ("sla", "due", "--jsonl", "--target", "8h"),
            "--jsonl takes start, target and calendar from each line; leave out --target",
        ),
        (
            ("sla", "due", "--jsonl", "--calendar", "24/7"),
            "takes start, target and calendar from each line; leave out --calendar",
        ),
        (("calendar", "list", "--config", "none.toml"), "none.toml does not exist: run"),
    ],
)
def test_what_is_wrong_is_one_line(
    postdesk: Callable[..., tuple[int, str, str]], words: tuple[str, ...], error: str
) -> None:
    code, out, err = postdesk(*words)
    assert (code, out) == (2, "")
    assert error in err
    assert err.count("\n") == 1


def doubts(text: str, used: set[str], tmp_path: Path, now: datetime = NOW) -> list[str]:
    (tmp_path / "calendars.toml").write_text(text)
    return list(calendars.doubts(load_calendars(tmp_path / "calendars.toml"), used, now))


CHINA = '[cn]\nzone = "Asia/Shanghai"\ncountry = "CN"\nhours = { mon-fri = [["09:00", "18:00"]] }\n'


def test_check_warns_when_what_china_announced_runs_out_within_90_days(tmp_path: Path) -> None:
    last = max(year for year in range(2026, 2040) if Country("CN").year(year).workdays)
    (found,) = doubts(CHINA, {"cn"}, tmp_path, datetime(last, 11, 21, tzinfo=UTC))
    assert found.startswith(f"cn: CN: what was announced for {last + 1} is not known here")
    assert f"known_until = {last + 1}-12-31" in found
    assert doubts(CHINA, {"cn"}, tmp_path, datetime(last, 9, 21, tzinfo=UTC)) == []
    vouched = CHINA + f"known_until = {last + 1}-12-31\n"
    assert doubts(vouched, {"cn"}, tmp_path, datetime(last, 11, 21, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("text", "used", "found"),
    [
        ('[x]\nzone = "UTC"\nhours = { mon = [["09:00", "18:00"]] }', {"x"}, []),
        ('[x]\nzone = "UTC"\nhours = { mon = [["09:00", "18:00"]] }', {"24/7"}, ["x: no policy names this; "]),
        ('[x]\nzone = "UTC"', {"x"}, ["x: is not open at any time in the next 400 days"]),
        ('[x]\nzone = "UTC"\nhours = { mon = [["09:00", "18:00"], ["17:00", "19:00"]] }', {"x"},
         ["x: hours.mon: windows overlap; "]),
    ],
)  # fmt: skip
def test_check_warns(text: str, used: set[str], found: list[str], tmp_path: Path) -> None:
    said = doubts(text, used, tmp_path)
    assert len(said) == len(found)
    assert all(line.startswith(start) for line, start in zip(said, found, strict=True))
