"""How people open and close a letter, by language: a language is added by a row. Each pattern is for a short line."""

import re

# A salutation, alone on its line.
GREETING = re.compile(
    r"^(?:(?:hello|hi|hey|dear|greetings|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen|abend)|moin|"
    r"servus|sehr geehrte\w?|liebe[rs]?|hola|buen[oa]s? (?:d[ií]as?|tardes|noches)|estimad[oa]s?|olá|oi|bom dia|"
    r"boa (?:tarde|noite)|prezad[oa]s?|bonjour|bonsoir|salut|cher|chère|ciao|salve|buon ?giorno|buona ?sera|gentile|"
    r"spettabile|goedendag|goedemorgen|beste|geachte|hej|hei|god (?:dag|morgon)|kära|kære|здравствуйте|"
    r"добрый (?:день|вечер)|доброе утро|привет|dzień dobry|witam|cześć|szanowni|merhaba|selam|sayın|iyi günler|"
    r"(?:xin )?chào|kính gửi|halo|hai|selamat \w{4,5}|yth|สวัสดี|เรียน|مرحبا|السلام عليكم|أهلا|שלום|היי)\b[^.?!:]{0,30}"
    r"|(?:尊敬的.{0,12}|各位|客服)?(?:您好|你好|早上好|下午好|晚上好|早安|午安|晚安|嗨|哈喽|哈囉)"
    r"|こんにちは|こんばんは|お世話になって(?:おり|い)ます|안녕하세요|안녕하십니까)[\s,，、!！.。~～:：]*$",
    re.I,
)
KOREAN_SURNAMES = "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민나지엄"
# Closings that nobody writes inside a text. Alone on a line they end the letter.
_STRONG = (
    r"(?:(?:with )?(?:my |our )?(?:best|kind|warm|kindest|warmest|sincere) regards?|(?:best|warm|good) wishes|"
    r"regards|rgds|"
    r"brgds?|kr|br|yours (?:sincerely|faithfully|truly)|sincerely(?: yours)?|respectfully(?: yours)?|"
    r"faithfully yours|"
    r"with (?:regards|respect|appreciation)|cordially|all the best|best)",
    r"(?:mit (?:freundliche[nm]?|besten?|lieben?|herzlichen?|vielen) (?:grüßen|grüssen|gruß|gruss|gruessen)|"
    r"(?:freundliche|beste|viele|liebe|herzliche|schöne) (?:grüße|grüsse|gruesse)|(?:lieben|schönen|herzlichen|"
    r"besten) "
    r"(?:gruß|gruss)|hochachtungsvoll|mfg|lg|vg|gruß|gruss|grüße|grüsse)",
    r"(?:cordialement|bien (?:cordialement|à vous)|(?:très )?cordialement|salutations(?: distinguées)?|"
    r"sincères salutations|"
    r"(?:avec mes )?meilleures salutations|amicalement|respectueusement|bien à toi|cdlt|cdt|"
    r"(?:veuillez (?:agréer|recevoir|croire)|je vous prie d.agréer).{0,80}(?:salutations|sentiments|"
    r"considération)(?: distinguée?s| les meilleure?s)?)",
    r"(?:(?:un )?(?:cordial(?:es)?|atento|afectuoso) saludos?|saludos(?: cordiales)?|(?:muy )?atentamente|un saludo|"
    r"cordialmente|reciban? un cordial saludo|atte)",
    r"(?:(?:com os )?(?:melhores|meus) cumprimentos|atenciosamente|cordialmente|abraços?|saudações|att|cumprimentos)",
    r"(?:cordiali saluti|distinti saluti|(?:tanti |cari |i migliori )?saluti|cordialmente|un saluto|in fede)",
    r"(?:(?:met )?(?:vriendelijke|hartelijke) (?:groeten?|groet)|(?:hoogachtend|groeten|groetjes|groet|mvg))",
    r"(?:(?:med )?venlige? hilsen(?:er)?|(?:de )?bedste hilsner|(?:med )?vennlig hilsen|(?:mange|kærlig|beste) "
    r"hilsen(?:er)?|hilsner?|hilsen|mvh|vh|kh|dbh)",
    r"(?:(?:med )?vänliga?? (?:hälsning(?:ar)?)|(?:bästa|varma) hälsningar|hälsningar|mvh|vänligen|högaktningsfullt)",
    r"(?:с (?:наилучшими пожеланиями|уважением|искренним уважением)|всего (?:доброго|хорошего|наилучшего)|"
    r"з повагою)",
    r"(?:(?:serdecznie |gorąco )?pozdrawiam(?: serdecznie)?|z (?:poważaniem|powazaniem|wyrazami szacunku)|"
    r"(?:serdeczne )?pozdrowienia|pzdr)",
    r"(?:saygılarımla|saygılarımızla|saygılar|iyi (?:çalışmalar|günler)(?: dilerim| dileriz)?|sevgiler|selamlar|"
    r"en iyi dileklerimle)",
    r"(?:trân trọng(?: kính chào)?|kính thư|thân mến|thân ái|(?:best )?regards)",
    r"(?:hormat (?:saya|kami)|salam(?: hormat| hangat)?|wassalam|terima kasih dan salam)",
    r"(?:ขอแสดงความนับถือ|ด้วยความเคารพ(?:อย่างสูง)?|ด้วยความนับถือ)",
    r"(?:مع (?:أطيب |خالص )?(?:التحيات|التحية|تحياتي)|تحياتي|(?:مع )?فائق (?:الاحترام|التقدير)|وتفضلوا بقبول .{0,30}|"
    r"مع التقدير)",
    r"(?:בברכה|בכבוד רב|כל טוב|בתודה(?: מראש)?(?: ובברכה)?|תודה ובברכה)",
    r"(?:此致|敬礼|敬禮|祝好|祝商祺|顺颂商祺|順頌商祺|顺祝商祺|順祝商祺|祝您?工作顺利|此致[,，]?\s?敬[礼禮]|敬上|敬启|敬啟|謹啟|"
    r"顺颂时祺|順頌時祺|即颂近安|祝您?生活愉快|祝好运|敬祝|商祺|敬祝[,，]?\s?商祺|順頌|時綏|商安|即頌)",
    r"(?:(?:以上、?|何卒|どうぞ|今後とも)*(?:宜しく|よろしく)(?:お願い)?(?:いた|致)?(?:します|申し上げます|お願いします|お願い致します|お願いいたします)|"
    r"敬具|草々|かしこ)",
    r"(?:감사합니다 ?드림|(?!연락|답변|문의|부탁|말씀|전화|메일|내역|사진|자료|파일)[가-힣]{2,4} ?(?:드림|올림|배상)|"
    rf"[{KOREAN_SURNAMES}][가-힣]{{1,3}} (?!연락|답변|문의|내역)[가-힣]{{2,3}} ?(?:드림|올림|배상))",
)
# "김철수 드림": the name and the closing in one.
SIGNED = re.compile(r"^[\s*_]*[가-힣]{2,4}(?: [가-힣]{2,4})? ?(?:드림|올림|배상)[\s.*_]*$")
# Thanks end a letter only if a name follows; alone they belong to the text.
_WEAK = (
    r"(?:(?:many |much |best )?thanks(?: (?:a lot|so much|again|in advance|very much))?(?: (?:and|&) (?:best |"
    r"kind )?regards)?|"
    r"thank you(?: (?:so|very) much)?(?: in advance)?|thx|tks|cheers|ty|love|take care|greetings|have a (?:nice|"
    r"good|great) "
    r"(?:day|one|weekend)|"
    r"(?:vielen )?dank(?: im voraus)?|danke(?: schön| im voraus)?|ciao|tschüss|bis bald|"
    r"merci(?: beaucoup| d'avance| par avance)?|bonne journée|(?:muchas )?gracias(?: de antemano)?|un abrazo|"
    r"(?:muito )?obrigad[oa](?: desde já)?|grazie(?: mille| in anticipo)?|(?:alvast )?bedankt|dank(?: je|"
    r" u)? ?(?:wel)?|"
    r"(?:mange )?tak(?: på forhånd)?|takk|tack(?: på förhand)?|(?:большое )?спасибо|заранее (?:спасибо|благодарю)|"
    r"dziękuję|dzięki|teşekkürler|teşekkür ederim|cảm ơn|cám ơn|xin cảm ơn|terima kasih|ขอบคุณ(?:ครับ|ค่ะ|มาก)?|"
    r"شكرا(?: لكم| لك)?|"
    r"תודה(?: רבה| מראש)?|谢谢|多谢|感谢|謝謝|感謝|多謝|"
    r"ありがとうございます|感謝いたします|以上(?:です)?|감사합니다|고맙습니다)",
)
_END = r"[\s,，،.。!！~～、…*_]*$"
STRONG_CLOSING = re.compile(r"^[\s*_/]*(?:" + "|".join(_STRONG) + ")" + _END, re.I)
WEAK_CLOSING = re.compile(r"^[\s*_/]*(?:" + "|".join(_WEAK) + ")" + _END, re.I)
# "Regards, Roman" and "Mit freundlichen Grüßen Ana Muster" on one line; capital letters identify the name.
CLOSING_WITH_NAME = re.compile(
    r"^[\s*_]*(?i:(?P<strong>" + "|".join(_STRONG) + ")|" + "|".join(_WEAK) + r")(?:\s?[,，.!！;:–—-]\s?|\s)"
    r"(?P<name>[^\W\d_a-zà-öø-ÿ][\w'’.-]{0,30}(?: [^\W\d_a-zà-öø-ÿ][\w'’.-]{0,30}){0,3})[\s*_.,]*$"
)
# "-Ana Muster", "/Ana", "~a", "— Ana": a name after a dash. A bullet would have a space.
DASHED_NAME = re.compile(
    r"^\s*(?:[-/~]|[–—]{1,2}\s?|~\s)(?:[A-ZÀ-ÖØ-ÞА-ЯŁŚŻŹĆİ][\w'’.-]{0,30}(?: (?:d[aeiou]s?|van|von|der|den|del|la|"
    r"le|bin|el)){0,2}"
    r"(?: [A-ZÀ-ÖØ-ÞА-ЯŁŚŻŹĆİ][\w'’.-]{0,30}){0,3}|[a-z]|[\u4e00-\u9fff]{2,4})\.?\s*$"
)
