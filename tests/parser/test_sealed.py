"""Signed and encrypted mail: S/MIME that wraps its text, and PGP inside the text."""

import base64

import pytest

from parser.containers.pgp import opened
from parser.containers.smime import kind_of, signed_content
from parser.read import read

ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe, signed\r\n"
DATA, SIGNED, ENVELOPED = (bytes.fromhex(f"2a864886f70d01070{number}") for number in (1, 2, 3))


def element(tag: int, content: bytes, endless: bool = False) -> bytes:
    """A BER element, with its length or with an end mark."""
    if endless:
        return bytes((tag, 0x80)) + content + b"\0\0"
    size = len(content).to_bytes(3, "big")
    return bytes((tag, 0x83)) + size + content


def signed(entity: bytes, *, pieces: bool = False) -> bytes:
    """A SignedData around the entity, whole or as programs stream it."""
    octets = element(0x04, entity)
    if pieces:
        octets = element(0x24, element(0x04, entity[:20]) + element(0x04, entity[20:]), endless=True)
    inside = element(0x30, element(0x06, DATA) + element(0xA0, octets, pieces), pieces)
    data = element(0x30, element(0x02, b"\1") + element(0x31, b"") + inside + element(0x31, b""), pieces)
    return element(0x30, element(0x06, SIGNED) + element(0xA0, data, pieces), pieces)


def mail_of(content: bytes, kind: str = "signed-data") -> bytes:
    head = f"From: a@example.org\nContent-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\n"
    return head.encode() + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(content)


@pytest.mark.parametrize("pieces", [False, True])
def test_the_text_inside_a_signature_is_read(pieces: bool) -> None:
    mail = read(mail_of(signed(ENTITY, pieces=pieces)))
    assert (mail.text, mail.attachments) == ("Grüße, signed", ())


def test_a_signature_around_a_signature_is_opened_and_a_fourth_one_stays_a_file() -> None:
    wrapped = ENTITY
    for _ in range(3):
        wrapped = mail_of(signed(wrapped)).partition(b"\n")[2]
    assert read(b"From: a@example.org\n" + wrapped).text == "Grüße, signed"
    mail = read(mail_of(signed(wrapped)))
    assert (mail.text, [one.name for one in mail.attachments]) == ("", ["smime.p7m"])


def test_what_is_encrypted_stays_a_file_and_is_told() -> None:
    content = element(0x30, element(0x06, ENVELOPED) + element(0xA0, b"secret"))
    mail = read(mail_of(content, "enveloped-data"))
    assert [one.content for one in mail.attachments] == [content]
    assert "encrypted" in [one.code for one in mail.defects]
    assert kind_of(content) == "encrypted"


@pytest.mark.parametrize("length", range(0, 60, 3))
def test_a_damaged_signature_is_no_signature_or_gives_what_is_left(length: int) -> None:
    whole = signed(ENTITY)
    found = signed_content(whole[:length])
    assert found is None or ENTITY.startswith(found)


CLEAR = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

My account is locked.
- -- not a signature
-----BEGIN PGP SIGNATURE-----

iQEzBAEBCgAdFiEE
=abcd
-----END PGP SIGNATURE-----
"""


def test_clear_signed_words_are_the_reply_and_the_block_is_the_signature() -> None:
    mail = read(b"From: a@example.org\n\n" + CLEAR.encode())
    assert mail.new_text == "My account is locked.\n-- not a signature"
    assert mail.signature.startswith("-----BEGIN PGP SIGNATURE-----")
    assert "Hash:" not in mail.text


def test_a_signed_message_without_its_end_and_a_quoted_one_stay_as_they_are() -> None:
    for text in (CLEAR.replace("END PGP", "END"), CLEAR.replace("\n", "\n> ").replace("-----B", "> -----B", 1)):
        assert opened(text) == (text, ())
