"""DKIM is checked from bytes and answers alone, and holes that the standard leaves are closed."""

import base64
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from parser.dkim_check import dkim_names, verify_dkim

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAIL = b"From: Ana <ana@example.org>\r\nTo: help@example.net\r\nSubject: hi\r\n\r\nhello\r\nthere\r\n"
NAME = "mail._domainkey.example.org"


def key(bits: int) -> tuple[bytes, bytes]:
    made = rsa.generate_private_key(65537, bits)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


PRIVATE, RECORD = key(1024)


def signed(mail: bytes = MAIL, *, length: bool = False, private: bytes = PRIVATE) -> bytes:
    return (
        bytes(
            dkim.sign(
                mail, b"mail", b"example.org", private, include_headers=[b"from", b"to", b"subject"], length=length
            )
        )
        + mail
    )


def result(content: bytes, record: bytes = RECORD, now: datetime = NOW) -> str:
    (found,) = verify_dkim(content, {NAME: record}, now)
    return found.result


def test_a_right_signature_passes_and_names_the_signer() -> None:
    (found,) = verify_dkim(signed(), {NAME: RECORD}, NOW)
    assert found.result == "pass"
    assert ("header.d", "example.org") in found.properties
    assert dkim_names(signed()) == (NAME,)


@pytest.mark.parametrize(
    ("old", "new"), [(b"hello", b"hellx"), (b"Subject: hi", b"Subject: ho"), (b"Ana <ana@", b"Ben <ben@")]
)
def test_a_changed_mail_fails(old: bytes, new: bytes) -> None:
    assert result(signed().replace(old, new)) == "fail"


def test_a_second_from_field_fails() -> None:
    assert result(b"From: ben@example.net\r\n" + signed()) == "fail"


def test_text_added_below_a_signature_over_a_part_is_not_vouched_for() -> None:
    assert result(signed(length=True)) == "policy"
    assert result(signed(length=True) + b"pay here\r\n") == "policy"


def test_short_keys_prove_nothing() -> None:
    assert result(signed(), b"") == "permerror"
    assert result(signed(), b"v=DKIM1; p=") == "permerror"


def test_a_key_nobody_answered_for_may_be_asked_again() -> None:
    (found,) = verify_dkim(signed(), {}, NOW)
    assert found.result == "temperror"


def test_the_time_of_expiry_is_judged_by_the_instant_handed_in() -> None:
    content = signed().replace(b"d=example.org;", b"d=example.org; x=1772452800;", 1)
    assert result(content, now=datetime(2026, 3, 3, tzinfo=UTC)) == "policy"
    assert result(content, now=datetime(2026, 3, 1, tzinfo=UTC)) == "fail"


def test_a_signature_that_leaves_out_from_proves_nothing() -> None:
    assert result(signed().replace(b"h=from : to : subject", b"h=to : subject").replace(b"h=from", b"h=to")) == "policy"


@given(st.binary(max_size=300), st.binary(max_size=80))
def test_any_signature_and_any_record_have_a_result(tags: bytes, record: bytes) -> None:
    for content in (
        b"DKIM-Signature: " + tags + b"\r\n" + MAIL,
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=mail; "
        b"h=from; bh=YQ==; b=YQ==;" + tags.replace(b"\n", b"") + b"\r\n" + MAIL,
    ):
        for found in verify_dkim(content, {NAME: record}, NOW):
            assert found.result in ("fail", "permerror", "policy", "temperror")
