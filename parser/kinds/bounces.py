"""Bounces without a status part, known by their sender, their subject and their words."""

import re

from parser.body import Body
from parser.identity.freemail import FREEMAIL
from parser.kinds.acknowledgements import OF_A_PERSON
from parser.kinds.failures import has_a_named_recipient
from parser.kinds.report_text import MAX_TEXT, own_words
from parser.kinds.statuses import enhanced_in
from parser.mime.headers import Fields, decode_value, unfold, values_of

_DAEMON = re.compile(
    r"(?:mailer[-_. ]?daemon|post[-_.]?master|mail[-_. ]?daemon|mailerdaemon|maildeliverysystem|"
    r"mail[-_.]?delivery[-_. ]?(?:system|subsystem)?|"
    r"bounces?|mdaemon|delivery|no[-_.]?reply|system|administrator|mailadm|mmdf|uucp|root|smtp|"
    r"exchange|ndr|mta|mail(?:server|system|service|gate\w*|admin\w*)|gateway|av|"
    r"\w{0,20}[-_.]?(?:anti-?virus|virus|mail|spam|smtp|e-?mail)[-_. ]?(?:wall|scan\w*|gate\w*|shield|guard|marshal|"
    r"filter|"
    r"security|firewall|transfer|service|server|router))(?:[-_.+=0-9].*)?",
    re.I,
)
_DAEMON_FOR_SURE = re.compile(
    r"(?:mailer[-_. ]?daemon|mail[-_. ]?daemon|post[-_.]?master|mdaemon|mailerdaemon)(?:[-_.+=0-9].*)?|"
    r"microsoftexchange[0-9a-f]{32}",
    re.I,
)
_DAEMON_NAME = re.compile(
    r"mail(?:er)?[- ]?daemon|mail delivery (?:sub)?(?:system|service)|postmaster|delivery subsystem|"
    r"system administrator|"
    r"系统管理员|邮件系统|系統管理員|郵件系統",
    re.I,
)

# Every subject of ASCII that matches one of the next two patterns, both in small letters, holds one of these.
_SIGNS = (
    *("deliver", "return", "reject", "bounce", "fail", "delay", "suspend", "defer", "postpone", "still", "warning"),
    *("could not", "unknown", "error", "status", "zustell", "geschlagen", "non remis", "non distribu", "non consegnat"),
    *("devuelt", "devolvid", "entregad", "entregar", "falha", "consegna", "retard", "retras", "atras", "ritardo"),
    *("vertraagd", "forsinket", "gecikti", "bestelbaar", "bezorgd", "afgeleverd", "dostarczon", "toimit"),
    *("edilemedi", "gagal", "tertunda", "dorucen", "zpozd", "kezbes"),
    *("problem", "blocked", "leverer", "zugestellt", "geleverd", "leveres", "levert", "nelivrat"),
)
_FAILED_SUBJECT = re.compile(
    r"\bdelivery status\b|undeliver(?:ed|able)|un-?deliverable|returned (?:mail|e-?mail|message|to sender)|delivery "
    r"(?:has )?(?:status notification|failure|failed|problem|error|report)|"
    r"(?:mail|message|e-?mail)\S* (?:delivery )?(?:failure|failed|system error|error|could not be (?:sent|delivered)|"
    r"not "
    r"(?:be )?delivered|was not delivered|undeliverable|returned|bounced|rejected|problem)|"
    r"failure (?:notice|notification)|failed (?:mail|delivery|recipient)|non[- ]?delivery|non remis|could "
    r"?n[o']t (?:be )?deliver|cannot deliver|"
    r"unable to deliver|(?:rejected|bounced?) (?:mail|message)|user unknown|address error|nondeliverable|mail "
    r"status report|\b(?:message|mail)\b.{0,60}\bblocked\b|"
    r"unzustellbar|zustellung|nicht zugestellt|fehlgeschlagen|rückläufer|non (?:distribué|remis|consegnat)|"
    r"échec|no (?:se ha podido )?entrega(?:r|do)|devuelto|mancata consegna|nicht zustellbar|"
    r"não (?:foi )?entregue|falha (?:na entrega|ao entregar)|devolvid[ao]|onbestelbaar|niet (?:af)?(?:geleverd|"
    r"bezorgd)|"
    r"kunde inte levereras|(?:kunne ikke|kan ikke|ikke) lever(?:es|t)|niedostarczon|nie (?:został[ao]? )?dostarczon|"
    r"ei voitu toimittaa|toimittamat|teslim edilemedi|nedoručiteln|nedoruče|kézbesíthetetlen|nelivrat|"
    r"не (?:было )?доставлено|не удалось доставить|недоставлен|не доставлен|gagal (?:di)?kirim|gagal terkirim|"
    r"không (?:thể )?(?:gửi|chuyển) được|thư bị trả lại|ไม่สามารถส่ง|تعذر (?:تسليم|إرسال)|לא נמסרה|"
    r"退信|系统退信|退回|无法投递|無法投遞|無法傳送|未送达|未送達|未能送达|未能送達|投递失败|投遞失敗|未送达|未送達|未能送达|未能送達|发送失败|傳送失敗|传送失败|无法送达|無法送達|"
    r"配信(?:できません|不能|エラー)|送信エラー|宛先不明|メールエラー|반송|(?:전송|발송|배달) ?실패|전달되지",
)
_DELAY_SUBJECT = re.compile(
    r"delayed (?:mail|delivery|message)|(?:delivery|message|mail)\S* (?:is |has been )?(?:temporarily )?"
    r"(?:delayed|suspended|deferred|postponed)|"
    r"delay(?:ed)? (?:notification|notice)|could not send message for|(?:delivery|mail) warning|"
    r"still (?:trying|being retried)|warning: (?:could not send|message .{1,40} (?:delayed|not (?:yet )?been delivered|"
    r"still undelivered))|"
    r"not yet (?:been )?delivered|\(delay(?:ed)?\)|延迟|"
    r"延遲|投递延迟|"
    r"verzögert|verspätet|retard[ée]e?\b|retrasad|atrasad[ao]|in ritardo|vertraagd|opóźnion|försenad|forsinket|"
    r"задерж|gecikti|tertunda|opožd|zpožd|지연|遅延|遅れています",
)
_RETURNED_FIELDS = re.compile(r"(?im)^[ \t>]{0,4}(?:received: (?:from|by)|return-path:|message-id:)")
_FAILED_TEXT = re.compile(
    r"could ?n[o']t be (?:sent|delivered|reached)|cannot be (?:sent|delivered|reached)|(?:was|were|"
    r"been) not (?:be )?delivered|"
    r"unable to (?:be )?deliver|not (?:able to|possible to) deliver|(?:could ?n[o']t|cannot|can't) deliver|"
    r"not been delivered|"
    r"delivery (?:to the following|failed|attempt|of (?:your )?(?:e-?)?mail)|delivering your (?:message|mail)|"
    r"undeliver(?:able|ed)|permanent (?:fatal )?errors?|user unknown|unknown user|no such (?:user|account|mailbox)|"
    r"did not (?:reach|receive)|returned to sender|failed (?:recipients?|addresses)|address(?:es|\(es\))? failed|"
    r"has been (?:returned|postponed|delayed)|was (?:returned|rejected|blocked|stopped)|not be sent|could not go out|"
    r"delivery (?:error|problems)|"
    r"(?:recipient|address)\S* (?:was |is |were )?(?:rejected|unknown|invalid)|does not exist|"
    r"\binvalid (?:final )?(?:delivery )?(?:userid|recipient|receiver|address)|"
    r"mailbox (?:is )?(?:full|disabled|unavailable|not found)|over quota|"
    r"not yet been|still in (?:the|our) (?:mail )?queue|waiting to be delivered|noch nicht zugestellt|verzögert sich|"
    r"pas encore (?:été )?(?:remis|distribué)|(?:todavía|aún) no (?:se )?ha|ainda não foi entregue|"
    r"non è (?:stato )?ancora|"
    r"退信|退回|无法投递|無法投遞|无法送达|無法送達|未能送达|未能送達|投递失败|投遞失敗|未送达|未送達|配信できません|送信できません|"
    r"(?:konnte|kann) nicht zugestellt|unzustellbar|n'a pas pu être (?:remis|distribué|délivré)|"
    r"no (?:se )?(?:ha podido|pudo) "
    r"(?:ser )?entrega|não (?:foi possível|pôde ser) entreg|"
    r"non è stato possibile (?:re)?capitare|"
    r"impossibile (?:re)?capitare|non può essere (?:consegnat|recapitat)|kon niet (?:worden )?(?:af)?(?:geleverd|"
    r"bezorgd)|"
    r"не (?:было|может быть|удалось) доставл?|не доставлено|nie (?:został[ao]? dostarczon|można dostarczyć)|"
    r"teslim edilemedi|"
    r"kunde inte levereras|kunne ikke leveres|전달(?:하지 못|되지)|배달되지",
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
_ANSWERS = re.compile(r"\s*(?:re|aw|sv|fwd?|wg|tr|rv|回复|答复|转发)\s*[:：]", re.I)
# What mail systems say in the words of a person.
_MACHINES_I = re.compile(
    r"\bI(?:['’]m| am)? (?:sorry|afraid|was not able|wasn['’]t able|could not deliver|couldn['’]t deliver)\b"
    r"(?:,? (?:to have to inform you|but|that)?,? ?I (?:was not|wasn['’]t|could not|couldn['’]t)\b)?|"
    r"\bI(?:['’]ve| have) given up\b|\b(?:mail|message) me\b|\bmy (?:list of )?(?:best )?MX\b",
    re.I,
)
_GREETING = re.compile(
    r"\s*(?:hi|hello|dear|good (?:morning|day|afternoon|evening)|hey|guten|hallo|sehr geehrte|bonjour|hola|olá|ola|"
    r"buongiorno|ciao|goedendag|beste|cześć|dzień|здравствуйте|добрый|привет|您好|你好|merhaba|xin chào|halo)\b",
    re.I,
)
_CLOSING = re.compile(r"(?im)^\s*(?:(?:best|kind|warm)? ?regards|thanks|thank you|greetings|cheers|mfg|viele grüße)\b")
_HOSTS = re.compile(r"\S*[@.]\S+")
# Programs in which people write.
_WRITERS = re.compile(
    r"outlook|thunderbird|apple mail|iphone|ipad|android|webmail|roundcube|horde|k-9|mutt|evolution|foxmail|airmail|"
    r"yahoomail"
    r"|windows ?(?:live )?mail|the bat|zimbra|squirrel",
    re.I,
)


def looks_like_a_bounce(fields: Fields, subject: str, author: str, body: Body) -> tuple[str, ...]:
    """The signs that a mail without a status part is a bounce, strongest first; empty if it is none.

    It needs two signs, one of the sender and one of the subject or the words, because people write about bounces, too.
    A sender that no mail system uses needs all signs of the words, and none of a person.
    """
    if values_of(fields, "x-failed-recipients"):
        return ("X-Failed-Recipients",)
    sure, null, machine = _sender(fields, author)
    answer = bool(_ANSWERS.match(subject))
    named = "" if answer else _subject_sign(subject[:300])
    if named and (sure or null):
        return (named, "mail system as the sender")
    if named and _reports(fields, author, body, machine=machine):
        return (named, "failure text", "recipient named")
    if not machine:
        return ()
    says_failed = sure and not answer and (_FAILED_TEXT.search(body.text[:6_000]) or enhanced_in([body.text[:6_000]]))
    # Mail administrators are postmasters, too, and write about failures without naming a recipient like this.
    nobody = null or "daemon" in author.lower()
    if says_failed and (nobody or has_a_named_recipient(body.text[:6_000], fields) or _has_a_returned_copy(body)):
        return ("failure text", "mail system as the sender")
    if sure and _ANSWER.search(body.text[:6_000]) and _FAILED_TEXT.search(body.text[:6_000]):
        # Some systems call their bounces an answer.
        return ("answer of a server", "mail system as the sender")
    if says_failed and _reports(fields, author, body, machine=True):
        return ("failure text", "recipient named", "mail system as the sender")
    senders = values_of(fields, "return-path")
    if sure and not answer and (null or not senders) and _names_a_recipient_alone(fields, body, null=null):
        return ("recipient alone on a line", "mail system as the sender")
    if null and not answer and _FAILED_TEXT.search(body.text[:3_000]) and _has_a_returned_copy(body):
        return ("failure text", "null return-path")
    return ()


def is_from_a_mail_system(fields: Fields, author: str) -> bool:
    """Whether a mail comes from a mail system by its name or its empty sender."""
    sure, null, _ = _sender(fields, author)
    return sure or null or not values_of(fields, "from")


def _sender(fields: Fields, author: str) -> tuple[bool, bool, bool]:
    """Whether the sender is a mail system by its name; has no address to answer to; may be one."""
    shown = decode_value(next(iter(values_of(fields, "from")), "")[:500])[:300]
    local = (author.rpartition("@")[0] if "@" in author else author) or shown
    null = any(unfold(value).replace(" ", "") == "<>" for value in values_of(fields, "return-path"))
    null = null or shown.strip() == "<>"
    sure = bool(_DAEMON_FOR_SURE.fullmatch(local[:100])) or bool(_DAEMON_NAME.search(shown))
    return sure, null, sure or null or bool(_DAEMON.fullmatch(local[:100]))


def _subject_sign(subject: str) -> str:
    """Whether a subject is that of a report, and of which kind; asked of every mail."""
    low = subject.lower()
    if low.isascii() and not any(sign in low for sign in _SIGNS):
        return ""
    if _DELAY_SUBJECT.search(low):
        return "delay subject"
    return "failure subject" if _FAILED_SUBJECT.search(low) else ""


def _reports(fields: Fields, author: str, body: Body, *, machine: bool) -> bool:
    """Whether a mail under a bounce's subject, from a sender that need not be a mail system, reports a failure.

    Nothing of it may be a person's: neither the words, nor the program, nor the mailbox provider.
    """
    words = own_words(body.text[:6_000])
    if not _FAILED_TEXT.search(words) or not has_a_named_recipient(words, fields, in_sentences=machine):
        return False
    own = _HOSTS.sub(" ", _MACHINES_I.sub(" ", words)).lower()
    if OF_A_PERSON.search(own) or _CLOSING.search(own) or _GREETING.match(own):
        return False
    if machine:
        return True
    if _names_its_owner(decode_value(next(iter(values_of(fields, "from")), "")[:500]), author):
        return False
    program = " ".join(unfold(value)[:200] for name in ("x-mailer", "user-agent") for value in values_of(fields, name))
    return not _WRITERS.search(program) and author.rpartition("@")[2].lower() not in FREEMAIL


def _names_its_owner(shown: str, author: str) -> bool:
    """Whether a From is that of a person, as "Ana Lima <a.lima@example.org>"."""
    names = re.findall(r"[^\W\d_]{3,}", shown.rpartition("<")[0].lower())
    return len(names) > 1 and any(name in author.rpartition("@")[0].lower() for name in names if "mail" not in name)


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
        _RETURNED_FIELDS.search(body.text[:MAX_TEXT])
    )
