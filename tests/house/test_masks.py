"""No secret rests or travels in the clear: planted in every place of a mail, looked for everywhere afterwards (P26)."""

import base64
import io
import json
import quopri
import random
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from html import escape
from pathlib import Path

import pytest
import secret_mails

from servers.house import AUTHSERV, BEN, ROOT, answer_to
from servers.house import mail as plain_mail
from servers.living import text_of
from servers.pace import patience
from servers.sink import Sink

Plant = Callable[[EmailMessage, str], None]
TXID = "c0ffee" + "5ad1" * 14 + "42"


def _subject(message: EmailMessage, said: str) -> None:
    message["Subject"] = f"Help me, {said}"
    message.set_content("Where is my deposit?")


def _named(name: str) -> Plant:
    def plant(message: EmailMessage, said: str) -> None:
        address = str(message["From"]) if name == "From" else f"ana.{name.lower()}@example.net"
        if name == "From":
            del message["From"]
        if name == "To":
            del message["To"]
            address = "support@example.org"
        message[name] = Address(said, addr_spec=address)
        message.set_content("Where is my deposit?")

    return plant


def _body(message: EmailMessage, said: str) -> None:
    message.set_content(f"Hello,\n\nplease help. {said}\n\nThank you")


def _html(message: EmailMessage, said: str) -> None:
    message.set_content(f"<html><body><p>Hello</p><p>{escape(said)}</p></body></html>", subtype="html")


def _html_beside_text(message: EmailMessage, said: str) -> None:
    message.set_content("Where is my deposit?")
    message.add_alternative(f"<p>Where is my deposit? <b>{escape(said)}</b></p>", subtype="html")


def _list(message: EmailMessage, said: str) -> None:
    label, _, value = said.partition(": ")
    words = value.split() if len(value.split()) > 11 else [said]
    items = "".join(f"<li>{escape(word)}</li>" for word in words)
    message.set_content(f"<p>{label}:</p><ol>{items}</ol>", subtype="html")


def _quote(message: EmailMessage, said: str) -> None:
    quoted = f"> {said}\n> and some more"
    message.set_content(f"Any news?\n\nOn Fri, 20 Nov 2026 at 10:00, Ana <ana@example.net> wrote:\n\n{quoted}\n")


def _split(message: EmailMessage, said: str) -> None:
    """Half of it in the answer, half in the quotation."""
    words = said.partition(": ")[2].split()
    if len(words) < 12:
        _quote(message, said)
        return
    first, second = " ".join(words[:6]), " ".join(words[6:])
    message.set_content(f"Here it is:\n{first}\n> {second}\n\nThank you\n")


def _signature(message: EmailMessage, said: str) -> None:
    message.set_content(f"Any news?\n\n-- \nAna\n{said}\n")


def _file_name(message: EmailMessage, said: str) -> None:
    message.set_content("See the file.")
    message.add_attachment(b"Nothing in it.", "text", "plain", filename=f"{said.replace(': ', ' ')}.txt")


def _file(kind: str, name: str, before: str = "", after: str = "") -> Plant:
    def plant(message: EmailMessage, said: str) -> None:
        message.set_content("See the file.")
        main, _, sub = kind.partition("/")
        message.add_attachment(f"{before}{said}{after}\n".encode(), main, sub, filename=name)

    return plant


def _table(message: EmailMessage, said: str) -> None:
    label, _, value = said.partition(": ")
    cells = ",".join([label, *value.split()]) if len(value.split()) > 11 else f"{label}: {value}"
    _file("text/csv", "mine.csv", "what,value\r\n")(message, cells)


def _calendar(message: EmailMessage, said: str) -> None:
    folded = "\r\n ".join(said[at : at + 50] for at in range(0, len(said), 50))
    event = (
        f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Call\r\nDESCRIPTION:{folded}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    message.set_content("See the date.")
    message.add_attachment(event.encode(), "text", "calendar", filename="call.ics")


def _header(message: EmailMessage, said: str) -> None:
    message["X-Note"] = said
    message["Comments"] = said
    message.set_content("Where is my deposit?")


def _forwarded(message: EmailMessage, said: str) -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "ana@example.net", "Mine"
    inner.set_content(f"Keep this. {said}", cte="base64")
    message.set_content("See the mail.")
    message.add_attachment(inner)


PLACES: dict[str, Plant] = {
    "subject": _subject,
    "From name": _named("From"),
    "Reply-To name": _named("Reply-To"),
    "Cc name": _named("Cc"),
    "To name": _named("To"),
    "body": _body,
    "html only": _html,
    "html beside text": _html_beside_text,
    "html list": _list,
    "quote": _quote,
    "split over reply and quote": _split,
    "signature": _signature,
    "file name": _file_name,
    "text file": _file("text/plain", "notes.txt"),
    "text file without a type": _file("application/octet-stream", "notes"),
    "page": _file("text/html", "page.htm", "<p>Hello</p><p>", "</p>"),
    "json": _file("application/json", "mine.json", '{"note": "', '"}'),
    "table": _table,
    "calendar": _calendar,
    "header": _header,
    "mail in the mail": _forwarded,
}


def _phrase(rng: random.Random) -> secret_mails.Planted:
    words = " ".join(secret_mails.phrase(rng, 12))
    return secret_mails.Planted("seed", "seed phrase", "", words, (words, " ".join(words.split()[1:7])))


def _of_one_line(make: Callable[[random.Random, bool], secret_mails.Planted]) -> Callable[..., secret_mails.Planted]:
    def planted(rng: random.Random) -> secret_mails.Planted:
        while True:
            one = make(rng, False)
            # Short digits stand everywhere in a database; strange signs end a value in some places.
            if re.fullmatch(r"[A-Za-z0-9+=_.-]{10,200}", one.value) and not one.value.isdigit():
                return one

    return planted


def _card(rng: random.Random) -> secret_mails.Planted:
    number = secret_mails.luhn_number(rng)
    return secret_mails.Planted("bank_card", "card number", "", number, (number,))


MAKERS: tuple[Callable[..., secret_mails.Planted], ...] = (
    _phrase,
    _of_one_line(secret_mails.key_hex),
    _of_one_line(secret_mails.key_unlabelled),
    _of_one_line(secret_mails.wif),
    _of_one_line(secret_mails.xprv),
    _of_one_line(secret_mails.api_secret),
    _of_one_line(secret_mails.a_password),
    _of_one_line(secret_mails.setup_key),
    _card,
    _of_one_line(secret_mails.identity_number),
)


@dataclass
class Desk:
    """A desk whose mails lie in a Maildir, run from time to time as by cron."""

    folder: Path
    sink: Sink
    logs: str = ""
    count: int = 0
    sender: str = ""
    planted: list[tuple[str, secret_mails.Planted]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for part in ("new", "cur", "tmp"):
            (self.folder / "maildir" / part).mkdir(parents=True)
        templates = self.folder / "content" / "templates"
        templates.mkdir(parents=True)
        (self.folder / "content" / "categories.toml").symlink_to(ROOT / "content" / "categories.toml")
        for name in ("en", "zh-Hans"):
            (templates / name).symlink_to(ROOT / "content" / "templates" / name)
        self.config = self.folder / "config.toml"
        self.config.write_text(f"""
            [desk.caps]
            per_hour = 100000
            [[agent]]
            address = "{BEN}"
            name = "Ben Baker"
            queues = ["support", "funds", "security", "trading", "kyc", "developers", "supervisor"]
            [[mailbox]]
            name = "drop"
            kind = "maildir"
            path = "maildir"
            addresses = ["support@example.org"]
            authserv_id = "{AUTHSERV}"
            since = 2020-01-01T00:00:00Z
            [smtp]
            host = "127.0.0.1"
            port = {self.sink.port}
            tls = "none"
            [log]
            format = "json"
            level = "debug"
            """)

    def put(self, content: bytes) -> None:
        self.count += 1
        (self.folder / "maildir" / "new" / f"{self.count:05}.mail").write_bytes(content)

    def plant(self, place: str, secret: secret_mails.Planted) -> str:
        """A mail with a secret in this place; gives its sender."""
        sender = f"ana{self.count}@example.net"
        message = EmailMessage()
        message["From"], message["To"], message["Message-ID"] = sender, "support@example.org", f"<{self.count}@e.net>"
        message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0000"
        PLACES[place](message, f"{secret.label_en or 'note'}: {secret.value}" if secret.label_en else secret.value)
        trace = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.net\n".encode()
        self.put(trace + message.as_bytes())
        self.planted.append((place, secret))
        return sender

    def postdesk(self, *words: str, check: int = 0) -> str:
        command = [sys.executable, "-m", "ops.cli", *words, "--config", str(self.config)]
        done = subprocess.run(
            command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, timeout=patience(120)
        )
        self.logs += done.stderr
        assert done.returncode == check, (done.stdout, done.stderr)
        return done.stdout

    def run(self) -> None:
        self.postdesk("run", "--once")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "data" / "postdesk.db")) as database:
            return list(database.execute(query))


def _spellings(blob: bytes) -> Iterator[str]:
    yield blob.decode("utf-8", "replace")
    with io.BytesIO(blob) as source, io.BytesIO() as out:
        quopri.decode(source, out)
        yield out.getvalue().decode("utf-8", "replace")
    for run in re.findall(rb"(?:[A-Za-z0-9+/]{40,76}\r?\n){0,400}[A-Za-z0-9+/]{20,76}={0,2}", blob):
        packed = re.sub(rb"\s", b"", run)
        yield base64.b64decode(packed[: len(packed) // 4 * 4]).decode("utf-8", "replace")


def _flat(text: str) -> str:
    return re.sub(r"[\s>,_-]+", " ", text)


def everywhere(desk: Desk) -> dict[str, str]:
    """All that rests on disk and all that left, in every spelling, by where it was found."""
    found = {"logs": desk.logs}
    for path in sorted((desk.folder / "data").rglob("*")):
        if path.is_file():
            found[str(path.relative_to(desk.folder))] = "\n".join(_spellings(path.read_bytes()))
    for number, letter in enumerate(desk.sink.accepted):
        texts = list(_spellings(letter.content))
        texts += [f"{name}: {value}" for name, value in letter.mail.items()]
        for part in letter.mail.walk():
            content = part.get_payload(decode=True)
            texts += [part.get_filename() or "", *(_spellings(content) if isinstance(content, bytes) else ())]
        found[f"letter {number}"] = "\n".join(texts)
    return {where: _flat(text) for where, text in found.items()}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Sink() as sink:
        built = Desk(tmp_path_factory.mktemp("masks"), sink)
        rng = random.Random(2611)
        for number, place in enumerate(PLACES):
            # Every kind stands in every second place or so, the first two in all.
            for at, make in enumerate(MAKERS):
                if at < 2 or (number + at) % 2:
                    built.plant(place, make(rng))
        built.put(plain_mail("A transfer", f"My deposit is missing.\n\nTXID: {TXID}\n", sender="tx@example.net"))
        built.run()
        yield built


def test_no_planted_secret_is_found_anywhere(desk: Desk) -> None:
    assert len(desk.planted) >= 120
    assert desk.rows("SELECT count(*) FROM ticket") == [(len(desk.planted) + 1,)]
    assert len(desk.sink.to(BEN)) == len(desk.planted) + 1
    found = everywhere(desk)
    assert any(where.endswith("postdesk.db") for where in found)
    seen = [
        (place, secret.kind, where)
        for place, secret in desk.planted
        for where, text in found.items()
        if any(_flat(piece) in text for piece in secret.pieces)
    ]
    assert seen == []


def test_the_search_itself_finds_what_is_there(desk: Desk) -> None:
    """Otherwise an empty result would prove nothing."""
    found = everywhere(desk)
    assert TXID in found["data/postdesk.db"]
    letters = [text for where, text in found.items() if where.startswith("letter")]
    assert sum(TXID in text for text in letters) == 1, "the agent sees it"
    assert sum("ana0@example.net" in text for text in letters) == 2


def test_agents_are_told_what_was_masked_and_which_file_was_withheld(desk: Desk) -> None:
    told = {str(one.mail["Subject"]): one for one in desk.sink.to(BEN)}
    assert told
    number = next(at for at, (place, one) in enumerate(desk.planted) if place == "text file" and one.kind == "seed")
    (letter,) = [one for one in desk.sink.to(BEN) if f"ana{number}@example.net" in text_of(one)]
    said = " ".join(text_of(letter).split())
    assert "Secrets in this email were masked: [redacted: seed phrase]." in said
    assert "notes.txt" in said
    assert "it holds a secret" in said
    assert not list(letter.mail.iter_attachments())


def test_who_leaks_what_gives_access_to_money_is_warned_and_the_ticket_is_urgent(desk: Desk) -> None:
    number = next(at for at, (place, one) in enumerate(desk.planted) if place == "body" and one.kind == "seed")
    (greeting,) = desk.sink.to(f"ana{number}@example.net")
    assert "Move your funds to a new wallet now" in text_of(greeting)
    assert "wallet" not in text_of(desk.sink.to("tx@example.net")[0])
    rows = desk.rows(f"SELECT id, priority FROM ticket WHERE requester = 'ana{number}@example.net'")
    assert [row[1] for row in rows] == ["P1"]
    events = desk.rows(f"SELECT data FROM event WHERE kind = 'secrets' AND ticket_id = {rows[0][0]}")
    assert [json.loads(str(data)) for (data,) in events] == [{"classes": ["seed_phrase"]}]


def test_an_agent_who_types_a_secret_is_told_and_the_customer_gets_nothing(desk: Desk) -> None:
    told = next(one for one in desk.sink.to(BEN) if "tx@example.net" in text_of(one)).mail
    before, rng = len(desk.sink.to("tx@example.net")), random.Random(7)
    phrase, key = _phrase(rng), _of_one_line(secret_mails.key_hex)(rng)
    desk.put(answer_to(told, f"Use this one instead:\n{phrase.value}", sender=BEN, message_id="typed@e.net"))
    files = [("key.txt", "text/plain", f"private key: {key.value}".encode())]
    desk.put(answer_to(told, "See the file.", sender=BEN, message_id="enclosed@e.net", files=files))
    desk.run()
    assert desk.rows("SELECT state, reason FROM inbox ORDER BY id DESC LIMIT 2") == [
        ("held", "secret key.txt [redacted: private key]"),
        ("held", "secret [redacted: seed phrase]"),
    ]
    assert len(desk.sink.to("tx@example.net")) == before
    refused = [text_of(one) for one in desk.sink.to(BEN)[-2:]]
    assert all("It holds a secret" in text for text in refused)
    assert "Use this one instead:\r\n> [redacted: seed phrase]" in refused[0] + refused[1]
    found = everywhere(desk)
    assert not [where for where, text in found.items() for one in (phrase, key) if _flat(one.value) in text]


def test_a_customer_who_answers_joins_the_ticket_and_is_warned_once(desk: Desk) -> None:
    greeting = desk.sink.to("tx@example.net")[0].mail
    rng = random.Random(8)
    first, second = _phrase(rng), _phrase(rng)
    for number, one in enumerate((first, second)):
        content = answer_to(
            greeting, f"TXID {TXID}\nMine: {one.value}", sender="tx@example.net", message_id=f"leak{number}@e.net"
        )
        desk.put(content)
        desk.put(content)
        desk.run()
    assert desk.rows("SELECT route FROM inbox ORDER BY id DESC LIMIT 4") == [
        ("Duplicate",),
        ("FollowUp",),
        ("Duplicate",),
        ("FollowUp",),
    ]
    letters = [text_of(one) for one in desk.sink.to("tx@example.net")]
    assert ["new wallet now" in text for text in letters] == [False, True]
    rows = desk.rows("SELECT priority FROM ticket WHERE requester = 'tx@example.net'")
    assert rows == [("P1",)]
    (notice,) = desk.rows("SELECT reply FROM message ORDER BY id DESC LIMIT 1")
    assert notice == (f"TXID {TXID}\nMine: [redacted: seed phrase]",)


def test_a_possible_key_is_shown_on_request_and_who_asked_is_recorded(desk: Desk, tmp_path: Path) -> None:
    digits = secret_mails.hexes(random.Random(9))
    seed = _phrase(random.Random(10))
    text = f"It is this one:\n\n{digits}\n\nand my seed phrase is {seed.value}"
    files = [("list.txt", "text/plain", f"seed phrase: {seed.value}".encode())]
    desk.put(plain_mail("Which one?", text, sender="which@example.net", files=files))
    desk.run()
    ((number,),) = desk.rows("SELECT max(number) FROM ticket")
    shown = desk.postdesk("show", str(number))
    assert digits not in shown
    assert "[redacted: possible key]" in shown
    said = json.loads(desk.postdesk("show", str(number), "--unmask", "--json"))
    assert (
        said["messages"][0]["reply"] == f"It is this one:\n\n{digits}\n\nand my seed phrase is [redacted: seed phrase]"
    )
    desk.postdesk("show", str(number), "--files", str(tmp_path / "out"))
    (file,) = (tmp_path / "out").iterdir()
    assert seed.value in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    desk.postdesk("show", str(number), "--files", str(tmp_path / "out"), check=1)
    events = json.loads(desk.postdesk("show", str(number), "--json"))["events"]
    looked = [(one["data"], " on " in one["actor"]) for one in events if one["kind"] == "unmasked"]
    assert looked == [({"what": "possible keys"}, True), ({"what": "files"}, True), ({"what": "files"}, True)]
    found = everywhere(desk)
    assert not [where for where, text in found.items() if digits in text or _flat(seed.value) in text]
