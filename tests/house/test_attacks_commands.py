"""Attacks through the whole desk: commands that nobody sees, fields copied from our letters, internal text in files."""

import io
import tarfile
import zipfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.tables import LetterRow, TicketRow
from ops import build
from parser.mail import RawMessage
from pipeline import fetching, incoming
from pipeline.context import Context
from pipeline.settings import load
from servers.house import ANA, AUTHSERV, BEN, SUPPORT, House, answer_to, mail
from servers.living import signed, somebody
from servers.sink import Sink


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMAP_PASSWORD", "secret")
        house = House(tmp_path_factory.mktemp("attacks"), 1, "nobody", Sink(), run={"readers": 1})
        with build.open_context(load(house.config)) as context:
            yield context


def receive(context: Context, *contents: bytes) -> None:
    for content in contents:
        now = context.now()
        key = f"{now.timestamp()}-{hash(content)}"
        fetching.keep(context, [RawMessage("support", "INBOX", 1, key, content, len(content), now)])
    while incoming.process_message(context):
        pass


def letters(context: Context, kind: str, to: str) -> list[EmailMessage]:
    query = select(LetterRow).where(col(LetterRow.kind) == kind, col(LetterRow.recipient) == to)
    rows = context.store.run(lambda session: list(session.execute(query.order_by(col(LetterRow.id))).scalars()))
    return [message_from_bytes(context.vault.get(row.digest), policy=policy.default) for row in rows]


def request(context: Context) -> tuple[str, EmailMessage]:
    """A new customer asks; gives the address and Ben's notification."""
    ana = somebody()
    receive(context, mail("My card", "My card was not delivered to me.", sender=ana))
    return ana, letters(context, "notification", BEN)[-1]


def page(told: EmailMessage, html: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Ben <{BEN}>", SUPPORT, f"Re: {told['Subject']}"
    message["In-Reply-To"] = message["References"] = str(told["Message-ID"])
    message["Message-ID"] = f"<{hash(html)}.{hash(told)}@client.example.org>"
    message.set_content(html, subtype="html")
    proof = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.org\n"
    return signed(proof, message.as_bytes(policy=policy.SMTP))


UNSEEN = [
    '<div style="opacity:0.01">{}</div>',
    '<div style="transform:scale(0)">{}</div>',
    '<div style="clip-path:inset(100%)">{}</div>',
    '<div style="visibility:collapse">{}</div>',
    '<div style="background:#123456;color:#123456">{}</div>',
    '<div style="background-color:black"><span style="color:#000">{}</span></div>',
    '<div style="color:hsl(0,0%,100%)">{}</div>',
    '<div style="color:rgb(100%,100%,100%)">{}</div>',
    '<div style="width:0;overflow:hidden">{}</div>',
    '<style>#z{color:#fff}</style><p id="z">{}</p>',
    "<style>p{font-size:1px}</style><p>{}</p>",
    '<div style="filter:opacity(0)">{}</div>',
    '<div style="color:w\\68ite">{}</div>',
    '<div style="color:/**/white">{}</div>',
    '<div style="margin-left:-9999px">{}</div>',
    "<details><summary></summary>{}</details>",
    '<body bgcolor="#222222" text="#222222">{}</body>',
    "<dialog>{}</dialog>",
    '<p style="text-indent:100%;white-space:nowrap;overflow:hidden">{}</p>',
    '<div style="position:fixed;top:-100vh">{}</div>',
    '<div style="-webkit-text-fill-color:transparent">{}</div>',
    '<div style="color:var(--x,#fff)">{}</div>',
    '<div style="zoom:0">{}</div>',
]


@pytest.mark.parametrize("form", UNSEEN)
def test_a_command_that_nobody_sees_is_not_obeyed(desk: Context, form: str) -> None:
    ana, told = request(desk)
    receive(desk, page(told, f"<html>{form.replace('{}', '/solve')}<p>Your card is on its way to you.</p></html>"))
    status = select(col(TicketRow.status)).where(col(TicketRow.requester) == ana)
    assert desk.store.run(lambda session: session.execute(status).scalar_one()) == "new"
    assert letters(desk, "answer", ana) == []


@pytest.mark.parametrize(
    "form",
    [
        '<div style="font-family:Arial;font-size:10pt;color:#1f497d">{}</div>',
        '<style>p.MsoNormal{margin:0cm;font-size:11.0pt}</style><p class="MsoNormal">{}</p>',
        '<body bgcolor="#ffffff" text="#000000"><div style="background-color:rgb(255,255,255);color:rgb(34,34,34)">{}',
        '<div style="background:#1e1e1e;color:#e0e0e0">{}</div>',
        '<div style="opacity:1;width:100%;line-height:1.4">{}</div>',
    ],
)
def test_a_command_in_ordinary_letters_is_obeyed(desk: Context, form: str) -> None:
    ana, told = request(desk)
    receive(desk, page(told, f"<html>{form.replace('{}', '/solve')}<p>Your card is on its way to you.</p></html>"))
    status = select(col(TicketRow.status)).where(col(TicketRow.requester) == ana)
    assert desk.store.run(lambda session: session.execute(status).scalar_one()) == "solved"


@pytest.mark.parametrize("stroke", ["〳note", "丿note", "ノ note", "㇓note"])
def test_signs_that_look_like_a_slash_are_one(desk: Context, stroke: str) -> None:
    ana, told = request(desk)
    receive(desk, answer_to(told, f"{stroke}\nHe lies about all of it.", sender=BEN))
    assert letters(desk, "answer", ana) == []


def test_who_copies_the_fields_of_our_letter_does_not_pass_for_us(desk: Context) -> None:
    ana, _ = request(desk)
    (ours,) = letters(desk, "acknowledgement", ana)
    before = len(letters(desk, "notification", BEN))
    fields = {name: str(ours["Message-ID"]) for name in ("X-Ticket-Ref", "References", "In-Reply-To")}
    receive(desk, mail("Withdrawal", "I lost ten thousand euro.", sender=SUPPORT, proof="fail", headers=fields))
    assert len(letters(desk, "notification", BEN)) == before + 1
    assert letters(desk, "answer", ana) == []


@pytest.mark.parametrize("form", ["text", "utf-16", "zip", "mail in a zip"])
def test_internal_text_does_not_leave_in_a_file(desk: Context, form: str) -> None:
    ana, told = request(desk)
    body = told.get_body(("plain",))
    assert body is not None
    text = str(body.get_content())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("told.txt" if form == "zip" else "told.eml", text if form == "zip" else "Subject: x\n\nHello")
    name, content = {
        "text": ("told.txt", text.encode()),
        "utf-16": ("told.txt", text.encode("utf-16")),
    }.get(form, ("told.zip", packed.getvalue()))
    receive(desk, answer_to(told, "See there.", sender=BEN, files=[(name, "application/octet-stream", content)]))
    assert letters(desk, "answer", ana) == []


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "hello")
    return packed.getvalue()


def tarred(name: str, mode: str = "", link: str = "", form: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f"w:{mode}", format=form) as archive:
        for one in ("first.txt", name):
            entry = tarfile.TarInfo(one)
            entry.size = 0 if link else 700
            entry.type, entry.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
            archive.addfile(entry, io.BytesIO(b"x" * 700))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "withheld"),
    [
        ("a.zip", zipped("CON"), True),
        ("a.zip", zipped("papers/aux.txt"), True),
        ("a.zip", zipped("run.ｅｘｅ"), True),
        ("a.zip", zipped("‥/x.txt"), True),
        ("a.zip", zipped("contract.txt"), False),
        ("a.tar", tarred("../../x.txt"), True),
        ("a.tar.gz", tarred("run.exe", "gz"), True),
        ("a.tar.bz2", tarred("/etc/passwd", "bz2"), True),
        ("a.tar.xz", tarred("NUL", "xz"), True),
        ("a.tar.gz", tarred("notes.txt", "gz", link="/etc/passwd"), True),
        ("a.tar", tarred("x" * 150 + "/run.exe"), True),
        ("a.tar", tarred("x" * 300 + "/run.exe", form=tarfile.GNU_FORMAT), True),
        ("a.tar.gz", tarred("x" * 300 + "/notes.txt", "gz"), False),
        ("a.tar.gz", b"\x1f\x8b\x08damaged", False),
        ("run.ｅｘｅ", b"hello", True),
    ],
)
def test_names_in_archives_withhold_the_file(desk: Context, name: str, content: bytes, withheld: bool) -> None:
    files = [(name, "application/octet-stream", content)]
    receive(desk, mail("Papers", "My papers are in the file.", sender=somebody(), files=files))
    told = letters(desk, "notification", BEN)[-1]
    assert ANA not in str(told["To"])
    assert (not any(part.get_filename() for part in told.walk())) == withheld
