"""Writes the lines of a page's text: white space, empty lines, and the marks before quoted lines."""

import re
from collections.abc import Callable
from html import unescape

from parser.mime.charsets import clean

_SPACE = re.compile(r"[ \t\r\n\f]+")
# Without the invisible characters with which mass mails pad their previews.
INK = re.compile(r"[^\s\u00ad\u034f\u115f\u1160\u180e\u200b-\u200f\u2060\u3164\ufeff]")
# A number with more digits than Unicode has would make `unescape` raise.
HUGE_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,}")
MAX_QUOTE_DEPTH = 20

Place = tuple[int, int]
"""A place in the text being written: finished lines before it, and characters on its line."""


class Lines:
    """Finished lines, and the one being written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.prefixes: list[int] = []
        self.line: list[str] = []
        self.column = 0
        self.inked = False
        self.bullet = ""
        self.depth = 0
        self.preformatted = 0
        self.faint = False
        """Whether the letters that come are such as nobody sees: white on white, or of no size."""
        self.unseen: list[str] = []
        """What was written in such letters."""

    def text(self, source: str) -> None:
        """Adds characters between tags."""
        if not source:
            return
        # Collapsed before references are read: a &nbsp; or &#10; is intended.
        plain = source if self.preformatted else _SPACE.sub(" ", source)
        if "&" in plain:
            plain = clean(unescape(HUGE_REFERENCE.sub("\ufffd", plain)))
        plain = plain.replace("\xa0", " ")
        if self.faint:
            self.unseen.append(plain)
        if self.preformatted:
            first, *more = plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.put(first)
            for following in more:
                self.break_line()
                self.put(following)
            return
        if plain.startswith(" ") and (not self.line or self.line[-1].endswith(" ")):
            # What &nbsp; has written after the first space is intended.
            plain = plain.lstrip(" ") if not self.line else plain[1:]
        self.put(plain)

    def put(self, piece: str) -> None:
        """Appends to the line, after the bullet of an item that has no text yet."""
        if not piece:
            return
        if not self.inked and INK.search(piece):
            self.inked = True
            if self.bullet:
                piece, self.bullet = self.bullet + piece.lstrip(" "), ""
                self.line, self.column = [], 0
        self.line.append(piece)
        self.column += len(piece)

    def break_line(self) -> None:
        """Ends the line. At most two empty lines follow each other, and none is at the top."""
        text = "".join(self.line).rstrip() if self.inked else ""
        self.line, self.column, self.inked = [], 0, False
        if not text and (not self.lines or self.lines[-2:].count("") == 2):
            return
        prefix = "> " * min(self.depth, MAX_QUOTE_DEPTH)
        self.lines.append((prefix + text).rstrip())
        self.prefixes.append(len(prefix))

    def joined(self) -> tuple[str, Callable[[Place], int]]:
        """The whole text without empty lines at its end, and what gives the offset of a place in it."""
        while self.lines and not self.lines[-1].strip("> "):
            self.lines.pop()
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + 1)
        whole = "\n".join(self.lines)

        def offset(place: Place) -> int:
            number, column = place
            if number >= len(self.lines):
                return len(whole)
            column += self.prefixes[number] if column else 0
            return min(starts[number] + min(column, len(self.lines[number])), len(whole))

        return whole, offset

    def forget(self, lines: int, pieces: int) -> None:
        """Drops what a hidden element wrote, and the marks in it."""
        if len(self.lines) == lines:
            del self.line[pieces:]
        else:
            del self.lines[lines:]
            del self.prefixes[lines:]
            self.line = []
        self.column = sum(map(len, self.line))
        self.inked = any(INK.search(piece) for piece in self.line)
