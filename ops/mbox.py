"""Files with many mails one below the other (RFC 4155; mboxo and mboxrd of qmail's mbox(5)).

From ana@example.org Fri Nov 20 10:00:00 2026      the separator: first in the file, or below an empty line
Subject: one

>From here on it is a paragraph of the mail.
"""

import re
from collections.abc import Iterable, Iterator

_DATED = re.compile(
    rb"""From\ (?:\S{1,320}[ \t]+)?                          # the envelope sender
    (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[ \t]+
    (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \t]+\d{1,2}[ \t]+
    \d{1,2}:\d\d(?::\d\d)?[ \t]+                          # without seconds in old ones
    (?:(?:[A-Z]{2,5}|[+-]\d{4})[ \t]+)?\d{4}              # some write their zone before or behind the year
    (?:[ \t]+(?:[A-Z]{2,5}|[+-]\d{4}))?
    (?:[ \t]+remote\ from\ \S{1,200})?\s*""",
    re.X,
)
# With a date of another form, or none, there must be an envelope sender, and a header field below.
_SENT_BY = re.compile(
    rb"From (?:<?[^\s@<>]{1,64}@[^\s@<>]{1,255}>?|MAILER-DAEMON|-)(?:[ \t]+[A-Za-z, \t]{0,12}\d[\w:+ \t-]{8,40})?\s*"
)
_FIELD = re.compile(rb"[\x21-\x39\x3b-\x7e]{1,200}:")
_ESCAPED = re.compile(rb">+From ")


def is_mbox(start: bytes) -> bool:
    """Whether the first two lines are a separator and what may stand below it."""
    first, _, rest = start.partition(b"\n")
    return _separates(first, rest)


def mails_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The mails of an mbox, without their separators, one in memory at a time; `lines` keep their line ends.

    What stands above the first separator is a mail, too. Of `>From ` and `>>From ` one `>` is taken off.
    """
    mail: list[bytes] = []
    begun = False
    blank = True
    for line, following in _pairs(lines):
        if blank and line.startswith(b"From ") and _separates(line, following):
            if begun:
                yield _without_last_empty_line(mail)
            mail, begun, blank = [], True, False
            continue
        blank = not line.strip(b"\r\n")
        # Empty lines above the first mail are nobody's.
        if blank and not begun:
            continue
        begun = True
        mail.append(line[1:] if line.startswith(b">") and _ESCAPED.match(line) else line)
    if begun:
        yield _without_last_empty_line(mail)


def _separates(line: bytes, following: bytes) -> bool:
    """A line of the shape that mail programs write, and no paragraph that begins with "From "."""
    return bool(_DATED.fullmatch(line) or (_SENT_BY.fullmatch(line) and _FIELD.match(following)))


def _pairs(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each line with the one below it; b"" below the last."""
    before: bytes | None = None
    for line in lines:
        if before is not None:
            yield before, line
        before = line
    if before is not None:
        yield before, b""


def _without_last_empty_line(mail: list[bytes]) -> bytes:
    """The lines without the empty one that belongs to the separator below them."""
    return b"".join(mail[:-1] if mail and not mail[-1].strip(b"\r\n") else mail)
