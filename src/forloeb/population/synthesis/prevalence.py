"""From figures to chances: scales each disease's shape over ages so that its share, women and overlaps come out.

Everything is computed on a grid of sex, age and the diseases that others depend on, before anybody is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from forloeb.population.synthesis.draws import Bools, Floats, Ints, Line
from forloeb.population.synthesis.figure_kinds import Pyramid
from forloeb.population.synthesis.figures import Disease, Figures
from forloeb.population.synthesis.groups import split

_MOST = 0.95  # no group of one age and sex all have a disease
_AGES = 121


@dataclass(frozen=True)
class Chances:
    """The chance of one disease by [woman, age in whole years, state of the diseases it may depend on]."""

    disease: str
    table: Floats


@dataclass(frozen=True)
class Prevalence:
    """The chances of all diseases, in the order of drawing. A state has bit i set for `depended_on[i]`."""

    depended_on: tuple[str, ...]
    chances: tuple[Chances, ...]


def prevalence_of(figures: Figures) -> Prevalence:
    """Work out all chances. Raises ValueError where figures contradict each other."""
    named = {name for d in figures.diseases.diseases for group in d.among for name in group.named}
    depended_on = tuple(d.id for d in figures.diseases.diseases if d.id in named)
    states = _states(depended_on)
    mass = np.zeros((2, _AGES, 1 << len(depended_on)))
    mass[:, :, 0] = _people(figures.people.pyramid)
    chances = []
    for disease in figures.diseases.diseases:
        table = np.round(_scaled(disease, states, mass), 9)
        chances.append(Chances(disease.id, table))
        if disease.id in depended_on:
            mass = _spread(mass, table, 1 << depended_on.index(disease.id))
    return Prevalence(depended_on, tuple(chances))


def _states(depended_on: tuple[str, ...]) -> dict[str, Bools]:
    rows = np.array(list(product((False, True), repeat=len(depended_on))))
    return {name: rows[:, len(depended_on) - 1 - bit] for bit, name in enumerate(depended_on)}


def _people(pyramid: Pyramid) -> Floats:
    """Give the share of all people by [woman, age]."""
    bands = np.minimum(np.arange(_AGES) // pyramid.band_years, len(pyramid.people) - 1)
    widths = np.bincount(bands)
    people = np.array(pyramid.people)[bands] / widths[bands]
    women = np.array(pyramid.women)[bands]
    grid = np.stack([people * (1 - women), people * women])
    shares: Floats = grid / np.sum(grid)
    return shares


def _spread(mass: Floats, table: Floats, bit: int) -> Floats:
    """Move those who have the disease to the states that say so."""
    having = mass * table
    moved = mass - having
    without = np.array([state for state in range(mass.shape[2]) if not state & bit])
    moved[:, :, without | bit] += having[:, :, without]
    return moved


def _scaled(disease: Disease, states: dict[str, Bools], mass: Floats) -> Floats:
    shape = _shape(disease)[:, :, None]
    size = mass.shape[2]
    parts = split(disease.among, states, size)
    rest = ~np.logical_or.reduce([mine for _, mine in parts], axis=0) if parts else np.ones(size, dtype=bool)
    goals = [(mine, group.share * float(np.sum(mass[:, :, mine]))) for group, mine in parts]
    goals.append((rest, disease.share.value - sum(goal for _, goal in goals)))
    if goals[-1][1] < -1e-9:
        raise ValueError(f"{disease.id}: the groups alone have more of it than its share says")
    female = 1.0
    table = np.zeros_like(mass)
    for _ in range(12):
        weighted = shape * np.array([1.0, female])[:, None, None]
        for mine, goal in goals:
            table[:, :, mine] = _scaled_to(goal, weighted, mass[:, :, mine])
        by_sex = np.sum(mass * table, axis=(1, 2))
        women, men = float(by_sex[1]), float(by_sex[0])
        if min(women, men) <= 0:
            break
        female *= disease.women.value / (1 - disease.women.value) * men / women
    return table


def _scaled_to(goal: float, shape: Floats, mass: Floats) -> Floats:
    """Scale the shape so that so much of the mass has the disease, never above the most a group may have."""
    factor = 1.0
    table = np.minimum(shape * np.ones_like(mass), _MOST)
    for _ in range(20):
        reached = float(np.sum(mass * table))
        if reached <= 0:
            return np.zeros_like(mass)
        factor *= max(goal, 0.0) / reached
        table = np.minimum(shape * factor * np.ones_like(mass), _MOST)
    return table


def _shape(disease: Disease) -> Floats:
    ages = np.arange(_AGES, dtype=np.float64) + 0.5
    by_age = disease.by_age
    lines = (Line(list(zip(by_age.ages, column, strict=True))) for column in (by_age.men, by_age.women))
    return np.stack([np.where(ages < disease.first_age.value, 0.0, line(ages)) for line in lines])


def state_of(has: dict[str, Bools], depended_on: tuple[str, ...], size: int) -> Ints:
    """Number each person's state of the diseases that others depend on; those not drawn yet count as not had."""
    state = np.zeros(size, dtype=np.int64)
    for bit, name in enumerate(depended_on):
        if name in has:
            state |= has[name].astype(np.int64) << bit
    return state
