"""Domains and display names that are made to be taken for others (promises T44; Unicode TS 39 §4 in small)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from parser.identity.freemail import FREEMAIL
from parser.mail import Address

# Letters of other scripts, and of ours, as the eye takes them. Small on purpose: what a domain label may hold.
_ALIKE = {
    "a": "аɑαӓàáâãäåāăą", "b": "ьƅв", "c": "сϲçćč", "d": "ԁďđ", "e": "еєёéèêëēėęěҽε", "f": "ƒ", "g": "ɡğġģց",
    "h": "һнħ",
    "i": "іїıìíîïīįι", "l": "ɩӏ|!1łļľ", "j": "јʝ", "k": "кκķĸ", "m": "мṃ", "n": "пηñńņňṇ", "o": "оοσөóòôõöøōő0օ",
    "p": "рρ",
    "q": "գԛ", "r": "гŕŗř", "s": "ѕśşšșƽ5", "t": "тτţťțŧ", "u": "υцùúûüūůűųսμ", "v": "ѵν", "w": "ѡωшŵ", "x": "хχ",
    "y": "уγýÿŷү", "z": "ʐźżž",
}  # fmt: skip
_LETTERS = {ord(other): letter for letter, others in _ALIKE.items() for other in others}
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"), ("cj", "g"))
_ADDRESS = re.compile(r"[^\s<>@,;:\"()]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9})")
_MIN_LABEL = 4
_LIKE_LATIN = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH"})


@dataclass(frozen=True, slots=True)
class Impersonation:
    """One way in which a From field shows somebody else than who wrote it."""

    kind: Literal["lookalike", "mixed_scripts", "foreign_script", "desk_name", "address_in_name"]
    shown: str
    """What the eye meets: a domain, a display name, an address."""
    ours: str = ""
    """The domain of ours that a look-alike could be taken for."""

    def __str__(self) -> str:
        match self.kind:
            case "lookalike":
                return f"{self.shown} looks like {self.ours}"
            case "mixed_scripts":
                return f"{self.shown} mixes scripts"
            case "foreign_script":
                return f"{self.shown} has no Latin letters and reads as if it had"
            case "desk_name":
                return "display name poses as the desk"
            case "address_in_name":
                return f"display name shows {self.shown}"


def lookalike(domain: str, ours: Sequence[str]) -> str | None:
    """Which of our own domains a foreign one could be taken for, and None where it is ours, below ours, or unlike.

    Unlike means: another skeleton, more than one slip apart, and our name is not in it as a word
    ("example-support.net" for "example.org"). "xn--" labels are read as what they show. A well-known provider of
    mailboxes is never taken for us: "outlook.fr" is none of "outlook.com".
    """
    shown = _shown(domain)
    if shown in FREEMAIL:
        return None
    names = [_shown(one) for one in ours]
    if any(shown == name or shown.endswith("." + name) for name in names):
        return None
    for name, original in zip(names, ours, strict=True):
        if _skeleton(shown) == _skeleton(name) or shown.startswith(name + "."):
            return original
        label, wanted = _main_label(shown), _main_label(name)
        if len(wanted) < _MIN_LABEL:
            continue
        if _skeleton(label) == _skeleton(wanted) or wanted in re.split(r"[-_.]", shown):
            return original
        if len(wanted) >= 6 and _one_slip(_skeleton(label), _skeleton(wanted)):
            return original
    return None


def mixed_scripts(domain: str) -> bool:
    """A label mixes Latin with letters of scripts that look Latin."""
    return any("LATIN" in one and one & _LIKE_LATIN for one in map(_scripts, _shown(domain).split(".")))


def foreign_script(domain: str) -> bool:
    """A label of one such script holds nothing but letters that look Latin, below a Latin ending: "аррӏе.com"."""
    *labels, ending = _shown(domain).split(".")
    return ending.isascii() and any(
        _scripts(label) & _LIKE_LATIN and "LATIN" not in _scripts(label) and _skeleton(label).isascii()
        for label in labels
    )


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}


def impersonation(author: Address, ours: Sequence[str], names: Sequence[str] = ()) -> tuple[Impersonation, ...]:
    """How the From field shows somebody else, the worst first: for people to see, never a proof.

    `ours` are our domains, `names` the display names of the desk.
    """
    address = (author.address or "").lower()
    domain = address.rpartition("@")[2]
    shown = _shown(domain)
    own = domain and any(shown == _shown(one) or shown.endswith("." + _shown(one)) for one in ours)
    impersonations: list[Impersonation] = []
    like = lookalike(domain, ours) if domain else None
    if like:
        impersonations.append(Impersonation("lookalike", domain, like))
    if domain and mixed_scripts(domain):
        impersonations.append(Impersonation("mixed_scripts", domain))
    if domain and foreign_script(domain):
        impersonations.append(Impersonation("foreign_script", domain))
    said = _plain(author.name)
    if not own and any(_plain(name) and _plain(name) in said for name in names):
        impersonations.append(Impersonation("desk_name", author.name))
    found = _ADDRESS.search(author.name)
    if found and found[0].lower() != address:
        impersonations.append(Impersonation("address_in_name", found[0]))
    return tuple(impersonations)


def _shown(domain: str) -> str:
    """In lower case, "xn--" labels decoded (RFC 3492) where they can be."""
    labels = []
    for label in unicodedata.normalize("NFKC", domain[:260].lower().strip(".")).split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)


def _skeleton(text: str) -> str:
    """What the eye sees: two domains with one skeleton can be taken for each other."""
    seen = unicodedata.normalize("NFC", text).translate(_LETTERS)
    for pair, one in _PAIRS:
        seen = seen.replace(pair, one)
    return seen


def _main_label(domain: str) -> str:
    """The label people know a domain by: "example" of "mail.example.co.uk"."""
    labels = domain.split(".")
    if (
        len(labels) >= 3
        and len(labels[-1]) == 2
        and labels[-2] in ("co", "com", "net", "org", "gov", "edu", "ac", "ne", "or")
    ):
        return labels[-3]
    return labels[-2] if len(labels) >= 2 else labels[0]


def _one_slip(one: str, other: str) -> bool:
    """One letter more, less, or other, or two neighbours swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[at:], other[at:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _plain(name: str) -> str:
    return "".join(_skeleton(unicodedata.normalize("NFKC", name).casefold()).split())
