"""Every way in which a relay can fail, and on which side of the final dot that puts the letter."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from desk.errors import ConfigError, MailboxError
from desk.letters import Letter, LetterKind, Outcome, Refused, Sent, TryLater, Unknown
from mailer.account import Relay
from mailer.smtp.transport import Transport

CUT = b"<cut>"
HANG = b"<hang"
ROOMY = b"250-relay.example.org\r\n250 SIZE 50000000\r\n"
EHLO = b"250-relay.example.org\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n"
CONTENT = b"From: ben@example.org\r\nTo: ana@example.net\r\nSubject: hello\r\n\r\nOne line.\r\n"


class ScriptedRelay:
    """A relay that gives the answer written down for each step: bytes to say, CUT to hang up, HANG to say nothing.

    A list is used up one answer a time, its last one for ever.
    """

    def __init__(self, **answers: bytes | list[bytes]) -> None:
        self.answers: dict[str, bytes | list[bytes]] = {
            "greeting": b"220 relay.example.org\r\n",
            "EHLO": EHLO,
            "AUTH": b"235 2.7.0 welcome\r\n",
            "MAIL": b"250 2.1.0 ok\r\n",
            "RCPT": b"250 2.1.5 ok\r\n",
            "DATA": b"354 go\r\n",
            "body": b"",
            "dot": b"250 2.0.0 queued as 7\r\n",
            "RSET": b"250 ok\r\n",
            "QUIT": b"221 bye\r\n",
            **answers,
        }
        self.lines: list[str] = []
        self.bodies: list[bytes] = []
        self.dots = 0
        self.body_bytes = 0
        self.connections = 0
        self.open_connections = 0
        self.dot_seen = asyncio.Event()
        self.body_seen = asyncio.Event()

    @property
    def stalls(self) -> bool:
        """Some answer is HANG or has no end."""
        return any(isinstance(each, bytes) and each[-1:] not in b"\n>" for each in self.answers.values())

    def times(self, command: str) -> int:
        return sum(line.startswith(command) for line in self.lines)

    def _answer(self, step: str) -> bytes:
        answer = self.answers[step]
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        try:
            await self._converse(reader, writer)
        except ConnectionError:
            pass
        finally:
            self.open_connections -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, "greeting")
        while line := await reader.readline():
            self.lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            verb = self.lines[-1].upper().partition(" ")[0]
            said = await self._say(writer, verb if verb in self.answers else "AUTH")
            if verb == "DATA" and said.startswith(b"354"):
                await self._take_body(reader, writer)

    async def _take_body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.answers["body"]:
            await reader.read(1000)
            self.body_seen.set()
            await self._say(writer, "body")
        received = bytearray(b"\r\n")
        while not received.endswith(b"\r\n.\r\n"):
            chunk = await reader.read(65536)
            if not chunk:
                raise ConnectionError
            received += chunk
            self.body_bytes += len(chunk)
        self.bodies.append(bytes(received[2:-3]))
        self.dots += 1
        self.dot_seen.set()
        await self._say(writer, "dot")

    async def _say(self, writer: asyncio.StreamWriter, step: str) -> bytes:
        answer = self._answer(step)
        if answer == HANG:
            await asyncio.sleep(3600)
        for piece in answer.split(CUT)[:1]:
            writer.write(piece)
            await writer.drain()
        if CUT in answer:
            raise ConnectionError
        return answer


@contextlib.asynccontextmanager
async def context(relay: ScriptedRelay, **settings: object) -> AsyncIterator[Transport]:
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.get_running_loop().create_task(relay.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    calls = {name: settings.pop(name) for name in ("token", "refresh", "password", "idle_seconds") if name in settings}
    # Short where the relay is going to stall, and where it is not, long enough for a busy machine.
    timeout = timedelta(seconds=0.3 if relay.stalls else 20)
    timeouts = {f"{phase}_timeout": timeout for phase in ("connect", "command", "data", "dot")}
    table = {"host": "127.0.0.1", "port": server.sockets[0].getsockname()[1], "tls": "none", **timeouts, **settings}
    transport = Transport(Relay.model_validate(table), **calls)  # type: ignore[arg-type]
    try:
        yield transport
    finally:
        await transport.close()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0)


def letter(content: bytes = CONTENT, recipient: str = "ana@example.net", sender: str = "ben@example.org") -> Letter:
    return Letter(
        kind=LetterKind.ANSWER,
        key="ticket 7 answer 1",
        recipient=recipient,
        envelope_sender=sender,
        mailbox="support",
        message_id="a.7.1@example.org",
        content=content,
        text="",
    )


async def ours() -> bool:
    return True


async def attempt(relay: ScriptedRelay, about_to_dot: Callable[[], Awaitable[bool]] = ours) -> Outcome:
    async with context(relay) as transport:
        return await transport.send(letter(), about_to_dot)


async def test_a_letter_to_a_healthy_relay_is_sent_with_its_reply_kept() -> None:
    relay = ScriptedRelay()
    assert await attempt(relay) == Sent("250 2.0.0 queued as 7")
    assert relay.bodies == [CONTENT]


async def test_a_relay_that_is_not_there_is_tried_later() -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    transport = Transport(Relay(host="127.0.0.1", port=port, tls="none"))
    outcome = await transport.send(letter(), ours)
    assert isinstance(outcome, TryLater)
    assert f"127.0.0.1:{port}" in outcome.reason
    assert not outcome.login


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("greeting", HANG),
        ("greeting", CUT),
        ("greeting", b"421 4.3.2 shutting down\r\n"),
        ("greeting", b"554 5.7.1 not you\r\n"),
        ("greeting", b"x" * 100_000),
        ("EHLO", b"502 what?\r\n"),
        ("EHLO", b"250-relay.example.org\r\ngarbage\r\n"),
        ("EHLO", b"250-relay.example.org\r\n250-SIZE 1000"),
        ("EHLO", CUT),
        ("MAIL", b"451 4.3.0 not now\r\n"),
        ("MAIL", b"421 4.7.0 too much\r\n"),
        ("MAIL", HANG),
        ("MAIL", CUT),
        ("MAIL", b"\xb2\xbb\xbf\xc9\xd2\xd4\r\n"),
        ("RCPT", b"450 4.2.0 greylisted\r\n"),
        ("RCPT", b"452 4.5.3 too many\r\n"),
        ("RCPT", CUT),
        ("DATA", b"451 4.3.0 not now\r\n"),
        ("DATA", b"250 2.0.0 not what was asked\r\n"),
        ("DATA", CUT),
        ("DATA", HANG),
        ("DATA", b"354 go\r\n250 2.0.0 already queued\r\n"),
        ("body", CUT),
        ("body", b"421 4.3.2 shutting down\r\n" + CUT),
        ("body", b"250 2.0.0 thank you\r\n"),
    ],
)
async def test_whatever_ends_before_the_dot_is_tried_later_and_no_dot_was_sent(step: str, answer: bytes) -> None:
    relay = ScriptedRelay(**{step: answer})

    async def when_the_body_was_seen() -> bool:
        if step == "body":
            await relay.body_seen.wait()
            await asyncio.sleep(0.05)
        return True

    outcome = await attempt(relay, when_the_body_was_seen)
    assert isinstance(outcome, TryLater), outcome
    assert not outcome.login
    assert outcome.reason.isprintable()
    assert relay.dots == 0


@pytest.mark.parametrize(
    ("step", "answer", "reason"),
    [
        ("MAIL", b"552 5.3.4 too big\r\n", "MAIL: 552 5.3.4 too big"),
        ("RCPT", b"550 5.1.1 no such user\r\n", "RCPT: 550 5.1.1 no such user"),
        ("DATA", b"554 5.6.0 no recipients\r\n", "DATA: 554 5.6.0 no recipients"),
        ("dot", b"550-5.7.1 like spam\r\n550 5.7.1 to\x1b us\r\n", "the final dot: 550 5.7.1 like spam 5.7.1 to  us"),
    ],
)
async def test_a_5xx_is_refused_with_the_relays_own_words(step: str, answer: bytes, reason: str) -> None:
    assert await attempt(ScriptedRelay(**{step: answer})) == Refused(reason)


async def test_a_refusal_in_the_middle_of_the_body_is_heard() -> None:
    relay = ScriptedRelay(EHLO=ROOMY, body=b"552 5.3.4 too big\r\n")
    async with context(relay) as transport:
        outcome = await transport.send(letter(CONTENT + b"line\r\n" * 1_000_000), ours)
    assert outcome == Refused("while the message was being sent: 552 5.3.4 too big")
    assert relay.dots == 0


async def test_a_relay_that_stops_reading_the_body_is_tried_later() -> None:
    relay = ScriptedRelay(EHLO=ROOMY, body=HANG)
    async with context(relay) as transport:
        outcome = await transport.send(letter(CONTENT + b"line\r\n" * 3_000_000), ours)
    assert isinstance(outcome, TryLater)
    assert "stopped reading" in outcome.reason
    assert relay.dots == 0


@pytest.mark.parametrize("answer", [b"451 4.3.0 disk full\r\n", b"421 4.3.2 shutting down\r\n"])
async def test_a_4xx_to_the_dot_is_provably_not_accepted(answer: bytes) -> None:
    outcome = await attempt(ScriptedRelay(dot=answer))
    assert outcome == TryLater(f"the final dot: {answer.decode().strip()}")


@pytest.mark.parametrize(
    "answer",
    [
        CUT,
        HANG,
        b"\xb2\xbb\xbf\xc9\xd2\xd4\r\n",
        b"OK\r\n",
        b"354 go on\r\n",
        b"25\r\n",
        b"999 9.9.9\r\n",
        b"250-2.0.0 half of" + CUT,
    ],
)
async def test_without_an_answer_to_the_dot_the_outcome_is_unknown(answer: bytes) -> None:
    relay = ScriptedRelay(dot=answer)
    outcome = await attempt(relay)
    assert isinstance(outcome, Unknown), outcome
    assert outcome.reason.isprintable()
    assert relay.dots == 1


async def test_the_code_decides_and_not_the_alphabet_of_the_text() -> None:
    assert isinstance(await attempt(ScriptedRelay(dot="250 已收到\r\n".encode("gbk"))), Sent)
    assert isinstance(await attempt(ScriptedRelay(dot="550 用户不存在\r\n".encode())), Refused)


async def test_a_relay_that_hangs_up_after_its_250_has_accepted() -> None:
    relay = ScriptedRelay(dot=b"250 2.0.0 queued\r\n" + CUT)
    async with context(relay) as transport:
        assert await transport.send(letter(), ours) == Sent("250 2.0.0 queued")
        assert await transport.send(letter(), ours) == Sent("250 2.0.0 queued")
    assert relay.connections == 2


async def test_a_letter_that_is_no_longer_ours_gets_no_dot() -> None:
    relay = ScriptedRelay()

    async def not_ours() -> bool:
        return False

    async with context(relay) as transport:
        assert await transport.send(letter(), not_ours) == TryLater("no longer ours")
        assert await transport.send(letter(), ours) == Sent("250 2.0.0 queued as 7")
    assert relay.dots == 1
    assert relay.connections == 2


async def test_the_relay_has_the_whole_body_before_we_commit_to_the_dot() -> None:
    relay = ScriptedRelay(EHLO=ROOMY)
    content = CONTENT + b"line\r\n" * 200_000
    at_the_commit = []

    async def look() -> bool:
        async with asyncio.timeout(5):
            while relay.body_bytes < len(content):
                await asyncio.sleep(0.01)
        at_the_commit.append((relay.body_bytes, relay.dots))
        return True

    async with context(relay) as transport:
        assert isinstance(await transport.send(letter(content), look), Sent)
    assert at_the_commit == [(len(content), 0)]
    assert relay.bodies == [content]


async def test_what_the_commit_raises_is_passed_up_and_no_dot_was_sent() -> None:
    relay = ScriptedRelay()

    async def broken() -> bool:
        raise ConnectionResetError("the database is gone")

    with pytest.raises(ConnectionResetError, match="database"):
        await attempt(relay, broken)
    assert relay.dots == 0


async def test_cancelling_before_the_dot_cancels_and_after_the_dot_gives_unknown() -> None:
    relay = ScriptedRelay(dot=HANG)
    waiting = asyncio.Event()

    async def for_ever() -> bool:
        waiting.set()
        await asyncio.sleep(3600)
        return True

    async with context(relay, dot_timeout=timedelta(seconds=30)) as transport:
        before = asyncio.create_task(transport.send(letter(), for_ever))
        await waiting.wait()
        before.cancel()
        with pytest.raises(asyncio.CancelledError):
            await before
        assert relay.dots == 0
        after = asyncio.create_task(transport.send(letter(), ours))
        await relay.dot_seen.wait()
        after.cancel()
        assert isinstance(await after, Unknown)
    assert relay.connections == 2


@pytest.mark.parametrize("code", [530, 534, 535, 538, 504])
async def test_a_refused_login_holds_every_letter_and_never_refuses_one(code: int) -> None:
    relay = ScriptedRelay(AUTH=f"{code} 5.7.8 no\r\n".encode())
    async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
        outcome = await transport.send(letter(), ours)
        both = f"PLAIN: {code} 5.7.8 no; LOGIN: {code} 5.7.8 no"
        assert outcome == TryLater(f"login: {code} 5.7.8 no" if code == 535 else f"login: {both}", login=True)
        assert await transport.send(letter(), ours) == outcome
        with pytest.raises(MailboxError) as failure:
            await transport.check()
        assert failure.value.permanent
    assert relay.times("AUTH PLAIN") == 2
    assert relay.times("AUTH LOGIN") == (0 if code == 535 else 2)


async def test_letters_that_wait_together_try_a_wrong_password_once() -> None:
    relay = ScriptedRelay(AUTH=b"535 5.7.8 no\r\n")
    async with context(relay, user="desk@example.org", password=lambda: "wrong") as transport:
        outcomes = await asyncio.gather(*(transport.send(letter(), ours) for _ in range(8)))
    assert all(isinstance(outcome, TryLater) and outcome.login for outcome in outcomes)
    assert relay.times("AUTH") == 1


@pytest.mark.parametrize("code", [421, 432, 450, 454])
async def test_a_temporary_refusal_of_the_login_is_an_ordinary_outage(code: int) -> None:
    relay = ScriptedRelay(AUTH=f"{code} 4.7.0 try again\r\n".encode())
    async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
        assert await transport.send(letter(), ours) == TryLater(f"login: {code} 4.7.0 try again", outage=True)
    assert relay.times("AUTH") == 1


@pytest.mark.parametrize("code", [500, 501, 502, 503, 504, 534, 538, 554])
async def test_login_is_tried_where_plain_is_offered_and_not_accepted(code: int) -> None:
    refused = f"{code} 5.5.4 not this one\r\n".encode()
    steps = [refused, b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n", b"235 2.7.0 welcome\r\n"]
    relay = ScriptedRelay(AUTH=steps)
    async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
        assert isinstance(await transport.send(letter(), ours), Sent)
    assert relay.lines[2:5] == ["AUTH LOGIN", "ZGVza0BleGFtcGxlLm9yZw==", "c2VjcmV0"]


async def test_a_relay_that_hangs_up_after_a_refusal_is_a_refused_login() -> None:
    relay = ScriptedRelay(AUTH=[b"504 5.5.4 no\r\n", CUT])
    async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
        outcome = await transport.send(letter(), ours)
    assert outcome == TryLater("login: 504 5.5.4 no", login=True)


async def test_the_operator_may_choose_the_mechanism() -> None:
    steps = [b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n", b"235 2.7.0 welcome\r\n"]
    relay = ScriptedRelay(AUTH=steps)
    async with context(relay, user="desk@example.org", password=lambda: "secret", auth="login") as transport:
        assert isinstance(await transport.send(letter(), ours), Sent)
    assert relay.times("AUTH PLAIN") == 0
    relay = ScriptedRelay()
    async with context(relay, user="desk@example.org", password=lambda: "secret", auth="scram-sha-256") as transport:
        outcome = await transport.send(letter(), ours)
    why = "login: the relay offers PLAIN LOGIN XOAUTH2, and of SCRAM-SHA-256 none"
    assert outcome == TryLater(why, login=True)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
async def test_a_relay_that_asks_for_a_login_late_holds_the_letters(step: str) -> None:
    outcome = await attempt(ScriptedRelay(**{step: b"530 5.7.0 log in first\r\n"}))
    assert isinstance(outcome, TryLater)
    assert outcome.login


async def test_a_relay_without_our_kind_of_login_holds_the_letters() -> None:
    for offer in (b"250 relay.example.org\r\n", b"250-relay.example.org\r\n250 AUTH GSSAPI\r\n"):
        relay = ScriptedRelay(EHLO=offer)
        async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
            outcome = await transport.send(letter(), ours)
        assert isinstance(outcome, TryLater)
        assert outcome.login
        assert relay.times("MAIL") == 0


async def test_a_password_that_cannot_be_read_holds_the_letters() -> None:
    def missing() -> str:
        raise ConfigError("smtp.password_file: not there")

    relay = ScriptedRelay()
    async with context(relay, user="desk@example.org", password=missing) as transport:
        outcome = await transport.send(letter(), ours)
    assert outcome == TryLater("login: smtp.password_file: not there", login=True)
    assert relay.times("AUTH") == 0


async def test_login_is_used_where_plain_is_not_offered() -> None:
    relay = ScriptedRelay(
        EHLO=b"250-relay.example.org\r\n250 AUTH LOGIN\r\n",
        AUTH=[b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n", b"235 2.7.0 welcome\r\n"],
    )
    async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
        assert isinstance(await transport.send(letter(), ours), Sent)
    assert relay.lines[1:4] == ["AUTH LOGIN", "ZGVza0BleGFtcGxlLm9yZw==", "c2VjcmV0"]


async def test_a_stale_token_is_refreshed_once_and_used_anew() -> None:
    tokens = ["stale", "fresh"]
    relay = ScriptedRelay(AUTH=[b"334 eyJzdGF0dXMifQ==\r\n", b"535 5.7.8 expired\r\n", b"235 2.7.0 welcome\r\n"])
    async with context(
        relay, user="desk@example.org", token=lambda: tokens[0], refresh=lambda: tokens.reverse()
    ) as transport:
        assert isinstance(await transport.send(letter(), ours), Sent)
    assert relay.times("AUTH XOAUTH2") == 2
    assert relay.lines[2] == "", "the error challenge must be answered by an empty line"


async def test_a_token_that_stays_refused_is_tried_twice_and_no_more() -> None:
    refreshed = []
    relay = ScriptedRelay(AUTH=b"535 5.7.8 expired\r\n")
    async with context(
        relay, user="desk@example.org", token=lambda: "stale", refresh=lambda: refreshed.append(1)
    ) as transport:
        outcome = await transport.send(letter(), ours)
    assert outcome == TryLater("login: 535 5.7.8 expired", login=True)
    assert relay.times("AUTH") == 2
    assert refreshed == [1]


async def test_starttls_is_never_silently_left_out() -> None:
    relay = ScriptedRelay()
    async with context(relay, tls="starttls", user="desk@example.org", password=lambda: "secret") as transport:
        outcome = await transport.send(letter(), ours)
    assert isinstance(outcome, TryLater)
    assert outcome.login, "it must alarm like a refused login"
    assert "does not offer STARTTLS" in outcome.reason
    assert [line.split()[0] for line in relay.lines] == ["EHLO"]


@pytest.mark.parametrize("answer", [b"454 4.7.0 no TLS now\r\n", b"220 go\r\n250 injected in plain text\r\n", CUT])
async def test_a_starttls_that_does_not_lead_to_tls_gives_no_password_away(answer: bytes) -> None:
    relay = ScriptedRelay(EHLO=b"250-relay.example.org\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", STARTTLS=answer)
    async with context(relay, tls="starttls", user="desk@example.org", password=lambda: "secret") as transport:
        outcome = await transport.send(letter(), ours)
    assert isinstance(outcome, TryLater)
    assert relay.times("AUTH") == 0
    assert relay.times("MAIL") == 0


async def test_a_connection_is_reused_with_rset_between_letters() -> None:
    relay = ScriptedRelay(RCPT=[b"250 ok\r\n", b"550 5.1.1 nobody\r\n", b"250 ok\r\n"])
    async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
        outcomes = [await transport.send(letter(), ours) for _ in range(3)]
    assert [type(outcome) for outcome in outcomes] == [Sent, Refused, Sent]
    assert relay.connections == 1
    assert relay.times("RSET") == 2
    assert relay.times("QUIT") == 1


async def test_no_more_connections_than_allowed() -> None:
    relay = ScriptedRelay()
    highest = 0

    async def watch() -> bool:
        nonlocal highest
        highest = max(highest, relay.open_connections)
        await asyncio.sleep(0.02)
        return True

    async with context(relay, connections=3) as transport:
        await asyncio.gather(*(transport.send(letter(), watch) for _ in range(12)))
    assert highest == 3
    assert relay.connections == 3
    assert relay.dots == 12


async def test_an_idle_connection_is_closed_with_quit() -> None:
    relay = ScriptedRelay()
    async with context(relay, idle_seconds=0.05) as transport:
        await transport.send(letter(), ours)
        async with asyncio.timeout(5):
            while relay.open_connections:
                await asyncio.sleep(0.01)
        assert relay.times("QUIT") == 1
        assert isinstance(await transport.send(letter(), ours), Sent)
    assert relay.connections == 2


async def test_a_connection_that_died_while_idle_costs_nothing() -> None:
    relay = ScriptedRelay(RSET=[CUT, b"250 ok\r\n"])
    async with context(relay) as transport:
        assert isinstance(await transport.send(letter(), ours), Sent)
        assert isinstance(await transport.send(letter(), ours), Sent)
    assert relay.connections == 2


async def test_an_answer_too_many_spoils_the_connection_and_not_the_next_letter() -> None:
    relay = ScriptedRelay(dot=[b"250 2.0.0 queued\r\n250 2.0.0 and again\r\n", b"550 5.7.1 spam\r\n"])
    async with context(relay) as transport:
        assert await transport.send(letter(), ours) == Sent("250 2.0.0 queued")
        assert await transport.send(letter(), ours) == Refused("the final dot: 550 5.7.1 spam")
    assert relay.connections == 2


async def test_a_letter_over_the_announced_size_is_refused_before_it_is_sent() -> None:
    relay = ScriptedRelay()
    async with context(relay) as transport:
        outcome = await transport.send(letter(CONTENT + b"x" * 60 + b"\r\n" * 500_000), ours)
        assert isinstance(outcome, Refused)
        assert "1000000" in outcome.reason
        assert isinstance(await transport.send(letter(), ours), Sent)
    assert relay.times("MAIL") == 1
    assert f"MAIL FROM:<ben@example.org> SIZE={len(CONTENT)}" in relay.lines


async def test_only_what_is_offered_and_needed_is_asked_for() -> None:
    offers = EHLO[:4] + b"relay.example.org\r\n250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN\r\n"
    relay = ScriptedRelay(EHLO=offers)
    async with context(relay) as transport:
        await transport.send(letter(), ours)
        await transport.send(letter(CONTENT + "é\r\n".encode(), sender=""), ours)
        await transport.send(letter(recipient="张@bücher.example.net", sender=""), ours)
    mails = [line for line in relay.lines if line.startswith("MAIL")]
    assert mails == [
        f"MAIL FROM:<ben@example.org> SIZE={len(CONTENT)} RET=HDRS ENVID=a.7.1@example.org",
        f"MAIL FROM:<> SIZE={len(CONTENT) + 4} BODY=8BITMIME",
        f"MAIL FROM:<> SIZE={len(CONTENT)} SMTPUTF8",
    ]
    recipients = [line for line in relay.lines if line.startswith("RCPT")]
    assert recipients == [
        "RCPT TO:<ana@example.net> NOTIFY=FAILURE,DELAY",
        "RCPT TO:<ana@example.net>",
        "RCPT TO:<张@xn--bcher-kva.example.net>",
    ]


@pytest.mark.parametrize(
    ("content", "recipient"), [(CONTENT, "张@example.net"), (CONTENT + "é\r\n".encode(), "ana@example.net")]
)
async def test_what_the_relay_cannot_carry_is_refused_and_not_bent(content: bytes, recipient: str) -> None:
    relay = ScriptedRelay(EHLO=b"250 relay.example.org\r\n")
    async with context(relay) as transport:
        assert isinstance(await transport.send(letter(content, recipient), ours), Refused)
    assert relay.times("MAIL") == 0


async def test_check_says_in_one_line_what_the_relay_is() -> None:
    relay = ScriptedRelay()
    async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
        line = await transport.check()
    assert line.endswith("no TLS, login desk@example.org (PLAIN), up to 1 MB, 8BITMIME")
    assert relay.times("QUIT") == 1


async def test_check_tells_an_outage_from_a_refused_login() -> None:
    async with context(ScriptedRelay(greeting=b"421 later\r\n")) as transport:
        with pytest.raises(MailboxError) as failure:
            await transport.check()
    assert not failure.value.permanent


async def test_ehlo_names_us_by_our_mail_domain() -> None:
    relay = ScriptedRelay()
    async with context(relay, user="desk@example.org", password=lambda: "secret") as transport:
        await transport.send(letter(), ours)
    async with context(relay) as transport:
        await transport.send(letter(), ours)
    assert [line for line in relay.lines if line.startswith("EHLO")] == ["EHLO example.org", "EHLO [127.0.0.1]"]
