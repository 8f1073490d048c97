"""Mail about a matter that the desk has already: joined, suggested, noted in a line, or told to a second team."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from servers.dovecot import Dovecot
from servers.house import SUPPORT, answer_to, mail
from servers.living import BEN, CHRIS, Living, about, living, signed, somebody, text_of
from servers.sink import Accepted


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("same_matter"), dovecot) as built:
        yield built


def letters(desk: Living, address: str, tag: str = "") -> list[Accepted]:
    return about(desk.sink.to(address), tag) if tag else desk.sink.to(address)


def solved(desk: Living, ana: str, *commands: str) -> tuple[str, EmailMessage]:
    """A ticket that an agent has answered and solved; gives its tag and the agent's answer as the customer got it."""
    tag, notification = desk.request(ana)
    desk.answer(notification, "\n".join((*(commands or ("/solve",)), "", "Your card was posted yesterday.")))
    return tag, desk.sink.to(ana)[-1].mail


# The same words twice.


def test_a_mail_that_a_client_sends_twice_is_one_ticket_with_one_acknowledgement(desk: Living) -> None:
    dora = somebody()
    when = "Fri, 20 Nov 2026 10:0{}:00 +0000"
    words = "300 USDT from Tuesday."
    desk.take(*(mail("Deposit missing", words, sender=dora, date=when.format(at)) for at in (1, 2)))
    (ticket,) = desk.tickets(dora)
    (acknowledgement,) = desk.sink.to(dora)
    tag = str(acknowledgement.mail["Subject"]).partition("[")[2].partition("]")[0]
    new, again = (text_of(one) for one in letters(desk, BEN, tag))
    assert "New ticket" in new
    assert "sent the same email twice" in again
    assert [public for _, public, _ in desk.messages(ticket)] == [1, 0]
    assert "customer_message" in desk.events(ticket)
    assert desk.events(ticket).count("customer_message") == 1
    ((why,),) = desk.rows("SELECT joined_by FROM message WHERE ticket_id = ? AND NOT public", ticket["id"])
    assert "same words from the same sender" in why


@pytest.mark.parametrize("second", ["500 USDT from Tuesday.", "300 USDT from Wednesday."])
def test_other_words_are_another_matter(desk: Living, second: str) -> None:
    dora = somebody()
    desk.take(mail("Deposit missing", "300 USDT from Tuesday.", sender=dora))
    desk.take(mail("Deposit missing", second, sender=dora))
    assert len(desk.tickets(dora)) == 2


def test_who_is_not_proven_is_not_joined_by_words(desk: Living) -> None:
    dora = somebody()
    desk.take(mail("Deposit missing", sender=dora, proof=None))
    desk.take(mail("Deposit missing", sender=dora, proof=None))
    assert len(desk.tickets(dora)) == 2


def test_words_repeated_after_an_answer_are_asked_again(desk: Living) -> None:
    dora = somebody()
    desk.take(mail("My card", "It is lost.", sender=dora))
    (acknowledgement,) = desk.sink.to(dora)
    tag = str(acknowledgement.mail["Subject"]).partition("[")[2].partition("]")[0]
    desk.answer(letters(desk, BEN, tag)[0].mail, "/solve\nIt was found.")
    desk.take(mail("My card", "It is lost.", sender=dora))
    (ticket,) = desk.tickets(dora)
    assert ticket["status"] == "open"
    assert "reopened" in text_of(letters(desk, BEN, tag)[-1])


# The same mailbox, the same person.


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("finn.kite1@gmail.com", "finnkite1@gmail.com"),
        ("finn.kite2@gmail.com", "Finn.Kite2@googlemail.com"),
        ("finn.kite3@kite.example", "finn.kite3@kite.example."),
    ],
)
def test_another_spelling_of_a_proven_mailbox_joins(desk: Living, first: str, second: str) -> None:
    tag, _ = desk.request(first)
    (acknowledgement,) = desk.sink.to(first)
    desk.take(answer_to(acknowledgement.mail, "One more thing: it is the blue card.", sender=second))
    (ticket,) = desk.tickets(first)
    assert [text for _, _, text in desk.messages(ticket)][1:] == ["One more thing: it is the blue card."]
    told = text_of(letters(desk, BEN, tag)[-1])
    assert ("spelled otherwise" in told) == (not second.startswith("finn.kite3"))
    assert len(desk.sink.to(first)) == 1


def test_another_spelling_that_is_not_proven_does_not_join(desk: Living) -> None:
    desk.request("eva.kite@gmail.com")
    (acknowledgement,) = desk.sink.to("eva.kite@gmail.com")
    desk.take(answer_to(acknowledgement.mail, "It is the blue one.", sender="evakite@gmail.com", proof=None))
    assert len(desk.tickets("evakite@gmail.com")) == 1
    assert "/join" in text_of(desk.sink.to(BEN)[-1])


@pytest.mark.parametrize("other", ["miastern{}@googlemail.com", "m.iastern{}@gmail.com", "mia.stern{}+desk@gmail.com"])
def test_a_new_mail_of_a_mailbox_spelled_otherwise_is_suggested(desk: Living, other: str) -> None:
    number = somebody().strip("an").partition("@")[0]
    mia, other = f"mia.stern{number}@gmail.com", other.format(number)
    tag, _ = desk.request(mia)
    desk.take(mail("Another question", "And my deposit is missing.", sender=other))
    assert f"Perhaps the same person as in {tag} ({mia})" in text_of(desk.sink.to(BEN)[-1])


def test_a_sub_address_is_suggested_and_one_word_joins_it(desk: Living) -> None:
    finn = somebody()
    other = finn.replace("@", "+desk@")
    tag, _ = desk.request(finn)
    (acknowledgement,) = desk.sink.to(finn)
    desk.take(answer_to(acknowledgement.mail, "One more thing: it is the blue card.", sender=other))
    told = [one for one in desk.sink.to(BEN) if other in text_of(one)][-1]
    assert f"Perhaps the same person as in {tag} ({finn})" in text_of(told)
    desk.answer(told.mail, "/join")
    (joined,) = desk.tickets(other)
    assert joined["status"] == "closed"
    desk.answer(letters(desk, CHRIS, tag)[0].mail, "It is on its way.", agent=CHRIS, name="Chris Chen")
    assert [len(desk.sink.to(one)) for one in (finn, other)] == [2, 2]


@pytest.mark.parametrize(
    "words",
    [
        "Where is TXID 4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b?",
        "Order number: 88412093 has not arrived.",
    ],
)
def test_the_same_transaction_or_order_in_an_open_ticket_is_suggested(desk: Living, words: str) -> None:
    first, second = somebody(), somebody()
    tag, _ = desk.request(first, words)
    desk.take(mail("Another question", f"Hello, it is about this. {words}", sender=second))
    told = [one for one in desk.sink.to(BEN) if second in text_of(one)][-1]
    assert f"is named in {tag} ({first})" in text_of(told)
    assert len(desk.tickets(second)) == len(desk.sink.to(second)) == 1


def test_who_was_copied_is_suggested_gets_no_history_and_is_acknowledged(desk: Living) -> None:
    dora, boss = somebody(), somebody()
    first = mail("Access for Emil", "Give Emil access.", sender=dora, headers={"Cc": boss}, message_id=f"b71.{dora}")
    desk.take(first)
    (acknowledgement,) = desk.sink.to(dora)
    tag = str(acknowledgement.mail["Subject"]).partition("[")[2].partition("]")[0]
    ids = {"In-Reply-To": f"<b71.{dora}>", "References": f"<b71.{dora}>", "Cc": SUPPORT}
    desk.take(mail("Re: Access for Emil", "I agree, please do it.", sender=boss, to=dora, headers=ids))
    (told,) = desk.sink.to(boss)
    assert "Give Emil access" not in text_of(told)
    (hint,) = [one for one in desk.sink.to(BEN) if "was copied in" in text_of(one)]
    desk.answer(hint.mail, "/join")
    joined = text_of(letters(desk, BEN, tag)[-1]) + text_of(letters(desk, CHRIS, tag)[-1])
    assert "was only copied" in joined
    desk.answer(letters(desk, BEN, tag)[0].mail, "Emil has access now.")
    assert len(desk.sink.to(boss)) == 1
    assert len(desk.sink.to(dora)) == 2


def test_join_without_a_suggestion_does_nothing_and_says_so(desk: Living) -> None:
    ana = somebody()
    _, notification = desk.request(ana)
    desk.answer(notification, "/join")
    assert "no ticket was suggested" in text_of(desk.sink.to(BEN)[-1])
    assert desk.tickets(ana)[0]["status"] == "new"


# Reactions and thanks.

GMAIL = (
    b'Content-Type: multipart/alternative; boundary="g"\r\n\r\n--g\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
    b"\xf0\x9f\x91\x8d\r\n\r\nUwe Tern reacted via Gmail <https://www.google.com/gmail/about>\r\n--g\r\n"
    b'Content-Type: text/vnd.google.email-reaction+json; charset=utf-8\r\n\r\n{"version":1}\r\n--g--\r\n'
)
RFC_9078 = b"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: reaction\r\n\r\n\xf0\x9f\x91\x8d\r\n"
OUTLOOK = (
    "Content-Type: text/html; charset=utf-8\r\n\r\n<div>👍 Uwe Tern reacted to your message:</div><hr><div><b>From:"
    "</b> Example Support<br><b>Sent:</b> Friday<br><b>Subject:</b> My card</div><div>Your card was posted.</div>\r\n"
).encode()
IPHONE = "Content-Type: text/plain; charset=utf-8\r\n\r\nLiked “Your card was posted yesterday.”\r\n".encode()
THANKS = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThank you!\r\n"
THANKS_ZH = "Content-Type: text/plain; charset=utf-8\r\n\r\n好的，谢谢！\r\n".encode()
SILENT = {
    "gmail": GMAIL,
    "rfc 9078": RFC_9078,
    "outlook": OUTLOOK,
    "iphone": IPHONE,
    "thanks": THANKS,
    "谢谢": THANKS_ZH,
}


def answering(letter: EmailMessage, sender: str, body: bytes) -> bytes:
    """A raw answer, with a body of any kind."""
    ours = letter["Message-ID"]
    fields = (
        f"From: Uwe Tern <{sender}>\nTo: {SUPPORT}\nSubject: Re: {letter['Subject']}\nMIME-Version: 1.0\n"
        f"Date: Fri, 20 Nov 2026 11:00:00 +0000\nMessage-ID: <react.{ours.strip('<>')}>\nIn-Reply-To: {ours}\n"
        f"References: {ours}\nContent-Transfer-Encoding: 8bit\n"
    )
    trace = f"Authentication-Results: mx.example.org; dmarc=pass header.from={sender.rpartition('@')[2]}\n"
    return signed(trace, fields.replace("\n", "\r\n").encode() + body)


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_a_reaction_or_a_thanks_to_a_solved_ticket_is_an_event_and_no_more(desk: Living, body: bytes) -> None:
    uwe = somebody()
    tag, answer = solved(desk, uwe)
    before = len(letters(desk, BEN, tag)), len(letters(desk, CHRIS, tag))
    desk.take(answering(answer, uwe, body))
    (ticket,) = desk.tickets(uwe)
    assert ticket["status"] == "solved"
    assert desk.events(ticket)[-1] == "reaction"
    assert (len(letters(desk, BEN, tag)), len(letters(desk, CHRIS, tag))) == before
    assert desk.rows("SELECT next_reply_due_at, resolve_due_at FROM ticket WHERE id = ?", ticket["id"]) == [
        (None, None)
    ]


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_where_somebody_waits_for_it_the_agent_gets_one_line(desk: Living, body: bytes) -> None:
    uwe = somebody()
    tag, answer = solved(desk, uwe, "/wait")
    before = len(letters(desk, BEN, tag))
    desk.take(answering(answer, uwe, body))
    (ticket,) = desk.tickets(uwe)
    assert ticket["status"] == "waiting"
    (line,) = letters(desk, BEN, tag)[before:]
    words = [one for one in text_of(line).splitlines() if one.strip() and "internal⟧" not in one]
    assert len(" ".join(words)) < 240
    assert "Nothing changed" in words[-1]


@pytest.mark.parametrize(
    "text", ["Thank you, but it has not come.", "Thanks! When will it come?", "谢谢，还没到账", "👍 but where is it?"]
)
def test_a_thanks_with_more_in_it_reopens(desk: Living, text: str) -> None:
    uwe = somebody()
    _, answer = solved(desk, uwe)
    desk.take(answer_to(answer, text, sender=uwe))
    assert desk.tickets(uwe)[0]["status"] == "open"


def test_an_agents_reaction_never_reaches_the_customer(desk: Living) -> None:
    uwe = somebody()
    tag, notification = desk.request(uwe)
    desk.take(answering(notification, BEN, GMAIL))
    assert len(desk.sink.to(uwe)) == 1
    assert "reaction" in text_of(desk.sink.to(BEN)[-1])
    assert about(desk.sink.to(BEN), tag)


# Tickets that are opened again and again.


def test_a_ticket_that_is_reopened_four_times_rests_and_agents_are_told(desk: Living) -> None:
    uwe = somebody()
    tag, answer = solved(desk, uwe)
    notification = letters(desk, BEN, tag)[0].mail
    for round_ in range(4):
        desk.take(answer_to(answer, f"Automatic message {round_}", sender=uwe))
        desk.answer(notification, "/solve")
    (ticket,) = desk.tickets(uwe)
    assert desk.events(ticket).count("frozen") == 1
    (told,) = [one for one in letters(desk, BEN, tag) if "reopened four times" in text_of(one)]
    assert "Nothing is sent in it automatically" in text_of(told)
    # What a stranger writes into this thread gets no acknowledgement either.
    mal = somebody()
    desk.take(answer_to(answer, "I am a machine.", sender=mal))
    assert desk.sink.to(mal) == []


# Addresses that bounce.


def test_after_a_permanent_bounce_nothing_automatic_goes_there_until_it_is_lifted(desk: Living) -> None:
    ana = somebody()
    tag, _ = desk.request(ana)
    (acknowledgement,) = desk.sink.to(ana)
    desk.take(bounce(acknowledgement.mail, ana))
    desk.take(mail("Another matter", "My login fails.", sender=ana))
    assert len(desk.sink.to(ana)) == 1
    (told,) = [one for one in desk.sink.to(BEN) if "My login fails." in text_of(one)]
    assert "bounced (5.1.1" in text_of(told)
    (listed,) = [one for one in desk.house.json("bounced") if one["address"] == ana]
    assert listed["reason"].startswith("5.1.1")
    assert listed["until"] > listed["since"]
    desk.house.postdesk("bounced", "lift", ana)
    desk.take(mail("A third matter", "My card is lost.", sender=ana))
    assert len(desk.sink.to(ana)) == 2
    assert tag


def bounce(letter: EmailMessage, recipient: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """A delivery report (RFC 3464) about a letter of ours."""
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nTo: {SUPPORT}\r\nSubject: Undelivered\r\n"
        f"Message-ID: <bounce.{letter['Message-ID'].strip('<>')}>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 no such user\r\n--b\r\n"
        "Content-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {letter['Message-ID']}\r\nTo: {recipient}\r\n--b--\r\n"
    ).encode()


def test_a_report_of_delay_or_of_a_full_day_suppresses_nothing(desk: Living) -> None:
    ana = somebody()
    desk.request(ana)
    (acknowledgement,) = desk.sink.to(ana)
    desk.take(bounce(acknowledgement.mail, ana, "4.4.7"))
    desk.take(mail("Another matter", "My login fails.", sender=ana))
    assert len(desk.sink.to(ana)) == 2


# More mail than anybody can be told of.


def test_beyond_the_cap_of_a_sender_agents_get_one_line_with_a_count(tmp_path: Path, dovecot: Dovecot) -> None:
    caps = {"desk": ""}
    with living(tmp_path, dovecot, **caps) as built:
        text = built.house.config.read_text()
        built.house.config.write_text(
            text.replace("[desk.caps]", '[desk.caps]\nnotifications_per_sender_hour = 3\nsummary_after = "3s"')
        )
        built.house.processes[-1].send_signal(1)
        built.house.wait_for(lambda: "configuration" in built.house.log(), 20, "reread")
        dora = somebody()
        built.take(*(mail(f"Alarm {at}", f"Pump {at} has failed.", sender=dora) for at in range(9)))
        assert len(built.tickets(dora)) == 9
        built.house.wait_for(lambda: [one for one in built.sink.to(BEN) if "more emails" in str(one.mail["Subject"])])
        for agent in (BEN, CHRIS):
            one_by_one = [one for one in built.sink.to(agent) if "New ticket" in text_of(one)]
            (line,) = [one for one in built.sink.to(agent) if "more emails" in str(one.mail["Subject"])]
            assert len(one_by_one) == 3
            assert f"6 more emails from {dora}" in text_of(line)
        # A ticket of that list can be taken and answered.
        tag = text_of(line).partition("No email is lost")[2].partition("PD-")[2].split(",")[0].split(".")[0]
        built.answer(line.mail, f"PD-{tag}\n/assign chris", agent=CHRIS, name="Chris Chen")
        (given,) = about(built.sink.to(CHRIS), f"PD-{tag}")
        built.answer(given.mail, "We are looking at it.", agent=CHRIS, name="Chris Chen")
        assert any("We are looking at it." in text_of(one) for one in built.sink.to(dora))
