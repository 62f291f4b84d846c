"""How dates, numbers, goals and CPR numbers are written. The page's language decides: all but English write as Danish.

On a page that is read from the right, what is read from the left stands for itself, so that no sign changes its place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext, ngettext

from forloeb.kernel.quantities import Comparator, Quantity
from forloeb.web.speaking import spoken

_SIGNS = {Comparator.BELOW: "<", Comparator.AT_MOST: "≤", Comparator.AT_LEAST: "≥", Comparator.ABOVE: ">"}
_MINUS = "\N{MINUS SIGN}"
_NARROW = "\N{NARROW NO-BREAK SPACE}"
_BOUND = "\N{NO-BREAK SPACE}"
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


class Limits(Protocol):
    """A goal as an interval; a limit of None is open."""

    @property
    def low(self) -> Decimal | None: ...
    @property
    def low_inclusive(self) -> bool: ...
    @property
    def high(self) -> Decimal | None: ...
    @property
    def high_inclusive(self) -> bool: ...


def current_language() -> str:
    """Give the code of the page's language: `da` unless another was chosen."""
    return spoken().code


def isolated(text: str) -> str:
    """Keep the order of a number and its signs on a page that is read from the right; elsewhere nothing is added."""
    return f"{_ISOLATE}{text}{_END}" if spoken().direction == "rtl" and text else text


def format_date(day: date) -> str:
    """Write a day as it stands in a table: 12.03.2026, or 12 Mar 2026."""
    if current_language() == "en":
        return f"{day.day} {str(MONTHS[day.month])[:3]} {day.year}"
    return isolated(f"{day:%d.%m.%Y}")


def format_long_date(day: date | datetime) -> str:
    """Write a day as it stands in a sentence: 12. marts 2026, or 12 March 2026. A moment's day is Copenhagen's."""
    if isinstance(day, datetime):
        day = timezone.localdate(day)
    dot = "." if current_language() == "da" else ""
    return f"{day.day}{dot} {MONTHS[day.month]} {day.year}"


def format_moment(moment: datetime) -> str:
    """Write a moment in Danish time: 12.03.2026 kl. 14.05, or 12 Mar 2026 14:05."""
    moment = timezone.localtime(moment)
    between = " kl. " if current_language() == "da" else " "
    return f"{format_date(moment)}{between}{format_time(moment)}"


def format_unit(unit: str) -> str:
    """Write a measure's unit: most are the same in every language."""
    words = {
        "genstande/uge": gettext("drinks/week"),
        "antal/30 s": gettext("times/30 s"),
        "år": gettext("years"),
    }
    return words.get(unit, unit)


def format_time(moment: datetime) -> str:
    """Write the time of a moment in Denmark: 14.05, or 14:05."""
    return f"{timezone.localtime(moment):{'%H.%M' if current_language() == 'da' else '%H:%M'}}"


def format_since(day: date, as_of: date) -> str:
    """Say how long ago a day was, as of another: today, 1 day ago, 5 months ago, 2 years ago."""
    days = (as_of - day).days
    months = (as_of.year - day.year) * 12 + as_of.month - day.month - (as_of.day < day.day)
    if days < 0:
        return format_date(day)
    if days == 0:
        return gettext("today")
    if days < 60:
        return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}
    if months < 24:
        return ngettext("%(months)d month ago", "%(months)d months ago", months) % {"months": months}
    return ngettext("%(years)d year ago", "%(years)d years ago", months // 12) % {"years": months // 12}


def format_number(value: Decimal | int | float, decimals: int | None = None, *, at_least: int = 0) -> str:
    """Write a number with the language's decimal mark.

    With `decimals` it is rounded, half away from zero: for what we calculate. Without, every reported digit stays,
    filled with zeros to `at_least` places: for what was measured, so that what is shown never contradicts its status.
    """
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if decimals is not None:
        number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    elif at_least > _places(number):
        number = number.quantize(Decimal(1).scaleb(-at_least))
    text = f"{number:f}"
    if current_language() != "en":
        text = text.replace(".", ",")
    return text.replace("-", _MINUS)


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "a number that is shown is finite"
    return max(0, -exponent)


def format_count(count: int) -> str:
    """Write a number of things: 12.345, or 12,345."""
    return f"{count:,}" if current_language() == "en" else f"{count:,}".replace(",", ".")


def format_quantity(quantity: Quantity, decimals: int = 0) -> str:
    """Write a measured value with at least so many decimals, and its comparator when it has one: 5,3 or > 90."""
    number = format_number(quantity.value, at_least=decimals)
    return isolated(f"{_SIGNS[quantity.comparator]}{_NARROW}{number}") if quantity.comparator else number


def format_goal(goal: Limits, decimals: int = 0) -> str:
    """Write a goal as a clinician does: < 1,4, ≤ 48, 53–58."""
    return isolated(_write_goal(goal, decimals, lambda sign, number: f"{sign}{_NARROW}{number}", "–"))


def format_goal_words(goal: Limits, decimals: int = 0) -> str:
    """Write a goal as it is said to the patient: under 1,4, at most 48, between 53 and 58."""
    if goal.low is not None and goal.high is not None:
        low, high = (format_limit(limit, decimals) for limit in (goal.low, goal.high))
        return gettext("between %(low)s and %(high)s") % {"low": low, "high": high}
    phrases = {
        "<": gettext("under %(number)s"),
        "≤": gettext("at most %(number)s"),
        ">": gettext("over %(number)s"),
        "≥": gettext("at least %(number)s"),
    }
    return _write_goal(goal, decimals, lambda sign, number: phrases[sign] % {"number": number}, "–")


def _write_goal(goal: Limits, decimals: int, one_sided: Callable[[str, str], str], dash: str) -> str:
    if goal.low is not None and goal.high is not None:
        return f"{format_limit(goal.low, decimals)}{dash}{format_limit(goal.high, decimals)}"
    if goal.high is not None:
        return one_sided("≤" if goal.high_inclusive else "<", format_limit(goal.high, decimals))
    if goal.low is not None:
        return one_sided("≥" if goal.low_inclusive else ">", format_limit(goal.low, decimals))
    return "–"


def format_limit(limit: Decimal, decimals: int) -> str:
    """Write one end of a goal: 1,4 or 48."""
    plain = limit.normalize()
    return format_number(plain if _places(plain) else limit.to_integral_value(), at_least=decimals)


def format_cpr(digits: str) -> str:
    """Write a CPR number as it is printed: 010190-1234. A plain hyphen, so that it can be copied elsewhere."""
    return isolated(f"{digits[:6]}-{digits[6:]}")


def with_unit(number: str, unit: str) -> str:
    """Write a number and its unit, kept together on one line; nothing is added for a bare number."""
    return isolated(f"{number}{_BOUND}{unit}") if unit else number
