"""What the eye sees of a name: other letters as the Latin ones they look like (Unicode TS 39 §4 in small)."""

import unicodedata

# Letters of other scripts, and of ours, as the eye takes them. Small on purpose: what a domain label may hold.
_ALIKE = {
    "a": "аɑαӓàáâãäåāăą", "b": "ьƅв", "c": "сϲçćč", "d": "ԁďđ", "e": "еєёéèêëēėęěҽε", "f": "ƒ", "g": "ɡğġģց",
    "h": "һнħ",
    "i": "іїıìíîïīįι", "l": "ɩӏ|!1łļľ", "j": "јʝ", "k": "кκķĸ", "m": "мṃ", "n": "пηñńņňṇ", "o": "оοσөóòôõöøōő0օ",
    "p": "рρ",
    "q": "գԛ", "r": "гŕŗř", "s": "ѕśşšșƽ5", "t": "тτţťțŧ", "u": "υцùúûüūůűųսμ", "v": "ѵν", "w": "ѡωшŵ", "x": "хχ",
    "y": "уγýÿŷү", "z": "ʐźżž",
}  # fmt: skip
_STRUCK = dict(zip("ƀȼđɇǥħɨɉłøɍŧɏⱥ", "bcdeghijlortya", strict=True))
"""Letters with a stroke through them."""
_LETTERS = {ord(other): letter for letter, others in _ALIKE.items() for other in others} | str.maketrans(_STRUCK)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"), ("cj", "g"))
LIKE_LATIN = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH"})


def shown_domain(domain: str) -> str:
    """In lower case, "xn--" labels decoded (RFC 3492) where they can be."""
    labels = []
    for label in unicodedata.normalize("NFKC", domain[:260].lower().strip(".")).split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)


def skeleton(text: str) -> str:
    """What the eye sees: two domains with one skeleton can be taken for each other."""
    seen = unicodedata.normalize("NFC", text).translate(_LETTERS)
    for pair, one in _PAIRS:
        seen = seen.replace(pair, one)
    return seen


def scripts(label: str) -> set[str]:
    return {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}


def condensed(name: str) -> str:
    return "".join(skeleton(unicodedata.normalize("NFKC", name).casefold()).split())
