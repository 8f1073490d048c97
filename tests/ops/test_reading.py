"""`postdesk read` reads files, folders, mbox and standard input, and shows people no secret."""

import io
import json
import mailbox
import sys
from pathlib import Path

import pytest

from desk.errors import ConfigError
from ops.reading import context_of, read

SEED = "legal winner thank year wave sausage worth useful legal winner thank yellow"
MAIL = b"From: Ana <ana@example.org>\nTo: help@example.net\nSubject: one\n\n"


def lines(capsys: pytest.CaptureFixture[str], *files: object) -> list[dict[str, object]]:
    assert read([str(one) for one in files], as_json=False, as_lines=True)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def shown(capsys: pytest.CaptureFixture[str], path: Path, content: bytes) -> str:
    path.write_bytes(content)
    assert read([str(path)], as_json=False, as_lines=False)
    return capsys.readouterr().out


def test_a_folder_is_read_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b.eml", "a.eml", ".hidden", "cur/c", "tmp/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(MAIL)
    assert [Path(str(row["file"])).name for row in lines(capsys, tmp_path)] == ["a.eml", "b.eml", "c"]


def test_an_mbox_is_read_mail_by_mail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    box = mailbox.mbox(tmp_path / "all.mbox")
    for text in (b"first", b"second"):
        box.add(MAIL + text)
    box.close()
    copy = tmp_path / "without-suffix"
    copy.write_bytes((tmp_path / "all.mbox").read_bytes())
    for path in (tmp_path / "all.mbox", copy):
        rows = lines(capsys, path)
        assert [(row["file"], row["reply"]) for row in rows] == [(f"{path}#1", "first"), (f"{path}#2", "second")]


def test_standard_input_is_a_mail(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MAIL + b"hello")))
    assert [row["reply"] for row in lines(capsys, "-")] == ["hello"]


def test_a_missing_file_is_said_and_the_rest_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").write_bytes(MAIL)
    assert not read([str(tmp_path / "none"), str(tmp_path / "a")], as_json=True, as_lines=False)
    missing, there = json.loads(capsys.readouterr().out)
    assert missing["error"]
    assert there["subject"] == "one"


def test_people_see_the_mail_and_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = (
        MAIL.replace(b"one", b"seed " + SEED.encode())
        + b"my password: hunter22!\n\n> 2FA code: 482913\n\n-- \nAna 4111111111111111\n"
    )
    text = shown(capsys, tmp_path / "m.eml", content)
    assert "[redacted: password]" in text
    assert "seed phrase" in text
    assert not any(one in text for one in ("winner", "hunter22", "482913", "4111111111111111"))
    assert "ana@example.org (one)" in text


def test_a_mail_cannot_speak_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        capsys, tmp_path / "m.eml", MAIL.replace(b"one", b"a\x1b[2Jb") + b"\x1b]0;owned\x07 \xe2\x80\xae [bold]x[/bold]"
    )
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[bold]x[/bold]" in text


def test_whose_desk_it_is_comes_from_a_configuration_where_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.toml"
    assert context_of(file, wanted=False).domains == ()
    with pytest.raises(ConfigError):
        context_of(file, wanted=True)
    file.write_text('[[mailbox]]\nname = "s"\nkind = "maildir"\npath = "m"\naddresses = ["s@example.org"]\n')
    assert context_of(file, wanted=False).domains == ("example.org",)
    mail = tmp_path / "mail"
    mail.write_bytes(MAIL.replace(b"ana@example.org", b"ana@examp1e.org"))
    assert read([str(mail)], context_of(file, wanted=True), as_json=False, as_lines=False)
    assert "looks like example.org" in " ".join(capsys.readouterr().out.split())
    file.write_text("[odd]")
    assert context_of(file, wanted=False).domains == ()
    assert "without configuration" in capsys.readouterr().err
