"""Whom an answer goes to, where a program or a list has passed the mail on (promises T06, D01 to D03)."""

from collections.abc import Iterator
from typing import Any

import pytest

from servers.dovecot import Dovecot
from servers.house import SUPPORT, answer_to, mail
from servers.living import BEN, PER_SENDER, Living, about, living, signed, somebody, text_of

FORMS = """
[[form]]
from = ["web@forms.example", "@surveys.example"]
acknowledge = true
[[form]]
from = "quiet@forms.example"
requester = "reply-to"
"""
LISTS = 'lists = ["care@lists.example.org", "crew.groups.example"]'
CARE = "care@lists.example.org"
QUESTION = "My card was eaten by the machine."


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("forms"), dovecot, more=FORMS, desk=LISTS) as built:
        yield built


def told_last(desk: Living) -> str:
    return " ".join(text_of(desk.sink.to(BEN)[-1]).split())


def by_form(who: str, sender: str = "web@forms.example", text: str = QUESTION, **more: Any) -> bytes:
    headers = {"Reply-To": f"Quinn Lane <{who}>", **more.pop("headers", {})}
    return mail(more.pop("subject", "New submission"), text, sender=sender, name="Forms", headers=headers, **more)


# Forms that the operator has named.


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {"Auto-Submitted": "auto-generated"},
        {"Precedence": "bulk", "X-Auto-Response-Suppress": "All"},
        {"List-Unsubscribe": "<https://forms.example/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    ],
    ids=str,
)
def test_a_form_that_may_be_acknowledged_sends_one_fixed_letter_that_repeats_nothing(
    desk: Living, marks: dict[str, str]
) -> None:
    quinn = somebody()
    files = [("card.png", "image/png", b"\x89PNG\r\n\x1a\n picture")]
    way = signed("Return-Path: <bounce+7@forms.example>\n", by_form(quinn, headers=marks, files=files))
    desk.take(way)
    (letter,) = desk.sink.to(quinn)
    said = text_of(letter)
    assert letter.sender == ""
    assert "Your ticket number" in said
    assert str(letter.mail["Subject"]).endswith("We have received your request")
    for echoed in ("Quinn", "eaten", "card", "submission", "Topic", "Files", "forms.example"):
        assert echoed not in letter.content.decode(), echoed
    (ticket,) = desk.tickets(quinn)
    assert ticket["clock"] == 1, "a person waits"
    assert (
        f"It was sent by web@forms.example, for somebody else. - Only the email itself names {quinn} (Reply-To)"
        in told_last(desk)
    )
    assert desk.sink.to("web@forms.example") == []


def test_a_form_gets_no_more_letters_out_than_the_caps_allow(desk: Living) -> None:
    quinn = somebody()
    for number in range(PER_SENDER + 2):
        desk.take(by_form(quinn, text=f"{QUESTION} {number}"))
    assert len(desk.sink.to(quinn)) == PER_SENDER
    assert len(desk.tickets(quinn)) == PER_SENDER + 2


@pytest.mark.parametrize(
    ("sender", "proof"),
    [("quiet@forms.example", "pass"), ("web@forms.example", None), ("web@forms.example", "fail")],
)
def test_no_form_makes_us_write_to_a_stranger_unless_it_is_proven_and_the_operator_allows_it(
    desk: Living, sender: str, proof: str | None
) -> None:
    quinn = somebody()
    desk.take(by_form(quinn, sender, proof=proof))
    assert desk.sink.to(quinn) == []
    assert len(desk.tickets(quinn)) == 1
    assert "got no acknowledgement" in told_last(desk)


@pytest.mark.parametrize("reply_to", [SUPPORT, BEN, "no-reply@else.example", "a@one.example, b@two.example", "nobody"])
def test_a_form_that_names_no_one_person_is_of_nobody(desk: Living, reply_to: str) -> None:
    desk.take(mail("New", f"For {reply_to}", sender="one@surveys.example", headers={"Reply-To": reply_to}))
    assert desk.newest()["requester"] == ""
    assert "Nobody gets your answer until you write /to" in told_last(desk)
    assert desk.sink.to("a@one.example") == desk.sink.to("one@surveys.example") == []


# No-reply senders that nobody has named.


@pytest.mark.parametrize(
    ("sender", "marks"),
    [
        ("no-reply@forms.example", {}),
        ("noreply-apps@scripts.example", {"Auto-Submitted": "auto-generated"}),
        ("donotreply@shop.example", {"Precedence": "bulk"}),
        ("forms-no-reply@cms.example", {"X-Auto-Response-Suppress": "All"}),
    ],
)
def test_the_answer_to_a_no_reply_sender_goes_to_its_reply_to_and_nothing_automatic_does(
    desk: Living, sender: str, marks: dict[str, str]
) -> None:
    quinn = somebody()
    desk.take(signed("Return-Path: <bounce@forms.example>\n", by_form(quinn, sender, headers=marks)))
    assert desk.sink.to(quinn) == desk.sink.to(sender) == []
    told = desk.sink.to(BEN)[-1]
    assert f"Your answer goes to: {quinn}" in " ".join(text_of(told).split())
    assert "identity not proven" in text_of(told)
    desk.answer(told.mail, "We send another card.")
    (letter,) = desk.sink.to(quinn)
    assert "We send another card." in text_of(letter)
    assert desk.sink.to(sender) == []


def test_an_answer_never_leaves_silently_to_an_address_that_nobody_reads(desk: Living) -> None:
    sender, quinn = "noreply@bank.example", somebody()
    desk.take(mail("Blocked", f"Please call {quinn}.", sender=sender))
    told = desk.sink.to(BEN)[-1]
    assert f"Nobody reads mail to {sender}." in " ".join(text_of(told).split())
    desk.answer(told.mail, "We will.")
    assert desk.route() == ("held", "Held")
    assert desk.sink.to(sender) == []
    refusal = " ".join(text_of(desk.sink.to(BEN)[-1]).split())
    assert "an address at which nobody reads mail" in refusal
    assert f"> {sender}" in refusal
    desk.answer(told.mail, f"/to {quinn}\nWe will.", message_id=f"to.{quinn}")
    assert "We will." in text_of(desk.sink.to(quinn)[-1])
    assert desk.sink.to(sender) == []


def test_an_agent_may_insist_on_such_an_address(desk: Living) -> None:
    sender = "no_reply@port.example"
    desk.take(mail("Blocked", "Please close it.", sender=sender))
    told = desk.sink.to(BEN)[-1]
    desk.answer(told.mail, f"/to {sender}\nClosed.")
    assert "Closed." in text_of(desk.sink.to(sender)[-1])


# An agent says whom.


def test_whoever_was_the_requester_stays_in_the_history_and_gets_nothing(desk: Living) -> None:
    old, new = somebody(), somebody()
    tag, told = desk.request(old)
    desk.answer(told, f"/to {new}")
    assert desk.tickets(old) == []
    (ticket,) = desk.tickets(new)
    assert "requester" in desk.events(ticket)
    people = desk.rows("SELECT address, role, state FROM participant WHERE ticket_id = ?", ticket["id"])
    assert sorted(people) == sorted([(old, "cc", "former"), (new, "requester", "active")])
    desk.answer(told, "Here is what you asked for.", message_id=f"second.{new}")
    assert len(desk.sink.to(old)) == 1, "the acknowledgement and nothing else"
    (letter,) = desk.sink.to(new)
    assert old not in letter.content.decode()
    assert letter.mail["In-Reply-To"] is None
    desk.take(mail(f"Re: [{tag}] My card", "And I?", sender=old))
    assert len(desk.tickets(old)) == 1, "who was taken out opens a ticket of their own"
    desk.take(answer_to(letter.mail, "Thank you, and now the other card?", sender=new))
    last = text_of(about(desk.sink.to(BEN), tag)[-1])
    assert f"Your answer goes to: {new}" in last
    desk.answer(told, f"/to {old}\nBack to you.", message_id=f"third.{new}")
    assert "Back to you." in text_of(desk.sink.to(old)[-1])
    assert len(desk.sink.to(new)) == 1


@pytest.mark.parametrize(
    "argument",
    ["", "quinn", SUPPORT, "support+7@example.org", BEN, "a@one.example b@two.example", "a@", "care@lists.example.org"],
)
def test_an_address_that_cannot_be_meant_is_given_back(desk: Living, argument: str) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    desk.answer(told, f"/to {argument}\n\nHello.")
    assert desk.route() == ("held", "Held")
    assert len(desk.sink.to(ana)) == 1
    assert "/to" in text_of(desk.sink.to(BEN)[-1])


@pytest.mark.parametrize(
    "spelled",
    ["{0}", "<{0}>", "Quinn Lane <{0}>", "{0} <mailto:{0}>", "{0}<mailto:{0}>", "[{0}](mailto:{0})", "{1}", "{0}."],
)
def test_an_address_is_known_however_a_mail_program_writes_it(desk: Living, spelled: str) -> None:
    ana, quinn = somebody(), somebody()
    _, told = desk.request(ana)
    desk.answer(told, f"/to {spelled.format(quinn, quinn.upper())}\n\nHello.")
    assert "Hello." in text_of(desk.sink.to(quinn)[-1])


# Acknowledged although forwarded.


@pytest.mark.parametrize(
    "envelope",
    [
        "SRS0=HHH=TT=example.net={}@forwarder.example",
        "SRS1=HHH=first.example==HHH=TT=example.net={}@second.example",
        "prvs=1234567890={}@example.net",
        "btv1==0123456789a=={}@example.net",
        "bounces+1234567-ab12-support=example.org@em77.mailservice.example",
        "0102018b-0000-000000@eu-west-1.amazonses.example",
        "msprvs1=20000abcde=bounces-1234@bounces.sparks.example",
        "pm_bounces@pm.mtasv.example",
        "{}+caf_=support=example.org@mail.example",
        "bounce-mc.us1_1.2-{}=example.net@mail.campaigns.example",
    ],
)
def test_the_envelope_of_a_forwarder_or_a_service_does_not_silence_a_proven_sender(desk: Living, envelope: str) -> None:
    ana = somebody()
    way = f"Return-Path: <{envelope.format(ana.partition('@')[0])}>\n"
    desk.take(signed(way, mail("My card", sender=ana)))
    assert len(desk.sink.to(ana)) == 1
    bob = somebody()
    foreign = "forwarder.example" in envelope
    if foreign:
        desk.take(signed(way, mail("My card", sender=bob, proof=None)))
        assert desk.sink.to(bob) == [], "nothing vouches for this one"


@pytest.mark.parametrize(
    ("to", "headers"),
    [
        (SUPPORT, {"List-ID": "<support.example.org>", "Mailing-list": f"list {SUPPORT}", "Precedence": "list"}),
        (CARE, {"List-Id": "Customer care <care.lists.example.org>", "Precedence": "list"}),
        (SUPPORT, {"List-Id": "<crew.groups.example>", "List-Post": "<mailto:crew@groups.example>"}),
        (CARE, {"Mailing-List": f"contact care-help@lists.example.org; list {CARE}"}),
    ],
)
def test_a_mail_by_a_list_of_ours_is_a_persons_mail(desk: Living, to: str, headers: dict[str, str]) -> None:
    ana = somebody()
    way = f"Return-Path: <{to.replace('@', '-bounces@')}>\n"
    desk.take(signed(way, mail("My card", sender=ana, to=to, headers=headers)))
    (letter,) = desk.sink.to(ana)
    (ticket,) = desk.tickets(ana)
    assert ticket["clock"] == 1
    desk.answer(desk.sink.to(BEN)[-1].mail, "/solve\nDone.")
    reply = answer_to(letter.mail, "It is not done, I fear.", sender=ana, to=to, headers=headers)
    desk.take(signed(way, reply))
    assert desk.tickets(ana)[0]["status"] == "open", "a customer's answer by the list reopens"


@pytest.mark.parametrize(
    "headers",
    [
        {"List-Id": "<news.example.net>", "Precedence": "list"},
        {"List-Id": "<support.example.org>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        {"List-Post": "<mailto:news@example.net>"},
    ],
    ids=str,
)
def test_other_lists_and_newsletters_by_ours_stay_what_they_are(desk: Living, headers: dict[str, str]) -> None:
    ana = somebody()
    desk.take(mail("Our news", "All about us.", sender=ana, headers=headers))
    assert desk.sink.to(ana) == []
    assert desk.tickets(ana)[0]["clock"] == 0


def test_another_desks_receipt_by_our_list_is_not_answered(desk: Living) -> None:
    ana = somebody()
    said = "We have received your request. Your ticket number is 4711. Please do not reply to this email."
    desk.take(mail("Ticket 4711", said, sender=ana, headers={"List-Id": "<support.example.org>"}))
    assert desk.sink.to(ana) == []
