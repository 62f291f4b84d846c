"""What a goal aims at, as FHIR has it: a Range has no strict limits, so that its own words stand beside it."""

from __future__ import annotations

from forloeb.careplans.ranges import GoalRange
from forloeb.fhir.served.parts import JsonObject, coded, without_empty
from forloeb.kernel.codes import MCS, NPU, UCUM
from forloeb.kernel.measures import Measure
from forloeb.terminology import measures

_SYSTEMS = {"NPU": NPU, "MCS": MCS}
_WRITTEN_AS = {"sbp": "sbp_clinic", "dbp": "dbp_clinic"}
"""Goals that hold for a value at the practice and at home are written with the code of the practice's."""


def measure_of(goal: str) -> Measure | None:
    """Give the measure that a goal is written as."""
    return measures().get(_WRITTEN_AS.get(goal, goal))


def goal_words(goal: str, interval: GoalRange | None, unit: str, answer: str) -> str:
    """Write a goal in words: `LDL-kolesterol: < 1,4 mmol/L`."""
    measure = measure_of(goal)
    shown = (measure.unit_shown if measure else "") or unit
    words = answer or (f"{interval.text()} {shown}".strip() if interval else "")
    return f"{measure.name.da if measure else goal}: {words}"


def goal_target(goal: str, interval: GoalRange | None, unit: str, answer: str) -> list[JsonObject]:
    """Write what is measured, and the range or the answer that is aimed at; nothing for a measure not known."""
    measure = measure_of(goal)
    if measure is None:
        return []
    limits = (("low", interval.low), ("high", interval.high)) if interval else ()
    from_to = {
        name: {"value": limit.normalize(), "unit": unit, "system": UCUM, "code": unit}
        for name, limit in limits
        if limit is not None
    }
    detail = {"detailRange": from_to} if from_to else {"detailString": answer} if answer else {}
    return [{"measure": _coded(measure), **detail}]


def _coded(measure: Measure) -> JsonObject:
    code = measure.write or next(iter(measure.read), None)
    coding = [coded(_SYSTEMS[code.system], code.code)] if code else []
    return without_empty({"coding": coding, "text": measure.name.da})
