"""`[[report]]`: which report is mailed when, to whom, and of which period."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from desk.calendar import zones
from desk.reports.report import Period, local_date
from desk.sla.policy import SEVERAL, MailAddress, Table

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_FORMS = {
    "day": (re.compile(rf"(){_CLOCK}"), "08:00"),
    "week": (re.compile(rf"({'|'.join(_DAYS)}) {_CLOCK}"), "mon 08:00"),
    "month": (re.compile(rf"([1-9]|1[0-9]|2[0-8]) {_CLOCK}"), "1 08:00"),
}


class ReportPlan(Table):
    """`[[report]]`: a report that is mailed once for every day, week or month that has passed."""

    name: str = Field(pattern=r"^\S(.{0,58}\S)?$")
    every: Literal["day", "week", "month"] = "week"
    at: str = ""
    """When in the desk's zone: "08:00", "mon 08:00" or, for a day of the month up to 28, "1 08:00"."""
    to: Annotated[tuple[MailAddress, ...], SEVERAL] = ()
    """Addresses of agents; () takes the leads."""
    outside: bool = False
    """Whether `to` may name others than agents; a report shows the subjects of tickets."""

    @field_validator("to")
    @classmethod
    def _lower(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(address.lower() for address in to))

    @model_validator(mode="after")
    def _known_moment(self) -> "ReportPlan":
        form, example = _FORMS[self.every]
        if self.at and not form.fullmatch(self.at):
            raise ValueError(f'at: {self.at!r} is not a moment of a {self.every}; write it as "{example}"')
        return self

    @property
    def moment(self) -> tuple[int, time]:
        """(day of the week from Monday as 0, or of the month, or 0; wall clock)."""
        form, example = _FORMS[self.every]
        found = form.fullmatch(self.at or example)
        assert found is not None  # noqa: S101
        day = _DAYS.index(found[1]) if found[1] in _DAYS else int(found[1] or 0)
        return day, time(int(found[2]), int(found[3]))


@dataclass(frozen=True, slots=True)
class Due:
    """One report that is to be mailed."""

    at: datetime
    period: Period


def latest(plan: ReportPlan, zone: str, now: datetime) -> Due:
    """The last time that a report was due by now, and the whole day, week or month before it."""
    day, wall = plan.moment
    today = local_date(now, zone)
    on = _on(plan.every, day, today)
    at = _instant(on, wall, zone)
    if at > now:
        on = _on(plan.every, day, before(plan.every, on))
        at = _instant(on, wall, zone)
    first = before(plan.every, _start(plan.every, on))
    return Due(at, Period(first, _start(plan.every, on) - timedelta(days=1), zone))


def before(every: str, start: date) -> date:
    """The start of the period before the one that begins on this date; of any date, a date in that period."""
    if every == "month":
        return (start.replace(day=1) - timedelta(days=1)).replace(day=1)
    return start - timedelta(days=7 if every == "week" else 1)


def periods_between(every: str, earlier: date, later: date) -> int:
    """How many periods lie between those that begin on two dates, neither counted."""
    if every == "month":
        return max((later.year - earlier.year) * 12 + later.month - earlier.month - 1, 0)
    return max((later - earlier).days // (7 if every == "week" else 1) - 1, 0)


def last_week(zone: str, now: datetime) -> Period:
    """The last whole week, from Monday to Sunday."""
    monday = _start("week", local_date(now, zone))
    return Period(monday - timedelta(days=7), monday - timedelta(days=1), zone)


def _start(every: str, day: date) -> date:
    if every == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if every == "month" else day


def _on(every: str, day: int, today: date) -> date:
    """The date within today's period on which the report is due."""
    start = _start(every, today)
    return start + timedelta(days=day - 1 if every == "month" else day)


def _instant(day: date, wall: time, zone: str) -> datetime:
    """The wall clock's first passing; in a skipped hour, as much later."""
    return datetime.combine(day, wall, zones.zone(zone)).astimezone(UTC)
