"""Authentication-Results fields (RFC 8601 §2.2), read but not yet believed.

Authentication-Results: mx.example.org 1; dkim=pass (good) header.d=example.net; dmarc=pass header.from=example.net
"""

import re

from parser.mail import AuthResult, AuthResults
from parser.mime.headers import Fields, unfold

_MAX_FIELDS = 50
_TRACE = frozenset(
    {"return-path", "delivered-to", "x-original-to", "received", "received-spf", "authentication-results"}
)

_AUTHSERV = re.compile(r'\s*(?:"([^"]{1,255})"|([^\s;="]{1,255}))(?:\s+([0-9]+))?\s*')
_METHOD = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9-]*)\s*(?:/\s*([0-9]+)\s*)?=\s*([A-Za-z]+)(?=[\s;]|$)\s*")
_VERSION = 1
"""The only version that there is of the field and of each method (RFC 8601 §2.2, §2.5)."""
_PROPERTY = re.compile(r"""([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_.-]+)?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*""")


def read(fields: Fields) -> tuple[AuthResults, ...]:
    """Every Authentication-Results field, topmost first, at most 50.

    `topmost` is true for a field of the run of trace fields that begins with the first line of the header section
    (Return-Path, Delivered-To, X-Original-To, Received, Received-SPF, Authentication-Results, ARC-*). The run ends
    before the first field of another name, before the second `Received`, and, when it has an Authentication-Results
    above the first `Received`, before that one. The reason: a hop writes its fields above what it was given, so what
    stands below the Received of the border was in the hands of the writer. One `Received` is passed because local
    delivery (LMTP) adds its own on top of the border's fields; it is not passed when the border has shown that it
    writes its results above, since a second result below can then only be a forgery.
    """
    out: list[AuthResults] = []
    in_run, received = True, 0
    for name, value in fields:
        field = name.lower()
        is_result = field == "authentication-results"
        in_run = in_run and (field in _TRACE or field.startswith("arc-"))
        if field == "received":
            received += 1
            in_run = in_run and received < 2 and not any(found.topmost for found in out)
        if is_result and len(out) < _MAX_FIELDS:
            out.append(read_one(unfold(value), topmost=in_run))
    return tuple(out)


def read_one(value: str, topmost: bool) -> AuthResults:
    """One field value. Anything outside the grammar makes the whole field unreadable: `authserv_id` "".

    So does another version than 1: what its words mean nobody has said yet (RFC 8601 §2.2). A method of another
    version is left out (§2.5).
    """
    unreadable = AuthResults("", (), topmost)
    value = value.replace("\t", " ")
    text = _without_comments(value) if len(value) <= 20_000 and value.isprintable() else None
    if text is None:
        return unreadable
    segments = _segments(text)
    authserv = _AUTHSERV.fullmatch(segments[0])
    if authserv is None or _unknown(authserv[3]):
        return unreadable
    results: list[AuthResult] = []
    for segment in segments[1:]:
        if segment.strip() in ("", "none"):
            continue
        result = _result(segment)
        if result is None:
            return unreadable
        if not _unknown(result[1]):
            results.append(result[0])
    return AuthResults((authserv[1] or authserv[2]).lower(), tuple(results), topmost)


def _unknown(version: str | None) -> bool:
    return version is not None and version.lstrip("0") != str(_VERSION)


def _result(segment: str) -> tuple[AuthResult, str | None] | None:
    """`method=result property=value ...` and the method's version; None where something else stands in it."""
    method = _METHOD.match(segment)
    if method is None:
        return None
    properties: list[tuple[str, str]] = []
    at = method.end()
    while at < len(segment):
        found = _PROPERTY.match(segment, at)
        if found is None:
            return None
        name = re.sub(r"\s", "", found[1]).lower()
        properties.append((name, re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]))
        at = found.end()
    return AuthResult(method[1].lower(), method[3].lower(), tuple(properties)), method[2]


def _without_comments(value: str) -> str | None:
    """The value with each comment, nested ones too, replaced by a blank; None where one is left open."""
    out: list[str] = []
    depth, quoted, at = 0, False, 0
    while at < len(value):
        character = value[at]
        step = 2 if character == "\\" and (depth or quoted) else 1
        if not depth:
            if character == '"':
                quoted = not quoted
            if character == "(" and not quoted:
                depth = 1
                out.append(" ")
            else:
                out.append(value[at : at + step])
        elif step == 1:
            depth += (character == "(") - (character == ")")
        at += step
    return None if depth or quoted else "".join(out)


def _segments(text: str) -> list[str]:
    """The text cut at semicolons outside quoted strings."""
    out: list[str] = []
    quoted, start, at = False, 0, 0
    while at < len(text):
        if quoted and text[at] == "\\":
            at += 1
        elif text[at] == '"':
            quoted = not quoted
        elif text[at] == ";" and not quoted:
            out.append(text[start:at])
            start = at + 1
        at += 1
    return [*out, text[start:]]
