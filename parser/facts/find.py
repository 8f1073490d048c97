"""Facts of the trade in a text: transactions, addresses, ids, amounts, assets, networks, error codes and links.

Each is validated as far as arithmetic goes, and has its span. A near miss ("one character short",
"checksum wrong") is
reported as such, because that is mostly what the mail is about. What may be a private key is no fact: the same 64
digits are a transaction only where a label or an explorer's link says so.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

from parser.facts import chains
from parser.facts.labels import Gap, Labels, Page, gap, is_explorer, role
from parser.facts.money import money
from parser.mail import Fact, FactType, Secret

MAX_FACTS = 1_000
_MAX_URL = 2_000

_HEX = re.compile(r"(?:0[xX])?[0-9a-fA-F]+")
_URL = re.compile(
    # The engine finds a set of letters quickly, so a look-behind checks what comes before.
    r"[hHfFwW](?i:(?:(?<=h)(?:tt|xx)ps?|(?<=f)tp)://[^\s<>\"'\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]{1,2000}|"
    r"(?<=w)(?<![\w@./-]w)ww\.[\w.-]{4,250}[^\s<>\"'\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]{0,1000})"
)
_URL_PARTS = re.compile(
    r"(?:(?:h(?:tt|xx)ps?|ftp)://)?(?P<user>[^/?#@]{0,500}@)?(?P<host>[^/?#:@]{1,300})(?P<port>:\d{1,5})?(?:[/?#]|$)",
    re.I,
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{1,9}}\.?|\[[0-9a-fA-F:.]{{2,60}}\]|localhost")

_LABELS = Labels({
    "uid": (
        "uid", "user id", "userid", "user_id", "member id", "account id", "customer id", "用户id", "用户编号",
        "用户号", "用戶id",
        "用戶編號", "账号id", "账户id", "帳號id", "帳戶id", "会员号", "会员id", "會員號", "會員id", "ユーザーid",
        "사용자 id", "유저 id",
        "id de usuario", "id do usuário", "id пользователя",
    ),
    "order_id": (
        "order id", "order no", "order number", "order #", "order", "orderid", "order_id", "withdrawal id",
        "deposit id",
        "transfer id", "trade id", "reference number", "payment id", "订单", "訂單", "订单号", "订单编号", "单号",
        "單號", "流水号",
        "流水號", "提现编号", "提币编号", "充值编号", "交易单号", "提現編號", "pedido", "número de orden",
        "bestellnummer", "commande",
        "заказ", "номер заказа", "заказа", "auftragsnummer", "ordine", "numero d'ordine", "bestelnummer",
        "ordrenummer", "ordernummer", "numer zamówienia", "zamówienie", "sipariş", "sipariş no", "mã đơn hàng",
        "nomor pesanan", "رقم الطلب", "注文番号", "주문번호", "주문 번호",
    ),
    "error_code": (
        "error code", "error", "errorcode", "error_code", "err code", "errcode", "status code", "failure code",
        "错误代码", "错误码",
        "错误编号", "错误", "报错", "報錯", "錯誤代碼", "錯誤碼", "故障码", "代码", "code d'erreur",
        "código de error",
        "código de erro", "codice errore", "fehlercode", "код ошибки", "kod błędu", "foutcode", "felkod", "hata kodu",
        "mã lỗi", "kode error", '"code"', "エラーコード", "오류 코드",
    ),
    "ticket": (
        "ticket", "case", "工单", "工單", "工单号", "ticket number", "ticket no", "case number", "request", "tickets",
    ),
})  # fmt: skip
_UID = re.compile(r"#?(\d{3,20})(?![\w-]|\.\d)")
_ODD_UID = re.compile(r"#?([A-Za-z0-9]{5,20})(?![\w-])", re.A)
_ORDER = re.compile(r"#?([A-Za-z0-9](?:[A-Za-z0-9_-]{3,62})[A-Za-z0-9])(?![A-Za-z0-9_@-]|\.[A-Za-z0-9])")
_ERROR = re.compile(
    r"#?(-?\d{2,8}|0[xX][0-9a-fA-F]{4,8}|[A-Za-z]{1,12}[-_ ]?\d{2,8}|"
    r"[A-Z][A-Z0-9]{1,20}(?:_[A-Z0-9]{1,20}){1,6})(?![\w-]|[.,:]\d)",
    re.A,
)
_LOOSE_ERROR = re.compile(r"\b(?:(?:ERR|ERROR|E)[_-][A-Z0-9]+(?:[_-][A-Z0-9]+){0,6}|HTTP (?:[45]\d\d))\b", re.A)
_ERROR_SIGNS = ("HTTP 4", "HTTP 5", "E_", "E-", "ERR_", "ERR-", "ERROR_", "ERROR-")
_TAG = re.compile(r"(?<![A-Za-z0-9])(\[?)([A-Za-z]{1,8})[-–— ]?(\d{1,12})[-–— ]?([A-Za-z])(?![A-Za-z0-9])(\]?)", re.A)
_TAG_HINT = re.compile(r"\d[-–— ]?[a-z](?![a-z0-9])")
# Without a word in front of it, only a tag with both hyphens counts.
_WHOLE_TAG_HINT = re.compile(r"-\d{1,12}-[a-z](?![a-z0-9])")
_TAG_WORDS = ("ticket", "case", "工单", "工單", "request")
_LEADS_TO_TAG = re.compile(rf"(?:{'|'.join(_TAG_WORDS)})\W{{0,6}}$")
_CHECK_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_SAYS_ADDRESS = re.compile(
    r"address|addr|wallet|地址|钱包|錢包|dirección|endereço|adresse|adres|адрес|アドレス|주소|địa chỉ|"
    r"alamat|to:|from:|收款|充值|提币|转到|deposit"
)
_SAYS_SOLANA = re.compile(r"solana|\bsol\b|\bspl\b|索拉纳|phantom")
_SAYS_TRON = re.compile(r"tron|trc|trx|波场|波場")
_SAYS_BITCOIN = re.compile(r"bitcoin|btc|blockchair|mempool|blockstream|blockcypher|比特")


def facts(text: str) -> tuple[Fact, ...]:
    """Every fact of a text in its order, at most 1,000; none overlaps another, but for those inside a link.

    Takes time linear in the length of `text`.
    """
    return facts_on(Page.of(text))


def facts_on(page: Page) -> tuple[Fact, ...]:
    """The same for a `Page`."""
    links = list(_links(page))
    found = [*links, *_tokens(page, links), *_by_label(page), *_tags(page), *money(page)]
    found.sort(key=lambda one: (one.span[0], -one.span[1]))
    return tuple(_apart(found))[:MAX_FACTS]


def without(facts: Sequence[Fact], secrets: Sequence[Secret]) -> tuple[Fact, ...]:
    """The facts that no secret overlaps, which may be stored and shown. Both come in the order of the text."""
    out: list[Fact] = []
    at = 0
    ends = sorted(one.span for one in secrets)
    for fact in facts:
        start, end = fact.span
        while at < len(ends) and ends[at][1] <= start:
            at += 1
        if not any(hidden[0] < end and start < hidden[1] for hidden in ends[at : at + 50]):
            out.append(fact)
    return tuple(out)


_STRENGTH: dict[FactType, int] = {"url": 0, "txid": 1, "address": 1, "amount": 3, "network": 4, "asset": 5}


def _apart(found: list[Fact]) -> Iterator[Fact]:
    """Without those that overlap a stronger one; a transaction or an address may stand inside a link."""
    kept: list[Fact] = []
    link_end = 0
    for one in found:
        start = one.span[0]
        if start < link_end and one.type not in ("txid", "address"):
            continue
        while kept and kept[-1].span[1] > start and kept[-1].type != "url":
            if _STRENGTH.get(one.type, 2) >= _STRENGTH.get(kept[-1].type, 2):
                break
            kept.pop()
        else:
            kept.append(one)
            if one.type == "url":
                link_end = one.span[1]
    yield from kept


def _links(page: Page) -> Iterator[Fact]:
    """Web links without the punctuation of the sentence around them."""
    if "://" not in page.low and "www." not in page.low:
        return
    for match in _URL.finditer(page.plain):
        link = match[0][:_MAX_URL].rstrip(".,;:!?*_~|\x1f")
        for opening, closing in ("()", "[]", "{}"):
            if link.endswith(closing) and link.count(opening) < link.count(closing):
                link = link.rstrip(closing + ".,;:!?")
        yield Fact("url", link, (match.start(), match.start() + len(link)), *_judged(link))


def _judged(link: str) -> tuple[bool, str]:
    parts = _URL_PARTS.match(link)
    if parts is None or not _HOST.fullmatch(parts["host"]):
        return False, "no valid host"
    if parts["user"]:
        return True, f"leads to {parts['host'].lower()}: what stands before the @ is no host"
    if "xn--" in parts["host"].lower() or not parts["host"].isascii():
        return True, "international host name"
    # The link of a service that we do not know may hold that of an explorer.
    shown = unquote(link) if "%2F" in link or "%2f" in link else link
    return True, "block explorer" if is_explorer(shown.lower()) else ""


def _tokens(page: Page, links: Sequence[Fact]) -> Iterator[Fact]:
    """The transactions and addresses among long runs of letters and digits."""
    matches = page.tokens
    place = 0
    # A checksum costs a third of a millisecond, so their number is bounded and not only that of what is given back.
    found = 0
    for number, match in enumerate(matches):
        while place < len(links) and links[place].span[1] <= match.start():
            place += 1
        link = links[place] if place < len(links) and links[place].span[0] <= match.start() else None
        left = matches[number - 1].end() if number else 0
        right = matches[number + 1].start() if number + 1 < len(matches) else len(page.plain)
        fact = _token(page, match, link, left, right)
        if fact is not None:
            yield fact
            found += 1
            if found >= MAX_FACTS:
                return


def _token(page: Page, match: re.Match[str], link: Fact | None, left: int, right: int) -> Fact | None:
    """The transaction or address that a token is, or nearly is."""
    token, span = match[0], match.span()
    explored = link is not None and link.note == "block explorer"

    def said() -> str:
        return "txid" if explored else role(page, *span, left, right)

    if _HEX.fullmatch(token):
        return _hex(page, token, span, said, _near(page, span, _SAYS_ADDRESS, left))
    segwit = chains.segwit_address(token)
    if segwit is not None:
        return Fact("address", token.lower(), span, segwit.valid, _joined(segwit.kind, segwit.note))
    if 26 <= len(token) <= 37:
        coin = chains.coin_address(token) if len(token) <= 35 else None
        if coin is not None:
            return Fact("address", token, span, True, coin.kind)
    if link is not None and not explored:
        return None
    near = chains.near_coin_address(token) if 31 <= len(token) <= 37 else None
    likely = (_mixed(token) and 33 <= len(token) <= 35) or _near(page, span, _SAYS_ADDRESS, left)
    # A Solana address may begin with the same letters; if its length fits, it is no Bitcoin address.
    solana = chains.solana_bytes(token) == 32 and _near(page, span, _SAYS_SOLANA, left)
    if near is not None and likely and not solana:
        return Fact("address", token, span, False, _joined(near.kind, near.note))
    return _solana(page, token, span, explored, said, left)


def _hex(page: Page, token: str, span: tuple[int, int], said: Callable[[], str], says_address: bool) -> Fact | None:
    prefixed = token[:2] in ("0x", "0X")
    digits = token[2:] if prefixed else token
    if prefixed and 38 <= len(digits) <= 42:
        found = chains.evm_address("0x" + digits)
        return Fact("address", "0x" + digits, span, found.valid, _joined(found.kind, found.note))
    if not prefixed and len(digits) == 40 and says_address:
        return Fact("address", digits, span, False, "EVM: 0x is missing in front")
    if not 60 <= len(digits) <= 68 or said() != "txid":
        return None
    chain = "EVM" if prefixed else _chain(page, span)
    note = chains.length_note(len(digits), 64)
    return Fact("txid", ("0x" if prefixed else "") + digits.lower(), span, not note, _joined(chain, note))


def _chain(page: Page, span: tuple[int, int]) -> str:
    """The chain of 64 digits without 0x, judged by the words around them."""
    around = page.low[max(0, span[0] - 80) : span[0]] + " " + page.low[span[1] : span[1] + 60]
    tron, bitcoin = _SAYS_TRON.search(around), _SAYS_BITCOIN.search(around)
    return "Bitcoin or TRON" if bool(tron) == bool(bitcoin) else "TRON" if tron else "Bitcoin"


def _solana(
    page: Page, token: str, span: tuple[int, int], explored: bool, said: Callable[[], str], left: int
) -> Fact | None:
    length = len(token)
    if 83 <= length <= 92:
        if said() != "txid":
            return None
        size = chains.solana_bytes(token)
        note = "" if size == 64 else "no 64 bytes of Base58"
        return Fact("txid", token, span, not note, _joined("Solana", note))
    if not 32 <= length <= 46:
        return None
    about = explored or _near(page, span, _SAYS_SOLANA, left)
    address = about or _near(page, span, _SAYS_ADDRESS, left)
    size = chains.solana_bytes(token)
    if size == 32 and (address or (length >= 43 and _mixed(token))) and role(page, *span, left) != "key":
        return Fact("address", token, span, True, "Solana")
    if (
        about
        and _near(page, span, _SAYS_ADDRESS, left)
        and 42 <= length <= 46
        and _mixed(token)
        and size in (0, 31, 33, 34)
    ):
        note = "no Base58" if not size else chains.length_note(size, 32).replace("character", "byte")
        return Fact("address", token, span, False, _joined("Solana", note))
    return None


def _near(page: Page, span: tuple[int, int], pattern: re.Pattern[str], left: int) -> bool:
    """Whether a word stands within 40 characters in front, or shortly behind on the same line."""
    if pattern.search(page.low, max(left, span[0] - 40), span[0]):
        return True
    behind = page.low[span[1] : span[1] + 20]
    return bool(pattern.search(behind.partition("\n")[0]))


def _mixed(token: str) -> bool:
    """Whether it has a digit, a capital and a small letter, and so is neither a word nor a number."""
    return any(c.isdigit() for c in token) and token.upper() != token and token.lower() != token


def _joined(kind: str, note: str) -> str:
    return f"{kind}: {note}" if note else kind


def _by_label(page: Page) -> Iterator[Fact]:
    """Ids and codes that only the words before them identify."""
    seen: dict[tuple[str, int], Fact] = {}
    for name, _, end in _LABELS.found(page):
        between = gap(page, end)
        fact = _labelled(page, name, between, end)
        if fact is not None:
            seen.setdefault((fact.type, fact.span[0]), fact)
    yield from seen.values()
    if any(sign in page.plain for sign in _ERROR_SIGNS):
        for match in _LOOSE_ERROR.finditer(page.plain):
            yield Fact("error_code", match[0], match.span(), True, "")


def _labelled(page: Page, name: str, between: Gap, end: int) -> Fact | None:
    plain, at = page.plain, between.end
    if at == end and at < len(plain) and plain[at].isalpha() and plain[at].isascii():
        return None
    if name == "uid":
        match = _UID.match(plain, at)
        if match:
            good = 4 <= len(match[1]) <= 14
            note = "" if good else f"{len(match[1])} digits: no length of a UID"
            return Fact("uid", match[1], match.span(1), good, note)
        match = _ODD_UID.match(plain, at)
        likely = between.strong or len(match[1]) >= 7 if match else False
        if match and likely and sum(c.isdigit() for c in match[1]) * 2 > len(match[1]):
            return Fact("uid", match[1], match.span(1), False, "not only digits")
    elif name == "order_id":
        match = _ORDER.match(plain, at)
        if match and sum(c.isdigit() for c in match[1]) >= 4:
            return Fact("order_id", match[1], match.span(1), True, "")
    elif name == "error_code":
        match = _ERROR.match(plain, at)
        # "code": 0 and 200 say that a program has succeeded.
        if match and not (between.broken and not between.strong) and not (plain[end - 1] == '"' and match[1] == "200"):
            return Fact("error_code", match[1], match.span(1), True, "")
    return None


def _tags(page: Page) -> Iterator[Fact]:
    """Tags of tickets: letters, number, check letter, as [PD-1042-F]; the desk knows which prefix is its own."""
    hint = _TAG_HINT if any(word in page.low for word in _TAG_WORDS) else _WHOLE_TAG_HINT
    if not hint.search(page.low):
        return
    for match in _TAG.finditer(page.plain):
        prefix, number, letter = match[2], match[3], match[4].upper()
        hyphens = match[0].count("-") == 2
        right = _CHECK_LETTERS[int(number) % 23] == letter
        called = bool(_LEADS_TO_TAG.search(page.low[max(0, match.start() - 20) : match.start()]))
        bracketed = bool(match[1] and match[5])
        if not (hyphens or (called and right)) or not (prefix.isupper() or bracketed or called):
            continue
        if right or bracketed or called:
            tag = f"{prefix.upper()}-{number}-{letter}"
            yield Fact("ticket", tag, (match.start(2), match.end(4)), right, "" if right else "check letter wrong")
