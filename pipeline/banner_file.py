"""content/banners.toml: what mail servers put into mail from outside, and Postdesk cuts out of it again."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from parser.banners import pattern
from parser.mail import Banners
from pipeline.content_folder import shipped_content
from pipeline.toml_tables import read_table, read_toml

NAME = "banners.toml"


def _sentence(text: str) -> str:
    """Refuses a sentence that cannot be looked for, or that would match any text."""
    pattern(text)
    return text


Sentence = Annotated[str, AfterValidator(_sentence)]


class _File(BaseModel):
    """The whole of banners.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tags: tuple[Annotated[str, Field(min_length=2)], ...] = ()
    leads: tuple[Sentence, ...] = ()
    begins: tuple[Sentence, ...] = ()
    goes_on: tuple[Sentence, ...] = ()
    mentions: tuple[Sentence, ...] = ()


def load_banners(content: Path) -> Banners:
    """The banners of a content folder; the shipped ones where it has no such file. Raises ConfigError."""
    path = content / NAME
    path = path if path.exists() else shipped_content() / NAME
    return Banners(**read_table(path, "banners", _File, read_toml(path)).model_dump())
