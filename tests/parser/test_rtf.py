"""RTF as Outlook packs it: two packed examples of MS-OXRTFCP, HTML inside RTF, and what hostile senders make of it."""

import struct
import time

import pytest

from parser.containers.rtf import MAX_RTF, decompress
from parser.containers.rtf import read as read_rtf
from parser.read import read


@pytest.mark.parametrize(
    ("packed", "rtf"),
    [
        (
            "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
    ],
)
def test_the_examples_of_the_standard_are_unpacked(packed: str, rtf: bytes) -> None:
    assert decompress(bytes.fromhex(packed)) == rtf


@pytest.mark.parametrize("packed", [b"", b"\0" * 15, b"\0" * 40])
def test_what_is_not_packed_rtf_is_none(packed: bytes) -> None:
    assert decompress(packed) is None


def test_packed_rtf_without_its_end_gives_what_is_there() -> None:
    packed = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a")
    assert decompress(packed) == b"{\\rtf1 WXYZ"


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\info{\author Bob}}Hello\par caf\'e9\tab x}", "Hello\ncafé\tx"),
        (rb"{\rtf1\ansi\ansicpg936 \'c4\'e3\'ba\'c3}", "你好"),
        (rb"{\rtf1{\fonttbl{\f0\fcharset134 SimSun;}{\f1\fcharset0 Arial;}}\f0\'c4\'e3\f1 hi}", "你hi"),
        (rb"{\rtf1\uc1 \u8364 ? \u-10179?\u-8704? \uc0\u8364 5}", "€ 😀 €5"),
        (rb"{\rtf1 a\{b\}\\c {\v hidden}d{\*\unknown gone}{\pict 0102}}", "a{b}\\c d"),
        (rb'{\rtf1 see {\field{\*\fldinst{HYPERLINK "https://a.example/x"}}{\fldrslt{here}}}.}',
         "see here <https://a.example/x>."),
        (rb"{\rtf1 UID\cell 123\cell\row Coin\cell BTC\cell\row}", "UID | 123\nCoin | BTC"),
        (rb"{\rtf1 {\pict\bin5 {{{{{}after}", "after"),
    ],
)  # fmt: skip
def test_rtf_reads_like_the_mail(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf).text == text


def test_the_html_inside_rtf_is_given_without_the_rtf_around_it() -> None:
    found = read_rtf(
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\htmltag18 <HTML>}"
        rb"{\*\htmltag50 <BODY>}\htmlrtf \lang1033 \htmlrtf0 {\*\htmltag64 <P>}\htmlrtf {\htmlrtf0 See "
        rb'{\*\htmltag84 <A href="https://a.example">}\htmlrtf {\field{\*\fldinst{HYPERLINK "https://a.example"}}'
        rb"{\fldrslt\htmlrtf0 link\htmlrtf }\htmlrtf0 \htmlrtf }\htmlrtf0 {\*\htmltag92 </A>}{\*\htmltag84 &nbsp;}"
        rb"\htmlrtf \'a0\htmlrtf0 caf\'e9\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </P>}{\*\mhtmltag x}}"
    )
    assert found.is_html
    assert found.text == '<HTML><BODY><P>See <A href="https://a.example">link</A>&nbsp;café</P>'


def winmail(rtf: bytes) -> bytes:
    """A package whose body is RTF and nothing else."""
    packed = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    properties = struct.pack("<IHHII", 1, 0x102, 0x1009, 1, len(packed)) + packed + b"\0" * (-len(packed) % 4)
    attribute = struct.pack("<BHHI", 1, 0x9003, 6, len(properties)) + properties
    return b"\x78\x9f\x3e\x22\x01\x00" + attribute + struct.pack("<H", sum(properties) & 0xFFFF)


def mail_of(package: bytes, below: bytes = b"") -> bytes:
    head = b"From: ana@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: binary\n\n"
    return head + part + package + b"\n" + below + b"--b--\n"


def test_the_rtf_of_a_winmail_is_the_text_of_the_mail() -> None:
    mail = read(mail_of(winmail(rb"{\rtf1\ansi My account is locked.\par}")))
    assert (mail.text, mail.attachments) == ("My account is locked.", ())


def test_a_footer_below_a_winmail_does_not_replace_its_text() -> None:
    html = rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}My account is locked.{\*\htmltag72 </p>}}"
    mail = read(mail_of(winmail(html), b"--b\nContent-Type: text/plain\n\nlist footer\n"))
    assert mail.text == "My account is locked.\n\nlist footer"


@pytest.mark.parametrize(
    "piece", [b"{", rb"\'c4", rb"\f1a\f0b", rb"\v{", rb"\bin99999 ", rb"{\*\fldinst ", rb"\u1 ", rb"{\fldrslt x}"]
)
def test_hostile_rtf_takes_linear_time(piece: bytes) -> None:
    began = time.process_time()
    read_rtf(rb"{\rtf1{\fonttbl{\f0\fcharset134 a}{\f1\fcharset128 b}}" + piece * (MAX_RTF // len(piece)))
    assert time.process_time() - began < 5
