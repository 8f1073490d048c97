"""HTML to readable text, in one pass from left to right.

No tree is built: trees of hostile HTML are quadratic in every library (lexbor needs 13 s for 100,000 nested elements
and 4 s for one element with 50,000 attributes), and some of them drop text below a depth. What a reader would see
stays in order; scripts, styles and hidden elements go; a link is `text <url>`; a quotation gets `> ` before its lines.
"""

import re
from html import unescape

_SPACE = re.compile(r"[ \t\r\n\f]+")
_TAG_NAME = re.compile(r"</?([a-zA-Z][^\s/>]{0,40})")
_STOP = re.compile(r"[>\"']")
# A number with more digits than Unicode has would make `unescape` raise.
_HUGE_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,}")
# Searched once per tag: a first `href="` without an end can only stand where no later quote is, so this stays linear.
_HREF = re.compile(r"""\bhref\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
_CITED = re.compile(r"cite|quote|reply|border-left|border_left", re.I)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LINES = _words("div tr li section article header footer center address dt dd form option legend caption hr")
_PARAGRAPHS = _words("p h1 h2 h3 h4 h5 h6 ul ol dl table pre blockquote fieldset figure")
_DROPPED = _words("script style title")
_VOID = _words("br hr img input meta link wbr area base col embed source track")
_MAX_QUOTE_DEPTH = 20


def render(html: str) -> str:
    """The text of an HTML document, with LF line ends; linear in time, total."""
    page = _Page()
    at = 0
    closing_quotes = {'"': True, "'": True}
    while (start := html.find("<", at)) >= 0:
        page.text(html[at:start])
        at = _markup(html, start, page, closing_quotes)
    page.text(html[at:])
    return page.done()


def _markup(html: str, start: int, page: "_Page", closing_quotes: dict[str, bool]) -> int:
    """Reads what begins with `<` at `start`, and gives where to go on."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4) if page.comments_close else -1
        page.comments_close = end >= 0
        return end + 3 if end >= 0 else start + 4
    if html.startswith(("<!", "<?"), start):
        end = html.find(">", start)
        return end + 1 if end >= 0 else len(html)
    name = _TAG_NAME.match(html, start)
    if name is None:
        page.text("<")
        return start + 1
    end = _tag_end(html, name.end(), closing_quotes)
    tag = name[1].lower()
    if html[start + 1] == "/":
        page.close(tag)
        return end
    if tag in _DROPPED and tag not in page.never_closed:
        closing = re.compile(f"</{tag}", re.I).search(html, end)
        if closing:
            return _tag_end(html, closing.end(), closing_quotes)
        page.never_closed.add(tag)
        return end
    page.open(tag, html[name.end() : min(end, name.end() + 20_000)])
    return end


def _tag_end(html: str, at: int, closing_quotes: dict[str, bool]) -> int:
    """Where the tag ends: after the first `>` that is not in a quoted attribute value."""
    while stop := _STOP.search(html, at):
        at = stop.end()
        if stop[0] == ">":
            return at
        # Only a quote after "=" opens a value. When one is never closed, no later one is: look no more.
        if closing_quotes[stop[0]] and html[max(0, at - 3) : at - 1].rstrip().endswith("="):
            close = html.find(stop[0], at)
            closing_quotes[stop[0]] = close >= 0
            at = close + 1 if close >= 0 else at
    return len(html)


class _Page:
    """The text so far: finished lines, the line being written, and what is open around it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes: list[bool] = []
        self.depth = 0
        self.preformatted = 0
        self.link: tuple[str, int, int] | None = None
        self.hidden: tuple[str, int, int, int] | None = None
        self.comments_close = True
        self.never_closed: set[str] = set()

    def text(self, source: str) -> None:
        """Adds characters between tags."""
        if not source:
            return
        # Collapsed before references are read: a &nbsp; or &#10; that somebody wrote is meant.
        plain = source if self.preformatted else _SPACE.sub(" ", source)
        if "&" in plain:
            plain = unescape(_HUGE_REFERENCE.sub("\ufffd", plain))
        plain = plain.replace("\xa0", " ")
        if not self.preformatted:
            starts_line = not self.line or self.line[-1].endswith(" ")
            plain = plain.lstrip(" ") if starts_line and not self.line else plain
            if plain:
                self.line.append(plain[1:] if starts_line and plain.startswith(" ") else plain)
            return
        first, *more = plain.replace("\r\n", "\n").split("\n")
        self.line.append(first)
        for following in more:
            self.break_line()
            self.line.append(following)

    def open(self, tag: str, attributes: str) -> None:
        """An element begins."""
        if self.hidden and tag == self.hidden[0]:
            self.hidden = (*self.hidden[:3], self.hidden[3] + 1)
        elif not self.hidden and tag not in _VOID and "style" in attributes and _HIDDEN.search(attributes[:2_000]):
            self.hidden = (tag, len(self.lines), len(self.line), 1)
        if tag == "br":
            self.break_line()
        elif tag in _LINES or tag in _PARAGRAPHS:
            self.end_line(blank=tag in _PARAGRAPHS)
        elif tag in ("td", "th") and self.line:
            self.line.append(" ")
        if tag == "li":
            self.line.append("- ")
        elif tag == "pre":
            self.preformatted += 1
        elif tag == "blockquote":
            self.quotes.append(bool(_CITED.search(attributes[:2_000])))
            self.depth += self.quotes[-1]
        elif tag == "a":
            self.end_link()
            target = _href(attributes)
            if target.lower().startswith(("http://", "https://", "mailto:", "ftp://")):
                self.link = (target[:2_000], len(self.lines), len(self.line))

    def close(self, tag: str) -> None:
        """An element ends."""
        if tag == "a":
            self.end_link()
        elif tag == "p" or tag in _PARAGRAPHS:
            self.end_line(blank=True)
        elif tag in _LINES:
            self.end_line(blank=False)
        if tag == "pre":
            self.preformatted = max(0, self.preformatted - 1)
        elif tag == "blockquote" and self.quotes:
            self.depth -= self.quotes.pop()
        if self.hidden and tag == self.hidden[0]:
            name, lines, pieces, opened = self.hidden
            self.hidden = (name, lines, pieces, opened - 1) if opened > 1 else None
            if opened == 1:
                self._forget(lines, pieces)

    def end_link(self) -> None:
        """Writes the target of a link after its text, where the text does not say it already."""
        if self.link is None:
            return
        target, lines, pieces = self.link
        self.link = None
        shown = "".join(self.line[pieces:] if lines == len(self.lines) else [*self.lines[lines:], *self.line])
        bare = target.removeprefix("mailto:").removeprefix("https://").removeprefix("http://").rstrip("/")
        if bare and bare not in shown and shown.strip():
            self.line.append(f" <{unescape(_HUGE_REFERENCE.sub('', target))}>")

    def break_line(self) -> None:
        """Ends the line, an empty one too."""
        text = "".join(self.line).rstrip()
        self.lines.append(("> " * min(self.depth, _MAX_QUOTE_DEPTH) + text).rstrip() if self.depth else text)
        self.line = []

    def end_line(self, blank: bool) -> None:
        """Ends the line if it has text; `blank` asks for an empty line below it, once."""
        if "".join(self.line).strip():
            self.break_line()
        else:
            self.line = []
        if blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * min(self.depth, _MAX_QUOTE_DEPTH)).rstrip())

    def done(self) -> str:
        """The whole text."""
        self.end_link()
        self.end_line(blank=False)
        return re.sub(r"\n{4,}", "\n\n\n", "\n".join(self.lines)).strip("\n")

    def _forget(self, lines: int, pieces: int) -> None:
        """Drops what a hidden element wrote."""
        if len(self.lines) == lines:
            del self.line[pieces:]
        else:
            del self.lines[lines:]
            self.line = []


def _href(attributes: str) -> str:
    """The target of a link, references still in it; "" where there is none."""
    match = _HREF.search(attributes)
    return (match[1] or match[2] or match[3] or "").strip() if match else ""
