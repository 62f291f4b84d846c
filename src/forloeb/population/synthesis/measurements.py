"""Everything that was measured on a block's people in ten years."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forloeb.population.synthesis import body, laboratory, lungs, questions
from forloeb.population.synthesis.draws import Ints
from forloeb.population.synthesis.measured import PLACE, Column, Moments, Patients

_PANELS: dict[str, Callable[[Patients, Moments], list[Column]]] = {
    "hba1c": laboratory.long_term_sugar,
    "lipids": laboratory.lipids,
    "kidneys": laboratory.kidneys,
    "uacr": laboratory.urine_albumin,
    "pressure": body.pressure,
    "weight": body.weight,
    "smoking": questions.smoking,
    "feet": questions.feet,
    "eyes": questions.eyes,
    "spirometry": lungs.spirometry,
    "dyspnoea": lungs.dyspnoea,
    "exacerbations": lungs.exacerbations,
    "inhaler": lungs.inhaler,
    "saturation": body.saturation,
    "eosinophils": laboratory.eosinophils,
    "pulse": body.pulse,
    "heart_symptoms": questions.heart_symptoms,
    "habits": questions.habits,
}


@dataclass(frozen=True)
class ObservationRows:
    """Values by column, ordered by person (row of the block), day and measure. A measure has one value a day."""

    person: Ints
    measure: Ints
    """Place in `measured.WRITTEN`."""
    day: Ints
    number: Ints
    """In steps of the measure's last decimal, or the place of the answer."""
    comparator: Ints
    """Place in `measured.COMPARATORS`."""

    def __len__(self) -> int:
        return len(self.person)


def measure(patients: Patients, panels: dict[str, Moments]) -> ObservationRows:
    """Measure each panel at its moments."""
    columns = [column for panel, at in panels.items() for column in _PANELS[panel](patients, at)]
    person = np.concatenate([column.person for column in columns])
    day = np.concatenate([column.day for column in columns])
    place = np.concatenate([np.full(len(column.person), PLACE[column.measure]) for column in columns])
    number = np.concatenate([column.number for column in columns])
    comparator = np.concatenate([column.comparator for column in columns])
    # One key sorts by all three: days lie within a few years, measures are fewer than 64.
    earliest = int(day.min()) if len(day) else 0
    order = np.argsort((person << 32) + ((day - earliest) << 6) + place, kind="stable")
    return ObservationRows(person[order], place[order], day[order], number[order], comparator[order])
