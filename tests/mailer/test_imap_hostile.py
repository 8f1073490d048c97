"""The IMAP source against servers that stall, trickle, lie and forget: it ends in time and mixes nothing up."""

import threading
import time

import pytest

from desk.errors import MailboxError
from mailer.imap.source import connect
from servers.mailbox import AT, account, mail, opened, secrets
from servers.pace import patience
from servers.pymapd import Pymap
from servers.scripted import Conversation, Handler, Scripted


def on_body(answer: "object", size: int = 5) -> Handler:
    """A handler that tells a size for UID 1 to 9, and leaves each fetch of a body to `answer(talk, tag, line)`."""

    def handle(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if not line.startswith(b"UID FETCH"):
            return False
        if b"RFC822.SIZE" in line:
            uids = expand(line.split()[2])
            talk.say(
                *(
                    b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "02-Mar-2026 09:30:00 +0000")' % (uid, uid, size)
                    for uid in uids
                ),
                tag + b" OK",
            )
            return True
        answer(talk, tag, line)  # type: ignore[operator]
        return True

    return handle


def expand(sequence_set: bytes) -> list[int]:
    uids: list[int] = []
    for part in sequence_set.split(b","):
        first, _, last = part.partition(b":")
        uids += range(int(first), int(last or first) + 1)
    return uids


def body_of(uid: int, content: bytes) -> bytes:
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)" % (uid, uid, len(content), content)


def fetched(server: Scripted, *keys: str, **changes: object) -> dict[str, bytes]:
    with opened(server.port, "ana", **changes) as source:
        return {raw.key: raw.content for raw in source.fetch(keys or ("1",), 1_000_000)}


def test_a_trickling_server_is_left_at_the_deadline() -> None:
    def trickle(talk: Conversation, tag: bytes, line: bytes) -> None:
        talk.raw(b"* 1 FETCH (UID 1 BODY[] {5000}\r\n")
        while not talk.stopped.wait(0.1):
            talk.raw(b"x")

    with Scripted(on_body(trickle)) as server:
        began = time.monotonic()
        with pytest.raises(MailboxError, match="did not answer in time"):
            fetched(server, timeout="1s")
        assert time.monotonic() - began < patience(3)


def test_a_slow_but_honest_server_gets_the_time_its_bytes_need() -> None:
    content = b"x" * 60_000

    def slowly(talk: Conversation, tag: bytes, line: bytes) -> None:
        answer = body_of(1, content) + b"\r\n" + tag + b" OK\r\n"
        for start in range(0, len(answer), 4000):
            talk.raw(answer[start : start + 4000])
            talk.stopped.wait(0.1)

    with Scripted(on_body(slowly, len(content))) as server:
        began = time.monotonic()
        assert fetched(server, timeout="1s") == {"1": content}
        assert time.monotonic() - began > 1.2


@pytest.mark.parametrize("greeting", [b"* BYE too many connections", b"220 mail.example.org ESMTP", b""])
def test_a_greeting_that_is_none_is_told_in_one_line(greeting: bytes) -> None:
    with Scripted(greeting=greeting) as server, pytest.raises(MailboxError, match="mailbox support: ") as caught:
        connect(account(server.port, "ana", timeout="1s"), secrets())
    assert not caught.value.permanent
    assert "\n" not in str(caught.value)


def test_a_silent_server_is_left_in_time() -> None:
    def silent(talk: Conversation, tag: bytes, line: bytes) -> bool:
        return line.startswith(b"SELECT") and talk.stopped.wait(20)

    with Scripted(silent) as server:
        began = time.monotonic()
        with pytest.raises(MailboxError, match="in time"):
            fetched(server, timeout="1s")
        assert time.monotonic() - began < patience(3)


def test_abort_unblocks_a_hanging_command() -> None:
    def silent(talk: Conversation, tag: bytes, line: bytes) -> bool:
        return line.startswith(b"NOOP") and talk.stopped.wait(20)

    with Scripted(silent) as server, opened(server.port, "ana", timeout="30s") as source:
        threading.Timer(0.1, source.abort).start()
        began = time.monotonic()
        with pytest.raises(MailboxError, match=r"cut by Postdesk|closed the connection"):
            source.list()
        assert time.monotonic() - began < patience(3)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [b"* 1 FETCH (UID 1 BODY[] NIL)"],
        [b"* 1 FETCH (UID 1 FLAGS (\\Seen))"],
        [b'* 1 FETCH (BODY[] "hello")'],
        [b'* 2 FETCH (UID 2 BODY[] "other")'],
    ],
)
def test_a_listed_mail_that_is_not_handed_over_is_an_error_and_not_skipped(answer: list[bytes]) -> None:
    asked: list[bytes] = []

    def nothing(talk: Conversation, tag: bytes, line: bytes) -> None:
        asked.append(line)
        talk.say(*answer, tag + b" OK")

    with Scripted(on_body(nothing)) as server, pytest.raises(MailboxError, match="INBOX lists UID 1, but"):
        fetched(server)
    assert len(asked) == 2


def test_one_mail_that_cannot_be_had_does_not_hold_up_the_others() -> None:
    def refuse_two(talk: Conversation, tag: bytes, line: bytes) -> None:
        uids = expand(line.split()[2])
        if 2 in uids:
            talk.say(tag + b" NO [SERVERBUG] cannot read message 2")
        else:
            talk.say(*(body_of(uid, b"mail%d" % uid) for uid in uids), tag + b" OK")

    got: dict[str, bytes] = {}
    with Scripted(on_body(refuse_two), uids=b"1 2 3") as server, opened(server.port, "ana") as source:
        with pytest.raises(MailboxError, match="lists UID 2, but"):
            got.update((raw.key, raw.content) for raw in source.fetch(["1", "2", "3"], 1_000_000))
        # The connection is as good as before.
        assert source.list() == {"1", "2", "3"}
    assert got == {"1": b"mail1", "3": b"mail3"}


def test_answers_in_any_order_among_pushed_ones_find_their_mails() -> None:
    def shuffled(talk: Conversation, tag: bytes, line: bytes) -> None:
        talk.say(
            b"* 3 FETCH (FLAGS (\\Seen))",
            body_of(9, b"nine9"),
            b"* 7 EXISTS",
            b"* 3 FETCH (UID 3 FLAGS ())",
            b"* 3 FETCH (BODY[] {5}\r\nthree UID 3)",
            b'* 2 FETCH (BODY[] "wrong")',
            b"* 1 EXPUNGE",
            body_of(2, b"two22"),
            tag + b" OK",
        )

    with Scripted(on_body(shuffled), uids=b"2 3") as server:
        assert fetched(server, "2", "3") == {"2": b"two22", "3": b"three"}


def test_a_size_that_never_fits_is_asked_twice_and_accepted() -> None:
    asked: list[bytes] = []

    def longer(talk: Conversation, tag: bytes, line: bytes) -> None:
        asked.append(line)
        talk.say(body_of(1, b"longer than told"), tag + b" OK")

    with Scripted(on_body(longer)) as server:
        assert fetched(server) == {"1": b"longer than told"}
    assert len(asked) == 2


def test_a_truncated_answer_is_mended_by_asking_again() -> None:
    tries = iter([b"trunc", b"whole mail"])

    def first_short(talk: Conversation, tag: bytes, line: bytes) -> None:
        talk.say(body_of(1, next(tries)), tag + b" OK")

    with Scripted(on_body(first_short, size=10)) as server:
        assert fetched(server) == {"1": b"whole mail"}


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[] {99999999999}",
        b"* 1 FETCH (UID one BODY[] {3}\r\nabc)",
        b"* 1 FETCH (UID 1 BODY[]",
        b"* 1 FETCH " + b"(" * 5000,
        b"\x00\xff garbage",
        b"* 1 FETCH (((UID)))",
    ],
)
def test_garbage_ends_as_a_mailbox_error(answer: bytes) -> None:
    def garbage(talk: Conversation, tag: bytes, line: bytes) -> None:
        talk.say(answer, tag + b" OK")

    with Scripted(on_body(garbage)) as server, pytest.raises(MailboxError, match="mailbox support: ") as caught:
        fetched(server, timeout="1s")
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_a_folder_of_200000_mails_can_be_listed() -> None:
    uids = b" ".join(b"%d" % uid for uid in range(1_000_000, 1_200_000))
    with Scripted(uids=uids) as server, opened(server.port, "ana") as source:
        assert len(source.list()) == 200_000


def test_search_results_in_several_lines_are_all_read() -> None:
    def split(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"UID SEARCH"):
            talk.say(b"* SEARCH 1 2", b"* SEARCH", b"* SEARCH 3 (MODSEQ 9)", tag + b" OK")
            return True
        return False

    with Scripted(split) as server, opened(server.port, "ana") as source:
        assert source.list() == {"1", "2", "3"}


def test_a_copy_that_fails_deletes_nothing() -> None:
    def refuse(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"UID COPY"):
            talk.say(tag + b" NO [OVERQUOTA] full")
            return True
        return False

    with Scripted(refuse, capability=b"IMAP4rev1 UIDPLUS") as server, opened(server.port, "ana") as source:
        with pytest.raises(MailboxError, match="OVERQUOTA"):
            source.archive(["1"])
        heard = b"\n".join(server.heard)
    assert b"STORE" not in heard
    assert b"EXPUNGE" not in heard


def test_only_what_was_copied_is_deleted() -> None:
    def partly(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"UID COPY"):
            talk.say(tag + b" OK [COPYUID 5 1,3 11:12] done")
            return True
        return False

    with Scripted(partly, capability=b"IMAP4rev1 UIDPLUS", uids=b"1 2 3") as server:
        with opened(server.port, "ana") as source:
            # This server forgets to expunge, so all three are listed still, and none is settled.
            assert source.archive(["1", "2", "3"]) == frozenset()
        heard = [line for line in server.heard if line.startswith((b"UID STORE", b"UID EXPUNGE"))]
    assert heard == [rb"UID STORE 1,3 +FLAGS.SILENT (\Deleted)", b"UID EXPUNGE 1,3"]


def test_no_folder_is_ever_closed_or_expunged_as_a_whole() -> None:
    with Scripted(capability=b"IMAP4rev1 UIDPLUS") as server:
        with opened(server.port, "ana") as source:
            source.archive(["1"])
            source.open("Other")
        heard = server.heard
    assert not [line for line in heard if line in (b"EXPUNGE", b"CLOSE")]
    assert heard[-1] == b"LOGOUT"


def test_a_server_without_uidvalidity_is_refused() -> None:
    def forget(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"SELECT"):
            talk.say(b"* 1 EXISTS", tag + b" OK")
            return True
        return False

    with Scripted(forget) as server, pytest.raises(MailboxError, match="no UIDVALIDITY") as caught:
        fetched(server)
    assert caught.value.permanent


def idling(*answers: bytes, after: float = 0.0) -> Handler:
    """A handler that answers IDLE with raw pieces, pausing `after` each."""

    def handle(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line != b"IDLE":
            return False
        for answer in answers:
            talk.raw(answer)
            talk.stopped.wait(after)
        assert talk.hear() == b"DONE"
        talk.say(tag + b" OK done")
        return True

    return handle


@pytest.mark.parametrize(
    "pieces",
    [
        [b"+ idling\r\n* 2 EXISTS\r\n"],
        [b"* 2 EXISTS\r\n+ idling\r\n"],
        [b"+ idling\r\n", b"* 2 EX", b"ISTS\r\n"],
        [b"+ idling\r\n", b"* OK Still here\r\n", b"* 2 EXISTS\r\n"],
    ],
)
def test_an_announcement_is_heard_in_whatever_pieces_it_comes(pieces: list[bytes]) -> None:
    handler = idling(*pieces, after=0.05)
    with Scripted(handler, capability=b"IMAP4rev1 IDLE") as server, opened(server.port, "ana") as source:
        source.list()
        began = time.monotonic()
        assert source.wait(20) is True
        assert time.monotonic() - began < patience(5)
        assert source.list() == {"1"}


def test_signs_of_life_do_not_end_the_wait() -> None:
    handler = idling(b"+ idling\r\n", b"* OK Still here\r\n", b"* 1 FETCH (FLAGS (\\Seen))\r\n", after=0.02)
    with Scripted(handler, capability=b"IMAP4rev1 IDLE") as server, opened(server.port, "ana") as source:
        source.list()
        assert source.wait(0.3) is False


def test_a_server_that_refuses_to_idle_is_asked_once() -> None:
    def refuse(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line == b"IDLE":
            talk.say(tag + b" NO not today")
        return line == b"IDLE"

    with Scripted(refuse, capability=b"IMAP4rev1 IDLE") as server, opened(server.port, "ana") as source:
        source.list()
        assert source.wait(0.05) is False
        assert source.wait(0.05) is False
        assert server.heard.count(b"IDLE") == 1


def test_a_dead_connection_ends_the_wait_with_what_the_server_said() -> None:
    def bye(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line == b"IDLE":
            talk.raw(b"+ idling\r\n* BYE Autologout\r\n")
            talk.hang_up()
        return line == b"IDLE"

    with Scripted(bye, capability=b"IMAP4rev1 IDLE") as server, opened(server.port, "ana") as source:
        source.list()
        with pytest.raises(MailboxError, match="Autologout"):
            source.wait(20)


def test_an_alert_is_shown_to_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    def alert(talk: Conversation, tag: bytes, line: bytes) -> bool:
        if line.startswith(b"NOOP"):
            talk.say(b"* NO [ALERT] The disk is full soon", tag + b" OK")
        return line.startswith(b"NOOP")

    with Scripted(alert) as server, opened(server.port, "ana") as source:
        source.list()
    assert [(record.message, record.reason) for record in caplog.records] == [
        ("mail server alert", "The disk is full soon")
    ]


def test_the_demo_server_serves_everything(tmp_path) -> None:
    with Pymap(tmp_path) as server:
        source = connect(account(server.port, server.user, sent_folder="Copies"), secrets(server.password))
        try:
            source.open("INBOX")
            source.archive(sorted(source.list()))
            big = mail("big", body="0123456789abcdef\r\n" * 600_000)
            sender = connect(account(server.port, server.user, sent_folder="INBOX"), secrets(server.password))
            assert source.list() == frozenset()
            sender.file_sent(mail("one"), AT)
            assert source.wait(10) is True
            sender.file_sent(big, AT)
            sender.close()
            keys = source.list()
            raws = list(source.fetch(sorted(keys), 35_000_000))
            assert [raw.content for raw in raws] == [mail("one"), big]
            assert source.archive(sorted(keys)) == keys
            assert source.list() == frozenset()
            source.file_sent(mail("answer"), AT)
            source.open("Copies")
            assert len(source.list()) == 1
        finally:
            source.close()
