"""Status codes in the words of mail servers: enhanced codes (RFC 3463), reply codes (RFC 5321 §4.2), phrases.

550 5.1.1 <ana@example.org>: User unknown      the reply code says the class, the enhanced code says all
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

# The subjects of enhanced codes are 0 to 7; a longer run of numbers and dots is an address or a version.
_ENHANCED = re.compile(r"(?<![\w.-])([245])\.([0-7])\.(\d{1,3})(?![\d]|\.\d|-\d)")
# As servers answer: "550 5.1.1 ...", "550-5.1.1 ...", "550 #5.1.1", "(#5.1.1)", "550 [5.1.1]".
_ANSWERED = re.compile(r"(?<![\d.])[245]\d\d[ \t\-:]{1,3}[#(\['\"]{0,2}([245])\.([0-7])\.(\d{1,3})(?![\d]|\.\d)")
_REPLY = re.compile(
    r"(?<![\w.\-@/\[=+])([45])([0-5]\d)(?=[\s\-:#;,)\]'\"])(?!\s+(?:bytes|kb|mb|days?|hours?|users?|pm|am)\b)", re.I
)
# What stands directly before a code; any other word makes it the version of something, as in "Lampkit 4.2.1 is out".
_BEFORE_CODE = frozenset({
    *("status", "code", "error", "said", "says", "reply", "response", "reason", "smtp", "esmtp", "dsn", "with"),
    *("returned", "was", "is", "the", "rejected", "refused", "failed", "answered", "fehler", "erreur"),
    *("código", "codice", "код"),
})  # fmt: skip
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[ \t]+$")
_LABELLED_REPLY = re.compile(r"(?:code|error|status|reply)\w{0,9}\s?[:=#]?\s?\W?([45])\d\d\b", re.I)
_SAMPLE = 8_000

# What servers say about temporary failures; every other failure is permanent. All patterns below are in small letters.
_TEMPORARY = re.compile(
    r"no action is required|(?:delivery|message|mail|it) (?:is |was |has been |hasbeen )?(?:temporarily )?"
    r"(?:suspended|delayed|deferred)|could not be delivered for \d+|retry time not reached|tempor(?:ary|arily)|"
    r"connection (?:timed? ?out|refused|reset|lost)|(?:host|server|network)[^.\n]{0,30}(?:not reachable|unreachable|"
    r"not respond\w*|timed out)|(?:could|can)(?:\s?no|n')t (?:connect|establish)|unable to (?:connect|reach)|"
    r"(?:try|retry) (?:again|later)|greylist|gr[ae]y-?list|resources? (?:is )?temporarily|"
    r"暂时无法|稍后(?:再试|重试)|连接超时|接続できません|一時的",
)
_PERMANENT = re.compile(
    r"permanent(?:ly)? (?:fatal )?(?:error|fail)|giving up|do(?:es)? n.t exist|does not exist|unknown user|"
    r"user unknown|no such (?:user|recipient|mailbox|person)|不存在|永久",
)
# X.4.7: the system waited until its time was over.
_EXPIRED = re.compile(
    r"retry time(?:out)? exceeded|(?:message|envelope|delivery|delivery time|transmission|retry|queue) (?:has )?"
    r"(?:expired|timed out|time ?out)|expired (?:after|from)|too long in (?:the )?queue|queue too long|"
    r"cannot send message (?:for|within|after) \d|\b(?:tr(?:ied|ying)|queued?|undelivered|delivered|"
    r"attempts)\b[^.\n]{0,40}\b"
    r"(?:for|after|within) (?:the last |more than )?\d{1,3} (?:days|hours)|"
    r"投递超时",
)
_GIVEN_UP = re.compile(
    r"\b(?:ha(?:s|ve)|'ve|had) (?:now )?given up|\bgiving up|\babandon(?:ed|ing)\b|\bceased\b|"
    r"\b(?:permanently failed|failed permanently)|\bwill (?:not|no longer) (?:be )?(?:try|tried|retr|"
    r"attempt)|"
    r"\bno (?:more|further) (?:delivery )?(?:attempts?|tries|retries)|\bstopped (?:trying|attempting)|"
    r"retry time(?:out)? exceeded|\b(?:message|envelope|mail|delivery time|transmission|retry time) (?:has )?expired|"
    r"\b(?:nicht (?:weiter|länger|erneut) versucht|aufgegeben)|\bwird keine weiteren? |abandonn|aucune autre tentative|"
    r"no se (?:volverá a intentar|harán más)|não (?:tentará|será tentad)|больше не будет|不再(?:尝试|嘗試|重试|重試)|"
    r"已放弃|已放棄|これ以上再送",
)
_STILL_TRYING = re.compile(
    r"\bwill (?:keep|continue) (?:on )?(?:trying|to (?:try|attempt|be))|\b(?:attempts?|trying|"
    r"delivery) will (?:continue|go on)|"
    r"\bstill (?:trying|being retried)|\bwill (?:be )?(?:retr(?:y|ied)|tr(?:y|ied) again|attempt again)|"
    r"\bkeeps? (?:on )?trying|no action is required|(?:warning|advisory)(?: message|-)? ?only|\bjust a warning|"
    r"\b(?:need not|not need to|don't need to) (?:take any action|do anything|resend)|"
    r"\bnot (?:yet )?been delivered yet|"
    r"\bnot yet been delivered|\bnot been delivered (?:yet|so far)|\bhas ?been (?:temporarily )?(?:delayed|postponed|"
    r"deferred)|"
    r"\bnext (?:attempt|try|retry)\b|verzögert sich|weiter(?:hin)? versucht|erneut versucht|noch nicht zugestellt|"
    r"nouvelle tentative|continuer|pas encore (?:été )?(?:remis|distribué|délivré)|seguirá intentando|"
    r"continuará (?:intentando|tentando)|(?:todavía|aún) no se ha (?:podido )?entrega|ainda não foi entregue|"
    r"nuov[io] tentativ|non è (?:stato )?ancora|nog niet (?:af)?geleverd|opnieuw geprobeerd|kolejn[ae] prób|"
    r"попытки (?:доставки )?(?:будут|продолж)|пока не доставлен|将继续(?:尝试|投递)|將繼續|稍后(?:将|会)(?:重试|再)|"
    r"再送(?:を続け|を試み)|再試行|계속 시도|다시 시도",
)

Outlook = Literal["", "trying", "ended"]
"""What a report says of the time to come: "" nothing; "trying", it warns only; "ended", it has returned the mail."""


def enhanced_in(texts: Iterable[str]) -> str | None:
    """The enhanced code of an SMTP answer in the texts: first the one that stands behind a reply code.

    A code that only says its class ("5.0.0") gives way to one that says more, and "4.4.7", which a system gives when it
    has waited long enough, to what the remote had said all the time.
    """
    general: str | None = None
    expired: str | None = None
    for code in _codes([text[:_SAMPLE] for text in texts]):
        if code.endswith(".4.7"):
            expired = expired or code
        elif code[0] != "2" and not code.endswith(".0.0"):
            return code
        else:
            general = general or code
    return expired or general


def _codes(samples: list[str]) -> Iterator[str]:
    """The enhanced codes of the texts: those of answers first. Success counts in an answer only."""
    for sample in samples:
        for found in _ANSWERED.finditer(sample):
            yield f"{found[1]}.{found[2]}.{int(found[3])}"
    for sample in samples:
        for found in _ENHANCED.finditer(sample):
            before = _WORD_BEFORE.search(sample[max(0, found.start() - 24) : found.start()])
            if found[1] != "2" and (before is None or before[1].lower() in _BEFORE_CODE):
                yield f"{found[1]}.{found[2]}.{int(found[3])}"


def in_field(value: str) -> str | None:
    """The code of a Status field; None where it holds none (RFC 3464 §2.3.4)."""
    found = re.match(r"\s*([245])\.(\d{1,3})\.(\d{1,3})", value)
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else None


def by_words(text: str) -> str:
    """ "5.0.0", "4.0.0" or "4.4.7", by the reply code in the text, else by what its words mean."""
    sample = text[:_SAMPLE] + " "
    reply = _REPLY.search(sample) or _LABELLED_REPLY.search(sample)
    if reply:
        return f"{reply[1]}.0.0"
    low = sample.lower()
    if _PERMANENT.search(low):
        return "5.0.0"
    trying = _STILL_TRYING.search(low)
    if not trying and _EXPIRED.search(low):
        return "4.4.7"
    return "4.0.0" if trying or _TEMPORARY.search(low) else "5.0.0"


def outlook_of(text: str, *, warns: bool) -> Outlook:
    """Whether the system that wrote the text goes on trying; `warns`: its subject says that the mail is late."""
    sample = text[:_SAMPLE].lower()
    if _GIVEN_UP.search(sample):
        return "ended"
    return "trying" if warns or _STILL_TRYING.search(sample) else "ended"


def action_of(status: str, outlook: Outlook = "") -> Literal["failed", "delayed", "delivered"]:
    """The action for a status code. A system that has returned a mail has failed, whatever the class of its code."""
    if status.startswith("2"):
        return "delivered"
    if outlook:
        return "delayed" if outlook == "trying" else "failed"
    return "delayed" if status.startswith("4") else "failed"
