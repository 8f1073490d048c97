"""Numbers that say by themselves what they are: bank cards and Chinese identity numbers."""

import re
from collections.abc import Iterator

from parser.facts.labels import Labels, Page, each, gap

_DIGITS = re.compile(r"\d(?<![\w.,-]\d)(?:[ \u00a0-]?\d){11,22}(?![\w-]|[.,]\d)", re.A)
# Behind a label also over two lines, or with other signs between.
_CARD_IN_GROUPS = re.compile(r"\d{4}(?:(?:[ ._/·\u00a0-]|[ \t]?\r?\n[ \t>]{0,4})\d{4}){3}(?![\w-]|[.,]\d)", re.A)
_CARD_THEN_MORE = re.compile(r"\d{12,19}(?=[ \u00a0]\d{2,4}$)")
_IDENTITY = re.compile(
    r"[1-9](?<![0-9A-Za-z][1-9])\d{5}[ -]?(?:18|19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[0-9Xx](?![0-9A-Za-z])"
)
_PROVINCES = frozenset(
    each("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91")
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NAMES = Labels({
    "card": (
        "card", "card number", "card no", "card no.", "credit card", "debit card", "bank card", "pan", "银行卡",
        "银行卡号", "卡号",
        "信用卡", "储蓄卡", "銀行卡", "卡號", "信用卡號", "tarjeta", "cartão", "carte", "karte", "carta", "карт",
        "карта", "карты",
        "kartennummer", "kartennr", "kaartnummer", "kortnummer", "numer karty", "kart numarası", "kart numaram",
        "số thẻ", "nomor kartu", "หมายเลขบัตร", "رقم البطاقة", "कार्ड नंबर", "カード番号", "카드 번호", "visa",
        "mastercard", "unionpay", "银联",
    ),
    "cvv": ("cvv", "cvv2", "cvc", "cvc2", "cvn", "安全码", "安全碼", "卡背三位"),
    "identity": (
        "id number", "id no", "id card", "identity number", "identity card", "national id", "身份证", "身份证号",
        "身份证号码",
        "身分證", "身份證", "身分證字號", "身份證號", "证件号", "证件号码", "證件號碼", "hkid", "ssn",
        "social security number", "cpf", "dni", "pesel", "bsn", "steuer-id", "steueridentifikationsnummer",
        "codice fiscale", "aadhaar", "aadhaar number", "tc kimlik no", "снилс", "주민등록번호", "주민번호",
        "マイナンバー", "cccd", "personalausweis", "ausweisnummer", "kimlik no", "nik", "ktp", "căn cước",
        "carte d'identité", "carta d'identità", "cédula", "dowód osobisty", "numer dowodu", "personnummer",
        "เลขบัตรประชาชน", "บัตรประชาชน", "رقم الهوية", "आधार", "cmnd", "curp",
    ),
    "passport": (
        "passport", "passport number", "passport no", "passport no.", "护照", "护照号", "护照号码", "護照",
        "護照號碼", "pasaporte",
        "passaporte", "passeport", "reisepass", "reisepassnummer", "passnummer", "passaporto", "paszport",
        "numer paszportu", "nr paszportu", "paspoort", "paspoortnummer",
        "pasaport", "paspor", "hộ chiếu", "hộ chiếu số", "số hộ chiếu", "หนังสือเดินทาง", "पासपोर्ट", "דרכון",
        "паспорт", "паспорта", "загранпаспорт", "パスポート", "旅券", "여권",
        "جواز",
    ),
})  # fmt: skip
# "exp. 06/2027", "gültig bis 11-27", "有效期 2028年4月"; behind the number also without a word.
_EXPIRY = re.compile(
    r"(?<![\d/.-])(?P<date>(?:0?[1-9]|1[0-2]) ?[/.\-] ?(?:20)?[2-4]\d|20[2-4]\d ?(?:[/.\-]|年) ?(?:0?[1-9]|"
    r"1[0-2])(?: ?月)?)(?![\d/.-]\d|\d)"
)
_CODE = re.compile(
    r"(?:\bcv[vcn]2?\b|cvv码|security (?:code|number)|(?:on|at) the back|back (?:code|number)|three digits|"
    r"3 digits|last three|prüf(?:ziffer|nummer|zahl)"
    r"|sicherheitscode|kartenprüf\w+|cryptogramme(?: visuel)?|código de seguran[çz]a|código de seguridad|"
    r"codice di sicurezza|kod cvv|"
    r"güvenlik kodu|код безопасности|на обороте|セキュリティコード|보안 ?코드|安全[码碼]|背面|背后|背後|卡背|"
    r"后三位|後三[位碼码]|三[位码碼](?:数字|數字|码|碼)?)"
    r"[^\d\n]{0,28}?(?P<code>\d{3,4})(?![\d.,:/-]\d|\d|\w)"
)
# "… 09/28 713": three digits right behind the number or the date.
_BARE_CODE = re.compile(r"(?:\d{2}|月)[ \t,;，、/|]{1,3}(?P<code>\d{3})(?=[ \t]{0,3}(?:[.,;，。\n]|$))")
# Numbers of business: never masked, though one in ten of them passes for a card.
_BUSINESS_WORDS = (
    r"(?<![a-z])(?:order|tracking|reference|ref|ticket|uid|user id|invoice|订单|訂單|单号|單號|流水|编号|"
    r"編號|运单|快递|transaction|"
    r"trade|txid|withdrawal|deposit|交易号|序列号|imei|phone|电话|手机|時間|timestamp|时间戳"
)
_AFTER_WORDS = r")\W{0,4}(?:id|no|number|号|號|号码|is|是|为|為)?[\W_]{0,6}$"
_BUSINESS = re.compile(_BUSINESS_WORDS + _AFTER_WORDS)
_BUSINESS_OR_ID = re.compile(_BUSINESS_WORDS + "|id" + _AFTER_WORDS)
# Letters may stand anywhere (Germany, France); Russia writes a series of four digits before six.
_PASSPORT = re.compile(
    r"(?:[a-z]{1,3}[ ]?\d{6,9}|\d{8,9}|\d\d ?\d\d ?(?:(?:№|номер) ?)?\d{6}|"
    r"\d\d ?\d{7}|(?=(?:[a-z]{0,8}\d){4})[a-z0-9]{8,9})(?![\w-])"
)
_LOCAL_IDENTITY = re.compile(
    r"(?:\d{3}-\d\d-\d{4}|\d{3}\.\d{3}\.\d{3}-\d\d|\d{8}-?[a-z]|\d{4} \d{4} \d{4}|\d{3}-\d{3}-\d{3} \d\d|"
    r"\d{6}-\d{7}|[a-z]{6}\d\d[a-z]\d\d[a-z]\d{3}[a-z]|[a-z]{4}\d{6}[a-z]{6}[a-z\d]\d|"
    r"[a-z]{1,2}\d{6} ?[(（]?[0-9a][)）]?|[a-z][12]\d{8}|"
    r"\d{15}|\d{17}[\dx]|(?=(?:[a-z]{0,4}\d){6})[a-z\d]{9,10}|[a-z]{0,2}\d{6,18})(?![\w-])"
)


def luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812."""
    total = 0
    for at, letter in enumerate(reversed(digits)):
        digit = int(letter) * (1 + at % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """A number whose first digits belong to an issuer that uses this length."""
    length, head = len(digits), int(digits[:4])
    return any(
        (
            digits[0] == "4" and length in (13, 16, 19),
            5100 <= head <= 5599 and length == 16,
            2221 <= head <= 2720 and length == 16,
            head // 100 in (34, 37) and length == 15,
            (head == 6011 or 6440 <= head <= 6599) and 16 <= length <= 19,
            (head // 100 in (36, 38, 39) or 3000 <= head <= 3059) and 14 <= length <= 19,
            3528 <= head <= 3589 and 16 <= length <= 19,
            (head // 100 in (62, 81) or head == 9558 or head // 10 == 603) and 16 <= length <= 19,
            (head // 100 in (50, 56, 57, 58, 63, 67) or 6000 <= head <= 6039) and 12 <= length <= 19,
            2200 <= head <= 2204 and 16 <= length <= 19,
        )
    )


def identity_right(number: str) -> bool:
    """An 18-digit Chinese identity number: province, date of birth and check digit (GB 11643-1999)."""
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    if number[:2] not in _PROVINCES or not (1850 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()


def numbers(page: Page) -> Iterator[tuple[str, int, int]]:
    """(class, start, end) of every card with what is said beside it, and of every identity and passport number."""
    for class_, start, end in _numbers(page):
        yield class_, start, end
        if class_ in ("bank_card", "card_code"):
            yield from _beside_card(page, start, end)


def _beside_card(page: Page, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The date until which a card is valid, and its code, near its number and not beyond an empty line."""
    first = max(page.low.rfind("\n\n", 0, start) + 2, start - 120, 0)
    stop = page.low.find("\n\n", end)
    last = min(end + 160, stop if stop >= 0 else len(page.low))
    for match in _EXPIRY.finditer(page.low, first, last):
        if match.end() <= start or match.start() >= end:
            yield "card_expiry", *match.span("date")
    for match in _CODE.finditer(page.low, first, last):
        yield "card_code", *match.span("code")
    for match in _BARE_CODE.finditer(page.low, end, last):
        yield "card_code", *match.span("code")


def _numbers(page: Page) -> Iterator[tuple[str, int, int]]:
    said = {at: (name, end) for name, end, at in _places(page)}
    for match in _DIGITS.finditer(page.low):
        labelled = said.get(match.start(), ("", 0))[0] == "card"
        yield from _card(page, match, labelled)
    for match in _IDENTITY.finditer(page.low):
        digits = re.sub(r"[ -]", "", match[0])
        if identity_right(digits) and not _BUSINESS.search(page.low[max(0, match.start() - 40) : match.start()]):
            yield "identity_number", *match.span()
    for at, (name, _) in said.items():
        if name == "identity":
            found = _LOCAL_IDENTITY.match(page.low, at)
            if found and sum(c.isdigit() for c in found[0]) >= 6:
                yield "identity_number", *found.span()
        elif name == "passport":
            found = _PASSPORT.match(page.low, at)
            if found:
                yield "passport_number", *found.span()
        elif name == "card":
            found = _CARD_IN_GROUPS.match(page.low, at)
            digits = re.sub(r"\D", "", found[0]) if found else ""
            if found and is_card(digits) and luhn(digits):
                yield "bank_card", *found.span()
        elif name == "cvv":
            found = re.compile(r"\d{3,4}(?!\w)").match(page.low, at)
            if found:
                yield "card_code", *found.span()


def _places(page: Page) -> Iterator[tuple[str, int, int]]:
    """(name, end of the label, where a value would begin); the longer label first."""
    found = sorted(_NAMES.found(page), key=lambda one: (one[2], one[1]))
    for name, _, end in found:
        between = gap(page, end)
        if between.end < len(page.low) and (between.linked or between.broken or page.low[between.end].isalnum()):
            yield name, end, between.end


def _card(page: Page, match: re.Match[str], labelled: bool) -> Iterator[tuple[str, int, int]]:
    digits = re.sub(r"\D", "", match[0])
    if labelled and (alone := _CARD_THEN_MORE.match(match[0])) and is_card(alone[0]):
        # "5200828282828210 08/28"
        yield "bank_card", match.start(), match.start() + alone.end()
        return
    if not 12 <= len(digits) <= 19 or not is_card(digits) or len(set(digits)) < 2:
        return
    if not labelled:
        # Of the numbers of 12 and 13 digits most are instants and telephones.
        if len(digits) < 14 or not luhn(digits):
            return
        if _BUSINESS_OR_ID.search(page.low[max(0, match.start() - 40) : match.start()]):
            return
    yield "bank_card", *match.span()
