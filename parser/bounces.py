"""Bounces without structure: who sends them, what they are called, whom they name."""

import re

from parser.body import Body
from parser.headers import Fields, unfold, values_of
from parser.mail import Report, ReportRecipient
from parser.statuses import action_of, code_in, code_of_words

_MAX_TEXT = 40_000
_MAX_RECIPIENTS = 50

_DAEMON = re.compile(
    r"(?:mailer[-_. ]?daemon|postmaster|mail[-_. ]?daemon|mailerdaemon|maildeliverysystem|"
    r"mail[-_.]?delivery[-_. ]?(?:system|subsystem)?|"
    r"bounces?|mdaemon|delivery|no[-_.]?reply|system|administrator|mailadm|mmdf|uucp|root|smtp|"
    r"exchange)(?:[-_.+=0-9].*)?",
    re.I,
)
_DAEMON_FOR_SURE = re.compile(
    r"(?:mailer[-_. ]?daemon|mail[-_. ]?daemon|postmaster|mdaemon|mailerdaemon)(?:[-_.+=0-9].*)?", re.I
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
    r"送信エラー|宛先不明|メールエラー|반송|전송 ?실패|전달되지",
    re.I,
)
_DELAY_SUBJECT = re.compile(
    r"delayed mail|(?:delivery|message|mail)\S* (?:is )?(?:temporarily )?(?:delayed|suspended|deferred)|"
    r"delay(?:ed)? (?:notification|notice)|could not send message for|"
    r"still (?:trying|being retried)|warning: (?:could not send|message .{1,40} delayed)|\(delay(?:ed)?\)|延迟|"
    r"延遲|投递延迟",
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
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9._%+=-])([A-Za-z0-9._%+=/&'*#!$?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"
)
_RETURNED_COPY = re.compile(
    r"(?im)^[\s>*|-]{0,40}(?:original (?:message|mail|headers?)|(?:below|here|this|following|"
    r"attached)[^\n]{0,40}(?:is|are) (?:a |the )?(?:copy|original|"
    r"header|first|text)[^\n]{0,60}|(?:unsent|returned|undelivered) (?:message|mail)[^\n]{0,40}(?:follows|below|"
    r"attached)?|message (?:headers?|text) follows?|"
    r"your (?:original )?message (?:follows|reads)[^\n]{0,30}|transcript of session follows|received: (?:from|"
    r"by) [^\n]{0,200}|return-path: ?<[^\n]{0,200}|"
    r"原始邮件[^\n]{0,20})[\s:*-]{0,20}$"
)


def looks_like_a_bounce(fields: Fields, subject: str, author: str, body: Body) -> tuple[str, ...]:
    """The signs that a mail without a status part is a bounce, strongest first; empty where it is none.

    Two signs are asked for: of who sends it and what it is called or says. A person writes about bounces too.
    """
    sender = author.rpartition("@")[0] if "@" in author else author
    shown = unfold(next(iter(values_of(fields, "from")), ""))[:300]
    local = sender or shown
    null = any(unfold(value).replace(" ", "") == "<>" for value in values_of(fields, "return-path"))
    machine = bool(_DAEMON.fullmatch(local[:100])) or bool(_DAEMON_NAME.search(shown)) or null
    sure = bool(_DAEMON_FOR_SURE.fullmatch(local[:100])) or bool(_DAEMON_NAME.search(shown))
    if values_of(fields, "x-failed-recipients"):
        return ("X-Failed-Recipients",)
    if not machine:
        return ()
    answer = bool(re.match(r"\s*(?:re|aw|sv|回复|答复)\s*[:：]", subject, re.I))
    if _DELAY_SUBJECT.search(subject[:300]) and not answer:
        return ("delay subject", "mail system as the sender")
    if _FAILED_SUBJECT.search(subject[:300]) and not answer:
        return ("failure subject", "mail system as the sender")
    if sure and not answer and (_FAILED_TEXT.search(body.text[:6_000]) or code_in(body.text[:6_000])):
        return ("failure text", "mail system as the sender")
    if null and not answer and _FAILED_TEXT.search(body.text[:3_000]) and _has_a_returned_copy(body):
        return ("failure text", "null return-path")
    return ()


def free_text_report(fields: Fields, body: Body, message_id: str | None) -> Report:
    """The recipients that the words of a bounce name, with the status code nearest to each."""
    named = [
        address
        for value in values_of(fields, "x-failed-recipients")
        for address in _ADDRESS.findall(unfold(value)[:10_000])
    ]
    text = _own_words(body)
    # Without any code the general one stands: what is not told to be temporary has failed.
    status = code_in(text) or code_of_words(text) or "5.0.0"
    found: dict[str, tuple[str, str]] = {address.lower(): (status, "") for address in named}
    own = {
        address.lower()
        for name in ("from", "to", "return-path")
        for value in values_of(fields, name)
        for address in _ADDRESS.findall(unfold(value)[:10_000])
    }
    if not found:
        lines = text.split("\n")
        for number, line in enumerate(lines):
            for address in _ADDRESS.findall(line[:1_000]):
                if address.lower() in own or len(found) >= _MAX_RECIPIENTS:
                    continue
                near = " ".join(part.strip() for part in lines[number : number + 4])[:1_000]
                found.setdefault(address.lower(), (code_in(near.replace(address, " ")) or status, near))
    recipients = tuple(
        ReportRecipient(_domain_lowered(address), action_of(code), code, words[:500])
        for address, (code, words) in found.items()
    )
    return Report(message_id, recipients or (ReportRecipient(None, action_of(status), status, ""),))


def _own_words(body: Body) -> str:
    """What the mail system says, above the copy of the mail it returns."""
    text = body.text[:_MAX_TEXT]
    copy = _RETURNED_COPY.search(text)
    # A copy marked on the very first lines would leave nothing to read.
    return text[: copy.start()] if copy and _ADDRESS.search(text[: copy.start()]) else text


def _has_a_returned_copy(body: Body) -> bool:
    """The mail carries an older one, as a part or in its text."""
    parts = {leaf.content_type for leaf in body.leaves}
    return bool(parts & {"message/rfc822", "text/rfc822-headers"}) or bool(
        _RETURNED_FIELDS.search(body.text[:_MAX_TEXT])
    )


def _domain_lowered(address: str) -> str:
    """The address with its domain in lower case."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"
