"""`postdesk read` reads files, folders, mbox and standard input, and shows people no secret."""

import io
import json
import mailbox
import re
import sys
from pathlib import Path

import pytest

from desk.errors import ConfigError
from ops.commands.read import context_of, read_all
from parser.mail import ReadingContext

SEED = "legal winner thank year wave sausage worth useful legal winner thank yellow"
MAIL = b"From: Ana <ana@example.org>\nTo: help@example.net\nSubject: one\n\n"
SEPARATOR = b"From ana@example.org Fri Nov 20 10:00:00 2026\n"


def lines(capsys: pytest.CaptureFixture[str], *files: object) -> list[dict[str, object]]:
    assert read_all([str(one) for one in files], as_json=False, as_lines=True)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def shown(capsys: pytest.CaptureFixture[str], path: Path, content: bytes) -> str:
    path.write_bytes(content)
    assert read_all([str(path)], as_json=False, as_lines=False)
    return capsys.readouterr().out


def test_a_folder_is_read_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b.eml", "a.eml", ".hidden", "cur/c", "new/d", "tmp/e"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(MAIL)
    assert [Path(str(row["file"])).name for row in lines(capsys, tmp_path)] == ["a.eml", "b.eml", "c", "d"]


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
    assert not read_all([str(tmp_path / "none"), str(tmp_path / "a")], as_json=True, as_lines=False)
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
    assert read_all([str(mail)], context_of(file, wanted=True), as_json=False, as_lines=False)
    assert "looks like example.org" in " ".join(capsys.readouterr().out.split())
    file.write_text("[odd]")
    assert context_of(file, wanted=False).domains == ()
    assert "without configuration" in capsys.readouterr().err


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", ["all.mbox", "without-suffix"])
def test_paragraphs_that_begin_with_from_stay_in_their_mail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, line_end: bytes
) -> None:
    first = (
        b"Hello\nFrom the bank I got nothing.\n\nFrom now on write here.\n\nFrom ana@example.org I heard more.\n"
        b"\nFrom the 20 Nov 2026 10:00\n"
    )
    second = b"\n\nFrom Monday 10:00 to Friday 18:00 I am here.\n\nFrom: is no separator.\n"
    content = SEPARATOR + MAIL + first + b"\n" + SEPARATOR + MAIL.replace(b"one", b"two") + second
    path = tmp_path / name
    path.write_bytes(content.replace(b"\n", line_end))
    rows = lines(capsys, path)
    assert [(row["file"], row["subject"]) for row in rows] == [(f"{path}#1", "one"), (f"{path}#2", "two")]
    assert [row["text"] for row in rows] == [first.decode().strip(), second.decode().strip()]


@pytest.mark.parametrize(
    "separator",
    [
        b"From ana@example.org Fri Nov 20 10:00:00 2026",
        b"From - Fri Nov 20 10:00:00 2026",
        b"From MAILER-DAEMON Fri Nov  6 9:00 2026",
        b"From ana@example.org  Fri Nov 20 10:00:00 CET 2026 +0100",
        b"From ana@example.org Fri, 20 Nov 2026 10:00:00 +0100",
        b"From uucp Fri Nov 20 10:00:00 2026 remote from example",
        b"From ana@example.org",
        b"From <ana@example.org>",
    ],
)
def test_separators_of_many_programs_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], separator: bytes
) -> None:
    path = tmp_path / "box"
    path.write_bytes((separator + b"\n" + MAIL + b"text\n\n") * 3)
    assert [row["reply"] for row in lines(capsys, path)] == ["text"] * 3


def test_one_mail_with_a_separator_on_top_is_one_mail_under_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(SEPARATOR + MAIL + b"Hello,\n\nFrom now on write here.\n")
    (row,) = lines(capsys, path)
    assert (row["file"], row["subject"], row["reply"]) == (str(path), "one", "Hello,\n\nFrom now on write here.")


def test_an_escaped_from_loses_one_bracket(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "all.mbox"
    path.write_bytes(SEPARATOR + MAIL + b">From the bank.\n>>From them.\n> From afar\n")
    assert [row["text"] for row in lines(capsys, path)] == ["From the bank.\n>From them.\n> From afar"]
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL + b">From the bank.\n")
    assert [row["text"] for row in lines(capsys, path)] == [">From the bank."], "no mbox escaped it"


def test_only_the_tmp_of_a_maildir_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("tmp/a", "tmp/cur/b", "tmp/new/c", "tmp/tmp/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(MAIL)
    assert [Path(str(row["file"])).name for row in lines(capsys, tmp_path)] == ["a", "b", "c"]
    assert [Path(str(row["file"])).name for row in lines(capsys, tmp_path / "tmp")] == ["a", "b", "c"]
    assert [Path(str(row["file"])).name for row in lines(capsys, tmp_path / "tmp" / "tmp")] == ["d"]


def test_what_holds_no_mail_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.mbox").touch()
    for as_json, out in ((True, "[]\n"), (False, "")):
        for name in ("folder", "empty.mbox"):
            assert read_all([str(tmp_path / name)], as_json=as_json, as_lines=False)
            said = capsys.readouterr()
            assert (said.out, said.err) == (out, f"postdesk: no mail in {tmp_path / name}\n")


def test_quote_and_signature_are_told_without_colour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = b"It is lost.\n\n-- \nAna\nExample Ltd\n\nOn 3 Mar 2026, Ben <ben@example.net> wrote:\n> Wait.\n>\n> Ben\n"
    text = shown(capsys, tmp_path / "m.eml", MAIL + body)
    marks = {line.strip("│ \n")[:1] for line in text.splitlines() if line.startswith("│") and line.strip("│ \n")}
    assert marks == {"I", "~", "┆"}
    for line in ("│ It is lost.", "│ ~ Ana", "│ ~ Example Ltd", "│ ┆ > Wait.", "│ ┆ > Ben"):
        assert line in text, line


def test_a_look_alike_is_not_shown_as_a_good_sender(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    path = tmp_path / "mail"
    styles = {}
    for domain in (b"other.net", b"examp1e.org"):
        path.write_bytes(MAIL.replace(b"example.org", domain))
        assert read_all([str(path)], ReadingContext(("example.org",)), as_json=False, as_lines=False)
        line = next(one for one in capsys.readouterr().out.splitlines() if "Sender" in one)
        styles[domain] = re.findall(r"\x1b\[(\d+)m(?=\S*@)", line)
    assert styles == {b"other.net": ["32"], b"examp1e.org": ["33"]}


def test_who_gets_the_answer_and_why_none_goes_out_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = b"Reply-To: chris@example.com\nReturn-Path: <>\nX-Auto-Response-Suppress: All\n"
    text = shown(capsys, tmp_path / "m.eml", fields + MAIL + b"Hello")
    rows = [line.split(None, 1) for line in text.splitlines()]
    assert ["Reply-To", "chris@example.com"] in [[one.strip() for one in row] for row in rows]
    assert "X-Auto-Response-Suppress, null return-path" in text
    report = Path(__file__).parents[1] / "mails" / "postfix-dsn.eml"
    assert read_all([str(report)], as_json=False, as_lines=False)
    assert "Report on  r7.1@example.net" in capsys.readouterr().out
