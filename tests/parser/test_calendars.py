"""Invitations, cancellations and answers as text."""

import pytest

from parser.containers.invitations import as_text


def event(method: str, *lines: str) -> str:
    return "\r\n".join(
        ("BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", "SUMMARY:Call", *lines, "END:VEVENT", "END:VCALENDAR")
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (event("REQUEST", "DTSTART:20260304T093000Z"), "Call\n2026-03-04 09:30 UTC"),
        (event("REQUEST", "DTSTART;VALUE=DATE:20260304"), "Call\n2026-03-04"),
        (event("REQUEST", 'DTSTART;TZID="China Standard Time":20260304T093000',
               "DTEND;TZID=Asia/Tokyo:20260304T113000"),
         "Call\n2026-03-04 09:30 (China Standard Time) – 2026-03-04 11:30 (Asia/Tokyo)"),
        (event("REQUEST", "DTSTART;VALUE=DATE-TIME;TZID=Asia/Shanghai:20260304T093000",
               "DTEND;TZID=Asia/Shanghai:20260304T113000", "LOCATION:Room 1"),
         "Call\n2026-03-04 09:30 – 2026-03-04 11:30 (Asia/Shanghai)\nRoom 1"),
        (event("REQUEST", "DTSTART:20260304T093000"), "Call\n2026-03-04 09:30"),
        (event("CANCEL"), "[Cancelled]\nCall"),
        (event("PUBLISH", "STATUS:CANCELLED"), "[Cancelled]\nCall"),
        (event("COUNTER"), "[Another time proposed]\nCall"),
        (event("REPLY", "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:ana@example.org"), "[Accepted by ana@example.org]\nCall"),
        (event("REPLY", 'ATTENDEE;PARTSTAT="TENTATIVE";CN=Ana:mailto:ana@example.org'),
         "[Tentatively accepted by ana@example.org]\nCall"),
        (event("REPLY", "ATTENDEE:mailto:ana@example.org"), "[Answered by ana@example.org]\nCall"),
        (event("REPLY"), "[Answered]\nCall"),
        (event("REQUEST", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ana@example.org"), "Call"),
        ("BEGIN:VCALENDAR\nMETHOD:CANCEL\nEND:VCALENDAR", ""),
    ],
)  # fmt: skip
def test_what_became_of_an_event_and_when_it_is_stands_in_its_text(source: str, text: str) -> None:
    assert as_text(source) == text
