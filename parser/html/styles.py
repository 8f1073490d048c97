"""The part of CSS that decides what a reader sees: hidden elements, faint letters, and preserved white space."""

import re
from collections.abc import Iterator
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
_COLOURED = re.compile(r"(?<![\w-])(?:color\s{0,9}[:=]|text\s{0,9}=)", re.I)
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
_LAST = re.compile(r"[.#]?[\w-]{1,80}")
Colour = tuple[int, int, int]
"""Red, green and blue, each 0 to 255."""
_COLOURS: dict[str, Colour] = {
    "black": (0, 0, 0), "white": (255, 255, 255), "red": (255, 0, 0), "blue": (0, 0, 255), "green": (0, 128, 0),
    "yellow": (255, 255, 0), "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192),
    "navy": (0, 0, 128), "lightyellow": (255, 255, 224), "whitesmoke": (245, 245, 245), "lime": (0, 255, 0),
    "orange": (255, 165, 0), "pink": (255, 192, 203), "purple": (128, 0, 128), "maroon": (128, 0, 0),
}  # fmt: skip
_SAME = 48
"""So little between two colours, all three parts together, is not seen."""
_VALUE = (
    rf"\s{{0,9}}[\"']?\s{{0,9}}(?:(?P<name>{'|'.join(_COLOURS)})\b|#(?P<hex>[0-9a-f]{{8}}|[0-9a-f]{{6}}|[0-9a-f]{{3,4}})\b|"
    r"rgba?\(\s{0,9}(?P<r>\d{1,3})[\s,]{1,9}(?P<g>\d{1,3})[\s,]{1,9}(?P<b>\d{1,3}))"
)
_COLOUR = re.compile(rf"(?<![\w-])(?:color\s{{0,9}}[:=]|text\s{{0,9}}=){_VALUE}", re.I)
_COLOUR_BEHIND = re.compile(rf"(?<![\w-])(?:background(?:-color)?\s{{0,9}}:|bgcolor\s{{0,9}}=){_VALUE}", re.I)
# No mail program writes these around what its user types; each can make letters vanish.
_ODD = re.compile(
    r"opacity\s{0,9}[:(]\s{0,9}(?:0?\.[0-3]|[0-3]?\d%|0(?![.\d]))|(?<![\w-])transform\s{0,9}:|clip-path\s{0,9}:|"
    r"visibility\s{0,9}:\s{0,9}(?:collapse|var)|content-visibility|text-fill-color|(?<![\w-])zoom\s{0,9}:\s{0,9}0|"
    r"(?<![\w-])(?:max-)?(?:width|height)\s{0,9}:\s{0,9}[0-2](?:px|pt|r?em|%)?\s{0,9}(?:[;\"'!]|$)|"
    r"(?<![\w-])color\s{0,9}:\s{0,9}(?:hsla?|hwb|lab|lch|oklab|oklch|color(?:-mix)?|var)\(|"
    r"(?<![\w-])color\s{0,9}:\s{0,9}rgba?\([^)]{0,40}%|#[0-9a-f]{3}[0-3]\b|#[0-9a-f]{6}[0-3][0-9a-f]\b|"
    r"margin[a-z-]{0,7}\s{0,9}:[^;]{0,20}-\d{3}|(?:left|top|right|bottom)\s{0,9}:\s{0,9}(?:-\d{3}|-\d{1,9}vh|\d{4})|"
    r"text-indent\s{0,9}:\s{0,9}(?:-?\d{3}|-\d\d)|style\s{0,9}=[^<>]{0,500}(?:\\|/\*)|"
    r"font(?:-size)?\s{0,9}:[^;]{0,20}(?:(?<![\d.])0/|calc\(|var\()",
    re.I,
)
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
    odd: bool = False
    """Moved, clipped, scaled or coloured in a way that we do not follow."""
    colour: Colour = (0, 0, 0)
    behind: Colour = (255, 255, 255)

    @property
    def faint(self) -> bool:
        """Whether nobody would see them."""
        same = sum(abs(one - other) for one, other in zip(self.colour, self.behind, strict=True)) < _SAME
        return self.tiny or self.odd or same or (self.white and not self.dark_behind)


PLAIN = Look()


def look(attributes: str, outer: Look) -> Look:
    """How the letters of an element look, inside of one that looks like `outer`."""
    seen = attributes[:_SEEN]
    white, tiny, dark_behind, colour, behind = outer.white, outer.tiny, outer.dark_behind, outer.colour, outer.behind
    if _COLOURED.search(seen):
        white = bool(_WHITE.search(seen))
        colour = _colour(_COLOUR.search(seen), colour)
    if _SIZED.search(seen):
        tiny = bool(_TINY.search(seen))
    if _BACKGROUND.search(seen):
        dark_behind = not _NO_BACKGROUND.search(seen)
        behind = _colour(_COLOUR_BEHIND.search(seen), behind)
    odd = outer.odd or bool(_ODD.search(seen) or _HIDDEN.search(seen))
    return Look(white, tiny, dark_behind, odd, colour, behind)


def _colour(found: re.Match[str] | None, otherwise: Colour) -> Colour:
    """The colour that a declaration names, where it is written in one of the usual ways."""
    if found is None:
        return otherwise
    if found["name"]:
        return _COLOURS[found["name"].lower()]
    if digits := found["hex"]:
        pairs = [digits[at] * 2 for at in range(3)] if len(digits) < 6 else [digits[at : at + 2] for at in (0, 2, 4)]
        return int(pairs[0], 16), int(pairs[1], 16), int(pairs[2], 16)
    return min(255, int(found["r"])), min(255, int(found["g"])), min(255, int(found["b"]))


def sheet_styles(sheet: str) -> dict[str, str]:
    """What a style sheet declares for elements ("p"), classes (".x") and ids ("#x"), as it is written.

    Of a selector of several parts only the last counts: it is enough to doubt that a reader sees the letters.
    """
    found: dict[str, str] = {}
    for selector, body in _rules(_without_comments(sheet)):
        for one in selector[:_SEEN].split(","):
            for name in _LAST.findall(one.strip().rpartition(" ")[2].partition(":")[0])[:4]:
                found[name.lower() if name[0] not in ".#" else name] = f"{found.get(name, '')};{body}"[-_SEEN:]
    return found


def styled(tag: str, attributes: str, styles: dict[str, str]) -> str:
    """The declarations of an element, those of style sheets first. What opens only when clicked counts as hidden."""
    if tag in ("dialog", "details") and "open" not in attributes.lower():
        return "display: none"
    if not styles:
        return attributes
    names = [tag]
    for found in _NAMES.finditer(attributes[:_SEEN]):
        sign = "." if found[1].lower() == "class" else "#"
        names += [sign + word for word in (found[2] or found[3] or found[4] or "").split()]
    from_sheet = ";".join(filter(None, (styles.get(name) for name in names)))
    return f"{from_sheet[: _SEEN // 2]}; {attributes}" if from_sheet else attributes


def hidden_names(sheet: str) -> set[str]:
    """The classes (".x") and ids ("#x") that a style sheet hides on every screen; linear.

    Only rules of a single class or id outside of @media count: what is hidden on phones alone is seen by most.
    """
    names: set[str] = set()
    for selector, body in _rules(_without_comments(sheet)):
        hides = bool(_HIDDEN.search(body))
        # The later of two rules counts.
        if hides or (names and _SHOWN.search(body)):
            singles = (_SELECTOR.fullmatch(one.strip()) for one in selector[:_SEEN].split(","))
            (names.update if hides else names.difference_update)(single[1] for single in singles if single)
    return names


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """The (selector, declarations) of a style sheet that stand in no @media or the like."""
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
                yield selector, body
            if depth == 0:
                selector = ""
        at = brace.end()


def _without_comments(sheet: str) -> str:
    """The sheet without `/* comments */` and the marks that hide it from very old programs."""
    out: list[str] = []
    at = 0
    while (start := sheet.find("/*", at)) >= 0:
        out.append(sheet[at:start])
        end = sheet.find("*/", start + 2)
        at = end + 2 if end >= 0 else len(sheet)
    return " ".join([*out, sheet[at:]]).replace("<!--", " ").replace("-->", " ")
