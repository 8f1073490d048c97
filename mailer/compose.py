"""Turns a draft into a finished message (RFC 5322, promises D01 to D15)."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, assert_never

from desk import threads
from desk.letters import Draft, Letter, LetterKind
from mailer import mime
from mailer.markup import one_line
from mailer.mime import Field
from mailer.templates import Rendered, Templates, unmarked
from parser.facts.find import facts
from parser.mail import Address
from parser.secrets.find import name_of, redact, secrets

_SUBJECT_LIMIT = 120
"""Characters of a customer's subject that we repeat (D07)."""
_WORD_END = re.compile(r"[#A-Za-z0-9._/-]+\Z")
_NAME_LIMIT = 80
_REFERENCES = 20
_REFERENCES_OCTETS = 900


def letter(
    draft: Draft,
    *,
    tag: str | None,
    sender: Address,
    message_id: str,
    now: datetime,
    templates: Templates,
    load: Callable[[str], bytes],
    desk: str,
    subject: str,
    null_sender: bool = True,
) -> Letter:
    """The finished letter for a draft: the same arguments give the same bytes, always.

    `tag` is the ticket's, without brackets; None for a letter of no ticket. `sender` is the desk's mailbox.
    `subject` is the ticket's, as decoded. `load` gives the bytes of an attachment by its address in the vault.
    `null_sender` is false where the relay refuses `MAIL FROM:<>`.

    Raises ValueError for a recipient or sender that is not an address we send to, and for a message that
    would not be exactly the one we mean, and for an answer with a secret in it; whatever `load` raises passes.
    """
    recipient, own = mime.address(draft.recipient), mime.address(sender.address or "")
    if not mime.is_message_id(message_id):
        raise ValueError(f"{message_id[:80]!r} is not a message id")
    values = _values(draft, tag, desk, subject)
    # T24: a name that anybody may have put into a From is not sent on under our signature.
    known = not draft.kind.automatic or values.get("verified", False)
    rendered = _filtered(templates.render(draft.kind, draft.language, values, draft.zone), draft.kind)
    body_fields, body = _body(rendered, draft, message_id, load)
    fields = (
        ("From", mime.mailbox(one_line(sender.name), own)),
        ("To", mime.mailbox(values["recipient_name"] if known else "", recipient)),
        ("Reply-To", own),
        ("Subject", mime.unstructured(_tagged(rendered.subject, tag))),
        ("Date", format_datetime(now.astimezone(UTC))),
        ("Message-ID", f"<{message_id}>"),
        *_thread(draft, message_id),
        (threads.REPEATED, f"<{message_id}>"),
        *_automatic(draft.kind),
        ("MIME-Version", "1.0"),
        ("Content-Language", rendered.language),
        *body_fields,
    )
    content = mime.part(fields, body)
    del body
    mime.verify(content, fields)
    return Letter(
        kind=draft.kind,
        key=draft.key,
        recipient=recipient,
        envelope_sender="" if draft.kind.automatic and null_sender else own,
        mailbox=draft.mailbox,
        message_id=message_id,
        content=content,
        text=rendered.text,
        held=draft.held,
    )


def _values(draft: Draft, tag: str | None, desk: str, subject: str) -> Mapping[str, Any]:
    """What the template may name: the draft's own values, and those that every letter has."""
    return {
        "marker": threads.marker(tag) if tag else "",
        **draft.values,
        "desk": desk,
        "tag": tag or "",
        "subject": _thread_subject(subject, tag),
        "recipient_name": one_line(draft.recipient_name)[:_NAME_LIMIT].strip(),
    }


def _filtered(rendered: Rendered, kind: LetterKind) -> Rendered:
    """The last check of every letter (promises F04): no secret is mailed, even if an earlier check has missed it.

    A letter to an agent gets masks and loses its layout. An answer to a customer is refused instead.
    """
    found = {text: secrets(text, facts(text)) for text in (rendered.subject, rendered.text)}
    classes = dict.fromkeys(one.class_ for each in found.values() for one in each)
    if not classes:
        return rendered
    if kind is LetterKind.ANSWER:
        names = ", ".join(name_of(one, chinese=False) for one in classes)
        raise ValueError(f"it holds a secret, which is never mailed ({names})")
    subject, text = (redact(text, found[text]) for text in (rendered.subject, rendered.text))
    return unmarked(rendered.language, subject, text)


def _thread_subject(subject: str, tag: str | None) -> str:
    """The ticket's subject, cleaned and cut, without its tag: every template writes the tag in front."""
    bare = subject.replace(f"[{tag}]", " ") if tag else subject
    return cut_subject(one_line(bare))


def cut_subject(subject: str) -> str:
    """At most `_SUBJECT_LIMIT` characters, cut between words and marked: half an order number is another number.

    Where there is no space, as in Chinese, it is cut before a run of Latin letters and digits.
    """
    if len(subject) <= _SUBJECT_LIMIT:
        return subject
    kept = subject[: _SUBJECT_LIMIT - 1]
    if not subject[_SUBJECT_LIMIT - 1].isspace():
        words = kept.rpartition(" ")[0]
        kept = words if len(words) > _SUBJECT_LIMIT // 2 else _WORD_END.sub("", kept) or kept
    # The cut may leave a space or half a pair of brackets' dash at the end.
    return f"{one_line(kept).rstrip(' ,;:-–—#(')}…"


def _tagged(subject: str, tag: str | None) -> str:
    """The subject with the ticket's tag in brackets, also where the template has left it out."""
    return subject if tag is None or f"[{tag}]" in subject else f"[{tag}] {subject}".strip()


def _thread(draft: Draft, message_id: str) -> Sequence[Field]:
    """In-Reply-To and References (RFC 5322 §3.6.4, D05): valid ids only, each once, the latest that fit."""
    parent = draft.in_reply_to if draft.in_reply_to and mime.is_message_id(draft.in_reply_to) else None
    known = dict.fromkeys(one for one in (*draft.references, *([parent] if parent else [])) if mime.is_message_id(one))
    known.pop(message_id, None)
    kept: list[str] = []
    for one in reversed(list(known)):
        if len(kept) == _REFERENCES or sum(len(each) + 3 for each in (*kept, one)) > _REFERENCES_OCTETS:
            break
        kept.append(one)
    fields = [("In-Reply-To", f"<{parent}>")] if parent and parent != message_id else []
    if kept:
        fields.append(("References", " ".join(f"<{one}>" for one in reversed(kept))))
    return fields


def _automatic(kind: LetterKind) -> Sequence[Field]:
    """The fields that keep other machines from answering (RFC 3834 §5, D04, D06). An answer of a person has none."""
    match kind:
        case LetterKind.ACKNOWLEDGEMENT | LetterKind.TOO_LARGE | LetterKind.APOLOGY:
            return (
                ("Auto-Submitted", "auto-replied"),
                ("X-Auto-Response-Suppress", "All"),
                ("Precedence", "auto_reply"),
            )
        case LetterKind.ANSWER:
            return ()
        case (
            LetterKind.NOTIFICATION
            | LetterKind.BREACH
            | LetterKind.REFUSAL
            | LetterKind.UNDELIVERED
            | LetterKind.PARKED
            | LetterKind.ALARM
            | LetterKind.REPORT
            | LetterKind.SUMMARY
            | LetterKind.SPAM_LIST
        ):
            return (("Auto-Submitted", "auto-generated"),)
        case _:
            assert_never(kind)


def _body(
    rendered: Rendered, draft: Draft, message_id: str, load: Callable[[str], bytes]
) -> tuple[tuple[Field, ...], bytes]:
    """Text and HTML as alternatives, followed by the files."""
    alternatives = [
        mime.part(*mime.text_fields("plain", rendered.text)),
        mime.part(*mime.text_fields("html", rendered.html)),
    ]
    words = mime.multipart("alternative", _boundary(message_id, "words"), alternatives)
    if not draft.attachments:
        return words
    files = [mime.file_part(ref, load(ref.address)) for ref in draft.attachments]
    return mime.multipart("mixed", _boundary(message_id, "files"), [mime.part(*words), *files])


def _boundary(message_id: str, level: str) -> str:
    """The same for a letter every time, and as hard to guess as its message id."""
    return "=_" + hashlib.sha256(f"{level}\0{message_id}".encode()).hexdigest()[:32]
