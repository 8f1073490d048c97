"""Mail that bears our own address is not ours for that (promises T04, T06, T14): nothing of it vanishes, nobody is
answered by it, and our own letters still end where they began."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from servers.dovecot import Dovecot
from servers.house import AUTHSERV, SUPPORT, answer_to, mail
from servers.living import BEN, CHRIS, Living, about, living, signed, somebody, text_of


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("own"), dovecot) as built:
        yield built


def told_of(desk: Living, agent: str = BEN) -> str:
    """What the agent was told of the newest ticket."""
    (found,) = [one for one in desk.sink.to(agent) if f"-{desk.newest()['number']}-" in str(one.mail["Subject"])]
    return " ".join(text_of(found).split())


def from_us(
    text: str = "Where is my money?", *, subject: str = "Withdrawal", name: str = "Support", **more: Any
) -> bytes:
    return mail(subject, text, sender=more.pop("sender", SUPPORT), name=name, **more)


GOOGLE = {
    "List-ID": "<support.example.org>",
    "Mailing-list": "list support@example.org; contact support+owners@example.org",
    "Precedence": "list",
    "List-Unsubscribe": "<mailto:googlegroups-manage+12@googlegroups.example>, <https://groups.google.example/u>",
    "X-Google-Group-Id": "1234",
}
MAILMAN = {"List-Id": "Support <help.lists.example.org>", "Precedence": "list", "X-BeenThere": "help@lists.example.org"}


@pytest.mark.parametrize(
    ("name", "headers", "proof"),
    [
        (
            "'Pia Strand' via Support",
            {**GOOGLE, "X-Original-Sender": "{}", "X-Original-From": "Pia Strand <{}>", "Reply-To": "Pia Strand <{}>"},
            "pass",
        ),
        (
            "'王芳' 通过 客服",
            {**GOOGLE, "X-Original-From": "王芳 <{}>", "Reply-To": "客服 <support@example.org>"},
            "pass",
        ),
        ("Pia Strand via Support", {**MAILMAN, "Reply-To": "Pia Strand <{}>"}, "pass"),
        ("Pia Strand via Support", {**MAILMAN, "Reply-To": "Support <support@example.org>, Pia Strand <{}>"}, None),
        ("pia via support", {"X-Original-From": "{}", "X-Sympa-To": "support@example.org"}, "pass"),
        ("Support", {"Original-Sender": "<{}>"}, "pass"),
        ("Contact form", {"Reply-To": "{}", "X-Mailer": "PHPMailer 6.9"}, "fail"),
        ("Website", {"Reply-To": "Pia <{}>", "Auto-Submitted": "auto-generated", "X-Mailer": "WPForms"}, None),
        ("Shop", {"Reply-To": "Pia <{}>", "X-Auto-Response-Suppress": "All", "Precedence": "bulk"}, "pass"),
        ("Pia", {"Reply-To": "{}", "Sender": "www-data@web1.example.org"}, None),
    ],
)
def test_who_stands_behind_our_address_gets_a_ticket_and_nothing_automatic(
    desk: Living, name: str, headers: dict[str, str], proof: str | None
) -> None:
    pia = somebody()
    named = {field: value.format(pia) for field, value in headers.items()}
    desk.take(from_us(name=name, headers=named, proof=proof))
    assert desk.route() == ("done", "NewRequest")
    (ticket,) = desk.tickets(pia)
    assert desk.messages(ticket)[0][2] == "Where is my money?"
    assert desk.sink.to(pia) == desk.sink.to(SUPPORT) == []
    told = told_of(desk)
    assert f"Your answer goes to: {pia}" in told
    assert "has our own address support@example.org as its sender" in told
    assert f"Only the email itself names {pia} (" in told
    assert "got no acknowledgement" in told
    assert "identity checked" not in told, "what the border says of our own address vouches for nobody else"


@pytest.mark.parametrize(
    ("subject", "text", "more"),
    [
        ("Contact", "Name: Quinn\nE-mail: quinn@lane.example\n\nMy card is blocked.", {}),
        ("Message from KM_C258", "", {"files": [("scan.pdf", "application/pdf", b"%PDF-1.4 scan")]}),
        ("[NAS] Volume 1 degraded", "Disk 3 failed.", {"headers": {"Auto-Submitted": "auto-generated"}}),
        ("web1 is down", "CRITICAL", {"headers": {"Precedence": "bulk"}, "sender": "support+pager@example.org"}),
        ("Your parcel", "Click here.", {"proof": "fail"}),
        ("Hello", "A note to myself.", {"to": "someone@example.com"}),
        ("Form", "Test", {"headers": {"Reply-To": f"Ben <{BEN}>"}}),
        ("Form", "Two of us", {"headers": {"Reply-To": "a@one.example, b@two.example"}}),
        ("Form", "Round", {"headers": {"Reply-To": "support@example.org", "X-Original-From": "Support@example.org"}}),
        ("Form", "Nobody", {"headers": {"Reply-To": "no-reply@shop.example"}}),
        ("Ticket 4711", "Thank you for contacting us. We have received your request.", {}),
        ("Einladung", "Bitte kommen.", {"sender": "Support@Example.ORG"}),
    ],
)  # fmt: skip
def test_where_nobody_is_named_nobody_is_answered_until_an_agent_says_whom(
    desk: Living, subject: str, text: str, more: dict[str, Any]
) -> None:
    before, letters = desk.rows("SELECT count(*) FROM ticket")[0][0], len(desk.sink.accepted)
    desk.take(from_us(text, subject=subject, **more))
    assert desk.rows("SELECT count(*) FROM ticket")[0][0] == before + 1
    assert desk.newest()["requester"] == ""
    told = told_of(desk)
    assert "Nobody gets your answer until you write /to and an address." in told
    assert told_of(desk, CHRIS)
    assert desk.sink.to(SUPPORT) == desk.sink.to("someone@example.com") == []
    assert {to for one in desk.sink.accepted[letters:] for to in one.recipients} == {BEN, CHRIS}


def test_an_agent_says_whom_and_the_answer_goes_there(desk: Living) -> None:
    quinn = somebody()
    desk.take(from_us(f"Name: Quinn\nE-mail: {quinn}\n\nMy card is blocked.", subject="Contact"))
    ticket = desk.newest()
    (told,) = [one for one in desk.sink.to(BEN) if f"-{ticket['number']}-" in str(one.mail["Subject"])]
    desk.answer(told.mail, "We unblock it.")
    assert desk.route() == ("held", "Held")
    assert "write /to and an address" in text_of(desk.sink.to(BEN)[-1])
    desk.answer(told.mail, f"/to {quinn}\n\nWe unblock it.")
    (letter,) = desk.sink.to(quinn)
    assert "We unblock it." in text_of(letter)
    assert letter.mail["In-Reply-To"] is None
    assert desk.tickets(quinn)[0]["status"] == "waiting"
    desk.take(answer_to(letter.mail, "Thank you, it works now that I see it.", sender=quinn))
    assert len(desk.messages(desk.tickets(quinn)[0])) == 3


def shared_mailbox_answers(desk: Living, told: EmailMessage) -> bytes:
    return answer_to(told, "Dear Ana, it is on its way.", sender=SUPPORT, name="Support")


def test_an_agent_who_answers_as_the_shared_mailbox_learns_that_nothing_went_out(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.take(shared_mailbox_answers(desk, told))
    assert desk.newest()["requester"] == ""
    assert len(desk.sink.to(ana)) == 1, "the acknowledgement and nothing else"
    said = told_of(desk)
    assert "If a colleague meant it as an answer: no customer has got it." in said
    assert f"names ticket number {int(tag.split('-')[1])}" in said
    (ticket,) = desk.tickets(ana)
    assert len(desk.messages(ticket)) == 1


def test_a_copy_of_what_the_shared_mailbox_wrote_past_us_is_shown(desk: Living) -> None:
    ana = somebody()
    desk.request(ana, message_id=f"asked.{ana}")
    written = {"In-Reply-To": f"<asked.{ana}>", "References": f"<asked.{ana}>"}
    desk.take(from_us("We called you.", subject="Re: My card", to=ana, headers=written))
    assert desk.newest()["requester"] == ""
    assert f"not taking part: {ana}" in told_of(desk)


def rewritten(content: bytes, *gone: str) -> bytes:
    """The letter as a relay passes it on that gives it an id of its own and takes these fields away."""
    head, _, body = content.partition(b"\r\n\r\n")
    head = re.sub(rb"(?m)^Message-ID: [^\r]*", b"Message-ID: <0102@eu-west-1.relay.example>", head)
    for name in gone:
        head = re.sub(rf"(?mi)^{name}: .*(?:\r\n[ \t].*)*\r\n".encode(), b"", head + b"\r\n").removesuffix(b"\r\n")
    trace = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.org\r\n".encode()
    return trace + head + b"\r\n\r\n" + body


def test_our_own_letters_come_to_their_end_whatever_a_relay_did_to_them(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "It is on its way.")
    greeting, answer = desk.sink.to(ana)
    note = about(desk.sink.to(BEN), tag)[0]
    tickets = desk.rows("SELECT count(*) FROM ticket")
    letters = len(desk.sink.accepted)
    for content in (
        *(one.content for one in (greeting, answer, note)),
        *(rewritten(one.content) for one in (greeting, answer, note)),
        # Its thread of notifications is signed, too, and nobody wrote it.
        rewritten(note.content, "X-Ticket-Ref"),
        rewritten(note.content, "X-Ticket-Ref", "References", "In-Reply-To"),
    ):
        desk.take(content)
        assert desk.route()[1] in ("OwnLetter", "Duplicate")
    assert desk.rows("SELECT count(*) FROM ticket") == tickets
    assert len(desk.sink.accepted) == letters


def test_a_mail_of_ours_that_a_relay_made_unknowable_opens_a_ticket_and_moves_nothing_more(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    desk.answer(told, "It is on its way to you now.")
    before = len(desk.sink.to(ana))
    desk.take(rewritten(desk.sink.to(ana)[-1].content, "X-Ticket-Ref"))
    assert desk.newest()["requester"] == ""
    assert len(desk.sink.to(ana)) == before
    assert desk.sink.to(SUPPORT) == []


def test_what_comes_back_forwarded_to_us_by_all_who_get_it_comes_to_rest(desk: Living) -> None:
    """Every letter returns, from customers and agents, and nothing is left of it that a relay may take away."""
    ana = somebody()
    begin = len(desk.sink.accepted)
    desk.take(mail("My card", "My card was not delivered.", sender=ana))
    for _ in range(3):
        letters = desk.sink.accepted[begin:]
        begin += len(letters)
        desk.take(*(rewritten(one.content, "X-Ticket-Ref", "References", "In-Reply-To") for one in letters))
    assert len(desk.sink.accepted) == begin, "the third round has brought nothing more"
    assert len(desk.sink.to(ana)) == 1


def test_a_reply_by_a_group_that_rewrites_from_joins_by_the_letter_it_answers(desk: Living) -> None:
    pia, mallory = somebody(), somebody()
    _, told = desk.request(pia)
    (greeting,) = desk.sink.to(pia)
    group = {**GOOGLE, "X-Original-From": f"Pia <{pia}>", "Reply-To": f"Pia <{pia}>"}
    reply = answer_to(greeting.mail, "It is number two.", sender=SUPPORT, name="'Pia' via Support", headers=group)
    desk.take(reply)
    assert desk.route() == ("done", "FollowUp")
    (ticket,) = desk.tickets(pia)
    assert [text for _, _, text in desk.messages(ticket)] == ["My card was not delivered.", "It is number two."]
    assert "although the sender's identity is not proven" in text_of(desk.sink.to(BEN)[-1])
    # Naming a participant is not enough.
    guessed = mail(f"[{told['Subject']}]", "Pay me.", sender=SUPPORT, headers={"X-Original-From": f"Pia <{pia}>"})
    desk.take(guessed)
    assert desk.route() == ("done", "NewRequest")
    assert len(desk.messages(ticket)) == 2
    other = mail(f"[{told['Subject']}]", "Pay me.", sender=mallory, headers={"X-Original-From": f"Pia <{pia}>"})
    desk.take(other)
    assert len(desk.tickets(mallory)) == 1, "whoever writes under an own address is that address"


def test_a_mail_of_no_bytes_is_one_held_item_and_no_ticket(desk: Living) -> None:
    before = desk.rows("SELECT count(*) FROM ticket")
    desk.take(b"\r\n")
    assert desk.route() == ("held", "Held")
    desk.take(signed("Received: from a.example by mx.example.org; Fri, 20 Nov 2026 10:00:00 +0000\n", b"\r\n"))
    assert desk.route() == ("held", "Held")
    assert desk.rows("SELECT count(*) FROM ticket") == before
    notices = [one for one in desk.sink.to(BEN) if "needs your attention" in str(one.mail["Subject"])]
    assert len(notices) == 1, "the leads hear of it once a day"
    assert "it is empty" in text_of(notices[0])
    reasons = [row["reason"] for row in desk.house.parked()]
    assert reasons[-2:] == ["empty: no sender, no subject, no text"] * 2
