"""The problem types of a desk (`content/categories.toml`), checked and ready to be looked for in a text."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from desk.errors import ConfigError

Worded = TypeVar("Worded")
Priority = Literal["P1", "P2", "P3", "P4"]

UNCLASSIFIED = "unclassified"

TEXT_LIMIT = 20_000
"""How many characters of a text are searched; a longer one that has not come to the point is for a person."""
_NOT_LATIN = re.compile(r"[^a-z0-9]+")


def _word(word: str) -> str:
    """Refuses a word that would match every mail."""
    if not needle(word).wanted.strip():
        raise ValueError(f"{word!r} has no letters or digits to search for")
    return word


Word = Annotated[str, AfterValidator(_word)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SortingPolicy(_Table):
    """`[policy]`: when a judgement is safe enough."""

    threshold: float = Field(gt=0)
    """The least score of a category that counts."""
    margin: float = Field(ge=0)
    """Categories this close to the best one are all plausible: the order decides between them."""
    share: float = Field(ge=0, le=1)
    """The least part of all points that the winner must have; a mail about everything is about nothing."""
    order: tuple[str, ...]
    """Every category once, first the one that wins a tie."""


class _Unclassified(_Table):
    """`[unclassified]`: where mail goes that no words sort."""

    names: dict[str, str] = Field(min_length=1)
    priority: Priority
    queue: str


class _Category(_Table):
    """`[category.<id>]`"""

    names: dict[str, str] = Field(min_length=1)
    priority: Priority
    queue: str
    required: dict[str, tuple[str, ...]] = {}
    """What a customer should send, by language."""
    keywords: dict[Annotated[str, Field(pattern=r"^[1-9]$")], tuple[Word, ...]]
    """Words by weight, "1" to "9"; a trailing * matches any ending."""


class _Raiser(_Table):
    """`[[raiser]]`: words that raise the priority of any mail."""

    name: str
    priority: Priority
    """At least this."""
    keywords: tuple[Word, ...]


class _File(_Table):
    """The whole of categories.toml."""

    policy: SortingPolicy
    unclassified: _Unclassified
    category: dict[str, _Category] = Field(min_length=1)
    raiser: tuple[_Raiser, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> "_File":
        if sorted(self.policy.order) != sorted(self.category):
            raise ValueError("policy.order must name every category once")
        if UNCLASSIFIED in self.category:
            raise ValueError(f"category.{UNCLASSIFIED} is a table of its own, [{UNCLASSIFIED}]")
        return self


@dataclass(frozen=True, slots=True)
class Needle:
    """A word to look for, ready to be looked for."""

    shown: str
    wanted: str
    latin: bool
    """Looked for in the text as words between spaces; else in the text without spaces."""


@dataclass(frozen=True, slots=True)
class Haystack:
    """A text, folded for both ways of looking."""

    words: str
    letters: str

    def has(self, needle: Needle) -> bool:
        return needle.wanted in (self.words if needle.latin else self.letters)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is about, and why we think so."""

    category: str
    """A category's id, or "unclassified"."""
    priority: str
    """P1 to P4."""
    queue: str
    confidence: float
    """0 to 1: the winner's part of all points, and less where there are few."""
    evidence: tuple[str, ...]
    """The words that spoke for it, as the file has them: "security: 被盗"; raisers: "P1: seed phrase"."""


@dataclass(frozen=True, slots=True)
class Categories:
    """The problem types of a desk, compiled."""

    file: _File
    needles: Mapping[str, tuple[tuple[int, Needle], ...]]
    raisers: tuple[tuple[Priority, tuple[Needle, ...]], ...]

    @classmethod
    def of(cls, data: Mapping[str, object]) -> "Categories":
        """From the parsed categories.toml. Raises ConfigError naming the key that is wrong."""
        try:
            file = _File.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(step) for step in first["loc"])
            raise ConfigError(f"categories.toml: {key + ': ' if key else ''}{first['msg']}") from error
        needles = {
            id: tuple((int(weight), needle(word)) for weight, words in one.keywords.items() for word in words)
            for id, one in file.category.items()
        }
        raisers = tuple((one.priority, tuple(needle(word) for word in one.keywords)) for one in file.raiser)
        return cls(file, needles, raisers)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every category, in the order of precedence."""
        return self.file.policy.order

    @property
    def queues(self) -> tuple[str, ...]:
        """Every queue that mail can be sorted into, each once."""
        named = [self.file.category[id].queue for id in self.ids]
        return tuple(dict.fromkeys([*named, self.file.unclassified.queue]))

    def label(self, id: str, language: str) -> str:
        """A category's name in a language, its base language, or English; an unknown id as it is."""
        if id == UNCLASSIFIED:
            return _in_language(self.file.unclassified.names, language)
        return _in_language(self.file.category[id].names, language) if id in self.file.category else id

    def required(self, id: str, language: str) -> tuple[str, ...]:
        """What a customer should send for a problem of this type; empty when nothing is needed."""
        one = self.file.category.get(id)
        return _in_language(one.required, language) if one is not None and one.required else ()


def _in_language(texts: Mapping[str, Worded], language: str) -> Worded:
    """The row of a language, of its base language, of any of that base, of English, or the first."""
    base = language.partition("-")[0]
    kin = next((tag for tag in texts if tag.partition("-")[0] == base), "en")
    return next(texts[tag] for tag in (language, base, kin, "en", *texts) if tag in texts)


def _fold(text: str) -> str:
    """Text without case, width and accents, so that "ＡＰＩ", "contraseña" and "Contrasena" meet their words."""
    # One character can become eighteen (U+FDFA): cut again, so that no text takes longer than plain text may.
    decomposed = unicodedata.normalize("NFKD", text.casefold())[: 2 * TEXT_LIMIT]
    return "".join(one for one in decomposed if not unicodedata.combining(one))


def haystack(text: str) -> Haystack:
    folded = _fold(text)
    return Haystack(f" {_NOT_LATIN.sub(' ', folded)} ", "".join(folded.split()))


def needle(word: str) -> Needle:
    folded = _fold(word.strip().removesuffix("*")).strip()
    words = _NOT_LATIN.sub(" ", folded).strip()
    if not folded.isascii() or not words:
        return Needle(word, "".join(folded.split()), latin=False)
    return Needle(word, f" {words}" + ("" if word.rstrip().endswith("*") else " "), latin=True)
