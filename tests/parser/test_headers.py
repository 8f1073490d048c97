"""Encoded words, parameters, addresses, ids and charsets, as senders really write them."""

from datetime import UTC, datetime

import pytest

from parser.mail import Address
from parser.mime.addresses import read as read_addresses
from parser.mime.charsets import decode
from parser.mime.files import is_dangerous, safe_name
from parser.mime.headers import decode_value, instant, message_id, message_ids, parameters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?Q?a=20b?=", "a b"),
        ("=?utf-8*en?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?utf-8?B?5L2g5aW?=\r\n =?utf-8?B?9?=", "你好"),
        ('"=?utf-8?Q?quoted?="', '"quoted"'),
        ("=?nonsense?Q?a=E9b?=", "aéb"),
        ("=?utf-8?Q?line=0D=0ABcc:_x?=", "line Bcc: x"),
        ("folded\r\n value", "folded value"),
        ("=?utf-8?Q?open", "=?utf-8?Q?open"),
    ],
)
def test_a_header_value_reads_as_text_on_one_line(value: str, text: str) -> None:
    assert decode_value(value) == text


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("attachment; filename=a.pdf", "a.pdf"),
        ("attachment; filename*=utf-8''%E2%82%AC%20x.pdf", "€ x.pdf"),
        ("attachment; filename=\"?.pdf\"; filename*=utf-8''%E2%82%AC.pdf", "€.pdf"),
        ("attachment; filename*1*=%C6%B1.pdf; filename*0*=gb18030''%B7%A2", "发票.pdf"),
        ('attachment; filename="=?GBK?B?t6LGsS5wZGY=?="', "发票.pdf"),
        (r'attachment; filename="C:\new\a.pdf"', r"C:\new\a.pdf"),
        (r'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
        ('attachment; filename="a;b=c.pdf"; x=y', "a;b=c.pdf"),
    ],
)
def test_a_file_name_is_read_in_every_spelling(value: str, name: str) -> None:
    assert parameters(value) == ("attachment", {**parameters(value)[1], "filename": name})


def test_a_raw_gbk_file_name_is_read() -> None:
    raw = 'attachment; filename="发票的.pdf"'.encode("gbk").decode("ascii", "surrogateescape")
    assert parameters(raw)[1]["filename"] == "发票的.pdf"


@pytest.mark.parametrize(
    ("value", "people"),
    [
        ("Ana <ana@EXAMPLE.org>, ben@example.net", [Address("Ana", "ana@example.org"), Address("", "ben@example.net")]),
        ('"Lopez, Ana" <ana@example.org>', [Address("Lopez, Ana", "ana@example.org")]),
        ("Lopez, Ana <ana@example.org>", [Address("Lopez, Ana", "ana@example.org")]),
        ("ana@example.org (Ana)", [Address("Ana", "ana@example.org")]),
        ("ana@example.org (ben@example.net)", [Address("", "ana@example.org")]),
        ("(ben@example.net) ana@example.org", [Address("", "ana@example.org")]),
        ("(Ben) <ana@example.org>", [Address("", "ana@example.org")]),
        ("<ana@example.org> (Ben)", [Address("", "ana@example.org")]),
        ("Ana (of Sales) <ana@example.org>", [Address("Ana", "ana@example.org")]),
        ("Team: ana@example.org, ben@example.net;", [Address("", "ana@example.org"), Address("", "ben@example.net")]),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?B?5a6J5aic?= <ana@example.org>", [Address("安娜", "ana@example.org")]),
        ("=?utf-8?Q?a=2C_b=40example=2Enet?= <ana@example.org>", [Address("a, b@example.net", "ana@example.org")]),
        ("not an address", [Address("not an address", None)]),
        ('"a b"@example.org', [Address("", '"a b"@example.org')]),
    ],
)
def test_an_address_field_reads_as_its_mailboxes(value: str, people: list[Address]) -> None:
    assert list(read_addresses([value])[0]) == people


def test_ids_lose_their_brackets_and_bad_ones_are_none() -> None:
    assert message_ids(["<a@x> junk <b@y>\r\n <a@x>"]) == ("a@x", "b@y")
    assert message_id(["<a@x>"]) == "a@x"
    assert message_id(["a@x"]) is message_id(["<a@x> <b@y>"]) is message_id(["<a b@x>"]) is message_id([]) is None


def test_a_date_is_an_aware_instant_or_none() -> None:
    assert instant("Wed, 04 Mar 2026 10:00:00 +0100") == datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert instant("yesterday") is instant("Wed, 99 Mar 2026 10:00:00 +0100") is None


@pytest.mark.parametrize(
    ("content", "label", "text", "guessed"),
    [
        ("㐂提现".encode("gb18030"), "gb2312", "㐂提现", None),
        ("①".encode("cp932"), "shift_jis", "①", None),
        ("똠방".encode("cp949"), "euc-kr", "똠방", None),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”", None),
        ("Grüße".encode(), "us-ascii", "Grüße", None),
        ("Grüße".encode(), "iso-8859-1", "Grüße", "utf-8"),
        ("Grüße".encode(), "no-such-charset", "Grüße", "utf-8"),
        ("你好，我的提现没有到账".encode("gbk"), None, "你好，我的提现没有到账", "gb18030"),
        ("Le réseau était coupé à Genève".encode("latin-1"), "utf-8", "Le réseau était coupé à Genève", "cp1252"),
        ("\ufeffHello é".encode("utf-16"), "utf-8", "\ufeffHello é", None),
        (b"text", "zlib", "text", None),
    ],
)
def test_text_is_read_by_its_label_then_by_what_the_label_means_then_by_a_told_guess(
    content: bytes, label: str | None, text: str, guessed: str | None
) -> None:
    found = decode(content, label)
    assert (found.text.lstrip("\ufeff"), found.guessed) == (text.lstrip("\ufeff"), guessed)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\temp\a.pdf", "a.pdf"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("a\0b\r\n.pdf", "ab.pdf"),
        ("...", "attachment"),
        ("CON.txt", "_CON.txt"),
        ("-rf", "rf"),
        (".bashrc", "bashrc"),
        ("发票.pdf", "发票.pdf"),
        ("发" * 300 + ".pdf", "发" * 65 + ".pdf"),
        ("\u200b", "attachment"),
    ],
)
def test_a_name_is_safe_to_show_and_to_save_under(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_file_that_acts_or_lies_is_dangerous_and_ordinary_ones_are_not() -> None:
    zipped = b"PK\x03\x04" + b"\0" * 30
    assert is_dangerous(b"", "text/plain", "a.js")
    assert is_dangerous(b"<svg onload=x>", "image/png", "a.png")
    assert is_dangerous(zipped + b"word/vbaProject.bin", "application/octet-stream", "a.docx")
    assert is_dangerous(b"%PDF-", "image/png", "a.png")
    assert is_dangerous(b"x", "application/octet-stream", "invoice.exe.txt")
    assert not is_dangerous(zipped + b"word/document.xml", "application/octet-stream", "a.docx")
    assert not is_dangerous(b"hello", "text/plain", "a.txt")
    assert not is_dangerous(b"a,b", "text/csv", "a.csv")
