"""Secrets that only the words before them identify: passwords, codes, API secrets, setup keys."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from parser.facts.labels import WALL, Gap, Page, each, gap
from parser.secrets.names import NAMES, in_camel_case

_DENIED = frozenset(
    each(
        "reset required forgotten forgot wrong incorrect invalid changed change none null n/a unknown expired yes "
        "no not the and or is was please hidden removed protected protection never help lost error correct same "
        "different weak strong again before after recovery manager policy field login email e-mail sms phone my "
        "your new old current default any with for to in on at it does doesn't didn't isn't won't cannot can't "
        "works working failed fails reset. unchanged above below here attached secure secret confirmation "
        "verification settings page link button redacted 1password"
    )
)
_MASKED = re.compile(r"[*•●xX.＊·_-]{3,}$")
# Letters of Europe's other alphabets count, too: "Пароль: зима77".
_TOKEN = re.compile(r"[!-~\u00c0-\u024f\u0370-\u052f]{3,200}")
_HAN_AND_DIGITS = re.compile(r"(?!长度|必须|至少|需|应|由|最|長度|必須|需|應)[\u4e00-\u9fff]{0,8}[!-~]{3,60}")
_ADDRESS_AND_MORE = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,100}\.[a-z]{2,12}[ \t]?(?:[/:|,;]|\r?\n)[ \t]?([!-~]{6,60})")
_SIGNS = frozenset("@#$%^&*!_=+")
# "Rainy_Day77 (password)"
_IN_FRONT = re.compile(r"(?:(?<=\s)|^)([!-~]{6,60}) [(（]$")
_IN_QUOTES = re.compile(r"(?P<sign>[\"'`])(?P<value>[!-~]{1,40}(?: [!-~]{1,40}){1,4}?)(?P=sign)")
# "input(", "os.environ[", 'name="': a program or a page that names a password but holds none.
_CODE_OF_A_PROGRAM = re.compile(r"[A-Za-z_][A-Za-z_.]*(?:\(|\[[\"']|=[\"'])")
_BRIDGE = re.compile(
    r",? c['’]est(?= )|,(?= [!-~]{6,40},)| (?:(?:should|must|has to) be|habe ich auf|que (?:puse|pongo|"
    r"tengo) es|que j'ai mis est|(?:that )?i(?: am|'m)? (?:use|used|using|set|have|chose|tried|try)|to log ?in|"
    r"que (?:uso|utilizo)|"
    r"de (?:acesso|acceso|login)|đăng nhập|actuel(?:le)?|ancien(?:ne)?|actual|anterior|antigu?[ao]|atual|"
    r"nuev[ao]|nov[ao]|"
    r"nuov[ao]|vecchi[ao]|attuale|lama|baru|saat ini|cũ|mới|hiện tại|"
    r"que j'utilise|er|to|saya|ku|so|такой|вот|(?:от|для|к) \w{2,20}|của (?:tôi|mình|em)|mea|μου|"
    r"je|on|е|من|الخاصة? بي|שלי)(?=[ :])| for (?:the |my )?\w{2,12}(?= ?[:=])|ของ(?:ฉัน|ผม|ดิฉัน|หนู)"
)
# "password of my account is", in the words of any language, but for those of what a password is not.
_OF_WHAT = re.compile(
    r"(?: (?!reset|change|error|order|ticket|case|id\b|uid|code|version|manager|reference|number|"
    r"policy|hint|length|minimum|rules?\b|page|field|form)[^\W\d_]{1,14}){1,4}"
    r"(?= ?[:：=]| (?:is|es|ist|est|é|è|to|adalah|là|είναι|هي|هو|היא|הוא)\b)"
)
# "ana@example.org:Tr0ub4dor&3", as programs and thieves keep them.
_LOGIN = re.compile(r"@[A-Za-z0-9.-]{1,100}\.[A-Za-z]{2,12}(?::|[ \t]?\|[ \t]?)(?!@)([!-~]{6,60})")
_SECRET = re.compile(r"[A-Za-z0-9+/=_\-.]{12,512}")
_REST = re.compile(r"[^\n\x1f。，；]{4,80}")
_CODE = re.compile(
    r"(?:g-)?(\d{6,8}|\d\d-\d\d-\d\d|\d\d \d\d \d\d|\d{3}[ -]\d{3,4}|\d{4,5})(?![a-z0-9_-]|[.,:/]\d|%|"
    r" ?(?:次|分|位|秒|小时|元|个|個|年|月|天|号|"
    r"桁|回|円|minutes?|times?|digits?|usdt|btc|eth|usd))"
)
_LATER_CODE = re.compile(
    r"[^\d\n\x1f.;!?。；！？$¥€#]{0,28}?(?<![\d.,-])(\d{6}|\d{3} \d{3})(?![\w-]|[.,:/]\d|%| ?(?:usdt|btc|"
    r"eth|usd|u\b|分钟|minutes|次))"
)
_EARLIER_CODE = re.compile(
    r"(?:(?<![\w.,/-])|(?<=\bg-))(\d{6}|\d{3} \d{3})[\s\"'*]{0,3}"
    r"(?:(?:is|was|as|for)\s(?:my|the|your|our)\s(?:[a-z]{2,15}\s)?|as\s(?:an?\s)?|是(?:我的|你的|您的)?|[(（])$"
)
_BY_SMS = re.compile(
    r"\b(?:code|код|código|codice|kode?|mã)\W{1,3}(\d{6}|\d{3} \d{3})\s(?:by|via|from|in|on|per|por|par|z|из|по|в)\s"
    r"(?:the\s|an?\s)?$"
)
_BACKUP = re.compile(r"(?:\d{1,2}[.):、]\s{0,3})?([a-z0-9]{3,6}(?:[- ][a-z0-9]{3,6}){1,3}|[a-z0-9]{6,16})(?![\w-])")
_BETWEEN_CODES = re.compile(r"[\s,;，、|>*•/-]{1,12}(?:and |和)?")
_BASE32 = re.compile(r"[a-z2-7]{4}(?:[ -]?[a-z2-7]{4}){3,15}[a-z2-7]{0,4}=*(?![a-z0-9])|[a-z2-7]{16,64}=*(?![a-z0-9])")
_NOT_A_CODE = re.compile(r"(?:error|order|订单|訂單|uid|ticket|工单|case)\W{0,3}$")


@dataclass(frozen=True, slots=True)
class _Said:
    """A label, and what separates it from its value."""

    gap: Gap
    start: int
    end: int


def labelled(page: Page) -> Iterator[tuple[str, int, int]]:
    """(class, start, end) of every secret behind a label that fits; linear in the length of the text."""
    for name, start, end in itertools.chain(NAMES.found(page), in_camel_case(page)):
        # A quick check that rules out most sentences that only mention codes.
        if name in _OF_DIGITS and not _DIGIT.search(page.low, max(0, start - 48), end + 60):
            continue
        bridge = _bridge(page, end) if name in _BRIDGED else None
        between = gap(page, bridge.end() if bridge else end)
        if (
            between.end == end
            and end < len(page.low)
            and page.low[end].isalnum()
            and page.low[end].isascii()
            and page.low[end - 1].isascii()
        ):
            continue
        if page.low.startswith(WALL, between.end):
            continue
        yield from _VALUES[name](page, _Said(between, start, bridge.end() if bridge else end))
    if "@" in page.plain:
        for match in _LOGIN.finditer(page.plain):
            value = match[1].rstrip(".,;)]}>\"'`")
            if _very_strange(value) and any(c.isalpha() for c in value) and any(c.isdigit() for c in value):
                yield "password", match.start(1), match.start(1) + len(value)


def _bridge(page: Page, end: int) -> re.Match[str] | None:
    """What may stand between a label and what leads to its value; any words only before a strange value."""
    known = _BRIDGE.match(page.low, end)
    of_what = _OF_WHAT.match(page.low, end) if known is None else None
    if of_what is None:
        return known
    value = _TOKEN.match(page.plain, gap(page, of_what.end()).end)
    return of_what if value and _very_strange(value[0]) and any(c.isalpha() for c in value[0]) else None


def _password(page: Page, said: _Said) -> Iterator[tuple[str, int, int]]:
    if page.plain.startswith((")", "）"), said.end):
        earlier = _IN_FRONT.search(page.plain, max(0, said.start - 80), said.start)
        if earlier and _very_strange(earlier[1]):
            yield "password", *earlier.span(1)
            return
    if not (said.gap.linked or said.gap.broken or said.gap.end - said.end <= 2):
        return
    at = said.gap.end
    pair = tuple(_pair(page, said))
    if pair:
        yield from pair
        return
    quoted = _IN_QUOTES.match(page.plain, at - 1) if said.gap.linked else None
    if quoted and _very_strange(quoted["value"]):
        yield "password", *quoted.span("value")
        return
    match = _TOKEN.match(page.plain, at) or _HAN_AND_DIGITS.match(page.plain, at)
    if match is None or _CODE_OF_A_PROGRAM.match(match[0]):
        return
    value = match[0].rstrip(".,;)]}>\"'`")
    if len(value) < 3 or "://" in value or value.lower().rstrip("!?:") in _DENIED or _MASKED.fullmatch(value):
        return
    stop = at + len(value)
    alone = not page.plain[match.end() : match.end() + 40].partition("\n")[0].strip(" \t|*_`\"'.,;)]")
    if _strange(value) and (said.gap.linked or said.gap.broken or _very_strange(value)):
        # On another line without a colon only a single word counts, so that a heading does not take in a sentence.
        if said.gap.broken and not said.gap.strong and not alone:
            return
        if said.gap.strong or said.gap.broken or _very_strange(value) or value.isdigit() or _odd_case(value):
            yield "password", at, stop
    elif value.isdigit() and 6 <= len(value) <= (7 if page.low[said.end - 1].isascii() else 12):
        # Chinese needs no colon: "密码 55025359"; elsewhere a longer one is a date or a telephone.
        yield "password", at, stop
    elif said.gap.strong and alone and len(value) >= 4 and value.isascii() and (not said.gap.broken or value.islower()):
        yield "password", at, stop


def _short_password(page: Page, said: _Said) -> Iterator[tuple[str, int, int]]:
    """ "pass: Tr0ub4dor&3"; the word is too common for more, but with a sign within the value."""
    match = _TOKEN.match(page.plain, said.gap.end) if not said.gap.broken else None
    value = match[0].rstrip(".,;:!?)]}>\"'`") if match else ""
    if not (_very_strange(value) and any(c.isalpha() for c in value) and any(c.isdigit() for c in value)):
        return
    # "A1234567" behind "pass is" is the number of a paper, and "level2" a word.
    says = page.low[said.end : said.gap.end].strip() == "is" and len(value) >= 8 and any(c.islower() for c in value)
    if said.gap.strong or says or any(c in _SIGNS for c in value):
        yield "password", said.gap.end, said.gap.end + len(value)


def _pair(page: Page, said: _Said) -> Iterator[tuple[str, int, int]]:
    """ "login / password: ann@example.org / Tr0ub4dor&3": the second of two values."""
    match = _ADDRESS_AND_MORE.match(page.plain, said.gap.end) if said.gap.strong else None
    value = match[1].rstrip(".,;)]}>\"'`") if match else ""
    if match and _very_strange(value):
        yield "password", match.start(1), match.start(1) + len(value)


def _strange(value: str) -> bool:
    """Whether it is no plain word: it has a digit, a sign inside, or capitals where a word has none."""
    return (
        any(c.isdigit() for c in value)
        or not value.strip("!?.").replace("-", "").replace("'", "").isalpha()
        or _odd_case(value)
    )


def _very_strange(value: str) -> bool:
    """Whether it has letters together with digits or signs, as hardly any word does."""
    kinds = (
        any(c.isalpha() for c in value),
        any(c.isdigit() for c in value),
        any(not c.isalnum() for c in value.rstrip("!?")),
    )
    return sum(kinds) >= 2 and len(value) >= 6 and any(c.isdigit() or c in _SIGNS for c in value) and "/" not in value


def _odd_case(value: str) -> bool:
    return value.isalpha() and not (value.islower() or value.isupper() or value.istitle())


def _passphrase(page: Page, said: _Said) -> Iterator[tuple[str, int, int]]:
    if not said.gap.linked and not said.gap.broken:
        return
    rest = _REST.match(page.plain, said.gap.end)
    whole = rest[0].rstrip() if rest else ""
    if said.gap.strong and 2 < len(whole.split()) <= 8 and not re.search(r"[.!?,:]\s", whole):
        yield "passphrase", said.gap.end, said.gap.end + len(whole)
        return
    match = _TOKEN.match(page.plain, said.gap.end)
    word = match[0].rstrip(".,;)") if match else ""
    if not word or _MASKED.fullmatch(word):
        return
    if (word.lower() not in _DENIED) if said.gap.strong else (_strange(word) and len(word) >= 4):
        yield "passphrase", said.gap.end, said.gap.end + len(word)


def _api_secret(page: Page, said: _Said) -> Iterator[tuple[str, int, int]]:
    match = _SECRET.match(page.plain, said.gap.end)
    if match is None:
        return
    value = match[0].rstrip(".-")
    kinds = sum((any(c.isdigit() for c in value), any(c.isupper() for c in value), any(c.islower() for c in value)))
    if (
        kinds >= (2 if len(value) >= 16 else 3)
        and any(c.isdigit() for c in value)
        and not re.search(r"[.-]{2}|\.[a-z]{2,4}$", value)
    ):
        yield "api_secret", said.gap.end, said.gap.end + len(value)


def _one_time_code(page: Page, said: _Said) -> Iterator[tuple[str, int, int]]:
    low = page.low
    match = (
        _CODE.match(low, said.gap.end)
        if said.gap.linked or said.gap.broken or said.gap.end > said.end or said.end == said.gap.end
        else None
    )
    if match and (said.gap.linked or said.gap.broken or len(match[1]) >= 6) and not _is_year(match[1], said.gap):
        yield "one_time_code", *match.span()
        return
    later = _LATER_CODE.match(low, said.end)
    if (
        later
        and not _NOT_A_CODE.search(low[said.end : later.start(1)])
        and not re.search(
            r"order|订单|訂單|uid|ticket|工单|amount|error|代码|"
            r"num|nº|номер|客户|户|phone|tel|ошибк|erreur|fehler|konto|account|电话|手机",
            low[said.end : later.start(1)],
        )
    ):
        yield "one_time_code", *later.span(1)
    # "123456 is my verification code"
    earlier = _EARLIER_CODE.search(low, max(0, said.start - 48), said.start)
    earlier = earlier or _BY_SMS.search(low, max(0, said.start - 48), said.start)
    if earlier:
        yield "one_time_code", *earlier.span(1)


def _is_year(digits: str, between: Gap) -> bool:
    return len(digits) == 4 and digits[:2] in ("19", "20") and not between.strong


def _backup_code(page: Page, said: _Said) -> Iterator[tuple[str, int, int]]:
    """Up to 24 codes, in a row or one on each line."""
    at = said.gap.end
    for _ in range(24):
        match = _BACKUP.match(page.low, at)
        if match is None or sum(c.isdigit() for c in match[1]) < 2:
            return
        yield "backup_code", *match.span(1)
        following = _BETWEEN_CODES.match(page.low, match.end())
        if following is None:
            return
        at = following.end()


def _authenticator_key(page: Page, said: _Said) -> Iterator[tuple[str, int, int]]:
    match = _BASE32.match(page.low, said.gap.end)
    if match is None:
        return
    value = page.plain[said.gap.end : match.end()].rstrip("= ")
    compact = re.sub(r"[ -]", "", value)
    # Letters and digits, or all capitals, or groups of four: five words of four letters in a row are no setup key.
    if 16 <= len(compact) <= 80 and (any(c.isdigit() for c in compact) or (compact.isupper() and len(compact) >= 16)):
        yield "authenticator_key", *match.span()


_BRIDGED = frozenset({"password", "passphrase"})
_OF_DIGITS = frozenset({"one_time_code", "backup_code"})
_DIGIT = re.compile(r"\d")
_VALUES = {
    "password": _password,
    "pass": _short_password,
    "pair": _pair,
    "passphrase": _passphrase,
    "api_secret": _api_secret,
    "one_time_code": _one_time_code,
    "backup_code": _backup_code,
    "authenticator_key": _authenticator_key,
}
