"""Instants, spans and sizes as people read them, in the language of the letter.

Day-first numbers with the day of the week, or the order of East Asia: no spelling here can be read
as another day. A language without a row is written as in ISO 8601.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

Row = TypeVar("Row")

_PATTERNS = {
    "en": "{weekday} {day} {month} {year}, {hour:02}:{minute:02}",
    "zh": "{year}年{number}月{day}日（{weekday}）{hour:02}:{minute:02}",
    "ja": "{year}年{number}月{day}日（{weekday}）{hour:02}:{minute:02}",
    "ko": "{year}년 {number}월 {day}일 ({weekday}) {hour:02}:{minute:02}",
    "es": "{weekday} {day:02}/{number:02}/{year}, {hour:02}:{minute:02}",
    "pt": "{weekday} {day:02}/{number:02}/{year}, {hour:02}:{minute:02}",
    "fr": "{weekday} {day:02}/{number:02}/{year} à {hour:02}:{minute:02}",
    "de": "{weekday} {day:02}.{number:02}.{year}, {hour:02}:{minute:02}",
    "ru": "{weekday} {day:02}.{number:02}.{year}, {hour:02}:{minute:02}",
    "vi": "{hour:02}:{minute:02} {weekday} {day:02}/{number:02}/{year}",
    "tr": "{day:02}.{number:02}.{year} {weekday} {hour:02}:{minute:02}",
    "id": "{weekday} {day:02}/{number:02}/{year} {hour:02}:{minute:02}",
    "ar": "{weekday} {day:02}/{number:02}/{year}، {hour:02}:{minute:02}",
    "": "{year}-{number:02}-{day:02} {hour:02}:{minute:02}",
}

# Monday first.
_WEEKDAYS = {
    "en": "Mon Tue Wed Thu Fri Sat Sun",
    "zh": "周一 周二 周三 周四 周五 周六 周日",
    "zh-hant": "週一 週二 週三 週四 週五 週六 週日",
    "ja": "月 火 水 木 金 土 日",
    "ko": "월 화 수 목 금 토 일",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "de": "Mo. Di. Mi. Do. Fr. Sa. So.",
    "ru": "пн вт ср чт пт сб вс",
    "vi": "Thứ_Hai Thứ_Ba Thứ_Tư Thứ_Năm Thứ_Sáu Thứ_Bảy Chủ_Nhật",
    "tr": "Pazartesi Salı Çarşamba Perşembe Cuma Cumartesi Pazar",
    "id": "Senin Selasa Rabu Kamis Jumat Sabtu Minggu",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    "": "Mon Tue Wed Thu Fri Sat Sun",
}

# Days, hours, minutes; the SI and neighbouring symbols are read everywhere else.
_UNITS = {"zh": (" 小时", " 分钟"), "zh-hant": (" 小時", " 分鐘"), "ja": ("時間", "分")}
_SYMBOLS = (" h", " min")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def instant(at: datetime, zone: tzinfo, language: str) -> str:
    """An aware instant as local time with the zone: "Fri 20 Nov 2026, 17:30 (Asia/Shanghai, UTC+8)".

    A fixed offset has no place to name: "Fri 20 Nov 2026, 17:30 (UTC+8)".
    """
    local = at.astimezone(zone)
    pattern, weekdays = _of(_PATTERNS, language), _of(_WEEKDAYS, language).split()
    written = pattern.format(
        year=local.year,
        number=local.month,
        month=_MONTHS[local.month - 1],
        day=local.day,
        weekday=weekdays[local.weekday()].replace("_", " "),
        hour=local.hour,
        minute=local.minute,
    )
    return f"{written} ({_zone(local, zone)})"


def _zone(local: datetime, zone: tzinfo) -> str:
    """The place and its offset then: names such as CST mean several zones."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    place = zone.key if isinstance(zone, ZoneInfo) and not zone.key.startswith("Etc/") else ""
    if not minutes:
        return f"{place}, UTC" if place not in ("", "UTC") else "UTC"
    hours, rest = divmod(abs(minutes), 60)
    offset = f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")
    return f"{place}, {offset}" if place else offset


def span(length: timedelta, language: str) -> str:
    """Open time to the minute: "30 h 10 min", "2 小时 30 分钟"; a shorter span is "< 1 min".

    Never in days: 24 hours of open time are three days to him who works eight hours in each.
    """
    hours, minutes = divmod(max(0, int(length.total_seconds()) // 60), 60)
    units = _of(_UNITS | {"": _SYMBOLS}, language)
    parts = [f"{count}{unit}" for count, unit in zip((hours, minutes), units, strict=True) if count]
    return " ".join(parts) or f"< 1{units[1]}"


def size(count: int) -> str:
    """A number of bytes: "35 MB", "1.2 MB", "640 kB", "12 B" (decimal units, IEC 80000-13)."""
    if count < 1000:
        return f"{count} B"
    for factor, unit in ((1e9, "GB"), (1e6, "MB")):
        if count >= factor * 0.9995:
            return f"{count / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count / 1000:.0f} kB"


def _of(table: Mapping[str, Row], language: str) -> Row:
    """The row of a language: the whole tag, its base, or the neutral row."""
    tag = language.lower()
    return table.get(tag) or table.get(tag.partition("-")[0]) or table[""]
