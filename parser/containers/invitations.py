"""An invitation as text (RFC 5545, RFC 5546), for mails that say nothing else.

METHOD:CANCEL ... SUMMARY:Call ... DTSTART;TZID=Asia/Shanghai:20261121T100000

    [Cancelled]
    Call
    2026-11-21 10:00 – 2026-11-21 11:00 (Asia/Shanghai)
"""

import re

_FOLD = re.compile(r"\n[ \t]")
_PROPERTY = re.compile(r"([A-Z-]{2,40})((?:;[^:\"]{0,300}(?:\"[^\"]{0,300}\"[^:\"]{0,300}){0,20})?):(.*)")
_ZONE = re.compile(r";TZID=\"?([^\";:]{1,100})", re.I)
_STATE = re.compile(r";PARTSTAT=\"?([A-Z-]{1,40})", re.I)
_SHOWN = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "COMMENT", "DESCRIPTION", "STATUS", "ATTENDEE")
_ESCAPE = re.compile(r"\\([\\;,nN])")
_INSTANT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_MAX_LINES = 5_000
_METHODS = {"CANCEL": "Cancelled", "COUNTER": "Another time proposed", "DECLINECOUNTER": "Other time declined"}
_ANSWERS = {
    "ACCEPTED": "Accepted",
    "DECLINED": "Declined",
    "TENTATIVE": "Tentatively accepted",
    "DELEGATED": "Delegated",
}


def as_text(source: str) -> str:
    """The first event as lines: its state, summary, times, place, comment and description.

    "" where there is none. Times are as written, with their zone.
    """
    found: dict[str, tuple[str, str]] = {}
    method = ""
    inside = False
    for line in _FOLD.sub("", source.replace("\r\n", "\n")).split("\n")[:_MAX_LINES]:
        if line.strip().upper() in ("BEGIN:VEVENT", "BEGIN:VTODO"):
            inside = True
        elif line.strip().upper() in ("END:VEVENT", "END:VTODO", "BEGIN:VALARM") and inside:
            break
        elif inside and (match := _PROPERTY.match(line[:20_000])) and match[1] in _SHOWN:
            found.setdefault(match[1], (match[2], _unescaped(match[3])))
        elif not inside and line[:7].upper() == "METHOD:":
            method = line[7:].strip().upper()
    if not found:
        return ""
    said = {name: value.strip() for name, (_, value) in found.items()}
    lines = (
        _state("CANCEL" if said.get("STATUS") == "CANCELLED" else method, *found.get("ATTENDEE", ("", ""))),
        said.get("SUMMARY", ""),
        _when(found),
        said.get("LOCATION", ""),
        said.get("COMMENT", ""),
        "\n" + said["DESCRIPTION"] if said.get("DESCRIPTION") else "",
    )
    return "\n".join(line for line in lines if line)


def _state(method: str, parameters: str, attendee: str) -> str:
    """`[Cancelled]`, or an answer: `[Declined by ana@example.org]`; "" for an invitation."""
    if method != "REPLY":
        return f"[{_METHODS[method]}]" if method in _METHODS else ""
    state = _STATE.search(parameters)
    who = re.sub(r"(?i)^mailto:", "", attendee.strip())[:254]
    answer = _ANSWERS.get(state[1].upper(), "Answered") if state else "Answered"
    return f"[{answer} by {who}]" if who else f"[{answer}]"


def _when(found: dict[str, tuple[str, str]]) -> str:
    """Start and end with their zone, which is written once if both have the same."""
    given = [found[name] for name in ("DTSTART", "DTEND") if name in found]
    times = [(_time(value), _zone(parameters)) for parameters, value in given]
    if len({zone for _, zone in times}) == 1 and times[0][1]:
        return " – ".join(time for time, _ in times) + f" ({times[0][1]})"
    return " – ".join(f"{time} ({zone})" if zone else time for time, zone in times)


def _zone(parameters: str) -> str:
    zone = _ZONE.search(parameters)
    return zone[1].strip() if zone else ""


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda escape: {"n": "\n", "N": "\n"}.get(escape[1], escape[1]), value)


def _time(value: str) -> str:
    """`20260304T093000Z` as `2026-03-04 09:30 UTC`."""
    match = _INSTANT.match(value)
    if match is None:
        return value.strip()
    day = f"{match[1]}-{match[2]}-{match[3]}"
    return f"{day} {match[4]}:{match[5]}{' UTC' if match[6] else ''}" if match[4] else day
