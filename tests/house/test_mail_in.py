"""Mail in, on a real IMAP server: what becomes a ticket, what joins one, and what is left alone."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from servers.dovecot import Dovecot
from servers.house import AUTHSERV, House, answer_to, mail
from servers.living import BEN, CHRIS, Living, about, living, signed, somebody, text_of
from servers.mailbox import Owner
from servers.sink import Sink


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("mail_in"), dovecot) as built:
        yield built


# New tickets.


@pytest.mark.parametrize(
    ("subject", "text", "language", "words"),
    [
        ("My card", "My bank card was not delivered, what can I do about that?", "en", "Your ticket number: {}"),
        ("Mi tarjeta", "Hola, mi tarjeta todavía no ha llegado y no sé qué hacer.", "es", "Su número de caso: {}"),
        ("我的卡", "您好，我的银行卡一直没有寄到，请问应该怎么办？", "zh-Hans", "工单编号：{}"),
    ],
)
def test_a_new_mail_is_acknowledged_in_its_language_and_the_agents_are_told(
    desk: Living, subject: str, text: str, language: str, words: str
) -> None:
    ana = somebody()
    desk.take(mail(subject, text, sender=ana))
    (letter,) = desk.sink.to(ana)
    (ticket,) = desk.tickets(ana)
    assert ticket["language"] == language
    assert letter.mail["Content-Language"] == language
    tag = str(letter.mail["Subject"]).partition("[")[2].partition("]")[0]
    assert str(ticket["number"]) in tag
    assert words.format(tag) in text_of(letter).replace("**", "")
    assert (letter.sender, letter.mail["Auto-Submitted"]) == ("", "auto-replied")
    assert [len(about(desk.sink.to(agent), tag)) for agent in (BEN, CHRIS)] == [1, 1]
    (told,) = about(desk.sink.to(BEN), tag)
    assert text in text_of(told)
    assert "Auto-Submitted" in told.mail


def test_agents_see_where_rewritten_links_lead_and_the_words_typed_in_a_phones_container(desk: Living) -> None:
    ana = somebody()
    target = "https://explorer.example/tx/0x8c1f3a5b7d9e0f2143657687a9bacbdcedfe0f1a2b3c4d5e6f708192a3b4c5d6"
    link = f"https://eur01.safelinks.protection.outlook.com/?url={quote(target, safe='')}&amp;data=05"
    page = (
        '<div class="ms-outlook-mobile-reference-message"><div>My deposit is missing: '
        f'<a href="{link}">here</a>, see <a href="https://evil.example/x">https://bank.example/x</a></div></div>'
        '<div class="ms-outlook-mobile-reference-message"><hr><div id="divRplyFwdMsg"><b>From:</b> Somebody '
        "&lt;somebody@example.com&gt;<br><b>Sent:</b> Friday, November 20, 2026 9:12:00 AM<br><b>To:</b> Ana<br>"
        "<b>Subject:</b> Coins</div><div>Quoted words.</div></div>"
    )
    desk.take(mail("Coins", page, sender=ana).replace(b"text/plain", b"text/html"))
    (acknowledged,) = desk.sink.to(ana)
    tag = str(acknowledged.mail["Subject"]).partition("[")[2].partition("]")[0]
    (letter,) = about(desk.sink.to(BEN), tag)
    told = text_of(letter)
    assert target in told
    assert "bank.example leads to evil.example" in told
    assert "My deposit is missing" in told
    assert "Quoted words" not in told
    assert "safelinks" not in told


def test_the_same_mail_delivered_twice_is_one_ticket(desk: Living) -> None:
    ana = somebody()
    once = mail("My card", sender=ana)
    desk.take(once, once)
    desk.take(once)
    assert len(desk.tickets(ana)) == len(desk.sink.to(ana)) == 1
    assert desk.route() == ("done", "Duplicate")


def test_the_same_mail_through_two_aliases_is_one_ticket(desk: Living) -> None:
    ana = somebody()
    one = mail("My card", sender=ana)
    ways = (
        "Return-Path: <{}>\nDelivered-To: support@example.org\nReceived: from a.example.net by mx1.example.org\n",
        "Return-Path: <{}>\nDelivered-To: help@example.org\nReceived: from b.example.net by mx2.example.org\n",
    )
    desk.take(*(signed(way.format(ana), one) for way in ways))
    assert len(desk.tickets(ana)) == len(desk.sink.to(ana)) == 1


def test_the_same_message_id_with_other_words_is_another_mail(desk: Living) -> None:
    ana = somebody()
    desk.take(*(mail("My card", text, sender=ana, message_id="reused@client.example.net") for text in ("One.", "Two.")))
    # Two readers work at once, so either may be taken in first.
    assert sorted(text for ticket in desk.tickets(ana) for _, _, text in desk.messages(ticket)) == ["One.", "Two."]


@pytest.mark.parametrize(
    "headers",
    [
        {"List-Id": "<news.example.net>"},
        {"List-Unsubscribe": "<mailto:leave@example.net>"},
        {"Precedence": "bulk"},
        {"Auto-Submitted": "auto-generated"},
        {"X-Auto-Response-Suppress": "All"},
    ],
    ids=str,
)
def test_mail_that_awaits_no_answer_gets_none_but_is_kept(desk: Living, headers: dict[str, str]) -> None:
    ana = somebody()
    desk.take(mail("Our news", "All about us.", sender=ana, headers=headers))
    assert desk.sink.to(ana) == []
    (ticket,) = desk.tickets(ana)
    assert [text for _, _, text in desk.messages(ticket)] == ["All about us."]
    assert "got no acknowledgement" in text_of(desk.sink.to(BEN)[-1])


def test_a_no_reply_address_gets_no_answer_but_a_ticket(desk: Living) -> None:
    desk.take(mail("Your invoice", "Please find it attached.", sender="no-reply@shop.example.net"))
    assert desk.sink.to("no-reply@shop.example.net") == []
    assert len(desk.tickets("no-reply@shop.example.net")) == 1


def test_a_sender_who_fails_authentication_gets_a_ticket_but_no_answer(desk: Living) -> None:
    ana = somebody()
    desk.take(mail("My card", sender=ana, proof="fail"))
    assert desk.sink.to(ana) == []
    assert len(desk.tickets(ana)) == 1
    assert "may be forged" in text_of(desk.sink.to(BEN)[-1])


def test_our_own_letter_coming_back_opens_nothing(desk: Living) -> None:
    ana = somebody()
    desk.request(ana)
    before = desk.rows("SELECT count(*) FROM ticket")
    desk.take(desk.sink.to(ana)[0].content)
    assert desk.route() == ("done", "OwnLetter")
    assert desk.rows("SELECT count(*) FROM ticket") == before


# Threads.


def test_a_reply_to_the_acknowledgement_joins_and_the_agents_are_told(desk: Living) -> None:
    ana = somebody()
    tag, _ = desk.request(ana)
    (acknowledged,) = desk.sink.to(ana)
    desk.take(answer_to(acknowledged.mail, "It is card number two.", sender=ana))
    (ticket,) = desk.tickets(ana)
    assert [text for _, _, text in desk.messages(ticket)] == ["My card was not delivered.", "It is card number two."]
    assert len(desk.sink.to(ana)) == 1
    told = about(desk.sink.to(BEN), tag)[-1]
    assert "The customer wrote again" in text_of(told)
    assert "It is card number two." in text_of(told)
    root = str(told.mail["References"]).split()[0]
    assert root == str(about(desk.sink.to(BEN), tag)[0].mail["References"]).split()[0], "one thread for the agent"


def test_a_tag_in_the_subject_joins_only_who_takes_part(desk: Living) -> None:
    ana, mallory = somebody(), somebody()
    tag, _ = desk.request(ana)
    desk.take(mail(f"Fwd: {tag.lower()}", "The money goes to my account.", sender=mallory))
    (ticket,), (other,) = desk.tickets(ana), desk.tickets(mallory)
    assert len(desk.messages(ticket)) == 1
    assert "suspicion" in desk.events(other)
    told = text_of(desk.sink.to(BEN)[-1])
    assert f"names ticket number {ticket['number']}" in told
    desk.take(mail(f"Re: 【{tag}】", "It has come.", sender=ana))
    assert [text for _, _, text in desk.messages(ticket)] == ["My card was not delivered.", "It has come."]


def test_a_letter_forwarded_to_a_stranger_lets_the_stranger_read_nothing_and_write_nothing(desk: Living) -> None:
    ana, mallory = somebody(), somebody()
    desk.request(ana)
    (acknowledged,) = desk.sink.to(ana)
    desk.take(answer_to(acknowledged.mail, "What is the state of it?", sender=mallory))
    (ticket,) = desk.tickets(ana)
    assert len(desk.messages(ticket)) == 1
    (own,) = desk.sink.to(mallory)
    assert "card" not in text_of(own)


def test_a_number_that_no_database_can_hold_is_only_words(desk: Living) -> None:
    ana = somebody()
    desk.take(mail("[PD-999999999999-X] PD-99999999999999999999-T", sender=ana))
    assert len(desk.tickets(ana)) == 1


def test_a_vacation_notice_changes_nothing_and_is_not_answered(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    desk.answer(told, "Please wait until Monday.")
    before = len(desk.sink.accepted)
    away = {"Auto-Submitted": "auto-replied"}
    desk.take(answer_to(desk.sink.to(ana)[-1].mail, "I am away until Monday.", sender=ana, headers=away))
    (ticket,) = desk.tickets(ana)
    assert ticket["status"] == "waiting"
    assert desk.messages(ticket)[-1][:2] == ("automatic", 0)
    assert len(desk.sink.accepted) == before


# Other mailboxes, other doors.


def test_a_folder_that_was_made_anew_brings_nothing_twice(tmp_path: Path, dovecot: Dovecot, imap_user: str) -> None:
    with Sink() as sink, House(tmp_path, dovecot.port, imap_user, sink, mailbox='folders = ["Shop"]') as house:
        one = mail("My card", sender="ana@example.net")
        with Owner(dovecot.port, imap_user) as owner:
            owner.do("create", "Shop")
            owner.put(one, "Shop")
            house.once()
            owner.do("delete", "Shop")
            owner.do("create", "Shop")
            owner.put(one, "Shop")
            owner.put(mail("Another", sender="cara@example.net"), "Shop")
        house.once()
        assert Living(house).rows("SELECT requester FROM ticket") == [("ana@example.net",), ("cara@example.net",)]
        assert len(sink.to("ana@example.net")) == len(sink.to("cara@example.net")) == 1


def test_a_mail_over_the_limit_becomes_a_ticket_from_its_headers(tmp_path: Path, dovecot: Dovecot) -> None:
    with living(tmp_path, dovecot, mailbox="size_limit = 5000") as desk:
        desk.take(mail("My video", "x" * 6000, sender="ana@example.net"))
        (letter,) = desk.sink.to("ana@example.net")
        (ticket,) = desk.tickets("ana@example.net")
        assert "larger than" in text_of(letter)
        assert letter.mail["Auto-Submitted"] == "auto-replied"
        assert "stays on the mail server" in text_of(desk.sink.to(BEN)[-1])
        # The words that come instead belong to the same ticket.
        desk.take(answer_to(letter.mail, "It shows my card.", sender="ana@example.net"))
        assert [text for _, _, text in desk.messages(ticket)] == ["", "It shows my card."]
        with Owner(dovecot.port, desk.house.user) as owner:
            assert [len(content) > 6000 for content, _ in owner.mails()] == [True]


def test_a_mail_over_the_limit_that_came_by_a_pipe_is_kept_whole_and_not_read(tmp_path: Path, dovecot: Dovecot) -> None:
    with living(tmp_path, dovecot, mailbox="size_limit = 5000") as desk:
        whole = mail("My video", "seed word " * 600, sender="ana@example.net", files=[("a.txt", "text/plain", b"x")])
        desk.house.postdesk("ingest", "-", stdin=whole)
        (letter,) = desk.sink.wait(1, "ana@example.net")
        assert "larger than" in text_of(letter)
        (ticket,) = desk.tickets("ana@example.net")
        (told,) = desk.sink.wait(1, BEN)
        assert "only its header was read" in text_of(told).lower()
        assert "your administrator can give you the whole email" in text_of(told)
        assert [text for _, _, text in desk.messages(ticket)] == [""]
        assert desk.rows("SELECT size, oversize FROM inbox WHERE folder = 'ingest'") == [(len(whole), 1)]
        desk.house.postdesk("show", str(ticket["number"]), "--files", str(tmp_path / "out"))
        assert [path.read_bytes() for path in (tmp_path / "out").iterdir()] == [whole]


def test_nothing_in_the_data_folder_can_be_read_by_others(tmp_path: Path, dovecot: Dovecot) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    # As an earlier version left it.
    (tmp_path / "data" / "postdesk.db").touch(mode=0o644)
    (tmp_path / "data").chmod(0o755)
    mask = os.umask(0)
    try:
        with living(tmp_path, dovecot) as desk:
            desk.take(mail("Hello", sender="ana@example.net"))
            desk.house.postdesk("ingest", "-", stdin=mail("Hello again", sender="ana@example.net"))
            data = tmp_path / "data"
            for path in data.rglob("*"):
                with suppress(FileNotFoundError):
                    assert path.stat().st_mode & 0o077 == 0, path
            assert (data / "postdesk.db").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(mask)


def test_mail_from_before_the_cut_off_is_left_alone(tmp_path: Path, dovecot: Dovecot, imap_user: str) -> None:
    with Sink() as sink, House(tmp_path, dovecot.port, imap_user, sink) as house:
        with Owner(dovecot.port, imap_user) as owner:
            old = mail("Years ago", sender="ana@example.net")
            owner.do("append", "INBOX", "", '"01-Jan-2019 10:00:00 +0000"', old)
            owner.put(mail("Today", sender="cara@example.net"))
            house.once()
            assert owner.mails() == [(old, ())]
        assert Living(house).rows("SELECT requester FROM ticket") == [("cara@example.net",)]
        assert sink.to("ana@example.net") == []


def test_a_mail_handed_over_by_a_pipe_or_a_maildir_is_a_mail_like_any_other(tmp_path: Path) -> None:
    with Sink() as sink, House(tmp_path, 1, "nobody", sink) as house:
        drop = tmp_path / "drop"
        for name in ("new", "cur", "tmp"):
            (drop / name).mkdir(parents=True)
        settings = house.config.read_text()
        start, end = settings.index("[[mailbox]]"), settings.index("[smtp]")
        maildir = f"""[[mailbox]]
name = "drop"
kind = "maildir"
path = "{drop}"
addresses = ["support@example.org"]
authserv_id = "{AUTHSERV}"
since = 2020-01-01T00:00:00Z
"""
        house.config.write_text(settings[:start] + maildir + settings[end:])
        piped = mail("By pipe", sender="ana@example.net").replace(b"\r\n", b"\n")
        assert house.postdesk("ingest", "-", stdin=piped).stdout.startswith(b"kept as ")
        house.postdesk("ingest", "-", stdin=piped)
        (drop / "new" / "1792000000.M1P1.example").write_bytes(mail("By Maildir", sender="cara@example.net"))
        house.once()
        assert Living(house).rows("SELECT subject FROM ticket ORDER BY 1") == [("By Maildir",), ("By pipe",)]
        assert len(sink.to("ana@example.net")) == len(sink.to("cara@example.net")) == 1
        assert list((drop / "new").iterdir()) == []
