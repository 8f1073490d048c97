"""DKIM keys from DNS: TXT records (RFC 1035 §3.3.14), asked for in bounded time and kept for their TTL."""

import threading
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

# Two for a name, four for a mail: a sender whose servers do not answer must not delay the mail of others.
_SECONDS_FOR_A_NAME, _SECONDS_FOR_ALL = 2.0, 4.0
_NAMES = 5
_LONGEST_KEPT = 3600.0
_ABSENCE_KEPT = 60.0
_FAILURE_KEPT = 30.0
_REMEMBERED = 2_000


def place(nameserver: str) -> tuple[str, int]:
    """(address, port) of "127.0.0.1", "127.0.0.1:5353", "::1" or "[::1]:5353". Raises ValueError."""
    host, colon, port = nameserver.rpartition(":")
    if not colon or nameserver.endswith("]") or (":" in host and not host.startswith("[")):
        host, port = nameserver, "53"
    address = str(ip_address(host.strip("[]")))
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{port!r} is not a port; write an address such as 127.0.0.1 or 127.0.0.1:5353")
    return address, int(port)


class Resolver:
    """Any number of threads may use it. `nameserver` is an address and perhaps a port; "" takes the system's."""

    def __init__(self, nameserver: str = "") -> None:
        self._nameserver = nameserver
        self._lock = threading.Lock()
        self._asker: Any = None
        self._known: dict[str, tuple[float, str | None]] = {}
        """(kept until, the record, "" where there is none, None where nobody answered) by name."""

    def answers(self, names: Sequence[str]) -> dict[str, str]:
        """The TXT record of each of the first 5 names that were answered, "" where there is none. Never raises.

        Takes 4 s at most; what is not answered by then is left out, and so is what failed within the last 30 s.
        """
        deadline = time.monotonic() + _SECONDS_FOR_ALL
        found: dict[str, str] = {}
        for name in names[:_NAMES]:
            record = self._record(name, deadline)
            if record is not None:
                found[name] = record
        return found

    def _record(self, name: str, deadline: float) -> str | None:
        now = time.monotonic()
        with self._lock:
            until, record = self._known.get(name, (0.0, None))
        if now < until:
            return record
        if now >= deadline:
            return None
        patience = min(_SECONDS_FOR_A_NAME, deadline - now)
        record, seconds = self._ask(name, patience)
        if record is None and patience < _SECONDS_FOR_A_NAME:
            # Slow names of others must not make this name a failure for the next mails.
            return None
        with self._lock:
            self._known.pop(name, None)
            while len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[name] = (time.monotonic() + seconds, record)
        return record

    def _ask(self, name: str, seconds: float) -> tuple[str | None, float]:
        """(the record, how many seconds it may be kept)."""
        # Imported at first use: most desks never need it.
        import dns.exception
        import dns.resolver

        try:
            answer = self._system(dns.resolver).resolve(
                f"{name}.", "TXT", lifetime=seconds, search=False, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return "", _ABSENCE_KEPT
        except (dns.exception.DNSException, OSError, ValueError):
            return None, _FAILURE_KEPT
        if answer.rrset is None:
            return "", _ABSENCE_KEPT
        return _key_of([b"".join(one.strings) for one in answer.rrset]), min(
            float(answer.chaining_result.minimum_ttl), _LONGEST_KEPT
        )

    def _system(self, library: Any) -> Any:
        """Made at first use, and shared by all threads, which only read it."""
        with self._lock:
            if self._asker is None:
                asker = library.Resolver(configure=not self._nameserver)
                if self._nameserver:
                    address, asker.port = place(self._nameserver)
                    asker.nameservers = [address]
                self._asker = asker
            return self._asker


def _key_of(records: Sequence[bytes]) -> str:
    """The one key among the records of a name; several count as none (RFC 6376 §3.6.2.2)."""
    if len(records) > 1:
        records = [record for record in records if record.startswith(b"v=DKIM1")]
    return records[0].decode("ascii", "replace") if len(records) == 1 else ""
