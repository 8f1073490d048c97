"""Amounts, assets and networks: "1,000.50 USDT", "0.5个ETH", "TRC20", "币安智能链"."""

import re
from collections.abc import Iterator

from parser.facts.labels import Labels, Page, each
from parser.mail import Fact

# In any spelling; they mean nothing else in any language that we know of.
_PLAIN = each(
    "BTC ETH USDT USDC BNB TRX XRP DOGE LTC BCH BUSD TUSD FDUSD DAI SHIB MATIC AVAX AAVE XLM XMR ZEC ETC EOS "
    "WBTC WETH STETH PYUSD USDE USDD HBAR ALGO XTZ PEPE FLOKI BONK"
)
# In lower case these are words, too.
_UPPER = each(
    "SOL ADA TON DOT LINK UNI ATOM FIL ARB OP APT SUI NEAR WLD OKB HT GT KCS CRO POL INJ TIA SEI ICP VET LDO "
    "MKR IMX SAND MANA AXS GRT FTM RUNE SNX CRV DASH NEO KAVA ORDI SATS JUP PYTH STX KAS USD EUR CNY RMB HKD "
    "TWD JPY KRW GBP SGD AUD CAD CHF RUB TRY INR VND THB IDR MYR PHP BRL MXN ARS NGN AED UAH PLN"
)
# Too common as words to be reported without an amount.
_ONLY_WITH_AMOUNT = frozenset(each("OP NEAR LINK DOT ADA SAND HT GT MANA TRY ICP CAD SEI RUNE GRT AED POL"))
_NAMES = {
    "比特币": "BTC", "比特幣": "BTC", "以太坊": "ETH", "以太币": "ETH", "以太幣": "ETH", "泰达币": "USDT",
    "泰達幣": "USDT",
    "狗狗币": "DOGE", "狗狗幣": "DOGE", "莱特币": "LTC", "萊特幣": "LTC", "波场币": "TRX", "波場幣": "TRX",
    "瑞波币": "XRP",
    "瑞波幣": "XRP", "币安币": "BNB", "幣安幣": "BNB", "柚子币": "EOS", "门罗币": "XMR", "人民币": "CNY",
    "人民幣": "CNY",
    "美元": "USD", "美金": "USD", "欧元": "EUR", "歐元": "EUR", "港币": "HKD", "港幣": "HKD", "日元": "JPY",
    "韩元": "KRW",
    "新台币": "TWD", "新臺幣": "TWD", "台币": "TWD", "bitcoins": "BTC", "bitcoin": "BTC", "ethereum": "ETH",
    "ether": "ETH",
    "tether": "USDT", "dogecoin": "DOGE", "litecoin": "LTC", "ripple": "XRP", "solana": "SOL", "cardano": "ADA",
    "polkadot": "DOT", "toncoin": "TON", "ビットコイン": "BTC", "비트코인": "BTC", "биткоин": "BTC", "dollars": "USD",
    "euros": "EUR", "yuan": "CNY", "元": "CNY", "块钱": "CNY",
    "руб": "RUB", "рублей": "RUB", "рубля": "RUB", "доллар": "USD", "евро": "EUR", "円": "JPY",
    "reais": "BRL", "rupees": "INR", "刀": "USD", "u": "USDT",
}  # fmt: skip
# Without an amount before them, these are words or parts of words.
_NOT_ALONE = frozenset(each("u 刀 ripple ether yuan 元 块钱 руб рублей рубля доллар евро 円 reais rupees"))
_ASSET_NAMES = {name: asset for name, asset in _NAMES.items() if name not in _NOT_ALONE}
_BY_SYMBOL = {
    "$": "USD",
    "¥": "CNY",
    "￥": "CNY",
    "€": "EUR",
    "£": "GBP",
    "₿": "BTC",
    "Ξ": "ETH",
    "₮": "USDT",
    "₩": "KRW",
}
_CODES = {**{code: code for code in (*_PLAIN, *_UPPER)}, **{code.lower(): code for code in _PLAIN}, "RMB": "CNY"}
# The right spelling of each by its small letters: "link" and "near" are words, LINK and NEAR are not.
_SPELT: dict[str, tuple[str, ...]] = {}
for _code in _CODES:
    _SPELT[_code.lower()] = (*_SPELT.get(_code.lower(), ()), _code)
_SPELLINGS = frozenset([*_SPELT, *filter(str.isascii, _NAMES)])
_TIMES = {"万": 4, "萬": 4, "w": 4, "千": 3, "k": 3, "百万": 6, "百萬": 6, "m": 6, "亿": 8, "億": 8}

_TIMED_SPELLINGS = frozenset(times + name for times in "kwm" for name in _SPELLINGS)

_NUMBER = r"(?:\d{1,3}(?:[ \u00a0']\d{3}){1,6}(?:[.,]\d{1,18})?(?!\d)|\d(?:[\d,.]{0,30}\d)?)"
# The same, not inside of a word or another number. What comes first is a digit, which the engine searches for quickly;
# a mark may stand before it where it begins a word: ".5".
_FREE_NUMBER = (
    r"\d(?<![A-Za-z0-9_']\d)(?<![^\s(（\"“:：=~≈<>+-][.,]\d)"
    r"(?:\d{0,2}(?:[ \u00a0']\d{3}){1,6}(?:[.,]\d{1,18})?(?!\d)|(?:[\d,.]{0,30}\d)?)"
)
_AMOUNT = re.compile(
    rf"(?P<number>{_FREE_NUMBER})(?P<times>\s?(?:百万|百萬|[万萬千亿億]|[kKwWmM](?=[ \u4e00-\u9fffUu]|USD)))?"
    r"(?:\s?[个個枚颗顆块塊])?(?:的)?[ \u00a0]?(?P<asset>[A-Za-z]{1,9}|[\u4e00-\u9fffァ-ー가-힣а-я]{1,6}|[€₿Ξ₮])"
)
_BEFORE = re.compile(
    rf"(?P<sign>[$¥￥€£₿Ξ₮₩])\s?(?P<number>\.?{_NUMBER})(?!\w)|"
    rf"\b(?P<code>[A-Za-z]{{3,6}})[ :]?(?P<more>\.?{_NUMBER})(?![\w.,]\w)",
    re.A,
)
_WORD = re.compile(r"\b[A-Za-z]{2,6}\b", re.A)
_IN_WORD = re.compile(r"\w", re.A)
_DIGIT = re.compile(r"\d")
_DOLLARS = re.compile(r"\$\s?\.?\d")
# Of words of money that are looked at before all numbers are.
_MAX_LOOKS = 100

_STANDARD = re.compile(r"[tebpas](?:rc|ep)[-_ ]?(?P<digits>[0-9o]{1,4})(?![a-z0-9])")
# The letters that each begins with, an O in place of a zero included.
_STANDARD_RUNS = frozenset(a + b + "o" * zeros for a in "tebpas" for b in ("rc", "ep") for zeros in range(5))
_STANDARDS = frozenset(each("TRC20 TRC10 TRC721 ERC20 ERC721 ERC1155 BEP2 BEP20 BRC20 PRC20 ARC20 SRC20"))
_ENDINGS = Labels(
    {
        "": (
            "network",
            "mainnet",
            "chain",
            "blockchain",
            *each("主网 主網 网络 網路 網絡 公链 公鏈 智能链 智能鏈 链 鏈 ネットワーク 네트워크"),
        )
    }
)
_BEFORE_ENDING = re.compile(r"([a-z]{2,10}|[\u4e00-\u9fff]{2,4})(?: smart)? ?$")
_COINS = {
    "TRON": ("tron", "trx", "波场", "波場"), "Ethereum": ("ethereum", "eth", "以太坊"), "Bitcoin": ("bitcoin", "btc",
    "比特币", "比特幣"),
    "Solana": ("solana", "sol", "索拉纳"), "BNB Smart Chain": ("bsc", "bnb", "binance", "币安", "幣安"),
    "Polygon": ("polygon", "matic", "马蹄"), "Avalanche": ("avalanche", "avax", "雪崩"), "TON": ("ton",),
    "Base": ("base",),
    "Litecoin": ("litecoin", "ltc"), "XRP Ledger": ("ripple", "xrp"), "Cosmos": ("cosmos",), "Aptos": ("aptos",),
    "Sui": ("sui",),
    "NEAR": ("near",), "Polkadot": ("polkadot", "波卡"), "Linea": ("linea",), "Scroll": ("scroll",),
    "Mantle": ("mantle",),
    "Kava": ("kava",), "Arbitrum": ("arbitrum", "arb"), "Optimism": ("optimism",), "OKTC": ("欧易", "okt"),
    "HECO": ("火币生态", "heco"),
    "Lightning": ("lightning", "闪电", "閃電"), "opBNB": ("opbnb",), "zkSync": ("zksync",), "Omni": ("omni",),
}  # fmt: skip
_ALONE = {
    "TRON": ("tron", "波场", "波場"), "BNB Smart Chain": ("bsc",), "Solana": ("spl",), "Omni": ("omni", "omni layer"),
    "Arbitrum": ("arbitrum", "arbitrum one", "arbitrum nova"), "Optimism": ("optimism",), "Polygon": ("polygon",
    "polygon pos"),
    "Avalanche": ("avalanche", "avalanche c-chain", "avax c-chain", "c-chain"), "opBNB": ("opbnb",),
    "zkSync": ("zksync", "zksync era"),
}  # fmt: skip
_ALONE_LABELS = Labels(_ALONE)
_BY_COIN = {coin: name for name, coins in _COINS.items() for coin in coins}


def money(page: Page) -> Iterator[Fact]:
    """Every amount with its asset, every network, and every asset that stands alone."""
    taken: list[tuple[int, int]] = []
    for found in (*_networks(page), *_amounts(page)):
        taken.append(found.span)
        yield found
    taken.sort()
    yield from _assets(page, taken)


def _amounts(page: Page) -> Iterator[Fact]:
    plain = page.plain
    if not _may_hold_amounts(page):
        return
    for match in _AMOUNT.finditer(plain):
        asset, end = _asset(match["asset"], match.start("asset"))
        start = match.start() - (plain[match.start() - 1 : match.start()] in (".", ","))
        number = _decimal(plain[start : match.end("number")]) if asset else None
        if number is None:
            continue
        # "5 u" is not 5 USDT, but "500u" and "500U" are. A year before "USD" is rare enough.
        if match["asset"] == "u" and match.start("asset") != match.end("number"):
            continue
        value = _times(number, (match["times"] or "").strip().lower())
        yield Fact("amount", f"{value} {asset}", (start, end), True, _amount_note(match["number"]))
    for match in _BEFORE.finditer(plain):
        asset = _BY_SYMBOL.get(match["sign"] or "") or _CODES.get(match["code"] or "")
        spelled = match["number"] or match["more"]
        number = _decimal(spelled)
        if asset is None or number is None or (match["code"] and _followed_by_asset(plain, match.end())):
            continue
        if match["code"] and spelled[0] == "." and match.end("code") == match.start("more"):
            # The end of a sentence.
            continue
        yield Fact("amount", f"{number} {asset}", match.span(), True, _amount_note(spelled))


def _may_hold_amounts(page: Page) -> bool:
    """A quick check: a number next to a sign or a word of money, or letters outside ASCII."""
    low = page.low
    if not low.isascii() or _DOLLARS.search(low):
        return True
    left = _MAX_LOOKS
    # "5kusdt" is a k and a word.
    for word in (page.words & _SPELLINGS) | {run[1:] for run in page.words & _TIMED_SPELLINGS}:
        at = low.find(word)
        while at >= 0:
            end = at + len(word)
            left -= 1
            if left < 0 or _DIGIT.search(low, max(0, at - 4), at) or _DIGIT.search(low, end, end + 3):
                return True
            at = low.find(word, end)
    return False


def _whole(plain: str, word: str) -> Iterator[int]:
    """Where a word begins with neither an ASCII letter nor a digit or "_" beside it."""
    at = plain.find(word)
    while at >= 0:
        end = at + len(word)
        if not _IN_WORD.match(plain, end) and not (at and _IN_WORD.match(plain, at - 1)):
            yield at
        at = plain.find(word, end)


def _followed_by_asset(plain: str, at: int) -> bool:
    """ "USDT 500 USDT" and "BTC 0.5 ETH" are one amount and a word before it."""
    word = _WORD.match(plain, at + 1)
    return plain[at : at + 1] == " " and word is not None and word[0] in _CODES


def _asset(spelled: str, start: int) -> tuple[str | None, int]:
    """The asset that a word names or begins with, and where that ends; Chinese has no blank behind it."""
    if spelled.isascii():
        code = _CODES.get(spelled) or _NAMES.get(spelled.lower())
        return code, start + len(spelled)
    for length in range(min(len(spelled), 6), 0, -1):
        name = spelled[:length]
        code = _NAMES.get(name) or _BY_SYMBOL.get(name)
        if code:
            return code, start + length
    return None, start


def _decimal(spelled: str) -> str | None:
    """A number with its marks taken apart: "1,000.50", "1.000,50", "1 000" and "1'000" in one spelling."""
    if spelled[0] in ".,":
        # Half a coin, not half a number.
        return _decimal("0." + spelled[1:]) if spelled[1:].isdigit() else None
    text = (
        re.sub(r"[ \u00a0']", "", spelled)
        if re.fullmatch(r"\d{1,3}(?:[ \u00a0']\d{3})+(?:[.,]\d+)?", spelled)
        else spelled
    )
    if "," in text and "." in text:
        group, point = (",", ".") if text.rfind(".") > text.rfind(",") else (".", ",")
        text = text.replace(group, "").replace(point, ".")
    elif "," in text:
        grouped = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", text)
        text = text.replace(",", "" if grouped else ".")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    whole, point, part = text.partition(".")
    if not whole.isdigit() or (point and not part.isdigit()) or len(text) > 40:
        return None
    part = part.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{part}" if part else whole.lstrip("0") or "0"


def _times(number: str, word: str) -> str:
    """A decimal times the factor of 万 or k."""
    places = _TIMES.get(word, 0)
    if not places:
        return number
    whole, _, part = number.partition(".")
    part = part.ljust(places, "0")
    whole, part = (whole + part[:places]).lstrip("0") or "0", part[places:].rstrip("0")
    return f"{whole}.{part}" if part else whole


def _amount_note(spelled: str) -> str:
    """ "1.000" is one in English and a thousand in German."""
    return "the point may separate thousands" if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", spelled) else ""


def _networks(page: Page) -> Iterator[Fact]:
    """Token standards and names of chains; of names that overlap the longest that begins first."""
    for match in _STANDARD.finditer(page.low) if page.words & _STANDARD_RUNS else ():
        start, end = match.span()
        digits = match["digits"]
        value = page.low[start : start + 3].upper() + digits.replace("o", "0")
        if start and page.low[start - 1].isalnum() and page.low[start - 1].isascii():
            continue
        if value in _STANDARDS:
            note = "the letter O in place of a zero" if "o" in digits else ""
            yield Fact("network", value, (start, end), not note, note)
        elif value[:3] in ("TRC", "ERC", "BEP") and digits.isdigit():
            yield Fact("network", value, (start, end), False, "no such standard")
    last = 0
    for name, start, end in sorted([*_ALONE_LABELS.found(page), *_chains(page)], key=lambda one: (one[1], -one[2])):
        if start >= last:
            last = end
            yield Fact("network", name, (start, end), True, "")


def _chains(page: Page) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of "ETH network", "bnb smart chain", "比特币网络"."""
    for _, start, end in _ENDINGS.found(page):
        before = _BEFORE_ENDING.search(page.low[max(0, start - 18) : start])
        if before is None:
            continue
        # Chinese has no blank before the name, so its longest ending that is one counts.
        for cut in range(len(before[1]) - 1):
            name = _BY_COIN.get(before[1][cut:])
            if name and (cut == 0 or not before[1].isascii()):
                yield name, start - len(before[0]) + cut, end
                break


def _assets(page: Page, taken: list[tuple[int, int]]) -> Iterator[Fact]:
    """Assets named without an amount, outside of the spans that are taken."""
    found: list[tuple[int, int, str]] = []
    for word in page.words & _SPELLINGS:
        for spelt in _SPELT.get(word, ()):
            if _CODES[spelt] not in _ONLY_WITH_AMOUNT:
                found += ((start, start + len(spelt), _CODES[spelt]) for start in _whole(page.plain, spelt))
    if not page.low.isascii() or "coin" in page.low or "ether" in page.low:
        for name, code in _ASSET_NAMES.items():
            at = page.low.find(name)
            while at >= 0:
                found.append((at, at + len(name), code))
                at = page.low.find(name, at + len(name))
    found.sort(key=lambda one: (one[0], -one[1]))
    number, last = 0, 0
    for start, end, code in found:
        while number < len(taken) and taken[number][1] <= start:
            number += 1
        inside = number < len(taken) and taken[number][0] < end
        if not inside and start >= last:
            last = end
            yield Fact("asset", code, (start, end), True, "")
