"""Whom an answer to a mail goes to, decided once: its sender, or the person for whom somebody else sent it.

    From: no-reply@forms.example           a form or a service     Reply-To
    From: 'Pia' via Support <support@…>    a group that rewrites   X-Original-From and its like, Reply-To
    From: support@…                        the shared mailbox      nobody, until an agent says whom (`/to`)

Anybody can write these fields, and no mail server vouches for them: whoever is known by them is not proven and gets no
automatic letter, and agents are told how we know. Only an operator's `[[form]]` allows one fixed letter.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from desk.facts import Desk, Facts
from desk.sla.policy import Form
from parser.identity.sender import SenderAuthentication
from parser.kinds.acknowledgements import is_acknowledgement
from parser.kinds.kind import is_no_reply
from parser.mail import Address, ParsedMail, Sender
from parser.mime.addresses import read as read_addresses

KnownBy = Literal[
    "From",
    "X-Original-From",
    "Original-From",
    "Author",
    "X-Google-Original-From",
    "X-Original-Sender",
    "Original-Sender",
    "Reply-To",
    "",
]
Verdict = Literal["proven", "unknown", "failed"]
# Groups and lists write the first two, RFC 9057 the third; Gmail the fourth where a form submits under another From.
_REWRITTEN: tuple[KnownBy, ...] = ("X-Original-From", "Original-From", "Author", "X-Google-Original-From")
_BEHIND: tuple[KnownBy, ...] = (*_REWRITTEN, "X-Original-Sender", "Original-Sender", "Reply-To")
_VIA = re.compile(
    r"""\s*(?:['"‘“「](?P<quoted>[^'"]{1,200})['"’”」]|(?P<plain>.{1,200}?)\s+(?:via|über|通过|透過|經由))\s"""
)
# Marks that a sender of bulk mail sets, and that no list sets which passes on what a person wrote.
_BULK = frozenset({"list-unsubscribe-post", "feedback-id"})
_LIST_FIELDS = frozenset({"list-id", "list-post", "mailing-list"})


@dataclass(frozen=True, slots=True)
class Requester:
    """Whom an answer to a mail goes to, and by which field of its header we know."""

    address: str
    """In lower case; "" for nobody."""
    name: str
    known_by: KnownBy
    """"" where nothing names anybody."""
    sender: str
    """The address in From, in lower case."""
    own_from: str = ""
    """The same where it is ours; else ""."""
    form: Form | None = None

    @property
    def stated(self) -> bool:
        """Whether nothing vouches for it: another field than From names it, or none does."""
        return self.known_by != "From"


def requester(mail: ParsedMail, desk: Desk) -> Requester:
    """Whom an answer to this mail goes to."""
    sender = (mail.sender.address or mail.author.address or "").lower()
    form = desk.form(mail.sender.address)
    if desk.is_own(sender):
        return _first_named(_BEHIND, mail, desk, form) or Requester("", "", "", sender, sender, form)
    if form is not None:
        return _first_named(("Reply-To",), mail, desk, form) or Requester("", "", "", sender, form=form)
    found = None
    if mail.kind == "list":
        # A list that rewrites From gives its own address there, and the writer's here.
        found = _first_named(_REWRITTEN, mail, desk)
    elif not sender or is_no_reply(sender):
        found = _first_named(("Reply-To",), mail, desk)
    return found or Requester(sender, mail.author.name, "From", sender)


def _first_named(
    fields: tuple[KnownBy, ...], mail: ParsedMail, desk: Desk, form: Form | None = None
) -> Requester | None:
    """The one person whom the first of these fields names that names exactly one."""
    sender = (mail.sender.address or mail.author.address or "").lower()
    for field in fields:
        people = {
            one.address.lower(): one.name
            for one in _addresses(field, mail)
            if one.address and not is_no_reply(one.address) and not desk.is_own(one.address)
        }
        if len(people) == 1 and desk.agent(next(iter(people))) is None:
            ((address, name),) = people.items()
            shown = name or _name_before_via(mail.author.name)
            return Requester(address, shown, field, sender, sender if desk.is_own(sender) else "", form)
    return None


def _addresses(field: KnownBy, mail: ParsedMail) -> tuple[Address, ...]:
    if field == "Reply-To":
        return mail.reply_to
    values = [value for name, value in mail.headers if name.lower() == field.lower()]
    return read_addresses(values)[0] if values else ()


def _name_before_via(shown: str) -> str:
    """Pia Strand of "'Pia Strand' via Support"; "" of a name that no list has made."""
    found = _VIA.match(shown)
    return (found["quoted"] or found["plain"]).strip() if found else ""


def requester_hints(who: Requester) -> list[tuple[str, str]]:
    """How we know whom an answer goes to, where that is not the proven or unproven sender."""
    found: list[tuple[str, str]] = []
    if who.own_from:
        found.append(("own_address", who.own_from))
    elif who.stated and who.sender:
        found.append(("sent_by", who.sender))
    if who.stated or not who.address:
        found.append(("stated_requester", f"{who.address} ({who.known_by})") if who.address else ("nobody", ""))
    elif is_no_reply(who.address):
        found.append(("no_reply", who.address))
    return found


def attributed(who: Requester, mail: ParsedMail, facts: Facts) -> tuple[ParsedMail, Facts]:
    """The mail and what is known of it, with the person behind it as the author, whom nothing proves.

    Unchanged where that is the sender, and where nobody is known.
    """
    if not who.stated or not who.address:
        return mail, facts
    author = Address(who.name, who.address)
    evidence = (f"known by {who.known_by} only", *facts.proof.evidence)
    proof = SenderAuthentication(verdict_of(who, facts.proof.verdict), evidence)
    return replace(mail, author=author, sender=Sender(who.address, "one")), replace(facts, proof=proof)


def verdict_of(who: Requester, proof: Verdict) -> Verdict:
    """What the proof of a mail is worth for the person behind it, as it is kept with the message."""
    if not who.stated or not who.address:
        return proof
    return "failed" if proof == "failed" else "unknown"


def as_written(mail: ParsedMail, proof: SenderAuthentication, desk: Desk) -> ParsedMail:
    """The mail as the work of a person, where a list or a form of ours only passed on what that person wrote."""
    by_program = mail.kind in ("list", "bulk", "auto_reply")
    # A list signs what it passes on with our own domain, whoever wrote it: by a list no agent gives orders.
    if not by_program or desk.agent(mail.sender.address) is not None:
        return mail
    if desk.form(mail.sender.address) is not None and proof.verdict != "failed":
        return mail if mail.auto_submitted == "auto-replied" else _of_person(mail, "a form of ours")
    behind = requester(mail, desk)
    if behind.own_from and behind.address and (mail.kind != "auto_reply" or mail.auto_submitted == "auto-generated"):
        return _of_person(mail, "passed on under our own address")
    if mail.kind != "list" or not through_our_list(mail, desk):
        return mail
    if is_acknowledgement(mail.subject, mail.text):
        return replace(mail, kind="auto_reply", kind_evidence=("acknowledgement of a ticket system",))
    return _of_person(mail, "a list of ours")


def _of_person(mail: ParsedMail, why: str) -> ParsedMail:
    return replace(mail, kind="person", kind_evidence=(why, *mail.kind_evidence))


def through_our_list(mail: ParsedMail, desk: Desk) -> bool:
    """Whether it came by a list of ours, and by no other list before.

    Our mailboxes' addresses count as lists: a group that bears one gives its mail to the mailbox.
    """
    ids = [value for name, value in mail.headers if name.lower() == "list-id"]
    unsubscribe = sum(name.lower() == "list-unsubscribe" for name, _ in mail.headers)
    if len(ids) > 1 or unsubscribe > 1 or any(name.lower() in _BULK for name, _ in mail.headers):
        return False
    fields = [value for name, value in mail.headers if name.lower() in _LIST_FIELDS]
    return any(desk.is_list(name) for value in ids or fields for name in _names(value))


def _names(value: str) -> list[str]:
    """What a field of a list may call it: addresses, and the id between angle brackets (RFC 2919 §2)."""
    return re.findall(r"[^\s<>,;:\"()\[\]]{1,250}", value.lower()[:2_000])
