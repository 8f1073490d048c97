"""Robots that want a confirmation before they let a mail through (challenge and response).

However they word it, they say two things: that a mail waits or only known senders get through, and what to click.
"""

import re

_MAX_WORDS = 1_500
_QUOTED = re.compile(r"(?m)^[ \t]*(?:>|-{3,}|_{8,})")

_SUBJECT = re.compile(
    r"\s*(?:please confirm your (?:message|email|e-mail)|your (?:message|email) (?:requires|needs) "
    r"(?:confirmation|verification)|"
    r"confirm your message to|\[?(?:boxbe|spamarrest)|\[challenge|challenge[/ -]response|verify your message to|"
    r"email verification required to deliver)",
    re.I,
)
# Cheap, and true of few other mails: one of these is in all that follows.
_SIGNS = (
    "deliver", "inbox", "held", "waiting", "pending", "quarantin", "waitlist", "senders", "people", "addresses", "junk",
    "spam", "receive", "release", "暂存", "暫存", "拦截", "攔截", "隔离", "隔離", "暂扣", "待验证", "待驗證",
    "未送达", "未送達", "未投递", "保留", "보류",
)  # fmt: skip
_MAIL = r"(?:messages?|e-?mails?|mails?|sender|address)"
_WAITS = re.compile(
    rf"\b(?:your|this|the|first) {_MAIL}\b[^.!?\n]{{0,60}}\b(?:held|on hold|waiting|pending|quarantined|waitlisted|"
    rf"not (?:yet )?(?:been )?(?:delivered|verified|approved))|"
    rf"\b(?:held|on hold|waitlisted|quarantined)\b[^.!?\n]{{0,40}}\b{_MAIL}|"
    rf"\b(?:only|just|to) (?:accept|allow|receive|let)s?\b[^.!?\n]{{0,40}}\b(?:from|senders|people)\b|"
    rf"\b(?:accept|allow|receive)\w*\b[^.!?\n]{{0,30}}\bonly from\b|"
    rf"\b(?:so|before|until|that) (?:that )?(?:i|we|he|she|they|{_MAIL}|it|your {_MAIL})\b[^.!?\n]{{0,30}}\b"
    rf"(?:receive|deliver\w*|released?|reach\w*)\b[^.!?\n]{{0,30}}(?:{_MAIL}|inbox|mailbox)?|"
    rf"\b(?:protect|guard)\w*\b[^.!?\n]{{0,40}}\b(?:junk|spam|unsolicited)\b|\bto release your\b|"
    rf"\b(?:deliver\w*|inbox|mailbox)\b|"
    r"(?:邮件|郵件|来信|來信|信件)[^。！!？?\n]{0,20}(?:暂存|暫存|拦截|攔截|隔离|隔離|暂扣|待验证|待驗證|未送达|未送達|未投递)|"
    r"メール[^。\n]{0,30}保留|메일[^.\n]{0,30}보류",
    re.I,
)
# Whoever clicks is the one addressed: "I'll click on it" is a person's.
_CONFIRM = re.compile(
    r"(?<!i )(?<!i'll )(?<!i will )(?<!i have )(?<!i've )\b(?:click|follow|visit|press|use|fill (?:in|out))\b"
    r"[^.!?\n]{0,60}\b(?:link|button|below|here|form)\b[^.!?\n]{0,80}\b(?:verif\w+|confirm\w*|approv\w+|"
    r"deliver\w*|(?:i|we) (?:can )?receive|guest list|request|human|real|robot|through)|"
    r"\b(?:verify|confirm|prove) (?:that )?you(?:'re| are) (?:an? )?(?:real |human|person|not)|"
    r"\b(?:to release your|to (?:confirm|verify|approve|deliver) your|once,?) [^.!?\n]{0,80}\b(?:click|link|reply)|"
    r"\b(?:request form|guest list|approve)\b[^.!?\n]{0,80}\b(?:link|click|below|http)|"
    r"(?:点击|點擊)[^。！!？?\n]{0,20}(?:确认|確認|验证|驗證)|クリック[^。\n]{0,20}(?:確認|認証)|클릭[^.\n]{0,20}(?:확인|인증)",
    re.I,
)


def is_challenge(subject: str, text: str) -> bool:
    """A robot wants a confirmation before it lets a mail through."""
    if _SUBJECT.match(subject):
        return True
    low = text[:_MAX_WORDS].lower()
    if not any(sign in low for sign in _SIGNS):
        return False
    words = _QUOTED.split(low, maxsplit=1)[0]
    return bool(_CONFIRM.search(words) and _WAITS.search(words))
