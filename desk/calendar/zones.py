"""Time zones from the locked `tzdata` package, never from the machine: two workers must agree on every instant."""

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No zone has changed its offset twice within 6 days since 1970.
_STEP = 86_400
_DAYS_BEFORE_1970 = 719_162


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name.

    Raises ValueError with the remedy for a name that is none.
    """
    # Names come from files and from standard input: "../etc" must not leave the package.
    parts = name.split("/")
    if len(name) < 64 and all(part.replace("_", "a").replace("-", "a").replace("+", "a").isalnum() for part in parts):
        place = resources.files("tzdata").joinpath("zoneinfo", *parts)
        if place.is_file():
            with place.open("rb") as file:
                # Beside the zones lie tables, such as "leapseconds".
                if file.read(4) == b"TZif":
                    file.seek(0)
                    return ZoneInfo.from_file(file, key=name)
    raise ValueError(f"{name!r} is not an IANA time zone; write one such as Asia/Shanghai")


@lru_cache(maxsize=4096)
def offsets(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """The offsets in force in one year of UTC: (from this instant on, offset), in seconds, instants from 1970 on.

    The first entry is the start of the year; each further one is a change.
    """
    place = zone(name)

    def offset(instant: int) -> int:
        # From UTC to the wall clock is one way only; from the wall clock to UTC it is not (PEP 495).
        return int(((_EPOCH + timedelta(seconds=instant)).astimezone(place).utcoffset() or timedelta()).total_seconds())

    first, last = start_of(year), start_of(year + 1)
    found = [(first, offset(first))]
    for low in range(first, last, _STEP):
        high = min(low + _STEP, last - 1)
        if offset(high) == found[-1][1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
        found.append((high, offset(high)))
    return tuple(found)


def start_of(year: int) -> int:
    """The first instant of a year of UTC, in seconds from 1970 on; also of the years 1 and 10000."""
    past = year - 1
    return (past * 365 + past // 4 - past // 100 + past // 400 - _DAYS_BEFORE_1970) * 86_400
