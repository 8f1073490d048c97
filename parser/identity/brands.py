"""Names of well-known companies in the From of somebody else: "Binance Support" who writes from anywhere."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from parser.identity.skeleton import shown_domain, skeleton
from parser.mail import Address

_WORD = re.compile(r"[^\W_]+")
# Letters set apart, as in "C o i n b a s e" and "P.a.y.P.a.l".
_SPACED = re.compile(r"(?<!\w)(?:[^\W\d_][ ._-]){3,40}[^\W\d_](?!\w)")
_CAMEL = re.compile(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])")
# What an office calls itself, in the languages in which people are mostly cheated. CJK words stand inside others.
_OFFICE = """
account accounts admin alert alerts billing care center centre compliance customer desk help helpdesk info legal mail
noreply notice notification notifications official online payment payments recovery reply refund refunds secure security
service services staff support team transfer update verification verify wallet withdrawal
kundenservice kundendienst sicherheit soporte ayuda seguridad atención cliente suporte assistance securite sécurité
clientèle assistenza sicurezza destek güvenlik поддержка служба безопасность
"""
_OFFICES = frozenset(map(skeleton, _OFFICE.split()))
_OFFICES_CJK = ("客服", "客户服务", "客戶服務", "官方", "安全", "支持", "团队", "團隊", "通知", "サポート", "고객")


@dataclass(frozen=True, slots=True)
class Brand:
    """A company whose name others borrow."""

    name: str
    domains: tuple[str, ...]
    """The domains it writes from, in lower case; their sub-domains are its own, too."""
    word: bool = False
    """Whether the name is a word or a family name as well: it is a brand only beside "Support" and the like."""


def borrowed(author: Address, brands: Sequence[Brand]) -> Brand | None:
    """The brand that the display name or the local part names, where the address is not of the brand's domains."""
    local, _, domain = (author.address or "").rpartition("@")
    shown = shown_domain(domain)
    said = (tuple(_words(author.name)), author.name), (tuple(_words(local)), "")
    for brand in brands:
        if any(shown == one or shown.endswith("." + one) for one in brand.domains):
            continue
        if any(_names(words, whole, _name(brand.name), brand) for words, whole in said):
            return brand
    return None


@lru_cache(1_000)
def _name(name: str) -> tuple[str, ...]:
    return tuple(_words(name))


def _names(words: tuple[str, ...], whole: str, name: tuple[str, ...], brand: Brand) -> bool:
    """Whether these words are the brand's name, or hold it, for a word of every day beside that of an office."""
    if not brand.name.isascii():
        return brand.name in whole
    joined = "".join(name)
    if words == name or words == (joined,):
        return bool(whole) and not brand.word
    rest = _without(words, name) or _without(words, (joined,))
    if rest is None:
        return False
    office = any(word in _OFFICES for word in rest) or any(word in whole for word in _OFFICES_CJK)
    return office or (bool(whole) and not brand.word)


def _without(words: tuple[str, ...], name: tuple[str, ...]) -> tuple[str, ...] | None:
    """The other words where these hold the name in one piece; None where they do not."""
    length = len(name)
    at = next((at for at in range(len(words) - length + 1) if words[at : at + length] == name), None)
    return None if at is None else (*words[:at], *words[at + length :])


def _words(text: str) -> Iterator[str]:
    """The words as the eye takes them: "BinanceSupport" is two, "Bіnance" with a Cyrillic letter and "B i n a n c e"
    are Binance.
    """
    plain = _SPACED.sub(lambda found: re.sub(r"[\W_]", "", found[0]), unicodedata.normalize("NFKC", text[:200]))
    for word in _WORD.findall(plain):
        for piece in _CAMEL.split(word):
            yield skeleton(piece.casefold())
