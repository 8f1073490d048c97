"""Bounces without a status part, known by their sender, their subject and their words."""

import re

from parser.body import Body
from parser.kinds.failures import has_a_named_recipient
from parser.kinds.statuses import enhanced_in
from parser.mime.headers import Fields, unfold, values_of

_MAX_TEXT = 40_000

_DAEMON = re.compile(
    r"(?:mailer[-_. ]?daemon|post[-_.]?master|mail[-_. ]?daemon|mailerdaemon|maildeliverysystem|"
    r"mail[-_.]?delivery[-_. ]?(?:system|subsystem)?|"
    r"bounces?|mdaemon|delivery|no[-_.]?reply|system|administrator|mailadm|mmdf|uucp|root|smtp|"
    r"exchange)(?:[-_.+=0-9].*)?",
    re.I,
)
_DAEMON_FOR_SURE = re.compile(
    r"(?:mailer[-_. ]?daemon|mail[-_. ]?daemon|post[-_.]?master|mdaemon|mailerdaemon)(?:[-_.+=0-9].*)?|"
    r"microsoftexchange[0-9a-f]{32}",
    re.I,
)
_DAEMON_NAME = re.compile(
    r"mail(?:er)?[- ]?daemon|mail delivery (?:sub)?system|postmaster|delivery subsystem|system administrator|"
    r"系统管理员|邮件系统",
    re.I,
)

_FAILED_SUBJECT = re.compile(
    r"^delivery status\b|undeliver(?:ed|able)|un-?deliverable|returned (?:mail|e-?mail|to sender)|delivery "
    r"(?:has )?(?:status notification|failure|failed|problem|error|report)|"
    r"(?:mail|message|e-?mail)\S* (?:delivery )?(?:failure|failed|system error|error|could not be delivered|not "
    r"delivered|undeliverable|returned|bounced)|"
    r"failure (?:notice|notification)|failed (?:mail|delivery|recipient)|non[- ]?delivery|non remis|could "
    r"?n[o']t (?:be )?deliver|cannot deliver|"
    r"unable to deliver|(?:rejected|bounced?) (?:mail|message)|user unknown|address error|nondeliverable|mail "
    r"status report|"
    r"unzustellbar|zustellung|nicht zugestellt|fehlgeschlagen|rückläufer|non (?:distribué|remis|consegnat)|"
    r"échec|no se ha podido entregar|"
    r"devuelto|mancata consegna|nicht zustellbar|não entregue|falha na entrega|не доставлено|недоставлен|"
    r"退信|系统退信|退回|无法投递|無法投遞|無法傳送|投递失败|发送失败|传送失败|配信(?:できません|不能|エラー)|"
    r"送信エラー|宛先不明|メールエラー|반송|(?:전송|발송|배달) ?실패|전달되지",
    re.I,
)
_DELAY_SUBJECT = re.compile(
    r"delayed mail|(?:delivery|message|mail)\S* (?:is )?(?:temporarily )?(?:delayed|suspended|deferred)|"
    r"delay(?:ed)? (?:notification|notice)|could not send message for|"
    r"still (?:trying|being retried)|warning: (?:could not send|message .{1,40} delayed)|\(delay(?:ed)?\)|延迟|"
    r"延遲|投递延迟|verzögert|retard[ée]e?\b|retrasad|atrasad[ao]|in ritardo|vertraagd|opóźnion|försenad|forsinket|"
    r"задерж|gecikti|지연|遅延|遅れています",
    re.I,
)
_RETURNED_FIELDS = re.compile(r"(?im)^[ \t>]{0,4}(?:received: (?:from|by)|return-path:|message-id:)")
_FAILED_TEXT = re.compile(
    r"could not be delivered|couldn't be delivered|cannot be delivered|was not delivered|unable to deliver|"
    r"delivery (?:to the following|failed|attempt)|"
    r"undeliverable|permanent (?:fatal )?errors?|user unknown|unknown user|no such user|did not reach the "
    r"following|returned to sender|"
    r"has been returned|not be sent|delivery error|(?:recipient|address)\S* (?:was |is |were )?(?:rejected|"
    r"unknown|invalid)|mailbox (?:is )?full|over quota|"
    r"退信|无法投递|無法投遞|投递失败|未送达|配信できません|送信できません",
    re.I,
)
# A sentence, and only an address below it: Exchange names recipients like this in every language.
_RECIPIENT_BELOW = re.compile(
    r"[:：.。．!！।][ \t]*\r?\n(?:[ \t]*\r?\n)?[ \t>*•]{0,8}<?"
    r"([^\s<>@:;,\"']{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})>?"
    r"(?:[ \t]?<mailto:[^>\n]{1,100}>|[ \t]\([^)\n]{1,100}\))?[ \t]*(?=\r?$)",
    re.M,
)
_ASKS = re.compile("[?？؟]")
# A server's reply at the start of a line, where a person would not quote it.
_ANSWER = re.compile(r"(?m)^\s{0,8}(?:<<< )?[45]\d\d(?: -|[ -](?:[45]\.\d\.\d|\S))")


def looks_like_a_bounce(fields: Fields, subject: str, author: str, body: Body) -> tuple[str, ...]:
    """The signs that a mail without a status part is a bounce, strongest first; empty if it is none.

    It needs two signs, one of the sender and one of the subject or the words, because people write about bounces, too.
    """
    sender = author.rpartition("@")[0] if "@" in author else author
    shown = unfold(next(iter(values_of(fields, "from")), ""))[:300]
    local = sender or shown
    senders = [unfold(value).replace(" ", "") for value in values_of(fields, "return-path")]
    null = "<>" in senders
    sure = bool(_DAEMON_FOR_SURE.fullmatch(local[:100])) or bool(_DAEMON_NAME.search(shown))
    machine = sure or bool(_DAEMON.fullmatch(local[:100])) or null
    if values_of(fields, "x-failed-recipients"):
        return ("X-Failed-Recipients",)
    if not machine:
        return ()
    answer = bool(re.match(r"\s*(?:re|aw|sv|回复|答复)\s*[:：]", subject, re.I))
    if _DELAY_SUBJECT.search(subject[:300]) and not answer:
        return ("delay subject", "mail system as the sender")
    if _FAILED_SUBJECT.search(subject[:300]) and not answer:
        return ("failure subject", "mail system as the sender")
    says_failed = sure and not answer and (_FAILED_TEXT.search(body.text[:6_000]) or enhanced_in([body.text[:6_000]]))
    # Mail administrators have such addresses, too, and ask about failures without naming a recipient.
    if says_failed and (null or has_a_named_recipient(body.text[:6_000]) or _has_a_returned_copy(body)):
        return ("failure text", "mail system as the sender")
    if sure and _ANSWER.search(body.text[:6_000]) and _FAILED_TEXT.search(body.text[:6_000]):
        # Some systems call their bounces an answer.
        return ("answer of a server", "mail system as the sender")
    if sure and not answer and (null or not senders) and _names_a_recipient_alone(fields, body, null=null):
        return ("recipient alone on a line", "mail system as the sender")
    if null and not answer and _FAILED_TEXT.search(body.text[:3_000]) and _has_a_returned_copy(body):
        return ("failure text", "null return-path")
    return ()


def _names_a_recipient_alone(fields: Fields, body: Body, *, null: bool) -> bool:
    """Whether the first lines name an address that is neither in this mail's header nor part of a question."""
    top = body.text[:1_500]
    if not null and (values_of(fields, "in-reply-to") or _ASKS.search(top)):
        return False
    named = [match[1].lower() for match in _RECIPIENT_BELOW.finditer(top)]
    own = " ".join(
        unfold(value)[:2_000] for name in ("from", "to", "cc", "sender") for value in values_of(fields, name)
    )
    return any(address not in own.lower() for address in named)


def _has_a_returned_copy(body: Body) -> bool:
    """Whether the mail carries an older one, as a part or in its text."""
    parts = {leaf.content_type for leaf in body.leaves}
    return bool(parts & {"message/rfc822", "text/rfc822-headers"}) or bool(
        _RETURNED_FIELDS.search(body.text[:_MAX_TEXT])
    )
