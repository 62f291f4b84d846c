"""How each value stands to its goal. Unknown is never shown as fine: missing, too old and impossible say so."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import get_args

from forloeb.guidelines.history import History
from forloeb.guidelines.record import Measurement
from forloeb.guidelines.results import EvaluatedValue, Reason, Target, ValueStatusName
from forloeb.guidelines.schema import Stale
from forloeb.kernel.answers import Answer, not_
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_after
from forloeb.kernel.quantities import Quantity

_AT_HOME = {"sbp_clinic": "sbp_home", "dbp_clinic": "dbp_home"}
_ELSEWHERE = _AT_HOME | {home: clinic for clinic, home in _AT_HOME.items()}


def assess(measure: Measure, target: Target | None, stale: Stale | None, history: History) -> EvaluatedValue:
    """Hold the newest value of a measure against the merged goal."""
    newest = history.newest(measure.id)
    status, text = _status(measure, target, stale, history, newest)
    source = target.source if target is not None and status in _BY_TARGET else None
    reason = Reason(_RULES[status], text, target.status if target is not None else "C", source)
    if newest is None:
        return EvaluatedValue(measure.id, measure.setting, status, None, None, None, None, (reason,))
    return EvaluatedValue(
        measure.id,
        measure.setting,
        status,
        newest.quantity,
        newest.answer,
        newest.measured_on,
        newest.source,
        (reason,),
    )


_RULES: dict[ValueStatusName, str] = {status: f"value:{status}" for status in get_args(ValueStatusName)}
_BY_TARGET = frozenset({"in_target", "above_target", "below_floor", "confirm_at_home"})


def _status(
    measure: Measure, target: Target | None, stale: Stale | None, history: History, newest: Measurement | None
) -> tuple[ValueStatusName, Localized]:
    if newest is None:
        if _known_elsewhere(measure, stale, history):
            return "not_applicable", _OTHER_SETTING
        return "missing", _MISSING
    if not history.is_plausible(newest):
        return "implausible", _IMPLAUSIBLE
    against = _against(target, newest)
    if _contradict(target, history, newest):
        return "conflict", _CONFLICT
    if _is_stale(stale, history, newest, off_target=against[0] not in ("in_target", "not_applicable")):
        if _known_elsewhere(measure, stale, history):
            return "not_applicable", _OTHER_SETTING
        return "stale", _STALE
    if measure.id in _AT_HOME:
        return _beside_home(measure, stale, history, against)
    return against


def _beside_home(
    measure: Measure, stale: Stale | None, history: History, against: tuple[ValueStatusName, Localized]
) -> tuple[ValueStatusName, Localized]:
    """Judge a clinic pressure: one from home is believed before it, and alone it is confirmed at home."""
    home = history.latest(_AT_HOME[measure.id])
    fresh = home is not None and not _is_stale(stale, history, home, off_target=False)
    if fresh and against[0] in ("in_target", "above_target"):
        return "not_applicable", _OTHER_SETTING
    return ("confirm_at_home", _CONFIRM) if against[0] == "above_target" else against


def _against(target: Target | None, newest: Measurement) -> tuple[ValueStatusName, Localized]:
    """Compare with the goal, exactly; a bounded value that could be on either side is not called fine."""
    if target is None:
        return "not_applicable", _NO_TARGET
    if target.accepted:
        good = newest.answer in target.accepted
        return ("in_target", _said(target, True)) if good else ("above_target", _said(target, False))
    if newest.quantity is None or (target.low is None and target.high is None):
        return "not_applicable", _NO_TARGET
    return _compare(newest.quantity, target)


def _compare(quantity: Quantity, target: Target) -> tuple[ValueStatusName, Localized]:
    if quantity.comparator is None:
        return _compare_exact(quantity.value, target)
    above, below, floored = _above(quantity, target), _below(quantity, target), Answer.NO
    if target.floor is not None:
        floored = quantity.is_below(target.floor)
    if above is Answer.YES:
        return "above_target", _said(target, False)
    if below is Answer.YES or floored is Answer.YES:
        limit = target.floor if floored is Answer.YES else target.low
        return "below_floor", _too_low(limit or Decimal(0))
    if Answer.UNKNOWN in (above, below, floored):
        return "missing", _CANNOT_TELL
    return "in_target", _said(target, True)


def _compare_exact(value: Decimal, target: Target) -> tuple[ValueStatusName, Localized]:
    """Hold a number that is not a bound against the goal: the same answers, by plain comparison."""
    high = target.high
    if high is not None:
        most = high if target.accept_up_to is None else target.accept_up_to
        is_kept = target.high_inclusive or target.accept_up_to is not None
        if value > most or (value == most and not is_kept):
            return "above_target", _said(target, False)
    if target.floor is not None and value < target.floor:
        return "below_floor", _too_low(target.floor)
    low = target.low
    if low is not None and (value < low or (value == low and not target.low_inclusive)):
        return "below_floor", _too_low(low)
    return "in_target", _said(target, True)


def _above(quantity: Quantity, target: Target) -> Answer:
    if target.high is None:
        return Answer.NO
    if target.accept_up_to is not None:
        return quantity.is_above(target.accept_up_to)
    return quantity.is_above(target.high) if target.high_inclusive else not_(quantity.is_below(target.high))


def _below(quantity: Quantity, target: Target) -> Answer:
    if target.low is None:
        return Answer.NO
    return quantity.is_below(target.low) if target.low_inclusive else not_(quantity.is_above(target.low))


def _contradict(target: Target | None, history: History, newest: Measurement) -> bool:
    """Whether two results of the same code and day fall on different sides of the goal."""
    if target is None or len(history.grouped[newest.measure]) == 1:
        return False
    same = history.same_day(newest)
    return len(same) > 1 and len({_against(target, m)[0] for m in same}) > 1


def _is_stale(stale: Stale | None, history: History, measurement: Measurement, *, off_target: bool) -> bool:
    if stale is None:
        return False
    months = stale.months_off_target if off_target and stale.months_off_target is not None else stale.months
    return months_after(measurement.measured_on, months) <= history.as_of


def _known_elsewhere(measure: Measure, stale: Stale | None, history: History) -> bool:
    """Whether a pressure is known fresh from the other setting, so that this one need not be asked for."""
    name = _ELSEWHERE.get(measure.id)
    other = history.latest(name) if name else None
    return other is not None and not _is_stale(stale, history, other, off_target=False)


def _said(target: Target, good: bool) -> Localized:
    return _within(target.says, good)


@lru_cache(maxsize=4096)
def _within(goal: str, good: bool) -> Localized:
    da, en = goal.replace(".", ","), goal
    if good:
        return Localized(da=f"Værdien er inden for målet ({da}).", en=f"The value is within the goal ({en}).")
    return Localized(da=f"Værdien er ikke inden for målet ({da}).", en=f"The value is not within the goal ({en}).")


@lru_cache(maxsize=1024)
def _too_low(limit: Decimal) -> Localized:
    return Localized(
        da=f"Værdien er under {str(limit).replace('.', ',')}: for lav.", en=f"The value is below {limit}: too low."
    )


_MISSING = Localized(da="Der er ingen måling.", en="There is no measurement.")
_STALE = Localized(da="Den seneste måling er for gammel.", en="The latest measurement is too old.")
_IMPLAUSIBLE = Localized(
    da="Værdien ligger uden for det mulige og bruges ikke.",
    en="The value lies outside what is possible; it is not used.",
)
_CONFLICT = Localized(
    da="To svar fra samme dag siger hver sit om målet.",
    en="Two results of the same day say different things of the goal.",
)
_NO_TARGET = Localized(da="Der er intet mål for denne værdi.", en="There is no goal for this value.")
_OTHER_SETTING = Localized(
    da="Blodtrykket er kendt fra den anden måde at måle på.",
    en="The pressure is known from the other way of measuring.",
)
_CONFIRM = Localized(
    da="Målt i klinikken og ikke i mål: bekræft med hjemmeblodtryk.",
    en="Measured in the clinic and not at goal: confirm with home measurement.",
)
_CANNOT_TELL = Localized(
    da="Svaret er kun en grænse (> eller <), så det kan ikke siges, om målet er nået.",
    en="The result is only a bound (> or <), so it cannot be told whether the goal is reached.",
)
