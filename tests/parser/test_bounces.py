"""Delivery reports in the shapes of thirty years and many languages: kind, failing addresses, what became of them."""

import re
from pathlib import Path

import pytest
from patterns import texts_of

from parser.kinds import bounces
from parser.kinds.report_text import report_text
from parser.kinds.statuses import action_of, by_words, enhanced_in, outlook_of
from parser.mail import ParsedMail
from parser.read import read

FOLDER = Path(__file__).parent / "bounces"


def _cases() -> list[tuple[str, str, str]]:
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for number, block in enumerate(re.split(r"(?m)^####[ ]", file.read_text(encoding="utf-8"))[1:], 1):
            head, _, mail = block.partition("\n")
            found.append((f"{file.stem}-{number}", head, mail))
    return found


CASES = _cases()


def _addresses(mail: ParsedMail) -> set[str | None]:
    return {one.address for one in mail.report.recipients} if mail.report else set()


def test_the_files_hold_their_cases() -> None:
    # A separator that no longer splits would leave nothing to test.
    assert len(CASES) > 100
    assert {head.split()[0] for _, head, _ in CASES} == {"bounce", "delayed", "delivered", "person", "receipt"}


@pytest.mark.parametrize(("head", "mail"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_report_is_read_as_its_case_says(head: str, mail: str) -> None:
    kind, action, addresses = head.split()
    found = read(mail.encode())
    assert found.kind == kind
    if addresses != "-":
        assert _addresses(found) == set(addresses.split(","))
    if action != "-":
        assert found.report is not None
        assert {one.action for one in found.report.recipients} == {action}


LOCAL_PARTS = (
    *("accountant", "addressbook", "mailboxes", "recipient.lists", "aliases-ops", "users", "usergroup.b", "to.be"),
    *("rcpt", "forward-it", "mail.for", "tom+alias", "o'brien", "x=y", "a-b_c", "4711", "named"),
)
SENTENCES = (
    "Sorry, {} is no longer here.",
    "Sorry, {} refused it. 550 5.7.1",
    "Nobody answers under {} any more.",
    "Message could not be delivered, {} is gone.",
    "The mail to the user {} was refused.",
    "<{}>: host mx.example.org said: 550 5.1.1 no",
    "    {}\n      550 unknown",
    "User unknown: {}",
    "投递到{}失败。",
    "{} - there is no such user here.",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_letter_of_an_address_is_lost(sentence: str) -> None:
    for local in LOCAL_PARTS:
        for domain in ("brig.example", "brig.example.py", "a.b-c.brig.example"):
            address = f"{local}@{domain}"
            head = "From: MAILER-DAEMON@mx.example.org\nTo: desk@example.net\nSubject: Undeliverable mail\n"
            mail = f"{head}Content-Type: text/plain; charset=utf-8\n\n{sentence.format(address)}\n"
            assert _addresses(read(mail.encode())) == {address}, sentence


def test_the_description_of_a_mail_names_nobody_who_failed() -> None:
    text = "Your message\n\n  To:      a@b.example;\n           c@b.example\n  Subject: x\n\nfailed:\n\nd@b.example\n"
    parts = report_text(text + "\n--- Original message ---\nTo: e@b.example\n")
    assert "d@b.example" in parts.words
    assert [one in parts.described for one in ("a@b.example", "c@b.example")] == [True, True]
    assert "e@b.example" in parts.copy
    assert [one for one in ("a@b", "c@b", "e@b") if one in parts.words] == []


@pytest.mark.parametrize("text", ["Lampkit 2.0.12 is out", "Lampkit 4.2.1 is out", "MDaemon 5.0.1", "done 2.1.5"])
def test_a_version_is_no_status(text: str) -> None:
    assert enhanced_in([text]) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 unknown", "5.1.1"),
        ("said 4.2.2", "4.2.2"),
        ("(#5.1.1)", "5.1.1"),
        ("250 2.1.5 ok", "2.1.5"),
        ("No mailbox here. 5.1.1", "5.1.1"),
        ("Status: 5.2.2 (full)", "5.2.2"),
    ],
)
def test_a_status_is_one(text: str, code: str) -> None:
    assert enhanced_in([text]) == code


@pytest.mark.parametrize(
    ("text", "warns", "action"),
    [
        ("We have given up and will not try again. 450 4.2.2 full", False, "failed"),
        ("450 4.2.2 full", False, "failed"),
        ("retry timeout exceeded", True, "failed"),
        ("It will be retried for 3 days. 450 4.2.2 full", False, "delayed"),
        ("450 4.2.2 full", True, "delayed"),
    ],
)
def test_a_mail_is_late_only_while_somebody_tries(text: str, warns: bool, action: str) -> None:
    assert action_of("4.2.2", outlook_of(text, warns=warns)) == action


def test_waiting_that_has_ended_has_its_own_status() -> None:
    assert by_words("retry timeout exceeded") == "4.4.7"
    assert by_words("The mailbox was inactive for 90 days") == "5.0.0"


def test_a_subject_of_a_report_holds_one_of_the_signs() -> None:
    texts = [one for which in (bounces._FAILED_SUBJECT, bounces._DELAY_SUBJECT) for one in texts_of(which.pattern)]
    assert len(texts) > 150
    assert [one for one in texts if one.isascii() and not any(sign in one for sign in bounces._SIGNS)] == []


def test_a_session_that_began_well_has_failed_all_the_same() -> None:
    session = ">>> MAIL FROM:<desk@example.net>\n<<< 250 2.1.0 ok\n>>> RCPT TO:<ana@example.org>\n<<< 550 no such user"
    mail = f"From: MAILER-DAEMON@mx.example.org\nTo: desk@example.net\nSubject: Returned mail\n\n{session}\n"
    report = read(mail.encode()).report
    assert report is not None
    assert [(one.action, one.status) for one in report.recipients] == [("failed", "5.0.0")]
