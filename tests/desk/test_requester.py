"""Whom an answer goes to, field by field, and what counts as a letter of ours (promises T04, T06, T14)."""

from dataclasses import replace
from typing import Any

import pytest

from desk import threads
from desk.intake import decide
from desk.intake.delivery_reports import same_mailbox
from desk.letters import LetterKind
from desk.replies import acknowledgements
from desk.requester import Requester, as_written, attributed, requester
from desk.routes import AutoReply, DeliveryReport, FollowUp, HeldBlank, NewRequest, OwnLetter, Route
from desk.routing import route
from desk.sla.policy import Form
from desk.ticket import Participant, active
from parser.mail import Address, ParsedMail, Sender
from servers.values import ANA, BEN, FAILED, PROVEN, SUPPORT, T0, UNKNOWN, desk, facts, known, letter, mail

QUINN, FORM = "quinn@lane.example", "web@forms.example"
LISTS = ("care@lists.example.org", "crew.groups.example")
DESK = replace(
    desk(lists=LISTS),
    forms=(Form(senders=(FORM, "@surveys.example"), acknowledge=True), Form(senders=("no-reply@quiet.example",))),
)
ACK, TO_BEN = letter(ANA, LetterKind.ACKNOWLEDGEMENT), letter(BEN.address)


def reply_to(*addresses: str) -> tuple[Address, ...]:
    return tuple(Address("", one) for one in addresses)


def who(address: str = SUPPORT, *headers: tuple[str, str], **changes: Any) -> Requester:
    return requester(mail(address=address, headers=headers, **changes), DESK)


# Whom an answer goes to.


def test_it_is_the_sender_whatever_else_a_mail_says() -> None:
    plain = who(ANA, ("X-Original-From", QUINN), ("X-Original-Sender", QUINN), reply_to=reply_to(QUINN))
    assert plain == Requester(ANA, "Ana", "From", ANA)
    assert not plain.stated
    assert who(ANA.upper()).address == ANA
    nobody = requester(mail(address=None), DESK)
    assert (nobody.address, nobody.known_by) == ("", "From")


@pytest.mark.parametrize("own", [SUPPORT, "Help@Example.org", "support+7@example.org", "billing@example.org", LISTS[0]])
@pytest.mark.parametrize(
    ("headers", "changes", "expected"),
    [
        ([("X-Original-From", f"Quinn Lane <{QUINN}>")], {}, (QUINN, "Quinn Lane", "X-Original-From")),
        ([("x-original-sender", QUINN)], {}, (QUINN, "", "X-Original-Sender")),
        ([("X-Google-Original-From", f"Quinn Lane <{QUINN}>")], {}, (QUINN, "Quinn Lane", "X-Google-Original-From")),
        ([("Author", f"Quinn Lane <{QUINN}>")], {}, (QUINN, "Quinn Lane", "Author")),
        ([("Original-Sender", f"<{QUINN.upper()}>")], {}, (QUINN, "", "Original-Sender")),
        ([], {"reply_to": reply_to(QUINN)}, (QUINN, "", "Reply-To")),
        ([], {"reply_to": reply_to(SUPPORT, QUINN, QUINN)}, (QUINN, "", "Reply-To")),
        ([("X-Original-From", QUINN)], {"reply_to": reply_to("else@example.com")}, (QUINN, "", "X-Original-From")),
        ([("X-Original-From", SUPPORT)], {"reply_to": reply_to(QUINN)}, (QUINN, "", "Reply-To")),
        ([("X-Original-From", f"{QUINN}, z@z.example")], {"reply_to": reply_to(QUINN)}, (QUINN, "", "Reply-To")),
        ([("X-Original-From", f"{QUINN}, z@z.example")], {}, ("", "", "")),
        ([("X-Original-From", "no address")], {}, ("", "", "")),
        ([("X-Original-From", f"Ben <{BEN.address}>")], {}, ("", "", "")),
        ([("X-Forwarded-For", QUINN), ("X-From", QUINN), ("Sender", QUINN)], {}, ("", "", "")),
        ([], {"reply_to": reply_to("noreply@shop.example")}, ("", "", "")),
        ([], {"cc": reply_to(QUINN)}, ("", "", "")),
    ],
)
def test_behind_our_own_address_it_is_whom_the_header_names(
    own: str, headers: list[tuple[str, str]], changes: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    found = who(own, *headers, **changes)
    assert (found.address, found.name, found.known_by) == expected
    assert found.stated
    assert found.own_from == own.lower()


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("'Pia Strand' via Support", "Pia Strand"),
        ('"Pia Strand" über Support', "Pia Strand"),
        ("Pia Strand via Support", "Pia Strand"),
        ("'王芳' 通过 客服", "王芳"),
        ("'O via A' via Support", "O via A"),
        ("Support", ""),
        ("via Support", ""),
    ],
)
def test_a_list_wrote_the_name_before_its_own(shown: str, name: str) -> None:
    assert who(SUPPORT, ("X-Original-From", QUINN), author=Address(shown, SUPPORT)).name == name


@pytest.mark.parametrize(
    ("sender", "answered", "expected"),
    [
        (FORM, (QUINN,), (QUINN, "Reply-To")),
        ("one@surveys.example", (QUINN,), (QUINN, "Reply-To")),
        ("one@sub.surveys.example", (QUINN,), ("one@sub.surveys.example", "From")),
        (FORM, (), ("", "")),
        (FORM, (QUINN, "z@z.example"), ("", "")),
        (FORM, (BEN.address,), ("", "")),
        (FORM, (SUPPORT,), ("", "")),
        ("no-reply@shop.example", (QUINN,), (QUINN, "Reply-To")),
        ("no-reply@shop.example", (), ("no-reply@shop.example", "From")),
        ("no-reply@shop.example", (SUPPORT,), ("no-reply@shop.example", "From")),
        ("mailer@shop.example", (QUINN,), ("mailer@shop.example", "From")),
    ],
)
def test_of_forms_and_no_reply_senders_it_is_the_one_whom_reply_to_names(
    sender: str, answered: tuple[str, ...], expected: tuple[str, str]
) -> None:
    found = who(sender, reply_to=reply_to(*answered))
    assert (found.address, found.known_by) == expected


def test_where_no_sender_is_named_it_is_whom_reply_to_names() -> None:
    assert requester(mail(address=None, reply_to=reply_to(QUINN)), DESK).known_by == "Reply-To"


def test_what_only_looks_like_a_report_under_our_address_is_no_report() -> None:
    form = mail(address=SUPPORT, kind="bounce", reply_to=reply_to(QUINN))
    assert isinstance(routed(form), NewRequest)
    assert isinstance(routed(replace(form, return_path="")), DeliveryReport)
    assert isinstance(routed(replace(form, auto_submitted="auto-replied")), DeliveryReport)
    assert isinstance(routed(form, facts(reported=ACK)), DeliveryReport)
    assert isinstance(routed(mail(kind="bounce")), DeliveryReport)


def test_of_a_list_that_rewrites_from_it_is_the_writer() -> None:
    assert who("talk@club.example", ("X-Original-From", QUINN), kind="list").address == QUINN
    assert who("talk@club.example", ("X-Original-From", QUINN)).address == "talk@club.example"


def test_what_is_known_of_the_sender_is_not_known_of_who_stands_behind() -> None:
    one = mail(address=SUPPORT, headers=(("X-Original-From", QUINN),))
    for proof, verdict in ((PROVEN, "unknown"), (UNKNOWN, "unknown"), (FAILED, "failed")):
        seen, given = attributed(requester(one, DESK), one, facts(proof=proof))
        assert (seen.sender, seen.author.address, given.proof.verdict) == (Sender(QUINN, "one"), QUINN, verdict)
    plain, given = mail(), facts()
    assert attributed(requester(plain, DESK), plain, given) == (plain, given)
    unnamed = mail(address=SUPPORT)
    assert attributed(requester(unnamed, DESK), unnamed, given) == (unnamed, given)


# Letters of ours.


def routed(one: ParsedMail, given: Any = None) -> Route:
    return route(one, given or facts(), DESK)


def repeated(message_id: str) -> dict[str, Any]:
    return {"headers": (("X-Ticket-Ref", f"<{message_id}>"),)}


SENT = replace(ACK, text="We have received your request.\nYour ticket number is PD-1042-F.")


@pytest.mark.parametrize(
    ("one", "given", "ours"),
    [
        (mail(address=SUPPORT), {}, False),
        (mail(address=SUPPORT, message_id=ACK.message_id), {"letters": (ACK,)}, True),
        (mail(address=ANA, message_id=ACK.message_id), {"letters": (ACK,)}, True),
        (mail(SENT.text, address=SUPPORT, **repeated(ACK.message_id)), {"letters": (SENT,)}, True),
        (mail("Send me your key.", address=SUPPORT, **repeated(ACK.message_id)), {"letters": (SENT,)}, False),
        (mail(address=SUPPORT, **repeated("guessed@example.org")), {"letters": (ACK,)}, False),
        (mail(address=ANA, **repeated(ACK.message_id)), {"letters": (ACK,)}, False),
        (mail(address=SUPPORT), {"letters": (ACK,)}, False),
        (mail(address=SUPPORT, auto_submitted="auto-replied"), {"letters": (ACK,)}, True),
        (mail(address=SUPPORT, auto_submitted="auto-generated", kind="auto_reply"), {"rooted": True}, True),
        (mail(address=SUPPORT, auto_submitted="auto-generated", kind="auto_reply"), {}, False),
        (mail("⟦PD-1042-F internal⟧ New", address=SUPPORT, auto_submitted="auto-generated"), {}, True),
        (mail("⟦PD-1042-F internal⟧ New", address=SUPPORT), {}, False),
        (mail("⟦PD-1042-F internal⟧ New", address=ANA, auto_submitted="auto-generated"), {}, False),
        (mail(address=SUPPORT), {"rooted": True}, False),
        (mail(address=SUPPORT, kind="list"), {"letters": (ACK,)}, False),
        (mail(address=SUPPORT, kind="bulk"), {"rooted": True}, False),
    ],
)
def test_a_letter_is_ours_by_what_we_signed(one: ParsedMail, given: dict[str, Any], ours: bool) -> None:
    found = routed(one, facts(**given))
    assert isinstance(found, OwnLetter) is ours
    if not ours:
        assert isinstance(found, NewRequest)


def test_the_root_of_a_thread_is_known_by_our_key() -> None:
    root = threads.root_id(b"key", 1042, "example.org")
    assert threads.is_root(b"key", root)
    assert not threads.is_root(b"other", root)
    assert not threads.is_root(b"key", root.replace("1042", "1043"))
    assert not threads.is_root(b"key", "answer" + root.removeprefix("ticket"))
    assert not threads.is_root(b"key", "ticket.1.2@example.org")


def test_of_automatic_mail_from_our_own_address_only_answers_pass_unheard() -> None:
    assert routed(mail(address=SUPPORT, kind="auto_reply", auto_submitted="auto-replied", in_reply_to=("x@y",))) == (
        AutoReply(None)
    )
    for marks in ({"auto_submitted": "auto-replied"}, {"auto_submitted": "auto-generated"}, {}):
        assert isinstance(routed(mail(address=SUPPORT, kind="auto_reply", **marks)), NewRequest)


def test_nobody_joins_by_being_named_but_by_a_letter_to_nobody_else() -> None:
    named = mail(address=SUPPORT, headers=(("X-Original-From", ANA),))
    to_ana = {"candidates": (known(),), "letters": (ACK,)}
    assert isinstance(routed(named, facts(**to_ana)), FollowUp)
    assert isinstance(routed(named, facts(candidates=(known(),))), NewRequest)
    assert isinstance(routed(named, facts(candidates=(known(),), letters=(TO_BEN,))), NewRequest)
    assert isinstance(routed(named, facts(candidates=(known(),), letters=(replace(ACK, number=7),))), NewRequest)
    assert isinstance(routed(named, facts(**to_ana, proof=FAILED)), NewRequest)
    merged = replace(known(), led=(7,))
    assert isinstance(routed(named, facts(candidates=(merged,), letters=(replace(ACK, number=7),))), FollowUp)
    gone = known(participants=(Participant(ANA, "cc", "former"),))
    assert isinstance(routed(named, facts(candidates=(gone,), letters=(ACK,))), NewRequest)


BLANK: dict[str, Any] = {"address": None, "subject": "", "author": Address("", None)}


def test_a_mail_that_says_nothing_and_names_nobody_is_held() -> None:
    assert routed(mail("", **BLANK)) == HeldBlank()
    assert routed(mail(" \n", **BLANK)) == HeldBlank()
    for said in ({"subject": "Help"}, {"author": Address("Ana", None)}, {"reply_to": reply_to(QUINN)}):
        assert isinstance(routed(mail("", **{**BLANK, **said})), NewRequest)
    assert isinstance(routed(mail("Help", **BLANK)), NewRequest)
    change = decide.change(HeldBlank(), mail("", **BLANK), facts(), DESK, T0)
    assert (change.ticket, [one.recipient for one in change.drafts]) == (None, [BEN.address])


# Lists and forms of ours.

GROUP = (("List-ID", "<support.example.org>"), ("Precedence", "list"), ("List-Unsubscribe", "<mailto:x@g.example>"))


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (GROUP, "person"),
        ((("List-Id", "Care <care.lists.example.org>"),), "person"),
        ((("list-id", "crew.groups.example"),), "person"),
        ((("List-Post", f"<mailto:{LISTS[0]}>"),), "person"),
        ((("Mailing-List", f"list {SUPPORT}; contact support+owners@example.org"),), "person"),
        ((("List-Id", "<news.example.net>"), ("List-Post", f"<mailto:{SUPPORT}>")), "list"),
        ((("List-Id", "<xsupport.example.org>"),), "list"),
        ((("List-Unsubscribe", f"<mailto:{SUPPORT}>"),), "list"),
        ((*GROUP, ("List-Id", "<news.example.net>")), "list"),
        ((*GROUP, ("List-Unsubscribe", "<https://news.example.net>")), "list"),
        ((*GROUP, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")), "list"),
        ((*GROUP, ("Feedback-ID", "7:news")), "list"),
    ],
)
def test_a_list_of_ours_passes_on_what_people_write(headers: tuple[tuple[str, str], ...], kind: str) -> None:
    assert as_written(mail(kind="list", headers=headers), UNKNOWN, DESK).kind == kind
    other = mail(kind="bulk", headers=headers)
    assert as_written(other, PROVEN, DESK) is other


def test_another_desks_receipt_stays_one_though_it_came_by_our_list() -> None:
    said = "We have received your request. Your ticket number is 4711. Please do not reply."
    assert as_written(mail(said, kind="list", headers=GROUP), PROVEN, DESK).kind == "auto_reply"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"kind": "list"}, "person"),
        ({"kind": "bulk"}, "person"),
        ({"kind": "auto_reply", "auto_submitted": "auto-generated"}, "person"),
        ({"kind": "auto_reply", "auto_submitted": "auto-replied"}, "auto_reply"),
        ({"kind": "auto_reply"}, "auto_reply"),
        ({"kind": "calendar"}, "calendar"),
    ],
)
def test_somebody_who_stands_behind_our_address_waits_for_an_answer(changes: dict[str, Any], kind: str) -> None:
    named = mail(address=SUPPORT, reply_to=reply_to(QUINN), **changes)
    assert as_written(named, UNKNOWN, DESK).kind == kind
    assert as_written(mail(address=SUPPORT, **changes), UNKNOWN, DESK).kind == changes["kind"], (
        "a scanner waits for none"
    )


def test_by_a_list_no_agent_gives_orders() -> None:
    """The list signs with our domain, so that its DMARC result says nothing of who wrote to it."""
    one = mail("/solve", address=BEN.address, kind="list", headers=GROUP)
    assert as_written(one, PROVEN, DESK) is one


@pytest.mark.parametrize(
    ("changes", "proof", "kind"),
    [
        ({"kind": "auto_reply", "auto_submitted": "auto-generated"}, PROVEN, "person"),
        ({"kind": "auto_reply"}, PROVEN, "person"),
        ({"kind": "bulk"}, UNKNOWN, "person"),
        ({"kind": "list"}, PROVEN, "person"),
        ({"kind": "list"}, FAILED, "list"),
        ({"kind": "auto_reply", "auto_submitted": "auto-replied"}, PROVEN, "auto_reply"),
        ({"kind": "bounce"}, PROVEN, "bounce"),
    ],
)
def test_what_a_form_of_ours_sends_a_person_wrote(changes: dict[str, Any], proof: Any, kind: str) -> None:
    assert as_written(mail(address=FORM, **changes), proof, DESK).kind == kind
    assert as_written(mail(address="else@forms.example", **changes), proof, DESK).kind == changes["kind"]


def silence(one: ParsedMail, proof: Any = PROVEN, **given: Any) -> str:
    change = decide.change(routed(one, facts(proof=proof, **given)), one, facts(proof=proof, **given), DESK, T0)
    assert change.ticket is not None
    found = acknowledgements.acknowledgement(change.ticket, one, facts(proof=proof, **given), DESK, T0)
    return found if isinstance(found, str) else ""


@pytest.mark.parametrize(
    ("one", "given", "why"),
    [
        (mail(address=FORM, reply_to=reply_to(QUINN), suppress=("no-reply address",)), {}, ""),
        (mail(address=FORM, reply_to=reply_to(QUINN)), {"proof": UNKNOWN}, "the form is not proven to have sent it"),
        (mail(address=FORM, reply_to=reply_to(QUINN)), {"proof": FAILED}, "the form is not proven to have sent it"),
        (mail(address=FORM, reply_to=reply_to(QUINN)), {"oversize": 9}, "it is too large to be read"),
        (mail(address=FORM, reply_to=reply_to(QUINN), to=()), {}, "it is not addressed to us"),
        (mail(address=FORM), {}, "its sender is a form"),
        (mail(address="no-reply@quiet.example", reply_to=reply_to(QUINN)), {}, "its sender is a form"),
        (mail(address="no-reply@x.example", reply_to=reply_to(QUINN)), {}, "its writer is known by Reply-To only"),
        (mail(address=SUPPORT, reply_to=reply_to(QUINN)), {}, "our own address is its sender"),
        (mail(address=SUPPORT), {}, "our own address is its sender"),
    ],
)
def test_nothing_automatic_goes_to_who_is_only_named(one: ParsedMail, given: dict[str, Any], why: str) -> None:
    assert silence(one, **given) == why


def test_no_later_letter_goes_there_by_itself_either() -> None:
    """An apology looks at this mark of the message that waits."""
    form = mail(address=FORM, reply_to=reply_to(QUINN))
    change = decide.change(routed(form), form, facts(), DESK, T0)
    assert change.events[1].data["silent"] == "its sender is a form"
    assert change.events[1].actor == QUINN
    assert change.events[1].data["proof"] == "unknown"


# Who takes part, and spellings.


def test_of_two_states_the_later_counts() -> None:
    people = (Participant(ANA, "requester", "active"), Participant(ANA, "cc", "former"))
    assert active(people) == ()
    assert active(people[::-1]) == (ANA,)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Ana@Example.NET", "ana@example.net", True),
        ("<ana@example.net>", "ana@example.net", True),
        ("ana@example.net.", "ana@example.net", True),
        ('"ana"@example.net', "ana@example.net", True),
        ('ana"@example.net', "ana@example.net", True),
        ("ana@xn--bcher-kva.example", "ana@bücher.example", True),
        ("ana@bu\u0308cher.example", "ana@bücher.example", True),
        ("ana+1@example.net", "ana@example.net", False),
        ("ana@mail.example.net", "ana@example.net", False),
        ("na@example.net", "ana@example.net", False),
        ("", "ana@example.net", False),
    ],
)
def test_one_address_is_one_however_a_server_spells_it(left: str, right: str, same: bool) -> None:
    assert same_mailbox(left, right) is same
