"""How ill the synthetic people are: prevalence, overlap, ages, new cases, medicine and controls as the figures say.

40,960 people of one seed; each tolerance is about three standard errors.
"""

from __future__ import annotations

import numpy as np
import pytest

from forloeb.population.synthesis.days import NEVER, day_of
from forloeb.population.synthesis.plans import PLAN_DISEASES
from tests.support.synthetic import figures, sample

DISEASES = [disease.id for disease in figures().diseases.diseases]
YEAR = 365.25


@pytest.mark.parametrize("disease", DISEASES)
def test_as_many_have_a_disease_as_the_figures_say(disease: str) -> None:
    figure = figures().disease(disease)
    has = sample().has[disease]
    error = 3 * (figure.share.value / len(has)) ** 0.5
    assert has.mean() == pytest.approx(figure.share.value, abs=error)
    women_error = 3 * 0.5 / has.sum() ** 0.5
    assert sample().women[has].mean() == pytest.approx(figure.women.value, abs=women_error)


@pytest.mark.parametrize("disease", DISEASES)
def test_nobody_has_a_disease_before_its_first_age(disease: str) -> None:
    people, figure = sample(), figures().disease(disease)
    has = people.has[disease]
    age_at_onset = (people.onset[disease] - people.born)[has] / YEAR
    assert age_at_onset.min() >= figure.first_age.value - 0.01
    assert (people.onset[disease][has] <= people.last_day[has]).all()


@pytest.mark.parametrize(
    ("having", "not_having", "share", "tolerance"),
    [
        (["type2_diabetes"], [], {"cvd": 0.38}, 0.03),
        (["type2_diabetes"], [], {"ihd": 0.19}, 0.025),
        (["type2_diabetes"], [], {"copd": 0.08}, 0.018),
        (["copd"], ["type2_diabetes"], {"cvd": 0.29}, 0.045),
        (["copd", "type2_diabetes"], [], {"cvd": 0.42}, 0.11),
    ],
)
def test_diseases_overlap_as_the_audit_found(
    having: list[str], not_having: list[str], share: dict[str, float], tolerance: float
) -> None:
    has = {**sample().has, "cvd": sample().has["ihd"] | sample().has["stroke_or_pad"]}
    group = np.logical_and.reduce([has[d] for d in having] + [~has[d] for d in not_having])
    ((disease, expected),) = share.items()
    assert has[disease][group].mean() == pytest.approx(expected, abs=tolerance)


def test_people_with_type_2_diabetes_are_65_to_67_years_old() -> None:
    ages = sample().ages[sample().has["type2_diabetes"]]
    assert 64.5 < ages.mean() < 67.5


@pytest.mark.parametrize(
    ("disease", "years", "share", "tolerance"),
    [
        ("type2_diabetes", 1, 23_600 / 310_000, 0.018),
        ("type2_diabetes", 4, 24 / 84, 0.03),
        ("copd", 4, 5.5 / 43, 0.07),
        ("ihd", 1, 16_000 / 156_500, 0.028),
        ("ihd", 4, 16 / 42, 0.045),
    ],
)
def test_as_many_are_new_as_the_figures_say(disease: str, years: int, share: float, tolerance: float) -> None:
    people = sample()
    since = (people.last_day - people.onset[disease])[people.has[disease]] / YEAR
    assert (since < years).mean() == pytest.approx(share, abs=tolerance)


@pytest.mark.parametrize(
    ("drug", "disease", "share", "tolerance"),
    [
        ("metformin", "type2_diabetes", 0.75, 0.03),
        ("sglt2i", "type2_diabetes", 0.30, 0.03),
        ("glp1ra", "type2_diabetes", 0.25, 0.03),
        ("insulin", "type2_diabetes", 0.18, 0.025),
        ("su", "type2_diabetes", 0.08, 0.02),
        ("statin", "type2_diabetes", 0.70, 0.03),
        ("acei_arb", "type2_diabetes", 0.65, 0.03),
        ("statin", "ihd", 0.90, 0.03),
    ],
)
def test_as_many_take_a_drug_as_the_figures_say(drug: str, disease: str, share: float, tolerance: float) -> None:
    assert sample().takes(drug)[sample().has[disease]].mean() == pytest.approx(share, abs=tolerance)


def test_most_with_type_2_diabetes_take_something_for_it() -> None:
    glucose = [drug.id for drug in figures().medication.drugs if drug.glucose]
    share = sample().takes(*glucose)[sample().has["type2_diabetes"]].mean()
    assert 0.83 < share < 0.90


def test_some_take_a_diabetes_drug_without_diabetes() -> None:
    people = sample()
    no_diabetes = ~people.has["type2_diabetes"] & ~people.has["type1_diabetes"]
    assert 0.01 < people.takes("glp1ra")[no_diabetes].mean() < 0.02
    assert people.takes("metformin")[no_diabetes].sum() == 0


def test_medicine_is_for_a_disease_that_was_found_before() -> None:
    for batch in sample().batches:
        rows = batch.medication
        assert (rows.started < batch.people.last_day[rows.person]).all()
        stopped = rows.stopped < NEVER
        assert 0.01 < stopped.mean() < 0.12
        assert (rows.stopped[stopped] > rows.started[stopped]).all()


@pytest.mark.parametrize(("disease", "share", "tolerance"), [("type2_diabetes", 0.72, 0.03), ("copd", 0.48, 0.046)])
def test_as_many_had_their_yearly_control_as_the_audit_found(disease: str, share: float, tolerance: float) -> None:
    assert sample().had_control()[sample().has[disease]].mean() == pytest.approx(share, abs=tolerance)


def test_those_with_both_diabetes_and_kol_come_least() -> None:
    has, came = sample().has, sample().had_control()
    both = has["type2_diabetes"] & has["copd"]
    assert came[both].mean() < came[has["copd"] & ~both].mean() < came[has["type2_diabetes"] & ~both].mean()


def test_coming_to_controls_is_a_habit() -> None:
    people = sample()
    last = people.last_day[people.control_person] - people.control_day
    came = [np.isin(np.arange(len(people.ages)), people.control_person[last // 365 == year]) for year in (0, 1)]
    long_ill = people.has["type2_diabetes"] & (people.last_day - people.onset["type2_diabetes"] > 800)
    after_coming, after_not = came[0][long_ill & came[1]].mean(), came[0][long_ill & ~came[1]].mean()
    assert after_coming - after_not > 0.2


def test_controls_are_held_on_weekdays() -> None:
    assert {day_of(int(day)).weekday() for day in np.unique(sample().control_day)} <= {0, 1, 2, 3, 4}


def test_plan_hints_tell_the_controls_since_the_diagnosis() -> None:
    people, came = sample(), sample().had_control()
    start = 0
    for batch in people.batches:
        hints = batch.plans
        assert (batch.people.died[hints.person] == NEVER).all()
        for place, disease in enumerate(PLAN_DISEASES):
            mine = hints.disease == place
            assert mine.sum() == (batch.health.has[disease] & (batch.people.died == NEVER)).sum()
        seen = hints.controls > 0
        assert ((hints.last_control < NEVER) == seen).all()
        assert (hints.first_control[seen] >= hints.onset[seen]).all()
        assert (hints.first_control[seen] <= hints.last_control[seen]).all()
        this_year = seen & (batch.people.last_day[hints.person] - hints.last_control <= 365)
        assert came[hints.person[this_year] + start].all()
        start += len(batch)
