"""docs/json.md and what `--json` prints are the same, key by key, in both directions."""

import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from desk.calendar.schedule import DayKind
from desk.letters import LetterKind
from desk.reports import values as report_values
from desk.reports.causes import CODES
from desk.reports.collect import Collector
from desk.reports.report import GROUPS, Case, Period
from desk.sla import clock as sla
from desk.sla.explain import explain
from desk.sla.policy import METRICS, DeskPolicy, Policy
from desk.sla.terms import SlaPolicies
from desk.ticket import EventKind, Status
from models import health, leases, outbox
from models.store import Store
from ops import build, cli
from ops.commands import letters, sla_explain, sla_rebuild
from pipeline.settings import load
from servers.house import mail
from servers.values import ANA, BEN, T0, minute, opening, ticket
from servers.values import event as happened

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| `([^`]+)` \| ([^|]+?) \|")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# Maps whose keys are states, and one whose keys depend on the kind of the event.
MAPS = ("inbox", "letters", "tickets")
OPAQUE = ("events[].data",)
TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
    "instant": lambda value: isinstance(value, str) and INSTANT.fullmatch(value) is not None,
}


def documented(heading: str) -> dict[str, str]:
    """The types by key, as the section of this heading has them."""
    text = (ROOT / "docs" / "json.md").read_text()
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.DOTALL | re.MULTILINE)
    assert section is not None, heading
    rows: list[tuple[str, str]] = ROW.findall(section[1])
    assert len({key for key, _ in rows}) == len(rows), "a key stands twice"
    return dict(rows)


def leaves(value: Any, path: str = "", maps: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """(key as the page writes it, value) of all that is printed; objects only where they may also be null."""
    if isinstance(value, list):
        for one in value:
            yield from leaves(one, f"{path}[]", maps)
    elif isinstance(value, dict) and path not in OPAQUE:
        for key, below in value.items():
            written = "*" if path in maps else key
            yield from leaves(below, f"{path}.{written}" if path else written, maps)
    else:
        yield path, value


def compare(printed: Any, heading: str, maps: tuple[str, ...] = ()) -> None:
    types = documented(heading)
    found = list(leaves(printed, maps=maps))
    printed_keys = {key for key, _ in found}
    # An object that may be null is a row of its own; it is seen by its keys, or as null.
    nullable = {key for key, kind in types.items() if "object or null" in kind}
    assert printed_keys - set(types) == set(), "printed, not documented"
    assert set(types) - nullable - printed_keys == set(), "documented, not printed"
    for key, value in found:
        assert any(TYPES[kind](value) for kind in types[key].split(" or ")), (key, types[key], value)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk that needs no server, after its run: a ticket with all that a ticket can have, and a mail that is held."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "content" / "templates" / "en", folder / "content" / "templates" / "en")
    shutil.copy(ROOT / "content" / "categories.toml", folder / "content")
    (folder / "content" / "calendars.toml").write_text("""
        never = { zone = "UTC" }
        [berlin]
        zone = "Europe/Berlin"
        country = "DE"
        hours = { mon-fri = [["09:00", "18:00"]] }
        [[berlin.change]]
        from = 2026-07-01
        hours = { mon-fri = [["08:00", "17:00"]] }
        """)
    for part in ("new", "cur", "tmp"):
        (folder / "maildir" / part).mkdir(parents=True)
    file = folder / "config.toml"
    file.write_text("""
        [[agent]]
        address = "ben@example.org"
        name = "Ben Baker"
        lead = true
        [[mailbox]]
        name = "drop"
        kind = "maildir"
        path = "maildir"
        addresses = ["support@example.org"]
        authserv_id = "mx.example.org"
        since = 2020-01-01T00:00:00Z
        """)
    request = mail(
        "Where is my deposit?",
        files=[("proof.txt", "text/plain", b"It was sent.")],
        headers={"Cc": "chris@example.net"},
    )
    forged = mail("Send me everything", sender="ben@example.org", name="Ben", proof=None)
    (folder / "maildir" / "new" / "1.request").write_bytes(request)
    (folder / "maildir" / "new" / "2.forged").write_bytes(forged)
    problems = build.run_once(load(file))
    assert len(problems) == 1
    assert "letters still wait to be sent" in problems[0]
    return file


@pytest.fixture
def printed(config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command prints, run in this process."""

    def call(*words: str, code: int = 0, stdin: bytes = b"") -> str:
        where = () if words[0] == "read" else ("--config", str(config))
        monkeypatch.setattr(sys, "argv", ["postdesk", *words, *where])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert ended.value.code == code, said
        return said.out

    return call


def test_tickets_prints_what_is_documented(printed: Callable[..., str]) -> None:
    rows = json.loads(printed("tickets", "--json"))
    assert len(rows) == 1
    compare(rows, "tickets")


def test_show_prints_what_is_documented(printed: Callable[..., str]) -> None:
    tag = json.loads(printed("tickets", "--json"))[0]["tag"]
    found = json.loads(printed("show", tag, "--json"))
    compare(found, "show")
    assert {one["state"] for one in found["participants"]} == {"active", "suggested"}
    assert set(documented("tickets")) == {f"[].{key}" for key in documented("show") if "[]" not in key}


def test_every_kind_of_event_is_documented_with_its_data(printed: Callable[..., str]) -> None:
    text = (ROOT / "docs" / "json.md").read_text()
    rows = dict(ROW.findall(text.partition("### Events")[2].partition("## ")[0].replace("| |", "| none |")))
    assert set(rows) == {str(kind) for kind in EventKind}
    tag = json.loads(printed("tickets", "--json"))[0]["tag"]
    events = json.loads(printed("show", tag, "--json"))["events"]
    assert {one["kind"] for one in events} == {"created", "customer_message", "cc_suggested"}
    for event in events:
        assert set(event["data"]) <= set(re.findall(r"`(\w+)`", rows[event["kind"]])), event


def test_every_status_state_and_kind_is_documented() -> None:
    text = (ROOT / "docs" / "json.md").read_text()
    for key, words in (
        ("[].status", {str(one) for one in Status}),
        ("letters[].state", set(outbox.STATES)),
        ("letters[].kind", {str(one) for one in LetterKind}),
    ):
        (meaning,) = re.findall(rf"^\| `{re.escape(key)}` \| string \| (.*) \|$", text, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", meaning)) == words, key
    assert {str(one) for one in letters.LetterState} == set(outbox.STATES)


def test_letters_prints_what_is_documented(printed: Callable[..., str]) -> None:
    rows = json.loads(printed("letters", "--json"))
    compare(rows, "letters")
    assert None in {row["ticket"] for row in rows}, "the refusal is about no ticket"
    assert {key for key in documented("show") if key.startswith("letters[]")} == {
        f"letters{key}" for key in documented("letters") if key != "[].ticket"
    }


def test_parked_prints_what_is_documented(printed: Callable[..., str]) -> None:
    rows = json.loads(printed("parked", "--json"))
    assert [row["state"] for row in rows] == ["held"]
    compare(rows, "parked")


def test_status_prints_what_is_documented(config: Path, printed: Callable[..., str]) -> None:
    store = Store(f"sqlite:///{config.parent}/data/postdesk.db")

    def die_during_an_outage(session: Session) -> None:
        leases.take(session, leases.worker_lease("one"), "one", T0, timedelta(minutes=1), leases.Watch())
        trouble = health.Trouble("relay", T0, "connection refused", 3)
        health.say(session, "one", health.Health({"relay": False}, (trouble,)))

    store.run(die_during_an_outage)
    store.close()
    found = json.loads(printed("status", "--json"))
    assert set(found["inbox"]) == {"done", "held"}
    compare(found, "status", MAPS)


def test_check_prints_what_is_documented(printed: Callable[..., str]) -> None:
    # There is no relay, which is a finding.
    compare(json.loads(printed("check", "--json", code=1)), "check")


def test_calendar_list_prints_what_is_documented(printed: Callable[..., str]) -> None:
    rows = json.loads(printed("calendar", "list", "--json"))
    assert [row["name"] for row in rows] == ["24/7", "never", "berlin"]
    assert {row["next_open_at"] is None for row in rows} == {False, True}
    compare(rows, "calendar list")


def test_calendar_show_prints_what_is_documented(printed: Callable[..., str]) -> None:
    found = json.loads(printed("calendar", "show", "berlin", "--year", "2026", "--json"))
    assert [edition["from"] for edition in found["editions"]] == [None, "2026-07-01"]
    compare(found, "calendar show", ("editions[].hours",))
    (meaning,) = re.findall(
        r"^\| `days\[\].kind` \| string \| (.*) \|$", (ROOT / "docs/json.md").read_text(), re.MULTILINE
    )
    assert set(re.findall(r"`(\w+)`", meaning)) == {str(one) for one in DayKind}


def test_sla_due_answers_what_is_documented(printed: Callable[..., str]) -> None:
    question = re.search(r"^    (\{\"start\".*)$", (ROOT / "docs/json.md").read_text(), re.MULTILINE)
    assert question is not None
    assert printed("sla", "due", "--jsonl", stdin=question[1].encode()) == '{"due":"2026-03-30T18:00:00Z"}\n'
    assert set(documented("sla due")) == {"start", "target", "calendar", "pauses[][]", "due", "error"}


def test_report_prints_what_is_documented(printed: Callable[..., str]) -> None:
    text = (ROOT / "docs" / "json.md").read_text()
    found = json.loads(printed("report", "sla", "--from", "2020-01-01", "--to", "2020-01-02", "--json"))
    assert (found["tickets"], found["rows"], len(found["load"]), len(found["trend"])) == (0, [], 168, 2)
    later = T0 + timedelta(days=9)
    collector = Collector(Period(T0.date(), later.date(), "UTC"), SlaPolicies(DeskPolicy()), later)
    for answers in ((), (happened(EventKind.AGENT_ANSWER, 600, BEN.address, answer="inbox:2"),)):
        history = (*opening(), *answers)
        wound, breaches = sla.recalculate(ticket(), (), history, SlaPolicies(DeskPolicy()), later)
        collector.add(Case(wound, (*history, *breaches), {}))
    compare(report_values.values(collector.report()), "report sla")
    for key, words in (
        ("rows[].by", set(GROUPS)),
        ("rows[].metric", set(METRICS)),
        ("causes[].code", set(CODES)),
    ):
        (meaning,) = re.findall(rf"^\| `{re.escape(key)}` \| string \| (.*) \|$", text, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", meaning)) == words, key


def test_sla_explain_prints_what_is_documented(printed: Callable[..., str]) -> None:
    tag = json.loads(printed("tickets", "--json"))[0]["tag"]
    found = json.loads(printed("sla", "explain", tag, "--json"))
    policies = tuple(Policy.model_validate({"name": name, "queue": name}) for name in ("support", "funds"))
    service = SlaPolicies(DeskPolicy(), policies, since=T0)
    answer = {"from": "new", "to": "waiting", "answer": "inbox:2"}
    history = (
        *opening(),
        happened(EventKind.AGENT_ANSWER, 300, BEN.address, answer="inbox:2"),
        happened(EventKind.STATUS, 300, BEN.address, **answer),
        happened(EventKind.CUSTOMER_MESSAGE, 400),
        happened(EventKind.STATUS, 400, ANA, **{"from": "waiting", "to": "open"}),
    )
    history = (*history, *sla.recalculate(ticket(), (), history, service, minute(900))[1])
    full = sla_explain.as_json(explain(ticket(), history, service, minute(900)), "UTC")
    compare(full, "sla explain")
    assert set(found) == set(full)
    assert {one["state"] for one in full["promises"]} == {"kept late", "broken", "running"}


def test_sla_rebuild_prints_what_is_documented(printed: Callable[..., str]) -> None:
    found = json.loads(printed("sla", "rebuild", "--json"))
    assert (found["tickets"], found["differences"]) == (found["equal"], [])
    names = ("resolve_due_at", "wake_at", "snoozed_until")
    other = sla_rebuild.Difference(
        1042, "PD-1042-F", dict.fromkeys(names), {names[0]: T0, names[1]: minute(2), names[2]: T0}
    )
    full = sla_rebuild.Comparison(1, [other], changed=False).as_json(["done"])
    compare(full, "sla rebuild", ("differences[].stored", "differences[].reckoned"))
    assert set(found) == set(full)


def test_read_prints_what_is_documented(printed: Callable[..., str]) -> None:
    mails = sorted(str(file) for file in (ROOT / "tests" / "mails").glob("*.eml"))
    assert len(mails) > 10
    leak = ("list.txt", "text/plain", b"password: hunter2200!")
    came = (
        b"Received: from m.example.net (m.example.net [198.51.100.7]) by mx.example.org; 20 Nov 2026 10:00:05 +0000\r\n"
    )
    copied = came + came + mail("Hello", headers={"Cc": "Chris <chris@example.net>"}, files=[leak])
    together = json.loads(printed("read", "--json", *mails, "-", stdin=copied))
    # One list of all of them: each key is seen in one mail or another.
    types = documented("read")
    found = [leaf for one in together for leaf in leaves(one)]
    assert {key for key, _ in found} == set(types)
    for key, value in found:
        assert any(TYPES[kind](value) for kind in types[key].split(" or ")), (key, types[key], value)
    lines = [json.loads(line) for line in printed("read", "--jsonl", *mails).splitlines()]
    assert lines == together[:-1]
    assert json.loads(printed("read", "--json", mails[0])) == together[0]


def test_every_mail_prints_all_keys_that_are_not_in_a_list(printed: Callable[..., str]) -> None:
    always = {key.partition("[")[0].partition(".")[0] for key in documented("read")}
    for found in (
        json.loads(printed("read", "--json", "-", stdin=content)) for content in (b"", b"\0\xff", b"A: b\n\n")
    ):
        assert set(found) == always


def test_a_file_that_cannot_be_read_prints_what_is_documented(printed: Callable[..., str], tmp_path: Path) -> None:
    row = json.loads(printed("read", "--jsonl", str(tmp_path / "none.eml"), code=1))
    compare(row, "A file that cannot be read")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"name": "smtp", "ok": True, "detail": "", "warning": False, "more": 1}], "printed, not documented"),
        ([{"name": "smtp", "ok": True, "warning": False}], "documented, not printed"),
        ([{"name": "smtp", "ok": "yes", "detail": "", "warning": False}], "bool"),
        ([], "documented, not printed"),
    ],
)
def test_a_page_that_differs_from_the_program_is_found(rows: list[Any], why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        compare(rows, "check")


def test_an_instant_is_utc_and_a_number_is_no_bool() -> None:
    assert TYPES["instant"]("2026-11-20T10:00:00Z")
    assert not TYPES["instant"]("2026-11-20T10:00:00+08:00")
    assert not TYPES["number"](True)
