"""What is not well now, each in one line: with the disk, the daemon, and what waits."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from models.store import Holder, StoreSettings

Json = dict[str, Any]

_LITTLE_ROOM = 1 << 20
# For whom `run --once` works every few minutes, no daemon is missing between.
_NOBODY_AFTER = timedelta(minutes=15)
# (group, state, the oldest may be so many seconds old, what it means): docs/operate.md names the same.
_WAITING = (
    ("inbox", "stored", 60, "mail is stored but not processed"),
    ("letters", "queued", 900, "letters wait to be sent"),
)
_NOT_FILED = 600


def problem(what: str, reason: str, since: str | None = None) -> Json:
    """One line of `postdesk status`. `since` is an instant as JSON has it; None where nobody has noted it."""
    return {"what": what, "since_at": since, "reason": reason}


def of_the_disk(settings: StoreSettings) -> Iterator[Json]:
    """Whether the disk under the data folder takes what is written; looked at without writing, as anybody may ask."""
    try:
        disk = os.statvfs(settings.data)
    except OSError as error:
        yield problem("disk", f"{settings.data}: {error.strerror}")
        return
    if disk.f_flag & os.ST_RDONLY:
        yield problem("disk", f"{settings.data} may only be read from: mount it for writing")
    elif disk.f_bavail * disk.f_frsize < _LITTLE_ROOM:
        yield problem("disk", f"{settings.data} is on a disk that is full: make room")


def of_the_daemon(settings: StoreSettings, found: Mapping[str, Any], now: datetime) -> Iterator[Json]:
    """Whether a worker lives, and what the living ones say of themselves."""
    living = {row["holder"]: row for row in found["leases"] if row["name"] == f"worker {row['holder']}"}
    if settings.url(os.environ).startswith("sqlite"):
        alive = set(living) if Holder(settings.data / "postdesk.lock").held() else set[str]()
    else:
        alive = {name for name, row in living.items() if _instant(row["until_at"]) > now}
    yield from _missing(found, alive, now)
    for worker in found["workers"]:
        if worker["worker"] in alive:
            for one in worker["outages"]:
                yield problem(one["part"], one["reason"], one["since_at"])


def _missing(found: Mapping[str, Any], alive: set[str], now: datetime) -> Iterator[Json]:
    """Workers that died, mailboxes that nobody watches, and a desk for which nobody works at all."""
    for row in found["leases"]:
        if row["holder"] in alive and _instant(row["until_at"]) < now:
            yield problem("lease", f"{row['name']} is not renewed by {row['holder']}", row["until_at"])
    if alive:
        return
    last = found["last_sign_at"]
    died = any(row["name"] == f"worker {row['holder']}" for row in found["leases"])
    if last is None or died or now - _instant(last) > _NOBODY_AFTER:
        yield problem("daemon", "no daemon is running: start it, and see its log", last)


def of_the_queues(found: Mapping[str, Any]) -> Iterator[Json]:
    """What waits longer than it should, and what waits for a person."""
    for group, state, seconds, meaning in _WAITING:
        row = found[group].get(state)
        if row and (row["oldest_seconds"] or 0) > seconds:
            yield problem(group, f"{row['count']} {state}: {meaning}", row["oldest_at"])
    unfiled = found["unfiled"]
    if (unfiled["oldest_seconds"] or 0) > _NOT_FILED:
        yield problem("archive", f"{unfiled['count']} mails could not be archived", unfiled["oldest_at"])
    parked = found["inbox"].get("parked")
    if parked:
        yield problem("inbox", f"{parked['count']} parked: see `postdesk parked`", parked["oldest_at"])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
