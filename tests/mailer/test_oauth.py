"""Tokens and passwords: renewed in time, kept safely, shown to nobody."""

import json
import logging
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from desk.errors import ConfigError, MailboxError
from mailer.account import Account, Login, OAuth, Relay
from mailer.oauth import Tokens
from mailer.secrets import Secrets, password
from servers.process import free_port

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class TokenServer:
    """Answers each request with the next of `answers`, or a plain token."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[int, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                outer.asked.append({name: values[0] for name, values in form.items()})
                plain = {"access_token": f"access-{len(outer.asked)}", "expires_in": 3600}
                status, answer = outer.answers.pop(0) if outer.answers else (200, plain)
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                if status == 307:
                    self.send_header("Location", outer.url)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/token"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[TokenServer]:
    server = TokenServer()
    yield server
    server.close()


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


def tokens(
    server: TokenServer, data: Path, clock: Clock | None = None, first: str = "refresh-0", **more: Any
) -> Tokens:
    oauth = OAuth.model_validate({"token_url": server.url, "client_id": "desk"} | more)
    return Tokens("[smtp]", oauth, "help@example.org", data, clock or Clock(), client_secret="cs", refresh_token=first)


def test_a_token_is_kept_until_five_minutes_before_its_end(server: TokenServer, tmp_path: Path) -> None:
    clock = Clock()
    keeper = tokens(server, tmp_path, clock)
    assert keeper.access_token() == keeper.access_token() == "access-1"
    clock.at = START + timedelta(minutes=54, seconds=59)
    assert keeper.access_token() == "access-1"
    clock.at = START + timedelta(minutes=55)
    assert keeper.access_token() == "access-2"
    keeper.invalidate()
    assert keeper.access_token() == "access-3"


def test_a_token_of_short_life_is_still_used(server: TokenServer, tmp_path: Path) -> None:
    clock = Clock()
    server.answers = [(200, {"access_token": "short", "expires_in": "240"})]
    keeper = tokens(server, tmp_path, clock)
    assert keeper.access_token() == "short"
    clock.at += timedelta(seconds=119)
    assert keeper.access_token() == "short"
    clock.at += timedelta(seconds=1)
    assert keeper.access_token() == "access-2"


def test_both_grants_send_what_the_rfc_asks_for(server: TokenServer, tmp_path: Path) -> None:
    tokens(server, tmp_path, scope="imap smtp").access_token()
    tokens(server, tmp_path, grant="client_credentials").access_token()
    assert server.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "desk",
            "client_secret": "cs",
            "refresh_token": "refresh-0",
            "scope": "imap smtp",
        },
        {"grant_type": "client_credentials", "client_id": "desk", "client_secret": "cs"},
    ]


def test_a_rotated_refresh_token_is_on_disk_before_its_access_token_is_given(
    server: TokenServer, tmp_path: Path
) -> None:
    server.answers = [(200, {"access_token": "a", "refresh_token": "refresh-1"})]
    assert tokens(server, tmp_path).access_token() == "a"
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # As after a restart: the rotated one wins over the configured one.
    tokens(server, tmp_path).access_token()
    assert server.asked[-1]["refresh_token"] == "refresh-1"
    # The operator has authorised again: the newly configured one wins over what is left of the old.
    tokens(server, tmp_path, first="refresh-new").access_token()
    assert server.asked[-1]["refresh_token"] == "refresh-new"


def test_an_access_token_is_not_used_when_the_refresh_token_cannot_be_saved(
    server: TokenServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    server.answers = [(200, {"access_token": "a", "refresh_token": "refresh-1"})]
    keeper = tokens(server, tmp_path, token_file=tmp_path / "file" / "tokens.json")
    with pytest.raises(MailboxError, match="cannot be saved") as caught:
        keeper.access_token()
    assert "refresh-1" not in str(caught.value)


def test_a_damaged_token_file_falls_back_to_the_configured_token(server: TokenServer, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(b"\xff{")
    tokens(server, tmp_path, token_file=tmp_path / "t.json").access_token()
    assert server.asked[-1]["refresh_token"] == "refresh-0"


@pytest.mark.parametrize(
    ("status", "answer", "permanent", "says"),
    [
        (400, {"error": "invalid_grant", "error_description": "AADSTS70008: refresh-0 expired"}, True, "invalid_grant"),
        (401, {"error": "invalid_client"}, True, "invalid_client"),
        (400, {"error": "temporarily_unavailable"}, False, "temporarily_unavailable"),
        (400, {"error": "refresh-0 is bad!"}, True, "HTTP 400"),
        (429, b"slow", False, "HTTP 429"),
        (503, b"", False, "HTTP 503"),
        (307, b"", False, "HTTP 307"),
        (200, b"<html>", False, "cannot be reached"),
        (200, {"token": 1}, False, "no access token"),
        (200, {"access_token": "a\r\nb"}, False, "no access token"),
    ],
)
def test_refusals_are_told_without_any_secret(
    server: TokenServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    status: int,
    answer: Any,
    permanent: bool,
    says: str,
) -> None:
    server.answers = [(status, answer)]
    with caplog.at_level(logging.DEBUG), pytest.raises(MailboxError) as caught:
        tokens(server, tmp_path).access_token()
    assert caught.value.permanent is permanent
    assert says in str(caught.value)
    assert "refresh-0" not in str(caught.value) + caplog.text
    assert len(server.asked) == 1


def test_a_token_server_that_is_away_is_a_temporary_matter(server: TokenServer, tmp_path: Path) -> None:
    server.url = f"http://127.0.0.1:{free_port()}/token"
    keeper = tokens(server, tmp_path)
    with pytest.raises(MailboxError, match=r"cannot be reached now \(ConnectionRefusedError\)") as caught:
        keeper.access_token()
    assert not caught.value.permanent


def test_many_threads_share_one_renewal(server: TokenServer, tmp_path: Path) -> None:
    keeper = tokens(server, tmp_path)
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(keeper.access_token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access-1"] * 8
    assert len(server.asked) == 1


def test_secrets_give_imap_and_smtp_the_same_tokens(server: TokenServer, tmp_path: Path) -> None:
    oauth = {"token_url": server.url, "client_id": "desk", "refresh_token_env": "R"}
    keeper = Secrets(tmp_path, Clock(), {"R": "refresh-0"})
    box = Account.model_validate(
        {"name": "support", "addresses": ["help@example.org"], "host": "imap.example.org", "user": "u", "oauth": oauth}
    )
    relay = Relay.model_validate({"host": "smtp.example.org", "user": "u", "oauth": oauth})
    assert keeper.tokens(box) is keeper.tokens(relay)
    assert keeper.tokens(box) is not keeper.tokens(relay.model_copy(update={"user": "v"}))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"token_url": "http://login.example.org/"}, "https"),
        ({"refresh_token_env": None}, "refresh_token_env or refresh_token_file"),
        ({"grant": "client_credentials"}, "client_secret_env or client_secret_file"),
        ({"refresh_token_env": "UNSET"}, "UNSET"),
    ],
)
def test_oauth_that_cannot_work_is_refused_by_name(settings: dict[str, Any], says: str, tmp_path: Path) -> None:
    oauth = {"token_url": "https://login.example.org/", "client_id": "desk", "refresh_token_env": "R"} | settings
    login = Login.model_validate({"user": "u", "oauth": oauth})
    with pytest.raises(ConfigError, match=says):
        Secrets(tmp_path, Clock(), {"R": "r"}).tokens(login)


def test_a_password_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("päss word \n")
    file.chmod(0o600)
    assert password(Login(password_env="P"), {"P": " x "}) == " x "
    assert password(Login(password_file=file), {}) == "päss word "
    assert Secrets(tmp_path, Clock(), {"P": "y"}).password(Login(password_env="P")) == "y"


def test_a_password_file_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        password(Login(password_file=file), {})
    assert "hunter2" not in str(caught.value)


def test_a_missing_password_names_the_mailbox_and_the_remedy(tmp_path: Path) -> None:
    box = Account.model_validate(
        {"name": "sales", "addresses": ["s@example.org"], "host": "imap.example.org", "user": "u"}
    )
    (tmp_path / "empty").touch(mode=0o600)
    with pytest.raises(ConfigError, match=r'\[\[mailbox\]\] "sales": no password for u; set password_env'):
        password(box, {})
    with pytest.raises(ConfigError, match="names P, but that variable is not set"):
        password(box.model_copy(update={"password_env": "P"}), {})
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        password(box.model_copy(update={"password_file": tmp_path / "none"}), {})
    with pytest.raises(ConfigError, match="is empty"):
        password(box.model_copy(update={"password_file": tmp_path / "empty"}), {})
