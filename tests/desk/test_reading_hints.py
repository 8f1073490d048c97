"""Agents hear of what in a mail can deceive them, or could not be read."""

from desk.letters import LetterKind
from parser.mail import Defect
from parser.read import read
from servers.values import facts, mail
from tests.desk.judging import changed, codes

PAGE = (
    "From: Ana <ana@example.org>\nTo: help@example.net\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
    '<p><a href="https://evil.example/login">https://bank.example/login</a></p>'
    "<p>or https://bank.example@evil.example/login</p>"
)


def details(defects: tuple[Defect, ...], **changes: object) -> dict[str, object]:
    """The hints of the notification, by their codes."""
    change = changed(mail(defects=defects, **changes), facts())
    (told,) = [one for one in change.drafts if one.kind is LetterKind.NOTIFICATION][:1]
    return {hint["code"]: hint["detail"] for hint in told.values["hints"]}


def test_agents_hear_of_links_that_do_not_lead_where_they_seem_to() -> None:
    seen = read(PAGE.encode())
    told = details(seen.defects, facts=seen.facts)
    assert told["link_mismatch"] == ("bank.example leads to evil.example",)
    assert told["link_user"] == ("evil.example",)


def test_agents_hear_of_encrypted_parts_and_of_two_texts() -> None:
    differs = "only the HTML names the address 1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
    told = details((Defect("encrypted", "a part is encrypted"), Defect("alternatives", differs)))
    assert told["encrypted"] == ""
    assert told["alternatives"] == differs


def test_many_links_are_one_line() -> None:
    told = details(tuple(Defect("link_mismatch", f"a{at}.example leads to b.example") for at in range(30)))
    assert len(told["link_mismatch"]) == 5  # type: ignore[arg-type]


def test_a_plain_mail_has_none_of_these_hints() -> None:
    change = changed(mail(), facts())
    assert not codes(change) & {"encrypted", "alternatives", "link_mismatch", "link_user"}
