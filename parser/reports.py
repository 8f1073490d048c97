"""What sort of mail it is, delivery reports, and why no automatic answer may go out.

multipart/report; report-type=delivery-status      RFC 3464: bounce, delayed, delivered
multipart/report; report-type=disposition-notification   RFC 8098: receipt
multipart/report; report-type=feedback-report      RFC 5965: complaint
Auto-Submitted: auto-replied                       RFC 3834: auto_reply
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from parser.body import Body
from parser.bounces import free_text_report, looks_like_a_bounce
from parser.headers import Fields, decode_value, unfold, values_of
from parser.mail import Kind, Report, ReportRecipient
from parser.statuses import action_of, code_in, code_of_words

Verdict = tuple[Kind, tuple[str, ...], Report | None]

_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_MAX_RECIPIENTS = 500

# Subjects that vacation programs write, by language. Anchored at the start: a person writes *about* an absence too.
_VACATION = re.compile(
    r"\s*(?:\[[^\]]{1,80}\]\s*|external:?\s+)?(?:"
    r"out of (?:the )?office|ooo\s*[:\-]|auto(?:matic|mated)?[ -]?(?:reply|response|responder|antwort|svar)\b|i "
    r"am (?:currently )?out of|"
    r"on (?:vacation|annual leave|holiday)\b|vacation (?:reply|response|notice)|away from (?:my )?(?:office|mail|desk)|"
    r"abwesenheit(?:s|snotiz|sbenachrichtigung|sassistent)?\b|automatische antwort|ich bin (?:nicht im|außer) |"
    r"fuera de (?:la )?oficina|respuesta automática|ausente\b|respuesta autom|"
    r"absence du bureau|réponse automatique|message d'absence|absent du bureau|absence\s*:|"
    r"risposta automatica|fuori (?:sede|ufficio)|assente|resposta automática|fora do escritório|ausência temporária|"
    r"automatisch antwoord|afwezig|autosvar|automatiskt svar|frånvaro|fravær|automaattinen vastaus|poissa|"
    r"odpowiedź automatyczna|automatyczna odpowiedź|automatická odpověď|автоматический ответ|автоответ|нет на "
    r"месте|otomatik yanıt|ofis dışında|"
    r"自动回复|自動回覆|自動回復|自动答复|自動応答|自動返信|不在(?:通知|のお知らせ|返信)|外出(?:回复|自动)|休假|"
    r"休暇|假期自动|離席|자동 ?(?:응답|회신)|부재중|"
    r"(?!.{0,60}\bre\s*:).{1,100}\bis (?:currently )?out of (?:the )?office\W{0,3}$"
    r")",
    re.I,
)
_CHALLENGE = re.compile(
    r"\s*(?:please confirm your (?:message|email|e-mail)|your (?:message|email) (?:requires|needs) "
    r"(?:confirmation|verification)|"
    r"confirm your message to|\[?(?:boxbe|spamarrest|challenge)|verify your (?:message|email) to|email "
    r"verification required to deliver)",
    re.I,
)
_NO_REPLY = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|noreply|donotreply|mailer[-_.]?daemon|postmaster|auto[-_.]?reply|"
    r"bounces?|nobody)"
    r"(?:[-_.+=0-9].*)?|.*[-_.+](?:no[-_.]?reply|bounces?)",
    re.I,
)
_COMPLAINT = re.compile(
    r"\s*(?:complaint about message from|(?:e-?mail )?(?:feedback|abuse) report for ip) [0-9a-f.:]{3,45}\s*$", re.I
)
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
    """What the kind of a mail is judged by."""

    fields: Fields
    subject: str
    author: str
    """The shown From address; "" where there is no valid one."""
    body: Body


def judge(asked: Asked) -> Verdict:
    """The kind of a mail, the evidence for it, and its delivery report where it is one; the first sign decides."""
    for sign in (_structured, _free_text, _automatic, _other):
        found = sign(asked)
        if found:
            return found
    return "person", (), None


def suppress(fields: Fields, author: str | None) -> tuple[str, ...]:
    """Why no automatic answer may go out, whatever the kind."""
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
    if any(
        _NO_REPLY.fullmatch(address.rpartition("@")[0][:64]) for address in (author, return_path(fields)) if address
    ):
        reasons.append("no-reply address")
    return tuple(reasons)


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


def _structured(asked: Asked) -> Verdict | None:
    """Reports that say what they are by their parts."""
    types = {leaf.content_type for leaf in asked.body.leaves}
    if "message/feedback-report" in types or asked.body.report_type == "feedback-report":
        return "complaint", ("feedback report",), None
    if values_of(asked.fields, "x-hmxmroriginalrecipient") or _COMPLAINT.match(asked.subject):
        return "complaint", ("complaint about a message",), None
    if "message/disposition-notification" in types or asked.body.report_type == "disposition-notification":
        return "receipt", ("disposition notification",), None
    if asked.body.multipart == "report" or asked.body.report_type == "delivery-status":
        return _delivery(asked.fields, asked.body)
    return None


def _delivery(fields: Fields, body: Body) -> Verdict | None:
    """A report after RFC 3464; its status part may be labelled wrongly, and its text may say more than its fields."""
    parts = [
        leaf
        for leaf in body.leaves
        if leaf.content_type in ("message/delivery-status", "message/global-delivery-status")
    ]
    recipients = tuple(one for part in parts for one in _recipients(part.content))[:_MAX_RECIPIENTS]
    original = original_message_id(fields, body)
    if not recipients:
        guessed = free_text_report(fields, body, original)
        return "bounce", ("delivery report",), guessed
    actions = {one.action for one in recipients}
    kind: Kind = "bounce" if "failed" in actions else "delayed" if "delayed" in actions else "delivered"
    return kind, ("delivery-status",), Report(original, recipients)


def _recipients(content: bytes) -> Iterable[ReportRecipient]:
    """The per-recipient groups of a delivery-status part (RFC 3464 §2.3)."""
    text = content[:1_000_000].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    for block in re.split(r"\n[ \t]*\n", text):
        named: dict[str, str] = {}
        for line in re.sub(r"\n[ \t]+", " ", block).split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                named.setdefault(name.strip().lower(), decode_value(value)[:2_000])
        final, original = _typed(named.get("final-recipient", "")), _typed(named.get("original-recipient", ""))
        if not named.keys() & {"final-recipient", "original-recipient", "action"} or not (
            final or original or "action" in named
        ):
            continue
        diagnostic = named.get("diagnostic-code", "")
        status = code_in(named.get("status", "")) or ""
        if status in ("", "5.0.0", "4.0.0"):
            # The general code says less than the server's own words, where those name one of the same class.
            better = code_in(diagnostic)
            status = better if better and status[:1] in ("", better[0]) else status
        action = named.get("action", "").split(" ")[0].lower()
        told = action if action in _ACTIONS else action_of(status)
        general = {"delayed": "4.0.0", "failed": "5.0.0"}.get(told, "2.0.0")
        yield ReportRecipient(final or original, told, status or code_of_words(diagnostic) or general, diagnostic)  # type: ignore[arg-type]


def _typed(value: str) -> str | None:
    """The address of `rfc822; ana@example.org`."""
    text = value.rpartition(";")[2].strip().strip("<>").strip()
    local, at, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}" if at and local and domain and " " not in text else None


def original_message_id(fields: Fields, body: Body) -> str | None:
    """The Message-ID of the mail a report is about: from the returned copy, else from the fields of the report."""
    for leaf in reversed(body.leaves):
        returned = leaf.content_type in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/rfc822-headers",
            "message/global-headers",
        )
        source = leaf.content if returned or leaf.content_type.startswith("text/") else b""
        found = re.search(rb"(?im)^[ \t>]{0,9}Message-ID:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{1,900})>", source[:400_000])
        if found and b"@" in found[1]:
            return found[1].decode("ascii", "replace")
    for name in ("in-reply-to", "references", "x-original-message-id", "x-ms-exchange-parent-message-id"):
        ids = re.findall(
            r"<([^<>\s]{1,900}@[^<>\s]{1,900})>", " ".join(unfold(value)[:4_000] for value in values_of(fields, name))
        )
        if ids:
            return str(ids[-1])
    return None


def _free_text(asked: Asked) -> Verdict | None:
    """Bounces that only people can read."""
    evidence = looks_like_a_bounce(asked.fields, asked.subject, asked.author, asked.body)
    if not evidence:
        return None
    report = free_text_report(asked.fields, asked.body, original_message_id(asked.fields, asked.body))
    delayed = evidence[0] == "delay subject" or (
        report.recipients and all(one.action == "delayed" for one in report.recipients)
    )
    return "delayed" if delayed else "bounce", evidence, report


def _automatic(asked: Asked) -> Verdict | None:
    """Robots that answer for a person, and challenges."""
    if _CHALLENGE.match(asked.subject) or values_of(asked.fields, "x-tmda-confirm-done"):
        return "challenge", ("challenge subject",), None
    if _calendar_method(asked.body):
        return "calendar", ("text/calendar",), None
    keyword = auto_submitted(asked.fields)
    if keyword != "no":
        return "auto_reply", (f"Auto-Submitted: {keyword}",), None
    for name in _AUTO_FIELDS:
        values = values_of(asked.fields, name)
        if values and unfold(values[0]).lower() not in ("no", "false", "0"):
            return "auto_reply", (name,), None
    if _precedence(asked.fields) == "auto_reply":
        return "auto_reply", ("Precedence: auto_reply",), None
    if _VACATION.match(asked.subject):
        return "auto_reply", ("vacation subject",), None
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
    present = [name for name in _LIST_FIELDS if values_of(asked.fields, name)]
    if present:
        return "list", tuple(present), None
    precedence = _precedence(asked.fields)
    if precedence == "list":
        return "list", ("Precedence: list",), None
    if precedence in ("bulk", "junk"):
        return "bulk", (f"Precedence: {precedence}",), None
    return None


def _precedence(fields: Fields) -> str:
    """The Precedence field in lower case; "" where there is none."""
    values = [value for name in ("precedence", "x-precedence") for value in values_of(fields, name)]
    return unfold(values[0]).lower().replace("-", "_")[:40] if values else ""
