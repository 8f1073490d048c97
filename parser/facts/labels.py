"""The context of a value: labels, separators, and what the nearest label says a run of 64 hexadecimal digits is."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from parser.facts.transfers import speaks_of_transfers, transfer_was_made

LABEL_DISTANCE = 40
"""How many code points may separate a label from its value."""

Role = Literal["txid", "key", "public", "unknown"]

# What `redact` writes. No label is looked for beyond a mask.
# Names of files have no colon.
MASK = re.compile(r"\[(?:已屏蔽:?[\u4e00-\u9fff]{1,12}|redacted:? [a-z -]{1,30})\]")
WALL = "\x1f"

_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ．]")
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# A range lowered by itself, where lowering the whole text would change its length ("İ" becomes two).
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_RUN = re.compile(r"[a-z]+")
_TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{26,130}(?![0-9A-Za-z])")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
# Tables over bytes: one keeps small letters only, the other maps every letter and digit to "a".
_NO_LETTER = bytes(code if code in b"abcdefghijklmnopqrstuvwxyz" else 32 for code in range(256))
_SHAPE = bytes(97 if code < 128 and chr(code).isalnum() else 32 for code in range(256))
_LONG_RUN = b"a" * 26


def each(words: str) -> tuple[str, ...]:
    """The words of a table that is given as one text."""
    return tuple(words.split())


@dataclass(frozen=True, slots=True)
class Page:
    """A text in three forms of the same length, so that a position is the same in all of them."""

    text: str
    """The original."""
    plain: str
    """With plain letters and digits instead of full-width ones, and with masks blanked out."""
    low: str
    """`plain` in lower case."""
    runs: tuple[str, ...]
    """The runs of the letters a to z in `low`, in order."""
    words: frozenset[str]
    """The same as a set: a label or a code is in the text only if its letters are among them."""
    tokens: tuple[re.Match[str], ...]
    """The runs of 26 to 130 letters and digits in `plain`: transactions, addresses and keys are among them."""
    letters: frozenset[str]
    """Every character of `low`; none where all are ASCII."""
    has_long_run: bool
    """Whether 26 letters and digits stand together somewhere."""

    @classmethod
    def of(cls, text: str) -> "Page":
        plain = text
        if "[redacted" in plain or "[已屏蔽" in plain:
            plain = MASK.sub(lambda match: WALL * len(match[0]), plain)
        if not plain.isascii() and _WIDE.search(plain):
            plain = plain.translate(_NARROW)
        low = plain.lower()
        if len(low) != len(plain):
            low = plain.translate(_LOWER)
        # A table over bytes, and the search for a fixed run, are several times as fast as expressions.
        octets = low.encode("ascii", "replace")
        runs = octets.translate(_NO_LETTER).decode("ascii").split()
        tokens: Iterable[re.Match[str]] = ()
        has_long_run = _LONG_RUN in octets.translate(_SHAPE)
        if has_long_run:
            # In a link that is the value of another's parameter, "%2F" stands before a value, whose part it is not.
            tokens = _TOKEN.finditer(_ESCAPED.sub("%%%", plain) if "%" in plain else plain)
        letters = frozenset[str]() if low.isascii() else frozenset(low)
        return cls(text, plain, low, tuple(runs), frozenset(runs), tuple(tokens), letters, has_long_run)


# Between a label and its value: "ID is:", "号码为：", "#", quotes and stars; bounded, so that it is quick anywhere.
_QUOTES = r"[ \t\u00a0\"'*_`“”‘’「『(（【\[<《]"
_SEPARATOR = re.compile(
    rf"{_QUOTES}{{0,6}}(?:(?P<strong>=>|[:：=＝#|】」\]]|->|→|(?<=\w)-|-(?!\d)|–)|(?P<weak>\b(?:is|are|was|es|ist|"
    rf"est|é|è|"
    rf"lautet|jest|это|este|era|fue|war|était|είναι|adalah|là|är|ids?|(?:no|nr)\b\.?|number|nummer|n[uú]mero|"
    r"num|code|below|here|as follows|the following)(?!\w)|серия(?: и номер)?|номер|№|"
    r"号码|號碼|编号|編號|番号|번호|号|號|码|碼|是|为|為|如下|位|"
    r"คือ|हैं?|هي|هو|היא|הוא|了|です|は|입니다|는|은))"
)
# "Private key (hex):", "密钥（Secret）：": an aside between a label and the sign that leads to its value.
_ASIDE = re.compile(
    r"[ \t]?[(（][^()（）\n\x1f]{1,24}[)）](?=[ \t]{0,2}(?:[:：=＝是]|(?:is|are|was|es|ist|est|é|è)\b))"
)
_BREAK = re.compile(r"[ \t\u00a0>|*]{0,4}\r?\n[ \t\u00a0>|*•\-]{0,8}(?:\r?\n[ \t\u00a0>|*•\-]{0,8})?")
_OPENING = re.compile(rf"{_QUOTES}{{0,6}}")


@dataclass(frozen=True, slots=True)
class Gap:
    """What separates a label from its value."""

    end: int
    """Where the value begins."""
    strong: bool
    """Whether there is a colon, an equals sign or the like."""
    linked: bool
    """Whether there is a colon, "is" or the like, and not only a space."""
    broken: bool
    """Whether the value is on a later line."""


def gap(page: Page, at: int) -> Gap:
    """The separator that begins at `at`: at most four pieces, and at most two line ends."""
    strong = linked = broken = False
    aside = _ASIDE.match(page.low, at)
    if aside is not None:
        at = aside.end()
    for _ in range(4):
        match = _SEPARATOR.match(page.low, at)
        if match is None:
            break
        strong = strong or match["strong"] is not None
        linked = True
        at = match.end()
    following = _BREAK.match(page.low, at)
    if following is not None:
        broken, at = True, following.end()
    opening = _OPENING.match(page.low, at)
    return Gap(opening.end() if opening else at, strong, linked, broken)


class Labels:
    """A table {name: spellings in lower case} to look for in texts.

    Plain searches, one for each spelling, and only for those whose words and of which a part that others share are
    there: so the cost is that of reading the text a few dozen times, whatever it says.
    """

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        spelled = [(word, name) for name, spellings in words.items() for word in dict.fromkeys(spellings)]
        stems = [word for word, _ in spelled if not any(other in word and other != word for other, _ in spelled)]
        self._groups = [_group(stem, spelled) for stem in dict.fromkeys(stems)]
        # What must be looked for in any text with other letters, and what only where one of its runs is in the text.
        self._always = tuple((number, max(stem)) for number, (stem, needed, _) in enumerate(self._groups) if not needed)
        self._asked: dict[str, frozenset[int]] = {}
        for number, (_, needed, _) in enumerate(self._groups):
            for run in needed:
                self._asked[run] = self._asked.get(run, frozenset()) | {number}
        self._runs = frozenset(self._asked)

    def found(self, page: Page) -> Iterator[tuple[str, int, int]]:
        """(name, start, end) of each label, in no certain order; one of ASCII letters counts as a whole word only."""
        low = page.low
        only_ascii = low.isascii()
        # Most texts hold nothing of a table, and their letters alone rule most labels out.
        met = page.words & self._runs
        if only_ascii and not met:
            return
        likely = set[int]()
        if not only_ascii:
            likely.update(number for number, letter in self._always if letter in page.letters)
        for run in met:
            likely |= self._asked[run]
        done: set[tuple[str, int, int]] = set()
        for number in sorted(likely):
            stem, _, spelled = self._groups[number]
            fitting = [(word, name) for word, name, runs in spelled if runs <= page.words]
            if not fitting or stem not in low:
                continue
            for word, name in fitting:
                at = low.find(word)
                while at >= 0:
                    end = at + len(word)
                    inside = word[0] < "\x80" and low[at - 1 : at] in _LETTERS
                    if not inside and not (word[-1] < "\x80" and low[end : end + 1] in _LETTERS):
                        found = (name, at, end)
                        if found not in done:
                            done.add(found)
                            yield found
                    at = low.find(word, end)


def _group(
    stem: str, spelled: Sequence[tuple[str, str]]
) -> tuple[str, frozenset[str], list[tuple[str, str, frozenset[str]]]]:
    """(stem, a run of letters of each spelling that holds it, those spellings with all of their runs).

    There are no runs where a spelling has no letters from a to z: then nothing tells from the words of a text. A run of
    a label is one of the text, too, because a label begins and ends where no such letter is next to it.
    """
    group = [(word, name) for word, name in spelled if stem in word]
    runs = [max(_RUN.findall(word), key=len, default="") for word, _ in group]
    whole = [(word, name, frozenset(_RUN.findall(word))) for word, name in group]
    return stem, frozenset(runs) if all(runs) else frozenset(), whole


_ROLE = re.compile(
    r"(?P<key>私钥|私鑰|密钥|密鑰|秘钥|秘鑰|密匙|私匙|助记词|助記詞|private[ _-]?key|priv[ _-]?key|"
    r"\bpk\b|secret|keystore|mnemonic|"
    r"\bseed\b|wallet key|clave privada|llave privada|chave privada|clé privée|chiave privata|privater? schlüssel|"
    r"приватн\w{1,4} ключ|закрыт\w{1,4} ключ|秘密鍵|개인 ?키|khóa riêng|kunci pribadi|özel anahtar)|"
    r"(?P<txid>tx[ _-]?(?:id|hash)?\b|txn|transactions?\b|hash\b|哈希|哈西|雜湊|交易|转账|轉帳|转帐|"
    r"explorer|区块|區塊|"
    r"transacci[oó]n|transa[cç][aã]o|транзакци|хеш|хэш|トランザクション|ハッシュ|트랜잭션|해시|giao dịch|"
    r"transaksi|işlem|"
    r"transaktion|transazion|transakcj|معاملة|\b[a-z]{2,12}scan\b)|"
    r"(?P<public>public[ _-]?key|pub[ _-]?key|公钥|公鑰|sha-?256|sha256sum|checksum|digest|fingerprint|"
    r"commit|校验和|指纹|"
    r"message-id|block hash|signature|hmac|merkle|签名|簽名)"
)
_TX_PATH = re.compile(
    r"/(?:tx|txs|txid|transactions?|hash|extrinsic|block|address|addr|account|token)s?/|[?&#](?:tx|hash|txid)="
)
_EXPLORERS = re.compile(
    r"//(?:[\w-]{1,40}\.){0,3}(?:blockchair|blockchain|blockstream|mempool|etherscan|bscscan|tronscan|"
    r"tronscan|polygonscan|arbiscan|"
    r"basescan|snowtrace|ftmscan|solscan|blockcypher|oklink|btc|tokenview|tokenpocket|debank|ethplorer|subscan|"
    r"optimistic\.etherscan|lineascan|zkscan|explorer|xrpscan|livecoinwatch|whatsonchain|blockexplorer)\."
)


def is_explorer(url: str) -> bool:
    """A link to a block explorer, by its host or its path; `url` in lower case."""
    return bool(_EXPLORERS.search(url[:300]) or _TX_PATH.search(url))


def role(page: Page, start: int, end: int, left: int = 0, right: int | None = None) -> Role:
    """What the token at [start, end) is by the nearest label within 40 characters; "unknown" where there is none.

    `left` and `right` are the limits: where the token before ends and the next one begins. A label behind counts only
    on the same line, and not when it leads to the next token; at equal distance the one in front wins, then the key.
    """
    low = page.low
    right = len(low) if right is None else right
    best: tuple[int, int, Role] | None = None
    first = max(left, start - LABEL_DISTANCE - 24)
    wall = low.rfind(WALL, first, start)
    first = max(first, wall + 1)
    for match in _ROLE.finditer(low, first, start):
        distance = start - match.end()
        if distance <= LABEL_DISTANCE:
            best = min(best or (99, 0, "unknown"), (distance, 0, _role_name(match)))
    last = min(right, end + LABEL_DISTANCE + 24)
    for stop in ("\n", WALL):
        found = low.find(stop, end, last)
        last = found if found >= 0 else last
    if right == len(low) or right - end > LABEL_DISTANCE + 24 or last < right:
        for match in _ROLE.finditer(low, end, last):
            distance = match.start() - end
            if distance <= LABEL_DISTANCE:
                best = min(best or (99, 0, "unknown"), (distance, 1, _role_name(match)))
    if best is None:
        return "txid" if speaks_of_transfers(low, start, end) else "unknown"
    # The label of a key may be in a sentence before the one that leads to the value.
    return "txid" if best[2] == "key" and transfer_was_made(low, start, end) else best[2]


def _role_name(match: re.Match[str]) -> Role:
    if match["key"]:
        return "key"
    return "txid" if match["txid"] else "public"
