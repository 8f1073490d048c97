"""Whether the plain text and the HTML of one mail say the same (RFC 2046 §5.1.4): fraud may show two readers two mails.

Newsletters differ in their links and footers. So only differences that honest mail hardly ever has are reported: an
address for money that is in one text only, or hardly a word in common.
"""

import re

from parser.facts.find import facts

_MAX_CHARACTERS = 20_000
_URL = re.compile(r"(?:https?://|www\.)\S+", re.I)
# Long enough for an address of any chain, and not part of a link or a path.
_TOKEN = re.compile(r"(?<![\w/=.%&?@+-])(?=[A-Za-z]*\d)[A-Za-z0-9]{26,90}(?![\w/=.%&@+-])")
_MAX_TOKENS = 20
_WORD = re.compile(r"[^\W_]+")
_LEAST_WORDS = 6
_LEAST_SHARED = 0.15


def difference(plain: str, html: str) -> str | None:
    """How the two texts differ, for a person; None when their beginnings say the same."""
    plain, html = plain[:_MAX_CHARACTERS], html[:_MAX_CHARACTERS]
    for name, one, other in (("plain text", plain, html), ("HTML", html, plain)):
        for token in _TOKEN.findall(one)[:_MAX_TOKENS]:
            if token not in other and any(fact.type == "address" and fact.valid for fact in facts(token)):
                return f"only the {name} names the address {token}"
    words, others = _words(plain), _words(html)
    least = min(len(words), len(others))
    if least >= _LEAST_WORDS and len(words & others) < least * _LEAST_SHARED:
        return "plain text and HTML have hardly a word in common"
    return None


def _words(text: str) -> set[str]:
    """The words in lower case, without links; of scripts without blanks the pairs of neighbours."""
    found: set[str] = set()
    for word in _WORD.findall(_URL.sub(" ", text).lower()):
        if word.isascii() or word[0] < "\u2e80":
            found.add(word)
        else:
            found.update(word[at : at + 2] for at in range(len(word)))
    return found
