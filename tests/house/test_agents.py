"""Agents answer from their own mail client; who only seems to be one reaches nobody (promises T10 to T15, T25)."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from servers.dovecot import Dovecot
from servers.house import answer_to, mail
from servers.living import AUTHSERV, BEN, CHRIS, Living, about, living, signed, somebody, text_of


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("agents"), dovecot) as built:
        yield built


def to_chris(desk: Living, tag: str) -> EmailMessage:
    (told,) = about(desk.sink.to(CHRIS), tag)
    return told.mail


def files_of(letter: EmailMessage) -> list[tuple[str | None, bytes]]:
    return [(part.get_filename(), part.get_content()) for part in letter.iter_attachments()]


def test_an_answer_reaches_the_customer_under_the_desks_name_in_the_same_thread(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana, message_id=f"first.{ana}")
    form = ("form.pdf", "application/pdf", b"%PDF-1.4 a form")
    words = "Please fill in the form.\n\nOr write to ben@example.org.\n\n-- \nBen Baker, extension 12"
    desk.answer(told, words, files=[form])
    greeting, answer = desk.sink.to(ana)
    said = text_of(answer)
    assert "Please fill in the form." in said
    assert "Or write to support@example.org." in said
    assert str(answer.mail["From"]) == "Example Support <support@example.org>"
    assert answer.mail["Auto-Submitted"] is None
    assert answer.sender == "support@example.org"
    assert f"[{tag}]" in str(answer.mail["Subject"])
    assert str(answer.mail["In-Reply-To"]) == str(greeting.mail["Message-ID"])
    assert str(answer.mail["References"]).split() == [f"<first.{ana}>", str(greeting.mail["Message-ID"])]
    assert files_of(answer.mail) == [("form.pdf", b"%PDF-1.4 a form")]
    for hidden in (b"ben@", b"Baker", b"internal", b"extension", b"identity checked", b"colleagues", b"wrote:"):
        assert hidden not in answer.content, hidden
    (ticket,) = desk.tickets(ana)
    assert (ticket["status"], ticket["assignee"]) == ("waiting", BEN)
    assert len(desk.sink.to(BEN)) == len(about(desk.sink.to(BEN), tag)) + sum(
        f"[{tag}]" not in str(one.mail["Subject"]) for one in desk.sink.to(BEN)
    )


def test_an_answer_above_an_unmarked_quote_goes_without_the_quote(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana, "My card was not delivered. What can I do?")
    body = told.get_body(("plain",))
    assert body is not None
    threaded = {"In-Reply-To": str(told["Message-ID"])}
    whole = f"We send another one.\n\n{body.get_content()}"
    desk.take(mail(f"Re: {told['Subject']}", whole, sender=BEN, headers=threaded))
    said = text_of(desk.sink.to(ana)[-1])
    assert "We send another one." in said
    assert "not delivered" not in said
    assert "internal" not in said


def test_a_note_never_reaches_the_customer(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "/note\n\nHe has lied before.")
    assert len(desk.sink.to(ana)) == 1
    (ticket,) = desk.tickets(ana)
    assert desk.messages(ticket)[-1] == ("agent", 0, "He has lied before.")
    note = about(desk.sink.to(CHRIS), tag)[-1]
    assert "Note from Ben Baker to colleagues" in text_of(note)
    assert "He has lied before." in text_of(note)
    assert len(about(desk.sink.to(BEN), tag)) == 1, "the writer is not told what he wrote"
    desk.answer(note.mail, "We look into it.", agent=CHRIS, name="Chris Chen", message_id=f"two.{ana}")
    assert len(desk.sink.to(ana)) == 1, "an answer to a note stays with the note"
    desk.answer(note.mail, "/send\n\nWe look into it.", agent=CHRIS, name="Chris Chen", message_id=f"three.{ana}")
    assert "We look into it." in text_of(desk.sink.to(ana)[-1]), "unless it says that it is for the customer"
    assert "lied" not in desk.sink.to(ana)[-1].content.decode()


def test_who_is_given_a_ticket_gets_what_it_takes_to_answer(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana, "My card was eaten.")
    desk.answer(told, "/assign chris\n/note\n\nPlease be kind.")
    given = about(desk.sink.to(CHRIS), tag)[-1]
    assert "is yours now" in text_of(given)
    assert "My card was eaten." in text_of(given)
    assert "Please be kind." in text_of(given)
    desk.answer(given.mail, "We send a new one.", agent=CHRIS, name="Chris Chen")
    assert "We send a new one." in text_of(desk.sink.to(ana)[-1])
    assert "kind" not in text_of(desk.sink.to(ana)[-1])
    assert len(about(desk.sink.to(BEN), tag)) == 1


@pytest.mark.parametrize("text", ["/sovle\n\nDear Ana", "/note: he lies\n\nDear Ana", "Dear Ana\n\n/solve"])
def test_a_mail_with_a_command_that_is_not_understood_is_not_sent_but_given_back(desk: Living, text: str) -> None:
    ana = somebody()
    tag, _ = desk.request(ana)
    desk.answer(to_chris(desk, tag), text, agent=CHRIS)
    assert len(desk.sink.to(ana)) == 1
    refusal = about(desk.sink.to(CHRIS), tag)[-1]
    assert "Nothing was sent to the customer" in text_of(refusal)
    assert "Dear Ana" in text_of(refusal)
    assert desk.route() == ("held", "Held")
    (ticket,) = desk.tickets(ana)
    assert len(desk.messages(ticket)) == 1
    if text.startswith("/sovle"):
        # The refusal can be answered like the notification.
        desk.answer(refusal.mail, "/solve\n\nDear Ana, done.", agent=CHRIS)
        assert "Dear Ana, done." in text_of(desk.sink.to(ana)[-1])
        assert desk.tickets(ana)[0]["status"] == "solved"


def test_an_empty_reply_is_not_sent(desk: Living) -> None:
    ana = somebody()
    tag, _ = desk.request(ana)
    desk.answer(to_chris(desk, tag), "", agent=CHRIS)
    assert len(desk.sink.to(ana)) == 1
    assert "neither text nor a command" in text_of(about(desk.sink.to(CHRIS), tag)[-1])


def test_a_forged_agent_reaches_nobody(desk: Living) -> None:
    """T11: every way not to be vouched for, each with a genuine letter of ours to answer."""
    ana = somebody()
    tag, told = desk.request(ana)
    before = len(desk.sink.to(BEN))
    plain = {
        name: answer_to(told, f"/solve\n\nSend money, {name}", sender=BEN, name="Ben Baker", proof=None)
        for name in ("none", "foreign", "below", "renamed", "unaligned", "fail")
    }
    ours = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\n"
    received = "Received: from evil.example.com by mx.example.org; Fri, 20 Nov 2026 10:00:00 +0000\n"
    desk.take(
        plain["none"],
        signed("Authentication-Results: mx.example.com; dmarc=pass header.from=example.org\n", plain["foreign"]),
        signed(f"{received}X-Spam: no\n{ours}", plain["below"]),
        signed(ours.replace("mx.example.org", "mx.example.org.example.com"), plain["renamed"]),
        signed(ours.replace("header.from=example.org", "header.from=example.com"), plain["unaligned"]),
        signed(ours.replace("pass", "fail"), plain["fail"]),
    )
    (ticket,) = desk.tickets(ana)
    assert len(desk.sink.to(ana)) == 1
    assert (ticket["status"], len(desk.messages(ticket))) == ("new", 1)
    refusals = desk.sink.to(BEN)[before:]
    # Told, but not flooded, and not shown what was written in the own name.
    assert len(refusals) == 5
    assert not any("Send money" in text_of(one) for one in refusals)
    assert len(about(desk.sink.to(BEN), tag)) == 6


def test_another_agents_letter_gives_no_right_to_answer(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    desk.answer(told, "/solve\n\nHello", agent=CHRIS)
    assert len(desk.sink.to(ana)) == 1
    assert "sent to somebody else" in text_of(desk.sink.to(CHRIS)[-1])


def test_the_customer_who_answers_a_leaked_notification_is_no_agent(desk: Living) -> None:
    """FreeScout's CVE-2026-47123: knowing the id of an agent's letter proves nothing."""
    ana, mallory = somebody(), somebody()
    _, told = desk.request(ana)
    desk.take(answer_to(told, "/solve\n\nSend money", sender=mallory))
    assert len(desk.sink.to(ana)) == 1
    assert desk.tickets(ana)[0]["status"] == "new"
    assert len(desk.tickets(mallory)) == 1


def test_commands_of_a_customer_are_only_words(desk: Living) -> None:
    ana = somebody()
    desk.request(ana)
    desk.take(answer_to(desk.sink.to(ana)[0].mail, "/close\n/assign nobody\n\nThank you", sender=ana))
    (ticket,) = desk.tickets(ana)
    assert ticket["status"] == "new"
    assert desk.messages(ticket)[-1][2].startswith("/close")


def test_who_was_in_cc_gets_nothing_until_an_agent_agrees(desk: Living) -> None:
    ana, cara, dan = somebody(), somebody(), somebody()
    _, told = desk.request(ana, headers={"Cc": f"Cara <{cara}>, {dan}"})
    body = told.get_body(("plain",))
    assert body is not None
    assert f"Also addressed, but not taking part: {cara} and {dan}" in body.get_content()
    desk.answer(told, "Only to Ana.")
    assert (len(desk.sink.to(cara)), len(desk.sink.to(ana))) == (0, 2)
    desk.answer(told, f"/cc {cara}\n\nTo both of you.", message_id=f"two.{ana}")
    (joined,) = desk.sink.to(cara)
    assert "To both of you." in text_of(joined)
    assert b"Only to Ana" not in joined.content
    assert ana.encode() not in joined.content
    assert desk.sink.to(dan) == []
    # From now on Cara writes in this ticket.
    desk.take(answer_to(joined.mail, "I know that too.", sender=cara, name="Cara"))
    assert desk.messages(desk.tickets(ana)[0])[-1] == ("participant", 1, "I know that too.")
    assert desk.tickets(cara) == []


def test_the_vacation_of_an_agent_reaches_nobody(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    before = len(desk.sink.accepted)
    desk.answer(told, "I am away until Monday.", headers={"Auto-Submitted": "auto-replied"})
    assert desk.route() == ("done", "AutoReply")
    assert len(desk.sink.accepted) == before


def test_a_dangerous_file_is_not_mailed_on_in_either_direction(desk: Living) -> None:
    ana = somebody()
    program = ("setup.exe", "application/octet-stream", b"MZ\x90\x00" + b"\0" * 64)
    tag, told = desk.request(ana, files=[program, ("note.txt", "text/plain", b"words")])
    assert [name for name, _ in files_of(told)] == ["note.txt"]
    body = told.get_body(("plain",))
    assert body is not None
    assert "setup.exe" in body.get_content()
    desk.answer(to_chris(desk, tag), "Please run this.", agent=CHRIS, files=[program])
    assert len(desk.sink.to(ana)) == 1
    assert "setup.exe" in text_of(about(desk.sink.to(CHRIS), tag)[-1])


def test_a_reply_to_a_solved_ticket_reopens_it_and_tells_who_solved_it(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "/solve\n\nIt is on its way.")
    assert desk.tickets(ana)[0]["status"] == "solved"
    desk.take(answer_to(desk.sink.to(ana)[-1].mail, "It is still not here.", sender=ana))
    (ticket,) = desk.tickets(ana)
    assert ticket["status"] == "open"
    assert "is reopened" in text_of(about(desk.sink.to(BEN), tag)[-1])
    assert len(about(desk.sink.to(CHRIS), tag)) == 1, "only who holds it is told"


def test_after_the_window_a_reply_opens_a_linked_ticket(tmp_path: Path, dovecot: Dovecot) -> None:
    with living(tmp_path, dovecot, desk='reopen_within = "0s"') as house:
        _, told = house.request("ana@example.net")
        house.answer(told, "/close\n\nIt has come.")
        house.take(answer_to(house.sink.to("ana@example.net")[-1].mail, "Now it is broken.", sender="ana@example.net"))
        first, second = house.tickets("ana@example.net")
        assert (first["status"], second["follows"]) == ("closed", first["number"])
        assert f"continues ticket number {first['number']}" in text_of(house.sink.to(BEN)[-1])


@pytest.mark.parametrize("login", ["ben@example.org", "mal@example.org", "chris@example.net"])
def test_the_login_of_somebody_else_speaks_for_no_agent(desk: Living, login: str) -> None:
    ana = somebody()
    # Ben has had as many refusals as he is told of in a day.
    tag, _ = desk.request(ana)
    content = answer_to(to_chris(desk, tag), "Please send us your password.", sender=CHRIS, proof=None)
    said = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.org; auth=pass smtp.auth={login}\n"
    desk.take(signed(said, content))
    assert desk.route() == ("held", "Held")
    assert len(desk.sink.to(ana)) == 1
    assert f"auth=pass for {login}" in text_of(about(desk.sink.to(CHRIS), tag)[-1])


def test_a_bare_login_name_takes_no_rights_from_an_agent(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    content = answer_to(told, "It is on its way.", sender=BEN, name="Ben Baker", proof=None)
    said = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.org; auth=pass smtp.auth=bb7\n"
    desk.take(signed(said, content))
    assert "It is on its way." in text_of(desk.sink.to(ana)[-1])


def test_a_command_that_nobody_sees_is_not_obeyed(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    message = EmailMessage()
    for name, value in (("From", f"Ben <{BEN}>"), ("To", "support@example.org"), ("Subject", f"Re: {told['Subject']}")):
        message[name] = value
    message["In-Reply-To"] = str(told["Message-ID"])
    message["Message-ID"] = f"<unseen.{ana}>"
    message.set_content("<p style='color:#ffffff'>/close</p><p>We are looking into it.</p>", subtype="html")
    desk.take(signed(f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.org\n", message.as_bytes()))
    assert desk.route() == ("held", "Held")
    assert [one["status"] for one in desk.tickets(ana)] == ["new"]
    assert "words that nobody can see" in text_of(about(desk.sink.to(BEN), tag)[-1])


def test_agents_are_warned_of_a_mail_that_names_one_of_them(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana, headers={"Reply-To": CHRIS})
    body = told.get_body(("plain",))
    assert body is not None
    assert "BEWARE: the sender names one of us" in body.get_content()
    assert f"Reply-To: {CHRIS}" in body.get_content()
