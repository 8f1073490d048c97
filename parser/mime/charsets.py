"""Bytes to text: the declared charset first, then what programs mean by that label, then a guess, which is reported."""

import codecs
import re
from dataclasses import dataclass

from parser.mime.jis import decode_jis

SUPERSETS = {
    "ascii": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
"""Python's codec name of a label, and the wider charset that is really sent under it (WHATWG Encoding §4.2)."""

ALIASES = {
    "x-gbk": "gbk",
    "gb_2312-80": "gb2312",
    "x-gb2312": "gb2312",
    "ks_c_5601": "euc_kr",
    "x-sjis": "shift_jis",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "eucjp": "euc_jp",
    "eucjp-ms": "euc_jp",
    "eucjp-win": "euc_jp",
    "x-big5": "big5",
    "x-x-big5": "big5",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "utf-8-mac": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "iso-10646-ucs-2": "utf-16-be",
    "ucs-2": "utf-16-be",
    "unicode": "utf-16",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "ansi": "cp1252",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "x-mac-ce": "mac_latin2",
    "x-mac-japanese": "cp932",
    "x-mac-korean": "cp949",
    "x-mac-chinesesimp": "gb18030",
    "x-mac-chinesetrad": "big5hkscs",
}

_CODE_PAGE = re.compile(r"(?:x-)?(?:cp|ms|dos|ibm|windows|microsoft-cp)[-_]?(\d{3,5})")
_CODE_PAGES = {
    708: "iso8859-6", 936: "gbk", 1200: "utf-16-le", 1201: "utf-16-be", 10000: "mac_roman", 10001: "cp932",
    10007: "mac_cyrillic", 20127: "ascii", 20866: "koi8-r", 20932: "euc_jp", 20936: "gb2312", 21866: "koi8-u",
    50220: "iso2022_jp", 50221: "iso2022_jp", 50222: "iso2022_jp", 50225: "iso2022_kr", 51932: "euc_jp",
    51936: "gbk", 51949: "euc_kr", 52936: "hz", 54936: "gb18030", 65000: "utf-7", 65001: "utf-8",
} | {28590 + part: f"iso8859-{part}" for part in (*range(1, 12), 13, 14, 15, 16)}  # fmt: skip
"""Numbers of Windows' code pages that Python knows under another name, as labels and winmail.dat give them."""

# The escape sequences of ISO-2022-JP, which no other text holds.
_JIS = re.compile(rb"\x1b(?:\$[@B]|\$\([@BD]|\(I)")
# Text codecs of Python that are no charsets of mail; the output of some grows faster than their input.
_NOT_FOR_MAIL = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
# Default labels, under which careless software sends UTF-8.
_WESTERN = {"iso8859-1", "cp1252", "latin_1", "iso8859-15"}

_ACCENTED = bytes(range(0xC0, 0x100)).translate(None, b"\xd7\xf7")
_PLAIN = bytes([*range(0x41, 0x5B), *range(0x61, 0x7B)])

# The charsets of two bytes a character, in which raw bytes may be that are no Chinese, Japanese or Korean.
_OF_TWO_BYTES = {"gb18030", "gbk", "gb2312", "big5", "big5hkscs", "shift_jis", "cp932", "euc_kr", "cp949", "euc_jp"}
_FOREIGN_RUN_OF_FOUR = re.compile(rb"[\x80-\xff]{4}")
_FOREIGN_PAIR = re.compile(rb"[\x80-\xff]{2}")
_ACCENTED_WORD = re.compile(rb"[A-Za-z.][\xc0-\xff][a-z]{2}")

_WITH_C1 = {"iso8859-1", "iso8859-9", "iso8859-11", "tis-620"}

# The charsets a guess may give: among all that exist, statistics on short texts find exotic ones.
_PLAUSIBLE = [
    *("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp874"),
    *("cp1250", "cp1251", "koi8_r", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "iso8859_2"),
]
_GUESS_SAMPLE_BYTES = 8192
_FOREIGN_RUNS = re.compile(rb"[\x80-\xff]+")
_KANA = re.compile("[\u3041-\u30fe]")
# The letters of KOI8-R, small and large, and its two of "ё".
_KOI8 = re.compile(rb"[\xc0-\xff\xa3\xb3]+")
_RUSSIAN = "оеаинтсрвлкмдпуяы"
"""Its most common letters, which make up nine tenths of a text."""
_NAME_BYTES = 8
_SURNAMES = {
    "gb18030": "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任"
    "姚卢姜崔钟谭陆汪范石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤",
    "cp949": "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구나민",
}
"""What names begin with, for names of two to four letters that stand alone."""

_CONTROLS = {n: None for n in range(32) if n not in (9, 10)} | {0: "\ufffd", 11: "\n", 12: "\n", 127: None}
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and, if its label was wrong, how it was read."""

    text: str
    guessed: str | None = None
    """What was assumed instead of the label, for a defect; None where the label was right or means a superset."""
    doubtful: bool = False
    """Whether it was read as labelled, but hardly makes sense in that charset."""


def clean(text: str) -> str:
    """The text with LF line ends, without control characters; NUL and lone surrogates become U+FFFD."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def codec_of(label: str | None) -> str | None:
    """Python's name of the text codec for a charset label; None where there is none fit for mail."""
    name = (label or "").strip().strip("\"'").lower()
    if not name or len(name) > 60 or "\0" in name or not name.isascii():
        return None
    if name not in ALIASES and (page := _CODE_PAGE.fullmatch(name)):
        name = _CODE_PAGES.get(int(page[1]), f"cp{page[1]}")
    try:
        found = codecs.lookup(ALIASES.get(name, name))
    except (LookupError, ValueError):
        return None
    # `_is_text_encoding` is how CPython itself tells zlib and rot13 from charsets (bytes.decode does the same).
    return found.name if getattr(found, "_is_text_encoding", False) and found.name not in _NOT_FOR_MAIL else None


def decode(content: bytes, label: str | None) -> Decoded:
    """The text of the bytes; total. The order is: label, its superset, UTF-8, damaged label, a guess."""
    codec = codec_of(label)
    shifting = codec in ("utf-7", "hz") or (codec or "").startswith(("iso2022", "utf-16", "utf-32"))
    if content.isascii() and not shifting and b"\x1b$" not in content:
        return Decoded(clean(content.decode("ascii")))
    japanese = (codec or "").startswith("iso2022_jp")
    # ESC $ B in seven-bit text always begins Japanese, whatever the label says.
    if (japanese or codec is None or (content.isascii() and not shifting)) and _JIS.search(content):
        japanese_text, unread = decode_jis(content)
        # Japanese carriers have pictures in rows that nobody else knows: only the words around them are read.
        if unread * (3 if japanese else 20) <= len(japanese_text):
            return Decoded(clean(japanese_text), None if japanese and not unread else "iso2022_jp")
    mark = _byte_order_mark(content)
    if mark:
        return Decoded(clean(content.decode(mark, "replace")))
    if codec in _WESTERN and (text := _strict(content, "utf-8")) is not None:
        # Text in ISO 8859-1 is practically never valid UTF-8 by chance, but UTF-8 is often mislabelled so.
        return Decoded(clean(text), None if content.isascii() else "utf-8")
    for candidate in _candidates(codec, content):
        if (text := _strict(content, candidate)) is not None:
            return Decoded(clean(text), None if codec else candidate, codec in _WESTERN and not _reads_western(content))
    if (text := _strict(content, "utf-8")) is not None:
        return Decoded(clean(text), "utf-8" if label or not content.isascii() else None)
    for damaged in [*_candidates(codec, content), "utf-8"]:
        text = content.decode(damaged, "replace")
        foreign = sum(1 for character in text[:100_000] if character > "\x7f")
        if text.count("\ufffd") <= 1 + foreign // 50 and foreign > 1:
            return Decoded(clean(text), damaged)
    name = guess(content)
    return Decoded(clean(content.decode(name, "replace")), name)


def guess(content: bytes) -> str:
    """The likeliest charset of bytes that are not UTF-8, as a codec name; "cp1252" where nothing fits."""
    sample = _around_foreign(content)
    # Short texts carry too little for statistics. Strict GB 2312 pairs in the first level of the set, the commonest
    # Chinese characters, are good evidence for our readers; Hangul and Greek rows would not be.
    if (text := _strict(sample, "gb2312")) is not None and _reads_chinese(text):
        return "gb18030"
    if (short := _by_little(sample)) is not None:
        return short
    # Two-byte charsets have no lone foreign byte between Latin letters; one accented letter in a word is Western.
    if not re.search(rb"[\x80-\xff]{2}", sample):
        return "cp1252"
    # Imported late: most mails need no guess, and the import costs memory in the sandboxed reader.
    from charset_normalizer import from_bytes

    best = from_bytes(sample, steps=3, chunk_size=1024, cp_isolation=_PLAUSIBLE, enable_fallback=False).best()
    found = codec_of(best.encoding) if best else None
    # Private-use characters show that the bytes were mapped without being understood.
    return found if found and not re.search("[\ue000-\uf8ff]", sample.decode(found, "replace")) else "cp1252"


def _by_little(sample: bytes) -> str | None:
    """The charset of what is too short for statistics, by signs that no other charset gives; None where there is none.

    A name alone begins with a surname. Kana have rows of their own, in which Korean has the single letters it laughs
    and cries with, over and over. KOI8-R holds small letters where others hold capitals, in words of any length.
    """
    runs = _FOREIGN_RUNS.findall(sample)
    if runs and sum(map(len, runs)) <= _NAME_BYTES:
        for codec, surnames in _SURNAMES.items():
            if (name := _strict(runs[0], codec)) and len(name) * 2 == len(runs[0]) and name[0] in surnames:
                return codec
    if (text := _strict(sample, "euc_jp")) is not None:
        kana = _KANA.findall(text)
        if len(set(kana)) > 2 and len(kana) * 4 >= sum(letter > "\x7f" for letter in text):
            return "euc_jp"
    # One accented letter in a word is Western.
    words = sum(map(len, runs)) >= 3 * len(runs)
    if words and any(len(run) % 2 for run in runs) and all(_KOI8.fullmatch(run) for run in runs):
        text = b"".join(runs).decode("koi8_r")
        if sum(map(str.islower, text)) * 5 >= len(text) * 3 and sum(map(_RUSSIAN.count, text)) * 3 >= len(text) * 2:
            return "koi8-r"
    return None


def fits(content: bytes, codec: str | None) -> bool:
    """Whether raw bytes can be in the charset that the text around them declares.

    Four accented letters in a row are in no Western word, and a lone one inside a Latin word is no Chinese.
    """
    if codec in _WESTERN:
        return not _FOREIGN_RUN_OF_FOUR.search(content)
    if codec in _OF_TWO_BYTES:
        return bool(_FOREIGN_PAIR.search(content)) or not _ACCENTED_WORD.search(content)
    return True


def is_utf8(content: bytes) -> bool:
    """Whether the bytes are valid UTF-8."""
    return _strict(content, "utf-8") is not None


def _candidates(codec: str | None, content: bytes) -> list[str]:
    """The codecs to try strictly for a declared codec, in order."""
    if codec is None:
        return []
    wider = SUPERSETS.get(codec)
    if wider and codec in _WITH_C1 and re.search(rb"[\x80-\x9f]", content):
        # These also decode C1 controls, which nobody writes: they are punctuation of Windows.
        return [wider, codec]
    return [codec, wider] if wider else [codec]


def _strict(content: bytes, codec: str) -> str | None:
    """The text, or None where a byte does not fit."""
    try:
        return content.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _byte_order_mark(content: bytes) -> str | None:
    """The codec a byte order mark announces; marks are stripped by it."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig" if _strict(content, "utf-8-sig") is not None else None
    return "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def _around_foreign(content: bytes) -> bytes:
    """A bounded sample that starts at the line of the first non-ASCII byte."""
    first = next((m.start() for m in [re.search(rb"[\x80-\xff]", content)] if m), 0)
    start = max(content.rfind(b"\n", 0, first) + 1, first - 200)
    sample = content[start : start + _GUESS_SAMPLE_BYTES]
    # Cut at a line end where there is one, so that no character is cut in two.
    cut = sample.rfind(b"\n") if len(sample) == _GUESS_SAMPLE_BYTES else -1
    return sample[:cut] if cut > 0 else sample


def _reads_western(content: bytes) -> bool:
    """Letters with accents are fewer than plain ones, as in every language of Western Europe."""
    accented = len(content) - len(content.translate(None, _ACCENTED))
    return accented < 10 or accented < len(content) - len(content.translate(None, _PLAIN))


def _reads_chinese(text: str) -> bool:
    """Most foreign characters are Han, and some very common Chinese word is among them."""
    foreign = [character for character in text if character > "\x7f"]
    han = sum("\u4e00" <= character <= "\u9fff" for character in foreign)
    common = sum(
        character in "的我你您是不了在有这请好到人来提现账户号无法问题为什么们币没谢回复文件图片截合同资料证明表单信息"
        for character in foreign
    )
    return bool(foreign) and han * 10 >= len(foreign) * 7 and common >= 1
