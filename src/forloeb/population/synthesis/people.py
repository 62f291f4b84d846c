"""The people of a block: when born, called what, on whose list since when, and who died."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forloeb.population.synthesis.cpr import cpr_numbers
from forloeb.population.synthesis.days import DAYS_A_YEAR, NEVER, dates_of
from forloeb.population.synthesis.draws import Bools, Draws, Floats, Ints, Line
from forloeb.population.synthesis.figures import Figures
from forloeb.population.synthesis.pyramid import BLOCK, Strata, births


@dataclass(frozen=True)
class People:
    """People by column, in the order of their numbers. Days are numbers of days; NEVER where it has not happened."""

    numbers: Ints
    women: Bools
    born: Ints
    died: Ints
    cpr: Ints
    given: Ints
    family: Ints
    practice: Ints
    joined: Ints
    previous_practice: Ints
    previous_joined: Ints
    last_day: Ints
    """The day of death, else the day the population is drawn as of."""

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def ages(self) -> Floats:
        """Age in years on the last day."""
        return (self.last_day - self.born) / DAYS_A_YEAR


def draw_people(figures: Figures, draws: Draws, strata: Strata, block: int, as_of: int, list_ends: Floats) -> People:
    """Draw a whole block of people. `list_ends` says where each practice ends on a line from 0 to 1."""
    numbers = np.arange(BLOCK) + block * BLOCK
    women, born = births(draws, strata, block, as_of)
    died = _deaths(figures, draws, numbers, born, as_of)
    last_day = np.minimum(died, as_of)
    practice = np.searchsorted(list_ends, draws.uniform("practice", numbers), side="right").astype(np.int64)
    joined, previous, previous_joined = _memberships(figures, draws, numbers, born, last_day, practice, list_ends)
    return People(
        numbers=numbers,
        women=women,
        born=born,
        died=died,
        cpr=cpr_numbers(draws, block, women, born),
        given=draw_given_names(figures, draws, numbers, women, born),
        family=(draws.uniform("family name", numbers) * len(figures.names.family)).astype(np.int64),
        practice=practice,
        joined=joined,
        previous_practice=previous,
        previous_joined=previous_joined,
        last_day=last_day,
    )


def _deaths(figures: Figures, draws: Draws, numbers: Ints, born: Ints, as_of: int) -> Ints:
    age = (as_of - born) / DAYS_A_YEAR
    dies = draws.uniform("dies", numbers) < Line(figures.people.died_last_year.points)(age)
    day = as_of - 1 - (draws.uniform("dies/on", numbers) * 364).astype(np.int64)
    return np.where(dies & (day > born), day, NEVER)


def _memberships(
    figures: Figures, draws: Draws, numbers: Ints, born: Ints, last_day: Ints, practice: Ints, list_ends: Floats
) -> tuple[Ints, Ints, Ints]:
    """Give the day each joined, the practice before (or -1) and the day of joining that."""
    years = Line(figures.people.years_on_list.points)(draws.uniform("joined", numbers))
    # Nobody joins on the very last day: a membership has a day at least.
    joined = np.maximum(np.minimum(last_day - 1, last_day - (years * DAYS_A_YEAR).astype(np.int64)), born)
    before = Line(figures.people.years_on_previous_list.points)(draws.uniform("joined before", numbers))
    previous_joined = np.maximum(joined - (before * DAYS_A_YEAR).astype(np.int64), born)
    other = np.searchsorted(list_ends, draws.uniform("previous practice", numbers), side="right").astype(np.int64)
    moved = (other != practice) & (previous_joined < joined)
    return joined, np.where(moved, other, -1), np.where(moved, previous_joined, NEVER)


def draw_given_names(figures: Figures, draws: Draws, numbers: Ints, women: Bools, born: Ints) -> Ints:
    """Give places in `given_names`."""
    _, _, year = dates_of(born)
    generation = np.searchsorted([names.born_before for names in figures.names.given], year, side="right")
    firsts, counts = _name_places(figures)
    row = generation * 2 + women
    return firsts[row] + (draws.uniform("given name", numbers) * counts[row]).astype(np.int64)


def _name_places(figures: Figures) -> tuple[Ints, Ints]:
    counts = np.array([len(names) for group in figures.names.given for names in (group.men, group.women)])
    return np.concatenate([[0], np.cumsum(counts)[:-1]]), counts


def given_names(figures: Figures) -> tuple[str, ...]:
    """List every given name in the order that `People.given` counts them."""
    return tuple(name for group in figures.names.given for names in (group.men, group.women) for name in names)
