"""Instants, spans, numbers and lists as people read them, in the language of the letter (CLDR, by Babel).

An instant names its weekday and month in words, so that nobody reads it as another day, and its hours run from 0 to 23.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

# "en" alone is American to CLDR; our readers are everywhere, and read "20 November 2026".
_WORLD_ENGLISH = "en-001"
# What stands between a date and a time of day in prose. CLDR has it ("atTime"), Babel 2.19 leaves it out.
_AT = {"fr": "{1} 'à' {0}", "pt": "{1} 'às' {0}"}


@cache
def _locale(language: str) -> Locale:
    """The locale of a tag, or of its longest beginning that CLDR knows (RFC 4647 §3.4); else English."""
    subtags = language.split("-")
    for length in range(len(subtags), 0, -1):
        tag = "-".join(subtags[:length])
        try:
            return Locale.parse(_WORLD_ENGLISH if tag.lower() == "en" else tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(_WORLD_ENGLISH, sep="-")


def instant(at: datetime, zone: tzinfo, language: str) -> str:
    """An aware instant as local time with the zone: "Friday, 20 November 2026, 17:30 (Shanghai, UTC+8)".

    A fixed offset has no place to name: "Friday, 20 November 2026, 17:30 (UTC+8)".
    """
    local, locale = at.astimezone(zone), _locale(language)
    glue = _AT.get(locale.language) or str(locale.datetime_formats["full"])
    pattern = glue.replace("{1}", locale.date_formats["full"].pattern)
    pattern = pattern.replace("{0}", locale.datetime_skeletons["Hm"].pattern)
    return f"{format_datetime(local, pattern, locale=locale)} ({_zone(local, zone, locale)})"


def _zone(local: datetime, zone: tzinfo, locale: Locale) -> str:
    """The city of the zone and its offset then: names such as CST mean several zones.

    The offset is from UTC, where CLDR says GMT in most languages: in London that is another clock half of the year.
    """
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    named = isinstance(zone, ZoneInfo) and "/" in zone.key and not zone.key.startswith("Etc/")
    city = get_timezone_location(zone, locale=locale, return_city=True) if named else ""
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "-"
    offset = "UTC" + (f"{sign}{hours}" if minutes else "") + (f":{rest:02}" if rest else "")
    return f"{city}, {offset}" if city else offset


def span(length: timedelta, language: str) -> str:
    """Open time to the minute: "30 hrs 10 mins", "2小时 30分钟"; a shorter span is "< 1 min".

    Never in days: 24 hours of open time are three days to somebody who works eight hours in each.
    """
    locale = _locale(language)
    hours, minutes = divmod(max(0, int(length.total_seconds()) // 60), 60)
    # Joined by spaces: Babel 2.19 cannot make a list of units in Spanish, and repeats one in Arabic.
    parts = [
        format_unit(count, unit, "short", locale=locale)
        for count, unit in ((hours, "duration-hour"), (minutes, "duration-minute"))
        if count
    ]
    return " ".join(parts) or "< " + format_unit(1, "duration-minute", "short", locale=locale)


def size(count: int, language: str) -> str:
    """A number of bytes: "35 MB", "1.2 MB", "640 kB", "12 bytes"; "1,2 Mo" in French (decimal units, IEC 80000-13)."""
    locale = _locale(language)
    if count < 1000:
        return format_unit(count, "digital-byte", "long", locale=locale)
    for factor, unit in ((10**9, "digital-gigabyte"), (10**6, "digital-megabyte")):
        if count >= factor * 0.9995:
            return format_unit(count / factor, unit, "short", format="#,##0.#", locale=locale)
    return format_unit(count / 1000, "digital-kilobyte", "short", format="#,##0", locale=locale)


def number(count: int, language: str) -> str:
    """A count: "1,200"; "1.200" in German."""
    return format_decimal(count, locale=_locale(language))


def percent(value: float, language: str) -> str:
    """Hundredths: "95%", "99.5%"; "99,5 %" in French."""
    return format_percent(Decimal(str(value)) / 100, locale=_locale(language), decimal_quantization=False)


def listed(texts: Sequence[str], language: str) -> str:
    """Texts with the language's commas and its "and": "a, b and c", "a、b 和 c"."""
    pattern = format_list(["\0"] * len(texts), locale=_locale(language))
    # Chinese and Arabic would glue the "and" to an address, and mail clients make a link of both together.
    pattern = re.sub(r"\0(?=\w)", "\0 ", re.sub(r"(?<=\w)\0", " \0", pattern))
    left = iter(texts)
    return re.sub("\0", lambda _: next(left), pattern)
