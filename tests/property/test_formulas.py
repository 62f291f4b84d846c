"""What must hold of the formulas for every patient, not only for the published ones."""

from __future__ import annotations

from math import isfinite
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forloeb.guidelines.formulas import FORMULAS, Formula, Given, Input

EQUATIONS = ("ckd_epi_2009", "ckd_epi_2021", "mdrd")
SEXES = st.sampled_from(["female", "male"])


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


def value_of(name: str, **inputs: Given) -> float:
    answer = FORMULAS[name].calculate(**inputs)
    assert answer.value is not None, answer.reason
    return answer.value


def within(one: Input) -> st.SearchStrategy[Any]:
    """Draw what the formula says it can be used with."""
    if one.kind == "number":
        low, high = one.span
        drawn = numbers(low, high)
        return st.none() | drawn if one.is_optional else drawn
    if one.kind == "yes_no":
        return st.just(one.must_be) if one.must_be is not None else st.booleans()
    return st.sampled_from(one.choices)


def anything() -> st.SearchStrategy[Any]:
    return st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.decimals()


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=lambda formula: formula.name)
@given(data=st.data())
def test_within_its_range_a_formula_gives_a_finite_number_or_a_reason(formula: Formula, data: st.DataObject) -> None:
    answer = formula.calculate(**{one.name: data.draw(within(one), label=one.name) for one in formula.inputs})
    if answer.value is None:
        assert answer.reason is not None
    else:
        assert isfinite(answer.value)
        assert answer.reason is None
    assert all(isfinite(part.value) for part in answer.parts)
    if formula.unit == "%" and formula.name.startswith(("score2", "kfre")) and answer.value is not None:
        assert 0 <= answer.value <= 100


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=lambda formula: formula.name)
@given(data=st.data())
def test_whatever_comes_in_nothing_fails_and_no_number_is_made_up(formula: Formula, data: st.DataObject) -> None:
    inputs = {one.name: data.draw(anything(), label=one.name) for one in formula.inputs}
    answer = formula.calculate(**inputs)
    assert (answer.value is None) == (answer.reason is not None)
    assert answer.value is None or isfinite(answer.value)


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=lambda formula: formula.name)
@given(data=st.data())
def test_one_number_outside_its_range_is_enough_to_be_unknown(formula: Formula, data: st.DataObject) -> None:
    numeric = [one for one in formula.inputs if one.kind == "number" and one.limits.text(one.unit_shown).en]
    assume(numeric)
    wrong = data.draw(st.sampled_from(numeric))
    low, high = wrong.span
    outside = data.draw(st.floats(max_value=low, exclude_max=True) | st.floats(min_value=high, exclude_min=True))
    inputs = {one.name: data.draw(within(one), label=one.name) for one in formula.inputs}
    answer = formula.calculate(**{**inputs, wrong.name: outside})
    assert answer.value is None
    assert answer.reason == wrong.outside


@pytest.mark.parametrize("name", EQUATIONS)
@given(crea=numbers(15, 2400), more=numbers(0.1, 100), age=numbers(18, 119), sex=SEXES)
def test_egfr_falls_with_creatinine_and_with_age(name: str, crea: float, more: float, age: float, sex: str) -> None:
    now = value_of(name, crea=crea, age=age, sex=sex)
    assert value_of(name, crea=crea + more, age=age, sex=sex) < now
    assert value_of(name, crea=crea, age=age + 1, sex=sex) < now


@pytest.mark.parametrize("name", ["ckd_epi_2009", "ckd_epi_2021"])
@given(age=numbers(18, 120), sex=SEXES)
def test_the_two_branches_of_ckd_epi_meet(name: str, age: float, sex: str) -> None:
    bend = 61.88 if sex == "female" else 79.56
    below, above = (value_of(name, crea=bend + step, age=age, sex=sex) for step in (-1e-9, 1e-9))
    assert below == pytest.approx(above, rel=1e-8)


RISK = st.fixed_dictionaries(
    {
        "sex": SEXES,
        "smoker": st.booleans(),
        "sbp": numbers(100, 170),
        "chol": numbers(4, 8),
        "hdl": numbers(0.7, 2.5),
        "region": st.sampled_from(["low", "moderate", "high", "very_high"]),
    }
)


@given(person=RISK, age=numbers(40, 69), more=numbers(0.5, 9))
def test_score2_rises_with_pressure_cholesterol_and_smoking(person: dict[str, Any], age: float, more: float) -> None:
    now = value_of("score2", **person, age=age)
    assert value_of("score2", **{**person, "sbp": person["sbp"] + more}, age=age) > now
    assert value_of("score2", **{**person, "chol": person["chol"] + more}, age=age) > now
    assert value_of("score2", **{**person, "hdl": person["hdl"] + 0.1}, age=age) < now
    assert value_of("score2", **{**person, "smoker": True}, age=age) >= now


@given(person=RISK, age=numbers(70, 85), more=numbers(0.5, 4))
def test_score2_op_rises_with_pressure_age_and_smoking(person: dict[str, Any], age: float, more: float) -> None:
    now = value_of("score2_op", **person, age=age)
    assert value_of("score2_op", **{**person, "sbp": person["sbp"] + more}, age=age) > now
    assert value_of("score2_op", **{**person, "smoker": True}, age=age) >= now


@given(person=RISK, age=numbers(40, 69), hba1c=numbers(35, 100), egfr=numbers(30, 85))
def test_score2_diabetes_rises_with_hba1c_and_with_a_failing_kidney(
    person: dict[str, Any], age: float, hba1c: float, egfr: float
) -> None:
    inputs = {**person, "age": age, "age_at_diagnosis": 40}
    now = value_of("score2_diabetes", **inputs, hba1c=hba1c, egfr=egfr)
    assert value_of("score2_diabetes", **inputs, hba1c=hba1c + 5, egfr=egfr) > now
    assert value_of("score2_diabetes", **inputs, hba1c=hba1c, egfr=egfr - 5) > now


@given(age=numbers(18, 109), sex=SEXES, egfr=numbers(5, 59), uacr=numbers(1, 5000))
def test_kidney_failure_is_likelier_in_five_years_with_lower_egfr_and_more_albumin(
    age: float, sex: str, egfr: float, uacr: float
) -> None:
    inputs: dict[str, Given] = {"age": age, "sex": sex}
    answer = FORMULAS["kfre"].calculate(**inputs, egfr=egfr, uacr=uacr)
    assert answer.value is not None
    assert answer.part("two_years") <= answer.value
    assert value_of("kfre", **inputs, egfr=egfr - 2, uacr=uacr) >= answer.value
    assert value_of("kfre", **inputs, egfr=egfr, uacr=uacr * 2) >= answer.value


@given(hba1c=numbers(20, 190))
def test_hba1c_comes_back_from_the_journey_between_its_units(hba1c: float) -> None:
    # the two published lines are each other's inverse to within their rounding
    there = value_of("hba1c_dcct", hba1c=hba1c)
    assert value_of("hba1c_ifcc", hba1c_percent=there) == pytest.approx(hba1c, abs=0.1)


@given(mrc=st.integers(1, 5))
def test_mrc_comes_back_from_the_journey_to_mmrc(mrc: int) -> None:
    assert value_of("mrc_from_mmrc", mmrc=value_of("mmrc_from_mrc", mrc=mrc)) == mrc


@given(hba1c=numbers(20, 190))
def test_the_average_glucose_is_the_same_from_either_unit(hba1c: float) -> None:
    percent = value_of("hba1c_dcct", hba1c=hba1c)
    assert value_of("eag", hba1c=hba1c) == pytest.approx(value_of("eag", hba1c_percent=percent))


@given(age=numbers(30, 95), sex=SEXES, height=numbers(1.4, 2.1), fev1=numbers(0.4, 7.5))
def test_a_better_breath_is_a_higher_per_cent_and_z_and_the_limit_lies_below_the_predicted(
    age: float, sex: str, height: float, fev1: float
) -> None:
    person: dict[str, Given] = {"age": age, "sex": sex, "height": height}
    low, high = (FORMULAS["gli_2012"].calculate(**person, fev1=value) for value in (fev1, fev1 + 0.1))
    for name in ("fev1_percent", "fev1_z"):
        assert low.part(name) < high.part(name)
    for name in ("fev1", "fvc", "fev1_fvc"):
        assert low.part(f"{name}_lower_limit") < low.part(f"{name}_predicted")


@given(knot=st.sampled_from(range(35, 95, 5)), sex=SEXES, height=numbers(1.4, 2.1))
def test_the_gli_splines_have_no_step_at_their_knots(knot: int, sex: str, height: float) -> None:
    before, after = (
        FORMULAS["gli_2012"].calculate(age=knot + step, sex=sex, height=height).part("fev1_predicted")
        for step in (-1e-9, 0)
    )
    assert before == pytest.approx(after, rel=1e-8)
