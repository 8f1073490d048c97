"""The part of CSS that decides what a reader sees: hidden elements, faint letters, and preserved white space."""

import re
from dataclasses import dataclass

_HIDDEN = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|mso-hide\s{0,9}:\s{0,9}all|"
    r"opacity\s{0,9}:\s{0,9}0(?:\.0{1,9})?\s{0,9}(?:[;\"'!]|$)|"
    # Far outside of the window, or cut to nothing: for screen readers, if for anybody.
    r"(?<![\w-])(?:left|top|text-indent)\s{0,9}:\s{0,9}-(?:999|\d{4,6})|clip\s{0,9}:\s{0,9}rect\(\s{0,9}0",
    re.I,
)
_FLAT = re.compile(r"(?:max-)?height\s{0,9}:\s{0,9}0(?:px|pt|em)?\s{0,9}(?:[;\"'!]|$)", re.I)
_CLIPPED = re.compile(r"overflow\s{0,9}:\s{0,9}hidden", re.I)
_SHOWN = re.compile(r"display\s{0,9}:\s{0,9}(?!none)[a-z]", re.I)
_KEEPS_SPACE = re.compile(r"white-space\s{0,9}:\s{0,9}(?:pre|break-spaces)", re.I)
_ATTRIBUTE = re.compile(r"(?:^|\s)hidden(?:\s{0,9}=\s{0,9}[\"']?(?:hidden|true)?[\"']?)?(?:[\s/]|$)", re.I)
# White, or as good as; and letters of two pixels and less.
_WHITE = re.compile(
    r"(?<![\w-])color\s{0,9}[:=]\s{0,9}[\"']?\s{0,9}(?:white|snow|ivory|ghostwhite|transparent|#f{3}\b|#f{6}|#f[a-f]f[a-f]f[a-f]\b|"
    r"rgba?\(\s{0,9}25[0-5]\s{0,9},?\s{0,9}25[0-5]\s{0,9},?\s{0,9}25[0-5]|rgba\([^)]{0,40}[,/]\s{0,9}0?\.?0\d?\s{0,9}\))",
    re.I,
)
_COLOURED = re.compile(r"(?<![\w-])color\s{0,9}[:=]", re.I)
_TINY = re.compile(
    r"(?<![\w-])font(?:-size)?\s{0,9}:\s{0,9}(?:[a-z ]{0,30}\s)?"
    r"(?:0?\.\d{1,9}|[0-2](?:\.\d{1,9})?)(?:px|pt)?(?![\d.a-z%])|"
    r"(?<![\w-])font-size\s{0,9}:\s{0,9}(?:0?\.[01]\d{0,9}r?em|[0-9](?:\.\d{1,9})?%)",
    re.I,
)
_SIZED = re.compile(r"(?<![\w-])font(?:-size)?\s{0,9}:|<font[^>]{0,99}\ssize", re.I)
_BACKGROUND = re.compile(r"(?<![\w-])(?:background(?:-color|-image)?\s{0,9}:|bgcolor\s{0,9}=|background\s{0,9}=)", re.I)
_NO_BACKGROUND = re.compile(
    r"(?<![\w-])(?:background(?:-color)?\s{0,9}:|bgcolor\s{0,9}=)\s{0,9}[\"']?\s{0,9}"
    r"(?:white|transparent|none|initial|inherit|#f{3}\b|#f{6})",
    re.I,
)
_NAMES = re.compile(r"""\b(class|id)\s{0,9}=\s{0,9}(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'>]{1,200}))""", re.I)
_SELECTOR = re.compile(r"(?:(?:html|body)\s{1,9}){0,2}[a-z0-9]{0,20}([.#][\w-]{1,80})", re.I)
_BRACE = re.compile(r"[{}]")
_SEEN = 2_000


def is_hidden(attributes: str, names: set[str]) -> bool:
    """Whether the element is hidden: by its own style, the `hidden` attribute, or a class or id that the page hides."""
    seen = attributes[:_SEEN]
    if "style" in seen or "STYLE" in seen or "Style" in seen:
        if _HIDDEN.search(seen) or (_FLAT.search(seen) and _CLIPPED.search(seen)):
            return True
        if _SHOWN.search(seen):
            return False
    if "hidden" in seen and _ATTRIBUTE.search(seen):
        return True
    if not names:
        return False
    for found in _NAMES.finditer(seen):
        sign = "." if found[1].lower() == "class" else "#"
        if any(sign + word in names for word in (found[2] or found[3] or found[4] or "").split()):
            return True
    return False


def keeps_space(attributes: str) -> bool:
    """Whether the element keeps its line breaks and spaces (`white-space: pre-wrap` and the like)."""
    return "white-space" in attributes[:_SEEN] and bool(_KEEPS_SPACE.search(attributes[:_SEEN]))


@dataclass(frozen=True, slots=True)
class Look:
    """How letters look against what is behind them."""

    white: bool = False
    tiny: bool = False
    dark_behind: bool = False

    @property
    def faint(self) -> bool:
        """Whether nobody would see them."""
        return self.tiny or (self.white and not self.dark_behind)


PLAIN = Look()


def look(attributes: str, outer: Look) -> Look:
    """How the letters of an element look, inside of one that looks like `outer`."""
    seen = attributes[:_SEEN]
    white, tiny, dark_behind = outer.white, outer.tiny, outer.dark_behind
    if _COLOURED.search(seen):
        white = bool(_WHITE.search(seen))
    if _SIZED.search(seen):
        tiny = bool(_TINY.search(seen))
    if _BACKGROUND.search(seen):
        dark_behind = not _NO_BACKGROUND.search(seen)
    return Look(white, tiny, dark_behind)


def hidden_names(sheet: str) -> set[str]:
    """The classes (".x") and ids ("#x") that a style sheet hides on every screen; linear.

    Only rules of a single class or id outside of @media count: what is hidden on phones alone is seen by most.
    """
    sheet = _without_comments(sheet)
    names: set[str] = set()
    depth = at = 0
    selector = ""
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            if depth == 0:
                selector = sheet[at : brace.start()].rpartition(";")[2].strip()
            depth += 1
        else:
            depth = max(0, depth - 1)
            body = sheet[at : brace.start()]
            if depth == 0 and not selector.startswith("@") and len(body) < _SEEN:
                hides = bool(_HIDDEN.search(body))
                # The later of two rules counts.
                if hides or (names and _SHOWN.search(body)):
                    singles = (_SELECTOR.fullmatch(one.strip()) for one in selector[:_SEEN].split(","))
                    (names.update if hides else names.difference_update)(single[1] for single in singles if single)
            if depth == 0:
                selector = ""
        at = brace.end()
    return names


def _without_comments(sheet: str) -> str:
    """The sheet without `/* comments */` and the marks that hide it from very old programs."""
    out: list[str] = []
    at = 0
    while (start := sheet.find("/*", at)) >= 0:
        out.append(sheet[at:start])
        end = sheet.find("*/", start + 2)
        at = end + 2 if end >= 0 else len(sheet)
    return " ".join([*out, sheet[at:]]).replace("<!--", " ").replace("-->", " ")
