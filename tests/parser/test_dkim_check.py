"""DKIM is checked from bytes and answers alone, and holes that the standard leaves are closed."""

import base64
import re
import time
from datetime import UTC, datetime
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from parser.identity.dkim import dkim_names, verify_dkim
from parser.mail import AuthResult, Keys
from parser.mime.headers import raw_fields
from parser.mime.structure import parse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAIL = b"From: Ana <ana@example.org>\r\nTo: help@example.net\r\nSubject: hi\r\n\r\nhello\r\nthere\r\n"
NAME = "mail._domainkey.example.org"
# Made for this test and used nowhere; `cryptography` makes none so short.
SHORT = {
    512: b"""-----BEGIN RSAPRIVATE KEY-----
MIIBOwIBAAJBALWjOwZ2e/KAMR53otM0JKHMmcin4tpug4YxlfdfQRk6IeIt+pCG
Ir5DvpShk9+HhFz359ZPdGMDeP8D8YCCpwECAwEAAQJAL5N3zHOQd65YL1DK12Nb
DP5YcZR3+RrlXGr0ivzqQj7kj2dpiH8VYNBszsEE+Nf88h/oo2luHK8gSBJYrfnZ
mQIhAOdEXXVTDh73id/cz/kdoPoTXIwXp6ykORij4jAh0SYTAiEAyRAcFir/P+DE
dskH+21Ey3TfSqJwR8nOzl4ijKluMRsCIQCEJ1Loml91XqrQ29OUXVQB01KNU28j
fmyKIgw8yPZFNQIgEL0WmYHa3iaINJtn3raqE4YXUM9VKaTTYrrThYJVeiECIQCy
nSvP3vZ5ivV/oq09mSkckoEQs2wFxNb8bfGnZaISCg==
-----END RSA PRIVATE KEY-----
""",
    768: b"""-----BEGIN RSAPRIVATE KEY-----
MIIBzAIBAAJhAMj9fQapuj8DyI+Lzl3+9cwubBUyLCKkcwnTINN73uzmcGP+cfdW
YiXS7AOBLqUlXLj2+nJxpK7QGBzf3fQWD6hsZvGE5UWGtUXIMaOWLvQd56/qM6eN
2gy8Tdq3ADPIQwIDAQABAmBdmW74A2KwpdpovvrD21AsXhIHbO4Q0/Sexquq0Szn
tgjxCDWasafTZX5zw10tm0/XTsKHDpTskKRM6OaBG5Sxo9+us9Q+vmF/0jeuntWj
f2smvL2fXO5uAFNgRGmd94ECMQDwrzS5WQJ9QXp5hM9HoMcPjthLyb+UgpCGx0Fn
JbYCbkX4tO8U8mQhTsRaQ8CT2YsCMQDVx6gDtMAHPDSTErDpxfXhvDIXChp2rmIY
BNWn85/HCGvHpjvQluqFX7PFor318ykCMQDgPSxvHym9jzrPatg/0OCFcz275pxy
fe6vU4dw1Was/xZ77/7r0iVODvfLbWJHnZ8CMQCfMAITaGfJu3ImxjdIjKlwgzQF
ZfeYwne3DPqQCuDCU6n2S/mkdIyD7mSuWWX8nCkCMQCJLbJMwMA4lTsXaA0NXuw2
mzz44n16oYENbGdvZiqzVwDF113OLo3uDKgZcqPZIzo=
-----END RSA PRIVATE KEY-----
""",
}
SHORT_PUBLIC = {
    512: "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALWjOwZ2e/KAMR53otM0JKHMmcin4tpug4YxlfdfQRk6IeIt+pCGIr5Dvp"
    "Shk9+HhFz359ZPdGMDeP8D8YCCpwECAwEAAQ==",
    768: "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAMj9fQapuj8DyI+Lzl3+9cwubBUyLCKkcwnTINN73uzmcGP+cfdWYiXS7A"
    "OBLqUlXLj2+nJxpK7QGBzf3fQWD6hsZvGE5UWGtUXIMaOWLvQd56/qM6eN2gy8Tdq3ADPIQwIDAQAB",
}


def record(private: rsa.RSAPrivateKey, tags: str = "v=DKIM1; k=rsa") -> str:
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"{tags}; p={base64.b64encode(public).decode()}"


def pem(private: rsa.RSAPrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


KEY = rsa.generate_private_key(65537, 1024)
PRIVATE, RECORD = pem(KEY), record(KEY)


def signed(
    mail: bytes = MAIL,
    *,
    private: bytes = PRIVATE,
    domain: bytes = b"example.org",
    headers: tuple[bytes, ...] = (b"from", b"to", b"subject"),
    **more: Any,
) -> bytes:
    return bytes(dkim.sign(mail, b"mail", domain, private, include_headers=list(headers), **more)) + mail


def resigned(old: bytes, new: bytes, mail: bytes = MAIL) -> bytes:
    """A mail whose signature is right, and has a tag that dkimpy would not write."""
    made = dkim.DKIM(mail)
    original = made.gen_header

    def changed(fields: list[tuple[bytes, bytes]], *arguments: Any, **named: Any) -> bytes:
        fields[:] = [one for one in fields if one[0] not in (b"t", old.partition(b"=")[0])]
        if new:
            name, _, value = new.partition(b"=")
            fields.insert(len(fields) - 1, (name, value))
        return bytes(original(fields, *arguments, **named))

    made.gen_header = changed
    return bytes(made.sign(b"mail", b"example.org", PRIVATE, include_headers=[b"from", b"to", b"subject"])) + mail


def verified(content: bytes, answers: dict[str, str], now: datetime = NOW) -> tuple[AuthResult, ...]:
    return verify_dkim(content, raw_fields(parse(content).message), Keys(answers, now))


def result(content: bytes, record: str = RECORD, now: datetime = NOW, name: str = NAME) -> str:
    (found,) = verified(content, {name: record}, now)
    return found.result


def reason(content: bytes, record: str = RECORD, now: datetime = NOW) -> str:
    (found,) = verified(content, {NAME: record}, now)
    return f"{found.result}: {dict(found.properties).get('reason', '')}"


def test_a_right_signature_passes_and_names_the_signer() -> None:
    (found,) = verified(signed(), {NAME: RECORD})
    assert found.result == "pass"
    assert ("header.d", "example.org") in found.properties
    assert dkim_names(signed()) == (NAME,)
    assert result(signed().replace(b"\r\n", b"\n")) == "pass"


@pytest.mark.parametrize("c", [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")])
def test_every_canonicalization_passes(c: tuple[bytes, bytes]) -> None:
    mail = MAIL + b"two  blanks \t \r\n \r\n\r\n\r\n"
    assert result(signed(mail, canonicalize=c)) == "pass"
    assert result(signed(mail, canonicalize=c).replace(b"two", b"too")) == "fail"


@pytest.mark.parametrize(
    ("old", "new"), [(b"hello", b"hellx"), (b"Subject: hi", b"Subject: ho"), (b"Ana <ana@", b"Ben <ben@")]
)
def test_a_changed_mail_fails(old: bytes, new: bytes) -> None:
    assert result(signed().replace(old, new)) == "fail"


@pytest.mark.parametrize(
    "field", [b"From: ben@example.net", b"Subject: pay", b"Content-Type: text/html\r\nContent-Type: a"]
)
def test_a_field_that_stands_twice_can_be_shown_otherwise_than_it_was_signed(field: bytes) -> None:
    assert reason(field + b"\r\n" + signed()).startswith("policy: ")


@pytest.mark.parametrize(
    "trick",
    [
        # The whole header section of another mail before a bare CR, where our reader sees a body begin.
        b"X-A: a\rFrom: ben@example.org\r\rPay him.\r\n" + signed(),
        # The same at the end of the header section.
        signed().replace(b"hi\r\n\r\n", b"hi\r\nX-A: a\r\rPay him.\r\n\r\n"),
        # dkimpy passes over a line that mbox files have.
        b"From ana@example.org Mon\r\n" + signed().replace(b"DKIM-Signature:", b"DKIM-Signature :"),
        b"no field at all\r\n" + signed(),
    ],
)
def test_a_mail_that_dkimpy_and_our_reader_read_differently_proves_nothing(trick: bytes) -> None:
    assert result(trick) == "policy"


def test_text_added_below_a_signature_over_a_part_is_not_vouched_for() -> None:
    assert result(signed(length=True)) == "policy"
    assert result(signed(length=True) + b"pay here\r\n") == "policy"


@pytest.mark.parametrize("bits", [512, 768])
def test_short_keys_prove_nothing_though_the_signature_is_right(bits: int) -> None:
    found = f"v=DKIM1; p={SHORT_PUBLIC[bits]}"
    assert reason(signed(private=SHORT[bits]), found) == f"policy: public key too small: {bits}"


def test_sha1_proves_nothing_though_the_signature_is_right() -> None:
    assert reason(signed(signature_algorithm=b"rsa-sha1")) == "policy: SHA-1"


def test_a_key_nobody_answered_for_may_be_asked_again() -> None:
    (found,) = verified(signed(), {})
    assert found.result == "temperror"


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("", "permerror: no key"),
        ("v=DKIM1; p=", "permerror: the key is revoked"),
        ("v=DKIM1; k=rsa", "permerror: the key record cannot be read"),
        (record(KEY, "v=DKIM2"), "permerror: the key record cannot be read"),
        (record(KEY, "v=DKIM1; k=ed25519"), "permerror: the key is for another algorithm"),
        (record(KEY, "v=DKIM1; h=sha1"), "permerror: the key is for another hash"),
        (record(KEY, "v=DKIM1; s=tlsrpt"), "permerror: the key is not for mail"),
        (record(KEY, "v=DKIM1; t=y"), "policy: the signer is only testing"),
        (record(KEY, "v=DKIM1; h=sha1:sha256; s=*; t=s"), "pass: "),
        (record(rsa.generate_private_key(65537, 1024)), "fail: the signature does not fit"),
        ("v=DKIM1; p=!!!!", "permerror: "),
        (RECORD + " " * 2000, "permerror: no key"),
    ],
)
def test_a_record_counts_as_the_standard_says(found: str, wanted: str) -> None:
    assert reason(signed(), found).startswith(wanted)


def test_a_key_of_its_own_domain_only_does_not_serve_a_sub_domain() -> None:
    content = signed(identity=b"ana@mail.example.org")
    assert result(content) == "pass"
    assert result(content, record(KEY, "t=s")) == "permerror"


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        (b"x=1772452799", "policy: expired"),
        (b"x=1772452801", "pass: "),
        (b"x=soon", "permerror: an instant cannot be read"),
        (b"t=1772452700", "pass: "),
        (b"q=dns/other", "permerror: unknown query method"),
        (b"v=2", "permerror: unknown version"),
        (b"a=rsa-md5", "permerror: unknown algorithm"),
        (b"i=@example.net", "permerror: i= is not within d="),
        (b"d=", "permerror: "),
        (b"h=to : subject", "policy: does not cover From"),
        (b"h=" + b":".join([b"x"] * 300) + b":from", "permerror: covers too many fields"),
    ],
)
def test_a_signature_counts_as_the_standard_says(tag: bytes, wanted: str) -> None:
    now = datetime.fromtimestamp(1772452800, UTC)
    content = resigned(tag, tag if not tag.endswith(b"=") else b"")
    assert reason(content, now=now).startswith(wanted)


def test_a_signature_that_ends_before_it_begins_is_none() -> None:
    content = signed().replace(b"d=example.org;", b"d=example.org; x=5; ", 1)
    assert reason(re.sub(rb" t=\d+;", b" t=6;", content)) == "permerror: expired before it was made"


# RFC 8463 appendix A: one mail, signed by both kinds of key.
BOTH = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
ED25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
BRISBANE = "brisbane._domainkey.football.example.com"


def test_ed25519_is_verified() -> None:
    assert dkim_names(BOTH) == (BRISBANE, "test._domainkey.football.example.com")
    found = verified(BOTH, {BRISBANE: ED25519})
    assert [one.result for one in found] == ["pass", "temperror"]
    for old, new in ((b"dinner", b"supper"), (b"hungry", b"angry"), (b"Fa3bT3", b"Fa3bT4"), (b"Dw==", b"")):
        assert verified(BOTH.replace(old, new), {BRISBANE: ED25519})[0].result == "fail", old
    for key in ("v=DKIM1; k=ed25519; p=aaaa", ED25519.replace("11q", "12q"), "v=DKIM1; k=ed25519; p=!"):
        assert verified(BOTH, {BRISBANE: key})[0].result in ("fail", "permerror"), key
    assert verified(BOTH, {BRISBANE: RECORD})[0].result == "permerror"


def test_blanks_count_as_the_standard_says() -> None:
    body = b"\t a \t b  c\t\r\n \t\r\n" + b" " * 1_025 + b"x \r\n \r\n\r\n"
    mail = MAIL + body
    for content in (mail, mail.replace(b"\t b  c\t", b" b c "), mail + b"\r\n \r\n"):
        made = signed(mail, canonicalize=(b"relaxed", b"relaxed"))[: -len(mail)] + content
        assert result(made) == "pass", content[-60:]
    assert result(signed(mail, canonicalize=(b"relaxed", b"relaxed")).replace(b"b  c", b"bc")) == "fail"
    for empty in (b"", b"\r\n", b" \r\n\t\r\n"):
        head = MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        assert result(signed(head + empty, canonicalize=(b"relaxed", b"relaxed"))) == "pass", empty


@pytest.mark.parametrize(
    "content",
    [
        signed(canonicalize=(b"relaxed", b"relaxed")) + b" " * 1_000_000 + b"x\r\n",
        signed() + b"\r\n" * 400_000,
        MAIL.replace(b"Subject: hi", b"Subject: hi" + b"\r\n " * 900_000),
        b"DKIM-Signature: v=1; d=example.org; s=mail; b=" + b" " * 19_000 + b";\r\n" + MAIL,
        b"DKIM-Signature: " + (b"a " + b" " * 90) * 200 + b"=\r\n" + MAIL,
        b"DKIM-Signature: " + b"\r\n " * 80_000 + MAIL,
        b"DKIM-Signature" + b" " * 250_000 + MAIL,
        b"DKIM-Signature:;\r\n" * 15_000 + MAIL,
        signed() + b"\n" * 5_000_000,
    ],
    ids=lambda content: content[:40].decode("ascii", "replace"),
)
def test_hostile_mail_costs_no_more_than_its_length(content: bytes) -> None:
    content = signed()[: -len(MAIL)] + content if b"DKIM" not in content else content
    fields = raw_fields(parse(content).message)
    started = time.process_time()
    dkim_names(content)
    names = time.process_time() - started
    verify_dkim(content, fields, Keys({NAME: RECORD}, NOW))
    assert names < 0.1
    assert time.process_time() - started < 2


RELAXED = signed(canonicalize=(b"relaxed", b"relaxed"))[: -len(MAIL)]
LINES = (b"a a a " * 12 + b"\r\n", b"a\t  a \t" * 10 + b"\r\n", b" " * 70 + b"x\r\n", b"TWFu" * 19 + b"\r\n")


def results(signatures: int, line: bytes, octets: int) -> list[str]:
    """The results for a mail of about so many octets, which must not take long."""
    content = RELAXED * signatures + MAIL + line * (octets // len(line))
    fields = raw_fields(parse(content).message)
    started = time.process_time()
    found = verify_dkim(content, fields, Keys({NAME: RECORD}, NOW))
    assert time.process_time() - started < 2
    return [one.result for one in found]


@pytest.mark.parametrize("line", LINES)
def test_the_cost_is_bounded_by_octets_and_signatures_together(line: bytes) -> None:
    # The body is not the one that was signed, which only the arithmetic can tell; above the limit there is none.
    assert results(1, line, 35_000_000) == ["fail"]
    assert results(5, line, 7_900_000) == ["fail"] * 5
    assert results(1, line, 41_000_000) == ["policy"]
    assert results(5, line, 8_100_000) == ["policy"] * 5


@given(st.binary(max_size=300), st.text(max_size=80))
def test_any_signature_and_any_record_have_a_result(tags: bytes, record: str) -> None:
    for content in (
        b"DKIM-Signature: " + tags + b"\r\n" + MAIL,
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=mail; "
        b"h=from; bh=YQ==; b=YQ==;" + tags.replace(b"\n", b"") + b"\r\n" + MAIL,
    ):
        for found in verified(content, {NAME: record}):
            assert found.result in ("fail", "permerror", "policy", "temperror")
