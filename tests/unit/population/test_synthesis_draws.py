"""The draws behind the synthetic people: even, independent, and the same on every machine."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from forloeb.population.synthesis.days import day_of, number_of, on_weekdays
from forloeb.population.synthesis.draws import Choice, Draws, Line, mixed, share_below, together
from tests.support.synthetic import AS_OF

MANY = np.arange(200_000)


def test_the_mixing_is_splitmix64() -> None:
    # The first outputs of the published generator for the seeds 0 and 1234567.
    assert mixed(np.array([0], dtype=np.uint64)).tolist() == [0xE220A8397B1DCDAF]
    assert mixed(np.array([1234567], dtype=np.uint64)).tolist() == [6457827717110365317]


def test_draws_of_one_purpose_are_even() -> None:
    uniform = Draws(1).uniform("purpose", MANY)
    assert 0 <= uniform.min() < uniform.max() < 1
    shares = np.bincount((uniform * 20).astype(int)) / len(MANY)
    assert shares == pytest.approx(np.full(20, 0.05), abs=0.002)


@pytest.mark.parametrize("other", [("purpose", 2, 0), ("another", 1, 0), ("purpose", 1, 1)])
def test_draws_for_another_seed_purpose_or_neighbour_are_unrelated(other: tuple[str, int, int]) -> None:
    purpose, seed, shift = other
    one, two = Draws(1).uniform("purpose", MANY), Draws(seed).uniform(purpose, MANY + shift)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.01


def test_a_draw_does_not_depend_on_what_is_drawn_with_it() -> None:
    draws = Draws(4)
    together_drawn = draws.uniform("purpose", MANY[:, None], np.arange(3)[None, :])
    assert draws.uniform("purpose", np.array([77]), np.array([2]))[0] == together_drawn[77, 2]
    assert draws.sixteenths("coarse", 7, MANY)[5].tolist() == draws.sixteenths("coarse", 7, MANY[5:6])[0].tolist()


def test_normal_draws_are_standard_normal() -> None:
    normal = Draws(1).normal("purpose", MANY)
    assert normal.mean() == pytest.approx(0, abs=0.01)
    assert normal.std() == pytest.approx(1, abs=0.01)
    mix = together(0.7, normal, Draws(1).normal("another", MANY))
    assert mix.std() == pytest.approx(1, abs=0.01)


def test_shares_below_are_the_normal_distributions() -> None:
    at = np.linspace(-7, 7, 1001)
    assert share_below(at) == pytest.approx([NormalDist().cdf(z) for z in at], abs=2e-6)


def test_a_line_goes_through_its_points_and_is_level_outside() -> None:
    line = Line([(0, 1), (0.5, 2), (1, 10)])
    assert line(np.array([-1, 0, 0.25, 0.5, 0.75, 1, 2])).tolist() == [1, 1, 1.5, 2, 6, 10, 10]


def test_a_choice_follows_its_shares() -> None:
    choice = Choice({"a": 0.5, "b": 0.3, "c": 0.2})
    picked = choice(Draws(1).uniform("choice", MANY))
    assert np.bincount(picked) / len(MANY) == pytest.approx([0.5, 0.3, 0.2], abs=0.005)


def test_weekends_move_to_the_friday_before() -> None:
    days = on_weekdays(np.arange(number_of(AS_OF), number_of(AS_OF) + 14))
    assert [day_of(day).weekday() for day in days.tolist()] == [4, 0, 1, 2, 3, 4, 4, 4, 0, 1, 2, 3, 4, 4]
