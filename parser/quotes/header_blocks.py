"""Header blocks of older mails: "From: … / Sent: … / To: … / Subject: …", in any language.

One counts only with an address, a day with its hour, or all four fields in it: customers write "From: / To: / Date:" of
a payment.
"""

import re
from collections.abc import Sequence

from parser.quotes.lines import ADDRESS, DATE, MAX_LINE, is_rule
from parser.quotes.words import CJK_BLANK, HEADER_NAMES

# An hour that is no part of a day such as 20.11.2026.
_HOUR = re.compile(
    r"\d\s?[:h時时点點시]\s?\d|(?<![\d./-])\d{1,2}\.\d{2}(?![\d./-])|[上下午早晚][午上]\s?\d|[오][전후]|\d\s?[ap]\.?m\b",
    re.I,
)
_HEADER_END = re.compile(r"[:：|\t]")
_DECORATION = " \t\xa0\u3000>*_|\u200e\u200f\u202a\u202b\u202c\u202d\u202e"


def headed(lines: Sequence[str], at: int) -> int:
    """The rule above "To: / Subject:" above an intro, as Yandex writes; the intro itself where there is none."""
    above = at
    while above > max(0, at - 6) and (header_name(lines[above - 1]) or not lines[above - 1].strip()):
        above -= 1
    return above - 1 if 0 < above < at and is_rule(lines[above - 1]) else at


def under_fields(lines: Sequence[str], at: int) -> int:
    """Where a header block begins that has other fields, such as "To:", directly above its "From:" or "Date:"."""
    while at and header_name(lines[at - 1]) in ("to", "cc", "subject", "date"):
        at -= 1
    return at


def header_block(lines: Sequence[str], at: int, separated: bool = False) -> int:
    """How many lines from here are the header block of an older mail; 0 where there is none.

    People fill in forms with such names: there must be an address, a day with its hour, a separator of a program above,
    or all four of From, Date, To and Subject.
    """
    first = header_name(lines[at])
    if first not in ("from", "date") or (first == "from" and _is_since(lines[at][:MAX_LINE])):
        return 0
    seen = {first}
    # Whether the sender, and whether anybody, has an address.
    known = addressed = ADDRESS.search(lines[at][:MAX_LINE]) is not None
    timed = first == "date" and _HOUR.search(lines[at][:MAX_LINE]) is not None
    gap, length = 0, 1
    for number, line in enumerate(lines[at + 1 : at + 14], start=2):
        found = header_name(line)
        gap = 0 if found else gap + 1
        if gap > 2 or (found in seen and found == "from"):
            break
        if found:
            seen.add(found)
            length = number
            here = "@" in line and ADDRESS.search(line[:MAX_LINE]) is not None
            known = known or (found == "from" and here)
            addressed = addressed or here
            timed = timed or (found == "date" and _HOUR.search(line[:MAX_LINE]) is not None)
    if "from" not in seen:
        return 0
    sure = separated or timed or addressed or "to" in seen
    if len(seen) >= 3 and (known or (sure and {"subject", "date"} <= seen)):
        return length
    return length if len(seen) == 2 and "date" in seen and known and timed else 0


def _is_since(line: str) -> bool:
    """ "From: 1 Nov 2026" is the beginning of a time and nobody's name."""
    return "@" not in line and DATE.search(line) is not None


def header_name(line: str) -> str | None:
    """Which header name a line begins with, in any language: from, date, to, subject, cc; None for other lines."""
    name = line[:80].lstrip(_DECORATION)
    end = _HEADER_END.search(name)
    if end is None or end.start() > 40:
        return None
    name = name[: end.start()].rstrip(_DECORATION).lower()
    return HEADER_NAMES.get(name) or HEADER_NAMES.get(CJK_BLANK.sub("", name))
