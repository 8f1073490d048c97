"""What commands change beside a running daemon: left as durable requests, carried out by the one writer."""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from desk.errors import DeskError
from desk.requests import Request
from models.spool import Spool, spent
from models.store import Store
from ops import build
from ops.opening import AlreadyRunning, alone, open_ready_store, open_store
from ops.opening_vault import open_vault
from pipeline.recalculation import known_terms
from pipeline.requests import run_requests
from pipeline.settings import Settings, load

_PATIENCE_SECONDS = 10.0


def leave(config: Path, requests: Sequence[Request], now: datetime) -> list[tuple[bool, str]]:
    """Has requests carried out: by the daemon where one runs on SQLite, else here; gives (done, answer) of each."""
    waiting = "left for the daemon, which has not answered yet"
    return [answer or (True, f"{name}: {waiting}") for name, answer in _answers(config, requests, now).items()]


def have_done(config: Path, request: Request, now: datetime) -> None:
    """Has a request carried out, and returns only when that is on disk. Raises DeskError when it is not."""
    (answer,) = _answers(config, [request], now).values()
    done, said = answer or (False, "the daemon has not answered; look whether it runs, and try again")
    if not done:
        raise DeskError(said)


def _answers(config: Path, requests: Sequence[Request], now: datetime) -> dict[str, tuple[bool, str] | None]:
    """By the name of each request what came of it; None where the daemon has not answered within ten seconds."""
    settings = load(config)
    vault, key = open_vault(settings.store, create=True)
    spool = Spool(settings.store.data, vault)
    names = [spool.leave_request(request, now) for request in requests]
    try:
        with alone(settings.store), open_ready_store(settings.store) as store:
            rules, _ = store.run(known_terms, settings, now)
            run_requests(build.still_context(rules, store, vault, key))
            return {name: _answer(store, name) or (False, f"{name}: not carried out") for name in names}
    except AlreadyRunning:
        return _wait(settings, names)


def _answer(store: Store, name: str) -> tuple[bool, str] | None:
    return store.run(spent, name)


def _wait(settings: Settings, names: Sequence[str]) -> dict[str, tuple[bool, str] | None]:
    """The daemon's answers, as they come."""
    store = open_store(settings.store, writes=False)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    answers: dict[str, tuple[bool, str]] = {}
    while len(answers) < len(names) and time.monotonic() < deadline:
        for name in names:
            answer = None if name in answers else _answer(store, name)
            if answer is not None:
                answers[name] = answer
        time.sleep(0.1)
    store.close()
    return {name: answers.get(name) for name in names}
