"""The recipients that a bounce names in its words, and what the servers said of each.

<ana@example.org>: host mx.example.org said: 550 5.1.1 User unknown      a paragraph that begins with the recipient
    ana@example.org                                                      or a line of its own below a sentence
>>> RCPT To:<ana@example.org>                                            or the session itself
<<< 550 5.1.1 <ana@example.org>... User unknown
"""

import re
from collections.abc import Iterable, Iterator

from parser.body import Body
from parser.kinds.statuses import action_of, by_words, enhanced_in
from parser.mail import Report, ReportRecipient
from parser.mime.headers import Fields, unfold, values_of

_MAX_TEXT = 40_000
_MAX_LINES = 1_500
_MAX_RECIPIENTS = 50
_MAX_BLOCK = 12

_SPEC = (
    r"[A-Za-z0-9._%+=/&'*#!$?^`{|}~-]{1,64}@(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.){1,8}"
    r"[A-Za-z0-9-]{2,24}"
)
# Chinese needs no space before or after an address.
_ADDRESS = re.compile(rf"(?<![A-Za-z0-9._%+=/&'*#!$?^`{{|}}~-])({_SPEC})(?![a-zA-Z0-9_@-])")
# Places where only mail systems write the recipient. Each is matched at the start of a line.
_NAMED = re.compile(
    rf"[\s>*•·|-]{{0,12}}(?:"
    rf"[<\[\"'(]{{1,2}}(?:mailto:|smtp:|rfc822;)?({_SPEC})[>\]\"')]{{1,2}}\s*(?:[:;,.(：-].*)?$"
    rf"|({_SPEC})\s*(?:[:;,.(：].*|<mailto:.*|\(.*)?$"
    rf"|(?:(?:final|original|failed|undelivered|intended)[- ]?)?(?:recipients?|address(?:es)?|user|mailbox|rcpt ?to|to|"
    rf"destinataire|empfänger|destinatario|收件人(?:地址)?|收件地址|收信人|邮箱|宛先|受信者|수신자)"
    rf"(?: (?:address|name|e-?mail))?\s*[:：=;]\s*(?:rfc822\s*;|smtp\s*[:;])?\s*[<\[\"']?({_SPEC})"
    rf"|(?:>>> ?)?rcpt to:\s?<?({_SPEC})"
    rf"|(?:<<< ?|[45]\d\d[ -])[^\n]{{0,40}}?<({_SPEC})>"
    rf")",
    re.I,
)
_SENTENCE = re.compile(
    rf"(?:(?:deliver(?:y|ed)?|sent|send|message|mail|forward(?:ed)?|relay)\b[^\n<@]{{0,60}}\b(?:to|for|from reaching)|"
    rf"(?:user|recipient|mailbox|account|address|addressee|alias)(?: \(?s?\)?)?(?: (?:named|for|of|is))?|"
    rf"投递(?:到|至|给)|发送(?:到|至|给)|(?:用户|收件人|邮箱|地址|帐号|账号|账户))\s*[:：]?\s*[<(\[\"'“「]?({_SPEC})",
    re.I,
)
_CONTACT = re.compile(
    r"(?:postmaster|abuse|support|help(?:desk)?|webmaster|hostmaster|mailer-?daemon|admin(?:istrator)?|no-?reply|info)@|"
    r"(?:contact|questions?|assistance|help|visit|e-?mail us|send (?:mail|e-?mail) to|联系)\b[^\n]{0,60}$",
    re.I,
)
_RETURNED_COPY = re.compile(
    r"(?im)^[\s>*|-]{0,40}(?:original (?:message|mail|headers?)|(?:below|here|this|following|"
    r"attached)[^\n]{0,40}(?:is|are) (?:a |the )?(?:copy|original|"
    r"header|first|text)[^\n]{0,60}|(?:unsent|returned|undelivered) (?:message|mail)[^\n]{0,40}(?:follows|below|"
    r"attached)?|message (?:headers?|text) follows?|"
    r"your (?:original )?message (?:follows|reads)[^\n]{0,30}|received: (?:from|"
    r"by) [^\n]{0,200}|return-path: ?<[^\n]{0,200}|"
    r"原始邮件[^\n]{0,20}|原邮件[^\n]{0,20})[\s:*-]{0,20}$"
)


def free_text_report(fields: Fields, body: Body, message_id: str | None) -> Report:
    """The recipients that the words of a bounce name, with the status code nearest to each."""
    text = own_words(body)
    found = {
        address.lower(): address
        for value in values_of(fields, "x-failed-recipients")
        for address in _ADDRESS.findall(unfold(value)[:10_000])
    }
    found = found or _named(text, _own_addresses(fields))
    recipients = []
    for address in list(found.values())[:_MAX_RECIPIENTS]:
        said = spoken_of(address, text)
        status = enhanced_in(said) or (enhanced_in(_answers(text)) if len(found) == 1 else None)
        status = status or (enhanced_in([text]) if len(found) == 1 else None) or by_words("\n".join(said) or text)
        if status == "5.0.0" and len(found) == 1:
            status = by_words(text)
        recipients.append(_recipient(address, status, " ".join(" ".join(said).split())))
    if not recipients:
        status = enhanced_in(_answers(text)) or enhanced_in([text]) or by_words(text)
        recipients.append(_recipient(None, status, ""))
    return Report(message_id, tuple(recipients))


def spoken_of(address: str, text: str) -> list[str]:
    """The text about one recipient: each line that names it, with the lines that belong to it."""
    blocks: list[str] = []
    wanted = address.lower()
    if wanted not in text.lower():
        return blocks
    lines = text[:_MAX_TEXT].split("\n")[:_MAX_LINES]
    # If a session is shown, only its lines count: the others are what the reporting system makes of it.
    session = any(line.lstrip(" >").startswith("<<<") for line in lines)
    number = 0
    while number < len(lines):
        if wanted not in lines[number][:2_000].lower():
            number += 1
            continue
        end = number + 1
        while end < min(len(lines), number + _MAX_BLOCK) and _goes_on(lines, end, number, wanted):
            end += 1
        blocks.append("\n".join(line[:2_000] for line in lines[number:end] if not session or _by_remote(line)))
        number = end
    return [block for block in blocks if block]


def own_words(body: Body) -> str:
    """The mail system's own text, above the copy of the mail that it returns."""
    text = body.text[:_MAX_TEXT]
    copy = _RETURNED_COPY.search(text)
    # If the copy begins on the very first lines, nothing would remain to be read.
    return text[: copy.start()] if copy and _ADDRESS.search(text[: copy.start()]) else text


def has_a_named_recipient(text: str) -> bool:
    """Whether the text names a recipient in a place where mail systems do."""
    return any(True for _ in _in_places(text))


def _goes_on(lines: list[str], at: int, start: int, wanted: str) -> bool:
    """Whether the line at `at` is still about the recipient that was named at `start`."""
    line = lines[at]
    if not line.strip():
        # The reason of a recipient on a line of its own comes below a gap.
        return at == start + 1 and lines[start].strip(" <>:,;\t\"'").lower() == wanted and at + 1 < len(lines)
    other = _NAMED.match(line[:1_000])
    return not other or wanted in line.lower()


def _by_remote(line: str) -> bool:
    """Whether a line is what the remote server said, or cites it."""
    return line.lstrip(" >").startswith("<<<") or "reason:" in line or "said:" in line


def _answers(text: str) -> Iterator[str]:
    """What the remote server said in a session, and what programs cite of it."""
    for line in text.split("\n")[:_MAX_LINES]:
        if _by_remote(line[:2_000]):
            yield line[:2_000]


def _named(text: str, own: set[str]) -> dict[str, str]:
    """The addresses in the places of recipients; if there are none, those that the text says anything about."""
    found: dict[str, str] = {}
    for address in _in_places(text):
        if address.lower() not in own and not _CONTACT.match(address):
            found.setdefault(address.lower(), address)
    if found:
        return found
    for match in _SENTENCE.finditer(text[:_MAX_TEXT]):
        if match[1].lower() not in own:
            found.setdefault(match[1].lower(), match[1])
    if found:
        return found
    for match in _ADDRESS.finditer(text[:_MAX_TEXT]):
        before = text[max(0, match.start() - 80) : match.start()].rpartition("\n")[2]
        if match[1].lower() not in own and not _CONTACT.match(match[1]) and not _CONTACT.search(before):
            found.setdefault(match[1].lower(), match[1])
    return found


def _in_places(text: str) -> Iterator[str]:
    """The addresses at the starts of lines, as mail systems name recipients."""
    for line in text[:_MAX_TEXT].split("\n")[:_MAX_LINES]:
        if "@" in line[:400] and (match := _NAMED.match(line[:400])):
            address = next(group for group in match.groups() if group)
            yield address


def _own_addresses(fields: Fields) -> set[str]:
    """The writer and the receiver of the bounce: neither is the recipient that failed."""
    names = ("from", "to", "return-path", "delivered-to", "sender")
    values: Iterable[str] = (unfold(value)[:10_000] for name in names for value in values_of(fields, name))
    return {address.lower() for value in values for address in _ADDRESS.findall(value)}


def _recipient(address: str | None, status: str, words: str) -> ReportRecipient:
    if address:
        local, at, domain = address.rpartition("@")
        address = f"{local}{at}{domain.lower()}"
    return ReportRecipient(address, action_of(status), status, words[:500])
