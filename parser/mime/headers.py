"""Header values to text: unfolding, encoded words (RFC 2047), parameters (RFC 2045 §5.1, RFC 2231), ids and dates.

=?charset?B?base64?= =?charset?Q?quoted=20printable?=     two adjacent words are one run of bytes
name*0*=gb18030''%B7%A2; name*1="piao.pdf"                a parameter in pieces
"""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from parser.mail import Defect
from parser.mime.charsets import clean, codec_of, decode, fits, guess, is_utf8


class Fields(tuple[tuple[str, str], ...]):
    """Header fields in order: names as sent, values as the stdlib holds them (folded, raw bytes as surrogates)."""

    by_name: dict[str, list[str]]
    """The values of each field, topmost first, by its name in lower case."""

    def __new__(cls, fields: Iterable[tuple[str, str]]) -> "Fields":
        """The fields with an index, because some thirty of them are looked up for each mail."""
        made = super().__new__(cls, fields)
        made.by_name = {}
        for name, value in made:
            made.by_name.setdefault(name.lower(), []).append(value)
        return made


_WORD_START = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")
# Line ends of every alphabet become a blank in a header value: one field must stay one line wherever it is printed.
_BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]+")
_DAY = timedelta(days=1)
_ISO_DATE = re.compile(r"\s*\d{4}-\d\d-\d\d[T ]")
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
# The form of nearly all dates, read at a third of the price.
_COMMON_DATE = re.compile(
    rf"\s*(?:[A-Z][a-z]{{2}}, )?(\d\d?) ({'|'.join(_MONTHS)}) ([1-9]\d{{3}}) (\d\d):(\d\d):(\d\d) "
    r"([+-])(\d\d)(\d\d)(?: \([A-Z]{1,5}\))?\s*",
    re.ASCII,
)
_GMT_AND_OFFSET = re.compile(r"\b(?:GMT|UTC)(?=[+-]\d{4})")
_HEAD_AND_MORE = re.compile(r"\s*([\w.+/-]{1,100})\s")
_MESSAGE_ID = re.compile(r"<([^<>\s\x00-\x1f\x7f]{1,900})>")
_PARAMETER = re.compile(r"""[;\s]*([^\s=;"'()<>@,:\\/\[\]?*]{1,80})((?:\*\d{1,4})?\*?)\s*=\s*""")


def raw_fields(message: Message) -> Fields:
    """The header fields of a stdlib message (compat32), nothing decoded yet."""
    return Fields((name, str(value)) for name, value in message.raw_items())


def first_value(message: Message, name: str) -> str:
    """The topmost raw value of a field by its lower-case name; empty where there is none."""
    for found, value in message.raw_items():
        if len(found) == len(name) and found.lower() == name:
            return str(value)
    return ""


def values_of(fields: Fields, name: str) -> list[str]:
    """All raw values of a field by its lower-case name, topmost first."""
    return fields.by_name.get(name, [])


def unfold(value: str) -> str:
    """A folded raw value as one line (RFC 5322 §2.2.3)."""
    return value.replace("\r", "").replace("\n", "").strip()


def raw_text(value: str, hint: str | None = None) -> str:
    """A raw value as text where it holds 8-bit bytes; encoded words are left as they are.

    UTF-8 is tried first (RFC 6532), then `hint`, the charset that the body declares, then a guess.
    """
    line = unfold(value)
    if line.isascii() and "\x1b$" not in line:
        return line
    content = line.encode("utf-8", "surrogateescape")
    try:
        if b"\x1b$" not in content:
            return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if b"\x1b$" in content:
        return decode(content, "iso-2022-jp").text
    codec = codec_of(hint)
    if codec not in (None, "ascii", "utf-8") and fits(content, codec):
        return decode(content, hint).text
    return content.decode(guess(content), "replace")


def raw_charset(fields: Fields, declared: str | None) -> tuple[str | None, tuple[Defect, ...]]:
    """The charset for raw 8-bit bytes in any of the fields, and a defect where it had to be guessed.

    `declared` is the charset of the body. Where that is none they can be in, one guess is made over all of them: a
    name of two letters tells nothing alone, and a mail is written in one charset.
    """
    if all(value.isascii() for _, value in fields):
        return declared, ()
    raw = [unfold(value).encode("utf-8", "surrogateescape") for _, value in fields if not value.isascii()]
    foreign = [content for content in raw if not is_utf8(content)]
    codec = codec_of(declared)
    if not foreign or (codec not in (None, "ascii", "utf-8") and all(fits(content, codec) for content in foreign)):
        return declared, ()
    found = guess(b"\n".join(foreign))
    return found, (Defect("charset", f"raw bytes in header fields, read as {found}"),)


def decode_words(text: str) -> str:
    """The text with its encoded words decoded (RFC 2047), leniently: inside quotes and words too."""
    if "=?" not in text:
        return text
    out: list[str] = []
    run: list[tuple[str, str, str]] = []
    at = 0
    while match := _WORD_START.search(text, at):
        end = text.find("?=", match.end())
        if end < 0:
            break
        between = text[at : match.start()]
        # White space between two words separates their spelling, not their letters (RFC 2047 §6.2).
        if not run or between.strip():
            out += [_join(run), between]
            run = []
        run.append((match[1].partition("*")[0].lower(), match[2].lower(), text[match.end() : end]))
        at = end + 2
    out += [_join(run), text[at:]]
    return "".join(out)


def decode_value(value: str, hint: str | None = None) -> str:
    """A raw header value as one line of readable text."""
    if value.isascii() and "=?" not in value and "\x1b" not in value:
        # Nothing to decode, as in nine values of ten.
        line = unfold(value)
        return line if line.isprintable() else _BREAKS.sub(" ", line).strip()
    text = _BREAKS.sub(" ", decode_words(raw_text(value, hint)))
    return clean(text).strip()


def parameters(value: str, hint: str | None = None, *, strict: bool = False) -> tuple[str, dict[str, str]]:
    """The token of a Content-Type or Content-Disposition in lower case, and its parameters decoded.

    Reads quoted and bare values, RFC 2231 pieces and charsets, and encoded words in quotes, which the RFC forbids
    and everybody sends. Of two parameters of one name the first counts. Linear in the length of the value.
    A backslash before a letter is kept as that of a Windows path; `strict` takes it away, as the RFC wants.
    """
    text = raw_text(value, hint)
    head, _, rest = text.partition(";")
    if "=" in head and (blank := _HEAD_AND_MORE.match(head)):
        # The semicolon before the first parameter is missing.
        head, rest = blank[1], text[blank.end(1) :]
    found: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    at = 0
    while match := _PARAMETER.search(rest, at):
        bare, at = _parameter_value(rest, match.end(), strict)
        name, star = match[1].lower(), match[2]
        if not star:
            found.setdefault(name, clean(decode_words(bare)))
            continue
        number = int(star.strip("*") or 0)
        pieces.setdefault(name, {}).setdefault(number, (bare, star.endswith("*")))
    # A value in RFC 2231 form is the better spelling of the same thing, so it takes precedence over a plain fallback.
    found |= {name: _join_pieces(parts) for name, parts in pieces.items()}
    return head.strip().lower(), found


def message_ids(values: list[str]) -> tuple[str, ...]:
    """All message ids in the values, without brackets, in order, each once; at most the last 200."""
    found = (match for value in values for match in _MESSAGE_ID.findall(unfold(value)))
    known = dict.fromkeys(identifier for identifier in found if identifier.isascii() and "@" in identifier)
    return tuple(known)[-200:]


def message_id(values: list[str]) -> str | None:
    """The one message id of a field; None where it is absent or not valid (RFC 5322 §3.6.4)."""
    found = message_ids(values[:1])
    return found[0] if len(found) == 1 else None


def instant(value: str) -> datetime | None:
    """A date-time (RFC 5322 §3.3) as aware UTC; None where it names no instant.

    Also ISO 8601, and `GMT+0800` as JavaScript writes it, where the offset counts.
    """
    line = unfold(value)[:200]
    if common := _COMMON_DATE.fullmatch(line):
        return _common_instant(common)
    if _ISO_DATE.match(line):
        return _iso_instant(line)
    parts = parsedate_tz(_GMT_AND_OFFSET.sub("", line) if "GMT" in line or "UTC" in line else line)
    if parts is None:
        return None
    try:
        offset = timedelta(seconds=parts[9] or 0)
        return datetime(*parts[:5], min(parts[5], 59), tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def offset(value: str) -> timedelta | None:
    """How far the clock of a date-time is from UTC; None where it does not say, as in "-0000" (RFC 5322 §3.3)."""
    line = unfold(value)[:200]
    if _ISO_DATE.match(line):
        try:
            return datetime.fromisoformat(line.strip()).utcoffset()
        except ValueError:
            return None
    parts = parsedate_tz(_GMT_AND_OFFSET.sub("", line))
    return None if parts is None or parts[9] is None else timedelta(seconds=parts[9])


def _common_instant(date: re.Match[str]) -> datetime | None:
    """`Fri, 20 Nov 2026 10:00:05 +0100`; None for what the calendar or the clock does not have."""
    day, month, year, hour, minute, second, sign, hours, minutes = date.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC)
        return (local - offset if sign == "+" else local + offset) if offset < _DAY else None
    except (ValueError, OverflowError):
        return None


def _iso_instant(line: str) -> datetime | None:
    """`2026-03-04T09:30:00+01:00`; without an offset it is taken as UTC."""
    try:
        found = datetime.fromisoformat(line.strip())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _join(run: list[tuple[str, str, str]]) -> str:
    """The text of adjacent encoded words; words of one charset are joined as bytes, as they cut characters in two."""
    out: list[str] = []
    charset, content = "", b""
    open_base64 = ""
    for label, encoding, text in run:
        if label != charset:
            out.append(decode(content, charset).text if content else "")
            charset, content, open_base64 = label, b"", ""
        if encoding == "q":
            content += binascii.a2b_qp(text.encode("utf-8", "surrogateescape"), header=True)
            continue
        # Some programs cut the base64 text itself; the rest of a word then belongs to the next one.
        text = open_base64 + text
        whole = len(text) - len(text) % 4 if "=" not in text and len(text) % 4 and len(run) > 1 else len(text)
        open_base64 = text[whole:]
        content += lenient_base64(text[:whole].encode("ascii", "ignore"))
    content += lenient_base64(open_base64.encode("ascii", "ignore"))
    out.append(decode(content, charset).text if content else "")
    return "".join(out)


def lenient_base64(content: bytes) -> bytes:
    """Lenient base64: foreign characters are skipped, padding is added, a lone last character is dropped."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def _parameter_value(text: str, at: int, strict: bool) -> tuple[str, int]:
    """The value that starts at `at`, and where the next parameter may start."""
    if text[at : at + 1] != '"':
        end = text.find(";", at)
        end = len(text) if end < 0 else end
        return text[at:end].strip(), end
    out: list[str] = []
    at += 1
    while match := re.compile(r'["\\]').search(text, at):
        out.append(text[at : match.start()])
        if match[0] == '"':
            # A quote that does not end the value is part of it: filename="the "big" one.pdf".
            after = text[match.end() :][:80].lstrip()
            if not after or after[0] == ";" or "=" in after:
                return "".join(out), match.end()
            out.append('"')
            at = match.end()
        else:
            # A backslash before a letter is a Windows path, not an escape, in every mail that holds one.
            following = text[match.end() : match.end() + 1]
            out.append(following if strict or following in ('"', "\\") else "\\" + following)
            at = match.end() + 1
    return "".join(out) + text[at:], len(text)


def _join_pieces(parts: dict[int, tuple[str, bool]]) -> str:
    """The value of a parameter that came in numbered pieces, some of them percent-encoded (RFC 2231 §4.1)."""
    charset = None
    content = b""
    for number in sorted(parts):
        text, encoded = parts[number]
        if encoded and number == min(parts) and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "surrogateescape")
        content += unquote_to_bytes(raw) if encoded else raw
    text = decode(content, charset or "utf-8").text
    return clean(decode_words(text))
