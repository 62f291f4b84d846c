"""A nation is drawn from its seed alone, month by month as many plans as were published."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from pydantic import ValidationError

from forloeb.jobs.generating import read_figures
from forloeb.jobs.nation import read_national_figures
from forloeb.population.synthesis.days import dates_of
from forloeb.population.synthesis.draws import Bools, Ints
from forloeb.population.synthesis.nation import Nation
from forloeb.population.synthesis.national_figures import AddedUp
from forloeb.population.synthesis.national_people import NoNumberLeft, draw_national_people

FIGURES = read_national_figures()


def nobody(numbers: Ints) -> Bools:
    return np.zeros(len(numbers), dtype=np.bool_)


def same(one: object, other: object) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(astuple(one), astuple(other), strict=True))  # type: ignore[call-overload]


def test_the_same_seed_gives_the_same_nation_and_another_seed_another() -> None:
    one, again, other = Nation(FIGURES, 7), Nation(FIGURES, 7), Nation(FIGURES, 8)
    assert same(one.practices, again.practices)
    assert same(one.courses, again.courses)
    assert same(one.events, again.events)
    assert not same(one.events, other.events)


def test_another_seed_has_the_published_months_too() -> None:
    nation = Nation(FIGURES, 8)
    counts = nation.practices.counts[nation.courses.practice[nation.events.course]]
    _, month, year = dates_of(nation.events.day)
    place = (year - 2024) * 12 + month - 3
    for months, number_is in ((FIGURES.new, nation.events.number == 1), (FIGURES.maintained, nation.events.number > 1)):
        here = counts & number_is & (place >= 0)
        assert tuple(np.bincount(place[here], minlength=12)) == months.per_month


def test_nobody_has_two_plans_of_one_type_or_saves_two_at_once() -> None:
    nation = Nation(FIGURES, 7)
    courses, events = nation.courses, nation.events
    assert len(np.unique(courses.person * 3 + courses.guideline)) == len(courses.person)
    moment = events.day * 86400 + events.second
    assert len(np.unique(np.stack([events.course, moment]), axis=1)[0]) == len(moment)


def test_no_two_people_have_one_number_and_none_is_born_on_new_years_day() -> None:
    people = draw_national_people(FIGURES, read_figures(), 7, 20_000, FIGURES.first, nobody)
    day, month, _ = dates_of(people.born)
    assert len(np.unique(people.cpr)) == 20_000
    assert not ((day == 1) & (month == 1)).any()


def test_a_number_that_somebody_has_is_passed_over() -> None:
    drawn = draw_national_people(FIGURES, read_figures(), 7, 500, FIGURES.first, nobody)
    taken = set(drawn.cpr[:3].tolist())

    def are_taken(numbers: Ints) -> Bools:
        return np.array([number in taken for number in numbers.tolist()], dtype=np.bool_)

    again = draw_national_people(FIGURES, read_figures(), 7, 500, FIGURES.first, are_taken)
    assert taken.isdisjoint(again.cpr.tolist())
    assert np.array_equal(again.cpr[3:], drawn.cpr[3:])


def test_where_no_number_is_left_nobody_is_made() -> None:
    with pytest.raises(NoNumberLeft, match="without a CPR number"):
        draw_national_people(FIGURES, read_figures(), 7, 10, FIGURES.first, lambda n: ~nobody(n))


def test_what_is_added_up_never_falls() -> None:
    with pytest.raises(ValidationError, match="never falls"):
        AddedUp(added_up=(2, 1, *range(3, 13)), status="A")
