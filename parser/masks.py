"""A mail as it may be stored and shown, with the secrets in all of its texts masked (promises F02).

parser.read.read     the mail as it is: `postdesk read`, and nothing that is kept
parser.masks.read    the same without secrets: all that the rest of the program ever sees
"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from parser.facts.find import facts
from parser.facts.labels import each
from parser.mail import Address, Attachment, Fact, ParsedMail, ReadingContext, Report, Secret, Span, Spans, Trace
from parser.mime.files import safe_name
from parser.read import read as read_whole
from parser.secrets.find import CLASSES, masks, secrets

# Fields that programs write and `parser.identity` reads. They are neither stored nor shown.
_OF_PROGRAMS = frozenset(
    each(
        "authentication-results arc-authentication-results arc-seal arc-message-signature received received-spf "
        "dkim-signature message-id in-reply-to references date mime-version content-type return-path "
        "x-google-dkim-signature x-ms-exchange-organization-authas"
    )
)
_KNOWN_AGAIN = 8
"""The least length of a secret that is searched for in the other texts of a mail; shorter ones match too much."""
_MAX_KNOWN = 100
_ROUNDS = 4
_IN_NAMES = str.maketrans("_-+.", "    ")
_DIGIT = re.compile(r"\d")
# Many words, one very long one, or one that announces a secret; and a private key as wallets write it.
_WORDED = re.compile(r"(?:[a-z]{3,12}[^a-z@]{1,3}){8}|[a-z]{36}|pass|pwd|secret|[\u4e00-\u9fff]{4}")
_WIF = re.compile(r"(?<![0-9A-Za-z])[5KLc9][1-9A-HJ-NP-Za-km-z]{50,51}(?![0-9A-Za-z])")


def read(content: bytes, context: ReadingContext | None = None) -> ParsedMail:
    """Reads a mail and masks its secrets. Like `parser.read.read`, it never raises and takes linear time."""
    return masked(read_whole(content, context))


def masked(mail: ParsedMail, shown: Collection[str] = ()) -> ParsedMail:
    """The same mail with a mask in place of every secret that may be stored or shown.

    `text` is what `redacted` was; spans, facts and secrets are those of the masked text, where a secret's span is that
    of its mask. `hidden` names all classes that were found. A value that a label gives away in one text is masked in
    all of X"""
    cover = _Cover(frozenset(shown))
    found = tuple(one for one in mail.secrets if one.class_ not in cover.shown)
    cover.learn(mail.text, found)
    for text in (mail.subject, mail.html_text or ""):
        cover.learn(text, cover.found(text))
    covered = _covered(mail, cover, found)
    # A mask that is not in `found` may have come between a label and another value.
    for _ in range(_ROUNDS if cover.known else 0):
        more = cover.found(covered.text)
        if not more:
            break
        covered = _covered(covered, cover, (*covered.secrets, *more))
    return replace(covered, hidden=tuple(name for name in CLASSES if name in cover.met))


def _covered(mail: ParsedMail, cover: "_Cover", found: Sequence[Secret]) -> ParsedMail:
    """The mail with masks; `found` are the secrets of its text, and may be masks already, which stay."""
    text, places = cover.whole(mail.text, found)
    spans = Spans(*(places.moved(part) for part in (mail.spans.reply, mail.spans.quoted, mail.spans.signature)))
    parts = ["\n".join(text[start:end] for start, end in part) for part in (spans.reply, spans.quoted, spans.signature)]
    reply, quoted, signature = (part if part == text else cover(part) for part in parts)
    return replace(
        mail,
        subject=cover(mail.subject),
        message_id=mail.message_id and cover.identifier(mail.message_id),
        in_reply_to=tuple(map(cover.identifier, mail.in_reply_to)),
        references=tuple(map(cover.identifier, mail.references)),
        author=cover.person(mail.author),
        sender=replace(mail.sender, evidence=cover.each(mail.sender.evidence)),
        to=tuple(map(cover.person, mail.to)),
        cc=tuple(map(cover.person, mail.cc)),
        reply_to=tuple(map(cover.person, mail.reply_to)),
        kind_evidence=cover.each(mail.kind_evidence),
        suppress=cover.each(mail.suppress),
        text=text,
        # They are the same text, read from the same bytes: mask it once.
        html_text=text if mail.html_text == mail.text else None if mail.html_text is None else cover(mail.html_text),
        new_text=reply or text,
        quoted=quoted,
        signature=signature,
        spans=spans,
        facts=places.facts(mail.facts),
        secrets=places.masks,
        redacted=text,
        attachments=tuple(map(cover.file, mail.attachments)),
        report=None if mail.report is None else cover.report(mail.report),
        defects=tuple(replace(one, detail=cover(one.detail)) for one in mail.defects),
        trace=cover.trace(mail.trace),
        headers=tuple((name, cover.header(name, value)) for name, value in mail.headers),
    )


_TELLING = 12
"""Characters of a secret that do not stand in a random Message-ID by chance."""


@dataclass(slots=True)
class _Cover:
    """Masks the texts of one mail, and remembers the secrets that it has found."""

    shown: frozenset[str]
    known: dict[str, str] = field(default_factory=dict)
    """Values that were secrets elsewhere in this mail, with their classes."""
    met: set[str] = field(default_factory=set)

    def __call__(self, text: str) -> str:
        return self._settled(text, self.found)

    def _settled(self, text: str, find: Callable[[str], tuple[Secret, ...]]) -> str:
        """Masks until nothing is found, because a masked value may have stood between a label and another value."""
        for _ in range(_ROUNDS):
            before, text = text, self.whole(text, find(text))[0]
            if text == before:
                break
        return text

    def found(self, text: str) -> tuple[Secret, ...]:
        return tuple(one for one in secrets(text, facts(text)) if one.class_ not in self.shown) if text else ()

    def learn(self, text: str, found: Iterable[Secret]) -> None:
        """Remembers values that are distinctive enough. A possible key is not: elsewhere it may be a transaction."""
        for one in found:
            value = text[slice(*one.span)]
            strange = len(value) >= _KNOWN_AGAIN and _DIGIT.search(value) is not None
            if strange and one.class_ != "possible_key" and len(self.known) < _MAX_KNOWN:
                self.known.setdefault(value, one.class_)

    def whole(self, text: str, found: Sequence[Secret]) -> tuple[str, "_Places"]:
        """The masked text, and the new positions of everything in it."""
        again = [
            Secret(class_, match.span())
            for value, class_ in self.known.items()
            if value in text
            for match in re.finditer(re.escape(value), text)
        ]
        ranges = masks(text, (*found, *again))
        self.met |= {one.class_ for one, _ in ranges}
        out, at = [], 0
        for one, instead in ranges:
            out += [text[at : one.span[0]], instead]
            at = one.span[1]
        return "".join([*out, text[at:]]), _Places(ranges)

    def each(self, texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self, texts))

    def person(self, one: Address) -> Address:
        return replace(one, name=self.name(one.name)) if one.name else one

    def name(self, text: str) -> str:
        """A masked name, also of a file, in which other signs stand for spaces."""
        return self._settled(text, self._found_in_name)

    def _found_in_name(self, text: str) -> tuple[Secret, ...]:
        blank = text.translate(_IN_NAMES)
        return (*self.found(text), *self.found(blank)) if blank != text else self.found(text)

    def identifier(self, one: str) -> str:
        """A Message-ID. Long random ones are no keys, so that only words and keys with a checksum count."""
        low = one.lower()
        worded = _WORDED.search(low) is not None or _WIF.search(one) is not None
        found = (
            {secret.class_ for secret in self._found_in_name(one.replace("@", " "))} - {"possible_key"}
            if worded
            else set[str]()
        )
        # A short one, such as a code of six digits, stands in a random id by chance, and a mail would lose its thread.
        found |= {class_ for value, class_ in self.known.items() if len(value) >= _TELLING and value in one}
        if not found:
            return one
        self.met |= found
        return f"{hashlib.sha256(one.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}@masked.invalid"

    def file(self, one: Attachment) -> Attachment:
        self.met |= set(one.secrets) - self.shown
        name, safe = one.name and self.name(one.name), self.name(one.safe_name)
        if safe != one.safe_name:
            safe = safe_name(safe)
            if self._found_in_name(safe):
                # The name was cut, and the rest of its last mask reads like a secret itself.
                safe = safe_name("", one.content_type)
        return replace(one, name=name, safe_name=safe)

    def report(self, one: Report) -> Report:
        recipients = tuple(replace(each, diagnostic=self(each.diagnostic)) for each in one.recipients)
        return replace(one, recipients=recipients)

    def trace(self, way: Trace) -> Trace:
        """Host names are rarely secrets: one look at all of them is enough for nearly every mail."""
        host = way.sending_host
        together = "\n".join(text for hop in way.hops for text in (hop.sender, hop.by, hop.protocol))
        if self(together) == together:
            return way
        hops = tuple(
            replace(hop, sender=self(hop.sender), by=self(hop.by), protocol=self(hop.protocol)) for hop in way.hops
        )
        return replace(way, hops=hops, sending_host=host and replace(host, name=self(host.name)))

    def header(self, name: str, value: str) -> str:
        return value if name.lower() in _OF_PROGRAMS else self(value)


class _Places:
    """Maps positions in a text to positions in the masked text."""

    def __init__(self, ranges: Sequence[tuple[Secret, str]]) -> None:
        self._ranges: list[tuple[int, int, int, int]] = []
        moved = 0
        for one, instead in ranges:
            start, end = one.span
            self._ranges.append((start, end, start + moved, start + moved + len(instead)))
            moved += len(instead) - (end - start)
        self.masks = tuple(
            Secret(one.class_, (place[2], place[3])) for (one, _), place in zip(ranges, self._ranges, strict=True)
        )
        self._starts = [place[0] for place in self._ranges]

    def _at(self, position: int) -> int:
        """The spans of the masked text. A mask belongs to the part in which its secret begins."""
        number = bisect_left(self._starts, position) - 1
        if number < 0:
            return position
        _, end, _, mask_end = self._ranges[number]
        return mask_end + max(position - end, 0)

    def moved(self, spans: Sequence[Span]) -> tuple[Span, ...]:
        found = ((self._at(start), self._at(end)) for start, end in spans)
        return tuple((start, end) for start, end in found if start < end)

    def facts(self, found: Sequence[Fact]) -> tuple[Fact, ...]:
        """The facts that no mask overlaps."""
        out = []
        for one in found:
            start, end = self._at(one.span[0]), self._at(one.span[1])
            first = bisect_left(self._starts, one.span[1]) - 1
            if first < 0 or self._ranges[first][1] <= one.span[0]:
                out.append(replace(one, span=(start, end)))
        return tuple(out)
