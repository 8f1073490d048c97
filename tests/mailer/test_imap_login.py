"""Reaching a server: encryption as configured or not at all, the right words for every refusal."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme

from desk.errors import ConfigError, MailboxError
from mailer.imap.source import connect
from mailer.secrets import Secrets
from servers.dovecot import Dovecot
from servers.mailbox import AT, account, secrets
from servers.scripted import Conversation, Scripted


def fails(port: int, password: str = "secret", **changes: object) -> MailboxError:
    """The error of a connection that must not come about."""
    with pytest.raises(MailboxError) as caught:
        connect(account(port, str(changes.pop("user", "t0")), **changes), secrets(password))
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_both_kinds_of_tls_work_with_the_right_authority(dovecot: Dovecot, imap_user: str, tls: str) -> None:
    port = dovecot.tls_port if tls == "tls" else dovecot.port
    source = connect(account(port, imap_user, tls=tls, tls_ca=dovecot.ca), secrets())
    try:
        assert source.open("INBOX") > 0
        assert source.list() == frozenset()
        assert source.wait(0.05) is False
        source.wake()
        assert source.wait(20) is True
    finally:
        source.close()


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_an_unknown_authority_is_refused(dovecot: Dovecot, imap_user: str, tls: str, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    port = dovecot.tls_port if tls == "tls" else dovecot.port
    for authorities in (None, other):
        error = fails(port, user=imap_user, tls=tls, tls_ca=authorities)
        assert error.permanent
        assert "certificate is not trusted" in str(error)


def test_a_certificate_for_another_host_is_refused(dovecot: Dovecot, imap_user: str) -> None:
    # Another spelling of 127.0.0.1, which the certificate does not name.
    error = fails(dovecot.tls_port, user=imap_user, tls="tls", tls_ca=dovecot.ca, host="127.1")
    assert error.permanent
    assert "mismatch" in str(error)


def test_tls_spoken_to_a_plain_port_says_so(dovecot: Dovecot, imap_user: str) -> None:
    error = fails(dovecot.port, user=imap_user, tls="tls", tls_ca=dovecot.ca)
    assert "does not speak TLS on this port" in str(error)


def test_an_authorities_file_that_is_none_is_a_matter_of_configuration(dovecot: Dovecot, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="tls_ca"):
        connect(account(dovecot.tls_port, "t0", tls="tls", tls_ca=tmp_path / "none.pem"), secrets())


@pytest.mark.parametrize("greeting", [b"* OK ready", b"* PREAUTH welcome back"])
def test_starttls_that_is_not_offered_is_never_done_without(greeting: bytes) -> None:
    capability = b"IMAP4rev1 STARTTLS" if b"PREAUTH" in greeting else b"IMAP4rev1 AUTH=PLAIN"
    with Scripted(greeting=greeting, capability=capability) as server:
        error = fails(server.port, tls="starttls")
        assert error.permanent
        assert "does not offer STARTTLS" in str(error)
        assert server.heard == [b"CAPABILITY"]


def test_plain_text_slipped_in_behind_starttls_is_refused() -> None:
    def inject(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line == b"STARTTLS":
            talk.say(tag + b" OK begin", b"* CAPABILITY IMAP4rev1 AUTH=EVIL")
            return True
        return False

    with Scripted(inject, capability=b"IMAP4rev1 STARTTLS") as server:
        assert "plain text came between" in str(fails(server.port, tls="starttls"))


def test_a_wrong_password_is_permanent_and_not_repeated_in_the_error(dovecot: Dovecot, imap_user: str) -> None:
    error = fails(dovecot.port, user=imap_user, password="hunter2-wrong")
    assert error.permanent
    assert "AUTHENTICATIONFAILED" in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        (b"NO [AUTHENTICATIONFAILED] Invalid credentials", True),
        (b"NO [EXPIRED] password expired", True),
        (b"NO LOGIN failed", True),
        (b"BAD no", True),
        (b"NO [UNAVAILABLE] try another time", False),
        (b"NO [INUSE] mailbox locked", False),
        (b"NO [LIMIT] enough of you", False),
        (b"NO [ALERT] Too many simultaneous connections. (Failure)", False),
        (b"BAD User is authenticated but not connected.", False),
    ],
)
def test_a_refused_login_is_permanent_only_when_trying_again_cannot_help(answer: bytes, permanent: bool) -> None:
    def refuse(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"LOGIN"):
            talk.say(tag + b" " + answer)
            return True
        return False

    with Scripted(refuse) as server:
        error = fails(server.port)
        assert error.permanent is permanent
        assert answer.split(b" ")[-1].decode() in str(error)


def test_a_line_that_breaks_during_the_login_is_temporary() -> None:
    def leave(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"LOGIN"):
            talk.say(b"* BYE overloaded, come back")
            talk.hang_up()
        return line.startswith(b"LOGIN")

    with Scripted(leave) as server:
        error = fails(server.port)
        assert not error.permanent
        assert "overloaded" in str(error)


def test_a_server_that_repeats_the_password_does_not_get_it_into_the_error() -> None:
    def echo(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"LOGIN"):
            talk.say(tag + b" BAD what is " + line)
            return True
        return False

    with Scripted(echo) as server:
        assert "hunter2" not in str(fails(server.port, password="hunter2"))


def test_user_and_password_are_quoted() -> None:
    with Scripted() as server:
        connect(account(server.port, 'a b"c\\d'), secrets('p"\\ w')).close()
        assert rb'LOGIN "a b\"c\\d" "p\"\\ w"' in server.heard
        error = fails(server.port, password="x\r\na DELETE INBOX")
        assert "control character" in str(error)
        assert not any(b"DELETE" in line for line in server.heard)


def test_a_password_that_is_not_ascii_goes_by_plain() -> None:
    sent: list[bytes] = []

    def accept(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"AUTHENTICATE PLAIN"):
            talk.say(b"+ ")
            sent.append(base64.b64decode(talk.hear()))
            talk.say(tag + b" OK in")
            return True
        return False

    with Scripted(accept, capability=b"IMAP4rev1 AUTH=PLAIN") as server:
        connect(account(server.port, "ana"), secrets("pässwörd")).close()
    assert sent == ["\0ana\0pässwörd".encode()]
    with Scripted() as server:
        assert fails(server.port, password="pässwörd").permanent
    with Scripted(capability=b"IMAP4rev1 LOGINDISABLED") as server:
        assert fails(server.port).permanent
        assert not any(line.startswith(b"LOGIN ") for line in server.heard)


def test_a_real_server_understands_our_plain(dovecot: Dovecot) -> None:
    # A user that is not ASCII forces PLAIN. There is none, and Dovecot says just that.
    error = fails(dovecot.port, user="änn", password="secret")
    assert error.permanent
    assert "AUTHENTICATIONFAILED" in str(error)


def test_what_the_server_offers_is_read_again_after_the_login_and_id_is_sent() -> None:
    state = {"in": False}

    def change(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"LOGIN"):
            state["in"] = True
        if line == b"CAPABILITY":
            talk.say(b"* CAPABILITY IMAP4rev1" + (b" ID MOVE" if state["in"] else b""), tag + b" OK")
        if line.startswith(b"ID "):
            talk.say(tag + b" BAD I only pretend")
        return line == b"CAPABILITY" or line.startswith(b"ID ")

    with Scripted(change) as server:
        source = connect(account(server.port, "ana"), secrets())
        source.open("INBOX")
        source.archive(["1"])
        source.close()
    assert [line for line in server.heard if line.startswith((b"ID", b"UID MOVE"))] == [
        b'ID ("name" "Postdesk")',
        b'UID MOVE 1 "Postdesk"',
    ]


class _Issuer(BaseHTTPRequestHandler):
    """Hands out token-1, token-2, …"""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.issued += 1  # type: ignore[attr-defined]
        body = json.dumps({"access_token": f"token-{self.server.issued}", "expires_in": 3600}).encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def issuer() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Issuer)
    server.issued = 0  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/token"
    server.shutdown()
    thread.join()
    server.server_close()


def by_token(good: bytes, seen: list[bytes], mechanism: bytes = b"XOAUTH2") -> object:
    """A handler that lets in only the bearer of one token, and says so to others as Google and Microsoft do."""

    def handle(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if not line.startswith(b"AUTHENTICATE " + mechanism):
            return False
        talk.say(b"+ ")
        first = base64.b64decode(talk.hear())
        seen.append(first)
        if b"Bearer " + good in first:
            talk.say(tag + b" OK in")
        else:
            talk.say(b"+ " + base64.b64encode(b'{"status":"400","schemes":"Bearer"}'))
            seen.append(talk.hear())
            talk.say(tag + b" NO [AUTHENTICATIONFAILED] Invalid credentials")
        return True

    return handle


def oauth_login(port: int, token_url: str, data: Path) -> None:
    oauth = {"token_url": token_url, "client_id": "desk", "refresh_token_env": "REFRESH"}
    connect(
        account(port, "help@example.org", password_env=None, oauth=oauth),
        Secrets(data, lambda: AT, {"REFRESH": "first"}),
    ).close()


def test_a_refused_token_is_renewed_once_on_a_new_connection(issuer: str, tmp_path: Path) -> None:
    seen: list[bytes] = []
    with Scripted(by_token(b"token-2", seen), capability=b"IMAP4rev1 AUTH=XOAUTH2") as server:
        oauth_login(server.port, issuer, tmp_path)
        assert server.connections == 2
    assert seen == [
        b"user=help@example.org\x01auth=Bearer token-1\x01\x01",
        b"",
        b"user=help@example.org\x01auth=Bearer token-2\x01\x01",
    ]


def test_a_second_refusal_is_permanent_and_shows_no_token(issuer: str, tmp_path: Path) -> None:
    with Scripted(by_token(b"none", []), capability=b"IMAP4rev1 AUTH=XOAUTH2") as server:
        with pytest.raises(MailboxError) as caught:
            oauth_login(server.port, issuer, tmp_path)
        assert server.connections == 2
    assert caught.value.permanent
    assert "token-" not in str(caught.value)
    assert base64.b64encode(b"token").decode()[:6] not in str(caught.value)


def test_oauthbearer_is_used_where_it_is_the_only_one(issuer: str, tmp_path: Path) -> None:
    seen: list[bytes] = []
    handler = by_token(b"token-1", seen, b"OAUTHBEARER")
    with Scripted(handler, capability=b"IMAP4rev1 AUTH=OAUTHBEARER") as server:
        oauth_login(server.port, issuer, tmp_path)
        port = server.port
    assert seen == [f"n,a=help@example.org,\x01host=127.0.0.1\x01port={port}\x01auth=Bearer token-1\x01\x01".encode()]


def test_a_server_that_challenges_for_ever_is_left(issuer: str, tmp_path: Path) -> None:
    def nag(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if not line.startswith(b"AUTHENTICATE"):
            return False
        while True:
            talk.say(b"+ ")
            if not talk.hear() and talk.stopped.wait(0.01):
                return True

    with Scripted(nag, capability=b"IMAP4rev1 AUTH=XOAUTH2") as server, pytest.raises(MailboxError):
        oauth_login(server.port, issuer, tmp_path)
