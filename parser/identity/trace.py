"""The way of a mail: its Received fields (RFC 5321 §4.4), each split into its clauses by mail-parser.

Received: from mail.example.net (mail.example.net [198.51.100.7])
        by mx.example.org (Postfix) with ESMTPS id 4XY for <support@example.org>; Fri, 20 Nov 2026 10:00:05 +0000

The topmost field is the youngest and our own server's; all below the one of our border are claims of whoever sent it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Literal

from mailparser.received import helo_argument_spans, split_received
from mailparser.utils import group_spans

from parser.identity.cross_check import BROKEN
from parser.identity.trusted_authserv import MICROSOFT_BORDER, MICROSOFT_HOSTS
from parser.mail import Hop, Host, Trace
from parser.mime.charsets import clean
from parser.mime.headers import Fields, instant, values_of

_MAX_HOPS = 50
_MAX_FIELD = 2_000
_SHOWN = 200
# What ends a field: a date without brackets except around a zone, and above it a queue id or a recipient, not shown.
_DATE = re.compile(r"""[^();"\[\]<>\\]{0,100}(?:\([^()"\\]{0,50}\) ?)?""")
_NOT_SHOWN = re.compile(r""" (?:id|for) [^();"\[\]\\]{0,300}$""")
_UNUSUAL = re.compile(r"""["\\;]|\)[^ )]|\d\d-\d\d \d\d:""")
# A comment, perhaps with others in it.
_COMMENT = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
_BRACKET = re.compile(r"[][<>()]")
# As mail-parser has them; "with cipher" is a remark of Exim. A last word is none: nothing follows it.
_KEYWORDS = frozenset(["from", "by", "via", "with", "id", "for", "envelope-from", "envelope-sender"])
_ADDRESS = re.compile(r"(?<![\w.:-])(?:IPv6:)?([0-9a-f]*[.:][0-9a-f.:]{2,43})(?![\w.:-])", re.IGNORECASE)
# RFC 1918, 3927, 4193, 4291, 6598: only a server of our own house is seen at such an address.
_INSIDE = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::/127", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


def trace_of(fields: Fields) -> Trace:
    """The way of a mail; the topmost 50 Received fields are read, 2,000 characters of each, and all are counted."""
    received = values_of(fields, "received")
    if not received:
        return Trace()
    hops: list[Hop] = []
    for value in reversed(received[:_MAX_HOPS]):
        clauses, date = _clauses(" ".join(value[:_MAX_FIELD].split()))
        at = instant(date)
        before = hops[-1].at if hops else None
        hops.append(
            Hop(
                sender=_shown(clauses.get("from")),
                by=_shown(clauses.get("by")).partition(" ")[0].lower(),
                protocol=_shown(clauses.get("with")).partition("(")[0].strip(),
                at=at,
                delay=at - before if at is not None and before is not None else None,
            )
        )
    known = [hop.at for hop in hops if hop.at is not None]
    return Trace(
        hops=tuple(hops),
        count=len(received),
        delay=known[-1] - known[0] if len(known) > 1 else None,
        sending_host=_sending_host(hops),
    )


def _clauses(value: str) -> tuple[Mapping[str, str], str]:
    """The clauses of a field by their keywords, and its date; only the date where the rest has no structure.

    mail-parser looks at each character in turn, so it is spared a plain end of the field.
    """
    head, _, end = value.rpartition(";")
    plain = bool(head) and _DATE.fullmatch(end) is not None
    if plain:
        head = _NOT_SHOWN.sub("", head)
        simple = _simple_clauses(head)
        if simple is not None:
            return simple, end
    try:
        clauses, date = split_received(head if plain else value)
    except BROKEN:
        return {}, end
    # The first of each keyword counts: in "id 1 by authid with cram" of Exim, "authid" is no host.
    return dict(reversed(clauses)), end if plain else date or ""


def _simple_clauses(head: str) -> Mapping[str, str] | None:
    """The same for a field in which nothing is quoted, and brackets stand in comments only; None for all others.

    Nine fields of ten are so, and take a fifth of the time.
    """
    if _UNUSUAL.search(head):
        return None
    bare = _COMMENT.sub(_crossed_out, head) if "(" in head else head
    if _BRACKET.search(bare):
        return None
    clauses: dict[str, str] = {}
    name, start, at = "", 0, 0
    for word in bare.split(" "):
        keyword, end = word.lower(), at + len(word)
        cipher = keyword == "with" and head.startswith(" cipher", end)
        if keyword in _KEYWORDS and end < len(head) and not cipher:
            if name:
                clauses.setdefault(name, head[start:at].strip())
            name, start = keyword, end
        at = end + 1
    if name:
        clauses.setdefault(name, head[start:].strip())
    return clauses


def _crossed_out(comment: re.Match[str]) -> str:
    return "x" * len(comment[0])


def _shown(clause: str | None) -> str:
    """A clause as a short piece of printable text."""
    if not clause:
        return ""
    return clause[:_SHOWN] if clause.isascii() and clause.isprintable() else " ".join(clean(clause).split())[:_SHOWN]


def _sending_host(hops: Sequence[Hop]) -> Host | None:
    """Who gave the mail to the first server of ours: the topmost hop that came from a public address.

    Above it are steps inside our own house: from private addresses, within one server, and between those of Microsoft.
    A hop that came from elsewhere and does not say from where ends the search, as all below it may be invented.
    """
    for hop in reversed(hops):
        clause = hop.sender
        within = not clause or hop.protocol.upper().startswith("LMTP")
        if within or (hop.by.endswith(MICROSOFT_HOSTS) and not hop.by.endswith(MICROSOFT_BORDER)):
            continue
        found = [match for match in _ADDRESS.finditer(clause) if _place(match[1])]
        if found and all(_place(match[1]) == "inside" for match in found):
            continue
        seen = _seen(clause, found)
        if seen is None:
            return None
        if _place(seen) == "outside":
            return Host(clause.partition(" ")[0], seen)
    return None


@lru_cache(maxsize=1_000)
def _place(address: str) -> Literal["", "inside", "outside"]:
    """Where a host of this address stands; "" where it is none. Those of our own house come again in each mail."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return "inside" if any(found in network for network in _INSIDE) else "outside"


def _seen(clause: str, found: Sequence[re.Match[str]]) -> str | None:
    """Which of the addresses `found` in a `from` clause the server saw: never one that the other side called itself.

    The name stands first and may be any text; what the server saw stands in brackets. Only Exim writes the address
    first, with the name after "helo=".
    """
    name_end = len(clause.partition(" ")[0])
    brackets = group_spans(clause)
    claimed = helo_argument_spans(clause, brackets)
    own = [match for match in found if not _in(claimed, match)]
    seen = [match for match in own if match.start() >= name_end and _in(brackets, match)]
    if not seen and claimed:
        seen = [match for match in own if match.start() < name_end]
    return seen[-1][1] if seen else None


def _in(spans: Sequence[tuple[int, int]], match: re.Match[str]) -> bool:
    return any(start <= match.start() < end for start, end in spans)
