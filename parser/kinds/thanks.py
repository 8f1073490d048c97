"""A mere "Thank you", by language: a language is added by a row.

A text is one where each of its sentences either thanks, and says besides only for what people thank ("for your quick
reply"), or is a courtesy ("Have a nice day"). The words are closed lists: whatever they do not hold is news, and so are
questions, numbers, links and "thanks in advance". So an unusual thanks is taken for news rather than the reverse.

The languages are those of `parser.quotes.words`, and hr, sk, sl, bg, hi, fa and ms.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

MAX_TEXT = 300
"""Characters. Nobody thanks at greater length without saying something."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one language that writes blanks between words."""

    thanks: frozenset[str]
    courtesy: frozenset[str]
    """May stand anywhere, and alone."""
    reasons: frozenset[str]
    """What people thank for: only beside thanks, and behind it unless the verb comes last."""
    verb_last: bool = False


def _words(thanks: str, courtesy: str, reasons: str, *, verb_last: bool = False) -> _Words:
    return _Words(*(frozenset(row.casefold().split()) for row in (thanks, courtesy, reasons)), verb_last)


_SPACED = (
    # en
    _words(
        "thanks thank thankyou thx thanx thnx tnx ty tysm tks cheers appreciated appreciate grateful thankful kudos",
        "ok okay okey k great perfect awesome wonderful brilliant fantastic amazing excellent super cool lovely nice "
        "good alright fine noted understood got it received with and hi hello hey dear sir madam team all guys folks "
        "everyone support you u you're today have a an lovely day weekend week evening afternoon night one best kind warm regards "
        "wishes yours sincerely truly respectfully bye take care so very much many lot big huge million tons really "
        "again too i i'm we am are is be it's that's your efforts job well done bless god from me us of the cheers",
        "for your the my this that quick fast prompt swift speedy rapid immediate great kind helpful detailed clear "
        "friendly patient professional help helping assistance assisting reply replies replying response responses "
        "responding answer answers answering feedback update updates updating info information explanation "
        "explaining clarification clarifying service time effort efforts patience understanding attention "
        "cooperation advice message email mail letting know confirming confirmation everything solving resolving "
        "fixing sorting out getting back to work support in such all today",
    ),
    # es
    _words(
        "gracias agradezco agradecido agradecida agradecidos agradecemos agradecer",
        "ok vale perfecto genial estupendo excelente muy bien bueno buena entendido recibido de acuerdo hola buenos "
        "días dias buenas tardes noches estimado estimada estimados señor señores equipo un una saludo saludos "
        "cordiales cordial atentamente feliz buen día dia fin semana abrazo muchas muchísimas muchisimas mil mucho "
        "infinitas y a ustedes usted todos le les te lo nuevo igualmente amable amables que tenga tengan ten eres sois son",
        "por su tu vuestra la el las los rápida rapida pronta inmediata ayuda atención atencion respuesta respuestas "
        "servicio tiempo apoyo soporte paciencia información informacion aclaración aclaracion aclararlo "
        "explicación explicacion responder contestar ayudarme rapidez amabilidad todo gestión gestion colaboración "
        "informarme avisar tan en con",
    ),
    # pt
    _words(
        "obrigado obrigada obrigados obrigadas valeu obg brigado brigada agradeço agradeco agradecido agradecida agradecemos",
        "ok certo perfeito ótimo otimo excelente maravilha beleza entendido recebido olá ola oi bom boa dia tarde "
        "noite prezado prezada prezados equipe equipa senhor um uma abraço abraco abraços cumprimentos cordialmente "
        "atenciosamente att muito muitíssimo mesmo de novo novamente e a o todos vocês voces você voce igualmente "
        "fim semana ótima otima tenha tenham",
        "pela pelo pelas pelos sua seu ajuda atenção atencao resposta respostas retorno rápida rapida rápido rapido "
        "rapidez prontidão suporte apoio serviço atendimento tempo paciência paciencia informação informações "
        "esclarecimento esclarecimentos explicação explicações por tudo responder ajudar me em excelente",
    ),
    # fr
    _words(
        "merci remercie remercions mercii remerciements reconnaissant",
        "ok d'accord parfait super génial genial excellent très tres bien reçu recu noté note compris bonjour bonsoir "
        "cher chère madame monsieur messieurs équipe equipe à a vous tous toutes toute l'équipe bonne journée journee "
        "soirée soiree week-end weekend fin de semaine cordialement bien sincèrement salutations distinguées "
        "beaucoup infiniment mille grand un encore et je nous te chaleureusement sincèrement pareillement également",
        "pour votre vos ta tes la le les l' cette réponse reponse réponses aide rapide rapides rapidité réactivité "
        "reactivite retour soutien support service temps patience information informations explication explications "
        "éclaircissements tout ce de m'avoir nous répondu aidé aide si prompte efficacité disponibilité gentillesse "
        "d'avoir",
    ),
    # de
    _words(
        "danke dank dankeschön dankeschoen dankesehr dankend bedanke bedanken merci vergelt's dankbar",
        "ok okay alles klar perfekt super prima toll klasse sehr gut schön schoen wunderbar ausgezeichnet spitze "
        "verstanden erhalten hallo guten tag morgen abend liebe lieber liebes sehr geehrte geehrter damen herren frau "
        "herr team ihnen euch dir ihr sie du viele vielen herzlichen besten lieben tausend nochmals nochmal noch "
        "einmal ich wir mich uns und an das ganze mit freundlichen freundliche grüßen grüße gruß gruss gruesse lg mfg "
        "vg schönen schönes wochenende feierabend wünsche wünschen einen ein gleichfalls ebenso schöne schoene",
        "für fuer die der den das ihre ihr eure deine ihren ihrer schnelle schnellen rasche prompte zügige gute tolle "
        "nette super freundliche ausführliche kompetente hilfe unterstützung unterstuetzung antwort antworten "
        "rückmeldung rueckmeldung auskunft info infos information informationen erklärung aufklärung bearbeitung "
        "mühe muehe geduld zeit service nachricht support bemühungen verständnis nettigkeit kundenservice so bei",
        verb_last=True,
    ),
    # it
    _words(
        "grazie ringrazio ringraziamo ringraziamenti grata grato",
        "ok va bene perfetto ottimo benissimo capito ricevuto d'accordo buongiorno buonasera salve ciao gentile "
        "gentili signori team tutti a voi lei te mille infinite tante molte ancora di cuore e vi la ti le cordiali "
        "saluti distinti un saluto buona buon giornata serata lavoro fine settimana weekend molto davvero altrettanto",
        "per il lo la i vostro vostra suo sua tuo tua rapida veloce pronta risposta riscontro aiuto assistenza "
        "supporto disponibilità disponibilita cortesia gentilezza tempo pazienza informazione informazioni "
        "chiarimento chiarimenti spiegazione servizio tutto avermi aiutato risposto così velocemente celere",
    ),
    # nl
    _words(
        "bedankt dank dankje dankjewel dankuwel dankt thanks thx",
        "ok oké oke prima perfect top super geweldig fijn mooi goed helder duidelijk begrepen ontvangen hallo hoi "
        "beste geachte heer mevrouw team goedemorgen goedemiddag u je jullie jou allemaal wel zeer heel erg veel "
        "hartelijk nogmaals en met vriendelijke groet groeten groetjes mvg fijne dag avond weekend een prettige "
        "hartelijke ook hetzelfde ik wij",
        "voor de het uw je jullie snelle vlotte goede fijne prettige hulp reactie antwoord ondersteuning support "
        "uitleg informatie info service tijd moeite geduld bericht terugkoppeling alles zo snel",
    ),
    # da, no
    _words(
        "tak takk tusentakk takker takknemlig",
        "ok okay fint super perfekt flott supert forstått forstået modtaget mottatt hej hei kære kjære team alle jer "
        "dere dig deg dem skal i du have ha mange tusen tusind tusinde så meget mye veldig hjertelig igen igjen og "
        "med venlig vennlig hilsen mvh god dag weekend helg helgen en fortsat fortsatt jeg vi bare i lige måde",
        "for hjælp hjælpen hjelp hjelpen svar svaret din jeres deres hurtig hurtigt hurtige raskt rask raske support info "
        "information informasjon informasjonen tiden tid service tålmodighed tålmodighet forklaring forklaringen "
        "tilbagemelding tilbakemelding tilbakemeldingen alt det den gode fine god",
    ),
    # sv
    _words(
        "tack tackar tacksam",
        "ok okej perfekt toppen bra utmärkt super uppfattat mottaget hej kära team alla er dig så mycket hemskt många "
        "tusen stort varmt igen och med vänlig vänliga hälsning hälsningar mvh trevlig dag helg en ha det detsamma "
        "jag vi ",
        "för hjälp hjälpen svar svaret ditt ert din er snabb snabba snabbt support info information informationen "
        "tiden tid service tålamod förklaring förklaringen återkoppling allt den det fina",
    ),
    # ru
    _words(
        "спасибо спс спасибочки благодарю благодарим благодарна благодарен благодарны признателен признательна",
        "ок окей хорошо отлично супер прекрасно замечательно понял поняла понятно ясно принято получил получила "
        "здравствуйте добрый день вечер привет уважаемые коллеги команда поддержка вам вас тебе всем всего доброго "
        "хорошего дня вечера с уважением большое огромное огромнейшее очень еще ещё раз и от души сердечно я мы "
        "взаимно удачи",
        "за ваш вашу ваше твою быстрый быструю скорый оперативный оперативную подробный подробную помощь ответ "
        "ответы поддержку содействие информацию разъяснение разъяснения пояснение внимание понимание терпение время "
        "работу обратную связь оперативность отзывчивость сотрудничество то что помогли ответили всё все так быстро",
    ),
    # uk
    _words(
        "дякую дякуємо спасибі дяка вдячний вдячна вдячні",
        "ок добре чудово супер зрозуміло зрозумів зрозуміла отримав отримала прийнято вітаю добрий день вечір вам вас "
        "тобі всім усім гарного дня вечора з повагою дуже щиро велике ще раз і я ми навзаєм команда",
        "за вашу ваш ваше швидку швидкий оперативну допомогу відповідь підтримку інформацію роз'яснення пояснення "
        "увагу розуміння терпіння час роботу оперативність все так швидко",
    ),
    # pl
    _words(
        "dziękuję dziekuje dzięki dzieki dziękujemy dziękówka podziękowania podziękowaniami wdzięczny wdzięczna",
        "ok dobrze super świetnie swietnie doskonale rozumiem jasne otrzymałem otrzymałam witam dzień dobry cześć "
        "szanowni państwo pan pani zespół bardzo serdecznie wielkie ogromne jeszcze raz i państwu panu wam ci miłego "
        "dnia wieczoru weekendu pozdrawiam pozdrowienia z poważaniem wzajemnie my ja wszystkim",
        "za pomoc szybką szybka szybki szybkie odpowiedź odpowiedz odpowiedzi wsparcie informację informacje "
        "wyjaśnienie wyjaśnienia czas cierpliwość wyrozumiałość obsługę zaangażowanie wiadomość państwa pana pani "
        "twoją tak sprawną sprawne wszystko",
    ),
    # tr
    _words(
        "teşekkür teşekkürler tesekkur tesekkurler teşekkürlerimi teşekkürlerimle tşk tşkler sağol sağolun sagol "
        "eyvallah minnettarım",
        "tamam tamamdır peki harika süper mükemmel güzel anladım aldım merhaba selam iyi günler geceler akşamlar "
        "çalışmalar kolay gelsin hayırlı günler dilerim dileriz sayın yetkili ekip ekibi çok cok ederim ederiz "
        "ediyorum ediyoruz sunarım tekrar tekrardan size sizlere hepinize sana ve saygılarımla saygılar sevgiler "
        "ellerinize sağlık var olun",
        "için icin hızlı hizli çabuk kısa sürede yardımınız yardımlarınız yardiminiz yardım desteğiniz destek ilginiz "
        "ilgi alakanız cevabınız cevap yanıtınız yanıt dönüşünüz geri dönüş bilgi bilgilendirme bilgilendirmeniz "
        "açıklama açıklamanız zaman anlayışınız sabrınız hizmet hizmetiniz her şey bu",
        verb_last=True,
    ),
    # vi
    _words(
        "cảm cám camon thanks tks",
        "ơn on ok oke vâng dạ được rồi tốt tuyệt vời hiểu nhận xin chào kính gửi bạn anh chị em các quý công ty ad "
        "admin shop team rất nhiều lắm nhé nha ạ ad chân thành trân trọng một lần nữa và mình tôi chúc ngày lành vui "
        "vẻ cuối tuần đã mọi người lần thật sự",
        "vì sự giúp đỡ hỗ trợ phản hồi trả lời nhanh chóng thông tin giải thích đáp thời gian kiên nhẫn của cho hồi "
        "âm kịp thời nhiệt tình",
    ),
    # id, ms
    _words(
        "terima terimakasih makasih makasi trims tq tqvm trm",
        "kasih ok oke baik siap mantap bagus sip dimengerti diterima halo hai selamat pagi siang sore malam tengah "
        "hari pak bu bapak ibu min admin tim kak kakak banyak sangat sekali lagi ya dan kepada semua semuanya salam "
        "hormat kami saya sama baik hari menyenangkan semoga sukses ribu jutaan",
        "atas untuk bantuan bantuannya bantuan respon responnya respons balasan balasannya jawaban jawabannya cepat "
        "cepatnya tanggapan tanggapannya dukungan dukungannya informasi informasinya penjelasan penjelasannya waktu "
        "waktunya kesabaran pelayanan layanan anda kerja samanya maklumat maklum balas yang pantas",
    ),
    # ar
    _words(
        "شكرا شكرًا شكراً شكر أشكرك أشكركم اشكرك اشكركم نشكركم مشكور مشكورين مشكورة ممتن تشكرات",
        "حسنا حسناً تمام ممتاز رائع جيد طيب أوكي اوكي مرحبا أهلا السلام عليكم ورحمة الله وبركاته تحية طيبة السادة فريق "
        "الدعم لك لكم جزيلا جزيلاً كثيرا كثيراً جدا جداً مرة أخرى جميعا ألف مع التحية تحياتي خالص يوم سعيد يومك بارك فيك "
        "فيكم وبارك جزاك جزاكم خيرا خيراً الله كل تم الاستلام يا",
        "على مساعدتك مساعدتكم المساعدة ردك ردكم الرد السريع السريعة سرعة الدعم دعمكم دعمك وقتك وقتكم صبركم التوضيح "
        "توضيحكم المعلومات تعاونكم اهتمامكم اهتمامك خدمتكم حسن من لكل شيء",
    ),
    # fa
    _words(
        "ممنون ممنونم متشکرم متشکر مرسی سپاس سپاسگزارم سپاسگزار تشکر",
        "خیلی بسیار باشه عالی خوب سلام درود وقت بخیر شما از با و زیاد فراوان روز خوش خسته نباشید",
        "بابت برای پاسخ پاسخگویی سریع کمک راهنمایی راهنماییتون پشتیبانی توضیحات توضیح وقتتون پیگیری",
        verb_last=True,
    ),
    # he
    _words(
        "תודה תודות מודה מודים תודהה",
        "אוקיי אוקי בסדר מעולה מצוין נהדר סבבה קיבלתי הבנתי שלום היי צוות לכם לך לכולם רבה ענקית המון מאוד שוב ו "
        "בברכה יום טוב נעים שבוע סוף שבת כל אני אנחנו",
        "על העזרה עזרתך עזרתכם התשובה תשובתך המענה המהיר המהירה מהיר מהירה השירות התמיכה הסבלנות המידע ההסבר הזמן "
        "היחס האדיב הכל",
    ),
    # fi
    _words(
        "kiitos kiitti kiitoksia kiitän kiitämme",
        "ok selvä hyvä hienoa mahtavaa loistavaa hei terve paljon oikein tuhannet vielä ja teille sinulle kaikille "
        "ystävällisin terveisin terv hyvää päivää päivänjatkoa viikonloppua kerran todella",
        "avusta avustasi avustanne vastauksesta vastauksestasi nopeasta nopea tiedosta tiedoista tuesta palvelusta "
        "ajasta kaikesta selvityksestä",
        verb_last=True,
    ),
    # cs, sk
    _words(
        "děkuji dekuji děkuju děkujeme díky diky dík dekuju ďakujem dakujem ďakujeme vďaka vdaka vďačný",
        "ok dobře dobre super skvělé skvele výborně vyborne rozumím rozumiem přijato dobrý deň den ahoj vážení tým vám "
        "vam ti moc mnohokrát mnohokrat velmi veľmi pekne krásně hezký pekný víkend ještě jednou ešte raz a i s "
        "pozdravem pozdravom přeji prajem srdečně srdečne všem všetkým",
        "za pomoc rychlou rychlú rýchlu rýchlou odpověď odpoveď podporu informaci informace informácie vysvětlení "
        "vysvetlenie čas trpělivost trpezlivosť ochotu vaši vašu tvoji tvoju vše všetko reakci reakciu",
    ),
    # hu
    _words(
        "köszönöm koszonom köszi koszi köszönjük köszönet köszönettel kösz hálás",
        "ok rendben szuper remek nagyszerű kiváló értem megkaptam szia helló tisztelt üdvözlettel üdv szép napot jó "
        "estét hétvégét nagyon szépen szepen mindenkinek önnek önöknek még egyszer és is",
        "a az segítséget segitseget segítségét segítségüket választ valaszt válaszát gyors gyorsan tájékoztatást "
        "információt információkat támogatást türelmét türelmüket idejét",
        verb_last=True,
    ),
    # ro
    _words(
        "mulțumesc multumesc mulţumesc mulțumim multumim mersi merci recunoscător",
        "ok bine perfect excelent super înțeles inteles primit bună buna ziua salut stimată echipă echipa vă va mult "
        "foarte frumos încă o dată și si o zi seară weekend plăcut cu stimă respect toate cele",
        "pentru ajutor ajutorul răspuns raspuns răspunsul raspunsul rapid prompt promptitudine sprijin sprijinul "
        "informații informatii informațiile explicații timpul răbdare tot dumneavoastră acordat",
    ),
    # el
    _words(
        "ευχαριστώ ευχαριστω ευχαριστούμε ευχαριστίες ευγνώμων thanks",
        "οκ εντάξει τέλεια τελεια υπέροχα ωραία καλά κατάλαβα ελήφθη γεια σας σου καλημέρα καλησπέρα πολύ πολυ πάρα "
        "θερμά και πάλι ξανά καλή καλό ημέρα μέρα βράδυ σαββατοκύριακο με εκτίμηση χαιρετισμούς όλους",
        "για την τη το τις τα γρήγορη γρηγορη άμεση απάντηση απαντηση βοήθεια βοηθεια εξυπηρέτηση υποστήριξη "
        "πληροφορίες ενημέρωση χρόνο υπομονή όλα",
    ),
    # bg
    _words(
        "благодаря благодарим мерси благодарности",
        "ок добре супер чудесно отлично разбрах получих здравейте добър ден вечер ви вам много сърдечно още веднъж и "
        "хубав приятен уикенд с уважение поздрави екип на всички",
        "за бързия бързата помощта помощ отговора отговор съдействието информацията разяснението търпението времето "
        "вашия вашата",
    ),
    # hr, sl
    _words(
        "hvala zahvaljujem zahvaljujemo zahvalan zahvalna hvalaa najlepša",
        "ok dobro odlično super u redu v redu razumijem razumem primljeno pozdrav bok zdravo poštovani spoštovani "
        "lijep lep lepo lijepa lijepo lepa puno vam ti svima vsem najlepše još jednom še enkrat i in lp želim ugodan "
        "dan večer vikend s poštovanjem spoštovanjem",
        "na za pomoći pomoč pomoć odgovoru odgovor brzom brzi hiter hitri podršci podporo informaciji informacijama "
        "informacije strpljenju potrpljenje vremenu čas trud vašoj svemu vse",
    ),
    # ca
    _words(
        "gràcies gracies agraeixo agraït agraïda",
        "ok perfecte genial molt bé entès rebut hola bon dia bona tarda nit salutacions cordials atentament moltes "
        "moltíssimes mil i a vosaltres vostè tothom cap de setmana",
        "per la el les els vostra seva teva ajuda resposta ràpida atenció suport informació aclariment temps paciència "
        "tot",
    ),
    # hi
    _words(
        "धन्यवाद शुक्रिया आभार आभारी dhanyavaad dhanyavad shukriya",
        "ठीक है अच्छा बहुत बढ़िया नमस्ते आपका आपको आप जी सर टीम हूँ हूं बहुत सादर शुभ दिन और सभी का bahut aapka ji",
        "के की को लिए मदद सहायता त्वरित उत्तर जवाब जानकारी समय सहयोग धैर्य",
        verb_last=True,
    ),
)

# Languages without blanks between words: a whole sentence, of phrases in their order.
_CHINESE = re.compile(
    r"(?:(?:ok|okay|好的?|好滴|好嘞|嗯+|哦+|噢|行|收到|已收到|已阅|了解|瞭解|明白了?|知道了|没问题|沒問題|太好了|太棒了|很好|真棒|厉害|"
    r"客服|小姐姐|小哥哥|大家|各位|团队|團隊|工作人员|亲|親|您好|你好|哈哈+|嘻嘻+|[呵嘿]+|那|那就)\s*)*"
    r"(?:(?:再次|真的?|真是|真心|非常|十分|万分|萬分|特别|特別|很|太|超级|超級|衷心|由衷|深表|表示|实在|實在|最|先行)*\s*"
    r"(?:谢谢|謝謝|感谢|感謝|多谢|多謝|谢谢谢谢|谢啦|謝啦|谢了|謝了|感恩|感激|谢过|三克油|辛苦|有劳了|有勞了|thx|thanks|thank you)"
    r"(?:不尽|不盡|之至|万分)?\s*"
    r"(?:(?:了|啦|啊|呀|哈|哦|喔|您|你|您们|你们|你們|贵司|貴司|贵公司|貴公司|客服|小姐姐|小哥哥|大家|各位|团队|團隊|工作人员|亲|们|们|們)\s*)*"
    r"(?:(?:对我|给我|為我|为我)?的?(?:(?:耐心|及时|及時|快速|迅速|热心|熱心|热情|細心|细心|专业|專業|积极|認真|认真|宝贵|"
    r"大力|详细|詳細|的|地|和|与|與|、|及)*(?:帮助|幫助|帮忙|幫忙|支持|回复|回覆|答复|答覆|解答|解释|解釋|说明|說明|服务|服務|协助|協助|"
    r"配合|理解|关注|關注|反馈|回信|告知|提醒|时间|時間|付出|努力|工作))*)?"
    r"(?:了|啦|啊|呀|哈|哦|喔|！)*)?"
    r"(?:\s*(?:祝(?:您|你|你们|大家|好|贵司|貴司)*(?:(?:工作|生活|周末|週末|一切|万事|新年|节日|節日)?(?:愉快|顺利|順利|快乐|快樂|开心|"
    r"如意|安好|商祺)?)*|此致|敬礼|敬禮|顺颂商祺|晚安|再见|拜拜))?"
)
_JAPANESE = re.compile(
    r"(?:(?:どうも|本当に|誠に|大変|とても|心より|早速の?|迅速な?|素早い|丁寧な?|ご丁寧な?|親切な?|いつも|この度は|先日は|"
    r"(?:ご|お)?(?:対応|返信|回答|連絡|返事|説明|案内|サポート|協力|教示|手配|配慮)|助けて|教えて|対応して|返信して|"
    r"して|いただき|頂き|いただいて|くださり|下さり|まして|を|に|の|も|は|と|で|、|へ|"
    r"ありがとう|有難う|有り難う|御座います|ございます|ございました|感謝(?:して)?(?:おり|い)?(?:ます|致します|いたします|申し上げます|です)?|"
    r"助かり(?:ます|ました)|お礼申し上げます|御礼申し上げます|サンキュー|"
    r"了解(?:です|しました|いたしました|致しました)?|承知(?:しました|いたしました|致しました)|"
    r"(?:わ|分)かりました|かしこまりました|"
    r"お世話になって?(?:おり|い)?(?:ます|ました)|お世話になり(?:ます|ました)|お疲れ様(?:です|でした)?|こんにちは|"
    r"(?:今後とも|引き続き|何卒|どうぞ)?(?:よろしく|宜しく)(?:お願い)?(?:いた|致)?(?:し(?:ます)?|申し上げます)?|"
    r"失礼(?:いたし|致し|し)ます|ok|です|[ー〜~w笑])\s*)+"
)
_KOREAN = re.compile(
    r"(?:(?:네+|넵|예|아|오|오케이|ok|좋(?:아요|습니다|네요)|알겠습니다|알겠어요|확인했(?:습니다|어요)|잘\s*받았(?:습니다|어요)|"
    r"안녕하세요|정말|너무|매우|대단히|진심으로|많이|항상|늘|다시\s*한\s*번|빠른|신속한|신속하게|빠르게|친절한|친절하게|자세한|상세한|"
    r"(?:답변|답장|회신|도움|도와|상담|안내|설명|대응|지원|서비스|응대|알려|처리)(?:을|를|에|도|해|까지)?|"
    r"(?:해)?\s*(?:주셔서|주시고|주신\s*점|주신)|덕분에|"
    r"감사(?:합니다|해요|드립니다|드려요|했습니다|드리며|하고요?|요)?|고맙(?:습니다|네요)|고마(?:워요?|웠습니다)|땡큐|ㄱㅅ|"
    r"좋은\s*(?:하루|주말|저녁|밤)|즐거운\s*(?:하루|주말)|(?:되세요|보내세요|되시길|바랍니다)|"
    r"수고(?:하세요|하셨습니다|많으셨습니다|많으십니다)|[ㅎㅋㅠ^~]+)\s*)+"
)
_THAI = re.compile(
    r"(?:(?:ขอบคุณ|ขอบพระคุณ|ขอบใจ|แต๊งกิ้ว|ขอบคุณมาก|มากๆ?|มากมาย|เลย|จริงๆ|อีกครั้ง|ๆ|ครับ|ค่ะ|คะ|คับ|ค่า|จ้า|จ้ะ|นะ|"
    r"โอเค|ok|รับทราบ|เข้าใจแล้ว|ได้รับแล้ว|สวัสดี|ทีมงาน|แอดมิน|ทุกคน|ทุกท่าน|คุณ|สำหรับ|"
    r"ความ(?:ช่วยเหลือ|กรุณา|รวดเร็ว)|การ(?:ช่วยเหลือ|ตอบกลับ|บริการ|สนับสนุน)|คำ(?:ตอบ|แนะนำ|อธิบาย)|ข้อมูล|บริการ|"
    r"ที่(?:ช่วย(?:เหลือ)?|ตอบ(?:กลับ)?|ให้บริการ|แจ้ง)|อย่าง(?:รวดเร็ว|ดี)|รวดเร็ว|ดีๆ|และ|ด้วย(?=ความเคารพ)|ความเคารพ)\s*)+"
)
_UNSPACED = (
    (_CHINESE, re.compile(r"[谢謝感]|辛苦|三克油|有[劳勞]|thx|thank")),
    (_JAPANESE, re.compile(r"ありがと|有り?難う|感謝|助かり|礼申し|サンキュー")),
    (_KOREAN, re.compile(r"감사|고맙|고마|땡큐|ㄱㅅ")),
    (_THAI, re.compile(r"ขอบ|แต๊งกิ้ว")),
)
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*['’]?", re.UNICODE)
_SENTENCES = re.compile(r"[.!…,;:、。！，；：，؛،।\n\r|/•·—–-]{1,20}(?=\s|$|[^\w])|[\n\r。！，、；：।]|(?<=\w)[.!,](?=\s|$)")
_SMILEY = re.compile(r"(?<!\w)[:;=8]['’]?-?[)D\]pP3*](?!\w)|<3|\^_?\^|\b[xX]D+\b|\(:")
_SAYS_MORE = re.compile(r"[\d@?？؟/\\%$€£¥#<>]|https?:|www\.|:-?[(/\[|]")
# What stands alone behind thanks, with a capital letter, and is nobody's name.
_NO_NAMES = frozenset(
    "refund refunds money payment payout withdrawal deposit card order account invoice ticket urgent pending waiting "
    "status update help no yes not still but however geld karte konto auszahlung einzahlung rückerstattung rechnung "
    "dringend nein ja dinero reembolso tarjeta cuenta pago urgente argent remboursement compte carte denaro rimborso "
    "conto dinheiro conta reembolso pieniądze zwrot konto деньги возврат карта счет вывод нет да жду".split()
)


def is_mere_thanks(text: str, names: Sequence[str] = ()) -> bool:
    """Whether a text thanks and says nothing else. `names` are those of its writer; anybody's may be addressed."""
    text = unicodedata.normalize("NFC", text[: MAX_TEXT + 1]).strip()
    if not text or len(text) > MAX_TEXT:
        return False
    plain = _without_pictures(_SMILEY.sub(" ", text))
    if _SAYS_MORE.search(plain):
        return False
    thanked = False
    own = {word.casefold() for name in names for word in _WORD.findall(name)}
    sentences = [one.strip(" \t\u00a0\"'“”„«»()[]*_~") for one in _SENTENCES.split(plain)]
    sentences = [one for one in sentences if _WORD.search(one)]
    for index, sentence in enumerate(sentences):
        verdict = _judged(sentence, own)
        last = index >= len(sentences) - 2
        if verdict is None and not (thanked and last and (_is_name(sentence, own) or _is_addressed(sentence))):
            return False
        thanked = thanked or verdict == "thanks"
    return thanked


def _judged(sentence: str, own: set[str]) -> str | None:
    """ "thanks", "courtesy", or None where a sentence says anything else."""
    low = sentence.casefold()
    for pattern, sign in _UNSPACED:
        if pattern.fullmatch(low):
            return "thanks" if sign.search(low) else "courtesy"
    spelled = _WORD.findall(sentence)
    words = [word.casefold().replace("’", "'").rstrip("'") for word in spelled]
    found = None
    for row in _SPACED:
        at = next((index for index, word in enumerate(words) if word in row.thanks), None)
        if at is None:
            if all(word in row.courtesy or word in own for word in words):
                found = found or "courtesy"
            continue
        before = row.courtesy | row.reasons if row.verb_last else row.courtesy
        if all(word in before or word in own for word in words[:at]) and _rest(row, words, spelled, at + 1, own):
            return "thanks"
    return found


def _rest(row: _Words, words: Sequence[str], spelled: Sequence[str], start: int, own: set[str]) -> bool:
    """Whether the words behind the thanks are nothing but reasons, courtesies and at most two names."""
    allowed = row.thanks | row.courtesy | row.reasons
    strange = [spelled[index] for index in range(start, len(words)) if words[index] not in allowed | own]
    if not strange:
        return True
    # "Thank you so much, Ben" without its comma: a name comes last, and no reason stands before it.
    last = list(spelled[len(spelled) - len(strange) :])
    return len(strange) <= 2 and strange == last and all(word.istitle() and word.casefold() not in _NO_NAMES for word in strange)


def _is_name(sentence: str, own: set[str]) -> bool:
    """Whether a sentence, the last of a text, names its writer; where nobody knows the name, "Ana Muster" can be one."""
    words = _WORD.findall(sentence)
    known = sum(word.casefold() in own for word in words)
    can_be = len(words) <= 3 and all(word[0].isupper() and word[1:] in ("", word[1:].lower()) for word in words)
    return known == len(words) or (can_be and (known > 0 or (not own and len(words) > 1)))


def _is_addressed(sentence: str) -> bool:
    """Whether a sentence can be the first name of whom a text thanks: "Ben" of "Thanks, Ben"."""
    words = _WORD.findall(sentence)
    return len(words) == 1 and words[0].istitle() and words[0].casefold() not in _NO_NAMES


def _without_pictures(text: str) -> str:
    """A text without emoji and the characters that join them."""
    return "".join(" " if unicodedata.category(one) in ("So", "Sk", "Cf", "Cn", "Co") else one for one in text)
