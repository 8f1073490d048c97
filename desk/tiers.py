"""The customers with a class of service of their own: addresses and whole domains by tier, as a CRM exports them."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_HEADER = ["address", "tier"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_KEY = re.compile(r"[^@\s,;<>]{0,64}@[^@\s,;<>]{1,190}")


@dataclass(frozen=True, slots=True)
class Tiers:
    """The tier of each customer."""

    by_address: Mapping[str, str] = field(default_factory=dict)
    """By an address, or by "@" and a domain; lower case."""

    @classmethod
    def read(cls, lines: Iterable[str]) -> "Tiers":
        """Of the lines of a CSV file with the columns `address,tier`; those that begin with # say nothing.

        Raises ValueError that begins with the number of the line.
        """
        found: dict[str, str] = {}
        rows = csv.reader(lines, strict=True)
        heading = False
        try:
            for row in rows:
                if not row or row[0].startswith("#"):
                    continue
                cells = [cell.strip() for cell in row]
                if not heading:
                    heading = True
                    if [cell.lower() for cell in cells] != _HEADER:
                        raise ValueError(f"{rows.line_num}: the first line must read address,tier")
                    continue
                key, tier = _checked(cells, rows.line_num)
                if found.setdefault(key, tier) != tier:
                    raise ValueError(f"{rows.line_num}: {key!r} is {found[key]} on another line")
        except csv.Error as error:
            raise ValueError(f"{rows.line_num}: is not CSV: {error}") from None
        return cls(found)

    def of(self, address: str) -> str:
        """The tier of an address: its own, else that of its domain, else ""."""
        whole = address.lower()
        _, at, domain = whole.rpartition("@")
        return self.by_address.get(whole) or self.by_address.get(at + domain, "")

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.by_address.values())


def _checked(cells: list[str], line: int) -> tuple[str, str]:
    if len(cells) != len(_HEADER):
        raise ValueError(f"{line}: has {len(cells)} columns; write address,tier")
    key, tier = cells[0].lower(), cells[1]
    if not _KEY.fullmatch(key):
        raise ValueError(f"{line}: {cells[0]!r} is neither an address nor a domain such as @example.org")
    if not _NAME.fullmatch(tier):
        raise ValueError(f"{line}: {tier!r} is not a name for a tier; write letters, digits, dot, dash and underscore")
    return key, tier
