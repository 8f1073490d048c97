"""Automatic answers that only their words give away: vacation notices, read notices of Outlook.

People write about absences, automatic answers and read mail, too. So a subject alone proves nothing: the first lines
of the mail must match it.
"""

import re

from parser.kinds import absence_words as more
from parser.quotes.words import AnyCase

_MAX_WORDS = 1_500
_QUOTED = re.compile(r"(?m)^[ \t]*(?:>|-{3,}|_{8,})")

# A person who wants something rather than a machine.
_ASKS = re.compile(
    r"[?？؟]|帮我|帮忙|请帮|请处理|请人工|转人工|我要|(?<![会會将將])尽快处理|麻烦|没有解决|でしょうか|ませんか|"
    r"проверьте|помогите|ответьте|"
    r"\bplease (?:fix|check|help|unlock|reset|send|tell|look|freeze|extend|change|update)\b|\bhelp me\b",
    re.I,
)
# What customers write about and absent people do not: money, accounts, an answer that does not come.
_BUSINESS = re.compile(
    r"\b(?:withdraw\w*|deposit(?:s|ed)?|wallets?|coins?|usdt|usdc|btc|eth|2fa|kyc|p2p|refund\w*|passport|selfie)\b|"
    r"\bmy (?:[a-z]+ )?(?:account|order|money|funds?|ticket|case|transfer|payment|card|balance|documents?|login|"
    r"question)\b|\byour (?:answer|reply|autoresponder|auto(?:matic)?[ -]?reply|support|app|site)\b[^.!\n]{0,40}\b"
    r"(?:not?|never|only|again|wrong|useless)\b|\bstill (?:no|not|miss\w*|wait\w*|pending|blocked|locked)\b|"
    # What customers ask about their case, and the documents that they will send.
    r"\bclose (?:the|my|this) (?:ticket|case)|schließen sie|ne (?:pas )?fermer|no cierren|não fechem|не закрывайте|"
    r"nie zamyka|别关|不要关|닫지|\bcomprobante|\bcomprovante|justificatif|\bnachweis|\bunterlagen\b|\bskan|"
    r"\bскан|截图|截圖|書類|서류|giấy tờ|เอกสาร|مستند|"
    r"auszahl|einzahl|verifizier|mein(?:e[mnrs]?)? (?:geld|konto|guthaben)|gesperrt|"
    r"\bretraits?\b|\bdépôts?\b|mon (?:compte|argent)|mes fonds|vérification|"
    r"\bretir(?:o|ar|ada)\b|depósito|mi (?:cuenta|dinero|saldo)|verificaci|\bsaques?\b|"
    r"minha conta|meu (?:dinheiro|saldo)|"
    r"verificaç|preliev|il mio (?:conto|denaro|saldo)|verifica dell|bonific|"
    r"\bopname|\bstorting|mijn (?:account|geld|saldo|ticket)|wypłat|wpłat|moje (?:konto|pieniądze|środki)|"
    r"вывод|депозит|верификац|кошел[её]?к|мо(?:и деньги|й сч[её]т|й аккаунт)|заблокир|виведен|мої гроші|верифікац|"
    r"para(?:m|mı|mız)\b|hesabım|çekim|kilitli|doğrulama|rút tiền|nạp tiền|tài khoản của tôi|xác minh|"
    r"penarikan|akun saya|uang saya|verifikasi|निकासी|मेरा पैसा|खाता|سحب|أموالي|حسابي|התיק|המשיכה|הכסף שלי|"
    r"ถอนเงิน|ฝากเงิน|บัญชีของ|ยืนยันตัวตน|výběr|můj účet|ärendet|uttag|"
    r"提现|提現|充值|充币|到账|到賬|账户|帳戶|账号|钱包|錢包|申诉|冻结|凍結|人工|验证码|驗證碼|认证|工单(?!回)|"
    r"出金|入金|口座|本人確認|認証|ウォレット|출금|입금|계정|지갑|인증|" + more.BUSINESS,
    re.I,
)
# A notice answers its own questions: "Urgent? Call the front desk."
_ANSWERED = re.compile(
    r"[?？؟]\s+(?:(?:then|so|please|just|if so|bitte|dann|merci de|por favor|proszę|lütfen)\b[, ]{1,2}){0,2}"
    r"(?:call|phone|ring|contact|write|e-?mail|ask|reach|wenden|rufen|schreiben|kontaktieren|contactez|appelez|"
    r"écrivez|"
    r"llame|contacte|escriba|ligue|contate|chiami|contatti|scriva|bel|neem contact|mail|dzwoń|zadzwoń|звоните|пишите|"
    r"обращайтесь|телефонуйте|пишіть|arayın|yazın|hubungi|gọi)\b(?! (?:me|us|mich|uns|moi|nous)\b)",
    re.I,
)
_BEFORE = r"\s*(?:[\[【][^\]】]{1,80}[\]】]\s*|external:?\s+)?"
# What programs put in front of the subject that they answer.
_ANSWER_NAME = (
    r"(?:auto(?:matic|mated)?[ -]?(?:repl(?:y|ies)|responses?|responder|antwort|svar)|(?:vacation|out of office) "
    r"(?:reply|response|notice)|automatischen? antwort(?:en)?|respuestas? autom(?:[aá]ticas?)?|"
    r"réponses? automatiques?|"
    r"rispost[ae] automatic(?:a|he)|respostas? automáticas?|automatisch antwoord|automatiskt? svar|"
    r"automaattinen vastaus|"
    r"odpowied\w{1,3} automatyczn\w{1,2}|automatyczn\w{1,2} odpowied\w{1,3}|autoodpowied\w{1,3}|"
    r"automatick[áa] odpov[eě][dď]|automatikus válasz|răspuns automat|"
    r"αυτόματη απάντηση|автоматическ\w{2,3} ответ|автоматична відповідь|автоматичен отговор|автоответ|"
    r"otomatik yan[ıi]t|trả lời tự động|thư trả lời tự động|balasan otomatis|jawaban otomatis|"
    r"स्वचालित (?:उत्तर|जवाब|प्रतिक्रिया)|رد تلقائي|الرد التلقائي|תשובה אוטומטית|מענה אוטומטי|"
    r"(?:การ)?ตอบกลับอัตโนมัติ|自动回复|自動回覆|自動回復|自动答复|自動応答|自動返信|外出(?:回复|自动)|假期自动|"
    r"(?:부재(?: ?중)? ?)?자동 ?(?:응답|회신|답장)|" + more.ANSWERS + r")"
)
_ABSENCE_NAME = (
    r"(?:out of (?:the )?office|ooo\b|i am (?:currently )?out of|on (?:vacation|annual leave|holiday)\b|"
    r"away (?:from (?:my )?(?:office|mail|desk)|until\b)|away(?=\s*(?::|$))|abwesend\b|"
    r"(?:automatische )?abwesenheit(?:s|snotiz|"
    r"sbenachrichtigung|sassistent)?\b|"
    r"ich bin (?:nicht im|außer) |fuera de (?:la )?oficina|ausente\b|absence du bureau|message d'absence|"
    r"absente? (?:du bureau|jusqu)|absence(?=\s*:)|fuori (?:sede|ufficio)|assente\b|fora do escritório|"
    r"ausência temporária|"
    r"afwezig|frånvaro|fravær|poissa\b|нет на месте|ofis d[ıi]ş[ıi]nda|"
    r"不在(?:通知|のお知らせ|返信)|休假|休暇|離席|부재중|" + more.NAMES + r")"
)
_ANSWER_SUBJECT = AnyCase(r"(?s)" + _BEFORE + r"[\[【]?" + _ANSWER_NAME + r"[\]】]?\s*(?P<rest>.*)")
_ANSWER_IN_FRAME = re.compile(r"\s*[\[【]\s*" + _ANSWER_NAME + r"\s*[\]】]", re.I)
_ABSENCE_SUBJECT = AnyCase(
    r"(?s)" + _BEFORE + r"(?:" + _ABSENCE_NAME + r"(?P<rest>.*)"
    r"|(?!.{0,60}\bre\s*:).{1,100}\bis (?:currently )?out of (?:the )?office\W{0,3}$)",
)  # fmt: skip
_ABSENCE_IN_FRAME = re.compile(r"\s*[\[【(]\s*" + _ABSENCE_NAME + r"\s*[\]】)]\s*(?P<rest>.*)", re.I | re.S)
_ABSENCE_OF = re.compile(r"\s*(?:ooo|out of (?:the )?office|abwesend|abwesenheitsnotiz)\b\s*[:：]?", re.I)
_PREFIX = re.compile(r"\s*(?:[:：\-–]|$|(?:re|aw|sv|回复)\s*[:：])", re.I)

_AWAY = re.compile(
    r"out of (?:the |my )?office|away from (?:the |my )?(?:office|desk|e-?mail)|on (?:[a-z]+ )?(?:leave|vacation|"
    r"holidays?)\b|nicht (?:im (?:büro|haus)|erreichbar)|im urlaub|abwesend|außer haus|\babsent|en congés?\b|"
    r"en vacances|fuera de la oficina|de vacaciones|de férias|fora do escritório|\bausente|fuori (?:sede|ufficio)|"
    r"in ferie|\bassente|\bafwezig|(?:op|met) vakantie|på ferie|på semester|(?:ikke|inte) på kontoret|tjänstledig|"
    r"na urlopie|nieobecn|в отпуске|у відпустці|нет на (?:рабочем )?месте|izindeyim|izinliyim|tatildeyim|"
    r"ofis d[ıi]ş[ıi]nda|"
    r"nghỉ phép|đi công tác|sedang cuti|luar kantor|خارج المكتب|في إجازة|בחופשה|מחוץ למשרד|dovolen|lomalla|"
    r"szabadságon|ลาพักร้อน|ไม่อยู่(?:ที่)?(?:สำนักงาน|ออฟฟิศ)|休假|度假|出差|外出|不在|休暇|休業|휴가|부재|출장|" + more.AWAY,
)
# Any text of ASCII that matches it holds one of the first, any other text one of both.
_ASCII_SIGNS = (
    *("office", "away from", "leave", "vaca", "holiday", "nicht ", "urlaub", "abwesend", "absent"),
    *("oficina", "ausente", "fuori", "ferie", "assente", "afwezig", "vakantie", "urlopie", "nieobecn", "deyim"),
    *("izinliyim", "kantor", *more.ASCII_SIGNS),
)
_AWAY_SIGNS = (
    *(
        "außer haus",
        "büro",
        "congé",
        "férias",
        "escritório",
        "відпустці",
        "нет на ",
        "nghỉ phép",
        "công tác",
        "المكتب",
        "إجازة",
    ),
    *("חופשה", "משרד", "ลาพัก", "ไม่อยู่", "休", "度假", "出差", "外出", "不在", "휴가", "부재", "출장"),
    *_ASCII_SIGNS,
    *more.OTHER_SIGNS,
)
_BACK = re.compile(
    r"\b(?:until|till|through|return|returning|back (?:on|in)|be back|limited access|no access)\b|\bbis (?:zum |"
    r"einschließlich |\d)|wieder (?:erreichbar|da|zurück|für sie|im (?:büro|haus|dienst))|\bzurück|jusqu|"
    r"de retour|\bhasta\b|"
    r"regres|volver|\baté\b|"
    r"retorn|\bvolto|fino al|rientr|torner|\btot\b|\bterug|tilbage|til den|återkommer|tillbaka|\bdo \d|powr|wróc|"
    r"до \d|верн|поверн|kadar|dön|đến|quay lại|trở lại|sampai|kembali|حتى|سأعود|עד |אחזור|vracím|asti\b|"
    r"palaan|visszat|\d-ig\b|"
    r"จนถึง|กลับมา|返回|返[岗崗]|回到|回来|回來|期间|期間|结束|結束|至\d|日前|まで|戻り|복귀|까지|돌아|" + more.BACK,
)
# What only a machine says, or somebody who writes its text.
_MACHINE = re.compile(
    r"(?:this is|dies ist|ceci est|esto es|questa è|это) (?:an? |eine? |une? |una? )?(?:auto|авто)\w*|"
    r"automatically generated|automatisch (?:erstellt|generiert|erzeugt|versendet|versandt)|(?:这是|此为|"
    r"本邮件[是为])[^，。\n]{0,20}自动回复|"
    r"自動返信(?:メール)?です|급(?:한|하신) (?:용무|용건|사항)[^.\n]{0,40}(?:연락|문의)|"
    r"\b(?:for|in) (?:all |any )?(?:urgent|emergency|immediate) [a-z]+\b[^.?!\n]{0,20}\b"
    r"(?:contact|call|e-?mail|reach)\b|"
    # "In urgent cases", followed by a contact.
    r"(?:in dringenden (?:fällen|angelegenheiten)|bei dringenden (?:fragen|anliegen)|für dringende (?:fragen|"
    r"anliegen)|"
    r"pour (?:toute|les) urgences?|en cas d['’]urgence|en caso de urgencia|para (?:cualquier|asuntos?|"
    r"temas?) urgen\w+|"
    r"em caso de urgência|(?:para )?assuntos urgentes|per (?:le |ogni )?urgenz[ae]|in caso di urgenza|"
    r"(?:voor|bij) spoed|(?:voor|bij|in) (?:dringende|urgente|spoedeisende) (?:zaken|gevallen|vragen)|"
    r"w sprawach pilnych|"
    r"w pilnych (?:sprawach|przypadkach)|по срочным вопросам|в срочных случаях|з термінових питань|"
    r"acil (?:durum|konu|iş)lar|(?:trường hợp|việc) khẩn|(?:keperluan|hal|urusan) (?:yang )?mendesak|"
    r"للحالات (?:العاجلة|الطارئة)|للأمور العاجلة|לפניות דחופות|במקרים דחופים|กรณีเร่งด่วน|เรื่องด่วน|"
    r"(?:紧急|緊急)(?:事务|事務|事宜|情况|情況)请?請?|(?:紧急|緊急)(?:事项|事項|事情|业务|業務)[请請]|如有(?:急事|紧急|緊急)|(?:お急ぎ|緊急)の(?:場合|方|ご用件|"
    r"用件)は|" + more.MACHINES + r")"
    # But not when the contact is the writer.
    r"(?![^.?!\n]{0,40}\b(?:mich|mir|me|moi|mi(?! (?:compañer|colleg|jef|secretari|asistent))|mij|mnie|mene|mig|meg|"
    r"меня|мне|мене|мені|bana|beni|(?:liên hệ|gọi) tôi|(?:hubungi|telepon|telefon) saya|mənə|mulle|"
    r"(?:zvaniet|rakstiet|skambinkite|rašykite) man|маған|(?:tawagan|i-?text) (?:po )?(?:ninyo|mo|niyo) ako)\b|"
    r"[^.?!\n]{0,40}(?:(?:联系|聯繫|找|打给)我(?![的们們司]|同事)|با من|مجھے|مجھ سے|আমাকে))|"
    r"(?:mails?|messages?) (?:will|is|are) not (?:be )?(?:being )?(?:read|forwarded|monitored)\b|"
    r"(?:reply|respond|answer|get back)\b[^.?!\n]{0,60}\b(?:return|back)\b|no access to (?:my )?e-?mails?\b|"
    r"ne (?:sont|seront) pas lus|no (?:se|serán) leíd|não s(?:er)?ão lid|non (?:sono|saranno|vengono) lett|"
    r"worden niet gelezen|(?:не|никто не) чита(?:ются|ет)|nicht (?:gelesen|weitergeleitet)|(?:répondrai|"
    r"traiterai)\b[^.?!\n]{0,60}retour|"
    r"responderé\b[^.?!\n]{0,60}(?:regres|vuelv)|отвечу\b[^.?!\n]{0,60}(?:верн|возвращ)|"
    r"(?:无法|無法|不能)(?:及时|及時|即時|亲自|親自)?(?:回复|回覆)",
)
# An answer is promised for the return. Used only for texts about an absence.
_ANSWERS_LATER = re.compile(
    r"(?:回来|回來|返回|返岗|返崗|回到|结束|結束|上班)[^。！!？?\n]{0,12}(?:回复|回覆|答复|答覆)(?!你们|你們|贵|貴)|"
    r"戻り次第[^。\n]{0,20}(?:返信|連絡|回答)|복귀[^.\n]{0,16}(?:답변|회신|답장)|"
    r"(?:antwort|beantwort|melde mich)\w*[^.?!\n]{0,60}(?:rückkehr|zurück)|"
    r"(?:rückkehr|zurück)[^.?!\n]{0,40}(?:antwort|beantwort|melde mich)|"
    r"risponder\w+[^.?!\n]{0,60}(?:rientr|ritorn|torn)|responder\w+[^.?!\n]{0,60}(?:retorn|regress|volt)|"
    r"(?:beantwoord|antwoord|reageer)[^.?!\n]{0,60}terug|odpowiem[^.?!\n]{0,60}(?:powr|wróc)|"
    r"(?:svarar?|besvarar?)\b[^.?!\n]{0,60}(?:tillbaka|tilbage|återkom)|odpovím[^.?!\n]{0,60}(?:vrátím|návrat)|"
    r"відповім[^.?!\n]{0,60}поверн|döndüğümde[^.?!\n]{0,40}(?:yanıt|cevap)|"
    r"(?:trả lời|phản hồi)[^.?!\n]{0,60}(?:quay lại|trở lại)|(?:mem)?balas[^.?!\n]{0,60}kembali|"
    r"ตอบกลับ[^\n]{0,40}กลับมา|سأرد[^.\n]{0,60}عود|(?:אענה|אשיב)[^.\n]{0,60}(?:חזר|אחזור|שוב)|" + more.LATER,
)
_NAMED = re.compile(_ANSWER_NAME, re.I)
# One of these is in every text that says a machine wrote it.
_OF_MACHINES = ("auto", "авто", "αυτόμ", "otomat", "tự động", "อัตโนมัติ", "تلقائي", "אוטומט", "स्वचालित")
_OF_MACHINES_IN_ASIA = ("自动", "自動", "자동")
_SAYS_SO = re.compile(
    r"\bthis (?:is|was) (?:an? )?auto\w* (?:generated |e-?mail )?(?:reply|response|message|notification|e-?mail|"
    r"answer)|"
    r"\bthis (?:reply|response|message|e-?mail) (?:is|was|has been) (?:sent |generated |created )?automatic|"
    r"do not (?:reply|respond) to this auto\w*|"
    r"dies(?:e|es)? (?:ist eine automatische|(?:e-?mail|mail|nachricht|antwort) (?:wurde|ist|wird) automatisch)|"
    r"ceci est (?:un message|une réponse) automatique|(?:este es un|esta es una|esto es un) (?:mensaje|"
    r"respuesta|correo) "
    r"autom|esta é uma (?:mensagem|resposta) autom|quest[ao] è un(?:a risposta| messaggio) automatic|"
    r"dit is een automatisch|to jest automatyczn|это автоматическ|це автоматичн|bu (?:bir )?otomatik|"
    r"(?:đây là|thư này) [^.\n]{0,20}tự động|ini adalah (?:balasan|pesan) otomatis|هذ[اه] (?:رد|رسالة) تلقائي|"
    r"(?:这是|此为|此邮件[是为由]|本邮件[是为由])[^，。\n]{0,12}自动|(?:這是|此為|本郵件[是為由])[^，。\n]{0,12}自動|"
    r"(?:このメール|本メール)は[^。\n]{0,16}自動|(?:본|이) (?:메일|이메일)[은는][^.\n]{0,12}자동",
    re.I,
)


def is_vacation_notice(subject: str, text: str, *, answers: bool, null_sender: bool) -> bool:
    """Whether a mail without any field that says so is the answer of a vacation program.

    `answers`: the mail refers to another one, or its subject says so. `null_sender`: its envelope sender is `<>`.
    The name of a program's answer in front of a subject counts unless the text asks something or speaks of such
    answers; the name of an absence counts when the text tells of one and of its end; without either the text must do
    that and say something that only a machine says, or say that a machine wrote it.
    """
    named, absent = _ANSWER_SUBJECT.match(subject), _ABSENCE_SUBJECT.match(subject)
    in_frame = _ABSENCE_IN_FRAME.match(subject)
    if not (named or absent or in_frame or answers):
        return False
    words = _QUOTED.split(text[:_MAX_WORDS], maxsplit=1)[0]
    # Small letters are several times as fast to search as letters of any case; "İ" becomes two characters.
    low = words.lower().replace("i\u0307", "i")
    says_so = answers and _says_so(words)
    away = _is_away(low)
    if not (named or absent or in_frame or says_so or away):
        return False
    if null_sender and (named or absent or in_frame):
        return True
    tells = bool(away and _BACK.search(low))
    machine = bool(_MACHINE.search(low) or (tells and _ANSWERS_LATER.search(low)))
    if _BUSINESS.search(words) or _ASKS.search(_ANSWERED.sub(" ", words)):
        return False
    if named:
        framed = _PREFIX.match(named["rest"]) or _ANSWER_IN_FRAME.match(subject)
        return bool(framed) and (tells or machine or _NAMED.search(words) is None)
    if absent or in_frame:
        rest = absent["rest"] if absent else None
        prefix = rest is None or _PREFIX.match(rest) is not None
        alone = bool(_ABSENCE_OF.match(subject)) and _ABSENCE_OF.search(words) is None
        return machine or (prefix and (tells or answers or alone))
    return says_so or (answers and tells and machine)


def _is_away(low: str) -> bool:
    for sign in _ASCII_SIGNS if low.isascii() else _AWAY_SIGNS:
        if sign in low:
            return _AWAY.search(low) is not None
    return False


def _says_so(words: str) -> bool:
    low = words.lower()
    likely = any(word in low for word in _OF_MACHINES) or (
        not low.isascii() and any(word in low for word in _OF_MACHINES_IN_ASIA)
    )
    return likely and _SAYS_SO.search(words) is not None


_READ_SUBJECT = re.compile(
    r"\s*(?:(?:not )?read|(?:nicht |un)?gelesen|(?:non )?lue?|(?:no )?leído|(?:não )?lid[oa]|(?:da )?letto|"
    r"(?:niet |on)?gelezen|(?:ej |o)?läst|(?:ikke |u)?læst|(?:nie )?przeczytano|odczytano|"
    r"(?:не )?(?:прочитан|прочтен)о|"
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
