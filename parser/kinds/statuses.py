"""Status codes in the words of mail servers: enhanced codes (RFC 3463), reply codes (RFC 5321 §4.2), phrases.

550 5.1.1 <ana@example.org>: User unknown      the reply code says the class, the enhanced code says all
"""

import re
from collections.abc import Iterable
from typing import Literal

# The subjects of enhanced codes are 0 to 7; a longer run of numbers and dots is an address or a version.
_ENHANCED = re.compile(r"(?<![\w.-])([245])\.([0-7])\.(\d{1,3})(?![\d]|\.\d|-\d)")
# As servers answer: "550 5.1.1 ...", "550-5.1.1 ...", "550 #5.1.1", "(#5.1.1)", "550 [5.1.1]".
_ANSWERED = re.compile(r"(?<![\d.])[245]\d\d[ \t\-:]{1,3}[#(\['\"]{0,2}([245])\.([0-7])\.(\d{1,3})(?![\d]|\.\d)")
_REPLY = re.compile(
    r"(?<![\w.\-@/\[=+])([45])([0-5]\d)(?=[\s\-:#;,)\]'\"])(?!\s+(?:bytes|kb|mb|days?|hours?|users?|pm|am)\b)", re.I
)
_LABELLED_REPLY = re.compile(r"(?:code|error|status|reply)\w{0,9}\s?[:=#]?\s?\W?([45])\d\d\b", re.I)
_SAMPLE = 8_000

# What servers say about temporary failures; every other failure is permanent.
_TEMPORARY = re.compile(
    r"not (?:yet )?been delivered (?:yet|so far)|has not yet been|could not be delivered for \d+|"
    r"will (?:keep|continue) (?:on )?(?:trying|to try)|still (?:trying|being retried)|will be retried|"
    r"no action is required|(?:delivery|message|mail|it) (?:is |was |has been |hasbeen )?(?:temporarily )?"
    r"(?:suspended|delayed|deferred)|warning message only|retry time(?:out)? (?:exceeded|not reached)|"
    r"(?:message|delivery|transmission|retry) (?:has )?(?:expired|timed out|timeout)|delivery time expired|"
    r"too long in (?:the )?queue|expired (?:after|from)|queue (?:time ?out|too long)|tempor(?:ary|arily)|"
    r"connection (?:timed? ?out|refused|reset|lost)|(?:host|server|network)[^.\n]{0,30}(?:not reachable|unreachable|"
    r"not respond\w*|timed out)|(?:could|can)(?:\s?no|n')t (?:connect|establish)|unable to (?:connect|reach)|"
    r"(?:try|retry) (?:again|later)|greylist|gr[ae]y-?list|resources? (?:is )?temporarily|"
    r"verzögert sich|weiter(?:hin)? versucht|(?:continuer|nouvelle tentative|seguirá intentando|continuará tentando)|"
    r"попытки доставки будут|暂时无法|稍后(?:再试|重试)|将继续尝试|连接超时|投递超时|接続できません|一時的",
    re.I,
)
_PERMANENT = re.compile(
    r"permanent(?:ly)? (?:fatal )?(?:error|fail)|giving up|do(?:es)? n.t exist|does not exist|unknown user|"
    r"user unknown|no such (?:user|recipient|mailbox|person)|不存在|永久",
    re.I,
)


def enhanced_in(texts: Iterable[str]) -> str | None:
    """The enhanced code of an SMTP answer in the texts: first the one that stands behind a reply code.

    A code that only says its class ("5.0.0") gives way to one that says more, and "4.4.7", which a system gives when it
    has waited long enough, to what the remote had said all the time.
    """
    general: str | None = None
    expired: str | None = None
    samples = [text[:_SAMPLE] for text in texts]
    for pattern in (_ANSWERED, _ENHANCED):
        for sample in samples:
            for found in pattern.finditer(sample):
                code = f"{found[1]}.{found[2]}.{int(found[3])}"
                if code.endswith(".4.7"):
                    expired = expired or code
                elif found[1] != "2" and not code.endswith(".0.0"):
                    return code
                else:
                    general = general or code
    return expired or general


def in_field(value: str) -> str | None:
    """The code of a Status field; None where it holds none (RFC 3464 §2.3.4)."""
    found = re.match(r"\s*([245])\.(\d{1,3})\.(\d{1,3})", value)
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else None


def by_words(text: str) -> str:
    """ "5.0.0" or "4.0.0", by the reply code in the text, else by what its words mean."""
    sample = text[:_SAMPLE] + " "
    reply = _REPLY.search(sample) or _LABELLED_REPLY.search(sample)
    if reply:
        return f"{reply[1]}.0.0"
    return "4.0.0" if _TEMPORARY.search(sample) and not _PERMANENT.search(sample) else "5.0.0"


def action_of(status: str) -> Literal["failed", "delayed", "delivered"]:
    """The action for the class of a status code; failed where there is none."""
    if status.startswith("4"):
        return "delayed"
    return "delivered" if status.startswith("2") else "failed"
