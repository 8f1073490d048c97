"""The recipients that a bounce names in its words, and what the servers said of each.

<ana@example.org>: host mx.example.org said: 550 5.1.1 User unknown      a paragraph that begins with the recipient
    ana@example.org                                                      or a line of its own below a sentence
>>> RCPT To:<ana@example.org>                                            or the session itself
<<< 550 5.1.1 <ana@example.org>... User unknown
"""

import re
from collections.abc import Iterable, Iterator

from parser.body import Body
from parser.kinds.report_text import ADDRESS, MAX_LINES, MAX_TEXT, SPEC, ReportText, cleaned, report_text
from parser.kinds.statuses import Outlook, action_of, by_words, enhanced_in, outlook_of
from parser.mail import Report, ReportRecipient
from parser.mime.headers import Fields, unfold, values_of

_MAX_RECIPIENTS = 50
_MAX_BLOCK = 12

# Places where only mail systems write the recipient. Each is matched at the start of a line.
_NAMED = re.compile(
    rf"[\s>*•·|-]{{0,12}}(?:"
    rf"(?:smtp )?[<\[\"'(]{{1,2}}(?:mailto:|smtp:|rfc822;)?({SPEC})[>\]\"')]{{1,2}}\s*(?:[:;,.(：-].*|"
    rf"\"[^\"]{{1,80}}\")?$"
    rf"|\"[^\"@\n]{{1,60}}\" ?<({SPEC})>\s*$"
    rf"|({SPEC})\s*(?:[:;,.(：].*|<mailto:.*|\(.*|\"[^\"]{{1,80}}\"| -{{1,2}} .*| on \w{{2,4}}\b.*)?$"
    rf"|(?:(?:final|original|failed|undelivered|intended|undeliverable|invalid|unknown|bad)[- ]?)?"
    rf"(?:recipients?|(?:receiver )?address(?:es)?|user|mailbox|rcpt ?to|to|error-for|destinataire|empfänger|"
    rf"destinatario|收件人(?:地址)?|收件地址|收信人|邮箱|宛先|受信者|수신자)"
    rf"(?: (?:address|name|e-?mail))?\s*[:：=;]\s*(?:rfc822\s*;|smtp\s*[:;])?\s*[<\[\"']?(?:smtp:)?({SPEC})"
    rf"|(?:user mailbox|user's mailbox|delivery failed|unknown user|delivery userid|invalid final delivery userid)"
    rf"[^\n:@]{{0,40}}: ?<?({SPEC})"
    rf"|(?:>>> ?)?rcpt to:\s?<?({SPEC})"
    rf"|(?:<<< ?|[45]\d\d[ -])[^\n]{{0,40}}?<({SPEC})>"
    rf")",
    re.I,
)
_SENTENCE = re.compile(
    rf"(?:\b(?:deliver(?:y|ed)?|sent|send|message|mail|forward(?:ed)?|relay|undeliverable|address(?:ed)?|"
    rf"reject(?:ed)?)\b"
    rf"[^\n<@]{{0,60}}\b(?:to|for|from reaching|by)|"
    rf"\b(?:user|recipient|mailbox|account|address|addressee|alias)(?: \(?s?\)?)?(?: (?:named|for|of|is))?|"
    rf"\brecipients? \(|投递(?:到|至|给)|发送(?:到|至|给)|(?:用户|收件人|邮箱|地址|帐号|账号|账户))"
    rf"\s*[:：]?\s*[<(\[\"'“「]?({SPEC})",
    re.I,
)
_CONTACT = re.compile(
    r"(?:postmaster|abuse|support|help(?:desk)?|webmaster|hostmaster|mailer-?daemon|admin(?:istrator)?|no-?reply|"
    r"info)@|"
    r"(?:contact|questions?|assistance|help|visit|e-?mail us|send (?:mail|e-?mail) to|reply to|联系)\b[^\n]{0,60}$",
    re.I,
)
_BY_US = re.compile(r"(?:mail from|(?<!expanded )(?<!generated )from|sender|reply-to|on behalf of)\W{0,4}$", re.I)
# A name without a domain, alone below a sentence, as services name their own users.
_BARE = re.compile(r"(?m)[:：][ \t]*\n(?:[ \t]*\n)?((?:[ \t]{1,16}[A-Za-z0-9][\w.+-]{1,63}[ \t]*(?:\n|\Z)){1,20})")


def free_text_report(fields: Fields, body: Body, message_id: str | None, *, warns: bool = False) -> Report:
    """The recipients that the words of a bounce name, with the status code nearest to each.

    `warns`: its subject says that the mail is late.
    """
    parts = report_text(body.text)
    text = parts.words
    outlook = outlook_of(text, warns=warns)
    found = list(_recipients(fields, parts))[:_MAX_RECIPIENTS]
    recipients = []
    for address in found:
        said = spoken_of(address, text)
        status = _code(said) or (_code(_answers(text)) if len(found) == 1 else None)
        status = status or (_code([text]) if len(found) == 1 else None) or by_words("\n".join(said) or text)
        if status == "5.0.0" and len(found) == 1:
            status = by_words(text)
        recipients.append(_recipient(address, status, " ".join(" ".join(said).split()), outlook))
    if not recipients:
        status = _code(_answers(text)) or _code([text]) or by_words(text)
        recipients.append(_recipient(None, status, "", outlook))
    return Report(message_id, tuple(recipients))


def is_delay(report: Report) -> bool:
    """Whether a report says of all its recipients that the mail is late."""
    return all(one.action == "delayed" for one in report.recipients)


def spoken_of(address: str, text: str) -> list[str]:
    """The text about one recipient: each line that names it, with the lines that belong to it."""
    blocks: list[str] = []
    wanted = address.lower()
    if wanted not in text.lower():
        return blocks
    lines = text[:MAX_TEXT].split("\n")[:MAX_LINES]
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


def has_a_named_recipient(text: str, fields: Fields, *, in_sentences: bool = False) -> bool:
    """Whether the text names a recipient in a place where mail systems do, other than the two ends of this mail."""
    own = _own_addresses(fields)
    named = any(address.lower() not in own for address in _in_places(text))
    return named or (in_sentences and any(found[1].lower() not in own for found in _SENTENCE.finditer(text)))


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
    for line in text.split("\n")[:MAX_LINES]:
        if _by_remote(line[:2_000]):
            yield line[:2_000]


def _code(texts: Iterable[str]) -> str | None:
    """The enhanced code of a failure. In a session, the lines before the refusal speak of success."""
    code = enhanced_in(texts)
    return code if code and code[0] != "2" else None


def _recipients(fields: Fields, parts: ReportText) -> Iterable[str]:
    """The recipients that failed, from the surest place that names any; the description of the mail comes last."""
    own = _own_addresses(fields)
    header = (ADDRESS.findall(unfold(value)[:10_000]) for value in values_of(fields, "x-failed-recipients"))
    readings = (
        lambda: (address for addresses in header for address in addresses),
        lambda: (one for one in _in_places(parts.words) if one.lower() not in own and not _CONTACT.match(one)),
        lambda: (found[1] for found in _SENTENCE.finditer(parts.words) if found[1].lower() not in own),
        lambda: _anywhere(parts.words, own),
        lambda: _bare(parts.words, fields),
        lambda: _receivers(parts.described, own),
        lambda: _receivers(parts.copy, own),
        lambda: _writer(parts.words, fields),
    )
    for reading in readings:
        found = {cleaned(address).lower(): cleaned(address) for address in reading()}
        if found:
            return found.values()
    return ()


def _in_places(text: str) -> Iterator[str]:
    """The addresses at the starts of lines, as mail systems name recipients."""
    for line in text[:MAX_TEXT].split("\n")[:MAX_LINES]:
        if "@" in line[:400] and (match := _NAMED.match(line[:400])):
            yield next(group for group in match.groups() if group)


def _anywhere(text: str, own: set[str]) -> Iterator[str]:
    """Any address that is neither a contact nor the sender of something."""
    for match in ADDRESS.finditer(text):
        before = text[max(0, match.start() - 80) : match.start()].rpartition("\n")[2]
        known = match[1].lower() in own or _CONTACT.match(match[1])
        if not known and not _CONTACT.search(before) and not _BY_US.search(before):
            yield match[1]


def _bare(text: str, fields: Fields) -> Iterator[str]:
    """Users that a service names without their domain, which is its own."""
    writers = [one for value in values_of(fields, "from") for one in ADDRESS.findall(unfold(value)[:1_000])]
    found = _BARE.search(text[:MAX_TEXT]) if writers else None
    for name in found[1].split() if found else ():
        yield f"{name}@{writers[0].rpartition('@')[2]}"


def _receivers(text: str, own: set[str]) -> list[str]:
    """Whom the returned mail was written to, if that is one address."""
    named = [line for line in text.split("\n")[:MAX_LINES] if re.match(r"[\s>]{0,12}to\s?:", line[:40], re.I)]
    found = {one for line in named[:1] for one in ADDRESS.findall(line[:2_000]) if one.lower() not in own}
    return list(found) if len(found) == 1 else []


def _writer(text: str, fields: Fields) -> list[str]:
    """The sender of the report, if it speaks of itself: some refuse mail in the name of the mailbox."""
    writers = {one.lower() for value in values_of(fields, "from") for one in ADDRESS.findall(unfold(value)[:1_000])}
    receivers = {one.lower() for value in values_of(fields, "to") for one in ADDRESS.findall(unfold(value)[:10_000])}
    found = (match[1] for match in ADDRESS.finditer(text) if not _CONTACT.match(match[1]))
    return [one for one in found if one.lower() in writers - receivers][:1]


def _own_addresses(fields: Fields) -> set[str]:
    """The writer and the receiver of the bounce: neither is the recipient that failed."""
    names = ("from", "to", "return-path", "delivered-to", "sender")
    values: Iterable[str] = (unfold(value)[:10_000] for name in names for value in values_of(fields, name))
    return {address.lower() for value in values for address in ADDRESS.findall(value)}


def _recipient(address: str | None, status: str, words: str, outlook: Outlook) -> ReportRecipient:
    if address:
        local, at, domain = address.rpartition("@")
        address = f"{local}{at}{domain.lower()}"
    return ReportRecipient(address, action_of(status, outlook), status, words[:500])
