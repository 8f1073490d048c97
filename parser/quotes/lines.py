"""Which lines begin an older mail: intros and separators, each known by two signs.

An intro such as "On 3 March 2026 at 17:12, Ben <ben@example.net> wrote:" may be wrapped over several lines and stands
in any language and order of words; so it is looked for from its end: a colon or a verb, and above it a date and a
person.
"""

import re
from collections.abc import Sequence

from parser.quotes.words import (
    ABOVE_LINE,
    FORWARD,
    FORWARDED,
    INTRO_START,
    MESSAGE,
    SEPARATOR,
    WROTE,
    WROTE_LAST,
)

MAX_LINE = 600
_INTRO_LINES = 6
_MAX_INTRO = 600
_MAX_CANDIDATES = 1_500
_DIRECTION = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
ADDRESS = re.compile(r"[\w.+'=-]{1,100}@[\w-]{1,100}", re.I)
# A date as a program writes it: three numbers, or two and the name of a month; and a time.
DATE = re.compile(
    r"\d{1,4}\s?[年년/.-]\s?\d{1,2}\s?[月월/.-]\s?\d{1,4}"
    r"|\b\d{1,2}(?:st|nd|rd|th)?[.,]?[ -]{1,2}(?:de |tháng )?[^\W\d]{2,12}[.,-]{0,2}(?: de)?[ -]?"
    r"(?:\d{4}|\d{1,2}[:.h]\d\d)"
    r"|[^\W\d]{2,12}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:at )?(?:\d{4}|\d{1,2}:\d\d)|\b(?:19|20|25)\d\d\b",
    re.I,
)
# What every date holds: four digits in a row, or two numbers with a sign between.
_DATED = re.compile(r"\d(?:\d{3}|\s?[年년/.:hH月월-]\s?\d)")
_TIME = re.compile(r"\d{1,2}\s?[:.h時时]\s?\d{2}|[上下][午]\s?\d|[오][전후]")
_YEAR = re.compile(r"\b20\d\d(?!\d)")
_END = re.compile(r"[:：]\W{0,3}$")
# With its year, its hour in two digits and a blank before the verb, which nobody types by hand.
_NETEASE = re.compile(
    r"^[在于於] ?\d{4}年\d{1,2}月\d{1,2}日 ?\S{0,8} ?\d\d:\d\d(?::\d\d)?[，,] ?.{1,80} [写寫]道[:：]$"
)
_QUOTE = re.compile(r"^\s{0,3}(?:>(?![_.:;]{0,2}<|[:;][-(\[)]|_)|＞|\|\s(?!.*\|\s*$))")
# A word or a few and a colon, whatever the language.
HEADER_LIKE = re.compile(r"^[*_\s]{0,3}[^\s:：][^:：]{0,30}[:：]")
_RULE = re.compile(r"^[\s*]{0,4}[_\-—–=]{5,200}[\s*]*$")
_LAST = (":", "：", ">", "-", *WROTE_LAST)
_LAST_SIGNS = frozenset(one[-1] for one in _LAST)
_RULES = ("-", "_", "=", "*", "—", "–")
_RULING = " \t\r>*_=-—–"
_SENTENCE = re.compile(r"[.!?。！？]\s*$")
# The last words of the answer and an intro on the same line: "yes, please On Wed, Mar 4, 2026 at 3:59 PM, Ana wrote:",
# and with dashes between: "yes, please--- On Wed, ...".
_DAY_FIRST = r"(?:On|Am|Le|El|Em|Il|Op|Den|W dniu|Dnia|Dne|Vào|Pada|Στις|În|Na|В) (?:\w{2,14}[.,]{0,2} ){0,3}\d.{8,250}"
_GLUED = re.compile(
    rf"^(?P<words>\S.{{0,300}}?)(?:(?P<dashes>\s{{0,3}}(?:[-–—_=*~|]{{2,40}}|[–—]|(?<=\s)-(?=\s))\s{{0,3}})(?P<dashed>{_DAY_FIRST}|[在于於].{{8,250}})"
    rf"|(?<=[^\s,])\s(?P<blank>{_DAY_FIRST})|(?<=[。！？])\s?(?P<after>[在于於] ?\d{{4}} ?[年./-].{{8,250}}))$"
)
# "Lamp Office <desk@office.example> wrote:": a name, its address and the verb, and nothing else.
_NAMED = re.compile(
    r"^[\"'“]?(?P<name>[^<>@:,;!?。，：]{1,60}?)[\"'”]?\s?<[\w.+'=-]{1,100}@[\w.-]{1,100}>\s?(?P<verb>[^<>@]{2,40})$"
)


_GROUPWISE = re.compile(r"^>>> [^>]{1,80}(?:<[^<>@]{1,100}@[^<>]{1,100}>)?[^<>]{6,60} >>>\s*$")
# Outlook's own form, which nobody draws around a heading.
_CLOSE_DASHES = re.compile(r"-{4,12}[^\s-][^-]{3,50}[^\s-]-{4,12}$")


def is_quoted(line: str) -> bool:
    """A line with the mark `>`; an arrow of three that is no mark, a table row and a face are none."""
    begins = line[:4]
    if ">" not in begins and "|" not in begins and "＞" not in begins:
        return False
    return _QUOTE.match(line[:MAX_LINE]) is not None


def is_forward(line: str) -> bool:
    """ "---------- Forwarded message ---------" and "Begin forwarded message:"."""
    if len(line) > 200:
        return False
    words = line.strip(_RULING)
    if not words or len(words) > 100 or (len(line.strip()) - len(words) < 4 and words[-1] not in ":："):
        return False
    if is_dashed(line):
        return FORWARD.search(words) is not None or FORWARDED.search(words) is not None
    return FORWARD.fullmatch(words.rstrip(" :：")) is not None


def is_separator(line: str) -> bool:
    """ "-----Original Message-----" and "---- Ana wrote ----"."""
    if len(line) > 300:
        return False
    if line.lstrip(" \t>")[:1] not in _RULES:
        return line.lstrip()[:2] == "##" and ABOVE_LINE.match(line.strip()) is not None
    line = line.replace("&nbsp;", " ")
    words = line.strip(_RULING)
    before = line[: line.find(words)] if words else ""
    if len(before) - before.count(" ") - before.count(">") < 2:
        return False
    if SEPARATOR.fullmatch(words.rstrip(" :：")) or ABOVE_LINE.match(line.strip()):
        return True
    if _CLOSE_DASHES.match(line.strip()) and len(words.split()) <= 4 and MESSAGE.search(words):
        return True
    return before[-3:-1] == "--" and line.rstrip().endswith("--") and has_person(line)


def has_person(line: str) -> bool:
    """ "---- Ana wrote ----": phones write the intro between rules."""
    return WROTE.search(line) is not None


def is_dashed(line: str) -> bool:
    """Words between dashes, in any language: "----- Mail original -----"."""
    line = line.strip()
    words = line.strip(_RULING)
    if len(line) > 200 or not 2 <= len(words) <= 80 or not any(map(str.isalpha, words)):
        return False
    at = line.find(words)
    return not line[:at].strip(_RULING) and all(
        sum(sign in _RULES for sign in side) >= 3 for side in (line[:at], line[at + len(words) :])
    )


def topped(lines: Sequence[str], at: int) -> int:
    """The words between dashes directly above a header block or an intro; `at` itself where there are none."""
    above = at - 1 if at and lines[at - 1].strip() else at - 2
    return above if above >= 0 and lines[above].lstrip()[:1] in _RULES and is_dashed(lines[above]) else at


def glued(line: str, following: str) -> int:
    """Where an intro begins inside a line of the answer; 0 where none does.

    A quoted line must follow, or dashes stand between the two and an empty line follows.
    """
    if len(line) > MAX_LINE or not _END.search(line[-4:]) or (following.strip() and not is_quoted(following)):
        return 0
    found = _GLUED.match(line.rstrip())
    if found is None or INTRO_START.match(found["words"]) or not _evidence(line[found.end("words") :].strip(_RULING)):
        return 0
    return found.end("words") if found["dashes"] or is_quoted(following) else 0


def run_on(line: str) -> int:
    """Where an intro ends that the older mail follows on the same line, as Yahoo's programs for phones write; or 0."""
    end = line[:_MAX_INTRO].find(":   ") + 1
    return end if INTRO_START.match(line) and _evidence(line[:end]) else 0


def intros(lines: Sequence[str]) -> dict[int, int]:
    """The intros of a text: first line -> number of lines. At most 1,500 candidates are looked at."""
    out: dict[int, int] = {}
    left = _MAX_CANDIDATES
    for last, line in enumerate(lines):
        end = line.rstrip()
        # Of most lines the last signs are enough.
        if not end or (end[-1] not in _LAST_SIGNS and ":" not in end[-4:] and "：" not in end[-4:]):
            continue
        if len(line) > _MAX_INTRO or not (end.endswith(_LAST) or _END.search(end[-4:])):
            continue
        if is_quoted(line) and not _closes_address(lines, last):
            continue
        left -= 1
        if left < 0:
            break
        first = _first_line(lines, last)
        if first is not None:
            out[first] = last - first + 1
    return out


def _closes_address(lines: Sequence[str], at: int) -> bool:
    """A line such as "> wrote:" that looks quoted, but closes the address that a line above it opened."""
    line = lines[at]
    if len(line) > 80 or not _END.search(line.rstrip()[-4:]):
        return False
    above = "".join(lines[max(0, at - 4) : at])[-400:]
    return above.count("<") > above.count(">")


def _first_line(lines: Sequence[str], last: int) -> int | None:
    """Upwards from the end of an intro to the line it begins in; None where it is no intro."""
    joined = ""
    first = last
    for number in range(last, max(-1, last - _INTRO_LINES), -1):
        line = lines[number].strip()
        if not line:
            # Only the address that a program put on lines of its own stands apart.
            if joined.startswith("<") and number != last:
                continue
            break
        if number != last and is_quoted(lines[number]):
            break
        joined = f"{line} {joined}"
        if len(joined) > _MAX_INTRO:
            break
        first = number
        if _evidence(joined):
            return _widened(lines, first, joined)
        if number != last and _SENTENCE.search(line) and not line[-2:-1].isdigit() and len(line.split()) > 5:
            break
    return None


def _widened(lines: Sequence[str], first: int, joined: str) -> int:
    """One line further up where the intro visibly begins there: "On Tuesday," above "3 March 2026 17:12 Ben wrote:"."""
    if INTRO_START.match(joined) or first == 0:
        return first
    above = lines[first - 1].strip()
    if above and len(above) < 100 and INTRO_START.match(above) and not _SENTENCE.search(above) and not is_quoted(above):
        return first - 1
    return first


def _evidence(joined: str) -> bool:
    """A date, and a person that "wrote", or a person with address and an hour: nobody types that."""
    text = joined.strip() if joined.isascii() else _DIRECTION.sub("", joined).strip()
    # A quick check that rules out most lines.
    if not _DATED.search(text):
        return "@" in text and is_named(text)
    ends = _END.search(text[-4:]) is not None
    wrote = WROTE.search(text) if ends or text.endswith(WROTE_LAST) else None
    address = ADDRESS.search(text) if "@" in text else None
    if (not wrote and address is None) or not DATE.search(text):
        return False
    if wrote:
        # "wrote" in the middle of a long line is a person's sentence, unless the rest is a date or a name in brackets.
        rest = text[wrote.end() :]
        return (ends and (len(rest) < 120 or address is not None)) or (
            not rest.strip(" )a(:：") and bool(_TIME.search(text))
        )
    if address is None:
        return False
    # The dialects without a verb: "2026-03-03 17:12 GMT+01:00 Ben <ben@example.net>:".
    starts_with_day = text[:1].isdigit() or INTRO_START.match(text) is not None or text[:14].count(",") > 0
    return (ends and _TIME.search(text) is not None) or (text.endswith(">") and text[:4].isdigit() and starts_with_day)


def is_named(text: str) -> bool:
    """ "Lamp Office <desk@office.example> wrote:", without a date: a name in capital letters and its address."""
    found = _NAMED.match(text[:MAX_LINE]) if "<" in text else None
    if (
        found is None
        or _DATED.search(found["verb"])
        or not WROTE.search(found["verb"])
        or not (_END.search(text[-4:]) or text.endswith(WROTE_LAST))
    ):
        return False
    words = found["name"].split()
    return len(words) <= 6 and not any(word[:1].islower() for word in words if len(word) > 3)


def by_program(lines: Sequence[str]) -> bool:
    """Whether an intro names an hour or an address, as programs do: then all below it is quoted, marked or not."""
    joined = " ".join(lines)[: 2 * MAX_LINE]
    return _TIME.search(joined) is not None or "@" in joined


def is_dated(lines: Sequence[str], at: int, length: int) -> bool:
    """Whether an intro without hour and address is a paragraph of its own and begins as those of programs do."""
    end = at + length
    line = lines[at].strip()
    return (
        length == 1
        and len(line) <= 80
        and at > 0
        and not lines[at - 1].strip()
        and end < len(lines)
        and not lines[end].strip()
        and _END.search(line[-4:]) is not None
        and INTRO_START.match(line) is not None
        and _YEAR.search(line) is not None
    )


def apart(lines: Sequence[str], at: int, length: int) -> bool:
    """Whether an intro without an address stands apart, as those of programs do: people tell what "Ben wrote:"."""
    end = at + length
    if any("@" in line for line in lines[at:end]) and not (length == 1 and is_named(lines[at].strip())):
        return True
    if at and lines[at - 1].strip():
        return False
    if length == 1 and _NETEASE.match(lines[at][:MAX_LINE].strip()):
        return True
    return end >= len(lines) or lines[end][:1] == ">" or not lines[end].strip()


def next_text(lines: Sequence[str], at: int, most: int = 400) -> int | None:
    """The next line that is not blank, at most `most` lines on."""
    return next((number for number in range(at, min(len(lines), at + most)) if lines[number].strip()), None)


def is_rule(line: str) -> bool:
    """A line of dashes."""
    return _RULE.match(line[:MAX_LINE]) is not None


def is_groupwise(line: str) -> bool:
    """ ">>> Ben <ben@example.net> 19.11.2026 18:40 >>>", above an older mail without marks."""
    return _GROUPWISE.match(line) is not None and _DATED.search(line) is not None
