"""Days as numbers (days since 1 January 1970), so that arrays can hold them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from forloeb.population.synthesis.draws import Ints

NEVER = 1 << 40
"""A day that does not come: not dead, not stopped, never had it."""

DAYS_A_YEAR = 365.25
_EPOCH = date(1970, 1, 1)


def number_of(day: date) -> int:
    """Give the day's number."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Give the day with the number."""
    return _EPOCH + timedelta(days=int(number))


def on_weekdays(days: Ints) -> Ints:
    """Move Saturdays and Sundays back to the Friday before."""
    weekday = (days + 3) % 7
    return days - np.maximum(weekday - 4, 0)


def dates_of(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Split days into day of the month, month and year."""
    as_days = days.astype("datetime64[D]")
    months = as_days.astype("datetime64[M]")
    years = as_days.astype("datetime64[Y]")
    day = (as_days - months).astype(np.int64) + 1
    month = (months - years).astype(np.int64) + 1
    return day, month, years.astype(np.int64) + 1970
