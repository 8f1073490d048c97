"""DKIM signatures checked by ourselves, over bytes and DNS answers that are handed in (RFC 6376, 8301, 8463).

DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=mail; h=from:to:subject; bh=...; b=...
mail._domainkey.example.org  TXT  "v=DKIM1; k=rsa; p=..."

Stricter than the RFC wherever it leaves a hole through which a signed mail can be made to say something else.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from parser.mail import AuthResult, Keys
from parser.mime.headers import Fields

MIN_KEY_BITS = 1024
_MAX_HEAD = 256 * 1024
_MAX_SIGNATURES = 5
_MAX_SIGNATURE = 20_000
_MAX_COVERED = 200
# dkimpy makes an object of every line.
_MAX_LINES = 1_000_000
_MAX_HEAD_LINES = 1_000
# Bytes by signatures: each is over the whole body.
_MAX_WORK = 40_000_000
# A key of 8,192 bits; a longer one would only make us calculate.
_MAX_RECORD = 1_600
# dkimpy looks at every way to divide white space between two patterns.
_MUCH_SPACE = re.compile(rb"\s{100}")
_TAG_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]{0,30}")
_REQUIRED = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")
_ALGORITHMS = {b"rsa-sha256": b"rsa", b"rsa-sha1": b"rsa", b"ed25519-sha256": b"ed25519"}
_DOMAIN = re.compile(rb"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,20}", re.I)
_SELECTOR = re.compile(rb"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}", re.I)
_BARE_CR = re.compile(rb"\r(?!\n)")
# A second one added above the signed one would be shown in its place (RFC 5322 §3.6, RFC 6376 §8.15).
_ONCE = (
    "from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding",
)  # fmt: skip
Tags = dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Signature:
    at: int
    """Its number among the DKIM-Signature fields."""
    field: bytes
    tags: Tags | None
    """None where it cannot be read."""
    key: str
    """The DNS name of its key; "" where it has none."""


def dkim_names(content: bytes) -> tuple[str, ...]:
    """The DNS names whose TXT records `verify_dkim` needs, in lower case and without the last dot; at most 5.

    Bounded and linear: it looks at the first 256 kB, and never twice at a byte.
    """
    return tuple(dict.fromkeys(one.key for one in _signatures(_head(content)) if one.key))


def verify_dkim(content: bytes, fields: Fields, keys: Keys) -> tuple[AuthResult, ...]:
    """One result for each of the first 5 DKIM-Signature fields, topmost first; never raises.

    `fields` are those that our reader found in `content`: a mail in which dkimpy finds others is "policy". So is one
    with a field twice that may stand once only, and a signature over a part of the body (`l=`), one that does not cover
    From, SHA-1, a key below 1,024 bits or of a signer who is only testing (`t=y`), and one past its `x=`. A name
    without an answer is "temperror", no key "permerror".
    """
    head = _head(content)
    found = _signatures(head)
    if not found:
        return ()
    odd = _two_meanings(content, head, fields)
    if len(content) * len(found) > _MAX_WORK:
        odd = "too long to be checked"
    if odd:
        return tuple(_result("policy", odd, one.tags) for one in found)
    verdicts = [_before_arithmetic(one, keys) for one in found]
    if None not in verdicts:
        return tuple(verdict for verdict in verdicts if verdict)
    checker = _checker(content)
    if checker is None or [name.decode("latin-1").lower() for name, _ in checker.headers] != [
        name.lower() for name, _ in fields
    ]:
        return tuple(_result("policy", "the header section has two readings", one.tags) for one in found)
    return tuple(
        verdict or _calculated(checker, one, keys.answers[one.key].encode("ascii", "replace"))
        for verdict, one in zip(verdicts, found, strict=True)
    )


def _head(content: bytes) -> bytes:
    """The header section, or as much of it as is looked at."""
    return re.split(rb"\r?\n\r?\n", content[:_MAX_HEAD], maxsplit=1)[0]


def _signatures(head: bytes) -> list[_Signature]:
    values = re.findall(rb"(?im)^dkim-signature[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", head)
    out: list[_Signature] = []
    for at, value in enumerate(values[:_MAX_SIGNATURES]):
        tags = _tags(value) if len(value) <= _MAX_SIGNATURE and not _MUCH_SPACE.search(value) else None
        out.append(_Signature(at, value, tags, _key_name(tags) if tags else ""))
    return out


def _tags(value: bytes) -> Tags | None:
    """A tag list; None where it is none or names a tag twice (RFC 6376 §3.2)."""
    tags: Tags = {}
    pieces = value.split(b";")
    if not pieces[-1].strip():
        pieces.pop()
    for piece in pieces:
        name, equals, said = (part.strip() for part in piece.partition(b"="))
        if not equals or name in tags or not _TAG_NAME.fullmatch(name):
            return None
        tags[name] = said
    return tags


def _key_name(tags: Tags) -> str:
    selector, domain = tags.get(b"s", b""), tags.get(b"d", b"")
    if not _SELECTOR.fullmatch(selector) or not _DOMAIN.fullmatch(domain):
        return ""
    name = f"{selector.decode('ascii')}._domainkey.{domain.decode('ascii')}".lower()
    return name if len(name) <= 253 else ""


def _two_meanings(content: bytes, head: bytes, fields: Fields) -> str:
    """Why a mail could be shown otherwise than it was signed, or costs too much to look at; "" where neither."""
    if len(head) == _MAX_HEAD or head.count(b"\n") > _MAX_HEAD_LINES or content.count(b"\n") > _MAX_LINES:
        return "too long to be checked"
    # Our reader takes it for the end of a line, as some programs do, and dkimpy does not.
    if _BARE_CR.search(head):
        return "a bare CR in the header section"
    return next((f"{name} stands twice" for name in _ONCE if len(fields.by_name.get(name, ())) > 1), "")


def _before_arithmetic(one: _Signature, keys: Keys) -> AuthResult | None:
    """The result where it can be told from the tags and the key record alone."""
    if one.tags is None or not one.key:
        return _result("permerror", "the signature cannot be read", one.tags)
    problem = _malformed(one.tags)
    if problem:
        return _result("permerror", problem, one.tags)
    refusal = _refused(one.tags, keys)
    if refusal:
        return _result("policy", refusal, one.tags)
    if one.key not in keys.answers:
        return _result("temperror", "no answer for the key", one.tags)
    result, reason = _record_problem(keys.answers[one.key].encode("ascii", "replace"), one.tags)
    return _result(result, reason, one.tags) if result else None


def _malformed(tags: Tags) -> str:
    """What RFC 6376 §6.1.1 calls a permanent failure."""
    missing = [tag.decode() for tag in _REQUIRED if not tags.get(tag)]
    if missing:
        return f"{', '.join(missing)} missing"
    if tags[b"v"] != b"1":
        return "unknown version"
    if tags[b"a"].lower() not in _ALGORITHMS:
        return "unknown algorithm"
    if tags.get(b"q", b"dns/txt").lower() != b"dns/txt":
        return "unknown query method"
    if any(not re.fullmatch(rb"[0-9]{1,12}", tags[tag]) for tag in (b"x", b"t") if tag in tags):
        return "an instant cannot be read"
    if b"x" in tags and b"t" in tags and int(tags[b"x"]) <= int(tags[b"t"]):
        return "expired before it was made"
    if tags[b"h"].count(b":") >= _MAX_COVERED:
        return "covers too many fields"
    identity, domain = _identity(tags), tags[b"d"].lower()
    if identity != domain and not identity.endswith(b"." + domain):
        return "i= is not within d="
    return ""


def _identity(tags: Tags) -> bytes:
    """The domain of the agent or user that the signer names."""
    return tags.get(b"i", b"@" + tags[b"d"]).lower().rpartition(b"@")[2]


def _refused(tags: Tags, keys: Keys) -> str:
    """Why a signature is not believed even where it is right."""
    if b"l" in tags:
        return "covers only a part of the body"
    if b"from" not in _covered(tags):
        return "does not cover From"
    if tags[b"a"].lower().endswith(b"sha1"):
        return "SHA-1"
    if b"x" in tags and int(tags[b"x"]) < keys.at.timestamp():
        return "expired"
    return ""


def _covered(tags: Tags) -> list[bytes]:
    return [name.strip().lower() for name in tags[b"h"].split(b":")]


def _record_problem(record: bytes, tags: Tags) -> tuple[str, str]:
    """(result, reason) where the record holds no key for this signature (RFC 6376 §3.6.1), else ("", "")."""
    if not record or len(record) > _MAX_RECORD:
        return "permerror", "no key"
    key = _tags(record)
    if key is None or key.get(b"v", b"DKIM1") != b"DKIM1" or b"p" not in key:
        return "permerror", "the key record cannot be read"
    if not key[b"p"]:
        return "permerror", "the key is revoked"
    if key.get(b"k", b"rsa") != _ALGORITHMS[tags[b"a"].lower()]:
        return "permerror", "the key is for another algorithm"
    if b"sha256" not in _listed(key.get(b"h", b"sha256")):
        return "permerror", "the key is for another hash"
    if not {b"*", b"email"} & set(_listed(key.get(b"s", b"*"))):
        return "permerror", "the key is not for mail"
    flags = _listed(key.get(b"t", b""))
    if b"s" in flags and _identity(tags) != tags[b"d"].lower():
        return "permerror", "the key is for its own domain only"
    # Such a mail must be treated like an unsigned one.
    return ("policy", "the signer is only testing") if b"y" in flags else ("", "")


def _listed(value: bytes) -> list[bytes]:
    return [one.strip() for one in value.split(b":")]


def _checker(content: bytes) -> Any:
    """dkimpy, with the mail; None where it finds something in the header section that is no field."""
    # Imported at first use: most mails are read without it.
    import dkim

    try:
        # It takes bare LF for line ends, and so do the mailboxes we read from.
        return dkim.DKIM(content, minkey=MIN_KEY_BITS)
    except Exception:
        # It meets odd mails with any exception.
        return None


class _Noted:
    """Stands in for a key of the library that dkimpy would need for Ed25519, and keeps what is to be vouched for."""

    digest = signature = b""

    def verify(self, digest: bytes, signature: bytes) -> None:
        self.digest, self.signature = digest, signature


def _calculated(checker: Any, one: _Signature, record: bytes) -> AuthResult:
    """What the arithmetic says; dkimpy's own look at the clock, at DNS and at `l=` is passed by."""
    import dkim

    tags = {**(one.tags or {}), b"a": (one.tags or {})[b"a"].lower()}
    field = [found for found in checker.headers if found[0].lower() == b"dkim-signature"][one.at]
    body = checker.body
    of_header, _, of_body = tags.get(b"c", b"").partition(b"/")
    if of_body == b"relaxed":
        checker.body = _relaxed(body)
        # dkimpy would look at every blank once more. Only an empty body differs: then "simple" has one line (§3.4.3).
        if checker.body.strip(b"\r\n"):
            tags[b"c"] = of_header + b"/simple"
    try:
        if _ALGORITHMS[tags[b"a"]] == b"ed25519":
            right = _by_ed25519(checker, tags, field, (_tags(record) or {})[b"p"])
        else:
            checker.pk, checker.keysize, checker.ktag, _ = dkim.evaluate_pk(one.key, record)
            right = checker.verify_sig_process(tags, _covered(tags), field, None)
    except dkim.KeyFormatError as error:
        return _result("policy" if "small" in str(error) else "permerror", str(error), tags)
    except binascii.Error:
        return _result("permerror", "the key cannot be read", tags)
    except Exception as error:
        # The record and the signature are the sender's, and the library meets odd ones with any exception.
        return _result("fail", f"{type(error).__name__}: {error}", tags)
    finally:
        checker.body = body
    return _result("pass", "", tags) if right else _result("fail", "the signature does not fit", tags)


def _by_ed25519(checker: Any, tags: Tags, field: Any, key: bytes) -> bool:
    """RFC 8463 §3: the signature is over the SHA-256 of what an RSA one is over."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    noted = _Noted()
    checker.pk, checker.keysize, checker.ktag = noted, 256, b"ed25519"
    checker.verify_sig_process(tags, _covered(tags), field, None)
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(noted.signature, noted.digest)
    except (InvalidSignature, ValueError):
        return False
    return True


def _relaxed(body: bytes) -> bytes:
    """RFC 6376 §3.4.4 a. Each round halves the longest run of blanks: a fifteenth of the time of an expression."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    return body.replace(b" \r\n", b"\r\n")


def _result(result: str, reason: str, tags: Tags | None) -> AuthResult:
    said = [(f"header.{tag}", (tags or {}).get(tag.encode(), b"")) for tag in ("d", "s", "i")]
    properties = [(name, value.decode("ascii", "replace").lower()[:260]) for name, value in said if value]
    if reason:
        properties.append(("reason", reason.encode("ascii", "replace").decode()[:200]))
    return AuthResult("dkim", result, tuple(properties))
