"""An invitation as text (RFC 5545), for mails that say nothing else."""

import re

_FOLD = re.compile(r"\n[ \t]")
_PROPERTY = re.compile(r"([A-Z-]{2,40})(?:;[^:\"]{0,300}(?:\"[^\"]{0,300}\"[^:\"]{0,300}){0,20})?:(.*)")
_SHOWN = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "DESCRIPTION")
_ESCAPE = re.compile(r"\\([\\;,nN])")
_INSTANT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_MAX_LINES = 5_000


def as_text(source: str) -> str:
    """The first event: its summary, times, place and description, a line each; "" where there is none."""
    found: dict[str, str] = {}
    inside = False
    for line in _FOLD.sub("", source.replace("\r\n", "\n")).split("\n")[:_MAX_LINES]:
        if line.strip().upper() in ("BEGIN:VEVENT", "BEGIN:VTODO"):
            inside = True
        elif line.strip().upper() in ("END:VEVENT", "END:VTODO", "BEGIN:VALARM") and inside:
            break
        elif inside and (match := _PROPERTY.match(line[:20_000])) and match[1] in _SHOWN:
            found.setdefault(
                match[1], _ESCAPE.sub(lambda escape: {"n": "\n", "N": "\n"}.get(escape[1], escape[1]), match[2])
            )
    for name in ("DTSTART", "DTEND"):
        if name in found:
            found[name] = _time(found[name])
    when = " – ".join(found[name] for name in ("DTSTART", "DTEND") if found.get(name))
    return "\n".join(
        part.strip()
        for part in (found.get("SUMMARY", ""), when, found.get("LOCATION", ""), "\n" + found.get("DESCRIPTION", ""))
        if part.strip()
    )


def _time(value: str) -> str:
    """`20260304T093000Z` as `2026-03-04 09:30 UTC`."""
    match = _INSTANT.match(value)
    if match is None:
        return value
    day = f"{match[1]}-{match[2]}-{match[3]}"
    return f"{day} {match[4]}:{match[5]}{' UTC' if match[6] else ''}" if match[4] else day
