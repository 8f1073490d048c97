"""Mails that say nothing but "I have read it, thanks": reactions, and a mere "Thank you".

    Content-Disposition: reaction                      RFC 9078
    Content-Type: text/vnd.google.email-reaction+json  Gmail
    👍 Ana Muster reacted to your message:             Outlook
    Liked “Your card was posted yesterday.”            iPhone

A mail that says more is none of these, whatever its parts are called: an emoji beside a question is a question.
"""

import re
import unicodedata
from collections.abc import Sequence

from parser.body import Body
from parser.kinds.thanks import is_mere_thanks
from parser.mail import Address, Gesture
from parser.quotes.trim import Trimmed
from parser.quotes.words import CJK_BLANK, HEADER_NAMES

_GMAIL = "text/vnd.google.email-reaction+json"
_MAX_LINE = 200
_MAX_TAPBACK = 600
# "reacted", of a program that tells of it. Only asked beside an emoji, or the writer's name.
_REACTED = re.compile(
    r"\breacted (?:to|via|with)\b|\breagiert\b|\breagierte\b|\ba réagi\b|\breaccion(?:ó|a|ado)\b|\breagiu\b|"
    r"\breagito\b|"
    r"\bgereageerd\b|\breageerde\b|\breage(?:rede|ret|rte|rt|rade|rat)\b|реагиров|реагирует|відреагував|zareagował|"
    r"\btepki\b|cảm xúc|\bbereaksi\b|\breaksi\b|แสดงความรู้สึก|ปฏิกิริยา|تفاعل|הגיב|リアクション|反応し|반응|공감|"
    r"回应|回應|反应|反應|表態|表态|心情|\breagoi\b|\breagoval|\breagált\b|\breacționat\b|αντέδρασ",
    re.I,
)
# What an iPhone says of a tapback, before or behind the words that it is about. A question mark is no reaction.
_TAPPED = re.compile(
    r"\b(?:dis)?liked\b|\bloved\b|\blaughed at\b|\bemphasi[sz]ed\b|\breacted\b|\bgefällt\b|\bgefiel\b|\bliebte?\b|"
    r"\blachte?\b|\bhervor(?:gehoben)?\b|\bherz\b|\baimé\b|\bj.aime\b|\badoré\b|\ba ri\b|\brit\b|\binsisté\b|\bgustó\b|"
    r"\bme gusta\b|\bencantó\b|\brió\b|\brisa\b|\bénfasis\b|\bcurtiu\b|\bamou\b|\briu\b|\bgostou\b|\badorou\b|"
    r"\benfatizou\b|\bpiaciuto\b|\bmi piace\b|\badorato\b|\bamato\b|\briso\b|\bcuore\b|\benfatizzato\b|\bleuk\b|"
    r"\bgeweldig\b|"
    r"\bhartje\b|\blachte\b|\bgelachen\b|\bbenadrukte?\b|\bgillade\b|\bälskade\b|\bskrattade\b|\bbetonade\b|"
    r"\bgodt om\b|\belske[dt]e?\b|\bgrinede\b|\bfremhæve\w*|\blikte\b|\blo av\b|\bler av\b|\bfremhev\w*|понрав|"
    r"нравится|"
    r"смешно|рассмеш|выделен|\bpolubi|\bpokocha|\broześmia|\bpodkreśl|\bbeğen|\bsevdi|\bsevil|\bgüldü|\bvurgula|"
    r"いいね|ハート|大好き|笑い|笑っ|強調|リアクション|좋아|사랑|웃|하하|강조|공감|反应|赞|贊|喜欢|喜歡|喜愛|喜爱|爱心|愛心|笑|"
    r"强调|強調|讚|\bthích\b|\byêu\b|\bcười\b|\bnhấn mạnh\b|\bthả tim\b|\bmenyukai\b|\bsuka\b|\bmencintai\b|"
    r"\bmenertawakan\b|\btertawa\b|\bmenekankan\b|ถูกใจ|รัก|หัวเราะ|เน้น|أعجب|أحب|ضحك|أكد|אהב|לייק|צחק|הדגיש",
    re.I,
)
_DENIED = re.compile(
    r"\b(?:not?|nicht|kein\w*|ne|pas|non|nie|niet|ikke|inte|não|nunca|не|нет|không|tidak|but)\b|n't\b|"
    r"不|没|沒|ない|않|안 |"
    r"ไม่|لم|لا |\bלא\b|[?？؟]",
    re.I,
)
_GOES_ON = re.compile(r"[:：]\s+\S")
# Gmail tells where it can be learnt about, with a question mark in the link.
_LINK = re.compile(r"<?https?://[^\s<>]+>?")
# The names of reactions, where a language puts them into quotation marks of their own.
_NAMED = re.compile(r"[“„«\"”「](mi piace|いいね|j.aime|gefällt mir|me gusta|like|curti|нравится)[”“»\"」]", re.I)
_QUOTED = re.compile(
    r"(?P<before>[^“”\"„«»「」『』‹›\n]{0,60})"
    r"(?:[“”„«‹「『\"″״].{1,500}[”“»›」』\"″״]|\b(?:an image|a photo|a movie|an attachment|a link)\b)"
    r"(?P<after>[^“”\"„«»「」『』‹›\n]{0,60})",
    re.S,
)
_COMPLAINTS = re.compile("[👎😡😠🤬😢😭😞😟☹🙁😤💔❓❔⁉😕😖😩]|\\bdisliked\\b", re.I)


def gesture_of(body: Body, said: Trimmed, author: Address) -> Gesture:
    """Whether a mail is nothing but a reaction, or nothing but a thanks; "" where it says anything else."""
    if len(said.own) > _MAX_TAPBACK * 4 or any(_is_file(one.content_type, one.inline) for one in body.attachments):
        return ""
    text = said.own.strip()
    if _is_reaction(body, text, author.name):
        return "reaction"
    # A picture may be a photograph of the trouble, unless it belongs to the writer's business card.
    if is_complaint(text) or (body.attachments and not said.signature):
        return ""
    if _only_emoji(text):
        return "thanks"
    local = re.sub(r"[\W\d_]+", " ", (author.address or "").partition("@")[0])
    return "thanks" if is_mere_thanks(text, (author.name, local)) else ""


def is_complaint(text: str) -> bool:
    """Whether a reaction shows that its writer is not content: somebody should look."""
    return _COMPLAINTS.search(text[:_MAX_LINE]) is not None


def _is_file(content_type: str, inline: bool) -> bool:
    return content_type != _GMAIL and not (inline and content_type.startswith("image/"))


def _is_reaction(body: Body, text: str, name: str) -> bool:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(leaf.disposition == "reaction" or leaf.content_type == _GMAIL for leaf in body.leaves):
        return all(_only_emoji(line) or _tells_of_it(line, name) for line in lines)
    if not lines or len(_LINK.sub("", lines[0])) > _MAX_LINE:
        return False
    first = 1 if len(lines) > 1 and _only_emoji(lines[0]) else 0
    if _REACTED.search(lines[first]) and _tells_of_it(" ".join(lines[: first + 1]), name):
        # What follows is our own letter.
        return lines[first].endswith((":", "：")) or _is_quotation(lines[first + 1 :])
    return _is_tapback(" ".join(lines))


def _tells_of_it(line: str, name: str) -> bool:
    """Whether a line is what a program writes about a reaction: beside its emoji, or with the name of who reacts."""
    line = _LINK.sub("", line)
    if len(line) > _MAX_LINE or _GOES_ON.search(line) or _DENIED.search(line.replace(name, "") if name else line):
        return False
    shows = any(unicodedata.category(one) == "So" for one in line) or (name and name.casefold() in line.casefold())
    return "gmail" in line.lower() or (bool(shows) and _REACTED.search(line) is not None)


def _is_quotation(lines: Sequence[str]) -> bool:
    """Whether lines are nothing, or begin with a rule or a header field of a quoted mail."""
    if not lines:
        return True
    label = re.split("[:：]", lines[0].strip("*> \t"), maxsplit=1)[0]
    return lines[0][:2] in ("> ", "__", "--") or CJK_BLANK.sub("", label.strip(" *").lower()) in HEADER_NAMES


def _is_tapback(text: str) -> bool:
    """Whether a text is like 'Liked “…”', in the order of any language."""
    found = _QUOTED.fullmatch(_NAMED.sub(r"\1", text)) if len(text) <= _MAX_TAPBACK else None
    if found is None:
        return False
    around = f"{found['before']} {found['after']}"
    # Full stops end sentences of a person.
    short = len(around.split()) <= 8 and not re.search(r"[.!。！,，;]\s*\S", around)
    return short and _TAPPED.search(around) is not None and _DENIED.search(around) is None


def _only_emoji(text: str) -> bool:
    """Whether a text is one emoji or a few of them (RFC 9078 §2, `emoji_sequence`)."""
    bare = re.sub("[\\s\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]+", "", text)
    return 0 < len(bare) <= 20 and all(
        unicodedata.category(one) in ("So", "Sm", "Sk", "Cn") and not one.isascii() for one in bare
    )
