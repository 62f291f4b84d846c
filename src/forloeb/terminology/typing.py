"""What a person types into a field: checked at once, refused with what, where and what to do, or asked about."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure, Range
from forloeb.kernel.quantities import NotANumber, Quantity, read_number
from forloeb.terminology.conversions import CONVERSIONS
from forloeb.terminology.reading import plain


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
    """Read a typed value: `128`, `5,3`, `>90`, `178` for a height in cm. Raises BadTyped.

    Outside the hard range it is refused; outside the soft range, or read in another scale, it must be confirmed.
    """
    if measure.kind == "choice":
        return _chosen(measure, text)
    try:
        comparator, number = read_number(text)
    except NotANumber:
        raise BadTyped(_not_a_number(measure)) from None
    number, note = _own_scale(measure, number)
    if measure.kind == "integer" and number != number.to_integral_value():
        raise BadTyped(_not_whole(measure))
    if measure.hard is not None and number not in measure.hard:
        raise BadTyped(_impossible(measure, measure.hard))
    warnings = [note] if note else []
    if measure.soft is not None and number not in measure.soft:
        warnings.append(_unlikely(measure, measure.soft))
    return Typed(Quantity(plain(number), measure.unit, comparator), warnings=tuple(warnings))


def _own_scale(measure: Measure, number: Decimal) -> tuple[Decimal, Localized | None]:
    """Bring 178 to 1,78 m and 0,62 to 62 %, as the code it will be written with is read; height is too plain to ask."""
    code = next((c for c in measure.read if measure.write and c.code == measure.write.code), None) or next(
        iter(measure.read), None
    )
    if code is None or code.convert is None or measure.unit not in CONVERSIONS[code.convert].reads:
        return number, None
    converted, note = CONVERSIONS[code.convert].convert(number)
    return converted, note if measure.unit != "m" else None


def _chosen(measure: Measure, text: str) -> Typed:
    for choice in measure.choices:
        if choice.is_offered and text.strip().casefold() == choice.value.casefold():
            return Typed(None, choice.value)
    offered = [choice.name for choice in measure.choices if choice.is_offered]
    da, en = (", ".join(getattr(name, language) for name in offered) for language in ("da", "en"))
    raise BadTyped(
        Localized(
            da=f"Vælg et af svarene for {measure.name.da}: {da}.",
            en=f"Choose one of the answers for {measure.name.en}: {en}.",
        )
    )


def _example(measure: Measure) -> Decimal:
    """Give a believable value to show as an example: a third of the way up the range."""
    limits = measure.soft or measure.hard
    if limits is None:
        return Decimal("5.3")
    return round(limits.low + (limits.high - limits.low) / 3, measure.decimals)


def _not_a_number(measure: Measure) -> Localized:
    example = f"{_example(measure)}"
    return Localized(
        da=f"{measure.name.da} skal være et tal, for eksempel {example.replace('.', ',')}.",
        en=f"{measure.name.en} must be a number, for example {example}.",
    )


def _not_whole(measure: Measure) -> Localized:
    example = f"{_example(measure)}"
    return Localized(
        da=f"{measure.name.da} skal være et helt tal, for eksempel {example}.",
        en=f"{measure.name.en} must be a whole number, for example {example}.",
    )


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
