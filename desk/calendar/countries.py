"""What the `holidays` package knows of a country. It is imported where a country is first asked for, and only there."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

# "Day off (substituted from 02/14/2026)": nobody outside the United States reads that for sure.
_AMERICAN = re.compile(r"\b(\d\d)/(\d\d)/(\d{4})\b")
_CODE = re.compile(r"[A-Z]{2}\Z")
_ANNOUNCES = 5


@dataclass(frozen=True, slots=True)
class CountryYear:
    """The public holidays and the make-up workdays of one year."""

    holidays: dict[date, str]
    """Their names: English where the package has it."""
    workdays: frozenset[date]
    """Days of the weekend on which work is made up for (调休)."""
    in_range: bool
    """False where the package has nothing for this year at all."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country, or a part of one, whose public holidays are kept."""

    code: str
    """ISO 3166-1 alpha-2."""
    subdivision: str | None = None
    """The second part of an ISO 3166-2 code, such as BY of DE-BY."""

    def __post_init__(self) -> None:
        """Raises ValueError with the remedy for what cannot be a code; `verify` looks it up."""
        if not _CODE.match(self.code):
            raise ValueError(f"country: {self.code!r} is not a country; write its ISO 3166 code, such as CN or DE")

    def verify(self) -> None:
        """Raises ValueError with the remedy for a country or subdivision that the package does not have."""
        import holidays

        subdivisions = holidays.list_supported_countries(include_aliases=True).get(self.code)
        if subdivisions is None:
            raise ValueError(f"country: the holidays package has no {self.code!r}; write its days into holidays")
        if self.subdivision is not None and self.subdivision not in subdivisions:
            have = ", ".join(subdivisions) or "none"
            raise ValueError(f"subdivision: {self.code} has no {self.subdivision!r}; there are {have}")

    def year(self, year: int) -> CountryYear:
        return _year(self.code, self.subdivision, year)

    def known(self, year: int, now: int) -> bool:
        """Whether what was announced for a year is known, in the year `now`; else there is only what the law says.

        A country that has had make-up workdays within the last years announces them for each year anew.
        """
        announced = [one for one in range(now - _ANNOUNCES, now + 2) if self.year(one).workdays]
        return self.year(year).in_range and (not announced or year <= announced[-1])

    @property
    def name(self) -> str:
        return f"{self.code}-{self.subdivision}" if self.subdivision else self.code


def _year(code: str, subdivision: str | None, year: int) -> CountryYear:
    return _decade(code, subdivision, year // 10).get(year, CountryYear({}, frozenset(), False))


@lru_cache(maxsize=512)
def _decade(code: str, subdivision: str | None, decade: int) -> dict[int, CountryYear]:
    """Ten years at once: most of the package's time goes into the first of them."""
    import holidays

    kind = getattr(holidays, code)
    # A holiday of a neighbouring year may be kept, or worked for, in these.
    years = range(max(decade * 10 - 1, kind.start_year), min(decade * 10 + 10, kind.end_year) + 1)
    if not years:
        return {}
    language = "en_US" if "en_US" in kind.supported_languages else None
    found = holidays.country_holidays(code, subdiv=subdivision, years=years, expand=False, language=language)
    return {
        year: CountryYear(
            {day: _AMERICAN.sub(r"\3-\1-\2", name) for day, name in sorted(found.items()) if day.year == year},
            frozenset(day for day in found.weekend_workdays if day.year == year),
            True,
        )
        for year in range(max(decade * 10, kind.start_year), min(decade * 10 + 9, kind.end_year) + 1)
    }
