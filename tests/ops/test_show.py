"""The tables for people: whole words and times at 80 columns, and nothing of a mail that speaks to the terminal."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from ops import tables
from ops.commands import letters, parked, show, status

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
SUBJECT = "Where is my deposit of 120 USDT from Tuesday?"
TICKET: dict[str, Any] = {
    "number": 1042,
    "tag": "PD-1042-F",
    "subject": SUBJECT,
    "status": "third_party",
    "category": "deposit_withdrawal",
    "priority": "P1",
    "queue": "payments",
    "requester": "ana.with.a.long.address@mail.example.net",
    "requester_name": "Ana [/bold] \x1b[2J",
    "assignee": "ben@example.org",
    "opened_at": "2026-11-20T07:46:00Z",
    "first_reply_due_at": "2026-11-18T08:30:00Z",
    "next_reply_due_at": None,
    "resolve_due_at": "2026-11-21T08:30:00Z",
    "snoozed_until_at": None,
    "merged_into": None,
    "participants": [],
    "messages": [
        {
            "author": "requester",
            "public": True,
            "address": "ana@example.net",
            "name": "Ana [/bold] \x1b[2J",
            "proof": "proven",
            "received_at": "2026-11-20T07:46:00Z",
            "reply": "Please [red]help\x1b]0;me\x07",
            "joined_by": "a new request [/]",
            "attachments": [],
        }
    ],
    "events": [
        {"kind": "customer_message", "at": "2026-11-20T07:46:00Z", "actor": "ana@example.net", "data": {"proof": "ok"}}
    ],
    "letters": [],
}
LETTER: dict[str, Any] = {
    "id": 17,
    "kind": "acknowledgement",
    "recipient": "ana@example.net",
    "state": "unknown",
    "reason": "421 4.4.2 the connection was lost after the final dot",
    "tries": 2,
    "created_at": "2026-11-20T07:46:00Z",
    "sent_at": None,
    "ticket": "PD-1042-F",
}
HELD: dict[str, Any] = {
    "inbox": 3,
    "mailbox": "support",
    "state": "held",
    "reason": "not_proven: no signature of the sender's domain",
    "tries": 1,
    "received_at": "2026-11-20T07:46:00Z",
}


def screen(width: int) -> Console:
    return Console(file=io.StringIO(), width=width, color_system=None)


def lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [76, 80, 120])
def test_a_list_of_tickets_cuts_neither_tag_priority_status_nor_the_clock(width: int) -> None:
    console = screen(width)
    tables.print_tickets([TICKET, {**TICKET, "category": "kyc", "first_reply_due_at": None}], console, NOW)
    head, first, second = lines(console)
    assert all(len(line) <= width for line in (head, first, second))
    assert first.split()[:2] == ["PD-1042-F", "P1"]
    assert " deposit_with" in first
    assert " third_party " in first
    assert first.rstrip().endswith("late 2d 1h")
    assert SUBJECT[:19] in first, "at least 20 columns for the subject"
    assert " kyc " in second
    assert ("ana.with" in first) == (width >= 100)


@pytest.mark.parametrize("width", [80, 120])
def test_letters_break_no_word_and_no_time(width: int) -> None:
    console = screen(width)
    letters.show([LETTER], console)
    said = lines(console)
    assert said[2].split()[:5] == ["17", "acknowledgement", "unknown", "11-20", "07:46"]
    assert "ana@example.net" in said[2]
    words = {word for line in said[2:] for word in line.split()}
    assert set(LETTER["reason"].split()) <= words
    assert ("PD-1042-F" in words) == (width >= 100)


@pytest.mark.parametrize("width", [80, 120])
def test_a_ticket_is_shown_as_text_whatever_its_mails_hold(width: int) -> None:
    console = screen(width)
    show.print_ticket({**TICKET, "subject": "[/red] \u202eoops", "letters": [LETTER]}, console, NOW)
    said = "\n".join(lines(console))
    assert "[/red] \ufffdoops" in said
    assert "Ana [/bold] \ufffd[2J" in said
    assert "Please [red]help\ufffd]0;me" in said
    assert "a new request [/]" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "11-20 07:46 customer_message ana@example.net" in " ".join(said.split())
    assert "Opened 2026-11-20 07:46 UTC" in " ".join(said.split())
    assert "Put aside" not in said


def test_who_wrote_again_is_not_shown_as_answered() -> None:
    console = screen(100)
    again = {**TICKET, "first_reply_due_at": None, "next_reply_due_at": "2026-11-20T14:00:00Z"}
    tables.print_tickets([again, {**again, "next_reply_due_at": None}], console, NOW)
    _, waits, answered = lines(console)
    assert waits.rstrip().endswith("4h 00m")
    assert answered.rstrip().endswith("answered")


def test_a_ticket_that_rests_or_goes_on_elsewhere_says_so() -> None:
    console = screen(80)
    show.print_ticket({**TICKET, "snoozed_until_at": "2026-11-23T09:00:00Z", "merged_into": 1041}, console, NOW)
    said = " ".join("\n".join(lines(console)).split())
    assert "Put aside until 11-23 09:00" in said
    assert "Goes on in 1041" in said


def test_a_mail_that_waits_comes_with_what_to_do_about_it() -> None:
    console = screen(80)
    parked.show([HELD], console)
    said = " ".join(" ".join(lines(console)).split())
    assert "3 held 11-20 07:46 1 support not_proven:" in said
    assert "postdesk parked drop ID" in said
    assert "postdesk replay ID" not in said, "there is none that could not be read"
    parked.show([{**HELD, "state": "parked"}], console)
    assert "postdesk replay ID" in " ".join(lines(console))


def test_what_is_not_well_stands_below_with_its_reason_and_since_when() -> None:
    console = screen(80)
    reasons = [("relay", "2026-11-20T10:01:00Z", "connection refused"), ("disk", None, "it is full: make room")]
    problems = [{"what": what, "since_at": since, "reason": reason} for what, since, reason in reasons]
    status.show({"problems": problems}, console)
    said = [line.split() for line in lines(console)]
    assert said[-2] == ["relay", "11-20", "10:01", "connection", "refused"]
    assert said[-1] == ["disk", "it", "is", "full:", "make", "room"]


def test_the_lease_of_a_worker_names_it_once() -> None:
    console = screen(80)
    holder = "desk.example.org:4711:abcdef"
    none = {"count": 0, "oldest_at": None, "oldest_seconds": None}
    leases = [{"name": f"worker {holder}", "holder": holder, "until_at": "2026-11-20T10:01:00Z"}]
    found = {"inbox": {}, "letters": {}, "tickets": {}, "unfiled": none, "breaches": 0, "leases": leases}
    found["workers"] = [{"worker": "w", "parts": [{"part": "relay", "works": True}], "outages": []}]
    status.show({**found, "problems": []}, console)
    said = lines(console)
    assert "\n".join(said).count(holder) == 1
    assert said[-2].split() == ["worker", "11-20", "10:01", holder]
    assert said[-1].strip() == "w – working: relay"
