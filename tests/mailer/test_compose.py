"""Finished letters: exactly the header fields we mean, whatever anybody wrote, and the same bytes each time."""

import email
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import threads
from desk.letters import AttachmentRef, Draft, Letter, LetterKind
from mailer import mime
from mailer.compose import cut_subject, letter
from mailer.templates import Templates
from mailer.values import samples
from parser.facts.find import facts
from parser.mail import Address
from parser.secrets.find import secrets

CONTENT = Path(__file__).parents[2] / "content" / "templates"
TEMPLATES = Templates.load(CONTENT, "en", ZoneInfo("UTC"))
NOW = datetime(2026, 11, 20, 17, 30, tzinfo=timezone(timedelta(hours=8)))
MESSAGE_ID = "answer.1042.0f3c55b1a4e29d7c6b8e1a20@desk.example.org"
SENDER = Address("Example 客服", "desk@example.org")
PNG = AttachmentRef("截图 1.png", "image/png", 4, "a1")
VAULT = {"a1": b"\x89PNG", "a2": b"From: x\r\n\r\n.\r\n\x00\xff", "a3": bytes(range(256)) * 300}

# Without 64 letters in a row, which look like a key: no answer is sent with one.
HOSTILE = st.lists(
    st.sampled_from(
        ["\r\n", "\r", "\n", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ud800", " ", "  ", "\t", ",",
         "\r\nBcc: evil@example.net", "\n\n.\r\n", "=?utf-8?Q?=0ABcc:_x?=", "=?", "?=", '"', "\\", "<", ">", ";",
         "<b@example.net>",
         ":", "(", "@", "你好", "é", "😀", "=_", "--", "{{ tag }}", "x-" * 45, "字" * 90]
    )
    | st.text(max_size=12),
    max_size=8,
).map("".join)  # fmt: skip


def reply(kind: LetterKind = LetterKind.ANSWER, **changes: Any) -> Draft:
    values = {name: value for name, value in samples(kind)[0].items() if name != "marker"}
    given: dict[str, Any] = {
        "kind": kind,
        "key": "answer:inbox:7",
        "recipient": "ana@example.net",
        "recipient_name": "Ana",
        "language": "en",
        "mailbox": "support",
        "values": values,
    }
    return Draft(**given | changes)


def compose(one: Draft, **changes: Any) -> Letter:
    given: dict[str, Any] = {
        "tag": "PD-1042-F",
        "sender": SENDER,
        "message_id": MESSAGE_ID,
        "now": NOW,
        "templates": TEMPLATES,
        "load": VAULT.__getitem__,
        "desk": "Example desk",
        "subject": "提现没到账",
    }
    return letter(one, **given | changes)


def parsed(one: Letter) -> EmailMessage:
    return email.message_from_bytes(one.content, policy=default)


def fields(one: Letter) -> list[tuple[str, str]]:
    """The header fields as a strict reader unfolds them: nothing but `name: value` lines and their continuations."""
    section = one.content.partition(b"\r\n\r\n")[0].decode("ascii")
    found: list[tuple[str, str]] = []
    for line in section.split("\r\n"):
        assert re.fullmatch(r"[\t -~]+", line)
        if line[0] in " \t":
            assert line.strip()
            found[-1] = (found[-1][0], found[-1][1] + line)
        else:
            name, colon, value = line.partition(":")
            assert colon
            assert re.fullmatch(r"[A-Za-z-]+", name)
            found.append((name, value.strip()))
    return found


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


ALWAYS = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID"]
AFTER = ["MIME-Version", "Content-Language", "Content-Type"]


def test_an_answer_is_a_persons_mail_with_exactly_these_fields() -> None:
    made = compose(reply(in_reply_to="q1@example.net", references=("q0@example.net", "q1@example.net")))
    assert [name for name, _ in fields(made)] == [*ALWAYS, "In-Reply-To", "References", "X-Ticket-Ref", *AFTER]
    found = dict(fields(made))
    assert decoded(found["From"]) == "Example 客服 <desk@example.org>"
    assert found["To"] == "Ana <ana@example.net>"
    assert found["Reply-To"] == "desk@example.org"
    assert found["Subject"].startswith("[PD-1042-F] =?utf-8?B?")
    assert decoded(found["Subject"]) == "[PD-1042-F] 提现没到账"
    assert found["Date"] == "Fri, 20 Nov 2026 09:30:00 +0000"
    assert found["Message-ID"] == found["X-Ticket-Ref"] == f"<{MESSAGE_ID}>"
    assert found["In-Reply-To"] == "<q1@example.net>"
    assert found["References"] == "<q0@example.net> <q1@example.net>"
    assert made.envelope_sender == "desk@example.org"
    assert (made.kind, made.key, made.recipient, made.mailbox) == (
        LetterKind.ANSWER,
        "answer:inbox:7",
        "ana@example.net",
        "support",
    )


@pytest.mark.parametrize("kind", LetterKind)
def test_each_kind_tells_machines_what_it_is(kind: LetterKind) -> None:
    found = dict(fields(compose(reply(kind))))
    marks = (found.get("Auto-Submitted"), found.get("X-Auto-Response-Suppress"), found.get("Precedence"))
    if kind.automatic:
        assert marks == ("auto-replied", "All", "auto_reply")
    elif kind is LetterKind.ANSWER:
        assert marks == (None, None, None)
    else:
        assert marks == ("auto-generated", None, None)


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("null_sender", [True, False])
def test_only_automatic_letters_leave_with_the_null_sender(kind: LetterKind, null_sender: bool) -> None:
    made = compose(reply(kind), null_sender=null_sender)
    assert made.envelope_sender == ("" if kind.automatic and null_sender else "desk@example.org")


@pytest.mark.parametrize("kind", LetterKind)
def test_a_letter_of_a_ticket_names_it_in_brackets(kind: LetterKind) -> None:
    assert dict(fields(compose(reply(kind))))["Subject"].count("[PD-1042-F]") == 1


@pytest.mark.parametrize("kind", [LetterKind.PARKED, LetterKind.ALARM, LetterKind.BREACH, LetterKind.REFUSAL])
def test_a_letter_of_no_ticket_has_no_tag(kind: LetterKind) -> None:
    made = compose(reply(kind), tag=None)
    assert "[" not in dict(fields(made))["Subject"]


def test_the_tag_is_not_said_twice_in_a_thread() -> None:
    made = compose(reply(), subject="Re: [PD-1042-F] Withdrawal")
    assert dict(fields(made))["Subject"] == "[PD-1042-F] Re: Withdrawal"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("长" * 500, "长" * 119 + "…"),
        ("长" * 120, "长" * 120),
        ("Where is my order? " * 6 + "Its number is #1031590", "Where is my order? " * 6 + "Its…"),
        ("Where is my order? " * 6 + "#1031590 please answer", "Where is my order?" + " Where is my order?" * 5 + "…"),
        (
            "提现一直没有到账，麻烦尽快处理。" * 7 + "订单号：1031590，谢谢",
            "提现一直没有到账，麻烦尽快处理。" * 7 + "订单号：…",
        ),
        ("x" * 300, "x" * 119 + "…"),
        ("word " * 24 + "more", ("word " * 23 + "word") + "…"),
    ],
)
def test_a_long_subject_is_cut_between_words_and_marked(subject: str, shown: str) -> None:
    found = decoded(dict(fields(compose(reply(), subject=subject)))["Subject"]).removeprefix("[PD-1042-F] ")
    assert len(found) <= 120
    assert found == shown


@given(st.text(alphabet="ab19# ，订单-", min_size=100, max_size=300))
def test_no_run_of_digits_is_cut(subject: str) -> None:
    whole = " ".join(subject.split())
    found = cut_subject(whole)
    assert len(found) <= 120
    if found != whole:
        kept = found.removesuffix("…")
        assert whole.startswith(kept)
        rest = whole[len(kept) :]
        longest = max(map(len, re.findall(r"[#ab0-9-]+", whole)), default=0)
        assert longest > 50 or not (kept[-1:].isdigit() and rest[:1].isdigit())


def test_an_address_outside_of_ascii_stands_in_the_header_as_it_is() -> None:
    made = compose(reply(recipient="用户@例子.example"))
    assert made.recipient == "用户@xn--fsqu00a.example"
    assert "\r\nTo: " in made.content.decode()
    assert "用户@xn--fsqu00a.example" in made.content.partition(b"\r\n\r\n")[0].decode()
    assert made.content.partition(b"\r\n\r\n")[2].isascii()


def test_a_notification_carries_the_marker_of_its_ticket() -> None:
    made = compose(reply(LetterKind.NOTIFICATION))
    assert threads.has_marker(made.text)
    assert made.text.startswith(threads.marker("PD-1042-F"))


def test_an_acknowledgement_carries_no_words_of_an_unverified_sender() -> None:
    values = {**reply(LetterKind.ACKNOWLEDGEMENT).values, "verified": False}
    made = compose(reply(LetterKind.ACKNOWLEDGEMENT, values=values, recipient_name="Cheap Pills"), subject="Buy now")
    assert dict(fields(made))["To"] == "ana@example.net"
    message = parsed(made)
    body = message.as_string() + "".join(part.get_content() for part in message.walk() if not part.is_multipart())
    assert "Pills" not in body
    assert "Buy" not in body


def test_the_text_and_the_page_are_alternatives_in_utf8() -> None:
    made = compose(reply(values={"text": "你好 Ana,\n\n.\nFrom here", "agent": "Ben"}))
    message = parsed(made)
    assert message.get_content_type() == "multipart/alternative"
    text, page = message.iter_parts()
    assert [text.get_content_type(), page.get_content_type()] == ["text/plain", "text/html"]
    assert text.get_content().replace("\r\n", "\n") == made.text
    assert "你好 Ana,<br>" in page.get_content()
    assert {part["Content-Transfer-Encoding"] for part in (text, page)} <= {"quoted-printable", "base64"}
    assert not message.defects


@pytest.mark.parametrize("language", TEMPLATES.languages)
def test_the_text_part_survives_its_encoding_in_every_language(language: str) -> None:
    made = compose(reply(LetterKind.ACKNOWLEDGEMENT, language=language))
    body = parsed(made).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == made.text
    assert dict(fields(made))["Content-Language"] == language


def test_files_travel_with_a_true_name_and_an_ascii_one() -> None:
    mail = AttachmentRef("转发.eml", "message/rfc822", 4, "a2")
    blob = AttachmentRef("x.bin", "application/octet-stream\r\nX: y", 4, "a3")
    made = compose(reply(attachments=(PNG, mail, blob)))
    message = parsed(made)
    assert message.get_content_type() == "multipart/mixed"
    body, *files = message.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    assert [one.get_filename() for one in files] == ["截图 1.png", "转发.eml", "x.bin"]
    assert [one.get_content_type() for one in files] == ["image/png"] + ["application/octet-stream"] * 2
    assert [one.get_payload(decode=True) for one in files] == [VAULT["a1"], VAULT["a2"], VAULT["a3"]]
    assert {one.get_content_disposition() for one in files} == {"attachment"}
    assert b'filename="1.png"' in made.content
    assert b'filename="file.eml"' in made.content
    assert b"message/rfc822" not in made.content


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "file"),
        ("...", "file"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a"b\r\nX: y.txt', "a_bX_ y.txt"),
        ("Résumé.pdf", "Résumé.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("报" * 200 + ".pdf", "报" * 58 + ".pdf"),
        ("two  words.txt", "two  words.txt"),
    ],
)
def test_a_file_name_is_safe_readable_and_keeps_its_ending(name: str, shown: str) -> None:
    made = compose(reply(attachments=(AttachmentRef(name, "text/plain", 4, "a1"),)))
    [file] = parsed(made).iter_attachments()
    assert file.get_filename() == shown


PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"


def test_no_secret_leaves_in_a_letter_to_an_agent_however_it_came_there() -> None:
    notice = reply(LetterKind.NOTIFICATION)
    made = compose(
        replace(notice, values={**notice.values, "text": f"my seed:\n\n{PHRASE}"}),
        subject=f"password: hunter2200! {PHRASE}",
    )
    whole = [made.text, *(part.get_content() for part in parsed(made).walk() if part.get_content_maintype() == "text")]
    for text in [*whole, str(parsed(made)["Subject"])]:
        assert "sausage" not in text
        assert "hunter" not in text
    assert all("[redacted: seed phrase]" in text for text in whole)
    assert made.text.count("⟦PD-1042-F internal⟧") == 1


def test_an_answer_with_a_secret_is_not_composed() -> None:
    with pytest.raises(ValueError, match=r"never mailed \(seed phrase\)") as refused:
        compose(reply(values={"text": f"Use {PHRASE}.", "agent": "Ben"}))
    assert "sausage" not in str(refused.value)


def test_no_template_says_anything_that_looks_like_a_secret() -> None:
    shipped = Templates.load(Path(__file__).parents[2] / "content" / "templates", "en", ZoneInfo("Asia/Shanghai"))
    for language in shipped.languages:
        for kind in LetterKind:
            for values in samples(kind):
                rendered = shipped.render(kind, language, values)
                for text in (rendered.subject, rendered.text):
                    assert secrets(text, facts(text)) == (), (language, kind)


def test_the_same_reply_gives_the_same_bytes() -> None:
    one, other = (compose(reply(attachments=(PNG,))) for _ in range(2))
    assert one == other
    assert compose(reply(), message_id="other.1@example.org").content != compose(reply()).content


def test_references_hold_the_latest_valid_ids_that_fit() -> None:
    ids = tuple(f"{number}.{'x' * 60}@example.net" for number in range(40))
    made = compose(reply(references=("not an id", "a@b\r\nBcc: x@example.net", *ids, MESSAGE_ID), in_reply_to=ids[-1]))
    value = dict(fields(made))["References"]
    found = re.findall(r"<([^>]*)>", value)
    assert found == list(ids[-len(found) :])
    assert 1 < len(found) <= 20
    assert len(value) <= 900
    assert (
        len(re.findall("<", dict(fields(compose(reply(references=tuple(f"{n}@a" for n in range(40))))))["References"]))
        == 20
    )


@pytest.mark.parametrize(
    "parent", ["", "no at sign", "a b@example.net", "a@b>\r\nX: y", "ü@example.net", MESSAGE_ID, "x" * 300 + "@a"]
)
def test_an_invalid_parent_is_left_out(parent: str) -> None:
    found = dict(fields(compose(reply(in_reply_to=parent))))
    assert "In-Reply-To" not in found
    assert "References" not in found


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Ana.B+tag@Example.NET", "Ana.B+tag@example.net"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@例子.example", "ana@xn--fsqu00a.example"),
        # IDNA of 2003 would make strasse.example of it, which is somebody else.
        ("ana@straße.example", "ana@xn--strae-oqa.example"),
        ("ana@ＢＵＣＨ.example", "ana@buch.example"),
        ("ana@ab--cd.example", "ana@ab--cd.example"),
        ("ana@localhost", "ana@localhost"),
    ],
)
def test_an_address_is_sent_to_in_its_ascii_form(written: str, sent: str) -> None:
    made = compose(reply(recipient=written))
    assert made.recipient == sent
    assert f"<{sent}>" in dict(fields(made))["To"]


BAD_ADDRESSES = [
    "", "ana", "@example.net", "ana@", "a b@example.net", "ana@example.net\r\nBcc: x@example.org", "ana@example.net>",
    "<ana@example.net>", '"ana b"@example.net', "ana..b@example.net", ".ana@example.net", "ana@ex_ample.net",
    "ana@-a.example", "ana@[127.0.0.1]", "ana@example.net BODY=8BITMIME", "ana,ben@example.net", "á\u202en@example.net",
    "ana@☃.example", "a" * 65 + "@example.net", "ana@" + "a." * 130 + "net", "ana@example..net",
    "ana@example.net\n",
    "ana\x00@example.net", "ana@@example.net", "ana@exa\u2028mple.net", "ana@" + "a" * 64 + ".net", "ana@\ud800.net",
]  # fmt: skip


@pytest.mark.parametrize("written", BAD_ADDRESSES)
def test_what_is_no_plain_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not an address"):
        compose(reply(recipient=written))
    with pytest.raises(ValueError, match="is not an address"):
        compose(reply(), sender=Address("Desk", written))


def test_a_message_id_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a message id"):
        compose(reply(), message_id="x@y>\r\nBcc: z@example.net")


def test_a_file_that_the_vault_cannot_give_stops_the_letter() -> None:
    with pytest.raises(KeyError, match="gone"):
        compose(reply(attachments=(AttachmentRef("a", "text/plain", 1, "gone"),)))


@pytest.mark.parametrize("kind", LetterKind)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_no_text_anywhere_adds_or_breaks_a_header_line(kind: LetterKind, data: st.DataObject) -> None:
    values: Mapping[str, Any] = reply(kind).values
    hostile = {name: data.draw(HOSTILE) if isinstance(value, str) else value for name, value in values.items()}
    made = compose(
        reply(
            kind,
            values=hostile,
            recipient_name=data.draw(HOSTILE),
            in_reply_to=data.draw(HOSTILE),
            references=tuple(data.draw(st.lists(HOSTILE, max_size=2))),
            language=data.draw(HOSTILE),
            attachments=(AttachmentRef(data.draw(HOSTILE), data.draw(HOSTILE), 4, "a1"),),
        ),
        subject=data.draw(HOSTILE),
        desk=data.draw(HOSTILE),
        sender=Address(data.draw(HOSTILE), "desk@example.org"),
    )
    names = [name for name, _ in fields(made)]
    wanted = [name for name, _ in fields(compose(reply(kind)))]
    assert names == wanted
    assert made.content.count(b"@example.net>") + made.content.count(b": ana@example.net\r\n") >= 1
    assert re.search(rb"[^\t\r\n -~]|\r(?!\n)|(?<!\r)\n", made.content) is None
    assert all(len(line) <= 998 for line in made.content.split(b"\r\n"))
    message = parsed(made)
    assert [one.addr_spec for one in message["To"].addresses] == ["ana@example.net"]
    assert [one.addr_spec for one in message["From"].addresses] == ["desk@example.org"]
    [file] = message.iter_attachments()
    assert file.get_payload(decode=True) == VAULT["a1"]


@given(text=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300))
@settings(max_examples=200, deadline=None)
def test_a_header_text_reads_back_as_it_was(text: str) -> None:
    line = " ".join(text.split())
    value = mime.unstructured(line)
    assert decoded(value) == line
    assert all(len(word) <= 75 for word in value.split(" "))


def test_encoded_words_hold_whole_characters() -> None:
    for word in mime.encoded_words("😀" * 100).split(" "):
        assert decoded(word) == "😀" * 11 or decoded(word) == "😀"


INTENDED = (("From", "a@example.org"), ("Subject", "two words"))


def test_a_folded_header_is_verified_by_what_it_says() -> None:
    mime.verify(b"From: a@example.org\r\nSubject: two\r\n words\r\n\r\nbody\r\n", INTENDED)


@pytest.mark.parametrize(
    "content",
    [
        b"From: a@example.org\r\nSubject: two words\r\nBcc: x@example.net\r\n\r\n",
        b"From: a@example.org\r\n\r\nSubject: two words\r\n\r\n",
        b"From: a@example.org\r\nSubject: two\r\n \r\n words\r\n\r\n",
        b"From: a@example.org\r\nSubject: other words\r\n\r\n",
        b"Subject: two words\r\nFrom: a@example.org\r\n\r\n",
        b"From: a@example.org\r\nFrom: a@example.org\r\nSubject: two words\r\n\r\n",
        b" From: a@example.org\r\nSubject: two words\r\n\r\n",
        b"From: a@example.org\r\nSubject: two words\r\n",
        b"From: a@example.org\r\nSubject: two words\nBcc: x@example.net\r\n\r\n",
        b"From: a@example.org\r\nSubject: two words\r\n\r\nbare\nfeed",
        b"From: a@example.org\r\nSubject: two words\r\n\r\nbare\rreturn",
        b"From: a@example.org\r\nSubject: two words\r\n\r\n\x00",
        b"From: a@example.org\r\nSubject: two words\r\n\r\n\xe4",
        b"From: a@example.org\r\nSubject: two words\r\n\r\n" + b"x" * 999,
    ],
)
def test_bytes_that_are_not_the_message_we_meant_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^the (header section|message has)"):
        mime.verify(content, INTENDED)


def test_the_instant_is_written_in_utc() -> None:
    made = compose(reply(), now=datetime(2026, 1, 1, tzinfo=UTC))
    assert dict(fields(made))["Date"] == "Thu, 01 Jan 2026 00:00:00 +0000"
