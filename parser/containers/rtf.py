r"""RTF to text, and the HTML that Outlook hides in RTF (PR_RTF_COMPRESSED of a winmail.dat).

    {\rtf1\ansi\ansicpg1252\fromhtml1 ... {\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 Hello{\*\htmltag72 </p>}}

Packed after MS-OXRTFCP; HTML inside after MS-OXRTFEX. One pass over tokens, its work bounded by the bytes read.
"""

import re
import struct
from dataclasses import dataclass, replace

from parser.mime.charsets import clean, decode

MAX_RTF = 1_000_000
"""Bytes of RTF that are read; what is longer is cut."""

_PRIMER = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the dictionary holds before the first byte (MS-OXRTFCP §2.1.2.1)."""

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\", re.S
)
_FROM_HTML = re.compile(rb"\\fromhtml1\b")
_LETTERS = {
    "par": "\n", "line": "\n", "row": "\n", "sect": "\n", "page": "\n", "tab": "\t", "cell": " | ", "nestcell": " | ",
    "nestrow": "\n", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d",
    "bullet": "\u2022", "endash": "\u2013", "emdash": "\u2014", "emspace": "\u2003", "enspace": "\u2002",
    "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\r": "\n", b"\n": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
_NOT_TEXT = frozenset(
    ["fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "headerl", "headerr", "headerf", "footer",
     "footerl", "footerr", "footerf", "ftnsep", "ftnsepc", "filetbl", "revtbl", "themedata", "datastore", "listtable",
     "listoverridetable", "generator", "xmlnstbl"]
)  # fmt: skip
"""Destinations that hold no words of the text; so does each unknown one behind `\\*`."""
_CODEC_OF_FONT = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5hkscs",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 255: "cp437",
}  # fmt: skip
_LINK = re.compile(r'HYPERLINK\s+"?((?:https?|mailto|ftp):[^"\s]{1,2000})', re.I)
_MAX_DEPTH = 1_000
_MAX_FONTS = 5_000


def decompress(packed: bytes) -> bytes | None:
    """The RTF in a PR_RTF_COMPRESSED, at most `MAX_RTF` bytes; None where the bytes are none (MS-OXRTFCP §2.1.3).

    4 bytes length, 4 bytes length of the RTF, 4 bytes `LZFu` or `MELA`, 4 bytes checksum; all little-endian.
    """
    if len(packed) < 16:
        return None
    length, kind = struct.unpack_from("<4xI4s", packed)
    if kind == b"MELA":
        return packed[16 : 16 + min(length, MAX_RTF)]
    return _unpacked(packed, min(length, MAX_RTF)) if kind == b"LZFu" else None


def _unpacked(packed: bytes, length: int) -> bytes:
    """LZ77 over a ring of 4,096 bytes: a control byte, then eight letters or references, lowest bit first."""
    out = bytearray(_PRIMER)
    wanted = length + len(_PRIMER)
    at = 16
    while at < len(packed) and len(out) < wanted:
        control = packed[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                out += packed[at : at + 1]
                at += 1
                continue
            if at + 2 > len(packed):
                return bytes(out[len(_PRIMER) : wanted])
            reference = packed[at] << 8 | packed[at + 1]
            at += 2
            # A reference says where in the ring; one to the place of writing is the end.
            back = (len(out) - (reference >> 4)) % 4096
            if back == 0:
                return bytes(out[len(_PRIMER) : wanted])
            if back > len(out):
                out += b" " * ((reference & 15) + 2)
                continue
            for _ in range((reference & 15) + 2):
                out.append(out[-back])
    return bytes(out[len(_PRIMER) : wanted])


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits and gives back at its end."""

    silent: bool = False
    """Nothing of it is text."""
    tag: bool = False
    """Inside `{\\*\\htmltag`: markup, whatever `\\htmlrtf` says."""
    doubled: bool = False
    """Between `\\htmlrtf` and `\\htmlrtf0`: RTF for readers without HTML."""
    hidden: bool = False
    result: bool = False
    """Inside `{\\fldrslt`, the words of a link."""
    instruction: bool = False
    """Inside `{\\*\\fldinst`, where a link has its target."""
    fonts: bool = False
    """Inside the table of fonts."""
    codec: str | None = None
    skipped: int = 1
    """How many letters stand behind `\\u` for old readers."""


@dataclass(frozen=True, slots=True)
class Rich:
    """What an RTF document says: text with LF line ends, or the HTML that it was made from."""

    text: str
    is_html: bool


def read(source: bytes) -> Rich:
    """The text, or the HTML, of RTF; total, linear in the length of `source`, of which `MAX_RTF` bytes are read."""
    found = _Reader(bool(_FROM_HTML.search(source[:500])))
    for token in _TOKEN.finditer(source[:MAX_RTF]):
        found.take(token)
    found.flush()
    text = "".join(found.out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = clean(text) if found.is_html else _tidied(clean(text))
    return Rich(text, found.is_html)


def _tidied(text: str) -> str:
    """Rows of tables without the line behind their last cell."""
    lines = (line.removesuffix(" | ").rstrip() for line in text.split("\n"))
    return "\n".join(lines).strip("\n")


class _Reader:
    """The text so far, and the groups that are open around it."""

    def __init__(self, is_html: bool) -> None:
        self.is_html = is_html
        self.out: list[str] = []
        self.state = _State()
        self.groups: list[_State] = []
        self.too_deep = 0
        self.codec = "cp1252"
        self.codecs: dict[int, str] = {}
        self.font = -1
        self.pending = bytearray()
        self.pending_codec = ""
        self.starred = False
        self.to_skip = 0
        self.binary_end = 0
        self.instruction: list[str] = []
        self.link = ""
        self.words_of_link = 0

    def take(self, token: re.Match[bytes]) -> None:
        """One token of the source."""
        if token.start() < self.binary_end:
            return
        word, number, octet, symbol, brace, letters = token.groups()
        if word is not None:
            self.word(word.decode("ascii"), None if number is None else int(number))
            if word == b"bin" and number:
                # So many raw bytes follow; they may hold braces.
                self.binary_end = token.end() + max(0, int(number))
        elif octet is not None:
            self.letters(bytes((int(octet, 16),)))
        elif letters is not None:
            self.letters(letters)
        elif brace:
            self.brace(brace)
        elif symbol == b"*":
            self.starred = True
        elif symbol in _SYMBOLS:
            self.put(_SYMBOLS[symbol])

    def brace(self, brace: bytes) -> None:
        """A group begins or ends."""
        self.starred, self.to_skip = False, 0
        if brace == b"{":
            if len(self.groups) < _MAX_DEPTH:
                self.groups.append(self.state)
            else:
                self.too_deep += 1
            return
        if self.too_deep:
            self.too_deep -= 1
            return
        before = self.groups.pop() if self.groups else self.state
        if self.state.instruction and not before.instruction:
            found = _LINK.search("".join(self.instruction)[:5_000])
            self.link, self.instruction = found[1] if found else "", []
        if self.state.result and not before.result:
            self.end_link()
        self.state = before

    def end_link(self) -> None:
        """Writes where a link leads, if its words do not say it."""
        self.flush()
        words = "".join(self.out[self.words_of_link :])
        if self.link and not self.is_html and words.strip() and self.link.removeprefix("mailto:") not in words:
            self.out.append(f" <{self.link}>")
        self.link = ""

    def word(self, word: str, number: int | None) -> None:
        """A control word with its number."""
        starred, self.starred = self.starred, False
        state = self.state
        if word == "htmltag" and self.is_html:
            self.state = replace(state, tag=True, silent=False)
        elif word == "htmlrtf":
            self.state = replace(state, doubled=number != 0)
        elif word == "u" and number is not None:
            self.put(chr(number & 0xFFFF))
            self.to_skip = state.skipped
        elif word == "uc":
            self.state = replace(state, skipped=min(max(number or 0, 0), 100))
        elif word in _LETTERS:
            self.put(_LETTERS[word])
        elif word == "v":
            self.state = replace(state, hidden=number != 0)
        elif word == "plain":
            self.state = replace(state, hidden=False)
        elif word == "ansicpg" and number:
            self.codec = f"cp{number}"
        elif word == "f" and number is not None:
            self.font = number
            if not state.fonts:
                self.state = replace(state, codec=self.codecs.get(number))
        elif word == "fcharset" and state.fonts and number in _CODEC_OF_FONT and len(self.codecs) < _MAX_FONTS:
            # Font set 0 promises nothing: Outlook writes Chinese in fonts labelled so.
            if number:
                self.codecs[self.font] = _CODEC_OF_FONT[number]
        elif word == "fldinst":
            self.state = replace(state, silent=True, instruction=True)
        elif word == "fldrslt":
            self.flush()
            self.words_of_link = len(self.out)
            self.state = replace(state, silent=False, result=True)
        elif word in ("result", "shptxt"):
            self.state = replace(state, silent=False)
        elif starred or word in _NOT_TEXT:
            self.state = replace(state, silent=True, tag=False, fonts=state.fonts or word == "fonttbl")

    def letters(self, letters: bytes) -> None:
        """Letters in the charset of the document or of their font."""
        if self.to_skip:
            skipped = min(self.to_skip, len(letters))
            self.to_skip -= skipped
            letters = letters[skipped:]
        if self.state.instruction:
            self.instruction.append(letters.decode("cp1252", "replace"))
        elif letters and self._shown():
            codec = (self.state.codec if not self.state.tag else None) or self.codec
            if codec != self.pending_codec:
                self.flush()
                self.pending_codec = codec
            self.pending += letters

    def put(self, text: str) -> None:
        """A letter that is none of the charset's."""
        self.to_skip = 0
        if self.state.instruction and text == "\\":
            return
        if self._shown():
            self.flush()
            self.out.append("\t" if text == " | " and self.is_html else text)

    def flush(self) -> None:
        """Writes the letters that wait: two bytes of one letter may come as two tokens."""
        if self.pending:
            content = bytes(self.pending)
            self.pending.clear()
            text = content.decode("ascii") if content.isascii() else decode(content, self.pending_codec).text
            self.out.append(text)

    def _shown(self) -> bool:
        state = self.state
        return not state.silent and (state.tag or not (state.doubled or state.hidden))
