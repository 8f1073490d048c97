"""Domains and display names that are made to be taken for others (promises T44; Unicode TS 39 §4 in small)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from parser.identity.brands import Brand, borrowed
from parser.identity.freemail import FREEMAIL
from parser.identity.skeleton import LIKE_LATIN, condensed, scripts, shown_domain, skeleton
from parser.mail import Address, ParsedMail
from parser.mime.addresses import read as read_addresses

_ADDRESS = re.compile(r"[^\s<>@,;:\"()]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9})")
_MIN_LABEL = 4


@dataclass(frozen=True, slots=True)
class Impersonation:
    """One way in which a From field shows somebody else than who wrote it."""

    kind: Literal[
        "lookalike",
        "lookalike_address",
        "mixed_scripts",
        "foreign_script",
        "desk_name",
        "brand",
        "address_in_name",
        "names_us",
    ]
    shown: str
    """What the eye meets: a domain, a display name, an address."""
    ours: str = ""
    """What of ours a look-alike could be taken for: a domain, an address; or the brand that is borrowed."""

    def __str__(self) -> str:
        match self.kind:
            case "lookalike" | "lookalike_address":
                return f"{self.shown} looks like {self.ours}"
            case "brand":
                return f"{self.shown} poses as {self.ours}"
            case "mixed_scripts":
                return f"{self.shown} mixes scripts"
            case "foreign_script":
                return f"{self.shown} has no Latin letters and reads as if it had"
            case "desk_name":
                return "display name poses as the desk"
            case "names_us":
                return f"names one of us: {self.shown}"
            case "address_in_name":
                return f"display name shows {self.shown}"


def lookalike(domain: str, ours: Sequence[str]) -> str | None:
    """Which of our own domains a foreign one could be taken for, and None where it is ours, below ours, or unlike.

    Unlike means: another skeleton, more than one slip apart, and our name is not in it as a word
    ("example-support.net" for "example.org"). "xn--" labels are read as what they show. A well-known provider of
    mailboxes is never taken for us: "outlook.fr" is none of "outlook.com".
    """
    shown = shown_domain(domain)
    if shown in FREEMAIL:
        return None
    names = [shown_domain(one) for one in ours]
    if any(shown == name or shown.endswith("." + name) for name in names):
        return None
    for name, original in zip(names, ours, strict=True):
        if skeleton(shown) == skeleton(name) or shown.startswith(name + "."):
            return original
        label, wanted = _main_label(shown), _main_label(name)
        if len(wanted) < _MIN_LABEL:
            continue
        if skeleton(label) == skeleton(wanted) or wanted in re.split(r"[-_.]", shown):
            return original
        if len(wanted) >= 6 and _one_slip(skeleton(label), skeleton(wanted)):
            return original
    return None


def mixed_scripts(domain: str) -> bool:
    """A label mixes Latin with letters of scripts that look Latin."""
    return any("LATIN" in one and one & LIKE_LATIN for one in map(scripts, shown_domain(domain).split(".")))


def foreign_script(domain: str) -> bool:
    """A label of one such script holds nothing but letters that look Latin, below a Latin ending: "аррӏе.com"."""
    *labels, ending = shown_domain(domain).split(".")
    return ending.isascii() and any(
        scripts(label) & LIKE_LATIN and "LATIN" not in scripts(label) and skeleton(label).isascii() for label in labels
    )


def lookalike_address(address: str, ours: Sequence[str]) -> str | None:
    """Which address of ours another of the same domain could be taken for: "supp0rt@" for "support@".

    Only letters that look alike count here, no slips: "anna@" and "anne@" may be two colleagues.
    """
    local, _, domain = unicodedata.normalize("NFC", address.lower()).rpartition("@")
    local = local.partition("+")[0]
    known = [one.lower().rpartition("@") for one in ours]
    locals_here = [name for name, _, place in known if shown_domain(place) == shown_domain(domain)]
    if local in locals_here:
        return None
    seen = skeleton(unicodedata.normalize("NFKC", local))
    like = next((name for name in locals_here if skeleton(name) == seen), None)
    return f"{like}@{domain}" if like else None


def _reads_as_latin(local: str) -> bool:
    """Whether letters of another script read as Latin ones: nobody has such an address, "иван" is somebody's."""
    return bool(scripts(local) & LIKE_LATIN) and skeleton(unicodedata.normalize("NFKC", local)).isascii()


def impersonation(
    author: Address,
    ours: Sequence[str],
    names: Sequence[str] = (),
    addresses: Sequence[str] = (),
    brands: Sequence[Brand] = (),
) -> tuple[Impersonation, ...]:
    """How the From field shows somebody else, the worst first: for people to see, never a proof.

    `ours` are our domains, `names` the display names of the desk, `addresses` those of its mailboxes and agents.
    """
    address = (author.address or "").lower()
    domain = address.rpartition("@")[2]
    shown = shown_domain(domain)
    own = domain and any(shown == shown_domain(one) or shown.endswith("." + shown_domain(one)) for one in ours)
    impersonations: list[Impersonation] = []
    like = lookalike(domain, ours) if domain else None
    if like:
        impersonations.append(Impersonation("lookalike", domain, like))
    if like_address := lookalike_address(address, addresses):
        impersonations.append(Impersonation("lookalike_address", address, like_address))
    elif own and _reads_as_latin(address.rpartition("@")[0]):
        impersonations.append(Impersonation("foreign_script", address))
    if domain and mixed_scripts(domain):
        impersonations.append(Impersonation("mixed_scripts", domain))
    if domain and foreign_script(domain):
        impersonations.append(Impersonation("foreign_script", domain))
    said = condensed(author.name)
    if not own and any(condensed(name) and condensed(name) in said for name in names):
        impersonations.append(Impersonation("desk_name", author.name))
    if not own and domain and (brand := borrowed(author, brands) or _like_a_brand(domain, brands)):
        impersonations.append(Impersonation("brand", author.name or address, brand.name))
    found = _ADDRESS.search(author.name)
    if found and found[0].lower() != address:
        impersonations.append(Impersonation("address_in_name", found[0]))
    return tuple(impersonations)


def answered_elsewhere(mail: ParsedMail) -> tuple[tuple[str, str], ...]:
    """(field, address) of Reply-To and Sender (RFC 5322 §3.6.2): who is said to be behind a mail beside its author."""
    senders, _ = read_addresses([value for name, value in mail.headers if name.lower() == "sender"][:1], None)
    named = [("Reply-To", one) for one in mail.reply_to] + [("Sender", one) for one in senders]
    return tuple((name, one.address.lower()) for name, one in named if one.address)


def _like_a_brand(domain: str, brands: Sequence[Brand]) -> Brand | None:
    """The brand that a domain could be taken for. "apple-garden.example" is none: a word may stand in any name."""
    return next((one for one in brands if not one.word and lookalike(domain, one.domains)), None)


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
