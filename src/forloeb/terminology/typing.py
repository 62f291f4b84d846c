"""What a person types into a field: checked at once, refused with what, where and what to do, or asked about."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure, Range
from forloeb.kernel.quantities import NotANumber, Quantity, read_number
from forloeb.terminology.conversions import CONVERSIONS


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed value in the measure's unit, or a chosen answer; with warnings it must be confirmed."""

    quantity: Quantity | None
    answer: str | None = None
    warnings: tuple[Localized, ...] = ()


class BadTyped(ValueError):
    """What was typed cannot be the measure's value. `text` tells the person what to do; the value is not repeated."""

    def __init__(self, text: Localized) -> None:
        super().__init__(text.en)
        self.text = text


def check_typed(measure: Measure, text: str) -> Typed:
    """Read a typed value: `128`, `5,3`, `>90`, `178` cm for a height. Raises BadTyped."""
    if measure.kind == "choice":
        return _chosen(measure, text)
    try:
        comparator, number = read_number(text)
    except NotANumber:
        raise BadTyped(_NOT_A_NUMBER.filled(measure=measure.name, example=_example(measure))) from None
    if measure.read and measure.read[0].convert:
        number = CONVERSIONS[measure.read[0].convert](number)[0].normalize()
    if measure.kind == "integer" and number != number.to_integral_value():
        raise BadTyped(_NOT_WHOLE.filled(measure=measure.name))
    if measure.hard is not None and number not in measure.hard:
        raise BadTyped(_IMPOSSIBLE.filled(measure=measure.name, limits=_limits(measure, measure.hard)))
    quantity = Quantity(_plain(number), measure.unit, comparator)
    if measure.soft is not None and number not in measure.soft:
        return Typed(
            quantity, warnings=(_UNLIKELY.filled(measure=measure.name, limits=_limits(measure, measure.soft)),)
        )
    return Typed(quantity)


def _plain(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def _chosen(measure: Measure, text: str) -> Typed:
    for choice in measure.choices:
        if text.strip().casefold() == choice.value.casefold():
            return Typed(None, choice.value)
    raise BadTyped(_CHOOSE.filled(measure=measure.name))


_CHOOSE = Localized(da="Vælg et af svarene for {measure}.", en="Choose one of the answers for {measure}.")
_NOT_A_NUMBER = Localized(
    da="{measure} skal være et tal, for eksempel {example}.", en="{measure} must be a number, for example {example}."
)
_NOT_WHOLE = Localized(da="{measure} skal være et helt tal.", en="{measure} must be a whole number.")
_IMPOSSIBLE = Localized(
    da="{measure} kan kun være {limits}. Se efter en tastefejl eller en anden enhed.",
    en="{measure} can only be {limits}. Look for a slip or another unit.",
)
_UNLIKELY = Localized(
    da="{measure} ligger oftest på {limits}. Er du sikker?", en="{measure} is mostly {limits}. Are you sure?"
)


def _example(measure: Measure) -> Localized:
    if measure.hard is None:
        return _number("5.3")
    middle = (measure.soft or measure.hard).low + ((measure.soft or measure.hard).high - measure.hard.low) / 3
    return _number(f"{round(middle, measure.decimals)}")


def _limits(measure: Measure, limits: Range) -> Localized:
    unit = f" {measure.unit_shown}" if measure.unit_shown else ""
    return _number(f"{limits.low.normalize():f}–{limits.high.normalize():f}{unit}")


def _number(text: str) -> Localized:
    return Localized(da=text.replace(".", ","), en=text)
