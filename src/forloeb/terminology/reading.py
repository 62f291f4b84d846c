"""What a received code and value are worth: a value of one of our measures, or a refusal that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

from forloeb.kernel.codes import Coding
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure, MeasureCode
from forloeb.kernel.quantities import Comparator, NotANumber, Quantity, read_number
from forloeb.terminology.conversions import CONVERSIONS, Converted
from forloeb.terminology.measures import find_measure, is_goal, measures
from forloeb.terminology.units import canonical_unit, is_plain_count


class ReadValue(NamedTuple):
    """A value in the measure's own unit, or a chosen answer; `notes` say what was done to it on the way.

    One outside what is possible is kept and marked: it is shown, and never used.
    """

    measure: Measure
    quantity: Quantity | None
    answer: str | None
    notes: tuple[Localized, ...] = ()
    is_implausible: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that cannot be used, and why. The value itself is not repeated."""

    reason: Localized
    is_unknown_code: bool = False
    is_goal: bool = False


def read_value(
    coding: Coding,
    *,
    value: Decimal | None = None,
    text: str | None = None,
    unit: str | None = None,
    comparator: Comparator | None = None,
) -> ReadValue | Refusal:
    """Read one received value: a number with unit and comparator, or a text that holds a number or an answer.

    Comparators are kept. A value without a unit has the unit that its code implies.
    """
    way = _way(coding, unit or "")
    if isinstance(way, Refusal):
        return way
    if way.measure.kind == "choice":
        return _answer(way.measure, text if value is None else f"{value.normalize():f}")
    if value is None:
        if not text:
            return NO_VALUE
        try:
            found, value = read_number(text)
        except NotANumber:
            return _NOT_A_NUMBER
        comparator = found or comparator
    if way.refusal is not None:
        return way.refusal
    return _number(way, value, comparator)


class _Way(NamedTuple):
    """How values of one code in one unit are read; looked up once, walked millions of times."""

    measure: Measure
    convert: Callable[[Decimal], Converted] | None = None
    refusal: Refusal | None = None
    """Why a number in this unit cannot be used."""
    low: Decimal | None = None
    high: Decimal | None = None
    is_whole: bool = False


@lru_cache(maxsize=16384)
def _way(coding: Coding, unit: str) -> _Way | Refusal:
    if is_goal(coding):
        return _IS_A_GOAL
    found = find_measure(coding)
    if found is None:
        return _UNKNOWN_CODE
    measure, code = found
    name = _conversion(measure, code, canonical_unit(unit) if unit else "")
    if name is None:
        return _Way(measure, refusal=Refusal(_unknown_unit(measure)))
    low, high = (measure.hard.low, measure.hard.high) if measure.hard else (None, None)
    convert = None if name == "same" else CONVERSIONS[name].convert
    return _Way(measure, convert, None, low, high, measure.kind == "integer")


def _conversion(measure: Measure, code: MeasureCode | None, unit: str) -> str | None:
    """Name the conversion from a unit (UCUM, "" for none) to the measure's; None where no way leads there."""
    own = code.convert if code and measure.kind != "choice" else None
    if own is not None and unit in CONVERSIONS[own].reads:
        return own
    if not unit or unit == measure.unit or measure.kind == "choice" or is_plain_count(unit, measure):
        return "same"
    return measure.unit_conversions.get(unit)


def _number(way: _Way, value: Decimal, comparator: Comparator | None) -> ReadValue:
    notes: tuple[Localized, ...] = ()
    if way.convert is not None:
        value, note = way.convert(value)
        notes = (note,) if note else ()
    value = plain(value)
    if way.is_whole and value != value.to_integral_value():
        notes += (_NOT_WHOLE,)
    quantity = Quantity(value, way.measure.unit, comparator)
    if way.low is not None and way.high is not None and not way.low <= value <= way.high:
        return ReadValue(way.measure, quantity, None, (*notes, _implausible(way.measure)), True)
    return ReadValue(way.measure, quantity, None, notes)


def plain(value: Decimal) -> Decimal:
    """Drop zeros that carry nothing, and digits beyond the six that are stored: 53.00 is 53."""
    exponent = value.as_tuple().exponent
    if exponent == 0:
        return value
    if not isinstance(exponent, int) or exponent < -6:
        value = round(value, 6)
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()


def _answer(measure: Measure, text: str | None) -> ReadValue | Refusal:
    said = (text or "").strip().casefold()
    found = _answers()[measure.id].get(said)
    if found is None:
        return _NOT_A_CHOICE if said else NO_VALUE
    return ReadValue(measure, None, found)


@cache
def _answers() -> Mapping[str, Mapping[str, str]]:
    """Give, for each measure that is chosen, every spelling with the answer it stands for."""
    return {measure.id: answers_of(measure) for measure in measures().values() if measure.choices}


def answers_of(measure: Measure) -> Mapping[str, str]:
    """Give every spelling we read of a measure's answers, folded, with the answer it stands for."""
    spellings: dict[str, str] = {}
    for choice in reversed(measure.choices):
        for spelling in (*choice.also, choice.name.en, choice.name.da, choice.value):
            spellings[spelling.casefold()] = choice.value
    return spellings


_IS_A_GOAL = Refusal(
    Localized(
        da="Koden er et mål, ikke en måling, og læses ikke som en værdi.",
        en="The code is a goal, not a measurement, and is not read as a value.",
    ),
    is_goal=True,
)
_UNKNOWN_CODE = Refusal(
    Localized(da="Koden kendes ikke, så værdien bruges ikke.", en="The code is not known, so the value is not used."),
    is_unknown_code=True,
)
NO_VALUE = Refusal(Localized(da="Der er ingen værdi.", en="There is no value."))
_NOT_A_NUMBER = Refusal(
    Localized(
        da="Værdien er ikke et tal, der kan læses uden at gætte.",
        en="The value is no number that can be read without guessing.",
    )
)
_NOT_A_CHOICE = Refusal(
    Localized(
        da="Svaret er ikke et af dem, der kendes for denne måling.",
        en="The answer is none of those known for this measure.",
    )
)
_NOT_WHOLE = Localized(da="Ventede et helt tal; brugt, som det kom.", en="Expected a whole number; used as it came.")


def _unknown_unit(measure: Measure) -> Localized:
    own = measure.unit_shown or measure.unit
    return Localized(da=f"Enheden kan ikke omregnes til {own}.", en=f"The unit cannot be converted to {own}.")


@cache
def _implausible_texts() -> Mapping[str, Localized]:
    return {measure.id: _outside(measure) for measure in measures().values()}


def _implausible(measure: Measure) -> Localized:
    return _implausible_texts()[measure.id]


def _outside(measure: Measure) -> Localized:
    low, high = (measure.hard.low, measure.hard.high) if measure.hard else (Decimal(0), Decimal(0))
    unit = f" {measure.unit_shown}" if measure.unit_shown else ""
    limits = f"{low.normalize():f}–{high.normalize():f}{unit}"
    return Localized(
        da=f"Værdien ligger uden for det mulige ({limits.replace('.', ',')}) og bruges ikke.",
        en=f"The value lies outside what is possible ({limits}) and is not used.",
    )
