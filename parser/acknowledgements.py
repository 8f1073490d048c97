"""What other ticket systems answer to a mail of ours: two such systems that answer each other never stop.

They say that they have got our request, and its number or that nobody reads answers. A person who writes about such a
letter speaks of himself, or asks.
"""

import re

_MAX_WORDS = 1_000
_QUOTED = re.compile(r"(?m)^[ \t]*(?:>|-{3,}|_{8,})")
_PASSED_ON = re.compile(r"\s*(?:fwd?|wg|tr|rv|enc|i|转发|轉寄)\s*[:：]", re.I)
# Cheap, and true of few other mails: one of these is in all that follows.
_SIGNS = (
    "received", "contacting", "created", "opened", "registered", "logged", "erhalten", "eingegangen", "erstellt",
    "reçu", "recibid", "recebe", "recebid", "ricevut", "ontvangen", "otrzymali", "zarejestrowan", "получ", "принят",
    "зарегистр", "отриман", "зареєстр", "aldık", "alınmış", "alındı", "oluştur", "nhận được", "menerima", "diterima", "收到", "受理",
    "创建", "創建", "建立", "受け付け", "受付", "접수",
)  # fmt: skip
_GOT = re.compile(
    r"\bthank you for (?:contacting|reaching out to|getting in touch with|writing to)\b|"
    r"\b(?:we(?: have|'ve)?|has been|was|been) (?:successfully )?(?:received|created|opened|registered|logged)\b|"
    r"wir haben (?:ihre|deine) [^.\n]{1,40}erhalten|(?:ist|sind) bei uns eingegangen|wurde [^.\n]{0,30}"
    r"(?:erstellt|angelegt|erfasst)|"
    r"(?:avons bien reçu|a (?:bien )?été (?:reçue?|créée?|enregistrée?))|(?:hemos recibido|ha sido (?:recibid|cread|"
    r"registrad)[oa])|"
    r"(?:recebemos|foi (?:recebid|criad|registrad)[oa])|"
    r"(?:abbiamo ricevuto|è stat[oa] (?:ricevut|creat|registrat)[oa])|"
    r"(?:hebben (?:uw|je) [^.\n]{1,40}ontvangen|is (?:ontvangen|aangemaakt|geregistreerd))|"
    r"otrzymaliśmy|został[oay]? (?:przyjęt|zarejestrowan|utworzon)\w|"
    r"(?:мы получили|(?:принят|получен|зарегистрирован|создан)[оаы]?\b|отримали|зареєстрован)|"
    r"(?:aldık|alınmıştır|alındı|oluşturul)|(?:đã nhận được|telah (?:menerima|diterima))|"
    r"已(?:经)?(?:收到|受理|创建|建立|提交成功)|已(?:經)?(?:收到|受理|創建|建立)|(?:受け付け|受付いた)|접수되|접수하",
    re.I,
)
# "Ticket ID: 4711", "[#4711]", "工单号：4711"
_NUMBERED = re.compile(
    r"\b(?:ticket|case|request|reference|tracking|inquiry|enquiry|vorgang|anfrage|referenz|dossier|demande|solicitud|"
    r"caso|chamado|protocolo|richiesta|verzoek|zgłoszeni[ea]|заявк[аиу]|обращени[ея]|запит|talep|yêu cầu|tiket)"
    r"[^\d\n.!?]{0,24}\d{2,}|\[#?\w{0,6}[#-]?\d{3,}\w{0,4}\]|(?:工单|工單|案件|受付|접수|문의)[^\d\n。]{0,8}\d{2,}",
    re.I,
)
_UNREAD = re.compile(
    r"\b(?:do not|don't|not) (?:reply|respond|answer)\b|\bauto(?:matic|mated)\w*\b|nicht auf diese|automatisch|"
    r"ne (?:pas )?répond|automatique|no respond|automátic|não respond|non rispond|automatic[ao]|niet (?:op|te) (?:deze|"
    r"beantwoord)|nie odpowiada|automatyczn|не отвечайте|автоматич|yanıtlamayın|otomatik|không trả lời|tự động|"
    r"otomatis|"
    r"请勿(?:直接)?回复|請勿(?:直接)?回覆|自动|自動|返信しないで|회신하지|자동",
    re.I,
)
_OF_A_PERSON = re.compile(
    r"[?？؟]|\b(?:i|i['’](?:m|ve|d|ll)|my|mine|ich|mein\w{0,2}|mir|je|j['’]\w+|mon|yo|mi|mis|eu|meu|minha|io|mio|mia|ik|"
    r"mijn|mój|moje|mojego|я|мой|моя|мои|мне|меня|benim|tôi|saya)\b|我(?![们們])|私|저는|제가",
    re.I,
)


def is_acknowledgement(subject: str, text: str) -> bool:
    """Whether a mail only says that another desk has got our request."""
    low = text[:_MAX_WORDS].lower()
    if not any(sign in low for sign in _SIGNS) or _PASSED_ON.match(subject):
        return False
    words = _QUOTED.split(low, maxsplit=1)[0]
    if not _GOT.search(words) or _OF_A_PERSON.search(words):
        return False
    return bool(_NUMBERED.search(words) or _NUMBERED.search(subject[:300]) or _UNREAD.search(words))
