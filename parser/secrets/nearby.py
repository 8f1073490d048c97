"""Secrets that a sentence speaks of without a label right before them: "I always type Rain!77x and it says wrong".

The values are looked for first, because they are few, and then the words of their sentence say what they are. The
nearest word counts; words of business (an order, an amount, a device) claim a value as well, and leave it as it is.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from parser.facts import chains
from parser.facts.labels import Labels, Page
from parser.mail import Fact

# What makes a mail worth a look, and what its sentences then are searched for.
_ABOUT = Labels({
    "password": (
        "password", "passwort", "kennwort", "passcode", "pwd", "pin", "contraseña", "clave", "senha",
        "mot de passe", "mdp",
        "wachtwoord", "парол", "密码", "密碼", "口令", "パスワード", "비밀번호", "mật khẩu", "şifre", "parola",
        "hasło", "kata sandi",
        "heslo", "lösenord", "adgangskode", "passord", "salasana", "كلمة المرور", "كلمة السر", "סיסמה", "รหัสผ่าน",
        "पासवर्ड",
        "passwords", "my pass", "passwrd", "pasword",
    ),
    "login": (
        "log in", "login", "log into", "logging in", "sign in", "signing in", "signin", "sign into", "credentials",
        "username",
        "user name", "benutzername", "anmelden", "einloggen", "wrong credentials", "登录", "登陸", "登陆", "登入",
        "账号", "账户", "帳號",
        "帳戶", "логин", "вхожу", "войти", "identifiant", "connecter", "usuario", "iniciar sesión", "entrar",
        "utente", "accedere",
        "ログイン", "로그인", "đăng nhập", "giriş", "zalogować", "masuk", "utilizador", "usuário",
    ),
    "code": (
        "otp", "passcode", "verification", "2fa", "mfa", "authenticator", "sms", "text message", "texted",
        "one-time", "one time",
        "code", "codes", "código", "códigos", "codice", "codici", "kod", "kodu", "kode", "код", "кода", "коды",
        "コード", "코드", "인증번호",
        "인증", "验证码", "驗證碼", "认证码", "短信", "簡訊", "动态码", "校验码", "验证", "驗證", "谷歌", "token",
        "totp", "mã", "رمز", "كود", "קוד",
        "รหัส", "bestätigungscode", "sicherheitscode", "смс", "備用碼", "备用码", "恢复码", "backup", "recovery",
        "pin", "ga",
    ),
    "api": (
        "api", "apikey", "api_key", "api key", "secret", "webhook", "bearer", "signature", "hmac", "密钥", "密鑰",
        "秘钥", "签名", "簽名",
        "trading bot", "access key", "private_key", "token", "secretkey", "secret_key", "clientsecret",
    ),
    "key": (
        "authenticator", "2fa", "qr", "google auth", "totp", "setup", "谷歌", "验证器", "驗證器", "二维码",
        "二維碼", "密钥", "密鑰", "otp",
        "two-factor", "two factor", "mfa", "scan", "authy", "аутентификатор", "認証アプリ", "인증기",
    ),
})  # fmt: skip
_BUSINESS = (
    r"(?:account|user ?name|user|benutzer(?:name)?|konto|usuario|login name|账号|账户|用户名?|帳號|帳戶)[ :：]{0,3}$|"
    r"\bmust\b|at least|mindestens|polic|length|minim|charact|chars|rules?\b|长度|長度|必须|必須|至少|"
    r"(?:error|promo|referral|invite|invitation|postal|zip|country|area|status|source|qr|bar|sort|swift|discount|coupon|"
    r"tracking|product|currency|response|exit|http|reason|product)[ _-]?codes?\b|"
    r"orders?\b|\buid\b|\buser id|ticket|\bcase\b|\bref\b|reference|invoice|amount|price|phone|\btel\b|mobile|"
    r"postal|zip code|"
    r"promo|referral|invit|error|\berr\b|block|height|usdt|usdc|\bbtc\b|\beth\b|\$|€|¥|tracking|serial|version|"
    r"\bbuild\b|model|"
    r"device|windows|android|iphone|\bios\b|chrome|network|\berc|\btrc|\bbep|account number|iban|swift|sort code|"
    r"country code|"
    r"qr code|source code|status code|bar ?code|zip\b|customer (?:no|id|number)|kundennummer|bestell|auftrag|"
    r"pedido|commande|"
    r"订单|訂單|工单|工單|单号|單號|金额|金額|数量|數量|电话|電話|手机号|手機號|邮编|错误|錯誤|区块|區塊|编号|"
    r"編號|邀请|推荐|用户名|用戶名|型号|流水|余额|"
    r"заказ|сумм|телефон|ошибк|номер клиента|注文|金額|電話番号|주문|금액|전화|request|trace|\btx|hash|哈希|"
    r"address|地址|transfer|withdraw|"
    r"deposit|提币|提幣|充值|转账|轉帳|sent \d|received \d"
)
_NEAR = re.compile(
    rf"(?P<business>{_BUSINESS})|"
    r"(?P<password>pass ?words?|passwrd|pasword|passwort|kennwort|passcode|\bpwd\b|\bpin\b|\bmy pass\b|contraseña|"
    r"\bclave\b|senha|"
    r"mot de passe|\bmdp\b|wachtwoord|парол\w{0,3}|密码|密碼|口令|パスワード|비밀번호|mật khẩu|şifre\w{0,3}|"
    r"\bparola|hasło|kata sandi|heslo|"
    r"lösenord|adgangskode|passord|salasana|كلمة المرور|كلمة السر|סיסמה|รหัสผ่าน|पासवर्ड)|"
    r"(?P<code>\botp\b|verification|verify|\b2fa\b|\bmfa\b|authenticator|\bsms\b|text message|\btexted\b|"
    r"one[- ]time|\bcodes?\b|códigos?|"
    r"codic[ei]|\bkodu?\b|\bkode\b|\bкод\w{0,2}\b|コード|코드|인증|验证码|驗證碼|认证码|短信|簡訊|动态码|校验码|"
    r"验证|驗證|谷歌|\btotp\b|\bmã\b|رمز|كود|קוד|"
    r"รหัส|\w{4,14}scode|смс|备用码|備用碼|恢复码|backup|recovery)"
)
_SENTENCE_END = re.compile(r"[!?][\s]|[.](?=\s+[^a-z\d])|\n\s*\n|[。！？；]")
_BEFORE, _BEHIND = 110, 45
_DIGIT = re.compile(r"\d")

_LIKE_PASSWORD = re.compile(r"(?<![\w@/#$.:=&?%-])[A-Za-z0-9!@#$%^&*_+=~?.\-]{6,40}(?![\w@/])", re.A)
_SIGNS = re.compile(r"[!@#$%^&*_+=~?]")
# Names of coins, devices, versions, files, and times.
_NO_PASSWORD = re.compile(
    r"[A-Z]{2,6}[-_]?\d+(?:-?[A-Z])?|[A-Z][A-Z_]+_?\d*|[\d.,:/\-]+[A-Za-z]{0,5}|v?\d+(?:\.\d+)+\w*|"
    r"(?i:.*\.(?:png|jpe?g|pdf|txt|csv|docx?|xlsx?|zip|mp4|com|org|net|io|example|html?|py|js|json|exe|apk)|"
    r"(?:i?phone|ipad|android|windows?|win|chrome|ios|macos|galaxy|redmi|level|step|kyc|tier|web|mp|usdt?|usdc|"
    r"btc|eth|"
    r"erc|trc|bep|ipv|sha|base|utf|error|page|line|day|week|http|covid|python)[-_ ]?\d[\w.\-]*|"
    r"@.*|\d+(?:st|nd|rd|th|x|am|pm|min|mins|days?|usd|usdt|btc|eth|k|m|gb|mb|h|hrs?))",
    re.A,
)
_DIGITS = re.compile(
    r"(?<![a-z0-9_.,:/#$€¥£+*-])(?<!\d )(?:g-)?(?P<code>\d{6}|\d{3}[ -]\d{3})"
    r"(?![a-z0-9_%]|[.,:/-]\d|[ -]\d| ?(?:usd|btc|eth|eur|cny|元|个|個|块|枚|円|원|rmb|u\b|次|年))"
)
_PIECE = re.compile(
    r"(?<![a-z0-9_./:@#-])(?:[a-z0-9]{4,6}-[a-z0-9]{4,6}|\d{8}|\d{4} \d{4}|"
    r"(?=[a-z]{0,9}\d)(?=\d{0,9}[a-z])[a-z0-9]{8,10})(?![a-z0-9_@/-]|\.\w)"
)
_BETWEEN_PIECES = re.compile(
    r"[\s,;，、；|>*•/.:)\]\"'-]{1,14}(?:(?:and|und|y|et|和|及|と|и)[\s]{0,2})?(?:\d{1,2}[.)、:]\s{0,2})?"
)
_TOKEN = re.compile(r"(?<![\w+/=.@-])[A-Za-z0-9+/_\-]{20,200}={0,2}(?![\w@])", re.A)
_NOT_API = re.compile(
    r"request|trace|order|\btx|hash|address|transaction|withdraw|deposit|ray id|reference|session|uuid|"
    r"订单|哈希|地址|交易|请求|提币|提幣|充值|充币|转到|轉到|转账|轉帳"
)
_OF_ADDRESSES = re.compile(r"wallet|address|地址|钱包|錢包|提币|提幣|\bto$|where it|收款")
_BASE32 = re.compile(
    r"(?<![\w-])(?:[A-Z2-7]{4}(?:[ -][A-Z2-7]{4}){3,12}|[a-z2-7]{4}(?:[ -][a-z2-7]{4}){3,12}|"
    r"[A-Z2-7]{16}(?:[A-Z2-7]{8}){0,6})(?![\w-])",
    re.A,
)
_OR = re.compile(
    r"[\"'”’)]{0,2}\s{0,2}(?:或者|或是|还是|還是|或|和|以及|,? ?(?:or|and|oder|und|ou|o|e|y|или|и)\b|"
    r"[,，、/])\s{0,2}(?:maybe |also |even |then |später |是)?[\"'“‘(]{0,2}"
)
_VALUE = re.compile(r"[!-~]{5,40}")
_SAYS_CHINESE = re.compile(
    r"(?:密码|密碼|口令)[^。！？；\n\d]{0,18}?(?:是|为|為|用|输|輸|填|叫|设|設|改成|试了?|試了?)(?:的|了|过|過|入|"
    r"成|置)?(?:是)?\s{0,2}[“\"']?(?P<value>\d{6,12})(?![\d.])"
)


@dataclass(frozen=True, slots=True)
class _Text:
    """A page with the spans that are something else already."""

    page: Page
    taken: tuple[tuple[int, int], ...]

    def free(self, start: int, end: int) -> bool:
        return not any(first < end and start < last for first, last in self.taken)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """The sentence around a value, as far as it may matter."""
        low = self.page.low
        first, last = max(0, start - _BEFORE), min(len(low), end + _BEHIND)
        for match in _SENTENCE_END.finditer(low, first, start):
            first = match.end()
        stop = _SENTENCE_END.search(low, end, last)
        return first, stop.start() if stop else last

    def nearest(self, start: int, end: int) -> tuple[str, int]:
        """(the kind of the nearest word of the sentence, how far it is); ("", 0) where there is none."""
        first, last = self.sentence(start, end)
        low = self.page.low
        best = ("", 10_000)
        for match in _NEAR.finditer(low, first, start):
            best = min(best, (match.lastgroup or "", start - match.end()), key=lambda one: one[1])
        for match in _NEAR.finditer(low, end, last):
            # What comes behind counts half, because most labels come first.
            best = min(best, (match.lastgroup or "", 2 * (match.start() - end) + 4), key=lambda one: one[1])
        return best if best[0] else ("", 0)


def nearby(page: Page, facts: Sequence[Fact]) -> Iterator[tuple[str, int, int]]:
    """(class, start, end) of every secret that its sentence gives away; linear in the length of the text."""
    if _DIGIT.search(page.low) is None:
        return
    about: dict[str, list[int]] = {}
    for name, start, _ in _ABOUT.found(page):
        about.setdefault(name, []).append(start)
    if not about:
        return
    taken = tuple(
        one.span
        for one in facts
        if one.type not in ("error_code", "network", "asset") and (one.valid or one.type != "address")
    )
    text = _Text(page, taken)
    for name, find in _FINDERS.items():
        if name in about:
            yield from find(text, sorted(about[name]))


def _matches(
    pattern: re.Pattern[str], text: str, places: Sequence[int], before: int, behind: int
) -> Iterator[re.Match[str]]:
    """The values with one of the places at most `before` characters before their start, or `behind` after it."""
    at = 0
    for place in places:
        first, last = max(at, place - behind), place + before
        for match in pattern.finditer(text, first, min(len(text), last + 210)) if first < last else ():
            if first <= match.start() <= last:
                yield match
                at = match.end()
        at = max(at, last + 1)


def _passwords(text: _Text, places: Sequence[int], own: str = "password") -> Iterator[tuple[str, int, int]]:
    """Values with letters and digits near "password"; near "log in" they must hold a sign as well."""
    for match in _matches(_LIKE_PASSWORD, text.page.plain, places, _BEFORE, _BEHIND):
        value = match[0].rstrip(".,?-")
        start, end = match.start(), match.start() + len(value)
        strength = _strength(value)
        if strength < (2 if own == "password" else 3) or not text.free(start, end):
            continue
        first, last = text.sentence(start, end)
        if not any(first <= place <= last for place in places):
            continue
        if own == "password" and text.nearest(start, end)[0] != "password" and strength < 3:
            continue
        yield "password", start, end
        yield from _others(text, end)
    if own == "password":
        for match in _SAYS_CHINESE.finditer(text.page.low):
            yield "password", *match.span("value")
            yield from _others(text, match.end("value"))


def _others(text: _Text, at: int) -> Iterator[tuple[str, int, int]]:
    """ "…77 or Regen!78": the values that follow one, with nothing but "or" between."""
    for _ in range(4):
        joined = _OR.match(text.page.plain, at)
        match = _VALUE.match(text.page.plain, joined.end()) if joined else None
        value = match[0].rstrip(".,;:?)\"'") if match else ""
        if match is None or not any(c.isdigit() for c in value) or len(value) < 5:
            return
        yield "password", match.start(), match.start() + len(value)
        at = match.start() + len(value)


def _logins(text: _Text, places: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    return _passwords(text, places, "login")


def _strength(value: str) -> int:
    """How many of letters, digits and signs it has, of which a password has two or three; 0 for what is none."""
    if len(value) < 6 or not any(c.isdigit() for c in value) or not any(c.isalpha() for c in value):
        return 0
    if "://" in value or "www." in value or _NO_PASSWORD.fullmatch(value) or re.search(r"@[\w-]+\.\w", value):
        return 0
    inner = bool(_SIGNS.search(value)) or ("-" in value and value.lower() != value and value.upper() != value)
    return 3 if inner else 2


def _codes(text: _Text, places: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Six digits whose nearest word speaks of a code, and lists of backup codes."""
    for match in _matches(_DIGITS, text.page.low, places, _BEFORE, _BEHIND):
        start, end = match.span("code")
        if text.free(start, end) and text.nearest(start, end)[0] == "code":
            yield "one_time_code", start, end
    yield from _lists(text, places)


def _lists(text: _Text, places: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """At least three values of one shape, one after the other."""
    row: list[re.Match[str]] = []
    for match in [*_matches(_PIECE, text.page.low, places, 600, 0), None]:
        if (
            match
            and row
            and _BETWEEN_PIECES.fullmatch(text.page.low, row[-1].end(), match.start())
            and _alike(row[-1], match)
        ):
            row.append(match)
            continue
        if len(row) >= 3 and _is_list(text, row):
            yield from (("backup_code", *one.span()) for one in row)
        row = [match] if match else []


def _alike(one: re.Match[str], other: re.Match[str]) -> bool:
    return (
        re.sub(r"[a-z0-9]", "", one[0]) == re.sub(r"[a-z0-9]", "", other[0]) and abs(len(one[0]) - len(other[0])) <= 1
    )


def _is_list(text: _Text, row: Sequence[re.Match[str]]) -> bool:
    start = row[0].start()
    before = list(_NEAR.finditer(text.page.low, max(0, start - 220), start))
    codes = sum(any(c.isdigit() for c in one[0]) for one in row)
    return bool(before) and before[-1].lastgroup in ("code", "password") and 2 * codes >= len(row)


def _api(text: _Text, places: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Long random values in a text about an API, but for what is called a request, an order or a transaction."""
    low = text.page.low
    for match in _matches(_TOKEN, text.page.plain, places, 400, 200):
        value, start, end = match[0], match.start(), match.end()
        if not (any(c.isdigit() for c in value) and any(c.isalpha() for c in value)) or len(set(value)) < 10:
            continue
        if not text.free(start, end):
            continue
        # A long name of something is words of small letters; random letters are of both cases, or hexadecimal.
        longest = 13 if value.lower() != value and value.upper() != value else 6
        random = sum(c.isdigit() for c in value) >= 3 and re.search(f"[a-z]{{{longest + 1}}}", value) is None
        line = low[max(low.rfind("\n", 0, start) + 1, start - 60) : start]
        if _is_address(value, line + low[end : end + 24]):
            continue
        if (
            random
            and not _NOT_API.search(line)
            and not re.fullmatch(r"(?:0x)?[0-9a-f]{40}|(?:0x)?[0-9a-f]{64}", value.lower())
        ):
            yield "api_secret", start, end


def _is_address(value: str, around: str) -> bool:
    """Whether it has the form of an address of Solana, and the words beside it speak of a wallet."""
    return _OF_ADDRESSES.search(around) is not None and chains.solana_bytes(value) == 32


def _setup_keys(text: _Text, places: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Base32 in a text about an authenticator."""
    for match in _matches(_BASE32, text.page.plain, places, 300, 150):
        digits = sum(c.isdigit() for c in match[0])
        if digits >= 1 and digits * 2 < len(match[0]):
            yield "authenticator_key", *match.span()


_FINDERS: dict[str, Callable[[_Text, Sequence[int]], Iterator[tuple[str, int, int]]]] = {
    "password": _passwords,
    "login": _logins,
    "code": _codes,
    "api": _api,
    "key": _setup_keys,
}
