"""What is to be done before a control, so that its answers are there when the patient comes."""

from __future__ import annotations

from typing import Literal

from forloeb.guidelines.results import Evaluation
from forloeb.population.reasons import missing_values
from forloeb.terminology import measures

Before = Literal["blood", "urine", "home-pressure"]

IN_URINE = frozenset({"uacr"})
PRESSURE = frozenset({"sbp_home", "dbp_home", "sbp_clinic", "dbp_clinic"})


def before_control(evaluation: Evaluation) -> tuple[Before, ...]:
    """Give what a control now would lack: what is due, missing or too old, by how it is measured."""
    lacking = {measure.id for measure in missing_values(evaluation)}
    lacking |= {name for due in evaluation.due if due.due_on <= evaluation.as_of for name in due.measures}
    found: list[Before] = []
    if any(measures()[name].setting == "laboratory" and name not in IN_URINE for name in lacking):
        found.append("blood")
    if lacking & IN_URINE:
        found.append("urine")
    if lacking & PRESSURE:
        found.append("home-pressure")
    return tuple(found)
