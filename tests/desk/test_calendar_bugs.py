"""What went wrong in the clocks of other help desks, each as a test by the number of its report."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from desk.calendar.business_hours import Calendar
from desk.calendar.duration import WorkingDays, parse_target, share
from desk.calendar.tables import read_calendar
from tests.desk.reference import WEEK, zone

WORKWEEK = WEEK[:5]


def calendar(where: str = "Europe/Berlin", *, days: tuple[str, ...] = WORKWEEK, **rules: object) -> Calendar:
    windows = rules.pop("windows", [["09:00", "18:00"]])
    return read_calendar("test", {"zone": where, "hours": dict.fromkeys(days, windows), **rules})


def wall(text: str, where: str = "Europe/Berlin", *, fold: int = 0) -> datetime:
    """The instant, in UTC, at which the clock of a zone shows this."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(where), fold=fold).astimezone(UTC)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_zammad_390_48_hours_are_open_hours_and_holidays_are_named() -> None:
    """Twelve open hours a day, 48 wanted, asked at 23:00: four days, and six with two holidays in between."""
    week = {"days": WEEK, "windows": [["09:00", "21:00"]]}
    asked = wall("2016-11-09 23:00")
    assert calendar(**week).due_at(asked, hours(48)) == wall("2016-11-13 21:00")  # type: ignore[arg-type]
    closed = calendar(**week, holidays=["2016-11-11", "2016-11-13"])  # type: ignore[arg-type]
    assert closed.due_at(asked, hours(48)) == wall("2016-11-15 21:00")


def test_zammad_2157_due_never_falls_into_the_night() -> None:
    """An escalated entry went to 02:00 of the next day, midnight of UTC shown on the wall of summer time in Berlin."""
    desk = calendar()
    due = desk.due_at(wall("2018-07-30 17:30"), hours(1))
    assert due == wall("2018-07-31 09:30")
    assert desk.next_open(wall("2018-07-31 02:00")) == wall("2018-07-31 09:00")


@pytest.mark.parametrize("where", ["UTC", "Europe/Berlin", "Asia/Shanghai", "America/Sao_Paulo"])
def test_zammad_3180_around_the_clock_has_no_closed_minute_at_midnight(where: str) -> None:
    always = calendar(where, days=WEEK, windows=[["00:00", "24:00"]])
    start = datetime(2020, 9, 4, 12, 30, tzinfo=UTC)
    assert always.due_at(start, timedelta(days=200)) == start + timedelta(days=200)
    assert always.around_the_clock


def test_zammad_3180_what_ends_at_23_59_is_closed_for_that_minute() -> None:
    """The other side of it: we close exactly when it is written, for nobody must write 23:59 to say 24:00."""
    nearly = calendar("UTC", days=WEEK, windows=[["00:00", "23:59"]])
    start = datetime(2020, 9, 4, 23, 30, tzinfo=UTC)
    assert nearly.due_at(start, hours(1)) == start + timedelta(minutes=61)
    assert not nearly.around_the_clock


def test_glpi_15429_a_part_of_the_target_falls_due_after_the_start() -> None:
    """Escalations before the due time fired at creation, with any calendar but the one around the clock."""
    desk = calendar("Asia/Kolkata")
    start = wall("2023-08-21 10:00", "Asia/Kolkata")
    for part in (Fraction(1, 100), Fraction(1, 2), Fraction(3, 4), Fraction(99, 100)):
        warned = desk.due_at(start, share(hours(40), part))
        assert warned is not None
        assert start < warned < wall("2023-08-25 14:00", "Asia/Kolkata")
    assert desk.due_at(start, share(hours(40), Fraction(3, 4))) == wall("2023-08-24 13:00", "Asia/Kolkata")


@pytest.mark.parametrize(
    ("created", "due", "an_hour_before"),
    [("10:00", "2026-01-12 14:00", "2026-01-12 13:00"), ("17:00", "2026-01-13 11:00", "2026-01-13 10:00")],
)
def test_glpi_22678_before_due_is_on_the_hours_of_the_next_day(created: str, due: str, an_hour_before: str) -> None:
    """It was set to 00:00 where the target went on into the next segment."""
    desk = calendar(windows=[["08:00", "18:00"]])
    start = wall(f"2026-01-12 {created}")
    assert desk.due_at(start, hours(4)) == wall(due)
    assert desk.due_at(start, share(hours(4), Fraction(3, 4))) == wall(an_hour_before)


def test_erpnext_38745_an_instant_without_a_zone_is_refused() -> None:
    """It was taken for one of another zone, and the target had failed at creation."""
    desk = calendar()
    naive = datetime(2023, 12, 14, 10)  # noqa: DTZ001
    for ask in (
        lambda: desk.due_at(naive, hours(1)),
        lambda: desk.due_with_pauses(naive, hours(1), []),
        lambda: desk.next_open(naive),
        lambda: desk.spent(naive, datetime(2023, 12, 14, 12, tzinfo=UTC)),
        lambda: desk.spent(naive, naive + hours(1)),
        lambda: desk.working_days(naive, naive + hours(1)),
    ):
        with pytest.raises(TypeError):
            ask()


def test_erpnext_38745_one_instant_is_one_due_in_whatever_zone_it_is_told() -> None:
    start = datetime(2023, 12, 14, 10, tzinfo=UTC)
    dues = {
        calendar().due_at(start.astimezone(ZoneInfo(name)), hours(1)) for name in ("UTC", "Asia/Tokyo", "Asia/Tehran")
    }
    assert dues == {datetime(2023, 12, 14, 11, tzinfo=UTC)}


def test_pep_495_both_passes_of_a_repeated_hour_count() -> None:
    """Berlin shows 02:00 to 03:00 twice on 25 October 2026; `fold` is lost in arithmetic with such times."""
    desk = calendar(days=WEEK, windows=[["02:00", "03:00"]])
    first, second = (wall("2026-10-25 02:15", fold=fold) for fold in (0, 1))
    assert second - first == hours(1)
    assert desk.due_at(first, hours(1)) == second
    assert desk.due_at(second, timedelta(minutes=45)) == wall("2026-10-25 03:00")
    assert desk.spent(wall("2026-10-25 01:00"), wall("2026-10-25 04:00")) == hours(2)


def test_pep_495_starts_with_a_fold_are_told_apart() -> None:
    desk = calendar(days=WEEK, windows=[["00:00", "24:00"]])
    shown = datetime(2026, 10, 25, 2, 15, tzinfo=zone("Europe/Berlin"))
    assert desk.due_at(shown, hours(1)) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
    assert desk.due_at(shown.replace(fold=1), hours(1)) == datetime(2026, 10, 25, 2, 15, tzinfo=UTC)
    assert desk.spent(shown, shown.replace(fold=1)) == hours(1)
    assert desk.next_open(shown.replace(fold=1)) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
    assert desk.is_open(shown.replace(fold=1))


def test_pep_495_pauses_told_in_a_zone_are_ordered_by_instant() -> None:
    """Python compares two times of one zone by their walls: the second pass of 02:30 is after the first of 02:45."""
    desk = calendar(days=WEEK, windows=[["00:00", "24:00"]])
    berlin = zone("Europe/Berlin")
    early = datetime(2026, 10, 25, 2, 45, tzinfo=berlin), datetime(2026, 10, 25, 2, 50, tzinfo=berlin)
    late = (datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1), datetime(2026, 10, 25, 2, 40, tzinfo=berlin, fold=1))
    over = [(datetime(2026, 10, 25, 2, 45, tzinfo=berlin), datetime(2026, 10, 25, 2, 15, tzinfo=berlin, fold=1))]
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert desk.due_with_pauses(start, hours(2), [late, early]) == start + hours(2) + timedelta(minutes=15)
    assert desk.due_with_pauses(start, hours(2), over) == start + hours(2) + timedelta(minutes=30)


def test_a_skipped_hour_does_not_exist() -> None:
    desk = calendar(days=WEEK, windows=[["02:00", "03:00"]])
    assert desk.spent(wall("2026-03-29 00:00"), wall("2026-03-30 00:00")) == timedelta()
    assert desk.next_open(wall("2026-03-29 00:00")) == wall("2026-03-30 02:00")


def test_a_skipped_day_does_not_exist() -> None:
    """Apia went from Thursday 29 to Saturday 31 December 2011; the night shift of Thursday ends at midnight."""
    desk = calendar("Pacific/Apia", days=("thu",), windows=[["22:00", "02:00"]])
    first, last = datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 3, tzinfo=UTC)
    assert desk.spent(first, last) == hours(2)
    assert desk.next_open(first) == wall("2011-12-29 22:00", "Pacific/Apia")
    assert desk.working_days(first, last) == 1


def test_businesstimedelta_9_a_calendar_that_never_opens_has_no_due() -> None:
    never = read_calendar("never", {"zone": "UTC", "hours": {}})
    for target in (hours(1), WorkingDays(Fraction(1))):
        assert never.due_at(datetime(2026, 1, 1, tzinfo=UTC), target) is None
    assert never.next_open(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(("days", "found"), [(399, True), (400, True), (401, False)])
@pytest.mark.parametrize("target", [hours(1), WorkingDays(Fraction(3, 2))])
def test_after_400_closed_days_there_is_no_due(days: int, found: bool, target: timedelta | WorkingDays) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    opens = start + timedelta(days=days)
    rows = {str((opens + timedelta(days=more)).date()): [["12:00", "13:00"]] for more in (0, 1)}
    rare = read_calendar("rare", {"zone": "UTC", "workdays": rows})
    assert (rare.next_open(start) == opens) is found
    assert (rare.due_at(start, target) is not None) is found
    # The gap may also come in the midst of the work.
    rows["2026-03-01"] = [["11:30", "12:00"]]
    rare = read_calendar("rare", {"zone": "UTC", "workdays": rows})
    assert (rare.due_at(start - hours(1), share(target, Fraction(1, 1)) if found else target) is not None) is found


def test_a_pause_longer_than_400_days_is_waited_for() -> None:
    """In it the desk is open: a promise is made, only later."""
    desk, start = calendar(), wall("2026-03-02 10:00")
    assert desk.due_with_pauses(start, hours(2), [(start + hours(1), wall("2028-03-02 10:00"))]) == wall(
        "2028-03-02 11:00"
    )


def test_a_pause_makes_no_promise_where_there_is_none_without_it() -> None:
    """400 closed days end it however much of them is paused (I08)."""
    rows = {"2027-03-01": [["09:00", "18:00"]]}
    rare = read_calendar("rare", {"zone": "UTC", "workdays": rows})
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert rare.due_at(start, hours(1)) is None
    for late in (0, 1):
        pause = (start + timedelta(seconds=late), datetime(2026, 7, 1, tzinfo=UTC))
        assert rare.due_with_pauses(start, hours(1), [pause]) is None
    assert rare.due_with_pauses(datetime(2026, 6, 1, tzinfo=UTC), hours(1), []) == datetime(2027, 3, 1, 10, tzinfo=UTC)


def test_working_days_follow_the_length_of_each_day() -> None:
    """A half day is a working day, used up in half the time; a part of a day is that part of its open time."""
    desk = calendar(workdays={"2026-02-14": [["09:00", "13:30"]]})
    friday = wall("2026-02-13 15:00")
    assert desk.due_at(friday, parse_target("1wd")) == wall("2026-02-14 12:00")
    assert desk.due_at(friday, parse_target("2wd")) == wall("2026-02-16 15:00")
    assert desk.working_days(wall("2026-02-13 00:00"), wall("2026-02-16 00:00")) == 2
    assert desk.due_at(wall("2026-02-12 20:00"), parse_target("5wd")) == wall("2026-02-18 18:00")


def test_the_piece_after_midnight_belongs_to_the_date_that_opened_it() -> None:
    """A holiday closes its own night, up to the next morning, and not the one that reaches into it."""
    desk = calendar(windows=[["22:00", "06:00"]], days=WEEK, holidays=["2026-05-01"])
    assert desk.spent(wall("2026-05-01 00:00"), wall("2026-05-01 23:59")) == hours(6)
    assert desk.spent(wall("2026-05-02 00:00"), wall("2026-05-02 12:00")) == timedelta()
    assert desk.next_open(wall("2026-05-01 07:00")) == wall("2026-05-02 22:00")
    assert desk.due_at(wall("2026-04-30 21:00"), parse_target("1wd")) == wall("2026-05-01 06:00")


def test_where_two_dates_open_the_same_hours_they_belong_to_the_first() -> None:
    """Also after a jump of the clock over the start of both."""
    rows = {"2026-03-28": [["18:00", "10:00"]], "2026-03-29": [["02:00", "06:00"], ["08:00", "12:00"]]}
    desk = read_calendar("overlap", {"zone": "Europe/Berlin", "workdays": rows})
    saturday = hours(15)
    assert desk.spent(wall("2026-03-28 18:00"), wall("2026-03-29 10:00")) == saturday
    assert desk.due_at(wall("2026-03-28 00:00"), parse_target("1wd")) == wall("2026-03-29 10:00")
    assert desk.due_at(wall("2026-03-28 00:00"), parse_target("2wd")) == wall("2026-03-29 12:00")
