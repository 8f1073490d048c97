"""The hallway of the room: any bytes in, a `ParsedMail` out."""

import hashlib
from dataclasses import replace

from parser import body
from parser.banners import cut_banner, untagged
from parser.facts.find import facts, facts_on, without
from parser.facts.labels import Page
from parser.identity import authres
from parser.identity.cross_check import cross_check, disagreements
from parser.identity.dkim import verify_dkim
from parser.identity.lookalikes import impersonation
from parser.identity.sender import strict_sender
from parser.identity.trace import trace_of
from parser.kinds import kind as kinds
from parser.kinds.enclosed import MAX_SUBJECT, scanned
from parser.language.detect import detect
from parser.mail import (
    Address,
    Attachment,
    Banners,
    Defect,
    Language,
    ParsedMail,
    ReadingContext,
    Secret,
    Sender,
    Spans,
)
from parser.mime.addresses import MAX_ADDRESSES
from parser.mime.addresses import read as read_addresses
from parser.mime.charsets import clean
from parser.mime.headers import (
    Fields,
    decode_value,
    instant,
    message_id,
    message_ids,
    raw_charset,
    raw_fields,
    values_of,
)
from parser.mime.structure import parse
from parser.quotes import trim as quotes
from parser.secrets.find import redact, secrets, secrets_on

_MAX_DEFECTS = 100


def read(content: bytes, context: ReadingContext | None = None) -> ParsedMail:
    """What a mail says. Total: damage becomes `defects`, and a text is found in any bytes; never raises.

    With a `context`, whom the sender can be taken for is in its evidence, and signatures are checked.

    Linear in the length of `content`; its limits (depth 100, 500 parts, 256 kB and 1,000 lines of header, 500 addresses
    a field, 2 MB of text) leave the readable rest and a defect "truncated".
    """
    try:
        return _read(content, context or ReadingContext())
    except Exception as error:
        # The last net: a mail that our own code stumbles over must still become a ticket with its words in it.
        return _unread(content, error)


def _read(content: bytes, context: ReadingContext) -> ParsedMail:
    structure = parse(content)
    fields = raw_fields(structure.message)
    said, border = _without_banner(body.read(structure.message), context.banners)
    # Header values with raw 8-bit bytes are mostly in the charset of the body.
    hint, charset_defects = raw_charset(fields, said.charset)
    opinion = cross_check(fields)
    people, address_defects = _people(fields, hint)
    author = next((one for one in people["from"] if one.address), Address(*_first_name(people["from"])))
    subject = decode_value(next(iter(values_of(fields, "subject")), ""), hint)[:MAX_SUBJECT]
    subject, tags = untagged(subject, context.banners)
    border += tuple(Defect("border_tag", tag) for tag in tags)
    kind, kind_evidence, report = kinds.judge(kinds.Asked(fields, subject, author.address or "", said))
    sender = strict_sender(fields, structure.header_cut, opinion)
    impersonations = impersonation(author, context.domains, context.names)
    trimmed = quotes.trim(said.text, said.marks)
    page = Page.of(said.text)
    found = facts_on(page)
    hidden = secrets_on(page, found)
    message_identifier = message_id(values_of(fields, "message-id"))
    date = instant(next(iter(values_of(fields, "date")), "")) or opinion.date
    differences = disagreements(opinion, people, date, message_identifier)
    defects = (*structure.defects, *said.defects, *charset_defects, *address_defects, *opinion.defects, *differences)
    defects = (*border, *defects)
    return ParsedMail(
        subject=subject,
        author=author,
        sender=replace(sender, evidence=(*sender.evidence, *(str(pose) for pose in impersonations))),
        to=people["to"],
        cc=people["cc"],
        reply_to=people["reply-to"],
        date=date,
        message_id=message_identifier,
        in_reply_to=message_ids(values_of(fields, "in-reply-to")),
        references=message_ids(values_of(fields, "references")),
        return_path=kinds.return_path(fields),
        auto_submitted=kinds.auto_submitted(fields),
        kind=kind,
        kind_evidence=kind_evidence,
        suppress=kinds.suppress(fields, author.address),
        auth_results=authres.read(fields),
        text=said.text,
        html_text=said.html_text,
        new_text=trimmed.new_text,
        quoted=trimmed.quoted,
        signature=trimmed.signature,
        spans=trimmed.spans,
        facts=without(found, hidden),
        secrets=hidden,
        redacted=redact(said.text, hidden),
        language=detect(trimmed.own),
        attachments=scanned(said.attachments),
        report=report,
        defects=tuple(dict.fromkeys(defects))[:_MAX_DEFECTS],
        headers=tuple((name, decode_value(value, hint)) for name, value in fields),
        fingerprint=_fingerprint(fields, said.text, said.attachments),
        dkim=verify_dkim(content, fields, context.keys) if context.keys else (),
        trace=trace_of(fields),
    )


def _without_banner(said: body.Body, banners: Banners) -> tuple[body.Body, tuple[Defect, ...]]:
    """The content without what our own border wrote on top of it, and a note of what that was."""
    text, marks, banner = cut_banner(said.text, said.marks, banners)
    if not banner:
        return said, ()
    html_text = said.html_text and cut_banner(said.html_text, (), banners)[0]
    shorter = replace(said, text=text, html_text=text if html_text == text else html_text, marks=marks)
    return shorter, (Defect("border_banner", banner[:_BANNER_SHOWN]),)


_BANNER_SHOWN = 500


def _people(fields: Fields, hint: str | None) -> tuple[dict[str, tuple[Address, ...]], list[Defect]]:
    """The mailboxes of From, To, Cc and Reply-To, with a defect for each that is over the limit."""
    found: dict[str, tuple[Address, ...]] = {}
    defects: list[Defect] = []
    for name in ("from", "to", "cc", "reply-to"):
        found[name], more = read_addresses(values_of(fields, name), hint)
        if more:
            defects.append(Defect("truncated", f"{name}: only the first {MAX_ADDRESSES} addresses were read"))
    return found, defects


def _first_name(people: tuple[Address, ...]) -> tuple[str, None]:
    """The name to show where From holds no valid address."""
    return (people[0].name if people else ""), None


def _fingerprint(fields: Fields, text: str, attachments: tuple[Attachment, ...]) -> str:
    """SHA-256 over what stays the same on every way; each value has its length before it, so none runs into another."""
    digest = hashlib.sha256()
    values = [(next(iter(values_of(fields, name)), "")) for name in ("message-id", "from", "date", "subject")]
    for value in [*(" ".join(value.split()) for value in values), text.rstrip(), *(one.sha256 for one in attachments)]:
        content = value.encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(content) + content)
    return digest.hexdigest()


def _hidden(text: str) -> tuple[Secret, ...]:
    """The secrets of a mail that could not be read; all of it, where even that stumbles."""
    try:
        return secrets(text, facts(text))
    except Exception:
        return (Secret("possible_key", (0, len(text))),) if text else ()


def _unread(content: bytes, error: Exception) -> ParsedMail:
    """The whole mail as text, for a person to look at; it gives no rights and gets no automatic answer."""
    text = clean(content[: body.MAX_TEXT].decode("utf-8", "replace"))
    hidden = _hidden(text)
    return ParsedMail(
        subject="",
        author=Address("", None),
        sender=Sender(None, "doubtful", ("the mail could not be read",)),
        to=(),
        cc=(),
        reply_to=(),
        date=None,
        message_id=None,
        in_reply_to=(),
        references=(),
        return_path=None,
        auto_submitted="no",
        kind="person",
        kind_evidence=(),
        suppress=("unreadable",),
        auth_results=(),
        text=text,
        html_text=None,
        new_text=text,
        quoted="",
        signature="",
        spans=Spans(((0, len(text)),) if text else (), (), ()),
        facts=(),
        secrets=hidden,
        redacted=redact(text, hidden),
        language=Language("unknown", 0.0),
        attachments=(),
        report=None,
        defects=(Defect("unreadable", f"{type(error).__name__}: {error}"[:300].encode("utf-8", "replace").decode()),),
        headers=(),
        fingerprint=hashlib.sha256(content).hexdigest(),
    )
