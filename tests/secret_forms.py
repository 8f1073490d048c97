"""Texts with a secret in the forms that strangers give it, made from a seed; it knows nothing of the detector.

Every case says where its secret stands, so that a test can hold each word and each character of it to be hidden.
"""

# ruff: noqa: E501 - the tables of sentences read better in one piece.
import random
import string
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from secret_mails import LISTS, luhn_number, phrase

BIP39 = ("english", "chinese_simplified", "chinese_traditional", "french", "italian", "portuguese", "spanish", "czech", "japanese", "korean")  # fmt: skip
SCRIPTS = ("chinese_simplified", "chinese_traditional")
CARRIERS = (
    "{}", "{}", "Hello,\n\n{}\n\nThanks", "please check this for me:\n{}\nregards, Ana", "My wallet shows zero. {} Is it right?",
    "你好,{}帮我看看", "我抄的是这个{}麻烦看看哪里写错了", "客服你好：\n\n{}\n\n谢谢", "钱包打不开，当时记的是“{}”，请核对", "是{}，导入不了",
    "Hallo, {} geht nicht.", "Hola:\n{}\nGracias", "助记词：{}", "seed phrase: {}", "The wallet was made with {} and I lost the phone.",
)  # fmt: skip
ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
HOMOGLYPHS = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "i": "і", "y": "у"}
Piece = tuple[str, bool]


@dataclass(frozen=True)
class Case:
    text: str
    hidden: tuple[tuple[int, int], ...]
    """The spans that must be masked."""
    about: str


def _case(carrier: str, pieces: list[Piece], about: str) -> Case:
    before, _, behind = carrier.partition("{}")
    text, hidden = before, []
    for piece, secret in pieces:
        if secret:
            hidden.append((len(text), len(text) + len(piece)))
        text += piece
    return Case(text + behind, tuple(hidden), about)


def _joined(words: list[str], between: str) -> list[Piece]:
    pieces: list[Piece] = []
    for word in words:
        pieces += [(between, False)] if pieces else []
        pieces.append((word, True))
    return pieces


def _grouped(words: list[str], size: int, inner: str, outer: str) -> list[Piece]:
    pieces: list[Piece] = []
    for at, word in enumerate(words):
        pieces += [(outer if at % size == 0 else inner, False)] if at else []
        pieces.append((word, True))
    return pieces


def _numbered(words: list[str], shape: str, between: str) -> list[Piece]:
    pieces: list[Piece] = []
    for number, word in enumerate(words, 1):
        pieces += [((between if number > 1 else "") + shape.format(number), False), (word, True)]
    return pieces


def _told(rng: random.Random, words: list[str]) -> list[Piece]:
    """Twelve words in the writer's own sentence."""
    ways = ("the {} word is ", "{} is ", "the {} one ", "{}: ", "then the {} word is ")
    pieces: list[Piece] = []
    for at, word in enumerate(words):
        pieces += [
            ((rng.choice([", ", ". ", "\n"]) if at else "") + rng.choice(ways).format(ORDINALS[at]), False),
            (word, True),
        ]
    return pieces


def _told_in_chinese(rng: random.Random, words: list[str]) -> list[Piece]:
    unit, says = rng.choice(["个字", "个", "个词"]), rng.choice(["是", "：", "为"])
    between = rng.choice(["，", "\n", "；"])
    return [
        piece
        for at, word in enumerate(words)
        for piece in (((between if at else "") + f"第{NUMERALS[at]}{unit}{says}", False), (word, True))
    ]


def _halves(rng: random.Random, words: list[str]) -> list[Piece]:
    """Two lines of six words, with words of the writer before each."""
    first, second = rng.choice(
        [
            ("First six: ", ". Last six: "),
            ("on the front: ", "\nand on the back: "),
            ("left column: ", "\nright column: "),
        ]
    )
    return [(first, False), *_joined(words[:6], " "), (second, False), *_joined(words[6:], " ")]


def _disguised(rng: random.Random, pieces: list[Piece], how: str) -> list[Piece]:
    def changed(text: str) -> str:
        if how == "zero width":
            return "".join(
                one + (rng.choice(["\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad"]) if rng.random() < 0.3 else "")
                for one in text
            )
        if how == "full width":
            return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)
        if how == "homoglyphs":
            return "".join(HOMOGLYPHS.get(one, one) if rng.random() < 0.5 else one for one in text)
        return "".join(chr(0x1D400 + ord(one) - 97 + 26) if "a" <= one <= "z" else one for one in text)

    return [(changed(text) if secret else text, secret) for text, secret in pieces]


def _phrase(rng: random.Random) -> Case:
    name = rng.choice([*BIP39, *SCRIPTS, *SCRIPTS, *SCRIPTS, "english", "english", "english"])
    han = name in SCRIPTS
    count = rng.choice([12, 12, 12, 15, 18, 21, 24])
    words = phrase(rng, count, name)
    forms: dict[str, Callable[[], list[Piece]]] = {
        "spaces": lambda: _joined(words, " "),
        "commas": lambda: _joined(words, rng.choice([", ", "、", "，", " - ", "; ", "/", "·"])),
        "lines": lambda: _joined(words, "\n"),
        "full-width spaces": lambda: _joined(words, "\u3000"),
        "groups": lambda: _grouped(
            words,
            rng.choice([3, 4, 6] if count % 4 == 0 else [3]),
            "" if han else " ",
            rng.choice(["\n", " "]) if han else "\n",
        ),
        "numbered": lambda: _numbered(
            words, rng.choice(["{}. ", "{}) ", "{}、", "{}: ", "({}) "]), rng.choice(["\n", " ", ", "])
        ),
    }
    if han:
        forms |= {"one piece": lambda: _joined(words, ""), "in one piece": lambda: _joined(words, "")}
    if han and count == 12:
        forms["told"] = lambda: _told_in_chinese(rng, words)
    if name == "english" and count == 12:
        forms |= {"told": lambda: _told(rng, words), "halves": lambda: _halves(rng, words)}
    form = rng.choice(list(forms))
    pieces = forms[form]()
    how = ""
    if rng.random() < 0.3:
        how = rng.choice(["zero width", "homoglyphs", "full width", "styled"] if name == "english" else ["zero width"])
        pieces = _disguised(rng, pieces, how)
    return _case(rng.choice(CARRIERS), pieces, f"{name} {count} {form} {how}".strip())


def _other_wallet(rng: random.Random) -> Case:
    name = rng.choice(
        [
            "electrum_english",
            "monero_english",
            "monero_english",
            "monero_german",
            "monero_spanish",
            "monero_italian",
            "monero_dutch",
        ]
    )
    known = (LISTS / f"{name}.txt").read_text("utf-8").split()
    words = [rng.choice(known) for _ in range(12 if name.startswith("electrum") else 24)]
    if len(words) == 24:
        words.append(words[zlib.crc32("".join(word[:3] for word in words).encode()) % 24])
    pieces = _joined(words, rng.choice([" ", ", ", "\n"])) if rng.random() < 0.7 else _numbered(words, "{}. ", "\n")
    return _case(rng.choice(CARRIERS), pieces, name)


def _password(rng: random.Random) -> str:
    word = rng.choice(
        ["Sommer", "Katze", "bluebird", "Lavande", "Gato", "minji", "sakura", "Zima", "Tiger", "wolfgang"]
    )
    return word + rng.choice(["!", "_", "@", "#", "*"]) + str(rng.randint(10, 9_999)) + rng.choice(["", "", "!", "x"])


PASSWORDS = (
    "I always type {} but the page says wrong password.", "My login is ana77 and the password was {} until yesterday.", "neither {} nor my old password works",
    "When I sign in with {} it says wrong credentials.", "Password reset sent me {} but it does not work.", "als Kennwort habe ich immer {} genommen",
    "mein Passwort war {} und jetzt geht es nicht", "mi contraseña siempre fue {} y no entra", "mon mot de passe est {} depuis un an", "вхожу с паролем {} и пишет неверный",
    "我的密码一直是{}，现在提示错误", "登录密码改成{}以后就进不去了", "密码我记得是 {} 或者别的", "用{}登录总是提示密码错误", "パスワードは {} を使っています", "비밀번호는 {} 입니다",
    "a senha que eu uso é {}", "la password che uso è {}", "the password on my account should be {}", "wachtwoord {} werkt niet meer",
)  # fmt: skip
CODES = (
    "The text message said {} and it is rejected.", "I entered {} from the SMS three times.", "my authenticator shows {} but your site says invalid", "the OTP {} expired", "your code {} does not work",
    "短信里的是{}，输入后显示过期", "刚才收到的验证码是 {}，不对", "谷歌验证器显示 {} 但是提示错误", "驗證碼輸入{}一直錯", "ich habe den Code {} aus der SMS eingegeben", "el código {} que llegó por SMS no sirve",
    "le code {} reçu par SMS ne marche pas", "код {} из смс не подходит", "認証コード {} を入力しました", "인증번호 {} 입력했어요", "{} is what your text message says", "o código {} do SMS não funciona",
)  # fmt: skip
CARDS = (
    ("My card {} valid thru ", ", the three digits on the back are ", " was declined."), ("Visa {} exp. ", " CVV ", ""), ("卡号{}，有效期 ", "，cvv是 ", "，失败了"), ("信用卡 {} 到期 ", " 背面三碼 ", " 顯示失敗"),
    ("Karte {} gültig bis ", ", Prüfziffer ", " abgelehnt"), ("carte {} exp ", " cryptogramme ", " refusée"), ("tarjeta {} vence ", " código de seguridad ", ""), ("card: {}, ", ", security code: ", "."),
)  # fmt: skip
LISTS_OF_CODES = ("When I activated Google Authenticator the site gave me these\n\n{}\n\nnone works", "my backup codes are {}. Which can I use?", "备用码：\n{}\n都不行", "谷歌验证的恢复码有 {} 还能用吗", "Hier sind meine Wiederherstellungscodes für 2FA:\n{}\nalle abgelehnt")  # fmt: skip
API = (
    "API_KEY = '{}'\nSECRET = '{}'\nwhy is the signature invalid?", "我创建的API不能用了，Access是 {}，另一个是 {}，一直返回签名错误", "my trading bot uses the api with {} and {} and gets 401", '{{"apiKey": "{}", "secretKey": "{}"}}',
    "key: {}\nsecret: {}\nthe API answers -1022",
)  # fmt: skip


def _sentence(rng: random.Random, sentence: str, values: list[str], about: str) -> Case:
    pieces: list[Piece] = []
    parts = sentence.replace("{{", "\0").replace("}}", "\1").split("{}")
    for at, part in enumerate(parts):
        pieces += [(part.replace("\0", "{").replace("\1", "}"), False)] + (
            [(values[at], True)] if at < len(values) else []
        )
    return _case(rng.choice(["{}", "Hi,\n\n{}\n\nThanks, Ana", "你好\n{}\n谢谢"]), pieces, f"{about}: {sentence[:40]}")


def _labelled(rng: random.Random) -> Case:
    kind = rng.choice(["password", "password", "code", "code", "card", "codes", "api"])
    if kind == "password":
        return _sentence(rng, rng.choice(PASSWORDS), [_password(rng)], kind)
    if kind == "code":
        digits = f"{rng.randrange(1_000_000):06}"
        return _sentence(rng, rng.choice(CODES), [rng.choice([digits, digits, f"{digits[:3]} {digits[3:]}"])], kind)
    if kind == "card":
        month, year = rng.randint(1, 12), rng.randint(27, 34)
        card, (before, then, behind) = luhn_number(rng), rng.choice(CARDS)
        expiry = rng.choice([f"{month:02}/{year}", f"{month:02}/20{year}", f"{month:02}-{year}"])
        return _sentence(rng, f"{before}{{}}{then}{{}}{behind}", [card, expiry, f"{rng.randint(100, 999)}"], kind)
    if kind == "codes":
        letters = string.ascii_lowercase + string.digits
        shape = rng.choice(
            [
                lambda: f"{rng.randrange(10**8):08}",
                lambda: (
                    "".join(rng.choice(letters) for _ in range(4))
                    + "-"
                    + "".join(rng.choice(letters) for _ in range(3))
                    + str(rng.randrange(10))
                ),
            ]
        )
        codes = [shape() for _ in range(rng.randint(4, 10))]
        before, _, behind = rng.choice(LISTS_OF_CODES).partition("{}")
        return _case(
            "{}",
            [(before, False), *_joined(codes, rng.choice(["\n", ", ", " "])), (behind, False)],
            f"{kind}: {before[:30]}",
        )
    values = [
        "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(rng.choice([32, 40, 63]))) + "7Qz"
        for _ in range(2)
    ]
    return _sentence(rng, rng.choice(API), values, kind)


def cases(seed: int, count: int) -> Iterator[Case]:
    """Phrases twice as often as the rest."""
    rng = random.Random(seed)
    for _ in range(count):
        yield rng.choice([_phrase, _phrase, _phrase, _other_wallet, _labelled, _labelled])(rng)
