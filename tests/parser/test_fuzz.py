"""Any bytes are read: mutated and generated mails never raise, never hang, and always leave words to answer."""

import itertools
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parser.mail import ParsedMail
from parser.read import read

MAILS = Path(__file__).parent.parent / "mails"
FINDS = Path(__file__).parent.parent / "finds"
SEEDS = [path.read_bytes() for path in sorted(MAILS.glob("*.eml"))]

WORDS = (
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n", b"--b--\r\n", b"\r\n\r\n", b"\r", b"\n", b"\0",
    b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: base64\r\n", b"=?utf-8?B?/w==?=", b"=?gb2312?Q?=",
    b"Content-Type: text/html; charset=utf-7\r\n", b"<blockquote type=cite>", b"<div class=gmail_quote>",
    b"<table><td>",
    b"<style>.a{display:none}</style>", b"<!--", b"&#1234567890;", b"<a href=\"", b"begin 644 a.txt\n#86)C\nend\n",
    b"Content-Type: text/plain; format=flowed; delsp=yes\r\n", b"> > > ", b"On Mon, 2 Mar 2026 at 9:00, Ana wrote:\n",
    b"\x1b$B", b"\x1b(B", b"\xff\xfe", b"\xe4\xbd", b"\xa1\xa1", b"From: ", b"Subject: ", b"To: a@example.org,\r\n",
    b"Content-Disposition: attachment; filename*0*=gb18030''%B7; filename*1=x\r\n", b"Auto-Submitted: auto-replied\r\n",
    b"Content-Type: application/ms-tnef\r\n", b"\x78\x9f\x3e\x22\0\0", b"Final-Recipient: rfc822; x@example.org\r\n",
    b"Content-Type: multipart/report; report-type=delivery-status\r\n", b"Status: 5.1.1\r\n", b"550 5.1.1 ", b"-- \n",
    b'{"notificationType":"Bounce","bounce":{', b"BEGIN:VEVENT\nSUMMARY:x\n", b"0x" + b"a" * 64, b"(((", b'"',
    b"<<<>>>",
)  # fmt: skip


def mutated(random_: random.Random) -> bytes:
    """A mail of tests/mails with some of its bytes cut, doubled, swapped, changed or put in from elsewhere."""
    content = bytearray(random_.choice(SEEDS))
    for _ in range(random_.randint(1, 12)):
        at = random_.randrange(len(content) + 1)
        end = min(len(content), at + random_.choice((1, 2, 8, 60, 400)))
        action = random_.randrange(7)
        if action == 0:
            del content[at:end]
        elif action == 1:
            content[at:at] = content[at:end] * random_.choice((1, 2, 30))
        elif action == 2:
            content[at:at] = random_.choice(WORDS) * random_.choice((1, 1, 1, 3, 50))
        elif action == 3:
            content[at:end] = random_.randbytes(end - at)
        elif action == 4:
            other = random_.choice(SEEDS)
            start = random_.randrange(len(other) + 1)
            content[at:end] = other[start : start + random_.choice((20, 300, 3_000))]
        elif action == 5:
            content[:] = content.replace(b"\r\n", random_.choice((b"\n", b"\r", b"\r\r\n", b"\n\n", b"")))
        elif at < len(content):
            content[at] ^= 1 << random_.randrange(8)
    return bytes(content[:200_000])


def generated(random_: random.Random) -> bytes:
    """A mail made of nothing but the words that readers stumble over."""
    return b"".join(random_.choice(WORDS) * random_.choice((1, 1, 1, 2, 9)) for _ in range(random_.randint(1, 80)))


def fuzzed(seed: int, count: int) -> Iterator[bytes]:
    random_ = random.Random(seed)
    for number in range(count):
        yield generated(random_) if number % 5 == 0 else mutated(random_)


def check(mail: ParsedMail) -> None:
    """What holds for the reading of any bytes."""
    assert [one.detail for one in mail.defects if one.code == "unreadable"] == []
    for text in (
        mail.text,
        mail.html_text or "",
        mail.new_text,
        mail.quoted,
        mail.signature,
        mail.subject,
        mail.redacted,
    ):
        assert "\0" not in text
        text.encode("utf-8")
    for name in (mail.author.name, mail.subject, *(value for _, value in mail.headers)):
        assert re.search(r"[\r\n\x85\u2028\u2029]", name) is None
        name.encode("utf-8")
    assert all(one.safe_name and "/" not in one.safe_name and "\\" not in one.safe_name for one in mail.attachments)
    assert mail.new_text.strip() or not mail.text.strip()
    spans = sorted([*mail.spans.reply, *mail.spans.quoted, *mail.spans.signature])
    assert all(0 <= start < end <= len(mail.text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert (mail.kind in ("bounce", "delayed", "delivered")) == (mail.report is not None) or mail.kind == "complaint"


def run(seed: int, count: int) -> None:
    for number, content in enumerate(fuzzed(seed, count)):
        began = time.process_time()
        try:
            check(read(content))
            assert time.process_time() - began < 2
        except AssertionError as error:
            raise AssertionError(f"mail {number} of seed {seed}: {error}\n{content[:2_000]!r}") from error


@pytest.mark.parametrize("seed", range(4))
def test_mutated_and_generated_mails_are_read(seed: int) -> None:
    run(seed, 500)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(1_000, 1_040))
def test_very_many_mutated_and_generated_mails_are_read(seed: int) -> None:
    run(seed, 5_000)


@pytest.mark.parametrize("path", sorted(FINDS.glob("*.eml")), ids=lambda path: path.stem)
def test_a_mail_that_once_broke_the_reader_is_read(path: Path) -> None:
    check(read(path.read_bytes()))


@given(st.binary(max_size=3_000))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read(content: bytes) -> None:
    check(read(content))


@given(st.lists(st.sampled_from([*WORDS, *SEEDS[:3]]), max_size=20).map(b"".join))
@settings(max_examples=60, deadline=None)
def test_reading_twice_gives_the_same(content: bytes) -> None:
    assert read(content) == read(content)


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_subject_makes_two_header_lines(subject: str) -> None:
    encoded = b"".join(b"=%02X" % byte for byte in subject.encode("utf-8", "replace"))
    mail = read(b"Subject: =?utf-8?Q?" + encoded + b"?=\r\nFrom: ana@example.org\r\n\r\nx\r\n")
    assert len(mail.subject.splitlines()) <= 1
    assert [name for name, _ in mail.headers] == ["Subject", "From"]
