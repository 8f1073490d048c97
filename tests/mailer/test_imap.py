"""The IMAP source against a real Dovecot, with all it can do and with less."""

import hashlib
import logging
import random
import threading
import time
from collections.abc import Iterator

import pytest
from conftest import need

from desk.errors import MailboxError
from mailer.imap.client import members, uid_set, wire_name
from mailer.imap.source import connect
from servers.dovecot import CAPABILITY, Dovecot, have_dovecot
from servers.mailbox import AT, Owner, account, mail, opened, secrets
from servers.pace import patience


@pytest.fixture(scope="session")
def uidplus() -> Iterator[Dovecot]:
    """A server that has UIDPLUS and neither MOVE nor IDLE."""
    need(have_dovecot(), "Dovecot")
    with Dovecot(capability=f"{CAPABILITY} UIDPLUS", prefix="INBOX.", separator=".") as server:
        yield server


@pytest.fixture(scope="session")
def bare() -> Iterator[Dovecot]:
    """A server that can neither move nor expunge single mails."""
    need(have_dovecot(), "Dovecot")
    with Dovecot(capability=CAPABILITY) as server:
        yield server


def contents(source, size_limit: int = 1_000_000) -> list[bytes]:
    return [raw.content for raw in source.fetch(sorted(source.list()), size_limit)]


def test_mails_are_listed_described_and_fetched_byte_for_byte(dovecot: Dovecot, imap_user: str) -> None:
    sent = [mail(f"number {n}", body=f"n {n} \u5df2\r\n" * n) for n in range(1, 121)]
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        for content in sent:
            owner.put(content)
        uidvalidity = source.open("INBOX")
        keys = source.list()
        described = source.describe(sorted(keys))
        raws = list(source.fetch(sorted(keys), 1_000_000))
    assert [raw.content for raw in raws] == sent
    assert [int(raw.key) for raw in raws] == sorted(int(key) for key in keys)
    assert {(raw.mailbox, raw.folder, raw.uidvalidity, raw.internal_at, raw.oversize) for raw in raws} == {
        ("support", "INBOX", uidvalidity, AT, False)
    }
    assert [described[raw.key].size for raw in raws] == [raw.size for raw in raws] == [len(content) for content in sent]


def test_fetching_does_not_mark_mail_as_seen(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        owner.put(mail("one"))
        assert len(contents(source)) == 1
        assert [b"\\Seen" in flags for _, flags in owner.mails()] == [False]


def test_an_empty_mail_and_an_empty_folder_are_fine(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        assert source.list() == frozenset()
        assert contents(source) == []
        owner.put(b"\r\n")
        assert contents(source) == [b"\r\n"]


def test_a_mail_of_12_mb_comes_in_pieces_byte_for_byte(dovecot: Dovecot, imap_user: str) -> None:
    lines = random.Random(1).randbytes(9_000_000).hex()
    big = mail("big", body="".join(lines[i : i + 76] + "\r\n" for i in range(0, 12_000_000, 76)))
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        owner.put(mail("before"))
        owner.put(big)
        owner.put(mail("after"))
        raws = list(source.fetch(sorted(source.list()), 35_000_000))
    assert [raw.content[:60].split(b"Subject: ")[1].split(b"\r\n")[0] for raw in raws] == [b"before", b"big", b"after"]
    assert hashlib.sha256(raws[1].content).digest() == hashlib.sha256(big).digest()
    assert raws[1].size == len(big) > 12_000_000


def test_a_mail_over_the_limit_comes_as_its_header(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        owner.put(mail("large", body="x" * 5000))
        owner.put(mail("small"))
        large, small = source.fetch(sorted(source.list()), 1000)
    assert (large.oversize, small.oversize) == (True, False)
    assert large.content == mail("large", body="")
    assert large.size > 5000


def test_a_mail_that_vanished_is_left_out(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        for subject in ("one", "two", "three"):
            owner.put(mail(subject))
        keys = sorted(source.list())
        owner.do("select", "INBOX")
        owner.do("store", "2", "+FLAGS", r"(\Deleted)")
        owner.do("expunge")
        assert [raw.content for raw in source.fetch([*keys, "999"], 10_000)] == [mail("one"), mail("three")]
        assert set(source.describe(keys)) == {keys[0], keys[2]}


def test_handled_mail_is_moved_to_an_archive_that_is_created(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        for subject in ("one", "two", "three"):
            owner.put(mail(subject))
        first, second, third = sorted(source.list(), key=int)
        assert source.archive([first, third, "999"]) == {first, third, "999"}
        assert source.list() == {second}
        assert [content for content, _ in owner.mails("Postdesk")] == [mail("one"), mail("three")]
        # Again, as after a crash between the move and our own note of it.
        assert source.archive([first, third, "999"]) == {first, third, "999"}
        assert len(owner.mails("Postdesk")) == 2


def test_an_archive_removed_meanwhile_is_created_again(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        owner.put(mail("one"))
        source.archive(sorted(source.list()))
        owner.do("delete", "Postdesk")
        owner.put(mail("two"))
        source.archive(sorted(source.list()))
        assert [content for content, _ in owner.mails("Postdesk")] == [mail("two")]


def test_without_move_only_our_own_mails_are_expunged(uidplus: Dovecot) -> None:
    user = uidplus.fresh_user()
    with Owner(uidplus.port, user) as owner, opened(uidplus.port, user) as source:
        owner.put(mail("one"))
        owner.put(mail("deleted by its owner"), flags=r"\Deleted")
        owner.put(mail("two"))
        first, deleted, second = sorted(source.list(), key=int)
        assert source.archive([first, second]) == {first, second}
        assert source.list() == {deleted}
        # The namespace of this server wants every folder below INBOX.
        assert [content for content, _ in owner.mails("INBOX.Postdesk")] == [mail("one"), mail("two")]


def test_without_uidplus_mail_stays_and_is_flagged(bare: Dovecot, caplog: pytest.LogCaptureFixture) -> None:
    user = bare.fresh_user()
    with Owner(bare.port, user) as owner, opened(bare.port, user) as source:
        owner.put(mail("one"))
        owner.put(mail("two"), flags=r"\Deleted")
        keys = source.list()
        assert source.archive(sorted(keys)) == keys
        assert source.archive(sorted(keys)) == keys
        assert source.list() == keys
        assert all(b"$Postdesk" in flags for _, flags in owner.mails())
        assert owner.folders() == {"INBOX"}
    assert [record.message for record in caplog.records] == ["processed mail stays in its folder and is flagged"]


def test_with_no_archive_mail_stays_and_is_flagged(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user, archive="") as source:
        owner.put(mail("one"))
        assert source.archive(sorted(source.list())) == source.list() != frozenset()
        assert b"$Postdesk" in owner.mails()[0][1]


def test_the_archive_is_tried_with_a_mail_of_our_own_and_nothing_is_left(dovecot: Dovecot, uidplus: Dovecot) -> None:
    for server, archive in ((dovecot, "Postdesk"), (uidplus, "INBOX.Postdesk")):
        user = server.fresh_user()
        with Owner(server.port, user) as owner, opened(server.port, user) as source:
            owner.put(mail("one"))
            assert source.try_archive() == "Postdesk: mail can be moved there and back"
            assert owner.folders() == {"INBOX", archive}
            assert owner.mails(archive) == []
            assert [content for content, _ in owner.mails()] == [mail("one")]
            source.open("INBOX")
            assert source.archive(sorted(source.list())) != frozenset()


def test_an_archive_that_the_server_refuses_is_told(dovecot: Dovecot, uidplus: Dovecot, bare: Dovecot) -> None:
    user = uidplus.fresh_user()
    with opened(uidplus.port, user, archive="Post/desk") as source, pytest.raises(MailboxError) as failure:
        source.try_archive()
    assert "folder Post/desk cannot be created" in str(failure.value)
    assert 'separates levels by "."' in str(failure.value)
    user = bare.fresh_user()
    with opened(bare.port, user) as source:
        assert "neither MOVE nor UIDPLUS" in source.try_archive()
    user = dovecot.fresh_user()
    with opened(dovecot.port, user, archive="") as source:
        assert "stays where it is" in source.try_archive()


@pytest.mark.parametrize("name", ["done*", "50%", "/done", "done/", "a//b", " done", "done\n", "a\u200bb"])
def test_a_name_that_no_server_takes_is_refused_before_anything_is_asked(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a folder"):
        account(1, "nobody", archive=name)
    with pytest.raises(ValueError, match="is no name of a folder"):
        account(1, "nobody", sent_folder=name)


def test_folder_names_in_any_script_work(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner:
        owner.do("create", "&ZeVnLIqe-")
        owner.put(mail("one"), folder="&ZeVnLIqe-")
        with opened(dovecot.port, imap_user, folder="日本語", archive="客服/已处理 & done") as source:
            assert source.archive(sorted(source.list())) != frozenset()
            assert source.list() == frozenset()
            # A second connection finds it and creates nothing.
            with opened(dovecot.port, imap_user, archive="客服/已处理 & done") as other:
                owner.put(mail("two"))
                other.archive(sorted(other.list()))
        assert len(owner.mails(wire_name("客服/已处理 & done"))) == 2


def test_broken_folder_names_of_others_disturb_nothing(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        (dovecot.maildir(imap_user) / ".&bad").mkdir()
        owner.put(mail("one"))
        assert len(source.archive(sorted(source.list()))) == 1


def test_a_missing_folder_is_told_and_the_next_one_can_be_opened(dovecot: Dovecot, imap_user: str) -> None:
    with opened(dovecot.port, imap_user) as source:
        with pytest.raises(MailboxError, match=r"mailbox support: opening folder 'Nowhere': .*doesn't exist"):
            source.open("Nowhere")
        assert source.open("INBOX") > 0


def test_a_folder_made_anew_has_another_epoch(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        owner.do("create", "Desk")
        owner.put(mail("one"), folder="Desk")
        before = source.open("Desk"), source.list()
        source.open("INBOX")
        owner.do("delete", "Desk")
        # UIDVALIDITY is the time in seconds.
        time.sleep(1.1)
        owner.do("create", "Desk")
        owner.put(mail("two"), folder="Desk")
        after = source.open("Desk"), source.list()
        assert before[1] == after[1] == {"1"}
        assert after[0] > before[0]
        assert [raw.uidvalidity for raw in source.fetch(["1"], 10_000)] == [after[0]]


def test_waiting_ends_when_mail_arrives(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        assert source.list() == frozenset()
        late = threading.Timer(0.2, owner.put, [mail("one")])
        late.start()
        began = time.monotonic()
        assert source.wait(20) is True
        late.join()
        assert time.monotonic() - began < patience(10)
        assert len(source.list()) == 1


def test_mail_announced_while_filing_away_is_not_slept_through(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        owner.put(mail("one"))
        keys = sorted(source.list())
        owner.put(mail("two"))
        owner.put(mail("three"))
        source.describe(keys)
        assert source.wait(20) is True
        assert len(source.list()) == 3
        assert source.wait(0.05) is False


@pytest.mark.parametrize("idle", [True, False])
def test_waiting_ends_by_a_call_or_by_time(dovecot: Dovecot, imap_user: str, idle: bool) -> None:
    with opened(dovecot.port, imap_user, idle=idle) as source:
        source.list()
        began = time.monotonic()
        assert source.wait(0.1) is False
        assert 0.09 < time.monotonic() - began < patience(5)
        threading.Timer(0.1, source.wake).start()
        assert source.wait(30) is True
        source.wake()
        source.wake()
        assert source.wait(30) is True
        assert source.wait(0.05) is False
        assert time.monotonic() - began < patience(10)
        assert source.list() == frozenset()


def test_aborting_unblocks_a_running_wait_and_ends_the_source(dovecot: Dovecot, imap_user: str) -> None:
    with opened(dovecot.port, imap_user) as source:
        source.list()
        threading.Timer(0.2, source.abort).start()
        began = time.monotonic()
        with pytest.raises(MailboxError):
            source.wait(60)
        assert time.monotonic() - began < patience(5)
        with pytest.raises(MailboxError, match="closed"):
            source.list()


def test_a_server_that_restarts_ends_the_source_and_a_new_one_works() -> None:
    need(have_dovecot(), "Dovecot")
    with Dovecot() as server:
        user = server.fresh_user()
        with Owner(server.port, user) as owner:
            owner.put(mail("one"))
        with opened(server.port, user) as source:
            source.list()
            server.restart()
            with pytest.raises(MailboxError):
                source.wait(5)
            with pytest.raises(MailboxError, match="closed"):
                source.list()
        with opened(server.port, user) as source:
            assert contents(source) == [mail("one")]


def test_a_read_only_folder_is_read_and_nothing_is_filed(caplog: pytest.LogCaptureFixture) -> None:
    need(have_dovecot(), "Dovecot")
    with Dovecot(extra="mail_plugins = acl\nplugin {\n  acl = vfile\n}") as server:
        user = server.fresh_user()
        with Owner(server.port, user) as owner:
            owner.do("create", "Desk")
            owner.put(mail("one"), folder="Desk")
        (server.maildir(user) / ".Desk" / "dovecot-acl").write_text("owner lr\n")
        with opened(server.port, user, folder="Desk") as source:
            source.open("Desk")
            keys = source.list()
            assert contents(source) == [mail("one")]
            assert source.archive([*keys, "77"]) == {"77"}
            assert source.list() == keys
            source.open("INBOX")
            assert source.archive([]) == frozenset()
    assert [record.message for record in caplog.records] == ["folder is read-only, no mail will be archived"]


def test_a_copy_of_a_letter_is_filed_as_read(dovecot: Dovecot, imap_user: str) -> None:
    with Owner(dovecot.port, imap_user) as owner:
        with opened(dovecot.port, imap_user, sent_folder="Sent Items") as source:
            source.file_sent(mail("answer"), AT)
            source.file_sent(mail("second"), AT)
        with opened(dovecot.port, imap_user) as source:
            source.file_sent(mail("third"), AT)
        filed = owner.mails("Sent Items")
    assert [content for content, _ in filed] == [mail("answer"), mail("second")]
    assert all(b"\\Seen" in flags for _, flags in filed)


def test_the_authserv_ids_are_those_of_the_topmost_field(dovecot: Dovecot, imap_user: str) -> None:
    top = "Authentication-Results: MX.example.org (our border) 1;\r\n dmarc=pass\r\n"
    forged = "Authentication-Results: evil.example.net; dmarc=pass\r\n"
    with Owner(dovecot.port, imap_user) as owner, opened(dovecot.port, imap_user) as source:
        owner.put(mail("old", header=forged))
        owner.put(mail("none"))
        owner.put(mail("one", header=top + forged))
        owner.put(mail("two", header=top))
        assert source.authserv_ids(3) == {"mx.example.org": 2}
        assert source.authserv_ids(10) == {"mx.example.org": 2, "evil.example.net": 1}


def test_two_mailboxes_are_two_connections(dovecot: Dovecot) -> None:
    users = [dovecot.fresh_user() for _ in range(4)]
    failures: list[object] = []

    def work(user: str) -> None:
        try:
            with Owner(dovecot.port, user) as owner, opened(dovecot.port, user) as source:
                for n in range(20):
                    owner.put(mail(f"{user} {n}"))
                if contents(source) != [mail(f"{user} {n}") for n in range(20)]:
                    failures.append(user)
        except Exception as error:  # a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_nothing_of_a_mail_is_logged(dovecot: Dovecot, imap_user: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), Owner(dovecot.port, imap_user) as owner:
        owner.put(mail("PRIVATE-SUBJECT", body="PRIVATE-BODY"))
        with opened(dovecot.port, imap_user) as source:
            contents(source)
            source.authserv_ids(5)
            source.archive(sorted(source.list()))
    assert not [
        record for record in caplog.records if "PRIVATE" in record.getMessage() or "secret" in record.getMessage()
    ]


def test_keys_that_are_no_uids_are_refused_before_they_are_sent(dovecot: Dovecot, imap_user: str) -> None:
    with opened(dovecot.port, imap_user) as source, pytest.raises(MailboxError, match="is not a UID"):
        source.archive(["1\r\na DELETE INBOX"])


def test_a_line_end_in_a_folder_name_is_never_sent(dovecot: Dovecot, imap_user: str) -> None:
    evil = 'x"\r\na1 CREATE Evil\r\n'
    with Owner(dovecot.port, imap_user) as owner:
        owner.put(mail("one"))
        with opened(dovecot.port, imap_user) as source, pytest.raises(MailboxError, match="control character"):
            source.open(evil)
        with pytest.raises(ValueError, match="is no name of a folder"):
            account(dovecot.port, imap_user, archive=evil)
        assert owner.folders() == {"INBOX"}


def test_sequence_sets_name_exactly_what_they_are_given() -> None:
    assert uid_set({3, 1, 2, 9, 7, 8, 20}) == "1:3,7:9,20"
    assert members("1:3,7:9,20") == {1, 2, 3, 7, 8, 9, 20}
    assert members("1:99999999999") == members("x") == members("") == frozenset()


def test_a_session_can_be_had_again_after_closing(dovecot: Dovecot, imap_user: str) -> None:
    source = connect(account(dovecot.port, imap_user), secrets())
    source.close()
    source.close()
    source.wake()
    source.abort()
    with pytest.raises(MailboxError, match="closed"):
        source.open("INBOX")
