"""A year of plans in the whole nation: which practice saved a plan of which type for whom, on which day.

Every month has exactly as many new and maintained plans in counting practices as were published; beside them stand the
plans of practices that do not count. A plan is maintained where it was begun in an earlier month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from forloeb.population.synthesis.days import number_of
from forloeb.population.synthesis.draws import Bools, Choice, Draws, Ints, Line
from forloeb.population.synthesis.national_figures import MONTHS, NationalFigures
from forloeb.population.synthesis.national_practices import NationalPractices, draw_national_practices

_MONTHS_BEFORE = 24
"""How far back the plans reach that are maintained in the year."""
_REST_MONTHS = 2
"""A plan was seldom looked at again within so many months."""


@dataclass(frozen=True)
class Courses:
    """One row per plan of one person and one type: by whom begun, and when. Persons are numbered from 0."""

    person: Ints
    practice: Ints
    guideline: Ints
    month: Ints
    """The month it was begun in, counted from the year's first (0); earlier ones are negative."""


@dataclass(frozen=True)
class Events:
    """One row per saved plan: its course, its place among the course's (1 is the new one), its day and second."""

    course: Ints
    number: Ints
    day: Ints
    second: Ints


@dataclass(frozen=True)
class Nation:
    """All plans of one seed."""

    figures: NationalFigures
    seed: int

    @cached_property
    def practices(self) -> NationalPractices:
        """Every practice, those that count first."""
        return draw_national_practices(self.figures, self._draws)

    @cached_property
    def courses(self) -> Courses:
        """Every plan that was begun, ordered by practice, month and the order of drawing."""
        begun = [self._begun(counts, month) for counts in (True, False) for month in range(-_MONTHS_BEFORE, MONTHS)]
        month = np.concatenate([np.full(len(practice), month) for practice, month in begun])
        practice = np.concatenate([practice for practice, _ in begun])
        order = np.lexsort((month, practice))
        guideline = Choice(self.figures.types.shares)(self._draws.uniform("type", np.arange(len(order))))
        practice, month = practice[order], month[order]
        return Courses(self._persons(practice, guideline), practice, guideline, month)

    @cached_property
    def events(self) -> Events:
        """Every saved plan, ordered by course and month."""
        courses = self.courses
        course, month = np.arange(len(courses.month)), courses.month
        newest = month.copy()
        parts = [(course, month)]
        for at in range(MONTHS):
            chosen = self._maintained(newest, at)
            newest[chosen] = at
            parts.append((chosen, np.full(len(chosen), at)))
        course, month = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.lexsort((month, course))
        course, month = course[order], month[order]
        first = np.searchsorted(course, course)
        number = np.arange(len(course)) - first + 1
        return Events(course, number, self._days(course, month), self._seconds(course, month))

    @property
    def _draws(self) -> Draws:
        return Draws(self.seed)

    def _begun(self, counts: bool, month: int) -> tuple[Ints, int]:
        """Draw the practices of the plans that were begun in a month."""
        if month >= 0:
            how_many = self.figures.new.per_month[month]
        else:
            how_many = round(self.figures.earlier.value / _MONTHS_BEFORE)
        if not counts:
            how_many = round(how_many * self.figures.left_out.value)
        weights = np.where(self.practices.counts == counts, self._weights, 0.0) * self._at_work(month)
        uniform = self._draws.uniform(f"begun/{counts}/{month}", np.arange(how_many))
        ends = np.cumsum(weights)
        return np.searchsorted(ends, uniform * ends[-1], side="right").astype(np.int64), month

    @cached_property
    def _weights(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        place = np.arange(len(self.practices))
        per_doctor = Line(self.figures.spread.points)(self._draws.uniform("spread", place))
        return per_doctor * np.maximum(self.practices.doctors, 1)

    def _at_work(self, month: int) -> Bools:
        """Whether each practice works with plans in a month: it is open, and it is one of its months."""
        place = np.arange(len(self.practices))
        at_work = self._draws.uniform("at work", place, np.array([month + _MONTHS_BEFORE])) < self.figures.at_work.value
        return at_work & (month < self.practices.closing_month)

    def _persons(self, practice: Ints, guideline: Ints) -> Ints:
        """Let some neighbouring plans of two types in one practice be one person's; nobody has more than two."""
        place = np.arange(len(practice))
        joins = np.zeros(len(practice), dtype=np.bool_)
        joins[1:] = (practice[1:] == practice[:-1]) & (guideline[1:] != guideline[:-1]) & (place[1:] % 2 == 1)
        joins &= self._draws.uniform("both", place) < self.figures.both.value
        persons: Ints = np.cumsum(~joins) - 1
        return persons

    def _maintained(self, newest: Ints, month: int) -> Ints:
        """Draw the courses that are maintained in a month; those that were seen lately come last."""
        courses = self.courses
        may = (courses.month < month) & self._at_work(month)[courses.practice]
        turn = self._draws.uniform("maintained", np.arange(len(newest)), np.array([month]))
        turn += newest >= month - _REST_MONTHS
        chosen = []
        for counts, share in ((True, 1.0), (False, self.figures.left_out.value)):
            how_many = round(self.figures.maintained.per_month[month] * share)
            rows = np.flatnonzero(may & (self.practices.counts[courses.practice] == counts))
            if len(rows) < how_many:
                raise ValueError(f"only {len(rows)} plans can be maintained in month {month}, of {how_many}")
            chosen.append(rows[np.argsort(turn[rows], kind="stable")[:how_many]])
        return np.concatenate(chosen)

    def _days(self, course: Ints, month: Ints) -> Ints:
        """Draw a working day of the month for each."""
        days = np.empty_like(month)
        uniform = self._draws.uniform("day", course, month + _MONTHS_BEFORE)
        for at in np.unique(month):
            working = working_days(month_at(self.figures.first, int(at)))
            here = month == at
            days[here] = working[(uniform[here] * len(working)).astype(np.int64)]
        return days

    def _seconds(self, course: Ints, month: Ints) -> Ints:
        """Draw a second of the day's opening hours, 8 to 16."""
        uniform = self._draws.uniform("second", course, month + _MONTHS_BEFORE)
        return 8 * 3600 + (uniform * 8 * 3600).astype(np.int64)


def month_at(first: date, place: int) -> date:
    """Give the first day of the month so many after (or before) the first."""
    months = first.year * 12 + first.month - 1 + place
    return date(months // 12, months % 12 + 1, 1)


def working_days(month: date) -> Ints:
    """Give the numbers of the month's days from Monday to Friday."""
    days = np.arange(number_of(month), number_of(month_at(month, 1)))
    return days[(days + 3) % 7 < 5]
