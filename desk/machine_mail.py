"""What no person wrote, or wrote anew: our own letters, reports, automatic answers, and mails of nothing at all."""

import re

from desk import threads
from desk.facts import Facts
from desk.requester import Requester
from parser.mail import ParsedMail


def is_own_letter(mail: ParsedMail, who: Requester, facts: Facts) -> bool:
    """Whether a letter of ours came back, and not a mail that only bears our address.

    Its Message-ID is one of ours. Or one is repeated in another field, in case a relay has changed the first (Amazon
    SES), and it says what we sent: who got a letter can copy its fields. Or no person wrote it, and it answers one of
    ours or holds the mark of our internal letters: so the circle ends even where a relay has taken both. A group, a
    form or a scanner that writes under our address has none of this.
    """
    ids = {letter.message_id for letter in facts.letters}
    if mail.message_id in ids:
        return True
    if not who.own_from:
        return False
    repeated = threads.repeated_id(mail)
    if any(letter.message_id == repeated and _says(mail, letter.text) for letter in facts.letters):
        return True
    return mail.auto_submitted != "no" and (bool(ids) or facts.rooted or threads.has_marker(mail.text))


def _says(mail: ParsedMail, sent: str) -> bool:
    """Whether most lines of a letter of ours stand in a mail, whatever a relay has added or masks have covered."""
    lines = [line for line in map(_letters, sent.splitlines()) if len(line) >= _TELLING]
    there = _letters(mail.text)
    return sum(line in there for line in lines) * 2 >= len(lines)


_TELLING = 8
"""Letters of a line that tells whose it is."""


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def is_report(mail: ParsedMail, who: Requester, facts: Facts) -> bool:
    """Whether a mail only tells of a letter. Where our own address seems to tell it, a form may have quoted it."""
    if mail.kind not in ("bounce", "delayed", "delivered", "receipt", "complaint", "challenge"):
        return False
    by_machine = mail.auto_submitted != "no" or mail.return_path == ""
    return not who.own_from or facts.reported is not None or by_machine


def writes_for_nobody(mail: ParsedMail, who: Requester) -> bool:
    """Whether an automatic mail is a vacation notice or the like. A web form is a machine that writes for a person."""
    if who.own_from:
        # Of what bears our own address, only what answers somebody may pass without anybody hearing of it.
        return mail.auto_submitted == "auto-replied" and bool(mail.in_reply_to or mail.references)
    return mail.auto_submitted != "auto-generated"


def is_blank(mail: ParsedMail) -> bool:
    """Whether there is nothing to work on and nobody to answer: a mail of no bytes, or an empty form of one."""
    named = mail.author.address or mail.author.name or mail.reply_to or mail.subject.strip()
    return not named and not mail.text.strip() and not mail.attachments
