"""Who wrote a mail, read strictly, and whether our own mail server vouches for it (RFC 5322 §3.6.2, 6854, 8601).

Three readers look at From: ours, strict; the stdlib and mail-parser, lenient. A From that they read differently is one
that mail programs show differently, and gives no rights (CVE-2023-27043 and its kind).
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from parser.identity import trusted_authserv
from parser.identity.cross_check import CrossCheck, lenient_addresses
from parser.mail import AuthResult, ParsedMail, Sender
from parser.mime.headers import Fields, decode_words, raw_text, values_of

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\ud7ff\ue000-\U0010ffff-"
_DOT_ATOM = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*")
_LABEL = re.compile(
    r"[a-z0-9\x80-\ud7ff\ue000-\U0010ffff](?:[a-z0-9_\x80-\ud7ff\ue000-\U0010ffff-]{0,61}[a-z0-9\x80-\ud7ff\ue000-\U0010ffff])?"
)
_TOKEN = re.compile(
    rf"""(?P<space>[ \t]+)|(?P<atom>[{_ATEXT}.]+)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<special>[<>@,;:()\[\]\\"])"""
)
_OTHER_LOGIN = "auth=pass for "
_AN_ADDRESS = re.compile(r"[^\s<>@,;:\"()]{1,64}@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class SenderAuthentication:
    """How far the From address of a mail can be believed."""

    verdict: Literal["proven", "unknown", "failed"]
    evidence: tuple[str, ...]


def strict_sender(fields: Fields, header_cut: bool = False, opinion: CrossCheck | None = None) -> Sender:
    """The one author of a mail, or why there is none.

    "none" when there is no From or no address in it at all; "doubtful" when there is something but not exactly one
    plain mailbox on which all readers agree. Two From fields, two mailboxes, groups, routes, quoted local parts,
    address literals, control characters and a cut header section are all doubtful: the safe reading of a trick.
    """
    values = values_of(fields, "from")
    if not values:
        return (
            Sender(None, "doubtful", ("header section cut",))
            if header_cut
            else Sender(None, "none", ("no From field",))
        )
    if len(values) > 1:
        return Sender(None, "doubtful", (f"{len(values)} From fields",))
    text = raw_text(values[0])
    stdlib, other = lenient_addresses(values[0], opinion)
    if not any("@" in found for found in (text, *stdlib, *other)):
        return Sender(None, "none", ("no address in From",))
    if header_cut:
        return Sender(None, "doubtful", ("header section cut",))
    address, name, problem = _one_mailbox(text)
    if address is None:
        return Sender(None, "doubtful", (problem,))
    for reader, found in (("stdlib", stdlib), ("mail-parser", other)):
        if [_domain_lowered(one) for one in found] != [address] and not _same_bytes(found, address):
            return Sender(None, "doubtful", (f"{reader} reads {', '.join(found)[:200] or 'no address'}",))
    shown = decode_words(name)
    evidence = ("display name holds an address",) if _AN_ADDRESS.search(shown) else ()
    return Sender(address, "one", evidence)


def proof(
    mail: ParsedMail, authserv_id: str | None, by_ourselves: bool = False, logins: Collection[str] = ()
) -> SenderAuthentication:
    """Whether the mail server named by `authserv_id` vouches for the From address, or with `by_ourselves` a signature.

    `logins` are the accounts besides the From address that may write as it.

    What the border says against a mail stands, whatever its signatures are. Where it says nothing, one that we
    checked proves as much as its dkim=pass would; one that is missing or wrong says nothing (RFC 6376 §6.3).
    """
    permitted = {(mail.sender.address or "").lower(), *(login.lower() for login in logins)}
    said = _by_trusted_server(mail, authserv_id, permitted)
    sender = mail.sender
    if not by_ourselves or said.verdict != "unknown" or sender.verdict != "one" or sender.address is None:
        return said
    if any(one.startswith(_OTHER_LOGIN) for one in said.evidence):
        return said
    vouching = [f"our own check: {one}" for result in mail.dkim if (one := _vouches(result, sender.address))]
    if vouching:
        return SenderAuthentication("proven", tuple(vouching))
    found = [f"our own check: {_described(result)}" for result in mail.dkim] or ["our own check: no DKIM signature"]
    return SenderAuthentication("unknown", (*said.evidence, *found))


def _described(result: AuthResult) -> str:
    properties = dict(result.properties)
    reason = f" ({properties['reason']})" if "reason" in properties else ""
    return f"dkim={result.result}{reason} header.d={properties.get('header.d', '?')}"


def _by_trusted_server(mail: ParsedMail, authserv_id: str | None, permitted: set[str]) -> SenderAuthentication:
    """What the mail server named by `authserv_id` says of the From address; no id, no proof.

    Only the topmost results of exactly that server count (RFC 8601 §5): it is expected to remove forged ones, and
    `AuthResults.topmost` guards where it does not. A domain must be equal to the From domain, not just related.
    """
    if not authserv_id:
        return SenderAuthentication("unknown", ("no authserv-id is configured",))
    wanted = authserv_id.strip().lower()
    trusted = trusted_authserv.results(mail, wanted)
    if not trusted:
        return SenderAuthentication("unknown", (f"no Authentication-Results of {wanted} on top",))
    results = [result for found in trusted for result in found.results]
    failed = [result for result in results if result.method == "dmarc" and result.result == "fail"]
    if failed:
        return SenderAuthentication("failed", ("dmarc=fail",))
    sender = mail.sender
    if sender.verdict != "one" or sender.address is None:
        return SenderAuthentication("unknown", (f"the sender is {sender.verdict}", *sender.evidence))
    vouching = [said for result in results if (said := _vouches(result, sender.address))]
    if other := _other_login(results, permitted):
        passed = any(result.result == "pass" and result.method in ("dmarc", "dkim") for result in results)
        return SenderAuthentication("unknown" if passed else "failed", (f"{_OTHER_LOGIN}{other[:200]}", *vouching))
    if vouching:
        return SenderAuthentication("proven", tuple(vouching))
    return _without_a_voucher(results)


def _other_login(results: list[AuthResult], permitted: set[str]) -> str | None:
    """Who logged in to send this, where it is somebody else than may write as the From address.

    A pass of DMARC or DKIM says only that the domain's server sent it, and that server lets colleagues write under
    each other's names; the login says who did. A bare name ("ben") says nothing: it is no address to compare.
    """
    passed = (result for result in results if result.method == "auth" and result.result == "pass")
    logins = (one for result in passed for one in _logins(result))
    return next((one for one in logins if "@" in one and one.lower() not in permitted), None)


def _without_a_voucher(results: list[AuthResult]) -> SenderAuthentication:
    """The verdict where nothing speaks for the From address: does something speak against it?"""
    passed = {result.method for result in results if result.result == "pass"}
    if any(result.method == "spf" and result.result == "fail" for result in results) and "dkim" not in passed:
        return SenderAuthentication("failed", ("spf=fail and no dkim=pass",))
    return SenderAuthentication(
        "unknown", tuple(f"{result.method}={result.result}" for result in results)[:10] or ("no results",)
    )


def _vouches(result: AuthResult, address: str) -> str | None:
    """What the result says for exactly this address; None where it says nothing for it."""
    if result.result != "pass":
        return None
    domain = address.rpartition("@")[2]
    if result.method == "dmarc":
        return f"dmarc=pass header.from={domain}" if _domains(result, "header.from") == {domain} else None
    if result.method == "dkim":
        signers = _domains(result, "header.d") | _domains(result, "header.i")
        return f"dkim=pass header.d={domain}" if signers == {domain} else None
    if result.method == "auth":
        logins = {_domain_lowered(login) for login in _logins(result)}
        return f"auth=pass {address}" if logins == {address} else None
    return None


def _logins(result: AuthResult) -> list[str]:
    """Who logged in for the submission: smtp.auth, else smtp.mailfrom (RFC 8601 §2.7.4)."""
    for wanted in ("smtp.auth", "smtp.mailfrom"):
        found = [value for name, value in result.properties if name == wanted]
        if found:
            return found
    return []


def _domains(result: AuthResult, name: str) -> set[str]:
    """The domains of a property that holds a domain or an address, in lower case."""
    return {value.rpartition("@")[2].lower() for found, value in result.properties if found == name}


def _one_mailbox(text: str) -> tuple[str | None, str, str]:
    """(address, display name, "") of a From that is exactly one plain mailbox, else (None, "", why not)."""
    if not text.isprintable() and any(
        unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text if c != "\t"
    ):
        return None, "", "control character in From"
    if len(text) > 2_000:
        return None, "", "From is too long"
    tokens, problem = _tokens(text)
    if problem:
        return None, "", problem
    opened = [number for number, (_, spelled) in enumerate(tokens) if spelled == "<"]
    if not opened:
        return _plain(tokens, "")
    if len(opened) > 1 or tokens[-1][1] != ">":
        return None, "", "not one angle address"
    phrase = tokens[: opened[0]]
    if any(kind == "special" for kind, _ in phrase):
        return None, "", "the display name is not a phrase"
    name = " ".join(token[1:-1] if kind == "quoted" else token for kind, token in phrase)
    return _plain(tokens[opened[0] + 1 : -1], name)


def _plain(tokens: list[tuple[str, str]], name: str) -> tuple[str | None, str, str]:
    """The tokens as `dot-atom "@" dot-atom` and nothing else."""
    kinds = [kind for kind, _ in tokens]
    if "quoted" in kinds:
        return None, "", "quoted local part"
    spelled = "".join(token for _, token in tokens)
    if kinds != ["atom", "special", "atom"] or tokens[1][1] != "@":
        return None, "", "not exactly one mailbox"
    local, _, domain = spelled.partition("@")
    domain = domain.lower()
    if not _DOT_ATOM.fullmatch(local) or len(local) > 64 or len(spelled) > 254:
        return None, "", "the local part is not valid"
    if not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        return None, "", "the domain is not valid"
    if any(_mixes_scripts(label) for label in domain.split(".")):
        return None, "", "the domain mixes scripts"
    if "=?" in spelled:
        return None, "", "encoded word in the address"
    return f"{local}@{domain}", name, ""


def _tokens(text: str) -> tuple[list[tuple[str, str]], str]:
    """The lexical tokens without white space and comments, and a problem where the text has no such tokens."""
    out: list[tuple[str, str]] = []
    at, depth = 0, 0
    while at < len(text):
        if depth and text[at] == "\\":
            at += 2
            continue
        if text[at] in "()":
            depth += 1 if text[at] == "(" else -1
            at += 1
            if depth < 0 or depth > 10:
                return [], "comments do not close"
            continue
        if depth:
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            return [], "From is no address list"
        kind = str(match.lastgroup)
        if kind != "space":
            out.append((kind, match[0]))
        at = match.end()
    return out, "comments do not close" if depth else ""


def _mixes_scripts(label: str) -> bool:
    """A label with Latin and other letters, as look-alike domains have."""
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
    return (
        len(scripts) > 1
        and "LATIN" in scripts
        and bool(scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH"})
    )


def _domain_lowered(address: str) -> str:
    """The address with its domain in lower case."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _same_bytes(found: tuple[str, ...], address: str) -> bool:
    """The stdlib gives UTF-8 addresses (RFC 6532) as surrogate escapes: equal once these are decoded."""
    if len(found) != 1 or address.isascii():
        return False
    return _domain_lowered(found[0].encode("utf-8", "surrogateescape").decode("utf-8", "replace")) == address
