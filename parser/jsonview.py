"""A mail as plain data, for `postdesk read --json`."""

from parser.mail import Address, ParsedMail


def as_json(mail: ParsedMail, file: str) -> dict[str, object]:
    """One JSON object of a mail; `date` is ISO 8601 in UTC or null, attachments come without their bytes."""
    return {
        "file": file,
        "subject": mail.subject,
        "from": _person(mail.author),
        "to": [_person(one) for one in mail.to],
        "cc": [_person(one) for one in mail.cc],
        "date": mail.date.isoformat().replace("+00:00", "Z") if mail.date else None,
        "message_id": mail.message_id,
        "in_reply_to": next(iter(mail.in_reply_to), None),
        "references": list(mail.references),
        "kind": mail.kind,
        "text": mail.text,
        "html_text": mail.html_text,
        "reply": mail.reply,
        "signature": mail.signature,
        "language": mail.language.code,
        "attachments": [
            {
                "name": one.name,
                "safe_name": one.safe_name,
                "content_type": one.content_type,
                "size": one.size,
                "sha256": one.sha256,
                "inline": one.inline,
            }
            for one in mail.attachments
        ],
        "report": _report(mail),
        "defects": [{"code": one.code, "detail": one.detail} for one in mail.defects],
    }


def _person(one: Address) -> dict[str, str | None]:
    return {"name": one.name, "address": one.address}


def _report(mail: ParsedMail) -> dict[str, object] | None:
    if mail.report is None:
        return None
    recipients = [
        {"address": one.address, "action": one.action, "status": one.status, "diagnostic": one.diagnostic}
        for one in mail.report.recipients
    ]
    return {"message_id": mail.report.message_id, "recipients": recipients}
