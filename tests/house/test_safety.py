"""What a stranger found when trying to lose a mail, to leak a text, or to be somebody else."""

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from desk.errors import StoreError
from models.tables import InboxRow, LetterRow
from models.vault import Vault, load_key
from pipeline import fetching, incoming
from servers.dovecot import Dovecot
from servers.house import ANA, BEN, House, answer_to, mail
from servers.living import Living, about, living, somebody, text_of
from servers.mailbox import Owner
from servers.pace import patience
from servers.sink import Sink


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("safety"), dovecot) as built:
        yield built


def test_the_notification_attached_whole_is_not_sent_to_the_customer(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "Dear Ana, done.", files=[("hello.eml", "application/octet-stream", bytes(told))])
    assert len(desk.sink.to(ana)) == 1
    assert desk.route() == ("held", "Held")
    body = told.get_body(("plain",))
    assert body is not None
    notes = body.get_content().encode()
    desk.answer(told, "Dear Ana, done.", files=[("notes.txt", "text/plain", notes)], message_id=f"two.{ana}")
    assert len(desk.sink.to(ana)) == 1
    assert "colleagues only" in text_of(about(desk.sink.to(BEN), tag)[-1])


def test_an_agents_sub_address_stays_inside(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    desk.answer(told, "Write to ben+vip@example.org next time.")
    assert "ben" not in text_of(desk.sink.to(ana)[-1]).partition("-- ")[0]


def test_a_proven_answer_counts_though_its_unproven_copy_came_first(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    unproven = answer_to(told, "On its way.", sender=BEN, name="Ben Baker", proof=None, message_id=f"twin.{ana}")
    proven = answer_to(told, "On its way.", sender=BEN, name="Ben Baker", message_id=f"twin.{ana}")
    desk.take(unproven)
    assert desk.route() == ("held", "Held")
    desk.take(proven)
    assert "On its way." in text_of(desk.sink.to(ana)[-1])


def test_forged_mail_does_not_silence_the_refusals_of_honest_slips(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    for number in range(6):
        desk.take(answer_to(told, f"forged {number}", sender=BEN, proof="fail", message_id=f"f{number}.{ana}"))
    before = len(about(desk.sink.to(BEN), tag))
    desk.answer(told, "/slove\n\nDone.")
    assert len(about(desk.sink.to(BEN), tag)) == before + 1


def test_an_agents_mail_that_looks_like_a_lists_is_held_and_the_agent_is_told(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "On its way.", headers={"List-Id": "<team.example.org>"})
    assert desk.route() == ("held", "Held")
    assert "program or a mailing list" in text_of(about(desk.sink.to(BEN), tag)[-1])


def test_mail_that_comes_after_the_first_look_at_an_empty_mailbox_is_never_old(
    tmp_path: Path, dovecot: Dovecot, imap_user: str
) -> None:
    with Sink() as sink, House(tmp_path, dovecot.port, imap_user, sink) as house:
        house.config.write_text(house.config.read_text().replace("since = 2020-01-01T00:00:00Z\n", ""))
        house.once()
        with Owner(dovecot.port, imap_user) as owner:
            # Received two days ago by the server's own clock: the daemon was down meanwhile.
            owner.put(mail("Late"), at=datetime.now(UTC) - timedelta(days=2))
        house.once()
        assert len(sink.to(ANA)) == 1


def test_a_damaged_spool_file_stops_nothing(tmp_path: Path, dovecot: Dovecot, imap_user: str) -> None:
    with Sink() as sink, House(tmp_path, dovecot.port, imap_user, sink) as house:
        house.once()
        (house.data / "spool" / "20200101T000000000000-00.mail").write_bytes(b"garbage")
        (house.data / "requests" / "20200101T000000000000-00.json").write_bytes(b"{")
        house.postdesk("ingest", "-", stdin=mail("One", sender="one@example.net"))
        house.deliver(mail("Two", sender="two@example.net"))
        house.once()
        assert len(sink.to("one@example.net")) == len(sink.to("two@example.net")) == 1
        assert [path.suffix for path in (house.data / "spool").iterdir()] == [".bad"]


def test_two_data_folders_do_not_share_one_sqlite_file(tmp_path: Path, dovecot: Dovecot, imap_user: str) -> None:
    shared = f"sqlite:///{tmp_path}/shared.db"
    with (
        Sink() as sink,
        House(tmp_path / "one", dovecot.port, imap_user, sink, database=shared) as first,
        House(tmp_path / "two", dovecot.port, imap_user, sink, database=shared) as second,
    ):
        process = first.start()
        first.wait_for(lambda: '"started"' in first.log())
        refused = second.postdesk("run", check=3).stderr.decode()
        assert f"process {process.pid} " in refused
        assert "shared.db" in refused


def make_key(folder: str, barrier: object, answers: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    key = load_key(Path(folder) / "key", {}, create=True)
    vault = Vault(Path(folder) / "vault", key)
    answers.put(vault.put(b"a mail"))  # type: ignore[attr-defined]


def test_keys_made_in_the_same_moment_are_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    count = 6
    barrier, answers = context.Barrier(count), context.Queue()
    makers = [context.Process(target=make_key, args=(str(tmp_path), barrier, answers)) for _ in range(count)]
    for maker in makers:
        maker.start()
    addresses = {answers.get(timeout=patience(30)) for _ in makers}
    for maker in makers:
        maker.join(patience(10))
    assert len(addresses) == 1
    vault = Vault(tmp_path / "vault", load_key(tmp_path / "key", {}, create=False))
    assert vault.get(addresses.pop()) == b"a mail"


def test_a_disk_that_is_full_for_a_while_costs_a_mail_none_of_its_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops import build
    from parser.mail import RawMessage
    from pipeline.settings import load

    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    house = House(tmp_path, 1, "nobody", Sink(), run={"readers": 1})
    with build.open_context(load(house.config)) as context:
        content = mail("One", files=[("proof.txt", "text/plain", b"attached")])
        fetching.keep(context, [RawMessage("support", "INBOX", 1, "1", content, len(content), None)])
        really_put = context.vault.put

        def full(content: bytes) -> str:
            raise StoreError("the disk is full")

        now = datetime.now(UTC)
        context.now = lambda: now
        for _ in range(5):
            monkeypatch.setattr(context.vault, "put", full)
            with pytest.raises(StoreError):
                incoming.process_message(context)
            now += timedelta(minutes=5)
        monkeypatch.setattr(context.vault, "put", really_put)
        assert incoming.process_message(context)
        rows = context.store.run(lambda session: list(session.execute(select(InboxRow)).scalars()))
        assert [(row.state, row.tries) for row in rows] == [("done", 1)]
        letters = context.store.run(
            lambda session: list(session.execute(select(LetterRow).order_by(col(LetterRow.id))).scalars())
        )
        parsed = message_from_bytes(context.vault.get(letters[0].digest), policy=policy.default)
        assert ANA in str(parsed["To"])
