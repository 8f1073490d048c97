"""The words of mail programs and letter writers, by language: a language is added by a row.

The languages are zh-Hans, zh-Hant, en, ja, ko, es, pt, fr, de, it, nl, da (and no), sv, ru, pl, tr, vi, id, th, ar and
he, with a few of fi, cs, hu, ro, uk, el and ca. Every pattern is for one line that was cut to a few hundred characters.
"""

import re
from collections.abc import Sequence


class AnyCase:
    """A pattern in small letters, for text in letters of any case.

    ASCII is made small letters first: the engine compares letters as they are several times as fast. So there is no
    use for the letters of what is found, only for its place.
    """

    def __init__(self, pattern: str, signs: Sequence[str] = ()) -> None:
        """`signs`, in small letters: any text of ASCII that matches holds one of them, which is asked first."""
        self.pattern = pattern
        self.signs = tuple(signs)
        self._exact = re.compile(pattern)
        self._folding = re.compile(pattern, re.I)

    def search(self, text: str) -> re.Match[str] | None:
        """The first place where the text matches."""
        if not text.isascii():
            return self._folding.search(text)
        low = text.lower()
        return self._exact.search(low) if self._may_be_in(low) else None

    def match(self, text: str) -> re.Match[str] | None:
        """The match at the beginning of the text."""
        if not text.isascii():
            return self._folding.match(text)
        low = text.lower()
        return self._exact.match(low) if self._may_be_in(low) else None

    def _may_be_in(self, low: str) -> bool:
        for sign in self.signs:
            if sign in low:
                return True
        return not self.signs


# "Ana wrote", in the forms of Gmail, Apple Mail, Thunderbird, Yahoo and Outlook.
_WROTE_WORDS = (
    r"\bwrote\b",
    r"写道|撰写|寫道|撰寫|来信|來信|写到|的原始邮件",
    r"のメール|書きました|が書いた|を書き込みました|のメッセージ",
    r"님이 작성|작성|님이 쓴 글|쓴 글|씀\s*[:：]",
    r"\bescribi[óo]\b",
    r"\bescreveu\b",
    r"\bécrit\b|\ba ecrit\b",
    r"\bschrieb|\bgeschrieben\b",
    r"\bha scritto\b|\bscrisse\b|\bscrive\b",
    r"\bschreef\b|\bgeschreven\b",
    r"\bskrev\b|\bskrev følgende\b",
    r"\bпишет\b|\bписал|\bнаписал|\bпользователь\b",
    r"\bnapisał|\bnapisana przez\b|\bpisze\b",
    r"yazd[ıi]|\byazm[ıi]ş\b",
    r"\bđã viết\b|\bviết\b",
    r"\bmenulis\b",
    r"เขียน",
    r"كتب|كتابة ما يلي",
    r"כתב|מאת",
    r"\bkirjoitti\b|\bnapsal|\bírta\b|\bscris\b|έγραψε|\bнаписав|\bva escriure\b",
)
_WROTE_SIGNS = (
    *("wrote", "escribi", "escreveu", "ecrit", "schrieb", "geschrieben", "scritto", "scrisse", "scrive", "schreef"),
    *("geschreven", "skrev", "napisa", "pisze", "yazd", "menulis", "kirjoitti", "napsal", "scris", "escriure"),
)
WROTE = AnyCase("|".join(_WROTE_WORDS), _WROTE_SIGNS)

# How an intro ends where its colon is missing.
WROTE_LAST = (
    *("wrote", "写道", "寫道", "escribió", "écrit", "scritto", "escreveu", "schrieb", "geschrieben", "schreef"),
    *("geschreven", "skrev", "napisał", "napisał(a)", "написал", "написал(а)", "пишет", "yazdı", "viết", "menulis"),
    *("작성", "のメール", "書きました", "เขียนว่า", "כתב"),
)

# How an intro begins; only asked where the line is one of several.
INTRO_START = re.compile(
    r"^\W{0,4}(?:On|At|Am|El|Le|Il|Em|No dia|Op|Den|W dniu|Dnia|Wiadomość napisana|Dne|Vào|Pada|Na|В|Dana|"
    r"ในวันที่|เมื่อ|"
    r"في|בתאריך|ב-|在|于|於|\d{4}\s*[년年/.-]|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.? \w{2,12}\.?,? \d{4})",
    re.I,
)

# A line between rules that says: what follows is the older mail.
_SEPARATOR_WORDS = (
    "original|original message|original appointment|reply message|replied (?:message|mail)|"
    "original e?-?mail|reply above this line",
    "原始邮件|原邮件|邮件原件|原始信息|原始消息|回复的原邮件|回复的邮件|回复邮件|原始内容",
    "原始郵件|原始訊息|原始信件|原始電郵|回覆的原郵件|回覆的郵件|原始內容",
    "元のメッセージ|元のメール|オリジナルメッセージ|original mail",
    "원본 메일|원본 메시지|원본 메세지|원본 이메일|원래 메시지|original message",
    "mensaje original|mensagem original|missatge original",
    "message d.origine|message original|message initial|courriel original",
    "original-?nachricht|ursprüngliche nachricht|urspr. nachricht|originale nachricht|ursprüngliche e-?mail",
    "messaggio originale|messaggio originario",
    "oorspronkelijk bericht|origineel bericht|oorspronkelijke bericht",
    "oprindelig meddelelse|oprindelig besked|opprinnelig melding|original meddelelse|originalmeddelande"
    "|ursprungligt meddelande|originalmeddelelse",
    "исходное сообщение|исходное письмо|оригинальное сообщение|пересылаемое сообщение|"
    "(?:вихідне|оригінальне) повідомлення",
    "wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna",
    "orijinal mesaj|orijinal ileti|özgün ileti|asıl mesaj",
    "thư gốc|tin nhắn gốc|email gốc",
    "pesan asli|pesan awal|email asli",
    "ข้อความต้นฉบับ|ข้อความเดิม|จดหมายต้นฉบับ",
    "الرسالة الأصلية|رسالة أصلية|الرساله الاصليه",
    "הודעה מקורית|ההודעה המקורית",
    "alkuperäinen viesti|původní zpráva|eredeti üzenet|mesaj original|αρχικό μήνυμα",
)
# For the words between the rules of such a line.
SEPARATOR = re.compile("(?:" + "|".join(_SEPARATOR_WORDS) + ")", re.I)

# Where a help desk asks its customers to write: "##- Please type your reply above this line -##".
ABOVE_LINE = re.compile(
    r"##-.{5,120}-##$|[-=_*#~ ]{3,40}[^-=_*#~]{0,60}(?:(?:repl\w{1,3}|respon\w{1,4}|writ\w{1,3}|typ\w{1,3}|answer)\b"
    r".{0,30}\babove (?:this|the) line|oberhalb dieser (?:zeile|linie)|über dieser (?:zeile|linie)|"
    r"au-dessus de cette ligne|(?:encima|arriba) de esta línea|acima d(?:esta|a) linha|sopra (?:questa|la) "
    r"(?:riga|linea)|boven deze (?:regel|lijn)|выше этой (?:линии|строки|черты)|"
    r"(?:此行|这行|這行|本行|此线|此線|该行).{0,3}(?:上方|之上|以上|上面)|この行より上)"
    r".{0,60}[-=_*#~]{2,40}$",
    re.I,
)

# "Message", in any phrase of a few words between dashes that stand close to them: "-----Antwort Nachricht-----".
MESSAGE = re.compile(
    r"\b(?:e-?mail|mail|message|msg|nachricht|mensaje|mensagem|missatge|correo|courriel|messaggio|bericht|meddelande|"
    r"meddelelse|melding|besked|viesti|wiadomość|zpráva|správa|üzenet|mesaj|ileti|poruka|sporočilo|поруке|порука|"
    r"сообщение|письмо|повідомлення|лист|съобщение|μήνυμα|tin nhắn|thư|pesan|mesej|surel)\b"
    r"|邮件|郵件|信件|訊息|消息|メール|メッセージ|메일|메시지|ข้อความ|จดหมาย|رسالة|הודעה|संदेश",
    re.I,
)

_FORWARD_WORDS = (
    "forwarded message|begin forwarded message|forwarded by|forwarded mail|forwarded email|fwd message",
    "转发邮件信息|转发的邮件|转发邮件|转发的消息|转发的原邮件|以下是转发的邮件|开始转发的邮件",
    "轉寄郵件|轉寄的郵件|已轉寄|轉寄的訊息|轉寄信件|以下是轉寄的郵件|開始轉寄訊息|轉寄訊息",
    "転送メッセージ|転送されたメッセージ|転送されたメール|転送メール|以下、転送",
    "전달된 메시지|전달된 메일|전달 메시지|전달된 이메일",
    "mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|início da mensagem "
    "(?:re)?encaminhada",
    "message transféré|début du message transféré|message réexpédié|courriel transféré",
    "weitergeleitete nachricht|anfang der weitergeleiteten (?:nachricht|e-?mail)|weitergeleitete mail",
    "messaggio inoltrato|inizio messaggio inoltrato",
    "doorgestuurd bericht|begin doorgestuurd bericht",
    "videresendt meddelelse|videresendt besked|start på videresendt besked|vidarebefordrat meddelande"
    "|vidarebefordrat brev|videresendt melding",
    "пересланное сообщение|пересылаемое сообщение|начало переадресованного сообщения|переслане повідомлення",
    "wiadomość przekazana dalej|początek przekazywanej wiadomości|przekazana wiadomość|wiadomość przekazana",
    "yönlendirilen mesaj|iletilen mesaj|yönlendirilmiş ileti|iletilmiş mesaj başlangıcı|iletilen ileti",
    "thư được chuyển tiếp|tin nhắn được chuyển tiếp|thư đã chuyển tiếp|bắt đầu thư được chuyển tiếp|thư chuyển tiếp",
    "pesan terusan|pesan yang diteruskan|awal pesan terusan|pesan diteruskan",
    "ข้อความที่ส่งต่อ|เริ่มข้อความที่ส่งต่อ|จดหมายที่ส่งต่อ",
    "رسالة محولة|الرسالة المحولة|رسالة معاد توجيهها|بدء الرسالة المعاد توجيهها|الرسالة المعاد توجيهها",
    "הודעה שהועברה|תחילת ההודעה שהועברה|הודעה מועברת",
    "välitetty viesti|přeposlaná zpráva|továbbított üzenet|mesaj redirecționat|προωθημένο μήνυμα",
)
# For the words between rules, or of a line of its own with a colon: "Begin forwarded message:".
FORWARD = re.compile("(?:" + "|".join(_FORWARD_WORDS) + "|forwarded by .{1,80})", re.I)

# "Forwarded", in any phrase between dashes.
FORWARDED = re.compile(
    r"\bforwarded\b|转发|轉寄|轉發|転送|전달|reenviad|encaminhad|transféré|weitergeleitet|inoltrat|doorgestuurd|videresend|"
    r"vidarebefordra|переслан|przekazan|przesłan|iletilen|yönlendiril|chuyển tiếp|terusan|diteruskan|ส่งต่อ|محول|"
    r"הועבר|přeposlan|továbbított|redirecționat|προωθημέν",
    re.I,
)

# The header names that programs put above a quoted mail, by what they mean; without blanks between CJK letters.
_HEADER_NAMES = {
    "from": "від кого|от кого|"
    "from|von|de|expéditeur|da|van|fra|från|od|от|від|отправитель|kimden|gönderen|发件人|发送人|寄件者|寄件人|"
    "發件人|差出人|送信者|보낸사람|보낸이|발신|발신자|lähettäjä|feladó|dari|pengirim|từ|người gửi|จาก|ผู้ส่ง|من|المرسل|"
    "מאת|自|από|remitente|remetente|mittente|afzender|avsändare|afsender|nadawca",
    "date": "sent|date|sent at|date sent|gesendet|gesendet am|datum|enviado|enviado el|enviado em|enviada|"
    "enviada em|enviada el|fecha|data|data di invio|envoyé|envoyé le|date d'envoi|inviato|inviato il|"
    "verzonden|verstuurd|skickat|sendt|sendt den|dato|wysłano|data wysłania|дата|отправлено|"
    "надіслано|gönderildi|gönderme tarihi|tarih|发送时间|发送日期|日期|时间|寄件日期|傳送時間|"
    "傳送日期|發送時間|時間|發送日期|送信日時|日時|"
    "日付|送信日|보낸날짜|보낸시간|날짜|발송날짜|"
    "lähetetty|odesláno|dikirim|tanggal|ngày|đã gửi|ngày gửi|gửi|gửi lúc|"
    "ส่ง|ส่งเมื่อ|วันที่|تم الإرسال|تاريخ الإرسال|أرسلت|مرسل|التاريخ|تاريخ|נשלח|תאריך|ημερομηνία",
    "to": "to|an|para|à|a|destinataire|destinatario|destinatário|aan|til|till|do|komu|кому|получатель|kime|"
    "alıcı|收件人|收件者|宛先|받는사람|받은사람|받는이|수신|수신자|kenelle|vastaanottaja|címzett|kepada|ke|đến|tới|"
    "người nhận|ถึง|إلى|الى|אל|至|προς",
    "subject": "subject|betreff|asunto|objet|oggetto|assunto|onderwerp|ämne|rubrik|emne|temat|předmět|тема|konu|"
    "主题|主題|主旨|標題|标题|件名|제목|aihe|tárgy|subjek|subyek|perihal|chủ đề|tiêu đề|เรื่อง|หัวเรื่อง|"
    "ชื่อเรื่อง|الموضوع|موضوع|נושא|θέμα|subiect",
    "cc": "cc|kopie|kopi|抄送|副本|副本抄送|копия|참조|bilgi|dw|copia|copie|kopia|tembusan|สำเนา|สำเนาถึง|نسخة|עותק|"
    "reply-to|回复|risposta|antwort an|x-ticket-ref|message-id|priority|priorität|priorité|importance|"
    "重要性|attachments|anlagen|附件",
}
HEADER_NAMES = {name: meaning for meaning, names in _HEADER_NAMES.items() for name in names.split("|")}
CJK_BLANK = re.compile("(?<=[\u4e00-\u9fff\uac00-\ud7af])[ \u3000\xa0]{1,6}(?=[\u4e00-\u9fff\uac00-\ud7af])")

# What a phone or a mail program appends; where a device or a program must be named, it stands before any comma.
_DEVICE = (
    r"(?:i-?phon[eu]|i-?pad|i-?pod|i-?mac|mac ?book|phone|telefoon|telefon|téléphone|telefono|teléfono|telemóvel|"
    r"celular|"
    r"cell|mobile?\b|mobil|móvil|handy|smartphone|tablet|blackberry|bb10|android|galaxy|samsung|huawei|honor|xiaomi|"
    r"redmi|poco|oppo|vivo\b|oneplus|pixel|nokia|htc|\blg\b|moto|sony|xperia|alcatel|windows|surface|device|"
    r"dispositivo|"
    r"appareil|gerät|outlook|yahoo|mail (?:for|für|pour|para|per|voor|til|för|dla|для|app)\b|"
    r"(?!e-?mail)(?:\w{2,12}[ -]?mail)\b|gmail|proton|spark\b|airmail|mailbox|thunderbird|aquamail|k-9|"
    r"nine\b|"
    r"zoho|tutanota|fairemail|canary|edison|acompli|newton|mailspring|sparrow|superhuman|boxer|foxmail|wps|lark|"
    r"feishu|飞书|"
    r"釘釘|钉钉|手机|手機|平板|华为|荣耀|小米|邮箱|郵箱|邮件|网易|qq|スマートフォン|携帯|아이폰|휴대폰|스마트폰|"
    r"телефон|устройств|айфон|почт|điện thoại|ponsel|มือถือ|หาถือ|هاتف|جهاز|טלפון|נייד|ti-\d+)"
)
_SENT = (
    r"sent (?:from|via|with|using)|sent (?:by|on) my|envoyé (?:de|depuis|avec|via|à partir de)|"
    r"enviado (?:desde|do|de|a partir d[eo]|con|com|pelo|através)|"
    r"(?:diese nachricht wurde )?gesendet (?:von|aus|mit|über)|diese nachricht wurde (?:von|mit) meinem|"
    r"inviato (?:da|dal|con|tramite)|(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via|van)|"
    r"skicka(?:t|des) (?:från|med|via)|sendt (?:fra|med|via)|hentet fra|отправлено (?:с|из|от)|послано с|надіслано з|"
    r"wysłan[eoy] (?:z|za pomocą|przez)|lähetetty|od(?:esláno|oslané) (?:z|pomocí)|"
    r"gönder(?:ildi|ilmiştir)|(?:đã )?(?:được )?gửi từ|được gửi từ|dikirim (?:dari|melalui|dengan)|terkirim dari|"
    r"ส่งจาก|ส่งโดย|أُ?رسلت? من|مرسل من|تم الإرسال من|(?:נשלח מ)(?=\w|-)"
)
# Sent from something other than a device: "Sent from my wallet to yours" is no line of a phone.
SENT_OTHERWISE = re.compile(
    r"\b(?:wallet|account|address|bank|exchange|binance|yesterday|today|to (?:you|your|my|the)|wallets?|cuenta|conta|"
    r"compte|konto|cartera|billetera|carteira|portefeuille|portafoglio|кошельк\w{1,3}|счёт|счет\w{0,2}|ich|ik)\b|"
    r"钱包|錢包|账户|賬戶|帳戶|地址|币安|欧易|银行|銀行|交易所|ウォレット|口座|지갑|계좌|거래소",
    re.I,
)
MOBILE = AnyCase(
    r"^[\W_]{0,6}(?:"
    rf"(?:{_SENT})(?:\b|(?<=מ))(?:[^,.;!?。，]|\.(?=\w)){{0,50}}?{_DEVICE}[^,.;!?。，]{{0,40}}"
    r"(?:, an? [^,.;!?]{0,20}(?:4g|5g|lte)[^,.;!?]{0,15})?"
    r"(?:[,.;!]?\s?(?:please|pls|so please|sorry|excuse|typed|apologies|pardon|bitte|perdón|disculp|désolé).{0,80})?"
    r"|sent from (?:my|a|an) [^\s,.]{1,20}(?: [^\s,.]{1,20}){0,4}"
    rf"|from my [^,.;!?]{{0,20}}{_DEVICE}\w{{0,12}}(?: (?:\d{{1,3}}\w{{0,2}}|pro|plus|max|mini|ultra|se|x\w?)){{0,3}}"
    rf"|(?:von|mit) mein(?:em|er|em/meiner) [^,.;!?]{{0,20}}{_DEVICE}\w{{0,12}}"
    r"|(?:von (?:meinem|unterwegs)|mit meinem)[^,.;!?]{0,45} ?(?:gesendet|geschickt|geschrieben|verfasst|getippt)"
    r"|(?:please )?(?:excuse|forgive|pardon) (?:my |any |the )?(?:typos|brevity|spelling).{0,60}"
    r"|typos courtesy of .{0,40}"
    r"|(?:someone )?from mobile|sent via mobile|via mobile"
    r"|(?:via|met|van(?:af|uit)?) mijn [^,.;!?]{1,30} (?:verstuurd|verzonden)"
    r"|(?:发自|發自|寄自|发送自|傳送自)[^，。,；;]{1,25}"
    r"|[签簽]名由[^，。,；;]{1,20}(?:定制|訂製|定製|生成)|signature is customi[sz]ed by .{1,30}"
    rf"|(?:来自|來自)(?:我的)? ?[^，。,；;]{{0,10}}{_DEVICE}[^，。,；;]{{0,10}}"
    rf"|(?:从|從|由|通过|透過|使用)[^，。,；;]{{0,12}}{_DEVICE}[^，。,；;]{{0,24}}(?:发送|傳送|发出|寄出)"
    r"|(?:get|obtenir|obtener|obter|obtenha|hol dir|holen sie sich|laden sie|scarica|ottieni|télécharger|téléchargez|"
    r"pobierz|uzyskaj|hämta|skaffa|hent|last ned|скачать|скачайте|получить|получите|загрузить|獲取|获取|下載|下载|取得|"
    r"dapatkan|unduh|tải|nhận|lấy|รับ|ดาวน์โหลด|الحصول على|احصل على|تنزيل|קבל את|קבל|הורד את|הורד|להורדת) ?"
    r".{0,16}outlook[^,.;!?]{0,30}(?:ios|android|mac|windows|mobile|móvil|desktop).{0,20}"
    r"|(?:获取|獲取|下载|下載|取得) ?(?:适用于|適用於)?.{0,12}(?:ios|android|mac|windows).{0,8}outlook"
    r"|get \w{0,12} ?(?:mail|outlook|spark|edison|canary|proton)\w{0,8} for (?:ios|android|mac|windows|mobile|desktop)"
    r"|outlook .{3,20} ?(?:beziehen|herunterladen|downloaden|ophalen|를 다운로드|다운로드|받기|edinin|indirin|"
    r"(?:を)?(?:入手|取得|ダウンロード)(?:する)?)"
    r"|(?:ios|android)(?:.{1,6} |用 ?)outlook.{0,3} ?(?:edinin|indirin|다운로드|받기|を入手|を取得|をダウンロード|入手)"
    r")[\W_]{0,6}$",
)

# The same where the verb is the last word; only asked where it is.
MOBILE_VERBS = ("gönderil", "poslano", "küldve", "送信", "보냄", "보낸 메일", "보냈습니다", "발송", "전송")
MOBILE_BEFORE_VERB = re.compile(
    r"^[\W_]{0,6}(?:"
    rf"[^,.;!?]{{0,20}}{_DEVICE}[^\s,.;!?]{{0,12}}(?: [^\s,.;!?]{{1,20}})?(?<=[dt][ae]n) gönderil(?:di|miştir)"
    rf"|[^,.;!?]{{0,20}}{_DEVICE}[^\s,.;!?]{{0,12}} (?:poslano|küldve)"
    rf"|.{{0,25}}(?:{_DEVICE}|スマホ|アプリ|メール).{{0,15}}(?:から|より)送信(?:されました)?"
    rf"|(?!제 ).{{0,25}}(?:{_DEVICE}|핸드폰|갤럭시|메일 ?앱)[^앱]{{0,15}}에서 (?:보냄|보낸 메일|보냈습니다|발송|전송)"
    r")[\W_]{0,6}$",
    re.I,
)

# A paragraph that a server or a lawyer put below the mail. Only as the last thing in a mail.
DISCLAIMER = AnyCase(
    r"^\W{0,5}(?:e-?mail )?confidentiality (?:notice|note)|this (?:e-?mail|message)(?: and any)?.{0,80}(?:confidential|"
    r"intended (?:only|solely)|"
    r"privileged)|if you are not .{0,20}intended|received (?:this|the) (?:e-?mail|message|transmission|"
    r"communication).{0,30}in error|"
    r"the information (?:contained )?in this "
    r"(?:e-?mail|message).{0,60}(?:confidential|privileged|intended)|virus-free\.\s?(?:www|https?:|$)|"
    r"(?:e-?mail|message) (?:has been|was) (?:checked|scanned) (?:for|by)|(?:checked|"
    r"scanned) by .{0,10}(?:avast|avg|norton)|"
    r"please consider the environment before|^\W{0,5}disclaimer\s?:|^\W{0,5}aviso(?: legal|"
    r" de confidencialidad)?\s?: ?(?:est[ea]|el|la|os|as)\b|"
    r"\bwww\.(?:avast|avg)\.com|diese e-?mail (?:enthält|kann) .{0,60}vertraulich|"
    r"wurde von avast|dies(?:e|er) .{0,20}(?:e-?mail|nachricht) .{0,60}vertraulich|"
    r"(?:ce message|ce courriel|cet e-?mail).{0,80}confidentiel|este (?:mensaje|correo|e-?mail|mensagem).{0,100}"
    r"(?:confidencia|exclusiv\w{1,6} a su destinatari)|(?:questo messaggio|questa e-?mail|"
    r"le informazioni).{0,100}(?:riservat|confidenzial)|"
    r"dit (?:bericht|e-?mail).{0,80}vertrouwelijk|(?:denna|detta) (?:e-post|mail|meddelande).{0,80}konfidenti|"
    r"denne (?:e-?mail|mail|besked|meddelelse).{0,80}fortrolig|это (?:сообщение|письмо).{0,80}конфиденциальн|"
    r"(?:ta|niniejsza) wiadomość.{0,100}(?:poufn|wyłącznie)|bu (?:e-?posta|ileti|mesaj).{0,80}gizli|"
    r"本邮件.{0,60}(?:保密|机密|机要|专属)|此(?:电子)?邮件.{0,60}(?:保密|机密)|此(?:電子)?郵件.{0,60}(?:保密|機密)|本(?:電子)?郵件.{0,60}(?:保密|機密)|"
    r"この(?:電子)?メール.{0,60}(?:機密|秘密|誤って)|هذه الرسالة.{0,80}(?:سرية|سري)|"
    r"(?:הודעה|דוא.ל) (?:זו|זה).{0,80}(?:חסוי|סודי)|(?:อีเมล|ข้อความ)(?:ฉบับ)?นี้.{0,80}(?:ลับ)|"
    r"본 (?:메일|이메일).{0,60}(?:기밀|비밀)|email này.{0,60}(?:bảo mật|mật)|"
    r"(?:email|pesan|surel) ini.{0,80}rahasia",
    (
        *("confiden", "intended", "privileged", "in error", "virus-free", "checked", "scanned", "environment"),
        *("disclaimer", "aviso", "avast", "www.avg", "vertraulich", "exclusiv", "riservat", "vertrouwelijk"),
        *("konfidenti", "fortrolig", "gizli", "rahasia"),
    ),
)
# The last lines of a mailing list's mail.
LIST_FOOTER = re.compile(
    r"mailing list|mailinglist|unsubscribe|listinfo|google groups|you received this message because", re.I
)
