"""The Maildir source: nothing is lost, whoever else moves files about."""

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.errors import MailboxError
from mailer.account import Account
from mailer.connect import connect
from mailer.maildir import MaildirSource
from servers.mailbox import AT, mail, secrets
from servers.pace import patience


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    return tmp_path / "Maildir"


def source_at(root: Path, **changes: object) -> MaildirSource:
    settings = {"name": "support", "kind": "maildir", "addresses": ("help@example.org",), "path": root}
    source = connect(Account.model_validate(settings | changes), secrets())
    assert isinstance(source, MaildirSource)
    return source


def put(root: Path, name: str, content: bytes, part: str = "new") -> None:
    (root / "tmp" / name).write_bytes(content)
    (root / "tmp" / name).rename(root / part / name)


def files(root: Path) -> dict[str, bytes]:
    """Every file below, by its path, but for the marker of subfolders."""
    found = (path for path in root.rglob("*") if path.is_file() and path.name != "maildirfolder")
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def test_mails_in_new_and_cur_are_listed_by_their_unique_name_and_fetched(root: Path) -> None:
    put(root, "1.a.host", b"Subject: \xff one\n\nbare line ends\n")
    put(root, "2.b.host:2,RS", mail("two"), part="cur")
    put(root, ".hidden", b"x")
    os.utime(root / "new" / "1.a.host", (AT.timestamp(), AT.timestamp()))
    source = source_at(root)
    assert source.open("INBOX") == 0
    assert source.list() == {"1.a.host", "2.b.host"}
    first, second = source.fetch(sorted(source.list()), 10_000)
    assert (first.content, first.internal_at, first.key, first.uidvalidity) == (
        b"Subject: \xff one\n\nbare line ends\n",
        datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        "1.a.host",
        0,
    )
    assert second.content == mail("two")
    assert source.describe(["1.a.host", "gone"])["1.a.host"].size == len(first.content)
    assert "gone" not in source.describe(["gone"])
    assert list(source.fetch(["gone"], 10_000)) == []


def test_a_mail_over_the_limit_comes_as_its_header(root: Path) -> None:
    put(root, "1.a", mail("large", body="x" * 5000))
    (large,) = source_at(root).fetch(["1.a"], 1000)
    assert large.oversize
    assert large.content == mail("large", body="")
    assert large.size > 5000


def test_a_mail_whose_flags_change_is_still_found(root: Path) -> None:
    put(root, "1.a", mail("one"))
    source = source_at(root)
    assert source.list() == {"1.a"}
    (root / "new" / "1.a").rename(root / "cur" / "1.a:2,S")
    assert [raw.content for raw in source.fetch(["1.a"], 10_000)] == [mail("one")]
    (root / "cur" / "1.a:2,S").rename(root / "cur" / "1.a:2,FS")
    assert source.archive(["1.a"]) == {"1.a"}
    assert files(root) == {".Postdesk/cur/1.a:2,FS": mail("one")}


def test_handled_mail_is_moved_to_the_archive_and_again_is_harmless(root: Path) -> None:
    put(root, "1.a", mail("one"))
    put(root, "2.b", mail("two"))
    source = source_at(root)
    assert source.archive(["1.a", "gone"]) == {"1.a", "gone"}
    assert source.archive(["1.a", "gone"]) == {"1.a", "gone"}
    assert source.list() == {"2.b"}
    assert files(root) == {".Postdesk/cur/1.a:2,": mail("one"), "new/2.b": mail("two")}
    assert source.open("Postdesk") == 0
    assert source.list() == {"1.a"}


def test_with_no_archive_mail_goes_from_new_to_cur_and_stays(root: Path) -> None:
    put(root, "1.a", mail("one"))
    put(root, "2.b:2,S", mail("two"), part="cur")
    source = source_at(root, archive="")
    for _ in range(2):
        assert source.archive(["1.a", "2.b"]) == {"1.a", "2.b"}
        assert files(root) == {"cur/1.a:2,": mail("one"), "cur/2.b:2,S": mail("two")}


def test_a_name_that_is_taken_in_the_archive_loses_neither_mail(root: Path) -> None:
    source = source_at(root)
    for content in (b"first\n", b"second\n", b"third\n"):
        put(root, "1.a", content)
        source.archive(["1.a"])
    assert sorted(files(root).values()) == [b"first\n", b"second\n", b"third\n"]
    assert source.list() == frozenset()


def test_a_move_cut_off_between_its_two_steps_is_finished(root: Path) -> None:
    put(root, "1.a", mail("one"))
    source = source_at(root)
    source.archive([])
    os.link(root / "new" / "1.a", root / ".Postdesk" / "cur" / "1.a:2,")
    assert source.archive(["1.a"]) == {"1.a"}
    assert files(root) == {".Postdesk/cur/1.a:2,": mail("one")}


def test_a_file_system_without_links_is_served_by_renaming(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    source = source_at(root)
    for content in (b"first\n", b"second\n"):
        put(root, "1.a", content)
        assert source.archive(["1.a"]) == {"1.a"}
    assert sorted(files(root).values()) == [b"first\n", b"second\n"]


def test_waiting_ends_when_mail_arrives_when_woken_or_in_time(root: Path) -> None:
    source = source_at(root)
    source.list()
    source.wait(1)
    assert source.list() == frozenset()
    began = time.monotonic()
    assert source.wait(0.2) is False
    threading.Timer(0.1, source.wake).start()
    assert source.wait(30) is True
    threading.Timer(0.1, put, [root, "1.a", mail("one")]).start()
    assert source.wait(30) is True
    assert source.list() == {"1.a"}
    threading.Timer(0.1, source.abort).start()
    # Either the wait that is running ends, or the next one does.
    with pytest.raises(MailboxError, match="closed"):
        list(iter(lambda: source.wait(30), None))
    assert time.monotonic() - began < patience(10)


def test_mail_that_comes_in_the_same_tick_as_the_list_is_not_slept_through(root: Path) -> None:
    source = source_at(root)
    source.list()
    put(root, "1.a", mail("one"))
    began = time.monotonic()
    assert source.wait(30) is True
    assert time.monotonic() - began < patience(5)


def test_mails_that_wander_while_being_listed_are_never_missing(root: Path) -> None:
    names = {f"{n}.x" for n in range(300)}
    for name in names:
        put(root, name, b"x\n")
    over = threading.Event()

    def wander() -> None:
        for path in sorted((root / "new").iterdir()):
            path.rename(root / "cur" / f"{path.name}:2,S")
        over.set()

    thread = threading.Thread(target=wander)
    source = source_at(root)
    thread.start()
    while not over.is_set():
        assert source.list() == names
    thread.join()
    assert source.list() == names


def test_a_copy_of_a_letter_is_filed_as_read(root: Path) -> None:
    source = source_at(root, sent_folder="Sent/已发")
    source.file_sent(mail("answer"), AT)
    source.file_sent(mail("answer"), AT)
    source_at(root).file_sent(mail("none"), AT)
    filed = files(root)
    assert list(filed.values()) == [mail("answer")] * 2
    assert all(path.startswith(".Sent.&XfJT0Q-/cur/") and path.endswith(":2,S") for path in filed)


def test_the_authserv_ids_of_the_newest_mails_are_counted(root: Path) -> None:
    put(root, "1.a", mail("one", header="Authentication-Results: mx.example.org; spf=pass\r\n"))
    put(root, "2.b", mail("two"))
    assert source_at(root).authserv_ids(10) == {"mx.example.org": 1}
    assert source_at(root).authserv_ids(0) == {}


def test_what_is_no_maildir_and_what_is_no_folder_are_told(tmp_path: Path, root: Path) -> None:
    with pytest.raises(MailboxError, match="No such file"):
        source_at(tmp_path / "nowhere")
    for evil in ("../../etc", "a..b", "x\ny", ""):
        with pytest.raises(MailboxError, match="is not a valid folder name"):
            source_at(root).open(evil)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A file that is ours and nobody's mail."""
    (tmp_path / "key").write_bytes(mail("private"))
    (tmp_path / "key").chmod(0o600)
    return tmp_path / "key"


def test_a_link_among_the_mails_is_not_followed_and_told_once(
    root: Path, private: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(root, "1.a.host", mail("one"))
    (root / "new" / "2.b.host").symlink_to(private)
    (root / "cur" / "3.c.host:2,S").symlink_to(os.path.relpath(private, root / "cur"))
    os.mkfifo(root / "new" / "4.d.host")
    source = source_at(root, archive="Done")
    source.open("INBOX")
    assert source.list() == source.list() == {"1.a.host"}
    assert [one.key for one in source.fetch(["1.a.host", "2.b.host", "3.c.host", "4.d.host"], 10_000)] == ["1.a.host"]
    assert set(source.describe(["1.a.host", "2.b.host"])) == {"1.a.host"}
    assert sorted(record.__dict__["key"] for record in caplog.records) == ["2.b.host", "3.c.host:2,S", "4.d.host"]
    source.archive(["1.a.host", "2.b.host"])
    assert (root / "new" / "2.b.host").is_symlink()
    assert private.read_bytes() == mail("private")


def test_a_mail_that_becomes_a_link_after_the_list_is_not_read(root: Path, private: Path) -> None:
    put(root, "1.a.host", mail("one"))
    source = source_at(root)
    source.open("INBOX")
    assert source.list() == {"1.a.host"}
    (root / "new" / "1.a.host").unlink()
    (root / "new" / "1.a.host").symlink_to(private)
    with pytest.raises(MailboxError, match=r"reading: a link.*1\.a\.host"):
        list(source.fetch(["1.a.host"], 10_000))
    # Its size is told without looking at what it leads to.
    assert source.describe(["1.a.host"])["1.a.host"].size == len(str(private))


@pytest.mark.parametrize("part", ["new", "cur"])
def test_a_folder_of_a_maildir_that_is_a_link_is_refused(root: Path, tmp_path: Path, part: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    put(root, "1.a.host", mail("private"))
    (root / "new" / "1.a.host").rename(tmp_path / "elsewhere" / "1.a.host")
    (root / part).rmdir()
    (root / part).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MailboxError, match=f"a link, or no folder.*{part}"):
        source_at(root)


def test_mail_is_not_archived_through_a_link(root: Path, tmp_path: Path) -> None:
    put(root, "1.a.host", mail("one"))
    for part in ("new", "cur", "tmp"):
        (tmp_path / "elsewhere" / part).mkdir(parents=True)
    (root / ".Done").symlink_to(tmp_path / "elsewhere")
    source = source_at(root, archive="Done", sent_folder="Done")
    source.open("INBOX")
    assert source.list() == {"1.a.host"}
    with pytest.raises(MailboxError, match=r"filing away: a link, or no folder.*\.Done"):
        source.archive(["1.a.host"])
    with pytest.raises(MailboxError, match=r"filing a copy.*a link, or no folder"):
        source.file_sent(mail("letter"), AT)
    assert files(tmp_path / "elsewhere") == {}
    assert files(root) == {"new/1.a.host": mail("one")}


def test_the_path_of_the_configuration_may_be_a_link(root: Path, tmp_path: Path) -> None:
    put(root, "1.a.host", mail("one"))
    (tmp_path / "short").symlink_to(root)
    source = source_at(tmp_path / "short", archive="Done")
    source.open("INBOX")
    assert source.list() == {"1.a.host"}
    assert source.archive(["1.a.host"]) == {"1.a.host"}
    assert files(root) == {".Done/cur/1.a.host:2,": mail("one")}
