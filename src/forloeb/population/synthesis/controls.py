"""When people are seen: a grid of ten years with a yearly control and three more contacts in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forloeb.population.synthesis.days import DAYS_A_YEAR, on_weekdays
from forloeb.population.synthesis.diseases import Health
from forloeb.population.synthesis.draws import Bools, Draws, Floats, Ints, share_below, together
from forloeb.population.synthesis.figures import ControlFigures, Figures
from forloeb.population.synthesis.groups import shares
from forloeb.population.synthesis.people import People

YEARS = 10
_SLOTS = 4
_YEAR = 363  # two days short, so that moving a weekend day back never leaves the year

CLASSES = ("type2_diabetes", "copd", "ihd", "type1_diabetes", "hypertension", "uncoded", "adult", "young")
"""The classes of patient that measuring goes by."""

_NUMBERS = range(1 << len(CLASSES))


@dataclass(frozen=True)
class Visits:
    """The contacts at which something may be measured, by column, person by person, the newest first."""

    person: Ints
    day: Ints
    year: Ints
    """Whole years before the last day: 0 is the last year."""
    is_control: Bools
    classes: Ints
    """Which classes the person was in that day: bit i for CLASSES[i]."""

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class ControlRows:
    """Yearly controls held, by column: rows of the block, and days."""

    person: Ints
    day: Ints


def draw_visits(figures: Figures, draws: Draws, people: People, health: Health) -> Visits:
    """Draw the ten years up to each person's last day."""
    days = _days(draws, people)
    classes = _classes(figures.controls, people, health, days)
    chance = _contact_chances(figures.controls)[classes]
    slots = np.arange(YEARS * _SLOTS).reshape(1, YEARS, _SLOTS)
    happens = draws.uniform("contact", people.numbers[:, None, None], slots) < chance
    control = _control_chances(figures, people, health, days[:, :, 0])
    # The first contact of a year is the yearly control; those without a disease to control just have a contact more.
    is_control = np.zeros(days.shape, dtype=bool)
    is_control[:, :, 0] = control > 0
    happens[:, :, 0] = np.where(control > 0, _comes(figures, draws, people, control), happens[:, :, 0])
    grown = days >= people.born[:, None, None] + int(figures.controls.child_until.value * DAYS_A_YEAR)
    at = np.nonzero(happens & grown)
    return Visits(at[0], days[at], at[1], is_control[at], classes[at])


def _days(draws: Draws, people: People) -> Ints:
    """Give the days of [person, year back, contact]: each person has a season for the control."""
    season = (draws.uniform("season", people.numbers) * _YEAR).astype(np.int64)[:, None, None]
    year = np.arange(YEARS)[None, :, None]
    quarter = np.arange(_SLOTS)[None, None, :]
    return on_weekdays(people.last_day[:, None, None] - 365 * year - (season + 91 * quarter) % _YEAR)


def controls_of(visits: Visits) -> ControlRows:
    """Pick the yearly controls."""
    return ControlRows(visits.person[visits.is_control], visits.day[visits.is_control])


def _classes(controls: ControlFigures, people: People, health: Health, days: Ints) -> Ints:
    """Number the classes each person was in on each day."""
    classes = np.zeros(days.shape, dtype=np.int64)
    for disease, onset in health.onset.items():
        seen_as = controls.seen_as.classes.get(disease, disease)
        if seen_as in CLASSES:
            classes |= (onset[:, None, None] <= days).astype(np.int64) << CLASSES.index(seen_as)
    adult = days - people.born[:, None, None] >= int(controls.adult_from.value * DAYS_A_YEAR)
    plain = np.where(adult, 1 << CLASSES.index("adult"), 1 << CLASSES.index("young"))
    return np.where(classes == 0, plain, classes)


def _contact_chances(controls: ControlFigures) -> Floats:
    """Give the chance of a contact in one of three slots of a year, by number of classes."""
    rates = [float(getattr(controls.contacts_between, name)) for name in CLASSES]
    highest = [max((rate for bit, rate in enumerate(rates) if number >> bit & 1), default=0.0) for number in _NUMBERS]
    return np.array(highest) / (_SLOTS - 1)


def _control_chances(figures: Figures, people: People, health: Health, firsts: Ints) -> Floats:
    """Give the chance of a yearly control by [person, year back]; 0 where there is no disease to control."""
    chances = np.empty(firsts.shape)
    for year in range(YEARS):
        has = {disease: onset <= firsts[:, year] for disease, onset in health.onset.items()}
        chances[:, year] = shares(figures.controls.control_last_year, has, people.ages)
    return chances


def _comes(figures: Figures, draws: Draws, people: People, chance: Floats) -> Bools:
    """Answer who comes to the yearly control, each by their own habit and the year's chance."""
    habit = draws.normal("habit", people.numbers)[:, None]
    luck = draws.normal("habit/year", people.numbers[:, None], np.arange(YEARS)[None, :])
    return share_below(together(figures.controls.own_habit.value, habit, luck)) < chance
