"""`postdesk db upgrade`: the database, brought to the schema of this program."""

import sys

import typer

from ops.opening import AlreadyRunning, alone, open_store
from ops.options import CONFIG, EX_HELD, Config, new_command
from pipeline.settings import load

cli = new_command()


@cli.command()
def upgrade(config: Config = CONFIG) -> None:
    settings = load(config).store
    try:
        with alone(settings):
            settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            before, after = open_store(settings).upgrade()
    except AlreadyRunning as error:
        print(f"postdesk: {error}; stop it first", file=sys.stderr)
        raise typer.Exit(EX_HELD) from None
    print(f"the database is at schema {after}" if before == after else f"schema {before or 'none'} → {after}")
