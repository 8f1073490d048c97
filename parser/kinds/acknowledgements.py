"""Acknowledgements of other ticket systems: two systems that answer each other never stop.

They say that they have received our request, and name its number or say that nobody reads answers. A person who writes
about such a letter writes "I" or asks a question.
"""

import re

_MAX_WORDS = 1_000
_QUOTED = re.compile(r"(?m)^[ \t]*(?:>|-{3,}|_{8,})")
_PASSED_ON = re.compile(r"\s*(?:fwd?|wg|tr|rv|enc|i|转发|轉寄)\s*[:：]", re.I)
# All patterns below are in small letters. Every one of them contains one of these words, and few other mails do.
_SIGNS = (
    "received", "contacting", "created", "opened", "registered", "logged", "erhalten", "eingegangen", "erstellt",
    "reçu", "recibid", "recebe", "recebid", "ricevut", "ontvangen", "otrzymali", "zarejestrowan", "получ", "принят",
    "зарегистр", "отриман", "зареєстр", "aldık", "alınmış", "alındı", "oluştur", "nhận được", "menerima", "diterima",
    "收到", "受理", "创建", "創建", "建立", "受け付け", "受付", "접수",
)  # fmt: skip
_ASCII_SIGNS = tuple(filter(str.isascii, _SIGNS))
# What was received, and that it is the addressee's.
_GOT = re.compile(
    r"\bthank you for (?:contacting|reaching out to|getting in touch with|writing to)\b|"
    r"\b(?:we(?: have|'ve)?|has been|was|been) (?:successfully )?(?:received|created|opened|registered|logged)\b|"
    r"\b(?:erhalten|eingegangen|erstellt|angelegt|erfasst)\b|\breçue?\b|\bété (?:créée?|enregistrée?)|"
    r"\b(?:recibi(?:mos|do|da)|cread[oa]|registrad[oa]|recebemos|recebid[oa]|criad[oa]|ricevut[oa]|creat[oa]|"
    r"registrat[oa])\b|"
    r"\b(?:ontvangen|aangemaakt|geregistreerd)\b|otrzymaliśmy|\b(?:przyjęt|zarejestrowan|utworzon)|"
    r"\b(?:получ|принят|зарегистрир|создан|отрима|зареєстр)|\b(?:aldık|alınmış|alındı|oluşturul)|nhận được|"
    r"\b(?:menerima|diterima)\b|已(?:经|經)?(?:收到|受理|创建|創建|建立)|受け付け|受付いた|접수되|접수하"
)
_YOURS = re.compile(
    r"\b(?:your|an?|new) (?:\w+ )?(?:request|message|e-?mail|inquiry|enquiry|question|ticket|case)\b|"
    r"\b(?:ihre?|dein[e]?|ein(?:e)?) (?:\w+ )?(?:anfrage|nachricht|e-?mail|mail|meldung|mitteilung|ticket)|"
    r"\bvotre (?:demande|message|courriel|e-?mail|ticket)|\bsu (?:solicitud|mensaje|consulta|correo|caso|ticket)|"
    r"\b(?:sua|seu) (?:mensagem|solicitação|e-?mail|chamado|pedido)|"
    r"\b(?:sua|tua|vostra) (?:richiesta|e-?mail|segnalazione)|"
    r"\b(?:uw|je) (?:bericht|verzoek|vraag|e-?mail|aanvraag)|\b(?:twoje|państwa) (?:zgłoszenie|wiadomość)|"
    r"\bваш\w* (?:обращение|запрос|письмо|заявк|сообщение|звернення|запит|лист)|\b(?:talebiniz|mesajınız|e-postanız)|"
    r"(?:yêu cầu|email|thư) của (?:bạn|quý khách)|\b(?:permintaan|pesan|email|laporan) anda|"
    r"您的?(?:请求|請求|来信|來信|邮件|郵件|工单|工單|问题|問題|反馈|咨询|申请)|お問い?合わせ|문의|요청"
)
# "Ticket ID: 4711", "[#4711]", "工单号：4711"
_NUMBERED = re.compile(
    r"\b(?:ticket|case|request|reference|tracking|inquiry|enquiry|vorgang|anfrage|referenz|dossier|demande|solicitud|"
    r"caso|chamado|protocolo|richiesta|zapytanie|verzoek|zgłoszeni[ea]|заявк[аиу]|обращени[ея]|запит|talep|"
    r"yêu cầu|tiket)[^\d\n.!?]{0,60}\d{2,}|\[#?\w{0,6}[#-]?\d{3,}\w{0,4}\]|"
    r"(?:工单|工單|案件|受付|접수|문의)[^\d\n。]{0,8}\d{2,}"
)
_UNREAD = re.compile(
    r"\b(?:do not|don't|not) (?:reply|respond|answer)\b|\bauto(?:matic|mated)\w*\b|nicht auf diese|automatisch|"
    r"ne (?:pas )?répond|automatique|no respond|automátic|não respond|non rispond|automatic[ao]|niet (?:op|te) (?:deze|"
    r"beantwoord)|nie odpowiada|automatyczn|не отвечайте|автоматич|yanıtlamayın|otomatik|không trả lời|tự động|"
    r"otomatis|"
    r"请勿(?:直接)?回复|請勿(?:直接)?回覆|自动|自動|返信しないで|회신하지|자동"
)
OF_A_PERSON = re.compile(
    r"[?？؟]|\b(?:i|i['’](?:m|ve|d|ll)|my|mine|ich|mein\w{0,2}|mir|je|j['’]\w+|mon|yo|mi|mis|eu|meu|minha|io|mio|mia|ik|"
    r"mijn|mój|moje|mojego|я|мой|моя|мои|мне|меня|benim|tôi|saya)\b|我(?![们們])|私|저는|제가|"
    r"\b(?:me|nobody|no one|nothing|still)\b"
)


def is_acknowledgement(subject: str, text: str) -> bool:
    """Whether a mail only says that another desk has received our request."""
    low = text[:_MAX_WORDS].lower()
    if not any(sign in low for sign in (_ASCII_SIGNS if low.isascii() else _SIGNS)) or _PASSED_ON.match(subject):
        return False
    words = _QUOTED.split(low, maxsplit=1)[0]
    if not (_GOT.search(words) and _YOURS.search(words)) or OF_A_PERSON.search(words):
        return False
    return bool(_NUMBERED.search(words) or _NUMBERED.search(subject[:300].lower()) or _UNREAD.search(words))
