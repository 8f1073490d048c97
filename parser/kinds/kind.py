"""The kind of a mail, its delivery report, and the reasons against an automatic answer.

multipart/report; report-type=delivery-status      RFC 3464: bounce, delayed, delivered
multipart/report; report-type=disposition-notification   RFC 8098: receipt
multipart/report; report-type=feedback-report      RFC 5965: complaint
Auto-Submitted: auto-replied                       RFC 3834: auto_reply
"""

import re
from dataclasses import dataclass

from parser.body import Body
from parser.kinds.acknowledgements import is_acknowledgement
from parser.kinds.bounces import is_from_a_mail_system, looks_like_a_bounce
from parser.kinds.challenges import is_challenge
from parser.kinds.dsn import notice_of, original_message_id, rejection_of, report_of
from parser.kinds.failures import free_text_report, is_delay
from parser.kinds.vacations import is_read_notice, is_vacation_notice
from parser.mail import Kind, Report
from parser.mime.headers import Fields, unfold, values_of

Verdict = tuple[Kind, tuple[str, ...], Report | None]


# "Do not answer", as services of many languages call the mailbox that nobody reads.
_UNREAD = (
    r"no[-_.]?(?:reply|replies|respon[sd]e?|answer)|do[-_.]?not[-_.]?(?:reply|respond|answer)|dont[-_.]?reply|"
    r"not[-_.]?monitored|unmonitored|(?:bitte[-_.]?)?(?:nicht|keine?)[-_.]?antwort(?:en)?|ne[-_.]?pas[-_.]?repondre|"
    r"no[-_.]?(?:responda|responder|contestar|conteste)|nao[-_.]?respond(?:a|er)|non[-_.]?risp(?:ondere|ondete|onda)|"
    r"niet[-_.]?(?:beantwoorden|reageren)|geen[-_.]?(?:antwoord|reactie)|nie[-_.]?odpowiada(?:j|c)|"
    r"svara?[-_.]?(?:inte|ikke|ej)|ikke[-_.]?svar|ala[-_.]?vastaa|neodpovidejte|nu[-_.]?raspunde(?:ti)?|yanitlamayin"
)
_NO_REPLY = re.compile(
    rf"(?:{_UNREAD}|mailer[-_.]?daemon|postmaster|auto[-_.]?reply|bounces?|nobody)"
    rf"(?:[-_.+=0-9].*)?|.*[-_.+](?:{_UNREAD}|bounces?)",
    re.I,
)
_COMPLAINT = re.compile(
    r"\s*(?:complaint about message from|(?:e-?mail )?(?:feedback|abuse) report for ip) [0-9a-f.:]{3,45}\s*$", re.I
)
_COMPLAINT_DESK = re.compile(r"(?:scomp|fbl|feedback-?loop|abuse-?reports?|spam-?reports?)@|staff@hotmail\.com$", re.I)
_COMPLAINT_TEXT = re.compile(
    r"\s*this is an? (?:e-?mail )?(?:abuse|spam|feedback|authentication failure) report|"
    r"\s*(?:a|one of our) (?:user|customer|subscriber)s? (?:has )?(?:reported|marked|complained)",
    re.I,
)
# RFC 7489 §7.2.1.1 (DMARC) and RFC 8460 §5.3 (TLS).
_AGGREGATE = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?report domain:\s*\S{1,255}\s+submitter:\s*\S{1,255}\s+report-id:", re.I
)
_ANSWERS = re.compile(r"\s*(?:re|aw|sv|antw|vs|回复|答复|回覆|答覆)\s*[:：]", re.I)
_PASSED_ON = re.compile(r"\s*(?:re|aw|sv|antw|vs|fwd?|wg|tr|rv|enc|回复|答复|回覆|转发|轉寄)\s*[:：]", re.I)
_RECEIPTS = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_LIST_FIELDS = ("list-id", "list-post", "list-help", "list-subscribe", "list-unsubscribe", "list-owner", "mailing-list")
_AUTO_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-mail-autoreply",
    "x-ms-exchange-inbox-rules-loop",
)


def auto_submitted(fields: Fields) -> str:
    """The keyword of Auto-Submitted, without parameters and comments, in lower case (RFC 3834 §5).

    An absent field is "no", as the RFC asks. Of several fields the first that is not "no" counts.
    """
    for value in values_of(fields, "auto-submitted"):
        word = re.sub(r"\([^()]*\)", " ", unfold(value)).partition(";")[0].strip().lower()
        if word != "no":
            return word[:100] or "auto-generated"
    return "no"


@dataclass(frozen=True, slots=True)
class Asked:
    """The evidence by which the kind of a mail is judged."""

    fields: Fields
    subject: str
    author: str
    """The shown From address; "" where there is no valid one."""
    body: Body


def judge(asked: Asked) -> Verdict:
    """The kind of a mail, the evidence for it, and its delivery report where it is one; the first sign decides."""
    for sign in (_complaint, _delivery, _free_text, _receipt, _calendar, _challenge, _automatic, _other, _desk):
        found = sign(asked)
        if found:
            return found
    return "person", (), None


NO_REPLY = "no-reply address"


def suppress(fields: Fields, author: str | None) -> tuple[str, ...]:
    """The reasons against an automatic answer, whatever the kind."""
    reasons: list[str] = []
    words = {
        word.strip().lower()
        for value in values_of(fields, "x-auto-response-suppress")
        for word in unfold(value).split(",")
    }
    if words & {"all", "autoreply", "oof", "dr", "rn", "nrn"}:
        reasons.append("X-Auto-Response-Suppress")
    if return_path(fields) == "":
        reasons.append("null return-path")
    if any(is_no_reply(address) for address in (author, return_path(fields)) if address):
        reasons.append(NO_REPLY)
    return tuple(reasons)


def is_no_reply(address: str) -> bool:
    """Whether an address says of itself that nobody reads what is sent to it."""
    return _NO_REPLY.fullmatch(address.rpartition("@")[0][:64]) is not None


def return_path(fields: Fields) -> str | None:
    """The envelope sender as the last hop recorded it: "" for `<>`, None where it is absent or unreadable."""
    values = values_of(fields, "return-path")
    if not values:
        return None
    text = unfold(values[0])
    inner = text[text.find("<") + 1 : text.rfind(">")].strip() if "<" in text and ">" in text else text
    local, at, domain = inner.rpartition("@")
    if not inner:
        return ""
    return f"{local}@{domain.lower()}" if at and len(inner) <= 320 and inner.isascii() and " " not in inner else None


def _complaint(asked: Asked) -> Verdict | None:
    """Reports of recipients or providers about a mail of ours: ARF (RFC 5965, 6591), Hotmail's, and older ones."""
    types = {leaf.content_type for leaf in asked.body.leaves}
    if "message/feedback-report" in types or asked.body.report_type == "feedback-report":
        return "complaint", ("feedback report",), None
    if values_of(asked.fields, "x-hmxmroriginalrecipient") or _COMPLAINT.match(asked.subject):
        return "complaint", ("complaint about a message",), None
    carries = bool(types & {"message/rfc822", "text/rfc822-headers"})
    if carries and (_COMPLAINT_DESK.match(asked.author) or _COMPLAINT_TEXT.match(asked.body.text[:500])):
        return "complaint", ("abuse report with the message",), None
    if asked.body.report_type == "tlsrpt" or _AGGREGATE.match(asked.subject):
        return "complaint", ("aggregate report",), None
    return None


def _delivery(asked: Asked) -> Verdict | None:
    """Reports whose parts say what became of a mail."""
    types = {leaf.content_type for leaf in asked.body.leaves}
    status = bool(types & {"message/delivery-status", "message/global-delivery-status"})
    by_type = asked.body.report_type == "delivery-status" or (
        asked.body.multipart == "report" and not asked.body.report_type and not types & _RECEIPTS
    )
    # Some systems put the status part into a mail of another kind; so does a person who passes it on.
    by_sender = status and (not asked.body.multipart or is_from_a_mail_system(asked.fields, asked.author))
    if by_type or by_sender or (status and asked.body.multipart == "report"):
        return report_of(asked.fields, asked.body)
    return notice_of(asked.body)


def _receipt(asked: Asked) -> Verdict | None:
    """Disposition notifications (RFC 8098), and Outlook's without their parts."""
    types = {leaf.content_type for leaf in asked.body.leaves}
    if types & _RECEIPTS and (rejected := rejection_of(asked.fields, asked.body)):
        return rejected
    if types & _RECEIPTS or asked.body.report_type == "disposition-notification":
        return "receipt", ("disposition notification",), None
    if is_read_notice(asked.subject, asked.body.text):
        return "receipt", ("read notice",), None
    return None


def _free_text(asked: Asked) -> Verdict | None:
    """Bounces without a status part."""
    if asked.body.report_type == "disposition-notification":
        return None
    evidence = looks_like_a_bounce(asked.fields, asked.subject, asked.author, asked.body)
    if not evidence:
        return None
    original = original_message_id(asked.fields, asked.body)
    report = free_text_report(asked.fields, asked.body, original, warns=evidence[0] == "delay subject")
    return "delayed" if is_delay(report) else "bounce", evidence, report


def _calendar(asked: Asked) -> Verdict | None:
    """Invitations and the answers to them (RFC 5546)."""
    method = _calendar_method(asked.body)
    return ("calendar", (f"text/calendar {method}",), None) if method else None


def _challenge(asked: Asked) -> Verdict | None:
    """Robots that want a confirmation before they let a mail through."""
    # Most list mail has links to click on, but no list asks for a confirmation like this.
    asks = not values_of(asked.fields, "list-id") and is_challenge(asked.subject, asked.body.text)
    if asks or values_of(asked.fields, "x-tmda-confirm-done"):
        return "challenge", ("asks to be confirmed",), None
    return None


def _automatic(asked: Asked) -> Verdict | None:
    """Programs that answer for a person, such as vacation notices."""
    keyword = auto_submitted(asked.fields)
    if keyword != "no":
        return "auto_reply", (f"Auto-Submitted: {keyword}",), None
    for name in _AUTO_FIELDS:
        values = values_of(asked.fields, name)
        if values and unfold(values[0]).lower() not in ("no", "false", "0"):
            return "auto_reply", (name,), None
    if _precedence(asked.fields) == "auto_reply":
        return "auto_reply", ("Precedence: auto_reply",), None
    answers = bool(_ANSWERS.match(asked.subject) or values_of(asked.fields, "in-reply-to"))
    null_sender = return_path(asked.fields) == ""
    if is_vacation_notice(asked.subject, asked.body.text, answers=answers, null_sender=null_sender):
        return "auto_reply", ("vacation notice",), None
    return None


def _calendar_method(body: Body) -> str:
    """The iTIP method (RFC 5546) of an invitation that is not just an attached file."""
    for leaf in body.leaves:
        if leaf.content_type == "text/calendar" and leaf.disposition != "attachment":
            found = re.search(
                rb"(?im)^METHOD:(REQUEST|REPLY|CANCEL|COUNTER|ADD|REFRESH|DECLINECOUNTER)", leaf.content[:20_000]
            )
            method = leaf.method.upper() or (found[1].decode("ascii") if found else "")
            if method and method != "PUBLISH":
                return method
    return ""


def _other(asked: Asked) -> Verdict | None:
    """Lists and mass mail."""
    present = [name for name in _LIST_FIELDS if any(unfold(value) for value in values_of(asked.fields, name))]
    if present == ["list-unsubscribe"] and _PASSED_ON.match(asked.subject):
        # Some programs keep the list fields when a person answers or forwards a newsletter.
        present = []
    if present:
        return "list", tuple(present), None
    precedence = _precedence(asked.fields)
    if precedence == "list":
        return "list", ("Precedence: list",), None
    if precedence in ("bulk", "junk"):
        return "bulk", (f"Precedence: {precedence}",), None
    return None


def _desk(asked: Asked) -> Verdict | None:
    """Answers of other ticket systems."""
    if is_acknowledgement(asked.subject, asked.body.text):
        return "auto_reply", ("acknowledgement of a ticket system",), None
    return None


def _precedence(fields: Fields) -> str:
    """The Precedence field in lower case; "" where there is none."""
    values = [value for name in ("precedence", "x-precedence") for value in values_of(fields, name)]
    return unfold(values[0]).lower().replace("-", "_")[:40] if values else ""
