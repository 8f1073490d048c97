"""Where the border writes nothing, an aligned DKIM signature that we check proves an agent, and nothing less does."""

import base64
from collections.abc import Iterator

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from servers.dovecot import Dovecot
from servers.house import answer_to
from servers.living import AUTHSERV, BEN, Living, about, living, signed, somebody, text_of
from servers.mailbox import Owner
from servers.names import Names

KEY = rsa.generate_private_key(65537, 1024)
PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
RECORD = [f'"v=DKIM1; k=rsa; p=" "{base64.b64encode(PUBLIC).decode()}"']


@pytest.fixture(scope="module")
def names() -> Iterator[Names]:
    with Names({"mail._domainkey.example.org": RECORD, "mail._domainkey.example.net": RECORD}) as serving:
        yield serving


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, names: Names) -> Iterator[Living]:
    folder = tmp_path_factory.mktemp("dkim")
    with living(folder, dovecot, mailbox="verify_dkim = true", run={"nameserver": names.place}) as built:
        yield built


def with_signature(content: bytes, domain: bytes = b"example.org", selector: bytes = b"mail") -> bytes:
    covered = [b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to"]
    return bytes(dkim.sign(content, selector, domain, PRIVATE, include_headers=covered)) + content


def test_an_aligned_signature_is_obeyed_and_others_are_held(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    bare = answer_to(told, "Pay him.", sender=BEN, proof=None, message_id=f"bare.{ana}")
    failed = f"Authentication-Results: {AUTHSERV}; dmarc=fail header.from=example.org\n"
    for trick in (
        bare,
        with_signature(bare, b"example.net"),
        with_signature(bare).replace(b"Pay him.", b"Pay her."),
        signed(failed, with_signature(bare)),
    ):
        desk.take(trick)
        assert desk.route() == ("held", "Held")
    assert len(desk.sink.to(ana)) == 1
    refusals = [text_of(letter) for letter in about(desk.sink.to(BEN), tag)[1:]]
    for reason, refusal in zip(
        ("no DKIM signature", "dkim=pass header.d=example.net", "body hash mismatch", "dmarc=fail"),
        refusals,
        strict=True,
    ):
        assert reason in " ".join(refusal.split())
    good = answer_to(told, "On its way.", sender=BEN, proof=None, message_id=f"good.{ana}")
    desk.take(with_signature(good))
    assert "On its way." in text_of(desk.sink.to(ana)[-1])


def test_a_resolver_that_is_dead_leaves_the_mail_filed_and_the_agent_told(desk: Living, names: Names) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    answer = answer_to(told, "On its way.", sender=BEN, proof=None, message_id=f"dead.{ana}")
    names.silent = True
    try:
        desk.take(with_signature(answer, selector=b"other"))
    finally:
        names.silent = False
    assert desk.route() == ("held", "Held")
    assert "no answer for the key" in text_of(about(desk.sink.to(BEN), tag)[-1])
    assert len(desk.sink.to(ana)) == 1
    with Owner(desk.house.imap_port, desk.house.user) as owner:
        desk.house.wait_for(lambda: not owner.mails(), why="filed")
