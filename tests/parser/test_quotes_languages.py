# ruff: noqa: E501
"""Each client in each language: the older mail goes, the answer above it and the answer below it stay."""

import pytest

from parser.quotes.trim import trim

B = "Ben <ben@example.net>"

# One row for each pair that differs, as the programs write them: (client and language, intro).
INTROS = {
    "gmail en": f"On Tue, Mar 3, 2026 at 5:12 PM {B} wrote:",
    "gmail zh-Hans": f"{B} 于2026年3月3日周二 17:12写道：",
    "gmail zh-Hant": f"{B} 於 2026年3月3日週二 下午5:12寫道：",
    "gmail ja": f"2026年3月3日(火) 17:12 {B}:",
    "gmail ko": f"2026년 3월 3일 (화) 오후 5:12, {B}님이 작성:",
    "gmail es": "El mar, 3 mar 2026 a las 17:12, Ben (<ben@example.net>) escribió:",
    "gmail pt": f"Em ter., 3 de mar. de 2026 às 17:12, {B} escreveu:",
    "gmail pt-PT": f"{B} escreveu (terça, 3/03/2026 à(s) 17:12):",
    "gmail fr": f"Le mar. 3 mars 2026 à 17:12, {B} a écrit :",
    "gmail de": f"Am Di., 3. März 2026 um 17:12 Uhr schrieb {B}:",
    "gmail de, turned": f"{B} schrieb am Di., 3. März 2026, 17:12:",
    "gmail it": f"Il giorno mar 3 mar 2026 alle ore 17:12 {B} ha scritto:",
    "gmail nl": f"Op di 3 mrt 2026 om 17:12 schreef {B}:",
    "gmail da": f"Den tirs. 3. mar. 2026 kl. 17.12 skrev {B}:",
    "gmail sv": f"Den tis 3 mars 2026 kl 17:12 skrev {B}:",
    "gmail ru": f"вт, 3 мар. 2026 г. в 17:12, {B}:",
    "gmail pl": f"wt., 3 mar 2026 o 17:12 {B} napisał(a):",
    "gmail tr": f"{B}, 3 Mar 2026 Sal, 17:12 tarihinde şunu yazdı:",
    "gmail vi": f"Vào Th 3, 3 thg 3, 2026 vào lúc 17:12 {B} đã viết:",
    "gmail id": f"Pada tanggal Sel, 3 Mar 2026 pukul 17.12 {B} menulis:",
    "gmail th": f"ในวันที่ อ. 3 มี.ค. 2026 เวลา 17:12 {B} เขียนว่า:",
    "gmail ar": f"في الثلاثاء، 3 مارس 2026 في 5:12 م تمت كتابة ما يلي بواسطة {B}:",
    "gmail he": "\u202bבתאריך יום ג׳, 3 במרץ 2026 ב-17:12 מאת \u202aBen\u202c\u200f <\u202aben@example.net\u202c\u200f>:\u202c",
    "gmail fi": f"ti 3. maalisk. 2026 klo 17.12 {B} kirjoitti:",
    "gmail cs": f"út 3. 3. 2026 v 17:12 odesílatel {B} napsal:",
    "gmail hu": f"{B} ezt írta (időpont: 2026. márc. 3., K, 17:12):",
    "gmail ro": f"În mar., 3 mar. 2026 la 17:12, {B} a scris:",
    "gmail uk": f"вт, 3 бер. 2026 р. о 17:12 {B} пише:",
    "gmail el": f"Στις Τρί 3 Μαρ 2026 στις 5:12 μ.μ., ο/η {B} έγραψε:",
    "gmail no": f"tir. 3. mar. 2026 kl. 17:12 skrev {B}:",
    "gmail ca": f"Missatge de {B} del dia dt., 3 de març 2026 a les 17:12:",
    "gmail, old": f"2026-03-03 17:12 GMT+01:00 {B}:",
    "apple en": "On 3 Mar 2026, at 17:12, Ben wrote:",
    "apple en-US": f"On Mar 3, 2026, at 5:12\u202fPM, {B} wrote:",
    "apple zh-Hans": f"在 2026年3月3日，17:12，{B} 写道：",
    "apple zh-Hans, phone": f"{B} 于2026年3月3日 17:12写道：",
    "apple zh-Hant": f"{B} 於 2026年3月3日 下午5:12 寫道：",
    "apple ja": f"2026/03/03 17:12、{B}のメール:",
    "apple ko": f"2026. 3. 3. 오후 5:12, {B} 작성:",
    "apple es": f"El 3 mar 2026, a las 17:12, {B} escribió:",
    "apple pt": f"Em 3 de mar. de 2026, à(s) 17:12, {B} escreveu:",
    "apple fr": f"Le 3 mars 2026 à 17:12, {B} a écrit :",
    "apple de": f"Am 03.03.2026 um 17:12 schrieb {B}:",
    "apple it": f"Il giorno 3 mar 2026, alle ore 17:12, {B} ha scritto:",
    "apple nl": f"Op 3 mrt 2026, om 17:12 heeft {B} het volgende geschreven:",
    "apple da": f"Den 3. mar. 2026 kl. 17.12 skrev {B}:",
    "apple sv": f"3 mars 2026 kl. 17:12 skrev {B}:",
    "apple ru": f"3 марта 2026 г., в 17:12, {B} написал(а):",
    "apple pl": f"Wiadomość napisana przez {B} w dniu 3 mar 2026, o godz. 17:12:",
    "apple tr": f"{B} şunları yazdı (3 Mar 2026 17:12):",
    "apple vi": f"Vào 17:12, 3 thg 3, 2026, {B} đã viết:",
    "apple id": f"Pada 3 Mar 2026, pukul 17.12, {B} menulis:",
    "apple th": f"{B} เขียนเมื่อ 3 มี.ค. 2569 เวลา 17:12:",
    "apple ar": f"في ٣ مارس ٢٠٢٦، الساعة ٥:١٢ م، كتب/كتبت {B}:",
    "apple he": f"\u200fב-3 במרץ 2026, בשעה 17:12, \u200f{B} כתב/ה:",
    "thunderbird en": "On 3/3/26 17:12, Ben wrote:",
    "thunderbird zh-Hans": "在 2026/3/3 17:12, Ben 写道:",
    "thunderbird zh-Hant": "於 2026/3/3 下午 05:12, Ben 寫道:",
    "thunderbird ja": "On 2026/03/03 17:12, Ben さんは書きました:",
    "thunderbird ko": "2026-03-03 오후 5:12에 Ben 이(가) 쓴 글:",
    "thunderbird es": "El 3/3/26 a las 17:12, Ben escribió:",
    "thunderbird pt": "Em 03/03/2026 17:12, Ben escreveu:",
    "thunderbird fr": "Le 03/03/2026 à 17:12, Ben a écrit :",
    "thunderbird de": "Am 03.03.26 um 17:12 schrieb Ben:",
    "thunderbird it": "Il 03/03/26 17:12, Ben ha scritto:",
    "thunderbird nl": "Op 3-3-2026 om 17:12 schreef Ben:",
    "thunderbird da": "Den 03.03.2026 kl. 17.12 skrev Ben:",
    "thunderbird sv": "Den 2026-03-03 kl. 17:12, skrev Ben:",
    "thunderbird ru": "03.03.2026 17:12, Ben пишет:",
    "thunderbird pl": "W dniu 3.03.2026 o 17:12, Ben pisze:",
    "thunderbird tr": "3.03.2026 17:12 tarihinde Ben yazdı:",
    "thunderbird vi": "Vào lúc 17:12 3/3/2026, Ben đã viết:",
    "thunderbird id": "Pada 03/03/2026 17.12, Ben menulis:",
    "thunderbird he": "בתאריך 03/03/2026 17:12, Ben כתב:",
    "thunderbird ar": "في 3/3/2026 5:12 م، كتب Ben:",
    "yahoo en": f"On Tuesday, March 3, 2026 at 05:12:33 PM GMT+1, {B} wrote:",
    "yahoo de": f"Am Dienstag, 3. März 2026 um 17:12:33 MEZ hat {B} Folgendes geschrieben:",
    "yahoo fr": f"Le mardi 3 mars 2026 à 17:12:33 UTC+1, {B} a écrit :",
    "yahoo es": f"El martes, 3 de marzo de 2026, 17:12:33 CET, {B} escribió:",
    "yahoo it": f"Il martedì 3 marzo 2026 alle ore 17:12:33 CET, {B} ha scritto:",
    "yahoo pt": f"Em terça-feira, 3 de março de 2026 às 17:12:33 BRT, {B} escreveu:",
    "yahoo pl": f"W dniu wtorek, 3 marca 2026 17:12:33 CET użytkownik {B} napisał:",
    "yahoo ja": "2026年3月3日火曜日 17:12:33 JST、Ben<ben@example.net>さんは書きました:",
    "yahoo zh-Hant": f"2026年3月3日 星期二 下午05:12:33 [GMT+8]， {B} 寫道：",
    "yahoo tr": f"3 Mart 2026 Salı 17:12:33 GMT+3 tarihinde {B} şunu yazdı:",
    "yahoo vi": f"Vào 17:12:33 GMT+7 Thứ Ba, 3 tháng 3, 2026, {B} đã viết:",
    "yahoo id": f"Pada Selasa, 3 Maret 2026 17.12.33 WIB, {B} menulis:",
    "proton en": f"On Tuesday, March 3rd, 2026 at 5:12 PM, {B} wrote:",
    "proton fr": f"Le mardi 3 mars 2026 à 17:12, {B} a écrit :",
    "163": '在 2026-03-03 17:12:00，"Ben" <ben@example.net> 写道：',
    "163, old": "At 2026-03-03 17:12:00, ben@example.net wrote:",
    "126": '在 2026-03-03 17:12:00，Ben<ben@example.net> 写道：',
    "outlook mobile": f"On Mar 3, 2026 at 5:12 PM +0100, {B}, wrote:",
    "mail.ru": f"Вторник, 3 марта 2026, 17:12 +03:00 от {B}:",
    "yandex": "03.03.2026, 17:12, \"Ben\" <ben@example.net>:",
    "samsung": "---- Ben wrote ----",
    "wrapped": "On Tue, Mar 3, 2026 at 5:12 PM Ben Somebody-With-A-Long-Name <\nben@example.net> wrote:",
    "wrapped thrice": "On Tue, Mar 3, 2026\nat 5:12 PM Ben\n<ben@example.net>\nwrote:",
    "wrapped fr": "Le mar. 3 mars 2026 à 17:12, Ben Quelquun <ben@example.net> a\nécrit :",
    "wrapped ko": "2026년 3월 3일 (화) 오후 5:12, Ben\n<ben@example.net>님이 작성:",
    "wrapped inside the address": "El mar, 3 mar 2026 a las 17:12, Ben (<ben@example.net\n>) escribió:",
    "wrapped inside the address, no verb": "вт, 3 мар. 2026 г. в 17:12, Ben <ben@example.net\n>:",
    "no-break": "Le mar. 3 mars 2026 à 17:12, Ben <ben@example.net> a écrit\xa0:",
}  # fmt: skip

HEADS = {
    "outlook en": f"From: {B}\nSent: Tuesday, March 3, 2026 5:12 PM\nTo: Ana\nSubject: x",
    "outlook en, bold": f"*From:* {B}\n*Sent:* Tuesday, March 3, 2026 5:12 PM\n*To:* Ana\n*Subject:* x",
    "outlook web": f"________________________________\nFrom: {B}\nSent: Tuesday, March 3, 2026 5:12 PM\nTo: Ana\nSubject: x",
    "outlook mac": f"From: {B}\nDate: Tuesday, 3 March 2026 at 17:12\nTo: Ana <ana@example.org>\nSubject: x",
    "outlook zh-Hans": f"发件人: {B}\n发送时间: 2026年3月3日 17:12\n收件人: Ana\n主题: x",
    "outlook zh-Hant": f"寄件者: {B}\n寄件日期: 2026年3月3日 下午 05:12\n收件者: Ana\n主旨: x",
    "outlook ja": f"差出人: {B}\n送信日時: 2026年3月3日 17:12\n宛先: Ana\n件名: x",
    "outlook ko": f"보낸 사람: {B}\n보낸 날짜: 2026년 3월 3일 화요일 오후 5:12\n받는 사람: Ana\n제목: x",
    "outlook es": f"De: {B}\nEnviado el: martes, 3 de marzo de 2026 17:12\nPara: Ana\nAsunto: x",
    "outlook pt": f"De: {B}\nEnviada em: terça-feira, 3 de março de 2026 17:12\nPara: Ana\nAssunto: x",
    "outlook fr": f"De : {B}\nEnvoyé : mardi 3 mars 2026 17:12\nÀ : Ana\nObjet : x",
    "outlook de": f"Von: {B}\nGesendet: Dienstag, 3. März 2026 17:12\nAn: Ana\nBetreff: x",
    "outlook it": f"Da: {B}\nInviato: martedì 3 marzo 2026 17:12\nA: Ana\nOggetto: x",
    "outlook nl": f"Van: {B}\nVerzonden: dinsdag 3 maart 2026 17:12\nAan: Ana\nOnderwerp: x",
    "outlook da": f"Fra: {B}\nSendt: 3. marts 2026 17:12\nTil: Ana\nEmne: x",
    "outlook sv": f"Från: {B}\nSkickat: den 3 mars 2026 17:12\nTill: Ana\nÄmne: x",
    "outlook ru": f"От: {B}\nОтправлено: 3 марта 2026 г. 17:12\nКому: Ana\nТема: x",
    "outlook pl": f"Od: {B}\nWysłano: wtorek, 3 marca 2026 17:12\nDo: Ana\nTemat: x",
    "outlook tr": f"Kimden: {B}\nGönderildi: 3 Mart 2026 Salı 17:12\nKime: Ana\nKonu: x",
    "outlook vi": f"Từ: {B}\nĐã gửi: Thứ Ba, 3 tháng 3, 2026 5:12 CH\nĐến: Ana\nChủ đề: x",
    "outlook id": f"Dari: {B}\nDikirim: Selasa, 3 Maret 2026 17.12\nKepada: Ana\nSubjek: x",
    "outlook th": f"จาก: {B}\nส่ง: 3 มีนาคม 2569 17:12\nถึง: Ana\nเรื่อง: x",
    "outlook ar": f"من: {B}\nتم الإرسال: 3 مارس 2026 17:12\nإلى: Ana\nالموضوع: x",
    "outlook he": f"מאת: {B}\nנשלח: יום שלישי 3 מרץ 2026 17:12\nאל: Ana\nנושא: x",
    "qq": '------------------ 原始邮件 ------------------\n发件人: "Ben" <ben@example.net>;\n'
    '发送时间: 2026年3月3日(星期二) 下午5:12\n收件人: "Ana"<ana@example.org>;\n主题: x',
    "qq, mobile": "---原始邮件---\n发件人: \"Ben\"<ben@example.net>\n发送时间: 2026年3月3日\n收件人: Ana\n主题: x",
    "qq en": '------------------ Original ------------------\nFrom: "Ben"<ben@example.net>\nDate: Tue, Mar 3, 2026 05:12 PM\n'
    'To: "Ana"<ana@example.org>\nSubject: x',
    "foxmail": f"发件人： {B}\n发送时间： 2026-03-03 17:12\n收件人： Ana\n主题： x",
    "163, new": "---- 回复的原邮件 ----\n| 发件人 | Ben<ben@example.net> |\n| 发送日期 | 2026年03月03日 17:12 |\n"
    "| 收件人 | Ana |\n| 主题 | x |",
    "lark": '发件人: "Ben"<ben@example.net>\n日期: 2026年3月3日 (周二) 17:12\n主题: x\n收件人: "Ana"<ana@example.org>',
    "lark en": 'From: "Ben"<ben@example.net>\nDate: Tue, Mar 3, 2026, 17:12\nSubject: x\nTo: "Ana"<ana@example.org>',
    "dingtalk": "------------------------------------------------------------------\n发件人：Ben <ben@example.net>\n"
    "日　期：2026年03月03日 17:12:33\n收件人：Ana<ana@example.org>\n主　题：x",
    "samsung en": f"-------- Original message --------\nFrom: {B}\nDate: 3/3/26 17:12 (GMT+01:00)\nTo: Ana\nSubject: x",
    "samsung zh-Hans": "-------- 原始邮件 --------\n自： Ben\n日期： 2026/3/3 17:12\n至： Ana\n主题： x",
    "samsung ko": "-------- 원본 이메일 --------\n발신: Ben\n날짜: 26/3/3 오후 5:12\n받은 사람: Ana\n제목: x",
    "samsung de": "-------- Ursprüngliche Nachricht --------\nVon: Ben\nDatum: 03.03.26 17:12\nAn: Ana\nBetreff: x",
    "samsung fr": "-------- Message d'origine --------\nDe : Ben\nDate : 03/03/2026 17:12\nÀ : Ana\nObjet : x",
    "samsung es": "-------- Mensaje original --------\nDe: Ben\nFecha: 3/3/26 17:12\nPara: Ana\nAsunto: x",
    "samsung it": "-------- Messaggio originale --------\nDa: Ben\nData: 03/03/26\nA: Ana\nOggetto: x",
    "samsung pt": "-------- Mensagem original --------\nDe: Ben\nData: 03/03/26\nPara: Ana\nAssunto: x",
    "samsung nl": "-------- Oorspronkelijk bericht --------\nVan: Ben\nDatum: 03-03-26\nAan: Ana\nOnderwerp: x",
    "samsung da": "-------- Oprindelig besked --------\nFra: Ben\nDato: 03.03.2026\nTil: Ana\nEmne: x",
    "samsung sv": "-------- Originalmeddelande --------\nFrån: Ben\nDatum: 2026-03-03\nTill: Ana\nRubrik: x",
    "samsung ru": "-------- Исходное сообщение --------\nОт: Ben\nДата: 03.03.2026\nКому: Ana\nТема: x",
    "samsung pl": "-------- Oryginalna wiadomość --------\nOd: Ben\nData: 03.03.2026\nDo: Ana\nTemat: x",
    "samsung tr": "-------- Orijinal mesaj --------\nKimden: Ben\nTarih: 3.03.2026\nAlıcı: Ana\nKonu: x",
    "samsung vi": "-------- Thư gốc --------\nTừ: Ben\nNgày: 3/3/2026\nĐến: Ana\nChủ đề: x",
    "samsung id": "-------- Pesan asli --------\nDari: Ben\nTanggal: 3/3/2026\nKe: Ana\nSubjek: x",
    "samsung th": "-------- ข้อความต้นฉบับ --------\nจาก: Ben\nวันที่: 3/3/2026\nถึง: Ana\nเรื่อง: x",
    "samsung ar": "-------- الرسالة الأصلية --------\nمن: Ben\nالتاريخ: 3/3/2026\nإلى: Ana\nالموضوع: x",
    "samsung he": "-------- הודעה מקורית --------\nמאת: Ben\nתאריך: 3.3.2026\nאל: Ana\nנושא: x",
    "samsung ja": "-------- 元のメッセージ --------\n差出人: Ben\n日付: 2026/03/03\n宛先: Ana\n件名: x",
    "proton, old": f"------- Original Message -------\nOn Tuesday, March 3rd, 2026 at 5:12 PM, {B} wrote:",
    "outlook en, old": "-----Original Message-----",
    "outlook it, old": "-----Messaggio originale-----",
    "zimbra": '----- Original Message -----\nFrom: "Ben" <ben@example.net>\nTo: "Ana"\nSent: Tuesday, March 3, 2026\nSubject: x',
}  # fmt: skip

FORWARDS = {
    "gmail en": "---------- Forwarded message ---------",
    "gmail zh-Hans": "---------- 转发的邮件 ---------",
    "gmail zh-Hant": "---------- 轉寄的郵件 ---------",
    "gmail de": "---------- Forwarded message ---------",
    "apple en": "Begin forwarded message:",
    "apple de": "Anfang der weitergeleiteten Nachricht:",
    "apple fr": "Début du message transféré :",
    "apple es": "Inicio del mensaje reenviado:",
    "apple it": "Inizio messaggio inoltrato:",
    "apple zh-Hans": "以下是转发的邮件：",
    "apple zh-Hant": "開始轉寄訊息：",
    "thunderbird en": "-------- Forwarded Message --------",
    "thunderbird de": "-------- Weitergeleitete Nachricht --------",
    "thunderbird fr": "-------- Message transféré --------",
    "thunderbird ru": "-------- Пересылаемое сообщение --------",
    "thunderbird pl": "-------- Wiadomość przekazana dalej --------",
    "thunderbird ja": "-------- 転送メッセージ --------",
    "thunderbird ko": "-------- 전달된 메시지 --------",
    "163": "-------- 转发邮件信息 --------",
    "outlook vi": "---------- Thư được chuyển tiếp ---------",
}  # fmt: skip

PHONES = {
    "en": ["Sent from my iPhone", "Sent from Outlook for iOS", "Get Outlook for Android", "Sent from Yahoo Mail on Android",
           "Sent with Proton Mail secure email.", "Sent from Mail for Windows", "Sent from my Galaxy",
           "Get Outlook for iOS<https://example.net/o0ukef>", "Sent via BlackBerry", "Sent from my Huawei phone"],
    "zh-Hans": ["发自我的iPhone", "发自我的 iPhone", "来自我的华为手机", "从我的小米手机发送", "发自我的小米", "发送自 Windows 版邮件",
                "获取 Outlook for iOS", "发自网易邮箱大师", "来自我的iPad"],
    "zh-Hant": ["從我的 iPhone 傳送", "寄自我的手機", "從我的iPad傳送", "取得 iOS 版 Outlook"],
    "ja": ["iPhoneから送信", "Outlook for iOS を入手", "私のiPadから送信", "Windows 版のメールから送信"],
    "ko": ["나의 iPhone에서 보냄", "iOS용 Outlook 다운로드", "내 iPhone에서 보냄", "내 Galaxy 스마트폰에서 보냈습니다."],
    "es": ["Enviado desde mi iPhone", "Obtener Outlook para iOS", "Enviado desde mi Samsung Galaxy"],
    "pt": ["Enviado do meu iPhone", "Enviado a partir do meu smartphone", "Obter o Outlook para iOS"],
    "fr": ["Envoyé de mon iPhone", "Envoyé depuis mon téléphone", "Télécharger Outlook pour iOS", "Obtenir Outlook pour Android"],
    "de": ["Von meinem iPhone gesendet", "Gesendet von meinem iPad", "Gesendet mit der GMX Mail App", "Outlook für iOS beziehen",
           "Holen Sie sich Outlook für iOS", "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet."],
    "it": ["Inviato da iPhone", "Inviato dal mio iPhone", "Scarica Outlook per iOS"],
    "nl": ["Verstuurd vanaf mijn iPhone", "Verzonden vanaf mijn Galaxy", "Outlook voor iOS downloaden"],
    "da": ["Sendt fra min iPhone", "Hent Outlook til iOS"],
    "sv": ["Skickat från min iPhone", "Hämta Outlook för iOS"],
    "ru": ["Отправлено с iPhone", "Отправлено из Outlook для iOS", "Получить Outlook для iOS", "Отправлено из мобильной Почты", "Отправлено с моего устройства Samsung"],
    "pl": ["Wysłane z iPhone'a", "Pobierz Outlook dla systemu iOS", "Wysłano z urządzenia Samsung"],
    "tr": ["iPhone’umdan gönderildi", "Samsung Galaxy telefonumdan gönderildi", "iOS için Outlook'u edinin"],
    "vi": ["Đã gửi từ iPhone của tôi", "Được gửi từ điện thoại Samsung"],
    "id": ["Dikirim dari iPhone saya", "Terkirim dari ponsel saya"],
    "th": ["ส่งจาก iPhone ของฉัน", "รับ Outlook สำหรับ iOS"],
    "ar": ["أرسلت من الـ iPhone الخاص بي", "تم الإرسال من هاتفي", "أُرسلت من الـ iPhone", "الحصول على Outlook لـ iOS"],
    "he": ["נשלח מה-iPhone שלי", "‏נשלח מהטלפון שלי", "קבל את Outlook עבור iOS"],
}  # fmt: skip

CLOSINGS = {
    "en": ["Best regards,\nAna Sample", "Kind regards\n\nAna Sample\nTel. +1 555 0100", "Thanks,\nAna", "Sincerely,\nAna", "Cheers,\nAna"],
    "zh-Hans": ["此致\n敬礼\n安娜", "祝好\n安娜", "谢谢，\n安娜"],
    "163": ["| |\n安娜\n|\n|\nana@example.org\n|"],
    "business": [
        "Regards\nAna Sample | Head of Things\nSample Ltd.\n12 Main Street, London\nT: +44 20 7946 0000 | M: +44 7700 900000\nwww.example.org",
        "Freundliche Grüße\n\ni. A. Ana Muster\nSachbearbeiterin\nMuster GmbH | Hauptstr. 1 | 10115 Berlin",
    ],
    "zh-Hant": ["順頌商祺\n安娜", "敬上"],
    "ja": ["よろしくお願いいたします。\n安奈", "何卒よろしくお願い申し上げます。"],
    "ko": ["감사합니다.\n아나", "아나 드림"],
    "es": ["Un saludo,\nAna", "Atentamente,\nAna Muestra", "Gracias,\nAna"],
    "pt": ["Atenciosamente,\nAna", "Obrigada,\nAna"],
    "fr": ["Cordialement,\nAna", "Bien cordialement\nAna", "Merci,\nAna"],
    "de": ["Mit freundlichen Grüßen\nAna Muster", "Viele Grüße, Ana", "Danke\nAna", "LG\nAna"],
    "it": ["Cordiali saluti,\nAna", "Grazie,\nAna"],
    "nl": ["Met vriendelijke groet,\nAna", "Groeten\nAna"],
    "da": ["Med venlig hilsen\nAna", "Mvh\nAna"],
    "sv": ["Med vänliga hälsningar\nAna", "Hälsningar\nAna"],
    "ru": ["С уважением,\nАна", "Спасибо,\nАна"],
    "pl": ["Pozdrawiam,\nAna", "Z poważaniem\nAna"],
    "tr": ["Saygılarımla,\nAna", "Teşekkürler,\nAna"],
    "vi": ["Trân trọng,\nAna", "Cảm ơn,\nAna"],
    "id": ["Hormat saya,\nAna", "Terima kasih,\nAna"],
    "th": ["ขอแสดงความนับถือ\nอานา"],
    "ar": ["مع أطيب التحيات،\nآنا", "تحياتي\nآنا"],
    "he": ["בברכה,\nאנה", "תודה,\nאנה"],
}  # fmt: skip


@pytest.mark.parametrize("name", INTROS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_the_older_mail_below_an_intro_goes(name: str, mark: str) -> None:
    found = trim(f"My words.\n\n{INTROS[name]}\n\n{mark}Their words.\n{mark}\n{mark}More.\n")
    assert found.new_text == "My words."
    assert found.signature == ""


@pytest.mark.parametrize("name", INTROS)
def test_the_answer_below_a_quotation_with_its_intro_on_top_is_the_reply(name: str) -> None:
    assert trim(f"{INTROS[name]}\n> Their words.\n> More.\n\nMy words.\n").new_text == "My words."


@pytest.mark.parametrize("name", INTROS)
def test_an_intro_directly_below_the_last_line_takes_nothing_of_it(name: str) -> None:
    found = trim(
        f"I wrote to you on Monday. Please look at it again,\nit is urgent\n{INTROS[name]}\n> Their words.\n> More.\n"
    )
    assert found.new_text == "I wrote to you on Monday. Please look at it again,\nit is urgent"


@pytest.mark.parametrize("name", HEADS)
def test_the_older_mail_below_a_header_block_goes(name: str) -> None:
    found = trim(f"My words.\n\n{HEADS[name]}\n\nTheir words.\n\nMore.\n")
    assert found.new_text == "My words."
    assert found.quoted.endswith("More.")


@pytest.mark.parametrize("name", HEADS)
def test_a_header_block_with_nothing_above_it_is_a_forward_and_stays(name: str) -> None:
    text = f"{HEADS[name]}\n\nTheir words.\n\nMore."
    assert trim(text).new_text == text
    assert trim(f"Sent from my iPhone\n\n{text}").new_text in (text, f"Sent from my iPhone\n\n{text}")


@pytest.mark.parametrize("name", FORWARDS)
def test_a_forwarded_mail_stays(name: str) -> None:
    text = f"Look at this.\n\n{FORWARDS[name]}\n{HEADS['outlook en']}\n\nTheir words.\n\n{INTROS['gmail en']}\n> a\n> b"
    assert trim(text).new_text == text


@pytest.mark.parametrize(("language", "line"), [(code, line) for code, lines in PHONES.items() for line in lines])
def test_the_line_of_a_phone_is_the_signature(language: str, line: str) -> None:
    found = trim(f"My words.\n\n{line}\n\n{INTROS['gmail en']}\n> Their words.\n> More.")
    assert (found.new_text, found.signature) == ("My words.", line)


@pytest.mark.parametrize(("language", "lines"), [(code, one) for code, lines in CLOSINGS.items() for one in lines])
def test_a_closing_with_its_name_is_the_signature(language: str, lines: str) -> None:
    found = trim(f"My words are here.\n\n{lines}\n\n{HEADS['outlook en']}\n\nTheir words.")
    assert (found.new_text, found.signature) == ("My words are here.", lines)
    assert trim(f"My words are here.\n\n{INTROS['gmail en']}\n> a\n> b\n\n{lines}\n").new_text == "My words are here."
    assert trim(lines).new_text == lines
