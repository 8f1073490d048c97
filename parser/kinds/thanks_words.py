"""The words of thanks, by language: a language is added by a row.

The languages are those of `parser.quotes.words`, and sk, sl, hr, bg, hi, fa and ms.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language that writes blanks between words."""

    thanks: frozenset[str]
    courtesy: frozenset[str]
    """May stand anywhere, and alone."""
    reasons: frozenset[str]
    """What people thank for: only beside thanks, and behind it unless the verb comes last."""
    verb_last: bool = False


def _set(words: str) -> frozenset[str]:
    return frozenset(words.casefold().split())


def _words(thanks: str, courtesy: str, reasons: str, *, verb_last: bool = False) -> Words:
    return Words(_set(thanks), _set(courtesy), _set(reasons), verb_last)


NO_NAMES = _set(
    "refund refunds money payment payout withdrawal deposit card order account invoice ticket urgent pending waiting "
    "status update help no yes not still but however geld karte konto auszahlung einzahlung rückerstattung rechnung "
    "dringend nein ja dinero reembolso tarjeta cuenta pago urgente argent remboursement compte carte denaro rimborso "
    "conto dinheiro conta reembolso pieniądze zwrot деньги возврат карта счет вывод нет да жду"
)
"""What stands alone behind thanks, with a capital letter, and is nobody's name."""

TITLES = _set(
    "mr mrs ms dr sir frau herr herrn señor señora sr sra senhor senhora monsieur madame m mme signor signora "
    "mevrouw meneer pan pani bay bayan pak bu bapak ibu anh chị em"
)

SPACED = (
    # en
    _words(
        "thanks thank thankyou thx thanx thnx tnx ty tysm tks cheers appreciated appreciate grateful thankful kudos",
        "ok okay okey k indeed ton tons bunch heaps loads quick great stuff superb terrific marvelous marvellous "
        "splendid outstanding top notch sweet neat "
        "kindly both mate mates man buddy folks legend star lifesaver rock that was that's service all-right cool "
        "nicely dearly immensely endlessly enormously extremely always perfect awesome wonderful brilliant fantastic "
        "amazing excellent super cool lovely nice "
        "good alright fine noted understood got it received with and hi hello hey dear sir madam team all guys folks "
        "everyone support you u you're today have a an lovely day weekend week evening afternoon night one best kind "
        "warm regards "
        "wishes yours sincerely truly respectfully bye take care so very much many lot big huge million tons really "
        "again too i i'm we am are is be it's that's your efforts job well done bless god from me us of the cheers",
        "for your the my this that quick invaluable wonderful amazing excellent outstanding super thorough kind "
        "courteous hard hospitality quickly promptly fast swiftly always being so fast prompt swift speedy rapid "
        "immediate great kind helpful detailed clear "
        "friendly patient professional help helping assistance assisting reply replies replying response responses "
        "responding answer answers answering feedback update updates updating info information explanation "
        "explaining clarification clarifying service time effort efforts patience understanding attention "
        "cooperation advice message email mail letting know confirming confirmation everything solving resolving "
        "fixing sorting out getting back to work support in such all today",
    ),
    # es
    _words(
        "gracias agradezco agradecido agradecida agradecidos agradecemos agradecer",
        "ok vale feliz tarde noche linda bonita perfecto fenomenal fantástico fantastico maravilloso listo dale "
        "buenísimo chévere servicio "
        "excelente muy gran de corazón corazon sinceramente genial estupendo excelente muy bien bueno buena "
        "entendido recibido de acuerdo hola buenos "
        "días dias buenas tardes noches estimado estimada estimados señor señores equipo un una saludo saludos "
        "cordiales cordial atentamente feliz buen día dia fin semana abrazo muchas muchísimas muchisimas mil mucho "
        "infinitas y a ustedes usted todos le les te lo nuevo igualmente amable amables que tenga tengan ten eres "
        "sois son",
        "por su tu vuestra la el gran excelente buena buen inmediata amable ágil eficaz valiosa orientación "
        "eficiencia profesionalismo las los rápida rapida pronta inmediata ayuda atención atencion respuesta "
        "respuestas "
        "servicio tiempo apoyo soporte paciencia información informacion aclaración aclaracion aclararlo "
        "explicación explicacion responder contestar ayudarme rapidez amabilidad todo gestión gestion colaboración "
        "informarme avisar tan en con",
    ),
    # pt
    _words(
        "obrigado obrigada obrigados obrigadas valeu obg brigado brigada agradeço agradeco agradecido agradecida "
        "agradecemos",
        "ok certo perfeito show massa joia jóia blz valeu maravilhoso fantástico sensacional top coração tudo "
        "imensamente sinceramente ótimo otimo excelente maravilha beleza entendido recebido olá ola oi bom boa dia "
        "tarde "
        "noite prezado prezada prezados equipe equipa senhor um uma abraço abraco abraços cumprimentos cordialmente "
        "atenciosamente att muito muitíssimo mesmo de novo novamente e a o todos vocês voces você voce igualmente "
        "fim semana ótima otima tenha tenham",
        "pela pelo pelas pelos sua excelente ótimo ótima boa bom gentil gentileza cordialidade eficiência agilidade "
        "valiosa seu ajuda atenção atencao resposta respostas retorno rápida rapida rápido rapido "
        "rapidez prontidão suporte apoio serviço atendimento tempo paciência paciencia informação informações "
        "esclarecimento esclarecimentos explicação explicações por tudo responder ajudar me em excelente",
    ),
    # fr
    _words(
        "merci remercie remercions mercii remerciements reconnaissant",
        "ok d'accord parfait formidable nickel impeccable magnifique extra top sympa chapeau sincères énormément "
        "vivement super génial genial excellent très tres bien reçu recu noté note compris bonjour bonsoir "
        "cher chère madame monsieur messieurs équipe equipe à a vous tous toutes toute l'équipe bonne journée journee "
        "soirée soiree week-end weekend fin de semaine cordialement bien sincèrement salutations distinguées "
        "beaucoup infiniment mille grand un encore et je nous te chaleureusement sincèrement pareillement également",
        "pour votre vos ta tes précieuse précieux précieuses excellente excellent grande bonne bon efficace "
        "amabilité professionnalisme la le les l' cette réponse reponse réponses aide rapide rapides rapidité "
        "réactivité "
        "reactivite retour soutien support service temps patience information informations explication explications "
        "éclaircissements tout ce de m'avoir nous répondu aidé aide si prompte efficacité disponibilité gentillesse "
        "d'avoir",
    ),
    # de
    _words(
        "danke dank dankeschön dankeschoen dankesehr dankend bedanke bedanken merci vergelt's dankbar",
        "ok okay alles klar ganz herzlich herzlichst liebsten allerbesten klasse prima bestens wunderbar "
        "hervorragend einwandfrei genial mega spitzenmäßig service kundenservice top wünsche euch noch auch perfekt "
        "super prima toll klasse sehr gut schön schoen wunderbar ausgezeichnet spitze "
        "verstanden erhalten hallo guten tag morgen abend liebe lieber liebes sehr geehrte geehrter damen herren frau "
        "herr team ihnen euch dir ihr sie du viele vielen herzlichen besten lieben tausend nochmals nochmal noch "
        "einmal ich wir mich uns und an das ganze mit freundlichen freundliche grüßen grüße gruß gruss gruesse lg mfg "
        "vg schönen schönes wochenende feierabend wünsche wünschen einen ein gleichfalls ebenso schöne schoene",
        "für fuer die der den umgehende umgehend zuverlässige hervorragende prima klasse blitzschnelle "
        "freundlichkeit einsatz das ihre ihr eure deine ihren ihrer schnelle schnellen rasche prompte zügige gute "
        "tolle "
        "nette super freundliche ausführliche kompetente hilfe unterstützung unterstuetzung antwort antworten "
        "rückmeldung rueckmeldung auskunft info infos information informationen erklärung aufklärung bearbeitung "
        "mühe muehe geduld zeit service nachricht support bemühungen verständnis nettigkeit kundenservice so bei",
        verb_last=True,
    ),
    # it
    _words(
        "grazie ringrazio ringraziamo ringraziamenti grata grato",
        "ok va bene perfetto fantastico splendido magnifico eccellente gentilissimi gentilissimo gentilissima "
        "sinceramente sentitamente ottimo benissimo capito ricevuto d'accordo buongiorno buonasera salve ciao gentile "
        "gentili signori team tutti a voi lei te mille infinite tante molte ancora di cuore e vi la ti le cordiali "
        "saluti distinti un saluto buona buon giornata serata lavoro fine settimana weekend molto davvero altrettanto",
        "per il lo la i vostro cortese gentile preziosa prezioso ottimo ottima grande professionalità tempestiva "
        "tempestività vostra suo sua tuo tua rapida veloce pronta risposta riscontro aiuto assistenza "
        "supporto disponibilità disponibilita cortesia gentilezza tempo pazienza informazione informazioni "
        "chiarimento chiarimenti spiegazione servizio tutto avermi aiutato risposto così velocemente celere",
    ),
    # nl
    _words(
        "bedankt dank dankje dankjewel dankuwel dankt thanks thx",
        "ok oké oke prima geweldige fantastisch uitstekend helemaal ontzettend enorm lief perfect top super geweldig "
        "fijn mooi goed helder duidelijk begrepen ontvangen hallo hoi "
        "beste geachte heer mevrouw team goedemorgen goedemiddag u je jullie jou allemaal wel zeer heel erg veel "
        "hartelijk nogmaals en met vriendelijke groet groeten groetjes mvg fijne dag avond weekend een prettige "
        "hartelijke ook hetzelfde ik wij",
        "voor de het uw je jullie snelle vlotte goede fijne prettige hulp reactie antwoord ondersteuning support "
        "uitleg informatie info service tijd moeite geduld bericht terugkoppeling alles zo snel",
    ),
    # da, no
    _words(
        "tak takk tusentakk takker takknemlig",
        "ok okay fint super fedt dejligt herligt strålende kanon glimrende kjempebra bra alt skal sætter pris "
        "perfekt flott supert forstått forstået modtaget mottatt hej hei kære kjære team alle jer "
        "dere dig deg dem skal i du have ha mange tusen tusind tusinde så meget mye veldig hjertelig igen igjen og "
        "med venlig vennlig hilsen mvh god dag weekend helg helgen en fortsat fortsatt jeg vi bare i lige måde",
        "for hjælp hjælpen hjelp hjelpen svar svaret din jeres deres hurtig hurtigt hurtige raskt rask raske support "
        "info "
        "information informasjon informasjonen tiden tid service tålmodighed tålmodighet forklaring forklaringen "
        "tilbagemelding tilbakemelding tilbakemeldingen alt det den gode fine god",
    ),
    # sv
    _words(
        "tack tackar tacksam",
        "ok okej perfekt snälla snälla jättebra underbart fantastiskt strålande så jätte jättemycket ofantligt "
        "toppen bra utmärkt super uppfattat mottaget hej kära team alla er dig så mycket hemskt många "
        "tusen stort varmt igen och med vänlig vänliga hälsning hälsningar mvh trevlig dag helg en ha det detsamma "
        "jag vi ",
        "för hjälp hjälpen svar svaret ditt ert din er snabb snabba snabbt support info information informationen "
        "tiden tid service tålamod förklaring förklaringen återkoppling allt den det fina",
    ),
    # ru
    _words(
        "спасибо спс спасибочки благодарю благодарим благодарна благодарен благодарны признателен признательна",
        "ок окей хорошо великолепно здорово класс круто премного бесконечно безмерно искренне сердечное дорогие "
        "отлично супер прекрасно замечательно понял поняла понятно ясно принято получил получила "
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
        "ok dobrze super fantastycznie wspaniale rewelacja ślicznie pięknie stokrotne stokrotnie najmocniej świetnie "
        "swietnie doskonale rozumiem jasne otrzymałem otrzymałam witam dzień dobry cześć "
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
        "tamam tamamdır elinize emeğinize yüreğinize eyvallah muhteşem süpersiniz harikasınız içten sonsuz peki "
        "harika süper mükemmel güzel anladım aldım merhaba selam iyi günler geceler akşamlar "
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
        "شكرا شكرًا جزاك جزاكم تسلم تسلموا يسلمو ممنون ممنونة امتناني شكراً شكر أشكرك أشكركم اشكرك اشكركم نشكركم "
        "مشكور مشكورين مشكورة ممتن تشكرات",
        "حسنا حسناً تمام ممتاز رائع جيد طيب أوكي اوكي مرحبا أهلا السلام عليكم ورحمة الله وبركاته تحية طيبة السادة فريق "
        "الدعم لك لكم جزيلا جزيلاً كثيرا كثيراً جدا جداً مرة أخرى جميعا ألف مع التحية تحياتي خالص يوم سعيد يومك بارك "
        "فيك "
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
