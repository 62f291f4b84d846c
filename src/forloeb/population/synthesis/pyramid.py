"""How old people are: the age pyramid cut into as many equal strata as a block has people, one person in each.

A block therefore has the pyramid's shape, and no two people of a block share both sex and birthday, which is
what lets CPR numbers be unique without anybody counting (see `cpr`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forloeb.population.synthesis.days import DAYS_A_YEAR, dates_of
from forloeb.population.synthesis.draws import Bools, Draws, Floats, Ints
from forloeb.population.synthesis.figure_kinds import Pyramid

BLOCK = 4096
"""People in a block: the batch that is drawn at once."""


@dataclass(frozen=True)
class Strata:
    """For each stratum: the sex, and the ages in days from `youngest` up to but not including `oldest`."""

    women: Bools
    youngest: Ints
    oldest: Ints


def strata_of(pyramid: Pyramid) -> Strata:
    """Cut the pyramid into strata of the same size, on whole days."""
    people = np.array(pyramid.people)
    share = np.array(pyramid.women)
    women = round(BLOCK * float(np.sum(people * share)) / float(np.sum(people)))
    female_edges = _edges(pyramid, people * share, women)
    male_edges = _edges(pyramid, people * (1 - share), BLOCK - women)
    return Strata(
        women=np.arange(BLOCK) < women,
        youngest=np.concatenate([female_edges[:-1], male_edges[:-1]]),
        oldest=np.concatenate([female_edges[1:], male_edges[1:]]),
    )


def _edges(pyramid: Pyramid, people: Floats, parts: int) -> Ints:
    """Give the ages in days that cut the people into equal parts; every part has two days or more."""
    bands = np.append(np.arange(len(people)) * pyramid.band_years, pyramid.oldest) * DAYS_A_YEAR
    below = np.concatenate([[0.0], np.cumsum(people)]) / np.sum(people)
    edges = np.interp(np.arange(parts + 1) / parts, below, bands)
    days = np.round(np.round(edges, 6)).astype(np.int64)
    if np.any(np.diff(days) < 2):
        raise ValueError("the pyramid is too narrow: a stratum has fewer than two birthdays")
    return days


def births(draws: Draws, strata: Strata, block: int, as_of: int) -> tuple[Bools, Ints]:
    """Draw a block's people: whether each is a woman, and the day of birth. Nobody is born on 1 January.

    That day is kept out because CPR numbers that fail the control digit were given to real people born then.
    """
    place = np.arange(BLOCK) + block * BLOCK
    stratum = np.argsort(draws.bits("stratum", place), kind="stable")
    youngest, width = strata.youngest[stratum], (strata.oldest - strata.youngest)[stratum]
    step = (draws.uniform("birthday", place) * width).astype(np.int64)
    birth = as_of - youngest - step
    day, month, _ = dates_of(birth)
    on_new_year = (day == 1) & (month == 1)
    return strata.women[stratum], np.where(on_new_year, as_of - youngest - (step + 1) % width, birth)
