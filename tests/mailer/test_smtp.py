"""Letters through a real SMTP server: nothing is changed on the way, and nothing goes out without the TLS asked for."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scramp import ScramException, ScramMechanism

from desk.letters import Letter, LetterKind, Sent, TryLater
from mailer.account import Relay
from mailer.smtp.transport import Transport

HEAD = b"From: ben@example.org\r\nTo: ana@example.net\r\nSubject: hello\r\n\r\n"


class Sink:
    """An aiosmtpd handler that keeps all it accepts."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.senders: list[str | None] = []
        self.recipients: list[list[str]] = []
        self.logins: list[bytes] = []
        self.over_tls: list[bool] = []

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.original_content, bytes)
        self.received.append(envelope.original_content)
        self.senders.append(envelope.mail_from)
        self.recipients.append(envelope.rcpt_tos)
        self.over_tls.append(session.ssl is not None)
        return "250 2.0.0 kept"

    def log_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"secret", handled=False)


@contextlib.asynccontextmanager
async def aiosmtpd(
    sink: Sink, *, tls: ssl.SSLContext | None = None, kind: type[SMTP] = SMTP, **options: Any
) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    protocols: list[SMTP] = []

    def factory() -> SMTP:
        protocols.append(kind(sink, hostname="relay.example.org", enable_SMTPUTF8=True, loop=loop, **options))
        return protocols[-1]

    server = await loop.create_server(factory, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        for protocol in protocols:
            if protocol.transport is not None:
                protocol.transport.close()
        await asyncio.sleep(0.01)


def letter(content: bytes = HEAD + b"text\r\n", sender: str = "ben@example.org") -> Letter:
    return Letter(
        kind=LetterKind.ANSWER,
        key="ticket 7 answer 1",
        recipient="ana@example.net",
        envelope_sender=sender,
        mailbox="support",
        message_id="a.7.1@example.org",
        content=content,
        text="",
    )


async def ours() -> bool:
    return True


LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b".", b"..", b". ", b".\t.", b"..a", b"QUIT", b"\xe4\xbd\xa0"]),
        st.binary(max_size=40).map(lambda line: line.translate(None, b"\r\n\x00")),
        st.sampled_from([b"x" * 998, b"." * 998]),
    ),
    max_size=12,
)


def test_the_server_gets_the_very_bytes_whatever_dots_stand_at_line_starts() -> None:
    sink = Sink()
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()

        async def start() -> Transport:
            port = await stack.enter_async_context(aiosmtpd(sink))
            transport = Transport(Relay(host="127.0.0.1", port=port, tls="none"))
            stack.push_async_callback(transport.close)
            return transport

        transport = runner.run(start())

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(lines=LINES, ended=st.booleans())
        def law(lines: list[bytes], ended: bool) -> None:
            content = HEAD + b"\r\n".join(lines) + (b"\r\n" if ended else b"")
            assert isinstance(runner.run(transport.send(letter(content), ours)), Sent)
            whole = content if content.endswith(b"\r\n") else content + b"\r\n"
            assert sink.received == [whole]
            sink.received.clear()

        law()
        runner.run(stack.aclose())


@pytest.mark.parametrize("mode", ["tls", "starttls"])
async def test_letters_go_out_over_tls_with_a_login_inside(mode: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = _server_context(authority, "127.0.0.1")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    sink = Sink()
    upgrade = {"tls": context} if mode == "tls" else {"tls_context": context, "require_starttls": True}
    async with aiosmtpd(sink, authenticator=sink.log_in, auth_require_tls=mode != "tls", **upgrade) as port:
        transport = _transport(port, mode, tmp_path / "ca.pem", "secret")
        assert isinstance(await transport.send(letter(), ours), Sent)
        assert isinstance(await transport.send(letter(sender=""), ours), Sent)
        assert "TLSv1.3" in await transport.check()
        await transport.close()
    assert sink.received == [letter().content] * 2
    assert sink.senders == ["ben@example.org", "<>"]
    assert sink.logins == [b"desk@example.org"] * 2, "one login for both letters, one for the check"


@pytest.mark.parametrize("mode", ["tls", "starttls"])
@pytest.mark.parametrize("fault", ["wrong name", "unknown authority"])
async def test_a_certificate_that_is_not_the_relays_gets_no_password(mode: str, fault: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = _server_context(authority, "127.0.0.2" if fault == "wrong name" else "127.0.0.1")
    trusted = authority if fault == "wrong name" else trustme.CA()
    trusted.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    sink = Sink()
    upgrade = {"tls": context} if mode == "tls" else {"tls_context": context, "require_starttls": True}
    async with aiosmtpd(sink, authenticator=sink.log_in, auth_require_tls=mode != "tls", **upgrade) as port:
        transport = _transport(port, mode, tmp_path / "ca.pem", "secret")
        outcome = await transport.send(letter(), ours)
        await transport.close()
    assert isinstance(outcome, TryLater)
    assert outcome.login, "it must alarm like a refused login"
    assert "certificate" in outcome.reason
    assert sink.logins == []
    assert sink.received == []


async def test_a_relay_that_speaks_plain_text_on_the_tls_port_is_tried_later() -> None:
    sink = Sink()
    async with aiosmtpd(sink) as port:
        transport = _transport(port, "tls", None, "secret")
        outcome = await transport.send(letter(), ours)
        await transport.close()
    assert isinstance(outcome, TryLater)
    assert not outcome.login


async def test_a_missing_authority_file_is_named() -> None:
    transport = _transport(1, "tls", Path("no-such.pem"), "secret")
    outcome = await transport.send(letter(), ours)
    assert isinstance(outcome, TryLater)
    assert "no-such.pem" in outcome.reason


async def test_a_wrong_password_is_told_by_the_server_and_holds_the_letters() -> None:
    sink = Sink()
    async with aiosmtpd(sink, authenticator=sink.log_in, auth_require_tls=False) as port:
        transport = _transport(port, "none", None, "wrong")
        outcome = await transport.send(letter(), ours)
        await transport.close()
    assert isinstance(outcome, TryLater)
    assert outcome.login
    assert outcome.reason.startswith("login: 535")


class Scramming(SMTP):
    """A server that knows a verifier and never a password (RFC 5802 §5)."""

    mechanism = ScramMechanism("SCRAM-SHA-256")
    verifier = mechanism.make_auth_info("secret", iteration_count=4096)
    believed = True

    async def auth_SCRAM__SHA__256(self, _server: SMTP, arguments: list[str]) -> AuthResult:
        server = self.mechanism.make_server(lambda _user: self.verifier)
        server.set_client_first(base64.b64decode(arguments[1]).decode())
        final = await self.challenge_auth(server.get_server_first())
        assert isinstance(final, bytes)
        try:
            server.set_client_final(final.decode())
        except ScramException:
            return AuthResult(success=False, handled=False)
        said = server.get_server_final() if self.believed else "v=" + base64.b64encode(b"x" * 32).decode()
        await self.challenge_auth(said)
        return AuthResult(success=True)


@pytest.mark.parametrize("password", ["secret", "wrong"])
async def test_scram_is_preferred_to_sending_the_password(password: str) -> None:
    sink = Sink()
    async with aiosmtpd(sink, kind=Scramming, authenticator=sink.log_in, auth_require_tls=False) as port:
        transport = _transport(port, "none", None, password)
        outcome = await transport.send(letter(), ours)
        if password == "secret":
            assert isinstance(outcome, Sent)
            assert "(SCRAM-SHA-256)" in await transport.check()
        else:
            assert isinstance(outcome, TryLater)
            assert outcome.login
            assert outcome.reason.startswith("login: 535")
        await transport.close()
    assert sink.logins == [], "no other mechanism is tried"


async def test_a_relay_that_does_not_know_the_password_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scramming, "believed", False)
    sink = Sink()
    async with aiosmtpd(sink, kind=Scramming, authenticator=sink.log_in, auth_require_tls=False) as port:
        transport = _transport(port, "none", None, "secret")
        outcome = await transport.send(letter(), ours)
        await transport.close()
    assert isinstance(outcome, TryLater)
    assert outcome.login
    assert "cannot be believed" in outcome.reason
    assert sink.received == []


async def test_a_relay_that_asks_for_endless_work_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    salt, stored, server, _ = Scramming.verifier
    monkeypatch.setattr(Scramming, "verifier", (salt, stored, server, 5_000_000))
    sink = Sink()
    async with aiosmtpd(sink, kind=Scramming, authenticator=sink.log_in, auth_require_tls=False) as port:
        transport = _transport(port, "none", None, "secret")
        outcome = await transport.send(letter(), ours)
        await transport.close()
    assert isinstance(outcome, TryLater)
    assert "5000000" in outcome.reason


async def test_a_letter_to_an_address_outside_of_ascii_goes_by_smtputf8() -> None:
    sink = Sink()
    chinese = "用户@例子.example"
    async with aiosmtpd(sink) as port:
        transport = Transport(Relay(host="127.0.0.1", port=port, tls="none"))
        outcome = await transport.send(replace(letter(), recipient=chinese), ours)
        await transport.close()
    assert isinstance(outcome, Sent)
    assert sink.recipients == [["用户@xn--fsqu00a.example"]]


def _transport(port: int, mode: str, authority: Path | None, password: str) -> Transport:
    relay = Relay.model_validate(
        {"host": "127.0.0.1", "port": port, "tls": mode, "tls_ca": authority, "user": "desk@example.org"}
    )
    return Transport(relay, password=lambda: password)


def _server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
