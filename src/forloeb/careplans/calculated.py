"""What follows from values typed at a control, shown at once and recorded with them: BMI from weight and height.

eGFR is not calculated here: it is shown as the laboratory gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from forloeb.guidelines.formulas import FORMULAS
from forloeb.kernel.measures import Measure
from forloeb.terminology import BadTyped, check_typed, measures


@dataclass(frozen=True, slots=True)
class Calculated:
    """A number that was calculated, in the measure's unit and with its decimals."""

    measure: Measure
    value: Decimal


def calculated(fields: Mapping[str, str], height: Decimal | None) -> tuple[Calculated, ...]:
    """Give what can be calculated from the fields as typed; nothing when a field cannot be read.

    `height` is the newest on record, in metres, for when none is typed.
    """
    weight = _typed(fields, "weight")
    height = _typed(fields, "height") or height
    if weight is None or height is None or "value.bmi" in fields:
        return ()
    answer = FORMULAS["bmi"].calculate(weight=weight, height=height)
    bmi = measures()["bmi"]
    if answer.value is None:
        return ()
    value = round(Decimal(answer.value), bmi.decimals)
    return (Calculated(bmi, value),) if bmi.hard is None or value in bmi.hard else ()


def _typed(fields: Mapping[str, str], name: str) -> Decimal | None:
    text = fields.get(f"value.{name}", "")
    if not text:
        return None
    try:
        quantity = check_typed(measures()[name], text).quantity
    except BadTyped:
        return None
    return quantity.value if quantity and quantity.comparator is None else None
