"""The nation's practices: those that the statistics count, and those that they leave out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forloeb.population.synthesis.draws import Bools, Draws, Ints
from forloeb.population.synthesis.national_figures import MONTHS, NationalFigures

NEVER_CLOSES = 1 << 20
KINDS = ("counting", "closed", "regional-clinic", "tender-clinic", "other-type")


@dataclass(frozen=True)
class NationalPractices:
    """By column, one row per practice. `kind` is a place in KINDS; `doctors` is 0 where the number is not known."""

    kind: Ints
    doctors: Ints
    closing_month: Ints
    """The month in which it closed, counted from the year's first; it has no plans from then on."""

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def counts(self) -> Bools:
        """Whether each counts in the statistics."""
        counting: Bools = self.kind == 0
        return counting


_DOCTORS = (1, 2, 3, 4, 5, 6)
_DOCTOR_SHARES = (0.42, 0.68, 0.84, 0.94, 0.98)


def draw_national_practices(figures: NationalFigures, draws: Draws) -> NationalPractices:
    """Draw every practice: first those that count, the last of them without a known number of doctors."""
    how_many = [figures.practices, figures.closed, figures.regional, figures.tender, figures.other_types]
    kind = np.repeat(np.arange(len(KINDS)), [int(number.value) for number in how_many])
    place = np.arange(len(kind))
    doctors = np.array(_DOCTORS)[np.searchsorted(_DOCTOR_SHARES, draws.uniform("doctors", place), side="right")]
    counting = int(figures.practices.value)
    doctors[int(figures.practices_per_doctor.value) : counting] = 0
    closing = (draws.uniform("closing", place) * (2 * MONTHS - 1)).astype(np.int64) - MONTHS + 1
    return NationalPractices(kind, doctors, np.where(kind == 1, closing, NEVER_CLOSES))
