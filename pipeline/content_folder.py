"""`[content]` of config.toml: where templates, categories, tiers and calendars are."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipeline.toml_tables import read_table, read_toml


class ContentSettings(BaseModel):
    """`[content]`: where templates, categories, tiers and calendars are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path | None = None
    """None takes `content` beside config.toml, else what Postdesk ships."""
    tiers: Path | None = None
    """None takes `tiers.csv` of that folder, if there is one."""


def shipped_content() -> Path:
    """The content that comes with Postdesk, in a checkout and in an installed wheel alike."""
    return Path(__file__).parents[1] / "content"


def shipped_config() -> Path:
    return Path(__file__).parents[1] / "config.toml"


def content_of(file: Path) -> Path:
    """The content folder that a config.toml names, with nothing else of it checked. Raises ConfigError."""
    return content_folder(
        read_table(file, "content", ContentSettings, read_toml(file).get("content", {})), file.resolve().parent
    )


def content_folder(table: ContentSettings, base: Path) -> Path:
    """The folder that a table chooses; `base` is the folder of config.toml."""
    if table.path is not None:
        return base / table.path
    beside = base / "content"
    return beside if beside.is_dir() else shipped_content()
