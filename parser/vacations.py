"""Answers of machines that say so only in their words: vacation notices, read notices of Outlook, challenges.

A person writes about absences, automatic answers and read mails too. So a subject alone is no proof: what the mail
says in its first lines must fit it.
"""

import re

from parser.quotes_words import AnyCase

_MAX_WORDS = 1_500
_QUOTED = re.compile(r"(?m)^[ \t]*(?:>|-{3,}|_{8,})")

# A person who wants something, and not a machine.
_ASKS = re.compile(
    r"[?？؟]|帮我|帮忙|请帮|请处理|请人工|转人工|我要|尽快处理|麻烦|没有解决|проверьте|помогите|ответьте|"
    r"\bplease (?:fix|check|help|unlock|reset|send|tell|look|freeze|extend|change|update)\b|\bhelp me\b",
    re.I,
)
_BEFORE = r"\s*(?:[\[【][^\]】]{1,80}[\]】]\s*|external:?\s+)?"
# What programs call their answers, in front of the subject that they answer.
_ANSWER_NAME = (
    r"(?:auto(?:matic|mated)?[ -]?(?:reply|response|responder|antwort|svar)|(?:vacation|out of office) "
    r"(?:reply|response|notice)|automatische antwort|respuesta autom[aá]tica|respuesta autom|réponse automatique|"
    r"risposta automatica|resposta automática|automatisch antwoord|automatiskt? svar|automaattinen vastaus|"
    r"odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|automatick[áa] odpov[eě][dď]|automatikus válasz|"
    r"răspuns automat|"
    r"αυτόματη απάντηση|автоматический ответ|автоматична відповідь|автоматичен отговор|автоответ|"
    r"otomatik yan[ıi]t|trả lời tự động|thư trả lời tự động|balasan otomatis|jawaban otomatis|"
    r"رد تلقائي|الرد التلقائي|(?:תשובה אוטומטית|מענה אוטומטי)|(?:การ)?ตอบกลับอัตโนมัติ|"
    r"自动回复|自動回覆|自動回復|自动答复|自動応答|自動返信|外出(?:回复|自动)|假期自动|자동 ?(?:응답|회신))"
)
_ABSENCE_NAME = (
    r"(?:out of (?:the )?office|ooo\b|i am (?:currently )?out of|on (?:vacation|annual leave|holiday)\b|"
    r"away from (?:my )?(?:office|mail|desk)|abwesend\b|abwesenheit(?:s|snotiz|sbenachrichtigung|sassistent)?\b|"
    r"ich bin (?:nicht im|außer) |fuera de (?:la )?oficina|ausente\b|absence du bureau|message d'absence|"
    r"absent du bureau|absence(?=\s*:)|fuori (?:sede|ufficio)|assente\b|fora do escritório|ausência temporária|"
    r"afwezig|frånvaro|fravær|poissa\b|нет на месте|ofis d[ıi]ş[ıi]nda|"
    r"不在(?:通知|のお知らせ|返信)|休假|休暇|離席|부재중)"
)
_ANSWER_SUBJECT = AnyCase(r"(?s)" + _BEFORE + r"[\[【]?" + _ANSWER_NAME + r"[\]】]?\s*(?P<rest>.*)")
_ANSWER_IN_FRAME = re.compile(r"\s*[\[【]\s*" + _ANSWER_NAME + r"\s*[\]】]", re.I)
_ABSENCE_SUBJECT = AnyCase(
    r"(?s)" + _BEFORE + r"(?:" + _ABSENCE_NAME + r"(?P<rest>.*)"
    r"|(?!.{0,60}\bre\s*:).{1,100}\bis (?:currently )?out of (?:the )?office\W{0,3}$)",
)  # fmt: skip
_ABSENCE_OF = re.compile(r"\s*(?:ooo|out of (?:the )?office|abwesend|abwesenheitsnotiz)\b\s*[:：]?", re.I)
_PREFIX = re.compile(r"\s*(?:[:：\-–]|$|(?:re|aw|sv|回复)\s*[:：])", re.I)

_AWAY = AnyCase(
    r"out of (?:the |my )?office|away from (?:the |my )?(?:office|desk|e-?mail)|on (?:[a-z]+ )?(?:leave|vacation|"
    r"holidays?)\b|nicht (?:im (?:büro|haus)|erreichbar)|im urlaub|abwesend|außer haus|\babsent|en congés?\b|"
    r"en vacances|fuera de la oficina|de vacaciones|de férias|fora do escritório|\bausente|fuori (?:sede|ufficio)|"
    r"in ferie|\bassente|\bafwezig|(?:op|met) vakantie|på ferie|på semester|(?:ikke|inte) på kontoret|tjänstledig|"
    r"na urlopie|nieobecn|в отпуске|у відпустці|нет на (?:рабочем )?месте|izindeyim|izinliyim|tatildeyim|"
    r"ofis d[ıi]ş[ıi]nda|"
    r"nghỉ phép|đi công tác|sedang cuti|luar kantor|خارج المكتب|في إجازة|בחופשה|מחוץ למשרד|dovolen|lomalla|"
    r"szabadságon|ลาพักร้อน|ไม่อยู่(?:ที่)?(?:สำนักงาน|ออฟฟิศ)|休假|度假|出差|外出|不在|休暇|休業|휴가|부재|출장",
    (
        *("office", "away from", "leave", "vacation", "holiday", "haus", "erreichbar", "urlaub", "abwesend", "absent"),
        *("vacances", "oficina", "vacaciones", "ausente", "fuori", "ferie", "assente", "afwezig", "vakantie"),
        *("urlopie", "nieobecn", "deyim", "izinliyim", "cuti", "kantor", "dovolen", "lomalla"),
    ),
)
_BACK = AnyCase(
    r"\b(?:until|till|through|return|returning|back (?:on|in)|be back|limited access|no access)\b|\bbis (?:zum |"
    r"einschließlich |\d)|wieder (?:erreichbar|da|zurück|für sie)|\bzurück|jusqu|de retour|\bhasta\b|"
    r"regres|volver|\baté\b|"
    r"retorn|\bvolto|fino al|rientr|torner|\btot\b|\bterug|tilbage|til den|återkommer|tillbaka|\bdo \d|powr|wróc|"
    r"до \d|верн|поверн|kadar|dön|đến|quay lại|trở lại|sampai|kembali|حتى|سأعود|עד |אחזור|vracím|asti\b|"
    r"palaan|visszat|\d-ig\b|"
    r"จนถึง|กลับมา|返回|回到|回来|回來|期间|期間|结束|結束|至\d|まで|戻り|복귀|까지|돌아",
)
# What only a machine, or somebody writing for one, says.
_MACHINE = AnyCase(
    r"(?:this is|dies ist|ceci est|esto es|questa è|это) (?:an? |eine? |une? |una? )?(?:auto|авто)\w*|"
    r"automatically generated|automatisch (?:erstellt|generiert)|(?:这是|此为|本邮件[是为])[^，。\n]{0,20}自动回复|"
    r"自動返信(?:メール)?です|"
    r"(?:reply|respond|answer|get back)\b[^.?!\n]{0,60}\b(?:return|back)\b|no access to (?:my )?e-?mails?\b|"
    r"nicht (?:gelesen|weitergeleitet)|(?:répondrai|traiterai)\b[^.?!\n]{0,60}retour|"
    r"responderé\b[^.?!\n]{0,60}(?:regres|vuelv)|отвечу\b[^.?!\n]{0,60}(?:верн|возвращ)|"
    r"(?:无法|無法|不能)(?:及时|及時|即時|亲自|親自)?(?:回复|回覆)",
)
_NAMED = re.compile(_ANSWER_NAME, re.I)


def is_vacation_notice(subject: str, text: str, *, answers: bool, null_sender: bool) -> bool:
    """Whether a mail without any field that says so is the answer of a vacation program.

    `answers`: the mail refers to another one, or its subject says so. `null_sender`: its envelope sender is `<>`.
    The name of a program's answer in front of a subject counts unless the text asks something or speaks of such
    answers; the name of an absence counts when the text tells of one and of its end; without either the text must do
    that and say something that only a machine says.
    """
    named, absent = _ANSWER_SUBJECT.match(subject), _ABSENCE_SUBJECT.match(subject)
    if not (named or absent or answers):
        return False
    words = _QUOTED.split(text[:_MAX_WORDS], maxsplit=1)[0]
    if not (named or absent or _AWAY.search(words)):
        return False
    tells = bool(_AWAY.search(words) and _BACK.search(words))
    machine = bool(_MACHINE.search(words))
    asks = _ASKS.search(words) is not None
    if named:
        if tells or machine or null_sender:
            return True
        framed = _PREFIX.match(named["rest"]) or _ANSWER_IN_FRAME.match(subject)
        return bool(framed) and not asks and _NAMED.search(words) is None
    if absent:
        if null_sender or asks:
            return null_sender
        prefix = absent["rest"] is None or _PREFIX.match(absent["rest"]) is not None
        alone = bool(_ABSENCE_OF.match(subject)) and _ABSENCE_OF.search(words) is None
        return machine or (prefix and (tells or answers or alone))
    return answers and tells and machine and not asks


_READ_SUBJECT = re.compile(
    r"\s*(?:(?:not )?read|(?:nicht |un)?gelesen|(?:non )?lue?|(?:no )?leído|(?:não )?lid[oa]|(?:da )?letto|"
    r"(?:niet |on)?gelezen|(?:ej |o)?läst|(?:ikke |u)?læst|(?:nie )?przeczytano|odczytano|(?:не )?прочитано|"
    r"okundu|okunmadı|已读|未读|已讀|未讀|開封済み|未開封|읽음|읽지 않음)\s*[:：]",
    re.I,
)
_READ_TEXT = re.compile(
    r"was (?:read|deleted without being read|displayed) on|gelesen|a été (?:lue?|supprimée? sans)|"
    r"(?:fue|ha sido|se ha) (?:leído|eliminado)|foi (?:lid[oa]|excluíd[oa])|è stato (?:letto|eliminato)|gelezen|"
    r"lästes|har lästs|blev læst|er læst|przeczytan|odczytan|прочитано|удалено|okundu|okunmadan|"
    r"阅读|已读|未读|閱讀|已讀|未讀|開封|削除|읽(?:었|음|지)",
    re.I,
)
_SUBJECT_LINE = re.compile(
    r"(?im)^\s{0,8}(?:subject|betreff|sujet|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|тема|konu|"
    r"主题|主旨|主題|件名|제목)\s?[:：]"
)


def is_read_notice(subject: str, text: str) -> bool:
    """A receipt of Outlook without the parts of RFC 8098: a short text that names a subject and says it was read."""
    return bool(
        _READ_SUBJECT.match(subject)
        and len(text) <= _MAX_WORDS
        and _SUBJECT_LINE.search(text)
        and _READ_TEXT.search(text)
    )


_CHALLENGE_SUBJECT = re.compile(
    r"\s*(?:please confirm your (?:message|email|e-mail)|your (?:message|email) (?:requires|needs) "
    r"(?:confirmation|verification)|"
    r"confirm your message to|\[?(?:boxbe|spamarrest|challenge)|verify your (?:message|email) to|email "
    r"verification required to deliver)",
    re.I,
)
_CHALLENGE_SIGNS = (
    "just this once",
    "waitlisted",
    "only from senders",
    "only accept",
    "only allow",
    "just accept",
    "just allow",
    "not been verified",
    "to release your",
    "human",
)
_CHALLENGE_TEXT = re.compile(
    r"just this once,? (?:click|please click) (?:on )?the link below|"
    r"was waitlisted\b.{0,120}\bguest list|"
    r"(?:(?:only|just) (?:accept|allow)s? (?:incoming )?(?:messages|e-?mails?|mail) from (?:senders|people|addresses)|"
    r"allow incoming (?:messages|e-?mails?|mail) only from senders)\b.{0,300}\b(?:click|link|request form|approve)|"
    r"being held because the (?:address|sender)\b.{0,120}\bnot been verified|"
    r"to release your message for delivery|"
    r"(?:prove|verify) (?:that )?you are (?:a )?human\b.{0,80}\b(?:deliver|inbox)",
    re.I | re.S,
)


def is_challenge(subject: str, text: str) -> bool:
    """A robot wants a confirmation before it lets a mail through."""
    if _CHALLENGE_SUBJECT.match(subject):
        return True
    low = text[:_MAX_WORDS].lower()
    # Cheap, and true of nearly every mail.
    if not any(sign in low for sign in _CHALLENGE_SIGNS):
        return False
    return _CHALLENGE_TEXT.search(_QUOTED.split(low, maxsplit=1)[0]) is not None
