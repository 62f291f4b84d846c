"""Who takes what, from which day to which."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forloeb.population.synthesis.days import DAYS_A_YEAR, NEVER
from forloeb.population.synthesis.diseases import Health
from forloeb.population.synthesis.draws import Bools, Choice, Draws, Floats, Ints, Line, share_below
from forloeb.population.synthesis.figures import Drug, Figures
from forloeb.population.synthesis.groups import shares, split
from forloeb.population.synthesis.people import People

_LEAST_DAYS = 30


@dataclass(frozen=True)
class MedicationRows:
    """Medicines by column, in the order of persons (rows of the block); `stopped` is NEVER where still taken."""

    person: Ints
    code: Ints
    """Place in `medication_codes`."""
    started: Ints
    stopped: Ints


@dataclass(frozen=True)
class Medication:
    """The rows, and by drug the day each person began it (NEVER where not)."""

    rows: MedicationRows
    started: Mapping[str, Ints]


def medication_codes(figures: Figures) -> tuple[str, ...]:
    """List every ATC code that a generated medicine may carry."""
    return tuple(code for drug in figures.medication.drugs for code in drug.choices)


def draw_medication(figures: Figures, draws: Draws, people: People, health: Health) -> Medication:
    """Draw every drug for every person."""
    without_medicine = draws.uniform("lifestyle only", people.numbers) < figures.medication.lifestyle_only.value
    persons, codes, starts, stops = [], [], [], []
    began: dict[str, Ints] = {}
    first = 0
    for drug in figures.medication.drugs:
        chance = shares(drug.groups, health.has, people.ages)
        if drug.glucose:
            diabetic = health.has["type2_diabetes"]
            chance = np.where(diabetic, chance / (1 - figures.medication.lifestyle_only.value), chance)
            chance[diabetic & without_medicine] = 0
        start = _starts(figures, drug, draws, people, health)
        takes = (_taking(drug, draws, people) < chance) & (start < people.last_day)
        stop = _stops(figures, drug, draws, people, start)
        began[drug.id] = np.where(takes, start, NEVER)
        rows = np.flatnonzero(takes)
        persons.append(rows)
        codes.append(Choice(drug.choices)(draws.uniform(f"choice/{drug.id}", people.numbers[rows])) + first)
        starts.append(start[rows])
        stops.append(stop[rows])
        first += len(drug.choices)
    person, code, started, stopped = (np.concatenate(column) for column in (persons, codes, starts, stops))
    order = np.argsort(person * 1000 + code, kind="stable")
    return Medication(MedicationRows(person[order], code[order], started[order], stopped[order]), began)


def _taking(drug: Drug, draws: Draws, people: People) -> Floats:
    """Give each person a number from 0 to 1 to hold against the chance, tied to the measure the drug follows."""
    if drug.follows is None:
        return draws.uniform(f"takes/{drug.id}", people.numbers)
    level = own_level(draws, drug.follows.measure, people.numbers)
    other = draws.normal(f"takes/{drug.id}", people.numbers)
    by = drug.follows.by
    return share_below(-by * level + math.sqrt(1 - by * by) * other)


def own_level(draws: Draws, measure: str, numbers: Ints) -> Floats:
    """Give each person's own lasting level of a measure, as a standard normal."""
    return draws.normal(f"level/{measure}", numbers)


def _starts(figures: Figures, drug: Drug, draws: Draws, people: People, health: Health) -> Ints:
    """Give the first day on the drug: some time after the disease it is for was found."""
    lag = figures.medication.years_until_late_start if drug.late else figures.medication.years_until_start
    share = draws.uniform(f"start/{drug.id}", people.numbers)
    years = Line(lag.points)(share)
    reason = people.last_day - (years * 2 * DAYS_A_YEAR).astype(np.int64)
    for group, mine in split(drug.groups, health.has, len(people)):
        if group.with_:
            reason[mine] = health.onset[group.with_[0]][mine]
    start = reason + (years * DAYS_A_YEAR).astype(np.int64)
    sooner = reason + ((people.last_day - reason) * share).astype(np.int64)
    return np.where(start < people.last_day, start, sooner)


def _stops(figures: Figures, drug: Drug, draws: Draws, people: People, start: Ints) -> Ints:
    """Give the day the drug was stopped, NEVER for most. Those who died took it until then."""
    stops: Bools = draws.uniform(f"stops/{drug.id}", people.numbers) < figures.medication.stopped.value
    length = ((people.last_day - start) * draws.uniform(f"stop/{drug.id}", people.numbers)).astype(np.int64)
    return np.where(stops & (length >= _LEAST_DAYS), start + length, NEVER)
