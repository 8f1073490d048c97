"""Who is written to and who is not, and what must never stand in a letter to a customer (promises D01 to D09, T25)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import outcomes
from desk.facts import Counts, Facts
from desk.letters import Draft, LetterKind
from desk.replies import acknowledgements, answers, escalation, floods, notifications
from desk.replies.escalation import Alert
from desk.replies.hints import hints as hints_of
from desk.replies.spam_list import spam_list
from desk.sla.policy import Agent
from desk.ticket import Deadlines, Participant, Ticket
from parser.identity.lookalikes import impersonation
from parser.identity.sender import SenderAuthentication
from parser.mail import Address, Defect, Host, ParsedMail, Sender, Trace
from servers.values import (
    ANA,
    BEN,
    BOX,
    CARA,
    CHRIS,
    FAILED,
    PROVEN,
    SUPPORT,
    T0,
    UNKNOWN,
    desk,
    facts,
    file,
    known,
    letter,
    mail,
    minute,
    refs,
    ticket,
)

OTHER = Address("", "somebody@example.net")


def acknowledge(one: ParsedMail | None = None, given: Facts | None = None, work: Ticket | None = None) -> Draft | str:
    return acknowledgements.acknowledgement(work or ticket(), one or mail(), given or facts(), desk(), T0)


# Who is acknowledged.


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"return_path": ANA},
        {"return_path": "bounce-77@mail.example.net"},
        {"return_path": "ana@elsewhere.example.com"},
        {"return_path": "SRS0=HHH=TT=example.net=ana@forwarder.example.com"},
        {"return_path": "bounces+12-ab-support=example.org@em7.mailer.example", "suppress": ("no-reply address",)},
        {"to": (OTHER,), "cc": (Address("", "HELP@example.org"),)},
        {"to": (Address("", "support+card@example.org"),)},
        {"to": (Address("", "billing@example.org"),)},
        {"reply_to": (Address("", ANA),)},
        {"message_id": None},
    ],
    ids=str,
)
def test_a_person_who_writes_to_us_is_acknowledged(changes: dict[str, Any]) -> None:
    reply = acknowledge(mail(**changes))
    assert isinstance(reply, Draft)
    assert (reply.kind, reply.recipient, reply.held) == (LetterKind.ACKNOWLEDGEMENT, ANA, None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "list"}, "it is list"),
        ({"kind": "bulk"}, "it is bulk"),
        ({"kind": "calendar"}, "it is calendar"),
        ({"kind": "auto_reply", "auto_submitted": "auto-generated"}, "it is auto_reply"),
        ({"suppress": ("X-Auto-Response-Suppress",)}, "X-Auto-Response-Suppress"),
        ({"suppress": ("no-reply address",)}, "no-reply address"),
        ({"return_path": ""}, "null return-path"),
        ({"sender": Sender(None, "doubtful")}, "its sender is not one address"),
        ({"sender": Sender(None, "none"), "author": Address("", None)}, "its sender is not one address"),
        ({"to": (OTHER,)}, "it is not addressed to us"),
        ({"to": ()}, "it is not addressed to us"),
    ],
    ids=str,
)
def test_nobody_else_is_and_the_agents_are_told_why(changes: dict[str, Any], why: str) -> None:
    silent = acknowledge(mail(**changes))
    assert silent == why == acknowledge(mail(**changes), facts(proof=UNKNOWN))
    found = hints_of(mail(**changes), facts(), (), acknowledgement=silent)
    assert {"code": "ack_not_sent", "detail": why} in found


@pytest.mark.parametrize(
    "envelope", ["ana@elsewhere.example.com", "ana@badexample.net", "SRS0=HHH=TT=example.net=ana@forwarder.example.com"]
)
def test_another_envelope_silences_a_sender_whom_nothing_proves(envelope: str) -> None:
    """Where DMARC passes, the letter goes to the proven author, whoever passed the mail on (changed D02)."""
    assert isinstance(acknowledge(mail(return_path=envelope)), Draft)
    silent = acknowledge(mail(return_path=envelope), facts(proof=UNKNOWN))
    assert silent == "its envelope sender is of another domain"
    assert acknowledge(mail(return_path=envelope), facts(proof=FAILED)) == "its sender fails authentication"


WAY = Trace(count=3, delay=timedelta(hours=1), sending_host=Host("m.example.net", "198.51.100.7"))


def hinted(one: ParsedMail, given: Facts | None = None) -> list[dict[str, str]]:
    return hints_of(one, given or facts(), ())


def test_a_mail_that_goes_in_circles_is_not_acknowledged_and_the_agents_are_told() -> None:
    assert isinstance(acknowledge(mail(trace=Trace(count=30))), Draft)
    assert hinted(mail(trace=Trace(count=30))) == []
    circling = mail(trace=Trace(count=31))
    assert acknowledge(circling) == "it went through 31 servers, as in a loop"
    assert hinted(circling) == [{"code": "loop", "detail": "31"}]


@pytest.mark.parametrize(
    ("delay", "detail"),
    [
        (None, None),
        (timedelta(hours=-3), None),
        (timedelta(hours=1), None),
        (timedelta(hours=1, seconds=1), timedelta(hours=1)),
        (timedelta(days=2, minutes=5), timedelta(days=2, minutes=5)),
    ],
)
def test_agents_are_told_of_more_than_an_hour_on_the_way(delay: timedelta | None, detail: timedelta | None) -> None:
    late = mail(trace=replace(WAY, delay=delay))
    assert hinted(late) == ([{"code": "delayed", "detail": detail}] if detail else [])
    assert isinstance(acknowledge(late), Draft)


def test_agents_are_told_what_another_reader_reads() -> None:
    defects = (Defect("second_opinion", "From: mail-parser reads x@example.net"), Defect("header", "date: odd"))
    assert hinted(mail(defects=defects)) == [
        {"code": "second_opinion", "detail": "From: mail-parser reads x@example.net"}
    ]


def test_the_sending_host_stands_beside_a_sender_who_is_not_proven() -> None:
    shown = {
        proof.verdict: [one.values["sending_host"] for one in notified(mail(trace=WAY), facts(proof=proof))]
        for proof in (PROVEN, UNKNOWN, FAILED)
    }
    assert shown == {
        "proven": [""],
        "unknown": ["m.example.net [198.51.100.7]"],
        "failed": ["m.example.net [198.51.100.7]"],
    }


def test_a_sender_who_fails_authentication_is_not_acknowledged() -> None:
    assert acknowledge(given=facts(proof=FAILED)) == "its sender fails authentication"


def test_the_acknowledgement_goes_to_the_author_never_to_reply_to() -> None:
    reply = acknowledge(mail(reply_to=(Address("", "victim@example.com"),)))
    assert isinstance(reply, Draft)
    assert reply.recipient == ANA


@pytest.mark.parametrize(("proof", "verified"), [(PROVEN, True), (UNKNOWN, False)], ids=["proven", "unknown"])
def test_only_a_proven_sender_is_shown_the_own_subject_again(proof: SenderAuthentication, verified: bool) -> None:
    reply = acknowledge(given=facts(proof=proof))
    assert isinstance(reply, Draft)
    assert reply.values["verified"] is verified


def test_the_acknowledgement_repeats_nothing_of_the_text() -> None:
    reply = acknowledge(mail("my secret phrase"))
    assert "secret" not in repr(reply)


def test_the_acknowledgement_threads_with_the_mail_it_answers() -> None:
    reply = acknowledge(mail(message_id="m2@client.example.net", references=("m0@client.example.net",)))
    assert isinstance(reply, Draft)
    assert reply.in_reply_to == "m2@client.example.net"
    assert reply.references == ("m0@client.example.net", "m2@client.example.net")


def test_no_instant_that_has_passed_is_promised() -> None:
    due = ticket(deadlines=Deadlines(first_reply_due_at=minute(60)))
    soon = acknowledgements.acknowledgement(due, mail(), facts(), desk(), minute(59))
    late = acknowledgements.acknowledgement(due, mail(), facts(), desk(), minute(60))
    assert isinstance(soon, Draft)
    assert isinstance(late, Draft)
    assert (soon.values["due"], late.values["due"]) == (minute(60), None)


def test_a_mail_too_large_to_read_is_answered_by_saying_so() -> None:
    reply = acknowledge(given=facts(oversize=40_000_000))
    assert isinstance(reply, Draft)
    assert reply.kind is LetterKind.TOO_LARGE
    assert (reply.values["size"], reply.values["limit"]) == (40_000_000, 35_000_000)


@pytest.mark.parametrize(
    ("counts", "held"),
    [
        (Counts(sender_day=4, thread_ten_minutes=2, hour=599), False),
        (Counts(sender_day=5), True),
        (Counts(thread_ten_minutes=3), True),
        (Counts(hour=600), True),
    ],
)
def test_above_a_cap_the_acknowledgement_is_held_and_the_agents_are_told(counts: Counts, held: bool) -> None:
    reply = acknowledge(given=facts(counts=counts))
    assert isinstance(reply, Draft)
    assert (reply.held is not None) is held
    codes = [hint["code"] for hint in hints_of(mail(), facts(), (), acknowledgement=reply)]
    assert codes == (["ack_held"] if held else [])


# What agents are told.


def notified(one: ParsedMail, given: Facts, work: Ticket | None = None, **policy: Any) -> tuple[Draft, ...]:
    return notifications.notifications(work or ticket(), "new", one, given, desk(**policy), [])


@pytest.mark.parametrize(
    ("work", "recipients"),
    [
        (ticket(queue="funds"), [BEN.address]),
        (ticket(queue="security"), [CHRIS.address]),
        (ticket(queue="security", assignee=BEN.address), [BEN.address]),
        (ticket(queue="nobody serves it"), [BEN.address]),
        (ticket(queue="security", assignee="gone@example.org"), [CHRIS.address]),
    ],
    ids=["queue", "other queue", "assignee", "leads", "assignee gone"],
)
def test_the_assignee_is_told_else_the_queue_else_the_leads(work: Ticket, recipients: list[str]) -> None:
    assert [one.recipient for one in notified(mail(), facts(), work)] == recipients


def test_the_customer_is_never_sent_a_notification() -> None:
    asker = mail(cc=(Address("", CARA),))
    assert not {ANA, CARA} & {one.recipient for one in notified(asker, facts())}


def test_attachments_travel_along_as_far_as_they_fit_and_all_are_listed() -> None:
    files = (
        file("a.png", b"x" * 60),
        file("b.png", b"x" * 50),
        file("c.png", b"x" * 40),
        file("d.exe", dangerous=True),
    )
    (one,) = notified(mail(attachments=files), facts(attachments=refs(*files)), attachments_limit=100)
    assert [sent.name for sent in one.attachments] == ["a.png", "c.png"]
    assert [(row["name"], row["sent"], row["why"]) for row in one.values["files"]] == [
        ("a.png", True, ""),
        ("b.png", False, "too_large"),
        ("c.png", True, ""),
        ("d.exe", False, "dangerous"),
    ]


def test_agents_are_told_what_they_should_beware_of() -> None:
    one = mail(
        reply_to=(Address("", BEN.address),),
        kind="list",
        attachments=(file("d.exe", dangerous=True),),
        defects=(Defect("truncated", "text"),),
    )
    suggested = (Participant(CARA, "cc", "suggested"),)
    found = hints_of(
        one,
        facts(proof=UNKNOWN, oversize=99),
        suggested,
        claims=(1001,),
        follows=1000,
        acknowledgement="it is list",
        joined=known(),
    )
    assert [(hint["code"], hint["detail"]) for hint in found] == [
        ("claims_ticket", "1001"),
        ("linked", "1000"),
        ("unproven_join", "signed"),
        ("reply_to", (BEN.address,)),
        ("cc_suggested", (CARA,)),
        ("ack_not_sent", "it is list"),
        ("automatic", "list"),
        ("oversize", "99"),
        ("truncated", ""),
        ("dangerous_file", ("d.exe",)),
    ]
    assert hints_of(mail(), facts(), (), joined=known()) == []


@pytest.mark.parametrize(
    ("author", "code", "detail"),
    [
        (Address("Example Support", "a@exarnple.org"), "posing_lookalike", "exarnple.org / example.org"),
        (Address("Example Support", "a@foreign.test"), "posing_desk_name", "Example Support"),
        (Address("support@example.org", "a@foreign.test"), "posing_address_in_name", "support@example.org"),
        (Address("", "a@раура1.test"), "posing_foreign_script", "раура1.test"),
        (Address("", "a@раypa1.test"), "posing_mixed_scripts", "раypa1.test"),
    ],
)
def test_agents_are_warned_of_one_who_poses(author: Address, code: str, detail: str) -> None:
    house = desk()
    impersonations = impersonation(author, house.domains, house.names)
    assert hints_of(mail(), facts(), (), impersonations=impersonations) == [{"code": code, "detail": detail}]


def test_what_everybody_is_called_and_where_everybody_is_are_not_ours() -> None:
    assert desk(name="Customer Support").names == ()
    assert desk(domains=["Example.COM"]).domains == ("example.com", "example.org")
    public = replace(desk(), mailboxes=(replace(BOX, addresses=("desk@gmail.com",)),))
    assert public.domains == ()


# Answers to customers.


def answered(text: str, agent: Agent = BEN, **changes: Any) -> tuple[Draft, ...]:
    given = {"joining": (), "files": (), "known": known(), "work": ticket()} | changes
    return answers.answers(
        given["work"], text, given["files"], agent, given["known"], given["joining"], facts(), desk()
    )


def test_an_answer_goes_to_all_who_take_part_and_to_nobody_who_is_only_suggested() -> None:
    people = (
        Participant(ANA, "requester", "active"),
        Participant(CARA, "cc", "active"),
        Participant("mal@example.net", "cc", "suggested"),
        Participant("dan@example.net", "cc", "suggested"),
    )
    joining = (Participant("dan@example.net", "cc", "active"),)
    letters = answered("Done.", known=known(participants=people), joining=joining)
    assert [one.recipient for one in letters] == [ANA, CARA, "dan@example.net"]
    assert {one.key for one in letters} == {"answer:inbox:7"}
    assert [one.recipient_name for one in letters] == ["Ana", "", ""]


def test_an_answer_continues_the_customers_thread() -> None:
    (one,) = answered("Done.")
    assert one.in_reply_to == "acknowledgement.1042.aa@example.org"
    assert one.references == ("m1@client.example.net", "acknowledgement.1042.aa@example.org")
    (first,) = answered("Done.", known=known(thread=()))
    assert (first.in_reply_to, first.references) == (None, ())


def test_an_answer_is_signed_with_the_alias_or_the_desk() -> None:
    assert answered("Done.")[0].values["agent"] == "Ben"
    assert answered("Done.", agent=CHRIS)[0].values["agent"] == "Example Support"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Write to ben@example.org.", f"Write to {SUPPORT}."),
        ("Write to <BEN@Example.org>, mailto:ben@example.org", f"Write to <{SUPPORT}>, mailto:{SUPPORT}"),
        ("Chris (chris@example.org) said so", f"Chris ({SUPPORT}) said so"),
        ("Your login is ruben@example.org", "Your login is ruben@example.org"),
        ("Your login is ben@example.org.uk", "Your login is ben@example.org.uk"),
        ("x.ben@example.org and ben@example.org-co", "x.ben@example.org and ben@example.org-co"),
        ("写信给ben@example.org吧", f"写信给{SUPPORT}吧"),
    ],
)
def test_no_agents_address_reaches_a_customer_and_no_other_is_touched(text: str, sent: str) -> None:
    assert answered(text)[0].values["text"] == sent


@given(st.text(max_size=40), st.text(max_size=40))
def test_an_agents_address_in_any_text_does_not_reach_the_customer(before: str, after: str) -> None:
    (one,) = answered(f"{before} {BEN.address.upper()} {after}")
    assert BEN.address.upper() not in one.values["text"]


def test_an_answer_speaks_from_the_mailbox_of_its_ticket() -> None:
    (one,) = answered("Write to ben@example.org", work=ticket(mailbox="billing"))
    assert (one.mailbox, one.values["text"]) == ("billing", "Write to billing@example.org")


@pytest.mark.parametrize(
    ("sent", "goes"),
    [
        (file("logo.png", b"x" * 100, inline=True), False),
        (file("shot.png", b"x" * 9000, inline=True), True),
        (file("a.pdf"), True),
    ],
    ids=["logo", "screenshot", "file"],
)
def test_the_logo_of_a_signature_is_not_sent_along(sent: Any, goes: bool) -> None:
    assert bool(list(answers.worth_sending((sent,), refs(sent)))) is goes


# A report goes to whom the operator names: tests/house/test_reports.py.
INTERNAL = [kind for kind in LetterKind if not kind.to_customer and kind is not LetterKind.REPORT]


@pytest.mark.parametrize("kind", INTERNAL)
def test_every_other_letter_goes_to_agents_alone(kind: LetterKind) -> None:
    late = [
        Alert(ticket(queue=queue), "first_reply", "late", T0, timedelta(), (agent,), "")
        for queue, agent in (("security", CHRIS), ("funds", BEN))
    ]
    failed = letter(ANA, LetterKind.ANSWER)
    made = {
        LetterKind.NOTIFICATION: notified(mail(), facts()),
        LetterKind.REFUSAL: notifications.refusal(BEN, "empty", "", mail(), facts()),
        LetterKind.UNDELIVERED: notifications.undelivered(ticket(), failed, "550", desk()),
        LetterKind.BREACH: escalation.letters(late, desk(), "breach:1"),
        LetterKind.PARKED: notifications.parked_notices(7, "support", "hung", desk()),
        LetterKind.ALARM: notifications.alarms("mailbox support", "no route", "down", "alarm:1", desk()),
        LetterKind.SUMMARY: floods.summary(floods.Flood(BEN.address, ANA, "support", T0, 3, (1042, 1043)), desk()),
        LetterKind.SPAM_LIST: spam_list((), 3, date(2026, 11, 20), desk()),
    }[kind]
    assert made
    assert all(one.kind is kind and one.recipient in (BEN.address, CHRIS.address) for one in made)
    assert len({(one.key, one.recipient) for one in made}) == len(made)


# Refusals.


def test_a_refusal_gives_the_agent_the_own_words_back() -> None:
    (one,) = notifications.refusal(BEN, "unknown_command", "/sovle", mail("/sovle\nDear Ana"), facts())
    assert one.recipient == BEN.address
    assert (one.values["reason"], one.values["detail"], one.values["text"]) == (
        "unknown_command",
        "/sovle",
        "/sovle\nDear Ana",
    )


def test_what_a_forger_wrote_is_not_shown_in_the_agents_name() -> None:
    (one,) = notifications.refusal(BEN, "not_proven", "dmarc=fail", mail("click here"), facts())
    assert "click" not in repr(one.values)


def test_forged_mail_cannot_flood_the_agent_with_refusals() -> None:
    assert notifications.refusal(BEN, "not_proven", "", mail(), facts(counts=Counts(refusals_day=5))) == ()
    assert len(notifications.refusal(BEN, "not_proven", "", mail(), facts(counts=Counts(refusals_day=4)))) == 1


def test_who_holds_a_ticket_is_told_that_a_letter_was_not_delivered() -> None:
    failed = letter(ANA, LetterKind.ANSWER, text="Here you are.")
    (one,) = notifications.undelivered(ticket(assignee=CHRIS.address), failed, "550 no such user", desk())
    assert (one.recipient, one.values["to"], one.values["text"]) == (CHRIS.address, ANA, "Here you are.")
    (other,) = notifications.undelivered(replace(ticket(), queue="support"), failed, "550", desk())
    assert other.recipient == BEN.address


def test_an_answer_of_which_nobody_can_know_is_told_to_its_agents_once_no_more_is_tried() -> None:
    sent = letter(ANA, LetterKind.ANSWER)
    first = outcomes.letter_unknown(known(), sent, "no answer to the final dot", desk(), minute(1), closed=False)
    assert first.drafts == ()
    last = outcomes.letter_unknown(known(), sent, "no answer to the final dot", desk(), minute(20), closed=True)
    assert {one.recipient for one in last.drafts} <= {BEN.address, CHRIS.address}
    assert last.drafts
    assert all(one.kind is LetterKind.UNDELIVERED and one.values["certain"] is False for one in last.drafts)
    lost = outcomes.letter_failed(known(), sent, "550", desk(), minute(30))
    assert not {one.key for one in last.drafts} & {one.key for one in lost.drafts}, "a later bounce is told, too"
    automatic = letter(ANA, LetterKind.ACKNOWLEDGEMENT)
    assert outcomes.letter_unknown(known(), automatic, "", desk(), minute(20), closed=True).drafts == ()
