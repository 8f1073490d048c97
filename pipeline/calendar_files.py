"""content/calendars.toml and the iCalendar files beside it, read and checked."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from desk.calendar.content import read_desk_calendar
from desk.calendar.schedule import DeskCalendar, around_the_clock
from desk.errors import ConfigError

# Ten thousand events are about three of them.
_LARGEST = 8_000_000
NAME = "calendars.toml"


def load_calendars(path: Path, used: Collection[str] | None = None) -> Mapping[str, DeskCalendar]:
    """The calendars by name, "24/7" first; only that one where there is no such file.

    Everything is checked, but countries are looked up only for the calendars in `used` (None: for all): the `holidays`
    package takes a tenth of a second to import.
    Raises ConfigError naming the file, the calendar, the key and the remedy.
    """
    found = {"24/7": around_the_clock()}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return found
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    for name, table in data.items():
        if name in found:
            raise ConfigError(f"{path}: {name}: is always there; give this calendar another name")
        try:
            calendar = read_desk_calendar(name, table, lambda file: _read(path.parent / file))
            if used is None or name in used:
                for edition in calendar.schedule.editions:
                    if edition.country is not None:
                        edition.country.verify()
        except ValueError as error:
            raise ConfigError(f"{path}: {name}: {error}") from None
        found[name] = calendar
    return found


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError(f"is larger than {_LARGEST // 1_000_000} MB; keep what closes the desk and drop the rest")
        return file.read_bytes()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
