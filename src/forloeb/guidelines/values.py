"""How each value stands to its goal. Unknown is never shown as fine: missing, too old and impossible say so."""

from __future__ import annotations

from collections.abc import Mapping

from forloeb.guidelines import wording
from forloeb.guidelines.comparing import compare
from forloeb.guidelines.history import History
from forloeb.guidelines.record import Measurement
from forloeb.guidelines.results import EvaluatedValue, FactUsed, Reason, Target, ValueStatusName
from forloeb.guidelines.schema import Stale
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure
from forloeb.kernel.periods import months_after

Judged = tuple[ValueStatusName, Localized]

_BY_TARGET = frozenset({"in_target", "above_target", "below_floor", "confirm_at_home"})
_OFF_TARGET = frozenset({"above_target", "below_floor"})


class Settings:
    """Which measures are the same thing taken at home and in the clinic: those held against one goal."""

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        self.home_of = _pairs(measures, "clinic", "home")
        self.clinic_of = _pairs(measures, "home", "clinic")


def _pairs(measures: Mapping[str, Measure], one: str, other: str) -> dict[str, str]:
    return {
        m.id: n.id
        for m in measures.values()
        for n in measures.values()
        if m.goal is not None and m.goal == n.goal and m.setting == one and n.setting == other
    }


class Judge:
    """Holds one patient's values against the merged goals. `targets` and `stale` are by measure or goal."""

    def __init__(
        self, history: History, settings: Settings, targets: Mapping[str, Target], stale: Mapping[str, Stale]
    ) -> None:
        self._history = history
        self._settings = settings
        self._targets = targets
        self._stale = stale

    def value(self, measure: Measure, reduction: FactUsed | None) -> EvaluatedValue:
        """Judge the newest value of a measure; `reduction` is its fall since treatment began, where that is known."""
        newest = self._history.newest(measure.id)
        target = self._targets.get(measure.goal or measure.id)
        status, text = self._judged(measure, target, newest)
        because = [_reason(status, text, target)]
        if target is not None and target.reduction_percent is not None and reduction is not None:
            because += _reduced(target, reduction)
        if newest is None:
            return EvaluatedValue(measure.id, measure.setting, status, None, None, None, None, tuple(because))
        return EvaluatedValue(
            measure.id,
            measure.setting,
            status,
            newest.quantity,
            newest.answer,
            newest.measured_on,
            newest.source,
            tuple(because),
        )

    def _judged(self, measure: Measure, target: Target | None, newest: Measurement | None) -> Judged:
        if newest is not None and not self._history.is_plausible(newest):
            return "implausible", wording.IMPLAUSIBLE
        if newest is None or self._is_stale(newest, target):
            if self._is_not_needed(measure, target):
                return "not_applicable", wording.OTHER_SETTING
            return ("missing", wording.MISSING) if newest is None else ("stale", wording.STALE)
        if self._contradicted(newest, target):
            return "conflict", wording.CONFLICT
        status, text = compare(newest, target)
        home = self._settings.home_of.get(measure.id)
        if home is None or status == "not_applicable":
            return status, text
        if self._fresh(home, target) is not None:
            return "not_applicable", wording.OTHER_SETTING
        return ("confirm_at_home", wording.CONFIRM) if status == "above_target" else (status, text)

    def _is_not_needed(self, measure: Measure, target: Target | None) -> bool:
        """Whether a pressure is known well enough from the other setting: fresh at home, or at goal in the clinic."""
        if (home := self._settings.home_of.get(measure.id)) is not None:
            return self._fresh(home, target) is not None
        clinic = self._settings.clinic_of.get(measure.id)
        found = self._fresh(clinic, target) if clinic is not None else None
        return found is not None and compare(found, target)[0] in ("in_target", "not_applicable")

    def _fresh(self, measure: str, target: Target | None) -> Measurement | None:
        found = self._history.latest(measure)
        return None if found is None or self._is_stale(found, target) else found

    def _is_stale(self, measurement: Measurement, target: Target | None) -> bool:
        stale = self._stale.get(measurement.measure)
        if stale is None:
            return False
        months = stale.months
        if stale.months_off_target is not None and compare(measurement, target)[0] in _OFF_TARGET:
            months = stale.months_off_target
        return months_after(measurement.measured_on, months) <= self._history.as_of

    def _contradicted(self, newest: Measurement, target: Target | None) -> bool:
        """Whether two results of the same code and day fall on different sides of the goal."""
        if len(self._history.all_of(newest.measure)) == 1:
            return False
        same = self._history.same_day(newest)
        return len(same) > 1 and len({compare(m, target)[0] for m in same}) > 1


def _reason(status: ValueStatusName, text: Localized, target: Target | None) -> Reason:
    if target is None or status not in _BY_TARGET:
        return Reason(f"value:{status}", text, "C", None)
    return Reason(f"value:{status}", text, target.status, target.source)


def _reduced(target: Target, reduction: FactUsed) -> list[Reason]:
    """Say how much the value has fallen since treatment began, beside what the source asks for."""
    if reduction.value is None or target.reduction_percent is None:
        return []
    text = wording.reduced(str(reduction.value), str(target.reduction_percent))
    return [Reason("value:reduction", text, target.status, target.source, (reduction,))]
