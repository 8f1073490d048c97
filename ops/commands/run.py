"""`postdesk run`: the daemon, in this process."""

import sys
from typing import Annotated

import typer

from ops import build, logs
from ops.opening import AlreadyRunning
from ops.options import CONFIG, EX_FAILED, EX_HELD, EX_OK, Config, new_command
from pipeline.settings import load

cli = new_command()


@cli.command()
def run(
    config: Config = CONFIG,
    once: Annotated[bool, typer.Option("--once", help="Empty what is waiting and exit (for cron).")] = False,
) -> None:
    settings = load(config)
    logs.set_up(settings.log.format, settings.log.level)
    try:
        if once:
            problems = build.run_once(settings)
            for problem in problems:
                print(problem, file=sys.stderr)
            raise typer.Exit(EX_FAILED if problems else EX_OK)
        build.run(settings, ready=lambda: build.notify("READY=1"))
    except AlreadyRunning as error:
        print(f"postdesk: {error}; stop it first, or give this one a data folder of its own", file=sys.stderr)
        raise typer.Exit(EX_HELD) from None
