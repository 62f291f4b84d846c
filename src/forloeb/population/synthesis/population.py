"""A whole synthetic population, block by block.

>>> population = Population(figures, seed=1, practices=3, as_of=date(2026, 3, 1))
>>> for batch in population.batches(10_000): ...

A patient is the same whatever the number of patients asked for; the practice also depends on the number of practices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property

import numpy as np

from forloeb.population.synthesis.controls import ControlRows, controls_of, draw_visits
from forloeb.population.synthesis.cpr import blocks_possible
from forloeb.population.synthesis.days import number_of
from forloeb.population.synthesis.diseases import ConditionRows, Health, conditions_of, draw_health
from forloeb.population.synthesis.draws import Draws, Floats, Ints
from forloeb.population.synthesis.figures import Figures
from forloeb.population.synthesis.laboratory import kidney_level
from forloeb.population.synthesis.measured import Moments, Patients
from forloeb.population.synthesis.measurements import ObservationRows, measure
from forloeb.population.synthesis.medication import MedicationRows, draw_medication
from forloeb.population.synthesis.panels import draw_panels
from forloeb.population.synthesis.people import People, draw_people
from forloeb.population.synthesis.plans import PlanHints, plan_hints
from forloeb.population.synthesis.practices import SyntheticPractice, draw_practices, list_weights
from forloeb.population.synthesis.prevalence import Prevalence, prevalence_of
from forloeb.population.synthesis.pyramid import BLOCK, Strata, strata_of


@dataclass(frozen=True)
class Batch:
    """A block's people with all that is known of them. Rows refer to people by their place in the batch."""

    people: People
    health: Health
    conditions: ConditionRows
    medication: MedicationRows
    observations: ObservationRows
    controls: ControlRows
    plans: PlanHints

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class Population:
    """The recipe of one population: the same recipe gives the same people, byte for byte."""

    figures: Figures
    seed: int
    practices: int
    as_of: date

    @cached_property
    def drawn_practices(self) -> tuple[SyntheticPractice, ...]:
        """The practices. Raises ValueError where there are too many or none."""
        return draw_practices(self.figures, self._draws, self.practices, self.as_of)

    def batches(self, patients: int) -> Iterator[Batch]:
        """Draw the first so many patients, a block at a time."""
        for block in range(blocks_of(patients)):
            yield self.batch(block, patients)

    def batch(self, block: int, patients: int) -> Batch:
        """Draw one block; the last one has only those who are left."""
        draws, figures, as_of = self._draws, self.figures, number_of(self.as_of)
        people = draw_people(figures, draws, self._strata, block, as_of, self._list_ends)
        people = _first(people, min(BLOCK, patients - block * BLOCK))
        health = draw_health(figures, self._prevalence, draws, people)
        medication = draw_medication(figures, draws, people, health)
        limit = self._albumin_limits[people.practice]
        patient = Patients(figures, draws, people, health, medication.started, limit)
        visits = draw_visits(figures, draws, people, health)
        controls = controls_of(visits)
        return Batch(
            people=people,
            health=health,
            conditions=conditions_of(figures, draws, people, health, _kidneys_now(patient)),
            medication=medication.rows,
            observations=measure(patient, draw_panels(figures, draws, people, visits)),
            controls=controls,
            plans=plan_hints(people, health, controls),
        )

    @cached_property
    def _draws(self) -> Draws:
        return Draws(self.seed)

    @cached_property
    def _strata(self) -> Strata:
        return strata_of(self.figures.people.pyramid)

    @cached_property
    def _prevalence(self) -> Prevalence:
        return prevalence_of(self.figures)

    @cached_property
    def _list_ends(self) -> Floats:
        return list_weights(self.drawn_practices)

    @cached_property
    def _albumin_limits(self) -> Ints:
        return np.array([practice.albumin_limit for practice in self.drawn_practices])


def blocks_of(patients: int) -> int:
    """Give how many blocks so many patients take. Raises ValueError when there are no CPR numbers for them all."""
    if not 1 <= patients <= most_patients():
        raise ValueError(f"there can be 1 to {most_patients()} patients")
    return -(-patients // BLOCK)


def most_patients() -> int:
    """Give how many patients there are unreal CPR numbers for."""
    return blocks_possible() * BLOCK


def _kidneys_now(patients: Patients) -> Ints:
    everybody = np.arange(len(patients.people))
    level = kidney_level(patients, Moments(everybody, patients.people.last_day))
    return np.rint(level).astype(np.int64)


def _first(people: People, how_many: int) -> People:
    if how_many == len(people):
        return people
    return replace(people, **{field.name: getattr(people, field.name)[:how_many] for field in fields(people)})
