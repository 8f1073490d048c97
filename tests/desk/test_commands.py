"""Commands stand on top, are obeyed whole or not at all, and never reach the customer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.commands import run as commands
from desk.commands.parse import ParsedCommands, parse
from desk.commands.run import BadCommand, CommandContext, CommandResult
from desk.sla.policy import Agent
from desk.ticket import EventKind, Participant, Status, Ticket, active
from servers.values import ANA, BEN, CARA, CHRIS, T0, desk, minute, ticket

CHRIS2 = Agent(address="chris.moor@example.org", name="Chris Moor")


def context(**changes: Any) -> CommandContext:
    values: dict[str, Any] = {
        "agent": BEN,
        "agents": (BEN, CHRIS),
        "queues": ("support", "funds", "security"),
        "categories": ("kyc", "security"),
        "participants": (Participant(ANA, "requester", "active"), Participant(CARA, "cc", "suggested")),
        "max_participants": 20,
        "now": T0,
        "policies": desk().sla_policies,
    }
    return CommandContext(**(values | changes))


def run(text: str, one: Ticket | None = None, **changes: Any) -> CommandResult | BadCommand:
    parsed = parse(text, commands.COMMANDS)
    assert isinstance(parsed, ParsedCommands)
    return commands.run_all(parsed.commands, one or ticket(), context(**changes))


def done(text: str, one: Ticket | None = None, **changes: Any) -> CommandResult:
    result = run(text, one, **changes)
    assert isinstance(result, CommandResult)
    return result


# Every command.


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("/solve", Status.SOLVED),
        ("/close", Status.CLOSED),
        ("/wait", Status.WAITING),
        ("/wait customer", Status.WAITING),
        ("/wait other", Status.THIRD_PARTY),
        ("/wait third_party", Status.THIRD_PARTY),
        ("/SOLVE", Status.SOLVED),
        ("／solve", Status.SOLVED),
        ("/ solve", Status.SOLVED),
        ("\ufeff\u200b/solve\u200b", Status.SOLVED),
    ],
)
def test_a_status_command_moves_the_ticket_and_says_so(text: str, status: Status) -> None:
    result = done(text)
    assert result.ticket.status is status
    assert result.ticket.solved_at == (T0 if status.done else None)
    assert [(one.kind, one.data) for one in result.events] == [(EventKind.STATUS, {"from": "open", "to": str(status)})]


def test_open_takes_a_solved_ticket_back_to_work() -> None:
    result = done("/open", ticket(status=Status.SOLVED, solved_at=minute(-5)))
    assert (result.ticket.status, result.ticket.solved_at) == (Status.OPEN, None)


def test_a_status_that_it_has_already_is_no_event() -> None:
    assert done("/open") == CommandResult(ticket())


def test_note_makes_the_whole_mail_private() -> None:
    assert done("/note").private
    assert done("/solve\n/note").private
    assert done("/note\n/solve").ticket.status is Status.SOLVED


@pytest.mark.parametrize(
    ("text", "assignee"),
    [
        ("/assign chris", CHRIS.address),
        ("/assign Chris Chen", CHRIS.address),
        ("/assign CHRIS@example.org", CHRIS.address),
        ("/assign\u00a0chris", CHRIS.address),
        ("/assign\u3000chris", CHRIS.address),
        ("/assign me", BEN.address),
        ("/assign", BEN.address),
        ("/assign nobody", None),
    ],
)
def test_assign_gives_it_to_an_agent_by_name_or_address(text: str, assignee: str | None) -> None:
    result = done(text, ticket(assignee="somebody@example.org"))
    assert result.ticket.assignee == assignee
    assert [(one.kind, one.data) for one in result.events] == [(EventKind.ASSIGNED, {"to": assignee})]


def test_priority_queue_and_category_are_changed_and_recorded() -> None:
    result = done("/priority p1\n/queue funds\n/category kyc")
    assert (result.ticket.priority, result.ticket.queue, result.ticket.category) == ("P1", "funds", "kyc")
    assert [(one.kind, one.data["from"], one.data["to"]) for one in result.events] == [
        (EventKind.PRIORITY, "P3", "P1"),
        (EventKind.QUEUE, "support", "funds"),
        (EventKind.CATEGORY, "unclassified", "kyc"),
    ]
    assert done("/type security").ticket.category == "security"


def test_who_does_not_serve_a_queue_does_not_take_the_ticket_there() -> None:
    held = ticket(assignee=BEN.address)
    assert done("/queue security", held).ticket.assignee is None
    assert done("/queue funds", held).ticket.assignee == BEN.address
    assert done("/queue security\n/assign chris", held).ticket.assignee == CHRIS.address


@pytest.mark.parametrize("text", [f"/cc {CARA}", f"/cc {CARA.upper()}", "/cc all", f"/cc {CARA}, {CARA};"])
def test_cc_lets_a_suggested_person_take_part(text: str) -> None:
    result = done(text)
    assert result.participants == (Participant(CARA, "cc", "active"),)
    assert [(one.kind, one.data) for one in result.events] == [(EventKind.CC_ADDED, {"address": CARA})]


def test_all_commands_of_a_mail_are_obeyed_in_order() -> None:
    result = done(f"/wait other\n/assign chris\n/cc {CARA}\n/solve")
    assert [one.kind for one in result.events] == [
        EventKind.STATUS,
        EventKind.ASSIGNED,
        EventKind.CC_ADDED,
        EventKind.STATUS,
    ]
    assert result.events[-1].data == {"from": "third_party", "to": "solved"}


# What cannot be obeyed.


@pytest.mark.parametrize(
    "text",
    [
        "/solve now",
        "/close please",
        "/open again",
        "/wait a bit",
        "/note the customer is angry",
        "/assign zoe",
        "/priority",
        "/priority P5",
        "/priority urgent",
        "/queue",
        "/queue nowhere",
        "/category",
        "/category nothing",
        "/cc",
        "/cc mal@example.net",
        f"/cc {ANA}",
        f"/cc {CARA} mal@example.net",
    ],
)
def test_a_bad_argument_is_refused_with_what_could_have_been_written(text: str) -> None:
    bad = run(text)
    assert isinstance(bad, BadCommand)
    assert bad.reason == "bad_argument"
    assert bad.detail.startswith(text.split()[0])


def test_a_name_that_two_agents_have_is_refused() -> None:
    bad = run("/assign chris", agents=(BEN, CHRIS, CHRIS2))
    assert isinstance(bad, BadCommand)
    assert CHRIS2.address in bad.detail


def test_nobody_joins_beyond_the_limit() -> None:
    assert isinstance(run("/cc all", max_participants=1), BadCommand)
    assert isinstance(run("/cc all", max_participants=2), CommandResult)
    assert isinstance(run("/cc all", participants=()), BadCommand)


@pytest.mark.parametrize("text", ["/sovle", "/solve\n/frobnicate", "/frobnicate\n/solve\n\nDear Ana"])
def test_an_unknown_command_stops_all_the_others(text: str) -> None:
    bad = parse(text, commands.COMMANDS)
    assert isinstance(bad, BadCommand)
    assert bad.reason == "unknown_command"


@pytest.mark.parametrize(
    "text",
    [
        "/note: he lies\n\nDo not pay.",
        "/note, he lies",
        "/note. He lies.",
        "／note：他在说谎",
        "// solve",
        "/sovle\nThank you.",
        "/assign=chris",
    ],
)
def test_what_is_nearly_a_command_is_never_sent_as_text(text: str) -> None:
    bad = parse(text, commands.COMMANDS)
    assert isinstance(bad, BadCommand)
    assert bad.reason == "unknown_command"


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ana,\n/solve",
        "Dear Ana,\n\n  /note\nhe lies",
        "Hello\n/NOTE: he lies",
        "Hello\n／close",
        "Hi\n/assign chris",
    ],
)
def test_a_command_below_text_is_refused(text: str) -> None:
    bad = parse(text, commands.COMMANDS)
    assert isinstance(bad, BadCommand)
    assert "below text" in bad.detail


# What is text.


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ana,\n\nWe solved it.",
        "/etc/passwd is a file",
        "/v3/orders answers 401",
        "/api/v3/order needs a signature",
        "Use\n/frobnicate\nin the chat.",
        "/",
        "1/2",
    ],
)
def test_a_text_without_commands_is_said_as_it_is(text: str) -> None:
    assert parse(text, commands.COMMANDS) == ParsedCommands((), text)


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\r\n\r\n", "\n \n\n"])
def test_command_lines_are_taken_off_the_text(gap: str) -> None:
    assert parse(f"\n/assign chris{gap}/solve{gap}Dear Ana,\n\nDone.\n", commands.COMMANDS) == ParsedCommands(
        (("assign", "chris"), ("solve", "")), "Dear Ana,\n\nDone."
    )


# Below /send all is text.
NAMES = st.sampled_from(sorted({*commands.COMMANDS} - {"send"}))
LINE = st.text(st.characters(exclude_categories=("Cs",)), max_size=30) | NAMES.map(lambda name: f"/{name}")


@given(st.lists(LINE, max_size=8))
def test_no_line_with_a_known_command_is_ever_left_in_the_text(lines: list[str]) -> None:
    parsed = parse("\n".join(lines), commands.COMMANDS)
    if isinstance(parsed, ParsedCommands) and not parsed.certain:
        known = {f"/{name}" for name in commands.COMMANDS}
        assert not known & {line.strip().lower() for line in parsed.text.splitlines()}


@given(st.lists(LINE, max_size=8))
def test_all_that_is_not_a_command_is_said(lines: list[str]) -> None:
    text = "\n".join(lines)
    parsed = parse(text, commands.COMMANDS)
    if isinstance(parsed, ParsedCommands):
        assert "".join(text.split()).endswith("".join(parsed.text.split()))
        assert len(text.strip().splitlines()) >= len(parsed.commands)


@given(st.lists(st.tuples(NAMES, st.sampled_from(["", "me", "P1", "all", "nonsense"])), max_size=5))
def test_commands_are_obeyed_whole_or_not_at_all(parsed: list[tuple[str, str]]) -> None:
    result = commands.run_all(parsed, ticket(), context())
    if isinstance(result, BadCommand):
        assert result.reason == "bad_argument"
    else:
        assert all(one.at == T0 and one.actor == BEN.address for one in result.events)


def test_every_command_has_a_help_line() -> None:
    lines = commands.help_lines()
    assert len(lines) == len(set(commands.COMMANDS.values()))
    assert all(line.startswith("/") and " – " in line and line.endswith((".", ")")) for line in lines)


# Whom answers go to.

QUINN = "quinn@lane.example"


def test_answers_go_to_whom_the_agent_names_and_no_longer_to_the_one_before() -> None:
    result = done(f"/to {QUINN}")
    assert (result.ticket.requester, result.ticket.requester_name) == (QUINN, "")
    people = (Participant(ANA, "requester", "active"), *result.participants)
    assert active(people) == (QUINN,)
    (event,) = result.events
    assert (event.kind, event.actor, event.data) == (EventKind.REQUESTER, BEN.address, {"from": ANA, "to": QUINN})
    again = done(f"/to {ANA.upper()}")
    assert (again.ticket.requester, again.ticket.requester_name) == (ANA, "Ana")
    assert again.participants == (Participant(ANA, "requester", "active"),), "said once more, it is meant all the more"


def test_of_a_ticket_of_nobody_nobody_leaves() -> None:
    result = done(f"/to {QUINN}", ticket(requester="", requester_name=""), participants=())
    assert result.participants == (Participant(QUINN, "requester", "active"),)
    assert result.events[0].data == {"from": "", "to": QUINN}


def test_somebody_who_was_copied_may_become_the_requester() -> None:
    people = (Participant(ANA, "requester", "active"), Participant(CARA, "cc", "active"))
    result = done(f"/to {CARA}", participants=people)
    assert active((*people, *result.participants)) == (CARA,)


@pytest.mark.parametrize(
    "argument", ["", "quinn", "@lane.example", "quinn@", f"{QUINN} {CARA}", BEN.address, "us@example.org"]
)
def test_a_command_that_names_nobody_to_answer_is_given_back(argument: str) -> None:
    result = run(f"/to {argument}", is_own="us@example.org".__eq__)
    assert isinstance(result, BadCommand)
    assert result.reason == "bad_argument"
    assert "/to" in result.detail


def test_a_full_ticket_takes_nobody_more_in_exchange_for_one() -> None:
    full = (Participant(ANA, "requester", "active"), *(Participant(f"{n}@a.example", "cc", "active") for n in range(3)))
    assert isinstance(run(f"/to {QUINN}", participants=full, max_participants=4), CommandResult)
    assert isinstance(run(f"/to {QUINN}", participants=full, max_participants=3), BadCommand)
