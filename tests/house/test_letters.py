"""What becomes of letters: refused, bounced, delayed, held; and who is told."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from servers.dovecot import Dovecot
from servers.house import mail
from servers.living import BEN, PER_SENDER, Living, about, living, signed, somebody, text_of
from servers.sink import Accepted


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("letters"), dovecot) as built:
        yield built


def states(desk: Living, recipient: str) -> list[tuple[str, str]]:
    """(kind, state) of every letter to somebody, oldest first."""
    return [
        (kind, state)
        for kind, state in desk.rows("SELECT kind, state FROM letter WHERE recipient = ? ORDER BY id", recipient)
    ]


def deadline(desk: Living, requester: str) -> str | None:
    ((due,),) = desk.rows("SELECT first_reply_due_at FROM ticket WHERE requester = ?", requester)
    return due if due is None else str(due)


def report(letter: Accepted, action: str, status: str, message_id: str, recipient: str | None = None) -> bytes:
    """A delivery report as Postfix writes one (RFC 3464), about the letter's recipient or another."""
    named = f"Final-Recipient: rfc822; {letter.recipients[0] if recipient is None else recipient}"
    if recipient == "":
        named = "X-Postfix-Queue-ID: 4XYZ"
    head = letter.content.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    boundary = "=_report_77"
    lines = f"""From: Mail Delivery System <mailer-daemon@mx.example.org>
To: support@example.org
Subject: Undelivered Mail Returned to Sender
Date: Fri, 20 Nov 2026 11:00:00 +0000
Message-ID: <{message_id}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

{named}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} the mailbox is gone

--{boundary}
Content-Type: text/rfc822-headers

{head}

--{boundary}--
"""
    return b"Return-Path: <>\r\n" + lines.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def test_a_letter_that_the_relay_refuses_has_failed_and_the_agents_are_told(desk: Living) -> None:
    ana = somebody()
    desk.sink.refuse[ana] = "550 5.1.1 no such user"
    desk.take(mail("My card", sender=ana))
    assert states(desk, ana) == [("acknowledgement", "failed")]
    told = text_of(desk.sink.to(BEN)[-1])
    assert "did not reach" in told
    assert "5.1.1 no such user" in told


def test_the_clock_of_an_answer_that_failed_runs_again_from_its_start(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    due = deadline(desk, ana)
    assert due is not None
    desk.sink.refuse[ana] = "550 5.2.1 the mailbox is disabled"
    desk.answer(told, "/solve\n\nHere you are.")
    assert states(desk, ana) == [("acknowledgement", "sent"), ("answer", "failed")]
    (ticket,) = desk.tickets(ana)
    assert (deadline(desk, ana), ticket["status"]) == (due, "open")
    notice = about(desk.sink.to(BEN), tag)[-1]
    assert "Here you are." in text_of(notice)
    # The notice can be answered, and then it is met.
    del desk.sink.refuse[ana]
    desk.answer(notice.mail, "Here you are, once more.")
    assert states(desk, ana)[-1] == ("answer", "sent")
    assert deadline(desk, ana) is None
    assert desk.tickets(ana)[0]["status"] == "waiting"


def test_a_letter_that_the_relay_puts_off_is_tried_again(desk: Living) -> None:
    ana = somebody()
    desk.sink.refuse[ana] = "450 4.2.1 try later"
    desk.house.deliver(mail("My card", sender=ana))
    desk._delivered += 1
    desk.house.wait_for(lambda: desk.rows("SELECT 1 FROM letter WHERE recipient = ? AND tries > 0", ana), 10, "tried")
    del desk.sink.refuse[ana]
    desk.sink.wait(1, ana)
    desk.house.wait_for(lambda: states(desk, ana) == [("acknowledgement", "sent")], 10, "sent")


def test_a_bounced_answer_is_marked_and_the_agents_are_told_and_no_ticket_is_made(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "Here you are.")
    before = desk.rows("SELECT count(*) FROM ticket")
    returned = report(desk.sink.to(ana)[-1], "failed", "5.1.1", f"dsn.{ana}")
    desk.take(returned)
    desk.take(returned)
    assert states(desk, ana) == [("acknowledgement", "sent"), ("answer", "bounced")]
    (ticket,) = desk.tickets(ana)
    assert "bounced" in desk.events(ticket)
    assert ticket["status"] == "open"
    assert deadline(desk, ana) is not None
    assert "did not reach" in text_of(about(desk.sink.to(BEN), tag)[-1])
    assert len(about(desk.sink.to(BEN), tag)) == 2
    assert desk.rows("SELECT count(*) FROM ticket") == before
    assert desk.sink.to("mailer-daemon@mx.example.org") == []


def test_a_delayed_answer_has_not_failed(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "Here you are.")
    desk.take(report(desk.sink.to(ana)[-1], "delayed", "4.4.1", f"dsn.{ana}"))
    assert states(desk, ana)[-1] == ("answer", "sent")
    assert desk.events(desk.tickets(ana)[0])[-1] == "delayed"
    assert len(about(desk.sink.to(BEN), tag)) == 1


@pytest.mark.parametrize("spelled", ["{}", "<{}>", "{}.", '"{0[0]}"@{0[1]}', ""])
def test_a_report_names_our_recipient_in_any_spelling_or_not_at_all(desk: Living, spelled: str) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    desk.answer(told, "We send another one.")
    shown = spelled.format(ana.partition("@")[::2]) if "[" in spelled else spelled.format(ana.upper())
    desk.take(report(desk.sink.to(ana)[-1], "failed", "5.1.1", f"dsn.{ana}", shown))
    assert states(desk, ana)[-1] == ("answer", "bounced")
    assert desk.tickets(ana)[0]["status"] == "open"


@pytest.mark.parametrize(
    "other", ["ana.private@forwarded.example", "mallory@example.net", "ana@mail.example.net", "ana1@example.com"]
)
def test_a_report_about_somebody_to_whom_we_did_not_write_warns_and_changes_nothing(desk: Living, other: str) -> None:
    """Whoever passes our letters on, or only knows one of them, takes back no answer of ours."""
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "We send another one.")
    due = deadline(desk, ana)
    returned = report(desk.sink.to(ana)[-1], "failed", "5.2.2", f"dsn.{ana}", other)
    desk.take(returned)
    assert desk.route() == ("done", "DeliveryReport")
    assert states(desk, ana) == [("acknowledgement", "sent"), ("answer", "sent")]
    (ticket,) = desk.tickets(ana)
    assert (ticket["status"], deadline(desk, ana)) == ("waiting", due)
    assert "bounced" not in desk.events(ticket)
    warned = about(desk.sink.to(BEN), tag)[-1]
    said = " ".join(text_of(warned).split())
    assert f"this email to {ana} (ticket {tag}) did not reach {other}, to which we did not write" in said
    assert "The ticket is unchanged" in said
    letters = len(desk.sink.to(BEN))
    desk.take(returned.replace(f"dsn.{ana}".encode(), f"again.{ana}".encode()))
    assert len(desk.sink.to(BEN)) == letters, "once for each address"


def test_delays_and_receipts_of_others_say_nothing_of_our_letter(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "We send another one.")
    before = len(about(desk.sink.to(BEN), tag))
    for number, action in enumerate(("delayed", "delivered", "relayed")):
        desk.take(report(desk.sink.to(ana)[-1], action, "4.4.1", f"{number}.{ana}", "else@example.com"))
    assert len(about(desk.sink.to(BEN), tag)) == before
    assert states(desk, ana)[-1] == ("answer", "sent")
    assert "delayed" not in desk.events(desk.tickets(ana)[0])


def test_a_bounce_of_a_letter_that_we_never_sent_changes_nothing(desk: Living) -> None:
    ana = somebody()
    desk.request(ana)
    (letter,) = desk.sink.to(ana)
    forged = EmailMessage()
    forged["Message-ID"] = f"<acknowledgement.1001.{'0' * 24}@example.org>"
    before = len(desk.sink.accepted)
    unknown = Accepted("", letter.recipients, bytes(forged).replace(b"\n", b"\r\n") + b"\r\n\r\n", 0.0)
    desk.take(report(unknown, "failed", "5.1.1", f"dsn.{ana}"))
    assert states(desk, ana) == [("acknowledgement", "sent")]
    assert len(desk.sink.accepted) == before


def test_a_letter_above_the_cap_waits_for_an_operator(desk: Living) -> None:
    ana = somebody()
    before = len(desk.sink.to(BEN))
    desk.take(*(mail(f"Number {number}", sender=ana) for number in range(PER_SENDER + 1)))
    assert states(desk, ana) == [("acknowledgement", "sent")] * PER_SENDER + [("acknowledgement", "held")]
    assert len(desk.sink.to(ana)) == PER_SENDER
    told = [text_of(one) for one in desk.sink.to(BEN)[before:]]
    # Letters leave side by side: their order is no promise.
    assert sorted("waits for an operator" in one for one in told) == [False] * PER_SENDER + [True]
    ((held, message_id),) = desk.rows("SELECT id, message_id FROM letter WHERE state = 'held'")
    desk.house.postdesk("letters", "release", str(held))
    desk.sink.wait(PER_SENDER + 1, ana)
    assert desk.sink.copies()[message_id] == 1


def test_an_answer_that_an_operator_sends_again_is_an_answer_after_all(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    desk.sink.refuse[ana] = "550 5.1.1 no such user"
    desk.answer(told, "We look into it.")
    assert deadline(desk, ana) is not None
    del desk.sink.refuse[ana]
    ((letter,),) = desk.rows("SELECT id FROM letter WHERE recipient = ? AND state = 'failed'", ana)
    desk.house.postdesk("letters", "retry", str(letter))
    desk.house.wait_for(lambda: states(desk, ana)[-1] == ("answer", "sent"), why="sent")
    assert deadline(desk, ana) is None
    assert desk.events(desk.tickets(ana)[0])[-1] == "letter_retried"


def test_a_customer_who_cannot_be_written_to_is_told_of_to_the_agents(desk: Living) -> None:
    # More octets than any server takes for a local part, although not more characters.
    ana = f"{'а' * 40}{somebody()}"
    content = mail("My card", "Help", sender="ana@example.net").replace(b"<ana@example.net>", f"<{ana}>".encode())
    desk.take(content)
    (ticket,) = desk.tickets(ana)
    assert "letter_failed" in desk.events(ticket)
    assert desk.rows("SELECT count(*) FROM letter WHERE ticket_id = ? AND kind = 'undelivered'", ticket["id"]) == [(2,)]


def came(*received: str) -> str:
    """Trace fields, topmost first."""
    return "".join(f"Received: {one}\n" for one in received)


def test_the_way_of_a_mail_reaches_the_agents_and_a_loop_gets_no_automatic_letter(desk: Living) -> None:
    border = "from m.example.net (m.example.net [198.51.100.7]) by mx.example.org with ESMTPS id 1; "
    earlier = "from laptop by m.example.net with ESMTPSA id 2; Fri, 20 Nov 2026 06:55:00 +0000"
    late, looping = somebody(), somebody()
    trace = came(f"{border}Fri, 20 Nov 2026 10:00:00 +0000", earlier)
    desk.take(
        signed(trace, mail("Late", sender=late, proof=None)),
        signed(came(*[f"{border}Fri, 20 Nov 2026 10:00:00 +0000"] * 31), mail("Round", sender=looping)),
    )
    by_subject = {str(one.mail["Subject"]).rpartition("] ")[2]: text_of(one) for one in desk.sink.to(BEN)}
    assert "not proven; the email came from m.example.net [198.51.100.7]" in by_subject["Late"]
    assert "was on its way for 3 hrs 5 mins" in by_subject["Late"]
    assert "went through 31 mail servers" in by_subject["Round"]
    assert states(desk, late) == [("acknowledgement", "sent")]
    assert states(desk, looping) == []
    assert len(desk.tickets(looping)) == 1
