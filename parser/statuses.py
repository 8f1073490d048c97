"""Status codes in the words of mail servers: enhanced codes (RFC 3463), reply codes (RFC 5321 §4.2), phrases."""

import re
from typing import Literal

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.\-@:/])([45]\d\d)(?=[\s\-:#;,)\]'\"])")
_FROM_REPLY = {
    "421": "4.3.2", "450": "4.2.1", "451": "4.3.0", "452": "4.2.2", "500": "5.5.1", "501": "5.5.4", "503": "5.5.1",
    "521": "5.3.2",
    "530": "5.7.0", "535": "5.7.8", "550": "5.1.1", "551": "5.1.6", "552": "5.2.2", "553": "5.1.3", "554": "5.0.0",
}  # fmt: skip

# What servers without codes say; the first row that matches decides.
_PHRASES = (
    ("4.4.7", r"not (?:yet )?been delivered|could not be delivered for \d+|will (?:keep|continue) trying|still "
        r"trying|no action is required|"
              r"delivery (?:is )?(?:temporarily )?(?:suspended|delayed)|warning message only|暂时无法投递|将继续尝试"),
    ("5.2.2", r"(?:mailbox|quota|inbox|storage|account|user'?s? box)[^.\n]{0,40}(?:full|exceed|over\b)|(?:over|"
        r"exceed\w*|out of)[^.\n]{0,30}"
              r"(?:quota|storage|disk space)|not enough (?:space|storage)|insufficient (?:disk|storage)|"
        r"邮箱已满|容量已满|信箱已滿|満杯"),
    ("5.1.2", r"(?:host|domain)[^.\n]{0,40}(?:not found|unknown|does ?n.t exist|cannot be (?:found|resolved)|"
        r"could ?n.t be found)|unrouteable|"
              r"unknown (?:host|domain)|no (?:such|mx) (?:host|domain|record)|name (?:server|service) (?:error|"
        r"timeout)|找不到域|域名不存在"),
    ("5.7.1", r"(?:spam|blocked|black ?list|blocklist|block list|access denied|relay(?:ing)? (?:access )?denied|"
        r"not allowed|rejected (?:by|due|for)"
              r"|policy|not authori[sz]ed|content (?:rejected|filter))|拒收|垃圾邮件"),
    ("5.3.4", r"(?:message|mail|size)[^.\n]{0,30}(?:too (?:large|big)|exceed\w* (?:the )?(?:maximum|limit|size))"),
    ("5.1.1", r"(?:user|recipient|mailbox|account|address|alias|addressee)[^.\n]{0,50}(?:unknown|not (?:found|"
        r"exist|known|listed|recogni[sz]ed)"
              r"|does ?n.t (?:exist|have)|doesn.t|no longer|unavailable|disabled|inactive|invalid|rejected|"
        r"undeliverable)|(?:unknown|no such|invalid"
              r"|bad|unrecogni[sz]ed) (?:local )?(?:user|recipient|mailbox|address|account|person)|not a known "
        r"user|no mailbox here|isn.t in my|"
              r"not listed in|not our customer|用户不存在|收件人不存在|地址不存在|账号不存在|帐号不存在|"
        r"無此用戶|宛先が見つかり"),
    ("4.4.1", r"(?:connection|connect|host|server)[^.\n]{0,40}(?:timed? ?out|refused|unreachable|no answer|not "
        r"respond)|timed out|连接超时"),
)  # fmt: skip
_COMPILED = tuple((code, re.compile(pattern, re.I)) for code, pattern in _PHRASES)


def code_in(text: str) -> str | None:
    """The enhanced status code that a text names, else one for its reply code; None where it names neither."""
    sample = text[:4_000]
    codes = [f"{found[1]}.{int(found[2])}.{int(found[3])}" for found in _ENHANCED.finditer(sample)]
    telling = [code for code in codes if not code.endswith(".0.0")]
    if telling or codes:
        return (telling or codes)[0]
    reply = _REPLY.search(sample + " ")
    return _FROM_REPLY.get(reply[1], f"{reply[1][0]}.0.0") if reply else None


def code_of_words(text: str) -> str | None:
    """The status code for what the words of a server mean; None where no phrase is known."""
    sample = text[:8_000]
    return next((code for code, pattern in _COMPILED if pattern.search(sample)), None)


def action_of(status: str) -> Literal["failed", "delayed", "delivered"]:
    """The action for the class of a status code; failed where there is none."""
    if status.startswith("4"):
        return "delayed"
    return "delivered" if status.startswith("2") else "failed"
