"""What stands inside other things: winmail.dat, Japanese in seven bits, nested mails, files in text."""

import struct

import pytest

from parser.containers import tnef
from parser.html.links import mismatch
from parser.html.render import render
from parser.kinds.statuses import by_words, enhanced_in
from parser.mime import uuencode
from parser.mime.charsets import decode
from parser.mime.flowed import unflow
from parser.read import read


def attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
    """One attribute of a winmail.dat, with its checksum."""
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def winmail() -> bytes:
    """A package with a body and one file with a long name."""
    long_name = "发票.pdf".encode("utf-16-le") + b"\0\0"
    properties = struct.pack("<IHHII", 1, 0x1F, 0x3707, 1, len(long_name)) + long_name + b"\0" * (-len(long_name) % 4)
    return b"".join(
        (
            b"\x78\x9f\x3e\x22\x01\x00",
            attribute(1, 0x800C, 2, b"Hello from Outlook\0"),
            attribute(2, 0x9002, 6, b"\0" * 14),
            attribute(2, 0x8010, 1, b"FA~1.PDF\0"),
            attribute(2, 0x800F, 6, b"%PDF-1.4 x"),
            attribute(2, 0x9005, 6, properties),
        )
    )


def packed_mail(package: bytes) -> bytes:
    head = b"From: ana@example.org\nContent-Type: application/ms-tnef; name=winmail.dat\n"
    return head + b"Content-Transfer-Encoding: binary\n\n" + package


def test_what_outlook_packed_is_unpacked() -> None:
    mail = read(packed_mail(winmail()))
    assert mail.text == "Hello from Outlook"
    assert [(one.name, one.content) for one in mail.attachments] == [("发票.pdf", b"%PDF-1.4 x")]


@pytest.mark.parametrize("length", [4, 10, 40, 70, 100])
def test_a_damaged_package_stays_as_a_file(length: int) -> None:
    package = winmail()[:length]
    found = tnef.unpack(package)
    assert found is not None
    if not found.complete:
        assert "winmail.dat" in [one.name for one in read(packed_mail(package)).attachments]


@pytest.mark.parametrize("label", [None, "iso-2022-jp", "us-ascii", "utf-8"])
def test_japanese_in_seven_bits_is_read_under_any_label(label: str | None) -> None:
    assert decode(b"\x1b$BF|K\\\x1b(B ok", label).text == "日本 ok"


def test_vendor_letters_and_half_width_katakana_are_read() -> None:
    assert decode(b"\x1b$B-!F|K\\\x1b(B \x1b(I1\x1b(B", "iso-2022-jp").text == "①日本 ｱ"


def test_text_that_talks_of_begin_stays_whole() -> None:
    text = b"begin 644 words here\nthis is no block of letters at all, it is a sentence\nend\n"
    assert uuencode.extract(text) == (text, [])


def test_flowed_lines_of_another_depth_are_not_joined() -> None:
    assert unflow("> a \nb \nc", delsp=False) == "> a \nb c"


@pytest.mark.parametrize(
    ("shown", "target", "told"),
    [
        ("www.example.com", "https://example.com/a", None),
        ("example.com", "https://click.example.com/a", None),
        ("example.com", "https://example.com.evil.example/", "example.com leads to example.com.evil.example"),
        ("https://example.com/", "https://example.com@evil.example/", "example.com leads to evil.example"),
        ("click here", "https://evil.example/", None),
        ("invoice.pdf", "https://files.example/1", None),
        ("example.com", "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2F", None),
        ("ana@example.org", "mailto:ben@example.org", "ana@example.org leads to ben@example.org"),
    ],
)
def test_a_link_that_names_another_place_is_told(shown: str, target: str, told: str | None) -> None:
    assert mismatch(shown, target) == told


def test_marks_stand_around_the_text_of_their_elements() -> None:
    page = render(
        '<p>New words</p><div class="gmail_quote"><blockquote class="gmail_quote"><p>old</p></blockquote></div>'
    )
    assert page.text == "New words\n\n> old"
    assert {page.text[mark.start : mark.end] for mark in page.marks if mark.kind == "quote"} == {"> old"}


def test_text_in_an_unclosed_hidden_element_is_kept() -> None:
    assert render('a<div style="display:none">b').text == "a\nb"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("550 5.1.1 unknown", "5.1.1"),
        ("5.1.0 - Unknown address error 550-'5.7.1 Access denied'", "5.7.1"),
        ("554 4.4.7 expired <421 4.4.2 timed out>", "4.4.2"),
        ("host 10.5.1.1 said no", None),
        ("version 5.1.1.2", None),
    ],
)
def test_the_code_of_the_remote_wins(words: str, code: str | None) -> None:
    assert enhanced_in([words]) == code


@pytest.mark.parametrize(
    ("words", "code"),
    [("452 full", "4.0.0"), ("will keep trying", "4.0.0"), ("no such user here", "5.0.0"), ("连接超时", "4.0.0")],
)
def test_words_without_a_code_tell_the_class(words: str, code: str) -> None:
    assert by_words(words) == code


def test_a_boundary_that_the_body_alone_shows_is_found() -> None:
    head = b"From: ana@example.org\nContent-Type: multipart/mixed; boundary=x\n"
    content = head + b"\n--Y1\nContent-Type: text/plain\n\nhello\n--Y1--\n"
    mail = read(content)
    assert mail.text == "hello"
    assert "boundary" in [one.code for one in mail.defects]
