"""The people of a synthetic nation: named, born, and numbered with CPR numbers that belong to nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forloeb.population.synthesis.cpr import cpr_numbers
from forloeb.population.synthesis.days import DAYS_A_YEAR, dates_of, number_of
from forloeb.population.synthesis.draws import Bools, Draws, Ints, Line
from forloeb.population.synthesis.figures import Figures
from forloeb.population.synthesis.national_figures import NationalFigures
from forloeb.population.synthesis.people import draw_given_names

_TRIES = 50


@dataclass(frozen=True)
class NationalPeople:
    """By column, one row per person. `given` is a place in `given_names`, `family` one in the family names."""

    women: Bools
    born: Ints
    cpr: Ints
    given: Ints
    family: Ints


class NoNumberLeft(ValueError):
    """So many people share a birthday that there is no unreal CPR number left for one of them."""


def draw_national_people(
    national: NationalFigures,
    figures: Figures,
    seed: int,
    how_many: int,
    first: date,
    are_taken: Callable[[Ints], Bools],
) -> NationalPeople:
    """Draw people 0 … how_many - 1. `are_taken` says which numbers somebody else has already; they get another.

    The same seed gives the same people where nobody has their numbers.
    """
    draws = Draws(seed)
    place = np.arange(how_many)
    women = draws.uniform("women", place) < national.women.value
    age = Line(national.age.points)(draws.uniform("age", place))
    born = number_of(first) - (age * DAYS_A_YEAR).astype(np.int64)
    day, month, _ = dates_of(born)
    born += (day == 1) & (month == 1)  # on 1 January real numbers fail the control too
    people = NationalPeople(
        women=women,
        born=born,
        cpr=np.zeros(how_many, dtype=np.int64),
        given=draw_given_names(figures, draws, place, women, born),
        family=(draws.uniform("family name", place) * len(figures.names.family)).astype(np.int64),
    )
    return replace(people, cpr=_numbers(draws, people, are_taken))


def _numbers(draws: Draws, people: NationalPeople, are_taken: Callable[[Ints], Bools]) -> Ints:
    """Give everybody a number: the next of their birthday and sex, past those that are taken."""
    turn = _turns(people)
    shared = int(turn.max(initial=0)) + 1
    cpr = np.empty(len(turn), dtype=np.int64)
    missing = np.arange(len(turn))
    for _ in range(_TRIES):
        for at in np.unique(turn[missing]):
            rows = missing[turn[missing] == at]
            cpr[rows] = cpr_numbers(draws, int(at), people.women[rows], people.born[rows])
        missing = missing[are_taken(cpr[missing])]
        if not len(missing):
            return cpr
        turn[missing] += shared
    raise NoNumberLeft(f"{len(missing)} people are left without a CPR number: too many share their birthdays")


def _turns(people: NationalPeople) -> Ints:
    """Count each person among those of the same birthday and sex."""
    key = people.born * 2 + people.women
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    turns = np.empty(len(key), dtype=np.int64)
    turns[order] = np.arange(len(key)) - np.searchsorted(ordered, ordered)
    return turns
