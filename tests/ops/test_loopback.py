"""The loopback mail world is a mail world: a login, a border that stamps what it lets in, and a mailbox each."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from desk.errors import DeskError
from desk.letters import Letter, LetterKind, Sent
from mailer.account import Relay
from mailer.smtp.transport import Transport
from ops.demo import loopback
from ops.demo.loopback import Loopback
from ops.demo.stamp import stamp
from servers.pace import patience

USERS = {"ana@example.net": "secret of ana", "ben@example.org": "secret of ben"}


@pytest.fixture(scope="module")
def context() -> Iterator[Loopback]:
    with Loopback(USERS, aliases={"desk@example.org": "ben@example.org", "Help@example.org": "ben@example.org"}) as it:
        yield it


def send(
    context: Loopback,
    content: bytes,
    recipient: str = "ben@example.org",
    login: str = "ana@example.net",
    sender: str | None = None,
) -> None:
    with smtplib.SMTP(context.host, context.smtp_port, timeout=patience(10)) as smtp:
        smtp.login(login, USERS[login])
        smtp.sendmail(login if sender is None else sender, [recipient], content, mail_options=["BODY=8BITMIME"])


def inbox(context: Loopback, user: str) -> list[bytes]:
    client = IMAPClient(context.host, context.imap_port, ssl=False, timeout=patience(10))
    client.login(user, USERS[user])
    client.select_folder("INBOX", readonly=True)
    mails = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
    client.logout()
    return [mails[uid][b"BODY[]"] for uid in sorted(mails)]


def last(context: Loopback, user: str = "ben@example.org") -> bytes:
    return inbox(context, user)[-1]


def mail(subject: str, author: str = "ana@example.net") -> bytes:
    return f"From: {author}\r\nTo: ben@example.org\r\nSubject: {subject}\r\n\r\nGood morning.\r\n".encode()


def test_a_login_is_required(context: Loopback) -> None:
    with smtplib.SMTP(context.host, context.smtp_port, timeout=patience(10)) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
            smtp.sendmail("ana@example.net", ["ben@example.org"], mail("no login"))
        assert refusal.value.smtp_code == 530
        for user, password in [("ana@example.net", "wrong"), ("chris@example.org", ""), ("chris@example.org", "x")]:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                smtp.login(user, password)
    client = IMAPClient(context.host, context.imap_port, ssl=False, timeout=patience(10))
    with pytest.raises(LoginError):
        client.login("ana@example.net", "wrong")
    client.shutdown()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_both_common_ways_to_log_in_work(context: Loopback, mechanism: str) -> None:
    with smtplib.SMTP(context.host, context.smtp_port, timeout=patience(10)) as smtp:
        smtp.ehlo()
        assert mechanism in smtp.esmtp_features["auth"].split()
        smtp.user, smtp.password = "ana@example.net", USERS["ana@example.net"]
        code, _ = smtp.auth(mechanism, getattr(smtp, f"auth_{mechanism.lower()}"))
        assert code == 235


def test_two_users_each_see_their_own_mail(context: Loopback) -> None:
    send(context, mail("to ben"))
    send(context, mail("to ana", "ben@example.org"), "ana@example.net", "ben@example.org")
    assert any(b"Subject: to ben" in content for content in inbox(context, "ben@example.org"))
    assert not any(b"Subject: to ben" in content for content in inbox(context, "ana@example.net"))
    assert any(b"Subject: to ana" in content for content in inbox(context, "ana@example.net"))
    assert not any(b"Subject: to ana" in content for content in inbox(context, "ben@example.org"))


@pytest.mark.parametrize(
    "alias", ["desk@example.org", "help@Example.ORG", "ben+ticket7@example.org", "desk+x@example.org"]
)
def test_aliases_and_tags_lead_to_their_user(context: Loopback, alias: str) -> None:
    send(context, mail("by alias"), alias)
    assert f"for <{alias}>".lower().encode() in last(context).lower()


def test_unknown_recipients_are_refused_and_nothing_leaves(context: Loopback) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(context, mail("nobody"), "nobody@example.org")
    assert refusal.value.recipients["nobody@example.org"] == (550, b"5.1.1 No such user here")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(context, mail("away"), "somebody@example.com")
    assert refusal.value.recipients["somebody@example.com"][0] == 550


def test_what_it_accepts_is_stamped_on_top(context: Loopback) -> None:
    send(context, mail("stamped", '"Ana, of old" <Ana@Example.net>'))
    lines = last(context).split(b"\r\n")
    assert lines[0] == b"Return-Path: <ana@example.net>"
    assert lines[1].startswith(b"Received: from ")
    assert b" by mx.loopback.test with ESMTPA id " in lines[1]
    assert lines[3] == (
        b"Authentication-Results: mx.loopback.test; auth=pass smtp.auth=ana@example.net smtp.mailfrom=ana@example.net;"
    )
    assert lines[4] == b"\tdmarc=pass header.from=example.net"
    assert lines[5].startswith(b"From: ")


def test_a_null_sender_is_accepted_after_login(context: Loopback) -> None:
    send(context, mail("bounce", "Mail Delivery <mailer-daemon@example.net>"), sender="")
    content = last(context)
    assert content.startswith(b"Return-Path: <>\r\n")
    assert b"smtp.mailfrom" not in content
    assert b"dmarc=fail header.from=example.net" in content


def test_eight_bit_and_large_mail_is_byte_exact_below_the_trace(context: Loopback) -> None:
    content = mail("large") + (bytes(range(1, 256)).translate(None, b"\r\n") + b"\r\n.\r\n") * 4000
    send(context, content)
    assert last(context).endswith(b"dmarc=pass header.from=example.net\r\n" + content)
    assert len(content) > 1_000_000


def test_a_mail_over_50_mb_is_refused(context: Loopback) -> None:
    with smtplib.SMTP(context.host, context.smtp_port, timeout=patience(10)) as smtp:
        smtp.login("ana@example.net", USERS["ana@example.net"])
        assert smtp.esmtp_features["size"] == "50000000"
        assert smtp.mail("ana@example.net", ["SIZE=50000001"])[0] == 552


def stamped(content: bytes, login: str = "ana@example.net", sender: str = "ana@example.net") -> str:
    result = stamp(
        content,
        authserv_id="mx.loopback.test",
        sender=sender,
        recipient="ben@example.org",
        login=login,
        greeting="[127.0.0.1]\r\nX: y",
        number=7,
        now=datetime(2026, 11, 1, 12, tzinfo=UTC),
    )
    return result.decode("latin-1")


@pytest.mark.parametrize(
    "author",
    [
        "Ben <ben@example.org>",
        "ana@example.net, ben@example.org",
        "ana@example.net <ben@example.org>",
        "ana@example.net\r\nFrom: ben@example.org",
        "Team: ana@example.net;",
        "ana@example.net (ben@example.org)",
        '"ana@example.net" <ben@example.org>',
        "",
        "<>",
    ],
)
def test_a_from_that_is_not_plainly_the_login_fails_dmarc(author: str) -> None:
    result = stamped(mail("x", author))
    assert "dmarc=fail" in result
    assert "dmarc=pass" not in result


@pytest.mark.parametrize(
    "author",
    ["ana@example.net", "Ana <ana@example.net>", '"A, \\"B\\"" <ANA@example.net>', " <ana@example.net> "],
)
def test_a_from_that_is_plainly_the_login_passes_dmarc(author: str) -> None:
    assert "dmarc=pass header.from=example.net\r\n" in stamped(mail("x", author))


@pytest.mark.parametrize(
    "forged",
    [
        b"Authentication-Results: mx.loopback.test; dmarc=forged\r\n",
        b"AUTHENTICATION-RESULTS:MX.Loopback.Test 1; dmarc=forged\r\n",
        b"Authentication-Results :\r\n\tmx.loopback.test;\r\n dmarc=forged\r\n",
        b'Authentication-Results: "mx.loopback.test"; dmarc=forged\r\n',
        b"Authentication-Results: (a; b (c)) mx.loopback.test (d) ; dmarc=forged\r\n",
        b"Authentication-Results: (\\) ; ) mx.loopback.test; dmarc=forged\r\n",
        b"X-Note: a\rAuthentication-Results: mx.loopback.test; dmarc=forged\r\n",
        b"X-Note: a\nAuthentication-Results: mx.loopback.test; dmarc=forged\r\n",
    ],
)
def test_a_forged_result_in_our_name_is_taken_away(forged: bytes) -> None:
    for content in (forged + mail("x"), mail("x").replace(b"\r\nSubject", b"\r\n" + forged + b"Subject", 1)):
        result = stamped(content)
        assert "forged" not in result
        assert result.lower().count("authentication-results") == 1
        assert result.endswith("\r\n\r\nGood morning.\r\n")


def test_a_mail_cannot_continue_our_last_line() -> None:
    result = stamped(b"\t; dmarc=forged\r\n \r\n" + mail("x", "ben@example.org"))
    assert "\tdmarc=fail header.from=example.org\r\nFrom: ben@example.org\r\n" in result
    assert "forged" not in result


def test_results_of_others_stay_below_ours() -> None:
    others = b"Authentication-Results: mx.example.net; dmarc=fail reason=mx.loopback.test\r\n"
    result = stamped(others + mail("x"))
    assert result.index("mx.loopback.test; auth=pass") < result.index("mx.example.net; dmarc=fail")


def test_an_envelope_sender_cannot_write_results() -> None:
    result = stamped(mail("x", "ben@example.org"), sender='"; dmarc=pass header.from=example.org; x"@example.net')
    results = result.partition("Authentication-Results:")[2].partition("From:")[0]
    assert "dmarc=pass" not in results


def test_odd_messages_keep_their_shape_below_the_trace() -> None:
    trace = stamped(b"\r\n")[:-2]
    assert stamped(b"\r\nbody only\r\n") == trace + "\r\nbody only\r\n"
    assert stamped(b"Subject: header only\r\n") == trace + "Subject: header only\r\n"
    assert "[127.0.0.1]X:y by mx.loopback.test" in trace


async def test_a_letter_of_ours_goes_out_by_it_and_arrives_unchanged(context: Loopback) -> None:
    relay = Relay(host=context.host, port=context.smtp_port, tls="none", user="ben@example.org")
    transport = Transport(relay, password=lambda: USERS["ben@example.org"])
    content = mail("a letter", "ben@example.org") + b".\r\n..\r\n"
    letter = Letter(LetterKind.ANSWER, "key", "ana@example.net", "", "support", "a.7.1@example.org", content, "")

    async def ours() -> bool:
        return True

    assert isinstance(await transport.send(letter, ours), Sent)
    assert "up to 50 MB" in await transport.check()
    await transport.close()
    assert last(context, "ana@example.net").endswith(b"dmarc=pass header.from=example.org\r\n" + content)


def test_fixed_ports_are_used_and_a_taken_one_is_named() -> None:
    with socket.create_server((loopback.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DeskError, match=str(port)):
            Loopback(USERS, smtp_port=port).start()
        with pytest.raises(DeskError, match=f"IMAP.*{port}"):
            Loopback(USERS, imap_port=port).start()
    context = Loopback(USERS, smtp_port=port)
    context.start()
    assert context.smtp_port == port
    context.stop()
    context.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((context.host, context.imap_port), timeout=1)


def test_the_imap_process_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from ops.demo.loopback import Loopback
        world = Loopback({"ana@example.net": "secret"})
        world.start()
        print(world._imap.pid, world.imap_port, flush=True)
        sys.stdin.read()
    """)
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(loopback.__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with parent:
        assert parent.stdout is not None
        pid, port = map(int, parent.stdout.readline().split())
        socket.create_connection((loopback.HOST, port), timeout=5).close()
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + patience(5)
    while _listens(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _listens(port), f"process {pid} is still there"


def _listens(port: int) -> bool:
    try:
        socket.create_connection((loopback.HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
