"""Words that tell languages apart: those near each other, and any in a text too short for weights ("Danke!", 至急確認).

The commonest words of short replies: greetings, thanks, answers, and what customers of a help desk ask. A word that
several languages have stands with each of them, so that it tells none; nor does a letter alone. A language is
added by a row.
"""

import re
from collections import Counter

_WORDS = {
    "en": "hello hi hey dear thanks thank thx you yes yep ok please pls help me my mine is are was the not still "
    "yet it and what where when why how who any update broken missing stuck failed pending gone lost wrong "
    "done received money deposit withdrawal account problem solved works working worked urgent sorry wait "
    "waiting good morning great sure nothing happened anyone there again already sent did do does have has "
    "had can could cannot cool this that here come",
    "de": "hallo danke dank vielen bitte helfen hilfe ja nein nicht kein keine noch immer nichts geld konto wo "
    "ist das und ich mein meine wann warum wie was guten tag morgen moin erledigt gesendet dringend gelöst "
    "geht nun wieder weg kaputt gesperrt fehlt auszahlung einzahlung gut super gerne schon heute gestern es "
    "fehler er nie",
    "nl": "hallo bedankt dank je alstublieft alsjeblieft graag help hulp ja nee niet geen nog steeds niets geld "
    "mijn waar is het en ik wanneer waarom hoe wat goedendag goedemorgen klaar gelukt verzonden dringend "
    "opgelost werkt weer weg kapot geblokkeerd opname storting goed dankjewel prima al vandaag gisteren "
    "interessant een kan ontbreekt was nu dan",
    "fr": "bonjour bonsoir salut merci beaucoup oui non pas aide aidez moi mon ma mes où est le la les et je "
    "quand pourquoi comment quoi rien toujours encore argent compte retrait dépôt bloqué urgent envoyé fait "
    "reçu résolu parfait svp s'il vous plaît tu te ici ça marche problème d'accord voilà déjà aujourd'hui "
    "hier ne me en mille va",
    "es": "hola gracias muchas sí si no por favor ayuda ayudame ayúdame mi mis dónde donde está el la los yo "
    "cuándo cuando porqué cómo qué nada todavía aún sigue dinero cuenta retiro depósito bloqueada bloqueado "
    "urgente enviado listo hecho recibido resuelto perfecto buenas buenos días tardes soy novedades ya hoy "
    "ayer falta ustedes te tu les ve me en al como cosa va",
    "pt": "olá oi obrigado obrigada muito sim não nao por favor ajuda ajudem meu minha onde está os eu quando "
    "porque como nada ainda dinheiro conta saque depósito bloqueada bloqueado urgente enviado pronto feito "
    "recebido resolvido perfeito bom boa dia tarde noite parece já hoje ontem falta vocês socorro cadê "
    "chegou resposta fui te tu do me",
    "it": "ciao salve buongiorno buonasera grazie mille sì si no per favore aiuto aiutatemi mio mia miei dove il "
    "lo io quando perché come cosa niente ancora soldi conto prelievo deposito bloccato urgente inviato "
    "fatto ricevuto risolto perfetto buon giorno prego scusate manca già oggi ieri sono arrivato va bene "
    "sta te tu non la ma ne me mi di hai ben",
    "da": "hej tak mange ja nej ikke hjælp min mit hvor er det og jeg hvornår hvorfor hvordan hvad intet stadig "
    "endnu penge konto udbetaling indbetaling spærret haster sendt færdig modtaget løst virker perfekt "
    "goddag godmorgen venligst mangler allerede nu en kan",
    "sv": "hej tack så mycket ja nej inte hjälp min mitt mina var är det och jag när varför hur vad inget "
    "fortfarande ännu pengar konto uttag insättning spärrat brådskande skickat klart mottaget löst fungerar "
    "perfekt goddag snälla saknas redan nu en kan",
    "no": "hei takk ja nei ikke hjelp min mitt hvor er det og jeg når hvorfor hvordan hva ingenting fortsatt "
    "penger konto uttak innskudd haster sendt ferdig mottatt løst virker mangler en kan",
    "pl": "dziękuję dzięki dzień dobry witam cześć tak nie proszę pomoc pomocy pomóżcie mój moje moja gdzie jest "
    "są ja kiedy dlaczego jak co nic nadal jeszcze pieniądze konto wypłata wpłata zablokowane pilne wysłane "
    "gotowe zrobione otrzymane rozwiązane działa doskonale świetnie brak już dziś wczoraj do mi me",
    "tr": "merhaba selam teşekkürler teşekkür ederim sağol sağolun evet hayır lütfen yardım benim param nerede "
    "hesabım hesap ve ben ne zaman neden nasıl hiçbir hala hâlâ henüz para çekme yatırma bloke acil "
    "gönderdim gönderildi tamam geldi gelmedi çözüldü mükemmel günaydın günler iyi yok var değil için bir "
    "bu kayıp bana",
    "vi": "xin chào cảm cám ơn vâng không có giúp tôi của tiền đâu rồi tài khoản rút nạp bị khóa khẩn đã gửi xong "
    "nhận được chưa làm bạn và khi nào tại sao",
    "id": "halo hai selamat pagi siang sore malam terima kasih makasih ya tidak iya mohon tolong bantu bantuan "
    "saya mana uang akun dan kapan kenapa mengapa bagaimana apa belum masih penarikan deposit diblokir "
    "segera terkirim sudah selesai diterima sampai hilang di siapa ada kok nya gagal kan",
}
_HAVING: dict[str, tuple[str, ...]] = {}
for _code, _row in _WORDS.items():
    for _word in _row.split():
        _HAVING[_word] = (*_HAVING.get(_word, ()), _code)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MOST_WORDS = 8
_LONGEST = 80

# Characters in the form of Japan's reform of 1946, and made in Japan: Chinese writes them otherwise, or not at all.
_SHINJITAI = re.compile(
    "[円気図対応発売読変検験権価処続経実単桜駅済込払拝帰毎黒仮伝働効様満産県絵継総緑縁覚証訳譲軽転辺遅鉄銭録関隠霊頼歳戻団囲圧壱塩"
    "巻帯広庁弾従恵悪悩戦択拠挙捜掲揺摂撃暁栄楽歓歯沢浄渓焼営犠猟畳枠峠畑匂]"
)
# Words that Japanese writes with characters alone and Chinese says otherwise.
_JAPANESE = re.compile(
    "至急|早急|未反映|未着|着金|返金|送金|口座|残高|手数料|本人確認|承知|大丈夫|御中|宜敷|返信|返事|連絡|依頼|添付|問合|有難|未対応|不具合|再送"
    "|承認待|[出入]金(?:\\W*$|不可|停止|希望|申請|確認|完了|拒否|未(?!到))"
)
_CHINESE = re.compile("(?<!完)了(?!解)|[的我你您们們吗嗎呢吧没沒这這那哪个個不是还還请請很也就都在给給被把什么麼怎]")
_MOST_HAN = 20
# What a Chinese reply of one character may be.
_ONE = frozenset("好是对對行嗯哦谢謝没沒有不急")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Frequent words without those letters that the other language does not have.
UKRAINIAN_WORDS = _words(
    "що це ще щоб чому як та але він вона воно вони було бути дуже треба немає хто коли де зараз мене "
    "тебе йому вже якщо щось нам вам добре дякую гроші потрібно можу можна немов моя твоя твого мого його "
    "адже хочу робити знаю знаєш ви ти був була через кожен кожного дня свого свою нема досить справді "
    "той цей ця цього цьому хай нехай або поки разом "
    "акаунт зайти переказ рахунок гаманець помилка виведення кошти адреса скажи чекаю "
)
RUSSIAN_WORDS = _words(
    "что как кто когда где он она оно они есть если меня тебя мне только очень надо нет еще ещё почему "
    "потому сейчас уже или и с из для от может можно нельзя хорошо спасибо деньги его ему него нее неё "
    "них что-то кто-то чего ничего никто тоже тогда здесь всё все сегодня теперь без надо нужно человек "
    "время себя чтобы у вас ваш хочет "
    "могу могут войти вход вывод вывести помогите пожалуйста отправил отправила аккаунт тот приходит работает "
    "перевод счет счёт кошелек нужен нужна после какой какая который со жду ответ ответьте верните проверьте "
    "письмо ошибка комиссия вопрос адрес сколько поддержка "
)
PERSIAN_WORDS = _words("را است این برای شده نشده هست نیست شد دارم ندارم کنید لطفا ممنون")
# Where one of these stands between Chinese characters, the words are a sentence and no names.
ENGLISH_WORDS = _words("the a an i my me is are was it to of and when please you your have has can not in on for with")


def language_by_words(text: str) -> str | None:
    """The language in Latin letters that has more of the words of a short text than any other: `"Danke!"` is "de"."""
    if len(text) > _LONGEST:
        return None
    words = _WORD.findall(text.lower().replace("’", "'"))
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    votes = Counter(code for word in words for code in _HAVING.get(word, ()))
    (best, most), (_, second) = [*votes.most_common(2), ("", 0), ("", 0)][:2]
    return best if most > second else None


def is_japanese(text: str, han: int) -> bool:
    """Whether a text of `han` Chinese characters and no kana is Japanese all the same: by its characters and words."""
    if han > _MOST_HAN or _CHINESE.search(text):
        return False
    return _SHINJITAI.search(text) is not None or _JAPANESE.search(text) is not None


def is_doubtful(text: str, han: int) -> bool:
    """Whether a few characters without any word that only Chinese has might be Japanese as well."""
    return han <= 6 and not _CHINESE.search(text)


def is_chinese_reply(text: str) -> bool:
    """Whether the only letter of a text is an answer in Chinese."""
    return any(character in _ONE for character in text)
