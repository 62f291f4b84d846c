"""What stands beside a formula's number: parts, bands, warnings, regions."""

from __future__ import annotations

import pytest

from forloeb.guidelines.formulas import FORMULAS, Given

SCORE2: dict[str, Given] = {"age": 50, "sex": "male", "smoker": True, "sbp": 140, "chol": 5.5, "hdl": 1.3}


def band_of(name: str, **inputs: Given) -> str | None:
    band = FORMULAS[name].calculate(**inputs).band
    return band.name if band else None


def test_the_kidney_failure_risk_is_told_for_two_and_five_years() -> None:
    answer = FORMULAS["kfre"].calculate(age=70, sex="male", egfr=35, uacr=300)
    assert [part.name for part in answer.parts] == ["two_years", "five_years"]
    assert answer.part("two_years") == pytest.approx(2.74, abs=0.005)
    assert answer.part("five_years") == answer.value


def test_without_a_measured_fev1_the_predicted_values_are_still_told() -> None:
    answer = FORMULAS["gli_2012"].calculate(age=65, sex="male", height=1.78)
    assert answer.value is None
    assert answer.missing == ("fev1",)
    assert answer.part("fev1_predicted") == pytest.approx(3.409, abs=0.0005)
    with pytest.raises(KeyError):
        answer.part("fev1_percent")


def test_fev1_and_fvc_together_give_their_ratio() -> None:
    answer = FORMULAS["gli_2012"].calculate(age=65, sex="male", height=1.78, fev1=2.05, fvc=4.0)
    ratio = answer.part("fev1_fvc_percent") * answer.part("fev1_fvc_predicted") / 100
    assert ratio == pytest.approx(2.05 / 4.0)


def test_a_value_at_the_lower_limit_of_normal_lies_on_the_fifth_percentile() -> None:
    limits = FORMULAS["gli_2012"].calculate(age=65, sex="male", height=1.78)
    for name in ("fev1", "fvc"):
        at_limit = FORMULAS["gli_2012"].calculate(
            age=65, sex="male", height=1.78, **{name: limits.part(f"{name}_lower_limit")}
        )
        assert at_limit.part(f"{name}_z") == pytest.approx(-1.644854, abs=1e-9)


def test_the_last_age_of_the_gli_splines_has_an_answer() -> None:
    assert FORMULAS["gli_2012"].calculate(age=95, sex="female", height=1.6, fev1=1.0).value is not None


@pytest.mark.parametrize(
    ("sbp", "chol", "warned"),
    [
        (140, 5.5, False),
        (100, 5.5, False),
        (99, 5.5, True),
        (179, 5.5, False),
        (180, 5.5, True),
        (140, 4.4, False),
        (140, 4.3, True),
        (140, 8.3, False),
        (140, 8.4, True),
    ],
)
def test_outside_the_published_chart_the_number_comes_with_a_warning(sbp: float, chol: float, warned: bool) -> None:
    answer = FORMULAS["score2"].calculate(age=50, sex="male", smoker=False, sbp=sbp, chol=chol, hdl=1.4)
    assert answer.value is not None
    assert (answer.warning is not None) is warned


@pytest.mark.parametrize("name", ["score2", "score2_op", "score2_diabetes"])
def test_denmark_is_a_low_risk_region_and_risk_rises_from_region_to_region(name: str) -> None:
    inputs: dict[str, Given] = {**SCORE2, "age": 75 if name == "score2_op" else 60}
    if name == "score2_diabetes":
        inputs |= {"age_at_diagnosis": 55, "hba1c": 55, "egfr": 80}
    formula = FORMULAS[name]
    risks = [formula.calculate(**inputs, region=region).value for region in ("low", "moderate", "high", "very_high")]
    assert risks[0] == formula.calculate(**inputs).value
    known = [risk for risk in risks if risk is not None]
    assert known == sorted(known)
    assert len(set(known)) == 4


@pytest.mark.parametrize(
    ("age", "chol", "sbp", "band"),
    [(49, 5.5, 140, "high"), (50, 5.5, 140, "high"), (49, 4.5, 110, "high"), (50, 4.5, 110, "low_to_moderate")],
)
def test_the_bands_of_score2_follow_the_age(age: float, chol: float, sbp: float, band: str) -> None:
    assert band_of("score2", age=age, sex="male", smoker=True, sbp=sbp, chol=chol, hdl=1.3) == band


def test_the_bands_of_score2_diabetes_are_those_of_esc_2023() -> None:
    inputs = {**SCORE2, "age": 60, "smoker": False, "age_at_diagnosis": 60, "hba1c": 50, "egfr": 90}
    assert band_of("score2_diabetes", **inputs) == "moderate"
    assert band_of("score2_diabetes", **{**inputs, "smoker": True}) == "high"


@pytest.mark.parametrize(
    ("age", "yes", "points", "band"),
    [
        (64, (), 0, "not_indicated"),
        (65, (), 1, "consider"),
        (74, (), 1, "consider"),
        (75, (), 2, "recommended"),
        (50, ("stroke",), 2, "recommended"),
        (80, ("heart_failure", "hypertension", "diabetes", "stroke", "vascular_disease"), 8, "recommended"),
    ],
)
def test_cha2ds2_va_counts_age_once_and_not_sex(age: float, yes: tuple[str, ...], points: int, band: str) -> None:
    answer = FORMULAS["cha2ds2_va"].calculate(age=age, **dict.fromkeys(yes, True))
    assert answer.value == points
    assert answer.band is not None
    assert answer.band.name == band


def test_a_rise_in_ldl_is_a_negative_fall() -> None:
    assert FORMULAS["ldl_reduction"].calculate(ldl_before=2.0, ldl=3.0).value == -50


def test_every_formula_has_titles_texts_and_an_equation() -> None:
    for formula in FORMULAS.values():
        assert formula.title.da
        assert formula.title.en
        assert formula.equation
        for one in formula.inputs:
            assert one.title.da
            assert one.outside.da
            assert one.outside.en
