"""What gateways, scanners and old programs do to a mail: raw bytes, base64, labels, and files made of text."""

import base64

import pytest

from parser.mime.addresses import valid
from parser.read import read

HEAD = b"From: Ana <ana@example.org>\r\nTo: help@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def parts(*several: bytes) -> bytes:
    """A multipart/mixed of these parts, each with its fields."""
    whole = b"".join(b"--zz\r\n" + one + b"\r\n" for one in several)
    return HEAD + b'Content-Type: multipart/mixed; boundary="zz"\r\n\r\n' + whole + b"--zz--\r\n"


def plain(text: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()


def attached(name: str, text: str, kind: str = "text/plain") -> bytes:
    """A part that Exchange made a file of."""
    fields = f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n'
    return (fields + text).encode()


# Raw bytes in header fields.


@pytest.mark.parametrize(
    ("charset", "subject", "name", "body", "label"),
    [
        ("gbk", "充值没有到账，请帮忙查询", "李娜", "scanned", "iso-8859-1"),
        ("gbk", "提现失败", "王伟", "ok", "windows-1252"),
        ("gbk", "关于提现的问题", "王伟", "ok", "us-ascii"),
        ("big5", "我的帳戶無法登入", "陳大文", "scanned", "iso-8859-1"),
        ("cp932", "お問い合わせの件について", "田中", "scanned", "iso-8859-1"),
        ("euc_kr", "출금이 안됩니다 확인 부탁드립니다", "김철수", "scanned", "iso-8859-1"),
        ("cp1251", "Вывод средств не работает", "Иван Петров", "scanned", "iso-8859-1"),
        ("koi8-r", "Вывод средств не работает", "Иван Петров", "scanned", "iso-8859-1"),
        ("iso8859-7", "Πρόβλημα με την ανάληψη", "Γιώργος", "ok", "iso-8859-1"),
        ("latin1", "Rückfrage zur Überweisung", "Jörg Müller", "ok", "gb2312"),
        ("latin1", "Problème de dépôt", "René Dupré", "ok", "shift_jis"),
        ("latin1", "ÜBERWEISUNG FÜR MÜLLER", "ÄÖÜ GmbH", "ok", "iso-8859-1"),
        ("iso8859-2", "Wypłata środków", "Łukasz Żółć", "żółć", "iso-8859-2"),
        ("gbk", "充值", "李娜", "充值没到", "gb2312"),
    ],
)
def test_raw_fields_are_not_read_in_a_charset_they_cannot_be_in(
    charset: str, subject: str, name: str, body: str, label: str
) -> None:
    sent = (
        f'From: "{name}" <ana@example.org>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n'
        f"Content-Type: text/plain; charset={label}\r\n\r\n{body}\r\n"
    )
    mail = read(sent.encode(charset))
    assert (mail.subject, mail.author.name, mail.text) == (subject, name, body)


@pytest.mark.parametrize("body", ["=E4=F6 ad", "=C4=E3=BA=C3=A3=AC=CE=D2=B5=C4=D5=CB=BB=A7", "plain"])
def test_an_accented_address_is_read_whatever_the_body_was_taken_for(body: str) -> None:
    fields = "From: R <r@example.org>\r\nTo: help@example.net, G <k.günther@example.net>\r\nSubject: x\r\n"
    mail = read((fields + f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}\r\n").encode("latin1"))
    assert [one.address for one in mail.to] == ["help@example.net", "k.günther@example.net"]


def test_the_name_of_a_file_is_not_read_in_the_charset_of_a_scanners_remark() -> None:
    named = 'Content-Type: application/pdf; name="转发提升.pdf"\r\n\r\nx'.encode("gbk")
    mail = read(parts(b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nscanned", named))
    assert [one.name for one in mail.attachments] == ["转发提升.pdf"]


def test_the_dot_of_the_root_is_no_part_of_an_address() -> None:
    mail = read(b"From: Ana <ana@Example.org.>\r\nTo: help@example.net.\r\n\r\nHello\r\n")
    assert (mail.author.address, mail.to[0].address) == ("ana@example.org", "help@example.net")
    assert valid("ana@example.org..") is None
    # It names the same domain. What the border proves of it counts; the dot alone proves nothing.
    assert (mail.sender.address, mail.sender.verdict) == ("ana@example.org", "one")


# Base64.

WORDS = "Grüße aus Köln, 这是一个测试!"
LETTERS = base64.b64encode(f"{WORDS}\n".encode()).decode()


@pytest.mark.parametrize(
    ("behind", "shown"),
    [
        ("", ""),
        (" scanned by guard", "scanned by guard"),
        (" scanned", "scanned"),
        ("\r\nscanned by guard", "scanned by guard"),
        ("\r\n\r\nscanned by guard, all fine", "scanned by guard, all fine"),
        ("== not counted", ""),
        ("= scanned", ""),
    ],
)
def test_words_behind_base64_do_not_spoil_it(behind: str, shown: str) -> None:
    label = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = read(HEAD + label + f"{LETTERS}{behind}\r\n".encode())
    assert mail.text == f"{WORDS}\n\n{shown}".strip()


def test_text_that_was_never_encoded_keeps_its_equals_signs() -> None:
    label = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    text = "Hello, my identity= 12345 and the amount = 500 USDT, please help me."
    assert read(HEAD + label + text.encode()).text == text


def test_a_file_is_whole_though_words_stand_behind_its_padding() -> None:
    label = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = read(parts(plain("hi"), label + base64.b64encode(b"%PDF-1.4 ab") + b" scanned by guard"))
    assert [one.content for one in mail.attachments] == [b"%PDF-1.4 ab"]


# Labels.


def as_words(value: str) -> bytes:
    return b"=?utf-8?B?" + base64.b64encode(value.encode()) + b"?="


def test_labels_that_are_nothing_but_encoded_words_are_read() -> None:
    inner = (
        b"Content-Type: " + as_words("text/html; charset=utf-8") + b"\r\nContent-Transfer-Encoding: "
        b"=?us-ascii?Q?quoted-printable?=\r\n\r\n<p>Gr=C3=BC=C3=9Fe</p>"
    )
    file = (
        b"Content-Type: " + as_words("application/pdf") + b"\r\nContent-Disposition: "
        b"=?utf-8?Q?attachment=3B_filename=3D=22a.pdf=22?=\r\n\r\n%PDF"
    )
    outer = b"Content-Type: " + as_words('multipart/mixed; boundary="zz"') + b"\r\n\r\n"
    mail = read(HEAD + outer + b"--zz\r\n" + inner + b"\r\n--zz\r\n" + file + b"\r\n--zz--\r\n")
    assert mail.text == "Grüße"
    assert [(one.name, one.content_type) for one in mail.attachments] == [("a.pdf", "application/pdf")]


# Text that Exchange made a file of.


def test_words_that_stand_only_in_att00001_are_text_and_stay_a_file() -> None:
    below = "My UID is 12345678.\r\n\r\nOn Fri, Nov 20, 2026 at 9:12 AM, Desk <help@example.net> wrote:\r\n> Which?"
    mail = read(parts(plain("Hello, see the picture:"), attached("ATT00001.txt", below)))
    assert mail.new_text == "Hello, see the picture:\n\nMy UID is 12345678."
    assert [one.name for one in mail.attachments] == ["ATT00001.txt"]


def test_a_page_among_them_is_read_as_a_page() -> None:
    page = "<html><body><p>My UID is 5</p><blockquote type=cite>old</blockquote></body></html>"
    mail = read(parts(plain("Hello"), attached("ATT00002.htm", page, "text/html")))
    assert mail.new_text == "Hello\n\nMy UID is 5"


@pytest.mark.parametrize(
    ("name", "text"),
    [("ATT00001.txt", "\r\n"), ("ATT00001.txt", "Hello  there"), ("notes.txt", "Words of a file.")],
)
def test_nothing_is_shown_twice_and_no_other_file_is_text(name: str, text: str) -> None:
    assert read(parts(plain("Hello there, my friend"), attached(name, text))).text == "Hello there, my friend"
