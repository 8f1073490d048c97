"""A mail as plain data, for `postdesk read --json`: docs/json.md says what each key means."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from parser.mail import Address, ParsedMail, Span, Trace


def as_json(mail: ParsedMail, file: str) -> dict[str, object]:
    """One JSON object of a mail; `date` is ISO 8601 in UTC or null, attachments come without their bytes."""
    return {
        "file": file,
        **_head(mail),
        "kind": mail.kind,
        "kind_evidence": list(mail.kind_evidence),
        "suppress": list(mail.suppress),
        "gesture": mail.gesture,
        "text": mail.text,
        "html_text": mail.html_text,
        "reply": mail.new_text,
        "quoted": mail.quoted,
        "signature": mail.signature,
        "spans": {
            "reply": _spans(mail.spans.reply),
            "quoted": _spans(mail.spans.quoted),
            "signature": _spans(mail.spans.signature),
        },
        "language": {"code": mail.language.code, "confidence": mail.language.confidence},
        "facts": [
            {"type": one.type, "value": one.value, "span": list(one.span), "valid": one.valid, "note": one.note}
            for one in mail.facts
        ],
        "secrets": [{"class": one.class_, "span": list(one.span)} for one in mail.secrets],
        "redacted": mail.redacted,
        "attachments": _attachments(mail),
        "report": _report(mail),
        **_trace(mail.trace),
        "defects": [{"code": one.code, "detail": one.detail} for one in mail.defects],
        "fingerprint": mail.fingerprint,
    }


def _head(mail: ParsedMail) -> dict[str, object]:
    """What the header fields say, and who is believed to have written it."""
    return {
        "subject": mail.subject,
        "from": _person(mail.author),
        "sender": {
            "address": mail.sender.address,
            "verdict": mail.sender.verdict,
            "evidence": list(mail.sender.evidence),
        },
        "to": [_person(one) for one in mail.to],
        "cc": [_person(one) for one in mail.cc],
        "reply_to": [_person(one) for one in mail.reply_to],
        "date": _instant(mail.date),
        "message_id": mail.message_id,
        "in_reply_to": next(iter(mail.in_reply_to), None),
        "references": list(mail.references),
        "return_path": mail.return_path,
        "auto_submitted": mail.auto_submitted,
    }


def _trace(way: Trace) -> dict[str, object]:
    """The way of the mail; delays are whole seconds."""
    host = way.sending_host
    return {
        "trace": [
            {
                "from": hop.sender,
                "by": hop.by,
                "protocol": hop.protocol,
                "at": _instant(hop.at),
                "delay": _seconds(hop.delay),
            }
            for hop in way.hops
        ],
        "hops": way.count,
        "delay": _seconds(way.delay),
        "sending_host": None if host is None else {"name": host.name, "address": host.address},
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())


def _spans(spans: Sequence[Span]) -> list[list[int]]:
    return [list(span) for span in spans]


def _person(one: Address) -> dict[str, str | None]:
    return {"name": one.name, "address": one.address}


def _attachments(mail: ParsedMail) -> list[dict[str, object]]:
    return [
        {
            "name": one.name,
            "safe_name": one.safe_name,
            "content_type": one.content_type,
            "size": one.size,
            "sha256": one.sha256,
            "inline": one.inline,
            "content_id": one.content_id,
            "dangerous": one.dangerous,
            "secrets": list(one.secrets),
        }
        for one in mail.attachments
    ]


def _report(mail: ParsedMail) -> dict[str, object] | None:
    if mail.report is None:
        return None
    recipients = [
        {"address": one.address, "action": one.action, "status": one.status, "diagnostic": one.diagnostic}
        for one in mail.report.recipients
    ]
    return {"message_id": mail.report.message_id, "recipients": recipients}
