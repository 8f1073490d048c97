"""What is never put on the wire, and how addresses are written there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.letters import Letter, LetterKind, Refused
from mailer.smtp.envelope import BadAddress, Envelope, seal, wire_address

CONTENT = b"From: ben@example.org\r\nSubject: hello\r\n\r\nOne line.\r\n"


def letter(recipient: str = "ana@example.net", sender: str = "ben@example.org", content: bytes = CONTENT) -> Letter:
    return Letter(LetterKind.ANSWER, "key", recipient, sender, "support", "a=7+1@example.org", content, "")


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ana@example.net", "ana@example.net"),
        ("Ana.O'Neil+tag@Example.NET", "Ana.O'Neil+tag@example.net"),
        ("ana@bücher.example.net", "ana@xn--bcher-kva.example.net"),
        ("ana@faß.example.net", "ana@xn--fa-hia.example.net"),
        ("ana@例子.example.net", "ana@xn--fsqu00a.example.net"),
        ("ana@ab--cd.example.net", "ana@ab--cd.example.net"),
        ("张@example.net", "张@example.net"),
        ("ana@localhost", "ana@localhost"),
    ],
)
def test_an_address_is_written_with_an_ascii_domain(address: str, wire: str) -> None:
    assert wire_address(address) == wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "@example.net",
        "ana@",
        "ana@@example.net",
        "ana@example..net",
        "ana@.example.net",
        "ana@example.net.",
        "a..b@example.net",
        ".a@example.net",
        "a.@example.net",
        "ana@-example.net",
        "ana@exam_ple.net",
        "ana@[192.0.2.1]",
        "ana@192.0.2.1",
        "<ana@example.net>",
        "Ana <ana@example.net>",
        "ana@example.net,ben@example.net",
        "ana@example.net ben@example.net",
        '"ana ben"@example.net',
        "ana(x)@example.net",
        "ana@example.net SIZE=1",
        "ana@example.net\r\nRCPT TO:<ben@example.net>",
        "ana\r\n@example.net",
        "ana\x00@example.net",
        "ana\x85@example.net",
        "ana\u2028@example.net",
        "ana\u202e@example.net",
        "ana\u3000@example.net",
        "ana\ud800@example.net",
        "ana@ex\u200dample.net",
        "ana@ｅxample.net",
        "ana@☃.example.net",
        "a" * 65 + "@example.net",
        "a@" + "b" * 64 + ".net",
        "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + "." + "e" * 10,
    ],
)
def test_what_is_not_one_plain_address_never_reaches_the_wire(address: str) -> None:
    with pytest.raises(BadAddress) as error:
        wire_address(address)
    assert str(error.value).isprintable()
    assert isinstance(seal(letter(recipient=address)), Refused)


@given(st.text(max_size=60))
def test_no_text_whatever_gives_a_command_with_more_than_an_address_in_it(text: str) -> None:
    try:
        wire = wire_address(text + "@example.net")
    except BadAddress:
        return
    assert wire == text + "@example.net"
    assert not set(wire) & set('\r\n\x00\t <>,;:()[]\\"')


def test_a_bad_envelope_sender_is_refused_and_the_null_one_is_not() -> None:
    assert isinstance(seal(letter(sender="<>")), Refused)
    sealed = seal(letter(sender=""))
    assert isinstance(sealed, Envelope)
    assert sealed.sender == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no header",
        b"Subject: x\r\n",
        b"Subject: x\n\nbody\n",
        CONTENT + b"bare\nLF\r\n",
        CONTENT + b"bare\rCR\r\n",
        CONTENT + b"\n.\n",
        CONTENT + b"\r\r\n",
        CONTENT + b"NUL\x00\r\n",
        CONTENT + b"x" * 999 + b"\r\n",
        CONTENT + b"x" * 999,
        CONTENT + b"x" * 999 + b"\r\nmore\r\n",
    ],
)
def test_a_message_that_servers_may_read_differently_is_refused(content: bytes) -> None:
    assert isinstance(seal(letter(content=content)), Refused)


def test_lines_of_998_bytes_pass() -> None:
    content = CONTENT + b"x" * 998 + b"\r\n" + b"y" * 998
    sealed = seal(letter(content=content))
    assert isinstance(sealed, Envelope)
    assert sealed.content == content + b"\r\n"


def test_dots_are_doubled_at_line_starts_only() -> None:
    sealed = seal(letter(content=CONTENT + b".\r\na.b\r\n..\r\n."))
    assert isinstance(sealed, Envelope)
    assert b"".join(sealed.stuffed()) == CONTENT + b"..\r\na.b\r\n...\r\n..\r\n"


def test_a_large_letter_is_stuffed_block_by_block_and_whole() -> None:
    lines = [b"." * (number % 998) + b"\r\n" for number in range(1_000)]
    sealed = seal(letter(content=CONTENT + b"".join(lines)))
    assert isinstance(sealed, Envelope)
    blocks = list(sealed.stuffed())
    assert len(blocks) > 7
    assert b"".join(blocks) == CONTENT + b"".join(b"." + line if line != b"\r\n" else line for line in lines)


def test_smtputf8_is_for_local_parts_and_headers_and_8bitmime_for_the_body() -> None:
    def needs(**parts: str | bytes) -> tuple[bool, bool]:
        sealed = seal(letter(**parts))  # type: ignore[arg-type]
        assert isinstance(sealed, Envelope)
        return sealed.utf8, sealed.eight_bit

    assert needs() == (False, False)
    assert needs(recipient="ana@bücher.example.net") == (False, False)
    assert needs(recipient="张@example.net") == (True, False)
    assert needs(content=CONTENT + "é\r\n".encode()) == (False, True)
    assert needs(content=b"To: " + "张@example.net\r\n\r\n".encode()) == (True, True)


def test_the_envelope_id_is_xtext_and_left_out_when_too_long() -> None:
    sealed = seal(letter())
    assert isinstance(sealed, Envelope)
    assert sealed.envid == "a+3D7+2B1@example.org"
    long = Letter(LetterKind.ANSWER, "key", "ana@example.net", "", "support", "x" * 101, CONTENT, "")
    sealed = seal(long)
    assert isinstance(sealed, Envelope)
    assert sealed.envid == ""
