"""iCalendar files as times in which a desk is closed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.calendar import schedule
from desk.calendar.business_hours import Window, Windows
from desk.calendar.closures import read_closures
from desk.calendar.content import read_desk_calendar

HEAD, TAIL = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n", "END:VCALENDAR\n"


def feed(*events: str) -> bytes:
    blocks = [f"BEGIN:VEVENT\nUID:{n}\nDTSTAMP:20260101T000000Z\n{one}\nEND:VEVENT\n" for n, one in enumerate(events)]
    return (HEAD + "".join(blocks) + TAIL).replace("\n", "\r\n").encode()


def within(content: bytes, year: int, zone: str = "Europe/Berlin") -> list[str]:
    return [f"{one.start:%m-%dT%H:%M}/{one.end:%m-%dT%H:%M}" for one in read_closures(content).within(year, zone)]


@pytest.mark.parametrize(
    ("event", "year", "found"),
    [
        # All-day events: DTEND is not included; without one it is a day.
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227", 2026, ["12-24T00:00/12-27T00:00"]),
        ("DTSTART;VALUE=DATE:20261224", 2026, ["12-24T00:00/12-25T00:00"]),
        ("DTSTART;VALUE=DATE:20261224", 2027, []),
        ("DTSTART;VALUE=DATE:20261230\nDURATION:P4D", 2027, ["12-30T00:00/01-03T00:00"]),
        # Holiday feeds mark their days as free time.
        ("DTSTART;VALUE=DATE:20261224\nTRANSP:TRANSPARENT", 2026, ["12-24T00:00/12-25T00:00"]),
        ("DTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED", 2026, []),
        # Every year, until, but not, and also.
        ("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY", 2026, ["10-03T00:00/10-04T00:00"]),
        ("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY;UNTIL=20261003", 2026, ["10-03T00:00/10-04T00:00"]),
        ("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY;UNTIL=20261003", 2027, []),
        ("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY;COUNT=3", 2023, []),
        ("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20261003", 2026, []),
        ("DTSTART;VALUE=DATE:20201003\nRDATE;VALUE=DATE:20260505,20260506", 2026,
         ["05-05T00:00/05-06T00:00", "05-06T00:00/05-07T00:00"]),
        ("DTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", 2026, ["05-25T00:00/05-26T00:00"]),
        # Timed events: in UTC, in a zone of their own, by a name that Outlook writes, floating.
        ("DTSTART:20261224T120000Z\nDTEND:20261224T140000Z", 2026, ["12-24T13:00/12-24T15:00"]),
        ("DTSTART;TZID=Asia/Shanghai:20261224T200000\nDURATION:PT2H", 2026, ["12-24T13:00/12-24T15:00"]),
        ("DTSTART;TZID=W. Europe Standard Time:20261224T130000\nDURATION:PT2H", 2026, ["12-24T13:00/12-24T15:00"]),
        ("DTSTART:20261224T130000\nDURATION:PT2H", 2026, ["12-24T13:00/12-24T15:00"]),
        # A recurring one keeps its own wall clock over the change of summer time.
        ("DTSTART;TZID=Europe/Berlin:20260327T120000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260330T100000Z", 2026,
         [f"03-{day}T12:00/03-{day}T13:00" for day in (27, 28, 29, 30)]),
        ("DTSTART;TZID=Europe/Berlin:20260327T120000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260328T110000Z",
         2026, ["03-27T12:00/03-27T13:00"]),
        # No time at all closes nothing.
        ("DTSTART:20261224T130000", 2026, []),
    ],
)  # fmt: skip
def test_an_event_closes(event: str, year: int, found: list[str]) -> None:
    assert within(feed(event), year) == found


def test_a_moved_occurrence_replaces_its_own() -> None:
    content = feed("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY").replace(
        TAIL.replace("\n", "\r\n").encode(),
        b"BEGIN:VEVENT\r\nUID:0\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;VALUE=DATE:20261003\r\n"
        b"DTSTART;VALUE=DATE:20261005\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    )
    assert within(content, 2026) == ["10-05T00:00/10-06T00:00"]
    assert within(content, 2027) == ["10-03T00:00/10-04T00:00"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        feed("DTSTART:yesterday"),
        feed("SUMMARY:No start"),
        feed("DTSTART:20261224T130000\nDTEND:20261224T120000"),
        feed("DTSTART:20261224T130000Z\nDTEND:20261224T140000"),
        feed("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=SECONDLY"),
        feed("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;INTERVAL=0"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"; (export it again|correct or remove it)$"):
        read_closures(content)


def test_a_timed_event_takes_its_hours_away_also_from_the_night_before() -> None:
    content = feed("DTSTART:20261224T010000\nDTEND:20261224T103000\nSUMMARY:Move")
    table = {
        "zone": "Europe/Berlin",
        "ical": "closed.ics",
        "hours": {"wed": [["22:00", "03:00"]], "thu": [["09:00", "12:00"], ["13:00", "18:00"]]},
    }
    book = read_desk_calendar("x", table, lambda _: content).schedule
    hour = 3600
    assert [tuple(one) for one in book(date(2026, 12, 23))] == [(22 * hour, 25 * hour)]
    assert [tuple(one) for one in book(date(2026, 12, 24))] == [(10.5 * hour, 12 * hour), (13 * hour, 18 * hour)]
    assert book.day(date(2026, 12, 24)).name == "Move"


TIME = st.integers(0, 1440)


@given(st.lists(st.tuples(st.integers(0, 1439), TIME), max_size=4), st.integers(-1500, 3000), st.integers(0, 3000))
def test_taking_hours_away_leaves_exactly_the_other_minutes(
    windows: list[tuple[int, int]], begin: int, length: int
) -> None:
    def minutes(of: Windows) -> set[int]:
        spans = ((one.start // 60, one.end // 60 + (1440 if one.end <= one.start else 0)) for one in of)
        return {minute for start, end in spans for minute in range(start, end)}

    written = tuple(Window(start * 60, end * 60) for start, end in windows)
    left = schedule._without(written, begin * 60, (begin + length) * 60)
    assert minutes(left) == minutes(written) - set(range(begin, begin + length))
