"""The templates of our letters: Markdown with front matter in `content/templates/<language>/<kind>.md`.

    ---
    subject: [{{ tag }}] We have received your request
    ---
    Hello {{ recipient_name }}, ...

The text part of a letter is the rendered Markdown, the HTML part is made from the same source. What
a template may name stands in `mailer.values`; the filters are `when` (instants), `span`, `size` (bytes), `number`
and `percent`. A list of texts is written as the language writes lists.
All that could go wrong with a template goes wrong when it is loaded, not when a letter must go out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, meta, nodes, pass_context
from jinja2.exceptions import TemplateError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from desk.errors import ConfigError
from desk.letters import LetterKind
from mailer import markup, spell
from mailer.values import VALUES, Value, samples

_FRONT = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_SUBJECT = re.compile(r"^subject:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_TAG_LINE = re.compile(r"^[ \t]*(\{%(?:(?!%\}).)*%\})[ \t]*\n", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")

# A name in the context that no template can write.
_LETTER = "the letter"

# Macros, includes and captured blocks would let a token be put in the place of a value twice.
_TOO_MUCH = (
    nodes.Macro,
    nodes.CallBlock,
    nodes.FilterBlock,
    nodes.AssignBlock,
    nodes.Block,
    nodes.Extends,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.Call,
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter's words."""

    language: str
    """The language of the template, which may differ from the wanted one."""
    subject: str
    """One line without control characters."""
    text: str
    """Lines end in line feeds, the last one too."""
    html: str


@dataclass(frozen=True, slots=True)
class _Letter:
    """The state that filters and tokens share while one letter is rendered."""

    language: str
    zone: tzinfo
    held: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Mail:
    """A compiled template."""

    language: str
    subject: Template
    body: Template
    start: int
    """How many lines of the file stand before the body."""
    subject_start: int


@pass_context
def _hold(context: Context, value: Any) -> str:
    """Jinja2's finalizer: stores a value and writes its token in its place."""
    letter: _Letter = context[_LETTER]
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        value = spell.listed(value, letter.language)
    letter.held.append("" if value is None else str(value))
    return markup.token(len(letter.held) - 1)


@pass_context
def _when(context: Context, value: datetime) -> str:
    """An instant in the letter's zone and language."""
    return spell.instant(value, context[_LETTER].zone, context[_LETTER].language)


def _spelled(spell_out: Callable[[Any, str], str]) -> Callable[[Context, Any], str]:
    """A filter that writes a value in the letter's language."""

    @pass_context
    def filtered(context: Context, value: Any) -> str:
        return spell_out(value, context[_LETTER].language)

    return filtered


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_hold, keep_trailing_newline=True)
    environment.globals.clear()
    environment.filters |= {
        "when": _when,
        "span": _spelled(spell.span),
        "size": _spelled(spell.size),
        "number": _spelled(spell.number),
        "percent": _spelled(spell.percent),
    }
    return environment


_JINJA = _environment()


@dataclass(frozen=True, slots=True)
class Templates:
    """All templates of a desk, compiled and tried."""

    languages: tuple[str, ...]
    """The tags of the languages there are templates in, sorted."""
    default_language: str
    zone: ZoneInfo
    """Where times are shown."""
    _mails: Mapping[tuple[LetterKind, str], _Mail]

    @classmethod
    def load(cls, directory: Path, default_language: str, zone: ZoneInfo, shipped: Path | None = None) -> "Templates":
        """Every `<language>/<kind>.md` of a folder, compiled once; from `shipped` those of kinds that it has nowhere.

        So a desk with templates of its own goes on after an upgrade that brings a new kind of letter.
        Raises ConfigError, with file and line, for a template that could fail or leak when a letter must go out,
        and for a kind that the desk's language lacks (letters to agents may be there in English instead).
        """
        mails: dict[tuple[LetterKind, str], _Mail] = {}
        for path in sorted(directory.glob("*/*.md")):
            if path.stem not in tuple(LetterKind):
                raise ConfigError(f"{path}:1: {path.stem!r} is not a kind of letter; use {', '.join(LetterKind)}")
            kind = LetterKind(path.stem)
            mails[kind, path.parent.name.lower()] = _read(path, kind, zone)
        languages = tuple(sorted({mail.language for mail in mails.values()}))
        lacking = set(LetterKind) - {kind for kind, _ in mails}
        for path in sorted(shipped.glob("*/*.md")) if shipped is not None and mails else ():
            if path.stem in lacking:
                mails[LetterKind(path.stem), path.parent.name.lower()] = _read(path, LetterKind(path.stem), zone)
        for kind in LetterKind:
            fallbacks = (default_language,) if kind.to_customer else (default_language, "en")
            if not any((kind, tag) in mails for tag in _lookup(fallbacks)):
                path = directory / default_language / f"{kind}.md"
                raise ConfigError(f"{path}:1: is missing; the desk's language needs a template of every kind")
        return cls(languages, default_language, zone, mails)

    def render(
        self, kind: LetterKind, language: str, values: Mapping[str, Any], zone: tzinfo | None = None
    ) -> Rendered:
        """A letter's words in a language; else in its base language, the desk's, or English (RFC 4647 §3.4).

        Times are shown in `zone`; None takes the desk's.

        Raises ValueError when a value of the kind's table is not given; other values are ignored.
        """
        table = VALUES[kind]
        missing = sorted(table.keys() - values.keys())
        if missing:
            raise ValueError(f"a letter of kind {kind} lacks the values {', '.join(missing)}")
        tags = _lookup((language, self.default_language, "en"))
        mail = next(self._mails[kind, tag] for tag in tags if (kind, tag) in self._mails)
        return _render(mail, table, values, zone or self.zone)


def unmarked(language: str, subject: str, text: str) -> Rendered:
    """A letter with exactly these words, without a template and without markup."""
    return Rendered(language, subject, text, markup.page(language, subject, markup.token(0), [text.strip("\n")]))


def _lookup(languages: Iterable[str]) -> Iterator[str]:
    """Each tag and its ever shorter beginnings, in lower case: zh-hant-tw, zh-hant, zh."""
    for language in languages:
        subtags = language.lower().split("-")
        for length in range(len(subtags), 0, -1):
            yield "-".join(subtags[:length])


def _render(mail: _Mail, table: Mapping[str, Value], values: Mapping[str, Any], zone: tzinfo) -> Rendered:
    letter = _Letter(mail.language, zone)
    context = {name: markup.clean(values[name], row.lines) for name, row in table.items()} | {_LETTER: letter}
    subject = markup.one_line(markup.plain(mail.subject.render(context), letter.held))
    skeleton = _BLANK_LINES.sub("\n\n", mail.body.render(context)).strip("\n") + "\n"
    return Rendered(
        language=mail.language,
        subject=subject,
        text=markup.text(skeleton, letter.held),
        html=markup.page(mail.language, subject, skeleton, letter.held),
    )


class _Mistake(Exception):
    """What is wrong in a template, and in which of its lines."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _read(path: Path, kind: LetterKind, zone: ZoneInfo) -> _Mail:
    try:
        return _ready(path.read_text(encoding="utf-8-sig"), kind, path.parent.name, zone)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}:1: is not UTF-8; save it as UTF-8") from error
    except _Mistake as error:
        raise ConfigError(f"{path}:{error.line}: {error}") from error


# When configuration is read again, nearly all templates are as they were.
@lru_cache(maxsize=1024)
def _ready(source: str, kind: LetterKind, language: str, zone: ZoneInfo) -> _Mail:
    """A template, compiled and tried out."""
    front = _FRONT.match(source)
    if front is None:
        raise _Mistake(1, 'has no front matter; begin with "---", "subject: ...", "---"')
    subject = _SUBJECT.search(front[1])
    if subject is None:
        raise _Mistake(1, 'has no subject; write "subject: ..." between the "---" lines')
    # A line with only a tag is removed; the comment in its place keeps the line numbers of errors right.
    body = _TAG_LINE.sub(r"\1{#\n#}", source[front.end() :])
    start = source.count("\n", 0, front.end())
    subject_start = source.count("\n", 0, front.start(1) + subject.start())
    subject_template = _checked(subject[1], subject_start, VALUES[kind])
    body_template = _checked(body, start, VALUES[kind])
    if _is_misplaced(body):
        raise _Mistake(start + 1, "a value stands inside a link or another mark; put it into the text")
    mail = _Mail(language, subject_template, body_template, start, subject_start)
    _try_out(mail, kind, zone)
    return mail


def _checked(source: str, start: int, table: Mapping[str, Value]) -> Template:
    """The compiled template. Raises _Mistake for what Jinja2 would find only when a letter is made."""
    try:
        if markup.RESERVED.search(source):
            raise TemplateSyntaxError("uses a character of the last private-use plane", 1)
        tree = _JINJA.parse(source)
        # Only the compiler looks up filters and tests. It takes the tree: parsing is half of its work.
        code = _JINJA.compile(tree)
        _check_names(tree, table)
    except TemplateSyntaxError as error:
        raise _Mistake(start + error.lineno, error.message or "") from error
    return Template.from_code(_JINJA, code, _JINJA.make_globals(None))


def _check_names(tree: nodes.Template, table: Mapping[str, Value]) -> None:
    for node in tree.find_all(_TOO_MUCH):
        raise TemplateSyntaxError("a template may only name values, branch, loop and filter", node.lineno)
    names = {name.name for name in tree.find_all(nodes.Name)}
    # Jinja2 finds what is not declared by compiling once more: ask only where a name is not one of the values.
    unknown = set() if names <= table.keys() else meta.find_undeclared_variables(tree) - table.keys()
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            known = ", ".join(table)
            raise TemplateSyntaxError(f"{name.name!r} is not a value of this letter; use one of {known}", name.lineno)
    fields = {"loop": ("index", "first", "last", "length")} | {
        loop.target.name: table[loop.iter.name].fields
        for loop in tree.find_all(nodes.For)
        if isinstance(loop.target, nodes.Name) and isinstance(loop.iter, nodes.Name) and loop.iter.name in table
    }
    for part in tree.find_all(nodes.Getattr):
        owner = part.node.name if isinstance(part.node, nodes.Name) else ""
        if part.attr not in fields.get(owner, ()):
            raise TemplateSyntaxError(f"'{owner}.{part.attr}' is not a value of this letter", part.lineno)


def _is_misplaced(body: str) -> bool:
    """Whether Markdown would take a value for more than text. All branches are checked together."""
    skeleton, count, inside = "", 0, False
    for _, kind, source in _JINJA.lex(body):
        match kind:
            case "variable_begin":
                skeleton, count, inside = skeleton + markup.token(count), count + 1, True
            case "block_begin" | "comment_begin":
                inside = True
            case "variable_end" | "block_end" | "comment_end":
                inside = False
            case "data" if not inside:
                skeleton += source
    return markup.misplaced(skeleton, count)


def _try_out(mail: _Mail, kind: LetterKind, zone: ZoneInfo) -> None:
    """Renders a template with every set of samples, and checks what must and what must never be in it."""
    first = mail.start + 1
    for values in samples(kind):
        try:
            rendered = _render(mail, VALUES[kind], values, zone)
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise _Mistake(first, f"{error}; ask with `if` whether the value is there") from error
        marker = values.get("marker")
        if marker and (rendered.text.count(marker) != 1 or marker not in rendered.text[:200]):
            raise _Mistake(first, "needs {{ marker }} once, near its top; it keeps internal text internal")
        if kind.to_customer and values["tag"] and f"[{values['tag']}]" not in rendered.subject:
            raise _Mistake(mail.subject_start + 1, "the subject needs [{{ tag }}] in it")
        # D09, T24: an automatic letter must not repeat the words of an unproven sender.
        if kind.automatic and not values.get("verified", False):
            for name in ("subject", "recipient_name"):
                if values[name] and values[name] in rendered.subject + rendered.text:
                    raise _Mistake(first, f"shows {name} to anybody; ask `if verified` before it")
