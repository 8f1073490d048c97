"""`postdesk init`: a folder to start from."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from desk.errors import ConfigError
from ops.options import new_command
from pipeline.content_folder import shipped_config, shipped_content

_NEXT = """Wrote {config} and {content}.

Next:
  1. Edit {config}: your mailbox, your relay, your agents.
  2. Put the passwords into the environment variables or files that it names.
  3. postdesk check --config {config}
  4. postdesk run --config {config}

Mail that arrived before {since} is left alone; `since` in the file says so."""

cli = new_command()


@cli.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make or fill.")],
) -> None:
    print(write(folder, datetime.now(UTC)))


def write(folder: Path, now: datetime) -> str:
    """Writes config.toml and content/ into a folder; gives what to do next.

    Raises ConfigError rather than overwrite anything.
    """
    config, content = folder / "config.toml", folder / "content"
    for path in (config, content):
        if path.exists():
            raise ConfigError(f"{path} exists already: choose another folder, or move it away")
    since = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = shipped_config().read_text(encoding="utf-8")
    text = text.replace("# since = 2026-11-20T00:00:00Z", f"since = {since}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(shipped_content(), content, ignore=shutil.ignore_patterns("__pycache__"))
        config.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written to: {error.strerror}") from error
    return _NEXT.format(config=config, content=content, since=since)
