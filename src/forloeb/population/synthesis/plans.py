"""Hints for making plans: for each diagnosed patient and disease, the yearly controls held since the diagnosis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forloeb.population.synthesis.controls import ControlRows
from forloeb.population.synthesis.days import NEVER
from forloeb.population.synthesis.diseases import Health
from forloeb.population.synthesis.draws import Ints
from forloeb.population.synthesis.people import People

PLAN_DISEASES = ("type2_diabetes", "copd", "ihd")
"""The diseases that a forløbsplan is made for."""


@dataclass(frozen=True)
class PlanHints:
    """By column, one row per living patient and disease with a plan to make, in the order of persons.

    `last_control` and `first_control` are the newest and oldest yearly control since the diagnosis within ten
    years (NEVER where there was none), `controls` how many there were. A last control within a year back from
    the last day means that the yearly control was done; an older one that it is overdue.
    """

    person: Ints
    disease: Ints
    """Place in PLAN_DISEASES."""
    onset: Ints
    first_control: Ints
    last_control: Ints
    controls: Ints


def plan_hints(people: People, health: Health, controls: ControlRows) -> PlanHints:
    """Sum the controls up for each living patient and disease."""
    parts = []
    for place, disease in enumerate(PLAN_DISEASES):
        onset = health.onset[disease]
        since = controls.day >= onset[controls.person]
        person, day = controls.person[since], controls.day[since]
        count = np.bincount(person, minlength=len(people))
        first = np.full(len(people), NEVER)
        last = np.full(len(people), -1)
        np.minimum.at(first, person, day)
        np.maximum.at(last, person, day)
        rows = np.flatnonzero(health.has[disease] & (people.died == NEVER))
        last = np.where(last < 0, NEVER, last)
        parts.append((rows, np.full(len(rows), place), onset[rows], first[rows], last[rows], count[rows]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0] * len(PLAN_DISEASES) + columns[1], kind="stable")
    return PlanHints(*(column[order] for column in columns))
