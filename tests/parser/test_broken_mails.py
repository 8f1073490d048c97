"""Mails as broken programs write them: each case is what a person would read in it, written down beforehand."""

import base64

import pytest

from parser.read import read

HEAD = "From: Ana <ana@example.org>\nSubject: s\nMIME-Version: 1.0\n"
PDF = b"%PDF-1.4 abc"


def mail_of(label: str, body: str, *more: str) -> bytes:
    """A mail of one part."""
    return (HEAD + f"Content-Type: {label}\n" + "".join(f"{line}\n" for line in more) + "\n" + body).encode()


def base64_of(text: str, codec: str = "utf-8") -> str:
    return base64.encodebytes(text.encode(codec)).decode()


def with_file(fields: bytes) -> bytes:
    """A mail with a text and one PDF that has these header fields."""
    text = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=gbk\n\nx\n--b\n"
    return (
        HEAD.encode() + text + fields + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(PDF) + b"--b--"
    )


@pytest.mark.parametrize(
    ("label", "body", "text"),
    [
        ("(yes) Base64 (really)", base64_of("Grüße"), "Grüße"),
        ("base64;", base64_of("Grüße"), "Grüße"),
        ('"quoted-printable"', "Gr=C3=BC=C3=9Fe", "Grüße"),
        ("base64", "SGVsbG8=\nIHdvcmxk\nIQ==\n", "Hello world!"),
        ("base64", "SGVs!!bG8g\n*d29y bGQ\n", "Hello world"),
        ("base64", "SGVsbG8g\nd29ybGQh\n\n____\nA list of us all\n", "Hello world!\n\n____\nA list of us all"),
        ("base64", "提现没有到账\n请帮我看一下\n", "提现没有到账\n请帮我看一下"),
        ("base64", base64_of("Grüße aus Köln, bitte helfen Sie mir")[:-4] + "\n\nA list of us all\n",
         "Grüße aus Köln, bitte helfen Sie \n\nA list of us all"),
        ("base64", base64_of("Grüße aus Köln, bitte helfen Sie mir")[:-4] + "!!\n\nA list of us all\n",
         "Grüße aus Köln, bitte helfen Sie \n\nA list of us all"),
        ("base64", "4b1b9f24c3ea4b1b9f24c3ea4b1b9f24c3ea4b1b9f24c3ea4b1b9f24c3eaabcd\n\nis my hash, please look\n",
         "4b1b9f24c3ea4b1b9f24c3ea4b1b9f24c3ea4b1b9f24c3ea4b1b9f24c3eaabcd\n\nis my hash, please look"),
        ("base64", "Help\nmy account is locked and nobody answers\n", "Help\nmy account is locked and nobody answers"),
        ("base64", "Hello, this was never encoded.\nPlease help me, it is locked.\n",
         "Hello, this was never encoded.\nPlease help me, it is locked."),
        ("quoted-printable", "Hello =  \nworld=", "Hello world"),
        ("binary", "SGVsbG8gd29ybGQ=", "SGVsbG8gd29ybGQ="),
    ],
)  # fmt: skip
def test_a_transfer_encoding_is_read_as_it_was_meant(label: str, body: str, text: str) -> None:
    assert read(mail_of("text/plain; charset=utf-8", body, f"Content-Transfer-Encoding: {label}")).text == text


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("cp-850", "cp850", "Grüße"),
        ("dos-720", "cp720", "مرحبا"),
        ("iso-8859-6-e", "iso8859_6", "مرحبا"),
        ("iso-10646-ucs-2", "utf-16-be", "Hello 世"),
        ("tis-620", "cp874", "สวัสดี …"),
        ("x-mac-cyrillic", "mac_cyrillic", "Здравствуйте"),
        ("eucJP-ms", "euc_jp", "日本語"),
        ("windows-28605", "iso8859-15", "5 €"),
        ("ks_c_5601-1987", "cp949", "안녕하세요 똠방각하"),
        ("unicode-1-1-utf-7", "utf-7", "Grüße 世界"),
    ],
)
def test_a_rare_label_means_its_charset(label: str, codec: str, text: str) -> None:
    body = base64_of(text, codec)
    mail = read(mail_of(f'text/plain; charset="{label}"', body, "Content-Transfer-Encoding: base64"))
    assert (mail.text, mail.defects) == (text, ())


def test_a_picture_of_a_carrier_does_not_spoil_the_japanese_around_it() -> None:
    body = b"\x1b$B%m%0%$%s\x75\x41$*4j$$\x1b(B"
    mail = read(HEAD.encode() + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + body)
    assert mail.text.startswith("ログイン")
    assert mail.text.endswith("お願い")


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("Wed, 04 Mar 2026 09:30:00 GMT+0800", "2026-03-04T01:30:00+00:00"),
        ("2026-03-04T09:30:00+01:00", "2026-03-04T08:30:00+00:00"),
        ("2026-13-04T09:30:00Z", None),
        ("Thu 29 Apr 2010 23:34:45 +0900", "2010-04-29T14:34:45+00:00"),
    ],
)
def test_a_date_that_is_not_of_the_rfc_still_names_its_instant(date: str, instant: str | None) -> None:
    found = read(f"From: a@example.org\nDate: {date}\n\nx".encode()).date
    assert (found and found.isoformat()) == instant


@pytest.mark.parametrize(
    ("mail", "text"),
    [
        (mail_of("text/plain charset=utf-8", "Grüße"), "Grüße"),
        (mail_of("text/plain", "<html><style>p{}</style><p>Hello <b>you</b></p></html>\n"), "Hello you"),
        (mail_of("text/markdown; charset=utf-8", "# Hello"), "# Hello"),
        (mail_of("text/rtf", r"{\rtf1\ansi Hello \b there\b0 .\par}"), "Hello there."),
        (mail_of("message/partial; id=a@b; number=2; total=3", "the second third"), "the second third"),
        (mail_of("multipart/mixed; boundary=b (a comment)", "--b\n\nHello\n--b--"), "Hello"),
        (mail_of("multipart/mixed; boundary=b", "--b--\n\nmy words\n"), "my words"),
        (mail_of("multipart/related; boundary=b; start=\"<r>\"",
                 "--b\nContent-Type: image/png\n\nx\n--b\nContent-Type: text/html\n\n<p>root\n--b--"), "root"),
        (mail_of("multipart/alternative; boundary=b", "--b\n\nHTML only.\n--b\n"
                 "Content-Type: text/html\n\n<p>My 500 USDT are not there.\n--b--"), "My 500 USDT are not there."),
        (mail_of("text/plain", "Hello\n").replace(b"\n", b"\r\r\n"), "Hello"),
    ],
)  # fmt: skip
def test_the_words_are_found(mail: bytes, text: str) -> None:
    assert read(mail).text == text


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ('Content-Disposition: attachment; filename="发票信息.pdf"'.encode("gbk"), "发票信息.pdf"),
        (b'Content-Disposition: attachment; filename="%E5%8F%91%E7%A5%A8.pdf"', "发票.pdf"),
        (b'Content-Disposition: attachment; filename="100%25 done.pdf"', "100%25 done.pdf"),
        (b'Content-Disposition: attachment filename="a.pdf"', "a.pdf"),
        (b"Content-Disposition: attachment; filename*0*=utf-8''%E5%8F;\n filename*1*=%91%E7%A5%A8.pdf", "发票.pdf"),
    ],
)
def test_the_name_of_a_file_is_read(fields: bytes, name: str) -> None:
    found = read(with_file(b"Content-Type: application/pdf\n" + fields)).attachments
    assert [(one.name, one.content) for one in found] == [(name, PDF)]


def test_a_name_in_shift_jis_holds_no_backslash() -> None:
    fields = 'Content-Type: application/pdf; name="表示.pdf"'.encode("cp932")
    mail = read(with_file(fields).replace(b"charset=gbk", b"charset=shift_jis"))
    assert [one.name for one in mail.attachments] == ["表示.pdf"]


def test_a_file_without_name_and_type_is_named_after_its_bytes() -> None:
    found = read(with_file(b"Content-Type: application/octet-stream\nContent-Disposition: attachment")).attachments
    assert [one.safe_name for one in found] == ["attachment-1.pdf"]


def test_a_nested_mail_in_utf_8_is_named_after_its_subject() -> None:
    content = "Content-Type: message/global\n\nSubject: Grüße\n\nInnen\n--b--"
    mail = read(mail_of("multipart/mixed; boundary=b", f"--b\n\nOutside\n--b\n{content}"))
    assert (mail.text, [one.name for one in mail.attachments]) == ("Outside", ["Grüße.eml"])


@pytest.mark.parametrize(
    ("above", "below", "subject"),
    [
        ("junk\n", "From: a@example.org\nSubject: s\n\nHello", "s"),
        ("junk\n\n", "Subject: s\n\nHello", "s"),
        ("junk\nmore, and\n\x01\x02\n--\n", "From: a@example.org\nSubject: s\n\nHello", "s"),
        ("junk\r\nmore\r\n", "Received: from x\r\n by y\r\nSubject: s\r\n\r\nHello", "s"),
    ],
)
def test_junk_above_the_header_section_is_skipped(above: str, below: str, subject: str) -> None:
    mail = read((above + below).encode())
    assert (mail.subject, mail.text) == (subject, "Hello")
    assert "leading_junk" in [one.code for one in mail.defects]


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\nplease look at this\nSubject: of my mail\nThanks",
        "Hello\n\nthis was forwarded to me:\nFrom: a@example.org\nSubject: s\n\nHello",
        "one\n" * 12 + "From: a@example.org\nSubject: s",
    ],
)
def test_words_without_a_header_section_are_no_junk(text: str) -> None:
    mail = read(text.encode())
    assert mail.subject == ""
    assert all(line in mail.text for line in text.split("\n"))


@pytest.mark.parametrize(
    ("codec", "name", "subject", "told"),
    [
        ("gbk", "李雷", "你好", "gb18030"),
        ("gbk", "刘洋", "withdrawal", "gb18030"),
        ("big5", "陳小明", "提領沒有到帳", "big5hkscs"),
        ("euc-jp", "山田太郎", "出金が届きません", "euc_jp"),
        ("euc-kr", "김철수", "출금이 안됩니다", "cp949"),
        ("euc-kr", "박지성", "withdrawal", "cp949"),
        ("euc-kr", "김철수", "출금이 안됩니다 ㅠㅠㅠㅠ ㅋㅋㅋㅋ", "cp949"),
        ("koi8-r", "Иван", "вывод не пришёл", "koi8-r"),
        ("latin-1", "CAFÉ É", "À Ó", "cp1252"),
        ("cp1251", "Иван", "вывод не пришёл", "cp1251"),
        ("latin-1", "José", "não consigo entrar", "cp1252"),
    ],
)
def test_raw_header_fields_are_guessed_together_and_it_is_told(codec: str, name: str, subject: str, told: str) -> None:
    mail = read(f"From: {name} <a@example.org>\nSubject: {subject}\n\nUID 12345678\n".encode(codec))
    assert (mail.author.name, mail.subject) == (name, subject)
    assert [one.detail for one in mail.defects if one.code == "charset"] == [
        f"raw bytes in header fields, read as {told}"
    ]


def test_raw_header_fields_in_utf_8_or_in_the_charset_of_the_body_are_no_guess() -> None:
    for codec, label in (("utf-8", "us-ascii"), ("gbk", "gb2312")):
        fields = f"Content-Type: text/plain; charset={label}\nFrom: 李雷 <a@example.org>\nSubject: s\n\n"
        mail = read(fields.encode(codec) + b"x")
        assert mail.author.name == "李雷"
        assert "charset" not in [one.code for one in mail.defects]


@pytest.mark.parametrize(
    ("text", "codec", "doubtful"),
    [
        ("Не приходит код подтверждения, помогите", "cp1251", True),
        ("Καλημέρα, δεν έχω πρόσβαση στον λογαριασμό", "cp1253", True),
        ("Où est mon dépôt ? Il a été envoyé hier à midi, côté réseau tout est réglé.", "cp1252", False),
        ("Þetta er ekki rétt, ég á að fá þetta í dag.", "cp1252", False),
        ("ÄÖÜ äöü ß", "cp1252", False),
        ("×××××××××××××× 5 ×××", "cp1252", False),
    ],
)
def test_text_that_is_hardly_of_its_western_label_is_told(text: str, codec: str, doubtful: bool) -> None:
    found = read(mail_of("text/plain; charset=iso-8859-1", "") + text.encode(codec))
    assert [one.code for one in found.defects] == ["charset"] * doubtful
