"""Who has which disease since when, and how it is coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forloeb.kernel.codes import ICPC2_DK, SNOMED_CT
from forloeb.population.synthesis.days import DAYS_A_YEAR, NEVER
from forloeb.population.synthesis.draws import Bools, Choice, Draws, Ints, Line
from forloeb.population.synthesis.figures import Disease, Figures
from forloeb.population.synthesis.people import People
from forloeb.population.synthesis.prevalence import Prevalence, state_of

SYSTEMS = {"icpc2": ICPC2_DK, "snomed": SNOMED_CT}


@dataclass(frozen=True)
class Health:
    """By disease: who has it, and the day it was found (NEVER where not)."""

    has: Mapping[str, Bools]
    onset: Mapping[str, Ints]

    def since(self, disease: str, persons: Ints, days: Ints) -> Bools:
        """Answer whether the persons (rows) had the disease on the days."""
        return self.onset[disease][persons] <= days


@dataclass(frozen=True)
class ConditionRows:
    """Diagnoses on the problem list, by column, in the order of persons (rows of the block)."""

    person: Ints
    code: Ints
    """Place in `condition_codes`."""
    onset: Ints


def condition_codes(figures: Figures) -> tuple[tuple[str, str], ...]:
    """List every (system, code) that a generated diagnosis may carry."""
    codes = [(SYSTEMS[d.system], code) for d in figures.diseases.diseases for code in d.codes]
    return (*codes, (ICPC2_DK, figures.diseases.kidney_disease_coded.code))


def draw_health(figures: Figures, prevalence: Prevalence, draws: Draws, people: People) -> Health:
    """Draw each disease for each person, in order."""
    has: dict[str, Bools] = {}
    onset: dict[str, Ints] = {}
    women, ages = people.women.astype(np.int64), people.ages.astype(np.int64)
    for disease, chances in zip(figures.diseases.diseases, prevalence.chances, strict=True):
        state = state_of(has, prevalence.depended_on, len(people))
        chance = chances.table[women, ages, state]
        has[disease.id] = draws.uniform(f"has/{disease.id}", people.numbers) < chance
        onset[disease.id] = np.where(has[disease.id], _onsets(disease, draws, people), NEVER)
    return Health(has, onset)


def _onsets(disease: Disease, draws: Draws, people: People) -> Ints:
    """Give the day each would have been diagnosed: as many years ago as the figures say, after the first age."""
    share = draws.uniform(f"onset/{disease.id}", people.numbers)
    years = Line(disease.years_since.points)(share)
    possible = np.maximum(people.ages - disease.first_age.value, 0.0)
    years = np.where(years <= possible, years, possible * share)
    return people.last_day - (years * DAYS_A_YEAR).astype(np.int64)


def conditions_of(figures: Figures, draws: Draws, people: People, health: Health, egfr_now: Ints) -> ConditionRows:
    """Code the diseases. `egfr_now` is each person's kidney function on the last day."""
    persons, codes, onsets = [], [], []
    first = 0
    for disease in figures.diseases.diseases:
        if disease.codes:
            rows = np.flatnonzero(health.has[disease.id])
            picked = Choice(disease.codes)(draws.uniform(f"code/{disease.id}", people.numbers[rows]))
            persons.append(rows)
            codes.append(picked + first)
            onsets.append(health.onset[disease.id][rows])
        first += len(disease.codes)
    kidneys = figures.diseases.kidney_disease_coded
    coded = draws.uniform("code/kidneys", people.numbers) < kidneys.share.value
    rows = np.flatnonzero(coded & (egfr_now < kidneys.below.value) & (people.ages >= 18))
    years = draws.uniform("onset/kidneys", people.numbers[rows]) * 6
    persons.append(rows)
    codes.append(np.full(len(rows), first))
    onsets.append(people.last_day[rows] - (years * DAYS_A_YEAR).astype(np.int64))
    person, code, onset = (np.concatenate(column) for column in (persons, codes, onsets))
    order = np.argsort(person * 1000 + code, kind="stable")
    return ConditionRows(person[order], code[order], onset[order])
