"""What a received code and value are worth: a value of one of our measures, or a refusal that says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from forloeb.kernel.codes import Coding
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure, MeasureCode
from forloeb.kernel.quantities import Comparator, NotANumber, Quantity, read_number
from forloeb.terminology.conversions import CONVERSIONS, READS, canonical_unit
from forloeb.terminology.measures import find_measure, goal_codes


@dataclass(frozen=True, slots=True)
class ReadValue:
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


def read_value(
    coding: Coding,
    *,
    value: Decimal | None = None,
    text: str | None = None,
    unit: str | None = None,
    comparator: Comparator | None = None,
) -> ReadValue | Refusal:
    """Read one received value: a number with unit and comparator, or a text that holds a number or an answer."""
    if coding in goal_codes():
        return Refusal(_IS_A_GOAL)
    found = find_measure(coding)
    if found is None:
        return Refusal(_UNKNOWN_CODE, is_unknown_code=True)
    measure, code = found
    if measure.kind == "choice":
        return _answer(measure, text if text is not None else None if value is None else f"{value.normalize():f}")
    if value is None:
        if text is None:
            return Refusal(_NO_VALUE)
        try:
            comparator, value = read_number(text)
        except NotANumber:
            return Refusal(_NOT_A_NUMBER)
    return _number(measure, code, value, unit, comparator)


def _answer(measure: Measure, text: str | None) -> ReadValue | Refusal:
    said = (text or "").strip().casefold()
    for choice in measure.choices:
        if said in {choice.value.casefold(), choice.name.da.casefold(), choice.name.en.casefold(), *choice.also}:
            return ReadValue(measure, None, choice.value)
    return Refusal(_NOT_A_CHOICE if said else _NO_VALUE)


def _number(
    measure: Measure, code: MeasureCode | None, value: Decimal, unit: str | None, comparator: Comparator | None
) -> ReadValue | Refusal:
    notes: list[Localized] = []
    for name in _conversions(measure, code, unit):
        if name is None:
            return Refusal(_unknown_unit(measure))
        value, note = CONVERSIONS[name](value)
        notes += [note] if note else []
    if abs(value) >= _LARGEST:
        return Refusal(_TOO_LARGE)
    value = _plain(value)
    if measure.kind == "integer" and value != value.to_integral_value():
        notes.append(_NOT_WHOLE)
    implausible = measure.hard is not None and value not in measure.hard
    if implausible:
        notes.append(_implausible(measure))
    return ReadValue(measure, Quantity(value, measure.unit, comparator), None, tuple(notes), implausible)


def _conversions(measure: Measure, code: MeasureCode | None, unit: str | None) -> Iterator[str | None]:
    """Name the conversions that lead to the measure's unit; None where the unit leads nowhere.

    A value that came without a unit has the unit its code implies; a unit that came along is believed.
    """
    received = canonical_unit(unit) if unit else ""
    own = code.convert if code is not None else None
    if own is not None and (not received or received in READS.get(own, ())):
        yield own
    elif received and received != measure.unit and not _same_count(received, measure.unit):
        yield measure.unit_conversions.get(received)


_LARGEST = 10**8
"""Beyond this no value is stored: it is a slip, or not a value at all."""
_NUMBERS = frozenset({"1", "{Number}", "{ratio}"})


def _same_count(received: str, own: str) -> bool:
    """Whether the unit says no more than that something was counted. Two a day is not two a week."""
    return received in _NUMBERS and (own in _NUMBERS or own in {"a", "/d", "/wk"})


def _plain(value: Decimal) -> Decimal:
    """Drop zeros that carry nothing, and digits beyond what can be stored; 53.00 is 53."""
    plain = round(value, 6).normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain


_IS_A_GOAL = Localized(
    da="Koden er et mål, ikke en måling, og læses ikke som en værdi.",
    en="The code is a goal, not a measurement, and is not read as a value.",
)
_UNKNOWN_CODE = Localized(
    da="Koden kendes ikke; værdien er gemt, som den kom.", en="The code is not known; the value is kept as it came."
)
_NO_VALUE = Localized(da="Der er ingen værdi.", en="There is no value.")
_NOT_A_NUMBER = Localized(
    da="Værdien er ikke et tal, der kan læses uden at gætte.",
    en="The value is no number that can be read without guessing.",
)
_TOO_LARGE = Localized(da="Tallet er større, end nogen værdi er.", en="The number is larger than any value is.")
_NOT_A_CHOICE = Localized(
    da="Svaret er ikke et af dem, der kendes for denne måling.",
    en="The answer is none of those known for this measure.",
)
_NOT_WHOLE = Localized(da="Ventede et helt tal; brugt, som det kom.", en="Expected a whole number; used as it came.")


def _unknown_unit(measure: Measure) -> Localized:
    return Localized(
        da=f"Enheden kan ikke omregnes til {measure.unit}.", en=f"The unit cannot be converted to {measure.unit}."
    )


def _implausible(measure: Measure) -> Localized:
    assert measure.hard is not None
    low, high, unit = measure.hard.low, measure.hard.high, measure.unit_shown
    return Localized(
        da=f"Værdien ligger uden for det mulige ({low}–{high} {unit}) og bruges ikke.".replace(" )", ")"),
        en=f"The value lies outside what is possible ({low}–{high} {unit}) and is not used.".replace(" )", ")"),
    )
