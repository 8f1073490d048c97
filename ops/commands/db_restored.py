"""`postdesk db restored`: tells Postdesk that its database was put back from a backup.

Mail that had come by then is read once more. Which letters it has caused since the backup nobody can know, so it causes
no second acknowledgement and no second answer.
"""

import sys

import typer

from models import meta
from ops.opening import AlreadyRunning, alone, open_ready_store, utc_now
from ops.options import CONFIG, EX_HELD, Config, new_command
from pipeline.settings import load

cli = new_command()


@cli.command()
def restored(config: Config = CONFIG) -> None:
    settings, now = load(config).store, utc_now()
    try:
        with alone(settings), open_ready_store(settings) as store:
            store.run(meta.put, meta.RESTORED, now.isoformat())
    except AlreadyRunning as error:
        print(f"postdesk: {error}; stop it first", file=sys.stderr)
        raise typer.Exit(EX_HELD) from None
    print(f"mail that was received before {now:%Y-%m-%d %H:%M} UTC is taken in without sending anything twice")
