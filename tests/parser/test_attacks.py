"""Attacks on the reader, by their number in the promises: bombs (T17, T42, T53), encodings (T50), dates (T51),
international addresses (T52) and line ends (T54).
"""

import time
from datetime import UTC, datetime

import pytest

from parser.mail import ParsedMail
from parser.masks import masked
from parser.read import read

HEAD = b"From: Ana <ana@example.org>\r\nTo: help@example.net\r\nSubject: test\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"


def read_within(seconds: float, content: bytes) -> ParsedMail:
    """The mail, read and masked as a worker does it."""
    began = time.process_time()
    mail = masked(read(content))
    assert time.process_time() - began < seconds
    assert "unreadable" not in [one.code for one in mail.defects]
    return mail


BOMBS = {
    "encoded words": HEAD
    + b"X-A: "
    + b"=?utf-8?b?eA==?= " * 3_500
    + b"\r\n"
    + b"X-B: =?utf-8?q?" * 4_000
    + b"\r\n\r\nwords",
    "subject": HEAD.replace(b"test", b"=?gb2312?B?xOO6ww==?=\r\n " * 20_000) + b"\r\nwords",
    "comments": HEAD.replace(b"To: ", b"Cc: " + b"(" * 20_000 + b"x@example.org\r\nTo: ") + b"\r\nwords",
    "comments in From": b"From: " + b"(" * 20_000 + b"ana@example.org" + b")" * 20_000 + b"\r\n\r\nwords",
    "quotes in To": HEAD.replace(b"To: ", b"To: " + b'"\\' * 30_000) + b"\r\nwords",
    "references": HEAD + b"References: " + b"<a@example.org>\r\n " * 50_000 + b"\r\n\r\nwords",
    "one reference": HEAD + b"In-Reply-To: <" + b"a" * 1_000_000 + b"@example.org>\r\n\r\nwords",
    "parameters": HEAD
    + b"Content-Type: text/plain"
    + b"".join(b"; a*%d*=%%41" % n for n in range(5_000))
    + b"\r\n\r\nwords",
    "received": b"Received: from a by b; Mon, 2 Mar 2026 09:00:00 +0000\r\n" * 20_000 + HEAD + b"\r\nwords",
    "nested mails": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 2_000 + b"words",
    "boundaries": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b" * 200_000 + b"\r\n\r\nwords",
}


@pytest.mark.parametrize("name", BOMBS)
def test_t17_a_bomb_of_structure_is_read_and_its_words_are_kept(name: str) -> None:
    mail = read_within(3, BOMBS[name])
    assert "words" in mail.text or any(b"words" in one.content for one in mail.attachments)
    assert len(mail.subject) <= 2_000
    assert len(mail.references) <= 200
    assert len(mail.to) + len(mail.cc) <= 1_000


PAGES = {
    "depth": b"<div>" * 20_000 + b"deep text" + b"</div>" * 20_000,
    "tables": b"<table><tr><td>" * 20_000 + b"deep text",
    "lists": b"<ul><li>" * 20_000 + b"deep text",
    "unclosed": b"<p><b><i><a href=x><span style=color:red>" * 20_000 + b"deep text",
    "closed alone": b"</div></p></blockquote></td>" * 30_000 + b"deep text",
    "styles": b"<style>" + b".a{display:none}" * 60_000 + b"</style>deep text",
}


@pytest.mark.parametrize("name", PAGES)
def test_t42_a_page_of_any_depth_is_read_in_linear_time(name: str) -> None:
    assert "deep text" in read_within(3, HTML + PAGES[name]).text


def test_t42_of_five_megabytes_of_html_the_first_two_are_read() -> None:
    line = b"<p>Some words with <b>marks</b> &amp; signs.</p>\r\n"
    mail = read_within(10, HTML + b"<p>first text</p>" + line * (5_000_000 // len(line)))
    assert mail.text.startswith("first text")
    assert "truncated" in [one.code for one in mail.defects]


def labelled(charset: str, body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (labelled("no-such", "Grüße".encode()), "Grüße"),
        (labelled("zlib", b"plain words"), "plain words"),
        (labelled("rot13", b"plain words"), "plain words"),
        (labelled("punycode", b"plain words"), "plain words"),
        (labelled("unicode_escape", rb"plain \x41"), r"plain \x41"),
        (labelled("utf-7", "Grüße, 你好".encode("utf-7")), "Grüße, 你好"),
        (labelled("utf-16", "Grüße".encode("utf-16")), "Grüße"),
        (labelled("utf-16le", "plain".encode("utf-16-le")), "plain"),
        (labelled("utf-8", b"\xef\xbb\xbfwith a mark"), "with a mark"),
        (labelled("gb2312", "㐂提现没有到账".encode("gb18030")), "㐂提现没有到账"),
        (labelled("hz-gb-2312", "提现没有到账".encode("hz")), "提现没有到账"),
        (labelled("big5", "提現冇到帳，唔該".encode("big5hkscs")), "提現冇到帳，唔該"),
        (labelled("utf-8", b"one\0two"), "one\ufffdtwo"),
        (labelled("utf-8", b"one \xed\xa0\x80 two"), None),
        (b"From ana@example.org Mon Mar  2 09:00:00 2026\r\n" + PLAIN + b"words", "words"),
        (b">From ana@example.org Mon Mar  2 09:00:00 2026\r\n" + PLAIN + b"words", "words"),
        (b"\xef\xbb\xbf" + PLAIN + b"words", "words"),
        (b"", ""),
        (b"\r\n\r\n\r\n", ""),
        (b"words without a header", "words without a header"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=\r\n\r\nwords", "words"),
        (HEAD + b"Content-Type: multipart/mixed\r\n\r\nwords", "words"),
    ],
    ids=lambda value: value.hex()[-24:] if isinstance(value, bytes) else "",
)
def test_t50_any_encoding_gives_readable_text(content: bytes, text: str | None) -> None:
    mail = read_within(1, content)
    assert text is None or mail.text.strip() == text
    for shown in (mail.text, mail.new_text, mail.subject, mail.redacted):
        assert "\0" not in shown
        assert shown.encode("utf-8").decode("utf-8") == shown


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_t50_raw_letters_in_header_fields_are_read(charset: str) -> None:
    subject = "提现没有到账，请帮我看一下"
    head = HEAD.replace(b"test", subject.encode(charset)) + b"Content-Type: text/plain; charset=" + charset.encode()
    assert read(head + b"\r\n\r\n" + subject.encode(charset)).subject == subject


def test_t50_of_fields_that_stand_twice_none_gives_rights() -> None:
    twice = read(b"From: eve@example.com\r\n" + HEAD + b"Subject: second\r\nDate: x\r\nDate: y\r\n\r\nwords")
    assert (twice.sender.verdict, twice.sender.address) == ("doubtful", None)
    assert (twice.subject, twice.date) == ("test", None)
    nothing = read(b"X-A: b\r\n\r\nwords")
    assert (nothing.sender.verdict, nothing.subject, nothing.date, nothing.message_id) == ("none", "", None, None)


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        (b"Mon, 2 Mar 2026 09:00:00 +0000", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (b"Thu, 1 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"Fri, 31 Dec 9999 23:59:59 +0000", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"Fri, 31 Dec 9999 23:59:59 -2359", None),
        (b"Mon, 30 Feb 2026 09:00:00 +0000", None),
        (b"Mon, 2 Mar 2026 25:61:61 +0000", None),
        (b"Mon, 2 Mar 99999999999999999999 09:00:00 +0000", None),
        (b"Mon, 2 Mar 2026 09:00:00 +99999999999", None),
        (b"yesterday", None),
        (b"1" * 50_000, None),
        (b"", None),
    ],
)
def test_t51_a_date_is_an_instant_or_nothing(date: bytes, instant: datetime | None) -> None:
    mail = read_within(1, HEAD + b"Date: " + date + b"\r\n\r\nwords")
    assert mail.date == instant
    assert "words" in mail.text


def test_t52_an_international_sender_is_one_sender() -> None:
    mail = read("From: Jörg <jörg@bücher.example>\r\nTo: hilfe@example.net\r\nSubject: Grüße\r\n\r\nHallo".encode())
    assert (mail.author.name, mail.author.address) == ("Jörg", "jörg@bücher.example")
    assert (mail.sender.verdict, mail.sender.address) == ("one", "jörg@bücher.example")
    assert mail.subject == "Grüße"
    encoded = read(b"From: =?utf-8?q?J=C3=B6rg?= <joerg@xn--bcher-kva.example>\r\n\r\nHallo")
    assert (encoded.sender.verdict, encoded.sender.address) == ("one", "joerg@xn--bcher-kva.example")


MEGABYTE = 1_000_000
ADVERSARIES = {
    "greater signs": b">" * MEGABYTE,
    "quoted greater signs": b"> " * (MEGABYTE // 2),
    "wrote": b"On Mon, 2 Mar 2026 at 9:00 Ana wrote " * (MEGABYTE // 37),
    "dashes and blanks": b"- " * (MEGABYTE // 2),
    "underscores": b"_" * MEGABYTE,
    "blanks": b"x" + b" " * MEGABYTE + b"y",
    "signatures": b"-- \r\n" * (MEGABYTE // 5),
    "closings": b"Best regards,\r\n" * (MEGABYTE // 15),
    "sent from": b"Sent from my " * (MEGABYTE // 13),
    "addresses": b"a@b." * (MEGABYTE // 4),
    "angles": b"<" * MEGABYTE,
    "links": b"http://" * (MEGABYTE // 7),
    "link with dots": b"http://" + b"a." * (MEGABYTE // 2),
    "digits": b"1" * MEGABYTE,
    "digits and blanks": b"4 " * (MEGABYTE // 2),
    "hexadecimal": b"0x" + b"a" * MEGABYTE,
    "base58": b"5Kb8kLf9zgWQnogidDA76Mz" * (MEGABYTE // 23),
    "words of a phrase": b"abandon " * (MEGABYTE // 8),
    "amounts": b"1,000 USDT " * (MEGABYTE // 11),
    "money without numbers": b"usdt u " * (MEGABYTE // 7),
    "tags": b"PD-1-" * (MEGABYTE // 5),
    "colons": b": " * (MEGABYTE // 2),
}


@pytest.mark.parametrize("name", ADVERSARIES)
def test_t53_a_megabyte_of_nearly_anything_takes_linear_time(name: str) -> None:
    mail = read_within(6, PLAIN + b"My words stay.\r\n\r\n" + ADVERSARIES[name])
    assert mail.text.startswith("My words stay.")


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n", b"\r\r\n"])
def test_t54_any_line_end_divides_lines(end: bytes) -> None:
    mail = read((PLAIN + b"one\r\ntwo\r\n").replace(b"\r\n", end))
    assert mail.text.split() == ["one", "two"]
    assert (mail.subject, mail.author.address) == ("test", "ana@example.org")


def test_t54_line_ends_may_be_mixed() -> None:
    mail = read(HEAD.replace(b"\r\n", b"\n", 1) + b"Content-Type: text/plain\r\r\none\ntwo\rthree\r\nfour")
    assert mail.author.address == "ana@example.org"
    assert "".join(mail.text.split()).endswith("onetwothreefour")


@pytest.mark.parametrize("line", [b"a", b"word ", "字".encode(), b"=41", b"\xff"])
@pytest.mark.parametrize("encoding", [b"8bit", b"quoted-printable", b"base64"])
def test_t54_a_line_of_a_megabyte_is_read(line: bytes, encoding: bytes) -> None:
    head = HEAD + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    mail = read_within(4, head + line * (MEGABYTE // len(line)))
    assert mail.text
