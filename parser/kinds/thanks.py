"""A mere "Thank you", by language: a language is added by a row.

A text is one where each of its sentences either thanks, and says besides only for what people thank ("for your quick
reply"), or is a courtesy ("Have a nice day"). The words are closed lists: whatever they do not hold is news, and so are
questions, numbers, links and "thanks in advance". So an unusual thanks is taken for news rather than the reverse.
"""

import re
import unicodedata
from collections.abc import Sequence

from parser.kinds.thanks_unspaced import UNSPACED
from parser.kinds.thanks_words import NO_NAMES, SPACED, TITLES, Words

MAX_TEXT = 300
"""Characters. Nobody thanks at greater length without saying something."""


_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*['’]?", re.UNICODE)
_SENTENCES = re.compile(
    r"[.!…,;:、。！，；：，؛،।\n\r|/•·—–-]{1,20}(?=\s|$|[^\w])|[\n\r。！，、；：।]|(?<=\w)[.!,](?=\s|$)"
)
_SMILEY = re.compile(r"(?<!\w)[:;=8]['’]?-?[)D\]pP3*](?!\w)|<3|\^_?\^|\b[xX]D+\b|\(:")
_SAYS_MORE = re.compile(r"[\d@?？؟/\\%$€£¥#<>]|https?:|www\.|:-?[(/\[|]")


def is_mere_thanks(text: str, names: Sequence[str] = ()) -> bool:
    """Whether a text thanks and says nothing else. `names` are those of its writer; anybody's may be addressed."""
    text = unicodedata.normalize("NFC", text[: MAX_TEXT + 1]).strip()
    if not text or len(text) > MAX_TEXT:
        return False
    plain = _without_pictures(_SMILEY.sub(" ", text))
    if _SAYS_MORE.search(plain):
        return False
    thanked, before = False, None
    own = {word.casefold() for name in names for word in _WORD.findall(name)}
    sentences = [one.strip(" \t\u00a0\"'“”„«»()[]*_~") for one in _SENTENCES.split(plain)]
    sentences = [one for one in sentences if _WORD.search(one)]
    for index, sentence in enumerate(sentences):
        verdict = _judged(sentence, own)
        last = index >= len(sentences) - 2
        named = (before == "thanks" and _is_addressed(sentence)) or (last and _is_name(sentence, own))
        if verdict is None and not (thanked and named):
            return False
        before = verdict
        thanked = thanked or verdict == "thanks"
    return thanked


def _judged(sentence: str, own: set[str]) -> str | None:
    """ "thanks", "courtesy", or None where a sentence says anything else."""
    low = sentence.casefold()
    for pattern, sign in UNSPACED:
        if pattern.fullmatch(low):
            return "thanks" if sign.search(low) else "courtesy"
    spelled = _WORD.findall(sentence)
    words = [word.casefold().replace("’", "'").rstrip("'") for word in spelled]
    found = None
    for row in SPACED:
        at = next((index for index, word in enumerate(words) if word in row.thanks), None)
        if at is None:
            if all(word in row.courtesy or word in own for word in words):
                found = found or "courtesy"
            continue
        before = row.courtesy | row.reasons if row.verb_last else row.courtesy
        if all(word in before or word in own for word in words[:at]) and _rest(row, words, spelled, at + 1, own):
            return "thanks"
    return found


def _rest(row: Words, words: Sequence[str], spelled: Sequence[str], start: int, own: set[str]) -> bool:
    """Whether the words behind the thanks are nothing but reasons, courtesies and at most two names."""
    allowed = row.thanks | row.courtesy | row.reasons
    strange = [spelled[index] for index in range(start, len(words)) if words[index] not in allowed | own]
    if not strange:
        return True
    # "Thank you so much, Ben" without its comma: a name comes last, and no reason stands before it.
    last = list(spelled[len(spelled) - len(strange) :])
    return (
        len(strange) <= 2
        and strange == last
        and all(word.istitle() and word.casefold() not in NO_NAMES for word in strange)
    )


def _is_name(sentence: str, own: set[str]) -> bool:
    """Whether a sentence, the last of a text, names its writer; "Ana Muster" can, where the name is not known."""
    words = _WORD.findall(sentence)
    known = sum(word.casefold() in own for word in words)
    can_be = len(words) <= 3 and all(word[0].isupper() and word[1:] in ("", word[1:].lower()) for word in words)
    return known == len(words) or (can_be and (known > 0 or (not own and len(words) > 1)))


def _is_addressed(sentence: str) -> bool:
    """Whether a sentence can be the name of whom a text thanks: "Ben" of "Thanks, Ben", "Frau Meyer"."""
    words = _WORD.findall(sentence)
    names = [word for word in words if word.casefold() not in TITLES]
    named = len(names) == 1 and names[0].istitle() and names[0].casefold() not in NO_NAMES
    return named and len(words) <= 2


def _without_pictures(text: str) -> str:
    """A text without emoji and the characters that join them."""
    return "".join(" " if unicodedata.category(one) in ("So", "Sk", "Cf", "Cn", "Co") else one for one in text)
