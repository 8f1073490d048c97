"""content/calendars.toml on disk."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from desk.errors import ConfigError
from pipeline.calendar_files import load_calendars

ROOT = Path(__file__).parents[2]
FEED = b"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261224
SUMMARY:Eve
END:VEVENT
END:VCALENDAR
"""


def test_what_is_shipped_is_good_and_its_examples_too() -> None:
    assert list(load_calendars(ROOT / "content" / "calendars.toml")) == ["24/7", "shanghai", "berlin"]


def test_the_examples_in_its_comments_are_good_as_well(tmp_path: Path) -> None:
    text = (ROOT / "content" / "calendars.toml").read_text()
    _, _, examples = text.partition("# More that may stand in a calendar:\n")
    (tmp_path / "calendars.toml").write_text(re.sub(r"^# ?", "", examples, flags=re.MULTILINE))
    (tmp_path / "closed.ics").write_bytes(FEED)
    book = load_calendars(tmp_path / "calendars.toml")["asia-desk"].schedule
    assert book.day(date(2026, 12, 24)).name == "Eve"
    assert book.day(date(2026, 5, 25)).name == "Staff day"
    assert book(date(2026, 12, 26)) != ()


def test_the_example_of_the_manual_is_good(tmp_path: Path) -> None:
    manual = (ROOT / "docs" / "clock.md").read_text().partition("## Calendars")[2]
    example = re.findall(r"^```toml\n(.*?)^```$", manual, re.DOTALL | re.MULTILINE)[0]
    (tmp_path / "calendars.toml").write_text(example)
    (tmp_path / "closed.ics").write_bytes(FEED)
    calendar = load_calendars(tmp_path / "calendars.toml")["berlin"]
    assert list(calendar.schedule.overlaps()) == []
    assert calendar.schedule.day(date(2026, 4, 3)).name == "Good Friday"
    assert calendar.schedule(date(2027, 1, 5)) == ((8 * 3600, 17 * 3600),)


def test_without_a_file_there_is_24_7(tmp_path: Path) -> None:
    assert list(load_calendars(tmp_path / "calendars.toml")) == ["24/7"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[x", "is not valid TOML: "),
        ('[x]\nzone = "Moon"', "x: zone: 'Moon' is not an IANA time zone; write"),
        ('x = 5\n', "x: the calendar: is not a table"),
        ('["24/7"]\nzone = "UTC"', "24/7: is always there; give"),
        ('[x]\nzone = "UTC"\nical = "none.ics"', "x: ical: none.ics: .*none.ics cannot be read: No such file"),
        ('[x]\nzone = "UTC"\nical = "calendars.toml"', "x: ical: calendars.toml: is not an iCalendar file"),
        ('[x]\nzone = "UTC"\ncountry = "XX"', "x: country: the holidays package has no 'XX'"),
        ('[x]\nzone = "UTC"\n[[x.change]]\nfrom = 2027-01-01\ncountry = "XX"', "x: country: the holidays package has"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_with_file_calendar_and_key(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "calendars.toml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=rf"^{file}:? {message}") as raised:
        load_calendars(file)
    assert "\n" not in str(raised.value)


def test_the_heavy_libraries_are_imported_only_where_a_calendar_in_use_needs_them() -> None:
    program = (
        "import sys; from pathlib import Path; from pipeline import calendar_files; import ops.commands.check\n"
        "calendar_files.load_calendars(Path('content/calendars.toml'), used={'24/7'})\n"
        "print({'holidays', 'icalendar', 'dateutil'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
