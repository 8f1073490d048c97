"""Every field of a masked mail: what is covered, what stays, and where everything stands afterwards."""

from dataclasses import replace
from typing import Any

import pytest

from parser.facts.find import facts
from parser.mail import Address, Attachment, Defect, ParsedMail, Report, ReportRecipient, Sender, Spans
from parser.masks import masked
from parser.secrets.find import secrets
from servers.values import mail

SAID, COVERED = "password: hunter2200!", "password: [redacted: password]"
LEGAL = "legal winner thank year wave sausage worth useful legal winner thank yellow"
KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"


def whole(text: str = "Please help me.", **changes: Any) -> ParsedMail:
    """A mail as `parser.read` gives it, with the facts and the secrets of its text."""
    found = facts(text)
    return mail(text, facts=found, secrets=secrets(text, found), **changes)


def file(name: str | None, safe_name: str, *hidden: str, content_type: str = "text/plain") -> Attachment:
    return Attachment(name, safe_name, content_type, 1, "0" * 64, False, None, False, b"x", hidden)


def person(name: str) -> Address:
    return Address(name, "ana@example.net")


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("subject", SAID, COVERED),
        ("author", person(SAID), person(COVERED)),
        ("to", (person(SAID), person("Ana")), (person(COVERED), person("Ana"))),
        ("cc", (person(SAID),), (person(COVERED),)),
        ("reply_to", (person(SAID),), (person(COVERED),)),
        ("kind_evidence", (SAID, "List-Id"), (COVERED, "List-Id")),
        ("suppress", (SAID,), (COVERED,)),
        ("sender", Sender("ana@example.net", "one", (SAID,)), Sender("ana@example.net", "one", (COVERED,))),
        ("html_text", SAID, COVERED),
        ("html_text", None, None),
        ("html_text", "", ""),
        ("defects", (Defect("code", SAID),), (Defect("code", COVERED),)),
        ("headers", (("Subject", SAID), ("X-Note", SAID)), (("Subject", COVERED), ("X-Note", COVERED))),
        (
            "report",
            Report("m@example.org", (ReportRecipient("ana@example.net", "failed", "5.1.1", SAID),)),
            Report("m@example.org", (ReportRecipient("ana@example.net", "failed", "5.1.1", COVERED),)),
        ),
        ("report", None, None),
        ("attachments", (file(SAID, SAID),), (file(COVERED, "password [redacted password]"),)),
        ("attachments", (file(None, "plain.txt"),), (file(None, "plain.txt"),)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_said_in_any_field_is_covered(field: str, before: Any, after: Any) -> None:
    clean = masked(whole(**{field: before}))
    assert getattr(clean, field) == after
    assert clean.hidden == (() if before == after else ("password",))


OF_PROGRAMS = (
    "Authentication-Results", "ARC-Authentication-Results", "ARC-Seal", "ARC-Message-Signature", "Received",
    "Received-SPF", "DKIM-Signature", "Message-ID", "In-Reply-To", "References", "Date", "MIME-Version", "Content-Type",
    "Return-Path", "X-Google-DKIM-Signature", "X-MS-Exchange-Organization-AuthAs",
)  # fmt: skip


@pytest.mark.parametrize("name", OF_PROGRAMS)
def test_what_programs_write_for_programs_stays(name: str) -> None:
    """A signature is full of what looks like a key, and is read again by those who check it."""
    clean = masked(whole(headers=((name, SAID),)))
    assert clean.headers == ((name, SAID),)
    assert clean.hidden == ()


def test_the_rest_of_a_mail_stays_as_it_is() -> None:
    before = whole(message_id="m@example.net", references=("a", "b"), in_reply_to=("b",), fingerprint="f" * 64)
    assert masked(before) == replace(before, redacted=before.text)


# Parts of the text.

TEXT = f"My {SAID}\n\nOld {SAID}\n\nAna, {SAID}"


def parts(text: str = TEXT) -> ParsedMail:
    first, second = text.index("\n\n"), text.rindex("\n\n")
    spans = Spans(((0, first),), ((first + 2, second),), ((second + 2, len(text)),))
    return whole(text, spans=spans)


def test_reply_quotation_and_signature_are_those_of_the_masked_text() -> None:
    clean = masked(parts())
    assert clean.text == clean.redacted == f"My {COVERED}\n\nOld {COVERED}\n\nAna, {COVERED}"
    assert (clean.new_text, clean.quoted, clean.signature) == (f"My {COVERED}", f"Old {COVERED}", f"Ana, {COVERED}")
    for part, span in zip(
        ("My", "Old", "Ana"), (clean.spans.reply, clean.spans.quoted, clean.spans.signature), strict=True
    ):
        assert clean.text[slice(*span[0])].startswith(part)
    assert [clean.text[slice(*one.span)] for one in clean.secrets] == ["[redacted: password]"] * 3
    assert [one.class_ for one in clean.secrets] == ["password"] * 3


def test_pieces_of_a_part_are_joined_by_line_ends() -> None:
    text = "one\nquoted\ntwo"
    spans = Spans(((0, 3), (11, 14)), ((4, 10),), ())
    clean = masked(whole(text, spans=spans))
    assert (clean.new_text, clean.quoted, clean.signature) == ("one\ntwo", "quoted", "")


def test_where_nothing_new_was_written_the_whole_text_is_new() -> None:
    clean = masked(whole("all of it", spans=Spans((), ((0, 9),), ())))
    assert (clean.new_text, clean.quoted) == ("all of it", "all of it")


def test_a_span_of_a_secret_alone_is_that_of_its_mask_and_an_empty_one_is_gone() -> None:
    text = f"a {SAID} b"
    start = text.index("hunter")
    clean = masked(whole(text, spans=Spans(((start, start + 11),), ((start + 2, start + 5),), ((0, 2),))))
    assert [clean.text[slice(*span)] for span in clean.spans.reply] == ["[redacted: password]"]
    assert clean.spans.quoted == (), "what begins within a secret went with it"
    assert clean.spans.signature == ((0, 2),)


def test_html_that_says_the_same_is_the_same_and_other_html_is_covered_by_itself() -> None:
    same = masked(whole(SAID, html_text=SAID))
    assert same.html_text == same.text == COVERED
    assert masked(whole(SAID, html_text=f"{SAID} and more")).html_text == f"{COVERED} and more"


def test_facts_move_with_the_text_and_those_under_a_mask_are_gone() -> None:
    text = f"My {SAID}, paid 25 USDT. Order 25 USDT before"
    before = whole(text)
    amounts = [one for one in before.facts if one.type == "amount"]
    assert amounts
    clean = masked(before)
    moved = [one for one in clean.facts if one.type == "amount"]
    assert [clean.text[slice(*one.span)] for one in moved] == [text[slice(*one.span)] for one in amounts]
    assert moved[0].span[0] == amounts[0].span[0] + len(COVERED) - len(SAID)
    inside = replace(amounts[0], span=(text.index("hunter") + 1, text.index("hunter") + 4))
    across = replace(amounts[0], span=(text.index("hunter") - 2, text.index("hunter") + 2))
    front = replace(amounts[0], span=(0, text.index("hunter")))
    behind = replace(amounts[0], span=(text.index("!") + 1, text.index("!") + 3))
    kept = masked(replace(before, facts=(front, inside, across, behind))).facts
    assert [clean.text[slice(*one.span)] for one in kept] == ["My password: ", ", "]


# Values that are known again.


@pytest.mark.parametrize(
    ("value", "known"),
    [("hunter22", True), ("hunter2", False), ("hunterxx", False), ("hunter2200!", True)],
    ids=str,
)
def test_a_strange_value_is_known_again_wherever_it_stands(value: str, known: bool) -> None:
    clean = masked(whole(f"password: {value}\n\nI said {value} and {value}.", subject=f"About {value} again"))
    assert clean.text.count("[redacted: password]") == (3 if known else 1)
    assert clean.subject == ("About [redacted: password] again" if known else f"About {value} again")


@pytest.mark.parametrize("place", ["subject", "html_text"])
def test_a_value_is_learned_in_subject_and_html_as_well(place: str) -> None:
    clean = masked(whole("It is hunter2200! they say", **{place: SAID}))
    assert clean.text == "It is [redacted: password] they say"
    assert [clean.text[slice(*one.span)] for one in clean.secrets] == ["[redacted: password]"]


def test_a_possible_key_is_not_known_again_as_it_may_be_a_transaction_there() -> None:
    clean = masked(whole(f"{KEY}", subject=f"TXID: {KEY}"))
    assert (clean.text, clean.subject) == ("[redacted: possible key]", f"TXID: {KEY}")


def test_a_hundred_values_are_known_again_and_no_more() -> None:
    values = [f"hunter{number:04}!x" for number in range(101)]
    text = "\n".join(f"password: {value}" for value in values)
    clean = masked(whole(text, subject=f"{values[0]} / {values[99]} / {values[100]}"))
    assert clean.subject == f"[redacted: password] / [redacted: password] / {values[100]}"


def test_the_first_class_of_a_value_names_it_everywhere() -> None:
    clean = masked(whole("password: hunter2200!", subject="pin code: hunter2200!", html_text="It is hunter2200!"))
    assert clean.html_text == "It is [redacted: password]"


# What is shown on request.


@pytest.mark.parametrize("shown", [(), ("password",)], ids=str)
def test_a_class_that_is_asked_for_is_shown_everywhere_and_not_said_to_be_hidden(shown: tuple[str, ...]) -> None:
    before = whole(
        f"{SAID}\nprivate key: {KEY}", subject=SAID, attachments=(file("a.txt", "a.txt", "password", "seed_phrase"),)
    )
    clean = masked(before, shown)
    words = SAID if shown else COVERED
    assert clean.text == f"{words}\nprivate key: [redacted: private key]"
    assert clean.subject == words
    # In the order of their gravity.
    assert clean.hidden == ("seed_phrase", "private_key") + (() if shown else ("password",))
    assert [one.class_ for one in clean.secrets] == (["private_key"] if shown else ["password", "private_key"])


# Names, in which other signs stand for blanks.


@pytest.mark.parametrize("sign", "_-+.")
def test_in_names_other_signs_stand_for_blanks(sign: str) -> None:
    legal = LEGAL.replace(" ", sign)
    clean = masked(whole(author=person(f"seed {legal}"), attachments=(file(f"{legal}", f"{legal}"),)))
    assert clean.author.name == "seed [redacted: seed phrase]"
    assert clean.attachments[0].name == "[redacted: seed phrase]"
    assert clean.attachments[0].safe_name == "[redacted seed phrase]"


def test_people_and_files_without_a_name_stay_so() -> None:
    clean = masked(whole(to=(Address("", "ana@example.net"),), attachments=(file("", "attachment.txt"),)))
    assert clean.to == (Address("", "ana@example.net"),)
    assert clean.attachments[0].name == ""


def test_a_file_named_by_a_label_and_a_value_is_covered_though_a_sign_stands_between() -> None:
    clean = masked(whole(attachments=(file("cvv.4821", "cvv.4821"),), author=person("cvv+4821")))
    assert "4821" not in f"{clean.attachments[0].name} {clean.attachments[0].safe_name} {clean.author.name}"
    assert clean.hidden == ("card_code",)


def test_what_only_a_mask_sets_apart_is_covered_in_another_round() -> None:
    """Glued to a value that is known again, the key is no word; once that is masked, it is."""
    glued = f"{KEY}hunter2200!"
    clean = masked(whole(f"{SAID}\n{glued}", subject=f"About {glued}", html_text=f"<{glued}"))
    apart = "[redacted: possible key][redacted: password]"
    assert clean.text == f"{COVERED}\n{apart}"
    assert clean.subject == f"About {apart}"
    assert clean.html_text == f"<{apart}"
    assert [clean.text[slice(*one.span)] for one in clean.secrets] == [
        "[redacted: password]",
        "[redacted: possible key]",
        "[redacted: password]",
    ]
    assert clean.hidden == ("password", "possible_key")
