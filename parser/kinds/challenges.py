"""Robots that want a confirmation before they let a mail through (challenge and response).

In any words they say two things: that a mail is waiting or only known senders get through, and what to click.
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
# A quick check: hardly any mail of a person has one of the first and one of the second.
_CLICKS = (
    "click", "link", "request form", "form below", "human", "cliqu", "clic ", "enlace", "ссылк", "链接", "連結",
    "点击", "點擊", "クリック", "클릭",
)  # fmt: skip
_SIGNS = (
    "deliver", "inbox", "held", "hold", "waiting", "pending", "quarantin", "waitlist", "senders", "people", "addresses",
    "junk", "spam", "receive", "release", "verified", "approved", "zurückgehalten", "wartet", "zugestellt", "attente",
    "retenu", "retenid", "espera", "pendiente", "retid", "pendente", "attesa", "trattenut", "задержан", "ожидает",
    "доставлен", "暂存", "暫存", "拦截", "攔截", "隔离", "隔離", "暂扣", "待验证", "待驗證", "送达", "送達",
    "未投递", "保留", "보류",
)  # fmt: skip
_MAIL = r"(?:messages?|e-?mails?|mails?|sender|address)"
_ASCII_SIGNS = tuple(filter(str.isascii, _SIGNS))
# All patterns below are in small letters.
_WAITS = re.compile(
    rf"\b(?:your|this|the|first) {_MAIL}\b[^.!?\n]{{0,60}}\b(?:held|on hold|waiting|pending|quarantined|waitlisted|"
    rf"not (?:yet )?(?:been )?(?:verified|approved))|\byour {_MAIL}\b[^.!?\n]{{0,60}}\bdeliver|"
    rf"\bdeliver\w* (?:of )?your {_MAIL}|\b(?:held|on hold|waitlisted|quarantined)\b[^.!?\n]{{0,40}}\b{_MAIL}|"
    rf"\b(?:only|just) (?:accept|allow|receive|let)s?\b[^.!?\n]{{0,40}}\b(?:from|senders|people)\b|"
    rf"\b(?:accept|allow|receive)\w*\b[^.!?\n]{{0,30}}\bonly from\b|"
    rf"\b(?:so|before|until) (?:that )?(?:i|we|he|she|they|it|(?:your|this|the) {_MAIL})\b[^.!?\n]{{0,30}}\b"
    rf"(?:receive|deliver\w*|released?|reach\w*)\b|\bto release your\b|"
    rf"\b(?:protect|guard)\w*\b[^.!?\n]{{0,40}}\b(?:junk|spam|unsolicited)\b|"
    rf"\b(?:reach|into|land in) (?:my|the|his|her|our) (?:inbox|mailbox)\b|"
    r"(?:nachricht|mail)\b[^.!?\n]{0,60}\b(?:zurückgehalten|wartet|nicht zugestellt)|"
    r"(?:message|courriel|mail)\b[^.!?\n]{0,60}\b(?:en attente|retenu)|"
    r"(?:mensaje|correo|mensagem|mail)\b[^.!?\n]{0,60}\b(?:retenid|retid|espera|pendiente|pendente)|"
    r"(?:messaggio|mail)\b[^.!?\n]{0,60}\b(?:attesa|trattenut)|"
    r"(?:письмо|сообщение)\b[^.!?\n]{0,60}\b(?:задержан|ожидает|не доставлен)|"
    r"(?:邮件|郵件|来信|來信|信件)[^。！!？?\n]{0,20}(?:暂存|暫存|拦截|攔截|隔离|隔離|暂扣|待验证|待驗證|未送达|未送達|未投递)|"
    r"メール[^。\n]{0,30}保留|메일[^.\n]{0,30}보류"
)
# The addressee is to click: "I'll click on it" comes from a person.
_CONFIRM = re.compile(
    r"(?<!i )(?<!i'll )(?<!i will )(?<!i have )(?<!i've )\b(?:click|follow|visit|press|use|fill (?:in|out))\b"
    r"[^.!?\n]{0,60}\b(?:link|button|below|here|form)\b[^.!?\n]{0,80}\b(?:verif|confirm|approv|"
    r"deliver|(?:i|we) (?:can )?receive|guest list|request|human|real|robot|through)|"
    r"\b(?:verify|confirm|prove) (?:that )?you(?:'re| are) (?:an? )?(?:real|human|person|not)\b|"
    r"\b(?:to release your|to (?:confirm|verify|approve|deliver) your|once,?) [^.!?\n]{0,80}\b(?:click|link|reply)|"
    r"\b(?:request form|guest list|approve)\b[^.!?\n]{0,80}\b(?:link|click|below|http)|"
    r"\bklick\w*[^.!?\n]{0,60}\b(?:link|button|hier)\b[^.!?\n]{0,60}(?:bestätig|mensch|zugestellt)|"
    r"\bcliqu\w+[^.!?\n]{0,60}\b(?:lien|ici|bouton)\b[^.!?\n]{0,60}(?:confirm|valid|vérifi)|"
    r"\b(?:clic|clique|clicc\w+)\b[^.!?\n]{0,60}\b(?:enlace|link|aquí|aqui|qui)\b[^.!?\n]{0,60}"
    r"(?:confirm|conferm|verific)|"
    r"(?:нажмите|перейдите)[^.!?\n]{0,60}ссылк[^.!?\n]{0,60}подтверд|"
    r"(?:点击|點擊)[^。！!？?\n]{0,20}(?:确认|確認|验证|驗證)|クリック[^。\n]{0,20}(?:確認|認証)|클릭[^.\n]{0,20}(?:확인|인증)"
)


def is_challenge(subject: str, text: str) -> bool:
    """Whether a robot wants a confirmation before it lets a mail through."""
    if _SUBJECT.match(subject):
        return True
    low = text[:_MAX_WORDS].lower()
    if not any(click in low for click in _CLICKS):
        return False
    if not any(sign in low for sign in (_ASCII_SIGNS if low.isascii() else _SIGNS)):
        return False
    words = _QUOTED.split(low, maxsplit=1)[0]
    return bool(_CONFIRM.search(words) and _WAITS.search(words))
