"""Outside its valid range a formula says why; it never gives a number, and never fails."""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan

import pytest

from forloeb.guidelines.formulas import FORMULAS, FormulaAnswer, Given
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.quantities import Comparator, Quantity

SCORE2: dict[str, Given] = {"age": 50, "sex": "male", "smoker": True, "sbp": 140, "chol": 5.5, "hdl": 1.3}
DIABETES: dict[str, Given] = {**SCORE2, "age": 60, "age_at_diagnosis": 60, "hba1c": 50, "egfr": 90}
KFRE: dict[str, Given] = {"age": 70, "sex": "male", "egfr": 35, "uacr": 300}
EGFR: dict[str, Given] = {"crea": 75, "age": 55, "sex": "female"}
GLI: dict[str, Given] = {"age": 65, "sex": "male", "height": 1.78, "fev1": 2.05}


def reason_of(answer: FormulaAnswer) -> str:
    assert answer.value is None
    assert answer.reason is not None
    assert answer.reason.da
    assert answer.reason.en
    return answer.reason.en


@pytest.mark.parametrize(
    ("name", "inputs", "reason"),
    [
        ("ckd_epi_2009", {**EGFR, "age": 17}, "Age must be at least 18 and at most 120 years."),
        ("score2", {**SCORE2, "age": 39}, "Age must be at least 40 and below 70 years."),
        ("score2", {**SCORE2, "age": 70}, "Age must be at least 40 and below 70 years."),
        ("score2_op", {**SCORE2, "age": 69}, "Age must be at least 70 and below 90 years."),
        ("score2_op", {**SCORE2, "age": 90}, "Age must be at least 70 and below 90 years."),
        ("score2_diabetes", {**DIABETES, "age": 70}, "Age must be at least 40 and below 70 years."),
        ("score2", {**SCORE2, "cvd": True}, "SCORE2 is not used with known cardiovascular disease."),
        ("score2", {**SCORE2, "diabetes": True}, "SCORE2 is not used with diabetes; see SCORE2-Diabetes."),
        ("score2", {**SCORE2, "ckd": True}, "SCORE2 is not used with chronic kidney disease."),
        ("score2_diabetes", {**DIABETES, "diabetes": False}, "only with type 2 diabetes"),
        ("score2_diabetes", {**DIABETES, "organ_damage": True}, "severe target organ damage"),
        ("score2_diabetes", {**DIABETES, "age_at_diagnosis": 61}, "Age at diagnosis is above the age now."),
        ("score2", {**SCORE2, "chol": 1.5, "hdl": 2.0}, "HDL is not below total cholesterol"),
        ("kfre", {**KFRE, "egfr": 60}, "only when eGFR is at least 2 and below 60"),
        ("kfre", {**KFRE, "uacr": 0}, "must be above 0"),
        ("friedewald", {"chol": 5.2, "hdl": 1.3, "tg": 4.1}, "above 4 the formula is not reliable"),
        ("friedewald", {"chol": 2.0, "hdl": 1.5, "tg": 3.0}, "LDL would be 0 or less"),
        ("non_hdl", {"chol": 2.0, "hdl": 2.0}, "HDL is not below total cholesterol"),
        ("hba1c_dcct", {"hba1c": 7.2}, "HbA1c must be at least 15"),
        ("eag", {"hba1c": 53, "hba1c_percent": 7}, "given in two units"),
        ("eag", {}, "HbA1c in mmol/mol or in per cent"),
        ("gli_2012", {**GLI, "age": 29}, "below 30 we have no figures"),
        ("gli_2012", {**GLI, "age": 95.1}, "at most 95 years"),
        ("gli_2012", {**GLI, "fvc": 2.0}, "FEV1 is above FVC"),
        ("danish_2013", {**GLI, "age": 19}, "Age must be at least 20"),
        ("danish_2013", {**GLI, "age": 105, "height": 1.2}, "predicted FEV1 would be below 0.5 L"),
        ("mrc_from_mmrc", {"mmrc": 1.5}, "whole numbers only"),
        ("mmrc_from_mrc", {"mrc": 0}, "MRC must be at least 1 and at most 5."),
        ("diabetes_duration", {"as_of_year": 2020, "dm_debut_year": 2021}, "after the year asked about"),
        ("bmi", {"weight": 92, "height": 178}, "Height must be at least 0.5 and at most 2.5 m."),
    ],
)
def test_outside_its_range_a_formula_names_the_input_and_the_limit(
    name: str, inputs: dict[str, Given], reason: str
) -> None:
    assert reason in reason_of(FORMULAS[name].calculate(**inputs))


@pytest.mark.parametrize(("age", "known"), [(40, True), (69, True), (69.99, True), (70, False), (39.99, False)])
def test_the_ages_of_score2_end_where_it_says(age: float, known: bool) -> None:
    assert (FORMULAS["score2"].calculate(**{**SCORE2, "age": age}).value is not None) is known


@pytest.mark.parametrize(("tg", "known"), [(4, True), (Decimal("4.0"), True), (4.01, False)])
def test_friedewald_holds_up_to_and_with_four(tg: Given, known: bool) -> None:
    assert (FORMULAS["friedewald"].calculate(chol=6.0, hdl=1.3, tg=tg).value is not None) is known


def test_what_is_missing_is_named_all_of_it_in_both_languages() -> None:
    answer = FORMULAS["score2"].calculate(age=50, sex="male", sbp=None, smoker=False)
    assert answer.missing == ("sbp", "chol", "hdl")
    assert answer.reason is not None
    assert answer.reason.da == "Mangler: Systolisk blodtryk, Totalkolesterol og HDL-kolesterol."
    assert answer.reason.en == "Missing: Systolic blood pressure, Total cholesterol and HDL cholesterol."


def test_left_out_is_assumed_but_not_known_is_missing() -> None:
    assert FORMULAS["score2"].calculate(**SCORE2).value is not None
    answer = FORMULAS["score2"].calculate(**SCORE2, cvd=None)
    assert answer.value is None
    assert answer.missing == ("cvd",)


@pytest.mark.parametrize("name", ["score2_diabetes", "kfre"])
def test_an_egfr_above_90_is_not_90(name: str) -> None:
    bound = Quantity(Decimal(90), "mL/min/{1.73_m2}", Comparator.ABOVE)
    answer = FORMULAS[name].calculate(**{**DIABETES, "egfr": bound} if "score2" in name else {**KFRE, "egfr": bound})
    assert reason_of(answer) == "eGFR is known only as > 90, which cannot be calculated with."
    assert answer.reason is not None
    assert answer.reason.da == "eGFR er kun kendt som > 90, og det kan der ikke regnes med."


def test_a_value_in_another_unit_is_not_calculated_with() -> None:
    quantity = Quantity(Decimal("1.2"), "mg/dL")
    assert "is in mg/dL, not in umol/L" in reason_of(FORMULAS["ckd_epi_2009"].calculate(**{**EGFR, "crea": quantity}))


def test_numbers_come_as_floats_decimals_whole_numbers_and_quantities() -> None:
    given: list[Given] = [75.0, Decimal(75), 75, Quantity(Decimal(75), "umol/L")]
    answers = {FORMULAS["ckd_epi_2009"].calculate(crea=crea, age=55, sex=Sex.FEMALE).value for crea in given}
    assert len(answers) == 1
    assert None not in answers


@pytest.mark.parametrize("value", [nan, inf, -inf, True, "75", -1, 0, Decimal("NaN"), 1e300])
def test_what_is_no_possible_number_gives_a_reason(value: Given) -> None:
    reason_of(FORMULAS["ckd_epi_2009"].calculate(**{**EGFR, "crea": value}))


@pytest.mark.parametrize("value", ["M", "other", 1, True])
def test_a_sex_that_the_equation_does_not_know_gives_a_reason(value: Given) -> None:
    assert reason_of(FORMULAS["ckd_epi_2009"].calculate(**{**EGFR, "sex": value})) == "Sex must be female or male."


def test_a_yes_or_no_is_not_guessed_from_words_or_numbers() -> None:
    assert "must be yes or no" in reason_of(FORMULAS["score2"].calculate(**{**SCORE2, "smoker": "yes"}))
    assert "must be yes or no" in reason_of(FORMULAS["score2"].calculate(**{**SCORE2, "smoker": 1}))


def test_an_input_that_the_formula_does_not_have_is_a_mistake_in_the_program() -> None:
    with pytest.raises(TypeError, match="bmi has no input hieght"):
        FORMULAS["bmi"].calculate(weight=92, hieght=1.78)
