"""Days, months and half-open periods. Nothing here looks at the clock."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=16_384)
def months_after(day: date, months: int) -> date:
    """Give the same day of the month so many months later; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def months_before(day: date, months: int) -> date:
    """Give the same day of the month so many months earlier."""
    return months_after(day, -months)


def whole_years(since: date, until: date) -> int:
    """Count whole years between two days, as ages are counted; 29 February turns a year on 1 March."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of days: from the first, up to but not including the last."""

    valid_from: date
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError("a period ends on or after the day it begins")

    def __contains__(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)
