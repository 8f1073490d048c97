"""The `postdesk` command: what commands there are, and what becomes of their errors.

The module of a command is named by its words: `postdesk sla due` is `ops/commands/sla_due.py`. It is imported when the
command is called, and no other is. So a command imports at its top whatever it needs, and keeps nobody else waiting;
this module, and what it imports, must stay light.

Exit codes: 0 good, 1 failed, 2 usage or configuration, 3 another daemon holds the data folder (`run`),
and those of sysexits for `ingest`: 0 once the mail is durable, 75 when it cannot be made so.
"""

import gc
import sys
from importlib import import_module
from typing import Any, cast

import typer.main
from typer.core import TyperCommand, TyperGroup

from desk.errors import ConfigError, DeskError
from ops.options import EX_FAILED, EX_USAGE

ABOUT = "A help desk that lives in the mailbox. Start with `postdesk demo`, then `postdesk init DIR`."
COMMANDS = {
    "init": "Write a config.toml and a content folder to start from.",
    "check": "Check everything a run needs. Configuration, IMAP, SMTP, folders, templates, database, key.",
    "run": "Run the daemon until SIGTERM. SIGHUP rereads configuration and content.",
    "demo": "Watch the whole thing work, on a mail server of its own.",
    "ingest": "Hand one mail over, as a mail server's pipe does. Exits 0 once it is durable, 75 when it cannot be.",
    "read": "Show what Postdesk makes of a mail.",
    "tickets": "List tickets, newest first.",
    "show": "Show one ticket whole. Every message, event, deadline and letter, and why each mail joined.",
    "status": "Say what is not well, and count what is in every state.",
    "replay": "Process parked or held mails again. Mend what stopped them first.",
    "letters": "Letters on their way out: list them, send again, release, drop.",
    "bounced": "Addresses that get nothing automatic, because a letter bounced. List them; `lift` ends it.",
    "parked": "Mails that wait for a person: list them, drop them. Some could not be read; others were held.",
}
"""What `--help` says of each command. Its first sentence stands in the list."""
GROUPS = {
    "calendar": (
        "When the desk is open.",
        {
            "list": "List the calendars, and what is open now.",
            "show": (
                "Draw one year of a calendar. Open days, half days, holidays, make-up workdays, hours, changes of the"
                " clock."
            ),
        },
    ),
    "sla": (
        "Deadlines: why they are what they are.",
        {
            "due": "Say when so much open time has passed. In UTC; null if 400 days pass without any.",
            "explain": (
                "Say why a ticket is due when it is. Its policy and why, what each promise spent, and a picture of its"
                " life."
            ),
            "rebuild": (
                "Prove the deadlines of open tickets from their events. Exits 1 where any differ, unless they are"
                " written."
            ),
        },
    ),
    "db": (
        "The database.",
        {
            "upgrade": "Bring the database to the schema of this program. Stop the daemon first, and back up.",
            "restored": (
                "Say that the database was restored from a backup. Mail that is read again then sends nothing twice."
            ),
        },
    ),
    "report": (
        "Reports on how service targets were met.",
        {
            "sla": (
                "Show how service targets were met. Attainment, percentiles, breaches with causes, load and waiting."
            )
        },
    ),
}
"""What `--help` says of each group of commands, and of each command in it."""


class _Command(TyperCommand):
    """A command whose module is imported when it is called."""

    def __init__(self, words: str, about: str) -> None:
        super().__init__(words.rpartition(" ")[2], help=about, rich_markup_mode=None)
        self._words = words

    def load(self) -> TyperCommand | TyperGroup:
        """The command itself, with its options; a group where it has commands of its own."""
        # Imports make objects and hardly any garbage: to look for it meanwhile takes an eighth of the time.
        gc.disable()
        module = import_module(f"ops.commands.{self._words.replace(' ', '_')}")
        gc.freeze()
        gc.enable()
        command = cast("TyperCommand | TyperGroup", typer.main.get_command(module.cli))
        command.help = self.help
        return command

    def make_context(self, *args: Any, **options: Any) -> Any:
        return self.load().make_context(*args, **options)


def _group(name: str, about: str, commands: list[TyperCommand | TyperGroup]) -> TyperGroup:
    return TyperGroup(name=name, help=about, commands=commands, no_args_is_help=True, rich_markup_mode=None)


cli = _group(
    "postdesk",
    ABOUT,
    [
        *(_Command(name, about) for name, about in COMMANDS.items()),
        *(
            _group(name, about, [_Command(f"{name} {word}", text) for word, text in below.items()])
            for name, (about, below) in GROUPS.items()
        ),
    ],
)


def main() -> None:
    """The entry point: what an operator should read is one line, not a traceback."""
    try:
        cli()
    except ConfigError as error:
        print(f"postdesk: {error}", file=sys.stderr)
        sys.exit(EX_USAGE)
    except DeskError as error:
        print(f"postdesk: {error}", file=sys.stderr)
        sys.exit(EX_FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EX_FAILED)


if __name__ == "__main__":
    main()
