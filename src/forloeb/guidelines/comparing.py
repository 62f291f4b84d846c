"""A value held against a goal, exactly: never rounded first, and a bound (`>90`) stays a bound."""

from __future__ import annotations

from forloeb.guidelines import wording
from forloeb.guidelines.intervals import interval_text
from forloeb.guidelines.record import Measurement
from forloeb.guidelines.results import Target, ValueStatusName
from forloeb.kernel.answers import Answer, not_
from forloeb.kernel.content import Localized
from forloeb.kernel.quantities import Quantity


def compare(measurement: Measurement, target: Target | None) -> tuple[ValueStatusName, Localized]:
    """Say on which side of the goal a value lies. A bound that could be on either side is not called fine."""
    if target is None:
        return "not_applicable", wording.NO_TARGET
    if target.accepted:
        good = measurement.answer in target.accepted
        return ("in_target" if good else "above_target"), wording.against_goal(interval_text(target), good)
    if measurement.quantity is None or (target.low is None and target.high is None):
        return "not_applicable", wording.NO_NUMBER
    return _compared(measurement.quantity, target)


def _compared(quantity: Quantity, target: Target) -> tuple[ValueStatusName, Localized]:
    above, below = _is_above(quantity, target), _is_below(quantity, target)
    floored = Answer.NO if target.floor is None else quantity.is_below(target.floor)
    if above is Answer.YES:
        return "above_target", wording.against_goal(interval_text(target), False)
    if floored is Answer.YES and target.floor is not None:
        return "below_floor", wording.too_low(str(target.floor))
    if below is Answer.YES and target.low is not None:
        return "below_floor", wording.too_low(str(target.low))
    if Answer.UNKNOWN in (above, below, floored):
        return "missing", wording.CANNOT_TELL
    return "in_target", wording.against_goal(interval_text(target), True)


def _is_above(quantity: Quantity, target: Target) -> Answer:
    if target.high is None:
        return Answer.NO
    if target.accept_up_to is not None:
        return quantity.is_above(target.accept_up_to)
    if target.high_inclusive:
        return quantity.is_above(target.high)
    return not_(quantity.is_below(target.high))


def _is_below(quantity: Quantity, target: Target) -> Answer:
    if target.low is None:
        return Answer.NO
    if target.low_inclusive:
        return quantity.is_below(target.low)
    return not_(quantity.is_above(target.low))
