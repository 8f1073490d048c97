"""Private keys, by their shape where that is unique, else by the nearest label."""

import bisect
import re
from collections.abc import Iterator, Sequence

from parser.facts import chains
from parser.facts.labels import Labels, Page, each, gap, is_explorer, role
from parser.mail import Fact

_PEM = re.compile(r"-{4,5} ?begin [a-z0-9 ]{0,40}private key(?: block)? ?-{4,5}")
_PEM_END = re.compile(r"-{4,5} ?end [a-z0-9 ]{0,40}private key(?: block)? ?-{4,5}")
_PEM_LINE = re.compile(r"[> \t]{0,9}(?:[A-Za-z0-9+/=]{8,200}|[A-Za-z-]{1,40}: [^\n]{0,200})?[ \t\r]{0,9}(?:\n|$)")
_MAX_PEM = 20_000
_MAX_KEYSTORE = 20_000
_EXTENDED = re.compile(r"(?<![0-9A-Za-z])[xyztuv]prv[1-9A-HJ-NP-Za-km-z]{90,112}(?![0-9A-Za-z])")
_BYTES = re.compile(r"\[\s{0,8}\d{1,3}(?:\s{0,8},\s{0,8}\d{1,3}){31,63}\s{0,8}\]")
_KNOWN = re.compile(
    r"(?<![0-9A-Za-z])(?:AKIA[0-9A-Z]{16}|sk_live_[0-9A-Za-z]{16,100}|rk_live_[0-9A-Za-z]{16,100}|"
    r"sk-(?:[a-z]{2,10}-)?[0-9A-Za-z_-]{20,200}|"
    r"gh[pousr]_[0-9A-Za-z]{30,255}|github_pat_[0-9A-Za-z_]{30,255}|xox[abprs]-[0-9A-Za-z-]{10,200}|"
    r"AIza[0-9A-Za-z_-]{35})(?![0-9A-Za-z])"
)
_KNOWN_STARTS = frozenset(each("sk rk ghp gho ghu ghs ghr github xoxa xoxb xoxp xoxr xoxs"))
_OTPAUTH = re.compile(r"otpauth(?:-migration)?://[^\s<>\"'\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]{4,1000}")
_SESSION = re.compile(
    r"[?&#;](?:access_token|refresh_token|id_token|token|session|sessionid|session_id|auth|auth_token|reset_token|"
    r"confirmation_token|secret|api_key|apikey)=(?P<token>[a-z0-9._~%+-]{16,1000})|"
    r"[?&#;](?:password|passwd|pwd)=(?P<password>[^\s&#<>\"']{4,200})"
)
_USER = re.compile(r"://[^\s/?#@:<>]{1,200}:(?P<value>[^\s/?#@<>]{1,200})@")
_KEY_LABELS = Labels({
    "key": (
        "private key", "privatekey", "private_key", "private-key", "privkey", "priv key", "secret key", "wallet key",
        "pk", "私钥", "私鑰",
        "密钥", "密鑰", "秘钥", "私匙", "clave privada", "llave privada", "chave privada", "clé privée",
        "chiave privata", "приватный ключ",
        "закрытый ключ", "秘密鍵", "개인키", "개인 키", "privater schlüssel", "private schlüssel", "khóa riêng",
    )
})  # fmt: skip
# Groups are taken whole and stand apart: many ways to divide one run of digits would be tried one after the other.
_GROUPED_HEX = re.compile(
    r"(?:0x)?[0-9a-f]{2,64}+(?:(?=[\s>:,-])[ \t:,-]{0,2}+\r?+\n?+[ \t>]{0,4}+[0-9a-f]{2,64}+){1,31}(?![0-9a-z])"
)
_AFTER_KEY = re.compile(r"[1-9A-HJ-NP-Za-km-z]{40,100}(?![0-9A-Za-z])")
_HEX = re.compile(r"(?:0x)?[0-9a-f]+")


def keys(page: Page, facts: Sequence[Fact]) -> Iterator[tuple[str, int, int]]:
    """(class, start, end) of every private key, possible key, keystore and setup link; linear in the text."""
    yield from _blocks(page)
    yield from _runs(page, facts)
    if page.words & _KNOWN_STARTS or "akia" in page.low or "aiza" in page.low:
        for match in _KNOWN.finditer(page.plain):
            yield "api_secret", *match.span()
    if "prv" in page.low:
        for match in _EXTENDED.finditer(page.plain):
            yield "private_key", *match.span()
    if "[" in page.low:
        yield from (("private_key", *match.span()) for match in _BYTES.finditer(page.low) if _is_bytes(match))
    if "otpauth" in page.low:
        for match in _OTPAUTH.finditer(page.low):
            yield "authenticator_key", *match.span()
    for one in facts:
        if one.type == "url":
            yield from _in_link(page, one)
    yield from _labelled(page)


def _is_bytes(match: re.Match[str]) -> bool:
    """32 or 64 numbers below 256: how Solana's tools write a key pair."""
    found = re.findall(r"\d+", match[0])
    return len(found) in (32, 64) and all(int(one) < 256 for one in found)


def _in_link(page: Page, link: Fact) -> Iterator[tuple[str, int, int]]:
    """Links that let anybody in: they hold session tokens or passwords."""
    if link.note == "block explorer":
        return
    start, end = link.span
    for match in _SESSION.finditer(page.low, start, end):
        if match["password"]:
            yield "password", *match.span("password")
        elif sum(letter.isdigit() for letter in match["token"]) >= 3:
            yield "session_link", *match.span("token")
    user = _USER.search(page.low, start, end)
    if user:
        yield "password", user.start("value"), user.end("value")


def _blocks(page: Page) -> Iterator[tuple[str, int, int]]:
    """PEM blocks, and the keystores of wallets (Web3 Secret Storage)."""
    low = page.low
    at = 0
    if "private key" in low:
        # All ends are found once, so that a text full of beginnings is not searched again from each.
        ends = [match.end() for match in _PEM_END.finditer(low)]
        while match := _PEM.search(low, at):
            place = bisect.bisect_left(ends, match.end())
            closed = place < len(ends) and ends[place] <= match.end() + _MAX_PEM
            at = ends[place] if closed else _pem_lines(page, match.end())
            yield "private_key", match.start(), at
    found = low.find('ciphertext"')
    while found >= 0:
        start, end = _object_around(low, found)
        near = low[start:end]
        if "kdf" in near or '"mac"' in near or "cipherparams" in near:
            yield "keystore", start, end
        found = low.find('ciphertext"', max(end, found + 1))


def _pem_lines(page: Page, at: int) -> int:
    """The end of the lines that look like those of a PEM block, where its last line is missing."""
    at = page.plain.find("\n", at, at + 20) + 1 or at
    for _ in range(200):
        line = _PEM_LINE.match(page.plain, at)
        if line is None or line.end() == at:
            break
        at = line.end()
    return at


def _object_around(low: str, at: int) -> tuple[int, int]:
    """The JSON object, the outermost within 20,000 characters, around a position; all of them where it is cut."""
    start, depth = at, 0
    first = max(0, at - _MAX_KEYSTORE // 4)
    for place in range(at - 1, first - 1, -1):
        letter = low[place]
        if letter == "}":
            depth += 1
        elif letter == "{":
            if depth:
                depth -= 1
            else:
                start = place
        elif letter == "\n" and low[place - 1 : place] == "\n" and start < at:
            break
    depth = 0
    last = min(len(low), at + _MAX_KEYSTORE)
    for place in range(start, last):
        letter = low[place]
        depth += (letter == "{") - (letter == "}")
        if letter == "}" and depth <= 0 and place > at:
            return start, place + 1
    return start, last


def _runs(page: Page, facts: Sequence[Fact]) -> Iterator[tuple[str, int, int]]:
    """The runs of letters and digits that are a key, or may be one."""
    public = {one.span[0] for one in facts if one.type in ("txid", "address") and one.valid}
    links = [one for one in facts if one.type == "url"]
    matches = page.tokens
    place = 0
    for number, match in enumerate(matches):
        token, (start, end) = match[0], match.span()
        while place < len(links) and links[place].span[1] <= start:
            place += 1
        inside = place < len(links) and links[place].span[0] <= start
        if start in public and not 60 <= len(token) <= 68:
            continue
        left = matches[number - 1].end() if number else 0
        right = matches[number + 1].start() if number + 1 < len(matches) else len(page.plain)
        explored = inside and is_explorer(links[place].value.lower())
        found = None if explored else _class_of(page, token, start, end, left, right, inside)
        if found:
            yield found, start, end


def _class_of(page: Page, token: str, start: int, end: int, left: int, right: int, in_link: bool) -> str | None:
    low = token.lower()
    if 62 <= len(token) <= 68 and _HEX.fullmatch(low):
        digits = len(token) - 2 * low.startswith("0x")
        if 63 <= digits <= 65:
            said = role(page, start, end, left, right)
            return {"key": "private_key", "unknown": "possible_key"}.get(said)
    if token[0] in "5KLc9" and 50 <= len(token) <= 53 and not in_link:
        payload = chains.base58check(token)
        right_shape = (token[0] in "59" and len(token) == 51) or (token[0] in "KLc" and len(token) == 52)
        if payload is not None and payload[:1] in (b"\x80", b"\xef"):
            return "private_key"
        if token[0] in "5KL" and right_shape and chains.base58(token) is not None and _varied(token):
            return "private_key"
    if 86 <= len(token) <= 88 and chains.solana_bytes(token) == 64:
        said = role(page, start, end, left, right)
        return {"key": "private_key", "unknown": "possible_key"}.get(said)
    return None


def _varied(token: str) -> bool:
    return any(c.isdigit() for c in token) and token.upper() != token and token.lower() != token


def _labelled(page: Page) -> Iterator[tuple[str, int, int]]:
    """Behind a label: digits in groups or over two lines, and Base58 of any kind of key."""
    for _, _, end in _KEY_LABELS.found(page):
        between = gap(page, end)
        grouped = _GROUPED_HEX.match(page.low, between.end)
        if grouped:
            digits = re.sub(r"[\s>:,-]|0x", "", grouped[0])
            if 63 <= len(digits) <= 65:
                yield "private_key", *grouped.span()
        key = _AFTER_KEY.match(page.plain, between.end)
        if key and _varied(key[0]) and between.linked | between.broken:
            yield "private_key", *key.span()
