"""DKIM signatures checked by ourselves, over bytes and DNS answers that are handed in (RFC 6376, RFC 8301).

DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=mail; h=from:to:subject; bh=...; b=...
mail._domainkey.example.org  TXT  "v=DKIM1; k=rsa; p=..."
"""

import re
from collections.abc import Mapping
from datetime import datetime

from parser.mail import AuthResult

MIN_KEY_BITS = 1024
_MAX_SIGNATURES = 5
# A key of 8,192 bits; a longer one would only make us calculate.
_MAX_ANSWER = 1_600
_TAG = re.compile(rb"\s*([A-Za-z][A-Za-z0-9_]{0,30})\s*=\s*(.*?)\s*", re.S)
_REQUIRED = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")
_DOMAIN = re.compile(rb"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,20}", re.I)
_SELECTOR = re.compile(rb"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}", re.I)


def dkim_names(content: bytes) -> tuple[str, ...]:
    """The DNS names whose TXT records `verify_dkim` needs, in lower case and without the last dot; at most 5."""
    return tuple(dict.fromkeys(name for _, _, name in _signatures(content) if name))


def verify_dkim(content: bytes, answers: Mapping[str, bytes], now: datetime) -> tuple[AuthResult, ...]:
    """One result for each of the first 5 DKIM-Signature fields, topmost first; never raises.

    `answers` are TXT records by name as `dkim_names` gives them, the strings of a record joined; a name that is missing
    was not answered ("temperror"), an empty record says there is none ("permerror"). `now` is aware.

    Stricter than the RFC where it lets a signer leave a hole: a signature over a part of the body (`l=`), one that does
    not cover From, SHA-1 and keys below 1,024 bits are "policy", and so is one past its `x=`.
    """
    return tuple(_verified(content, at, tags, name, answers, now) for at, tags, name in _signatures(content))


def _signatures(content: bytes) -> list[tuple[int, dict[bytes, bytes] | None, str]]:
    """(number among the DKIM-Signature fields, its tags or None, name of the key or "")."""
    head = re.split(rb"\r?\n\r?\n", content[: 256 * 1024], maxsplit=1)[0]
    fields = re.findall(rb"(?im)^dkim-signature[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", head)
    out: list[tuple[int, dict[bytes, bytes] | None, str]] = []
    for at, value in enumerate(fields[:_MAX_SIGNATURES]):
        tags = _tags(value)
        out.append((at, tags, _key_name(tags) if tags else ""))
    return out


def _tags(value: bytes) -> dict[bytes, bytes] | None:
    """The tag list of a signature; None where it is none or names a tag twice (RFC 6376 §3.2)."""
    tags: dict[bytes, bytes] = {}
    pieces = value[:20_000].split(b";")
    if not pieces[-1].strip():
        pieces.pop()
    for piece in pieces:
        match = _TAG.fullmatch(piece)
        if match is None or match[1] in tags:
            return None
        tags[match[1]] = match[2]
    return tags


def _key_name(tags: dict[bytes, bytes]) -> str:
    selector, domain = tags.get(b"s", b""), tags.get(b"d", b"")
    if not _SELECTOR.fullmatch(selector) or not _DOMAIN.fullmatch(domain):
        return ""
    return f"{selector.decode('ascii')}._domainkey.{domain.decode('ascii')}".lower()


def _verified(
    content: bytes, at: int, tags: dict[bytes, bytes] | None, name: str, answers: Mapping[str, bytes], now: datetime
) -> AuthResult:
    if tags is None or not name:
        return _result("permerror", "the signature cannot be read", tags)
    problem = _malformed(tags)
    if problem:
        return _result("permerror", problem, tags)
    refusal = _refused(tags, now)
    if refusal:
        return _result("policy", refusal, tags)
    if name not in answers:
        return _result("temperror", "no answer for the key", tags)
    record = answers[name]
    if not record or len(record) > _MAX_ANSWER or re.search(rb"(?:^|;)\s*p\s*=\s*(?:;|$)", record):
        return _result("permerror", "no key", tags)
    return _calculated(content, at, tags, record)


def _malformed(tags: dict[bytes, bytes]) -> str:
    """What RFC 6376 §6.1.1 calls a permanent failure."""
    missing = [tag.decode() for tag in _REQUIRED if not tags.get(tag)]
    if missing:
        return f"{', '.join(missing)} missing"
    if tags[b"v"] != b"1":
        return "unknown version"
    if any(not re.fullmatch(rb"[0-9]{1,12}", tags[tag]) for tag in (b"x", b"t") if tag in tags):
        return "an instant cannot be read"
    identity = tags.get(b"i", b"@" + tags[b"d"]).lower().rpartition(b"@")[2]
    if identity != tags[b"d"].lower() and not identity.endswith(b"." + tags[b"d"].lower()):
        return "i= is not within d="
    return ""


def _refused(tags: dict[bytes, bytes], now: datetime) -> str:
    """Why a signature is not believed even where it is right."""
    if b"l" in tags:
        return "covers only a part of the body"
    if b"from" not in [field.strip().lower() for field in tags[b"h"].split(b":")]:
        return "does not cover From"
    if tags[b"a"].lower().endswith(b"sha1"):
        return "SHA-1"
    if b"x" in tags and int(tags[b"x"]) < now.timestamp():
        return "expired"
    return ""


def _calculated(content: bytes, at: int, tags: dict[bytes, bytes], record: bytes) -> AuthResult:
    """What the arithmetic of dkimpy says; its own look at the clock and at `l=` is passed by."""
    # Imported at first use: most mails are read without it.
    import dkim
    from dkim.util import parse_tag_value

    try:
        # dkimpy takes bare LF for line ends, and so do the mailboxes we read from.
        checker = dkim.DKIM(content, minkey=MIN_KEY_BITS)
        fields = [field for field in checker.headers if field[0].lower() == b"dkim-signature"]
        signature = parse_tag_value(fields[at][1])
        covered = [field.strip().lower() for field in signature[b"h"].split(b":")]
        right = checker.verify_sig(signature, covered, fields[at], lambda name, timeout=0: record)  # noqa: ARG005
    except dkim.KeyFormatError as error:
        return _result("policy" if "small" in str(error) else "permerror", str(error), tags)
    except Exception as error:
        # The record and the signature are the sender's, and the library meets odd ones with any exception.
        return _result("fail", f"{type(error).__name__}: {error}", tags)
    if getattr(checker, "pk", None) is None:
        return _result("permerror", "the key cannot be read", tags)
    return _result("pass", "", tags) if right else _result("fail", "the signature does not fit", tags)


def _result(result: str, reason: str, tags: dict[bytes, bytes] | None) -> AuthResult:
    said = [(f"header.{tag}", (tags or {}).get(tag.encode(), b"")) for tag in ("d", "s", "i")]
    properties = [(name, value.decode("ascii", "replace").lower()[:260]) for name, value in said if value]
    if reason:
        properties.append(("reason", reason.encode("ascii", "replace").decode()[:200]))
    return AuthResult("dkim", result, tuple(properties))
