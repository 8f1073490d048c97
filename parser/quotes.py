"""What a person wrote now, apart from what they quote and from their signature.

Works line by line on tables of patterns, so it is linear and a language is added by a row. A quotation must be shown
by two signs (an intro with a verb *and* a date or an address; several header names in a row; `>` marks), because losing
a customer's words is worse than showing a quote too many. Forwarded mail is the matter itself and stays.
"""

import re
from dataclasses import dataclass

_MAX_LINE = 600
_INTRO_LINES = 4
_INTRO_ENDS = (":", "：", ">")
_MAX_SIGNATURE_LINES = 15
_MAX_SIGNATURE_LINE = 100


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text in three; `reply` is the whole text where nothing else would be left."""

    reply: str
    quoted: str
    signature: str


# How an intro ends, by language: "On Monday, Ana <ana@example.org> wrote:".
_WROTE = re.compile(
    r"(?:"
    r"\bwrote|\bwrites|\bsaid"  # en
    r"|\b(?:schrieb|skrev|schreef|geschreven|napisał\(?a?\)?) [^:：]{1,120}"  # verb before the name: de da sv no nl pl
    r"|写道|撰写|寫道|来信|的原始邮件|写到|撰寫"  # zh-Hans, zh-Hant
    r"|escribi[óo]|a écrit|écrit|ha scritto|scrisse|schrieb|geschrieben"  # es fr it de
    r"|escreveu|va escriure|schreef|skrev|kirjoitti|napisał\(?a?\)?|napsal\(?a?\)?"  # pt ca nl da fi pl cs
    r"|пишет|написал\(?а?\)?|написав|yazdı|şunları yazdı|írta|a scris|έγραψε|đã viết|menulis|wrote the "
    r"following"  # ru uk tr hu ro el vi id
    r"|のメール|さんは書きました|が書いた|書きました|님이 작성|작성"  # ja ko
    r")\s*[:：]?\s*$",
    re.I,
)
# Two dialects without a verb, and one between rules.
_NO_VERB = re.compile(
    r"^\W{0,3}\d{4}\s?[-/年]\s?\d{1,2}\s?[-/月]\s?\d{1,2}[T ,日].{0,200}<\s?[^<>\s]{3,200}>\s*[:：]?\s*$"
)
_RULED = re.compile(r"^\s*-{2,}\s.{2,200}\b(?:wrote|写道|schrieb|escribió)\s?:?\s-{2,}\s*$", re.I)
# An intro that a phone put on the line of the answer: "yes, please On Wed, Mar 4, 2026 at 3:59 PM, Ana wrote:".
_GLUED = re.compile(r"^(.{1,300}?)\s(On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w{0,6},? .{5,200} wrote:)\s*$")
# How an intro begins, where the line may be one of several: cheap, and only with the evidence below.
_INTRO_START = re.compile(
    r"^\W{0,3}(?:On|At|Am|El|Le|Il|Em|No|Op|Den|W dniu|Dnia|Dne|Vào|Pada|На|В|Dana|в|在|于|於|\d{4}\s*[年/.-]|"
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|"
    r"\w{2,12},? \d{1,2}[. ]|\d{1,2}\.? \w{2,12}\.?,? \d{4}|\w{3,10}, \w{3,10} \d|[\"“]?[^\s<>]{1,40}( "
    r"[^\s<>]{1,40}){0,5} ?[\"”]?<[^\s<>]{1,200}@)",
    re.I,
)
# Below an intro without marks all is taken for the quotation, so it must be one that a program wrote.
_BY_PROGRAM = re.compile(r"\d{1,2}[:.h时時]\d{2}|@")
_A_DATE = re.compile(r"\d{1,4}\s?[年/.-]\s?\d{1,2}|\d{1,2}:\d{2}|\b(?:19|20)\d\d\b|@")

# A line that says by itself: what follows is the older mail.
_SEPARATOR = re.compile(
    r"^[\s>*_]*[-_=—–*]{2,}\s*(?:"
    r"original message|original appointment|reply message|original-nachricht|ursprüngliche nachricht|urspr. nachricht"
    r"|mensaje original|message d'origine|message original|messaggio originale|mensagem original|oorspronkelijk bericht"
    r"|originalmeddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|"
    r"původní zpráva"
    r"|исходное сообщение|пересылаемое сообщение|orijinal mesaj|orijinal ileti|eredeti üzenet|thư gốc|pesan asli"
    r"|原始邮件|原邮件|邮件原件|原始信息|回复的原邮件|回复的邮件|原始郵件|原始訊息|原始信件|元のメッセージ|"
    r"original[ -]?mail|원본 메일|원본 메시지"
    r")\s*[-_=—–*]{0,}\s*$",
    re.I,
)
_FORWARD = re.compile(
    r"^[\s>*]*(?:[-_=—–]{2,}\s*)?(?:"
    r"forwarded message|begin forwarded message|forwarded by|weitergeleitete nachricht|mensaje reenviado|"
    r"message transféré"
    r"|messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht|转发邮件信息|转发的邮件|转发邮件|轉寄郵件|"
    r"轉寄的郵件|已轉寄|転送メッセージ|転送されたメッセージ"
    r"|пересланное сообщение|пересылаемое сообщение"
    r")\s*[:：]?.{0,60}$",
    re.I,
)
# The header names that programs put above a quoted mail, by what they mean.
_HEADER_NAMES = {
    "from": "from|von|de|expéditeur|da|van|fra|från|od|от|kimden|gönderen|发件人|寄件者|寄件人|差出人|보낸 "
    "사람|보낸사람|lähettäjä|feladó|dari|từ",
    "date": "sent|date|gesendet|datum|enviado|enviado el|enviada em|fecha|envoyé|envoyé le|data|inviato|"
    "verzonden|skickat|sendt|dato|wysłano|"
    "дата|отправлено|gönderildi|gönderme tarihi|tarih|发送时间|发送日期|日期|时间|寄件日期|傳送時間|送信日時|"
    "日時|보낸 날짜|날짜|lähetetty|odesláno|dikirim|ngày",
    "to": "to|an|para|à|a|destinataire|aan|til|till|do|komu|кому|kime|alıcı|收件人|收件者|宛先|받는 사람|"
    "받는사람|kenelle|kepada|đến",
    "subject": "subject|betreff|asunto|objet|oggetto|assunto|onderwerp|ämne|emne|temat|předmět|тема|konu|主题|"
    "主題|主旨|件名|제목|aihe|tárgy|subjek|chủ đề",
    "cc": "cc|kopie|抄送|副本|копия|참조|bilgi|dw",
}
_HEADER_LINE = re.compile(
    r"^[\s>*_|]{0,20}(?:"
    + "|".join(f"(?P<{key}>{names})" for key, names in _HEADER_NAMES.items())
    + r")\s?\*?\s?[:：]\*?",
    re.I,
)
_QUOTE = re.compile(r"^\s{0,3}(?:[A-Z]{0,4}>|＞|\|\s)")
_RULE = re.compile(r"^\s*[_\-—–=]{5,200}\s*$")
_FOOTER = re.compile(r"^_{20,200}\s*$")
_DELIMITER = re.compile(r"^(?:-- ?|—|——|--\xa0|__)$")
# A line that is a signature by itself, written by a program.
_MOBILE = re.compile(
    r"^\W{0,4}(?:sent from (?:my|mail for|outlook|yahoo|samsung|a |an |the )|sent via |get outlook for |sent "
    r"with (?:proton|spark|mailspring)|"
    r"von meinem .{2,40} gesendet|gesendet (?:von|mit) |enviado desde mi |enviado do meu |envoyé de(?:puis)? "
    r"mon |inviato da(?:l mio)? |"
    r"verzonden vanaf mijn |skickat från min |wysłane z |отправлено (?:с|из) |"
    r"发自我的|来自我的|从我的.{1,20}发送|發自我的|從我的.{1,20}傳送|寄自我的|发送自|iphoneから送信|"
    r".{0,20}から送信|내 .{1,20}에서 보냄|나의 .{1,20}에서 보냄).{0,80}$",
    re.I,
)


def trim(text: str) -> Trimmed:
    """The reply, the quotation and the signature of a text, each with its outer blank lines removed."""
    lines = text.split("\n")
    kept, quoted = _without_quotes(_unglued(lines))
    kept, signature = _without_signature(kept)
    reply = "\n".join(kept).strip("\n").rstrip()
    if not reply.strip():
        return Trimmed(text.strip("\n").rstrip(), "", "")
    return Trimmed(reply, "\n".join(quoted).strip("\n"), "\n".join(signature).strip("\n"))


def _unglued(lines: list[str]) -> list[str]:
    """The lines, an intro at the end of a line of the answer on a line of its own where `>` follows it."""
    for at, line in enumerate(lines[:-1]):
        if line.endswith("wrote:") and len(line) <= _MAX_LINE and _QUOTE.match(lines[at + 1][:_MAX_LINE]):
            glued = _GLUED.match(line)
            if glued:
                return [*lines[:at], glued[1], glued[2], *lines[at + 1 :]]
    return lines


def _without_quotes(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines this person wrote and the lines they quote."""
    kept: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at][:_MAX_LINE]
        if _FORWARD.match(line) and not _QUOTE.match(line):
            # What is forwarded is what they want us to read: it stays, with all below it.
            return kept + lines[at:], quoted
        if _starts_old_mail(lines, at):
            return kept, quoted + lines[at:]
        length = _intro(lines, at)
        if length:
            rest = _next_text(lines, at + length, 1_000)
            if rest is not None and _QUOTE.match(lines[rest][:_MAX_LINE]):
                quoted += lines[at : at + length]
                at += length
                continue
            if _BY_PROGRAM.search("".join(lines[at : at + length])[: 2 * _MAX_LINE]):
                return kept, quoted + lines[at:]
        if _QUOTE.match(line):
            quoted.append(lines[at])
        else:
            kept.append(lines[at])
        at += 1
    return kept, quoted


def _starts_old_mail(lines: list[str], at: int) -> bool:
    """A separator line, or the header block of an older mail, perhaps below a rule."""
    line = lines[at][:_MAX_LINE]
    if _SEPARATOR.match(line) or _RULED.match(line):
        return True
    if _RULE.match(line):
        following = _next_text(lines, at + 1, 3)
        return following is not None and _header_block(lines, following)
    return _header_block(lines, at)


def _header_block(lines: list[str], at: int) -> bool:
    """From:, Sent: and the like in a row: the first names a person, and two others follow within eight lines."""
    first = _HEADER_LINE.match(lines[at][:_MAX_LINE])
    if first is None or first.lastgroup not in ("from", "date"):
        return False
    seen = {first.lastgroup}
    gap = 0
    for line in lines[at + 1 : at + 12]:
        found = _HEADER_LINE.match(line[:_MAX_LINE])
        gap = 0 if found else gap + 1
        if gap > 2:
            break
        if found:
            seen.add(str(found.lastgroup))
    return "from" in seen and len(seen) >= 3


def _intro(lines: list[str], at: int) -> int:
    """How many lines from here are an intro such as "On ..., Ana wrote:"; 0 where there is none."""
    first = lines[at][:_MAX_LINE].strip()
    if not first or _QUOTE.match(first):
        return 0
    # The cheap tests come first: most lines neither end like an intro nor begin like one.
    if not first.endswith(_INTRO_ENDS) and not _INTRO_START.match(first):
        return 0
    joined = ""
    for length, line in enumerate(lines[at : at + _INTRO_LINES], start=1):
        if not line.strip() or (length > 1 and _QUOTE.match(line[:_MAX_LINE])):
            return 0
        joined = f"{joined} {line.strip()}"[: 2 * _MAX_LINE]
        if not joined.endswith(_INTRO_ENDS) or not _A_DATE.search(joined):
            continue
        if _NO_VERB.match(joined) or (joined.endswith((":", "：")) and _WROTE.search(joined[-240:])):
            return length
    return 0


def _next_text(lines: list[str], at: int, most: int) -> int | None:
    """The next line that is not blank, at most `most` lines on."""
    return next((number for number in range(at, min(len(lines), at + most)) if lines[number].strip()), None)


def _without_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines above the signature, and the signature: below the last delimiter, or what a phone appends."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    for at in range(end - 1, max(-1, end - _MAX_SIGNATURE_LINES - 2), -1):
        below = lines[at + 1 : end]
        if _FOOTER.match(lines[at][:_MAX_LINE]) and below and "mailing list" in below[0][:_MAX_LINE].lower():
            return _without_signature(lines[:at])[0], lines[at:end]
        if _DELIMITER.match(lines[at][:_MAX_LINE].rstrip("\r")) and all(
            len(line) <= _MAX_SIGNATURE_LINE for line in below
        ):
            return _without_phone_line(lines[:at], lines[at:end])
    return _without_phone_line(lines[:end], [])


def _without_phone_line(lines: list[str], signature: list[str]) -> tuple[list[str], list[str]]:
    """Takes off the last line where it is one that a phone or a mail program added."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    if end and len(lines[end - 1]) < 120 and _MOBILE.match(lines[end - 1].strip()):
        return lines[: end - 1], lines[end - 1 : end] + signature
    return lines, signature
