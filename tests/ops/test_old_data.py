"""A desk that commit 2ef778a left: today's program opens it, understands every stored name, and goes on with it.

Only the command line and the database are used here, so that no rename inside the program touches these tests. See
tests/fixtures/desk-2ef778a/README.txt for what the desk holds.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from servers.pace import patience
from servers.sink import Sink

ROOT = Path(__file__).parents[2]
ARCHIVE = ROOT / "tests" / "fixtures" / "desk-2ef778a" / "desk.tar.xz"
POSSIBLE_KEY = "4f" * 20 + "0123456789abcdef01234567"
SEED = "wave sausage worth useful"
STORED = {
    "inbox.route": "NewRequest FollowUp AgentMail Noticed DeliveryReport AutoReply Duplicate OwnLetter Held Parked",
    "inbox.state": "stored done held parked left dropped",
    "letter.state": "queued claimed sent unknown closed_unknown failed bounced held dropped",
    "letter.kind": "acknowledgement answer apology breach notification parked refusal undelivered",
    "ticket.status": "new open waiting third_party solved closed",
    "event.kind": "created customer_message agent_answer note automatic_message status priority category queue assigned"
    " cc_suggested cc_added breach step acknowledged apology snoozed woken merged unmerged void retermed letter_failed"
    " letter_unknown letter_retried bounced delayed suspicion linked held secrets unmasked",
}
"""Every name that 2ef778a could store in these columns. They are data: a renamed class keeps its stored name."""


class OldDesk:
    """A copy of the desk, and today's program beside it."""

    def __init__(self, folder: Path) -> None:
        with tarfile.open(ARCHIVE) as archive:
            archive.extractall(folder, filter="data")
        self.folder = folder / "desk"
        self.config = self.folder / "config.toml"
        self.database = self.folder / "data" / "postdesk.db"
        shutil.copy(self.database, self.folder / "before.db")

    def postdesk(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ops.cli", *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
            cwd=self.folder,
            timeout=patience(100),
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.postdesk(*arguments, "--json", code=code))

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as base, base:
            return base.execute(sql, values).fetchall()

    def before(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that 2ef778a wrote."""
        with closing(sqlite3.connect(self.folder / "before.db")) as base:
            return base.execute(sql, values).fetchall()

    def put(self, name: str, content: str, domain: str) -> None:
        """Lays a mail into the mailbox, as the border hands it over."""
        trace = f"Authentication-Results: mx.example.org; dmarc=pass header.from={domain}\n"
        path = self.folder / "maildir" / "new" / name
        path.write_bytes((trace + content).replace("\n", "\r\n").encode())


@pytest.fixture
def desk(tmp_path: Path) -> OldDesk:
    return OldDesk(tmp_path)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> OldDesk:
    """One for the tests that only look, and one upgrade for all of them."""
    made = OldDesk(tmp_path_factory.mktemp("upgraded"))
    assert "the database is at schema" in made.postdesk("db", "upgrade") + made.postdesk("db", "upgrade")
    return made


@pytest.mark.parametrize("column", STORED)
def test_the_old_desk_holds_every_stored_name(upgraded: OldDesk, column: str) -> None:
    table, _, name = column.partition(".")
    found = {value for (value,) in upgraded.before(f"SELECT DISTINCT {name} FROM {table}")} - {""}
    assert found == set(STORED[column].split())


def test_an_old_desk_is_upgraded_and_its_lists_are_whole(upgraded: OldDesk) -> None:
    numbers = upgraded.before("SELECT number, status, queue, priority FROM ticket ORDER BY number DESC")
    letters = upgraded.before("SELECT id, kind, state FROM letter ORDER BY id DESC")
    parked = upgraded.before("SELECT id, state FROM inbox WHERE state IN ('held', 'parked') ORDER BY id")
    found = upgraded.json("tickets")
    assert [(one["number"], one["status"], one["queue"], one["priority"]) for one in found] == numbers
    assert [(one["id"], one["kind"], one["state"]) for one in upgraded.json("letters")] == letters
    assert sorted((one["inbox"], one["state"]) for one in upgraded.json("parked")) == parked
    assert len(numbers) == 20
    assert len(letters) == 92
    assert len(parked) == 3


# The one whose warnings were noticed, the one that was merged, the one of most kinds of events.
@pytest.mark.parametrize("number", [1002, 1008, 1012])
def test_an_old_ticket_is_shown_whole(upgraded: OldDesk, number: int) -> None:
    found = upgraded.json("show", str(number))
    of_ticket = "JOIN ticket ON ticket.id = ticket_id WHERE number = ?"
    events = upgraded.before(f"SELECT kind FROM event {of_ticket} ORDER BY event.at, event.id", number)
    assert sorted(one["kind"] for one in found["events"]) == sorted(kind for (kind,) in events)
    letters = upgraded.before(f"SELECT letter.id, kind, state FROM letter {of_ticket} ORDER BY letter.id", number)
    assert [(one["id"], one["kind"], one["state"]) for one in found["letters"]] == letters
    messages = upgraded.before(f"SELECT inbox_id, author, reply FROM message {of_ticket} ORDER BY message.id", number)
    assert [(one["inbox"], one["author"], one["reply"]) for one in found["messages"]] == messages != []


def test_the_old_vault_gives_back_files_and_no_secret(desk: OldDesk, tmp_path: Path) -> None:
    ((number,),) = desk.rows("SELECT number FROM ticket WHERE subject = 'Wallet'")
    desk.postdesk("db", "upgrade")
    masked = desk.postdesk("show", str(number), "--json")
    assert POSSIBLE_KEY not in masked
    shown = desk.postdesk("show", str(number), "--json", "--unmask")
    # It stands right behind a seed phrase: by what the reader knows now, it is part of that secret.
    assert POSSIBLE_KEY not in shown
    assert "seed phrase" in shown
    assert SEED not in masked + shown
    saved = desk.postdesk("show", "1001", "--files", str(tmp_path / "files")).split()
    contents = {Path(path).name.split("-", 2)[2]: Path(path).read_bytes() for path in saved}
    assert contents["receipt.txt"].rstrip() == b"Paid on Monday."
    assert contents["run-me.exe"] == b"MZ\x90"


def test_old_deadlines_follow_from_their_events(desk: OldDesk) -> None:
    desk.postdesk("db", "upgrade")
    found = desk.json("sla", "rebuild", "--all")
    assert found["differences"] == []
    assert (found["tickets"], found["equal"]) == (20, 20)
    assert not found["configuration_changed"], "the digest of policies and calendars is stored, too"
    # That the comparison sees a difference in these rows at all.
    desk.rows("UPDATE ticket SET resolve_due_at = NULL WHERE number = 1018")
    found = desk.json("sla", "rebuild", "--all", code=1)
    assert [(one["number"], list(one["stored"])) for one in found["differences"]] == [(1018, ["resolve_due_at"])]


def test_a_pass_of_the_daemon_goes_on_where_the_old_one_stopped(desk: OldDesk) -> None:
    ((told, asked),) = desk.rows(
        "SELECT letter.message_id, ticket.number FROM letter JOIN ticket ON ticket.id = ticket_id"
        " WHERE kind = 'notification' AND letter.recipient = 'ben@example.org' AND subject = 'A question'"
    )
    ((answer, to),) = desk.rows(
        "SELECT letter.message_id, recipient FROM letter JOIN ticket ON ticket.id = ticket_id"
        " WHERE kind = 'answer' AND subject = 'Invoice wanted'"
    )
    # Mail about what the old desk knows: an agent's answer and a customer's, a bounce, and one mail twice.
    desk.put("1", mail_of("ben@example.org", told, "/solve\n\nBegin at the beginning.", "late1"), "example.org")
    desk.put("2", mail_of(to, answer, "Thank you!", "late2"), "example.net")
    desk.put("3", bounce(answer, to), "mx.example.org")
    (last,) = [path for path in desk.folder.glob("maildir/new/*") if b"Not fetched" in path.read_bytes()]
    shutil.copy(last, last.with_name("4"))
    with Sink() as sink:
        desk.config.write_text(desk.config.read_text().replace("port = 25025", f"port = {sink.port}"))
        desk.postdesk("db", "upgrade")
        desk.postdesk("run", "--once")
        accepted = sink.copies()
    routes = desk.rows("SELECT route, count(*) FROM inbox WHERE id >= 60 GROUP BY route")
    assert dict(routes) == {"AgentMail": 1, "DeliveryReport": 1, "Duplicate": 1, "FollowUp": 1, "NewRequest": 3}
    # The entered mail, the spooled one and the one in the mailbox became tickets; the request is carried out.
    opened = desk.rows("SELECT subject FROM ticket WHERE number > 1020 ORDER BY subject")
    assert [subject for (subject,) in opened] == ["Entered", "Not fetched", "Spooled"]
    assert desk.rows("SELECT state FROM inbox WHERE route = 'Parked'") == [("dropped",), ("dropped",)]
    assert desk.rows("SELECT status FROM ticket WHERE number = ?", asked) == [("solved",)]
    assert desk.rows("SELECT state FROM letter WHERE message_id = ?", answer) == [("bounced",)]
    # Claimed, queued and unknown letters have left, each once; what was held still is.
    for letter in (90, 91, 92):
        ((message_id, state),) = desk.rows("SELECT message_id, state FROM letter WHERE id = ?", letter)
        assert (accepted[message_id], state) == (1, "sent")
    assert desk.rows("SELECT count(*) FROM letter WHERE state = 'held' AND id <= 92") == [(1,)]
    assert set(accepted.values()) == {1}
    for column, names in STORED.items():
        table, _, field = column.partition(".")
        found = {value for (value,) in desk.rows(f"SELECT DISTINCT {field} FROM {table}")} - {""}
        assert found <= set(names.split()), "what is stored today, 2ef778a would have stored"
    assert desk.json("sla", "rebuild", "--all")["differences"] == []


def mail_of(sender: str, answers: str, text: str, message_id: str) -> str:
    return f"""From: {sender}
To: support@example.org
Subject: Re: your letter
Date: Tue, 31 Mar 2026 08:10:00 +0000
Message-ID: <{message_id}@client.example.net>
In-Reply-To: <{answers}>
Content-Type: text/plain; charset=utf-8

{text}
"""


def bounce(letter: str, recipient: str) -> str:
    """A delivery report as Postfix writes one (RFC 3464)."""
    return f"""Return-Path: <>
From: Mail Delivery System <mailer-daemon@mx.example.org>
To: support@example.org
Subject: Undelivered Mail Returned to Sender
Date: Tue, 31 Mar 2026 08:11:00 +0000
Message-ID: <late3@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--=_report
Content-Type: text/rfc822-headers

Message-ID: <{letter}>

--=_report--
"""
