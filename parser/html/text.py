"""The text of a page while its tags are read: quotations, lists, tables, links, and what is hidden."""

import re
from collections import defaultdict
from dataclasses import dataclass
from html import unescape

from parser.html.lines import HUGE_REFERENCE, INK, MAX_QUOTE_DEPTH, Lines, Place
from parser.html.links import mismatch
from parser.html.quote_marks import Kind as MarkKind
from parser.html.quote_marks import Mark, mark_of
from parser.html.styles import PLAIN, Look, is_hidden, keeps_space, look, styled
from parser.mime.charsets import clean

# Searched once per tag: a first `href="` without an end can only stand where no later quote is, so this stays linear.
_HREF = re.compile(r"""\bhref\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_ALT = re.compile(r"""\balt\s{0,9}=\s{0,9}(?:"([^"]{1,40})"|'([^']{1,40})')""", re.I)
_START = re.compile(r"""\bstart\s{0,9}=\s{0,9}["']?(\d{1,6})""", re.I)
_DATA_TABLE = re.compile(r"""\bborder\s{0,9}=\s{0,9}["']?[1-9]|MsoTable""", re.I)
_VALUE = re.compile(r"""\bvalue\s{0,9}=\s{0,9}["']?(\d{1,6})""", re.I)
_BLOCK = re.compile(r"display\s{0,9}:\s{0,9}block", re.I)
_LOOKS = re.compile(r"color|font|background|style|text|;|:", re.I)
_STYLED = frozenset(["pre", "dialog", "details"])
"""What looks otherwise without any attribute."""
_SHOWN_TARGETS = ("http://", "https://", "mailto:", "ftp://")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LINES = _words("div tr li section article header footer center address dt dd form option legend caption hr")
_PARAGRAPHS = _words("p h1 h2 h3 h4 h5 h6 ul ol dl table pre blockquote fieldset figure")
_BLOCKS = _LINES | _PARAGRAPHS
_BUILT = _words("ul ol li table td th img a")
_VOID = _words("br hr img input meta link wbr area base col embed source track")
_MAX_LIST_DEPTH = 8
_MAX_MARKS = 2_000
_MAX_MISMATCHES = 20
_MAX_UNSEEN = 1_000


@dataclass(frozen=True, slots=True)
class Rendered:
    """An HTML document as text."""

    text: str
    marks: tuple[Mark, ...] = ()
    """Where the elements that mail programs put around quotations and signatures stand, by `start`."""
    mismatches: tuple[str, ...] = ()
    """Links whose text names another place than they lead to: "bank.example leads to evil.example"."""
    unseen: str = ""
    """What stands in the text in letters that nobody sees: white on white, or of hardly any size."""


def _one_line(pieces: list[str]) -> str:
    return " ".join("".join(pieces[:_MAX_UNSEEN]).split())[:_MAX_UNSEEN]


@dataclass(slots=True)
class _Watch:
    """What to do when an element closes."""

    depth: int
    """How many elements of its name were open with it. It is closed when there are fewer."""
    mark: MarkKind | None = None
    quoted: bool = False
    preformatted: bool = False
    hidden: bool = False
    block: bool = False
    """Whether it is on lines of its own."""
    start: Place = (0, 0)
    pieces: int = 0
    """How many pieces its line had when it began."""
    number: int = -1
    """The place of its mark among all."""
    outer: Look | None = None
    """How letters look outside of it, where they look otherwise inside."""


class PageText(Lines):
    """The lines so far, and what is open around the one that is being written."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = False
        self.look = PLAIN
        self.watches_looks = False
        """Whether it matters how letters look; it costs a tenth of the time, and only commands can be hidden so."""
        self.lists: list[int | None] = []
        # One entry per open table: whether it holds data, and how many cells of its row have begun.
        self.tables: list[list[int]] = []
        self.link: tuple[str, int, int] | None = None
        self.opened: dict[str, int] = defaultdict(int)
        self.watches: dict[str, list[_Watch]] = defaultdict(list)
        self.marks: list[tuple[MarkKind, Place, Place | None]] = []
        self.mismatches: dict[str, None] = {}
        self.hidden_names: set[str] = set()
        self.styles: dict[str, str] = {}
        """What style sheets declare; only while looks are watched."""
        self.comments_close = True
        self.never_closed: set[str] = set()

    def open(self, tag: str, attributes: str) -> None:
        """An element begins."""
        if tag == "br":
            self.break_line()
            return
        if tag == "p" and self.opened[tag]:
            # A paragraph inside a paragraph ends the first one.
            self.opened[tag] = 0
            self._finish(tag)
        if tag == "tr" and self.tables:
            self.tables[-1][1] = 0
        if tag in _BLOCKS:
            # No empty line separates a list inside a list from its item.
            self.end_line(blank=tag in _PARAGRAPHS and not (self.lists and tag in ("ul", "ol")))
        if tag not in _VOID:
            self.opened[tag] += 1
        if attributes or tag in _STYLED or tag in self.styles:
            self._attributed(tag, attributes)
        if tag not in _BUILT:
            return
        if tag in ("ul", "ol"):
            first = _START.search(attributes) if tag == "ol" else None
            self.lists.append(None if tag == "ul" else int(first[1]) if first else 1)
        elif tag == "li":
            self._item(attributes)
        elif tag == "table":
            self.tables.append([int(bool(_DATA_TABLE.search(attributes[:2_000]))), 0])
        elif tag in ("td", "th"):
            self._cell(tag)
        elif tag == "img":
            self._picture(attributes)
        elif tag == "a":
            self.end_link()
            target = _href(attributes)
            if target.lower().startswith(_SHOWN_TARGETS):
                self.link = (target[:2_000], len(self.lines), len(self.line))

    def close(self, tag: str) -> None:
        """An element ends."""
        self.opened[tag] = max(0, self.opened[tag] - 1)
        if tag == "a":
            self.end_link()
        end = (len(self.lines), self.column)
        if tag in ("tr", "table") and self.tables:
            self.tables[-1][1] = 0
        if tag in _BLOCKS:
            self.end_line(blank=tag in _PARAGRAPHS and (len(self.lists) < 2 or tag not in ("ul", "ol")))
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "li":
            self.bullet = ""
        elif tag == "table" and self.tables:
            self.tables.pop()
        if self.watches[tag]:
            self._finish(tag, end)

    def end_link(self) -> None:
        """Writes the target of a link after its text, where the text does not say it already."""
        if self.link is None:
            return
        source, lines, pieces = self.link
        self.link = None
        shown = "".join(self.line[pieces:] if lines == len(self.lines) else [*self.lines[lines:], *self.line])
        target = clean(unescape(HUGE_REFERENCE.sub("", source)))
        bare = target.removeprefix("mailto:").removeprefix("https://").removeprefix("http://").rstrip("/")
        if target.lower().startswith("mailto:"):
            bare = bare.partition("?")[0]
        if bare and bare not in shown and INK.search(shown):
            self._put_target(f" <{target}>")
            found = mismatch(shown, target) if len(self.mismatches) < _MAX_MISMATCHES else None
            if found:
                self.mismatches[found] = None

    def _put_target(self, target: str) -> None:
        """Writes behind the text of the link, whose paragraph or cell may be closed already."""
        if self.inked or not self.lines:
            self.put(target)
            return
        number = len(self.lines) - 1
        while number and not self.lines[number].strip("> "):
            number -= 1
        self.lines[number] += target

    def end_line(self, blank: bool) -> None:
        """Ends the line if it has text; `blank` asks for an empty line below it, once."""
        if self.tables and self.tables[-1][0] and self.tables[-1][1] and (blank or self.inked):
            # The paragraphs in a cell of a table stay on the line of their row.
            self.put(" " if self.inked and not self.line[-1].endswith(" ") else "")
            return
        if self.inked:
            self.break_line()
        else:
            self.line, self.column = [], 0
        if blank and not self.bullet and self.lines and self.lines[-1].strip("> "):
            prefix = "> " * min(self.depth, MAX_QUOTE_DEPTH)
            self.lines.append(prefix.rstrip())
            self.prefixes.append(len(prefix))

    def done(self) -> Rendered:
        """The whole text, and the places of the marks in it."""
        self.end_link()
        self.tables = []
        self.end_line(blank=False)
        whole, offset = self.joined()
        marks = [
            Mark(kind, offset(start), max(offset(start), offset(end) if end else len(whole)))
            for kind, start, end in self.marks
        ]
        return Rendered(
            whole,
            tuple(sorted(marks, key=lambda one: (one.start, -one.end))),
            tuple(self.mismatches),
            _one_line(self.unseen),
        )

    def _attributed(self, tag: str, attributes: str) -> None:
        """Records what the attributes of an element mean until it closes."""
        mark = mark_of(tag, attributes)
        if tag in _VOID:
            if mark and len(self.marks) < _MAX_MARKS:
                place = (len(self.lines), self.column)
                self.marks.append((mark, place, place))
            return
        quoted = tag == "blockquote" and mark == "quote"
        preformatted = tag == "pre" or keeps_space(attributes)
        hidden = not self.hidden and is_hidden(attributes, self.hidden_names)
        block = tag == "span" and "display" in attributes and bool(_BLOCK.search(attributes[:2_000]))
        outer = self._look(tag, attributes)
        if not (mark or quoted or preformatted or hidden or block or outer):
            return
        if block:
            self.end_line(blank=False)
        watch = _Watch(self.opened[tag], mark, quoted, preformatted, hidden, block, outer=outer)
        watch.start, watch.pieces = (len(self.lines), self.column), len(self.line)
        if mark and not hidden and len(self.marks) < _MAX_MARKS:
            watch.number = len(self.marks)
            self.marks.append((mark, watch.start, None))
        self.depth += quoted
        self.preformatted += preformatted
        self.hidden = self.hidden or hidden
        self.watches[tag].append(watch)

    def _look(self, tag: str, attributes: str) -> Look | None:
        """Takes on the look of an element's letters; gives the one outside of it where it is another."""
        if not self.watches_looks:
            return None
        style = styled(tag, attributes, self.styles)
        if not _LOOKS.search(style[:2_000]):
            return None
        outer, self.look = self.look, look(style, self.look)
        self.faint = self.look.faint
        return outer if outer != self.look else None

    def _finish(self, tag: str, end: Place | None = None) -> None:
        """Ends what was recorded for elements of this name that are no longer open."""
        watches = self.watches[tag]
        while watches and watches[-1].depth > self.opened[tag]:
            watch = watches.pop()
            self.depth -= watch.quoted
            self.preformatted -= watch.preformatted
            if watch.outer is not None:
                self.look = watch.outer
                self.faint = self.look.faint
            if watch.hidden:
                self.hidden = False
                self.forget(watch.start[0], watch.pieces)
            elif watch.mark and watch.number >= 0:
                self.marks[watch.number] = (watch.mark, watch.start, end or (len(self.lines), self.column))
            if watch.block:
                self.end_line(blank=False)

    def _item(self, attributes: str) -> None:
        """The bullet or number of a list item, written when its first letter comes."""
        number = self.lists[-1] if self.lists else None
        if number is not None and attributes and (value := _VALUE.search(attributes)):
            number = int(value[1])
        indent = "  " * (min(len(self.lists), _MAX_LIST_DEPTH) - 1)
        self.bullet = indent + ("- " if number is None else f"{number}. ")
        if number is not None:
            self.lists[-1] = number + 1

    def _cell(self, tag: str) -> None:
        """The gap between two cells of a row."""
        data = bool(self.tables and (self.tables[-1][0] or tag == "th"))
        if self.tables:
            self.tables[-1][0] = int(data)
            self.tables[-1][1] += 1
        if data and self.tables[-1][1] > 1:
            self.put("| " if not self.line or self.line[-1].endswith(" ") else " | ")
        elif self.line:
            self.put(" ")

    def _picture(self, attributes: str) -> None:
        """The character of a smiley that a program shows as a picture; other pictures have no text."""
        found = _ALT.search(attributes)
        word = clean(unescape(found[1] or found[2])) if found else ""
        if word and len(word) <= 8 and not word.isascii() and not any(letter.isalnum() for letter in word):
            self.put(word)


def _href(attributes: str) -> str:
    """The target of a link, references still in it; "" where there is none."""
    match = _HREF.search(attributes)
    return (match[1] or match[2] or match[3] or "").strip() if match else ""
