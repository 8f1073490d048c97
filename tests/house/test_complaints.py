"""What the users of other help desks complained of, each mail through the whole walk; the names begin with the number.

The mails are in tests/complaints. `{{letter}}` in them stands for the Message-ID of the letter that is answered, and
`{{tag}}` for the ticket's name. Three rows have no mail here: B54 stands in test_departments.py, as it needs a desk of
two teams, B78 (long subjects) in tests/mailer/test_compose.py, B101 (logins) in tests/mailer/test_smtp_faults.py.
"""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from servers.dovecot import Dovecot
from servers.house import AUTHSERV, SUPPORT, mail
from servers.living import BEN, Living, about, living, somebody, text_of

MAILS = Path(__file__).parents[1] / "complaints"
SECRET = "fraud list"
HASH = "8c1f3a5b7d9e0f2143657687a9bacbdcedfe0f1a2b3c4d5e6f708192a3b4c5d6"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("complaints"), dovecot) as built:
        yield built


def named(pattern: str) -> list[str]:
    found = sorted(path.stem for path in MAILS.glob(f"{pattern}.eml"))
    assert found, pattern
    return found


def content(name: str, *, letter: str = "", tag: str = "", sender: tuple[str, str] | None = None) -> bytes:
    """A mail of the folder with its names filled in; `sender` is (the address in it, the one to put in its place)."""
    text = (MAILS / f"{name}.eml").read_text(encoding="utf-8")
    text = text.replace("{{letter}}", letter.strip("<>")).replace("{{tag}}", tag)
    if sender is not None:
        text = text.replace(*sender)
        old, new = (one.rpartition("@")[2] for one in sender)
        text = text.replace(f"header.from={old}", f"header.from={new}")
    assert "{{" not in text
    return re.sub(r"\r?\n", "\r\n", text).encode()


def first_request(
    desk: Living, sender: str, text: str = "My card was not delivered, what can I do?"
) -> tuple[str, str]:
    """(tag, Message-ID of the acknowledgement) of a new ticket of this customer."""
    desk.take(mail("My card", text, sender=sender))
    letter = desk.sink.to(sender)[-1].mail
    return str(letter["Subject"]).partition("[")[2].partition("]")[0], str(letter["Message-ID"])


def told(desk: Living, tag: str, agent: str = BEN) -> EmailMessage:
    """The last letter to an agent about a ticket."""
    return about(desk.sink.to(agent), tag)[-1].mail


def newest(desk: Living) -> tuple[str, str, str, int | None]:
    """(requester, status, queue, id) of the newest ticket."""
    return desk.rows("SELECT requester, status, queue, id FROM ticket ORDER BY number DESC LIMIT 1")[0]


def solved(desk: Living, sender: str) -> tuple[str, str]:
    """A ticket that Ben has solved: (tag, Message-ID of the letter that the customer has last)."""
    tag, _ = first_request(desk, sender)
    desk.answer(told(desk, tag), "/solve\nIt was posted yesterday.")
    return tag, str(desk.sink.to(sender)[-1].mail["Message-ID"])


@pytest.mark.parametrize("name", named("b30-*"))
def test_B30_words_typed_inside_outlooks_container_stay_without_the_quotation(desk: Living, name: str) -> None:
    desk.take(content(name, sender=("ana@lund.example", somebody())))
    ((reply,),) = desk.rows("SELECT reply FROM message ORDER BY id DESC LIMIT 1")
    assert reply.startswith("It is the blue one")
    for quoted in ("Example Support", "From:", "Sent:", "Which"):
        assert quoted not in reply, reply


@pytest.mark.parametrize("name", named("b34-*"))
def test_B34_a_transaction_behind_a_rewritten_link_is_found_and_shown(desk: Living, name: str) -> None:
    sender = somebody()
    desk.take(content(name, sender=("ana@lund.example", sender)))
    (ticket,) = desk.tickets(sender)
    letters = [text_of(one) for one in desk.sink.to(BEN) if sender in text_of(one)]
    assert any(HASH in one for one in letters), "agents see the number"
    assert not any("redacted" in one for one in letters)
    ((shown,),) = desk.rows("SELECT text FROM message WHERE ticket_id = ?", ticket["id"])
    assert "redacted" not in shown


@pytest.mark.parametrize("name", ["b50-group-rewrites-from", "b50-n1-mailman-munge"])
def test_B50_a_group_that_rewrites_from_to_our_own_address_loses_no_mail(desk: Living, name: str) -> None:
    before = len(desk.sink.accepted)
    pia = somebody()
    desk.take(content(name).replace(b"pia@strict.example", pia.encode()))
    requester, status, _, _ = newest(desk)
    assert (requester, status) == (pia, "new")
    assert desk.sink.to(pia) == [], "nobody has proven this address"
    assert desk.sink.to(SUPPORT) == []
    letters = [text_of(one) for one in desk.sink.accepted[before:] if BEN in one.recipients]
    assert any(pia in one for one in letters)


def test_B50b_a_mail_by_our_own_list_is_acknowledged(tmp_path: Path, dovecot: Dovecot) -> None:
    with living(tmp_path, dovecot, desk='lists = ["support.example.org"]') as desk:
        olaf = "olaf@loose.example"
        desk.take(content("b50-n2-group-keeps-from"))
        assert len(desk.sink.to(olaf)) == 1
        (ticket,) = desk.tickets(olaf)
        assert ticket["clock"]


def test_B52_the_answer_to_a_form_never_goes_to_the_no_reply_address(desk: Living) -> None:
    quinn = somebody()
    desk.take(content("b52-noreply-form").replace(b"quinn@lane.example", quinn.encode()))
    tag = next(
        str(one.mail["Subject"]).partition("[")[2].partition("]")[0]
        for one in reversed(desk.sink.to(BEN))
        if quinn in text_of(one)
    )
    desk.answer(told(desk, tag), "It was blocked by mistake.")
    assert desk.sink.to("no-reply@forms.example") == []
    if not desk.sink.to(quinn):
        desk.answer(told(desk, tag), f"/to {quinn}\nIt was blocked by mistake.")
    assert [text_of(one).count("It was blocked by mistake.") for one in desk.sink.to(quinn)] == [1]


@pytest.mark.parametrize("name", ["b55-gmail-reaction", "b55-n1-outlook-reaction", "b55-n2-iphone-tapback"])
def test_B55_a_reaction_reopens_nothing(desk: Living, name: str) -> None:
    uwe = somebody()
    tag, letter = solved(desk, uwe)
    before = len(about(desk.sink.to(BEN), tag))
    desk.take(content(name, letter=letter, tag=tag, sender=("uwe@tern.example", uwe)))
    (ticket,) = desk.tickets(uwe)
    assert ticket["status"] == "solved"
    assert len(about(desk.sink.to(BEN), tag)) - before <= 1
    ((due,),) = desk.rows("SELECT next_reply_due_at FROM ticket WHERE id = ?", ticket["id"])
    assert due is None


def test_B55b_a_mere_thank_you_reopens_nothing(desk: Living) -> None:
    uwe = somebody()
    tag, letter = solved(desk, uwe)
    desk.take(content("b55-n3-thanks", letter=letter, tag=tag, sender=("uwe@tern.example", uwe)))
    (ticket,) = desk.tickets(uwe)
    assert ticket["status"] == "solved"
    assert len(desk.messages(ticket)) >= 2


def test_B58b_a_local_part_outside_of_ascii_gets_its_letter(desk: Living) -> None:
    proven = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=xn--fsqu00a.example\r\n".encode()
    desk.take(proven + content("b58-n1-utf8-local"))
    letters = [one for one in desk.sink.accepted if any("用户@" in to for to in one.recipients)]
    assert len(letters) == 1
    assert letters[0].recipients == ["用户@xn--fsqu00a.example"]


@pytest.mark.parametrize("name", [*named("b63-command-*"), *named("b73-note-*")])
def test_B63_B73_a_command_in_any_dress_is_obeyed_or_held_and_its_note_never_leaves(desk: Living, name: str) -> None:
    kai = somebody()
    tag, _ = first_request(desk, kai)
    desk.take(content(name, letter=str(told(desk, tag)["Message-ID"]), tag=tag))
    (ticket,) = desk.tickets(kai)
    state, _ = desk.route()
    answers = [text_of(one) for one in desk.sink.to(kai)[1:]]
    assert not any(SECRET in one or "olve" in one or "riority" in one or "ote" in one for one in answers)
    if name.startswith("b73"):
        assert answers == []
        kinds = desk.events(ticket)
        assert state == "held" or "note" in kinds, "it is a note, or the agent is asked"
    elif state != "held":
        assert ticket["status"] in ("solved", "waiting")
        assert len(answers) == 1


def test_B66_the_banner_of_our_own_border_is_not_the_customers_text(desk: Living) -> None:
    ada = somebody()
    desk.take(content("b66-banner", sender=("ada@tern.example", ada)))
    (letter,) = desk.sink.to(ada)
    assert "EXTERNAL" not in str(letter.mail["Subject"])
    assert "CAUTION" not in text_of(letter)
    told_text = next(text_of(one) for one in desk.sink.to(BEN) if ada in text_of(one))
    assert "> My card was not delivered." in told_text
    assert "> CAUTION" not in told_text


def test_B70_a_mail_that_a_client_sent_twice_is_one_ticket_with_one_acknowledgement(desk: Living) -> None:
    dora = somebody()
    for name in ("b70-sent-twice-a", "b70-sent-twice-b"):
        desk.take(content(name, sender=("dora@kite.example", dora)))
    assert len(desk.tickets(dora)) == 1
    assert len(desk.sink.to(dora)) == 1


def test_B71_a_reply_to_all_of_somebody_in_copy_joins_with_one_word(desk: Living) -> None:
    dora, boss = somebody(), somebody()

    def filled(name: str) -> bytes:
        text = content(name, sender=("boss@kite.example", boss)).replace(b"dora71@kite.example", dora.encode())
        return text.replace(b"header.from=kite.example", b"header.from=example.net")

    desk.take(filled("b71-first"))
    (first,) = desk.tickets(dora)
    desk.take(filled("b71-reply-all"))
    if not (late := desk.tickets(boss)):
        assert len(desk.messages(first)) == 2, "joined unasked"
        return
    tag = next(
        str(one.mail["Subject"]).partition("[")[2].partition("]")[0]
        for one in reversed(desk.sink.to(BEN))
        if boss in text_of(one) and str(late[0]["number"]) in str(one.mail["Subject"])
    )
    note = told(desk, tag)
    body = note.get_body(("plain",))
    assert body is not None
    assert str(first["number"]) in body.get_content()
    history = "Please give Emil access"
    assert not any(history in text_of(one) for one in desk.sink.to(boss))
    desk.answer(note, "/join")
    assert [one["status"] for one in desk.tickets(boss)] == ["closed"]


@pytest.mark.parametrize("name", ["b72-n1-googlemail", "b72-case-b", "b72-case-c"])
def test_B72b_the_same_mailbox_spelled_otherwise_joins_or_is_a_hint(desk: Living, name: str) -> None:
    local = f"finn.kite{somebody().partition('@')[0]}"
    domain = {"b72-n1-googlemail": "gmail.com"}.get(name, "kite.example")
    finn = f"{local}@{domain}"
    proven = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={domain}\r\n".encode()
    desk.take(proven + mail("My card", "My card was not delivered.", sender=finn, proof=None))
    (first,) = desk.tickets(finn)
    letter = desk.sink.to(finn)[-1].mail
    tag = str(letter["Subject"]).partition("[")[2].partition("]")[0]
    desk.take(content(name, letter=str(letter["Message-ID"]), tag=tag).replace(b"finn.kite", local.encode()))
    ((latest,),) = desk.rows("SELECT ticket_id FROM message ORDER BY id DESC LIMIT 1")
    if latest != first["id"]:
        assert name == "b72-case-b", "only a sub-address may be a ticket of its own"
        assert any(tag in text_of(one) and "/join" in text_of(one) for one in desk.sink.to(BEN)[-1:])


@pytest.mark.parametrize("name", ["b76-n1-interleaved", "b76-n2-marker-deleted", "b76-n4-outlook-inline"])
def test_B76b_answers_between_the_lines_of_a_notification_are_held(desk: Living, name: str) -> None:
    kai = somebody()
    # The sender's name has our domain's look, so that the notification has the warning which the mail quotes.
    lookalike = kai.replace("@example.net", "@exarnple.org")
    proven = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=exarnple.org\r\n".encode()
    desk.take(proven + mail("My card", "My card was not delivered, what can I do?", sender=lookalike, proof=None))
    (ticket,) = desk.tickets(lookalike)
    tag = str(desk.sink.to(lookalike)[-1].mail["Subject"]).partition("[")[2].partition("]")[0]
    desk.take(content(name, letter=str(told(desk, tag)["Message-ID"]), tag=tag))
    assert desk.route()[0] == "held"
    assert len(desk.sink.to(lookalike)) == 1, "nothing but the acknowledgement"
    assert "agent_answer" not in desk.events(ticket)


@pytest.mark.parametrize("name", named("b79-auto-*"))
def test_B79_an_absence_note_without_header_fields_is_no_person(desk: Living, name: str) -> None:
    hana = somebody()
    desk.take(content(name, sender=("hana@kite.example", hana)))
    assert desk.sink.to(hana) == []
    assert desk.route() == ("done", "AutoReply")


def test_B87_mail_that_our_border_marks_as_spam_gets_no_automatic_letter(desk: Living) -> None:
    shoes = somebody()
    desk.take(content("b87-spam-flag", sender=("sales@kite.example", shoes)))
    assert desk.sink.to(shoes) == []
    (ticket,) = desk.tickets(shoes)
    assert "marked_spam" in desk.events(ticket)
