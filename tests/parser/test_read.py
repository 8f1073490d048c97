"""Laws of the reader: total, bounded, clean texts, a stable fingerprint."""

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parser.jsonview import as_json
from parser.mail import ParsedMail
from parser.read import read

HEAD = b"From: Ana <ana@example.org>\r\nTo: help@example.net\r\nSubject: test\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"

PIECES = st.sampled_from(
    [
        b"From: Ana <ana@example.org>",
        b"Subject: =?gb2312?B?xOO6ww==?= =?x?q?",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Type: text/plain; charset=punycode",
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*0*=gb18030''%ff%00; filename=\"..\\..\\a\"",
        b"Date: Wed, 99 Foo 999999 99:99:99 +9999",
        b"Authentication-Results: a; b=c (",
        b"Message-ID: <<a@b>>",
        b"Final-Recipient: rfc822; a@example.org\r\nAction: failed",
        b"",
        b"--b",
        b"--b--",
        b"<blockquote><a href='http://example.org'>\x00x</p>&#99999999999;&#xd800;",
        b"On 1 Jan 2026 at 10:00, Ben <ben@example.net> wrote:",
        b"> quoted",
        b"=\xff\xfe\x1b$B\x80",
        b"-- ",
    ]
)
MAILS = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=14).map(b"\r\n".join),
    st.lists(PIECES, max_size=14).map(b"\n".join),
)


def texts(mail: ParsedMail) -> list[str]:
    """Every text of a mail, from the JSON view and the fields it leaves out."""
    names = [
        text for one in (mail.author, *mail.to, *mail.cc, *mail.reply_to) for text in (one.name, one.address or "")
    ]
    files = [text for one in mail.attachments for text in (one.name or "", one.safe_name, one.content_type)]
    headers = [text for pair in mail.headers for text in pair]
    said = [mail.subject, mail.text, mail.html_text or "", mail.new_text, mail.quoted, mail.signature]
    return [*names, *files, *headers, *said, *(one.detail for one in mail.defects), *mail.references]


@settings(max_examples=200, deadline=None)
@given(MAILS)
@example(b"")
@example(b"\r\n\r\n")
@example(b"\xef\xbb\xbf\r\nSubject: x")
@example(b"Subject: \xed\xa0\x80\x00\r\n\r\n\x00")
def test_any_bytes_parse_and_their_texts_hold_no_nul_and_no_surrogates(content: bytes) -> None:
    mail = read(content)
    assert "unreadable" not in [one.code for one in mail.defects]
    for text in texts(mail):
        assert "\0" not in text
        assert text.encode("utf-8").decode("utf-8") == text
    assert json.loads(json.dumps(as_json(mail, "x.eml")))["kind"] == mail.kind
    assert all("\n" not in value and "\r" not in value for _, value in mail.headers)
    assert all("/" not in one.safe_name and one.safe_name.strip(". ") for one in mail.attachments)


def nested(levels: int) -> bytes:
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(levels)
    )
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\ndeep text\r\n"


@pytest.mark.parametrize("levels", [99, 101, 1_000, 10_000])
def test_nesting_of_any_depth_keeps_the_text(levels: int) -> None:
    mail = read(nested(levels))
    assert "deep text" in mail.text
    assert ("truncated" in [one.code for one in mail.defects]) == (levels > 100)


OVER_A_LIMIT = {
    "parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nwords\r\n" * 5_000,
    "header lines": HEAD + b"X-A: b\r\n" * 50_000 + b"\r\nwords",
    "header bytes": HEAD + b"X-A: " + b"b" * 1_000_000 + b"\r\n\r\nwords",
    "addresses": HEAD + b"Cc: " + b"a@example.org, " * 2_000 + b"b@example.org\r\n\r\nwords",
    "text": PLAIN + b"many words in many lines\r\n" * 150_000,
    "parameters": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain"
    + b"; a=b" * 50_000
    + b"\r\n\r\nwords",
}


@pytest.mark.parametrize("name", OVER_A_LIMIT)
def test_over_a_limit_the_readable_rest_stays_and_is_marked(name: str) -> None:
    mail = read(OVER_A_LIMIT[name])
    assert "words" in mail.text
    assert mail.author.address == "ana@example.org"
    assert len(mail.text) <= 2_000_000
    assert len(mail.cc) <= 500
    assert len(mail.headers) <= 1_010
    assert "truncated" in [one.code for one in mail.defects]


HOSTILE = {
    "elements": b"<div>" * 60_000 + b"deep text" + b"</div>" * 60_000,
    "formatting": b"<b id=x>" * 20_000 + b"<p>deep text" * 20_000,
    "attributes": b"<a " + b"href=\" x='" * 60_000 + b">deep text",
    "quotes": b"<a href='x" * 60_000 + b">deep text",
    "comments": b"<!-- " * 100_000 + b"deep text",
    "scripts": b"<script>" * 60_000 + b"deep text",
    "hidden": b"<div style='display:none'>" * 20_000 + b"deep text",
    "blockquotes": b"<blockquote type=cite>" * 40_000 + b"<p>deep text",
    "references": b"&#" + b"9" * 500_000 + b"; deep text",
    "open": b"<" * 500_000 + b" deep text",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_html_is_read_in_linear_time_and_keeps_its_text(name: str) -> None:
    started = time.process_time()
    mail = read(HEAD + b"Content-Type: text/html\r\n\r\n" + HOSTILE[name])
    assert "deep text" in mail.text
    assert time.process_time() - started < 3


HOSTILE_FIELDS = (b"a@" + b":" * 60_000, b"()" * 30_000, b"a@b" + b"(c)" * 20_000, b"a," * 30_000, b'"a' * 30_000)


@pytest.mark.parametrize("value", HOSTILE_FIELDS)
def test_hostile_address_fields_are_read_in_linear_time(value: bytes) -> None:
    started = time.process_time()
    assert read(b"From: " + value + b"\r\nTo: " + value + b"\r\n\r\nHello").text == "Hello"
    assert time.process_time() - started < 3


HOSTILE_LINES = {
    "on": b"On " * 30_000,
    "marks": b">" * 300_000,
    "from": b"From: a@example.org\r\n" * 10_000,
    "dashes": b"-" * 300_000,
    "intros": b"On Tuesday someone\r\n" * 10_000,
    "addresses": b"a@" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE_LINES)
def test_hostile_text_is_trimmed_in_linear_time_and_keeps_the_words_above(name: str) -> None:
    started = time.process_time()
    mail = read(PLAIN + b"My words stay.\r\n\r\n" + HOSTILE_LINES[name])
    assert mail.new_text.startswith("My words stay.")
    assert time.process_time() - started < 3


def test_trace_fields_do_not_change_the_fingerprint_and_words_do() -> None:
    content = HEAD + b"Message-ID: <a1@example.org>\r\n\r\nHello"
    trace = b"Received: from a by b; Wed, 4 Mar 2026 10:00:00 +0100\r\nDelivered-To: x@example.net\r\n"
    assert read(content).fingerprint == read(trace + content).fingerprint
    assert read(content).fingerprint != read(content + b"!").fingerprint
    assert read(content).fingerprint != read(content.replace(b"test", b"best")).fingerprint


def test_the_json_view_has_the_promised_keys() -> None:
    view = as_json(
        read(PLAIN.replace(b"Subject", b"Date: Wed, 04 Mar 2026 10:00:00 +0100\r\nSubject") + b"Hello"), "a.eml"
    )
    promised = (
        "file subject from to cc date message_id in_reply_to references kind text html_text reply attachments defects"
    )
    assert [key for key in promised.split() if key not in view] == []
    assert view["date"] == "2026-03-04T09:00:00Z"
    assert view["from"] == {"name": "Ana", "address": "ana@example.org"}
