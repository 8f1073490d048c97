"""What every process does first, and what commands left for it: `run` and `run --once` take the same steps."""

from pipeline import fetching, heartbeat, recalculation, requests
from pipeline.context import Context


def start(context: Context) -> None:
    """Shows that this worker lives, takes back what dead ones held, and goes by the settings."""
    heartbeat.heartbeat(context)
    if context.store.is_sqlite:
        heartbeat.recover_claims(context)
    recalculation.apply_settings(context, context.settings)


def take_requests(context: Context) -> bool:
    """Does what commands asked for, and enters the mails that they left; whether there was anything."""
    done = requests.run_requests(context)
    return bool(fetching.enter_spool(context) or done)
