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
        raise BadTyped(_not_a_number(measure)) from None
    if measure.read and measure.read[0].convert:
        number = CONVERSIONS[measure.read[0].convert](number)[0].normalize()
    if measure.kind == "integer" and number != number.to_integral_value():
        raise BadTyped(_not_whole(measure))
    if measure.hard is not None and number not in measure.hard:
        raise BadTyped(_impossible(measure, measure.hard))
    quantity = Quantity(_plain(number), measure.unit, comparator)
    if measure.soft is not None and number not in measure.soft:
        return Typed(quantity, warnings=(_unlikely(measure, measure.soft),))
    return Typed(quantity)


def _plain(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def _chosen(measure: Measure, text: str) -> Typed:
    for choice in measure.choices:
        if text.strip().casefold() == choice.value.casefold():
            return Typed(None, choice.value)
    raise BadTyped(
        Localized(
            da=f"Vælg et af svarene for {measure.name.da}.", en=f"Choose one of the answers for {measure.name.en}."
        )
    )


def _example(measure: Measure) -> str:
    if measure.hard is None:
        return "5,3"
    middle = (measure.soft or measure.hard).low + ((measure.soft or measure.hard).high - measure.hard.low) / 3
    return f"{round(middle, measure.decimals)}".replace(".", ",")


def _not_a_number(measure: Measure) -> Localized:
    example = _example(measure)
    return Localized(
        da=f"{measure.name.da} skal være et tal, for eksempel {example}.",
        en=f"{measure.name.en} must be a number, for example {example.replace(',', '.')}.",
    )


def _not_whole(measure: Measure) -> Localized:
    return Localized(da=f"{measure.name.da} skal være et helt tal.", en=f"{measure.name.en} must be a whole number.")


def _written(limits: Range, mark: str) -> str:
    return f"{limits.low.normalize():f}–{limits.high.normalize():f}".replace(".", mark)


def _impossible(measure: Measure, hard: Range) -> Localized:
    unit = f" {measure.unit_shown}" if measure.unit_shown else ""
    return Localized(
        da=f"{measure.name.da} kan kun være {_written(hard, ',')}{unit}. Se efter en tastefejl eller en anden enhed.",
        en=f"{measure.name.en} can only be {_written(hard, '.')}{unit}. Look for a slip or another unit.",
    )


def _unlikely(measure: Measure, soft: Range) -> Localized:
    unit = f" {measure.unit_shown}" if measure.unit_shown else ""
    return Localized(
        da=f"{measure.name.da} ligger oftest på {_written(soft, ',')}{unit}. Er du sikker?",
        en=f"{measure.name.en} is mostly {_written(soft, '.')}{unit}. Are you sure?",
    )
