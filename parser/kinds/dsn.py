"""Delivery reports with a structure: message/delivery-status (RFC 3464) and the notices of mail services in JSON."""

import json
import re
from collections.abc import Iterator

from parser.body import Body
from parser.kinds.failures import free_text_report, is_delay, spoken_of
from parser.kinds.report_text import ADDRESS, own_words
from parser.kinds.statuses import action_of, by_words, enhanced_in, in_field, outlook_of
from parser.mail import Kind, Report, ReportRecipient
from parser.mime.headers import Fields, decode_value, unfold, values_of

_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_COPIES = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
    "message/global",
)
_RECIPIENT_FIELDS = (
    *("original-recipient", "final-recipient"),
    *("x-original-recipient", "x-original-to", "x-actual-recipient"),
)
_MAX_RECIPIENTS = 500
_MAX_NOTICE = 300_000


def report_of(fields: Fields, body: Body) -> tuple[Kind, tuple[str, ...], Report]:
    """A report by RFC 3464. Its status part may have a wrong label, and its text may say more than its fields."""
    words = own_words(body.text)
    groups = [group for leaf in body.leaves if leaf.content_type in _STATUS_PARTS for group in _groups(leaf.content)]
    recipients = tuple(_recipient(group, words, alone=len(groups) == 1) for group in groups[:_MAX_RECIPIENTS])
    original = original_message_id(fields, body)
    if not recipients:
        guessed = free_text_report(fields, body, original)
        return "delayed" if is_delay(guessed) else "bounce", ("delivery report",), guessed
    actions = {one.action for one in recipients}
    kind: Kind = "bounce" if "failed" in actions else "delayed" if "delayed" in actions else "delivered"
    return kind, ("delivery-status",), Report(original, recipients)


# The words of servers that use a receipt to say that they did not take the mail (RFC 5429 §2.2, before RFC 6522).
_REJECTED = re.compile(
    r"\b(?:automatically )?rejected\b|\brefused\b|over ?quota|quota (?:is )?exceeded|mailbox (?:is )?full|"
    r"not (?:be )?delivered|"
    r"abgewiesen|abgelehnt|rejetée?|refusée?|rechazad|rejeitad|recusad|rifiutat|respint|geweigerd|odrzucon|отклон|"
    r"拒绝|拒絕|拒收|退回|拒否|거부",
    re.I,
)


def rejection_of(fields: Fields, body: Body) -> tuple[Kind, tuple[str, ...], Report] | None:
    """The report in a disposition notification by which a server refused a mail; None where a person had it.

    Servers say "deleted" for that, as programs do for a mail that was deleted unread: only the words tell them apart.
    """
    receipt = next((leaf for leaf in body.leaves if leaf.content_type.endswith("disposition-notification")), None)
    named = next(_named_fields(receipt.content), {}) if receipt else {}
    disposition = named.get("disposition", "").lower()
    if "automatic" not in disposition or "display" in disposition:
        return None
    said = own_words(body.text[:2_000])
    told = any("rejected" in unfold(value).lower() for value in values_of(fields, "auto-submitted"))
    if not (told or _REJECTED.search(said) or "/error" in disposition):
        return None
    status = enhanced_in([said]) or by_words(said)
    recipient = ReportRecipient(_address_of(named), action_of(status, "ended"), status, " ".join(said.split())[:500])
    return (
        "bounce",
        ("rejection as a disposition notification",),
        Report(original_message_id(fields, body), (recipient,)),
    )


def notice_of(body: Body) -> tuple[Kind, tuple[str, ...], Report] | None:
    """The report in a JSON notice of Amazon SES; None if the text is no such notice."""
    text = body.text.lstrip()
    if not text.startswith("{") or not ("notificationType" in text[:4_000] or "eventType" in text[:4_000]):
        return None
    reader = json.JSONDecoder(strict=False)
    try:
        notice, _ = reader.raw_decode(text[:_MAX_NOTICE])
        if isinstance(notice.get("Message"), str):
            # The envelope of the notification service holds the notice as text.
            notice, _ = reader.raw_decode(notice["Message"])
    except (ValueError, RecursionError):
        notice = None
    if not isinstance(notice, dict):
        # A notice that was cut on the way still says what it is about.
        return _broken_notice(text[:_MAX_NOTICE].replace('\\"', '"'))
    topic = str(notice.get("notificationType") or notice.get("eventType") or "").lower()
    mail = notice.get("mail")
    headers = mail.get("commonHeaders") if isinstance(mail, dict) else None
    found = str(headers.get("messageId", "")) if isinstance(headers, dict) else ""
    original = found.strip("<> ") or None
    if topic == "complaint":
        return "complaint", ("complaint notice",), Report(original, ())
    if topic == "delivery":
        delivery = notice.get("delivery")
        names = delivery.get("recipients") if isinstance(delivery, dict) else None
        said = str(delivery.get("smtpResponse", "")) if isinstance(delivery, dict) else ""
        status = enhanced_in([said]) or "2.0.0"
        people = [ReportRecipient(str(name)[:320], "delivered", status, said[:500]) for name in _listed(names)]
        return "delivered", ("delivery notice",), Report(original, tuple(people))
    bounce = notice.get("bounce")
    if topic != "bounce" or not isinstance(bounce, dict):
        return None
    general = "4.0.0" if str(bounce.get("bounceType", "")).lower() == "transient" else "5.0.0"
    recipients = []
    for one in _listed(bounce.get("bouncedRecipients")):
        if isinstance(one, dict):
            said = str(one.get("diagnosticCode") or "")
            status = enhanced_in([said]) or in_field(str(one.get("status") or "")) or general
            address = _typed(str(one.get("emailAddress") or ""))
            recipients.append(ReportRecipient(address, action_of(status), status, said[:500]))
    return "bounce", ("bounce notice",), Report(original, tuple(recipients))


def _listed(value: object) -> list[object]:
    return value[:_MAX_RECIPIENTS] if isinstance(value, list) else []


def _broken_notice(text: str) -> tuple[Kind, tuple[str, ...], Report] | None:
    """The same for JSON that does not parse."""
    topic = re.search(r'"(?:notificationType|eventType)"\s{0,9}:\s{0,9}"(Bounce|Complaint|Delivery)"', text)
    if topic is None:
        return None
    if topic[1] != "Bounce":
        return (
            ("complaint" if topic[1] == "Complaint" else "delivered"),
            (f"{topic[1].lower()} notice",),
            Report(None, ()),
        )
    said = re.search(r'"diagnosticCode"\s{0,9}:\s{0,9}"((?:[^"\\]|\\.){0,1000})"', text)
    field = re.search(r'"status"\s{0,9}:\s{0,9}"([245][.\d]{1,10})"', text)
    name = re.search(r'"emailAddress"\s{0,9}:\s{0,9}"([^"\s]{3,320})"', text)
    words = said[1] if said else ""
    status = enhanced_in([words]) or (in_field(field[1]) if field else None) or "5.0.0"
    address = _typed(name[1]) if name else None
    return (
        "bounce",
        ("bounce notice",),
        Report(None, (ReportRecipient(address, action_of(status), status, words[:500]),)),
    )


def _groups(content: bytes) -> Iterator[dict[str, str]]:
    """The per-recipient groups of a delivery-status part (RFC 3464 §2.3), by field name in lower case."""
    for named in _named_fields(content):
        if named.keys() & {*_RECIPIENT_FIELDS, "action"} and ("action" in named or _address_of(named)):
            yield named


def _named_fields(content: bytes) -> Iterator[dict[str, str]]:
    """The groups of fields between blank lines, by field name in lower case; the first of a name counts."""
    text = content[:1_000_000].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    for block in re.split(r"\n(?:[ \t]*+\n)++", text):
        named: dict[str, str] = {}
        for line in re.sub(r"\n[ \t]+", " ", block).split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                named.setdefault(name.strip().lower(), decode_value(value)[:2_000])
        if named:
            yield named


def _address_of(named: dict[str, str]) -> str | None:
    """The address that was written to: the original recipient; the final one is where that forwards to."""
    return next((address for name in _RECIPIENT_FIELDS if (address := _typed(named.get(name, "")))), None)


def _recipient(named: dict[str, str], words: str, *, alone: bool) -> ReportRecipient:
    """One recipient: the server's own code first, from its answer or the session; then the field; then the words."""
    final, original = _typed(named.get("final-recipient", "")), _typed(named.get("original-recipient", ""))
    diagnostic = named.get("diagnostic-code", "")
    action = _action(named.get("action", ""))
    field = in_field(named.get("status", ""))
    status = enhanced_in([diagnostic])
    if status is None or status.endswith(".0.0"):
        said = [block for name in (final, original) if name for block in spoken_of(name, words)]
        session = [line for line in words.split("\n") if "<<<" in line[:6]] if alone else []
        status = enhanced_in([*said, *session]) or status or field
    if status is None or (status[0] == "2" and action in ("failed", "delayed")):
        by_text = by_words(f"{diagnostic}\n{words if alone else ''}")
        status = field or {"delayed": "4.0.0"}.get(action, "2.0.0" if action in _ACTIONS[2:] else by_text)
    done = action if action in _ACTIONS else action_of(status, outlook_of(words, warns=status.startswith("4")))
    return ReportRecipient(_address_of(named), done, status, diagnostic)  # type: ignore[arg-type]


def _action(value: str) -> str:
    """The action without its comment; OpenSMTPD says "error"."""
    word = re.match(r"\s*([a-z]*)", value.lower())
    return {"error": "failed", "fail": "failed"}.get(word[1], word[1]) if word else ""


def _typed(value: str) -> str | None:
    """The address of `rfc822; ana@example.org`, also as `Ana <ana@example.org>` or in quotes."""
    text = value.rpartition(";")[2].strip().strip("<>\"'").strip()
    if (" " in text or "<" in text) and (inside := ADDRESS.search(text)):
        text = inside[1]
    local, at, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}" if at and local and domain and " " not in text else None


def original_message_id(fields: Fields, body: Body) -> str | None:
    """The Message-ID of the mail a report is about: from the returned copy, else from the fields of the report."""
    for leaf in reversed(body.leaves):
        # Google names it in the status part, and returns no copy if asked for none.
        returned = leaf.content_type in (*_COPIES, *_STATUS_PARTS) or leaf.content_type.startswith("text/")
        source = leaf.content[:400_000] if returned else b""
        found = re.search(
            rb"(?i)(?:^|[\r\n])[ \t>]{0,9}(?:X-Original-)?Message-ID:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{1,900})>", source
        )
        if found and b"@" in found[1]:
            return found[1].decode("ascii", "replace")
    for name in ("in-reply-to", "references", "x-original-message-id", "x-ms-exchange-parent-message-id"):
        ids = re.findall(
            r"<([^<>\s]{1,900}@[^<>\s]{1,900})>", " ".join(unfold(value)[:4_000] for value in values_of(fields, name))
        )
        if ids:
            return str(ids[-1])
    return None
