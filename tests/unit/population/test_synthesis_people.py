"""Who the synthetic people are: nobody real, and the same whoever else is drawn."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from datetime import date

import numpy as np
import pytest

from forloeb.kernel.identifiers import CprNumber, Sex
from forloeb.population.synthesis import Batch
from forloeb.population.synthesis.days import NEVER, day_of
from forloeb.population.synthesis.population import blocks_of, most_patients
from forloeb.population.synthesis.practices import MOST_PRACTICES, verhoeff_digit
from tests.support.synthetic import AS_OF, figures, population, sample


def _same(left: object, right: object, first: int | None = None) -> bool:
    """Compare two dataclasses of columns, or the rows of their first people."""
    for field in fields(left):  # type: ignore[arg-type]
        a, b = getattr(left, field.name), getattr(right, field.name)
        if isinstance(a, np.ndarray) and not np.array_equal(a, b):
            return False
    return True


def _tables(batch: Batch) -> list[object]:
    return [
        table for field in fields(batch) if is_dataclass(table := getattr(batch, field.name)) and field.name != "health"
    ]


def test_every_cpr_number_is_synthetic_and_tells_birthday_and_sex() -> None:
    people = population().batch(3, 10**6).people
    for cpr, born, woman in zip(people.cpr.tolist(), people.born.tolist(), people.women.tolist(), strict=True):
        number = CprNumber(f"{cpr:010d}")
        assert number.is_synthetic
        assert number.birth_date == day_of(born)
        assert number.sex is (Sex.FEMALE if woman else Sex.MALE)


def test_no_two_people_share_a_cpr_number() -> None:
    blocks = [*range(40), *range(1760, 1800)]
    numbers = np.concatenate([population().batch(block, most_patients()).people.cpr for block in blocks])
    assert len(np.unique(numbers)) == len(numbers)


def test_there_are_numbers_for_all_of_denmark() -> None:
    assert most_patients() > figures().people.size_of_denmark.value
    with pytest.raises(ValueError, match="there can be 1 to"):
        blocks_of(most_patients() + 1)


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 1, 2), date(2036, 12, 31)])
def test_nobody_is_born_on_new_years_day_or_after_the_day_we_ask(as_of: date) -> None:
    people = population(as_of=as_of).batch(0, 4096).people
    births = [day_of(born) for born in people.born.tolist()]
    assert not [born for born in births if (born.month, born.day) == (1, 1)]
    assert max(births) <= as_of


def test_the_same_seed_gives_the_same_people_and_another_gives_others() -> None:
    one, again, other = (population(seed=seed, practices=p).batch(0, 4096) for seed, p in ((7, 3), (7, 3), (8, 3)))
    assert all(_same(left, right) for left, right in zip(_tables(one), _tables(again), strict=True))
    assert not np.array_equal(one.people.cpr, other.people.cpr)


def test_a_patient_does_not_depend_on_how_many_there_are() -> None:
    few, many = population().batch(0, 1600), population().batch(0, 10**6)
    assert len(few) == 1600
    assert np.array_equal(few.people.cpr, many.people.cpr[:1600])
    for name in ("conditions", "medication", "observations", "controls", "plans"):
        short, long = getattr(few, name), getattr(many, name)
        of_the_few = long.person < 1600
        for field in fields(short):
            assert np.array_equal(getattr(short, field.name), getattr(long, field.name)[of_the_few]), (name, field.name)


def test_a_patients_illness_does_not_depend_on_how_many_practices_there_are() -> None:
    small, large = population(practices=2).batch(0, 2000), population(practices=400).batch(0, 2000)
    assert _same(small.conditions, large.conditions)
    assert _same(small.medication, large.medication)
    assert not np.array_equal(small.people.practice, large.people.practice)


def test_the_ages_are_denmarks() -> None:
    pyramid, people = figures().people.pyramid, sample()
    expected = np.array(pyramid.people) / sum(pyramid.people)
    ages = (people.last_day - people.born) / 365.25
    found = np.bincount((ages // pyramid.band_years).astype(int), minlength=len(expected))[: len(expected)] / len(ages)
    assert found == pytest.approx(expected, abs=0.003)
    women = sum(p * w for p, w in zip(pyramid.people, pyramid.women, strict=True)) / sum(pyramid.people)
    assert people.women.mean() == pytest.approx(women, abs=0.003)


def test_a_few_died_within_the_last_year_and_nothing_happened_to_them_after() -> None:
    people = sample()
    dead = people.died < NEVER
    assert 0.005 < dead.mean() < 0.02
    assert people.ages[dead].mean() > 70
    for batch in people.batches:
        rows = batch.observations
        assert (rows.day <= batch.people.last_day[rows.person]).all()
        assert (batch.medication.started <= batch.people.last_day[batch.medication.person]).all()
        assert (batch.people.joined[batch.people.died < NEVER] < batch.people.died[batch.people.died < NEVER]).all()


def test_nobody_is_on_two_lists_at_once() -> None:
    people = population().batch(0, 4096).people
    moved = people.previous_practice >= 0
    assert moved.mean() > 0.2
    assert (people.previous_joined[moved] < people.joined[moved]).all()
    assert (people.previous_practice[moved] != people.practice[moved]).all()
    assert (people.joined >= people.born).all()
    assert (people.previous_joined[moved] >= people.born[moved]).all()


def test_practices_can_be_told_from_real_ones() -> None:
    practices = population(practices=300).drawn_practices
    for practice in practices:
        assert re.fullmatch(r"99\d{4}", practice.ydernummer)
        assert verhoeff_digit(practice.sor_code[:-1]) != int(practice.sor_code[-1])
        for member in practice.staff:
            assert re.fullmatch(r"Z[0-9BCDFGHJKLMNPQRSTVWXYZ]{4}", member.authorization_id)
    ids = [member.authorization_id for practice in practices for member in practice.staff]
    assert len(set(ids)) == len(ids)


def test_the_check_digit_is_sors_own() -> None:
    # Real SOR codes, printed in DK Core's examples.
    assert verhoeff_digit("37863100001600") == 9
    assert verhoeff_digit("63327100001600") == 6
    assert verhoeff_digit("6174100001600") == 7


def test_practices_have_as_many_doctors_as_denmarks() -> None:
    practices = population(practices=1600).drawn_practices
    assert sum(practice.doctors for practice in practices) / len(practices) == pytest.approx(3500 / 1622, abs=0.15)
    assert any(practice.closed_on for practice in practices)
    assert {practice.kind for practice in practices} == {"general-practice", "regional-clinic", "tender-clinic"}


def test_nobody_is_on_the_list_of_a_practice_that_closed() -> None:
    drawn = population(practices=400)
    closed = [practice.number for practice in drawn.drawn_practices if practice.closed_on]
    assert closed
    assert not np.isin(drawn.batch(0, 4096).people.practice, closed).any()
    assert all(practice.closed_on < AS_OF for practice in drawn.drawn_practices if practice.closed_on)


@pytest.mark.parametrize("practices", [0, MOST_PRACTICES + 1])
def test_too_many_practices_or_none_are_refused(practices: int) -> None:
    with pytest.raises(ValueError, match="there can be 1 to"):
        _ = population(practices=practices).drawn_practices
