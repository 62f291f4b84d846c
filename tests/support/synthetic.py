"""A synthetic population to hold against the figures: 40,960 people of one seed, as columns over everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from forloeb.jobs.generating import read_figures
from forloeb.population.synthesis import Batch, Figures, Population
from forloeb.population.synthesis.days import number_of
from forloeb.population.synthesis.draws import Bools, Floats, Ints
from forloeb.population.synthesis.measured import PLACE, WRITTEN
from forloeb.population.synthesis.medication import medication_codes

AS_OF = date(2026, 3, 1)
PEOPLE = 40_960
YEAR = 365


@cache
def figures() -> Figures:
    """Give the figures as they stand in content."""
    return read_figures()


@cache
def population(*, seed: int = 1, practices: int = 25, as_of: date = AS_OF) -> Population:
    """Give a population's recipe."""
    return Population(figures(), seed, practices, as_of)


@dataclass(frozen=True)
class Values:
    """Values of one measure: whose, when, how much in the measure's unit, and the comparator's number."""

    person: Ints
    day: Ints
    value: Floats
    comparator: Ints

    def latest(self, among: Bools, since: Ints | None = None) -> Values:
        """Keep each one's newest value (rows are in order of days)."""
        kept = among[self.person]
        if since is not None:
            kept &= self.day > since[self.person]
        newest = kept & ~np.isin(np.arange(len(kept)), _not_last(self.person, kept))
        return Values(self.person[newest], self.day[newest], self.value[newest], self.comparator[newest])


def _not_last(person: Ints, kept: Bools) -> Ints:
    rows = np.flatnonzero(kept)
    followed: Ints = rows[:-1][person[rows][1:] == person[rows][:-1]]
    return followed


class Sample:
    """Everybody's people, diseases, drugs, controls and values."""

    def __init__(self, batches: list[Batch]) -> None:
        starts = np.cumsum([0] + [len(batch) for batch in batches])
        self.batches = batches
        self.women = self._of("women")
        self.born: Ints = self._of("born")
        self.died: Ints = self._of("died")
        self.cpr: Ints = self._of("cpr")
        self.last_day: Ints = self._of("last_day")
        self.ages = np.concatenate([batch.people.ages for batch in batches])
        diseases = batches[0].health.has
        self.has = {d: np.concatenate([b.health.has[d] for b in batches]) for d in diseases}
        self.onset = {d: np.concatenate([b.health.onset[d] for b in batches]) for d in diseases}
        self.control_person, self.control_day = self._rows("controls", "person", "day", starts=starts)
        self._drug_person, self._drug_code = self._rows("medication", "person", "code", starts=starts)
        self._person, self._measure, self._day, self._number, self._comparator = self._rows(
            "observations", "person", "measure", "day", "number", "comparator", starts=starts
        )

    def _of(self, column: str) -> Ints:
        return np.concatenate([getattr(batch.people, column) for batch in self.batches])

    def _rows(self, table: str, *columns: str, starts: Ints) -> list[Ints]:
        found = []
        for column in columns:
            parts = [getattr(getattr(batch, table), column) for batch in self.batches]
            shift = starts if column == "person" else np.zeros_like(starts)
            found.append(np.concatenate([part + first for part, first in zip(parts, shift[:-1], strict=True)]))
        return found

    def takes(self, *drugs: str) -> Bools:
        """Answer who takes, or took, one of the drugs."""
        codes = medication_codes(figures())
        wanted = {code for drug in figures().medication.drugs if drug.id in drugs for code in drug.choices}
        rows = np.isin(self._drug_code, [place for place, code in enumerate(codes) if code in wanted])
        answer = np.zeros(len(self.ages), dtype=bool)
        answer[self._drug_person[rows]] = True
        return answer

    def values(self, measure: str) -> Values:
        """Give all values of a measure."""
        place = PLACE[measure]
        rows = self._measure == place
        step = 10 ** WRITTEN[place].decimals
        return Values(self._person[rows], self._day[rows], self._number[rows] / step, self._comparator[rows])

    def recent(self, measure: str, among: Bools) -> Values:
        """Give each one's newest value of the last fifteen months."""
        return self.values(measure).latest(among, self.last_day - 456)

    def had_control(self) -> Bools:
        """Answer who had a yearly control within the last year."""
        answer = np.zeros(len(self.ages), dtype=bool)
        recent = self.last_day[self.control_person] - self.control_day <= YEAR
        answer[self.control_person[recent]] = True
        return answer

    def missing_at_control(self, measure: str, disease: str) -> float:
        """Give the share of controls, since the disease was found, at which the measure was not taken."""
        controls = self.control_day >= self.onset[disease][self.control_person]
        values = self.values(measure)
        control_keys = self.control_person[controls] * 100_000 + self.control_day[controls]
        return float(1 - np.isin(control_keys, values.person * 100_000 + values.day).mean())

    def per_year(self, disease: str, *measures: str) -> float:
        """Give how often measures are taken in a year with the disease, over the ten years."""
        onset = self.onset[disease]
        years = (np.minimum(self.last_day - onset, 10 * YEAR) / YEAR)[self.has[disease]].sum()
        taken = 0
        for measure in measures:
            values = self.values(measure)
            taken += int((self.has[disease][values.person] & (values.day >= onset[values.person])).sum())
        return float(taken / years)


@cache
def sample() -> Sample:
    """Draw the sample, once for all tests."""
    return Sample(list(population().batches(PEOPLE)))


def day(text: str) -> int:
    """Give the number of a day."""
    return number_of(date.fromisoformat(text))
