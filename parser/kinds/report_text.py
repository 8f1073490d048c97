"""The text of a delivery report: what the mail system says itself, apart from the mail that it returns.

Your message                        words of the system
  To:      lamps@example.org        a description of the mail: whom it was written to, not who failed
  Subject: Lamp order
did not reach the following recipient(s):
ana@example.org                     words of the system
------ Original message ------
From: desk@example.net              the returned mail
"""

import re
from dataclasses import dataclass

from parser.quotes.words import HEADER_NAMES

MAX_TEXT = 40_000
MAX_LINES = 1_500

SPEC = (
    r"(?<![A-Za-z0-9._%+&$~^`-])[A-Za-z0-9_+&#$%][A-Za-z0-9._%+=/&'*#!$?^`{|}~-]{0,63}@"
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.){1,8}[A-Za-z0-9-]{2,24}(?![A-Za-z0-9_@-]|\.[A-Za-z0-9])"
)
"""An address from its first letter to its last. Chinese needs no space before or after it."""
ADDRESS = re.compile(rf"({SPEC})")
# X.400 and Exchange: "dda=SMTP=ana@example.org", "IMCEA".
_TYPE_INSIDE = re.compile(r".*\b(?:smtp|rfc822|to|rcpt)=", re.I)
_COPY_LINE = re.compile(
    r"(?im)^[ \t>*|=_-]{0,60}(?:"
    r"original (?:message|mail|e-?mail|headers?)\b[^\n@.]{0,40}|"
    r"[^\n@.:]{0,60}\b(?:(?:is|are) (?:a |the |your )?(?:copy|original|header|first|text|returned (?:mail|message))|"
    r"original (?:message|mail) (?:follows?|is attached|below)|(?:header|top) of (?:the|your) (?:original )?message)\b"
    r"[^\n@]{0,60}|"
    r"(?:start of |begin )?(?:unsent|returned|undelivered|old|non-?delivered) (?:message|mail|information)\b"
    r"(?: follows| below| attached| text| headers?)?|"
    r"(?:message|mail) (?:text|headers?|body|contents?)(?: (?:is|are))?(?: follow\w*| below| attached)?|"
    r"your (?:original )?(?:message|mail) (?:follows|reads)\b[^\n@]{0,30}|"
    r"received: (?:from|by) [^\n]{0,200}|return-path: ?<[^\n]{0,200}|"
    r"mensaje original\b[^\n@]{0,40}|ursprüngliche nachricht[^\n@]{0,40}|message d'origine[^\n@]{0,40}|"
    r"(?:原始|原)(?:邮件|郵件|信件)[^\n]{0,20}"
    r")[ \t:*=|_.-]{0,60}$"
)
_FIELD = re.compile(r"[ \t>|]{0,12}([A-Za-z\u0080-\uffff][\w' -]{0,30}?)[ \t]{0,4}[:：]")
_OF_A_COPY = frozenset({"received", "return-path", "message-id", "mime-version", "content-type", "x-mailer"})


@dataclass(frozen=True, slots=True)
class ReportText:
    """The three kinds of lines in the text of a report."""

    words: str
    """What the mail system says itself."""
    described: str
    """The fields by which it describes the mail: "To:" names whom it was written to."""
    copy: str
    """The returned mail, where the text holds it."""


def report_text(text: str) -> ReportText:
    """Takes the text of a report apart; linear in at most 40,000 characters of it."""
    words, copy = _without_copy(text[:MAX_TEXT])
    kept: list[str] = []
    described: list[str] = []
    run: list[str] = []
    for line in [*words.split("\n")[:MAX_LINES], ""]:
        if run and line.strip() and not _FIELD.match(line[:60]) and line[:1] in " \t":
            # A folded line, such as a long list of receivers.
            run.append(line)
        elif _is_field(line):
            run.append(line)
        else:
            (described if _describes(run) else kept).extend(run)
            kept.append(line)
            run = []
    return ReportText("\n".join(kept), "\n".join(described), copy)


def own_words(text: str) -> str:
    """The mail system's own text with its description of the mail, above the returned copy."""
    return _without_copy(text[:MAX_TEXT])[0]


def cleaned(address: str) -> str:
    """The address without a type that stands before it, as in "SMTP=ana@example.org"."""
    return _TYPE_INSIDE.sub("", address) or address


def _without_copy(text: str) -> tuple[str, str]:
    """The text above the returned mail, and that mail; all of it where nothing above names an address."""
    first = ADDRESS.search(text)
    found = _COPY_LINE.search(text, first.end()) if first else None
    return (text[: found.start()], text[found.start() :]) if found else (text, "")


def _is_field(line: str) -> bool:
    named = _FIELD.match(line[:60])
    return named is not None and _name(named) is not None


def _name(named: re.Match[str]) -> str | None:
    """What a field is, by its name in any of the reader's languages: "to", "subject", "copy"; None for other words."""
    name = named[1].strip().lower()
    return "copy" if name in _OF_A_COPY else HEADER_NAMES.get(name)


def _describes(run: list[str]) -> bool:
    """Whether lines that look like fields describe a mail: a subject, or two, one of which only a mail has."""
    names = {_name(named) for line in run if (named := _FIELD.match(line[:60]))} - {None}
    return names == {"subject"} or (len(names) > 1 and bool(names & {"subject", "date", "from", "copy"}))
